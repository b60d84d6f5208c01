/*
 * Where the control sockets of runs are, for who makes them and who looks for
 * them (<cutline/control.h>).
 *
 * Whoever makes or removes a socket holds the lock of the directory. So a
 * socket that nobody listens on, seen under the lock, is one whose supervisor
 * is dead, and none that is about to be listened on.
 */
#ifndef CUT_NET_CONTROL_PLACE_H
#define CUT_NET_CONTROL_PLACE_H

#include <cutline/control.h>

/* What the name of a socket ends in. */
#define CUT_CONTROL_SUFFIX ".sock"

/* Say that no run can have a name; return CUT_INVALID. */
enum cut_error cut_control_name_fault(const char *name,
                                      struct cut_fault *fault);

/*
 * Listen on the socket of a run, mode 0600, in the directory, which is made,
 * mode 0700, if it is not there.
 *
 *   path   of the socket, to be removed with cut_control_remove.
 *   out    a descriptor that listens and does not block.
 *
 * Errors:  CUT_INVALID no run can have that name; CUT_STATE a run of that name
 *          is up; CUT_IO the directory or the socket cannot be made, or are not
 *          the user's own.
 */
CUT_MUST_USE enum cut_error cut_control_listen(const char *name,
                                               char path[CUT_CONTROL_PATH_SIZE],
                                               int *out,
                                               struct cut_fault *fault);

/* Remove the socket of a run that ends, before its descriptor is closed: while
 * we still listen, nobody takes it for stale, and has made another one. */
void cut_control_remove(const char path[CUT_CONTROL_PATH_SIZE]);

#endif
