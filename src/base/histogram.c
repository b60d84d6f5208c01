/*
 * Buckets by rows of 128. A value whose highest bit is bit b, at least 7, is in
 * row b - 6, in the column of the 7 bits below it: its 8 highest bits, counted
 * on from there, are the index. Small values are row 0.
 */
#include "base/histogram.h"

#include "base/trap.h"

#include <string.h>

#define COLUMNS (UINT32_C(1) << CUT_HISTOGRAM_BITS)

void cut_histogram_init(struct cut_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
    histogram->min = UINT64_MAX;
}

static uint32_t bucket_of(uint64_t value)
{
    if (value < COLUMNS)
        return (uint32_t)value;
    uint32_t shift = 63 - CUT_HISTOGRAM_BITS - (uint32_t)__builtin_clzll(value);
    return shift * COLUMNS + (uint32_t)(value >> shift);
}

/* The largest value in a bucket. */
static uint64_t end_of(uint32_t bucket)
{
    if (bucket < COLUMNS)
        return bucket;
    uint32_t shift = bucket / COLUMNS - 1;
    uint64_t least = (uint64_t)(COLUMNS + bucket % COLUMNS) << shift;
    return least + ((UINT64_C(1) << shift) - 1);
}

static struct cut_wide sum_of(struct cut_wide a, struct cut_wide b)
{
    uint64_t low = a.low + b.low;

    return (struct cut_wide){
        .high = a.high + b.high + (low < a.low),
        .low = low,
    };
}

void cut_histogram_add(struct cut_histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum = sum_of(histogram->sum, (struct cut_wide){.low = value});
    if (value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->buckets[bucket_of(value)]++;
}

void cut_histogram_merge(struct cut_histogram *histogram,
                         const struct cut_histogram *other)
{
    histogram->count += other->count;
    histogram->sum = sum_of(histogram->sum, other->sum);
    if (other->min < histogram->min)
        histogram->min = other->min;
    if (other->max > histogram->max)
        histogram->max = other->max;
    for (uint32_t i = 0; i < CUT_HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

/* count * parts / whole, rounded up, without a product that could overflow. */
static uint64_t rank_of(uint64_t count, uint64_t parts)
{
    uint64_t whole = CUT_HISTOGRAM_WHOLE;
    uint64_t rest = count % whole * parts;

    return count / whole * parts + rest / whole + (rest % whole > 0);
}

uint64_t cut_histogram_percentile(const struct cut_histogram *histogram,
                                  uint32_t parts)
{
    CUT_ASSERT(parts <= CUT_HISTOGRAM_WHOLE);
    if (histogram->count == 0)
        return 0;
    uint64_t rank = rank_of(histogram->count, parts);
    uint64_t below = histogram->buckets[0];
    uint32_t bucket = 0;
    while (below < rank || below == 0)
        below += histogram->buckets[++bucket];
    uint64_t end = end_of(bucket);
    return end < histogram->max ? end : histogram->max;
}

/* Long division, a bit at a time: the quotient of 128 bits by 64 has no name
 * in C. The rest is below the count, and so may be its highest bit. */
uint64_t cut_histogram_mean(const struct cut_histogram *histogram)
{
    uint64_t mean = 0;
    uint64_t rest = histogram->sum.high;

    if (histogram->count == 0)
        return 0;
    for (int bit = 63; bit >= 0; bit--) {
        bool overflows = rest >> 63 != 0;
        rest = rest << 1 | (histogram->sum.low >> bit & 1);
        if (overflows || rest >= histogram->count) {
            rest -= histogram->count;
            mean |= UINT64_C(1) << bit;
        }
    }
    return mean;
}
