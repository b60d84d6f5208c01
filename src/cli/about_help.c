/* Describes `cutline help`. */
#include "about.h"

static const char *const help_description[] = {
    "Prints what --help prints: of COMMAND, or of cutline itself.",
    NULL,
};

static const struct cut_example help_examples[] = {
    {"cutline help sim", "Print the help of cutline sim."},
    {.line = NULL},
};

const struct cut_command cut_about_help = {
    .path = "cutline help",
    .summary = "print the help of a command",
    .description = help_description,
    .options = cut_help_option,
    .operands = {"[COMMAND]", CUT_VALUE_COMMAND, .count_max = 1},
    .examples = help_examples,
    .exits = cut_exits_of_printing,
};
