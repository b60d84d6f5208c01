/*
 * The algorithm of Chandy and Lamport, one function a rule.
 *
 * Source:  K. M. Chandy, L. Lamport, "Distributed Snapshots: Determining
 *          Global States of Distributed Systems", ACM TOCS 3(1), 1985.
 * Assumes: channels are FIFO and lose nothing; every process can be reached
 *          from the initiators.
 *
 * Any number of snapshots run at once: the rules are applied to each by
 * itself, and none of them looks at another.
 */
#include "core/actions.h"

/* The sender of a closed channel left: no marker comes on it. */
static void await_open_channels(const struct cut_engine *engine,
                                struct cut_slot *slot)
{
    cut_slot_await_all(slot, engine->incoming_count);
    if (engine->closed != NULL)
        cut_slot_take_out(slot, engine->closed, engine->incoming_count);
}

/*
 * Section 3.2, Marker-Sending Rule for a process p: on each channel directed
 * away from p, p sends one marker after p records its state and before p sends
 * further messages along it.
 *
 * The two actions stand together and before all others of the step, and the
 * step is atomic, so no message can come between.
 */
static void record_state_and_send_markers(const struct cut_engine *engine,
                                          struct cut_slot *slot,
                                          struct cut_action_list *out)
{
    struct cut_snapshot_id snapshot = slot->recording.snapshot;

    await_open_channels(engine, slot);
    cut_act(out, CUT_ACTION_CAPTURE, snapshot);
    if (engine->outgoing_count > 0)
        cut_act(out, CUT_ACTION_TRANSMIT, snapshot);
}

/*
 * Section 3.3, termination: a process has done its part when it has recorded
 * its state and the states of all its incoming channels.
 */
static bool complete_if_all_recorded(struct cut_slot *slot,
                                     struct cut_action_list *out)
{
    if (slot->missing > 0)
        return false;
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    return true;
}

/*
 * Section 3.3: the algorithm can be initiated by one or more processes, each
 * of which records its state spontaneously, without receiving markers.
 */
static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    (void)event;
    record_state_and_send_markers(engine, slot, out);
    return complete_if_all_recorded(slot, out);
}

/*
 * Section 3.2, Marker-Receiving Rule for a process q, on receiving a marker
 * along a channel c: if q has not recorded its state, q records its state, and
 * the state of c as the empty sequence; else q records the state of c as the
 * messages received along c after q's state was recorded and before this
 * marker.
 *
 * Those messages are recorded as they come (recordings_of); to stop
 * awaiting the marker is to say that they are all.
 *
 * In the paper a process receives from the channel itself. Where what came out
 * of it waits to be delivered and the marker does not, what it has overtaken
 * was sent before it and is delivered after the capture: the last part of the
 * state of c, and of an empty one all of it.
 */
static bool receive_marker(struct cut_engine *engine,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           bool is_first,
                           struct cut_action_list *out)
{
    uint32_t channel = event->channel;

    if (is_first)
        record_state_and_send_markers(engine, slot, out);
    if (event->waiting > 0)
        cut_act_record_waiting(out, slot, event);
    cut_slot_marker_came(slot, channel);
    return complete_if_all_recorded(slot, out);
}

/*
 * Section 3.2: a message that comes along c after the state was recorded and
 * before the marker is in the state of c, in each snapshot for which that is
 * so. The list is threaded through the slots, so it takes no memory.
 */
static const struct cut_recording *
recordings_of(const struct cut_engine *engine, uint32_t channel)
{
    const struct cut_recording *first = NULL;
    const struct cut_recording **end = &first;

    for (struct cut_slot *slot = engine->open; slot != NULL; slot = slot->next)
        if (cut_slot_awaits(slot, channel)) {
            *end = &slot->recording;
            end = &slot->recording.next;
        }
    *end = NULL;
    return first;
}

static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    const struct cut_recording *recordings =
        recordings_of(engine, event->channel);

    (void)is_first;
    if (recordings != NULL)
        cut_act_record(out, event->channel, recordings);
    return false;
}

/* Messages need no stamp: their place among the markers says all. */
const struct cut_algorithm cut_chandy_lamport = {
    .traits =
        {
            .name = "chandy-lamport",
            .summary = "a marker on every channel",
            .source = "Chandy, Lamport, \"Distributed Snapshots: Determining "
                      "Global States of Distributed Systems\", ACM TOCS "
                      "3(1), 1985",
            .needs_fifo = true,
            .markers_in_channel = true,
            .is_concurrent = true,
            .several_initiators = true,
            .follows_views = true,
            .is_right = true,
        },
    .initiate = initiate,
    .receive_marker = receive_marker,
    .receive_message = receive_message,
};
