/*
 * The input is what a supervisor says to a worker, whatever that is. The worker
 * survives it; what it says are frames that there are, and its parts can be
 * read; and it ends when its supervisor does.
 *
 * The first byte: which algorithm. Then again and again: a kind (1), how many
 * bytes follow (2), bytes.
 */
#include "fuzz.h"
#include "net/handshake.h"
#include "net/part.h"
#include "net/talk.h"
#include "net/worker.h"

#include <cutline/process.h>

#include <sys/socket.h>
#include <unistd.h>

/* What a socket holds without anybody reading. */
#define ORDERS_SIZE_MAX 60000

static const char *const names[] = {"a", "b", "c"};
static const uint32_t others[] = {1, 2};
static const uint8_t zeros[CUT_SECRET_SIZE] = {0};

/* --- a program ------------------------------------------------------------ */

static void start(void *state, struct cut_context *context)
{
    (void)state;
    cut_multicast(context, NULL, 0, 0, "hello", 5);
    cut_timer_set(context, 0, 0);
}

static void timer(void *state, struct cut_context *context, uint32_t which)
{
    (void)which;
    ++*(uint64_t *)state;
    cut_send(context, 1, 0, "more", 4);
    cut_print(context, "sent");
}

static const struct cut_process program = {.name = "fuzz",
                                           .state_size = 8,
                                           .start = start,
                                           .timer = timer};

/* --- orders --------------------------------------------------------------- */

/* Names of hosts would be looked up. */
static bool is_harmless(unsigned kind, const uint8_t *body, size_t size)
{
    return kind != CUT_TALK_PEERS || memmem(body, size, "tcp:", 4) == NULL;
}

static void order(int to, unsigned kind, const uint8_t *body, size_t size)
{
    uint8_t frame[CUT_FRAME_HEADER_SIZE + UINT16_MAX];

    if (size > 0)
        memcpy(frame + CUT_FRAME_HEADER_SIZE, body, size);
    size_t left = cut_frame_seal(frame,
                                 &(struct cut_frame){
                                     .kind = (uint8_t)kind,
                                     .body_size = (uint32_t)size,
                                 });
    FUZZ_CHECK(send(to, frame, left, MSG_DONTWAIT) == (ssize_t)left);
}

static void order_all(int to, struct cut_bytes *bytes)
{
    size_t total = 0;

    while (bytes->left > 0) {
        unsigned kind = (unsigned)cut_bytes_number(bytes, 1);
        size_t size = (size_t)cut_bytes_number(bytes, 2);
        const uint8_t *body = cut_bytes_take(bytes, size);
        total += CUT_FRAME_HEADER_SIZE + size;
        if (bytes->is_short || total > ORDERS_SIZE_MAX)
            return;
        if (kind > 0 && kind <= CUT_FRAME_CONTROL_LAST &&
            is_harmless(kind, body, size))
            order(to, kind, body, size);
    }
}

/* --- reports -------------------------------------------------------------- */

static void check_report(const struct cut_frame *frame)
{
    struct cut_bytes body = {.at = frame->body, .left = frame->body_size};
    struct cut_part_view part;

    FUZZ_CHECK(frame->kind >= CUT_TALK_READY);
    FUZZ_CHECK(frame->kind <= CUT_TALK_ABORTED);
    if (frame->kind != CUT_TALK_PART)
        return;
    (void)cut_talk_take_id(&body);
    FUZZ_CHECK(cut_bytes_number(&body, 1) == 1);
    FUZZ_CHECK(cut_part_read(body.at, body.left, &part) == CUT_OK);
}

static void check_reports(int from)
{
    static uint8_t said[1 << 20];
    struct cut_frame frame;
    struct cut_frame_opening opening;
    size_t size = 0;
    size_t at = 0;
    ssize_t got;

    while ((got = recv(from, said + size, sizeof said - size, MSG_DONTWAIT)) >
           0)
        size += (size_t)got;
    while (at < size &&
           cut_frame_open(said + at, size - at, &frame, &opening) ==
               CUT_FRAME_WHOLE) {
        check_report(&frame);
        at += opening.size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_bytes bytes = {.at = data, .left = size};
    struct cut_worker_config config = {
        .process = &program,
        .process_count = 3,
        .names = names,
        .outgoing = others,
        .outgoing_count = 2,
        .incoming = others,
        .incoming_count = 2,
        .algorithm = cut_algorithm_at((size_t)cut_bytes_number(&bytes, 1) % 7),
        .clock_lead = CUT_MILLISECOND,
        .capacity = 2,
        .capacity_bytes = 100,
        .secret = zeros,
        .run = zeros,
        .listen = "tcp:127.0.0.1",
        .silence = CUT_SECOND,
    };
    int pair[2];

    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    order_all(pair[0], &bytes);
    shutdown(pair[0], SHUT_WR);
    int status = cut_worker_run(&config, pair[1]);
    FUZZ_CHECK(status == 0 || status == 2);
    check_reports(pair[0]);
    close(pair[0]);
    return 0;
}
