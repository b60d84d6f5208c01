/*
 * Marker links: markers that travel beside a channel, not in it.
 *
 * A marker in the channel waits behind every message before it. Here each
 * channel has two links, one for messages and one for markers. Each is
 * reliable and FIFO by itself (link.h); between the two any delay is allowed.
 * So that nothing is lost by that, each says how much of the other stands
 * before it:
 *
 *   a message carries  markers_before   markers sent on this channel before it
 *   a marker carries   messages_before  messages sent on it before the marker
 *
 * The k-th marker of a channel is of one snapshot; that is k's only meaning.
 *
 * At the receiving end
 *   - a message is HELD until all markers before it have arrived; messages are
 *     delivered in the order of their link, so what is behind it waits as well;
 *   - a marker acts at once: the process captures, if it has not (to the
 *     engine: REQUEST, one more initiator of the same snapshot);
 *   - a marker CLOSES when all messages before it have arrived (to the engine:
 *     MARKER, with those of them that are not delivered as .waiting).
 *
 * The queues are the caller's: messages that have arrived and are not
 * delivered, with the markers_before of each, and markers that are not closed,
 * with the messages_before of each. Here are counts alone.
 *
 *     message came    cut_merge_message_arrived(&r, markers_before)
 *                     append it to the waiting ones; close; deliver
 *     marker came     cut_merge_marker_arrived(&r, messages_before)
 *                     engine: REQUEST; append it to the unclosed ones; close;
 *                     deliver
 *     close           while cut_merge_close() of the oldest unclosed marker:
 *                     remove it; engine: MARKER with .waiting
 *     deliver         when the process is free, while the oldest waiting one
 *                     cut_merge_may_deliver(): cut_merge_delivered(); remove
 *                     it; engine: MESSAGE
 *
 * CLOSE BEFORE YOU DELIVER, as is written there: an arrival may close and may
 * make deliverable, and what is delivered first would be recorded too much.
 *
 * Why that is a consistent cut, with exact states of the channels. Take a
 * channel from p to q and a snapshot S, whose marker is the k-th here and
 * carries b messages before it. Messages are numbered 1, 2, ... as they go
 * onto the link. p transmits when it captures, with nothing between, so
 *
 *   (1) messages 1 to b went onto the link before p's point, and
 *   (2) later ones carry markers_before >= k: they were sent after p's point,
 *       or waited in p's own queue at that point, were overtaken there by the
 *       marker, and are recorded by p (CUT_ACTION_TRANSMIT).
 *
 * Consistent: a message after b is held until marker k has arrived, and then q
 * has captured: at that arrival, or before. So q delivers it after its point.
 *
 * Exact: the state of the channel is what was sent at or before p's point and
 * is not delivered at q's point. By the paragraph above what p recorded is part
 * of it; the rest are those of 1 to b that q has not delivered at its point.
 * The engine records on this channel from q's capture to the MARKER.
 *   - Each of 1 to b has arrived when marker k closes. If it was delivered
 *     before q's point, it was not recorded; if between point and close, it
 *     was; if it waits at the close, it is among .waiting, since those are
 *     counted up to b and not further. None is held by then: by FIFO each
 *     carries markers_before < k.
 *   - None after b is recorded: it arrives after b, and so when k is closed;
 *     or, if k has not arrived yet, it is held until it has, and then k closes
 *     in the same event, before any delivery.
 * In order: what is delivered comes before what waits, and both come in the
 * order of the link. What p recorded comes after them.
 *
 * Several snapshots: nothing above speaks of another snapshot than S. The
 * messages_before of a channel's markers never fall, so markers close in the
 * order in which they arrived, and a queue holds them. It ends: both links are
 * reliable, so all that b counts arrives, and the marker too.
 *
 * A count is at most one 8-byte number (cut_link_header_encode) on each frame.
 * After a restart begin both ends with new ones.
 *
 * Threads: each end belongs to one thread at a time.
 */
#ifndef CUT_PROTO_MERGE_H
#define CUT_PROTO_MERGE_H

#include <cutline/error.h>
#include <stdbool.h>

/* The sending end of a channel; zero at first: cut_merge_sender_init. */
struct cut_merge_sender {
    uint64_t messages; /* sent on the message link */
    uint64_t markers;  /* sent on the marker link */
};

void cut_merge_sender_init(struct cut_merge_sender *sender);

/*
 * A message goes onto the message link: return its markers_before. To be called
 * when it leaves the sender's queue, not when it is appended to it; or, where
 * no marker is to overtake what waits there, when it is appended, and then the
 * sender records nothing.
 */
uint64_t cut_merge_message_sent(struct cut_merge_sender *sender);

/* A marker goes onto the marker link: return its messages_before. */
uint64_t cut_merge_marker_sent(struct cut_merge_sender *sender);

/* The receiving end of a channel; zero at first: cut_merge_receiver_init. */
struct cut_merge_receiver {
    uint64_t arrived;         /* messages */
    uint64_t delivered;       /* messages, of those */
    uint64_t markers;         /* that arrived */
    uint64_t closed;          /* markers, of those */
    uint64_t markers_before;  /* of the last message that arrived */
    uint64_t messages_before; /* of the last marker that arrived */
};

void cut_merge_receiver_init(struct cut_merge_receiver *receiver);

/*
 * A message came out of the message link.
 *
 * Errors:  CUT_PROTOCOL its number contradicts those before it; nothing has
 *          changed.
 */
CUT_MUST_USE enum cut_error
cut_merge_message_arrived(struct cut_merge_receiver *receiver,
                          uint64_t markers_before);

/* A marker came out of the marker link. Errors: as above. */
CUT_MUST_USE enum cut_error
cut_merge_marker_arrived(struct cut_merge_receiver *receiver,
                         uint64_t messages_before);

/*
 * Close the oldest marker that is not closed, if all messages before it have
 * arrived.
 *
 *   messages_before  what that marker carries.
 *   waiting          how many of the messages before it are not delivered:
 *                    the oldest ones that wait. Written if true.
 */
bool cut_merge_close(struct cut_merge_receiver *receiver,
                     uint64_t messages_before,
                     uint32_t *waiting);

/* Return whether the oldest waiting message, which carries markers_before, may
 * be delivered. All markers that can close are closed. */
bool cut_merge_may_deliver(const struct cut_merge_receiver *receiver,
                           uint64_t markers_before);

/* The oldest waiting message is delivered. */
void cut_merge_delivered(struct cut_merge_receiver *receiver);

#endif
