/*
 * Judging a run by its trace: `cutline judge`, and `cutline run --judge`.
 */
#ifndef CLI_JUDGE_COMMAND_H
#define CLI_JUDGE_COMMAND_H

#include "option.h"

/*
 * Judge the snapshots whose trace is in a directory, and print what is found;
 * complain in the name of a command.
 *
 *   returns  the exit status: CUT_EXIT_SUCCESS, there is one and all are
 *            consistent; CUT_EXIT_FAILURE; CUT_EXIT_ERROR.
 */
int cut_judge_directory(const struct cut_command *command,
                        const char *directory,
                        bool is_json);

#endif
