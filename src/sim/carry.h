/*
 * Channels, by the schedule of events: what its files do for each other.
 */
#ifndef CUT_SIM_CARRY_H
#define CUT_SIM_CARRY_H

#include "sim/system.h"

/* The number of a channel among all, of up to 2^60. */
uint64_t cut_carry_channel(const struct cut_sim *sim,
                           uint32_t source,
                           uint32_t outgoing);

/* A packet leaves the sender's queue. */
CUT_MUST_USE enum cut_error cut_carry_depart(struct cut_sim *sim,
                                             uint32_t packet);

/* Put a packet on the raw link: it is lost, or arrives after a delay. */
CUT_MUST_USE enum cut_error cut_carry_raw(struct cut_sim *sim, uint32_t packet);

/* A packet is there, in the order of its link. */
CUT_MUST_USE enum cut_error cut_carry_in_order(struct cut_sim *sim,
                                               uint32_t packet);

#endif
