/*
 * Every allocation of a run by events fails once, and with it all later ones,
 * for every algorithm and kind of channel: the caller is told, the system can
 * still be looked at, nothing leaks.
 */
#include "check.h"
#include "fail_each.h"

#include <cutline/sim.h>

/* A program that needs memory in all its functions. */

struct hoard {
    uint64_t events;
    char *text;
    size_t size;
};

static const struct cut_allocator *allocator_of_states;

static enum cut_error hoard_keep(struct hoard *hoard, size_t size)
{
    const struct cut_allocator *a = allocator_of_states;
    char *text = a->resize(a->context, hoard->text, hoard->size, size);

    if (text == NULL)
        return CUT_NOMEM;
    hoard->text = text;
    hoard->size = size;
    memset(text, 'x', size);
    return CUT_OK;
}

static enum cut_error hoard_create(void *state, struct cut_context *context)
{
    (void)context;
    return hoard_keep(state, 20);
}

static void hoard_destroy(void *state)
{
    struct hoard *hoard = state;
    const struct cut_allocator *a = allocator_of_states;

    if (hoard->text != NULL)
        a->resize(a->context, hoard->text, hoard->size, 0);
}

static void hoard_send(struct hoard *hoard, struct cut_context *context)
{
    size_t size = hoard->events % 2 == 0 ? 8 : hoard->size;

    if (hoard->events++ < 4)
        cut_multicast(context, NULL, 0, 1, hoard->text, size);
}

static void hoard_start(void *state, struct cut_context *context)
{
    cut_timer_set(context, 0, 100);
    cut_timer_set(context, 1, 200);
    hoard_send(state, context);
    hoard_send(state, context);
}

static void
hoard_timer(void *state, struct cut_context *context, uint32_t timer)
{
    hoard_send(state, context);
    cut_print(context, "%u", timer);
    if (timer == 1 && cut_self(context) == 1)
        cut_request_snapshot(context);
}

static void hoard_receive(void *state,
                          struct cut_context *context,
                          const struct cut_message *message)
{
    (void)message;
    hoard_send(state, context);
}

static void hoard_input(void *state,
                        struct cut_context *context,
                        const void *data,
                        size_t size)
{
    struct hoard *hoard = state;

    (void)context;
    (void)data;
    hoard->events += size;
}

static void hoard_save(const void *state, struct cut_writer *out)
{
    const struct hoard *hoard = state;

    cut_write_unsigned(out, hoard->events, 8);
    cut_write(out, hoard->text, hoard->size);
}

static enum cut_error hoard_load(void *state, const void *data, size_t size)
{
    struct hoard *hoard = state;
    const uint8_t *bytes = data;

    if (size < 8)
        return CUT_INVALID;
    hoard->events = 0;
    for (unsigned i = 0; i < 8; i++)
        hoard->events |= (uint64_t)bytes[i] << (8 * i);
    return hoard_keep(hoard, size - 8);
}

static void hoard_facts(const void *state, struct cut_facts *out)
{
    const struct hoard *hoard = state;

    cut_facts_quantity(out, "events", (int64_t)hoard->events);
}

static const struct cut_process hoard = {
    .name = "hoard",
    .state_size = sizeof(struct hoard),
    .create = hoard_create,
    .destroy = hoard_destroy,
    .start = hoard_start,
    .timer = hoard_timer,
    .receive = hoard_receive,
    .input = hoard_input,
    .save = hoard_save,
    .load = hoard_load,
    .facts = hoard_facts,
};

/* The run, as it is set up */

static struct {
    const struct cut_algorithm *algorithm;
    struct cut_sim_network network;
    const char *shape;
    bool checks_save;
    bool changes;
    bool is_watched;
} plan;

static void observe(void *context, const struct cut_sim_event *event)
{
    uint64_t *count = context;

    *count += event->tokens + 1;
}

/* Whatever has happened, one may look. */
static void look(const struct cut_sim *sim, uint32_t process_count)
{
    struct cut_sim_snapshot_info info;
    uint64_t bytes = 0;

    for (uint64_t s = 0; cut_sim_snapshot_info(sim, s, &info); s++) {
        CHECK((info.status == CUT_SIM_STATUS_ABORTED) == (info.reason != NULL));
        for (uint32_t p = 0; p < process_count; p++) {
            struct cut_sim_part part = cut_sim_part(sim, s, p);
            struct cut_sim_recorded recorded;
            uint32_t cursor = CUT_NONE;
            for (size_t i = 0; i < part.size; i++)
                bytes += ((const uint8_t *)part.state)[i];
            while (cut_sim_next_recorded(sim, s, p, &cursor, &recorded))
                bytes += recorded.message.size;
        }
    }
    CHECK(bytes < 1 << 20);
    CHECK(cut_sim_stats(sim).snapshots_begun <= 6);
    CHECK_STR(cut_sim_failure(sim), "");
}

static enum cut_error drive(struct cut_sim *sim)
{
    enum cut_sim_end end = CUT_SIM_END_TIME;
    uint64_t number = 77;
    enum cut_error error = cut_sim_snapshot_at(sim, 50, 0, 0);

    if (error == CUT_OK)
        error = cut_sim_snapshot_at(sim, 150, 900, 1);
    if (error == CUT_OK && plan.changes)
        error = cut_sim_change_at(sim, 1200, 3, CUT_SIM_CHANGE_JOIN);
    if (error == CUT_OK && plan.changes)
        error = cut_sim_change_at(sim, 1700, 2, CUT_SIM_CHANGE_CRASH);
    if (error == CUT_OK)
        error = cut_sim_run(sim, 1000, UINT64_MAX, &end);
    if (error == CUT_OK)
        error = cut_sim_input(sim, 0, "a text of some length", 21);
    if (error == CUT_OK)
        error = cut_sim_snapshot(sim, 1, &number);
    if (error == CUT_OK)
        error = cut_sim_run(sim, 100000, UINT64_MAX, &end);
    return error;
}

static enum cut_error facts_of(const struct cut_sim *sim,
                               struct failing_allocator *failing)
{
    struct cut_facts *facts = NULL;
    enum cut_error error = cut_facts_create(&failing->allocator, &facts);

    if (error == CUT_OK)
        error = cut_sim_part_facts(sim, 0, 0, facts);
    cut_facts_destroy(facts);
    return error;
}

static enum cut_error run_plan(struct failing_allocator *failing)
{
    struct cut_topology *topology = NULL;
    struct cut_sim *sim = UNTOUCHED;
    struct cut_trace *trace = NULL;
    struct cut_fault fault = {.code = CUT_OK};
    uint64_t count = 0;

    CHECK_EQ(cut_topology_generate(plan.shape, 3, NULL, &topology, NULL),
             CUT_OK);
    uint32_t processes = cut_topology_process_count(topology);
    enum cut_error error =
        cut_trace_create(processes, &failing->allocator, &trace);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = 5,
        .snapshots_max = 6,
        .allocator = &failing->allocator,
        .process = &hoard,
        .algorithm = plan.algorithm,
        .network = &plan.network,
        .clock_lead = 500,
        .clock_bound = plan.network.skew,
        .snapshot_timeout = 30000,
        .trace = trace,
        .fault = &fault,
        .checks_save = plan.checks_save,
    };
    allocator_of_states = &failing->allocator;
    if (plan.is_watched)
        config.observer = (struct cut_sim_observer){observe, &count};
    if (error == CUT_OK)
        error = cut_sim_create(&config, &sim);
    if (sim != UNTOUCHED) {
        error = drive(sim);
        look(sim, processes);
        if (error == CUT_OK)
            error = facts_of(sim, failing);
        cut_sim_destroy(sim);
    } else if (trace != NULL) {
        CHECK_EQ(fault.code, CUT_NOMEM);
        CHECK_STR(fault.what, "out of memory");
    }
    cut_trace_destroy(trace);
    cut_topology_destroy(topology);
    return error;
}

#define USUAL                                                                  \
    {                                                                          \
        CUT_DELAY_UNIFORM, 10, 200                                             \
    }

static const struct cut_sim_network networks[] = {
    {.delay = USUAL},
    {.delay = USUAL, .reorders = true, .skew = 100},
    {.delay = USUAL, .capacity = 1},
    {.delay = USUAL, .capacity = 4, .markers = CUT_SIM_MARKERS_QUEUE},
    {.delay = USUAL,
     .loss = CUT_SIM_ALWAYS / 5,
     .duplicate = CUT_SIM_ALWAYS / 5,
     .is_reliable = true},
    {.delay = USUAL, .markers = CUT_SIM_MARKERS_SEPARATE, .capacity = 2},
    {.delay = USUAL,
     .markers = CUT_SIM_MARKERS_SEPARATE,
     .is_reliable = true,
     .loss = CUT_SIM_ALWAYS / 5},
    {.delay = USUAL,
     .loss = CUT_SIM_ALWAYS / 5,
     .duplicate = CUT_SIM_ALWAYS / 5},
};

static void run_all_networks(const char *algorithm)
{
    plan.algorithm = cut_algorithm_find(algorithm);
    bool has_markers = cut_algorithm_traits(plan.algorithm)->markers_in_channel;

    plan.shape = "ring:3";
    for (unsigned i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        plan.network = networks[i];
        plan.checks_save = i == 0;
        plan.is_watched = i % 2 == 0;
        if (plan.network.markers == CUT_SIM_MARKERS_SEPARATE && !has_markers)
            continue;
        fail_all(run_plan, 30);
        if (check_state.test_failed) {
            printf("# %s, network %u\n", algorithm, i);
            return;
        }
    }
}

static void test_chandy_lamport(void)
{
    run_all_networks("chandy-lamport");
}

static void test_lai_yang(void)
{
    run_all_networks("lai-yang");
}

static void test_mattern(void)
{
    run_all_networks("mattern");
}

static void test_tree(void)
{
    run_all_networks("tree");
}

static void test_flush(void)
{
    run_all_networks("flush");
}

static void test_clock(void)
{
    run_all_networks("clock");
}

static void test_naive(void)
{
    run_all_networks("naive");
}

/* Views, and a topology without numbers of channels. */
static void test_views(void)
{
    plan.algorithm = cut_algorithm_find("chandy-lamport");
    plan.shape = "complete:4";
    plan.changes = true;
    for (unsigned i = 0; i < sizeof networks / sizeof networks[0]; i += 2) {
        plan.network = networks[i];
        fail_all(run_plan, 30);
    }
    plan.changes = false;
}

int main(void)
{
    RUN(test_chandy_lamport);
    RUN(test_lai_yang);
    RUN(test_mattern);
    RUN(test_tree);
    RUN(test_flush);
    RUN(test_clock);
    RUN(test_naive);
    RUN(test_views);
    return check_end();
}
