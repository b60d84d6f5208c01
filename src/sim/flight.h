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

/* Messages of a channel come in chunks, each one line of the cache. */
#define CUT_CHUNK_SIZE 4

struct cut_entry {
    uint64_t due_and_kind; /* twice the time; one more for a marker */
    uint64_t value;
};

/* Channels that wait for the same time come in chunks as well. */
#define CUT_CHUNK_WAITING 16

union cut_chunk {
    struct cut_entry entries[CUT_CHUNK_SIZE];
    uint32_t waiting[CUT_CHUNK_WAITING];
};

/* The channels whose first message is due at one time. */
struct cut_wheel_slot {
    uint32_t head;  /* chunk, the only one that is not full; or CUT_NONE */
    uint32_t count; /* in the head chunk */
};

/* The first block has 2^10 chunks, each further one twice as many. */
#define CUT_BLOCK_SHIFT 10
#define CUT_BLOCK_COUNT 20

/*
 * Chunks never move: what is in flight is most of a large run's memory, and
 * growing it by moving would cost the large pages that it lies on.
 */
struct cut_block {
    void *memory; /* as it came from the allocator */
    union cut_chunk *chunks;
    uint32_t *next; /* by chunk: in its channel, or in the free list */
};

struct cut_lane {
    uint32_t head;  /* chunk; CUT_NONE: the channel is empty */
    uint32_t tail;  /* chunk */
    uint16_t first; /* entry of the head chunk */
    uint16_t end;   /* entry of the tail chunk, and one */
};

struct cut_flight {
    const struct cut_allocator *allocator;
    struct cut_block blocks[CUT_BLOCK_COUNT];
    unsigned block_count;
    uint32_t chunk_count; /* in all blocks */
    uint32_t used;        /* chunks that were ever in use */
    uint32_t free;        /* first of the list of those that are not now */
    uint32_t free_count;
    struct cut_lane *lanes; /* by channel */
    uint32_t lane_count;
    struct cut_wheel_slot wheel[CUT_WHEEL_SIZE]; /* by due time */
    struct cut_bitset ready;                     /* channels */
    uint32_t ready_count;
};

/* CUT_NOMEM: cut_flight_fini is safe all the same. */
CUT_MUST_USE enum cut_error
cut_flight_init(struct cut_flight *flight,
                uint32_t channel_count,
                const struct cut_allocator *allocator);

void cut_flight_fini(struct cut_flight *flight);

/* Make room for so many chunks and no fewer. CUT_NOMEM: nothing has changed. */
CUT_MUST_USE enum cut_error cut_flight_grow(struct cut_flight *flight,
                                            size_t chunks);

/*
 * Make sure that `count` pushes need no memory.
 *
 * A push takes a new chunk at most for its message. Each channel that is not
 * empty has a chunk of messages, and waits in one slot of the wheel at most,
 * where all chunks but one in each slot are full.
 *
 * Errors: CUT_NOMEM; nothing has changed.
 */
CUT_MUST_USE static inline enum cut_error
cut_flight_reserve(struct cut_flight *flight, size_t count)
{
    size_t chunks = flight->used - flight->free_count + count;

    chunks += chunks / CUT_CHUNK_WAITING + CUT_WHEEL_SIZE;
    return chunks <= flight->chunk_count ? CUT_OK
                                         : cut_flight_grow(flight, chunks);
}

/* Put a message into a channel. There is room (cut_flight_reserve). */
void cut_flight_push(struct cut_flight *flight,
                     uint32_t channel,
                     const struct cut_sim_message *message);

/* Take the first message out of a channel that is ready at this time. */
void cut_flight_pop(struct cut_flight *flight,
                    uint32_t channel,
                    uint64_t now,
                    struct cut_sim_message *out);

/* Time is now `now`: what has become due gets ready. No time is left out. */
void cut_flight_advance(struct cut_flight *flight, uint64_t now);

/* Return the next time at which something can be delivered, or UINT64_MAX. */
uint64_t cut_flight_next_due(const struct cut_flight *flight, uint64_t now);

/*
 * Walk through a channel: as cut_sim_next_in_flight.
 */
bool cut_flight_next(const struct cut_flight *flight,
                     uint32_t channel,
                     uint32_t *cursor,
                     struct cut_sim_message *out);

/* Have the processor fetch what the next pop of a channel will touch: first
 * its lane, and when that is there, its message. */
static inline void cut_flight_prefetch_lane(const struct cut_flight *flight,
                                            uint32_t channel)
{
    __builtin_prefetch(&flight->lanes[channel], 1);
}
void cut_flight_prefetch_message(const struct cut_flight *flight,
                                 uint32_t channel);

/* Return the value of a channel's first message, UINT64_MAX if it is a marker.
 * There is one. */
uint64_t cut_flight_first_value(const struct cut_flight *flight,
                                uint32_t channel);

/* Return the first ready channel from this one on, or CUT_BITSET_END. */
static inline uint64_t cut_flight_next_ready(const struct cut_flight *flight,
                                             uint32_t channel)
{
    return cut_bitset_next(&flight->ready, channel);
}

#endif
