#include "net/part.h"

#define TIMER_SIZE 9

static struct cut_part_block take_block(struct cut_bytes *bytes)
{
    struct cut_part_block block = {.size = cut_bytes_number(bytes, 8)};

    block.data = cut_bytes_take(bytes, block.size);
    if (block.data == NULL)
        block.size = 0;
    return block;
}

static void take_message(struct cut_bytes *bytes,
                         struct cut_part_message_view *out)
{
    out->peer = (uint32_t)cut_bytes_number(bytes, 4);
    uint64_t is_by_sender = cut_bytes_number(bytes, 1);
    out->is_by_sender = is_by_sender == 1;
    bytes->is_short |= is_by_sender > 1;
    out->type = (uint8_t)cut_bytes_number(bytes, 1);
    out->position = cut_bytes_number(bytes, 8);
    out->data = take_block(bytes);
    out->shown = take_block(bytes);
    out->facts = take_block(bytes);
}

bool cut_part_next_message(struct cut_part_view *part,
                           struct cut_part_message_view *out)
{
    if (part->message_count == 0)
        return false;
    part->message_count--;
    take_message(&part->messages, out);
    return true;
}

/* Whether as many messages are there as are said to be. */
static bool has_messages(const struct cut_part_view *part)
{
    struct cut_bytes bytes = part->messages;
    struct cut_part_message_view message;

    for (uint64_t i = 0; i < part->message_count && !bytes.is_short; i++)
        take_message(&bytes, &message);
    return cut_bytes_is_whole(&bytes);
}

/* Whether the timers are some of those that there are, each once, rising. */
static bool has_timers(struct cut_part_block timers)
{
    struct cut_bytes bytes = {.at = timers.data, .left = timers.size};
    uint64_t next = 0;

    while (bytes.left > 0) {
        uint64_t timer = cut_bytes_number(&bytes, 1);
        (void)cut_bytes_number(&bytes, 8);
        if (timer < next || timer >= CUT_TIMERS_MAX)
            return false;
        next = timer + 1;
    }
    return true;
}

enum cut_error
cut_part_read(const uint8_t *data, size_t size, struct cut_part_view *out)
{
    struct cut_bytes bytes = {.at = data, .left = size};
    struct cut_part_view part;

    part.captured = cut_bytes_number(&bytes, 8);
    part.completed = cut_bytes_number(&bytes, 8);
    part.pause_ns = cut_bytes_number(&bytes, 8);
    part.cpu_ns = cut_bytes_number(&bytes, 8);
    part.version = (uint32_t)cut_bytes_number(&bytes, 4);
    part.state = take_block(&bytes);
    part.shown = take_block(&bytes);
    part.facts = take_block(&bytes);
    part.random = cut_bytes_number(&bytes, 8);
    part.timers.size = TIMER_SIZE * cut_bytes_number(&bytes, 1);
    part.timers.data = cut_bytes_take(&bytes, part.timers.size);
    part.message_count = cut_bytes_number(&bytes, 8);
    part.messages = bytes;
    if (bytes.is_short || !has_timers(part.timers) || !has_messages(&part))
        return CUT_PROTOCOL;
    *out = part;
    return CUT_OK;
}
