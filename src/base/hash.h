/*
 * Hashing of words: for tables and digests, not against malice.
 */
#ifndef CUT_BASE_HASH_H
#define CUT_BASE_HASH_H

#include <stdint.h>

/* Mix one more word into a hash, 0 or the result of a mix. Source: Steele, Lea,
 * Flood 2014, mix64. */
static inline uint64_t cut_hash_mix(uint64_t hash, uint64_t word)
{
    uint64_t z = (hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
