#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * A large array that is walked at random misses the TLB at each step unless
 * it lies on large pages; asking for them doubles the speed of a simulation
 * with gigabytes in flight. Where the system has none, nothing is lost.
 */
#define LARGE_PAGE ((uintptr_t)1 << 21)

static void ask_for_large_pages(void *block, size_t size)
{
    uintptr_t begin = ((uintptr_t)block + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)block + size) & ~(LARGE_PAGE - 1);

    if (end > begin)
        (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}

static void *
resize_standard(void *context, void *pointer, size_t size_old, size_t size_new)
{
    (void)context;
    (void)size_old;
    if (size_new == 0) {
        free(pointer);
        return NULL;
    }
    void *block = realloc(pointer, size_new);
    if (block != NULL)
        ask_for_large_pages(block, size_new);
    return block;
}

const struct cut_allocator *cut_allocator_standard(void)
{
    static const struct cut_allocator standard = {resize_standard, NULL};

    return &standard;
}

const struct cut_allocator *
cut_allocator_or_standard(const struct cut_allocator *allocator)
{
    return allocator != NULL ? allocator : cut_allocator_standard();
}

void *
cut_allocate(const struct cut_allocator *allocator, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return allocator->resize(allocator->context, NULL, 0, bytes ? bytes : 1);
}

/*
 * The standard allocator's fresh blocks of this size come from the kernel and
 * are zero already; calloc knows that, and leaves their pages untouched.
 */
void *cut_allocate_zeroed(const struct cut_allocator *allocator,
                          size_t count,
                          size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    if (allocator == cut_allocator_standard())
        return calloc(bytes ? bytes : 1, 1);
    void *array = cut_allocate(allocator, count, size);
    if (array != NULL)
        memset(array, 0, bytes);
    return array;
}

void cut_release(const struct cut_allocator *allocator,
                 void *array,
                 size_t count,
                 size_t size)
{
    size_t bytes = count * size;

    if (array != NULL)
        allocator->resize(allocator->context, array, bytes ? bytes : 1, 0);
}

void *cut_grow(const struct cut_allocator *allocator,
               void *array,
               size_t *capacity,
               size_t needed,
               size_t size)
{
    size_t wanted = *capacity + *capacity / 2;
    size_t bytes;

    if (needed <= *capacity)
        return array;
    if (wanted < needed)
        wanted = needed;
    if (wanted < 16)
        wanted = 16;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return NULL;
    void *grown =
        allocator->resize(allocator->context, array, *capacity * size, bytes);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}
