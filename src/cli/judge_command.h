/*
 * Judging a run by its trace: `cutline judge`, and `cutline run --judge`.
 */
#ifndef CLI_JUDGE_COMMAND_H
#define CLI_JUDGE_COMMAND_H

#include "option.h"

enum cut_judge_form {
    CUT_JUDGE_TEXT,
    CUT_JUDGE_JSON,
    CUT_JUDGE_JSON_LINE, /* one event among those of a run */
};

/*
 * Judge the snapshots whose trace is in a directory, and print what is found;
 * complain in the name of a command.
 *
 *   returns  the exit status: CUT_EXIT_SUCCESS, there is one and all are
 *            consistent; CUT_EXIT_FAILURE; CUT_EXIT_ERROR.
 */
int cut_judge_directory(const struct cut_command *command,
                        const char *directory,
                        enum cut_judge_form form);

#endif
