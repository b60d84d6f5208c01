/*
 * Marker links with the engine: random runs of three processes in which an
 * executor does what src/proto/merge.h says, and the engine what its own header
 * says. Messages wait at both ends of a channel; several snapshots are open at
 * once, with one or more initiators; some are aborted.
 *
 * Judged by the definition of a channel's state, as merge_interleavings.c, from
 * notes that are taken at the captures.
 */
#include "check.h"
#include "draw.h"
#include "proto/merge.h"

#include <cutline/engine.h>
#include <stdlib.h>

#define PROCESSES 3
#define CHANNELS 6
#define MESSAGES_MAX 64 /* on a channel */
#define SNAPSHOTS 6
#define REQUESTS 9 /* of these snapshots, here and there */

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    CAPTURES_LATE,   /* no REQUEST when a marker arrives, but messages go on */
    FORGETS_WAITING, /* MARKER says that nothing waits */
    FORGETS_OVERTAKEN, /* what waits at the sender is not recorded */
    CLOSES_LATE,       /* delivers what it may before it closes */
    FAULT_COUNT,
};

struct list {
    unsigned count;
    unsigned messages[2 * MESSAGES_MAX];
};

struct marker {
    uint64_t messages_before;
    struct cut_snapshot_id snapshot;
};

struct channel {
    struct cut_merge_sender sender;
    struct cut_merge_receiver receiver;
    uint64_t markers_before[MESSAGES_MAX];
    struct marker markers[SNAPSHOTS];
    unsigned from, to, outgoing, incoming;
    unsigned sent, left, arrived, delivered;
    unsigned markers_sent, markers_arrived, markers_closed;
    unsigned sent_then[SNAPSHOTS], delivered_then[SNAPSHOTS];
    struct list recorded[SNAPSHOTS], overtaken[SNAPSHOTS];
};

struct process {
    struct cut_engine *engine;
    bool has_captured[SNAPSHOTS];
    bool is_complete[SNAPSHOTS];
    bool has_aborted[SNAPSHOTS];
};

struct world {
    struct channel channels[CHANNELS];
    struct process processes[PROCESSES];
    struct cut_pool *pool;
    bool was_requested[SNAPSHOTS];
    bool is_aborted[SNAPSHOTS];
    unsigned requests;
    unsigned message; /* in hand: MESSAGE */
    uint64_t random;
    enum fault fault;
    bool is_wrong;
};

static void list_add(struct list *list, unsigned message)
{
    if (list->count < 2 * MESSAGES_MAX)
        list->messages[list->count++] = message;
}

/* --- what the engine says ----------------------------------------------- */

static void capture(struct world *world, unsigned p, uint64_t s)
{
    world->processes[p].has_captured[s] = true;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct channel *c = &world->channels[i];
        if (c->from == p)
            c->sent_then[s] = c->sent;
        if (c->to == p)
            c->delivered_then[s] = c->delivered;
    }
}

static void
transmit(struct world *world, unsigned p, struct cut_snapshot_id snapshot)
{
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct channel *c = &world->channels[i];
        if (c->from != p)
            continue;
        for (unsigned m = c->left; m < c->sent; m++)
            if (world->fault != FORGETS_OVERTAKEN)
                list_add(&c->overtaken[snapshot.number], m);
        c->markers[c->markers_sent++] = (struct marker){
            .messages_before = cut_merge_marker_sent(&c->sender),
            .snapshot = snapshot,
        };
    }
}

static struct channel *
incoming_of(struct world *world, unsigned p, const struct cut_action *action)
{
    struct channel *c = world->channels;

    while (c->to != p || c->incoming != action->channel)
        c++;
    return c;
}

static void
perform(struct world *world, unsigned p, const struct cut_action *action)
{
    struct process *process = &world->processes[p];
    uint64_t s = action->snapshot.number;
    struct channel *c;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        capture(world, p, s);
        break;
    case CUT_ACTION_TRANSMIT:
        transmit(world, p, action->snapshot);
        break;
    case CUT_ACTION_RECORD:
        c = incoming_of(world, p, action);
        for (const struct cut_recording *r = action->recordings; r != NULL;
             r = r->next)
            list_add(&c->recorded[r->snapshot.number], world->message);
        break;
    case CUT_ACTION_RECORD_WAITING:
        c = incoming_of(world, p, action);
        for (unsigned i = 0; i < action->waiting; i++)
            list_add(&c->recorded[s], c->delivered + i);
        break;
    case CUT_ACTION_DELIVER:
        c = incoming_of(world, p, action);
        c->delivered++;
        break;
    case CUT_ACTION_COMPLETE:
        process->is_complete[s] = true;
        break;
    case CUT_ACTION_DISCARD:
        process->has_aborted[s] = true;
        break;
    case CUT_ACTION_SEND:
    case CUT_ACTION_CONTROL:
    case CUT_ACTION_STOP:
    case CUT_ACTION_RESUME:
    case CUT_ACTION_WAKE:
        world->is_wrong = true;
        break;
    }
}

static void tell(struct world *world, unsigned p, struct cut_event event)
{
    struct cut_action actions[CUT_ACTIONS_MAX] = {0};
    size_t count = 0;

    if (cut_engine_step(world->processes[p].engine, &event, actions, &count) !=
        CUT_OK)
        world->is_wrong = true;
    for (size_t i = 0; i < count; i++)
        perform(world, p, &actions[i]);
}

/* --- the executor ------------------------------------------------------- */

static void close_markers(struct world *world, struct channel *c)
{
    uint32_t waiting = 0;

    while (c->markers_closed < c->markers_arrived) {
        const struct marker *marker = &c->markers[c->markers_closed];
        if (!cut_merge_close(&c->receiver, marker->messages_before, &waiting))
            return;
        c->markers_closed++;
        if (world->fault == FORGETS_WAITING)
            waiting = 0;
        tell(world,
             c->to,
             (struct cut_event){
                 .kind = CUT_EVENT_MARKER,
                 .channel = c->incoming,
                 .waiting = waiting,
                 .snapshot = marker->snapshot,
             });
    }
}

static bool deliver(struct world *world, struct channel *c)
{
    if (c->delivered == c->arrived ||
        !cut_merge_may_deliver(&c->receiver, c->markers_before[c->delivered]))
        return false;
    world->message = c->delivered;
    cut_merge_delivered(&c->receiver);
    tell(world,
         c->to,
         (struct cut_event){
             .kind = CUT_EVENT_MESSAGE,
             .channel = c->incoming,
         });
    return true;
}

/* Close before you deliver. */
static void after_arrival(struct world *world, struct channel *c)
{
    while (world->fault == CLOSES_LATE && deliver(world, c))
        continue;
    close_markers(world, c);
}

static bool message_arrives(struct world *world, struct channel *c)
{
    if (c->arrived == c->left)
        return false;
    if (cut_merge_message_arrived(&c->receiver,
                                  c->markers_before[c->arrived]) != CUT_OK)
        world->is_wrong = true;
    c->arrived++;
    after_arrival(world, c);
    return true;
}

static bool marker_arrives(struct world *world, struct channel *c)
{
    if (c->markers_arrived == c->markers_sent)
        return false;
    const struct marker *marker = &c->markers[c->markers_arrived++];
    if (cut_merge_marker_arrived(&c->receiver, marker->messages_before) !=
        CUT_OK)
        world->is_wrong = true;
    if (world->fault == CAPTURES_LATE)
        while (deliver(world, c))
            continue;
    tell(world,
         c->to,
         (struct cut_event){
             .kind = CUT_EVENT_REQUEST,
             .snapshot = marker->snapshot,
         });
    after_arrival(world, c);
    return true;
}

static bool send(struct channel *c)
{
    if (c->sent == MESSAGES_MAX)
        return false;
    c->sent++;
    return true;
}

static bool leave_queue(struct channel *c)
{
    if (c->left == c->sent)
        return false;
    c->markers_before[c->left++] = cut_merge_message_sent(&c->sender);
    return true;
}

static void request(struct world *world)
{
    uint64_t s = draw(&world->random, SNAPSHOTS);

    world->requests++;
    if (world->is_aborted[s])
        return;
    world->was_requested[s] = true;
    tell(world,
         (unsigned)draw(&world->random, PROCESSES),
         (struct cut_event){
             .kind = CUT_EVENT_REQUEST,
             .snapshot = {.number = s},
         });
}

/* All are told, at different times: markers meet those who were and were not.
 */
static void abort_one(struct world *world)
{
    unsigned p = (unsigned)draw(&world->random, PROCESSES);

    for (uint64_t s = 0; s < SNAPSHOTS; s++)
        if (world->is_aborted[s] && !world->processes[p].has_aborted[s]) {
            world->processes[p].has_aborted[s] = true;
            tell(world,
                 p,
                 (struct cut_event){
                     .kind = CUT_EVENT_ABORT,
                     .snapshot = {.number = s},
                 });
            return;
        }
}

/* --- runs --------------------------------------------------------------- */

static bool step_channel(struct world *world, struct channel *c, uint64_t kind)
{
    switch (kind) {
    case 0:
        return message_arrives(world, c);
    case 1:
        return marker_arrives(world, c);
    case 2:
        return leave_queue(c);
    default:
        return deliver(world, c);
    }
}

/* Let all that is under way come to its end. */
static void drain(struct world *world)
{
    bool is_any = true;

    while (is_any && !world->is_wrong) {
        is_any = false;
        for (unsigned i = 0; i < CHANNELS; i++)
            for (uint64_t kind = 0; kind < 4; kind++)
                while (step_channel(world, &world->channels[i], kind))
                    is_any = true;
    }
}

static void run(struct world *world)
{
    unsigned sends = 20 + (unsigned)draw(&world->random, 60);

    for (unsigned i = 0; i < 600 && !world->is_wrong; i++) {
        struct channel *c = &world->channels[draw(&world->random, CHANNELS)];
        uint64_t dice = draw(&world->random, 40);
        if (dice == 0 && world->requests < REQUESTS)
            request(world);
        else if (dice == 1 && draw(&world->random, 8) == 0)
            world->is_aborted[draw(&world->random, SNAPSHOTS)] = true;
        else if (dice == 2)
            abort_one(world);
        else if (dice < 10 && sends > 0)
            sends -= send(c);
        else
            (void)step_channel(world, c, draw(&world->random, 4));
    }
    drain(world);
}

static void judge_channel(struct world *world, unsigned s, struct channel *c)
{
    unsigned expected = c->delivered_then[s];

    if (c->delivered_then[s] > c->sent_then[s])
        world->is_wrong = true;
    for (unsigned i = 0; i < c->recorded[s].count; i++)
        if (c->recorded[s].messages[i] != expected++)
            world->is_wrong = true;
    for (unsigned i = 0; i < c->overtaken[s].count; i++)
        if (c->overtaken[s].messages[i] != expected++)
            world->is_wrong = true;
    if (expected != c->sent_then[s])
        world->is_wrong = true;
}

/* Return how many snapshots were complete, and judged. */
static unsigned judge(struct world *world)
{
    unsigned count = 0;

    for (unsigned s = 0; s < SNAPSHOTS; s++) {
        if (world->is_aborted[s] || !world->was_requested[s])
            continue;
        count++;
        for (unsigned p = 0; p < PROCESSES; p++)
            if (!world->processes[p].is_complete[s])
                world->is_wrong = true;
        for (unsigned i = 0; i < CHANNELS; i++)
            judge_channel(world, s, &world->channels[i]);
    }
    return count;
}

static void set_up(struct world *world, uint64_t seed, enum fault fault)
{
    static const unsigned ends[CHANNELS][2] = {
        {0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}};

    memset(world, 0, sizeof *world);
    world->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    world->fault = fault;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct channel *c = &world->channels[i];
        c->from = ends[i][0];
        c->to = ends[i][1];
        c->outgoing = i % 2;
        c->incoming = c->from > c->to ? c->from - 1 : c->from;
        cut_merge_sender_init(&c->sender);
        cut_merge_receiver_init(&c->receiver);
    }
    if (cut_pool_create(PROCESSES * SNAPSHOTS, 2, NULL, &world->pool) != CUT_OK)
        abort();
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = world->pool,
        .incoming_count = 2,
        .outgoing_count = 2,
        .window = 64,
    };
    for (unsigned p = 0; p < PROCESSES; p++)
        if (cut_engine_create(&config, NULL, &world->processes[p].engine) !=
            CUT_OK)
            abort();
}

/* Run one; return whether all was right. */
static bool
is_right_run(uint64_t seed, enum fault fault, uint64_t *judged_count)
{
    static struct world world; /* too large for the stack */

    set_up(&world, seed, fault);
    run(&world);
    *judged_count += judge(&world);
    for (unsigned p = 0; p < PROCESSES; p++)
        cut_engine_destroy(world.processes[p].engine);
    cut_pool_destroy(world.pool);
    return !world.is_wrong;
}

static void test_random_runs_are_right(void)
{
    uint64_t judged_count = 0;

    for (uint64_t seed = 0; seed < 5000; seed++)
        if (!CHECK(is_right_run(seed, NO_FAULT, &judged_count))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
    printf("# %" PRIu64 " snapshots\n", judged_count);
    CHECK(judged_count > 5000);
}

static void test_broken_assumptions_are_found(void)
{
    for (int f = NO_FAULT + 1; f < FAULT_COUNT; f++) {
        uint64_t seed = 0, judged_count = 0;
        while (seed < 200 && is_right_run(seed, (enum fault)f, &judged_count))
            seed++;
        if (!CHECK(seed < 200))
            printf("# fault %d\n", f);
    }
}

int main(void)
{
    RUN(test_random_runs_are_right);
    RUN(test_broken_assumptions_are_found);
    return check_end();
}
