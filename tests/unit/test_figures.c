/*
 * Figures of snapshots: what is kept, what is summarized, and which durations
 * are made of which times.
 */
#include "check.h"
#include "net/figures.h"

#include <stdlib.h>

#define PROCESSES 2

static struct cut_supervisor supervisor = {.process_count = PROCESSES};

/* A take, of which all parts have come: the first process captures 10 after
 * its start, the second 30 after. */
static struct cut_take *make_take(uint64_t id)
{
    struct cut_take *take =
        calloc(1, sizeof *take + PROCESSES * sizeof take->parts[0]);

    take->supervisor = &supervisor;
    take->id = id;
    take->snapshot.number = id + 1000;
    take->initiator = 1;
    take->part_count = PROCESSES;
    take->begun = 500;
    take->state_bytes = 300;
    take->message_count = 3;
    take->message_bytes = 70;
    take->pause_ns_max = 8;
    for (unsigned p = 0; p < PROCESSES; p++)
        take->parts[p] = (struct cut_take_part){
            .is_wanted = true,
            .is_whole = true,
            .arrived = 600 + p,
            .message_bytes = 30 + 10 * p,
            .view =
                {
                    .captured = 510 + 20 * p,
                    .completed = 550,
                    .pause_ns = 7 + p,
                    .cpu_ns = 100 + p,
                    .state.size = 100 + 100 * p,
                    .message_count = 1 + p,
                },
        };
    return take;
}

static void add(struct cut_figures *figures,
                uint64_t id,
                const struct cut_supervisor_snapshot *how)
{
    struct cut_take *take = make_take(id);

    if (!how->is_complete) {
        take->parts[1].is_whole = false;
        take->missing = 1;
    }
    cut_figures_add(figures, take, how);
    free(take);
}

static struct cut_figures *make_figures(void)
{
    struct cut_figures *figures = NULL;

    CHECK_EQ(cut_figures_create(PROCESSES, &figures), CUT_OK);
    return figures;
}

static const struct cut_supervisor_snapshot complete = {
    .is_complete = true,
    .begun = 500,
    .ended = 601,
    .durable = 900,
};

static void test_nothing(void)
{
    struct cut_figures *figures = make_figures();

    CHECK_EQ(cut_figures_count(figures), 0);
    CHECK(cut_figures_find(figures, 0) == NULL);
    for (int i = 0; i < CUT_FIGURES_SUMMARY_COUNT; i++)
        CHECK_EQ(
            cut_figures_summary(figures, (enum cut_figures_summary)i)->count,
            0);
    cut_figures_destroy(figures);
    cut_figures_destroy(NULL);
}

static void test_complete(void)
{
    struct cut_figures *figures = make_figures();
    const struct cut_figures_snapshot *kept;

    add(figures, 7, &complete);
    kept = cut_figures_find(figures, 7);
    if (!CHECK(kept != NULL))
        return;
    CHECK_EQ(kept->status, CUT_FIGURES_COMPLETE);
    CHECK_EQ(kept->number, 1007);
    CHECK_EQ(kept->initiator, 1);
    CHECK_EQ(kept->wanted_count, 2);
    CHECK_EQ(kept->part_count, 2);
    CHECK_EQ(kept->begun, 500);
    CHECK_EQ(kept->arrived, 601);
    CHECK_EQ(kept->durable, 900);
    CHECK_EQ(kept->ended, 900);
    CHECK_EQ(kept->message_bytes, 70);
    CHECK_STR(kept->reason, "");
    CHECK_EQ(kept->parts[0].delay_ns, 10);
    CHECK_EQ(kept->parts[1].delay_ns, 30);
    CHECK_EQ(kept->parts[0].saving_ns, 90);
    CHECK_EQ(kept->parts[1].saving_ns, 71);
    CHECK_EQ(kept->parts[0].recording_ns, 40);
    CHECK_EQ(kept->parts[1].recording_ns, 20);
    CHECK_EQ(kept->parts[1].pause_ns, 8);
    CHECK_EQ(kept->parts[1].cpu_ns, 101);
    CHECK_EQ(kept->parts[1].state_bytes, 200);
    CHECK_EQ(kept->parts[1].message_count, 2);
    CHECK_EQ(kept->parts[1].message_bytes, 40);
    cut_figures_destroy(figures);
}

static void test_summaries(void)
{
    static const struct {
        enum cut_figures_summary summary;
        uint64_t count;
        uint64_t sum;
    } wanted[] = {
        {CUT_FIGURES_duration, 1, 400},
        {CUT_FIGURES_state_bytes, 1, 300},
        {CUT_FIGURES_messages, 1, 3},
        {CUT_FIGURES_bytes, 1, 70},
        {CUT_FIGURES_pause, 2, 7 + 8},
        {CUT_FIGURES_saving, 2, 90 + 71},
        {CUT_FIGURES_recording, 2, 40 + 20},
        {CUT_FIGURES_delay, 2, 10 + 30},
        {CUT_FIGURES_cpu, 2, 100 + 101},
    };
    struct cut_figures *figures = make_figures();

    add(figures, 1, &complete);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct cut_histogram *summary =
            cut_figures_summary(figures, wanted[i].summary);
        CHECK_EQ(summary->count, wanted[i].count);
        CHECK_EQ(summary->sum.low, wanted[i].sum);
    }
    CHECK_EQ(sizeof wanted / sizeof wanted[0], CUT_FIGURES_SUMMARY_COUNT);
    CHECK_STR(cut_figures_summary_name(CUT_FIGURES_recording), "recording");
    cut_figures_destroy(figures);
}

/* Where nothing is kept, a snapshot ends with its last part. */
static void test_not_kept(void)
{
    struct cut_supervisor_snapshot how = complete;
    struct cut_figures *figures = make_figures();

    how.durable = 0;
    add(figures, 1, &how);
    CHECK_EQ(cut_figures_at(figures, 0)->ended, 601);
    CHECK_EQ(cut_figures_at(figures, 0)->durable, 0);
    CHECK_EQ(cut_figures_summary(figures, CUT_FIGURES_duration)->sum.low, 101);
    cut_figures_destroy(figures);
}

static void test_failed(void)
{
    char reason[2 * CUT_FIGURES_REASON_SIZE];
    struct cut_supervisor_snapshot how = {.reason = reason, .ended = 700};
    struct cut_figures *figures = make_figures();
    const struct cut_figures_snapshot *kept;

    memset(reason, 'x', sizeof reason);
    reason[sizeof reason - 1] = '\0';
    add(figures, 1, &how);
    kept = cut_figures_at(figures, 0);
    CHECK_EQ(kept->status, CUT_FIGURES_FAILED);
    CHECK_EQ(kept->part_count, 1);
    CHECK_EQ(kept->arrived, 600);
    CHECK_EQ(kept->ended, 700);
    CHECK_EQ(strlen(kept->reason), CUT_FIGURES_REASON_SIZE - 1);
    CHECK(kept->parts[0].is_whole);
    CHECK(!kept->parts[1].is_whole);
    CHECK_EQ(kept->parts[1].cpu_ns, 0);
    CHECK_EQ(cut_figures_summary(figures, CUT_FIGURES_duration)->count, 0);
    CHECK_EQ(cut_figures_summary(figures, CUT_FIGURES_pause)->count, 0);
    cut_figures_destroy(figures);
}

/* What was in the place of the hundredth but one leaves nothing behind. */
static void test_ring(void)
{
    struct cut_supervisor_snapshot failed = {.reason = "it was", .ended = 700};
    struct cut_figures *figures = make_figures();

    add(figures, 0, &failed);
    for (uint64_t id = 1; id <= CUT_FIGURES_KEPT; id++)
        add(figures, id, &complete);
    CHECK_EQ(cut_figures_count(figures), CUT_FIGURES_KEPT);
    CHECK(cut_figures_find(figures, 0) == NULL);
    for (size_t i = 0; i < CUT_FIGURES_KEPT; i++)
        CHECK_EQ(cut_figures_at(figures, i)->id, i + 1);
    CHECK_STR(cut_figures_find(figures, CUT_FIGURES_KEPT)->reason, "");
    CHECK(cut_figures_find(figures, CUT_FIGURES_KEPT)->parts[1].is_whole);
    CHECK_EQ(cut_figures_find(figures, 3)->parts[1].cpu_ns, 101);
    CHECK_EQ(cut_figures_summary(figures, CUT_FIGURES_duration)->count,
             CUT_FIGURES_KEPT);
    cut_figures_destroy(figures);
}

/* Clocks of two hosts: a capture before its snapshot began, and after its part
 * arrived. */
static void test_clocks(void)
{
    struct cut_take *take = make_take(1);
    struct cut_figures_part parts[PROCESSES];

    take->parts[0].view.captured = 400;
    take->parts[1].view.captured = 5000;
    take->missing = 0;
    struct cut_figures_snapshot snapshot = cut_figures_of_take(take, parts);
    CHECK_EQ(snapshot.status, CUT_FIGURES_OPEN);
    CHECK_EQ(snapshot.ended, 0);
    CHECK_EQ(parts[0].delay_ns, 0);
    CHECK_EQ(parts[1].saving_ns, 0);
    CHECK_EQ(parts[1].recording_ns, 0);
    CHECK_EQ(parts[1].delay_ns, 4500);
    CHECK_EQ(cut_figures_of_take(take, NULL).part_count, 2);
    free(take);
}

/* Of a process that has left, nothing is wanted, and nothing summarized. */
static void test_left(void)
{
    struct cut_take *take = make_take(1);
    struct cut_figures *figures = make_figures();

    take->part_count = 1;
    take->parts[1].is_wanted = false;
    take->parts[1].is_whole = false;
    cut_figures_add(figures, take, &complete);
    CHECK_EQ(cut_figures_at(figures, 0)->wanted_count, 1);
    CHECK_EQ(cut_figures_at(figures, 0)->part_count, 1);
    CHECK(!cut_figures_at(figures, 0)->parts[1].is_wanted);
    CHECK_EQ(cut_figures_summary(figures, CUT_FIGURES_pause)->count, 1);
    cut_figures_destroy(figures);
    free(take);
}

static void test_counters(void)
{
    struct cut_supervisor run = {
        .process_count = PROCESSES,
        .takes_complete = 5,
        .takes_aborted = 2,
    };
    struct cut_take *open = make_take(1);
    struct cut_take *given_up = make_take(2);
    struct cut_queued_request request = {.process = 0};

    given_up->is_given_up = true;
    open->next = given_up;
    run.takes = open;
    run.requests = &request;
    struct cut_figures_counters counters = cut_figures_counters(&run);
    CHECK_EQ(counters.in_progress, 1);
    CHECK_EQ(counters.completed, 5);
    CHECK_EQ(counters.failed, 2);
    CHECK_EQ(counters.triggered, 8);
    CHECK_EQ(counters.restored, 0);
    CHECK_EQ(counters.waiting, 1);
    free(open);
    free(given_up);
}

int main(void)
{
    RUN(test_nothing);
    RUN(test_complete);
    RUN(test_summaries);
    RUN(test_not_kept);
    RUN(test_failed);
    RUN(test_ring);
    RUN(test_clocks);
    RUN(test_left);
    RUN(test_counters);
    return check_end();
}
