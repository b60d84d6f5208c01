#include "main/answer.h"

#include <stdlib.h>

void cut_answer(struct cut_answers *answers, const char *name, json_t *value)
{
    char *text = NULL;

    if (answers->error == CUT_OK) {
        /* Whole, before any of it is written: half a line is no answer. */
        text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
        if (text == NULL)
            answers->error = CUT_NOMEM;
        else if (fprintf(answers->file, "{\"%s\":%s}\n", name, text) < 0 ||
                 fflush(answers->file) != 0)
            answers->error = CUT_IO;
    }
    free(text);
    json_decref(value);
}

json_t *cut_answer_parse(const void *data, size_t size, enum cut_error *error)
{
    json_error_t reason;
    json_t *value = json_loadb(data, size, JSON_DECODE_ANY, &reason);

    /* What is wrong with a text has a code, all else is want of memory. */
    if (value == NULL && (json_error_code(&reason) == json_error_unknown ||
                          json_error_code(&reason) == json_error_out_of_memory))
        *error = CUT_NOMEM;
    return value;
}

json_t *cut_answer_count(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *cut_answer_hex(const void *data, size_t size, size_t size_max)
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

void cut_answer_set(json_t **object, const char *key, json_t *value)
{
    if (*object == NULL) {
        json_decref(value);
    } else if (json_object_set_new(*object, key, value) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}

void cut_answer_append(json_t **array, json_t *value)
{
    if (*array == NULL) {
        json_decref(value);
    } else if (json_array_append_new(*array, value) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}
