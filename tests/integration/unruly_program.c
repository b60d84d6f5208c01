/*
 * A program for tests of real runs: coins that move, each message with a number
 * that its receiver checks, and one process that misbehaves when it is told to.
 *
 *     unruly_program [MODE [WHO [AT [TRANSFERS [BURST [SIZE]]]]]]
 *
 * Each process has 1000 coins, and each millisecond sends BURST messages of at
 * least SIZE bytes with a coin each (1, as small as may be), TRANSFERS times
 * (0: for ever, the default). In its AT-th event (default 20) the process WHO
 * (default 1) does what MODE says; see `modes`. "down" sends to those alone
 * whose index is higher: what is full is then emptied, whatever the capacity
 * is. What the variable UNRULY says is done before cut_main, in all processes.
 */
#include <cutline/process.h>

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHANNELS_MAX 64
#define SIZE_MAX_BYTES 65536

struct coins {
    int64_t held;
    int64_t left; /* bursts to send; negative: without end */
    uint64_t events;
    uint64_t sent[CHANNELS_MAX];
    uint64_t received[CHANNELS_MAX];
};

/* What is said in a message. */
struct transfer {
    uint64_t number;
    int64_t amount;
};

static void nap(unsigned milliseconds)
{
    struct timespec pause = {
        .tv_sec = milliseconds / 1000,
        .tv_nsec = (long)(milliseconds % 1000) * 1000000,
    };

    nanosleep(&pause, NULL);
}

/* --- misbehaviour -------------------------------------------------------- */

static void mode_segfault(struct cut_context *context)
{
    (void)context;
    /* A sanitizer would have a word with it. */
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void mode_abort(struct cut_context *context)
{
    (void)context;
    abort();
}

static void mode_fail(struct cut_context *context)
{
    cut_fail(context, "it has had enough");
}

static void mode_exit_zero(struct cut_context *context)
{
    (void)context;
    exit(0);
}

static void mode_exit_seven(struct cut_context *context)
{
    (void)context;
    exit(7);
}

/* A mistake of the program: there is no such channel. */
static void mode_mistake(struct cut_context *context)
{
    cut_send(context, cut_outgoing_count(context) + 5, 0, "x", 1);
}

static void mode_busy(struct cut_context *context)
{
    (void)context;
    for (volatile unsigned turns = 0;; turns++)
        continue;
}

/* A second process that keeps the output open, and lives on. */
static void mode_fork(struct cut_context *context)
{
    (void)context;
    if (fork() == 0) {
        nap(30000);
        _exit(0);
    }
}

/* Half a megabyte without a line's end, among it what is no text. */
static void mode_garbage(struct cut_context *context)
{
    static char bytes[1 << 16];

    (void)context;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 37 % 251);
    for (unsigned i = 0; i < sizeof bytes; i++)
        if (bytes[i] == '\n')
            bytes[i] = '\0';
    for (unsigned i = 0; i < 8; i++)
        fwrite(bytes, 1, sizeof bytes, stdout);
    fputs("\nthe end of the garbage\n", stdout);
    fputs("no line's end", stdout);
    fflush(stdout);
}

/* More output than anybody can read, until something ends it. */
static void mode_chatter(struct cut_context *context)
{
    (void)context;
    for (;;)
        puts("and another thing that I wanted to say to all of you is this");
}

/* A line a call of cut_print, as many as can be in one event. */
static void mode_print(struct cut_context *context)
{
    for (unsigned i = 0; i < 100000; i++)
        cut_print(context, "line %u", i);
}

/* It closes what is not its own. */
static void mode_close(struct cut_context *context)
{
    (void)context;
    for (int descriptor = 3; descriptor < 256; descriptor++)
        close(descriptor);
}

/* Only to those behind. */
static void mode_down(struct cut_context *context)
{
    (void)context;
}

/* From now on it takes so long for an event that others have to wait. */
static void mode_slow(struct cut_context *context)
{
    (void)context;
}

static void mode_none(struct cut_context *context)
{
    (void)context;
}

/* All at once, and again and again. */
static void mode_ask(struct cut_context *context)
{
    cut_request_snapshot(context);
}

static const struct mode {
    const char *name;
    void (*act)(struct cut_context *context);
    bool is_lasting; /* in every event from then on */
} modes[] = {
    {"none", mode_none, false},
    {"segfault", mode_segfault, false},
    {"abort", mode_abort, false},
    {"fail", mode_fail, false},
    {"exit-zero", mode_exit_zero, false},
    {"exit-seven", mode_exit_seven, false},
    {"mistake", mode_mistake, false},
    {"busy", mode_busy, false},
    {"fork", mode_fork, false},
    {"garbage", mode_garbage, false},
    {"chatter", mode_chatter, false},
    {"print", mode_print, false},
    {"close", mode_close, false},
    {"down", mode_down, false},
    {"slow", mode_slow, true},
    {"ask", mode_ask, true},
};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    return NULL;
}

/* --- the program --------------------------------------------------------- */

static int64_t
number(struct cut_context *context, uint32_t index, int64_t otherwise)
{
    return cut_argument_integer(context, index, 0, 1000000000, otherwise);
}

static const char *mode_name(const struct cut_context *context)
{
    return cut_argument_count(context) > 0 ? cut_argument(context, 0) : "none";
}

static enum cut_error create(void *state, struct cut_context *context)
{
    struct coins *me = state;

    if (find_mode(mode_name(context)) == NULL ||
        cut_outgoing_count(context) > CHANNELS_MAX ||
        cut_incoming_count(context) > CHANNELS_MAX) {
        cut_fail(context, "unknown mode, or too many channels");
        return CUT_INVALID;
    }
    me->held = 1000;
    me->left = number(context, 3, 0);
    me->left = me->left == 0 ? -1 : me->left;
    return CUT_OK;
}

/* An event has begun. */
static void count(struct coins *me, struct cut_context *context)
{
    const struct mode *mode = find_mode(mode_name(context));
    uint64_t at = (uint64_t)number(context, 2, 20);

    me->events++;
    if (mode == NULL)
        return;
    bool is_now = mode->is_lasting ? me->events >= at : me->events == at;
    if (cut_self(context) != (uint32_t)number(context, 1, 1) || !is_now)
        return;
    if (mode->act == mode_slow)
        nap(2);
    mode->act(context);
}

static void send_one(struct coins *me, struct cut_context *context)
{
    static const uint8_t zeros[SIZE_MAX_BYTES];
    uint8_t bytes[SIZE_MAX_BYTES];
    size_t size = (size_t)number(context, 5, 0) % SIZE_MAX_BYTES;
    uint32_t outgoing = cut_outgoing_count(context);

    if (outgoing == 0)
        return;
    uint32_t channel = (uint32_t)cut_random_below(context, outgoing);
    if (strcmp(mode_name(context), "down") == 0 &&
        cut_outgoing_peer(context, channel) < cut_self(context))
        return;
    struct transfer transfer = {.number = me->sent[channel]++, .amount = 1};
    size = size < sizeof transfer ? sizeof transfer : size;
    memcpy(bytes, zeros, size);
    memcpy(bytes, &transfer, sizeof transfer);
    me->held--;
    cut_send(context, channel, 0, bytes, size);
}

static void start(void *state, struct cut_context *context)
{
    (void)state;
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    struct coins *me = state;
    int64_t burst = number(context, 4, 1);

    (void)which;
    count(me, context);
    for (int64_t i = 0; i < burst; i++)
        send_one(me, context);
    if (me->left > 0)
        me->left--;
    if (me->left != 0)
        cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct coins *me = state;
    struct transfer transfer;

    count(me, context);
    memcpy(&transfer, message->data, sizeof transfer);
    if (transfer.number != me->received[message->channel]) {
        cut_fail(context,
                 "message %" PRIu64 " came where %" PRIu64 " was expected",
                 transfer.number,
                 me->received[message->channel]);
        return;
    }
    me->received[message->channel]++;
    me->held += transfer.amount;
}

static void save(const void *state, struct cut_writer *out)
{
    const struct coins *me = state;

    cut_json_begin_object(out);
    cut_json_field(out, "held", me->held);
    cut_json_field(out, "left", me->left);
    cut_json_end_object(out);
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct coins *me = state;

    cut_facts_quantity(out, "coins", me->held);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    struct transfer transfer;

    memcpy(&transfer, message->data, sizeof transfer);
    cut_facts_quantity(out, "coins", transfer.amount);
}

static const struct cut_process unruly = {
    .name = "unruly",
    .summary = "coins, and somebody who misbehaves",
    .arguments = "[MODE [WHO [AT [TRANSFERS [BURST [SIZE]]]]]]",
    .version = 1,
    .state_size = sizeof(struct coins),
    .create = create,
    .start = start,
    .receive = receive,
    .timer = timer,
    .save = save,
    .facts = facts,
    .message_facts = message_facts,
};

/* --- before it is a program of Cutline ----------------------------------- */

static void say_to_supervisor(const char *text)
{
    const char *control = getenv("CUTLINE_CONTROL");
    int descriptor = control != NULL ? (int)strtol(control, NULL, 10) : -1;

    if (write(descriptor, text, strlen(text)) < 0)
        _exit(1);
}

/* Return whether the process is to go on as a program. */
static bool behave_early(const char *mode)
{
    if (strcmp(mode, "early-exit") == 0)
        return false;
    if (strcmp(mode, "early-crash") == 0)
        abort();
    if (strcmp(mode, "early-sleep") == 0)
        nap(60000);
    if (strcmp(mode, "early-garbage") == 0) {
        say_to_supervisor("\001\002 garbage without sense\n");
        nap(60000);
    }
    if (strcmp(mode, "early-version") == 0) {
        say_to_supervisor(
            "{\"cutline\":{\"protocol\":99,\"program\":\"x\"}}\n");
        nap(60000);
    }
    if (strcmp(mode, "early-chatter") == 0)
        for (unsigned i = 0; i < 20000; i++)
            puts("so much to say before anything has begun");
    return true;
}

int main(int argc, char **argv)
{
    const char *early = getenv("UNRULY");

    if (early != NULL && !behave_early(early))
        return 0;
    return cut_main(argc, argv, &unruly);
}
