/*
 * A program that was started on another host than its supervisor's: it reads on
 * its standard input where to call (docs/formats/control.md).
 */
#ifndef CUT_MAIN_REMOTE_H
#define CUT_MAIN_REMOTE_H

#include <cutline/process.h>

/* Be one process of the run, until the end; returns the exit status. What goes
 * wrong before the supervisor can be told is a line on standard error. */
CUT_MUST_USE int cut_remote_run(const struct cut_process *process);

#endif
