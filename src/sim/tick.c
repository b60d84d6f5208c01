/*
 * The schedule of ticks: that of the COS 418 simulator.
 *
 * In a tick each process in the order of names, as a sender, gives its first
 * channel whose first message is due. Channels are in the order of (source,
 * destination), so that is one walk through the ready ones that goes on, after
 * each, with the next source's channels.
 *
 * No delivery makes another channel ready within the tick, so the walk can run
 * ahead of the deliveries, and have the processor fetch what they will touch:
 * in a large system each would wait for memory several times over.
 */
#include "sim/system.h"

#define DELAYS 5 /* 0..4, beyond the one tick that every message takes */
#define AHEAD 32

enum cut_error cut_tick_init(struct cut_sim *sim, int64_t seed)
{
    cut_gorand_seed(&sim->gorand, seed);
    sim->flight.allocator = sim->allocator;
    return cut_flight_init(
        &sim->flight, sim->topology->channel_count, sim->allocator);
}

void cut_tick_fini(struct cut_sim *sim)
{
    cut_flight_fini(&sim->flight);
}

/* What travels is a snapshot's number, or a packet. */
static struct cut_sim_message message_of(const struct cut_sim *sim,
                                         const struct cut_sim_message *raw)
{
    struct cut_sim_message message = *raw;

    if (raw->is_marker)
        return message;
    const struct cut_packet *packet =
        cut_packet_at(&sim->packets, (uint32_t)raw->value);
    message.type = packet->type;
    message.size = packet->size;
    message.data = cut_packet_data(packet);
    message.id = packet->id;
    message.value = packet->size == CUT_PACKET_INLINE ? packet->data.word : 0;
    return message;
}

static void tell(struct cut_sim *sim,
                 enum cut_sim_event_kind kind,
                 uint32_t process,
                 uint32_t channel,
                 const struct cut_sim_message *raw)
{
    const struct cut_channel *at = &sim->topology->channels[channel];

    cut_sim_tell(
        sim,
        (struct cut_sim_event){
            .kind = kind,
            .process = process,
            .channel = channel,
            .peer = kind == CUT_SIM_SEND ? at->destination : at->source,
            .message = message_of(sim, raw),
            .tokens = cut_sim_quantity(sim, process),
        });
}

void cut_tick_carry(struct cut_sim *sim,
                    uint32_t process,
                    uint32_t channel,
                    uint32_t packet,
                    uint64_t snapshot)
{
    uint32_t at = sim->topology->outgoing[process] + channel;
    struct cut_sim_message raw = {
        .is_marker = packet == CUT_NONE,
        .value = packet == CUT_NONE ? snapshot : packet,
        .due = sim->now + 1 + cut_gorand_below(&sim->gorand, DELAYS),
    };

    cut_flight_push(&sim->flight, at, &raw);
    if (cut_sim_is_watched(sim))
        tell(sim, CUT_SIM_SEND, process, at, &raw);
}

static enum cut_error deliver_marker(struct cut_sim *sim,
                                     const struct cut_channel *channel,
                                     uint64_t number)
{
    struct cut_occasion occasion = {
        .process = channel->destination,
        .channel = channel->incoming_index,
        .packet = CUT_NONE,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_MARKER,
        .channel = channel->incoming_index,
        .snapshot = {.number = number},
    };

    sim->stats.markers_delivered++;
    return cut_sim_happen(sim, &occasion, &event);
}

static enum cut_error deliver_message(struct cut_sim *sim,
                                      const struct cut_channel *channel,
                                      uint32_t packet)
{
    struct cut_occasion occasion = {
        .process = channel->destination,
        .channel = channel->incoming_index,
        .packet = packet,
        .is_announced = true,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_MESSAGE,
        .channel = channel->incoming_index,
        .stamp = cut_packet_at(&sim->packets, packet)->stamp,
    };
    enum cut_error error =
        cut_sim_note(sim,
                     CUT_TRACE_DELIVER,
                     channel->destination,
                     channel->source,
                     cut_packet_at(&sim->packets, packet)->id,
                     0);

    if (error == CUT_OK)
        error = cut_sim_happen(sim, &occasion, &event);
    cut_packet_drop(&sim->packets, packet);
    return error;
}

static enum cut_error deliver(struct cut_sim *sim, uint32_t index)
{
    const struct cut_channel *channel = &sim->topology->channels[index];
    struct cut_sim_message raw;

    cut_flight_pop(&sim->flight, index, sim->now, &raw);
    if (cut_sim_is_watched(sim))
        tell(sim, CUT_SIM_DELIVER, channel->destination, index, &raw);
    return raw.is_marker ? deliver_marker(sim, channel, raw.value)
                         : deliver_message(sim, channel, (uint32_t)raw.value);
}

/*
 * Return the source of a channel that does not lie before `source`'s first.
 * Where many channels are ready it is one of the next few, and finding it
 * among them is cheaper than waiting for the channel's own record.
 */
#define NEAR 8

static uint32_t source_of(const struct cut_topology *topology,
                          uint32_t channel,
                          uint32_t source)
{
    for (unsigned i = 0; i < NEAR; i++, source++)
        if (channel < topology->outgoing[source + 1])
            return source;
    return topology->channels[channel].source;
}

static unsigned look_ahead(const struct cut_sim *sim,
                           uint32_t *source,
                           uint32_t channels[AHEAD])
{
    const struct cut_topology *topology = sim->topology;
    unsigned count = 0;

    while (count < AHEAD && *source < topology->process_count) {
        uint32_t from = topology->outgoing[*source];
        uint64_t ready = cut_flight_next_ready(&sim->flight, from);
        if (ready == CUT_BITSET_END) {
            *source = topology->process_count;
            break;
        }
        channels[count++] = (uint32_t)ready;
        cut_flight_prefetch_lane(&sim->flight, (uint32_t)ready);
        __builtin_prefetch(&topology->channels[ready]);
        *source = source_of(topology, (uint32_t)ready, *source) + 1;
    }
    return count;
}

static void
prefetch(const struct cut_sim *sim, const uint32_t *channels, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t destination = sim->topology->channels[channels[i]].destination;
        cut_flight_prefetch_message(&sim->flight, channels[i]);
        cut_sim_prefetch_engine(sim, destination);
        __builtin_prefetch(cut_sim_state(sim, destination), 1);
        __builtin_prefetch(&sim->topology->outgoing[destination]);
        __builtin_prefetch(&sim->topology->incoming_count[destination]);
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t packet = cut_flight_first_value(&sim->flight, channels[i]);
        if (packet != UINT64_MAX)
            __builtin_prefetch(cut_packet_at(&sim->packets, (uint32_t)packet),
                               1);
    }
}

static enum cut_error tick(struct cut_sim *sim)
{
    uint32_t channels[AHEAD];
    uint32_t source = 0;
    unsigned count;

    cut_flight_advance(&sim->flight, sim->now);
    while ((count = look_ahead(sim, &source, channels)) > 0) {
        if (count > 1)
            prefetch(sim, channels, count);
        for (unsigned i = 0; i < count; i++) {
            enum cut_error error = deliver(sim, channels[i]);
            if (error != CUT_OK)
                return error;
        }
    }
    return CUT_OK;
}

enum cut_error cut_sim_tick(struct cut_sim *sim, uint64_t ticks)
{
    uint64_t end = sim->now + ticks;

    if (!sim->is_ticking)
        return cut_events_tick(sim, ticks);
    if (ticks > CUT_TIME_MAX - sim->now)
        return CUT_LIMIT;
    while (sim->now < end) {
        uint64_t next = cut_flight_next_due(&sim->flight, sim->now);
        if (next > end) {
            sim->now = end;
            break;
        }
        sim->now = next;
        enum cut_error error = tick(sim);
        if (error != CUT_OK)
            return error;
    }
    return CUT_OK;
}

bool cut_sim_next_in_flight(const struct cut_sim *sim,
                            uint32_t channel,
                            uint32_t *cursor,
                            struct cut_sim_message *out)
{
    CUT_ASSERT(channel < sim->topology->channel_count);
    CUT_ASSERT(sim->is_ticking);
    if (!cut_flight_next(&sim->flight, channel, cursor, out))
        return false;
    *out = message_of(sim, out);
    return true;
}

uint64_t cut_sim_next_due(const struct cut_sim *sim)
{
    return sim->is_ticking ? cut_flight_next_due(&sim->flight, sim->now)
                           : cut_agenda_next_time(&sim->events.agenda);
}
