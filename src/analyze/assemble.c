/*
 * From segments to one order of all that happened.
 *
 * Each segment is read twice. The first time all of it is checked, what was
 * sent on each channel is counted, and the names of snapshots are collected.
 * The second time the segments are merged: of the processes whose next record
 * can stand next, that with the earliest time stamp goes on. A record can stand
 * next when the message that it receives or records has been sent; whoever
 * has to wait for that is woken when it is. So the order extends happened
 * before, whatever the clocks say. Who still waits at the end waits for itself,
 * or for what never was: a contradiction.
 *
 * The segment of a process that was killed ends early, and what it sent last
 * may be known from its receivers alone: a lost message, here. It was sent
 * after all that is in the segment, since that is a prefix of what the process
 * did; so that is where it stands, and what is said of cuts through the known
 * part is right.
 */
#include "analyze/trace_run.h"

#include "base/fault.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct link {
    uint64_t first;    /* of its messages, among those of all channels */
    uint64_t total;    /* sent, as its sender's segment says */
    uint64_t sent;     /* of them, as far as the merge has come */
    uint64_t received; /* the position that may be received next at the least;
                          of a FIFO channel */
};

enum state {
    READY,   /* in the heap; its next record may stand next */
    WAITING, /* for a message of .waits_for */
    OVER,    /* there is no more */
};

struct cursor {
    enum state state;
    uint32_t waits_for; /* a channel */
    uint64_t offset;    /* of the next record */
    struct cut_segment_record next;
    enum cut_segment_ending ending;
    uint64_t good; /* bytes of its segment */
};

/* A message that its sender is not known to have sent, of a segment that ends
 * early. */
struct lost_message {
    uint32_t link;
    uint32_t type;
    uint32_t size;
    uint64_t position;
    uint64_t number; /* once it has been put in order */
};

struct assembly {
    struct cut_trace_run *run;
    const struct cut_segments *segments;
    const struct cut_allocator *allocator;
    struct cut_fault *fault;
    struct link *links;
    struct cursor *cursors;
    uint32_t *heap; /* processes that are READY, the earliest first */
    uint32_t heap_count;
    uint64_t *numbers; /* of messages, by channel and position */
    uint64_t message_count;
    struct lost_message *lost; /* by channel and position */
    size_t lost_count;
    size_t lost_capacity;
    uint64_t last_snapshot; /* that was looked up: mostly the next one too */
};

static enum cut_error out_of_memory(const struct assembly *assembly)
{
    return cut_fault_fill(
        assembly->fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
}

/* Return the number among all of the channel that a record is about. */
static uint32_t link_of(const struct assembly *assembly,
                        uint32_t process,
                        const struct cut_segment_record *record)
{
    const struct cut_segment *segment = &assembly->segments->segments[process];

    if (record->kind == CUT_SEGMENT_SEND || record->by_sender)
        return segment->first_outgoing + record->channel;
    return segment->incoming[record->channel];
}

/* --- the first reading --------------------------------------------------- */

int cut_snapshot_id_compare(const struct cut_snapshot_id *left,
                            const struct cut_snapshot_id *right)
{
    if (left->incarnation != right->incarnation)
        return left->incarnation < right->incarnation ? -1 : 1;
    if (left->view != right->view)
        return left->view < right->view ? -1 : 1;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return 0;
}

static int compare_snapshots(const void *left, const void *right)
{
    return cut_snapshot_id_compare(left, right);
}

static bool is_of_snapshot(enum cut_segment_kind kind)
{
    return kind == CUT_SEGMENT_CAPTURE || kind == CUT_SEGMENT_RECORD ||
           kind == CUT_SEGMENT_COMPLETE || kind == CUT_SEGMENT_ABORT;
}

/* Sort the names of snapshots, and leave each once. */
static void sort_snapshots(struct cut_trace_run *run)
{
    struct cut_snapshot_id *ids = run->snapshots;
    size_t count = 0;

    if (run->info.snapshot_count > 1)
        qsort(ids, run->info.snapshot_count, sizeof *ids, compare_snapshots);
    for (size_t i = 0; i < run->info.snapshot_count; i++)
        if (count == 0 ||
            cut_snapshot_id_compare(&ids[count - 1], &ids[i]) != 0)
            ids[count++] = ids[i];
    run->info.snapshot_count = count;
}

/* Make room for one more. The list is sorted when it is full: it grows with the
 * names, and not with the records. */
static enum cut_error grow_snapshots(struct assembly *assembly)
{
    struct cut_trace_run *run = assembly->run;

    sort_snapshots(run);
    if (run->info.snapshot_count < run->snapshot_capacity / 2)
        return CUT_OK;
    struct cut_snapshot_id *grown = cut_grow(assembly->allocator,
                                             run->snapshots,
                                             &run->snapshot_capacity,
                                             2 * run->snapshot_capacity + 16,
                                             sizeof *grown);
    if (grown == NULL)
        return out_of_memory(assembly);
    run->snapshots = grown;
    return CUT_OK;
}

/* Keep the name of a snapshot, unless it is the one just kept. */
static enum cut_error note_snapshot(struct assembly *assembly,
                                    const struct cut_segment_record *record)
{
    struct cut_trace_run *run = assembly->run;
    uint64_t count = run->info.snapshot_count;

    if (count > 0 && cut_snapshot_id_compare(&run->snapshots[count - 1],
                                             &record->snapshot) == 0)
        return CUT_OK;
    if (count == run->snapshot_capacity) {
        enum cut_error error = grow_snapshots(assembly);
        if (error != CUT_OK)
            return error;
    }
    run->snapshots[run->info.snapshot_count++] = record->snapshot;
    return CUT_OK;
}

/* Several may say that a process joined or left; the trace has it once. */
static bool is_change_known(const struct cut_trace_run *run,
                            const struct cut_trace_change *change)
{
    for (size_t i = 0; i < run->change_count; i++) {
        const struct cut_trace_change *known = &run->changes[i];
        if (known->process == change->process &&
            known->incarnation == change->incarnation &&
            known->view == change->view && known->is_join == change->is_join)
            return true;
    }
    return false;
}

/* A channel's messages are 0, 1, ... as they are sent. */
static enum cut_error check_send(struct assembly *assembly,
                                 uint32_t process,
                                 uint64_t offset,
                                 const struct cut_segment_record *record)
{
    uint32_t number = link_of(assembly, process, record);
    struct link *link = &assembly->links[number];

    if (record->position != link->total)
        return cut_segments_refuse(
            assembly->segments,
            process,
            assembly->fault,
            "byte %" PRIu64 ": message %" PRIu64 " is sent to process %" PRIu32
            " (expected message %" PRIu64 " of the channel)",
            offset,
            record->position,
            assembly->segments->links[number].receiver,
            link->total);
    link->total++;
    assembly->run->info.message_count++;
    return CUT_OK;
}

static enum cut_error check_record(struct assembly *assembly,
                                   uint32_t process,
                                   uint64_t offset,
                                   const struct cut_segment_record *record)
{
    if (record->kind == CUT_SEGMENT_SEND)
        return check_send(assembly, process, offset, record);
    return is_of_snapshot(record->kind) ? note_snapshot(assembly, record)
                                        : CUT_OK;
}

/* Read a segment's next record, and say where it is wrong. */
static enum cut_error read_next(const struct assembly *assembly,
                                uint32_t process,
                                struct cut_segment_record *record,
                                bool *has_more)
{
    enum cut_error error =
        cut_trace_reader_next(assembly->segments->segments[process].reader,
                              record,
                              has_more,
                              assembly->fault);

    return error == CUT_OK
               ? CUT_OK
               : cut_segments_place(
                     assembly->segments, process, error, assembly->fault);
}

static enum cut_error check_segment(struct assembly *assembly, uint32_t process)
{
    struct cut_trace_reader *reader =
        assembly->segments->segments[process].reader;
    struct cursor *cursor = &assembly->cursors[process];
    struct cut_segment_record record;
    bool has_more = true;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && has_more) {
        uint64_t offset = cut_trace_reader_offset(reader);
        error = read_next(assembly, process, &record, &has_more);
        if (error == CUT_OK && has_more)
            error = check_record(assembly, process, offset, &record);
    }
    cursor->ending = cut_trace_reader_ending(reader);
    cursor->good = cut_trace_reader_offset(reader);
    cut_trace_reader_rewind(reader);
    return error;
}

static enum cut_error check_segments(struct assembly *assembly)
{
    uint64_t first = 0;
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < assembly->segments->count && error == CUT_OK; p++)
        error = check_segment(assembly, p);
    if (error != CUT_OK)
        return error;
    for (uint32_t i = 0; i < assembly->segments->link_count; i++) {
        assembly->links[i].first = first;
        first += assembly->links[i].total;
    }
    sort_snapshots(assembly->run);
    return CUT_OK;
}

/* --- what is known from its receivers alone ------------------------------ */

/* Whether a record is about a message that has to be sent first. */
static bool needs_message(const struct cut_segment_record *record)
{
    return record->kind == CUT_SEGMENT_RECEIVE ||
           record->kind == CUT_SEGMENT_RECORD;
}

static bool is_early(const struct assembly *assembly, uint32_t process)
{
    return assembly->cursors[process].ending != CUT_SEGMENT_ENDED;
}

/* Whether a message is lost: none of what its sender is known to have sent, and
 * the sender's segment ends early. What a process says that it sent itself is
 * never lost. */
static bool is_lost(const struct assembly *assembly,
                    uint32_t process,
                    const struct cut_segment_record *record)
{
    if (!needs_message(record) || record->by_sender)
        return false;
    uint32_t link = link_of(assembly, process, record);
    return record->position >= assembly->links[link].total &&
           is_early(assembly, assembly->segments->links[link].sender);
}

static enum cut_error note_lost(struct assembly *assembly,
                                uint32_t process,
                                const struct cut_segment_record *record)
{
    struct lost_message *grown = cut_grow(assembly->allocator,
                                          assembly->lost,
                                          &assembly->lost_capacity,
                                          assembly->lost_count + 1,
                                          sizeof *grown);

    if (grown == NULL)
        return out_of_memory(assembly);
    assembly->lost = grown;
    grown[assembly->lost_count++] = (struct lost_message){
        .link = link_of(assembly, process, record),
        .type = record->type,
        .size = record->size,
        .position = record->position,
    };
    return CUT_OK;
}

static enum cut_error find_lost(struct assembly *assembly, uint32_t process)
{
    struct cut_trace_reader *reader =
        assembly->segments->segments[process].reader;
    struct cut_segment_record record;
    bool has_more = true;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && has_more) {
        error = read_next(assembly, process, &record, &has_more);
        if (error == CUT_OK && has_more && is_lost(assembly, process, &record))
            error = note_lost(assembly, process, &record);
    }
    cut_trace_reader_rewind(reader);
    return error;
}

static int compare_lost(const void *left, const void *right)
{
    const struct lost_message *a = left;
    const struct lost_message *b = right;

    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

/* A message that is recorded and received is mentioned more than once. */
static void sort_lost(struct assembly *assembly)
{
    struct lost_message *lost = assembly->lost;
    size_t count = 0;

    if (assembly->lost_count > 1)
        qsort(lost, assembly->lost_count, sizeof *lost, compare_lost);
    for (size_t i = 0; i < assembly->lost_count; i++)
        if (count == 0 || compare_lost(&lost[count - 1], &lost[i]) != 0)
            lost[count++] = lost[i];
    assembly->lost_count = count;
    assembly->run->info.message_count += count;
}

static enum cut_error find_all_lost(struct assembly *assembly)
{
    uint32_t count = assembly->segments->count;
    bool is_whole = true;
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < count; p++)
        is_whole &= !is_early(assembly, p);
    for (uint32_t p = 0; !is_whole && p < count && error == CUT_OK; p++)
        error = find_lost(assembly, p);
    sort_lost(assembly);
    return error;
}

/* Return the index of the first lost message of a channel from a position on.
 */
static size_t
lost_from(const struct assembly *assembly, uint32_t link, uint64_t position)
{
    const struct lost_message key = {.link = link, .position = position};
    size_t begin = 0;
    size_t end = assembly->lost_count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare_lost(&assembly->lost[middle], &key) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* --- who goes on --------------------------------------------------------- */

/* By time; where that is the same, by process. */
static bool
is_before(const struct assembly *assembly, uint32_t left, uint32_t right)
{
    uint64_t a = assembly->cursors[left].next.now;
    uint64_t b = assembly->cursors[right].next.now;

    return a != b ? a < b : left < right;
}

static void push(struct assembly *assembly, uint32_t process)
{
    uint32_t *heap = assembly->heap;
    uint32_t at = assembly->heap_count++;

    assembly->cursors[process].state = READY;
    while (at > 0 && is_before(assembly, process, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = process;
}

static uint32_t pop(struct assembly *assembly)
{
    uint32_t *heap = assembly->heap;
    uint32_t first = heap[0];
    uint32_t last = heap[--assembly->heap_count];
    uint32_t at = 0;

    for (uint32_t child = 1; child < assembly->heap_count; child = 2 * at + 1) {
        if (child + 1 < assembly->heap_count &&
            is_before(assembly, heap[child + 1], heap[child]))
            child++;
        if (!is_before(assembly, heap[child], last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

/* Whether a message that is received or recorded has been put in order. Lost
 * ones are when there is no more of their sender. */
static bool is_sent(const struct assembly *assembly,
                    uint32_t process,
                    const struct cut_segment_record *record)
{
    uint32_t link = link_of(assembly, process, record);
    uint32_t sender = assembly->segments->links[link].sender;

    return record->position < assembly->links[link].sent ||
           (is_lost(assembly, process, record) &&
            assembly->cursors[sender].state == OVER);
}

/* Put a process where its next record belongs. */
static void queue(struct assembly *assembly, uint32_t process)
{
    struct cursor *cursor = &assembly->cursors[process];

    if (needs_message(&cursor->next) &&
        !is_sent(assembly, process, &cursor->next)) {
        cursor->state = WAITING;
        cursor->waits_for = link_of(assembly, process, &cursor->next);
    } else {
        push(assembly, process);
    }
}

/* Whoever waits for a message of this channel may have waited enough. */
static void wake_receiver(struct assembly *assembly, uint32_t link)
{
    uint32_t receiver = assembly->segments->links[link].receiver;
    struct cursor *cursor = &assembly->cursors[receiver];

    if (cursor->state == WAITING && cursor->waits_for == link)
        queue(assembly, receiver);
}

/* --- what it says -------------------------------------------------------- */

/* Write down what happened. */
static enum cut_error write_down(struct assembly *assembly,
                                 const struct cut_trace_record *record)
{
    return cut_trace_add(assembly->run->trace, record) == CUT_OK
               ? CUT_OK
               : out_of_memory(assembly);
}

/* Return where the number of a message is kept. */
static uint64_t *
number_of(const struct assembly *assembly, uint32_t link, uint64_t position)
{
    const struct link *state = &assembly->links[link];

    if (position < state->total)
        return &assembly->numbers[state->first + position];
    return &assembly->lost[lost_from(assembly, link, position)].number;
}

static enum cut_error take_send(struct assembly *assembly,
                                uint32_t link,
                                const struct lost_message *message,
                                uint64_t now)
{
    const struct cut_segment_link *ends = &assembly->segments->links[link];
    struct cut_trace_record out = {
        .kind = CUT_TRACE_SEND,
        .process = ends->sender,
        .peer = ends->receiver,
        .message = assembly->message_count++,
        .now = now,
    };

    *number_of(assembly, link, message->position) = out.message;
    assembly->run->messages[out.message] = (struct cut_trace_message){
        .sender = ends->sender,
        .receiver = ends->receiver,
        .position = message->position,
        .type = message->type,
        .size = message->size,
    };
    return write_down(assembly, &out);
}

/* There is no more of a process: what it sent otherwise was sent after that. */
static enum cut_error take_lost(struct assembly *assembly, uint32_t process)
{
    const struct cut_segment *segment = &assembly->segments->segments[process];
    uint32_t end = segment->first_outgoing + segment->head->outgoing_count;
    size_t at = lost_from(assembly, segment->first_outgoing, 0);
    enum cut_error error = CUT_OK;

    for (; error == CUT_OK && at < assembly->lost_count &&
           assembly->lost[at].link < end;
         at++)
        error = take_send(assembly,
                          assembly->lost[at].link,
                          &assembly->lost[at],
                          assembly->run->ends[process].last_now);
    for (uint32_t link = segment->first_outgoing; link < end; link++)
        wake_receiver(assembly, link);
    return error;
}

/* Read the next record of a process, and queue it. */
static enum cut_error fetch(struct assembly *assembly, uint32_t process)
{
    struct cursor *cursor = &assembly->cursors[process];
    bool has_more = false;

    cursor->offset =
        cut_trace_reader_offset(assembly->segments->segments[process].reader);
    enum cut_error error =
        read_next(assembly, process, &cursor->next, &has_more);
    if (error != CUT_OK)
        return error;
    if (has_more) {
        queue(assembly, process);
        return CUT_OK;
    }
    cursor->state = OVER;
    return take_lost(assembly, process);
}

static enum cut_error take_receipt(struct assembly *assembly,
                                   const struct cut_segment_record *record,
                                   uint32_t link,
                                   struct cut_trace_record *out)
{
    const struct cut_segment_link *ends = &assembly->segments->links[link];
    struct link *state = &assembly->links[link];

    if (ends->is_fifo && record->position < state->received)
        return cut_segments_refuse(
            assembly->segments,
            ends->receiver,
            assembly->fault,
            "byte %" PRIu64 ": message %" PRIu64 " from process %" PRIu32
            " is received after message %" PRIu64
            " (expected the order of sending: the channel is FIFO)",
            assembly->cursors[ends->receiver].offset,
            record->position,
            ends->sender,
            state->received - 1);
    state->received = record->position + 1;
    out->kind = CUT_TRACE_DELIVER;
    out->peer = ends->sender;
    out->message = *number_of(assembly, link, record->position);
    return CUT_OK;
}

static uint64_t find_snapshot(struct assembly *assembly,
                              const struct cut_snapshot_id *id)
{
    const struct cut_trace_run *run = assembly->run;

    if (cut_snapshot_id_compare(&run->snapshots[assembly->last_snapshot], id) !=
        0) {
        const struct cut_snapshot_id *found = bsearch(id,
                                                      run->snapshots,
                                                      run->info.snapshot_count,
                                                      sizeof *id,
                                                      compare_snapshots);
        assembly->last_snapshot = (uint64_t)(found - run->snapshots);
    }
    return assembly->last_snapshot;
}

static void take_recording(struct assembly *assembly,
                           const struct cut_segment_record *record,
                           uint32_t link,
                           struct cut_trace_record *out)
{
    out->kind = CUT_TRACE_RECORD;
    out->peer = assembly->segments->links[link].sender;
    out->message = *number_of(assembly, link, record->position);
    out->snapshot = find_snapshot(assembly, &record->snapshot);
}

/* A process joined, or left, perhaps another one than that which says so. */
static enum cut_error take_change(struct assembly *assembly,
                                  const struct cut_segment_record *record,
                                  struct cut_trace_record *out)
{
    struct cut_trace_run *run = assembly->run;
    struct cut_trace_change change = {
        .process = record->channel,
        .incarnation = record->snapshot.incarnation,
        .view = record->snapshot.view,
        .is_join = record->kind == CUT_SEGMENT_JOIN,
    };

    if (is_change_known(run, &change))
        return CUT_OK;
    struct cut_trace_change *grown = cut_grow(assembly->allocator,
                                              run->changes,
                                              &run->change_capacity,
                                              run->change_count + 1,
                                              sizeof *grown);
    if (grown == NULL)
        return out_of_memory(assembly);
    run->changes = grown;
    grown[run->change_count++] = change;
    out->kind = change.is_join ? CUT_TRACE_JOIN : CUT_TRACE_LEAVE;
    out->process = change.process;
    return write_down(assembly, out);
}

static enum cut_error take(struct assembly *assembly, uint32_t process)
{
    const struct cut_segment_record *record = &assembly->cursors[process].next;
    struct cut_trace_record out = {.process = process, .now = record->now};
    struct lost_message sent;
    enum cut_error error = CUT_OK;
    uint32_t link = cut_segment_has_message(record->kind)
                        ? link_of(assembly, process, record)
                        : NONE;

    assembly->run->ends[process].last_now = record->now;
    switch (record->kind) {
    case CUT_SEGMENT_SEND:
        sent = (struct lost_message){
            link, record->type, record->size, record->position, 0};
        error = take_send(assembly, link, &sent, record->now);
        assembly->links[link].sent++;
        wake_receiver(assembly, link);
        return error;
    case CUT_SEGMENT_RECEIVE:
        error = take_receipt(assembly, record, link, &out);
        return error == CUT_OK ? write_down(assembly, &out) : error;
    case CUT_SEGMENT_RECORD:
        take_recording(assembly, record, link, &out);
        return write_down(assembly, &out);
    case CUT_SEGMENT_CAPTURE:
    case CUT_SEGMENT_COMPLETE:
    case CUT_SEGMENT_ABORT:
        out.kind = record->kind == CUT_SEGMENT_CAPTURE    ? CUT_TRACE_CAPTURE
                   : record->kind == CUT_SEGMENT_COMPLETE ? CUT_TRACE_COMPLETE
                                                          : CUT_TRACE_ABORT;
        out.snapshot = find_snapshot(assembly, &record->snapshot);
        return write_down(assembly, &out);
    case CUT_SEGMENT_JOIN:
    case CUT_SEGMENT_LEAVE:
        return take_change(assembly, record, &out);
    case CUT_SEGMENT_START:
    case CUT_SEGMENT_TIMER:
    case CUT_SEGMENT_INPUT:
    case CUT_SEGMENT_STOP:
    case CUT_SEGMENT_RESUME:
    case CUT_SEGMENT_FACTS:
    case CUT_SEGMENT_END:
        break;
    }
    return CUT_OK;
}

static enum cut_error merge(struct assembly *assembly)
{
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < assembly->segments->count && error == CUT_OK; p++)
        error = fetch(assembly, p);
    while (error == CUT_OK && assembly->heap_count > 0) {
        uint32_t process = pop(assembly);
        error = take(assembly, process);
        if (error == CUT_OK)
            error = fetch(assembly, process);
    }
    return error;
}

/* --- the end ------------------------------------------------------------- */

/* A process waits for a message that is not sent, or not before. */
static enum cut_error contradict(const struct assembly *assembly,
                                 uint32_t process)
{
    const struct cursor *cursor = &assembly->cursors[process];
    const struct cut_segment_link *link =
        &assembly->segments->links[cursor->waits_for];
    bool is_there =
        cursor->next.position < assembly->links[cursor->waits_for].total ||
        is_lost(assembly, process, &cursor->next);

    return cut_segments_refuse(
        assembly->segments,
        process,
        assembly->fault,
        "byte %" PRIu64 ": message %" PRIu64 " of process %" PRIu32
        " to process %" PRIu32 " is %s %s (expected a message that was sent)",
        cursor->offset,
        cursor->next.position,
        link->sender,
        link->receiver,
        cursor->next.kind == CUT_SEGMENT_RECEIVE ? "received" : "recorded",
        is_there ? "before it was sent" : "and was never sent");
}

/* Of those who wait in a ring, the first is named; but rather one that waits
 * for what never was, which is the reason of all. */
static enum cut_error check_waiting(const struct assembly *assembly)
{
    uint32_t found = NONE;

    for (uint32_t p = 0; p < assembly->segments->count; p++) {
        const struct cursor *cursor = &assembly->cursors[p];
        if (cursor->state != WAITING)
            continue;
        if (cursor->next.position >= assembly->links[cursor->waits_for].total &&
            !is_lost(assembly, p, &cursor->next))
            return contradict(assembly, p);
        if (found == NONE)
            found = p;
    }
    return found == NONE ? CUT_OK : contradict(assembly, found);
}

/* Say how the trace of each process ends. */
static void close_ends(const struct assembly *assembly)
{
    for (uint32_t p = 0; p < assembly->segments->count; p++) {
        const struct cursor *cursor = &assembly->cursors[p];
        struct cut_trace_end *end = &assembly->run->ends[p];
        end->is_early = is_early(assembly, p);
        end->is_torn = cursor->ending == CUT_SEGMENT_TRUNCATED;
        end->size = cursor->good;
    }
}

/* --- all of it ----------------------------------------------------------- */

static enum cut_error prepare(struct assembly *assembly)
{
    const struct cut_allocator *allocator = assembly->allocator;
    uint32_t count = assembly->segments->count;

    assembly->links = cut_allocate_zeroed(
        allocator, assembly->segments->link_count, sizeof *assembly->links);
    assembly->cursors =
        cut_allocate_zeroed(allocator, count, sizeof *assembly->cursors);
    assembly->heap = cut_allocate(allocator, count, sizeof *assembly->heap);
    assembly->run->ends =
        cut_allocate_zeroed(allocator, count, sizeof *assembly->run->ends);
    if (assembly->links == NULL || assembly->cursors == NULL ||
        assembly->heap == NULL || assembly->run->ends == NULL ||
        cut_trace_create(count, allocator, &assembly->run->trace) != CUT_OK)
        return out_of_memory(assembly);
    return CUT_OK;
}

/* The messages have been counted. */
static enum cut_error make_messages(struct assembly *assembly)
{
    struct cut_trace_run *run = assembly->run;
    size_t count = run->info.message_count;

    run->message_capacity = count;
    run->messages =
        cut_allocate(assembly->allocator, count, sizeof *run->messages);
    assembly->numbers =
        cut_allocate(assembly->allocator, count, sizeof *assembly->numbers);
    return run->messages != NULL && assembly->numbers != NULL
               ? CUT_OK
               : out_of_memory(assembly);
}

static void release(struct assembly *assembly)
{
    const struct cut_allocator *allocator = assembly->allocator;
    uint32_t count = assembly->segments->count;

    cut_release(allocator,
                assembly->links,
                assembly->segments->link_count,
                sizeof *assembly->links);
    cut_release(allocator, assembly->cursors, count, sizeof *assembly->cursors);
    cut_release(allocator, assembly->heap, count, sizeof *assembly->heap);
    cut_release(allocator,
                assembly->lost,
                assembly->lost_capacity,
                sizeof *assembly->lost);
    cut_release(allocator,
                assembly->numbers,
                assembly->run->message_capacity,
                sizeof *assembly->numbers);
}

enum cut_error cut_trace_run_assemble(struct cut_trace_run *run,
                                      const struct cut_segments *segments,
                                      struct cut_fault *fault)
{
    struct assembly assembly = {
        .run = run,
        .segments = segments,
        .allocator = run->allocator,
        .fault = fault,
    };
    enum cut_error error = prepare(&assembly);

    if (error == CUT_OK)
        error = check_segments(&assembly);
    if (error == CUT_OK)
        error = find_all_lost(&assembly);
    if (error == CUT_OK)
        error = make_messages(&assembly);
    if (error == CUT_OK)
        error = merge(&assembly);
    if (error == CUT_OK)
        error = check_waiting(&assembly);
    if (error == CUT_OK)
        close_ends(&assembly);
    release(&assembly);
    return error;
}
