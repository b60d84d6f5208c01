/*
 * Counting messages by channel, where the order in which they come does not
 * say which are the last ones before a cut: the marker says how many there
 * are.
 *
 * All counts run from the engine's creation on, at both ends of a channel, and
 * never begin anew. So it does not matter who captured in which of the
 * snapshots that were given up: what was sent before the sender's capture in
 * this one is as many as the sender has ever sent, and all of it is to come,
 * or came.
 */
#ifndef CUT_CORE_COUNTS_H
#define CUT_CORE_COUNTS_H

#include "core/state.h"

/* In the algorithm's memory: sent and received are kept, the rest is the open
 * snapshot's. */
struct cut_counts {
    uint64_t *sent;     /* by outgoing channel */
    uint64_t *received; /* by incoming channel */
    uint64_t *old;      /* of these, sent before the cut */
    uint64_t *promised; /* how many are, by the marker, and one; 0: no marker */
};

/* Where these are, with so many other words before each of the two parts. */
struct cut_counts
cut_counts_at(struct cut_engine *engine, size_t kept_words, size_t open_words);

/* The memory for them, with those words. */
struct cut_memory_size cut_counts_size(uint32_t incoming_count,
                                       uint32_t outgoing_count,
                                       size_t kept_words,
                                       size_t open_words);

/* All that were received so far were sent before the cut. */
void cut_counts_begin(const struct cut_counts *counts, uint32_t incoming_count);

/* Has all come that was sent on a channel before the cut? */
bool cut_counts_are_whole(const struct cut_counts *counts, uint32_t channel);

#endif
