#include "compare.h"

#include "run_options.h"
#include "verdict_text.h"

#include <inttypes.h>
#include <string.h>

static enum cut_error out_of_memory(const struct cut_comparison *comparison)
{
    cut_complain(
        stderr, comparison->command, "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

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
    bool is_aborted;
    bool is_stuck; /* one is open, and nothing more can happen */
    bool has_open;
    uint64_t open_since; /* the oldest that is open at the end */
    uint64_t longest;    /* that a complete one took */
    uint64_t complete;
    uint64_t duration; /* of these, added up */
    json_t *proof;     /* the first that is wrong */
};

static void hear_snapshot(struct observation *seen, json_t *snapshot)
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
    seen->duration += duration;
    if (cut_verdict_is_wrong(verdict)) {
        if (seen->proof == NULL)
            seen->proof = json_incref(snapshot);
    } else if (!cut_verdict_is_right(verdict)) {
        seen->is_stuck = true;
    }
}

static void add_costs(struct cut_costs *costs, const json_t *stats)
{
    costs->control_messages += cut_answer_number(stats, "markers_sent") +
                               cut_answer_number(stats, "control_sent");
    costs->control_bytes += cut_answer_number(stats, "control_bytes");
    costs->stamp_bytes += cut_answer_number(stats, "stamp_bytes");
    costs->messages_recorded += cut_answer_number(stats, "messages_recorded");
    costs->bytes_recorded += cut_answer_number(stats, "bytes_recorded");
    costs->stopped += cut_answer_number(stats, "stopped");
}

/*
 * A run is as its worst snapshot is. One that is open at the end of the time
 * was begun too late, or will never be complete: the latter if it has been open
 * for longer than any other took.
 */
static void judge_run(struct cut_row *row,
                      struct observation *seen,
                      int64_t seed,
                      const json_t *end)
{
    uint64_t now = cut_answer_number(end, "now");
    bool is_late = seen->has_open && now - seen->open_since > seen->longest;
    bool has_none = seen->complete == 0 && !seen->is_aborted;

    if (seen->proof != NULL)
        row->wrong++;
    else if (seen->is_stuck || is_late || has_none)
        row->incomplete++;
    else if (seen->is_aborted)
        row->aborted++;
    else
        row->consistent++;
    row->snapshots += seen->complete;
    row->duration += seen->duration;
    add_costs(&row->costs, json_object_get(end, "stats"));
    if (seen->proof == NULL || row->proof != NULL)
        return;
    row->proof = json_incref(seen->proof);
    row->proof_seed = seed;
}

/*
 * Count a run in which the program itself failed. It says nothing of the
 * algorithm, whatever was recorded before: it was over too soon to be measured.
 */
static void note_failure(struct cut_row *row, int64_t seed, const char *what)
{
    row->failed++;
    if (row->failed > 1)
        return;
    row->failure_seed = seed;
    snprintf(row->failure, sizeof row->failure, "%s", what);
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

/* Listen to a run until it is over. CUT_STATE: the program died in it. */
static enum cut_error listen(struct cut_comparison *comparison,
                             struct cut_row *row,
                             struct observation *seen,
                             int64_t seed)
{
    struct cut_answer answer;
    enum cut_error error = CUT_OK;

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
            hear_snapshot(seen, answer.value);
        if (strcmp(answer.name, "end") == 0) {
            const char *failure = cut_answer_text(answer.value, "failure");
            row->runs++;
            if (failure[0] != '\0')
                note_failure(row, seed, failure);
            else
                judge_run(row, seen, seed, answer.value);
            return CUT_OK;
        }
    }
    return error;
}

/* Note how the program died in a run, and start it again for the next one. */
static enum cut_error
revive(struct cut_comparison *comparison, struct cut_row *row, int64_t seed)
{
    row->runs++;
    note_failure(row, seed, cut_child_fate(comparison->child));
    cut_child_stop(comparison->child);
    comparison->child = NULL;
    return cut_child_start(comparison->command,
                           cut_run_program(comparison->arguments),
                           &comparison->child);
}

static enum cut_error
run_one(struct cut_comparison *comparison, struct cut_row *row, int64_t seed)
{
    struct observation seen = {.proof = NULL};
    enum cut_error error =
        cut_compare_ask(comparison, row->name, seed, json_object());

    if (error == CUT_OK)
        error = listen(comparison, row, &seen, seed);
    json_decref(seen.proof);
    return error == CUT_STATE ? revive(comparison, row, seed) : error;
}

static int64_t seed_of_run(const struct cut_comparison *comparison, uint64_t i)
{
    return (int64_t)((uint64_t)comparison->seed + i);
}

enum cut_error cut_compare_run(struct cut_comparison *comparison)
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
