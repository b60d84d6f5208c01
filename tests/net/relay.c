#include "relay.h"

#include "draw.h"
#include "net/address.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUTES_MAX 256
#define LINES_MAX 512
#define BUFFER_SIZE 65536
#define MILLISECOND UINT64_C(1000000)

/* One direction of a connection. */
struct flow {
    uint64_t handed_on; /* bytes, ever */
    uint64_t ready_ns;  /* not before that */
    size_t first;
    size_t end;
    bool is_over;
    uint8_t bytes[BUFFER_SIZE];
};

/* A connection that is handed on: flow 0 from who called, flow 1 back. */
struct line {
    int ends[2];
    enum relay_harm harm;
    uint64_t harm_at; /* bytes of both directions; then it is done */
    bool is_harmed;
    struct flow flows[2];
};

struct route {
    int listener;
    struct cut_address target;
};

struct relay {
    struct relay_config config;
    pthread_mutex_t mutex; /* of all that follows */
    pthread_t thread;
    uint64_t began_ns;
    bool is_calm; /* no harm is done any more */
    bool is_over;
    uint64_t random;
    char text[CUT_ADDRESS_SIZE];
    struct relay_figures figures;
    size_t route_count;
    size_t line_count;
    struct route routes[ROUTES_MAX];
    struct line *lines[LINES_MAX];
    struct pollfd polls[ROUTES_MAX + 2 * LINES_MAX];
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 * MILLISECOND + (uint64_t)now.tv_nsec;
}

/* --- what becomes of a connection ---------------------------------------- */

/* A third of what is harmed is so within a handshake's bytes. */
static void decide(struct relay *relay, struct line *line)
{
    bool is_early = draw(&relay->random, 3) == 0;

    line->harm = RELAY_NONE;
    line->harm_at =
        draw(&relay->random, is_early ? 400 : relay->config.bytes_max);
    if (relay->is_calm || draw(&relay->random, 100) >= relay->config.percent)
        return;
    do
        line->harm = (enum relay_harm)draw(&relay->random, RELAY_HARMS);
    while (!relay->config.does[line->harm]);
}

static void close_line(struct line *line)
{
    for (unsigned i = 0; i < 2; i++)
        if (line->ends[i] >= 0)
            close(line->ends[i]);
    line->ends[0] = line->ends[1] = -1;
}

static uint64_t said(const struct line *line)
{
    return line->flows[0].handed_on + line->flows[1].handed_on;
}

/* Return how many of the bytes at hand may be handed on before harm comes. */
static size_t before_harm(const struct line *line, size_t size)
{
    uint64_t left = line->harm_at > said(line) ? line->harm_at - said(line) : 0;

    if (line->harm == RELAY_NONE || line->is_harmed || size <= left)
        return size;
    return (size_t)left;
}

static void count_harm(struct relay *relay, struct line *line)
{
    if (!line->is_harmed)
        relay->figures.done[line->harm]++;
    line->is_harmed = true;
}

/* It has come to harm, with bytes at hand in a flow. Return how many of these
 * may be handed on now. */
static size_t do_harm(struct relay *relay, struct line *line, struct flow *flow)
{
    uint64_t now = now_ns();

    count_harm(relay, line);
    switch (line->harm) {
    case RELAY_STALL:
        flow->ready_ns = now + (20 + draw(&relay->random, 200)) * MILLISECOND;
        line->harm_at =
            said(line) + 1 + draw(&relay->random, relay->config.bytes_max);
        line->is_harmed = false;
        return 0;
    case RELAY_DELAY:
        flow->ready_ns = now + (1 + draw(&relay->random, 20)) * MILLISECOND;
        return flow->end - flow->first > 1000 ? 1000 : flow->end - flow->first;
    case RELAY_GARBLE:
        flow->bytes[flow->first] ^= (uint8_t)(1 << draw(&relay->random, 8));
        line->harm = RELAY_NONE;
        return flow->end - flow->first;
    case RELAY_CUT:
    case RELAY_REFUSE:
        close_line(line);
        return 0;
    case RELAY_HALF_OPEN:
        flow->first = flow->end;
        return 0;
    case RELAY_NONE:
    case RELAY_HARMS:
        break;
    }
    return flow->end - flow->first;
}

/* --- handing on ---------------------------------------------------------- */

static void take(struct line *line, unsigned from)
{
    struct flow *flow = &line->flows[from];
    ssize_t size;

    if (flow->first == flow->end)
        flow->first = flow->end = 0;
    size = read(
        line->ends[from], flow->bytes + flow->end, BUFFER_SIZE - flow->end);
    if (size > 0)
        flow->end += (size_t)size;
    else if (size == 0 || (errno != EAGAIN && errno != EINTR))
        flow->is_over = true;
}

static void hand_on(struct relay *relay, struct line *line, unsigned from)
{
    struct flow *flow = &line->flows[from];
    size_t size = flow->end - flow->first;

    if (size == 0 || now_ns() < flow->ready_ns)
        return;
    size_t most = before_harm(line, size);
    if (most == 0 || (line->is_harmed && line->harm != RELAY_NONE))
        most = do_harm(relay, line, flow);
    if (most == 0)
        return;
    ssize_t written =
        write(line->ends[1 - from], flow->bytes + flow->first, most);
    if (written > 0) {
        flow->first += (size_t)written;
        flow->handed_on += (uint64_t)written;
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        close_line(line);
    }
}

/* What is over at one end is so at the other, once all has been handed on; but
 * where nothing comes any more, that does not either. */
static void look_for_end(struct line *line)
{
    bool is_mute = line->harm == RELAY_HALF_OPEN && line->is_harmed;

    if (line->ends[0] < 0)
        return;
    for (unsigned from = 0; from < 2; from++) {
        struct flow *flow = &line->flows[from];
        if (!flow->is_over || flow->first < flow->end)
            continue;
        if (!is_mute || line->flows[1 - from].is_over) {
            close_line(line);
            return;
        }
    }
}

/* --- calls --------------------------------------------------------------- */

static void answer(struct relay *relay, struct route *route)
{
    int caller =
        accept4(route->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int called = -1;
    struct line *line;

    if (caller < 0)
        return;
    line = relay->line_count < LINES_MAX ? calloc(1, sizeof *line) : NULL;
    if (line == NULL || cut_address_connect(&route->target, &called) != 0) {
        close(caller);
        free(line);
        return;
    }
    cut_address_prepare(caller);
    cut_address_prepare(called);
    line->ends[0] = caller;
    line->ends[1] = called;
    relay->figures.connections++;
    decide(relay, line);
    if (line->harm == RELAY_REFUSE) {
        count_harm(relay, line);
        close_line(line);
    }
    relay->lines[relay->line_count++] = line;
}

static void forget_closed(struct relay *relay)
{
    size_t kept = 0;

    for (size_t i = 0; i < relay->line_count; i++)
        if (relay->lines[i]->ends[0] >= 0)
            relay->lines[kept++] = relay->lines[i];
        else
            free(relay->lines[i]);
    relay->line_count = kept;
}

/* --- the thread ---------------------------------------------------------- */

static size_t list_polls(struct relay *relay)
{
    size_t count = 0;

    for (size_t i = 0; i < relay->route_count; i++)
        relay->polls[count++] =
            (struct pollfd){.fd = relay->routes[i].listener, .events = POLLIN};
    for (size_t i = 0; i < relay->line_count; i++)
        for (unsigned from = 0; from < 2; from++) {
            const struct line *line = relay->lines[i];
            bool is_open = !line->flows[from].is_over &&
                           line->flows[from].end < BUFFER_SIZE;
            relay->polls[count++] = (struct pollfd){
                .fd = is_open ? line->ends[from] : -1, .events = POLLIN};
        }
    return count;
}

/* What was to be harmed, or has been, has to be made again. */
static void end_harm(struct relay *relay)
{
    for (size_t i = 0; i < relay->line_count; i++)
        if (relay->lines[i]->harm != RELAY_NONE)
            close_line(relay->lines[i]);
}

/* After poll: lines are those that were polled, as many as there were. */
static void turn(struct relay *relay, size_t routes, size_t lines)
{
    const struct pollfd *at = relay->polls + routes;

    for (size_t i = 0; i < lines; i++) {
        struct line *line = relay->lines[i];
        for (unsigned from = 0; from < 2; from++, at++) {
            if (at->revents != 0)
                take(line, from);
            if (line->ends[0] >= 0)
                hand_on(relay, line, from);
        }
        look_for_end(line);
    }
    for (size_t i = 0; i < routes; i++)
        if (relay->polls[i].revents != 0)
            answer(relay, &relay->routes[i]);
    relay->is_calm |= now_ns() > relay->began_ns + relay->config.harm_ns;
    if (relay->is_calm)
        end_harm(relay);
    forget_closed(relay);
}

static void *serve(void *argument)
{
    struct relay *relay = argument;
    bool is_over = false;

    while (!is_over) {
        pthread_mutex_lock(&relay->mutex);
        size_t routes = relay->route_count;
        size_t lines = relay->line_count;
        size_t count = list_polls(relay);
        is_over = relay->is_over;
        pthread_mutex_unlock(&relay->mutex);
        poll(relay->polls, count, 1);
        pthread_mutex_lock(&relay->mutex);
        turn(relay, routes, lines);
        pthread_mutex_unlock(&relay->mutex);
    }
    return NULL;
}

/* --- its life ------------------------------------------------------------ */

struct relay *relay_create(const struct relay_config *config)
{
    struct relay *relay = calloc(1, sizeof *relay);

    if (relay == NULL)
        return NULL;
    relay->config = *config;
    relay->random = config->seed;
    relay->began_ns = now_ns();
    pthread_mutex_init(&relay->mutex, NULL);
    if (pthread_create(&relay->thread, NULL, serve, relay) == 0)
        return relay;
    pthread_mutex_destroy(&relay->mutex);
    free(relay);
    return NULL;
}

static bool open_route(struct route *route, const char *address, char *text)
{
    struct cut_fault fault;
    struct cut_address here;

    if (cut_address_read(address, &route->target, &fault) != CUT_OK ||
        cut_address_read("tcp:127.0.0.1", &here, &fault) != CUT_OK ||
        cut_address_listen(&here, &route->listener) != CUT_OK)
        return false;
    if (getsockname(
            route->listener, (struct sockaddr *)&here.storage, &here.size) != 0)
        return false;
    cut_address_write(&here, text);
    return true;
}

const char *relay_route(struct relay *relay, const char *address)
{
    const char *text = NULL;

    pthread_mutex_lock(&relay->mutex);
    if (relay->route_count < ROUTES_MAX &&
        open_route(&relay->routes[relay->route_count], address, relay->text)) {
        relay->route_count++;
        text = relay->text;
    }
    pthread_mutex_unlock(&relay->mutex);
    return text;
}

struct relay_figures relay_figures(struct relay *relay)
{
    pthread_mutex_lock(&relay->mutex);
    struct relay_figures figures = relay->figures;
    pthread_mutex_unlock(&relay->mutex);
    return figures;
}

void relay_destroy(struct relay *relay)
{
    if (relay == NULL)
        return;
    pthread_mutex_lock(&relay->mutex);
    relay->is_over = true;
    pthread_mutex_unlock(&relay->mutex);
    pthread_join(relay->thread, NULL);
    for (size_t i = 0; i < relay->line_count; i++)
        close_line(relay->lines[i]);
    forget_closed(relay);
    for (size_t i = 0; i < relay->route_count; i++)
        close(relay->routes[i].listener);
    pthread_mutex_destroy(&relay->mutex);
    free(relay);
}
