/*
 * The algorithms that there are.
 */
#include "core/state.h"

static const struct cut_algorithm *const algorithms[] = {
    &cut_chandy_lamport,
    &cut_lai_yang,
    &cut_mattern,
    &cut_tree,
    &cut_flush,
    &cut_clock,
    &cut_naive,
};

/* strcmp is not among the few functions that this layer may call. */
static bool is_same_text(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

const struct cut_algorithm *cut_algorithm_at(size_t index)
{
    if (index >= sizeof algorithms / sizeof algorithms[0])
        return NULL;
    return algorithms[index];
}

const struct cut_algorithm *cut_algorithm_find(const char *name)
{
    const struct cut_algorithm *algorithm = NULL;

    for (size_t i = 0; (algorithm = cut_algorithm_at(i)) != NULL; i++)
        if (is_same_text(algorithm->traits.name, name))
            return algorithm;
    return NULL;
}

const struct cut_algorithm_traits *
cut_algorithm_traits(const struct cut_algorithm *algorithm)
{
    return &algorithm->traits;
}
