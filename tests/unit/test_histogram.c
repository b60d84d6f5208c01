/*
 * Histograms against the same values, sorted.
 */
#include "base/histogram.h"

#include "check.h"

#include <stdlib.h>

#define VALUES_MAX 5000

/* Too large for the stack. */
static struct cut_histogram one;
static struct cut_histogram other;
static uint64_t values[VALUES_MAX];

static uint64_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *random >> 32 | *random << 32;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* The r-th least of the sorted values, r = count * parts / whole, rounded up:
 * the products are small here. */
static uint64_t exact(size_t count, uint32_t parts)
{
    uint64_t rank =
        (count * parts + CUT_HISTOGRAM_WHOLE - 1) / CUT_HISTOGRAM_WHOLE;

    return values[rank > 0 ? rank - 1 : 0];
}

static bool check_percentile(size_t count, uint32_t parts)
{
    uint64_t right = exact(count, parts);
    uint64_t found = cut_histogram_percentile(&one, parts);

    return CHECK(found >= right) && CHECK(found - right <= right / 128) &&
           CHECK(found <= one.max);
}

/* Sort, then compare; of the sum, both words are added up by halves. */
static bool check_all(size_t count)
{
    static const uint32_t parts[] = {0,
                                     1,
                                     500,
                                     CUT_HISTOGRAM_P50,
                                     CUT_HISTOGRAM_P90,
                                     CUT_HISTOGRAM_P99,
                                     CUT_HISTOGRAM_P99_9,
                                     99999,
                                     CUT_HISTOGRAM_WHOLE};
    uint64_t low = 0, high = 0;
    bool holds = true;

    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i < count; i++) {
        low += values[i] & UINT32_MAX;
        high += values[i] >> 32;
    }
    high += low >> 32;
    CHECK_EQ(one.sum.low, high << 32 | (low & UINT32_MAX));
    CHECK_EQ(one.sum.high, high >> 32);
    CHECK_EQ(one.count, count);
    CHECK_EQ(one.min, values[0]);
    CHECK_EQ(one.max, values[count - 1]);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        holds = check_percentile(count, parts[i]) && holds;
    CHECK_EQ(cut_histogram_percentile(&one, CUT_HISTOGRAM_WHOLE), one.max);
    return holds;
}

static void test_an_empty_one_has_no_values(void)
{
    cut_histogram_init(&one);
    CHECK_EQ(one.count, 0);
    CHECK_EQ(one.min, UINT64_MAX);
    CHECK_EQ(one.max, 0);
    CHECK_EQ(cut_histogram_percentile(&one, CUT_HISTOGRAM_P99), 0);
    CHECK_EQ(cut_histogram_mean(&one), 0);
}

/* Small values, and small multiples of powers of two, have buckets of their
 * own; so have neighbours at each border. */
static void test_values_at_borders(void)
{
    for (unsigned bit = 0; bit < 64; bit++)
        for (int off = -1; off <= 1; off++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)off;
            cut_histogram_init(&one);
            cut_histogram_add(&one, value);
            cut_histogram_add(&one, UINT64_MAX);
            uint64_t found = cut_histogram_percentile(&one, CUT_HISTOGRAM_P50);
            CHECK(found >= value);
            CHECK(found - value <= value / 128);
            if (value < 256)
                CHECK_EQ(found, value);
        }
}

static void test_small_values_are_exact(void)
{
    cut_histogram_init(&one);
    for (uint64_t value = 1; value <= 200; value++)
        cut_histogram_add(&one, value);
    for (uint32_t percent = 1; percent <= 100; percent++)
        CHECK_EQ(cut_histogram_percentile(&one, percent * 1000), percent * 2);
    CHECK_EQ(cut_histogram_percentile(&one, 0), 1);
    CHECK_EQ(cut_histogram_mean(&one), 100);
}

/* Values of all sizes: up to a random number of bits, some of them often. */
static void test_percentiles_against_sorting(void)
{
    uint64_t random = 1;

    for (unsigned run = 0; run < 400; run++) {
        size_t count = 1 + draw(&random) % (run < 200 ? 20 : VALUES_MAX);
        unsigned shift = (unsigned)(draw(&random) % 64);
        cut_histogram_init(&one);
        for (size_t i = 0; i < count; i++) {
            unsigned more = (unsigned)(draw(&random) % (64 - shift));
            values[i] = draw(&random) >> shift >> more;
            cut_histogram_add(&one, values[i]);
        }
        if (!check_all(count))
            return;
    }
}

static void test_merged_is_as_one(void)
{
    uint64_t random = 7;
    size_t count = 3000;

    cut_histogram_init(&one);
    cut_histogram_init(&other);
    cut_histogram_merge(&one, &other); /* nothing and nothing */
    CHECK_EQ(one.min, UINT64_MAX);
    for (size_t i = 0; i < count; i++) {
        values[i] = draw(&random) >> (i % 60);
        cut_histogram_add(i % 3 == 0 ? &other : &one, values[i]);
    }
    cut_histogram_merge(&one, &other);
    CHECK(check_all(count));
    CHECK_EQ(other.count, 1000);

    /* The least and the largest are of either. */
    cut_histogram_init(&one);
    cut_histogram_init(&other);
    cut_histogram_add(&one, 50);
    cut_histogram_add(&other, 5);
    cut_histogram_add(&other, 500);
    cut_histogram_merge(&one, &other);
    CHECK_EQ(one.min, 5);
    CHECK_EQ(one.max, 500);
}

/* The sum has more than 64 bits, and the rest of the division up to 64. */
static void test_means(void)
{
    cut_histogram_init(&one);
    for (int i = 0; i < 5; i++)
        cut_histogram_add(&one, UINT64_MAX);
    CHECK_EQ(cut_histogram_mean(&one), UINT64_MAX);
    cut_histogram_add(&one, 0);
    CHECK_EQ(one.sum.high, 4);
    CHECK_EQ(cut_histogram_mean(&one), UINT64_MAX / 6 * 5 + 2);

    cut_histogram_init(&one);
    one.count = UINT64_MAX - 1;
    one.sum = (struct cut_wide){.high = UINT64_MAX - 2, .low = UINT64_MAX};
    CHECK_EQ(cut_histogram_mean(&one), UINT64_MAX);
    one.sum = (struct cut_wide){.high = 0, .low = UINT64_MAX};
    CHECK_EQ(cut_histogram_mean(&one), 1);
}

/* As many values as the counts can tell of: the rank does not overflow. */
static void test_ranks_of_large_counts(void)
{
    cut_histogram_init(&one);
    cut_histogram_add(&one, 1);
    cut_histogram_add(&one, 2);
    one.buckets[1] = UINT64_C(1) << 63;
    one.buckets[2] = (UINT64_C(1) << 63) - 1;
    one.count = UINT64_MAX;
    CHECK_EQ(cut_histogram_percentile(&one, 50000), 1);
    CHECK_EQ(cut_histogram_percentile(&one, 50001), 2);
    CHECK_EQ(cut_histogram_percentile(&one, CUT_HISTOGRAM_WHOLE), 2);
}

int main(void)
{
    RUN(test_an_empty_one_has_no_values);
    RUN(test_values_at_borders);
    RUN(test_small_values_are_exact);
    RUN(test_percentiles_against_sorting);
    RUN(test_merged_is_as_one);
    RUN(test_means);
    RUN(test_ranks_of_large_counts);
    return check_end();
}
