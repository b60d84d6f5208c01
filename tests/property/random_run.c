#include "random_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOTS_MAX 10
#define CHANGES_MAX 4
#define FAR (UINT64_C(10000000) * CUT_SECOND)

const char *const channels_names[CHANNELS_COUNT] = {
    [CHANNELS_FIFO] = "fifo",
    [CHANNELS_REORDERING] = "reordering",
    [CHANNELS_RELIABLE] = "reliable",
    [CHANNELS_OVERTAKING] = "overtaking",
    [CHANNELS_QUEUEING] = "queueing",
    [CHANNELS_SEPARATE] = "separate",
    [CHANNELS_SKEWED] = "skewed",
    [CHANNELS_VIEWS] = "views",
    [CHANNELS_RAW] = "raw",
    [CHANNELS_LIES] = "lies",
};

/* All of a run. */
struct run {
    uint64_t random;
    enum channels channels;
    const struct cut_algorithm *algorithm;
    const struct cut_algorithm_traits *traits;
    char shape[32];
    char texts[ACTOR_ARGUMENTS][24];
    char *arguments[ACTOR_ARGUMENTS];
    const char *delay;
    struct cut_sim_network network;
    struct cut_sim_config config;
    struct cut_topology *topology;
    struct cut_trace *trace;
    struct cut_sim *sim;
    struct witness *witness;
    struct random_result *result;
    uint64_t duration;   /* in which snapshots are begun */
    uint32_t initiators; /* who may begin one: the first so many */
    bool has_patience;   /* no snapshot is given up that could go on */
    bool verbose;
};

static uint64_t draw(struct run *run, uint64_t below)
{
    uint64_t z = run->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static bool is_one_of(struct run *run, uint64_t count)
{
    return draw(run, count) == 0;
}

__attribute__((format(printf, 2, 3))) static void
fail(struct run *run, const char *format, ...)
{
    va_list arguments;

    if (run->result->failure[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(
        run->result->failure, sizeof run->result->failure, format, arguments);
    va_end(arguments);
}

/* What is expected */

enum outlook random_run_outlook(const struct cut_algorithm *algorithm,
                                enum channels channels)
{
    const struct cut_algorithm_traits *traits = cut_algorithm_traits(algorithm);

    if (channels == CHANNELS_VIEWS && !traits->follows_views)
        return OUTLOOK_NONE;
    if (channels == CHANNELS_SEPARATE && !traits->markers_in_channel)
        return OUTLOOK_NONE;
    if (channels == CHANNELS_LIES)
        return traits->needs_clock ? OUTLOOK_WRONG : OUTLOOK_NONE;
    if (!traits->is_right)
        return OUTLOOK_WRONG;
    if (channels == CHANNELS_RAW)
        return traits->needs_fifo ? OUTLOOK_WRONG : OUTLOOK_ANY;
    if (channels == CHANNELS_REORDERING && traits->needs_fifo)
        return OUTLOOK_WRONG;
    return channels == CHANNELS_QUEUEING ? OUTLOOK_SAFE : OUTLOOK_RIGHT;
}

/* What is chosen */

/* Snapshots may have to wait for ever. */
static bool may_hang(const struct run *run)
{
    switch (run->channels) {
    case CHANNELS_OVERTAKING:
    case CHANNELS_QUEUEING:
    case CHANNELS_VIEWS:
    case CHANNELS_RAW:
        return true;
    case CHANNELS_REORDERING:
        return run->traits->needs_fifo;
    case CHANNELS_SEPARATE:
        return run->network.capacity > 0;
    case CHANNELS_FIFO:
    case CHANNELS_RELIABLE:
    case CHANNELS_SKEWED:
    case CHANNELS_LIES:
    case CHANNELS_COUNT:
        break;
    }
    return false;
}

static void choose_topology(struct run *run)
{
    unsigned n = 2 + (unsigned)draw(run, 11);
    unsigned rows = 1 + (unsigned)draw(run, 3);
    unsigned columns = 1 + (unsigned)draw(run, 4);
    unsigned least = run->channels == CHANNELS_VIEWS ? 3 : 2;

    if (n < least)
        n = least;
    switch (draw(run, 10)) {
    case 0:
        snprintf(run->shape, sizeof run->shape, "ring:%u", n);
        break;
    case 1:
        snprintf(run->shape,
                 sizeof run->shape,
                 "line:%u",
                 is_one_of(run, 8) ? 1 : n);
        break;
    case 2:
        snprintf(run->shape, sizeof run->shape, "star:%u", n);
        break;
    case 3:
        snprintf(run->shape, sizeof run->shape, "grid:%ux%u", rows, columns);
        break;
    case 4:
        snprintf(run->shape, sizeof run->shape, "hypercube:%u", rows);
        break;
    case 5:
        snprintf(run->shape, sizeof run->shape, "tree:%u:%u", n, rows);
        break;
    case 6:
        snprintf(run->shape, sizeof run->shape, "complete:%u", n);
        break;
    case 7:
        snprintf(run->shape, sizeof run->shape, "torus:%ux%u", rows, columns);
        break;
    case 8:
        if (run->channels != CHANNELS_VIEWS) {
            snprintf(run->shape, sizeof run->shape, "down:%u", n);
            break;
        }
        /* fall through */
    default:
        snprintf(run->shape,
                 sizeof run->shape,
                 "random:%u:%" PRIu64,
                 n,
                 1 + draw(run, n - 1));
        break;
    }
}

static void choose_delay(struct run *run)
{
    static const char *const delays[] = {
        "constant:1ms",
        "constant:0",
        "uniform:0-5ms",
        "uniform:1ms-2ms",
        "exponential:1ms",
        "pareto:100us:1.5",
        "uniform:0-3",
        "exponential:300us",
    };

    run->delay = delays[draw(run, sizeof delays / sizeof delays[0])];
    /* Where a token goes round for ever, it is to take its time. */
    if (may_hang(run) && strcmp(run->delay, "constant:0") == 0)
        run->delay = "constant:10us";
    /* Without variety there is no other order, and nothing to be found. */
    if (run->channels == CHANNELS_REORDERING)
        run->delay = delays[2 + draw(run, 6)];
    if (cut_delay_parse(run->delay, &run->network.delay, NULL) != CUT_OK)
        abort();
}

static void choose_argument(struct run *run, unsigned index, uint64_t value)
{
    snprintf(run->texts[index], sizeof run->texts[index], "%" PRIu64, value);
    run->arguments[index] = run->texts[index];
}

static void choose_program(struct run *run)
{
    bool is_down = strncmp(run->shape, "down:", 5) == 0;
    bool is_bounded = run->channels == CHANNELS_OVERTAKING ||
                      run->channels == CHANNELS_QUEUEING;

    choose_argument(run, 0, 1 + draw(run, is_bounded ? 40 : 25));
    choose_argument(run, 1, 1 + draw(run, 4));
    choose_argument(run, 2, draw(run, 3 * CUT_MILLISECOND));
    choose_argument(run, 3, is_one_of(run, 4) && !is_down ? draw(run, 20) : 0);
    choose_argument(run, 4, run->channels == CHANNELS_VIEWS ? draw(run, 2) : 0);
    run->config.process = is_one_of(run, 2) ? &actor_plain : &actor_saved;
    run->config.arguments = run->arguments;
    run->config.argument_count = ACTOR_ARGUMENTS;
    run->config.checks_save = is_one_of(run, 4);
}

static void choose_links(struct run *run)
{
    run->network.is_reliable = true;
    run->network.loss = (uint32_t)draw(run, CUT_SIM_ALWAYS / 2);
    run->network.duplicate = (uint32_t)draw(run, CUT_SIM_ALWAYS / 2);
    run->network.reorders = is_one_of(run, 2);
}

/* Small ones stop the program for ever, large ones hold nobody up. */
static uint32_t draw_capacity(struct run *run)
{
    return 1 + (uint32_t)draw(run, is_one_of(run, 2) ? 4 : 20);
}

static void choose_bound(struct run *run)
{
    run->network.capacity = draw_capacity(run);
    if (is_one_of(run, 4))
        choose_links(run);
    else if (!run->traits->needs_fifo && is_one_of(run, 2))
        run->network.reorders = true;
}

static void choose_channels(struct run *run)
{
    struct cut_sim_network *network = &run->network;

    switch (run->channels) {
    case CHANNELS_REORDERING:
        network->reorders = true;
        break;
    case CHANNELS_RELIABLE:
        choose_links(run);
        break;
    case CHANNELS_QUEUEING:
        network->markers = CUT_SIM_MARKERS_QUEUE;
        choose_bound(run);
        break;
    case CHANNELS_OVERTAKING:
        choose_bound(run);
        break;
    case CHANNELS_SEPARATE:
        network->markers = CUT_SIM_MARKERS_SEPARATE;
        if (is_one_of(run, 2))
            network->capacity = draw_capacity(run);
        if (is_one_of(run, 3))
            choose_links(run);
        break;
    case CHANNELS_VIEWS:
        if (is_one_of(run, 3))
            network->markers = CUT_SIM_MARKERS_SEPARATE;
        if (is_one_of(run, 3))
            network->capacity = draw_capacity(run);
        if (is_one_of(run, 3))
            choose_links(run);
        break;
    case CHANNELS_RAW:
        network->loss = (uint32_t)draw(run, CUT_SIM_ALWAYS / 5);
        network->duplicate = (uint32_t)draw(run, CUT_SIM_ALWAYS / 5);
        network->reorders = is_one_of(run, 2);
        break;
    case CHANNELS_FIFO:
    case CHANNELS_SKEWED:
    case CHANNELS_LIES:
    case CHANNELS_COUNT:
        break;
    }
}

static void choose_clocks(struct run *run)
{
    uint64_t skew = 1 + draw(run, 10 * CUT_MILLISECOND);
    bool is_skewed =
        run->channels == CHANNELS_SKEWED || run->channels == CHANNELS_LIES;

    if (is_skewed)
        run->network.skew = skew;
    if (run->channels == CHANNELS_SKEWED || is_one_of(run, 4))
        run->config.clock_bound =
            is_one_of(run, 2) ? skew : skew + draw(run, skew);
    if (run->channels == CHANNELS_LIES)
        run->config.clock_bound = 0;
    if (!is_one_of(run, 3))
        run->config.clock_lead =
            run->network.skew + 1 + draw(run, 20 * CUT_MILLISECOND);
}

/*
 * A short one, or where snapshots may have to wait for ever one that is longer
 * than all else; but a token is not to go round as long as that.
 */
static void choose_timeout(struct run *run)
{
    run->has_patience = !is_one_of(run, 6);
    if (!run->has_patience)
        run->config.snapshot_timeout = 1 + draw(run, 10 * CUT_MILLISECOND);
    else if (may_hang(run))
        run->config.snapshot_timeout = 10000 * CUT_SECOND;
    if (may_hang(run) && run->algorithm == cut_algorithm_find("mattern")) {
        run->has_patience = false;
        run->config.snapshot_timeout = CUT_SECOND / 4;
    }
}

static void choose(struct run *run)
{
    choose_topology(run);
    choose_delay(run);
    choose_program(run);
    choose_channels(run);
    choose_clocks(run);
    choose_timeout(run);
    run->duration = (1 + draw(run, 20)) * CUT_MILLISECOND;
}

static void describe(const struct run *run)
{
    const struct cut_sim_network *network = &run->network;

    printf("# %s on %s: %s, delay %s, program %s %s %s %s %s%s%s\n",
           run->traits->name,
           channels_names[run->channels],
           run->shape,
           run->delay,
           run->texts[0],
           run->texts[1],
           run->texts[2],
           run->texts[3],
           run->texts[4],
           run->config.process->save != NULL ? ", saved" : "",
           run->config.checks_save ? ", checked" : "");
    printf("# loss %u, duplicate %u%s%s, markers %d, capacity %u, skew "
           "%" PRIu64 ", bound %" PRIu64 ", lead %" PRIu64 ", time-out %" PRIu64
           "\n",
           network->loss,
           network->duplicate,
           network->reorders ? ", reorders" : "",
           network->is_reliable ? ", reliable" : "",
           (int)network->markers,
           network->capacity,
           network->skew,
           run->config.clock_bound,
           run->config.clock_lead,
           run->config.snapshot_timeout);
}

/* Making it */

static void show(const struct cut_sim_event *event)
{
    static const char *const names[] = {
        "send",
        "deliver",
        "capture",
        "record",
        "part",
        "complete",
        "start",
        "timer",
        "input",
        "print",
        "lose",
        "stop",
        "resume",
        "abort",
        "join",
        "leave",
        "crash",
    };

    printf("# %" PRIu64 " %s", event->now, names[event->kind]);
    if (event->process != CUT_NONE)
        printf(" p%u", event->process);
    if (event->peer != CUT_NONE)
        printf(" peer p%u, %s %" PRIu64,
               event->peer,
               event->message.is_marker ? "marker" : "message",
               event->message.is_marker ? event->message.value
                                        : event->message.id);
    if (event->snapshot != UINT64_MAX)
        printf(", snapshot %" PRIu64, event->snapshot);
    printf("%s%s\n",
           event->text != NULL ? ": " : "",
           event->text != NULL ? event->text : "");
}

static void see(void *context, const struct cut_sim_event *event)
{
    const struct run *run = context;

    if (run->verbose)
        show(event);
    witness_see(run->witness, event);
}

/* Channels lead from lower to higher numbers: p0 alone reaches all. */
static enum cut_error build_down(struct run *run, uint32_t count)
{
    enum cut_error error = cut_topology_create(NULL, &run->topology);
    char name[16];

    for (uint32_t p = 0; p < count && error == CUT_OK; p++) {
        int size = snprintf(name, sizeof name, "q%02u", p);
        error = cut_topology_add_process(run->topology, name, (size_t)size, 0);
        for (uint32_t q = 0; q < p && error == CUT_OK; q++)
            if (q == draw(run, p) || is_one_of(run, 3) || q + 1 == p)
                error = cut_topology_add_channel(run->topology, q, p);
    }
    run->initiators = 1;
    return error == CUT_OK ? cut_topology_seal(run->topology) : error;
}

static bool make_topology(struct run *run, struct cut_fault *fault)
{
    bool is_down = strncmp(run->shape, "down:", 5) == 0;
    int64_t seed = (int64_t)draw(run, 1u << 30);
    enum cut_error error =
        is_down ? build_down(run, (uint32_t)strtoul(run->shape + 5, NULL, 10))
                : cut_topology_generate(
                      run->shape, seed, NULL, &run->topology, fault);

    if (error != CUT_OK)
        return false;
    if (run->initiators == 0)
        run->initiators = cut_topology_process_count(run->topology);
    return true;
}

static bool create(struct run *run)
{
    struct cut_fault fault = {.code = CUT_OK};
    const struct cut_sim_network *network = &run->network;

    if (!make_topology(run, &fault) ||
        cut_trace_create(cut_topology_process_count(run->topology),
                         NULL,
                         &run->trace) != CUT_OK) {
        fail(run, "%s: %s", run->shape, fault.what);
        return false;
    }
    run->config.topology = run->topology;
    run->config.algorithm = run->algorithm;
    run->config.network = network;
    run->config.trace = run->trace;
    run->config.fault = &fault;
    run->config.seed = (int64_t)draw(run, UINT64_C(1) << 62);
    run->config.observer = (struct cut_sim_observer){see, run};
    witness_begin(
        run->witness,
        &(struct witness_terms){
            .topology = run->topology,
            .process = run->config.process,
            .is_fifo = network->is_reliable || !network->reorders,
            .is_exact = run->channels != CHANNELS_RAW,
            .capacity = network->capacity,
            .markers_take_room = network->markers == CUT_SIM_MARKERS_QUEUE &&
                                 run->traits->markers_in_channel,
        });
    if (cut_sim_create(&run->config, &run->sim) == CUT_OK)
        return true;
    fail(run, "it cannot be created: %s", fault.what);
    return false;
}

static void check(struct run *run, enum cut_error error, const char *what)
{
    if (error != CUT_OK)
        fail(run,
             "%s: %s, %s",
             what,
             cut_error_name(error),
             cut_sim_failure(run->sim));
}

static uint32_t draw_process(struct run *run)
{
    return (uint32_t)draw(run, cut_topology_process_count(run->topology));
}

static uint32_t draw_initiator(struct run *run)
{
    return (uint32_t)draw(run, run->initiators);
}

static void plan_snapshots(struct run *run)
{
    uint64_t count = 1 + draw(run, SNAPSHOTS_MAX);
    uint64_t time = draw(run, run->duration);

    for (uint64_t i = 0; i < count; i++) {
        uint32_t process = draw_initiator(run);
        /* Often several at one time. */
        if (!is_one_of(run, 4))
            time = draw(run, run->duration);
        check(run,
              cut_sim_snapshot_at(run->sim, time, 0, process),
              "planning a snapshot");
    }
    if (is_one_of(run, 8))
        check(run,
              cut_sim_snapshot_at(
                  run->sim, time, run->duration / 4 + 1, draw_initiator(run)),
              "planning snapshots");
}

/* Too many snapshots, no member, joins twice: nothing was done. */
static bool is_refusal(const struct run *run, enum cut_error error)
{
    return error == CUT_LIMIT ||
           (error == CUT_STATE && cut_sim_failure(run->sim)[0] == '\0');
}

static void plan_changes(struct run *run)
{
    uint64_t count = draw(run, CHANGES_MAX + 1);

    for (uint64_t i = 0; i < count; i++) {
        uint32_t process = draw_process(run);
        uint64_t time = draw(run, 2 * run->duration);
        enum cut_sim_change change = (enum cut_sim_change)draw(run, 3);
        enum cut_error error =
            cut_sim_change_at(run->sim, time, process, change);
        if (!is_refusal(run, error))
            check(run, error, "planning a change");
        if (change == CUT_SIM_CHANGE_JOIN)
            witness_is_absent(run->witness, process);
    }
}

/* Let it run for a while, and do to it what can be done from outside. */
static void interfere(struct run *run)
{
    uint64_t count = draw(run, 4);
    enum cut_sim_end end;
    uint64_t number = 0;

    for (uint64_t i = 0; i < count; i++) {
        uint64_t until = cut_sim_now(run->sim) + draw(run, run->duration);
        uint64_t events = cut_sim_stats(run->sim).events + draw(run, 100);
        check(
            run,
            cut_sim_run(
                run->sim, until, is_one_of(run, 2) ? events : UINT64_MAX, &end),
            "running");
        enum cut_error error = CUT_OK;
        if (is_one_of(run, 2))
            error = cut_sim_input(run->sim, draw_process(run), "x", 1);
        if (!is_refusal(run, error))
            check(run, error, "giving input");
        if (is_one_of(run, 3))
            error = cut_sim_snapshot(run->sim, draw_initiator(run), &number);
        if (!is_refusal(run, error))
            check(run, error, "asking for a snapshot");
    }
}

/* Judging it */

static void
compare(struct run *run, uint64_t number, const struct cut_verdict *seen)
{
    bool is_fifo = run->network.is_reliable || !run->network.reorders;
    struct cut_verdict said = {.kind = CUT_VERDICT_ABORTED};
    enum cut_error error = cut_judge(run->trace, number, is_fifo, NULL, &said);
    bool is_judged = seen->kind != CUT_VERDICT_ABORTED &&
                     seen->kind != CUT_VERDICT_INCOMPLETE;

    if (error != CUT_OK)
        fail(run, "cut_judge says %s", cut_error_name(error));
    else if (said.kind != seen->kind || said.message != seen->message ||
             said.process != seen->process ||
             (is_judged && (said.recorded_count != seen->recorded_count ||
                            said.crossing_count != seen->crossing_count)))
        fail(run,
             "snapshot %" PRIu64 ": cut_judge says %d, message %" PRIu64
             ", %" PRIu64 " recorded, %" PRIu64 " crossing; the witness %d, "
             "message %" PRIu64 ", %" PRIu64 ", %" PRIu64,
             number,
             (int)said.kind,
             said.message,
             said.recorded_count,
             said.crossing_count,
             (int)seen->kind,
             seen->message,
             seen->recorded_count,
             seen->crossing_count);
}

static void judge_one(struct run *run, uint64_t number)
{
    enum outlook outlook = random_run_outlook(run->algorithm, run->channels);
    struct random_result *result = run->result;
    struct cut_verdict verdict;

    witness_judge(run->witness, run->sim, number, &verdict);
    if (run->verbose)
        printf("# snapshot %" PRIu64 ": verdict %d, message %" PRId64
               ", %" PRIu64 " recorded, %" PRIu64 " crossing\n",
               number,
               (int)verdict.kind,
               (int64_t)verdict.message,
               verdict.recorded_count,
               verdict.crossing_count);
    compare(run, number, &verdict);
    result->recorded += verdict.recorded_count;
    result->aborted += verdict.kind == CUT_VERDICT_ABORTED;
    result->open += verdict.kind == CUT_VERDICT_INCOMPLETE;
    if (verdict.kind == CUT_VERDICT_ABORTED ||
        verdict.kind == CUT_VERDICT_INCOMPLETE)
        return;
    result->complete++;
    result->wrong += verdict.kind != CUT_VERDICT_CONSISTENT;
    if (verdict.kind != CUT_VERDICT_CONSISTENT &&
        (outlook == OUTLOOK_RIGHT || outlook == OUTLOOK_SAFE))
        fail(run,
             "snapshot %" PRIu64 " is wrong: verdict %d, message %" PRIu64,
             number,
             (int)verdict.kind,
             verdict.message);
}

/* All that can come to an end has. */
static void check_end(struct run *run, enum cut_sim_end end)
{
    enum outlook outlook = random_run_outlook(run->algorithm, run->channels);
    uint64_t underway = witness_underway_count(run->witness);
    struct cut_sim_stats stats = cut_sim_stats(run->sim);

    witness_check_stats(run->witness, &stats);
    if (end != CUT_SIM_END_QUIET)
        fail(run, "it does not come to an end");
    if (underway > 0 && run->network.capacity == 0 &&
        run->channels != CHANNELS_RAW)
        fail(run, "%" PRIu64 " messages are never delivered", underway);
    if (outlook != OUTLOOK_RIGHT)
        return;
    /* Counted messages of a program that stands still for ever do not come;
     * markers overtake them. */
    bool is_stuck = underway > 0 && !run->traits->markers_in_channel;
    /* Where some leave, the others may not reach each other any more. */
    bool is_whole = run->channels != CHANNELS_VIEWS ||
                    cut_topology_is_complete(run->topology);
    if (run->has_patience && is_whole && !is_stuck &&
        witness_timed_out_count(run->witness) > 0)
        fail(run, "snapshots take for ever");
    if (run->result->open > 0)
        fail(run, "%u snapshots never end", run->result->open);
    if (witness_somebody_stands_still(run->witness))
        fail(run, "a process stands still for ever");
    if (stats.markers_refused > 0)
        fail(run, "markers were refused");
}

static void judge(struct run *run, enum cut_sim_end end)
{
    uint64_t count = cut_sim_stats(run->sim).snapshots_begun;

    for (uint64_t i = 0; i < count; i++)
        judge_one(run, i);
    check_end(run, end);
    if (witness_complaint(run->witness) != NULL)
        fail(run, "%s", witness_complaint(run->witness));
}

void random_run(const struct cut_algorithm *algorithm,
                enum channels channels,
                uint64_t seed,
                bool verbose,
                struct witness *witness,
                struct random_result *out)
{
    struct run run = {
        .random = seed * UINT64_C(0xda942042e4dd58b5) + (uint64_t)channels,
        .channels = channels,
        .algorithm = algorithm,
        .traits = cut_algorithm_traits(algorithm),
        .witness = witness,
        .result = out,
        .verbose = verbose,
    };
    enum cut_sim_end end = CUT_SIM_END_QUIET;

    *out = (struct random_result){.complete = 0};
    choose(&run);
    if (verbose)
        describe(&run);
    if (create(&run)) {
        plan_snapshots(&run);
        if (channels == CHANNELS_VIEWS)
            plan_changes(&run);
        interfere(&run);
        check(&run, cut_sim_run(run.sim, FAR, UINT64_MAX, &end), "running");
        judge(&run, end);
    }
    cut_sim_destroy(run.sim);
    cut_trace_destroy(run.trace);
    cut_topology_destroy(run.topology);
}
