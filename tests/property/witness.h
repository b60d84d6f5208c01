/*
 * A witness: an observer of a run of actors (actor.h) that knows the one
 * definition and nothing of markers, engines, queues or the judge:
 *
 *   A cut gives each process a point in its history: its capture. The state of
 *   a channel in a cut is the messages sent before the sender's point and not
 *   delivered before the receiver's point, in send order on FIFO channels, as
 *   a multiset otherwise. The cut is consistent when no message is delivered
 *   before the receiver's point that was sent after the sender's.
 *
 * It goes by what it was told as it happened, by the bytes of messages that it
 * kept when they were sent, and by what it counted itself of each process. What
 * the simulator says of a snapshot afterwards is compared with that.
 */
#ifndef TESTS_WITNESS_H
#define TESTS_WITNESS_H

#include "actor.h"

#include <cutline/sim.h>

#define WITNESS_PROCESSES 16
#define WITNESS_SNAPSHOTS 64

/* What is promised of the channels of a run. */
struct witness_terms {
    const struct cut_topology *topology;
    const struct cut_process *process; /* one of the two actors */
    bool is_fifo;      /* messages of a channel are delivered in order */
    bool is_exact;     /* and none is lost or delivered twice */
    uint32_t capacity; /* a process with so many in a channel has no event */
    bool markers_take_room;
};

struct witness;

/* Make one that has seen nothing; it is made anew for each run by _begin. */
struct witness *witness_create(void);
void witness_destroy(struct witness *witness);
void witness_begin(struct witness *witness, const struct witness_terms *terms);

/* A process is no member at first. */
void witness_is_absent(struct witness *witness, uint32_t process);

/* What an observer does; the context is the witness. */
void witness_see(void *context, const struct cut_sim_event *event);

/*
 * Judge a snapshot that is not collected: status, states, messages. The
 * verdict's kind, message, process and counts are filled in, as cut_judge has
 * them.
 */
void witness_judge(struct witness *witness,
                   const struct cut_sim *sim,
                   uint64_t snapshot,
                   struct cut_verdict *out);

/* What was seen that cannot be right, whatever is recorded: the first, in a
 * sentence; NULL: nothing. */
const char *witness_complaint(const struct witness *witness);

/* The run is over: are the simulator's counts what was seen? */
void witness_check_stats(struct witness *witness,
                         const struct cut_sim_stats *stats);

/* Snapshots that were given up since they took too long. */
uint64_t witness_timed_out_count(const struct witness *witness);

/* Messages that are neither delivered nor lost, and stops without a resume. */
uint64_t witness_underway_count(const struct witness *witness);
bool witness_somebody_stands_still(const struct witness *witness);

#endif
