/*
 * Scripts: the `.events` files of the COS 418 simulator, and running one.
 */
#ifndef CUTLINE_SCRIPT_H
#define CUTLINE_SCRIPT_H

#include <cutline/sim.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cut_script;

/*
 * Read an `.events` file (docs/formats/events.md) for a topology.
 *
 *   file      open for reading; read to its end, not closed.
 *   path      its name for messages; borrowed while the script lives.
 *   topology  sealed; borrowed while the script lives.
 *   fault     written on failure; NULL if not wanted.
 *
 * A snapshot that could never complete, because a process cannot be reached
 * from its initiator, is found here.
 *
 * Errors:  CUT_INVALID malformed; CUT_LIMIT too long; CUT_IO; CUT_NOMEM.
 * Memory:  24 bytes a line.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_script_read(FILE *file,
                const char *path,
                const struct cut_topology *topology,
                const struct cut_allocator *allocator,
                struct cut_script **out,
                struct cut_fault *fault);

/* Destroy a script; NULL is ignored. */
CUT_PUBLIC void cut_script_destroy(struct cut_script *script);

/* Return how many lines a script has that do something. */
CUT_PUBLIC size_t cut_script_line_count(const struct cut_script *script);

/* Return how many snapshots a script begins: for cut_sim_config. */
CUT_PUBLIC uint32_t cut_script_snapshot_count(const struct cut_script *script);

/*
 * Run a script: its lines in order, then ticks until every snapshot is
 * complete, then 6 more (the longest delay and one).
 *
 *   sim    of the token process, fresh, with room for the script's snapshots;
 *          by the schedule of ticks. One of another topology traps.
 *   fault  written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID a line sends more tokens than are held; CUT_LIMIT too
 *          many ticks; CUT_NOMEM. The system can only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_script_run(const struct cut_script *script,
               struct cut_sim *sim,
               struct cut_fault *fault);

/* How far a run of a script has come; all zero: it has not begun. */
struct cut_script_position {
    size_t order;   /* the next line to execute; read only */
    bool is_at_end; /* all is done */
};

/*
 * Run a part of a script: as cut_script_run, but no more than so many lines
 * and, after the last line, ticks. For a caller who wants to look in between;
 * or who has a system that runs by events, where a tick is a millisecond and
 * the lines are all that is to be run by this: what follows them is
 * cut_sim_run.
 *
 *   position  the caller's, kept between the calls.
 *   steps     at most so many.
 *
 * Errors:  as cut_script_run.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_script_run_some(const struct cut_script *script,
                    struct cut_sim *sim,
                    struct cut_script_position *position,
                    uint64_t steps,
                    struct cut_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
