/*
 * The program's functions, and what they can do in the simulator.
 */
#include "sim/check_save.h"
#include "sim/system.h"

#include <inttypes.h>

/* What a program can do */

static struct cut_sim *sim_of(const struct cut_context *context)
{
    return context->executor;
}

static const char *name(const struct cut_context *context, uint32_t process)
{
    return cut_topology_name(sim_of(context)->topology, process);
}

static uint32_t outgoing_peer(const struct cut_context *context,
                              uint32_t channel)
{
    return cut_graph_outgoing_peer(
        sim_of(context)->topology, context->self, channel);
}

static uint32_t incoming_peer(const struct cut_context *context,
                              uint32_t channel)
{
    return cut_graph_incoming_peer(
        sim_of(context)->topology, context->self, channel);
}

static uint32_t channel_to(const struct cut_context *context, uint32_t process)
{
    return cut_graph_outgoing_to(
        sim_of(context)->topology, context->self, process);
}

static void send(struct cut_context *context,
                 uint32_t channel,
                 uint32_t type,
                 const void *data,
                 size_t size)
{
    struct cut_sim *sim = sim_of(context);

    if (sim->check_save != NULL)
        cut_check_effect(sim, type, channel, data, size);
    context->error =
        cut_sim_emit(sim, context->self, channel, type, data, size);
}

static void
timer_set(struct cut_context *context, uint32_t timer, cut_time after)
{
    struct cut_sim *sim = sim_of(context);

    if (sim->is_ticking) {
        cut_fail(context, "has a timer (expected none in a run by ticks)");
        return;
    }
    if (sim->check_save != NULL)
        cut_check_effect(sim, CUT_EFFECT_TIMER, timer, &after, sizeof after);
    context->error = cut_timers_set(sim, context->self, timer, after);
}

static void timer_cancel(struct cut_context *context, uint32_t timer)
{
    struct cut_sim *sim = sim_of(context);

    if (sim->check_save != NULL)
        cut_check_effect(sim, CUT_EFFECT_TIMER, timer, NULL, 0);
    if (!sim->is_ticking)
        cut_timers_cancel(sim, context->self, timer);
}

static void print(struct cut_context *context, const char *text)
{
    cut_sim_tell_process(
        sim_of(context), CUT_SIM_PRINT, context->self, CUT_NO_SNAPSHOT, text);
}

static const struct cut_context_operations operations = {
    .name = name,
    .outgoing_peer = outgoing_peer,
    .incoming_peer = incoming_peer,
    .channel_to = channel_to,
    .send = send,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .print = print,
};

void cut_sim_set_context(struct cut_sim *sim,
                         struct cut_context *context,
                         uint32_t process)
{
    context->operations = &operations;
    context->executor = sim;
    context->random = &sim->randoms[process];
    context->now = cut_sim_clock(sim, process);
    context->process_count = sim->process_count;
    context->self = process;
    context->outgoing_count = cut_graph_outgoing_count(sim->topology, process);
    context->incoming_count = cut_graph_incoming_count(sim->topology, process);
}

/* The events */

/* Say who failed, and when, if it has begun. */
static enum cut_error blame(struct cut_sim *sim)
{
    const struct cut_context *context = &sim->context;
    const char *name = cut_topology_name(sim->topology, context->self);
    char time[CUT_TIME_TEXT_SIZE];

    if (context->is_creating || sim->is_ticking)
        return cut_sim_fail(sim, CUT_STATE, "%s %s", name, context->failure);
    cut_time_format(sim->now, time);
    return cut_sim_fail(
        sim, CUT_STATE, "%s at %s: %s", name, time, context->failure);
}

/* What a program asked for in an event happens when the event is over. */
static enum cut_error grant_wishes(struct cut_sim *sim)
{
    struct cut_context *context = &sim->context;
    uint32_t process = context->self;
    enum cut_error error = CUT_OK;
    uint64_t number;

    if (context->wants_snapshot) {
        context->wants_snapshot = false;
        error = cut_sim_snapshot(sim, process, &number);
        if (error == CUT_LIMIT)
            error = CUT_OK;
    }
    if (error == CUT_OK && context->wants_leave) {
        context->wants_leave = false;
        if (sim->is_ticking || !sim->traits->follows_views) {
            cut_fail(context,
                     "leaves (expected an algorithm that follows views, in a "
                     "run by events)");
            return blame(sim);
        }
        error = cut_coordinate_change(sim, process, CUT_SIM_CHANGE_LEAVE);
    }
    return error;
}

/* An event is over: see what became of it. */
static enum cut_error finish(struct cut_sim *sim)
{
    struct cut_context *context = &sim->context;
    enum cut_error error = context->error;

    if (error == CUT_OK && !context->wants_snapshot && !context->wants_leave)
        return CUT_OK;
    if (error == CUT_OK)
        return grant_wishes(sim);
    return error == CUT_NOMEM ? error : blame(sim);
}

enum cut_error cut_sim_call_create(struct cut_sim *sim, uint32_t process)
{
    struct cut_context *context = &sim->context;

    if (sim->process->create == NULL)
        return CUT_OK;
    cut_sim_set_context(sim, context, process);
    context->is_creating = true;
    enum cut_error error =
        sim->process->create(cut_sim_state(sim, process), context);
    if (context->error == CUT_OK && error != CUT_OK && error != CUT_NOMEM)
        return cut_sim_fail(sim,
                            CUT_STATE,
                            "%s could not be created: %s",
                            cut_topology_name(sim->topology, process),
                            cut_error_sentence(error));
    if (error != CUT_NOMEM)
        error = finish(sim);
    context->is_creating = false;
    return error;
}

void cut_program_call(const struct cut_process *process,
                      void *state,
                      struct cut_context *context,
                      const struct cut_happening *what)
{
    switch (what->kind) {
    case CUT_HAPPENING_START:
        if (process->start != NULL)
            process->start(state, context);
        break;
    case CUT_HAPPENING_MESSAGE:
        if (process->receive != NULL)
            process->receive(state, context, &what->message);
        break;
    case CUT_HAPPENING_TIMER:
        if (process->timer != NULL)
            process->timer(state, context, what->timer);
        break;
    case CUT_HAPPENING_INPUT:
        if (process->input != NULL)
            process->input(state, context, what->data, what->size);
        break;
    }
}

static enum cut_error
call(struct cut_sim *sim, uint32_t process, const struct cut_happening *what)
{
    enum cut_error error = CUT_OK;

    sim->stats.events++;
    cut_sim_set_context(sim, &sim->context, process);
    if (sim->check_save != NULL)
        error = cut_check_begin(sim, process);
    if (error != CUT_OK)
        return error;
    cut_program_call(
        sim->process, cut_sim_state(sim, process), &sim->context, what);
    error = finish(sim);
    if (sim->check_save != NULL)
        error = cut_check_end(sim, process, what, error);
    return error;
}

enum cut_error cut_sim_call_start(struct cut_sim *sim, uint32_t process)
{
    struct cut_happening what = {.kind = CUT_HAPPENING_START};

    cut_sim_tell_process(sim, CUT_SIM_START, process, CUT_NO_SNAPSHOT, NULL);
    return call(sim, process, &what);
}

struct cut_message cut_sim_message_of(const struct cut_packet *packet)
{
    return (struct cut_message){
        .channel = packet->incoming,
        .type = packet->type,
        .size = packet->size,
        .data = cut_packet_data(packet),
    };
}

enum cut_error cut_sim_call_receive(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    struct cut_happening what = {
        .kind = CUT_HAPPENING_MESSAGE,
        .message = cut_sim_message_of(packet),
    };

    return call(sim, packet->destination, &what);
}

enum cut_error
cut_sim_call_timer(struct cut_sim *sim, uint32_t process, uint32_t timer)
{
    struct cut_happening what = {
        .kind = CUT_HAPPENING_TIMER,
        .timer = timer,
    };

    cut_sim_tell_process(sim, CUT_SIM_TIMER, process, CUT_NO_SNAPSHOT, NULL);
    return call(sim, process, &what);
}

enum cut_error cut_sim_call_input(struct cut_sim *sim,
                                  uint32_t process,
                                  const void *data,
                                  size_t size)
{
    struct cut_happening what = {
        .kind = CUT_HAPPENING_INPUT,
        .data = data,
        .size = size,
    };

    if (!sim->is_ticking)
        cut_sim_tell_process(
            sim, CUT_SIM_INPUT, process, CUT_NO_SNAPSHOT, NULL);
    return call(sim, process, &what);
}

enum cut_error cut_sim_write_state(struct cut_sim *sim, uint32_t process)
{
    cut_writer_clear(&sim->writer);
    sim->process->save(cut_sim_state(sim, process), &sim->writer);
    if (sim->writer.error == CUT_OK || sim->writer.error == CUT_NOMEM)
        return sim->writer.error;
    return cut_sim_fail(sim,
                        CUT_STATE,
                        "%s saves what is not JSON",
                        cut_topology_name(sim->topology, process));
}
