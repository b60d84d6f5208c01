/*
 * Sealing a topology: processes get into the byte order of their names,
 * channels into the order of (source, destination), each once.
 */
#include "sim/graph.h"

#include <stdlib.h>
#include <string.h>

/* How many channels beforehand memory is asked for what will be touched: twice
 * as fast where a million processes have channels to anywhere. */
#define AHEAD ((size_t)16)

/* A process to be sorted: eight bytes of its name decide nearly always. */
struct sort_key {
    uint64_t head; /* big end first, so that numbers compare like bytes */
    const struct cut_name *name;
};

static uint64_t head_of(const struct cut_name *name)
{
    uint64_t head = 0;

    for (unsigned i = 0; i < 8; i++)
        head = head << 8 | (i < name->size ? (unsigned char)name->text[i] : 0);
    return head;
}

static int compare_keys(const void *left, const void *right)
{
    const struct sort_key *a = left;
    const struct sort_key *b = right;

    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    return strcmp(a->name->text, b->name->text);
}

/* Sort the names; rank[p] is where the process added as p has gone. */
static enum cut_error sort_names(struct cut_topology *topology, uint32_t *rank)
{
    uint32_t count = topology->process_count;
    struct sort_key *keys =
        cut_allocate(topology->allocator, count, sizeof *keys);

    if (keys == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < count; p++) {
        const struct cut_name *name =
            cut_topology_name_at(topology, topology->name_at[p]);
        keys[p] = (struct sort_key){head_of(name), name};
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < count; i++)
        rank[keys[i].name->process] = i;
    cut_release(topology->allocator, keys, count, sizeof *keys);
    return CUT_OK;
}

/* Bring names and tokens into the order of the ranks. */
static enum cut_error move_processes(struct cut_topology *topology,
                                     const uint32_t *rank)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = topology->process_count;
    uint32_t *name_at = cut_allocate(allocator, count, sizeof *name_at);
    uint64_t *tokens = cut_allocate(allocator, count, sizeof *tokens);

    if (name_at == NULL || tokens == NULL) {
        cut_release(allocator, name_at, count, sizeof *name_at);
        cut_release(allocator, tokens, count, sizeof *tokens);
        return CUT_NOMEM;
    }
    for (size_t p = 0; p < count; p++) {
        uint32_t place = topology->name_at[p];
        name_at[rank[p]] = place;
        tokens[rank[p]] = topology->tokens[p];
        cut_topology_name_at(topology, place)->process = rank[p];
    }
    cut_release(allocator, topology->name_at, topology->name_at_capacity, 4);
    cut_release(allocator, topology->tokens, topology->tokens_capacity, 8);
    topology->name_at = name_at;
    topology->name_at_capacity = count;
    topology->tokens = tokens;
    topology->tokens_capacity = count;
    return CUT_OK;
}

/* Put each link's destination into its source's stretch of `destination`. */
static void bucket_links(struct cut_topology *topology,
                         const uint32_t *rank,
                         uint32_t *destination)
{
    uint32_t *outgoing = topology->outgoing;
    uint32_t count = topology->process_count;

    for (size_t i = 0; i < topology->link_count; i++)
        outgoing[rank[topology->links[i].source] + 1]++;
    for (uint32_t p = 0; p < count; p++)
        outgoing[p + 1] += outgoing[p];
    for (size_t i = 0; i < topology->link_count; i++) {
        const struct cut_link *link = &topology->links[i];
        if (i + AHEAD < topology->link_count)
            __builtin_prefetch(&rank[link[AHEAD].destination]);
        destination[outgoing[rank[link->source]]++] = rank[link->destination];
    }
    /* Each stretch's begin has moved to its end: move all up by one. */
    memmove(outgoing + 1, outgoing, count * sizeof *outgoing);
    outgoing[0] = 0;
}

static int compare_indices(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

/* Most stretches are short, and often in order but for the ends. */
#define SHORT 32

static void sort_stretch(uint32_t *array, size_t count)
{
    if (count > SHORT) {
        qsort(array, count, sizeof *array, compare_indices);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        uint32_t moved = array[i];
        size_t to = i;
        for (; to > 0 && array[to - 1] > moved; to--)
            array[to] = array[to - 1];
        array[to] = moved;
    }
}

static bool is_rising(const uint32_t *array, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (array[i - 1] >= array[i])
            return false;
    return true;
}

/* Sort each stretch, and close the gaps that doubled channels leave. */
static uint32_t sort_stretches(struct cut_topology *topology,
                               uint32_t *destination)
{
    uint32_t *outgoing = topology->outgoing;
    uint32_t end = 0;

    for (uint32_t p = 0; p < topology->process_count; p++) {
        uint32_t *stretch = destination + outgoing[p];
        size_t count = outgoing[p + 1] - outgoing[p];
        if (!is_rising(stretch, count))
            sort_stretch(stretch, count);
        outgoing[p] = end;
        for (size_t i = 0; i < count; i++)
            if (i == 0 || stretch[i] != stretch[i - 1])
                destination[end++] = stretch[i];
    }
    outgoing[topology->process_count] = end;
    return end;
}

static enum cut_error make_channels(struct cut_topology *topology,
                                    const uint32_t *destination,
                                    uint32_t count)
{
    const struct cut_allocator *allocator = topology->allocator;

    topology->channel_count = count;
    topology->channels =
        cut_allocate(allocator, count, sizeof *topology->channels);
    topology->incoming_count =
        cut_allocate_zeroed(allocator, topology->process_count, 4);
    if (topology->channels == NULL || topology->incoming_count == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < topology->process_count; p++)
        for (uint32_t c = topology->outgoing[p]; c < topology->outgoing[p + 1];
             c++)
            topology->channels[c] = (struct cut_channel){
                .source = p,
                .destination = destination[c],
                .incoming_index = topology->incoming_count[destination[c]]++,
            };
    return CUT_OK;
}

/* Write down whom each process's incoming channels come from. */
static enum cut_error make_sources(struct cut_topology *topology,
                                   uint32_t *sources)
{
    uint32_t count = topology->process_count;
    uint32_t *incoming =
        cut_allocate(topology->allocator, (size_t)count + 1, sizeof *incoming);

    if (incoming == NULL)
        return CUT_NOMEM;
    topology->incoming = incoming;
    incoming[0] = 0;
    for (uint32_t p = 0; p < count; p++)
        incoming[p + 1] = incoming[p] + topology->incoming_count[p];
    for (size_t c = 0; c < topology->channel_count; c++) {
        const struct cut_channel *channel = &topology->channels[c];
        if (c + 2 * AHEAD < topology->channel_count) {
            const struct cut_channel *later = channel + AHEAD;
            __builtin_prefetch(
                &sources[incoming[later->destination] + later->incoming_index],
                1);
            __builtin_prefetch(&incoming[later[AHEAD].destination]);
        }
        sources[incoming[channel->destination] + channel->incoming_index] =
            channel->source;
    }
    return CUT_OK;
}

enum cut_error cut_topology_set_channels(struct cut_topology *topology,
                                         uint32_t *destination,
                                         size_t capacity)
{
    topology->sources = destination;
    topology->source_capacity = capacity;
    uint32_t count = sort_stretches(topology, destination);
    enum cut_error error = make_channels(topology, destination, count);
    /* The channels know their destinations: the sources take the same room. */
    if (error == CUT_OK)
        error = make_sources(topology, destination);
    return error;
}

static enum cut_error sort_links(struct cut_topology *topology,
                                 const uint32_t *rank)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t link_count = topology->link_count;

    topology->outgoing =
        cut_allocate_zeroed(allocator, (size_t)topology->process_count + 1, 4);
    if (topology->outgoing == NULL)
        return CUT_NOMEM;
    uint32_t *destination = cut_allocate(allocator, link_count, 4);
    if (destination == NULL)
        return CUT_NOMEM;
    bucket_links(topology, rank, destination);
    cut_release(allocator,
                topology->links,
                topology->link_capacity,
                sizeof *topology->links);
    topology->links = NULL;
    return cut_topology_set_channels(topology, destination, link_count);
}

enum cut_error cut_topology_seal(struct cut_topology *topology)
{
    size_t count = topology->process_count;

    if (topology->is_sealed || count == 0)
        return CUT_STATE;
    topology->is_sealed = true;
    uint32_t *rank = cut_allocate(topology->allocator, count, sizeof *rank);
    if (rank == NULL)
        return CUT_NOMEM;
    enum cut_error error = sort_names(topology, rank);
    if (error == CUT_OK)
        error = move_processes(topology, rank);
    if (error == CUT_OK)
        error = sort_links(topology, rank);
    cut_release(topology->allocator, rank, count, sizeof *rank);
    return error;
}
