#include "troupe.h"

#include <stdlib.h>

/* Return the texts of an array, which lives as long as it does. */
static const char **texts_of(const json_t *array)
{
    size_t count = json_array_size(array);
    const char **texts = calloc(count + 1, sizeof *texts);

    for (size_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = json_string_value(json_array_get(array, i));
        if (texts[i] == NULL)
            texts[i] = "?";
    }
    return texts;
}

enum cut_error cut_troupe_keep(struct cut_troupe *troupe, json_t *system)
{
    const json_t *names = json_object_get(system, "names");
    const json_t *types = json_object_get(system, "message_types");

    cut_troupe_fini(troupe);
    troupe->system = json_incref(system);
    troupe->names = texts_of(names);
    troupe->types = texts_of(types);
    if (troupe->names == NULL || troupe->types == NULL) {
        cut_troupe_fini(troupe);
        return CUT_NOMEM;
    }
    uint64_t count = cut_answer_number(system, "processes");
    troupe->cast = (struct cut_cast){
        .process_count = (uint32_t)count,
        .names = json_array_size(names) == count ? troupe->names : NULL,
        .types = troupe->types,
        .type_count = json_array_size(types),
    };
    return CUT_OK;
}

void cut_troupe_fini(struct cut_troupe *troupe)
{
    json_decref(troupe->system);
    free(troupe->names);
    free(troupe->types);
    *troupe = (struct cut_troupe){0};
}

uint64_t cut_answer_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));

    return number > 0 ? (uint64_t)number : 0;
}

uint32_t cut_answer_process(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? (uint32_t)json_integer_value(value)
                                  : CUT_NONE;
}

const char *cut_answer_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}
