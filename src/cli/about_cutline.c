/* Describes `cutline` itself. */
#include "about.h"

static const char *const program_description[] = {
    "Cutline records the state of every process of a distributed program, and "
    "of every channel between them, without stopping the program: a consistent "
    "global state, also called a cut, after Chandy and Lamport (ACM TOCS 3(1), "
    "1985).",
    "Each command has a help and a manual page of its own.",
    NULL,
};

static const struct cut_option program_options[] = {
    OPTION_HELP,
    {
        .id = CUT_OPTION_VERSION,
        .name = "version",
        .conclusive = true,
        .help = "print the version",
    },
    {.name = NULL},
};

static const struct cut_example program_examples[] = {
    {
        "cutline sim --processes 4 ./bank",
        "Run a program and print a snapshot of it.",
    },
    {
        "cutline sim -t examples/ten-servers.top -e "
        "examples/ten-servers.events",
        "Run a script of COS 418 and print its snapshots.",
    },
    {"cutline help sim", "Print the help of a command."},
    {.line = NULL},
};

static const struct cut_exit_note program_exits[] = {
    {"0", "success"},
    {"1", "what was to be checked does not hold"},
    {"2",
     "a usage error, malformed input, or a file cannot be read or written"},
    {.status = NULL},
};

const struct cut_command cut_program = {
    .path = "cutline",
    .summary = "take consistent pictures of running distributed programs",
    .description = program_description,
    .options = program_options,
    .operands = {"COMMAND [ARGUMENT]...",
                 CUT_VALUE_COMMAND,
                 .count_max = SIZE_MAX},
    .examples = program_examples,
    .exits = program_exits,
};
