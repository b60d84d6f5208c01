/*
 * The algorithm of Lai and Yang, one function a rule: no marker in the channel,
 * so no order is needed; a message carries its sender's colour.
 *
 * Source:  T. H. Lai, T. H. Yang, "On distributed snapshots", Information
 *          Processing Letters 25(3), 1987. There a channel's state is found
 *          from complete histories of what was sent and received; here, as F.
 *          Mattern, "Efficient algorithms for distributed snapshots and global
 *          virtual time approximation", JPDC 18, 1993, has it, messages are
 *          recorded as they come and counted to know when they are all.
 * Assumes: channels lose nothing and double nothing; every process can be
 *          reached from the initiators. One snapshot at a time.
 *
 * Colours are epochs (epoch.h), counts are by channel (counts.h).
 */
#include "core/actions.h"
#include "core/counts.h"
#include "core/epoch.h"

/* The first word of memory is the epoch; none before the open part. */
#define KEPT_WORDS 1
#define OPEN_WORDS 0

static struct cut_counts counts_of(struct cut_engine *engine)
{
    return cut_counts_at(engine, KEPT_WORDS, OPEN_WORDS);
}

static uint64_t *epoch_of(struct cut_engine *engine)
{
    return cut_engine_memory(engine);
}

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    return cut_counts_size(
        incoming_count, outgoing_count, KEPT_WORDS, OPEN_WORDS);
}

static uint64_t sent(const struct cut_engine *engine, uint32_t channel)
{
    const uint64_t *words = cut_engine_memory_read(engine);

    return words[KEPT_WORDS + channel];
}

/*
 * A white process turns red when it records its state, and sends red messages
 * from then on. The frames that TRANSMIT stands for say how many white ones
 * there were, and bring the snapshot to where no message goes.
 */
static void turn_red(struct cut_engine *engine,
                     struct cut_slot *slot,
                     struct cut_action_list *out)
{
    struct cut_counts counts = counts_of(engine);

    cut_slot_await_all(slot, engine->incoming_count);
    cut_counts_begin(&counts, engine->incoming_count);
    *epoch_of(engine) = cut_epoch_of(slot);
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
    if (engine->outgoing_count > 0)
        cut_act(out, CUT_ACTION_TRANSMIT, slot->recording.snapshot);
}

static void stop_recording_if_whole(struct cut_engine *engine,
                                    struct cut_slot *slot,
                                    uint32_t channel)
{
    struct cut_counts counts = counts_of(engine);

    if (cut_counts_are_whole(&counts, channel))
        cut_slot_marker_came(slot, channel);
}

/* A part is complete when all white messages have come, on every channel. */
static bool complete_if_all_recorded(struct cut_slot *slot,
                                     struct cut_action_list *out)
{
    if (slot->missing > 0)
        return false;
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    return true;
}

/* A process may take its snapshot, and turn red, at any time. */
static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    (void)event;
    turn_red(engine, slot, out);
    return complete_if_all_recorded(slot, out);
}

/* Fewer cannot have been sent than have come; and it is said once. */
static enum cut_error check_marker(struct cut_engine *engine,
                                   const struct cut_slot *slot,
                                   const struct cut_event *event)
{
    struct cut_counts counts = counts_of(engine);
    uint32_t channel = event->channel;

    if (event->sent == UINT64_MAX)
        return CUT_PROTOCOL;
    if (slot == NULL)
        return event->sent < counts.received[channel] ? CUT_PROTOCOL : CUT_OK;
    if (counts.promised[channel] != 0 || event->sent < counts.old[channel])
        return CUT_PROTOCOL;
    return CUT_OK;
}

/* The count of a channel came; who is white has to turn red now at last. */
static bool receive_marker(struct cut_engine *engine,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           bool is_first,
                           struct cut_action_list *out)
{
    if (is_first)
        turn_red(engine, slot, out);
    counts_of(engine).promised[event->channel] = event->sent + 1;
    stop_recording_if_whole(engine, slot, event->channel);
    return complete_if_all_recorded(slot, out);
}

static uint64_t send_message(struct cut_engine *engine,
                             const struct cut_event *event)
{
    counts_of(engine).sent[event->channel]++;
    return *epoch_of(engine);
}

/* No white message comes on a channel after as many as there are. */
static enum cut_error check_message(struct cut_engine *engine,
                                    const struct cut_event *event)
{
    if (event->kind == CUT_EVENT_MESSAGE && engine->open != NULL &&
        cut_epoch_is_old(engine->open, event->stamp) &&
        !cut_slot_awaits(engine->open, event->channel))
        return CUT_PROTOCOL;
    return CUT_OK;
}

/* A process takes its snapshot before it receives a red message. */
static void turn_red_if_first(struct cut_engine *engine,
                              bool is_first,
                              struct cut_action_list *out)
{
    if (is_first)
        turn_red(engine, engine->open, out);
}

/* A white message that a red process receives is in the channel's state. */
static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct cut_counts counts = counts_of(engine);
    struct cut_slot *slot = engine->open;
    uint32_t channel = event->channel;

    turn_red_if_first(engine, is_first, out);
    counts.received[channel]++;
    if (slot == NULL)
        return false;
    if (cut_epoch_is_old(slot, event->stamp)) {
        counts.old[channel]++;
        cut_act_record_in(out, channel, slot);
        stop_recording_if_whole(engine, slot, channel);
    }
    return complete_if_all_recorded(slot, out);
}

const struct cut_algorithm cut_lai_yang = {
    .traits =
        {
            .name = "lai-yang",
            .summary = "an epoch on every message, a count for every channel",
            .source = "Lai, Yang, \"On distributed snapshots\", Information "
                      "Processing Letters 25(3), 1987",
            .markers_count = true,
            .stamps = true,
            .several_initiators = true,
            .is_right = true,
            .stamp_size = sizeof(uint64_t),
        },
    .memory_size = memory_size,
    .check_marker = check_marker,
    .check_message = check_message,
    .opens_by_message = cut_epoch_opens,
    .initiate = initiate,
    .receive_marker = receive_marker,
    .send_message = send_message,
    .receive_message = receive_message,
    .sent = sent,
};
