/* `cutline ps`: what runs. */
#include "commands.h"
#include "control_client.h"
#include "figure_text.h"
#include "table.h"
#include "troupe.h"

#include <inttypes.h>
#include <stdlib.h>

/* A supervisor answers at once, unless it is stopped. */
#define TIMEOUT (2 * CUT_SECOND)

/* Of the table, and the one that says since when. */
enum { SINCE = 4, COLUMNS = 9 };

/*
 * Ask a run who it is, and add that. One that has ended meanwhile is none.
 *
 * Errors:  CUT_NOMEM; CUT_PROTOCOL, CUT_IO it cannot be asked.
 */
static enum cut_error add_run(json_t *all, const char *name)
{
    struct cut_control_client *client = NULL;
    json_t *info = NULL;
    enum cut_error error = cut_control_client_open(NULL, name, &client);

    if (error == CUT_STATE)
        return CUT_OK;
    if (error == CUT_OK) {
        error = cut_control_client_ask(client,
                                       json_pack("{s:s}", "command", "info"),
                                       "info",
                                       TIMEOUT,
                                       &info);
        if (error == CUT_IO)
            error = CUT_STATE;
        cut_control_client_close(client);
    }
    /* It is there, but stopped. */
    if (error == CUT_LIMIT)
        info = json_pack("{s:s,s:s}", "name", name, "state", "no answer");
    else if (error != CUT_OK)
        return error == CUT_STATE ? CUT_OK : error;
    return json_array_append_new(all, info) == 0 ? CUT_OK : CUT_NOMEM;
}

/* Return an array of who is up; NULL: there is no memory, which was said. */
static json_t *ask_all(const struct cut_command *command,
                       const struct cut_runs *runs)
{
    json_t *all = json_array();
    enum cut_error error = all != NULL ? CUT_OK : CUT_NOMEM;

    for (size_t i = 0; i < runs->count && error == CUT_OK; i++)
        error = add_run(all, runs->names[i]);
    if (error == CUT_OK)
        return all;
    cut_complain(stderr, command, "%s", cut_error_sentence(error));
    json_decref(all);
    return NULL;
}

/* Of a run that does not answer, nothing but the name is known. */
static void add_silent_row(struct cut_table *table, const json_t *info)
{
    cut_table_add(table, "%s", cut_answer_text(info, "name"));
    for (size_t i = 1; i < COLUMNS; i++)
        cut_table_add(table, "%s", i == SINCE ? "no answer" : "-");
}

static void add_row(struct cut_table *table, const json_t *info)
{
    const json_t *snapshots = json_object_get(info, "snapshots");
    uint64_t started = cut_answer_number(info, "started");

    if (json_object_get(info, "pid") == NULL) {
        add_silent_row(table, info);
        return;
    }
    cut_table_add(table, "%s", cut_answer_text(info, "name"));
    cut_table_add(table, "%" PRIu64, cut_answer_number(info, "pid"));
    cut_table_add(table, "%s", cut_answer_text(info, "program"));
    cut_table_add(table, "%" PRIu64, cut_answer_number(info, "processes"));
    cut_table_add(table,
                  "%s",
                  started > 0 ? cut_figure_moment(started).text : "starting");
    cut_table_add(
        table, "%" PRIu64, cut_answer_number(info, "messages_per_second"));
    cut_table_add(table, "%" PRIu64, cut_answer_number(snapshots, "completed"));
    cut_table_add(
        table, "%" PRIu64, cut_answer_number(snapshots, "in_progress"));
    cut_table_add(table, "%" PRIu64, cut_answer_number(snapshots, "failed"));
}

static enum cut_error print_table(const json_t *all)
{
    static const char *const titles[] = {
        "<NAME",
        "PID",
        "<PROGRAM",
        "PROCESSES",
        "<UP SINCE",
        "MESSAGES/S",
        "SNAPSHOTS",
        "IN PROGRESS",
        "FAILED",
        NULL,
    };
    struct cut_table table;
    size_t i;
    json_t *info;

    cut_table_init(&table, titles);
    json_array_foreach(all, i, info)
    {
        add_row(&table, info);
    }
    enum cut_error error = cut_table_write(&table, stdout);
    cut_table_fini(&table);
    return error;
}

static int
print_all(const struct cut_command *command, const json_t *all, bool is_json)
{
    if (is_json)
        return cut_control_print_json(command, all);
    enum cut_error error = print_table(all);
    if (error == CUT_OK)
        return CUT_EXIT_SUCCESS;
    cut_complain(stderr, command, "%s", cut_error_sentence(error));
    return CUT_EXIT_ERROR;
}

int cut_command_ps(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    struct cut_runs runs;
    int status = CUT_EXIT_ERROR;

    if (cut_runs_find(command, &runs) != CUT_OK)
        return CUT_EXIT_ERROR;
    json_t *all = ask_all(command, &runs);
    cut_runs_fini(&runs);
    if (all != NULL)
        status = print_all(
            command, all, cut_arguments_flag(arguments, CUT_OPTION_JSON));
    json_decref(all);
    return status;
}
