#include "net/figures.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct cut_figures {
    uint32_t process_count;
    uint64_t added; /* ever; those kept stand in a ring */
    struct cut_figures_snapshot kept[CUT_FIGURES_KEPT];
    struct cut_figures_part *parts; /* of all that are kept */
    struct cut_histogram summaries[CUT_FIGURES_SUMMARY_COUNT];
};

enum cut_error cut_figures_create(uint32_t process_count,
                                  struct cut_figures **out)
{
    const struct cut_allocator *memory = cut_allocator_standard();
    struct cut_figures *figures = cut_allocate(memory, 1, sizeof *figures);
    size_t count = (size_t)process_count * CUT_FIGURES_KEPT;

    if (figures == NULL)
        return CUT_NOMEM;
    figures->process_count = process_count;
    figures->added = 0;
    /* Not by the allocator, which would touch it: pages that no snapshot has
     * needed yet cost nothing. */
    figures->parts = calloc(count, sizeof *figures->parts);
    if (figures->parts == NULL) {
        cut_release(memory, figures, 1, sizeof *figures);
        return CUT_NOMEM;
    }
    for (size_t i = 0; i < CUT_FIGURES_KEPT; i++)
        figures->kept[i] = (struct cut_figures_snapshot){
            .parts = figures->parts + i * process_count,
        };
    for (size_t i = 0; i < CUT_FIGURES_SUMMARY_COUNT; i++)
        cut_histogram_init(&figures->summaries[i]);
    *out = figures;
    return CUT_OK;
}

void cut_figures_destroy(struct cut_figures *figures)
{
    if (figures == NULL)
        return;
    free(figures->parts);
    cut_release(cut_allocator_standard(), figures, 1, sizeof *figures);
}

/* --- reading off --------------------------------------------------------- */

/* Clocks of several hosts do not agree: nothing is shorter than nothing. */
static uint64_t between(cut_time from, cut_time to)
{
    return to > from ? to - from : 0;
}

static struct cut_figures_part part_of(const struct cut_take *take,
                                       uint32_t process)
{
    const struct cut_take_part *part = &take->parts[process];
    const struct cut_part_view *view = &part->view;

    if (!part->is_whole)
        return (struct cut_figures_part){.is_wanted = part->is_wanted};
    return (struct cut_figures_part){
        .is_wanted = true,
        .is_whole = true,
        .arrived = part->arrived,
        .pause_ns = view->pause_ns,
        .saving_ns = between(view->captured, part->arrived),
        .recording_ns = between(view->captured, view->completed),
        .delay_ns = between(take->begun, view->captured),
        .cpu_ns = view->cpu_ns,
        .state_bytes = view->state.size,
        .message_count = view->message_count,
        .message_bytes = part->message_bytes,
    };
}

struct cut_figures_snapshot cut_figures_of_take(const struct cut_take *take,
                                                struct cut_figures_part *parts)
{
    uint32_t count = take->supervisor->process_count;
    struct cut_figures_snapshot snapshot = {
        .status = CUT_FIGURES_OPEN,
        .id = take->id,
        .number = take->snapshot.number,
        .view = take->snapshot.view,
        .initiator = take->initiator,
        .wanted_count = take->part_count,
        .part_count = take->part_count - take->missing,
        .begun = take->begun,
        .state_bytes = take->state_bytes,
        .message_count = take->message_count,
        .message_bytes = take->message_bytes,
        .pause_ns_max = take->pause_ns_max,
        .parts = parts,
    };

    for (uint32_t p = 0; p < count; p++) {
        if (take->parts[p].is_whole &&
            take->parts[p].arrived > snapshot.arrived)
            snapshot.arrived = take->parts[p].arrived;
        if (parts != NULL)
            parts[p] = part_of(take, p);
    }
    return snapshot;
}

/* --- keeping ------------------------------------------------------------- */

static void add(struct cut_figures *figures,
                enum cut_figures_summary summary,
                uint64_t value)
{
    cut_histogram_add(&figures->summaries[summary], value);
}

/* One that failed has no duration that means anything, nor all its parts. */
static void summarize(struct cut_figures *figures,
                      const struct cut_figures_snapshot *snapshot)
{
    add(figures,
        CUT_FIGURES_duration,
        between(snapshot->begun, snapshot->ended));
    add(figures, CUT_FIGURES_state_bytes, snapshot->state_bytes);
    add(figures, CUT_FIGURES_messages, snapshot->message_count);
    add(figures, CUT_FIGURES_bytes, snapshot->message_bytes);
    for (uint32_t p = 0; p < figures->process_count; p++) {
        const struct cut_figures_part *part = &snapshot->parts[p];
        if (!part->is_whole)
            continue;
        add(figures, CUT_FIGURES_pause, part->pause_ns);
        add(figures, CUT_FIGURES_saving, part->saving_ns);
        add(figures, CUT_FIGURES_recording, part->recording_ns);
        add(figures, CUT_FIGURES_delay, part->delay_ns);
        add(figures, CUT_FIGURES_cpu, part->cpu_ns);
    }
}

void cut_figures_add(struct cut_figures *figures,
                     const struct cut_take *take,
                     const struct cut_supervisor_snapshot *snapshot)
{
    struct cut_figures_snapshot *kept =
        &figures->kept[figures->added++ % CUT_FIGURES_KEPT];

    *kept = cut_figures_of_take(take, kept->parts);
    kept->durable = snapshot->durable;
    kept->ended = snapshot->durable > 0 ? snapshot->durable : snapshot->ended;
    if (snapshot->is_complete) {
        kept->status = CUT_FIGURES_COMPLETE;
        summarize(figures, kept);
    } else {
        kept->status = CUT_FIGURES_FAILED;
        snprintf(kept->reason, sizeof kept->reason, "%s", snapshot->reason);
    }
}

/* --- looking ------------------------------------------------------------- */

size_t cut_figures_count(const struct cut_figures *figures)
{
    return figures->added < CUT_FIGURES_KEPT ? (size_t)figures->added
                                             : CUT_FIGURES_KEPT;
}

const struct cut_figures_snapshot *
cut_figures_at(const struct cut_figures *figures, size_t index)
{
    uint64_t first = figures->added - cut_figures_count(figures);

    return &figures->kept[(first + index) % CUT_FIGURES_KEPT];
}

const struct cut_figures_snapshot *
cut_figures_find(const struct cut_figures *figures, uint64_t id)
{
    for (size_t i = cut_figures_count(figures); i-- > 0;)
        if (cut_figures_at(figures, i)->id == id)
            return cut_figures_at(figures, i);
    return NULL;
}

const struct cut_histogram *
cut_figures_summary(const struct cut_figures *figures,
                    enum cut_figures_summary summary)
{
    return &figures->summaries[summary];
}

const char *cut_figures_summary_name(enum cut_figures_summary summary)
{
    static const char *const names[] = {
#define CUT_FIGURES_NAME(name) #name,
        CUT_FIGURES_SUMMARIES(CUT_FIGURES_NAME)
#undef CUT_FIGURES_NAME
    };

    return names[summary];
}

struct cut_figures_counters
cut_figures_counters(const struct cut_supervisor *supervisor)
{
    struct cut_figures_counters counters = {
        .completed = supervisor->takes_complete,
        .failed = supervisor->takes_aborted,
        .restored = 0, /* no run is begun from a snapshot yet */
    };

    for (const struct cut_take *take = supervisor->takes; take != NULL;
         take = take->next)
        counters.in_progress += !take->is_given_up;
    for (const struct cut_queued_request *request = supervisor->requests;
         request != NULL;
         request = request->next)
        counters.waiting++;
    counters.triggered =
        counters.in_progress + counters.completed + counters.failed;
    return counters;
}
