/*
 * Delays against the exact distributions, and times and delays as text.
 */
#include "base/wide.h"
#include "check.h"

#include <cutline/delay.h>
#include <math.h>

/* SplitMix64, to try all sizes of numbers. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Of which many are near 0 and many near 2^64; never 0. */
static uint64_t next_of_any_size(uint64_t *state)
{
    uint64_t bits = next(state);
    uint64_t small = bits >> (next(state) % 64);

    switch (next(state) % 3) {
    case 0:
        return bits | 1;
    case 1:
        return small | 1;
    default:
        return ~small | 1;
    }
}

static void test_products(void)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     UINT32_MAX,
                                     UINT64_C(1) << 32,
                                     UINT64_C(1) << 63,
                                     UINT64_MAX - 1,
                                     UINT64_MAX};
    uint64_t state = 1;

    for (size_t i = 0; i < 10000; i++) {
        uint64_t a = i < 64 ? edges[i / 8] : next_of_any_size(&state);
        uint64_t b = i < 64 ? edges[i % 8] : next_of_any_size(&state);
        struct cut_wide fast = cut_multiply(a, b);
        struct cut_wide slow = cut_multiply_by_halves(a, b);
        CHECK_EQ(fast.high, slow.high);
        CHECK_EQ(fast.low, slow.low);
        CHECK_EQ(fast.low, a * b);
        CHECK_EQ(cut_multiply_high(a, b), slow.high);
    }
    CHECK_EQ(cut_multiply_high(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}

/* Drawing */

static bool is_near(double value, double expected, double part)
{
    if (fabs(value - expected) <= expected * part)
        return true;
    printf("# %.9g is not near %.9g\n", value, expected);
    return false;
}

static void test_constant(void)
{
    const struct cut_delay delay = {CUT_DELAY_CONSTANT, 5, 0};

    CHECK_EQ(cut_delay_draw(&delay, 0), 5);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX), 5);
}

static void test_uniform(void)
{
    const struct cut_delay delay = {CUT_DELAY_UNIFORM, 10, 14};
    const struct cut_delay one = {CUT_DELAY_UNIFORM, 7, 7};
    const struct cut_delay all = {CUT_DELAY_UNIFORM, 0, CUT_TIME_MAX};
    const uint64_t fifth = UINT64_MAX / 5; /* 2^64 is 5 * fifth + 1 */

    CHECK_EQ(cut_delay_draw(&delay, 0), 10);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX), 14);
    for (uint64_t i = 1; i < 5; i++) {
        CHECK_EQ(cut_delay_draw(&delay, i * fifth), 10 + i - 1);
        CHECK_EQ(cut_delay_draw(&delay, i * fifth + 1), 10 + i);
    }
    CHECK_EQ(cut_delay_draw(&one, 0), 7);
    CHECK_EQ(cut_delay_draw(&one, UINT64_MAX), 7);
    CHECK_EQ(cut_delay_draw(&all, 0), 0);
    CHECK_EQ(cut_delay_draw(&all, UINT64_MAX), CUT_TIME_MAX);
    CHECK_EQ(cut_delay_draw(&all, UINT64_C(1) << 63), CUT_TIME_MAX / 2);
}

/* Known to a nanosecond: k * ln 2 = 0.693147180559945309417... */
static void test_exponential_quantiles(void)
{
    const struct cut_delay delay = {
        CUT_DELAY_EXPONENTIAL, UINT64_C(1000000000), 0};

    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(1) << 63), 693147181);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(1) << 62), 1386294361);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(3) << 62), 287682072);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(1) << 60), 2772588722);
    CHECK_EQ(cut_delay_draw(&delay, 1), 44361419556);
    CHECK_EQ(cut_delay_draw(&delay, 0), 44361419556);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX), 0);
    /* ln 1.000000001 is 1 - 0.5 * 10^-9 of 10^-9 */
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX - UINT64_C(18446744073)), 1);
}

static void test_pareto_quantiles(void)
{
    const struct cut_delay two = {CUT_DELAY_PARETO, 1000000, 2000000};
    const struct cut_delay half = {CUT_DELAY_PARETO, 1000000, 500000};
    const struct cut_delay third = {CUT_DELAY_PARETO, 1000000000, 3000000};

    CHECK_EQ(cut_delay_draw(&two, UINT64_C(1) << 62), 2000000);
    CHECK_EQ(cut_delay_draw(&two, UINT64_C(1) << 63), 1414214);
    CHECK_EQ(cut_delay_draw(&two, UINT64_MAX), 1000000);
    CHECK(is_near((double)cut_delay_draw(&two, 1), 0x1p32 * 1000000, 1e-10));
    CHECK_EQ(cut_delay_draw(&half, UINT64_C(1) << 62), 16000000);
    CHECK_EQ(cut_delay_draw(&half, UINT64_C(1) << 56), UINT64_C(1000000) << 16);
    CHECK_EQ(cut_delay_draw(&third, UINT64_C(1) << 63), 1259921050);
}

/* Nothing is longer than CUT_TIME_MAX, and what is shorter is not cut. */
static void test_longest(void)
{
    struct cut_delay delay = {CUT_DELAY_EXPONENTIAL, CUT_TIME_MAX, 0};

    CHECK_EQ(cut_delay_draw(&delay, 0), CUT_TIME_MAX);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(1) << 62), CUT_TIME_MAX);
    CHECK(cut_delay_draw(&delay, UINT64_C(1) << 63) < CUT_TIME_MAX);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX) >> 22, 0);
    delay = (struct cut_delay){CUT_DELAY_PARETO, CUT_TIME_MAX, 1000000};
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX - 1) >> 22, CUT_TIME_MAX >> 22);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_C(1) << 63), CUT_TIME_MAX);
    delay = (struct cut_delay){CUT_DELAY_PARETO, 1, 1000000};
    CHECK(is_near((double)cut_delay_draw(&delay, 8), 0x1p61, 1e-10));
    CHECK_EQ(cut_delay_draw(&delay, 3), CUT_TIME_MAX);
    CHECK_EQ(cut_delay_draw(&delay, 1), CUT_TIME_MAX);
    delay = (struct cut_delay){CUT_DELAY_PARETO, 1, 1};
    CHECK_EQ(cut_delay_draw(&delay, 0), CUT_TIME_MAX);
    delay = (struct cut_delay){CUT_DELAY_PARETO, 0, 1};
    CHECK_EQ(cut_delay_draw(&delay, 0), 0);
    CHECK_EQ(cut_delay_draw(&delay, UINT64_MAX), 0);
    delay = (struct cut_delay){CUT_DELAY_EXPONENTIAL, 0, 0};
    CHECK_EQ(cut_delay_draw(&delay, 0), 0);
}

/* Against the C library, to what the header promises. */
static void test_exponential_is_exact(void)
{
    static const uint64_t means[] = {1, 1000, 1500000, UINT64_C(1) << 50};
    uint64_t state = 2;

    for (size_t i = 0; i < 200000; i++) {
        struct cut_delay delay = {CUT_DELAY_EXPONENTIAL, means[i % 4], 0};
        uint64_t random = next_of_any_size(&state);
        long double exact =
            -logl(ldexpl((long double)random, -64)) * (long double)delay.a;
        long double drawn = (long double)cut_delay_draw(&delay, random);
        if (!CHECK(fabsl(drawn - exact) <=
                   0.5L + ldexpl((long double)delay.a, -41)))
            return;
    }
}

static void test_pareto_is_exact(void)
{
    static const uint64_t alphas[] = {
        1, 1000, 500000, 1500000, 3141593, UINT64_C(1000000000000)};
    uint64_t state = 3;

    for (size_t i = 0; i < 200000; i++) {
        struct cut_delay delay = {
            CUT_DELAY_PARETO, UINT64_C(1) << (i % 50), alphas[i % 6]};
        uint64_t random = next_of_any_size(&state);
        long double alpha = (long double)delay.b / 1000000;
        long double exact =
            (long double)delay.a *
            exp2l(-log2l(ldexpl((long double)random, -64)) / alpha);
        long double bound = 0.5L + exact * (0x1p-34L + 0x1p-41L / alpha);
        uint64_t drawn = cut_delay_draw(&delay, random);
        if (exact - bound > (long double)CUT_TIME_MAX)
            CHECK_EQ(drawn, CUT_TIME_MAX);
        else if (drawn != CUT_TIME_MAX)
            CHECK(fabsl((long double)drawn - exact) <= bound);
        else
            CHECK(exact + bound >= (long double)CUT_TIME_MAX);
        if (check_state.test_failed)
            return;
    }
}

/* The mean over the middles of equal parts of all random numbers. */
static double mean_of(const struct cut_delay *delay)
{
    enum { PARTS = 1 << 20 };
    double sum = 0;

    for (uint64_t i = 0; i < PARTS; i++)
        sum += (double)cut_delay_draw(delay, i << 44 | UINT64_C(1) << 43);
    return sum / PARTS;
}

static void test_means(void)
{
    struct cut_delay delay = {CUT_DELAY_UNIFORM, 1000, 3000};

    CHECK(is_near(mean_of(&delay), 2000, 1e-6));
    delay = (struct cut_delay){CUT_DELAY_EXPONENTIAL, 1000000, 0};
    CHECK(is_near(mean_of(&delay), 1000000, 1e-6));
    /* As a whole number of ns: 1 / (2 sinh(1/2)) of it */
    delay = (struct cut_delay){CUT_DELAY_EXPONENTIAL, 1, 0};
    CHECK(is_near(mean_of(&delay), 0.5 / sinh(0.5), 1e-5));
    /* MIN * ALPHA / (ALPHA - 1); the tail beyond the last part is heavy. */
    delay = (struct cut_delay){CUT_DELAY_PARETO, 1000000, 4000000};
    CHECK(is_near(mean_of(&delay), 4000000.0 / 3, 1e-5));
    delay = (struct cut_delay){CUT_DELAY_PARETO, 1000000, 2000000};
    CHECK(is_near(mean_of(&delay), 2000000, 1e-3));
}

/* More random is never shorter, or never longer. */
static void test_order(void)
{
    static const struct cut_delay delays[] = {
        {CUT_DELAY_UNIFORM, 5, UINT64_C(1) << 40},
        {CUT_DELAY_EXPONENTIAL, UINT64_C(1) << 30, 0},
        {CUT_DELAY_PARETO, UINT64_C(1) << 25, 1500000},
    };

    for (size_t k = 0; k < 3; k++) {
        uint64_t last = cut_delay_draw(&delays[k], 0);
        for (uint64_t i = 1; i < 100000; i++) {
            uint64_t drawn =
                cut_delay_draw(&delays[k], i * (UINT64_MAX / 100000));
            CHECK(k == 0 ? drawn >= last : drawn <= last);
            last = drawn;
        }
    }
}

/* The same numbers on this machine and on every other one. */
static void test_same_everywhere(void)
{
    static const struct cut_delay delays[] = {
        {CUT_DELAY_UNIFORM, 5, UINT64_C(1) << 61},
        {CUT_DELAY_EXPONENTIAL, UINT64_C(1) << 56, 0},
        {CUT_DELAY_PARETO, UINT64_C(1) << 55, 12345678},
    };
    static const uint64_t expected[] = {UINT64_C(8266062771711626745),
                                        UINT64_C(7514761489512947164),
                                        UINT64_C(6570996812028707892)};

    for (size_t k = 0; k < 3; k++) {
        uint64_t state = 4;
        uint64_t sum = 0;
        for (size_t i = 0; i < 100000; i++) {
            uint64_t random = next_of_any_size(&state);
            sum = (sum ^ cut_delay_draw(&delays[k], random)) *
                  UINT64_C(0x100000001b3);
        }
        CHECK_EQ(sum, expected[k]);
    }
}

/* Times as text */

static void check_time(const char *text, uint64_t expected)
{
    uint64_t time_ns = 77;
    struct cut_fault fault = {0};

    if (!CHECK_EQ(cut_time_parse(text, &time_ns, &fault), CUT_OK))
        printf("# %s: %s\n", text, fault.what);
    if (!CHECK_EQ(time_ns, expected))
        printf("# %s\n", text);
}

static void test_times(void)
{
    check_time("0", 0);
    check_time("3", 3000000);
    check_time("003", 3000000);
    check_time("0ns", 0);
    check_time("7ns", 7);
    check_time("7us", 7000);
    check_time("7ms", 7000000);
    check_time("7s", UINT64_C(7000000000));
    check_time("1.5ms", 1500000);
    check_time("0.25us", 250);
    check_time("1.0ns", 1);
    check_time("1.5000000000000000000000000ms", 1500000);
    check_time("0.000000001s", 1);
    check_time("00000000000000000000000000000000001ns", 1);
    check_time("4611686018427387904ns", CUT_TIME_MAX);
    check_time("4611686018.427387904s", CUT_TIME_MAX);
    check_time("4611686018427", UINT64_C(4611686018427000000));
}

static void check_no_time(const char *text, const char *wrong)
{
    uint64_t time_ns = 77;
    struct cut_fault fault = {.line = 77};
    char what[256];

    snprintf(what, sizeof what, "\"%s\" %s", text, wrong);
    CHECK_EQ(cut_time_parse(text, &time_ns, &fault), CUT_INVALID);
    CHECK_EQ(time_ns, 77);
    CHECK_EQ(fault.code, CUT_INVALID);
    CHECK(fault.path == NULL && fault.line == 0);
    CHECK_STR(fault.what, what);
    CHECK_EQ(cut_time_parse(text, &time_ns, NULL), CUT_INVALID);
}

#define NO_TIME                                                                \
    "is not a time (expected a number with ns, us, ms or s, like 1.5ms, or a " \
    "whole number of ticks)"

static void test_what_is_no_time(void)
{
    static const char *const texts[] = {
        "",      "x",    "ms",    "1.ms",  ".5ms",   "1e3", "-5",
        "+5",    "5,5s", "1.5",   "1.0",   "5m",     "5h",  "5Ms",
        "5msec", "5s5",  "5.5.5", "0x5ms", "5ms5ns", "5min"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_no_time(texts[i], NO_TIME);
    check_no_time("0.5ns",
                  "has parts of a nanosecond (expected a whole number of "
                  "nanoseconds)");
    check_no_time("1.0000000001s",
                  "has parts of a nanosecond (expected a whole number of "
                  "nanoseconds)");
}

static void test_too_long_times(void)
{
    static const char *const texts[] = {"4611686018427387905ns",
                                        "4611686018.427387905s",
                                        "18446744073709551616ns",
                                        "18446744073710",
                                        "99999999999999999999999999999s"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_no_time(texts[i],
                      "is too long (expected at most 4611686018s, 146 years)");
}

static void check_format(uint64_t time_ns, const char *expected)
{
    char text[CUT_TIME_TEXT_SIZE];
    uint64_t back = 77;

    CHECK(cut_time_format(time_ns, text) == text);
    CHECK_STR(text, expected);
    if (time_ns <= CUT_TIME_MAX) {
        CHECK_EQ(cut_time_parse(text, &back, NULL), CUT_OK);
        CHECK_EQ(back, time_ns);
    }
}

static void test_format(void)
{
    check_format(0, "0s");
    check_format(1, "1ns");
    check_format(999, "999ns");
    check_format(1000, "1us");
    check_format(1001, "1.001us");
    check_format(1010, "1.01us");
    check_format(12500000, "12.5ms");
    check_format(3000000, "3ms");
    check_format(999999999, "999.999999ms");
    check_format(1000000000, "1s");
    check_format(1000000001, "1.000000001s");
    check_format(UINT64_C(100000000000), "100s");
    check_format(CUT_TIME_MAX, "4611686018.427387904s");
    check_format(UINT64_MAX, "18446744073.709551615s");
}

static void test_format_and_back(void)
{
    uint64_t state = 5;

    for (size_t i = 0; i < 100000; i++) {
        char text[CUT_TIME_TEXT_SIZE];
        uint64_t time_ns = next(&state) >> (2 + next(&state) % 62);
        uint64_t back = 0;
        cut_time_format(time_ns, text);
        CHECK_EQ(cut_time_parse(text, &back, NULL), CUT_OK);
        CHECK_EQ(back, time_ns);
    }
}

/* Delays as text */

static void
check_delay(const char *text, enum cut_delay_kind kind, uint64_t a, uint64_t b)
{
    struct cut_delay delay = {CUT_DELAY_CONSTANT, 77, 77};
    struct cut_fault fault = {0};

    if (!CHECK_EQ(cut_delay_parse(text, &delay, &fault), CUT_OK))
        printf("# %s: %s\n", text, fault.what);
    CHECK_EQ(delay.kind, kind);
    CHECK_EQ(delay.a, a);
    CHECK_EQ(delay.b, b);
}

static void test_delays(void)
{
    check_delay("constant:5", CUT_DELAY_CONSTANT, 5000000, 0);
    check_delay("constant:0", CUT_DELAY_CONSTANT, 0, 0);
    check_delay("uniform:1-5", CUT_DELAY_UNIFORM, 1000000, 5000000);
    check_delay("uniform:0-0", CUT_DELAY_UNIFORM, 0, 0);
    check_delay("uniform:900us-1.5ms", CUT_DELAY_UNIFORM, 900000, 1500000);
    check_delay("exponential:10ms", CUT_DELAY_EXPONENTIAL, 10000000, 0);
    check_delay("pareto:1ms:1.5", CUT_DELAY_PARETO, 1000000, 1500000);
    check_delay("pareto:2:1", CUT_DELAY_PARETO, 2000000, 1000000);
    check_delay("pareto:0s:0.000001", CUT_DELAY_PARETO, 0, 1);
    check_delay(
        "pareto:1ns:1000000.0", CUT_DELAY_PARETO, 1, UINT64_C(1000000000000));
}

static void check_no_delay(const char *text, const char *what)
{
    struct cut_delay delay = {CUT_DELAY_CONSTANT, 77, 77};
    struct cut_fault fault = {.line = 77};

    CHECK_EQ(cut_delay_parse(text, &delay, &fault), CUT_INVALID);
    CHECK_EQ(delay.a, 77);
    CHECK_EQ(delay.b, 77);
    CHECK_EQ(fault.code, CUT_INVALID);
    CHECK(fault.path == NULL && fault.line == 0);
    CHECK_STR(fault.what, what);
    CHECK_EQ(cut_delay_parse(text, &delay, NULL), CUT_INVALID);
}

#define NO_ALPHA                                                               \
    " is not an ALPHA (expected a number like 1.5 from 0.000001 to 1000000, "  \
    "of at most six decimals)"

static void test_what_is_no_delay(void)
{
    static const char *const unknown[] = {
        "", "5", "constant", "constantly:5", "Uniform:1-5", ":5", "normal:5:1"};

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        char what[256];
        snprintf(what,
                 sizeof what,
                 "\"%s\" is not a delay (expected constant:T, uniform:A-B, "
                 "exponential:MEAN or pareto:MIN:ALPHA)",
                 unknown[i]);
        check_no_delay(unknown[i], what);
    }
    check_no_delay("constant:", "\"\" " NO_TIME);
    check_no_delay("constant:x", "\"x\" " NO_TIME);
    check_no_delay("exponential:5:5", "\"5:5\" " NO_TIME);
    check_no_delay("uniform:5",
                   "\"5\" is no range (expected uniform:A-B with A at most B)");
    check_no_delay(
        "uniform:5-3",
        "\"5-3\" is no range (expected uniform:A-B with A at most B)");
    check_no_delay("uniform:-3", "\"\" " NO_TIME);
    check_no_delay("uniform:1-", "\"\" " NO_TIME);
    check_no_delay("uniform:1-2-3", "\"2-3\" " NO_TIME);
    check_no_delay("pareto:5",
                   "\"5\" lacks an ALPHA (expected pareto:MIN:ALPHA, like "
                   "pareto:1ms:1.5)");
    check_no_delay("pareto::1.5", "\"\" " NO_TIME);
}

static void test_what_is_no_alpha(void)
{
    check_no_delay("pareto:1:", "\"\"" NO_ALPHA);
    check_no_delay("pareto:1:x", "\"x\"" NO_ALPHA);
    check_no_delay("pareto:1:0", "\"0\"" NO_ALPHA);
    check_no_delay("pareto:1:-1", "\"-1\"" NO_ALPHA);
    check_no_delay("pareto:1:1.5ms", "\"1.5ms\"" NO_ALPHA);
    check_no_delay("pareto:1:1.5:2", "\"1.5:2\"" NO_ALPHA);
    check_no_delay("pareto:1:1.0000001", "\"1.0000001\"" NO_ALPHA);
    check_no_delay("pareto:1:1000000.000001", "\"1000000.000001\"" NO_ALPHA);
    check_no_delay("pareto:1:99999999999999999999",
                   "\"99999999999999999999\"" NO_ALPHA);
}

int main(void)
{
    RUN(test_products);
    RUN(test_constant);
    RUN(test_uniform);
    RUN(test_exponential_quantiles);
    RUN(test_pareto_quantiles);
    RUN(test_longest);
    RUN(test_exponential_is_exact);
    RUN(test_pareto_is_exact);
    RUN(test_means);
    RUN(test_order);
    RUN(test_same_everywhere);
    RUN(test_times);
    RUN(test_what_is_no_time);
    RUN(test_too_long_times);
    RUN(test_format);
    RUN(test_format_and_back);
    RUN(test_delays);
    RUN(test_what_is_no_delay);
    RUN(test_what_is_no_alpha);
    return check_end();
}
