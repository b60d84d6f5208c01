/* `cutline stats`: figures of the snapshots of a run. */
#include "commands.h"
#include "control_client.h"
#include "figure_text.h"
#include "table.h"
#include "troupe.h"

#include <inttypes.h>
#include <string.h>

#define TIMEOUT (10 * CUT_SECOND)

/* Snapshots that are shown, unless all are wanted. */
#define SHOWN 10

static void
add_number(struct cut_table *table, const json_t *object, const char *key)
{
    cut_table_add(table, "%" PRIu64, cut_answer_number(object, key));
}

static void
add_size(struct cut_table *table, const json_t *object, const char *key)
{
    cut_table_add(
        table, "%s", cut_figure_size(cut_answer_number(object, key)).text);
}

/* What is not known yet is a dash. */
static void
add_duration(struct cut_table *table, const json_t *object, const char *key)
{
    bool is_known = json_object_get(object, key) != NULL;

    cut_table_add(table,
                  "%s",
                  is_known
                      ? cut_figure_duration(cut_answer_number(object, key)).text
                      : "-");
}

static void add_moment(struct cut_table *table,
                       const json_t *object,
                       const char *key,
                       uint64_t started)
{
    bool is_known = json_object_get(object, key) != NULL;

    cut_table_add(
        table,
        "%s",
        is_known
            ? cut_figure_moment(started + cut_answer_number(object, key)).text
            : "-");
}

static enum cut_error finish(struct cut_table *table)
{
    enum cut_error error = cut_table_write(table, stdout);

    cut_table_fini(table);
    return error;
}

/* --- summaries ----------------------------------------------------------- */

static void add_summary(struct cut_table *table,
                        const json_t *summary,
                        struct cut_figure (*show)(uint64_t value))
{
    static const char *const keys[] = {
        "min", "average", "max", "p50", "p90", "p99", "p99_9"};

    add_number(table, summary, "count");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        cut_table_add(table,
                      "%s",
                      json_object_get(summary, keys[i]) != NULL
                          ? show(cut_answer_number(summary, keys[i])).text
                          : "-");
}

static struct cut_figure show_count(uint64_t value)
{
    struct cut_figure figure;

    (void)snprintf(figure.text, sizeof figure.text, "%" PRIu64, value);
    return figure;
}

static enum cut_error print_summaries(const json_t *summaries)
{
    static const struct {
        const char *key;
        const char *title;
        struct cut_figure (*show)(uint64_t value);
    } rows[] = {
        {"duration", "duration", cut_figure_duration},
        {"state_bytes", "states", cut_figure_size},
        {"messages", "messages in channels", show_count},
        {"bytes", "their bytes", cut_figure_size},
        {"delay", "of a process: delay", cut_figure_duration},
        {"pause", "of a process: pause", cut_figure_duration},
        {"saving", "of a process: saving", cut_figure_duration},
        {"recording", "of a process: recording", cut_figure_duration},
        {"cpu", "of a process: CPU", cut_figure_duration},
    };
    static const char *const titles[] = {"<",
                                         "COUNT",
                                         "MIN",
                                         "AVERAGE",
                                         "MAX",
                                         "P50",
                                         "P90",
                                         "P99",
                                         "P99.9",
                                         NULL};
    struct cut_table table;

    cut_table_init(&table, titles);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cut_table_add(&table, "%s", rows[i].title);
        add_summary(
            &table, json_object_get(summaries, rows[i].key), rows[i].show);
    }
    return finish(&table);
}

/* --- snapshots ----------------------------------------------------------- */

static void
add_snapshot(struct cut_table *table, const json_t *snapshot, uint64_t started)
{
    add_number(table, snapshot, "id");
    cut_table_add(table, "%s", cut_answer_text(snapshot, "status"));
    cut_table_add(table,
                  "%" PRIu64 "/%" PRIu64,
                  cut_answer_number(snapshot, "parts_arrived"),
                  cut_answer_number(snapshot, "processes"));
    cut_table_add(table, "%s", cut_answer_text(snapshot, "initiator"));
    add_moment(table, snapshot, "begun", started);
    add_moment(table, snapshot, "arrived", started);
    add_duration(table, snapshot, "duration");
    add_duration(table, snapshot, "pause_max");
    add_size(table, snapshot, "state_bytes");
    add_number(table, snapshot, "messages");
    add_size(table, snapshot, "bytes");
}

/* Print why those that failed did, below the table. */
static void print_reasons(const json_t *snapshots, size_t first)
{
    for (size_t i = first; i < json_array_size(snapshots); i++) {
        const json_t *snapshot = json_array_get(snapshots, i);
        const char *reason = cut_answer_text(snapshot, "reason");
        if (*reason != '\0')
            printf("snapshot %" PRIu64 " failed after %s: %s\n",
                   cut_answer_number(snapshot, "id"),
                   cut_figure_duration(cut_answer_number(snapshot, "duration"))
                       .text,
                   reason);
    }
}

static enum cut_error
print_snapshots(const json_t *snapshots, uint64_t started, size_t shown)
{
    static const char *const titles[] = {
        "ID",
        "<STATUS",
        "PARTS",
        "<INITIATOR",
        "<TRIGGERED",
        "<LAST PART",
        "DURATION",
        "PAUSE",
        "STATES",
        "MESSAGES",
        "BYTES",
        NULL,
    };
    size_t count = json_array_size(snapshots);
    size_t first = count > shown ? count - shown : 0;
    struct cut_table table;

    cut_table_init(&table, titles);
    for (size_t i = first; i < count; i++)
        add_snapshot(&table, json_array_get(snapshots, i), started);
    enum cut_error error = finish(&table);
    print_reasons(snapshots, first);
    return error;
}

static enum cut_error print_all(const json_t *stats, size_t shown)
{
    const json_t *counters = json_object_get(stats, "snapshots");
    const json_t *recent = json_object_get(stats, "recent");

    printf("run %s, up %s; snapshots: %" PRIu64 " triggered, %" PRIu64
           " in progress, %" PRIu64 " completed, %" PRIu64 " failed, %" PRIu64
           " restored; %" PRIu64 " waiting\n",
           cut_answer_text(stats, "name"),
           cut_figure_duration(cut_answer_number(stats, "uptime")).text,
           cut_answer_number(counters, "triggered"),
           cut_answer_number(counters, "in_progress"),
           cut_answer_number(counters, "completed"),
           cut_answer_number(counters, "failed"),
           cut_answer_number(counters, "restored"),
           cut_answer_number(counters, "waiting"));
    if (json_array_size(recent) == 0)
        return CUT_OK;
    putchar('\n');
    enum cut_error error = print_summaries(json_object_get(stats, "summaries"));
    putchar('\n');
    return error == CUT_OK
               ? print_snapshots(
                     recent, cut_answer_number(stats, "started"), shown)
               : error;
}

/* --- one snapshot -------------------------------------------------------- */

static void add_part(struct cut_table *table, const json_t *part)
{
    static const char *const durations[] = {
        "delay", "pause", "saving", "recording", "cpu"};
    bool has_arrived = json_is_true(json_object_get(part, "arrived"));

    cut_table_add(table, "%s", cut_answer_text(part, "process"));
    cut_table_add(table, "%s", has_arrived ? "yes" : "no");
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
        add_duration(table, part, durations[i]);
    add_size(table, part, "state_bytes");
    add_number(table, part, "messages");
    add_size(table, part, "bytes");
}

static enum cut_error print_parts(const json_t *parts)
{
    static const char *const titles[] = {
        "<PROCESS",
        "<ARRIVED",
        "DELAY",
        "PAUSE",
        "SAVING",
        "RECORDING",
        "CPU",
        "STATE",
        "MESSAGES",
        "BYTES",
        NULL,
    };
    struct cut_table table;
    size_t i;
    json_t *part;

    cut_table_init(&table, titles);
    json_array_foreach(parts, i, part)
    {
        add_part(&table, part);
    }
    return finish(&table);
}

static enum cut_error print_one(const json_t *stats)
{
    json_t *snapshot = json_object_get(stats, "snapshot");
    json_t *alone = json_pack("[O]", snapshot);
    enum cut_error error = CUT_NOMEM;

    if (alone != NULL)
        error =
            print_snapshots(alone, cut_answer_number(stats, "started"), SHOWN);
    json_decref(alone);
    putchar('\n');
    return error == CUT_OK ? print_parts(json_object_get(snapshot, "parts"))
                           : error;
}

/* --- the command --------------------------------------------------------- */

static json_t *request_of(const struct cut_arguments *arguments)
{
    uint64_t id = cut_arguments_unsigned(arguments, CUT_OPTION_SNAPSHOT, 0);

    if (!cut_arguments_flag(arguments, CUT_OPTION_SNAPSHOT))
        return json_pack("{s:s}", "command", "stats");
    return json_pack("{s:s,s:I}",
                     "command",
                     "stats",
                     "snapshot",
                     (json_int_t)(id > INT64_MAX ? INT64_MAX : id));
}

static int print(const struct cut_arguments *arguments, const json_t *stats)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    bool wants_all = cut_arguments_flag(arguments, CUT_OPTION_ALL);

    if (cut_arguments_flag(arguments, CUT_OPTION_JSON))
        return cut_control_print_json(command, stats);
    enum cut_error error = cut_arguments_flag(arguments, CUT_OPTION_SNAPSHOT)
                               ? print_one(stats)
                               : print_all(stats, wants_all ? SIZE_MAX : SHOWN);
    if (error == CUT_OK)
        return CUT_EXIT_SUCCESS;
    cut_complain(stderr, command, "%s", cut_error_sentence(error));
    return CUT_EXIT_ERROR;
}

int cut_command_stats(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    struct cut_control_client *client = NULL;
    json_t *stats = NULL;

    if (cut_control_client_open(command,
                                cut_arguments_text(arguments, CUT_OPTION_RUN),
                                &client) != CUT_OK)
        return CUT_EXIT_ERROR;
    enum cut_error error = cut_control_client_ask(
        client, request_of(arguments), "stats", TIMEOUT, &stats);
    cut_control_client_close(client);
    if (error != CUT_OK)
        return CUT_EXIT_ERROR;
    int status = print(arguments, stats);
    json_decref(stats);
    return status;
}
