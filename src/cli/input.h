/*
 * Files that a command reads, with complaints on standard error.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "option.h"

struct cut_input {
    const struct cut_command *command;
    FILE *file;
    struct cut_fault fault; /* for the reader of the file to fill */
};

/* Open a file. CUT_IO: it cannot be opened, which was said. */
CUT_MUST_USE enum cut_error cut_input_open(struct cut_input *input,
                                           const struct cut_command *command,
                                           const char *path);

/*
 * Close a file, and say what its reader found: the fault, unless error is
 * CUT_OK.
 */
void cut_input_close(struct cut_input *input, enum cut_error error);

/* Say a fault, "cutline sim: path:line:column: what". */
void cut_complain_fault(const struct cut_command *command,
                        const struct cut_fault *fault);

#endif
