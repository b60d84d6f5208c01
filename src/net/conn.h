/*
 * A connection: frames over a stream socket.
 *
 * What arrives is read into a buffer that all connections of a loop share, and
 * each whole frame is handed on where it lies; only what is left of a broken
 * one is kept. What is to be sent is a queue of pieces, which are written with
 * as few calls as the socket takes.
 *
 * A connection that breaks says so once, and is nothing any more: its owner
 * closes it. In a callback a connection may be closed, this one too.
 *
 * Threads: a connection belongs to the thread of its loop.
 */
#ifndef CUT_NET_CONN_H
#define CUT_NET_CONN_H

#include "net/frame.h"
#include "net/tls.h"

#include <uv.h>

/* What connections of a loop read into: one for all of them. */
#define CUT_READ_SIZE (UINT32_C(1) << 18)

struct cut_read_buffer {
    _Alignas(8) uint8_t data[CUT_READ_SIZE];
};

struct cut_conn;

/* What the owner is told. */
struct cut_conn_callbacks {
    /* A whole frame came; its body is borrowed for the call. */
    void (*frame)(void *owner, const struct cut_frame *frame);
    /* The connection is broken: why, in a line for people. */
    void (*broken)(void *owner, const char *why);
    /* What had come has been read, so many bytes. NULL: not wanted. */
    void (*read)(void *owner, size_t size);
    /* All that was queued has been written, after the socket had taken less
     * than that for a while. NULL: not wanted. */
    void (*drained)(void *owner);
};

/*
 * Make a connection of a connected socket.
 *
 *   descriptor  the socket; from now on the connection's, also on failure.
 *   buffer      borrowed while the connection lives.
 *   tls         NULL: frames in the clear; otherwise the connection's. It may
 *               be OPEN already.
 *   callbacks   borrowed while the connection lives.
 *
 * Errors:  CUT_NOMEM, CUT_IO (errno says why): the socket is closed.
 */
CUT_MUST_USE enum cut_error
cut_conn_open(uv_loop_t *loop,
              int descriptor,
              struct cut_read_buffer *buffer,
              struct cut_tls *tls,
              const struct cut_conn_callbacks *callbacks,
              void *owner,
              struct cut_conn **out);

/* Close it: no more callbacks; what was queued and not written is forgotten.
 * NULL is ignored. */
void cut_conn_close(struct cut_conn *conn);

/*
 * Queue a piece that lives until it has been written, or the connection is
 * closed. Nothing is written before cut_conn_flush().
 *
 * Errors:  CUT_NOMEM: nothing was queued.
 */
CUT_MUST_USE enum cut_error
cut_conn_queue(struct cut_conn *conn, const uint8_t *data, size_t size);

/* Seal a frame, whose body is copied, and queue it. Errors: CUT_NOMEM. */
CUT_MUST_USE enum cut_error cut_conn_send(struct cut_conn *conn,
                                          const struct cut_frame *frame);

/* Write what the socket takes; the rest follows when it takes more. */
void cut_conn_flush(struct cut_conn *conn);

/* Give it another owner, who is told from now on. */
void cut_conn_adopt(struct cut_conn *conn,
                    const struct cut_conn_callbacks *callbacks,
                    void *owner);

/* From now on a frame of more bytes breaks it; whoever has not shown yet who it
 * is cannot have much kept of what it says. At first frames of any size pass.
 */
void cut_conn_limit(struct cut_conn *conn, size_t frame_size_max);

/* Return how many bytes are queued. */
size_t cut_conn_queued(const struct cut_conn *conn);

/* Return how many bytes were read and written, ever. */
uint64_t cut_conn_bytes_read(const struct cut_conn *conn);
uint64_t cut_conn_bytes_written(const struct cut_conn *conn);

#endif
