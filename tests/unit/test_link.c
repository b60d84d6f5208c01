/*
 * The two ends of a link, one rule a test. What they do together under loss is
 * judged in tests/property/link_chaos.c, and under cuts in link_cuts.c.
 */
#include "check.h"
#include "proto/link.h"

static const struct cut_link_config config = {
    .timeout_min = 100,
    .timeout_max = 450,
    .window = 8,
};

static struct cut_link_sender sender_of(const struct cut_link_config *of)
{
    struct cut_link_sender sender;

    cut_link_sender_init(&sender, of);
    return sender;
}

static struct cut_link_receiver receiver_of(const struct cut_link_config *of)
{
    struct cut_link_receiver receiver;

    cut_link_receiver_init(&receiver, of);
    return receiver;
}

/* A sender that has submitted so many frames at a time. */
static struct cut_link_sender sender_with(unsigned count, cut_time now)
{
    struct cut_link_sender sender = sender_of(&config);

    for (unsigned i = 0; i < count; i++)
        CHECK_EQ(cut_link_sender_submit(&sender, now), i);
    return sender;
}

static void check_same(const struct cut_link_sender *left,
                       const struct cut_link_sender *right)
{
    CHECK_EQ(left->timeout, right->timeout);
    CHECK_EQ(left->deadline, right->deadline);
    CHECK_EQ(left->oldest, right->oldest);
    CHECK_EQ(left->next, right->next);
    CHECK_EQ(left->aged, right->aged);
    CHECK_EQ(left->recovery, right->recovery);
    CHECK_EQ(left->resent, right->resent);
    CHECK_EQ(left->has_hole, right->has_hole);
}

/* Nothing is due before the deadline; one frame is at it. */
static void
check_resend(struct cut_link_sender *sender, cut_time when, uint64_t first)
{
    struct cut_link_resend resend;

    CHECK_EQ(cut_link_sender_deadline(sender), when);
    CHECK_EQ(cut_link_sender_timeout(sender, when - 1).count, 0);
    CHECK_EQ(cut_link_sender_deadline(sender), when);
    resend = cut_link_sender_timeout(sender, when);
    CHECK_EQ(resend.first, first);
    CHECK_EQ(resend.count, 1);
    CHECK_EQ(cut_link_sender_timeout(sender, when).count, 0);
}

static void test_configurations(void)
{
    static const struct cut_link_config wrong[] = {
        {.timeout_min = 0, .timeout_max = 1, .window = 1},
        {.timeout_min = 2, .timeout_max = 1, .window = 1},
        {.timeout_min = 1, .timeout_max = 1, .window = 0},
        {.timeout_min = 1, .timeout_max = 1, .window = 3},
        {.timeout_min = 1, .timeout_max = 1, .window = 128},
    };
    struct cut_link_config right = {1, UINT64_MAX, 1};

    for (; right.window <= CUT_LINK_WINDOW_MAX; right.window *= 2)
        CHECK(cut_link_config_is_valid(&right));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(!cut_link_config_is_valid(&wrong[i]));
}

static void test_frames_are_numbered_up_to_the_window(void)
{
    struct cut_link_sender sender = sender_with(8, 0);

    CHECK(!cut_link_sender_has_room(&sender));
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 5), 1);
    CHECK(cut_link_sender_has_room(&sender));
    CHECK_EQ(cut_link_sender_submit(&sender, 5), 8);
    CHECK(!cut_link_sender_has_room(&sender));
}

static void test_an_acknowledgement_is_of_all_below(void)
{
    struct cut_link_sender sender = sender_with(5, 0);

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 3, 10), 3);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 5, 11), 2);
    CHECK_EQ(cut_link_sender_deadline(&sender), CUT_LINK_NEVER);
}

static void test_old_acknowledgements_change_nothing(void)
{
    struct cut_link_sender sender = sender_with(5, 0);

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 3, 10), 3);
    struct cut_link_sender before = sender;
    for (uint64_t next = 0; next <= 3; next++)
        CHECK_EQ(cut_link_sender_acknowledged(&sender, next, 50), 0);
    check_same(&before, &sender);
    CHECK_EQ(sender.absurd, 0);
}

static void test_absurd_acknowledgements_are_counted(void)
{
    struct cut_link_sender sender = sender_with(2, 0);
    struct cut_link_sender before = sender;

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 3, 50), 0);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, UINT64_MAX, 50), 0);
    CHECK_EQ(sender.absurd, 2);
    check_same(&before, &sender);
}

static void test_no_deadline_while_nothing_is_unacknowledged(void)
{
    struct cut_link_sender sender = sender_of(&config);

    CHECK_EQ(cut_link_sender_deadline(&sender), CUT_LINK_NEVER);
    CHECK_EQ(cut_link_sender_timeout(&sender, UINT64_MAX).count, 0);
    cut_link_sender_submit(&sender, 7);
    CHECK_EQ(cut_link_sender_deadline(&sender), 107);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 50), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), CUT_LINK_NEVER);
}

/* RFC 6298, 5.1 and 5.3. */
static void test_the_timer_is_of_the_oldest(void)
{
    struct cut_link_sender sender = sender_with(1, 0);

    cut_link_sender_submit(&sender, 60);
    CHECK_EQ(cut_link_sender_deadline(&sender), 100);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 80), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), 180);
}

static void test_a_timeout_resends_the_oldest_and_backs_off(void)
{
    struct cut_link_sender sender = sender_with(5, 0);

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 2, 0), 2);
    check_resend(&sender, 100, 2);
    check_resend(&sender, 300, 2);
    check_resend(&sender, 700, 2); /* 400 later */
    check_resend(&sender, 1150, 2);
    check_resend(&sender, 1600, 2); /* no more than 450 */
    CHECK_EQ(sender.resent, 5);
}

static void test_progress_resets_the_timeout(void)
{
    struct cut_link_sender sender = sender_with(1, 0);

    check_resend(&sender, 100, 0);
    check_resend(&sender, 300, 0);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 310), 1);
    CHECK_EQ(cut_link_sender_submit(&sender, 400), 1);
    check_resend(&sender, 500, 1);
}

/* RFC 6582, section 3: a partial acknowledgement shows the next hole. */
static void test_more_holes_take_no_more_timeouts(void)
{
    struct cut_link_sender sender = sender_with(6, 0);

    check_resend(&sender, 100, 0);
    /* 1 and 2 had been kept; 3 had its time: it is lost as well. */
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 3, 120), 3);
    check_resend(&sender, 120, 3);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 5, 140), 2);
    check_resend(&sender, 140, 5);
    /* That was no time-out, so the distance is the first one. */
    check_resend(&sender, 240, 5);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 6, 250), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), CUT_LINK_NEVER);
}

/* Frames that were sent just before the time-out may be on their way. */
static void test_young_frames_are_no_holes(void)
{
    struct cut_link_sender sender = sender_with(2, 0);

    CHECK_EQ(cut_link_sender_submit(&sender, 1), 2);
    check_resend(&sender, 100, 0);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 120), 1);
    check_resend(&sender, 120, 1);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 2, 140), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), 240);
}

/* While the distance is long, a frame has its time before the deadline. */
static void test_frames_that_wait_with_a_long_timeout_age(void)
{
    struct cut_link_sender sender = sender_with(1, 0);

    check_resend(&sender, 100, 0);
    CHECK_EQ(cut_link_sender_submit(&sender, 150), 1); /* until 300 */
    CHECK_EQ(cut_link_sender_submit(&sender, 250), 2);
    check_resend(&sender, 300, 0);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 320), 1);
    check_resend(&sender, 320, 1);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 2, 340), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), 440);
}

static void test_the_end_of_time(void)
{
    struct cut_link_sender sender = sender_of(&config);

    cut_link_sender_submit(&sender, UINT64_MAX - 50);
    CHECK_EQ(cut_link_sender_deadline(&sender), UINT64_MAX - 1);
    CHECK_EQ(cut_link_sender_timeout(&sender, UINT64_MAX).count, 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), UINT64_MAX - 1);
}

static void test_frames_in_order_are_delivered(void)
{
    struct cut_link_receiver receiver = receiver_of(&config);
    uint64_t sequence = 99;

    for (uint64_t i = 0; i < 100; i++) {
        CHECK_EQ(cut_link_receiver_acknowledgement(&receiver), i);
        CHECK_EQ(cut_link_receiver_arrived(&receiver, i), CUT_LINK_DELIVER);
        CHECK(!cut_link_receiver_next(&receiver, &sequence));
    }
    CHECK_EQ(sequence, 99);
}

static void test_early_frames_are_kept_until_it_is_their_turn(void)
{
    struct cut_link_receiver receiver = receiver_of(&config);
    uint64_t sequence = 0;

    CHECK_EQ(cut_link_receiver_arrived(&receiver, 2), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 4), CUT_LINK_KEEP);
    CHECK(!cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(cut_link_receiver_acknowledgement(&receiver), 0);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    CHECK(cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(sequence, 1);
    CHECK(cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(sequence, 2);
    CHECK(!cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(cut_link_receiver_acknowledgement(&receiver), 3);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 3), CUT_LINK_DELIVER);
    CHECK(cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(sequence, 4);
}

static void test_duplicates_are_dropped(void)
{
    struct cut_link_receiver receiver = receiver_of(&config);
    uint64_t sequence = 0;

    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_DROP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DROP);
    /* 1 is kept, and its turn; it does not come in by the other door. */
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_DROP);
    CHECK(cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_DROP);
    CHECK_EQ(receiver.duplicates, 4);
    CHECK_EQ(receiver.absurd, 0);
}

static void test_what_is_beyond_the_window_is_dropped(void)
{
    struct cut_link_receiver receiver = receiver_of(&config);

    CHECK_EQ(cut_link_receiver_arrived(&receiver, 8), CUT_LINK_DROP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, UINT64_MAX), CUT_LINK_DROP);
    CHECK_EQ(receiver.absurd, 2);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 7), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 8), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 9), CUT_LINK_DROP);
}

/* All 64 bits of the word are in use. */
static void test_the_widest_window(void)
{
    struct cut_link_config widest = config;
    uint64_t sequence = 0;

    widest.window = CUT_LINK_WINDOW_MAX;
    struct cut_link_receiver receiver = receiver_of(&widest);
    for (uint64_t i = 63; i > 0; i--)
        CHECK_EQ(cut_link_receiver_arrived(&receiver, i), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 64), CUT_LINK_DROP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    for (uint64_t i = 1; i < 64; i++) {
        CHECK(cut_link_receiver_next(&receiver, &sequence));
        CHECK_EQ(sequence, i);
    }
    CHECK(!cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(cut_link_receiver_acknowledgement(&receiver), 64);
}

static void test_a_window_of_one_stops_and_waits(void)
{
    struct cut_link_config narrow = config;

    narrow.window = 1;
    struct cut_link_sender sender = sender_of(&narrow);
    struct cut_link_receiver receiver = receiver_of(&narrow);
    CHECK_EQ(cut_link_sender_submit(&sender, 0), 0);
    CHECK(!cut_link_sender_has_room(&sender));
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_DROP);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 1), 1);
    CHECK(cut_link_sender_has_room(&sender));
}

/* The other end's word counts as an acknowledgement; the rest is due again. */
static void test_a_new_connection_resends_what_the_other_end_lacks(void)
{
    struct cut_link_sender sender = sender_with(6, 0);
    struct cut_link_resumption resumption;

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 1, 10), 1);
    CHECK_EQ(cut_link_sender_reconnected(&sender, 3, 1000, &resumption),
             CUT_OK);
    CHECK_EQ(resumption.forgotten, 2);
    CHECK_EQ(resumption.resend.first, 3);
    CHECK_EQ(resumption.resend.count, 3);
    CHECK_EQ(sender.resent, 3);
    CHECK_EQ(cut_link_sender_submit(&sender, 1000), 6);
    check_resend(&sender, 1100, 3);
}

static void test_a_new_connection_may_have_nothing_to_resend(void)
{
    struct cut_link_sender sender = sender_with(6, 0);
    struct cut_link_resumption resumption;

    CHECK_EQ(cut_link_sender_reconnected(&sender, 6, 50, &resumption), CUT_OK);
    CHECK_EQ(resumption.forgotten, 6);
    CHECK_EQ(resumption.resend.count, 0);
    CHECK_EQ(sender.resent, 0);
    CHECK_EQ(cut_link_sender_deadline(&sender), CUT_LINK_NEVER);
    CHECK_EQ(cut_link_sender_reconnected(&sender, 6, 60, &resumption), CUT_OK);
    CHECK_EQ(resumption.forgotten, 0);
    CHECK_EQ(cut_link_sender_submit(&sender, 70), 6);
    CHECK_EQ(cut_link_sender_deadline(&sender), 170);
}

/* What a time-out found out was of the old connection: no frame of the new one
 * is late, and the distance is the first one again. */
static void test_a_new_connection_has_fresh_timers(void)
{
    struct cut_link_sender sender = sender_with(6, 0);
    struct cut_link_resumption resumption;

    check_resend(&sender, 100, 0);
    check_resend(&sender, 300, 0);
    CHECK_EQ(cut_link_sender_reconnected(&sender, 0, 350, &resumption), CUT_OK);
    CHECK_EQ(resumption.resend.count, 6);
    CHECK_EQ(cut_link_sender_deadline(&sender), 450);
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 2, 360), 2);
    check_resend(&sender, 460, 2);

    /* A hole that was found, and not yet resent, is of the old one too. */
    CHECK_EQ(cut_link_sender_acknowledged(&sender, 3, 470), 1);
    CHECK_EQ(cut_link_sender_deadline(&sender), 470);
    CHECK_EQ(cut_link_sender_reconnected(&sender, 3, 470, &resumption), CUT_OK);
    check_resend(&sender, 570, 3);
}

static void test_absurd_reconnections_are_refused(void)
{
    struct cut_link_sender sender = sender_with(6, 0);
    struct cut_link_resumption resumption = {.forgotten = 77};

    CHECK_EQ(cut_link_sender_acknowledged(&sender, 2, 10), 2);
    struct cut_link_sender before = sender;
    CHECK_EQ(cut_link_sender_reconnected(&sender, 1, 50, &resumption),
             CUT_PROTOCOL);
    CHECK_EQ(cut_link_sender_reconnected(&sender, 7, 50, &resumption),
             CUT_PROTOCOL);
    CHECK_EQ(sender.absurd, 2);
    check_same(&before, &sender);
    CHECK_EQ(resumption.forgotten, 77);
}

static void test_what_was_kept_is_sent_again_over_a_new_connection(void)
{
    struct cut_link_receiver receiver = receiver_of(&config);
    uint64_t sequence = 0;

    CHECK_EQ(cut_link_receiver_arrived(&receiver, 0), CUT_LINK_DELIVER);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 2), CUT_LINK_KEEP);
    CHECK_EQ(cut_link_receiver_reconnected(&receiver), 1);
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 1), CUT_LINK_DELIVER);
    CHECK(!cut_link_receiver_next(&receiver, &sequence));
    CHECK_EQ(cut_link_receiver_arrived(&receiver, 2), CUT_LINK_DELIVER);
    CHECK_EQ(receiver.duplicates, 0);
}

static void test_headers_are_little_endian(void)
{
    static const uint8_t expected[CUT_LINK_HEADER_SIZE] = {
        0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
    uint8_t bytes[CUT_LINK_HEADER_SIZE];

    cut_link_header_encode(UINT64_C(0x0123456789abcdef), bytes);
    CHECK(memcmp(bytes, expected, sizeof bytes) == 0);
    CHECK_EQ(cut_link_header_decode(bytes), UINT64_C(0x0123456789abcdef));
    cut_link_header_encode(UINT64_MAX, bytes);
    CHECK_EQ(cut_link_header_decode(bytes), UINT64_MAX);
}

int main(void)
{
    RUN(test_configurations);
    RUN(test_frames_are_numbered_up_to_the_window);
    RUN(test_an_acknowledgement_is_of_all_below);
    RUN(test_old_acknowledgements_change_nothing);
    RUN(test_absurd_acknowledgements_are_counted);
    RUN(test_no_deadline_while_nothing_is_unacknowledged);
    RUN(test_the_timer_is_of_the_oldest);
    RUN(test_a_timeout_resends_the_oldest_and_backs_off);
    RUN(test_progress_resets_the_timeout);
    RUN(test_more_holes_take_no_more_timeouts);
    RUN(test_young_frames_are_no_holes);
    RUN(test_frames_that_wait_with_a_long_timeout_age);
    RUN(test_the_end_of_time);
    RUN(test_frames_in_order_are_delivered);
    RUN(test_early_frames_are_kept_until_it_is_their_turn);
    RUN(test_duplicates_are_dropped);
    RUN(test_what_is_beyond_the_window_is_dropped);
    RUN(test_the_widest_window);
    RUN(test_a_window_of_one_stops_and_waits);
    RUN(test_a_new_connection_resends_what_the_other_end_lacks);
    RUN(test_a_new_connection_may_have_nothing_to_resend);
    RUN(test_a_new_connection_has_fresh_timers);
    RUN(test_absurd_reconnections_are_refused);
    RUN(test_what_was_kept_is_sent_again_over_a_new_connection);
    RUN(test_headers_are_little_endian);
    return check_end();
}
