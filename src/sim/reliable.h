/*
 * The link layer, which makes a raw link reliable and FIFO (proto/link.h).
 */
#ifndef CUT_SIM_RELIABLE_H
#define CUT_SIM_RELIABLE_H

#include "sim/system.h"

CUT_MUST_USE enum cut_error cut_reliable_create(struct cut_sim *sim);
void cut_reliable_destroy(struct cut_sim *sim);

/* Send a packet over its link. */
CUT_MUST_USE enum cut_error cut_reliable_send(struct cut_sim *sim,
                                              uint32_t packet);

/* A frame, or an acknowledgement, came off the raw link. */
CUT_MUST_USE enum cut_error cut_reliable_arrived(struct cut_sim *sim,
                                                 uint32_t packet);

/* Return whether a message of the program is not acknowledged, or waits. */
bool cut_reliable_has_messages(const struct cut_sim *sim);

/* A time-out of a link may have come. */
CUT_MUST_USE enum cut_error cut_reliable_resend(struct cut_sim *sim,
                                                uint32_t link);

#endif
