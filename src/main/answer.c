#include "main/answer.h"

#include <stdlib.h>

void cut_answer(struct cut_answers *answers, const char *name, json_t *value)
{
    if (value == NULL && answers->error == CUT_OK)
        answers->error = CUT_NOMEM;
    if (answers->error == CUT_OK) {
        /* The rest of a line that could not be written would be garbage. */
        bool is_written = fprintf(answers->file, "{\"%s\":", name) > 0 &&
                          json_dumpf(value, answers->file, JSON_COMPACT) == 0 &&
                          fputs("}\n", answers->file) >= 0 &&
                          fflush(answers->file) == 0;
        if (!is_written)
            answers->error = ferror(answers->file) ? CUT_IO : CUT_NOMEM;
    }
    json_decref(value);
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
