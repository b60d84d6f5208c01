/*
 * Timers: those that are armed, in a list for each process that has any. An
 * entry of the agenda whose timer has been set anew or cancelled since says
 * another time or another generation than the armed one, and is passed over.
 */
#include "sim/system.h"

void cut_timers_fini(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;

    cut_release(
        sim->allocator, events->timers, sim->process_count, sizeof(uint32_t));
    cut_release(sim->allocator,
                events->armed,
                events->armed_capacity,
                sizeof *events->armed);
}

/* Most programs have none: there is no list before the first. */
static enum cut_error create_lists(struct cut_sim *sim)
{
    struct cut_events *events = &sim->events;

    if (events->timers != NULL)
        return CUT_OK;
    events->timers = cut_allocate(
        sim->allocator, sim->process_count, sizeof *events->timers);
    if (events->timers == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < sim->process_count; p++)
        events->timers[p] = CUT_NONE;
    events->armed_free = CUT_NONE;
    return CUT_OK;
}

static enum cut_error take_node(struct cut_sim *sim, uint32_t *out)
{
    struct cut_events *events = &sim->events;

    if (events->armed_free != CUT_NONE) {
        *out = events->armed_free;
        events->armed_free = events->armed[*out].next;
        return CUT_OK;
    }
    if (events->armed_count == CUT_NONE)
        return CUT_NOMEM;
    struct cut_armed *armed = cut_grow(sim->allocator,
                                       events->armed,
                                       &events->armed_capacity,
                                       events->armed_count + 1,
                                       sizeof *armed);
    if (armed == NULL)
        return CUT_NOMEM;
    events->armed = armed;
    *out = (uint32_t)events->armed_count++;
    armed[*out] = (struct cut_armed){0};
    return CUT_OK;
}

/* Take a timer out of its process's list, if it is armed. */
void cut_timers_cancel(struct cut_sim *sim, uint32_t process, uint32_t timer)
{
    struct cut_events *events = &sim->events;
    uint32_t *link;

    if (events->timers == NULL)
        return;
    link = &events->timers[process];
    while (*link != CUT_NONE && events->armed[*link].timer != timer)
        link = &events->armed[*link].next;
    if (*link == CUT_NONE)
        return;
    uint32_t node = *link;
    *link = events->armed[node].next;
    events->armed[node].generation =
        (events->armed[node].generation + 1) & CUT_AGENDA_DETAIL_MAX;
    events->armed[node].next = events->armed_free;
    events->armed_free = node;
}

enum cut_error cut_timers_set(struct cut_sim *sim,
                              uint32_t process,
                              uint32_t timer,
                              cut_time after)
{
    struct cut_events *events = &sim->events;
    enum cut_error error = create_lists(sim);
    uint64_t due = sim->now + (after < CUT_TIME_MAX ? after : CUT_TIME_MAX);
    uint32_t node;

    if (error != CUT_OK)
        return error;
    cut_timers_cancel(sim, process, timer);
    error = take_node(sim, &node);
    if (error != CUT_OK)
        return error;
    struct cut_armed *armed = &events->armed[node];
    armed->due = due;
    armed->timer = timer;
    armed->process = process;
    armed->next = events->timers[process];
    events->timers[process] = node;
    return cut_agenda_add(
        &events->agenda, due, CUT_AGENDA_TIMER, node, armed->generation);
}

bool cut_timers_is_armed(const struct cut_sim *sim,
                         uint32_t node,
                         uint32_t generation)
{
    return sim->events.armed[node].generation == generation;
}

void cut_timers_forget(struct cut_sim *sim, uint32_t process)
{
    while (sim->events.timers != NULL &&
           sim->events.timers[process] != CUT_NONE)
        cut_timers_cancel(
            sim, process, sim->events.armed[sim->events.timers[process]].timer);
}
