/*
 * The handshake of a connection: each side shows the other that it knows the
 * secret of the run, without saying it. Bytes come in and go out here; sockets,
 * time-outs and random numbers are the caller's.
 *
 *     connecting side                       accepting side
 *     HELLO      magic "CUTL", version (4), run (16), incarnation (4),
 *                from (4), to (4), nonce (32)                            ->
 *     <-  CHALLENGE  nonce (32), HMAC("accept" HELLO nonce)
 *     PROOF      HMAC("connect" HELLO nonce acknowledged)                ->
 *     <-  WELCOME    HMAC("welcome" HELLO nonce acknowledged)
 *
 * or, in place of any of them, REFUSE with one line that says why. HMAC is
 * HMAC-SHA256 with the secret of the run; HELLO is the body of that frame,
 * nonce that of the CHALLENGE, acknowledged the field of the frame's header, as
 * 8 bytes. That field says how far the side has received the link, and is under
 * the HMAC so that nobody between can make a link lose or repeat frames.
 *
 * Why it holds: each HMAC that a side looks at covers the nonce that it drew
 * itself, so none is of an old conversation; their labels differ, so what a
 * side has said cannot be sent back to it; they cover the HELLO, so both sides
 * agree who speaks, to whom, in which incarnation of which run. After the
 * handshake nothing is authenticated: who can change bytes between two hosts
 * can take the connection over then. TLS (net/tls.h) is for that.
 *
 *     struct cut_handshake h;
 *     cut_handshake_connect(&h, &config, peer, acknowledged);
 *     for (;;) {
 *         write h.out_size bytes of h.out, if any;
 *         if (h.state != CUT_HANDSHAKE_WAITING)
 *             break;
 *         read a frame, of CUT_HANDSHAKE_FRAME_SIZE_MAX bytes at most;
 *         cut_handshake_feed(&h, &frame);
 *     }
 *     h.state is CUT_HANDSHAKE_DONE or CUT_HANDSHAKE_FAILED
 *
 * The accepting side stops at CUT_HANDSHAKE_PROVEN as well. It knows only then
 * whose link it is: it calls cut_handshake_welcome, or cut_handshake_refuse.
 * When it has FAILED, what is in `out` is the peer's REFUSE: write it, then
 * close.
 */
#ifndef CUT_NET_HANDSHAKE_H
#define CUT_NET_HANDSHAKE_H

#include "net/frame.h"

#include <cutline/error.h>

#define CUT_NET_VERSION 1

/* Who is no process: the supervisor of a run. */
#define CUT_NET_SUPERVISOR UINT32_MAX

#define CUT_SECRET_SIZE 32
#define CUT_RUN_ID_SIZE 16
#define CUT_NONCE_SIZE 32
#define CUT_PROOF_SIZE 32

#define CUT_HELLO_SIZE 68
#define CUT_CHALLENGE_SIZE (CUT_NONCE_SIZE + CUT_PROOF_SIZE)

/* The longest line of a REFUSE that is sent; one that comes is cut there. */
#define CUT_REFUSE_SIZE_MAX 200

/* The longest frame of a handshake. Who reads from a peer that has proved
 * nothing keeps no more than that: cut_frame_open would wait for megabytes. */
#define CUT_HANDSHAKE_FRAME_SIZE_MAX                                           \
    (CUT_FRAME_HEADER_SIZE + CUT_REFUSE_SIZE_MAX)

/* What a side knows; borrowed until the handshake is over. */
struct cut_handshake_config {
    const uint8_t *secret;  /* CUT_SECRET_SIZE bytes */
    const uint8_t *run;     /* CUT_RUN_ID_SIZE bytes */
    const uint8_t *nonce;   /* CUT_NONCE_SIZE bytes, random, used once */
    uint32_t process_count; /* peers are below, or CUT_NET_SUPERVISOR */
    uint32_t incarnation;
    uint32_t self; /* an index, or CUT_NET_SUPERVISOR */
};

enum cut_handshake_state {
    CUT_HANDSHAKE_WAITING, /* for a frame of the peer */
    CUT_HANDSHAKE_PROVEN,  /* accepting side: the peer is who it says */
    CUT_HANDSHAKE_DONE,    /* what comes next is the link's */
    CUT_HANDSHAKE_FAILED,  /* for good */
};

/* A side; the fields of the first group may be read. */
struct cut_handshake {
    enum cut_handshake_state state;
    uint32_t peer; /* connecting: whom it calls; accepting: from PROVEN on */
    uint64_t peer_acknowledged; /* accepting: from PROVEN; connecting: DONE */
    size_t out_size;            /* bytes to be written now; 0: none */
    uint8_t out[CUT_HANDSHAKE_FRAME_SIZE_MAX];
    enum cut_error error; /* FAILED: CUT_PROTOCOL, or CUT_NOMEM */
    char reason[256];     /* FAILED: one line for one's own log */

    const struct cut_handshake_config *config;
    bool is_connecting;
    uint8_t expected; /* kind of the frame that it waits for */
    uint64_t acknowledged;
    uint8_t hello[CUT_HELLO_SIZE];
    uint8_t nonce[CUT_NONCE_SIZE]; /* the accepting side's */
};

/*
 * Begin as the connecting side; HELLO is in `out`.
 *
 *   config        borrowed until the state is DONE or FAILED.
 *   peer          whom one calls: an index, or CUT_NET_SUPERVISOR.
 *   acknowledged  all frames of the link below have arrived here.
 */
void cut_handshake_connect(struct cut_handshake *handshake,
                           const struct cut_handshake_config *config,
                           uint32_t peer,
                           uint64_t acknowledged);

/* Begin as the accepting side; as cut_handshake_connect. */
void cut_handshake_accept(struct cut_handshake *handshake,
                          const struct cut_handshake_config *config);

/*
 * Take a frame of the peer, in the state WAITING. The state and `out` are those
 * after it. A frame that does not belong here fails the handshake.
 */
void cut_handshake_feed(struct cut_handshake *handshake,
                        const struct cut_frame *frame);

/*
 * Accept a peer that is PROVEN; DONE then, with WELCOME in `out`.
 *
 *   acknowledged  all frames of the peer's link below have arrived here.
 */
void cut_handshake_welcome(struct cut_handshake *handshake,
                           uint64_t acknowledged);

/*
 * Give up a handshake that is not over: FAILED then, with REFUSE in `out`.
 *
 *   why  one line for the peer and the log ("there is a link already").
 */
void cut_handshake_refuse(struct cut_handshake *handshake, const char *why);

#endif
