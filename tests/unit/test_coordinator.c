/*
 * The coordinator, one rule a test. What it promises is judged in random runs
 * in tests/property/coordinator_ledger.c.
 */
#include "check.h"
#include "fault/fail_each.h"
#include "proto/coordinator.h"

#define NOBODY CUT_COORDINATOR_NOBODY
#define NEVER CUT_COORDINATOR_NEVER

/* A coordinator, and what its last step gave. */
struct bench {
    struct cut_coordinator *coordinator;
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    size_t count;
    uint32_t view;
};

/* Three members of four processes, one snapshot at once. */
static struct cut_coordinator_config config_of_three(void)
{
    return (struct cut_coordinator_config){
        .process_count = 4,
        .member_count = 3,
        .incarnation = 2,
        .view = 5,
        .number = 100,
        .in_progress_max = 1,
        .queue_max = 4,
    };
}

static struct bench begin(struct cut_coordinator_config config)
{
    struct bench bench = {.view = config.view};
    enum cut_error error =
        cut_coordinator_create(&config, NULL, &bench.coordinator);

    if (error != CUT_OK)
        abort();
    return bench;
}

static void end(struct bench *bench)
{
    cut_coordinator_destroy(bench->coordinator);
}

static struct cut_snapshot_id id_of(const struct bench *bench, uint64_t number)
{
    return (struct cut_snapshot_id){2, bench->view, number};
}

static enum cut_error say(struct bench *bench,
                          enum cut_coordinator_event_kind kind,
                          uint32_t process,
                          uint64_t number,
                          cut_time now)
{
    struct cut_coordinator_event event = {
        .kind = kind,
        .process = process,
        .snapshot = id_of(bench, number),
        .now = now,
    };

    bench->count = 99; /* is not written by a refused step */
    return cut_coordinator_step(
        bench->coordinator, &event, bench->actions, &bench->count);
}

/* Short for events of which nothing may be refused. */
static void request(struct bench *bench, uint32_t process, cut_time now)
{
    CHECK_EQ(say(bench, CUT_COORDINATOR_EVENT_REQUEST, process, 0, now),
             CUT_OK);
}

static void
part(struct bench *bench, uint32_t process, uint64_t number, cut_time now)
{
    CHECK_EQ(say(bench, CUT_COORDINATOR_EVENT_PART, process, number, now),
             CUT_OK);
}

static void tell_time(struct bench *bench, cut_time now)
{
    CHECK_EQ(say(bench, CUT_COORDINATOR_EVENT_TIME, 0, 0, now), CUT_OK);
}

/* The last step gave as many actions as were checked. */
static void check_count(const struct bench *bench, size_t count)
{
    CHECK_EQ(bench->count, count);
}

static void check_start(const struct bench *bench,
                        size_t index,
                        uint64_t number,
                        uint32_t process)
{
    const struct cut_coordinator_action *action = &bench->actions[index];

    if (!CHECK(index < bench->count))
        return;
    CHECK_EQ(action->kind, CUT_COORDINATOR_ACTION_START);
    CHECK_EQ(action->snapshot.incarnation, 2);
    CHECK_EQ(action->snapshot.view, cut_coordinator_view(bench->coordinator));
    CHECK_EQ(action->snapshot.number, number);
    CHECK_EQ(action->process, process);
}

static void
check_complete(const struct bench *bench, size_t index, uint64_t number)
{
    if (!CHECK(index < bench->count))
        return;
    CHECK_EQ(bench->actions[index].kind, CUT_COORDINATOR_ACTION_COMPLETE);
    CHECK_EQ(bench->actions[index].snapshot.number, number);
}

/* An abort of snapshots first to last, no number left out. */
static void check_abort(const struct bench *bench,
                        uint64_t first,
                        uint64_t last,
                        enum cut_coordinator_reason reason,
                        uint32_t process)
{
    const struct cut_coordinator_action *action = &bench->actions[0];
    uint64_t number = first;

    if (!CHECK(bench->count > 0) ||
        !CHECK_EQ(action->kind, CUT_COORDINATOR_ACTION_ABORT))
        return;
    CHECK_EQ(action->reason, reason);
    CHECK_EQ(action->process, process);
    for (const struct cut_recording *r = action->snapshots; r != NULL;
         r = r->next)
        CHECK_EQ(r->snapshot.number, number++);
    CHECK_EQ(number, last + 1);
}

static void check_drop(const struct bench *bench,
                       size_t index,
                       uint32_t process,
                       uint32_t count)
{
    if (!CHECK(index < bench->count))
        return;
    CHECK_EQ(bench->actions[index].kind, CUT_COORDINATOR_ACTION_DROP);
    CHECK_EQ(bench->actions[index].process, process);
    CHECK_EQ(bench->actions[index].count, count);
}

static void check_view(const struct bench *bench, size_t index, uint32_t view)
{
    if (!CHECK(index < bench->count))
        return;
    CHECK_EQ(bench->actions[index].kind, CUT_COORDINATOR_ACTION_VIEW);
    CHECK_EQ(bench->actions[index].snapshot.view, view);
    CHECK_EQ(cut_coordinator_view(bench->coordinator), view);
}

static void test_configurations(void)
{
    struct cut_coordinator_config right = config_of_three();
    struct cut_coordinator_config wrong[7];
    struct cut_coordinator *out = NULL;

    for (size_t i = 0; i < 7; i++)
        wrong[i] = right;
    wrong[0].process_count = 0;
    wrong[1].process_count = UINT32_MAX;
    wrong[2].member_count = 5;
    wrong[3].in_progress_max = 0;
    wrong[4].in_progress_max = UINT32_MAX;
    wrong[5].queue_max = UINT32_MAX;
    wrong[6].member_count = UINT32_MAX;
    for (size_t i = 0; i < 7; i++)
        CHECK_EQ(cut_coordinator_create(&wrong[i], NULL, &out), CUT_INVALID);
    CHECK(out == NULL);
    cut_coordinator_destroy(NULL);
}

static void test_a_snapshot_is_complete_with_all_parts(void)
{
    struct bench b = begin(config_of_three());

    request(&b, 1, 10);
    check_start(&b, 0, 100, 1);
    check_count(&b, 1);
    part(&b, 2, 100, 11);
    check_count(&b, 0);
    part(&b, 0, 100, 12);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 1);
    part(&b, 1, 100, 13);
    check_complete(&b, 0, 100);
    check_count(&b, 1);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 0);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), NEVER);
    end(&b);
}

/* A late acknowledgement must not hurt. */
static void test_parts_of_no_open_snapshot_are_ignored(void)
{
    struct bench b = begin(config_of_three());

    request(&b, 0, 0);
    part(&b, 0, 100, 0);
    part(&b, 0, 100, 0); /* twice */
    part(&b, 3, 100, 0); /* no member */
    part(&b, 1, 99, 0);  /* before the first */
    part(&b, 1, 101, 0); /* not given out yet */
    b.view = 4;
    part(&b, 1, 100, 0); /* of another view */
    b.view = 6;
    part(&b, 1, 100, 0);
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_PART,
        .process = 1,
        .snapshot = {.incarnation = 1, .view = 5, .number = 100},
    };
    CHECK_EQ(cut_coordinator_step(b.coordinator, &event, b.actions, &b.count),
             CUT_OK);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).ignored, 7);
    b.view = 5;
    part(&b, 1, 100, 0);
    part(&b, 2, 100, 0);
    check_complete(&b, 0, 100);
    part(&b, 2, 100, 0); /* complete */
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).ignored, 8);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).completed, 1);
    end(&b);
}

static void test_requests_wait_for_room_in_their_order(void)
{
    struct bench b = begin(config_of_three());

    request(&b, 0, 0);
    request(&b, 2, 1);
    check_count(&b, 0);
    request(&b, 1, 2);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_waiting_count(b.coordinator), 2);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), NEVER);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 100, 3);
    check_complete(&b, 0, 100);
    check_start(&b, 1, 101, 2);
    check_count(&b, 2);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 101, 4);
    check_complete(&b, 0, 101);
    check_start(&b, 1, 102, 1);
    end(&b);
}

static void test_many_at_once(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 3;
    struct bench b = begin(config);
    for (uint32_t p = 0; p < 3; p++) {
        request(&b, p, 0);
        check_start(&b, 0, 100 + p, p);
    }
    request(&b, 0, 0);
    check_count(&b, 0);
    /* The one in the middle is complete first. */
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 101, 1);
    check_complete(&b, 0, 101);
    check_start(&b, 1, 103, 0);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 103, 1);
    check_complete(&b, 0, 103);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 2);
    end(&b);
}

static void test_a_pause_between_starts(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 2;
    config.pause_min = 50;
    struct bench b = begin(config);
    request(&b, 0, 7);
    check_start(&b, 0, 100, 0);
    request(&b, 1, 20);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), 57);
    tell_time(&b, 56);
    check_count(&b, 0);
    tell_time(&b, 57);
    check_start(&b, 0, 101, 1);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), NEVER);
    end(&b);
}

static void test_one_start_a_step_and_the_deadline_is_now(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 2;
    struct bench b = begin(config);
    for (unsigned i = 0; i < 4; i++)
        request(&b, i % 3, 10);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 3, 0, 20), CUT_OK);
    check_abort(&b, 100, 101, CUT_COORDINATOR_JOINED, 3);
    check_view(&b, 1, 6);
    check_count(&b, 2);
    CHECK(cut_coordinator_deadline(b.coordinator) <= 20);
    tell_time(&b, 20);
    check_start(&b, 0, 102, 2);
    check_count(&b, 1);
    CHECK(cut_coordinator_deadline(b.coordinator) <= 20);
    tell_time(&b, 20);
    check_start(&b, 0, 103, 0);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), NEVER);
    end(&b);
}

static void test_too_many_requests_are_refused(void)
{
    struct bench b = begin(config_of_three());

    for (unsigned i = 0; i < 5; i++)
        request(&b, 0, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 1, 0, 0), CUT_LIMIT);
    check_count(&b, 99);
    CHECK_EQ(cut_coordinator_waiting_count(b.coordinator), 4);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).refused, 1);
    end(&b);
}

static void test_where_none_may_wait(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.queue_max = 0;
    struct bench b = begin(config);
    request(&b, 0, 0);
    check_start(&b, 0, 100, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 1, 0, 0), CUT_LIMIT);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LEAVE, 0, 0, 0), CUT_OK);
    request(&b, 1, 0);
    check_start(&b, 0, 101, 1);
    end(&b);
}

/* Whoever waits goes first, and makes room for the one who asks. */
static void test_a_request_at_a_full_queue_that_moves(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.queue_max = 1;
    config.in_progress_max = 3;
    config.pause_min = 10;
    struct bench b = begin(config);
    request(&b, 0, 0);
    request(&b, 1, 1);
    check_count(&b, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 2, 0, 9), CUT_LIMIT);
    request(&b, 2, 10);
    check_start(&b, 0, 101, 1);
    CHECK_EQ(cut_coordinator_waiting_count(b.coordinator), 1);
    tell_time(&b, 20);
    check_start(&b, 0, 102, 2);
    end(&b);
}

static void test_what_takes_too_long_is_given_up(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 4;
    config.timeout = 100;
    struct bench b = begin(config);
    request(&b, 0, 0);
    request(&b, 1, 10);
    request(&b, 2, 30);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), 100);
    part(&b, 1, 100, 40);
    tell_time(&b, 99);
    check_count(&b, 0);
    tell_time(&b, 110);
    check_abort(&b, 100, 101, CUT_COORDINATOR_TIMED_OUT, NOBODY);
    check_count(&b, 1);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), 130);
    /* Who was late can be asked for until the next step. */
    struct cut_snapshot_id id = id_of(&b, 100);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 0), 0);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 1), 2);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 3), NOBODY);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 4), NOBODY);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 100, 115);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 0), NOBODY);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).ignored, 3);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).aborted, 2);
    end(&b);
}

static void test_no_timeout(void)
{
    struct bench b = begin(config_of_three());

    request(&b, 0, 0);
    tell_time(&b, UINT64_MAX);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 1);
    end(&b);
}

static void test_one_that_an_engine_gave_up(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 3;
    struct bench b = begin(config);
    for (uint32_t p = 0; p < 3; p++)
        request(&b, p, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_DISCARDED, 2, 101, 1), CUT_OK);
    check_abort(&b, 101, 101, CUT_COORDINATOR_DISCARDED, 2);
    check_count(&b, 1);
    /* The others say so when they are told: no news. */
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_DISCARDED, 1, 101, 1), CUT_OK);
    check_count(&b, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_DISCARDED, 3, 100, 1), CUT_OK);
    check_count(&b, 0);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).ignored, 2);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 102, 2);
    check_complete(&b, 0, 102);
    /* The last one's end is the list's end, for what comes. */
    request(&b, 0, 3);
    check_start(&b, 0, 103, 0);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 2);
    end(&b);
}

static void test_a_member_that_goes(void)
{
    static const struct {
        enum cut_coordinator_event_kind kind;
        enum cut_coordinator_reason reason;
    } ways[] = {
        {CUT_COORDINATOR_EVENT_LEAVE, CUT_COORDINATOR_LEFT},
        {CUT_COORDINATOR_EVENT_LOST, CUT_COORDINATOR_LOST},
    };

    for (size_t i = 0; i < 2; i++) {
        struct bench b = begin(config_of_three());
        request(&b, 0, 0);
        request(&b, 1, 0);
        request(&b, 2, 0);
        request(&b, 1, 0);
        CHECK_EQ(say(&b, ways[i].kind, 1, 0, 1), CUT_OK);
        check_abort(&b, 100, 100, ways[i].reason, 1);
        check_drop(&b, 1, 1, 2);
        check_view(&b, 2, 6);
        check_count(&b, 3);
        CHECK(!cut_coordinator_is_member(b.coordinator, 1));
        CHECK_EQ(cut_coordinator_member_count(b.coordinator), 2);
        CHECK_EQ(cut_coordinator_counts(b.coordinator).dropped, 2);
        tell_time(&b, 1);
        check_start(&b, 0, 101, 2);
        b.view = 6;
        part(&b, 0, 101, 2);
        part(&b, 1, 101, 2); /* has gone */
        part(&b, 2, 101, 2);
        check_complete(&b, 0, 101);
        CHECK_EQ(say(&b, ways[i].kind, 1, 0, 3), CUT_STATE);
        end(&b);
    }
}

static void test_a_member_that_comes(void)
{
    struct bench b = begin(config_of_three());

    CHECK(!cut_coordinator_is_member(b.coordinator, 3));
    CHECK(!cut_coordinator_is_member(b.coordinator, 4));
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 3, 0, 0), CUT_OK);
    check_view(&b, 0, 6);
    check_count(&b, 1);
    CHECK(cut_coordinator_is_member(b.coordinator, 3));
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 3, 0, 0), CUT_STATE);
    request(&b, 3, 0);
    b.view = 6;
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 100, 0);
    check_count(&b, 0);
    part(&b, 3, 100, 0);
    check_complete(&b, 0, 100);
    end(&b);
}

/* A change that gives up nothing may start what waited for its time. */
static void test_a_view_and_a_start(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.pause_min = 10;
    struct bench b = begin(config);
    request(&b, 0, 0);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 100, 1);
    request(&b, 1, 2);
    request(&b, 2, 2);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LOST, 1, 0, 10), CUT_OK);
    check_drop(&b, 0, 1, 1);
    check_view(&b, 1, 6);
    check_start(&b, 2, 101, 2);
    check_count(&b, 3);
    end(&b);
}

static void test_nobody_is_left(void)
{
    struct bench b = begin(config_of_three());

    request(&b, 0, 0);
    for (uint32_t p = 0; p < 3; p++)
        CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LOST, p, 0, 0), CUT_OK);
    CHECK_EQ(cut_coordinator_member_count(b.coordinator), 0);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), NEVER);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 0, 0, 0), CUT_STATE);
    end(&b);
}

static void test_refused_events_change_nothing(void)
{
    struct bench b = begin(config_of_three());
    enum cut_coordinator_event_kind unknown =
        (enum cut_coordinator_event_kind)(CUT_COORDINATOR_EVENT_TIME + 1);

    request(&b, 0, 10);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_PART, 0, 100, 9), CUT_INVALID);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_TIME, 0, 0, 9), CUT_INVALID);
    for (int k = 0; k < CUT_COORDINATOR_EVENT_TIME; k++)
        CHECK_EQ(say(&b, (enum cut_coordinator_event_kind)k, 4, 100, 10),
                 CUT_INVALID);
    CHECK_EQ(say(&b, unknown, 0, 100, 10), CUT_INVALID);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 3, 0, 10), CUT_STATE);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LEAVE, 3, 0, 10), CUT_STATE);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LOST, 3, 0, 10), CUT_STATE);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 0, 0, 10), CUT_STATE);
    check_count(&b, 99);
    CHECK_EQ(cut_coordinator_view(b.coordinator), 5);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 1);
    CHECK_EQ(cut_coordinator_counts(b.coordinator).ignored, 0);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, 100, 10);
    check_complete(&b, 0, 100);
    end(&b);
}

static void test_numbers_and_views_come_to_an_end(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.number = UINT64_MAX - 2;
    config.view = UINT32_MAX;
    struct bench b = begin(config);
    request(&b, 0, 0);
    request(&b, 1, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 2, 0, 0), CUT_LIMIT);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 3, 0, 0), CUT_LIMIT);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_LOST, 0, 0, 0), CUT_LIMIT);
    CHECK_EQ(cut_coordinator_open_count(b.coordinator), 1);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, UINT64_MAX - 2, 0);
    check_start(&b, 1, UINT64_MAX - 1, 1);
    for (uint32_t p = 0; p < 3; p++)
        part(&b, p, UINT64_MAX - 1, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_REQUEST, 2, 0, 0), CUT_LIMIT);
    end(&b);
}

static void test_the_end_of_time(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.in_progress_max = 2;
    config.timeout = 100;
    config.pause_min = UINT64_MAX;
    struct bench b = begin(config);
    request(&b, 0, UINT64_MAX - 50);
    request(&b, 0, UINT64_MAX - 50);
    CHECK_EQ(cut_coordinator_deadline(b.coordinator), UINT64_MAX - 1);
    end(&b);
}

/* More than a word of processes. */
static void test_two_hundred_processes(void)
{
    struct cut_coordinator_config config = config_of_three();

    config.process_count = 200;
    config.member_count = 199;
    struct bench b = begin(config);
    request(&b, 150, 0);
    struct cut_snapshot_id id = id_of(&b, 100);
    for (uint32_t p = 0; p < 199; p++)
        if (p != 63 && p != 192)
            part(&b, p, 100, 1);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 0), 63);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 63), 63);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 64), 192);
    CHECK_EQ(cut_coordinator_next_missing(b.coordinator, id, 193), NOBODY);
    part(&b, 192, 100, 1);
    check_count(&b, 0);
    part(&b, 63, 100, 1);
    check_complete(&b, 0, 100);
    end(&b);
}

/* A step asks for no memory. */
static enum cut_error run_with_little_memory(struct failing_allocator *failing)
{
    struct cut_coordinator_config config = config_of_three();
    struct cut_coordinator *c = UNTOUCHED;
    enum cut_error error =
        cut_coordinator_create(&config, &failing->allocator, &c);

    if (error != CUT_OK) {
        CHECK(c == UNTOUCHED);
        return error;
    }
    struct bench b = {.coordinator = c, .view = config.view};
    uint64_t requests = failing->requests;
    for (unsigned i = 0; i < 4; i++)
        request(&b, 0, 0);
    CHECK_EQ(say(&b, CUT_COORDINATOR_EVENT_JOIN, 3, 0, 0), CUT_OK);
    tell_time(&b, 0);
    CHECK_EQ(failing->requests, requests);
    end(&b);
    return CUT_OK;
}

static void test_memory_runs_out(void)
{
    fail_all(run_with_little_memory, 4);
}

int main(void)
{
    RUN(test_configurations);
    RUN(test_a_snapshot_is_complete_with_all_parts);
    RUN(test_parts_of_no_open_snapshot_are_ignored);
    RUN(test_requests_wait_for_room_in_their_order);
    RUN(test_many_at_once);
    RUN(test_a_pause_between_starts);
    RUN(test_one_start_a_step_and_the_deadline_is_now);
    RUN(test_too_many_requests_are_refused);
    RUN(test_where_none_may_wait);
    RUN(test_a_request_at_a_full_queue_that_moves);
    RUN(test_what_takes_too_long_is_given_up);
    RUN(test_no_timeout);
    RUN(test_one_that_an_engine_gave_up);
    RUN(test_a_member_that_goes);
    RUN(test_a_member_that_comes);
    RUN(test_a_view_and_a_start);
    RUN(test_nobody_is_left);
    RUN(test_refused_events_change_nothing);
    RUN(test_numbers_and_views_come_to_an_end);
    RUN(test_the_end_of_time);
    RUN(test_two_hundred_processes);
    RUN(test_memory_runs_out);
    return check_end();
}
