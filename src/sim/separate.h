/*
 * Marker links that are separate from the message links (proto/merge.h).
 */
#ifndef CUT_SIM_SEPARATE_H
#define CUT_SIM_SEPARATE_H

#include "sim/system.h"

CUT_MUST_USE enum cut_error cut_separate_create(struct cut_sim *sim);
void cut_separate_destroy(struct cut_sim *sim);

/* A packet goes onto its link: it is given the count of the other one. */
void cut_separate_depart(struct cut_sim *sim, uint32_t index);

/* A packet came out of its link. */
CUT_MUST_USE enum cut_error cut_separate_arrived(struct cut_sim *sim,
                                                 uint32_t packet);

#endif
