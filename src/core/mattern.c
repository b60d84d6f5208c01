/*
 * Mattern's algorithm, one function a rule: colours, and a token that goes
 * round to count the messages that are still on their way.
 *
 * Source:  F. Mattern, "Virtual time and global states of distributed systems",
 *          1989; F. Mattern, "Efficient algorithms for distributed snapshots
 *          and global virtual time approximation", JPDC 18, 1993: the scalar
 *          counter, with as many rounds as it takes.
 * Assumes: channels lose nothing and double nothing. One snapshot at a time,
 *          one initiator. The token knows no channels: it goes from each
 *          process to the next by number.
 *
 * Why a sum of 0 means that nothing is missing. Let S be what a process had
 * sent, in all, when it captured, and R what it has received of old messages,
 * those sent before their senders' captures, when the token visits. The token
 * adds S - R. All S are fixed when it visits first; each R only grows; and no
 * more is received than was sent. So the sum is never below what is missing at
 * the end of the round, and if it is 0, every old message had come when its
 * receiver was visited. Both are counted from the engine's creation on, so
 * snapshots that were given up leave no trace in them.
 *
 * One frame of a snapshot is on its way at any time: there is nothing that
 * control frames could overtake. A process that has been told of a snapshot's
 * end by an abort ignores the token, and the round ends there.
 */
#include "core/actions.h"
#include "core/epoch.h"

enum control_kind {
    TOKEN = 1, /* value[0]: the sum; value[1]: the initiator */
    DONE = 2,  /* value[1]: the initiator */
};

struct mattern {
    struct cut_place place;
    uint64_t epoch;
    uint64_t balance; /* sent less received, ever, modulo 2^64 */
    /* The open snapshot's: */
    uint64_t deficit; /* sent before the capture less old ones received */
    uint32_t round;   /* the token's last, 0: it has not been here */
    uint32_t is_initiator;
};

static struct cut_memory_size memory_size(uint32_t incoming_count,
                                          uint32_t outgoing_count)
{
    size_t kept = offsetof(struct mattern, deficit);

    (void)incoming_count;
    (void)outgoing_count;
    return (struct cut_memory_size){kept, sizeof(struct mattern) - kept};
}

static void begin(struct cut_engine *engine,
                  const struct cut_engine_config *config)
{
    struct mattern *own = cut_engine_memory(engine);

    own->place = (struct cut_place){config->process, config->process_count};
}

/* The process at some distance round the ring. */
static uint32_t round_from(const struct mattern *own, uint32_t distance)
{
    uint64_t place = (uint64_t)own->place.process + distance;

    return (uint32_t)(place % own->place.process_count);
}

/* 1993: a process turns red, and from now on counts what was sent before. */
static void capture(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out)
{
    struct mattern *own = cut_engine_memory(engine);

    cut_slot_await_all(slot, engine->incoming_count);
    own->epoch = cut_epoch_of(slot);
    own->deficit = own->balance;
    cut_act(out, CUT_ACTION_CAPTURE, slot->recording.snapshot);
}

static void pass_on(const struct mattern *own,
                    struct cut_control control,
                    struct cut_action_list *out)
{
    cut_act_control(out, round_from(own, 1), control);
}

/*
 * The initiator sends the token round once more; it adds its own deficit when
 * the token is back. Alone, it has nobody to ask.
 */
static void begin_round(struct mattern *own,
                        const struct cut_slot *slot,
                        struct cut_action_list *out)
{
    struct cut_control token = {
        .snapshot = slot->recording.snapshot,
        .kind = TOKEN,
        .round = ++own->round,
        .value = {0, own->place.process},
    };

    if (own->place.process_count > 1)
        pass_on(own, token, out);
}

/* 1993: a sum of 0 says that all old messages have come, to everyone. */
static bool end_if_nothing_is_missing(struct mattern *own,
                                      const struct cut_slot *slot,
                                      uint64_t sum,
                                      struct cut_action_list *out)
{
    struct cut_control done = {
        .snapshot = slot->recording.snapshot,
        .kind = DONE,
        .value = {0, own->place.process},
    };

    if (sum != 0)
        return false;
    if (own->place.process_count > 1)
        pass_on(own, done, out);
    cut_act(out, CUT_ACTION_COMPLETE, slot->recording.snapshot);
    return true;
}

static bool initiate(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out)
{
    struct mattern *own = cut_engine_memory(engine);

    (void)event;
    capture(engine, slot, out);
    own->is_initiator = 1;
    begin_round(own, slot, out);
    return own->place.process_count == 1 &&
           end_if_nothing_is_missing(own, slot, own->deficit, out);
}

/* Can this token come? A sum is what is missing, so never below 0. */
static bool is_token_right(const struct mattern *own,
                           const struct cut_slot *slot,
                           const struct cut_control *token)
{
    uint32_t round = slot != NULL ? own->round : 0;

    if (token->value[1] == own->place.process)
        return slot != NULL && own->is_initiator != 0 &&
               token->round == round &&
               token->value[0] + own->deficit <= INT64_MAX;
    return token->value[1] < own->place.process_count &&
           (slot == NULL || own->is_initiator == 0) &&
           token->round == round + 1;
}

static bool is_done_right(const struct mattern *own,
                          const struct cut_slot *slot,
                          const struct cut_control *done)
{
    return slot != NULL && own->is_initiator == 0 && own->round > 0 &&
           done->value[1] < own->place.process_count &&
           done->value[1] != own->place.process;
}

static enum cut_error check_control(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event)
{
    const struct mattern *own = cut_engine_memory(engine);
    const struct cut_control *control = event->control;
    bool is_right = false;

    if (event->peer != round_from(own, own->place.process_count - 1))
        return CUT_PROTOCOL;
    if (control->kind == TOKEN)
        is_right = is_token_right(own, slot, control);
    else if (control->kind == DONE)
        is_right = is_done_right(own, slot, control);
    return is_right ? CUT_OK : CUT_PROTOCOL;
}

/* 1993: at each visit a process adds its counter and passes the token on. */
static void visit(struct mattern *own,
                  const struct cut_control *token,
                  struct cut_action_list *out)
{
    struct cut_control next = *token;

    own->round = token->round;
    next.value[0] += own->deficit;
    pass_on(own, next, out);
}

/* The last round: whom it visits has all, and the last one keeps it. */
static bool complete(const struct mattern *own,
                     const struct cut_control *done,
                     struct cut_action_list *out)
{
    if (round_from(own, 1) != done->value[1])
        pass_on(own, *done, out);
    cut_act(out, CUT_ACTION_COMPLETE, done->snapshot);
    return true;
}

static bool receive_control(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct mattern *own = cut_engine_memory(engine);
    const struct cut_control *control = event->control;

    if (control->kind == DONE)
        return complete(own, control, out);
    if (is_first)
        capture(engine, slot, out);
    if (own->is_initiator == 0) {
        visit(own, control, out);
        return false;
    }
    uint64_t sum = control->value[0] + own->deficit;
    if (end_if_nothing_is_missing(own, slot, sum, out))
        return true;
    begin_round(own, slot, out);
    return false;
}

static uint64_t send_message(struct cut_engine *engine,
                             const struct cut_event *event)
{
    struct mattern *own = cut_engine_memory(engine);

    (void)event;
    own->balance++;
    return own->epoch;
}

/*
 * A process captures before it receives a red message; a white one that a red
 * process receives is recorded, and is one that the token need not wait for.
 */
static bool receive_message(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out)
{
    struct mattern *own = cut_engine_memory(engine);
    struct cut_slot *slot = engine->open;

    if (is_first)
        capture(engine, slot, out);
    own->balance--;
    if (slot == NULL || !cut_epoch_is_old(slot, event->stamp))
        return false;
    own->deficit--;
    cut_act_record_in(out, event->channel, slot);
    return own->place.process_count == 1 &&
           end_if_nothing_is_missing(own, slot, own->deficit, out);
}

const struct cut_algorithm cut_mattern = {
    .traits =
        {
            .name = "mattern",
            .summary = "an epoch on every message, a token that counts those "
                       "on their way",
            .source = "Mattern, \"Virtual time and global states of "
                      "distributed systems\", 1989; \"Efficient algorithms "
                      "for distributed snapshots and global virtual time "
                      "approximation\", JPDC 18, 1993",
            .stamps = true,
            .controls = true,
            .is_right = true,
            .stamp_size = sizeof(uint64_t),
        },
    .memory_size = memory_size,
    .begin = begin,
    .check_control = check_control,
    .opens_by_message = cut_epoch_opens,
    .initiate = initiate,
    .receive_control = receive_control,
    .send_message = send_message,
    .receive_message = receive_message,
};
