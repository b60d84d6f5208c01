/*
 * A dog that is at home in many houses. It stays for a while, then it walks to
 * another one. It must be neither lost nor there twice.
 *
 * Whoever wants to know where it is cannot look into all houses at one moment.
 * Who looks into one after the other may see the dog in two of them, if it
 * walks the same way and faster, or in none, if it is on the road or walks the
 * other way. A consistent snapshot has it once, in a house or on the road.
 */
#include <cutline/process.h>

enum { WALK };
static const char *const message_types[] = {"walk", NULL};

enum { LEAVE };

struct house {
    int64_t dogs;
    int64_t walks; /* that the dog has made; 0 where it is not */
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct house *me = state;

    if (cut_outgoing_count(context) == 0) {
        cut_fail(context,
                 "has no outgoing channel: a dog could not leave (try "
                 "--topology complete:4)");
        return CUT_INVALID;
    }
    me->dogs = cut_self(context) == 0;
    return CUT_OK;
}

static void stay(struct cut_context *context)
{
    cut_timer_set(
        context, LEAVE, (1 + cut_random_below(context, 3)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    const struct house *me = state;

    if (me->dogs > 0)
        stay(context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct house *me = state;
    uint64_t road = cut_random_below(context, cut_outgoing_count(context));
    int64_t walks = me->walks + 1;

    (void)which;
    /* Out of the house and onto the road, in one event. */
    cut_send(context, (uint32_t)road, WALK, &walks, sizeof walks);
    me->dogs--;
    if (me->dogs > 0)
        stay(context);
    else
        me->walks = 0;
}

/* A network that carries messages twice makes two dogs of one. */
static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct house *me = state;
    const int64_t *walks = message->data;

    me->dogs++;
    me->walks = *walks;
    stay(context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct house *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "dogs", me->dogs);
    cut_json_field(out, "walks", me->walks);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct house *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "dogs", &me->dogs) &&
                    cut_json_get_integer(json, "walks", &me->walks);
    cut_json_destroy(json);
    return is_right && me->dogs >= 0 ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct house *me = state;

    cut_facts_quantity(out, "dog", me->dogs);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    (void)message;
    cut_facts_quantity(out, "dog", 1);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *walks = message->data;

    cut_json_begin_object(out);
    cut_json_field(out, "walks", *walks);
    cut_json_end_object(out);
}

static const struct cut_process dog = {
    .name = "dog",
    .summary = "a dog walks from house to house",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct house),
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
    return cut_main(argc, argv, &dog);
}
