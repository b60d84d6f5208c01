/*
 * The rules of "flush", one test each.
 *
 * Source: G. Stellner, "CoCheck: checkpointing and process migration for MPI",
 * IPPS 1996: stop, push out what is in the channels, record, go on. Who is told
 * by whom is the contract of <cutline/engine.h>.
 *
 * Control frames are (snapshot:kind.0,0,0).
 */
#include "stepper.h"

enum { STOP = 1, READY = 2, RESUME = 3 };

/* A process of three, with so many channels in and one out. */
static void init(struct stepper *p, uint32_t process, uint32_t incoming)
{
    stepper_init_for(p,
                     "flush",
                     (struct cut_engine_config){.incoming_count = incoming,
                                                .outgoing_count = 1,
                                                .process = process,
                                                .process_count = 3});
}

static const char *tell(struct stepper *p, uint32_t peer, uint32_t kind)
{
    return step_control(p, peer, control_of(4, kind, 0, 0, 0));
}

static const char *
step_waiting(struct stepper *p, uint32_t channel, uint32_t waiting)
{
    return step_event(p,
                      (struct cut_event){.kind = CUT_EVENT_MARKER,
                                         .channel = channel,
                                         .waiting = waiting,
                                         .snapshot = {2, 5, 4}});
}

static void test_the_initiator_stops_everyone(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(step_request(&p, 4),
              "STOP(4) CAPTURE(4) CONTROL[*](4:1.0,0,0) TRANSMIT(4)");
    stepper_fini(&p);
}

/* Whatever comes first stops a process: the word or a marker. */
static void test_who_is_told_stops(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(tell(&p, 0, STOP), "STOP(4) CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(step_marker(&p, 0, 4), "CONTROL[0](4:2.0,0,0)");
    stepper_fini(&p);
}

static void test_a_marker_stops(void)
{
    struct stepper p;

    init(&p, 1, 2);
    CHECK_STR(step_marker(&p, 0, 4), "STOP(4) CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(tell(&p, 0, STOP), "");
    CHECK_STR(step_marker(&p, 1, 4), "CONTROL[0](4:2.0,0,0)");
    stepper_fini(&p);
}

/* A marker does not say who began: who is ready waits to be told. */
static void test_ready_before_the_initiator_is_known(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(step_marker(&p, 0, 4), "STOP(4) CAPTURE(4) TRANSMIT(4)");
    CHECK_STR(tell(&p, 2, STOP), "CONTROL[2](4:2.0,0,0)");
    stepper_fini(&p);
}

/* Nothing is delivered, so the channels' states wait before the markers. */
static void test_what_waits_is_recorded(void)
{
    struct stepper p;

    init(&p, 1, 2);
    CHECK_STR(step_waiting(&p, 0, 3),
              "STOP(4) CAPTURE(4) TRANSMIT(4) RECORD_WAITING[0](4)x3");
    CHECK_STR(tell(&p, 0, STOP), "");
    CHECK_STR(step_waiting(&p, 1, 2),
              "RECORD_WAITING[1](4)x2 CONTROL[0](4:2.0,0,0)");
    CHECK_STR(tell(&p, 0, RESUME), "COMPLETE(4) RESUME(4)");
    CHECK_STR(step_message(&p, 0), "DELIVER[0]");
    stepper_fini(&p);
}

/* The program neither sends nor receives while it stands still. */
static void test_the_program_stands_still(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(step_send(&p, 0), "SEND[0]");
    tell(&p, 0, STOP);
    CHECK_STR(step_send(&p, 0), "CUT_STATE");
    CHECK_STR(step_message(&p, 0), "CUT_STATE");
    step_marker(&p, 0, 4);
    CHECK_STR(step_send(&p, 0), "CUT_STATE");
    tell(&p, 0, RESUME);
    CHECK_STR(step_send(&p, 0), "SEND[0]");
    stepper_fini(&p);
}

/* When all are ready, the initiator among them, everyone resumes. */
static void test_everyone_resumes_when_all_are_ready(void)
{
    struct stepper p;

    init(&p, 1, 1);
    step_request(&p, 4);
    CHECK_STR(tell(&p, 2, READY), "");
    CHECK_STR(step_marker(&p, 0, 4), "");
    CHECK_STR(tell(&p, 0, READY),
              "CONTROL[*](4:3.0,0,0) COMPLETE(4) RESUME(4)");
    stepper_fini(&p);
}

static void test_the_initiator_is_ready_last(void)
{
    struct stepper p;

    init(&p, 1, 1);
    step_request(&p, 4);
    tell(&p, 2, READY);
    tell(&p, 0, READY);
    CHECK_STR(
        step_waiting(&p, 0, 1),
        "RECORD_WAITING[0](4)x1 CONTROL[*](4:3.0,0,0) COMPLETE(4) RESUME(4)");
    stepper_fini(&p);
}

static void test_one_process(void)
{
    struct stepper p;

    stepper_init_for(
        &p, "flush", (struct cut_engine_config){.process_count = 1});
    CHECK_STR(step_request(&p, 4), "STOP(4) CAPTURE(4) COMPLETE(4) RESUME(4)");
    stepper_fini(&p);
}

/* Of several initiators the lowest coordinates; all tell it, each once. */
static void test_several_initiators(void)
{
    struct stepper high;
    struct stepper low;
    struct stepper other;

    init(&high, 2, 1);
    step_request(&high, 4);
    CHECK_STR(tell(&high, 0, READY), "");
    CHECK_STR(step_marker(&high, 0, 4), "");
    CHECK_STR(tell(&high, 1, STOP), "CONTROL[1](4:2.0,0,0)");
    CHECK_STR(tell(&high, 0, READY), ""); /* of no consequence any more */
    CHECK_STR(tell(&high, 1, RESUME), "COMPLETE(4) RESUME(4)");
    stepper_fini(&high);

    init(&low, 1, 1);
    step_request(&low, 4);
    CHECK_STR(tell(&low, 2, STOP), "");
    CHECK_STR(step_marker(&low, 0, 4), "");
    CHECK_STR(tell(&low, 2, READY), "");
    CHECK_STR(tell(&low, 0, READY),
              "CONTROL[*](4:3.0,0,0) COMPLETE(4) RESUME(4)");
    stepper_fini(&low);

    init(&other, 0, 1);
    step_marker(&other, 0, 4);
    CHECK_STR(tell(&other, 2, STOP), "CONTROL[2](4:2.0,0,0)");
    CHECK_STR(tell(&other, 1, STOP), "CONTROL[1](4:2.0,0,0)");
    CHECK_STR(tell(&other, 1, RESUME), "COMPLETE(4) RESUME(4)");
    stepper_fini(&other);
}

/* Who gives up goes on at once; what comes late is ignored. */
static void test_abort_resumes(void)
{
    struct stepper p;

    init(&p, 1, 1);
    step_request(&p, 4);
    CHECK_STR(step_abort(&p, 4), "DISCARD(4) RESUME(4)");
    CHECK_STR(step_marker(&p, 0, 4), "");
    CHECK_STR(tell(&p, 0, READY), "");
    CHECK_STR(tell(&p, 2, RESUME), "");
    CHECK_STR(step_send(&p, 0), "SEND[0]");
    CHECK_STR(step_request(&p, 5),
              "STOP(5) CAPTURE(5) CONTROL[*](5:1.0,0,0) TRANSMIT(5)");
    stepper_fini(&p);
}

static void test_nonsense_is_refused(void)
{
    struct stepper p;

    init(&p, 1, 1);
    CHECK_STR(tell(&p, 0, READY), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, RESUME), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 3, STOP), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 1, STOP), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, 4), "CUT_PROTOCOL");
    tell(&p, 0, STOP);
    CHECK_STR(tell(&p, 0, STOP), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, READY), "CUT_PROTOCOL");
    CHECK_STR(tell(&p, 0, RESUME), "CUT_PROTOCOL"); /* I was not ready */
    CHECK_STR(step_request(&p, 5), "CUT_STATE");
    CHECK_STR(step_marker(&p, 0, 5), "CUT_PROTOCOL");
    stepper_fini(&p);
}

int main(void)
{
    RUN(test_the_initiator_stops_everyone);
    RUN(test_who_is_told_stops);
    RUN(test_a_marker_stops);
    RUN(test_ready_before_the_initiator_is_known);
    RUN(test_what_waits_is_recorded);
    RUN(test_the_program_stands_still);
    RUN(test_everyone_resumes_when_all_are_ready);
    RUN(test_the_initiator_is_ready_last);
    RUN(test_one_process);
    RUN(test_several_initiators);
    RUN(test_abort_resumes);
    RUN(test_nonsense_is_refused);
    return check_end();
}
