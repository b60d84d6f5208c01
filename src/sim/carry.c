/*
 * Channels, by the schedule of events: from the sender's queue to the link,
 * over it, and to the receiver.
 *
 *   message   [bounded.c: waits for room] -> [separate.c: counted]
 *             -> [reliable.c: numbered, sent again] -> the raw link
 *   marker    the same, but it takes room only where markers queue, and has a
 *             link of its own where they are separate
 *   frame     between engines: a delay, and nothing else happens to it
 */
#include "sim/carry.h"

#include "sim/bounded.h"
#include "sim/reliable.h"
#include "sim/separate.h"

static bool is_by_chance(struct cut_sim *sim, uint32_t of_a_billion)
{
    return of_a_billion > 0 &&
           cut_random_next_below(&sim->events.random, CUT_SIM_ALWAYS) <
               of_a_billion;
}

uint64_t
cut_carry_channel(const struct cut_sim *sim, uint32_t source, uint32_t outgoing)
{
    const struct cut_topology *topology = sim->topology;

    return topology->is_complete
               ? (uint64_t)source * (topology->process_count - 1) + outgoing
               : topology->outgoing[source] + outgoing;
}

enum cut_error cut_carry_init(struct cut_sim *sim)
{
    const struct cut_sim_network *network = &sim->events.network;
    uint64_t channels = cut_graph_channel_count(sim->topology);
    bool is_separate = network->markers == CUT_SIM_MARKERS_SEPARATE;
    enum cut_error error = cut_lanes_init(
        &sim->events.lanes, channels * (is_separate ? 2 : 1), sim->allocator);

    if (error == CUT_OK && network->capacity > 0)
        error = cut_bounded_create(sim);
    if (error == CUT_OK && is_separate)
        error = cut_separate_create(sim);
    if (error == CUT_OK && network->is_reliable)
        error = cut_reliable_create(sim);
    return error;
}

void cut_carry_fini(struct cut_sim *sim)
{
    cut_bounded_destroy(sim);
    cut_separate_destroy(sim);
    cut_reliable_destroy(sim);
    cut_lanes_fini(&sim->events.lanes);
}

/* The raw link */

static uint64_t delay(struct cut_sim *sim)
{
    return cut_delay_draw(&sim->events.network.delay,
                          cut_random_next(&sim->events.random));
}

static void tell_lost(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);

    sim->stats.messages_lost += packet->kind == CUT_PACKET_MESSAGE;
    if (cut_sim_is_watched(sim))
        cut_sim_tell_packet(
            sim, CUT_SIM_LOSE, packet->source, index, 0, packet->id);
}

/* What the link layer sends again is not lost. */
static enum cut_error lose(struct cut_sim *sim, uint32_t index)
{
    enum cut_error error = CUT_OK;

    if (sim->events.links == NULL) {
        tell_lost(sim, index);
        error = cut_carry_left(sim, cut_packet_at(&sim->packets, index));
    }
    cut_packet_drop(&sim->packets, index);
    return error;
}

static enum cut_error
arrive_after(struct cut_sim *sim, uint32_t index, uint64_t *last)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint32_t where = packet->destination;
    uint64_t due = sim->now + delay(sim);

    if (last != NULL) {
        if (due < *last)
            due = *last;
        *last = due;
    }
    sim->events.aside += packet->kind != CUT_PACKET_MESSAGE;
    return cut_agenda_add(
        &sim->events.agenda, due, CUT_AGENDA_ARRIVE, index, where);
}

/* The time before which nothing may arrive; NULL: it may at any time. */
static enum cut_error
find_last(struct cut_sim *sim, const struct cut_packet *packet, uint64_t **out)
{
    const struct cut_sim_network *network = &sim->events.network;
    uint64_t lane = cut_carry_channel(sim, packet->source, packet->outgoing);

    *out = NULL;
    if (network->reorders || packet->kind == CUT_PACKET_ACKNOWLEDGEMENT)
        return CUT_OK;
    if (network->markers == CUT_SIM_MARKERS_SEPARATE)
        lane = 2 * lane + (packet->kind == CUT_PACKET_MARKER);
    *out = cut_lanes_at(&sim->events.lanes, lane, sim->now);
    return *out != NULL ? CUT_OK : CUT_NOMEM;
}

/* A packet of its own, since each may wait somewhere else. */
static enum cut_error
duplicate(struct cut_sim *sim, uint32_t index, uint64_t *last)
{
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint32_t copy_index;
    enum cut_error error = cut_packet_make(
        &sim->packets, cut_packet_data(packet), packet->size, &copy_index);

    if (error != CUT_OK)
        return error;
    struct cut_packet *copy = cut_packet_at(&sim->packets, copy_index);
    void *memory = copy->data.memory;
    *copy = *packet;
    copy->references = 1;
    if (packet->size > CUT_PACKET_INLINE)
        copy->data.memory = memory;
    sim->stats.messages_duplicated += packet->kind == CUT_PACKET_MESSAGE;
    return arrive_after(sim, copy_index, last);
}

enum cut_error cut_carry_raw(struct cut_sim *sim, uint32_t index)
{
    const struct cut_sim_network *network = &sim->events.network;
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint64_t *last;

    if (is_by_chance(sim, network->loss))
        return lose(sim, index);
    enum cut_error error = find_last(sim, packet, &last);
    if (error == CUT_OK)
        error = arrive_after(sim, index, last);
    if (error == CUT_OK && is_by_chance(sim, network->duplicate))
        error = duplicate(sim, index, last);
    return error;
}

/* On the way out */

/* A packet leaves the sender's queue. */
enum cut_error cut_carry_depart(struct cut_sim *sim, uint32_t index)
{
    if (sim->events.merges != NULL)
        cut_separate_depart(sim, index);
    return sim->events.links != NULL ? cut_reliable_send(sim, index)
                                     : cut_carry_raw(sim, index);
}

/* What is sent to who is no member does not wait for it to become one: it is
 * in no channel. */
static bool is_to_nobody(const struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);

    return sim->member_count < sim->process_count &&
           packet->kind == CUT_PACKET_MESSAGE &&
           !cut_events_is_member(sim, packet->destination);
}

enum cut_error cut_carry_message(struct cut_sim *sim, uint32_t index)
{
    if (cut_sim_is_watched(sim))
        cut_sim_tell_packet(sim,
                            CUT_SIM_SEND,
                            cut_packet_at(&sim->packets, index)->source,
                            index,
                            0,
                            0);
    if (is_to_nobody(sim, index)) {
        tell_lost(sim, index);
        cut_packet_drop(&sim->packets, index);
        return CUT_OK;
    }
    return sim->events.bounded != NULL ? cut_bounded_send(sim, index)
                                       : cut_carry_depart(sim, index);
}

enum cut_error cut_carry_marker(struct cut_sim *sim, uint32_t index)
{
    enum cut_error error = CUT_OK;

    if (sim->events.bounded == NULL)
        return cut_carry_message(sim, index);
    if (sim->events.network.markers == CUT_SIM_MARKERS_QUEUE)
        return cut_carry_message(sim, index);
    if (cut_sim_is_watched(sim))
        cut_sim_tell_packet(sim,
                            CUT_SIM_SEND,
                            cut_packet_at(&sim->packets, index)->source,
                            index,
                            0,
                            0);
    error = cut_bounded_overtake(sim, index);
    return error == CUT_OK ? cut_carry_depart(sim, index) : error;
}

/*
 * A frame takes at least a microsecond: a token that goes round until a message
 * has come would otherwise go round for ever at one time.
 */
enum cut_error cut_carry_frame(struct cut_sim *sim, uint32_t index)
{
    uint64_t soonest = sim->now + CUT_MICROSECOND;

    return arrive_after(sim, index, &soonest);
}

/* At the other end */

static bool is_frame(const struct cut_sim *sim, const struct cut_packet *packet)
{
    return packet->kind == CUT_PACKET_CONTROL ||
           (packet->kind == CUT_PACKET_MARKER &&
            !sim->traits->markers_in_channel);
}

/* In order, as the program's channel has it. The reference is the callee's. */
enum cut_error cut_carry_in_order(struct cut_sim *sim, uint32_t index)
{
    return sim->events.merges != NULL ? cut_separate_arrived(sim, index)
                                      : cut_events_accept(sim, index);
}

enum cut_error cut_carry_arrived(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);

    sim->events.aside -= packet->kind != CUT_PACKET_MESSAGE;
    if (is_frame(sim, packet))
        return cut_events_accept(sim, index);
    if (sim->events.links != NULL)
        return cut_reliable_arrived(sim, index);
    return cut_carry_in_order(sim, index);
}

enum cut_error cut_carry_left(struct cut_sim *sim,
                              const struct cut_packet *packet)
{
    bool took_room = packet->kind == CUT_PACKET_MESSAGE ||
                     sim->events.network.markers == CUT_SIM_MARKERS_QUEUE;

    if (sim->events.bounded == NULL || !took_room || is_frame(sim, packet))
        return CUT_OK;
    return cut_bounded_left(sim, packet->source, packet->outgoing);
}
