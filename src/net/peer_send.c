/*
 * What a neighbour is sent: messages, by way of packets or the queue; markers;
 * credit.
 */
#include "base/memory.h"
#include "net/peer_parts.h"
#include "net/tracing.h"

#include <string.h>

static size_t size_of_queued(uint32_t size)
{
    return sizeof(struct cut_queued) + size;
}

static void forget_queued(struct cut_peer *peer)
{
    struct cut_queued *first = peer->queue;

    peer->queue = first->next;
    if (first->next == NULL)
        peer->queue_end = &peer->queue;
    peer->queue_count--;
    peer->queue_bytes -= first->size;
    cut_release(
        cut_allocator_standard(), first, 1, size_of_queued(first->size));
}

void cut_peer_forget_queue(struct cut_peer *peer)
{
    while (peer->queue != NULL)
        forget_queued(peer);
}

void cut_peer_release_packet(struct cut_packet_buffer *packet)
{
    cut_release(cut_allocator_standard(), packet->data, packet->capacity, 1);
    *packet = (struct cut_packet_buffer){.data = NULL};
}

/* --- packets ------------------------------------------------------------- */

static bool reserve(struct cut_packet_buffer *packet, size_t size)
{
    if (size <= packet->capacity)
        return true;
    uint8_t *data = cut_grow(cut_allocator_standard(),
                             packet->data,
                             &packet->capacity,
                             size,
                             sizeof *data);
    if (data == NULL)
        return false;
    packet->data = data;
    return true;
}

/* Append a record to the packet that is being filled. */
static enum cut_error append(struct cut_peer *peer,
                             const struct cut_record *record)
{
    struct cut_packet_buffer *open = &peer->open;
    size_t space = cut_record_space(record->size, record->has_stamp);
    size_t size = open->size > 0 ? open->size : CUT_FRAME_HEADER_SIZE;

    if (!reserve(open, size + space))
        return CUT_NOMEM;
    open->size = size + cut_record_write(open->data + size, record);
    return CUT_OK;
}

uint64_t cut_peer_written(const struct cut_peer *peer)
{
    return peer->queued_bytes - cut_conn_queued(peer->conn);
}

/* Queue bytes that stay, on the connection that there is. */
static void queue_bytes(struct cut_peer *peer, const uint8_t *data, size_t size)
{
    if (cut_conn_queue(peer->conn, data, size) != CUT_OK) {
        cut_worker_fail_memory(peer->worker);
        return;
    }
    peer->queued_bytes += size;
    peer->said_ns = peer->worker->clock_ns;
}

void cut_peer_queue_packet(struct cut_peer *peer, uint64_t number)
{
    struct cut_packet_buffer *packet =
        &peer->kept[number % CUT_LINK_WINDOW_MAX];

    queue_bytes(peer, packet->data, packet->size);
    packet->queued_end = peer->queued_bytes;
}

/* Close the packet that is being filled: it gets its number. Return whether
 * there is an empty one now. */
static bool close_packet(struct cut_peer *peer)
{
    struct cut_packet_buffer *open = &peer->open;

    if (open->size == 0)
        return true;
    if (!cut_link_sender_has_room(&peer->sender))
        return false;
    uint64_t number =
        cut_link_sender_submit(&peer->sender, peer->worker->clock_ns);
    struct cut_packet_buffer *slot = &peer->kept[number % CUT_LINK_WINDOW_MAX];
    struct cut_packet_buffer empty = *slot;
    cut_frame_seal(
        open->data,
        &(struct cut_frame){
            .kind = CUT_FRAME_DATA,
            .incarnation = peer->worker->config->incarnation,
            .body_size = (uint32_t)(open->size - CUT_FRAME_HEADER_SIZE),
            .sequence = number,
            .acknowledged = cut_link_receiver_acknowledgement(&peer->receiver),
        });
    *slot = *open;
    *open = empty;
    peer->unacknowledged = 0;
    if (peer->is_linked)
        cut_peer_queue_packet(peer, number);
    return true;
}

/* Whether a message finds room in a packet. What is full is on its way while
 * the program goes on. */
static bool has_packet_room(struct cut_peer *peer, size_t space)
{
    if (peer->open.size + space <= CUT_PACKET_SIZE || peer->open.size == 0)
        return true;
    if (!close_packet(peer))
        return false;
    if (peer->is_linked) {
        cut_tracing_flush(peer->worker);
        cut_conn_flush(peer->conn);
    }
    return true;
}

/* --- sending ------------------------------------------------------------- */

void cut_peer_mark_unflushed(struct cut_peer *peer)
{
    if (peer->is_unflushed)
        return;
    peer->is_unflushed = true;
    peer->next_unflushed = peer->worker->unflushed;
    peer->worker->unflushed = peer;
}

/* The channel is full at its capacity: what is queued, on the link, or waits
 * at the receiver. */
static void update_full(struct cut_peer *peer)
{
    const struct cut_credit_sender *credit = &peer->credit_out;
    uint64_t messages = credit->sent.messages - credit->delivered.messages;
    uint64_t bytes = credit->sent.bytes - credit->delivered.bytes;
    bool is_full =
        !peer->has_left &&
        (messages + peer->queue_count >= credit->config.messages_max ||
         bytes + peer->queue_bytes >= credit->config.bytes_max);

    if (is_full == peer->is_full)
        return;
    peer->is_full = is_full;
    if (is_full && peer->worker->full_count++ == 0)
        cut_worker_hold(peer->worker, CUT_HOLD_FULL);
    if (!is_full && --peer->worker->full_count == 0)
        cut_worker_release(peer->worker, CUT_HOLD_FULL);
}

static enum cut_error enqueue(struct cut_peer *peer,
                              const struct cut_record *record)
{
    struct cut_queued *queued =
        cut_allocate(cut_allocator_standard(), 1, size_of_queued(record->size));

    if (queued == NULL)
        return CUT_NOMEM;
    queued->next = NULL;
    queued->stamp = record->stamp;
    queued->size = record->size;
    queued->type = record->type;
    if (record->size > 0)
        memcpy(queued->data, record->data, record->size);
    *peer->queue_end = queued;
    peer->queue_end = &queued->next;
    peer->queue_count++;
    peer->queue_bytes += record->size;
    return CUT_OK;
}

/* Whether a message may leave the sender's queue. */
static bool may_leave(struct cut_peer *peer, const struct cut_record *record)
{
    return cut_credit_sender_may_send(&peer->credit_out) &&
           has_packet_room(peer,
                           cut_record_space(record->size, record->has_stamp));
}

static enum cut_error leave(struct cut_peer *peer,
                            const struct cut_record *record)
{
    enum cut_error error = append(peer, record);

    if (error == CUT_OK)
        cut_credit_sender_sent(&peer->credit_out, record->size);
    return error;
}

enum cut_error cut_peer_send(struct cut_peer *peer,
                             const struct cut_record *record)
{
    enum cut_error error;

    peer->position++;
    if (peer->has_left)
        return CUT_OK;
    if (peer->queue == NULL && may_leave(peer, record))
        error = leave(peer, record);
    else
        error = enqueue(peer, record);
    cut_peer_mark_unflushed(peer);
    update_full(peer);
    return error;
}

void cut_peer_left(struct cut_peer *peer)
{
    peer->has_left = true;
    cut_peer_forget_queue(peer);
    update_full(peer);
}

/* What waits leaves as credit and packets allow. */
void cut_peer_drain(struct cut_peer *peer)
{
    while (peer->queue != NULL) {
        const struct cut_queued *first = peer->queue;
        struct cut_record record = {
            .kind = CUT_RECORD_MESSAGE,
            .type = first->type,
            .has_stamp = peer->worker->traits->stamps,
            .size = first->size,
            .stamp = first->stamp,
            .data = first->data,
        };
        if (!may_leave(peer, &record))
            break;
        if (leave(peer, &record) != CUT_OK) {
            cut_worker_fail_memory(peer->worker);
            return;
        }
        forget_queued(peer);
        cut_peer_mark_unflushed(peer);
    }
    update_full(peer);
}

/* A marker goes into the packet that is being filled even where that cannot be
 * sent: what is full of them has been waiting for a neighbour too long. */
static bool has_marker_room(const struct cut_peer *peer)
{
    return peer->open.size + cut_record_space(CUT_RECORD_MARKER_SIZE, false) <=
           CUT_FRAME_HEADER_SIZE + (size_t)CUT_FRAME_BODY_MAX;
}

enum cut_error cut_peer_mark(struct cut_peer *peer,
                             const struct cut_record_marker *marker)
{
    uint8_t data[CUT_RECORD_MARKER_SIZE];
    struct cut_record record = {
        .kind = CUT_RECORD_MARKER,
        .size = sizeof data,
        .data = data,
    };

    if (peer->has_left)
        return CUT_OK;
    if (!has_marker_room(peer)) {
        cut_worker_fail(peer->worker,
                        2,
                        "%s takes nothing, and no more markers can wait for it",
                        cut_peer_name(peer));
        return CUT_OK;
    }
    cut_record_marker_encode(marker, data);
    cut_peer_mark_unflushed(peer);
    return append(peer, &record);
}

/* Say how far the link and the channel are, if nothing else says so. */
void cut_peer_queue_credit(struct cut_peer *peer)
{
    struct cut_credit_count count = {0};

    if (peer->credit_end > cut_peer_written(peer))
        cut_conn_flush(peer->conn);
    if (peer->credit_end > cut_peer_written(peer))
        return; /* the last one has not gone yet: see drained() */
    if (peer->incoming != CUT_NO_CHANNEL)
        count = cut_credit_receiver_report(&peer->credit_in);
    cut_credit_encode(
        (struct cut_credit){.messages = count.messages, .bytes = count.bytes},
        peer->credit_frame + CUT_FRAME_HEADER_SIZE);
    cut_frame_seal(
        peer->credit_frame,
        &(struct cut_frame){
            .kind = CUT_FRAME_CREDIT,
            .incarnation = peer->worker->config->incarnation,
            .body_size = CUT_CREDIT_SIZE,
            .acknowledged = cut_link_receiver_acknowledgement(&peer->receiver),
        });
    peer->unacknowledged = 0;
    queue_bytes(peer, peer->credit_frame, sizeof peer->credit_frame);
    peer->credit_end = peer->queued_bytes;
}

bool cut_peer_wants_credit(const struct cut_peer *peer)
{
    return peer->unacknowledged >= UNACKNOWLEDGED_MAX ||
           (peer->incoming != CUT_NO_CHANNEL &&
            cut_credit_receiver_wants_report(&peer->credit_in));
}

void cut_peer_flush(struct cut_peer *peer)
{
    if (!peer->is_linked)
        return;
    (void)close_packet(peer);
    if (cut_peer_wants_credit(peer))
        cut_peer_queue_credit(peer);
    cut_conn_flush(peer->conn);
}

void cut_peer_delivered(struct cut_peer *peer, uint32_t size)
{
    cut_credit_receiver_delivered(&peer->credit_in, size);
    if (cut_credit_receiver_wants_report(&peer->credit_in))
        cut_peer_mark_unflushed(peer);
}
