/*
 * The system that a PROGRAM said it runs as: the cast of a run, and what holds
 * its names.
 */
#ifndef CLI_TROUPE_H
#define CLI_TROUPE_H

#include "cast.h"

#include <jansson.h>

struct cut_troupe {
    json_t *system; /* the value of the answer "system"; NULL: not yet said */
    const char **names;
    const char **types;
    struct cut_cast cast;
};

/* Keep what an answer says, instead of what was kept before. CUT_NOMEM. */
CUT_MUST_USE enum cut_error cut_troupe_keep(struct cut_troupe *troupe,
                                            json_t *system);

/* Release what is kept. */
void cut_troupe_fini(struct cut_troupe *troupe);

/* Return a member of an answer: a count, a process (CUT_NONE), a text. */
uint64_t cut_answer_number(const json_t *object, const char *key);
uint32_t cut_answer_process(const json_t *object, const char *key);
const char *cut_answer_text(const json_t *object, const char *key);

#endif
