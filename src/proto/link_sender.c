/*
 * The sending end of a link. The frames from oldest to next - 1 are
 * unacknowledged, and there is a deadline if and only if there are any. Of
 * these only the oldest was ever sent more than once over the same connection.
 */
#include "base/trap.h"
#include "proto/link.h"

bool cut_link_config_is_valid(const struct cut_link_config *config)
{
    return config->timeout_min >= 1 &&
           config->timeout_max >= config->timeout_min && config->window >= 1 &&
           config->window <= CUT_LINK_WINDOW_MAX &&
           (config->window & (config->window - 1)) == 0;
}

void cut_link_sender_init(struct cut_link_sender *sender,
                          const struct cut_link_config *config)
{
    CUT_ASSERT(cut_link_config_is_valid(config));
    *sender = (struct cut_link_sender){
        .timeout_min = config->timeout_min,
        .timeout_max = config->timeout_max,
        .timeout = config->timeout_min,
        .deadline = CUT_LINK_NEVER,
        .window = config->window,
    };
}

static bool is_idle(const struct cut_link_sender *sender)
{
    return sender->oldest == sender->next;
}

/* At the end of time there is a deadline still: never is something else. */
static void set_deadline(struct cut_link_sender *sender, cut_time now)
{
    cut_time last = CUT_LINK_NEVER - 1;
    bool fits = now < last && sender->timeout < last - now;

    sender->deadline = fits ? now + sender->timeout : last;
    sender->aged = sender->next;
    sender->has_hole = false;
}

bool cut_link_sender_has_room(const struct cut_link_sender *sender)
{
    return sender->next - sender->oldest < sender->window;
}

/* RFC 6298, 5.1: a running timer goes on, it is the oldest frame's. */
uint64_t cut_link_sender_submit(struct cut_link_sender *sender, cut_time now)
{
    CUT_ASSERT(cut_link_sender_has_room(sender));
    CUT_ASSERT(sender->next != UINT64_MAX);
    if (is_idle(sender))
        set_deadline(sender, now);
    uint64_t sequence = sender->next++;
    if (now < sender->deadline && sender->deadline - now >= sender->timeout_min)
        sender->aged = sender->next;
    return sequence;
}

uint32_t cut_link_sender_acknowledged(struct cut_link_sender *sender,
                                      uint64_t next,
                                      cut_time now)
{
    if (next > sender->next) {
        sender->absurd++;
        return 0;
    }
    if (next <= sender->oldest)
        return 0;
    uint32_t count = (uint32_t)(next - sender->oldest);
    sender->oldest = next;
    sender->timeout = sender->timeout_min;
    if (is_idle(sender)) {
        sender->deadline = CUT_LINK_NEVER;
        sender->has_hole = false;
    } else if (next < sender->recovery) {
        sender->deadline = now;
        sender->has_hole = true;
    } else {
        set_deadline(sender, now);
    }
    return count;
}

static void back_off(struct cut_link_sender *sender)
{
    cut_time slack = sender->timeout_max - sender->timeout;

    sender->timeout += sender->timeout < slack ? sender->timeout : slack;
}

struct cut_link_resend cut_link_sender_timeout(struct cut_link_sender *sender,
                                               cut_time now)
{
    if (is_idle(sender) || now < sender->deadline)
        return (struct cut_link_resend){.first = sender->oldest};
    if (!sender->has_hole) {
        back_off(sender);
        sender->recovery = sender->aged;
    }
    set_deadline(sender, now);
    sender->resent++;
    return (struct cut_link_resend){.first = sender->oldest, .count = 1};
}

cut_time cut_link_sender_deadline(const struct cut_link_sender *sender)
{
    return sender->deadline;
}

/* What was on the old connection does not come any more. So each frame is as if
 * it had been sent for the first time now; none is known to be lost. */
enum cut_error cut_link_sender_reconnected(struct cut_link_sender *sender,
                                           uint64_t next,
                                           cut_time now,
                                           struct cut_link_resumption *out)
{
    if (next < sender->oldest || next > sender->next) {
        sender->absurd++;
        return CUT_PROTOCOL;
    }
    *out = (struct cut_link_resumption){
        .forgotten = (uint32_t)(next - sender->oldest),
        .resend = {.first = next, .count = (uint32_t)(sender->next - next)},
    };
    sender->oldest = next;
    sender->recovery = next;
    sender->timeout = sender->timeout_min;
    sender->resent += out->resend.count;
    set_deadline(sender, now);
    if (is_idle(sender))
        sender->deadline = CUT_LINK_NEVER;
    return CUT_OK;
}
