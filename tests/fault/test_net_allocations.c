/*
 * Memory runs out in turn at each place where a worker, or a connection, asks
 * for it: once, or from then on. Whoever is without ends, or breaks the
 * connection, and says so if there is memory for that; the others see it end.
 *
 * The linker has the library's calls of malloc come here; those of libuv and
 * of the test go on as they are. Leaks are the sanitizer's to find.
 */
#include "../unit/worker_rig.h"
#include "check.h"
#include "net/conn.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Far more than any subject asks for. */
#define REQUESTS_MAX 5000

/* The linker's names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static struct {
    atomic_uint at; /* from 1: which request fails; 0: none */
    atomic_bool from_on;
    atomic_uint requests;
    atomic_uint failures;
} plan;

/* Of this thread: the test's own is not, but where it says so. */
static _Thread_local bool is_spared;

static bool is_due(void)
{
    unsigned at = atomic_load(&plan.at);

    if (is_spared || at == 0)
        return false;
    unsigned request = atomic_fetch_add(&plan.requests, 1) + 1;
    if (request < at || (request > at && !atomic_load(&plan.from_on)))
        return false;
    atomic_fetch_add(&plan.failures, 1);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_due() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_due() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return is_due() ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return is_due() ? NULL : __real_aligned_alloc(alignment, size);
}

static void arm(unsigned at, bool from_on)
{
    atomic_store(&plan.requests, 0);
    atomic_store(&plan.failures, 0);
    atomic_store(&plan.from_on, from_on);
    atomic_store(&plan.at, at);
}

/* Run a subject until nothing is left to fail; return how often that was. */
static unsigned fail_each(void (*run)(void), bool from_on)
{
    for (unsigned at = 1; at < REQUESTS_MAX; at++) {
        arm(at, from_on);
        run();
        bool is_end = atomic_load(&plan.failures) == 0;
        arm(0, false);
        if (check_state.test_failed) {
            printf("# when request %u fails\n", at);
            return at;
        }
        if (is_end)
            return at - 1;
    }
    CHECK(false);
    return 0;
}

/* --- workers -------------------------------------------------------------- */

struct state {
    int64_t got;
};

static void start(void *state, struct cut_context *context)
{
    uint8_t data[700] = {1};

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        cut_send(context, 0, 0, data, sizeof data);
    cut_print(context, "started");
    cut_timer_set(context, 0, CUT_MILLISECOND);
}

static void
receive(void *state, struct cut_context *context, const struct cut_message *in)
{
    (void)in;
    (void)context;
    ((struct state *)state)->got++;
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    uint8_t data[100] = {2};

    (void)state;
    (void)which;
    cut_send(context, 0, 0, data, sizeof data);
}

static void facts(const void *state, struct cut_facts *out)
{
    cut_facts_quantity(out, "got", ((const struct state *)state)->got);
}

static void show_message(const struct cut_message *in, struct cut_writer *out)
{
    cut_json_integer(out, (int64_t)in->size);
}

static const struct cut_process program = {
    .name = "program",
    .state_size = sizeof(struct state),
    .start = start,
    .receive = receive,
    .timer = timer,
    .facts = facts,
    .show_message = show_message,
};

/* All is well and said, or somebody has ended with status 2. */
static void run_workers(void)
{
    static struct rig rig;
    struct rig_config config = {.process = &program,
                                .algorithm = "chandy-lamport",
                                .count = 2,
                                .capacity = 2};
    bool is_well;
    unsigned failures;

    is_spared = true;
    rig_open(&rig, &config);
    is_well = !rig_has_failed(&rig) && rig_begin(&rig);
    if (is_well) {
        rig_order_id(&rig, 0, CUT_TALK_REQUEST, 0);
        is_well = rig_await(&rig, rig_all_have_part, 0);
    }
    /* What is left of a run goes well, or comes too late to matter. */
    failures = atomic_load(&plan.failures);
    if (!is_well)
        CHECK(failures > 0);
    rig_close(&rig);
    for (unsigned i = 0; i < 2; i++) {
        const struct rig_worker *worker = &rig.workers[i];
        CHECK_EQ(worker->status, 2);
        if (worker->failed[0] != '\0')
            CHECK_STR(worker->failed, cut_error_sentence(CUT_NOMEM));
    }
    is_spared = false;
}

static void test_workers(void)
{
    CHECK(fail_each(run_workers, false) > 40);
}

static void test_workers_from_then_on(void)
{
    CHECK(fail_each(run_workers, true) > 40);
}

/* --- connections ---------------------------------------------------------- */

static struct cut_read_buffer buffer;
static unsigned frames;
static unsigned broken_count;

static void frame_came(void *owner, const struct cut_frame *frame)
{
    (void)owner;
    CHECK_EQ(frame->kind, 20);
    frames++;
}

static void broken(void *owner, const char *why)
{
    (void)owner;
    CHECK_STR(why, cut_error_sentence(CUT_NOMEM));
    broken_count++;
}

static const struct cut_conn_callbacks callbacks = {
    .frame = frame_came,
    .broken = broken,
};

static enum cut_error send_one(struct cut_conn *conn, uint32_t size)
{
    static uint8_t body[200000];
    struct cut_frame frame = {.kind = 20, .body_size = size, .body = body};

    return cut_conn_send(conn, &frame);
}

static void converse(uv_loop_t *loop, struct cut_conn *from)
{
    unsigned sent = 0;

    for (unsigned i = 0; i < 20; i++) {
        enum cut_error error = send_one(from, i % 10 == 9 ? 200000 : i);
        CHECK(error == CUT_OK || error == CUT_NOMEM);
        sent += error == CUT_OK;
    }
    cut_conn_flush(from);
    for (unsigned i = 0; i < 50; i++)
        uv_run(loop, UV_RUN_NOWAIT);
    CHECK(frames == sent || broken_count == 1);
    CHECK(sent == 20 || atomic_load(&plan.failures) > 0);
}

static void run_conn(void)
{
    uv_loop_t loop;
    struct cut_conn *from = NULL;
    struct cut_conn *to = NULL;
    int pair[2];

    frames = 0;
    broken_count = 0;
    if (uv_loop_init(&loop) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0)
        exit(1);
    enum cut_error first =
        cut_conn_open(&loop, pair[0], &buffer, NULL, &callbacks, NULL, &from);
    enum cut_error second =
        cut_conn_open(&loop, pair[1], &buffer, NULL, &callbacks, NULL, &to);
    CHECK(first == CUT_OK || (first == CUT_NOMEM && from == NULL));
    CHECK(second == CUT_OK || (second == CUT_NOMEM && to == NULL));
    if (first == CUT_OK && second == CUT_OK)
        converse(&loop, from);
    cut_conn_close(from);
    cut_conn_close(to);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

static void test_connections(void)
{
    CHECK(fail_each(run_conn, false) > 20);
    CHECK(fail_each(run_conn, true) > 20);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    RUN(test_connections);
    RUN(test_workers);
    RUN(test_workers_from_then_on);
    return check_end();
}
