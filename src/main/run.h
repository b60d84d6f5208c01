/*
 * One run that was asked for: from the request to the end.
 */
#ifndef CUT_MAIN_RUN_H
#define CUT_MAIN_RUN_H

#include "facts/totals.h"
#include "main/answer.h"
#include "main/request.h"

#include <cutline/script.h>

struct cut_run {
    struct cut_answers *answers;
    const struct cut_process *process;
    struct cut_request request;
    struct cut_trace *trace; /* NULL: nothing is judged */
    struct cut_sim *sim;
    struct cut_script *script; /* NULL: none */
    struct cut_facts *facts;   /* for one process or message at a time */
    struct cut_totals start;
    uint8_t *types; /* of messages, by id; where they are judged */
    size_t type_count;
    size_t type_capacity;
    uint64_t told_ns; /* when it was told last how far it is */
};

/* Do what a request asks for, and answer it. */
void cut_run_perform(struct cut_answers *answers,
                     const struct cut_process *process,
                     json_t *object);

/*
 * script_input.c: the outside input of the token process.
 *
 *   read   the request's script, if it has one.
 *   play   its lines, in a system that has just been made.
 *
 * Errors:  CUT_INVALID, CUT_NOMEM: the refusal says what is wrong.
 */
CUT_MUST_USE enum cut_error cut_run_read_script(struct cut_run *run,
                                                struct cut_refusal *refusal);
CUT_MUST_USE enum cut_error cut_run_play_script(const struct cut_run *run,
                                                struct cut_sim *sim,
                                                struct cut_refusal *refusal);

/*
 * tell.c, tell_event.c, tell_data.c, tell_snapshot.c, tell_verdict.c: what
 * answers consist of.
 */

/* {"system": ...} */
void cut_tell_system(struct cut_run *run);

/* {"event": ...}: the function of a struct cut_sim_observer. */
void cut_tell_event(void *context, const struct cut_sim_event *event);

/* {"snapshot": ...}; why: why the run ended. */
void cut_tell_snapshot(struct cut_run *run,
                       uint64_t number,
                       const struct cut_sim_snapshot_info *info,
                       const char *why);

/* {"end": ...}; why: "failure" where the run failed. */
void cut_tell_end(struct cut_run *run, const char *why);

/* {"error": ...} */
void cut_tell_refusal(struct cut_answers *answers,
                      const struct cut_refusal *refusal);

/* {"progress": ...} */
void cut_tell_progress(struct cut_run *run);

/* Set "data" of an object to a message's data as JSON, or "hex". */
void cut_tell_data(const struct cut_run *run,
                   const struct cut_message *message,
                   size_t size_max,
                   json_t **object);

/* Return what the judge says of a snapshot. */
json_t *cut_tell_verdict(const struct cut_run *run, uint64_t number);

#endif
