#include "main/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often somebody who waits is told how far a run is. */
#define PROGRESS_EVERY_NS UINT64_C(100000000)

/* Besides those that options ask for, those that processes may ask for. */
#define SNAPSHOTS_OWN 64

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CUT_SECOND + (uint64_t)now.tv_nsec;
}

/* Keep the type of each message, for what is said of one. */
static void note_type(struct cut_run *run, const struct cut_sim_event *event)
{
    uint64_t id = event->message.id;

    if (event->kind != CUT_SIM_SEND || event->message.is_marker)
        return;
    if (id >= run->type_capacity) {
        size_t capacity = 2 * (size_t)id + 64;
        uint8_t *types = realloc(run->types, capacity);
        if (types == NULL) {
            run->answers->error = CUT_NOMEM;
            return;
        }
        run->types = types;
        run->type_capacity = capacity;
    }
    if (id >= run->type_count) {
        memset(run->types + run->type_count, 0, id + 1 - run->type_count);
        run->type_count = id + 1;
    }
    run->types[id] = event->message.type;
}

static void observe(void *context, const struct cut_sim_event *event)
{
    struct cut_run *run = context;
    const struct cut_request *request = &run->request;

    if (request->judges)
        note_type(run, event);
    if (request->observes && event->now >= request->observe_from &&
        event->now <= request->observe_until)
        cut_tell_event(run, event);
}

/* Tell who waits how far it is, now and then. */
static void beat(void *context)
{
    struct cut_run *run = context;

    if (clock_ns() - run->told_ns < PROGRESS_EVERY_NS)
        return;
    cut_tell_progress(run);
    run->told_ns = clock_ns();
}

static uint32_t snapshots_max(const struct cut_run *run)
{
    const struct cut_request *request = &run->request;
    uint64_t count = request->snapshots.count + SNAPSHOTS_OWN;

    if (run->script != NULL)
        count += cut_script_snapshot_count(run->script);

    if (request->snapshot_every > 0) {
        uint64_t repeated = request->until / request->snapshot_every + 1;
        count += repeated < CUT_REQUEST_SNAPSHOTS_MAX
                     ? repeated
                     : CUT_REQUEST_SNAPSHOTS_MAX;
    }
    return (uint32_t)count;
}

static struct cut_sim_config config_of(const struct cut_run *run,
                                       struct cut_fault *fault)
{
    const struct cut_request *request = &run->request;

    return (struct cut_sim_config){
        .topology = request->topology,
        .seed = request->seed,
        .snapshots_max = snapshots_max(run),
        .process = run->process,
        .arguments = request->arguments,
        .argument_count = request->argument_count,
        .algorithm = request->algorithm,
        .network = &request->network,
        .clock_lead = request->clock_lead,
        .clock_bound = request->clock_bound,
        .snapshot_timeout = request->snapshot_timeout,
        .fault = fault,
        .checks_save = request->checks_save,
    };
}

static enum cut_error refuse_sim(enum cut_error error,
                                 const struct cut_fault *fault,
                                 struct cut_refusal *refusal)
{
    if (error == CUT_OK || error == CUT_NOMEM)
        return error == CUT_OK ? CUT_OK : cut_refuse_memory(refusal);
    return cut_refuse(refusal, "", "%s", fault->what);
}

/* Whether a script spends too much shows only as it runs, and then nothing may
 * have been told: so it is tried out first. */
static enum cut_error try_script(const struct cut_run *run,
                                 struct cut_refusal *refusal)
{
    struct cut_fault fault = {0};
    struct cut_sim_config config = config_of(run, &fault);
    struct cut_sim *sim = NULL;

    if (run->script == NULL)
        return CUT_OK;
    enum cut_error error =
        refuse_sim(cut_sim_create(&config, &sim), &fault, refusal);
    if (error == CUT_OK)
        error = cut_run_play_script(run, sim, refusal);
    cut_sim_destroy(sim);
    return error;
}

static enum cut_error create(struct cut_run *run, struct cut_refusal *refusal)
{
    const struct cut_request *request = &run->request;
    struct cut_fault fault = {0};

    if (request->judges &&
        cut_trace_create(cut_topology_process_count(request->topology),
                         NULL,
                         &run->trace) != CUT_OK)
        return cut_refuse_memory(refusal);
    struct cut_sim_config config = config_of(run, &fault);
    config.trace = run->trace;
    if (request->observes || request->judges)
        config.observer = (struct cut_sim_observer){observe, run};
    if (request->reports)
        config.pulse = (struct cut_sim_pulse){beat, run};
    return refuse_sim(cut_sim_create(&config, &run->sim), &fault, refusal);
}

/* A process joins once, before anything else becomes of it. */
static bool is_possible(const struct cut_moments *changes, size_t index)
{
    const struct cut_moment *it = &changes->all[index];

    for (size_t i = 0; i < changes->count; i++) {
        const struct cut_moment *other = &changes->all[i];
        if (i == index || other->process != it->process ||
            other->change != CUT_SIM_CHANGE_JOIN)
            continue;
        if (it->change == CUT_SIM_CHANGE_JOIN || it->time <= other->time)
            return false;
    }
    return true;
}

static enum cut_error
plan_change(struct cut_run *run, size_t index, struct cut_refusal *refusal)
{
    static const char *const words[] = {
        [CUT_SIM_CHANGE_JOIN] = "join",
        [CUT_SIM_CHANGE_LEAVE] = "leave",
        [CUT_SIM_CHANGE_CRASH] = "crash",
    };
    const struct cut_request *request = &run->request;
    const struct cut_moment *moment = &request->changes.all[index];
    const char *name = cut_topology_name(request->topology, moment->process);
    const char *word = words[moment->change];

    if (!is_possible(&request->changes, index))
        return cut_refuse(refusal,
                          word,
                          "%s joins %s (expected once, and before it leaves "
                          "or crashes)",
                          name,
                          moment->change == CUT_SIM_CHANGE_JOIN ? "twice"
                                                                : "later");
    enum cut_error error = cut_sim_change_at(
        run->sim, moment->time, moment->process, moment->change);
    if (error == CUT_INVALID)
        return cut_refuse(
            refusal,
            word,
            "the algorithm %s does not follow changes of membership (expected "
            "chandy-lamport)",
            cut_algorithm_traits(request->algorithm)->name);
    return error == CUT_OK ? CUT_OK : cut_refuse_memory(refusal);
}

/* Say when snapshots are taken, and who joins, leaves and crashes. */
static enum cut_error plan(struct cut_run *run, struct cut_refusal *refusal)
{
    const struct cut_request *request = &run->request;
    enum cut_error error = CUT_OK;

    for (size_t i = 0; i < request->changes.count && error == CUT_OK; i++)
        error = plan_change(run, i, refusal);
    if (error != CUT_OK)
        return error;
    for (size_t i = 0; i < request->snapshots.count && error == CUT_OK; i++)
        error = cut_sim_snapshot_at(run->sim,
                                    request->snapshots.all[i].time,
                                    0,
                                    request->snapshots.all[i].process);
    if (error == CUT_OK && request->snapshot_every > 0)
        error = cut_sim_snapshot_at(
            run->sim, request->snapshot_every, request->snapshot_every, 0);
    return error == CUT_OK ? CUT_OK : cut_refuse_memory(refusal);
}

/* Add up what there is before anything happens. */
static enum cut_error count_start(struct cut_run *run)
{
    uint32_t count = cut_topology_process_count(run->request.topology);
    enum cut_error error = cut_facts_create(NULL, &run->facts);

    if (run->process->facts == NULL || run->request.shown_max == 0)
        return error;
    for (uint32_t p = 0; p < count && error == CUT_OK; p++) {
        cut_facts_clear(run->facts);
        error = cut_sim_facts(run->sim, p, run->facts);
        if (error == CUT_OK)
            cut_totals_add(&run->start, run->facts, CUT_TOTALS_START);
    }
    return error;
}

static void answer(struct cut_run *run)
{
    static const char *const reasons[] = {
        [CUT_SIM_END_QUIET] = "quiet",
        [CUT_SIM_END_TIME] = "time",
        [CUT_SIM_END_EVENTS] = "events",
    };
    enum cut_sim_end end = CUT_SIM_END_QUIET;
    struct cut_sim_snapshot_info info;
    struct cut_refusal refusal = {0};

    cut_tell_system(run);
    run->told_ns = clock_ns();
    enum cut_error error = count_start(run);
    if (error == CUT_OK)
        error = cut_run_play_script(run, run->sim, &refusal);
    if (error == CUT_OK)
        error = cut_sim_run(
            run->sim, run->request.until, run->request.events_max, &end);
    if (error == CUT_NOMEM) {
        (void)cut_refuse_memory(&refusal);
        cut_tell_refusal(run->answers, &refusal);
        return;
    }
    const char *why = error == CUT_OK ? reasons[end] : "failure";
    for (uint64_t i = 0; cut_sim_snapshot_info(run->sim, i, &info); i++)
        cut_tell_snapshot(run, i, &info, why);
    cut_tell_end(run, why);
}

void cut_run_perform(struct cut_answers *answers,
                     const struct cut_process *process,
                     json_t *object)
{
    struct cut_run run = {.answers = answers, .process = process};
    struct cut_refusal refusal = {.what = ""};
    enum cut_error error = cut_request_read(object, &run.request, &refusal);

    if (error == CUT_OK)
        error = cut_run_read_script(&run, &refusal);
    if (error == CUT_OK)
        error = try_script(&run, &refusal);
    if (error == CUT_OK)
        error = create(&run, &refusal);
    if (error == CUT_OK)
        error = plan(&run, &refusal);
    if (error == CUT_OK)
        answer(&run);
    else
        cut_tell_refusal(answers, &refusal);
    cut_sim_destroy(run.sim);
    cut_script_destroy(run.script);
    cut_trace_destroy(run.trace);
    cut_facts_destroy(run.facts);
    cut_request_fini(&run.request);
    free(run.types);
}
