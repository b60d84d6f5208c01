/*
 * What links between real processes carry: a program for `cutline run`.
 *
 *   net_rate stream COUNT SIZE   p0 sends to p1 as fast as it may
 *   net_rate ping COUNT SIZE     p0 and p1 answer each other
 *   net_rate mesh COUNT SIZE     each sends to all, and so do those
 *   net_rate still SIZE          nobody does anything, with a state of SIZE
 *   net_rate loop SIZE           each goes round its own loop, and says what
 *                                the longest time between two rounds was
 *
 * When it is done, p1 (p0 of ping) prints a line of JSON; bench/README.md says
 * what it means. Only the bench may look at a clock that is not the program's.
 */
#include <cutline/process.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MODE, COUNT, SIZE };

/* Messages that an event sends before others have their turn. */
#define BURST 256
#define SIZE_MAX_BENCH 65536
#define SAMPLES_MAX 1000000

enum mode { STREAM, PING, MESH, STILL, LOOP, MODE_COUNT };

struct rate {
    uint64_t mode;
    uint64_t count; /* messages: in all, or round trips */
    uint64_t size;
    uint64_t sent;
    uint64_t received;
    uint64_t began_ns;
    uint64_t last_ns;
    uint64_t gap_ns; /* the longest between two events of one's own */
    uint64_t sample_count;
    uint32_t *samples; /* ns of a round trip */
    uint8_t *memory;   /* of those that stand still */
};

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
}

static enum cut_error create(void *state, struct cut_context *context)
{
    static const char *const modes[] = {
        "stream", "ping", "mesh", "still", "loop"};
    struct rate *rate = state;
    const char *mode = cut_argument(context, MODE);

    while (rate->mode < MODE_COUNT &&
           (mode == NULL || strcmp(mode, modes[rate->mode]) != 0))
        rate->mode++;
    if (rate->mode == MODE_COUNT)
        cut_fail(context, "expected stream, ping, mesh, still or loop");
    rate->count =
        (uint64_t)cut_argument_integer(context, COUNT, 0, INT64_MAX, 1000000);
    rate->size =
        (uint64_t)cut_argument_integer(context, SIZE, 0, SIZE_MAX_BENCH, 64);
    if (rate->mode == PING && cut_self(context) == 0)
        rate->samples = calloc(SAMPLES_MAX, sizeof *rate->samples);
    if (rate->mode >= STILL) {
        rate->size = rate->count;
        rate->memory = calloc(rate->size + 1, 1);
    }
    return CUT_OK;
}

static void destroy(void *state)
{
    struct rate *rate = state;

    free(rate->samples);
    free(rate->memory);
}

static void send_one(struct rate *rate, struct cut_context *context)
{
    static const uint8_t zeros[SIZE_MAX_BENCH];

    cut_send(context, 0, 0, zeros, rate->size);
    rate->sent++;
}

/* Of each second, one line. */
static void note_gap(struct rate *rate, struct cut_context *context)
{
    uint64_t now = clock_ns();

    if (rate->last_ns != 0 && now - rate->last_ns > rate->gap_ns)
        rate->gap_ns = now - rate->last_ns;
    rate->last_ns = now;
    if (now - rate->began_ns < CUT_SECOND)
        return;
    cut_print(context, "{\"gap_ns\": %" PRIu64 "}", rate->gap_ns);
    rate->began_ns = now;
    rate->last_ns = 0;
    rate->gap_ns = 0;
}

static void start(void *state, struct cut_context *context)
{
    struct rate *rate = state;

    rate->began_ns = clock_ns();
    if (rate->mode == MESH)
        for (uint32_t i = 0; i < cut_outgoing_count(context); i++)
            cut_send(context, i, 0, NULL, 0);
    if (rate->mode == LOOP)
        cut_timer_set(context, 0, 0);
    if (cut_self(context) != 0)
        return;
    if (rate->mode == PING)
        send_one(rate, context);
    if (rate->mode == STREAM)
        cut_timer_set(context, 0, 0);
}

/* Send a burst; a full channel holds the process until there is room. */
static void timer(void *state, struct cut_context *context, uint32_t number)
{
    struct rate *rate = state;

    (void)number;
    if (rate->mode == LOOP) {
        note_gap(rate, context);
        cut_timer_set(context, 0, 0);
        return;
    }
    for (int i = 0; i < BURST && rate->sent < rate->count; i++)
        send_one(rate, context);
    if (rate->sent < rate->count)
        cut_timer_set(context, 0, 0);
}

static void print_stream(const struct rate *rate, struct cut_context *context)
{
    uint64_t spent = clock_ns() - rate->began_ns;

    cut_print(context,
              "{\"messages\": %" PRIu64 ", \"ns\": %" PRIu64 "}",
              rate->received,
              spent);
}

static int compare(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;

    return *left < *right ? -1 : *left > *right;
}

static void print_ping(struct rate *rate, struct cut_context *context)
{
    qsort(rate->samples, rate->sample_count, sizeof *rate->samples, compare);
    cut_print(context,
              "{\"round_trips\": %" PRIu64 ", \"p50_ns\": %" PRIu32
              ", \"p99_ns\": %" PRIu32 "}",
              rate->received,
              rate->samples[rate->sample_count / 2],
              rate->samples[rate->sample_count / 100 * 99]);
}

static void pong(struct rate *rate, struct cut_context *context)
{
    uint64_t now = clock_ns();

    if (cut_self(context) != 0) {
        send_one(rate, context);
        return;
    }
    if (rate->sample_count < SAMPLES_MAX)
        rate->samples[rate->sample_count++] = (uint32_t)(now - rate->began_ns);
    rate->began_ns = now;
    if (rate->received < rate->count)
        send_one(rate, context);
    else
        print_ping(rate, context);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct rate *rate = state;

    rate->received++;
    if (rate->mode == PING)
        pong(rate, context);
    else if (rate->mode == MESH && rate->received <= rate->count)
        cut_send(
            context,
            (uint32_t)cut_random_below(context, cut_outgoing_count(context)),
            0,
            message->data,
            rate->size < message->size ? rate->size : message->size);
    else if (rate->mode == STREAM && rate->received == rate->count)
        print_stream(rate, context);
}

/* Only those that stand still have a state that is worth a snapshot's while. */
static void save(const void *state, struct cut_writer *out)
{
    const struct rate *rate = state;

    if (rate->mode >= STILL)
        cut_write(out, rate->memory, rate->size);
    else
        cut_write_unsigned(out, rate->received, 8);
}

static void show_state(const void *data, size_t size, struct cut_writer *out)
{
    (void)data;
    cut_json_begin_object(out);
    cut_json_field(out, "bytes", (int64_t)size);
    cut_json_end_object(out);
}

static const struct cut_process rate = {
    .name = "net_rate",
    .summary = "what links carry",
    .arguments = "stream|ping|mesh|still|loop [COUNT [SIZE]]",
    .state_size = sizeof(struct rate),
    .create = create,
    .destroy = destroy,
    .start = start,
    .receive = receive,
    .timer = timer,
    .save = save,
    .show_state = show_state,
};

int main(int argc, char **argv)
{
    return cut_main(argc, argv, &rate);
}
