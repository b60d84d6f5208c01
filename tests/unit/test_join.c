/*
 * How a process on another host joins its run: against a supervisor that is a
 * thread, and which speaks as it should, a byte at a time, late, or not at all.
 * Signals come all the time.
 */
#include "check.h"
#include "net/conn.h"
#include "net/join.h"
#include "net/talk.h"

#include <cutline/keys.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char request_text[] = "{\"command\":\"work\"}";

/* How a supervisor behaves. */
enum manner {
    MANNER_RIGHT,
    MANNER_BYTEWISE, /* a byte a packet */
    MANNER_CLOSES_TWICE /* and is right then */,
    MANNER_REFUSES,
    MANNER_GARBAGE,
    MANNER_HUGE, /* a frame that is too large */
    MANNER_SILENT,
    MANNER_STOPS, /* the run, instead of saying what to do */
    MANNER_HURRY, /* more follows what there is to do, in the same packet */
};

struct supervisor {
    enum manner manner;
    struct cut_tls_context *context; /* NULL: in the clear */
    int listener;
    uint16_t port;
    pthread_t thread;
    uint8_t secret[CUT_SECRET_SIZE];
    char greeting[256]; /* that it was given */
};

/* --- the supervisor's side, which waits for all that it does -------------- */

struct side {
    const struct supervisor *supervisor;
    int descriptor;
    struct cut_tls *tls;
};

static bool write_all(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t written = send(descriptor, data, size, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

static void drain(const struct side *side)
{
    uint8_t some[4096];
    size_t size;

    while ((size = cut_tls_drain(side->tls, some, sizeof some)) > 0)
        (void)write_all(side->descriptor, some, size);
}

static void say(const struct side *side, const uint8_t *data, size_t size)
{
    size_t step = side->supervisor->manner == MANNER_BYTEWISE ? 1 : size;

    for (size_t at = 0; at < size; at += step) {
        if (side->tls == NULL) {
            (void)write_all(side->descriptor, data + at, step);
            continue;
        }
        if (cut_tls_write(side->tls, data + at, step) == CUT_OK)
            drain(side);
    }
}

static bool hear(const struct side *side, uint8_t *out, size_t size)
{
    uint8_t some[4096];

    while (size > 0) {
        size_t got = 0;
        if (side->tls == NULL) {
            ssize_t count = read(side->descriptor, out, size);
            if (count <= 0)
                return false;
            got = (size_t)count;
        } else if (cut_tls_read(side->tls, out, size, &got) != CUT_OK) {
            return false;
        } else if (got == 0) {
            ssize_t count = read(side->descriptor, some, sizeof some);
            if (count <= 0 ||
                cut_tls_feed(side->tls, some, (size_t)count) != CUT_OK)
                return false;
            drain(side);
        }
        out += got;
        size -= got;
    }
    return true;
}

/* Read a frame of at most 512 bytes. */
static bool
hear_frame(const struct side *side, uint8_t bytes[512], struct cut_frame *frame)
{
    struct cut_frame_opening opening;

    if (!hear(side, bytes, CUT_FRAME_HEADER_SIZE))
        return false;
    (void)cut_frame_open(bytes, CUT_FRAME_HEADER_SIZE, frame, &opening);
    if (opening.size < CUT_FRAME_HEADER_SIZE || opening.size > 512 ||
        !hear(side,
              bytes + CUT_FRAME_HEADER_SIZE,
              opening.size - CUT_FRAME_HEADER_SIZE))
        return false;
    return cut_frame_open(bytes, opening.size, frame, &opening) ==
           CUT_FRAME_WHOLE;
}

static bool shake_hands(const struct side *side)
{
    static const uint8_t run[CUT_RUN_ID_SIZE] = "the run";
    static const uint8_t nonce[CUT_NONCE_SIZE] = "a number";
    struct cut_handshake_config config = {
        .secret = side->supervisor->secret,
        .run = run,
        .nonce = nonce,
        .process_count = 3,
        .self = CUT_NET_SUPERVISOR,
    };
    struct cut_handshake handshake;
    uint8_t bytes[512];
    struct cut_frame frame;

    cut_handshake_accept(&handshake, &config);
    while (handshake.state == CUT_HANDSHAKE_WAITING) {
        if (!hear_frame(side, bytes, &frame))
            return false;
        cut_handshake_feed(&handshake, &frame);
        if (handshake.state == CUT_HANDSHAKE_PROVEN)
            cut_handshake_welcome(&handshake, 0);
        say(side, handshake.out, handshake.out_size);
    }
    return handshake.state == CUT_HANDSHAKE_DONE;
}

static size_t
seal(uint8_t *bytes, uint8_t kind, const void *body, uint32_t size)
{
    memcpy(bytes + CUT_FRAME_HEADER_SIZE, body, size);
    return cut_frame_seal(bytes,
                          &(struct cut_frame){.kind = kind, .body_size = size});
}

static void converse(struct supervisor *supervisor, const struct side *side)
{
    uint8_t bytes[512];
    struct cut_frame frame;
    size_t size = 0;

    if (!shake_hands(side) || !hear_frame(side, bytes, &frame))
        return;
    if (frame.kind == CUT_TALK_GREETING &&
        frame.body_size < sizeof supervisor->greeting)
        memcpy(supervisor->greeting, frame.body, frame.body_size);
    if (supervisor->manner == MANNER_STOPS)
        size = seal(bytes, CUT_TALK_STOP, "", 0);
    else
        size =
            seal(bytes, CUT_TALK_WORK, request_text, sizeof request_text - 1);
    if (supervisor->manner == MANNER_HURRY)
        size += seal(bytes + size, CUT_TALK_PROBE, "hurry", 5);
    say(side, bytes, size);
    /* Until the other side has gone. */
    (void)hear(side, bytes, 1);
}

static void misbehave(const struct supervisor *supervisor,
                      const struct side *side)
{
    uint8_t bytes[512] = {0};
    struct cut_frame frame;

    if (!hear_frame(side, bytes, &frame))
        return;
    if (supervisor->manner == MANNER_GARBAGE)
        say(side,
            (const uint8_t *)"220 mail.example ESMTP ready to go\r\n",
            36);
    if (supervisor->manner == MANNER_HUGE) {
        cut_frame_seal(bytes, &(struct cut_frame){.kind = CUT_FRAME_CHALLENGE});
        bytes[3] = 1; /* its size: 2^24 */
        say(side, bytes, CUT_FRAME_HEADER_SIZE);
    }
    (void)hear(side, bytes, 1);
}

static void serve(struct supervisor *supervisor, int descriptor)
{
    struct side side = {.supervisor = supervisor, .descriptor = descriptor};
    enum manner manner = supervisor->manner;

    if (supervisor->context != NULL &&
        cut_tls_create(supervisor->context, true, &side.tls) != CUT_OK)
        abort();
    if (manner == MANNER_GARBAGE || manner == MANNER_HUGE ||
        manner == MANNER_SILENT)
        misbehave(supervisor, &side);
    else
        converse(supervisor, &side);
    cut_tls_destroy(side.tls);
}

static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void *supervise(void *argument)
{
    struct supervisor *supervisor = argument;
    int calls = 0;

    block_signals();

    for (;;) {
        int descriptor = accept(supervisor->listener, NULL, NULL);
        if (descriptor < 0)
            return NULL;
        bool closes = supervisor->manner == MANNER_CLOSES_TWICE && calls++ < 2;
        if (!closes)
            serve(supervisor, descriptor);
        close(descriptor);
        if (!closes)
            return NULL;
    }
}

static int bind_somewhere(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    if (descriptor < 0 ||
        bind(descriptor, (struct sockaddr *)&address, size) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &size) != 0)
        abort();
    *port = ntohs(address.sin_port);
    return descriptor;
}

static void begin(struct supervisor *supervisor)
{
    if (listen(supervisor->listener, 8) != 0 ||
        pthread_create(&supervisor->thread, NULL, supervise, supervisor) != 0)
        abort();
}

static void make(struct supervisor *supervisor, enum manner manner)
{
    *supervisor = (struct supervisor){.manner = manner};
    supervisor->listener = bind_somewhere(&supervisor->port);
    if (manner == MANNER_REFUSES)
        supervisor->secret[3] = 1;
}

static void end(struct supervisor *supervisor)
{
    pthread_join(supervisor->thread, NULL);
    close(supervisor->listener);
}

/* --- who joins ------------------------------------------------------------ */

static struct cut_invitation invitation_to(const struct supervisor *supervisor)
{
    struct cut_invitation invitation = {
        .run = "the run",
        .process = 1,
        .process_count = 3,
    };

    snprintf(invitation.supervisor,
             sizeof invitation.supervisor,
             "tcp:127.0.0.1:%u",
             supervisor->port);
    return invitation;
}

/* A standard input that does not end. */
static int endless_input(int ends[2])
{
    if (pipe(ends) != 0)
        abort();
    return ends[0];
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check_request(struct cut_join *join)
{
    struct cut_fault fault = {.what = ""};
    char *request = NULL;
    size_t size = 0;

    if (!CHECK_EQ(cut_join_ask(join, "hello", &request, &size, &fault),
                  CUT_OK)) {
        printf("# %s\n", fault.what);
        return;
    }
    CHECK_EQ(size, sizeof request_text - 1);
    CHECK(memcmp(request, request_text, size) == 0);
    free(request);
}

/* Join, and be told what to do. */
static void check_joins(enum manner manner)
{
    struct supervisor supervisor;
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    int ends[2];

    make(&supervisor, manner);
    begin(&supervisor);
    struct cut_invitation invitation = invitation_to(&supervisor);
    if (CHECK_EQ(cut_join_call(&invitation, endless_input(ends), &join, &fault),
                 CUT_OK)) {
        char place[CUT_ADDRESS_SIZE];
        check_request(&join);
        CHECK_EQ(cut_join_place(&join, place), CUT_OK);
        CHECK_STR(place, "tcp:127.0.0.1:0");
        cut_join_close(&join);
        cut_join_close(&join); /* a second time does nothing */
    } else {
        printf("# %s\n", fault.what);
    }
    end(&supervisor);
    CHECK_STR(supervisor.greeting, "hello");
    close_both(ends);
}

static void test_joins(void)
{
    check_joins(MANNER_RIGHT);
}

static void test_bytes_may_come_one_by_one(void)
{
    check_joins(MANNER_BYTEWISE);
}

static void test_calls_again_where_it_was_cut_off(void)
{
    check_joins(MANNER_CLOSES_TWICE);
}

/* Not joined, at once, with these words. */
static void
check_fails(enum manner manner, enum cut_error error, const char *what)
{
    struct supervisor supervisor;
    struct cut_join join = {.descriptor = 77};
    struct cut_fault fault = {.what = ""};
    int ends[2];
    double began = seconds();

    make(&supervisor, manner);
    begin(&supervisor);
    struct cut_invitation invitation = invitation_to(&supervisor);
    CHECK_EQ(cut_join_call(&invitation, endless_input(ends), &join, &fault),
             error);
    CHECK_EQ(join.descriptor, 77);
    CHECK_EQ(fault.code, error);
    if (!CHECK(strstr(fault.what, what) != NULL))
        printf("# %s\n", fault.what);
    CHECK(seconds() - began < 4);
    end(&supervisor);
    close_both(ends);
}

static void test_a_refusal_is_final(void)
{
    check_fails(MANNER_REFUSES, CUT_PROTOCOL, "wrong secret");
}

static void test_something_else_is_final(void)
{
    check_fails(MANNER_GARBAGE, CUT_PROTOCOL, "something else answers there");
    check_fails(MANNER_HUGE, CUT_PROTOCOL, "something else answers there");
}

static void test_a_run_may_end_before_there_is_work(void)
{
    struct supervisor supervisor;
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    char *request = (char *)&fault;
    size_t size = 77;
    int ends[2];

    make(&supervisor, MANNER_STOPS);
    begin(&supervisor);
    struct cut_invitation invitation = invitation_to(&supervisor);
    if (CHECK_EQ(cut_join_call(&invitation, endless_input(ends), &join, &fault),
                 CUT_OK)) {
        CHECK_EQ(cut_join_ask(&join, "hello", &request, &size, &fault),
                 CUT_STATE);
        CHECK(request == (char *)&fault && size == 77);
        cut_join_close(&join);
    }
    end(&supervisor);
    close_both(ends);
}

/* A thread that does something after 300 ms. */
struct later {
    struct supervisor *supervisor; /* NULL: close the descriptor instead */
    int descriptor;
};

static void *wait_and_do(void *argument)
{
    const struct later *later = argument;

    block_signals();
    poll(NULL, 0, 300);
    if (later->supervisor != NULL)
        begin(later->supervisor);
    else
        close(later->descriptor);
    return NULL;
}

static void test_waits_until_somebody_listens(void)
{
    struct supervisor supervisor;
    struct later later = {.supervisor = &supervisor};
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    pthread_t thread;
    int ends[2];

    make(&supervisor, MANNER_RIGHT);
    struct cut_invitation invitation = invitation_to(&supervisor);
    if (pthread_create(&thread, NULL, wait_and_do, &later) != 0)
        abort();
    if (CHECK_EQ(cut_join_call(&invitation, endless_input(ends), &join, &fault),
                 CUT_OK)) {
        check_request(&join);
        cut_join_close(&join);
    }
    pthread_join(thread, NULL);
    end(&supervisor);
    close_both(ends);
}

/* The launcher is gone: nothing is waited for any more, whether nobody listens,
 * or somebody who says nothing. */
static void check_input_ends(bool has_listener)
{
    struct supervisor supervisor;
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    pthread_t thread;
    int ends[2];
    double began = seconds();

    make(&supervisor, MANNER_SILENT);
    if (has_listener)
        begin(&supervisor);
    struct cut_invitation invitation = invitation_to(&supervisor);
    int input = endless_input(ends);
    struct later later = {.descriptor = ends[1]};
    CHECK_EQ(write(ends[1], "what is left", 12), 12);
    if (pthread_create(&thread, NULL, wait_and_do, &later) != 0)
        abort();
    CHECK_EQ(cut_join_call(&invitation, input, &join, &fault), CUT_STATE);
    CHECK(strstr(fault.what, "standard input ended") != NULL);
    CHECK(seconds() - began < 2);
    pthread_join(thread, NULL);
    close(input);
    if (has_listener)
        end(&supervisor);
    else
        close(supervisor.listener);
}

static void test_ends_with_its_input(void)
{
    check_input_ends(false);
    check_input_ends(true);
}

static void test_addresses_are_judged(void)
{
    struct cut_invitation invitation = {.process_count = 1,
                                        .supervisor = "tcp"};
    struct cut_join join;
    struct cut_fault fault = {.what = ""};

    CHECK_EQ(cut_join_call(&invitation, -1, &join, &fault), CUT_INVALID);
    memcpy(invitation.supervisor, "tcp:127.0.0.1:4", 16);
    memcpy(invitation.tls, "/no/such/keys", 14);
    CHECK_EQ(cut_join_call(&invitation, -1, &join, &fault), CUT_IO);
    CHECK_STR(fault.path, "/no/such/keys");
}

/* --- TLS, and the loop ---------------------------------------------------- */

static char keys[] = "/tmp/cutline-test-join-XXXXXX";

static void make_keys(void)
{
    struct cut_fault fault;

    if (mkdtemp(keys) == NULL || cut_keys_create(keys, 1, &fault) != CUT_OK)
        abort();
}

static void remove_keys(void)
{
    static const char *const names[] = {
        CUT_TLS_CA_FILE, CUT_TLS_CERT_FILE, CUT_TLS_KEY_FILE};
    char path[sizeof keys + 16];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", keys, names[i]);
        unlink(path);
    }
    rmdir(keys);
}

struct heard {
    uint8_t kind;
    uint32_t size;
    bool is_broken;
    struct cut_conn *conn;
};

static void frame_came(void *owner, const struct cut_frame *frame)
{
    struct heard *heard = owner;

    heard->kind = frame->kind;
    heard->size = frame->body_size;
    cut_conn_close(heard->conn);
}

static void broken(void *owner, const char *why)
{
    struct heard *heard = owner;

    (void)why;
    heard->is_broken = true;
    cut_conn_close(heard->conn);
}

/* The frame behind the request is heard, though it was read with it. */
static void check_goes_on(const struct cut_join *join)
{
    static const struct cut_conn_callbacks callbacks = {
        .frame = frame_came,
        .broken = broken,
    };
    struct cut_read_buffer *buffer = aligned_alloc(64, sizeof *buffer);
    struct heard heard = {.kind = 0};
    uv_loop_t loop;

    if (buffer == NULL || uv_loop_init(&loop) != 0)
        abort();
    CHECK_EQ(cut_conn_open(&loop,
                           join->descriptor,
                           buffer,
                           join->tls,
                           &callbacks,
                           &heard,
                           &heard.conn),
             CUT_OK);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_EQ(heard.kind, CUT_TALK_PROBE);
    CHECK_EQ(heard.size, 5);
    CHECK(!heard.is_broken);
    CHECK_EQ(uv_loop_close(&loop), 0);
    free(buffer);
}

static void check_hurry(bool has_tls)
{
    struct supervisor supervisor;
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    int ends[2];

    make(&supervisor, MANNER_HURRY);
    struct cut_invitation invitation = invitation_to(&supervisor);
    if (has_tls) {
        memcpy(invitation.tls, keys, sizeof keys);
        CHECK_EQ(cut_tls_context_create(keys, &fault, &supervisor.context),
                 CUT_OK);
    }
    begin(&supervisor);
    if (CHECK_EQ(cut_join_call(&invitation, endless_input(ends), &join, &fault),
                 CUT_OK)) {
        CHECK((join.tls != NULL) == has_tls);
        check_request(&join);
        check_goes_on(&join);
    } else {
        printf("# %s\n", fault.what);
    }
    end(&supervisor);
    cut_tls_context_destroy(supervisor.context);
    close_both(ends);
}

static void test_what_follows_the_request_is_the_loops(void)
{
    check_hurry(false);
    check_hurry(true);
}

/* Who speaks in the clear is none of ours. */
static void test_tls_is_not_given_up(void)
{
    struct supervisor supervisor;
    struct cut_join join;
    struct cut_fault fault = {.what = ""};
    int ends[2];

    make(&supervisor, MANNER_GARBAGE);
    begin(&supervisor);
    struct cut_invitation invitation = invitation_to(&supervisor);
    memcpy(invitation.tls, keys, sizeof keys);
    int input = endless_input(ends);
    struct later later = {.descriptor = ends[1]};
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_and_do, &later) != 0)
        abort();
    CHECK(cut_join_call(&invitation, input, &join, &fault) != CUT_OK);
    pthread_join(thread, NULL);
    end(&supervisor);
    close(input);
}

/* --- all ------------------------------------------------------------------ */

static void interrupt(int number)
{
    (void)number;
}

/* Calls of the one that joins are interrupted every few milliseconds, and are
 * not begun again of themselves. The other threads have the signal blocked. */
static void interrupt_always(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    struct itimerval often = {{0, 3000}, {0, 3000}};

    if (sigaction(SIGALRM, &action, NULL) != 0 ||
        setitimer(ITIMER_REAL, &often, NULL) != 0)
        abort();
}

int main(void)
{
    make_keys();
    interrupt_always();
    RUN(test_joins);
    RUN(test_bytes_may_come_one_by_one);
    RUN(test_calls_again_where_it_was_cut_off);
    RUN(test_a_refusal_is_final);
    RUN(test_something_else_is_final);
    RUN(test_a_run_may_end_before_there_is_work);
    RUN(test_waits_until_somebody_listens);
    RUN(test_ends_with_its_input);
    RUN(test_addresses_are_judged);
    RUN(test_what_follows_the_request_is_the_loops);
    RUN(test_tls_is_not_given_up);
    remove_keys();
    return check_end();
}
