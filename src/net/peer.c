#include "net/peer.h"

#include "base/memory.h"
#include "net/dial.h"
#include "net/tracing.h"

#include <string.h>

/* Frames that come before they are acknowledged, if nothing is sent back that
 * could say so; and how much of the window that may be. */
#define UNACKNOWLEDGED_MAX (CUT_LINK_WINDOW_MAX / 4)

/* A connection on which nothing is to be said says so, to be known as alive:
 * after so long, or sooner where less silence than that is a sign of death. */
#define BEAT_NS (UINT64_C(1000) * 1000 * 1000)
#define BEATS_A_SILENCE 4

/* No silence is longer, however long it is to be: times are added to it. */
#define SILENCE_MAX (UINT64_C(1) << 60)

/* So few bytes at once are light traffic. */
#define LITTLE 1024

/* A loss that lasts longer is worth a word. */
#define LOSS_TOLD_NS (UINT64_C(300) * 1000 * 1000)

/* A packet of no more than this keeps its memory. */
#define PACKET_KEPT 4096

/* --- its life ------------------------------------------------------------ */

static uint64_t silence_of(const struct cut_worker *worker)
{
    return worker->config->silence < SILENCE_MAX ? worker->config->silence
                                                 : SILENCE_MAX;
}

void cut_peer_init(struct cut_peer *peer,
                   struct cut_worker *worker,
                   uint32_t process)
{
    const struct cut_worker_config *config = worker->config;
    uint64_t silence = silence_of(worker);
    struct cut_link_config link = {
        .timeout_min = silence,
        .timeout_max = 8 * silence,
        .window = CUT_LINK_WINDOW_MAX,
    };
    struct cut_credit_config credit = {
        .messages_max = config->capacity,
        .bytes_max = config->capacity_bytes,
    };

    *peer = (struct cut_peer){
        .worker = worker,
        .process = process,
        .outgoing = CUT_NO_CHANNEL,
        .incoming = CUT_NO_CHANNEL,
    };
    peer->queue_end = &peer->queue;
    cut_link_sender_init(&peer->sender, &link);
    cut_link_receiver_init(&peer->receiver, &link);
    cut_credit_sender_init(&peer->credit_out, &credit);
    cut_credit_receiver_init(&peer->credit_in, &credit);
}

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

static void release_packet(struct cut_packet_buffer *packet)
{
    cut_release(cut_allocator_standard(), packet->data, packet->capacity, 1);
    *packet = (struct cut_packet_buffer){.data = NULL};
}

void cut_peer_fini(struct cut_peer *peer)
{
    cut_conn_close(peer->conn);
    cut_dial_cancel(peer->dial);
    while (peer->queue != NULL)
        forget_queued(peer);
    release_packet(&peer->open);
    for (unsigned i = 0; i < CUT_LINK_WINDOW_MAX; i++)
        release_packet(&peer->kept[i]);
    if (peer->address != NULL)
        cut_release(cut_allocator_standard(),
                    peer->address,
                    strlen(peer->address) + 1,
                    1);
}

static const char *name_of(const struct cut_peer *peer)
{
    return peer->worker->config->names[peer->process];
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

static uint64_t written_bytes(const struct cut_peer *peer)
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

static void queue_packet(struct cut_peer *peer, uint64_t number)
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
        queue_packet(peer, number);
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

static void mark_unflushed(struct cut_peer *peer)
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
    mark_unflushed(peer);
    update_full(peer);
    return error;
}

void cut_peer_left(struct cut_peer *peer)
{
    peer->has_left = true;
    while (peer->queue != NULL)
        forget_queued(peer);
    update_full(peer);
}

/* What waits leaves as credit and packets allow. */
static void drain_queue(struct cut_peer *peer)
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
        mark_unflushed(peer);
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
                        name_of(peer));
        return CUT_OK;
    }
    cut_record_marker_encode(marker, data);
    mark_unflushed(peer);
    return append(peer, &record);
}

/* Say how far the link and the channel are, if nothing else says so. */
static void queue_credit(struct cut_peer *peer)
{
    struct cut_credit_count count = {0};

    if (peer->credit_end > written_bytes(peer))
        cut_conn_flush(peer->conn);
    if (peer->credit_end > written_bytes(peer))
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

static bool wants_credit(const struct cut_peer *peer)
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
    if (wants_credit(peer))
        queue_credit(peer);
    cut_conn_flush(peer->conn);
}

void cut_peer_delivered(struct cut_peer *peer, uint32_t size)
{
    cut_credit_receiver_delivered(&peer->credit_in, size);
    if (cut_credit_receiver_wants_report(&peer->credit_in))
        mark_unflushed(peer);
}

/* --- receiving ----------------------------------------------------------- */

static void disconnect(struct cut_peer *peer)
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
    disconnect(peer);
    cut_dial_due(peer);
}

static void broken(void *owner, const char *why)
{
    struct cut_peer *peer = owner;

    if (peer->worker->is_stopping)
        disconnect(peer);
    else
        cut_peer_break(peer, why);
}

/* The oldest frames of the link have arrived: forget them. */
static void forget_frames(struct cut_peer *peer, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cut_packet_buffer *packet =
            &peer->kept[(first + i) % CUT_LINK_WINDOW_MAX];
        if (packet->capacity > PACKET_KEPT)
            release_packet(packet);
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
           written_bytes(peer);
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
    forget_frames(peer, first, count);
    if (count > 0)
        mark_unflushed(peer);
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
                        name_of(peer));
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
        drain_queue(peer);
    if (peer->unacknowledged >= UNACKNOWLEDGED_MAX)
        mark_unflushed(peer);
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

    if (wants_credit(peer))
        mark_unflushed(peer);
}

const struct cut_conn_callbacks cut_peer_callbacks = {
    .frame = frame_came,
    .read = read_done,
    .broken = broken,
    .drained = drained,
};

/* --- connections --------------------------------------------------------- */

static void resend(struct cut_peer *peer, struct cut_link_resend frames)
{
    for (uint32_t i = 0; i < frames.count; i++)
        queue_packet(peer, frames.first + i);
    if (peer->was_linked)
        peer->worker->figures.frames_resent += frames.count;
}

void cut_peer_connected(struct cut_peer *peer,
                        struct cut_conn *conn,
                        uint64_t next)
{
    struct cut_worker *worker = peer->worker;
    struct cut_link_resumption resumption;
    uint64_t first = peer->sender.oldest;

    cut_conn_adopt(conn, &cut_peer_callbacks, peer);
    peer->conn = conn;
    peer->queued_bytes = cut_conn_queued(conn);
    peer->credit_end = 0;
    peer->heard_ns = worker->clock_ns;
    peer->is_linked = true;
    if (cut_link_sender_reconnected(
            &peer->sender, next, worker->clock_ns, &resumption) != CUT_OK) {
        cut_worker_fail(worker,
                        2,
                        "%s has lost what it had received (expected frame "
                        "%llu, not %llu)",
                        name_of(peer),
                        (unsigned long long)first,
                        (unsigned long long)next);
        return;
    }
    forget_frames(peer, first, resumption.forgotten);
    resend(peer, resumption.resend);
    cut_credit_receiver_reconnected(&peer->credit_in);
    worker->figures.reconnects += peer->was_linked;
    if (peer->was_linked)
        cut_report_log(worker,
                       CUT_LOG_INFO,
                       "connected with %s again after %llu ms (%s); %u "
                       "frames were sent again",
                       name_of(peer),
                       (unsigned long long)((worker->clock_ns - peer->lost_ns) /
                                            CUT_MILLISECOND),
                       peer->loss,
                       resumption.resend.count);
    if (!peer->was_linked)
        cut_worker_linked(worker);
    peer->was_linked = true;
    drain_queue(peer);
    mark_unflushed(peer);
}

/* One that is made again at once is nothing to be warned of, and nor is one
 * with a process that has ended: the run is about to. */
static void tell_loss(struct cut_peer *peer)
{
    peer->is_loss_told = true;
    cut_report_log(peer->worker,
                   CUT_LOG_WARN,
                   "the connection with %s broke (%s); trying again",
                   name_of(peer),
                   peer->loss);
}

static uint64_t beat_of(const struct cut_peer *peer)
{
    uint64_t part = silence_of(peer->worker) / BEATS_A_SILENCE;

    return part < BEAT_NS ? part : BEAT_NS;
}

void cut_peer_tick(struct cut_peer *peer, uint64_t now_ns)
{
    uint64_t silence = silence_of(peer->worker);
    char why[64];

    if (!peer->is_linked) {
        if (peer->was_linked && !peer->is_loss_told &&
            now_ns > peer->lost_ns + LOSS_TOLD_NS)
            tell_loss(peer);
        cut_dial_tick(peer, now_ns);
        return;
    }
    if (now_ns > peer->heard_ns + silence ||
        now_ns > cut_link_sender_deadline(&peer->sender)) {
        snprintf(why,
                 sizeof why,
                 "nothing came for %llu ms",
                 (unsigned long long)(silence / CUT_MILLISECOND));
        cut_peer_break(peer, why);
        return;
    }
    if (peer->unacknowledged > 0 || wants_credit(peer) ||
        now_ns > peer->said_ns + beat_of(peer)) {
        queue_credit(peer);
        cut_conn_flush(peer->conn);
    }
}
