/*
 * Every algorithm on random systems, in random orders of events, with several
 * snapshots one after the other, or at once where that is possible, and aborts
 * in between: what is recorded is judged by the definition (network.h).
 *
 * And what needs an order, or a bound, or is no algorithm at all, is found out
 * where it does not have it.
 */
#include "check.h"
#include "network.h"

#define RUNS 1000

/* Of clocks: longer than most messages take. */
#define SPREAD 400

struct tally {
    unsigned wrong;
    unsigned complete;
    unsigned recorded;
    unsigned controls;
};

/* Run a plan with many seeds, every kind of run among them; until the first
 * that is wrong, if it tells of it. */
static struct tally run_many(struct network_plan plan, bool tells)
{
    struct tally tally = {0};

    for (unsigned i = 0; i < RUNS && !(tells && tally.wrong > 0); i++) {
        plan.seed = i + 1;
        plan.is_heavy = i % 10 == 9;
        plan.reorders_control = i % 3 != 0;
        plan.aborts = i % 4 == 3;
        plan.overtakes = i % 5 < 3;
        struct network_result result = network_run(&plan);
        tally.wrong += result.wrong != NULL;
        tally.complete += result.complete;
        tally.recorded += result.recorded;
        tally.controls += result.controls;
        if (tells && result.wrong != NULL)
            printf("# %s, seed %u: %s\n", plan.algorithm, i + 1, result.wrong);
    }
    printf("# %s%s: %u snapshots, %u messages in them, %u control frames, %u "
           "runs wrong\n",
           plan.algorithm,
           plan.reorders ? " without order" : "",
           tally.complete,
           tally.recorded,
           tally.controls,
           tally.wrong);
    return tally;
}

static void check_right(struct network_plan plan)
{
    struct tally tally = run_many(plan, true);

    CHECK_EQ(tally.wrong, 0);
    CHECK(tally.complete > RUNS);
    CHECK(tally.recorded > RUNS);
}

/* In order, and where that is enough without. */
static void check_algorithm(const char *name)
{
    const struct cut_algorithm *algorithm = cut_algorithm_find(name);
    struct network_plan plan = {.algorithm = name};

    check_right(plan);
    plan.reorders = true;
    if (!cut_algorithm_traits(algorithm)->needs_fifo)
        check_right(plan);
}

static void test_chandy_lamport(void)
{
    check_algorithm("chandy-lamport");
}

static void test_lai_yang(void)
{
    check_algorithm("lai-yang");
}

static void test_mattern(void)
{
    check_algorithm("mattern");
}

static void test_tree(void)
{
    check_algorithm("tree");
}

static void test_flush(void)
{
    check_algorithm("flush");
}

/* One process alone has all at once. */
static void test_one_process(void)
{
    const struct cut_algorithm *algorithm;

    for (size_t i = 0; (algorithm = cut_algorithm_at(i)) != NULL; i++) {
        struct network_plan plan = {
            .algorithm = cut_algorithm_traits(algorithm)->name,
            .process_count = 1,
        };
        struct tally tally = run_many(plan, true);
        CHECK_EQ(tally.wrong, 0);
        CHECK(tally.complete > RUNS);
    }
}

static void test_clocks_that_agree(void)
{
    check_algorithm("clock");
}

static void test_clocks_within_a_bound(void)
{
    struct network_plan plan = {
        .algorithm = "clock",
        .clock_spread = SPREAD,
        .clock_bound = SPREAD,
    };

    check_right(plan);
    plan.reorders = true;
    check_right(plan);
}

/* --- The judge is judged ----------------------------------------------------
 */

static void test_clocks_without_a_bound_are_found_out(void)
{
    struct network_plan plan = {.algorithm = "clock", .clock_spread = SPREAD};

    CHECK(run_many(plan, false).wrong > 0);
}

static void test_clocks_beyond_their_bound_are_found_out(void)
{
    struct network_plan plan = {
        .algorithm = "clock",
        .clock_spread = SPREAD,
        .clock_bound = SPREAD / 8,
    };

    CHECK(run_many(plan, false).wrong > 0);
}

static void test_naive_is_found_out(void)
{
    struct network_plan plan = {.algorithm = "naive"};

    CHECK(run_many(plan, false).wrong > RUNS / 10);
}

static void test_markers_without_order_are_found_out(void)
{
    struct network_plan plan = {.algorithm = "chandy-lamport",
                                .reorders = true};

    CHECK(run_many(plan, false).wrong > RUNS / 10);
    plan.algorithm = "flush";
    CHECK(run_many(plan, false).wrong > RUNS / 10);
}

int main(void)
{
    RUN(test_chandy_lamport);
    RUN(test_lai_yang);
    RUN(test_mattern);
    RUN(test_tree);
    RUN(test_flush);
    RUN(test_one_process);
    RUN(test_clocks_that_agree);
    RUN(test_clocks_within_a_bound);
    RUN(test_clocks_without_a_bound_are_found_out);
    RUN(test_clocks_beyond_their_bound_are_found_out);
    RUN(test_naive_is_found_out);
    RUN(test_markers_without_order_are_found_out);
    return check_end();
}
