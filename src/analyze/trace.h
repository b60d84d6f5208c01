/*
 * What a trace consists of, for the judge.
 */
#ifndef CUT_ANALYZE_TRACE_H
#define CUT_ANALYZE_TRACE_H

#include <cutline/judge.h>

struct cut_trace {
    const struct cut_allocator *allocator;
    struct cut_trace_record *records;
    size_t count;
    size_t capacity;
    uint32_t process_count;
};

#endif
