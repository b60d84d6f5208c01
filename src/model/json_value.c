#include "model/json_value.h"

#include <cutline/json.h>
#include <stdlib.h>
#include <string.h>

json_t *cut_value_parse(const void *data, size_t size, enum cut_error *error)
{
    json_error_t reason;
    json_t *value = json_loadb(data, size, JSON_DECODE_ANY, &reason);

    /* Where memory was short for a moment, jansson may have taken the text for
     * wrong. */
    if (value == NULL)
        value = json_loadb(data, size, JSON_DECODE_ANY, &reason);
    /* What is wrong with a text has a code, all else is want of memory. */
    if (value == NULL && (json_error_code(&reason) == json_error_unknown ||
                          json_error_code(&reason) == json_error_out_of_memory))
        *error = CUT_NOMEM;
    return value;
}

/* Once there was no memory, there is none. */
static int append(const char *text, size_t size, void *writer)
{
    struct cut_writer *out = writer;

    cut_write(out, text, size);
    return out->error == CUT_OK ? 0 : -1;
}

char *cut_value_print(const json_t *value, size_t flags)
{
    struct cut_writer out;
    char *text = NULL;

    cut_writer_init(&out, NULL);
    if (json_dump_callback(value, append, &out, flags) == 0 &&
        out.error == CUT_OK)
        text = strndup((const char *)out.data, out.size);
    cut_writer_fini(&out);
    return text;
}

json_t *cut_value_count(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *cut_value_hex(const void *data, size_t size, size_t size_max)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;

    if (size > size_max)
        size = size_max;
    char *text = malloc(2 * size + 1);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4U];
        text[2 * i + 1] = digits[bytes[i] & 15U];
    }
    json_t *value = json_stringn(text, 2 * size);
    free(text);
    return value;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cut_value_bytes(const json_t *value, void *out, size_t size)
{
    const char *digits = json_string_value(value);
    unsigned char *bytes = out;

    if (digits == NULL || json_string_length(value) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_of(digits[2 * i]);
        int low = digit_of(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(16 * high + low);
    }
    return true;
}

void cut_value_set(json_t **object, const char *key, json_t *value)
{
    if (*object == NULL) {
        json_decref(value);
    } else if (json_object_set_new(*object, key, value) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}

void cut_value_append(json_t **array, json_t *value)
{
    if (*array == NULL) {
        json_decref(value);
    } else if (json_array_append_new(*array, value) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}

static json_t *tell_fact(const struct cut_fact *fact)
{
    json_t *object = json_object();
    json_t *peers;

    switch (fact->kind) {
    case CUT_FACT_QUANTITY:
        cut_value_set(&object, "quantity", json_string(fact->name));
        cut_value_set(&object, "count", json_integer(fact->count));
        break;
    case CUT_FACT_WAITING:
        peers = json_array();
        for (uint32_t i = 0; i < fact->peer_count; i++)
            cut_value_append(&peers, json_integer((json_int_t)fact->peers[i]));
        cut_value_set(&object, "waits_for", peers);
        cut_value_set(&object, "needs", json_integer(fact->count));
        break;
    case CUT_FACT_ACTIVE:
        cut_value_set(&object, "active", json_boolean(fact->count != 0));
        break;
    case CUT_FACT_ROOT:
        cut_value_set(&object, "root", json_integer(fact->count));
        break;
    case CUT_FACT_REFERENCE:
        cut_value_set(&object, "reference", json_integer(fact->count));
        if (fact->from != UINT64_MAX)
            cut_value_set(&object, "from_object", cut_value_count(fact->from));
        break;
    }
    return object;
}

json_t *cut_value_facts(const struct cut_facts *facts)
{
    size_t count = cut_facts_count(facts);
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        struct cut_fact fact = cut_facts_at(facts, i);
        cut_value_append(&array, tell_fact(&fact));
    }
    return array;
}
