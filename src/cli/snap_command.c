/* `cutline snap`: a snapshot of a run, now. */
#include "commands.h"
#include "control_client.h"
#include "figure_text.h"
#include "troupe.h"

#include <cutline/delay.h>

#include <inttypes.h>
#include <string.h>

#define TIMEOUT_DEFAULT (60 * CUT_SECOND)

/* Return what is asked for; NULL: there is no memory. */
static json_t *request_of(const struct cut_arguments *arguments)
{
    const char *initiator = cut_arguments_text(arguments, CUT_OPTION_INITIATOR);

    if (initiator == NULL)
        return json_pack("{s:s}", "command", "snap");
    return json_pack("{s:s,s:s}", "command", "snap", "initiator", initiator);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_total(const json_t *total)
{
    int64_t in_processes =
        json_integer_value(json_object_get(total, "in_processes"));
    int64_t in_channels =
        json_integer_value(json_object_get(total, "in_channels"));
    int64_t start = json_integer_value(json_object_get(total, "at_start"));
    int64_t sum = (int64_t)((uint64_t)in_processes + (uint64_t)in_channels);

    printf("%s: %" PRId64 " in processes + %" PRId64 " in channels = %" PRId64,
           cut_answer_text(total, "quantity"),
           in_processes,
           in_channels,
           sum);
    if (sum == start)
        puts(", as at the start");
    else
        printf(" (at the start: %" PRId64 ")\n", start);
}

static void print_snapshot(const json_t *snap)
{
    uint64_t messages = cut_answer_number(snap, "messages");
    const char *path = cut_answer_text(snap, "path");
    size_t i;
    json_t *total;

    printf("%" PRIu64 "\n", cut_answer_number(snap, "id"));
    printf("begun by %s, complete in %s; pause at most %s; states %s; %" PRIu64
           " message%s in channels, %s; ",
           cut_answer_text(snap, "initiator"),
           cut_figure_duration(cut_answer_number(snap, "duration")).text,
           cut_figure_duration(cut_answer_number(snap, "pause_max")).text,
           cut_figure_size(cut_answer_number(snap, "state_bytes")).text,
           messages,
           plural(messages),
           cut_figure_size(cut_answer_number(snap, "bytes")).text);
    if (*path != '\0')
        printf("durable in %s\n", path);
    else
        puts("not kept");
    json_array_foreach(json_object_get(snap, "totals"), i, total)
    {
        print_total(total);
    }
}

static int
report(const struct cut_command *command, const json_t *snap, bool is_json)
{
    bool is_complete = strcmp(cut_answer_text(snap, "status"), "complete") == 0;

    if (is_json && cut_control_print_json(command, snap) != CUT_EXIT_SUCCESS)
        return CUT_EXIT_ERROR;
    if (!is_json && is_complete)
        print_snapshot(snap);
    if (is_complete)
        return CUT_EXIT_SUCCESS;
    cut_complain(stderr,
                 command,
                 "snapshot %" PRIu64 " was aborted: %s",
                 cut_answer_number(snap, "id"),
                 cut_answer_text(snap, "reason"));
    return CUT_EXIT_FAILURE;
}

static enum cut_error read_timeout(const struct cut_arguments *arguments,
                                   cut_time *out)
{
    const char *text = cut_arguments_text(arguments, CUT_OPTION_TIMEOUT);
    struct cut_fault fault = {0};

    *out = TIMEOUT_DEFAULT;
    if (text == NULL || cut_time_parse(text, out, &fault) == CUT_OK)
        return CUT_OK;
    cut_complain(
        stderr, cut_arguments_command(arguments), "--timeout: %s", fault.what);
    return CUT_INVALID;
}

int cut_command_snap(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    struct cut_control_client *client = NULL;
    cut_time timeout;
    json_t *snap = NULL;
    int status = CUT_EXIT_ERROR;

    if (read_timeout(arguments, &timeout) != CUT_OK ||
        cut_control_client_open(command,
                                cut_arguments_text(arguments, CUT_OPTION_RUN),
                                &client) != CUT_OK)
        return CUT_EXIT_ERROR;
    enum cut_error error = cut_control_client_ask(
        client, request_of(arguments), "snap", timeout, &snap);
    if (error == CUT_OK)
        status = report(
            command, snap, cut_arguments_flag(arguments, CUT_OPTION_JSON));
    else if (error == CUT_STATE)
        status = CUT_EXIT_FAILURE;
    if (error == CUT_OK)
        json_decref(snap);
    cut_control_client_close(client);
    return status;
}
