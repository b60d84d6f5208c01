/*
 * A simulated system: made, asked, destroyed.
 */
#include "base/fault.h"
#include "sim/check_save.h"
#include "sim/system.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define SNAPSHOTS_DEFAULT 64
#define SNAPSHOTS_MAX (UINT32_C(1) << 26)
#define CLOCK_LEAD_DEFAULT (20 * CUT_MILLISECOND)

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

static struct cut_engine_config
engine_config(const struct cut_sim *sim,
              const struct cut_sim_config *config,
              uint32_t process)
{
    uint32_t incoming = cut_graph_incoming_count(sim->topology, process);

    return (struct cut_engine_config){
        .algorithm = sim->algorithm,
        .pool = sim->pools[cut_sim_pool_index(incoming)],
        .incoming_count = incoming,
        .outgoing_count = cut_graph_outgoing_count(sim->topology, process),
        .window = window_for(sim->snapshots_max),
        .process = process,
        .process_count = sim->process_count,
        .clock_lead =
            config->clock_lead > 0 ? config->clock_lead : CLOCK_LEAD_DEFAULT,
        .clock_bound = config->clock_bound,
    };
}

/* Engines count by channel, so the widest says how far they lie apart. */
static enum cut_error measure_engines(struct cut_sim *sim,
                                      const struct cut_sim_config *config)
{
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++) {
        uint32_t incoming = cut_graph_incoming_count(sim->topology, p);
        error = ensure_pool(sim, cut_sim_pool_index(incoming));
        struct cut_engine_config of_p = engine_config(sim, config, p);
        size_t size = (cut_engine_size(&of_p) + 7) & ~(size_t)7;
        if (size > sim->engine_stride)
            sim->engine_stride = size;
        if (sim->topology->is_complete)
            break;
    }
    return error;
}

static enum cut_error create_engines(struct cut_sim *sim,
                                     const struct cut_sim_config *config)
{
    struct cut_engine *engine;
    enum cut_error error = measure_engines(sim, config);

    if (error != CUT_OK)
        return error;
    sim->engines =
        cut_allocate(sim->allocator, sim->process_count, sim->engine_stride);
    if (sim->engines == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < sim->process_count; p++) {
        struct cut_engine_config of_p = engine_config(sim, config, p);
        error = cut_engine_init(
            sim->engines + p * sim->engine_stride, &of_p, &engine);
        CUT_ASSERT(error == CUT_OK);
    }
    return CUT_OK;
}

static enum cut_error create_states(struct cut_sim *sim, int64_t seed)
{
    const struct cut_allocator *allocator = sim->allocator;
    uint32_t count = sim->process_count;

    sim->state_stride = (sim->process->state_size + 7) & ~(size_t)7;
    sim->states =
        cut_allocate_zeroed(allocator, (size_t)count + 1, sim->state_stride);
    sim->randoms = cut_allocate(allocator, count, sizeof *sim->randoms);
    if (sim->states == NULL || sim->randoms == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < count; p++)
        sim->randoms[p] = cut_random_seed(seed, p);
    return CUT_OK;
}

static enum cut_error create_processes(struct cut_sim *sim)
{
    enum cut_error error = CUT_OK;

    if (sim->process == &cut_tokens)
        return cut_tokens_give(sim);
    while (sim->created_count < sim->process_count && error == CUT_OK) {
        error = cut_sim_call_create(sim, (uint32_t)sim->created_count);
        sim->created_count++;
    }
    return error;
}

static enum cut_error create_parts(struct cut_sim *sim,
                                   const struct cut_sim_config *config)
{
    enum cut_error error = create_states(sim, config->seed);

    if (error == CUT_OK)
        error = create_engines(sim, config);
    if (error == CUT_OK)
        error = sim->is_ticking ? cut_tick_init(sim, config->seed)
                                : cut_events_init(sim, config);
    if (error == CUT_OK && config->checks_save)
        error = cut_check_create(sim);
    if (error == CUT_OK && cut_sim_is_watched(sim))
        error = cut_facts_create(sim->allocator, &sim->facts);
    return error;
}

/* Return what does not go together, or NULL. */
static const char *find_contradiction(const struct cut_sim *sim,
                                      const struct cut_sim_network *network)
{
    bool is_raw = network != NULL && !network->is_reliable;

    if (network == NULL)
        return sim->traits->markers_in_channel && !sim->traits->stops
                   ? NULL
                   : "a run by ticks is of chandy-lamport alone";
    if (network->markers == CUT_SIM_MARKERS_SEPARATE && is_raw &&
        (network->loss > 0 || network->duplicate > 0 || network->reorders))
        return "separate marker links are reliable and in order (expected "
               "no loss, duplication or reordering, or the link layer)";
    if (network->markers == CUT_SIM_MARKERS_SEPARATE &&
        !sim->traits->markers_in_channel)
        return "separate marker links are for algorithms whose markers "
               "travel in the channels (expected chandy-lamport or flush)";
    if (network->capacity > 0 && is_raw && network->duplicate > 0)
        return "a bounded channel that duplicates needs the link layer "
               "(expected it, or no bound)";
    return NULL;
}

static bool is_delay(const struct cut_delay *delay)
{
    if (delay->a > CUT_TIME_MAX)
        return false;
    if (delay->kind == CUT_DELAY_UNIFORM)
        return delay->a <= delay->b && delay->b <= CUT_TIME_MAX;
    return delay->kind != CUT_DELAY_PARETO ||
           (delay->b > 0 && delay->b <= CUT_DELAY_ALPHA_MAX);
}

/* Return whether all numbers are within their ranges. */
static bool is_in_range(const struct cut_sim_config *config)
{
    const struct cut_sim_network *network = config->network;

    return config->snapshots_max <= SNAPSHOTS_MAX &&
           config->clock_lead <= CUT_TIME_MAX &&
           config->clock_bound <= CUT_TIME_MAX &&
           (network == NULL ||
            (is_delay(&network->delay) && network->skew <= CUT_TIME_MAX &&
             network->loss <= CUT_SIM_ALWAYS &&
             network->duplicate <= CUT_SIM_ALWAYS));
}

/* Network features that keep something for each channel. */
#define CHANNELS_MAX (UINT64_C(1) << 27)

static enum cut_error check_config(struct cut_sim *sim,
                                   const struct cut_sim_config *config)
{
    const struct cut_sim_network *network = config->network;
    const char *contradiction = find_contradiction(sim, network);
    uint64_t channels = cut_graph_channel_count(sim->topology);
    bool has_channels =
        network != NULL && (network->capacity > 0 || network->is_reliable ||
                            network->markers == CUT_SIM_MARKERS_SEPARATE);

    if (!is_in_range(config))
        return CUT_INVALID;
    if (contradiction != NULL)
        return cut_sim_fail(sim, CUT_INVALID, "%s", contradiction);
    if (network == NULL && sim->topology->is_complete)
        return cut_sim_fail(
            sim, CUT_INVALID, "a run by ticks needs channels with numbers");
    if (has_channels && channels > CHANNELS_MAX)
        return cut_sim_fail(sim,
                            CUT_LIMIT,
                            "%" PRIu64 " channels are too many for this "
                            "network (expected at most 2^27)",
                            channels);
    return CUT_OK;
}

static struct cut_sim *create_empty(const struct cut_sim_config *config)
{
    const struct cut_allocator *allocator =
        cut_allocator_or_standard(config->allocator);
    struct cut_sim *sim = cut_allocate_zeroed(allocator, 1, sizeof *sim);

    if (sim == NULL)
        return NULL;
    sim->allocator = allocator;
    sim->topology = config->topology;
    sim->process = config->process != NULL ? config->process : &cut_tokens;
    sim->algorithm = config->algorithm != NULL
                         ? config->algorithm
                         : cut_algorithm_find("chandy-lamport");
    sim->traits = cut_algorithm_traits(sim->algorithm);
    sim->trace = config->trace;
    sim->observer = config->observer;
    sim->pulse = config->pulse;
    sim->beat_in = CUT_SIM_PULSE;
    sim->process_count = config->topology->process_count;
    sim->member_count = sim->process_count;
    sim->snapshots_max =
        config->snapshots_max > 0 ? config->snapshots_max : SNAPSHOTS_DEFAULT;
    sim->timeout = config->snapshot_timeout;
    sim->is_ticking = config->network == NULL;
    sim->context.arguments = config->arguments;
    sim->context.argument_count = config->argument_count;
    cut_packets_init(&sim->packets, allocator);
    cut_record_init(&sim->record, sim->process_count, &sim->packets, allocator);
    cut_writer_init(&sim->writer, allocator);
    return sim;
}

enum cut_error cut_sim_create(const struct cut_sim_config *config,
                              struct cut_sim **out)
{
    CUT_ASSERT(config->topology->is_sealed);
    struct cut_sim *sim = create_empty(config);

    enum cut_error error = sim != NULL ? check_config(sim, config) : CUT_NOMEM;
    if (error == CUT_OK)
        error = create_parts(sim, config);
    if (error == CUT_OK)
        error = create_processes(sim);
    if (error == CUT_OK) {
        *out = sim;
        return CUT_OK;
    }
    bool is_said = sim != NULL && sim->failure[0] != '\0';
    cut_fault_fill(config->fault,
                   error,
                   "%s",
                   is_said ? sim->failure : cut_error_sentence(error));
    cut_sim_destroy(sim);
    return error;
}

/* The engines need no end of their own where no pool has a slot taken. */
static void destroy_engines(struct cut_sim *sim)
{
    size_t count = sim->process_count;
    bool has_slots = sim->engines != NULL &&
                     (sim->stats.snapshots_begun > 0 || sim->view > 0);

    for (uint32_t p = 0; has_slots && p < count; p++)
        cut_engine_fini(cut_sim_engine(sim, p));
    for (unsigned k = 0; k < CUT_POOL_COUNT; k++)
        cut_pool_destroy(sim->pools[k]);
    cut_release(sim->allocator, sim->engines, count, sim->engine_stride);
}

static void destroy_states(struct cut_sim *sim)
{
    size_t count = sim->process_count;

    if (sim->process->destroy != NULL)
        for (size_t p = 0; p < sim->created_count; p++)
            sim->process->destroy(cut_sim_state(sim, (uint32_t)p));
    cut_release(sim->allocator, sim->states, count + 1, sim->state_stride);
    cut_release(sim->allocator, sim->randoms, count, sizeof *sim->randoms);
}

void cut_sim_destroy(struct cut_sim *sim)
{
    if (sim == NULL)
        return;
    destroy_states(sim);
    destroy_engines(sim);
    if (sim->is_ticking)
        cut_tick_fini(sim);
    else
        cut_events_fini(sim);
    cut_check_destroy(sim);
    cut_record_fini(&sim->record);
    cut_packets_fini(&sim->packets);
    cut_writer_fini(&sim->writer);
    cut_facts_destroy(sim->facts);
    cut_release(sim->allocator, sim, 1, sizeof *sim);
}

/* Telling */

void cut_sim_tell(struct cut_sim *sim, struct cut_sim_event event)
{
    if (!cut_sim_is_watched(sim))
        return;
    event.now = sim->now;
    sim->observer.observe(sim->observer.context, &event);
}

static uint32_t channel_of(const struct cut_sim *sim,
                           const struct cut_packet *packet)
{
    const struct cut_topology *topology = sim->topology;

    if (topology->is_complete && topology->channel_count == CUT_NONE)
        return CUT_NONE;
    return cut_topology_channel(topology, packet->source, packet->destination);
}

void cut_sim_tell_packet(struct cut_sim *sim,
                         enum cut_sim_event_kind kind,
                         uint32_t process,
                         uint32_t index,
                         uint64_t due,
                         uint64_t snapshot)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    bool is_marker = packet->kind == CUT_PACKET_MARKER;
    bool is_word = packet->size == CUT_PACKET_INLINE;

    cut_sim_tell(sim,
                 (struct cut_sim_event){
                     .kind = kind,
                     .process = process,
                     .channel = channel_of(sim, packet),
                     .peer = packet->source == process ? packet->destination
                                                       : packet->source,
                     .message = {.is_marker = is_marker,
                                 .type = packet->type,
                                 .size = packet->size,
                                 .data = cut_packet_data(packet),
                                 .id = is_marker ? 0 : packet->id,
                                 .value = is_marker ? packet->id
                                          : is_word ? packet->data.word
                                                    : 0,
                                 .due = due},
                     .snapshot = snapshot,
                     .tokens = kind == CUT_SIM_SEND || kind == CUT_SIM_DELIVER
                                   ? cut_sim_quantity(sim, process)
                                   : 0,
                 });
}

void cut_sim_tell_process(struct cut_sim *sim,
                          enum cut_sim_event_kind kind,
                          uint32_t process,
                          uint64_t snapshot,
                          const char *text)
{
    if (!cut_sim_is_watched(sim))
        return;
    cut_sim_tell(sim,
                 (struct cut_sim_event){
                     .kind = kind,
                     .process = process,
                     .channel = CUT_NONE,
                     .peer = CUT_NONE,
                     .snapshot = snapshot,
                     .tokens = kind == CUT_SIM_CAPTURE
                                   ? cut_sim_quantity(sim, process)
                                   : 0,
                     .text = text,
                 });
}

enum cut_error cut_sim_trace(struct cut_sim *sim,
                             enum cut_trace_kind kind,
                             uint32_t process,
                             uint32_t peer,
                             uint64_t message,
                             uint64_t snapshot)
{
    return cut_trace_add(sim->trace,
                         &(struct cut_trace_record){
                             .kind = (uint8_t)kind,
                             .process = process,
                             .peer = peer,
                             .message = message,
                             .snapshot = snapshot,
                             .now = sim->now,
                         });
}

enum cut_error
cut_sim_fail(struct cut_sim *sim, enum cut_error error, const char *format, ...)
{
    va_list arguments;

    if (sim->failure[0] != '\0')
        return error;
    va_start(arguments, format);
    vsnprintf(sim->failure, sizeof sim->failure, format, arguments);
    va_end(arguments);
    return error;
}

/* Questions */

const char *cut_sim_failure(const struct cut_sim *sim)
{
    return sim->failure;
}

const struct cut_topology *cut_sim_topology(const struct cut_sim *sim)
{
    return sim->topology;
}

uint64_t cut_sim_now(const struct cut_sim *sim)
{
    return sim->now;
}

struct cut_sim_stats cut_sim_stats(const struct cut_sim *sim)
{
    struct cut_sim_stats stats = sim->stats;

    if (!sim->is_ticking)
        stats.requests_waiting =
            sim->events.planned + cut_coordinate_waiting(sim);
    return stats;
}

enum cut_error cut_sim_input(struct cut_sim *sim,
                             uint32_t process,
                             const void *data,
                             size_t size)
{
    if (process >= sim->process_count)
        return CUT_INVALID;
    return sim->is_ticking ? cut_sim_call_input(sim, process, data, size)
                           : cut_events_input(sim, process, data, size);
}

void cut_sim_save(const struct cut_sim *sim,
                  uint32_t process,
                  struct cut_writer *out)
{
    const void *state = cut_sim_state(sim, process);

    CUT_ASSERT(process < sim->process_count);
    if (sim->process->save != NULL)
        sim->process->save(state, out);
    else
        cut_write(out, state, sim->process->state_size);
}
