/*
 * A worker's conversation with its supervisor (net/talk.h).
 */
#include "base/memory.h"
#include "net/dial.h"
#include "net/tracing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- reports ------------------------------------------------------------- */

void cut_report(struct cut_worker *worker,
                uint8_t kind,
                const void *body,
                size_t size)
{
    struct cut_frame frame = {
        .kind = kind,
        .incarnation = worker->config->incarnation,
        .body_size = (uint32_t)size,
        .body = body,
    };

    /* Without memory for what it says, a worker ends; its end is seen. */
    if (worker->supervisor != NULL &&
        cut_conn_send(worker->supervisor, &frame) != CUT_OK) {
        worker->is_stopping = true;
        worker->status = 2;
        uv_stop(&worker->loop);
    }
}

void cut_report_text(struct cut_worker *worker, uint8_t kind, const char *text)
{
    cut_report(worker, kind, text, strlen(text));
}

void cut_report_log(struct cut_worker *worker,
                    enum cut_log_level level,
                    const char *format,
                    ...)
{
    char line[512];
    va_list values;

    line[0] = (char)level;
    va_start(values, format);
    vsnprintf(line + 1, sizeof line - 1, format, values);
    va_end(values);
    cut_report(worker, CUT_TALK_LOG, line, 1 + strlen(line + 1));
}

void cut_report_ready(struct cut_worker *worker, const char *address)
{
    const struct cut_process *process = worker->config->process;
    struct cut_writer out;

    cut_writer_init(&out, NULL);
    cut_write_unsigned(&out, strlen(address), 2);
    cut_write(&out, address, strlen(address));
    if (process->facts != NULL) {
        size_t size;
        cut_facts_clear(worker->facts);
        process->facts(worker->state, worker->facts);
        size = cut_facts_encode(worker->facts, NULL, 0);
        uint8_t *facts = cut_allocate(cut_allocator_standard(), size, 1);
        if (facts == NULL && size > 0)
            out.error = CUT_NOMEM;
        else
            cut_write(
                &out, facts, cut_facts_encode(worker->facts, facts, size));
        cut_release(cut_allocator_standard(), facts, size, 1);
    }
    if (out.error != CUT_OK)
        cut_worker_fail_memory(worker);
    else
        cut_report(worker, CUT_TALK_READY, out.data, out.size);
    cut_writer_fini(&out);
}

static void count_channels(struct cut_worker *worker)
{
    struct cut_talk_status *figures = &worker->figures;

    figures->messages_queued = 0;
    figures->bytes_read = 0;
    figures->bytes_written = 0;
    figures->frames_duplicate = 0;
    for (uint32_t i = 0; i < worker->peer_count; i++) {
        const struct cut_peer *peer = &worker->peers[i];
        figures->messages_queued += peer->queue_count;
        figures->bytes_read += peer->bytes_read;
        figures->bytes_written += peer->bytes_written;
        if (peer->conn != NULL) {
            figures->bytes_read += cut_conn_bytes_read(peer->conn);
            figures->bytes_written += cut_conn_bytes_written(peer->conn);
        }
        figures->frames_duplicate += peer->receiver.duplicates;
    }
    figures->messages_waiting = worker->inbox.count;
}

void cut_report_status(struct cut_worker *worker, uint8_t kind)
{
    uint8_t body[CUT_TALK_STATUS_SIZE];

    count_channels(worker);
    cut_talk_status_encode(&worker->figures, body);
    cut_report(worker, kind, body, sizeof body);
}

/* Of the channels between the members of the view. */
static void count_messages(const struct cut_worker *worker,
                           uint64_t *sent,
                           uint64_t *delivered)
{
    *sent = 0;
    *delivered = 0;
    for (uint32_t i = 0; i < worker->peer_count; i++) {
        const struct cut_peer *peer = &worker->peers[i];
        if (peer->has_left)
            continue;
        *sent += peer->credit_out.sent.messages + peer->queue_count;
        *delivered += peer->credit_in.delivered.messages;
    }
}

/* Idle: it does nothing before a message is delivered to it. */
static bool is_idle(const struct cut_worker *worker)
{
    return (worker->hold & CUT_HOLD_BEFORE) == 0 &&
           (worker->armed == 0 || (worker->hold & CUT_HOLD_LEFT) != 0);
}

void cut_report_counts(struct cut_worker *worker, uint64_t wave)
{
    struct cut_writer out;
    uint64_t sent;
    uint64_t delivered;

    count_messages(worker, &sent, &delivered);
    cut_writer_init(&out, NULL);
    cut_write_unsigned(&out, worker->view, 4);
    cut_write_unsigned(&out, wave, 8);
    cut_write_unsigned(&out, sent, 8);
    cut_write_unsigned(&out, delivered, 8);
    cut_write_unsigned(&out, is_idle(worker), 1);
    if (out.error != CUT_OK)
        cut_worker_fail_memory(worker);
    else
        cut_report(worker, CUT_TALK_COUNTS, out.data, out.size);
    cut_writer_fini(&out);
}

/* Said when nothing has changed for a while: who is busy would say it all the
 * time. */
void cut_report_rest(struct cut_worker *worker)
{
    const struct cut_talk_status *figures = &worker->figures;
    bool is_still = worker->rest.sent == figures->messages_sent &&
                    worker->rest.delivered == figures->messages_delivered;

    if (!is_still) {
        worker->rest.sent = figures->messages_sent;
        worker->rest.delivered = figures->messages_delivered;
        worker->rest.is_told = false;
        return;
    }
    if (worker->rest.is_told || !is_idle(worker))
        return;
    worker->rest.is_told = true;
    cut_report_counts(worker, worker->wave);
}

/* --- orders -------------------------------------------------------------- */

static void keep_address(struct cut_worker *worker,
                         uint32_t process,
                         const uint8_t *text,
                         size_t size)
{
    for (uint32_t i = 0; i < worker->peer_count; i++) {
        struct cut_peer *peer = &worker->peers[i];
        if (peer->process != process || peer->address != NULL)
            continue;
        peer->address = cut_allocate(cut_allocator_standard(), size + 1, 1);
        if (peer->address == NULL) {
            cut_worker_fail_memory(worker);
            return;
        }
        memcpy(peer->address, text, size);
        peer->address[size] = '\0';
        cut_dial_tick(peer, worker->clock_ns);
    }
}

static void take_peers(struct cut_worker *worker, struct cut_bytes *body)
{
    while (body->left > 0 && !body->is_short && !worker->is_stopping) {
        uint32_t process = (uint32_t)cut_bytes_number(body, 4);
        size_t size = (size_t)cut_bytes_number(body, 2);
        const uint8_t *text = cut_bytes_take(body, size);
        if (text != NULL)
            keep_address(worker, process, text, size);
    }
}

static void start(struct cut_worker *worker, struct cut_bytes *body)
{
    uint64_t zero = cut_bytes_number(body, 8);
    uint64_t real = cut_worker_real_clock();
    uint64_t since = real > zero ? real - zero : 0;

    if (body->is_short || worker->is_start_due ||
        (worker->hold & CUT_HOLD_BEFORE) == 0)
        return;
    worker->started_ns = cut_worker_clock();
    worker->started_ns -= since < worker->started_ns ? since : 0;
    cut_worker_look(worker);
    cut_worker_start(worker);
}

static void take_control(struct cut_worker *worker, struct cut_bytes *body)
{
    uint32_t from = (uint32_t)cut_bytes_number(body, 4);
    const uint8_t *at = cut_bytes_take(body, CUT_CONTROL_SIZE);

    if (at == NULL)
        return;
    struct cut_control control = cut_control_decode(at);
    cut_act_control(worker, from, &control);
}

static void take_leave(struct cut_worker *worker, struct cut_bytes *body)
{
    uint32_t process = (uint32_t)cut_bytes_number(body, 4);
    uint32_t view = (uint32_t)cut_bytes_number(body, 4);
    uint8_t answer[4] = {
        (uint8_t)view,
        (uint8_t)(view >> 8),
        (uint8_t)(view >> 16),
        (uint8_t)(view >> 24),
    };
    struct cut_peer *peer = NULL;

    if (body->is_short)
        return;
    for (uint32_t i = 0; i < worker->peer_count; i++)
        if (worker->peers[i].process == process)
            peer = &worker->peers[i];
    cut_act_left(worker, peer, process, view);
    if (peer != NULL)
        cut_peer_left(peer);
    worker->view = view;
    worker->rest.is_told = false;
    cut_report(worker, CUT_TALK_VIEWED, answer, sizeof answer);
}

static void answer_ask(struct cut_worker *worker, struct cut_bytes *body)
{
    worker->wave = cut_bytes_number(body, 8);
    worker->rest.is_told = false;
    cut_report_counts(worker, worker->wave);
}

static void give_up(struct cut_worker *worker, struct cut_bytes *body)
{
    struct cut_snapshot_id snapshot = cut_talk_take_id(body);
    uint8_t id[CUT_MARKER_SIZE];

    if (body->is_short)
        return;
    cut_act_abort(worker, snapshot);
    cut_marker_encode(snapshot, id);
    cut_report(worker, CUT_TALK_ABORTED, id, sizeof id);
}

static void begin(struct cut_worker *worker, struct cut_bytes *body)
{
    struct cut_snapshot_id snapshot = cut_talk_take_id(body);

    if (!body->is_short)
        cut_act_request(worker, snapshot);
}

static void stop(struct cut_worker *worker)
{
    cut_report_status(worker, CUT_TALK_STOPPED);
    cut_worker_end(worker);
}

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct cut_worker *worker = owner;
    struct cut_bytes body = {.at = frame->body, .left = frame->body_size};

    cut_worker_look(worker);
    worker->silent_ticks = 0;
    switch (frame->kind) {
    case CUT_TALK_PEERS:
        take_peers(worker, &body);
        break;
    case CUT_TALK_START:
        start(worker, &body);
        break;
    case CUT_TALK_REQUEST:
        begin(worker, &body);
        break;
    case CUT_TALK_ABORT:
        give_up(worker, &body);
        break;
    case CUT_TALK_FROM:
        take_control(worker, &body);
        break;
    case CUT_TALK_ASK:
        answer_ask(worker, &body);
        break;
    case CUT_TALK_LEFT:
        take_leave(worker, &body);
        break;
    case CUT_TALK_PROBE:
        cut_report_status(worker, CUT_TALK_STATUS);
        break;
    case CUT_TALK_STOP:
        stop(worker);
        break;
    default: /* of a supervisor that knows more */
        break;
    }
}

/* A worker does not outlive its supervisor. */
void cut_report_lost(struct cut_worker *worker)
{
    worker->status = worker->is_stopping ? worker->status : 2;
    cut_conn_close(worker->supervisor);
    worker->supervisor = NULL;
    cut_worker_end(worker);
}

static void broken(void *owner, const char *why)
{
    (void)why;
    cut_report_lost(owner);
}

/* What was to be said last has been. */
static void drained(void *owner)
{
    struct cut_worker *worker = owner;

    if (worker->is_stopping && worker->status != 0)
        uv_stop(&worker->loop);
}

const struct cut_conn_callbacks cut_report_callbacks = {
    .frame = frame_came,
    .broken = broken,
    .drained = drained,
};
