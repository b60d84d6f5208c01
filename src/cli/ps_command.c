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

/* Ask a run who it is. Return NULL where it has ended meanwhile. */
static json_t *ask(const char *name)
{
    struct cut_control_client *client = NULL;
    json_t *info = NULL;
    enum cut_error error = cut_control_client_open(NULL, name, &client);

    if (error == CUT_OK)
        error = cut_control_client_ask(client,
                                       json_pack("{s:s}", "command", "info"),
                                       "info",
                                       TIMEOUT,
                                       &info);
    cut_control_client_close(client);
    if (error == CUT_OK)
        return info;
    /* It is there, but stopped. */
    if (error == CUT_LIMIT)
        return json_pack("{s:s,s:s}", "name", name, "state", "no answer");
    return NULL;
}

/* Return an array of who is up; NULL: there is no memory, which was said. */
static json_t *ask_all(const struct cut_command *command,
                       const struct cut_runs *runs)
{
    json_t *all = json_array();

    for (size_t i = 0; i < runs->count; i++) {
        json_t *info = ask(runs->names[i]);
        if (info != NULL)
            (void)json_array_append_new(all, info);
    }
    if (all == NULL)
        cut_complain(stderr, command, "%s", cut_error_sentence(CUT_NOMEM));
    return all;
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
    json_array_foreach(all, i, info) add_row(&table, info);
    enum cut_error error = cut_table_write(&table, stdout);
    cut_table_fini(&table);
    return error;
}

static int
print_all(const struct cut_command *command, const json_t *all, bool is_json)
{
    enum cut_error error = CUT_OK;

    if (is_json) {
        (void)json_dumpf(all, stdout, JSON_COMPACT);
        putchar('\n');
        return CUT_EXIT_SUCCESS;
    }
    error = print_table(all);
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
