/*
 * Memory by way of an allocator, with sizes that are checked for overflow.
 */
#ifndef CUT_BASE_MEMORY_H
#define CUT_BASE_MEMORY_H

#include <cutline/allocator.h>

/* Return the given allocator, or the standard one for NULL. */
const struct cut_allocator *
cut_allocator_or_standard(const struct cut_allocator *allocator);

/* Allocate count elements, not initialised; NULL: out of memory. */
void *
cut_allocate(const struct cut_allocator *allocator, size_t count, size_t size);

/* Allocate count elements of zero bytes; NULL: out of memory. */
void *cut_allocate_zeroed(const struct cut_allocator *allocator,
                          size_t count,
                          size_t size);

/* Release what cut_allocate or cut_grow gave, with the same count and size. */
void cut_release(const struct cut_allocator *allocator,
                 void *array,
                 size_t count,
                 size_t size);

/*
 * Make room in an array for at least `needed` elements, by half as much again
 * at a time, so that n appends cost O(n) and the slack is at most a third.
 *
 *   capacity  elements there is room for; changed on success.
 *   returns   the array, perhaps moved; NULL: out of memory, the old one is
 *             as it was.
 */
void *cut_grow(const struct cut_allocator *allocator,
               void *array,
               size_t *capacity,
               size_t needed,
               size_t size);

#endif
