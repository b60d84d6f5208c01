#include "net/dial.h"

#include "base/fault.h"
#include "base/memory.h"
#include "net/worker_state.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* The pause before one calls again: from, to. */
#define PAUSE_MIN_NS (UINT64_C(5) * 1000 * 1000)
#define PAUSE_MAX_NS (UINT64_C(1000) * 1000 * 1000)

/* How long a handshake may take, at most: no longer than silence does. */
#define HANDSHAKE_NS (UINT64_C(5) * 1000 * 1000 * 1000)

/* Callers at once, besides one for each neighbour. */
#define STRANGERS_MAX 64

/* One side of a handshake on a connection. */
struct cut_dial {
    struct cut_worker *worker;
    struct cut_peer *peer; /* NULL: somebody called, and is not known yet */
    struct cut_conn *conn;
    struct cut_dial *next; /* of the listener's */
    uint64_t began_ns;
    struct cut_handshake handshake;
    struct cut_handshake_config config;
    uint8_t nonce[CUT_NONCE_SIZE];
};

struct cut_listener {
    uv_poll_t poll;
    struct cut_worker *worker;
    int descriptor;
    struct cut_dial *callers; /* the latest first */
    uint32_t caller_count;
    bool is_resting;             /* no descriptors are left */
    char path[CUT_ADDRESS_SIZE]; /* to be removed at the end; "": none */
};

/* --- what both sides do -------------------------------------------------- */

static const struct cut_conn_callbacks dial_callbacks;

/* Make one side; its connection is not there yet. */
static struct cut_dial *create(struct cut_worker *worker, struct cut_peer *peer)
{
    const struct cut_worker_config *config = worker->config;
    struct cut_dial *dial =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *dial);

    if (dial == NULL)
        return NULL;
    dial->worker = worker;
    dial->peer = peer;
    dial->began_ns = worker->clock_ns;
    if (getrandom(dial->nonce, sizeof dial->nonce, 0) !=
        (ssize_t)sizeof dial->nonce) {
        cut_release(cut_allocator_standard(), dial, 1, sizeof *dial);
        return NULL;
    }
    dial->config = (struct cut_handshake_config){
        .secret = config->secret,
        .run = config->run,
        .nonce = dial->nonce,
        .process_count = config->process_count,
        .incarnation = config->incarnation,
        .self = config->self,
    };
    return dial;
}

static bool is_too_late(const struct cut_dial *dial, uint64_t now_ns)
{
    uint64_t silence = dial->worker->config->silence;

    return now_ns >
           dial->began_ns + (silence < HANDSHAKE_NS ? silence : HANDSHAKE_NS);
}

static void unlink_caller(struct cut_dial *dial)
{
    struct cut_dial **link = &dial->worker->listener->callers;

    while (*link != dial)
        link = &(*link)->next;
    *link = dial->next;
    dial->worker->listener->caller_count--;
}

static void destroy(struct cut_dial *dial)
{
    if (dial->peer != NULL)
        dial->peer->dial = NULL;
    else
        unlink_caller(dial);
    cut_release(cut_allocator_standard(), dial, 1, sizeof *dial);
}

void cut_dial_cancel(struct cut_dial *dial)
{
    if (dial == NULL)
        return;
    cut_conn_close(dial->conn);
    destroy(dial);
}

static enum cut_error
open_connection(struct cut_dial *dial, int descriptor, bool is_server)
{
    struct cut_worker *worker = dial->worker;
    struct cut_tls *tls = NULL;

    if (worker->tls != NULL &&
        cut_tls_create(worker->tls, is_server, &tls) != CUT_OK) {
        close(descriptor);
        return CUT_NOMEM;
    }
    enum cut_error error = cut_conn_open(&worker->loop,
                                         descriptor,
                                         worker->buffer,
                                         tls,
                                         &dial_callbacks,
                                         dial,
                                         &dial->conn);
    if (error == CUT_OK)
        cut_conn_limit(dial->conn, CUT_HANDSHAKE_FRAME_SIZE_MAX);
    return error;
}

/* What a handshake has to say is a frame, made already. */
static void say(struct cut_dial *dial)
{
    struct cut_frame frame;
    struct cut_frame_opening opening;
    struct cut_handshake *handshake = &dial->handshake;

    if (handshake->out_size == 0)
        return;
    (void)cut_frame_open(handshake->out, handshake->out_size, &frame, &opening);
    if (cut_conn_send(dial->conn, &frame) != CUT_OK)
        cut_worker_fail_memory(dial->worker);
    cut_conn_flush(dial->conn);
}

/* Somebody was refused, or has refused us: that is one connection less. */
static void give_up(struct cut_dial *dial, const char *why)
{
    struct cut_worker *worker = dial->worker;
    struct cut_peer *peer = dial->peer;

    if (peer != NULL)
        cut_report_log(worker,
                       CUT_LOG_WARN,
                       "no connection with %s: %s",
                       worker->config->names[peer->process],
                       why);
    else
        cut_report_log(
            worker, CUT_LOG_WARN, "somebody who called was refused: %s", why);
    worker->figures.refused++;
    cut_dial_cancel(dial);
    if (peer != NULL)
        cut_dial_due(peer);
}

/* The link has a connection: whoever made it is done. */
static void hand_over(struct cut_dial *dial, struct cut_peer *peer)
{
    struct cut_conn *conn = dial->conn;
    uint64_t next = dial->handshake.peer_acknowledged;

    destroy(dial);
    cut_conn_limit(conn, SIZE_MAX);
    cut_peer_connected(peer, conn, next);
}

/* --- who calls ----------------------------------------------------------- */

static struct cut_peer *peer_of(struct cut_worker *worker, uint32_t process)
{
    for (uint32_t i = 0; i < worker->peer_count; i++)
        if (worker->peers[i].process == process)
            return &worker->peers[i];
    return NULL;
}

/* Who called is who it says. What it had before, it has no more: a connection
 * that we still have is dead at its other end. */
static void welcome(struct cut_dial *dial)
{
    struct cut_handshake *handshake = &dial->handshake;
    struct cut_peer *peer = peer_of(dial->worker, handshake->peer);

    if (peer == NULL || peer->process < dial->worker->config->self) {
        cut_handshake_refuse(handshake, "it is no neighbour that calls");
        return;
    }
    if (peer->conn != NULL)
        cut_peer_break(peer, "it calls again");
    cut_handshake_welcome(handshake,
                          cut_link_receiver_reconnected(&peer->receiver));
}

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct cut_dial *dial = owner;
    struct cut_handshake *handshake = &dial->handshake;

    cut_handshake_feed(handshake, frame);
    if (handshake->state == CUT_HANDSHAKE_PROVEN)
        welcome(dial);
    say(dial);
    /* Who is about to end needs no connection; and what comes next would be
     * the link's. */
    if (dial->worker->is_stopping) {
        cut_dial_cancel(dial);
        return;
    }
    if (handshake->state == CUT_HANDSHAKE_FAILED)
        give_up(dial, handshake->reason);
    else if (handshake->state == CUT_HANDSHAKE_DONE)
        hand_over(dial,
                  dial->peer != NULL ? dial->peer
                                     : peer_of(dial->worker, handshake->peer));
}

/* A place where nobody listens yet is called again, without a word; somebody
 * who called and has not shown who it is may be a stranger. */
static void broken(void *owner, const char *why)
{
    struct cut_dial *dial = owner;
    struct cut_peer *peer = dial->peer;

    if (peer == NULL) {
        give_up(dial, why);
        return;
    }
    cut_report_log(dial->worker,
                   CUT_LOG_DEBUG,
                   "a call of %s ended: %s",
                   dial->worker->config->names[peer->process],
                   why);
    cut_dial_cancel(dial);
    cut_dial_due(peer);
}

static const struct cut_conn_callbacks dial_callbacks = {
    .frame = frame_came,
    .broken = broken,
};

static void call(struct cut_peer *peer)
{
    struct cut_worker *worker = peer->worker;
    struct cut_address address;
    struct cut_fault fault;
    int descriptor;

    if (cut_address_read(peer->address, &address, &fault) != CUT_OK) {
        cut_worker_fail(worker, 2, "%s", fault.what);
        return;
    }
    if (cut_address_connect(&address, &descriptor) != CUT_OK) {
        cut_report_log(worker,
                       CUT_LOG_DEBUG,
                       "cannot call %s: %s",
                       worker->config->names[peer->process],
                       strerror(errno));
        return;
    }
    struct cut_dial *dial = create(worker, peer);
    if (dial == NULL) {
        close(descriptor);
        return;
    }
    peer->dial = dial;
    cut_handshake_connect(&dial->handshake,
                          &dial->config,
                          peer->process,
                          cut_link_receiver_reconnected(&peer->receiver));
    if (open_connection(dial, descriptor, false) != CUT_OK) {
        destroy(dial);
        return;
    }
    say(dial);
}

void cut_dial_due(struct cut_peer *peer)
{
    struct cut_worker *worker = peer->worker;

    if (peer->process > worker->config->self || worker->is_stopping)
        return;
    peer->dial_at_ns = worker->clock_ns + peer->dial_pause_ns;
    peer->dial_pause_ns =
        peer->dial_pause_ns == 0 ? PAUSE_MIN_NS : 2 * peer->dial_pause_ns;
    if (peer->dial_pause_ns > PAUSE_MAX_NS)
        peer->dial_pause_ns = PAUSE_MAX_NS;
    cut_worker_redial(worker, peer->dial_at_ns);
}

void cut_dial_tick(struct cut_peer *peer, uint64_t now_ns)
{
    struct cut_dial *dial = peer->dial;

    if (dial != NULL) {
        if (is_too_late(dial, now_ns))
            give_up(dial, "it does not answer");
        return;
    }
    if (peer->conn != NULL || peer->address == NULL ||
        peer->process > peer->worker->config->self || now_ns < peer->dial_at_ns)
        return;
    call(peer);
    if (peer->dial == NULL)
        cut_dial_due(peer);
}

/* --- being called -------------------------------------------------------- */

static struct cut_dial *oldest(const struct cut_listener *listener)
{
    struct cut_dial *dial = listener->callers;

    while (dial->next != NULL)
        dial = dial->next;
    return dial;
}

static void answer(struct cut_worker *worker, int descriptor)
{
    struct cut_listener *listener = worker->listener;
    struct cut_dial *dial;

    if (listener->caller_count == worker->peer_count + STRANGERS_MAX)
        give_up(oldest(listener), "too many call at once");
    dial = create(worker, NULL);
    if (dial == NULL) {
        close(descriptor);
        return;
    }
    cut_address_prepare(descriptor);
    dial->next = listener->callers;
    listener->callers = dial;
    listener->caller_count++;
    cut_handshake_accept(&dial->handshake, &dial->config);
    if (open_connection(dial, descriptor, true) != CUT_OK)
        destroy(dial);
}

static void rest(struct cut_listener *listener)
{
    listener->is_resting = true;
    uv_poll_stop(&listener->poll);
}

static void called(uv_poll_t *poll, int status, int events)
{
    struct cut_listener *listener = poll->data;
    int descriptor;

    (void)events;
    if (status < 0)
        return;
    cut_worker_look(listener->worker);
    do {
        descriptor = accept4(
            listener->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0)
            answer(listener->worker, descriptor);
    } while (descriptor >= 0 || errno == EINTR || errno == ECONNABORTED);
    /* Without a descriptor left, callers wait: others may end. */
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
        rest(listener);
}

static void give_up_late_callers(struct cut_listener *listener, uint64_t now_ns)
{
    struct cut_dial *next;

    for (struct cut_dial *dial = listener->callers; dial != NULL; dial = next) {
        next = dial->next;
        if (is_too_late(dial, now_ns))
            give_up(dial, "the handshake took too long");
    }
}

void cut_listener_tick(struct cut_worker *worker, uint64_t now_ns)
{
    struct cut_listener *listener = worker->listener;

    if (listener == NULL)
        return;
    give_up_late_callers(listener, now_ns);
    if (listener->is_resting) {
        listener->is_resting = false;
        uv_poll_start(&listener->poll, UV_READABLE, called);
    }
}

static enum cut_error fail_to_listen(const struct cut_worker *worker,
                                     struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_IO,
                          "cannot listen at %s: %s",
                          worker->config->listen,
                          strerror(errno));
}

enum cut_error cut_listener_open(struct cut_worker *worker,
                                 char text[CUT_ADDRESS_SIZE],
                                 struct cut_fault *fault)
{
    struct cut_listener *listener;
    struct cut_address address;
    enum cut_error error =
        cut_address_read(worker->config->listen, &address, fault);
    int descriptor;

    if (error != CUT_OK)
        return error;
    if (cut_address_listen(&address, &descriptor) != CUT_OK)
        return fail_to_listen(worker, fault);
    listener =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *listener);
    if (listener == NULL ||
        getsockname(descriptor,
                    (struct sockaddr *)&address.storage,
                    &address.size) != 0 ||
        uv_poll_init(&worker->loop, &listener->poll, descriptor) != 0) {
        error = listener == NULL
                    ? cut_fault_fill(
                          fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM))
                    : fail_to_listen(worker, fault);
        close(descriptor);
        if (strncmp(worker->config->listen, "unix:", 5) == 0)
            unlink(worker->config->listen + 5);
        cut_release(cut_allocator_standard(),
                    listener,
                    listener != NULL,
                    sizeof *listener);
        return error;
    }
    cut_address_write(&address, text);
    listener->worker = worker;
    listener->descriptor = descriptor;
    listener->poll.data = listener;
    if (strncmp(text, "unix:", 5) == 0)
        snprintf(listener->path, sizeof listener->path, "%s", text + 5);
    worker->listener = listener;
    uv_poll_start(&listener->poll, UV_READABLE, called);
    return CUT_OK;
}

static void listener_closed(uv_handle_t *handle)
{
    struct cut_listener *listener = handle->data;

    cut_release(cut_allocator_standard(), listener, 1, sizeof *listener);
}

void cut_listener_close(struct cut_worker *worker)
{
    struct cut_listener *listener = worker->listener;

    if (listener == NULL)
        return;
    while (listener->callers != NULL)
        cut_dial_cancel(listener->callers);
    uv_close((uv_handle_t *)&listener->poll, listener_closed);
    close(listener->descriptor);
    if (listener->path[0] != '\0')
        unlink(listener->path);
    worker->listener = NULL;
}
