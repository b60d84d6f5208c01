/*
 * A set of hashes: the states that a search has seen.
 */
#ifndef TESTS_SEEN_H
#define TESTS_SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct seen {
    uint64_t *slots; /* 0: free */
    size_t capacity; /* a power of two */
    size_t count;
};

static inline void seen_init(struct seen *seen)
{
    seen->capacity = 1 << 12;
    seen->count = 0;
    seen->slots = calloc(seen->capacity, sizeof *seen->slots);
    if (seen->slots == NULL)
        abort();
}

static inline void seen_fini(struct seen *seen)
{
    free(seen->slots);
}

/* Add a hash; return whether it was not there. */
static inline bool seen_add(struct seen *seen, uint64_t hash)
{
    size_t i = (size_t)(hash += hash == 0) & (seen->capacity - 1);

    while (seen->slots[i] != 0 && seen->slots[i] != hash)
        i = (i + 1) & (seen->capacity - 1);
    if (seen->slots[i] == hash)
        return false;
    seen->slots[i] = hash;
    if (++seen->count * 2 > seen->capacity) {
        struct seen grown = {.capacity = seen->capacity * 2};
        grown.slots = calloc(grown.capacity, sizeof *grown.slots);
        if (grown.slots == NULL)
            abort();
        for (i = 0; i < seen->capacity; i++)
            if (seen->slots[i] != 0)
                seen_add(&grown, seen->slots[i]);
        free(seen->slots);
        *seen = grown;
    }
    return true;
}

#endif
