/*
 * All interleavings of small systems: every order in which sends, requests and
 * deliveries can happen, each state judged by the definition of a channel's
 * state (world.h), and every end a complete snapshot (1985, sections 3.3 and
 * 4).
 *
 * Programs choose freely: any process may send on any channel at any time. At
 * most 8 events of the program (sends, their deliveries, requests) happen; the
 * deliveries of markers and control frames come in addition, and all that is
 * sent is delivered.
 *
 * What needs no order is explored without: any message of a channel may come
 * next, and any control frame.
 */
#include "check.h"
#include "seen.h"
#include "world.h"

#define EVENTS_MAX 8

/* Where a token goes round for as long as a message is missing: so many frames
 * come before any message, and then one comes. */
#define FRAMES_MAX 12

struct system {
    const char *name;
    unsigned process_count;
    const char *channels;
    unsigned sends_max; /* each is two events: it is delivered, too */
    unsigned request_count;
    struct {
        unsigned process;
        unsigned snapshot;
        bool is_abort; /* a request to give the snapshot up, here */
    } requests[4];
};

/* What is explored of a system. */
struct search_plan {
    const char *algorithm;
    bool is_unordered;
    enum world_fault fault;
};

struct search {
    const struct system *system;
    struct world *world;
    struct seen seen;
    unsigned sends;
    unsigned requests_done; /* one bit each */
    bool has_found_wrong;
    uint64_t ends;
};

static void explore(struct search *search);

/* Try one step: take it, explore from there, take it back. */
#define TRY(search, step)                                                      \
    do {                                                                       \
        struct world saved_ = *(search)->world;                                \
        step;                                                                  \
        explore(search);                                                       \
        *(search)->world = saved_;                                             \
    } while (0)

static bool try_deliveries(struct search *search)
{
    struct world *world = search->world;
    bool is_any = false;

    for (unsigned c = 0; c < world->channel_count; c++)
        if (world_can_deliver(world, c)) {
            unsigned items = world->is_unordered ? world->channels[c].count : 0;
            is_any = true;
            if (items == 0)
                TRY(search, world_deliver(world, c));
            for (unsigned i = 0; i < items; i++)
                TRY(search, world_deliver_item(world, c, i));
        }
    return is_any;
}

static bool try_frames(struct search *search)
{
    struct world *world = search->world;

    for (unsigned i = 0; i < world->frame_count; i++)
        TRY(search, world_deliver_frame(world, i));
    return world->frame_count > 0;
}

static bool try_sends(struct search *search)
{
    struct world *world = search->world;

    if (search->sends == search->system->sends_max)
        return false;
    search->sends++;
    for (unsigned c = 0; c < world->channel_count; c++)
        TRY(search, world_send(world, c));
    search->sends--;
    return true;
}

static void
make_request(struct world *world, const struct system *system, unsigned r)
{
    unsigned process = system->requests[r].process;
    unsigned snapshot = system->requests[r].snapshot;

    if (system->requests[r].is_abort)
        world_abort(world, process, snapshot);
    else
        world_request(world, process, snapshot);
}

/*
 * Where there is one snapshot at a time, requests come in their order, and one
 * of the next snapshot when the last is over everywhere.
 */
static bool may_request(const struct search *search, unsigned r)
{
    unsigned snapshot = search->system->requests[r].snapshot;

    if (cut_algorithm_traits(search->world->algorithm)->is_concurrent)
        return true;
    return search->requests_done == (1u << r) - 1 &&
           (snapshot == 0 || world_is_complete(search->world, snapshot - 1));
}

static bool try_requests(struct search *search)
{
    const struct system *system = search->system;
    struct world *world = search->world;
    bool is_any = false;

    for (unsigned r = 0; r < system->request_count; r++) {
        unsigned bit = 1u << r;
        if ((search->requests_done & bit) != 0 || !may_request(search, r))
            continue;
        is_any = true;
        search->requests_done |= bit;
        TRY(search, make_request(world, system, r));
        search->requests_done &= ~bit;
    }
    return is_any;
}

/* Nothing can happen any more: every snapshot is complete. */
static void judge_end(struct search *search)
{
    search->ends++;
    for (unsigned s = 0; s < search->world->snapshots_requested; s++)
        if (!world_is_complete(search->world, s))
            search->has_found_wrong = true;
}

static void explore(struct search *search)
{
    uint64_t hash = world_hash(search->world) +
                    search->requests_done * UINT64_C(0x9e3779b97f4a7c15);

    if (search->has_found_wrong || !seen_add(&search->seen, hash))
        return;
    if (!world_is_right(search->world)) {
        search->has_found_wrong = true;
        return;
    }
    bool is_any = try_requests(search);
    is_any = try_sends(search) || is_any;
    is_any = try_deliveries(search) || is_any;
    if (!is_any || search->world->frames_delivered < FRAMES_MAX)
        is_any = try_frames(search) || is_any;
    if (!is_any)
        judge_end(search);
}

static struct world the_world; /* engines do not move */

/* Explore a system; return whether all was right. */
static bool search_by(const struct system *system, struct search_plan plan)
{
    struct search search = {.system = system, .world = &the_world};

    CHECK(2 * system->sends_max + system->request_count <= EVENTS_MAX);
    world_init(&the_world,
               plan.algorithm,
               plan.is_unordered,
               system->process_count,
               system->channels,
               plan.fault);
    for (unsigned p = 0; p < system->process_count; p++)
        the_world.processes[p].tokens = 100;
    seen_init(&search.seen);
    explore(&search);
    printf("# %s, %s: %zu states, %llu ends%s\n",
           plan.algorithm,
           system->name,
           search.seen.count,
           (unsigned long long)search.ends,
           search.has_found_wrong ? ", a wrong one" : "");
    seen_fini(&search.seen);
    return !search.has_found_wrong && search.ends > 0;
}

static bool search_all(const struct system *system, enum world_fault fault)
{
    return search_by(
        system,
        (struct search_plan){.algorithm = "chandy-lamport", .fault = fault});
}

static const struct system systems[] = {
    {"two processes, one snapshot", 2, "01 10", 3, 1, {{0, 0, false}}},
    {"two, both initiate the same",
     2,
     "01 10",
     3,
     2,
     {{0, 0, false}, {1, 0, false}}},
    {"two, a snapshot each", 2, "01 10", 3, 2, {{0, 0, false}, {1, 1, false}}},
    {"two, two at one process",
     2,
     "01 10",
     3,
     2,
     {{0, 0, false}, {0, 1, false}}},
    {"two, one way", 2, "01", 3, 1, {{0, 0, false}}},
    {"two, three snapshots",
     2,
     "01 10",
     2,
     3,
     {{0, 0, false}, {1, 1, false}, {0, 2, false}}},
    {"three in a ring", 3, "01 12 20", 3, 1, {{0, 0, false}}},
    {"three in a ring, two snapshots",
     3,
     "01 12 20",
     3,
     2,
     {{0, 0, false}, {1, 1, false}}},
    {"three in a ring, same one",
     3,
     "01 12 20",
     3,
     2,
     {{0, 0, false}, {2, 0, false}}},
    {"three in a line", 3, "01 10 12 21", 3, 1, {{1, 0, false}}},
    {"three, one way", 3, "01 12 02", 3, 1, {{0, 0, false}}},
    {"three, two sources of one",
     3,
     "02 12",
     3,
     2,
     {{0, 0, false}, {1, 0, false}}},
    {"three, all channels", 3, "01 02 10 12 20 21", 2, 1, {{0, 0, false}}},
    {"two, one is aborted",
     2,
     "01 10",
     2,
     3,
     {{0, 0, false}, {0, 0, true}, {1, 0, true}}},
    {"two, one of two is aborted",
     2,
     "01 10",
     2,
     4,
     {{0, 0, false}, {1, 1, false}, {0, 0, true}, {1, 0, true}}},
    {"three in a ring, one is aborted",
     3,
     "01 12 20",
     2,
     4,
     {{0, 0, false}, {0, 0, true}, {1, 0, true}, {2, 0, true}}},
    {"three, all channels, same one",
     3,
     "01 02 10 12 20 21",
     2,
     2,
     {{0, 0, false}, {1, 0, false}}},
};

static void test_all_interleavings_are_right(void)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (!CHECK(search_all(&systems[i], WORLD_SOUND)))
            printf("# in: %s\n", systems[i].name);
}

static const struct system systems_without_order[] = {
    {"two, nobody reaches the other", 2, "01", 3, 1, {{1, 0, false}}},
    {"two processes", 2, "01 10", 3, 1, {{0, 0, false}}},
    {"two, one way", 2, "01", 3, 1, {{0, 0, false}}},
    {"two, one after the other",
     2,
     "01 10",
     3,
     2,
     {{0, 0, false}, {1, 1, false}}},
    {"two, aborted",
     2,
     "01 10",
     2,
     3,
     {{0, 0, false}, {0, 0, true}, {1, 0, true}}},
    {"two, aborted, and another one",
     2,
     "01 10",
     2,
     4,
     {{0, 0, false}, {1, 0, true}, {0, 0, true}, {1, 1, false}}},
    {"three in a ring", 3, "01 12 20", 2, 1, {{0, 0, false}}},
    {"three, all channels", 3, "01 02 10 12 20 21", 2, 1, {{0, 0, false}}},
};

static void explore_without_order(const char *algorithm, size_t from)
{
    struct search_plan plan = {.algorithm = algorithm, .is_unordered = true};

    for (size_t i = from;
         i < sizeof systems_without_order / sizeof *systems_without_order;
         i++)
        if (!CHECK(search_by(&systems_without_order[i], plan)))
            printf("# in: %s\n", systems_without_order[i].name);
}

static void test_lai_yang_without_order(void)
{
    explore_without_order("lai-yang", 1); /* who is not reached is not asked */
}

static void test_mattern_without_order(void)
{
    explore_without_order("mattern", 0);
}

static void test_tree_without_order(void)
{
    explore_without_order("tree", 0);
}

/* The judge is judged: what is no algorithm, or needs an order, is found out.
 */

static void test_naive_is_found(void)
{
    CHECK(!search_by(&systems[0], (struct search_plan){.algorithm = "naive"}));
}

static void test_markers_without_order_are_found(void)
{
    CHECK(!search_by(&systems[0],
                     (struct search_plan){.algorithm = "chandy-lamport",
                                          .is_unordered = true}));
}

/* The judge is judged: each broken assumption is found out. */

static void test_reordering_is_found(void)
{
    CHECK(!search_all(&systems[0], WORLD_REORDERS));
}

static void test_a_lost_marker_is_found(void)
{
    CHECK(!search_all(&systems[0], WORLD_LOSES_A_MARKER));
    CHECK(!search_all(&systems[6], WORLD_LOSES_A_MARKER));
}

static void test_lost_messages_are_found(void)
{
    CHECK(!search_all(&systems[0], WORLD_LOSES_MESSAGES));
}

static void test_ignored_records_are_found(void)
{
    CHECK(!search_all(&systems[0], WORLD_IGNORES_RECORD));
}

static void test_late_captures_are_found(void)
{
    CHECK(!search_all(&systems[0], WORLD_CAPTURES_LATE));
}

int main(void)
{
    RUN(test_all_interleavings_are_right);
    RUN(test_lai_yang_without_order);
    RUN(test_mattern_without_order);
    RUN(test_tree_without_order);
    RUN(test_naive_is_found);
    RUN(test_markers_without_order_are_found);
    RUN(test_reordering_is_found);
    RUN(test_a_lost_marker_is_found);
    RUN(test_lost_messages_are_found);
    RUN(test_ignored_records_are_found);
    RUN(test_late_captures_are_found);
    return check_end();
}
