/*
 * Connections over socket pairs: whatever the socket does to the bytes, frames
 * come out as they went in; and callbacks may close what they are called by.
 */
#include "check.h"
#include "net/conn.h"
#include "net/tls_context.h"

#include <cutline/keys.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end, and what it was told. */
struct end {
    struct cut_conn *conn;
    unsigned frames;
    unsigned wrong;   /* frames that are not the next one, or not aligned */
    unsigned drained; /* how often that was said */
    unsigned broken;
    char why[96];
    uint32_t sizes[64]; /* of the bodies that came */
    unsigned close_at;  /* close in the callback of this frame; 0: never */
    bool stays_open;    /* when it is broken */
};

static uv_loop_t loop;
static struct cut_read_buffer buffer;

/* --- frames that can be told apart ---------------------------------------- */

static uint8_t byte_of(uint64_t sequence, uint32_t index)
{
    return (uint8_t)(sequence * 31 + index * 7 + (index >> 8));
}

/* Seal a frame with that number; the caller frees it. */
static uint8_t *make_frame(uint64_t sequence, uint32_t size)
{
    uint8_t *data = malloc(CUT_FRAME_HEADER_SIZE + (size_t)size);

    if (data == NULL)
        exit(1);
    for (uint32_t i = 0; i < size; i++)
        data[CUT_FRAME_HEADER_SIZE + i] = byte_of(sequence, i);
    cut_frame_seal(data,
                   &(struct cut_frame){.kind = CUT_FRAME_DATA,
                                       .sequence = sequence,
                                       .body_size = size});
    return data;
}

static bool is_right(const struct cut_frame *frame, unsigned sequence)
{
    if (frame->sequence != sequence || (uintptr_t)frame->body % 8 != 0)
        return false;
    for (uint32_t i = 0; i < frame->body_size; i++)
        if (frame->body[i] != byte_of(sequence, i))
            return false;
    return true;
}

/* --- callbacks ------------------------------------------------------------ */

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct end *end = owner;

    if (!is_right(frame, end->frames))
        end->wrong++;
    end->sizes[end->frames % 64] = frame->body_size;
    end->frames++;
    if (end->frames == end->close_at) {
        cut_conn_close(end->conn);
        end->conn = NULL;
    }
}

static void broken(void *owner, const char *why)
{
    struct end *end = owner;

    end->broken++;
    snprintf(end->why, sizeof end->why, "%s", why);
    if (end->stays_open)
        return;
    cut_conn_close(end->conn);
    end->conn = NULL;
}

static void drained(void *owner)
{
    ((struct end *)owner)->drained++;
}

static const struct cut_conn_callbacks callbacks = {
    .frame = frame_came,
    .broken = broken,
    .drained = drained,
};

/* --- ends ----------------------------------------------------------------- */

static void turn(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void make_pair(int pair[2])
{
    if (socketpair(
            AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        exit(1);
}

static void open_end(struct end *end, int descriptor, struct cut_tls *tls)
{
    *end = (struct end){.conn = NULL};
    if (!CHECK_EQ(
            cut_conn_open(
                &loop, descriptor, &buffer, tls, &callbacks, end, &end->conn),
            CUT_OK))
        exit(1);
}

static void close_end(struct end *end)
{
    cut_conn_close(end->conn);
    end->conn = NULL;
    turn(2);
}

static void put(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written < 0 && errno == EAGAIN) {
            turn(1);
            continue;
        }
        if (!CHECK(written > 0))
            exit(1);
        data += written;
        size -= (size_t)written;
    }
}

/* --- reading -------------------------------------------------------------- */

/* Three frames, the second of an odd size, cut in two at every byte. */
static void test_cut_at_every_byte(void)
{
    uint8_t *frames[] = {make_frame(0, 5), make_frame(1, 43), make_frame(2, 0)};
    uint8_t all[3 * CUT_FRAME_HEADER_SIZE + 48];
    size_t size = 0;

    for (unsigned i = 0; i < 3; i++) {
        size_t one = CUT_FRAME_HEADER_SIZE + (i == 0 ? 5U : i == 1 ? 43U : 0U);
        memcpy(all + size, frames[i], one);
        size += one;
        free(frames[i]);
    }
    CHECK_EQ(size, sizeof all);
    for (size_t cut = 0; cut <= size; cut++) {
        int pair[2];
        struct end end;
        make_pair(pair);
        open_end(&end, pair[0], NULL);
        put(pair[1], all, cut);
        turn(1);
        put(pair[1], all + cut, size - cut);
        turn(1);
        CHECK_EQ(end.frames, 3);
        CHECK_EQ(end.wrong, 0);
        CHECK_EQ(end.broken, 0);
        CHECK_EQ(cut_conn_bytes_read(end.conn), size);
        close_end(&end);
        close(pair[1]);
    }
}

static void test_byte_by_byte(void)
{
    int pair[2];
    struct end end;

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    for (unsigned n = 0; n < 4; n++) {
        uint8_t *frame = make_frame(n, n);
        for (size_t i = 0; i < CUT_FRAME_HEADER_SIZE + n; i++) {
            put(pair[1], frame + i, 1);
            turn(1);
        }
        free(frame);
        CHECK_EQ(end.frames, n + 1);
    }
    CHECK_EQ(end.wrong, 0);
    close_end(&end);
    close(pair[1]);
}

/* Around half of the read buffer, all of it, and more than that: each goes
 * through another place. */
static void test_large_frames(void)
{
    static const uint32_t sizes[] = {
        CUT_READ_SIZE / 2 - CUT_FRAME_HEADER_SIZE,
        CUT_READ_SIZE / 2 - CUT_FRAME_HEADER_SIZE + 1,
        CUT_READ_SIZE - CUT_FRAME_HEADER_SIZE - 1,
        CUT_READ_SIZE - CUT_FRAME_HEADER_SIZE,
        CUT_READ_SIZE - CUT_FRAME_HEADER_SIZE + 1,
        3 * CUT_READ_SIZE + 5,
        7,
        CUT_FRAME_BODY_MAX,
        1,
    };
    int pair[2];
    struct end end;

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    for (unsigned n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        uint8_t *frame = make_frame(n, sizes[n]);
        put(pair[1], frame, CUT_FRAME_HEADER_SIZE + (size_t)sizes[n]);
        free(frame);
        turn(2);
        CHECK_EQ(end.frames, n + 1);
        CHECK_EQ(end.sizes[n], sizes[n]);
    }
    CHECK_EQ(end.wrong, 0);
    CHECK_EQ(end.broken, 0);
    close_end(&end);
    close(pair[1]);
}

static void test_limit(void)
{
    int pair[2];
    struct end end;
    uint8_t *right = make_frame(0, 100);
    uint8_t *large = make_frame(1, 101);

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    cut_conn_limit(end.conn, CUT_FRAME_HEADER_SIZE + 100);
    put(pair[1], right, CUT_FRAME_HEADER_SIZE + 100);
    /* Its header says it already: nothing of it is kept. */
    put(pair[1], large, CUT_FRAME_HEADER_SIZE);
    turn(2);
    CHECK_EQ(end.frames, 1);
    CHECK_EQ(end.broken, 1);
    CHECK_STR(end.why, "a frame that is too large");
    free(right);
    free(large);
    close(pair[1]);
    turn(2);
}

static void test_nonsense(void)
{
    static const struct {
        size_t at;
        const char *why;
    } cases[] = {
        {3, "a frame that is too long"},
        {4, "a frame of no kind"},
        {5, "a frame whose reserved bytes are not zero"},
        {12, "a frame whose checksum is wrong"},
        {CUT_FRAME_HEADER_SIZE, "a frame whose checksum is wrong"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int pair[2];
        struct end end;
        uint8_t *frame = make_frame(0, 1);
        make_pair(pair);
        open_end(&end, pair[0], NULL);
        frame[cases[i].at] ^= 0xc0;
        put(pair[1], frame, CUT_FRAME_HEADER_SIZE + 1);
        turn(1);
        CHECK_EQ(end.frames, 0);
        CHECK_EQ(end.broken, 1);
        CHECK_STR(end.why, cases[i].why);
        free(frame);
        close(pair[1]);
        turn(2);
    }
}

/* --- the end -------------------------------------------------------------- */

static void test_closed_by_the_other(void)
{
    int pair[2];
    struct end end;
    uint8_t *frame = make_frame(0, 8);

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    put(pair[1], frame, CUT_FRAME_HEADER_SIZE + 8);
    close(pair[1]);
    turn(2);
    CHECK_EQ(end.frames, 1);
    CHECK_EQ(end.broken, 1);
    CHECK_STR(end.why, "the other end closed it");
    CHECK(end.conn == NULL);
    free(frame);
}

/* Who ends with something unread resets the connection; what it said last is
 * taken all the same, however much it is. */
static void test_last_words_before_a_reset(void)
{
    int pair[2];
    struct end end;
    uint8_t *words[] = {make_frame(0, 3 * CUT_READ_SIZE / 8), make_frame(1, 9)};

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    CHECK_EQ(cut_conn_send(end.conn, &(struct cut_frame){.kind = 20}), CUT_OK);
    cut_conn_flush(end.conn);
    put(pair[1], words[0], CUT_FRAME_HEADER_SIZE + 3 * CUT_READ_SIZE / 8);
    put(pair[1], words[1], CUT_FRAME_HEADER_SIZE + 9);
    close(pair[1]);
    turn(2);
    CHECK_EQ(end.frames, 2);
    CHECK_EQ(end.wrong, 0);
    CHECK_EQ(end.broken, 1);
    CHECK_STR(end.why, "the other end closed it");
    free(words[0]);
    free(words[1]);
    close_end(&end);
}

/* The owner may also keep a broken one for a while. */
static void test_broken_is_said_once(void)
{
    int pair[2];
    struct end end;

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    end.stays_open = true;
    close(pair[1]);
    turn(3);
    CHECK_EQ(end.broken, 1);
    CHECK_EQ(cut_conn_send(end.conn, &(struct cut_frame){.kind = 20}), CUT_OK);
    cut_conn_flush(end.conn);
    turn(3);
    CHECK_EQ(end.broken, 1);
    close_end(&end);
    cut_conn_close(NULL);
}

/* A write that fails is said by the loop, not in the call. */
static void test_write_fails(void)
{
    int pair[2];
    struct end end;

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    shutdown(pair[0], SHUT_WR);
    CHECK_EQ(cut_conn_send(end.conn, &(struct cut_frame){.kind = 20}), CUT_OK);
    cut_conn_flush(end.conn);
    CHECK_EQ(end.broken, 0);
    turn(2);
    CHECK_EQ(end.broken, 1);
    CHECK_STR(end.why, "the other end closed it");
    close(pair[1]);
    close_end(&end);
}

static void test_close_in_a_callback(void)
{
    for (unsigned at = 1; at <= 3; at++) {
        int pair[2];
        struct end end;
        make_pair(pair);
        open_end(&end, pair[0], NULL);
        end.close_at = at;
        for (unsigned n = 0; n < 3; n++) {
            uint8_t *frame = make_frame(n, 11);
            put(pair[1], frame, CUT_FRAME_HEADER_SIZE + 11);
            free(frame);
        }
        turn(3);
        CHECK_EQ(end.frames, at);
        CHECK_EQ(end.broken, 0);
        close(pair[1]);
    }
}

/* --- writing -------------------------------------------------------------- */

/* A socket that takes little: pieces are written in parts, in order, and that
 * all are is said once. */
static void test_short_writes(void)
{
    int pair[2];
    int tiny = 1;
    struct end from;
    struct end to;
    static uint8_t *frames[300];
    size_t queued = 0;

    make_pair(pair);
    CHECK_EQ(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny), 0);
    open_end(&from, pair[0], NULL);
    open_end(&to, pair[1], NULL);
    for (unsigned n = 0; n < 300; n++) {
        size_t size = CUT_FRAME_HEADER_SIZE + n;
        if (n % 3 == 0) {
            uint8_t body[300];
            for (uint32_t i = 0; i < n; i++)
                body[i] = byte_of(n, i);
            CHECK_EQ(cut_conn_send(from.conn,
                                   &(struct cut_frame){.kind = CUT_FRAME_DATA,
                                                       .sequence = n,
                                                       .body_size = n,
                                                       .body = body}),
                     CUT_OK);
        } else {
            frames[n] = make_frame(n, n);
            CHECK_EQ(cut_conn_queue(from.conn, frames[n], size), CUT_OK);
        }
        queued += size;
    }
    CHECK_EQ(cut_conn_queued(from.conn), queued);
    CHECK_EQ(cut_conn_bytes_written(from.conn), 0);
    cut_conn_flush(from.conn);
    CHECK(cut_conn_queued(from.conn) > 0);
    CHECK_EQ(from.drained, 0);
    turn(300);
    CHECK_EQ(cut_conn_queued(from.conn), 0);
    CHECK_EQ(cut_conn_bytes_written(from.conn), queued);
    CHECK_EQ(from.drained, 1);
    CHECK_EQ(to.frames, 300);
    CHECK_EQ(to.wrong, 0);
    close_end(&from);
    close_end(&to);
    for (unsigned n = 0; n < 300; n++)
        free(frames[n]);
}

/* That all is written is said also where it was not the loop that wrote it. */
static void test_drained_by_hand(void)
{
    static uint8_t sink[1 << 22];
    int pair[2];
    struct end end;
    uint8_t *frame = make_frame(0, 1 << 21);

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    CHECK_EQ(cut_conn_queue(
                 end.conn, frame, CUT_FRAME_HEADER_SIZE + (size_t)(1 << 21)),
             CUT_OK);
    cut_conn_flush(end.conn);
    CHECK(cut_conn_queued(end.conn) > 0);
    while (cut_conn_queued(end.conn) > 0) {
        CHECK(read(pair[1], sink, sizeof sink) > 0);
        cut_conn_flush(end.conn);
    }
    CHECK_EQ(end.drained, 0);
    while (recv(pair[1], sink, sizeof sink, MSG_DONTWAIT) > 0)
        continue;
    turn(2);
    CHECK_EQ(end.drained, 1);
    turn(2);
    CHECK_EQ(end.drained, 1);
    free(frame);
    close(pair[1]);
    close_end(&end);
}

/* What is queued when it is closed is forgotten, and not leaked. */
static void test_close_with_a_queue(void)
{
    int pair[2];
    struct end end;

    make_pair(pair);
    open_end(&end, pair[0], NULL);
    for (unsigned n = 0; n < 40; n++)
        CHECK_EQ(cut_conn_send(end.conn, &(struct cut_frame){.kind = 20}),
                 CUT_OK);
    close_end(&end);
    char none;
    CHECK_EQ(recv(pair[1], &none, 1, MSG_DONTWAIT), 0);
    close(pair[1]);
}

static void test_adopted(void)
{
    int pair[2];
    struct end first;
    struct end second = {.conn = NULL};
    uint8_t *frame = make_frame(0, 1);

    make_pair(pair);
    open_end(&first, pair[0], NULL);
    cut_conn_adopt(first.conn, &callbacks, &second);
    second.conn = first.conn;
    put(pair[1], frame, CUT_FRAME_HEADER_SIZE + 1);
    turn(1);
    CHECK_EQ(first.frames, 0);
    CHECK_EQ(second.frames, 1);
    free(frame);
    close(pair[1]);
    turn(1);
    CHECK_EQ(first.broken, 0);
    CHECK_EQ(second.broken, 1);
    turn(1);
}

static void test_no_socket(void)
{
    struct cut_conn *conn = NULL;
    int file = open("/dev/null", O_RDWR | O_CLOEXEC);

    /* libuv cannot wait for a file. */
    CHECK_EQ(cut_conn_open(&loop, file, &buffer, NULL, &callbacks, NULL, &conn),
             CUT_IO);
    CHECK(conn == NULL);
    CHECK_EQ(fcntl(file, F_GETFD) == -1 && errno == EBADF, true);
}

/* --- TLS ------------------------------------------------------------------ */

static char folder[] = "/tmp/test_conn.XXXXXX";

static struct cut_tls *side_of(struct cut_tls_context *context, bool is_server)
{
    struct cut_tls *tls = NULL;

    if (!CHECK_EQ(cut_tls_create(context, is_server, &tls), CUT_OK))
        exit(1);
    return tls;
}

static struct cut_tls_context *make_context(void)
{
    struct cut_tls_context *context = NULL;
    struct cut_fault fault;

    if (mkdtemp(folder) == NULL || rmdir(folder) != 0 ||
        cut_keys_create(folder, 30, &fault) != CUT_OK ||
        cut_tls_context_create(folder, &fault, &context) != CUT_OK)
        exit(1);
    return context;
}

static void remove_keys(void)
{
    static const char *const files[] = {
        CUT_TLS_CA_FILE, CUT_TLS_CERT_FILE, CUT_TLS_KEY_FILE, ""};

    for (unsigned i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        remove(path);
    }
}

static void wait_for(const struct end *end, unsigned frames)
{
    for (unsigned i = 0; i < 20000 && end->frames < frames; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

/* Both ways, small and large, queued before the handshake is over. */
static void test_tls_both_ways(void)
{
    static const uint32_t sizes[] = {0, 5, 70000, 3, 400000, CUT_READ_SIZE};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct cut_tls_context *context = make_context();
    uint8_t *frames[COUNT];
    struct end client;
    struct end server;
    int pair[2];
    int small = 4096;

    make_pair(pair);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    open_end(&client, pair[0], side_of(context, false));
    open_end(&server, pair[1], side_of(context, true));
    for (unsigned n = 0; n < COUNT; n++) {
        size_t size = CUT_FRAME_HEADER_SIZE + (size_t)sizes[n];
        frames[n] = make_frame(n, sizes[n]);
        CHECK_EQ(cut_conn_queue(client.conn, frames[n], size), CUT_OK);
        CHECK_EQ(cut_conn_queue(server.conn, frames[n], size), CUT_OK);
    }
    cut_conn_flush(client.conn);
    cut_conn_flush(server.conn);
    wait_for(&client, COUNT);
    wait_for(&server, COUNT);
    turn(2);
    CHECK_EQ(client.frames, COUNT);
    CHECK_EQ(server.frames, COUNT);
    CHECK_EQ(client.wrong + server.wrong, 0);
    CHECK_EQ(cut_conn_queued(client.conn) + cut_conn_queued(server.conn), 0);
    CHECK_EQ(client.drained, 1);
    close_end(&client);
    turn(3);
    CHECK_EQ(server.broken, 1);
    CHECK_STR(server.why, "the other end closed it");
    close_end(&server);
    for (unsigned n = 0; n < COUNT; n++)
        free(frames[n]);
    cut_tls_context_destroy(context);
    remove_keys();
}

static void test_tls_against_the_clear(void)
{
    struct cut_tls_context *context;
    struct end server;
    uint8_t *frame = make_frame(0, 64);
    int pair[2];

    snprintf(folder, sizeof folder, "/tmp/test_conn.XXXXXX");
    context = make_context();
    make_pair(pair);
    open_end(&server, pair[1], side_of(context, true));
    put(pair[0], frame, CUT_FRAME_HEADER_SIZE + 64);
    turn(3);
    CHECK_EQ(server.frames, 0);
    CHECK_EQ(server.broken, 1);
    CHECK(server.why[0] != '\0');
    close(pair[0]);
    free(frame);
    cut_tls_context_destroy(context);
    remove_keys();
}

static void test_nothing_is_left(void)
{
    turn(3);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&loop) != 0)
        return 1;
    RUN(test_cut_at_every_byte);
    RUN(test_byte_by_byte);
    RUN(test_large_frames);
    RUN(test_limit);
    RUN(test_nonsense);
    RUN(test_closed_by_the_other);
    RUN(test_last_words_before_a_reset);
    RUN(test_broken_is_said_once);
    RUN(test_write_fails);
    RUN(test_close_in_a_callback);
    RUN(test_short_writes);
    RUN(test_drained_by_hand);
    RUN(test_close_with_a_queue);
    RUN(test_adopted);
    RUN(test_no_socket);
    RUN(test_tls_both_ways);
    RUN(test_tls_against_the_clear);
    RUN(test_nothing_is_left);
    return check_end();
}
