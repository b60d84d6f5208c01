/*
 * What a program calls: arguments are checked here, once for all executors.
 *
 * A mistake must not stop the process it happens in: that may hold a million
 * others, and a run to be written down. It is noted, the rest of the event does
 * nothing, and the executor ends the run.
 */
#include "model/context.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Note a mistake in asking. The context is const to the program alone. */
static struct cut_context *notes_of(const struct cut_context *context)
{
    return (struct cut_context *)(uintptr_t)context;
}

/* --- who and where ------------------------------------------------------- */

uint32_t cut_self(const struct cut_context *context)
{
    return context->self;
}

uint32_t cut_process_count(const struct cut_context *context)
{
    return context->process_count;
}

const char *cut_name(const struct cut_context *context, uint32_t process)
{
    if (process < context->process_count)
        return context->operations->name(context, process);
    cut_context_fail(notes_of(context),
                     CUT_INVALID,
                     "asks for the name of process %" PRIu32
                     " (expected one below %" PRIu32 ")",
                     process,
                     context->process_count);
    return "?";
}

cut_time cut_now(const struct cut_context *context)
{
    return context->now;
}

/* --- arguments ----------------------------------------------------------- */

uint32_t cut_argument_count(const struct cut_context *context)
{
    return context->argument_count;
}

const char *cut_argument(const struct cut_context *context, uint32_t index)
{
    return index < context->argument_count ? context->arguments[index] : NULL;
}

/* Read a decimal number and nothing else: no blanks, no '+'. */
static bool read_integer(const char *text, int64_t *out)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    char *end;

    if (digits[0] < '0' || digits[0] > '9')
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0;
}

static void fail_argument(struct cut_context *context,
                          uint32_t index,
                          int64_t least,
                          int64_t most)
{
    const char *text = context->arguments[index];
    uint32_t number = index + 1; /* as people count */

    if (least == INT64_MIN && most == INT64_MAX)
        cut_fail(context,
                 "argument %" PRIu32 " is \"%.60s\" (expected a number)",
                 number,
                 text);
    else if (most == INT64_MAX)
        cut_fail(context,
                 "argument %" PRIu32
                 " is \"%.60s\" (expected a number, at least %" PRId64 ")",
                 number,
                 text,
                 least);
    else
        cut_fail(context,
                 "argument %" PRIu32
                 " is \"%.60s\" (expected a number from %" PRId64 " to %" PRId64
                 ")",
                 number,
                 text,
                 least,
                 most);
}

int64_t cut_argument_integer(struct cut_context *context,
                             uint32_t index,
                             int64_t least,
                             int64_t most,
                             int64_t otherwise)
{
    int64_t value;

    if (index >= context->argument_count)
        return otherwise;
    if (read_integer(context->arguments[index], &value) && value >= least &&
        value <= most)
        return value;
    fail_argument(context, index, least, most);
    return otherwise;
}

/* --- channels ------------------------------------------------------------ */

/* Note that the program means a channel that it does not have. */
static void fail_channel(struct cut_context *context,
                         const char *does,
                         uint32_t channel,
                         uint32_t count,
                         const char *direction)
{
    char which[32] = "no channel";
    const char *plural = count == 1 ? "" : "s";

    /* UINT32_MAX is what cut_channel_to gives where there is none. */
    if (channel != UINT32_MAX)
        snprintf(which, sizeof which, "channel %" PRIu32, channel);
    if (count == 0)
        cut_context_fail(context,
                         CUT_INVALID,
                         "%s %s (expected none: it has no %s channels)",
                         does,
                         which,
                         direction);
    else
        cut_context_fail(context,
                         CUT_INVALID,
                         "%s %s (expected one of its %" PRIu32 " %s channel%s)",
                         does,
                         which,
                         count,
                         direction,
                         plural);
}

uint32_t cut_outgoing_count(const struct cut_context *context)
{
    return context->outgoing_count;
}

uint32_t cut_outgoing_peer(const struct cut_context *context, uint32_t channel)
{
    if (channel < context->outgoing_count)
        return context->operations->outgoing_peer(context, channel);
    fail_channel(notes_of(context),
                 "asks for the receiver of",
                 channel,
                 context->outgoing_count,
                 "outgoing");
    return context->self;
}

uint32_t cut_incoming_count(const struct cut_context *context)
{
    return context->incoming_count;
}

uint32_t cut_incoming_peer(const struct cut_context *context, uint32_t channel)
{
    if (channel < context->incoming_count)
        return context->operations->incoming_peer(context, channel);
    fail_channel(notes_of(context),
                 "asks for the sender of",
                 channel,
                 context->incoming_count,
                 "incoming");
    return context->self;
}

uint32_t cut_channel_to(const struct cut_context *context, uint32_t process)
{
    if (process >= context->process_count)
        return UINT32_MAX;
    return context->operations->channel_to(context, process);
}

/* --- doing --------------------------------------------------------------- */

/* Whether something may be done: nothing is wrong yet, and this is an event. */
static bool may_act(struct cut_context *context, const char *does)
{
    if (context->is_creating)
        cut_context_fail(context,
                         CUT_INVALID,
                         "%s in create (expected in an event, like start)",
                         does);
    return context->error == CUT_OK;
}

static bool is_message(struct cut_context *context,
                       uint32_t type,
                       const void *data,
                       size_t size)
{
    if (type >= CUT_MESSAGE_TYPES_MAX)
        cut_context_fail(context,
                         CUT_INVALID,
                         "sends a message of type %" PRIu32
                         " (expected a type below %d)",
                         type,
                         CUT_MESSAGE_TYPES_MAX);
    else if (size > CUT_MESSAGE_SIZE_MAX)
        cut_context_fail(context,
                         CUT_INVALID,
                         "sends a message of %zu bytes (expected at most "
                         "%" PRIu32 ")",
                         size,
                         CUT_MESSAGE_SIZE_MAX);
    else if (data == NULL && size > 0)
        cut_context_fail(context,
                         CUT_INVALID,
                         "sends a message of %zu bytes that are not there "
                         "(expected data)",
                         size);
    else
        return true;
    return false;
}

static bool may_send_on(struct cut_context *context, uint32_t channel)
{
    if (channel < context->outgoing_count)
        return true;
    fail_channel(
        context, "sends on", channel, context->outgoing_count, "outgoing");
    return false;
}

void cut_send(struct cut_context *context,
              uint32_t channel,
              uint32_t type,
              const void *data,
              size_t size)
{
    if (may_act(context, "sends") && may_send_on(context, channel) &&
        is_message(context, type, data, size))
        context->operations->send(context, channel, type, data, size);
}

/* All is checked before the first is sent: one event, all or nothing. */
void cut_multicast(struct cut_context *context,
                   const uint32_t *channels,
                   uint32_t channel_count,
                   uint32_t type,
                   const void *data,
                   size_t size)
{
    uint32_t count = channels != NULL ? channel_count : context->outgoing_count;

    if (!may_act(context, "sends") || !is_message(context, type, data, size))
        return;
    for (uint32_t i = 0; channels != NULL && i < count; i++)
        if (!may_send_on(context, channels[i]))
            return;
    for (uint32_t i = 0; i < count && context->error == CUT_OK; i++)
        context->operations->send(
            context, channels != NULL ? channels[i] : i, type, data, size);
}

static bool
is_timer(struct cut_context *context, const char *does, uint32_t timer)
{
    if (timer < CUT_TIMERS_MAX)
        return true;
    cut_context_fail(context,
                     CUT_INVALID,
                     "%s timer %" PRIu32 " (expected one below %d)",
                     does,
                     timer,
                     CUT_TIMERS_MAX);
    return false;
}

void cut_timer_set(struct cut_context *context, uint32_t timer, cut_time after)
{
    if (!may_act(context, "sets a timer") || !is_timer(context, "sets", timer))
        return;
    if (after > UINT64_MAX - context->now)
        cut_context_fail(context,
                         CUT_INVALID,
                         "sets timer %" PRIu32 " to go off after %" PRIu64
                         " ns (expected at most %" PRIu64 ")",
                         timer,
                         after,
                         UINT64_MAX - context->now);
    else
        context->operations->timer_set(context, timer, after);
}

void cut_timer_cancel(struct cut_context *context, uint32_t timer)
{
    if (may_act(context, "cancels a timer") &&
        is_timer(context, "cancels", timer))
        context->operations->timer_cancel(context, timer);
}

void cut_request_snapshot(struct cut_context *context)
{
    if (may_act(context, "asks for a snapshot"))
        context->wants_snapshot = true;
}

void cut_leave(struct cut_context *context)
{
    if (may_act(context, "leaves"))
        context->wants_leave = true;
}

/* --- chance -------------------------------------------------------------- */

uint64_t cut_random(struct cut_context *context)
{
    return cut_random_next(context->random);
}

uint64_t cut_random_below(struct cut_context *context, uint64_t bound)
{
    if (bound > 0)
        return cut_random_next_below(context->random, bound);
    cut_context_fail(context,
                     CUT_INVALID,
                     "asks for a random number below 0 (expected a bound of at "
                     "least 1)");
    return 0;
}
