/*
 * Which channels an open snapshot still records: one bit each. Where there are
 * markers in the channel, those are the ones whose marker it waits for.
 */
#include "core/state.h"

#include <string.h>

void cut_slot_await_all(struct cut_slot *slot, uint32_t incoming_count)
{
    size_t whole = incoming_count / 64;
    uint32_t rest = incoming_count % 64;

    memset(slot->awaited, 0xff, whole * sizeof slot->awaited[0]);
    if (rest != 0)
        slot->awaited[whole] = (UINT64_C(1) << rest) - 1;
    slot->missing = incoming_count;
}

void cut_slot_await_none(struct cut_slot *slot, uint32_t incoming_count)
{
    size_t words = ((size_t)incoming_count + 63) / 64;

    memset(slot->awaited, 0, words * sizeof slot->awaited[0]);
    slot->missing = 0;
}

/* Await none of those that the other awaits. */
void cut_slot_take_out(struct cut_slot *slot,
                       const struct cut_slot *others,
                       uint32_t incoming_count)
{
    size_t words = ((size_t)incoming_count + 63) / 64;

    for (size_t i = 0; i < words; i++) {
        uint64_t both = slot->awaited[i] & others->awaited[i];
        slot->awaited[i] &= ~both;
        slot->missing -= (uint32_t)__builtin_popcountll(both);
    }
}

bool cut_slot_awaits(const struct cut_slot *slot, uint32_t channel)
{
    return (slot->awaited[channel / 64] >> (channel % 64) & 1) != 0;
}

void cut_slot_await(struct cut_slot *slot, uint32_t channel)
{
    CUT_ASSERT(!cut_slot_awaits(slot, channel));
    slot->awaited[channel / 64] |= UINT64_C(1) << (channel % 64);
    slot->missing++;
}

void cut_slot_marker_came(struct cut_slot *slot, uint32_t channel)
{
    CUT_ASSERT(cut_slot_awaits(slot, channel));
    slot->awaited[channel / 64] &= ~(UINT64_C(1) << (channel % 64));
    slot->missing--;
}
