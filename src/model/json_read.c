/*
 * The reader: jansson's, which is strict, behind our names. A value is a
 * json_t, never looked into here.
 */
#include <cutline/json.h>

#include <jansson.h>

static const json_t *inside(const struct cut_json *value)
{
    return (const json_t *)value;
}

static const struct cut_json *outside(const json_t *value)
{
    return (const struct cut_json *)value;
}

/*
 * Jansson does not always say that memory is out. It leaves the error as it
 * was, which is why that begins as zero, the code json_error_unknown; or,
 * within a text, it speaks of invalid syntax, and then so do we.
 */
static bool is_out_of_memory(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);

    return code == json_error_unknown || code == json_error_out_of_memory;
}

enum cut_error
cut_json_read(const void *data, size_t size, struct cut_json **out)
{
    json_error_t error = {0};
    json_t *document = json_loadb(
        data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (document == NULL)
        return is_out_of_memory(&error) ? CUT_NOMEM : CUT_INVALID;
    *out = (struct cut_json *)document;
    return CUT_OK;
}

void cut_json_destroy(struct cut_json *document)
{
    json_decref((json_t *)document);
}

const struct cut_json *cut_json_get(const struct cut_json *object,
                                    const char *key)
{
    return outside(json_object_get(inside(object), key));
}

size_t cut_json_count(const struct cut_json *array)
{
    return json_array_size(inside(array));
}

const struct cut_json *cut_json_at(const struct cut_json *array, size_t index)
{
    return outside(json_array_get(inside(array), index));
}

bool cut_json_as_integer(const struct cut_json *value, int64_t *out)
{
    if (!json_is_integer(inside(value)))
        return false;
    *out = json_integer_value(inside(value));
    return true;
}

bool cut_json_as_bool(const struct cut_json *value, bool *out)
{
    if (!json_is_boolean(inside(value)))
        return false;
    *out = json_is_true(inside(value));
    return true;
}

bool cut_json_as_text(const struct cut_json *value, const char **out)
{
    if (!json_is_string(inside(value)))
        return false;
    *out = json_string_value(inside(value));
    return true;
}

bool cut_json_get_integer(const struct cut_json *object,
                          const char *key,
                          int64_t *out)
{
    return cut_json_as_integer(cut_json_get(object, key), out);
}

bool cut_json_get_bool(const struct cut_json *object,
                       const char *key,
                       bool *out)
{
    return cut_json_as_bool(cut_json_get(object, key), out);
}
