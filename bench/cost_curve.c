/*
 * What one snapshot costs: tokens that are passed on, a snapshot amid them, and
 * what the algorithm sent for it. Prints one line of JSON, of counts and
 * virtual time alone; bench/README.md says what its fields mean.
 */
#include <cutline/sim.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT 0

/* What the program is told. */
enum { TOKEN_COUNT, END_TIME, ARGUMENT_COUNT };

/* What is asked for. Times are in ns. */
struct load {
    const char *algorithm;
    const char *shape;
    const char *delay;
    uint64_t in_flight; /* tokens; 0: as many as there are processes */
    uint64_t before;    /* how long tokens are passed on before the snapshot */
    uint64_t after;     /* and from its beginning on */
    uint64_t seed;
};

struct bench {
    struct load load;
    const struct cut_algorithm *algorithm;
    struct cut_topology *topology;
    /* The system borrows these while it lives. */
    struct cut_sim_network network;
    char count[32];
    char end[32];
    char *arguments[ARGUMENT_COUNT];
    struct cut_sim *sim;
};

static void must(enum cut_error error, const char *what)
{
    if (error == CUT_OK)
        return;
    fprintf(stderr,
            "cost_curve: %s\n",
            what[0] != '\0' ? what : cut_error_sentence(error));
    exit(EXIT_FAILURE);
}

/* The program: whoever gets a token passes it on, until a time. */

struct token_state {
    uint64_t end; /* ns */
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
    struct token_state *tokens = state;
    uint64_t count =
        (uint64_t)cut_argument_integer(context, TOKEN_COUNT, 0, UINT32_MAX, 0);
    uint64_t process_count = cut_process_count(context);
    uint64_t self = cut_self(context);
    uint64_t token = count * self / process_count;
    uint64_t end = count * (self + 1) / process_count;

    tokens->end = (uint64_t)cut_argument_integer(
        context, END_TIME, 0, (int64_t)CUT_TIME_MAX, 0);
    for (; token < end; token++)
        pass_on(context, &token);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    const struct token_state *tokens = state;

    if (cut_now(context) < tokens->end)
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

    bench->algorithm = cut_algorithm_find(bench->load.algorithm);
    if (bench->algorithm == NULL)
        must(CUT_INVALID, "no such algorithm");
    must(cut_topology_generate(
             bench->load.shape, 1, NULL, &bench->topology, &fault),
         fault.what);
    if (bench->load.in_flight == 0)
        bench->load.in_flight = cut_topology_process_count(bench->topology);
}

/* Write the arguments of the program. */
static void tell(struct bench *bench)
{
    const struct load *load = &bench->load;

    snprintf(bench->count, sizeof bench->count, "%" PRIu64, load->in_flight);
    snprintf(
        bench->end, sizeof bench->end, "%" PRIu64, load->before + load->after);
    bench->arguments[TOKEN_COUNT] = bench->count;
    bench->arguments[END_TIME] = bench->end;
}

static void create(struct bench *bench)
{
    struct cut_fault fault = {.what = ""};

    tell(bench);
    must(cut_delay_parse(bench->load.delay, &bench->network.delay, &fault),
         fault.what);
    struct cut_sim_config config = {
        .topology = bench->topology,
        .seed = (int64_t)bench->load.seed,
        .snapshots_max = 1,
        .process = &process,
        .arguments = bench->arguments,
        .argument_count = ARGUMENT_COUNT,
        .algorithm = bench->algorithm,
        .network = &bench->network,
        .fault = &fault,
    };
    must(cut_sim_create(&config, &bench->sim), fault.what);
}

static void run_until(struct bench *bench, cut_time time)
{
    enum cut_sim_end end;

    must(cut_sim_run(bench->sim, time, UINT64_MAX, &end),
         cut_sim_failure(bench->sim));
}

/* To the very end: what is sent after the last part is complete counts too. */
static void run(struct bench *bench)
{
    uint64_t number;

    run_until(bench, bench->load.before);
    must(cut_sim_snapshot(bench->sim, 0, &number), "");
    run_until(bench, CUT_TIME_MAX);
}

/*
 * Every token is on its way until the end of the traffic: if a right snapshot
 * records another number, it was not captured everywhere by then, or is wrong.
 */
static struct cut_sim_snapshot_info check(const struct bench *bench)
{
    struct cut_sim_snapshot_info info;
    const struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    if (!cut_sim_snapshot_info(bench->sim, SNAPSHOT, &info) ||
        info.status != CUT_SIM_STATUS_COMPLETE)
        must(CUT_STATE, "the snapshot is not complete");
    if (cut_algorithm_traits(bench->algorithm)->is_right &&
        info.messages_recorded != bench->load.in_flight)
        must(CUT_STATE, "the snapshot has not all tokens");
    if (stats.messages_delivered != stats.messages_sent ||
        stats.markers_delivered != stats.markers_sent ||
        stats.markers_refused != 0)
        must(CUT_STATE, "something did not arrive, or made no sense");
    return info;
}

/* Output */

static void print_number(const char *name, uint64_t number)
{
    printf(", \"%s\": %" PRIu64, name, number);
}

static void print(const struct bench *bench, struct cut_sim_snapshot_info info)
{
    const struct load *load = &bench->load;
    const struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    printf("{\"algorithm\": \"%s\"", load->algorithm);
    printf(", \"shape\": \"%s\"", load->shape);
    printf(", \"delay\": \"%s\"", load->delay);
    print_number("seed", load->seed);
    print_number("processes", cut_topology_process_count(bench->topology));
    print_number("in_flight", load->in_flight);
    print_number("recorded", info.messages_recorded);
    print_number("markers", stats.markers_sent);
    print_number("frames", stats.control_sent);
    print_number("control_most", stats.control_sent_most);
    print_number("control_bytes", stats.control_bytes);
    print_number("messages", stats.messages_sent);
    print_number("stamp_bytes", stats.stamp_bytes);
    print_number("time_ns", info.ended - info.begun);
    puts("}");
}

/* Arguments */

static const char usage_text[] =
    "Usage: cost_curve ALGORITHM SHAPE [OPTION]...\n"
    "SHAPE is a topology, like complete:1000 or random:1000:4.\n"
    "  -m, --in-flight M  tokens that are on their way (default: one a\n"
    "                     process)\n"
    "  -D, --delay DELAY  (default: exponential:1ms)\n"
    "  -b, --before T     traffic before the snapshot (default: 10ms)\n"
    "  -e, --after T      traffic from its beginning on (default: 100ms)\n"
    "  -s, --seed S       (default: 1)\n";

static _Noreturn void refuse_usage(void)
{
    fputs(usage_text, stderr);
    exit(2);
}

static uint64_t number_of(const char *text)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || number > UINT32_MAX)
        refuse_usage();
    return number;
}

static uint64_t time_of(const char *text)
{
    struct cut_fault fault = {.what = ""};
    uint64_t time;

    must(cut_time_parse(text, &time, &fault), fault.what);
    return time;
}

static void parse_option(struct load *load, int option)
{
    switch (option) {
    case 'm':
        load->in_flight = number_of(optarg);
        break;
    case 'D':
        load->delay = optarg;
        break;
    case 'b':
        load->before = time_of(optarg);
        break;
    case 'e':
        load->after = time_of(optarg);
        break;
    case 's':
        load->seed = number_of(optarg);
        break;
    default:
        refuse_usage();
    }
}

static void parse(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"in-flight", required_argument, NULL, 'm'},
        {"delay", required_argument, NULL, 'D'},
        {"before", required_argument, NULL, 'b'},
        {"after", required_argument, NULL, 'e'},
        {"seed", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "m:D:b:e:s:", options, NULL)) >= 0)
        parse_option(load, option);
    if (optind + 2 != argc)
        refuse_usage();
    load->algorithm = argv[optind];
    load->shape = argv[optind + 1];
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .load = {.delay = "exponential:1ms",
                 .before = 10 * CUT_MILLISECOND,
                 .after = 100 * CUT_MILLISECOND,
                 .seed = 1},
    };

    parse(&bench.load, argc, argv);
    build(&bench);
    create(&bench);
    run(&bench);
    print(&bench, check(&bench));
    cut_sim_destroy(bench.sim);
    cut_topology_destroy(bench.topology);
    return EXIT_SUCCESS;
}
