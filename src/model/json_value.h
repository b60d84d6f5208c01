/*
 * Values of JSON, made of what a run consists of: jansson's, with the want of
 * memory carried along, so that whoever makes a value looks once, at the end.
 */
#ifndef CUT_MODEL_JSON_VALUE_H
#define CUT_MODEL_JSON_VALUE_H

#include <cutline/facts.h>

#include <jansson.h>

/*
 * Read a JSON value. Return NULL where it is none; and where there is no memory
 * for it, which is noted in error.
 */
json_t *cut_value_parse(const void *data, size_t size, enum cut_error *error);

/* Return an integer. Times and counts are below 2^63. */
json_t *cut_value_count(uint64_t value);

/* Return bytes as a text of hexadecimal digits, at most `size_max` of them. */
json_t *cut_value_hex(const void *data, size_t size, size_t size_max);

/* Read such digits, of so many bytes and no others; returns whether they are.
 */
bool cut_value_bytes(const json_t *value, void *out, size_t size);

/*
 * Set a member of an object, and take the value. An object that lacks one for
 * want of memory is released, and becomes NULL, which may be gone on with.
 */
void cut_value_set(json_t **object, const char *key, json_t *value);

/* Append an element likewise. */
void cut_value_append(json_t **array, json_t *value);

/*
 * Return a value as text, to be given to free(); NULL where there is no memory
 * for it. (json_dumps of jansson 2.14 can return a text without one of its keys
 * then.)
 *
 *   flags  as jansson has them.
 */
char *cut_value_print(const json_t *value, size_t flags);

/* Return facts as an array. */
json_t *cut_value_facts(const struct cut_facts *facts);

#endif
