/*
 * The JSON form of what `cutline sim PROGRAM` says
 * (docs/formats/sim-program-json.md). It is written piece by piece, and is a
 * whole document whatever becomes of the run.
 */
#ifndef CLI_PROGRAM_JSON_H
#define CLI_PROGRAM_JSON_H

#include "troupe.h"

struct cut_program_json {
    FILE *file;
    const struct cut_cast *cast;
    bool has_log;
    bool has_snapshots; /* their array is open */
    bool is_first;      /* the next element is the first of its array */
    enum cut_error error;
};

/* Begin the document with the system. */
void cut_program_json_begin(struct cut_program_json *json, json_t *system);

/* Write an event, a snapshot: values of answers, which are changed. */
void cut_program_json_event(struct cut_program_json *json, json_t *event);
void cut_program_json_snapshot(struct cut_program_json *json, json_t *snapshot);

/*
 * End the document with the value of the answer "end"; or, where there is
 * none, with what became of the program.
 */
void cut_program_json_end(struct cut_program_json *json,
                          json_t *end,
                          const char *fate);

/*
 * Put names in the place of processes and of types of messages, in an object
 * and all that is in it, but for what is the program's own.
 *
 * Errors:  CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_program_json_name(const struct cut_cast *cast,
                                                  json_t *value);

#endif
