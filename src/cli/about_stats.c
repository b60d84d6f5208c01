/* Describes `cutline stats`. */
#include "about.h"

static const char *const stats_description[] = {
    "Prints figures of the snapshots of a run that is up: how many there "
    "were; summaries over all that are complete; the last ten of them.",
    "With --snapshot, those of one of the last hundred, and of each process "
    "in it: how long after the start of the snapshot its state was captured "
    "(delay), for how long it stood still for that (pause), after how long "
    "its part had arrived (saving) and its channels were recorded "
    "(recording), the time of the CPU, and sizes.",
    NULL,
};

static const struct cut_option stats_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_SNAPSHOT,
        .letter = 's',
        .name = "snapshot",
        .argument = "ID",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "print the figures of this one, by process",
    },
    {
        .id = CUT_OPTION_ALL,
        .name = "all",
        .help = "print the last hundred snapshots, not only ten",
    },
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the figures as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example stats_examples[] = {
    {"cutline stats", "See how snapshots of the only run do."},
    {
        "cutline stats --run bank --snapshot 12",
        "See which process took how long for one of them.",
    },
    {.line = NULL},
};

static const struct cut_exit_note stats_exits[] = {
    {"0", "success"},
    {"2",
     "a usage error, there is no such run or snapshot, or no answer in time"},
    {.status = NULL},
};

const struct cut_command cut_about_stats = {
    .path = "cutline stats",
    .summary = "print figures of the snapshots of a run",
    .description = stats_description,
    .options = stats_options,
    .examples = stats_examples,
    .exits = stats_exits,
};
