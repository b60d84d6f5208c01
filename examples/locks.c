/*
 * A lock server, and clients that take turns: acquire, wait for the grant, work
 * alone, release.
 *
 * The server relies on channels that keep the order. A client that releases
 * the lock and soon acquires it again sends two messages; should the second
 * overtake the first, the server sees a client acquire what it holds. It says
 * so, and stops.
 */
#include <cutline/process.h>

enum { ACQUIRE, GRANT, RELEASE };
static const char *const message_types[] = {"acquire",
                                            "grant",
                                            "release",
                                            NULL};

enum { GO_ON };

enum { SERVER };
#define CLIENTS_MAX 32

struct party {
    bool is_server; /* `create` sets it */
    /* A client's state. */
    int64_t turns; /* that are left, this one included */
    bool is_waiting;
    bool is_working;
    /* The server's. The first client has the lock, the others wait for it. */
    int64_t queue[CLIENTS_MAX];
    uint32_t queue_size;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct party *me = state;

    me->is_server = cut_self(context) == SERVER;
    if (cut_process_count(context) > CLIENTS_MAX + 1 ||
        (!me->is_server && cut_channel_to(context, SERVER) == UINT32_MAX)) {
        cut_fail(context,
                 "needs a channel to the server, which serves up to %d clients "
                 "(try --topology star:5)",
                 CLIENTS_MAX);
        return CUT_INVALID;
    }
    if (!me->is_server)
        me->turns = cut_argument_integer(context, 0, 0, 1000000, 10);
    return CUT_OK;
}

static void set_timer(struct cut_context *context, uint64_t most_ms)
{
    cut_timer_set(context,
                  GO_ON,
                  (1 + cut_random_below(context, most_ms)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    const struct party *me = state;

    if (me->turns > 0)
        set_timer(context, 10);
}

/* A client's pause is over, or its work. */
static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct party *me = state;
    uint32_t server = cut_channel_to(context, SERVER);

    (void)which;
    if (!me->is_working) {
        me->is_waiting = true;
        cut_send(context, server, ACQUIRE, NULL, 0);
        return;
    }
    me->is_working = false;
    cut_send(context, server, RELEASE, NULL, 0);
    if (--me->turns > 0)
        set_timer(context, 2);
}

static void grant(const struct party *me, struct cut_context *context)
{
    uint32_t first = (uint32_t)me->queue[0];

    cut_send(context, cut_channel_to(context, first), GRANT, NULL, 0);
}

static void acquire(struct party *me, struct cut_context *context, uint32_t who)
{
    if (me->queue_size == CLIENTS_MAX ||
        (me->queue_size > 0 && me->queue[0] == who)) {
        cut_fail(context,
                 "sees %s acquire what it holds: its release was overtaken",
                 cut_name(context, who));
        return;
    }
    me->queue[me->queue_size++] = who;
    if (me->queue_size == 1)
        grant(me, context);
}

static void release(struct party *me, struct cut_context *context, uint32_t who)
{
    if (me->queue_size == 0 || me->queue[0] != who) {
        cut_fail(context,
                 "sees %s release what it does not hold",
                 cut_name(context, who));
        return;
    }
    me->queue_size--;
    for (uint32_t i = 0; i < me->queue_size; i++)
        me->queue[i] = me->queue[i + 1];
    if (me->queue_size > 0)
        grant(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct party *me = state;
    uint32_t sender = cut_incoming_peer(context, message->channel);

    switch (message->type) {
    case ACQUIRE:
        acquire(me, context, sender);
        break;
    case RELEASE:
        release(me, context, sender);
        break;
    case GRANT:
        me->is_waiting = false;
        me->is_working = true;
        set_timer(context, 3);
        break;
    }
}

static void save(const void *state, struct cut_writer *out)
{
    const struct party *me = state;

    cut_json_begin_object(out);
    if (me->is_server) {
        cut_json_key(out, "queue");
        cut_json_begin_array(out);
        for (uint32_t i = 0; i < me->queue_size; i++)
            cut_json_integer(out, me->queue[i]);
        cut_json_end_array(out);
    } else {
        cut_json_field(out, "turns", me->turns);
        cut_json_field_bool(out, "waiting", me->is_waiting);
        cut_json_field_bool(out, "working", me->is_working);
    }
    cut_json_end_object(out);
}

static bool load_server(struct party *me, const struct cut_json *json)
{
    const struct cut_json *queue = cut_json_get(json, "queue");
    size_t size = cut_json_count(queue);

    if (size > CLIENTS_MAX)
        return false;
    me->queue_size = (uint32_t)size;
    for (size_t i = 0; i < size; i++)
        if (!cut_json_as_integer(cut_json_at(queue, i), &me->queue[i]))
            return false;
    return true;
}

static bool load_client(struct party *me, const struct cut_json *json)
{
    return cut_json_get_integer(json, "turns", &me->turns) &&
           cut_json_get_bool(json, "waiting", &me->is_waiting) &&
           cut_json_get_bool(json, "working", &me->is_working);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct party *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right =
        me->is_server ? load_server(me, json) : load_client(me, json);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* There is one lock: at the server, with a client, or on its way. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct party *me = state;
    uint32_t server = SERVER, holder = (uint32_t)me->queue[0];
    bool is_free = me->is_server && me->queue_size == 0;

    cut_facts_quantity(out, "lock", me->is_working || is_free);
    if (me->is_waiting)
        cut_facts_wait_any(out, &server, 1);
    if (me->queue_size > 1)
        cut_facts_wait_any(out, &holder, 1);
    cut_facts_active(out, me->turns > 0 && !me->is_waiting);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    cut_facts_quantity(out, "lock", message->type != ACQUIRE);
}

static const struct cut_process locks = {
    .name = "locks",
    .summary = "a server grants a lock to one client at a time",
    .arguments = "[TURNS]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct party),
    .create = create,
    .start = start,
    .receive = receive,
    .timer = timer,
    .save = save,
    .load = load,
    .facts = facts,
    .message_facts = message_facts,
};

int main(int argc, char **argv)
{
    return cut_main(argc, argv, &locks);
}
