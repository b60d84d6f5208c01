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
