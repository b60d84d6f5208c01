/*
 * Runs of real processes over a network that does harm (relay.h): connections
 * stand still, come late, are cut in the middle of frames and of handshakes,
 * garbled, refused, and half-open. Meanwhile snapshots are taken all the time.
 *
 *     relay_runs BANK UNRULY [RUNS [SEED]]
 *
 * BANK and UNRULY are programs: examples/bank.c, whose balances at the end are
 * known, and tests/integration/unruly_program.c, which numbers its messages and
 * fails if one is missing, comes twice or out of order. Each run must come to
 * rest, with nothing lost or doubled; every snapshot conserves what there is.
 * And each is judged by the traces that the processes wrote, by the judge that
 * those of the simulator have: consistent, with exact states of the channels.
 */
#include "check.h"
#include "relay.h"

#include <cutline/keys.h>
#include <cutline/supervisor.h>
#include <cutline/trace.h>

#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_DEFAULT 12
#define PROCESSES 4
#define TRANSFERS 150
#define TRANSFERS_TEXT "150"

/* Harm is done for so long; and then all has to come to rest. */
#define HARM_NS (UINT64_C(1200) * 1000 * 1000)
#define REST_NS (UINT64_C(20) * 1000 * 1000 * 1000)

enum { TERMINATED = 143 };

static const struct profile {
    const char *name;
    bool does[RELAY_HARMS];
} profiles[] = {
    {"stalls", {[RELAY_STALL] = true}},
    {"delays", {[RELAY_DELAY] = true}},
    {"cuts", {[RELAY_CUT] = true, [RELAY_REFUSE] = true}},
    {"garbles", {[RELAY_GARBLE] = true}},
    {"half-opens", {[RELAY_HALF_OPEN] = true}},
    {"all", {false, true, true, true, true, true, true}},
};

static const char *const algorithms[] =
    {"chandy-lamport", "lai-yang", "mattern", "tree", "flush", "clock"};

/* One run, and what was seen of it. */
struct run {
    uint64_t seed;
    const struct profile *profile;
    const char *algorithm;
    bool is_bank;
    bool is_down; /* numbers, with channels that are full all the time */
    bool has_tls;
    bool uses_tcp;
    struct relay *relay;
    char out[64];
    char trace[80]; /* a folder in it */
    char last[128]; /* file of the last snapshot, taken when all was at rest */
    bool is_at_rest;
    bool is_over;
    uint64_t rested_at;
    uint64_t wrong; /* snapshots */
    uint64_t complete;
    uint64_t garbled; /* connections that the checksum, or TLS, broke */
    uint64_t silent;  /* and those on which nothing came */
    struct cut_supervisor_status status;
    char why[200];
};

/* Over all runs. */
static struct {
    const char *bank;
    const char *unruly;
    char keys[32];
    struct relay_figures figures;
    uint64_t reconnects;
    uint64_t garbled;
    uint64_t silent;
    uint64_t snapshots;
} all = {.keys = "/tmp/relay-keys-XXXXXX"};

/* --- what is told -------------------------------------------------------- */

static const char *
reroute(void *listener, uint32_t from, uint32_t to, const char *address)
{
    struct run *run = listener;

    (void)from;
    (void)to;
    return relay_route(run->relay, address);
}

static bool has_words(const struct cut_supervisor_event *event,
                      const char *words)
{
    return memmem(event->text, event->size, words, strlen(words)) != NULL;
}

static void hear_log(struct run *run, const struct cut_supervisor_event *event)
{
    if (has_words(event, "nothing more can happen")) {
        run->is_at_rest = true;
        run->rested_at = event->now;
    }
    if (getenv("RELAY_LOG") != NULL)
        printf("# %.3f s: p%d: %.*s\n",
               (double)event->now / 1e9,
               (int)event->process,
               (int)event->size,
               event->text);
    run->garbled += has_words(event, "checksum") ||
                    has_words(event, "a frame ") || has_words(event, "TLS");
    run->silent += has_words(event, "nothing came for");
}

/* The first snapshot that is begun at rest is the last word of the program. */
static void hear_snapshot(struct run *run,
                          const struct cut_supervisor_snapshot *snapshot)
{
    if (!snapshot->is_complete)
        return;
    run->complete++;
    for (size_t i = 0; i < snapshot->total_count; i++) {
        const struct cut_supervisor_total *total = &snapshot->totals[i];
        run->wrong +=
            total->in_processes + total->in_channels != total->at_start;
    }
    if (!run->is_at_rest || snapshot->begun < run->rested_at || run->is_over)
        return;
    run->is_over = true;
    snprintf(run->last, sizeof run->last, "%s", snapshot->path);
    (void)raise(SIGTERM);
}

static void hear(void *listener, const struct cut_supervisor_event *event)
{
    struct run *run = listener;

    if (event->kind == CUT_SUPERVISOR_LOG)
        hear_log(run, event);
    if (event->kind == CUT_SUPERVISOR_SNAPSHOT)
        hear_snapshot(run, event->snapshot);
    if (event->kind != CUT_SUPERVISOR_ENDED)
        return;
    run->status = *event->status;
    snprintf(run->why, sizeof run->why, "%.*s", (int)event->size, event->text);
}

/* --- what must be true at the end ---------------------------------------- */

/* The balances of examples/bank.c, from its rules alone. */
static void expect_balances(int64_t balances[PROCESSES])
{
    for (unsigned p = 0; p < PROCESSES; p++)
        balances[p] = INT64_C(9) * TRANSFERS;
    for (unsigned p = 0; p < PROCESSES; p++) {
        int64_t generator = p + 1;
        for (unsigned i = 0; i < TRANSFERS; i++) {
            generator = (generator * 1103515245 + 12345) & INT32_MAX;
            unsigned to = (unsigned)((generator >> 8) % (PROCESSES - 1));
            generator = (generator * 1103515245 + 12345) & INT32_MAX;
            int64_t amount = 1 + (generator >> 8) % 9;
            balances[p] -= amount;
            balances[to + (to >= p)] += amount;
        }
    }
}

static void check_balances(const char *path)
{
    int64_t expected[PROCESSES];
    json_t *file = json_load_file(path, 0, NULL);
    const json_t *processes = json_object_get(file, "processes");

    expect_balances(expected);
    CHECK_EQ(json_array_size(processes), PROCESSES);
    for (size_t p = 0; p < PROCESSES; p++) {
        const json_t *process = json_array_get(processes, p);
        const json_t *state = json_object_get(process, "state");
        const json_t *balance = json_object_get(state, "balance");
        CHECK_EQ((uint64_t)json_integer_value(balance), (uint64_t)expected[p]);
    }
    json_decref(file);
}

static void judge(const struct run *run, int status)
{
    CHECK_EQ(status, TERMINATED);
    CHECK(run->is_over);
    CHECK_EQ(run->wrong, 0);
    CHECK(run->complete > 2);
    CHECK_EQ(run->status.messages_sent, run->status.messages_delivered);
    if (run->is_bank) {
        CHECK_EQ(run->status.messages_sent, PROCESSES * TRANSFERS);
        check_balances(run->last);
    } else if (run->is_down) {
        CHECK(run->status.messages_sent > UINT64_C(3) * TRANSFERS);
    } else {
        CHECK_EQ(run->status.messages_sent, PROCESSES * TRANSFERS * 3);
    }
}

/* Return how many snapshots of a trace are consistent; all others were given
 * up, or under way at the end. */
static uint64_t count_consistent(const struct cut_trace_run *trace)
{
    uint64_t count = cut_trace_run_info(trace)->snapshot_count;
    uint64_t consistent = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct cut_verdict verdict;
        if (!CHECK(cut_trace_run_judge(trace, i, NULL, &verdict) == CUT_OK))
            continue;
        consistent += verdict.kind == CUT_VERDICT_CONSISTENT;
        if (!CHECK(verdict.kind == CUT_VERDICT_CONSISTENT ||
                   verdict.kind == CUT_VERDICT_ABORTED ||
                   verdict.kind == CUT_VERDICT_INCOMPLETE))
            printf("# snapshot %" PRIu64 ": verdict %d, message %" PRIu64 "\n",
                   i,
                   (int)verdict.kind,
                   verdict.message);
    }
    return consistent;
}

static void judge_trace(const struct run *run)
{
    struct cut_fault fault = {.what = ""};
    struct cut_trace_run *trace = NULL;

    if (!CHECK(cut_trace_run_read(run->trace, 0, NULL, &trace, &fault) ==
               CUT_OK)) {
        printf("# %s\n", fault.what);
        return;
    }
    CHECK(count_consistent(trace) >= run->complete);
    cut_trace_run_destroy(trace);
}

/* --- a run --------------------------------------------------------------- */

static struct run choose(uint64_t seed)
{
    bool is_bank = seed % 2 == (seed / 6) % 2;

    return (struct run){
        .seed = seed,
        .profile = &profiles[seed % (sizeof profiles / sizeof profiles[0])],
        .algorithm = algorithms[seed / 6 % 6],
        .is_bank = is_bank,
        .is_down = !is_bank && seed % 3 == 1,
        .has_tls = seed % 5 == 0,
        .uses_tcp = seed % 3 == 0,
        .out = "/tmp/relay-runs-XXXXXX",
    };
}

static int execute(struct run *run, char *const *program)
{
    struct cut_fault fault = {.what = ""};
    struct cut_topology *topology;
    struct cut_supervisor *supervisor;
    bool is_generated;
    int status = -1;

    if (!CHECK(cut_topology_open("complete",
                                 PROCESSES,
                                 1,
                                 NULL,
                                 &is_generated,
                                 &topology,
                                 &fault) == CUT_OK))
        return status;
    struct cut_supervisor_config config = {
        .program = program,
        .topology = topology,
        .algorithm = cut_algorithm_find(run->algorithm),
        .seed = (int64_t)run->seed,
        .every = 5 * CUT_MILLISECOND,
        .pause_min = CUT_MILLISECOND,
        .timeout = 3 * CUT_SECOND,
        .until = HARM_NS + REST_NS,
        .in_progress_max = 4,
        .capacity = run->is_down ? 1 + run->seed % 8 : 1000,
        .capacity_bytes = UINT64_C(1) << 20,
        .silence = 500 * CUT_MILLISECOND,
        .clock_lead = 20 * CUT_MILLISECOND,
        .out = run->out,
        .trace = run->trace,
        .tls = run->has_tls ? all.keys : NULL,
        .uses_tcp = run->uses_tcp,
        .stays = true,
        .listen = hear,
        .reroute = reroute,
        .listener = run,
    };
    if (CHECK(cut_supervisor_create(&config, &fault, &supervisor) == CUT_OK)) {
        status = cut_supervisor_run(supervisor);
        cut_supervisor_destroy(supervisor);
    }
    cut_topology_destroy(topology);
    return status;
}

static int remove_one(const char *path,
                      const struct stat *status,
                      int kind,
                      struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_folder(const char *path)
{
    CHECK_EQ((uint64_t)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void add_up(const struct run *run)
{
    struct relay_figures figures = relay_figures(run->relay);

    all.figures.connections += figures.connections;
    for (unsigned i = 0; i < RELAY_HARMS; i++)
        all.figures.done[i] += figures.done[i];
    all.reconnects += run->status.reconnects;
    all.garbled += run->garbled;
    all.silent += run->silent;
    all.snapshots += run->complete;
}

static struct run the_run;

static void test_run(void)
{
    struct run *run = &the_run;
    char bank[256];
    char unruly[256];
    char down[] = "down";
    char none[] = "none";
    char *bank_argv[] = {bank, (char[]){TRANSFERS_TEXT}, NULL};
    char *unruly_argv[] = {unruly,
                           run->is_down ? down : none,
                           (char[]){"0"},
                           (char[]){"0"},
                           (char[]){TRANSFERS_TEXT},
                           (char[]){"3"},
                           NULL};
    struct relay_config config = {
        .seed = run->seed,
        .percent = 90,
        .bytes_max = 4000,
        .harm_ns = HARM_NS,
    };

    snprintf(bank, sizeof bank, "%s", all.bank);
    snprintf(unruly, sizeof unruly, "%s", all.unruly);
    memcpy(config.does, run->profile->does, sizeof config.does);
    run->relay = relay_create(&config);
    if (!CHECK(run->relay != NULL) || !CHECK(mkdtemp(run->out) != NULL))
        return;
    snprintf(run->trace, sizeof run->trace, "%.63s/trace", run->out);
    int status = execute(run, run->is_bank ? bank_argv : unruly_argv);
    judge(run, status);
    judge_trace(run);
    add_up(run);
    relay_destroy(run->relay);
    remove_folder(run->out);
    if (check_state.test_failed)
        printf("# ended: %s\n", run->why);
}

/* Harm was done, of each kind, and it was noticed as what it is. */
static void test_harm(void)
{
    printf("# %" PRIu64 " connections, %" PRIu64 " made again, %" PRIu64
           " found garbled, %" PRIu64 " silent; %" PRIu64 " snapshots\n",
           all.figures.connections,
           all.reconnects,
           all.garbled,
           all.silent,
           all.snapshots);
    for (unsigned i = RELAY_NONE + 1; i < RELAY_HARMS; i++)
        CHECK(all.figures.done[i] > 0);
    CHECK(all.reconnects > 0);
    CHECK(all.garbled > 0);
    CHECK(all.silent > 0);
}

int main(int argc, char **argv)
{
    struct cut_fault fault = {.what = ""};
    unsigned long runs = argc > 3 ? strtoul(argv[3], NULL, 10) : RUNS_DEFAULT;
    uint64_t first = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;

    if (argc < 3 || mkdtemp(all.keys) == NULL ||
        cut_keys_create(all.keys, CUT_KEYS_DAYS_DEFAULT, &fault) != CUT_OK) {
        fprintf(stderr, "usage: relay_runs BANK UNRULY [RUNS [SEED]]\n");
        return 2;
    }
    all.bank = argv[1];
    all.unruly = argv[2];
    for (uint64_t seed = first; seed < first + runs; seed++) {
        char name[160];
        the_run = choose(seed);
        snprintf(name,
                 sizeof name,
                 "seed %" PRIu64 ": %s, %s, %s%s%s",
                 seed,
                 the_run.profile->name,
                 the_run.is_bank ? "bank" : "numbers",
                 the_run.algorithm,
                 the_run.uses_tcp ? ", TCP" : "",
                 the_run.has_tls ? ", TLS" : "");
        check_run(name, test_run);
    }
    if (runs >= RUNS_DEFAULT)
        RUN(test_harm);
    remove_folder(all.keys);
    return check_end();
}
