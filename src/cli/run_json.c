#include "run_json.h"

#include <cutline/json.h>
#include <jansson.h>

/* Of a total: quantity, in_processes, in_channels, at_start. */
#define TOTAL_MEMBERS 4

static json_t *count(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* Without memory for one member there is none: what is left has no "event",
 * which is set first. */
static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        (void)json_object_clear(object);
}

/* A line that is not UTF-8 is said as it can be. */
static void set_text(json_t *object, const struct cut_supervisor_event *event)
{
    json_t *text = json_stringn(event->text, event->size);

    set(object, "text", text != NULL ? text : json_string("(not UTF-8)"));
}

static json_t *totals_of(const struct cut_supervisor_snapshot *snapshot)
{
    json_t *array = json_array();

    for (size_t i = 0; i < snapshot->total_count; i++) {
        const struct cut_supervisor_total *total = &snapshot->totals[i];
        json_t *object = json_object();
        set(object, "quantity", json_string(total->name));
        set(object, "in_processes", json_integer(total->in_processes));
        set(object, "in_channels", json_integer(total->in_channels));
        set(object, "at_start", json_integer(total->at_start));
        bool is_whole = json_object_size(object) == TOTAL_MEMBERS;
        if (json_array_append_new(array, object) == 0 && is_whole)
            continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

static void set_snapshot(json_t *object,
                         const struct cut_supervisor_snapshot *snapshot)
{
    set(object, "id", count(snapshot->id));
    set(object, "number", count(snapshot->number));
    set(object, "view", json_integer((json_int_t)snapshot->view));
    set(object, "initiator", json_integer((json_int_t)snapshot->initiator));
    set(object,
        "status",
        json_string(snapshot->is_complete ? "complete" : "aborted"));
    if (snapshot->reason != NULL)
        set(object, "reason", json_string(snapshot->reason));
    if (snapshot->path != NULL)
        set(object, "path", json_string(snapshot->path));
    set(object, "begun", count(snapshot->begun));
    set(object, "ended", count(snapshot->ended));
    if (snapshot->durable > 0)
        set(object, "durable", count(snapshot->durable));
    set(object, "processes", json_integer((json_int_t)snapshot->process_count));
    set(object, "parts", json_integer((json_int_t)snapshot->part_count));
    set(object, "state_bytes", count(snapshot->state_bytes));
    set(object, "messages_recorded", count(snapshot->message_count));
    set(object, "bytes_recorded", count(snapshot->message_bytes));
    set(object, "pause_max", count(snapshot->pause_ns_max));
    set(object, "totals", totals_of(snapshot));
}

static void set_status(json_t *object,
                       const struct cut_supervisor_status *status)
{
    set(object, "messages_sent", count(status->messages_sent));
    set(object, "messages_delivered", count(status->messages_delivered));
    set(object, "messages_per_second", count(status->messages_per_second));
    set(object, "snapshots_complete", count(status->snapshots_complete));
    set(object, "snapshots_aborted", count(status->snapshots_aborted));
    set(object, "snapshots_open", count(status->snapshots_open));
    set(object, "reconnects", count(status->reconnects));
    set(object,
        "processes_running",
        json_integer((json_int_t)status->processes_running));
}

static void set_line(json_t *object, const struct cut_supervisor_event *event)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};

    if (event->process != CUT_NONE)
        set(object, "process", json_integer((json_int_t)event->process));
    if (event->kind == CUT_SUPERVISOR_LOG)
        set(object, "level", json_string(levels[event->level]));
    if (event->kind == CUT_SUPERVISOR_OUTPUT)
        set(object,
            "stream",
            json_string(event->is_error_output ? "stderr" : "stdout"));
    set_text(object, event);
}

static void set_members(json_t *object,
                        const struct cut_supervisor_event *event)
{
    switch (event->kind) {
    case CUT_SUPERVISOR_STARTED:
        break;
    case CUT_SUPERVISOR_OUTPUT:
    case CUT_SUPERVISOR_PRINT:
    case CUT_SUPERVISOR_LOG:
        set_line(object, event);
        break;
    case CUT_SUPERVISOR_SNAPSHOT:
        set_snapshot(object, event->snapshot);
        break;
    case CUT_SUPERVISOR_STATUS:
        set_status(object, event->status);
        break;
    case CUT_SUPERVISOR_ENDED:
        set(object, "exit_status", json_integer(event->exit_status));
        set_text(object, event);
        set_status(object, event->status);
        break;
    }
}

/* Once there was no memory, there is none: jansson forgets it over a key. */
static int append(const char *text, size_t size, void *writer)
{
    struct cut_writer *out = writer;

    cut_write(out, text, size);
    return out->error == CUT_OK ? 0 : -1;
}

bool cut_run_json_write(FILE *file, const struct cut_supervisor_event *event)
{
    static const char *const kinds[] = {
        [CUT_SUPERVISOR_STARTED] = "started",
        [CUT_SUPERVISOR_OUTPUT] = "output",
        [CUT_SUPERVISOR_PRINT] = "print",
        [CUT_SUPERVISOR_LOG] = "log",
        [CUT_SUPERVISOR_SNAPSHOT] = "snapshot",
        [CUT_SUPERVISOR_STATUS] = "status",
        [CUT_SUPERVISOR_ENDED] = "end",
    };
    json_t *object = json_object();

    set(object, "event", json_string(kinds[event->kind]));
    set(object, "time", count(event->now));
    set_members(object, event);
    struct cut_writer line;
    cut_writer_init(&line, NULL);
    bool is_made =
        json_object_get(object, "event") != NULL &&
        json_dump_callback(object, append, &line, JSON_COMPACT) == 0 &&
        line.error == CUT_OK;
    cut_write(&line, "\n", 1);
    is_made = is_made && line.error == CUT_OK;
    if (is_made)
        fwrite(line.data, 1, line.size, file);
    fflush(file);
    cut_writer_fini(&line);
    json_decref(object);
    return is_made;
}
