/*
 * Jobs come to processes from outside, and move to others where one has too
 * many. "All are idle", "somebody has more than ten jobs": each becomes true
 * now and then, and false again. Such a property is not stable.
 *
 * A consistent snapshot says what could have been so at some time between its
 * beginning and its end. For a stable property that is enough: it holds from
 * then on. For one that is not, it proves little: the system may have gone by
 * the recorded state without ever being in it, and may be in another one now.
 */
#include <cutline/process.h>

enum { JOBS };
static const char *const message_types[] = {"jobs", NULL};

enum { ARRIVE, FINISH };

struct machine {
    int64_t jobs;
    int64_t finished;
    int64_t limit; /* with more jobs, half of them move; `create` sets it */
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct machine *me = state;

    me->limit = cut_argument_integer(context, 0, 1, 1000000, 6);
    return CUT_OK;
}

static void
set_timer(struct cut_context *context, uint32_t timer, uint64_t most)
{
    cut_timer_set(context,
                  timer,
                  (1 + cut_random_below(context, most)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    set_timer(context, ARRIVE, 40);
}

static void move_half(struct machine *me, struct cut_context *context)
{
    uint32_t channel_count = cut_outgoing_count(context);
    int64_t half = me->jobs / 2;

    if (me->jobs <= me->limit || channel_count == 0)
        return;
    me->jobs -= half;
    cut_send(context,
             (uint32_t)cut_random_below(context, channel_count),
             JOBS,
             &half,
             sizeof half);
}

static void add(struct machine *me, struct cut_context *context, int64_t count)
{
    if (me->jobs == 0)
        set_timer(context, FINISH, 3);
    me->jobs += count;
    move_half(me, context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct machine *me = state;

    if (which == ARRIVE) {
        add(me, context, 1 + (int64_t)cut_random_below(context, 9));
        set_timer(context, ARRIVE, 40);
        return;
    }
    me->jobs--;
    me->finished++;
    if (me->jobs > 0)
        set_timer(context, FINISH, 3);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    const int64_t *count = message->data;

    add(state, context, *count);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct machine *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "jobs", me->jobs);
    cut_json_field(out, "finished", me->finished);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct machine *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "jobs", &me->jobs) &&
                    cut_json_get_integer(json, "finished", &me->finished);
    cut_json_destroy(json);
    return is_right && me->jobs >= 0 ? CUT_OK : CUT_INVALID;
}

/* Not a fact: that an idle machine is passive. It becomes busy by itself. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct machine *me = state;

    cut_facts_quantity(out, "jobs", me->jobs);
    cut_facts_quantity(out, "idle", me->jobs == 0);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *count = message->data;

    cut_facts_quantity(out, "jobs", *count);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *count = message->data;

    cut_json_integer(out, *count);
}

static const struct cut_process load_balancing = {
    .name = "load",
    .summary = "jobs come, move and end; nothing about them lasts",
    .arguments = "[LIMIT]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct machine),
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
    return cut_main(argc, argv, &load_balancing);
}
