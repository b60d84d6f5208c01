#include "input.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

void cut_complain_fault(const struct cut_command *command,
                        const struct cut_fault *fault)
{
    char text[PATH_MAX + 512]; /* what is wrong comes after the path */

    cut_fault_format(fault, text, sizeof text);
    cut_complain(stderr, command, "%s", text);
}

enum cut_error cut_input_open(struct cut_input *input,
                              const struct cut_command *command,
                              const char *path)
{
    input->command = command;
    input->file = fopen(path, "re");
    if (input->file != NULL)
        return CUT_OK;
    cut_complain(stderr,
                 command,
                 "%s: cannot open: %s",
                 *path != '\0' ? path : "\"\"",
                 strerror(errno));
    return CUT_IO;
}

void cut_input_close(struct cut_input *input, enum cut_error error)
{
    fclose(input->file);
    if (error != CUT_OK)
        cut_complain_fault(input->command, &input->fault);
}
