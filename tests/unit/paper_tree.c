/*
 * The rules of "tree", one test each.
 *
 * Source: after R. Garg, V. K. Garg, Y. Sabharwal, ICS 2006, and IEEE TPDS
 * 21(5), 2010: colours, a tree that sums, rounds in which what is missing
 * halves. The thresholds are ours: src/core/tree.c.
 *
 * Control frames are (snapshot:kind.round,value,0).
 */
#include "stepper.h"

enum { ASK = 1, ANSWER = 2, ROUND = 3, REPORT = 4, DONE = 5 };

/* One of some processes, with one channel in and one out. */
static void init(struct stepper *p, uint32_t process, uint32_t process_count)
{
    stepper_init_for(
        p,
        "tree",
        (struct cut_engine_config){.incoming_count = 1,
                                   .outgoing_count = 1,
                                   .process = process,
                                   .process_count = process_count});
}

static const char *tell(struct stepper *p,
                        uint32_t peer,
                        uint32_t kind,
                        uint32_t round,
                        uint64_t value)
{
    return step_control(p, peer, control_of(4, kind, round, value, 0));
}

static void send_many(struct stepper *p, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        CHECK(strncmp(step_send(p, 0), "SEND[0]", 7) == 0);
}

/* The processes are a heap, the initiator its root. */
static void test_the_wave_goes_down(void)
{
    struct stepper p;

    init(&p, 0, 7);
    CHECK_STR(step_request(&p, 4),
              "CAPTURE(4) CONTROL[1](4:1.0,0,0) CONTROL[2](4:1.0,0,0)");
    CHECK_STR(step_send(&p, 0), "SEND[0]@5");
    stepper_fini(&p);

    init(&p, 1, 7);
    CHECK_STR(tell(&p, 0, ASK, 0, 0),
              "CAPTURE(4) CONTROL[3](4:1.0,0,0) CONTROL[4](4:1.0,0,0)");
    stepper_fini(&p);
}

/* Another initiator is another root: process 3 of 5 is node 0, 4 is node 1. */
static void test_the_tree_turns_with_the_initiator(void)
{
    struct stepper p;

    init(&p, 3, 5);
    CHECK_STR(step_request(&p, 4),
              "CAPTURE(4) CONTROL[4](4:1.0,3,0) CONTROL[0](4:1.0,3,0)");
    stepper_fini(&p);

    init(&p, 4, 5);
    CHECK_STR(tell(&p, 3, ASK, 0, 3),
              "CAPTURE(4) CONTROL[1](4:1.0,3,0) CONTROL[2](4:1.0,3,0)");
    stepper_fini(&p);
}

/* An answer is what the whole subtree has sent and not received, before. */
static void test_answers_add_up(void)
{
    struct stepper p;

    init(&p, 3, 7);
    send_many(&p, 5);
    step_stamped(&p, 0, 0);
    CHECK_STR(tell(&p, 1, ASK, 0, 0), "CAPTURE(4) CONTROL[1](4:2.0,4,0)");
    stepper_fini(&p);

    init(&p, 1, 7);
    step_stamped(&p, 0, 0);
    tell(&p, 0, ASK, 0, 0);
    CHECK_STR(tell(&p, 4, ANSWER, 0, 3), "");
    CHECK_STR(tell(&p, 3, ANSWER, 0, 4), "CONTROL[0](4:2.0,6,0)");
    stepper_fini(&p);
}

/* Where nothing crosses the cut all is done. */
static void test_nothing_is_missing(void)
{
    struct stepper p;

    init(&p, 0, 3);
    send_many(&p, 1);
    step_request(&p, 4);
    CHECK_STR(tell(&p, 1, ANSWER, 0, UINT64_MAX), ""); /* it got mine */
    CHECK_STR(tell(&p, 2, ANSWER, 0, 0),
              "CONTROL[1](4:5.0,0,0) CONTROL[2](4:5.0,0,0) COMPLETE(4)");
    stepper_fini(&p);

    init(&p, 1, 7);
    tell(&p, 0, ASK, 0, 0);
    tell(&p, 4, ANSWER, 0, 3);
    tell(&p, 3, ANSWER, 0, 4);
    CHECK_STR(tell(&p, 0, DONE, 0, 0),
              "CONTROL[3](4:5.0,0,0) CONTROL[4](4:5.0,0,0) COMPLETE(4)");
    stepper_fini(&p);
}

/*
 * Where few are missing (less than 8 a level), there is one round: who has
 * answered reports each that comes.
 */
static void test_the_last_round(void)
{
    struct stepper root;
    struct stepper leaf;

    init(&root, 0, 2);
    send_many(&root, 2);
    step_request(&root, 4);
    CHECK_STR(tell(&root, 1, ANSWER, 0, 1), "CONTROL[1](4:3.1,3,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 1), "");
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "");
    CHECK_STR(step_stamped(&root, 0, 0),
              "RECORD[0](4) CONTROL[1](4:5.0,0,0) COMPLETE(4) DELIVER[0]");
    stepper_fini(&root);

    init(&leaf, 1, 2);
    tell(&leaf, 0, ASK, 0, 0);
    CHECK_STR(step_stamped(&leaf, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(tell(&leaf, 0, ROUND, 1, 3), "CONTROL[0](4:2.1,1,0)");
    CHECK_STR(step_stamped(&leaf, 0, 5), "DELIVER[0]");
    CHECK_STR(step_stamped(&leaf, 0, 0),
              "RECORD[0](4) CONTROL[0](4:4.1,1,0) DELIVER[0]");
    CHECK_STR(tell(&leaf, 0, DONE, 0, 0), "COMPLETE(4)");
    stepper_fini(&leaf);
}

/*
 * With many missing a node reports when it has its threshold together: of 100
 * at 3 nodes in 2 levels it is 33 / 8. Above its share, it is what it has
 * reported in this round / 8.
 */
static void test_thresholds(void)
{
    struct stepper leaf;
    unsigned reports = 0;
    unsigned reported = 0;

    init(&leaf, 1, 3);
    tell(&leaf, 0, ASK, 0, 0);
    CHECK_STR(tell(&leaf, 0, ROUND, 1, 100), "CONTROL[0](4:2.1,0,0)");
    for (unsigned i = 1; i <= 100; i++) {
        const char *says = step_stamped(&leaf, 0, 0);
        unsigned most = reported > 33 ? reported : 33;
        if (strstr(says, "CONTROL") == NULL)
            continue;
        reports++;
        CHECK_EQ(i - reported, most / 8);
        reported = i;
    }
    CHECK(reported > 100 - 12);
    CHECK_EQ(reports, 18);
    stepper_fini(&leaf);
}

/* When no more than half is missing the next round begins, with what is. */
static void test_a_round_ends_at_half(void)
{
    struct stepper root;

    init(&root, 0, 2);
    send_many(&root, 41);
    step_request(&root, 4);
    CHECK_STR(tell(&root, 1, ANSWER, 0, 0), "CONTROL[1](4:3.1,41,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 0), "");
    CHECK_STR(tell(&root, 1, REPORT, 1, 20), "");
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "CONTROL[1](4:3.2,20,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 2, 22), "");
    CHECK_STR(tell(&root, 1, REPORT, 2, 5), "");
    CHECK_STR(tell(&root, 1, REPORT, 2, 5), "CONTROL[1](4:3.3,9,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 3, 41),
              "CONTROL[1](4:5.0,0,0) COMPLETE(4)");
    stepper_fini(&root);
}

/*
 * What is missing need not be a multiple of the processes: 27 at 7 of them, in
 * 3 levels, are more than 8 a level, so this is not the last round yet.
 */
static void test_the_root_knows_all_that_is_missing(void)
{
    struct stepper root;

    init(&root, 0, 7);
    send_many(&root, 27);
    step_request(&root, 4);
    tell(&root, 1, ANSWER, 0, 0);
    tell(&root, 2, ANSWER, 0, 0);
    tell(&root, 1, ANSWER, 1, 0);
    tell(&root, 2, ANSWER, 1, 0);
    CHECK_STR(tell(&root, 2, REPORT, 1, 13), "");
    CHECK_STR(tell(&root, 2, REPORT, 1, 1),
              "CONTROL[1](4:3.2,13,0) CONTROL[2](4:3.2,13,0)");
    stepper_fini(&root);
}

/* It may be so at once: the answers say that half has come. */
static void test_a_round_ends_with_its_answers(void)
{
    struct stepper root;

    init(&root, 0, 2);
    send_many(&root, 60);
    step_request(&root, 4);
    tell(&root, 1, ANSWER, 0, 0);
    CHECK_STR(tell(&root, 1, ANSWER, 1, 40), "CONTROL[1](4:3.2,20,0)");
    stepper_fini(&root);
}

/*
 * Frames overtake each other. What was reported in the last round is in an
 * answer of this one.
 */
static void test_late_reports_are_dropped(void)
{
    struct stepper root;

    init(&root, 0, 2);
    send_many(&root, 60);
    step_request(&root, 4);
    tell(&root, 1, ANSWER, 0, 0);
    tell(&root, 1, ANSWER, 1, 0);
    CHECK_STR(tell(&root, 1, REPORT, 1, 40), "CONTROL[1](4:3.2,20,0)");
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "");
    CHECK_STR(tell(&root, 1, ANSWER, 2, 41), "");
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "");
    CHECK_STR(tell(&root, 1, REPORT, 2, 8), "");
    CHECK_STR(tell(&root, 1, REPORT, 2, 1), "CONTROL[1](4:3.3,10,0)");
    stepper_fini(&root);
}

/* What a child reports before its own answer is here, or before mine is given,
 * is not in that answer. */
static void test_early_reports_are_kept(void)
{
    struct stepper root;
    struct stepper node;

    init(&root, 0, 2);
    send_many(&root, 3);
    step_request(&root, 4);
    tell(&root, 1, ANSWER, 0, 0);
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 2),
              "CONTROL[1](4:5.0,0,0) COMPLETE(4)");
    stepper_fini(&root);

    init(&node, 1, 7);
    tell(&node, 0, ASK, 0, 0);
    tell(&node, 3, ANSWER, 0, 0);
    tell(&node, 4, ANSWER, 0, 0);
    CHECK_STR(tell(&node, 0, ROUND, 1, 9),
              "CONTROL[3](4:3.1,9,0) CONTROL[4](4:3.1,9,0)");
    CHECK_STR(tell(&node, 3, ANSWER, 1, 2), "");
    CHECK_STR(tell(&node, 3, REPORT, 1, 1), "");
    CHECK_STR(step_stamped(&node, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(tell(&node, 4, REPORT, 1, 1), "");
    CHECK_STR(tell(&node, 4, ANSWER, 1, 0),
              "CONTROL[0](4:2.1,3,0) CONTROL[0](4:4.1,2,0)");
    stepper_fini(&node);
}

/* A red message is faster than the wave: what comes in between counts. */
static void test_a_red_message_before_the_wave(void)
{
    struct stepper leaf;

    init(&leaf, 2, 3);
    send_many(&leaf, 2);
    CHECK_STR(step_stamped(&leaf, 0, 5), "CAPTURE(4) DELIVER[0]");
    CHECK_STR(step_stamped(&leaf, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(tell(&leaf, 0, ASK, 0, 0), "CONTROL[0](4:2.0,2,0)");
    CHECK_STR(tell(&leaf, 0, ROUND, 1, 2), "CONTROL[0](4:2.1,1,0)");
    stepper_fini(&leaf);
}

static void test_one_process(void)
{
    struct stepper p;

    init(&p, 0, 1);
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) COMPLETE(0)");
    send_many(&p, 40);
    CHECK_STR(step_request(&p, 4), "CAPTURE(4)");
    for (unsigned i = 0; i < 39; i++)
        CHECK_STR(step_stamped(&p, 0, 1), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(step_stamped(&p, 0, 1), "RECORD[0](4) COMPLETE(4) DELIVER[0]");
    stepper_fini(&p);
}

/* Counts run on over snapshots that are given up. */
static void test_counts_go_on_after_an_abort(void)
{
    struct stepper leaf;

    init(&leaf, 2, 3);
    send_many(&leaf, 2);
    CHECK_STR(step_stamped(&leaf, 0, 1), "CAPTURE(0) DELIVER[0]");
    send_many(&leaf, 3);
    CHECK_STR(step_abort(&leaf, 0), "DISCARD(0)");
    CHECK_STR(step_stamped(&leaf, 0, 1), "DELIVER[0]");
    CHECK_STR(step_control(&leaf, 0, control_of(0, ASK, 0, 0, 0)), "");
    CHECK_STR(tell(&leaf, 0, ASK, 0, 0), "CAPTURE(4) CONTROL[0](4:2.0,3,0)");
    CHECK_STR(step_stamped(&leaf, 0, 1), "RECORD[0](4) DELIVER[0]");
    stepper_fini(&leaf);
}

static void test_nonsense_is_refused(void)
{
    struct stepper p;

    init(&p, 1, 7);
    CHECK_STR(tell(&p, 2, ASK, 0, 0), "CUT_PROTOCOL"); /* not my parent */
    CHECK_STR(tell(&p, 0, ASK, 0, 7), "CUT_PROTOCOL"); /* nobody began it */
    CHECK_STR(tell(&p, 0, ASK, 0, 1), "CUT_PROTOCOL"); /* I did not */
    CHECK_STR(tell(&p, 0, ASK, 1, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, ROUND, 1, 1), "CUT_PROTOCOL"); /* of what? */
    CHECK_STR(tell(&p, 0, DONE, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 3, ANSWER, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 3, REPORT, 1, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, 6, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 7, ASK, 0, 0), "CUT_PROTOCOL");
    tell(&p, 0, ASK, 0, 0);
    CHECK_STR(tell(&p, 0, ASK, 0, 0), "CUT_PROTOCOL");    /* again */
    CHECK_STR(tell(&p, 5, ANSWER, 0, 0), "CUT_PROTOCOL"); /* not my child */
    CHECK_STR(tell(&p, 3, ANSWER, 1, 0), "CUT_PROTOCOL"); /* another round's */
    CHECK_STR(tell(&p, 0, ROUND, 1, 1), "CUT_PROTOCOL");  /* not answered */
    CHECK_STR(tell(&p, 0, DONE, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 3, ANSWER, 0, 0), "");
    CHECK_STR(tell(&p, 3, ANSWER, 0, 0), "CUT_PROTOCOL"); /* again */
    CHECK_STR(tell(&p, 3, REPORT, 1, 1), "CUT_PROTOCOL"); /* not begun */
    CHECK_STR(tell(&p, 4, ANSWER, 0, 0), "CONTROL[0](4:2.0,0,0)");
    CHECK_STR(tell(&p, 0, ROUND, 2, 1), "CUT_PROTOCOL"); /* not the next */
    CHECK_STR(step_request(&p, 5), "CUT_STATE");
    stepper_fini(&p);
}

/* More than crossed the cut cannot come. */
static void test_wrong_sums_are_refused(void)
{
    struct stepper root;

    init(&root, 0, 2);
    send_many(&root, 3);
    step_request(&root, 4);
    CHECK_STR(tell(&root, 1, ANSWER, 0, UINT64_MAX - 3), "CUT_PROTOCOL");
    CHECK_STR(tell(&root, 1, ANSWER, 0, 0), "CONTROL[1](4:3.1,3,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 4), "CUT_PROTOCOL");
    CHECK_STR(tell(&root, 1, ANSWER, 1, UINT64_MAX), "CUT_PROTOCOL");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 1), "");
    CHECK_STR(tell(&root, 1, REPORT, 1, 3), "CUT_PROTOCOL");
    CHECK_STR(tell(&root, 1, REPORT, 1, 1), "");
    CHECK_STR(step_stamped(&root, 0, 0),
              "RECORD[0](4) CONTROL[1](4:5.0,0,0) COMPLETE(4) DELIVER[0]");
    stepper_fini(&root);
}

/* Nor a message, once others have said that they have all of them. */
static void test_too_many_messages_are_refused(void)
{
    struct stepper root;

    init(&root, 0, 3);
    send_many(&root, 3);
    step_request(&root, 4);
    tell(&root, 1, ANSWER, 0, 0);
    CHECK_STR(tell(&root, 2, ANSWER, 0, 0),
              "CONTROL[1](4:3.1,3,0) CONTROL[2](4:3.1,3,0)");
    CHECK_STR(tell(&root, 1, ANSWER, 1, 3), "");
    CHECK_STR(step_stamped(&root, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(step_stamped(&root, 0, 5), "DELIVER[0]"); /* of afterwards */
    CHECK_STR(tell(&root, 2, ANSWER, 1, 0),
              "CONTROL[1](4:5.0,0,0) CONTROL[2](4:5.0,0,0) COMPLETE(4)");
    stepper_fini(&root);
}

int main(void)
{
    RUN(test_the_wave_goes_down);
    RUN(test_the_tree_turns_with_the_initiator);
    RUN(test_answers_add_up);
    RUN(test_nothing_is_missing);
    RUN(test_the_last_round);
    RUN(test_thresholds);
    RUN(test_a_round_ends_at_half);
    RUN(test_the_root_knows_all_that_is_missing);
    RUN(test_a_round_ends_with_its_answers);
    RUN(test_late_reports_are_dropped);
    RUN(test_early_reports_are_kept);
    RUN(test_a_red_message_before_the_wave);
    RUN(test_one_process);
    RUN(test_counts_go_on_after_an_abort);
    RUN(test_nonsense_is_refused);
    RUN(test_wrong_sums_are_refused);
    RUN(test_too_many_messages_are_refused);
    return check_end();
}
