/*
 * The control socket of a run: callers, their lines, and what goes back.
 *
 * A caller costs what is stated here, and nothing that it does, or does not do,
 * holds up another one or the run: it is not read from while it does not read;
 * one that leaves more than CUT_CONTROL_QUEUE_MAX unread is hung up on.
 */
#ifndef CUT_NET_CONTROL_SERVER_H
#define CUT_NET_CONTROL_SERVER_H

#include "net/supervisor_state.h"

#include <jansson.h>

/* Callers at once. For another one, that caller is hung up on which has asked
 * nothing for the longest time, and waits for nothing; if all wait for
 * something, the other one is told so, and hung up on. */
#define CUT_CONTROL_CALLERS_MAX 256

/* Snapshots that a caller may wait for at once. */
#define CUT_CONTROL_WAITING_MAX 256

/* Bytes of answers that wait to be read: a caller is not read from above the
 * first, and is hung up on where there would be another one above the second.
 */
#define CUT_CONTROL_QUEUE_PAUSE ((size_t)64 * 1024)
#define CUT_CONTROL_QUEUE_MAX ((size_t)1024 * 1024)

struct cut_control_server;
struct cut_control_caller;

/*
 * Listen on the socket of a run.
 *
 *   supervisor  its loop, name and topology are there.
 *
 * Errors:  those of cut_control_listen; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_control_server_open(struct cut_supervisor *supervisor,
                        struct cut_fault *fault,
                        struct cut_control_server **out);

/* Remove the socket and hang up. Memory is released by the loop, which is to
 * run once more. NULL is ignored. */
void cut_control_server_close(struct cut_control_server *server);

/* For control_answer.c. */

/* Take a line from a caller, and answer it now or later. */
void cut_control_answer_line(struct cut_control_caller *caller,
                             const char *line,
                             size_t size);

struct cut_supervisor *
cut_control_caller_supervisor(const struct cut_control_caller *caller);

/* Send an answer, which is taken; NULL: there is no memory for it, and the
 * caller is hung up on. */
void cut_control_caller_send(struct cut_control_caller *caller, json_t *answer);

/* The caller waits for a snapshot; false: for too many already. */
CUT_MUST_USE bool cut_control_caller_wait(struct cut_control_caller *caller);
/* It does so no longer. */
void cut_control_caller_waited(struct cut_control_caller *caller);

/* What it waits for, for control_answer.c to keep. */
struct cut_control_waiting;
struct cut_control_waiting **
cut_control_caller_waiting(struct cut_control_caller *caller);
/* The caller is gone: nobody waits. */
void cut_control_answer_forget(struct cut_control_caller *caller);

#endif
