/*
 * When the last packet of each channel arrives, so that the next one does not
 * arrive before it. An array where there are not too many channels; else a
 * table of those that have something on its way, since a time that has passed
 * says nothing any more.
 */
#ifndef CUT_SIM_LANES_H
#define CUT_SIM_LANES_H

#include "base/memory.h"

#include <stdbool.h>

struct cut_lane_entry {
    uint64_t key; /* the channel and one; 0: free */
    uint64_t last;
};

struct cut_lanes {
    const struct cut_allocator *allocator;
    uint64_t *last; /* by channel; NULL: the table is used */
    uint64_t channel_count;
    struct cut_lane_entry *table; /* open addressing */
    size_t table_size;            /* a power of two */
    size_t used;
};

CUT_MUST_USE enum cut_error cut_lanes_init(struct cut_lanes *lanes,
                                           uint64_t channel_count,
                                           const struct cut_allocator *a);
void cut_lanes_fini(struct cut_lanes *lanes);

/*
 * Return the place of a channel's time, 0 at first; it is the caller's until
 * the next call. NULL: out of memory.
 */
uint64_t *cut_lanes_at(struct cut_lanes *lanes, uint64_t channel, uint64_t now);

#endif
