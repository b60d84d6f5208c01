/*
 * Figures of a run for a monitoring system, made anew each second: in a file,
 * or served over HTTP on the loopback interface.
 */
#ifndef CUT_NET_METRICS_H
#define CUT_NET_METRICS_H

#include "net/supervisor_state.h"

struct cut_metrics;

/*
 * Begin.
 *
 *   where  a port, 0 to 65535 (0: any that is free, which the log names); all
 *          else is the path of a file, which is replaced as a whole.
 *
 * Errors:  CUT_INVALID no such port; CUT_IO the port is taken, the file cannot
 *          be written; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_metrics_open(struct cut_supervisor *supervisor,
                                             const char *where,
                                             struct cut_fault *fault,
                                             struct cut_metrics **out);

/* The run is over: the file says how it ended; nothing is served any more.
 * Memory is released by the loop, which is to run once more. NULL is ignored.
 */
void cut_metrics_close(struct cut_metrics *metrics);

#endif
