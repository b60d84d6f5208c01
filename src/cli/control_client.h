/*
 * Runs that are up, asked over their control sockets
 * (docs/formats/control-socket.md). What goes wrong is said on standard error.
 */
#ifndef CLI_CONTROL_CLIENT_H
#define CLI_CONTROL_CLIENT_H

#include "option.h"

#include <cutline/control.h>
#include <cutline/process.h>
#include <jansson.h>

/* The names of the runs that are up, in byte order. */
struct cut_runs {
    char (*names)[CUT_CONTROL_NAME_MAX + 1];
    size_t count;
};

/*
 * Find the runs that are up.
 *
 *   out    to be finished with cut_runs_fini.
 *
 * Errors:  CUT_IO, CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_runs_find(const struct cut_command *command,
                                          struct cut_runs *out);
void cut_runs_fini(struct cut_runs *runs);

struct cut_control_client;

/*
 * Call a run.
 *
 *   command  in whose name is complained; NULL: nothing is said, here and
 * later. run      its name; NULL: the only one that is up, which needs a
 * command. out      to be closed with cut_control_client_close.
 *
 * Errors:  CUT_INVALID there are several, and none was named, or the name is
 *          none; CUT_STATE there is no such run; CUT_LIMIT, CUT_IO, CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_control_client_open(const struct cut_command *command,
                        const char *run,
                        struct cut_control_client **out);

/* Hang up. NULL is ignored. */
void cut_control_client_close(struct cut_control_client *client);

/* Return the name of the run. */
const char *cut_control_client_run(const struct cut_control_client *client);

/*
 * Ask, and wait for the answer.
 *
 *   request  taken; NULL: there was no memory for it.
 *   key      the member of the answer that is wanted.
 *   timeout  how long to wait, in nanoseconds.
 *   out      that member, the caller's.
 *
 * Errors:  CUT_STATE the run refuses; CUT_IO it is gone; CUT_LIMIT it has not
 *          answered in time; CUT_PROTOCOL it answers what is no
 *          answer; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_control_client_ask(struct cut_control_client *client,
                       json_t *request,
                       const char *key,
                       cut_time timeout,
                       json_t **out);

/* Print a value as a line of JSON; return the exit status. */
CUT_MUST_USE int cut_control_print_json(const struct cut_command *command,
                                        const json_t *value);

/* Wait until the run is gone. Errors: CUT_LIMIT it is still there. */
CUT_MUST_USE enum cut_error
cut_control_client_await_end(struct cut_control_client *client,
                             cut_time timeout);

#endif
