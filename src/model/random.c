#include "model/context.h"

#include "base/hash.h"

/*
 * SplitMix64: the state counts up, what is drawn is the count, mixed. Every
 * process goes along the same cycle of 2^64 and begins somewhere of its own.
 *
 * Source: Steele, Lea, Flood 2014.
 */
#define STRIDE UINT64_C(0x9e3779b97f4a7c15)

uint64_t cut_random_seed(int64_t seed, uint32_t process)
{
    return cut_hash_mix(cut_hash_mix(0, (uint64_t)seed), process);
}

uint64_t cut_random_next(uint64_t *state)
{
    uint64_t drawn = cut_hash_mix(*state, 0); /* which adds the stride */

    *state += STRIDE;
    return drawn;
}

/*
 * The numbers below 2^64 fall into groups of `bound`; the last one may be too
 * small, and what is drawn from it is drawn again. Not by a product of 128
 * bits, which would be faster and which not every machine has.
 */
uint64_t cut_random_next_below(uint64_t *state, uint64_t bound)
{
    uint64_t last_whole_group = UINT64_C(0) - bound;
    uint64_t drawn;

    do
        drawn = cut_random_next(state);
    while (drawn - drawn % bound > last_whole_group);
    return drawn % bound;
}
