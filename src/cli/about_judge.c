/* Describes `cutline judge`. */
#include "about.h"

static const char *const judge_description[] = {
    "Reads the trace of a run of real processes, the files p0.0.trace, "
    "p1.0.trace and so on that each process wrote itself, and says of each of "
    "its snapshots whether it is a consistent global state; if not, which "
    "message proves it. Who judges knows what was sent, delivered, captured "
    "and "
    "recorded, and nothing of how snapshots are taken.",
    "The trace of a process that was killed ends early. A snapshot of which "
    "its "
    "part was not complete by then is not judged, which is said; all others "
    "are.",
    "DIR is a directory with these files, or one with a directory trace that "
    "has them.",
    NULL,
};

static const struct cut_option judge_options[] = {
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print what is found as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example judge_examples[] = {
    {
        "cutline judge my-run",
        "Judge the snapshots of a run that was traced into my-run.",
    },
    {.line = NULL},
};

static const struct cut_exit_note judge_exits[] = {
    {"0",
     "every snapshot that could be judged is consistent, and there is one"},
    {"1", "a snapshot is not consistent, or none could be judged"},
    {"2",
     "a usage error; there is no trace, it cannot be read, a file of it is "
     "missing or damaged, or it contradicts itself"},
    {.status = NULL},
};

const struct cut_command cut_about_judge = {
    .path = "cutline judge",
    .summary = "judge the snapshots of a run by its trace",
    .description = judge_description,
    .options = judge_options,
    .operands = {"DIR", CUT_VALUE_DIRECTORY, NULL, 1, 1},
    .examples = judge_examples,
    .exits = judge_exits,
};
