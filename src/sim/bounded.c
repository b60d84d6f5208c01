#include "sim/bounded.h"

#include "sim/carry.h"

/* One channel. */
struct bounded {
    struct cut_queue queue; /* the sender's */
    uint32_t queued;
    uint32_t carried; /* on the link or at the receiver */
};

struct cut_bounded {
    struct bounded *channels;
    uint64_t channel_count;
    uint32_t *full; /* by process: how many of its outgoing channels */
};

enum cut_error cut_bounded_create(struct cut_sim *sim)
{
    uint64_t count = cut_graph_channel_count(sim->topology);
    struct cut_bounded *bounded =
        cut_allocate_zeroed(sim->allocator, 1, sizeof *bounded);

    if (bounded == NULL)
        return CUT_NOMEM;
    sim->events.bounded = bounded;
    bounded->channel_count = count;
    bounded->full = cut_allocate_zeroed(
        sim->allocator, sim->process_count, sizeof *bounded->full);
    bounded->channels =
        cut_allocate(sim->allocator, count + 1, sizeof *bounded->channels);
    if (bounded->full == NULL || bounded->channels == NULL)
        return CUT_NOMEM;
    for (uint64_t i = 0; i < count; i++)
        bounded->channels[i] = (struct bounded){.queue = CUT_QUEUE_EMPTY};
    return CUT_OK;
}

void cut_bounded_destroy(struct cut_sim *sim)
{
    struct cut_bounded *bounded = sim->events.bounded;

    if (bounded == NULL)
        return;
    cut_release(sim->allocator,
                bounded->channels,
                bounded->channel_count + 1,
                sizeof *bounded->channels);
    cut_release(sim->allocator,
                bounded->full,
                sim->process_count,
                sizeof *bounded->full);
    cut_release(sim->allocator, bounded, 1, sizeof *bounded);
}

static struct bounded *
channel_at(const struct cut_sim *sim, uint32_t source, uint32_t outgoing)
{
    uint64_t channel = cut_carry_channel(sim, source, outgoing);

    return &sim->events.bounded->channels[channel];
}

static bool is_full(const struct cut_sim *sim, const struct bounded *channel)
{
    return (uint64_t)channel->carried + channel->queued >=
           sim->events.network.capacity;
}

enum cut_error cut_bounded_send(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint32_t source = packet->source;
    struct bounded *channel = channel_at(sim, source, packet->outgoing);
    bool was_full = is_full(sim, channel);
    bool waits = channel->carried >= sim->events.network.capacity;
    enum cut_error error = CUT_OK;

    if (waits)
        cut_queue_append(&sim->packets, &channel->queue, index);
    channel->queued += waits;
    channel->carried += !waits;
    if (!was_full && is_full(sim, channel) &&
        sim->events.bounded->full[source]++ == 0)
        error = cut_events_hold(sim, source, CUT_HELD_FULL);
    return error == CUT_OK && !waits ? cut_carry_depart(sim, index) : error;
}

enum cut_error cut_bounded_overtake(struct cut_sim *sim, uint32_t marker)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, marker);
    const struct bounded *channel =
        channel_at(sim, packet->source, packet->outgoing);
    enum cut_error error = CUT_OK;

    /* A channel to who has left is in no snapshot. */
    if (!cut_events_is_member(sim, packet->destination))
        return CUT_OK;
    for (uint32_t i = channel->queue.head; i != CUT_NONE && error == CUT_OK;
         i = cut_packet_at(&sim->packets, i)->next)
        error = cut_sim_record_queued(sim, packet->source, i, packet->id);
    return error;
}

enum cut_error
cut_bounded_left(struct cut_sim *sim, uint32_t source, uint32_t outgoing)
{
    struct bounded *channel = channel_at(sim, source, outgoing);
    enum cut_error error = CUT_OK;

    channel->carried--;
    if (channel->carried + channel->queued + 1 ==
            sim->events.network.capacity &&
        --sim->events.bounded->full[source] == 0)
        error = cut_events_release(sim, source, CUT_HELD_FULL);
    if (error != CUT_OK || channel->queued == 0)
        return error;
    channel->queued--;
    channel->carried++;
    return cut_carry_depart(sim,
                            cut_queue_take(&sim->packets, &channel->queue));
}
