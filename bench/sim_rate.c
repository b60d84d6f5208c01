/*
 * How fast the simulator is, and how much memory it takes: builds a system
 * through the public library, keeps messages in flight in it, takes snapshots,
 * and prints one line of JSON. bench/README.md says what its fields mean.
 */
#include "measure.h"

#include <cutline/sim.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_EACH UINT64_C(1000000000)
#define WARM_UP_TICKS 16

/* What is asked for. */
struct load {
    const char *system;
    char kind[16];
    uint32_t process_count;
    uint32_t degree;
    uint32_t sender_count; /* spread evenly; 0: all processes */
    uint64_t in_flight;    /* messages, kept up */
    uint64_t deliveries;   /* of messages and markers, at least */
    uint64_t idle_ticks;
    uint32_t snapshot_count;
    bool is_random; /* the senders are drawn; else one after the other */
};

struct bench {
    struct load load;
    struct cut_topology *topology;
    struct cut_sim *sim;
    uint64_t random;
    uint64_t turn; /* of the senders */
};

static void must(enum cut_error error)
{
    if (error == CUT_OK)
        return;
    fprintf(stderr, "sim_rate: %s\n", cut_error_sentence(error));
    exit(EXIT_FAILURE);
}

/* Systems */

/* Source: S. Vigna's splitmix64, public domain. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static uint32_t draw_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((draw(state) >> 32) * n >> 32);
}

static void add_link(struct bench *bench, uint32_t source, uint32_t destination)
{
    must(cut_topology_add_channel(bench->topology, source, destination));
}

static void link_clique(struct bench *bench, uint32_t process)
{
    for (uint32_t other = 0; other < bench->load.process_count; other++)
        add_link(bench, process, other);
}

static void link_ahead(struct bench *bench, uint32_t process)
{
    uint32_t count = bench->load.process_count;

    add_link(bench, process, (process + 1) % count);
    if (strcmp(bench->load.kind, "both") == 0)
        add_link(bench, process, (process + count - 1) % count);
    if (strcmp(bench->load.kind, "random") == 0)
        for (uint32_t i = 1; i < bench->load.degree; i++)
            add_link(bench, process, draw_below(&bench->random, count));
}

static void build(struct bench *bench)
{
    bool is_clique = strcmp(bench->load.kind, "clique") == 0;
    char name[16];

    must(cut_topology_create(NULL, &bench->topology));
    for (uint32_t p = 0; p < bench->load.process_count; p++) {
        int size = snprintf(name, sizeof name, "p%" PRIu32, p);
        must(cut_topology_add_process(
            bench->topology, name, (size_t)size, TOKENS_EACH));
    }
    for (uint32_t p = 0; p < bench->load.process_count; p++)
        if (is_clique)
            link_clique(bench, p);
        else
            link_ahead(bench, p);
    must(cut_topology_seal(bench->topology));
}

static void create(struct bench *bench)
{
    struct cut_sim_config config = {
        .topology = bench->topology,
        .seed = CUT_SIM_SEED,
        .snapshots_max = bench->load.snapshot_count,
    };

    must(cut_sim_create(&config, &bench->sim));
}

/* Load */

static uint32_t next_sender(struct bench *bench)
{
    uint64_t turn = bench->turn++;
    uint32_t senders = bench->load.sender_count;
    uint64_t i = bench->load.is_random ? draw_below(&bench->random, senders)
                                       : turn % senders;

    return (uint32_t)(i * bench->load.process_count / senders);
}

/* Send until as many messages are in flight as are wanted. */
static void keep_up(struct bench *bench)
{
    struct cut_sim_stats stats = cut_sim_stats(bench->sim);
    uint64_t in_flight = stats.messages_sent - stats.messages_delivered;

    for (; in_flight < bench->load.in_flight; in_flight++) {
        uint32_t sender = next_sender(bench);
        uint32_t first = cut_topology_outgoing(bench->topology, sender);
        uint32_t end = cut_topology_outgoing(bench->topology, sender + 1);
        uint32_t channel = first + draw_below(&bench->random, end - first);
        must(cut_sim_send(bench->sim, channel, 1));
    }
}

static void step(struct bench *bench)
{
    must(cut_sim_tick(bench->sim, 1));
    keep_up(bench);
}

static uint64_t delivered(const struct bench *bench)
{
    struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    return stats.messages_delivered + stats.markers_delivered;
}

static void warm_up(struct bench *bench)
{
    keep_up(bench);
    for (unsigned i = 0; i < WARM_UP_TICKS && bench->load.in_flight > 0; i++)
        step(bench);
}

static void begin_snapshots(struct bench *bench)
{
    uint64_t count = bench->load.snapshot_count;
    uint64_t number;

    for (uint64_t i = 0; i < count; i++)
        must(cut_sim_snapshot(bench->sim,
                              (uint32_t)(i * bench->load.process_count / count),
                              &number));
}

static bool is_any_open(const struct bench *bench)
{
    struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    return stats.snapshots_complete < stats.snapshots_begun;
}

static void run(struct bench *bench)
{
    uint64_t end = delivered(bench) + bench->load.deliveries;

    begin_snapshots(bench);
    while (delivered(bench) < end || is_any_open(bench))
        step(bench);
}

/* A fast simulator that loses tokens is none. */
static void collect(struct bench *bench)
{
    uint64_t start = cut_topology_tokens_total(bench->topology);
    struct cut_snapshot *snapshot;
    uint64_t in_processes;
    uint64_t in_channels;

    for (uint64_t i = 0; i < bench->load.snapshot_count; i++) {
        must(cut_sim_collect(bench->sim, i, NULL, &snapshot));
        cut_snapshot_total(snapshot, &in_processes, &in_channels);
        if (in_processes + in_channels != start) {
            fprintf(stderr, "sim_rate: snapshot %" PRIu64 " lost tokens\n", i);
            exit(EXIT_FAILURE);
        }
        cut_snapshot_destroy(snapshot);
    }
}

/* Output */

static void print_load(const struct bench *bench)
{
    const struct load *load = &bench->load;

    printf("{\"system\": \"%s\"", load->system);
    printf(", \"processes\": %" PRIu32, load->process_count);
    printf(", \"channels\": %" PRIu32,
           cut_topology_channel_count(bench->topology));
    printf(", \"in_flight\": %" PRIu64, load->in_flight);
    printf(", \"senders\": %" PRIu32, load->sender_count);
    printf(", \"random\": %s", load->is_random ? "true" : "false");
    printf(", \"snapshots\": %" PRIu32, load->snapshot_count);
    printf(", \"idle_ticks\": %" PRIu64, load->idle_ticks);
}

static void
print_run(const struct bench *bench, uint64_t deliveries, uint64_t ticks)
{
    struct cut_sim_stats stats = cut_sim_stats(bench->sim);

    printf(", \"deliveries\": %" PRIu64, deliveries);
    printf(", \"ticks\": %" PRIu64, ticks);
    printf(", \"markers\": %" PRIu64, stats.markers_delivered);
    printf(", \"recorded\": %" PRIu64, stats.messages_recorded);
    printf(", \"peak_resident\": %ld}\n", peak_resident());
}

static void measure(struct bench *bench)
{
    struct moment begin = moment_now();

    build(bench);
    struct moment topology = since(begin);
    begin = moment_now();
    create(bench);
    struct moment sim = since(begin);
    begin = moment_now();
    must(cut_sim_tick(bench->sim, bench->load.idle_ticks));
    struct moment idle = since(begin);
    warm_up(bench);
    uint64_t deliveries = delivered(bench);
    uint64_t ticks = cut_sim_now(bench->sim);
    begin = moment_now();
    run(bench);
    struct moment work = since(begin);
    deliveries = delivered(bench) - deliveries;
    ticks = cut_sim_now(bench->sim) - ticks;
    begin = moment_now();
    collect(bench);
    struct moment collection = since(begin);
    print_load(bench);
    print_phase("topology", topology);
    print_phase("sim", sim);
    print_phase("idle", idle);
    print_phase("run", work);
    print_phase("collect", collection);
    print_run(bench, deliveries, ticks);
}

/* Arguments */

static const char usage_text[] =
    "Usage: sim_rate KIND:N[:DEGREE] [OPTION]...\n"
    "KIND is ring, both (a ring both ways), random or clique.\n"
    "  -m, --in-flight M    messages to keep in flight (default: 0)\n"
    "  -d, --deliveries D   how many to measure, at least (default: 0)\n"
    "  -s, --snapshots S    snapshots to begin, at once (default: 0)\n"
    "  -k, --senders K      processes that send (default: all)\n"
    "  -r, --random         draw the senders (default: one after the other)\n"
    "  -i, --idle-ticks T   ticks to pass first, with nothing in flight\n";

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

static bool is_known(const char *kind)
{
    static const char *const kinds[] = {"ring", "both", "random", "clique"};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* Take a number after a colon. */
static uint32_t parse_number(const char **text)
{
    char *end;
    unsigned long number = strtoul(*text + 1, &end, 10);

    if (**text != ':' || end == *text + 1 || number > CUT_PROCESS_COUNT_MAX)
        refuse_usage();
    *text = end;
    return (uint32_t)number;
}

static void parse_system(struct load *load, const char *text)
{
    size_t size = strcspn(text, ":");

    load->system = text;
    load->degree = 4;
    if (size >= sizeof load->kind)
        refuse_usage();
    memcpy(load->kind, text, size);
    text += size;
    load->process_count = parse_number(&text);
    if (*text != '\0')
        load->degree = parse_number(&text);
    if (*text != '\0' || load->process_count < 2 || !is_known(load->kind))
        refuse_usage();
}

static void parse_option(struct load *load, int option)
{
    switch (option) {
    case 'm':
        load->in_flight = number_of(optarg, UINT32_MAX);
        break;
    case 'd':
        load->deliveries = number_of(optarg, UINT64_MAX);
        break;
    case 's':
        load->snapshot_count = (uint32_t)number_of(optarg, 1u << 20);
        break;
    case 'k':
        load->sender_count = (uint32_t)number_of(optarg, UINT32_MAX);
        break;
    case 'r':
        load->is_random = true;
        break;
    case 'i':
        load->idle_ticks = number_of(optarg, UINT64_MAX);
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
        {"senders", required_argument, NULL, 'k'},
        {"random", no_argument, NULL, 'r'},
        {"idle-ticks", required_argument, NULL, 'i'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "m:d:s:k:ri:", options, NULL)) >=
           0)
        parse_option(load, option);
    if (optind + 1 != argc)
        refuse_usage();
    parse_system(load, argv[optind]);
    if (load->sender_count == 0 || load->sender_count > load->process_count)
        load->sender_count = load->process_count;
    if (load->deliveries > 0 && load->in_flight == 0)
        refuse_usage();
}

int main(int argc, char **argv)
{
    struct bench bench = {.random = 1};

    parse(&bench.load, argc, argv);
    measure(&bench);
    cut_sim_destroy(bench.sim);
    cut_topology_destroy(bench.topology);
    return EXIT_SUCCESS;
}
