/*
 * Random runs of every algorithm on every kind of channel, judged by the
 * definition (witness.h); and each wrong algorithm, and each one on channels
 * that it is not made for, must be found out.
 *
 *     judged_runs [RUNS [ALGORITHM]]         runs of each algorithm; 1,000
 *     judged_runs ALGORITHM CHANNELS SEED    that one run, told in full
 */
#include "check.h"
#include "random_run.h"

#include <stdlib.h>

#define RUNS 1000
#define FAILURES_SHOWN 5

static const char *self;

/* All runs of an algorithm on some channels: one test. */
static bool judge_many(const struct cut_algorithm *algorithm,
                       enum channels channels,
                       uint64_t runs,
                       struct witness *witness)
{
    const char *name = cut_algorithm_traits(algorithm)->name;
    enum outlook outlook = random_run_outlook(algorithm, channels);
    struct random_result sum = {.complete = 0};
    uint64_t failed = 0;

    for (uint64_t seed = 1; seed <= runs; seed++) {
        struct random_result result;
        random_run(algorithm, channels, seed, false, witness, &result);
        sum.complete += result.complete;
        sum.aborted += result.aborted;
        sum.open += result.open;
        sum.wrong += result.wrong;
        sum.recorded += result.recorded;
        if (result.failure[0] == '\0' || failed++ >= FAILURES_SHOWN)
            continue;
        printf("# seed %" PRIu64 ": %s\n# repeat: %s %s %s %" PRIu64 "\n",
               seed,
               result.failure,
               self,
               name,
               channels_names[channels],
               seed);
    }
    if (outlook == OUTLOOK_WRONG && sum.wrong == 0) {
        printf("# no snapshot was found wrong, and some are\n");
        failed++;
    }
    if (sum.complete == 0 || (sum.recorded == 0 && outlook == OUTLOOK_RIGHT)) {
        printf("# that was about nothing\n");
        failed++;
    }
    check_state.count++;
    check_state.failed += failed > 0;
    printf("%s %u - %s, %s: %" PRIu64 " runs; %u complete, %u aborted, %u "
           "open, %u wrong, %" PRIu64 " recorded\n",
           failed > 0 ? "not ok" : "ok",
           check_state.count,
           name,
           channels_names[channels],
           runs,
           sum.complete,
           sum.aborted,
           sum.open,
           sum.wrong,
           sum.recorded);
    fflush(stdout);
    return failed == 0;
}

static void judge_algorithm(const struct cut_algorithm *algorithm,
                            uint64_t runs,
                            struct witness *witness)
{
    uint64_t kinds = 0;

    for (unsigned c = 0; c < CHANNELS_COUNT; c++)
        kinds +=
            random_run_outlook(algorithm, (enum channels)c) != OUTLOOK_NONE;
    for (unsigned c = 0; c < CHANNELS_COUNT; c++)
        if (random_run_outlook(algorithm, (enum channels)c) != OUTLOOK_NONE)
            judge_many(algorithm,
                       (enum channels)c,
                       (runs + kinds - 1) / kinds,
                       witness);
}

static int repeat(char **argv, struct witness *witness)
{
    const struct cut_algorithm *algorithm = cut_algorithm_find(argv[1]);
    unsigned c = 0;
    struct random_result result;

    while (c < CHANNELS_COUNT && strcmp(channels_names[c], argv[2]) != 0)
        c++;
    if (algorithm == NULL || c == CHANNELS_COUNT) {
        printf("Bail out! there is no %s on %s\n", argv[1], argv[2]);
        return 2;
    }
    random_run(algorithm,
               (enum channels)c,
               strtoull(argv[3], NULL, 10),
               true,
               witness,
               &result);
    printf("%s 1 - %s\n1..1\n",
           result.failure[0] == '\0' ? "ok" : "not ok",
           result.failure);
    return result.failure[0] == '\0' ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct witness *witness = witness_create();
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : RUNS;
    int status = 0;

    self = argv[0];
    if (argc == 4) {
        status = repeat(argv, witness);
    } else {
        for (size_t i = 0; cut_algorithm_at(i) != NULL; i++)
            if (argc < 3 || cut_algorithm_at(i) == cut_algorithm_find(argv[2]))
                judge_algorithm(cut_algorithm_at(i), runs, witness);
        status = check_end();
    }
    witness_destroy(witness);
    return status;
}
