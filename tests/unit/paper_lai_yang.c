/*
 * The rules of Lai and Yang, one test each. White is epoch 0 here, red after
 * snapshot s is epoch s + 1.
 *
 * Source: T. H. Lai, T. H. Yang, "On distributed snapshots", Information
 * Processing Letters 25(3), 1987; for the counts F. Mattern, "Efficient
 * algorithms for distributed snapshots and global virtual time approximation",
 * JPDC 18, 1993.
 */
#include "stepper.h"

static void init(struct stepper *p, uint32_t incoming, uint32_t outgoing)
{
    stepper_init_for(p,
                     "lai-yang",
                     (struct cut_engine_config){.incoming_count = incoming,
                                                .outgoing_count = outgoing});
}

/* 1987: a process is white first and turns red when it takes its snapshot; its
 * messages have its colour. */
static void test_messages_have_the_colour_of_their_sender(void)
{
    struct stepper p;

    init(&p, 1, 2);
    CHECK_STR(step_send(&p, 1), "SEND[1]");
    CHECK_STR(step_request(&p, 4), "CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(step_send(&p, 1), "SEND[1]@5");
    CHECK_STR(step_marker_with(&p, 0, 4, 0), "COMPLETE(4)");
    CHECK_STR(step_send(&p, 0), "SEND[0]@5");
    stepper_fini(&p);
}

/* 1987: a process takes its snapshot before it receives a red message. */
static void test_a_red_message_turns_a_process_red(void)
{
    struct stepper q;

    init(&q, 2, 1);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 5), "CAPTURE(4) TRANSMIT(4) DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 5), "DELIVER[0]");
    CHECK_STR(step_send(&q, 0), "SEND[0]@5");
    stepper_fini(&q);
}

/* 1987: a white message that a red process receives was on its way. */
static void test_white_messages_to_a_red_process_are_recorded(void)
{
    struct stepper q;

    init(&q, 2, 1);
    CHECK_STR(step_request(&q, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_stamped(&q, 1, 0), "RECORD[1](0) DELIVER[1]");
    CHECK_STR(step_stamped(&q, 1, 1), "DELIVER[1]");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](0) DELIVER[0]");
    stepper_fini(&q);
}

/* 1993: the sender says how many messages it has sent while it was white. */
static void test_white_messages_are_counted_by_channel(void)
{
    struct stepper p;

    init(&p, 0, 2);
    for (int i = 0; i < 3; i++)
        step_send(&p, 1);
    step_send(&p, 0);
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    CHECK_EQ(cut_engine_sent(p.engine, 0), 1);
    CHECK_EQ(cut_engine_sent(p.engine, 1), 3);
    CHECK_EQ(cut_engine_sent(p.engine, 2), 0);
    stepper_fini(&p);
}

/* 1993: a channel's state is complete when as many have come, whatever comes
 * first: the messages or their number. */
static void test_a_channel_is_complete_when_all_have_come(void)
{
    struct stepper q;
    struct cut_snapshot_id id = {2, 5, 0};

    init(&q, 2, 0);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_request(&q, 0), "CAPTURE(0)");
    CHECK_STR(step_marker_with(&q, 0, 0, 3), "");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](0) DELIVER[0]");
    CHECK_STR(step_stamped(&q, 1, 0), "RECORD[1](0) DELIVER[1]");
    CHECK_STR(step_marker_with(&q, 1, 0, 1), "");
    CHECK(cut_engine_awaits_marker(q.engine, id, 0));
    CHECK(!cut_engine_awaits_marker(q.engine, id, 1));
    CHECK_STR(step_stamped(&q, 0, 1), "DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](0) COMPLETE(0) DELIVER[0]");
    stepper_fini(&q);
}

/* The number is the first word of the snapshot where no red message came. */
static void test_a_count_turns_a_process_red(void)
{
    struct stepper q;

    init(&q, 1, 1);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_marker_with(&q, 0, 7, 2), "CAPTURE(7) TRANSMIT(7)");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](7) COMPLETE(7) DELIVER[0]");
    stepper_fini(&q);
}

static void test_a_count_can_be_all(void)
{
    struct stepper q;

    init(&q, 1, 1);
    CHECK_STR(step_marker_with(&q, 0, 7, 0),
              "CAPTURE(7) TRANSMIT(7) COMPLETE(7)");
    stepper_fini(&q);
}

/* 1987: a process may take its snapshot at any time; several may begin. */
static void test_several_initiators(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_request(&p, 0), "");
    CHECK_STR(step_marker_with(&p, 0, 0, 0), "COMPLETE(0)");
    CHECK_STR(step_request(&p, 0), "");
    CHECK_EQ(cut_engine_ignored_count(p.engine), 2);
    stepper_fini(&p);
}

/* The colours of one snapshot after another; all before are white. */
static void test_one_snapshot_after_another(void)
{
    struct stepper q;

    init(&q, 1, 1);
    CHECK_STR(step_marker_with(&q, 0, 2, 0),
              "CAPTURE(2) TRANSMIT(2) COMPLETE(2)");
    CHECK_STR(step_stamped(&q, 0, 3), "DELIVER[0]");
    CHECK_STR(step_request(&q, 9), "CAPTURE(9) TRANSMIT(9)");
    CHECK_STR(step_stamped(&q, 0, 3), "RECORD[0](9) DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 10), "DELIVER[0]");
    CHECK_STR(step_marker_with(&q, 0, 9, 2), "COMPLETE(9)");
    CHECK_STR(step_send(&q, 0), "SEND[0]@10");
    stepper_fini(&q);
}

static void test_one_snapshot_at_a_time(void)
{
    struct stepper q;

    init(&q, 1, 1);
    CHECK_STR(step_request(&q, 5), "CAPTURE(5) TRANSMIT(5)");
    CHECK_STR(step_request(&q, 6), "CUT_STATE");
    CHECK_STR(step_marker_with(&q, 0, 6, 0), "CUT_PROTOCOL");
    CHECK_STR(step_stamped(&q, 0, 7), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&q, 0, 5, 0), "COMPLETE(5)");
    CHECK_STR(step_request(&q, 4), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&q, 0, 4, 0), "CUT_PROTOCOL");
    CHECK_STR(step_request(&q, 6), "CAPTURE(6) TRANSMIT(6)");
    stepper_fini(&q);
}

/*
 * After an abort some processes are red of it and some are not. A message in
 * its colour does not begin it again, and is white to the next snapshot; its
 * sender's count has it.
 */
static void test_the_colour_of_an_aborted_snapshot(void)
{
    struct stepper p;
    struct stepper q;

    init(&p, 0, 1);
    init(&q, 1, 0);
    step_send(&p, 0); /* white, and slow */
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    CHECK_STR(step_send(&p, 0), "SEND[0]@1");
    CHECK_STR(step_abort(&q, 0), "");
    CHECK_STR(step_stamped(&q, 0, 1), "DELIVER[0]");
    CHECK_STR(step_marker_with(&q, 0, 0, 1), "");
    CHECK_STR(step_request(&p, 1), "CAPTURE(1) TRANSMIT(1) COMPLETE(1)");
    CHECK_EQ(cut_engine_sent(p.engine, 0), 2);
    CHECK_STR(step_marker_with(&q, 0, 1, 2), "CAPTURE(1)");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](1) COMPLETE(1) DELIVER[0]");
    stepper_fini(&p);
    stepper_fini(&q);
}

/* Where one was given up in the middle, counting goes on from where it is. */
static void test_counts_go_on_after_an_abort(void)
{
    struct stepper q;

    init(&q, 1, 0);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_request(&q, 0), "CAPTURE(0)");
    CHECK_STR(step_stamped(&q, 0, 1), "DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](0) DELIVER[0]");
    CHECK_STR(step_abort(&q, 0), "DISCARD(0)");
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_request(&q, 1), "CAPTURE(1)");
    CHECK_STR(step_stamped(&q, 0, 1), "RECORD[0](1) DELIVER[0]");
    CHECK_STR(step_marker_with(&q, 0, 1, 5), "COMPLETE(1)");
    stepper_fini(&q);
}

/* What no peer that counts can say. */
static void test_wrong_counts_are_refused(void)
{
    struct stepper q;

    init(&q, 2, 0);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_marker_with(&q, 0, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&q, 0, 0, UINT64_MAX), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&q, 0, 0, 2), "CAPTURE(0)");
    CHECK_STR(step_marker_with(&q, 0, 0, 2), "CUT_PROTOCOL");
    CHECK_STR(step_stamped(&q, 1, 0), "RECORD[1](0) DELIVER[1]");
    CHECK_STR(step_marker_with(&q, 1, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](0) DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 0), "CUT_PROTOCOL"); /* a third of two */
    CHECK_STR(step_control(&q, 0, control_of(0, 1, 0, 0, 0)), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&q, 1, 0, 1), "COMPLETE(0)");
    stepper_fini(&q);
}

/* A message that would begin a snapshot is not lost where there is no room. */
static void test_no_slot_for_a_red_message(void)
{
    struct stepper q;
    struct cut_event event = {.kind = CUT_EVENT_MESSAGE, .stamp = 1};

    init(&q, 1, 0);
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("lai-yang"),
        .pool = q.pool,
        .incoming_count = 1,
        .window = 64,
    };
    struct cut_engine *other = NULL;
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count;
    CHECK_EQ(cut_engine_create(&config, NULL, &other), CUT_OK);
    CHECK_EQ(cut_engine_step(other, &event, actions, &count), CUT_OK);
    CHECK_STR(step_stamped(&q, 0, 1), "CUT_LIMIT");
    CHECK_EQ(cut_pool_extend(q.pool, 1), CUT_OK);
    CHECK_STR(step_stamped(&q, 0, 1), "CAPTURE(0) DELIVER[0]");
    cut_engine_destroy(other);
    stepper_fini(&q);
}

int main(void)
{
    RUN(test_messages_have_the_colour_of_their_sender);
    RUN(test_a_red_message_turns_a_process_red);
    RUN(test_white_messages_to_a_red_process_are_recorded);
    RUN(test_white_messages_are_counted_by_channel);
    RUN(test_a_channel_is_complete_when_all_have_come);
    RUN(test_a_count_turns_a_process_red);
    RUN(test_a_count_can_be_all);
    RUN(test_several_initiators);
    RUN(test_one_snapshot_after_another);
    RUN(test_one_snapshot_at_a_time);
    RUN(test_the_colour_of_an_aborted_snapshot);
    RUN(test_counts_go_on_after_an_abort);
    RUN(test_wrong_counts_are_refused);
    RUN(test_no_slot_for_a_red_message);
    return check_end();
}
