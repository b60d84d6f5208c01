#include "option.h"

#include "nearest.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/*
 * What getopt_long returns for a long option is this plus its index: letters
 * are below, and an optopt from here on is a long option that was recognized.
 */
#define LONG_BASE 256

struct value {
    const struct cut_option *option;
    const char *text; /* NULL of a flag */
};

struct cut_arguments {
    const struct cut_command *command;
    FILE *errors; /* while it is parsed */
    char *const *operands;
    size_t operand_count;
    size_t value_count;
    struct value values[];
};

/* A list for people, "a, b, c". */
struct list {
    size_t used;
    char text[1024];
};

static void list_add(struct list *list, const char *prefix, const char *item)
{
    size_t room = sizeof list->text - list->used;
    int size = snprintf(list->text + list->used,
                        room,
                        "%s%s%s",
                        list->used > 0 ? ", " : "",
                        prefix,
                        item);
    if (size > 0)
        list->used += (size_t)size < room ? (size_t)size : room - 1;
}

const char *cut_command_word(const struct cut_command *command)
{
    const char *space = strrchr(command->path, ' ');
    return space ? space + 1 : command->path;
}

void cut_option_explain(const struct cut_option *option, char *out, size_t size)
{
    snprintf(out,
             size,
             "%s%s%s%s%s%s",
             option->help,
             option->required ? " (required)" : "",
             option->repeatable ? " (may be given several times)" : "",
             option->default_text ? " (default: " : "",
             option->default_text ? option->default_text : "",
             option->default_text ? ")" : "");
}

void cut_complain(FILE *errors,
                  const struct cut_command *command,
                  const char *format,
                  ...)
{
    char line[8192]; /* holds the longest path, and what is wrong */
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    for (char *c = line; *c != '\0'; c++) {
        /* U+0080 to U+009F, as UTF-8, are control characters too. */
        bool is_second =
            (unsigned char)*c == 0xc2 && ((unsigned char)c[1] & 0xe0) == 0x80;
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
        else if (is_second)
            c[0] = c[1] = '?';
    }
    fprintf(errors, "%s: %s\n", command->path, line);
}

/* Write what a value should have been; return out. */
static const char *expectation(enum cut_value_kind kind,
                               const char *const *choices,
                               struct list *out)
{
    *out = (struct list){0};
    if (kind == CUT_VALUE_INTEGER)
        snprintf(out->text,
                 sizeof out->text,
                 "an integer, %" PRId64 " to %" PRId64,
                 INT64_MIN,
                 INT64_MAX);
    else if (kind == CUT_VALUE_UNSIGNED)
        snprintf(out->text,
                 sizeof out->text,
                 "an integer, 0 to %" PRIu64,
                 UINT64_MAX);
    else
        for (; choices && *choices; choices++)
            list_add(out, "", *choices);
    return out->text;
}

/*
 * Return whether a text is a decimal number in range and nothing else; strtoll
 * would take white space and a plus before it, and strtoull a minus.
 */
static bool is_number(const char *text, enum cut_value_kind kind)
{
    bool is_signed = kind == CUT_VALUE_INTEGER;
    const char *digits = text + (is_signed && *text == '-');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return false;

    errno = 0;
    if (is_signed)
        (void)strtoll(text, NULL, 10);
    else
        (void)strtoull(text, NULL, 10);
    return errno == 0;
}

static bool
is_value(const char *text, enum cut_value_kind kind, const char *const *choices)
{
    if (kind == CUT_VALUE_INTEGER || kind == CUT_VALUE_UNSIGNED)
        return is_number(text, kind);
    if (kind != CUT_VALUE_CHOICE)
        return true;
    while (*choices && strcmp(*choices, text) != 0)
        choices++;
    return *choices != NULL;
}

/* Return the option that getopt_long's number stands for. */
static const struct cut_option *option_of(const struct cut_command *command,
                                          int found)
{
    const struct cut_option *option = command->options;

    if (found >= LONG_BASE)
        return option + (found - LONG_BASE);
    while (option->letter != found)
        option++;
    return option;
}

/* Take an option that was recognized. */
static bool take(struct cut_arguments *arguments,
                 const struct cut_option *option,
                 const char *text)
{
    struct list expected;

    if (!option->repeatable && cut_arguments_flag(arguments, option->id)) {
        cut_complain(arguments->errors,
                     arguments->command,
                     "option '--%s' is given twice (expected once)",
                     option->name);
        return false;
    }
    if (text && !is_value(text, option->kind, option->choices)) {
        cut_complain(arguments->errors,
                     arguments->command,
                     "option '--%s': bad %s '%s' (expected %s)",
                     option->name,
                     option->argument,
                     text,
                     expectation(option->kind, option->choices, &expected));
        return false;
    }
    arguments->values[arguments->value_count++] =
        (struct value){.option = option, .text = text};
    return true;
}

/* Complain about a long option that is unknown, or short for several. */
static void refuse_name(const struct cut_arguments *arguments, const char *word)
{
    char name[256];
    struct cut_nearest nearest = {.word = name};
    struct list candidates = {0};

    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    for (const struct cut_option *o = arguments->command->options; o->name;
         o++) {
        if (strncmp(o->name, name, strlen(name)) == 0)
            list_add(&candidates, "--", o->name);
        cut_nearest_offer(&nearest, o->name);
    }
    if (candidates.used > 0)
        cut_complain(arguments->errors,
                     arguments->command,
                     "option '--%s' is ambiguous (expected one of %s)",
                     name,
                     candidates.text);
    else
        cut_complain(arguments->errors,
                     arguments->command,
                     nearest.best ? "unknown option '--%s' "
                                    "(did you mean '--%s'?)"
                                  : "unknown option '--%s' (try '%s --help')",
                     name,
                     nearest.best ? nearest.best : arguments->command->path);
}

/* Complain about what getopt_long refused; found is what it returned. */
static void
refuse(const struct cut_arguments *arguments, int found, const char *word)
{
    const struct cut_command *command = arguments->command;

    if (found == ':') {
        const struct cut_option *option = option_of(command, optopt);
        cut_complain(arguments->errors,
                     command,
                     "option '--%s' has no argument (expected %s)",
                     option->name,
                     option->argument);
    } else if (optopt >= LONG_BASE) {
        cut_complain(arguments->errors,
                     command,
                     "option '--%s' has an argument (expected none)",
                     option_of(command, optopt)->name);
    } else if (optopt == 0) {
        refuse_name(arguments, word + 2);
    } else {
        cut_complain(arguments->errors,
                     command,
                     "unknown option '-%c' (try '%s --help')",
                     optopt > ' ' && optopt < 0x7f ? optopt : '?',
                     command->path);
    }
}

/* Describe a command to getopt_long. */
static void describe(const struct cut_command *command,
                     struct option longs[CUT_OPTIONS_MAX + 1],
                     char letters[2 * CUT_OPTIONS_MAX + 3])
{
    /* '+': operands end the options; ':': a missing argument is told apart. */
    *letters++ = '+';
    *letters++ = ':';
    for (int i = 0; i < CUT_OPTIONS_MAX && command->options[i].name; i++) {
        const struct cut_option *option = &command->options[i];
        *longs++ = (struct option){
            .name = option->name,
            .has_arg = option->argument ? required_argument : no_argument,
            .val = LONG_BASE + i,
        };
        if (option->letter != 0)
            *letters++ = option->letter;
        if (option->letter != 0 && option->argument)
            *letters++ = ':';
    }
    *longs = (struct option){0};
    *letters = '\0';
}

/* Read the options; concluded: a conclusive one was among them. */
static bool parse_options(struct cut_arguments *arguments,
                          int argc,
                          char *const argv[],
                          bool *concluded)
{
    struct option longs[CUT_OPTIONS_MAX + 1];
    char letters[2 * CUT_OPTIONS_MAX + 3];
    int found;

    describe(arguments->command, longs, letters);
    opterr = 0;
    optind = 0; /* the way to make glibc forget an earlier command line */
    *concluded = false;
    while (!*concluded &&
           (found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        if (found == '?' || found == ':') {
            refuse(arguments, found, argv[optind - 1]);
            return false;
        }
        const struct cut_option *option = option_of(arguments->command, found);
        if (!take(arguments, option, optarg))
            return false;
        *concluded = option->conclusive;
    }
    if (argc > optind) {
        arguments->operands = argv + optind;
        arguments->operand_count = (size_t)(argc - optind);
    }
    return true;
}

static bool check_required(const struct cut_arguments *arguments)
{
    struct list missing = {0};

    for (const struct cut_option *o = arguments->command->options; o->name; o++)
        if (o->required && !cut_arguments_flag(arguments, o->id))
            list_add(&missing, "--", o->name);
    if (missing.used > 0)
        cut_complain(arguments->errors,
                     arguments->command,
                     "missing %s (try '%s --help')",
                     missing.text,
                     arguments->command->path);
    return missing.used == 0;
}

static bool check_operands(const struct cut_arguments *arguments)
{
    const struct cut_command *command = arguments->command;
    const struct cut_operands *operands = &command->operands;
    struct list expected;

    if (arguments->operand_count < operands->count_min) {
        cut_complain(arguments->errors,
                     command,
                     "missing operand (expected %s)",
                     operands->synopsis);
        return false;
    }
    if (arguments->operand_count > operands->count_max) {
        cut_complain(arguments->errors,
                     command,
                     "unexpected operand '%s' (expected %s)",
                     arguments->operands[operands->count_max],
                     operands->synopsis ? operands->synopsis : "none");
        return false;
    }
    for (size_t i = 0; i < arguments->operand_count; i++) {
        const char *text = arguments->operands[i];
        if (is_value(text, operands->kind, operands->choices))
            continue;
        cut_complain(arguments->errors,
                     command,
                     "bad operand '%s' (expected %s)",
                     text,
                     expectation(operands->kind, operands->choices, &expected));
        return false;
    }
    return true;
}

enum cut_error cut_arguments_parse(const struct cut_command *command,
                                   int argc,
                                   char *const argv[],
                                   FILE *errors,
                                   struct cut_arguments **out)
{
    /* Every value takes at least one byte of the command line. */
    size_t value_count_max = 0;
    for (int i = 1; i < argc; i++)
        value_count_max += strlen(argv[i]);

    struct cut_arguments *arguments = calloc(
        1, sizeof *arguments + value_count_max * sizeof arguments->values[0]);
    if (!arguments) {
        cut_complain(errors, command, "out of memory");
        return CUT_NOMEM;
    }
    arguments->command = command;
    arguments->errors = errors;

    bool concluded;
    if (!parse_options(arguments, argc, argv, &concluded) ||
        (!concluded &&
         (!check_required(arguments) || !check_operands(arguments)))) {
        cut_arguments_destroy(arguments);
        return CUT_INVALID;
    }
    *out = arguments;
    return CUT_OK;
}

void cut_arguments_destroy(struct cut_arguments *arguments)
{
    free(arguments);
}

const struct cut_command *
cut_arguments_command(const struct cut_arguments *arguments)
{
    return arguments->command;
}

size_t cut_arguments_count(const struct cut_arguments *arguments, int id)
{
    size_t count = 0;

    for (size_t i = 0; i < arguments->value_count; i++)
        count += arguments->values[i].option->id == id;
    return count;
}

bool cut_arguments_flag(const struct cut_arguments *arguments, int id)
{
    return cut_arguments_count(arguments, id) > 0;
}

const char *
cut_arguments_nth(const struct cut_arguments *arguments, int id, size_t index)
{
    for (size_t i = 0; i < arguments->value_count; i++)
        if (arguments->values[i].option->id == id && index-- == 0)
            return arguments->values[i].text;
    return NULL;
}

const char *cut_arguments_text(const struct cut_arguments *arguments, int id)
{
    return cut_arguments_nth(arguments, id, 0);
}

int64_t cut_arguments_integer(const struct cut_arguments *arguments,
                              int id,
                              int64_t otherwise)
{
    const char *text = cut_arguments_text(arguments, id);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

uint64_t cut_arguments_unsigned(const struct cut_arguments *arguments,
                                int id,
                                uint64_t otherwise)
{
    const char *text = cut_arguments_text(arguments, id);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

size_t cut_arguments_operand_count(const struct cut_arguments *arguments)
{
    return arguments->operand_count;
}

const char *cut_arguments_operand(const struct cut_arguments *arguments,
                                  size_t index)
{
    return index < arguments->operand_count ? arguments->operands[index] : NULL;
}

char *const *cut_arguments_operands(const struct cut_arguments *arguments)
{
    return arguments->operands;
}
