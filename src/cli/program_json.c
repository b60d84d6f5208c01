#include "program_json.h"

#include <string.h>

static bool is_one_of(const char *key, const char *const *keys)
{
    while (*keys != NULL && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

/* The name that a member's value stands for; NULL: for none. */
static json_t *
name_of(const struct cut_cast *cast, const char *key, const json_t *value)
{
    static const char *const processes[] = {"process",
                                            "peer",
                                            "initiator",
                                            "from",
                                            "to",
                                            "sender",
                                            "receiver",
                                            "waits_for",
                                            "missing_processes",
                                            NULL};
    char room[CUT_CAST_NAME_SIZE];
    uint32_t number = (uint32_t)json_integer_value(value);

    if (!json_is_integer(value))
        return NULL;
    if (strcmp(key, "type") == 0 && number < cast->type_count)
        return json_string(cut_cast_type(cast, number, room));
    if (is_one_of(key, processes))
        return json_string(cut_cast_name(cast, number, room));
    return NULL;
}

static enum cut_error
name_array(const struct cut_cast *cast, const char *key, json_t *array)
{
    enum cut_error error = CUT_OK;
    size_t i;
    json_t *value;

    json_array_foreach(array, i, value)
    {
        json_t *name = name_of(cast, key, value);
        if (name != NULL && json_array_set_new(array, i, name) != 0)
            error = CUT_NOMEM;
        if (error == CUT_OK && name == NULL)
            error = cut_program_json_name(cast, value);
        if (error != CUT_OK)
            break;
    }
    return error;
}

enum cut_error cut_program_json_name(const struct cut_cast *cast, json_t *value)
{
    static const char *const own[] = {"state", "data", NULL};
    enum cut_error error = CUT_OK;
    const char *key;
    json_t *member;

    json_object_foreach(value, key, member)
    {
        json_t *name = name_of(cast, key, member);
        if (name != NULL)
            error =
                json_object_set_new(value, key, name) == 0 ? CUT_OK : CUT_NOMEM;
        else if (json_is_array(member) && !is_one_of(key, own))
            error = name_array(cast, key, member);
        else if (json_is_object(member) && !is_one_of(key, own))
            error = cut_program_json_name(cast, member);
        if (error != CUT_OK)
            break;
    }
    return error;
}

static void write_value(struct cut_program_json *json, const json_t *value)
{
    if (json_dumpf(value, json->file, JSON_COMPACT) != 0 && !ferror(json->file))
        json->error = CUT_NOMEM;
}

/* Write the next element of an array, on a line of its own. */
static void write_element(struct cut_program_json *json, json_t *element)
{
    if (cut_program_json_name(json->cast, element) != CUT_OK)
        json->error = CUT_NOMEM;
    fputs(json->is_first ? "\n" : ",\n", json->file);
    json->is_first = false;
    write_value(json, element);
}

void cut_program_json_begin(struct cut_program_json *json, json_t *system)
{
    fputs("{\"system\":", json->file);
    write_value(json, system);
    fputs(",\n", json->file);
    if (json->has_log)
        fputs("\"log\":[", json->file);
    json->is_first = true;
}

void cut_program_json_event(struct cut_program_json *json, json_t *event)
{
    write_element(json, event);
}

static void begin_snapshots(struct cut_program_json *json)
{
    if (json->has_snapshots)
        return;
    if (json->has_log)
        fputs("\n],\n", json->file);
    fputs("\"snapshots\":[", json->file);
    json->has_snapshots = true;
    json->is_first = true;
}

void cut_program_json_snapshot(struct cut_program_json *json, json_t *snapshot)
{
    begin_snapshots(json);
    write_element(json, snapshot);
}

void cut_program_json_end(struct cut_program_json *json,
                          json_t *end,
                          const char *fate)
{
    json_t *crash = NULL;

    begin_snapshots(json);
    fputs("\n],\n\"end\":", json->file);
    if (end == NULL) {
        crash = json_pack("{s:s,s:s}", "why", "crash", "failure", fate);
        end = crash;
    }
    write_value(json, end);
    fputs("}\n", json->file);
    json_decref(crash);
}
