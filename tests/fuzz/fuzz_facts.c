/*
 * The input is facts as bytes. What is taken is a list that could have been
 * stated, and which gives the same bytes; what is refused changes nothing.
 */
#include "fuzz.h"

#include <cutline/facts.h>

static struct cut_facts *make(void)
{
    struct cut_facts *facts = NULL;

    FUZZ_CHECK(cut_facts_create(NULL, &facts) == CUT_OK);
    return facts;
}

/* State a fact once more: only what may be stated can be read. */
static void state_again(struct cut_facts *facts, const struct cut_fact *fact)
{
    switch (fact->kind) {
    case CUT_FACT_QUANTITY:
        cut_facts_quantity(facts, fact->name, fact->count);
        break;
    case CUT_FACT_WAITING:
        cut_facts_wait(
            facts, (uint32_t)fact->count, fact->peers, fact->peer_count);
        break;
    case CUT_FACT_ACTIVE:
        cut_facts_active(facts, fact->count != 0);
        break;
    case CUT_FACT_ROOT:
        cut_facts_root(facts, fact->count);
        break;
    case CUT_FACT_REFERENCE:
        cut_facts_reference_from(facts, fact->from, fact->count);
        break;
    }
}

static void
check_bytes(const struct cut_facts *facts, const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 1);

    FUZZ_CHECK(bytes != NULL);
    FUZZ_CHECK(cut_facts_encode(facts, bytes, size) == size);
    FUZZ_CHECK(memcmp(bytes, data, size) == 0);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_facts *facts = make();
    struct cut_facts *again = make();
    enum cut_error error = cut_facts_decode(facts, data, size);

    FUZZ_CHECK(cut_facts_error(facts) == CUT_OK);
    if (error != CUT_OK) {
        FUZZ_CHECK(error == CUT_PROTOCOL);
        FUZZ_CHECK(cut_facts_count(facts) == 0);
    } else if (size > 0) {
        for (size_t i = 0; i < cut_facts_count(facts); i++) {
            struct cut_fact fact = cut_facts_at(facts, i);
            state_again(again, &fact);
        }
        FUZZ_CHECK(cut_facts_error(again) == CUT_OK);
        check_bytes(facts, data, size);
        check_bytes(again, data, size);
    }
    cut_facts_destroy(facts);
    cut_facts_destroy(again);
    return 0;
}
