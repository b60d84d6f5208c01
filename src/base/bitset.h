/*
 * A set of small integers, with "the next member from here on" in time that
 * does not depend on how empty the set is: a tree of words, 64 to one, in
 * which a bit says whether the word below has any.
 */
#ifndef CUT_BASE_BITSET_H
#define CUT_BASE_BITSET_H

#include "base/memory.h"

#include <stdbool.h>

/* 64^6 is more than any index of 32 bits. */
#define CUT_BITSET_LEVELS 6

struct cut_bitset {
    uint64_t *words;                        /* all levels, the members first */
    uint64_t *level[CUT_BITSET_LEVELS + 1]; /* where each begins, and the end */
    unsigned level_count;
    size_t word_count;
};

/* Make an empty set of integers below size. CUT_NOMEM: nothing was made. */
CUT_MUST_USE enum cut_error
cut_bitset_init(struct cut_bitset *set,
                uint32_t size,
                const struct cut_allocator *allocator);

void cut_bitset_fini(struct cut_bitset *set,
                     const struct cut_allocator *allocator);

/* Returned by cut_bitset_next where there is no member. */
#define CUT_BITSET_END UINT64_MAX

static inline void cut_bitset_add(struct cut_bitset *set, uint64_t member)
{
    for (unsigned i = 0; i < set->level_count; i++) {
        uint64_t *word = &set->level[i][member / 64];
        bool had_any = *word != 0;
        *word |= UINT64_C(1) << (member % 64);
        if (had_any)
            break;
        member /= 64;
    }
}

static inline void cut_bitset_remove(struct cut_bitset *set, uint64_t member)
{
    for (unsigned i = 0; i < set->level_count; i++) {
        uint64_t *word = &set->level[i][member / 64];
        *word &= ~(UINT64_C(1) << (member % 64));
        if (*word != 0)
            break;
        member /= 64;
    }
}

/*
 * Return the least member that is at least `from`: go up until a word has a
 * member from here on, then down along the lowest.
 */
static inline uint64_t cut_bitset_next(const struct cut_bitset *set,
                                       uint64_t from)
{
    unsigned i = 0;
    uint64_t word;

    for (;; i++) {
        if (i == set->level_count)
            return CUT_BITSET_END;
        if (&set->level[i][from / 64] >= set->level[i + 1])
            return CUT_BITSET_END;
        word = set->level[i][from / 64] >> (from % 64);
        if (word != 0)
            break;
        from = from / 64 + 1;
    }
    from += (uint64_t)__builtin_ctzll(word);
    while (i-- > 0)
        from = from * 64 + (uint64_t)__builtin_ctzll(set->level[i][from]);
    return from;
}

#endif
