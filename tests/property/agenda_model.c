/*
 * The agenda against a model, an array that is searched for the first of the
 * least time, in random walks. Memory is asked for when something is put down,
 * and at no other time: what has been taken in cannot be lost.
 */
#include "check.h"
#include "fault/failing_allocator.h"
#include "sim/agenda.h"

enum { MODEL_MAX = 3000 };

struct model_entry {
    uint64_t time;
    uint32_t target; /* rises with each that is put down */
    uint32_t detail;
    enum cut_agenda_kind kind;
};

struct walk {
    struct failing_allocator memory;
    struct cut_agenda agenda;
    struct model_entry model[MODEL_MAX]; /* in the order of putting down */
    unsigned count;
    uint64_t now;
    uint64_t random;
    uint32_t added;
    uint32_t taken;
    uint64_t told;
};

static uint64_t draw(struct walk *walk, uint64_t below)
{
    walk->random =
        walk->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (walk->random >> 20) % below;
}

/* Times of any size: now, in some nanoseconds, in years; round ones too. */
static uint64_t draw_time(struct walk *walk, unsigned bits)
{
    uint64_t scale = UINT64_C(1) << draw(walk, bits);
    uint64_t time = walk->now + draw(walk, scale);

    return draw(walk, 4) == 0 && time / scale * scale >= walk->now
               ? time / scale * scale
               : time;
}

static enum cut_error put_down(struct walk *walk, uint64_t time)
{
    struct model_entry entry = {
        .time = time,
        .target = walk->added++,
        .detail = (uint32_t)draw(walk, CUT_AGENDA_DETAIL_MAX),
        .kind = (enum cut_agenda_kind)draw(walk, CUT_AGENDA_DEADLINE + 1),
    };
    enum cut_error error = cut_agenda_add(
        &walk->agenda, time, entry.kind, entry.target, entry.detail);

    if (error == CUT_OK)
        walk->model[walk->count++] = entry;
    return error;
}

static void add(struct walk *walk, uint64_t time)
{
    if (walk->count < MODEL_MAX)
        CHECK_EQ(put_down(walk, time), CUT_OK);
}

static unsigned first_of(const struct walk *walk)
{
    unsigned first = 0;

    for (unsigned i = 1; i < walk->count; i++)
        if (walk->model[i].time < walk->model[first].time)
            first = i;
    return first;
}

static void take_first(struct walk *walk)
{
    unsigned first = first_of(walk);
    struct model_entry expected = walk->model[first];
    struct cut_agenda_entry entry = cut_agenda_take(&walk->agenda);

    CHECK_EQ(entry.time, expected.time);
    CHECK_EQ(cut_agenda_target_of(&entry), expected.target);
    CHECK_EQ(cut_agenda_detail_of(&entry), expected.detail);
    CHECK_EQ(cut_agenda_kind_of(&entry), expected.kind);
    walk->count--;
    memmove(&walk->model[first],
            &walk->model[first + 1],
            (walk->count - first) * sizeof expected);
    walk->now = entry.time;
    walk->taken++;
}

/* Go on until a time, or until so many have been taken. */
static void run(struct walk *walk, uint64_t until, unsigned taken_max)
{
    uint64_t requests = walk->memory.requests;
    bool reaches = true;

    for (unsigned i = 0; i < taken_max && reaches; i++) {
        uint64_t next =
            walk->count > 0 ? walk->model[first_of(walk)].time : UINT64_MAX;
        CHECK_EQ(walk->agenda.count, walk->count);
        CHECK_EQ(cut_agenda_next_time(&walk->agenda), next);
        reaches = cut_agenda_reaches(&walk->agenda, until);
        if (!CHECK_EQ(reaches, next <= until))
            return;
        if (reaches)
            take_first(walk);
        else if (until > walk->now)
            walk->now = until;
    }
    CHECK_EQ(walk->memory.requests, requests);
}

static void
hear(const void *context, const struct cut_agenda_entry *entry, bool is_next)
{
    uint64_t *told = (void *)(uintptr_t)context;

    (void)entry;
    *told += is_next;
}

/* There is one at a time, and it is large. */
static struct walk *begin(uint64_t seed)
{
    static struct walk walk_memory;
    struct walk *walk = &walk_memory;

    memset(walk, 0, sizeof *walk);
    walk->random = seed;
    failing_init(&walk->memory, FAIL_NEVER, 0);
    cut_agenda_init(&walk->agenda, &walk->memory.allocator);
    walk->agenda.soon = hear;
    walk->agenda.soon_context = &walk->told;
    return walk;
}

static void end(struct walk *walk)
{
    run(walk, UINT64_MAX - 1, UINT32_MAX);
    CHECK_EQ(walk->count, 0);
    CHECK(walk->told > 0);
    cut_agenda_fini(&walk->agenda);
    CHECK_EQ(walk->memory.blocks, 0);
    CHECK_EQ(walk->memory.mistakes, 0);
}

/* Adding in bursts, and taking so many of ten times that the agenda is mostly
 * full or mostly empty. */
static void take_walk(uint64_t seed, unsigned bits, unsigned takes_of_ten)
{
    struct walk *walk = begin(seed);
    for (unsigned step = 0; step < 400; step++) {
        unsigned count = 1 + (unsigned)draw(walk, 100);
        if (draw(walk, 10) < takes_of_ten)
            run(walk, draw_time(walk, bits), count);
        else
            for (unsigned i = 0; i < count; i++)
                add(walk, draw_time(walk, bits));
    }
    CHECK(walk->taken > 100);
    end(walk);
}

static void test_any_times(void)
{
    for (unsigned seed = 1; seed <= 6; seed++)
        take_walk(seed, 50, 2 + seed % 3 * 3);
}

static void test_close_times(void)
{
    for (unsigned seed = 1; seed <= 6; seed++)
        take_walk(seed, 8, 2 + seed % 3 * 3);
}

/* All at one time, and more of it while it is taken. */
static void test_one_time(void)
{
    struct walk *walk = begin(1);
    for (unsigned i = 0; i < 200; i++)
        add(walk, 1000000);
    for (unsigned i = 0; i < 200; i++) {
        run(walk, UINT64_MAX - 1, 1);
        add(walk, 1000000);
    }
    end(walk);
}

/* Few at first, over a long time; then many in between, later ones first. */
static void test_a_burst_in_between(void)
{
    struct walk *walk = begin(1);
    for (unsigned i = 0; i < 20; i++)
        add(walk, 5000000 + i * 1000);
    run(walk, UINT64_MAX - 1, 1);
    for (unsigned i = 0; i < 500; i++)
        add(walk, 5018000 - i);
    run(walk, UINT64_MAX - 1, 10);
    for (unsigned i = 0; i < 500; i++)
        add(walk, walk->now + i);
    end(walk);
}

/* What is not put down for lack of memory leaves the rest as it is. */
static void test_no_memory(void)
{
    struct walk *walk = begin(1);
    for (unsigned i = 0; i < 300; i++)
        add(walk, draw_time(walk, 30));
    walk->memory.mode = FAIL_FROM_ON;
    walk->memory.at = 0;
    while (put_down(walk, draw_time(walk, 30)) == CUT_OK)
        CHECK(walk->count < MODEL_MAX);
    CHECK_EQ(walk->agenda.count, walk->count);
    walk->memory.mode = FAIL_NEVER;
    add(walk, draw_time(walk, 30));
    end(walk);
}

int main(void)
{
    RUN(test_any_times);
    RUN(test_close_times);
    RUN(test_one_time);
    RUN(test_a_burst_in_between);
    RUN(test_no_memory);
    return check_end();
}
