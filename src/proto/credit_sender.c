/*
 * The sending end of a channel with credit: what is outstanding is sent -
 * delivered, by the last report. That is never negative.
 */
#include "base/trap.h"
#include "proto/credit.h"

void cut_credit_sender_init(struct cut_credit_sender *sender,
                            const struct cut_credit_config *config)
{
    CUT_ASSERT(config->messages_max >= 1 && config->bytes_max >= 1);
    *sender = (struct cut_credit_sender){.config = *config};
}

bool cut_credit_sender_may_send(const struct cut_credit_sender *sender)
{
    return sender->sent.messages - sender->delivered.messages <
               sender->config.messages_max &&
           sender->sent.bytes - sender->delivered.bytes <
               sender->config.bytes_max;
}

void cut_credit_sender_sent(struct cut_credit_sender *sender, uint64_t size)
{
    CUT_ASSERT(cut_credit_sender_may_send(sender));
    CUT_ASSERT(size <= UINT64_MAX - sender->sent.bytes);
    sender->sent.messages++;
    sender->sent.bytes += size;
}

/* More messages are more bytes, or as many; as many are as many. */
static bool is_up_to(struct cut_credit_count early,
                     struct cut_credit_count late)
{
    if (early.messages == late.messages)
        return early.bytes == late.bytes;
    return early.messages < late.messages && early.bytes <= late.bytes;
}

void cut_credit_sender_reported(struct cut_credit_sender *sender,
                                struct cut_credit_count delivered)
{
    if (is_up_to(delivered, sender->delivered))
        return;
    if (is_up_to(sender->delivered, delivered) &&
        is_up_to(delivered, sender->sent))
        sender->delivered = delivered;
    else
        sender->absurd++;
}
