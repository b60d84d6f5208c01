/*
 * An event at the engine, and the actions that it answers with: performed in
 * their order, and before anything else happens here.
 */
#include "base/trap.h"
#include "net/tracing.h"

#include <string.h>

/* What an event is about. */
struct occasion {
    struct cut_peer *peer;
    const struct cut_record *record; /* the message in hand */
    uint64_t position;               /* of it, in its channel */
};

/* --- actions ------------------------------------------------------------- */

/* What is queued behind the marker belongs to the channel's state: it was sent
 * before this process's point. */
static enum cut_error record_queued(struct cut_worker *worker,
                                    const struct cut_peer *peer,
                                    struct cut_snapshot_id snapshot)
{
    uint64_t position = peer->credit_out.sent.messages;
    enum cut_error error = CUT_OK;

    for (const struct cut_queued *at = peer->queue;
         at != NULL && error == CUT_OK;
         at = at->next) {
        struct cut_part_message message = {
            .channel = peer->outgoing,
            .is_by_sender = true,
            .type = at->type,
            .size = at->size,
            .position = position,
            .data = at->data,
        };
        error = cut_part_record(worker, snapshot, &message);
        position++;
    }
    return error;
}

static enum cut_error transmit(struct cut_worker *worker,
                               struct cut_snapshot_id snapshot)
{
    uint32_t count = worker->config->outgoing_count;
    enum cut_error error = CUT_OK;

    for (uint32_t channel = 0; channel < count && error == CUT_OK; channel++) {
        struct cut_peer *peer = worker->outgoing[channel];
        struct cut_record_marker marker = {.snapshot = snapshot};
        if (worker->traits->markers_count)
            marker.sent = cut_engine_sent(worker->engine, channel);
        if (worker->traits->markers_in_channel)
            error = record_queued(worker, peer, snapshot);
        if (error == CUT_OK)
            error = cut_peer_mark(peer, &marker);
    }
    worker->figures.markers_sent += count;
    return error;
}

static void control_to(struct cut_worker *worker,
                       uint32_t peer,
                       const struct cut_control *control)
{
    uint8_t body[4 + CUT_CONTROL_SIZE] = {
        (uint8_t)peer,
        (uint8_t)(peer >> 8),
        (uint8_t)(peer >> 16),
        (uint8_t)(peer >> 24),
    };

    cut_control_encode(control, body + 4);
    cut_report(worker, CUT_TALK_TO, body, sizeof body);
    worker->figures.controls_sent++;
}

static enum cut_error record_message(struct cut_worker *worker,
                                     const struct occasion *occasion,
                                     const struct cut_recording *recordings)
{
    CUT_ASSERT(occasion->peer != NULL && occasion->record != NULL);
    struct cut_part_message message = {
        .channel = occasion->peer->incoming,
        .type = occasion->record->type,
        .size = occasion->record->size,
        .position = occasion->position,
        .data = occasion->record->data,
    };
    enum cut_error error = CUT_OK;

    for (; recordings != NULL && error == CUT_OK; recordings = recordings->next)
        error = cut_part_record(worker, recordings->snapshot, &message);
    return error;
}

/* The oldest messages of a channel that wait, which the marker overtook. */
static enum cut_error record_waiting(struct cut_worker *worker,
                                     const struct cut_peer *peer,
                                     const struct cut_action *action)
{
    CUT_ASSERT(peer != NULL);
    uint64_t position = peer->credit_in.delivered.messages;
    uint32_t left = action->waiting;
    enum cut_error error = CUT_OK;

    for (const struct cut_arrival *at = worker->inbox.first;
         left > 0 && error == CUT_OK;
         at = at->next) {
        CUT_ASSERT(at != NULL);
        if (at->peer != peer)
            continue;
        struct cut_part_message message = {
            .channel = peer->incoming,
            .type = at->type,
            .size = at->size,
            .position = position,
            .data = at->data,
        };
        error = cut_part_record(worker, action->snapshot, &message);
        position++;
        left--;
    }
    return error;
}

static void deliver(struct cut_worker *worker, const struct occasion *occasion)
{
    CUT_ASSERT(occasion->peer != NULL && occasion->record != NULL);
    const struct cut_record *record = occasion->record;

    CUT_ASSERT(occasion->peer != NULL && record != NULL);
    struct cut_message message = {
        .channel = occasion->peer->incoming,
        .type = record->type,
        .size = record->size,
        .data = record->data,
    };

    struct cut_part_message traced = {
        .channel = message.channel,
        .type = record->type,
        .size = record->size,
        .position = occasion->position,
        .data = record->data,
    };

    worker->figures.messages_delivered++;
    cut_program_begin(worker);
    cut_tracing_message(
        worker, CUT_SEGMENT_RECEIVE, &traced, (struct cut_snapshot_id){0});
    cut_peer_delivered(occasion->peer, record->size);
    cut_program_receive(worker, &message);
}

static enum cut_error send_message(struct cut_worker *worker,
                                   const struct occasion *occasion,
                                   uint64_t stamp)
{
    CUT_ASSERT(occasion->peer != NULL && occasion->record != NULL);
    struct cut_record record = *occasion->record;

    record.stamp = stamp;
    record.has_stamp = worker->traits->stamps;
    worker->figures.messages_sent++;
    worker->figures.message_bytes_sent += record.size;
    return cut_peer_send(occasion->peer, &record);
}

/* The engine gave it up: so has everybody to. */
static void discard(struct cut_worker *worker, struct cut_snapshot_id snapshot)
{
    uint8_t body[CUT_MARKER_SIZE];

    (void)cut_part_discard(worker, snapshot);
    cut_marker_encode(snapshot, body);
    cut_report(worker, CUT_TALK_DISCARDED, body, sizeof body);
}

/* Whether an action is about what an event has in hand. */
static bool has_in_hand(const struct occasion *occasion,
                        enum cut_action_kind kind)
{
    if (kind == CUT_ACTION_RECORD_WAITING)
        return occasion->peer != NULL;
    if (kind != CUT_ACTION_SEND && kind != CUT_ACTION_RECORD &&
        kind != CUT_ACTION_DELIVER)
        return true;
    return occasion->peer != NULL && occasion->record != NULL;
}

static enum cut_error perform(struct cut_worker *worker,
                              const struct occasion *occasion,
                              const struct cut_action *action)
{
    CUT_ASSERT(has_in_hand(occasion, action->kind));
    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        return cut_part_capture(worker, action->snapshot);
    case CUT_ACTION_TRANSMIT:
        return transmit(worker, action->snapshot);
    case CUT_ACTION_CONTROL:
        control_to(worker, action->peer, &action->control);
        return CUT_OK;
    case CUT_ACTION_SEND:
        return send_message(worker, occasion, action->stamp);
    case CUT_ACTION_RECORD:
        return record_message(worker, occasion, action->recordings);
    case CUT_ACTION_RECORD_WAITING:
        return record_waiting(worker, occasion->peer, action);
    case CUT_ACTION_DELIVER:
        deliver(worker, occasion);
        return CUT_OK;
    case CUT_ACTION_COMPLETE:
        cut_part_complete(worker, action->snapshot);
        return CUT_OK;
    case CUT_ACTION_DISCARD:
        discard(worker, action->snapshot);
        return CUT_OK;
    case CUT_ACTION_STOP:
        cut_tracing_snapshot(worker, CUT_SEGMENT_STOP, action->snapshot);
        cut_worker_hold(worker, CUT_HOLD_STOPPED);
        return CUT_OK;
    case CUT_ACTION_RESUME:
        cut_tracing_snapshot(worker, CUT_SEGMENT_RESUME, action->snapshot);
        cut_worker_release(worker, CUT_HOLD_STOPPED);
        return CUT_OK;
    case CUT_ACTION_WAKE:
        worker->wake_at = action->time;
        worker->is_alarm_stale = true;
        return CUT_OK;
    }
    __builtin_trap();
}

/* --- events -------------------------------------------------------------- */

/* Give the pool as many slots again as it has. */
static enum cut_error extend_pool(struct cut_worker *worker)
{
    enum cut_error error = cut_pool_extend(worker->pool, worker->pool_slots);

    if (error == CUT_OK)
        worker->pool_slots *= 2;
    return error;
}

static enum cut_error step(struct cut_worker *worker,
                           const struct cut_event *event,
                           struct cut_action actions[CUT_ACTIONS_MAX],
                           size_t *count)
{
    enum cut_error error =
        cut_engine_step(worker->engine, event, actions, count);

    /* A pool without slots grows; a refused step has changed nothing. */
    if (error == CUT_LIMIT && cut_pool_free_count(worker->pool) == 0) {
        error = extend_pool(worker);
        if (error == CUT_OK)
            error = cut_engine_step(worker->engine, event, actions, count);
    }
    return error;
}

/* Return whether the engine took it. */
static bool perform_step(struct cut_worker *worker,
                         const struct occasion *occasion,
                         const struct cut_event *event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;
    enum cut_error error = step(worker, event, actions, &count);

    if (error == CUT_PROTOCOL)
        return false;
    for (size_t i = 0; i < count && error == CUT_OK && !worker->is_stopping;
         i++)
        error = perform(worker, occasion, &actions[i]);
    if (error == CUT_NOMEM)
        cut_worker_fail_memory(worker);
    else if (error != CUT_OK)
        cut_worker_fail(worker,
                        2,
                        "the engine refused an event (%s)",
                        cut_error_sentence(error));
    return true;
}

static bool is_for_snapshots(enum cut_event_kind kind)
{
    return kind != CUT_EVENT_SEND && kind != CUT_EVENT_MESSAGE;
}

/* What is spent on snapshots is measured, where it can be told from what is
 * spent on messages. */
static bool happen(struct cut_worker *worker,
                   const struct occasion *occasion,
                   const struct cut_event *event)
{
    if (worker->is_stopping)
        return true;
    if (!is_for_snapshots(event->kind))
        return perform_step(worker, occasion, event);
    worker->step_cpu_ns = cut_worker_cpu();
    bool is_taken = perform_step(worker, occasion, event);
    uint64_t spent = cut_worker_cpu() - worker->step_cpu_ns;
    worker->step_cpu_ns = 0;
    worker->figures.snapshot_cpu_ns += spent;
    if (event->kind != CUT_EVENT_TIME)
        cut_part_spent(worker,
                       event->kind == CUT_EVENT_CONTROL
                           ? event->control->snapshot
                           : event->snapshot,
                       spent);
    return is_taken;
}

/*
 * What asked to be woken is, before anything else of that time or later. An
 * event of the program has one time, at which it begins: what it sends is sent
 * then, however long it takes, so that no state is captured in its middle.
 */
void cut_act_time(struct cut_worker *worker)
{
    struct occasion occasion = {.peer = NULL};
    struct cut_event event = {.kind = CUT_EVENT_TIME};

    if (!worker->traits->needs_clock)
        return;
    worker->engine_now = cut_worker_real_clock();
    if (worker->engine_now < worker->wake_at)
        return;
    event.now = worker->engine_now;
    worker->wake_at = CUT_NEVER;
    (void)happen(worker, &occasion, &event);
}

/* The time of an event that is not the program's. */
static uint64_t engine_now(struct cut_worker *worker)
{
    cut_act_time(worker);
    return worker->engine_now;
}

static void trace_send(struct cut_worker *worker,
                       const struct cut_peer *peer,
                       const struct cut_record *record)
{
    struct cut_part_message message = {
        .channel = peer->outgoing,
        .type = record->type,
        .size = record->size,
        .position = peer->position,
        .data = record->data,
    };

    cut_tracing_message(
        worker, CUT_SEGMENT_SEND, &message, (struct cut_snapshot_id){0});
}

enum cut_error cut_act_send(struct cut_worker *worker,
                            uint32_t channel,
                            uint8_t type,
                            const void *data,
                            uint32_t size)
{
    struct cut_record record = {
        .kind = CUT_RECORD_MESSAGE,
        .type = type,
        .size = size,
        .data = data,
    };
    struct occasion occasion = {
        .peer = worker->outgoing[channel],
        .record = &record,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_SEND,
        .channel = channel,
        .now = worker->engine_now,
    };
    if (!worker->is_stopping)
        trace_send(worker, occasion.peer, &record);
    (void)happen(worker, &occasion, &event);
    return CUT_OK;
}

void cut_act_message(struct cut_worker *worker,
                     struct cut_peer *peer,
                     const struct cut_record *record)
{
    struct occasion occasion = {
        .peer = peer,
        .record = record,
        .position = peer->credit_in.delivered.messages,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_MESSAGE,
        .channel = peer->incoming,
        .stamp = record->stamp,
        .now = worker->engine_now,
    };

    if (!happen(worker, &occasion, &event))
        cut_worker_fail(worker,
                        2,
                        "a message of %s carries what makes no sense to the "
                        "engine",
                        worker->config->names[peer->process]);
}

bool cut_act_marker(struct cut_worker *worker,
                    struct cut_peer *peer,
                    const struct cut_record_marker *marker)
{
    struct occasion occasion = {.peer = peer};
    struct cut_event event = {
        .kind = CUT_EVENT_MARKER,
        .channel = peer->incoming,
        .snapshot = marker->snapshot,
        .sent = marker->sent,
        .now = engine_now(worker),
    };

    if (worker->traits->markers_in_channel)
        event.waiting = (uint32_t)peer->waiting_count;
    return happen(worker, &occasion, &event);
}

void cut_act_control(struct cut_worker *worker,
                     uint32_t from,
                     const struct cut_control *control)
{
    struct occasion occasion = {.peer = NULL};
    struct cut_event event = {
        .kind = CUT_EVENT_CONTROL,
        .peer = from,
        .control = control,
        .now = engine_now(worker),
    };

    if (!happen(worker, &occasion, &event))
        cut_worker_fail(worker, 2, "a control frame makes no sense");
}

void cut_act_request(struct cut_worker *worker, struct cut_snapshot_id snapshot)
{
    struct occasion occasion = {.peer = NULL};
    struct cut_event event = {
        .kind = CUT_EVENT_REQUEST,
        .snapshot = snapshot,
        .now = engine_now(worker),
    };

    if (!happen(worker, &occasion, &event))
        cut_worker_fail(worker, 2, "a request makes no sense");
}

void cut_act_abort(struct cut_worker *worker, struct cut_snapshot_id snapshot)
{
    struct occasion occasion = {.peer = NULL};
    struct cut_event event = {
        .kind = CUT_EVENT_ABORT,
        .snapshot = snapshot,
    };

    cut_tracing_snapshot(worker, CUT_SEGMENT_ABORT, snapshot);
    (void)happen(worker, &occasion, &event);
}

/* The channel from who left is closed, and snapshots to come are of another
 * view; those that were open have been given up. */
void cut_act_left(struct cut_worker *worker,
                  struct cut_peer *peer,
                  uint32_t process,
                  uint32_t view)
{
    struct occasion occasion = {.peer = peer};
    struct cut_event closing = {.kind = CUT_EVENT_CLOSE};
    struct cut_event viewing = {
        .kind = CUT_EVENT_VIEW,
        .snapshot = {.incarnation = worker->config->incarnation, .view = view},
    };

    cut_tracing_left(worker, process, viewing.snapshot);
    if (peer != NULL && peer->incoming != CUT_NO_CHANNEL) {
        closing.channel = peer->incoming;
        (void)happen(worker, &occasion, &closing);
    }
    (void)happen(worker, &occasion, &viewing);
}
