/*
 * The input is four bytes for the configuration, then events of six bytes each,
 * for one engine of any algorithm, from peers that send anything. What an
 * executor may rely on has to hold: what is refused changes nothing, what is
 * asked for can be done.
 *
 *     configuration   0 the algorithm; 1 channels in (low half) and out; 2
 * which process (low half) of how many; 3 the clock's lead (low half) and bound
 *     event           0 kind; 1 channel or peer (low half), messages waiting;
 *                     2 number (low half), other names; 3 kind of a control
 *                     frame (low half), its round; 4 value, stamp or count, as
 *                     a small number of either sign; 5 how time goes on
 */
#include "fuzz.h"

#include <cutline/engine.h>

#define NUMBERS 16
#define EVENTS_MAX 4096

/* What was asked for, by snapshot. */
struct executor {
    struct cut_engine *engine;
    struct cut_pool *pool;
    const struct cut_algorithm_traits *traits;
    struct cut_engine_config config;
    uint64_t now;
    uint32_t view;
    bool is_stopped;
    bool is_captured[NUMBERS];
    bool is_over[NUMBERS];
};

static bool is_our_number(uint64_t number)
{
    return number < NUMBERS;
}

static void check_capture(struct executor *executor, uint64_t number)
{
    if (!is_our_number(number))
        return;
    FUZZ_CHECK(!executor->is_captured[number]);
    FUZZ_CHECK(!executor->is_over[number]);
    executor->is_captured[number] = true;
}

static void check_over(struct executor *executor, uint64_t number, bool is_all)
{
    if (!is_our_number(number))
        return;
    FUZZ_CHECK(!executor->is_over[number]);
    FUZZ_CHECK(!is_all || executor->is_captured[number]);
    executor->is_over[number] = true;
}

static void check_control(const struct executor *executor,
                          const struct cut_action *action)
{
    uint8_t bytes[CUT_CONTROL_SIZE];
    uint8_t again[CUT_CONTROL_SIZE];

    FUZZ_CHECK(executor->traits->controls);
    FUZZ_CHECK(action->peer != executor->config.process);
    FUZZ_CHECK(action->peer == CUT_EVERYONE ||
               action->peer < executor->config.process_count);
    FUZZ_CHECK(executor->config.process_count > 1);
    cut_control_encode(&action->control, bytes);
    struct cut_control control = cut_control_decode(bytes);
    cut_control_encode(&control, again);
    FUZZ_CHECK(memcmp(bytes, again, sizeof bytes) == 0);
}

static void check_recordings(const struct executor *executor,
                             const struct cut_recording *recording)
{
    FUZZ_CHECK(recording != NULL);
    for (; recording != NULL; recording = recording->next) {
        uint64_t number = recording->snapshot.number;
        FUZZ_CHECK(!is_our_number(number) || executor->is_captured[number]);
    }
}

static void check_action(struct executor *executor,
                         const struct cut_event *event,
                         const struct cut_action *action,
                         bool is_last)
{
    const struct cut_algorithm_traits *traits = executor->traits;
    uint64_t number = action->snapshot.number;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        check_capture(executor, number);
        break;
    case CUT_ACTION_TRANSMIT:
        FUZZ_CHECK(traits->markers_in_channel || traits->markers_count);
        FUZZ_CHECK(executor->config.outgoing_count > 0);
        break;
    case CUT_ACTION_CONTROL:
        check_control(executor, action);
        break;
    case CUT_ACTION_SEND:
        FUZZ_CHECK(event->kind == CUT_EVENT_SEND && is_last);
        FUZZ_CHECK(action->channel == event->channel);
        FUZZ_CHECK(traits->stamps || action->stamp == 0);
        break;
    case CUT_ACTION_RECORD:
        FUZZ_CHECK(event->kind == CUT_EVENT_MESSAGE);
        FUZZ_CHECK(action->channel == event->channel);
        check_recordings(executor, action->recordings);
        break;
    case CUT_ACTION_RECORD_WAITING:
        FUZZ_CHECK(event->kind == CUT_EVENT_MARKER && event->waiting > 0);
        FUZZ_CHECK(action->channel == event->channel);
        FUZZ_CHECK(action->waiting == event->waiting);
        break;
    case CUT_ACTION_DELIVER:
        FUZZ_CHECK(event->kind == CUT_EVENT_MESSAGE && is_last);
        FUZZ_CHECK(action->channel == event->channel);
        break;
    case CUT_ACTION_COMPLETE:
    case CUT_ACTION_DISCARD:
        check_over(executor, number, action->kind == CUT_ACTION_COMPLETE);
        break;
    case CUT_ACTION_STOP:
    case CUT_ACTION_RESUME:
        FUZZ_CHECK(traits->stops);
        executor->is_stopped = !executor->is_stopped;
        FUZZ_CHECK(executor->is_stopped == (action->kind == CUT_ACTION_STOP));
        break;
    case CUT_ACTION_WAKE:
        FUZZ_CHECK(traits->needs_clock);
        break;
    }
}

/* A message is sent or delivered by the last action of its step. */
static void check_message(const struct cut_event *event,
                          const struct cut_action *actions,
                          size_t count)
{
    enum cut_action_kind last =
        event->kind == CUT_EVENT_SEND ? CUT_ACTION_SEND : CUT_ACTION_DELIVER;

    if (event->kind != CUT_EVENT_SEND && event->kind != CUT_EVENT_MESSAGE)
        return;
    FUZZ_CHECK(count > 0 && actions[count - 1].kind == last);
}

static void step(struct executor *executor, const struct cut_event *event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = SIZE_MAX;
    bool was_stopped = executor->is_stopped;
    uint64_t digest = cut_engine_digest(executor->engine);
    uint32_t open_count = cut_engine_open_count(executor->engine);
    uint32_t free_count = cut_pool_free_count(executor->pool);
    enum cut_error error =
        cut_engine_step(executor->engine, event, actions, &count);

    if (error != CUT_OK) {
        FUZZ_CHECK(count == SIZE_MAX);
        FUZZ_CHECK(cut_engine_digest(executor->engine) == digest);
        FUZZ_CHECK(cut_engine_open_count(executor->engine) == open_count);
        FUZZ_CHECK(cut_pool_free_count(executor->pool) == free_count);
        return;
    }
    FUZZ_CHECK(count <= CUT_ACTIONS_MAX);
    FUZZ_CHECK(!was_stopped || (event->kind != CUT_EVENT_SEND &&
                                event->kind != CUT_EVENT_MESSAGE));
    check_message(event, actions, count);
    for (size_t i = 0; i < count; i++)
        check_action(executor, event, &actions[i], i + 1 == count);
    FUZZ_CHECK(executor->traits->is_concurrent ||
               cut_engine_open_count(executor->engine) <= 1);
    if (event->kind == CUT_EVENT_ABORT &&
        event->snapshot.view == executor->view &&
        is_our_number(event->snapshot.number))
        executor->is_over[event->snapshot.number] = true;
    if (event->kind == CUT_EVENT_VIEW) {
        executor->view = event->snapshot.view;
        memset(executor->is_captured, 0, sizeof executor->is_captured);
        memset(executor->is_over, 0, sizeof executor->is_over);
    }
}

/* Small numbers of either sign, and some at the ends. */
static uint64_t value_of(uint8_t byte)
{
    uint64_t value = byte & 0x3f;

    if (byte == 0xff)
        return UINT64_C(1) << 63;
    return (byte & 0x80) != 0 ? 0 - value : value;
}

static void take_event(struct executor *executor, const uint8_t bytes[6])
{
    struct cut_snapshot_id snapshot = {
        .incarnation = 1 + (bytes[2] >> 7),
        .view = (bytes[2] >> 4) % 4 == 1 ? 1 : 0,
        .number = (bytes[2] >> 4) % 4 == 2 ? UINT64_MAX - (bytes[2] & 15)
                                           : bytes[2] & 15,
    };
    struct cut_control control = {
        .snapshot = snapshot,
        .kind = bytes[3] & 15,
        .round = bytes[3] >> 4,
        .value = {value_of(bytes[4]), bytes[5] & 15},
    };
    uint64_t value = value_of(bytes[4]);

    executor->now += bytes[5] >> 4;
    if (bytes[0] == 0xff)
        executor->now = value;
    /* What nobody says of the same view again. */
    if (bytes[0] % 11 == CUT_EVENT_VIEW && snapshot.view == 0)
        return;
    step(executor,
         &(struct cut_event){
             .kind = (enum cut_event_kind)(bytes[0] % 11),
             .channel = bytes[1] & 15,
             .peer = bytes[1] & 15,
             .waiting = bytes[1] >> 4,
             .snapshot = snapshot,
             .now = executor->now,
             .stamp = value,
             .sent = value,
             .control = bytes[1] == 0xff ? NULL : &control,
         });
}

static bool create(struct executor *executor, const uint8_t bytes[4])
{
    executor->config = (struct cut_engine_config){
        .algorithm = cut_algorithm_at(bytes[0] % 7),
        .incoming_count = bytes[1] % 16 % 5,
        .outgoing_count = bytes[1] / 16 % 4,
        .incarnation = 1,
        .window = 64,
        .process = bytes[2] & 15,
        .process_count = bytes[2] >> 4,
        .clock_lead = bytes[3] & 15,
        .clock_bound = bytes[3] >> 4,
    };
    executor->traits = cut_algorithm_traits(executor->config.algorithm);
    FUZZ_CHECK(cut_pool_create(2, 4, NULL, &executor->pool) == CUT_OK);
    executor->config.pool = executor->pool;
    enum cut_error error =
        cut_engine_create(&executor->config, NULL, &executor->engine);
    FUZZ_CHECK(error == CUT_OK || error == CUT_INVALID);
    return error == CUT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct executor executor = {0};

    if (size < 4)
        return 0;
    if (create(&executor, data))
        for (size_t at = 4; at + 6 <= size && at / 6 < EVENTS_MAX; at += 6)
            take_event(&executor, data + at);
    cut_engine_destroy(executor.engine);
    FUZZ_CHECK(cut_pool_free_count(executor.pool) == 2);
    cut_pool_destroy(executor.pool);
    return 0;
}
