/*
 * A program under the simulator by events: its timers, its messages, its
 * mistakes, and what is found out about what it saves.
 */
#include "event_run.h"

/* Run a program to its end, and look at it. */
static bool run_program(struct event_run *run, const char *shape)
{
    if (!event_run_begin(run, shape))
        return false;
    event_run_all(run);
    return true;
}

/* Timers */

struct clockwork {
    uint64_t last[4]; /* when each went off, and one */
    uint64_t count;
    uint64_t order; /* which, as digits */
};

static void clockwork_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, 10);
    cut_timer_set(context, 1, 20);
    cut_timer_set(context, 0, 30); /* anew: not at 10 */
    cut_timer_set(context, 2, 25);
    cut_timer_cancel(context, 2);
    cut_timer_cancel(context, 3);  /* it is not armed */
    cut_timer_set(context, 3, 20); /* after timer 1, which was set first */
}

static void
clockwork_timer(void *state, struct cut_context *context, uint32_t timer)
{
    struct clockwork *clockwork = state;

    clockwork->last[timer] = cut_now(context) + 1;
    clockwork->order = clockwork->order * 10 + timer;
    clockwork->count++;
    if (clockwork->count == 1)
        cut_timer_set(context, 1, 0); /* now, behind what is due now */
    if (timer == 0 && cut_now(context) == 30) {
        cut_timer_set(context, 0, 1); /* itself, while it goes off */
        cut_timer_set(context, 2, 1);
        cut_timer_cancel(context, 2);
        cut_timer_set(context, 2, 5);
    }
}

static const struct cut_process clockwork = {
    .name = "clockwork",
    .state_size = sizeof(struct clockwork),
    .start = clockwork_start,
    .timer = clockwork_timer,
};

static struct clockwork read_clockwork(const struct event_run *run)
{
    struct clockwork state = {.count = 0};
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_sim_save(run->sim, 0, &writer);
    if (CHECK_EQ(writer.size, sizeof state))
        memcpy(&state, writer.data, sizeof state);
    cut_writer_fini(&writer);
    return state;
}

static void test_timers(void)
{
    struct event_run run = event_run_of(&clockwork, "chandy-lamport");

    if (!run_program(&run, "line:1"))
        return;
    struct clockwork state = read_clockwork(&run);
    CHECK_EQ(state.order, 131002); /* 1, 3, 1, 0, 0, 2: without the first 0 */
    CHECK_EQ(state.count, 6);
    CHECK_EQ(state.last[0], 31 + 1);
    CHECK_EQ(state.last[1], 20 + 1);
    CHECK_EQ(state.last[2], 35 + 1);
    CHECK_EQ(state.last[3], 20 + 1);
    CHECK_EQ(run.counts[CUT_SIM_TIMER], 6);
    event_run_end(&run);
}

/* A timer that has to wait: for room. */

struct waiter {
    uint64_t went_off[4]; /* when, and one */
};

/*
 * p0 fills its channel at 0 and is held until the message is delivered, after
 * 2 ms. Its timers of before go off then: but not the one that the first of
 * them cancels, nor, at that time, the one that it sets anew.
 */
static void waiter_start(void *state, struct cut_context *context)
{
    (void)state;
    if (cut_self(context) == 1)
        return;
    cut_timer_set(context, 0, 10);
    cut_timer_set(context, 1, 1000001);
    cut_timer_set(context, 2, 1000002);
    cut_timer_set(context, 3, 1000003);
    cut_timer_set(context, 9, 0);
}

static void
waiter_timer(void *state, struct cut_context *context, uint32_t timer)
{
    struct waiter *waiter = state;

    if (timer == 9)
        cut_send(context, 0, 0, NULL, 0);
    else
        waiter->went_off[timer] = cut_now(context) + 1;
    if (timer == 0) {
        cut_timer_cancel(context, 1);
        cut_timer_set(context, 2, 5 * CUT_MILLISECOND);
    }
}

static const struct cut_process waiter = {
    .name = "waiter",
    .state_size = sizeof(struct waiter),
    .start = waiter_start,
    .timer = waiter_timer,
};

static void test_timers_wait_for_room(void)
{
    struct event_run run = event_run_of(&waiter, "chandy-lamport");
    struct waiter state = {.went_off = {0}};
    struct cut_writer writer;

    run.network.capacity = 1;
    /* The way to p1 takes 2 ms, so that all four timers have come by then. */
    run.network.delay =
        (struct cut_delay){CUT_DELAY_CONSTANT, 2 * CUT_MILLISECOND, 0};
    if (!run_program(&run, "line:2"))
        return;
    cut_writer_init(&writer, NULL);
    cut_sim_save(run.sim, 0, &writer);
    memcpy(&state, writer.data, sizeof state);
    CHECK_EQ(state.went_off[0], 2 * CUT_MILLISECOND + 1);
    CHECK_EQ(state.went_off[1], 0);
    CHECK_EQ(state.went_off[2], 7 * CUT_MILLISECOND + 1);
    CHECK_EQ(state.went_off[3], 2 * CUT_MILLISECOND + 1);
    cut_writer_fini(&writer);
    event_run_end(&run);
}

/*
 * An engine that wants to capture at a time does so before a timer, or a
 * message, of that very time: whichever was put down first.
 */
static void punctual_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, 200 * CUT_MILLISECOND);
    cut_timer_set(context, 1, 190 * CUT_MILLISECOND);
}

static void
punctual_timer(void *state, struct cut_context *context, uint32_t timer)
{
    uint64_t *count = state;

    (void)timer;
    ++*count;
    cut_multicast(context, NULL, 0, 0, NULL, 0);
}

static void punctual_receive(void *state,
                             struct cut_context *context,
                             const struct cut_message *message)
{
    uint64_t *count = state;

    ++*count;
    if (message->type == 0)
        cut_multicast(context, NULL, 0, 1, NULL, 0);
}

static const struct cut_process punctual = {
    .name = "punctual",
    .state_size = 8,
    .start = punctual_start,
    .timer = punctual_timer,
    .receive = punctual_receive,
};

static void test_the_time_of_a_capture(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct event_run run = event_run_of(&punctual, "clock");
        struct cut_trace *trace = NULL;
        struct cut_verdict verdict = {.kind = CUT_VERDICT_ABORTED};
        CHECK_EQ(cut_trace_create(3, NULL, &trace), CUT_OK);
        run.network.delay =
            (struct cut_delay){CUT_DELAY_CONSTANT, 10 * CUT_MILLISECOND, 0};
        run.config.clock_lead = 100 * CUT_MILLISECOND;
        run.config.clock_bound = i * CUT_MILLISECOND;
        run.config.trace = trace;
        if (!event_run_begin(&run, "complete:3"))
            return;
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 100 * CUT_MILLISECOND, 0, 1),
                 CUT_OK);
        event_run_all(&run);
        CHECK_EQ(event_run_info(&run, 0).status, CUT_SIM_STATUS_COMPLETE);
        for (uint32_t p = 0; p < 3; p++) {
            struct cut_sim_part part = cut_sim_part(run.sim, 0, p);
            uint64_t count = 0;
            CHECK_EQ(part.captured, 200 * CUT_MILLISECOND);
            memcpy(&count, part.state, sizeof count);
            CHECK_EQ(count, 1);
        }
        CHECK_EQ(cut_judge(trace, 0, true, NULL, &verdict), CUT_OK);
        CHECK_EQ(verdict.kind, CUT_VERDICT_CONSISTENT);
        CHECK_EQ(verdict.crossing_count, 6);
        event_run_end(&run);
        cut_trace_destroy(trace);
    }
}

/* Clocks that differ */

static void clock_start(void *state, struct cut_context *context)
{
    uint64_t *now = state;

    *now = cut_now(context);
}

static const struct cut_process clock_reader = {
    .name = "clock",
    .state_size = 8,
    .start = clock_start,
};

static void test_clocks_differ(void)
{
    struct event_run run = event_run_of(&clock_reader, "chandy-lamport");
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    run.network.skew = 1000;
    if (!run_program(&run, "line:200"))
        return;
    for (uint32_t p = 0; p < 200; p++) {
        struct cut_writer writer;
        uint64_t now = 0;
        cut_writer_init(&writer, NULL);
        cut_sim_save(run.sim, p, &writer);
        memcpy(&now, writer.data, sizeof now);
        least = now < least ? now : least;
        most = now > most ? now : most;
        cut_writer_fini(&writer);
    }
    CHECK(least < 50 && most > 950 && most <= 1000);
    event_run_end(&run);
}

/* Messages */

#define LARGE (3u << 20)

static void mail_start(void *state, struct cut_context *context)
{
    uint8_t *data = malloc(LARGE);

    (void)state;
    if (data == NULL || cut_self(context) != 0) {
        free(data);
        return;
    }
    for (size_t i = 0; i < LARGE; i++)
        data[i] = (uint8_t)(i * 7);
    for (uint32_t size = 0; size < 40; size++)
        cut_send(context, 0, 255 - size, data, size);
    cut_send(context, 0, 0, data, LARGE);
    free(data);
}

static void mail_receive(void *state,
                         struct cut_context *context,
                         const struct cut_message *message)
{
    uint64_t *count = state;
    const uint8_t *data = message->data;
    size_t size = *count < 40 ? *count : LARGE;
    uint64_t type = *count < 40 ? 255 - *count : 0;

    if (message->size != size || message->type != type ||
        (uintptr_t)data % 8 != 0)
        cut_fail(context, "received something else");
    for (size_t i = 0; i < size; i++)
        if (data[i] != (uint8_t)(i * 7))
            cut_fail(context, "received other bytes");
    ++*count;
}

static const struct cut_process mail = {
    .name = "mail",
    .state_size = 8,
    .start = mail_start,
    .receive = mail_receive,
};

static void test_messages_of_all_sizes(void)
{
    struct event_run run = event_run_of(&mail, "chandy-lamport");

    run.network.is_reliable = true;
    run.network.loss = CUT_SIM_ALWAYS / 3;
    if (!run_program(&run, "line:2"))
        return;
    CHECK_STR(cut_sim_failure(run.sim), "");
    CHECK_EQ(cut_sim_stats(run.sim).messages_delivered, 41);
    CHECK_EQ(cut_sim_stats(run.sim).message_bytes, LARGE + 39 * 40 / 2);
    event_run_end(&run);
}

/* Mistakes */

static enum cut_error refuse_create(void *state, struct cut_context *context)
{
    (void)state;
    if (cut_self(context) == 2)
        cut_fail(context, "has no heart (expected one)");
    return cut_self(context) == 3 ? CUT_INVALID : CUT_OK;
}

static enum cut_error blame_create(void *state, struct cut_context *context)
{
    (void)state;
    (void)context;
    return CUT_INVALID;
}

static enum cut_error send_create(void *state, struct cut_context *context)
{
    (void)state;
    cut_send(context, 0, 0, NULL, 0);
    return CUT_OK;
}

static void test_create_fails(void)
{
    static const struct {
        enum cut_error (*create)(void *state, struct cut_context *context);
        const char *what;
    } cases[] = {
        {refuse_create, "p2 has no heart (expected one)"},
        {blame_create,
         "p0 could not be created: an argument is outside its range, or input "
         "is malformed"},
        {send_create, "p0 sends in create (expected in an event, like start)"},
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cut_process process = {
            .name = "x", .state_size = 1, .create = cases[i].create};
        struct event_run run = event_run_of(&process, "chandy-lamport");
        struct cut_sim *sim = NULL;
        CHECK_EQ(
            cut_topology_generate("ring:5", 0, NULL, &run.topology, &run.fault),
            CUT_OK);
        run.config.topology = run.topology;
        run.config.network = &run.network;
        run.config.fault = &run.fault;
        CHECK_EQ(cut_sim_create(&run.config, &sim), CUT_STATE);
        CHECK(sim == NULL);
        CHECK_EQ(run.fault.code, CUT_STATE);
        CHECK_STR(run.fault.what, cases[i].what);
        event_run_end(&run);
    }
}

static void fail_timer(void *state, struct cut_context *context, uint32_t timer)
{
    (void)state;
    switch (timer) {
    case 0:
        cut_fail(context, "fails");
        cut_fail(context, "fails again");
        break;
    case 1:
        cut_send(context, 1, 0, NULL, 0);
        break;
    case 2:
        cut_send(context, 0, 256, NULL, 0);
        break;
    case 3:
        cut_timer_set(context, 64, 1);
        break;
    case 4:
        cut_leave(context);
        break;
    default:
        break;
    }
    /* Nothing happens any more. */
    cut_send(context, 0, 0, NULL, 0);
    cut_print(context, "still here");
    cut_timer_set(context, 5, 1);
}

static void fail_start(void *state, struct cut_context *context)
{
    (void)state;
    if (cut_self(context) == 1)
        cut_timer_set(
            context, (uint32_t)cut_argument_integer(context, 0, 0, 5, 5), 7);
}

static const struct cut_process failing = {
    .name = "failing",
    .state_size = 1,
    .start = fail_start,
    .timer = fail_timer,
};

static void test_mistakes_end_the_run(void)
{
    static const char *const texts[] = {
        "p1 at 7ns: fails",
        "p1 at 7ns: sends on channel 1 (expected one of its 1 outgoing "
        "channel)",
        "p1 at 7ns: sends a message of type 256 (expected a type below 256)",
        "p1 at 7ns: sets timer 64 (expected one below 64)",
        "p1 at 7ns: leaves (expected an algorithm that follows views, in a run "
        "by events)",
    };

    for (unsigned i = 0; i < 5; i++) {
        struct event_run run = event_run_of(&failing, "lai-yang");
        char digit[2] = {(char)('0' + i), '\0'};
        char *arguments[] = {digit};
        run.config.arguments = arguments;
        run.config.argument_count = 1;
        if (!event_run_begin(&run, "ring:3"))
            return;
        CHECK_STR(cut_sim_failure(run.sim), "");
        CHECK_EQ(cut_sim_run(run.sim, CUT_SECOND, UINT64_MAX, &run.end),
                 CUT_STATE);
        CHECK_STR(cut_sim_failure(run.sim), texts[i]);
        CHECK_EQ(cut_sim_now(run.sim), 7);
        CHECK_EQ(cut_sim_stats(run.sim).messages_sent, i == 4);
        CHECK_EQ(run.counts[CUT_SIM_PRINT], i == 4);
        event_run_end(&run);
    }
}

/* By ticks nobody sets a timer or leaves. */
static void ticking_input(void *state,
                          struct cut_context *context,
                          const void *data,
                          size_t size)
{
    (void)state;
    (void)data;
    if (size == 0)
        cut_timer_set(context, 0, 1);
    else
        cut_leave(context);
}

static void test_runs_by_ticks(void)
{
    static const struct cut_process ticking = {
        .name = "ticking", .state_size = 1, .input = ticking_input};

    for (size_t size = 0; size < 2; size++) {
        struct event_run run = event_run_of(&ticking, "chandy-lamport");
        struct cut_sim *sim = NULL;
        CHECK_EQ(
            cut_topology_generate("ring:3", 0, NULL, &run.topology, &run.fault),
            CUT_OK);
        run.config.topology = run.topology;
        CHECK_EQ(cut_sim_create(&run.config, &sim), CUT_OK);
        CHECK_EQ(cut_sim_input(sim, 1, "x", size), CUT_STATE);
        CHECK_STR(cut_sim_failure(sim),
                  size == 0
                      ? "p1 has a timer (expected none in a run by ticks)"
                      : "p1 leaves (expected an algorithm that follows views, "
                        "in a run by events)");
        cut_sim_destroy(sim);
        event_run_end(&run);
    }
}

/* What is saved */

struct ledger {
    uint64_t sum;
    uint64_t forgotten;
    void *block; /* so that who is not destroyed is a leak */
};

static uint64_t blocks;

static enum cut_error ledger_create(void *state, struct cut_context *context)
{
    struct ledger *ledger = state;

    (void)context;
    ledger->block = malloc(8);
    blocks += ledger->block != NULL;
    return ledger->block != NULL ? CUT_OK : CUT_NOMEM;
}

static void ledger_destroy(void *state)
{
    struct ledger *ledger = state;

    blocks -= ledger->block != NULL;
    free(ledger->block);
}

static void ledger_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

/* The forgotten part shows in what it sends, two events after it changed. */
static void
ledger_timer(void *state, struct cut_context *context, uint32_t timer)
{
    struct ledger *ledger = state;

    ledger->sum += cut_random_below(context, 10);
    ledger->forgotten++;
    if (ledger->forgotten == 3)
        cut_send(context, 0, timer, &ledger->sum, sizeof ledger->sum);
    if (ledger->forgotten < 5)
        cut_timer_set(context, 0, CUT_MILLISECOND);
    if (ledger->forgotten == 4 && cut_argument_count(context) > 0)
        cut_fail(context, "is tired");
}

static void ledger_receive(void *state,
                           struct cut_context *context,
                           const struct cut_message *message)
{
    struct ledger *ledger = state;

    (void)context;
    ledger->sum += message->type;
}

static void save_some(const void *state, struct cut_writer *out)
{
    const struct ledger *ledger = state;

    cut_json_begin_object(out);
    cut_json_field(out, "sum", (int64_t)ledger->sum);
    cut_json_end_object(out);
}

static void save_all(const void *state, struct cut_writer *out)
{
    const struct ledger *ledger = state;

    cut_json_begin_object(out);
    cut_json_field(out, "sum", (int64_t)ledger->sum);
    cut_json_field(out, "forgotten", (int64_t)ledger->forgotten);
    cut_json_end_object(out);
}

static void save_badly(const void *state, struct cut_writer *out)
{
    (void)state;
    cut_json_integer(out, 1);
    cut_json_integer(out, 2);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct ledger *ledger = state;
    struct cut_json *json = NULL;
    int64_t sum = 0;
    int64_t forgotten = 0;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    if (!cut_json_get_integer(json, "sum", &sum))
        error = CUT_INVALID;
    if (cut_json_get_integer(json, "forgotten", &forgotten))
        ledger->forgotten = (uint64_t)forgotten;
    ledger->sum = (uint64_t)sum;
    cut_json_destroy(json);
    return error;
}

/* Loads what it saved, and then is something else. */
static enum cut_error load_badly(void *state, const void *data, size_t size)
{
    struct ledger *ledger = state;
    enum cut_error error = load(state, data, size);

    ledger->sum /= 2;
    return error;
}

static enum cut_error load_nothing(void *state, const void *data, size_t size)
{
    (void)state;
    (void)data;
    (void)size;
    return CUT_INVALID;
}

static void ledger_facts(const void *state, struct cut_facts *out)
{
    const struct ledger *ledger = state;

    cut_facts_quantity(out, "sum", (int64_t)ledger->sum);
}

static const struct {
    void (*save)(const void *state, struct cut_writer *out);
    enum cut_error (*load)(void *state, const void *data, size_t size);
    bool fails; /* by itself */
    const char *failure;
} ledgers[] = {
    {save_all, load, false, ""},
    {save_all, load, true, "p0 at 4ms: is tired"},
    {save_some,
     load,
     false,
     "p0 does other things than one made again from what it saved (expected "
     "the same: save all of the state)"},
    {save_all, NULL, false, "p0 saves its state and has no load"},
    {save_all, load_nothing, false, "p0 cannot load what it saved"},
    {save_badly, load, false, "p0 saves what is not JSON"},
    {save_all,
     load_badly,
     false,
     "p0 saves something else than one made again from what it saved "
     "(expected the same: save all of the state)"},
};

static void test_check_save(void)
{
    char word[] = "tired";
    char *arguments[] = {word};

    for (unsigned i = 0; i < sizeof ledgers / sizeof ledgers[0]; i++) {
        struct cut_process process = {
            .name = "ledger",
            .state_size = sizeof(struct ledger),
            .create = ledger_create,
            .destroy = ledger_destroy,
            .start = ledger_start,
            .timer = ledger_timer,
            .receive = ledger_receive,
            .save = ledgers[i].save,
            .load = ledgers[i].load,
            .facts = ledger_facts,
        };
        struct event_run run = event_run_of(&process, "chandy-lamport");
        run.config.checks_save = true;
        run.config.arguments = arguments;
        run.config.argument_count = ledgers[i].fails;
        blocks = 0;
        if (!event_run_begin(&run, "ring:3"))
            return;
        CHECK_EQ(cut_sim_snapshot_at(run.sim, 2500000, 0, 0), CUT_OK);
        enum cut_error error =
            cut_sim_run(run.sim, CUT_SECOND, UINT64_MAX, &run.end);
        CHECK_EQ(error, ledgers[i].failure[0] == '\0' ? CUT_OK : CUT_STATE);
        CHECK_STR(cut_sim_failure(run.sim), ledgers[i].failure);
        CHECK_EQ(blocks, 3);
        event_run_end(&run);
        CHECK_EQ(blocks, 0);
    }
}

/* A state that is made again to be asked for its facts is created first, and
 * destroyed after. */
static void test_facts_of_what_was_saved(void)
{
    struct cut_process process = {
        .name = "ledger",
        .state_size = sizeof(struct ledger),
        .create = ledger_create,
        .destroy = ledger_destroy,
        .start = ledger_start,
        .timer = ledger_timer,
        .receive = ledger_receive,
        .save = save_all,
        .load = load,
        .facts = ledger_facts,
    };
    struct event_run run = event_run_of(&process, "chandy-lamport");
    struct cut_facts *facts = NULL;

    blocks = 0;
    if (!event_run_begin(&run, "ring:3"))
        return;
    CHECK_EQ(cut_sim_snapshot_at(run.sim, 2500000, 0, 0), CUT_OK);
    event_run_all(&run);
    CHECK_EQ(cut_facts_create(NULL, &facts), CUT_OK);
    CHECK_EQ(cut_sim_part_facts(run.sim, 0, 0, facts), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), 1);
    CHECK_EQ(blocks, 3);
    process.load = load_nothing;
    CHECK_EQ(cut_sim_part_facts(run.sim, 0, 0, facts), CUT_INVALID);
    CHECK_EQ(cut_facts_count(facts), 1);
    CHECK_EQ(blocks, 3);
    cut_facts_destroy(facts);
    event_run_end(&run);
    CHECK_EQ(blocks, 0);
}

/* A program may ask for snapshots; when its event is over. */
static void
asking_timer(void *state, struct cut_context *context, uint32_t timer)
{
    uint64_t *count = state;

    (void)timer;
    cut_request_snapshot(context);
    cut_request_snapshot(context); /* one is one */
    cut_send(context, 0, 0, NULL, 0);
    ++*count;
}

static const struct cut_process asking = {
    .name = "asking",
    .state_size = 8,
    .start = ledger_start,
    .timer = asking_timer,
};

static void test_a_program_asks(void)
{
    struct event_run run = event_run_of(&asking, "chandy-lamport");
    uint64_t count = 0;

    run.config.snapshots_max = 2;
    if (!run_program(&run, "ring:3"))
        return;
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_begun, 2);
    CHECK_EQ(cut_sim_stats(run.sim).snapshots_complete, 2);
    struct cut_sim_part part = cut_sim_part(run.sim, 0, 0);
    memcpy(&count, part.state, sizeof count);
    CHECK_EQ(part.captured, CUT_MILLISECOND);
    CHECK_EQ(count, 1); /* its event is in it, and what it sent before it */
    event_run_end(&run);
}

int main(void)
{
    RUN(test_timers);
    RUN(test_timers_wait_for_room);
    RUN(test_the_time_of_a_capture);
    RUN(test_clocks_differ);
    RUN(test_messages_of_all_sizes);
    RUN(test_create_fails);
    RUN(test_mistakes_end_the_run);
    RUN(test_runs_by_ticks);
    RUN(test_check_save);
    RUN(test_facts_of_what_was_saved);
    RUN(test_a_program_asks);
    return check_end();
}
