/*
 * What a program calls: arguments are checked once, for every executor; what is
 * right reaches the executor, and what is wrong is said and stops the event.
 */
#include "check.h"
#include "model/context.h"

#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>

/* --- an executor that writes down what it is asked for ------------------- */

#define PROCESSES 5
#define OUTGOING 2
#define INCOMING 3

struct notes {
    char text[4096];
    size_t size;
    bool send_fails;
};

/* Notes are short, but for lines that are printed. */
static void __attribute__((format(printf, 2, 3)))
note(struct cut_context *context, const char *format, ...)
{
    struct notes *notes = context->executor;
    size_t room = sizeof notes->text - notes->size;
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(notes->text + notes->size, room, format, arguments);
    va_end(arguments);
    if (CHECK(length >= 0 && (size_t)length < room))
        notes->size += (size_t)length;
}

static const char *do_name(const struct cut_context *context, uint32_t process)
{
    static const char *const names[PROCESSES] = {"p0", "p1", "p2", "p3", "p4"};

    (void)context;
    return names[process];
}

static uint32_t do_peer(const struct cut_context *context, uint32_t channel)
{
    (void)context;
    return channel + 1;
}

static uint32_t do_sender(const struct cut_context *context, uint32_t channel)
{
    (void)context;
    return channel + 2;
}

static uint32_t do_channel_to(const struct cut_context *context,
                              uint32_t process)
{
    (void)context;
    return process == 1 || process == 2 ? process - 1 : UINT32_MAX;
}

static void do_send(struct cut_context *context,
                    uint32_t channel,
                    uint32_t type,
                    const void *data,
                    size_t size)
{
    const struct notes *notes = context->executor;

    note(context,
         "send %" PRIu32 " %" PRIu32 " %.*s\n",
         channel,
         type,
         size > 99 ? 99 : (int)size,
         size > 0 ? (const char *)data : "");
    if (notes->send_fails)
        cut_context_fail(context, CUT_NOMEM, "out of memory");
}

static void
do_timer_set(struct cut_context *context, uint32_t timer, cut_time after)
{
    note(context, "set %" PRIu32 " %" PRIu64 "\n", timer, after);
}

static void do_timer_cancel(struct cut_context *context, uint32_t timer)
{
    note(context, "cancel %" PRIu32 "\n", timer);
}

static void do_print(struct cut_context *context, const char *text)
{
    note(context, "%s\n", text);
}

static const struct cut_context_operations operations = {
    .name = do_name,
    .outgoing_peer = do_peer,
    .incoming_peer = do_sender,
    .channel_to = do_channel_to,
    .send = do_send,
    .timer_set = do_timer_set,
    .timer_cancel = do_timer_cancel,
    .print = do_print,
};

/* A context of its own for each test; the notes and the generator are shared,
 * and begin anew. */
static struct notes notes;
static uint64_t random_state;

static struct cut_context begin(void)
{
    memset(&notes, 0, sizeof notes);
    random_state = cut_random_seed(1, 0);
    return (struct cut_context){
        .operations = &operations,
        .executor = &notes,
        .random = &random_state,
        .now = 1000,
        .process_count = PROCESSES,
        .self = 3,
        .outgoing_count = OUTGOING,
        .incoming_count = INCOMING,
    };
}

static void check_failure(const struct cut_context *context,
                          enum cut_error error,
                          const char *failure)
{
    CHECK_EQ(context->error, error);
    CHECK_STR(context->failure, failure);
}

/* --- what is right ------------------------------------------------------- */

static void test_who_and_where(void)
{
    struct cut_context context = begin();

    CHECK_EQ(cut_self(&context), 3);
    CHECK_EQ(cut_process_count(&context), PROCESSES);
    CHECK_STR(cut_name(&context, 4), "p4");
    CHECK_EQ(cut_now(&context), 1000);
    CHECK_EQ(cut_outgoing_count(&context), OUTGOING);
    CHECK_EQ(cut_incoming_count(&context), INCOMING);
    CHECK_EQ(cut_outgoing_peer(&context, 1), 2);
    CHECK_EQ(cut_incoming_peer(&context, 2), 4);
    CHECK_EQ(cut_channel_to(&context, 2), 1);
    CHECK_EQ(cut_channel_to(&context, 4), UINT32_MAX);
    CHECK_EQ(cut_channel_to(&context, PROCESSES), UINT32_MAX);
    CHECK_EQ(cut_channel_to(&context, UINT32_MAX), UINT32_MAX);
    CHECK_EQ(context.error, CUT_OK);
}

static void test_operations_are_called(void)
{
    struct cut_context context = begin();
    static const uint32_t channels[] = {1, 0, 1};

    cut_send(&context, 1, 255, "abc", 3);
    cut_send(&context, 0, 0, NULL, 0);
    cut_multicast(&context, NULL, 0, 7, "x", 1);
    cut_multicast(&context, channels, 3, 8, NULL, 0);
    cut_multicast(&context, channels, 0, 9, NULL, 0);
    cut_timer_set(&context, 63, UINT64_MAX - 1000);
    cut_timer_set(&context, 0, 0);
    cut_timer_cancel(&context, 63);
    cut_print(&context, "%d of %s", 7, "these");
    CHECK_STR(notes.text,
              "send 1 255 abc\n"
              "send 0 0 \n"
              "send 0 7 x\n"
              "send 1 7 x\n"
              "send 1 8 \n"
              "send 0 8 \n"
              "send 1 8 \n"
              "set 63 18446744073709550615\n"
              "set 0 0\n"
              "cancel 63\n"
              "7 of these\n");
    CHECK_EQ(context.error, CUT_OK);
    CHECK(!context.wants_snapshot && !context.wants_leave);
    cut_request_snapshot(&context);
    CHECK(context.wants_snapshot && !context.wants_leave);
    cut_leave(&context);
    CHECK(context.wants_leave);
    CHECK_EQ(context.error, CUT_OK);
}

static void test_the_largest_message(void)
{
    struct cut_context context = begin();
    char *data = calloc(CUT_MESSAGE_SIZE_MAX, 1);

    cut_send(&context, 0, 0, data, CUT_MESSAGE_SIZE_MAX);
    CHECK_EQ(context.error, CUT_OK);
    cut_send(&context, 0, 0, data, (size_t)CUT_MESSAGE_SIZE_MAX + 1);
    check_failure(&context,
                  CUT_INVALID,
                  "sends a message of 16777217 bytes (expected at most "
                  "16777216)");
    free(data);
}

/* --- what is wrong ------------------------------------------------------- */

static void name_nobody(struct cut_context *context)
{
    CHECK_STR(cut_name(context, 5), "?");
}

static void ask_for_a_receiver(struct cut_context *context)
{
    CHECK_EQ(cut_outgoing_peer(context, 2), 3);
}

static void ask_for_a_sender(struct cut_context *context)
{
    CHECK_EQ(cut_incoming_peer(context, 3), 3);
}

static void send_on_no_channel(struct cut_context *context)
{
    cut_send(context, 7, 0, NULL, 0);
}

static void send_to_a_stranger(struct cut_context *context)
{
    cut_send(context, cut_channel_to(context, 4), 0, NULL, 0);
}

static void send_no_type(struct cut_context *context)
{
    cut_send(context, 0, 256, NULL, 0);
}

static void send_no_data(struct cut_context *context)
{
    cut_send(context, 0, 0, NULL, 3);
}

/* On none, not on those before the one that does not exist. */
static void multicast_on_no_channel(struct cut_context *context)
{
    static const uint32_t channels[] = {0, 1, 2};

    cut_multicast(context, channels, 3, 0, NULL, 0);
}

static void multicast_no_type(struct cut_context *context)
{
    cut_multicast(context, NULL, 0, 300, NULL, 0);
}

static void set_no_timer(struct cut_context *context)
{
    cut_timer_set(context, 64, 1);
}

static void set_a_timer_for_ever(struct cut_context *context)
{
    cut_timer_set(context, 2, UINT64_MAX);
}

static void cancel_no_timer(struct cut_context *context)
{
    cut_timer_cancel(context, 100);
}

static void draw_below_zero(struct cut_context *context)
{
    CHECK_EQ(cut_random_below(context, 0), 0);
}

static void test_mistakes(void)
{
    static const struct {
        void (*make)(struct cut_context *context);
        const char *failure;
    } mistakes[] = {
        {name_nobody, "asks for the name of process 5 (expected one below 5)"},
        {ask_for_a_receiver,
         "asks for the receiver of channel 2 (expected one of its 2 outgoing "
         "channels)"},
        {ask_for_a_sender,
         "asks for the sender of channel 3 (expected one of its 3 incoming "
         "channels)"},
        {send_on_no_channel,
         "sends on channel 7 (expected one of its 2 outgoing channels)"},
        {send_to_a_stranger,
         "sends on no channel (expected one of its 2 outgoing channels)"},
        {send_no_type,
         "sends a message of type 256 (expected a type below 256)"},
        {send_no_data,
         "sends a message of 3 bytes that are not there (expected data)"},
        {multicast_on_no_channel,
         "sends on channel 2 (expected one of its 2 outgoing channels)"},
        {multicast_no_type,
         "sends a message of type 300 (expected a type below 256)"},
        {set_no_timer, "sets timer 64 (expected one below 64)"},
        {set_a_timer_for_ever,
         "sets timer 2 to go off after 18446744073709551615 ns (expected at "
         "most 18446744073709550615)"},
        {cancel_no_timer, "cancels timer 100 (expected one below 64)"},
        {draw_below_zero,
         "asks for a random number below 0 (expected a bound of at least 1)"},
    };

    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct cut_context context = begin();
        mistakes[i].make(&context);
        check_failure(&context, CUT_INVALID, mistakes[i].failure);
        CHECK_STR(notes.text, "");
    }
}

static void test_few_channels(void)
{
    struct cut_context context = begin();

    context.outgoing_count = 1;
    cut_send(&context, 1, 0, NULL, 0);
    check_failure(&context,
                  CUT_INVALID,
                  "sends on channel 1 (expected one of its 1 outgoing "
                  "channel)");
    context = begin();
    context.outgoing_count = 0;
    cut_send(&context, 0, 0, NULL, 0);
    check_failure(&context,
                  CUT_INVALID,
                  "sends on channel 0 (expected none: it has no outgoing "
                  "channels)");
    context = begin();
    context.outgoing_count = 0;
    cut_multicast(&context, NULL, 0, 0, NULL, 0);
    CHECK_EQ(context.error, CUT_OK);
    CHECK_STR(notes.text, "");
}

/* After the first mistake nothing is done, and none other is noted. */
static void test_nothing_is_done_after_a_mistake(void)
{
    struct cut_context context = begin();
    char first[CUT_FAILURE_SIZE];

    cut_send(&context, 7, 0, NULL, 0);
    memcpy(first, context.failure, sizeof first);
    cut_send(&context, 0, 0, NULL, 0);
    cut_send(&context, 8, 0, NULL, 0);
    cut_multicast(&context, NULL, 0, 0, NULL, 0);
    cut_timer_set(&context, 0, 1);
    cut_timer_cancel(&context, 0);
    cut_print(&context, "said");
    cut_request_snapshot(&context);
    cut_leave(&context);
    cut_fail(&context, "failed");
    (void)cut_name(&context, 99);
    check_failure(&context, CUT_INVALID, first);
    CHECK_STR(notes.text, "");
    CHECK(!context.wants_snapshot && !context.wants_leave);
    /* But a loop that waits for some number comes to an end. */
    CHECK(cut_random(&context) != cut_random(&context));
}

static void test_an_operation_fails(void)
{
    struct cut_context context = begin();

    notes.send_fails = true;
    cut_multicast(&context, NULL, 0, 0, NULL, 0);
    check_failure(&context, CUT_NOMEM, "out of memory");
    CHECK_STR(notes.text, "send 0 0 \n");
}

static void test_create(void)
{
    static const uint32_t channel = 1;

    for (unsigned i = 0; i < 6; i++) {
        struct cut_context context = begin();
        context.is_creating = true;
        CHECK_EQ(cut_outgoing_peer(&context, 0), 1);
        CHECK(cut_random_below(&context, 10) < 10);
        cut_print(&context, "made");
        CHECK_EQ(context.error, CUT_OK);
        if (i == 0)
            cut_send(&context, 0, 0, NULL, 0);
        else if (i == 1)
            cut_multicast(&context, &channel, 1, 0, NULL, 0);
        else if (i == 2)
            cut_timer_set(&context, 0, 1);
        else if (i == 3)
            cut_timer_cancel(&context, 0);
        else if (i == 4)
            cut_request_snapshot(&context);
        else
            cut_leave(&context);
        static const char *const does[] = {
            "sends",
            "sends",
            "sets a timer",
            "cancels a timer",
            "asks for a snapshot",
            "leaves",
        };
        char expected[CUT_FAILURE_SIZE];
        snprintf(expected,
                 sizeof expected,
                 "%s in create (expected in an event, like start)",
                 does[i]);
        check_failure(&context, CUT_INVALID, expected);
        CHECK_STR(notes.text, "made\n");
        CHECK(!context.wants_snapshot && !context.wants_leave);
    }
}

/* --- arguments ----------------------------------------------------------- */

#define ARGUMENTS 14

static char arguments[ARGUMENTS][24] = {
    "12",
    "-3",
    "x",
    "",
    "+1",
    " 1",
    "1 ",
    "0x10",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-",
    "a\nb\x1b[31m",
    "10000",
};

static struct cut_context begin_with_arguments(void)
{
    static char *pointers[ARGUMENTS];
    struct cut_context context = begin();

    for (size_t i = 0; i < ARGUMENTS; i++)
        pointers[i] = arguments[i];
    context.arguments = pointers;
    context.argument_count = ARGUMENTS;
    return context;
}

static void test_arguments(void)
{
    struct cut_context context = begin_with_arguments();

    CHECK_EQ(cut_argument_count(&context), ARGUMENTS);
    CHECK_STR(cut_argument(&context, 1), "-3");
    CHECK(cut_argument(&context, ARGUMENTS) == NULL);
    CHECK_EQ(cut_argument_integer(&context, 0, 12, 12, 5), 12);
    CHECK_EQ(cut_argument_integer(&context, 1, -3, 0, 5), -3);
    CHECK_EQ(cut_argument_integer(&context, 8, 0, INT64_MAX, 5), INT64_MAX);
    CHECK_EQ(cut_argument_integer(&context, 10, INT64_MIN, INT64_MAX, 5),
             INT64_MIN);
    CHECK_EQ(cut_argument_integer(&context, ARGUMENTS, 0, 1, 5), 5);
    CHECK_EQ(context.error, CUT_OK);
}

static void test_arguments_that_are_no_number(void)
{
    static const uint32_t wrong[] = {2, 3, 4, 5, 6, 7, 9, 11};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut_context context = begin_with_arguments();
        char expected[CUT_FAILURE_SIZE];
        CHECK_EQ(
            cut_argument_integer(&context, wrong[i], INT64_MIN, INT64_MAX, 5),
            5);
        snprintf(expected,
                 sizeof expected,
                 "argument %" PRIu32 " is \"%s\" (expected a number)",
                 wrong[i] + 1,
                 arguments[wrong[i]]);
        check_failure(&context, CUT_STATE, expected);
    }
}

static void test_arguments_out_of_bounds(void)
{
    struct cut_context context = begin_with_arguments();

    CHECK_EQ(cut_argument_integer(&context, 2, 1, 100, 5), 5);
    check_failure(&context,
                  CUT_STATE,
                  "argument 3 is \"x\" (expected a number from 1 to 100)");
    context = begin_with_arguments();
    CHECK_EQ(cut_argument_integer(&context, 1, -2, 100, 5), 5);
    check_failure(&context,
                  CUT_STATE,
                  "argument 2 is \"-3\" (expected a number from -2 to 100)");
    context = begin_with_arguments();
    CHECK_EQ(cut_argument_integer(&context, 13, -2, 9999, 5), 5);
    CHECK_EQ(context.error, CUT_STATE);
    context = begin_with_arguments();
    CHECK_EQ(cut_argument_integer(&context, 1, 0, INT64_MAX, 5), 5);
    check_failure(&context,
                  CUT_STATE,
                  "argument 2 is \"-3\" (expected a number, at least 0)");
    context = begin_with_arguments();
    CHECK_EQ(cut_argument_integer(&context, 12, 0, 1, 5), 5);
    check_failure(&context,
                  CUT_STATE,
                  "argument 13 is \"a b\xef\xbf\xbd[31m\" (expected a number "
                  "from 0 to 1)");
}

/* --- what is said -------------------------------------------------------- */

static void check_printed(const char *text, const char *expected)
{
    struct cut_context context = begin();

    cut_print(&context, "%s", text);
    CHECK_EQ(context.error, CUT_OK);
    notes.text[notes.size - 1] = '\0';
    CHECK_STR(notes.text, expected);
}

static void test_lines(void)
{
    check_printed("", "");
    check_printed("a b", "a b");
    check_printed("the end\n", "the end");
    check_printed("a\nb\tc\r\n", "a b c ");
    check_printed("\x1b[31mred\x7f", "\xef\xbf\xbd[31mred\xef\xbf\xbd");
    check_printed("caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac");
    check_printed("a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd");
    /* One for each that is not seen, not for each of its bytes. */
    check_printed("a\xe2\x80\xae"
                  "b",
                  "a\xef\xbf\xbd"
                  "b");
    check_printed("a\xc2\xa0\xe3\x80\x80"
                  "b",
                  "a  b");
}

/* 1000 bytes are said, and no part of a character. */
static void test_long_lines(void)
{
    char text[2048];
    char expected[1001];

    for (size_t size = 996; size < 1010; size++) {
        memset(text, 'a', size);
        text[size] = '\0';
        memset(expected, 'a', 1000);
        expected[size < 1000 ? size : 1000] = '\0';
        check_printed(text, expected);
        text[size] = '\xe2';
        text[size + 1] = '\x82';
        text[size + 2] = '\xac';
        text[size + 3] = '\0';
        if (size <= 997)
            memcpy(expected + size, "\xe2\x82\xac", 4);
        check_printed(text, expected);
    }
    memset(text, '\xff', 2000);
    text[2000] = '\0';
    for (size_t i = 0; i < 999; i += 3)
        memcpy(expected + i, "\xef\xbf\xbd", 4);
    check_printed(text, expected);
    memset(text, '\xbf', 2000); /* not even the first bytes of anything */
    check_printed(text, "");
}

static void test_failing(void)
{
    struct cut_context context = begin();
    char text[400];

    cut_fail(&context, "has %d\nforks\n", 3);
    check_failure(&context, CUT_STATE, "has 3 forks");
    cut_fail(&context, "again");
    check_failure(&context, CUT_STATE, "has 3 forks");
    context = begin();
    cut_fail(&context, "%s", "");
    check_failure(&context, CUT_STATE, "fails without saying why");
    context = begin();
    memset(text, 'a', sizeof text - 1);
    memcpy(text + 190, "\xc3\xa9", 2);
    text[sizeof text - 1] = '\0';
    cut_fail(&context, "%s", text);
    text[190] = '\0';
    check_failure(&context, CUT_STATE, text);
}

/* The C library cannot make a wide character of this into bytes. */
static void test_what_cannot_be_formatted(void)
{
    static const wchar_t wide[] = {0x7fffffff, 0};
    struct cut_context context = begin();

    cut_print(&context, "%ls", wide);
    check_failure(&context,
                  CUT_INVALID,
                  "prints what cannot be formatted (expected UTF-8)");
    CHECK_STR(notes.text, "");
    context = begin();
    cut_fail(&context, "%ls", wide);
    check_failure(&context, CUT_STATE, "fails without saying why");
}

/* --- chance -------------------------------------------------------------- */

/* The numbers of a seed are part of what a run is: they never change. The
 * first three of state 0 are SplitMix64's. */
static void test_random_numbers_are_what_they_were(void)
{
    uint64_t state = 0;

    CHECK_EQ(cut_random_next(&state), UINT64_C(0xe220a8397b1dcdaf));
    CHECK_EQ(cut_random_next(&state), UINT64_C(0x6e789e6aa1b965f4));
    CHECK_EQ(cut_random_next(&state), UINT64_C(0x06c45d188009454f));
    CHECK_EQ(cut_random_seed(1, 0), UINT64_C(0x5e41ab087439611e));
    CHECK_EQ(cut_random_seed(-1, 0), UINT64_C(0x5dc20aa7b2a27137));
    CHECK_EQ(cut_random_seed(1, 1), UINT64_C(0xe9fd6049d65af21e));
}

static void test_random_numbers_of_the_context(void)
{
    struct cut_context context = begin();
    uint64_t state = random_state;

    CHECK_EQ(cut_random(&context), cut_random_next(&state));
    CHECK_EQ(cut_random_below(&context, 1000),
             cut_random_next_below(&state, 1000));
    CHECK_EQ(random_state, state);
}

static void test_random_bounds(void)
{
    static const uint64_t bounds[] = {1,
                                      2,
                                      3,
                                      10,
                                      UINT64_C(1) << 32,
                                      UINT64_C(1) << 63,
                                      (UINT64_C(1) << 63) + 1,
                                      UINT64_MAX};
    uint64_t state = 5;

    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (unsigned j = 0; j < 1000; j++)
            if (!CHECK(cut_random_next_below(&state, bounds[i]) < bounds[i]))
                return;
}

/*
 * No bias: of a bound of three quarters of all numbers, a remainder would give
 * each number of the first third twice as often as the others.
 */
static void test_random_numbers_have_no_bias(void)
{
    uint64_t quarter = UINT64_C(1) << 62;
    uint64_t state = 6;
    unsigned thirds[3] = {0};
    unsigned sixths[6] = {0};

    for (unsigned i = 0; i < 60000; i++) {
        thirds[cut_random_next_below(&state, 3 * quarter) / quarter]++;
        sixths[cut_random_next_below(&state, 6)]++;
    }
    for (unsigned i = 0; i < 3; i++)
        CHECK(thirds[i] > 19500 && thirds[i] < 20500);
    for (unsigned i = 0; i < 6; i++)
        CHECK(sixths[i] > 9600 && sixths[i] < 10400);
}

/* Neighbours begin in places that have nothing to do with each other. */
static void test_seeds_differ(void)
{
    uint64_t seen[512];
    size_t count = 0;

    for (int64_t seed = -8; seed < 8; seed++)
        for (uint32_t process = 0; process < 32; process++) {
            uint64_t state = cut_random_seed(seed, process);
            seen[count++] = cut_random_next(&state);
        }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(seen[i] != seen[j]);
}

int main(void)
{
    RUN(test_who_and_where);
    RUN(test_operations_are_called);
    RUN(test_the_largest_message);
    RUN(test_mistakes);
    RUN(test_few_channels);
    RUN(test_nothing_is_done_after_a_mistake);
    RUN(test_an_operation_fails);
    RUN(test_create);
    RUN(test_arguments);
    RUN(test_arguments_that_are_no_number);
    RUN(test_arguments_out_of_bounds);
    RUN(test_lines);
    RUN(test_long_lines);
    RUN(test_failing);
    RUN(test_what_cannot_be_formatted);
    RUN(test_random_numbers_are_what_they_were);
    RUN(test_random_numbers_of_the_context);
    RUN(test_random_bounds);
    RUN(test_random_numbers_have_no_bias);
    RUN(test_seeds_differ);
    return check_end();
}
