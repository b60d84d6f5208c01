#include "main/run.h"

#include <stdlib.h>
#include <string.h>

/* So many of those that a snapshot misses are told. */
#define MISSING_MAX 20

struct telling {
    struct cut_run *run;
    uint64_t number;
    struct cut_totals totals;
    json_t *processes;
    json_t *channels;
    uint64_t captured_count; /* processes */
    uint64_t channel_count;  /* that are not empty */
    struct cut_sim_recorded *recorded;
    size_t recorded_count;
    size_t recorded_capacity;
    enum cut_error error;
};

static const char *const words[] = {
    [CUT_SIM_STATUS_OPEN] = "open",
    [CUT_SIM_STATUS_COMPLETE] = "complete",
    [CUT_SIM_STATUS_ABORTED] = "aborted",
};

static json_t *shown_state(const struct cut_run *run,
                           const struct cut_sim_part *part,
                           enum cut_error *error)
{
    struct cut_writer writer;
    json_t *value = NULL;

    cut_writer_init(&writer, NULL);
    run->process->show_state(part->state, part->size, &writer);
    *error = writer.error;
    if (writer.error == CUT_OK)
        value = cut_value_parse(writer.data, writer.size, error);
    cut_writer_fini(&writer);
    return value;
}

/* A state is told as JSON if the program can show it, or if `save` wrote such;
 * memory only looks like it. */
static void tell_state(const struct cut_run *run,
                       const struct cut_sim_part *part,
                       json_t **object)
{
    enum cut_error error = CUT_OK;
    json_t *value = NULL;

    if (run->process->show_state != NULL)
        value = shown_state(run, part, &error);
    else if (run->process->save != NULL && part->size > 0)
        value = cut_value_parse(part->state, part->size, &error);
    if (value != NULL || error != CUT_OK)
        cut_value_set(object, "state", value);
    else
        cut_value_set(
            object, "hex", cut_value_hex(part->state, part->size, part->size));
}

static void tell_process(struct telling *telling, uint32_t process)
{
    struct cut_run *run = telling->run;
    struct cut_sim_part part = cut_sim_part(run->sim, telling->number, process);
    bool has_facts = run->process->facts != NULL && part.is_captured;

    if (has_facts) {
        cut_facts_clear(run->facts);
        telling->error =
            cut_sim_part_facts(run->sim, telling->number, process, run->facts);
        if (telling->error == CUT_OK)
            cut_totals_add(&telling->totals, run->facts, CUT_TOTALS_PROCESSES);
    }
    telling->captured_count += part.is_captured;
    if (!part.is_captured || telling->captured_count > run->request.shown_max)
        return;
    json_t *object = json_object();
    cut_value_set(&object, "process", json_integer((json_int_t)process));
    tell_state(run, &part, &object);
    cut_value_set(&object, "captured", cut_value_count(part.captured));
    if (!part.is_complete)
        cut_value_set(&object, "is_complete", json_false());
    if (has_facts && telling->error == CUT_OK)
        cut_value_set(&object, "facts", cut_value_facts(run->facts));
    cut_value_append(&telling->processes, object);
}

/* Collect what all have recorded. Data is borrowed: time stands still. */
static void collect(struct telling *telling, uint32_t process)
{
    uint32_t cursor = CUT_NONE;
    struct cut_sim_recorded recorded;

    while (cut_sim_next_recorded(
        telling->run->sim, telling->number, process, &cursor, &recorded)) {
        if (telling->recorded_count == telling->recorded_capacity) {
            size_t capacity = 2 * telling->recorded_capacity + 64;
            struct cut_sim_recorded *all =
                realloc(telling->recorded, capacity * sizeof *all);
            if (all == NULL) {
                telling->error = CUT_NOMEM;
                return;
            }
            telling->recorded = all;
            telling->recorded_capacity = capacity;
        }
        telling->recorded[telling->recorded_count++] = recorded;
    }
}

/*
 * By channel; in a channel, what the receiver recorded and then what the
 * sender did; each in the order in which they were collected.
 */
static int compare(const void *a, const void *b)
{
    const struct cut_sim_recorded *left = *(struct cut_sim_recorded *const *)a;
    const struct cut_sim_recorded *right = *(struct cut_sim_recorded *const *)b;

    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    if (left->destination != right->destination)
        return left->destination < right->destination ? -1 : 1;
    if (left->is_by_sender != right->is_by_sender)
        return left->is_by_sender ? 1 : -1;
    return left < right ? -1 : left > right;
}

static json_t *tell_message(struct telling *telling,
                            const struct cut_sim_recorded *recorded)
{
    struct cut_run *run = telling->run;
    const struct cut_message *message = &recorded->message;
    json_t *object = json_object();

    cut_value_set(&object, "message", cut_value_count(recorded->id));
    cut_value_set(&object, "type", json_integer((json_int_t)message->type));
    cut_value_set(&object, "size", json_integer((json_int_t)message->size));
    cut_tell_data(run, message, message->size, &object);
    if (recorded->is_by_sender)
        cut_value_set(&object, "is_by_sender", json_true());
    if (run->process->message_facts != NULL)
        cut_value_set(&object, "facts", cut_value_facts(run->facts));
    return object;
}

/* State the facts of a message, and add them up. */
static void add_up(struct telling *telling,
                   const struct cut_sim_recorded *recorded)
{
    struct cut_run *run = telling->run;

    if (run->process->message_facts == NULL)
        return;
    cut_facts_clear(run->facts);
    run->process->message_facts(&recorded->message, run->facts);
    cut_totals_add(&telling->totals, run->facts, CUT_TOTALS_CHANNELS);
}

static json_t *begin_channel(const struct cut_sim_recorded *first)
{
    json_t *object = json_object();

    cut_value_set(&object, "from", json_integer((json_int_t)first->source));
    cut_value_set(&object, "to", json_integer((json_int_t)first->destination));
    return object;
}

static void
end_channel(struct telling *telling, json_t *channel, json_t *messages)
{
    if (telling->channel_count == 0)
        return;
    cut_value_set(&channel, "messages", messages);
    if (telling->channel_count <= telling->run->request.shown_max)
        cut_value_append(&telling->channels, channel);
    else
        json_decref(channel);
}

static void tell_channels(struct telling *telling)
{
    size_t count = telling->recorded_count;
    /* Of pointers: they are sorted, and what they point to stays. */
    const struct cut_sim_recorded **sorted = calloc(count + 1, sizeof(void *));
    const struct cut_sim_recorded *last = NULL;
    json_t *channel = NULL;
    json_t *messages = NULL;

    if (sorted == NULL) {
        telling->error = CUT_NOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &telling->recorded[i];
    qsort(sorted, count, sizeof(void *), compare);
    for (size_t i = 0; i < count; i++) {
        const struct cut_sim_recorded *recorded = sorted[i];
        if (last == NULL || last->source != recorded->source ||
            last->destination != recorded->destination) {
            end_channel(telling, channel, messages);
            channel = begin_channel(recorded);
            messages = json_array();
            telling->channel_count++;
        }
        last = recorded;
        add_up(telling, recorded);
        if (telling->channel_count <= telling->run->request.shown_max)
            cut_value_append(&messages, tell_message(telling, recorded));
    }
    end_channel(telling, channel, messages);
    free(sorted);
}

/* What there is of a quantity, and what there was at the start. */
static json_t *tell_totals(const struct telling *telling)
{
    const struct cut_totals *start = &telling->run->start;
    const struct cut_totals *totals = &telling->totals;
    json_t *array = json_array();

    for (size_t i = 0; i < totals->count; i++) {
        const struct cut_total *total = &totals->all[i];
        json_t *object = json_object();
        int64_t before = 0;
        for (size_t k = 0; k < start->count; k++)
            if (strcmp(start->all[k].name, total->name) == 0)
                before = start->all[k].start;
        cut_value_set(&object, "quantity", json_string(total->name));
        cut_value_set(
            &object, "in_processes", json_integer(total->in_processes));
        cut_value_set(&object, "in_channels", json_integer(total->in_channels));
        cut_value_set(&object, "at_start", json_integer(before));
        cut_value_append(&array, object);
    }
    return array;
}

static void tell_contents(struct telling *telling, json_t **object)
{
    struct cut_run *run = telling->run;
    uint32_t count = cut_topology_process_count(run->request.topology);

    /* In the order of the start, whatever a cut meets with first. */
    for (size_t i = 0; i < run->start.count; i++) {
        telling->totals.all[i] = run->start.all[i];
        telling->totals.count++;
    }
    telling->processes = json_array();
    telling->channels = json_array();
    for (uint32_t p = 0; p < count && telling->error == CUT_OK; p++) {
        tell_process(telling, p);
        collect(telling, p);
    }
    if (telling->error == CUT_OK)
        tell_channels(telling);
    cut_value_set(
        object, "process_count", cut_value_count(telling->captured_count));
    cut_value_set(
        object, "channel_count", cut_value_count(telling->channel_count));
    cut_value_set(object, "processes", telling->processes);
    cut_value_set(object, "channels", telling->channels);
    cut_value_set(object, "totals", tell_totals(telling));
    free(telling->recorded);
    if (telling->error != CUT_OK) {
        json_decref(*object);
        *object = NULL;
    }
}

/* Name those that a snapshot waits for. */
static json_t *tell_missing(const struct cut_run *run, uint64_t number)
{
    uint32_t count = cut_topology_process_count(run->request.topology);
    json_t *array = json_array();
    uint32_t told = 0;

    for (uint32_t p = 0; p < count && told < MISSING_MAX; p++) {
        if (!cut_sim_is_member(run->sim, p) ||
            cut_sim_part(run->sim, number, p).is_complete)
            continue;
        cut_value_append(&array, json_integer((json_int_t)p));
        told++;
    }
    return array;
}

void cut_tell_snapshot(struct cut_run *run,
                       uint64_t number,
                       const struct cut_sim_snapshot_info *info,
                       const char *why)
{
    struct telling telling = {.run = run, .number = number};
    bool is_over = info->status == CUT_SIM_STATUS_COMPLETE ||
                   info->status == CUT_SIM_STATUS_ABORTED;
    json_t *object = json_object();

    cut_value_set(&object, "number", cut_value_count(number));
    cut_value_set(&object, "status", json_string(words[info->status]));
    cut_value_set(
        &object, "initiator", json_integer((json_int_t)info->initiator));
    cut_value_set(&object, "begun", cut_value_count(info->begun));
    if (is_over)
        cut_value_set(&object, "ended", cut_value_count(info->ended));
    if (info->status == CUT_SIM_STATUS_ABORTED && info->reason != NULL)
        cut_value_set(&object, "reason", json_string(info->reason));
    if (info->status == CUT_SIM_STATUS_OPEN)
        cut_value_set(&object, "reason", json_string(why));
    if (info->status == CUT_SIM_STATUS_OPEN)
        cut_value_set(&object, "missing_processes", tell_missing(run, number));
    cut_value_set(&object, "view", json_integer((json_int_t)info->view));
    cut_value_set(&object, "missing", json_integer((json_int_t)info->missing));
    cut_value_set(
        &object, "messages_recorded", cut_value_count(info->messages_recorded));
    cut_value_set(
        &object, "bytes_recorded", cut_value_count(info->bytes_recorded));
    if (run->trace != NULL)
        cut_value_set(&object, "verdict", cut_tell_verdict(run, number));
    if (run->request.shown_max > 0 && is_over)
        tell_contents(&telling, &object);
    cut_answer(run->answers, "snapshot", object);
}
