/*
 * The receiving end of a link. All below next are delivered; bit 0 of kept is
 * set only between a DELIVER and the calls of cut_link_receiver_next that
 * follow it.
 */
#include "base/trap.h"
#include "proto/link.h"

void cut_link_receiver_init(struct cut_link_receiver *receiver,
                            const struct cut_link_config *config)
{
    CUT_ASSERT(cut_link_config_is_valid(config));
    *receiver = (struct cut_link_receiver){.window = config->window};
}

static void advance(struct cut_link_receiver *receiver)
{
    receiver->next++;
    receiver->kept >>= 1;
}

/*
 * A sender sends number n when all below n - window + 1 are acknowledged, so
 * they are delivered here: what is beyond the window is no sender's.
 */
enum cut_link_fate cut_link_receiver_arrived(struct cut_link_receiver *receiver,
                                             uint64_t sequence)
{
    uint64_t ahead = sequence - receiver->next;

    if (sequence < receiver->next) {
        receiver->duplicates++;
        return CUT_LINK_DROP;
    }
    if (ahead >= receiver->window) {
        receiver->absurd++;
        return CUT_LINK_DROP;
    }
    uint64_t bit = UINT64_C(1) << ahead;
    if ((receiver->kept & bit) != 0) {
        receiver->duplicates++;
        return CUT_LINK_DROP;
    }
    if (ahead > 0) {
        receiver->kept |= bit;
        return CUT_LINK_KEEP;
    }
    advance(receiver);
    return CUT_LINK_DELIVER;
}

bool cut_link_receiver_next(struct cut_link_receiver *receiver,
                            uint64_t *sequence)
{
    if ((receiver->kept & 1) == 0)
        return false;
    *sequence = receiver->next;
    advance(receiver);
    return true;
}

uint64_t
cut_link_receiver_acknowledgement(const struct cut_link_receiver *receiver)
{
    return receiver->next;
}

uint64_t cut_link_receiver_reconnected(struct cut_link_receiver *receiver)
{
    receiver->kept = 0;
    return receiver->next;
}
