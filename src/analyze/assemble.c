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
#include "analyze/assembly.h"

#include "base/fault.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* --- who goes on --------------------------------------------------------- */

/* By time; where that is the same, by process. */
static bool
is_before(const struct cut_assembly *assembly, uint32_t left, uint32_t right)
{
    uint64_t a = assembly->cursors[left].next.now;
    uint64_t b = assembly->cursors[right].next.now;

    return a != b ? a < b : left < right;
}

static void push(struct cut_assembly *assembly, uint32_t process)
{
    uint32_t *heap = assembly->heap;
    uint32_t at = assembly->heap_count++;

    assembly->cursors[process].state = CUT_CURSOR_READY;
    while (at > 0 && is_before(assembly, process, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = process;
}

static uint32_t pop(struct cut_assembly *assembly)
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
static bool is_sent(const struct cut_assembly *assembly,
                    uint32_t process,
                    const struct cut_segment_record *record)
{
    uint32_t link = cut_assembly_link(assembly, process, record);
    uint32_t sender = assembly->segments->links[link].sender;

    return record->position < assembly->links[link].sent ||
           (cut_assembly_is_lost(assembly, process, record) &&
            assembly->cursors[sender].state == CUT_CURSOR_OVER);
}

/* Put a process where its next record belongs. */
static void queue(struct cut_assembly *assembly, uint32_t process)
{
    struct cut_cursor *cursor = &assembly->cursors[process];

    if (cut_assembly_needs_message(&cursor->next) &&
        !is_sent(assembly, process, &cursor->next)) {
        cursor->state = CUT_CURSOR_WAITING;
        cursor->waits_for = cut_assembly_link(assembly, process, &cursor->next);
    } else {
        push(assembly, process);
    }
}

/* Whoever waits for a message of this channel may have waited enough. */
static void wake_receiver(struct cut_assembly *assembly, uint32_t link)
{
    uint32_t receiver = assembly->segments->links[link].receiver;
    struct cut_cursor *cursor = &assembly->cursors[receiver];

    if (cursor->state == CUT_CURSOR_WAITING && cursor->waits_for == link)
        queue(assembly, receiver);
}

/* --- what it says -------------------------------------------------------- */

/* Write down what happened. */
static enum cut_error write_down(struct cut_assembly *assembly,
                                 const struct cut_trace_record *record)
{
    return cut_trace_add(assembly->run->trace, record) == CUT_OK
               ? CUT_OK
               : cut_assembly_out_of_memory(assembly);
}

/* Return where the number of a message is kept. */
static uint64_t *
number_of(const struct cut_assembly *assembly, uint32_t link, uint64_t position)
{
    const struct cut_assembly_channel *state = &assembly->links[link];

    if (position < state->total)
        return &assembly->numbers[state->first + position];
    return &assembly->lost[cut_assembly_lost_from(assembly, link, position)]
                .number;
}

static enum cut_error take_send(struct cut_assembly *assembly,
                                uint32_t link,
                                const struct cut_lost_message *message,
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
static enum cut_error take_lost(struct cut_assembly *assembly, uint32_t process)
{
    const struct cut_segment *segment = &assembly->segments->segments[process];
    uint32_t end = segment->first_outgoing + segment->head->outgoing_count;
    size_t at = cut_assembly_lost_from(assembly, segment->first_outgoing, 0);
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
static enum cut_error fetch(struct cut_assembly *assembly, uint32_t process)
{
    struct cut_cursor *cursor = &assembly->cursors[process];
    bool has_more = false;

    cursor->offset =
        cut_trace_reader_offset(assembly->segments->segments[process].reader);
    enum cut_error error =
        cut_assembly_next(assembly, process, &cursor->next, &has_more);
    if (error != CUT_OK)
        return error;
    if (has_more) {
        queue(assembly, process);
        return CUT_OK;
    }
    cursor->state = CUT_CURSOR_OVER;
    return take_lost(assembly, process);
}

static enum cut_error take_receipt(struct cut_assembly *assembly,
                                   const struct cut_segment_record *record,
                                   uint32_t link,
                                   struct cut_trace_record *out)
{
    const struct cut_segment_link *ends = &assembly->segments->links[link];
    struct cut_assembly_channel *state = &assembly->links[link];

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

static uint64_t find_snapshot(struct cut_assembly *assembly,
                              const struct cut_snapshot_id *id)
{
    const struct cut_trace_run *run = assembly->run;

    if (cut_snapshot_id_compare(&run->snapshots[assembly->last_snapshot], id) !=
        0) {
        const struct cut_snapshot_id *found =
            bsearch(id,
                    run->snapshots,
                    run->info.snapshot_count,
                    sizeof *id,
                    cut_assembly_compare_snapshots);
        assembly->last_snapshot = (uint64_t)(found - run->snapshots);
    }
    return assembly->last_snapshot;
}

static void take_recording(struct cut_assembly *assembly,
                           const struct cut_segment_record *record,
                           uint32_t link,
                           struct cut_trace_record *out)
{
    out->kind = CUT_TRACE_RECORD;
    out->peer = assembly->segments->links[link].sender;
    out->message = *number_of(assembly, link, record->position);
    out->snapshot = find_snapshot(assembly, &record->snapshot);
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

/* A process joined, or left, perhaps another one than that which says so. */
static enum cut_error take_change(struct cut_assembly *assembly,
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
        return cut_assembly_out_of_memory(assembly);
    run->changes = grown;
    grown[run->change_count++] = change;
    out->kind = change.is_join ? CUT_TRACE_JOIN : CUT_TRACE_LEAVE;
    out->process = change.process;
    return write_down(assembly, out);
}

static enum cut_error take(struct cut_assembly *assembly, uint32_t process)
{
    const struct cut_segment_record *record = &assembly->cursors[process].next;
    struct cut_trace_record out = {.process = process, .now = record->now};
    struct cut_lost_message sent;
    enum cut_error error = CUT_OK;
    uint32_t link = cut_segment_has_message(record->kind)
                        ? cut_assembly_link(assembly, process, record)
                        : NONE;

    assembly->run->ends[process].last_now = record->now;
    switch (record->kind) {
    case CUT_SEGMENT_SEND:
        sent = (struct cut_lost_message){
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

static enum cut_error merge(struct cut_assembly *assembly)
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
static enum cut_error contradict(const struct cut_assembly *assembly,
                                 uint32_t process)
{
    const struct cut_cursor *cursor = &assembly->cursors[process];
    const struct cut_segment_link *link =
        &assembly->segments->links[cursor->waits_for];
    bool is_there =
        cursor->next.position < assembly->links[cursor->waits_for].total ||
        cut_assembly_is_lost(assembly, process, &cursor->next);

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
static enum cut_error check_waiting(const struct cut_assembly *assembly)
{
    uint32_t found = NONE;

    for (uint32_t p = 0; p < assembly->segments->count; p++) {
        const struct cut_cursor *cursor = &assembly->cursors[p];
        if (cursor->state != CUT_CURSOR_WAITING)
            continue;
        if (cursor->next.position >= assembly->links[cursor->waits_for].total &&
            !cut_assembly_is_lost(assembly, p, &cursor->next))
            return contradict(assembly, p);
        if (found == NONE)
            found = p;
    }
    return found == NONE ? CUT_OK : contradict(assembly, found);
}

/* Say how the trace of each process ends. */
static void close_ends(const struct cut_assembly *assembly)
{
    for (uint32_t p = 0; p < assembly->segments->count; p++) {
        const struct cut_cursor *cursor = &assembly->cursors[p];
        struct cut_trace_end *end = &assembly->run->ends[p];
        end->is_early = cut_assembly_is_early(assembly, p);
        end->is_torn = cursor->ending == CUT_SEGMENT_TRUNCATED;
        end->size = cursor->good;
    }
}

/* --- all of it ----------------------------------------------------------- */

static enum cut_error prepare(struct cut_assembly *assembly)
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
        return cut_assembly_out_of_memory(assembly);
    return CUT_OK;
}

/* The messages have been counted. */
static enum cut_error make_messages(struct cut_assembly *assembly)
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
               : cut_assembly_out_of_memory(assembly);
}

static void release(struct cut_assembly *assembly)
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
    struct cut_assembly assembly = {
        .run = run,
        .segments = segments,
        .allocator = run->allocator,
        .fault = fault,
    };
    enum cut_error error = prepare(&assembly);

    if (error == CUT_OK)
        error = cut_assembly_survey(&assembly);
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
