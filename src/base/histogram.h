/*
 * A histogram of durations or sizes: percentiles to one part in 128, in memory
 * that does not grow with the number of values or with their range.
 *
 * Values below 128 have a bucket each. From there on each power of two is cut
 * into 128 buckets of the same width (log-linear), so a bucket is never wider
 * than a 128th of its least value. Count, sum, least and largest are exact.
 *
 * Threads: a histogram belongs to one thread at a time. One a thread, merged
 * in the end, gives the same as one for all.
 * Source:  Tene, HdrHistogram, for the buckets.
 */
#ifndef CUT_BASE_HISTOGRAM_H
#define CUT_BASE_HISTOGRAM_H

#include "base/wide.h"

#include <stdbool.h>

/* Values of so many bits have a bucket each. */
#define CUT_HISTOGRAM_BITS 7
/* The first, of small values, and one for each greater power of two. */
#define CUT_HISTOGRAM_ROWS (64 - CUT_HISTOGRAM_BITS + 1)
#define CUT_HISTOGRAM_BUCKETS (CUT_HISTOGRAM_ROWS << CUT_HISTOGRAM_BITS)

/* What is all: percentiles are in parts of 100,000. */
#define CUT_HISTOGRAM_WHOLE 100000
#define CUT_HISTOGRAM_P50 50000
#define CUT_HISTOGRAM_P90 90000
#define CUT_HISTOGRAM_P99 99000
#define CUT_HISTOGRAM_P99_9 99900

/* 58 KiB, so not for the stack; its fields may be read. */
struct cut_histogram {
    uint64_t count;
    uint64_t min; /* UINT64_MAX: there is no value */
    uint64_t max; /* 0: there is no value, or it is 0 */
    struct cut_wide sum;
    uint64_t buckets[CUT_HISTOGRAM_BUCKETS];
};

/* Make an empty one. */
void cut_histogram_init(struct cut_histogram *histogram);

void cut_histogram_add(struct cut_histogram *histogram, uint64_t value);

/* Add the values of another one; it stays as it is. */
void cut_histogram_merge(struct cut_histogram *histogram,
                         const struct cut_histogram *other);

/*
 * Return a value v that as many parts of 100,000 of the values are at most:
 * exactly, the r-th least one with r = max(1, count * parts / 100,000, rounded
 * up), or more than that by up to a 128th of it; never more than the largest.
 *
 *   parts    up to CUT_HISTOGRAM_WHOLE.
 *   returns  0 where there is no value.
 */
uint64_t cut_histogram_percentile(const struct cut_histogram *histogram,
                                  uint32_t parts);

/* Return the sum through the count, rounded down; 0 where there is no value. */
uint64_t cut_histogram_mean(const struct cut_histogram *histogram);

#endif
