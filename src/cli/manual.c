#include "manual.h"

#include "commands.h"

#include <cutline/version.h>

#include <string.h>

/* Write a text as it is: everything that scdoc gives a meaning is escaped. */
static void write_text(const char *text, FILE *file)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("\\*_`~<>+", *c) || (c == text && strchr(".-#|[]:\t", *c)))
            fputc('\\', file);
        fputc(*c, file);
    }
}

/* Write the name of a command's page: its path with dashes. */
static void write_name(const struct cut_command *command, FILE *file)
{
    for (const char *c = command->path; *c != '\0'; c++)
        fputc(*c == ' ' ? '-' : *c, file);
}

static void write_header(const struct cut_command *command, FILE *file)
{
    write_name(command, file);
    fprintf(file, "(1) \"cutline %s\"\n\n# NAME\n\n", CUT_VERSION);
    write_name(command, file);
    fprintf(file, " - %s\n\n# SYNOPSIS\n\n", command->summary);

    fprintf(file, "*%s*", command->path);
    for (const struct cut_option *o = command->options; o->name; o++)
        if (o->required)
            fprintf(file, " *--%s* _%s_", o->name, o->argument);
    fprintf(file, " [_OPTION_]...");
    if (command->operands.synopsis) {
        fputc(' ', file);
        write_text(command->operands.synopsis, file);
    }
    fprintf(file, "\n\n# DESCRIPTION\n\n");
    for (const char *const *text = command->description; *text; text++) {
        write_text(*text, file);
        fprintf(file, "\n\n");
    }
}

static void write_options(const struct cut_option *options, FILE *file)
{
    char text[512];

    fprintf(file, "# OPTIONS\n\n");
    for (const struct cut_option *o = options; o->name; o++) {
        if (o->letter != 0)
            fprintf(file, "*-%c*, ", o->letter);
        fprintf(file, "*--%s*", o->name);
        if (o->argument)
            fprintf(file, " _%s_", o->argument);
        fprintf(file, "\n\t");
        cut_option_explain(o, text, sizeof text);
        write_text(text, file);
        fprintf(file, "\n\n");
    }
}

static void write_commands(FILE *file)
{
    fprintf(file, "# COMMANDS\n\n");
    for (int i = 0; i < CUT_COMMAND_COUNT; i++)
        fprintf(file,
                "*%s*\n\t%s\n\n",
                cut_command_word(cut_commands[i]),
                cut_commands[i]->summary);
}

static void write_examples(const struct cut_example *examples, FILE *file)
{
    fprintf(file, "# EXAMPLES\n\n");
    for (; examples->line; examples++) {
        write_text(examples->what, file);
        fprintf(file, "\n\n```\n");
        for (const char *c = examples->line; *c != '\0'; c++)
            fprintf(file, *c == '\\' ? "\\%c" : "%c", *c);
        fprintf(file, "\n```\n\n");
    }
}

/* Refer to every page but the command's own. */
static void write_references(const struct cut_command *command, FILE *file)
{
    const char *separator = "";

    fprintf(file, "# SEE ALSO\n\n");
    for (int i = -1; i < CUT_COMMAND_COUNT; i++) {
        const struct cut_command *other =
            i < 0 ? &cut_program : cut_commands[i];
        if (other == command)
            continue;
        fprintf(file, "%s*", separator);
        write_name(other, file);
        fprintf(file, "*(1)");
        separator = ", ";
    }
    fputc('\n', file);
}

void cut_manual_write(const struct cut_command *command, FILE *file)
{
    write_header(command, file);
    if (command == &cut_program)
        write_commands(file);
    write_options(command->options, file);
    write_examples(command->examples, file);

    fprintf(file, "# EXIT STATUS\n\n");
    for (const struct cut_exit_note *e = command->exits; e->status; e++)
        fprintf(file, "*%s*\n\t%s\n\n", e->status, e->meaning);
    write_references(command, file);
}
