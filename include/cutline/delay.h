/*
 * Delays: how long messages take, as a distribution that gives the same
 * numbers on every machine; and times as text.
 *
 * A time is written as a number and a unit, ns, us, ms or s: `250us`, `1.5ms`.
 * A number alone is ticks, one tick is 1 ms: `3`.
 *
 * Threads: any.
 */
#ifndef CUTLINE_DELAY_H
#define CUTLINE_DELAY_H

#include <cutline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest time, and the longest delay, in nanoseconds: 146 years. */
#define CUT_TIME_MAX (UINT64_C(1) << 62)

/* The most that ALPHA of a Pareto distribution can be, in millionths. */
#define CUT_DELAY_ALPHA_MAX UINT64_C(1000000000000)

enum cut_delay_kind {
    CUT_DELAY_CONSTANT,    /* .a */
    CUT_DELAY_UNIFORM,     /* .a to .b, each as likely */
    CUT_DELAY_EXPONENTIAL, /* of mean .a */
    CUT_DELAY_PARETO,      /* at least .a; above x with (.a / x) ^ .b */
};

/*
 * A distribution. Times are nanoseconds, at most CUT_TIME_MAX; the exponent
 * of Pareto is in millionths, 1 to CUT_DELAY_ALPHA_MAX.
 */
struct cut_delay {
    enum cut_delay_kind kind;
    uint64_t a;
    uint64_t b;
};

/*
 * Read a distribution.
 *
 *   text   constant:T           always T
 *          uniform:A-B          A to B
 *          exponential:MEAN     many short ones and few long ones
 *          pareto:MIN:ALPHA     few very long ones; the fewer the larger ALPHA,
 *                               a number like 1.5, is: below 2 there is no
 *                               variance, up to 1 no mean
 *   fault  written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID no such distribution.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_delay_parse(const char *text,
                                                       struct cut_delay *out,
                                                       struct cut_fault *fault);

/*
 * Return a delay in nanoseconds, at most CUT_TIME_MAX; what would be longer
 * is that long.
 *
 *   delay   within its ranges, .a at most .b where both are times; else it
 *           traps.
 *   random  64 random bits, which alone decide: half of all delays are as long
 *           as that of 2^63 or longer. Of a uniform delay, more is longer, of
 *           the others, shorter.
 *
 * All is integer arithmetic. A uniform delay is A + u * (B - A + 1), rounded
 * down, where u is random / 2^64. An exponential one differs from -ln(u) * MEAN
 * by less than MEAN * 2^-41, one of Pareto from MIN / u^(1 / ALPHA) by less
 * than its (2^-34 + 2^-41 / ALPHA)th part, before it is rounded to the nearest
 * nanosecond. There, 0 counts as 1.
 */
CUT_PUBLIC uint64_t cut_delay_draw(const struct cut_delay *delay,
                                   uint64_t random);

/*
 * Read a time, in nanoseconds; it must be a whole number of them, at most
 * CUT_TIME_MAX.
 *
 *   fault  written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID no such time.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_time_parse(const char *text, uint64_t *out, struct cut_fault *fault);

/* Bytes of a time as text, with its end. */
#define CUT_TIME_TEXT_SIZE 32

/*
 * Write a time with its unit, the largest one of which there is a whole, and
 * as many decimals as it has: `12.5ms`, `800ns`, `0s`. cut_time_parse reads it
 * back.
 *
 *   returns  out.
 */
CUT_PUBLIC const char *cut_time_format(uint64_t time_ns,
                                       char out[CUT_TIME_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
