/*
 * Random runs of the coordinator against a ledger, which is told the events
 * that were not refused and the actions, and keeps what the header promises:
 * numbers rise, each START has one end, COMPLETE has all parts, caps and pauses
 * are kept, nothing of an old view remains, nobody waits without a deadline.
 */
#include "check.h"
#include "draw.h"
#include "proto/coordinator.h"

#include <stdlib.h>

#define PROCESSES_MAX 70
#define NUMBERS_MAX 4096

enum standing { UNUSED, STARTED, COMPLETED, ABORTED };

/* What happened, told by events and actions alone. */
struct ledger {
    struct cut_coordinator_config config;
    uint64_t random;
    cut_time now;
    cut_time last_start;
    uint64_t next; /* the lowest number that was never used */
    uint32_t open_count;
    uint32_t view;
    uint32_t waiting[PROCESSES_MAX]; /* requests */
    uint32_t waiting_count;
    bool is_member[PROCESSES_MAX];
    enum standing standing[NUMBERS_MAX];
    uint32_t view_of[NUMBERS_MAX];
    cut_time start_of[NUMBERS_MAX];
    bool has_part[NUMBERS_MAX][PROCESSES_MAX];
};

static struct ledger the_ledger; /* too large for the stack */

static void enter_start(struct ledger *l,
                        const struct cut_coordinator_action *action)
{
    uint64_t number = action->snapshot.number;

    CHECK_EQ(number, l->next++);
    CHECK_EQ(action->snapshot.view, l->view);
    CHECK(l->is_member[action->process]);
    CHECK(l->waiting[action->process]-- > 0);
    l->waiting_count--;
    CHECK(++l->open_count <= l->config.in_progress_max);
    CHECK(number == 0 || l->now - l->last_start >= l->config.pause_min);
    l->last_start = l->now;
    l->standing[number] = STARTED;
    l->view_of[number] = l->view;
    l->start_of[number] = l->now;
}

static void enter_complete(struct ledger *l, uint64_t number)
{
    CHECK_EQ(l->standing[number], STARTED);
    CHECK_EQ(l->view_of[number], l->view);
    for (uint32_t p = 0; p < l->config.process_count; p++)
        CHECK(l->has_part[number][p] || !l->is_member[p]);
    l->standing[number] = COMPLETED;
    l->open_count--;
}

static void enter_abort(struct ledger *l,
                        const struct cut_coordinator_action *action)
{
    for (const struct cut_recording *r = action->snapshots; r != NULL;
         r = r->next) {
        uint64_t number = r->snapshot.number;
        CHECK_EQ(l->standing[number], STARTED);
        if (action->reason == CUT_COORDINATOR_TIMED_OUT)
            CHECK(l->now - l->start_of[number] >= l->config.timeout);
        l->standing[number] = ABORTED;
        l->open_count--;
    }
}

static void enter_view(struct ledger *l,
                       const struct cut_coordinator_action *action)
{
    CHECK_EQ(action->snapshot.view, ++l->view);
    CHECK_EQ(l->open_count, 0);
    l->is_member[action->process] = !l->is_member[action->process];
}

static void enter(struct ledger *l, const struct cut_coordinator_action *action)
{
    switch (action->kind) {
    case CUT_COORDINATOR_ACTION_START:
        enter_start(l, action);
        break;
    case CUT_COORDINATOR_ACTION_COMPLETE:
        enter_complete(l, action->snapshot.number);
        break;
    case CUT_COORDINATOR_ACTION_ABORT:
        enter_abort(l, action);
        break;
    case CUT_COORDINATOR_ACTION_DROP:
        CHECK_EQ(l->waiting[action->process], action->count);
        l->waiting[action->process] = 0;
        l->waiting_count -= action->count;
        break;
    case CUT_COORDINATOR_ACTION_VIEW:
        enter_view(l, action);
        break;
    }
}

/* Mostly parts of what is open; sometimes what is late, or never was. */
static struct cut_coordinator_event draw_event(struct ledger *l)
{
    uint64_t back = draw(&l->random, l->config.in_progress_max + 1);
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_PART,
        .process = (uint32_t)draw(&l->random, l->config.process_count),
        .snapshot = {.view = l->view,
                     .number = l->next > back ? l->next - back : 0},
        .now = l->now + draw(&l->random, 3),
    };
    uint64_t dice = draw(&l->random, 400);

    if (dice < 40)
        event.kind = CUT_COORDINATOR_EVENT_REQUEST;
    else if (dice < 42)
        event.kind = CUT_COORDINATOR_EVENT_DISCARDED;
    else if (dice < 48)
        event.kind = (enum cut_coordinator_event_kind)(
            CUT_COORDINATOR_EVENT_JOIN + dice % 3);
    else if (dice < 60)
        event.kind = CUT_COORDINATOR_EVENT_TIME;
    if (dice % 20 == 0)
        event.snapshot.view--;
    return event;
}

static void enter_event(struct ledger *l,
                        const struct cut_coordinator_event *event)
{
    uint64_t number = event->snapshot.number;

    l->now = event->now;
    if (event->kind == CUT_COORDINATOR_EVENT_REQUEST) {
        l->waiting[event->process]++;
        l->waiting_count++;
    }
    if (event->kind == CUT_COORDINATOR_EVENT_PART && number < l->next &&
        event->snapshot.view == l->view_of[number])
        l->has_part[number][event->process] = true;
}

/* What stands still has a reason. */
static void check_progress(const struct ledger *l,
                           const struct cut_coordinator *c)
{
    CHECK_EQ(cut_coordinator_open_count(c), l->open_count);
    CHECK_EQ(cut_coordinator_waiting_count(c), l->waiting_count);
    CHECK(l->waiting_count <= l->config.queue_max);
    cut_time deadline = cut_coordinator_deadline(c);
    if (l->waiting_count > 0 && l->open_count < l->config.in_progress_max)
        CHECK(deadline <= l->last_start + l->config.pause_min);
    if (l->open_count > 0 && l->config.timeout > 0)
        CHECK(deadline <= l->now + l->config.timeout);
}

static void set_up(struct ledger *l, uint64_t seed)
{
    memset(l, 0, sizeof *l);
    l->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    uint32_t process_count = 1 + (uint32_t)draw(&l->random, seed % 8 ? 5 : 70);
    l->config = (struct cut_coordinator_config){
        .process_count = process_count,
        .member_count = (uint32_t)draw(&l->random, process_count + 1),
        .view = 7,
        .in_progress_max = 1 + (uint32_t)draw(&l->random, 4),
        .queue_max = (uint32_t)draw(&l->random, 6),
        .pause_min = draw(&l->random, 2) * draw(&l->random, 30),
        .timeout = draw(&l->random, 2) * (1 + draw(&l->random, 60)),
    };
    l->view = l->config.view;
    for (uint32_t p = 0; p < l->config.member_count; p++)
        l->is_member[p] = true;
}

/* Return how many snapshots it completed. */
static uint64_t run_random(struct ledger *l, uint64_t seed)
{
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    struct cut_coordinator *c = NULL;
    size_t count = 0;

    set_up(l, seed);
    if (cut_coordinator_create(&l->config, NULL, &c) != CUT_OK)
        abort();
    for (unsigned i = 0; i < 2000 && l->next < NUMBERS_MAX - 1; i++) {
        struct cut_coordinator_event event = draw_event(l);
        cut_time deadline = cut_coordinator_deadline(c);
        if (deadline <= event.now && draw(&l->random, 4) > 0)
            event.kind = CUT_COORDINATOR_EVENT_TIME;
        if (cut_coordinator_step(c, &event, actions, &count) != CUT_OK)
            continue;
        enter_event(l, &event);
        for (size_t a = 0; a < count; a++)
            enter(l, &actions[a]);
        check_progress(l, c);
    }
    uint64_t completed = cut_coordinator_counts(c).completed;
    cut_coordinator_destroy(c);
    return completed;
}

static void test_random_runs_keep_the_promises(void)
{
    uint64_t completed = 0;

    for (uint64_t seed = 0; seed < 1000; seed++) {
        completed += run_random(&the_ledger, seed);
        if (check_state.test_failed) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
    }
    printf("# %" PRIu64 " completed\n", completed);
    CHECK(completed > 1000);
}

int main(void)
{
    RUN(test_random_runs_keep_the_promises);
    return check_end();
}
