/*
 * What a topology consists of, for the files of this folder that cannot
 * afford a call per channel.
 */
#ifndef CUT_SIM_GRAPH_H
#define CUT_SIM_GRAPH_H

#include "base/memory.h"
#include "base/trap.h"

#include <cutline/topology.h>

/*
 * A process's name in the arena, which is an array of words: the process,
 * then the size in one byte, the bytes and a NUL.
 */
struct cut_name {
    uint32_t process;
    unsigned char size;
    char text[];
};

/* A channel. What a delivery needs of it lies together. */
struct cut_channel {
    uint32_t source;
    uint32_t destination;
    uint32_t incoming_index; /* its number at its destination */
};

/* A channel as it was added: processes in the order of adding. */
struct cut_link {
    uint32_t source;
    uint32_t destination;
};

/* Bytes of the longest name that is made of a number, with its end. */
#define CUT_NUMBERED_SIZE sizeof "p1073741823"

struct cut_topology {
    const struct cut_allocator *allocator;
    bool is_sealed;

    uint32_t *arena; /* names, one behind the other */
    size_t arena_count;
    size_t arena_capacity;
    uint32_t *name_at; /* by process: its name's place in the arena */
    size_t name_at_capacity;
    uint32_t *table; /* open addressing: place in the arena and one; 0: free */
    size_t table_count; /* a power of two */

    uint64_t *tokens; /* by process */
    size_t tokens_capacity;
    uint64_t tokens_total;
    uint32_t process_count;

    struct cut_link *links; /* as added; until it is sealed */
    size_t link_count;
    size_t link_capacity;

    /*
     * Of a generated topology, in place of arena, name_at and table: by
     * process, its name, "p" and its number.
     */
    char (*numbered)[CUT_NUMBERED_SIZE];

    /*
     * When sealed. Where is_complete is set, there is a channel between each
     * two processes, none of the arrays, and channel_count is CUT_NONE if
     * there are more channels than numbers for them.
     */
    bool is_complete;
    uint32_t channel_count;
    uint32_t *outgoing;           /* by process, and one: its first channel */
    uint32_t *incoming_count;     /* by process */
    struct cut_channel *channels; /* by source, then destination */
    uint32_t *incoming;           /* by process, and one: its first source */
    uint32_t *sources;            /* by destination, then source */
    size_t source_capacity;
};

static inline struct cut_name *
cut_topology_name_at(const struct cut_topology *topology, uint32_t place)
{
    return (struct cut_name *)(void *)(topology->arena + place);
}

/*
 * Bring channels into order and finish the sealing.
 *
 *   destination  `capacity` indices from this topology's allocator, which the
 *                topology owns from now on, even where the call fails. Those
 *                from outgoing[p] to outgoing[p + 1] are where the channels of
 *                p go, in any order, doubled ones among them.
 *
 * Errors:  CUT_NOMEM; the topology can only be destroyed.
 */
CUT_MUST_USE enum cut_error
cut_topology_set_channels(struct cut_topology *topology,
                          uint32_t *destination,
                          size_t capacity);

/*
 * What executors ask of a sealed topology. Channels are known by process and
 * number: a process's k-th outgoing channel, in the order of destinations; its
 * i-th incoming channel, in the order of sources. That way complete topologies
 * need not have numbers for all channels of the system, of which there can be
 * 2^60.
 */

/* The number, among all processes but `self`, of another one. */
static inline uint32_t cut_graph_without(uint32_t self, uint32_t other)
{
    return other - (other > self);
}

/* The other way: which process has a number, among all but `self`. */
static inline uint32_t cut_graph_other(uint32_t self, uint32_t number)
{
    return number + (number >= self);
}

/* Return how many channels there are, of all processes. */
static inline uint64_t cut_graph_channel_count(const struct cut_topology *t)
{
    return t->is_complete ? (uint64_t)t->process_count * (t->process_count - 1)
                          : t->channel_count;
}

/* Return how many outgoing channels a process has. */
static inline uint32_t cut_graph_outgoing_count(const struct cut_topology *t,
                                                uint32_t process)
{
    CUT_ASSERT(process < t->process_count);
    return t->is_complete ? t->process_count - 1
                          : t->outgoing[process + 1] - t->outgoing[process];
}

/* Return how many incoming channels a process has. */
static inline uint32_t cut_graph_incoming_count(const struct cut_topology *t,
                                                uint32_t process)
{
    CUT_ASSERT(process < t->process_count);
    return t->is_complete ? t->process_count - 1 : t->incoming_count[process];
}

/* Return where a process's outgoing channel goes. */
static inline uint32_t cut_graph_outgoing_peer(const struct cut_topology *t,
                                               uint32_t process,
                                               uint32_t outgoing)
{
    CUT_ASSERT(outgoing < cut_graph_outgoing_count(t, process));
    return t->is_complete
               ? cut_graph_other(process, outgoing)
               : t->channels[t->outgoing[process] + outgoing].destination;
}

/*
 * Return the number, at its destination, of a process's outgoing channel:
 * which incoming channel it is there.
 */
static inline uint32_t cut_graph_incoming_index(const struct cut_topology *t,
                                                uint32_t process,
                                                uint32_t outgoing)
{
    CUT_ASSERT(outgoing < cut_graph_outgoing_count(t, process));
    return t->is_complete
               ? cut_graph_without(cut_graph_other(process, outgoing), process)
               : t->channels[t->outgoing[process] + outgoing].incoming_index;
}

/* Return where a process's incoming channel comes from. */
static inline uint32_t cut_graph_incoming_peer(const struct cut_topology *t,
                                               uint32_t process,
                                               uint32_t incoming)
{
    CUT_ASSERT(incoming < cut_graph_incoming_count(t, process));
    return t->is_complete ? cut_graph_other(process, incoming)
                          : t->sources[t->incoming[process] + incoming];
}

/* Return a process's outgoing channel to another one; CUT_NONE: there is none.
 */
static inline uint32_t cut_graph_outgoing_to(const struct cut_topology *t,
                                             uint32_t process,
                                             uint32_t destination)
{
    uint32_t low = 0;
    uint32_t count = cut_graph_outgoing_count(t, process);
    uint32_t high = count;

    if (t->is_complete)
        return destination != process && destination < t->process_count
                   ? cut_graph_without(process, destination)
                   : CUT_NONE;
    const struct cut_channel *channels = t->channels + t->outgoing[process];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (channels[middle].destination < destination)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && channels[low].destination == destination ? low
                                                                   : CUT_NONE;
}

#endif
