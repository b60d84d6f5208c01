/*
 * The judge. It knows messages, points in histories and nothing else: no
 * markers, no engine, no channels but by the processes at their ends.
 *
 * One walk over the trace learns, of each message, when it was sent and
 * delivered and how often it was recorded, and of each process, when it
 * captured and whether it takes part. Then each message is judged by the
 * definition. What is indexed by the number of a message or a process is an
 * array: linear time, no hashing.
 */
#include "analyze/trace_state.h"

#include "base/memory.h"

#define NEVER UINT64_MAX

struct message {
    uint64_t sent_at;      /* indices of the trace */
    uint64_t delivered_at; /* the first delivery; NEVER */
    uint64_t recorded_count;
};

struct process {
    uint64_t capture_at;  /* NEVER */
    uint64_t complete_at; /* NEVER */
    uint64_t joined_at;   /* as a member; 0: it has always been one */
    bool is_member;       /* as far as the trace has been read */
    bool takes_part;      /* was a member when the snapshot began */
};

struct judge {
    const struct cut_trace *trace;
    const struct cut_allocator *allocator;
    uint64_t snapshot;
    const bool *members;      /* of the snapshot; NULL: the trace says it */
    struct message *messages; /* by number */
    uint64_t *recorded_at;    /* RECORDs of the snapshot that count */
    struct process *processes;
    size_t message_count;
    size_t message_capacity;
    size_t recorded_count;
    size_t recorded_capacity;
    bool has_begun; /* somebody has captured: who takes part is known */
    bool is_aborted;
};

static const struct cut_trace_record *record_at(const struct judge *judge,
                                                uint64_t index)
{
    return &judge->trace->records[index];
}

static uint32_t sender_of(const struct judge *judge, uint64_t message)
{
    return record_at(judge, judge->messages[message].sent_at)->process;
}

static uint32_t receiver_of(const struct judge *judge, uint64_t message)
{
    return record_at(judge, judge->messages[message].sent_at)->peer;
}

static enum cut_error prepare(struct judge *judge)
{
    const struct cut_trace *trace = judge->trace;

    for (size_t i = 0; i < trace->count; i++) {
        judge->message_capacity += trace->records[i].kind == CUT_TRACE_SEND;
        judge->recorded_capacity +=
            trace->records[i].kind == CUT_TRACE_RECORD &&
            trace->records[i].snapshot == judge->snapshot;
    }
    judge->messages = cut_allocate(
        judge->allocator, judge->message_capacity, sizeof *judge->messages);
    judge->recorded_at = cut_allocate(
        judge->allocator, judge->recorded_capacity, sizeof *judge->recorded_at);
    judge->processes = cut_allocate(
        judge->allocator, trace->process_count, sizeof *judge->processes);
    if (judge->messages == NULL || judge->recorded_at == NULL ||
        judge->processes == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < trace->process_count; p++)
        judge->processes[p] = (struct process){
            .capture_at = NEVER,
            .complete_at = NEVER,
            .is_member = true,
        };
    return CUT_OK;
}

static void release(struct judge *judge)
{
    cut_release(judge->allocator,
                judge->messages,
                judge->message_capacity,
                sizeof *judge->messages);
    cut_release(judge->allocator,
                judge->recorded_at,
                judge->recorded_capacity,
                sizeof *judge->recorded_at);
    cut_release(judge->allocator,
                judge->processes,
                judge->trace->process_count,
                sizeof *judge->processes);
}

/* --- reading the trace --------------------------------------------------- */

/* Each returns whether the record agrees with those before it. */

static bool read_send(struct judge *judge, uint64_t at)
{
    const struct cut_trace_record *record = record_at(judge, at);

    if (record->message != judge->message_count ||
        record->peer >= judge->trace->process_count)
        return false;
    judge->messages[judge->message_count++] = (struct message){at, NEVER, 0};
    return true;
}

/*
 * A channel that duplicates delivers a message again. Of the copies, the first
 * takes the message out of the channel.
 */
static bool read_deliver(struct judge *judge, uint64_t at)
{
    const struct cut_trace_record *record = record_at(judge, at);

    if (record->message >= judge->message_count ||
        record->process != receiver_of(judge, record->message) ||
        record->peer != sender_of(judge, record->message))
        return false;
    struct message *message = &judge->messages[record->message];
    if (message->delivered_at == NEVER)
        message->delivered_at = at;
    return true;
}

/* What is recorded after a part is complete is not in it. */
static bool read_record(struct judge *judge, uint64_t at)
{
    const struct cut_trace_record *record = record_at(judge, at);

    if (record->message >= judge->message_count ||
        record->peer != sender_of(judge, record->message) ||
        (record->process != record->peer &&
         record->process != receiver_of(judge, record->message)))
        return false;
    if (judge->processes[record->process].complete_at != NEVER)
        return true;
    judge->messages[record->message].recorded_count++;
    judge->recorded_at[judge->recorded_count++] = at;
    return true;
}

/* The snapshot is of those who are members now, unless that is known better. */
static void begin_snapshot(struct judge *judge)
{
    for (uint32_t p = 0; p < judge->trace->process_count; p++)
        judge->processes[p].takes_part = judge->members != NULL
                                             ? judge->members[p]
                                             : judge->processes[p].is_member;
    judge->has_begun = true;
}

static bool read_capture(struct judge *judge, uint64_t at)
{
    struct process *process = &judge->processes[record_at(judge, at)->process];

    if (!judge->has_begun)
        begin_snapshot(judge);
    if (!process->takes_part)
        return true;
    if (process->capture_at != NEVER || process->complete_at != NEVER)
        return false;
    process->capture_at = at;
    return true;
}

static bool read_complete(struct judge *judge, uint64_t at)
{
    struct process *process = &judge->processes[record_at(judge, at)->process];

    if (judge->has_begun && !process->takes_part)
        return true;
    if (process->complete_at != NEVER)
        return false;
    process->complete_at = at;
    return true;
}

/* Nothing else is asked of it: a process that leaves twice has left. */
static bool read_change(struct judge *judge, uint64_t at, bool is_join)
{
    struct process *process = &judge->processes[record_at(judge, at)->process];

    process->is_member = is_join;
    if (is_join && !judge->has_begun)
        process->joined_at = at;
    return true;
}

static bool read_one(struct judge *judge, uint64_t at)
{
    const struct cut_trace_record *record = record_at(judge, at);
    bool is_ours = record->snapshot == judge->snapshot;

    if (record->kind == CUT_TRACE_ABORT) {
        judge->is_aborted |= is_ours;
        return true;
    }
    if (record->process >= judge->trace->process_count)
        return false;
    switch ((enum cut_trace_kind)record->kind) {
    case CUT_TRACE_SEND:
        return read_send(judge, at);
    case CUT_TRACE_DELIVER:
        return read_deliver(judge, at);
    case CUT_TRACE_CAPTURE:
        return !is_ours || read_capture(judge, at);
    case CUT_TRACE_RECORD:
        return !is_ours || read_record(judge, at);
    case CUT_TRACE_COMPLETE:
        return !is_ours || read_complete(judge, at);
    case CUT_TRACE_JOIN:
    case CUT_TRACE_LEAVE:
        return read_change(judge, at, record->kind == CUT_TRACE_JOIN);
    case CUT_TRACE_ABORT:
        break;
    }
    return false;
}

static enum cut_error read_trace(struct judge *judge)
{
    for (size_t i = 0; i < judge->trace->count; i++)
        if (!read_one(judge, i))
            return CUT_INVALID;
    if (!judge->has_begun)
        begin_snapshot(judge);
    return CUT_OK;
}

/* --- judging ------------------------------------------------------------- */

/*
 * Whether a message is of the snapshot: both its ends take part, and it was
 * sent since both have been members, or else found its way none the less. One
 * that was sent to nobody, and never delivered, is in no channel.
 */
static bool is_judged(const struct message *message,
                      const struct process *sender,
                      const struct process *receiver)
{
    return sender->takes_part && receiver->takes_part &&
           (message->delivered_at != NEVER ||
            (message->sent_at >= sender->joined_at &&
             message->sent_at >= receiver->joined_at));
}

enum place {
    OUTSIDE,  /* before the cut, behind it, or of no channel of it */
    CROSSING, /* in its channel, in the cut */
    ORPHAN,   /* received in the cut, and never sent */
};

/* The definition. */
static enum place place_of(const struct judge *judge, uint64_t number)
{
    const struct message *message = &judge->messages[number];
    const struct process *sender = &judge->processes[sender_of(judge, number)];
    const struct process *receiver =
        &judge->processes[receiver_of(judge, number)];

    if (!is_judged(message, sender, receiver))
        return OUTSIDE;
    bool is_sent = message->sent_at < sender->capture_at;
    bool is_delivered = message->delivered_at < receiver->capture_at;
    if (is_sent == is_delivered)
        return OUTSIDE;
    return is_sent ? CROSSING : ORPHAN;
}

/* Name the message that proves it. */
static void convict(const struct judge *judge,
                    enum cut_verdict_kind kind,
                    uint64_t message,
                    struct cut_verdict *verdict)
{
    verdict->kind = kind;
    verdict->message = message;
    verdict->sender = sender_of(judge, message);
    verdict->receiver = receiver_of(judge, message);
    verdict->sent_at = judge->messages[message].sent_at;
    verdict->delivered_at = judge->messages[message].delivered_at;
    verdict->sender_capture_at = judge->processes[verdict->sender].capture_at;
    verdict->receiver_capture_at =
        judge->processes[verdict->receiver].capture_at;
}

static void note_first(uint64_t *first, uint64_t message)
{
    if (*first == NEVER)
        *first = message;
}

static void judge_messages(const struct judge *judge,
                           struct cut_verdict *verdict)
{
    uint64_t orphan = NEVER;
    uint64_t missing = NEVER;
    uint64_t extra = NEVER;

    verdict->recorded_count = judge->recorded_count;
    for (uint64_t m = 0; m < judge->message_count; m++) {
        uint64_t recorded = judge->messages[m].recorded_count;
        enum place place = place_of(judge, m);
        if (place == ORPHAN)
            note_first(&orphan, m);
        if (place == CROSSING) {
            verdict->crossing_count++;
            if (recorded == 0)
                note_first(&missing, m);
        }
        if (recorded > (place == CROSSING ? 1 : 0))
            note_first(&extra, m);
    }
    if (orphan != NEVER)
        convict(judge, CUT_VERDICT_ORPHAN, orphan, verdict);
    else if (missing != NEVER)
        convict(judge, CUT_VERDICT_MISSING, missing, verdict);
    else if (extra != NEVER)
        convict(judge, CUT_VERDICT_EXTRA, extra, verdict);
}

/* --- order --------------------------------------------------------------- */

/* What the walk over the recorded messages, backwards, has seen of the channel
 * from a sender to the receiver that it is at. */
struct seen {
    uint64_t lowest; /* message */
    uint64_t receiver;
};

static bool is_by_receiver(const struct judge *judge, uint64_t at)
{
    const struct cut_trace_record *record = record_at(judge, at);

    return record->process == receiver_of(judge, record->message);
}

/*
 * Fill `grouped` with the recorded messages: those to one receiver together,
 * and among them first what it recorded itself, then what its senders did, both
 * in their order. Counting, not comparing. `end`: an entry for each process.
 */
static void
group_by_receiver(const struct judge *judge, uint64_t *grouped, uint64_t *end)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < judge->recorded_count; i++) {
        uint64_t message = record_at(judge, judge->recorded_at[i])->message;
        end[receiver_of(judge, message)]++;
    }
    for (uint32_t p = 0; p < judge->trace->process_count; p++) {
        uint64_t count = end[p];
        end[p] = sum;
        sum += count;
    }
    for (unsigned piece = 0; piece < 2; piece++)
        for (size_t i = 0; i < judge->recorded_count; i++) {
            uint64_t at = judge->recorded_at[i];
            uint64_t message = record_at(judge, at)->message;
            if (is_by_receiver(judge, at) == (piece == 0))
                grouped[end[receiver_of(judge, message)]++] = message;
        }
}

/* Return the first message with one recorded behind it that was sent before
 * it on the same channel; NEVER. */
static uint64_t first_out_of_order(const struct judge *judge,
                                   const uint64_t *grouped,
                                   struct seen *seen)
{
    uint64_t first = NEVER;

    for (uint32_t p = 0; p < judge->trace->process_count; p++)
        seen[p] = (struct seen){NEVER, NEVER};
    for (size_t i = judge->recorded_count; i-- > 0;) {
        uint64_t message = grouped[i];
        uint64_t receiver = receiver_of(judge, message);
        struct seen *channel = &seen[sender_of(judge, message)];
        if (channel->receiver != receiver)
            *channel = (struct seen){NEVER, receiver};
        if (message < channel->lowest)
            channel->lowest = message;
        else if (message < first)
            first = message;
    }
    return first;
}

static enum cut_error judge_order(const struct judge *judge,
                                  struct cut_verdict *verdict)
{
    const struct cut_allocator *allocator = judge->allocator;
    size_t processes = judge->trace->process_count;
    uint64_t *grouped =
        cut_allocate(allocator, judge->recorded_count, sizeof *grouped);
    uint64_t *end = cut_allocate_zeroed(allocator, processes, sizeof *end);
    struct seen *seen = cut_allocate(allocator, processes, sizeof *seen);
    enum cut_error error = CUT_NOMEM;

    if (grouped != NULL && end != NULL && seen != NULL) {
        group_by_receiver(judge, grouped, end);
        uint64_t first = first_out_of_order(judge, grouped, seen);
        if (first != NEVER)
            convict(judge, CUT_VERDICT_ORDER, first, verdict);
        error = CUT_OK;
    }
    cut_release(allocator, grouped, judge->recorded_count, sizeof *grouped);
    cut_release(allocator, end, processes, sizeof *end);
    cut_release(allocator, seen, processes, sizeof *seen);
    return error;
}

/* --- the verdict --------------------------------------------------------- */

/* Whether there is something to judge. */
static bool is_whole(const struct judge *judge, struct cut_verdict *verdict)
{
    if (judge->is_aborted) {
        verdict->kind = CUT_VERDICT_ABORTED;
        return false;
    }
    for (uint32_t p = 0; p < judge->trace->process_count; p++) {
        const struct process *process = &judge->processes[p];
        if (process->takes_part &&
            (process->capture_at == NEVER || process->complete_at == NEVER)) {
            verdict->kind = CUT_VERDICT_INCOMPLETE;
            verdict->process = p;
            return false;
        }
    }
    return true;
}

static enum cut_error
pronounce(const struct judge *judge, bool is_fifo, struct cut_verdict *verdict)
{
    if (!is_whole(judge, verdict))
        return CUT_OK;
    judge_messages(judge, verdict);
    if (verdict->kind != CUT_VERDICT_CONSISTENT || !is_fifo)
        return CUT_OK;
    return judge_order(judge, verdict);
}

enum cut_error cut_judge(const struct cut_trace *trace,
                         uint64_t snapshot,
                         bool is_fifo,
                         const struct cut_allocator *allocator,
                         struct cut_verdict *out)
{
    return cut_judge_among(trace, snapshot, is_fifo, NULL, allocator, out);
}

enum cut_error cut_judge_among(const struct cut_trace *trace,
                               uint64_t snapshot,
                               bool is_fifo,
                               const bool *members,
                               const struct cut_allocator *allocator,
                               struct cut_verdict *out)
{
    struct judge judge = {
        .trace = trace,
        .allocator = cut_allocator_or_standard(allocator),
        .snapshot = snapshot,
        .members = members,
    };
    struct cut_verdict verdict = {
        .kind = CUT_VERDICT_CONSISTENT,
        .message = UINT64_MAX,
        .sender = UINT32_MAX,
        .receiver = UINT32_MAX,
        .process = UINT32_MAX,
        .sent_at = NEVER,
        .delivered_at = NEVER,
        .sender_capture_at = NEVER,
        .receiver_capture_at = NEVER,
    };
    enum cut_error error = prepare(&judge);

    if (error == CUT_OK)
        error = read_trace(&judge);
    if (error == CUT_OK)
        error = pronounce(&judge, is_fifo, &verdict);
    if (error == CUT_OK)
        *out = verdict;
    release(&judge);
    return error;
}
