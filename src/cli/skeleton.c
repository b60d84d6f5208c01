/*
 * skeleton: a program to begin with.
 *
 * Each process sends numbers to others, one at a time, and adds up those that
 * it gets. Replace that by what your program does, piece by piece, and let
 *
 *     make && cutline sim --check-save ./skeleton
 *
 * tell you what you forgot. The functions are those of <cutline/process.h>;
 * docs/process-model.md goes through them.
 */
#include <cutline/process.h>

/* Your types of messages, and their names in the same order. */
enum { NUMBER };
static const char *const message_types[] = {"number", NULL};

/* Your timers. */
enum { NEXT };

/* What a process knows. Nothing else lasts from one event to the next: no
 * static variables, since many processes share this program. */
struct state {
    int64_t left; /* numbers that are still to be sent */
    int64_t sent; /* their sum */
    int64_t received;
};

/* Make the state of a process; at first it is all zero. */
static enum cut_error create(void *state, struct cut_context *context)
{
    struct state *me = state;

    me->left = cut_argument_integer(context, 0, 0, 1000000, 10);
    return CUT_OK;
}

/* Time and chance come from the context, so that a run can be repeated. */
static void set_timer(const struct state *me, struct cut_context *context)
{
    if (me->left > 0 && cut_outgoing_count(context) > 0)
        cut_timer_set(context,
                      NEXT,
                      (1 + cut_random_below(context, 5)) * CUT_MILLISECOND);
}

/* The events: the start, a timer, a message. Nothing comes in between. */
static void start(void *state, struct cut_context *context)
{
    set_timer(state, context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct state *me = state;
    uint64_t channel = cut_random_below(context, cut_outgoing_count(context));
    int64_t number = 1 + (int64_t)cut_random_below(context, 100);

    (void)which; /* there is one timer */
    me->left--;
    me->sent += number;
    cut_send(context, (uint32_t)channel, NUMBER, &number, sizeof number);
    set_timer(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct state *me = state;
    const int64_t *number = message->data;

    (void)context; /* nothing is sent in return */
    me->received += *number;
}

/* Write all of the state, as people want to read it in a snapshot. */
static void save(const void *state, struct cut_writer *out)
{
    const struct state *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "left", me->left);
    cut_json_field(out, "sent", me->sent);
    cut_json_field(out, "received", me->received);
    cut_json_end_object(out);
}

/* Make the state again from what `save` wrote. */
static enum cut_error load(void *state, const void *data, size_t size)
{
    struct state *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "left", &me->left) &&
                    cut_json_get_integer(json, "sent", &me->sent) &&
                    cut_json_get_integer(json, "received", &me->received);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* What a detector should know, whatever the state looks like: what was sent
 * and not received is on its way. So this comes to 0, always. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct state *me = state;

    cut_facts_quantity(out, "due", me->sent - me->received);
    cut_facts_active(out, me->left > 0);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *number = message->data;

    cut_facts_quantity(out, "due", -*number);
}

/* Write what is in a message, as one JSON value. */
static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *number = message->data;

    cut_json_integer(out, *number);
}

static const struct cut_process program = {
    .name = "skeleton",
    .summary = "processes send each other numbers",
    .arguments = "[NUMBERS]",
    .message_types = message_types,
    .version = 1, /* of what `save` writes: raise it when that changes */
    .state_size = sizeof(struct state),
    .create = create,
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
    return cut_main(argc, argv, &program);
}
