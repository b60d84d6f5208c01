/*
 * What the judge says of the trace of a run, as JSON.
 */
#ifndef CLI_JUDGE_JSON_H
#define CLI_JUDGE_JSON_H

#include <cutline/trace.h>

#include <jansson.h>

/*
 * Judge every snapshot of a run, and return all that is to be said
 * (docs/formats/judge-json.md); NULL: out of memory.
 */
json_t *cut_judge_json(const struct cut_trace_run *run);

#endif
