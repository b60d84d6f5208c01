/*
 * The state at a time X, one function a rule: each process captures when its
 * own clock reaches X, and what was sent before X and is delivered after is the
 * channels'.
 *
 * Source:  what a snapshot by synchronized clocks is, is in F. Mattern 1993 and
 *          in every textbook (S. Mullender, ed., "Distributed Systems", 1993,
 *          chapter 4). To stand still for as long as clocks can differ is how
 *          J. Corbett et al., "Spanner", OSDI 2012, wait out uncertainty.
 * Assumes: clocks never go back, and differ by no more than clock_bound where
 *          that is not 0; control frames take less than clock_lead and the
 *          difference of clocks. Channels lose nothing and double nothing. One
 *          snapshot at a time, one initiator.
 *
 * A message carries the time at which it was sent. The capture is the first
 * thing that a process does at X or later, so a message was sent before the
 * capture if and only if its time is below X. Frames say how many there are of
 * those, and a channel is whole when so many have come (counts.h).
 *
 * What can go wrong is that a message with a time of X or later is delivered
 * before the receiver's capture, since its clock has not reached X. If nobody
 * sends from X until every clock has, it cannot be: so a process stands still
 * for clock_bound after its capture. Without a bound, or with a wrong one, the
 * recorded state can be inconsistent. Nothing here notices.
 *
 * A frame with a count can be faster than the one that says X: the snapshot is
 * open from then on, X is not known. A process that hears of X when its clock
 * has passed it cannot take part.
 */
#include "core/actions.h"
#include "core/counts.h"

/* Later times would overflow when a lead and a bound are added. */
#define TIME_MAX (UINT64_C(1) << 62)

enum control_kind {
    AT = 1, /* value[0]: X */
};

struct clock_kept {
    struct cut_place place;
    uint64_t lead;
    uint64_t bound;
    uint64_t latest;     /* the latest time that was seen here */
    uint64_t asked;      /* what the last WAKE asked for; 0: nothing */
    uint64_t is_stopped; /* until: */
    uint64_t resume_at;  /* a snapshot can be complete before that */
    uint64_t stopped_in; /* its number */
};

struct clock_open {
    uint64_t at; /* X */
    uint32_t is_known;
    uint32_t is_captured;
};

#define KEPT_WORDS (sizeof(struct clock_kept) / sizeof(uint64_t))
#define OPEN_WORDS (sizeof(struct clock_open) / sizeof(uint64_t))

static struct clock_kept *kept_of(struct cut_engine *engine)
{
    return cut_engine_memory(engine);
}

static struct cut_counts counts_of(struct cut_engine *engine)
{
    return cut_counts_at(engine, KEPT_WORDS, OPEN_WORDS);
}

/* Behind what is kept comes what is open, its counts last. */
static struct clock_open *open_of(struct cut_engine *engine)
{
    uint64_t *words = cut_engine_memory(engine);

    return (void *)(words + KEPT_WORDS + engine->outgoing_count +
                    engine->incoming_count);
}

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    return cut_counts_size(
        incoming_count, outgoing_count, KEPT_WORDS, OPEN_WORDS);
}

static void begin(struct cut_engine *engine,
                  const struct cut_engine_config *config)
{
    struct clock_kept *own = kept_of(engine);

    own->place = (struct cut_place){config->process, config->process_count};
    own->lead = config->clock_lead;
    own->bound = config->clock_bound;
}

static uint64_t sent(const struct cut_engine *engine, uint32_t channel)
{
    const uint64_t *words = cut_engine_memory_read(engine);

    return words[KEPT_WORDS + channel];
}

/* --- Time ------------------------------------------------------------------
 */

/* A clock that goes back stands still instead. */
static uint64_t time_of(struct cut_engine *engine,
                        const struct cut_event *event)
{
    uint64_t latest = kept_of(engine)->latest;

    return event->now > latest ? event->now : latest;
}

static void see_time(struct cut_engine *engine, const struct cut_event *event)
{
    kept_of(engine)->latest = time_of(engine, event);
}

/* Is a capture to come, of which the time is known? */
static bool is_pending(struct cut_engine *engine)
{
    return engine->open != NULL && open_of(engine)->is_known != 0 &&
           open_of(engine)->is_captured == 0;
}

/*
 * Ask for the time that is next, if it is another than the one asked for last:
 * so it is enough for an executor to remember the last WAKE.
 */
static void ask_to_wake(struct cut_engine *engine, struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);
    uint64_t next = UINT64_MAX;

    if (is_pending(engine))
        next = open_of(engine)->at;
    if (own->is_stopped != 0 && own->resume_at < next)
        next = own->resume_at;
    bool is_new = next != UINT64_MAX && next != own->asked;
    own->asked = next != UINT64_MAX ? next : 0;
    if (!is_new)
        return;
    cut_act_wake(out, next);
}

static enum cut_error check_time(struct cut_engine *engine,
                                 const struct cut_event *event)
{
    (void)engine;
    return event->now <= TIME_MAX ? CUT_OK : CUT_INVALID;
}

static enum cut_error check_request(const struct cut_engine *engine,
                                    const struct cut_event *event)
{
    (void)engine;
    return event->now <= TIME_MAX ? CUT_OK : CUT_INVALID;
}

/*
 * The program has no event while it stands still, and none at X or later
 * before the capture: what it sent then would have a time after the cut, and
 * be in the captured state.
 */
static enum cut_error check_message(struct cut_engine *engine,
                                    const struct cut_event *event)
{
    if (event->now > TIME_MAX)
        return CUT_INVALID;
    if (kept_of(engine)->is_stopped != 0 ||
        (is_pending(engine) && time_of(engine, event) >= open_of(engine)->at))
        return CUT_STATE;
    return CUT_OK;
}

/* --- The cut ---------------------------------------------------------------
 */

/* X is known; what was received so far was sent before it. */
static void expect_capture(struct cut_engine *engine, uint64_t at)
{
    struct cut_counts counts = counts_of(engine);
    struct clock_open *open = open_of(engine);

    cut_counts_begin(&counts, engine->incoming_count);
    open->at = at;
    open->is_known = 1;
}

/* A time is chosen that is still to come when everyone has heard of it. */
static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);
    uint64_t at = time_of(engine, event) + own->lead;

    see_time(engine, event);
    cut_slot_await_all(slot, engine->incoming_count);
    expect_capture(engine, at);
    if (own->place.process_count > 1)
        cut_act_control(out,
                        CUT_EVERYONE,
                        (struct cut_control){
                            .snapshot = slot->recording.snapshot,
                            .kind = AT,
                            .value = {at},
                        });
    ask_to_wake(engine, out);
    return false;
}

static enum cut_error check_control(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event)
{
    if (event->now > TIME_MAX)
        return CUT_INVALID;
    if (event->control->kind != AT || event->control->value[0] > 2 * TIME_MAX ||
        (slot != NULL && open_of(engine)->is_known != 0))
        return CUT_PROTOCOL;
    return CUT_OK;
}

/* Another process chose X. If it has passed, there is no capture at X. */
static bool receive_control(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    uint64_t at = event->control->value[0];

    see_time(engine, event);
    if (kept_of(engine)->latest >= at) {
        cut_act(out, CUT_ACTION_DISCARD, slot->recording.snapshot);
        return true;
    }
    if (is_first)
        cut_slot_await_all(slot, engine->incoming_count);
    expect_capture(engine, at);
    ask_to_wake(engine, out);
    return false;
}

static void stop_recording_if_whole(struct cut_engine *engine,
                                    struct cut_slot *slot,
                                    uint32_t channel)
{
    struct cut_counts counts = counts_of(engine);

    if (cut_slot_awaits(slot, channel) &&
        cut_counts_are_whole(&counts, channel))
        cut_slot_marker_came(slot, channel);
}

static bool complete_if_all_recorded(struct cut_engine *engine,
                                     struct cut_slot *slot,
                                     struct cut_action_list *out)
{
    if (open_of(engine)->is_captured == 0 || slot->missing > 0)
        return false;
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    return true;
}

/* It is X here: what comes from now on belongs to the channels, if it was sent
 * before X; those that have brought all of that are whole. */
static void capture(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out)
{
    open_of(engine)->is_captured = 1;
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
    if (engine->outgoing_count > 0)
        cut_act(out, CUT_ACTION_TRANSMIT, slot->recording.snapshot);
    for (uint32_t c = 0; c < engine->incoming_count; c++)
        stop_recording_if_whole(engine, slot, c);
}

static void resume(struct cut_engine *engine, struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);
    struct cut_snapshot_id snapshot = {
        .incarnation = engine->incarnation,
        .view = engine->view,
        .number = own->stopped_in,
    };

    own->is_stopped = 0;
    own->resume_at = 0;
    own->stopped_in = 0;
    cut_act(out, CUT_ACTION_RESUME, snapshot);
}

/* Nothing is sent until every clock has reached X. Who still stands still for
 * the last snapshot does so for this one now. */
static void stop(struct cut_engine *engine,
                 const struct cut_slot *slot,
                 struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);

    if (own->is_stopped != 0)
        resume(engine, out);
    own->is_stopped = 1;
    own->stopped_in = slot->recording.snapshot.number;
    own->resume_at = open_of(engine)->at + own->bound;
    cut_act(out, CUT_ACTION_STOP, slot->recording.snapshot);
}

static bool tell_time(struct cut_engine *engine,
                      const struct cut_event *event,
                      struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);
    struct cut_slot *slot = engine->open;
    bool is_complete = false;

    see_time(engine, event);
    if (own->is_stopped != 0 && own->latest >= own->resume_at)
        resume(engine, out);
    if (is_pending(engine) && own->latest >= open_of(engine)->at) {
        capture(engine, slot, out);
        if (own->bound > 0 && own->latest < open_of(engine)->at + own->bound)
            stop(engine, slot, out);
        is_complete = complete_if_all_recorded(engine, slot, out);
    }
    ask_to_wake(engine, out);
    return is_complete;
}

/* --- Counting --------------------------------------------------------------
 */

static enum cut_error check_marker(struct cut_engine *engine,
                                   const struct cut_slot *slot,
                                   const struct cut_event *event)
{
    if (event->sent == UINT64_MAX ||
        (slot != NULL && counts_of(engine).promised[event->channel] != 0))
        return CUT_PROTOCOL;
    return CUT_OK;
}

/* A count can be faster than X, and than the capture here. */
static bool receive_marker(struct cut_engine *engine,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           bool is_first,
                           struct cut_action_list *out)
{
    if (is_first)
        cut_slot_await_all(slot, engine->incoming_count);
    counts_of(engine).promised[event->channel] = event->sent + 1;
    if (open_of(engine)->is_captured != 0)
        stop_recording_if_whole(engine, slot, event->channel);
    return complete_if_all_recorded(engine, slot, out);
}

static uint64_t send_message(struct cut_engine *engine,
                             const struct cut_event *event)
{
    see_time(engine, event);
    counts_of(engine).sent[event->channel]++;
    return kept_of(engine)->latest;
}

/* What was sent before X and comes after the capture is the channel's. */
static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct cut_counts counts = counts_of(engine);
    struct cut_slot *slot = engine->open;
    uint32_t channel = event->channel;

    (void)is_first;
    see_time(engine, event);
    counts.received[channel]++;
    if (slot == NULL || open_of(engine)->is_known == 0 ||
        event->stamp >= open_of(engine)->at)
        return false;
    counts.old[channel]++;
    if (open_of(engine)->is_captured == 0)
        return false;
    if (cut_slot_awaits(slot, channel))
        cut_act_record_in(out, channel, slot);
    stop_recording_if_whole(engine, slot, channel);
    return complete_if_all_recorded(engine, slot, out);
}

/* There is no reason to stand still any more. */
static void give_up(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out)
{
    struct clock_kept *own = kept_of(engine);

    if (own->is_stopped != 0 &&
        own->stopped_in == slot->recording.snapshot.number)
        resume(engine, out);
    open_of(engine)->is_known = 0; /* no longer pending */
    ask_to_wake(engine, out);
}

const struct cut_algorithm cut_clock = {
    .traits =
        {
            .name = "clock",
            .summary = "the state at one time of all clocks",
            .source = "folklore; Mattern, \"Efficient algorithms for "
                      "distributed snapshots and global virtual time "
                      "approximation\", JPDC 18, 1993",
            .needs_clock = true,
            .markers_count = true,
            .stamps = true,
            .controls = true,
            .stops = true,
            .is_right = true,
            .stamp_size = sizeof(uint64_t),
        },
    .memory_size = memory_size,
    .begin = begin,
    .check_request = check_request,
    .check_marker = check_marker,
    .check_control = check_control,
    .check_message = check_message,
    .check_time = check_time,
    .initiate = initiate,
    .receive_marker = receive_marker,
    .receive_control = receive_control,
    .send_message = send_message,
    .receive_message = receive_message,
    .tell_time = tell_time,
    .give_up = give_up,
    .sent = sent,
};
