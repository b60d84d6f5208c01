#include "net/worker.h"

#include "base/fault.h"
#include "base/memory.h"
#include "base/trap.h"
#include "net/dial.h"
#include "net/tracing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* How long the program has events before sockets are looked at, and how many
 * it has between two looks at the clock, at most. */
#define SLICE_NS (UINT64_C(1) * 1000 * 1000)
#define EVENTS_A_LOOK 31

/* What is looked at now and then: links, idleness, figures. */
#define TICK_NS (100 * CUT_MILLISECOND)
#define TICKS_A_STATUS 5

/* A supervisor on another host asks twice a second whether one is there. If
 * nothing comes for so many times the silence that breaks a link, it is gone.
 * It gives us up a little sooner (supervisor.c), since it can say so. */
#define LOST_SILENCES 8

/* Snapshots open at once before the pool grows; numbers that are remembered. */
#define SLOTS 8
#define WINDOW 4096

/* --- clocks -------------------------------------------------------------- */

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t cut_worker_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t cut_worker_real_clock(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t cut_worker_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void cut_worker_look(struct cut_worker *worker)
{
    uint64_t now = cut_worker_clock();

    worker->clock_ns = now;
    worker->now = now > worker->started_ns ? now - worker->started_ns : 0;
    worker->until_look = worker->look_every;
}

/* --- whether the program goes on ----------------------------------------- */

/* Where events take long, each is looked after: a marker that waits at a socket
 * must not wait for many of them. */
static void look_while_going(struct cut_worker *worker)
{
    uint64_t before = worker->clock_ns;

    cut_worker_look(worker);
    if (worker->clock_ns > before + SLICE_NS)
        worker->look_every = 0;
    else if (worker->look_every < EVENTS_A_LOOK)
        worker->look_every = 2 * worker->look_every + 1;
    worker->until_look = worker->look_every;
}

/* The engine's clock comes first: it may have the program stand still. */
bool cut_worker_may_go_on(struct cut_worker *worker)
{
    cut_act_time(worker);
    if (worker->hold != 0 || worker->is_stopping)
        return false;
    if (worker->until_look-- > 0)
        return true;
    look_while_going(worker);
    if (worker->slice_end_ns == 0)
        worker->slice_end_ns = worker->clock_ns + SLICE_NS;
    return worker->clock_ns < worker->slice_end_ns;
}

static bool may_start(const struct cut_worker *worker)
{
    return worker->is_start_due && worker->hold == CUT_HOLD_BEFORE &&
           !worker->is_stopping;
}

/* A neighbour that has started may have made the program stand still before it
 * was told to start: then it starts when it is released. */
static void start_if_due(struct cut_worker *worker)
{
    cut_act_time(worker);
    if (!may_start(worker))
        return;
    worker->is_start_due = false;
    worker->hold = 0;
    cut_program_start(worker);
}

static void go_on(uv_idle_t *idle)
{
    struct cut_worker *worker = idle->data;

    uv_idle_stop(idle);
    cut_worker_look(worker);
    worker->slice_end_ns = worker->clock_ns + SLICE_NS;
    start_if_due(worker);
    cut_program_pump(worker);
    cut_program_timers(worker);
    worker->is_alarm_stale = true;
    if (worker->inbox.count > 0 && worker->hold == 0)
        cut_worker_again(worker);
}

void cut_worker_again(struct cut_worker *worker)
{
    if (!worker->is_stopping)
        uv_idle_start(&worker->again, go_on);
}

void cut_worker_hold(struct cut_worker *worker, unsigned hold)
{
    worker->hold |= hold;
}

void cut_worker_release(struct cut_worker *worker, unsigned hold)
{
    worker->hold &= ~hold;
    worker->is_alarm_stale = true;
    if (worker->hold == 0 || may_start(worker))
        cut_worker_again(worker);
}

void cut_worker_start(struct cut_worker *worker)
{
    worker->is_start_due = true;
    cut_worker_again(worker);
}

/* --- the end ------------------------------------------------------------- */

/* What was said last is to be on its way before the loop ends; who was told to
 * stop waits until all have, so that no connection seems to break. */
void cut_worker_end(struct cut_worker *worker)
{
    worker->is_stopping = true;
    if (worker->supervisor == NULL ||
        (worker->status != 0 && cut_conn_queued(worker->supervisor) == 0))
        uv_stop(&worker->loop);
}

void cut_worker_fail(struct cut_worker *worker,
                     int status,
                     const char *format,
                     ...)
{
    char what[512];
    va_list values;

    if (worker->is_stopping)
        return;
    va_start(values, format);
    vsnprintf(what, sizeof what, format, values);
    va_end(values);
    worker->status = status;
    cut_report_text(worker, CUT_TALK_FAILED, what);
    cut_worker_end(worker);
}

void cut_worker_fail_memory(struct cut_worker *worker)
{
    cut_worker_fail(worker, 2, "%s", cut_error_sentence(CUT_NOMEM));
}

/* --- what the loop does -------------------------------------------------- */

/* Have an alarm ring, once; at 0: not. */
static void
ring_at(struct cut_worker *worker, struct cut_alarm *alarm, uint64_t at)
{
    if (cut_alarm_set(alarm, at, 0) != CUT_OK)
        cut_worker_fail(worker, 2, "cannot set a timer: %s", strerror(errno));
}

static void alarm_rang(void *owner)
{
    struct cut_worker *worker = owner;

    cut_worker_look(worker);
    cut_act_time(worker);
    cut_program_timers(worker);
    worker->is_alarm_stale = true;
}

/* The engine wakes at a time of the real clock. */
static uint64_t wake_time(const struct cut_worker *worker)
{
    uint64_t now = cut_worker_real_clock();

    return worker->clock_ns +
           (worker->wake_at > now ? worker->wake_at - now : 0);
}

/* What is due already is done when the loop comes round. */
static void set_alarm(struct cut_worker *worker)
{
    cut_time next = cut_program_next_timer(worker);
    uint64_t at = 0;

    worker->is_alarm_stale = false;
    if (next != CUT_NEVER && worker->hold == 0)
        at = worker->started_ns + next;
    if (worker->wake_at != CUT_NEVER) {
        uint64_t wake = wake_time(worker);
        at = at == 0 || wake < at ? wake : at;
    }
    if (at != 0 && at <= worker->clock_ns) {
        at = 0;
        cut_worker_again(worker);
    }
    ring_at(worker, &worker->due, at);
}

static void flush_reports(struct cut_worker *worker)
{
    if (worker->supervisor == NULL)
        return;
    if (cut_conn_queued(worker->supervisor) > 0)
        cut_conn_flush(worker->supervisor);
    if ((worker->hold & CUT_HOLD_UNHEARD) != 0 &&
        cut_conn_queued(worker->supervisor) <= CUT_UNHEARD_MAX / 2)
        cut_worker_release(worker, CUT_HOLD_UNHEARD);
}

void cut_worker_flush(struct cut_worker *worker)
{
    if (worker->unflushed == NULL)
        return;
    cut_tracing_flush(worker);
    while (worker->unflushed != NULL) {
        struct cut_peer *peer = worker->unflushed;
        worker->unflushed = peer->next_unflushed;
        peer->is_unflushed = false;
        cut_peer_flush(peer);
    }
}

/* All that was done is sent before the loop waits. */
static void before_waiting(uv_prepare_t *prepare)
{
    struct cut_worker *worker = prepare->data;

    cut_worker_flush(worker);
    flush_reports(worker);
    if (worker->is_stopping)
        cut_worker_end(worker);
    else if (worker->is_alarm_stale)
        set_alarm(worker);
    worker->slice_end_ns = 0;
    worker->until_look = 0;
}

static void call_neighbours(void *owner)
{
    struct cut_worker *worker = owner;

    cut_worker_look(worker);
    for (uint32_t i = 0; i < worker->peer_count; i++)
        if (!worker->peers[i].is_linked)
            cut_peer_tick(&worker->peers[i], worker->clock_ns);
}

void cut_worker_redial(struct cut_worker *worker, uint64_t at_ns)
{
    if (worker->redial.at == 0 || at_ns < worker->redial.at)
        ring_at(worker, &worker->redial, at_ns);
}

/* Ticks are counted, not time: who was stopped has heard nothing either. */
static bool is_supervisor_gone(struct cut_worker *worker)
{
    const struct cut_worker_config *config = worker->config;

    return config->is_remote && worker->supervisor != NULL &&
           ++worker->silent_ticks * TICK_NS > LOST_SILENCES * config->silence;
}

static void tick(void *owner)
{
    struct cut_worker *worker = owner;

    cut_worker_look(worker);
    if (is_supervisor_gone(worker)) {
        cut_report_lost(worker);
        return;
    }
    for (uint32_t i = 0; i < worker->peer_count; i++)
        cut_peer_tick(&worker->peers[i], worker->clock_ns);
    cut_listener_tick(worker, worker->clock_ns);
    cut_report_rest(worker);
    if (++worker->tick_count % TICKS_A_STATUS == 0)
        cut_report_status(worker, CUT_TALK_STATUS);
}

void cut_worker_linked(struct cut_worker *worker)
{
    if (++worker->linked_count == worker->peer_count)
        cut_report(worker, CUT_TALK_LINKED, NULL, 0);
}

/* --- making one ---------------------------------------------------------- */

/* Neighbours, rising: those at the other end of a channel either way. */
static enum cut_error make_peers(struct cut_worker *worker)
{
    const struct cut_worker_config *config = worker->config;
    uint32_t out = 0;
    uint32_t in = 0;

    worker->peers = cut_allocate(cut_allocator_standard(),
                                 (size_t)config->outgoing_count +
                                     config->incoming_count + 1,
                                 sizeof *worker->peers);
    worker->outgoing = cut_allocate(cut_allocator_standard(),
                                    config->outgoing_count + 1,
                                    sizeof(struct cut_peer *));
    if (worker->peers == NULL || worker->outgoing == NULL)
        return CUT_NOMEM;
    while (out < config->outgoing_count || in < config->incoming_count) {
        uint32_t to =
            out < config->outgoing_count ? config->outgoing[out] : UINT32_MAX;
        uint32_t from =
            in < config->incoming_count ? config->incoming[in] : UINT32_MAX;
        struct cut_peer *peer = &worker->peers[worker->peer_count++];
        cut_peer_init(peer, worker, to < from ? to : from);
        if (to <= from) {
            worker->outgoing[out] = peer;
            peer->outgoing = out++;
        }
        if (from <= to)
            peer->incoming = in++;
    }
    return CUT_OK;
}

static enum cut_error make_engine(struct cut_worker *worker)
{
    const struct cut_worker_config *config = worker->config;
    struct cut_engine_config engine = {
        .algorithm = config->algorithm,
        .incoming_count = config->incoming_count,
        .outgoing_count = config->outgoing_count,
        .incarnation = config->incarnation,
        .window = WINDOW,
        .process = config->self,
        .process_count = config->process_count,
        .clock_lead = config->clock_lead,
        .clock_bound = config->clock_bound,
    };
    enum cut_error error =
        cut_pool_create(SLOTS, config->incoming_count, NULL, &worker->pool);

    worker->pool_slots = SLOTS;
    engine.pool = worker->pool;
    if (error == CUT_OK)
        error = cut_engine_create(&engine, NULL, &worker->engine);
    return error;
}

static enum cut_error make_state(struct cut_worker *worker)
{
    size_t size = worker->config->process->state_size;

    worker->state =
        cut_allocate_zeroed(cut_allocator_standard(), (size + 15) / 8, 8);
    worker->random =
        cut_random_seed(worker->config->seed, worker->config->self);
    if (worker->state == NULL)
        return CUT_NOMEM;
    return cut_facts_create(NULL, &worker->facts);
}

static void make_handles(struct cut_worker *worker)
{
    uv_prepare_init(&worker->loop, &worker->before);
    uv_idle_init(&worker->loop, &worker->again);
    worker->before.data = worker;
    worker->again.data = worker;
    uv_prepare_start(&worker->before, before_waiting);
}

static enum cut_error make_alarms(struct cut_worker *worker)
{
    uv_loop_t *loop = &worker->loop;
    enum cut_error error =
        cut_alarm_open(&worker->due, loop, alarm_rang, worker);

    if (error == CUT_OK)
        error = cut_alarm_open(&worker->redial, loop, call_neighbours, worker);
    if (error == CUT_OK)
        error = cut_alarm_open(&worker->ticker, loop, tick, worker);
    if (error == CUT_OK)
        error = cut_alarm_set(
            &worker->ticker, cut_worker_clock() + TICK_NS, TICK_NS);
    return error;
}

static enum cut_error make_all(struct cut_worker *worker)
{
    enum cut_error error = make_state(worker);

    if (error == CUT_OK)
        error = make_peers(worker);
    if (error == CUT_OK)
        error = make_engine(worker);
    if (error == CUT_OK)
        error = make_alarms(worker);
    return error;
}

static void fail_fault(struct cut_worker *worker, const struct cut_fault *fault)
{
    char what[512];

    cut_fault_format(fault, what, sizeof what);
    cut_worker_fail(worker, 2, "%s", what);
}

/* Say where one can be called. */
static void get_ready(struct cut_worker *worker)
{
    struct cut_fault fault = {.what = ""};
    char address[CUT_ADDRESS_SIZE];
    const char *tls = worker->config->tls;

    if (tls != NULL &&
        cut_tls_context_create(tls, &fault, &worker->tls) != CUT_OK) {
        fail_fault(worker, &fault);
        return;
    }
    if (cut_program_create(worker) != CUT_OK)
        return;
    cut_tracing_open(worker);
    if (worker->is_stopping)
        return;
    if (cut_listener_open(worker, address, &fault) != CUT_OK) {
        fail_fault(worker, &fault);
        return;
    }
    cut_report_ready(worker, address);
    if (worker->peer_count == 0)
        cut_report(worker, CUT_TALK_LINKED, NULL, 0);
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void destroy(struct cut_worker *worker)
{
    const struct cut_process *process = worker->config->process;

    worker->is_stopping = true;
    cut_alarm_close(&worker->due);
    cut_alarm_close(&worker->redial);
    cut_alarm_close(&worker->ticker);
    cut_tracing_close(worker);
    cut_listener_close(worker);
    for (uint32_t i = 0; i < worker->peer_count; i++)
        cut_peer_fini(&worker->peers[i]);
    cut_conn_close(worker->supervisor);
    uv_walk(&worker->loop, close_handle, NULL);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    uv_loop_close(&worker->loop);
    cut_inbox_fini(&worker->inbox);
    cut_parts_fini(worker);
    cut_engine_destroy(worker->engine);
    cut_pool_destroy(worker->pool);
    cut_facts_destroy(worker->facts);
    cut_writer_fini(&worker->writer);
    cut_tls_context_destroy(worker->tls);
    if (process->destroy != NULL && worker->state != NULL)
        process->destroy(worker->state);
    cut_release(cut_allocator_standard(),
                worker->state,
                (process->state_size + 15) / 8,
                8);
    free(worker->buffer);
    cut_release(cut_allocator_standard(),
                worker->peers,
                (size_t)worker->config->outgoing_count +
                    worker->config->incoming_count + 1,
                sizeof *worker->peers);
    cut_release(cut_allocator_standard(),
                worker->outgoing,
                worker->config->outgoing_count + 1,
                sizeof(struct cut_peer *));
}

/* A terminal's interrupt is for the supervisor, which tells its workers to
 * stop; and who is hung when the supervisor dies has to end as well. */
static void settle_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void input_came(uv_poll_t *poll, int status, int events)
{
    struct cut_worker *worker = poll->data;
    char some[256];
    ssize_t size;

    (void)status;
    (void)events;
    do
        size = read(worker->config->input, some, sizeof some);
    while (size < 0 && errno == EINTR);
    if (size > 0 || (size < 0 && errno == EAGAIN))
        return;
    uv_poll_stop(poll);
    cut_report_lost(worker);
}

/* The launcher's end is seen as that of standard input. What cannot be watched,
 * such as a file, has no end either. */
static void watch_input(struct cut_worker *worker)
{
    if (!worker->config->is_remote ||
        uv_poll_init(&worker->loop, &worker->input, worker->config->input) != 0)
        return;
    worker->input.data = worker;
    uv_poll_start(&worker->input, UV_READABLE, input_came);
}

/* Before all else: what goes wrong from here on can be said. */
static enum cut_error connect_supervisor(struct cut_worker *worker,
                                         int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);

    worker->buffer = aligned_alloc(64, sizeof *worker->buffer);
    if (worker->buffer != NULL && flags >= 0 &&
        fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0)
        return cut_conn_open(&worker->loop,
                             descriptor,
                             worker->buffer,
                             worker->config->supervisor_tls,
                             &cut_report_callbacks,
                             worker,
                             &worker->supervisor);
    close(descriptor);
    return worker->buffer != NULL ? CUT_IO : CUT_NOMEM;
}

static void serve(struct cut_worker *worker, int descriptor)
{
    if (connect_supervisor(worker, descriptor) != CUT_OK)
        return;
    worker->status = 0;
    watch_input(worker);
    enum cut_error error = make_all(worker);
    if (error == CUT_OK)
        get_ready(worker);
    else
        cut_worker_fail(worker, 2, "%s", cut_error_sentence(error));
    uv_run(&worker->loop, UV_RUN_DEFAULT);
}

/* Say why there is no worker, without memory or a loop. */
static void say_failed(int descriptor, const char *what)
{
    uint8_t data[CUT_FRAME_HEADER_SIZE + 128];
    size_t size = strnlen(what, 128);
    struct cut_frame frame = {
        .kind = CUT_TALK_FAILED,
        .body_size = (uint32_t)size,
        .body = data + CUT_FRAME_HEADER_SIZE,
    };

    memcpy(data + CUT_FRAME_HEADER_SIZE, what, size);
    ssize_t ignored = write(descriptor, data, cut_frame_seal(data, &frame));
    (void)ignored;
    close(descriptor);
}

int cut_worker_run(const struct cut_worker_config *config, int descriptor)
{
    struct cut_worker worker = {
        .config = config,
        .traits = cut_algorithm_traits(config->algorithm),
        .hold = CUT_HOLD_BEFORE,
        .wake_at = CUT_NEVER,
        .due = {.descriptor = -1},
        .redial = {.descriptor = -1},
        .ticker = {.descriptor = -1},
        .status = 2,
    };

    settle_signals();
    cut_inbox_init(&worker.inbox);
    cut_writer_init(&worker.writer, NULL);
    cut_program_bind(&worker);
    int failure = uv_loop_init(&worker.loop);
    if (failure != 0) {
        say_failed(descriptor, uv_strerror(failure));
        return 2;
    }
    make_handles(&worker);
    cut_worker_look(&worker);
    worker.started_ns = worker.clock_ns;
    serve(&worker, descriptor);
    int status = worker.status;
    destroy(&worker);
    return status;
}
