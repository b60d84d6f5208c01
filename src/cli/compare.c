#include "compare.h"

#include "commands.h"
#include "nearest.h"
#include "run_options.h"
#include "sim_output.h"
#include "verdict_text.h"

#include <inttypes.h>
#include <string.h>

#define RUNS_DEFAULT 20
#define RUNS_MAX 1000000
#define SEED_DEFAULT INT64_C(8053172852482175524)

static enum cut_error out_of_memory(const struct cut_comparison *comparison)
{
    cut_complain(
        stderr, comparison->command, "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

/* Options */

/* Return the words that --algorithm of `cutline sim` knows. */
static const char *const *known_algorithms(void)
{
    const struct cut_option *option = cut_commands[CUT_COMMAND_SIM].options;

    while (option->id != CUT_OPTION_ALGORITHM)
        option++;
    return option->choices;
}

static enum cut_error
add_row(struct cut_comparison *comparison, const char *text, size_t size)
{
    char word[64];
    struct cut_nearest nearest = {.word = word};
    size_t count = comparison->row_count;

    snprintf(word, sizeof word, "%.*s", (int)size, text);
    for (const char *const *known = known_algorithms(); *known; known++) {
        cut_nearest_offer(&nearest, *known);
        if (strcmp(*known, word) != 0)
            continue;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(comparison->rows[i].name, word) != 0)
                continue;
            cut_complain(stderr,
                         comparison->command,
                         "--algorithms: '%s' is named twice (expected each "
                         "once)",
                         word);
            return CUT_INVALID;
        }
        comparison->rows[count].name = *known;
        comparison->row_count++;
        return CUT_OK;
    }
    cut_complain(stderr,
                 comparison->command,
                 nearest.best ? "--algorithms: unknown algorithm '%s' (did you "
                                "mean '%s'?)"
                              : "--algorithms: unknown algorithm '%s' (try "
                                "'%s --help')",
                 word,
                 nearest.best ? nearest.best : "cutline sim");
    return CUT_INVALID;
}

static enum cut_error read_algorithms(struct cut_comparison *comparison)
{
    const char *text =
        cut_arguments_text(comparison->arguments, CUT_OPTION_ALGORITHMS);
    enum cut_error error = CUT_OK;

    if (text == NULL) {
        for (const char *const *known = known_algorithms(); *known; known++)
            error = add_row(comparison, *known, strlen(*known));
        return error;
    }
    for (;; text++) {
        size_t size = strcspn(text, ",");
        error = add_row(comparison, text, size);
        text += size;
        if (error != CUT_OK || *text == '\0')
            return error;
    }
}

static enum cut_error read_options(struct cut_comparison *comparison)
{
    const struct cut_arguments *arguments = comparison->arguments;

    comparison->run_count =
        cut_arguments_unsigned(arguments, CUT_OPTION_RUNS, RUNS_DEFAULT);
    comparison->seed =
        cut_arguments_integer(arguments, CUT_OPTION_SEED, SEED_DEFAULT);
    if (comparison->run_count < 1 || comparison->run_count > RUNS_MAX) {
        cut_complain(stderr,
                     comparison->command,
                     "option '--runs': bad N '%" PRIu64
                     "' (expected an integer, 1 to %d)",
                     comparison->run_count,
                     RUNS_MAX);
        return CUT_INVALID;
    }
    enum cut_error error = read_algorithms(comparison);
    return error == CUT_OK ? cut_run_request(arguments, &comparison->request)
                           : error;
}

/* Running */

enum cut_error cut_compare_ask(struct cut_comparison *comparison,
                               const char *algorithm,
                               int64_t seed,
                               json_t *more)
{
    json_t *request = json_copy(comparison->request);

    if (json_object_update_new(request, more) != 0 ||
        json_object_set_new(request, "algorithm", json_string(algorithm)) !=
            0 ||
        json_object_set_new(request, "seed", json_integer(seed)) != 0) {
        json_decref(request);
        return out_of_memory(comparison);
    }
    return cut_child_ask(comparison->child, request);
}

/* What is noticed of one run. */
struct observation {
    bool is_wrong;
    bool is_aborted;
    bool is_stuck; /* one is open, and nothing more can happen */
    bool has_open;
    uint64_t open_since; /* the oldest that is open at the end */
    uint64_t longest;    /* that a complete one took */
    uint64_t complete;
};

static void hear_snapshot(struct cut_row *row,
                          struct observation *seen,
                          int64_t seed,
                          json_t *snapshot)
{
    const json_t *verdict = json_object_get(snapshot, "verdict");
    const char *status = cut_answer_text(snapshot, "status");
    uint64_t begun = cut_answer_number(snapshot, "begun");
    uint64_t duration = cut_answer_number(snapshot, "ended") - begun;

    if (strcmp(status, "open") == 0) {
        if (!seen->has_open || begun < seen->open_since)
            seen->open_since = begun;
        seen->has_open = true;
        if (strcmp(cut_answer_text(snapshot, "reason"), "quiet") == 0)
            seen->is_stuck = true;
        return;
    }
    if (strcmp(status, "complete") != 0) {
        seen->is_aborted = true;
        return;
    }
    seen->complete++;
    if (duration > seen->longest)
        seen->longest = duration;
    row->snapshots++;
    row->duration += duration;
    if (cut_verdict_is_wrong(verdict)) {
        seen->is_wrong = true;
        if (row->proof == NULL) {
            row->proof = json_incref(snapshot);
            row->proof_seed = seed;
        }
    } else if (!cut_verdict_is_right(verdict)) {
        seen->is_stuck = true;
    }
}

/*
 * A run is as its worst snapshot is. One that is open at the end of the time
 * was begun too late, or will never be complete: the latter if it has been open
 * for longer than any other took.
 */
static void
hear_end(struct cut_row *row, const struct observation *seen, const json_t *end)
{
    const json_t *stats = json_object_get(end, "stats");
    uint64_t now = cut_answer_number(end, "now");
    bool is_late = seen->has_open && now - seen->open_since > seen->longest;
    struct cut_costs *costs = &row->costs;

    row->runs++;
    bool has_none = seen->complete == 0 && !seen->is_aborted;
    if (seen->is_wrong)
        row->wrong++;
    else if (seen->is_stuck || is_late || has_none)
        row->incomplete++;
    else if (seen->is_aborted)
        row->aborted++;
    else
        row->consistent++;
    costs->control_messages += cut_answer_number(stats, "markers_sent") +
                               cut_answer_number(stats, "control_sent");
    costs->control_bytes += cut_answer_number(stats, "control_bytes");
    costs->stamp_bytes += cut_answer_number(stats, "stamp_bytes");
    costs->messages_recorded += cut_answer_number(stats, "messages_recorded");
    costs->bytes_recorded += cut_answer_number(stats, "bytes_recorded");
    costs->stopped += cut_answer_number(stats, "stopped");
}

/* A program that fails has nothing to be compared. */
static enum cut_error check_failure(const struct cut_comparison *comparison,
                                    const struct cut_row *row,
                                    int64_t seed,
                                    const json_t *end)
{
    const char *failure = cut_answer_text(end, "failure");

    if (failure[0] == '\0')
        return CUT_OK;
    cut_complain(stderr,
                 comparison->command,
                 "%s: %s (with %s and seed %" PRId64 ")",
                 cut_run_program_name(comparison->arguments),
                 failure,
                 row->name,
                 seed);
    return CUT_STATE;
}

/* What cannot be run is said in its row; want of memory is no row's fault. */
static enum cut_error hear_refusal(const struct cut_comparison *comparison,
                                   struct cut_row *row,
                                   const json_t *value)
{
    const char *option = cut_answer_text(value, "option");
    const char *what = cut_answer_text(value, "what");

    if (strcmp(what, cut_error_sentence(CUT_NOMEM)) == 0)
        return out_of_memory(comparison);
    snprintf(row->refusal,
             sizeof row->refusal,
             "%s%s%s%s",
             option[0] != '\0' ? "option '--" : "",
             option,
             option[0] != '\0' ? "': " : "",
             what);
    return CUT_OK;
}

static enum cut_error
run_one(struct cut_comparison *comparison, struct cut_row *row, int64_t seed)
{
    struct observation seen = {0};
    struct cut_answer answer;
    enum cut_error error =
        cut_compare_ask(comparison, row->name, seed, json_object());

    while (error == CUT_OK) {
        error = cut_child_next(comparison->child, &answer);
        if (error != CUT_OK)
            return error;
        if (strcmp(answer.name, "error") == 0)
            return hear_refusal(comparison, row, answer.value);
        if (strcmp(answer.name, "system") == 0 &&
            comparison->troupe.system == NULL &&
            cut_troupe_keep(&comparison->troupe, answer.value) != CUT_OK)
            return out_of_memory(comparison);
        if (strcmp(answer.name, "snapshot") == 0)
            hear_snapshot(row, &seen, seed, answer.value);
        if (strcmp(answer.name, "end") == 0) {
            hear_end(row, &seen, answer.value);
            return check_failure(comparison, row, seed, answer.value);
        }
    }
    return error;
}

static int64_t seed_of_run(const struct cut_comparison *comparison, uint64_t i)
{
    return (int64_t)((uint64_t)comparison->seed + i);
}

static enum cut_error run_all(struct cut_comparison *comparison)
{
    enum cut_error error = CUT_OK;

    for (size_t i = 0; i < comparison->row_count && error == CUT_OK; i++) {
        struct cut_row *row = &comparison->rows[i];
        for (uint64_t k = 0; k < comparison->run_count && error == CUT_OK &&
                             row->refusal[0] == '\0';
             k++) {
            if (cut_progress_is_due(&comparison->progress))
                cut_progress_write(&comparison->progress,
                                   "%s: run %" PRIu64 " of %" PRIu64,
                                   row->name,
                                   k + 1,
                                   comparison->run_count);
            error = run_one(comparison, row, seed_of_run(comparison, k));
        }
    }
    cut_progress_clear(&comparison->progress);
    return error;
}

/* Where no algorithm can be run, the reason is the same for all. */
static enum cut_error check_rows(const struct cut_comparison *comparison)
{
    for (size_t i = 0; i < comparison->row_count; i++)
        if (comparison->rows[i].refusal[0] == '\0')
            return CUT_OK;
    cut_complain(
        stderr, comparison->command, "%s", comparison->rows[0].refusal);
    return CUT_INVALID;
}

/* Reporting */

static enum cut_error report(struct cut_comparison *comparison)
{
    enum cut_error error = CUT_OK;

    if (cut_arguments_flag(comparison->arguments, CUT_OPTION_JSON)) {
        error = cut_compare_json(comparison, stdout);
        return error == CUT_OK ? CUT_OK : out_of_memory(comparison);
    }
    cut_compare_table(comparison, stdout);
    for (size_t i = 0; i < comparison->row_count && error == CUT_OK; i++)
        if (comparison->rows[i].proof != NULL)
            error =
                cut_compare_picture(comparison, &comparison->rows[i], stdout);
    return error;
}

/* There has to be something to run. */
static enum cut_error check_program(const struct cut_comparison *comparison)
{
    const struct cut_arguments *arguments = comparison->arguments;
    bool has_script = cut_arguments_flag(arguments, CUT_OPTION_EVENTS);
    bool has_program = cut_arguments_operand_count(arguments) > 0;
    bool has_topology = cut_arguments_flag(arguments, CUT_OPTION_TOPOLOGY);

    if (has_program ? !has_script : has_script && has_topology)
        return CUT_OK;
    cut_complain(stderr,
                 comparison->command,
                 "%s (try '%s --help')",
                 has_program ? "a PROGRAM and the script of --events (expected "
                               "one of them)"
                             : "missing a PROGRAM, or --topology and --events",
                 comparison->command->path);
    return CUT_INVALID;
}

static enum cut_error compare(struct cut_comparison *comparison)
{
    enum cut_error error = check_program(comparison);

    if (error == CUT_OK)
        error = read_options(comparison);
    if (error == CUT_OK)
        error = cut_child_start(comparison->command,
                                cut_run_program(comparison->arguments),
                                &comparison->child);
    if (error == CUT_OK &&
        json_object_set_new(comparison->request, "judge", json_true()) != 0)
        error = out_of_memory(comparison);
    if (error == CUT_OK)
        error = run_all(comparison);
    if (error == CUT_OK)
        error = check_rows(comparison);
    return error == CUT_OK ? report(comparison) : error;
}

int cut_command_compare(const struct cut_arguments *arguments)
{
    struct cut_comparison comparison = {
        .arguments = arguments,
        .command = cut_arguments_command(arguments),
        .terminal = cut_sim_terminal(arguments),
        .progress = cut_progress_for(stderr),
    };
    enum cut_error error = compare(&comparison);

    cut_child_stop(comparison.child);
    cut_troupe_fini(&comparison.troupe);
    json_decref(comparison.request);
    for (size_t i = 0; i < comparison.row_count; i++)
        json_decref(comparison.rows[i].proof);
    if (error == CUT_OK)
        return CUT_EXIT_SUCCESS;
    return error == CUT_STATE ? CUT_EXIT_FAILURE : CUT_EXIT_ERROR;
}
