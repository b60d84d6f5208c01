#include "network.h"

#include <string.h>

#define QUEUE_MAX (NETWORK_MESSAGES + NETWORK_SNAPSHOTS)
#define FRAMES_MAX 512
#define STEPS_MAX 100000
#define DELAY_MAX 20 /* of a control frame, where clocks need a bound */

/* What lies in a queue of a channel. */
struct item {
    bool is_marker;
    unsigned snapshot; /* a marker's */
    unsigned position; /* a message's, from 1 on */
    uint64_t stamp;
};

struct queue {
    struct item items[QUEUE_MAX];
    unsigned count;
};

struct channel {
    unsigned source;
    unsigned destination;
    uint32_t outgoing; /* its number at the source */
    uint32_t incoming; /* its number at the destination */
    bool is_lazy;      /* what is in it takes long */
    unsigned sent;
    bool is_delivered[NETWORK_MESSAGES + 1]; /* by position */
    struct queue outbox;                     /* waits at the source */
    struct queue link;                       /* on its way */
    struct queue arrived;                    /* waits at the destination */
};

/* What one snapshot has of one channel. */
struct cut {
    unsigned sent;                           /* at the source's capture */
    bool is_delivered[NETWORK_MESSAGES + 1]; /* at the destination's */
    unsigned received[2 * NETWORK_MESSAGES]; /* recorded at the destination */
    unsigned received_count;
    unsigned overtaken[NETWORK_MESSAGES]; /* recorded at the source */
    unsigned overtaken_count;
};

struct process {
    struct cut_engine *engine;
    bool is_captured[NETWORK_SNAPSHOTS];
    bool is_complete[NETWORK_SNAPSHOTS];
    bool is_told[NETWORK_SNAPSHOTS]; /* of its abort */
    bool is_to_be_told[NETWORK_SNAPSHOTS];
    bool is_to_request[NETWORK_SNAPSHOTS];
    bool is_stopped;
    uint64_t wake;  /* 0: not asked for */
    uint64_t ahead; /* of the global time */
};

struct frame {
    unsigned source;
    unsigned destination;
    bool is_marker;
    uint32_t channel; /* a marker's, at its destination */
    uint64_t sent;
    struct cut_snapshot_id snapshot;
    struct cut_control control;
    uint64_t time;
};

struct network {
    struct network_plan plan;
    const struct cut_algorithm_traits *traits;
    struct cut_pool *pool;
    uint64_t random;
    uint64_t now;
    unsigned process_count;
    unsigned channel_count;
    unsigned sends_left;
    unsigned snapshot_count; /* requested so far */
    unsigned snapshots_max;
    bool is_given_up[NETWORK_SNAPSHOTS];
    struct process processes[NETWORK_PROCESSES];
    struct channel channels[NETWORK_CHANNELS];
    struct cut cuts[NETWORK_SNAPSHOTS][NETWORK_CHANNELS];
    struct frame frames[FRAMES_MAX];
    unsigned frame_count;
    struct network_result result;
};

/* What is in hand while an engine's actions are performed. */
struct hand {
    unsigned process;
    struct channel *channel; /* of the message or marker, if any */
    struct item item;
    bool is_abort;
};

static void fail(struct network *net, const char *why)
{
    if (net->result.wrong == NULL)
        net->result.wrong = why;
}

/* Source: Steele, Lea, Flood 2014, SplitMix. */
static uint64_t draw(struct network *net, uint64_t below)
{
    uint64_t z = net->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

/* Numbers need not follow each other. */
static uint64_t number_of(unsigned snapshot)
{
    return 3 * (uint64_t)snapshot + 2;
}

static unsigned snapshot_of(uint64_t number)
{
    return (unsigned)(number / 3);
}

static void put(struct network *net, struct queue *queue, struct item item)
{
    if (queue->count == QUEUE_MAX)
        fail(net, "a queue is full");
    else
        queue->items[queue->count++] = item;
}

static struct item take(struct queue *queue, unsigned at)
{
    struct item item = queue->items[at];

    queue->count--;
    memmove(&queue->items[at],
            &queue->items[at + 1],
            (queue->count - at) * sizeof item);
    return item;
}

/* Which of a queue comes next, where an order is kept or is not. */
static unsigned pick(struct network *net, const struct queue *queue)
{
    return net->plan.reorders ? (unsigned)draw(net, queue->count) : 0;
}

/* --- Making a system ------------------------------------------------------ */

static void add_channel(struct network *net, unsigned from, unsigned to)
{
    struct channel *channel = &net->channels[net->channel_count++];

    channel->source = from;
    channel->destination = to;
    channel->is_lazy = draw(net, 4) == 0;
    for (unsigned c = 0; c + 1 < net->channel_count; c++) {
        channel->outgoing += net->channels[c].source == from;
        channel->incoming += net->channels[c].destination == to;
    }
}

/* A ring, so that every process is reached, and others at random. */
static void add_channels(struct network *net)
{
    unsigned n = net->process_count;
    uint64_t more = draw(net, NETWORK_CHANNELS - n + 1);
    unsigned stride = 1 + (unsigned)draw(net, n - 1);

    while (n % stride == 0 && stride > 1)
        stride--; /* 7 and less: what does not divide n reaches all, but 4 */
    if (n == 6 && stride == 4)
        stride = 5;
    for (unsigned p = 0; p < n; p++)
        add_channel(net, p, (p + stride) % n);
    for (; more > 0; more--) {
        unsigned from = (unsigned)draw(net, n);
        unsigned to = (from + 1 + (unsigned)draw(net, n - 1)) % n;
        add_channel(net, from, to);
    }
}

static uint32_t
count_channels(const struct network *net, unsigned process, bool in)
{
    uint32_t count = 0;

    for (unsigned c = 0; c < net->channel_count; c++)
        count += process ==
                 (in ? net->channels[c].destination : net->channels[c].source);
    return count;
}

static void add_engines(struct network *net)
{
    if (cut_pool_create(NETWORK_PROCESSES * NETWORK_SNAPSHOTS,
                        NETWORK_CHANNELS,
                        NULL,
                        &net->pool) != CUT_OK)
        fail(net, "no pool");
    for (unsigned p = 0; p < net->process_count; p++) {
        struct cut_engine_config config = {
            .algorithm = cut_algorithm_find(net->plan.algorithm),
            .pool = net->pool,
            .incoming_count = count_channels(net, p, true),
            .outgoing_count = count_channels(net, p, false),
            .window = 64,
            .process = p,
            .process_count = net->process_count,
            .clock_lead = DELAY_MAX + net->plan.clock_spread + 2,
            .clock_bound = net->plan.clock_bound,
        };
        if (cut_engine_create(&config, NULL, &net->processes[p].engine) !=
            CUT_OK)
            fail(net, "no engine");
        net->processes[p].ahead =
            1000 + draw(net, net->plan.clock_spread + UINT64_C(1));
    }
}

static void make(struct network *net, const struct network_plan *plan)
{
    memset(net, 0, sizeof *net);
    net->plan = *plan;
    net->random = plan->seed * UINT64_C(0x2545f4914f6cdd1d);
    net->traits = cut_algorithm_traits(cut_algorithm_find(plan->algorithm));
    net->process_count = plan->process_count;
    if (net->process_count == 0)
        net->process_count = 2 + (unsigned)draw(net, NETWORK_PROCESSES - 1);
    if (net->process_count > 1)
        add_channels(net);
    net->sends_left = (plan->is_heavy ? 500 : 5) + (unsigned)draw(net, 80);
    net->snapshots_max = 1 + (unsigned)draw(net, NETWORK_SNAPSHOTS);
    add_engines(net);
}

/* --- Doing what engines say ------------------------------------------------
 */

static void capture(struct network *net, unsigned p, unsigned s)
{
    struct process *process = &net->processes[p];

    if (process->is_captured[s] || process->is_told[s])
        fail(net, "a capture that may not be");
    process->is_captured[s] = true;
    for (unsigned c = 0; c < net->channel_count; c++) {
        struct channel *channel = &net->channels[c];
        struct cut *cut = &net->cuts[s][c];
        if (channel->source == p)
            cut->sent = channel->sent;
        if (channel->destination == p)
            memcpy(cut->is_delivered,
                   channel->is_delivered,
                   sizeof cut->is_delivered);
    }
}

/* A marker that overtakes what waits at the source: that is recorded there. */
static void overtake(struct network *net, struct channel *channel, unsigned s)
{
    struct cut *cut = &net->cuts[s][channel - net->channels];

    for (unsigned i = 0; i < channel->outbox.count; i++)
        if (!channel->outbox.items[i].is_marker)
            cut->overtaken[cut->overtaken_count++] =
                channel->outbox.items[i].position;
    put(net, &channel->link, (struct item){.is_marker = true, .snapshot = s});
}

static void put_frame(struct network *net, struct frame frame)
{
    frame.time = net->now;
    net->result.controls++;
    if (net->frame_count == FRAMES_MAX)
        fail(net, "too many frames");
    else
        net->frames[net->frame_count++] = frame;
}

static void
transmit(struct network *net, unsigned p, struct cut_snapshot_id snapshot)
{
    unsigned s = snapshot_of(snapshot.number);

    for (unsigned c = 0; c < net->channel_count; c++) {
        struct channel *channel = &net->channels[c];
        if (channel->source != p)
            continue;
        if (!net->traits->markers_in_channel)
            put_frame(
                net,
                (struct frame){.source = p,
                               .destination = channel->destination,
                               .is_marker = true,
                               .channel = channel->incoming,
                               .sent = cut_engine_sent(net->processes[p].engine,
                                                       channel->outgoing),
                               .snapshot = snapshot});
        else if (net->plan.overtakes && draw(net, 2) == 0)
            overtake(net, channel, s);
        else
            put(net,
                &channel->outbox,
                (struct item){.is_marker = true, .snapshot = s});
    }
}

static void
control(struct network *net, unsigned p, const struct cut_action *action)
{
    uint8_t bytes[CUT_CONTROL_SIZE];
    struct frame frame = {.source = p};

    if (!net->traits->controls || action->peer == p ||
        (action->peer >= net->process_count && action->peer != CUT_EVERYONE))
        fail(net, "a control frame to nobody");
    cut_control_encode(&action->control, bytes);
    frame.control = cut_control_decode(bytes);
    for (unsigned q = 0; q < net->process_count; q++)
        if (q == action->peer || (action->peer == CUT_EVERYONE && q != p)) {
            frame.destination = q;
            put_frame(net, frame);
        }
}

static void record(struct network *net,
                   const struct hand *hand,
                   const struct cut_recording *recordings)
{
    for (; recordings != NULL; recordings = recordings->next) {
        unsigned s = snapshot_of(recordings->snapshot.number);
        struct cut *cut = &net->cuts[s][hand->channel - net->channels];
        cut->received[cut->received_count++] = hand->item.position;
    }
}

static void record_waiting(struct network *net,
                           const struct hand *hand,
                           const struct cut_action *action)
{
    unsigned s = snapshot_of(action->snapshot.number);
    struct cut *cut = &net->cuts[s][hand->channel - net->channels];
    const struct queue *arrived = &hand->channel->arrived;

    if (action->waiting != arrived->count)
        fail(net, "not those that wait");
    for (unsigned i = 0; i < arrived->count; i++)
        cut->received[cut->received_count++] = arrived->items[i].position;
}

static void give_up(struct network *net, unsigned s)
{
    net->is_given_up[s] = true;
    for (unsigned p = 0; p < net->process_count; p++)
        net->processes[p].is_to_be_told[s] = !net->processes[p].is_told[s];
}

static void complete(struct network *net, unsigned p, unsigned s)
{
    struct process *process = &net->processes[p];

    if (!process->is_captured[s] || process->is_complete[s] ||
        process->is_told[s])
        fail(net, "a completion that may not be");
    process->is_complete[s] = true;
}

static void stop(struct network *net, unsigned p, bool stops)
{
    if (net->processes[p].is_stopped == stops || !net->traits->stops)
        fail(net, "stopped twice, or resumed");
    net->processes[p].is_stopped = stops;
}

static void perform(struct network *net,
                    const struct hand *hand,
                    const struct cut_action *action)
{
    unsigned p = hand->process;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        capture(net, p, snapshot_of(action->snapshot.number));
        break;
    case CUT_ACTION_TRANSMIT:
        transmit(net, p, action->snapshot);
        break;
    case CUT_ACTION_CONTROL:
        control(net, p, action);
        break;
    case CUT_ACTION_SEND:
        put(net,
            &hand->channel->outbox,
            (struct item){.position = ++hand->channel->sent,
                          .stamp = action->stamp});
        break;
    case CUT_ACTION_RECORD:
        record(net, hand, action->recordings);
        break;
    case CUT_ACTION_RECORD_WAITING:
        record_waiting(net, hand, action);
        break;
    case CUT_ACTION_DELIVER:
        hand->channel->is_delivered[hand->item.position] = true;
        break;
    case CUT_ACTION_COMPLETE:
        complete(net, p, snapshot_of(action->snapshot.number));
        break;
    case CUT_ACTION_DISCARD:
        net->processes[p].is_captured[snapshot_of(action->snapshot.number)] =
            false;
        if (!hand->is_abort)
            give_up(net, snapshot_of(action->snapshot.number));
        break;
    case CUT_ACTION_STOP:
        stop(net, p, true);
        break;
    case CUT_ACTION_RESUME:
        stop(net, p, false);
        break;
    case CUT_ACTION_WAKE:
        net->processes[p].wake = action->time;
        break;
    }
}

static uint64_t clock_of(const struct network *net, unsigned p)
{
    return net->now + net->processes[p].ahead;
}

static void
happen(struct network *net, struct hand hand, struct cut_event event)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;

    event.now = clock_of(net, hand.process);
    hand.is_abort = event.kind == CUT_EVENT_ABORT;
    enum cut_error error = cut_engine_step(
        net->processes[hand.process].engine, &event, actions, &count);
    if (error != CUT_OK)
        fail(net, cut_error_name(error));
    for (size_t i = 0; i < count; i++) {
        if (actions[i].kind == CUT_ACTION_DELIVER && i + 1 < count)
            fail(net, "something after a delivery");
        perform(net, &hand, &actions[i]);
    }
}

/* --- What can happen; each returns whether it did --------------------------
 */

static struct channel *draw_channel(struct network *net)
{
    return net->channel_count > 0
               ? &net->channels[draw(net, net->channel_count)]
               : NULL;
}

static bool try_send(struct network *net)
{
    struct channel *channel = draw_channel(net);

    if (channel == NULL || net->sends_left == 0 ||
        channel->sent == NETWORK_MESSAGES ||
        net->processes[channel->source].is_stopped)
        return false;
    net->sends_left--;
    net->result.sent++;
    happen(net,
           (struct hand){.process = channel->source, .channel = channel},
           (struct cut_event){.kind = CUT_EVENT_SEND,
                              .channel = channel->outgoing});
    return true;
}

/* The first of what waits at the source is on its way. */
static bool try_leave(struct network *net)
{
    struct channel *channel = draw_channel(net);

    if (channel == NULL || channel->outbox.count == 0)
        return false;
    put(net, &channel->link, take(&channel->outbox, 0));
    return true;
}

/* Something comes out of the link: a message waits, a marker does not. */
static bool try_arrive(struct network *net)
{
    struct channel *channel = draw_channel(net);

    if (channel == NULL || channel->link.count == 0 ||
        (channel->is_lazy && draw(net, 8) != 0))
        return false;
    struct item item = take(&channel->link, pick(net, &channel->link));
    if (!item.is_marker) {
        put(net, &channel->arrived, item);
        return true;
    }
    happen(
        net,
        (struct hand){.process = channel->destination, .channel = channel},
        (struct cut_event){.kind = CUT_EVENT_MARKER,
                           .channel = channel->incoming,
                           .waiting = channel->arrived.count,
                           .snapshot = {.number = number_of(item.snapshot)}});
    return true;
}

static bool try_deliver(struct network *net)
{
    struct channel *channel = draw_channel(net);

    if (channel == NULL || channel->arrived.count == 0 ||
        net->processes[channel->destination].is_stopped)
        return false;
    struct item item = take(&channel->arrived, pick(net, &channel->arrived));
    happen(net,
           (struct hand){.process = channel->destination,
                         .channel = channel,
                         .item = item},
           (struct cut_event){.kind = CUT_EVENT_MESSAGE,
                              .channel = channel->incoming,
                              .stamp = item.stamp});
    return true;
}

static void deliver_frame(struct network *net, unsigned at)
{
    struct frame frame = net->frames[at];
    struct hand hand = {.process = frame.destination};

    net->frame_count--;
    memmove(&net->frames[at],
            &net->frames[at + 1],
            (net->frame_count - at) * sizeof frame);
    if (frame.is_marker)
        happen(net,
               hand,
               (struct cut_event){.kind = CUT_EVENT_MARKER,
                                  .channel = frame.channel,
                                  .snapshot = frame.snapshot,
                                  .sent = frame.sent});
    else
        happen(net,
               hand,
               (struct cut_event){.kind = CUT_EVENT_CONTROL,
                                  .peer = frame.source,
                                  .control = &frame.control});
}

static bool try_frame(struct network *net)
{
    if (net->frame_count == 0)
        return false;
    unsigned at = (unsigned)draw(net, net->frame_count);
    if (!net->plan.reorders_control)
        for (unsigned i = 0; i < at; i++)
            if (net->frames[i].source == net->frames[at].source &&
                net->frames[i].destination == net->frames[at].destination)
                at = i;
    deliver_frame(net, at);
    return true;
}

/* Is a snapshot over at every process? */
static bool is_over(const struct network *net, unsigned s)
{
    for (unsigned p = 0; p < net->process_count; p++)
        if (!net->processes[p].is_complete[s] && !net->processes[p].is_told[s])
            return false;
    return true;
}

static void request(struct network *net, unsigned p, unsigned s)
{
    net->processes[p].is_to_request[s] = false;
    happen(net,
           (struct hand){.process = p},
           (struct cut_event){.kind = CUT_EVENT_REQUEST,
                              .snapshot = {.number = number_of(s)}});
}

static bool try_request(struct network *net)
{
    unsigned s = net->snapshot_count;

    if (s == net->snapshots_max || (net->sends_left > 0 && draw(net, 8) != 0) ||
        (!net->traits->is_concurrent && s > 0 && !is_over(net, s - 1)))
        return false;
    net->snapshot_count++;
    if (net->traits->several_initiators && draw(net, 2) == 0)
        for (unsigned p = 0; p < net->process_count; p++)
            net->processes[p].is_to_request[s] = draw(net, 3) == 0;
    request(net, (unsigned)draw(net, net->process_count), s);
    return true;
}

/* Another one that initiates the same snapshot, or hears of its abort. */
static bool try_told(struct network *net)
{
    unsigned p = (unsigned)draw(net, net->process_count);
    unsigned s = (unsigned)draw(net, NETWORK_SNAPSHOTS);
    struct process *process = &net->processes[p];

    if (process->is_to_request[s]) {
        request(net, p, s);
        return true;
    }
    if (!process->is_to_be_told[s])
        return false;
    process->is_to_be_told[s] = false;
    happen(net,
           (struct hand){.process = p},
           (struct cut_event){.kind = CUT_EVENT_ABORT,
                              .snapshot = {.number = number_of(s)}});
    process->is_told[s] = true;
    return true;
}

static bool try_abort(struct network *net)
{
    if (!net->plan.aborts || net->snapshot_count == 0 || draw(net, 20) != 0)
        return false;
    unsigned s = (unsigned)draw(net, net->snapshot_count);
    if (net->is_given_up[s] || is_over(net, s))
        return false;
    give_up(net, s);
    return true;
}

/* --- Time ------------------------------------------------------------------
 */

static void tell_time(struct network *net, unsigned p)
{
    if (clock_of(net, p) >= net->processes[p].wake)
        net->processes[p].wake = 0;
    happen(net,
           (struct hand){.process = p},
           (struct cut_event){.kind = CUT_EVENT_TIME});
}

/* Whom the time is due comes first, and frames that have taken long. */
static void keep_time(struct network *net)
{
    if (!net->traits->needs_clock)
        return;
    net->now++;
    for (unsigned i = 0; i < net->frame_count;)
        if (net->now - net->frames[i].time >= DELAY_MAX)
            deliver_frame(net, i);
        else
            i++;
    for (unsigned p = 0; p < net->process_count; p++)
        while (net->processes[p].wake != 0 &&
               clock_of(net, p) >= net->processes[p].wake)
            tell_time(net, p);
    if (draw(net, 10) == 0)
        tell_time(net, (unsigned)draw(net, net->process_count));
}

/* --- A run ------------------------------------------------------------------
 */

static bool is_anything_left(const struct network *net)
{
    for (unsigned c = 0; c < net->channel_count; c++)
        if (net->channels[c].outbox.count + net->channels[c].link.count +
                net->channels[c].arrived.count >
            0)
            return true;
    for (unsigned p = 0; p < net->process_count; p++) {
        const struct process *process = &net->processes[p];
        for (unsigned s = 0; s < NETWORK_SNAPSHOTS; s++)
            if (process->is_to_be_told[s] || process->is_to_request[s])
                return true;
        if (process->wake != 0)
            return true;
    }
    return net->frame_count > 0 || net->snapshot_count < net->snapshots_max;
}

/* One draw: the more often a thing is in the list, the more often it is. */
static void take_step(struct network *net)
{
    static bool (*const tries[])(struct network *) = {
        try_send,
        try_leave,
        try_leave,
        try_arrive,
        try_arrive,
        try_deliver,
        try_deliver,
        try_frame,
        try_request,
        try_told,
        try_abort,
    };

    keep_time(net);
    if (net->plan.is_heavy && draw(net, 4) != 0 && try_send(net))
        return;
    tries[draw(net, sizeof tries / sizeof tries[0])](net);
}

static bool
is_recorded(const struct network *net, const struct cut *cut, unsigned position)
{
    unsigned count = 0;

    (void)net;
    for (unsigned i = 0; i < cut->received_count; i++)
        count += cut->received[i] == position;
    for (unsigned i = 0; i < cut->overtaken_count; i++)
        count += cut->overtaken[i] == position;
    return count == 1;
}

static bool is_in_order(const struct cut *cut)
{
    unsigned last = 0;

    for (unsigned i = 0; i < cut->received_count + cut->overtaken_count; i++) {
        unsigned position = i < cut->received_count
                                ? cut->received[i]
                                : cut->overtaken[i - cut->received_count];
        if (position <= last)
            return false;
        last = position;
    }
    return true;
}

/* The definition: sent at or before the one capture, and not delivered at the
 * other; and none that was delivered before it was sent. */
static void judge_channel(struct network *net, const struct cut *cut)
{
    unsigned expected = 0;

    for (unsigned position = 1; position <= NETWORK_MESSAGES; position++) {
        bool is_sent = position <= cut->sent;
        if (cut->is_delivered[position] && !is_sent)
            fail(net, "not consistent");
        if (!is_sent || cut->is_delivered[position])
            continue;
        expected++;
        if (!is_recorded(net, cut, position))
            fail(net, "a message is missing, or there twice");
    }
    if (cut->received_count + cut->overtaken_count != expected)
        fail(net, "a message too many");
    if (!net->plan.reorders && !is_in_order(cut))
        fail(net, "messages not in their order");
    net->result.recorded += expected;
}

static void judge(struct network *net)
{
    for (unsigned s = 0; s < net->snapshot_count; s++) {
        if (!is_over(net, s))
            fail(net, "a snapshot that does not end");
        if (net->is_given_up[s])
            continue;
        net->result.complete++;
        for (unsigned c = 0; c < net->channel_count; c++)
            judge_channel(net, &net->cuts[s][c]);
    }
    for (unsigned p = 0; p < net->process_count; p++) {
        if (net->processes[p].is_stopped)
            fail(net, "a process stands still for ever");
        if (cut_engine_open_count(net->processes[p].engine) != 0)
            fail(net, "a snapshot is left open");
        cut_engine_destroy(net->processes[p].engine);
    }
    if (cut_pool_free_count(net->pool) != NETWORK_PROCESSES * NETWORK_SNAPSHOTS)
        fail(net, "a slot is lost");
    cut_pool_destroy(net->pool);
}

struct network_result network_run(const struct network_plan *plan)
{
    static struct network net;
    unsigned steps = 0;

    make(&net, plan);
    while (net.result.wrong == NULL && is_anything_left(&net) &&
           ++steps < STEPS_MAX)
        take_step(&net);
    if (steps == STEPS_MAX)
        fail(&net, "a run without end");
    judge(&net);
    return net.result;
}
