/*
 * The first reading of segments: each for itself, to its end.
 */
#include "analyze/assembly.h"

#include "base/fault.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

enum cut_error cut_assembly_out_of_memory(const struct cut_assembly *assembly)
{
    return cut_fault_fill(
        assembly->fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
}

uint32_t cut_assembly_link(const struct cut_assembly *assembly,
                           uint32_t process,
                           const struct cut_segment_record *record)
{
    const struct cut_segment *segment = &assembly->segments->segments[process];

    if (record->kind == CUT_SEGMENT_SEND || record->by_sender)
        return segment->first_outgoing + record->channel;
    return segment->incoming[record->channel];
}

enum cut_error cut_assembly_next(const struct cut_assembly *assembly,
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

int cut_assembly_compare_snapshots(const void *left, const void *right)
{
    return cut_snapshot_id_compare(left, right);
}

/* --- each segment for itself -------------------------------------------------
 */

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
        qsort(ids,
              run->info.snapshot_count,
              sizeof *ids,
              cut_assembly_compare_snapshots);
    for (size_t i = 0; i < run->info.snapshot_count; i++)
        if (count == 0 ||
            cut_snapshot_id_compare(&ids[count - 1], &ids[i]) != 0)
            ids[count++] = ids[i];
    run->info.snapshot_count = count;
}

/* Make room for one more. The list is sorted when it is full: it grows with the
 * names, and not with the records. */
static enum cut_error grow_snapshots(struct cut_assembly *assembly)
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
        return cut_assembly_out_of_memory(assembly);
    run->snapshots = grown;
    return CUT_OK;
}

/* Keep the name of a snapshot, unless it is the one just kept. */
static enum cut_error note_snapshot(struct cut_assembly *assembly,
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

/* A channel's messages are 0, 1, ... as they are sent. */
static enum cut_error check_send(struct cut_assembly *assembly,
                                 uint32_t process,
                                 uint64_t offset,
                                 const struct cut_segment_record *record)
{
    uint32_t number = cut_assembly_link(assembly, process, record);
    struct cut_assembly_channel *link = &assembly->links[number];

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

static enum cut_error check_record(struct cut_assembly *assembly,
                                   uint32_t process,
                                   uint64_t offset,
                                   const struct cut_segment_record *record)
{
    if (record->kind == CUT_SEGMENT_SEND)
        return check_send(assembly, process, offset, record);
    return is_of_snapshot(record->kind) ? note_snapshot(assembly, record)
                                        : CUT_OK;
}

static enum cut_error check_segment(struct cut_assembly *assembly,
                                    uint32_t process)
{
    struct cut_trace_reader *reader =
        assembly->segments->segments[process].reader;
    struct cut_cursor *cursor = &assembly->cursors[process];
    struct cut_segment_record record;
    bool has_more = true;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && has_more) {
        uint64_t offset = cut_trace_reader_offset(reader);
        error = cut_assembly_next(assembly, process, &record, &has_more);
        if (error == CUT_OK && has_more)
            error = check_record(assembly, process, offset, &record);
    }
    cursor->ending = cut_trace_reader_ending(reader);
    cursor->good = cut_trace_reader_offset(reader);
    cut_trace_reader_rewind(reader);
    return error;
}

static enum cut_error check_segments(struct cut_assembly *assembly)
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

bool cut_assembly_needs_message(const struct cut_segment_record *record)
{
    return record->kind == CUT_SEGMENT_RECEIVE ||
           record->kind == CUT_SEGMENT_RECORD;
}

bool cut_assembly_is_early(const struct cut_assembly *assembly,
                           uint32_t process)
{
    return assembly->cursors[process].ending != CUT_SEGMENT_ENDED;
}

bool cut_assembly_is_lost(const struct cut_assembly *assembly,
                          uint32_t process,
                          const struct cut_segment_record *record)
{
    if (!cut_assembly_needs_message(record) || record->by_sender)
        return false;
    uint32_t link = cut_assembly_link(assembly, process, record);
    return record->position >= assembly->links[link].total &&
           cut_assembly_is_early(assembly,
                                 assembly->segments->links[link].sender);
}

static int compare_lost(const void *left, const void *right)
{
    const struct cut_lost_message *a = left;
    const struct cut_lost_message *b = right;

    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static enum cut_error note_lost(struct cut_assembly *assembly,
                                uint32_t process,
                                const struct cut_segment_record *record)
{
    struct cut_lost_message *grown = cut_grow(assembly->allocator,
                                              assembly->lost,
                                              &assembly->lost_capacity,
                                              assembly->lost_count + 1,
                                              sizeof *grown);

    if (grown == NULL)
        return cut_assembly_out_of_memory(assembly);
    assembly->lost = grown;
    grown[assembly->lost_count++] = (struct cut_lost_message){
        .link = cut_assembly_link(assembly, process, record),
        .type = record->type,
        .size = record->size,
        .position = record->position,
    };
    return CUT_OK;
}

static enum cut_error find_lost(struct cut_assembly *assembly, uint32_t process)
{
    struct cut_trace_reader *reader =
        assembly->segments->segments[process].reader;
    struct cut_segment_record record;
    bool has_more = true;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && has_more) {
        error = cut_assembly_next(assembly, process, &record, &has_more);
        if (error == CUT_OK && has_more &&
            cut_assembly_is_lost(assembly, process, &record))
            error = note_lost(assembly, process, &record);
    }
    cut_trace_reader_rewind(reader);
    return error;
}

/* A message that is recorded and received is mentioned more than once. */
static void sort_lost(struct cut_assembly *assembly)
{
    struct cut_lost_message *lost = assembly->lost;
    size_t count = 0;

    if (assembly->lost_count > 1)
        qsort(lost, assembly->lost_count, sizeof *lost, compare_lost);
    for (size_t i = 0; i < assembly->lost_count; i++)
        if (count == 0 || compare_lost(&lost[count - 1], &lost[i]) != 0)
            lost[count++] = lost[i];
    assembly->lost_count = count;
    assembly->run->info.message_count += count;
}

static enum cut_error find_all_lost(struct cut_assembly *assembly)
{
    uint32_t count = assembly->segments->count;
    bool is_whole = true;
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < count; p++)
        is_whole &= !cut_assembly_is_early(assembly, p);
    for (uint32_t p = 0; !is_whole && p < count && error == CUT_OK; p++)
        error = find_lost(assembly, p);
    sort_lost(assembly);
    return error;
}

size_t cut_assembly_lost_from(const struct cut_assembly *assembly,
                              uint32_t link,
                              uint64_t position)
{
    const struct cut_lost_message key = {.link = link, .position = position};
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

enum cut_error cut_assembly_survey(struct cut_assembly *assembly)
{
    enum cut_error error = check_segments(assembly);

    return error == CUT_OK ? find_all_lost(assembly) : error;
}
