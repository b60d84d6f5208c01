#include "sim/reach.h"

#include <string.h>

/* Which way along the channels a search goes. */
struct direction {
    const struct cut_topology *topology;
    const uint32_t *first;   /* by process, and one: its first neighbour */
    const uint32_t *against; /* neighbours against the channels; NULL: along */
};

static uint32_t neighbour(struct direction to, uint32_t i)
{
    return to.against != NULL ? to.against[i]
                              : to.topology->channels[i].destination;
}

/*
 * Mark what can be reached from a process and was not marked before.
 *
 *   queue   room for as many processes as get marked.
 *   returns how many.
 */
static size_t
spread(struct direction to, uint32_t from, bool *marks, uint32_t *queue)
{
    size_t end = 0;

    marks[from] = true;
    queue[end++] = from;
    for (size_t at = 0; at < end; at++)
        for (uint32_t i = to.first[queue[at]]; i < to.first[queue[at] + 1]; i++)
            if (!marks[neighbour(to, i)]) {
                marks[neighbour(to, i)] = true;
                queue[end++] = neighbour(to, i);
            }
    return end;
}

static struct direction forward(const struct cut_topology *topology)
{
    return (struct direction){topology, topology->outgoing, NULL};
}

enum cut_error cut_topology_unreachable(const struct cut_topology *topology,
                                        uint32_t initiator,
                                        uint32_t *out)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = topology->process_count;

    CUT_ASSERT(topology->is_sealed && initiator < count);
    bool *marks = cut_allocate_zeroed(allocator, count, sizeof *marks);
    uint32_t *queue = cut_allocate(allocator, count, sizeof *queue);
    enum cut_error error = marks != NULL && queue != NULL ? CUT_OK : CUT_NOMEM;
    if (error == CUT_OK) {
        spread(forward(topology), initiator, marks, queue);
        const bool *unmarked = memchr(marks, 0, count);
        *out = unmarked != NULL ? (uint32_t)(unmarked - marks) : CUT_NONE;
    }
    cut_release(allocator, marks, count, sizeof *marks);
    cut_release(allocator, queue, count, sizeof *queue);
    return error;
}

/* Turn all channels round. `sources` has room for each, `first` for n + 1. */
static struct direction turn_round(const struct cut_topology *topology,
                                   uint32_t *first,
                                   uint32_t *sources)
{
    first[0] = 0;
    for (uint32_t p = 0; p < topology->process_count; p++)
        first[p + 1] = first[p] + topology->incoming_count[p];
    for (uint32_t c = 0; c < topology->channel_count; c++) {
        const struct cut_channel *channel = &topology->channels[c];
        sources[first[channel->destination] + channel->incoming_index] =
            channel->source;
    }
    return (struct direction){topology, first, sources};
}

/*
 * If any process reaches all, the last one that a sweep of searches had to
 * start from does: whoever reaches all reaches it, and no earlier search did.
 */
static uint32_t
last_root(const struct cut_topology *topology, bool *marks, uint32_t *queue)
{
    uint32_t root = 0;

    for (uint32_t p = 0; p < topology->process_count; p++)
        if (!marks[p]) {
            root = p;
            spread(forward(topology), p, marks, queue);
        }
    return root;
}

enum cut_error cut_topology_initiators(const struct cut_topology *topology,
                                       bool *can)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = topology->process_count;
    size_t channels = topology->channel_count;
    uint32_t *queue = cut_allocate(allocator, count, sizeof *queue);
    uint32_t *first = cut_allocate(allocator, count + 1, sizeof *first);
    uint32_t *sources = cut_allocate(allocator, channels, sizeof *sources);
    enum cut_error error = CUT_NOMEM;

    if (queue != NULL && first != NULL && sources != NULL) {
        memset(can, false, count);
        uint32_t root = last_root(topology, can, queue);
        memset(can, false, count);
        bool reaches_all = spread(forward(topology), root, can, queue) == count;
        memset(can, false, count);
        if (reaches_all)
            spread(turn_round(topology, first, sources), root, can, queue);
        error = CUT_OK;
    }
    cut_release(allocator, queue, count, sizeof *queue);
    cut_release(allocator, first, count + 1, sizeof *first);
    cut_release(allocator, sources, channels, sizeof *sources);
    return error;
}
