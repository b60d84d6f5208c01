/*
 * Accounts that transfer money to each other, so that one can tell afterwards
 * whether a snapshot lost any of it.
 *
 * Each account makes a number of transfers. To whom and how much is drawn by a
 * generator of its own, which is part of its saved state; what arrives in the
 * meantime has no influence. An account opens with enough for all that it will
 * give, so nothing is ever refused. Therefore the transfers are the same in
 * every run, whatever the delays are and in whichever order messages arrive,
 * and so are the balances at the end. A run that goes on from a snapshot must
 * come to these balances as well.
 */
#include <cutline/process.h>

enum { TRANSFER };
static const char *const message_types[] = {"transfer", NULL};

enum { NEXT };

/* The largest transfer. */
#define AMOUNT_MAX 9

/* The longest pause between two of them, in multiples of the shortest. */
#define PAUSES 5

struct account {
    int64_t balance;
    int64_t left;      /* transfers that are still to be made */
    int64_t generator; /* 31 bits; decides each of them */
    uint64_t pause;    /* shortest, in nanoseconds; `create` sets it */
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct account *me = state;

    if (cut_outgoing_count(context) == 0) {
        cut_fail(context,
                 "has no outgoing channel and can pay nobody (try --topology "
                 "complete:4)");
        return CUT_INVALID;
    }
    me->left = cut_argument_integer(context, 0, 0, 1000000, 20);
    me->balance = me->left * AMOUNT_MAX;
    me->generator = cut_self(context) + 1;
    me->pause = (uint64_t)cut_argument_integer(context, 1, 1, 1000000, 1000) *
                CUT_MICROSECOND;
    return CUT_OK;
}

/* The linear congruential generator of the C standard's example. */
static uint32_t draw_below(struct account *me, uint32_t bound)
{
    me->generator = (me->generator * 1103515245 + 12345) & INT32_MAX;
    return (uint32_t)(me->generator >> 8) % bound;
}

/* The pause is the context's, and differs from seed to seed: the order in
 * which things happen does, but not what happens. */
static void set_timer(const struct account *me, struct cut_context *context)
{
    if (me->left > 0)
        cut_timer_set(
            context, NEXT, (1 + cut_random_below(context, PAUSES)) * me->pause);
}

static void start(void *state, struct cut_context *context)
{
    set_timer(state, context);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct account *me = state;
    uint32_t channel = draw_below(me, cut_outgoing_count(context));
    int64_t amount = 1 + draw_below(me, AMOUNT_MAX);

    (void)which;
    me->left--;
    me->balance -= amount;
    cut_send(context, channel, TRANSFER, &amount, sizeof amount);
    set_timer(me, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct account *me = state;
    const int64_t *amount = message->data;

    (void)context;
    me->balance += *amount;
}

static void save(const void *state, struct cut_writer *out)
{
    const struct account *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "balance", me->balance);
    cut_json_field(out, "left", me->left);
    cut_json_field(out, "generator", me->generator);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct account *me = state;
    struct cut_json *json;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    bool is_right = cut_json_get_integer(json, "balance", &me->balance) &&
                    cut_json_get_integer(json, "left", &me->left) &&
                    cut_json_get_integer(json, "generator", &me->generator);
    cut_json_destroy(json);
    is_right = is_right && me->balance >= 0 && me->left >= 0 &&
               me->generator >= 0 && me->generator <= INT32_MAX;
    return is_right ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct account *me = state;

    cut_facts_quantity(out, "money", me->balance);
    cut_facts_active(out, me->left > 0);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    const int64_t *amount = message->data;

    cut_facts_quantity(out, "money", *amount);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    const int64_t *amount = message->data;

    cut_json_integer(out, *amount);
}

static const struct cut_process bank = {
    .name = "bank",
    .summary = "accounts transfer money to each other",
    .arguments = "[TRANSFERS [PAUSE]]",
    .message_types = message_types,
    .version = 1,
    .state_size = sizeof(struct account),
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
    return cut_main(argc, argv, &bank);
}
