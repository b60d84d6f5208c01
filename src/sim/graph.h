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

    /* When sealed: */
    uint32_t channel_count;
    uint32_t *outgoing;           /* by process, and one: its first channel */
    uint32_t *incoming_count;     /* by process */
    struct cut_channel *channels; /* by source, then destination */
};

static inline struct cut_name *
cut_topology_name_at(const struct cut_topology *topology, uint32_t place)
{
    return (struct cut_name *)(void *)(topology->arena + place);
}

#endif
