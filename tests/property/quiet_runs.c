/*
 * Random asynchronous runs of small systems, watched by a detector of rest.
 * Messages take as long as they like and overtake each other; timers go off;
 * reports, questions and views are on their way, each process's in order;
 * connections to the supervisor break, and what was on them is repeated;
 * processes are lost and come back.
 *
 * The judge sees the system itself: QUIET is never said while anything can
 * happen. When nothing can happen any more, at most two waves are begun, QUIET
 * is said, and then there is silence. No wave is begun without something new.
 *
 * The judge is judged by breaking the protocol on purpose, one rule at a time.
 */
#include "check.h"
#include "draw.h"
#include "proto/quiet.h"

#define RUNS 20000
#define PROCESSES_MAX 6
#define MESSAGES_MAX 256
#define QUEUE_MAX 512
#define STEPS_MAX 100000

/* What is broken on purpose. */
enum fault {
    NO_FAULT,
    SINGLE_WAVE,     /* what was said unasked is taken for the end */
    IDLE_WITH_TIMER, /* as soon as the event is over */
    COUNTS_NOTHING,  /* who is idle is looked at alone */
    SAYS_NOTHING_UNASKED,
    COUNTS_OLD_CHANNELS, /* of those who left, too */
    REPEATS_NOTHING,     /* when a connection broke */
    FAULT_END,
};

/* What is on its way to a process: a view that has begun, or a question. */
struct word {
    uint64_t wave; /* 0: a view */
    uint32_t view;
    uint32_t subject; /* who joined or left */
    bool is_join;
};

struct message {
    uint32_t from;
    uint32_t to;
    uint32_t epoch; /* the view in which its channel began */
};

/* What a process knows of its channels with another one. */
struct peer {
    uint32_t epoch; /* 0: there is none */
    uint64_t sent;
    uint64_t delivered;
};

struct process {
    bool is_alive;
    bool wants_to_say; /* what it last said is not so any more */
    bool has_said;
    uint32_t view;
    uint32_t timers;                  /* armed */
    uint64_t wave;                    /* the last that it was asked in */
    uint64_t old_sent, old_delivered; /* COUNTS_OLD_CHANNELS */
    struct peer peers[PROCESSES_MAX];
    struct cut_quiet_event said;
    struct word words[QUEUE_MAX];
    uint32_t word_first, word_end;
    struct cut_quiet_event reports[QUEUE_MAX];
    uint32_t report_first, report_end;
};

struct run {
    struct cut_quiet *quiet;
    enum fault fault;
    uint64_t random;
    uint32_t process_count;
    uint32_t view;
    uint32_t energy;    /* sends and timers that are left */
    uint32_t cuts_left; /* of connections to the supervisor */
    uint32_t changes_left;
    uint32_t joined[PROCESSES_MAX]; /* the view of it */
    uint64_t waves_at_rest;         /* begun since all came to rest */
    uint32_t quiets;                /* in this view */
    uint64_t delivered;             /* messages */
    uint64_t waves;                 /* of the whole run, at its end */
    uint32_t message_count;
    bool is_wrong;
    struct message messages[MESSAGES_MAX];
    struct process processes[PROCESSES_MAX];
};

static struct run the_run; /* too large for the stack */

/* --- the truth ---------------------------------------------------------- */

static uint32_t later(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t member_count(const struct run *run)
{
    uint32_t count = 0;

    for (uint32_t p = 0; p < run->process_count; p++)
        count += run->processes[p].is_alive;
    return count;
}

/* Whether a message can still be delivered. */
static bool is_live(const struct run *run, const struct message *m)
{
    return run->processes[m->from].is_alive && run->processes[m->to].is_alive &&
           m->epoch == later(run->joined[m->from], run->joined[m->to]);
}

static bool is_at_rest(const struct run *run)
{
    for (uint32_t p = 0; p < run->process_count; p++)
        if (run->processes[p].is_alive && run->processes[p].timers > 0)
            return false;
    for (uint32_t i = 0; i < run->message_count; i++)
        if (is_live(run, &run->messages[i]))
            return false;
    return true;
}

/* --- processes ---------------------------------------------------------- */

static struct cut_quiet_event report_of(const struct run *run, uint32_t p)
{
    const struct process *own = &run->processes[p];
    struct cut_quiet_event report = {
        .kind = CUT_QUIET_EVENT_REPORT,
        .process = p,
        .view = own->view,
        .wave = own->wave,
        .is_idle = own->timers == 0 || run->fault == IDLE_WITH_TIMER,
        .sent = own->old_sent,
        .delivered = own->old_delivered,
    };

    for (uint32_t q = 0; q < run->process_count; q++) {
        report.sent += own->peers[q].sent;
        report.delivered += own->peers[q].delivered;
    }
    if (run->fault == COUNTS_NOTHING)
        report.sent = report.delivered = 0;
    return report;
}

static void
put_report(struct run *run, uint32_t p, struct cut_quiet_event report)
{
    struct process *own = &run->processes[p];

    own->said = report;
    own->has_said = true;
    own->wants_to_say = false;
    if (own->report_end - own->report_first == QUEUE_MAX)
        run->is_wrong = true; /* a storm */
    else
        own->reports[own->report_end++ % QUEUE_MAX] = report;
}

/* What an idle process has to say unasked, if it is something new. */
static void look_at(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];
    struct cut_quiet_event report = report_of(run, p);

    own->wants_to_say = run->fault != SAYS_NOTHING_UNASKED && report.is_idle &&
                        (!own->has_said || !own->said.is_idle ||
                         own->said.sent != report.sent ||
                         own->said.delivered != report.delivered ||
                         own->said.view != report.view);
}

/* To the next process from `to` on that there is a channel to. */
static void send_near(struct run *run, uint32_t from, uint32_t to)
{
    const struct peer *peers = run->processes[from].peers;
    uint32_t tries = 0;

    while (peers[to].epoch == 0 && ++tries < run->process_count)
        to = (to + 1) % run->process_count;
    if (peers[to].epoch == 0 || run->message_count == MESSAGES_MAX)
        return;
    struct peer *peer = &run->processes[from].peers[to];
    peer->sent++;
    run->messages[run->message_count++] =
        (struct message){.from = from, .to = to, .epoch = peer->epoch};
}

/* An event of the program: it sends, and arms timers, while it may. */
static void react(struct run *run, uint32_t p)
{
    for (uint64_t n = draw(&run->random, 4); n > 0 && run->energy > 0; n--) {
        run->energy--;
        if (draw(&run->random, 3) == 0)
            run->processes[p].timers++;
        else
            send_near(run, p, (uint32_t)draw(&run->random, run->process_count));
    }
    look_at(run, p);
}

/* A message waits until its channel is known, and is dropped if it has
 * ended. */
static void take_message(struct run *run, uint32_t index)
{
    struct message m = run->messages[index];
    struct process *own = &run->processes[m.to];

    if (own->is_alive && m.epoch > own->view)
        return;
    run->messages[index] = run->messages[--run->message_count];
    if (!own->is_alive || own->peers[m.from].epoch != m.epoch)
        return;
    own->peers[m.from].delivered++;
    run->delivered++;
    react(run, m.to);
}

static void open_peer(struct run *run, uint32_t p, uint32_t q)
{
    if (p != q)
        run->processes[p].peers[q] =
            (struct peer){.epoch = later(run->joined[p], run->joined[q])};
}

static void take_view(struct run *run, uint32_t p, const struct word *word)
{
    struct process *own = &run->processes[p];
    struct peer *peer = &own->peers[word->subject];

    own->view = word->view;
    if (run->fault == COUNTS_OLD_CHANNELS) {
        own->old_sent += peer->sent;
        own->old_delivered += peer->delivered;
    }
    *peer = (struct peer){.epoch = word->is_join ? word->view : 0};
    look_at(run, p);
}

static void take_word(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];
    struct word word = own->words[own->word_first++ % QUEUE_MAX];

    if (word.wave == 0) {
        take_view(run, p, &word);
    } else {
        own->wave = word.wave;
        put_report(run, p, report_of(run, p));
    }
}

/* --- the supervisor ----------------------------------------------------- */

static void put_word(struct run *run, uint32_t p, struct word word)
{
    struct process *own = &run->processes[p];

    if (own->word_end - own->word_first == QUEUE_MAX)
        run->is_wrong = true; /* a storm */
    else
        own->words[own->word_end++ % QUEUE_MAX] = word;
}

static void see_quiet(struct run *run)
{
    if (!is_at_rest(run) || ++run->quiets > 1)
        run->is_wrong = true;
}

static void ask_all(struct run *run, const struct cut_quiet_action *action)
{
    struct cut_quiet_counts counts = cut_quiet_counts(run->quiet);

    if (is_at_rest(run) && ++run->waves_at_rest > 2)
        run->is_wrong = true;
    if (counts.waves > counts.changes)
        run->is_wrong = true;
    for (uint32_t p = 0; p < run->process_count; p++)
        if (run->processes[p].is_alive)
            put_word(run,
                     p,
                     (struct word){.wave = action->wave, .view = action->view});
}

static void tell(struct run *run, const struct cut_quiet_event *event)
{
    struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX];
    size_t count = 0;

    if (cut_quiet_step(run->quiet, event, actions, &count) != CUT_OK)
        run->is_wrong = true;
    for (size_t i = 0; i < count; i++) {
        if (actions[i].view != run->view)
            run->is_wrong = true;
        if (actions[i].kind == CUT_QUIET_ACTION_QUIET)
            see_quiet(run);
        else
            ask_all(run, &actions[i]);
    }
    struct cut_quiet_counts counts = cut_quiet_counts(run->quiet);
    if (run->fault == SINGLE_WAVE && counts.idle == counts.members &&
        counts.sent == counts.delivered && !is_at_rest(run))
        run->is_wrong = true;
}

static void take_report(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];

    tell(run, &own->reports[own->report_first++ % QUEUE_MAX]);
}

/* Views are on a link, and come; the rest is lost, and the last report and the
 * question that is open are said again. */
static void cut_connection(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];
    uint32_t end = own->word_end;

    run->cuts_left--;
    own->report_first = own->report_end;
    own->word_end = own->word_first;
    for (uint32_t i = own->word_first; i != end; i++)
        if (own->words[i % QUEUE_MAX].wave == 0)
            own->words[own->word_end++ % QUEUE_MAX] = own->words[i % QUEUE_MAX];
    if (run->fault == REPEATS_NOTHING)
        return;
    if (own->has_said) {
        bool wants_to_say = own->wants_to_say;
        put_report(run, p, own->said);
        own->wants_to_say = wants_to_say;
    }
    if (cut_quiet_awaits(run->quiet, p))
        put_word(run,
                 p,
                 (struct word){.wave = cut_quiet_wave(run->quiet),
                               .view = run->view});
}

/* A lost process comes back as a new one: it has not said or heard anything,
 * and begins with an event. Reports of the lost one are still on their way. */
static void begin_process(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];

    own->is_alive = true;
    own->has_said = false;
    own->wants_to_say = false;
    own->view = run->view;
    own->timers = 1;
    own->wave = 0;
    own->old_sent = own->old_delivered = 0;
    own->word_first = own->word_end;
    memset(own->peers, 0, sizeof own->peers);
    for (uint32_t q = 0; q < run->process_count; q++)
        if (run->processes[q].is_alive)
            open_peer(run, p, q);
}

static void change_members(struct run *run, uint32_t p)
{
    bool is_join = !run->processes[p].is_alive;
    struct cut_quiet_event event = {
        .kind = is_join ? CUT_QUIET_EVENT_JOINED : CUT_QUIET_EVENT_LEFT,
        .process = p,
        .view = ++run->view,
    };

    run->changes_left--;
    run->quiets = 0;
    run->waves_at_rest = 0;
    if (is_join) {
        run->joined[p] = run->view;
        begin_process(run, p);
    } else {
        run->processes[p].is_alive = false;
    }
    for (uint32_t q = 0; q < run->process_count; q++)
        if (q != p && run->processes[q].is_alive)
            put_word(run,
                     q,
                     (struct word){
                         .view = run->view, .subject = p, .is_join = is_join});
    tell(run, &event);
}

/* --- runs --------------------------------------------------------------- */

/* Let something happen to a process; return whether there was anything. */
static bool move_process(struct run *run, uint32_t p)
{
    struct process *own = &run->processes[p];

    switch (draw(&run->random, 6)) {
    case 0:
        if (!own->is_alive || own->timers == 0)
            return false;
        own->timers--;
        react(run, p);
        return true;
    case 1:
        if (!own->is_alive || !own->wants_to_say)
            return false;
        put_report(run, p, report_of(run, p));
        return true;
    case 2:
        if (own->report_first == own->report_end)
            return false;
        take_report(run, p);
        return true;
    case 3:
        if (!own->is_alive || own->word_first == own->word_end)
            return false;
        take_word(run, p);
        return true;
    case 4:
        if (!own->is_alive || run->cuts_left == 0 || draw(&run->random, 20) > 0)
            return false;
        cut_connection(run, p);
        return true;
    default:
        if (run->changes_left == 0 || draw(&run->random, 40) > 0)
            return false;
        change_members(run, p);
        return true;
    }
}

static void move(struct run *run)
{
    if (run->message_count > 0 && draw(&run->random, 3) == 0)
        take_message(run, (uint32_t)draw(&run->random, run->message_count));
    else
        move_process(run, (uint32_t)draw(&run->random, run->process_count));
}

/* Whether anything can happen, to the program or to what watches it. */
static bool is_over(const struct run *run)
{
    if (run->message_count > 0)
        return false;
    for (uint32_t p = 0; p < run->process_count; p++) {
        const struct process *own = &run->processes[p];
        if (own->report_first != own->report_end)
            return false;
        if (own->is_alive && (own->timers > 0 || own->wants_to_say ||
                              own->word_first != own->word_end))
            return false;
    }
    return true;
}

static void judge_end(struct run *run)
{
    bool has_members = member_count(run) > 0;
    struct cut_quiet_counts counts = cut_quiet_counts(run->quiet);

    if (run->quiets != has_members || cut_quiet_wave(run->quiet) != 0 ||
        counts.waves > counts.changes || counts.members != member_count(run))
        run->is_wrong = true;
}

static void set_up(struct run *run, uint64_t seed, enum fault fault)
{
    memset(run, 0, sizeof *run);
    run->fault = fault;
    run->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    run->process_count = 1 + (uint32_t)draw(&run->random, PROCESSES_MAX);
    run->energy = (uint32_t)draw(&run->random, 1 + draw(&run->random, 300));
    run->cuts_left =
        draw(&run->random, 2) == 0 ? 0 : (uint32_t)draw(&run->random, 10);
    run->changes_left =
        draw(&run->random, 2) == 0 ? 0 : (uint32_t)draw(&run->random, 6);
    run->view = 1;
    uint32_t members =
        draw(&run->random, 3) > 0
            ? run->process_count
            : (uint32_t)draw(&run->random, run->process_count + 1);
    for (uint32_t p = 0; p < members; p++) {
        run->joined[p] = 1;
        run->processes[p].is_alive = true;
    }
    for (uint32_t p = 0; p < members; p++)
        begin_process(run, p);
    struct cut_quiet_config config = {
        .process_count = run->process_count,
        .member_count = members,
        .view = run->view,
    };
    if (cut_quiet_create(&config, NULL, &run->quiet) != CUT_OK)
        run->is_wrong = true;
}

/* Return whether the judge has found nothing wrong. */
static bool is_right(struct run *run, uint64_t seed, enum fault fault)
{
    uint32_t steps = 0;

    set_up(run, seed, fault);
    while (!run->is_wrong && !is_over(run) && ++steps < STEPS_MAX)
        move(run);
    if (steps == STEPS_MAX)
        run->is_wrong = true;
    if (!run->is_wrong)
        judge_end(run);
    run->waves = cut_quiet_counts(run->quiet).waves;
    cut_quiet_destroy(run->quiet);
    return !run->is_wrong;
}

static void test_quiet_is_said_when_nothing_can_happen(void)
{
    uint64_t messages = 0, waves = 0, views = 0;

    for (uint64_t seed = 0; seed < RUNS; seed++) {
        if (!CHECK(is_right(&the_run, seed, NO_FAULT))) {
            printf("# seed %" PRIu64 "\n", seed);
            return;
        }
        messages += the_run.delivered;
        waves += the_run.waves;
        views += the_run.view;
    }
    printf("# %" PRIu64 " messages, %" PRIu64 " views, %" PRIu64 " waves\n",
           messages,
           views,
           waves);
}

static void test_the_judge_finds_broken_protocols(void)
{
    for (int f = NO_FAULT + 1; f < FAULT_END; f++) {
        uint64_t seed = 0;
        while (seed < 1000 && is_right(&the_run, seed, (enum fault)f))
            seed++;
        if (!CHECK(seed < 1000))
            printf("# fault %d\n", f);
    }
}

int main(void)
{
    RUN(test_quiet_is_said_when_nothing_can_happen);
    RUN(test_the_judge_finds_broken_protocols);
    return check_end();
}
