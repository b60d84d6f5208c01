#include "facts/totals.h"

#include <string.h>

/* Return the total of that name, a new one if need be; NULL: one too many. */
static struct cut_total *find(struct cut_totals *totals, const char *name)
{
    size_t i = 0;

    while (i < totals->count && strcmp(totals->all[i].name, name) != 0)
        i++;
    if (i == CUT_TOTALS_MAX)
        return NULL;
    if (i == totals->count) {
        totals->all[totals->count++] = (struct cut_total){0};
        memcpy(totals->all[i].name, name, strlen(name) + 1);
    }
    return &totals->all[i];
}

static void add(int64_t *sum, int64_t count)
{
    *sum = (int64_t)((uint64_t)*sum + (uint64_t)count);
}

void cut_totals_add(struct cut_totals *totals,
                    const struct cut_facts *facts,
                    enum cut_totals_place place)
{
    size_t count = cut_facts_count(facts);

    for (size_t i = 0; i < count; i++) {
        struct cut_fact fact = cut_facts_at(facts, i);
        if (fact.kind != CUT_FACT_QUANTITY)
            continue;
        struct cut_total *total = find(totals, fact.name);
        if (total == NULL)
            continue;
        add(place == CUT_TOTALS_START       ? &total->start
            : place == CUT_TOTALS_PROCESSES ? &total->in_processes
                                            : &total->in_channels,
            fact.count);
    }
}
