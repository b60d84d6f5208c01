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

static struct direction backward(const struct cut_topology *topology)
{
    return (struct direction){topology, topology->incoming, topology->sources};
}

enum cut_error cut_topology_unreachable(const struct cut_topology *topology,
                                        uint32_t initiator,
                                        uint32_t *out)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = topology->process_count;

    CUT_ASSERT(topology->is_sealed && initiator < count);
    if (topology->is_complete) {
        *out = CUT_NONE;
        return CUT_OK;
    }
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
    size_t count = topology->process_count;

    if (topology->is_complete) {
        memset(can, true, count);
        return CUT_OK;
    }
    uint32_t *queue = cut_allocate(topology->allocator, count, sizeof *queue);
    if (queue == NULL)
        return CUT_NOMEM;
    memset(can, false, count);
    uint32_t root = last_root(topology, can, queue);
    memset(can, false, count);
    bool reaches_all = spread(forward(topology), root, can, queue) == count;
    memset(can, false, count);
    if (reaches_all)
        spread(backward(topology), root, can, queue);
    cut_release(topology->allocator, queue, count, sizeof *queue);
    return CUT_OK;
}
