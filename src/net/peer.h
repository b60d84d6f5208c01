/*
 * A neighbour of a worker: the link with it, over one connection after another,
 * and the channels that it carries, one each way at most.
 *
 * A message goes from the program into the packet that is being filled if the
 * channel has credit, and otherwise into the sender's queue. A packet is closed
 * when it is large enough or the loop is about to wait, gets its number of the
 * link, and is kept until the neighbour has it. A marker goes into the packet
 * at once: it overtakes what is queued.
 *
 * What comes is always read, and acknowledged; messages wait in the worker's
 * inbox, as many as there was credit for.
 */
#ifndef CUT_NET_PEER_H
#define CUT_NET_PEER_H

#include "net/conn.h"
#include "net/frame_record.h"
#include "net/handshake.h"
#include "proto/credit.h"
#include "proto/link.h"

struct cut_worker;

/* A packet is closed when it has so many bytes. */
#define CUT_PACKET_SIZE (UINT32_C(1) << 16)

/* A frame of the link, being filled or waiting for its acknowledgement. */
struct cut_packet_buffer {
    uint8_t *data; /* room for the frame's header, then records */
    size_t size;   /* with the header; 0: empty */
    size_t capacity;
    uint64_t queued_end; /* of the connection's bytes, when this was queued */
};

/* A message that waits for credit. */
struct cut_queued {
    struct cut_queued *next;
    uint64_t stamp;
    uint32_t size;
    uint8_t type;
    uint8_t data[];
};

struct cut_peer {
    struct cut_worker *worker;
    uint32_t process;
    uint32_t outgoing; /* channels; CUT_NO_CHANNEL: there is none */
    uint32_t incoming;
    char *address; /* where it listens; NULL: not known yet */

    struct cut_conn *conn;  /* NULL: none; or not linked yet */
    struct cut_dial *dial;  /* a connection being made */
    uint64_t dial_at_ns;    /* monotonic: when to try again */
    uint64_t dial_pause_ns; /* how long that was */
    uint64_t heard_ns;      /* monotonic: when something came */
    uint64_t said_ns;       /* and was sent */
    uint64_t lost_ns;       /* monotonic: when it broke */
    bool is_loss_told;      /* that there is no connection */
    char loss[96];          /* why it broke */
    uint64_t bytes_read;    /* on connections that are over */
    uint64_t bytes_written;
    uint64_t queued_bytes; /* on this connection, ever */
    bool is_linked;        /* the handshake is over */
    bool was_linked;       /* on some connection */
    bool is_unflushed;     /* in the worker's list */
    struct cut_peer *next_unflushed;

    struct cut_link_sender sender;
    struct cut_link_receiver receiver;
    uint32_t unacknowledged; /* frames that came since we said so */
    struct cut_packet_buffer open;
    struct cut_packet_buffer kept[CUT_LINK_WINDOW_MAX]; /* by number */

    struct cut_credit_sender credit_out;
    struct cut_credit_receiver credit_in;
    bool is_full;
    bool has_left;            /* it takes part in nothing any more */
    uint64_t position;        /* of the next message of the program */
    struct cut_queued *queue; /* the sender's */
    struct cut_queued **queue_end;
    uint64_t queue_count;
    uint64_t queue_bytes;
    uint64_t waiting_count; /* of its messages in the inbox */
    uint8_t credit_frame[CUT_FRAME_HEADER_SIZE + CUT_CREDIT_SIZE];
    uint64_t credit_end; /* bytes queued when the last such frame was */
};

#define CUT_NO_CHANNEL UINT32_MAX

void cut_peer_init(struct cut_peer *peer,
                   struct cut_worker *worker,
                   uint32_t process);
void cut_peer_fini(struct cut_peer *peer);

/* A connection with it has passed the handshake; `next` is where its receiving
 * end stands. Takes the connection; what is not there yet is sent again. */
void cut_peer_connected(struct cut_peer *peer,
                        struct cut_conn *conn,
                        uint64_t next);

/* The callbacks of its connection. */
extern const struct cut_conn_callbacks cut_peer_callbacks;

/* Send a message of the program, with its stamp. Errors: CUT_NOMEM. */
CUT_MUST_USE enum cut_error cut_peer_send(struct cut_peer *peer,
                                          const struct cut_record *record);

/* Send a marker, before all that is queued. Errors: CUT_NOMEM. */
CUT_MUST_USE enum cut_error
cut_peer_mark(struct cut_peer *peer, const struct cut_record_marker *marker);

/* It left: it has no say in how much may be sent, and is told nothing more. */
void cut_peer_left(struct cut_peer *peer);

/* The program was handed a message of so many bytes of it. */
void cut_peer_delivered(struct cut_peer *peer, uint32_t size);

/* Write what there is to be written. */
void cut_peer_flush(struct cut_peer *peer);

/* Now and then: is the connection alive? */
void cut_peer_tick(struct cut_peer *peer, uint64_t now_ns);

/* Break the connection, and have it made again. */
void cut_peer_break(struct cut_peer *peer, const char *why);

#endif
