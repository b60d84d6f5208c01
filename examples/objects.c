/*
 * Objects that refer to each other across processes, and references that are
 * handed from process to process.
 *
 * Each process keeps two objects, with room for one reference in each, and has
 * a few variables for references. An object is in use if it can be reached
 * from a variable of any process, or from a message. What is not is garbage,
 * and stays so: nobody has a way to come by a reference to it.
 *
 * References are moved, not copied, so that the only one to an object may be on
 * its way. Whoever does not look into the channels takes such an object for
 * garbage, and destroys what somebody is about to use.
 */
#include <cutline/process.h>

enum { REFERENCE };
static const char *const message_types[] = {"reference", NULL};

enum { STEP };

#define VARIABLES 3
#define OBJECTS 2 /* of each process */
#define NOTHING (-1)

/* References are numbers of objects. */
struct keeper {
    int64_t steps; /* that are left */
    int64_t variables[VARIABLES];
    int64_t objects[OBJECTS]; /* what each of mine refers to */
    int64_t first;            /* the number of my first; `create` sets it */
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct keeper *me = state;
    uint32_t self = cut_self(context), count = cut_process_count(context);

    me->steps = cut_argument_integer(context, 0, 0, 1000000, 100);
    me->first = (int64_t)self * OBJECTS;
    /* In the beginning all are in use: my variable refers to my first object,
     * that one to my second, and that one to the first of the next process. */
    for (int i = 0; i < VARIABLES; i++)
        me->variables[i] = i == 0 ? me->first : NOTHING;
    me->objects[0] = me->first + 1;
    me->objects[1] = (int64_t)((self + 1) % count) * OBJECTS;
    return CUT_OK;
}

static void set_timer(const struct keeper *me, struct cut_context *context)
{
    if (me->steps > 0)
        cut_timer_set(context,
                      STEP,
                      (1 + cut_random_below(context, 4)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    set_timer(state, context);
}

static void hand_on(struct cut_context *context, int64_t *variable)
{
    uint32_t channel_count = cut_outgoing_count(context);

    if (channel_count == 0)
        return;
    cut_send(context,
             (uint32_t)cut_random_below(context, channel_count),
             REFERENCE,
             variable,
             sizeof *variable);
    *variable = NOTHING;
}

/* Do one thing with what a variable refers to. */
static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct keeper *me = state;
    int64_t *one = &me->variables[cut_random_below(context, VARIABLES)];
    int64_t *other = &me->variables[cut_random_below(context, VARIABLES)];
    uint64_t action = cut_random_below(context, 3);
    bool is_mine = *one >= me->first && *one < me->first + OBJECTS;

    (void)which;
    me->steps--;
    if (*one != NOTHING && action == 0)
        hand_on(context, one);
    else if (is_mine && action == 1)
        me->objects[*one - me->first] = *other; /* change what is in it */
    else if (is_mine && me->objects[*one - me->first] != NOTHING)
        *other = me->objects[*one - me->first]; /* follow it */
    set_timer(me, context);
}

/* A reference takes a free variable, or the place of another. */
static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct keeper *me = state;
    const int64_t *reference = message->data;
    uint64_t chosen = cut_random_below(context, VARIABLES);

    for (uint32_t i = 0; i < VARIABLES; i++)
        if (me->variables[i] == NOTHING)
            chosen = i;
    me->variables[chosen] = *reference;
}

static void save_array(struct cut_writer *out,
                       const char *key,
                       const int64_t *values,
                       int count)
{
    cut_json_key(out, key);
    cut_json_begin_array(out);
    for (int i = 0; i < count; i++)
        if (values[i] == NOTHING)
            cut_json_null(out);
        else
            cut_json_integer(out, values[i]);
    cut_json_end_array(out);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct keeper *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "steps", me->steps);
    save_array(out, "variables", me->variables, VARIABLES);
    save_array(out, "objects", me->objects, OBJECTS);
    cut_json_end_object(out);
}

/* What is no number is the null of no reference. */
static bool
load_array(const struct cut_json *array, int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!cut_json_as_integer(cut_json_at(array, i), &values[i]))
            values[i] = NOTHING;
    return cut_json_count(array) == count;
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct keeper *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right =
        cut_json_get_integer(json, "steps", &me->steps) &&
        load_array(cut_json_get(json, "variables"), me->variables, VARIABLES) &&
        load_array(cut_json_get(json, "objects"), me->objects, OBJECTS);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct keeper *me = state;

    for (int i = 0; i < VARIABLES; i++)
        if (me->variables[i] != NOTHING)
            cut_facts_root(out, me->variables[i]);
    for (int i = 0; i < OBJECTS; i++)
        if (me->objects[i] != NOTHING)
            cut_facts_reference_from(
                out, (uint64_t)(me->first + i), me->objects[i]);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *reference = message->data;

    cut_facts_reference(out, *reference);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *reference = message->data;

    cut_json_integer(out, *reference);
}

static const struct cut_process objects = {
    .name = "objects",
    .summary = "references to objects are handed from process to process",
    .arguments = "[STEPS]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct keeper),
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
    return cut_main(argc, argv, &objects);
}
