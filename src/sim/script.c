/*
 * Running a script.
 */
#include "sim/orders.h"

#include "base/trap.h"
#include "sim/names.h"
#include "sim/system.h"

#include <inttypes.h>

/* The longest delay, and one tick. */
#define TICKS_AFTER 6

void cut_script_destroy(struct cut_script *script)
{
    if (script == NULL)
        return;
    cut_release(script->allocator,
                script->orders,
                script->order_capacity,
                sizeof *script->orders);
    cut_release(script->allocator, script, 1, sizeof *script);
}

size_t cut_script_line_count(const struct cut_script *script)
{
    return script->order_count;
}

uint32_t cut_script_snapshot_count(const struct cut_script *script)
{
    return script->snapshot_count;
}

static enum cut_error execute(const struct cut_order *order,
                              struct cut_sim *sim)
{
    uint64_t number;

    switch ((enum cut_order_kind)order->kind) {
    case CUT_ORDER_SEND:
        return cut_sim_send(sim, order->target, order->amount);
    case CUT_ORDER_SNAPSHOT:
        return cut_sim_snapshot(sim, order->target, &number);
    case CUT_ORDER_TICK:
        return cut_sim_tick(sim, order->amount);
    }
    return CUT_INVALID;
}

/* The time, as a script counts it. */
static uint64_t ticks_of(const struct cut_sim *sim)
{
    return sim->is_ticking ? sim->now : sim->now / CUT_MILLISECOND;
}

/* Say what went wrong at an order: overspending, or the limits of the run. */
static enum cut_error refuse(const struct cut_script *script,
                             const struct cut_order *order,
                             const struct cut_sim *sim,
                             enum cut_error error,
                             struct cut_fault *fault)
{
    char quoted[CUT_QUOTE_SIZE];
    bool is_overspent = error == CUT_STATE && order->kind == CUT_ORDER_SEND;
    struct cut_fault what = {
        .code = is_overspent ? CUT_INVALID : error,
        .path = script->path,
        .line = order->line,
        .column = order->column,
    };

    if (is_overspent) {
        uint32_t source = cut_topology_source(script->topology, order->target);
        snprintf(what.what,
                 sizeof what.what,
                 "%s has too few tokens at time %" PRIu64 " (expected at most "
                 "the %" PRIu64 " that it holds)",
                 cut_topology_quote(script->topology, source, quoted),
                 ticks_of(sim),
                 cut_sim_tokens(sim, source));
    } else if (order->line == 0 && error == CUT_LIMIT) {
        snprintf(what.what,
                 sizeof what.what,
                 "no time is left after the last line for the snapshots to "
                 "complete (expected less than 2^62 ticks in all)");
    } else if (order->kind == CUT_ORDER_TICK && error == CUT_LIMIT) {
        snprintf(what.what,
                 sizeof what.what,
                 "too many ticks (expected at most 2^62 in all)");
    } else {
        snprintf(what.what, sizeof what.what, "%s", cut_error_sentence(error));
    }
    if (fault != NULL)
        *fault = what;
    return what.code;
}

static bool is_any_open(const struct cut_sim *sim)
{
    struct cut_sim_stats stats = cut_sim_stats(sim);

    return stats.snapshots_complete < stats.snapshots_begun;
}

/*
 * After the last line: a tick while a snapshot is open (each completes: that
 * was checked when the script was read), then the final ones.
 */
static enum cut_error tick_on(struct cut_sim *sim,
                              struct cut_script_position *position)
{
    if (is_any_open(sim))
        return cut_sim_tick(sim, 1);
    position->is_at_end = true;
    return cut_sim_tick(sim, TICKS_AFTER);
}

enum cut_error cut_script_run_some(const struct cut_script *script,
                                   struct cut_sim *sim,
                                   struct cut_script_position *position,
                                   uint64_t steps,
                                   struct cut_fault *fault)
{
    static const struct cut_order after = {.kind = CUT_ORDER_TICK};

    CUT_ASSERT(cut_sim_topology(sim) == script->topology);
    for (; steps > 0 && !position->is_at_end; steps--) {
        bool is_line = position->order < script->order_count;
        const struct cut_order *order =
            is_line ? &script->orders[position->order] : &after;
        enum cut_error error =
            is_line ? execute(order, sim) : tick_on(sim, position);
        if (error != CUT_OK)
            return refuse(script, order, sim, error, fault);
        position->order += is_line;
    }
    return CUT_OK;
}

enum cut_error cut_script_run(const struct cut_script *script,
                              struct cut_sim *sim,
                              struct cut_fault *fault)
{
    struct cut_script_position position = {0};

    return cut_script_run_some(script, sim, &position, UINT64_MAX, fault);
}
