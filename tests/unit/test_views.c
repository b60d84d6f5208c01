/*
 * Processes that join, leave and crash, by events: views, and what becomes of
 * snapshots and messages.
 */
#include "event_run.h"

/* A talker: says its number to everybody, every millisecond. */

struct talker {
    uint64_t events;
    uint64_t heard[8]; /* from whom, by index */
};

static void talker_timer(void *state, struct cut_context *context, uint32_t t)
{
    struct talker *talker = state;
    uint64_t self = cut_self(context);

    talker->events++;
    cut_multicast(context, NULL, 0, 0, &self, sizeof self);
    if (talker->events < 20)
        cut_timer_set(context, t, CUT_MILLISECOND);
    if (talker->events == 3 && self == 3 && cut_argument_count(context) > 0)
        cut_leave(context);
}

static void talker_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void talker_receive(void *state,
                           struct cut_context *context,
                           const struct cut_message *message)
{
    struct talker *talker = state;
    uint64_t from = 0;

    (void)context;
    memcpy(&from, message->data, sizeof from);
    talker->heard[from]++;
}

static const struct cut_process talker = {
    .name = "talker",
    .state_size = sizeof(struct talker),
    .start = talker_start,
    .timer = talker_timer,
    .receive = talker_receive,
};

static struct event_run talkers(void)
{
    struct event_run run = event_run_of(&talker, "chandy-lamport");

    run.network.delay =
        (struct cut_delay){CUT_DELAY_CONSTANT, 3 * CUT_MILLISECOND, 0};
    return run;
}

static struct talker state_of(const struct event_run *run, uint32_t process)
{
    struct talker state = {.events = 0};
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_sim_save(run->sim, process, &writer);
    memcpy(&state, writer.data, sizeof state);
    cut_writer_fini(&writer);
    return state;
}

/* What one that left had sent arrives; what is sent to it does not. */
static void test_leaving(void)
{
    struct event_run run = talkers();

    if (!event_run_begin(&run, "complete:5"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 10500000, 3, CUT_SIM_CHANGE_LEAVE),
             CUT_OK);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_LEAVE], 1);
    CHECK_EQ(state_of(&run, 3).events, 10);
    CHECK_EQ(state_of(&run, 0).heard[3], 10);
    CHECK_EQ(state_of(&run, 0).heard[4], 20);
    CHECK_EQ(state_of(&run, 3).heard[0], 7);
    /* Four others: each of their 20, but the 7 that came. */
    CHECK_EQ(cut_sim_stats(run.sim).messages_lost, 4 * 13);
    CHECK_EQ(run.counts[CUT_SIM_LOSE], 4 * 13);
    CHECK_EQ(cut_sim_input(run.sim, 3, "x", 1), CUT_STATE);
    CHECK_STR(cut_sim_failure(run.sim), "");
    event_run_end(&run);
}

/* What one that crashed had on its way does not arrive. */
static void test_crashing(void)
{
    struct event_run run = talkers();

    if (!event_run_begin(&run, "complete:5"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 10500000, 3, CUT_SIM_CHANGE_CRASH),
             CUT_OK);
    CHECK_EQ(cut_sim_change_at(run.sim, 12500000, 3, CUT_SIM_CHANGE_LEAVE),
             CUT_OK);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_CRASH], 1);
    CHECK_EQ(run.counts[CUT_SIM_LEAVE], 0); /* it was gone */
    CHECK_EQ(state_of(&run, 3).events, 10);
    CHECK_EQ(state_of(&run, 0).heard[3], 7);
    CHECK_EQ(cut_sim_stats(run.sim).messages_lost, 4 * 13 + 4 * 3);
    event_run_end(&run);
}

/* A program can leave by itself. */
static void test_leaving_oneself(void)
{
    struct event_run run = talkers();
    char word[] = "leave";
    char *arguments[] = {word};

    run.config.arguments = arguments;
    run.config.argument_count = 1;
    if (!event_run_begin(&run, "complete:5"))
        return;
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_LEAVE], 1);
    CHECK_EQ(state_of(&run, 3).events, 3);
    CHECK_EQ(state_of(&run, 2).heard[3], 3);
    event_run_end(&run);
}

/* Before it joins it is not there; then it starts. */
static void test_joining(void)
{
    struct event_run run = talkers();

    if (!event_run_begin(&run, "complete:5"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 10500000, 3, CUT_SIM_CHANGE_JOIN),
             CUT_OK);
    CHECK_EQ(cut_sim_change_at(run.sim, 99999999, 3, CUT_SIM_CHANGE_JOIN),
             CUT_STATE);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_MILLISECOND, 0, 3), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, CUT_MILLISECOND, 0, 0), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 20500000, 0, 3), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_START], 5);
    CHECK_EQ(run.counts[CUT_SIM_JOIN], 1);
    CHECK_EQ(run.counts[CUT_SIM_LEAVE], 0);
    CHECK_EQ(state_of(&run, 3).events, 20);
    CHECK_EQ(state_of(&run, 0).heard[3], 20);
    CHECK_EQ(state_of(&run, 3).heard[0], 10); /* sent at 11 ms and later */
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_begun, 2);
    struct cut_sim_snapshot_info before = event_run_info(&run, 0);
    struct cut_sim_snapshot_info after = event_run_info(&run, 1);
    CHECK_EQ(before.status, CUT_SIM_STATUS_COMPLETE);
    CHECK_EQ(after.status, CUT_SIM_STATUS_COMPLETE);
    CHECK_EQ(after.view, before.view + 1);
    CHECK(!cut_sim_part(run.sim, 0, 3).is_captured);
    CHECK(cut_sim_part(run.sim, 1, 3).is_complete);
    CHECK_EQ(cut_sim_change_at(
                 run.sim, cut_sim_now(run.sim), 2, CUT_SIM_CHANGE_JOIN),
             CUT_STATE);
    event_run_end(&run);
}

/* A snapshot belongs to one view: a change gives it up, and says why. */
static void test_snapshots_are_given_up(void)
{
    static const struct {
        enum cut_sim_change change;
        const char *reason;
    } cases[] = {
        {CUT_SIM_CHANGE_JOIN, "a process joined"},
        {CUT_SIM_CHANGE_LEAVE, "a process left"},
        {CUT_SIM_CHANGE_CRASH, "a process crashed"},
    };

    for (unsigned i = 0; i < 3; i++) {
        struct event_run run = talkers();
        uint64_t number = 77;
        if (!event_run_begin(&run, "complete:5"))
            return;
        /* Two are open by then, with captures everywhere or at one alone. */
        CHECK_EQ(cut_sim_change_at(run.sim, 10500000, 1, cases[i].change),
                 CUT_OK);
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 7000000, 0, 4), CUT_OK);
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 10000000, 0, 2), CUT_OK);
        CHECK_EQ(cut_sim_run(run.sim, 10500000, UINT64_MAX, &run.end), CUT_OK);
        for (uint64_t s = 0; s < 2; s++) {
            struct cut_sim_snapshot_info info = event_run_info(&run, s);
            CHECK_EQ(info.status, CUT_SIM_STATUS_ABORTED);
            CHECK_STR(info.reason, cases[i].reason);
            CHECK_EQ(info.ended, 10500000);
            for (uint32_t p = 0; p < 5; p++)
                CHECK(!cut_sim_part(run.sim, s, p).is_captured);
        }
        /* Its markers are still on their way, and do no harm. */
        CHECK_EQ(cut_sim_snapshot(run.sim, 2, &number), CUT_OK);
        CHECK_EQ(number, 2);
        event_run_all(&run);
        CHECK_EQ(event_run_info(&run, 2).status, CUT_SIM_STATUS_COMPLETE);
        CHECK_EQ(cut_sim_part(run.sim, 2, 1).is_captured,
                 cases[i].change == CUT_SIM_CHANGE_JOIN);
        CHECK_EQ(cut_sim_stats(run.sim).markers_refused, 0);
        event_run_end(&run);
    }
}

/* Who is no member begins nothing. */
static void test_requests_of_who_is_gone(void)
{
    struct event_run run = talkers();
    uint64_t number = 77;

    if (!event_run_begin(&run, "complete:3"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 1000, 1, CUT_SIM_CHANGE_LEAVE), CUT_OK);
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 2000, 0, 1), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_sim_snapshot(run.sim, 1, &number), CUT_STATE);
    CHECK_EQ(number, 77);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_begun, 0);
    event_run_end(&run);
}

static void test_what_cannot_be_planned(void)
{
    struct event_run run = event_run_of(&talker, "mattern");

    if (!event_run_begin(&run, "complete:3"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 1, 1, CUT_SIM_CHANGE_LEAVE),
             CUT_INVALID);
    event_run_end(&run);
    run = talkers();
    if (!event_run_begin(&run, "complete:3"))
        return;
    CHECK_EQ(cut_sim_change_at(run.sim, 1, 3, CUT_SIM_CHANGE_LEAVE),
             CUT_INVALID);
    CHECK_EQ(cut_sim_run(run.sim, 10, UINT64_MAX, &run.end), CUT_OK);
    CHECK_EQ(cut_sim_change_at(run.sim, 9, 1, CUT_SIM_CHANGE_LEAVE),
             CUT_INVALID);
    CHECK_EQ(
        cut_sim_change_at(run.sim, CUT_TIME_MAX + 1, 1, CUT_SIM_CHANGE_LEAVE),
        CUT_INVALID);
    CHECK_EQ(cut_sim_change_at(run.sim, 10, 1, CUT_SIM_CHANGE_LEAVE), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_LEAVE], 1);
    event_run_end(&run);
    run = talkers();
    if (!event_run_begin(&run, "complete:3"))
        return;
    uint64_t number;
    CHECK_EQ(cut_sim_snapshot(run.sim, 0, &number), CUT_OK);
    CHECK_EQ(cut_sim_change_at(run.sim, 10, 1, CUT_SIM_CHANGE_JOIN), CUT_STATE);
    event_run_end(&run);
}

/* Everybody leaves, and nothing is left. A change, and no snapshot: what was
 * told to the engines is given back. */
static void test_all_leave(void)
{
    struct event_run run = talkers();

    if (!event_run_begin(&run, "ring:4"))
        return;
    for (uint32_t p = 0; p < 4; p++)
        CHECK_EQ(
            cut_sim_change_at(run.sim, 5000000 + p, p, CUT_SIM_CHANGE_CRASH),
            CUT_OK);
    event_run_all(&run);
    CHECK_EQ(run.counts[CUT_SIM_CRASH], 4);
    /* The first one crashes before its timer of that time. */
    CHECK_EQ(cut_sim_stats(run.sim).messages_sent, 4 + 3 * 5);
    event_run_end(&run);
}

/* What one that leaves had sent arrives, as there is room, and is in no
 * snapshot any more; nor is what waits for one that left. */
static void flood_start(void *state, struct cut_context *context)
{
    (void)state;
    for (unsigned i = 0; i < 5 && cut_self(context) == 0; i++)
        cut_multicast(context, NULL, 0, 0, NULL, 0);
}

static const struct cut_process flood = {
    .name = "flood",
    .state_size = 1,
    .start = flood_start,
};

static void test_bounded_channels_of_who_is_gone(void)
{
    for (unsigned leaver = 0; leaver < 2; leaver++) {
        struct event_run run = event_run_of(&flood, "chandy-lamport");
        uint64_t number;
        run.network.capacity = 2;
        if (!event_run_begin(&run, "complete:3"))
            return;
        CHECK_EQ(cut_sim_change_at(run.sim, 10, leaver, CUT_SIM_CHANGE_LEAVE),
                 CUT_OK);
        CHECK_EQ(cut_sim_run(run.sim, 20, UINT64_MAX, &run.end), CUT_OK);
        for (uint32_t p = 0; p < 3; p++)
            CHECK_EQ(cut_sim_snapshot(run.sim, p, &number),
                     p == leaver ? CUT_STATE : CUT_OK);
        event_run_all(&run);
        struct cut_sim_stats stats = cut_sim_stats(run.sim);
        CHECK_EQ(stats.messages_delivered, leaver == 0 ? 10 : 5);
        CHECK_EQ(stats.messages_lost, leaver == 0 ? 0 : 5);
        CHECK_EQ(stats.messages_recorded, leaver == 0 ? 0 : 5);
        event_run_end(&run);
    }
}

int main(void)
{
    RUN(test_leaving);
    RUN(test_crashing);
    RUN(test_leaving_oneself);
    RUN(test_joining);
    RUN(test_snapshots_are_given_up);
    RUN(test_requests_of_who_is_gone);
    RUN(test_what_cannot_be_planned);
    RUN(test_all_leave);
    RUN(test_bounded_channels_of_who_is_gone);
    return check_end();
}
