/*
 * What carries messages between two processes besides Cutline: sockets as they
 * are, and libzmq. Prints a line of JSON.
 *
 *   peer_wire ping   tcp|unix COUNT SIZE   one message there and back
 *   peer_wire epoll  tcp|unix COUNT SIZE   the same, waiting in epoll_wait
 *   peer_wire stream tcp|unix COUNT SIZE   messages in writes of 64 KiB
 *   peer_wire zmq    tcp|unix COUNT SIZE   PUSH and PULL, one connection
 */
#include <zmq.h>

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void must(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "peer_wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* --- sockets ------------------------------------------------------------- */

static void make_tcp_pair(int ends[2])
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int yes = 1;

    must(bind(listener, (struct sockaddr *)&address, size) == 0, "bind");
    must(listen(listener, 1) == 0, "listen");
    must(getsockname(listener, (struct sockaddr *)&address, &size) == 0,
         "getsockname");
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(ends[0], (struct sockaddr *)&address, size) == 0, "connect");
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
    for (int i = 0; i < 2; i++)
        setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void make_pair(const char *kind, int ends[2])
{
    if (strcmp(kind, "tcp") == 0)
        make_tcp_pair(ends);
    else
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
}

static void read_all(int descriptor, uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t got = read(descriptor, data, size);
        must(got > 0, "read");
        data += got;
        size -= (size_t)got;
    }
}

static void write_all(int descriptor, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t got = write(descriptor, data, size);
        must(got > 0, "write");
        data += got;
        size -= (size_t)got;
    }
}

static int compare(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;

    return *left < *right ? -1 : *left > *right;
}

/* Wait as an event loop does; -1: as a blocking read does. */
static void await(int poll)
{
    struct epoll_event event;

    if (poll >= 0)
        must(epoll_wait(poll, &event, 1, -1) == 1, "epoll_wait");
}

static int make_poll(int descriptor, bool is_wanted)
{
    struct epoll_event event = {.events = EPOLLIN};
    int poll = is_wanted ? epoll_create1(0) : -1;

    if (is_wanted)
        must(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0,
             "epoll_ctl");
    return poll;
}

static void ping(const char *kind, uint64_t count, size_t size, bool has_poll)
{
    static uint8_t data[CHUNK];
    uint32_t *samples = calloc(count, sizeof *samples);
    int ends[2];

    make_pair(kind, ends);
    pid_t child = fork();
    int poll = make_poll(ends[child == 0], has_poll);
    if (child == 0) {
        for (uint64_t i = 0; i < count; i++) {
            await(poll);
            read_all(ends[1], data, size);
            write_all(ends[1], data, size);
        }
        _exit(0);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t began = clock_ns();
        write_all(ends[0], data, size);
        await(poll);
        read_all(ends[0], data, size);
        samples[i] = (uint32_t)(clock_ns() - began);
    }
    waitpid(child, NULL, 0);
    qsort(samples, count, sizeof *samples, compare);
    printf("{\"round_trips\": %" PRIu64 ", \"p50_ns\": %" PRIu32
           ", \"p99_ns\": %" PRIu32 "}\n",
           count,
           samples[count / 2],
           samples[count / 100 * 99]);
    free(samples);
}

static void print_stream(uint64_t count, uint64_t began)
{
    printf("{\"messages\": %" PRIu64 ", \"ns\": %" PRIu64 "}\n",
           count,
           clock_ns() - began);
}

static void stream(const char *kind, uint64_t count, size_t size)
{
    static uint8_t data[CHUNK];
    uint64_t left = count * size;
    int ends[2];

    make_pair(kind, ends);
    uint64_t began = clock_ns();
    pid_t child = fork();
    if (child == 0) {
        for (uint64_t sent = 0; sent < left;) {
            size_t piece = left - sent < CHUNK ? (size_t)(left - sent) : CHUNK;
            write_all(ends[1], data, piece);
            sent += piece;
        }
        _exit(0);
    }
    while (left > 0) {
        ssize_t got = read(ends[0], data, sizeof data);
        must(got > 0, "read");
        left -= (uint64_t)got;
    }
    print_stream(count, began);
    waitpid(child, NULL, 0);
}

/* --- libzmq -------------------------------------------------------------- */

static void push(const char *address, uint64_t count, size_t size)
{
    static uint8_t data[CHUNK];
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_PUSH);

    must(zmq_connect(socket, address) == 0, "zmq_connect");
    for (uint64_t i = 0; i < count; i++)
        must(zmq_send(socket, data, size, 0) >= 0, "zmq_send");
    zmq_close(socket);
    zmq_ctx_term(context);
    _exit(0);
}

/* From the first message on: connecting is not what is measured. */
static void zmq(const char *kind, uint64_t count, size_t size)
{
    char address[128];
    int start[2];
    char byte = 0;

    if (strcmp(kind, "tcp") == 0)
        snprintf(address,
                 sizeof address,
                 "tcp://127.0.0.1:%d",
                 20000 + getpid() % 20000);
    else
        snprintf(address, sizeof address, "ipc:///tmp/peer-wire-%d", getpid());
    must(pipe(start) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        must(read(start[0], &byte, 1) == 1, "read");
        push(address, count, size);
    }
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_PULL);
    static uint8_t data[CHUNK];
    must(zmq_bind(socket, address) == 0, "zmq_bind");
    must(write(start[1], &byte, 1) == 1, "write");
    must(zmq_recv(socket, data, sizeof data, 0) >= 0, "zmq_recv");
    uint64_t began = clock_ns();
    for (uint64_t i = 1; i < count; i++)
        must(zmq_recv(socket, data, sizeof data, 0) >= 0, "zmq_recv");
    print_stream(count, began);
    waitpid(child, NULL, 0);
    zmq_close(socket);
    zmq_ctx_term(context);
    if (strncmp(address, "ipc://", 6) == 0)
        unlink(address + 6);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fputs("usage: peer_wire ping|epoll|stream|zmq tcp|unix COUNT SIZE\n",
              stderr);
        return 2;
    }
    uint64_t count = strtoull(argv[3], NULL, 10);
    size_t size = strtoull(argv[4], NULL, 10);
    if (size == 0 || size > CHUNK || count == 0) {
        fputs("peer_wire: COUNT or SIZE is out of range\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "ping") == 0)
        ping(argv[2], count, size, false);
    else if (strcmp(argv[1], "epoll") == 0)
        ping(argv[2], count, size, true);
    else if (strcmp(argv[1], "stream") == 0)
        stream(argv[2], count, size);
    else
        zmq(argv[2], count, size);
    return 0;
}
