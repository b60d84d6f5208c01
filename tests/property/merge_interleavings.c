/*
 * Marker links (src/proto/merge.h): all interleavings of small systems, and
 * random runs of larger ones, in which messages and markers of a channel are
 * under way on links of their own, with any delay between the two.
 *
 * The judge knows the definition and nothing of counts: for a snapshot, the
 * state of a channel is what was sent at or before the sender's capture and is
 * not delivered at the receiver's; and nothing is delivered at the receiver's
 * capture that was not sent at the sender's. The world notes at each capture
 * how many messages were sent and delivered until then.
 *
 * A message is sent when it is appended to the sender's queue. Where a system
 * has such queues, messages leave them at any later time, and markers overtake
 * them.
 */
#include "check.h"
#include "draw.h"
#include "proto/merge.h"
#include "seen.h"

#define PROCESSES_MAX 3
#define CHANNELS_MAX 6
#define MESSAGES_MAX 8 /* on a channel */
#define SNAPSHOTS_MAX 4

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    DELIVERS_HELD,     /* messages do not wait for markers before them */
    CLOSES_AT_ONCE,    /* markers do not wait for messages before them */
    CLOSES_LATE,       /* held messages are delivered before a close */
    FORGETS_WAITING,   /* what waits at the close is not recorded */
    RECORDS_ALL,       /* all that waits is, whatever the count */
    FORGETS_OVERTAKEN, /* what waits at the sender is not recorded */
    REORDERS_MARKERS,  /* the marker link is not FIFO */
    FAULT_COUNT,
};

struct list {
    uint8_t count;
    uint8_t messages[MESSAGES_MAX];
};

struct marker {
    uint64_t messages_before;
    uint64_t snapshot;
};

/* Messages and markers are numbered from 0; each count is of those that have
 * come so far. */
struct channel {
    struct cut_merge_sender sender;
    struct cut_merge_receiver receiver;
    uint64_t markers_before[MESSAGES_MAX];
    struct marker markers[SNAPSHOTS_MAX];
    uint8_t from, to;
    uint8_t sent, left, arrived, delivered;
    uint8_t markers_sent, markers_arrived, markers_closed;
    /* By snapshot: */
    uint8_t sent_then[SNAPSHOTS_MAX];      /* at the sender's capture */
    uint8_t delivered_then[SNAPSHOTS_MAX]; /* at the receiver's */
    bool is_closed[SNAPSHOTS_MAX];
    struct list recorded[SNAPSHOTS_MAX];  /* by the receiver */
    struct list overtaken[SNAPSHOTS_MAX]; /* recorded by the sender */
};

struct world {
    struct channel channels[CHANNELS_MAX];
    bool has_captured[PROCESSES_MAX][SNAPSHOTS_MAX];
    bool was_requested[SNAPSHOTS_MAX];
    bool is_refused; /* the counts were called a contradiction */
    uint8_t process_count;
    uint8_t channel_count;
    uint8_t sends;
    uint8_t requests; /* one bit each */
};

struct system {
    const char *name;
    uint8_t process_count;
    const char *channels; /* "01 10": from 0 to 1, and back */
    uint8_t sends_max;
    bool has_queues;
    uint8_t request_count;
    struct {
        uint8_t process;
        uint8_t snapshot;
    } requests[4];
};

static enum fault fault; /* of the world that is being run */

/* --- the judge ---------------------------------------------------------- */

static bool is_right_channel(const struct channel *c, unsigned s)
{
    uint8_t expected = c->delivered_then[s];

    if (c->delivered_then[s] > c->sent_then[s])
        return false;
    if (!c->is_closed[s])
        return true;
    for (unsigned i = 0; i < c->recorded[s].count; i++)
        if (c->recorded[s].messages[i] != expected++)
            return false;
    for (unsigned i = 0; i < c->overtaken[s].count; i++)
        if (c->overtaken[s].messages[i] != expected++)
            return false;
    return expected == c->sent_then[s];
}

static bool is_right(const struct world *world)
{
    for (unsigned i = 0; i < world->channel_count; i++) {
        const struct channel *c = &world->channels[i];
        for (unsigned s = 0; s < SNAPSHOTS_MAX; s++)
            if (world->has_captured[c->from][s] &&
                world->has_captured[c->to][s] && !is_right_channel(c, s))
                return false;
    }
    return !world->is_refused;
}

/* Nothing can happen any more: all that was begun is finished. */
static bool is_finished(const struct world *world)
{
    for (unsigned i = 0; i < world->channel_count; i++) {
        const struct channel *c = &world->channels[i];
        if (c->delivered != c->sent)
            return false;
        for (unsigned s = 0; s < SNAPSHOTS_MAX; s++)
            if (c->is_closed[s] != world->was_requested[s])
                return false;
    }
    return true;
}

/* --- the world ---------------------------------------------------------- */

static void list_add(struct list *list, uint8_t message)
{
    if (list->count < MESSAGES_MAX)
        list->messages[list->count++] = message;
}

static void transmit(struct channel *c, unsigned s)
{
    if (fault != FORGETS_OVERTAKEN)
        for (uint8_t i = c->left; i < c->sent; i++)
            list_add(&c->overtaken[s], i);
    c->markers[c->markers_sent++] = (struct marker){
        .messages_before = cut_merge_marker_sent(&c->sender),
        .snapshot = s,
    };
}

static void capture(struct world *world, unsigned process, unsigned s)
{
    if (world->has_captured[process][s])
        return;
    world->has_captured[process][s] = true;
    for (unsigned i = 0; i < world->channel_count; i++) {
        struct channel *c = &world->channels[i];
        if (c->from == process) {
            c->sent_then[s] = c->sent;
            transmit(c, s);
        }
        if (c->to == process)
            c->delivered_then[s] = c->delivered;
    }
}

static void close_marker(struct channel *c, uint32_t waiting)
{
    uint64_t s = c->markers[c->markers_closed++].snapshot;

    if (fault == FORGETS_WAITING)
        waiting = 0;
    if (fault == RECORDS_ALL)
        waiting = (uint32_t)(c->arrived - c->delivered);
    /* What has not arrived is not there to be recorded. */
    for (unsigned i = c->delivered; i < c->delivered + waiting; i++)
        if (i < c->arrived)
            list_add(&c->recorded[s], (uint8_t)i);
    c->is_closed[s] = true;
}

static void close_markers(struct channel *c)
{
    uint32_t waiting = 0;

    while (c->markers_closed < c->markers_arrived) {
        const struct marker *marker = &c->markers[c->markers_closed];
        bool closes =
            cut_merge_close(&c->receiver, marker->messages_before, &waiting);
        if (!closes && fault != CLOSES_AT_ONCE)
            return;
        close_marker(c, waiting);
    }
}

static bool can_deliver(const struct channel *c)
{
    return c->delivered < c->arrived &&
           (fault == DELIVERS_HELD ||
            cut_merge_may_deliver(&c->receiver,
                                  c->markers_before[c->delivered]));
}

static void deliver(struct world *world, struct channel *c)
{
    cut_merge_delivered(&c->receiver);
    for (unsigned s = 0; s < SNAPSHOTS_MAX; s++)
        if (world->has_captured[c->to][s] && !c->is_closed[s])
            list_add(&c->recorded[s], c->delivered);
    c->delivered++;
}

static void leave_queue(struct channel *c)
{
    c->markers_before[c->left++] = cut_merge_message_sent(&c->sender);
}

static void message_arrives(struct world *world, struct channel *c)
{
    enum cut_error error =
        cut_merge_message_arrived(&c->receiver, c->markers_before[c->arrived]);

    world->is_refused = world->is_refused || error != CUT_OK;
    c->arrived++;
    while (fault == CLOSES_LATE && !world->is_refused && can_deliver(c))
        deliver(world, c);
    close_markers(c);
}

static void marker_arrives(struct world *world, struct channel *c)
{
    struct marker *marker = &c->markers[c->markers_arrived];

    if (fault == REORDERS_MARKERS && c->markers_sent > c->markers_arrived + 1) {
        struct marker first = marker[0];
        marker[0] = marker[1];
        marker[1] = first;
    }
    enum cut_error error =
        cut_merge_marker_arrived(&c->receiver, marker->messages_before);
    world->is_refused = world->is_refused || error != CUT_OK;
    c->markers_arrived++;
    if (world->is_refused)
        return;
    capture(world, c->to, (unsigned)marker->snapshot);
    while (fault == CLOSES_LATE && can_deliver(c))
        deliver(world, c);
    close_markers(c);
}

static void world_init(struct world *world, const struct system *system)
{
    memset(world, 0, sizeof *world);
    world->process_count = system->process_count;
    for (const char *at = system->channels;; at += 3) {
        struct channel *c = &world->channels[world->channel_count++];
        c->from = (uint8_t)(at[0] - '0');
        c->to = (uint8_t)(at[1] - '0');
        cut_merge_sender_init(&c->sender);
        cut_merge_receiver_init(&c->receiver);
        if (at[2] == '\0')
            break;
    }
}

/* --- steps -------------------------------------------------------------- */

/* What can happen to a channel, and at the end of the list, a request. */
enum step_kind {
    SEND,
    LEAVE,
    MESSAGE_ARRIVES,
    MARKER_ARRIVES,
    DELIVER,
    STEP_KINDS,
};

static bool can_step(const struct world *world,
                     const struct system *system,
                     const struct channel *c,
                     enum step_kind kind)
{
    switch (kind) {
    case SEND:
        return world->sends < system->sends_max && c->sent < MESSAGES_MAX;
    case LEAVE:
        return c->left < c->sent;
    case MESSAGE_ARRIVES:
        return c->arrived < c->left;
    case MARKER_ARRIVES:
        return c->markers_arrived < c->markers_sent;
    case DELIVER:
        return can_deliver(c);
    case STEP_KINDS:
        break;
    }
    return false;
}

static void take_step(struct world *world,
                      const struct system *system,
                      struct channel *c,
                      enum step_kind kind)
{
    switch (kind) {
    case SEND:
        world->sends++;
        c->sent++;
        if (!system->has_queues)
            leave_queue(c);
        break;
    case LEAVE:
        leave_queue(c);
        break;
    case MESSAGE_ARRIVES:
        message_arrives(world, c);
        break;
    case MARKER_ARRIVES:
        marker_arrives(world, c);
        break;
    case DELIVER:
        deliver(world, c);
        break;
    case STEP_KINDS:
        break;
    }
}

/* A step by its number: a request, or a kind of step of a channel. */
static bool
try_step(struct world *world, const struct system *system, unsigned number)
{
    if (number < system->request_count) {
        unsigned bit = 1u << number;
        if ((world->requests & bit) != 0)
            return false;
        uint8_t snapshot = system->requests[number].snapshot;
        world->requests |= (uint8_t)bit;
        world->was_requested[snapshot] = true;
        capture(world, system->requests[number].process, snapshot);
        return true;
    }
    number -= system->request_count;
    struct channel *c = &world->channels[number / STEP_KINDS];
    enum step_kind kind = (enum step_kind)(number % STEP_KINDS);
    if (!can_step(world, system, c, kind))
        return false;
    take_step(world, system, c, kind);
    return true;
}

static unsigned step_count(const struct world *world,
                           const struct system *system)
{
    unsigned kinds = STEP_KINDS;

    return system->request_count + kinds * world->channel_count;
}

/* --- all interleavings -------------------------------------------------- */

struct search {
    const struct system *system;
    struct seen seen;
    uint64_t ends;
    bool has_found_wrong;
};

static uint64_t world_hash(const struct world *world)
{
    const unsigned char *bytes = (const unsigned char *)world;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof *world; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static void explore(struct search *search, const struct world *world)
{
    unsigned count = step_count(world, search->system);
    bool is_any = false;

    if (search->has_found_wrong || !seen_add(&search->seen, world_hash(world)))
        return;
    if (!is_right(world)) {
        search->has_found_wrong = true;
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        struct world next;
        memcpy(&next, world, sizeof next); /* with what lies between fields */
        if (!try_step(&next, search->system, i))
            continue;
        is_any = true;
        explore(search, &next);
    }
    if (!is_any) {
        search->ends++;
        if (!is_finished(world))
            search->has_found_wrong = true;
    }
}

/* Explore a system; return whether all was right. */
static bool search_all(const struct system *system)
{
    struct search search = {.system = system};
    struct world world;

    world_init(&world, system);
    seen_init(&search.seen);
    explore(&search, &world);
    printf("# %s: %zu states, %" PRIu64 " ends%s\n",
           system->name,
           search.seen.count,
           search.ends,
           search.has_found_wrong ? ", a wrong one" : "");
    seen_fini(&search.seen);
    return !search.has_found_wrong && search.ends > 0;
}

static const struct system systems[] = {
    {"one way", 2, "01", 4, false, 2, {{0, 0}, {0, 1}}},
    {"one way, queues", 2, "01", 4, true, 2, {{0, 0}, {0, 1}}},
    {"one way, three snapshots", 2, "01", 3, true, 3, {{0, 0}, {0, 1}, {0, 2}}},
    {"two, one snapshot", 2, "01 10", 4, false, 1, {{0, 0}}},
    {"two, one snapshot, queues", 2, "01 10", 3, true, 1, {{0, 0}}},
    {"two, both initiate", 2, "01 10", 3, false, 2, {{0, 0}, {1, 0}}},
    {"two, a snapshot each", 2, "01 10", 3, false, 2, {{0, 0}, {1, 1}}},
    {"two, a snapshot each, queues", 2, "01 10", 2, true, 2, {{0, 0}, {1, 1}}},
    {"three in a ring", 3, "01 12 20", 3, false, 1, {{0, 0}}},
    {"three in a ring, queues", 3, "01 12 20", 2, true, 1, {{0, 0}}},
    {"ring, two snapshots", 3, "01 12 20", 2, false, 2, {{0, 0}, {1, 1}}},
    {"three, all channels", 3, "01 02 10 12 20 21", 1, false, 1, {{0, 0}}},
};

#define SYSTEM_COUNT (sizeof systems / sizeof *systems)

static void test_all_interleavings_are_right(void)
{
    fault = NO_FAULT;
    for (size_t i = 0; i < SYSTEM_COUNT; i++)
        if (!CHECK(search_all(&systems[i])))
            printf("# in: %s\n", systems[i].name);
}

/* The judge is judged: each broken assumption is found out. */
static void test_broken_assumptions_are_found(void)
{
    for (int f = NO_FAULT + 1; f < FAULT_COUNT; f++) {
        fault = (enum fault)f;
        if (!CHECK(!search_all(&systems[1])))
            printf("# fault %d\n", f);
    }
}

/* --- random runs -------------------------------------------------------- */

static const struct system large = {
    "random",
    3,
    "01 02 10 12 20 21",
    40,
    true,
    4,
    {{0, 0}, {1, 1}, {2, 2}, {1, 3}},
};

static bool is_right_run(const struct system *system, uint64_t seed)
{
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    struct world world;

    world_init(&world, system);
    for (;;) {
        unsigned count = step_count(&world, system);
        unsigned tries = 0;
        unsigned at = (unsigned)draw(&random, count);
        while (tries < count && !try_step(&world, system, (at + tries) % count))
            tries++;
        if (!is_right(&world))
            return false;
        if (tries == count)
            return is_finished(&world);
    }
}

static void test_random_runs_are_right(void)
{
    fault = NO_FAULT;
    for (uint64_t seed = 0; seed < 20000; seed++)
        if (!CHECK(is_right_run(&large, seed))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
}

int main(void)
{
    RUN(test_all_interleavings_are_right);
    RUN(test_broken_assumptions_are_found);
    RUN(test_random_runs_are_right);
    return check_end();
}
