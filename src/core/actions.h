/*
 * Writing the actions of a step. A rule writes them in the order in which they
 * are to take effect.
 *
 * Only what the kind of an action names is written: to clear the rest takes
 * three times as long as the whole step of a message.
 */
#ifndef CUT_CORE_ACTIONS_H
#define CUT_CORE_ACTIONS_H

#include "core/state.h"

/* The next action, to be written in place: a copy costs more than a step. */
static inline struct cut_action *cut_action_next(struct cut_action_list *out)
{
    CUT_ASSERT(out->count < CUT_ACTIONS_MAX);
    return &out->actions[out->count++];
}

/* An action that needs no more than a snapshot. */
static inline void cut_act(struct cut_action_list *out,
                           enum cut_action_kind kind,
                           struct cut_snapshot_id snapshot)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = kind;
    action->snapshot = snapshot;
}

/* One that needs no more than a channel. */
static inline void cut_act_on(struct cut_action_list *out,
                              enum cut_action_kind kind,
                              uint32_t channel)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = kind;
    action->channel = channel;
}

static inline void
cut_act_send(struct cut_action_list *out, uint32_t channel, uint64_t stamp)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = CUT_ACTION_SEND;
    action->channel = channel;
    action->stamp = stamp;
}

static inline void cut_act_control(struct cut_action_list *out,
                                   uint32_t peer,
                                   struct cut_control control)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = CUT_ACTION_CONTROL;
    action->peer = peer;
    action->control = control;
}

static inline void cut_act_wake(struct cut_action_list *out, uint64_t time)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = CUT_ACTION_WAKE;
    action->time = time;
}

static inline void cut_act_record(struct cut_action_list *out,
                                  uint32_t channel,
                                  const struct cut_recording *recordings)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = CUT_ACTION_RECORD;
    action->channel = channel;
    action->recordings = recordings;
}

/* Record the message in hand in one snapshot, and no other. */
static inline void cut_act_record_in(struct cut_action_list *out,
                                     uint32_t channel,
                                     struct cut_slot *slot)
{
    slot->recording.next = NULL;
    cut_act_record(out, channel, &slot->recording);
}

static inline void cut_act_record_waiting(struct cut_action_list *out,
                                          const struct cut_slot *slot,
                                          const struct cut_event *marker)
{
    struct cut_action *action = cut_action_next(out);

    action->kind = CUT_ACTION_RECORD_WAITING;
    action->channel = marker->channel;
    action->snapshot = slot->recording.snapshot;
    action->waiting = marker->waiting;
}

#endif
