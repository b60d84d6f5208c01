/*
 * Bounded channels. A channel holds so many messages, on the link and at the
 * receiver; more wait in the sender's queue, and a process with a full channel
 * has no event until there is room: so the bound is the capacity plus one
 * event's sends.
 */
#ifndef CUT_SIM_BOUNDED_H
#define CUT_SIM_BOUNDED_H

#include "sim/system.h"

CUT_MUST_USE enum cut_error cut_bounded_create(struct cut_sim *sim);
void cut_bounded_destroy(struct cut_sim *sim);

/* A message, or a marker that takes room, goes into its channel. */
CUT_MUST_USE enum cut_error cut_bounded_send(struct cut_sim *sim,
                                             uint32_t packet);

/* A marker overtakes what waits in the sender's queue: that is recorded, as
 * the sender's piece of the channel's state. */
CUT_MUST_USE enum cut_error cut_bounded_overtake(struct cut_sim *sim,
                                                 uint32_t marker);

/* Something has left the channel: there is room. */
CUT_MUST_USE enum cut_error
cut_bounded_left(struct cut_sim *sim, uint32_t source, uint32_t outgoing);

#endif
