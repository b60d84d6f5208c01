/*
 * Print what is made from the table of commands when cutline is built:
 *
 *     docgen man cutline|COMMAND    source of a manual page, for scdoc
 *     docgen bash|zsh               a completion script
 */
#include "commands.h"
#include "completion.h"
#include "manual.h"

#include <string.h>

int main(int argc, char *argv[])
{
    const struct cut_command *command = NULL;

    if (argc == 2 && strcmp(argv[1], "bash") == 0)
        cut_completion_write_bash(stdout);
    else if (argc == 2 && strcmp(argv[1], "zsh") == 0)
        cut_completion_write_zsh(stdout);
    else if (argc == 3 && strcmp(argv[2], cut_program.path) == 0)
        command = &cut_program;
    else if (argc == 3)
        command = cut_command_find(argv[2], &cut_program, stderr);
    else
        fprintf(stderr, "usage: docgen man PAGE | bash | zsh\n");

    if (command)
        cut_manual_write(command, stdout);
    return fflush(stdout) == 0 && (argc == 2 || command) ? 0 : 2;
}
