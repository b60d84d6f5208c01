/*
 * Packets: what travels. Each is kept once, in a place that does not move, and
 * goes when nobody refers to it any more: a channel, a queue, or a snapshot
 * that recorded it.
 */
#ifndef CUT_SIM_PACKET_H
#define CUT_SIM_PACKET_H

#include "base/memory.h"

#include <cutline/sim.h>

enum cut_packet_kind {
    CUT_PACKET_MESSAGE,
    CUT_PACKET_MARKER,
    CUT_PACKET_CONTROL, /* between two engines; data: struct cut_control */
    CUT_PACKET_TIMER,   /* no packet: a timer that waits to go off */
    CUT_PACKET_INPUT,   /* likewise, outside input that waits to be given */
    CUT_PACKET_START,   /* likewise, a process that waits to start */
    CUT_PACKET_ACKNOWLEDGEMENT, /* of the link layer */
};

/* Data of so many bytes lies in the packet itself. */
#define CUT_PACKET_INLINE 8

/* One line of the cache. */
struct cut_packet {
    union {
        uint64_t word;   /* data of up to 8 bytes; or as the kind says */
        uint8_t *memory; /* more */
    } data;
    uint64_t id; /* of a message; of a marker: the snapshot's number */
    union {
        uint64_t stamp;  /* of a message; of a marker: messages sent */
        uint64_t before; /* separate links, where there are no stamps: how many
                            on the other one */
    };
    uint64_t sequence;    /* of the link layer */
    uint32_t source;      /* process */
    uint32_t destination; /* process */
    uint32_t outgoing;    /* channel, at its source */
    uint32_t incoming;    /* channel, at its destination */
    uint32_t size;        /* of the data */
    uint32_t references;
    uint32_t next;    /* in a queue; or in the list of free ones */
    uint8_t kind;     /* enum cut_packet_kind */
    uint8_t type;     /* of a message */
    bool is_recorded; /* a message, for some snapshot */
};

#define CUT_PACKET_BLOCK_SHIFT 12

struct cut_packet_block {
    void *memory; /* as it came from the allocator */
    struct cut_packet *packets;
};

struct cut_packets {
    const struct cut_allocator *allocator;
    struct cut_packet_block *blocks; /* 2^CUT_PACKET_BLOCK_SHIFT packets each */
    size_t block_count;
    size_t block_capacity;
    uint32_t used; /* packets that were ever in use */
    uint32_t free; /* first of those that are not now; or CUT_NONE */
    uint32_t free_count;
};

/* A queue of packets, threaded through them. */
struct cut_queue {
    uint32_t head; /* or CUT_NONE */
    uint32_t tail;
};

void cut_packets_init(struct cut_packets *packets,
                      const struct cut_allocator *allocator);
void cut_packets_fini(struct cut_packets *packets);

CUT_MUST_USE enum cut_error cut_packets_grow(struct cut_packets *packets,
                                             uint32_t count);

/* Make sure that `count` packets without data can be had. */
CUT_MUST_USE static inline enum cut_error
cut_packets_reserve(struct cut_packets *packets, uint32_t count)
{
    return packets->free_count >= count ? CUT_OK
                                        : cut_packets_grow(packets, count);
}

/*
 * Make a packet with one reference; its data is copied, the rest is zero.
 *
 * Errors: CUT_NOMEM; CUT_LIMIT there are 2^32 - 1 already.
 */
CUT_MUST_USE enum cut_error cut_packet_make(struct cut_packets *packets,
                                            const void *data,
                                            size_t size,
                                            uint32_t *out);

/* Drop a reference. */
void cut_packet_drop(struct cut_packets *packets, uint32_t index);

static inline struct cut_packet *
cut_packet_at(const struct cut_packets *packets, uint32_t index)
{
    return &packets->blocks[index >> CUT_PACKET_BLOCK_SHIFT]
                .packets[index & ((1u << CUT_PACKET_BLOCK_SHIFT) - 1)];
}

static inline const void *cut_packet_data(const struct cut_packet *packet)
{
    return packet->size <= CUT_PACKET_INLINE ? (const void *)&packet->data.word
                                             : packet->data.memory;
}

/* Queues */

#define CUT_QUEUE_EMPTY ((struct cut_queue){CUT_NONE, CUT_NONE})

static inline bool cut_queue_is_empty(const struct cut_queue *queue)
{
    return queue->head == CUT_NONE;
}

void cut_queue_append(struct cut_packets *packets,
                      struct cut_queue *queue,
                      uint32_t index);

/* Take the first one out; there is one. */
uint32_t cut_queue_take(struct cut_packets *packets, struct cut_queue *queue);

#endif
