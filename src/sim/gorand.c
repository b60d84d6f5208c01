#include "sim/gorand.h"

#define TAP_DISTANCE 273
#define SMALL_MODULUS 0x7fffffff
#define SMALL_SEED_FOR_ZERO 89482311

/* One step of the small generator that fills the large one. */
static uint64_t small_step(uint64_t s)
{
    return s * 48271 % SMALL_MODULUS;
}

void cut_gorand_seed(struct cut_gorand *random, int64_t seed)
{
    int64_t remainder = seed % SMALL_MODULUS;
    uint64_t s =
        (uint64_t)(remainder < 0 ? remainder + SMALL_MODULUS : remainder);

    if (s == 0)
        s = SMALL_SEED_FOR_ZERO;
    for (unsigned i = 0; i < 20; i++)
        s = small_step(s);
    for (unsigned i = 0; i < CUT_GORAND_SIZE; i++) {
        uint64_t a = small_step(s);
        uint64_t b = small_step(a);
        s = small_step(b);
        random->words[i] = a << 40 ^ b << 20 ^ s ^ cut_gorand_table[i];
    }
    random->tap = 0;
    random->feed = CUT_GORAND_SIZE - TAP_DISTANCE;
}

static unsigned step_down(unsigned index)
{
    return (index > 0 ? index : CUT_GORAND_SIZE) - 1;
}

uint64_t cut_gorand_next(struct cut_gorand *random)
{
    random->tap = step_down(random->tap);
    random->feed = step_down(random->feed);
    return random->words[random->feed] += random->words[random->tap];
}

static uint32_t next_31_bits(struct cut_gorand *random)
{
    return (uint32_t)(cut_gorand_next(random) >> 32) & 0x7fffffff;
}

uint32_t cut_gorand_below(struct cut_gorand *random, uint32_t n)
{
    uint32_t value = next_31_bits(random);

    if ((n & (n - 1)) == 0)
        return value & (n - 1);
    uint32_t largest = 0x7fffffff - 0x80000000 % n;
    while (value > largest)
        value = next_31_bits(random);
    return value % n;
}
