/*
 * Drawing delays: the inverse of each distribution function, in integers.
 *
 * "Q6.58" is a number with 58 bits behind the point and 6 before it.
 */
#include <cutline/delay.h>

#include "base/trap.h"
#include "base/wide.h"
#include "sim/delay_table.h"

/* Constants, Q0.64. */
#define HALF (UINT64_C(1) << 63)
#define THIRD (UINT64_MAX / 3)
#define SIXTH (UINT64_MAX / 6)
/* 10^6 / ln(2), Q21.43. */
#define MILLION_BY_LN_2 UINT64_C(0xb01c3853bd97c4d0)
#define LN_2 UINT64_C(0xb17217f7d1cf79ab)

/*
 * ln(x) for 1 <= x < 2, Q1.63, as Q0.64, less than 2^-42 below it: that of the
 * row below x from the table, and of what is left, 1 + t with t < 1/256, by
 * t - t^2/2 + t^3/3 - t^4/4.
 */
static uint64_t ln_of(uint64_t x)
{
    const struct cut_delay_logarithm *row =
        &cut_delay_logarithms[x >> 55 & (CUT_DELAY_ROWS - 1)];
    /* The inverse is rounded up, so the product is 1 at least. */
    uint64_t t = cut_multiply_high(x, row->inverse) << 2;
    uint64_t square = cut_multiply_high(t, t);
    uint64_t sum = HALF - cut_multiply_high(t, THIRD) + square / 4;

    return row->ln + t - cut_multiply_high(square, sum);
}

/*
 * -ln(random / 2^64), Q6.58: at least 0, at most 64 ln 2.
 *
 * Zeros are counted by a table: the instruction for it waits, on x86-64, for
 * whoever wrote its register last, which makes it twice as slow in a loop.
 */
static uint64_t minus_ln(uint64_t random)
{
    uint64_t u = random | (random == 0);
    unsigned zeros = 1;

    for (; u >> 56 == 0; u <<= 8)
        zeros += 8;
    unsigned more = cut_delay_zeros[u >> 56];
    return (zeros + more) * (LN_2 >> 6) - (ln_of(u << more) >> 6);
}

/*
 * 2^x for x < 1, Q0.64, as Q1.63, less than its 2^-38th part below it: that of
 * the row below x from the table, and of what is left, e^z with z < 1/369, by
 * 1 + z + z^2/2 + z^3/6.
 */
static uint64_t power_of(uint64_t x)
{
    uint64_t row = cut_delay_powers[x >> 56];
    uint64_t z = cut_multiply_high(x & ((UINT64_C(1) << 56) - 1), LN_2);
    uint64_t square = cut_multiply_high(z, z);
    uint64_t sum = HALF + cut_multiply_high(z, SIXTH);

    return row + cut_multiply_high(row, z + cut_multiply_high(square, sum));
}

/* product / 2^shift, rounded, at most CUT_TIME_MAX; shift is 2 to 63. */
static uint64_t scale(struct cut_wide product, unsigned shift)
{
    if (product.high >> (shift - 2) != 0)
        return CUT_TIME_MAX;
    return (product.high << (64 - shift) | product.low >> shift) +
           (product.low >> (shift - 1) & 1);
}

static uint64_t draw_exponential(uint64_t mean, uint64_t random)
{
    return scale(cut_multiply(mean, minus_ln(random)), 58);
}

/* MIN * 2^y where y = -log2(random / 2^64) / ALPHA. */
static uint64_t draw_pareto(uint64_t min, uint64_t alpha, uint64_t random)
{
    uint64_t factor = MILLION_BY_LN_2 / alpha;                  /* Q21.43 */
    struct cut_wide y = cut_multiply(minus_ln(random), factor); /* Q27.101 */
    uint64_t whole = y.high >> 37;

    if (whole >= 62)
        return min > 0 ? CUT_TIME_MAX : 0;
    uint64_t power = power_of(y.high << 27 | y.low >> 37);
    return scale(cut_multiply(min, power), 63 - (unsigned)whole);
}

uint64_t cut_delay_draw(const struct cut_delay *delay, uint64_t random)
{
    CUT_ASSERT(delay->a <= CUT_TIME_MAX);
    switch (delay->kind) {
    case CUT_DELAY_CONSTANT:
        return delay->a;
    case CUT_DELAY_UNIFORM:
        CUT_ASSERT(delay->a <= delay->b && delay->b <= CUT_TIME_MAX);
        return delay->a + cut_multiply_high(random, delay->b - delay->a + 1);
    case CUT_DELAY_EXPONENTIAL:
        return draw_exponential(delay->a, random);
    case CUT_DELAY_PARETO:
        CUT_ASSERT(delay->b > 0 && delay->b <= CUT_DELAY_ALPHA_MAX);
        return draw_pareto(delay->a, delay->b, random);
    }
    __builtin_trap(); /* no such kind */
}
