/*
 * The snapshots of a PROGRAM, for people: a block each.
 */
#ifndef CLI_PROGRAM_TEXT_H
#define CLI_PROGRAM_TEXT_H

#include "troupe.h"

/* What is shown of a snapshot, unless all is wanted. */
#define CUT_PROGRAM_SHOWN 20

struct cut_program_text {
    FILE *file;
    const struct cut_cast *cast;
    bool is_all;    /* nothing is left out */
    bool has_above; /* something is printed above: a line is left free */
};

/* Write a snapshot: the value of an answer. */
void cut_program_text_snapshot(struct cut_program_text *text,
                               const json_t *snapshot);

/* Write the line of the whole run: the value of the answer "end". */
void cut_program_text_end(struct cut_program_text *text, const json_t *end);

/*
 * Write a message's data: JSON, or bytes; nothing where it has none. A space
 * stands before it.
 */
void cut_program_text_data(const json_t *message, FILE *file);

#endif
