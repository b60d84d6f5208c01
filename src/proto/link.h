/*
 * A link: makes of a channel that loses, duplicates and reorders frames one
 * that is reliable and FIFO. What a link sends of its own, acknowledgements and
 * frames once more, is never part of a snapshot.
 *
 * The two ends are plain structs in the caller's memory that count; the frames
 * stay with the caller:
 *
 *     sending      if (cut_link_sender_has_room(&s))
 *                      n = cut_link_sender_submit(&s, now);
 *                  keep the frame under n, write it with n in its header
 *     ack came     forget the oldest cut_link_sender_acknowledged() frames
 *     at deadline  write the frames of cut_link_sender_timeout() once more
 *
 *     frame came   switch (cut_link_receiver_arrived(&r, n))
 *                  DELIVER: hand it on, then each kept one that
 *                           cut_link_receiver_next() names
 *                  KEEP:    keep it under n
 *                  in each case write cut_link_receiver_acknowledgement()
 *
 * Ask for the deadline again after each call: an acknowledgement may move it
 * to now.
 *
 * What is resent, and why so little. An acknowledgement says how far all has
 * arrived, and a receiver keeps what comes early, so a window that has lost m
 * of its frames lacks those m and no others. To send the whole window again
 * would send the rest for nothing, and lose more where frames are lost because
 * there are too many. So a time-out resends the oldest frame alone. If
 * acknowledgements then move up, but stop at a frame that had had its
 * timeout_min as well when the time-out came, that one is lost too, and resent
 * at once. A window with m losses takes one time-out and m round trips, not m
 * time-outs. (NewReno's partial acknowledgement, with a stricter mark. Its
 * three duplicate acknowledgements are not used: a channel that reorders gives
 * them for nothing.)
 *
 * Measured over the 6,000 networks of tests/property/link_chaos.c, which lose
 * up to 60 of 100: 0.86 resends a frame and 6.1 delays; without the second rule
 * 0.86 and 7.7; the whole window at each time-out, 1.59 and 2.8. That is sooner
 * there, where loss does not depend on traffic.
 *
 * If timeout_min is longer than every round trip, no more frames are resent
 * than frames and acknowledgements were lost, whatever the order in which they
 * come. If it is shorter, a frame is resent at once at most one time more, and
 * by time-outs whose distance doubles up to timeout_max.
 *
 * Sequence numbers are those of one pair of ends. After a restart begin with
 * new ones, and keep the frames of the old pair away from them.
 *
 * Over a connection that may break and be made again, both ends live on. What
 * was under way on it is lost; what the receiver has, it says as it connects:
 *
 *     receiver   close the old connection, then say
 *                n = cut_link_receiver_reconnected(&r); drop what was kept
 *     sender     cut_link_sender_reconnected(&s, n, now, &resumption): forget
 *                the oldest .forgotten frames, write those of .resend
 *
 * Between connections frames may be submitted while there is room: they are
 * among .resend. The deadline is of no use then; nothing is to be resent on a
 * connection that is not there. Where a connection loses nothing but by
 * breaking, and timeout_min is longer than every round trip, a frame is written
 * again only if it was under way when one broke; that an acknowledgement was,
 * costs nothing.
 *
 * Threads: each end belongs to one thread at a time.
 * Source:  RFC 6298, section 5 (the timer); RFC 6582, section 3 (partial
 *          acknowledgements).
 */
#ifndef CUT_PROTO_LINK_H
#define CUT_PROTO_LINK_H

#include <cutline/process.h>

/* The widest window: what a receiver kept is one bit each in a word. */
#define CUT_LINK_WINDOW_MAX 64

/* What no deadline is. */
#define CUT_LINK_NEVER UINT64_MAX

/* The same at both ends. */
struct cut_link_config {
    cut_time timeout_min; /* 1 or more: longer than most round trips */
    cut_time timeout_max; /* at least timeout_min */
    /* Frames that may be unacknowledged, and that a receiver keeps out of
     * order: a power of two up to CUT_LINK_WINDOW_MAX. */
    uint32_t window;
};

/* Return whether a configuration is within its ranges. One that is not is, in
 * the functions below, the programmer's mistake. */
bool cut_link_config_is_valid(const struct cut_link_config *config);

/* The sending end; its fields may be read. */
struct cut_link_sender {
    cut_time timeout_min;
    cut_time timeout_max;
    cut_time timeout;  /* from now to the next resend, where nothing moves */
    cut_time deadline; /* CUT_LINK_NEVER: nothing is unacknowledged */
    uint64_t oldest;   /* all below are acknowledged */
    uint64_t next;     /* the number of the next frame */
    uint64_t aged;     /* all below were sent timeout_min before deadline */
    uint64_t recovery; /* all below were `aged` at the last time-out */
    uint64_t resent;   /* how often a frame was sent again */
    uint64_t absurd;   /* acknowledgements of what was never sent */
    uint32_t window;
    bool has_hole; /* deadline is of the fast path: it is no time-out */
};

/* Make a sending end; the configuration is borrowed for the call. */
void cut_link_sender_init(struct cut_link_sender *sender,
                          const struct cut_link_config *config);

/* Return whether fewer frames than the window are unacknowledged. */
bool cut_link_sender_has_room(const struct cut_link_sender *sender);

/*
 * Return the number of a frame that is sent now: 0, 1, ... There must be room.
 * The caller keeps the frame until it is acknowledged.
 */
uint64_t cut_link_sender_submit(struct cut_link_sender *sender, cut_time now);

/*
 * Take an acknowledgement: all frames below `next` have arrived.
 *
 *   returns  how many frames, from the oldest on, the caller can forget. An
 *            old acknowledgement changes nothing; one of frames that were
 *            never sent is counted in `absurd` and changes nothing else.
 */
uint32_t cut_link_sender_acknowledged(struct cut_link_sender *sender,
                                      uint64_t next,
                                      cut_time now);

/* Frames to be sent again: `count` of them, from number `first` on. */
struct cut_link_resend {
    uint64_t first;
    uint32_t count; /* 0: nothing is due */
};

/* Return what is to be sent again now, and set the next deadline. */
struct cut_link_resend cut_link_sender_timeout(struct cut_link_sender *sender,
                                               cut_time now);

/* Return when cut_link_sender_timeout has something; CUT_LINK_NEVER: never. */
cut_time cut_link_sender_deadline(const struct cut_link_sender *sender);

/* How a link goes on over a new connection. */
struct cut_link_resumption {
    uint32_t forgotten;            /* so many, the oldest, can be forgotten */
    struct cut_link_resend resend; /* all the others: to be sent now */
};

/*
 * Go on over a new connection, whose other end has all frames below `next`, as
 * it said when it connected. All that are unacknowledged count as sent now, by
 * a fresh timer.
 *
 *   out  written on success.
 *
 * Errors: CUT_PROTOCOL `next` is below what was acknowledged, or beyond what
 *         was sent: the other end is not the one that this link had. Counted in
 *         `absurd`; nothing else has changed.
 */
CUT_MUST_USE enum cut_error
cut_link_sender_reconnected(struct cut_link_sender *sender,
                            uint64_t next,
                            cut_time now,
                            struct cut_link_resumption *out);

/* The receiving end; its fields may be read. */
struct cut_link_receiver {
    uint64_t next;       /* the number that is delivered next */
    uint64_t kept;       /* bit i: frame next + i has come early */
    uint64_t duplicates; /* dropped: they had come before */
    uint64_t absurd;     /* dropped: no sender of this window sends them */
    uint32_t window;
};

/* Make a receiving end; as cut_link_sender_init. */
void cut_link_receiver_init(struct cut_link_receiver *receiver,
                            const struct cut_link_config *config);

/* What becomes of a frame that arrived. */
enum cut_link_fate {
    CUT_LINK_DELIVER, /* the next one: hand it on, then ask ..._next */
    CUT_LINK_KEEP,    /* early: keep it until ..._next names it */
    CUT_LINK_DROP,    /* a duplicate, or beyond the window */
};

/* Take a frame. Whatever its fate, an acknowledgement is to be sent then: the
 * last one may have been lost. */
enum cut_link_fate cut_link_receiver_arrived(struct cut_link_receiver *receiver,
                                             uint64_t sequence);

/*
 * After a DELIVER, and as long as it returns true: return whether a kept frame
 * is the next one now. It counts as delivered then.
 *
 *   sequence  the frame's number; written if true.
 */
bool cut_link_receiver_next(struct cut_link_receiver *receiver,
                            uint64_t *sequence);

/* Return what to acknowledge: the number of the first frame not delivered. */
uint64_t
cut_link_receiver_acknowledgement(const struct cut_link_receiver *receiver);

/*
 * Go on over a new connection: return the number from which on the sender has
 * to send, to be said to it. The old connection must be closed: what it still
 * delivered would be unknown to the sender. Frames that were kept are to be
 * dropped: all of them are sent again.
 */
uint64_t cut_link_receiver_reconnected(struct cut_link_receiver *receiver);

/*
 * The header of a frame as bytes, little end first: of a data frame its
 * number, of an acknowledgement the number below which all arrived. Which of
 * the two it is, is the frame's own to say.
 */
#define CUT_LINK_HEADER_SIZE 8

void cut_link_header_encode(uint64_t number, uint8_t out[CUT_LINK_HEADER_SIZE]);

/* Read a header; every 8 bytes are one. */
uint64_t cut_link_header_decode(const uint8_t in[CUT_LINK_HEADER_SIZE]);

#endif
