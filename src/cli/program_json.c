#include "program_json.h"

#include <string.h>

static bool is_one_of(const char *key, const char *const *keys)
{
    while (*keys != NULL && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

/* Return whether a member's value stands for a name, and that. */
static bool name_of(const struct cut_cast *cast,
                    const char *key,
                    const json_t *value,
                    json_t **out)
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
    bool is_type = strcmp(key, "type") == 0 && number < cast->type_count;

    if (!json_is_integer(value) || (!is_type && !is_one_of(key, processes)))
        return false;
    *out = json_string(is_type ? cut_cast_type(cast, number, room)
                               : cut_cast_name(cast, number, room));
    return true;
}

static enum cut_error
name_array(const struct cut_cast *cast, const char *key, json_t *array)
{
    enum cut_error error = CUT_OK;
    json_t *name;
    size_t i;
    json_t *value;

    json_array_foreach(array, i, value)
    {
        if (!name_of(cast, key, value, &name))
            error = cut_program_json_name(cast, value);
        else if (json_array_set_new(array, i, name) != 0)
            error = CUT_NOMEM;
        if (error != CUT_OK)
            break;
    }
    return error;
}

enum cut_error cut_program_json_name(const struct cut_cast *cast, json_t *value)
{
    static const char *const own[] = {"state", "data", NULL};
    enum cut_error error = CUT_OK;
    json_t *name;
    const char *key;
    json_t *member;

    json_object_foreach(value, key, member)
    {
        if (name_of(cast, key, member, &name)) {
            if (json_object_set_new(value, key, name) != 0)
                error = CUT_NOMEM;
        } else if (json_is_array(member) && !is_one_of(key, own)) {
            error = name_array(cast, key, member);
        } else if (json_is_object(member) && !is_one_of(key, own)) {
            error = cut_program_json_name(cast, member);
        }
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
