/*
 * An event at a process: its engine is told, and what it says is performed,
 * strictly in order.
 *
 * The trace and the observer are written here, when a message is sent and
 * delivered and a state captured, and not by way of the engine: a faulty
 * engine cannot change what it is judged by.
 */
#include "sim/system.h"

/* What a marker that carries a count takes more on the wire. */
#define COUNT_SIZE 8

static struct cut_snapshot_id id_of(const struct cut_sim *sim, uint64_t number)
{
    return (struct cut_snapshot_id){.view = sim->record.takes[number].view,
                                    .number = number};
}

/* The message in hand is handed on: told once, however it goes on. */
static enum cut_error announce(struct cut_sim *sim,
                               struct cut_occasion *occasion)
{
    struct cut_packet *packet;

    if (occasion->is_announced || occasion->packet == CUT_NONE)
        return CUT_OK;
    occasion->is_announced = true;
    packet = cut_packet_at(&sim->packets, occasion->packet);
    if (packet->kind != CUT_PACKET_MESSAGE)
        return CUT_OK;
    if (cut_sim_is_watched(sim))
        cut_sim_tell_packet(
            sim, CUT_SIM_DELIVER, occasion->process, occasion->packet, 0, 0);
    return cut_sim_note(sim,
                        CUT_TRACE_DELIVER,
                        occasion->process,
                        packet->source,
                        packet->id,
                        0);
}

/* The actions of the engine, one function each */

static enum cut_error
capture(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    const void *state = cut_sim_state(sim, process);
    size_t size = sim->process->state_size;
    enum cut_error error = CUT_OK;

    if (sim->process->save != NULL) {
        error = cut_sim_write_state(sim, process);
        state = sim->writer.data;
        size = sim->writer.size;
    }
    if (error == CUT_OK)
        error = cut_record_capture(
            &sim->record, number, process, state, size, sim->now);
    if (error != CUT_OK)
        return error;
    sim->stats.state_bytes += size;
    cut_sim_tell_process(sim, CUT_SIM_CAPTURE, process, number, NULL);
    return cut_sim_note(sim, CUT_TRACE_CAPTURE, process, process, 0, number);
}

static void count_control(struct cut_sim *sim,
                          uint32_t process,
                          uint64_t count,
                          uint32_t size)
{
    uint32_t *sent;

    sim->stats.control_bytes += count * size;
    if (sim->is_ticking)
        return;
    sent = &sim->events.control_sent[process];
    *sent += (uint32_t)count;
    if (*sent > sim->stats.control_sent_most)
        sim->stats.control_sent_most = *sent;
}

static enum cut_error make_marker(struct cut_sim *sim,
                                  uint32_t process,
                                  uint32_t channel,
                                  uint64_t number,
                                  uint32_t *out)
{
    const struct cut_topology *topology = sim->topology;
    enum cut_error error = cut_packet_make(&sim->packets, NULL, 0, out);

    if (error != CUT_OK)
        return error;
    struct cut_packet *packet = cut_packet_at(&sim->packets, *out);
    packet->kind = CUT_PACKET_MARKER;
    packet->id = number;
    packet->source = process;
    packet->destination = cut_graph_outgoing_peer(topology, process, channel);
    packet->outgoing = channel;
    packet->incoming = cut_graph_incoming_index(topology, process, channel);
    if (sim->traits->markers_count)
        packet->stamp = cut_engine_sent(cut_sim_engine(sim, process), channel);
    return CUT_OK;
}

/* One marker by the schedule of events: in its channel, or as a frame. */
static enum cut_error transmit_one(struct cut_sim *sim,
                                   uint32_t process,
                                   uint32_t channel,
                                   uint64_t number)
{
    uint32_t packet;
    enum cut_error error = make_marker(sim, process, channel, number, &packet);

    if (error != CUT_OK)
        return error;
    return sim->traits->markers_in_channel ? cut_carry_marker(sim, packet)
                                           : cut_carry_frame(sim, packet);
}

static enum cut_error
transmit(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    uint32_t count = cut_graph_outgoing_count(sim->topology, process);
    uint32_t size =
        CUT_MARKER_SIZE + (sim->traits->markers_count ? COUNT_SIZE : 0);
    enum cut_error error = CUT_OK;

    if (sim->is_ticking)
        error = cut_flight_reserve(&sim->flight, count);
    for (uint32_t k = 0; k < count && error == CUT_OK; k++) {
        if (sim->is_ticking)
            cut_tick_carry(sim, process, k, CUT_NONE, number);
        else
            error = transmit_one(sim, process, k, number);
    }
    sim->stats.markers_sent += count;
    count_control(sim, process, count, size);
    return error;
}

static enum cut_error control_to(struct cut_sim *sim,
                                 uint32_t process,
                                 uint32_t peer,
                                 const struct cut_control *control)
{
    uint32_t index;
    enum cut_error error =
        cut_packet_make(&sim->packets, control, sizeof *control, &index);

    if (error != CUT_OK)
        return error;
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    packet->kind = CUT_PACKET_CONTROL;
    packet->id = control->snapshot.number;
    packet->source = process;
    packet->destination = peer;
    sim->stats.control_sent++;
    count_control(sim, process, 1, CUT_CONTROL_SIZE);
    return cut_carry_frame(sim, index);
}

static enum cut_error
control(struct cut_sim *sim, uint32_t process, const struct cut_action *action)
{
    enum cut_error error = CUT_OK;

    if (action->peer != CUT_EVERYONE)
        return control_to(sim, process, action->peer, &action->control);
    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++)
        if (p != process)
            error = control_to(sim, process, p, &action->control);
    return error;
}

static enum cut_error
send(struct cut_sim *sim, const struct cut_occasion *occasion, uint64_t stamp)
{
    struct cut_packet *packet = cut_packet_at(&sim->packets, occasion->packet);
    enum cut_error error;

    packet->stamp = stamp;
    packet->id = sim->stats.messages_sent++;
    sim->stats.message_bytes += packet->size;
    sim->stats.stamp_bytes += sim->traits->stamp_size;
    error = cut_sim_note(sim,
                         CUT_TRACE_SEND,
                         packet->source,
                         packet->destination,
                         packet->id,
                         0);
    if (error != CUT_OK)
        return error;
    if (!sim->is_ticking)
        return cut_carry_message(sim, occasion->packet);
    cut_tick_carry(
        sim, occasion->process, occasion->channel, occasion->packet, 0);
    return CUT_OK;
}

/* A packet is recorded by a process, for a snapshot. */
static enum cut_error
want(struct cut_sim *sim, uint32_t process, uint32_t index, uint64_t number)
{
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    bool is_by_sender =
        packet->source == process && packet->destination != process;
    enum cut_error error =
        cut_record_want(&sim->record, number, process, index, is_by_sender);

    if (error != CUT_OK)
        return error;
    sim->stats.messages_recorded += !packet->is_recorded;
    sim->stats.bytes_recorded += packet->size;
    packet->is_recorded = true;
    if (cut_sim_is_watched(sim))
        cut_sim_tell_packet(sim, CUT_SIM_RECORD, process, index, 0, number);
    return cut_sim_note(
        sim, CUT_TRACE_RECORD, process, packet->source, packet->id, number);
}

enum cut_error cut_sim_record_queued(struct cut_sim *sim,
                                     uint32_t process,
                                     uint32_t packet,
                                     uint64_t number)
{
    return want(sim, process, packet, number);
}

static enum cut_error record(struct cut_sim *sim,
                             const struct cut_occasion *occasion,
                             const struct cut_recording *recordings)
{
    enum cut_error error = CUT_OK;

    for (; error == CUT_OK && recordings != NULL; recordings = recordings->next)
        error = want(sim,
                     occasion->process,
                     occasion->packet,
                     recordings->snapshot.number);
    return error;
}

/* The first so many messages of a channel that wait at a process. */
static enum cut_error record_waiting(struct cut_sim *sim,
                                     const struct cut_occasion *occasion,
                                     const struct cut_action *action)
{
    const struct cut_queue *queue = &sim->events.waiting[occasion->process];
    uint32_t left = action->waiting;
    enum cut_error error = CUT_OK;

    for (uint32_t i = queue->head; left > 0 && error == CUT_OK;) {
        CUT_ASSERT(i != CUT_NONE);
        const struct cut_packet *packet = cut_packet_at(&sim->packets, i);
        if (packet->kind == CUT_PACKET_MESSAGE &&
            packet->incoming == action->channel) {
            error = cut_sim_record_queued(
                sim, occasion->process, i, action->snapshot.number);
            left--;
        }
        i = packet->next;
    }
    return error;
}

static enum cut_error
complete(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    enum cut_error error =
        cut_sim_note(sim, CUT_TRACE_COMPLETE, process, process, 0, number);

    return error == CUT_OK ? cut_takes_part(sim, number, process) : error;
}

static enum cut_error
stop(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    CUT_ASSERT(!sim->is_ticking);
    sim->events.stopped_since[process] = sim->now;
    cut_sim_tell_process(sim, CUT_SIM_STOP, process, number, NULL);
    return cut_events_hold(sim, process, CUT_HELD_STOPPED);
}

static enum cut_error
resume(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    sim->stats.stopped += sim->now - sim->events.stopped_since[process];
    cut_sim_tell_process(sim, CUT_SIM_RESUME, process, number, NULL);
    return cut_events_release(sim, process, CUT_HELD_STOPPED);
}

/* The engine's time is the process's own clock; the agenda's is not. */
static enum cut_error
wake(struct cut_sim *sim, uint32_t process, uint64_t local)
{
    uint64_t clock = cut_sim_clock(sim, process);
    uint64_t after = local > clock ? local - clock : 0;

    CUT_ASSERT(!sim->is_ticking);
    sim->events.wake_at[process] = sim->now + after;
    sim->events.aside++;
    return cut_agenda_add(
        &sim->events.agenda, sim->now + after, CUT_AGENDA_WAKE, process, 0);
}

static enum cut_error perform(struct cut_sim *sim,
                              struct cut_occasion *occasion,
                              const struct cut_action *action)
{
    uint64_t number = action->snapshot.number;
    uint32_t process = occasion->process;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        return capture(sim, process, number);
    case CUT_ACTION_TRANSMIT:
        return transmit(sim, process, number);
    case CUT_ACTION_CONTROL:
        return control(sim, process, action);
    case CUT_ACTION_SEND:
        return send(sim, occasion, action->stamp);
    case CUT_ACTION_RECORD:
        return record(sim, occasion, action->recordings);
    case CUT_ACTION_RECORD_WAITING:
        return record_waiting(sim, occasion, action);
    case CUT_ACTION_DELIVER:
        sim->stats.messages_delivered++;
        return cut_sim_call_receive(sim, occasion->packet);
    case CUT_ACTION_COMPLETE:
        return complete(sim, process, number);
    case CUT_ACTION_DISCARD:
        return cut_coordinate_discard(sim, number, process);
    case CUT_ACTION_STOP:
        return stop(sim, process, number);
    case CUT_ACTION_RESUME:
        return resume(sim, process, number);
    case CUT_ACTION_WAKE:
        return wake(sim, process, action->time);
    }
    __builtin_trap();
}

/* What is captured comes before the message is taken; all else after. */
static bool is_before_delivery(enum cut_action_kind kind)
{
    return kind == CUT_ACTION_CAPTURE || kind == CUT_ACTION_TRANSMIT ||
           kind == CUT_ACTION_CONTROL || kind == CUT_ACTION_STOP;
}

/* Give the pool of a process as many slots again as it has. */
static enum cut_error extend_pool(struct cut_sim *sim, uint32_t process)
{
    unsigned k =
        cut_sim_pool_index(cut_graph_incoming_count(sim->topology, process));
    uint32_t more = sim->pool_slots[k] > 0 ? sim->pool_slots[k] : 16;
    enum cut_error error = cut_pool_extend(sim->pools[k], more);

    if (error == CUT_OK)
        sim->pool_slots[k] += more;
    return error == CUT_OK ? CUT_OK : CUT_NOMEM;
}

/*
 * A raw network may bring what makes no sense to the engine, twice or in
 * another order: that is what the algorithm's needs are for. A marker or frame
 * is ignored then, and a message no more than delivered.
 */
static enum cut_error do_without(struct cut_sim *sim,
                                 struct cut_occasion *occasion,
                                 const struct cut_event *event)
{
    const struct cut_sim_network *network = &sim->events.network;
    enum cut_error error;

    CUT_ASSERT(!sim->is_ticking && !network->is_reliable);
    CUT_ASSERT(network->loss > 0 || network->duplicate > 0 ||
               network->reorders);
    if (event->kind != CUT_EVENT_MESSAGE) {
        CUT_ASSERT(event->kind == CUT_EVENT_MARKER ||
                   event->kind == CUT_EVENT_CONTROL);
        sim->stats.markers_refused++;
        return CUT_OK;
    }
    error = announce(sim, occasion);
    if (error != CUT_OK)
        return error;
    sim->stats.messages_delivered++;
    return cut_sim_call_receive(sim, occasion->packet);
}

/*
 * What a step can be refused for here is a pool without slots: it grows, and
 * the step is tried again, since a refused step has changed nothing.
 */
enum cut_error cut_sim_happen(struct cut_sim *sim,
                              struct cut_occasion *occasion,
                              const struct cut_event *event)
{
    struct cut_engine *engine = cut_sim_engine(sim, occasion->process);
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;
    enum cut_error error = cut_engine_step(engine, event, actions, &count);

    if (error == CUT_LIMIT) {
        error = extend_pool(sim, occasion->process);
        if (error != CUT_OK)
            return error;
        error = cut_engine_step(engine, event, actions, &count);
    }
    if (error == CUT_PROTOCOL)
        return do_without(sim, occasion, event);
    CUT_ASSERT(error == CUT_OK);
    for (size_t i = 0; i < count && error == CUT_OK; i++) {
        if (event->kind == CUT_EVENT_MESSAGE &&
            !is_before_delivery(actions[i].kind))
            error = announce(sim, occasion);
        if (error == CUT_OK)
            error = perform(sim, occasion, &actions[i]);
    }
    return error == CUT_OK ? sim->tell_error : error;
}

enum cut_error cut_sim_emit(struct cut_sim *sim,
                            uint32_t process,
                            uint32_t channel,
                            uint32_t type,
                            const void *data,
                            size_t size)
{
    const struct cut_topology *topology = sim->topology;
    struct cut_occasion occasion = {.process = process, .channel = channel};
    struct cut_event event = {.kind = CUT_EVENT_SEND, .channel = channel};
    enum cut_error error =
        cut_packet_make(&sim->packets, data, size, &occasion.packet);

    if (error == CUT_OK && sim->is_ticking)
        error = cut_flight_reserve(&sim->flight, 1);
    if (error != CUT_OK)
        return error;
    struct cut_packet *packet = cut_packet_at(&sim->packets, occasion.packet);
    packet->type = (uint8_t)type;
    packet->source = process;
    packet->destination = cut_graph_outgoing_peer(topology, process, channel);
    packet->outgoing = channel;
    packet->incoming = cut_graph_incoming_index(topology, process, channel);
    if (sim->traits->needs_clock)
        event.now = cut_sim_clock(sim, process);
    return cut_sim_happen(sim, &occasion, &event);
}

static enum cut_error receive_marker(struct cut_sim *sim,
                                     const struct cut_packet *packet,
                                     struct cut_occasion *occasion)
{
    struct cut_event event = {
        .kind = CUT_EVENT_MARKER,
        .channel = packet->incoming,
        .waiting = occasion->waiting,
        .sent = packet->stamp,
        .snapshot = id_of(sim, packet->id),
    };

    if (sim->traits->needs_clock)
        event.now = cut_sim_clock(sim, packet->destination);
    sim->stats.markers_delivered++;
    return cut_sim_happen(sim, occasion, &event);
}

static enum cut_error receive_control(struct cut_sim *sim,
                                      const struct cut_packet *packet,
                                      struct cut_occasion *occasion)
{
    struct cut_event event = {
        .kind = CUT_EVENT_CONTROL,
        .peer = packet->source,
        .control = cut_packet_data(packet),
    };

    if (sim->traits->needs_clock)
        event.now = cut_sim_clock(sim, packet->destination);
    return cut_sim_happen(sim, occasion, &event);
}

enum cut_error
cut_sim_receive(struct cut_sim *sim, uint32_t index, uint32_t waiting)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    struct cut_occasion occasion = {
        .process = packet->destination,
        .channel = packet->incoming,
        .packet = index,
        .waiting = waiting,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_MESSAGE,
        .channel = packet->incoming,
        .stamp = packet->stamp,
    };

    if (packet->kind == CUT_PACKET_MARKER) {
        if (cut_sim_is_watched(sim))
            cut_sim_tell_packet(
                sim, CUT_SIM_DELIVER, packet->destination, index, 0, 0);
        return receive_marker(sim, packet, &occasion);
    }
    if (packet->kind == CUT_PACKET_CONTROL)
        return receive_control(sim, packet, &occasion);
    if (sim->traits->needs_clock)
        event.now = cut_sim_clock(sim, packet->destination);
    return cut_sim_happen(sim, &occasion, &event);
}
