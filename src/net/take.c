/*
 * Takes: which there are, and what is told of one that is over.
 */
#include "base/memory.h"
#include "net/figures.h"
#include "net/gather.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(struct cut_snapshot_id a, struct cut_snapshot_id b)
{
    return a.number == b.number && a.view == b.view &&
           a.incarnation == b.incarnation;
}

struct cut_take *cut_take_find(const struct cut_supervisor *supervisor,
                               struct cut_snapshot_id snapshot)
{
    struct cut_take *take = supervisor->takes;

    while (take != NULL && !is_same(take->snapshot, snapshot))
        take = take->next;
    return take;
}

size_t cut_take_size(const struct cut_supervisor *supervisor)
{
    return sizeof(struct cut_take) +
           supervisor->process_count * sizeof(struct cut_take_part);
}

void cut_take_forget(struct cut_take *take)
{
    struct cut_supervisor *supervisor = take->supervisor;
    struct cut_take **link = &supervisor->takes;

    while (*link != take)
        link = &(*link)->next;
    *link = take->next;
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        cut_release(cut_allocator_standard(),
                    take->parts[p].data,
                    take->parts[p].capacity,
                    1);
    free(take->text);
    free(take->path);
    free(take->part_path);
    cut_release(cut_allocator_standard(), take, 1, cut_take_size(supervisor));
    cut_supervisor_check_quiet(supervisor);
}

/* --- telling ------------------------------------------------------------- */

/* Add up what one process has of each quantity. */
static void split_process(const struct cut_take *take,
                          uint32_t process,
                          int64_t *by_process)
{
    const struct cut_take_part *part = &take->parts[process];
    uint32_t count = take->supervisor->process_count;
    struct cut_facts *facts = take->supervisor->facts;

    cut_facts_clear(facts);
    if (!part->is_whole ||
        cut_facts_decode(facts, part->view.facts.data, part->view.facts.size) !=
            CUT_OK)
        return;
    for (size_t i = 0; i < cut_facts_count(facts); i++) {
        struct cut_fact fact = cut_facts_at(facts, i);
        for (size_t t = 0; t < take->totals.count; t++)
            if (fact.kind == CUT_FACT_QUANTITY &&
                strcmp(fact.name, take->totals.all[t].name) == 0)
                by_process[t * count + process] += fact.count;
    }
}

/* Return how much each process has of each quantity, a row of processes for a
 * quantity; to be released with free. NULL: there is no memory. */
static int64_t *split_totals(const struct cut_take *take)
{
    uint32_t count = take->supervisor->process_count;
    int64_t *by_process =
        calloc(take->totals.count * count + 1, sizeof(int64_t));

    for (uint32_t p = 0; p < count && by_process != NULL; p++)
        split_process(take, p, by_process);
    return by_process;
}

/* Return totals as they are told; all has at least CUT_TOTALS_MAX. */
static size_t list_totals(const struct cut_take *take,
                          const int64_t *by_process,
                          struct cut_supervisor_total *all)
{
    uint32_t count = take->supervisor->process_count;

    if (by_process == NULL)
        return 0;
    for (size_t i = 0; i < take->totals.count; i++) {
        const struct cut_total *total = &take->totals.all[i];
        all[i] = (struct cut_supervisor_total){
            .name = total->name,
            .at_start = total->start,
            .in_processes = total->in_processes,
            .in_channels = total->in_channels,
            .by_process = by_process + i * count,
        };
    }
    return take->totals.count;
}

static void answer_waiters(struct cut_take *take,
                           const struct cut_supervisor_snapshot *snapshot)
{
    struct cut_gather_result result = {.snapshot = snapshot};

    while (take->waiters != NULL) {
        struct cut_waiter *waiter = take->waiters;
        take->waiters = waiter->next;
        waiter->done(waiter, &result);
    }
}

/* It is over: say so, and to those who waited. */
void cut_take_conclude(struct cut_take *take, const char *reason)
{
    struct cut_supervisor *supervisor = take->supervisor;
    struct cut_supervisor_total totals[CUT_TOTALS_MAX];
    bool is_kept = reason == NULL && take->path != NULL;
    struct cut_supervisor_snapshot snapshot = {
        .id = take->id,
        .number = take->snapshot.number,
        .view = take->snapshot.view,
        .initiator = take->initiator,
        .is_complete = reason == NULL,
        .reason = reason,
        .path = is_kept ? take->path : NULL,
        .begun = take->begun,
        .ended = take->ended > 0 ? take->ended : cut_supervisor_now(supervisor),
        .durable = is_kept ? cut_supervisor_now(supervisor) : 0,
        .process_count = take->part_count,
        .part_count = take->part_count - take->missing,
        .state_bytes = take->state_bytes,
        .message_count = take->message_count,
        .message_bytes = take->message_bytes,
        .pause_ns_max = take->pause_ns_max,
        .totals = totals,
    };

    int64_t *by_process = split_totals(take);
    snapshot.total_count = list_totals(take, by_process, totals);
    cut_figures_add(supervisor->snapshot_figures, take, &snapshot);
    if (reason == NULL) {
        supervisor->takes_complete++;
        supervisor->pause_ns_last = take->pause_ns_max;
    } else {
        supervisor->takes_aborted++;
    }
    cut_supervisor_tell(supervisor,
                        (struct cut_supervisor_event){
                            .kind = CUT_SUPERVISOR_SNAPSHOT,
                            .snapshot = &snapshot,
                        });
    answer_waiters(take, &snapshot);
    free(by_process);
}
