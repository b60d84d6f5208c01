#include "analyze/trace_run.h"

#include "analyze/trace_state.h"
#include "base/fault.h"
#include "base/memory.h"
#include "base/trap.h"

#include <string.h>

/* --- what the heads say -------------------------------------------------- */

static size_t size_of_texts(const struct cut_segments *segments)
{
    const struct cut_segment_head *first = segments->segments[0].head;
    size_t size = strlen(first->algorithm) + 1;

    for (uint32_t i = 0; i < first->type_count; i++)
        size += strlen(first->types[i]) + 1;
    for (uint32_t p = 0; p < segments->count; p++)
        size += strlen(segments->segments[p].head->name) + 1;
    return size;
}

/* Copy a text; return the copy, and move to where the next one goes. */
static const char *copy_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = *at;

    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static void copy_texts(struct cut_trace_run *run,
                       const struct cut_segments *segments)
{
    const struct cut_segment_head *first = segments->segments[0].head;
    char *at = run->texts;

    run->info.algorithm = copy_text(&at, first->algorithm);
    for (uint32_t i = 0; i < first->type_count; i++)
        run->types[i] = copy_text(&at, first->types[i]);
    for (uint32_t p = 0; p < segments->count; p++)
        run->names[p] = copy_text(&at, segments->segments[p].head->name);
    run->info.names = run->names;
    run->info.types = run->types;
}

static bool is_fifo(const struct cut_segments *segments)
{
    for (uint32_t i = 0; i < segments->link_count; i++)
        if (!segments->links[i].is_fifo)
            return false;
    return true;
}

/* A process that joined later has a time 0 of its own: the run began with the
 * first. */
static uint64_t earliest_start(const struct cut_segments *segments)
{
    uint64_t earliest = UINT64_MAX;

    for (uint32_t p = 0; p < segments->count; p++)
        if (segments->segments[p].head->started_at < earliest)
            earliest = segments->segments[p].head->started_at;
    return earliest;
}

static enum cut_error fill_info(struct cut_trace_run *run,
                                const struct cut_segments *segments,
                                struct cut_fault *fault)
{
    const struct cut_segment_head *first = segments->segments[0].head;

    memcpy(run->info.id, first->run_id, sizeof run->info.id);
    run->info.started_at = earliest_start(segments);
    run->info.incarnation = segments->incarnation;
    run->info.is_last = segments->is_last;
    run->info.is_fifo = is_fifo(segments);
    run->info.process_count = segments->count;
    run->info.type_count = first->type_count;
    run->texts_size = size_of_texts(segments);
    run->texts = cut_allocate(run->allocator, run->texts_size, 1);
    run->names =
        cut_allocate(run->allocator, segments->count, sizeof *run->names);
    run->types =
        cut_allocate(run->allocator, first->type_count, sizeof *run->types);
    if (run->texts == NULL || run->names == NULL || run->types == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    copy_texts(run, segments);
    return CUT_OK;
}

/* --- reading and destroying ---------------------------------------------- */

enum cut_error cut_trace_run_read(const char *directory,
                                  uint32_t incarnation_min,
                                  const struct cut_allocator *allocator,
                                  struct cut_trace_run **out,
                                  struct cut_fault *fault)
{
    struct cut_segments segments;

    allocator = cut_allocator_or_standard(allocator);
    struct cut_trace_run *run = cut_allocate_zeroed(allocator, 1, sizeof *run);
    if (run == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    run->allocator = allocator;
    enum cut_error error = cut_segments_read(
        directory, incarnation_min, allocator, &segments, fault);
    if (error == CUT_OK)
        error = fill_info(run, &segments, fault);
    if (error == CUT_OK)
        error = cut_trace_run_assemble(run, &segments, fault);
    cut_segments_fini(&segments);
    if (error == CUT_OK)
        *out = run;
    else
        cut_trace_run_destroy(run);
    return error;
}

void cut_trace_run_destroy(struct cut_trace_run *run)
{
    if (run == NULL)
        return;
    const struct cut_allocator *allocator = run->allocator;
    const struct cut_trace_run_info *info = &run->info;
    cut_trace_destroy(run->trace);
    cut_release(
        allocator, run->messages, run->message_capacity, sizeof *run->messages);
    cut_release(allocator,
                run->snapshots,
                run->snapshot_capacity,
                sizeof *run->snapshots);
    cut_release(
        allocator, run->changes, run->change_capacity, sizeof *run->changes);
    cut_release(allocator, run->ends, info->process_count, sizeof *run->ends);
    cut_release(allocator, run->texts, run->texts_size, 1);
    cut_release(allocator, run->names, info->process_count, sizeof *run->names);
    cut_release(allocator, run->types, info->type_count, sizeof *run->types);
    cut_release(allocator, run, 1, sizeof *run);
}

/* --- asking -------------------------------------------------------------- */

const struct cut_trace_run_info *
cut_trace_run_info(const struct cut_trace_run *run)
{
    return &run->info;
}

const struct cut_trace *cut_trace_run_trace(const struct cut_trace_run *run)
{
    return run->trace;
}

struct cut_trace_message cut_trace_run_message(const struct cut_trace_run *run,
                                               uint64_t message)
{
    CUT_ASSERT(message < run->info.message_count);
    return run->messages[message];
}

struct cut_snapshot_id cut_trace_run_snapshot(const struct cut_trace_run *run,
                                              uint64_t snapshot)
{
    CUT_ASSERT(snapshot < run->info.snapshot_count);
    return run->snapshots[snapshot];
}

struct cut_trace_end cut_trace_run_end(const struct cut_trace_run *run,
                                       uint32_t process)
{
    CUT_ASSERT(process < run->info.process_count);
    return run->ends[process];
}

/* --- judging ------------------------------------------------------------- */

static bool is_view_before(uint32_t incarnation,
                           uint32_t view,
                           uint32_t other_incarnation,
                           uint32_t other_view)
{
    return incarnation != other_incarnation ? incarnation < other_incarnation
                                            : view < other_view;
}

/*
 * Return whether a process is a member of a snapshot's view: what the last of
 * its changes up to that view says; before the first, the contrary of that.
 */
static bool is_member(const struct cut_trace_run *run,
                      uint32_t process,
                      struct cut_snapshot_id id)
{
    const struct cut_trace_change *last = NULL;
    const struct cut_trace_change *first = NULL;

    for (size_t i = 0; i < run->change_count; i++) {
        const struct cut_trace_change *change = &run->changes[i];
        if (change->process != process)
            continue;
        if (first == NULL || is_view_before(change->incarnation,
                                            change->view,
                                            first->incarnation,
                                            first->view))
            first = change;
        if (is_view_before(
                id.incarnation, id.view, change->incarnation, change->view))
            continue;
        if (last == NULL || !is_view_before(change->incarnation,
                                            change->view,
                                            last->incarnation,
                                            last->view))
            last = change;
    }
    if (last != NULL)
        return last->is_join;
    return first == NULL || !first->is_join;
}

enum cut_error cut_trace_run_judge(const struct cut_trace_run *run,
                                   uint64_t snapshot,
                                   const struct cut_allocator *allocator,
                                   struct cut_verdict *out)
{
    uint32_t count = run->info.process_count;
    struct cut_snapshot_id id = cut_trace_run_snapshot(run, snapshot);

    allocator = cut_allocator_or_standard(allocator);
    bool *members = cut_allocate(allocator, count, sizeof *members);
    if (members == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < count; p++)
        members[p] = is_member(run, p, id);
    enum cut_error error = cut_judge_among(
        run->trace, snapshot, run->info.is_fifo, members, allocator, out);
    cut_release(allocator, members, count, sizeof *members);
    return error;
}
