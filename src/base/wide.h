/*
 * Products of 128 bits.
 */
#ifndef CUT_BASE_WIDE_H
#define CUT_BASE_WIDE_H

#include <stdint.h>

struct cut_wide {
    uint64_t high;
    uint64_t low;
};

/* Multiply, with what every machine has. */
static inline struct cut_wide cut_multiply_by_halves(uint64_t a, uint64_t b)
{
    uint64_t a_low = a & UINT32_MAX;
    uint64_t b_low = b & UINT32_MAX;
    uint64_t low = a_low * b_low;
    uint64_t middle = (a >> 32) * b_low + (low >> 32);
    uint64_t other = a_low * (b >> 32) + (middle & UINT32_MAX);

    return (struct cut_wide){
        .high = (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32),
        .low = other << 32 | (low & UINT32_MAX),
    };
}

/* Multiply; the result is the same on every machine. */
static inline struct cut_wide cut_multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (struct cut_wide){(uint64_t)(product >> 64), (uint64_t)product};
#else
    return cut_multiply_by_halves(a, b);
#endif
}

/* Return the upper 64 bits of a product: for a fraction b of 64 bits, a * b. */
static inline uint64_t cut_multiply_high(uint64_t a, uint64_t b)
{
    return cut_multiply(a, b).high;
}

#endif
