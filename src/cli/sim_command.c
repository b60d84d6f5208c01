/*
 * `cutline sim`: read, run, report.
 */
#include "commands.h"
#include "expect.h"
#include "input.h"
#include "log.h"
#include "out_dir.h"
#include "progress.h"
#include "run_options.h"
#include "sim_json.h"
#include "sim_output.h"
#include "sim_program.h"

#include <cutline/script.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Lines and ticks between two looks at how far the run is. */
#define STEPS_AT_ONCE 64

/* All that a run of the command holds. */
struct sim_run {
    const struct cut_arguments *arguments;
    const struct cut_command *command;
    struct cut_terminal terminal;
    struct cut_topology *topology;
    struct cut_script *script;
    struct cut_expectations *expectations;
    struct cut_sim *sim;
    struct cut_log *log;
    struct cut_diagram *diagram;
    struct cut_sim_json json;
    struct cut_out_dir out_dir;
    struct cut_progress progress;
    bool has_failed; /* a check did not hold */
};

static bool is_given(const struct sim_run *run, enum cut_option_id id)
{
    return cut_arguments_flag(run->arguments, (int)id);
}

static const char *text_of(const struct sim_run *run, enum cut_option_id id)
{
    return cut_arguments_text(run->arguments, (int)id);
}

static enum cut_error complain(const struct sim_run *run, enum cut_error error)
{
    if (error != CUT_OK)
        cut_complain(stderr, run->command, "%s", cut_error_sentence(error));
    return error;
}

/* Reading */

static enum cut_error read_topology(struct sim_run *run)
{
    const char *path = text_of(run, CUT_OPTION_TOPOLOGY);
    struct cut_input input;
    enum cut_error error = cut_input_open(&input, run->command, path);

    if (error != CUT_OK)
        return error;
    error =
        cut_topology_read(input.file, path, NULL, &run->topology, &input.fault);
    cut_input_close(&input, error);
    return error;
}

static enum cut_error read_script(struct sim_run *run)
{
    const char *path = text_of(run, CUT_OPTION_EVENTS);
    struct cut_input input;
    enum cut_error error = cut_input_open(&input, run->command, path);

    if (error != CUT_OK)
        return error;
    error = cut_script_read(
        input.file, path, run->topology, NULL, &run->script, &input.fault);
    cut_input_close(&input, error);
    return error;
}

static enum cut_error read_all(struct sim_run *run)
{
    enum cut_error error = cut_sim_check_output(run->arguments);

    if (error == CUT_OK)
        error = read_topology(run);
    if (error == CUT_OK)
        error = read_script(run);
    if (error == CUT_OK)
        error = cut_expectations_read(
            run->arguments, run->topology, &run->expectations);
    return error;
}

/* Running */

static int64_t seed_of(const struct sim_run *run)
{
    return cut_arguments_integer(run->arguments, CUT_OPTION_SEED, CUT_SIM_SEED);
}

static enum cut_error run_script(struct sim_run *run,
                                 struct cut_sim_observer observer)
{
    struct cut_sim_config config = {
        .topology = run->topology,
        .seed = seed_of(run),
        .snapshots_max = cut_script_snapshot_count(run->script),
        .observer = observer,
    };
    struct cut_script_position position = {0};
    struct cut_fault fault;
    enum cut_error error = cut_sim_create(&config, &run->sim);

    if (error != CUT_OK)
        return complain(run, error);
    while (error == CUT_OK && !position.is_at_end) {
        error = cut_script_run_some(
            run->script, run->sim, &position, STEPS_AT_ONCE, &fault);
        cut_progress_show(&run->progress, run->sim);
    }
    cut_progress_clear(&run->progress);
    if (error != CUT_OK)
        cut_complain_fault(run->command, &fault);
    return error;
}

/* Whoever watches a run. */
static void observe(void *context, const struct cut_sim_event *event)
{
    struct sim_run *run = context;

    if (run->json.has_log)
        cut_sim_json_observe(&run->json, event);
    if (run->log != NULL)
        cut_log_observe(run->log, event);
    if (run->diagram != NULL)
        cut_diagram_observe(run->diagram, event);
}

static enum cut_error create_diagram(struct sim_run *run)
{
    struct cut_cast cast = cut_cast_of(run->topology);

    return cut_columns_diagram(
        run->arguments, &cast, &run->terminal, &run->diagram);
}

static enum cut_error create_observers(struct sim_run *run)
{
    enum cut_error error = CUT_OK;
    run->terminal = cut_sim_terminal(run->arguments);
    if (is_given(run, CUT_OPTION_LOG) && !is_given(run, CUT_OPTION_JSON))
        error = complain(
            run,
            cut_log_create(
                stdout, run->topology, &run->terminal, NULL, &run->log));
    if (error == CUT_OK && is_given(run, CUT_OPTION_DIAGRAM))
        error = create_diagram(run);
    return error;
}

static enum cut_error finish_observers(struct sim_run *run)
{
    enum cut_error error = CUT_OK;

    if (run->log != NULL)
        error = cut_log_finish(run->log);
    if (error == CUT_OK && run->diagram != NULL)
        error = cut_diagram_write(run->diagram, stdout);
    return complain(run, error);
}

/* Reporting */

/*
 * What a token system must keep (1985, section 1: the single-token
 * conservation system): the tokens of a snapshot, in processes and on their
 * way, are those of the start.
 */
static bool is_conserved(const struct sim_run *run,
                         const struct cut_snapshot *snapshot)
{
    uint64_t start = cut_topology_tokens_total(run->topology);
    uint64_t in_processes;
    uint64_t in_channels;

    cut_snapshot_total(snapshot, &in_processes, &in_channels);
    if (in_processes + in_channels == start)
        return true;
    cut_complain(stderr,
                 run->command,
                 "snapshot %" PRIu64 " does not conserve tokens: %" PRIu64
                 " in servers and %" PRIu64 " in channels are %" PRIu64
                 " (expected %" PRIu64 ", as at the start)",
                 snapshot->number,
                 in_processes,
                 in_channels,
                 in_processes + in_channels,
                 start);
    return false;
}

static enum cut_error show(struct sim_run *run,
                           const struct cut_snapshot *snapshot,
                           const struct cut_sim_verdict *verdict)
{
    if (is_given(run, CUT_OPTION_OUT)) {
        enum cut_error error = cut_out_dir_write(&run->out_dir, snapshot);
        if (error != CUT_OK)
            return error;
    }
    if (is_given(run, CUT_OPTION_JSON)) {
        cut_sim_json_snapshot(&run->json, snapshot, verdict);
        return CUT_OK;
    }
    if (is_given(run, CUT_OPTION_OUT) || is_given(run, CUT_OPTION_QUIET))
        return CUT_OK;
    bool is_first =
        snapshot->number == 0 && run->log == NULL && run->diagram == NULL;
    if (!is_first)
        putchar('\n');
    /* A full disk is found when standard output is flushed at the end. */
    enum cut_error error = cut_snapshot_write(snapshot, stdout);
    return error == CUT_IO ? CUT_OK : error;
}

static enum cut_error report_snapshot(struct sim_run *run, uint64_t number)
{
    struct cut_snapshot *snapshot;
    enum cut_error error = cut_sim_collect(run->sim, number, NULL, &snapshot);

    if (error != CUT_OK)
        return complain(run, error);
    struct cut_sim_verdict verdict = {
        .is_conserved = is_conserved(run, snapshot),
    };
    verdict.is_expected = cut_expectations_check(
        run->expectations, snapshot, stderr, &verdict.expected_path);
    if (!verdict.is_conserved || !verdict.is_expected)
        run->has_failed = true;
    error = show(run, snapshot, &verdict);
    cut_snapshot_destroy(snapshot);
    return error;
}

/* A run whose other output could not be written has failed, and leaves none. */
static enum cut_error finish_out_dir(struct sim_run *run)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return cut_out_dir_finish(&run->out_dir);
    cut_complain(stderr,
                 run->command,
                 "cannot write to standard output: %s",
                 strerror(errno));
    cut_out_dir_abandon(&run->out_dir);
    return CUT_IO;
}

static enum cut_error report(struct sim_run *run)
{
    uint64_t count = cut_sim_stats(run->sim).snapshots_complete;
    bool is_json = is_given(run, CUT_OPTION_JSON);
    enum cut_error error = CUT_OK;

    if (is_json)
        cut_sim_json_begin_snapshots(&run->json);
    for (uint64_t i = 0; i < count && error == CUT_OK; i++)
        error = report_snapshot(run, i);
    if (error == CUT_OK && is_json)
        error = complain(run, cut_sim_json_end(&run->json, run->sim));
    if (error == CUT_OK && is_given(run, CUT_OPTION_OUT))
        error = finish_out_dir(run);
    else
        cut_out_dir_abandon(&run->out_dir);
    if (error == CUT_OK &&
        !cut_expectations_finish(run->expectations, count, stderr))
        run->has_failed = true;
    return error;
}

/* Nothing may go wrong any more but the output itself: begin with it. */
static enum cut_error begin_output(struct sim_run *run)
{
    if (is_given(run, CUT_OPTION_OUT)) {
        enum cut_error error = cut_out_dir_open(
            &run->out_dir, run->command, text_of(run, CUT_OPTION_OUT));
        if (error != CUT_OK)
            return error;
    }
    if (is_given(run, CUT_OPTION_JSON))
        cut_sim_json_begin(&run->json,
                           stdout,
                           run->topology,
                           seed_of(run),
                           is_given(run, CUT_OPTION_LOG));
    return CUT_OK;
}

/* Run once more, with everybody watching. It is the same run. */
static enum cut_error run_watched(struct sim_run *run)
{
    cut_sim_destroy(run->sim);
    run->sim = NULL;
    enum cut_error error =
        run_script(run, (struct cut_sim_observer){observe, run});
    return error == CUT_OK ? finish_observers(run) : error;
}

/*
 * Whether the run has a fault, an overspending line for instance, shows only
 * as it runs, and then nothing may have been printed: so the run comes before
 * all output, and if it is to be watched it is made twice.
 */
static enum cut_error run_all(struct sim_run *run)
{
    enum cut_error error = run_script(run, (struct cut_sim_observer){0});

    if (error == CUT_OK)
        error = begin_output(run);
    bool is_watched =
        run->json.has_log || run->log != NULL || run->diagram != NULL;
    if (error == CUT_OK && is_watched)
        error = run_watched(run);
    return error;
}

static int simulate_script(const struct cut_arguments *arguments)
{
    struct sim_run run = {
        .arguments = arguments,
        .command = cut_arguments_command(arguments),
        .progress = cut_progress_for(stderr),
    };
    enum cut_error error = read_all(&run);

    if (error == CUT_OK)
        error = create_observers(&run);
    if (error == CUT_OK)
        error = run_all(&run);
    if (error == CUT_OK)
        error = report(&run);
    cut_diagram_destroy(run.diagram);
    cut_log_destroy(run.log);
    cut_sim_destroy(run.sim);
    cut_expectations_destroy(run.expectations);
    cut_script_destroy(run.script);
    cut_topology_destroy(run.topology);
    if (error != CUT_OK)
        return CUT_EXIT_ERROR;
    return run.has_failed ? CUT_EXIT_FAILURE : CUT_EXIT_SUCCESS;
}

/* Options that the COS 418 simulator has no counterpart for. */
static bool asks_for_more(const struct cut_arguments *arguments)
{
    const struct cut_option *o = cut_arguments_command(arguments)->options;

    for (; o->name != NULL; o++) {
        bool is_of_both = o->id == CUT_OPTION_TOPOLOGY ||
                          o->id == CUT_OPTION_EVENTS ||
                          o->id == CUT_OPTION_SEED;
        bool is_of_programs =
            (cut_run_option(o->id) && !is_of_both) || o->id == CUT_OPTION_ALL;
        if (is_of_programs && cut_arguments_flag(arguments, o->id))
            return true;
    }
    return false;
}

static int complain_of_nothing(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    bool has_script = cut_arguments_flag(arguments, CUT_OPTION_EVENTS);

    cut_complain(stderr,
                 command,
                 "missing %s (try '%s --help')",
                 has_script ? "--topology"
                            : "a PROGRAM, or --topology and --events",
                 command->path);
    return CUT_EXIT_ERROR;
}

/*
 * A PROGRAM; or a script on its topology, just as the COS 418 simulator does
 * it; or, if more is asked for than that one can do, the token process as any
 * other program, with the script as its input.
 */
int cut_command_sim(const struct cut_arguments *arguments)
{
    bool has_topology = cut_arguments_flag(arguments, CUT_OPTION_TOPOLOGY);
    bool has_script = cut_arguments_flag(arguments, CUT_OPTION_EVENTS);

    if (cut_arguments_operand_count(arguments) > 0)
        return cut_sim_program(arguments);
    if (!has_topology)
        return complain_of_nothing(arguments);
    return has_script && !asks_for_more(arguments) ? simulate_script(arguments)
                                                   : cut_sim_program(arguments);
}
