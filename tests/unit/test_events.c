/*
 * The simulator by events, as a library: its calls, its ends, its promises.
 */
#include "event_run.h"

/* A gossip: who has something to say says it to somebody, now and then. */

struct gossip {
    uint64_t left; /* to be sent */
    uint64_t heard;
};

static enum cut_error gossip_create(void *state, struct cut_context *context)
{
    struct gossip *gossip = state;

    gossip->left = (uint64_t)cut_argument_integer(context, 0, 0, 1000000, 20);
    return CUT_OK;
}

static void gossip_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, cut_random_below(context, CUT_MILLISECOND));
}

static void
gossip_timer(void *state, struct cut_context *context, uint32_t timer)
{
    struct gossip *gossip = state;
    uint32_t count = cut_outgoing_count(context);
    uint64_t word = cut_random(context);

    (void)timer;
    if (gossip->left == 0 || count == 0)
        return;
    gossip->left--;
    cut_send(context,
             (uint32_t)cut_random_below(context, count),
             (uint32_t)(word % 256),
             &word,
             word % 9);
    cut_timer_set(context, 0, cut_random_below(context, 2 * CUT_MILLISECOND));
}

static void gossip_receive(void *state,
                           struct cut_context *context,
                           const struct cut_message *message)
{
    struct gossip *gossip = state;

    (void)context;
    gossip->heard += message->size;
}

static void gossip_input(void *state,
                         struct cut_context *context,
                         const void *data,
                         size_t size)
{
    struct gossip *gossip = state;

    cut_print(context, "%.*s", (int)size, (const char *)data);
    gossip->left++;
    gossip_timer(state, context, 0);
}

static void gossip_facts(const void *state, struct cut_facts *out)
{
    const struct gossip *gossip = state;

    cut_facts_quantity(out, "heard", (int64_t)gossip->heard);
}

static const struct cut_process gossip = {
    .name = "gossip",
    .state_size = sizeof(struct gossip),
    .create = gossip_create,
    .start = gossip_start,
    .timer = gossip_timer,
    .receive = gossip_receive,
    .input = gossip_input,
    .facts = gossip_facts,
};

/* Runs repeat */

static uint64_t digest_of(const char *algorithm,
                          int64_t seed,
                          const struct cut_sim_network *network,
                          bool is_sliced)
{
    struct event_run run = event_run_of(&gossip, algorithm);

    run.network = *network;
    run.config.seed = seed;
    /* With full channels all can come to stand, and a token goes on. */
    run.config.snapshot_timeout = CUT_SECOND / 10;
    if (!event_run_begin(&run, "random:9:3"))
        return 0;
    for (uint32_t i = 0; i < 4; i++)
        CHECK_EQ(
            cut_sim_snapshot_at(run.sim, (3 + 5 * i) * CUT_MILLISECOND, 0, i),
            CUT_OK);
    for (uint64_t time = 0; is_sliced && time < 400; time++)
        CHECK_EQ(cut_sim_run(
                     run.sim, time * CUT_MILLISECOND / 7, 3 * time, &run.end),
                 CUT_OK);
    event_run_all(&run);
    event_run_mix(&run, cut_sim_stats(run.sim).messages_recorded);
    event_run_end(&run);
    return run.digest;
}

static const struct cut_delay usual = {CUT_DELAY_UNIFORM,
                                       100 * CUT_MICROSECOND,
                                       3 * CUT_MILLISECOND};

/* The same seed makes the same run, in one go or in many, and another seed
 * makes another one. */
static void test_runs_repeat(void)
{
    struct cut_sim_network networks[] = {
        {.delay = usual},
        {.delay = usual, .capacity = 3},
        {.delay = usual,
         .loss = CUT_SIM_ALWAYS / 5,
         .duplicate = CUT_SIM_ALWAYS / 5,
         .reorders = true,
         .is_reliable = true},
        {.delay = usual, .skew = CUT_MILLISECOND},
    };

    for (size_t a = 0; cut_algorithm_at(a) != NULL; a++) {
        const char *name = cut_algorithm_traits(cut_algorithm_at(a))->name;
        for (unsigned n = 0; n < sizeof networks / sizeof networks[0]; n++) {
            uint64_t digest = digest_of(name, 5, &networks[n], false);
            CHECK_EQ(digest_of(name, 5, &networks[n], false), digest);
            CHECK_EQ(digest_of(name, 5, &networks[n], true), digest);
            CHECK(digest_of(name, 6, &networks[n], false) != digest);
        }
    }
}

/* A complete topology without memory for channels is like any other. */
static void test_implicit_topologies_are_like_others(void)
{
    uint64_t digests[2] = {0, 0};

    for (unsigned i = 0; i < 2; i++) {
        struct event_run run = event_run_of(&gossip, "lai-yang");
        run.network.delay = usual;
        char name[8];
        if (i == 1)
            CHECK_EQ(cut_topology_create(NULL, &run.topology), CUT_OK);
        for (uint32_t p = 0; i == 1 && p < 6; p++) {
            snprintf(name, sizeof name, "p%u", p);
            CHECK_EQ(cut_topology_add_process(run.topology, name, 2, 0),
                     CUT_OK);
        }
        for (uint32_t p = 0; i == 1 && p < 36; p++)
            CHECK_EQ(cut_topology_add_channel(run.topology, p / 6, p % 6),
                     CUT_OK);
        if (i == 1)
            CHECK_EQ(cut_topology_seal(run.topology), CUT_OK);
        if (!event_run_begin(&run, "complete:6"))
            return;
        CHECK_EQ(cut_topology_is_complete(run.topology), i == 0);
        CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_MILLISECOND, 0, 3), CUT_OK);
        event_run_all(&run);
        CHECK_EQ(run.counts[CUT_SIM_COMPLETE], 1);
        digests[i] = run.digest;
        event_run_end(&run);
    }
    CHECK_EQ(digests[0], digests[1]);
}

/* Planned snapshots */

static void note_first_capture(struct event_run *run,
                               const struct cut_sim_event *event)
{
    if (event->kind == CUT_SIM_CAPTURE && event->snapshot < 16 &&
        run->notes[event->snapshot] == 0)
        run->notes[event->snapshot] = event->now;
}

static void test_snapshots_are_begun_when_they_are_planned(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");
    uint64_t number = 77;

    run.watch = note_first_capture;
    if (!event_run_begin(&run, "ring:4"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 7000001, 0, 2), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 3000001, 0, 1), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 1, 0, 4), CUT_INVALID);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_TIME_MAX + 1, 0, 0), CUT_INVALID);
    CHECK_EQ(cut_sim_run(run.sim, 5000000, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(cut_sim_now(run.sim), 5000000);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 4999999, 0, 0), CUT_INVALID);
    CHECK_EQ(cut_sim_snapshot(run.sim, 3, &number), CUT_OK);
    CHECK_EQ(number, 1);
    CHECK_EQ(cut_sim_snapshot(run.sim, 4, &number), CUT_INVALID);
    event_run_all(&run);
    CHECK_EQ(run.notes[0], 3000001);
    CHECK_EQ(run.notes[1], 5000000);
    CHECK_EQ(run.notes[2], 7000001);
    CHECK_EQ(event_run_info(&run, 2).initiator, 2);
    CHECK_EQ(event_run_info(&run, 2).begun, 7000001);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 3);
    CHECK(!cut_sim_snapshot_info(
        run.sim, 3, &(struct cut_sim_snapshot_info){.view = 0}));
    event_run_end(&run);
}

/* Again and again, as long as there is anything else; their own markers,
 * frames and time-outs are nothing else. */
static void test_periodic_snapshots_end_with_the_program(void)
{
    static const char *const algorithms[] = {
        "chandy-lamport", "lai-yang", "mattern", "tree", "flush", "naive"};

    for (unsigned i = 0; i < 6; i++) {
        struct event_run run = event_run_of(&gossip, algorithms[i]);
        run.config.snapshot_timeout = 1000 * CUT_SECOND;
        run.config.snapshots_max = 10000;
        run.network.is_reliable = i % 2 == 0;
        if (!event_run_begin(&run, "ring:4"))
            return;
        /* More often than a marker takes to travel. */
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 0, CUT_MILLISECOND / 2, 0),
                 CUT_OK);
        event_run_all(&run);
        struct cut_sim_stats stats = cut_sim_stats(run.sim);
        CHECK_EQ(stats.messages_delivered, 80);
        CHECK(stats.snapshots_begun > 10 && stats.snapshots_begun < 200);
        CHECK_EQ(stats.snapshots_complete, stats.snapshots_begun);
        event_run_end(&run);
    }
}

static void test_snapshots_max(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");
    uint64_t number = 77;

    run.config.snapshots_max = 3;
    if (!event_run_begin(&run, "ring:4"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 0, CUT_MILLISECOND, 0), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_begun, 3);
    CHECK_EQ(cut_sim_snapshot(run.sim, 0, &number), CUT_LIMIT);
    CHECK_EQ(number, 77);
    event_run_end(&run);
}

/* One at a time: the others wait for their turn. */
static void test_snapshots_wait_for_their_turn(void)
{
    struct event_run run = event_run_of(&gossip, "tree");
    uint64_t number = 77;

    if (!event_run_begin(&run, "grid:2x3"))
        return;
    CHECK_EQ(cut_sim_snapshot(run.sim, 4, &number), CUT_OK);
    CHECK_EQ(number, 0);
    for (uint32_t p = 0; p < 3; p++) {
        CHECK_EQ(cut_sim_snapshot(run.sim, p, &number), CUT_OK);
        CHECK_EQ(number, CUT_SIM_WAITS);
    }
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 4);
    for (uint64_t i = 1; i < 4; i++) {
        CHECK_EQ(event_run_info(&run, i).initiator, i - 1);
        CHECK(event_run_info(&run, i).begun >=
              event_run_info(&run, i - 1).ended);
    }
    event_run_end(&run);
}

/* Ends */

static void test_ends(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");

    if (!event_run_begin(&run, "ring:4"))
        return;
    CHECK_EQ(cut_sim_next_due(run.sim), UINT64_MAX);
    CHECK_EQ(cut_sim_run(run.sim, 0, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(run.end, CUT_SIM_END_TIME);
    CHECK_EQ(cut_sim_stats(run.sim).events, 4); /* all have started */
    CHECK(cut_sim_next_due(run.sim) < CUT_MILLISECOND);
    for (uint64_t events = 5; events < 40; events++) {
        CHECK_EQ(cut_sim_run(run.sim, UINT64_MAX, events, &run.end), CUT_OK);
        CHECK_EQ(run.end, CUT_SIM_END_EVENTS);
        CHECK_EQ(cut_sim_stats(run.sim).events, events);
    }
    uint64_t now = cut_sim_now(run.sim);
    CHECK_EQ(cut_sim_run(run.sim, now - 1, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(run.end, CUT_SIM_END_TIME);
    CHECK_EQ(cut_sim_now(run.sim), now); /* it does not go back */
    event_run_all(&run);
    CHECK_EQ(cut_sim_run(run.sim, UINT64_MAX, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(run.end, CUT_SIM_END_QUIET);
    CHECK_EQ(cut_sim_next_due(run.sim), UINT64_MAX);
    event_run_end(&run);
}

/* Events that had to wait are events like others. */
static void test_ends_by_events_are_exact(void)
{
    struct event_run run = event_run_of(&gossip, "flush");
    uint64_t events = 6;

    run.network.delay = usual;
    if (!event_run_begin(&run, "complete:6"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 0, 5 * CUT_MILLISECOND, 0), CUT_OK);
    do {
        CHECK_EQ(cut_sim_run(run.sim, UINT64_MAX, ++events, &run.end), CUT_OK);
        if (run.end == CUT_SIM_END_EVENTS)
            CHECK_EQ(cut_sim_stats(run.sim).events, events);
    } while (run.end == CUT_SIM_END_EVENTS);
    CHECK_EQ(run.end, CUT_SIM_END_QUIET);
    CHECK(run.counts[CUT_SIM_STOP] > 6);
    CHECK_EQ(run.counts[CUT_SIM_STOP], run.counts[CUT_SIM_RESUME]);
    event_run_end(&run);
}

/* Delays of 146 years: time does not begin anew. */
/* What is noticed at the beats of a pulse. */
struct beats {
    struct event_run *run;
    uint64_t count;
    uint64_t received; /* messages and markers, until the last */
    uint64_t most;     /* of them from one to the next */
};

static void beat(void *context)
{
    struct beats *beats = context;
    struct cut_sim_stats stats = cut_sim_stats(beats->run->sim);
    uint64_t received = stats.messages_delivered + stats.markers_delivered;

    beats->count++;
    if (received - beats->received > beats->most)
        beats->most = received - beats->received;
    beats->received = received;
}

/* The markers of a complete system are no events of the program's, and yet who
 * waits hears of them, however many arrive at one time; and the run is the
 * same. */
static void test_a_pulse_beats_all_the_time(void)
{
    struct event_run other = event_run_of(&gossip, "chandy-lamport");
    struct event_run run = event_run_of(&gossip, "chandy-lamport");
    struct beats beats = {.run = &run};

    run.config.pulse = (struct cut_sim_pulse){beat, &beats};
    for (int i = 0; i < 2; i++) {
        struct event_run *one = i == 0 ? &other : &run;
        uint64_t number;
        if (!event_run_begin(one, "complete:60"))
            return;
        CHECK_EQ(cut_sim_snapshot(one->sim, 0, &number), CUT_OK);
        event_run_all(one);
        CHECK_EQ(cut_sim_stats(one->sim).markers_delivered, 60 * 59);
    }
    CHECK(beats.count >= 60 * 59 / CUT_SIM_PULSE);
    CHECK(beats.most > 0 && beats.most <= CUT_SIM_PULSE);
    CHECK_EQ(run.digest, other.digest);
    event_run_end(&run);
    event_run_end(&other);
}

static void test_the_end_of_time(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");

    run.network.delay = (struct cut_delay){CUT_DELAY_CONSTANT, CUT_TIME_MAX, 0};
    if (!event_run_begin(&run, "ring:3"))
        return;
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(cut_sim_run(run.sim, UINT64_MAX, UINT64_MAX, &run.end),
                 CUT_OK);
        CHECK_EQ(run.end, CUT_SIM_END_TIME);
        CHECK_EQ(cut_sim_now(run.sim), CUT_TIME_MAX);
    }
    event_run_end(&run);
}

/* Input and what is printed */

static void test_input(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");

    if (!event_run_begin(&run, "ring:3"))
        return;
    CHECK_EQ(cut_sim_run(run.sim, CUT_SECOND, UINT64_MAX, &run.end), CUT_OK);
    uint64_t sent = cut_sim_stats(run.sim).messages_sent;
    CHECK_EQ(cut_sim_input(run.sim, 1, "hello\n", 6), CUT_OK);
    CHECK_STR(run.text, "hello");
    CHECK_EQ(run.counts[CUT_SIM_INPUT], 1);
    CHECK_EQ(run.counts[CUT_SIM_PRINT], 1);
    CHECK_EQ(cut_sim_stats(run.sim).messages_sent, sent + 1);
    CHECK_EQ(cut_sim_input(run.sim, 3, "hello", 5), CUT_INVALID);
    CHECK_EQ(cut_sim_input(run.sim, 0, "a\tb\xff", 4), CUT_OK);
    CHECK_STR(run.text, "a b\xef\xbf\xbd");
    event_run_end(&run);
}

/* Who stands still is given its input, its timers and its messages, in that
 * order in which they came, when it moves again. */
static void test_who_stands_still_is_given_nothing(void)
{
    struct event_run run = event_run_of(&gossip, "flush");
    uint64_t number;

    run.network.delay = (struct cut_delay){CUT_DELAY_CONSTANT, CUT_SECOND, 0};
    if (!event_run_begin(&run, "complete:3"))
        return;
    CHECK_EQ(cut_sim_run(run.sim, 0, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(cut_sim_snapshot(run.sim, 0, &number), CUT_OK);
    CHECK_EQ(run.counts[CUT_SIM_STOP], 1);
    CHECK_EQ(cut_sim_input(run.sim, 0, "late", 4), CUT_OK);
    CHECK_EQ(cut_sim_input(run.sim, 0, "later", 5), CUT_OK);
    CHECK_EQ(cut_sim_input(run.sim, 1, "now", 3), CUT_OK);
    CHECK_EQ(run.counts[CUT_SIM_INPUT], 1);
    CHECK_STR(run.text, "now");
    CHECK_EQ(cut_sim_run(run.sim, CUT_SECOND / 2, UINT64_MAX, &run.end),
             CUT_OK);
    CHECK_EQ(run.counts[CUT_SIM_INPUT], 1);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_INPUT], 3);
    CHECK_STR(run.text, "later");
    CHECK_EQ(event_run_info(&run, 0).status, CUT_SIM_STATUS_COMPLETE);
    event_run_end(&run);
}

/* A snapshot before the run has the states as they were created; who stands
 * still for it starts when it may. */
static void test_a_snapshot_before_the_start(void)
{
    static const char *const algorithms[] = {"flush", "chandy-lamport"};

    for (unsigned i = 0; i < 2; i++) {
        struct event_run run = event_run_of(&gossip, algorithms[i]);
        struct gossip state;
        uint64_t number = 77;
        if (!event_run_begin(&run, "complete:3"))
            return;
        CHECK_EQ(cut_sim_snapshot(run.sim, 1, &number), CUT_OK);
        CHECK_EQ(number, 0);
        CHECK_EQ(run.counts[CUT_SIM_START], 0);
        CHECK_EQ(cut_sim_run(run.sim, 0, UINT64_MAX, &run.end), CUT_OK);
        CHECK_EQ(run.counts[CUT_SIM_START], i == 0 ? 2 : 3);
        event_run_all(&run);
        CHECK_EQ(run.counts[CUT_SIM_START], 3);
        CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, 60);
        CHECK_EQ(event_run_info(&run, 0).status, CUT_SIM_STATUS_COMPLETE);
        memcpy(&state, cut_sim_part(run.sim, 0, 1).state, sizeof state);
        CHECK_EQ(state.left, 20);
        event_run_end(&run);
    }
}

/* Input begins the run. */
static void test_input_before_the_start(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");

    if (!event_run_begin(&run, "complete:3"))
        return;
    CHECK_EQ(cut_sim_input(run.sim, 2, "first", 5), CUT_OK);
    CHECK_EQ(run.counts[CUT_SIM_START], 3);
    CHECK_EQ(run.counts[CUT_SIM_INPUT], 1);
    CHECK_EQ(cut_sim_change_at(run.sim, 1, 0, CUT_SIM_CHANGE_JOIN), CUT_STATE);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_START], 3);
    CHECK_EQ(cut_sim_stats(run.sim).messages_sent, 61);
    event_run_end(&run);
}

/* Parts and facts */

static void test_parts_and_facts(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");
    struct cut_facts *facts = NULL;
    struct cut_writer writer;
    uint64_t number;

    if (!event_run_begin(&run, "ring:3"))
        return;
    CHECK_EQ(cut_facts_create(NULL, &facts), CUT_OK);
    cut_writer_init(&writer, NULL);
    CHECK_EQ(cut_sim_run(run.sim, 9 * CUT_MILLISECOND, UINT64_MAX, &run.end),
             CUT_OK);
    CHECK_EQ(cut_sim_snapshot(run.sim, 1, &number), CUT_OK);
    struct cut_sim_part part = cut_sim_part(run.sim, 0, 1);
    cut_sim_save(run.sim, 1, &writer);
    CHECK(part.is_captured && !part.is_complete);
    CHECK_EQ(part.captured, 9 * CUT_MILLISECOND);
    CHECK_EQ(part.size, writer.size);
    CHECK(memcmp(part.state, writer.data, writer.size) == 0);
    CHECK(!cut_sim_part(run.sim, 0, 0).is_captured);
    CHECK(!cut_sim_part(run.sim, 1, 0).is_captured);
    CHECK_EQ(cut_sim_facts(run.sim, 1, facts), CUT_OK);
    CHECK_EQ(cut_sim_part_facts(run.sim, 0, 1, facts), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), 2);
    CHECK_EQ(cut_facts_at(facts, 0).count, cut_facts_at(facts, 1).count);
    CHECK_EQ(cut_sim_part_facts(run.sim, 0, 0, facts), CUT_OK);
    CHECK_EQ(cut_sim_part_facts(run.sim, 1, 0, facts), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), 2);
    cut_writer_fini(&writer);
    cut_facts_destroy(facts);
    event_run_end(&run);
}

/* Stats */

static void test_stats(void)
{
    struct event_run run = event_run_of(&gossip, "chandy-lamport");

    if (!event_run_begin(&run, "complete:5"))
        return;
    for (uint32_t i = 0; i < 3; i++)
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 5000000 + i, 0, i), CUT_OK);
    event_run_all(&run);
    struct cut_sim_stats stats = cut_sim_stats(run.sim);
    CHECK_EQ(stats.messages_sent, 100);
    CHECK_EQ(stats.messages_delivered, 100);
    CHECK_EQ(stats.events, 5 + 100 + run.counts[CUT_SIM_TIMER]);
    CHECK_EQ(stats.markers_sent, 3 * 20);
    CHECK_EQ(stats.markers_delivered, 3 * 20);
    CHECK_EQ(stats.control_sent, 0);
    CHECK_EQ(stats.control_bytes, 60 * CUT_MARKER_SIZE);
    CHECK_EQ(stats.control_sent_most, 12);
    CHECK_EQ(stats.stamp_bytes, 0);
    CHECK_EQ(stats.state_bytes, 15 * sizeof(struct gossip));
    CHECK_EQ(stats.snapshots_begun, 3);
    CHECK_EQ(stats.snapshots_complete, 3);
    CHECK_EQ(stats.snapshots_aborted, 0);
    CHECK(stats.messages_recorded > 0);
    CHECK(stats.messages_recorded < run.counts[CUT_SIM_RECORD]);
    CHECK(stats.bytes_recorded > 0 && stats.message_bytes > 0);
    CHECK_EQ(stats.link_frames + stats.link_bytes + stats.stopped, 0);
    event_run_end(&run);
}

static void test_stats_of_others(void)
{
    struct event_run run = event_run_of(&gossip, "flush");

    if (!event_run_begin(&run, "complete:5"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 5000000, 0, 0), CUT_OK);
    event_run_all(&run);
    struct cut_sim_stats stats = cut_sim_stats(run.sim);
    CHECK_EQ(stats.control_sent, 12); /* stop, ready, resume */
    CHECK_EQ(stats.control_bytes, 12 * CUT_CONTROL_SIZE + 20 * CUT_MARKER_SIZE);
    /* Stop, one marker, ready, resume: 1 ms each; the first one is told
     * nothing, nor the others resumed. */
    CHECK_EQ(stats.stopped, 3 * CUT_MILLISECOND + 4 * 3 * CUT_MILLISECOND);
    event_run_end(&run);

    run = event_run_of(&gossip, "mattern");
    if (!event_run_begin(&run, "complete:5"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 5000000, 0, 0), CUT_OK);
    event_run_all(&run);
    stats = cut_sim_stats(run.sim);
    CHECK_EQ(stats.stamp_bytes, 100 * sizeof(uint64_t));
    CHECK(stats.control_sent >= 9);
    CHECK_EQ(stats.control_bytes, stats.control_sent * CUT_CONTROL_SIZE);
    CHECK_EQ(stats.markers_sent, 0);
    event_run_end(&run);
}

/* What a configuration may be */

static enum cut_error create(const struct cut_sim_config *config, char *what)
{
    struct cut_fault fault = {.code = CUT_OK};
    struct cut_sim *sim = NULL;
    struct cut_sim_config copy = *config;

    copy.fault = &fault;
    enum cut_error error = cut_sim_create(&copy, &sim);
    CHECK_EQ(error, fault.code);
    CHECK((error == CUT_OK) == (sim != NULL));
    CHECK((error == CUT_OK) == (fault.what[0] == '\0'));
    snprintf(what, sizeof fault.what, "%s", fault.what);
    cut_sim_destroy(sim);
    return error;
}

static void test_bad_networks(void)
{
    static const struct cut_sim_network bad[] = {
        {.delay = {CUT_DELAY_CONSTANT, CUT_TIME_MAX + 1, 0}},
        {.delay = {CUT_DELAY_UNIFORM, 2, 1}},
        {.delay = {CUT_DELAY_UNIFORM, 2, CUT_TIME_MAX + 1}},
        {.delay = {CUT_DELAY_PARETO, 2, 0}},
        {.delay = {CUT_DELAY_PARETO, 2, CUT_DELAY_ALPHA_MAX + 1}},
        {.skew = UINT64_MAX},
        {.loss = CUT_SIM_ALWAYS + 1},
        {.duplicate = CUT_SIM_ALWAYS + 1},
        {.markers = CUT_SIM_MARKERS_SEPARATE, .loss = 1},
        {.markers = CUT_SIM_MARKERS_SEPARATE, .duplicate = 1},
        {.markers = CUT_SIM_MARKERS_SEPARATE, .reorders = true},
        {.capacity = 1, .duplicate = 1},
    };
    struct event_run run = event_run_of(&gossip, "chandy-lamport");
    char what[256];

    if (!event_run_begin(&run, "ring:3"))
        return;
    struct cut_sim_config config = run.config;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        config.network = &bad[i];
        if (!CHECK_EQ(create(&config, what), CUT_INVALID))
            printf("# network %u\n", i);
    }
    config.network = &(struct cut_sim_network){
        .loss = CUT_SIM_ALWAYS, .skew = CUT_TIME_MAX, .capacity = 1};
    CHECK_EQ(create(&config, what), CUT_OK);
    config.network =
        &(struct cut_sim_network){.markers = CUT_SIM_MARKERS_SEPARATE};
    config.algorithm = cut_algorithm_find("lai-yang");
    CHECK_EQ(create(&config, what), CUT_INVALID);
    config.network = NULL;
    CHECK_EQ(create(&config, what), CUT_INVALID);
    CHECK_STR(what, "a run by ticks is of chandy-lamport alone");
    event_run_end(&run);
}

static void test_bad_times(void)
{
    struct event_run run = event_run_of(&gossip, "clock");
    char what[256];

    if (!event_run_begin(&run, "ring:3"))
        return;
    struct cut_sim_config config = run.config;
    config.clock_lead = CUT_TIME_MAX + 1;
    CHECK_EQ(create(&config, what), CUT_INVALID);
    config.clock_lead = 0;
    config.clock_bound = CUT_TIME_MAX + 1;
    CHECK_EQ(create(&config, what), CUT_INVALID);
    config.clock_bound = 0;
    config.snapshots_max = (1u << 26) + 1;
    CHECK_EQ(create(&config, what), CUT_INVALID);
    config.snapshots_max = 1;
    CHECK_EQ(create(&config, what), CUT_OK);
    event_run_end(&run);
}

/* A topology with more channels than have numbers. */
static void test_channels_without_numbers(void)
{
    struct event_run run = event_run_of(&gossip, "mattern");
    char one[] = "1";
    char *arguments[] = {one};

    run.config.arguments = arguments;
    run.config.argument_count = 1;
    if (!event_run_begin(&run, "complete:46342"))
        return;
    CHECK_EQ(cut_topology_channel_count(run.topology), CUT_NONE);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 0, 0, 46341), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, 46342);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 1);
    event_run_end(&run);
    run.network.is_reliable = true;
    CHECK_EQ(
        cut_topology_generate("complete:46342", 0, NULL, &run.topology, NULL),
        CUT_OK);
    run.config.topology = run.topology;
    CHECK_EQ(cut_sim_create(&run.config, &run.sim), CUT_LIMIT);
    event_run_end(&run);
}

/* How much memory a run takes at most. */

struct meter {
    size_t now;
    size_t most;
};

static void *
measure(void *context, void *pointer, size_t size_old, size_t size_new)
{
    struct meter *meter = context;

    meter->now += size_new - size_old;
    if (meter->now > meter->most)
        meter->most = meter->now;
    if (size_new > 0)
        return realloc(pointer, size_new);
    free(pointer);
    return NULL;
}

/* Run a snapshot at its worst; return the most bytes that a process took. */
static size_t measure_run(const char *algorithm, uint32_t count)
{
    struct meter meter = {0, 0};
    struct cut_allocator allocator = {measure, &meter};
    struct event_run run = event_run_of(&gossip, algorithm);
    char one[] = "1";
    char *arguments[] = {one};
    char shape[32];

    run.config.allocator = &allocator;
    run.config.arguments = arguments;
    run.config.argument_count = 1;
    snprintf(shape, sizeof shape, "complete:%u", count);
    if (!event_run_begin(&run, shape))
        return SIZE_MAX;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_MILLISECOND, 0, count - 1),
             CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, count);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 1);
    event_run_end(&run);
    CHECK_EQ(meter.now, 0);
    printf("# %s, %u processes: %zu bytes each\n",
           algorithm,
           count,
           meter.most / count);
    return meter.most / count;
}

/* Nothing for a channel, but one bit for each of an open snapshot, where that
 * has to wait; and the pool that these lie in doubles as it grows. */
static void test_a_huge_complete_topology_is_small(void)
{
    CHECK(measure_run("naive", 100000) < 640);
    CHECK(measure_run("mattern", 10000) < 640 + 4 * 10000 / 8);
    CHECK(measure_run("tree", 10000) < 640 + 4 * 10000 / 8);
}

int main(void)
{
    RUN(test_runs_repeat);
    RUN(test_implicit_topologies_are_like_others);
    RUN(test_snapshots_are_begun_when_they_are_planned);
    RUN(test_periodic_snapshots_end_with_the_program);
    RUN(test_snapshots_max);
    RUN(test_snapshots_wait_for_their_turn);
    RUN(test_ends);
    RUN(test_ends_by_events_are_exact);
    RUN(test_a_pulse_beats_all_the_time);
    RUN(test_the_end_of_time);
    RUN(test_input);
    RUN(test_who_stands_still_is_given_nothing);
    RUN(test_a_snapshot_before_the_start);
    RUN(test_input_before_the_start);
    RUN(test_parts_and_facts);
    RUN(test_stats);
    RUN(test_stats_of_others);
    RUN(test_bad_networks);
    RUN(test_bad_times);
    RUN(test_channels_without_numbers);
    RUN(test_a_huge_complete_topology_is_small);
    return check_end();
}
