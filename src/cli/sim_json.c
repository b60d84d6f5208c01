#include "sim_json.h"

#include <inttypes.h>
#include <jansson.h>

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Write the next element of an array, on a line of its own. */
static void write_element(struct cut_sim_json *json, json_t *element)
{
    if (element == NULL) {
        json->error = CUT_NOMEM;
        return;
    }
    fputs(json->is_first ? "\n" : ",\n", json->file);
    json->is_first = false;
    if (json_dumpf(element, json->file, JSON_COMPACT) != 0 &&
        !ferror(json->file))
        json->error = CUT_NOMEM;
    json_decref(element);
}

void cut_sim_json_begin(struct cut_sim_json *json,
                        FILE *file,
                        const struct cut_topology *topology,
                        int64_t seed,
                        bool has_log)
{
    *json = (struct cut_sim_json){
        .file = file,
        .topology = topology,
        .has_log = has_log,
        .is_first = true,
    };
    fprintf(file,
            "{\"seed\":%" PRId64 ",\n\"processes\":%" PRIu32
            ",\n\"channels\":%" PRIu32 ",\n\"tokens\":%" PRIu64 ",\n",
            seed,
            cut_topology_process_count(topology),
            cut_topology_channel_count(topology),
            cut_topology_tokens_total(topology));
    if (has_log)
        fputs("\"log\":[", file);
}

static const char *name_of(enum cut_sim_event_kind kind)
{
    switch (kind) {
    case CUT_SIM_SEND:
        return "send";
    case CUT_SIM_DELIVER:
        return "deliver";
    case CUT_SIM_CAPTURE:
        return "capture";
    case CUT_SIM_RECORD:
        return "record";
    case CUT_SIM_PART:
        return "part";
    case CUT_SIM_COMPLETE:
        return "complete";
    /* Not by the schedule of ticks. */
    case CUT_SIM_START:
    case CUT_SIM_TIMER:
    case CUT_SIM_INPUT:
    case CUT_SIM_PRINT:
    case CUT_SIM_LOSE:
    case CUT_SIM_STOP:
    case CUT_SIM_RESUME:
    case CUT_SIM_ABORT:
    case CUT_SIM_JOIN:
    case CUT_SIM_LEAVE:
    case CUT_SIM_CRASH:
        break;
    }
    return "?";
}

static const char *process_name(const struct cut_sim_json *json,
                                uint32_t process)
{
    return cut_topology_name(json->topology, process);
}

/* Set a key of an object. What is missing for lack of memory is remembered. */
static void
set(struct cut_sim_json *json, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        json->error = CUT_NOMEM;
}

/* The ends and the content of the message that an event is about. */
static void
add_message(struct cut_sim_json *json, json_t *o, const struct cut_sim_event *e)
{
    uint32_t source = cut_topology_source(json->topology, e->channel);
    uint32_t destination = cut_topology_destination(json->topology, e->channel);

    set(json, o, "source", json_string(process_name(json, source)));
    set(json, o, "destination", json_string(process_name(json, destination)));
    set(json,
        o,
        e->message.is_marker ? "marker" : "token",
        integer(e->message.value));
    if (e->kind == CUT_SIM_SEND)
        set(json, o, "due", integer(e->message.due));
}

void cut_sim_json_observe(void *context, const struct cut_sim_event *event)
{
    struct cut_sim_json *json = context;
    json_t *object = json_object();
    bool has_snapshot =
        event->kind != CUT_SIM_SEND && event->kind != CUT_SIM_DELIVER;

    set(json, object, "time", integer(event->now));
    set(json, object, "event", json_string(name_of(event->kind)));
    if (event->process != CUT_NONE)
        set(json,
            object,
            "process",
            json_string(process_name(json, event->process)));
    if (has_snapshot)
        set(json, object, "snapshot", integer(event->snapshot));
    if (event->channel != CUT_NONE)
        add_message(json, object, event);
    if (event->kind == CUT_SIM_CAPTURE)
        set(json, object, "tokens", integer(event->tokens));
    write_element(json, object);
}

void cut_sim_json_begin_snapshots(struct cut_sim_json *json)
{
    if (json->has_log)
        fputs("\n],\n", json->file);
    fputs("\"snapshots\":[", json->file);
    json->is_first = true;
}

static json_t *processes_of(const struct cut_sim_json *json,
                            const struct cut_snapshot *snapshot)
{
    uint32_t count = cut_topology_process_count(json->topology);
    json_t *object = json_object();

    for (uint32_t p = 0; p < count; p++)
        if (json_object_set_new(object,
                                process_name(json, p),
                                integer(snapshot->tokens[p])) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *messages_of(const struct cut_sim_json *json,
                           const struct cut_snapshot *snapshot)
{
    json_t *array = json_array();

    for (uint64_t i = 0; i < snapshot->message_count; i++) {
        const struct cut_snapshot_message *message = &snapshot->messages[i];
        json_t *object = json_pack("{s:s,s:s,s:o}",
                                   "source",
                                   process_name(json, message->source),
                                   "destination",
                                   process_name(json, message->destination),
                                   "token",
                                   integer(message->tokens));
        if (json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* {"path": ..., "equal": ...}, or nothing at all. */
static json_t *expectation_of(const struct cut_sim_verdict *verdict)
{
    if (verdict->expected_path == NULL)
        return NULL;
    return json_pack("{s:s,s:b}",
                     "path",
                     verdict->expected_path,
                     "equal",
                     verdict->is_expected);
}

void cut_sim_json_snapshot(struct cut_sim_json *json,
                           const struct cut_snapshot *snapshot,
                           const struct cut_sim_verdict *verdict)
{
    uint64_t in_processes;
    uint64_t in_channels;

    cut_snapshot_total(snapshot, &in_processes, &in_channels);
    write_element(
        json,
        json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:{s:o,s:o,s:o,s:b},s:o*}",
                  "id",
                  integer(snapshot->number),
                  "initiator",
                  process_name(json, snapshot->initiator),
                  "begun",
                  integer(snapshot->begun),
                  "complete",
                  integer(snapshot->complete),
                  "processes",
                  processes_of(json, snapshot),
                  "messages",
                  messages_of(json, snapshot),
                  "sums",
                  "processes",
                  integer(in_processes),
                  "channels",
                  integer(in_channels),
                  "total",
                  integer(in_processes + in_channels),
                  "conserved",
                  verdict->is_conserved,
                  "expected",
                  expectation_of(verdict)));
}

enum cut_error cut_sim_json_end(struct cut_sim_json *json,
                                const struct cut_sim *sim)
{
    struct cut_sim_stats stats = cut_sim_stats(sim);
    json_t *totals = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
                               "ticks",
                               integer(cut_sim_now(sim)),
                               "messages_sent",
                               integer(stats.messages_sent),
                               "messages_delivered",
                               integer(stats.messages_delivered),
                               "messages_recorded",
                               integer(stats.messages_recorded),
                               "markers_sent",
                               integer(stats.markers_sent),
                               "markers_delivered",
                               integer(stats.markers_delivered),
                               "snapshots",
                               integer(stats.snapshots_complete));

    fputs("\n],\n\"totals\":", json->file);
    json->is_first = true;
    write_element(json, totals);
    fputs("}\n", json->file);
    return json->error;
}
