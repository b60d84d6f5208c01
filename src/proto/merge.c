/*
 * Marker links: the counts. Message i and marker k of a channel tell the same
 * order: i came before k if and only if i <= messages_before of k, if and only
 * if markers_before of i < k.
 */
#include "proto/merge.h"

#include "base/trap.h"

void cut_merge_sender_init(struct cut_merge_sender *sender)
{
    *sender = (struct cut_merge_sender){0};
}

uint64_t cut_merge_message_sent(struct cut_merge_sender *sender)
{
    sender->messages++;
    return sender->markers;
}

uint64_t cut_merge_marker_sent(struct cut_merge_sender *sender)
{
    sender->markers++;
    return sender->messages;
}

void cut_merge_receiver_init(struct cut_merge_receiver *receiver)
{
    *receiver = (struct cut_merge_receiver){0};
}

enum cut_error cut_merge_message_arrived(struct cut_merge_receiver *receiver,
                                         uint64_t markers_before)
{
    /* Against the last marker: each must say the same of the other. */
    bool is_before = markers_before < receiver->markers;
    bool is_counted = receiver->arrived < receiver->messages_before;

    if (markers_before < receiver->markers_before || is_before != is_counted)
        return CUT_PROTOCOL;
    receiver->arrived++;
    receiver->markers_before = markers_before;
    return CUT_OK;
}

enum cut_error cut_merge_marker_arrived(struct cut_merge_receiver *receiver,
                                        uint64_t messages_before)
{
    /* Likewise against the last message; before the first there is none. */
    bool is_after = receiver->markers_before <= receiver->markers;
    bool is_counting = messages_before >= receiver->arrived;

    if (messages_before < receiver->messages_before || is_after != is_counting)
        return CUT_PROTOCOL;
    receiver->markers++;
    receiver->messages_before = messages_before;
    return CUT_OK;
}

bool cut_merge_close(struct cut_merge_receiver *receiver,
                     uint64_t messages_before,
                     uint32_t *waiting)
{
    CUT_ASSERT(receiver->closed < receiver->markers);
    CUT_ASSERT(messages_before <= receiver->messages_before);
    if (receiver->arrived < messages_before)
        return false;
    uint64_t count = messages_before > receiver->delivered
                         ? messages_before - receiver->delivered
                         : 0;
    CUT_ASSERT(count <= UINT32_MAX);
    receiver->closed++;
    *waiting = (uint32_t)count;
    return true;
}

bool cut_merge_may_deliver(const struct cut_merge_receiver *receiver,
                           uint64_t markers_before)
{
    return markers_before <= receiver->markers;
}

void cut_merge_delivered(struct cut_merge_receiver *receiver)
{
    CUT_ASSERT(receiver->delivered < receiver->arrived);
    receiver->delivered++;
}
