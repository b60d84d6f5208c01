/*
 * The engine: what all algorithms share. A step checks all, then changes: what
 * can be refused is refused before the algorithm's rules are called, and those
 * cannot fail.
 */
#include "core/actions.h"

#include <string.h>

#define WINDOW_MIN 64u
#define WINDOW_MAX (1u << 26)

/* Longer times would overflow when they are added to a clock. */
#define DURATION_MAX (UINT64_C(1) << 62)

bool cut_engine_config_is_valid(const struct cut_engine_config *config)
{
    return config->algorithm != NULL && config->pool != NULL &&
           config->incoming_count <= cut_pool_incoming_max(config->pool) &&
           config->window >= WINDOW_MIN && config->window <= WINDOW_MAX &&
           (config->window & (config->window - 1)) == 0 &&
           (!config->algorithm->traits.controls ||
            config->process < config->process_count) &&
           config->clock_lead <= DURATION_MAX &&
           config->clock_bound <= DURATION_MAX;
}

/* What lies behind the struct. */
static size_t size_behind(const struct cut_engine_config *config)
{
    const struct cut_algorithm *algorithm = config->algorithm;
    struct cut_memory_size memory = cut_memory_size_of(
        algorithm, config->incoming_count, config->outgoing_count);

    return config->window / 8 + memory.kept + memory.open;
}

size_t cut_engine_size(const struct cut_engine_config *config)
{
    return sizeof(struct cut_engine) + size_behind(config);
}

enum cut_error cut_engine_init(void *memory,
                               const struct cut_engine_config *config,
                               struct cut_engine **out)
{
    struct cut_engine *engine = memory;

    if (!cut_engine_config_is_valid(config))
        return CUT_INVALID;
    *engine = (struct cut_engine){
        .algorithm = config->algorithm,
        .pool = config->pool,
        .open_end = &engine->open,
        .incoming_count = config->incoming_count,
        .outgoing_count = config->outgoing_count,
        .incarnation = config->incarnation,
        .view = config->view,
        .window = config->window,
    };
    memset(engine->seen, 0, size_behind(config));
    if (engine->algorithm->begin != NULL)
        engine->algorithm->begin(engine, config);
    *out = engine;
    return CUT_OK;
}

/* Put a slot behind the others that are open here. */
static void append_slot(struct cut_engine *engine, struct cut_slot *slot)
{
    slot->next = NULL;
    slot->link = engine->open_end;
    *slot->link = slot;
    engine->open_end = &slot->next;
}

/* What the algorithm noted of the open snapshot is gone with it. */
static void forget_open(struct cut_engine *engine)
{
    if (engine->algorithm->memory_size == NULL)
        return;
    struct cut_memory_size size = engine->algorithm->memory_size(
        engine->incoming_count, engine->outgoing_count);
    memset((char *)cut_engine_memory(engine) + size.kept, 0, size.open);
}

static void close_slot(struct cut_engine *engine, struct cut_slot *slot)
{
    forget_open(engine);
    *slot->link = slot->next;
    if (slot->next != NULL)
        slot->next->link = slot->link;
    else
        engine->open_end = slot->link;
    cut_pool_give(engine->pool, slot);
}

void cut_engine_fini(struct cut_engine *engine)
{
    while (engine->open != NULL)
        close_slot(engine, engine->open);
    if (engine->closed != NULL)
        cut_pool_give(engine->pool, engine->closed);
    engine->closed = NULL;
}

/* The oldest is asked for most, and found without the pool's index. */
static struct cut_slot *find_open(const struct cut_engine *engine,
                                  uint64_t number)
{
    struct cut_slot *oldest = engine->open;

    if (oldest == NULL || oldest->recording.snapshot.number == number)
        return oldest;
    return cut_pool_find(engine->pool, engine, number);
}

/* What a snapshot is to an engine. */
enum relation {
    REFUSED, /* CUT_PROTOCOL */
    IGNORED, /* closed here, or of an earlier incarnation or view */
    OPEN,
    NEW,
};

static enum relation relation_of(const struct cut_engine *engine,
                                 struct cut_snapshot_id snapshot,
                                 struct cut_slot **slot)
{
    if (snapshot.incarnation != engine->incarnation)
        return snapshot.incarnation < engine->incarnation ? IGNORED : REFUSED;
    if (snapshot.view != engine->view)
        return snapshot.view < engine->view ? IGNORED : REFUSED;
    if (snapshot.number == UINT64_MAX)
        return REFUSED;
    switch (cut_window_standing(engine, snapshot.number)) {
    case CUT_STANDING_BELOW:
        return REFUSED;
    case CUT_STANDING_UNSEEN:
        return NEW;
    case CUT_STANDING_SEEN:
        break;
    }
    *slot = find_open(engine, snapshot.number);
    return *slot != NULL ? OPEN : IGNORED;
}

/*
 * Open a snapshot, if the limits allow it; else nothing changes.
 *
 * Where there is one snapshot at a time, they come in the order of their
 * numbers, and each is over everywhere before the next begins: a peer that
 * tells of another one breaks the contract.
 */
static enum cut_error open_slot(struct cut_engine *engine,
                                struct cut_snapshot_id snapshot,
                                struct cut_slot **out)
{
    if (!engine->algorithm->traits.is_concurrent &&
        (engine->open != NULL || snapshot.number < engine->end))
        return CUT_PROTOCOL;
    if (cut_pool_free_count(engine->pool) == 0 ||
        !cut_window_can_enter(engine, snapshot.number))
        return CUT_LIMIT;
    struct cut_slot *slot = cut_pool_take(engine->pool, engine, snapshot);
    append_slot(engine, slot);
    cut_window_enter(engine, snapshot.number);
    *out = slot;
    return CUT_OK;
}

static enum cut_error step_request(struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_action_list *out)
{
    const struct cut_algorithm *algorithm = engine->algorithm;
    struct cut_slot *slot = NULL;
    enum relation relation = relation_of(engine, event->snapshot, &slot);
    enum cut_error error = CUT_OK;

    if (relation == REFUSED)
        return CUT_PROTOCOL;
    if (relation != NEW) {
        engine->ignored++;
        return CUT_OK;
    }
    if (!algorithm->traits.is_concurrent && engine->open != NULL)
        return CUT_STATE;
    if (algorithm->check_request != NULL)
        error = algorithm->check_request(engine, event);
    if (error == CUT_OK)
        error = open_slot(engine, event->snapshot, &slot);
    if (error != CUT_OK)
        return error;
    if (algorithm->initiate(engine, slot, event, out))
        close_slot(engine, slot);
    return CUT_OK;
}

static bool is_closed(const struct cut_engine *engine, uint32_t channel)
{
    return engine->closed != NULL && cut_slot_awaits(engine->closed, channel);
}

/* Can a marker come on this channel? slot: of its snapshot, NULL: it is new. */
static enum cut_error check_marker(struct cut_engine *engine,
                                   const struct cut_slot *slot,
                                   const struct cut_event *event)
{
    const struct cut_algorithm *algorithm = engine->algorithm;

    if (slot != NULL ? !cut_slot_awaits(slot, event->channel)
                     : is_closed(engine, event->channel))
        return CUT_PROTOCOL;
    if (algorithm->check_marker == NULL)
        return CUT_OK;
    return algorithm->check_marker(engine, slot, event);
}

static enum cut_error step_marker(struct cut_engine *engine,
                                  const struct cut_event *event,
                                  struct cut_action_list *out)
{
    const struct cut_algorithm *algorithm = engine->algorithm;
    struct cut_slot *slot = NULL;

    if (event->channel >= engine->incoming_count ||
        algorithm->receive_marker == NULL)
        return CUT_PROTOCOL;
    enum relation relation = relation_of(engine, event->snapshot, &slot);
    if (relation == REFUSED)
        return CUT_PROTOCOL;
    if (relation == IGNORED) {
        engine->ignored++;
        return CUT_OK;
    }
    enum cut_error error = check_marker(engine, slot, event);
    if (error == CUT_OK && relation == NEW)
        error = open_slot(engine, event->snapshot, &slot);
    if (error != CUT_OK)
        return error;
    if (algorithm->receive_marker(engine, slot, event, relation == NEW, out))
        close_slot(engine, slot);
    return CUT_OK;
}

/* Does a frame come from another process of this system? */
static bool is_peer(struct cut_engine *engine, uint32_t peer)
{
    const struct cut_place *place = cut_engine_memory(engine);

    return peer < place->process_count && peer != place->process;
}

static enum cut_error step_control(struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_action_list *out)
{
    const struct cut_algorithm *algorithm = engine->algorithm;
    struct cut_slot *slot = NULL;

    if (event->control == NULL)
        return CUT_INVALID;
    if (!algorithm->traits.controls || !is_peer(engine, event->peer))
        return CUT_PROTOCOL;
    struct cut_snapshot_id snapshot = event->control->snapshot;
    enum relation relation = relation_of(engine, snapshot, &slot);
    if (relation == REFUSED)
        return CUT_PROTOCOL;
    if (relation == IGNORED) {
        engine->ignored++;
        return CUT_OK;
    }
    enum cut_error error = algorithm->check_control(engine, slot, event);
    if (error == CUT_OK && relation == NEW)
        error = open_slot(engine, snapshot, &slot);
    if (error != CUT_OK)
        return error;
    if (algorithm->receive_control(engine, slot, event, relation == NEW, out))
        close_slot(engine, slot);
    return CUT_OK;
}

static enum cut_error step_send(struct cut_engine *engine,
                                const struct cut_event *event,
                                struct cut_action_list *out)
{
    const struct cut_algorithm *algorithm = engine->algorithm;
    uint64_t stamp = 0;

    if (event->channel >= engine->outgoing_count)
        return CUT_INVALID;
    if (algorithm->check_message != NULL) {
        enum cut_error error = algorithm->check_message(engine, event);
        if (error != CUT_OK)
            return error;
    }
    if (algorithm->send_message != NULL)
        stamp = algorithm->send_message(engine, event);
    cut_act_send(out, event->channel, stamp);
    return CUT_OK;
}

/* Check a message, and open the snapshot that it tells of, if any. */
static enum cut_error prepare_message(struct cut_engine *engine,
                                      const struct cut_event *event,
                                      bool *is_first)
{
    const struct cut_algorithm *algorithm = engine->algorithm;
    struct cut_snapshot_id snapshot;
    struct cut_slot *slot = NULL;

    if (algorithm->check_message != NULL) {
        enum cut_error error = algorithm->check_message(engine, event);
        if (error != CUT_OK)
            return error;
    }
    if (algorithm->opens_by_message == NULL ||
        !algorithm->opens_by_message(engine, event, &snapshot))
        return CUT_OK;
    *is_first = true;
    return open_slot(engine, snapshot, &slot);
}

static enum cut_error step_message(struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_action_list *out)
{
    bool is_first = false;

    if (event->channel >= engine->incoming_count)
        return CUT_PROTOCOL;
    enum cut_error error = prepare_message(engine, event, &is_first);
    if (error != CUT_OK)
        return error;
    if (engine->algorithm->receive_message(engine, event, is_first, out))
        close_slot(engine, engine->open);
    cut_act_on(out, CUT_ACTION_DELIVER, event->channel);
    return CUT_OK;
}

static enum cut_error step_time(struct cut_engine *engine,
                                const struct cut_event *event,
                                struct cut_action_list *out)
{
    const struct cut_algorithm *algorithm = engine->algorithm;

    if (algorithm->check_time == NULL)
        return CUT_OK;
    enum cut_error error = algorithm->check_time(engine, event);
    if (error == CUT_OK && algorithm->tell_time(engine, event, out))
        close_slot(engine, engine->open);
    return error;
}

/* An aborted snapshot counts as seen, so that its markers are ignored. */
static enum cut_error step_abort(struct cut_engine *engine,
                                 const struct cut_event *event,
                                 struct cut_action_list *out)
{
    struct cut_slot *slot = NULL;

    switch (relation_of(engine, event->snapshot, &slot)) {
    case REFUSED:
        return CUT_PROTOCOL;
    case IGNORED:
        return CUT_OK;
    case NEW:
        if (!cut_window_can_enter(engine, event->snapshot.number))
            return CUT_LIMIT;
        cut_window_enter(engine, event->snapshot.number);
        return CUT_OK;
    case OPEN:
        break;
    }
    cut_act(out, CUT_ACTION_DISCARD, event->snapshot);
    if (engine->algorithm->give_up != NULL)
        engine->algorithm->give_up(engine, slot, out);
    close_slot(engine, slot);
    return CUT_OK;
}

/* Does an open snapshot still wait for a marker on this channel? */
static bool is_awaited(const struct cut_engine *engine, uint32_t channel)
{
    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next)
        if (cut_slot_awaits(s, channel))
            return true;
    return false;
}

/* The number of no snapshot, so this slot is not found. */
static struct cut_slot *take_closed(struct cut_engine *engine)
{
    struct cut_snapshot_id none = {.number = UINT64_MAX};
    struct cut_slot *slot = cut_pool_take(engine->pool, engine, none);

    cut_slot_await_none(slot, engine->incoming_count);
    return slot;
}

static enum cut_error step_close(struct cut_engine *engine,
                                 const struct cut_event *event)
{
    if (!engine->algorithm->traits.follows_views ||
        event->channel >= engine->incoming_count)
        return CUT_INVALID;
    if (is_awaited(engine, event->channel))
        return CUT_STATE;
    if (is_closed(engine, event->channel))
        return CUT_OK;
    if (engine->closed == NULL && cut_pool_free_count(engine->pool) == 0)
        return CUT_LIMIT;
    if (engine->closed == NULL)
        engine->closed = take_closed(engine);
    cut_slot_await(engine->closed, event->channel);
    return CUT_OK;
}

static enum cut_error step_open(struct cut_engine *engine,
                                const struct cut_event *event)
{
    if (!engine->algorithm->traits.follows_views ||
        event->channel >= engine->incoming_count)
        return CUT_INVALID;
    if (!is_closed(engine, event->channel))
        return CUT_OK;
    cut_slot_marker_came(engine->closed, event->channel);
    if (engine->closed->missing > 0)
        return CUT_OK;
    cut_pool_give(engine->pool, engine->closed);
    engine->closed = NULL;
    return CUT_OK;
}

/* The numbers of another view are others, even if they look the same. */
static enum cut_error step_view(struct cut_engine *engine,
                                const struct cut_event *event)
{
    if (!engine->algorithm->traits.follows_views ||
        event->snapshot.view < engine->view)
        return CUT_INVALID;
    if (engine->open != NULL)
        return CUT_STATE;
    if (event->snapshot.view > engine->view)
        cut_window_forget(engine);
    engine->view = event->snapshot.view;
    return CUT_OK;
}

/* All but messages, which are many: apart, so that their step is short. */
__attribute__((noinline)) static enum cut_error
step_other(struct cut_engine *engine,
           const struct cut_event *event,
           struct cut_action_list *out)
{
    switch (event->kind) {
    case CUT_EVENT_REQUEST:
        return step_request(engine, event, out);
    case CUT_EVENT_MARKER:
        return step_marker(engine, event, out);
    case CUT_EVENT_CONTROL:
        return step_control(engine, event, out);
    case CUT_EVENT_TIME:
        return step_time(engine, event, out);
    case CUT_EVENT_ABORT:
        return step_abort(engine, event, out);
    case CUT_EVENT_CLOSE:
        return step_close(engine, event);
    case CUT_EVENT_OPEN:
        return step_open(engine, event);
    case CUT_EVENT_VIEW:
        return step_view(engine, event);
    case CUT_EVENT_SEND:
    case CUT_EVENT_MESSAGE:
    default:
        return CUT_INVALID;
    }
}

static enum cut_error step(struct cut_engine *engine,
                           const struct cut_event *event,
                           struct cut_action_list *out)
{
    if (event->kind == CUT_EVENT_MESSAGE)
        return step_message(engine, event, out);
    if (event->kind == CUT_EVENT_SEND)
        return step_send(engine, event, out);
    return step_other(engine, event, out);
}

enum cut_error cut_engine_step(struct cut_engine *engine,
                               const struct cut_event *event,
                               struct cut_action actions[CUT_ACTIONS_MAX],
                               size_t *count)
{
    struct cut_action_list out = {.actions = actions};
    enum cut_error error = step(engine, event, &out);

    if (error == CUT_OK)
        *count = out.count;
    return error;
}
