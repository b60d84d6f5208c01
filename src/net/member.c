/*
 * What workers say to their supervisor, and what becomes of it.
 */
#include "base/memory.h"
#include "net/supervisor_state.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { STATUS_ERROR = 2 };

/* --- orders -------------------------------------------------------------- */

void cut_member_order(struct cut_member *member,
                      uint8_t kind,
                      const void *body,
                      size_t size)
{
    struct cut_frame frame = {
        .kind = kind,
        .body_size = (uint32_t)size,
        .body = body,
    };

    if (member->conn == NULL)
        return;
    if (cut_conn_send(member->conn, &frame) != CUT_OK)
        cut_supervisor_end(
            member->supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
    cut_conn_flush(member->conn);
}

/* Whoever has not said that it is ready may be reading its request still, and
 * what stood behind that would be lost: it is told when it says so. */
void cut_member_order_all(struct cut_supervisor *supervisor,
                          uint8_t kind,
                          const void *body,
                          size_t size)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (supervisor->members[p].state > CUT_MEMBER_CREATED)
            cut_member_order(&supervisor->members[p], kind, body, size);
}

/* --- before the run begins ----------------------------------------------- */

/* Where one process calls another. */
static const char *
address_for(const struct cut_supervisor *supervisor, uint32_t from, uint32_t to)
{
    const struct cut_supervisor_config *config = &supervisor->config;
    const char *address = supervisor->members[to].address;

    const char *other = NULL;

    if (config->reroute != NULL && from != to)
        other = config->reroute(config->listener, from, to, address);
    return other != NULL ? other : address;
}

static void write_peers(const struct cut_supervisor *supervisor,
                        uint32_t from,
                        struct cut_writer *out)
{
    for (uint32_t to = 0; to < supervisor->process_count; to++) {
        const char *address = address_for(supervisor, from, to);
        cut_write_unsigned(out, to, 4);
        cut_write_unsigned(out, strlen(address), 2);
        cut_write(out, address, strlen(address));
    }
}

/* Where each can be called, said to all at once. */
static void tell_peers(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_writer out;
        cut_writer_init(&out, NULL);
        write_peers(supervisor, p, &out);
        if (out.error == CUT_OK)
            cut_member_order(
                &supervisor->members[p], CUT_TALK_PEERS, out.data, out.size);
        else
            cut_supervisor_end(
                supervisor, 2, "%s", cut_error_sentence(out.error));
        cut_writer_fini(&out);
    }
}

static char *copy_text(const uint8_t *text, size_t size)
{
    char *copy = cut_allocate(cut_allocator_standard(), size + 1, 1);

    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

/* The quantities in its initial state. */
static void
add_start(struct cut_supervisor *supervisor, const uint8_t *facts, size_t size)
{
    cut_facts_clear(supervisor->facts);
    enum cut_error error = cut_facts_decode(supervisor->facts, facts, size);
    if (error == CUT_OK)
        cut_totals_add(&supervisor->start, supervisor->facts, CUT_TOTALS_START);
    else if (error == CUT_NOMEM)
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(error));
}

static void is_ready(struct cut_member *member, struct cut_bytes *body)
{
    struct cut_supervisor *supervisor = member->supervisor;
    size_t size = (size_t)cut_bytes_number(body, 2);
    const uint8_t *text = cut_bytes_take(body, size);

    if (member->state != CUT_MEMBER_CREATED || text == NULL)
        return;
    member->address = copy_text(text, size);
    if (member->address == NULL) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    add_start(supervisor, body->at, body->left);
    member->state = CUT_MEMBER_READY;
    if (supervisor->is_ending)
        cut_member_order(member, CUT_TALK_STOP, NULL, 0);
    member->complaint[0] = '\0';
    if (++supervisor->ready_count == supervisor->process_count)
        tell_peers(supervisor);
}

static uint64_t real_clock(void)
{
    uv_timeval64_t now = {0};

    (void)uv_gettimeofday(&now);
    return (uint64_t)now.tv_sec * CUT_SECOND +
           (uint64_t)now.tv_usec * CUT_MICROSECOND;
}

static void begin(struct cut_supervisor *supervisor)
{
    uint8_t body[8];

    supervisor->is_started = true;
    supervisor->started_ns = cut_supervisor_clock();
    supervisor->started_real_ns = real_clock();
    for (unsigned i = 0; i < 8; i++)
        body[i] = (uint8_t)(supervisor->started_real_ns >> (8 * i));
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        supervisor->members[p].state = CUT_MEMBER_RUNNING;
    cut_member_order_all(supervisor, CUT_TALK_START, body, sizeof body);
    cut_supervisor_tell(
        supervisor,
        (struct cut_supervisor_event){.kind = CUT_SUPERVISOR_STARTED});
    cut_supervisor_begin(supervisor);
}

static void is_linked(struct cut_member *member)
{
    struct cut_supervisor *supervisor = member->supervisor;

    if (member->state != CUT_MEMBER_READY || supervisor->is_ending)
        return;
    member->state = CUT_MEMBER_LINKED;
    if (++supervisor->linked_count == supervisor->process_count)
        begin(supervisor);
}

/* --- while it runs ------------------------------------------------------- */

static void pass_control(struct cut_member *member, struct cut_bytes *body)
{
    struct cut_supervisor *supervisor = member->supervisor;
    uint32_t to = (uint32_t)cut_bytes_number(body, 4);
    const uint8_t *control = cut_bytes_take(body, CUT_CONTROL_SIZE);
    uint8_t out[4 + CUT_CONTROL_SIZE];

    if (control == NULL)
        return;
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(member->process >> (8 * i));
    memcpy(out + 4, control, CUT_CONTROL_SIZE);
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (p != member->process && (to == CUT_EVERYONE || to == p))
            cut_member_order(
                &supervisor->members[p], CUT_TALK_FROM, out, sizeof out);
}

static void take_counts(struct cut_member *member, struct cut_bytes *body)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_quiet_event event = {.kind = CUT_QUIET_EVENT_REPORT,
                                    .process = member->process};
    struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX];
    size_t count = 0;

    event.view = (uint32_t)cut_bytes_number(body, 4);
    event.wave = cut_bytes_number(body, 8);
    event.sent = cut_bytes_number(body, 8);
    event.delivered = cut_bytes_number(body, 8);
    event.is_idle = cut_bytes_number(body, 1) != 0;
    if (body->is_short ||
        cut_quiet_step(supervisor->quiet, &event, actions, &count) != CUT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        cut_supervisor_quiet(supervisor, &actions[i]);
}

static void say(struct cut_member *member,
                enum cut_supervisor_event_kind kind,
                const struct cut_bytes *body,
                enum cut_supervisor_level level)
{
    cut_supervisor_tell(member->supervisor,
                        (struct cut_supervisor_event){
                            .kind = kind,
                            .level = level,
                            .process = member->process,
                            .text = (const char *)body->at,
                            .size = body->left,
                        });
}

static void take_log(struct cut_member *member, struct cut_bytes *body)
{
    unsigned level = (unsigned)cut_bytes_number(body, 1);

    if (level <= CUT_SUPERVISOR_DEBUG)
        say(member, CUT_SUPERVISOR_LOG, body, (enum cut_supervisor_level)level);
}

static void take_part(struct cut_member *member, struct cut_bytes *body)
{
    struct cut_snapshot_id snapshot = cut_talk_take_id(body);
    bool is_last = cut_bytes_number(body, 1) != 0;

    if (!body->is_short)
        cut_gather_part(member, snapshot, is_last, body->at, body->left);
}

static void take_discard(struct cut_member *member, struct cut_bytes *body)
{
    struct cut_snapshot_id snapshot = cut_talk_take_id(body);

    if (!body->is_short)
        cut_gather_discarded(member, snapshot);
}

static void take_failure(struct cut_member *member,
                         const struct cut_bytes *body)
{
    member->has_failed = true;
    snprintf(member->failure,
             sizeof member->failure,
             "%.*s",
             (int)(body->left < 400 ? body->left : 400),
             (const char *)body->at);
}

static void take_figures(struct cut_member *member,
                         const struct cut_bytes *body)
{
    if (body->left == CUT_TALK_STATUS_SIZE)
        member->figures = cut_talk_status_decode(body->at);
}

/* When all have stopped, all may go: that is what the end of the connection
 * says. */
static void release_if_stopped(struct cut_supervisor *supervisor)
{
    if (!supervisor->is_ending)
        return;
    for (uint32_t p = 0; p < supervisor->process_count; p++)
        if (supervisor->members[p].state != CUT_MEMBER_STOPPED &&
            supervisor->members[p].pid != 0)
            return;
    cut_member_release_all(supervisor);
}

static void is_stopped(struct cut_member *member)
{
    member->state = CUT_MEMBER_STOPPED;
    release_if_stopped(member->supervisor);
}

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct cut_member *member = owner;
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_bytes body = {.at = frame->body, .left = frame->body_size};

    cut_supervisor_heard(member);
    switch (frame->kind) {
    case CUT_TALK_GREETING:
        cut_launch_greeted(member, frame->body, frame->body_size);
        break;
    case CUT_TALK_READY:
        is_ready(member, &body);
        break;
    case CUT_TALK_LINKED:
        is_linked(member);
        break;
    case CUT_TALK_PART:
        take_part(member, &body);
        break;
    case CUT_TALK_DISCARDED:
        take_discard(member, &body);
        break;
    case CUT_TALK_ABORTED:
        cut_gather_aborted(member);
        break;
    case CUT_TALK_TO:
        pass_control(member, &body);
        break;
    case CUT_TALK_COUNTS:
        take_counts(member, &body);
        break;
    case CUT_TALK_WANTS_SNAPSHOT:
        cut_gather_ask(supervisor, member->process);
        break;
    case CUT_TALK_LEAVES:
        cut_gather_left(member);
        break;
    case CUT_TALK_VIEWED:
        cut_gather_viewed(member, (uint32_t)cut_bytes_number(&body, 4));
        break;
    case CUT_TALK_PRINT:
        say(member, CUT_SUPERVISOR_PRINT, &body, CUT_SUPERVISOR_INFO);
        break;
    case CUT_TALK_LOG:
        take_log(member, &body);
        break;
    case CUT_TALK_FAILED:
        take_failure(member, &body);
        break;
    case CUT_TALK_STATUS:
        take_figures(member, &body);
        break;
    case CUT_TALK_STOPPED:
        take_figures(member, &body);
        is_stopped(member);
        break;
    default: /* of a worker that knows more */
        break;
    }
}

/* Its end is seen by how it ends; one that lives on with its connection closed
 * is made to end. */
static void broken(void *owner, const char *why)
{
    struct cut_member *member = owner;

    cut_conn_close(member->conn);
    member->conn = NULL;
    cut_gather_gone(member);
    if (member->pid == 0 || member->state == CUT_MEMBER_STOPPED)
        return;
    snprintf(member->loss, sizeof member->loss, "%s", why);
    cut_supervisor_log(member->supervisor,
                       CUT_SUPERVISOR_DEBUG,
                       member->process,
                       "the connection with it ended: %s",
                       why);
    cut_supervisor_reap_soon(member->supervisor);
}

const struct cut_conn_callbacks cut_member_callbacks = {
    .frame = frame_came,
    .broken = broken,
};

void cut_member_release_all(struct cut_supervisor *supervisor)
{
    for (uint32_t p = 0; p < supervisor->process_count; p++) {
        struct cut_member *member = &supervisor->members[p];
        cut_conn_close(member->conn);
        member->conn = NULL;
    }
}

/* --- its end ------------------------------------------------------------- */

void cut_member_lost(struct cut_member *member, const char *why)
{
    member->is_lost = true;
    if (member->failure[0] == '\0')
        snprintf(member->failure, sizeof member->failure, "%s", why);
    cut_conn_close(member->conn);
    member->conn = NULL;
    kill(member->pid, SIGKILL);
}

/* Of one that was not READY, what was written last to its standard error says
 * why: the launcher's words, or its own. */
static void
explain(const struct cut_member *member, int status, char *out, size_t size)
{
    if (member->failure[0] != '\0')
        snprintf(out, size, ": %s", member->failure);
    else if (member->complaint[0] != '\0')
        snprintf(out,
                 size,
                 " could not be started (status %d of the launcher): %s",
                 WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                     : WEXITSTATUS(status),
                 member->complaint);
    else if (member->state == CUT_MEMBER_STARTED && WIFEXITED(status))
        snprintf(out,
                 size,
                 " could not be started: the launcher ended with status %d",
                 WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(out,
                 size,
                 " was killed by signal %d (%s)",
                 WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, " ended with status %d", WEXITSTATUS(status));
}

/* One that was told to end and does not do it in good order has failed as well,
 * but that is not why the run ends. */
static void tell_bad_end(const struct cut_member *member, const char *how)
{
    /* What keeps one from starting keeps all: the first has said it. */
    bool is_new = member->supervisor->is_started;

    cut_supervisor_log(member->supervisor,
                       is_new ? CUT_SUPERVISOR_WARN : CUT_SUPERVISOR_DEBUG,
                       member->process,
                       "at its end it%s",
                       how);
}

void cut_member_died(struct cut_member *member, int status)
{
    struct cut_supervisor *supervisor = member->supervisor;
    bool is_told = supervisor->is_ending;
    /* A launcher that is called off has nothing that could fail. */
    bool is_in_order =
        is_told && (member->state == CUT_MEMBER_STARTED ||
                    (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    char how[sizeof member->failure + 64];

    /* Its last words may say why. */
    if (member->host != NULL)
        cut_output_read(&member->outputs[1]);
    explain(member, status, how, sizeof how);
    member->pid = 0;
    member->exit_status =
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (member->is_lost)
        member->exit_status = STATUS_ERROR;
    member->state = CUT_MEMBER_GONE;
    supervisor->alive_count--;
    if (!is_in_order && !member->is_killed)
        member->has_failed = true;
    if (member->has_failed && is_told)
        tell_bad_end(member, how);
    if (member->has_failed) {
        if (member->exit_status == 0)
            member->exit_status = 1;
        cut_supervisor_end(
            supervisor,
            0,
            "%s%s%s%s",
            cut_supervisor_process_name(supervisor, member->process),
            member->host != NULL ? " on " : "",
            member->host != NULL ? member->host : "",
            how);
    }
    release_if_stopped(supervisor);
    cut_supervisor_check_over(supervisor);
}

void cut_member_fini(struct cut_member *member)
{
    cut_conn_close(member->conn);
    member->conn = NULL;
    for (unsigned i = 0; i < 2; i++)
        cut_output_close(&member->outputs[i]);
    if (member->address != NULL)
        cut_release(cut_allocator_standard(),
                    member->address,
                    strlen(member->address) + 1,
                    1);
    member->address = NULL;
}
