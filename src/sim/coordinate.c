/*
 * The coordinator, by the schedule of events: which snapshots are begun and
 * given up, and who is a member. It has no place in the system and its words
 * take no time.
 *
 * An engine's actions come to an end before the coordinator answers them: what
 * it is to be told in the course of an event is kept until the event is over.
 */
#include "sim/system.h"

/* Snapshots at once, if the algorithm can; parts are counted in bits. */
#define OPEN_MAX 64

static struct cut_coordinator *coordinator_of(const struct cut_sim *sim)
{
    return sim->events.coordinator;
}

enum cut_error cut_coordinate_init(struct cut_sim *sim)
{
    struct cut_coordinator_config config = {
        .process_count = sim->process_count,
        .member_count = sim->process_count,
        .in_progress_max = 1,
        .queue_max = sim->snapshots_max,
        .timeout = sim->timeout,
    };

    if (config.queue_max > UINT32_C(1) << 20)
        config.queue_max = UINT32_C(1) << 20;
    if (sim->traits->is_concurrent)
        config.in_progress_max =
            sim->snapshots_max < OPEN_MAX ? sim->snapshots_max : OPEN_MAX;
    sim->events.deadline = UINT64_MAX;
    return cut_coordinator_create(
        &config, sim->allocator, &sim->events.coordinator);
}

void cut_coordinate_fini(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;

    cut_coordinator_destroy(events->coordinator);
    cut_release(sim->allocator,
                events->told,
                events->told_capacity,
                sizeof *events->told);
}

/* Its actions, one function each */

static enum cut_error start(struct cut_sim *sim,
                            const struct cut_coordinator_action *action)
{
    uint64_t number;
    enum cut_error error = cut_takes_begin(sim, action->process, &number);

    CUT_ASSERT(error != CUT_OK || number == action->snapshot.number);
    return error;
}

static const char *reason_of(const struct cut_coordinator_action *action)
{
    switch (action->reason) {
    case CUT_COORDINATOR_JOINED:
        return "a process joined";
    case CUT_COORDINATOR_LEFT:
        return "a process left";
    case CUT_COORDINATOR_LOST:
        return "a process crashed";
    case CUT_COORDINATOR_DISCARDED:
        return "a process could not take part in time";
    case CUT_COORDINATOR_TIMED_OUT:
        return "it took too long";
    }
    __builtin_trap();
}

static enum cut_error abort_all(struct cut_sim *sim,
                                const struct cut_coordinator_action *action)
{
    const struct cut_recording *at = action->snapshots;
    enum cut_error error = CUT_OK;

    for (; at != NULL && error == CUT_OK; at = at->next)
        error = cut_takes_abort(sim, at->snapshot.number, reason_of(action));
    return error;
}

static enum cut_error
tell_of_channel(struct cut_sim *sim, uint32_t process, uint32_t channel)
{
    uint32_t peer = cut_graph_incoming_peer(sim->topology, process, channel);
    struct cut_occasion occasion = {
        .process = process,
        .channel = channel,
        .packet = CUT_NONE,
    };
    struct cut_event event = {
        .kind =
            cut_events_is_member(sim, peer) ? CUT_EVENT_OPEN : CUT_EVENT_CLOSE,
        .channel = channel,
    };

    return cut_sim_happen(sim, &occasion, &event);
}

/* The channels from and to a process are open if both ends are members. */
static enum cut_error tell_of_channels(struct cut_sim *sim, uint32_t process)
{
    const struct cut_topology *topology = sim->topology;
    uint32_t outgoing = cut_graph_outgoing_count(topology, process);
    uint32_t incoming = cut_graph_incoming_count(topology, process);
    enum cut_error error = CUT_OK;

    for (uint32_t k = 0; k < outgoing && error == CUT_OK; k++)
        error = tell_of_channel(sim,
                                cut_graph_outgoing_peer(topology, process, k),
                                cut_graph_incoming_index(topology, process, k));
    for (uint32_t i = 0; i < incoming && error == CUT_OK; i++)
        error = tell_of_channel(sim, process, i);
    return error;
}

static enum cut_error enter_view(struct cut_sim *sim, uint32_t view)
{
    struct cut_event event = {.kind = CUT_EVENT_VIEW,
                              .snapshot = {.view = view}};
    enum cut_error error;

    sim->view = view;
    sim->member_count = cut_coordinator_member_count(coordinator_of(sim));
    error = tell_of_channels(sim, sim->events.changing);
    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++) {
        struct cut_occasion occasion = {
            .process = p,
            .channel = CUT_NONE,
            .packet = CUT_NONE,
        };
        error = cut_sim_happen(sim, &occasion, &event);
    }
    return error;
}

static enum cut_error perform(struct cut_sim *sim,
                              const struct cut_coordinator_action *action)
{
    switch (action->kind) {
    case CUT_COORDINATOR_ACTION_START:
        return start(sim, action);
    case CUT_COORDINATOR_ACTION_COMPLETE:
        cut_takes_complete(sim, action->snapshot.number);
        return CUT_OK;
    case CUT_COORDINATOR_ACTION_ABORT:
        return abort_all(sim, action);
    case CUT_COORDINATOR_ACTION_DROP:
        sim->stats.requests_dropped += action->count;
        return CUT_OK;
    case CUT_COORDINATOR_ACTION_VIEW:
        return enter_view(sim, action->snapshot.view);
    }
    __builtin_trap();
}

static enum cut_error step(struct cut_sim *sim,
                           const struct cut_coordinator_event *event)
{
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    size_t count = 0;
    enum cut_error error =
        cut_coordinator_step(coordinator_of(sim), event, actions, &count);

    for (size_t i = 0; i < count && error == CUT_OK; i++)
        error = perform(sim, &actions[i]);
    return error;
}

/* What it is told when the event is over */

static enum cut_error tell_later(struct cut_sim *sim,
                                 enum cut_coordinator_event_kind kind,
                                 uint64_t number,
                                 uint32_t process)
{
    struct cut_events *events = &sim->events;
    struct cut_coordinator_event *told = cut_grow(sim->allocator,
                                                  events->told,
                                                  &events->told_capacity,
                                                  events->told_count + 1,
                                                  sizeof *told);

    if (told == NULL)
        return CUT_NOMEM;
    events->told = told;
    told[events->told_count++] = (struct cut_coordinator_event){
        .kind = kind,
        .process = process,
        .snapshot = {.view = sim->record.takes[number].view, .number = number},
        .now = sim->now,
    };
    return CUT_OK;
}

enum cut_error
cut_coordinate_part(struct cut_sim *sim, uint64_t number, uint32_t process)
{
    return tell_later(sim, CUT_COORDINATOR_EVENT_PART, number, process);
}

enum cut_error
cut_coordinate_discard(struct cut_sim *sim, uint64_t number, uint32_t process)
{
    if (sim->record.takes[number].status != CUT_SIM_STATUS_OPEN)
        return CUT_OK;
    return tell_later(sim, CUT_COORDINATOR_EVENT_DISCARDED, number, process);
}

static enum cut_error set_deadline(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;
    uint64_t deadline = cut_coordinator_deadline(coordinator_of(sim));

    if (deadline == CUT_COORDINATOR_NEVER || deadline >= events->deadline)
        return CUT_OK;
    events->deadline = deadline;
    events->aside++;
    return cut_agenda_add(&events->agenda,
                          deadline > sim->now ? deadline : sim->now,
                          CUT_AGENDA_DEADLINE,
                          0,
                          0);
}

enum cut_error cut_coordinate_settle(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;
    enum cut_error error = CUT_OK;

    if (events->told_count == 0)
        return CUT_OK;
    /* The list may grow while it is told. */
    for (size_t i = 0; i < events->told_count && error == CUT_OK; i++) {
        struct cut_coordinator_event event = events->told[i];
        error = step(sim, &event);
    }
    events->told_count = 0;
    return error == CUT_OK ? set_deadline(sim) : error;
}

enum cut_error cut_coordinate_time(struct cut_sim *sim)
{
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_TIME,
        .now = sim->now,
    };
    enum cut_error error = step(sim, &event);

    sim->events.deadline = UINT64_MAX;
    if (error == CUT_OK)
        error = cut_coordinate_settle(sim);
    return error == CUT_OK ? set_deadline(sim) : error;
}

enum cut_error
cut_coordinate_request(struct cut_sim *sim, uint32_t process, uint64_t *number)
{
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_REQUEST,
        .process = process,
        .now = sim->now,
    };
    uint64_t begun = sim->stats.snapshots_begun;
    uint32_t waiting = cut_coordinator_waiting_count(coordinator_of(sim));

    if (begun + waiting >= sim->snapshots_max)
        return CUT_LIMIT;
    enum cut_error error = step(sim, &event);
    if (error == CUT_OK)
        error = cut_coordinate_settle(sim);
    if (error == CUT_OK)
        error = set_deadline(sim);
    if (error == CUT_OK)
        *number = sim->stats.snapshots_begun > begun ? begun : CUT_SIM_WAITS;
    return error;
}

/* Membership */

static enum cut_coordinator_event_kind event_of(enum cut_sim_change change)
{
    switch (change) {
    case CUT_SIM_CHANGE_JOIN:
        return CUT_COORDINATOR_EVENT_JOIN;
    case CUT_SIM_CHANGE_LEAVE:
        return CUT_COORDINATOR_EVENT_LEAVE;
    case CUT_SIM_CHANGE_CRASH:
        return CUT_COORDINATOR_EVENT_LOST;
    }
    __builtin_trap();
}

static unsigned char held_by(enum cut_sim_change change)
{
    switch (change) {
    case CUT_SIM_CHANGE_JOIN:
        return 0;
    case CUT_SIM_CHANGE_LEAVE:
        return CUT_HELD_GONE;
    case CUT_SIM_CHANGE_CRASH:
        return CUT_HELD_GONE | CUT_HELD_CRASHED;
    }
    __builtin_trap();
}

static enum cut_error
tell_change(struct cut_sim *sim, uint32_t process, enum cut_sim_change change)
{
    static const enum cut_sim_event_kind kinds[] = {
        [CUT_SIM_CHANGE_JOIN] = CUT_SIM_JOIN,
        [CUT_SIM_CHANGE_LEAVE] = CUT_SIM_LEAVE,
        [CUT_SIM_CHANGE_CRASH] = CUT_SIM_CRASH,
    };

    /* Who is to join later is absent at first, and did not leave. */
    if (sim->events.is_started)
        cut_sim_tell_process(
            sim, kinds[change], process, CUT_NO_SNAPSHOT, NULL);
    return cut_sim_note(sim,
                        change == CUT_SIM_CHANGE_JOIN ? CUT_TRACE_JOIN
                                                      : CUT_TRACE_LEAVE,
                        process,
                        process,
                        0,
                        0);
}

enum cut_error cut_coordinate_change(struct cut_sim *sim,
                                     uint32_t process,
                                     enum cut_sim_change change)
{
    struct cut_coordinator_event event = {
        .kind = event_of(change),
        .process = process,
        .now = sim->now,
    };
    bool is_join = change == CUT_SIM_CHANGE_JOIN;
    enum cut_error error;

    if (cut_events_is_member(sim, process) == is_join)
        return CUT_OK;
    error = tell_change(sim, process, change);
    if (error != CUT_OK)
        return error;
    sim->events.held[process] = held_by(change);
    cut_timers_forget(sim, process);
    error = cut_events_forget(sim, process);
    sim->events.changing = process;
    if (error == CUT_OK)
        error = step(sim, &event);
    if (error == CUT_OK)
        error = cut_coordinate_settle(sim);
    if (error == CUT_OK)
        error = set_deadline(sim);
    if (error == CUT_OK && is_join && sim->events.is_started)
        error = cut_events_start(sim, process);
    return error;
}

bool cut_sim_is_member(const struct cut_sim *sim, uint32_t process)
{
    CUT_ASSERT(process < sim->process_count);
    return sim->is_ticking || cut_events_is_member(sim, process);
}

uint32_t cut_coordinate_waiting(const struct cut_sim *sim)
{
    return cut_coordinator_waiting_count(coordinator_of(sim));
}
