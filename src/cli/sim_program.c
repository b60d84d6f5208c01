#include "sim_program.h"

#include "child.h"
#include "commands.h"
#include "event_json.h"
#include "program_json.h"
#include "program_log.h"
#include "program_text.h"
#include "progress.h"
#include "run_options.h"
#include "sim_output.h"
#include "verdict_text.h"

#include <cutline/engine.h>

#include <inttypes.h>
#include <string.h>

/* All that a run of the command holds. */
struct sim_program {
    const struct cut_arguments *arguments;
    const struct cut_command *command;
    struct cut_terminal terminal;
    struct cut_child *child;
    struct cut_troupe troupe;
    struct cut_program_text text;
    struct cut_program_log log;
    struct cut_diagram *diagram;
    struct cut_program_json json;
    struct cut_progress progress;
    bool is_told;    /* the system is known: what follows is printed */
    bool is_over;    /* the last answer has come */
    bool has_failed; /* a check did not hold, or the program failed */
    /* Snapshots, by what became of them; those that can never be complete are
     * in none of these but the first. */
    uint64_t begun;
    uint64_t complete;
    uint64_t aborted;
    uint64_t open;
};

static bool is_given(const struct sim_program *run, enum cut_option_id id)
{
    return cut_arguments_flag(run->arguments, (int)id);
}

static bool has_log(const struct sim_program *run)
{
    return is_given(run, CUT_OPTION_LOG) && !is_given(run, CUT_OPTION_JSON);
}

static enum cut_error complain(const struct sim_program *run,
                               enum cut_error error)
{
    if (error == CUT_NOMEM)
        cut_complain(stderr, run->command, "%s", cut_error_sentence(error));
    return error;
}

/* Options */

static enum cut_error refuse(const struct sim_program *run, const char *what)
{
    cut_complain(stderr, run->command, "%s", what);
    return CUT_INVALID;
}

/* Return the first algorithm that needs clocks. */
static const char *clock_algorithm(void)
{
    size_t i = 0;

    while (!cut_algorithm_traits(cut_algorithm_at(i))->needs_clock)
        i++;
    return cut_algorithm_traits(cut_algorithm_at(i))->name;
}

/* The options of clocks are of algorithms that need them. */
static enum cut_error check_clocks(const struct sim_program *run)
{
    const char *name = cut_arguments_text(run->arguments, CUT_OPTION_ALGORITHM);
    const struct cut_algorithm *algorithm =
        name != NULL ? cut_algorithm_find(name) : cut_algorithm_at(0);
    bool is_given_one = is_given(run, CUT_OPTION_CLOCK_BOUND) ||
                        is_given(run, CUT_OPTION_CLOCK_LEAD);

    if (!is_given_one || cut_algorithm_traits(algorithm)->needs_clock)
        return CUT_OK;
    cut_complain(stderr,
                 run->command,
                 "--clock-bound and --clock-lead are of the algorithm '%s' "
                 "(expected --algorithm %s)",
                 clock_algorithm(),
                 clock_algorithm());
    return CUT_INVALID;
}

/* What is asked for has to be of a program, and to go together. */
static enum cut_error check_options(const struct sim_program *run)
{
    if (is_given(run, CUT_OPTION_EVENTS) &&
        cut_arguments_operand_count(run->arguments) > 0)
        return refuse(run,
                      "a PROGRAM and the script of --events (expected one of "
                      "them)");
    if (is_given(run, CUT_OPTION_OUT))
        return refuse(run,
                      "--out writes the snapshots of a script that is run as "
                      "by COS 418 (expected no further option, or --json)");
    if (is_given(run, CUT_OPTION_EXPECT))
        return refuse(run,
                      "--expect is for the snapshots of a script that is run "
                      "as by COS 418 (expected no further option)");
    if (is_given(run, CUT_OPTION_ALL) && is_given(run, CUT_OPTION_QUIET))
        return refuse(run,
                      "--all prints snapshots whole and --quiet none (expected "
                      "one of them)");
    enum cut_error error = check_clocks(run);
    return error == CUT_OK ? cut_sim_check_output(run->arguments) : error;
}

/* Ask for the run, and for as much to be told of it as is wanted. */
static enum cut_error ask(struct sim_program *run)
{
    bool is_watched =
        is_given(run, CUT_OPTION_LOG) || is_given(run, CUT_OPTION_DIAGRAM);
    bool is_whole =
        is_given(run, CUT_OPTION_JSON) || is_given(run, CUT_OPTION_ALL);
    int shown = is_given(run, CUT_OPTION_QUIET) ? 0
                : is_whole                      ? INT32_MAX
                                                : CUT_PROGRAM_SHOWN;
    json_t *request;
    enum cut_error error = cut_run_request(run->arguments, &request);

    if (error != CUT_OK)
        return error;
    if (json_object_set_new(request, "snapshots", json_integer(shown)) != 0 ||
        json_object_set_new(request, "observe", json_boolean(is_watched)) !=
            0 ||
        json_object_set_new(request,
                            "progress",
                            json_boolean(run->progress.file != NULL)) != 0) {
        json_decref(request);
        return complain(run, CUT_NOMEM);
    }
    return cut_child_ask(run->child, request);
}

/* Answers */

static enum cut_error hear_system(struct sim_program *run, json_t *value)
{
    enum cut_error error = complain(run, cut_troupe_keep(&run->troupe, value));

    if (error == CUT_OK && is_given(run, CUT_OPTION_DIAGRAM))
        error = cut_columns_diagram(
            run->arguments, &run->troupe.cast, &run->terminal, &run->diagram);
    if (error != CUT_OK)
        return error;
    /* A verdict names a message by its number. */
    if (run->diagram != NULL && is_given(run, CUT_OPTION_JUDGE))
        cut_diagram_number_messages(run->diagram);
    run->is_told = true;
    run->text = (struct cut_program_text){
        .file = stdout,
        .cast = &run->troupe.cast,
        .is_all = is_given(run, CUT_OPTION_ALL),
        .has_above = has_log(run) || run->diagram != NULL,
    };
    if (has_log(run))
        cut_program_log_begin(
            &run->log, stdout, &run->troupe.cast, &run->terminal);
    if (!is_given(run, CUT_OPTION_JSON))
        return CUT_OK;
    run->json = (struct cut_program_json){
        .file = stdout,
        .cast = &run->troupe.cast,
        .has_log = is_given(run, CUT_OPTION_LOG),
    };
    cut_program_json_begin(&run->json, value);
    return CUT_OK;
}

static enum cut_error hear_event(struct sim_program *run, json_t *value)
{
    struct cut_sim_event event;

    if (!cut_event_read(value, &event))
        return CUT_OK;
    if (run->diagram != NULL)
        cut_diagram_observe(run->diagram, &event);
    if (has_log(run))
        cut_program_log_event(&run->log, &event, value);
    else if (run->json.has_log)
        cut_program_json_event(&run->json, value);
    return CUT_OK;
}

/* All has been seen of the run itself: what is left of it is drawn. */
static enum cut_error finish_watching(struct sim_program *run)
{
    enum cut_error error = CUT_OK;

    if (has_log(run))
        cut_program_log_end(&run->log);
    if (run->diagram != NULL) {
        error = complain(run, cut_diagram_write(run->diagram, stdout));
        cut_diagram_destroy(run->diagram);
        run->diagram = NULL;
    }
    return error;
}

/* What a run is checked for: said on standard error where it is not said for
 * people on the other one. */
static void check_snapshot(struct sim_program *run, const json_t *value)
{
    const json_t *verdict = json_object_get(value, "verdict");
    const char *status = cut_answer_text(value, "status");
    bool is_stuck = strcmp(status, "open") == 0 &&
                    strcmp(cut_answer_text(value, "reason"), "quiet") == 0;
    bool is_wrong = verdict != NULL && cut_verdict_is_wrong(verdict);
    char words[CUT_VERDICT_SIZE];

    run->begun++;
    if (strcmp(status, "complete") == 0)
        run->complete++;
    else if (strcmp(status, "aborted") == 0)
        run->aborted++;
    else if (!is_stuck)
        run->open++;
    if (is_stuck || is_wrong)
        run->has_failed = true;
    if (!is_given(run, CUT_OPTION_QUIET) && !is_given(run, CUT_OPTION_JSON))
        return;
    if (is_wrong)
        cut_complain(stderr,
                     run->command,
                     "snapshot %" PRIu64 " is %s",
                     cut_answer_number(value, "number"),
                     cut_verdict_text(verdict, &run->troupe.cast, words));
    else if (is_stuck)
        cut_complain(stderr,
                     run->command,
                     "snapshot %" PRIu64 " is not complete, and nothing more "
                     "can happen",
                     cut_answer_number(value, "number"));
}

/*
 * What a token system must keep (1985, section 1: the single-token conservation
 * system): the tokens of a snapshot, in processes and on their way, are those
 * of the start.
 */
static void check_tokens(struct sim_program *run, const json_t *value)
{
    const json_t *total = json_array_get(json_object_get(value, "totals"), 0);
    bool is_complete =
        strcmp(cut_answer_text(value, "status"), "complete") == 0;
    json_int_t in_processes =
        json_integer_value(json_object_get(total, "in_processes"));
    json_int_t in_channels =
        json_integer_value(json_object_get(total, "in_channels"));
    json_int_t start = json_integer_value(json_object_get(total, "at_start"));

    if (cut_arguments_operand_count(run->arguments) > 0 || !is_complete ||
        in_processes + in_channels == start)
        return;
    run->has_failed = true;
    cut_complain(stderr,
                 run->command,
                 "snapshot %" PRIu64 " does not conserve tokens: %" PRIu64
                 " in processes and %" PRIu64 " in channels (expected %" PRIu64
                 ", as at the start)",
                 cut_answer_number(value, "number"),
                 (uint64_t)in_processes,
                 (uint64_t)in_channels,
                 (uint64_t)start);
}

static enum cut_error hear_snapshot(struct sim_program *run, json_t *value)
{
    enum cut_error error = finish_watching(run);

    if (error != CUT_OK)
        return error;
    check_snapshot(run, value);
    check_tokens(run, value);
    if (is_given(run, CUT_OPTION_JSON))
        cut_program_json_snapshot(&run->json, value);
    else if (!is_given(run, CUT_OPTION_QUIET))
        cut_program_text_snapshot(&run->text, value);
    return CUT_OK;
}

/*
 * Say what is no failure, since it was asked for (a --crash, a --leave, a
 * --snapshot-timeout, an end of the run), and yet not what a snapshot is for:
 * where snapshots are not printed, nothing else tells.
 */
static void note_unfinished(const struct sim_program *run, const json_t *end)
{
    const json_t *stats = json_object_get(end, "stats");
    uint64_t unmet = cut_answer_number(stats, "requests_dropped") +
                     cut_answer_number(stats, "requests_waiting");

    if (!is_given(run, CUT_OPTION_QUIET) ||
        run->aborted + run->open + unmet == 0)
        return;
    cut_complain(stderr,
                 run->command,
                 "note: %" PRIu64 " of %" PRIu64 " snapshots complete; %" PRIu64
                 " aborted, %" PRIu64 " still open at the end, %" PRIu64
                 " not begun",
                 run->complete,
                 run->begun + unmet,
                 run->aborted,
                 run->open,
                 unmet);
}

static enum cut_error hear_end(struct sim_program *run, json_t *value)
{
    const char *failure = cut_answer_text(value, "failure");
    enum cut_error error = finish_watching(run);

    run->is_over = true;
    if (failure[0] == '\0')
        note_unfinished(run, value);
    if (is_given(run, CUT_OPTION_JUDGE) && run->complete == 0 &&
        failure[0] == '\0') {
        run->has_failed = true;
        cut_complain(
            stderr, run->command, "there is no complete snapshot to judge");
    }
    if (failure[0] != '\0') {
        run->has_failed = true;
        cut_complain(stderr,
                     run->command,
                     "%s: %s",
                     cut_run_program_name(run->arguments),
                     failure);
    }
    if (is_given(run, CUT_OPTION_JSON))
        cut_program_json_end(&run->json, value, NULL);
    else if (!is_given(run, CUT_OPTION_QUIET))
        cut_program_text_end(&run->text, value);
    return error != CUT_OK ? error : complain(run, run->json.error);
}

static void hear_progress(struct sim_program *run, const json_t *value)
{
    char time[CUT_CAST_TIME_SIZE];

    if (cut_progress_is_due(&run->progress))
        cut_progress_write(&run->progress,
                           "%s ms: %" PRIu64 " events, %" PRIu64
                           " messages and %" PRIu64 " markers received, "
                           "%" PRIu64 " snapshots complete",
                           cut_cast_time(&run->troupe.cast,
                                         cut_answer_number(value, "now"),
                                         time),
                           cut_answer_number(value, "events"),
                           cut_answer_number(value, "messages_delivered"),
                           cut_answer_number(value, "markers_delivered"),
                           cut_answer_number(value, "snapshots_complete"));
}

static enum cut_error hear(struct sim_program *run,
                           const struct cut_answer *answer)
{
    if (strcmp(answer->name, "progress") == 0) {
        hear_progress(run, answer->value);
        return CUT_OK;
    }
    cut_progress_clear(&run->progress);
    if (strcmp(answer->name, "error") == 0) {
        cut_run_refused(run->command, answer->value);
        return CUT_INVALID;
    }
    if (strcmp(answer->name, "system") == 0)
        return hear_system(run, answer->value);
    if (!run->is_told)
        return CUT_OK;
    if (strcmp(answer->name, "event") == 0)
        return hear_event(run, answer->value);
    if (strcmp(answer->name, "snapshot") == 0)
        return hear_snapshot(run, answer->value);
    if (strcmp(answer->name, "end") == 0)
        return hear_end(run, answer->value);
    return CUT_OK;
}

static enum cut_error listen(struct sim_program *run)
{
    struct cut_answer answer;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && !run->is_over) {
        error = cut_child_next(run->child, &answer);
        if (error == CUT_OK)
            error = hear(run, &answer);
    }
    cut_progress_clear(&run->progress);
    /* What led to the program's death is worth seeing. */
    if ((error == CUT_IO || error == CUT_STATE) && run->is_told &&
        !run->is_over) {
        enum cut_error ignored = finish_watching(run);
        (void)ignored;
        if (is_given(run, CUT_OPTION_JSON))
            cut_program_json_end(&run->json, NULL, cut_child_fate(run->child));
    }
    return error;
}

int cut_sim_program(const struct cut_arguments *arguments)
{
    struct sim_program run = {
        .arguments = arguments,
        .command = cut_arguments_command(arguments),
        .terminal = cut_sim_terminal(arguments),
        .progress = cut_progress_for(stderr),
    };
    enum cut_error error = check_options(&run);

    if (error == CUT_OK)
        error = cut_child_start(
            run.command, cut_run_program(arguments), &run.child);
    if (error == CUT_OK)
        error = ask(&run);
    if (error == CUT_OK)
        error = listen(&run);
    if (error == CUT_STATE)
        cut_child_complain(run.child);
    cut_diagram_destroy(run.diagram);
    cut_child_stop(run.child);
    cut_troupe_fini(&run.troupe);
    if (error != CUT_OK)
        return CUT_EXIT_ERROR;
    return run.has_failed ? CUT_EXIT_FAILURE : CUT_EXIT_SUCCESS;
}
