/*
 * Three processes in a circle. Each says one word to the next, at a moment of
 * its own, and hears one word from the one before.
 *
 * The moments are random and within the first millisecond; a word is on its way
 * for longer. So each process speaks first and hears then, in every run: all
 * runs are the same computation, the same events in the same causal order. But
 * who speaks first, second and third differs from run to run. A snapshot that
 * the first process begins before anybody has spoken records the same state in
 * all of them, and only in some of them was the system ever in that state.
 *
 * Source: Chandy, Lamport 1985, example 2.2 and section 4.
 */
#include <cutline/process.h>

#include <string.h>

enum { WORD };
static const char *const message_types[] = {"word", NULL};

enum { SPEAK };

#define PROCESSES 3

/* A state is a local history: what happened here, in its order. */
enum { SAID = 1, HEARD = 2 };
#define EVENTS_MAX 4

struct person {
    uint32_t count;
    int64_t events[EVENTS_MAX];
};

/* The channel to whom it speaks. */
static uint32_t next(const struct cut_context *context)
{
    return cut_channel_to(context, (cut_self(context) + 1) % PROCESSES);
}

static enum cut_error create(void *state, struct cut_context *context)
{
    (void)state; /* nothing has happened, and it is all zero */
    if (cut_process_count(context) == PROCESSES && next(context) != UINT32_MAX)
        return CUT_OK;
    cut_fail(context,
             "needs two others, and a channel to the next one (try --topology "
             "complete:3)");
    return CUT_INVALID;
}

static void note(struct person *me, int64_t event)
{
    if (me->count < EVENTS_MAX)
        me->events[me->count++] = event;
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context,
                  SPEAK,
                  (100 + cut_random_below(context, 800)) * CUT_MICROSECOND);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    (void)which;
    note(state, SAID);
    cut_send(context, next(context), WORD, NULL, 0);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    (void)context; /* nothing is sent in return */
    (void)message;
    note(state, HEARD);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct person *me = state;

    cut_json_begin_array(out);
    for (uint32_t i = 0; i < me->count; i++) {
        const char *event = me->events[i] == SAID ? "said" : "heard";
        cut_json_text(out, event, strlen(event));
    }
    cut_json_end_array(out);
}

static bool read_events(struct person *me, const struct cut_json *events)
{
    size_t count = cut_json_count(events);
    const char *event;

    if (count > EVENTS_MAX)
        return false;
    me->count = (uint32_t)count;
    for (uint32_t i = 0; i < me->count; i++) {
        if (!cut_json_as_text(cut_json_at(events, i), &event))
            return false;
        me->events[i] = strcmp(event, "said") == 0 ? SAID : HEARD;
    }
    return true;
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = read_events(state, json);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

/* Words that are not said yet, those on their way, and those heard: three. */
static void facts(const void *state, struct cut_facts *out)
{
    const struct person *me = state;
    int64_t words = 1;

    for (uint32_t i = 0; i < me->count; i++)
        words += me->events[i] == SAID ? -1 : 1;
    cut_facts_quantity(out, "words", words);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    (void)message;
    cut_facts_quantity(out, "words", 1);
}

static const struct cut_process three = {
    .name = "three",
    .summary = "three processes say one word each",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct person),
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
    return cut_main(argc, argv, &three);
}
