#include "analyze/trace_state.h"

#include "base/memory.h"
#include "base/trap.h"

enum cut_error cut_trace_create(uint32_t process_count,
                                const struct cut_allocator *allocator,
                                struct cut_trace **out)
{
    allocator = cut_allocator_or_standard(allocator);
    struct cut_trace *trace = cut_allocate_zeroed(allocator, 1, sizeof *trace);
    if (trace == NULL)
        return CUT_NOMEM;
    trace->allocator = allocator;
    trace->process_count = process_count;
    *out = trace;
    return CUT_OK;
}

void cut_trace_destroy(struct cut_trace *trace)
{
    if (trace == NULL)
        return;
    cut_release(trace->allocator,
                trace->records,
                trace->capacity,
                sizeof *trace->records);
    cut_release(trace->allocator, trace, 1, sizeof *trace);
}

enum cut_error cut_trace_add(struct cut_trace *trace,
                             const struct cut_trace_record *record)
{
    struct cut_trace_record *grown = cut_grow(trace->allocator,
                                              trace->records,
                                              &trace->capacity,
                                              trace->count + 1,
                                              sizeof *grown);
    if (grown == NULL)
        return CUT_NOMEM;
    trace->records = grown;
    trace->records[trace->count++] = *record;
    return CUT_OK;
}

uint64_t cut_trace_count(const struct cut_trace *trace)
{
    return trace->count;
}

struct cut_trace_record cut_trace_at(const struct cut_trace *trace,
                                     uint64_t index)
{
    CUT_ASSERT(index < trace->count);
    return trace->records[index];
}
