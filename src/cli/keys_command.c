/* `cutline keys`: what processes on several hosts know each other by. */
#include "commands.h"
#include "input.h"

#include <cutline/keys.h>

int cut_command_keys(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    const char *directory = cut_arguments_operand(arguments, 0);
    uint64_t days = cut_arguments_unsigned(
        arguments, CUT_OPTION_DAYS, CUT_KEYS_DAYS_DEFAULT);
    struct cut_fault fault;

    if (days < CUT_KEYS_DAYS_MIN || days > CUT_KEYS_DAYS_MAX) {
        cut_complain(
            stderr,
            command,
            "option '--days': bad N '%s' (expected an integer, %d to %d)",
            cut_arguments_text(arguments, CUT_OPTION_DAYS),
            CUT_KEYS_DAYS_MIN,
            CUT_KEYS_DAYS_MAX);
        return CUT_EXIT_ERROR;
    }
    if (cut_keys_create(directory, (unsigned)days, &fault) == CUT_OK)
        return CUT_EXIT_SUCCESS;
    if (*directory == '\0')
        fault.path = "\"\"";
    cut_complain_fault(command, &fault);
    return CUT_EXIT_ERROR;
}
