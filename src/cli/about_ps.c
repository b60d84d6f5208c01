/* Describes `cutline ps`. */
#include "about.h"

static const char *const ps_description[] = {
    "Lists the runs of this user that are up, on this host: name, process id "
    "of 'cutline run', program, processes, since when, messages received a "
    "second, and snapshots: complete, in progress, failed.",
    NULL,
};

static const struct cut_option ps_options[] = {
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the list as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example ps_examples[] = {
    {"cutline ps", "See what runs."},
    {
        "cutline ps --json | jq -r '.[].name'",
        "Print the names of what runs.",
    },
    {.line = NULL},
};

static const struct cut_exit_note ps_exits[] = {
    {"0", "success; also when nothing runs"},
    {"2", "a usage error, or what runs cannot be found out"},
    {.status = NULL},
};

const struct cut_command cut_about_ps = {
    .path = "cutline ps",
    .summary = "list what runs",
    .description = ps_description,
    .options = ps_options,
    .examples = ps_examples,
    .exits = ps_exits,
};
