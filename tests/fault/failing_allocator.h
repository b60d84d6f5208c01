/*
 * An allocator for tests: it fails when it is told to, and knows the size of
 * each block, so that a wrong size_old, a block released twice and a block
 * never released are found.
 *
 * What it finds is counted in `mistakes`; it goes on as if nothing had
 * happened, since the test is to end and say so.
 */
#ifndef TESTS_FAULT_FAILING_ALLOCATOR_H
#define TESTS_FAULT_FAILING_ALLOCATOR_H

#include <cutline/allocator.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum failing_mode {
    FAIL_NEVER,
    FAIL_ONCE,    /* the one at `at` alone */
    FAIL_FROM_ON, /* the one at `at` and all later ones */
};

/* What stands before each block, and keeps it aligned for any type. */
struct failing_header {
    _Alignas(max_align_t) size_t size;
    uint64_t canary;
};

struct failing_allocator {
    struct cut_allocator allocator; /* to be handed out */
    enum failing_mode mode;
    uint64_t at;       /* from 1: which request for memory fails */
    uint64_t requests; /* for memory: releases are none */
    uint64_t failures;
    uint64_t blocks; /* that are not released */
    uint64_t mistakes;
};

#define FAILING_CANARY UINT64_C(0x6375746c696e6521)

static inline bool failing_is_due(const struct failing_allocator *failing)
{
    switch (failing->mode) {
    case FAIL_NEVER:
        return false;
    case FAIL_ONCE:
        return failing->requests == failing->at;
    case FAIL_FROM_ON:
        return failing->requests >= failing->at;
    }
    return false;
}

/* Return the header of a block that is given back; NULL: it is not ours. */
static inline struct failing_header *
failing_check(struct failing_allocator *failing, void *pointer, size_t size_old)
{
    struct failing_header *header = (struct failing_header *)pointer - 1;

    if (header->canary != FAILING_CANARY) {
        failing->mistakes++;
        return NULL;
    }
    if (header->size != size_old)
        failing->mistakes++;
    return header;
}

static inline void failing_release(struct failing_allocator *failing,
                                   struct failing_header *header)
{
    failing->blocks--;
    /* Nobody may read what was released, or release it again. */
    memset(header, 0xdd, sizeof *header + header->size);
    free(header);
}

/*
 * Growing always moves, so that no pointer to the old place stays right by
 * luck.
 */
static inline void *
failing_resize(void *context, void *pointer, size_t size_old, size_t size_new)
{
    struct failing_allocator *failing = context;
    struct failing_header *old = NULL;

    if (pointer != NULL)
        old = failing_check(failing, pointer, size_old);
    else if (size_old != 0 || size_new == 0)
        failing->mistakes++;
    if (size_new == 0) {
        if (old != NULL)
            failing_release(failing, old);
        return NULL;
    }
    failing->requests++;
    if (failing_is_due(failing)) {
        failing->failures++;
        return NULL;
    }
    struct failing_header *header = malloc(sizeof *header + size_new);
    if (header == NULL)
        abort();
    *header = (struct failing_header){size_new, FAILING_CANARY};
    /* Fresh memory is not zero: who needs that has to see to it. */
    memset(header + 1, 0xcc, size_new);
    failing->blocks++;
    if (old != NULL) {
        memcpy(
            header + 1, old + 1, old->size < size_new ? old->size : size_new);
        failing_release(failing, old);
    }
    return header + 1;
}

/* Make an allocator that fails at its `at`th request, from 1. */
static inline void failing_init(struct failing_allocator *failing,
                                enum failing_mode mode,
                                uint64_t at)
{
    *failing = (struct failing_allocator){
        .allocator = {.resize = failing_resize, .context = failing},
        .mode = mode,
        .at = at,
    };
}

#endif
