#include "main/run.h"

static const char *const words[] = {
    [CUT_VERDICT_CONSISTENT] = "consistent",
    [CUT_VERDICT_ORPHAN] = "orphan",
    [CUT_VERDICT_MISSING] = "missing",
    [CUT_VERDICT_EXTRA] = "extra",
    [CUT_VERDICT_ORDER] = "order",
    [CUT_VERDICT_INCOMPLETE] = "incomplete",
    [CUT_VERDICT_ABORTED] = "aborted",
};

/* A record of the trace: where it stands, and when that was. */
static void tell_record(const struct cut_run *run,
                        const char *name,
                        uint64_t index,
                        json_t **object)
{
    json_t *record;

    if (index == UINT64_MAX)
        return;
    record = json_object();
    cut_value_set(&record, "position", cut_value_count(index));
    cut_value_set(
        &record, "time", cut_value_count(cut_trace_at(run->trace, index).now));
    cut_value_set(object, name, record);
}

/* The message that proves it. */
static void tell_proof(const struct cut_run *run,
                       const struct cut_verdict *verdict,
                       json_t **object)
{
    cut_value_set(object, "message", cut_value_count(verdict->message));
    if (verdict->message < run->type_count)
        cut_value_set(object,
                      "type",
                      json_integer((json_int_t)run->types[verdict->message]));
    cut_value_set(object, "sender", json_integer((json_int_t)verdict->sender));
    cut_value_set(
        object, "receiver", json_integer((json_int_t)verdict->receiver));
    tell_record(run, "sent", verdict->sent_at, object);
    tell_record(run, "delivered", verdict->delivered_at, object);
    tell_record(run, "sender_capture", verdict->sender_capture_at, object);
    tell_record(run, "receiver_capture", verdict->receiver_capture_at, object);
}

json_t *cut_tell_verdict(const struct cut_run *run, uint64_t number)
{
    const struct cut_sim_network *network = &run->request.network;
    struct cut_verdict verdict;

    /* A channel that reorders has no order that a state could have. */
    enum cut_error error = cut_judge(run->trace,
                                     number,
                                     !network->reorders || network->is_reliable,
                                     NULL,
                                     &verdict);
    if (error == CUT_INVALID)
        return json_pack("{s:s}", "kind", "contradiction");
    if (error != CUT_OK)
        return NULL;
    json_t *object = json_object();
    cut_value_set(&object, "kind", json_string(words[verdict.kind]));
    cut_value_set(&object, "recorded", cut_value_count(verdict.recorded_count));
    cut_value_set(&object, "crossing", cut_value_count(verdict.crossing_count));
    if (verdict.kind == CUT_VERDICT_INCOMPLETE)
        cut_value_set(
            &object, "process", json_integer((json_int_t)verdict.process));
    else if (verdict.kind != CUT_VERDICT_CONSISTENT &&
             verdict.kind != CUT_VERDICT_ABORTED)
        tell_proof(run, &verdict, &object);
    return object;
}
