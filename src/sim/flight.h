/*
 * What is in flight: a queue for each channel, and which of them have a
 * message that is due.
 *
 * A channel's first message is the only one that can be delivered, so the
 * channel waits for that one: in the wheel while it is not due, in the ready
 * set from then on. Delays are at most 5 ticks, so a wheel of 8 slots holds
 * all. A channel that is empty is in neither, and costs nothing.
 */
#ifndef CUT_SIM_FLIGHT_H
#define CUT_SIM_FLIGHT_H

#include "base/bitset.h"

#include <cutline/sim.h>

#define CUT_DELAY_MAX 5
#define CUT_WHEEL_SIZE 8

/* A message in flight, or a free place for one. */
struct cut_node {
    uint64_t due;
    uint64_t value;
    uint32_t next; /* in the channel, or free; CUT_NONE: the last */
    uint32_t is_marker;
};

struct cut_lane {
    uint32_t head; /* CUT_NONE: the channel is empty */
    uint32_t tail;
    uint32_t next; /* channel: in the same slot of the wheel */
};

struct cut_flight {
    const struct cut_allocator *allocator;
    struct cut_node *nodes;
    size_t node_count; /* ever used */
    size_t node_capacity;
    uint32_t free;          /* first of the list of free nodes */
    struct cut_lane *lanes; /* by channel */
    uint32_t lane_count;
    uint32_t wheel[CUT_WHEEL_SIZE]; /* by due time: first channel */
    struct cut_bitset ready;        /* channels */
    uint32_t ready_count;
};

/* CUT_NOMEM: cut_flight_fini is safe all the same. */
CUT_MUST_USE enum cut_error
cut_flight_init(struct cut_flight *flight,
                uint32_t channel_count,
                const struct cut_allocator *allocator);

void cut_flight_fini(struct cut_flight *flight);

/*
 * Make sure that `count` pushes need no memory.
 *
 * Errors: CUT_NOMEM; nothing has changed.
 */
CUT_MUST_USE enum cut_error cut_flight_reserve(struct cut_flight *flight,
                                               size_t count);

/* Put a message into a channel. There is room (cut_flight_reserve). */
void cut_flight_push(struct cut_flight *flight,
                     uint32_t channel,
                     struct cut_sim_message message);

/* Take the first message out of a channel that is ready at this time. */
struct cut_sim_message
cut_flight_pop(struct cut_flight *flight, uint32_t channel, uint64_t now);

/* Time is now `now`: what has become due gets ready. No time is left out. */
void cut_flight_advance(struct cut_flight *flight, uint64_t now);

/* Return the next time at which something can be delivered, or UINT64_MAX. */
uint64_t cut_flight_next_due(const struct cut_flight *flight, uint64_t now);

/* Return the first ready channel from this one on, or CUT_BITSET_END. */
static inline uint64_t cut_flight_next_ready(const struct cut_flight *flight,
                                             uint32_t channel)
{
    return cut_bitset_next(&flight->ready, channel);
}

#endif
