/*
 * Tables of logarithms and powers of two, which delaytable.c computes while the
 * library is built.
 */
#ifndef CUT_SIM_DELAY_TABLE_H
#define CUT_SIM_DELAY_TABLE_H

#include <stdint.h>

#define CUT_DELAY_ROWS 256

/* Of c = 1 + i / CUT_DELAY_ROWS. */
struct cut_delay_logarithm {
    uint64_t inverse; /* 1 / c, 63 bits behind the point, rounded up */
    uint64_t ln;      /* of c, 64 bits behind the point */
};

extern const struct cut_delay_logarithm cut_delay_logarithms[CUT_DELAY_ROWS];

/* 2^(i / CUT_DELAY_ROWS), 63 bits behind the point. */
extern const uint64_t cut_delay_powers[CUT_DELAY_ROWS];

/* How many zeros are in front of the first one of a byte's bits. */
extern const unsigned char cut_delay_zeros[256];

#endif
