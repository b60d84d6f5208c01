/*
 * What comes from a neighbour: acknowledgements, credit, messages and markers.
 */
#include "base/memory.h"
#include "net/dial.h"
#include "net/peer_parts.h"
#include "net/tracing.h"

#include <string.h>

/* So few bytes at once are light traffic. */
#define LITTLE 1024

/* A packet of no more than this keeps its memory. */
#define PACKET_KEPT 4096

/* --- receiving ----------------------------------------------------------- */

void cut_peer_disconnect(struct cut_peer *peer)
{
    if (peer->conn != NULL) {
        peer->bytes_read += cut_conn_bytes_read(peer->conn);
        peer->bytes_written += cut_conn_bytes_written(peer->conn);
    }
    cut_conn_close(peer->conn);
    peer->conn = NULL;
    peer->is_linked = false;
    peer->dial_pause_ns = 0;
    peer->dial_at_ns = 0;
}

void cut_peer_break(struct cut_peer *peer, const char *why)
{
    if (peer->conn == NULL || peer->worker->is_stopping)
        return;
    snprintf(peer->loss, sizeof peer->loss, "%s", why);
    peer->lost_ns = peer->worker->clock_ns;
    peer->is_loss_told = false;
    cut_peer_disconnect(peer);
    cut_dial_due(peer);
}

static void broken(void *owner, const char *why)
{
    struct cut_peer *peer = owner;

    if (peer->worker->is_stopping)
        cut_peer_disconnect(peer);
    else
        cut_peer_break(peer, why);
}

/* The oldest frames of the link have arrived: forget them. */
void cut_peer_forget_frames(struct cut_peer *peer,
                            uint64_t first,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cut_packet_buffer *packet =
            &peer->kept[(first + i) % CUT_LINK_WINDOW_MAX];
        if (packet->capacity > PACKET_KEPT)
            cut_peer_release_packet(packet);
        packet->size = 0;
    }
}

/* What has not been written cannot have arrived: its memory is in use. */
static bool is_written(const struct cut_peer *peer, uint64_t next)
{
    const struct cut_link_sender *sender = &peer->sender;

    if (next <= sender->oldest || next > sender->next)
        return true;
    return peer->kept[(next - 1) % CUT_LINK_WINDOW_MAX].queued_end <=
           cut_peer_written(peer);
}

static bool acknowledged(struct cut_peer *peer, uint64_t next)
{
    uint64_t first = peer->sender.oldest;

    if (!is_written(peer, next) || next > peer->sender.next) {
        cut_peer_break(peer, "it acknowledged what was not sent");
        return false;
    }
    uint32_t count = cut_link_sender_acknowledged(
        &peer->sender, next, peer->worker->clock_ns);
    cut_peer_forget_frames(peer, first, count);
    if (count > 0)
        cut_peer_mark_unflushed(peer);
    return true;
}

static void credited(struct cut_peer *peer, const struct cut_frame *frame)
{
    if (frame->body_size != CUT_CREDIT_SIZE) {
        cut_peer_break(peer, "a credit of another size");
        return;
    }
    struct cut_credit credit = cut_credit_decode(frame->body);
    cut_credit_sender_reported(&peer->credit_out,
                               (struct cut_credit_count){
                                   .messages = credit.messages,
                                   .bytes = credit.bytes,
                               });
}

/* A message has come: the program has it now, or later. */
static bool take_message(struct cut_peer *peer, const struct cut_record *record)
{
    struct cut_worker *worker = peer->worker;

    if (peer->incoming == CUT_NO_CHANNEL ||
        record->has_stamp != worker->traits->stamps ||
        cut_credit_receiver_arrived(&peer->credit_in, record->size) != CUT_OK)
        return false;
    if ((worker->hold & CUT_HOLD_LEFT) != 0) {
        cut_peer_delivered(peer, record->size);
        return true;
    }
    if (worker->inbox.count == 0 && cut_worker_may_go_on(worker)) {
        cut_act_message(worker, peer, record);
        return true;
    }
    if (cut_inbox_append(&worker->inbox, peer, record) != CUT_OK)
        cut_worker_fail_memory(worker);
    cut_worker_again(worker);
    return true;
}

static bool take_record(struct cut_peer *peer, const struct cut_record *record)
{
    if (record->kind == CUT_RECORD_MESSAGE)
        return take_message(peer, record);
    struct cut_record_marker marker = cut_record_marker_decode(record->data);
    if ((peer->worker->hold & CUT_HOLD_LEFT) != 0)
        return true;
    return peer->incoming != CUT_NO_CHANNEL &&
           cut_act_marker(peer->worker, peer, &marker);
}

static void take_data(struct cut_peer *peer, const struct cut_frame *frame)
{
    size_t offset = 0;
    struct cut_record record;
    enum cut_record_status status = CUT_RECORD_FOUND;

    switch (cut_link_receiver_arrived(&peer->receiver, frame->sequence)) {
    case CUT_LINK_DROP:
        return;
    case CUT_LINK_KEEP:
        cut_peer_break(peer, "a frame came before the one before it");
        return;
    case CUT_LINK_DELIVER:
        break;
    }
    while (!peer->worker->is_stopping) {
        status =
            cut_record_next(frame->body, frame->body_size, &offset, &record);
        if (status != CUT_RECORD_FOUND)
            break;
        if (!take_record(peer, &record)) {
            status = CUT_RECORD_NONSENSE;
            break;
        }
    }
    if (status == CUT_RECORD_NONSENSE)
        cut_worker_fail(peer->worker,
                        2,
                        "%s sent what makes no sense (expected a program of "
                        "the same version)",
                        cut_peer_name(peer));
}

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct cut_peer *peer = owner;
    struct cut_worker *worker = peer->worker;

    peer->heard_ns = worker->clock_ns;
    if (frame->incarnation != worker->config->incarnation) {
        cut_peer_break(peer, "a frame of another incarnation");
        return;
    }
    if (!acknowledged(peer, frame->acknowledged))
        return;
    switch (frame->kind) {
    case CUT_FRAME_DATA:
        peer->unacknowledged++;
        take_data(peer, frame);
        break;
    case CUT_FRAME_CREDIT:
        credited(peer, frame);
        break;
    default:
        cut_peer_break(peer, "a frame of a kind that does not belong here");
        return;
    }
    if (peer->queue != NULL || peer->is_full)
        cut_peer_drain(peer);
    if (peer->unacknowledged >= UNACKNOWLEDGED_MAX)
        cut_peer_mark_unflushed(peer);
}

/* Where little comes, an answer is better sent at once than with others. */
static void read_done(void *owner, size_t size)
{
    struct cut_peer *peer = owner;

    if (size < LITTLE)
        cut_worker_flush(peer->worker);
}

/* A report that had to wait for the one before it can go now. */
static void drained(void *owner)
{
    struct cut_peer *peer = owner;

    if (cut_peer_wants_credit(peer))
        cut_peer_mark_unflushed(peer);
}

const struct cut_conn_callbacks cut_peer_callbacks = {
    .frame = frame_came,
    .read = read_done,
    .broken = broken,
    .drained = drained,
};
