/*
 * The detector of rest, one rule a test. Whole systems are watched in
 * tests/property/quiet_runs.c.
 */
#include "check.h"
#include "fault/fail_each.h"
#include "proto/quiet.h"

#include <stdlib.h>

/* What a step answered. */
enum answer { NOTHING, ASK, QUIET };

static struct cut_quiet *quiet_of(uint32_t process_count, uint32_t member_count)
{
    struct cut_quiet_config config = {
        .process_count = process_count,
        .member_count = member_count,
        .view = 7,
    };
    struct cut_quiet *quiet = NULL;

    if (!CHECK_EQ(cut_quiet_create(&config, NULL, &quiet), CUT_OK))
        abort();
    return quiet;
}

/* A report of a process that is idle, in view 7. */
static struct cut_quiet_event
report_of(uint32_t process, uint64_t wave, uint64_t sent, uint64_t delivered)
{
    return (struct cut_quiet_event){
        .kind = CUT_QUIET_EVENT_REPORT,
        .process = process,
        .view = 7,
        .is_idle = true,
        .wave = wave,
        .sent = sent,
        .delivered = delivered,
    };
}

static enum answer tell(struct cut_quiet *quiet, struct cut_quiet_event event)
{
    struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX];
    size_t count = 9;

    CHECK_EQ(cut_quiet_step(quiet, &event, actions, &count), CUT_OK);
    if (count == 0)
        return NOTHING;
    CHECK_EQ(count, 1);
    CHECK_EQ(actions[0].view, event.view);
    CHECK_EQ(actions[0].wave, cut_quiet_counts(quiet).waves);
    return actions[0].kind == CUT_QUIET_ACTION_ASK ? ASK : QUIET;
}

static void check_refused(struct cut_quiet *quiet,
                          struct cut_quiet_event event,
                          enum cut_error error)
{
    struct cut_quiet_counts before = cut_quiet_counts(quiet);
    struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX];
    uint64_t wave = cut_quiet_wave(quiet);
    size_t count = 9;

    CHECK_EQ(cut_quiet_step(quiet, &event, actions, &count), error);
    CHECK_EQ(count, 9);
    struct cut_quiet_counts after = cut_quiet_counts(quiet);
    CHECK_EQ(before.waves, after.waves);
    CHECK_EQ(before.changes, after.changes);
    CHECK_EQ(before.ignored, after.ignored);
    CHECK_EQ(before.sent, after.sent);
    CHECK_EQ(before.delivered, after.delivered);
    CHECK_EQ(before.members, after.members);
    CHECK_EQ(before.idle, after.idle);
    CHECK_EQ(wave, cut_quiet_wave(quiet));
}

static void test_configurations(void)
{
    static const struct cut_quiet_config wrong[] = {
        {.process_count = 0},
        {.process_count = (UINT32_C(1) << 31) + 1},
        {.process_count = 2, .member_count = 3},
    };
    struct cut_quiet *quiet = NULL;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQ(cut_quiet_create(&wrong[i], NULL, &quiet), CUT_INVALID);
    CHECK(quiet == NULL);
    cut_quiet_destroy(NULL);
}

/* Mattern's second wave is asked for; the first one is what all had said. */
static void test_two_equal_waves_are_quiet(void)
{
    struct cut_quiet *quiet = quiet_of(3, 3);

    CHECK_EQ(tell(quiet, report_of(0, 0, 4, 1)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 2)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(2, 0, 0, 1)), ASK);
    CHECK_EQ(cut_quiet_wave(quiet), 1);
    CHECK_EQ(tell(quiet, report_of(2, 1, 0, 1)), NOTHING);
    CHECK(cut_quiet_awaits(quiet, 0));
    CHECK(!cut_quiet_awaits(quiet, 2));
    CHECK(!cut_quiet_awaits(quiet, 3));
    CHECK_EQ(tell(quiet, report_of(0, 1, 4, 1)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 1, 0, 2)), QUIET);
    CHECK_EQ(cut_quiet_wave(quiet), 0);
    CHECK(!cut_quiet_awaits(quiet, 0));
    cut_quiet_destroy(quiet);
}

static void test_no_wave_while_one_is_busy_or_messages_are_under_way(void)
{
    struct cut_quiet *quiet = quiet_of(2, 2);
    struct cut_quiet_event busy = report_of(1, 0, 0, 1);

    busy.is_idle = false;
    CHECK_EQ(tell(quiet, report_of(0, 0, 2, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 1)), NOTHING);
    busy.delivered = 2;
    CHECK_EQ(tell(quiet, busy), NOTHING);
    CHECK_EQ(cut_quiet_counts(quiet).idle, 1);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 2)), ASK);
    cut_quiet_destroy(quiet);
}

/* The counts agree, and yet 0 had been woken: what single waves miss. */
static void test_a_wave_that_learns_something_is_not_the_last(void)
{
    struct cut_quiet *quiet = quiet_of(3, 3);

    CHECK_EQ(tell(quiet, report_of(0, 0, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(2, 0, 0, 0)), NOTHING);
    /* 1 sent to 0; 0 sent to 1 and to 2; 1 was delivered that. */
    CHECK_EQ(tell(quiet, report_of(1, 0, 1, 1)), ASK);
    CHECK_EQ(tell(quiet, report_of(1, 1, 1, 1)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(2, 1, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(0, 1, 2, 1)), NOTHING);
    CHECK_EQ(cut_quiet_wave(quiet), 0);
    CHECK_EQ(tell(quiet, report_of(2, 1, 0, 1)), ASK);
    CHECK_EQ(cut_quiet_wave(quiet), 2);
    cut_quiet_destroy(quiet);
}

/* What comes unasked spoils a wave as well, and the next one begins when this
 * one is over, not before. */
static void test_one_wave_at_a_time(void)
{
    struct cut_quiet *quiet = quiet_of(2, 2);

    CHECK_EQ(tell(quiet, report_of(0, 0, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 0)), ASK);
    CHECK_EQ(tell(quiet, report_of(0, 1, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(0, 1, 1, 1)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 1, 1)), NOTHING);
    CHECK_EQ(cut_quiet_wave(quiet), 1);
    CHECK_EQ(tell(quiet, report_of(1, 1, 1, 1)), ASK);
    CHECK_EQ(tell(quiet, report_of(0, 2, 1, 1)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 2, 1, 1)), QUIET);
    cut_quiet_destroy(quiet);
}

/* Answers of the wave before, and second answers, are none of this one. */
static void test_answers_that_are_none(void)
{
    struct cut_quiet *quiet = quiet_of(2, 2);

    CHECK_EQ(tell(quiet, report_of(0, 0, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 0)), ASK);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(0, 1, 0, 0)), NOTHING);
    CHECK_EQ(tell(quiet, report_of(0, 1, 0, 0)), NOTHING);
    CHECK(cut_quiet_awaits(quiet, 1));
    CHECK_EQ(tell(quiet, report_of(1, 1, 0, 0)), QUIET);
    CHECK_EQ(tell(quiet, report_of(1, 1, 0, 0)), NOTHING);
    CHECK_EQ(cut_quiet_counts(quiet).changes, 2);
    cut_quiet_destroy(quiet);
}

/* Somebody outside woke a process, which then is no mistake of its own. */
static void test_rest_may_end_and_come_again(void)
{
    struct cut_quiet *quiet = quiet_of(1, 1);

    CHECK_EQ(tell(quiet, report_of(0, 0, 0, 0)), ASK);
    CHECK_EQ(tell(quiet, report_of(0, 1, 0, 0)), QUIET);
    CHECK_EQ(tell(quiet, report_of(0, 1, 1, 1)), ASK);
    CHECK_EQ(tell(quiet, report_of(0, 2, 1, 1)), QUIET);
    cut_quiet_destroy(quiet);
}

static void test_a_view_begins_with_nothing_known(void)
{
    struct cut_quiet *quiet = quiet_of(3, 2);
    struct cut_quiet_event event = {
        .kind = CUT_QUIET_EVENT_JOINED, .process = 2, .view = 9};
    struct cut_quiet_event report = report_of(0, 0, 5, 5);

    CHECK_EQ(tell(quiet, report), NOTHING);
    CHECK_EQ(tell(quiet, report_of(1, 0, 0, 0)), ASK);
    CHECK_EQ(tell(quiet, event), NOTHING);
    CHECK_EQ(cut_quiet_wave(quiet), 0);
    CHECK_EQ(cut_quiet_counts(quiet).members, 3);
    CHECK_EQ(cut_quiet_counts(quiet).idle, 0);
    CHECK_EQ(cut_quiet_counts(quiet).sent, 0);
    CHECK_EQ(tell(quiet, report_of(1, 1, 0, 0)), NOTHING);
    CHECK_EQ(cut_quiet_counts(quiet).ignored, 1);

    event = (struct cut_quiet_event){
        .kind = CUT_QUIET_EVENT_LEFT, .process = 0, .view = 10};
    CHECK_EQ(tell(quiet, event), NOTHING);
    CHECK_EQ(cut_quiet_counts(quiet).members, 2);
    report.view = 10;
    CHECK_EQ(tell(quiet, report), NOTHING); /* who left is not asked */
    CHECK_EQ(cut_quiet_counts(quiet).ignored, 2);
    for (uint64_t wave = 1; wave <= 2; wave++) {
        report = report_of(1, wave, 1, 0);
        report.view = 10;
        CHECK_EQ(tell(quiet, report), NOTHING);
        CHECK(!cut_quiet_awaits(quiet, 0));
        report = report_of(2, wave, 0, 1);
        report.view = 10;
        CHECK_EQ(tell(quiet, report), wave == 1 ? ASK : QUIET);
    }
    cut_quiet_destroy(quiet);
}

static void test_nobody_is_not_quiet(void)
{
    struct cut_quiet *quiet = quiet_of(1, 1);
    struct cut_quiet_event event = {
        .kind = CUT_QUIET_EVENT_LEFT, .process = 0, .view = 8};

    CHECK_EQ(tell(quiet, event), NOTHING);
    CHECK_EQ(cut_quiet_counts(quiet).members, 0);
    CHECK_EQ(cut_quiet_counts(quiet).waves, 0);
    cut_quiet_destroy(quiet);
}

static void test_what_is_no_report_is_refused(void)
{
    struct cut_quiet *quiet = quiet_of(2, 2);
    struct cut_quiet_event event = report_of(0, 0, 5, 5);

    CHECK_EQ(tell(quiet, event), NOTHING);
    check_refused(quiet, report_of(0, 1, 5, 5), CUT_PROTOCOL);
    check_refused(quiet, report_of(0, 0, 4, 6), CUT_PROTOCOL);
    check_refused(quiet, report_of(0, 0, 6, 4), CUT_PROTOCOL);
    check_refused(quiet, report_of(0, 0, 6, 5), CUT_PROTOCOL);
    check_refused(quiet, report_of(2, 0, 5, 5), CUT_INVALID);
    event.is_idle = false;
    check_refused(quiet, event, CUT_PROTOCOL);
    event.delivered = 6;
    CHECK_EQ(tell(quiet, event), NOTHING);
    event.sent = 6;
    CHECK_EQ(tell(quiet, event), NOTHING);
    event.view = 8;
    check_refused(quiet, event, CUT_PROTOCOL);
    event.kind = (enum cut_quiet_event_kind)9;
    check_refused(quiet, event, CUT_INVALID);
    cut_quiet_destroy(quiet);
}

static void test_what_is_no_view_is_refused(void)
{
    struct cut_quiet *quiet = quiet_of(2, 1);
    struct cut_quiet_event event = {
        .kind = CUT_QUIET_EVENT_JOINED, .process = 0, .view = 8};

    check_refused(quiet, event, CUT_STATE);
    event.process = 1;
    event.view = 7;
    check_refused(quiet, event, CUT_INVALID);
    event.kind = CUT_QUIET_EVENT_LEFT;
    event.view = 8;
    check_refused(quiet, event, CUT_STATE);
    cut_quiet_destroy(quiet);
}

/* A step asks for no memory. */
static enum cut_error run_with_little_memory(struct failing_allocator *failing)
{
    struct cut_quiet_config config = {
        .process_count = 3, .member_count = 1, .view = 7};
    struct cut_quiet *quiet = UNTOUCHED;
    enum cut_error error =
        cut_quiet_create(&config, &failing->allocator, &quiet);

    if (error != CUT_OK) {
        CHECK(quiet == UNTOUCHED);
        return error;
    }
    uint64_t requests = failing->requests;
    CHECK_EQ(tell(quiet, report_of(0, 0, 0, 0)), ASK);
    CHECK_EQ(tell(quiet, report_of(0, 1, 0, 0)), QUIET);
    CHECK_EQ(failing->requests, requests);
    cut_quiet_destroy(quiet);
    return CUT_OK;
}

static void test_memory_runs_out(void)
{
    fail_all(run_with_little_memory, 2);
}

int main(void)
{
    RUN(test_configurations);
    RUN(test_two_equal_waves_are_quiet);
    RUN(test_no_wave_while_one_is_busy_or_messages_are_under_way);
    RUN(test_a_wave_that_learns_something_is_not_the_last);
    RUN(test_one_wave_at_a_time);
    RUN(test_answers_that_are_none);
    RUN(test_rest_may_end_and_come_again);
    RUN(test_a_view_begins_with_nothing_known);
    RUN(test_nobody_is_not_quiet);
    RUN(test_what_is_no_report_is_refused);
    RUN(test_what_is_no_view_is_refused);
    RUN(test_memory_runs_out);
    return check_end();
}
