/*
 * Runs that are up, for whoever wants to look at one: each supervisor listens
 * on a Unix socket of its own, and answers lines of JSON there. What may be
 * asked is in docs/formats/control-socket.md.
 *
 * The sockets of a user are in one directory, which nobody else can enter:
 * $XDG_RUNTIME_DIR/cutline where that is a directory of the user's own, else
 * /tmp/cutline-<uid>. That of a run is <its name>.sock.
 */
#ifndef CUTLINE_CONTROL_H
#define CUTLINE_CONTROL_H

#include <cutline/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes of the name of a run. */
#define CUT_CONTROL_NAME_MAX 63

/* Bytes of the path of a socket, with its end: what an address holds. */
#define CUT_CONTROL_PATH_SIZE 108

/*
 * Return whether a text may be the name of a run: letters, digits, '_', '-' and
 * '.', of which the first is a letter, a digit or '_'; at most
 * CUT_CONTROL_NAME_MAX of them.
 *
 * Threads: any.
 */
CUT_PUBLIC bool cut_control_name_is_valid(const char *name);

/*
 * Find the directory of the sockets, without making it.
 *
 *   out    its path.
 *   fault  says what is wrong in one line; NULL: nobody wants to know.
 *
 * Errors:  CUT_STATE there is none, so nothing is up; CUT_IO it is not the
 *          user's own, others can enter it, or it cannot be looked at.
 * Threads: any, while nobody changes the environment.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_control_directory(char out[CUT_CONTROL_PATH_SIZE], struct cut_fault *fault);

/*
 * Connect to the supervisor of a run. A socket whose supervisor is no more is
 * removed.
 *
 *   name   of the run.
 *   out    a descriptor that does not block; to be closed by the caller.
 *   fault  as above.
 *
 * Errors:  CUT_INVALID no run can have that name; CUT_STATE no such run is up;
 *          CUT_LIMIT it has too many callers at this moment; CUT_IO.
 * Threads: any, while nobody changes the environment.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_control_connect(const char *name, int *out, struct cut_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
