/*
 * Which markers an open snapshot still waits for: one bit a channel.
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

bool cut_slot_awaits(const struct cut_slot *slot, uint32_t channel)
{
    return (slot->awaited[channel / 64] >> (channel % 64) & 1) != 0;
}

void cut_slot_marker_came(struct cut_slot *slot, uint32_t channel)
{
    CUT_ASSERT(cut_slot_awaits(slot, channel));
    slot->awaited[channel / 64] &= ~(UINT64_C(1) << (channel % 64));
    slot->missing--;
}
