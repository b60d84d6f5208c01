/*
 * The simulator: it owns time, channels and processes, tells each process's
 * engine what happens, and performs what the engine says.
 *
 * The observer is told of sends, deliveries and captures by this file, when
 * they take place, and not by way of the engine, so that a faulty engine
 * cannot change the trace that it is judged by.
 */
#include "sim/flight.h"
#include "sim/gorand.h"
#include "sim/graph.h"
#include "sim/record.h"

#include <cutline/engine.h>

#define DELAYS 5 /* 0..4, beyond the one tick that every message takes */
#define TIME_MAX (UINT64_C(1) << 62)
#define SNAPSHOTS_DEFAULT 64
#define SNAPSHOTS_MAX (UINT32_C(1) << 26)

/* Slots have room for 64 channels, 128, 256, ...: one pool for each size. */
#define POOL_COUNT 26

struct cut_sim {
    const struct cut_allocator *allocator;
    const struct cut_topology *topology;
    struct cut_sim_observer observer;
    struct cut_sim_stats stats;
    uint64_t now;
    uint64_t snapshots_max;
    uint64_t *tokens;       /* by process */
    unsigned char *engines; /* by process, engine_size bytes each */
    size_t engine_size;
    struct cut_pool *pools[POOL_COUNT];
    uint32_t pool_slots[POOL_COUNT];
    struct cut_flight flight;
    struct cut_record record;
    struct cut_gorand random;
};

/*
 * An event at a process, and the message in hand, if any.
 */
struct occasion {
    uint32_t process;
    uint32_t channel;
    struct cut_sim_message message;
};

static struct cut_engine *engine_of(const struct cut_sim *sim, uint32_t process)
{
    return (void *)(sim->engines + process * sim->engine_size);
}

/* The least k with room for so many channels in 64 * 2^k bits. */
static unsigned pool_index(uint32_t incoming_count)
{
    unsigned k = 0;

    while (incoming_count > UINT64_C(64) << k)
        k++;
    return k;
}

static struct cut_snapshot_id id_of(uint64_t number)
{
    return (struct cut_snapshot_id){.number = number};
}

/* An event is made for an observer only: on the way of each message, making
 * it costs more than sending does. */
static bool is_watched(const struct cut_sim *sim)
{
    return sim->observer.observe != NULL;
}

static void tell(const struct cut_sim *sim, struct cut_sim_event event)
{
    if (!is_watched(sim))
        return;
    event.now = sim->now;
    sim->observer.observe(sim->observer.context, &event);
}

/* Creation */

static uint32_t window_for(uint32_t snapshots)
{
    uint32_t window = 64;

    while (window < snapshots)
        window *= 2;
    return window;
}

static enum cut_error ensure_pool(struct cut_sim *sim, unsigned k)
{
    uint64_t room = UINT64_C(64) << k;

    if (sim->pools[k] != NULL)
        return CUT_OK;
    if (room > UINT32_MAX)
        room = UINT32_MAX;
    return cut_pool_create(0, (uint32_t)room, sim->allocator, &sim->pools[k]);
}

static enum cut_error create_engines(struct cut_sim *sim, uint32_t window)
{
    const struct cut_topology *topology = sim->topology;
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .window = window,
    };
    struct cut_engine *engine;

    sim->engine_size = cut_engine_size(&config);
    sim->engines =
        cut_allocate(sim->allocator, topology->process_count, sim->engine_size);
    if (sim->engines == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < topology->process_count; p++) {
        unsigned k = pool_index(topology->incoming_count[p]);
        enum cut_error error = ensure_pool(sim, k);
        if (error != CUT_OK)
            return error;
        config.pool = sim->pools[k];
        config.incoming_count = topology->incoming_count[p];
        config.outgoing_count =
            topology->outgoing[p + 1] - topology->outgoing[p];
        error = cut_engine_init(
            sim->engines + p * sim->engine_size, &config, &engine);
        CUT_ASSERT(error == CUT_OK);
    }
    return CUT_OK;
}

static enum cut_error create_parts(struct cut_sim *sim, uint32_t window)
{
    const struct cut_topology *topology = sim->topology;
    size_t count = topology->process_count;

    sim->tokens = cut_allocate(sim->allocator, count, sizeof *sim->tokens);
    if (sim->tokens == NULL)
        return CUT_NOMEM;
    for (size_t p = 0; p < count; p++)
        sim->tokens[p] = topology->tokens[p];
    enum cut_error error =
        cut_flight_init(&sim->flight, topology->channel_count, sim->allocator);
    if (error != CUT_OK)
        return error;
    return create_engines(sim, window);
}

enum cut_error cut_sim_create(const struct cut_sim_config *config,
                              struct cut_sim **out)
{
    const struct cut_allocator *allocator =
        cut_allocator_or_standard(config->allocator);
    uint32_t snapshots =
        config->snapshots_max > 0 ? config->snapshots_max : SNAPSHOTS_DEFAULT;

    CUT_ASSERT(config->topology->is_sealed);
    if (snapshots > SNAPSHOTS_MAX)
        return CUT_INVALID;
    struct cut_sim *sim = cut_allocate_zeroed(allocator, 1, sizeof *sim);
    if (sim == NULL)
        return CUT_NOMEM;
    sim->allocator = allocator;
    sim->topology = config->topology;
    sim->observer = config->observer;
    sim->snapshots_max = snapshots;
    sim->flight.allocator = allocator;
    cut_record_init(&sim->record, config->topology, allocator);
    cut_gorand_seed(&sim->random, config->seed);
    enum cut_error error = create_parts(sim, window_for(snapshots));
    if (error == CUT_OK)
        *out = sim;
    else
        cut_sim_destroy(sim);
    return error;
}

/* The engines need no end of their own where no pool has a slot taken. */
static void destroy_engines(struct cut_sim *sim)
{
    size_t count = sim->topology->process_count;
    bool is_any_open = sim->stats.snapshots_begun > 0 && sim->engines != NULL;

    for (uint32_t p = 0; is_any_open && p < count; p++)
        cut_engine_fini(engine_of(sim, p));
    for (unsigned k = 0; k < POOL_COUNT; k++)
        cut_pool_destroy(sim->pools[k]);
    cut_release(sim->allocator, sim->engines, count, sim->engine_size);
}

void cut_sim_destroy(struct cut_sim *sim)
{
    if (sim == NULL)
        return;
    destroy_engines(sim);
    cut_flight_fini(&sim->flight);
    cut_record_fini(&sim->record);
    cut_release(sim->allocator,
                sim->tokens,
                sim->topology->process_count,
                sizeof *sim->tokens);
    cut_release(sim->allocator, sim, 1, sizeof *sim);
}

/* What goes into channels. There is room: cut_flight_reserve came before. */

static void
put(struct cut_sim *sim, uint32_t channel, bool is_marker, uint64_t value)
{
    uint32_t source = sim->topology->channels[channel].source;
    struct cut_sim_message message = {
        .is_marker = is_marker,
        .value = value,
        .due = sim->now + 1 + cut_gorand_below(&sim->random, DELAYS),
    };

    cut_flight_push(&sim->flight, channel, &message);
    if (is_watched(sim))
        tell(sim,
             (struct cut_sim_event){
                 .kind = CUT_SIM_SEND,
                 .process = source,
                 .channel = channel,
                 .message = message,
                 .tokens = sim->tokens[source],
             });
}

/* The actions of the engine, one function each */

static void capture(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    uint64_t tokens = sim->tokens[process];

    cut_record_capture(&sim->record, number, process, tokens);
    tell(sim,
         (struct cut_sim_event){
             .kind = CUT_SIM_CAPTURE,
             .process = process,
             .channel = CUT_NONE,
             .snapshot = number,
             .tokens = tokens,
         });
}

static enum cut_error
transmit(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    uint32_t first = sim->topology->outgoing[process];
    uint32_t end = sim->topology->outgoing[process + 1];
    enum cut_error error = cut_flight_reserve(&sim->flight, end - first);

    if (error != CUT_OK)
        return error;
    for (uint32_t c = first; c < end; c++)
        put(sim, c, true, number);
    sim->stats.markers_sent += end - first;
    return CUT_OK;
}

static void send(struct cut_sim *sim, const struct occasion *occasion)
{
    uint32_t source = sim->topology->channels[occasion->channel].source;

    sim->tokens[source] -= occasion->message.value;
    put(sim, occasion->channel, false, occasion->message.value);
    sim->stats.messages_sent++;
}

static enum cut_error record(struct cut_sim *sim,
                             const struct occasion *occasion,
                             const struct cut_recording *recordings)
{
    enum cut_error error = cut_record_keep(
        &sim->record, occasion->channel, occasion->message.value);

    for (; error == CUT_OK && recordings != NULL;
         recordings = recordings->next) {
        uint64_t number = recordings->snapshot.number;
        error = cut_record_want(&sim->record, number, occasion->process);
        if (error == CUT_OK)
            tell(sim,
                 (struct cut_sim_event){
                     .kind = CUT_SIM_RECORD,
                     .process = occasion->process,
                     .channel = occasion->channel,
                     .message = occasion->message,
                     .snapshot = number,
                 });
    }
    sim->stats.messages_recorded++;
    return error;
}

static void complete(struct cut_sim *sim, uint32_t process, uint64_t number)
{
    bool is_last = cut_record_part(&sim->record, number, sim->now);

    tell(sim,
         (struct cut_sim_event){
             .kind = CUT_SIM_PART,
             .process = process,
             .channel = CUT_NONE,
             .snapshot = number,
             .tokens = sim->record.takes[number].parts[process].tokens,
         });
    if (!is_last)
        return;
    sim->stats.snapshots_complete++;
    tell(sim,
         (struct cut_sim_event){
             .kind = CUT_SIM_COMPLETE,
             .process = CUT_NONE,
             .channel = CUT_NONE,
             .snapshot = number,
         });
}

static enum cut_error perform(struct cut_sim *sim,
                              const struct occasion *occasion,
                              const struct cut_action *action)
{
    uint64_t number = action->snapshot.number;

    switch (action->kind) {
    case CUT_ACTION_CAPTURE:
        capture(sim, occasion->process, number);
        return CUT_OK;
    case CUT_ACTION_TRANSMIT:
        return transmit(sim, occasion->process, number);
    case CUT_ACTION_SEND:
        send(sim, occasion);
        return CUT_OK;
    case CUT_ACTION_RECORD:
        return record(sim, occasion, action->recordings);
    case CUT_ACTION_DELIVER:
        sim->tokens[occasion->process] += occasion->message.value;
        return CUT_OK;
    case CUT_ACTION_COMPLETE:
        complete(sim, occasion->process, number);
        return CUT_OK;
    case CUT_ACTION_DISCARD:
        break;
    }
    __builtin_trap(); /* the simulator aborts no snapshot */
}

/* Give the pool of a process as many slots again as it has. */
static enum cut_error extend_pool(struct cut_sim *sim, uint32_t process)
{
    unsigned k = pool_index(sim->topology->incoming_count[process]);
    uint32_t more = sim->pool_slots[k] > 0 ? sim->pool_slots[k] : 16;
    enum cut_error error = cut_pool_extend(sim->pools[k], more);

    if (error == CUT_OK)
        sim->pool_slots[k] += more;
    return error == CUT_OK ? CUT_OK : CUT_NOMEM;
}

/*
 * Tell an engine what happens and perform its actions. What a step can be
 * refused for here is a pool without slots: it grows, and the step is tried
 * again, since a refused step has changed nothing.
 */
static enum cut_error happen(struct cut_sim *sim,
                             const struct occasion *occasion,
                             const struct cut_event *event)
{
    struct cut_engine *engine = engine_of(sim, occasion->process);
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 0;
    enum cut_error error = cut_engine_step(engine, event, actions, &count);

    if (error == CUT_LIMIT) {
        error = extend_pool(sim, occasion->process);
        if (error != CUT_OK)
            return error;
        error = cut_engine_step(engine, event, actions, &count);
    }
    CUT_ASSERT(error == CUT_OK);
    for (size_t i = 0; i < count && error == CUT_OK; i++)
        error = perform(sim, occasion, &actions[i]);
    return error;
}

/* What the program of a process can do */

enum cut_error
cut_sim_send(struct cut_sim *sim, uint32_t channel, uint64_t tokens)
{
    const struct cut_topology *topology = sim->topology;

    if (channel >= topology->channel_count)
        return CUT_INVALID;
    cut_flight_prefetch_lane(&sim->flight, channel);
    uint32_t source = topology->channels[channel].source;
    __builtin_prefetch(engine_of(sim, source), 1);
    if (sim->tokens[source] < tokens)
        return CUT_STATE;
    enum cut_error error = cut_flight_reserve(&sim->flight, 1);
    if (error != CUT_OK)
        return error;
    struct occasion occasion = {
        .process = source,
        .channel = channel,
        .message = {.value = tokens},
    };
    struct cut_event event = {
        .kind = CUT_EVENT_SEND,
        .channel = channel - topology->outgoing[source],
    };
    return happen(sim, &occasion, &event);
}

enum cut_error
cut_sim_snapshot(struct cut_sim *sim, uint32_t process, uint64_t *number)
{
    struct occasion occasion = {.process = process, .channel = CUT_NONE};

    if (process >= sim->topology->process_count)
        return CUT_INVALID;
    if (sim->stats.snapshots_begun == sim->snapshots_max)
        return CUT_LIMIT;
    enum cut_error error = cut_record_begin(&sim->record, process, sim->now);
    if (error != CUT_OK)
        return error;
    uint64_t next = sim->stats.snapshots_begun++;
    struct cut_event event = {
        .kind = CUT_EVENT_REQUEST,
        .snapshot = id_of(next),
    };
    error = happen(sim, &occasion, &event);
    if (error == CUT_OK)
        *number = next;
    return error;
}

/* Time */

static enum cut_error deliver(struct cut_sim *sim, uint32_t channel)
{
    const struct cut_topology *topology = sim->topology;
    struct occasion occasion = {
        .process = topology->channels[channel].destination,
        .channel = channel,
    };
    struct cut_event event = {.channel =
                                  topology->channels[channel].incoming_index};

    cut_flight_pop(&sim->flight, channel, sim->now, &occasion.message);
    if (is_watched(sim))
        tell(sim,
             (struct cut_sim_event){
                 .kind = CUT_SIM_DELIVER,
                 .process = occasion.process,
                 .channel = channel,
                 .message = occasion.message,
                 .tokens = sim->tokens[occasion.process],
             });
    if (occasion.message.is_marker) {
        sim->stats.markers_delivered++;
        event.kind = CUT_EVENT_MARKER;
        event.snapshot = id_of(occasion.message.value);
    } else {
        sim->stats.messages_delivered++;
        event.kind = CUT_EVENT_MESSAGE;
    }
    return happen(sim, &occasion, &event);
}

/*
 * One tick of COS 418: each process in the order of names, as a sender, gives
 * its first channel whose first message is due. Channels are in the order of
 * (source, destination), so that is one walk through the ready ones that goes
 * on, after each, with the next source's channels.
 *
 * No delivery makes another channel ready within the tick, so the walk can run
 * ahead of the deliveries, and have the processor fetch what they will touch:
 * in a large system each would wait for memory several times over.
 */
#define AHEAD 32

/*
 * Return the source of a channel that does not lie before `source`'s first.
 * Where many channels are ready it is one of the next few, and finding it
 * among them is cheaper than waiting for the channel's own record.
 */
#define NEAR 8

static uint32_t source_of(const struct cut_topology *topology,
                          uint32_t channel,
                          uint32_t source)
{
    for (unsigned i = 0; i < NEAR; i++, source++)
        if (channel < topology->outgoing[source + 1])
            return source;
    return topology->channels[channel].source;
}

static unsigned look_ahead(const struct cut_sim *sim,
                           uint32_t *source,
                           uint32_t channels[AHEAD])
{
    const struct cut_topology *topology = sim->topology;
    unsigned count = 0;

    while (count < AHEAD && *source < topology->process_count) {
        uint32_t from = topology->outgoing[*source];
        uint64_t ready = cut_flight_next_ready(&sim->flight, from);
        if (ready == CUT_BITSET_END) {
            *source = topology->process_count;
            break;
        }
        channels[count++] = (uint32_t)ready;
        cut_flight_prefetch_lane(&sim->flight, (uint32_t)ready);
        __builtin_prefetch(&topology->channels[ready]);
        *source = source_of(topology, (uint32_t)ready, *source) + 1;
    }
    return count;
}

static void
prefetch(const struct cut_sim *sim, const uint32_t *channels, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t destination = sim->topology->channels[channels[i]].destination;
        cut_flight_prefetch_message(&sim->flight, channels[i]);
        __builtin_prefetch(engine_of(sim, destination), 1);
        __builtin_prefetch(&sim->tokens[destination], 1);
    }
}

static enum cut_error tick(struct cut_sim *sim)
{
    uint32_t channels[AHEAD];
    uint32_t source = 0;
    unsigned count;

    cut_flight_advance(&sim->flight, sim->now);
    while ((count = look_ahead(sim, &source, channels)) > 0) {
        if (count > 1)
            prefetch(sim, channels, count);
        for (unsigned i = 0; i < count; i++) {
            enum cut_error error = deliver(sim, channels[i]);
            if (error != CUT_OK)
                return error;
        }
    }
    return CUT_OK;
}

enum cut_error cut_sim_tick(struct cut_sim *sim, uint64_t ticks)
{
    uint64_t end = sim->now + ticks;

    if (ticks > TIME_MAX - sim->now)
        return CUT_LIMIT;
    while (sim->now < end) {
        uint64_t next = cut_flight_next_due(&sim->flight, sim->now);
        if (next > end) {
            sim->now = end;
            break;
        }
        sim->now = next;
        enum cut_error error = tick(sim);
        if (error != CUT_OK)
            return error;
    }
    return CUT_OK;
}

/* Questions */

const struct cut_topology *cut_sim_topology(const struct cut_sim *sim)
{
    return sim->topology;
}

uint64_t cut_sim_now(const struct cut_sim *sim)
{
    return sim->now;
}

uint64_t cut_sim_tokens(const struct cut_sim *sim, uint32_t process)
{
    CUT_ASSERT(process < sim->topology->process_count);
    return sim->tokens[process];
}

bool cut_sim_next_in_flight(const struct cut_sim *sim,
                            uint32_t channel,
                            uint32_t *cursor,
                            struct cut_sim_message *out)
{
    CUT_ASSERT(channel < sim->topology->channel_count);
    return cut_flight_next(&sim->flight, channel, cursor, out);
}

uint64_t cut_sim_next_due(const struct cut_sim *sim)
{
    return cut_flight_next_due(&sim->flight, sim->now);
}

struct cut_sim_stats cut_sim_stats(const struct cut_sim *sim)
{
    return sim->stats;
}

bool cut_sim_is_complete(const struct cut_sim *sim, uint64_t number)
{
    return number < sim->stats.snapshots_begun &&
           sim->record.takes[number].missing == 0;
}

enum cut_error cut_sim_collect(struct cut_sim *sim,
                               uint64_t number,
                               const struct cut_allocator *allocator,
                               struct cut_snapshot **out)
{
    return cut_record_collect(&sim->record, number, allocator, out);
}
