/*
 * Answers on the control connection: a line of JSON each.
 */
#ifndef CUT_MAIN_ANSWER_H
#define CUT_MAIN_ANSWER_H

#include "model/json_value.h"

#include <stdio.h>

struct cut_answers {
    FILE *file;
    enum cut_error error; /* the first; then nothing is written any more */
};

/*
 * Write {"name": value}. It takes the value; NULL: there was no memory for it.
 * The line is on its way before this returns: what was said last is known when
 * the program dies of what it does next.
 */
void cut_answer(struct cut_answers *answers, const char *name, json_t *value);

#endif
