/*
 * Workers, and the links between them, as threads of this process. Each worker
 * has tokens, and sends them about: whatever is done to connections, in
 * whatever order orders come, there are as many in each snapshot as there were
 * at the start.
 */
#include "check.h"
#include "net/worker_state.h"
#include "worker_rig.h"

#include <cutline/facts.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define TOKENS 20

/* --- a program with tokens ------------------------------------------------ */

struct holder {
    int64_t held;
    int64_t moved;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    (void)context;
    ((struct holder *)state)->held = TOKENS;
    return CUT_OK;
}

static void pass(struct holder *me, struct cut_context *context)
{
    uint32_t channel =
        (uint32_t)cut_random_below(context, cut_outgoing_count(context));
    uint8_t data[32] = {1};

    if (me->held == 0)
        return;
    me->held--;
    me->moved++;
    cut_send(context, channel, 0, data, 1 + (size_t)(me->moved % 32));
}

static void start(void *state, struct cut_context *context)
{
    for (unsigned i = 0; i < TOKENS / 2; i++)
        pass(state, context);
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void
receive(void *state, struct cut_context *context, const struct cut_message *in)
{
    (void)in;
    ((struct holder *)state)->held++;
    pass(state, context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    pass(state, context);
    cut_timer_set(context, which, CUT_MILLISECOND);
}

static const struct cut_process holder = {
    .name = "holder",
    .state_size = sizeof(struct holder),
    .create = create,
    .start = start,
    .receive = receive,
    .timer = timer,
};

static int64_t held_of(const struct cut_part_view *view)
{
    struct holder state;

    if (!CHECK_EQ(view->state.size, sizeof state))
        return 0;
    memcpy(&state, view->state.data, sizeof state);
    return state.held;
}

/* Return the tokens in states and channels; *by_sender: messages that had not
 * left their sender. */
static int64_t tokens_of(const struct rig *rig, uint64_t number, int *by_sender)
{
    int64_t tokens = 0;

    for (unsigned i = 0; i < rig->count; i++) {
        const struct rig_part *part = rig_part(rig, i, number);
        struct cut_part_view view;
        struct cut_part_message_view message;
        if (!CHECK(part != NULL) ||
            !CHECK_EQ(cut_part_read(part->data, part->size, &view), CUT_OK))
            return -1;
        CHECK(view.captured <= view.completed);
        CHECK(view.cpu_ns < CUT_SECOND);
        tokens += held_of(&view);
        while (cut_part_next_message(&view, &message)) {
            tokens++;
            *by_sender += message.is_by_sender;
            CHECK(message.peer < rig->count && message.peer != i);
        }
    }
    return tokens;
}

static void say_failures(const struct rig *rig)
{
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].failed[0] != '\0')
            printf("# w%u: %s\n", i, rig->workers[i].failed);
}

static unsigned discards(const struct rig *rig)
{
    unsigned count = 0;

    for (unsigned i = 0; i < rig->count; i++)
        count += rig->workers[i].discarded;
    return count;
}

static bool is_over(const struct rig *rig, uint64_t number)
{
    return discards(rig) > 0 || rig_all_have_part(rig, number);
}

static bool all_have_aborted(const struct rig *rig, uint64_t count)
{
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].aborted < count)
            return false;
    return true;
}

/* One that a process heard of too late, of which only clocks know: it is given
 * up. Return whether it was that. */
static bool give_up_if_late(struct rig *rig, uint64_t number)
{
    if (discards(rig) == 0)
        return false;
    for (unsigned i = 0; i < rig->count; i++) {
        rig->workers[i].aborted = 0;
        rig_order_id(rig, i, CUT_TALK_ABORT, number);
    }
    CHECK(rig_await(rig, all_have_aborted, 1));
    for (unsigned i = 0; i < rig->count; i++)
        rig->workers[i].discarded = 0;
    return CHECK(rig->workers[0].config.clock_lead > 0);
}

static bool take_snapshot(struct rig *rig, uint64_t number, int *by_sender)
{
    rig_order_id(
        rig, (unsigned)(number % rig->count), CUT_TALK_REQUEST, number);
    if (!CHECK(rig_await(rig, is_over, number))) {
        say_failures(rig);
        return false;
    }
    if (give_up_if_late(rig, number))
        return true;
    return CHECK_EQ(tokens_of(rig, number, by_sender), TOKENS * rig->count);
}

/* --- snapshots ------------------------------------------------------------ */

/* All algorithms, and channels that are nearly always full; or all of them, for
 * ever, which only markers that overtake get past. */
static void test_algorithms(void)
{
    static const struct rig_config configs[] = {
        {.algorithm = "chandy-lamport"},
        {.algorithm = "lai-yang"},
        {.algorithm = "mattern"},
        {.algorithm = "tree"},
        {.algorithm = "flush"},
        {.algorithm = "clock", .clock_lead = 8 * CUT_MILLISECOND},
        {.algorithm = "clock",
         .clock_lead = 8 * CUT_MILLISECOND,
         .clock_bound = 2 * CUT_MILLISECOND},
        {.algorithm = "chandy-lamport", .capacity = 2},
        {.algorithm = "chandy-lamport", .capacity = 1, .uses_tcp = true},
        /* Full in one direction, but not in both at once: that would be for
         * ever, and no snapshot of this algorithm's gets past it. */
        {.algorithm = "lai-yang",
         .capacity = 3 * TOKENS,
         .capacity_bytes = 3 * TOKENS * 32 / 2 + 1},
    };
    int by_sender_all = 0;

    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct rig_config config = configs[i];
        struct rig rig;
        int by_sender = 0;
        config.process = &holder;
        config.count = 3;
        rig_open(&rig, &config);
        CHECK(rig_begin(&rig));
        for (uint64_t n = 0; n < 20 && take_snapshot(&rig, n, &by_sender); n++)
            rig_hear(&rig, 2);
        CHECK(rig.workers[0].figures.snapshots <= 20);
        rig_stop(&rig);
        uint64_t complete = rig.workers[0].figures.snapshots;
        if (!CHECK(complete == 20 || (config.clock_lead > 0 && complete > 0)))
            printf("# by %s, number %zu\n", config.algorithm, i);
        by_sender_all += by_sender;
    }
    CHECK(by_sender_all > 0);
}

/* Connections break all the time, and nothing is lost, or comes twice. */
static void test_connections_break(void)
{
    struct rig_config config = {.process = &holder,
                                .algorithm = "chandy-lamport",
                                .count = 3,
                                .capacity = 4};
    struct rig rig;
    unsigned cuts = 0;
    int by_sender = 0;
    uint64_t reconnects = 0;

    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    for (uint64_t n = 0; n < 40; n++) {
        cuts += rig_cut_connections(&rig);
        if (!take_snapshot(&rig, n, &by_sender))
            break;
        rig_hear(&rig, 3);
    }
    CHECK(cuts >= 40);
    rig_stop(&rig);
    for (unsigned i = 0; i < 3; i++)
        reconnects += rig.workers[i].figures.reconnects;
    CHECK(reconnects >= 40);
}

/* --- time ----------------------------------------------------------------- */

/* Sends in the middle of an event that lasts longer than the time that is left
 * until the state is to be captured. */
static void slow_timer(void *state, struct cut_context *context, uint32_t which)
{
    struct holder *me = state;
    uint8_t data = 1;

    (void)which;
    me->held--;
    usleep(30000);
    cut_send(context, 0, 0, &data, 1);
    me->moved++;
}

static void slow_start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, 2 * CUT_MILLISECOND);
}

static const struct cut_process slow = {
    .name = "slow",
    .state_size = sizeof(struct holder),
    .create = create,
    .start = slow_start,
    .timer = slow_timer,
};

/* The other one may hear of it too late to take part. */
static bool first_has_part(const struct rig *rig, uint64_t number)
{
    return rig_part(rig, 0, number) != NULL;
}

/* An event is before X or after it, and so is all that it does. */
static void test_event_is_in_no_cut(void)
{
    struct rig_config config = {.process = &slow,
                                .algorithm = "clock",
                                .count = 2,
                                .clock_lead = 10 * CUT_MILLISECOND};
    struct rig rig;
    struct cut_part_view view;
    struct holder state;

    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    rig_order_id(&rig, 0, CUT_TALK_REQUEST, 0);
    if (CHECK(rig_await(&rig, first_has_part, 0))) {
        const struct rig_part *part = rig_part(&rig, 0, 0);
        CHECK_EQ(cut_part_read(part->data, part->size, &view), CUT_OK);
        memcpy(&state, view.state.data, sizeof state);
        CHECK_EQ(state.held + state.moved, TOKENS);
    }
    say_failures(&rig);
    rig_stop(&rig);
}

/* --- starting and stopping ------------------------------------------------ */

/* A neighbour that has started makes one stand still that has not: it starts
 * when it may. */
static void test_stopped_before_it_starts(void)
{
    struct rig_config config = {
        .process = &holder, .algorithm = "flush", .count = 2};
    struct rig rig;
    int by_sender = 0;

    rig_open(&rig, &config);
    CHECK(rig_link(&rig));
    rig_start(&rig, 0);
    rig_order_id(&rig, 0, CUT_TALK_REQUEST, 0);
    /* The marker is there before the order to start is. */
    rig_hear(&rig, 30);
    rig_start(&rig, 1);
    if (CHECK(rig_await(&rig, rig_all_have_part, 0)))
        CHECK_EQ(tokens_of(&rig, 0, &by_sender), 2 * TOKENS);
    say_failures(&rig);
    for (uint64_t n = 1; n < 5; n++)
        (void)take_snapshot(&rig, n, &by_sender);
    rig_stop(&rig);
    CHECK(rig.workers[1].figures.messages_sent > 0);
}

static bool has_answers(const struct rig *rig, uint64_t count)
{
    return rig->workers[0].aborted >= count;
}

static void test_aborts_are_answered(void)
{
    struct rig_config config = {
        .process = &holder, .algorithm = "flush", .count = 2};
    struct rig rig;
    int by_sender = 0;

    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    /* Of one that was never begun, and of one that is open. */
    rig_order_id(&rig, 0, CUT_TALK_ABORT, 0);
    CHECK(rig_await(&rig, has_answers, 1));
    rig_order_id(&rig, 0, CUT_TALK_REQUEST, 1);
    rig_order_id(&rig, 0, CUT_TALK_ABORT, 1);
    rig_order_id(&rig, 1, CUT_TALK_ABORT, 1);
    CHECK(rig_await(&rig, has_answers, 2));
    rig_hear(&rig, 20);
    CHECK_EQ(rig.workers[0].aborted, 2);
    CHECK_EQ(rig.workers[1].aborted, 1);
    /* The one that was open said so as well. */
    CHECK_EQ(rig.workers[0].discarded, 1);
    rig.workers[0].discarded = 0;
    rig.workers[1].discarded = 0;
    CHECK(take_snapshot(&rig, 2, &by_sender));
    rig_stop(&rig);
}

/* Orders that are cut short, of no kind, or said twice. */
static void test_orders_that_make_no_sense(void)
{
    struct rig_config config = {
        .process = &holder, .algorithm = "chandy-lamport", .count = 2};
    static const uint8_t zeros[CUT_MARKER_SIZE - 1] = {0};
    struct rig rig;
    int by_sender = 0;

    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    for (unsigned kind = 1; kind <= CUT_FRAME_CONTROL_LAST; kind++) {
        if (kind == CUT_TALK_STOP)
            continue;
        rig_order(&rig, 0, (uint8_t)kind, zeros, kind % sizeof zeros);
        rig_order(&rig, 0, (uint8_t)kind, NULL, 0);
    }
    rig_start(&rig, 0);
    rig_hear(&rig, 20);
    CHECK_EQ(rig.workers[0].aborted, 0);
    CHECK_EQ(rig.workers[0].part_count, 0);
    for (uint64_t n = 0; n < 3; n++)
        CHECK(take_snapshot(&rig, n, &by_sender));
    say_failures(&rig);
    rig_stop(&rig);
}

/* A worker does not outlive its supervisor. */
static void test_supervisor_goes(void)
{
    struct rig_config config = {
        .process = &holder, .algorithm = "chandy-lamport", .count = 2};
    struct rig rig;

    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    rig_hear(&rig, 10);
    rig_close(&rig);
    CHECK_EQ(rig.workers[0].status, 2);
    CHECK_EQ(rig.workers[1].status, 2);
}

/* --- programs that go wrong ----------------------------------------------- */

static void fail(void *state, struct cut_context *context, uint32_t which)
{
    (void)state;
    (void)which;
    cut_fail(context, "has had %s", "enough");
}

static enum cut_error refuse(void *state, struct cut_context *context)
{
    (void)state;
    cut_fail(context, "does not want to");
    return CUT_INVALID;
}

static void save_nonsense(const void *state, struct cut_writer *out)
{
    (void)state;
    cut_json_end_object(out);
}

static void show_nothing(const void *data, size_t size, struct cut_writer *out)
{
    (void)size;
    cut_json_integer(out, *(const uint8_t *)data);
}

static void check_failure(const struct cut_process *process,
                          bool asks,
                          int status,
                          const char *why)
{
    struct rig_config config = {
        .process = process, .algorithm = "chandy-lamport", .count = 2};
    struct rig rig;

    rig_open(&rig, &config);
    if (!rig_has_failed(&rig)) {
        CHECK(rig_begin(&rig));
        if (asks)
            rig_order_id(&rig, 0, CUT_TALK_REQUEST, 0);
        CHECK(rig_await(&rig, rig_any_failed, 0));
    }
    const struct rig_worker *failed =
        &rig.workers[rig.workers[0].failed[0] == '\0'];
    CHECK_STR(failed->failed, why);
    rig_close(&rig);
    CHECK_EQ(failed->status, status);
}

static void test_programs_that_fail(void)
{
    static const struct cut_process tired = {
        .name = "tired", .state_size = 8, .start = slow_start, .timer = fail};
    static const struct cut_process unwilling = {
        .name = "unwilling", .state_size = 8, .create = refuse};
    static const struct cut_process unclear = {.name = "unclear",
                                               .state_size = 8,
                                               .save = save_nonsense,
                                               .show_state = show_nothing};

    check_failure(&tired, false, 1, "has had enough");
    check_failure(&unwilling, false, 1, "does not want to");
    check_failure(&unclear, true, 1, "saves what is not JSON");
}

static atomic_uint printed;

static void chatter(void *state, struct cut_context *context, uint32_t which)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        cut_print(context, "%0*d", 500, 1);
    printed += 100;
    cut_timer_set(context, which, 0);
}

static bool has_printed(const struct rig *rig, uint64_t count)
{
    return rig->workers[0].printed >= count;
}

/* Who prints more than is read waits, and goes on when it is. */
static void test_print_is_held(void)
{
    static const struct cut_process talker = {.name = "talker",
                                              .state_size = 8,
                                              .start = slow_start,
                                              .timer = chatter};
    struct rig_config config = {
        .process = &talker, .algorithm = "chandy-lamport", .count = 1};
    struct rig rig;

    printed = 0;
    rig_open(&rig, &config);
    CHECK(rig_begin(&rig));
    unsigned before;
    unsigned turns = 0;
    do {
        before = printed;
        usleep(100000);
    } while (printed != before && ++turns < 100);
    CHECK(printed > 0 && printed == before);
    CHECK((uint64_t)printed * 500 < 2 * (uint64_t)CUT_UNHEARD_MAX);
    CHECK(rig_await(&rig, has_printed, before + 1000));
    rig_stop(&rig);
}

/* --- a peer by itself ----------------------------------------------------- */

/* What no peer ever acknowledges ends with a word, not with an assertion. */
static void test_markers_without_end(void)
{
    static const char *const names[] = {"a", "b"};
    struct cut_worker_config config = {.names = names,
                                       .capacity = 1,
                                       .capacity_bytes = 1,
                                       .silence = UINT64_MAX};
    struct cut_worker worker = {.config = &config};
    struct cut_record_marker marker = {.sent = 1};
    struct cut_peer *peer = calloc(1, sizeof *peer);
    unsigned count = 0;

    if (peer == NULL)
        exit(1);
    cut_peer_init(peer, &worker, 1);
    while (!worker.is_stopping && count < (CUT_FRAME_BODY_MAX / 16)) {
        if (cut_peer_mark(peer, &marker) != CUT_OK)
            exit(1);
        count++;
    }
    CHECK_EQ(worker.status, 2);
    CHECK_EQ(count, CUT_FRAME_BODY_MAX / 32 + 1);
    CHECK(peer->open.size <= CUT_FRAME_HEADER_SIZE + CUT_FRAME_BODY_MAX);
    cut_peer_fini(peer);
    free(peer);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    RUN(test_algorithms);
    RUN(test_connections_break);
    RUN(test_event_is_in_no_cut);
    RUN(test_stopped_before_it_starts);
    RUN(test_aborts_are_answered);
    RUN(test_orders_that_make_no_sense);
    RUN(test_supervisor_goes);
    RUN(test_programs_that_fail);
    RUN(test_print_is_held);
    RUN(test_markers_without_end);
    return check_end();
}
