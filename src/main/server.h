/*
 * The side of the control connection that is in the program: it reads requests
 * and answers them (docs/formats/control.md).
 */
#ifndef CUT_MAIN_SERVER_H
#define CUT_MAIN_SERVER_H

#include <cutline/process.h>

/* Return who one is, as JSON; to be released with free(). NULL: no memory. */
char *cut_server_greeting(const struct cut_process *process);

/*
 * Answer requests until there are no more.
 *
 *   descriptor  of the connection; closed.
 *   status      of the exit: written if it is one.
 *   returns     whether it is one. What goes wrong later is told there.
 */
CUT_MUST_USE bool
cut_server_run(int descriptor, const struct cut_process *process, int *status);

#endif
