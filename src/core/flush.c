/*
 * Stop, flush, record, resume, one function a rule: the program stands still
 * while the channels are emptied into the snapshot.
 *
 * Source:  the oldest checkpoints of parallel programs work so; the protocol
 *          of barriers around a flush is that of G. Stellner, "CoCheck:
 *          checkpointing and process migration for MPI", IPPS 1996, in which
 *          ready messages push what is in the channels out.
 * Assumes: channels are FIFO and lose nothing. One snapshot at a time.
 *
 * The initiator tells everyone to stop. Who stops captures its state and sends
 * a marker on each outgoing channel, behind all that it has sent. Nothing is
 * delivered while a process stands still, so what the channels still bring
 * waits before their markers, and is their state. With all markers in a
 * process tells the initiator that it is ready; when all are, everyone resumes.
 *
 * Several initiators: the one with the lowest number coordinates. Each process
 * tells the lowest that it has heard of, when it is ready; one that hears of a
 * lower one after that tells it too. The lowest of all is heard of by all, so
 * it hears from all, from each once; what others hear is of no consequence.
 *
 * A marker can be faster than the initiator's frame, and says nothing of the
 * initiator: a process that is ready before it knows waits for that frame.
 */
#include "core/actions.h"

enum control_kind {
    STOP = 1,   /* the sender initiates */
    READY = 2,  /* all markers have come here */
    RESUME = 3, /* all are ready */
};

struct flush {
    struct cut_place place;
    /* The open snapshot's: */
    uint32_t initiator;    /* the lowest known, and one; 0: none is */
    uint32_t is_initiator; /* this one was, whoever coordinates now */
    uint64_t ready_count;
};

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    size_t kept = offsetof(struct flush, initiator);

    (void)incoming_count;
    (void)outgoing_count;
    return (struct cut_memory_size){kept, sizeof(struct flush) - kept};
}

static void begin(struct cut_engine *engine,
                  const struct cut_engine_config *config)
{
    struct flush *own = cut_engine_memory(engine);

    own->place = (struct cut_place){config->process, config->process_count};
}

static bool coordinates(const struct flush *own)
{
    return own->initiator == own->place.process + 1;
}

static void tell_everyone(const struct flush *own,
                          struct cut_snapshot_id snapshot,
                          enum control_kind kind,
                          struct cut_action_list *out)
{
    if (own->place.process_count > 1)
        cut_act_control(
            out,
            CUT_EVERYONE,
            (struct cut_control){.snapshot = snapshot, .kind = kind});
}

static void stop_and_capture(struct cut_engine *engine,
                             struct cut_slot *slot,
                             struct cut_action_list *out)
{
    cut_slot_await_all(slot, engine->incoming_count);
    cut_act(out, CUT_ACTION_STOP, slot->recording.snapshot);
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
}

static void push_out_what_was_sent(const struct cut_engine *engine,
                                   const struct cut_slot *slot,
                                   struct cut_action_list *out)
{
    if (engine->outgoing_count > 0)
        cut_act(out, CUT_ACTION_TRANSMIT, slot->recording.snapshot);
}

static bool resume(const struct cut_slot *slot, struct cut_action_list *out)
{
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    cut_act(out, CUT_ACTION_RESUME, slot->recording.snapshot);
    return true;
}

/* Another process is ready, or this one: all of them may be. */
static bool count_ready(struct flush *own,
                        const struct cut_slot *slot,
                        struct cut_action_list *out)
{
    own->ready_count++;
    if (own->ready_count < own->place.process_count)
        return false;
    tell_everyone(own, slot->recording.snapshot, RESUME, out);
    return resume(slot, out);
}

/* All markers have come; the coordinator is to know, if there is one yet. */
static bool tell_ready(struct flush *own,
                       const struct cut_slot *slot,
                       struct cut_action_list *out)
{
    struct cut_control ready = {
        .snapshot = slot->recording.snapshot,
        .kind = READY,
    };

    if (slot->missing > 0 || own->initiator == 0)
        return false;
    if (coordinates(own))
        return count_ready(own, slot, out);
    cut_act_control(out, own->initiator - 1, ready);
    return false;
}

static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    struct flush *own = cut_engine_memory(engine);

    (void)event;
    own->initiator = own->place.process + 1;
    own->is_initiator = 1;
    stop_and_capture(engine, slot, out);
    tell_everyone(own, slot->recording.snapshot, STOP, out);
    push_out_what_was_sent(engine, slot, out);
    return tell_ready(own, slot, out);
}

/* All that was sent on a channel has been pushed out: what waits is it. */
static bool receive_marker(struct cut_engine *engine,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           bool is_first,
                           struct cut_action_list *out)
{
    if (is_first) {
        stop_and_capture(engine, slot, out);
        push_out_what_was_sent(engine, slot, out);
    }
    if (event->waiting > 0)
        cut_act_record_waiting(out, slot, event);
    cut_slot_marker_came(slot, event->channel);
    return tell_ready(cut_engine_memory(engine), slot, out);
}

static enum cut_error check_control(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event)
{
    const struct flush *own = cut_engine_memory(engine);
    bool is_right = false;

    switch (event->control->kind) {
    case STOP:
        is_right = slot == NULL || own->initiator != event->peer + 1;
        break;
    case READY:
        is_right = slot != NULL && own->is_initiator != 0;
        break;
    case RESUME:
        is_right = slot != NULL && slot->missing == 0;
        break;
    default:
        break;
    }
    return is_right ? CUT_OK : CUT_PROTOCOL;
}

/* An initiator is known, or a lower one. */
static bool receive_stop(struct cut_engine *engine,
                         struct cut_slot *slot,
                         uint32_t peer,
                         bool is_first,
                         struct cut_action_list *out)
{
    struct flush *own = cut_engine_memory(engine);

    if (is_first) {
        stop_and_capture(engine, slot, out);
        push_out_what_was_sent(engine, slot, out);
    }
    if (own->initiator != 0 && own->initiator < peer + 1)
        return false;
    own->initiator = peer + 1;
    return tell_ready(own, slot, out);
}

static bool receive_control(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct flush *own = cut_engine_memory(engine);

    switch ((enum control_kind)event->control->kind) {
    case STOP:
        return receive_stop(engine, slot, event->peer, is_first, out);
    case READY:
        return coordinates(own) && count_ready(own, slot, out);
    case RESUME:
        break;
    }
    return resume(slot, out);
}

/* A process stands still as long as a snapshot is open here. */
static enum cut_error check_message(struct cut_engine *engine,
                                    const struct cut_event *event)
{
    (void)event;
    return engine->open != NULL ? CUT_STATE : CUT_OK;
}

/* What was in the channels waits at the receivers: nothing is to be done. */
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

static void give_up(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out)
{
    (void)engine;
    cut_act(out, CUT_ACTION_RESUME, slot->recording.snapshot);
}

const struct cut_algorithm cut_flush = {
    .traits =
        {
            .name = "flush",
            .summary = "stop, flush the channels, record, resume",
            .source = "folklore; Stellner, \"CoCheck: checkpointing and "
                      "process migration for MPI\", IPPS 1996",
            .needs_fifo = true,
            .markers_in_channel = true,
            .controls = true,
            .stops = true,
            .several_initiators = true,
            .is_right = true,
        },
    .memory_size = memory_size,
    .begin = begin,
    .check_control = check_control,
    .check_message = check_message,
    .initiate = initiate,
    .receive_marker = receive_marker,
    .receive_control = receive_control,
    .receive_message = receive_message,
    .give_up = give_up,
};
