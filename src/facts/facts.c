#include "facts/facts_list.h"

#include "base/memory.h"
#include "base/trap.h"

#include <string.h>

enum cut_error cut_facts_create(const struct cut_allocator *allocator,
                                struct cut_facts **out)
{
    allocator = cut_allocator_or_standard(allocator);
    struct cut_facts *facts = cut_allocate_zeroed(allocator, 1, sizeof *facts);
    if (facts == NULL)
        return CUT_NOMEM;
    facts->allocator = allocator;
    *out = facts;
    return CUT_OK;
}

void cut_facts_destroy(struct cut_facts *facts)
{
    if (facts == NULL)
        return;
    cut_release(
        facts->allocator, facts->facts, facts->capacity, sizeof *facts->facts);
    cut_release(facts->allocator,
                facts->peers,
                facts->peer_capacity,
                sizeof *facts->peers);
    cut_release(facts->allocator, facts, 1, sizeof *facts);
}

void cut_facts_clear(struct cut_facts *facts)
{
    facts->count = 0;
    facts->peer_count = 0;
    facts->error = CUT_OK;
}

enum cut_error
cut_facts_reserve(struct cut_facts *facts, size_t fact_count, size_t peer_count)
{
    struct cut_fact *grown = cut_grow(facts->allocator,
                                      facts->facts,
                                      &facts->capacity,
                                      facts->count + fact_count,
                                      sizeof *grown);
    if (grown != NULL)
        facts->facts = grown;
    else if (fact_count > 0)
        return CUT_NOMEM;
    uint32_t *peers = cut_grow(facts->allocator,
                               facts->peers,
                               &facts->peer_capacity,
                               facts->peer_count + peer_count,
                               sizeof *peers);
    if (peers != NULL)
        facts->peers = peers;
    else if (peer_count > 0)
        return CUT_NOMEM;
    return CUT_OK;
}

void cut_facts_append(struct cut_facts *facts, const struct cut_fact *fact)
{
    facts->facts[facts->count++] = *fact;
}

/* --- statements ---------------------------------------------------------- */

/* Remember what is wrong with a statement, if it is the first. */
static void refuse(struct cut_facts *facts, enum cut_error error)
{
    if (facts->error == CUT_OK)
        facts->error = error;
}

/*
 * Make room for a statement. After something went wrong the list is incomplete
 * for good, and nothing more is added to it.
 */
static bool make_room(struct cut_facts *facts, size_t peer_count)
{
    if (facts->error == CUT_OK)
        facts->error = cut_facts_reserve(facts, 1, peer_count);
    return facts->error == CUT_OK;
}

static void state(struct cut_facts *facts, const struct cut_fact *fact)
{
    if (make_room(facts, 0))
        cut_facts_append(facts, fact);
}

static bool is_in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool cut_fact_is_name(const char *name, size_t size)
{
    if (size == 0 || size > CUT_FACT_NAME_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!is_in_name(name[i]))
            return false;
    return true;
}

void cut_facts_quantity(struct cut_facts *facts,
                        const char *name,
                        int64_t count)
{
    struct cut_fact fact = {.kind = CUT_FACT_QUANTITY, .count = count};
    size_t size = name != NULL ? strnlen(name, CUT_FACT_NAME_MAX + 1) : 0;

    if (!cut_fact_is_name(name, size)) {
        refuse(facts, CUT_INVALID);
        return;
    }
    memcpy(fact.name, name, size);
    state(facts, &fact);
}

void cut_facts_wait(struct cut_facts *facts,
                    uint32_t needed,
                    const uint32_t *peers,
                    uint32_t peer_count)
{
    struct cut_fact fact = {
        .kind = CUT_FACT_WAITING,
        .peer_count = peer_count,
        .count = needed,
        .from = facts->peer_count,
    };

    if (needed > peer_count || (peers == NULL && peer_count > 0))
        refuse(facts, CUT_INVALID);
    if (!make_room(facts, peer_count))
        return;
    if (peer_count > 0)
        memcpy(facts->peers + facts->peer_count,
               peers,
               peer_count * sizeof *peers);
    facts->peer_count += peer_count;
    cut_facts_append(facts, &fact);
}

void cut_facts_wait_all(struct cut_facts *facts,
                        const uint32_t *peers,
                        uint32_t peer_count)
{
    cut_facts_wait(facts, peer_count, peers, peer_count);
}

void cut_facts_wait_any(struct cut_facts *facts,
                        const uint32_t *peers,
                        uint32_t peer_count)
{
    cut_facts_wait(facts, 1, peers, peer_count);
}

void cut_facts_active(struct cut_facts *facts, bool is_active)
{
    struct cut_fact fact = {.kind = CUT_FACT_ACTIVE, .count = is_active};

    state(facts, &fact);
}

void cut_facts_root(struct cut_facts *facts, int64_t object)
{
    struct cut_fact fact = {.kind = CUT_FACT_ROOT, .count = object};

    state(facts, &fact);
}

void cut_facts_reference(struct cut_facts *facts, int64_t object)
{
    cut_facts_reference_from(facts, UINT64_MAX, object);
}

void cut_facts_reference_from(struct cut_facts *facts,
                              uint64_t from,
                              int64_t object)
{
    struct cut_fact fact = {
        .kind = CUT_FACT_REFERENCE,
        .count = object,
        .from = from,
    };

    state(facts, &fact);
}

/* --- reading ------------------------------------------------------------- */

size_t cut_facts_count(const struct cut_facts *facts)
{
    return facts->count;
}

struct cut_fact cut_facts_at(const struct cut_facts *facts, size_t index)
{
    CUT_ASSERT(index < facts->count);
    struct cut_fact fact = facts->facts[index];

    if (fact.kind == CUT_FACT_WAITING) {
        fact.peers = fact.peer_count > 0 ? facts->peers + fact.from : NULL;
        fact.from = 0;
    }
    return fact;
}

enum cut_error cut_facts_error(const struct cut_facts *facts)
{
    return facts->error;
}
