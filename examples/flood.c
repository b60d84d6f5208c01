/*
 * Processes that send each other as much as a channel with bounds lets them.
 *
 * With a window, each keeps to a limit of its own. On each of its channels it
 * has at most WINDOW messages at any time: WINDOW - 1 of data, sent at once and
 * not again until all of them are acknowledged by one message; and one that
 * acknowledges what came the other way. Where a channel holds more than that,
 * it is never full, and the program runs for ever.
 *
 * With "fill", each answers every message with one, and adds one of its own
 * every millisecond. Sooner or later all channels of a cycle are full. Then
 * nobody there can send before somebody has received: a deadlock that the
 * program makes by itself.
 */
#include <cutline/process.h>

#include <stdlib.h>
#include <string.h>

enum { DATA, ACKNOWLEDGEMENT };
static const char *const message_types[] = {"data", "acknowledgement", NULL};

enum { ADD };

struct sender {
    int64_t window; /* 0: none, it fills. `create` sets it */
    int64_t sent;   /* messages */
    int64_t received;
    /* Data that came on each incoming channel since the last acknowledgement
     * on the way back. */
    int64_t *unacknowledged;
    uint32_t incoming_count;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct sender *me = state;
    uint32_t count = cut_incoming_count(context);

    if (cut_argument_count(context) == 0 ||
        strcmp(cut_argument(context, 0), "fill") != 0)
        me->window = cut_argument_integer(context, 0, 2, 1000000, 4);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t peer = cut_incoming_peer(context, i);
        if (cut_channel_to(context, peer) == UINT32_MAX) {
            cut_fail(context,
                     "needs a way back for each channel (try --topology "
                     "complete:3)");
            return CUT_INVALID;
        }
    }
    me->incoming_count = count;
    me->unacknowledged = calloc(count + 1, sizeof *me->unacknowledged);
    return me->unacknowledged != NULL ? CUT_OK : CUT_NOMEM;
}

static void destroy(void *state)
{
    struct sender *me = state;

    free(me->unacknowledged);
}

static void transmit(struct sender *me,
                     struct cut_context *context,
                     uint32_t channel,
                     uint32_t type)
{
    me->sent++;
    cut_send(context, channel, type, &me->sent, sizeof me->sent);
}

/* Use the whole window of a channel: all that goes with the acknowledgement
 * that may be there. */
static void burst(struct sender *me, struct cut_context *context, uint32_t to)
{
    for (int64_t i = 1; i < me->window; i++)
        transmit(me, context, to, DATA);
}

static void start(void *state, struct cut_context *context)
{
    struct sender *me = state;

    for (uint32_t i = 0; i < cut_outgoing_count(context); i++)
        burst(me, context, i);
    if (me->window == 0)
        cut_timer_set(context, ADD, CUT_MILLISECOND);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    for (uint32_t i = 0; i < cut_outgoing_count(context); i++)
        transmit(state, context, i, DATA);
    cut_timer_set(context, which, CUT_MILLISECOND);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct sender *me = state;
    uint32_t peer = cut_incoming_peer(context, message->channel);
    uint32_t back = cut_channel_to(context, peer);
    int64_t *unacknowledged = &me->unacknowledged[message->channel];

    me->received++;
    if (me->window == 0) {
        transmit(me, context, back, DATA);
    } else if (message->type == ACKNOWLEDGEMENT) {
        burst(me, context, back);
    } else if (++*unacknowledged == me->window - 1) {
        *unacknowledged = 0;
        transmit(me, context, back, ACKNOWLEDGEMENT);
    }
}

static void save(const void *state, struct cut_writer *out)
{
    const struct sender *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "sent", me->sent);
    cut_json_field(out, "received", me->received);
    cut_json_key(out, "unacknowledged");
    cut_json_begin_array(out);
    for (uint32_t i = 0; i < me->incoming_count; i++)
        cut_json_integer(out, me->unacknowledged[i]);
    cut_json_end_array(out);
    cut_json_end_object(out);
}

static bool read_state(struct sender *me, const struct cut_json *json)
{
    const struct cut_json *array = cut_json_get(json, "unacknowledged");

    if (!cut_json_get_integer(json, "sent", &me->sent) ||
        !cut_json_get_integer(json, "received", &me->received) ||
        cut_json_count(array) != me->incoming_count)
        return false;
    for (uint32_t i = 0; i < me->incoming_count; i++)
        if (!cut_json_as_integer(cut_json_at(array, i), &me->unacknowledged[i]))
            return false;
    return true;
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = read_state(state, json);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* Received less sent, and what is on its way: together 0. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct sender *me = state;

    cut_facts_quantity(out, "messages", me->received - me->sent);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    (void)message;
    cut_facts_quantity(out, "messages", 1);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *number = message->data; /* of all that its sender sent */

    cut_json_integer(out, *number);
}

static const struct cut_process flood = {
    .name = "flood",
    .summary = "processes send as much as channels with bounds let them",
    .arguments = "[WINDOW|fill]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct sender),
    .create = create,
    .destroy = destroy,
    .start = start,
    .receive = receive,
    .timer = timer,
    .save = save,
    .load = load,
    .facts = facts,
    .message_facts = message_facts,
    .show_message = show_message,
};

int main(int argc, char **argv)
{
    return cut_main(argc, argv, &flood);
}
