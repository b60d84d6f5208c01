/*
 * The judge: each rule is broken, one by one, and seen to be; and in random
 * runs every cut is judged as the definition, read word by word, would.
 */
#include "check.h"
#include "fault/fail_each.h"

#include <cutline/judge.h>

#include <stdlib.h>

/* --- traces -------------------------------------------------------------- */

#define SNAPSHOT 7

static struct cut_trace *make(uint32_t process_count)
{
    struct cut_trace *trace = NULL;

    if (!CHECK_EQ(cut_trace_create(process_count, NULL, &trace), CUT_OK))
        abort();
    return trace;
}

static void add(struct cut_trace *trace, struct cut_trace_record record)
{
    if (!CHECK_EQ(cut_trace_add(trace, &record), CUT_OK))
        abort();
}

/* The ends of the messages of a trace that is being written. */
struct ends {
    uint32_t sender[64];
    uint32_t receiver[64];
    uint64_t count;
};

static struct cut_trace_record parse(const char *word, struct ends *ends)
{
    struct cut_trace_record record = {.snapshot = SNAPSHOT};
    uint32_t number = (uint32_t)strtoul(word + 1, NULL, 10);
    const char *colon = strchr(word, ':');

    record.process = number;
    switch (word[0]) {
    case 'C':
        record.kind = CUT_TRACE_CAPTURE;
        break;
    case 'F':
        record.kind = CUT_TRACE_COMPLETE;
        break;
    case 'J':
        record.kind = CUT_TRACE_JOIN;
        break;
    case 'L':
        record.kind = CUT_TRACE_LEAVE;
        break;
    case 'X':
        record.kind = CUT_TRACE_ABORT;
        break;
    case '+':
        record.kind = CUT_TRACE_DELIVER;
        record.message = number;
        record.process = ends->receiver[number];
        record.peer = ends->sender[number];
        break;
    case 'R':
        record.kind = CUT_TRACE_RECORD;
        record.message = strtoul(colon + 1, NULL, 10);
        record.peer = ends->sender[record.message];
        break;
    default:
        record.kind = CUT_TRACE_SEND;
        record.message = ends->count++;
        record.process = (uint32_t)(word[0] - '0');
        record.peer = (uint32_t)(word[2] - '0');
        ends->sender[record.message] = record.process;
        ends->receiver[record.message] = record.peer;
    }
    return record;
}

/*
 * Make a trace of words, each a record:
 *
 *     0>1    process 0 sends the next message (0, 1, ...) to process 1
 *     +4     message 4 is delivered
 *     C0     process 0 captures
 *     R1:4   process 1 records message 4
 *     F0     process 0 has finished: its part is complete
 *     X      the snapshot is aborted
 *     J0     process 0 joins
 *     L0     process 0 leaves
 */
static struct cut_trace *make_of(uint32_t process_count, const char *words)
{
    struct cut_trace *trace = make(process_count);
    struct ends ends = {.count = 0};
    char *copy = strdup(words);
    char *rest = NULL;

    for (char *word = strtok_r(copy, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        add(trace, parse(word, &ends));
    free(copy);
    return trace;
}

static struct cut_verdict
judge_as(uint32_t process_count, const char *words, bool is_fifo)
{
    struct cut_trace *trace = make_of(process_count, words);
    struct cut_verdict verdict = {.message = 12345};

    CHECK_EQ(cut_judge(trace, SNAPSHOT, is_fifo, NULL, &verdict), CUT_OK);
    cut_trace_destroy(trace);
    return verdict;
}

static struct cut_verdict judge(uint32_t process_count, const char *words)
{
    return judge_as(process_count, words, true);
}

/* Check a verdict without a message. */
static void
expect(uint32_t process_count, const char *words, enum cut_verdict_kind kind)
{
    struct cut_verdict verdict = judge(process_count, words);

    if (!CHECK_EQ(verdict.kind, kind))
        printf("# %s\n", words);
    CHECK_EQ(verdict.message, UINT64_MAX);
    CHECK_EQ(verdict.sender, UINT32_MAX);
    CHECK_EQ(verdict.receiver, UINT32_MAX);
    CHECK_EQ(verdict.sent_at, UINT64_MAX);
    CHECK_EQ(verdict.delivered_at, UINT64_MAX);
    CHECK_EQ(verdict.sender_capture_at, UINT64_MAX);
    CHECK_EQ(verdict.receiver_capture_at, UINT64_MAX);
}

static void expect_message(uint32_t process_count,
                           const char *words,
                           enum cut_verdict_kind kind,
                           uint64_t message)
{
    struct cut_verdict verdict = judge(process_count, words);

    if (!CHECK_EQ(verdict.kind, kind) || !CHECK_EQ(verdict.message, message))
        printf("# %s\n", words);
    CHECK_EQ(verdict.process, UINT32_MAX);
}

/* --- the rules ----------------------------------------------------------- */

static void test_trace_keeps_what_happened(void)
{
    struct cut_trace *trace = make(2);

    for (uint64_t i = 0; i < 1000; i++) {
        struct cut_trace_record record = {
            .kind = CUT_TRACE_SEND,
            .process = 1,
            .message = i,
            .now = 2 * i,
        };
        CHECK_EQ(cut_trace_count(trace), i);
        add(trace, record);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        struct cut_trace_record record = cut_trace_at(trace, i);
        CHECK_EQ(record.process, 1);
        CHECK_EQ(record.message, i);
        CHECK_EQ(record.now, 2 * i);
    }
    cut_trace_destroy(trace);
    cut_trace_destroy(NULL);
}

static void test_nothing_happened(void)
{
    expect(2, "C0 C1 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(1, "C0 F0", CUT_VERDICT_CONSISTENT);
    expect(0, "", CUT_VERDICT_CONSISTENT);
}

/* Before, across and behind the cut. */
static void test_consistent(void)
{
    expect(2,
           "0>1 +0 1>0 0>1 C0 0>1 C1 +1 R0:1 +2 R1:2 +3 F0 F1",
           CUT_VERDICT_CONSISTENT);
    struct cut_verdict verdict =
        judge(2, "0>1 +0 1>0 0>1 C0 0>1 C1 +1 R0:1 +2 R1:2 +3 F0 F1");
    CHECK_EQ(verdict.recorded_count, 2);
    CHECK_EQ(verdict.crossing_count, 2);
}

/* What its sender overtook with a marker, it records itself. */
static void test_recorded_by_the_sender(void)
{
    expect(2, "0>1 0>1 C0 R0:0 R0:1 C1 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "0>1 0>1 C0 R0:1 C1 +0 R1:0 F0 F1", CUT_VERDICT_CONSISTENT);
}

static void test_orphan(void)
{
    struct cut_verdict verdict = judge(2, "0>1 +0 C0 0>1 0>1 +1 +2 C1 F0 F1");

    CHECK_EQ(verdict.kind, CUT_VERDICT_ORPHAN);
    CHECK_EQ(verdict.message, 1);
    CHECK_EQ(verdict.sender, 0);
    CHECK_EQ(verdict.receiver, 1);
    CHECK_EQ(verdict.process, UINT32_MAX);
    CHECK_EQ(verdict.sent_at, 3);
    CHECK_EQ(verdict.delivered_at, 5);
    CHECK_EQ(verdict.sender_capture_at, 2);
    CHECK_EQ(verdict.receiver_capture_at, 7);
    CHECK_EQ(verdict.recorded_count, 0);
    CHECK_EQ(verdict.crossing_count, 0);
}

static void test_missing(void)
{
    struct cut_verdict verdict =
        judge(2, "0>1 1>0 0>1 C0 C1 +0 R1:0 +1 +2 F0 F1");

    CHECK_EQ(verdict.kind, CUT_VERDICT_MISSING);
    CHECK_EQ(verdict.message, 1);
    CHECK_EQ(verdict.sender, 1);
    CHECK_EQ(verdict.receiver, 0);
    CHECK_EQ(verdict.sent_at, 1);
    CHECK_EQ(verdict.delivered_at, 7);
    CHECK_EQ(verdict.sender_capture_at, 4);
    CHECK_EQ(verdict.receiver_capture_at, 3);
    CHECK_EQ(verdict.recorded_count, 1);
    CHECK_EQ(verdict.crossing_count, 3);
}

static void test_lost_message_crosses_every_later_cut(void)
{
    struct cut_verdict verdict = judge(2, "0>1 C0 C1 F0 F1");

    CHECK_EQ(verdict.kind, CUT_VERDICT_MISSING);
    CHECK_EQ(verdict.delivered_at, UINT64_MAX);
    expect(2, "0>1 C0 C1 R1:0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "C0 0>1 C1 F0 F1", CUT_VERDICT_CONSISTENT);
}

static void test_extra(void)
{
    /* sent after the sender's point */
    expect_message(2, "C0 0>1 C1 +0 R1:0 F0 F1", CUT_VERDICT_EXTRA, 0);
    /* delivered before the receiver's */
    expect_message(2, "0>1 +0 C0 C1 R1:0 F0 F1", CUT_VERDICT_EXTRA, 0);
    /* twice by one */
    expect_message(
        2, "0>1 0>1 C0 C1 R1:0 R1:1 R1:1 F0 F1", CUT_VERDICT_EXTRA, 1);
    /* by both */
    expect_message(2, "0>1 C0 R0:0 C1 R1:0 F0 F1", CUT_VERDICT_EXTRA, 0);
    CHECK_EQ(judge(2, "0>1 C0 R0:0 C1 R1:0 F0 F1").recorded_count, 2);
    CHECK_EQ(judge(2, "0>1 C0 R0:0 C1 R1:0 F0 F1").crossing_count, 1);
}

static void test_order(void)
{
    /* of two, and of three: all that stand before a lower one are wrong */
    expect_message(2, "0>1 0>1 C0 C1 R1:1 R1:0 F0 F1", CUT_VERDICT_ORDER, 1);
    expect_message(
        2, "0>1 0>1 0>1 C0 C1 R1:2 R1:1 R1:0 F0 F1", CUT_VERDICT_ORDER, 1);
    expect_message(
        2, "0>1 0>1 0>1 C0 C1 R1:2 R1:0 R1:1 F0 F1", CUT_VERDICT_ORDER, 2);
    /* in what the sender recorded */
    expect_message(2, "0>1 0>1 C0 R0:1 R0:0 C1 F0 F1", CUT_VERDICT_ORDER, 1);
    /* what the sender recorded stands behind what the receiver did */
    expect_message(2, "0>1 0>1 C0 R0:0 C1 R1:1 F0 F1", CUT_VERDICT_ORDER, 1);
    struct cut_verdict verdict =
        judge_as(2, "0>1 0>1 C0 C1 R1:1 R1:0 F0 F1", false);
    CHECK_EQ(verdict.kind, CUT_VERDICT_CONSISTENT);
}

/* Between channels there is no order: of two senders, of two receivers, and of
 * the two ways between two processes. */
static void test_order_is_by_channel(void)
{
    expect(3, "0>2 1>2 C0 C1 C2 R2:1 R2:0 F0 F1 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "0>1 0>2 C0 R0:1 R0:0 C1 C2 F0 F1 F2", CUT_VERDICT_CONSISTENT);
    expect(2, "0>1 1>0 C0 R0:1 C1 R1:0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "0>1 1>0 C1 R1:1 C0 R0:0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect_message(3,
                   "0>2 1>2 0>2 1>2 C0 C1 C2 R2:0 R2:3 R2:2 R2:1 F0 F1 F2",
                   CUT_VERDICT_ORDER,
                   3);
}

static void test_incomplete(void)
{
    CHECK_EQ(judge(3, "C0 C1 C2 F0 F1").process, 2);
    CHECK_EQ(judge(3, "C0 C2 F0 F2").process, 1);
    CHECK_EQ(judge(3, "").process, 0);
    expect(3, "C0 C1 C2 F0 F1", CUT_VERDICT_INCOMPLETE);
    expect(3, "C0 C2 F0 F2", CUT_VERDICT_INCOMPLETE);
    expect(3, "", CUT_VERDICT_INCOMPLETE);
    expect(2, "C0 0>1 +0 C1 F0", CUT_VERDICT_INCOMPLETE);
    CHECK_EQ(judge(2, "0>1 C0 C1 R1:0 F0").recorded_count, 0);
    /* complete without a capture is not complete */
    expect(2, "C0 F0 F1", CUT_VERDICT_INCOMPLETE);
}

static void test_aborted(void)
{
    expect(2, "C0 X", CUT_VERDICT_ABORTED);
    expect(2, "C0 C1 F0 F1 X", CUT_VERDICT_ABORTED);
    expect(2, "C0 0>1 +0 C1 X", CUT_VERDICT_ABORTED);
}

/* The worst, even if the others are of earlier messages. */
static void test_worst_first(void)
{
    expect_message(
        2, "0>1 +0 0>1 C0 0>1 +2 C1 R1:0 F0 F1", CUT_VERDICT_ORPHAN, 2);
    expect_message(2, "0>1 +0 0>1 C0 C1 R1:0 +1 F0 F1", CUT_VERDICT_MISSING, 1);
    expect_message(
        2, "0>1 0>1 0>1 +2 C0 C1 R1:1 R1:0 R1:2 F0 F1", CUT_VERDICT_EXTRA, 2);
}

/* The first delivery counts, and the others are nobody's. */
static void test_duplicates(void)
{
    expect(2, "0>1 +0 C0 C1 +0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "0>1 C0 C1 +0 R1:0 +0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "C0 0>1 C1 +0 +0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect_message(2, "C0 0>1 +0 C1 +0 F0 F1", CUT_VERDICT_ORPHAN, 0);
    expect_message(2, "0>1 +0 C0 C1 +0 R1:0 F0 F1", CUT_VERDICT_EXTRA, 0);
}

static void test_recorded_after_completion_is_not_recorded(void)
{
    struct cut_verdict verdict = judge(2, "0>1 C0 C1 F0 F1 R1:0 R0:0");

    CHECK_EQ(verdict.kind, CUT_VERDICT_MISSING);
    CHECK_EQ(verdict.recorded_count, 0);
    expect(2, "0>1 C0 R0:0 C1 F0 R0:0 F1", CUT_VERDICT_CONSISTENT);
}

/* A process may send to itself. */
static void test_loop(void)
{
    expect(1, "0>0 0>0 +0 C0 +1 R0:1 0>0 +2 F0", CUT_VERDICT_CONSISTENT);
    expect_message(1, "0>0 C0 +0 F0", CUT_VERDICT_MISSING, 0);
    expect_message(1, "0>0 0>0 C0 R0:1 R0:0 F0", CUT_VERDICT_ORDER, 1);
}

static void test_members(void)
{
    /* who has left is not waited for, who has come is */
    expect(3, "L1 C0 C2 F0 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "L1 J1 C0 C2 F0 F2", CUT_VERDICT_INCOMPLETE);
    CHECK_EQ(judge(3, "L0 L1").process, 2);
    expect(2, "L0 L1", CUT_VERDICT_CONSISTENT);
    /* but who comes or goes when it has begun makes no difference */
    expect(3, "L1 C0 J1 C2 F0 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "C0 L1 C2 F0 F2", CUT_VERDICT_INCOMPLETE);
    CHECK_EQ(judge(3, "C0 L1 C2 F0 F2").process, 1);
    expect(3, "C0 C1 L1 C2 F0 F1 F2", CUT_VERDICT_CONSISTENT);
    /* what it captures is nobody's */
    expect(3, "L1 C0 C1 C1 C2 F0 F1 F1 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "L1 L1 J1 J1 C0 C1 C2 F0 F1 F2", CUT_VERDICT_CONSISTENT);
}

/* The channels are those between members. */
static void test_messages_of_others(void)
{
    expect(3, "0>1 1>0 L1 C0 C2 F0 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "1>0 L1 C0 C2 +0 F0 F2", CUT_VERDICT_CONSISTENT);
    expect(3, "L1 C0 1>2 +0 C2 F0 F2", CUT_VERDICT_CONSISTENT);
    expect_message(3, "1>0 L1 C0 C2 +0 R0:0 F0 F2", CUT_VERDICT_EXTRA, 0);
    expect_message(3, "0>1 L1 C0 C2 R1:0 F0 F2", CUT_VERDICT_EXTRA, 0);
    expect_message(3, "0>1 L1 C0 F1 R1:0 C2 F0 F2", CUT_VERDICT_EXTRA, 0);
    expect_message(3, "L1 0>2 C0 C2 F0 F2", CUT_VERDICT_MISSING, 0);
}

/* Sent while one of the ends was none: it crosses if it arrives some time. */
static void test_messages_from_before(void)
{
    expect(2, "L1 0>1 J1 C0 C1 F0 F1", CUT_VERDICT_CONSISTENT);
    expect_message(2, "L1 0>1 J1 C0 C1 +0 F0 F1", CUT_VERDICT_MISSING, 0);
    expect(2, "L1 0>1 J1 C0 C1 +0 R1:0 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "L1 0>1 J1 +0 C0 C1 F0 F1", CUT_VERDICT_CONSISTENT);
    expect(2, "1>0 L1 J1 C0 C1 F0 F1", CUT_VERDICT_CONSISTENT);
    expect_message(2, "1>0 L1 J1 C0 C1 R0:0 F0 F1", CUT_VERDICT_EXTRA, 0);
    expect_message(2, "L1 J1 0>1 C0 C1 F0 F1", CUT_VERDICT_MISSING, 0);
    expect_message(2, "L1 J1 1>0 C0 C1 F0 F1", CUT_VERDICT_MISSING, 0);
    /* who comes back when it has begun is not new to it */
    expect_message(2, "0>1 C0 L1 J1 C1 F0 F1", CUT_VERDICT_MISSING, 0);
}

/* What belongs to another snapshot has no say. */
static void test_other_snapshots(void)
{
    static const uint8_t kinds[] = {
        CUT_TRACE_CAPTURE,
        CUT_TRACE_CAPTURE,
        CUT_TRACE_RECORD,
        CUT_TRACE_RECORD,
        CUT_TRACE_COMPLETE,
        CUT_TRACE_COMPLETE,
        CUT_TRACE_ABORT,
    };
    struct cut_trace *trace = make_of(2, "0>1 C0 C1 R1:0 +0");
    struct cut_verdict verdict;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add(trace,
            (struct cut_trace_record){
                .kind = kinds[i], .process = 1, .snapshot = SNAPSHOT + 1});
    for (uint32_t p = 0; p < 2; p++)
        add(trace,
            (struct cut_trace_record){.kind = CUT_TRACE_COMPLETE,
                                      .process = p,
                                      .snapshot = SNAPSHOT});
    CHECK_EQ(cut_judge(trace, SNAPSHOT, true, NULL, &verdict), CUT_OK);
    CHECK_EQ(verdict.kind, CUT_VERDICT_CONSISTENT);
    CHECK_EQ(verdict.recorded_count, 1);
    CHECK_EQ(cut_judge(trace, SNAPSHOT + 2, true, NULL, &verdict), CUT_OK);
    CHECK_EQ(verdict.kind, CUT_VERDICT_INCOMPLETE);
    cut_trace_destroy(trace);
}

/* --- contradictions ------------------------------------------------------ */

static void test_contradictions(void)
{
    /* Each of them behind "0>1 C0", in a system of three. */
    static const struct cut_trace_record wrong[] = {
        /* numbers out of order, out of bounds */
        {.kind = CUT_TRACE_SEND, .message = 0, .peer = 1},
        {.kind = CUT_TRACE_SEND, .message = 2, .peer = 1},
        {.kind = CUT_TRACE_SEND, .message = 1, .peer = 3},
        {.kind = CUT_TRACE_SEND, .message = 1, .process = 3},
        {.kind = CUT_TRACE_CAPTURE, .process = 3, .snapshot = SNAPSHOT},
        {.kind = CUT_TRACE_COMPLETE, .process = 3, .snapshot = SNAPSHOT},
        {.kind = CUT_TRACE_RECORD, .process = 3, .snapshot = SNAPSHOT},
        {.kind = 8, .snapshot = SNAPSHOT},
        {.kind = CUT_TRACE_JOIN, .process = 3},
        {.kind = CUT_TRACE_LEAVE, .process = 3},
        {.kind = 255},
        /* delivered: what was not sent, to another, from another */
        {.kind = CUT_TRACE_DELIVER, .process = 1, .message = 1},
        {.kind = CUT_TRACE_DELIVER, .process = 1, .message = UINT64_MAX},
        {.kind = CUT_TRACE_DELIVER, .process = 2},
        {.kind = CUT_TRACE_DELIVER, .process = 1, .peer = 1},
        /* recorded: what was not sent, by a third, from another */
        {.kind = CUT_TRACE_RECORD,
         .process = 1,
         .message = 1,
         .snapshot = SNAPSHOT},
        {.kind = CUT_TRACE_RECORD, .process = 2, .snapshot = SNAPSHOT},
        {.kind = CUT_TRACE_RECORD,
         .process = 1,
         .peer = 1,
         .snapshot = SNAPSHOT},
        /* twice */
        {.kind = CUT_TRACE_CAPTURE, .process = 0, .snapshot = SNAPSHOT},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut_trace *trace = make_of(3, "0>1 C0");
        struct cut_verdict verdict = {.message = 12345};
        add(trace, wrong[i]);
        if (!CHECK_EQ(cut_judge(trace, SNAPSHOT, true, NULL, &verdict),
                      CUT_INVALID))
            printf("# case %zu\n", i);
        CHECK_EQ(verdict.message, 12345);
        cut_trace_destroy(trace);
    }
}

static void test_points_that_move(void)
{
    static const char *const wrong[] = {
        "C0 C0", "C0 F0 F0", "F1 C1", "C0 C1 F0 F1 C1"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut_trace *trace = make_of(2, wrong[i]);
        struct cut_verdict verdict;
        CHECK_EQ(cut_judge(trace, SNAPSHOT, true, NULL, &verdict), CUT_INVALID);
        cut_trace_destroy(trace);
    }
}

/* --- against the definition ---------------------------------------------- */

#define PROCESSES 3
#define EVENTS 9
#define MESSAGES EVENTS
#define RECORDS 24

/* A run: who sent and was given what, in which order. */
struct run {
    struct cut_trace_record events[EVENTS];
    size_t count;
    uint32_t sender[MESSAGES];
    uint32_t receiver[MESSAGES];
    size_t message_count;
};

/* A cut of it, by the number of events of each process before its point, and
 * what was recorded, in order, by whom. */
struct cut {
    size_t point[PROCESSES];
    size_t recorded[RECORDS];
    uint32_t by[RECORDS];
    size_t recorded_count;
};

static uint64_t random_state;

static size_t draw(size_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1;
    return (size_t)(random_state >> 33) % below;
}

/* A message may be delivered in any order, twice, or never. */
static void make_run(struct run *run)
{
    memset(run, 0, sizeof *run);
    size_t count = draw(EVENTS + 1);
    for (run->count = 0; run->count < count; run->count++) {
        struct cut_trace_record *event = &run->events[run->count];
        if (run->message_count == 0 || draw(2) == 0) {
            size_t m = run->message_count++;
            run->sender[m] = (uint32_t)draw(PROCESSES);
            run->receiver[m] = (uint32_t)draw(PROCESSES);
            *event = (struct cut_trace_record){
                .kind = CUT_TRACE_SEND,
                .process = run->sender[m],
                .peer = run->receiver[m],
                .message = m,
            };
        } else {
            size_t m = draw(run->message_count);
            *event = (struct cut_trace_record){
                .kind = CUT_TRACE_DELIVER,
                .process = run->receiver[m],
                .peer = run->sender[m],
                .message = m,
            };
        }
    }
}

/* Whether a message was sent, or delivered, by the process's point. */
static bool is_before(const struct run *run,
                      const struct cut *cut,
                      enum cut_trace_kind kind,
                      size_t message)
{
    size_t passed[PROCESSES] = {0};

    for (size_t i = 0; i < run->count; i++) {
        const struct cut_trace_record *event = &run->events[i];
        if (passed[event->process]++ < cut->point[event->process] &&
            event->kind == (uint8_t)kind && event->message == message)
            return true;
    }
    return false;
}

static bool crosses(const struct run *run, const struct cut *cut, size_t m)
{
    return is_before(run, cut, CUT_TRACE_SEND, m) &&
           !is_before(run, cut, CUT_TRACE_DELIVER, m);
}

static size_t times_recorded(const struct cut *cut, size_t message)
{
    size_t times = 0;

    for (size_t i = 0; i < cut->recorded_count; i++)
        times += cut->recorded[i] == message;
    return times;
}

/* Whether i stands behind j in the state of their channel. */
static bool
is_behind(const struct run *run, const struct cut *cut, size_t i, size_t j)
{
    bool i_by_receiver = cut->by[i] == run->receiver[cut->recorded[i]];
    bool j_by_receiver = cut->by[j] == run->receiver[cut->recorded[j]];

    if (i_by_receiver != j_by_receiver)
        return j_by_receiver;
    return i > j;
}

static bool
is_out_of_order(const struct run *run, const struct cut *cut, size_t message)
{
    for (size_t j = 0; j < cut->recorded_count; j++)
        for (size_t i = 0; i < cut->recorded_count; i++) {
            size_t later = cut->recorded[i];
            if (cut->recorded[j] == message && later < message &&
                run->sender[later] == run->sender[message] &&
                run->receiver[later] == run->receiver[message] &&
                is_behind(run, cut, i, j))
                return true;
        }
    return false;
}

static bool is_wrong(const struct run *run,
                     const struct cut *cut,
                     enum cut_verdict_kind kind,
                     size_t m)
{
    size_t times = times_recorded(cut, m);

    switch ((int)kind) {
    case CUT_VERDICT_ORPHAN:
        return !is_before(run, cut, CUT_TRACE_SEND, m) &&
               is_before(run, cut, CUT_TRACE_DELIVER, m);
    case CUT_VERDICT_MISSING:
        return crosses(run, cut, m) && times == 0;
    case CUT_VERDICT_EXTRA:
        return times > 1 || (times == 1 && !crosses(run, cut, m));
    case CUT_VERDICT_ORDER:
        return is_out_of_order(run, cut, m);
    default:
        return false;
    }
}

/* The definition, word by word: kind and message. */
static enum cut_verdict_kind define(const struct run *run,
                                    const struct cut *cut,
                                    bool is_fifo,
                                    uint64_t *message)
{
    static const enum cut_verdict_kind kinds[] = {
        CUT_VERDICT_ORPHAN,
        CUT_VERDICT_MISSING,
        CUT_VERDICT_EXTRA,
        CUT_VERDICT_ORDER,
    };

    for (size_t k = 0; k < (is_fifo ? 4 : 3); k++)
        for (size_t m = 0; m < run->message_count; m++)
            if (is_wrong(run, cut, kinds[k], m)) {
                *message = m;
                return kinds[k];
            }
    *message = UINT64_MAX;
    return CUT_VERDICT_CONSISTENT;
}

/* Write the run with the captures at the cut's points, and what was recorded
 * behind it. */
static struct cut_trace *write_trace(const struct run *run,
                                     const struct cut *cut)
{
    struct cut_trace *trace = make(PROCESSES);
    size_t passed[PROCESSES] = {0};
    struct cut_trace_record record = {.snapshot = SNAPSHOT};

    record.kind = CUT_TRACE_CAPTURE;
    for (record.process = 0; record.process < PROCESSES; record.process++)
        if (cut->point[record.process] == 0)
            add(trace, record);
    for (size_t i = 0; i < run->count; i++) {
        record.process = run->events[i].process;
        add(trace, run->events[i]);
        if (++passed[record.process] == cut->point[record.process])
            add(trace, record);
    }
    record.kind = CUT_TRACE_RECORD;
    for (size_t i = 0; i < cut->recorded_count; i++) {
        record.process = cut->by[i];
        record.message = cut->recorded[i];
        record.peer = run->sender[record.message];
        add(trace, record);
    }
    record.kind = CUT_TRACE_COMPLETE;
    for (record.process = 0; record.process < PROCESSES; record.process++)
        add(trace, record);
    return trace;
}

static void record_one(const struct run *run, struct cut *cut, size_t message)
{
    size_t i = cut->recorded_count++;

    cut->recorded[i] = message;
    cut->by[i] = draw(4) == 0 ? run->sender[message] : run->receiver[message];
}

/* Record what crosses the cut, and perhaps not just that, in order or not. */
static void
record_some(const struct run *run, struct cut *cut, unsigned mistake)
{
    cut->recorded_count = 0;
    for (size_t m = 0; m < run->message_count; m++)
        if (crosses(run, cut, m) && (mistake != 1 || draw(4) != 0))
            record_one(run, cut, m);
    if (mistake == 2 && run->message_count > 0)
        record_one(run, cut, draw(run->message_count));
    for (size_t i = 0; mistake == 3 && i < cut->recorded_count; i++) {
        size_t j = draw(cut->recorded_count);
        size_t message = cut->recorded[i];
        uint32_t by = cut->by[i];
        cut->recorded[i] = cut->recorded[j];
        cut->by[i] = cut->by[j];
        cut->recorded[j] = message;
        cut->by[j] = by;
    }
}

static unsigned verdicts_seen[CUT_VERDICT_ABORTED + 1];

static bool compare(const struct run *run, const struct cut *cut, bool is_fifo)
{
    struct cut_trace *trace = write_trace(run, cut);
    struct cut_verdict verdict = {.message = 12345};
    uint64_t message;
    uint64_t crossing_count = 0;
    enum cut_verdict_kind kind = define(run, cut, is_fifo, &message);

    for (size_t m = 0; m < run->message_count; m++)
        crossing_count += crosses(run, cut, m);
    CHECK_EQ(cut_judge(trace, SNAPSHOT, is_fifo, NULL, &verdict), CUT_OK);
    bool is_same = CHECK_EQ(verdict.kind, kind) &&
                   CHECK_EQ(verdict.message, message) &&
                   CHECK_EQ(verdict.crossing_count, crossing_count) &&
                   CHECK_EQ(verdict.recorded_count, cut->recorded_count);
    cut_trace_destroy(trace);
    verdicts_seen[kind]++;
    return is_same;
}

/* Go to the next cut, as if counting. Returns whether there is one. */
static bool next_cut(const size_t count[PROCESSES], struct cut *cut)
{
    for (uint32_t p = 0; p < PROCESSES; p++) {
        if (cut->point[p]++ < count[p])
            return true;
        cut->point[p] = 0;
    }
    return false;
}

/* All cuts of a run, consistent or not, with and without mistakes. */
static bool compare_all(const struct run *run)
{
    struct cut cut = {.recorded_count = 0};
    size_t count[PROCESSES] = {0};

    for (size_t i = 0; i < run->count; i++)
        count[run->events[i].process]++;
    do
        for (unsigned mistake = 0; mistake < 4; mistake++) {
            record_some(run, &cut, mistake);
            if (!compare(run, &cut, true) || !compare(run, &cut, false))
                return false;
        }
    while (next_cut(count, &cut));
    return true;
}

static void test_every_cut_of_random_runs(void)
{
    random_state = 1;
    for (unsigned i = 0; i < 1500; i++) {
        struct run run;
        make_run(&run);
        if (!compare_all(&run)) {
            printf("# run %u\n", i);
            return;
        }
    }
    for (unsigned kind = 0; kind <= CUT_VERDICT_ORDER; kind++)
        CHECK(verdicts_seen[kind] > 100);
}

/* --- size ---------------------------------------------------------------- */

/*
 * A million records; quadratic time anywhere would be seen. All messages cross
 * the cut, so that all of them are recorded and put in order.
 */
static void test_a_million_records(void)
{
    enum { COUNT = 500000, RING = 1000 };
    struct cut_trace *trace = make(RING);
    struct cut_verdict verdict;
    struct cut_trace_record record = {.snapshot = SNAPSHOT};

    for (uint32_t i = 0; i < COUNT; i++) {
        record.kind = CUT_TRACE_SEND;
        record.message = i;
        record.process = i % RING;
        record.peer = (i / 7) % RING;
        add(trace, record);
    }
    for (record.process = 0; record.process < RING; record.process++) {
        record.kind = CUT_TRACE_CAPTURE;
        add(trace, record);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        record.kind = CUT_TRACE_RECORD;
        record.message = i;
        record.process = (i / 7) % RING;
        record.peer = i % RING;
        add(trace, record);
    }
    for (record.process = 0; record.process < RING; record.process++) {
        record.kind = CUT_TRACE_COMPLETE;
        add(trace, record);
    }
    CHECK_EQ(cut_judge(trace, SNAPSHOT, true, NULL, &verdict), CUT_OK);
    CHECK_EQ(verdict.kind, CUT_VERDICT_CONSISTENT);
    CHECK_EQ(verdict.crossing_count, COUNT);
    CHECK_EQ(verdict.recorded_count, COUNT);
    cut_trace_destroy(trace);
}

/* --- no memory ----------------------------------------------------------- */

static enum cut_error run_trace(struct failing_allocator *failing)
{
    struct cut_trace *trace = UNTOUCHED;
    struct cut_trace_record record = {.kind = CUT_TRACE_SEND};
    enum cut_error error = cut_trace_create(1, &failing->allocator, &trace);

    if (error != CUT_OK) {
        CHECK(trace == UNTOUCHED);
        return error;
    }
    for (uint64_t i = 0; i < 100 && error == CUT_OK; i++) {
        record.message = i;
        error = cut_trace_add(trace, &record);
        CHECK_EQ(cut_trace_count(trace), error == CUT_OK ? i + 1 : i);
    }
    cut_trace_destroy(trace);
    return error;
}

static enum cut_error run_judge(struct failing_allocator *failing)
{
    struct cut_trace *trace = make_of(2, "0>1 C0 C1 R1:0 F0 F1");
    struct cut_verdict verdict = {.message = 12345};
    enum cut_error error =
        cut_judge(trace, SNAPSHOT, true, &failing->allocator, &verdict);

    CHECK_EQ(verdict.message, error == CUT_OK ? UINT64_MAX : 12345);
    cut_trace_destroy(trace);
    return error;
}

static void test_every_allocation_fails(void)
{
    fail_all(run_trace, 4);
    fail_all(run_judge, 6);
}

int main(void)
{
    RUN(test_trace_keeps_what_happened);
    RUN(test_nothing_happened);
    RUN(test_consistent);
    RUN(test_recorded_by_the_sender);
    RUN(test_orphan);
    RUN(test_missing);
    RUN(test_lost_message_crosses_every_later_cut);
    RUN(test_extra);
    RUN(test_order);
    RUN(test_order_is_by_channel);
    RUN(test_incomplete);
    RUN(test_aborted);
    RUN(test_worst_first);
    RUN(test_duplicates);
    RUN(test_recorded_after_completion_is_not_recorded);
    RUN(test_loop);
    RUN(test_members);
    RUN(test_messages_of_others);
    RUN(test_messages_from_before);
    RUN(test_other_snapshots);
    RUN(test_contradictions);
    RUN(test_points_that_move);
    RUN(test_every_cut_of_random_runs);
    RUN(test_a_million_records);
    RUN(test_every_allocation_fails);
    return check_end();
}
