/*
 * Snapshots of a run, from the request to the commit. The coordinator decides
 * which is begun, and given up; parts come from the workers, and are kept until
 * all are there. Then the snapshot is written, durably, in another thread; that
 * it is, is what "part" means to the coordinator, whose COMPLETE is the moment
 * to give the file its name.
 */
#include "base/fault.h"
#include "base/memory.h"
#include "base/trap.h"
#include "model/json_value.h"
#include "net/figures.h"
#include "net/take.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Requests that may wait. */
#define QUEUE_MAX 1024

/* A part of more bytes is not taken. */
#define PART_MAX (UINT64_C(1) << 36)

/* Workers say how it goes twice a second: one that has not for so long is
 * stopped, or busy. */
#define SILENT_NS (UINT64_C(1500) * 1000 * 1000)

/* --- takes --------------------------------------------------------------- */

static bool is_same(struct cut_snapshot_id a, struct cut_snapshot_id b)
{
    return a.number == b.number && a.view == b.view &&
           a.incarnation == b.incarnation;
}

static struct cut_take *find(const struct cut_supervisor *supervisor,
                             struct cut_snapshot_id snapshot)
{
    struct cut_take *take = supervisor->takes;

    while (take != NULL && !is_same(take->snapshot, snapshot))
        take = take->next;
    return take;
}

static size_t size_of_take(const struct cut_supervisor *supervisor)
{
    return sizeof(struct cut_take) +
           supervisor->process_count * sizeof(struct cut_take_part);
}

static void forget(struct cut_take *take)
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
    cut_release(cut_allocator_standard(), take, 1, size_of_take(supervisor));
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
static void conclude(struct cut_take *take, const char *reason)
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

/* --- the coordinator's actions ------------------------------------------- */

static void step(struct cut_supervisor *supervisor,
                 const struct cut_coordinator_event *event);

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

/* A request waits with its waiter, in the order of the coordinator's queue. */
static struct cut_waiter *take_queued_waiter(struct cut_supervisor *supervisor,
                                             uint32_t process)
{
    struct cut_queued_request **link = &supervisor->requests;

    while (*link != NULL && (*link)->process != process)
        link = &(*link)->next;
    struct cut_queued_request *request = *link;
    if (request == NULL)
        return NULL;
    struct cut_waiter *waiter = request->waiter;
    *link = request->next;
    if (supervisor->requests_end == &request->next)
        supervisor->requests_end = link;
    cut_release(cut_allocator_standard(), request, 1, sizeof *request);
    return waiter;
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
        cut_allocator_standard(), 1, size_of_take(supervisor));
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
    take->waiters = take_queued_waiter(supervisor, action->process);
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
    conclude(take, reason);
    if (!take->is_in_thread) {
        if (take->part_path != NULL)
            remove(take->part_path);
        forget(take);
    }
}

static void abort_all(struct cut_supervisor *supervisor,
                      const struct cut_coordinator_action *action)
{
    char reason[600];

    for (const struct cut_recording *at = action->snapshots; at != NULL;
         at = at->next) {
        struct cut_take *take = find(supervisor, at->snapshot);
        if (take == NULL)
            continue;
        give_reason(take, action, reason, sizeof reason);
        give_up(take, reason);
    }
}

static void commit(struct cut_take *take);

static void drop_requests(struct cut_supervisor *supervisor, uint32_t process)
{
    struct cut_gather_result result = {.why = "its process left"};

    for (struct cut_queued_request **link = &supervisor->requests;
         *link != NULL;) {
        struct cut_queued_request *request = *link;
        if (request->process != process) {
            link = &request->next;
            continue;
        }
        *link = request->next;
        if (request->waiter != NULL)
            request->waiter->done(request->waiter, &result);
        cut_release(cut_allocator_standard(), request, 1, sizeof *request);
    }
    supervisor->requests_end = &supervisor->requests;
    while (*supervisor->requests_end != NULL)
        supervisor->requests_end = &(*supervisor->requests_end)->next;
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

static void perform(struct cut_supervisor *supervisor,
                    const struct cut_coordinator_action *action)
{
    struct cut_take *take;

    switch (action->kind) {
    case CUT_COORDINATOR_ACTION_START:
        start(supervisor, action);
        break;
    case CUT_COORDINATOR_ACTION_COMPLETE:
        take = find(supervisor, action->snapshot);
        if (take != NULL)
            commit(take);
        break;
    case CUT_COORDINATOR_ACTION_ABORT:
        abort_all(supervisor, action);
        break;
    case CUT_COORDINATOR_ACTION_DROP:
        drop_requests(supervisor, action->process);
        break;
    case CUT_COORDINATOR_ACTION_VIEW:
        begin_view(supervisor, action);
        break;
    }
}

static void step(struct cut_supervisor *supervisor,
                 const struct cut_coordinator_event *event)
{
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    size_t count = 0;

    if (cut_coordinator_step(supervisor->coordinator, event, actions, &count) !=
        CUT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        perform(supervisor, &actions[i]);
    cut_gather_set_deadline(supervisor);
}

static void deadline_came(uv_timer_t *timer)
{
    struct cut_supervisor *supervisor = timer->data;
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_TIME,
        .now = cut_supervisor_now(supervisor),
    };

    step(supervisor, &event);
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

/* --- writing ------------------------------------------------------------- */

static void say_parts(struct cut_take *take)
{
    struct cut_supervisor *supervisor = take->supervisor;
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_PART,
        .snapshot = take->snapshot,
        .now = cut_supervisor_now(supervisor),
    };

    uint32_t count = supervisor->process_count;

    /* The take is gone when the last one has been said. */
    for (event.process = 0; event.process < count; event.process++)
        if (cut_coordinator_is_member(supervisor->coordinator, event.process))
            step(supervisor, &event);
}

static void work_is_over(struct cut_take *take)
{
    take->is_in_thread = false;
    take->supervisor->jobs--;
}

static void write_in_thread(uv_work_t *work)
{
    cut_take_write(work->data);
}

/* The coordinator is told that it came to nothing: no number is open for ever.
 * Its discard is answered by an abort, which concludes. */
static void discard(struct cut_take *take)
{
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_DISCARDED,
        .process = take->initiator,
        .snapshot = take->snapshot,
        .now = cut_supervisor_now(take->supervisor),
    };

    step(take->supervisor, &event);
}

static void written(uv_work_t *work, int status)
{
    struct cut_take *take = work->data;
    struct cut_supervisor *supervisor = take->supervisor;

    (void)status;
    work_is_over(take);
    if (take->is_given_up) {
        remove(take->part_path);
        forget(take);
    } else if (take->failure != 0) {
        discard(take);
    } else {
        say_parts(take);
    }
    cut_supervisor_check_over(supervisor);
}

static void commit_in_thread(uv_work_t *work)
{
    cut_take_commit(work->data);
}

static void committed(uv_work_t *work, int status)
{
    struct cut_take *take = work->data;
    struct cut_supervisor *supervisor = take->supervisor;
    char reason[512];

    (void)status;
    work_is_over(take);
    if (take->failure != 0)
        snprintf(reason,
                 sizeof reason,
                 "cannot write %s: %s",
                 take->failed_at,
                 strerror(take->failure));
    conclude(take, take->failure != 0 ? reason : NULL);
    forget(take);
    cut_supervisor_check_over(supervisor);
}

static void
in_thread(struct cut_take *take, uv_work_cb work, uv_after_work_cb after)
{
    take->work.data = take;
    take->is_in_thread = true;
    take->supervisor->jobs++;
    if (uv_queue_work(&take->supervisor->loop, &take->work, work, after) != 0) {
        work(&take->work);
        after(&take->work, 0);
    }
}

static void commit(struct cut_take *take)
{
    if (take->supervisor->config.out != NULL) {
        in_thread(take, commit_in_thread, committed);
        return;
    }
    conclude(take, NULL);
    forget(take);
}

/* Make the text of the file, and its names. */
static bool prepare_file(struct cut_take *take)
{
    const char *out = take->supervisor->config.out;
    json_t *json = cut_take_json(take);

    if (json != NULL) {
        cut_value_set(&json, "id", cut_value_count(take->id));
        take->text = cut_value_print(json, JSON_INDENT(1));
        json_decref(json);
    }
    if (asprintf(&take->path, "%s/%" PRIu64 ".json", out, take->id) < 0)
        take->path = NULL;
    if (asprintf(&take->part_path, "%s/.%" PRIu64 ".json.part", out, take->id) <
        0)
        take->part_path = NULL;
    return take->text != NULL && take->path != NULL && take->part_path != NULL;
}

/* All parts are there. */
static void finish(struct cut_take *take)
{
    struct cut_supervisor *supervisor = take->supervisor;

    take->ended = cut_supervisor_now(supervisor);
    if (supervisor->config.out == NULL) {
        say_parts(take);
        return;
    }
    if (!prepare_file(take)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    in_thread(take, write_in_thread, written);
}

/* --- parts --------------------------------------------------------------- */

static bool append(struct cut_take_part *part, const uint8_t *data, size_t size)
{
    uint8_t *all = cut_grow(cut_allocator_standard(),
                            part->data,
                            &part->capacity,
                            part->size + size + 1,
                            sizeof *all);

    if (all == NULL)
        return false;
    part->data = all;
    memcpy(all + part->size, data, size);
    part->size += size;
    return true;
}

/* Return whether there was memory for it. */
static bool add_facts(struct cut_take *take,
                      struct cut_part_block block,
                      enum cut_totals_place place)
{
    struct cut_facts *facts = take->supervisor->facts;

    cut_facts_clear(facts);
    enum cut_error error = cut_facts_decode(facts, block.data, block.size);
    if (error == CUT_OK)
        cut_totals_add(&take->totals, facts, place);
    return error != CUT_NOMEM;
}

/* Add up what a part says; return whether there was memory for it. */
static bool account(struct cut_take *take, struct cut_take_part *part)
{
    struct cut_part_view view = part->view;
    struct cut_part_message_view message;

    take->state_bytes += view.state.size;
    if (view.pause_ns > take->pause_ns_max)
        take->pause_ns_max = view.pause_ns;
    bool is_done = add_facts(take, view.facts, CUT_TOTALS_PROCESSES);
    while (is_done && cut_part_next_message(&view, &message)) {
        take->message_count++;
        part->message_bytes += message.data.size;
        is_done = add_facts(take, message.facts, CUT_TOTALS_CHANNELS);
    }
    take->message_bytes += part->message_bytes;
    return is_done;
}

void cut_gather_part(struct cut_member *member,
                     struct cut_snapshot_id snapshot,
                     bool is_last,
                     const uint8_t *data,
                     size_t size)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_take *take = find(supervisor, snapshot);

    /* One that was given up: its parts may still come. */
    if (take == NULL || take->is_given_up ||
        !take->parts[member->process].is_wanted ||
        take->parts[member->process].is_whole)
        return;
    struct cut_take_part *part = &take->parts[member->process];
    if (part->size + size > PART_MAX || !append(part, data, size)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    if (!is_last)
        return;
    if (cut_part_read(part->data, part->size, &part->view) != CUT_OK) {
        cut_supervisor_end(
            supervisor,
            2,
            "%s sent a part that makes no sense",
            cut_supervisor_process_name(supervisor, member->process));
        return;
    }
    part->is_whole = true;
    part->arrived = cut_supervisor_now(supervisor);
    if (!account(take, part)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    if (--take->missing == 0)
        finish(take);
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
    const struct cut_take *take = find(member->supervisor, snapshot);

    if (take != NULL && !take->is_given_up)
        step(member->supervisor, &event);
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
    step(supervisor, &event);
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

/* --- requests ------------------------------------------------------------ */

static enum cut_error keep_waiter(struct cut_supervisor *supervisor,
                                  uint32_t process,
                                  struct cut_waiter *waiter)
{
    struct cut_queued_request *request =
        cut_allocate(cut_allocator_standard(), 1, sizeof *request);

    if (request == NULL)
        return CUT_NOMEM;
    if (waiter != NULL)
        waiter->next = NULL;
    *request = (struct cut_queued_request){
        .process = process,
        .waiter = waiter,
    };
    *supervisor->requests_end = request;
    supervisor->requests_end = &request->next;
    return CUT_OK;
}

static void drop_last_request(struct cut_supervisor *supervisor)
{
    struct cut_queued_request **link = &supervisor->requests;

    while ((*link)->next != NULL)
        link = &(*link)->next;
    cut_release(cut_allocator_standard(), *link, 1, sizeof **link);
    *link = NULL;
    supervisor->requests_end = link;
}

uint32_t cut_gather_next_initiator(struct cut_supervisor *supervisor)
{
    uint32_t count = supervisor->process_count;
    uint32_t initiator = supervisor->next_initiator;

    CUT_ASSERT(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        if (cut_coordinator_is_member(supervisor->coordinator, initiator))
            break;
        initiator = (initiator + 1) % count;
    }
    supervisor->next_initiator = (initiator + 1) % count;
    return initiator;
}

enum cut_error cut_gather_request(struct cut_supervisor *supervisor,
                                  uint32_t initiator,
                                  struct cut_waiter *waiter)
{
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_REQUEST,
        .now = cut_supervisor_now(supervisor),
    };
    size_t count = 0;

    if (!supervisor->is_started || supervisor->is_ending)
        return CUT_STATE;
    if (initiator == CUT_NONE)
        initiator = cut_gather_next_initiator(supervisor);
    event.process = initiator;
    enum cut_error error = keep_waiter(supervisor, initiator, waiter);
    if (error != CUT_OK)
        return error;
    error =
        cut_coordinator_step(supervisor->coordinator, &event, actions, &count);
    if (error != CUT_OK) {
        drop_last_request(supervisor);
        return error;
    }
    for (size_t i = 0; i < count; i++)
        perform(supervisor, &actions[i]);
    cut_gather_set_deadline(supervisor);
    return CUT_OK;
}

void cut_gather_ask(struct cut_supervisor *supervisor, uint32_t initiator)
{
    enum cut_error error = cut_gather_request(supervisor, initiator, NULL);

    if (error != CUT_OK && !supervisor->is_ending)
        cut_supervisor_log(supervisor,
                           CUT_SUPERVISOR_DEBUG,
                           initiator,
                           "a snapshot that it was to begin is not: %s",
                           cut_error_sentence(error));
}

void cut_gather_forget_waiter(struct cut_supervisor *supervisor,
                              struct cut_waiter *waiter)
{
    for (struct cut_queued_request *request = supervisor->requests;
         request != NULL;
         request = request->next)
        if (request->waiter == waiter)
            request->waiter = NULL;
    for (struct cut_take *take = supervisor->takes; take != NULL;
         take = take->next)
        for (struct cut_waiter **link = &take->waiters; *link != NULL;) {
            if (*link == waiter)
                *link = waiter->next;
            else
                link = &(*link)->next;
        }
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

static void refuse_waiters(struct cut_supervisor *supervisor)
{
    struct cut_gather_result result = {.why = "the run is ending"};

    while (supervisor->requests != NULL) {
        struct cut_queued_request *request = supervisor->requests;
        supervisor->requests = request->next;
        if (request->waiter != NULL)
            request->waiter->done(request->waiter, &result);
        cut_release(cut_allocator_standard(), request, 1, sizeof *request);
    }
    supervisor->requests_end = &supervisor->requests;
}

/* What is whole is written to its end; the rest is given up. */
void cut_gather_end(struct cut_supervisor *supervisor)
{
    struct cut_take *next;

    refuse_waiters(supervisor);
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
    refuse_waiters(supervisor);
    while (supervisor->takes != NULL)
        forget(supervisor->takes);
    cut_figures_destroy(supervisor->snapshot_figures);
    cut_coordinator_destroy(supervisor->coordinator);
    if (supervisor->out >= 0)
        close(supervisor->out);
}
