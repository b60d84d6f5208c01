#include "net/control_request.h"

#include "model/json_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The words of commands, and the member that each may have. */
static const struct {
    const char *word;
    const char *member;
} commands[] = {
    [CUT_CONTROL_INFO] = {"info", NULL},
    [CUT_CONTROL_SNAP] = {"snap", "initiator"},
    [CUT_CONTROL_STATS] = {"stats", "snapshot"},
    [CUT_CONTROL_STOP] = {"stop", NULL},
};

static enum cut_error refuse(struct cut_control_request *request,
                             const char *format,
                             ...) __attribute__((format(printf, 2, 3)));

/* A key of somebody's may hold anything, and may be cut within a character: it
 * is said as one line of ASCII. */
static void make_visible(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

static enum cut_error
refuse(struct cut_control_request *request, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(request->wrong, sizeof request->wrong, format, values);
    va_end(values);
    make_visible(request->wrong);
    return CUT_INVALID;
}

static enum cut_error read_command(struct cut_control_request *request,
                                   const json_t *value)
{
    const char *word = json_string_value(value);

    if (word == NULL)
        return refuse(request,
                      "no command (expected {\"command\":\"info\"} or such)");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(word, commands[i].word) == 0) {
            request->command = (enum cut_control_command)i;
            return CUT_OK;
        }
    return refuse(
        request,
        "unknown command '%.60s' (expected info, snap, stats or stop)",
        word);
}

static bool is_number(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static enum cut_error
read_member(struct cut_control_request *request, const char *key, json_t *value)
{
    const char *member = commands[request->command].member;

    if (strcmp(key, "command") == 0 || strcmp(key, "id") == 0)
        return CUT_OK;
    if (member == NULL || strcmp(key, member) != 0)
        return refuse(request,
                      "unknown member '%.60s' of '%s'",
                      key,
                      commands[request->command].word);
    if (request->command == CUT_CONTROL_SNAP) {
        if (!json_is_string(value) && !is_number(value))
            return refuse(request,
                          "bad initiator (expected the name or the index of a "
                          "process)");
        request->initiator = json_incref(value);
        return CUT_OK;
    }
    if (!is_number(value))
        return refuse(request, "bad snapshot (expected its id)");
    request->has_snapshot = true;
    request->snapshot = (uint64_t)json_integer_value(value);
    return CUT_OK;
}

static enum cut_error read_members(struct cut_control_request *request,
                                   json_t *object)
{
    json_t *id = json_object_get(object, "id");
    enum cut_error error = CUT_OK;
    const char *key;
    json_t *value;

    if (id != NULL && !json_is_string(id) && !json_is_integer(id))
        return refuse(request, "bad id (expected a text or an integer)");
    request->id = json_incref(id);
    error = read_command(request, json_object_get(object, "command"));
    if (error != CUT_OK)
        return error;
    json_object_foreach(object, key, value)
    {
        error = read_member(request, key, value);
        if (error != CUT_OK)
            break;
    }
    return error;
}

enum cut_error cut_control_request_read(const char *line,
                                        size_t size,
                                        struct cut_control_request *out)
{
    enum cut_error error = CUT_OK;

    *out = (struct cut_control_request){.id = NULL};
    json_t *value = cut_value_parse(line, size, &error);
    if (error != CUT_OK)
        return error;
    error = json_is_object(value) ? read_members(out, value)
                                  : refuse(out, "no JSON object in a line");
    json_decref(value);
    return error;
}

void cut_control_request_fini(struct cut_control_request *request)
{
    json_decref(request->id);
    json_decref(request->initiator);
    request->id = NULL;
    request->initiator = NULL;
}
