/*
 * The known word that is nearest to a mistyped one.
 *
 *     struct cut_nearest nearest = {.word = "topolgy"};
 *     cut_nearest_offer(&nearest, "topology"); ... every known word
 *     nearest.best is the one to suggest, or NULL
 */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

struct cut_nearest {
    const char *word; /* the mistyped one; borrowed */
    const char *best; /* NULL: none is near */
    size_t distance;  /* of best */
};

/* Offer a known word; it is borrowed. Of equally near ones the first stays. */
void cut_nearest_offer(struct cut_nearest *nearest, const char *known);

#endif
