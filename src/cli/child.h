/*
 * A PROGRAM that the command runs: it is asked, and answers, over a control
 * connection (docs/formats/control.md).
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "option.h"

#include <jansson.h>

struct cut_child;

/*
 * Start a program. Complains on standard error, as the functions below. From
 * now on JSON that there is no memory for ends the command, with a complaint.
 *
 *   argv   of the program, argv[0] is its path; ended by NULL; borrowed.
 *
 * Errors:  CUT_INVALID it is no program, or none of Cutline; CUT_IO;
 *          CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_child_start(const struct cut_command *command,
                                            char *const *argv,
                                            struct cut_child **out);

/*
 * Send a request, and take it. Errors: CUT_STATE, as below; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_child_ask(struct cut_child *child,
                                          json_t *request);

/* An answer. */
struct cut_answer {
    const char *name; /* "event", "snapshot", ... */
    json_t *value;    /* borrowed until the next one */
};

/*
 * Wait for the next answer.
 *
 * Errors:  CUT_STATE: the program died. That alone is not complained of: it
 *          may be what somebody wants to know of it.
 *          CUT_IO: it does not speak as it should.
 *          CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_child_next(struct cut_child *child,
                                           struct cut_answer *out);

/*
 * Return what became of a program of which an answer did not come, for people;
 * an empty text where it lives.
 */
const char *cut_child_fate(const struct cut_child *child);

/* Complain of what became of it. */
void cut_child_complain(const struct cut_child *child);

/* End a program, if it has not ended; NULL is ignored. */
void cut_child_stop(struct cut_child *child);

#endif
