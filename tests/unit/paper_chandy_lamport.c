/*
 * The rules of the paper, one test each.
 *
 * Source: K. M. Chandy, L. Lamport, "Distributed Snapshots: Determining Global
 * States of Distributed Systems", ACM TOCS 3(1), 1985.
 */
#include "stepper.h"

/*
 * Section 3.2, Marker-Sending Rule for a process p: "p sends one marker along
 * c after p records its state and before p sends further messages along c".
 */
static void test_marker_sending_rule(void)
{
    struct stepper p;

    stepper_init(&p, 1, 2, 1);
    CHECK_STR(step_send(&p, 1), "SEND[1]");
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_send(&p, 1), "SEND[1]");
    stepper_fini(&p);
}

/* "for each channel c, incident on, and directed away from p": none, here. */
static void test_marker_sending_rule_without_channels(void)
{
    struct stepper p;

    stepper_init(&p, 1, 0, 1);
    CHECK_STR(step_request(&p, 0), "CAPTURE(0)");
    stepper_fini(&p);
}

/*
 * Section 3.2, Marker-Receiving Rule for a process q, first half: q has not
 * recorded its state: "q records its state; q records the state c as the empty
 * sequence".
 */
static void test_marker_receiving_rule_first_marker(void)
{
    struct stepper q;

    stepper_init(&q, 2, 1, 1);
    CHECK_STR(step_message(&q, 0), "DELIVER[0]");
    CHECK_STR(step_marker(&q, 0, 7), "CAPTURE(7) TRANSMIT(7)");
    CHECK_STR(step_message(&q, 0), "DELIVER[0]");
    stepper_fini(&q);
}

/*
 * Second half: "q records the state of c as the sequence of messages received
 * along c after q's state was recorded and before q received the marker along
 * c".
 */
static void test_marker_receiving_rule_later_marker(void)
{
    struct stepper q;

    stepper_init(&q, 3, 1, 1);
    CHECK_STR(step_message(&q, 1), "DELIVER[1]");
    CHECK_STR(step_marker(&q, 0, 7), "CAPTURE(7) TRANSMIT(7)");
    CHECK_STR(step_message(&q, 1), "RECORD[1](7) DELIVER[1]");
    CHECK_STR(step_message(&q, 2), "RECORD[2](7) DELIVER[2]");
    CHECK_STR(step_message(&q, 1), "RECORD[1](7) DELIVER[1]");
    CHECK_STR(step_marker(&q, 1, 7), "");
    CHECK_STR(step_message(&q, 1), "DELIVER[1]");
    CHECK_STR(step_message(&q, 2), "RECORD[2](7) DELIVER[2]");
    stepper_fini(&q);
}

/*
 * Section 3.3: the algorithm terminates at a process when it has recorded its
 * state and the states of all its incoming channels.
 */
static void test_termination(void)
{
    struct stepper q;

    stepper_init(&q, 2, 2, 1);
    CHECK_STR(step_request(&q, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_marker(&q, 1, 0), "");
    CHECK_EQ(cut_engine_open_count(q.engine), 1);
    CHECK_STR(step_marker(&q, 0, 0), "COMPLETE(0)");
    CHECK_EQ(cut_engine_open_count(q.engine), 0);
    stepper_fini(&q);
}

/* Section 3.3: with one incoming channel the first marker is the last. */
static void test_termination_with_the_first_marker(void)
{
    struct stepper q;

    stepper_init(&q, 1, 1, 1);
    CHECK_STR(step_marker(&q, 0, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    stepper_fini(&q);
}

/* Section 3.3: nothing to wait for where no channel comes in. */
static void test_termination_without_incoming_channels(void)
{
    struct stepper q;

    stepper_init(&q, 0, 1, 1);
    CHECK_STR(step_request(&q, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    stepper_fini(&q);
}

/*
 * Section 3.3: "the algorithm can be initiated by one or more processes, each
 * of which records its state spontaneously, without receiving markers". Who
 * has recorded already does not do so again.
 */
static void test_several_initiators(void)
{
    struct stepper p;

    stepper_init(&p, 2, 1, 1);
    CHECK_STR(step_request(&p, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_marker(&p, 0, 0), ""); /* the other initiator's */
    CHECK_STR(step_request(&p, 0), "");
    CHECK_STR(step_marker(&p, 1, 0), "COMPLETE(0)");
    CHECK_STR(step_request(&p, 0), "");
    CHECK_EQ(cut_engine_ignored_count(p.engine), 2);
    stepper_fini(&p);
}

/*
 * Section 3.2 applied to several snapshots, each by itself: a message belongs
 * to those for which it came after the capture and before the marker.
 */
static void test_snapshots_at_once(void)
{
    struct stepper q;

    stepper_init(&q, 2, 1, 3);
    CHECK_STR(step_marker(&q, 0, 4), "CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(step_message(&q, 1), "RECORD[1](4) DELIVER[1]");
    CHECK_STR(step_request(&q, 2), "CAPTURE(2) TRANSMIT(2)");
    CHECK_STR(step_message(&q, 1), "RECORD[1](4,2) DELIVER[1]");
    CHECK_STR(step_message(&q, 0), "RECORD[0](2) DELIVER[0]");
    CHECK_STR(step_marker(&q, 1, 2), "");
    CHECK_STR(step_message(&q, 1), "RECORD[1](4) DELIVER[1]");
    CHECK_STR(step_marker(&q, 1, 4), "COMPLETE(4)");
    CHECK_STR(step_message(&q, 1), "DELIVER[1]");
    CHECK_STR(step_marker(&q, 0, 2), "COMPLETE(2)");
    stepper_fini(&q);
}

static const char *step_overtaking(struct stepper *q,
                                   uint32_t channel,
                                   uint64_t number,
                                   uint32_t waiting)
{
    return step_event(q,
                      (struct cut_event){.kind = CUT_EVENT_MARKER,
                                         .channel = channel,
                                         .waiting = waiting,
                                         .snapshot = {2, 5, number}});
}

/*
 * Section 3.2, of a channel whose messages wait to be delivered while markers
 * do not: those that a marker has overtaken were sent before it and are
 * delivered after q's state was recorded. They end the channel's state, and
 * with the first marker they are all of it.
 */
static void test_markers_that_overtake_what_waits(void)
{
    struct stepper q;

    stepper_init(&q, 2, 1, 1);
    CHECK_STR(step_overtaking(&q, 0, 7, 2),
              "CAPTURE(7) TRANSMIT(7) RECORD_WAITING[0](7)x2");
    CHECK_STR(step_message(&q, 0), "DELIVER[0]");
    CHECK_STR(step_message(&q, 1), "RECORD[1](7) DELIVER[1]");
    CHECK_STR(step_overtaking(&q, 1, 7, 3),
              "RECORD_WAITING[1](7)x3 COMPLETE(7)");
    CHECK_STR(step_message(&q, 1), "DELIVER[1]");
    stepper_fini(&q);
}

/* Of two snapshots each records what its own marker has overtaken. */
static void test_markers_of_two_snapshots_overtake(void)
{
    struct stepper q;

    stepper_init(&q, 2, 1, 2);
    step_overtaking(&q, 0, 1, 0);
    step_overtaking(&q, 0, 2, 0);
    CHECK_STR(step_overtaking(&q, 1, 2, 1),
              "RECORD_WAITING[1](2)x1 COMPLETE(2)");
    CHECK_STR(step_message(&q, 1), "RECORD[1](1) DELIVER[1]");
    CHECK_STR(step_overtaking(&q, 1, 1, 1),
              "RECORD_WAITING[1](1)x1 COMPLETE(1)");
    stepper_fini(&q);
}

int main(void)
{
    RUN(test_marker_sending_rule);
    RUN(test_marker_sending_rule_without_channels);
    RUN(test_marker_receiving_rule_first_marker);
    RUN(test_marker_receiving_rule_later_marker);
    RUN(test_termination);
    RUN(test_termination_with_the_first_marker);
    RUN(test_termination_without_incoming_channels);
    RUN(test_several_initiators);
    RUN(test_snapshots_at_once);
    RUN(test_markers_that_overtake_what_waits);
    RUN(test_markers_of_two_snapshots_overtake);
    return check_end();
}
