/*
 * The rules of Mattern's algorithm, one test each. White is epoch 0 here, red
 * after snapshot s is epoch s + 1.
 *
 * Source: F. Mattern, "Virtual time and global states of distributed systems",
 * 1989; F. Mattern, "Efficient algorithms for distributed snapshots and global
 * virtual time approximation", JPDC 18, 1993: the scalar counter.
 *
 * Control frames are (snapshot:kind.round,sum,initiator).
 */
#include "stepper.h"

enum { TOKEN = 1, DONE = 2 };

/* Process `process` of three, with one channel in and one out. */
static void init(struct stepper *p, uint32_t process)
{
    stepper_init_for(p,
                     "mattern",
                     (struct cut_engine_config){.incoming_count = 1,
                                                .outgoing_count = 1,
                                                .process = process,
                                                .process_count = 3});
}

/* 1989: the initiator captures, and its messages are red from now on. */
static void test_the_initiator_sends_the_token(void)
{
    struct stepper p;

    init(&p, 2);
    CHECK_STR(step_send(&p, 0), "SEND[0]");
    CHECK_STR(step_request(&p, 4), "CAPTURE(4) CONTROL[0](4:1.1,0,2)");
    CHECK_STR(step_send(&p, 0), "SEND[0]@5");
    stepper_fini(&p);
}

/* 1993: who is white when the token visits turns red; each adds its counter:
 * what it sent while it was white less the white ones that it received. */
static void test_the_token_adds_up_the_counters(void)
{
    struct stepper q;

    init(&q, 1);
    for (int i = 0; i < 3; i++)
        step_send(&q, 0);
    CHECK_STR(step_stamped(&q, 0, 0), "DELIVER[0]");
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 1, 7, 0)),
              "CAPTURE(4) CONTROL[2](4:1.1,9,0)");
    step_send(&q, 0); /* red */
    CHECK_STR(step_stamped(&q, 0, 5), "DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 2, 7, 0)),
              "CONTROL[2](4:1.2,8,0)");
    stepper_fini(&q);
}

/* Counters may be below 0: others sent what this one received. */
static void test_a_counter_can_be_negative(void)
{
    struct stepper q;

    init(&q, 1);
    for (int i = 0; i < 3; i++)
        step_stamped(&q, 0, 0);
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 1, 1, 0)),
              "CAPTURE(4) CONTROL[2](4:1.1,-2,0)");
    stepper_fini(&q);
}

/* 1989: a red message is faster than the token. */
static void test_a_red_message_turns_a_process_red(void)
{
    struct stepper q;

    init(&q, 1);
    CHECK_STR(step_stamped(&q, 0, 5), "CAPTURE(4) DELIVER[0]");
    CHECK_STR(step_stamped(&q, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 1, 3, 0)),
              "CONTROL[2](4:1.1,2,0)");
    stepper_fini(&q);
}

/* 1993: as long as the sum is not 0, another round. */
static void test_another_round_while_messages_are_missing(void)
{
    struct stepper p;

    init(&p, 0);
    step_send(&p, 0);
    CHECK_STR(step_request(&p, 4), "CAPTURE(4) CONTROL[1](4:1.1,0,0)");
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 1, 1, 0)),
              "CONTROL[1](4:1.2,0,0)");
    CHECK_STR(step_stamped(&p, 0, 0), "RECORD[0](4) DELIVER[0]");
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 2, 0, 0)),
              "CONTROL[1](4:2.0,0,0) COMPLETE(4)");
    stepper_fini(&p);
}

/* A sum of 0: nothing is missing anywhere, and everyone is told. */
static void test_the_last_round_completes_each_part(void)
{
    struct stepper q;
    struct stepper last;

    init(&q, 1);
    step_control(&q, 0, control_of(4, TOKEN, 1, 0, 0));
    CHECK_STR(step_control(&q, 0, control_of(4, DONE, 0, 0, 0)),
              "CONTROL[2](4:2.0,0,0) COMPLETE(4)");
    CHECK_STR(step_control(&q, 0, control_of(4, DONE, 0, 0, 0)), "");
    CHECK_EQ(cut_engine_ignored_count(q.engine), 1);
    stepper_fini(&q);

    init(&last, 2);
    step_control(&last, 1, control_of(4, TOKEN, 1, 0, 0));
    CHECK_STR(step_control(&last, 1, control_of(4, DONE, 0, 0, 0)),
              "COMPLETE(4)");
    stepper_fini(&last);
}

/* Alone a process has nobody to ask; its own channel may still hold some. */
static void test_one_process(void)
{
    struct stepper p;

    stepper_init_for(&p,
                     "mattern",
                     (struct cut_engine_config){.incoming_count = 1,
                                                .outgoing_count = 1,
                                                .process_count = 1});
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) COMPLETE(0)");
    step_send(&p, 0);
    CHECK_STR(step_request(&p, 1), "CAPTURE(1)");
    step_send(&p, 0);
    CHECK_STR(step_stamped(&p, 0, 2), "DELIVER[0]");
    CHECK_STR(step_stamped(&p, 0, 1), "RECORD[0](1) COMPLETE(1) DELIVER[0]");
    stepper_fini(&p);
}

/*
 * The counters run on from snapshot to snapshot, and over those that are given
 * up, whoever captured in them.
 */
static void test_counters_go_on_after_an_abort(void)
{
    struct stepper q;

    init(&q, 1);
    step_send(&q, 0);
    CHECK_STR(step_stamped(&q, 0, 1), "CAPTURE(0) DELIVER[0]");
    step_send(&q, 0);
    CHECK_STR(step_abort(&q, 0), "DISCARD(0)");
    CHECK_STR(step_stamped(&q, 0, 1), "DELIVER[0]"); /* not again */
    CHECK_STR(step_control(&q, 0, control_of(0, TOKEN, 1, 0, 0)), "");
    CHECK_STR(step_send(&q, 0), "SEND[0]@1");
    CHECK_STR(step_control(&q, 0, control_of(1, TOKEN, 1, 5, 0)),
              "CAPTURE(1) CONTROL[2](1:1.1,6,0)");
    CHECK_STR(step_stamped(&q, 0, 1), "RECORD[0](1) DELIVER[0]");
    CHECK_STR(step_control(&q, 0, control_of(1, TOKEN, 2, 5, 0)),
              "CONTROL[2](1:1.2,5,0)");
    stepper_fini(&q);
}

/* What nobody who goes by the rules sends. */
static void test_nonsense_is_refused(void)
{
    struct stepper p;
    struct stepper q;

    init(&p, 0);
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 1, 0, 0)),
              "CUT_PROTOCOL"); /* mine, and I have begun nothing */
    CHECK_STR(step_request(&p, 4), "CAPTURE(4) CONTROL[1](4:1.1,0,0)");
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 2, 0, 0)),
              "CUT_PROTOCOL"); /* another round */
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 1, UINT64_MAX, 0)),
              "CUT_PROTOCOL"); /* more came than were sent */
    CHECK_STR(step_control(&p, 2, control_of(4, TOKEN, 2, 0, 1)),
              "CUT_PROTOCOL"); /* another initiator's */
    CHECK_STR(step_control(&p, 2, control_of(4, DONE, 0, 0, 0)),
              "CUT_PROTOCOL"); /* I say when */
    CHECK_STR(step_control(&p, 2, control_of(4, 3, 0, 0, 0)), "CUT_PROTOCOL");
    stepper_fini(&p);

    init(&q, 1);
    CHECK_STR(step_control(&q, 2, control_of(4, TOKEN, 1, 0, 0)),
              "CUT_PROTOCOL"); /* against the ring */
    CHECK_STR(step_control(&q, 1, control_of(4, TOKEN, 1, 0, 0)),
              "CUT_PROTOCOL"); /* from myself */
    CHECK_STR(step_control(&q, 3, control_of(4, TOKEN, 1, 0, 0)),
              "CUT_PROTOCOL"); /* from nobody */
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 1, 0, 3)),
              "CUT_PROTOCOL"); /* of nobody */
    CHECK_STR(step_control(&q, 0, control_of(4, TOKEN, 2, 0, 0)),
              "CUT_PROTOCOL"); /* a round before this one */
    CHECK_STR(step_control(&q, 0, control_of(4, DONE, 0, 0, 0)),
              "CUT_PROTOCOL");                        /* it has not begun */
    CHECK_STR(step_marker(&q, 0, 4), "CUT_PROTOCOL"); /* there are none */
    CHECK_EQ(cut_engine_open_count(q.engine), 0);
    stepper_fini(&q);
}

int main(void)
{
    RUN(test_the_initiator_sends_the_token);
    RUN(test_the_token_adds_up_the_counters);
    RUN(test_a_counter_can_be_negative);
    RUN(test_a_red_message_turns_a_process_red);
    RUN(test_another_round_while_messages_are_missing);
    RUN(test_the_last_round_completes_each_part);
    RUN(test_one_process);
    RUN(test_counters_go_on_after_an_abort);
    RUN(test_nonsense_is_refused);
    return check_end();
}
