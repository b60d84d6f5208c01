/*
 * A random run: topology, program, network and snapshots follow from an
 * algorithm, a kind of channels and a seed, and all that happens is judged by a
 * witness (witness.h) and by cut_judge, who have to agree.
 */
#ifndef TESTS_RANDOM_RUN_H
#define TESTS_RANDOM_RUN_H

#include "witness.h"

/* What the channels are. */
enum channels {
    CHANNELS_FIFO,
    CHANNELS_REORDERING,
    CHANNELS_RELIABLE,   /* they lose, double, reorder, under the link layer */
    CHANNELS_OVERTAKING, /* bounded; markers overtake */
    CHANNELS_QUEUEING,   /* bounded; markers wait their turn */
    CHANNELS_SEPARATE,   /* markers have links of their own */
    CHANNELS_SKEWED,     /* clocks differ, by less than is said */
    CHANNELS_VIEWS,      /* processes join, leave and crash */
    CHANNELS_RAW,        /* they lose and double, and nothing is done for it */
    CHANNELS_LIES,       /* clocks differ by more than is said */
    CHANNELS_COUNT,
};

extern const char *const channels_names[CHANNELS_COUNT];

/* What is to be expected of an algorithm with such channels. */
enum outlook {
    OUTLOOK_NONE,  /* they do not go together */
    OUTLOOK_RIGHT, /* all that is complete is consistent, and all ends */
    OUTLOOK_SAFE,  /* all that is complete is consistent */
    OUTLOOK_WRONG, /* of many runs some are found wrong */
    OUTLOOK_ANY,
};

enum outlook random_run_outlook(const struct cut_algorithm *algorithm,
                                enum channels channels);

/* What became of a run. */
struct random_result {
    unsigned complete;
    unsigned aborted;
    unsigned open;
    unsigned wrong;
    uint64_t recorded;
    char failure[512]; /* what must not be; empty: nothing */
};

/* Run and judge. verbose: tell what is done and seen. */
void random_run(const struct cut_algorithm *algorithm,
                enum channels channels,
                uint64_t seed,
                bool verbose,
                struct witness *witness,
                struct random_result *out);

#endif
