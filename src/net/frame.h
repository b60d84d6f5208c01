/*
 * Frames: what a connection carries, as bytes.
 *
 * A frame is a header of 32 bytes and a body, little end first:
 *
 *      0  u32  bytes of the body, at most CUT_FRAME_BODY_MAX
 *      4  u8   kind
 *      5       three bytes of zero
 *      8  u32  incarnation of the run that the sender believes in
 *     12  u32  CRC-32C of the header, this field being zero, and the body
 *     16  u64  sequence: of a DATA frame, the link's number; otherwise zero
 *     24  u64  acknowledged: all frames of the link below have arrived
 *
 * A buffer is filled behind the place of the header and sealed where it is:
 *
 *     write the body at buffer + CUT_FRAME_HEADER_SIZE
 *     cut_frame_seal(buffer, &(struct cut_frame){.kind = ..., .body_size = n});
 *
 * The checksum finds what went wrong by accident. Against a peer that lies,
 * the decoder holds by its own checks, and the connection by its handshake
 * (net/handshake.h) and TLS (net/tls.h).
 */
#ifndef CUT_NET_FRAME_H
#define CUT_NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUT_FRAME_HEADER_SIZE 32

/* A message of the largest size fits, with room for what is beside it. */
#define CUT_FRAME_BODY_MAX ((UINT32_C(1) << 24) + (UINT32_C(1) << 17))

/* Kinds of frames. Those from CUT_FRAME_CONTROL_FIRST to _LAST are the
 * supervisor's conversation: their meaning is known there. */
enum cut_frame_kind {
    CUT_FRAME_HELLO = 1, /* the handshake: see net/handshake.h */
    CUT_FRAME_CHALLENGE = 2,
    CUT_FRAME_PROOF = 3,
    CUT_FRAME_WELCOME = 4,
    CUT_FRAME_REFUSE = 5, /* body: one line of UTF-8, why */
    CUT_FRAME_DATA = 6,   /* body: records, see net/frame_record.h */
    CUT_FRAME_CREDIT = 7, /* body: messages and bytes delivered, u64 each */
    CUT_FRAME_CONTROL_FIRST = 16,
    CUT_FRAME_CONTROL_LAST = 63,
};

/* A frame, as it is written and read. */
struct cut_frame {
    uint8_t kind; /* enum cut_frame_kind, or one of the control kinds */
    uint32_t incarnation;
    uint32_t body_size;
    uint64_t sequence;
    uint64_t acknowledged;
    const uint8_t *body; /* read: in the bytes given; written: not looked at */
};

/* What bytes turned out to be. */
enum cut_frame_status {
    CUT_FRAME_WHOLE,    /* a frame */
    CUT_FRAME_MORE,     /* the beginning of one */
    CUT_FRAME_GARBLED,  /* a frame whose bytes were changed on the way */
    CUT_FRAME_NONSENSE, /* no frame: a peer that speaks something else */
};

/* The answer of cut_frame_open; all fields are set, whatever the status. */
struct cut_frame_opening {
    /* WHOLE, GARBLED: bytes that the frame takes. MORE: bytes from its
     * beginning that are needed to know more, greater than what there was.
     * NONSENSE: 0. */
    size_t size;
    const char *reason; /* GARBLED, NONSENSE: static, what is wrong; or NULL */
};

/*
 * Write the header of a frame before its body.
 *
 *   buffer  CUT_FRAME_HEADER_SIZE bytes for the header, then the body, of
 *           frame->body_size bytes, at most CUT_FRAME_BODY_MAX.
 *   frame   `body` is not looked at.
 *
 * Returns the bytes of the frame, header and body.
 */
size_t cut_frame_seal(uint8_t *buffer, const struct cut_frame *frame);

/*
 * Read the frame at the beginning of bytes; reads none beyond size.
 *
 *   out      written when WHOLE; `body` points into data.
 *   opening  written always.
 */
enum cut_frame_status cut_frame_open(const uint8_t *data,
                                     size_t size,
                                     struct cut_frame *out,
                                     struct cut_frame_opening *opening);

/* Bytes of the body of a CREDIT frame. */
#define CUT_CREDIT_SIZE 16

/* What a receiver has delivered on a channel since the link was made. */
struct cut_credit {
    uint64_t messages;
    uint64_t bytes;
};

void cut_credit_encode(struct cut_credit credit, uint8_t out[CUT_CREDIT_SIZE]);

/* Read a credit; every 16 bytes are one. */
struct cut_credit cut_credit_decode(const uint8_t in[CUT_CREDIT_SIZE]);

#endif
