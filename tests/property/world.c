#include "world.h"

#include <string.h>

/* Memory from the world's own arena; nothing is ever given back. */
static void *
resize(void *context, void *pointer, size_t size_old, size_t size_new)
{
    struct world *world = context;
    size_t rounded = (size_new + 15) / 16 * 16;

    (void)size_old;
    if (size_new == 0 || pointer != NULL ||
        world->arena_used + rounded > sizeof world->arena)
        return NULL;
    world->arena_used += rounded;
    return world->arena + world->arena_used - rounded;
}

static void add_channels(struct world *world, const char *channels)
{
    uint8_t outgoing[WORLD_PROCESSES] = {0};
    uint8_t incoming[WORLD_PROCESSES] = {0};

    for (const char *at = channels; *at != '\0'; at += at[2] == ' ' ? 3 : 2) {
        uint8_t source = (uint8_t)(at[0] - '0');
        uint8_t destination = (uint8_t)(at[1] - '0');
        world->channels[world->channel_count++] = (struct world_channel){
            .source = source,
            .destination = destination,
            .outgoing = outgoing[source]++,
            .incoming = incoming[destination]++,
        };
    }
}

static uint32_t
count_channels(const struct world *world, unsigned process, bool in)
{
    uint32_t count = 0;

    for (unsigned c = 0; c < world->channel_count; c++)
        if ((in ? world->channels[c].destination : world->channels[c].source) ==
            process)
            count++;
    return count;
}

void world_init(struct world *world,
                const char *algorithm,
                bool is_unordered,
                unsigned process_count,
                const char *channels,
                enum world_fault fault)
{
    memset(world, 0, sizeof *world);
    world->algorithm = cut_algorithm_find(algorithm);
    world->is_unordered = is_unordered;
    world->fault = fault;
    world->process_count = (uint8_t)process_count;
    add_channels(world, channels);

    struct cut_allocator allocator = {resize, world};
    world->has_failed = cut_pool_create(WORLD_PROCESSES * WORLD_SNAPSHOTS,
                                        WORLD_CHANNELS,
                                        &allocator,
                                        &world->pool) != CUT_OK;
    for (unsigned p = 0; p < process_count && !world->has_failed; p++) {
        struct cut_engine_config config = {
            .algorithm = world->algorithm,
            .pool = world->pool,
            .incoming_count = count_channels(world, p, true),
            .outgoing_count = count_channels(world, p, false),
            .window = 64,
            .process = p,
            .process_count = process_count,
        };
        world->has_failed = cut_engine_size(&config) > WORLD_ENGINE ||
                            cut_engine_init(world->engine_memory[p],
                                            &config,
                                            &world->engines[p]) != CUT_OK;
    }
}

static void push(struct world *world, unsigned c, struct world_item item)
{
    struct world_channel *channel = &world->channels[c];

    if (channel->count == WORLD_QUEUE)
        world->has_failed = true;
    else
        channel->queue[channel->count++] = item;
}

static void capture(struct world *world, unsigned p, unsigned snapshot)
{
    struct world_process *process = &world->processes[p];

    if (process->is_captured[snapshot] || process->is_aborted[snapshot])
        world->has_failed = true;
    process->is_captured[snapshot] = true;
    process->captured_tokens[snapshot] = process->tokens;
    for (unsigned c = 0; c < world->channel_count; c++) {
        if (world->channels[c].source == p)
            world->cuts[snapshot][c].sent = world->channels[c].sent;
        if (world->channels[c].destination == p)
            world->cuts[snapshot][c].delivered = world->channels[c].delivered;
    }
}

static void push_frame(struct world *world, struct world_frame frame)
{
    if (world->frame_count == WORLD_FRAMES)
        world->has_failed = true;
    else
        world->frames[world->frame_count++] = frame;
}

static void
transmit(struct world *world, unsigned p, struct cut_snapshot_id snapshot)
{
    bool is_item = cut_algorithm_traits(world->algorithm)->markers_in_channel;

    for (unsigned c = 0; c < world->channel_count; c++) {
        const struct world_channel *channel = &world->channels[c];
        bool is_lost = world->fault == WORLD_LOSES_A_MARKER &&
                       c + 1 == world->channel_count;
        if (channel->source != p || is_lost)
            continue;
        if (is_item)
            push(world,
                 c,
                 (struct world_item){.is_marker = true,
                                     .value = (uint32_t)snapshot.number});
        else
            push_frame(
                world,
                (struct world_frame){.source = channel->source,
                                     .destination = channel->destination,
                                     .is_marker = true,
                                     .channel = channel->incoming,
                                     .sent = cut_engine_sent(world->engines[p],
                                                             channel->outgoing),
                                     .control.snapshot = snapshot});
    }
}

static void
control(struct world *world, unsigned p, const struct cut_action *action)
{
    for (unsigned q = 0; q < world->process_count; q++)
        if (action->peer == q || (action->peer == CUT_EVERYONE && q != p))
            push_frame(world,
                       (struct world_frame){.source = (uint8_t)p,
                                            .destination = (uint8_t)q,
                                            .control = action->control});
}

static void record(struct world *world,
                   unsigned c,
                   uint32_t position,
                   const struct cut_recording *recordings)
{
    if (world->fault == WORLD_IGNORES_RECORD)
        return;
    for (; recordings != NULL; recordings = recordings->next) {
        struct world_cut *cut = &world->cuts[recordings->snapshot.number][c];
        if (cut->count == WORLD_QUEUE)
            world->has_failed = true;
        else
            cut->recorded[cut->count++] = position;
    }
}

/* Only what is captured and not complete can be discarded. */
static void discard(struct world *world, unsigned p, unsigned snapshot)
{
    struct world_process *process = &world->processes[p];

    if (!process->is_captured[snapshot] || process->is_complete[snapshot])
        world->has_failed = true;
    process->is_captured[snapshot] = false;
}

/* Do as an engine says; on channel c, with the message of a position. */
static void perform(struct world *world,
                    unsigned p,
                    const struct cut_action *action,
                    unsigned c,
                    uint32_t position)
{
    struct world_channel *channel = &world->channels[c];
    unsigned snapshot = (unsigned)action->snapshot.number;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        capture(world, p, snapshot);
        break;
    case CUT_ACTION_TRANSMIT:
        transmit(world, p, action->snapshot);
        break;
    case CUT_ACTION_CONTROL:
        control(world, p, action);
        break;
    case CUT_ACTION_SEND:
        channel->sent++;
        world->processes[p].tokens--;
        push(world,
             c,
             (struct world_item){.value = channel->sent,
                                 .stamp = action->stamp});
        break;
    case CUT_ACTION_RECORD:
        record(world, c, position, action->recordings);
        break;
    case CUT_ACTION_DELIVER:
        channel->delivered |= UINT32_C(1) << position;
        world->processes[p].tokens++;
        break;
    case CUT_ACTION_COMPLETE:
        if (world->processes[p].is_aborted[snapshot])
            world->has_failed = true;
        world->processes[p].is_complete[snapshot] = true;
        break;
    case CUT_ACTION_DISCARD:
        discard(world, p, snapshot);
        break;
    case CUT_ACTION_STOP:
    case CUT_ACTION_RESUME:
    case CUT_ACTION_WAKE:
    case CUT_ACTION_RECORD_WAITING:
        world->has_failed = true; /* nothing waits here */
        break;
    }
}

/* Tell an engine what happens at p. */
static void happen(struct world *world,
                   unsigned p,
                   const struct cut_event *event,
                   unsigned c,
                   uint32_t position)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;

    if (cut_engine_step(world->engines[p], event, actions, &count) != CUT_OK)
        world->has_failed = true;
    for (size_t i = 0; i < count; i++)
        perform(world, p, &actions[i], c, position);
}

/* A broken executor: the captures of an event are of the state after it. */
static void capture_again(struct world *world, unsigned p)
{
    for (unsigned s = 0; s < WORLD_SNAPSHOTS; s++)
        if (world->processes[p].is_captured[s] &&
            !world->processes[p].is_complete[s]) {
            world->processes[p].is_captured[s] = false;
            capture(world, p, s);
        }
}

static void finish_event(struct world *world, unsigned p)
{
    world->processes[p].events++;
    if (world->fault == WORLD_CAPTURES_LATE)
        capture_again(world, p);
}

void world_send(struct world *world, unsigned channel)
{
    const struct world_channel *c = &world->channels[channel];
    struct cut_event event = {
        .kind = CUT_EVENT_SEND,
        .channel = c->outgoing,
    };

    happen(world, c->source, &event, channel, 0);
    finish_event(world, c->source);
}

void world_request(struct world *world, unsigned process, unsigned snapshot)
{
    struct cut_event event = {
        .kind = CUT_EVENT_REQUEST,
        .snapshot = {.number = snapshot},
    };

    if (snapshot >= world->snapshots_requested)
        world->snapshots_requested = (uint8_t)(snapshot + 1);
    happen(world, process, &event, 0, 0);
}

/* A part that is complete stays so; the engine ignores the abort. */
void world_abort(struct world *world, unsigned process, unsigned snapshot)
{
    struct cut_event event = {
        .kind = CUT_EVENT_ABORT,
        .snapshot = {.number = snapshot},
    };
    struct world_process *p = &world->processes[process];

    happen(world, process, &event, 0, 0);
    if (p->is_captured[snapshot] && !p->is_complete[snapshot])
        world->has_failed = true; /* it was to be discarded */
    p->is_aborted[snapshot] = !p->is_complete[snapshot];
}

bool world_can_deliver(const struct world *world, unsigned channel)
{
    return world->channels[channel].count > 0;
}

/* Which item comes next: the first, in a FIFO channel. */
static unsigned next_item(const struct world *world, unsigned channel)
{
    const struct world_channel *c = &world->channels[channel];

    if (world->fault == WORLD_REORDERS && c->count > 1 &&
        c->queue[0].is_marker && !c->queue[1].is_marker)
        return 1;
    return 0;
}

void world_deliver(struct world *world, unsigned channel)
{
    world_deliver_item(world, channel, next_item(world, channel));
}

void world_deliver_item(struct world *world, unsigned channel, unsigned at)
{
    struct world_channel *c = &world->channels[channel];
    struct world_item item = c->queue[at];
    struct cut_event event = {.channel = c->incoming};
    bool is_lost =
        world->fault == WORLD_LOSES_MESSAGES && !item.is_marker && c->count > 1;

    c->count--;
    memmove(
        &c->queue[at], &c->queue[at + 1], (c->count - at) * sizeof c->queue[0]);
    if (is_lost)
        return;
    if (item.is_marker) {
        event.kind = CUT_EVENT_MARKER;
        event.snapshot.number = item.value;
        happen(world, c->destination, &event, channel, 0);
        return;
    }
    event.kind = CUT_EVENT_MESSAGE;
    event.stamp = item.stamp;
    happen(world, c->destination, &event, channel, item.value);
    finish_event(world, c->destination);
}

void world_deliver_frame(struct world *world, unsigned frame)
{
    struct world_frame f = world->frames[frame];
    struct cut_event event = {
        .kind = f.is_marker ? CUT_EVENT_MARKER : CUT_EVENT_CONTROL,
        .channel = f.channel,
        .peer = f.source,
        .snapshot = f.control.snapshot,
        .sent = f.sent,
        .control = &f.control,
    };

    world->frame_count--;
    world->frames_delivered++;
    memmove(&world->frames[frame],
            &world->frames[frame + 1],
            (world->frame_count - frame) * sizeof f);
    happen(world, f.destination, &event, 0, 0);
}

/* The positions that were recorded, as bits; in order where there is one. */
static bool is_recorded_well(const struct world *world,
                             const struct world_cut *cut,
                             uint32_t *recorded)
{
    for (unsigned i = 0; i < cut->count; i++) {
        uint32_t bit = UINT32_C(1) << cut->recorded[i];
        if ((*recorded & bit) != 0 || (!world->is_unordered && *recorded > bit))
            return false;
        *recorded |= bit;
    }
    return true;
}

/*
 * One channel in one snapshot, by the definition: recorded are those that were
 * sent and not delivered; of these no more, at any time, and all in the end.
 */
static bool is_channel_right(const struct world *world, unsigned s, unsigned c)
{
    const struct world_cut *cut = &world->cuts[s][c];
    const struct world_process *source =
        &world->processes[world->channels[c].source];
    const struct world_process *destination =
        &world->processes[world->channels[c].destination];
    uint32_t sent = (UINT32_C(2) << cut->sent) - 2; /* bits 1 to cut->sent */
    uint32_t recorded = 0;

    if (!source->is_captured[s] || !destination->is_captured[s])
        return true; /* not yet, or not any more */
    if ((cut->delivered & ~sent) != 0 ||
        !is_recorded_well(world, cut, &recorded) ||
        (recorded & ~(sent & ~cut->delivered)) != 0)
        return false;
    return !destination->is_complete[s] || recorded == (sent & ~cut->delivered);
}

bool world_is_right(const struct world *world)
{
    if (world->has_failed)
        return false;
    for (unsigned s = 0; s < world->snapshots_requested; s++)
        for (unsigned c = 0; c < world->channel_count; c++)
            if (!is_channel_right(world, s, c))
                return false;
    return true;
}

bool world_is_complete(const struct world *world, unsigned snapshot)
{
    for (unsigned p = 0; p < world->process_count; p++)
        if (!world->processes[p].is_complete[snapshot] &&
            !world->processes[p].is_aborted[snapshot])
            return false;
    return true;
}

/* FNV-1a over bytes, with a final mix of its own (murmur3's). */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    return hash ^ hash >> 33;
}

static uint64_t add_item(uint64_t hash, struct world_item item)
{
    uint64_t state[] = {item.is_marker, item.value, item.stamp};

    return add_bytes(hash, state, sizeof state);
}

/* What may come in any order is the same in any order. */
static uint64_t add_items(uint64_t hash, const struct world *world, unsigned c)
{
    const struct world_channel *channel = &world->channels[c];
    uint64_t sum = 0;

    if (!world->is_unordered) {
        for (unsigned i = 0; i < channel->count; i++)
            hash = add_item(hash, channel->queue[i]);
        return hash;
    }
    for (unsigned i = 0; i < channel->count; i++)
        sum += add_item(hash, channel->queue[i]);
    return add_bytes(hash, &sum, sizeof sum);
}

static uint64_t add_frames(uint64_t hash, const struct world *world)
{
    uint64_t sum = world->frames_delivered;

    for (unsigned i = 0; i < world->frame_count; i++) {
        const struct world_frame *f = &world->frames[i];
        uint64_t state[] = {f->source,
                            f->destination,
                            f->is_marker,
                            f->channel,
                            f->sent,
                            f->control.snapshot.number,
                            f->control.kind,
                            f->control.round,
                            f->control.value[0],
                            f->control.value[1]};
        sum += add_bytes(hash, state, sizeof state);
    }
    return add_bytes(hash, &sum, sizeof sum);
}

uint64_t world_hash(const struct world *world)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    hash = add_bytes(hash, world->processes, sizeof world->processes);
    for (unsigned c = 0; c < world->channel_count; c++) {
        const struct world_channel *channel = &world->channels[c];
        uint32_t state[] = {channel->sent, channel->delivered, channel->count};
        hash = add_bytes(hash, state, sizeof state);
        hash = add_items(hash, world, c);
        for (unsigned s = 0; s < WORLD_SNAPSHOTS; s++)
            hash =
                add_bytes(hash, &world->cuts[s][c], sizeof world->cuts[s][c]);
    }
    for (unsigned p = 0; p < world->process_count; p++) {
        uint64_t digest = cut_engine_digest(world->engines[p]);
        hash = add_bytes(hash, &digest, sizeof digest);
    }
    return add_frames(hash, world);
}

uint64_t world_hash_anonymous(const struct world *world)
{
    struct cut_snapshot_id first = {.number = 0};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (unsigned p = 0; p < world->process_count; p++) {
        const struct world_process *process = &world->processes[p];
        uint8_t recorded = 0;
        for (unsigned c = 0; c < world->channel_count; c++)
            if (world->channels[c].destination == p)
                recorded = (uint8_t)(recorded + world->cuts[0][c].count);
        uint8_t state[] = {process->tokens,
                           process->is_captured[0],
                           process->captured_tokens[0],
                           recorded};
        hash = add_bytes(hash, state, sizeof state);
    }
    for (unsigned c = 0; c < world->channel_count; c++) {
        const struct world_channel *channel = &world->channels[c];
        bool is_awaited = cut_engine_awaits_marker(
            world->engines[channel->destination], first, channel->incoming);
        bool is_seen = !is_awaited &&
                       world->processes[channel->destination].is_captured[0];
        uint8_t state[] = {channel->count, is_seen};
        hash = add_bytes(hash, state, sizeof state);
        for (unsigned i = 0; i < channel->count; i++)
            hash = add_bytes(hash, &channel->queue[i].is_marker, 1);
    }
    return hash;
}
