/*
 * The detector's step.
 *
 * What is known of the members is the first wave; it is as good as one, since
 * any cut that is complete before the second begins will do. While a wave is
 * under way, whatever is learnt spoils it, and it is waited for all the same:
 * there is never more than one. is_new says that there was anything to learn
 * since the last one was begun; without that a wave would answer as the last
 * one did.
 */
#include "base/trap.h"
#include "proto/quiet_state.h"

/* --- what is refused, before any change --------------------------------- */

static bool is_stray(const struct cut_quiet *quiet,
                     const struct cut_quiet_event *event)
{
    return event->view < quiet->view ||
           !quiet->processes[event->process].is_member;
}

static enum cut_error check_report(const struct cut_quiet *quiet,
                                   const struct cut_quiet_event *event)
{
    const struct cut_quiet_process *known = &quiet->processes[event->process];

    if (event->view > quiet->view || event->wave > quiet->wave)
        return CUT_PROTOCOL;
    if (is_stray(quiet, event))
        return CUT_OK;
    if (event->sent < known->sent || event->delivered < known->delivered)
        return CUT_PROTOCOL;
    if (known->is_idle && event->delivered == known->delivered &&
        (!event->is_idle || event->sent != known->sent))
        return CUT_PROTOCOL;
    return CUT_OK;
}

static enum cut_error check_event(const struct cut_quiet *quiet,
                                  const struct cut_quiet_event *event)
{
    if (event->process >= quiet->process_count)
        return CUT_INVALID;
    bool is_member = quiet->processes[event->process].is_member;
    switch (event->kind) {
    case CUT_QUIET_EVENT_REPORT:
        return check_report(quiet, event);
    case CUT_QUIET_EVENT_JOINED:
    case CUT_QUIET_EVENT_LEFT:
        if (event->view <= quiet->view)
            return CUT_INVALID;
        return is_member == (event->kind == CUT_QUIET_EVENT_LEFT) ? CUT_OK
                                                                  : CUT_STATE;
    }
    return CUT_INVALID;
}

/* --- reports ------------------------------------------------------------ */

static void learn(struct cut_quiet *quiet, const struct cut_quiet_event *event)
{
    struct cut_quiet_process *known = &quiet->processes[event->process];

    if (known->sent == event->sent && known->delivered == event->delivered &&
        known->is_idle == event->is_idle)
        return;
    quiet->sent += event->sent - known->sent;
    quiet->delivered += event->delivered - known->delivered;
    quiet->idle_count += event->is_idle;
    quiet->idle_count -= known->is_idle;
    known->sent = event->sent;
    known->delivered = event->delivered;
    known->is_idle = event->is_idle;
    quiet->is_new = true;
    quiet->changes++;
}

static bool seems_at_rest(const struct cut_quiet *quiet)
{
    return quiet->idle_count == quiet->member_count &&
           quiet->sent == quiet->delivered;
}

static struct cut_quiet_action begin_wave(struct cut_quiet *quiet)
{
    quiet->wave++;
    quiet->missing = quiet->member_count;
    quiet->is_new = false;
    return (struct cut_quiet_action){
        .kind = CUT_QUIET_ACTION_ASK,
        .view = quiet->view,
        .wave = quiet->wave,
    };
}

/* Return whether this was the last answer of a wave. */
static bool take_answer(struct cut_quiet *quiet,
                        const struct cut_quiet_event *event)
{
    if (event->wave < quiet->wave || !cut_quiet_awaits(quiet, event->process))
        return false;
    quiet->processes[event->process].answered = quiet->wave;
    return --quiet->missing == 0;
}

/* Return the number of actions, 0 or 1. */
static size_t take_report(struct cut_quiet *quiet,
                          const struct cut_quiet_event *event,
                          struct cut_quiet_action *action)
{
    if (is_stray(quiet, event)) {
        quiet->ignored++;
        return 0;
    }
    learn(quiet, event);
    bool is_over = take_answer(quiet, event);
    if (quiet->missing > 0)
        return 0;
    if (quiet->is_new) {
        if (!seems_at_rest(quiet))
            return 0;
        *action = begin_wave(quiet);
        return 1;
    }
    if (!is_over)
        return 0;
    *action = (struct cut_quiet_action){
        .kind = CUT_QUIET_ACTION_QUIET,
        .view = quiet->view,
        .wave = quiet->wave,
    };
    return 1;
}

/* --- views -------------------------------------------------------------- */

/* Nothing is known of the new view, and a wave of the old one is void. */
static void begin_view(struct cut_quiet *quiet,
                       const struct cut_quiet_event *event)
{
    bool is_joined = event->kind == CUT_QUIET_EVENT_JOINED;

    quiet->processes[event->process].is_member = is_joined;
    for (uint32_t p = 0; p < quiet->process_count; p++)
        quiet->processes[p] = (struct cut_quiet_process){
            .is_member = quiet->processes[p].is_member,
        };
    if (is_joined)
        quiet->member_count++;
    else
        quiet->member_count--;
    quiet->view = event->view;
    quiet->sent = 0;
    quiet->delivered = 0;
    quiet->idle_count = 0;
    quiet->missing = 0;
    quiet->is_new = false;
}

enum cut_error
cut_quiet_step(struct cut_quiet *quiet,
               const struct cut_quiet_event *event,
               struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX],
               size_t *count)
{
    enum cut_error error = check_event(quiet, event);

    if (error != CUT_OK)
        return error;
    if (event->kind == CUT_QUIET_EVENT_REPORT) {
        *count = take_report(quiet, event, actions);
    } else {
        begin_view(quiet, event);
        *count = 0;
    }
    return CUT_OK;
}
