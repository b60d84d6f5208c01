/*
 * Credit: flow control of a channel, from program to program.
 *
 * The receiver reports what its program has been delivered, and the sender lets
 * no more be outstanding, sent and not reported as delivered, than the channel
 * may hold:
 *
 *     sending      if (cut_credit_sender_may_send(&s))
 *                      put a message on the link, then
 *                      cut_credit_sender_sent(&s, size)
 *     report came  cut_credit_sender_reported(&s, report), and try again
 *
 *     link gave    cut_credit_receiver_arrived(&r, size): queue it
 *     program took cut_credit_receiver_delivered(&r, size)
 *     then         if (cut_credit_receiver_wants_report(&r))
 *                      send cut_credit_receiver_report(&r)
 *     reconnected  cut_credit_receiver_reconnected(&r), and ask again
 *
 * All counts are of what has been, ever: a report that is lost is made up for
 * by the next one, and one that comes twice or late says nothing new.
 *
 * Memory. Say R <= D <= A <= S for the messages that are reported (as the
 * sender knows), delivered, arrived and sent. A message is sent while
 * S - R < messages_max, so at all times A - D <= S - R <= messages_max. For
 * bytes likewise: one is sent while less than bytes_max is outstanding, so at
 * most bytes_max - 1 and one message more are. The receiver checks that, and
 * refuses what no correct sender sends: its memory does not depend on its peer.
 *
 * Why the size of the message that is to be sent does not count: if it had to
 * fit, a sender could wait for more bytes than it takes the receiver to report.
 * So a message larger than bytes_max needs no rule of its own either; as any
 * other it passes while less than bytes_max is outstanding.
 *
 * Nothing stalls. Say Q for what the last report said, or for 0 if there was
 * none since the connection was made. The receiver wants to report when D - Q
 * is a quarter of messages_max or more (rounded up, so 1 at least and at most
 * messages_max), or likewise for bytes, or when there was no report since the
 * connection was made. A connection loses nothing but by breaking, so when
 * nothing is under way and no report is wanted:
 *
 *     all that was sent is delivered or queued, and R = Q, and
 *     D - Q is less than a quarter of messages_max, and of bytes_max.
 *
 * If the program takes what is queued then, S = D: less than a quarter is
 * outstanding, and the sender may send. A program that takes does not let its
 * channel stall, however reports are lost.
 *
 * Threads: each end belongs to one thread at a time.
 */
#ifndef CUT_PROTO_CREDIT_H
#define CUT_PROTO_CREDIT_H

#include <cutline/error.h>

#include <stdbool.h>

/* The same at both ends. Each is 1 or more. */
struct cut_credit_config {
    uint64_t messages_max; /* outstanding */
    uint64_t bytes_max;    /* outstanding, before one message more */
};

/* So much, ever. */
struct cut_credit_count {
    uint64_t messages;
    uint64_t bytes;
};

/* The sending end; its fields may be read. */
struct cut_credit_sender {
    struct cut_credit_config config;
    struct cut_credit_count sent;
    struct cut_credit_count delivered; /* as reported */
    uint64_t absurd;                   /* reports that no receiver makes */
};

/* Make a sending end; the configuration is borrowed for the call, and a zero in
 * it is the programmer's mistake. */
void cut_credit_sender_init(struct cut_credit_sender *sender,
                            const struct cut_credit_config *config);

/* Return whether a message, of whatever size, may be put on the link. */
bool cut_credit_sender_may_send(const struct cut_credit_sender *sender);

/* A message of so many bytes was put on the link; it must have been allowed. */
void cut_credit_sender_sent(struct cut_credit_sender *sender, uint64_t size);

/*
 * Take a report: so much has been delivered. An old one changes nothing; one
 * of more than was sent, or in which messages and bytes do not go together, is
 * counted in `absurd` and changes nothing else.
 */
void cut_credit_sender_reported(struct cut_credit_sender *sender,
                                struct cut_credit_count delivered);

/* The receiving end; its fields may be read. */
struct cut_credit_receiver {
    struct cut_credit_config config;
    struct cut_credit_count arrived;
    struct cut_credit_count delivered;
    struct cut_credit_count reported; /* last, on whatever connection */
    bool is_due; /* no report was made since the connection was */
};

/* Make a receiving end; as cut_credit_sender_init. */
void cut_credit_receiver_init(struct cut_credit_receiver *receiver,
                              const struct cut_credit_config *config);

/*
 * A message of so many bytes has come, in the order in which it was sent, and
 * is to be queued for the program.
 *
 * Errors: CUT_PROTOCOL the sender had no credit for it; nothing has changed.
 */
CUT_MUST_USE enum cut_error
cut_credit_receiver_arrived(struct cut_credit_receiver *receiver,
                            uint64_t size);

/* The program was handed the oldest message that waits, of so many bytes. */
void cut_credit_receiver_delivered(struct cut_credit_receiver *receiver,
                                   uint64_t size);

/* Return whether a report is to be sent now. More often does no harm. */
bool cut_credit_receiver_wants_report(
    const struct cut_credit_receiver *receiver);

/* Return what to report; it counts as sent now. */
struct cut_credit_count
cut_credit_receiver_report(struct cut_credit_receiver *receiver);

/* There is a new connection: the last reports may be lost, so one is wanted. */
void cut_credit_receiver_reconnected(struct cut_credit_receiver *receiver);

#endif
