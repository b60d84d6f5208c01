/*
 * The coordinator's step. It checks all, then changes: `check` refuses what can
 * be refused, and what is done after it cannot fail.
 */
#include "proto/coordinator.h"

#include "base/trap.h"
#include "proto/coordinator_state.h"

#include <string.h>

/* The actions of one step, being written. */
struct action_list {
    struct cut_coordinator_action *actions;
    size_t count;
};

static struct cut_coordinator_action *
append(struct action_list *out, enum cut_coordinator_action_kind kind)
{
    CUT_ASSERT(out->count < CUT_COORDINATOR_ACTIONS_MAX);
    struct cut_coordinator_action *action = &out->actions[out->count++];
    *action = (struct cut_coordinator_action){
        .kind = kind,
        .process = CUT_COORDINATOR_NOBODY,
    };
    return action;
}

/* --- open snapshots ----------------------------------------------------- */

static bool is_same(struct cut_snapshot_id a, struct cut_snapshot_id b)
{
    return a.incarnation == b.incarnation && a.view == b.view &&
           a.number == b.number;
}

struct cut_coordinator_slot *
cut_coordinator_find(struct cut_coordinator_slot *list,
                     struct cut_snapshot_id snapshot)
{
    while (list != NULL && !is_same(list->recording.snapshot, snapshot))
        list = list->next;
    return list;
}

static struct cut_coordinator_slot *take_slot(struct cut_coordinator *c)
{
    struct cut_coordinator_slot *slot = c->free;

    CUT_ASSERT(slot != NULL);
    c->free = slot->next;
    slot->next = NULL;
    *c->open_end = slot;
    c->open_end = &slot->next;
    c->open_count++;
    return slot;
}

static void give_slot(struct cut_coordinator *c,
                      struct cut_coordinator_slot *slot)
{
    slot->next = c->free;
    c->free = slot;
}

static void remove_open(struct cut_coordinator *c,
                        struct cut_coordinator_slot *slot)
{
    struct cut_coordinator_slot **link = &c->open;

    while (*link != slot)
        link = &(*link)->next;
    *link = slot->next;
    if (c->open_end == &slot->next)
        c->open_end = link;
    c->open_count--;
}

/* Give one up: onto the list of this step, oldest first. */
static void abort_slot(struct cut_coordinator *c,
                       struct cut_coordinator_slot *slot)
{
    remove_open(c, slot);
    slot->next = NULL;
    *c->aborted_end = slot;
    c->aborted_end = &slot->next;
    c->counts.aborted++;
}

/* Say what was given up, if anything was. */
static void say_aborted(struct cut_coordinator *c,
                        enum cut_coordinator_reason reason,
                        uint32_t process,
                        struct action_list *out)
{
    if (c->aborted == NULL)
        return;
    for (struct cut_coordinator_slot *s = c->aborted; s != NULL; s = s->next)
        s->recording.next = s->next != NULL ? &s->next->recording : NULL;
    struct cut_coordinator_action *action =
        append(out, CUT_COORDINATOR_ACTION_ABORT);
    action->reason = reason;
    action->process = process;
    action->snapshots = &c->aborted->recording;
}

/* The list of the last step was borrowed until now. */
static void forget_aborted(struct cut_coordinator *c)
{
    while (c->aborted != NULL) {
        struct cut_coordinator_slot *slot = c->aborted;
        c->aborted = slot->next;
        give_slot(c, slot);
    }
    c->aborted_end = &c->aborted;
}

/* --- requests and starts ------------------------------------------------ */

static bool can_start(const struct cut_coordinator *c, cut_time now)
{
    return c->open_count < c->config.in_progress_max && now >= c->start_min;
}

static uint32_t *queue_at(struct cut_coordinator *c, uint32_t index)
{
    return &c->queue[(c->queue_first + index) % c->config.queue_max];
}

static void enqueue(struct cut_coordinator *c, uint32_t process)
{
    CUT_ASSERT(c->queue_count < c->config.queue_max);
    *queue_at(c, c->queue_count++) = process;
}

static uint32_t dequeue(struct cut_coordinator *c)
{
    uint32_t process = *queue_at(c, 0);

    c->queue_first = (c->queue_first + 1) % c->config.queue_max;
    c->queue_count--;
    return process;
}

static void
start(struct cut_coordinator *c, uint32_t process, struct action_list *out)
{
    struct cut_coordinator_slot *slot = take_slot(c);

    CUT_ASSERT(cut_coordinator_has_bit(c->members, process));
    slot->recording.snapshot = (struct cut_snapshot_id){
        .incarnation = c->config.incarnation,
        .view = c->view,
        .number = c->number++,
    };
    slot->started = c->now;
    slot->missing_count = c->member_count;
    memcpy(slot->missing, c->members, c->word_count * sizeof *c->members);
    c->start_min = cut_coordinator_later(c->now, c->config.pause_min);
    c->counts.started++;
    struct cut_coordinator_action *action =
        append(out, CUT_COORDINATOR_ACTION_START);
    action->process = process;
    action->snapshot = slot->recording.snapshot;
}

/* The request that has waited longest, if it may start; one a step. */
static void start_waiting(struct cut_coordinator *c, struct action_list *out)
{
    if (c->queue_count > 0 && c->aborted == NULL && can_start(c, c->now))
        start(c, dequeue(c), out);
}

/* Drop the requests of a process that went; the others keep their order. */
static void drop_waiting(struct cut_coordinator *c,
                         uint32_t process,
                         struct action_list *out)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < c->queue_count; i++) {
        uint32_t other = *queue_at(c, i);
        if (other != process)
            *queue_at(c, kept++) = other;
    }
    uint32_t count = c->queue_count - kept;
    c->queue_count = kept;
    if (count == 0)
        return;
    c->counts.dropped += count;
    struct cut_coordinator_action *action =
        append(out, CUT_COORDINATOR_ACTION_DROP);
    action->process = process;
    action->count = count;
}

/* --- events ------------------------------------------------------------- */

/* Who waits goes first; then this one has the place that became free. */
static void
request(struct cut_coordinator *c, uint32_t process, struct action_list *out)
{
    if (c->queue_count == 0 && can_start(c, c->now)) {
        start(c, process, out);
    } else {
        start_waiting(c, out);
        enqueue(c, process);
    }
}

static void part(struct cut_coordinator *c,
                 const struct cut_coordinator_event *event,
                 struct action_list *out)
{
    struct cut_coordinator_slot *slot =
        cut_coordinator_find(c->open, event->snapshot);

    if (slot == NULL ||
        !cut_coordinator_has_bit(slot->missing, event->process)) {
        c->counts.ignored++;
        return;
    }
    slot->missing[event->process / 64] ^= UINT64_C(1) << (event->process % 64);
    slot->missing_count--;
    if (slot->missing_count > 0)
        return;
    remove_open(c, slot);
    give_slot(c, slot);
    c->counts.completed++;
    append(out, CUT_COORDINATOR_ACTION_COMPLETE)->snapshot = event->snapshot;
}

static void discarded(struct cut_coordinator *c,
                      const struct cut_coordinator_event *event,
                      struct action_list *out)
{
    struct cut_coordinator_slot *slot =
        cut_coordinator_find(c->open, event->snapshot);

    if (slot == NULL || !cut_coordinator_has_bit(c->members, event->process)) {
        c->counts.ignored++;
        return;
    }
    abort_slot(c, slot);
    say_aborted(c, CUT_COORDINATOR_DISCARDED, event->process, out);
}

/* Each open snapshot belongs to the view that ends here. */
static void change_members(struct cut_coordinator *c,
                           uint32_t process,
                           enum cut_coordinator_reason reason,
                           struct action_list *out)
{
    while (c->open != NULL)
        abort_slot(c, c->open);
    say_aborted(c, reason, process, out);
    c->members[process / 64] ^= UINT64_C(1) << (process % 64);
    if (reason == CUT_COORDINATOR_JOINED) {
        c->member_count++;
    } else {
        c->member_count--;
        drop_waiting(c, process, out);
    }
    c->view++;
    struct cut_coordinator_action *action =
        append(out, CUT_COORDINATOR_ACTION_VIEW);
    action->process = process;
    action->snapshot.incarnation = c->config.incarnation;
    action->snapshot.view = c->view;
}

/* All have the same time-out, so those that are overdue are the oldest. */
static void time_passed(struct cut_coordinator *c, struct action_list *out)
{
    cut_time timeout = c->config.timeout;

    if (timeout == 0)
        return;
    while (c->open != NULL &&
           c->now >= cut_coordinator_later(c->open->started, timeout))
        abort_slot(c, c->open);
    say_aborted(c, CUT_COORDINATOR_TIMED_OUT, CUT_COORDINATOR_NOBODY, out);
}

static void change(struct cut_coordinator *c,
                   const struct cut_coordinator_event *event,
                   struct action_list *out)
{
    switch (event->kind) {
    case CUT_COORDINATOR_EVENT_REQUEST:
        request(c, event->process, out);
        return;
    case CUT_COORDINATOR_EVENT_PART:
        part(c, event, out);
        break;
    case CUT_COORDINATOR_EVENT_DISCARDED:
        discarded(c, event, out);
        break;
    case CUT_COORDINATOR_EVENT_JOIN:
        change_members(c, event->process, CUT_COORDINATOR_JOINED, out);
        break;
    case CUT_COORDINATOR_EVENT_LEAVE:
        change_members(c, event->process, CUT_COORDINATOR_LEFT, out);
        break;
    case CUT_COORDINATOR_EVENT_LOST:
        change_members(c, event->process, CUT_COORDINATOR_LOST, out);
        break;
    case CUT_COORDINATOR_EVENT_TIME:
        time_passed(c, out);
        break;
    }
    start_waiting(c, out);
}

/* --- the step ----------------------------------------------------------- */

/* Each of those that wait has one of the numbers that are left. */
static enum cut_error check_request(const struct cut_coordinator *c,
                                    const struct cut_coordinator_event *event)
{
    bool has_room = c->queue_count < c->config.queue_max;

    if (!cut_coordinator_has_bit(c->members, event->process))
        return CUT_STATE;
    if (UINT64_MAX - c->number <= c->queue_count)
        return CUT_LIMIT;
    return has_room || can_start(c, event->now) ? CUT_OK : CUT_LIMIT;
}

static enum cut_error check_change(const struct cut_coordinator *c,
                                   const struct cut_coordinator_event *event)
{
    bool joins = event->kind == CUT_COORDINATOR_EVENT_JOIN;

    if (cut_coordinator_has_bit(c->members, event->process) == joins)
        return CUT_STATE;
    return c->view < UINT32_MAX ? CUT_OK : CUT_LIMIT;
}

static enum cut_error check(const struct cut_coordinator *c,
                            const struct cut_coordinator_event *event)
{
    bool is_known = event->process < c->config.process_count;

    if (event->now < c->now)
        return CUT_INVALID;
    switch (event->kind) {
    case CUT_COORDINATOR_EVENT_REQUEST:
        return is_known ? check_request(c, event) : CUT_INVALID;
    case CUT_COORDINATOR_EVENT_PART:
    case CUT_COORDINATOR_EVENT_DISCARDED:
        return is_known ? CUT_OK : CUT_INVALID;
    case CUT_COORDINATOR_EVENT_JOIN:
    case CUT_COORDINATOR_EVENT_LEAVE:
    case CUT_COORDINATOR_EVENT_LOST:
        return is_known ? check_change(c, event) : CUT_INVALID;
    case CUT_COORDINATOR_EVENT_TIME:
        return CUT_OK;
    }
    return CUT_INVALID;
}

enum cut_error cut_coordinator_step(
    struct cut_coordinator *c,
    const struct cut_coordinator_event *event,
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX],
    size_t *count)
{
    struct action_list out = {.actions = actions};
    enum cut_error error = check(c, event);

    if (error != CUT_OK) {
        if (error == CUT_LIMIT && event->kind == CUT_COORDINATOR_EVENT_REQUEST)
            c->counts.refused++;
        return error;
    }
    c->now = event->now;
    forget_aborted(c);
    change(c, event, &out);
    *count = out.count;
    return CUT_OK;
}
