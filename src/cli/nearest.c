#include "nearest.h"

#include <string.h>

/* Longer words are near to nothing. */
#define WORD_SIZE_MAX 32

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Return how many letters must be changed, put in, left out, or swapped with
 * their neighbour, to make one word of the other. (Optimal string alignment,
 * three rows of the matrix in turn.)
 */
static size_t distance(const char *a, size_t a_size, const char *b)
{
    size_t rows[3][WORD_SIZE_MAX + 1];
    size_t b_size = strlen(b);

    for (size_t i = 0; i <= a_size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *second = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            size_t changed = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

void cut_nearest_offer(struct cut_nearest *nearest, const char *known)
{
    size_t size = strlen(nearest->word);
    size_t known_size = strlen(known);
    if (size == 0 || size > WORD_SIZE_MAX || known_size > WORD_SIZE_MAX)
        return;

    /* The beginning of a word is as near as one slip of the finger. */
    size_t far = strncmp(nearest->word, known, size) == 0
                     ? 1
                     : distance(nearest->word, size, known);
    if (far * 3 > known_size || (nearest->best && far >= nearest->distance))
        return;
    nearest->best = known;
    nearest->distance = far;
}
