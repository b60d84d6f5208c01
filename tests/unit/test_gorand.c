/*
 * Go's random numbers, against known values.
 */
#include "check.h"
#include "sim/gorand.h"

#define SEED INT64_C(8053172852482175524)

static void test_first_output(void)
{
    struct cut_gorand random;

    cut_gorand_seed(&random, SEED);
    CHECK_EQ(cut_gorand_next(&random), UINT64_C(13890532773879204894));
}

static void test_first_draws(void)
{
    static const uint32_t expected[] = {3, 2, 3, 2, 0, 1, 2, 1, 0, 1,
                                        4, 4, 2, 2, 0, 3, 4, 2, 0, 1};
    struct cut_gorand random;

    cut_gorand_seed(&random, SEED);
    for (unsigned i = 0; i < 20; i++)
        CHECK_EQ(cut_gorand_below(&random, 5), expected[i]);
}

/* A power of two takes the low bits of the same 31. */
static void test_power_of_two(void)
{
    struct cut_gorand a;
    struct cut_gorand b;

    cut_gorand_seed(&a, 1);
    cut_gorand_seed(&b, 1);
    for (unsigned i = 0; i < 100; i++)
        CHECK_EQ(cut_gorand_below(&a, 8),
                 cut_gorand_next(&b) >> 32 & 0x7fffffff & 7);
}

/* Seeds are taken modulo 2^31 - 1, and 0 is replaced. */
static void test_seeds_that_are_the_same(void)
{
    static const int64_t pairs[][2] = {
        {0, 0x7fffffff},
        {0, 89482311},
        {-1, 0x7ffffffe},
        {5, 5 + INT64_C(0x7fffffff) * 1000},
        {INT64_MIN, INT64_MIN % 0x7fffffff + 0x7fffffff},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct cut_gorand a;
        struct cut_gorand b;
        cut_gorand_seed(&a, pairs[i][0]);
        cut_gorand_seed(&b, pairs[i][1]);
        CHECK_EQ(cut_gorand_next(&a), cut_gorand_next(&b));
    }
}

int main(void)
{
    RUN(test_first_output);
    RUN(test_first_draws);
    RUN(test_power_of_two);
    RUN(test_seeds_that_are_the_same);
    return check_end();
}
