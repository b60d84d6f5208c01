/*
 * Two processes, and tokens that go back and forth between them: the smallest
 * system of which a snapshot can be wrong.
 *
 * A process that holds tokens gives some away after a while. None is made and
 * none is destroyed, so that at any time the processes and the two channels
 * together hold what there was in the beginning. A snapshot that says
 * otherwise is wrong: it has a token twice, or has missed one on its way.
 *
 * Source: Chandy, Lamport 1985, example 2.1: the system with a single token.
 */
#include <cutline/process.h>

/* Types of messages: indexes of their names. */
enum { TOKENS };
static const char *const message_types[] = {"tokens", NULL};

/* Timers. */
enum { GIVE };

struct holder {
    int64_t tokens;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct holder *me = state;
    int64_t count = cut_argument_integer(context, 0, 1, 1000000, 1);

    if (cut_process_count(context) != 2 || cut_outgoing_count(context) != 1) {
        cut_fail(context,
                 "needs one other process, and a channel each way (try "
                 "--topology complete:2)");
        return CUT_INVALID;
    }
    if (cut_self(context) == 0)
        me->tokens = count;
    return CUT_OK;
}

/* How long tokens stay is random, and random numbers come from the context:
 * the same seed makes the same run. */
static void set_timer(struct cut_context *context)
{
    cut_timer_set(
        context, GIVE, (1 + cut_random_below(context, 4)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    const struct holder *me = state;

    if (me->tokens > 0)
        set_timer(context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct holder *me = state;
    int64_t given =
        1 + (int64_t)cut_random_below(context, (uint64_t)me->tokens);

    (void)which; /* there is one */
    /* They leave the state and enter the channel in one event. A snapshot is
     * taken before it or after it, so it finds them in one place. */
    me->tokens -= given;
    cut_send(context, 0, TOKENS, &given, sizeof given);
    if (me->tokens > 0)
        set_timer(context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct holder *me = state;
    const int64_t *given = message->data;
    bool is_armed = me->tokens > 0;

    me->tokens += *given;
    if (!is_armed)
        set_timer(context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct holder *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "tokens", me->tokens);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct holder *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right =
        cut_json_get_integer(json, "tokens", &me->tokens) && me->tokens >= 0;
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* A detector adds up what is called by the same name: in a snapshot, the
 * tokens of processes and messages come to those of the start. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct holder *me = state;

    cut_facts_quantity(out, "tokens", me->tokens);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *given = message->data;

    cut_facts_quantity(out, "tokens", *given);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *given = message->data;

    cut_json_integer(out, *given);
}

static const struct cut_process tokens = {
    .name = "tokens",
    .summary = "two processes give each other tokens",
    .arguments = "[TOKENS]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct holder),
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
    return cut_main(argc, argv, &tokens);
}
