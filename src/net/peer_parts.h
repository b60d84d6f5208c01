/*
 * What the files of a neighbour share: peer.c, its life and its connections;
 * peer_send.c and peer_receive.c, what goes and what comes.
 */
#ifndef CUT_NET_PEER_PARTS_H
#define CUT_NET_PEER_PARTS_H

#include "net/worker_state.h"

/* Frames that come before they are acknowledged, if nothing is sent back that
 * could say so; and how much of the window that may be. */
#define UNACKNOWLEDGED_MAX (CUT_LINK_WINDOW_MAX / 4)

static inline const char *cut_peer_name(const struct cut_peer *peer)
{
    return peer->worker->config->names[peer->process];
}

/* peer_send.c */

/* Return the bytes of its connection that have been written. */
uint64_t cut_peer_written(const struct cut_peer *peer);
/* Queue a packet of the link on the connection that there is. */
void cut_peer_queue_packet(struct cut_peer *peer, uint64_t number);
/* There is something to be sent, before the loop waits. */
void cut_peer_mark_unflushed(struct cut_peer *peer);
/* What waits leaves, as credit and packets allow. */
void cut_peer_drain(struct cut_peer *peer);
/* Give the memory of a packet back. */
void cut_peer_release_packet(struct cut_packet_buffer *packet);
/* Forget what waits. */
void cut_peer_forget_queue(struct cut_peer *peer);
/* Say how far the link and the channel are, if nothing else says so. */
void cut_peer_queue_credit(struct cut_peer *peer);
bool cut_peer_wants_credit(const struct cut_peer *peer);

/* peer_receive.c */

void cut_peer_disconnect(struct cut_peer *peer);
/* Frames of the link have arrived: from the oldest on, so many. */
void cut_peer_forget_frames(struct cut_peer *peer,
                            uint64_t first,
                            uint32_t count);

#endif
