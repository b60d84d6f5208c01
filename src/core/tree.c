/*
 * Counting what is still on its way by a binary tree, one function a rule.
 *
 * Source:  after R. Garg, V. K. Garg, Y. Sabharwal, "Scalable algorithms for
 *          global snapshots in distributed systems", ICS 2006, and "Efficient
 *          algorithms for global snapshots in large distributed systems", IEEE
 *          TPDS 21(5), 2010: colours; a tree that sums up what is missing; and
 *          rounds, in each of which what is missing halves. How a round is
 *          counted, by thresholds that are fixed in advance, is our own: it
 *          decides by the run alone, and keeps the bounds.
 * Assumes: channels lose nothing and double nothing. Control frames may
 *          overtake each other. One snapshot at a time, one initiator.
 *
 * n processes are the nodes of a binary heap, the initiator its root: process p
 * is node (p - initiator) mod n, and node v is the parent of 2v + 1 and 2v + 2.
 * It has L levels.
 *
 * The wave. ASK goes down; who has not captured captures. ANSWER comes up
 * with, for a whole subtree, how many more were sent than received before the
 * captures: the root then knows W, the messages that cross the cut.
 *
 * A round. With w still missing, ROUND(w) goes down, and ANSWER comes up with
 * how many of the W have come, in all: the root knows exactly what is missing.
 * From its answer on a node that has learned of more, in its subtree, reports
 * them up when they are at least
 *
 *     max(1, share / 4L, reported / 4L)       share = w * (nodes below) / n
 *
 * with `reported` what it has reported in this round. When the root knows of no
 * more than w / 2 missing, the next round begins with what it knows.
 *
 * A round ends: when all that was missing has come, a node other than the root
 * keeps less than (share + reported) / 4L to itself, and nothing if the
 * threshold is 1. The shares of a level sum to w at most, so do the reports,
 * and L - 1 levels keep things: less than w / 2 in all. The root knows of the
 * rest.
 *
 * The last round: where w < 8L each threshold is 1, so nothing is kept, and no
 * further round is needed. When the root knows that nothing is missing, DONE
 * goes down. It always does know: the counts of a round are exact at its
 * beginning, and what a node keeps never hides the last messages for good.
 *
 * The price. A wave or round is 2n frames, and there are at most log2(W / 8L)
 * + 3 of them. A node makes O(L) reports before it has reported its share, and
 * then O(L log(arrived / share)), since each is 1/8L of what came before: O(nL)
 * in all, by the concavity of the logarithm. Where w < n, no more than w
 * reports leave a level: O(wL), and these w halve. So all frames together are
 * O(n log n (1 + log(W / n))), as in the papers. In a round a process handles
 * O(log n) of them where messages come evenly, and O(log^2 n) if they all come
 * to it: in all O(log n log W), where the papers have O(log n log(W / n)),
 * since the rounds go on below w = n; that is so that nobody, not the root
 * either, hears of the last n messages one by one. Memory: O(1).
 * tests/property/tree_price.c counts.
 *
 * What overtakes what. A node goes into the next round when its parent says so,
 * which says so when the root has had all answers of the last: so ASK, ROUND 1,
 * ROUND 2, ..., DONE come to a node in their order, and no ANSWER is late.
 * REPORTs are. One of an earlier round is in an answer of this round already:
 * it is dropped. One of this round can come before the node's own answer, even
 * before its sender's: it counts what that answer does not, and is kept. One of
 * a later round cannot be. A message of the new epoch can come before ASK: the
 * node captures, and counts what comes in between; whose child it is, ASK will
 * say.
 */
#include "core/actions.h"
#include "core/epoch.h"

enum control_kind {
    ASK = 1,    /* down: value[0]: the initiator */
    ANSWER = 2, /* up: value[0]: of the subtree */
    ROUND = 3,  /* down: value[0]: missing */
    REPORT = 4, /* up: value[0]: come since the answer, not reported yet */
    DONE = 5,   /* down */
};

struct tree {
    struct cut_place place;
    uint64_t epoch;
    uint64_t balance; /* sent less received, ever, modulo 2^64 */
    /* The open snapshot's: */
    uint64_t crossing;  /* sent less received at the capture, modulo 2^64 */
    uint64_t arrived;   /* old messages since then */
    uint64_t sum;       /* of the answers of this wave */
    uint64_t fresh;     /* come in the subtree, neither answered nor reported */
    uint64_t reported;  /* in this round */
    uint64_t share;     /* of what is missing; the root's: all of it */
    uint64_t total;     /* at the root: W, when it has all answers */
    uint64_t missing;   /* at the root: when it had all answers of the round */
    uint32_t initiator; /* and one; 0: not known yet */
    uint32_t round;     /* 0: the wave that asks for captures */
    uint32_t unanswered; /* bit k: child 2v + 1 + k has not answered */
    uint32_t has_answered;
};

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    size_t kept = offsetof(struct tree, crossing);

    (void)incoming_count;
    (void)outgoing_count;
    return (struct cut_memory_size){kept, sizeof(struct tree) - kept};
}

static void begin(struct cut_engine *engine,
                  const struct cut_engine_config *config)
{
    struct tree *own = cut_engine_memory(engine);

    own->place = (struct cut_place){config->process, config->process_count};
}

/* --- The tree --------------------------------------------------------------
 */

/* The node that a process is, in the tree of an initiator. */
static uint64_t node_of(const struct tree *own, uint32_t initiator)
{
    uint64_t count = own->place.process_count;

    return (own->place.process + count - initiator) % count;
}

static uint64_t own_node(const struct tree *own)
{
    return node_of(own, own->initiator - 1);
}

static uint32_t
process_of(const struct tree *own, uint32_t initiator, uint64_t node)
{
    return (uint32_t)((initiator + node) % own->place.process_count);
}

static bool is_root(const struct tree *own)
{
    return own->initiator == own->place.process + 1;
}

static uint32_t parent_in(const struct tree *own, uint32_t initiator)
{
    return process_of(own, initiator, (node_of(own, initiator) - 1) / 2);
}

static bool has_child(const struct tree *own, unsigned k)
{
    return 2 * own_node(own) + 1 + k < own->place.process_count;
}

static uint32_t child(const struct tree *own, unsigned k)
{
    return process_of(own, own->initiator - 1, 2 * own_node(own) + 1 + k);
}

static uint64_t levels(const struct tree *own)
{
    uint64_t count = 1;

    for (uint64_t n = own->place.process_count; n > 1; n /= 2)
        count++;
    return count;
}

/* How many nodes there are in the subtree of this one. */
static uint64_t nodes_below(const struct tree *own)
{
    uint64_t count = own->place.process_count;
    uint64_t low = own_node(own);
    uint64_t high = low;
    uint64_t size = 0;

    for (; low < count; low = 2 * low + 1, high = 2 * high + 2)
        size += (high < count ? high : count - 1) - low + 1;
    return size;
}

/*
 * How much of what is missing falls to this subtree: missing * nodes / count,
 * without overflow, and to the root's all of it.
 */
static uint64_t share_of(const struct tree *own, uint64_t missing)
{
    uint64_t count = own->place.process_count;
    uint64_t nodes = nodes_below(own);

    return missing / count * nodes + missing % count * nodes / count;
}

/* --- Saying ----------------------------------------------------------------
 */

static void tell_children(const struct tree *own,
                          struct cut_control control,
                          struct cut_action_list *out)
{
    for (unsigned k = 0; k < 2; k++)
        if (has_child(own, k))
            cut_act_control(out, child(own, k), control);
}

static void tell_parent(const struct tree *own,
                        struct cut_control control,
                        struct cut_action_list *out)
{
    cut_act_control(out, parent_in(own, own->initiator - 1), control);
}

/* A wave goes down: it is to be answered when the children have. */
static void begin_wave(struct tree *own,
                       struct cut_control control,
                       struct cut_action_list *out)
{
    own->round = control.round;
    own->sum = 0;
    own->fresh = 0;
    own->reported = 0;
    own->has_answered = 0;
    own->unanswered = 0;
    for (unsigned k = 0; k < 2; k++)
        own->unanswered |= has_child(own, k) ? 1u << k : 0;
    tell_children(own, control, out);
}

static void begin_round(struct tree *own,
                        struct cut_control control,
                        struct cut_action_list *out)
{
    begin_wave(own, control, out);
    own->share = share_of(own, control.value[0]);
}

/* --- What the root decides -------------------------------------------------
 */

static bool complete(const struct tree *own,
                     struct cut_snapshot_id snapshot,
                     struct cut_action_list *out)
{
    tell_children(
        own, (struct cut_control){.snapshot = snapshot, .kind = DONE}, out);
    cut_act(out, CUT_ACTION_COMPLETE, snapshot);
    return true;
}

/*
 * The end, when nothing is missing any more; else the next round, when at most
 * half is, unless this is the last one. A root alone sees all that comes.
 */
static bool decide(struct tree *own,
                   const struct cut_slot *slot,
                   struct cut_action_list *out)
{
    struct cut_snapshot_id snapshot = slot->recording.snapshot;
    uint64_t missing = own->missing - own->fresh;
    bool is_last = own->share < 8 * levels(own);
    bool is_half = !is_last && missing <= own->share / 2;

    if (missing == 0)
        return complete(own, snapshot, out);
    if (own->place.process_count > 1 && (own->round == 0 || is_half))
        begin_round(own,
                    (struct cut_control){.snapshot = snapshot,
                                         .kind = ROUND,
                                         .round = own->round + 1,
                                         .value = {missing}},
                    out);
    return false;
}

/* The root has all answers: of the wave the sum is W, of a round what of it
 * has come. */
static bool
conclude(struct tree *own, struct cut_slot *slot, struct cut_action_list *out)
{
    if (own->round == 0) {
        own->total = own->crossing + own->sum;
        own->missing = own->total;
    } else {
        own->missing = own->total - own->arrived - own->sum;
    }
    own->has_answered = 1;
    return decide(own, slot, out);
}

/* --- What the other nodes do -----------------------------------------------
 */

static uint64_t threshold(const struct tree *own)
{
    uint64_t most = own->share > own->reported ? own->share : own->reported;
    uint64_t part = most / (4 * levels(own));

    return part > 1 ? part : 1;
}

/* More have come in the subtree: the parent hears when they are enough. */
static void report_if_enough(struct tree *own,
                             const struct cut_slot *slot,
                             struct cut_action_list *out)
{
    if (own->round == 0 || own->fresh < threshold(own))
        return;
    tell_parent(own,
                (struct cut_control){.snapshot = slot->recording.snapshot,
                                     .kind = REPORT,
                                     .round = own->round,
                                     .value = {own->fresh}},
                out);
    own->reported += own->fresh;
    own->fresh = 0;
}

static void
answer(struct tree *own, struct cut_slot *slot, struct cut_action_list *out)
{
    uint64_t value = own->round == 0 ? own->crossing : own->arrived;

    tell_parent(own,
                (struct cut_control){.snapshot = slot->recording.snapshot,
                                     .kind = ANSWER,
                                     .round = own->round,
                                     .value = {value + own->sum}},
                out);
    own->has_answered = 1;
    report_if_enough(own, slot, out); /* what children reported before */
}

/* --- Both ------------------------------------------------------------------
 */

static bool answer_if_all_have(struct tree *own,
                               struct cut_slot *slot,
                               struct cut_action_list *out)
{
    if (own->unanswered != 0)
        return false;
    if (is_root(own))
        return conclude(own, slot, out);
    answer(own, slot, out);
    return false;
}

/* More have come than were answered. */
static bool count_fresh(struct tree *own,
                        struct cut_slot *slot,
                        uint64_t count,
                        struct cut_action_list *out)
{
    own->fresh += count;
    if (own->has_answered == 0)
        return false;
    if (is_root(own))
        return decide(own, slot, out);
    report_if_enough(own, slot, out);
    return false;
}

/* A process turns red, and from now on counts what was sent before. */
static void capture(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out)
{
    struct tree *own = cut_engine_memory(engine);

    cut_slot_await_all(slot, engine->incoming_count);
    own->epoch = cut_epoch_of(slot);
    own->crossing = own->balance;
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
}

static bool receive_ask(struct tree *own,
                        struct cut_slot *slot,
                        const struct cut_control *ask,
                        struct cut_action_list *out)
{
    own->initiator = (uint32_t)ask->value[0] + 1;
    begin_wave(own, *ask, out);
    return answer_if_all_have(own, slot, out);
}

static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    struct tree *own = cut_engine_memory(engine);
    struct cut_control ask = {
        .snapshot = slot->recording.snapshot,
        .kind = ASK,
        .value = {own->place.process},
    };

    (void)event;
    capture(engine, slot, out);
    return receive_ask(own, slot, &ask, out);
}

/* Which child a process is: its bit, 0 if it is none. */
static unsigned child_bit(const struct tree *own, uint32_t peer)
{
    for (unsigned k = 0; k < 2; k++)
        if (has_child(own, k) && child(own, k) == peer)
            return 1u << k;
    return 0;
}

static bool receive_answer(struct tree *own,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           struct cut_action_list *out)
{
    own->unanswered &= ~child_bit(own, event->peer);
    own->sum += event->control->value[0];
    return answer_if_all_have(own, slot, out);
}

static bool receive_round(struct tree *own,
                          struct cut_slot *slot,
                          const struct cut_control *control,
                          struct cut_action_list *out)
{
    begin_round(own, *control, out);
    return answer_if_all_have(own, slot, out);
}

/* One of an earlier round is in an answer of this one. */
static bool receive_report(struct tree *own,
                           struct cut_slot *slot,
                           const struct cut_control *report,
                           struct cut_action_list *out)
{
    if (report->round < own->round)
        return false;
    return count_fresh(own, slot, report->value[0], out);
}

static bool receive_control(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct tree *own = cut_engine_memory(engine);

    if (is_first)
        capture(engine, slot, out);
    switch ((enum control_kind)event->control->kind) {
    case ASK:
        return receive_ask(own, slot, event->control, out);
    case ANSWER:
        return receive_answer(own, slot, event, out);
    case ROUND:
        return receive_round(own, slot, event->control, out);
    case REPORT:
        return receive_report(own, slot, event->control, out);
    case DONE:
        break;
    }
    return complete(own, slot->recording.snapshot, out);
}

/* --- What can come ---------------------------------------------------------
 */

static bool is_ask_right(const struct tree *own,
                         const struct cut_slot *slot,
                         const struct cut_event *event)
{
    uint64_t initiator = event->control->value[0];

    return (slot == NULL || own->initiator == 0) &&
           initiator < own->place.process_count &&
           initiator != own->place.process && event->control->round == 0 &&
           event->peer == parent_in(own, (uint32_t)initiator);
}

/* At the root: can so many more of the W have come? */
static bool is_possible(const struct tree *own, uint64_t more)
{
    uint64_t known = own->has_answered != 0
                         ? own->total - own->missing + own->fresh
                         : own->arrived + own->sum + own->fresh;

    return known <= own->total && more <= own->total - known;
}

static bool is_answer_right(const struct tree *own,
                            const struct cut_event *event)
{
    unsigned bit = child_bit(own, event->peer);
    uint64_t value = event->control->value[0];
    bool is_last = own->unanswered == bit;

    if ((own->unanswered & bit) == 0 || event->control->round != own->round)
        return false;
    if (!is_root(own))
        return true;
    if (own->round > 0)
        return is_possible(own, value);
    return !is_last || own->crossing + own->sum + value <= INT64_MAX;
}

static bool is_report_right(const struct tree *own,
                            const struct cut_event *event)
{
    const struct cut_control *report = event->control;

    if (child_bit(own, event->peer) == 0 || report->round == 0 ||
        report->round > own->round)
        return false;
    return !is_root(own) || report->round < own->round ||
           is_possible(own, report->value[0]);
}

/* From the parent, who has had an answer to what it said before. */
static bool is_from_above(const struct tree *own, const struct cut_event *event)
{
    return !is_root(own) && own->has_answered != 0 &&
           event->peer == parent_in(own, own->initiator - 1);
}

static enum cut_error check_control(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event)
{
    const struct tree *own = cut_engine_memory(engine);
    bool is_known = slot != NULL && own->initiator != 0;
    bool is_right = false;

    switch (event->control->kind) {
    case ASK:
        is_right = is_ask_right(own, slot, event);
        break;
    case ANSWER:
        is_right = is_known && is_answer_right(own, event);
        break;
    case ROUND:
        is_right = is_known && is_from_above(own, event) &&
                   event->control->round == own->round + 1;
        break;
    case REPORT:
        is_right = is_known && is_report_right(own, event);
        break;
    case DONE:
        is_right = is_known && is_from_above(own, event);
        break;
    default:
        break;
    }
    return is_right ? CUT_OK : CUT_PROTOCOL;
}

/* --- Messages of the program -----------------------------------------------
 */

/* Once the root knows W, no more than so many can come. */
static enum cut_error check_message(struct cut_engine *engine,
                                    const struct cut_event *event)
{
    const struct tree *own = cut_engine_memory(engine);

    if (event->kind == CUT_EVENT_MESSAGE && engine->open != NULL &&
        cut_epoch_is_old(engine->open, event->stamp) && is_root(own) &&
        own->round > 0 && !is_possible(own, 1))
        return CUT_PROTOCOL;
    return CUT_OK;
}

static uint64_t send_message(struct cut_engine *engine,
                             const struct cut_event *event)
{
    struct tree *own = cut_engine_memory(engine);

    (void)event;
    own->balance++;
    return own->epoch;
}

/*
 * A process captures before it receives a red message; a white one that a red
 * process receives is recorded, and is one of the W.
 */
static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct tree *own = cut_engine_memory(engine);
    struct cut_slot *slot = engine->open;

    if (is_first)
        capture(engine, slot, out);
    own->balance--;
    if (slot == NULL || !cut_epoch_is_old(slot, event->stamp))
        return false;
    own->arrived++;
    cut_act_record_in(out, event->channel, slot);
    return own->has_answered != 0 && count_fresh(own, slot, 1, out);
}

const struct cut_algorithm cut_tree = {
    .traits =
        {
            .name = "tree",
            .summary = "an epoch on every message, a tree that counts those "
                       "on their way",
            .source = "after Garg, Garg, Sabharwal, \"Scalable algorithms for "
                      "global snapshots in distributed systems\", ICS 2006; "
                      "IEEE TPDS 21(5), 2010",
            .stamps = true,
            .controls = true,
            .is_right = true,
            .stamp_size = sizeof(uint64_t),
        },
    .memory_size = memory_size,
    .begin = begin,
    .check_control = check_control,
    .check_message = check_message,
    .opens_by_message = cut_epoch_opens,
    .initiate = initiate,
    .receive_control = receive_control,
    .send_message = send_message,
    .receive_message = receive_message,
};
