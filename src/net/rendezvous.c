#include "net/rendezvous.h"

#include "base/fault.h"
#include "base/memory.h"
#include "net/supervisor_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* How long a handshake may take. */
#define HANDSHAKE_NS (UINT64_C(5) * 1000 * 1000 * 1000)

/* Callers at once, besides one for each process. */
#define STRANGERS_MAX 64

/* Lines on callers that were refused, from one tick to the next; what is more
 * is counted. */
#define LINES_A_TICK 20

/* Somebody who called. */
struct caller {
    struct cut_rendezvous *rendezvous;
    struct cut_conn *conn;
    struct caller *next; /* an older one */
    uint64_t began_ns;
    struct cut_handshake handshake;
    struct cut_handshake_config config;
    uint8_t nonce[CUT_NONCE_SIZE];
    char from[CUT_ADDRESS_SIZE];
};

struct cut_rendezvous {
    uv_poll_t poll;
    struct cut_supervisor *supervisor;
    int descriptor;
    struct cut_tls_context *tls;
    struct caller *callers; /* the latest first */
    uint32_t caller_count;
    uint32_t refused; /* since the last tick */
    bool is_resting;  /* no descriptors are left */
    char address[CUT_ADDRESS_SIZE];
};

static const struct cut_conn_callbacks caller_callbacks;

/* --- callers ------------------------------------------------------------- */

static void destroy(struct caller *caller)
{
    struct cut_rendezvous *rendezvous = caller->rendezvous;
    struct caller **link = &rendezvous->callers;

    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
    rendezvous->caller_count--;
    cut_release(cut_allocator_standard(), caller, 1, sizeof *caller);
}

static void give_up(struct caller *caller, const char *why)
{
    struct cut_rendezvous *rendezvous = caller->rendezvous;

    if (rendezvous->refused++ < LINES_A_TICK)
        cut_supervisor_log(rendezvous->supervisor,
                           CUT_SUPERVISOR_WARN,
                           CUT_NONE,
                           "a caller was refused, %s: %s",
                           caller->from,
                           why);
    cut_conn_close(caller->conn);
    destroy(caller);
}

/* What a handshake has to say is a frame, made already. */
static void say(struct caller *caller)
{
    struct cut_handshake *handshake = &caller->handshake;
    struct cut_frame frame;
    struct cut_frame_opening opening;

    if (handshake->out_size == 0)
        return;
    (void)cut_frame_open(handshake->out, handshake->out_size, &frame, &opening);
    /* Who is not answered, for want of memory, gives up. */
    if (cut_conn_send(caller->conn, &frame) == CUT_OK)
        cut_conn_flush(caller->conn);
}

/* Who called is who it says: is it waited for? */
static void judge(struct caller *caller)
{
    const struct cut_supervisor *supervisor = caller->rendezvous->supervisor;
    struct cut_handshake *handshake = &caller->handshake;
    const struct cut_member *member;

    if (handshake->peer == CUT_NET_SUPERVISOR) {
        cut_handshake_refuse(handshake, "it says that it is the supervisor");
        return;
    }
    member = &supervisor->members[handshake->peer];
    if (member->host == NULL)
        cut_handshake_refuse(handshake, "that process is on this host");
    else if (member->state != CUT_MEMBER_STARTED || member->conn != NULL)
        cut_handshake_refuse(handshake, "that process is here already");
    else if (supervisor->is_ending)
        cut_handshake_refuse(handshake, "the run is over");
    else
        cut_handshake_welcome(handshake, 0);
}

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct caller *caller = owner;
    struct cut_handshake *handshake = &caller->handshake;
    struct cut_supervisor *supervisor = caller->rendezvous->supervisor;

    cut_handshake_feed(handshake, frame);
    if (handshake->state == CUT_HANDSHAKE_PROVEN)
        judge(caller);
    say(caller);
    if (handshake->state == CUT_HANDSHAKE_FAILED) {
        give_up(caller, handshake->reason);
    } else if (handshake->state == CUT_HANDSHAKE_DONE) {
        struct cut_conn *conn = caller->conn;
        struct cut_member *member = &supervisor->members[handshake->peer];
        destroy(caller);
        cut_launch_joined(member, conn);
    }
}

static void broken(void *owner, const char *why)
{
    give_up(owner, why);
}

static const struct cut_conn_callbacks caller_callbacks = {
    .frame = frame_came,
    .broken = broken,
};

/* --- being called -------------------------------------------------------- */

static struct caller *oldest(const struct cut_rendezvous *rendezvous)
{
    struct caller *caller = rendezvous->callers;

    while (caller->next != NULL)
        caller = caller->next;
    return caller;
}

static struct caller *create(struct cut_rendezvous *rendezvous,
                             const struct cut_address *from)
{
    const struct cut_supervisor *supervisor = rendezvous->supervisor;
    struct caller *caller =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *caller);

    if (caller == NULL)
        return NULL;
    if (getrandom(caller->nonce, sizeof caller->nonce, 0) !=
        (ssize_t)sizeof caller->nonce) {
        cut_release(cut_allocator_standard(), caller, 1, sizeof *caller);
        return NULL;
    }
    caller->rendezvous = rendezvous;
    caller->began_ns = cut_supervisor_clock();
    caller->config = (struct cut_handshake_config){
        .secret = supervisor->secret,
        .run = supervisor->run,
        .nonce = caller->nonce,
        .process_count = supervisor->process_count,
        .self = CUT_NET_SUPERVISOR,
    };
    cut_handshake_accept(&caller->handshake, &caller->config);
    cut_address_write(from, caller->from);
    return caller;
}

static void answer(struct cut_rendezvous *rendezvous,
                   int descriptor,
                   const struct cut_address *from)
{
    const struct cut_supervisor *supervisor = rendezvous->supervisor;
    struct caller *caller;
    struct cut_tls *tls = NULL;

    if (rendezvous->caller_count == supervisor->process_count + STRANGERS_MAX)
        give_up(oldest(rendezvous), "too many call at once");
    caller = create(rendezvous, from);
    if (caller == NULL ||
        (rendezvous->tls != NULL &&
         cut_tls_create(rendezvous->tls, true, &tls) != CUT_OK)) {
        cut_release(
            cut_allocator_standard(), caller, caller != NULL, sizeof *caller);
        close(descriptor);
        return;
    }
    caller->next = rendezvous->callers;
    rendezvous->callers = caller;
    rendezvous->caller_count++;
    cut_address_prepare(descriptor);
    if (cut_conn_open(&rendezvous->supervisor->loop,
                      descriptor,
                      supervisor->buffer,
                      tls,
                      &caller_callbacks,
                      caller,
                      &caller->conn) != CUT_OK)
        destroy(caller);
    else
        cut_conn_limit(caller->conn, CUT_HANDSHAKE_FRAME_SIZE_MAX);
}

static void called(uv_poll_t *poll, int status, int events)
{
    struct cut_rendezvous *rendezvous = poll->data;
    int descriptor;

    (void)events;
    if (status < 0)
        return;
    do {
        struct cut_address from = {.size = sizeof from.storage};
        descriptor = accept4(rendezvous->descriptor,
                             (struct sockaddr *)&from.storage,
                             &from.size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0)
            answer(rendezvous, descriptor, &from);
    } while (descriptor >= 0 || errno == EINTR || errno == ECONNABORTED);
    /* Without a descriptor left, callers wait: others may end. */
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        rendezvous->is_resting = true;
        uv_poll_stop(&rendezvous->poll);
    }
}

static void give_up_late_callers(struct cut_rendezvous *rendezvous)
{
    uint64_t now = cut_supervisor_clock();
    struct caller *next;

    for (struct caller *caller = rendezvous->callers; caller != NULL;
         caller = next) {
        next = caller->next;
        if (now > caller->began_ns + HANDSHAKE_NS)
            give_up(caller, "it did not show in 5 s who it is");
    }
}

void cut_rendezvous_tick(struct cut_rendezvous *rendezvous)
{
    if (rendezvous == NULL)
        return;
    give_up_late_callers(rendezvous);
    if (rendezvous->refused > LINES_A_TICK)
        cut_supervisor_log(rendezvous->supervisor,
                           CUT_SUPERVISOR_WARN,
                           CUT_NONE,
                           "and %u more callers were refused",
                           rendezvous->refused - LINES_A_TICK);
    rendezvous->refused = 0;
    if (rendezvous->is_resting) {
        rendezvous->is_resting = false;
        uv_poll_start(&rendezvous->poll, UV_READABLE, called);
    }
}

/* --- its life ------------------------------------------------------------ */

const char *cut_rendezvous_address(const struct cut_rendezvous *rendezvous)
{
    return rendezvous->address;
}

static void release(struct cut_rendezvous *rendezvous)
{
    cut_tls_context_destroy(rendezvous->tls);
    cut_release(cut_allocator_standard(), rendezvous, 1, sizeof *rendezvous);
}

static enum cut_error begin(struct cut_rendezvous *rendezvous,
                            const struct cut_address *address)
{
    struct cut_address bound = {.size = sizeof bound.storage};
    int descriptor;

    if (cut_address_listen(address, &descriptor) != CUT_OK)
        return CUT_IO;
    if (getsockname(
            descriptor, (struct sockaddr *)&bound.storage, &bound.size) != 0 ||
        uv_poll_init(&rendezvous->supervisor->loop,
                     &rendezvous->poll,
                     descriptor) != 0) {
        close(descriptor);
        return CUT_IO;
    }
    cut_address_write(&bound, rendezvous->address);
    rendezvous->descriptor = descriptor;
    rendezvous->poll.data = rendezvous;
    uv_poll_start(&rendezvous->poll, UV_READABLE, called);
    return CUT_OK;
}

enum cut_error cut_rendezvous_open(struct cut_supervisor *supervisor,
                                   const struct cut_address *address,
                                   struct cut_fault *fault)
{
    const char *tls = supervisor->config.tls;
    char text[CUT_ADDRESS_SIZE];
    struct cut_rendezvous *rendezvous =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *rendezvous);
    enum cut_error error = CUT_OK;

    if (rendezvous == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    rendezvous->supervisor = supervisor;
    if (tls != NULL)
        error = cut_tls_context_create(tls, fault, &rendezvous->tls);
    if (error == CUT_OK && begin(rendezvous, address) != CUT_OK) {
        int reason = errno;
        cut_address_write(address, text);
        error = cut_fault_fill(fault,
                               CUT_IO,
                               "cannot listen at %.200s: %s",
                               text,
                               strerror(reason));
    }
    if (error == CUT_OK)
        supervisor->rendezvous = rendezvous;
    else
        release(rendezvous);
    return error;
}

static void closed(uv_handle_t *handle)
{
    release(handle->data);
}

void cut_rendezvous_close(struct cut_rendezvous *rendezvous)
{
    if (rendezvous == NULL)
        return;
    while (rendezvous->callers != NULL) {
        cut_conn_close(rendezvous->callers->conn);
        destroy(rendezvous->callers);
    }
    uv_poll_stop(&rendezvous->poll);
    close(rendezvous->descriptor);
    uv_close((uv_handle_t *)&rendezvous->poll, closed);
}
