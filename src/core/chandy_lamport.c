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
#include "core/state.h"

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

    cut_slot_await_all(slot, engine->incoming_count);
    *cut_action_next(out) =
        (struct cut_action){.kind = CUT_ACTION_CAPTURE, .snapshot = snapshot};
    if (engine->outgoing_count > 0)
        *cut_action_next(out) = (struct cut_action){.kind = CUT_ACTION_TRANSMIT,
                                                    .snapshot = snapshot};
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
    *cut_action_next(out) = (struct cut_action){
        .kind = CUT_ACTION_COMPLETE, .snapshot = slot->recording.snapshot};
    return true;
}

/*
 * Section 3.3: the algorithm can be initiated by one or more processes, each
 * of which records its state spontaneously, without receiving markers.
 */
static bool initiate(const struct cut_engine *engine,
                     struct cut_slot *slot,
                     struct cut_action_list *out)
{
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
 */
static bool receive_marker(const struct cut_engine *engine,
                           struct cut_slot *slot,
                           uint32_t channel,
                           bool is_first,
                           struct cut_action_list *out)
{
    if (is_first)
        record_state_and_send_markers(engine, slot, out);
    cut_slot_marker_came(slot, channel);
    return complete_if_all_recorded(slot, out);
}

/* A message needs no stamp: its place among the markers says all. */
static void send_message(const struct cut_engine *engine,
                         uint32_t channel,
                         struct cut_action_list *out)
{
    (void)engine;
    *cut_action_next(out) =
        (struct cut_action){.kind = CUT_ACTION_SEND, .channel = channel};
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

static void receive_message(const struct cut_engine *engine,
                            uint32_t channel,
                            struct cut_action_list *out)
{
    const struct cut_recording *recordings = recordings_of(engine, channel);

    if (recordings != NULL)
        *cut_action_next(out) = (struct cut_action){.kind = CUT_ACTION_RECORD,
                                                    .channel = channel,
                                                    .recordings = recordings};
    *cut_action_next(out) =
        (struct cut_action){.kind = CUT_ACTION_DELIVER, .channel = channel};
}

const struct cut_algorithm cut_chandy_lamport = {
    .name = "chandy-lamport",
    .initiate = initiate,
    .receive_marker = receive_marker,
    .send_message = send_message,
    .receive_message = receive_message,
};
