/*
 * A snapshot as JSON: docs/formats/run-snapshot.md.
 */
#include "base/memory.h"
#include "model/json_value.h"
#include "net/take.h"

#include <stdlib.h>
#include <string.h>

/* A message of the snapshot, and where it belongs. */
struct message {
    uint32_t from;
    uint32_t to;
    size_t order;
    struct cut_part_message_view view;
};

struct messages {
    struct message *all;
    size_t count;
};

/* What a program showed, or the bytes themselves. */
static void set_content(json_t **object,
                        const char *key,
                        struct cut_part_block shown,
                        struct cut_part_block data)
{
    enum cut_error error = CUT_OK;
    json_t *value =
        shown.size > 0 ? cut_value_parse(shown.data, shown.size, &error) : NULL;

    if (value != NULL || error != CUT_OK)
        cut_value_set(object, key, value);
    else if (data.size > 0)
        cut_value_set(
            object, "hex", cut_value_hex(data.data, data.size, data.size));
}

static void set_facts(const struct cut_take *take,
                      json_t **object,
                      struct cut_part_block block)
{
    struct cut_facts *facts = take->supervisor->facts;

    cut_facts_clear(facts);
    if (block.size == 0)
        return;
    enum cut_error error = cut_facts_decode(facts, block.data, block.size);
    if (error == CUT_OK)
        cut_value_set(object, "facts", cut_value_facts(facts));
    else if (error == CUT_NOMEM)
        cut_value_set(object, "facts", NULL);
}

static json_t *timers_of(struct cut_part_block block)
{
    struct cut_bytes bytes = {.at = block.data, .left = block.size};
    json_t *array = json_array();

    while (bytes.left > 0) {
        json_t *timer = json_object();
        cut_value_set(
            &timer, "timer", cut_value_count(cut_bytes_number(&bytes, 1)));
        cut_value_set(
            &timer, "remaining", cut_value_count(cut_bytes_number(&bytes, 8)));
        cut_value_append(&array, timer);
    }
    return array;
}

static json_t *process_json(const struct cut_take *take, uint32_t process)
{
    const struct cut_take_part *part = &take->parts[process];
    const struct cut_part_view *view = &part->view;
    json_t *object = json_object();

    cut_value_set(&object, "process", json_integer((json_int_t)process));
    set_content(&object, "state", view->shown, view->state);
    cut_value_set(
        &object, "state_version", json_integer((json_int_t)view->version));
    cut_value_set(&object, "state_size", cut_value_count(view->state.size));
    if (view->timers.size > 0)
        cut_value_set(&object, "timers", timers_of(view->timers));
    cut_value_set(&object, "captured", cut_value_count(view->captured));
    cut_value_set(&object, "completed", cut_value_count(view->completed));
    cut_value_set(&object, "arrived", cut_value_count(part->arrived));
    cut_value_set(&object, "pause", cut_value_count(view->pause_ns));
    cut_value_set(&object, "cpu", cut_value_count(view->cpu_ns));
    set_facts(take, &object, view->facts);
    return object;
}

/* By channel; in one, what the receiver recorded before what the sender did,
 * each in its order. */
static int compare(const void *a, const void *b)
{
    const struct message *left = a;
    const struct message *right = b;

    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    if (left->to != right->to)
        return left->to < right->to ? -1 : 1;
    if (left->view.is_by_sender != right->view.is_by_sender)
        return left->view.is_by_sender ? 1 : -1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static bool collect(const struct cut_take *take, struct messages *messages)
{
    messages->count = 0;
    messages->all = calloc(take->message_count + 1, sizeof *messages->all);
    if (messages->all == NULL)
        return false;
    for (uint32_t p = 0; p < take->supervisor->process_count; p++) {
        struct cut_part_view view = take->parts[p].view; /* empty: none */
        struct cut_part_message_view message;
        while (cut_part_next_message(&view, &message)) {
            messages->all[messages->count] = (struct message){
                .from = message.is_by_sender ? p : message.peer,
                .to = message.is_by_sender ? message.peer : p,
                .order = messages->count,
                .view = message,
            };
            messages->count++;
        }
    }
    qsort(messages->all, messages->count, sizeof *messages->all, compare);
    return true;
}

static json_t *message_json(const struct cut_take *take,
                            const struct message *message)
{
    json_t *object = json_object();

    cut_value_set(&object, "position", cut_value_count(message->view.position));
    cut_value_set(&object, "type", json_integer(message->view.type));
    cut_value_set(&object, "size", cut_value_count(message->view.data.size));
    set_content(&object, "data", message->view.shown, message->view.data);
    if (message->view.is_by_sender)
        cut_value_set(&object, "is_by_sender", json_true());
    set_facts(take, &object, message->view.facts);
    return object;
}

static json_t *channels_json(const struct cut_take *take)
{
    struct messages messages;
    json_t *array = json_array();

    if (!collect(take, &messages)) {
        json_decref(array);
        return NULL;
    }
    for (size_t i = 0; i < messages.count;) {
        const struct message *first = &messages.all[i];
        json_t *channel = json_object();
        json_t *list = json_array();
        for (; i < messages.count && messages.all[i].from == first->from &&
               messages.all[i].to == first->to;
             i++)
            cut_value_append(&list, message_json(take, &messages.all[i]));
        cut_value_set(&channel, "from", json_integer((json_int_t)first->from));
        cut_value_set(&channel, "to", json_integer((json_int_t)first->to));
        cut_value_set(&channel, "messages", list);
        cut_value_append(&array, channel);
    }
    free(messages.all);
    return array;
}

static json_t *totals_json(const struct cut_take *take)
{
    json_t *array = json_array();

    for (size_t i = 0; i < take->totals.count; i++) {
        const struct cut_total *total = &take->totals.all[i];
        json_t *object = json_object();
        cut_value_set(&object, "quantity", json_string(total->name));
        cut_value_set(
            &object, "in_processes", json_integer(total->in_processes));
        cut_value_set(&object, "in_channels", json_integer(total->in_channels));
        cut_value_set(&object, "at_start", json_integer(total->start));
        cut_value_append(&array, object);
    }
    return array;
}

static void set_run(const struct cut_take *take, json_t **object)
{
    const struct cut_supervisor *supervisor = take->supervisor;
    const struct cut_supervisor_config *config = &supervisor->config;
    json_t *names = json_array();
    json_t *run = json_object();

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        cut_value_append(
            &names, json_string(cut_supervisor_process_name(supervisor, p)));
    cut_value_set(&run, "name", json_string(supervisor->name));
    cut_value_set(
        &run,
        "id",
        cut_value_hex(supervisor->run, CUT_RUN_ID_SIZE, CUT_RUN_ID_SIZE));
    cut_value_set(&run, "program", json_string(supervisor->program));
    cut_value_set(&run,
                  "algorithm",
                  json_string(cut_algorithm_traits(config->algorithm)->name));
    cut_value_set(&run, "seed", json_integer(config->seed));
    cut_value_set(
        &run, "started", cut_value_count(supervisor->started_real_ns));
    cut_value_set(object, "run", run);
    cut_value_set(object, "names", names);
}

json_t *cut_take_json(const struct cut_take *take)
{
    json_t *object = json_object();
    json_t *processes = json_array();

    cut_value_set(&object, "cutline_snapshot", json_integer(1));
    cut_value_set(&object, "id", json_integer(0));
    set_run(take, &object);
    cut_value_set(&object, "number", cut_value_count(take->snapshot.number));
    cut_value_set(
        &object, "view", json_integer((json_int_t)take->snapshot.view));
    cut_value_set(&object,
                  "incarnation",
                  json_integer((json_int_t)take->snapshot.incarnation));
    cut_value_set(&object, "status", json_string("complete"));
    cut_value_set(
        &object, "initiator", json_integer((json_int_t)take->initiator));
    cut_value_set(&object, "begun", cut_value_count(take->begun));
    cut_value_set(&object, "ended", cut_value_count(take->ended));
    cut_value_set(
        &object, "messages_recorded", cut_value_count(take->message_count));
    cut_value_set(
        &object, "bytes_recorded", cut_value_count(take->message_bytes));
    for (uint32_t p = 0; p < take->supervisor->process_count; p++)
        if (take->parts[p].is_wanted)
            cut_value_append(&processes, process_json(take, p));
    cut_value_set(&object, "processes", processes);
    cut_value_set(&object, "channels", channels_json(take));
    cut_value_set(&object, "totals", totals_json(take));
    return object;
}
