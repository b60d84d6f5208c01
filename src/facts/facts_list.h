/*
 * What a list of facts consists of, for the codec.
 */
#ifndef CUT_FACTS_FACTS_LIST_H
#define CUT_FACTS_FACTS_LIST_H

#include <cutline/facts.h>

/*
 * Facts in their order; the peers of all of them in one array, so that a list
 * that is cleared and filled again, once an event, allocates nothing. A fact in
 * the list has .from as the index of its first peer, and no .peers.
 */
struct cut_facts {
    const struct cut_allocator *allocator;
    struct cut_fact *facts;
    size_t count;
    size_t capacity;
    uint32_t *peers;
    size_t peer_count;
    size_t peer_capacity;
    enum cut_error error;
};

/* Make room for so many more. CUT_NOMEM: nothing is changed. */
CUT_MUST_USE enum cut_error cut_facts_reserve(struct cut_facts *facts,
                                              size_t fact_count,
                                              size_t peer_count);

/* Append a fact, whose peers have been appended, into room that is there. */
void cut_facts_append(struct cut_facts *facts, const struct cut_fact *fact);

/* Whether these bytes are the name of a quantity. */
bool cut_fact_is_name(const char *name, size_t size);

#endif
