/*
 * The two ends of a channel with credit, one rule a test. What they do together
 * is judged in tests/property/credit_channel.c.
 */
#include "check.h"
#include "proto/credit.h"

static const struct cut_credit_config config = {
    .messages_max = 6,
    .bytes_max = 1000,
};

static struct cut_credit_sender sender_of(void)
{
    struct cut_credit_sender sender;

    cut_credit_sender_init(&sender, &config);
    return sender;
}

static struct cut_credit_receiver receiver_of(void)
{
    struct cut_credit_receiver receiver;

    cut_credit_receiver_init(&receiver, &config);
    return receiver;
}

static void
send_some(struct cut_credit_sender *sender, int count, uint64_t size)
{
    for (int i = 0; i < count; i++) {
        CHECK(cut_credit_sender_may_send(sender));
        cut_credit_sender_sent(sender, size);
    }
}

static void
deliver_some(struct cut_credit_receiver *receiver, int count, uint64_t size)
{
    for (int i = 0; i < count; i++) {
        CHECK_EQ(cut_credit_receiver_arrived(receiver, size), CUT_OK);
        cut_credit_receiver_delivered(receiver, size);
    }
}

static void check_report(struct cut_credit_sender *sender,
                         struct cut_credit_count report,
                         struct cut_credit_count known,
                         uint64_t absurd)
{
    cut_credit_sender_reported(sender, report);
    CHECK_EQ(sender->delivered.messages, known.messages);
    CHECK_EQ(sender->delivered.bytes, known.bytes);
    CHECK_EQ(sender->absurd, absurd);
}

static void test_so_many_messages_may_be_outstanding(void)
{
    struct cut_credit_sender sender = sender_of();

    send_some(&sender, 6, 0);
    CHECK(!cut_credit_sender_may_send(&sender));
    cut_credit_sender_reported(&sender, (struct cut_credit_count){2, 0});
    send_some(&sender, 2, 0);
    CHECK(!cut_credit_sender_may_send(&sender));
}

static void test_so_many_bytes_may_be_outstanding(void)
{
    struct cut_credit_sender sender = sender_of();

    send_some(&sender, 1, 999);
    send_some(&sender, 1, 1);
    CHECK(!cut_credit_sender_may_send(&sender));
    cut_credit_sender_reported(&sender, (struct cut_credit_count){1, 999});
    CHECK(cut_credit_sender_may_send(&sender));
}

static void test_a_message_larger_than_the_channel_passes(void)
{
    struct cut_credit_sender sender = sender_of();
    struct cut_credit_receiver receiver = receiver_of();

    send_some(&sender, 1, 5000);
    CHECK(!cut_credit_sender_may_send(&sender));
    deliver_some(&receiver, 1, 5000);
    CHECK(cut_credit_receiver_wants_report(&receiver));
    cut_credit_sender_reported(&sender, cut_credit_receiver_report(&receiver));
    send_some(&sender, 1, 5000);
}

static void test_old_reports_change_nothing(void)
{
    struct cut_credit_sender sender = sender_of();
    struct cut_credit_count known = {4, 40};

    send_some(&sender, 5, 10);
    check_report(&sender, known, known, 0);
    check_report(&sender, known, known, 0);
    check_report(&sender, (struct cut_credit_count){3, 30}, known, 0);
    check_report(&sender, (struct cut_credit_count){3, 40}, known, 0);
    check_report(&sender, (struct cut_credit_count){0, 0}, known, 0);
    check_report(&sender,
                 (struct cut_credit_count){5, 50},
                 (struct cut_credit_count){5, 50},
                 0);
}

static void test_absurd_reports_are_counted(void)
{
    static const struct cut_credit_count absurd[] = {
        {6, 50}, /* more messages than were sent */
        {5, 51}, /* more bytes */
        {5, 49}, /* all messages, and not all bytes */
        {4, 51},
        {2, 21}, /* as many messages, and other bytes */
        {2, 19},
        {3, 19}, /* more messages, and fewer bytes */
        {1, 21}, /* fewer messages, and more bytes */
        {UINT64_MAX, 50},
        {5, UINT64_MAX},
    };
    struct cut_credit_sender sender = sender_of();
    struct cut_credit_count known = {2, 20};

    send_some(&sender, 5, 10);
    check_report(&sender, known, known, 0);
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; i++)
        check_report(&sender, absurd[i], known, i + 1);
}

/* A quarter of six messages, rounded up, or of a thousand bytes. */
static void test_a_quarter_is_reported(void)
{
    struct cut_credit_receiver receiver = receiver_of();

    CHECK(!cut_credit_receiver_wants_report(&receiver));
    deliver_some(&receiver, 1, 249);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
    deliver_some(&receiver, 1, 0);
    CHECK(cut_credit_receiver_wants_report(&receiver));
    CHECK_EQ(cut_credit_receiver_report(&receiver).messages, 2);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
    deliver_some(&receiver, 1, 250);
    CHECK(cut_credit_receiver_wants_report(&receiver));
    CHECK_EQ(cut_credit_receiver_report(&receiver).bytes, 499);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
}

static void test_the_least_channel_reports_each_message(void)
{
    const struct cut_credit_config least = {1, 1};
    struct cut_credit_receiver receiver;

    cut_credit_receiver_init(&receiver, &least);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
    deliver_some(&receiver, 1, 0);
    CHECK(cut_credit_receiver_wants_report(&receiver));
}

/* The greatest bounds are no bounds, and overflow nowhere. */
static void test_the_widest_channel(void)
{
    const struct cut_credit_config widest = {UINT64_MAX, UINT64_MAX};
    struct cut_credit_receiver receiver;
    struct cut_credit_sender sender;

    cut_credit_receiver_init(&receiver, &widest);
    cut_credit_sender_init(&sender, &widest);
    send_some(&sender, 2, UINT64_MAX / 2);
    deliver_some(&receiver, 1, UINT64_MAX / 4);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
    deliver_some(&receiver, 1, 1);
    CHECK(cut_credit_receiver_wants_report(&receiver));
    CHECK_EQ(cut_credit_receiver_arrived(&receiver, UINT64_MAX), CUT_PROTOCOL);
}

static void test_what_there_was_no_credit_for_is_refused(void)
{
    struct cut_credit_receiver receiver = receiver_of();

    for (int i = 0; i < 6; i++)
        CHECK_EQ(cut_credit_receiver_arrived(&receiver, 1), CUT_OK);
    CHECK_EQ(cut_credit_receiver_arrived(&receiver, 1), CUT_PROTOCOL);
    CHECK_EQ(receiver.arrived.messages, 6);
    CHECK_EQ(receiver.arrived.bytes, 6);
    cut_credit_receiver_delivered(&receiver, 1);
    CHECK_EQ(cut_credit_receiver_arrived(&receiver, 995), CUT_OK);
    cut_credit_receiver_delivered(&receiver, 1);
    CHECK_EQ(cut_credit_receiver_arrived(&receiver, 1), CUT_OK);
    cut_credit_receiver_delivered(&receiver, 1);

    struct cut_credit_receiver of_bytes = receiver_of();
    CHECK_EQ(cut_credit_receiver_arrived(&of_bytes, 1000), CUT_OK);
    CHECK_EQ(cut_credit_receiver_arrived(&of_bytes, 0), CUT_PROTOCOL);
    CHECK_EQ(of_bytes.arrived.messages, 1);
}

static void test_a_report_is_due_over_a_new_connection(void)
{
    struct cut_credit_receiver receiver = receiver_of();

    deliver_some(&receiver, 2, 1);
    CHECK_EQ(cut_credit_receiver_report(&receiver).messages, 2);
    cut_credit_receiver_reconnected(&receiver);
    CHECK(cut_credit_receiver_wants_report(&receiver));
    CHECK_EQ(cut_credit_receiver_report(&receiver).messages, 2);
    CHECK(!cut_credit_receiver_wants_report(&receiver));
}

int main(void)
{
    RUN(test_so_many_messages_may_be_outstanding);
    RUN(test_so_many_bytes_may_be_outstanding);
    RUN(test_a_message_larger_than_the_channel_passes);
    RUN(test_old_reports_change_nothing);
    RUN(test_absurd_reports_are_counted);
    RUN(test_a_quarter_is_reported);
    RUN(test_the_least_channel_reports_each_message);
    RUN(test_the_widest_channel);
    RUN(test_what_there_was_no_credit_for_is_refused);
    RUN(test_a_report_is_due_over_a_new_connection);
    return check_end();
}
