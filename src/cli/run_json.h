/*
 * What is said of a run of real processes, as JSON: docs/formats/run-json.md.
 */
#ifndef CLI_RUN_JSON_H
#define CLI_RUN_JSON_H

#include <cutline/supervisor.h>

/* Write what happened as a line of JSON; false: there is no memory for it. */
bool cut_run_json_write(FILE *file, const struct cut_supervisor_event *event);

#endif
