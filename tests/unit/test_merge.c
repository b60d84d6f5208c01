/*
 * Marker links: the counts, one rule a test. What they make of a system is
 * judged in tests/property/merge_interleavings.c.
 */
#include "check.h"
#include "proto/merge.h"

static struct cut_merge_receiver receiver_of_nothing(void)
{
    struct cut_merge_receiver receiver;

    cut_merge_receiver_init(&receiver);
    return receiver;
}

/* So many messages have arrived, and so many of them are delivered. */
static struct cut_merge_receiver receiver_of(unsigned arrived,
                                             unsigned delivered)
{
    struct cut_merge_receiver receiver = receiver_of_nothing();

    for (unsigned i = 0; i < arrived; i++)
        CHECK_EQ(cut_merge_message_arrived(&receiver, 0), CUT_OK);
    for (unsigned i = 0; i < delivered; i++)
        cut_merge_delivered(&receiver);
    return receiver;
}

static void check_same(const struct cut_merge_receiver *left,
                       const struct cut_merge_receiver *right)
{
    CHECK_EQ(left->arrived, right->arrived);
    CHECK_EQ(left->delivered, right->delivered);
    CHECK_EQ(left->markers, right->markers);
    CHECK_EQ(left->closed, right->closed);
    CHECK_EQ(left->markers_before, right->markers_before);
    CHECK_EQ(left->messages_before, right->messages_before);
}

static void check_refused(struct cut_merge_receiver receiver,
                          bool is_marker,
                          uint64_t number)
{
    struct cut_merge_receiver before = receiver;
    enum cut_error error = is_marker
                               ? cut_merge_marker_arrived(&receiver, number)
                               : cut_merge_message_arrived(&receiver, number);

    CHECK_EQ(error, CUT_PROTOCOL);
    check_same(&receiver, &before);
}

static void test_each_carries_how_many_of_the_others(void)
{
    struct cut_merge_sender sender;

    cut_merge_sender_init(&sender);
    CHECK_EQ(cut_merge_message_sent(&sender), 0);
    CHECK_EQ(cut_merge_message_sent(&sender), 0);
    CHECK_EQ(cut_merge_marker_sent(&sender), 2);
    CHECK_EQ(cut_merge_message_sent(&sender), 1);
    CHECK_EQ(cut_merge_marker_sent(&sender), 3);
    CHECK_EQ(cut_merge_marker_sent(&sender), 3);
    CHECK_EQ(cut_merge_message_sent(&sender), 3);
}

static void test_a_message_is_held_for_markers_before_it(void)
{
    struct cut_merge_receiver receiver = receiver_of_nothing();
    uint32_t waiting = 99;

    CHECK_EQ(cut_merge_message_arrived(&receiver, 2), CUT_OK);
    CHECK(!cut_merge_may_deliver(&receiver, 2));
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 0), CUT_OK);
    CHECK(cut_merge_close(&receiver, 0, &waiting));
    CHECK_EQ(waiting, 0);
    CHECK(!cut_merge_may_deliver(&receiver, 2));
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 0), CUT_OK);
    CHECK(cut_merge_close(&receiver, 0, &waiting));
    CHECK(cut_merge_may_deliver(&receiver, 2));
    cut_merge_delivered(&receiver);
}

static void test_a_marker_closes_when_messages_before_it_came(void)
{
    struct cut_merge_receiver receiver = receiver_of(1, 1);
    uint32_t waiting = 99;

    CHECK_EQ(cut_merge_marker_arrived(&receiver, 2), CUT_OK);
    CHECK(!cut_merge_close(&receiver, 2, &waiting));
    CHECK_EQ(waiting, 99);
    CHECK_EQ(cut_merge_message_arrived(&receiver, 0), CUT_OK);
    CHECK(cut_merge_close(&receiver, 2, &waiting));
    CHECK_EQ(waiting, 1);
}

/* Of five that arrived, one delivered, three before the marker: two wait. */
static void test_what_waits_is_counted_up_to_the_marker(void)
{
    struct cut_merge_receiver receiver = receiver_of(3, 1);
    uint32_t waiting = 99;

    CHECK_EQ(cut_merge_message_arrived(&receiver, 1), CUT_OK);
    CHECK_EQ(cut_merge_message_arrived(&receiver, 1), CUT_OK);
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 3), CUT_OK);
    CHECK(cut_merge_close(&receiver, 3, &waiting));
    CHECK_EQ(waiting, 2);
}

static void test_nothing_waits_where_all_is_delivered(void)
{
    struct cut_merge_receiver receiver = receiver_of(3, 3);
    uint32_t waiting = 99;

    CHECK_EQ(cut_merge_marker_arrived(&receiver, 3), CUT_OK);
    CHECK(cut_merge_close(&receiver, 3, &waiting));
    CHECK_EQ(waiting, 0);
}

static void test_markers_close_in_order(void)
{
    struct cut_merge_receiver receiver = receiver_of_nothing();
    uint32_t waiting = 99;

    CHECK_EQ(cut_merge_marker_arrived(&receiver, 1), CUT_OK);
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 1), CUT_OK);
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 2), CUT_OK);
    CHECK(!cut_merge_close(&receiver, 1, &waiting));
    CHECK_EQ(cut_merge_message_arrived(&receiver, 0), CUT_OK);
    CHECK(cut_merge_close(&receiver, 1, &waiting));
    CHECK_EQ(waiting, 1);
    CHECK(cut_merge_close(&receiver, 1, &waiting));
    CHECK_EQ(waiting, 1);
    CHECK(!cut_merge_close(&receiver, 2, &waiting));
    CHECK_EQ(receiver.closed, 2);
    CHECK_EQ(cut_merge_message_arrived(&receiver, 2), CUT_OK);
    CHECK(cut_merge_close(&receiver, 2, &waiting));
    CHECK_EQ(waiting, 2);
}

static void test_contradictions_are_refused(void)
{
    struct cut_merge_receiver receiver = receiver_of(2, 0);

    /* Two messages came that are before the first marker: it counts them. */
    check_refused(receiver, true, 1);
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 3), CUT_OK);
    /* Markers count no fewer messages than those before them. */
    check_refused(receiver, true, 2);
    /* The third message is before the marker, whatever it says. */
    check_refused(receiver, false, 1);
    CHECK_EQ(cut_merge_message_arrived(&receiver, 0), CUT_OK);
    /* The fourth is after it, whatever it says. */
    check_refused(receiver, false, 0);
    CHECK_EQ(cut_merge_message_arrived(&receiver, 3), CUT_OK);
    /* Messages count no fewer markers than those before them. */
    check_refused(receiver, false, 2);
    /* The second marker is before the fourth message, whatever it says. */
    check_refused(receiver, true, 4);
    CHECK_EQ(cut_merge_marker_arrived(&receiver, 3), CUT_OK);
}

int main(void)
{
    RUN(test_each_carries_how_many_of_the_others);
    RUN(test_a_message_is_held_for_markers_before_it);
    RUN(test_a_marker_closes_when_messages_before_it_came);
    RUN(test_what_waits_is_counted_up_to_the_marker);
    RUN(test_nothing_waits_where_all_is_delivered);
    RUN(test_markers_close_in_order);
    RUN(test_contradictions_are_refused);
    return check_end();
}
