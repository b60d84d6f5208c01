/*
 * The schedule of events: what is due happens, one event after another, in the
 * order of time and, at one time, in the order in which it was put on the
 * agenda.
 */
#include "sim/reliable.h"

#include <inttypes.h>

/* Creation */

static enum cut_error create_waiting(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;
    size_t count = sim->process_count;

    if (events->network.capacity == 0 && !sim->traits->stops)
        return CUT_OK;
    events->waiting =
        cut_allocate(sim->allocator, count, sizeof *events->waiting);
    events->stopped_since =
        cut_allocate(sim->allocator, count, sizeof *events->stopped_since);
    if (events->waiting == NULL || events->stopped_since == NULL)
        return CUT_NOMEM;
    for (size_t p = 0; p < count; p++)
        events->waiting[p] = CUT_QUEUE_EMPTY;
    return CUT_OK;
}

static enum cut_error create_wakes(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;
    size_t count = sim->process_count;

    if (!sim->traits->needs_clock)
        return CUT_OK;
    events->wake_at =
        cut_allocate(sim->allocator, count, sizeof *events->wake_at);
    if (events->wake_at == NULL)
        return CUT_NOMEM;
    for (size_t p = 0; p < count; p++)
        events->wake_at[p] = UINT64_MAX;
    return CUT_OK;
}

/* Each clock is off by something from 0 to the skew. */
static enum cut_error create_skews(struct cut_sim *sim)
{
    uint64_t skew = sim->events.network.skew;

    if (skew == 0)
        return CUT_OK;
    sim->skews =
        cut_allocate(sim->allocator, sim->process_count, sizeof *sim->skews);
    if (sim->skews == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < sim->process_count; p++)
        sim->skews[p] = cut_random_next_below(&sim->events.random, skew + 1);
    return CUT_OK;
}

enum cut_error cut_events_init(struct cut_sim *sim,
                               const struct cut_sim_config *config)
{
    struct cut_events *events = &sim->events;
    size_t count = sim->process_count;
    enum cut_error error;

    events->network = *config->network;
    /* No process has this number, so its numbers are nobody's. */
    events->random = cut_random_seed(config->seed, CUT_NONE);
    cut_agenda_init(&events->agenda, sim->allocator);
    cut_ahead_init(sim);
    events->held =
        cut_allocate_zeroed(sim->allocator, count, sizeof *events->held);
    events->control_sent = cut_allocate_zeroed(
        sim->allocator, count, sizeof *events->control_sent);
    if (events->held == NULL || events->control_sent == NULL)
        return CUT_NOMEM;
    error = create_waiting(sim);
    if (error == CUT_OK)
        error = create_wakes(sim);
    if (error == CUT_OK)
        error = create_skews(sim);
    if (error == CUT_OK)
        error = cut_carry_init(sim);
    return error == CUT_OK ? cut_coordinate_init(sim) : error;
}

void cut_events_fini(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;
    const struct cut_allocator *allocator = sim->allocator;
    size_t count = sim->process_count;

    cut_coordinate_fini(sim);
    cut_carry_fini(sim);
    cut_timers_fini(sim);
    cut_agenda_fini(&events->agenda);
    cut_release(allocator, events->held, count, sizeof *events->held);
    cut_release(
        allocator, events->control_sent, count, sizeof *events->control_sent);
    cut_release(allocator, events->waiting, count, sizeof *events->waiting);
    cut_release(
        allocator, events->stopped_since, count, sizeof *events->stopped_since);
    cut_release(allocator, events->wake_at, count, sizeof *events->wake_at);
    cut_release(
        allocator, events->plans, events->plan_capacity, sizeof *events->plans);
    cut_release(allocator, sim->skews, count, sizeof *sim->skews);
}

/* Who has events of the program, and who has to wait */

enum cut_error
cut_events_hold(struct cut_sim *sim, uint32_t process, enum cut_holding why)
{
    sim->events.held[process] |= (unsigned char)why;
    return CUT_OK;
}

/* What waits is given at the same time, but after the present event. */
enum cut_error
cut_events_release(struct cut_sim *sim, uint32_t process, enum cut_holding why)
{
    struct cut_events *events = &sim->events;

    events->held[process] &= (unsigned char)~(unsigned)why;
    if (events->held[process] != 0 ||
        cut_queue_is_empty(&events->waiting[process]))
        return CUT_OK;
    return cut_agenda_add(
        &events->agenda, sim->now, CUT_AGENDA_DRAIN, process, 0);
}

static enum cut_error wake(struct cut_sim *sim, uint32_t process)
{
    struct cut_occasion occasion = {
        .process = process,
        .channel = CUT_NONE,
        .packet = CUT_NONE,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_TIME,
        .now = cut_sim_clock(sim, process),
    };

    sim->events.wake_at[process] = UINT64_MAX;
    return cut_events_is_member(sim, process)
               ? cut_sim_happen(sim, &occasion, &event)
               : CUT_OK;
}

/* An engine that asked for a time hears of it before anything else happens at
 * its process then; after which that may have to wait. */
static enum cut_error keep_time(struct cut_sim *sim, uint32_t process)
{
    const uint64_t *wake_at = sim->events.wake_at;

    return wake_at != NULL && wake_at[process] <= sim->now ? wake(sim, process)
                                                           : CUT_OK;
}

static bool has_to_wait(const struct cut_sim *sim, uint32_t process)
{
    return sim->events.waiting != NULL &&
           (sim->events.held[process] != 0 ||
            !cut_queue_is_empty(&sim->events.waiting[process]));
}

/*
 * A marker waits only where markers queue, and then behind what waits because
 * a channel is full. A process that stands still for a snapshot takes them:
 * they are what it stands still for.
 */
static bool marker_has_to_wait(const struct cut_sim *sim, uint32_t process)
{
    return sim->events.network.markers == CUT_SIM_MARKERS_QUEUE &&
           sim->traits->markers_in_channel && has_to_wait(sim, process) &&
           (sim->events.held[process] & CUT_HELD_STOPPED) == 0;
}

/* How many messages of a marker's channel it has overtaken at its end. */
static uint32_t count_waiting(const struct cut_sim *sim,
                              const struct cut_packet *marker)
{
    uint32_t count = 0;

    if (sim->events.waiting == NULL)
        return 0;
    const struct cut_queue *queue = &sim->events.waiting[marker->destination];
    for (uint32_t i = queue->head; i != CUT_NONE;) {
        const struct cut_packet *packet = cut_packet_at(&sim->packets, i);
        count += packet->kind == CUT_PACKET_MESSAGE &&
                 packet->incoming == marker->incoming;
        i = packet->next;
    }
    return count;
}

static enum cut_error wait(struct cut_sim *sim, uint32_t index)
{
    uint32_t process = cut_packet_at(&sim->packets, index)->destination;

    cut_queue_append(&sim->packets, &sim->events.waiting[process], index);
    return CUT_OK;
}

/* It is received: there is room in its channel, and nobody needs it. */
static enum cut_error
receive(struct cut_sim *sim, uint32_t index, uint32_t waiting)
{
    enum cut_error error = cut_sim_receive(sim, index, waiting);

    if (error == CUT_OK)
        error = cut_carry_left(sim, cut_packet_at(&sim->packets, index));
    cut_packet_drop(&sim->packets, index);
    return error;
}

/* There is nobody to receive it, or nobody who sent it. */
static enum cut_error lose(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    enum cut_error error = cut_carry_left(sim, packet);

    sim->stats.messages_lost += packet->kind == CUT_PACKET_MESSAGE;
    if (cut_sim_is_watched(sim) && packet->kind != CUT_PACKET_CONTROL)
        cut_sim_tell_packet(sim, CUT_SIM_LOSE, packet->source, index, 0, 0);
    cut_packet_drop(&sim->packets, index);
    return error;
}

/* What who has left had sent still arrives; but of its snapshots there is none
 * any more. */
static bool is_lost(const struct cut_sim *sim, const struct cut_packet *packet)
{
    if (!cut_events_is_member(sim, packet->destination))
        return true;
    return packet->kind == CUT_PACKET_MESSAGE
               ? (sim->events.held[packet->source] & CUT_HELD_CRASHED) != 0
               : !cut_events_is_member(sim, packet->source);
}

enum cut_error cut_events_accept(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint32_t process = packet->destination;

    if (is_lost(sim, packet))
        return lose(sim, index);
    enum cut_error error = keep_time(sim, process);
    if (error != CUT_OK)
        return error;
    if (packet->kind == CUT_PACKET_CONTROL)
        return receive(sim, index, 0);
    if (packet->kind == CUT_PACKET_MARKER)
        return marker_has_to_wait(sim, process)
                   ? wait(sim, index)
                   : receive(sim, index, count_waiting(sim, packet));
    return has_to_wait(sim, process) ? wait(sim, index)
                                     : receive(sim, index, 0);
}

/* An event of a process that nothing travels for waits at its door too. */
static enum cut_error wait_as(struct cut_sim *sim,
                              uint32_t process,
                              enum cut_packet_kind kind,
                              const void *data,
                              size_t size)
{
    uint32_t index;
    enum cut_error error = cut_packet_make(&sim->packets, data, size, &index);

    if (error != CUT_OK)
        return error;
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    packet->kind = (uint8_t)kind;
    packet->source = process;
    packet->destination = process;
    return wait(sim, index);
}

enum cut_error cut_events_start(struct cut_sim *sim, uint32_t process)
{
    return has_to_wait(sim, process)
               ? wait_as(sim, process, CUT_PACKET_START, NULL, 0)
               : cut_sim_call_start(sim, process);
}

/* At time 0 all that are members start, in the order of their indices. */
static enum cut_error start(struct cut_sim *sim)
{
    enum cut_error error = CUT_OK;

    sim->events.is_started = true;
    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++) {
        if (!cut_events_is_member(sim, p))
            continue;
        error = cut_events_start(sim, p);
        if (error == CUT_OK)
            error = cut_coordinate_settle(sim);
    }
    return error;
}

enum cut_error cut_events_input(struct cut_sim *sim,
                                uint32_t process,
                                const void *data,
                                size_t size)
{
    enum cut_error error = CUT_OK;

    if (!cut_events_is_member(sim, process))
        return CUT_STATE;
    if (!sim->events.is_started)
        error = start(sim);
    if (error == CUT_OK)
        error = keep_time(sim, process);
    if (error != CUT_OK)
        return error;
    if (has_to_wait(sim, process))
        return wait_as(sim, process, CUT_PACKET_INPUT, data, size);
    error = cut_sim_call_input(sim, process, data, size);
    return error == CUT_OK ? cut_coordinate_settle(sim) : error;
}

/* What is on the agenda, one function each */

static enum cut_error go_off(struct cut_sim *sim, uint32_t node)
{
    struct cut_armed armed = sim->events.armed[node];

    cut_timers_cancel(sim, armed.process, armed.timer);
    return cut_sim_call_timer(sim, armed.process, armed.timer);
}

/* A timer that goes off while its process has to wait, waits like a message;
 * meanwhile it can still be cancelled. */
static enum cut_error
timer_due(struct cut_sim *sim, uint32_t node, uint32_t generation)
{
    uint64_t word = (uint64_t)generation << 32 | node;

    if (!cut_timers_is_armed(sim, node, generation))
        return CUT_OK;
    uint32_t process = sim->events.armed[node].process;
    enum cut_error error = keep_time(sim, process);
    if (error != CUT_OK)
        return error;
    if (!has_to_wait(sim, process))
        return go_off(sim, node);
    return wait_as(sim, process, CUT_PACKET_TIMER, &word, sizeof word);
}

static enum cut_error take_start(struct cut_sim *sim, uint32_t index)
{
    uint32_t process = cut_packet_at(&sim->packets, index)->destination;

    cut_packet_drop(&sim->packets, index);
    return cut_sim_call_start(sim, process);
}

static enum cut_error take_input(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    enum cut_error error = cut_sim_call_input(
        sim, packet->destination, cut_packet_data(packet), packet->size);

    cut_packet_drop(&sim->packets, index);
    return error;
}

static enum cut_error take_waiting(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    uint64_t word = packet->data.word;
    uint32_t node = (uint32_t)word;

    if (packet->kind == CUT_PACKET_START)
        return take_start(sim, index);
    if (packet->kind == CUT_PACKET_INPUT)
        return take_input(sim, index);
    if (packet->kind != CUT_PACKET_TIMER)
        return is_lost(sim, packet) ? lose(sim, index) : receive(sim, index, 0);
    cut_packet_drop(&sim->packets, index);
    return cut_timers_is_armed(sim, node, (uint32_t)(word >> 32))
               ? go_off(sim, node)
               : CUT_OK;
}

enum cut_error cut_events_forget(struct cut_sim *sim, uint32_t process)
{
    struct cut_queue *queue;
    enum cut_error error = CUT_OK;

    if (sim->events.waiting == NULL)
        return CUT_OK;
    queue = &sim->events.waiting[process];
    while (error == CUT_OK && !cut_queue_is_empty(queue)) {
        uint32_t index = cut_queue_take(&sim->packets, queue);
        uint8_t kind = cut_packet_at(&sim->packets, index)->kind;
        if (kind == CUT_PACKET_MESSAGE || kind == CUT_PACKET_MARKER)
            error = lose(sim, index);
        else
            cut_packet_drop(&sim->packets, index);
    }
    return error;
}

/* A process has events again: the first that waits, and then the next, until it
 * has to wait again. */
static enum cut_error drain(struct cut_sim *sim, uint32_t process)
{
    struct cut_queue *queue = &sim->events.waiting[process];
    enum cut_error error = keep_time(sim, process);

    if (error != CUT_OK || sim->events.held[process] != 0 ||
        cut_queue_is_empty(queue))
        return error;
    error = take_waiting(sim, cut_queue_take(&sim->packets, queue));
    if (error != CUT_OK || sim->events.held[process] != 0 ||
        cut_queue_is_empty(queue))
        return error;
    return cut_agenda_add(
        &sim->events.agenda, sim->now, CUT_AGENDA_DRAIN, process, 0);
}

/* Is there anything to come but snapshots? */
static bool has_more(const struct cut_sim *sim)
{
    return sim->events.agenda.count > sim->events.aside ||
           (sim->events.links != NULL && cut_reliable_has_messages(sim));
}

/* A snapshot that is planned; again and again, if there is anything else. */
static enum cut_error take_snapshot(struct cut_sim *sim, uint32_t index)
{
    struct cut_events *events = &sim->events;
    const struct cut_plan *plan = &events->plans[index];
    uint64_t number;
    enum cut_error error = cut_sim_snapshot(sim, plan->process, &number);

    sim->stats.requests_dropped += error == CUT_LIMIT || error == CUT_STATE;
    if (error == CUT_LIMIT || error == CUT_STATE)
        error = CUT_OK;
    events->planned -= plan->every == 0;
    if (error != CUT_OK || plan->every == 0)
        return error;
    events->aside--;
    if (!has_more(sim))
        return CUT_OK;
    events->aside++;
    return cut_agenda_add(
        &events->agenda, sim->now + plan->every, CUT_AGENDA_SNAPSHOT, index, 0);
}

static enum cut_error happen(struct cut_sim *sim,
                             const struct cut_agenda_entry *entry)
{
    uint32_t target = cut_agenda_target_of(entry);
    uint32_t detail = cut_agenda_detail_of(entry);

    switch (cut_agenda_kind_of(entry)) {
    case CUT_AGENDA_ARRIVE:
        return cut_carry_arrived(sim, target);
    case CUT_AGENDA_TIMER:
        return timer_due(sim, target, detail);
    case CUT_AGENDA_WAKE:
        sim->events.aside--;
        return keep_time(sim, target);
    case CUT_AGENDA_DRAIN:
        return drain(sim, target);
    case CUT_AGENDA_SNAPSHOT:
        return take_snapshot(sim, target);
    case CUT_AGENDA_CHANGE:
        return cut_coordinate_change(sim, target, (enum cut_sim_change)detail);
    case CUT_AGENDA_RESEND:
        sim->events.aside--;
        return cut_reliable_resend(sim, target);
    case CUT_AGENDA_DEADLINE:
        sim->events.aside--;
        return cut_coordinate_time(sim);
    }
    __builtin_trap();
}

/*
 * Time goes on. A program without delays can be busy for ever at one time:
 * more than this happens nowhere at once.
 */
#define AT_ONCE_MAX (UINT64_C(1) << 24)
#define AT_ONCE_A_CHANNEL 64

static enum cut_error pass_time(struct cut_sim *sim, uint64_t time)
{
    struct cut_events *events = &sim->events;
    uint64_t most = AT_ONCE_MAX +
                    AT_ONCE_A_CHANNEL * cut_graph_channel_count(sim->topology);
    char text[CUT_TIME_TEXT_SIZE];

    events->at_once = time == sim->now ? events->at_once + 1 : 0;
    sim->now = time;
    if (events->at_once <= most)
        return CUT_OK;
    cut_time_format(time, text);
    return cut_sim_fail(sim,
                        CUT_STATE,
                        "no time passes at %s: %" PRIu64
                        " things have happened (expected delays and timers "
                        "above 0)",
                        text,
                        events->at_once);
}

static void pulse(struct cut_sim *sim)
{
    if (--sim->beat_in > 0)
        return;
    sim->beat_in = CUT_SIM_PULSE;
    sim->pulse.beat(sim->pulse.context);
}

enum cut_error cut_sim_run(struct cut_sim *sim,
                           cut_time until,
                           uint64_t events_max,
                           enum cut_sim_end *end)
{
    struct cut_agenda *agenda = &sim->events.agenda;
    enum cut_error error = CUT_OK;

    CUT_ASSERT(!sim->is_ticking);
    /* What is due then may be due as long after it, and is still a time. */
    if (until > CUT_TIME_MAX)
        until = CUT_TIME_MAX;
    *end = CUT_SIM_END_QUIET;
    if (!sim->events.is_started)
        error = start(sim);
    while (error == CUT_OK && agenda->count > 0) {
        bool is_enough = sim->stats.events >= events_max;
        if (is_enough ? cut_agenda_next_time(agenda) > until
                      : !cut_agenda_reaches(agenda, until)) {
            *end = CUT_SIM_END_TIME;
            sim->now = until > sim->now ? until : sim->now;
            break;
        }
        if (is_enough) {
            *end = CUT_SIM_END_EVENTS;
            break;
        }
        struct cut_agenda_entry entry = cut_agenda_take(agenda);
        error = pass_time(sim, entry.time);
        if (error == CUT_OK)
            error = happen(sim, &entry);
        if (error == CUT_OK)
            error = cut_coordinate_settle(sim);
        if (sim->pulse.beat != NULL)
            pulse(sim);
    }
    return error;
}

enum cut_error cut_events_tick(struct cut_sim *sim, uint64_t ticks)
{
    uint64_t left = CUT_TIME_MAX - sim->now;
    enum cut_sim_end end;
    enum cut_error error;

    if (ticks > left / CUT_MILLISECOND)
        return CUT_LIMIT;
    uint64_t until = sim->now + ticks * CUT_MILLISECOND;
    error = cut_sim_run(sim, until, UINT64_MAX, &end);
    if (error == CUT_OK)
        sim->now = until;
    return error;
}

/* What is planned */

enum cut_error cut_sim_snapshot_at(struct cut_sim *sim,
                                   cut_time time,
                                   cut_time every,
                                   uint32_t process)
{
    struct cut_events *events = &sim->events;

    CUT_ASSERT(!sim->is_ticking);
    if (process >= sim->process_count || time < sim->now ||
        time > CUT_TIME_MAX || every > CUT_TIME_MAX)
        return CUT_INVALID;
    struct cut_plan *plans = cut_grow(sim->allocator,
                                      events->plans,
                                      &events->plan_capacity,
                                      events->plan_count + 1,
                                      sizeof *plans);
    if (plans == NULL)
        return CUT_NOMEM;
    events->plans = plans;
    plans[events->plan_count] = (struct cut_plan){every, process};
    enum cut_error error = cut_agenda_add(&events->agenda,
                                          time,
                                          CUT_AGENDA_SNAPSHOT,
                                          (uint32_t)events->plan_count,
                                          0);
    if (error != CUT_OK)
        return error;
    events->plan_count++;
    events->planned += every == 0;
    events->aside += every > 0;
    return CUT_OK;
}

enum cut_error cut_sim_change_at(struct cut_sim *sim,
                                 cut_time time,
                                 uint32_t process,
                                 enum cut_sim_change change)
{
    struct cut_events *events = &sim->events;
    enum cut_error error = CUT_OK;

    CUT_ASSERT(!sim->is_ticking);
    if (process >= sim->process_count || time < sim->now ||
        time > CUT_TIME_MAX || !sim->traits->follows_views)
        return CUT_INVALID;
    if (change == CUT_SIM_CHANGE_JOIN) {
        if (events->is_started || sim->stats.snapshots_begun > 0 ||
            !cut_events_is_member(sim, process))
            return CUT_STATE;
        error = cut_coordinate_change(sim, process, CUT_SIM_CHANGE_LEAVE);
        events->held[process] = CUT_HELD_ABSENT;
    }
    if (error != CUT_OK)
        return error;
    return cut_agenda_add(
        &events->agenda, time, CUT_AGENDA_CHANGE, process, (uint32_t)change);
}
