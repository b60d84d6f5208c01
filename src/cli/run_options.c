#include "run_options.h"

#include "commands.h"

#include <errno.h>
#include <stdlib.h>

bool cut_run_option(int id)
{
    static const enum cut_option_id ids[] = {
        CUT_OPTION_ALGORITHM,
        CUT_OPTION_CAPACITY,
        CUT_OPTION_CHECK_SAVE,
        CUT_OPTION_CLOCK_BOUND,
        CUT_OPTION_CLOCK_LEAD,
        CUT_OPTION_CRASH,
        CUT_OPTION_DELAY,
        CUT_OPTION_DUPLICATE,
        CUT_OPTION_EVENTS,
        CUT_OPTION_EVENTS_MAX,
        CUT_OPTION_JOIN,
        CUT_OPTION_JUDGE,
        CUT_OPTION_LEAVE,
        CUT_OPTION_LINK,
        CUT_OPTION_LOSS,
        CUT_OPTION_MARKER_LINKS,
        CUT_OPTION_PROCESSES,
        CUT_OPTION_REORDER,
        CUT_OPTION_SEED,
        CUT_OPTION_SKEW,
        CUT_OPTION_SNAPSHOT_AT,
        CUT_OPTION_SNAPSHOT_EVERY,
        CUT_OPTION_SNAPSHOT_TIMEOUT,
        CUT_OPTION_TOPOLOGY,
        CUT_OPTION_UNTIL,
    };

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (ids[i] == (enum cut_option_id)id)
            return true;
    return false;
}

/* A number of more than 63 bits is passed on as it is, to be refused. */
static json_t *value_of(const struct cut_option *option, const char *text)
{
    if (option->kind != CUT_VALUE_INTEGER && option->kind != CUT_VALUE_UNSIGNED)
        return json_string(text);
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    return errno == 0 ? json_integer(number) : json_string(text);
}

static json_t *values_of(const struct cut_arguments *arguments,
                         const struct cut_option *option)
{
    json_t *array = json_array();
    const char *text;

    for (size_t i = 0;
         (text = cut_arguments_nth(arguments, option->id, i)) != NULL;
         i++) {
        if (json_array_append_new(array, json_string(text)) == 0)
            continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

/* jansson has no memory for what is not UTF-8, and does not say which it is. */
static enum cut_error refuse(const struct cut_arguments *arguments,
                             const char *before,
                             const char *name)
{
    cut_complain(stderr,
                 cut_arguments_command(arguments),
                 "%s%s: not UTF-8, or out of memory",
                 before,
                 name);
    return CUT_INVALID;
}

static enum cut_error set_arguments(const struct cut_arguments *arguments,
                                    json_t *request)
{
    json_t *array = json_array();
    const char *text;

    if (json_object_set_new(request, "arguments", array) != 0)
        return refuse(arguments, "", "arguments");
    for (size_t i = 1; (text = cut_arguments_operand(arguments, i)) != NULL;
         i++)
        if (json_array_append_new(array, json_string(text)) != 0)
            return refuse(arguments, "", "an argument of the program");
    return CUT_OK;
}

enum cut_error cut_run_request(const struct cut_arguments *arguments,
                               json_t **out)
{
    const struct cut_command *command = cut_arguments_command(arguments);
    json_t *request = json_pack("{s:s}", "command", "run");
    enum cut_error error = CUT_OK;

    for (const struct cut_option *o = command->options;
         error == CUT_OK && o->name != NULL;
         o++) {
        json_t *value;
        if (!cut_run_option(o->id) || !cut_arguments_flag(arguments, o->id))
            continue;
        if (o->argument == NULL)
            value = json_true();
        else if (o->repeatable)
            value = values_of(arguments, o);
        else
            value = value_of(o, cut_arguments_text(arguments, o->id));
        if (json_object_set_new(request, o->name, value) != 0)
            error = refuse(arguments, "option --", o->name);
    }
    if (error == CUT_OK)
        error = set_arguments(arguments, request);
    if (error == CUT_OK)
        *out = request;
    else
        json_decref(request);
    return error;
}

void cut_run_refused(const struct cut_command *command, const json_t *value)
{
    const char *option = json_string_value(json_object_get(value, "option"));
    const char *what = json_string_value(json_object_get(value, "what"));

    cut_complain(stderr,
                 command,
                 "%s%s%s%s",
                 option != NULL ? "option '--" : "",
                 option != NULL ? option : "",
                 option != NULL ? "': " : "",
                 what != NULL ? what : "the program refuses");
}

char *const *cut_run_program(const struct cut_arguments *arguments)
{
    static char self[] = "/proc/self/exe";
    static char *const argv[] = {self, NULL};

    return cut_arguments_operand_count(arguments) > 0
               ? cut_arguments_operands(arguments)
               : argv;
}

const char *cut_run_program_name(const struct cut_arguments *arguments)
{
    const char *name = cut_arguments_operand(arguments, 0);

    return name != NULL ? name : "the token process";
}
