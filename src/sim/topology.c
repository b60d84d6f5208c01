/*
 * Topologies: building one, and asking it.
 */
#include "sim/names.h"

enum cut_error cut_topology_create(const struct cut_allocator *allocator,
                                   struct cut_topology **out)
{
    allocator = cut_allocator_or_standard(allocator);
    struct cut_topology *topology =
        cut_allocate(allocator, 1, sizeof *topology);
    if (topology == NULL)
        return CUT_NOMEM;
    *topology = (struct cut_topology){.allocator = allocator};
    *out = topology;
    return CUT_OK;
}

void cut_topology_destroy(struct cut_topology *topology)
{
    if (topology == NULL)
        return;
    const struct cut_allocator *allocator = topology->allocator;
    size_t channels = topology->channel_count;
    size_t processes = topology->process_count;

    cut_release(allocator, topology->arena, topology->arena_capacity, 4);
    cut_release(allocator, topology->name_at, topology->name_at_capacity, 4);
    cut_release(allocator, topology->table, topology->table_count, 4);
    cut_release(allocator, topology->tokens, topology->tokens_capacity, 8);
    cut_release(allocator,
                topology->links,
                topology->link_capacity,
                sizeof *topology->links);
    cut_release(allocator, topology->outgoing, processes + 1, 4);
    cut_release(allocator, topology->incoming_count, processes, 4);
    cut_release(allocator, topology->incoming, processes + 1, 4);
    cut_release(allocator, topology->sources, topology->source_capacity, 4);
    cut_release(
        allocator, topology->numbered, processes, sizeof *topology->numbered);
    cut_release(
        allocator, topology->channels, channels, sizeof *topology->channels);
    cut_release(allocator, topology, 1, sizeof *topology);
}

enum cut_error cut_topology_add_process(struct cut_topology *topology,
                                        const char *name,
                                        size_t name_size,
                                        uint64_t tokens)
{
    if (!cut_name_is_valid(name, name_size))
        return CUT_INVALID;
    if (topology->is_sealed ||
        cut_topology_find(topology, name, name_size) != CUT_NONE)
        return CUT_STATE;
    if (topology->process_count == CUT_PROCESS_COUNT_MAX ||
        tokens > (uint64_t)CUT_TOKENS_MAX - topology->tokens_total)
        return CUT_LIMIT;
    uint64_t *grown = cut_grow(topology->allocator,
                               topology->tokens,
                               &topology->tokens_capacity,
                               (size_t)topology->process_count + 1,
                               sizeof *grown);
    if (grown == NULL)
        return CUT_NOMEM;
    topology->tokens = grown;
    enum cut_error error = cut_topology_add_name(topology, name, name_size);
    if (error != CUT_OK)
        return error;
    topology->tokens[topology->process_count++] = tokens;
    topology->tokens_total += tokens;
    return CUT_OK;
}

enum cut_error cut_topology_add_channel(struct cut_topology *topology,
                                        uint32_t source,
                                        uint32_t destination)
{
    if (topology->is_sealed)
        return CUT_STATE;
    if (source >= topology->process_count ||
        destination >= topology->process_count)
        return CUT_INVALID;
    if (source == destination)
        return CUT_OK;
    if (topology->link_count == CUT_CHANNEL_COUNT_MAX)
        return CUT_LIMIT;
    struct cut_link *links = cut_grow(topology->allocator,
                                      topology->links,
                                      &topology->link_capacity,
                                      topology->link_count + 1,
                                      sizeof *links);
    if (links == NULL)
        return CUT_NOMEM;
    topology->links = links;
    links[topology->link_count++] = (struct cut_link){source, destination};
    return CUT_OK;
}

uint32_t cut_topology_process_count(const struct cut_topology *topology)
{
    return topology->process_count;
}

uint32_t cut_topology_channel_count(const struct cut_topology *topology)
{
    return topology->channel_count;
}

const char *cut_topology_name(const struct cut_topology *topology,
                              uint32_t process)
{
    CUT_ASSERT(process < topology->process_count);
    if (topology->numbered != NULL)
        return topology->numbered[process];
    return cut_topology_name_at(topology, topology->name_at[process])->text;
}

uint64_t cut_topology_tokens(const struct cut_topology *topology,
                             uint32_t process)
{
    CUT_ASSERT(process < topology->process_count);
    return topology->tokens[process];
}

uint64_t cut_topology_tokens_total(const struct cut_topology *topology)
{
    return topology->tokens_total;
}

bool cut_topology_is_complete(const struct cut_topology *topology)
{
    return topology->is_complete;
}

/*
 * A channel by its number in the whole system, of which a complete topology
 * may have too many.
 */
static bool has_numbers(const struct cut_topology *topology)
{
    return topology->is_sealed && topology->channel_count != CUT_NONE;
}

uint32_t cut_topology_channel(const struct cut_topology *topology,
                              uint32_t source,
                              uint32_t destination)
{
    CUT_ASSERT(has_numbers(topology) && source < topology->process_count);
    uint32_t outgoing = cut_graph_outgoing_to(topology, source, destination);

    return outgoing != CUT_NONE
               ? cut_topology_outgoing(topology, source) + outgoing
               : CUT_NONE;
}

uint32_t cut_topology_source(const struct cut_topology *topology,
                             uint32_t channel)
{
    CUT_ASSERT(has_numbers(topology) && channel < topology->channel_count);
    return topology->is_complete ? channel / (topology->process_count - 1)
                                 : topology->channels[channel].source;
}

uint32_t cut_topology_destination(const struct cut_topology *topology,
                                  uint32_t channel)
{
    CUT_ASSERT(has_numbers(topology) && channel < topology->channel_count);
    return topology->is_complete
               ? cut_graph_other(channel / (topology->process_count - 1),
                                 channel % (topology->process_count - 1))
               : topology->channels[channel].destination;
}

uint32_t cut_topology_outgoing(const struct cut_topology *topology,
                               uint32_t process)
{
    CUT_ASSERT(has_numbers(topology) && process <= topology->process_count);
    return topology->is_complete ? process * (topology->process_count - 1)
                                 : topology->outgoing[process];
}

uint32_t cut_topology_incoming_count(const struct cut_topology *topology,
                                     uint32_t process)
{
    CUT_ASSERT(topology->is_sealed);
    return cut_graph_incoming_count(topology, process);
}
