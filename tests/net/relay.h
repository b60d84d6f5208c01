/*
 * A network in user space that does harm: it stands between processes that call
 * each other, and hands on what they say, late, garbled, or not at all.
 *
 * A relay has a thread of its own. Of each connection it is decided when it is
 * made what is to become of it, and when; a seed says what, not the moment, for
 * that depends on the processes.
 */
#ifndef TESTS_NET_RELAY_H
#define TESTS_NET_RELAY_H

#include <stdbool.h>
#include <stdint.h>

/* What can become of a connection. */
enum relay_harm {
    RELAY_NONE,
    RELAY_STALL,     /* it stands still, again and again */
    RELAY_DELAY,     /* all that is said comes late, in small pieces */
    RELAY_CUT,       /* it is closed, after so many bytes */
    RELAY_GARBLE,    /* one bit of what is said is another */
    RELAY_HALF_OPEN, /* nothing comes any more, and nobody is told */
    RELAY_REFUSE,    /* it is closed at once */
    RELAY_HARMS,
};

struct relay;

struct relay_config {
    uint64_t seed;
    bool does[RELAY_HARMS]; /* which harm is done; others are not */
    unsigned percent;       /* of the connections */
    uint64_t bytes_max;     /* harm comes after at most so many bytes */
    uint64_t harm_ns;       /* and only for so long; then all is well */
};

/* How often harm was done. */
struct relay_figures {
    uint64_t connections;
    uint64_t done[RELAY_HARMS];
};

/* Make one; NULL: the system refuses. */
struct relay *relay_create(const struct relay_config *config);

/* Return where to call so as to be handed on to `address`: "tcp:127.0.0.1:N".
 * Borrowed until the next call. NULL: the system refuses. */
const char *relay_route(struct relay *relay, const char *address);

struct relay_figures relay_figures(struct relay *relay);

void relay_destroy(struct relay *relay);

#endif
