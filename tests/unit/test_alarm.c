/*
 * Alarms in a loop of their own. When they ring depends on the machine: never
 * before their time, and in the order of their times.
 */
#include "net/alarm.h"

#include "check.h"

#include <cutline/process.h>

#include <time.h>

struct bell {
    struct cut_alarm alarm;
    unsigned rung;
    uint64_t last;
    unsigned stop_after;
};

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * CUT_SECOND + (uint64_t)time.tv_nsec;
}

static void ring(void *owner)
{
    struct bell *bell = owner;

    bell->rung++;
    bell->last = now();
    if (bell->rung >= bell->stop_after)
        cut_alarm_close(&bell->alarm);
}

static void open_bell(struct bell *bell, uv_loop_t *loop, unsigned stop_after)
{
    *bell = (struct bell){.stop_after = stop_after};
    CHECK_EQ(cut_alarm_open(&bell->alarm, loop, ring, bell), CUT_OK);
}

static void run(uv_loop_t *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
    CHECK_EQ(uv_loop_close(loop), 0);
}

static void test_rings_once_and_not_early(void)
{
    uv_loop_t loop;
    struct bell bell;
    uint64_t at = now() + 300 * CUT_MICROSECOND;

    uv_loop_init(&loop);
    open_bell(&bell, &loop, 1);
    CHECK_EQ(cut_alarm_set(&bell.alarm, at, 0), CUT_OK);
    run(&loop);
    CHECK_EQ(bell.rung, 1);
    CHECK(bell.last >= at);
}

static void test_the_past_rings_at_once(void)
{
    uv_loop_t loop;
    struct bell bell;

    uv_loop_init(&loop);
    open_bell(&bell, &loop, 1);
    CHECK_EQ(cut_alarm_set(&bell.alarm, 1, 0), CUT_OK);
    run(&loop);
    CHECK_EQ(bell.rung, 1);
}

/* Less than a millisecond apart: libuv would ring them together. */
static void test_the_earlier_rings_first(void)
{
    uv_loop_t loop;
    struct bell bells[2];
    uint64_t at = now() + 5 * CUT_MILLISECOND;

    uv_loop_init(&loop);
    for (unsigned i = 0; i < 2; i++) {
        open_bell(&bells[i], &loop, 1);
        CHECK_EQ(cut_alarm_set(
                     &bells[i].alarm, at + (2 - i) * 400 * CUT_MICROSECOND, 0),
                 CUT_OK);
    }
    run(&loop);
    CHECK(bells[0].last >= at + 800 * CUT_MICROSECOND);
    CHECK(bells[1].last >= at + 400 * CUT_MICROSECOND);
    CHECK(bells[1].last <= bells[0].last);
}

static void test_what_it_was_set_to_is_forgotten(void)
{
    uv_loop_t loop;
    struct bell silent;
    struct bell later;
    struct bell last;
    uint64_t start = now();
    uint64_t at = start + 2 * CUT_MILLISECOND;

    uv_loop_init(&loop);
    open_bell(&silent, &loop, 9);
    open_bell(&later, &loop, 1);
    open_bell(&last, &loop, 1);
    CHECK_EQ(cut_alarm_set(&silent.alarm, at, 0), CUT_OK);
    CHECK_EQ(cut_alarm_set(&silent.alarm, 0, 0), CUT_OK);
    CHECK_EQ(cut_alarm_set(&later.alarm, at, CUT_MILLISECOND), CUT_OK);
    CHECK_EQ(cut_alarm_set(&later.alarm, at + CUT_MILLISECOND, 0), CUT_OK);
    CHECK_EQ(cut_alarm_set(&last.alarm, at + 4 * CUT_MILLISECOND, 0), CUT_OK);
    while (last.rung == 0)
        uv_run(&loop, UV_RUN_ONCE);
    CHECK_EQ(silent.rung, 0);
    CHECK_EQ(later.rung, 1);
    CHECK(later.last >= at + CUT_MILLISECOND);
    cut_alarm_close(&silent.alarm);
    cut_alarm_close(&silent.alarm); /* there is none */
    run(&loop);
}

/* Also to the same time as before, once it has rung. */
static void test_is_set_anew(void)
{
    uv_loop_t loop;
    struct bell bell;

    uv_loop_init(&loop);
    open_bell(&bell, &loop, 2);
    CHECK_EQ(cut_alarm_set(&bell.alarm, 1, 0), CUT_OK);
    while (bell.rung == 0)
        uv_run(&loop, UV_RUN_ONCE);
    CHECK_EQ(cut_alarm_set(&bell.alarm, 1, 0), CUT_OK);
    run(&loop);
    CHECK_EQ(bell.rung, 2);
}

static void test_rings_again_and_again(void)
{
    uv_loop_t loop;
    struct bell bell;
    uint64_t at = now();

    uv_loop_init(&loop);
    open_bell(&bell, &loop, 3);
    CHECK_EQ(cut_alarm_set(&bell.alarm, at, 500 * CUT_MICROSECOND), CUT_OK);
    run(&loop);
    CHECK_EQ(bell.rung, 3);
    CHECK(bell.last >= at + 1000 * CUT_MICROSECOND);
}

int main(void)
{
    RUN(test_rings_once_and_not_early);
    RUN(test_the_past_rings_at_once);
    RUN(test_the_earlier_rings_first);
    RUN(test_what_it_was_set_to_is_forgotten);
    RUN(test_is_set_anew);
    RUN(test_rings_again_and_again);
    return check_end();
}
