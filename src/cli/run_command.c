/*
 * `cutline run`: real processes, watched while they run.
 */
#include "commands.h"
#include "judge_command.h"
#include "run_hosts.h"
#include "run_text.h"

#include <cutline/delay.h>
#include <cutline/sim.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Processes where nothing is said; more than this many are a mistake. */
#define PROCESSES_DEFAULT 3
#define PROCESSES_MAX 4096

#define CAPACITY_DEFAULT 8192
#define CAPACITY_BYTES (UINT64_C(1) << 20)
#define IN_PROGRESS_DEFAULT 4

/* A worker remembers four times as many numbers of snapshots. */
#define IN_PROGRESS_MAX 1024

#define PAUSE_DEFAULT (10 * CUT_MILLISECOND)
#define SILENCE_DEFAULT (10 * CUT_SECOND)

/* Links are looked at ten times a second. */
#define SILENCE_MIN (200 * CUT_MILLISECOND)

/* All that a run of the command holds. */
struct run_command {
    const struct cut_arguments *arguments;
    const struct cut_command *command;
    struct cut_topology *topology;
    struct cut_run_hosts hosts;
    struct cut_supervisor_config config;
    struct cut_run_text text;
    char scratch[64]; /* a directory for a trace that nobody wants to keep */
};

static bool is_given(const struct run_command *run, enum cut_option_id id)
{
    return cut_arguments_flag(run->arguments, (int)id);
}

static const char *text_of(const struct run_command *run, enum cut_option_id id)
{
    return cut_arguments_text(run->arguments, (int)id);
}

/* --- options ------------------------------------------------------------- */

static enum cut_error refuse(const struct run_command *run,
                             const struct cut_fault *fault,
                             const char *option)
{
    char what[sizeof fault->what + 256];

    cut_fault_format(fault, what, sizeof what);
    if (option == NULL || fault->path != NULL)
        cut_complain(stderr, run->command, "%s", what);
    else
        cut_complain(stderr, run->command, "--%s: %s", option, what);
    return CUT_INVALID;
}

/* Read a time, as a person types it; what stands in is there already. */
static enum cut_error read_time(const struct run_command *run,
                                enum cut_option_id id,
                                const char *name,
                                cut_time *out)
{
    struct cut_fault fault = {0};
    const char *text = text_of(run, id);

    if (text == NULL || cut_time_parse(text, out, &fault) == CUT_OK)
        return CUT_OK;
    return refuse(run, &fault, name);
}

static enum cut_error read_times(struct run_command *run)
{
    struct cut_supervisor_config *config = &run->config;
    const struct {
        enum cut_option_id id;
        const char *name;
        cut_time *out;
    } times[] = {
        {CUT_OPTION_EVERY, "every", &config->every},
        {CUT_OPTION_PAUSE, "pause", &config->pause_min},
        {CUT_OPTION_TIMEOUT, "timeout", &config->timeout},
        {CUT_OPTION_UNTIL, "until", &config->until},
        {CUT_OPTION_SILENCE, "silence", &config->silence},
        {CUT_OPTION_CLOCK_LEAD, "clock-lead", &config->clock_lead},
        {CUT_OPTION_CLOCK_BOUND, "clock-bound", &config->clock_bound},
    };
    enum cut_error error = CUT_OK;

    for (size_t i = 0; i < sizeof times / sizeof times[0] && error == CUT_OK;
         i++)
        error = read_time(run, times[i].id, times[i].name, times[i].out);
    return error;
}

static enum cut_error refuse_count(const struct run_command *run,
                                   uint64_t count)
{
    cut_complain(stderr,
                 run->command,
                 "--processes %" PRIu64 ": too %s (expected 1 to %d)",
                 count,
                 count == 0 ? "few" : "many",
                 PROCESSES_MAX);
    return CUT_INVALID;
}

static enum cut_error read_topology(struct run_command *run)
{
    const char *text = text_of(run, CUT_OPTION_TOPOLOGY);
    uint64_t count =
        cut_arguments_unsigned(run->arguments, CUT_OPTION_PROCESSES, 0);
    struct cut_fault fault = {0};
    bool is_generated;

    if (count > PROCESSES_MAX ||
        (count == 0 && is_given(run, CUT_OPTION_PROCESSES)))
        return refuse_count(run, count);
    if (text == NULL && count == 0)
        count = run->hosts.hosts != NULL
                    ? cut_hosts_slot_count(run->hosts.hosts)
                    : PROCESSES_DEFAULT;
    if (count > PROCESSES_MAX)
        return refuse_count(run, count);
    if (cut_topology_open(text != NULL ? text : "complete",
                          (uint32_t)count,
                          run->config.seed,
                          NULL,
                          &is_generated,
                          &run->topology,
                          &fault) != CUT_OK)
        return refuse(run, &fault, "topology");
    uint32_t made = cut_topology_process_count(run->topology);
    if ((count == 0 || made == count) && made <= PROCESSES_MAX)
        return CUT_OK;
    cut_complain(stderr,
                 run->command,
                 "--processes %" PRIu64 " are not the %" PRIu32
                 " of --topology %s (expected one of them, or the same, at "
                 "most %d)",
                 count,
                 made,
                 text != NULL ? text : "complete",
                 PROCESSES_MAX);
    return CUT_INVALID;
}

/* A path is made one that holds wherever a process is. */
static enum cut_error check_program(const struct run_command *run)
{
    const char *path = run->config.program[0];
    struct stat status;

    if (strchr(path, '/') == NULL) {
        cut_complain(stderr,
                     run->command,
                     "%s: no path to a program (expected such as ./%s)",
                     path,
                     path);
        return CUT_INVALID;
    }
    errno = 0;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
        access(path, X_OK) == 0)
        return CUT_OK;
    cut_complain(stderr,
                 run->command,
                 "%s: cannot run it: %s (expected a program built with "
                 "cut_main)",
                 path,
                 errno != 0 ? strerror(errno) : "it is no regular file");
    return CUT_INVALID;
}

static uint64_t in_progress_of(const struct run_command *run)
{
    return cut_arguments_unsigned(
        run->arguments, CUT_OPTION_IN_PROGRESS, IN_PROGRESS_DEFAULT);
}

static enum cut_error check_options(const struct run_command *run)
{
    const struct cut_supervisor_config *config = &run->config;

    if (config->capacity == 0) {
        cut_complain(
            stderr, run->command, "--capacity 0 (expected at least 1)");
        return CUT_INVALID;
    }
    if (config->in_progress_max == 0) {
        cut_complain(stderr,
                     run->command,
                     "--in-progress %" PRIu64 " (expected 1 to %d)",
                     in_progress_of(run),
                     IN_PROGRESS_MAX);
        return CUT_INVALID;
    }
    if (config->every > 0 && config->every < CUT_MILLISECOND) {
        cut_complain(stderr,
                     run->command,
                     "--every %s: too often (expected at least 1ms)",
                     text_of(run, CUT_OPTION_EVERY));
        return CUT_INVALID;
    }
    if (config->silence < SILENCE_MIN) {
        cut_complain(stderr,
                     run->command,
                     "--silence %s: too short (expected at least 200ms)",
                     text_of(run, CUT_OPTION_SILENCE));
        return CUT_INVALID;
    }
    return check_program(run);
}

static enum cut_error read_options(struct run_command *run)
{
    const struct cut_arguments *arguments = run->arguments;
    const char *algorithm = text_of(run, CUT_OPTION_ALGORITHM);
    enum cut_error error;

    run->config = (struct cut_supervisor_config){
        .program = cut_arguments_operands(arguments),
        .algorithm = cut_algorithm_find(algorithm != NULL ? algorithm
                                                          : "chandy-lamport"),
        .seed = cut_arguments_integer(arguments, CUT_OPTION_SEED, CUT_SIM_SEED),
        .name = text_of(run, CUT_OPTION_NAME),
        .metrics = text_of(run, CUT_OPTION_METRICS),
        .pause_min = PAUSE_DEFAULT,
        .in_progress_max = in_progress_of(run) <= IN_PROGRESS_MAX
                               ? (uint32_t)in_progress_of(run)
                               : 0,
        .capacity = cut_arguments_unsigned(
            arguments, CUT_OPTION_CAPACITY, CAPACITY_DEFAULT),
        .capacity_bytes = CAPACITY_BYTES,
        .silence = SILENCE_DEFAULT,
        .clock_lead = 20 * CUT_MILLISECOND,
        .out = text_of(run, CUT_OPTION_OUT),
        .trace = text_of(run, CUT_OPTION_TRACE),
        .tls = text_of(run, CUT_OPTION_TLS),
        .uses_tcp = is_given(run, CUT_OPTION_TCP),
        .takes_last = is_given(run, CUT_OPTION_LAST),
        .stays = is_given(run, CUT_OPTION_STAY),
        .listen = cut_run_text_listen,
        .listener = &run->text,
    };
    error = read_times(run);
    if (error == CUT_OK)
        error = check_options(run);
    if (error == CUT_OK)
        error = cut_run_hosts_read(arguments, &run->hosts, &run->config);
    if (error == CUT_OK)
        error = read_topology(run);
    run->config.topology = run->topology;
    run->config.topology_text = text_of(run, CUT_OPTION_TOPOLOGY);
    if (run->config.topology_text == NULL)
        run->config.topology_text = "complete";
    return error;
}

static enum cut_color_choice color_of(const struct run_command *run)
{
    const char *when = text_of(run, CUT_OPTION_COLOR);

    if (when == NULL || strcmp(when, "auto") == 0)
        return CUT_COLOR_AUTO;
    return strcmp(when, "always") == 0 ? CUT_COLOR_ALWAYS : CUT_COLOR_NEVER;
}

static enum cut_supervisor_level level_of(const struct run_command *run)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};
    const char *text = text_of(run, CUT_OPTION_LOG_LEVEL);

    for (unsigned i = 0; text != NULL && i < 4; i++)
        if (strcmp(text, words[i]) == 0)
            return (enum cut_supervisor_level)i;
    return CUT_SUPERVISOR_INFO;
}

/* --- the run ------------------------------------------------------------- */

/* Whoever judges needs a trace. */
static enum cut_error make_scratch(struct run_command *run)
{
    if (!is_given(run, CUT_OPTION_JUDGE) || run->config.trace != NULL)
        return CUT_OK;
    snprintf(run->scratch, sizeof run->scratch, "/tmp/cutline-trace-XXXXXX");
    if (mkdtemp(run->scratch) == NULL) {
        cut_complain(stderr,
                     run->command,
                     "cannot make %s: %s",
                     run->scratch,
                     strerror(errno));
        run->scratch[0] = '\0';
        return CUT_IO;
    }
    run->config.trace = run->scratch;
    return CUT_OK;
}

static void remove_scratch(const struct run_command *run)
{
    char path[sizeof run->scratch + 48];
    uint32_t count;

    if (run->scratch[0] == '\0')
        return;
    count = cut_topology_process_count(run->topology);
    for (uint32_t p = 0; p < count; p++) {
        snprintf(path, sizeof path, "%s/p%" PRIu32 ".0.trace", run->scratch, p);
        unlink(path);
    }
    rmdir(run->scratch);
}

/* A run that failed is not made right by its snapshots. */
static int judge(const struct run_command *run, int status)
{
    if (!is_given(run, CUT_OPTION_JUDGE) || !run->text.is_started)
        return status;
    bool is_json = is_given(run, CUT_OPTION_JSON);
    int verdict =
        cut_judge_directory(run->command,
                            run->config.trace,
                            is_json ? CUT_JUDGE_JSON_LINE : CUT_JUDGE_TEXT);
    return status != 0 ? status : verdict;
}

static int perform(struct run_command *run)
{
    struct cut_supervisor *supervisor;
    struct cut_fault fault = {0};

    if (read_options(run) != CUT_OK || make_scratch(run) != CUT_OK)
        return CUT_EXIT_ERROR;
    run->text = (struct cut_run_text){
        .command = run->command,
        .topology = run->topology,
        .terminal = cut_terminal_detect(stdout, color_of(run), false),
        .progress = cut_progress_for(stderr),
        .level = level_of(run),
        .is_json = is_given(run, CUT_OPTION_JSON),
        .is_quiet = is_given(run, CUT_OPTION_QUIET),
    };
    if (cut_supervisor_create(&run->config, &fault, &supervisor) != CUT_OK) {
        (void)refuse(run, &fault, NULL);
        return CUT_EXIT_ERROR;
    }
    int status = cut_supervisor_run(supervisor);
    cut_supervisor_destroy(supervisor);
    if (run->text.failure == 0)
        return judge(run, status);
    cut_complain(stderr,
                 run->command,
                 "cannot write to standard output: %s",
                 strerror(run->text.failure));
    return CUT_EXIT_ERROR;
}

int cut_command_run(const struct cut_arguments *arguments)
{
    struct run_command run = {
        .arguments = arguments,
        .command = cut_arguments_command(arguments),
    };
    int status = perform(&run);

    remove_scratch(&run);
    cut_topology_destroy(run.topology);
    cut_run_hosts_release(&run.hosts);
    return status;
}
