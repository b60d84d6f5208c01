/*
 * Making connections: a listener, and whoever calls. Of two neighbours the one
 * with the larger index calls, again and again with a pause that grows, until
 * there is a connection whose handshake has been passed.
 */
#ifndef CUT_NET_DIAL_H
#define CUT_NET_DIAL_H

#include "net/address.h"
#include "net/peer.h"

/* A connection that is being made to a peer. */
struct cut_dial;

/* The place where a worker is called. */
struct cut_listener;

/*
 * Listen at the place of the configuration.
 *
 *   address  where to call.
 *   fault    written on failure.
 *
 * Errors:  CUT_INVALID no such place; CUT_IO; CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_listener_open(struct cut_worker *worker,
                                              char address[CUT_ADDRESS_SIZE],
                                              struct cut_fault *fault);

/* Now and then: who called and does not speak is given up. */
void cut_listener_tick(struct cut_worker *worker, uint64_t now_ns);

/* Be called no more. */
void cut_listener_close(struct cut_worker *worker);

/* There is no connection with a peer: it is to be called, if one calls. */
void cut_dial_due(struct cut_peer *peer);

/* Now and then: call, or give a call up that takes too long. */
void cut_dial_tick(struct cut_peer *peer, uint64_t now_ns);

/* Give a call up; NULL is ignored. */
void cut_dial_cancel(struct cut_dial *dial);

#endif
