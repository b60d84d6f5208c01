/*
 * What the machine allows, for comparison: the least that any simulator of
 * messages with random delays has to do, and what memory costs. Prints one
 * line of JSON; bench/README.md says what its fields mean.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define DELAYS 5
#define DELAYS_NS 2000000 /* by the schedule of events: 1 ms on average */
#define WHEEL_SIZE 8

/* An event of the heap: a message that is due. */
struct event {
    uint64_t due;
    uint64_t process;
};

struct heap {
    struct event *events;
    size_t count;
};

/* What is due at one time, in the order of sending. */
struct bucket {
    uint32_t *processes;
    size_t count;
    size_t capacity;
};

struct limit {
    uint64_t process_count;
    uint64_t in_flight;
    uint64_t bytes; /* of the array that is walked through */
    uint64_t operations;
};

static double cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Source: S. Vigna's splitmix64, public domain. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint64_t draw_below(uint64_t *state, uint64_t n)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return (mix(*state) >> 32) * n >> 32;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "limit: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Zeroed, in use from the start, on large pages where there are any. */
static void *allocate(size_t bytes)
{
    void *memory = mmap(NULL,
                        bytes,
                        PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS,
                        -1,
                        0);

    if (memory == MAP_FAILED)
        give_up("out of memory");
    (void)madvise(memory, bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i < bytes; i += 4096)
        ((volatile unsigned char *)memory)[i] = 0;
    return memory;
}

/* A binary heap: what most event queues are. */

static void heap_push(struct heap *heap, struct event event)
{
    size_t i = heap->count++;

    while (i > 0 && heap->events[(i - 1) / 2].due > event.due) {
        heap->events[i] = heap->events[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap->events[i] = event;
}

static struct event heap_pop(struct heap *heap)
{
    struct event top = heap->events[0];
    struct event last = heap->events[--heap->count];
    size_t i = 0;

    for (size_t child = 1; child < heap->count; child = 2 * i + 1) {
        if (child + 1 < heap->count &&
            heap->events[child + 1].due < heap->events[child].due)
            child++;
        if (heap->events[child].due >= last.due)
            break;
        heap->events[i] = heap->events[child];
        i = child;
    }
    heap->events[i] = last;
    return top;
}

static double heap_rate(const struct limit *limit, uint64_t delays)
{
    uint64_t random = 1;
    uint64_t *tokens = allocate(limit->process_count * sizeof *tokens);
    struct heap heap = {allocate(limit->in_flight * sizeof *heap.events), 0};

    for (uint64_t i = 0; i < limit->in_flight; i++)
        heap_push(&heap,
                  (struct event){
                      1 + draw_below(&random, delays),
                      draw_below(&random, limit->process_count),
                  });
    double begin = cpu_s();
    for (uint64_t i = 0; i < limit->operations; i++) {
        struct event event = heap_pop(&heap);
        tokens[event.process]++;
        event.due += 1 + draw_below(&random, delays);
        event.process = draw_below(&random, limit->process_count);
        tokens[event.process]--;
        heap_push(&heap, event);
    }
    return (double)limit->operations / (cpu_s() - begin);
}

/*
 * A wheel of unordered buckets: no first-in first-out channels, no snapshots,
 * no senders in order, nothing but who gets something when.
 */

static void bucket_append(struct bucket *bucket, uint32_t process)
{
    if (bucket->count == bucket->capacity) {
        bucket->capacity = bucket->capacity > 0 ? bucket->capacity * 2 : 1024;
        bucket->processes =
            realloc(bucket->processes, bucket->capacity * sizeof(uint32_t));
        if (bucket->processes == NULL)
            give_up("out of memory");
    }
    bucket->processes[bucket->count++] = process;
}

struct wheel {
    struct bucket buckets[WHEEL_SIZE];
    uint64_t *tokens; /* by process */
    uint64_t process_count;
    uint64_t now;
    uint64_t random;
};

static void wheel_send(struct wheel *wheel)
{
    uint64_t source = draw_below(&wheel->random, wheel->process_count);
    uint64_t due = wheel->now + 1 + draw_below(&wheel->random, DELAYS);

    wheel->tokens[source]--;
    bucket_append(&wheel->buckets[due % WHEEL_SIZE],
                  (uint32_t)((source + 1) % wheel->process_count));
}

/* Pass a tick; return how many were delivered. Each makes another one. */
static size_t wheel_tick(struct wheel *wheel)
{
    struct bucket *bucket = &wheel->buckets[++wheel->now % WHEEL_SIZE];
    size_t count = bucket->count;

    for (size_t i = 0; i < count; i++)
        wheel->tokens[bucket->processes[i]]++;
    bucket->count = 0;
    for (size_t i = 0; i < count; i++)
        wheel_send(wheel);
    return count;
}

static double wheel_rate(const struct limit *limit)
{
    struct wheel wheel = {
        .tokens = allocate(limit->process_count * sizeof *wheel.tokens),
        .process_count = limit->process_count,
    };
    uint64_t count = 0;

    for (uint64_t i = 0; i < limit->in_flight; i++)
        wheel_send(&wheel);
    for (unsigned i = 0; i < WHEEL_SIZE * 2; i++)
        wheel_tick(&wheel);
    double begin = cpu_s();
    while (count < limit->operations)
        count += wheel_tick(&wheel);
    return (double)count / (cpu_s() - begin);
}

/*
 * Memory: reading and writing a line of the cache at random, each knowing its
 * place beforehand, or only when the one before has come.
 */
#define LINE_WORDS 8

static uint64_t *line_at(uint64_t *memory, size_t line_count, uint64_t place)
{
    uint64_t hash = mix(place * UINT64_C(0x9e3779b97f4a7c15));

    return &memory[((hash >> 32) * line_count >> 32) * LINE_WORDS];
}

static void walk(uint64_t *memory, size_t line_count, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i++)
        ++*line_at(memory, line_count, i);
}

static void chase(uint64_t *memory, size_t line_count, uint64_t operations)
{
    uint64_t last = 0;

    for (uint64_t i = 0; i < operations; i++)
        last = ++*line_at(memory, line_count, i + last);
}

static double memory_ns(const struct limit *limit,
                        void (*go)(uint64_t *, size_t, uint64_t))
{
    size_t line_count = limit->bytes / (LINE_WORDS * sizeof(uint64_t));
    uint64_t *memory = allocate(limit->bytes);

    go(memory, line_count, line_count);
    double begin = cpu_s();
    go(memory, line_count, limit->operations);
    double spent = cpu_s() - begin;
    munmap(memory, limit->bytes);
    return spent * 1e9 / (double)limit->operations;
}

static uint64_t number_of(const char *text, uint64_t min)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || number < min || number > UINT32_MAX)
        give_up("a number is out of range");
    return number;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        give_up("usage: limit PROCESSES IN-FLIGHT BYTES OPERATIONS");
    struct limit limit = {
        .process_count = number_of(argv[1], 1),
        .in_flight = number_of(argv[2], 1),
        .bytes = number_of(argv[3], 64),
        .operations = number_of(argv[4], 1),
    };

    printf("{\"processes\": %" PRIu64, limit.process_count);
    printf(", \"in_flight\": %" PRIu64, limit.in_flight);
    printf(", \"bytes\": %" PRIu64, limit.bytes);
    printf(", \"heap_per_s\": %.0f", heap_rate(&limit, DELAYS));
    printf(", \"heap_ns_per_s\": %.0f", heap_rate(&limit, DELAYS_NS));
    printf(", \"wheel_per_s\": %.0f", wheel_rate(&limit));
    printf(", \"independent_ns\": %.3f", memory_ns(&limit, walk));
    printf(", \"dependent_ns\": %.3f}\n", memory_ns(&limit, chase));
    return EXIT_SUCCESS;
}
