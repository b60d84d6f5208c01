/*
 * What "tree" costs, counted: control frames in all, and the most that one
 * process handles, against the bounds that src/core/tree.c derives. It counts
 * messages, not channels, so here any process sends to any.
 *
 * The frames of a snapshot with n processes, L levels and W messages on their
 * way: waves and rounds of 2n, and O(nL) reports in a round. Slow messages cost
 * most: each finds all frames delivered that the last one caused.
 */
#include "check.h"

#include <cutline/engine.h>

#include <limits.h>
#include <stdlib.h>

#define FRAMES_MAX (1u << 20)

struct frame {
    uint32_t source;
    uint32_t destination;
    struct cut_control control;
};

struct system {
    uint32_t process_count;
    struct cut_pool *pool;
    struct cut_engine **engines;
    uint64_t *handled; /* frames, by process: sent or received */
    uint64_t frame_count;
    uint32_t complete_count;
    size_t waiting; /* of the frames that are on their way */
    uint64_t random;
};

static struct frame frames[FRAMES_MAX];

/* Where messages go. */
enum pattern {
    EVENLY,
    ALL_TO_THE_LAST, /* a leaf, if the initiator is the first */
    ALL_TO_THE_ROOT,
};

/* Source: Steele, Lea, Flood 2014, SplitMix. */
static uint64_t draw(struct system *system, uint64_t below)
{
    uint64_t z = system->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void init(struct system *system, uint32_t process_count)
{
    *system = (struct system){.process_count = process_count, .random = 7};
    system->engines = allocate(process_count, sizeof(struct cut_engine *));
    system->handled = allocate(process_count, sizeof(uint64_t));
    CHECK_EQ(cut_pool_create(process_count, 1, NULL, &system->pool), CUT_OK);
    for (uint32_t p = 0; p < process_count; p++) {
        struct cut_engine_config config = {
            .algorithm = cut_algorithm_find("tree"),
            .pool = system->pool,
            .incoming_count = 1,
            .outgoing_count = 1,
            .window = 64,
            .process = p,
            .process_count = process_count,
        };
        CHECK_EQ(cut_engine_create(&config, NULL, &system->engines[p]), CUT_OK);
    }
}

static void fini(struct system *system)
{
    for (uint32_t p = 0; p < system->process_count; p++)
        cut_engine_destroy(system->engines[p]);
    CHECK_EQ(cut_pool_free_count(system->pool), system->process_count);
    cut_pool_destroy(system->pool);
    free(system->engines);
    free(system->handled);
}

static void
happen(struct system *system, uint32_t p, const struct cut_event *event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;

    CHECK_EQ(cut_engine_step(system->engines[p], event, actions, &count),
             CUT_OK);
    for (size_t i = 0; i < count; i++) {
        system->complete_count += actions[i].kind == CUT_ACTION_COMPLETE;
        if (actions[i].kind != CUT_ACTION_CONTROL)
            continue;
        system->frame_count++;
        system->handled[p]++;
        system->handled[actions[i].peer]++;
        if (system->waiting == FRAMES_MAX)
            abort();
        frames[system->waiting++] =
            (struct frame){p, actions[i].peer, actions[i].control};
    }
}

/* Any frame that is on its way may be next. */
static void deliver_frame(struct system *system)
{
    size_t at = draw(system, system->waiting);
    struct frame frame = frames[at];

    frames[at] = frames[--system->waiting];
    happen(system,
           frame.destination,
           &(struct cut_event){.kind = CUT_EVENT_CONTROL,
                               .peer = frame.source,
                               .control = &frame.control});
}

static void send_all(struct system *system, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        happen(system,
               (uint32_t)draw(system, system->process_count),
               &(struct cut_event){.kind = CUT_EVENT_SEND});
}

static void deliver_message(struct system *system, enum pattern pattern)
{
    uint32_t p = (uint32_t)draw(system, system->process_count);

    if (pattern == ALL_TO_THE_LAST)
        p = system->process_count - 1;
    else if (pattern == ALL_TO_THE_ROOT)
        p = 0;
    happen(system, p, &(struct cut_event){.kind = CUT_EVENT_MESSAGE});
}

static uint64_t levels_of(uint64_t count)
{
    uint64_t levels = 0;

    for (; count > 0; count /= 2)
        levels++;
    return levels;
}

/*
 * With L levels and r waves and rounds: 3 n L (2 + log2(W / n)) frames in all;
 * 10 L r at a process where messages come evenly, and 5 L^2 r if they all come
 * to one. The factors are what is measured, rounded up.
 */
static void check_bounds(const struct system *system,
                         uint64_t message_count,
                         enum pattern pattern,
                         uint64_t most)
{
    uint64_t n = system->process_count;
    uint64_t levels = levels_of(n);
    uint64_t rounds = levels_of(message_count / (8 * levels)) + 2;
    uint64_t logarithm = 1 + levels_of(message_count / n);
    uint64_t each = pattern == EVENLY ? 10 * levels : 5 * levels * levels;

    CHECK(system->frame_count <= 3 * n * levels * logarithm);
    if (!CHECK(most <= each * rounds))
        printf("# n %" PRIu64 ", W %" PRIu64 ", pattern %d: %" PRIu64 "\n",
               n,
               message_count,
               (int)pattern,
               most);
}

/* Take a snapshot with so many messages on their way; check what it cost. */
static void check_price(uint32_t process_count,
                        uint64_t message_count,
                        enum pattern pattern,
                        unsigned frames_each)
{
    struct system system;
    uint64_t most = 0;

    init(&system, process_count);
    send_all(&system, message_count);
    happen(&system, 0, &(struct cut_event){.kind = CUT_EVENT_REQUEST});
    for (uint64_t i = 0; i < message_count; i++) {
        deliver_message(&system, pattern);
        for (unsigned k = 0; system.waiting > 0 && k < frames_each; k++)
            deliver_frame(&system);
    }
    while (system.waiting > 0)
        deliver_frame(&system);
    CHECK_EQ(system.complete_count, process_count);
    for (uint32_t p = 0; p < process_count; p++)
        most = system.handled[p] > most ? system.handled[p] : most;

    check_bounds(&system, message_count, pattern, most);
    fini(&system);
}

static void check_prices(enum pattern pattern)
{
    static const uint32_t counts[] = {2, 3, 7, 8, 64, 100, 1000};

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (uint64_t each = 1; each <= 256; each *= 4) {
            check_price(counts[i], counts[i] * each, pattern, 1);
            check_price(counts[i], counts[i] * each, pattern, UINT_MAX);
        }
}

static void test_messages_that_come_evenly(void)
{
    check_prices(EVENLY);
}

static void test_messages_to_one_leaf(void)
{
    check_prices(ALL_TO_THE_LAST);
}

static void test_messages_to_the_root(void)
{
    check_prices(ALL_TO_THE_ROOT);
}

/* However many there are, a snapshot ends. */
static void test_small_systems(void)
{
    for (uint32_t n = 1; n <= 16; n++)
        for (uint64_t w = 0; w <= 130; w++)
            for (int pattern = EVENLY; pattern <= ALL_TO_THE_ROOT; pattern++) {
                check_price(n, w, (enum pattern)pattern, 1);
                check_price(n, w, (enum pattern)pattern, UINT_MAX);
            }
}

int main(void)
{
    RUN(test_messages_that_come_evenly);
    RUN(test_messages_to_one_leaf);
    RUN(test_messages_to_the_root);
    RUN(test_small_systems);
    return check_end();
}
