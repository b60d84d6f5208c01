/* Describes `cutline compare`. */
#include "about.h"

static const char *const compare_description[] = {
    "Runs PROGRAM, or with --events a script of the COS 418 simulator, under "
    "every algorithm, each time with the same seeds, and "
    "prints one table: how often what was recorded is a consistent global "
    "state, and what it cost: control messages (markers and others) and their "
    "bytes, bytes added to messages, messages recorded and their bytes, the "
    "time from the start of a snapshot to its end, and the time that processes "
    "stood still; costs are averages over runs, times over snapshots.",
    "Of an algorithm that is wrong, the first message that proves it is told "
    "and drawn. One that needs what the network does not give, such as order "
    "in a channel, runs nevertheless, to be seen wrong.",
    "When the program itself fails or dies in a run, that run is counted as "
    "failed and not measured; below the table is said how, for each algorithm "
    "the first time, with the seed.",
    NULL,
};

static const struct cut_option compare_options[] = {
    {
        .id = CUT_OPTION_RUNS,
        .name = "runs",
        .argument = "N",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "runs of each algorithm, with seeds that follow each other",
        .default_text = "20",
    },
    {
        .id = CUT_OPTION_ALGORITHMS,
        .name = "algorithms",
        .argument = "NAMES",
        .kind = CUT_VALUE_TEXT,
        .help = "those to compare, separated by commas",
        .default_text = "all",
    },
    OPTION_TOPOLOGY,
    OPTION_EVENTS,
    OPTION_PROCESSES,
    OPTION_SEED,
    OPTIONS_OF_RUNS,
    OPTIONS_OF_NETWORKS,
    OPTION_COLOR,
    OPTION_ASCII,
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the table as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example compare_examples[] = {
    {"cutline compare ./bank", "Compare all algorithms."},
    {
        "cutline compare --reorder --algorithms chandy-lamport,lai-yang ./bank",
        "Compare two where messages overtake each other.",
    },
    {
        "cutline compare --runs 100 --topology random:50:4 --json ./bank",
        "Compare on more runs of a larger system, for a program to read.",
    },
    {.line = NULL},
};

static const struct cut_exit_note compare_exits[] = {
    {"0", "success, whatever the table says of the algorithms"},
    {"1", "the program failed or died in some run"},
    {"2", "a usage error, a malformed file, or a program that cannot be run"},
    {.status = NULL},
};

const struct cut_command cut_about_compare = {
    .path = "cutline compare",
    .summary = "compare the algorithms on the same runs",
    .description = compare_description,
    .options = compare_options,
    .operands = {"[PROGRAM [ARGUMENT]...]",
                 CUT_VALUE_FILE,
                 .count_max = SIZE_MAX},
    .examples = compare_examples,
    .exits = compare_exits,
};
