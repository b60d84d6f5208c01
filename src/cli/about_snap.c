/* Describes `cutline snap`. */
#include "about.h"

static const char *const snap_description[] = {
    "Takes a snapshot of a program that 'cutline run' runs, now, and waits "
    "until it is complete; where the run keeps snapshots (--out), until it is "
    "on the disk for good. Prints its id on a line of its own, then its "
    "figures, then the quantities that the program states.",
    "Several may ask at once, of the same run too. What 'cutline run "
    "--in-progress' does not allow at once waits for its turn.",
    NULL,
};

static const struct cut_option snap_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_INITIATOR,
        .letter = 'i',
        .name = "initiator",
        .argument = "P",
        .kind = CUT_VALUE_TEXT,
        .help = "the process that begins it, by its name or index",
        .default_text = "one after the other in turn",
    },
    {
        .id = CUT_OPTION_TIMEOUT,
        .name = "timeout",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "wait no longer; the snapshot is not aborted by that",
        .default_text = "60s",
    },
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print all figures as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example snap_examples[] = {
    {"cutline snap", "Take a snapshot of the only run that is up."},
    {
        "cutline snap --run bank --initiator p2",
        "Take one of the run 'bank', begun by the process p2.",
    },
    {
        "id=$(cutline snap | head -n 1)",
        "Keep its id for later.",
    },
    {.line = NULL},
};

static const struct cut_exit_note snap_exits[] = {
    {"0", "the snapshot is complete"},
    {"1", "it was aborted, or could not be begun"},
    {"2",
     "a usage error, there is no such run, or it has not answered in time"},
    {.status = NULL},
};

const struct cut_command cut_about_snap = {
    .path = "cutline snap",
    .summary = "take a snapshot of a run now",
    .description = snap_description,
    .options = snap_options,
    .examples = snap_examples,
    .exits = snap_exits,
};
