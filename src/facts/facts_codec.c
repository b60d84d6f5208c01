/*
 * Facts as bytes: one behind another, each a byte that is its kind and then,
 * little end first,
 *
 *     QUANTITY    size of the name (1), the name, count (8)
 *     WAITING     needed (4), number of peers (4), peers (4 each)
 *     ACTIVE      0 or 1 (1)
 *     ROOT        object (8)
 *     REFERENCE   from (8), object (8)
 *
 * No facts are no bytes, two encodings one behind the other are that of all
 * their facts, and a list has one encoding.
 */
#include "facts/facts_list.h"

#include <string.h>

/* --- writing ------------------------------------------------------------- */

/* What is beyond `size` is counted, and not written. */
struct output {
    uint8_t *bytes;
    size_t size;
    size_t count;
};

static void put(struct output *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        if (out->count < out->size)
            out->bytes[out->count] = (uint8_t)(value >> (8 * i));
        out->count++;
    }
}

static void put_quantity(struct output *out, const struct cut_fact *fact)
{
    size_t size = strlen(fact->name);

    put(out, size, 1);
    for (size_t i = 0; i < size; i++)
        put(out, (unsigned char)fact->name[i], 1);
    put(out, (uint64_t)fact->count, 8);
}

static void put_waiting(struct output *out, const struct cut_fact *fact)
{
    put(out, (uint64_t)fact->count, 4);
    put(out, fact->peer_count, 4);
    for (uint32_t i = 0; i < fact->peer_count; i++)
        put(out, fact->peers[i], 4);
}

static void put_fact(struct output *out, const struct cut_fact *fact)
{
    put(out, fact->kind, 1);
    switch (fact->kind) {
    case CUT_FACT_QUANTITY:
        put_quantity(out, fact);
        break;
    case CUT_FACT_WAITING:
        put_waiting(out, fact);
        break;
    case CUT_FACT_ACTIVE:
        put(out, (uint64_t)fact->count, 1);
        break;
    case CUT_FACT_ROOT:
        put(out, (uint64_t)fact->count, 8);
        break;
    case CUT_FACT_REFERENCE:
        put(out, fact->from, 8);
        put(out, (uint64_t)fact->count, 8);
        break;
    }
}

size_t
cut_facts_encode(const struct cut_facts *facts, uint8_t *out, size_t size)
{
    struct output output = {.size = size};

    output.bytes = out;
    for (size_t i = 0; i < facts->count; i++) {
        struct cut_fact fact = cut_facts_at(facts, i);
        put_fact(&output, &fact);
    }
    return output.count;
}

/* --- reading ------------------------------------------------------------- */

struct input {
    const uint8_t *bytes;
    size_t size;  /* that are left */
    bool is_good; /* nothing was missing or wrong so far */
};

/* Take a number; 0 where the bytes do not suffice. */
static uint64_t take(struct input *in, unsigned size)
{
    uint64_t value = 0;

    if (size > in->size) {
        in->is_good = false;
        in->size = 0;
        return 0;
    }
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)in->bytes[i] << (8 * i);
    in->bytes += size;
    in->size -= size;
    return value;
}

static void require(struct input *in, bool holds)
{
    if (!holds)
        in->is_good = false;
}

static void take_quantity(struct input *in, struct cut_fact *fact)
{
    size_t size = take(in, 1);

    require(in,
            size <= in->size &&
                cut_fact_is_name((const char *)in->bytes, size));
    if (!in->is_good)
        return;
    memcpy(fact->name, in->bytes, size);
    in->bytes += size;
    in->size -= size;
    fact->count = (int64_t)take(in, 8);
}

/* Leaves the peers to be taken. */
static void take_waiting(struct input *in, struct cut_fact *fact)
{
    fact->count = (int64_t)take(in, 4);
    fact->peer_count = (uint32_t)take(in, 4);
    require(in,
            fact->count <= fact->peer_count &&
                fact->peer_count <= in->size / sizeof *fact->peers);
}

static struct cut_fact take_fact(struct input *in)
{
    uint64_t kind = take(in, 1);
    struct cut_fact fact = {.kind = (enum cut_fact_kind)kind};

    switch (fact.kind) {
    case CUT_FACT_QUANTITY:
        take_quantity(in, &fact);
        return fact;
    case CUT_FACT_WAITING:
        take_waiting(in, &fact);
        return fact;
    case CUT_FACT_ACTIVE:
        fact.count = (int64_t)take(in, 1);
        require(in, fact.count <= 1);
        return fact;
    case CUT_FACT_ROOT:
        fact.count = (int64_t)take(in, 8);
        return fact;
    case CUT_FACT_REFERENCE:
        fact.from = take(in, 8);
        fact.count = (int64_t)take(in, 8);
        return fact;
    }
    require(in, false);
    return fact;
}

/*
 * Walk over the encoding twice: first to judge all of it and to count, with
 * `facts` NULL; then, when there is room, to add.
 */
static bool
walk(struct input in, struct cut_facts *facts, size_t *count, size_t *peers)
{
    *count = 0;
    *peers = 0;
    while (in.is_good && in.size > 0) {
        struct cut_fact fact = take_fact(&in);
        *count += 1;
        *peers += fact.peer_count;
        if (fact.kind == CUT_FACT_WAITING && facts != NULL)
            fact.from = facts->peer_count;
        for (uint32_t i = 0; in.is_good && i < fact.peer_count; i++) {
            uint32_t peer = (uint32_t)take(&in, 4);
            if (facts != NULL)
                facts->peers[facts->peer_count++] = peer;
        }
        if (facts != NULL)
            cut_facts_append(facts, &fact);
    }
    return in.is_good;
}

enum cut_error
cut_facts_decode(struct cut_facts *facts, const uint8_t *in, size_t size)
{
    struct input input = {in, size, true};
    size_t count;
    size_t peers;

    if (!walk(input, NULL, &count, &peers))
        return CUT_PROTOCOL;
    if (cut_facts_reserve(facts, count, peers) != CUT_OK)
        return CUT_NOMEM;
    (void)walk(input, facts, &count, &peers);
    return CUT_OK;
}
