#include "compare.h"

#include "program_json.h"
#include "verdict_text.h"

#include <stdlib.h>
#include <string.h>

static json_t *integer(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* What proves a row wrong, with names and in words; NULL: nothing does. */
static json_t *proof_of(const struct cut_comparison *comparison,
                        const struct cut_row *row)
{
    const json_t *verdict = json_object_get(row->proof, "verdict");
    char words[CUT_VERDICT_SIZE];

    if (verdict == NULL)
        return NULL;
    cut_verdict_text(verdict, &comparison->troupe.cast, words);
    json_t *copy = json_deep_copy(verdict);
    if (cut_program_json_name(&comparison->troupe.cast, copy) != CUT_OK) {
        json_decref(copy);
        return NULL;
    }
    return json_pack("{s:I,s:o,s:s,s:o}",
                     "seed",
                     (json_int_t)row->proof_seed,
                     "snapshot",
                     integer(cut_answer_number(row->proof, "number")),
                     "sentence",
                     words,
                     "verdict",
                     copy);
}

/* How the program failed first; NULL: it did not. */
static json_t *failure_of(const struct cut_row *row)
{
    if (row->failed == 0)
        return NULL;
    return json_pack("{s:I,s:s}",
                     "seed",
                     (json_int_t)row->failure_seed,
                     "what",
                     row->failure);
}

static json_t *row_of(const struct cut_comparison *comparison,
                      const struct cut_row *row)
{
    const struct cut_costs *costs = &row->costs;

    if (row->refusal[0] != '\0')
        return json_pack(
            "{s:s,s:s}", "name", row->name, "refusal", row->refusal);
    return json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:{s:o,s:o,s:o,s:o,s:o,s:o},"
        "s:o*,s:o*}",
        "name",
        row->name,
        "runs",
        integer(row->runs),
        "consistent",
        integer(row->consistent),
        "wrong",
        integer(row->wrong),
        "not_complete",
        integer(row->incomplete),
        "aborted",
        integer(row->aborted),
        "failed",
        integer(row->failed),
        "snapshots",
        integer(row->snapshots),
        "duration",
        integer(row->duration),
        "costs",
        "control_messages",
        integer(costs->control_messages),
        "control_bytes",
        integer(costs->control_bytes),
        "stamp_bytes",
        integer(costs->stamp_bytes),
        "messages_recorded",
        integer(costs->messages_recorded),
        "bytes_recorded",
        integer(costs->bytes_recorded),
        "stopped",
        integer(costs->stopped),
        "proof",
        proof_of(comparison, row),
        "failure",
        failure_of(row));
}

enum cut_error cut_compare_json(const struct cut_comparison *comparison,
                                FILE *file)
{
    const json_t *system = comparison->troupe.system;
    json_t *head = json_pack("{s:s,s:o,s:o,s:o,s:I}",
                             "program",
                             cut_answer_text(system, "program"),
                             "processes",
                             integer(cut_answer_number(system, "processes")),
                             "channels",
                             integer(cut_answer_number(system, "channels")),
                             "runs",
                             integer(comparison->run_count),
                             "seed",
                             (json_int_t)comparison->seed);
    char *text = json_dumps(head, JSON_COMPACT);
    enum cut_error error = text != NULL ? CUT_OK : CUT_NOMEM;

    json_decref(head);
    if (error == CUT_OK)
        fprintf(file, "%.*s,\n\"algorithms\":[", (int)strlen(text) - 1, text);
    free(text);
    for (size_t i = 0; i < comparison->row_count && error == CUT_OK; i++) {
        json_t *row = row_of(comparison, &comparison->rows[i]);
        fputs(i == 0 ? "\n" : ",\n", file);
        if (row == NULL ||
            (json_dumpf(row, file, JSON_COMPACT) != 0 && !ferror(file)))
            error = CUT_NOMEM;
        json_decref(row);
    }
    if (error == CUT_OK)
        fputs("\n]}\n", file);
    return error;
}
