#include "help.h"

#include "commands.h"

#include <string.h>

#define WIDTH 80

/* Where explanations begin, unless all labels are shorter. */
#define COLUMN_MAX 26

/*
 * Write words, as many to a line as fit, and end the line. The first line
 * goes on at a column, the others begin at indent.
 */
static void
write_wrapped(const char *text, size_t column, size_t indent, FILE *file)
{
    /* Two spaces at least between an option and what is said of it. */
    if (column > 0 && column + 2 > indent) {
        fputc('\n', file);
        column = 0;
    }
    fprintf(file, "%*s", (int)(indent - column), "");
    column = indent;

    for (size_t size; *text != '\0'; text += size + (text[size] == ' ')) {
        size = strcspn(text, " ");
        if (column > indent && column + 1 + size >= WIDTH) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        }
        if (column > indent)
            column += (size_t)fprintf(file, " ");
        column += (size_t)fprintf(file, "%.*s", (int)size, text);
    }
    fputc('\n', file);
}

/* Write an option's label, "  -t, --topology FILE"; return its width. */
static size_t
format_label(const struct cut_option *option, char *out, size_t size)
{
    char letter[] = "    ";
    if (option->letter != 0)
        memcpy(letter, (const char[]){'-', option->letter, ','}, 3);
    int width = snprintf(out,
                         size,
                         "  %s--%s%s%s",
                         letter,
                         option->name,
                         option->argument ? " " : "",
                         option->argument ? option->argument : "");
    return (size_t)width;
}

static void write_options(const struct cut_option *options, FILE *file)
{
    char label[128];
    char text[512];
    size_t column = 0;

    for (const struct cut_option *o = options; o->name; o++) {
        size_t needed = format_label(o, label, sizeof label) + 2;
        if (needed > column && needed <= COLUMN_MAX)
            column = needed;
    }
    fprintf(file, "\nOptions:\n");
    for (const struct cut_option *o = options; o->name; o++) {
        size_t width = format_label(o, label, sizeof label);
        cut_option_explain(o, text, sizeof text);
        fputs(label, file);
        write_wrapped(text, width, column, file);
    }
}

static void write_commands(FILE *file)
{
    fprintf(file, "\nCommands:\n");
    for (int i = 0; i < CUT_COMMAND_COUNT; i++)
        fprintf(file,
                "  %-12s %s\n",
                cut_command_word(cut_commands[i]),
                cut_commands[i]->summary);
}

void cut_help_write_synopsis(const struct cut_command *command, FILE *file)
{
    fputs(command->path, file);
    for (const struct cut_option *o = command->options; o->name; o++)
        if (o->required)
            fprintf(file, " --%s %s", o->name, o->argument);
    fprintf(file, " [OPTION]...");
    if (command->operands.synopsis)
        fprintf(file, " %s", command->operands.synopsis);
}

/* Write an example's line, a continued one with its own indent. */
static void write_example(const struct cut_example *example, FILE *file)
{
    fprintf(file, "  ");
    for (const char *c = example->line; *c != '\0'; c++)
        fprintf(file, *c == '\n' ? "%c  " : "%c", *c);
    write_wrapped(example->what, WIDTH, 6, file);
}

void cut_help_write(const struct cut_command *command, FILE *file)
{
    fprintf(file, "Usage: ");
    cut_help_write_synopsis(command, file);
    fputc('\n', file);
    for (const char *const *text = command->description; *text; text++) {
        fputc('\n', file);
        write_wrapped(*text, 0, 0, file);
    }
    if (command == &cut_program)
        write_commands(file);
    write_options(command->options, file);

    fprintf(file, "\nExamples:\n");
    for (const struct cut_example *e = command->examples; e->line; e++)
        write_example(e, file);
    fprintf(file, "\nExit status:\n");
    for (const struct cut_exit_note *e = command->exits; e->status; e++) {
        fprintf(file, "  %s", e->status);
        write_wrapped(e->meaning, 2 + strlen(e->status), 5, file);
    }
}

int cut_command_help(const struct cut_arguments *arguments)
{
    const char *word = cut_arguments_operand(arguments, 0);
    const struct cut_command *command = &cut_program;

    if (word)
        command =
            cut_command_find(word, cut_arguments_command(arguments), stderr);
    if (!command)
        return CUT_EXIT_ERROR;
    cut_help_write(command, stdout);
    return CUT_EXIT_SUCCESS;
}
