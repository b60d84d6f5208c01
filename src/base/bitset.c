#include "base/bitset.h"

enum cut_error cut_bitset_init(struct cut_bitset *set,
                               uint32_t size,
                               const struct cut_allocator *allocator)
{
    size_t words[CUT_BITSET_LEVELS];
    size_t bits = size > 0 ? size : 1;

    set->level_count = 0;
    set->word_count = 0;
    do {
        bits = (bits + 63) / 64;
        words[set->level_count++] = bits;
        set->word_count += bits;
    } while (bits > 1);
    set->words =
        cut_allocate_zeroed(allocator, set->word_count, sizeof *set->words);
    if (set->words == NULL)
        return CUT_NOMEM;
    set->level[0] = set->words;
    for (unsigned i = 0; i < set->level_count; i++)
        set->level[i + 1] = set->level[i] + words[i];
    return CUT_OK;
}

void cut_bitset_fini(struct cut_bitset *set,
                     const struct cut_allocator *allocator)
{
    cut_release(allocator, set->words, set->word_count, sizeof *set->words);
    set->words = NULL;
}
