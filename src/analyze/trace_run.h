/*
 * The trace of one incarnation of a run, and how it is put together.
 */
#ifndef CUT_ANALYZE_TRACE_RUN_H
#define CUT_ANALYZE_TRACE_RUN_H

#include "analyze/segments.h"

#include <cutline/trace.h>

/* A process is a member from a view on, or none. */
struct cut_trace_change {
    uint32_t process;
    uint32_t incarnation;
    uint32_t view;
    bool is_join;
};

struct cut_trace_run {
    const struct cut_allocator *allocator;
    struct cut_trace_run_info info;
    struct cut_trace *trace;
    struct cut_trace_message *messages; /* by number */
    size_t message_capacity;
    struct cut_snapshot_id *snapshots; /* in their order */
    size_t snapshot_capacity;
    struct cut_trace_change *changes;
    size_t change_count;
    size_t change_capacity;
    struct cut_trace_end *ends; /* by process */
    /* What the head's texts are copied to. */
    char *texts;
    size_t texts_size;
    const char **names;
    const char **types;
};

/* Compare the names of snapshots. */
int cut_snapshot_id_compare(const struct cut_snapshot_id *left,
                            const struct cut_snapshot_id *right);

/*
 * Put what segments say in one order.
 *
 *   run  with its info, and without anything else.
 *
 * Errors: CUT_INVALID, CUT_NOMEM; the run is as far as it came.
 */
CUT_MUST_USE enum cut_error
cut_trace_run_assemble(struct cut_trace_run *run,
                       const struct cut_segments *segments,
                       struct cut_fault *fault);

#endif
