/*
 * Epochs: a message says of which snapshot its sender captured its state last.
 *
 * What Lai and Yang 1987 call its colour, white before the capture and red
 * after it, is here the number of that snapshot and one, 0 before any: colours
 * for one snapshot after another. The epoch that a snapshot begins is on the
 * messages sent after the sender's capture in it, or a later one is; an earlier
 * one is on all that were sent before.
 *
 * Who has not captured and gets a message of a later epoch captures first, so
 * no message crosses a cut from behind. That holds without an order.
 *
 * The epoch of a snapshot that was aborted stays on messages: some processes
 * captured in it and some did not. A process that was told of the abort knows
 * the number, does not open it again and delivers the message. It is no loss
 * that such an epoch is above the receiver's own: of a snapshot that comes
 * later, both are old.
 */
#ifndef CUT_CORE_EPOCH_H
#define CUT_CORE_EPOCH_H

#include "core/state.h"

/* The epoch that begins with the capture in a snapshot. */
static inline uint64_t cut_epoch_of(const struct cut_slot *slot)
{
    return slot->recording.snapshot.number + 1;
}

/* Was a message sent before its sender's capture in a snapshot? */
static inline bool cut_epoch_is_old(const struct cut_slot *slot, uint64_t stamp)
{
    return stamp < cut_epoch_of(slot);
}

/* Does a message tell of a snapshot above all that were seen here? */
static inline bool cut_epoch_opens(const struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_snapshot_id *out)
{
    if (event->stamp <= engine->end)
        return false;
    *out = (struct cut_snapshot_id){
        .incarnation = engine->incarnation,
        .view = engine->view,
        .number = event->stamp - 1,
    };
    return true;
}

#endif
