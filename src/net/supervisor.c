#include <cutline/supervisor.h>

#include "base/fault.h"
#include "base/memory.h"
#include "net/control_place.h"
#include "net/control_server.h"
#include "net/metrics.h"
#include "net/supervisor_state.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often it is looked who is late, and how it goes is said. */
#define CLOCK_MS 500

/* Nothing comes from a process for so long: it is stopped, or busy. Workers
 * say how it goes twice a second. */
#define LATE_NS (UINT64_C(3) * 1000 * 1000 * 1000)

/* A process on another host from which nothing has come for so many times the
 * silence that breaks a link is lost. What was on the way when a network went
 * comes again at most as late as it was away, by the rules of TCP; so one that
 * is away for half of this does no harm. */
#define LOST_SILENCES 6

/* Who was told to end, or has closed its connection, may take so long. */
#define GRACE_MS 3000

/* When all processes are gone, what they wrote is there to be read. */
#define LAST_WORDS_MS 500

/* How long it may take until all are linked. */
#define LINKED_NS (UINT64_C(60) * 1000 * 1000 * 1000)

enum { STATUS_ERROR = 2, STATUS_INTERRUPT = 130, STATUS_TERMINATED = 143 };

uint64_t cut_supervisor_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
}

cut_time cut_supervisor_now(const struct cut_supervisor *supervisor)
{
    return supervisor->is_started
               ? cut_supervisor_clock() - supervisor->started_ns
               : 0;
}

const char *cut_supervisor_process_name(const struct cut_supervisor *supervisor,
                                        uint32_t process)
{
    return cut_topology_name(supervisor->config.topology, process);
}

/* --- what is told -------------------------------------------------------- */

void cut_supervisor_tell(struct cut_supervisor *supervisor,
                         struct cut_supervisor_event event)
{
    if (supervisor->config.listen == NULL)
        return;
    event.now = cut_supervisor_now(supervisor);
    supervisor->config.listen(supervisor->config.listener, &event);
}

void cut_supervisor_log(struct cut_supervisor *supervisor,
                        enum cut_supervisor_level level,
                        uint32_t process,
                        const char *format,
                        ...)
{
    char text[600];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    cut_supervisor_tell(supervisor,
                        (struct cut_supervisor_event){
                            .kind = CUT_SUPERVISOR_LOG,
                            .level = level,
                            .process = process,
                            .text = text,
                            .size = strlen(text),
                        });
}

struct cut_supervisor_status
cut_supervisor_figures(const struct cut_supervisor *supervisor)
{
    struct cut_supervisor_status status = {
        .snapshots_complete = supervisor->takes_complete,
        .snapshots_aborted = supervisor->takes_aborted,
        .snapshots_open = cut_coordinator_open_count(supervisor->coordinator),
        .pause_ns_last = supervisor->pause_ns_last,
        .processes_running = supervisor->alive_count,
    };

    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        const struct cut_talk_status *of = &supervisor->members[p].figures;
        status.messages_sent += of->messages_sent;
        status.messages_delivered += of->messages_delivered;
        status.reconnects += of->reconnects;
    }
    uint64_t now = cut_supervisor_clock();
    uint64_t since = now - supervisor->status_ns_last;
    uint64_t more = status.messages_delivered - supervisor->delivered_last;
    if (since > 0 && supervisor->status_ns_last > 0)
        status.messages_per_second =
            (uint64_t)((double)more * 1e9 / (double)since);
    return status;
}

static void say_status(struct cut_supervisor *supervisor)
{
    struct cut_supervisor_status status = cut_supervisor_figures(supervisor);

    cut_supervisor_tell(supervisor,
                        (struct cut_supervisor_event){
                            .kind = CUT_SUPERVISOR_STATUS,
                            .status = &status,
                        });
    supervisor->delivered_last = status.messages_delivered;
    supervisor->delivered_rate = status.messages_per_second;
    supervisor->status_ns_last = cut_supervisor_clock();
}

/* --- who lives ----------------------------------------------------------- */

void cut_supervisor_heard(struct cut_member *member)
{
    member->heard_ns = cut_supervisor_clock();
    member->silent_ticks = 0;
    if (!member->is_late)
        return;
    member->is_late = false;
    cut_supervisor_log(member->supervisor,
                       CUT_SUPERVISOR_INFO,
                       member->process,
                       "it answers again");
}

static void look_who_is_late(struct cut_supervisor *supervisor)
{
    uint64_t now = cut_supervisor_clock();

    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->pid == 0 || member->is_late || supervisor->is_ending ||
            member->heard_ns == 0 || member->state == CUT_MEMBER_STARTED ||
            now < member->heard_ns + LATE_NS)
            continue;
        member->is_late = true;
        cut_supervisor_log(supervisor,
                           CUT_SUPERVISOR_WARN,
                           p,
                           "it has not answered for %u s: it is stopped, or "
                           "busy in one event",
                           (unsigned)(LATE_NS / CUT_SECOND));
    }
}

/* Of a process on another host nothing is known but what comes over its
 * connection. Ticks are counted, not time: a supervisor that was stopped has
 * heard nothing either. */
static void look_who_is_lost(struct cut_supervisor *supervisor)
{
    char why[64];

    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->host == NULL || member->conn == NULL || member->pid == 0)
            continue;
        cut_member_order(member, CUT_TALK_PROBE, NULL, 0);
        if (++member->silent_ticks * (CLOCK_MS * CUT_MILLISECOND) <=
            LOST_SILENCES * supervisor->config.silence)
            continue;
        snprintf(why,
                 sizeof why,
                 "nothing came from it for %" PRIu64 " s",
                 LOST_SILENCES * supervisor->config.silence / CUT_SECOND);
        cut_member_lost(member, why);
    }
}

static void kill_all(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->pid == 0)
            continue;
        member->is_killed = true;
        kill(member->pid, SIGKILL);
    }
}

static void reap(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        int status;
        if (member->pid > 0 && waitpid(member->pid, &status, WNOHANG) > 0)
            cut_member_died(member, status);
    }
}

static void child_ended(uv_signal_t *handle, int number)
{
    (void)number;
    reap(handle->data);
}

/* What a process of the run has started may hold an output, and live on. */
static void close_outputs(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->outputs[0].descriptor < 0 &&
            member->outputs[1].descriptor < 0)
            continue;
        cut_supervisor_log(supervisor,
                           CUT_SUPERVISOR_WARN,
                           p,
                           "it has ended, and something that it started still "
                           "holds its output: that is not waited for");
        cut_output_close(&member->outputs[0]);
        cut_output_close(&member->outputs[1]);
    }
}

/* Who has stopped in good order waits for the others: it is no reason to
 * complain of it, before it was let go. */
static bool is_overdue(const struct cut_member *member)
{
    if (member->pid == 0)
        return false;
    if (!member->supervisor->is_ending && member->state == CUT_MEMBER_STARTED)
        return false;
    if (!member->supervisor->is_ending || member->state == CUT_MEMBER_STOPPED)
        return member->conn == NULL;
    return true;
}

/* Its connection is gone, and its launcher knows nothing of it. */
static void lose(struct cut_member *member)
{
    char why[sizeof member->loss + 64];

    snprintf(
        why, sizeof why, "the connection with it was lost: %s", member->loss);
    cut_member_lost(member, why);
}

static void grace_is_over(uv_timer_t *timer)
{
    struct cut_supervisor *supervisor = timer->data;

    reap(supervisor);
    if (supervisor->awaits_outputs)
        close_outputs(supervisor);
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (!is_overdue(member))
            continue;
        if (!supervisor->is_ending && member->host != NULL) {
            lose(member);
            continue;
        }
        cut_supervisor_log(supervisor,
                           CUT_SUPERVISOR_WARN,
                           p,
                           "it did not end, and is killed");
        member->is_killed = supervisor->is_ending;
        kill(member->pid, SIGKILL);
    }
}

void cut_supervisor_reap_soon(struct cut_supervisor *supervisor)
{
    reap(supervisor);
    if (!uv_is_active((const uv_handle_t *)&supervisor->grace))
        uv_timer_start(&supervisor->grace, grace_is_over, GRACE_MS, 0);
}

/* --- the end ------------------------------------------------------------- */

void cut_supervisor_end(struct cut_supervisor *supervisor,
                        int status,
                        const char *format,
                        ...)
{
    va_list values;

    if (supervisor->is_ending)
        return;
    supervisor->is_ending = true;
    supervisor->status = status;
    va_start(values, format);
    vsnprintf(supervisor->why, sizeof supervisor->why, format, values);
    va_end(values);
    uv_timer_stop(&supervisor->every);
    uv_timer_stop(&supervisor->until);
    cut_gather_end(supervisor);
    cut_member_order_all(supervisor, CUT_TALK_STOP, NULL, 0);
    cut_launch_call_off(supervisor);
    uv_timer_start(&supervisor->grace, grace_is_over, GRACE_MS, GRACE_MS);
    cut_supervisor_check_over(supervisor);
}

/* Outputs are read to their end, which comes when nobody holds them. */
static void await_outputs(struct cut_supervisor *supervisor)
{
    if (supervisor->awaits_outputs)
        return;
    supervisor->awaits_outputs = true;
    uv_timer_start(&supervisor->grace, grace_is_over, LAST_WORDS_MS, 0);
}

void cut_supervisor_check_over(struct cut_supervisor *supervisor)
{
    if (!supervisor->is_ending || supervisor->alive_count > 0)
        return;
    if (supervisor->open_outputs > 0)
        await_outputs(supervisor);
    else if (cut_gather_is_idle(supervisor))
        uv_stop(&supervisor->loop);
}

static void interrupted(uv_signal_t *handle, int number)
{
    struct cut_supervisor *supervisor = handle->data;

    if (supervisor->is_ending) {
        kill_all(supervisor);
        return;
    }
    cut_supervisor_end(supervisor,
                       number == SIGINT ? STATUS_INTERRUPT : STATUS_TERMINATED,
                       number == SIGINT ? "interrupted" : "terminated");
    /* Nothing has begun: there is nothing to bring into good order. */
    if (!supervisor->is_started)
        kill_all(supervisor);
}

static void time_is_over(uv_timer_t *timer)
{
    cut_supervisor_end(timer->data, 0, "the time is over");
}

void cut_supervisor_quiet(struct cut_supervisor *supervisor,
                          const struct cut_quiet_action *action)
{
    uint8_t body[12];

    if (action->kind == CUT_QUIET_ACTION_ASK) {
        for (unsigned i = 0; i < 8; i++)
            body[i] = (uint8_t)(action->wave >> (8 * i));
        for (unsigned i = 0; i < 4; i++)
            body[8 + i] = (uint8_t)(action->view >> (8 * i));
        cut_member_order_all(supervisor, CUT_TALK_ASK, body, sizeof body);
        return;
    }
    supervisor->is_quiet = true;
    if (supervisor->config.stays)
        cut_supervisor_log(supervisor,
                           CUT_SUPERVISOR_INFO,
                           CUT_NONE,
                           "nothing more can happen: all processes wait, and "
                           "nothing is on its way");
    cut_supervisor_check_quiet(supervisor);
}

/* A snapshot that is under way still becomes complete. */
void cut_supervisor_check_quiet(struct cut_supervisor *supervisor)
{
    if (!supervisor->is_quiet || supervisor->is_ending)
        return;
    if (!supervisor->config.stays)
        uv_timer_stop(&supervisor->every);
    if (supervisor->takes != NULL || supervisor->requests != NULL)
        return;
    if (supervisor->config.takes_last && !supervisor->is_last_begun) {
        supervisor->is_last_begun = true;
        cut_gather_ask(supervisor, cut_gather_next_initiator(supervisor));
    }
    if (!supervisor->config.stays && supervisor->takes == NULL &&
        supervisor->requests == NULL)
        cut_supervisor_end(supervisor, 0, "nothing more can happen");
}

/* Return the status of the run: that of the lowest process that failed. */
static int status_of(const struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (supervisor->members[p].has_failed)
            return supervisor->members[p].exit_status;
    return supervisor->status;
}

/* --- the run ------------------------------------------------------------- */

static void give_up_linking(struct cut_supervisor *supervisor)
{
    unsigned seconds = (unsigned)(LINKED_NS / CUT_SECOND);

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (supervisor->members[p].state == CUT_MEMBER_STARTED)
            cut_supervisor_end(supervisor,
                               STATUS_ERROR,
                               "%s on %s has not called %s in %u s",
                               cut_supervisor_process_name(supervisor, p),
                               supervisor->members[p].host,
                               cut_rendezvous_address(supervisor->rendezvous),
                               seconds);
    cut_supervisor_end(supervisor,
                       STATUS_ERROR,
                       "the processes could not be linked in %u s (%u of %u "
                       "are)",
                       seconds,
                       supervisor->linked_count,
                       supervisor->process_count);
}

static void clock_ticks(uv_timer_t *timer)
{
    struct cut_supervisor *supervisor = timer->data;

    look_who_is_late(supervisor);
    look_who_is_lost(supervisor);
    cut_rendezvous_tick(supervisor->rendezvous);
    if (supervisor->is_started)
        say_status(supervisor);
    else if (cut_supervisor_clock() > supervisor->created_ns + LINKED_NS)
        give_up_linking(supervisor);
}

/* All begin in turn. */
static void take_next(uv_timer_t *timer)
{
    struct cut_supervisor *supervisor = timer->data;

    /* They do not pile up: where one waits already, this one is left out. */
    if (supervisor->requests == NULL)
        cut_gather_ask(supervisor, cut_gather_next_initiator(supervisor));
}

static uint64_t milliseconds(cut_time time)
{
    return (time + CUT_MILLISECOND - 1) / CUT_MILLISECOND;
}

void cut_supervisor_begin(struct cut_supervisor *supervisor)
{
    const struct cut_supervisor_config *config = &supervisor->config;

    supervisor->status_ns_last = cut_supervisor_clock();
    if (config->every > 0)
        uv_timer_start(&supervisor->every,
                       take_next,
                       milliseconds(config->every),
                       milliseconds(config->every));
    if (config->until > 0)
        uv_timer_start(
            &supervisor->until, time_is_over, milliseconds(config->until), 0);
}

int cut_supervisor_run(struct cut_supervisor *supervisor)
{
    struct cut_supervisor_status status;

    /* It may be over before it begins. */
    cut_supervisor_check_over(supervisor);
    uv_run(&supervisor->loop, UV_RUN_DEFAULT);
    status = cut_supervisor_figures(supervisor);
    cut_time now = cut_supervisor_now(supervisor);
    status.messages_per_second =
        now > 0
            ? (uint64_t)((double)status.messages_delivered * 1e9 / (double)now)
            : 0;
    cut_supervisor_tell(supervisor,
                        (struct cut_supervisor_event){
                            .kind = CUT_SUPERVISOR_ENDED,
                            .text = supervisor->why,
                            .size = strlen(supervisor->why),
                            .status = &status,
                            .exit_status = status_of(supervisor),
                        });
    return status_of(supervisor);
}

/* --- making one ---------------------------------------------------------- */

/* One that is made of the program has no character that no name may have. */
static void make_name(struct cut_supervisor *supervisor)
{
    const struct cut_supervisor_config *config = &supervisor->config;
    const char *path = config->program[0];
    const char *slash = strrchr(path, '/');

    if (config->name != NULL)
        snprintf(supervisor->name, sizeof supervisor->name, "%s", config->name);
    else
        snprintf(supervisor->name,
                 sizeof supervisor->name,
                 "%.40s-%d",
                 slash != NULL ? slash + 1 : path,
                 (int)getpid());
    if (config->name != NULL)
        return;
    for (char *at = supervisor->name; *at != '\0'; at++) {
        char one[] = {*at, '\0'};
        if (!cut_control_name_is_valid(one) &&
            (at == supervisor->name || (*at != '-' && *at != '.')))
            *at = '_';
    }
}

static void make_handles(struct cut_supervisor *supervisor)
{
    uv_loop_t *loop = &supervisor->loop;
    uv_timer_t *timers[] = {
        &supervisor->clock,
        &supervisor->deadline,
        &supervisor->every,
        &supervisor->until,
        &supervisor->grace,
    };
    uv_signal_t *signals[] = {
        &supervisor->child,
        &supervisor->interrupt,
        &supervisor->terminate,
    };

    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        uv_timer_init(loop, timers[i]);
        timers[i]->data = supervisor;
    }
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        uv_signal_init(loop, signals[i]);
        signals[i]->data = supervisor;
    }
    uv_timer_start(&supervisor->clock, clock_ticks, CLOCK_MS, CLOCK_MS);
    uv_signal_start(&supervisor->child, child_ended, SIGCHLD);
    uv_signal_start(&supervisor->interrupt, interrupted, SIGINT);
    uv_signal_start(&supervisor->terminate, interrupted, SIGTERM);
}

static enum cut_error make_quiet(struct cut_supervisor *supervisor)
{
    struct cut_quiet_config config = {
        .process_count = supervisor->process_count,
        .member_count = supervisor->process_count,
    };

    return cut_quiet_create(&config, NULL, &supervisor->quiet);
}

static enum cut_error make_members(struct cut_supervisor *supervisor)
{
    uint32_t count = supervisor->process_count;

    supervisor->members = cut_allocate_zeroed(
        cut_allocator_standard(), count, sizeof *supervisor->members);
    supervisor->buffer = aligned_alloc(64, sizeof *supervisor->buffer);
    if (supervisor->members == NULL || supervisor->buffer == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < count; p++) {
        struct cut_member *member = &supervisor->members[p];
        member->supervisor = supervisor;
        member->process = p;
        member->control = -1;
        member->outputs[0].descriptor = -1;
        member->outputs[1].descriptor = -1;
    }
    return cut_facts_create(NULL, &supervisor->facts);
}

static bool draw(void *out, size_t size)
{
    return getrandom(out, size, 0) == (ssize_t)size;
}

/* What others can see of the run, from its first moment on: a name that is
 * taken is found before anything is started. */
static enum cut_error make_visible(struct cut_supervisor *supervisor,
                                   struct cut_fault *fault)
{
    const char *name = supervisor->config.name;
    enum cut_error error;

    make_name(supervisor);
    /* A longer one was cut. */
    if (name != NULL && !cut_control_name_is_valid(name))
        return cut_control_name_fault(name, fault);
    error =
        cut_control_server_open(supervisor, fault, &supervisor->control_server);
    return error == CUT_OK ? cut_gather_init(supervisor, fault) : error;
}

static enum cut_error
make_trace_directory(const struct cut_supervisor *supervisor,
                     struct cut_fault *fault)
{
    const char *directory = supervisor->config.trace;

    if (directory == NULL || mkdir(directory, S_IRWXU) == 0 || errno == EEXIST)
        return CUT_OK;
    return cut_fault_fill(
        fault, CUT_IO, "cannot make '%s': %s", directory, strerror(errno));
}

static enum cut_error make_all(struct cut_supervisor *supervisor,
                               struct cut_fault *fault)
{
    enum cut_error error = make_members(supervisor);

    int failure = error == CUT_OK ? uv_loop_init(&supervisor->loop) : 0;
    if (failure != 0)
        return cut_fault_fill(fault,
                              CUT_IO,
                              "cannot make an event loop: %s",
                              uv_strerror(failure));
    if (error == CUT_OK) {
        supervisor->is_loop_made = true;
        make_handles(supervisor);
        error = make_quiet(supervisor);
    }
    if (error == CUT_OK &&
        !(draw(supervisor->secret, sizeof supervisor->secret) &&
          draw(supervisor->run, sizeof supervisor->run)))
        error = CUT_IO;
    if (error != CUT_OK)
        return cut_fault_fill(fault, error, "%s", cut_error_sentence(error));
    error = make_visible(supervisor, fault);
    if (error == CUT_OK)
        error = make_trace_directory(supervisor, fault);
    if (error == CUT_OK)
        error = cut_launch_all(supervisor, fault);
    if (error == CUT_OK && supervisor->config.metrics != NULL)
        error = cut_metrics_open(supervisor,
                                 supervisor->config.metrics,
                                 fault,
                                 &supervisor->metrics);
    return error;
}

/* A full mesh takes many; processes inherit the limit. What cannot be had is
 * missed when it is needed. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

enum cut_error cut_supervisor_create(const struct cut_supervisor_config *config,
                                     struct cut_fault *fault,
                                     struct cut_supervisor **out)
{
    struct cut_supervisor *supervisor =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *supervisor);

    if (supervisor == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    supervisor->config = *config;
    supervisor->process_count = cut_topology_process_count(config->topology);
    supervisor->out = -1;
    supervisor->created_ns = cut_supervisor_clock();
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    enum cut_error error = make_all(supervisor, fault);
    if (error != CUT_OK) {
        cut_supervisor_destroy(supervisor);
        return error;
    }
    *out = supervisor;
    return CUT_OK;
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Who is left does not live on. */
static void wait_for_all(struct cut_supervisor *supervisor)
{
    kill_all(supervisor);
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        while (member->pid > 0 && waitpid(member->pid, NULL, 0) < 0 &&
               errno == EINTR)
            continue;
        member->pid = 0;
        if (member->control >= 0)
            close(member->control);
    }
}

void cut_supervisor_destroy(struct cut_supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    supervisor->config.listen = NULL;
    if (supervisor->members != NULL)
        wait_for_all(supervisor);
    if (supervisor->is_loop_made) {
        cut_metrics_close(supervisor->metrics);
        cut_control_server_close(supervisor->control_server);
        for (uint32_t p = 0; p < supervisor->process_count; p++)
            cut_member_fini(&supervisor->members[p]);
        cut_gather_fini(supervisor);
        cut_rendezvous_close(supervisor->rendezvous);
        uv_walk(&supervisor->loop, close_handle, NULL);
        uv_run(&supervisor->loop, UV_RUN_DEFAULT);
        uv_loop_close(&supervisor->loop);
    }
    cut_launch_remove_directory(supervisor);
    cut_quiet_destroy(supervisor->quiet);
    cut_facts_destroy(supervisor->facts);
    cut_release(cut_allocator_standard(),
                supervisor->members,
                supervisor->process_count,
                sizeof *supervisor->members);
    free(supervisor->buffer);
    cut_release(cut_allocator_standard(), supervisor, 1, sizeof *supervisor);
}
