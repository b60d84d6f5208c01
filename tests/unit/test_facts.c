/*
 * Facts: what is stated is what is read, and what bytes say.
 */
#include "check.h"
#include "fault/fail_each.h"

#include <cutline/facts.h>

#include <stdlib.h>

static struct cut_facts *make(void)
{
    struct cut_facts *facts = NULL;

    if (!CHECK_EQ(cut_facts_create(NULL, &facts), CUT_OK))
        abort();
    return facts;
}

/* One fact of each kind, and of each way to wait. */
static void state_all(struct cut_facts *facts)
{
    static const uint32_t peers[] = {4, 7, UINT32_MAX};

    cut_facts_quantity(facts, "tokens", -5);
    cut_facts_quantity(facts, "a_name-OF-31-letters-0123456789", INT64_MIN);
    cut_facts_wait_all(facts, peers, 3);
    cut_facts_wait_any(facts, peers + 1, 2);
    cut_facts_wait(facts, 2, peers, 3);
    cut_facts_wait_all(facts, NULL, 0);
    cut_facts_active(facts, true);
    cut_facts_active(facts, false);
    cut_facts_root(facts, INT64_MAX);
    cut_facts_reference(facts, 8);
    cut_facts_reference_from(facts, 9, -10);
}

#define STATED 11

static void check_waiting(const struct cut_fact *fact,
                          int64_t needed,
                          uint32_t peer_count,
                          uint32_t last_peer)
{
    CHECK_EQ(fact->kind, CUT_FACT_WAITING);
    CHECK_EQ(fact->count, needed);
    if (CHECK_EQ(fact->peer_count, peer_count) && peer_count > 0)
        CHECK_EQ(fact->peers[peer_count - 1], last_peer);
    if (peer_count == 0)
        CHECK(fact->peers == NULL);
}

/* Check what state_all states, from some index on. */
static void check_all(const struct cut_facts *facts, size_t from)
{
    struct cut_fact fact[STATED];

    for (size_t i = 0; i < STATED; i++)
        fact[i] = cut_facts_at(facts, from + i);
    CHECK_EQ(fact[0].kind, CUT_FACT_QUANTITY);
    CHECK_STR(fact[0].name, "tokens");
    CHECK_EQ(fact[0].count, -5);
    CHECK_EQ(fact[1].kind, CUT_FACT_QUANTITY);
    CHECK_STR(fact[1].name, "a_name-OF-31-letters-0123456789");
    CHECK_EQ(fact[1].count, INT64_MIN);
    check_waiting(&fact[2], 3, 3, UINT32_MAX);
    check_waiting(&fact[3], 1, 2, UINT32_MAX);
    check_waiting(&fact[4], 2, 3, UINT32_MAX);
    CHECK_EQ(fact[4].peers[0], 4);
    check_waiting(&fact[5], 0, 0, 0);
    CHECK_EQ(fact[6].kind, CUT_FACT_ACTIVE);
    CHECK_EQ(fact[6].count, 1);
    CHECK_EQ(fact[7].count, 0);
    CHECK_EQ(fact[8].kind, CUT_FACT_ROOT);
    CHECK_EQ(fact[8].count, INT64_MAX);
    CHECK_EQ(fact[9].kind, CUT_FACT_REFERENCE);
    CHECK_EQ(fact[9].count, 8);
    CHECK_EQ(fact[9].from, UINT64_MAX);
    CHECK_EQ(fact[10].count, -10);
    CHECK_EQ(fact[10].from, 9);
}

static void test_what_is_stated_is_read(void)
{
    struct cut_facts *facts = make();

    state_all(facts);
    CHECK_EQ(cut_facts_error(facts), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), STATED);
    check_all(facts, 0);
    cut_facts_destroy(facts);
    cut_facts_destroy(NULL);
}

static void test_cleared_list_begins_anew(void)
{
    struct cut_facts *facts = make();

    for (unsigned i = 0; i < 3; i++) {
        state_all(facts);
        CHECK_EQ(cut_facts_count(facts), STATED);
        check_all(facts, 0);
        cut_facts_quantity(facts, "", 1);
        CHECK_EQ(cut_facts_error(facts), CUT_INVALID);
        cut_facts_clear(facts);
        CHECK_EQ(cut_facts_error(facts), CUT_OK);
        CHECK_EQ(cut_facts_count(facts), 0);
    }
    cut_facts_destroy(facts);
}

/* A program may state again what it states after every event. */
static void test_cleared_list_keeps_its_memory(void)
{
    struct failing_allocator failing;
    struct cut_facts *facts = NULL;

    failing_init(&failing, FAIL_NEVER, 0);
    CHECK_EQ(cut_facts_create(&failing.allocator, &facts), CUT_OK);
    state_all(facts);
    uint64_t requests = failing.requests;
    cut_facts_clear(facts);
    state_all(facts);
    CHECK_EQ(failing.requests, requests);
    cut_facts_destroy(facts);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
}

static void test_many_facts(void)
{
    struct cut_facts *facts = make();

    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t peers[] = {i, i + 1};
        cut_facts_wait_any(facts, peers, 2);
        cut_facts_root(facts, i);
    }
    CHECK_EQ(cut_facts_count(facts), 10000);
    for (uint32_t i = 0; i < 5000; i++) {
        struct cut_fact fact = cut_facts_at(facts, (size_t)2 * i);
        CHECK_EQ(fact.peers[0], i);
        CHECK_EQ(fact.peers[1], i + 1);
        if (!CHECK_EQ(cut_facts_at(facts, (size_t)2 * i + 1).count, i))
            break;
    }
    cut_facts_destroy(facts);
}

static void test_names_that_are_none(void)
{
    static const char *const names[] = {
        "",
        NULL,
        "two words",
        "dots.dots",
        "caf\xc3\xa9",
        "line\n",
        "a_name_of_thirty-two_letters_012",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct cut_facts *facts = make();
        cut_facts_quantity(facts, names[i], 1);
        CHECK_EQ(cut_facts_error(facts), CUT_INVALID);
        CHECK_EQ(cut_facts_count(facts), 0);
        cut_facts_destroy(facts);
    }
}

static void test_waits_that_cannot_end(void)
{
    static const uint32_t peers[] = {1, 2};
    struct cut_facts *facts = make();

    cut_facts_wait(facts, 3, peers, 2);
    CHECK_EQ(cut_facts_error(facts), CUT_INVALID);
    cut_facts_clear(facts);
    cut_facts_wait_any(facts, peers, 0);
    CHECK_EQ(cut_facts_error(facts), CUT_INVALID);
    cut_facts_clear(facts);
    cut_facts_wait_all(facts, NULL, 2);
    CHECK_EQ(cut_facts_error(facts), CUT_INVALID);
    CHECK_EQ(cut_facts_count(facts), 0);
    cut_facts_destroy(facts);
}

static void test_the_first_error_stays(void)
{
    struct failing_allocator failing;
    struct cut_facts *facts = NULL;

    failing_init(&failing, FAIL_ONCE, 2);
    CHECK_EQ(cut_facts_create(&failing.allocator, &facts), CUT_OK);
    cut_facts_active(facts, true);
    CHECK_EQ(cut_facts_error(facts), CUT_NOMEM);
    cut_facts_quantity(facts, "", 1);
    cut_facts_wait_any(facts, NULL, 0);
    cut_facts_active(facts, true);
    CHECK_EQ(cut_facts_error(facts), CUT_NOMEM);
    CHECK_EQ(cut_facts_count(facts), 0);
    cut_facts_destroy(facts);
}

/* --- bytes --------------------------------------------------------------- */

static void test_bytes(void)
{
    static const uint8_t expected[] = {
        0, 2, 'a', 'b', 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 0,
        0, 0, 2,   0,   0,    0,    5,    0,    0,    0,    6,    1,    0, 0, 2,
        1, 3, 7,   0,   0,    0,    0,    0,    0,    0,    4,    9,    0, 0, 0,
        0, 0, 0,   0,   8,    0,    0,    0,    0,    0,    0,    0,
    };
    static const uint32_t peers[] = {5, 262};
    uint8_t bytes[sizeof expected + 1];
    struct cut_facts *facts = make();

    cut_facts_quantity(facts, "ab", -2);
    cut_facts_wait_any(facts, peers, 2);
    cut_facts_active(facts, true);
    cut_facts_root(facts, 7);
    cut_facts_reference_from(facts, 9, 8);
    CHECK_EQ(cut_facts_encode(facts, NULL, 0), sizeof expected);
    CHECK_EQ(cut_facts_encode(facts, bytes, sizeof bytes), sizeof expected);
    CHECK(memcmp(bytes, expected, sizeof expected) == 0);
    for (size_t size = 0; size < sizeof expected; size++) {
        memset(bytes, 0xaa, sizeof bytes);
        CHECK_EQ(cut_facts_encode(facts, bytes, size), sizeof expected);
        CHECK(memcmp(bytes, expected, size) == 0);
        CHECK_EQ(bytes[size], 0xaa);
    }
    cut_facts_destroy(facts);
}

/* What is decoded is added to what is there. */
static void test_encoding_and_decoding_are_inverse(void)
{
    uint8_t bytes[512];
    uint8_t again[512];
    struct cut_facts *facts = make();
    struct cut_facts *read = make();

    state_all(facts);
    size_t size = cut_facts_encode(facts, bytes, sizeof bytes);
    for (size_t times = 0; times < 3; times++) {
        CHECK_EQ(cut_facts_decode(read, bytes, size), CUT_OK);
        if (CHECK_EQ(cut_facts_count(read), STATED * (times + 1)))
            check_all(read, STATED * times);
    }
    cut_facts_clear(read);
    CHECK_EQ(cut_facts_decode(read, bytes, size), CUT_OK);
    CHECK_EQ(cut_facts_encode(read, again, sizeof again), size);
    CHECK(memcmp(bytes, again, size) == 0);
    cut_facts_destroy(facts);
    cut_facts_destroy(read);
}

static void test_no_facts_are_no_bytes(void)
{
    struct cut_facts *facts = make();

    CHECK_EQ(cut_facts_encode(facts, NULL, 0), 0);
    CHECK_EQ(cut_facts_decode(facts, NULL, 0), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), 0);
    cut_facts_destroy(facts);
}

/* An end of an encoding is missing: refused, unless it ends between facts. */
static void test_truncated_bytes(void)
{
    uint8_t bytes[512];
    struct cut_facts *facts = make();
    struct cut_facts *read = make();

    state_all(facts);
    size_t size = cut_facts_encode(facts, bytes, sizeof bytes);
    size_t taken = 0;
    for (size_t part = 0; part < size; part++) {
        /* Of its own size, so that a sanitizer sees a read past its end. */
        uint8_t *copy = malloc(part + 1);
        if (copy == NULL)
            abort();
        memcpy(copy + 1, bytes, part);
        cut_facts_clear(read);
        enum cut_error error = cut_facts_decode(read, copy + 1, part);
        CHECK(error == CUT_OK || error == CUT_PROTOCOL);
        if (error == CUT_OK)
            CHECK_EQ(cut_facts_count(read), taken++);
        else
            CHECK_EQ(cut_facts_count(read), 0);
        free(copy);
    }
    CHECK_EQ(taken, STATED);
    cut_facts_destroy(facts);
    cut_facts_destroy(read);
}

#define BYTES(...)                                                             \
    {                                                                          \
        sizeof((const uint8_t[]){__VA_ARGS__}),                                \
        {                                                                      \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static void test_bytes_that_say_nothing(void)
{
    static const struct {
        size_t size;
        uint8_t bytes[24];
    } wrong[] = {
        BYTES(5),                                 /* no such kind */
        BYTES(2, 2),                              /* neither active nor not */
        BYTES(0, 0, 1, 0, 0, 0, 0, 0, 0, 0),      /* no name */
        BYTES(0, 1, ' ', 1, 0, 0, 0, 0, 0, 0, 0), /* not a name */
        BYTES(0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0),
        BYTES(0, 255, 'a', 'a', 'a', 'a', 'a'),       /* too long */
        BYTES(1, 2, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0), /* more than there are */
        BYTES(1, 0, 0, 0, 0, 255, 255, 255, 255, 0),  /* as many as that? */
        BYTES(2, 1, 9),                               /* one good, one not */
    };
    struct cut_facts *facts = make();

    cut_facts_root(facts, 3);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(cut_facts_decode(facts, wrong[i].bytes, wrong[i].size),
                 CUT_PROTOCOL);
        CHECK_EQ(cut_facts_count(facts), 1);
    }
    CHECK_EQ(cut_facts_error(facts), CUT_OK);
    CHECK_EQ(cut_facts_decode(facts, (const uint8_t[]){2, 0}, 2), CUT_OK);
    CHECK_EQ(cut_facts_count(facts), 2);
    cut_facts_destroy(facts);
}

/* --- no memory ----------------------------------------------------------- */

static enum cut_error run_facts(struct failing_allocator *failing)
{
    struct cut_facts *facts = UNTOUCHED;
    uint8_t bytes[512];
    enum cut_error error = cut_facts_create(&failing->allocator, &facts);

    if (error != CUT_OK) {
        CHECK(facts == UNTOUCHED);
        return error;
    }
    for (unsigned i = 0; i < 8 && error == CUT_OK; i++) {
        state_all(facts);
        error = cut_facts_error(facts);
    }
    CHECK_EQ(cut_facts_count(facts) == 8 * STATED, error == CUT_OK);
    cut_facts_clear(facts);
    if (error == CUT_OK) {
        state_all(facts);
        size_t size = cut_facts_encode(facts, bytes, sizeof bytes);
        for (size_t i = 1; i < 30 && error == CUT_OK; i++) {
            error = cut_facts_decode(facts, bytes, size);
            CHECK_EQ(cut_facts_count(facts),
                     STATED * (error == CUT_OK ? i + 1 : i));
        }
    }
    cut_facts_destroy(facts);
    return error;
}

static void test_every_allocation_fails(void)
{
    fail_all(run_facts, 9);
}

int main(void)
{
    RUN(test_what_is_stated_is_read);
    RUN(test_cleared_list_begins_anew);
    RUN(test_cleared_list_keeps_its_memory);
    RUN(test_many_facts);
    RUN(test_names_that_are_none);
    RUN(test_waits_that_cannot_end);
    RUN(test_the_first_error_stays);
    RUN(test_bytes);
    RUN(test_encoding_and_decoding_are_inverse);
    RUN(test_no_facts_are_no_bytes);
    RUN(test_truncated_bytes);
    RUN(test_bytes_that_say_nothing);
    RUN(test_every_allocation_fails);
    return check_end();
}
