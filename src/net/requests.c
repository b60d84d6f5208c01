/*
 * Requests for snapshots that wait their turn, in the order of the
 * coordinator's queue, and whoever waits for them.
 */
#include "base/memory.h"
#include "base/trap.h"
#include "net/gather.h"

/* A request waits with its waiter, in the order of the coordinator's queue. */
struct cut_waiter *cut_requests_take(struct cut_supervisor *supervisor,
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

void cut_requests_drop(struct cut_supervisor *supervisor, uint32_t process)
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

void cut_requests_refuse(struct cut_supervisor *supervisor)
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

enum cut_error cut_requests_add(struct cut_supervisor *supervisor,
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

void cut_requests_drop_last(struct cut_supervisor *supervisor)
{
    struct cut_queued_request **link = &supervisor->requests;

    CUT_ASSERT(*link != NULL);
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
    enum cut_error error = cut_requests_add(supervisor, initiator, waiter);
    if (error != CUT_OK)
        return error;
    error =
        cut_coordinator_step(supervisor->coordinator, &event, actions, &count);
    if (error != CUT_OK) {
        cut_requests_drop_last(supervisor);
        return error;
    }
    for (size_t i = 0; i < count; i++)
        cut_gather_perform(supervisor, &actions[i]);
    cut_gather_set_deadline(supervisor);
    return CUT_OK;
}

/* A process that asks again while its turn has not come is met once: who asks
 * all the time leaves room for others. */
static bool waits_already(const struct cut_supervisor *supervisor,
                          uint32_t process)
{
    for (const struct cut_queued_request *request = supervisor->requests;
         request != NULL;
         request = request->next)
        if (request->process == process && request->waiter == NULL)
            return true;
    return false;
}

void cut_gather_ask(struct cut_supervisor *supervisor, uint32_t initiator)
{
    if (waits_already(supervisor, initiator))
        return;
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
