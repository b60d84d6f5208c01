/*
 * The program's functions, and what they can do in a worker.
 */
#include "net/tracing.h"

#include <string.h>

/* --- what a program can do ----------------------------------------------- */

static struct cut_worker *worker_of(const struct cut_context *context)
{
    return context->executor;
}

static const char *name(const struct cut_context *context, uint32_t process)
{
    return worker_of(context)->config->names[process];
}

static uint32_t outgoing_peer(const struct cut_context *context,
                              uint32_t channel)
{
    return worker_of(context)->config->outgoing[channel];
}

static uint32_t incoming_peer(const struct cut_context *context,
                              uint32_t channel)
{
    return worker_of(context)->config->incoming[channel];
}

/* Channels are in the order of their receivers. */
static uint32_t channel_to(const struct cut_context *context, uint32_t process)
{
    const struct cut_worker_config *config = worker_of(context)->config;
    uint32_t low = 0;
    uint32_t high = config->outgoing_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (config->outgoing[middle] < process)
            low = middle + 1;
        else
            high = middle;
    }
    return low < config->outgoing_count && config->outgoing[low] == process
               ? low
               : UINT32_MAX;
}

static void send_message(struct cut_context *context,
                         uint32_t channel,
                         uint32_t type,
                         const void *data,
                         size_t size)
{
    context->error = cut_act_send(
        worker_of(context), channel, (uint8_t)type, data, (uint32_t)size);
}

static void
timer_set(struct cut_context *context, uint32_t timer, cut_time after)
{
    struct cut_worker *worker = worker_of(context);

    worker->timers[timer] = context->now + after;
    worker->armed |= UINT64_C(1) << timer;
    worker->is_alarm_stale = true;
}

static void timer_cancel(struct cut_context *context, uint32_t timer)
{
    struct cut_worker *worker = worker_of(context);

    worker->armed &= ~(UINT64_C(1) << timer);
    worker->is_alarm_stale = true;
}

/* Who prints more than is read waits for its reader. */
static void print(struct cut_context *context, const char *text)
{
    struct cut_worker *worker = worker_of(context);

    cut_report_text(worker, CUT_TALK_PRINT, text);
    if (worker->supervisor != NULL &&
        cut_conn_queued(worker->supervisor) > CUT_UNHEARD_MAX)
        cut_worker_hold(worker, CUT_HOLD_UNHEARD);
}

static const struct cut_context_operations operations = {
    .name = name,
    .outgoing_peer = outgoing_peer,
    .incoming_peer = incoming_peer,
    .channel_to = channel_to,
    .send = send_message,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .print = print,
};

void cut_program_bind(struct cut_worker *worker)
{
    const struct cut_worker_config *config = worker->config;

    worker->context = (struct cut_context){
        .operations = &operations,
        .executor = worker,
        .arguments = config->arguments,
        .random = &worker->random,
        .argument_count = config->argument_count,
        .process_count = config->process_count,
        .self = config->self,
        .outgoing_count = config->outgoing_count,
        .incoming_count = config->incoming_count,
    };
}

/* --- its events ---------------------------------------------------------- */

/* What waits for it is not delivered any more, and holds nobody up. */
static void forget_inbox(struct cut_worker *worker)
{
    struct cut_arrival *arrival;

    while ((arrival = cut_inbox_take(&worker->inbox)) != NULL) {
        cut_peer_delivered(arrival->peer, arrival->size);
        cut_arrival_release(arrival);
    }
}

static void leave(struct cut_worker *worker)
{
    if (!worker->traits->follows_views) {
        cut_worker_fail(worker,
                        1,
                        "leaves (expected an algorithm that follows views: "
                        "chandy-lamport)");
        return;
    }
    worker->armed = 0;
    cut_worker_hold(worker, CUT_HOLD_LEFT);
    forget_inbox(worker);
    cut_report(worker, CUT_TALK_LEAVES, NULL, 0);
}

/* An event is over: see what became of it. */
static void finish(struct cut_worker *worker)
{
    struct cut_context *context = &worker->context;

    cut_tracing_facts(worker);
    if (context->error == CUT_NOMEM)
        cut_worker_fail_memory(worker);
    else if (context->error != CUT_OK)
        cut_worker_fail(worker, 1, "%s", context->failure);
    if (context->error != CUT_OK)
        return;
    if (context->wants_snapshot) {
        context->wants_snapshot = false;
        cut_report(worker, CUT_TALK_WANTS_SNAPSHOT, NULL, 0);
    }
    if (context->wants_leave) {
        context->wants_leave = false;
        leave(worker);
    }
}

void cut_program_begin(struct cut_worker *worker)
{
    worker->figures.events++;
    worker->context.now = worker->now;
}

static struct cut_context *begin(struct cut_worker *worker,
                                 enum cut_segment_kind kind)
{
    cut_program_begin(worker);
    cut_tracing_event(worker, kind);
    return &worker->context;
}

enum cut_error cut_program_create(struct cut_worker *worker)
{
    const struct cut_process *process = worker->config->process;
    struct cut_context *context = &worker->context;

    if (process->create == NULL)
        return CUT_OK;
    context->is_creating = true;
    enum cut_error error = process->create(worker->state, context);
    context->is_creating = false;
    if (error == CUT_OK || context->error != CUT_OK)
        error = context->error;
    if (error == CUT_NOMEM)
        cut_worker_fail_memory(worker);
    else if (error != CUT_OK)
        cut_worker_fail(worker,
                        1,
                        "%s",
                        context->failure[0] != '\0'
                            ? context->failure
                            : cut_error_sentence(error));
    return error;
}

void cut_program_start(struct cut_worker *worker)
{
    const struct cut_process *process = worker->config->process;
    struct cut_context *context = begin(worker, CUT_SEGMENT_START);

    if (process->start != NULL)
        process->start(worker->state, context);
    finish(worker);
}

void cut_program_receive(struct cut_worker *worker,
                         const struct cut_message *message)
{
    const struct cut_process *process = worker->config->process;
    struct cut_context *context = &worker->context;

    if (process->receive != NULL)
        process->receive(worker->state, context, message);
    if (worker->tracing != NULL || context->error != CUT_OK ||
        context->wants_snapshot || context->wants_leave)
        finish(worker);
}

static void go_off(struct cut_worker *worker, uint32_t timer)
{
    const struct cut_process *process = worker->config->process;
    struct cut_context *context = begin(worker, CUT_SEGMENT_TIMER);

    worker->armed &= ~(UINT64_C(1) << timer);
    worker->is_alarm_stale = true;
    if (process->timer != NULL)
        process->timer(worker->state, context, timer);
    finish(worker);
}

/* Return the timer that is due first, CUT_TIMERS_MAX where none is armed. */
static uint32_t first_timer(const struct cut_worker *worker)
{
    uint32_t first = CUT_TIMERS_MAX;

    for (uint64_t left = worker->armed; left != 0; left &= left - 1) {
        uint32_t timer = (uint32_t)__builtin_ctzll(left);
        if (first == CUT_TIMERS_MAX ||
            worker->timers[timer] < worker->timers[first])
            first = timer;
    }
    return first;
}

cut_time cut_program_next_timer(const struct cut_worker *worker)
{
    uint32_t first = first_timer(worker);

    return first < CUT_TIMERS_MAX ? worker->timers[first] : CUT_NEVER;
}

void cut_program_timers(struct cut_worker *worker)
{
    uint32_t timer;

    while (cut_worker_may_go_on(worker) &&
           (timer = first_timer(worker)) < CUT_TIMERS_MAX &&
           worker->timers[timer] <= worker->now)
        go_off(worker, timer);
}

void cut_program_pump(struct cut_worker *worker)
{
    struct cut_arrival *arrival;

    while (worker->inbox.count > 0 && cut_worker_may_go_on(worker)) {
        arrival = cut_inbox_take(&worker->inbox);
        struct cut_record record = {
            .kind = CUT_RECORD_MESSAGE,
            .type = arrival->type,
            .has_stamp = worker->traits->stamps,
            .size = arrival->size,
            .stamp = arrival->stamp,
            .data = arrival->data,
        };
        cut_act_message(worker, arrival->peer, &record);
        cut_arrival_release(arrival);
    }
}
