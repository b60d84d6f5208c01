#include "net/figures_json.h"

#include "base/memory.h"
#include "model/json_value.h"

static void set_count(json_t **object, const char *key, uint64_t value)
{
    cut_value_set(object, key, cut_value_count(value));
}

/* A time that has not come yet is left out. */
static void set_time(json_t **object, const char *key, cut_time time)
{
    if (time > 0)
        set_count(object, key, time);
}

static json_t *name_of(const struct cut_supervisor *supervisor,
                       uint32_t process)
{
    return json_string(cut_supervisor_process_name(supervisor, process));
}

/* --- a snapshot ---------------------------------------------------------- */

static json_t *part_json(const struct cut_supervisor *supervisor,
                         uint32_t process,
                         const struct cut_figures_part *part)
{
    json_t *object = json_object();

    cut_value_set(&object, "process", name_of(supervisor, process));
    cut_value_set(&object, "arrived", json_boolean(part->is_whole));
    if (!part->is_whole)
        return object;
    set_count(&object, "at", part->arrived);
    set_count(&object, "delay", part->delay_ns);
    set_count(&object, "pause", part->pause_ns);
    set_count(&object, "saving", part->saving_ns);
    set_count(&object, "recording", part->recording_ns);
    set_count(&object, "cpu", part->cpu_ns);
    set_count(&object, "state_bytes", part->state_bytes);
    set_count(&object, "messages", part->message_count);
    set_count(&object, "bytes", part->message_bytes);
    return object;
}

static json_t *parts_json(const struct cut_supervisor *supervisor,
                          const struct cut_figures_snapshot *snapshot)
{
    json_t *array = json_array();

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (snapshot->parts[p].is_wanted)
            cut_value_append(&array,
                             part_json(supervisor, p, &snapshot->parts[p]));
    return array;
}

static void set_figures(json_t **object,
                        const struct cut_figures_snapshot *snapshot)
{
    set_count(object, "begun", snapshot->begun);
    set_time(object, "arrived", snapshot->arrived);
    set_time(object, "durable", snapshot->durable);
    set_time(object, "ended", snapshot->ended);
    if (snapshot->ended >= snapshot->begun && snapshot->ended > 0)
        set_count(object, "duration", snapshot->ended - snapshot->begun);
    set_count(object, "state_bytes", snapshot->state_bytes);
    set_count(object, "messages", snapshot->message_count);
    set_count(object, "bytes", snapshot->message_bytes);
    set_count(object, "pause_max", snapshot->pause_ns_max);
    if (snapshot->reason[0] != '\0')
        cut_value_set(object, "reason", json_string(snapshot->reason));
}

json_t *cut_figures_snapshot_json(const struct cut_supervisor *supervisor,
                                  const struct cut_figures_snapshot *snapshot,
                                  bool wants_parts)
{
    static const char *const words[] = {
        [CUT_FIGURES_OPEN] = "in progress",
        [CUT_FIGURES_COMPLETE] = "complete",
        [CUT_FIGURES_FAILED] = "aborted",
    };
    json_t *object = json_object();

    set_count(&object, "id", snapshot->id);
    set_count(&object, "number", snapshot->number);
    cut_value_set(
        &object, "initiator", name_of(supervisor, snapshot->initiator));
    cut_value_set(&object, "status", json_string(words[snapshot->status]));
    set_count(&object, "processes", snapshot->wanted_count);
    set_count(&object, "parts_arrived", snapshot->part_count);
    set_figures(&object, snapshot);
    if (wants_parts)
        cut_value_set(&object, "parts", parts_json(supervisor, snapshot));
    return object;
}

/* --- all ----------------------------------------------------------------- */

json_t *cut_figures_counters_json(const struct cut_supervisor *supervisor)
{
    struct cut_figures_counters counters = cut_figures_counters(supervisor);
    json_t *object = json_object();

#define CUT_FIGURES_SET(name) set_count(&object, #name, counters.name);
    CUT_FIGURES_COUNTERS(CUT_FIGURES_SET)
#undef CUT_FIGURES_SET
    return object;
}

static json_t *summary_json(const struct cut_histogram *summary)
{
    static const struct {
        const char *name;
        uint32_t parts;
    } percentiles[] = {
        {"p50", CUT_HISTOGRAM_P50},
        {"p90", CUT_HISTOGRAM_P90},
        {"p99", CUT_HISTOGRAM_P99},
        {"p99_9", CUT_HISTOGRAM_P99_9},
    };
    json_t *object = json_object();

    set_count(&object, "count", summary->count);
    if (summary->count == 0)
        return object;
    set_count(&object, "min", summary->min);
    set_count(&object, "average", cut_histogram_mean(summary));
    set_count(&object, "max", summary->max);
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
        set_count(&object,
                  percentiles[i].name,
                  cut_histogram_percentile(summary, percentiles[i].parts));
    return object;
}

json_t *cut_figures_summaries_json(const struct cut_supervisor *supervisor)
{
    json_t *object = json_object();

    for (int i = 0; i < CUT_FIGURES_SUMMARY_COUNT; i++)
        cut_value_set(
            &object,
            cut_figures_summary_name((enum cut_figures_summary)i),
            summary_json(cut_figures_summary(supervisor->snapshot_figures,
                                             (enum cut_figures_summary)i)));
    return object;
}

/* Takes are linked with the last one first. */
static void append_open(json_t **array, const struct cut_supervisor *supervisor)
{
    json_t *open = json_array();

    for (const struct cut_take *take = supervisor->takes; take != NULL;
         take = take->next) {
        struct cut_figures_snapshot snapshot = cut_figures_of_take(take, NULL);
        if (!take->is_given_up)
            cut_value_append(
                &open, cut_figures_snapshot_json(supervisor, &snapshot, false));
    }
    for (size_t i = json_array_size(open); i-- > 0;)
        cut_value_append(array, json_incref(json_array_get(open, i)));
    json_decref(open);
}

json_t *cut_figures_recent_json(const struct cut_supervisor *supervisor)
{
    const struct cut_figures *figures = supervisor->snapshot_figures;
    json_t *array = json_array();

    for (size_t i = 0; i < cut_figures_count(figures); i++)
        cut_value_append(&array,
                         cut_figures_snapshot_json(
                             supervisor, cut_figures_at(figures, i), false));
    append_open(&array, supervisor);
    return array;
}

static json_t *open_json(const struct cut_take *take)
{
    const struct cut_allocator *memory = cut_allocator_standard();
    uint32_t count = take->supervisor->process_count;
    struct cut_figures_part *parts = cut_allocate(memory, count, sizeof *parts);
    json_t *object = NULL;

    if (parts != NULL) {
        struct cut_figures_snapshot snapshot = cut_figures_of_take(take, parts);
        object = cut_figures_snapshot_json(take->supervisor, &snapshot, true);
    }
    cut_release(memory, parts, count, sizeof *parts);
    return object;
}

json_t *cut_figures_find_json(const struct cut_supervisor *supervisor,
                              uint64_t id,
                              enum cut_error *error)
{
    const struct cut_figures_snapshot *kept =
        cut_figures_find(supervisor->snapshot_figures, id);
    const struct cut_take *take = supervisor->takes;
    json_t *object = NULL;

    *error = CUT_OK;
    while (take != NULL && (take->id != id || take->is_given_up))
        take = take->next;
    if (kept == NULL && take == NULL)
        return NULL;
    object = take != NULL ? open_json(take)
                          : cut_figures_snapshot_json(supervisor, kept, true);
    if (object == NULL)
        *error = CUT_NOMEM;
    return object;
}
