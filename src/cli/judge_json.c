#include "judge_json.h"

#include <stdio.h>

static const char *const kinds[] = {
    [CUT_VERDICT_CONSISTENT] = "consistent",
    [CUT_VERDICT_ORPHAN] = "orphan",
    [CUT_VERDICT_MISSING] = "missing",
    [CUT_VERDICT_EXTRA] = "extra",
    [CUT_VERDICT_ORDER] = "order",
    [CUT_VERDICT_INCOMPLETE] = "incomplete",
    [CUT_VERDICT_ABORTED] = "aborted",
};

/* JSON's integers have a sign. */
static json_t *integer(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* Put a value into an object or an array, which is given up, and NULL from then
 * on, when memory is out. */
static void set(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

static void append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

/* --- the run ------------------------------------------------------------- */

static json_t *texts(const char *const *list, uint32_t count)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < count; i++)
        append(&array, json_string(list[i]));
    return array;
}

static json_t *hex(const uint8_t *bytes, size_t size)
{
    char text[2 * sizeof((struct cut_trace_run_info *)NULL)->id + 1] = "";

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static json_t *end_of(const struct cut_trace_run *run, uint32_t process)
{
    struct cut_trace_end end = cut_trace_run_end(run, process);

    return json_pack("{s:b,s:b,s:o,s:o}",
                     "early",
                     end.is_early,
                     "torn",
                     end.is_torn,
                     "size",
                     integer(end.size),
                     "last",
                     integer(end.last_now));
}

static json_t *ends_of(const struct cut_trace_run *run)
{
    json_t *array = json_array();

    for (uint32_t p = 0; p < cut_trace_run_info(run)->process_count; p++)
        append(&array, end_of(run, p));
    return array;
}

/* --- verdicts ------------------------------------------------------------ */

/* A record of the trace: where it stands, and when that was. */
static void set_record(json_t **object,
                       const char *key,
                       const struct cut_trace_run *run,
                       uint64_t index)
{
    if (index == UINT64_MAX)
        return;
    uint64_t now = cut_trace_at(cut_trace_run_trace(run), index).now;
    set(object,
        key,
        json_pack(
            "{s:o,s:o}", "position", integer(index), "time", integer(now)));
}

/* The message that proves it. */
static void set_proof(json_t **object,
                      const struct cut_trace_run *run,
                      const struct cut_verdict *verdict)
{
    struct cut_trace_message message =
        cut_trace_run_message(run, verdict->message);

    set(object, "message", integer(verdict->message));
    set(object, "type", integer(message.type));
    set(object, "sender", integer(verdict->sender));
    set(object, "receiver", integer(verdict->receiver));
    set(object, "in_channel", integer(message.position));
    set_record(object, "sent", run, verdict->sent_at);
    set_record(object, "delivered", run, verdict->delivered_at);
    set_record(object, "sender_capture", run, verdict->sender_capture_at);
    set_record(object, "receiver_capture", run, verdict->receiver_capture_at);
}

/* What a process lacks that has not all of its trace may be in the rest. */
static json_t *incomplete(const struct cut_trace_run *run, uint32_t process)
{
    bool is_early = cut_trace_run_end(run, process).is_early;

    return json_pack("{s:s,s:o}",
                     "kind",
                     is_early ? "unknown" : "incomplete",
                     "process",
                     integer(process));
}

static json_t *verdict_of(const struct cut_trace_run *run, uint64_t snapshot)
{
    struct cut_verdict verdict;
    enum cut_error error = cut_trace_run_judge(run, snapshot, NULL, &verdict);

    if (error == CUT_INVALID)
        return json_pack("{s:s}", "kind", "contradiction");
    if (error != CUT_OK)
        return NULL;
    if (verdict.kind == CUT_VERDICT_INCOMPLETE)
        return incomplete(run, verdict.process);
    json_t *object = json_pack("{s:s,s:o,s:o}",
                               "kind",
                               kinds[verdict.kind],
                               "recorded",
                               integer(verdict.recorded_count),
                               "crossing",
                               integer(verdict.crossing_count));
    if (verdict.message != UINT64_MAX)
        set_proof(&object, run, &verdict);
    return object;
}

static json_t *snapshots_of(const struct cut_trace_run *run)
{
    json_t *array = json_array();

    for (uint64_t i = 0;
         array != NULL && i < cut_trace_run_info(run)->snapshot_count;
         i++) {
        struct cut_snapshot_id id = cut_trace_run_snapshot(run, i);
        json_t *snapshot = json_pack("{s:o,s:o,s:o,s:o}",
                                     "incarnation",
                                     integer(id.incarnation),
                                     "view",
                                     integer(id.view),
                                     "number",
                                     integer(id.number),
                                     "verdict",
                                     verdict_of(run, i));

        append(&array, snapshot);
    }
    return array;
}

json_t *cut_judge_json(const struct cut_trace_run *run)
{
    const struct cut_trace_run_info *info = cut_trace_run_info(run);

    return json_pack("{s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}",
                     "run",
                     hex(info->id, sizeof info->id),
                     "incarnation",
                     integer(info->incarnation),
                     "started",
                     integer(info->started_at),
                     "algorithm",
                     info->algorithm,
                     "processes",
                     integer(info->process_count),
                     "names",
                     texts(info->names, info->process_count),
                     "message_types",
                     texts(info->types, info->type_count),
                     "messages",
                     integer(info->message_count),
                     "ends",
                     ends_of(run),
                     "snapshots",
                     snapshots_of(run));
}
