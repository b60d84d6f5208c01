/*
 * Philosophers at a round table, with one fork between any two of them. To eat,
 * one takes the fork at its left, then the one at its right. When each has its
 * left fork in the hand, all wait for ever: a deadlock.
 *
 * Each keeps the fork at its left; the neighbour at that side asks for it, uses
 * it as its right one, and gives it back. So who waits, waits for a neighbour:
 * for the one at the right, who keeps the fork, or for the one at the left, who
 * borrowed it.
 *
 * Source: Dijkstra, "Hierarchical ordering of sequential processes", 1971.
 */
#include <cutline/process.h>

#include <string.h>

/* ASK goes to the right, FORK to the left, and RETURN to the right again. */
enum { ASK, FORK, RETURN };
static const char *const message_types[] = {"ask", "fork", "return", NULL};

enum { WAKE };

enum phase { THINKS, WANTS_LEFT, WANTS_RIGHT, EATS, PHASES };
static const char *const phase_names[] = {"thinks",
                                          "wants left",
                                          "wants right",
                                          "eats"};

struct philosopher {
    uint32_t left, right; /* neighbours; `create` sets them */
    enum phase phase;
    bool is_lent;   /* my fork is with the neighbour */
    bool is_wanted; /* or the neighbour waits for it */
    int64_t meals;
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct philosopher *me = state;
    uint32_t count = cut_process_count(context), self = cut_self(context);

    me->left = (self + count - 1) % count;
    me->right = (self + 1) % count;
    if (cut_channel_to(context, me->left) != UINT32_MAX &&
        cut_channel_to(context, me->right) != UINT32_MAX)
        return CUT_OK;
    cut_fail(context,
             "has no channels to both neighbours (try --topology complete:5)");
    return CUT_INVALID;
}

static void tell(struct cut_context *context, uint32_t whom, uint32_t what)
{
    cut_send(context, cut_channel_to(context, whom), what, NULL, 0);
}

static void set_timer(struct cut_context *context, uint64_t most_ms)
{
    cut_timer_set(context,
                  WAKE,
                  (1 + cut_random_below(context, most_ms)) * CUT_MILLISECOND);
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    set_timer(context, 20);
}

static void take_left(struct philosopher *me, struct cut_context *context)
{
    me->phase = WANTS_LEFT;
    if (me->is_lent)
        return;
    me->phase = WANTS_RIGHT; /* the left one in the hand */
    tell(context, me->right, ASK);
}

static void lend(struct philosopher *me, struct cut_context *context)
{
    me->is_wanted = false;
    me->is_lent = true;
    tell(context, me->left, FORK);
}

/* A thought is over, or a meal. */
static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct philosopher *me = state;

    (void)which;
    if (me->phase == THINKS) {
        take_left(me, context);
        return;
    }
    me->meals++;
    me->phase = THINKS;
    tell(context, me->right, RETURN);
    if (me->is_wanted)
        lend(me, context);
    set_timer(context, 20);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct philosopher *me = state;

    switch (message->type) {
    case ASK:
        me->is_wanted = true;
        if (me->phase == THINKS)
            lend(me, context);
        break;
    case FORK:
        me->phase = EATS;
        set_timer(context, 3);
        break;
    case RETURN:
        me->is_lent = false;
        if (me->phase == WANTS_LEFT)
            take_left(me, context);
        break;
    }
}

static void save(const void *state, struct cut_writer *out)
{
    const struct philosopher *me = state;

    cut_json_begin_object(out);
    cut_json_field_text(out, "phase", phase_names[me->phase]);
    cut_json_field_bool(out, "lent", me->is_lent);
    cut_json_field_bool(out, "wanted", me->is_wanted);
    cut_json_field(out, "meals", me->meals);
    cut_json_end_object(out);
}

static bool read_phase(const struct cut_json *json, enum phase *out)
{
    const char *name;

    if (!cut_json_as_text(cut_json_get(json, "phase"), &name))
        return false;
    for (int i = 0; i < PHASES; i++)
        if (strcmp(name, phase_names[i]) == 0) {
            *out = (enum phase)i;
            return true;
        }
    return false;
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct philosopher *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = read_phase(json, &me->phase) &&
                    cut_json_get_bool(json, "lent", &me->is_lent) &&
                    cut_json_get_bool(json, "wanted", &me->is_wanted) &&
                    cut_json_get_integer(json, "meals", &me->meals);
    cut_json_destroy(json);
    return is_right ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct philosopher *me = state;

    cut_facts_quantity(out, "forks", !me->is_lent + (me->phase == EATS));
    cut_facts_active(out, me->phase == THINKS || me->phase == EATS);
    if (me->phase == WANTS_LEFT)
        cut_facts_wait_any(out, &me->left, 1);
    if (me->phase == WANTS_RIGHT)
        cut_facts_wait_any(out, &me->right, 1);
}

/* A fork on its way is what somebody waits for, or will: not to look into the
 * channels is to see deadlocks where there are none. */
static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    cut_facts_quantity(out, "forks", message->type != ASK);
}

static const struct cut_process philosophers = {
    .name = "philosophers",
    .summary = "philosophers take the left fork, then the right one",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct philosopher),
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
    return cut_main(argc, argv, &philosophers);
}
