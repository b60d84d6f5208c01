/*
 * The input is a byte for the configuration and then events of three bytes
 * each, for one engine of "chandy-lamport" with few slots and the smallest
 * window. A model that keeps plain lists foretells each answer: the error, and
 * the actions in their order.
 *
 *     byte 0   bits 0-2 kind, 3-5 channel, 6 numbers at the top, 7 a name of
 *              another incarnation or view
 *     byte 1   low part of the number
 *     byte 2   high part of the number, its low bits what a marker has
 *              overtaken; with bit 7: which other name
 */
#include "fuzz.h"

#include <cutline/engine.h>

#define WINDOW 64
#define SLOTS_MAX 4
#define EVENTS_MAX 1024
#define INCARNATION 5
#define VIEW 7

struct model {
    uint32_t incoming;
    uint32_t outgoing;
    uint32_t slots;
    uint32_t open_count; /* oldest first */
    uint32_t ignored;
    uint32_t seen_count;
    uint32_t view;
    unsigned closed; /* bit c: channel c is */
    struct {
        uint64_t number;
        unsigned awaited; /* bit c: no marker yet on channel c */
    } open[SLOTS_MAX];
    uint64_t seen[EVENTS_MAX];
};

/* What the model says of a step. */
struct answer {
    enum cut_error error;
    size_t count;
    enum cut_action_kind kinds[CUT_ACTIONS_MAX];
    size_t recording_count; /* of a RECORD action */
    uint64_t recordings[SLOTS_MAX];
};

static void add(struct answer *answer, enum cut_action_kind kind)
{
    FUZZ_CHECK(answer->count < CUT_ACTIONS_MAX);
    answer->kinds[answer->count++] = kind;
}

static bool is_seen(const struct model *model, uint64_t number)
{
    for (uint32_t i = 0; i < model->seen_count; i++)
        if (model->seen[i] == number)
            return true;
    return false;
}

static bool is_below_window(const struct model *model, uint64_t number)
{
    for (uint32_t i = 0; i < model->seen_count; i++)
        if (model->seen[i] >= number && model->seen[i] - number >= WINDOW)
            return true;
    return false;
}

/* Return the place in the list, or open_count. */
static uint32_t find_open(const struct model *model, uint64_t number)
{
    uint32_t i = 0;

    while (i < model->open_count && model->open[i].number != number)
        i++;
    return i;
}

static bool would_lose_open(const struct model *model, uint64_t number)
{
    for (uint32_t i = 0; i < model->open_count; i++)
        if (number > model->open[i].number &&
            number - model->open[i].number >= WINDOW)
            return true;
    return false;
}

static void close_at(struct model *model, uint32_t place)
{
    model->open_count--;
    for (uint32_t i = place; i < model->open_count; i++)
        model->open[i] = model->open[i + 1];
}

enum standing { REFUSED, IGNORED, OPEN, NEW };

static enum standing standing_of(const struct model *model,
                                 struct cut_snapshot_id id)
{
    if (id.incarnation != INCARNATION)
        return id.incarnation < INCARNATION ? IGNORED : REFUSED;
    if (id.view != model->view)
        return id.view < model->view ? IGNORED : REFUSED;
    if (id.number == UINT64_MAX || is_below_window(model, id.number))
        return REFUSED;
    if (!is_seen(model, id.number))
        return NEW;
    return find_open(model, id.number) < model->open_count ? OPEN : IGNORED;
}

static void
open_snapshot(struct model *model, uint64_t number, struct answer *answer)
{
    model->seen[model->seen_count++] = number;
    model->open[model->open_count].number = number;
    model->open[model->open_count++].awaited =
        ((1u << model->incoming) - 1) & ~model->closed;
    add(answer, CUT_ACTION_CAPTURE);
    if (model->outgoing > 0)
        add(answer, CUT_ACTION_TRANSMIT);
}

static uint32_t free_slots(const struct model *model)
{
    return model->slots - model->open_count - (model->closed != 0);
}

/* Can a marker not come on this channel, be its snapshot new or open? */
static bool is_unexpected(const struct model *model,
                          struct cut_event event,
                          enum standing standing)
{
    uint32_t place = find_open(model, event.snapshot.number);

    if (standing == OPEN)
        return (model->open[place].awaited >> event.channel & 1) == 0;
    return standing == NEW && (model->closed >> event.channel & 1) != 0;
}

/* A request, or a marker. */
static void
expect_marker(struct model *model, struct cut_event event, struct answer *out)
{
    bool is_marker = event.kind == CUT_EVENT_MARKER;
    enum standing standing = standing_of(model, event.snapshot);
    uint64_t number = event.snapshot.number;

    if (is_marker && (event.channel >= model->incoming ||
                      is_unexpected(model, event, standing)))
        standing = REFUSED;
    uint32_t place = find_open(model, number);
    if (standing == REFUSED) {
        out->error = CUT_PROTOCOL;
        return;
    }
    if (standing == IGNORED || (standing == OPEN && !is_marker)) {
        model->ignored++;
        return;
    }
    if (standing == NEW &&
        (free_slots(model) == 0 || would_lose_open(model, number))) {
        out->error = CUT_LIMIT;
        return;
    }
    if (standing == NEW)
        open_snapshot(model, number, out);
    if (is_marker && event.waiting > 0)
        add(out, CUT_ACTION_RECORD_WAITING);
    if (is_marker)
        model->open[place].awaited &= ~(1u << event.channel);
    if (model->open[place].awaited == 0) {
        add(out, CUT_ACTION_COMPLETE);
        close_at(model, place);
    }
}

static void
expect_abort(struct model *model, struct cut_event event, struct answer *out)
{
    uint64_t number = event.snapshot.number;

    switch (standing_of(model, event.snapshot)) {
    case REFUSED:
        out->error = CUT_PROTOCOL;
        break;
    case IGNORED:
        break;
    case OPEN:
        add(out, CUT_ACTION_DISCARD);
        close_at(model, find_open(model, number));
        break;
    case NEW:
        if (would_lose_open(model, number))
            out->error = CUT_LIMIT;
        else
            model->seen[model->seen_count++] = number;
        break;
    }
}

static void
expect_message(struct model *model, struct cut_event event, struct answer *out)
{
    if (event.channel >= model->incoming) {
        out->error = CUT_PROTOCOL;
        return;
    }
    for (uint32_t i = 0; i < model->open_count; i++)
        if (model->open[i].awaited >> event.channel & 1)
            out->recordings[out->recording_count++] = model->open[i].number;
    if (out->recording_count > 0)
        add(out, CUT_ACTION_RECORD);
    add(out, CUT_ACTION_DELIVER);
}

static void
expect_close(struct model *model, struct cut_event event, struct answer *out)
{
    unsigned bit = 1u << event.channel;

    if (event.channel >= model->incoming) {
        out->error = CUT_INVALID;
        return;
    }
    if (event.kind == CUT_EVENT_OPEN) {
        model->closed &= ~bit;
        return;
    }
    for (uint32_t i = 0; i < model->open_count; i++)
        if ((model->open[i].awaited & bit) != 0)
            out->error = CUT_STATE;
    if (out->error == CUT_OK && model->closed == 0 && free_slots(model) == 0)
        out->error = CUT_LIMIT;
    if (out->error == CUT_OK)
        model->closed |= bit;
}

static void
expect_view(struct model *model, struct cut_event event, struct answer *out)
{
    if (event.snapshot.view < model->view) {
        out->error = CUT_INVALID;
        return;
    }
    if (model->open_count > 0) {
        out->error = CUT_STATE;
        return;
    }
    if (event.snapshot.view > model->view)
        model->seen_count = 0;
    model->view = event.snapshot.view;
}

static struct answer expect(struct model *model, struct cut_event event)
{
    struct answer answer = {.error = CUT_OK};

    switch (event.kind) {
    case CUT_EVENT_REQUEST:
    case CUT_EVENT_MARKER:
        expect_marker(model, event, &answer);
        return answer;
    case CUT_EVENT_SEND:
        if (event.channel < model->outgoing)
            add(&answer, CUT_ACTION_SEND);
        else
            answer.error = CUT_INVALID;
        return answer;
    case CUT_EVENT_MESSAGE:
        expect_message(model, event, &answer);
        return answer;
    case CUT_EVENT_ABORT:
        expect_abort(model, event, &answer);
        return answer;
    case CUT_EVENT_CLOSE:
    case CUT_EVENT_OPEN:
        expect_close(model, event, &answer);
        return answer;
    case CUT_EVENT_VIEW:
        expect_view(model, event, &answer);
        return answer;
    case CUT_EVENT_CONTROL: /* without a frame */
        break;
    case CUT_EVENT_TIME: /* means nothing */
        return answer;
    }
    answer.error = CUT_INVALID;
    return answer;
}

static void check_actions(const struct answer *answer,
                          const struct cut_event *event,
                          const struct cut_action *actions)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct cut_action *action = &actions[i];
        FUZZ_CHECK(action->kind == answer->kinds[i]);
        if (action->kind == CUT_ACTION_SEND ||
            action->kind == CUT_ACTION_DELIVER ||
            action->kind == CUT_ACTION_RECORD ||
            action->kind == CUT_ACTION_RECORD_WAITING)
            FUZZ_CHECK(action->channel == event->channel);
        if (action->kind == CUT_ACTION_RECORD_WAITING)
            FUZZ_CHECK(action->waiting == event->waiting);
        if (action->kind != CUT_ACTION_SEND &&
            action->kind != CUT_ACTION_DELIVER &&
            action->kind != CUT_ACTION_RECORD)
            FUZZ_CHECK(action->snapshot.number == event->snapshot.number);
        if (action->kind != CUT_ACTION_RECORD)
            continue;
        const struct cut_recording *recording = action->recordings;
        for (size_t r = 0; r < answer->recording_count; r++) {
            FUZZ_CHECK(recording != NULL);
            FUZZ_CHECK(recording->snapshot.number == answer->recordings[r]);
            recording = recording->next;
        }
        FUZZ_CHECK(recording == NULL);
    }
}

static void check_state(const struct model *model,
                        const struct cut_engine *engine,
                        const struct cut_pool *pool)
{
    FUZZ_CHECK(cut_engine_open_count(engine) == model->open_count);
    FUZZ_CHECK(cut_engine_ignored_count(engine) == model->ignored);
    FUZZ_CHECK(cut_pool_free_count(pool) == free_slots(model));
    for (uint32_t i = 0; i < model->open_count; i++)
        for (uint32_t c = 0; c < model->incoming; c++) {
            struct cut_snapshot_id id = {
                INCARNATION, model->view, model->open[i].number};
            bool is_awaited = (model->open[i].awaited >> c & 1) != 0;
            FUZZ_CHECK(cut_engine_awaits_marker(engine, id, c) == is_awaited);
        }
}

static void step(struct model *model,
                 struct cut_engine *engine,
                 const struct cut_pool *pool,
                 const struct cut_event *event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = SIZE_MAX;
    uint64_t digest = cut_engine_digest(engine);
    enum cut_error error = cut_engine_step(engine, event, actions, &count);
    struct answer answer = expect(model, *event);

    FUZZ_CHECK(error == answer.error);
    if (error == CUT_OK) {
        FUZZ_CHECK(count == answer.count);
        check_actions(&answer, event, actions);
    } else {
        FUZZ_CHECK(count == SIZE_MAX);
        FUZZ_CHECK(cut_engine_digest(engine) == digest);
    }
    check_state(model, engine, pool);
}

static struct cut_event event_of(const uint8_t bytes[3])
{
    static const enum cut_event_kind kinds[8] = {
        CUT_EVENT_REQUEST,
        CUT_EVENT_SEND,
        CUT_EVENT_MESSAGE,
        CUT_EVENT_MARKER,
        CUT_EVENT_ABORT,
        CUT_EVENT_CLOSE,
        CUT_EVENT_OPEN,
        CUT_EVENT_VIEW,
    };
    static const enum cut_event_kind others[4] = {
        CUT_EVENT_VIEW,
        CUT_EVENT_TIME,
        CUT_EVENT_CONTROL,
        (enum cut_event_kind)99,
    };
    enum cut_event_kind kind = kinds[bytes[0] & 7];
    unsigned other = (bytes[0] & 0x80) != 0 ? bytes[2] : 5;
    uint64_t number = bytes[1];

    if ((bytes[0] & 0x40) != 0)
        number = UINT64_MAX - number;
    if ((bytes[0] & 0x80) == 0)
        number ^= (uint64_t)bytes[2] << 6;
    if (kind == CUT_EVENT_VIEW)
        kind = others[bytes[1] & 3];
    return (struct cut_event){
        .kind = kind,
        .channel = bytes[0] >> 3 & 7,
        .waiting = bytes[2] & 3,
        .snapshot = {.incarnation = INCARNATION - 1 + (other & 3),
                     .view = VIEW - 1 + (other >> 2 & 3),
                     .number = number},
    };
}

static struct cut_engine *create_engine(const struct model *model,
                                        struct cut_pool *pool)
{
    struct cut_engine *engine = NULL;
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = pool,
        .incoming_count = model->incoming,
        .outgoing_count = model->outgoing,
        .incarnation = INCARNATION,
        .view = VIEW,
        .window = WINDOW,
    };

    FUZZ_CHECK(cut_engine_create(&config, NULL, &engine) == CUT_OK);
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_pool *pool = NULL;

    if (size == 0)
        return 0;
    struct model model = {
        .incoming = data[0] % 5,
        .outgoing = (data[0] >> 3) % 3,
        .slots = (data[0] >> 5) % (SLOTS_MAX + 1),
        .view = VIEW,
    };
    FUZZ_CHECK(cut_pool_create(model.slots, 4, NULL, &pool) == CUT_OK);
    struct cut_engine *engine = create_engine(&model, pool);
    for (size_t at = 1; at + 3 <= size && at / 3 < EVENTS_MAX; at += 3) {
        struct cut_event event = event_of(data + at);
        step(&model, engine, pool, &event);
    }
    cut_engine_destroy(engine);
    cut_pool_destroy(pool);
    return 0;
}
