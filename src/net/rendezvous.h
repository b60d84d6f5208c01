/*
 * Where processes on other hosts call their supervisor: a listener, and those
 * who called and have not shown yet who they are.
 *
 * Whoever does not belong costs little: a frame of a handshake is small, a
 * handshake is short, and of callers there are only so many at once, of which
 * the oldest has to go for one more. Each is refused with one line in the log.
 */
#ifndef CUT_NET_RENDEZVOUS_H
#define CUT_NET_RENDEZVOUS_H

#include "net/address.h"

struct cut_supervisor;
struct cut_rendezvous;

/*
 * Listen.
 *
 *   address  of this host; a port of 0 is chosen.
 *   fault    written on failure.
 *
 * Errors: CUT_IO, CUT_INVALID (the keys), CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
cut_rendezvous_open(struct cut_supervisor *supervisor,
                    const struct cut_address *address,
                    struct cut_fault *fault);

/* Return where to call. */
const char *cut_rendezvous_address(const struct cut_rendezvous *rendezvous);

/* Now and then: who called and does not speak is given up. */
void cut_rendezvous_tick(struct cut_rendezvous *rendezvous);

/* Be called no more; NULL is ignored. Its loop has to come round once more. */
void cut_rendezvous_close(struct cut_rendezvous *rendezvous);

#endif
