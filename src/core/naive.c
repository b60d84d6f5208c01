/*
 * No algorithm: each process captures its state when it hears of the snapshot,
 * and channels are taken as empty. What is recorded is no global state that
 * the system was, or could have been, in: messages are lost where they were on
 * their way, and doubled where one was delivered before the receiver heard and
 * sent after the sender did.
 *
 * Source:  it is what everybody tries first; Chandy and Lamport 1985, section
 *          1, says what is wrong with it.
 */
#include "core/actions.h"

enum control_kind {
    ASK = 1, /* capture your state */
};

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    (void)incoming_count;
    (void)outgoing_count;
    return (struct cut_memory_size){.kept = sizeof(struct cut_place)};
}

static void begin(struct cut_engine *engine,
                  const struct cut_engine_config *config)
{
    struct cut_place *place = cut_engine_memory(engine);

    *place = (struct cut_place){config->process, config->process_count};
}

static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    const struct cut_place *place = cut_engine_memory(engine);
    struct cut_snapshot_id snapshot = slot->recording.snapshot;

    (void)event;
    cut_act(out, CUT_ACTION_CAPTURE, snapshot);
    if (place->process_count > 1)
        cut_act_control(
            out,
            CUT_EVERYONE,
            (struct cut_control){.snapshot = snapshot, .kind = ASK});
    cut_act(out, CUT_ACTION_COMPLETE, snapshot);
    return true;
}

static enum cut_error check_control(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event)
{
    (void)engine;
    (void)slot;
    return event->control->kind == ASK ? CUT_OK : CUT_PROTOCOL;
}

static bool receive_control(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    (void)engine;
    (void)event;
    (void)is_first;
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    return true;
}

static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    (void)engine;
    (void)event;
    (void)is_first;
    (void)out;
    return false;
}

const struct cut_algorithm cut_naive = {
    .traits =
        {
            .name = "naive",
            .summary = "each captures when asked, channels taken as empty",
            .source = "nobody's; Chandy and Lamport 1985, section 1, say what "
                      "is wrong with it",
            .controls = true,
            .is_concurrent = true,
            .several_initiators = true,
        },
    .memory_size = memory_size,
    .begin = begin,
    .check_control = check_control,
    .initiate = initiate,
    .receive_control = receive_control,
    .receive_message = receive_message,
};
