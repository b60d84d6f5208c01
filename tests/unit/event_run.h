/*
 * For tests of runs by events: a topology, a system and its observer in one
 * struct, and a digest of all that the observer is told.
 */
#ifndef TESTS_UNIT_EVENT_RUN_H
#define TESTS_UNIT_EVENT_RUN_H

#include "check.h"

#include <cutline/sim.h>
#include <stdlib.h>

#define EVENT_KINDS (CUT_SIM_CRASH + 1)

struct event_run {
    struct cut_topology *topology;
    struct cut_sim *sim;
    struct cut_fault fault;
    struct cut_sim_network network;
    struct cut_sim_config config;
    enum cut_sim_end end;
    uint64_t digest;
    uint64_t counts[EVENT_KINDS];
    char text[256]; /* of the last PRINT or ABORT */
    void (*watch)(struct event_run *run, const struct cut_sim_event *event);
    uint64_t notes[16]; /* the watch's own */
};

static inline void event_run_mix(struct event_run *run, uint64_t word)
{
    run->digest = (run->digest ^ word) * UINT64_C(0x100000001b3);
    run->digest ^= run->digest >> 31;
}

static inline void event_run_see(void *context,
                                 const struct cut_sim_event *event)
{
    struct event_run *run = context;
    const uint8_t *data = event->message.data;

    run->counts[event->kind]++;
    event_run_mix(run, (uint64_t)event->kind);
    event_run_mix(run, event->now);
    event_run_mix(run, (uint64_t)event->process << 32 | event->channel);
    event_run_mix(run, (uint64_t)event->peer << 32 | event->message.size);
    event_run_mix(run, event->message.id);
    event_run_mix(run, event->message.value);
    event_run_mix(run, event->snapshot);
    event_run_mix(run, event->tokens);
    for (uint32_t i = 0; i < event->message.size; i++)
        event_run_mix(run, data[i]);
    if (event->text != NULL)
        snprintf(run->text, sizeof run->text, "%s", event->text);
    for (const char *c = event->text; c != NULL && *c != '\0'; c++)
        event_run_mix(run, (uint8_t)*c);
    if (run->watch != NULL)
        run->watch(run, event);
}

/* All that is not set is zero: fill in the rest, and begin. */
static inline struct event_run event_run_of(const struct cut_process *process,
                                            const char *algorithm)
{
    return (struct event_run){
        .network = {.delay = {CUT_DELAY_CONSTANT, CUT_MILLISECOND, 0}},
        .config = {.process = process,
                   .algorithm = cut_algorithm_find(algorithm),
                   .seed = 1},
    };
}

static inline bool event_run_begin(struct event_run *run, const char *shape)
{
    if (run->topology == NULL)
        CHECK_EQ(
            cut_topology_generate(shape, 7, NULL, &run->topology, &run->fault),
            CUT_OK);
    run->config.topology = run->topology;
    run->config.network = &run->network;
    run->config.fault = &run->fault;
    run->config.observer = (struct cut_sim_observer){event_run_see, run};
    bool is_made = CHECK_EQ(cut_sim_create(&run->config, &run->sim), CUT_OK);
    if (!is_made)
        printf("# %s\n", run->fault.what);
    return is_made;
}

/* Let it come to its end. */
static inline void event_run_all(struct event_run *run)
{
    CHECK_EQ(cut_sim_run(run->sim, CUT_TIME_MAX, UINT64_MAX, &run->end),
             CUT_OK);
    CHECK_EQ(run->end, CUT_SIM_END_QUIET);
}

static inline void event_run_end(struct event_run *run)
{
    cut_sim_destroy(run->sim);
    cut_topology_destroy(run->topology);
    run->sim = NULL;
    run->topology = NULL;
}

static inline struct cut_sim_snapshot_info
event_run_info(const struct event_run *run, uint64_t number)
{
    struct cut_sim_snapshot_info info = {.status = CUT_SIM_STATUS_OPEN};

    CHECK(cut_sim_snapshot_info(run->sim, number, &info));
    return info;
}

#endif
