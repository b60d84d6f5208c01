/*
 * One token goes round a ring of stations. Who holds it may do what nobody else
 * may do at the same time; so it matters that there is one, and not none and
 * not two.
 *
 * In a network that loses messages the token gets lost one day, and nothing
 * ever happens again; in one that carries messages twice there are two. Both
 * are stable: once true, it stays true. A snapshot that finds it is right from
 * then on.
 */
#include <cutline/process.h>

#include <inttypes.h>

enum { TOKEN };
static const char *const message_types[] = {"token", NULL};

enum { PASS };

struct station {
    int64_t tokens;   /* 0 or 1, unless the network makes more */
    int64_t laps;     /* of the token that was here last */
    int64_t laps_max; /* an argument: `create` sets it, so it is not saved */
};

/* The channel to the next station. */
static uint32_t next(const struct cut_context *context)
{
    uint32_t count = cut_process_count(context);

    return cut_channel_to(context, (cut_self(context) + 1) % count);
}

static enum cut_error create(void *state, struct cut_context *context)
{
    struct station *me = state;

    if (next(context) == UINT32_MAX) {
        cut_fail(context,
                 "has no channel to the next station (try --topology ring:5)");
        return CUT_INVALID;
    }
    me->laps_max = cut_argument_integer(context, 0, 1, INT64_MAX, INT64_MAX);
    me->tokens = cut_self(context) == 0;
    return CUT_OK;
}

/* Keep the token for a millisecond; for good where it has gone round often
 * enough. */
static void hold(const struct station *me, struct cut_context *context)
{
    if (me->laps < me->laps_max)
        cut_timer_set(context, PASS, CUT_MILLISECOND);
    else
        cut_print(context, "keeps the token after %" PRId64 " laps", me->laps);
}

static void start(void *state, struct cut_context *context)
{
    const struct station *me = state;

    if (me->tokens > 0)
        hold(me, context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct station *me = state;

    (void)which;
    me->tokens--;
    cut_send(context, next(context), TOKEN, &me->laps, sizeof me->laps);
    if (me->tokens > 0)
        hold(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct station *me = state;
    const int64_t *laps = message->data;

    me->tokens++;
    me->laps = *laps + (cut_self(context) == 0);
    hold(me, context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct station *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "tokens", me->tokens);
    cut_json_field(out, "laps", me->laps);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct station *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "tokens", &me->tokens) &&
                    cut_json_get_integer(json, "laps", &me->laps);
    cut_json_destroy(json);
    is_right = is_right && me->tokens >= 0 && me->laps >= 0;
    return is_right ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct station *me = state;

    cut_facts_quantity(out, "token", me->tokens);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    (void)message;
    cut_facts_quantity(out, "token", 1);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *laps = message->data;

    cut_json_begin_object(out);
    cut_json_field(out, "laps", *laps);
    cut_json_end_object(out);
}

static const struct cut_process ring = {
    .name = "ring",
    .summary = "one token goes round a ring",
    .arguments = "[LAPS]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct station),
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
    return cut_main(argc, argv, &ring);
}
