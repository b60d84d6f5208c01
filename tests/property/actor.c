#include "actor.h"

#include <string.h>

/* An actor without channels has to come to an end too. */
#define EVENTS_MAX 1000
#define TIMERS 3
#define AT_ONCE_MAX 8
#define SAVED_SIZE (9 * sizeof(uint64_t))

struct actor {
    struct actor_counts counts;
    uint64_t budget;  /* messages in all */
    uint64_t at_once; /* messages of an event */
    uint64_t pace;    /* the longest time between timers */
    uint64_t asks;    /* of 256 */
    uint64_t leaves;  /* of 256 */
};

/* Counting */

static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ digest >> 29;
}

void actor_count_event(struct actor_counts *counts)
{
    counts->events++;
    counts->digest = mix(counts->digest, 1);
}

void actor_count_message(struct actor_counts *counts,
                         bool is_sent,
                         uint32_t type,
                         const void *data,
                         size_t size)
{
    const uint8_t *bytes = data;

    counts->sent += is_sent;
    counts->received += !is_sent;
    counts->digest = mix(counts->digest, is_sent ? 2 : 3);
    counts->digest = mix(counts->digest, (uint64_t)type << 32 | size);
    for (size_t i = 0; i < size; i++)
        counts->digest = mix(counts->digest, bytes[i]);
}

/* Acting */

static bool may_go_on(const struct actor *actor)
{
    return actor->counts.sent < actor->budget &&
           actor->counts.events < EVENTS_MAX;
}

static size_t fill(struct cut_context *context, uint8_t *data)
{
    size_t size = cut_random_below(context, ACTOR_DATA_MAX + 1);

    /* Sizes of up to 8 are kept elsewhere, so they come as often as others. */
    if (cut_random_below(context, 2) == 0)
        size = cut_random_below(context, 10);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)cut_random_below(context, 256);
    return size;
}

static void send_one(struct actor *actor, struct cut_context *context)
{
    uint8_t data[ACTOR_DATA_MAX];
    size_t size = fill(context, data);
    uint32_t count = cut_outgoing_count(context);
    uint32_t channel = (uint32_t)cut_random_below(context, count);
    uint32_t peer = cut_outgoing_peer(context, channel);

    if (cut_channel_to(context, peer) != channel)
        cut_fail(context, "has two channels to one process");
    cut_send(context, channel, cut_self(context), data, size);
    actor_count_message(&actor->counts, true, cut_self(context), data, size);
}

static void send_to_all(struct actor *actor, struct cut_context *context)
{
    uint8_t data[ACTOR_DATA_MAX];
    size_t size = fill(context, data);

    cut_multicast(context, NULL, 0, cut_self(context), data, size);
    for (uint32_t c = 0; c < cut_outgoing_count(context); c++)
        actor_count_message(
            &actor->counts, true, cut_self(context), data, size);
}

static void act(struct actor *actor, struct cut_context *context)
{
    uint64_t count = cut_random_below(context, actor->at_once + 1);

    if (cut_random_below(context, 256) < actor->asks)
        cut_request_snapshot(context);
    if (cut_random_below(context, 256) < actor->leaves)
        cut_leave(context);
    if (!may_go_on(actor) || cut_outgoing_count(context) == 0)
        return;
    if (cut_random_below(context, 16) == 0) {
        send_to_all(actor, context);
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        send_one(actor, context);
}

static void arm(const struct actor *actor, struct cut_context *context)
{
    uint32_t timer = (uint32_t)cut_random_below(context, TIMERS);

    if (may_go_on(actor))
        cut_timer_set(
            context, timer, cut_random_below(context, actor->pace + 1));
}

static void
send_to(struct actor *actor, struct cut_context *context, uint8_t channel)
{
    uint8_t data[ACTOR_DATA_MAX];
    size_t size = fill(context, data);
    uint32_t count = cut_outgoing_count(context);

    if (!may_go_on(actor) || count == 0)
        return;
    cut_send(context, channel % count, cut_self(context), data, size);
    actor_count_message(&actor->counts, true, cut_self(context), data, size);
}

static void obey(struct actor *actor,
                 struct cut_context *context,
                 const struct actor_order *order)
{
    switch ((enum actor_verb)order->verb) {
    case ACTOR_SEND:
        send_to(actor, context, order->object);
        break;
    case ACTOR_SEND_TO_ALL:
        if (may_go_on(actor))
            send_to_all(actor, context);
        break;
    case ACTOR_SET:
        if (may_go_on(actor))
            cut_timer_set(
                context, order->object % TIMERS, 1000 * order->object);
        break;
    case ACTOR_CANCEL:
        cut_timer_cancel(context, order->object % TIMERS);
        break;
    case ACTOR_ASK:
        cut_request_snapshot(context);
        break;
    case ACTOR_PRINT:
        cut_print(context, "%u", order->object);
        break;
    }
}

/* The program */

static enum cut_error create(void *state, struct cut_context *context)
{
    struct actor *actor = state;
    uint64_t values[ACTOR_ARGUMENTS];

    for (uint32_t i = 0; i < ACTOR_ARGUMENTS; i++)
        values[i] =
            (uint64_t)cut_argument_integer(context, i, 0, INT64_MAX - 1, 1);
    actor->budget = values[0];
    actor->at_once = values[1] < AT_ONCE_MAX ? values[1] : AT_ONCE_MAX;
    actor->pace = values[2];
    actor->asks = values[3];
    actor->leaves = values[4];
    return CUT_OK;
}

static void start(void *state, struct cut_context *context)
{
    struct actor *actor = state;

    actor_count_event(&actor->counts);
    arm(actor, context);
    if (cut_random_below(context, 2) == 0)
        act(actor, context);
}

static void timer(void *state, struct cut_context *context, uint32_t number)
{
    struct actor *actor = state;

    if (number >= TIMERS)
        cut_fail(context, "has a timer that it has not set");
    actor_count_event(&actor->counts);
    act(actor, context);
    if (cut_random_below(context, 8) == 0)
        cut_timer_cancel(context, (uint32_t)cut_random_below(context, TIMERS));
    arm(actor, context);
}

/* The type of a message is its sender: so it is known that channels are right.
 */
static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct actor *actor = state;

    if (cut_incoming_peer(context, message->channel) != message->type)
        cut_fail(context, "received on another channel than it was sent on");
    actor_count_event(&actor->counts);
    actor_count_message(
        &actor->counts, false, message->type, message->data, message->size);
    if (cut_random_below(context, 3) == 0)
        act(actor, context);
    if (cut_random_below(context, 16) == 0)
        arm(actor, context);
}

static void
input(void *state, struct cut_context *context, const void *data, size_t size)
{
    struct actor *actor = state;

    actor_count_event(&actor->counts);
    if (size == sizeof(struct actor_order))
        obey(actor, context, data);
    else
        act(actor, context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct actor *actor = state;

    cut_write_unsigned(out, actor->leaves, 8);
    cut_write_unsigned(out, actor->asks, 8);
    cut_write_unsigned(out, actor->pace, 8);
    cut_write_unsigned(out, actor->at_once, 8);
    cut_write_unsigned(out, actor->budget, 8);
    cut_write_unsigned(out, actor->counts.digest, 8);
    cut_write_unsigned(out, actor->counts.received, 8);
    cut_write_unsigned(out, actor->counts.sent, 8);
    cut_write_unsigned(out, actor->counts.events, 8);
}

static uint64_t read_unsigned(const uint8_t **at)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)(*at)[i] << (8 * i);
    *at += 8;
    return value;
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct actor *actor = state;
    const uint8_t *at = data;

    if (size != SAVED_SIZE)
        return CUT_INVALID;
    actor->leaves = read_unsigned(&at);
    actor->asks = read_unsigned(&at);
    actor->pace = read_unsigned(&at);
    actor->at_once = read_unsigned(&at);
    actor->budget = read_unsigned(&at);
    actor->counts.digest = read_unsigned(&at);
    actor->counts.received = read_unsigned(&at);
    actor->counts.sent = read_unsigned(&at);
    actor->counts.events = read_unsigned(&at);
    return CUT_OK;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct actor *actor = state;

    cut_facts_quantity(out, "events", (int64_t)actor->counts.events);
}

const struct cut_process actor_plain = {
    .name = "actor",
    .state_size = sizeof(struct actor),
    .create = create,
    .start = start,
    .receive = receive,
    .timer = timer,
    .input = input,
    .facts = facts,
};

const struct cut_process actor_saved = {
    .name = "actor",
    .version = 1,
    .state_size = sizeof(struct actor),
    .create = create,
    .start = start,
    .receive = receive,
    .timer = timer,
    .input = input,
    .save = save,
    .load = load,
    .facts = facts,
};

bool actor_read(const struct cut_process *process,
                const void *data,
                size_t size,
                struct actor_counts *out)
{
    struct actor actor = {.budget = 0};

    if (process->load != NULL) {
        if (process->load(&actor, data, size) != CUT_OK)
            return false;
    } else {
        if (size != sizeof actor)
            return false;
        memcpy(&actor, data, sizeof actor);
    }
    *out = actor.counts;
    return true;
}
