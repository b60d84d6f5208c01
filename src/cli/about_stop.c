/* Describes `cutline stop`. */
#include "about.h"

static const char *const stop_description[] = {
    "Ends a run that is up, in good order, as an interrupt (Ctrl-C) does, and "
    "waits until it is gone. Its exit status is 0 then.",
    NULL,
};

static const struct cut_option stop_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_TIMEOUT,
        .name = "timeout",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "wait no longer",
        .default_text = "30s",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example stop_examples[] = {
    {"cutline stop --run bank", "End the run 'bank'."},
    {.line = NULL},
};

static const struct cut_exit_note stop_exits[] = {
    {"0", "the run is over"},
    {"2", "a usage error, there is no such run, or it has not ended in time"},
    {.status = NULL},
};

const struct cut_command cut_about_stop = {
    .path = "cutline stop",
    .summary = "end a run",
    .description = stop_description,
    .options = stop_options,
    .examples = stop_examples,
    .exits = stop_exits,
};
