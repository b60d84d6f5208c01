/*
 * Starting the processes of a run: each is executed, has said who it is, and
 * has been told what to do, before the loop begins. For one on another host a
 * launcher is executed, and told on its standard input where to call; the rest
 * comes when it calls.
 */
#include "base/fault.h"
#include "base/memory.h"
#include "model/json_value.h"
#include "net/invitation.h"
#include "net/launcher.h"
#include "net/supervisor_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the protocol: docs/formats/control.md. */
#define PROTOCOL 1

/* A program of Cutline says at once that it is one. */
#define GREETING_NS (UINT64_C(10) * 1000 * 1000 * 1000)

/* The longest line with which a program says who it is. */
#define GREETING_SIZE 4096

/* The descriptors of a process that is about to be, ours and its. */
struct plumbing {
    int control[2]; /* a socket; a pipe, to another host */
    int output[2];
    int error[2];
    int report[2]; /* why it could not be executed */
};

static void close_all(const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
}

/* The control of a process on this host is a socket; of another, a pipe to its
 * standard input. */
static bool lay_control(struct plumbing *p, bool is_remote)
{
    int ends[2];

    if (!is_remote)
        return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->control) ==
               0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    p->control[0] = ends[1];
    p->control[1] = ends[0];
    return true;
}

static bool lay(struct plumbing *p, bool is_remote)
{
    *p = (struct plumbing){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    return lay_control(p, is_remote) && pipe2(p->output, O_CLOEXEC) == 0 &&
           pipe2(p->error, O_CLOEXEC) == 0 && pipe2(p->report, O_CLOEXEC) == 0;
}

/* Give a new process its standard input, and what it is called by. */
static bool connect_input(const struct plumbing *p, bool is_remote)
{
    char number[16];
    int nothing;

    if (is_remote)
        return dup2(p->control[1], STDIN_FILENO) >= 0;
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    snprintf(number, sizeof number, "%d", p->control[1]);
    return nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
           fcntl(p->control[1], F_SETFD, 0) == 0 &&
           setenv("CUTLINE_CONTROL", number, 1) == 0;
}

/* In the new process, until it is the program, or the launcher. */
static _Noreturn void become(char *const *argv,
                             const struct plumbing *p,
                             bool is_remote,
                             pid_t parent)
{
    bool is_ready = connect_input(p, is_remote) &&
                    dup2(p->output[1], STDOUT_FILENO) >= 0 &&
                    dup2(p->error[1], STDERR_FILENO) >= 0 &&
                    prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;

    if (is_ready && getppid() == parent) {
        /* A run that is interrupted tells its processes itself. */
        signal(SIGINT, SIG_IGN);
        if (is_remote)
            execvp(argv[0], argv);
        else
            execv(argv[0], argv);
    }
    int reason = errno;
    ssize_t ignored = write(p->report[1], &reason, sizeof reason);
    (void)ignored;
    _exit(127);
}

/* Return why a program could not be executed, 0 where it is. */
static int await_execution(int report)
{
    int reason = 0;
    ssize_t size;

    do
        size = read(report, &reason, sizeof reason);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof reason ? reason : 0;
}

static bool set_nonblocking(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);

    return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* The descriptor is taken, also on failure. */
static enum cut_error
open_output(struct cut_member *member, unsigned which, int *descriptor)
{
    int taken = *descriptor;

    *descriptor = -1;
    return cut_output_open(&member->outputs[which], member, taken, which == 1);
}

/* Take our ends; what is taken is closed with the member. */
static enum cut_error adopt(struct cut_member *member, struct plumbing *p)
{
    enum cut_error error = CUT_IO;

    member->control = p->control[0];
    p->control[0] = -1;
    if (set_nonblocking(p->output[0]) && set_nonblocking(p->error[0]))
        error = open_output(member, 0, &p->output[0]);
    if (error == CUT_OK)
        error = open_output(member, 1, &p->error[0]);
    return error;
}

static enum cut_error
execute(struct cut_member *member, char *const *argv, struct cut_fault *fault)
{
    bool is_remote = member->host != NULL;
    struct plumbing p;
    pid_t parent = getpid();
    int reason = 0;
    enum cut_error error = CUT_OK;

    if (!lay(&p, is_remote)) {
        reason = errno;
    } else {
        member->pid = fork();
        if (member->pid == 0)
            become(argv, &p, is_remote, parent);
        reason = member->pid < 0 ? errno : 0;
        close(p.report[1]);
        p.report[1] = -1;
        if (reason == 0) {
            member->supervisor->alive_count++;
            reason = await_execution(p.report[0]);
        }
        if (reason == 0)
            error = adopt(member, &p);
    }
    close_all((const int *)&p, sizeof p / sizeof(int));
    if (member->pid < 0)
        member->pid = 0;
    if (reason != 0)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "%s%s: cannot run it: %s",
                              is_remote ? "the launcher " : "",
                              argv[0],
                              strerror(reason));
    if (error != CUT_OK)
        return cut_fault_fill(
            fault, error, "%s: %s", argv[0], cut_error_sentence(error));
    member->state = is_remote ? CUT_MEMBER_STARTED : CUT_MEMBER_CREATED;
    return CUT_OK;
}

/* --- who it is ----------------------------------------------------------- */

/* Whether somebody has asked for the end before the run began. */
static bool is_interrupted(const struct cut_supervisor *supervisor)
{
    return supervisor->is_ending && supervisor->status > 128;
}

/* Wait until there is something to read, and let the loop see to what else
 * comes: an interrupt, and what processes write before they say who they are.
 * Return whether there is. */
static bool await_greeting(struct cut_member *member, uint64_t end)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct pollfd ready[] = {
        {.fd = member->control, .events = POLLIN},
        {.fd = uv_backend_fd(&supervisor->loop), .events = POLLIN},
    };

    for (;;) {
        uint64_t now = cut_supervisor_clock();
        if (now >= end || is_interrupted(supervisor))
            return false;
        uv_run(&supervisor->loop, UV_RUN_NOWAIT);
        int count = poll(ready, 2, (int)((end - now) / 1000000) + 1);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0 && ready[0].revents != 0)
            return true;
    }
}

/* Read a line, without what may stand behind it. */
static bool read_greeting(struct cut_member *member, char line[GREETING_SIZE])
{
    uint64_t end = cut_supervisor_clock() + GREETING_NS;
    size_t size = 0;

    while (size < GREETING_SIZE - 1) {
        if (!await_greeting(member, end))
            return false;
        ssize_t got = read(member->control, line + size, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        if (line[size] == '\n') {
            line[size] = '\0';
            return true;
        }
        size++;
    }
    return false;
}

static enum cut_error fail_greeting(const struct cut_member *member,
                                    const char *what,
                                    struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "%s %s",
                          member->supervisor->config.program[0],
                          what);
}

/* Judge what a process says it is: {"cutline":{...}}. */
static enum cut_error judge_greeting(const struct cut_member *member,
                                     const char *line,
                                     size_t size,
                                     struct cut_fault *fault)
{
    struct cut_supervisor *supervisor = member->supervisor;
    enum cut_error error = CUT_OK;
    json_t *value = cut_value_parse(line, size, &error);
    const json_t *hello = json_object_get(value, "cutline");
    json_int_t protocol =
        json_integer_value(json_object_get(hello, "protocol"));
    const char *program = json_string_value(json_object_get(hello, "program"));

    if (program == NULL || protocol != PROTOCOL)
        error = fail_greeting(member,
                              "speaks another protocol (expected a program "
                              "built with a cutline of the same version)",
                              fault);
    else
        snprintf(
            supervisor->program, sizeof supervisor->program, "%s", program);
    json_decref(value);
    return error;
}

/* Hear who a process is. */
static enum cut_error greet(struct cut_member *member, struct cut_fault *fault)
{
    char line[GREETING_SIZE];
    bool is_said = read_greeting(member, line);

    if (is_interrupted(member->supervisor))
        return CUT_OK;
    if (!is_said)
        return fail_greeting(member,
                             "is no program of Cutline (expected its main() "
                             "to be cut_main)",
                             fault);
    return judge_greeting(member, line, strlen(line), fault);
}

/* --- what it is to do ---------------------------------------------------- */

static json_t *names_of(const struct cut_topology *topology)
{
    uint32_t count = cut_topology_process_count(topology);
    json_t *array = json_array();

    for (uint32_t p = 0; p < count; p++)
        cut_value_append(&array, json_string(cut_topology_name(topology, p)));
    return array;
}

/* Whether there is a channel; a complete topology may have no numbers. */
static bool
is_channel(const struct cut_topology *topology, uint32_t from, uint32_t to)
{
    if (from == to)
        return false;
    return cut_topology_is_complete(topology) ||
           cut_topology_channel(topology, from, to) != CUT_NONE;
}

static json_t *neighbours_of(const struct cut_member *member, bool is_outgoing)
{
    const struct cut_supervisor *supervisor = member->supervisor;
    const struct cut_topology *topology = supervisor->config.topology;
    json_t *array = json_array();

    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (is_outgoing ? is_channel(topology, member->process, p)
                        : is_channel(topology, p, member->process))
            cut_value_append(&array, json_integer((json_int_t)p));
    return array;
}

static json_t *arguments_of(const struct cut_supervisor *supervisor)
{
    json_t *array = json_array();

    for (char *const *at = supervisor->config.program + 1; *at != NULL; at++)
        cut_value_append(&array, json_string(*at));
    return array;
}

/* Where a process listens; one on another host knows by which address it came
 * here. */
static void set_place(const struct cut_member *member, json_t **object)
{
    const struct cut_supervisor *supervisor = member->supervisor;
    char path[sizeof supervisor->directory + 32];

    if (member->host != NULL)
        return;
    if (supervisor->place[0] != '\0') {
        cut_value_set(object, "listen", json_string(supervisor->place));
        return;
    }
    snprintf(path,
             sizeof path,
             "unix:%s/%" PRIu32,
             supervisor->directory,
             member->process);
    cut_value_set(object, "listen", json_string(path));
}

static void set_run(const struct cut_member *member, json_t **object)
{
    const struct cut_supervisor *supervisor = member->supervisor;
    const struct cut_supervisor_config *config = &supervisor->config;

    set_place(member, object);
    cut_value_set(
        object,
        "secret",
        cut_value_hex(supervisor->secret, CUT_SECRET_SIZE, CUT_SECRET_SIZE));
    cut_value_set(
        object,
        "run",
        cut_value_hex(supervisor->run, CUT_RUN_ID_SIZE, CUT_RUN_ID_SIZE));
    cut_value_set(object, "incarnation", json_integer(0));
    if (config->tls != NULL)
        cut_value_set(object, "tls", json_string(config->tls));
    if (config->trace != NULL)
        cut_value_set(object, "trace", json_string(config->trace));
}

static json_t *request_of(const struct cut_member *member)
{
    const struct cut_supervisor *supervisor = member->supervisor;
    const struct cut_supervisor_config *config = &supervisor->config;
    const struct cut_algorithm_traits *traits =
        cut_algorithm_traits(config->algorithm);
    json_t *object = json_object();

    cut_value_set(&object, "command", json_string("work"));
    cut_value_set(
        &object, "process", json_integer((json_int_t)member->process));
    cut_value_set(&object, "names", names_of(config->topology));
    cut_value_set(&object, "outgoing", neighbours_of(member, true));
    cut_value_set(&object, "incoming", neighbours_of(member, false));
    cut_value_set(&object, "arguments", arguments_of(supervisor));
    cut_value_set(&object, "algorithm", json_string(traits->name));
    cut_value_set(&object, "clock_lead", cut_value_count(config->clock_lead));
    cut_value_set(&object, "clock_bound", cut_value_count(config->clock_bound));
    cut_value_set(&object, "seed", json_integer(config->seed));
    cut_value_set(&object, "capacity", cut_value_count(config->capacity));
    cut_value_set(
        &object, "capacity_bytes", cut_value_count(config->capacity_bytes));
    cut_value_set(&object, "silence", cut_value_count(config->silence));
    set_run(member, &object);
    return object;
}

static bool write_all(int descriptor, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, text, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Tell a process what to do; from then on frames are spoken. */
static enum cut_error instruct(struct cut_member *member,
                               struct cut_fault *fault)
{
    struct cut_supervisor *supervisor = member->supervisor;
    json_t *request = request_of(member);
    char *text =
        request != NULL ? cut_value_print(request, JSON_COMPACT) : NULL;
    int descriptor = member->control;
    enum cut_error error = CUT_OK;

    json_decref(request);
    if (text == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    bool is_sent = write_all(descriptor, text, strlen(text)) &&
                   write_all(descriptor, "\n", 1) &&
                   set_nonblocking(descriptor);
    free(text);
    if (!is_sent)
        return fail_greeting(member, "ended before the run began", fault);
    member->control = -1;
    error = cut_conn_open(&supervisor->loop,
                          descriptor,
                          supervisor->buffer,
                          NULL,
                          &cut_member_callbacks,
                          member,
                          &member->conn);
    member->heard_ns = cut_supervisor_clock();
    if (error != CUT_OK)
        return cut_fault_fill(fault, error, "%s", cut_error_sentence(error));
    return CUT_OK;
}

/* --- on another host ----------------------------------------------------- */

/* Tell a process where to call, by its standard input. A pipe takes the line at
 * once; a launcher that is gone already is seen by that. */
static enum cut_error invite(struct cut_member *member, struct cut_fault *fault)
{
    const struct cut_supervisor *supervisor = member->supervisor;
    const char *tls = supervisor->config.tls;
    struct cut_invitation invitation = {
        .process = member->process,
        .process_count = supervisor->process_count,
    };

    memcpy(invitation.secret, supervisor->secret, sizeof invitation.secret);
    memcpy(invitation.run, supervisor->run, sizeof invitation.run);
    snprintf(invitation.supervisor,
             sizeof invitation.supervisor,
             "%s",
             cut_rendezvous_address(supervisor->rendezvous));
    snprintf(
        invitation.tls, sizeof invitation.tls, "%s", tls != NULL ? tls : "");
    char *line = cut_invitation_write(&invitation);
    if (line == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    (void)write_all(member->control, line, strlen(line));
    free(line);
    member->heard_ns = cut_supervisor_clock();
    return CUT_OK;
}

void cut_launch_call_off(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        if (member->state != CUT_MEMBER_STARTED || member->control < 0)
            continue;
        close(member->control);
        member->control = -1;
    }
}

void cut_launch_joined(struct cut_member *member, struct cut_conn *conn)
{
    member->conn = conn;
    cut_conn_limit(conn, CUT_FRAME_HEADER_SIZE + GREETING_SIZE);
    cut_conn_adopt(conn, &cut_member_callbacks, member);
    cut_supervisor_heard(member);
}

void cut_launch_greeted(struct cut_member *member,
                        const uint8_t *greeting,
                        size_t size)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_fault fault;
    json_t *request;
    char *text;

    if (member->state != CUT_MEMBER_STARTED)
        return;
    if (judge_greeting(member, (const char *)greeting, size, &fault) !=
        CUT_OK) {
        cut_supervisor_end(supervisor, 2, "%s on %s", fault.what, member->host);
        return;
    }
    request = request_of(member);
    text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    if (text == NULL) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    member->state = CUT_MEMBER_CREATED;
    cut_conn_limit(member->conn, SIZE_MAX);
    cut_member_order(member, CUT_TALK_WORK, text, strlen(text));
    free(text);
}

/* Who is on another host, and whether anybody is. */
static bool find_hosts(struct cut_supervisor *supervisor)
{
    const struct cut_hosts *hosts = supervisor->config.hosts;
    bool has_others = false;

    for (uint32_t p = 0; p < supervisor->process_count && hosts != NULL; p++) {
        const char *host = cut_hosts_at(hosts, p);
        if (cut_host_is_local(host))
            continue;
        supervisor->members[p].host = host;
        has_others = true;
    }
    return has_others;
}

static const char *first_host(const struct cut_supervisor *supervisor)
{
    uint32_t p = 0;

    while (supervisor->members[p].host == NULL)
        p++;
    return supervisor->members[p].host;
}

/* The address of this host: as was said, or from which the first other host is
 * reached. */
static enum cut_error find_address(const struct cut_supervisor *supervisor,
                                   bool has_others,
                                   struct cut_address *out,
                                   struct cut_fault *fault)
{
    const char *address = supervisor->config.address;
    char text[CUT_ADDRESS_SIZE];
    char why[sizeof fault->what];

    if (address == NULL && has_others) {
        const char *host = first_host(supervisor);
        enum cut_error error = cut_address_route(host, out, fault);
        if (error == CUT_OK)
            return CUT_OK;
        snprintf(why, sizeof why, "%s", fault->what);
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "by which address %.60s reaches this host cannot "
                              "be told: %.100s (expected --listen ADDRESS)",
                              host,
                              why);
    }
    snprintf(
        text, sizeof text, "tcp:%s", address != NULL ? address : "127.0.0.1");
    return cut_address_read(text, out, fault);
}

static enum cut_error open_rendezvous(struct cut_supervisor *supervisor,
                                      const struct cut_address *address,
                                      struct cut_fault *fault)
{
    const struct cut_supervisor_config *config = &supervisor->config;

    if (cut_address_is_any(address))
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "%.100s is no address that other hosts can call "
                              "(expected one of this host)",
                              config->address);
    if (!cut_launcher_takes(config->program[0]))
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "%.100s: no path for another host's shell "
                              "(expected an absolute one, of letters, digits "
                              "and _./+,@%%=:-)",
                              config->program[0]);
    return cut_rendezvous_open(supervisor, address, fault);
}

/* Decide where processes of this host listen, and, if there are others, where
 * those call. */
static enum cut_error find_places(struct cut_supervisor *supervisor,
                                  struct cut_fault *fault)
{
    const struct cut_supervisor_config *config = &supervisor->config;
    bool has_others = find_hosts(supervisor);
    struct cut_address address;

    if (!has_others && !config->uses_tcp && config->address == NULL)
        return CUT_OK;
    enum cut_error error =
        find_address(supervisor, has_others, &address, fault);
    if (error != CUT_OK)
        return error;
    if (has_others)
        error = open_rendezvous(supervisor, &address, fault);
    cut_address_forget_port(&address);
    cut_address_write(&address, supervisor->place);
    return error;
}

/* --- all ----------------------------------------------------------------- */

/* A directory of our own, for sockets: nobody else can call there. */
static enum cut_error make_directory(struct cut_supervisor *supervisor,
                                     struct cut_fault *fault)
{
    const char *parent = getenv("TMPDIR");
    char *name = supervisor->directory;

    if (supervisor->place[0] != '\0')
        return CUT_OK;
    if (parent == NULL || parent[0] != '/' ||
        strlen(parent) > sizeof supervisor->directory - 40)
        parent = "/tmp";
    snprintf(name, sizeof supervisor->directory, "%s/cutline-XXXXXX", parent);
    if (mkdtemp(name) != NULL)
        return CUT_OK;
    enum cut_error error = cut_fault_fill(
        fault, CUT_IO, "cannot make %s: %s", name, strerror(errno));
    name[0] = '\0';
    return error;
}

void cut_launch_remove_directory(struct cut_supervisor *supervisor)
{
    char path[sizeof supervisor->directory + 32];

    if (supervisor->directory[0] == '\0')
        return;
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        snprintf(path, sizeof path, "%s/%" PRIu32, supervisor->directory, p);
        unlink(path);
    }
    rmdir(supervisor->directory);
    supervisor->directory[0] = '\0';
}

static enum cut_error start(struct cut_member *member, struct cut_fault *fault)
{
    const struct cut_supervisor_config *config = &member->supervisor->config;
    const char *command =
        config->launcher != NULL ? config->launcher : CUT_LAUNCHER_DEFAULT;
    struct cut_launcher launcher;
    enum cut_error error;

    if (member->host == NULL)
        return execute(member, config->program, fault);
    error =
        cut_launcher_init(&launcher, command, member->host, config->program[0]);
    if (error != CUT_OK)
        return cut_fault_fill(fault,
                              error,
                              "the launcher \"%.100s\": %s",
                              command,
                              error == CUT_INVALID
                                  ? "no command (expected such as ssh)"
                                  : cut_error_sentence(error));
    error = execute(member, launcher.argv, fault);
    cut_launcher_fini(&launcher);
    return error == CUT_OK ? invite(member, fault) : error;
}

enum cut_error cut_launch_all(struct cut_supervisor *supervisor,
                              struct cut_fault *fault)
{
    uint32_t count = supervisor->process_count;
    enum cut_error error = find_places(supervisor, fault);

    if (error == CUT_OK)
        error = make_directory(supervisor, fault);
    for (uint32_t p = 0; p < count && error == CUT_OK; p++)
        error = start(&supervisor->members[p], fault);
    for (uint32_t p = 0; p < count && error == CUT_OK; p++)
        if (supervisor->members[p].host == NULL)
            error = greet(&supervisor->members[p], fault);
    if (error == CUT_OK && is_interrupted(supervisor))
        return CUT_OK;
    for (uint32_t p = 0; p < count && error == CUT_OK; p++)
        if (supervisor->members[p].host == NULL)
            error = instruct(&supervisor->members[p], fault);
    return error;
}
