/*
 * The help of a command, for people at a terminal of 80 columns.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "option.h"

/* Write a command's whole help; of cut_program, with a list of commands. */
void cut_help_write(const struct cut_command *command, FILE *file);

/*
 * Write how a command is called, without options that may be left out, and
 * without an end of line: "cutline sim --topology FILE --events FILE
 * [OPTION]...".
 */
void cut_help_write_synopsis(const struct cut_command *command, FILE *file);

#endif
