#include "sim_output.h"

#include "commands.h"

#include <stdlib.h>
#include <string.h>

struct cut_terminal cut_sim_terminal(const struct cut_arguments *arguments)
{
    const char *text = cut_arguments_text(arguments, CUT_OPTION_COLOR);
    enum cut_color_choice choice = CUT_COLOR_AUTO;

    if (text != NULL && strcmp(text, "auto") != 0)
        choice =
            strcmp(text, "always") == 0 ? CUT_COLOR_ALWAYS : CUT_COLOR_NEVER;
    return cut_terminal_detect(
        stdout, choice, cut_arguments_flag(arguments, CUT_OPTION_ASCII));
}

enum cut_error cut_sim_check_output(const struct cut_arguments *arguments)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    bool has_json = cut_arguments_flag(arguments, CUT_OPTION_JSON);
    bool has_diagram = cut_arguments_flag(arguments, CUT_OPTION_DIAGRAM);
    const char *what = NULL;

    if (cut_arguments_flag(arguments, CUT_OPTION_COLUMNS) && !has_diagram)
        what = "--columns are those of --diagram (expected both)";
    else if (cut_arguments_flag(arguments, CUT_OPTION_QUIET) && has_json)
        what = "--quiet prints no snapshots and --json prints them (expected "
               "one of them)";
    else if (has_diagram && has_json)
        what = "--diagram is for people and --json for programs (expected one "
               "of them)";
    if (what == NULL)
        return CUT_OK;
    cut_complain(stderr, command, "%s", what);
    return CUT_INVALID;
}

/* Find the processes of --columns. */
static enum cut_error find_columns(const struct cut_command *command,
                                   const struct cut_cast *cast,
                                   const char *names,
                                   uint32_t *columns,
                                   size_t *count)
{
    const char *who = cast->topology != NULL ? "server" : "process";

    *count = 0;
    for (const char *at = names;; at++) {
        size_t size = strcspn(at, ",");
        uint32_t process = cut_cast_find(cast, at, size);
        if (process == CUT_NONE) {
            cut_complain(stderr,
                         command,
                         "--columns: unknown %s \"%.*s\" (expected names of "
                         "the topology, or indices, with commas between)",
                         who,
                         (int)size,
                         at);
            return CUT_INVALID;
        }
        columns[(*count)++] = process;
        at += size;
        if (*at == '\0')
            return CUT_OK;
    }
}

enum cut_error cut_columns_diagram(const struct cut_arguments *arguments,
                                   const struct cut_cast *cast,
                                   const struct cut_terminal *terminal,
                                   struct cut_diagram **out)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    const char *names = cut_arguments_text(arguments, CUT_OPTION_COLUMNS);
    uint32_t *columns = NULL;
    size_t count = 0;
    enum cut_error error = CUT_OK;

    if (names != NULL) {
        columns = calloc(strlen(names) + 1, sizeof *columns);
        if (columns == NULL)
            error = CUT_NOMEM;
        else if (find_columns(command, cast, names, columns, &count) != CUT_OK)
            error = CUT_INVALID;
    }
    if (error == CUT_OK) {
        error = cut_diagram_create(cast, columns, count, terminal, NULL, out);
        if (error == CUT_INVALID)
            cut_complain(stderr,
                         command,
                         "--columns: a %s is named twice (expected each once)",
                         cast->topology != NULL ? "server" : "process");
    }
    if (error == CUT_NOMEM)
        cut_complain(stderr, command, "%s", cut_error_sentence(error));
    free(columns);
    return error;
}
