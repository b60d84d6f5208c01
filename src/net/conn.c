/*
 * Sockets are non-blocking, and libuv says when one is ready: so what is read
 * and written, and where from and to, is decided here, without a copy.
 *
 * Nothing here calls the owner but what libuv calls: a piece that cannot be
 * written is noted, and said when the loop comes round. So an owner can queue
 * and flush without minding what becomes of it meanwhile.
 */
#include "net/conn.h"

#include "base/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Pieces that one call writes, and reads at one readiness: others want to be
 * looked at as well. */
#define PIECES_AT_ONCE 64
#define READS_AT_ONCE 4

/* What waits for the socket behind TLS. */
#define CIPHER_SIZE (UINT32_C(1) << 16)

/* A piece that is to be written. */
struct piece {
    const uint8_t *data;
    size_t size;
    uint8_t *owned; /* NULL: somebody else's */
    size_t owned_size;
};

/* Bytes between TLS and the socket. */
struct cipher {
    size_t first;
    size_t end;
    uint8_t data[CIPHER_SIZE];
};

struct cut_conn {
    uv_poll_t poll;
    int descriptor;
    int failure;      /* errno of a write; 0: none */
    bool is_closed;   /* by its owner */
    bool is_broken;   /* and that has been said */
    bool awaits_room; /* the socket took less than there was */
    bool was_drained; /* nothing was queued since that was said */
    bool has_begun;   /* what TLS had before there was a loop has been taken */
    struct cut_read_buffer *buffer;
    struct cut_tls *tls;
    struct cipher *cipher; /* with TLS */
    const struct cut_conn_callbacks *callbacks;
    void *owner;
    uint8_t *partial; /* the beginning of a frame */
    size_t partial_size;
    size_t partial_capacity;
    size_t partial_needed; /* bytes of the frame, as far as is known */
    size_t frame_size_max;
    struct piece *pieces;  /* a ring */
    size_t piece_capacity; /* a power of two, or 0 */
    size_t piece_first;
    size_t piece_count;
    size_t queued;
    uint64_t bytes_read;
    uint64_t bytes_written;
};

static struct piece *piece_at(struct cut_conn *conn, size_t index)
{
    size_t mask = conn->piece_capacity - 1;

    return &conn->pieces[(conn->piece_first + index) & mask];
}

/* --- its end ------------------------------------------------------------- */

static void release(struct cut_conn *conn)
{
    for (size_t i = 0; i < conn->piece_count; i++) {
        struct piece *piece = piece_at(conn, i);
        cut_release(
            cut_allocator_standard(), piece->owned, piece->owned_size, 1);
    }
    cut_release(cut_allocator_standard(),
                conn->pieces,
                conn->piece_capacity,
                sizeof *conn->pieces);
    cut_release(
        cut_allocator_standard(), conn->partial, conn->partial_capacity, 1);
    cut_release(cut_allocator_standard(),
                conn->cipher,
                conn->cipher != NULL,
                sizeof *conn->cipher);
    cut_tls_destroy(conn->tls);
    cut_release(cut_allocator_standard(), conn, 1, sizeof *conn);
}

static void closed(uv_handle_t *handle)
{
    release(handle->data);
}

void cut_conn_close(struct cut_conn *conn)
{
    if (conn == NULL || conn->is_closed)
        return;
    conn->is_closed = true;
    /* In this order: libuv takes the descriptor out of its set as it closes,
     * and its number may be another's as soon as it is free. */
    uv_close((uv_handle_t *)&conn->poll, closed);
    close(conn->descriptor);
}

/* Say that it is broken, once; its owner closes it. */
static void break_off(struct cut_conn *conn, const char *why)
{
    if (conn->is_closed || conn->is_broken)
        return;
    conn->is_broken = true;
    uv_poll_stop(&conn->poll);
    conn->callbacks->broken(conn->owner, why);
}

static bool is_over(const struct cut_conn *conn)
{
    return conn->is_closed || conn->is_broken;
}

/* --- reading ------------------------------------------------------------- */

/* Make room for so many bytes of a frame's beginning. */
static bool reserve_partial(struct cut_conn *conn, size_t size)
{
    if (size <= conn->partial_capacity)
        return true;
    uint8_t *partial = cut_grow(cut_allocator_standard(),
                                conn->partial,
                                &conn->partial_capacity,
                                size,
                                sizeof *partial);
    if (partial == NULL) {
        break_off(conn, cut_error_sentence(CUT_NOMEM));
        return false;
    }
    conn->partial = partial;
    return true;
}

/* Keep what is left of bytes that were taken from the buffer. */
static void keep_rest(struct cut_conn *conn,
                      const uint8_t *rest,
                      size_t size,
                      size_t needed)
{
    if (size > 0 && !reserve_partial(conn, size))
        return;
    if (size > 0)
        memmove(conn->partial, rest, size);
    conn->partial_size = size;
    conn->partial_needed = needed;
}

/* Frames lie at multiples of 8, as their data does in them; one that does not
 * is moved to where the one before it was. Those behind it stay: to move them
 * all would take the square of what was read. */
static void hand_on(struct cut_conn *conn,
                    uint8_t *at,
                    size_t size,
                    struct cut_frame *frame)
{
    size_t off = (uintptr_t)at % 8;

    if (off > 0) {
        memmove(at - off, at, size);
        frame->body -= off;
    }
    conn->callbacks->frame(conn->owner, frame);
}

/* Hand on the frames in bytes, and keep the rest. */
static void take_frames(struct cut_conn *conn, uint8_t *at, size_t size)
{
    struct cut_frame_opening opening = {.size = CUT_FRAME_HEADER_SIZE};
    struct cut_frame frame;

    while (size > 0) {
        enum cut_frame_status status =
            cut_frame_open(at, size, &frame, &opening);
        if (opening.size > conn->frame_size_max) {
            break_off(conn, "a frame that is too large");
            return;
        }
        switch (status) {
        case CUT_FRAME_WHOLE:
            hand_on(conn, at, opening.size, &frame);
            if (is_over(conn))
                return;
            at += opening.size;
            size -= opening.size;
            continue;
        case CUT_FRAME_MORE:
            keep_rest(conn, at, size, opening.size);
            return;
        case CUT_FRAME_GARBLED:
        case CUT_FRAME_NONSENSE:
            break_off(conn, opening.reason);
            return;
        }
    }
    conn->partial_size = 0;
}

/* Of what is protected, as much as the buffer holds at a time. */
static void take_plain(struct cut_conn *conn)
{
    uint8_t *data = conn->buffer->data;

    for (;;) {
        size_t kept = conn->partial_size;
        size_t got = 0;
        if (kept + CIPHER_SIZE > CUT_READ_SIZE) {
            if (!reserve_partial(conn, kept + CIPHER_SIZE))
                return;
            data = conn->partial;
        } else if (kept > 0) {
            memcpy(data, conn->partial, kept);
        }
        if (cut_tls_read(conn->tls, data + kept, CIPHER_SIZE, &got) != CUT_OK) {
            break_off(conn, cut_tls_reason(conn->tls));
            return;
        }
        if (got == 0)
            return;
        take_frames(conn, data, kept + got);
        if (is_over(conn))
            return;
        data = conn->buffer->data;
    }
}

/* The last words of TLS: why it failed. They may be lost. */
static void say_why(struct cut_conn *conn)
{
    uint8_t words[1024];
    size_t size = cut_tls_drain(conn->tls, words, sizeof words);
    ssize_t ignored = size > 0 ? write(conn->descriptor, words, size) : 0;

    (void)ignored;
}

static void take_cipher(struct cut_conn *conn, const uint8_t *data, size_t size)
{
    if (cut_tls_feed(conn->tls, data, size) != CUT_OK) {
        say_why(conn);
        break_off(conn, cut_tls_reason(conn->tls));
        return;
    }
    take_plain(conn);
    if (is_over(conn))
        return;
    if (cut_tls_state(conn->tls) == CUT_TLS_CLOSED)
        break_off(conn, "the other end closed it");
    else
        cut_conn_flush(conn);
}

/* Where the next bytes go: behind what is kept of a frame, if there is such. A
 * large frame is read where it is kept, so that it is not copied again and
 * again. */
static uint8_t *place_to_read(struct cut_conn *conn, size_t *kept, size_t *room)
{
    *kept = conn->tls == NULL ? conn->partial_size : 0;
    if (*kept > 0 && conn->partial_needed > CUT_READ_SIZE / 2) {
        if (!reserve_partial(conn, conn->partial_needed))
            return NULL;
        *room = conn->partial_needed - *kept;
        return conn->partial;
    }
    if (*kept > 0)
        memcpy(conn->buffer->data, conn->partial, *kept);
    *room = CUT_READ_SIZE - *kept;
    return conn->buffer->data;
}

static const char *reason_of(int error)
{
    if (error == ECONNRESET || error == EPIPE)
        return "the other end closed it";
    return strerror(error);
}

/* What came of a read. */
enum reading {
    READ_NOTHING, /* there was nothing; or it is over */
    READ_LESS,    /* than there was room for */
    READ_ALL,     /* that there was room for: there may be more */
};

static enum reading read_once(struct cut_conn *conn)
{
    size_t kept;
    size_t room;
    uint8_t *place = place_to_read(conn, &kept, &room);
    ssize_t got;

    if (place == NULL)
        return READ_NOTHING;
    do
        got = recv(conn->descriptor, place + kept, room, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return READ_NOTHING;
    if (got <= 0) {
        break_off(conn,
                  got == 0 ? "the other end closed it" : reason_of(errno));
        return READ_NOTHING;
    }
    conn->bytes_read += (size_t)got;
    if (conn->tls != NULL)
        take_cipher(conn, place, (size_t)got);
    else
        take_frames(conn, place, kept + (size_t)got);
    if (is_over(conn))
        return READ_NOTHING;
    return (size_t)got == room ? READ_ALL : READ_LESS;
}

/* --- writing ------------------------------------------------------------- */

static bool grow_pieces(struct cut_conn *conn)
{
    size_t capacity = conn->piece_capacity > 0 ? 2 * conn->piece_capacity : 16;
    struct piece *pieces =
        cut_allocate(cut_allocator_standard(), capacity, sizeof *pieces);

    if (pieces == NULL)
        return false;
    for (size_t i = 0; i < conn->piece_count; i++)
        pieces[i] = *piece_at(conn, i);
    cut_release(cut_allocator_standard(),
                conn->pieces,
                conn->piece_capacity,
                sizeof *pieces);
    conn->pieces = pieces;
    conn->piece_capacity = capacity;
    conn->piece_first = 0;
    return true;
}

static enum cut_error append(struct cut_conn *conn, struct piece piece)
{
    if (conn->piece_count == conn->piece_capacity && !grow_pieces(conn))
        return CUT_NOMEM;
    *piece_at(conn, conn->piece_count++) = piece;
    conn->queued += piece.size;
    conn->was_drained = false;
    return CUT_OK;
}

enum cut_error
cut_conn_queue(struct cut_conn *conn, const uint8_t *data, size_t size)
{
    return append(conn, (struct piece){.data = data, .size = size});
}

enum cut_error cut_conn_send(struct cut_conn *conn,
                             const struct cut_frame *frame)
{
    size_t size = CUT_FRAME_HEADER_SIZE + (size_t)frame->body_size;
    uint8_t *data = cut_allocate(cut_allocator_standard(), size, 1);
    enum cut_error error = CUT_NOMEM;

    if (data == NULL)
        return CUT_NOMEM;
    if (frame->body_size > 0)
        memcpy(data + CUT_FRAME_HEADER_SIZE, frame->body, frame->body_size);
    cut_frame_seal(data, frame);
    error = append(
        conn,
        (struct piece){
            .data = data, .size = size, .owned = data, .owned_size = size});
    if (error != CUT_OK)
        cut_release(cut_allocator_standard(), data, size, 1);
    return error;
}

/* So many bytes of the queue have been taken. */
static void forget_written(struct cut_conn *conn, size_t size)
{
    conn->queued -= size;
    while (conn->piece_count > 0) {
        struct piece *piece = piece_at(conn, 0);
        if (size < piece->size) {
            piece->data += size;
            piece->size -= size;
            return;
        }
        size -= piece->size;
        cut_release(
            cut_allocator_standard(), piece->owned, piece->owned_size, 1);
        conn->piece_first =
            (conn->piece_first + 1) & (conn->piece_capacity - 1);
        conn->piece_count--;
    }
}

/* Return what the socket took; -1: nothing any more, for now or for ever. */
static ssize_t write_pieces(struct cut_conn *conn)
{
    struct iovec vectors[PIECES_AT_ONCE];
    size_t count = conn->piece_count;
    ssize_t size;

    if (count > PIECES_AT_ONCE)
        count = PIECES_AT_ONCE;
    for (size_t i = 0; i < count; i++) {
        const struct piece *piece = piece_at(conn, i);
        vectors[i].iov_base = (void *)(uintptr_t)piece->data;
        vectors[i].iov_len = piece->size;
    }
    do
        size = count == 1 ? send(conn->descriptor,
                                 vectors[0].iov_base,
                                 vectors[0].iov_len,
                                 MSG_NOSIGNAL)
                          : writev(conn->descriptor, vectors, (int)count);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno != EAGAIN)
        conn->failure = errno;
    return size;
}

static void flush_plain(struct cut_conn *conn)
{
    while (conn->queued > 0) {
        size_t before = conn->queued;
        ssize_t size = write_pieces(conn);
        if (size < 0)
            return;
        conn->bytes_written += (size_t)size;
        forget_written(conn, (size_t)size);
        if (before > (size_t)size && conn->piece_count < PIECES_AT_ONCE)
            return;
    }
}

/* Return whether the socket took all of it. */
static bool write_cipher(struct cut_conn *conn)
{
    struct cipher *cipher = conn->cipher;

    for (;;) {
        if (cipher->first == cipher->end) {
            cipher->first = 0;
            cipher->end = cut_tls_drain(conn->tls, cipher->data, CIPHER_SIZE);
            if (cipher->end == 0)
                return true;
        }
        ssize_t size = write(conn->descriptor,
                             cipher->data + cipher->first,
                             cipher->end - cipher->first);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0) {
            conn->failure = errno != EAGAIN ? errno : 0;
            return false;
        }
        conn->bytes_written += (size_t)size;
        cipher->first += (size_t)size;
    }
}

static void flush_tls(struct cut_conn *conn)
{
    while (write_cipher(conn) && conn->piece_count > 0 &&
           cut_tls_state(conn->tls) == CUT_TLS_OPEN) {
        const struct piece *piece = piece_at(conn, 0);
        size_t size = piece->size < CIPHER_SIZE ? piece->size : CIPHER_SIZE;
        if (cut_tls_write(conn->tls, piece->data, size) != CUT_OK) {
            conn->failure = ENOMEM;
            return;
        }
        forget_written(conn, size);
    }
}

static bool has_unwritten(const struct cut_conn *conn)
{
    if (conn->tls == NULL)
        return conn->queued > 0;
    return conn->cipher->first < conn->cipher->end ||
           cut_tls_pending(conn->tls) > 0 ||
           (conn->queued > 0 && cut_tls_state(conn->tls) == CUT_TLS_OPEN);
}

/* --- the loop ------------------------------------------------------------ */

static void ready(uv_poll_t *poll, int status, int events);

/* Whether all has been written, and that is to be said. */
static bool is_drain_due(const struct cut_conn *conn)
{
    return !conn->was_drained && conn->failure == 0 && conn->queued == 0 &&
           !has_unwritten(conn);
}

/* A failure is said when the loop comes round: a socket that has failed can
 * always be written. So is that all has been written which had to wait. */
static void listen_for(struct cut_conn *conn)
{
    bool awaits = conn->failure != 0 || !conn->has_begun ||
                  has_unwritten(conn) ||
                  (conn->awaits_room && is_drain_due(conn));

    if (awaits == conn->awaits_room)
        return;
    conn->awaits_room = awaits;
    uv_poll_start(&conn->poll, UV_READABLE | (awaits ? UV_WRITABLE : 0), ready);
}

void cut_conn_flush(struct cut_conn *conn)
{
    if (is_over(conn) || conn->failure != 0)
        return;
    if (conn->tls != NULL)
        flush_tls(conn);
    else
        flush_plain(conn);
    listen_for(conn);
}

static void say_drained(struct cut_conn *conn)
{
    if (is_over(conn) || !is_drain_due(conn))
        return;
    conn->was_drained = true;
    listen_for(conn);
    if (conn->callbacks->drained != NULL)
        conn->callbacks->drained(conn->owner);
}

/* What came before the end is to be read before the end is said. */
static void read_some(struct cut_conn *conn)
{
    uint64_t before = conn->bytes_read;

    for (int i = 0; i < READS_AT_ONCE && read_once(conn) == READ_ALL; i++)
        continue;
    size_t size = (size_t)(conn->bytes_read - before);
    if (!is_over(conn) && size > 0 && conn->callbacks->read != NULL)
        conn->callbacks->read(conn->owner, size);
}

/* A socket that has failed is looked at no more, and may hold what its other
 * end said last: who ends with something unread resets the connection. */
static void read_last(struct cut_conn *conn, int status)
{
    bool may_have_more = true;

    while (may_have_more && !is_over(conn))
        may_have_more = read_once(conn) != READ_NOTHING;
    break_off(conn, uv_strerror(status));
}

static void ready(uv_poll_t *poll, int status, int events)
{
    struct cut_conn *conn = poll->data;

    if (status < 0) {
        read_last(conn, status);
        return;
    }
    if (!conn->has_begun) {
        conn->has_begun = true;
        listen_for(conn);
        take_plain(conn);
        if (is_over(conn))
            return;
    }
    if ((events & UV_READABLE) != 0)
        read_some(conn);
    if (is_over(conn))
        return;
    if (conn->failure != 0) {
        break_off(conn, reason_of(conn->failure));
        return;
    }
    if ((events & UV_WRITABLE) != 0) {
        cut_conn_flush(conn);
        say_drained(conn);
    }
}

enum cut_error cut_conn_open(uv_loop_t *loop,
                             int descriptor,
                             struct cut_read_buffer *buffer,
                             struct cut_tls *tls,
                             const struct cut_conn_callbacks *callbacks,
                             void *owner,
                             struct cut_conn **out)
{
    struct cut_conn *conn =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *conn);
    struct cipher *cipher =
        tls != NULL ? cut_allocate(cut_allocator_standard(), 1, sizeof *cipher)
                    : NULL;
    int status = conn == NULL || (tls != NULL && cipher == NULL)
                     ? UV_ENOMEM
                     : uv_poll_init(loop, &conn->poll, descriptor);

    if (status != 0) {
        cut_release(cut_allocator_standard(), conn, conn != NULL, sizeof *conn);
        cut_release(
            cut_allocator_standard(), cipher, cipher != NULL, sizeof *cipher);
        cut_tls_destroy(tls);
        close(descriptor);
        errno = -status;
        return status == UV_ENOMEM ? CUT_NOMEM : CUT_IO;
    }
    conn->poll.data = conn;
    conn->descriptor = descriptor;
    conn->was_drained = true;
    /* TLS that was opened elsewhere may have read more than was wanted there:
     * the socket does not say so, but that it can be written. */
    conn->has_begun = tls == NULL || cut_tls_state(tls) == CUT_TLS_HANDSHAKE;
    conn->frame_size_max = SIZE_MAX;
    conn->buffer = buffer;
    conn->tls = tls;
    conn->cipher = cipher;
    if (cipher != NULL) {
        cipher->first = 0;
        cipher->end = 0;
    }
    conn->callbacks = callbacks;
    conn->owner = owner;
    uv_poll_start(&conn->poll, UV_READABLE, ready);
    /* A client of TLS speaks first. */
    cut_conn_flush(conn);
    *out = conn;
    return CUT_OK;
}

void cut_conn_limit(struct cut_conn *conn, size_t frame_size_max)
{
    conn->frame_size_max = frame_size_max;
}

void cut_conn_adopt(struct cut_conn *conn,
                    const struct cut_conn_callbacks *callbacks,
                    void *owner)
{
    conn->callbacks = callbacks;
    conn->owner = owner;
}

size_t cut_conn_queued(const struct cut_conn *conn)
{
    return conn->queued;
}

uint64_t cut_conn_bytes_read(const struct cut_conn *conn)
{
    return conn->bytes_read;
}

uint64_t cut_conn_bytes_written(const struct cut_conn *conn)
{
    return conn->bytes_written;
}
