#include "completion.h"

#include "commands.h"

#include <string.h>

/*
 * bash. The script is a table, made from the commands, and a function that
 * walks through the words before the cursor and looks up in the table what is
 * to be completed: file, directory, text (nothing) or "words ...".
 */

static const char bash_head[] =
    "# bash completion of cutline, printed by 'cutline completion bash'\n"
    "\n"
    "# Set kind to what is completed in a place.\n"
    "_cutline_kind()\n"
    "{\n"
    "    case $1 in\n";

static const char bash_tail[] =
    "    *) kind='' ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_cutline()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} IFS=$' \\t\\n'\n"
    "    local command=cutline pending='' ended='' operands=0 kind before\n"
    "\n"
    "    # bash makes three words of --option=value.\n"
    "    [[ $word == '=' ]] && word=''\n"
    "    for before in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
    "        if [[ $before == '=' ]]; then\n"
    "            continue\n"
    "        elif [[ $pending ]]; then\n"
    "            pending=''\n"
    "        elif [[ $before == -- && ! $ended ]]; then\n"
    "            ended=1\n"
    "        elif [[ $before == -?* && ! $ended ]]; then\n"
    "            _cutline_kind \"$command $before\"\n"
    "            pending=$kind\n"
    "        elif [[ $command == cutline ]]; then\n"
    "            command=$before ended=''\n"
    "        else\n"
    "            operands=$((operands + 1)) ended=1\n"
    "        fi\n"
    "    done\n"
    "    if [[ $pending ]]; then\n"
    "        kind=$pending\n"
    "    elif [[ $word == -* && ! $ended ]]; then\n"
    "        _cutline_kind \"$command options\"\n"
    "    else\n"
    "        _cutline_kind \"$command operand $operands\"\n"
    "    fi\n"
    "\n"
    "    # Where there is no match, readline tries: it knows quotes.\n"
    "    COMPREPLY=()\n"
    "    case $kind in\n"
    "    'words '*)\n"
    "        mapfile -t COMPREPLY < "
    "<(compgen -W \"${kind#words }\" -- \"$word\")\n"
    "        ;;\n"
    "    file)\n"
    "        compopt -o filenames -o default 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "        ;;\n"
    "    directory)\n"
    "        compopt -o filenames -o dirnames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "complete -F _cutline cutline\n";

/* Write the kind that a value has in the script. */
static void write_bash_kind(enum cut_value_kind kind,
                            const char *const *choices,
                            FILE *file)
{
    if (kind == CUT_VALUE_FILE) {
        fprintf(file, " kind='file' ;;\n");
    } else if (kind == CUT_VALUE_DIRECTORY) {
        fprintf(file, " kind='directory' ;;\n");
    } else if (kind == CUT_VALUE_CHOICE || kind == CUT_VALUE_COMMAND) {
        fprintf(file, " kind='words");
        for (; choices && *choices; choices++)
            fprintf(file, " %s", *choices);
        for (int i = 0; !choices && i < CUT_COMMAND_COUNT; i++)
            fprintf(file, " %s", cut_command_word(cut_commands[i]));
        fprintf(file, "' ;;\n");
    } else {
        fprintf(file, " kind='text' ;;\n");
    }
}

static void write_bash_command(const struct cut_command *command, FILE *file)
{
    const char *word = cut_command_word(command);

    fprintf(file, "    '%s options') kind='words", word);
    for (const struct cut_option *o = command->options; o->name; o++)
        fprintf(file, " --%s", o->name);
    fprintf(file, "' ;;\n");

    for (const struct cut_option *o = command->options; o->name; o++) {
        if (!o->argument)
            continue;
        fprintf(file, "    '%s --%s'", word, o->name);
        if (o->letter != 0)
            fprintf(file, " | '%s -%c'", word, o->letter);
        fputc(')', file);
        write_bash_kind(o->kind, o->choices, file);
    }

    const struct cut_operands *operands = &command->operands;
    if (operands->count_max == 0)
        return;
    fprintf(file,
            operands->count_max == 1 ? "    '%s operand 0')"
                                     : "    '%s operand '*)",
            word);
    write_bash_kind(operands->kind, operands->choices, file);
}

void cut_completion_write_bash(FILE *file)
{
    fputs(bash_head, file);
    write_bash_command(&cut_program, file);
    for (int i = 0; i < CUT_COMMAND_COUNT; i++)
        write_bash_command(cut_commands[i], file);
    fputs(bash_tail, file);
}

/*
 * zsh. Each command is a call of _arguments with its options as specifications;
 * "-A '-*'" ends the options at the first operand, as the parser does.
 */

static const char zsh_head[] =
    "#compdef cutline\n"
    "# zsh completion of cutline, printed by 'cutline completion zsh'\n"
    "\n"
    "_cutline_commands()\n"
    "{\n"
    "    local -a commands=(\n";

static const char zsh_program[] =
    "    )\n"
    "    _describe -t commands command commands\n"
    "}\n"
    "\n"
    "_cutline()\n"
    "{\n"
    "    local curcontext=$curcontext state state_descr line\n"
    "    local -A opt_args\n"
    "\n"
    "    _arguments -C -S -s -A '-*'";

static const char zsh_commands[] =
    " \\\n"
    "        '1:command:_cutline_commands' \\\n"
    "        '*::argument:->argument' && return\n"
    "    [[ $state == argument ]] || return\n"
    "\n"
    "    case $words[1] in\n";

static const char zsh_tail[] =
    "    esac\n"
    "}\n"
    "\n"
    "# Autoloaded, this is the body of the function; sourced, it is not.\n"
    "if [[ $funcstack[1] == _cutline ]]; then\n"
    "    _cutline \"$@\"\n"
    "else\n"
    "    compdef _cutline cutline\n"
    "fi\n";

/* Write a text inside of '[...]' or '...:...'. */
static void write_zsh_text(const char *text, FILE *file)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\'", file);
        else if (strchr("\\[]:", *text))
            fputc('\\', file);
        fputc(*text, file);
    }
}

static void write_zsh_action(enum cut_value_kind kind,
                             const char *const *choices,
                             FILE *file)
{
    if (kind == CUT_VALUE_FILE) {
        fputs("_files", file);
    } else if (kind == CUT_VALUE_DIRECTORY) {
        fputs("_files -/", file);
    } else if (kind == CUT_VALUE_COMMAND) {
        fputs("_cutline_commands", file);
    } else if (choices) {
        for (char mark = '('; *choices; choices++, mark = ' ')
            fprintf(file, "%c%s", mark, *choices);
        fputc(')', file);
    } else {
        fputc(' ', file); /* complete nothing */
    }
}

static void write_zsh_option(const struct cut_option *option, FILE *file)
{
    const char *takes = option->argument ? "=" : "";

    fputs(" \\\n        ", file);
    if (option->conclusive)
        fprintf(file, "'(- *)'");
    else if (option->repeatable)
        fprintf(file, "'*'");
    else if (option->letter != 0)
        fprintf(file, "'(-%c --%s)'", option->letter, option->name);

    if (option->letter != 0)
        fprintf(file,
                "{-%c%s,--%s%s}",
                option->letter,
                option->argument ? "+" : "",
                option->name,
                takes);
    else
        fprintf(file, "--%s%s", option->name, takes);

    fputs("'[", file);
    write_zsh_text(option->help, file);
    fputc(']', file);
    if (option->argument) {
        fprintf(file, ":%s:", option->argument);
        write_zsh_action(option->kind, option->choices, file);
    }
    fputc('\'', file);
}

static void write_zsh_command(const struct cut_command *command, FILE *file)
{
    const struct cut_operands *operands = &command->operands;

    fprintf(file,
            "    %s)\n        _arguments -S -s -A '-*'",
            cut_command_word(command));
    for (const struct cut_option *o = command->options; o->name; o++)
        write_zsh_option(o, file);
    if (operands->count_max > 0) {
        fprintf(file,
                operands->count_max == 1 ? " \\\n        '1:%s:"
                                         : " \\\n        '*:%s:",
                operands->synopsis);
        write_zsh_action(operands->kind, operands->choices, file);
        fputc('\'', file);
    }
    fputs("\n        ;;\n", file);
}

void cut_completion_write_zsh(FILE *file)
{
    fputs(zsh_head, file);
    for (int i = 0; i < CUT_COMMAND_COUNT; i++) {
        fprintf(file, "        '%s:", cut_command_word(cut_commands[i]));
        write_zsh_text(cut_commands[i]->summary, file);
        fputs("'\n", file);
    }
    fputs(zsh_program, file);
    for (const struct cut_option *o = cut_program.options; o->name; o++)
        write_zsh_option(o, file);
    fputs(zsh_commands, file);
    for (int i = 0; i < CUT_COMMAND_COUNT; i++)
        write_zsh_command(cut_commands[i], file);
    fputs(zsh_tail, file);
}

int cut_command_completion(const struct cut_arguments *arguments)
{
    if (strcmp(cut_arguments_operand(arguments, 0), "bash") == 0)
        cut_completion_write_bash(stdout);
    else
        cut_completion_write_zsh(stdout);
    return CUT_EXIT_SUCCESS;
}
