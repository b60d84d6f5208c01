/*
 * Channels as they really are, by events: bounded, lossy, doubling,
 * reordering; the link layer; and what snapshots make of them.
 */
#include "event_run.h"

/* A source: p0 sends so many numbered messages to p1, one every while. */

struct source {
    uint64_t sent;
    uint64_t received;
    uint64_t disorder; /* messages that came after a later one */
    uint64_t highest;
};

static void source_timer(void *state, struct cut_context *context, uint32_t t)
{
    struct source *source = state;
    uint64_t count = (uint64_t)cut_argument_integer(context, 0, 0, 1 << 20, 0);

    if (source->sent == count)
        return;
    source->sent++;
    cut_send(context, 0, 0, &source->sent, sizeof source->sent);
    cut_timer_set(context, t, 100 * CUT_MICROSECOND);
}

static void source_start(void *state, struct cut_context *context)
{
    if (cut_self(context) == 0)
        source_timer(state, context, 0);
}

static void source_receive(void *state,
                           struct cut_context *context,
                           const struct cut_message *message)
{
    struct source *source = state;
    uint64_t number = 0;

    (void)context;
    memcpy(&number, message->data, sizeof number);
    source->received++;
    source->disorder += number < source->highest;
    source->highest = number > source->highest ? number : source->highest;
}

static const struct cut_process source = {
    .name = "source",
    .state_size = sizeof(struct source),
    .start = source_start,
    .timer = source_timer,
    .receive = source_receive,
};

static struct source state_of(const struct event_run *run, uint32_t process)
{
    struct source state = {.sent = 0};
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_sim_save(run->sim, process, &writer);
    memcpy(&state, writer.data, sizeof state);
    cut_writer_fini(&writer);
    return state;
}

/* Run a source over a network; what p1 has, and the counts. */
static struct source run_source(const struct cut_sim_network *network,
                                uint32_t count,
                                struct cut_sim_stats *stats)
{
    struct event_run run = event_run_of(&source, "chandy-lamport");
    char text[16];
    char *arguments[] = {text};
    struct source state = {.sent = 0};

    snprintf(text, sizeof text, "%u", count);
    run.config.arguments = arguments;
    run.config.argument_count = 1;
    run.network = *network;
    if (!event_run_begin(&run, "line:2"))
        return state;
    event_run_all(&run);
    *stats = cut_sim_stats(run.sim);
    state = state_of(&run, 1);
    CHECK_EQ(stats->messages_sent, count);
    CHECK_EQ(stats->messages_delivered, state.received);
    CHECK_EQ(run.counts[CUT_SIM_LOSE], stats->messages_lost);
    event_run_end(&run);
    return state;
}

static const struct cut_delay usual = {CUT_DELAY_UNIFORM,
                                       100 * CUT_MICROSECOND,
                                       3 * CUT_MILLISECOND};

static void test_loss(void)
{
    struct cut_sim_network network = {.delay = usual};
    struct cut_sim_stats stats;

    CHECK_EQ(run_source(&network, 1000, &stats).received, 1000);
    CHECK_EQ(stats.messages_lost, 0);
    network.loss = CUT_SIM_ALWAYS / 4;
    uint64_t received = run_source(&network, 10000, &stats).received;
    CHECK(received > 7300 && received < 7700);
    CHECK_EQ(stats.messages_lost, 10000 - received);
    network.loss = CUT_SIM_ALWAYS;
    CHECK_EQ(run_source(&network, 1000, &stats).received, 0);
    CHECK_EQ(stats.messages_lost, 1000);
}

static void test_duplicates(void)
{
    struct cut_sim_network network = {.delay = usual,
                                      .duplicate = CUT_SIM_ALWAYS / 4};
    struct cut_sim_stats stats;
    uint64_t received = run_source(&network, 10000, &stats).received;

    CHECK(received > 12300 && received < 12700);
    CHECK_EQ(stats.messages_duplicated, received - 10000);
    network.duplicate = CUT_SIM_ALWAYS;
    CHECK_EQ(run_source(&network, 1000, &stats).received, 2000);
    network.loss = CUT_SIM_ALWAYS; /* and nothing to be doubled */
    CHECK_EQ(run_source(&network, 1000, &stats).received, 0);
    CHECK_EQ(stats.messages_duplicated, 0);
}

static void test_order(void)
{
    struct cut_sim_network network = {.delay = usual};
    struct cut_sim_stats stats;

    CHECK_EQ(run_source(&network, 1000, &stats).disorder, 0);
    network.reorders = true;
    CHECK(run_source(&network, 1000, &stats).disorder > 300);
    network.is_reliable = true;
    struct source state = run_source(&network, 1000, &stats);
    CHECK_EQ(state.disorder, 0);
    CHECK_EQ(state.received, 1000);
}

static void test_the_link_layer(void)
{
    struct cut_sim_network network = {
        .delay = {CUT_DELAY_CONSTANT, CUT_MILLISECOND, 0},
        .is_reliable = true,
    };
    struct cut_sim_stats stats;
    struct source state = run_source(&network, 1000, &stats);

    /* An acknowledgement each, and the numbers of both. */
    CHECK_EQ(state.received, 1000);
    CHECK_EQ(stats.link_frames, 1000);
    CHECK_EQ(stats.link_bytes, 2000 * 8);
    network.loss = CUT_SIM_ALWAYS / 3;
    network.duplicate = CUT_SIM_ALWAYS / 3;
    network.reorders = true;
    network.delay = usual;
    state = run_source(&network, 1000, &stats);
    CHECK_EQ(state.received, 1000);
    CHECK_EQ(state.disorder, 0);
    CHECK_EQ(stats.messages_lost, 0);
    CHECK(stats.link_frames > 1500);
    CHECK(stats.link_bytes > 2500 * 8);
}

/* Snapshots that cannot finish */

static void test_time_out(void)
{
    struct event_run run = event_run_of(&source, "chandy-lamport");
    uint64_t number = 77;

    run.network.loss = CUT_SIM_ALWAYS;
    run.config.snapshot_timeout = 5 * CUT_MILLISECOND;
    if (!event_run_begin(&run, "ring:3"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_MILLISECOND, 0, 0), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 2 * CUT_MILLISECOND, 0, 1), CUT_OK);
    CHECK_EQ(cut_sim_run(run.sim, 6 * CUT_MILLISECOND, UINT64_MAX, &run.end),
             CUT_OK);
    struct cut_sim_snapshot_info info = event_run_info(&run, 0);
    CHECK_EQ(info.status, CUT_SIM_STATUS_ABORTED);
    CHECK_STR(info.reason, "it took too long");
    CHECK_STR(run.text, "it took too long");
    CHECK_EQ(info.begun, CUT_MILLISECOND);
    CHECK_EQ(info.ended, 6 * CUT_MILLISECOND);
    CHECK(!cut_sim_part(run.sim, 0, 0).is_captured);
    CHECK_EQ(event_run_info(&run, 1).status, CUT_SIM_STATUS_OPEN);
    CHECK_EQ(event_run_info(&run, 1).missing, 3);
    CHECK(cut_sim_part(run.sim, 1, 1).is_captured);
    event_run_all(&run);
    CHECK_EQ(event_run_info(&run, 1).status, CUT_SIM_STATUS_ABORTED);
    CHECK_EQ(cut_sim_snapshot(run.sim, 2, &number), CUT_OK);
    CHECK_EQ(number, 2);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_aborted, 3);
    CHECK_EQ(run.counts[CUT_SIM_ABORT], 3);
    event_run_end(&run);
}

/* Who stands still for one that is given up goes on; and the next one has its
 * turn. */
static void test_time_out_of_a_flush(void)
{
    struct event_run run = event_run_of(&source, "flush");

    run.network.delay = (struct cut_delay){CUT_DELAY_CONSTANT, CUT_SECOND, 0};
    run.config.snapshot_timeout = 2 * CUT_SECOND + 1;
    if (!event_run_begin(&run, "ring:3"))
        return;
    for (uint32_t p = 0; p < 3; p++)
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 0, 0, p), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_aborted, 3);
    CHECK_EQ(run.counts[CUT_SIM_STOP], 9);
    CHECK_EQ(run.counts[CUT_SIM_RESUME], 9);
    event_run_end(&run);
}

/* Bounded channels */

/* Floods: each sends a burst on each of its channels, whenever it can. */
struct flood {
    uint64_t bursts;
    uint64_t received;
};

static void flood_timer(void *state, struct cut_context *context, uint32_t t)
{
    struct flood *flood = state;
    uint64_t size = (uint64_t)cut_argument_integer(context, 0, 1, 100, 1);
    uint64_t most = (uint64_t)cut_argument_integer(context, 1, 1, 100, 1);

    for (uint64_t i = 0; i < size; i++) {
        uint64_t number = flood->bursts * size + i;
        cut_multicast(context, NULL, 0, 0, &number, sizeof number);
    }
    if (++flood->bursts < most)
        cut_timer_set(context, t, 0);
}

static void flood_start(void *state, struct cut_context *context)
{
    flood_timer(state, context, 0);
}

static void flood_receive(void *state,
                          struct cut_context *context,
                          const struct cut_message *message)
{
    struct flood *flood = state;

    (void)context;
    (void)message;
    flood->received++;
}

static const struct cut_process flood = {
    .name = "flood",
    .state_size = sizeof(struct flood),
    .start = flood_start,
    .timer = flood_timer,
    .receive = flood_receive,
};

/* notes[0]: what is in the channel from p0; notes[1]: the most. */
static void watch_first_channel(struct event_run *run,
                                const struct cut_sim_event *event)
{
    if (event->channel != 0 || event->message.is_marker)
        return;
    run->notes[0] += event->kind == CUT_SIM_SEND;
    run->notes[0] -= event->kind == CUT_SIM_DELIVER;
    if (run->notes[0] > run->notes[1])
        run->notes[1] = run->notes[0];
}

/* A channel holds its capacity and what one event sends, and no more. */
static void test_the_bound(void)
{
    char texts[2][8];
    char *arguments[] = {texts[0], texts[1]};

    for (uint32_t burst = 1; burst < 5; burst++) {
        struct event_run run = event_run_of(&flood, "chandy-lamport");
        run.watch = watch_first_channel;
        run.network.capacity = 3;
        run.network.delay = usual;
        snprintf(texts[0], sizeof texts[0], "%u", burst);
        snprintf(texts[1], sizeof texts[1], "50");
        run.config.arguments = arguments;
        run.config.argument_count = 2;
        CHECK_EQ(cut_topology_create(NULL, &run.topology), CUT_OK);
        for (uint32_t p = 0; p < 2; p++)
            CHECK_EQ(cut_topology_add_process(
                         run.topology, p == 0 ? "a" : "b", 1, 0),
                     CUT_OK);
        CHECK_EQ(cut_topology_add_channel(run.topology, 0, 1), CUT_OK);
        CHECK_EQ(cut_topology_seal(run.topology), CUT_OK);
        if (!event_run_begin(&run, NULL))
            return;
        event_run_all(&run);
        CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, burst * 50);
        CHECK_EQ(run.notes[1], 3 - 1 + burst);
        event_run_end(&run);
    }
}

/* A program that fills a cycle of channels by itself stays as it is; and the
 * snapshot has all of it: what has come, what is on its way, what waits. */
static void test_a_deadlock_of_the_program_is_recorded(void)
{
    static const char *const algorithms[] = {"chandy-lamport", "flush"};
    char burst[] = "5";
    char *arguments[] = {burst};

    for (unsigned a = 0; a < 2; a++) {
        struct event_run run = event_run_of(&flood, algorithms[a]);
        run.network.capacity = 2;
        run.config.arguments = arguments;
        run.config.argument_count = 1;
        if (!event_run_begin(&run, "ring:3"))
            return;
        CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_SECOND, 0, 1), CUT_OK);
        event_run_all(&run);
        CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, 0);
        CHECK_EQ(event_run_info(&run, 0).status, CUT_SIM_STATUS_COMPLETE);
        CHECK_EQ(event_run_info(&run, 0).messages_recorded, 15);
        for (uint32_t p = 0; p < 3; p++) {
            struct cut_sim_recorded recorded;
            uint32_t cursor = CUT_NONE;
            for (uint64_t i = 0; i < 5; i++) {
                uint64_t number = 99;
                CHECK(cut_sim_next_recorded(run.sim, 0, p, &cursor, &recorded));
                memcpy(&number, recorded.message.data, sizeof number);
                CHECK_EQ(number, i);
                CHECK_EQ(recorded.is_by_sender, i >= 2);
                CHECK_EQ(recorded.source, i < 2 ? (p + 2) % 3 : p);
                CHECK_EQ(recorded.destination, i < 2 ? p : (p + 1) % 3);
            }
            CHECK(!cut_sim_next_recorded(run.sim, 0, p, &cursor, &recorded));
        }
        event_run_end(&run);
    }
}

/*
 * Windows: two processes have one message each on its way, and its
 * acknowledgement: at most two in a channel of three.
 */
static void window_receive(void *state,
                           struct cut_context *context,
                           const struct cut_message *message)
{
    uint64_t *count = state;

    if (message->type == 0) {
        cut_send(context, 0, 1, NULL, 0);
        return;
    }
    if (++*count < 100)
        cut_send(context, 0, 0, NULL, 0);
}

static void window_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_send(context, 0, 0, NULL, 0);
}

static const struct cut_process window = {
    .name = "window",
    .state_size = 8,
    .start = window_start,
    .receive = window_receive,
};

/* Markers that wait their turn in bounded channels stop such a program for
 * ever; markers that overtake do not. */
static void test_markers_that_queue_stop_a_program(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct event_run run = event_run_of(&window, "chandy-lamport");
        run.network.capacity = 3;
        run.network.markers =
            i == 0 ? CUT_SIM_MARKERS_OVERTAKE : CUT_SIM_MARKERS_QUEUE;
        if (!event_run_begin(&run, "line:2"))
            return;
        for (uint32_t k = 0; k < 6; k++)
            CHECK_EQ(
                cut_sim_snapshot_at(run.sim, 4 * CUT_MILLISECOND + 1, 0, k % 2),
                CUT_OK);
        event_run_all(&run);
        struct cut_sim_stats stats = cut_sim_stats(run.sim);
        CHECK_EQ(stats.snapshots_begun, 6);
        if (i == 0) {
            CHECK_EQ(stats.messages_delivered, 400);
            CHECK_EQ(stats.snapshots_complete, 6);
        } else {
            CHECK(stats.messages_delivered < 40);
            CHECK_EQ(stats.snapshots_complete, 0);
        }
        event_run_end(&run);
    }
}

/* Markers on links of their own come before what they have overtaken. */
static void test_separate_markers(void)
{
    struct event_run run = event_run_of(&source, "chandy-lamport");
    char text[] = "1000";
    char *arguments[] = {text};

    run.config.arguments = arguments;
    run.config.argument_count = 1;
    run.network.markers = CUT_SIM_MARKERS_SEPARATE;
    run.network.delay = usual;
    if (!event_run_begin(&run, "line:2"))
        return;
    for (uint64_t i = 0; i < 30; i++)
        CHECK_EQ(cut_sim_snapshot_at(
                     run.sim, (1 + 2 * i) * CUT_MILLISECOND, 0, i % 2),
                 CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 30);
    for (uint64_t i = 0; i < 30; i++) {
        struct source sent;
        struct source received;
        memcpy(&sent, cut_sim_part(run.sim, i, 0).state, sizeof sent);
        memcpy(&received, cut_sim_part(run.sim, i, 1).state, sizeof received);
        CHECK_EQ(event_run_info(&run, i).messages_recorded,
                 sent.sent - received.received);
    }
    event_run_end(&run);
}

int main(void)
{
    RUN(test_loss);
    RUN(test_duplicates);
    RUN(test_order);
    RUN(test_the_link_layer);
    RUN(test_time_out);
    RUN(test_time_out_of_a_flush);
    RUN(test_the_bound);
    RUN(test_a_deadlock_of_the_program_is_recorded);
    RUN(test_markers_that_queue_stop_a_program);
    RUN(test_separate_markers);
    return check_end();
}
