/* `cutline stop`: the end of a run. */
#include "commands.h"
#include "control_client.h"

#include <cutline/delay.h>

#define TIMEOUT_DEFAULT (30 * CUT_SECOND)

int cut_command_stop(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    const char *text = cut_arguments_text(arguments, CUT_OPTION_TIMEOUT);
    struct cut_control_client *client = NULL;
    struct cut_fault fault = {0};
    cut_time timeout = TIMEOUT_DEFAULT;
    json_t *answer = NULL;

    if (text != NULL && cut_time_parse(text, &timeout, &fault) != CUT_OK) {
        cut_complain(stderr, command, "--timeout: %s", fault.what);
        return CUT_EXIT_ERROR;
    }
    if (cut_control_client_open(command,
                                cut_arguments_text(arguments, CUT_OPTION_RUN),
                                &client) != CUT_OK)
        return CUT_EXIT_ERROR;
    enum cut_error error =
        cut_control_client_ask(client,
                               json_pack("{s:s}", "command", "stop"),
                               "stop",
                               timeout,
                               &answer);
    if (error == CUT_OK) {
        json_decref(answer);
        error = cut_control_client_await_end(client, timeout);
    }
    cut_control_client_close(client);
    return error == CUT_OK ? CUT_EXIT_SUCCESS : CUT_EXIT_ERROR;
}
