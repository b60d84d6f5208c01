#include "worker_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What takes longer does not happen. */
#define AWAIT_MS 30000

static const char *const names[] = {"w0", "w1", "w2", "w3"};

/* By worker: all the others. */
static const uint32_t others[RIG_WORKERS_MAX][RIG_WORKERS_MAX - 1] =
    {{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}};

static void give_up(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#ifdef __SANITIZE_THREAD__
/* libuv closes descriptors without the C library, so the sanitizer takes the
 * next thread that gets the same number for one that races. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libuv.so.1\n";
}
#endif

/* --- what they say -------------------------------------------------------- */

static struct rig_part *part_of(struct rig_worker *worker,
                                struct cut_snapshot_id snapshot)
{
    for (unsigned i = 0; i < worker->part_count; i++)
        if (worker->parts[i].snapshot.number == snapshot.number)
            return &worker->parts[i];
    if (worker->part_count == RIG_PARTS_MAX)
        give_up("too many parts");
    worker->parts[worker->part_count].snapshot = snapshot;
    return &worker->parts[worker->part_count++];
}

static void take_part(struct rig_worker *worker, struct cut_bytes *body)
{
    struct rig_part *part = part_of(worker, cut_talk_take_id(body));
    bool is_last = cut_bytes_number(body, 1) != 0;

    part->data = realloc(part->data, part->size + body->left + 1);
    if (part->data == NULL)
        give_up("no memory");
    memcpy(part->data + part->size, body->at, body->left);
    part->size += body->left;
    part->is_whole = is_last;
}

static void pass_on(const struct rig_worker *worker, struct cut_bytes *body)
{
    uint32_t to = (uint32_t)cut_bytes_number(body, 4);
    uint8_t out[4 + CUT_CONTROL_SIZE] = {(uint8_t)worker->index};

    memcpy(out + 4, body->at, CUT_CONTROL_SIZE);
    for (unsigned i = 0; i < worker->rig->count; i++)
        if (i != worker->index && (to == CUT_EVERYONE || to == i))
            rig_order(worker->rig, i, CUT_TALK_FROM, out, sizeof out);
}

static void take_counts(struct rig_worker *worker, struct cut_bytes *body)
{
    (void)cut_bytes_number(body, 4);
    worker->wave = cut_bytes_number(body, 8);
    worker->sent = cut_bytes_number(body, 8);
    worker->delivered = cut_bytes_number(body, 8);
    worker->is_idle = cut_bytes_number(body, 1) != 0;
}

static void take_frame(struct rig_worker *worker, const struct cut_frame *frame)
{
    struct cut_bytes body = {.at = frame->body, .left = frame->body_size};
    size_t size;

    worker->frames++;
    switch (frame->kind) {
    case CUT_TALK_READY:
        size = (size_t)cut_bytes_number(&body, 2);
        snprintf(worker->address,
                 sizeof worker->address,
                 "%.*s",
                 (int)size,
                 (const char *)body.at);
        break;
    case CUT_TALK_LINKED:
        worker->is_linked = true;
        break;
    case CUT_TALK_PART:
        take_part(worker, &body);
        break;
    case CUT_TALK_DISCARDED:
        worker->discarded++;
        break;
    case CUT_TALK_ABORTED:
        worker->aborted++;
        break;
    case CUT_TALK_TO:
        pass_on(worker, &body);
        break;
    case CUT_TALK_COUNTS:
        take_counts(worker, &body);
        break;
    case CUT_TALK_PRINT:
        worker->printed++;
        break;
    case CUT_TALK_FAILED:
        snprintf(worker->failed,
                 sizeof worker->failed,
                 "%.*s",
                 (int)body.left,
                 (const char *)body.at);
        break;
    case CUT_TALK_STATUS:
    case CUT_TALK_STOPPED:
        if (body.left != CUT_TALK_STATUS_SIZE)
            give_up("figures of another size");
        worker->figures = cut_talk_status_decode(body.at);
        worker->is_stopped |= frame->kind == CUT_TALK_STOPPED;
        break;
    default:
        break;
    }
}

/* Take the whole frames, and keep the rest. */
static void take_frames(struct rig_worker *worker)
{
    struct cut_frame frame;
    struct cut_frame_opening opening;
    size_t at = 0;

    for (;;) {
        enum cut_frame_status status = cut_frame_open(
            worker->in + at, worker->in_size - at, &frame, &opening);
        if (status == CUT_FRAME_MORE)
            break;
        if (status != CUT_FRAME_WHOLE)
            give_up("a worker says what is no frame");
        take_frame(worker, &frame);
        at += opening.size;
    }
    worker->in_size -= at;
    memmove(worker->in, worker->in + at, worker->in_size);
}

static void hear_one(struct rig_worker *worker)
{
    if (worker->in_capacity - worker->in_size < 65536) {
        worker->in_capacity += 1 << 20;
        worker->in = realloc(worker->in, worker->in_capacity);
        if (worker->in == NULL)
            give_up("no memory");
    }
    ssize_t got = recv(worker->descriptor,
                       worker->in + worker->in_size,
                       worker->in_capacity - worker->in_size,
                       MSG_DONTWAIT);
    if (got > 0) {
        worker->in_size += (size_t)got;
        take_frames(worker);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(worker->descriptor);
        worker->descriptor = -1;
    }
}

static void hear_all(struct rig *rig, int ms)
{
    struct pollfd ready[RIG_WORKERS_MAX];

    for (unsigned i = 0; i < rig->count; i++)
        ready[i] =
            (struct pollfd){.fd = rig->workers[i].descriptor, .events = POLLIN};
    if (poll(ready, rig->count, ms) <= 0)
        return;
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].descriptor >= 0 && ready[i].revents != 0)
            hear_one(&rig->workers[i]);
}

void rig_hear(struct rig *rig, unsigned ms)
{
    uint64_t end = clock_ms() + ms;

    for (uint64_t now = clock_ms(); now < end; now = clock_ms())
        hear_all(rig, (int)(end - now));
}

bool rig_await(struct rig *rig,
               bool (*is_so)(const struct rig *, uint64_t),
               uint64_t what)
{
    uint64_t end = clock_ms() + AWAIT_MS;

    while (!is_so(rig, what)) {
        if (clock_ms() > end)
            return false;
        hear_all(rig, 20);
        if (is_so != rig_any_failed && rig_has_failed(rig))
            return false;
    }
    return true;
}

bool rig_all_linked(const struct rig *rig, uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < rig->count; i++)
        if (!rig->workers[i].is_linked)
            return false;
    return true;
}

static bool all_ready(const struct rig *rig, uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].address[0] == '\0')
            return false;
    return true;
}

static bool all_stopped(const struct rig *rig, uint64_t unused)
{
    (void)unused;
    for (unsigned i = 0; i < rig->count; i++)
        if (!rig->workers[i].is_stopped)
            return false;
    return true;
}

bool rig_all_have_part(const struct rig *rig, uint64_t number)
{
    for (unsigned i = 0; i < rig->count; i++)
        if (rig_part(rig, i, number) == NULL)
            return false;
    return true;
}

bool rig_any_failed(const struct rig *rig, uint64_t unused)
{
    (void)unused;
    return rig_has_failed(rig);
}

bool rig_has_failed(const struct rig *rig)
{
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].failed[0] != '\0' ||
            (rig->workers[i].descriptor < 0 && !rig->workers[i].is_stopped))
            return true;
    return false;
}

const struct rig_part *
rig_part(const struct rig *rig, unsigned worker, uint64_t number)
{
    const struct rig_worker *of = &rig->workers[worker];

    for (unsigned i = 0; i < of->part_count; i++)
        if (of->parts[i].snapshot.number == number && of->parts[i].is_whole)
            return &of->parts[i];
    return NULL;
}

/* --- what they are told --------------------------------------------------- */

void rig_order(struct rig *rig,
               unsigned worker,
               uint8_t kind,
               const void *body,
               size_t size)
{
    struct rig_worker *to = &rig->workers[worker];
    uint8_t *frame = malloc(CUT_FRAME_HEADER_SIZE + size);

    if (frame == NULL)
        give_up("no memory");
    if (size > 0)
        memcpy(frame + CUT_FRAME_HEADER_SIZE, body, size);
    size_t left = cut_frame_seal(
        frame, &(struct cut_frame){.kind = kind, .body_size = (uint32_t)size});
    for (const uint8_t *at = frame; left > 0 && to->descriptor >= 0;) {
        ssize_t written =
            send(to->descriptor, at, left, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            at += written;
            left -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = to->descriptor, .events = POLLOUT};
            poll(&room, 1, 100);
        } else if (errno != EINTR) {
            break;
        }
    }
    free(frame);
}

void rig_order_id(struct rig *rig,
                  unsigned worker,
                  uint8_t kind,
                  uint64_t number)
{
    uint8_t id[CUT_MARKER_SIZE];

    cut_marker_encode((struct cut_snapshot_id){.number = number}, id);
    rig_order(rig, worker, kind, id, sizeof id);
}

void rig_ask(struct rig *rig, unsigned worker, uint64_t wave)
{
    uint8_t body[12] = {0};

    for (unsigned i = 0; i < 8; i++)
        body[i] = (uint8_t)(wave >> (8 * i));
    rig_order(rig, worker, CUT_TALK_ASK, body, sizeof body);
}

void rig_start(struct rig *rig, unsigned worker)
{
    struct timespec now;
    uint8_t body[8];

    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t zero = (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
    for (unsigned i = 0; i < 8; i++)
        body[i] = (uint8_t)(zero >> (8 * i));
    rig_order(rig, worker, CUT_TALK_START, body, sizeof body);
}

bool rig_link(struct rig *rig)
{
    uint8_t body[RIG_WORKERS_MAX * 300];
    size_t size = 0;

    for (unsigned i = 0; i < rig->count; i++) {
        const char *address = rig->workers[i].address;
        size_t length = strlen(address);
        const uint8_t head[6] = {
            (uint8_t)i, 0, 0, 0, (uint8_t)length, (uint8_t)(length >> 8)};
        memcpy(body + size, head, sizeof head);
        memcpy(body + size + sizeof head, address, length);
        size += sizeof head + length;
    }
    for (unsigned i = 0; i < rig->count; i++)
        rig_order(rig, i, CUT_TALK_PEERS, body, size);
    return rig_await(rig, rig_all_linked, 0);
}

bool rig_begin(struct rig *rig)
{
    if (!rig_link(rig))
        return false;
    for (unsigned i = 0; i < rig->count; i++)
        rig_start(rig, i);
    return true;
}

/* The workers' sockets are this process's: each that was accepted has the name
 * of the place where its worker listens. */
unsigned rig_cut_connections(struct rig *rig)
{
    struct sockaddr_un own;
    struct sockaddr_storage other;
    unsigned count = 0;

    for (int descriptor = 3; descriptor < 256; descriptor++) {
        socklen_t size = sizeof own;
        memset(&own, 0, sizeof own);
        if (getsockname(descriptor, (struct sockaddr *)&own, &size) != 0 ||
            own.sun_family != AF_UNIX ||
            strncmp(own.sun_path, rig->folder, strlen(rig->folder)) != 0)
            continue;
        size = sizeof other;
        if (getpeername(descriptor, (struct sockaddr *)&other, &size) == 0 &&
            shutdown(descriptor, SHUT_RDWR) == 0)
            count++;
    }
    return count;
}

/* --- their life ----------------------------------------------------------- */

static void *be(void *argument)
{
    struct rig_worker *worker = argument;

    worker->status = cut_worker_run(&worker->config, worker->inner);
    return NULL;
}

static void configure(struct rig_worker *worker,
                      const struct rig_config *config)
{
    struct rig *rig = worker->rig;

    snprintf(worker->listen,
             sizeof worker->listen,
             "unix:%s/%u",
             rig->folder,
             worker->index);
    worker->config = (struct cut_worker_config){
        .process = config->process,
        .self = worker->index,
        .process_count = config->count,
        .names = names,
        .outgoing = others[worker->index],
        .outgoing_count = config->count - 1,
        .incoming = others[worker->index],
        .incoming_count = config->count - 1,
        .algorithm = cut_algorithm_find(config->algorithm),
        .clock_lead = config->clock_lead,
        .clock_bound = config->clock_bound,
        .seed = 42,
        .capacity = config->capacity > 0 ? config->capacity : 64,
        .capacity_bytes =
            config->capacity_bytes > 0 ? config->capacity_bytes : 1 << 16,
        .secret = rig->secret,
        .run = rig->run,
        .listen = config->uses_tcp ? "tcp:127.0.0.1" : worker->listen,
        .silence = config->silence > 0 ? config->silence : 10 * CUT_SECOND,
    };
}

void rig_open(struct rig *rig, const struct rig_config *config)
{
    memset(rig, 0, sizeof *rig);
    snprintf(rig->folder, sizeof rig->folder, "/tmp/test_worker.XXXXXX");
    if (mkdtemp(rig->folder) == NULL)
        give_up("no folder");
    memset(rig->secret, 7, sizeof rig->secret);
    memset(rig->run, 9, sizeof rig->run);
    rig->count = config->count;
    for (unsigned i = 0; i < rig->count; i++) {
        struct rig_worker *worker = &rig->workers[i];
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
            give_up("no sockets");
        worker->rig = rig;
        worker->index = i;
        worker->descriptor = pair[0];
        worker->inner = pair[1];
        configure(worker, config);
        if (pthread_create(&worker->thread, NULL, be, worker) != 0)
            give_up("no threads");
    }
    if (!rig_await(rig, all_ready, 0) && !rig_has_failed(rig))
        give_up("the workers are not ready");
}

void rig_close(struct rig *rig)
{
    for (unsigned i = 0; i < rig->count; i++) {
        struct rig_worker *worker = &rig->workers[i];
        if (worker->descriptor >= 0)
            close(worker->descriptor);
        pthread_join(worker->thread, NULL);
        for (unsigned k = 0; k < worker->part_count; k++)
            free(worker->parts[k].data);
        free(worker->in);
    }
    if (rmdir(rig->folder) != 0)
        give_up("something is left in the folder of sockets");
}

void rig_stop(struct rig *rig)
{
    for (unsigned i = 0; i < rig->count; i++)
        rig_order(rig, i, CUT_TALK_STOP, NULL, 0);
    if (!rig_await(rig, all_stopped, 0))
        give_up(rig_has_failed(rig) ? "a worker failed" : "one does not stop");
    rig_close(rig);
    for (unsigned i = 0; i < rig->count; i++)
        if (rig->workers[i].status != 0)
            give_up("a worker's status is not 0");
}
