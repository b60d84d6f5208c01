#include "event_json.h"

#include "troupe.h"

#include <string.h>

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

static struct cut_sim_message read_message(const json_t *value)
{
    const json_t *marker = json_object_get(value, "marker");

    if (marker != NULL)
        return (struct cut_sim_message){
            .is_marker = true,
            .value = cut_answer_number(value, "marker"),
            .due = cut_answer_number(value, "due"),
        };
    return (struct cut_sim_message){
        .type = (uint8_t)cut_answer_number(value, "type"),
        .size = (uint32_t)cut_answer_number(value, "size"),
        .id = cut_answer_number(value, "message"),
        .value = cut_answer_number(value, "type"),
        .due = cut_answer_number(value, "due"),
    };
}

bool cut_event_read(const json_t *value, struct cut_sim_event *out)
{
    const char *word = cut_answer_text(value, "event");
    size_t kind = 0;

    while (kind < sizeof words / sizeof words[0] &&
           strcmp(words[kind], word) != 0)
        kind++;
    if (kind == sizeof words / sizeof words[0])
        return false;
    *out = (struct cut_sim_event){
        .kind = (enum cut_sim_event_kind)kind,
        .now = cut_answer_number(value, "time"),
        .process = cut_answer_process(value, "process"),
        .channel = CUT_NONE,
        .peer = cut_answer_process(value, "peer"),
        .message = read_message(value),
        .snapshot = cut_answer_number(value, "snapshot"),
        .text = cut_answer_text(value, "text"),
    };
    return true;
}
