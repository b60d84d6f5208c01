/*
 * The side of the control connection that is in the program: it reads requests
 * and answers them (docs/formats/control.md).
 */
#ifndef CUT_MAIN_SERVER_H
#define CUT_MAIN_SERVER_H

#include <cutline/process.h>

/*
 * Answer requests until there are no more.
 *
 *   descriptor  of the connection; closed.
 *
 * Errors:  CUT_IO: it cannot be read or written. CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_server_run(int descriptor,
                                           const struct cut_process *process);

#endif
