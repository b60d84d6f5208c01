/*
 * Bytes are an algorithm, a topology, a network, and what is done to a system
 * of actors (tests/property/actor.h): they are given orders, snapshots are
 * begun, processes come and go, time passes.
 *
 * Whatever it is: a witness (tests/property/witness.h) sees nothing that cannot
 * be, cut_judge says what it says, and where an algorithm has what it needs
 * each complete snapshot is consistent.
 */
#include "fuzz.h"
#include "property/witness.h"

/* Small enough for many runs a second. */
#define STEPS_MAX 60
#define SNAPSHOTS_MAX 12
#define LAST (UINT64_C(2) * CUT_SECOND)

struct bytes {
    const uint8_t *data;
    size_t size;
};

static uint8_t take(struct bytes *bytes)
{
    if (bytes->size == 0)
        return 0;
    bytes->size--;
    return *bytes->data++;
}

static uint8_t take_below(struct bytes *bytes, unsigned below)
{
    return (uint8_t)(take(bytes) % below);
}

static struct cut_topology *take_topology(struct bytes *bytes)
{
    static const struct {
        const char *name;
        const char *behind;
        unsigned most;
    } shapes[] = {
        {"ring", "", 7},
        {"line", "", 7},
        {"star", "", 7},
        {"complete", "", 7},
        {"tree", ":2", 7},
        {"hypercube", "", 3},
        {"grid", "x2", 3},
        {"random", ":2", 7},
    };
    unsigned kind = take_below(bytes, 8);
    unsigned count = 2 + take_below(bytes, shapes[kind].most - 1);
    struct cut_topology *topology = NULL;
    char shape[32];

    if (kind == 7 && count == 2)
        count = 3;
    snprintf(shape,
             sizeof shape,
             "%s:%u%s",
             shapes[kind].name,
             count,
             shapes[kind].behind);
    FUZZ_CHECK(cut_topology_generate(
                   shape, take(bytes), NULL, &topology, NULL) == CUT_OK);
    return topology;
}

static struct cut_sim_network take_network(struct bytes *bytes)
{
    unsigned flags = take(bytes);
    enum cut_delay_kind kind = (enum cut_delay_kind)take_below(bytes, 4);
    uint64_t mean = 1000 * (1 + (uint64_t)take(bytes));

    return (struct cut_sim_network){
        .delay = {kind, mean, kind == CUT_DELAY_PARETO ? 1500000 : 4 * mean},
        .loss = (flags & 1) != 0 ? CUT_SIM_ALWAYS / 5 : 0,
        .duplicate = (flags & 2) != 0 ? CUT_SIM_ALWAYS / 5 : 0,
        .reorders = (flags & 4) != 0,
        .is_reliable = (flags & 8) != 0,
        .capacity = (flags & 16) != 0 ? 1 + take_below(bytes, 8) : 0,
        .markers = (enum cut_sim_markers)(flags >> 5 & 3) % 3,
        .skew = (flags & 128) != 0 ? 1000 * (uint64_t)take(bytes) : 0,
    };
}

/* Has an algorithm what it needs to be right? */
static bool has_all(const struct cut_sim_config *config)
{
    const struct cut_algorithm_traits *traits =
        cut_algorithm_traits(config->algorithm);
    const struct cut_sim_network *network = config->network;

    if (!traits->is_right ||
        (traits->needs_clock && config->clock_bound < network->skew))
        return false;
    return network->is_reliable ||
           (network->loss == 0 && network->duplicate == 0 &&
            (!traits->needs_fifo || !network->reorders));
}

/* What is done from outside: three bytes. */
static enum cut_error
step(struct cut_sim *sim, struct witness *witness, struct bytes *bytes)
{
    uint32_t count = cut_topology_process_count(cut_sim_topology(sim));
    unsigned what = take(bytes);
    uint32_t process = take_below(bytes, count);
    uint8_t third = take(bytes);
    uint64_t soon = cut_sim_now(sim) + 20000 * (uint64_t)third;
    struct actor_order order = {(uint8_t)(what / 8 % 6), third};
    enum cut_sim_change change = (enum cut_sim_change)(what / 8 % 3);
    enum cut_error error = CUT_OK;
    enum cut_sim_end end;
    uint64_t number;

    switch (what % 8) {
    case 0:
        return cut_sim_snapshot(sim, process, &number);
    case 1:
        return cut_sim_run(sim, soon, UINT64_MAX, &end);
    case 2:
        return cut_sim_run(
            sim, LAST, cut_sim_stats(sim).events + third % 32, &end);
    case 3:
        return cut_sim_snapshot_at(
            sim, soon, what < 128 ? 0 : 1000 * (1 + (uint64_t)third), process);
    case 4:
        error = cut_sim_change_at(sim, soon, process, change);
        if (error == CUT_OK && change == CUT_SIM_CHANGE_JOIN)
            witness_is_absent(witness, process);
        return error;
    case 5:
        return cut_sim_input(sim, process, "act", 3);
    default:
        return cut_sim_input(sim, process, &order, sizeof order);
    }
}

static void judge(const struct cut_sim_config *config,
                  const struct cut_sim *sim,
                  struct witness *witness,
                  uint64_t number)
{
    bool is_fifo = config->network->is_reliable || !config->network->reorders;
    struct cut_verdict seen;
    struct cut_verdict said;

    witness_judge(witness, sim, number, &seen);
    FUZZ_CHECK(cut_judge(config->trace, number, is_fifo, NULL, &said) ==
               CUT_OK);
    FUZZ_CHECK(said.kind == seen.kind && said.message == seen.message);
    if (has_all(config))
        FUZZ_CHECK(seen.kind == CUT_VERDICT_CONSISTENT ||
                   seen.kind == CUT_VERDICT_INCOMPLETE ||
                   seen.kind == CUT_VERDICT_ABORTED);
}

static void run(const struct cut_sim_config *config,
                struct cut_sim *sim,
                struct witness *witness,
                struct bytes *bytes)
{
    enum cut_sim_end end;

    for (unsigned i = 0; i < STEPS_MAX && bytes->size > 0; i++) {
        enum cut_error error = step(sim, witness, bytes);
        /* What cannot be done is refused, and the program makes no mistake. */
        FUZZ_CHECK(error != CUT_NOMEM && error != CUT_PROTOCOL);
        FUZZ_CHECK(cut_sim_failure(sim)[0] == '\0');
    }
    FUZZ_CHECK(cut_sim_run(sim, LAST, UINT64_MAX, &end) == CUT_OK);
    struct cut_sim_stats stats = cut_sim_stats(sim);
    for (uint64_t s = 0; s < stats.snapshots_begun; s++)
        judge(config, sim, witness, s);
    witness_check_stats(witness, &stats);
    if (witness_complaint(witness) != NULL)
        fprintf(stderr, "%s\n", witness_complaint(witness));
    FUZZ_CHECK(witness_complaint(witness) == NULL);
}

static void begin(struct witness *witness, const struct cut_sim_config *config)
{
    const struct cut_sim_network *network = config->network;
    bool is_raw =
        !network->is_reliable && (network->loss > 0 || network->duplicate > 0);

    witness_begin(
        witness,
        &(struct witness_terms){
            .topology = config->topology,
            .process = config->process,
            .is_fifo = network->is_reliable || !network->reorders,
            .is_exact = !is_raw,
            .capacity = network->capacity,
            .markers_take_room =
                network->markers == CUT_SIM_MARKERS_QUEUE &&
                cut_algorithm_traits(config->algorithm)->markers_in_channel,
        });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char texts[ACTOR_ARGUMENTS][4] = {"12", "3", "999", "0", "0"};
    static char *const arguments[ACTOR_ARGUMENTS] = {
        texts[0], texts[1], texts[2], texts[3], texts[4]};
    struct bytes bytes = {data, size};
    struct cut_topology *topology = take_topology(&bytes);
    struct cut_sim_network network = take_network(&bytes);
    struct witness *witness = witness_create();
    struct cut_trace *trace = NULL;
    struct cut_sim *sim = NULL;
    unsigned flags = take(&bytes);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = take(&bytes),
        .snapshots_max = SNAPSHOTS_MAX,
        .observer = {witness_see, witness},
        .process = (flags & 1) != 0 ? &actor_plain : &actor_saved,
        .arguments = arguments,
        .argument_count = ACTOR_ARGUMENTS,
        .algorithm = cut_algorithm_at(take_below(&bytes, 7)),
        .network = &network,
        .clock_lead = 1 + 10000 * (uint64_t)take(&bytes),
        .clock_bound = (flags & 2) != 0 ? network.skew : 0,
        /* A token that waits for what never comes goes round until then. */
        .snapshot_timeout = 1000 * (1 + (uint64_t)take(&bytes)),
        .checks_save = (flags & 4) != 0,
    };

    FUZZ_CHECK(cut_trace_create(cut_topology_process_count(topology),
                                NULL,
                                &trace) == CUT_OK);
    config.trace = trace;
    begin(witness, &config);
    if (cut_sim_create(&config, &sim) == CUT_OK)
        run(&config, sim, witness, &bytes);
    cut_sim_destroy(sim);
    cut_trace_destroy(trace);
    witness_destroy(witness);
    cut_topology_destroy(topology);
    return 0;
}
