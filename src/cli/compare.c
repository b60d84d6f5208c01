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

static bool has_failed(const struct cut_comparison *comparison)
{
    for (size_t i = 0; i < comparison->row_count; i++)
        if (comparison->rows[i].failed > 0)
            return true;
    return false;
}

/* Options */

/* Return the words that --algorithm of `cutline sim` knows. */
static const char *const *known_algorithms(void)
{
    const struct cut_option *option = cut_commands[CUT_COMMAND_SIM]->options;

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
        error = cut_compare_run(comparison);
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
    if (error != CUT_OK)
        return CUT_EXIT_ERROR;
    return has_failed(&comparison) ? CUT_EXIT_FAILURE : CUT_EXIT_SUCCESS;
}
