/*
 * The rules of "clock", one test each.
 *
 * Source: the state at a time X, as F. Mattern, "Efficient algorithms for
 * distributed snapshots and global virtual time approximation", JPDC 18, 1993,
 * and textbooks have it; the contract is that of <cutline/engine.h>.
 *
 * Control frames are (snapshot:1.0,X,0).
 */
#include "stepper.h"

#define AT 1
#define LEAD 100

/* Process 1 of 3, whose captures stand still for some time. */
static void
init(struct stepper *p, uint32_t incoming, uint32_t outgoing, uint64_t bound)
{
    stepper_init_for(p,
                     "clock",
                     (struct cut_engine_config){.incoming_count = incoming,
                                                .outgoing_count = outgoing,
                                                .process = 1,
                                                .process_count = 3,
                                                .clock_lead = LEAD,
                                                .clock_bound = bound});
}

static const char *step_at(struct stepper *p, uint64_t number, uint64_t at)
{
    struct cut_control control = control_of(number, AT, 0, at, 0);

    return step_control(p, 0, control);
}

/* A message of a time, delivered at another. */
static const char *
step_sent_at(struct stepper *p, uint32_t channel, uint64_t sent, uint64_t now)
{
    return step_event(p,
                      (struct cut_event){.kind = CUT_EVENT_MESSAGE,
                                         .channel = channel,
                                         .stamp = sent,
                                         .now = now});
}

static const char *step_send_at(struct stepper *p, uint64_t now)
{
    return step_event(p,
                      (struct cut_event){.kind = CUT_EVENT_SEND, .now = now});
}

/* X lies ahead by as much as a frame takes. */
static void test_a_time_is_chosen(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    CHECK_STR(step_request_at(&p, 4, 1000),
              "CONTROL[*](4:1.0,1100,0) WAKE@1100");
    stepper_fini(&p);
}

static void test_others_hear_of_it(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    CHECK_STR(step_at(&p, 4, 1100), "WAKE@1100");
    stepper_fini(&p);
}

/* Each captures when its own clock is there, and not before. */
static void test_the_capture_is_at_that_time(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    step_at(&p, 4, 1100);
    CHECK_STR(step_time(&p, 1099), "");
    CHECK_STR(step_send_at(&p, 1099), "SEND[0]@1099");
    CHECK_STR(step_time(&p, 1100), "CAPTURE(4) TRANSMIT(4)");
    CHECK_EQ(cut_engine_sent(p.engine, 0), 1);
    CHECK_STR(step_send_at(&p, 1101), "SEND[0]@1101");
    stepper_fini(&p);
}

/* Nothing comes between X and the capture: the executor says the time first. */
static void test_the_capture_is_the_first_thing_at_that_time(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    step_at(&p, 4, 1100);
    CHECK_STR(step_send_at(&p, 1100), "CUT_STATE");
    CHECK_STR(step_sent_at(&p, 0, 1, 1101), "CUT_STATE");
    CHECK_STR(step_time(&p, 1102), "CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(step_send_at(&p, 1102), "SEND[0]@1102");
    stepper_fini(&p);
}

/* Sent before X and delivered after the capture: in the channel. */
static void test_messages_from_before_are_recorded(void)
{
    struct stepper p;

    init(&p, 2, 0, 0);
    CHECK_STR(step_sent_at(&p, 1, 900, 901), "DELIVER[1]");
    step_at(&p, 4, 1100);
    CHECK_STR(step_sent_at(&p, 1, 900, 1099), "DELIVER[1]");
    CHECK_STR(step_time(&p, 1100), "CAPTURE(4)");
    CHECK_STR(step_sent_at(&p, 1, 1099, 1101), "RECORD[1](4) DELIVER[1]");
    CHECK_STR(step_sent_at(&p, 1, 1100, 1101), "DELIVER[1]");
    CHECK_STR(step_marker_with(&p, 1, 4, 4), "");
    CHECK_STR(step_marker_with(&p, 0, 4, 0), "");
    CHECK_STR(step_sent_at(&p, 1, 0, 1200),
              "RECORD[1](4) COMPLETE(4) DELIVER[1]");
    stepper_fini(&p);
}

/* Counts can be there before the time, and before X is known. */
static void test_counts_are_faster_than_the_time(void)
{
    struct stepper p;

    init(&p, 2, 1, 0);
    step_sent_at(&p, 0, 5, 10);
    CHECK_STR(step_marker_with(&p, 0, 4, 1), "");
    CHECK_EQ(cut_engine_open_count(p.engine), 1);
    CHECK_STR(step_at(&p, 4, 1100), "WAKE@1100");
    CHECK_STR(step_marker_with(&p, 1, 4, 0), "");
    CHECK_STR(step_time(&p, 1100), "CAPTURE(4) TRANSMIT(4) COMPLETE(4)");
    stepper_fini(&p);
}

/* Who hears of X when it has passed cannot take part. */
static void test_too_late(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    CHECK_STR(step_time(&p, 1100), "");
    CHECK_STR(step_at(&p, 4, 1100), "DISCARD(4)");
    CHECK_EQ(cut_engine_open_count(p.engine), 0);
    CHECK_EQ(cut_pool_free_count(p.pool), 1);
    CHECK_STR(step_marker_with(&p, 0, 4, 0), "");
    CHECK_STR(step_abort(&p, 4), "");
    CHECK_STR(step_marker_with(&p, 0, 5, 0), "");
    CHECK_STR(step_at(&p, 5, 1000), "DISCARD(5)");
    stepper_fini(&p);
}

/* A clock that goes back stands still: times of messages do not fall. */
static void test_a_clock_that_goes_back(void)
{
    struct stepper p;

    init(&p, 1, 1, 0);
    CHECK_STR(step_send_at(&p, 1200), "SEND[0]@1200");
    CHECK_STR(step_send_at(&p, 1150), "SEND[0]@1200");
    CHECK_STR(step_at(&p, 4, 1180), "DISCARD(4)");
    CHECK_STR(step_request_at(&p, 5, 1000),
              "CONTROL[*](5:1.0,1300,0) WAKE@1300");
    stepper_fini(&p);
}

/* With a bound the program stands still until all clocks have reached X. */
static void test_the_program_stands_still(void)
{
    struct stepper p;

    init(&p, 1, 1, 50);
    step_at(&p, 4, 1100);
    CHECK_STR(step_time(&p, 1103), "CAPTURE(4) TRANSMIT(4) STOP(4) WAKE@1150");
    CHECK_STR(step_send_at(&p, 1110), "CUT_STATE");
    CHECK_STR(step_sent_at(&p, 0, 5, 1110), "CUT_STATE");
    CHECK_STR(step_time(&p, 1149), "");
    CHECK_STR(step_time(&p, 1150), "RESUME(4)");
    CHECK_STR(step_sent_at(&p, 0, 5, 1150), "RECORD[0](4) DELIVER[0]");
    stepper_fini(&p);
}

/* A part can be complete before the program goes on. */
static void test_complete_while_standing_still(void)
{
    struct stepper p;

    init(&p, 1, 0, 50);
    step_at(&p, 4, 1100);
    step_time(&p, 1100);
    CHECK_STR(step_marker_with(&p, 0, 4, 0), "COMPLETE(4)");
    CHECK_STR(step_sent_at(&p, 0, 1120, 1120), "CUT_STATE");
    CHECK_STR(step_abort(&p, 4), "");
    CHECK_STR(step_time(&p, 1160), "RESUME(4)");
    stepper_fini(&p);
}

/* The next snapshot can come before the program goes on, too. */
static void test_the_next_one_while_standing_still(void)
{
    struct stepper p;

    init(&p, 0, 0, 500);
    step_at(&p, 4, 1100);
    CHECK_STR(step_time(&p, 1100), "CAPTURE(4) STOP(4) COMPLETE(4) WAKE@1600");
    CHECK_STR(step_at(&p, 5, 1200), "WAKE@1200");
    CHECK_STR(step_time(&p, 1200),
              "CAPTURE(5) RESUME(4) STOP(5) COMPLETE(5) WAKE@1700");
    CHECK_STR(step_at(&p, 6, 1800), "");
    CHECK_STR(step_time(&p, 1700), "RESUME(5) WAKE@1800");
    CHECK_STR(step_time(&p, 2500), "CAPTURE(6) COMPLETE(6)");
    stepper_fini(&p);
}

static void test_abort(void)
{
    struct stepper p;

    init(&p, 1, 1, 50);
    step_at(&p, 4, 1100);
    CHECK_STR(step_abort(&p, 4), "DISCARD(4)");
    CHECK_STR(step_time(&p, 1100), ""); /* it was asked for, before */
    CHECK_STR(step_send_at(&p, 1100), "SEND[0]@1100");
    step_at(&p, 5, 1200);
    step_sent_at(&p, 0, 1100, 1110);
    CHECK_STR(step_time(&p, 1200), "CAPTURE(5) TRANSMIT(5) STOP(5) WAKE@1250");
    CHECK_EQ(cut_engine_sent(p.engine, 0), 1);
    CHECK_STR(step_abort(&p, 5), "DISCARD(5) RESUME(5)");
    CHECK_STR(step_send_at(&p, 1210), "SEND[0]@1210");
    step_at(&p, 6, 1300);
    CHECK_STR(step_time(&p, 1300), "CAPTURE(6) TRANSMIT(6) STOP(6) WAKE@1350");
    CHECK_EQ(cut_engine_sent(p.engine, 0), 2);
    CHECK_STR(step_marker_with(&p, 0, 6, 1), "COMPLETE(6)");
    stepper_fini(&p);
}

static void test_nonsense_is_refused(void)
{
    struct stepper p;
    uint64_t late = (UINT64_C(1) << 62) + 1;

    init(&p, 1, 1, 0);
    CHECK_STR(step_request_at(&p, 4, late), "CUT_INVALID");
    CHECK_STR(step_time(&p, late), "CUT_INVALID");
    CHECK_STR(step_send_at(&p, late), "CUT_INVALID");
    CHECK_STR(step_at(&p, 4, 2 * late), "CUT_PROTOCOL");
    CHECK_STR(step_control(&p, 0, control_of(4, 2, 0, 9, 0)), "CUT_PROTOCOL");
    CHECK_STR(step_marker_with(&p, 0, 4, UINT64_MAX), "CUT_PROTOCOL");
    CHECK_STR(step_at(&p, 4, 1100), "WAKE@1100");
    CHECK_STR(step_at(&p, 4, 1200), "CUT_PROTOCOL");
    CHECK_STR(step_at(&p, 5, 1200), "CUT_PROTOCOL");
    CHECK_STR(step_request_at(&p, 5, 1000), "CUT_STATE");
    CHECK_STR(step_marker_with(&p, 0, 4, 3), "");
    CHECK_STR(step_marker_with(&p, 0, 4, 3), "CUT_PROTOCOL");
    stepper_fini(&p);
}

int main(void)
{
    RUN(test_a_time_is_chosen);
    RUN(test_others_hear_of_it);
    RUN(test_the_capture_is_at_that_time);
    RUN(test_the_capture_is_the_first_thing_at_that_time);
    RUN(test_messages_from_before_are_recorded);
    RUN(test_counts_are_faster_than_the_time);
    RUN(test_too_late);
    RUN(test_a_clock_that_goes_back);
    RUN(test_the_program_stands_still);
    RUN(test_complete_while_standing_still);
    RUN(test_the_next_one_while_standing_still);
    RUN(test_abort);
    RUN(test_nonsense_is_refused);
    return check_end();
}
