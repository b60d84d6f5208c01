/*
 * Random systems, simulated here, whose processes write trace segments: what is
 * read back is judged as the run itself is, whatever the clocks say; and when a
 * record is lost or changes its place, it is noticed.
 */
#include "check.h"

#include "store/trace_writer.h"

#include <cutline/trace.h>

#include <stdlib.h>
#include <unistd.h>

#define PROCESSES_MAX 5
#define SNAPSHOTS 4
#define RECORDS_MAX 2000
#define QUEUE_MAX 400
#define STEPS 150

/* --- chance -------------------------------------------------------------- */

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

/* --- a system ------------------------------------------------------------ */

/* What is in a channel: a message, or a marker. */
struct item {
    bool is_marker;
    uint32_t snapshot;
    uint64_t position;
    uint64_t number; /* of a message, in the run */
};

struct channel {
    struct item items[QUEUE_MAX];
    unsigned begin;
    unsigned end;
    uint64_t sent;
};

struct part {
    bool has_captured;
    bool is_complete;
    bool is_closed[PROCESSES_MAX]; /* no more is recorded of that channel */
};

struct process {
    struct cut_segment_record records[RECORDS_MAX];
    unsigned count;
    uint64_t sequence;
    uint64_t clock; /* what its clock is ahead by */
    struct part parts[SNAPSHOTS];
};

struct system {
    uint32_t count;
    bool is_fifo;
    bool forgets; /* to record, now and then: a mutated engine */
    bool captures_late;
    uint64_t chance;
    uint64_t now;
    uint64_t message_count;
    struct cut_trace *trace; /* what happened, directly */
    struct process processes[PROCESSES_MAX];
    struct channel channels[PROCESSES_MAX][PROCESSES_MAX];
};

/* Each process numbers its channels by the process at the other end, itself
 * left out; those in and those out alike. */
static uint32_t channel_of(uint32_t process, uint32_t peer)
{
    return peer - (peer > process);
}

static struct cut_segment_record *
append(struct system *system, uint32_t p, enum cut_segment_kind kind)
{
    struct process *process = &system->processes[p];
    struct cut_segment_record *record = &process->records[process->count++];

    if (process->count > RECORDS_MAX)
        abort();
    system->now++;
    process->sequence += cut_segment_begins_event(kind);
    *record = (struct cut_segment_record){
        .kind = kind,
        .sequence = process->sequence,
        .now = system->now + process->clock,
    };
    return record;
}

static void note(struct system *system, struct cut_trace_record record)
{
    record.now = system->now;
    if (cut_trace_add(system->trace, &record) != CUT_OK)
        abort();
}

static void put(struct channel *channel, struct item item)
{
    if (channel->end == QUEUE_MAX)
        abort();
    channel->items[channel->end++] = item;
}

static void send_some(struct system *system, uint32_t p)
{
    while (system->message_count < 250 && draw(&system->chance, 2) == 0) {
        uint32_t to = (uint32_t)draw(&system->chance, system->count);
        struct channel *channel = &system->channels[p][to];
        if (to == p)
            continue;
        struct cut_segment_record *record = append(system, p, CUT_SEGMENT_SEND);
        record->channel = channel_of(p, to);
        record->position = channel->sent++;
        note(system,
             (struct cut_trace_record){.kind = CUT_TRACE_SEND,
                                       .process = p,
                                       .peer = to,
                                       .message = system->message_count});
        put(channel,
            (struct item){.position = record->position,
                          .number = system->message_count++});
    }
}

static void mark(struct system *system,
                 uint32_t p,
                 uint32_t snapshot,
                 enum cut_segment_kind kind,
                 uint8_t trace_kind)
{
    append(system, p, kind)->snapshot =
        (struct cut_snapshot_id){0, 0, snapshot};
    note(system,
         (struct cut_trace_record){
             .kind = trace_kind, .process = p, .snapshot = snapshot});
}

static void complete_if(struct system *system, uint32_t p, uint32_t snapshot)
{
    struct part *part = &system->processes[p].parts[snapshot];

    for (uint32_t q = 0; q < system->count; q++)
        if (q != p && !part->is_closed[q])
            return;
    if (!part->is_complete)
        mark(system, p, snapshot, CUT_SEGMENT_COMPLETE, CUT_TRACE_COMPLETE);
    part->is_complete = true;
}

static void capture(struct system *system, uint32_t p, uint32_t snapshot)
{
    struct part *part = &system->processes[p].parts[snapshot];

    if (part->has_captured)
        return;
    part->has_captured = true;
    mark(system, p, snapshot, CUT_SEGMENT_CAPTURE, CUT_TRACE_CAPTURE);
    for (uint32_t q = 0; q < system->count; q++)
        if (q != p)
            put(&system->channels[p][q],
                (struct item){.is_marker = true, .snapshot = snapshot});
}

static void record_message(struct system *system,
                           uint32_t p,
                           uint32_t from,
                           const struct item *item)
{
    for (uint32_t s = 0; s < SNAPSHOTS; s++) {
        const struct part *part = &system->processes[p].parts[s];
        if (!part->has_captured || part->is_closed[from] ||
            (system->forgets && draw(&system->chance, 10) == 0))
            continue;
        struct cut_segment_record *record =
            append(system, p, CUT_SEGMENT_RECORD);
        record->channel = channel_of(p, from);
        record->position = item->position;
        record->snapshot = (struct cut_snapshot_id){0, 0, s};
        note(system,
             (struct cut_trace_record){.kind = CUT_TRACE_RECORD,
                                       .process = p,
                                       .peer = from,
                                       .message = item->number,
                                       .snapshot = s});
    }
}

static void receive(struct system *system,
                    uint32_t p,
                    uint32_t from,
                    const struct item *item)
{
    record_message(system, p, from, item);
    struct cut_segment_record *record = append(system, p, CUT_SEGMENT_RECEIVE);
    record->channel = channel_of(p, from);
    record->position = item->position;
    note(system,
         (struct cut_trace_record){.kind = CUT_TRACE_DELIVER,
                                   .process = p,
                                   .peer = from,
                                   .message = item->number});
    send_some(system, p);
}

/* Take the next item out of a channel that has one; where order does not matter
 * a message may overtake those before it, but no marker. */
static struct item take(struct system *system, struct channel *channel)
{
    unsigned at = channel->begin;

    if (!system->is_fifo && at + 1 < channel->end &&
        !channel->items[at].is_marker && !channel->items[at + 1].is_marker &&
        draw(&system->chance, 3) == 0)
        at++;
    struct item item = channel->items[at];
    if (at != channel->begin)
        channel->items[at] = channel->items[channel->begin];
    channel->begin++;
    return item;
}

/* Let something come out of a channel to p, if there is something. */
static void deliver(struct system *system, uint32_t p, uint32_t from)
{
    struct channel *channel = &system->channels[from][p];

    if (channel->begin == channel->end)
        return;
    struct item item = take(system, channel);
    if (!item.is_marker) {
        receive(system, p, from, &item);
        return;
    }
    /* A marker that is not heeded at once: what comes behind it was sent after
     * the cut. */
    if (system->captures_late && draw(&system->chance, 4) == 0 &&
        channel->begin < channel->end &&
        !channel->items[channel->begin].is_marker) {
        struct item next = take(system, channel);
        receive(system, p, from, &next);
    }
    capture(system, p, item.snapshot);
    system->processes[p].parts[item.snapshot].is_closed[from] = true;
    complete_if(system, p, item.snapshot);
}

static void step(struct system *system)
{
    uint32_t p = (uint32_t)draw(&system->chance, system->count);
    uint32_t q = (uint32_t)draw(&system->chance, system->count);
    uint64_t what = draw(&system->chance, 10);

    if (what == 0) {
        capture(system, p, (uint32_t)draw(&system->chance, SNAPSHOTS));
    } else if (what < 3) {
        append(system, p, CUT_SEGMENT_TIMER);
        send_some(system, p);
    } else if (p != q) {
        deliver(system, p, q);
    }
}

static void drain(struct system *system)
{
    bool is_empty;

    do {
        is_empty = true;
        for (uint32_t p = 0; p < system->count; p++)
            for (uint32_t q = 0; q < system->count; q++)
                if (system->channels[p][q].begin < system->channels[p][q].end) {
                    is_empty = false;
                    deliver(system, q, p);
                }
    } while (!is_empty);
}

static struct system *run_system(uint64_t seed, unsigned flaw)
{
    struct system *system = calloc(1, sizeof *system);

    if (system == NULL)
        abort();
    system->chance = seed;
    system->count = 2 + (uint32_t)draw(&system->chance, PROCESSES_MAX - 1);
    system->is_fifo = draw(&system->chance, 2) == 0;
    system->forgets = flaw == 1;
    system->captures_late = flaw == 2;
    if (cut_trace_create(system->count, NULL, &system->trace) != CUT_OK)
        abort();
    for (uint32_t p = 0; p < system->count; p++)
        append(system, p, CUT_SEGMENT_START);
    for (unsigned i = 0; i < STEPS; i++)
        step(system);
    for (uint32_t s = 0; s < SNAPSHOTS; s++)
        capture(system, (uint32_t)draw(&system->chance, system->count), s);
    drain(system);
    return system;
}

static void destroy_system(struct system *system)
{
    cut_trace_destroy(system->trace);
    free(system);
}

/* --- as segments --------------------------------------------------------- */

static char folder[] = "/tmp/trace_runs.XXXXXX";

static void write_segment(const struct system *system, uint32_t p)
{
    const struct process *process = &system->processes[p];
    struct cut_segment_channel channels[PROCESSES_MAX];
    struct cut_trace_writer *writer = NULL;
    char name[CUT_SEGMENT_NAME_SIZE];
    char path[128];
    uint32_t count = 0;

    for (uint32_t q = 0; q < system->count; q++)
        if (q != p)
            channels[count++] =
                (struct cut_segment_channel){q, system->is_fifo};
    const struct cut_segment_head head = {
        .process = p,
        .process_count = system->count,
        .outgoing_count = count,
        .incoming_count = count,
        .name = "p",
        .algorithm = "here",
        .outgoing = channels,
        .incoming = channels,
    };
    snprintf(path, sizeof path, "%s/%s", folder, cut_segment_name(p, 0, name));
    unlink(path);
    if (cut_trace_writer_open(path, &head, NULL, &writer, NULL) != CUT_OK)
        abort();
    for (unsigned i = 0; i < process->count; i++)
        cut_trace_writer_add(writer, &process->records[i]);
    if (cut_trace_writer_close(writer, system->now, NULL) != CUT_OK)
        abort();
}

static void remove_segments(void)
{
    char name[CUT_SEGMENT_NAME_SIZE];
    char path[128];

    for (uint32_t p = 0; p < PROCESSES_MAX; p++) {
        snprintf(
            path, sizeof path, "%s/%s", folder, cut_segment_name(p, 0, name));
        unlink(path);
    }
}

static enum cut_error read_back(const struct system *system,
                                struct cut_trace_run **out,
                                struct cut_fault *fault)
{
    remove_segments();
    for (uint32_t p = 0; p < system->count; p++)
        write_segment(system, p);
    return cut_trace_run_read(folder, 0, NULL, out, fault);
}

/* --- comparing ----------------------------------------------------------- */

static void check_same(const struct system *system,
                       const struct cut_trace_run *run,
                       bool is_same_order)
{
    for (uint32_t s = 0; s < SNAPSHOTS; s++) {
        struct cut_verdict direct;
        struct cut_verdict read;
        CHECK_EQ(cut_judge(system->trace, s, system->is_fifo, NULL, &direct),
                 CUT_OK);
        CHECK_EQ(cut_trace_run_judge(run, s, NULL, &read), CUT_OK);
        CHECK_EQ(read.kind, direct.kind);
        CHECK_EQ(read.crossing_count, direct.crossing_count);
        CHECK_EQ(read.recorded_count, direct.recorded_count);
        if (is_same_order)
            CHECK(memcmp(&read, &direct, sizeof read) == 0);
    }
}

/* The trace is that of the run, in another order of the processes, and no
 * message comes out before it goes in. */
static void check_order(const struct system *system,
                        const struct cut_trace_run *run)
{
    const struct cut_trace *trace = cut_trace_run_trace(run);
    uint64_t count = cut_trace_count(trace);
    uint64_t sent = 0;

    CHECK_EQ(count, cut_trace_count(system->trace));
    for (uint32_t p = 0; p < system->count; p++) {
        uint64_t at = 0;
        for (uint64_t i = 0; i < count; i++) {
            struct cut_trace_record direct = cut_trace_at(system->trace, i);
            struct cut_trace_record read = {0};
            if (direct.process != p)
                continue;
            while (at < count &&
                   (read = cut_trace_at(trace, at++)).process != p)
                ;
            CHECK_EQ(read.kind, direct.kind);
            CHECK_EQ(read.peer, direct.peer);
            CHECK_EQ(read.snapshot, direct.snapshot);
        }
    }
    for (uint64_t i = 0; i < count; i++) {
        struct cut_trace_record record = cut_trace_at(trace, i);
        if (record.kind == CUT_TRACE_SEND)
            CHECK_EQ(record.message, sent++);
        else if (record.kind == CUT_TRACE_DELIVER)
            CHECK(record.message < sent);
    }
    CHECK_EQ(sent, cut_trace_run_info(run)->message_count);
}

static uint64_t runs = 500;
static uint64_t verdicts[7]; /* by kind, of the direct traces */

static void count_verdicts(const struct system *system)
{
    for (uint32_t s = 0; s < SNAPSHOTS; s++) {
        struct cut_verdict verdict;
        if (cut_judge(system->trace, s, system->is_fifo, NULL, &verdict) ==
            CUT_OK)
            verdicts[verdict.kind]++;
    }
}

static void compare_run(uint64_t seed, bool has_clocks)
{
    struct system *system = run_system(seed, (unsigned)(seed % 3));
    struct cut_trace_run *run = NULL;
    struct cut_fault fault = {0};

    for (uint32_t p = 0; has_clocks && p < system->count; p++) {
        uint64_t ahead = draw(&seed, 3) * 40;
        for (unsigned i = 0; i < system->processes[p].count; i++)
            system->processes[p].records[i].now += ahead;
    }
    count_verdicts(system);
    if (CHECK_EQ(read_back(system, &run, &fault), CUT_OK)) {
        check_same(system, run, !has_clocks);
        check_order(system, run);
    } else {
        printf("# seed %" PRIu64 ": %s\n", seed, fault.what);
    }
    cut_trace_run_destroy(run);
    destroy_system(system);
}

/* With one clock for all, the order is that of the run, to the record. */
static void test_one_clock(void)
{
    for (uint64_t seed = 0; seed < runs; seed++)
        compare_run(seed, false);
}

static void test_many_clocks(void)
{
    for (uint64_t seed = 0; seed < runs; seed++)
        compare_run(seed + runs, true);
}

/* The runs were not all of one kind. */
static void test_enough(void)
{
    CHECK(verdicts[CUT_VERDICT_CONSISTENT] > runs / 2);
    CHECK(verdicts[CUT_VERDICT_MISSING] > runs / 10);
    CHECK(verdicts[CUT_VERDICT_ORPHAN] > runs / 10);
}

/* --- mutants ------------------------------------------------------------- */

/* Whether anything is said against a run: its segments are refused, or one of
 * its snapshots is not consistent. */
static bool is_noticed(const struct system *system)
{
    struct cut_trace_run *run = NULL;
    struct cut_fault fault = {0};
    bool is_noticed = false;

    if (read_back(system, &run, &fault) != CUT_OK) {
        CHECK_EQ(fault.code, CUT_INVALID);
        CHECK(strstr(fault.what, "(expected ") != NULL);
        return true;
    }
    is_noticed = cut_trace_run_info(run)->snapshot_count != SNAPSHOTS;
    for (uint64_t s = 0; s < cut_trace_run_info(run)->snapshot_count; s++) {
        struct cut_verdict verdict;
        is_noticed |= cut_trace_run_judge(run, s, NULL, &verdict) != CUT_OK ||
                      verdict.kind != CUT_VERDICT_CONSISTENT;
    }
    cut_trace_run_destroy(run);
    return is_noticed;
}

/* What a process did last it may as well not have done: a message that is not
 * received is in its channel. */
static void test_drop(void)
{
    for (uint64_t seed = 0; seed < runs; seed++) {
        struct system *system = run_system(seed, 0);
        uint64_t chance = seed;
        struct process *process =
            &system->processes[draw(&chance, system->count)];
        unsigned at = (unsigned)draw(&chance, process->count - 1);
        enum cut_segment_kind kind = process->records[at].kind;
        CHECK(!is_noticed(system));
        memmove(&process->records[at],
                &process->records[at + 1],
                (process->count - at - 1) * sizeof process->records[0]);
        process->count--;
        if (!CHECK(is_noticed(system)))
            printf("# seed %" PRIu64 ", record %u: %s\n",
                   seed,
                   at,
                   cut_segment_kind_name(kind));
        destroy_system(system);
    }
}

static bool is_one(const struct cut_segment_record *left,
                   const struct cut_segment_record *right,
                   enum cut_segment_kind kind)
{
    return left->kind == kind || right->kind == kind;
}

/*
 * Whether two records of a process that follow each other may change places and
 * nobody is wronged: two sends on different channels; a send and what is no
 * capture; what is of different snapshots; a capture and a recording.
 */
static bool may_swap(const struct cut_segment_record *left,
                     const struct cut_segment_record *right)
{
    if (cut_segment_begins_event(left->kind) ||
        cut_segment_begins_event(right->kind))
        return false;
    if (left->kind == CUT_SEGMENT_SEND && right->kind == CUT_SEGMENT_SEND)
        return left->channel != right->channel;
    if (is_one(left, right, CUT_SEGMENT_SEND))
        return !is_one(left, right, CUT_SEGMENT_CAPTURE);
    if (left->snapshot.number != right->snapshot.number)
        return true;
    return is_one(left, right, CUT_SEGMENT_RECORD) &&
           is_one(left, right, CUT_SEGMENT_CAPTURE);
}

static void test_swap(void)
{
    unsigned swapped = 0;

    for (uint64_t seed = 0; seed < runs; seed++) {
        struct system *system = run_system(seed, 0);
        uint64_t chance = seed;
        struct process *process =
            &system->processes[draw(&chance, system->count)];
        unsigned at = (unsigned)draw(&chance, process->count - 1);
        struct cut_segment_record *pair = &process->records[at];
        if (!may_swap(&pair[0], &pair[1])) {
            struct cut_segment_record first = pair[0];
            pair[0] = pair[1];
            pair[1] = first;
            swapped++;
            if (!CHECK(is_noticed(system)))
                printf("# seed %" PRIu64 ", record %u: %s and %s\n",
                       seed,
                       at,
                       cut_segment_kind_name(pair[0].kind),
                       cut_segment_kind_name(pair[1].kind));
        }
        destroy_system(system);
    }
    CHECK(swapped > runs / 2);
}

/* A channel that is said to be FIFO and is not. */
static void test_broken_fifo(void)
{
    unsigned noticed = 0;

    for (uint64_t seed = 0; seed < runs; seed++) {
        struct system *system = run_system(seed, 0);
        if (!system->is_fifo) {
            struct cut_trace_run *run = NULL;
            struct cut_fault fault = {0};
            system->is_fifo = true;
            if (read_back(system, &run, &fault) == CUT_INVALID)
                noticed += strstr(fault.what, "the channel is FIFO") != NULL;
            cut_trace_run_destroy(run);
        }
        destroy_system(system);
    }
    CHECK(noticed > runs / 4);
}

int main(int argc, char **argv)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    if (argc > 1)
        runs = strtoul(argv[1], NULL, 10);
    RUN(test_one_clock);
    RUN(test_many_clocks);
    RUN(test_enough);
    RUN(test_drop);
    RUN(test_swap);
    RUN(test_broken_fifo);
    remove_segments();
    rmdir(folder);
    return check_end();
}
