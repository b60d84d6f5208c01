#include "main/run.h"

/* Of bytes that only the program understands, so many are told. */
#define HEX_MAX 32

static const char *const words[] = {
    [CUT_SIM_SEND] = "send",
    [CUT_SIM_DELIVER] = "deliver",
    [CUT_SIM_CAPTURE] = "capture",
    [CUT_SIM_RECORD] = "record",
    [CUT_SIM_PART] = "part",
    [CUT_SIM_COMPLETE] = "complete",
    [CUT_SIM_START] = "start",
    [CUT_SIM_TIMER] = "timer",
    [CUT_SIM_INPUT] = "input",
    [CUT_SIM_PRINT] = "print",
    [CUT_SIM_LOSE] = "lose",
    [CUT_SIM_STOP] = "stop",
    [CUT_SIM_RESUME] = "resume",
    [CUT_SIM_ABORT] = "abort",
    [CUT_SIM_JOIN] = "join",
    [CUT_SIM_LEAVE] = "leave",
    [CUT_SIM_CRASH] = "crash",
};

static bool has_message(enum cut_sim_event_kind kind)
{
    return kind == CUT_SIM_SEND || kind == CUT_SIM_DELIVER ||
           kind == CUT_SIM_RECORD || kind == CUT_SIM_LOSE;
}

static bool has_snapshot(enum cut_sim_event_kind kind)
{
    return kind == CUT_SIM_CAPTURE || kind == CUT_SIM_RECORD ||
           kind == CUT_SIM_PART || kind == CUT_SIM_COMPLETE ||
           kind == CUT_SIM_STOP || kind == CUT_SIM_RESUME ||
           kind == CUT_SIM_ABORT;
}

static void tell_message(const struct cut_run *run,
                         const struct cut_sim_event *event,
                         json_t **object)
{
    const struct cut_sim_message *message = &event->message;
    struct cut_message shown = {
        .channel = CUT_NONE,
        .type = message->type,
        .size = message->size,
        .data = message->data,
    };

    cut_value_set(object, "peer", json_integer((json_int_t)event->peer));
    if (message->is_marker) {
        cut_value_set(object, "marker", cut_value_count(message->value));
        return;
    }
    cut_value_set(object, "message", cut_value_count(message->id));
    cut_value_set(object, "type", json_integer((json_int_t)message->type));
    cut_value_set(object, "size", json_integer((json_int_t)message->size));
    cut_tell_data(run, &shown, HEX_MAX, object);
}

void cut_tell_event(void *context, const struct cut_sim_event *event)
{
    struct cut_run *run = context;
    json_t *object = json_object();

    cut_value_set(&object, "time", cut_value_count(event->now));
    cut_value_set(&object, "event", json_string(words[event->kind]));
    if (event->process != CUT_NONE)
        cut_value_set(
            &object, "process", json_integer((json_int_t)event->process));
    if (has_snapshot(event->kind))
        cut_value_set(&object, "snapshot", cut_value_count(event->snapshot));
    if (has_message(event->kind))
        tell_message(run, event, &object);
    if (event->text != NULL)
        cut_value_set(&object, "text", json_string(event->text));
    cut_answer(run->answers, "event", object);
}
