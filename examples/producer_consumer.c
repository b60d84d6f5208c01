/*
 * A producer sends items, a consumer uses them and acknowledges each. Both are
 * deterministic: the state and the next message decide all that they do. They
 * draw no random numbers and look at no clock.
 *
 * So each process goes through the same states in every run, however long the
 * messages take. What differs from run to run is only how far one is when the
 * other is somewhere. With a window of 1 not even that: one of the two always
 * waits for the other, though neither is stuck, since what it waits for is in a
 * channel.
 */
#include <cutline/process.h>

enum { ITEM, ACKNOWLEDGEMENT };
static const char *const message_types[] = {"item", "acknowledgement", NULL};

enum { PRODUCER, CONSUMER };

struct worker {
    /* Who it is and what it was told: `create` sets them. */
    bool is_producer;
    int64_t items;
    int64_t window; /* items that may be under way at once */
    /* The producer's state: numbers of items. */
    int64_t made;
    int64_t acknowledged;
    /* The consumer's. The digest tells the order in which they were used. */
    int64_t used;
    int64_t digest;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct worker *me = state;

    if (cut_process_count(context) != 2 || cut_outgoing_count(context) != 1) {
        cut_fail(context,
                 "needs one other process, and a channel each way (try "
                 "--topology complete:2)");
        return CUT_INVALID;
    }
    me->is_producer = cut_self(context) == PRODUCER;
    me->items = cut_argument_integer(context, 0, 0, 1000000, 20);
    me->window = cut_argument_integer(context, 1, 1, 1000, 3);
    return CUT_OK;
}

/* Make items as long as there are any and the window is open. */
static void produce(struct worker *me, struct cut_context *context)
{
    while (me->made < me->items && me->made - me->acknowledged < me->window) {
        int64_t value = me->made * me->made % 97;

        me->made++;
        cut_send(context, 0, ITEM, &value, sizeof value);
    }
}

static void start(void *state, struct cut_context *context)
{
    struct worker *me = state;

    if (me->is_producer)
        produce(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct worker *me = state;
    const int64_t *value = message->data;

    if (message->type == ACKNOWLEDGEMENT) {
        me->acknowledged = *value;
        produce(me, context);
        return;
    }
    me->used++;
    me->digest = (me->digest * 31 + *value) % 1000003;
    cut_send(context, 0, ACKNOWLEDGEMENT, &me->used, sizeof me->used);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct worker *me = state;

    cut_json_begin_object(out);
    if (me->is_producer) {
        cut_json_field(out, "made", me->made);
        cut_json_field(out, "acknowledged", me->acknowledged);
    } else {
        cut_json_field(out, "used", me->used);
        cut_json_field(out, "digest", me->digest);
    }
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct worker *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);
    bool is_right;

    if (error != CUT_OK)
        return error;
    if (me->is_producer)
        is_right =
            cut_json_get_integer(json, "made", &me->made) &&
            cut_json_get_integer(json, "acknowledged", &me->acknowledged);
    else
        is_right = cut_json_get_integer(json, "used", &me->used) &&
                   cut_json_get_integer(json, "digest", &me->digest);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* Items that are still to be made, those in the channel and those that were
 * used come to the same number at any time. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct worker *me = state;
    bool is_shut = me->made - me->acknowledged == me->window;
    const uint32_t producer = PRODUCER, consumer = CONSUMER;

    cut_facts_active(out, false); /* after the start it only answers */
    if (!me->is_producer) {
        cut_facts_quantity(out, "items", me->used);
        if (me->used < me->items)
            cut_facts_wait_any(out, &producer, 1);
        return;
    }
    cut_facts_quantity(out, "items", me->items - me->made);
    if (is_shut && me->made < me->items)
        cut_facts_wait_any(out, &consumer, 1);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    cut_facts_quantity(out, "items", message->type == ITEM);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *value = message->data;

    cut_json_integer(out, *value);
}

static const struct cut_process producer_consumer = {
    .name = "producer_consumer",
    .summary = "a producer sends items, a consumer acknowledges them",
    .arguments = "[ITEMS [WINDOW]]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct worker),
    .create = create,
    .start = start,
    .receive = receive,
    .save = save,
    .load = load,
    .facts = facts,
    .message_facts = message_facts,
    .show_message = show_message,
};

int main(int argc, char **argv)
{
    return cut_main(argc, argv, &producer_consumer);
}
