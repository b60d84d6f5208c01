/*
 * A link over connections that break at any frame and are made again, for
 * thousands of seeds. A cut spares what would have arrived before some moment,
 * another one in each direction; an end may go on for a while before it notices
 * it; a new connection may be cut before anything came over it.
 *
 * The judge knows what was submitted and what was lost, and nothing of links:
 * all is delivered, once, in order, and the window bounds what is stored. On
 * connections that lose nothing but by breaking, no frame comes twice and no
 * time-out finds anything to do; on those that lose and reorder as well, no
 * more is resent than was lost or thrown away.
 *
 * The judge is judged by breaking the protocol on purpose, one rule at a time.
 */
#include "check.h"
#include "draw.h"
#include "proto/link.h"

#define SEEDS 20000
#define FRAMES_MAX 160
#define CUTS_MAX 24
#define PACKETS_MAX 4096
#define STEPS_MAX 200000
#define NEVER UINT64_MAX

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    RESENDS_NOTHING,        /* when it has reconnected */
    RESENDS_FROM_THE_START, /* what the other end has, as well */
    SAYS_WHAT_IT_SAID,      /* the number of the last connection */
    SAYS_MORE,              /* by one than has arrived */
    OLD_CONNECTION_STAYS,   /* what it still delivers is taken */
    KEEPS_WHAT_IT_KEPT,     /* though it is sent again */
    FAULT_END,
};

enum kind { FRAME, ACKNOWLEDGEMENT, HELLO };

struct packet {
    cut_time time;
    uint64_t order; /* which was sent first */
    uint64_t number;
    uint64_t payload;
    uint32_t connection;
    enum kind kind;
};

struct run {
    struct cut_link_config config;
    struct cut_link_sender sender;
    struct cut_link_receiver receiver;
    enum fault fault;
    uint64_t random;
    uint64_t order;
    cut_time now;
    cut_time delay_max;
    cut_time cut_every;   /* on average half of that */
    cut_time next_submit; /* when each comes, or NEVER */
    cut_time next_cut;
    cut_time next_notice; /* the sender's, of the cut */
    cut_time next_connect;
    cut_time last_arrival[2]; /* FIFO: frames, others */
    unsigned loss;            /* percent, on a connection that is not cut */
    bool is_fifo;
    bool is_cut;       /* the present connection */
    bool is_connected; /* as the sender knows */
    uint32_t connection;
    uint32_t cuts_left;
    uint32_t steps;
    uint64_t frame_count; /* that are to be submitted */
    uint64_t delivered;   /* that the judge has seen */
    uint64_t hello;       /* as it was last said */
    /* What the judge counts. */
    uint64_t between;      /* submitted while there was no connection */
    uint64_t lost;         /* frames */
    uint64_t lost_answers; /* acknowledgements */
    uint64_t thrown_away;  /* kept frames, at a reconnection */
    uint64_t timeouts;     /* that found something, with a connection */
    size_t packet_count;
    uint64_t stored[CUT_LINK_WINDOW_MAX]; /* at the sender; 0: forgotten */
    uint64_t kept[CUT_LINK_WINDOW_MAX];   /* at the receiver; 0: none */
    struct packet packets[PACKETS_MAX];
    bool is_wrong;
};

static struct run the_run; /* too large for the stack */

/* What the program sends as its i-th. Never 0. */
static uint64_t payload_of(uint64_t i)
{
    return (i + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

/* --- connections -------------------------------------------------------- */

static void lose(struct run *run, enum kind kind)
{
    run->lost += kind == FRAME;
    run->lost_answers += kind == ACKNOWLEDGEMENT;
}

static void transmit(struct run *run, struct packet packet)
{
    cut_time *last = &run->last_arrival[packet.kind != FRAME];

    if (run->is_cut ||
        (packet.kind != HELLO && draw(&run->random, 100) < run->loss) ||
        run->packet_count == PACKETS_MAX) {
        lose(run, packet.kind);
        return;
    }
    packet.connection = run->connection;
    packet.time = run->now + 1 + draw(&run->random, run->delay_max);
    if (run->is_fifo && packet.time < *last)
        packet.time = *last;
    *last = packet.time;
    packet.order = run->order++;
    run->packets[run->packet_count++] = packet;
}

static const struct packet *first_packet(const struct run *run)
{
    const struct packet *first = NULL;

    for (size_t i = 0; i < run->packet_count; i++) {
        const struct packet *p = &run->packets[i];
        if (first == NULL || p->time < first->time ||
            (p->time == first->time && p->order < first->order))
            first = p;
    }
    return first;
}

/* Take from the connection what would arrive from these moments on. */
static void lose_from(struct run *run, cut_time frames, cut_time others)
{
    size_t left = 0;

    for (size_t i = 0; i < run->packet_count; i++) {
        const struct packet *p = &run->packets[i];
        if (p->time < (p->kind == FRAME ? frames : others))
            run->packets[left++] = *p;
        else
            lose(run, p->kind);
    }
    run->packet_count = left;
}

static void cut(struct run *run)
{
    cut_time patience = run->config.timeout_min * (1 + draw(&run->random, 3));

    run->is_cut = true;
    run->next_cut = NEVER;
    lose_from(run,
              run->now + draw(&run->random, run->delay_max + 2),
              run->now + draw(&run->random, run->delay_max + 2));
    run->next_notice = run->now + draw(&run->random, patience);
    run->next_connect = run->next_notice + draw(&run->random, 2 * patience);
}

/* Both ends close the old connection; the receiver says what it has. */
static void make_connection(struct run *run)
{
    uint64_t old = run->hello;

    if (run->fault != OLD_CONNECTION_STAYS)
        lose_from(run, 0, 0);
    run->connection++;
    run->is_cut = false;
    run->is_connected = false;
    run->next_notice = NEVER;
    run->next_connect = NEVER;
    if (run->cuts_left > 0) {
        run->cuts_left--;
        run->next_cut = run->now + draw(&run->random, run->cut_every);
    }
    memset(run->last_arrival, 0, sizeof run->last_arrival);
    run->thrown_away += (uint64_t)__builtin_popcountll(run->receiver.kept);
    run->hello = cut_link_receiver_reconnected(&run->receiver);
    if (run->fault != KEEPS_WHAT_IT_KEPT)
        memset(run->kept, 0, sizeof run->kept);
    uint64_t said = run->fault == SAYS_WHAT_IT_SAID ? old : run->hello;
    said += run->fault == SAYS_MORE;
    transmit(run, (struct packet){.number = said, .kind = HELLO});
}

/* --- the judge ---------------------------------------------------------- */

static void see_delivered(struct run *run, uint64_t payload)
{
    if (run->delivered >= run->frame_count ||
        payload != payload_of(run->delivered))
        run->is_wrong = true;
    run->delivered++;
}

static void judge_resends(struct run *run)
{
    const struct cut_link_sender *s = &run->sender;
    bool is_patient = run->config.timeout_min > 2 * run->delay_max;
    bool is_lossless = run->loss == 0 && run->is_fifo;

    /* Each frame that was written was delivered, lost, thrown away or a
     * duplicate, and all but the first writing of each are resends. */
    if (s->resent !=
        run->lost + run->between + run->thrown_away + run->receiver.duplicates)
        run->is_wrong = true;
    if (is_lossless && run->thrown_away > 0)
        run->is_wrong = true;
    if (is_lossless && is_patient &&
        (run->receiver.duplicates > 0 || run->timeouts > 0))
        run->is_wrong = true;
    if (is_patient && s->resent > run->lost + run->lost_answers + run->between +
                                      run->thrown_away)
        run->is_wrong = true;
}

static void judge_end(struct run *run)
{
    const struct cut_link_sender *s = &run->sender;

    if (run->delivered != run->frame_count || s->oldest != run->frame_count ||
        s->next != run->frame_count ||
        cut_link_sender_deadline(s) != CUT_LINK_NEVER ||
        run->receiver.kept != 0 || s->absurd != 0 || run->receiver.absurd != 0)
        run->is_wrong = true;
    judge_resends(run);
}

/* --- the ends ----------------------------------------------------------- */

static void send_frame(struct run *run, uint64_t sequence)
{
    uint64_t payload = run->stored[sequence % run->config.window];

    if (payload == 0)
        run->is_wrong = true; /* it had been forgotten */
    transmit(
        run,
        (struct packet){.number = sequence, .payload = payload, .kind = FRAME});
}

static void submit(struct run *run)
{
    run->next_submit = run->now + draw(&run->random, 2 * run->delay_max);
    while (run->sender.next < run->frame_count &&
           cut_link_sender_has_room(&run->sender)) {
        uint64_t sequence = cut_link_sender_submit(&run->sender, run->now);
        uint64_t *place = &run->stored[sequence % run->config.window];
        if (*place != 0)
            run->is_wrong = true; /* more than a window is stored */
        *place = payload_of(sequence);
        if (run->is_connected)
            send_frame(run, sequence);
        else
            run->between++;
        if (draw(&run->random, 4) == 0)
            break;
    }
}

static void resend(struct run *run, struct cut_link_resend resend)
{
    for (uint32_t i = 0; i < resend.count; i++)
        send_frame(run, resend.first + i);
}

static void forget(struct run *run, uint64_t oldest, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        run->stored[(oldest + i) % run->config.window] = 0;
}

static void take_acknowledgement(struct run *run, uint64_t next)
{
    uint64_t oldest = run->sender.oldest;

    forget(run,
           oldest,
           cut_link_sender_acknowledged(&run->sender, next, run->now));
}

static void take_hello(struct run *run, uint64_t next)
{
    struct cut_link_resumption resumption;
    uint64_t oldest = run->sender.oldest;

    if (cut_link_sender_reconnected(
            &run->sender, next, run->now, &resumption) != CUT_OK) {
        run->is_wrong = true;
        return;
    }
    run->is_connected = true;
    forget(run, oldest, resumption.forgotten);
    if (run->fault == RESENDS_FROM_THE_START) {
        resumption.resend.count += resumption.forgotten;
        resumption.resend.first = oldest;
    }
    if (run->fault != RESENDS_NOTHING)
        resend(run, resumption.resend);
}

static void time_out(struct run *run)
{
    if (!run->is_cut)
        run->timeouts++;
    resend(run, cut_link_sender_timeout(&run->sender, run->now));
}

static void hand_on(struct run *run, const struct packet *packet)
{
    uint64_t sequence;

    see_delivered(run, packet->payload);
    while (cut_link_receiver_next(&run->receiver, &sequence)) {
        uint64_t *place = &run->kept[sequence % run->config.window];
        see_delivered(run, *place);
        *place = 0;
    }
}

static void take_frame(struct run *run, const struct packet *packet)
{
    uint64_t *place = &run->kept[packet->number % run->config.window];

    switch (cut_link_receiver_arrived(&run->receiver, packet->number)) {
    case CUT_LINK_DELIVER:
        hand_on(run, packet);
        break;
    case CUT_LINK_KEEP:
        if (*place != 0)
            run->is_wrong = true; /* there is one already */
        *place = packet->payload;
        break;
    case CUT_LINK_DROP:
        break;
    }
    transmit(run,
             (struct packet){
                 .number = cut_link_receiver_acknowledgement(&run->receiver),
                 .kind = ACKNOWLEDGEMENT});
}

/* --- runs --------------------------------------------------------------- */

static void arrive(struct run *run, const struct packet *first)
{
    struct packet packet = *first;

    run->packets[first - run->packets] = run->packets[--run->packet_count];
    switch (packet.kind) {
    case FRAME:
        take_frame(run, &packet);
        break;
    case ACKNOWLEDGEMENT:
        take_acknowledgement(run, packet.number);
        break;
    case HELLO:
        if (packet.connection == run->connection)
            take_hello(run, packet.number);
        break;
    }
}

/* The sender no longer writes, nor looks at its deadline. */
static void notice(struct run *run)
{
    run->is_connected = false;
    run->next_notice = NEVER;
}

static cut_time least(cut_time a, cut_time b)
{
    return a < b ? a : b;
}

/* Let the next thing happen; return whether there was any. */
static bool step(struct run *run)
{
    const struct packet *first = first_packet(run);
    cut_time arrival = first != NULL ? first->time : NEVER;
    cut_time deadline =
        run->is_connected ? cut_link_sender_deadline(&run->sender) : NEVER;
    cut_time next_submit =
        run->sender.next < run->frame_count ? run->next_submit : NEVER;
    cut_time soonest =
        least(least(arrival, deadline), least(next_submit, run->next_connect));

    soonest = least(soonest, least(run->next_cut, run->next_notice));
    if (soonest == NEVER)
        return false;
    run->now = soonest;
    if (soonest == arrival)
        arrive(run, first);
    else if (soonest == deadline)
        time_out(run);
    else if (soonest == run->next_cut)
        cut(run);
    else if (soonest == run->next_notice)
        notice(run);
    else if (soonest == run->next_connect)
        make_connection(run);
    else
        submit(run);
    return true;
}

static void set_up(struct run *run, uint64_t seed, enum fault fault)
{
    memset(run, 0, offsetof(struct run, packets));
    run->is_wrong = false;
    run->fault = fault;
    run->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run->frame_count = 1 + draw(&run->random, FRAMES_MAX);
    run->delay_max = 1 + draw(&run->random, 50);
    run->cut_every =
        1 + draw(&run->random, 1 + draw(&run->random, 20) * run->delay_max);
    run->cuts_left = (uint32_t)draw(&run->random, CUTS_MAX);
    run->is_fifo = draw(&run->random, 3) > 0;
    run->loss = run->is_fifo && draw(&run->random, 4) > 0
                    ? 0
                    : (unsigned)draw(&run->random, 40);
    cut_time round_trip = 2 * run->delay_max;
    run->config.window = 1u << draw(&run->random, 7);
    run->config.timeout_min =
        draw(&run->random, 3) > 0
            ? round_trip + 1 + draw(&run->random, round_trip)
            : 1 + draw(&run->random, round_trip);
    run->config.timeout_max =
        run->config.timeout_min * (1 + draw(&run->random, 16)) +
        draw(&run->random, 10);
    run->next_cut = NEVER;
    run->next_notice = NEVER;
    run->next_connect = draw(&run->random, 2 * run->delay_max);
    run->is_cut = true; /* there was none yet */
    cut_link_sender_init(&run->sender, &run->config);
    cut_link_receiver_init(&run->receiver, &run->config);
}

/* Return whether the judge has found nothing wrong. */
static bool is_right(struct run *run, uint64_t seed, enum fault fault)
{
    set_up(run, seed, fault);
    while (!run->is_wrong && run->steps < STEPS_MAX && step(run))
        run->steps++;
    if (run->steps >= STEPS_MAX)
        run->is_wrong = true;
    if (!run->is_wrong)
        judge_end(run);
    return !run->is_wrong;
}

static void test_what_is_submitted_is_delivered(void)
{
    uint64_t frames = 0, connections = 0, lost = 0, resent = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        if (!CHECK(is_right(&the_run, seed, NO_FAULT))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
        frames += the_run.frame_count;
        connections += the_run.connection;
        lost += the_run.lost;
        resent += the_run.sender.resent;
    }
    printf("# %" PRIu64 " frames, %" PRIu64 " connections, %" PRIu64
           " lost on the way, %" PRIu64 " sent again\n",
           frames,
           connections,
           lost,
           resent);
}

/* A broken protocol is found out within a few seeds. */
static void test_the_judge_finds_broken_ends(void)
{
    for (int f = NO_FAULT + 1; f < FAULT_END; f++) {
        uint64_t seed = 0;
        while (seed < 200 && is_right(&the_run, seed, (enum fault)f))
            seed++;
        if (!CHECK(seed < 200))
            printf("# fault %d\n", f);
    }
}

int main(void)
{
    RUN(test_what_is_submitted_is_delivered);
    RUN(test_the_judge_finds_broken_ends);
    return check_end();
}
