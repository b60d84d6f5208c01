/*
 * A system of real engines, of any algorithm, on a network that does as its
 * algorithm allows: channels keep the order of messages or do not, control
 * frames overtake each other, messages wait at either end of a channel, clocks
 * differ. Who does what next is drawn at random.
 *
 * The network judges by the definition of a channel's state alone, from its
 * own positions and its own captures; it shares nothing with the engines.
 */
#ifndef TESTS_NETWORK_H
#define TESTS_NETWORK_H

#include <cutline/engine.h>

#define NETWORK_PROCESSES 7
#define NETWORK_CHANNELS 24
#define NETWORK_SNAPSHOTS 6
#define NETWORK_MESSAGES 64 /* on one channel, in one run */

/* How a system is made and driven; what is 0 is not. */
struct network_plan {
    const char *algorithm;
    uint64_t seed;
    bool reorders;          /* channels change the order of messages */
    bool reorders_control;  /* control frames overtake each other */
    bool aborts;            /* snapshots are given up, now and then */
    bool is_heavy;          /* many messages are on their way at once */
    bool overtakes;         /* markers overtake what waits at both ends */
    uint32_t clock_spread;  /* the largest difference of two clocks */
    uint32_t clock_bound;   /* what the engines are told */
    uint32_t process_count; /* 0: drawn, 2 to NETWORK_PROCESSES */
};

struct network_result {
    const char *wrong; /* what was wrong, first; NULL: nothing */
    unsigned complete; /* snapshots that were judged */
    unsigned recorded; /* messages in them */
    unsigned controls; /* control frames that were sent */
    unsigned sent;     /* messages */
};

/* Make a system, run it until nothing is left to do, and judge it. */
struct network_result network_run(const struct network_plan *plan);

#endif
