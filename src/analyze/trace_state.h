/*
 * What a trace consists of, for the judge.
 */
#ifndef CUT_ANALYZE_TRACE_STATE_H
#define CUT_ANALYZE_TRACE_STATE_H

#include <cutline/judge.h>

struct cut_trace {
    const struct cut_allocator *allocator;
    struct cut_trace_record *records;
    size_t count;
    size_t capacity;
    uint32_t process_count;
};

/*
 * Judge a snapshot of these members, by process; NULL: as cut_judge.
 *
 * Where views are numbered, they and not what was first in the trace say who
 * takes part: a process that leaves may do so before or after a capture that it
 * knows nothing of.
 */
CUT_MUST_USE enum cut_error
cut_judge_among(const struct cut_trace *trace,
                uint64_t snapshot,
                bool is_fifo,
                const bool *members,
                const struct cut_allocator *allocator,
                struct cut_verdict *out);

#endif
