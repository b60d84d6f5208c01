/*
 * A program for tests of the command: coins that move at random, and things
 * that go wrong when asked to.
 *
 *     coins_program [TRANSFERS [MODE [COINS]]]
 *
 * Each process has 100 coins at the start, and gives some away each
 * millisecond, TRANSFERS times (default 20). MODE: "plain"; "say" prints;
 * "fail", "crash" and "leave" do that in the tenth receipt of p1, "refuse" at
 * once; "forget" saves too little; "ask" requests a snapshot.
 */
#include <cutline/process.h>

#include <stdlib.h>
#include <string.h>

enum { COIN, THANKS };

struct coins {
    int64_t held;
    int64_t left; /* transfers to make */
    int64_t received;
    int64_t forgotten; /* in mode "forget", save does not write it */
    char mode[8];
};

static enum cut_error create(void *state, struct cut_context *context)
{
    struct coins *coins = state;

    coins->left = cut_argument_integer(context, 0, 0, 1000000, 20);
    coins->held = cut_argument_integer(context, 2, 0, 1000000, 100);
    const char *mode =
        cut_argument_count(context) > 1 ? cut_argument(context, 1) : "plain";
    if (strlen(mode) >= sizeof coins->mode) {
        cut_fail(context, "unknown mode '%s'", mode);
        return CUT_STATE;
    }
    memcpy(coins->mode, mode, strlen(mode) + 1);
    if (strcmp(mode, "refuse") == 0) {
        cut_fail(context, "it does not want to");
        return CUT_STATE;
    }
    return CUT_OK;
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void give(struct coins *coins, struct cut_context *context)
{
    uint32_t count = cut_outgoing_count(context);
    int64_t amount = (int64_t)cut_random_below(context, 10);

    if (count == 0 || amount > coins->held)
        return;
    coins->held -= amount;
    cut_send(context,
             (uint32_t)cut_random_below(context, count),
             COIN,
             &amount,
             sizeof amount);
}

static void timer(void *state, struct cut_context *context, uint32_t number)
{
    struct coins *coins = state;

    if (coins->left == 0)
        return;
    coins->left--;
    coins->forgotten++;
    give(coins, context);
    if (strcmp(coins->mode, "forget") == 0 && coins->forgotten > 5)
        give(coins, context);
    if (strcmp(coins->mode, "say") == 0)
        cut_print(context, "%d left", (int)coins->left);
    cut_timer_set(context, number, CUT_MILLISECOND);
}

/* What goes wrong, when it has to. */
static void misbehave(const struct coins *coins, struct cut_context *context)
{
    if (strcmp(coins->mode, "fail") == 0)
        cut_fail(context, "that was one too many");
    if (strcmp(coins->mode, "crash") == 0)
        abort();
    if (strcmp(coins->mode, "exit") == 0)
        exit(3);
    if (strcmp(coins->mode, "leave") == 0)
        cut_leave(context);
    if (strcmp(coins->mode, "ask") == 0)
        cut_request_snapshot(context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct coins *coins = state;
    int64_t amount;

    if (message->type == THANKS)
        return;
    memcpy(&amount, message->data, sizeof amount);
    coins->held += amount;
    coins->received++;
    uint32_t back =
        cut_channel_to(context, cut_incoming_peer(context, message->channel));
    if (amount == 9 && back != UINT32_MAX)
        cut_send(context, back, THANKS, NULL, 0);
    if (cut_self(context) == 1 && coins->received == 10)
        misbehave(coins, context);
}

static void save(const void *state, struct cut_writer *out)
{
    const struct coins *coins = state;

    cut_json_begin_object(out);
    cut_json_field(out, "held", coins->held);
    cut_json_field(out, "left", coins->left);
    cut_json_field(out, "received", coins->received);
    if (strcmp(coins->mode, "forget") != 0)
        cut_json_field(out, "gifts", coins->forgotten);
    cut_json_field_text(out, "mode", coins->mode);
    cut_json_end_object(out);
}

static enum cut_error load(void *state, const void *data, size_t size)
{
    struct coins *coins = state;
    struct cut_json *json;
    const char *mode;
    enum cut_error error = cut_json_read(data, size, &json);

    if (error != CUT_OK)
        return error;
    *coins = (struct coins){0};
    bool is_whole = cut_json_get_integer(json, "held", &coins->held) &&
                    cut_json_get_integer(json, "left", &coins->left) &&
                    cut_json_get_integer(json, "received", &coins->received) &&
                    cut_json_as_text(cut_json_get(json, "mode"), &mode) &&
                    strlen(mode) < sizeof coins->mode;
    if (is_whole)
        memcpy(coins->mode, mode, strlen(mode) + 1);
    if (is_whole && strcmp(mode, "forget") != 0)
        is_whole = cut_json_get_integer(json, "gifts", &coins->forgotten);
    cut_json_destroy(json);
    return is_whole ? CUT_OK : CUT_INVALID;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct coins *coins = state;

    cut_facts_quantity(out, "coins", coins->held);
    cut_facts_active(out, coins->left > 0);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    int64_t amount;

    if (message->type != COIN)
        return;
    memcpy(&amount, message->data, sizeof amount);
    cut_facts_quantity(out, "coins", amount);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    int64_t amount;

    if (message->type != COIN)
        return;
    memcpy(&amount, message->data, sizeof amount);
    cut_json_integer(out, amount);
}

static const char *const types[] = {"coin", "thanks", NULL};

static const struct cut_process coins_program = {
    .name = "coins",
    .summary = "coins that move at random",
    .arguments = "[TRANSFERS [MODE [COINS]]]",
    .message_types = types,
    .version = 1,
    .state_size = sizeof(struct coins),
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
    return cut_main(argc, argv, &coins_program);
}
