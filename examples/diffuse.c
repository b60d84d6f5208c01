/*
 * A diffusing computation: it begins at one process, spreads, and ends.
 *
 * The first process has an amount of work. Who has work is active: it does one
 * piece after the other, and after each it may hand half of the rest on. Who
 * has none is passive, until work arrives. The computation is over when all are
 * passive and nothing is on its way; then nothing can begin again. To look at
 * the processes alone is not enough: all may be passive while the last work
 * travels.
 *
 * Source: Dijkstra, Scholten, "Termination detection for diffusing
 * computations", Information Processing Letters 11(1), 1980.
 */
#include <cutline/process.h>

enum { WORK };
static const char *const message_types[] = {"work", NULL};

enum { DONE };

struct worker {
    int64_t left; /* pieces that are here and not done; none: passive */
    int64_t done; /* pieces that were done here */
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct worker *me = state;
    int64_t pieces = cut_argument_integer(context, 0, 0, 1000000000, 100);

    if (cut_self(context) == 0)
        me->left = pieces;
    return CUT_OK;
}

/* A piece takes a while. */
static void work(const struct worker *me, struct cut_context *context)
{
    if (me->left > 0)
        cut_timer_set(context,
                      DONE,
                      (1 + cut_random_below(context, 3)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    work(state, context);
}

/* Give half of the rest to somebody. */
static void hand_on(struct worker *me, struct cut_context *context)
{
    uint32_t channel_count = cut_outgoing_count(context);
    int64_t half = me->left / 2;

    if (half == 0 || channel_count == 0)
        return;
    me->left -= half;
    cut_send(context,
             (uint32_t)cut_random_below(context, channel_count),
             WORK,
             &half,
             sizeof half);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct worker *me = state;

    (void)which;
    me->left--;
    me->done++;
    hand_on(me, context);
    work(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct worker *me = state;
    const int64_t *given = message->data;
    bool was_passive = me->left == 0;

    me->left += *given;
    if (was_passive)
        work(me, context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct worker *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "left", me->left);
    cut_json_field(out, "done", me->done);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct worker *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "left", &me->left) &&
                    cut_json_get_integer(json, "done", &me->done);
    cut_json_destroy(json);
    is_right = is_right && me->left >= 0 && me->done >= 0;
    return is_right ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct worker *me = state;

    cut_facts_active(out, me->left > 0);
    cut_facts_quantity(out, "work", me->left + me->done);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *given = message->data;

    cut_facts_quantity(out, "work", *given);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *given = message->data;

    cut_json_integer(out, *given);
}

static const struct cut_process diffuse = {
    .name = "diffuse",
    .summary = "work spreads from one process, and comes to an end",
    .arguments = "[WORK]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct worker),
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
    return cut_main(argc, argv, &diffuse);
}
