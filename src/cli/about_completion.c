/* Describes `cutline completion`. */
#include "about.h"

static const char *const shells[] = {"bash", "zsh", NULL};

static const char *const completion_description[] = {
    "Prints a script with which bash or zsh completes the commands, options "
    "and arguments of cutline. An installed cutline has both in place already; "
    "this is for one that is not.",
    NULL,
};

static const struct cut_example completion_examples[] = {
    {
        "source <(cutline completion bash)",
        "Complete in this bash; in ~/.bashrc, in every one.",
    },
    {"source <(cutline completion zsh)", "The same in zsh, after compinit."},
    {.line = NULL},
};

const struct cut_command cut_about_completion = {
    .path = "cutline completion",
    .summary = "print a script that completes command lines",
    .description = completion_description,
    .options = cut_help_option,
    .operands = {"bash|zsh", CUT_VALUE_CHOICE, shells, 1, 1},
    .examples = completion_examples,
    .exits = cut_exits_of_printing,
};
