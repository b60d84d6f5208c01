/* Describes `cutline new`. */
#include "about.h"

static const char *const new_description[] = {
    "Writes a program to begin with, in a folder of its own: NAME/NAME.c and "
    "NAME/Makefile. It compiles and runs as it is, with the library that "
    "pkg-config finds. Change it piece by piece.",
    "A NAME is a lower-case letter, then lower-case letters, digits, '_' or "
    "'-', at most 64. Nothing is overwritten.",
    NULL,
};

static const struct cut_example new_examples[] = {
    {
        "cutline new counter && cd counter && make && cutline sim ./counter",
        "Write a program, build it and run it.",
    },
    {.line = NULL},
};

static const struct cut_exit_note new_exits[] = {
    {"0", "success"},
    {"2",
     "a usage error, NAME is there already, or it cannot be written; "
     "then nothing has been"},
    {.status = NULL},
};

const struct cut_command cut_about_new = {
    .path = "cutline new",
    .summary = "write a program that compiles, to begin with",
    .description = new_description,
    .options = cut_help_option,
    .operands = {"NAME", CUT_VALUE_TEXT, NULL, 1, 1},
    .examples = new_examples,
    .exits = new_exits,
};
