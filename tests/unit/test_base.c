/*
 * The base layer: bit sets, growing arrays, errors.
 */
#include "base/bitset.h"
#include "base/utf8.h"
#include "check.h"

#include <stdlib.h>

/* A set of the given size against an array of flags, in a fixed random walk. */
static void compare_with_flags(uint32_t size)
{
    struct cut_bitset set;
    bool *flags = calloc(size, sizeof *flags);
    uint64_t random = size;

    CHECK_EQ(cut_bitset_init(&set, size, cut_allocator_standard()), CUT_OK);
    for (unsigned step = 0; step < 2000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint32_t member = (uint32_t)(random >> 33) % size;
        flags[member] = (random >> 20 & 1) != 0;
        if (flags[member])
            cut_bitset_add(&set, member);
        else
            cut_bitset_remove(&set, member);
        uint64_t from = (random >> 13) % size;
        uint64_t expected = from;
        while (expected < size && !flags[expected])
            expected++;
        if (expected == size)
            expected = CUT_BITSET_END;
        if (!CHECK_EQ(cut_bitset_next(&set, from), expected))
            break;
    }
    cut_bitset_fini(&set, cut_allocator_standard());
    free(flags);
}

static void test_bitset(void)
{
    static const uint32_t sizes[] = {
        1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 262145};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        compare_with_flags(sizes[i]);
}

static void test_empty_bitset(void)
{
    struct cut_bitset set;

    CHECK_EQ(cut_bitset_init(&set, 0, cut_allocator_standard()), CUT_OK);
    CHECK_EQ(cut_bitset_next(&set, 0), CUT_BITSET_END);
    cut_bitset_fini(&set, cut_allocator_standard());
}

static void test_grow_keeps_what_is_there(void)
{
    const struct cut_allocator *allocator = cut_allocator_standard();
    size_t capacity = 0;
    uint32_t *array = NULL;

    for (uint32_t i = 0; i < 10000; i++) {
        array = cut_grow(allocator, array, &capacity, i + 1, sizeof *array);
        if (!CHECK(array != NULL && capacity > i))
            return;
        array[i] = i;
    }
    CHECK(capacity < 15100);
    for (uint32_t i = 0; i < 10000; i++)
        if (!CHECK_EQ(array[i], i))
            break;
    cut_release(allocator, array, capacity, sizeof *array);
}

/* Large blocks ask for large pages; they are blocks like others. */
static void test_large_blocks(void)
{
    const struct cut_allocator *allocator = cut_allocator_standard();
    size_t capacity = 0;
    unsigned char *array = NULL;

    for (size_t size = 1; size <= 16 << 20; size *= 4) {
        array = cut_grow(allocator, array, &capacity, size, 1);
        if (!CHECK(array != NULL))
            return;
        array[size - 1] = (unsigned char)size;
    }
    cut_release(allocator, array, capacity, 1);
}

static void test_sizes_that_overflow_are_out_of_memory(void)
{
    const struct cut_allocator *allocator = cut_allocator_standard();
    size_t capacity = 0;

    CHECK(cut_allocate(allocator, SIZE_MAX / 2, 4) == NULL);
    CHECK(cut_allocate_zeroed(allocator, SIZE_MAX / 2, 4) == NULL);
    CHECK(cut_grow(allocator, NULL, &capacity, SIZE_MAX / 2, 4) == NULL);
    CHECK_EQ(capacity, 0);
}

static void test_errors_have_names_and_sentences(void)
{
#define CHECK_ERROR(name, number, sentence)                                    \
    CHECK_STR(cut_error_name(CUT_##name), "CUT_" #name);                       \
    CHECK_EQ(CUT_##name, number);                                              \
    CHECK_STR(cut_error_sentence(CUT_##name), sentence);
    CUT_ERRORS(CHECK_ERROR)
#undef CHECK_ERROR
    CHECK_STR(cut_error_name((enum cut_error)99), "CUT_?");
    CHECK_STR(cut_error_sentence((enum cut_error)99), "an unknown error");
}

static void test_faults_are_written_as_people_read_them(void)
{
    struct cut_fault fault = {.path = "a.top", .what = "it is wrong"};
    char text[64];

    cut_fault_format(&fault, text, sizeof text);
    CHECK_STR(text, "a.top: it is wrong");
    fault.line = 3;
    cut_fault_format(&fault, text, sizeof text);
    CHECK_STR(text, "a.top:3: it is wrong");
    fault.column = 7;
    CHECK_EQ(cut_fault_format(&fault, text, sizeof text), 22);
    CHECK_STR(text, "a.top:3:7: it is wrong");
    CHECK_EQ(cut_fault_format(&fault, text, 8), 22);
    CHECK_STR(text, "a.top:3");
    fault.path = NULL;
    fault.line = 0;
    cut_fault_format(&fault, text, sizeof text);
    CHECK_STR(text, "it is wrong");
}

/* RFC 3629, and what people cannot see. */
static void test_utf8_characters(void)
{
    CHECK_EQ(cut_utf8_size("a", 1), 1);
    CHECK_EQ(cut_utf8_size("\xc3\xa9", 2), 2);
    CHECK_EQ(cut_utf8_size("\xe2\x82\xac", 3), 3);
    CHECK_EQ(cut_utf8_size("\xf0\x9f\x90\x95", 4), 4);
    CHECK_EQ(cut_utf8_size("", 0), 0);
    CHECK_EQ(cut_utf8_size("\xc3\xa9", 1), 0);
    CHECK_EQ(cut_utf8_size("\n", 1), 0);
    CHECK_EQ(cut_utf8_size("\x7f", 1), 0);
    CHECK_EQ(cut_utf8_size("\xff", 1), 0);
    CHECK_EQ(cut_utf8_size("\xef\xbb\xbf", 3), 0);
    CHECK_EQ(cut_utf8_size("\xe2\x80\xae", 3), 0);
    CHECK_EQ(cut_utf8_size("\xe2\x81\xa0", 3), 0);
    CHECK_EQ(cut_utf8_size("\xe2\x80\x8b", 3), 0);
    CHECK_EQ(cut_utf8_size(" ", 1), 0);
    CHECK_EQ(cut_utf8_size("\xc2\xa0", 2), 0);     /* no-break space */
    CHECK_EQ(cut_utf8_size("\xe3\x80\x80", 3), 0); /* ideographic space */
    CHECK_EQ(cut_utf8_size("\xc2\xad", 2), 0);     /* soft hyphen */
}

static void check_read(const char *text, size_t expected, uint32_t code)
{
    uint32_t read = 0x5a5a5a5a;

    CHECK_EQ(cut_utf8_read(text, strlen(text), &read), expected);
    CHECK_EQ(read, expected > 0 ? code : 0x5a5a5a5a);
}

/* What is well-formed, whether it can be seen or not. */
static void test_utf8_codes(void)
{
    check_read("a", 1, 'a');
    check_read("\n", 1, '\n');
    check_read("\xc2\x80", 2, 0x80);
    check_read("\xdf\xbf", 2, 0x7ff);
    check_read("\xe0\xa0\x80", 3, 0x800);
    check_read("\xef\xbf\xbf", 3, 0xffff);
    check_read("\xf0\x90\x80\x80", 4, 0x10000);
    check_read("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
    check_read("", 0, 0);
    check_read("\x80", 0, 0);
    check_read("\xc3", 0, 0);
    check_read("\xc3(", 0, 0);
    check_read("\xc1\xbf", 0, 0);             /* longer than need be */
    check_read("\xe0\x9f\xbf", 0, 0);         /* the same */
    check_read("\xf0\x8f\xbf\xbf", 0, 0);     /* the same */
    check_read("\xed\xa0\x80", 0, 0);         /* a surrogate */
    check_read("\xf4\x90\x80\x80", 0, 0);     /* past the last */
    check_read("\xf8\x88\x80\x80\x80", 0, 0); /* five bytes */
}

int main(void)
{
    RUN(test_utf8_characters);
    RUN(test_utf8_codes);
    RUN(test_bitset);
    RUN(test_empty_bitset);
    RUN(test_grow_keeps_what_is_there);
    RUN(test_large_blocks);
    RUN(test_sizes_that_overflow_are_out_of_memory);
    RUN(test_errors_have_names_and_sentences);
    RUN(test_faults_are_written_as_people_read_them);
    return check_end();
}
