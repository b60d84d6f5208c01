/*
 * The random numbers of Go's math/rand (the Go 1 stream): what the delays of
 * the COS 418 simulator are drawn from.
 */
#ifndef CUT_SIM_GORAND_H
#define CUT_SIM_GORAND_H

#include <stdint.h>

#define CUT_GORAND_SIZE 607

struct cut_gorand {
    uint64_t words[CUT_GORAND_SIZE];
    unsigned tap;
    unsigned feed;
};

/* The generator's constants, computed when the library is built (gotable.c). */
extern const uint64_t cut_gorand_table[CUT_GORAND_SIZE];

void cut_gorand_seed(struct cut_gorand *random, int64_t seed);

/* Return the next 64 bits: x[k] = x[k - 607] + x[k - 273]. */
uint64_t cut_gorand_next(struct cut_gorand *random);

/* Return the next number, uniform in 0..n-1, as Intn(n) does; n below 2^31. */
uint32_t cut_gorand_below(struct cut_gorand *random, uint32_t n);

#endif
