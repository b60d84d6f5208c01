/*
 * What is in flight, against a model of plain queues, in random walks. Memory
 * comes from an allocator that gives only what is reserved for: a push or a pop
 * that took more than was reserved would trap.
 */
#include "check.h"
#include "fault/failing_allocator.h"
#include "sim/flight.h"

enum { CHANNELS = 70, QUEUE = 64 };

struct model {
    struct cut_sim_message queue[CHANNELS][QUEUE];
    unsigned count[CHANNELS];
};

struct walk {
    struct failing_allocator memory;
    struct cut_flight flight;
    struct model model;
    uint64_t now;
    uint64_t random;
    uint64_t pushes;
    uint64_t pops;
};

static uint32_t draw(struct walk *walk, uint32_t below)
{
    walk->random =
        walk->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(walk->random >> 33) % below;
}

/* Push to some channels at once, after one reservation, like a capture does. */
static void push_some(struct walk *walk)
{
    uint32_t first = draw(walk, CHANNELS);
    uint32_t count = 1 + draw(walk, CHANNELS - first);

    CHECK_EQ(cut_flight_reserve(&walk->flight, count), CUT_OK);
    uint64_t requests = walk->memory.requests;
    for (uint32_t c = first; c < first + count; c++) {
        struct cut_sim_message message = {
            .is_marker = draw(walk, 2) != 0,
            .value = ++walk->pushes,
            .due = walk->now + 1 + draw(walk, CUT_DELAY_MAX),
        };
        if (walk->model.count[c] == QUEUE)
            continue;
        walk->model.queue[c][walk->model.count[c]++] = message;
        cut_flight_push(&walk->flight, c, &message);
    }
    CHECK_EQ(walk->memory.requests, requests);
}

static bool is_due(const struct walk *walk, uint32_t c)
{
    return walk->model.count[c] > 0 && walk->model.queue[c][0].due <= walk->now;
}

static void pop_from(struct walk *walk, uint32_t c)
{
    struct cut_sim_message *queue = walk->model.queue[c];
    struct cut_sim_message message;
    uint64_t requests = walk->memory.requests;

    cut_flight_pop(&walk->flight, c, walk->now, &message);
    CHECK_EQ(message.value, queue[0].value);
    CHECK_EQ(message.due, queue[0].due);
    CHECK_EQ(message.is_marker, queue[0].is_marker);
    memmove(queue, queue + 1, --walk->model.count[c] * sizeof *queue);
    walk->pops++;
    CHECK_EQ(walk->memory.requests, requests);
}

/* What is ready is what the model says is due; take some of it. */
static void tick(struct walk *walk)
{
    uint64_t next = cut_flight_next_due(&walk->flight, walk->now);
    bool is_any = false;

    walk->now++;
    cut_flight_advance(&walk->flight, walk->now);
    for (uint32_t c = 0; c < CHANNELS; c++) {
        bool is_ready = cut_flight_next_ready(&walk->flight, c) == c;
        CHECK_EQ(is_ready, is_due(walk, c));
        is_any = is_any || is_ready;
        if (is_ready && draw(walk, 3) != 0)
            pop_from(walk, c);
    }
    CHECK_EQ(next == walk->now, is_any);
}

static void check_contents(const struct walk *walk)
{
    for (uint32_t c = 0; c < CHANNELS; c++) {
        uint32_t cursor = CUT_NONE;
        struct cut_sim_message message;
        for (unsigned i = 0; i < walk->model.count[c]; i++) {
            CHECK(cut_flight_next(&walk->flight, c, &cursor, &message));
            CHECK_EQ(message.value, walk->model.queue[c][i].value);
        }
        CHECK(!cut_flight_next(&walk->flight, c, &cursor, &message));
    }
}

static void take_walk(uint64_t seed, uint32_t ticks_of_ten)
{
    struct walk walk = {.random = seed};

    failing_init(&walk.memory, FAIL_NEVER, 0);
    CHECK_EQ(cut_flight_init(&walk.flight, CHANNELS, &walk.memory.allocator),
             CUT_OK);
    for (unsigned step = 0; step < 3000; step++) {
        if (draw(&walk, 10) < ticks_of_ten)
            tick(&walk);
        else
            push_some(&walk);
        if (step % 100 == 0)
            check_contents(&walk);
    }
    CHECK(walk.pops > 1000);
    cut_flight_fini(&walk.flight);
    CHECK_EQ(walk.memory.blocks, 0);
    CHECK_EQ(walk.memory.mistakes, 0);
}

static void test_mostly_full(void)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        take_walk(seed, 5);
}

static void test_mostly_empty(void)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        take_walk(seed, 9);
}

int main(void)
{
    RUN(test_mostly_full);
    RUN(test_mostly_empty);
    return check_end();
}
