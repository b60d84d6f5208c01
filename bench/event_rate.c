/*
 * How fast the schedule of events is, and how much memory it takes: tokens that
 * are passed on, under the process model, with snapshots; no trace and no
 * observer. Prints one line of JSON; bench/README.md says what its fields mean.
 */
#include "measure.h"

#include <cutline/sim.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is asked for. */
struct load {
    const char *shape;
    const char *delay;
    const char *algorithm;
    uint64_t in_flight;  /* tokens */
    uint64_t deliveries; /* of messages, at least */
    uint32_t snapshot_count;
};

struct bench {
    struct load load;
    struct cut_topology *topology;
    struct cut_sim *sim;
};

static void must(enum cut_error error, const char *what)
{
    if (error == CUT_OK)
        return;
    fprintf(stderr,
            "event_rate: %s\n",
            what[0] != '\0' ? what : cut_error_sentence(error));
    exit(EXIT_FAILURE);
}

/* The program: whoever gets a token passes it on. */

struct token_state {
    uint64_t passed;
};

static void pass_on(struct cut_context *context, const void *token)
{
    uint32_t channel =
        (uint32_t)cut_random_below(context, cut_outgoing_count(context));

    cut_send(context, channel, 0, token, sizeof(uint64_t));
}

/* So many tokens, spread evenly. */
static void start(void *state, struct cut_context *context)
{
    uint64_t count =
        (uint64_t)cut_argument_integer(context, 0, 0, INT64_MAX, 0);
    uint64_t process_count = cut_process_count(context);
    uint64_t self = cut_self(context);
    uint64_t token = count * self / process_count;
    uint64_t end = count * (self + 1) / process_count;

    (void)state;
    for (; token < end; token++)
        pass_on(context, &token);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct token_state *tokens = state;

    tokens->passed++;
    pass_on(context, message->data);
}

static const struct cut_process process = {
    .name = "pass",
    .state_size = sizeof(struct token_state),
    .start = start,
    .receive = receive,
};

/* Phases */

static void build(struct bench *bench)
{
    struct cut_fault fault = {.what = ""};

    must(cut_topology_generate(
             bench->load.shape, 1, NULL, &bench->topology, &fault),
         fault.what);
}

/* Let so many more events happen. */
static void pass_events(struct bench *bench, uint64_t count)
{
    enum cut_sim_end end;

    must(cut_sim_run(bench->sim,
                     CUT_TIME_MAX,
                     cut_sim_stats(bench->sim).events + count,
                     &end),
         cut_sim_failure(bench->sim));
}

/* Make the system, and let its processes start. */
static void create(struct bench *bench)
{
    struct cut_fault fault = {.what = ""};
    struct cut_sim_network network = {0};
    char count[32];
    char *arguments[] = {count};

    snprintf(count, sizeof count, "%" PRIu64, bench->load.in_flight);
    must(cut_delay_parse(bench->load.delay, &network.delay, &fault),
         fault.what);
    struct cut_sim_config config = {
        .topology = bench->topology,
        .seed = CUT_SIM_SEED,
        .snapshots_max = bench->load.snapshot_count,
        .process = &process,
        .arguments = arguments,
        .argument_count = 1,
        .algorithm = cut_algorithm_find(bench->load.algorithm),
        .network = &network,
        .fault = &fault,
    };
    if (config.algorithm == NULL)
        must(CUT_INVALID, "no such algorithm");
    must(cut_sim_create(&config, &bench->sim), fault.what);
    pass_events(bench, 0);
}

static bool is_any_open(const struct bench *bench)
{
    struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    return stats.snapshots_complete < stats.snapshots_begun;
}

/* Snapshots begin at even distances, each where the last one is over. */
static void run(struct bench *bench)
{
    uint32_t count = bench->load.snapshot_count;
    uint64_t slice = bench->load.deliveries / (count + 1);
    uint64_t number;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t initiator =
            (uint32_t)((uint64_t)i *
                       cut_topology_process_count(bench->topology) / count);
        pass_events(bench, slice);
        must(cut_sim_snapshot(bench->sim, initiator, &number), "");
    }
    pass_events(bench, slice);
    while (is_any_open(bench))
        pass_events(bench, 1024);
}

/* A fast simulator that loses tokens is none: they are all on their way. */
static void check(const struct bench *bench)
{
    struct cut_sim_snapshot_info info;

    for (uint32_t i = 0; i < bench->load.snapshot_count; i++)
        if (!cut_sim_snapshot_info(bench->sim, i, &info) ||
            info.messages_recorded != bench->load.in_flight)
            must(CUT_STATE, "a snapshot lost tokens");
}

/* Output */

static void print_load(const struct bench *bench)
{
    const struct load *load = &bench->load;

    printf("{\"system\": \"%s\"", load->shape);
    printf(", \"processes\": %" PRIu32,
           cut_topology_process_count(bench->topology));
    printf(", \"delay\": \"%s\"", load->delay);
    printf(", \"algorithm\": \"%s\"", load->algorithm);
    printf(", \"in_flight\": %" PRIu64, load->in_flight);
    printf(", \"snapshots\": %" PRIu32, load->snapshot_count);
}

static void print_counts(struct cut_sim_stats before,
                         struct cut_sim_stats after)
{
    printf(", \"deliveries\": %" PRIu64,
           after.messages_delivered - before.messages_delivered);
    printf(", \"markers\": %" PRIu64, after.markers_delivered);
    printf(", \"frames\": %" PRIu64, after.control_sent);
    printf(", \"recorded\": %" PRIu64, after.messages_recorded);
}

static void measure(struct bench *bench)
{
    struct moment begin = moment_now();

    build(bench);
    struct moment topology = since(begin);
    begin = moment_now();
    create(bench);
    struct moment sim = since(begin);
    pass_events(bench, bench->load.in_flight + 10000); /* caches warm up */
    struct cut_sim_stats before = cut_sim_stats(bench->sim);
    begin = moment_now();
    run(bench);
    struct moment work = since(begin);
    check(bench);
    print_load(bench);
    print_phase("topology", topology);
    print_phase("sim", sim);
    print_phase("run", work);
    print_counts(before, cut_sim_stats(bench->sim));
    printf(", \"peak_resident\": %ld}\n", peak_resident());
}

/* Arguments */

static const char usage_text[] =
    "Usage: event_rate SHAPE [OPTION]...\n"
    "SHAPE is a topology, like ring:1000 or random:1000:4.\n"
    "  -m, --in-flight M    tokens that are on their way (default: 1000)\n"
    "  -d, --deliveries D   how many to measure, at least (default: 0)\n"
    "  -s, --snapshots S    snapshots to begin meanwhile (default: 0)\n"
    "  -a, --algorithm A    (default: chandy-lamport)\n"
    "  -D, --delay DELAY    (default: exponential:1ms)\n";

static _Noreturn void refuse_usage(void)
{
    fputs(usage_text, stderr);
    exit(2);
}

static uint64_t number_of(const char *text, uint64_t max)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || number > max)
        refuse_usage();
    return number;
}

static void parse_option(struct load *load, int option)
{
    switch (option) {
    case 'm':
        load->in_flight = number_of(optarg, UINT32_MAX);
        break;
    case 'd':
        load->deliveries = number_of(optarg, UINT64_C(1) << 40);
        break;
    case 's':
        load->snapshot_count = (uint32_t)number_of(optarg, 1u << 20);
        break;
    case 'a':
        load->algorithm = optarg;
        break;
    case 'D':
        load->delay = optarg;
        break;
    default:
        refuse_usage();
    }
}

static void parse(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"in-flight", required_argument, NULL, 'm'},
        {"deliveries", required_argument, NULL, 'd'},
        {"snapshots", required_argument, NULL, 's'},
        {"algorithm", required_argument, NULL, 'a'},
        {"delay", required_argument, NULL, 'D'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "m:d:s:a:D:", options, NULL)) >= 0)
        parse_option(load, option);
    if (optind + 1 != argc)
        refuse_usage();
    load->shape = argv[optind];
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .load = {.in_flight = 1000,
                 .algorithm = "chandy-lamport",
                 .delay = "exponential:1ms"},
    };

    parse(&bench.load, argc, argv);
    measure(&bench);
    cut_sim_destroy(bench.sim);
    cut_topology_destroy(bench.topology);
    return EXIT_SUCCESS;
}
