/*
 * The receiving end of a channel with credit: reported <= delivered <= arrived,
 * and what waits for the program is arrived - delivered.
 */
#include "base/trap.h"
#include "proto/credit.h"

void cut_credit_receiver_init(struct cut_credit_receiver *receiver,
                              const struct cut_credit_config *config)
{
    CUT_ASSERT(config->messages_max >= 1 && config->bytes_max >= 1);
    *receiver = (struct cut_credit_receiver){.config = *config};
}

/* The sender knows of no more deliveries than there are, so where it may send,
 * less than the bounds waits here. */
enum cut_error cut_credit_receiver_arrived(struct cut_credit_receiver *receiver,
                                           uint64_t size)
{
    if (receiver->arrived.messages - receiver->delivered.messages >=
            receiver->config.messages_max ||
        receiver->arrived.bytes - receiver->delivered.bytes >=
            receiver->config.bytes_max ||
        size > UINT64_MAX - receiver->arrived.bytes)
        return CUT_PROTOCOL;
    receiver->arrived.messages++;
    receiver->arrived.bytes += size;
    return CUT_OK;
}

void cut_credit_receiver_delivered(struct cut_credit_receiver *receiver,
                                   uint64_t size)
{
    CUT_ASSERT(receiver->delivered.messages < receiver->arrived.messages);
    CUT_ASSERT(size <= receiver->arrived.bytes - receiver->delivered.bytes);
    receiver->delivered.messages++;
    receiver->delivered.bytes += size;
}

/* Rounded up, so that nothing is never a quarter. */
static uint64_t quarter(uint64_t of)
{
    return of / 4 + (of % 4 > 0);
}

bool cut_credit_receiver_wants_report(
    const struct cut_credit_receiver *receiver)
{
    return receiver->is_due ||
           receiver->delivered.messages - receiver->reported.messages >=
               quarter(receiver->config.messages_max) ||
           receiver->delivered.bytes - receiver->reported.bytes >=
               quarter(receiver->config.bytes_max);
}

struct cut_credit_count
cut_credit_receiver_report(struct cut_credit_receiver *receiver)
{
    receiver->reported = receiver->delivered;
    receiver->is_due = false;
    return receiver->reported;
}

void cut_credit_receiver_reconnected(struct cut_credit_receiver *receiver)
{
    receiver->is_due = true;
}
