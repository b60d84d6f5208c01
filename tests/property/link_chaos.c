/*
 * A link over a bad network: frames and acknowledgements are lost, come twice
 * and overtake each other, for thousands of seeds. The judge knows what was
 * submitted, and nothing of links: exactly that is delivered, in order; in the
 * end nothing is under way and no timer runs; what is resent is bounded by what
 * was lost.
 *
 * The judge is judged by breaking the ends on purpose, one assumption at a
 * time.
 */
#include "check.h"
#include "draw.h"
#include "proto/link.h"

#define SEEDS 6000
#define FRAMES_MAX 160
#define PACKETS_MAX 8192
#define STEPS_MAX 200000

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    DELIVERS_EARLY,           /* what is to be kept is handed on at once */
    DELIVERS_TWICE,           /* what is to be dropped is handed on */
    FORGETS_KEPT,             /* what was kept is not handed on */
    NEVER_RESENDS,            /* the deadline is not looked at */
    FORGETS_EARLY,            /* a frame is forgotten as soon as it is sent */
    ACKNOWLEDGES_MORE,        /* by one than has arrived */
    RESENDS_WINDOW,           /* go-back: all that is unacknowledged */
    NO_MORE_ACKNOWLEDGEMENTS, /* a dropped frame is not answered */
};

struct packet {
    cut_time time;
    uint64_t order; /* which was sent first */
    uint64_t number;
    uint64_t payload;
    bool is_acknowledgement;
};

/* How bad a network is. */
struct weather {
    unsigned loss;      /* percent, of either kind of frame */
    unsigned twice;     /* percent */
    cut_time delay_max; /* each takes 1 to so long */
    bool is_fifo;
    uint64_t lost_max; /* then no more is lost */
};

struct run {
    struct cut_link_config config;
    struct cut_link_sender sender;
    struct cut_link_receiver receiver;
    struct weather weather;
    enum fault fault;
    uint64_t random;
    cut_time now;
    cut_time next_submit;
    cut_time last_arrival[2]; /* FIFO: by kind */
    uint64_t frame_count;     /* that are to be submitted */
    uint64_t delivered;       /* that the judge has seen */
    uint64_t lost;            /* copies, of either kind */
    uint64_t steps;
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

/* --- the network -------------------------------------------------------- */

static void put_packet(struct run *run, struct packet packet)
{
    cut_time *last = &run->last_arrival[packet.is_acknowledgement];

    bool is_lost = draw(&run->random, 100) < run->weather.loss &&
                   run->lost < run->weather.lost_max;
    if (is_lost || run->packet_count == PACKETS_MAX) {
        run->lost++;
        return;
    }
    packet.time = run->now + 1 + draw(&run->random, run->weather.delay_max);
    if (run->weather.is_fifo) {
        if (packet.time < *last)
            packet.time = *last;
        *last = packet.time;
    }
    packet.order = run->steps++;
    run->packets[run->packet_count++] = packet;
}

static void transmit(struct run *run, struct packet packet)
{
    put_packet(run, packet);
    if (draw(&run->random, 100) < run->weather.twice)
        put_packet(run, packet);
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

/* --- the judge ---------------------------------------------------------- */

static void see_delivered(struct run *run, uint64_t payload)
{
    if (run->delivered >= run->frame_count ||
        payload != payload_of(run->delivered))
        run->is_wrong = true;
    run->delivered++;
}

/*
 * No round trip takes longer than two delays. If the first time-out is longer,
 * each frame that is resent stands for a frame or acknowledgement that was
 * lost; if not, for one that was lost, or is the oldest and late.
 */
static void judge_end(struct run *run)
{
    const struct cut_link_sender *s = &run->sender;
    bool is_patient = run->config.timeout_min > 2 * run->weather.delay_max;
    uint64_t timeouts = run->now / run->config.timeout_min;

    if (run->delivered != run->frame_count || s->oldest != run->frame_count ||
        s->next != run->frame_count ||
        cut_link_sender_deadline(s) != CUT_LINK_NEVER ||
        run->receiver.kept != 0 || s->absurd != 0 || run->receiver.absurd != 0)
        run->is_wrong = true;
    if (s->resent > (is_patient ? run->lost : run->frame_count + timeouts))
        run->is_wrong = true;
}

/* --- the ends ----------------------------------------------------------- */

static void send_frame(struct run *run, uint64_t sequence)
{
    uint64_t payload = run->stored[sequence % run->config.window];

    if (payload == 0)
        run->is_wrong = true; /* it had been forgotten */
    transmit(run, (struct packet){.number = sequence, .payload = payload});
}

static void submit(struct run *run)
{
    run->next_submit =
        run->now + draw(&run->random, 2 * run->weather.delay_max);
    while (run->sender.next < run->frame_count &&
           cut_link_sender_has_room(&run->sender)) {
        uint64_t sequence = cut_link_sender_submit(&run->sender, run->now);
        run->stored[sequence % run->config.window] = payload_of(sequence);
        send_frame(run, sequence);
        if (run->fault == FORGETS_EARLY)
            run->stored[sequence % run->config.window] = 0;
        if (draw(&run->random, 4) == 0)
            break;
    }
}

static void resend(struct run *run)
{
    struct cut_link_resend resend =
        cut_link_sender_timeout(&run->sender, run->now);

    if (run->fault == RESENDS_WINDOW && resend.count > 0) {
        resend.count = (uint32_t)(run->sender.next - resend.first);
        run->sender.resent += resend.count - 1;
    }
    for (uint32_t i = 0; i < resend.count; i++)
        send_frame(run, resend.first + i);
}

static void take_acknowledgement(struct run *run, uint64_t next)
{
    uint64_t oldest = run->sender.oldest;
    uint32_t count = cut_link_sender_acknowledged(&run->sender, next, run->now);

    for (uint32_t i = 0; i < count; i++)
        run->stored[(oldest + i) % run->config.window] = 0;
}

static void hand_on(struct run *run, const struct packet *packet)
{
    uint64_t sequence;

    see_delivered(run, packet->payload);
    while (cut_link_receiver_next(&run->receiver, &sequence)) {
        uint64_t *place = &run->kept[sequence % run->config.window];
        if (run->fault == NO_FAULT || run->fault > FORGETS_KEPT)
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
        if (run->fault == DELIVERS_EARLY)
            see_delivered(run, packet->payload);
        break;
    case CUT_LINK_DROP:
        if (run->fault == DELIVERS_TWICE)
            see_delivered(run, packet->payload);
        if (run->fault == NO_MORE_ACKNOWLEDGEMENTS)
            return;
        break;
    }
    uint64_t next = cut_link_receiver_acknowledgement(&run->receiver);
    next += run->fault == ACKNOWLEDGES_MORE;
    transmit(run, (struct packet){.number = next, .is_acknowledgement = true});
}

/* --- runs --------------------------------------------------------------- */

static void arrive(struct run *run, const struct packet *first)
{
    struct packet packet = *first;

    run->packets[first - run->packets] = run->packets[--run->packet_count];
    if (packet.is_acknowledgement)
        take_acknowledgement(run, packet.number);
    else
        take_frame(run, &packet);
}

/* Let the next thing happen; return whether there was any. */
static bool step(struct run *run)
{
    const struct packet *first = first_packet(run);
    cut_time arrival = first != NULL ? first->time : UINT64_MAX;
    cut_time deadline = cut_link_sender_deadline(&run->sender);
    cut_time next_submit =
        run->sender.next < run->frame_count ? run->next_submit : UINT64_MAX;

    if (run->fault == NEVER_RESENDS)
        deadline = UINT64_MAX;
    if (arrival <= deadline && arrival <= next_submit) {
        if (first == NULL)
            return false;
        run->now = arrival;
        arrive(run, first);
    } else if (deadline <= next_submit) {
        run->now = deadline;
        resend(run);
    } else {
        run->now = next_submit;
        submit(run);
    }
    return true;
}

static void set_up(struct run *run, uint64_t seed, enum fault fault)
{
    memset(run, 0, offsetof(struct run, packets));
    run->is_wrong = false;
    run->fault = fault;
    run->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run->frame_count = 1 + draw(&run->random, FRAMES_MAX);
    run->weather = (struct weather){
        .loss = (unsigned)draw(&run->random, 61),
        .twice = (unsigned)draw(&run->random, 41),
        .delay_max = 1 + draw(&run->random, 50),
        .is_fifo = draw(&run->random, 4) == 0,
        .lost_max = UINT64_MAX,
    };
    cut_time round_trip = 2 * run->weather.delay_max;
    run->config.window = 1u << draw(&run->random, 7);
    run->config.timeout_min =
        draw(&run->random, 3) > 0
            ? round_trip + 1 + draw(&run->random, round_trip)
            : 1 + draw(&run->random, round_trip);
    run->config.timeout_max =
        run->config.timeout_min * (1 + draw(&run->random, 16)) +
        draw(&run->random, 10);
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
    uint64_t frames = 0, lost = 0, resent = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        if (!CHECK(is_right(&the_run, seed, NO_FAULT))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
        frames += the_run.frame_count;
        lost += the_run.lost;
        resent += the_run.sender.resent;
    }
    printf("# %" PRIu64 " frames, %" PRIu64 " lost on the way, %" PRIu64
           " sent again\n",
           frames,
           lost,
           resent);
}

/* A broken end is found out within a few seeds. */
static void test_the_judge_finds_broken_ends(void)
{
    for (int f = DELIVERS_EARLY; f <= NO_MORE_ACKNOWLEDGEMENTS; f++) {
        uint64_t seed = 0;
        while (seed < 200 && is_right(&the_run, seed, (enum fault)f))
            seed++;
        if (!CHECK(seed < 200))
            printf("# fault %d\n", f);
    }
}

/*
 * On a network that loses three copies, two, one or none, each one that is sent
 * again counts.
 */
static void test_no_more_is_resent_than_was_lost(void)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct run *run = &the_run;
        set_up(run, seed, NO_FAULT);
        run->weather.lost_max = seed % 4;
        if (run->config.timeout_min <= 2 * run->weather.delay_max)
            continue;
        while (run->steps < STEPS_MAX && step(run))
            run->steps++;
        judge_end(run);
        CHECK(!run->is_wrong);
        if (!CHECK(run->sender.resent <= seed % 4)) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
    }
}

int main(void)
{
    RUN(test_what_is_submitted_is_delivered);
    RUN(test_no_more_is_resent_than_was_lost);
    RUN(test_the_judge_finds_broken_ends);
    return check_end();
}
