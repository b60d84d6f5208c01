/*
 * The input is what three workers say to their supervisor, whatever that is,
 * between requests for snapshots. The supervisor survives it, and its books are
 * right: each snapshot that was begun is open, complete or given up, and who
 * waits for one is told once, of his own.
 *
 * The first byte: which algorithm. Then again and again a byte, and by what
 * remains of it when it is divided by 4:
 *
 *     0..2  that worker says: a kind (1), how many bytes follow (2), bytes;
 *           kind 0: its connection breaks
 *     3     a snapshot is requested, of the worker that the rest says
 */
#include "base/memory.h"
#include "fuzz.h"
#include "net/take.h"

#include <sys/socket.h>
#include <unistd.h>

#define WORKERS 3

/* Requests that are waited for; others are not. */
#define WAITERS_MAX 64

struct waiter {
    struct cut_waiter base; /* first: what `done` is given */
    uint32_t initiator;
    unsigned told;
    bool has_number;
    uint64_t number;
};

struct run {
    struct waiter waiters[WAITERS_MAX];
    unsigned waiter_count;
    struct cut_supervisor *supervisor;
    struct cut_topology *topology;
    int ends[WORKERS];
    uint64_t complete;
    uint64_t aborted;
};

static void listen_to(void *listener, const struct cut_supervisor_event *event)
{
    struct run *run = listener;
    const struct cut_supervisor_snapshot *snapshot = event->snapshot;

    FUZZ_CHECK(event->process == CUT_NONE || event->process < WORKERS);
    if (event->kind != CUT_SUPERVISOR_SNAPSHOT)
        return;
    FUZZ_CHECK(snapshot->part_count <= WORKERS);
    if (snapshot->is_complete) {
        run->complete++;
        FUZZ_CHECK(snapshot->part_count == WORKERS);
        FUZZ_CHECK(snapshot->reason == NULL);
    } else {
        run->aborted++;
        FUZZ_CHECK(snapshot->reason != NULL);
    }
}

static void make_handles(struct cut_supervisor *supervisor)
{
    uv_timer_t *timers[] = {
        &supervisor->clock,
        &supervisor->deadline,
        &supervisor->every,
        &supervisor->until,
        &supervisor->grace,
    };

    FUZZ_CHECK(uv_loop_init(&supervisor->loop) == 0);
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        uv_timer_init(&supervisor->loop, timers[i]);
        timers[i]->data = supervisor;
    }
}

static void make_member(struct run *run, uint32_t process)
{
    struct cut_supervisor *supervisor = run->supervisor;
    struct cut_member *member = &supervisor->members[process];
    int pair[2];

    *member = (struct cut_member){
        .supervisor = supervisor,
        .process = process,
        .state = CUT_MEMBER_CREATED,
        .control = -1,
    };
    member->outputs[0].descriptor = -1;
    member->outputs[1].descriptor = -1;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    run->ends[process] = pair[1];
    FUZZ_CHECK(cut_conn_open(&supervisor->loop,
                             pair[0],
                             supervisor->buffer,
                             NULL,
                             &cut_member_callbacks,
                             member,
                             &member->conn) == CUT_OK);
}

static void make(struct run *run, unsigned algorithm)
{
    struct cut_quiet_config quiet = {.process_count = WORKERS,
                                     .member_count = WORKERS};
    struct cut_supervisor *supervisor = calloc(1, sizeof *supervisor);
    struct cut_fault fault;

    FUZZ_CHECK(supervisor != NULL);
    run->supervisor = supervisor;
    FUZZ_CHECK(cut_topology_generate(
                   "complete:3", 0, NULL, &run->topology, NULL) == CUT_OK);
    supervisor->config = (struct cut_supervisor_config){
        .algorithm = cut_algorithm_at(algorithm % 7),
        .topology = run->topology,
        .in_progress_max = 2,
        .listen = listen_to,
        .listener = run,
    };
    supervisor->process_count = WORKERS;
    supervisor->out = -1;
    supervisor->members = cut_allocate(
        cut_allocator_standard(), WORKERS, sizeof *supervisor->members);
    supervisor->buffer = aligned_alloc(64, sizeof *supervisor->buffer);
    FUZZ_CHECK(supervisor->members != NULL && supervisor->buffer != NULL);
    make_handles(supervisor);
    for (uint32_t p = 0; p < WORKERS; p++)
        make_member(run, p);
    FUZZ_CHECK(cut_facts_create(NULL, &supervisor->facts) == CUT_OK);
    FUZZ_CHECK(cut_quiet_create(&quiet, NULL, &supervisor->quiet) == CUT_OK);
    FUZZ_CHECK(cut_gather_init(supervisor, &fault) == CUT_OK);
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void destroy(struct run *run)
{
    struct cut_supervisor *supervisor = run->supervisor;

    for (uint32_t p = 0; p < WORKERS; p++) {
        cut_member_fini(&supervisor->members[p]);
        close(run->ends[p]);
    }
    cut_gather_fini(supervisor);
    uv_walk(&supervisor->loop, close_handle, NULL);
    /* The first one only finds that the loop was to stop. */
    uv_run(&supervisor->loop, UV_RUN_DEFAULT);
    uv_run(&supervisor->loop, UV_RUN_DEFAULT);
    FUZZ_CHECK(uv_loop_close(&supervisor->loop) == 0);
    cut_quiet_destroy(supervisor->quiet);
    cut_facts_destroy(supervisor->facts);
    cut_topology_destroy(run->topology);
    free(supervisor->buffer);
    cut_release(cut_allocator_standard(),
                supervisor->members,
                WORKERS,
                sizeof *supervisor->members);
    free(supervisor);
}

static void check_books(const struct run *run)
{
    const struct cut_supervisor *supervisor = run->supervisor;
    struct cut_coordinator_counts counts =
        cut_coordinator_counts(supervisor->coordinator);
    uint32_t due = 0;
    uint64_t open = 0;

    for (uint32_t p = 0; p < WORKERS; p++)
        due += supervisor->members[p].aborts_due;
    FUZZ_CHECK(due == supervisor->aborts_due);
    for (const struct cut_take *take = supervisor->takes; take != NULL;
         take = take->next) {
        open++;
        FUZZ_CHECK(take->missing > 0 && take->missing <= WORKERS);
    }
    FUZZ_CHECK(run->complete == supervisor->takes_complete);
    FUZZ_CHECK(run->aborted == supervisor->takes_aborted);
    if (!supervisor->is_ending)
        FUZZ_CHECK(counts.started == run->complete + run->aborted + open);
}

/* In memory of its own, aligned as a connection has it. */
static void say(struct cut_member *member, unsigned kind, struct cut_bytes body)
{
    uint8_t *copy = malloc(body.left + 1);

    FUZZ_CHECK(copy != NULL);
    if (body.left > 0)
        memcpy(copy, body.at, body.left);
    struct cut_frame frame = {
        .kind = (uint8_t)kind,
        .body_size = (uint32_t)body.left,
        .body = copy,
    };
    if (kind != 0)
        cut_member_callbacks.frame(member, &frame);
    else
        cut_member_callbacks.broken(member, "it broke");
    free(copy);
}

static void done(struct cut_waiter *base,
                 const struct cut_gather_result *result)
{
    struct waiter *waiter = (struct waiter *)base;

    FUZZ_CHECK(waiter->told++ == 0);
    FUZZ_CHECK((result->snapshot == NULL) == (result->why != NULL));
    if (result->snapshot == NULL)
        return;
    FUZZ_CHECK(result->snapshot->initiator == waiter->initiator);
    waiter->has_number = true;
    waiter->number = result->snapshot->number;
}

static void request(struct run *run, uint32_t initiator)
{
    struct waiter *waiter = &run->waiters[run->waiter_count];

    if (run->waiter_count == WAITERS_MAX) {
        cut_gather_ask(run->supervisor, initiator);
        return;
    }
    *waiter = (struct waiter){.base = {.done = done}, .initiator = initiator};
    if (cut_gather_request(run->supervisor, initiator, &waiter->base) == CUT_OK)
        run->waiter_count++;
    else
        FUZZ_CHECK(waiter->told == 0);
}

/* All have been told, and each initiator's in the order of the requests. */
static void check_waiters(const struct run *run)
{
    for (unsigned i = 0; i < run->waiter_count; i++) {
        const struct waiter *first = &run->waiters[i];
        FUZZ_CHECK(first->told == 1);
        for (unsigned k = i + 1; k < run->waiter_count; k++) {
            const struct waiter *second = &run->waiters[k];
            if (first->initiator == second->initiator && second->has_number)
                FUZZ_CHECK(first->has_number && first->number < second->number);
        }
    }
}

static void act(struct run *run, struct cut_bytes *bytes)
{
    unsigned what = (unsigned)cut_bytes_number(bytes, 1);
    struct cut_supervisor *supervisor = run->supervisor;

    if (what % 4 == 3) {
        request(run, (what / 4) % WORKERS);
        return;
    }
    unsigned kind = (unsigned)cut_bytes_number(bytes, 1);
    uint64_t size = cut_bytes_number(bytes, 2);
    const uint8_t *body = cut_bytes_take(bytes, size);
    struct cut_member *member = &supervisor->members[what % 4];
    if (bytes->is_short || member->conn == NULL)
        return;
    say(member, kind, (struct cut_bytes){.at = body, .left = size});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_bytes bytes = {.at = data, .left = size};
    static struct run run;

    memset(&run, 0, sizeof run);
    make(&run, (unsigned)cut_bytes_number(&bytes, 1));
    while (bytes.left > 0 && !bytes.is_short) {
        act(&run, &bytes);
        check_books(&run);
    }
    cut_supervisor_end(run.supervisor, 0, "the input is over");
    check_books(&run);
    check_waiters(&run);
    destroy(&run);
    return 0;
}
