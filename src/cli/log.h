/*
 * The log of a run, for people: per tick, what each process did, in the order
 * in which it happened, and what is in transit afterwards. Made for reading,
 * grep and diff: a line for each thing done, the same for the same run.
 *
 *     tick 3
 *       N1  receives token(2) from N2                          holds 4
 *       N3  receives marker 0 from N1, captures 5, sends marker 0 to N2 N4
 *       in flight: N1->N2 token(3)@5 marker(0)@6; N3->N2 marker(0)@7; ...
 *
 * "@5": it may be delivered from tick 5 on.
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "terminal.h"

#include <cutline/sim.h>

struct cut_log;

/*
 * Make a log.
 *
 *   file       open for writing; borrowed. Errors are left in its error
 *              indicator.
 *   topology   sealed; borrowed.
 *   allocator  borrowed; NULL: the standard one.
 *
 * Errors:  CUT_NOMEM.
 * Memory:  12 bytes a channel; while it runs, 24 bytes a message in transit
 *          and 40 a snapshot.
 */
CUT_MUST_USE enum cut_error
cut_log_create(FILE *file,
               const struct cut_topology *topology,
               const struct cut_terminal *terminal,
               const struct cut_allocator *allocator,
               struct cut_log **out);

/* Destroy a log; NULL is ignored. The file is the caller's. */
void cut_log_destroy(struct cut_log *log);

/*
 * Write an event: a struct cut_sim_observer's function, with the log as its
 * context. What an event costs does not depend on the number of channels; what
 * is in transit is written once a tick.
 */
void cut_log_observe(void *context, const struct cut_sim_event *event);

/*
 * Write what is left to write at the end of the run.
 *
 * Errors:  CUT_NOMEM while observing: the log ends there.
 */
CUT_MUST_USE enum cut_error cut_log_finish(struct cut_log *log);

#endif
