/*
 * Commands and their options as data, and the parser that reads them. One
 * description of a command makes its parser, help, man page and completion.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <cutline/error.h>
#include <stdbool.h>
#include <stdio.h>

/* The most options of a command. */
#define CUT_OPTIONS_MAX 64

/* What an argument or an operand is. */
enum cut_value_kind {
    CUT_VALUE_NONE, /* there is none: the option is a flag */
    CUT_VALUE_TEXT,
    CUT_VALUE_FILE,
    CUT_VALUE_DIRECTORY,
    CUT_VALUE_INTEGER,  /* decimal, of int64_t */
    CUT_VALUE_UNSIGNED, /* decimal, of uint64_t */
    CUT_VALUE_CHOICE,   /* one of .choices */
    CUT_VALUE_COMMAND,  /* the word of a command; not checked by the parser */
};

struct cut_option {
    int id;           /* the same option has the same one in every command */
    char letter;      /* short form; 0: none */
    const char *name; /* long form, without "--"; NULL ends a list */
    const char *argument; /* its name ("FILE"); NULL: a flag */
    enum cut_value_kind kind;
    const char *const *choices; /* NULL ends them */
    bool required;
    bool repeatable;
    bool conclusive;  /* nothing after it is read, nothing is required */
    const char *help; /* no capital, no full stop */
    const char *default_text; /* NULL: none worth telling */
};

/* What follows the options. All zero: nothing may. */
struct cut_operands {
    const char *synopsis; /* "[COMMAND]" */
    enum cut_value_kind kind;
    const char *const *choices; /* NULL ends them */
    size_t count_min;
    size_t count_max;
};

struct cut_example {
    const char *line; /* NULL ends a list */
    const char *what; /* a sentence */
};

struct cut_exit_note {
    const char *status; /* NULL ends a list */
    const char *meaning;
};

struct cut_command {
    const char *path;               /* all its words: "cutline sim" */
    const char *summary;            /* one line, no capital, no full stop */
    const char *const *description; /* paragraphs; NULL ends them */
    const struct cut_option *options;
    struct cut_operands operands;
    const struct cut_example *examples;
    const struct cut_exit_note *exits;
};

/* Return the last word of a command's path. */
const char *cut_command_word(const struct cut_command *command);

/*
 * Write an option's help, with what its other fields say in parentheses.
 *
 *   size   of out, in bytes; a longer text is cut at the end.
 */
void cut_option_explain(const struct cut_option *option,
                        char *out,
                        size_t size);

/*
 * Write one line about what is wrong: "cutline sim: ...". Control characters
 * become question marks, so that it is one line whatever the user typed.
 */
void cut_complain(FILE *errors,
                  const struct cut_command *command,
                  const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/* What the user gave to a command. */
struct cut_arguments;

/*
 * Read a command line: options, then operands.
 *
 *   argv     argv[0] is not read; borrowed until the arguments are destroyed.
 *   errors   gets one line when something is wrong.
 *   out      to be destroyed with cut_arguments_destroy.
 *
 * Errors:  CUT_INVALID the user's mistake; CUT_NOMEM.
 * Threads: one at a time (getopt_long has state of its own).
 */
CUT_MUST_USE enum cut_error
cut_arguments_parse(const struct cut_command *command,
                    int argc,
                    char *const argv[],
                    FILE *errors,
                    struct cut_arguments **out);

/* Destroy arguments; NULL is ignored. */
void cut_arguments_destroy(struct cut_arguments *arguments);

/* Return the command that the arguments are for. */
const struct cut_command *
cut_arguments_command(const struct cut_arguments *arguments);

/* Return how often an option was given. */
size_t cut_arguments_count(const struct cut_arguments *arguments, int id);

/* Return whether an option was given. */
bool cut_arguments_flag(const struct cut_arguments *arguments, int id);

/* Return the argument of an option, NULL where it was not given. */
const char *cut_arguments_text(const struct cut_arguments *arguments, int id);

/* Return the nth argument of a repeatable option, from 0; NULL past them. */
const char *
cut_arguments_nth(const struct cut_arguments *arguments, int id, size_t index);

/* Return the argument of an INTEGER option, or what stands in for it. */
int64_t cut_arguments_integer(const struct cut_arguments *arguments,
                              int id,
                              int64_t otherwise);

/* Return the argument of an UNSIGNED option, or what stands in for it. */
uint64_t cut_arguments_unsigned(const struct cut_arguments *arguments,
                                int id,
                                uint64_t otherwise);

/* Return how many operands there are. */
size_t cut_arguments_operand_count(const struct cut_arguments *arguments);

/* Return the nth operand, from 0; NULL past them. */
const char *cut_arguments_operand(const struct cut_arguments *arguments,
                                  size_t index);

/*
 * Return the operands, ended by a NULL where argv was: the argv of what they
 * name.
 */
char *const *cut_arguments_operands(const struct cut_arguments *arguments);

#endif
