/*
 * Snapshots of a run, from the request to the commit: what the coordinator
 * decides, which is which one is begun, complete, and given up.
 */
#include "net/gather.h"
#include "base/fault.h"
#include "base/memory.h"
#include "net/figures.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Requests that may wait. */
#define QUEUE_MAX 1024

/* Workers say how it goes twice a second: one that has not for so long is
 * stopped, or busy. */
#define SILENT_NS (UINT64_C(1500) * 1000 * 1000)

/* --- the coordinator's actions ------------------------------------------- */

static void order_id(struct cut_member *member,
                     uint8_t kind,
                     struct cut_snapshot_id snapshot)
{
    uint8_t id[CUT_MARKER_SIZE];

    cut_marker_encode(snapshot, id);
    cut_member_order(member, kind, id, sizeof id);
}

static void order_request(const struct cut_take *take)
{
    order_id(&take->supervisor->members[take->initiator],
             CUT_TALK_REQUEST,
             take->snapshot);
}

/*
 * Whether a snapshot may begin while another is still open somewhere. Where it
 * may not, one that follows one that was given up waits until all have answered
 * the order: a marker, or a message with its epoch, would otherwise come to a
 * neighbour before the supervisor's word does.
 */
static bool is_concurrent(const struct cut_supervisor *supervisor)
{
    return cut_algorithm_traits(supervisor->config.algorithm)->is_concurrent;
}

/* The parts of those who are members now. */
static void want_parts(struct cut_take *take)
{
    const struct cut_coordinator *coordinator = take->supervisor->coordinator;

    for (uint32_t p = 0; p < take->supervisor->process_count; p++) {
        take->parts[p].is_wanted = cut_coordinator_is_member(coordinator, p);
        take->part_count += take->parts[p].is_wanted;
    }
    take->missing = take->part_count;
}

/* No process is to meet a snapshot before it has heard of its view. */
static bool is_view_entered(const struct cut_supervisor *supervisor)
{
    uint32_t view = cut_coordinator_view(supervisor->coordinator);

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (!supervisor->members[p].has_left &&
            supervisor->members[p].view != view)
            return false;
    return true;
}

/* Where snapshots are taken one at a time, all have to have given up the one
 * before it, too. */
static bool may_begin(const struct cut_supervisor *supervisor)
{
    return (supervisor->aborts_due == 0 || is_concurrent(supervisor)) &&
           is_view_entered(supervisor);
}

static void start(struct cut_supervisor *supervisor,
                  const struct cut_coordinator_action *action)
{
    struct cut_take *take;

    if (supervisor->is_ending)
        return;
    take = cut_allocate_zeroed(
        cut_allocator_standard(), 1, cut_take_size(supervisor));
    if (take == NULL) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    take->supervisor = supervisor;
    take->snapshot = action->snapshot;
    take->id = supervisor->config.out != NULL ? supervisor->next_id++
                                              : action->snapshot.number;
    take->initiator = action->process;
    want_parts(take);
    take->begun = cut_supervisor_now(supervisor);
    take->totals = supervisor->start;
    take->waiters = cut_requests_take(supervisor, action->process);
    take->next = supervisor->takes;
    supervisor->takes = take;
    take->is_held = !may_begin(supervisor);
    if (!take->is_held)
        order_request(take);
}

/* What waited may begin, perhaps. */
static void release_held(struct cut_supervisor *supervisor)
{
    for (struct cut_take *take = supervisor->takes;
         take != NULL && may_begin(supervisor);
         take = take->next) {
        if (!take->is_held || take->is_given_up)
            continue;
        take->is_held = false;
        order_request(take);
    }
}

static void order_abort(struct cut_supervisor *supervisor,
                        struct cut_snapshot_id snapshot)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->conn == NULL)
            continue;
        member->aborts_due++;
        supervisor->aborts_due++;
        order_id(member, CUT_TALK_ABORT, snapshot);
    }
}

void cut_gather_aborted(struct cut_member *member)
{
    struct cut_supervisor *supervisor = member->supervisor;

    if (member->aborts_due == 0)
        return;
    member->aborts_due--;
    supervisor->aborts_due--;
    release_held(supervisor);
}

void cut_gather_gone(struct cut_member *member)
{
    struct cut_supervisor *supervisor = member->supervisor;

    supervisor->aborts_due -= member->aborts_due;
    member->aborts_due = 0;
    release_held(supervisor);
}

/* Whether nothing comes from a process whose part has not come. */
static bool is_silent(const struct cut_take *take, uint32_t process)
{
    uint64_t heard_ns = take->supervisor->members[process].heard_ns;

    return !take->parts[process].is_whole &&
           cut_supervisor_clock() > heard_ns + SILENT_NS;
}

/* Name those whose part has not come; of these, if some are silent, those: the
 * others may do no more than wait for them. */
static void name_missing(const struct cut_take *take, char *out, size_t size)
{
    const struct cut_supervisor *supervisor = take->supervisor;
    bool some_are_silent = false;
    size_t length = 0;
    unsigned named = 0;

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        some_are_silent |= is_silent(take, p);
    out[0] = '\0';
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        if (take->parts[p].is_whole || !take->parts[p].is_wanted ||
            (some_are_silent && !is_silent(take, p)))
            continue;
        if (named++ == 8) {
            snprintf(out + length, size - length, ", ...");
            return;
        }
        int more = snprintf(out + length,
                            size - length,
                            "%s%s",
                            named > 1 ? ", " : "",
                            cut_supervisor_process_name(supervisor, p));
        if (more < 0 || (size_t)more >= size - length)
            return;
        length += (size_t)more;
    }
}

static void give_reason(const struct cut_take *take,
                        const struct cut_coordinator_action *action,
                        char *out,
                        size_t size)
{
    const struct cut_supervisor *supervisor = take->supervisor;
    char missing[400];

    if (take->failure != 0) {
        snprintf(out,
                 size,
                 "cannot write %s: %s",
                 take->failed_at,
                 strerror(take->failure));
        return;
    }
    const char *name =
        action->process != CUT_COORDINATOR_NOBODY
            ? cut_supervisor_process_name(supervisor, action->process)
            : "";

    switch (action->reason) {
    case CUT_COORDINATOR_JOINED:
        snprintf(out, size, "%s joined", name);
        break;
    case CUT_COORDINATOR_LEFT:
        snprintf(out, size, "%s left", name);
        break;
    case CUT_COORDINATOR_LOST:
        snprintf(out, size, "%s was lost", name);
        break;
    case CUT_COORDINATOR_DISCARDED:
        snprintf(out, size, "%s could not take part in time", name);
        break;
    case CUT_COORDINATOR_TIMED_OUT:
        name_missing(take, missing, sizeof missing);
        snprintf(out,
                 size,
                 "it took longer than --timeout; late: %s",
                 missing[0] != '\0' ? missing : "the disk");
        break;
    }
}

/* It is given up; what is being written is removed when it is. */
static void give_up(struct cut_take *take, const char *reason)
{
    take->is_given_up = true;
    order_abort(take->supervisor, take->snapshot);
    cut_take_conclude(take, reason);
    if (!take->is_in_thread) {
        if (take->part_path != NULL)
            remove(take->part_path);
        cut_take_forget(take);
    }
}

static void abort_all(struct cut_supervisor *supervisor,
                      const struct cut_coordinator_action *action)
{
    char reason[600];

    for (const struct cut_recording *at = action->snapshots; at != NULL;
         at = at->next) {
        struct cut_take *take = cut_take_find(supervisor, at->snapshot);
        if (take == NULL)
            continue;
        give_reason(take, action, reason, sizeof reason);
        give_up(take, reason);
    }
}

static void begin_view(struct cut_supervisor *supervisor,
                       const struct cut_coordinator_action *action)
{
    uint8_t body[8];

    for (unsigned i = 0; i < 4; i++) {
        body[i] = (uint8_t)(action->process >> (8 * i));
        body[4 + i] = (uint8_t)(action->snapshot.view >> (8 * i));
    }
    cut_member_order_all(supervisor, CUT_TALK_LEFT, body, sizeof body);
}

void cut_gather_perform(struct cut_supervisor *supervisor,
                        const struct cut_coordinator_action *action)
{
    struct cut_take *take;

    switch (action->kind) {
    case CUT_COORDINATOR_ACTION_START:
        start(supervisor, action);
        break;
    case CUT_COORDINATOR_ACTION_COMPLETE:
        take = cut_take_find(supervisor, action->snapshot);
        if (take != NULL)
            cut_take_keep(take);
        break;
    case CUT_COORDINATOR_ACTION_ABORT:
        abort_all(supervisor, action);
        break;
    case CUT_COORDINATOR_ACTION_DROP:
        cut_requests_drop(supervisor, action->process);
        break;
    case CUT_COORDINATOR_ACTION_VIEW:
        begin_view(supervisor, action);
        break;
    }
}

void cut_gather_step(struct cut_supervisor *supervisor,
                     const struct cut_coordinator_event *event)
{
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    size_t count = 0;

    if (cut_coordinator_step(supervisor->coordinator, event, actions, &count) !=
        CUT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        cut_gather_perform(supervisor, &actions[i]);
    cut_gather_set_deadline(supervisor);
}

static void deadline_came(uv_timer_t *timer)
{
    struct cut_supervisor *supervisor = timer->data;
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_TIME,
        .now = cut_supervisor_now(supervisor),
    };

    cut_gather_step(supervisor, &event);
}

void cut_gather_set_deadline(struct cut_supervisor *supervisor)
{
    cut_time at = cut_coordinator_deadline(supervisor->coordinator);
    cut_time now = cut_supervisor_now(supervisor);

    if (at == CUT_COORDINATOR_NEVER || supervisor->is_ending) {
        uv_timer_stop(&supervisor->deadline);
        return;
    }
    uint64_t after =
        at > now ? (at - now + CUT_MILLISECOND - 1) / CUT_MILLISECOND : 0;
    uv_update_time(&supervisor->loop);
    uv_timer_start(&supervisor->deadline, deadline_came, after, 0);
}

void cut_gather_discarded(struct cut_member *member,
                          struct cut_snapshot_id snapshot)
{
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_DISCARDED,
        .process = member->process,
        .snapshot = snapshot,
        .now = cut_supervisor_now(member->supervisor),
    };
    const struct cut_take *take = cut_take_find(member->supervisor, snapshot);

    if (take != NULL && !take->is_given_up)
        cut_gather_step(member->supervisor, &event);
}

void cut_gather_left(struct cut_member *member)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_LEAVE,
        .process = member->process,
        .now = cut_supervisor_now(supervisor),
    };
    struct cut_quiet_event quiet = {
        .kind = CUT_QUIET_EVENT_LEFT,
        .process = member->process,
        .view = cut_coordinator_view(supervisor->coordinator) + 1,
    };
    struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX];
    size_t count;

    if (member->has_left)
        return;
    member->has_left = true;
    if (cut_quiet_step(supervisor->quiet, &quiet, actions, &count) != CUT_OK)
        return;
    cut_supervisor_log(
        supervisor, CUT_SUPERVISOR_INFO, member->process, "it left");
    cut_gather_step(supervisor, &event);
    if (cut_coordinator_member_count(supervisor->coordinator) == 0)
        cut_supervisor_end(supervisor, 0, "all processes have left");
}

/* What was held back is begun when the last one has heard of the view. */
void cut_gather_viewed(struct cut_member *member, uint32_t view)
{
    struct cut_supervisor *supervisor = member->supervisor;

    member->view = view;
    release_held(supervisor);
}

/* --- its life ------------------------------------------------------------ */

enum cut_error cut_gather_init(struct cut_supervisor *supervisor,
                               struct cut_fault *fault)
{
    const struct cut_supervisor_config *config = &supervisor->config;
    struct cut_coordinator_config coordinator = {
        .process_count = supervisor->process_count,
        .member_count = supervisor->process_count,
        .in_progress_max =
            is_concurrent(supervisor) ? config->in_progress_max : 1,
        .queue_max = QUEUE_MAX,
        .pause_min = config->pause_min,
        .timeout = config->timeout,
    };
    enum cut_error error =
        cut_coordinator_create(&coordinator, NULL, &supervisor->coordinator);

    supervisor->requests_end = &supervisor->requests;
    if (error == CUT_OK)
        error = cut_figures_create(supervisor->process_count,
                                   &supervisor->snapshot_figures);
    if (error != CUT_OK)
        return cut_fault_fill(fault, error, "%s", cut_error_sentence(error));
    if (config->out == NULL)
        return CUT_OK;
    error = cut_take_claim(config->out, &supervisor->out, fault);
    if (error != CUT_OK)
        return error;
    return cut_take_first_id(config->out, &supervisor->next_id, fault);
}

/* What is whole is written to its end; the rest is given up. */
void cut_gather_end(struct cut_supervisor *supervisor)
{
    struct cut_take *next;

    cut_requests_refuse(supervisor);
    uv_timer_stop(&supervisor->deadline);
    for (struct cut_take *take = supervisor->takes; take != NULL; take = next) {
        next = take->next;
        if (!take->is_in_thread && !take->is_given_up)
            give_up(take, "the run ended");
    }
}

bool cut_gather_is_idle(const struct cut_supervisor *supervisor)
{
    return supervisor->jobs == 0;
}

void cut_gather_fini(struct cut_supervisor *supervisor)
{
    while (supervisor->jobs > 0)
        uv_run(&supervisor->loop, UV_RUN_ONCE);
    cut_requests_refuse(supervisor);
    while (supervisor->takes != NULL)
        cut_take_forget(supervisor->takes);
    cut_figures_destroy(supervisor->snapshot_figures);
    cut_coordinator_destroy(supervisor->coordinator);
    if (supervisor->out >= 0)
        close(supervisor->out);
}
