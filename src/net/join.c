#include "net/join.h"

#include "base/fault.h"
#include "net/talk.h"

#include <cutline/process.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* How long the supervisor is called, and one call may take. */
#define CALLS_NS (UINT64_C(15) * 1000 * 1000 * 1000)
#define CALL_NS (UINT64_C(5) * 1000 * 1000 * 1000)

/* How long the supervisor may take to say what is to be done. */
#define ASK_NS (UINT64_C(30) * 1000 * 1000 * 1000)

/* The pause before one calls again: from, to. */
#define PAUSE_MIN_MS 20
#define PAUSE_MAX_MS 2000

static uint64_t read_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
}

/* --- waiting ------------------------------------------------------------- */

/* Whether standard input has ended; what stands in it is of no interest. */
static bool has_ended(int input)
{
    char some[256];
    ssize_t size = read(input, some, sizeof some);

    return size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN);
}

/* Wait until the socket is ready; CUT_IO when the time is over, or the input.
 * A socket of -1 is only waited for. */
static enum cut_error wait_for(const struct cut_join *join,
                               int descriptor,
                               short events,
                               uint64_t until_ns,
                               struct cut_fault *fault)
{
    for (;;) {
        struct pollfd ready[2] = {
            {.fd = descriptor, .events = events},
            {.fd = join->input, .events = POLLIN},
        };
        uint64_t now = read_clock();
        if (now >= until_ns)
            return cut_fault_fill(fault, CUT_IO, "it does not answer");
        int count = poll(
            ready, 2, (int)((until_ns - now + CUT_MILLISECOND - 1) / 1000000));
        if (count > 0 && ready[1].revents != 0 && has_ended(join->input))
            return cut_fault_fill(
                fault, CUT_STATE, "standard input ended: the run is over");
        if (count > 0 && ready[0].revents != 0)
            return CUT_OK;
    }
}

/* --- bytes --------------------------------------------------------------- */

static enum cut_error fail_call(struct cut_fault *fault)
{
    return cut_fault_fill(fault, CUT_IO, "%s", strerror(errno));
}

static enum cut_error fail_tls(const struct cut_join *join,
                               struct cut_fault *fault)
{
    return cut_fault_fill(fault, CUT_PROTOCOL, "%s", cut_tls_reason(join->tls));
}

static enum cut_error write_plain(const struct cut_join *join,
                                  const uint8_t *data,
                                  size_t size,
                                  struct cut_fault *fault)
{
    enum cut_error error = CUT_OK;

    while (size > 0 && error == CUT_OK) {
        ssize_t written = write(join->descriptor, data, size);
        if (written >= 0) {
            data += written;
            size -= (size_t)written;
        } else if (errno == EAGAIN) {
            error = wait_for(
                join, join->descriptor, POLLOUT, join->until_ns, fault);
        } else if (errno != EINTR) {
            error = fail_call(fault);
        }
    }
    return error;
}

/* Read what there is, at least a byte; 0 at the end. */
static enum cut_error read_plain(const struct cut_join *join,
                                 uint8_t *out,
                                 size_t size,
                                 size_t *got,
                                 struct cut_fault *fault)
{
    for (;;) {
        ssize_t count = read(join->descriptor, out, size);
        if (count > 0) {
            *got = (size_t)count;
            return CUT_OK;
        }
        if (count == 0)
            return cut_fault_fill(fault, CUT_IO, "the other end closed it");
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return fail_call(fault);
        enum cut_error error =
            wait_for(join, join->descriptor, POLLIN, join->until_ns, fault);
        if (error != CUT_OK)
            return error;
    }
}

static enum cut_error drain_tls(const struct cut_join *join,
                                struct cut_fault *fault)
{
    uint8_t some[4096];
    enum cut_error error = CUT_OK;
    size_t size;

    while (error == CUT_OK &&
           (size = cut_tls_drain(join->tls, some, sizeof some)) > 0)
        error = write_plain(join, some, size, fault);
    return error;
}

/* Give TLS what comes next; what it answers is sent. */
static enum cut_error feed_tls(const struct cut_join *join,
                               struct cut_fault *fault)
{
    uint8_t some[4096];
    size_t size = 0;
    enum cut_error error = read_plain(join, some, sizeof some, &size, fault);

    if (error != CUT_OK)
        return error;
    if (cut_tls_feed(join->tls, some, size) != CUT_OK) {
        struct cut_fault unsaid;
        (void)drain_tls(join, &unsaid);
        return fail_tls(join, fault);
    }
    return drain_tls(join, fault);
}

static enum cut_error open_tls(struct cut_join *join,
                               struct cut_tls_context *context,
                               struct cut_fault *fault)
{
    if (cut_tls_create(context, false, &join->tls) != CUT_OK)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    enum cut_error error = drain_tls(join, fault);
    while (error == CUT_OK && cut_tls_state(join->tls) == CUT_TLS_HANDSHAKE)
        error = feed_tls(join, fault);
    return error;
}

static enum cut_error write_bytes(const struct cut_join *join,
                                  const uint8_t *data,
                                  size_t size,
                                  struct cut_fault *fault)
{
    if (join->tls == NULL)
        return write_plain(join, data, size, fault);
    if (cut_tls_write(join->tls, data, size) != CUT_OK)
        return fail_tls(join, fault);
    return drain_tls(join, fault);
}

/* Read so many bytes and no more: what stands behind them is the worker's. */
static enum cut_error read_bytes(const struct cut_join *join,
                                 uint8_t *out,
                                 size_t size,
                                 struct cut_fault *fault)
{
    enum cut_error error = CUT_OK;

    while (size > 0 && error == CUT_OK) {
        size_t got = 0;
        if (join->tls == NULL)
            error = read_plain(join, out, size, &got, fault);
        else if (cut_tls_read(join->tls, out, size, &got) != CUT_OK)
            error = fail_tls(join, fault);
        else if (got == 0)
            error = feed_tls(join, fault);
        out += got;
        size -= got;
    }
    return error;
}

/* --- frames -------------------------------------------------------------- */

/*
 * Read a frame of at most so many bytes.
 *
 *   returns  all of it, to be released with free(); the frame's body is there.
 *            NULL: the fault says why.
 */
static uint8_t *read_frame(const struct cut_join *join,
                           size_t size_max,
                           struct cut_frame *frame,
                           struct cut_fault *fault)
{
    uint8_t header[CUT_FRAME_HEADER_SIZE];
    struct cut_frame_opening opening;
    uint8_t *all;

    if (read_bytes(join, header, sizeof header, fault) != CUT_OK)
        return NULL;
    if (cut_frame_open(header, sizeof header, frame, &opening) ==
            CUT_FRAME_NONSENSE ||
        opening.size > size_max) {
        cut_fault_fill(fault, CUT_PROTOCOL, "something else answers there");
        return NULL;
    }
    size_t size = opening.size > sizeof header ? opening.size : sizeof header;
    all = malloc(size);
    if (all == NULL) {
        cut_fault_fill(fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
        return NULL;
    }
    memcpy(all, header, sizeof header);
    bool is_read =
        read_bytes(join, all + sizeof header, size - sizeof header, fault) ==
        CUT_OK;
    if (is_read &&
        cut_frame_open(all, size, frame, &opening) == CUT_FRAME_WHOLE)
        return all;
    if (is_read)
        cut_fault_fill(fault, CUT_PROTOCOL, "%s", opening.reason);
    free(all);
    return NULL;
}

/* --- a call -------------------------------------------------------------- */

static enum cut_error shake_hands(const struct cut_join *join,
                                  const struct cut_handshake_config *config,
                                  struct cut_fault *fault)
{
    struct cut_handshake handshake;
    enum cut_error error = CUT_OK;

    cut_handshake_connect(&handshake, config, CUT_NET_SUPERVISOR, 0);
    for (;;) {
        struct cut_frame frame;
        if (handshake.out_size > 0)
            error = write_bytes(join, handshake.out, handshake.out_size, fault);
        if (error != CUT_OK || handshake.state != CUT_HANDSHAKE_WAITING)
            break;
        uint8_t *bytes =
            read_frame(join, CUT_HANDSHAKE_FRAME_SIZE_MAX, &frame, fault);
        if (bytes == NULL)
            return fault->code;
        cut_handshake_feed(&handshake, &frame);
        free(bytes);
    }
    if (handshake.state == CUT_HANDSHAKE_FAILED)
        return cut_fault_fill(
            fault, handshake.error, "%.250s", handshake.reason);
    return error;
}

static enum cut_error prove(const struct cut_join *join,
                            const struct cut_invitation *invitation,
                            struct cut_fault *fault)
{
    uint8_t nonce[CUT_NONCE_SIZE];
    struct cut_handshake_config config = {
        .secret = invitation->secret,
        .run = invitation->run,
        .nonce = nonce,
        .process_count = invitation->process_count,
        .incarnation = invitation->incarnation,
        .self = invitation->process,
    };

    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        return fail_call(fault);
    return shake_hands(join, &config, fault);
}

static enum cut_error await_connection(const struct cut_join *join,
                                       struct cut_fault *fault)
{
    int reason = 0;
    socklen_t size = sizeof reason;
    enum cut_error error =
        wait_for(join, join->descriptor, POLLOUT, join->until_ns, fault);

    if (error != CUT_OK)
        return error;
    if (getsockopt(join->descriptor, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
        reason = errno;
    errno = reason;
    return reason == 0 ? CUT_OK : fail_call(fault);
}

static enum cut_error call_once(struct cut_join *join,
                                const struct cut_invitation *invitation,
                                struct cut_tls_context *context,
                                struct cut_fault *fault)
{
    struct cut_address address;
    enum cut_error error =
        cut_address_read(invitation->supervisor, &address, fault);

    if (error != CUT_OK)
        return error;
    if (cut_address_connect(&address, &join->descriptor) != CUT_OK)
        return fail_call(fault);
    error = await_connection(join, fault);
    if (error == CUT_OK && context != NULL)
        error = open_tls(join, context, fault);
    if (error == CUT_OK)
        error = prove(join, invitation, fault);
    if (error != CUT_OK)
        cut_join_close(join);
    return error;
}

/* Nobody may listen yet, or a host be away for a moment; who has refused us
 * would do so again. */
static enum cut_error call_until(struct cut_join *join,
                                 const struct cut_invitation *invitation,
                                 struct cut_tls_context *context,
                                 struct cut_fault *fault)
{
    uint64_t end = read_clock() + CALLS_NS;
    uint64_t pause = PAUSE_MIN_MS;

    for (;;) {
        struct cut_fault late;
        uint64_t now = read_clock();
        join->until_ns = now + CALL_NS < end ? now + CALL_NS : end;
        enum cut_error error = call_once(join, invitation, context, fault);
        now = read_clock();
        uint64_t next = now + pause * CUT_MILLISECOND;
        if (error != CUT_IO || next >= end)
            return error;
        error = wait_for(join, -1, 0, next, &late);
        if (error == CUT_STATE) {
            *fault = late;
            return error;
        }
        pause = 2 * pause < PAUSE_MAX_MS ? 2 * pause : PAUSE_MAX_MS;
    }
}

enum cut_error cut_join_call(const struct cut_invitation *invitation,
                             int input,
                             struct cut_join *out,
                             struct cut_fault *fault)
{
    struct cut_join join = {.descriptor = -1, .input = input};
    struct cut_tls_context *context = NULL;
    enum cut_error error = CUT_OK;

    if (invitation->tls[0] != '\0')
        error = cut_tls_context_create(invitation->tls, fault, &context);
    if (error == CUT_OK)
        error = call_until(&join, invitation, context, fault);
    cut_tls_context_destroy(context);
    if (error == CUT_OK)
        *out = join;
    return error;
}

/* --- what there is to do ------------------------------------------------- */

static enum cut_error say(const struct cut_join *join,
                          const void *greeting,
                          size_t size,
                          struct cut_fault *fault)
{
    struct cut_frame frame = {
        .kind = CUT_TALK_GREETING,
        .body_size = (uint32_t)size,
    };
    uint8_t *bytes = malloc(CUT_FRAME_HEADER_SIZE + size);

    if (bytes == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    memcpy(bytes + CUT_FRAME_HEADER_SIZE, greeting, size);
    enum cut_error error =
        write_bytes(join, bytes, cut_frame_seal(bytes, &frame), fault);
    free(bytes);
    return error;
}

enum cut_error cut_join_ask(struct cut_join *join,
                            const char *greeting,
                            char **request,
                            size_t *request_size,
                            struct cut_fault *fault)
{
    const size_t size_max = CUT_FRAME_HEADER_SIZE + CUT_FRAME_BODY_MAX;
    struct cut_frame frame;

    join->until_ns = read_clock() + ASK_NS;
    enum cut_error error = say(join, greeting, strlen(greeting), fault);
    if (error != CUT_OK)
        return error;
    for (;;) {
        uint8_t *bytes = read_frame(join, size_max, &frame, fault);
        if (bytes == NULL)
            return fault->code;
        if (frame.kind == CUT_TALK_WORK) {
            *request_size = frame.body_size;
            memmove(bytes, frame.body, frame.body_size);
            *request = (char *)bytes;
            return CUT_OK;
        }
        free(bytes);
        if (frame.kind == CUT_TALK_STOP)
            return cut_fault_fill(fault, CUT_STATE, "the run is over");
    }
}

enum cut_error cut_join_place(const struct cut_join *join,
                              char out[CUT_ADDRESS_SIZE])
{
    struct cut_address address = {.size = sizeof address.storage};

    if (getsockname(join->descriptor,
                    (struct sockaddr *)&address.storage,
                    &address.size) != 0)
        return CUT_IO;
    cut_address_forget_port(&address);
    cut_address_write(&address, out);
    return CUT_OK;
}

void cut_join_close(struct cut_join *join)
{
    cut_tls_destroy(join->tls);
    join->tls = NULL;
    if (join->descriptor >= 0)
        close(join->descriptor);
    join->descriptor = -1;
}
