/*
 * The simulator as a library: its calls, its clock, its observer, and the
 * definition of a channel's state applied to what the observer saw.
 */
#include "check.h"

#include <cutline/sim.h>
#include <stdlib.h>

static struct cut_topology *make_ring(uint32_t count, uint64_t tokens)
{
    struct cut_topology *t = NULL;
    char name[16];

    CHECK_EQ(cut_topology_create(NULL, &t), CUT_OK);
    for (uint32_t i = 0; i < count; i++) {
        int size = snprintf(name, sizeof name, "p%03u", i);
        CHECK_EQ(cut_topology_add_process(t, name, (size_t)size, tokens),
                 CUT_OK);
    }
    for (uint32_t i = 0; i < count; i++) {
        CHECK_EQ(cut_topology_add_channel(t, i, (i + 1) % count), CUT_OK);
        CHECK_EQ(cut_topology_add_channel(t, (i + 1) % count, i), CUT_OK);
    }
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    return t;
}

static struct cut_sim *make_sim(const struct cut_topology *topology,
                                struct cut_sim_observer observer)
{
    struct cut_sim *sim = NULL;
    struct cut_sim_config config = {
        .topology = topology,
        .seed = CUT_SIM_SEED,
        .observer = observer,
    };

    CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK);
    return sim;
}

static void test_the_example_of_the_header(void)
{
    struct cut_topology *t = make_ring(3, 10);
    struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){0});
    struct cut_snapshot *snapshot = NULL;
    uint64_t number = 99;
    uint64_t in_processes;
    uint64_t in_channels;

    CHECK_EQ(cut_sim_send(sim, 0, 3), CUT_OK);
    CHECK_EQ(cut_sim_tokens(sim, 0), 7);
    CHECK_EQ(cut_sim_snapshot(sim, 1, &number), CUT_OK);
    CHECK_EQ(number, 0);
    CHECK(!cut_sim_is_complete(sim, 0));
    CHECK_EQ(cut_sim_collect(sim, 0, NULL, &snapshot), CUT_STATE);
    while (!cut_sim_is_complete(sim, number))
        CHECK_EQ(cut_sim_tick(sim, 1), CUT_OK);
    CHECK_EQ(cut_sim_collect(sim, 0, NULL, &snapshot), CUT_OK);
    cut_snapshot_total(snapshot, &in_processes, &in_channels);
    CHECK_EQ(in_processes, 27);
    CHECK_EQ(in_channels, 3);
    CHECK_EQ(snapshot->message_count, 1);
    CHECK_EQ(snapshot->initiator, 1);
    CHECK_EQ(cut_sim_collect(sim, 0, NULL, &snapshot), CUT_STATE);
    CHECK_EQ(cut_sim_collect(sim, 1, NULL, &snapshot), CUT_STATE);
    cut_sim_destroy(sim);
    cut_snapshot_destroy(snapshot); /* it does not need the simulator */
    cut_topology_destroy(t);
}

static void test_refusals(void)
{
    struct cut_topology *t = make_ring(3, 10);
    struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){0});
    struct cut_sim_config config = {.topology = t,
                                    .snapshots_max = (1u << 26) + 1};
    struct cut_sim *none = NULL;
    uint64_t number = 0;

    CHECK_EQ(cut_sim_create(&config, &none), CUT_INVALID);
    CHECK_EQ(cut_sim_send(sim, 6, 1), CUT_INVALID);
    CHECK_EQ(cut_sim_send(sim, 0, 11), CUT_STATE);
    CHECK_EQ(cut_sim_tokens(sim, 0), 10);
    CHECK_EQ(cut_sim_stats(sim).messages_sent, 0);
    CHECK_EQ(cut_sim_snapshot(sim, 3, &number), CUT_INVALID);
    for (unsigned i = 0; i < 64; i++)
        CHECK_EQ(cut_sim_snapshot(sim, i % 3, &number), CUT_OK);
    CHECK_EQ(cut_sim_snapshot(sim, 0, &number), CUT_LIMIT);
    CHECK_EQ(cut_sim_tick(sim, UINT64_C(1) << 62), CUT_OK);
    CHECK_EQ(cut_sim_tick(sim, 1), CUT_LIMIT);
    CHECK_EQ(cut_sim_now(sim), UINT64_C(1) << 62);
    CHECK_EQ(cut_sim_stats(sim).snapshots_complete, 64);
    cut_sim_destroy(sim);
    cut_sim_destroy(NULL);
    cut_topology_destroy(t);
}

/* 10^18 ticks with nothing to do: this test ends, so they cost nothing. */
static void test_empty_ticks_cost_nothing(void)
{
    struct cut_topology *t = make_ring(3, 10);
    struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){0});

    CHECK_EQ(cut_sim_next_due(sim), UINT64_MAX);
    CHECK_EQ(cut_sim_send(sim, 0, 1), CUT_OK);
    CHECK_EQ(cut_sim_next_due(sim), 4); /* the first draw is 3 */
    CHECK_EQ(cut_sim_tick(sim, UINT64_C(1000000000000000000)), CUT_OK);
    CHECK_EQ(cut_sim_stats(sim).messages_delivered, 1);
    CHECK_EQ(cut_sim_next_due(sim), UINT64_MAX);
    cut_sim_destroy(sim);
    cut_topology_destroy(t);
}

/* Channels give what was put into them, in that order, across chunks. */
static void test_what_is_in_flight(void)
{
    struct cut_topology *t = make_ring(3, 100);
    struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){0});
    uint32_t cursor = CUT_NONE;
    struct cut_sim_message message;
    uint64_t number;

    CHECK(!cut_sim_next_in_flight(sim, 0, &cursor, &message));
    for (uint64_t i = 1; i <= 9; i++)
        CHECK_EQ(cut_sim_send(sim, 0, i), CUT_OK);
    CHECK_EQ(cut_sim_snapshot(sim, 0, &number), CUT_OK);
    for (uint64_t i = 1; i <= 9; i++) {
        CHECK(cut_sim_next_in_flight(sim, 0, &cursor, &message));
        CHECK_EQ(message.value, i);
        CHECK(!message.is_marker && message.due >= 1 && message.due <= 5);
    }
    CHECK(cut_sim_next_in_flight(sim, 0, &cursor, &message));
    CHECK(message.is_marker && message.value == 0);
    CHECK(!cut_sim_next_in_flight(sim, 0, &cursor, &message));
    CHECK_EQ(cut_sim_tick(sim, 8), CUT_OK);
    cursor = CUT_NONE;
    CHECK(cut_sim_next_in_flight(sim, 0, &cursor, &message));
    CHECK(message.value > 1 && message.value < 9);
    cut_sim_destroy(sim);
    cut_topology_destroy(t);
}

/*
 * An observer that knows the definition: positions of messages in their
 * channels, and the cut of one snapshot.
 */
#define CHANNELS 8
#define MESSAGES 1000

struct witness {
    const struct cut_topology *topology;
    uint64_t values[CHANNELS][MESSAGES]; /* by position */
    uint32_t sent[CHANNELS];
    uint32_t delivered[CHANNELS];
    uint32_t cut_sent[CHANNELS];
    uint32_t cut_delivered[CHANNELS];
    uint32_t completions;
};

static void see_capture(struct witness *w, uint32_t process)
{
    for (uint32_t c = 0; c < CHANNELS; c++) {
        if (cut_topology_source(w->topology, c) == process)
            w->cut_sent[c] = w->sent[c];
        if (cut_topology_destination(w->topology, c) == process)
            w->cut_delivered[c] = w->delivered[c];
    }
}

static void see(void *context, const struct cut_sim_event *event)
{
    struct witness *w = context;
    bool is_program = event->channel != CUT_NONE && !event->message.is_marker;

    if (event->kind == CUT_SIM_SEND && is_program)
        w->values[event->channel][w->sent[event->channel]++] =
            event->message.value;
    if (event->kind == CUT_SIM_DELIVER && is_program)
        w->delivered[event->channel]++;
    if (event->kind == CUT_SIM_CAPTURE)
        see_capture(w, event->process);
    if (event->kind == CUT_SIM_COMPLETE)
        w->completions++;
}

/* The recorded messages of a channel are those the definition names. */
static void judge_channel(const struct witness *w,
                          const struct cut_snapshot *snapshot,
                          uint32_t c)
{
    uint32_t position = w->cut_delivered[c];

    CHECK(w->cut_delivered[c] <= w->cut_sent[c]);
    for (uint64_t i = 0; i < snapshot->message_count; i++) {
        const struct cut_snapshot_message *m = &snapshot->messages[i];
        if (cut_topology_channel(w->topology, m->source, m->destination) != c)
            continue;
        if (CHECK(position < w->cut_sent[c]))
            CHECK_EQ(m->tokens, w->values[c][position]);
        position++;
    }
    CHECK_EQ(position, w->cut_sent[c]);
}

static void test_snapshots_are_what_the_definition_says(void)
{
    struct cut_topology *t = make_ring(4, 100000);
    uint64_t recorded = 0;
    uint64_t random = 1;

    for (unsigned round = 0; round < 200; round++) {
        struct witness w = {.topology = t};
        struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){see, &w});
        struct cut_snapshot *snapshot = NULL;
        uint64_t number = 0;
        for (unsigned step = 0; step < 60; step++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            CHECK_EQ(cut_sim_send(
                         sim, (uint32_t)(random >> 33) % CHANNELS, step + 1),
                     CUT_OK);
            if (step == 20)
                CHECK_EQ(cut_sim_snapshot(sim, round % 4, &number), CUT_OK);
            if ((random >> 50 & 1) != 0)
                CHECK_EQ(cut_sim_tick(sim, 1), CUT_OK);
        }
        CHECK_EQ(cut_sim_tick(sim, 1000), CUT_OK);
        CHECK_EQ(w.completions, 1);
        CHECK_EQ(cut_sim_collect(sim, number, NULL, &snapshot), CUT_OK);
        for (uint32_t c = 0; c < CHANNELS; c++)
            judge_channel(&w, snapshot, c);
        recorded += snapshot->message_count;
        cut_snapshot_destroy(snapshot);
        cut_sim_destroy(sim);
    }
    CHECK(recorded > 200); /* it was not about nothing */
    cut_topology_destroy(t);
}

/* The hub of a star has so many channels that its slots are larger. */
static void test_star(void)
{
    enum { LEAVES = 300 };
    struct cut_topology *t = NULL;
    char name[16];

    CHECK_EQ(cut_topology_create(NULL, &t), CUT_OK);
    for (uint32_t i = 0; i <= LEAVES; i++) {
        int size = snprintf(name, sizeof name, "p%03u", i);
        CHECK_EQ(cut_topology_add_process(t, name, (size_t)size, 10), CUT_OK);
    }
    for (uint32_t i = 1; i <= LEAVES; i++) {
        CHECK_EQ(cut_topology_add_channel(t, 0, i), CUT_OK);
        CHECK_EQ(cut_topology_add_channel(t, i, 0), CUT_OK);
    }
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    struct cut_sim *sim = make_sim(t, (struct cut_sim_observer){0});
    for (uint64_t s = 0; s < 20; s++) {
        uint64_t number;
        uint32_t leaf = (uint32_t)(s * 7 % LEAVES);
        CHECK_EQ(cut_sim_send(sim, LEAVES + leaf, 1), CUT_OK);
        CHECK_EQ(cut_sim_snapshot(sim, leaf, &number), CUT_OK);
    }
    CHECK_EQ(cut_sim_tick(sim, 100000), CUT_OK);
    for (uint64_t s = 0; s < 20; s++) {
        struct cut_snapshot *snapshot = NULL;
        uint64_t sums[2];
        CHECK_EQ(cut_sim_collect(sim, s, NULL, &snapshot), CUT_OK);
        cut_snapshot_total(snapshot, &sums[0], &sums[1]);
        CHECK_EQ(sums[0] + sums[1], 10 * (LEAVES + 1));
        cut_snapshot_destroy(snapshot);
    }
    cut_sim_destroy(sim);
    cut_topology_destroy(t);
}

/* The same seed makes the same run; another one another. */
static void test_runs_repeat(void)
{
    struct cut_topology *t = make_ring(4, 1000);
    uint64_t due[3];

    for (unsigned i = 0; i < 3; i++) {
        struct cut_sim *sim = NULL;
        struct cut_sim_config config = {.topology = t, .seed = i < 2 ? 7 : 8};
        struct cut_sim_message message;
        CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK);
        due[i] = 0;
        for (unsigned k = 0; k < 20; k++) {
            uint32_t cursor = CUT_NONE;
            CHECK_EQ(cut_sim_send(sim, 0, 1), CUT_OK);
            while (cut_sim_next_in_flight(sim, 0, &cursor, &message))
                due[i] = due[i] * 5 + message.due;
        }
        cut_sim_destroy(sim);
    }
    CHECK_EQ(due[0], due[1]);
    CHECK(due[0] != due[2]);
    cut_topology_destroy(t);
}

int main(void)
{
    RUN(test_the_example_of_the_header);
    RUN(test_refusals);
    RUN(test_empty_ticks_cost_nothing);
    RUN(test_what_is_in_flight);
    RUN(test_snapshots_are_what_the_definition_says);
    RUN(test_star);
    RUN(test_runs_repeat);
    return check_end();
}
