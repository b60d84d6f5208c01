/*
 * Where memory comes from. Every object takes an allocator when it is made
 * and gives back to the same one.
 */
#ifndef CUTLINE_ALLOCATOR_H
#define CUTLINE_ALLOCATOR_H

#include <cutline/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A source of memory. One function does all:
 *
 *   pointer NULL           allocate size_new bytes
 *   size_new 0             release pointer, return NULL
 *   else                   grow or shrink, contents kept, perhaps moved
 *
 *   size_old  what was asked for when pointer was got; 0 with NULL.
 *   returns   memory aligned for any type, or NULL: out of memory, and then
 *             the old block is untouched. Releasing never fails.
 */
struct cut_allocator {
    void *(*resize)(void *context,
                    void *pointer,
                    size_t size_old,
                    size_t size_new);
    void *context; /* borrowed, handed to every call */
};

/*
 * Return the allocator of the C library (realloc, free): what NULL stands for
 * wherever a function takes an allocator. Any thread.
 */
CUT_PUBLIC const struct cut_allocator *cut_allocator_standard(void);

#ifdef __cplusplus
}
#endif

#endif
