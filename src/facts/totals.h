/*
 * Quantities, added up: what a program states as facts of its processes and
 * messages, and what there was of it at the start.
 */
#ifndef CUT_FACTS_TOTALS_H
#define CUT_FACTS_TOTALS_H

#include <cutline/facts.h>

/* The most quantities that are told apart; what comes later is left out. */
#define CUT_TOTALS_MAX 64

struct cut_total {
    char name[CUT_FACT_NAME_MAX + 1];
    int64_t start; /* in processes, before anything happened */
    int64_t in_processes;
    int64_t in_channels;
};

struct cut_totals {
    struct cut_total all[CUT_TOTALS_MAX]; /* in the order of their first fact */
    size_t count;
};

/* Where a fact counts. */
enum cut_totals_place {
    CUT_TOTALS_START,
    CUT_TOTALS_PROCESSES,
    CUT_TOTALS_CHANNELS,
};

/* Add the quantities among facts, modulo 2^64. */
void cut_totals_add(struct cut_totals *totals,
                    const struct cut_facts *facts,
                    enum cut_totals_place place);

#endif
