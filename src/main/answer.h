/*
 * Answers on the control connection: a line of JSON each.
 */
#ifndef CUT_MAIN_ANSWER_H
#define CUT_MAIN_ANSWER_H

#include <cutline/error.h>
#include <jansson.h>
#include <stdbool.h>
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

/*
 * Read a JSON value. Return NULL where it is none; and where there is no memory
 * for it, which is noted in error.
 */
json_t *cut_answer_parse(const void *data, size_t size, enum cut_error *error);

/* Return an integer. Times and counts are below 2^63. */
json_t *cut_answer_count(uint64_t value);

/* Return bytes as a text of hexadecimal digits, at most `size_max` of them. */
json_t *cut_answer_hex(const void *data, size_t size, size_t size_max);

/*
 * Set a member of an object, and take the value. An object that lacks one for
 * want of memory is released, and becomes NULL, which may be gone on with.
 */
void cut_answer_set(json_t **object, const char *key, json_t *value);

/* Append an element likewise. */
void cut_answer_append(json_t **array, json_t *value);

#endif
