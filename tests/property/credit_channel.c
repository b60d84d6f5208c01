/*
 * A channel with credit: a sender, a link that loses nothing, a queue, a
 * program that takes from it, and reports that are lost when a connection
 * breaks, come twice and overtake each other. All runs of small channels are
 * searched, and large ones are run at random.
 *
 * The judge counts itself: what waits is within the bounds, no message is
 * refused and no report absurd, and in no state is nothing under way, no report
 * wanted, and the sender without credit. In a random run all is delivered, with
 * no more reports than there were quarters and connections.
 *
 * The judge is judged by breaking the protocol on purpose, one rule at a time.
 */
#include "base/hash.h"
#include "check.h"
#include "draw.h"
#include "proto/credit.h"
#include "seen.h"

#define MESSAGES_MAX 400
#define REPORTS_MAX 4 /* under way */
#define RUNS 6000
#define STEPS_MAX 200000

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    FORGETS_THE_CUT,   /* no report is due over a new connection */
    REPORTS_LATE,      /* when more than all is delivered */
    REPORTS_NO_BYTES,  /* when few messages are delivered, large or not */
    REPORTS_ARRIVED,   /* not what was delivered */
    REPORTS_INCREASES, /* since the last report, and the sender adds */
    SENDS_ANYWAY,      /* without credit */
    FAULT_END,
};

enum move_kind { SEND, ARRIVE, DELIVER, REPORT, TAKE, TAKE_TWICE, CUT };

struct move {
    enum move_kind kind;
    uint64_t which; /* SEND: the size; TAKE: which report that is under way */
};

struct channel {
    struct cut_credit_sender sender;
    struct cut_credit_receiver receiver;
    struct cut_credit_count reports[REPORTS_MAX];
    uint32_t report_count;
    uint32_t reports_made;
    uint32_t cuts_left;
    uint32_t twice_left;
    uint32_t message_count; /* that are to be sent */
    uint32_t cuts;
    uint64_t size_max;
    uint64_t sizes[MESSAGES_MAX]; /* last: a search compares what is used */
};

struct search {
    enum fault fault;
    bool is_wrong;
    struct seen seen;
    uint64_t states;
};

static uint64_t quarter(uint64_t of)
{
    return (of + 3) / 4;
}

/* --- what can happen ---------------------------------------------------- */

static bool wants_report(const struct channel *c, enum fault fault)
{
    const struct cut_credit_receiver *r = &c->receiver;
    uint64_t messages = r->delivered.messages - r->reported.messages;
    uint64_t bytes = r->delivered.bytes - r->reported.bytes;

    if (fault == REPORTS_LATE)
        return r->is_due || messages > r->config.messages_max ||
               bytes > r->config.bytes_max + c->size_max;
    if (fault == REPORTS_NO_BYTES)
        return r->is_due || messages >= quarter(r->config.messages_max);
    return cut_credit_receiver_wants_report(r);
}

static bool
is_possible(const struct channel *c, struct move move, enum fault fault)
{
    const struct cut_credit_receiver *r = &c->receiver;

    switch (move.kind) {
    case SEND:
        return c->sender.sent.messages < c->message_count &&
               (fault == SENDS_ANYWAY ||
                cut_credit_sender_may_send(&c->sender));
    case ARRIVE:
        return r->arrived.messages < c->sender.sent.messages;
    case DELIVER:
        return r->delivered.messages < r->arrived.messages;
    case REPORT:
        return c->report_count < REPORTS_MAX && wants_report(c, fault);
    case TAKE:
        return move.which < c->report_count;
    case TAKE_TWICE:
        return move.which < c->report_count && c->twice_left > 0;
    case CUT:
        return c->cuts_left > 0;
    }
    return false;
}

static void send_message(struct channel *c, uint64_t size)
{
    c->sizes[c->sender.sent.messages] = size;
    if (cut_credit_sender_may_send(&c->sender)) {
        cut_credit_sender_sent(&c->sender, size);
    } else {
        c->sender.sent.messages++;
        c->sender.sent.bytes += size;
    }
}

static void make_report(struct channel *c, enum fault fault)
{
    struct cut_credit_count before = c->receiver.reported;
    struct cut_credit_count report = cut_credit_receiver_report(&c->receiver);

    if (fault == REPORTS_ARRIVED)
        report = c->receiver.arrived;
    if (fault == REPORTS_INCREASES) {
        report.messages -= before.messages;
        report.bytes -= before.bytes;
    }
    c->reports[c->report_count++] = report;
    c->reports_made++;
}

static void take_report(struct channel *c, uint64_t which, enum fault fault)
{
    struct cut_credit_count report = c->reports[which];

    if (fault == REPORTS_INCREASES) {
        report.messages += c->sender.delivered.messages;
        report.bytes += c->sender.delivered.bytes;
    }
    cut_credit_sender_reported(&c->sender, report);
}

static void remove_report(struct channel *c, uint64_t which)
{
    c->report_count--;
    memmove(&c->reports[which],
            &c->reports[which + 1],
            (c->report_count - which) * sizeof *c->reports);
    memset(&c->reports[c->report_count], 0, sizeof *c->reports);
}

/* The link sends again what was under way; reports are gone. */
static void cut(struct channel *c, enum fault fault)
{
    c->cuts_left--;
    c->cuts++;
    c->report_count = 0;
    memset(c->reports, 0, sizeof c->reports);
    if (fault != FORGETS_THE_CUT)
        cut_credit_receiver_reconnected(&c->receiver);
}

/* Return whether nothing was refused. */
static bool make_move(struct channel *c, struct move move, enum fault fault)
{
    struct cut_credit_receiver *r = &c->receiver;

    switch (move.kind) {
    case SEND:
        send_message(c, move.which);
        break;
    case ARRIVE:
        return cut_credit_receiver_arrived(r, c->sizes[r->arrived.messages]) ==
               CUT_OK;
    case DELIVER:
        cut_credit_receiver_delivered(r, c->sizes[r->delivered.messages]);
        break;
    case REPORT:
        make_report(c, fault);
        break;
    case TAKE:
        take_report(c, move.which, fault);
        remove_report(c, move.which);
        break;
    case TAKE_TWICE:
        c->twice_left--;
        take_report(c, move.which, fault);
        break;
    case CUT:
        cut(c, fault);
        break;
    }
    return true;
}

/* --- the judge ---------------------------------------------------------- */

static uint64_t
bytes_between(const struct channel *c, uint64_t from, uint64_t to)
{
    uint64_t bytes = 0;

    for (uint64_t i = from; i < to; i++)
        bytes += c->sizes[i];
    return bytes;
}

/* Return whether a state is as the header promises. */
static bool is_good(const struct channel *c, enum fault fault)
{
    const struct cut_credit_config *config = &c->sender.config;
    uint64_t sent = c->sender.sent.messages;
    uint64_t delivered = c->receiver.delivered.messages;
    bool is_under_way = delivered < sent || c->report_count > 0;

    if (sent - delivered > config->messages_max ||
        bytes_between(c, delivered, sent) >= config->bytes_max + c->size_max ||
        c->sender.delivered.messages > delivered || c->sender.absurd > 0)
        return false;
    return is_under_way || wants_report(c, fault) ||
           cut_credit_sender_may_send(&c->sender);
}

/* --- all runs of small channels ----------------------------------------- */

static uint64_t hash_of(const struct channel *c)
{
    const struct cut_credit_receiver *r = &c->receiver;
    uint64_t hash = c->sender.sent.messages;

    hash = hash * 16 + c->sender.delivered.messages;
    hash = hash * 16 + r->arrived.messages;
    hash = hash * 16 + r->delivered.messages;
    hash = hash * 16 + r->reported.messages;
    hash = hash * 2 + r->is_due;
    hash = hash * 4 + c->cuts_left;
    hash = hash * 4 + c->twice_left;
    hash = hash * 8 + c->report_count;
    for (uint32_t i = 0; i < c->report_count; i++)
        hash = hash * 16 + c->reports[i].messages;
    hash = cut_hash_mix(0, hash);
    for (uint64_t i = 0; i < c->sender.sent.messages; i++)
        hash = cut_hash_mix(hash, c->sizes[i]);
    return hash;
}

/* Messages of no byte, a few, and more than a small channel holds. */
static const struct move all_moves[] = {
    {SEND, 0},
    {SEND, 1},
    {SEND, 5},
    {ARRIVE, 0},
    {DELIVER, 0},
    {REPORT, 0},
    {TAKE, 0},
    {TAKE, 1},
    {TAKE, 2},
    {TAKE_TWICE, 0},
    {CUT, 0},
};

static void search(struct search *s, const struct channel *from)
{
    if (s->is_wrong || !seen_add(&s->seen, hash_of(from)))
        return;
    s->states++;
    for (size_t i = 0; i < sizeof all_moves / sizeof *all_moves; i++) {
        if (!is_possible(from, all_moves[i], s->fault))
            continue;
        struct channel next = *from;
        if (!make_move(&next, all_moves[i], s->fault) ||
            !is_good(&next, s->fault))
            s->is_wrong = true;
        search(s, &next);
    }
}

static struct channel channel_of(struct cut_credit_config config)
{
    struct channel channel;

    memset(&channel, 0, sizeof channel);
    cut_credit_sender_init(&channel.sender, &config);
    cut_credit_receiver_init(&channel.receiver, &config);
    return channel;
}

/* Return how many states there are; 0: one is wrong. */
static uint64_t
search_all(uint64_t messages_max, uint64_t bytes_max, enum fault fault)
{
    struct search s = {.fault = fault};
    struct channel first =
        channel_of((struct cut_credit_config){messages_max, bytes_max});

    first.message_count = 5;
    first.size_max = 5;
    first.cuts_left = 1;
    first.twice_left = 1;
    seen_init(&s.seen);
    search(&s, &first);
    seen_fini(&s.seen);
    return s.is_wrong ? 0 : s.states;
}

static uint64_t search_bounds(enum fault fault)
{
    static const uint64_t bounds[] = {1, 2, 3, 5, 9};
    uint64_t states = 0;

    for (size_t m = 0; m < sizeof bounds / sizeof *bounds; m++)
        for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
            uint64_t found = search_all(bounds[m], bounds[b], fault);
            if (found == 0)
                return 0;
            states += found;
        }
    return states;
}

static void test_all_runs_of_small_channels(void)
{
    uint64_t states = search_bounds(NO_FAULT);

    CHECK(states > 0);
    printf("# %" PRIu64 " states\n", states);
}

/* --- random runs of large ones ------------------------------------------ */

static struct move draw_move(const struct channel *c, uint64_t *random)
{
    struct move move = {.kind = (enum move_kind)draw(random, CUT + 1)};

    if (move.kind == CUT && draw(random, 20) > 0)
        move.kind = DELIVER;
    if (move.kind == SEND)
        move.which = draw(random, 8) > 0 ? draw(random, 1 + c->size_max / 16)
                                         : draw(random, 1 + c->size_max);
    if (move.kind == TAKE || move.kind == TAKE_TWICE)
        move.which = draw(random, REPORTS_MAX);
    return move;
}

/* A quarter of either bound is reported, or a connection is new. */
static uint64_t reports_max(const struct channel *c)
{
    return c->sender.sent.messages / quarter(c->sender.config.messages_max) +
           c->sender.sent.bytes / quarter(c->sender.config.bytes_max) + c->cuts;
}

static bool is_right(uint64_t seed, enum fault fault)
{
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    struct cut_credit_config config = {
        .messages_max = 1 + draw(&random, 1 + draw(&random, 60)),
        .bytes_max = 1 + draw(&random, 1 + draw(&random, 4000)),
    };
    struct channel channel = channel_of(config);
    uint32_t steps = 0;

    channel.message_count = 1 + (uint32_t)draw(&random, MESSAGES_MAX);
    channel.size_max = draw(&random, 2 * config.bytes_max);
    channel.cuts_left = (uint32_t)draw(&random, 20);
    channel.twice_left = (uint32_t)draw(&random, 20);
    while (channel.receiver.delivered.messages < channel.message_count) {
        struct move move = draw_move(&channel, &random);
        if (++steps > STEPS_MAX)
            return false;
        if (!is_possible(&channel, move, fault))
            continue;
        if (!make_move(&channel, move, fault) || !is_good(&channel, fault))
            return false;
    }
    return channel.reports_made <= reports_max(&channel);
}

static void test_random_runs_of_large_channels(void)
{
    for (uint64_t seed = 0; seed < RUNS; seed++)
        if (!CHECK(is_right(seed, NO_FAULT))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
}

/* Each is found by the search, and by random runs. */
static void test_the_judge_finds_broken_ends(void)
{
    for (int f = NO_FAULT + 1; f < FAULT_END; f++) {
        uint64_t seed = 0;
        CHECK_EQ(search_bounds((enum fault)f), 0);
        while (seed < 200 && is_right(seed, (enum fault)f))
            seed++;
        if (!CHECK(seed < 200))
            printf("# fault %d\n", f);
    }
}

int main(void)
{
    RUN(test_all_runs_of_small_channels);
    RUN(test_random_runs_of_large_channels);
    RUN(test_the_judge_finds_broken_ends);
    return check_end();
}
