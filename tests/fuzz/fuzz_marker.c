/*
 * The input is markers as bytes, each behind a byte for its channel, as a
 * process gets them from peers that may send anything. Reading and writing
 * them are inverse; the engine takes each, ignores it or refuses it, and what
 * it refuses changes nothing.
 */
#include "fuzz.h"

#include <cutline/engine.h>

#define INCOMING 4
#define OUTGOING 2
#define SLOTS 4

static void check_codec(const uint8_t bytes[CUT_MARKER_SIZE],
                        struct cut_snapshot_id id)
{
    uint8_t again[CUT_MARKER_SIZE];

    cut_marker_encode(id, again);
    FUZZ_CHECK(memcmp(bytes, again, sizeof again) == 0);
}

static void check_actions(const struct cut_action *actions,
                          size_t count,
                          struct cut_snapshot_id id)
{
    FUZZ_CHECK(count <= CUT_ACTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(actions[i].kind == CUT_ACTION_CAPTURE ||
                   actions[i].kind == CUT_ACTION_TRANSMIT ||
                   actions[i].kind == CUT_ACTION_COMPLETE);
        FUZZ_CHECK(actions[i].snapshot.number == id.number);
    }
}

static void receive(struct cut_engine *engine,
                    const struct cut_pool *pool,
                    const struct cut_event *event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = SIZE_MAX;
    uint64_t digest = cut_engine_digest(engine);
    uint32_t ignored = cut_engine_ignored_count(engine);
    uint32_t open = cut_engine_open_count(engine);
    bool was_awaited =
        cut_engine_awaits_marker(engine, event->snapshot, event->channel);
    enum cut_error error = cut_engine_step(engine, event, actions, &count);

    FUZZ_CHECK(cut_engine_open_count(engine) + cut_pool_free_count(pool) ==
               SLOTS);
    if (error != CUT_OK) {
        FUZZ_CHECK(error == CUT_PROTOCOL || error == CUT_LIMIT);
        FUZZ_CHECK(!was_awaited);
        FUZZ_CHECK(count == SIZE_MAX);
        FUZZ_CHECK(cut_engine_digest(engine) == digest);
        FUZZ_CHECK(cut_engine_open_count(engine) == open);
        FUZZ_CHECK(cut_engine_ignored_count(engine) == ignored);
        return;
    }
    check_actions(actions, count, event->snapshot);
    bool is_ignored = cut_engine_ignored_count(engine) != ignored;
    FUZZ_CHECK(is_ignored == (cut_engine_digest(engine) == digest));
    FUZZ_CHECK(!is_ignored || (count == 0 && !was_awaited));
    FUZZ_CHECK(
        !cut_engine_awaits_marker(engine, event->snapshot, event->channel));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_pool *pool = NULL;
    struct cut_engine *engine = NULL;

    FUZZ_CHECK(cut_pool_create(SLOTS, INCOMING, NULL, &pool) == CUT_OK);
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = pool,
        .incoming_count = INCOMING,
        .outgoing_count = OUTGOING,
        .incarnation = 1,
        .view = 1,
        .window = 64,
    };
    FUZZ_CHECK(cut_engine_create(&config, NULL, &engine) == CUT_OK);
    for (; size > CUT_MARKER_SIZE; size -= 1 + CUT_MARKER_SIZE) {
        struct cut_event event = {
            .kind = CUT_EVENT_MARKER,
            .channel = data[0],
            .snapshot = cut_marker_decode(data + 1),
        };
        check_codec(data + 1, event.snapshot);
        receive(engine, pool, &event);
        data += 1 + CUT_MARKER_SIZE;
    }
    cut_engine_destroy(engine);
    FUZZ_CHECK(cut_pool_free_count(pool) == SLOTS);
    cut_pool_destroy(pool);
    return 0;
}
