/*
 * JSON: what the writer writes is what it should, what it refuses it refuses
 * for good, and what the reader reads is what was written.
 */
#include "check.h"
#include "fault/fail_each.h"

#include <cutline/json.h>

#include <jansson.h>
#include <stdlib.h>

/* Check that a writer's bytes are this text, and give its memory back. */
static void check_written(struct cut_writer *writer, const char *expected)
{
    char *text = strndup((const char *)writer->data, writer->size);

    CHECK_EQ(writer->error, CUT_OK);
    CHECK_EQ(writer->depth, 0);
    if (writer->size == 0)
        CHECK_STR("", expected);
    else
        CHECK_STR(text, expected);
    free(text);
    cut_writer_fini(writer);
}

/* --- the writer ---------------------------------------------------------- */

static void write_much(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_key(writer, "empty");
    cut_json_begin_array(writer);
    cut_json_end_array(writer);
    cut_json_key(writer, "list");
    cut_json_begin_array(writer);
    cut_json_integer(writer, 1);
    cut_json_begin_object(writer);
    cut_json_end_object(writer);
    cut_json_begin_array(writer);
    cut_json_null(writer);
    cut_json_bool(writer, true);
    cut_json_end_array(writer);
    cut_json_text(writer, "x", 1);
    cut_json_end_array(writer);
    cut_json_field(writer, "n", -7);
    cut_json_field_bool(writer, "b", false);
    cut_json_field_text(writer, "t", "a \"b\"");
    cut_json_end_object(writer);
}

static const char much[] = "{\"empty\":[],\"list\":[1,{},[null,true],\"x\"],"
                           "\"n\":-7,\"b\":false,\"t\":\"a \\\"b\\\"\"}";

static void test_commas_and_colons(void)
{
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    write_much(&writer);
    check_written(&writer, much);
}

static void test_integers(void)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {-1, "-1"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cut_writer writer;
        cut_writer_init(&writer, NULL);
        cut_json_integer(&writer, cases[i].value);
        check_written(&writer, cases[i].text);
    }
}

static void test_texts(void)
{
    static const struct {
        const char *text;
        const char *json;
    } cases[] = {
        {"", "\"\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
        {"\xc2\x9b"
         "1m",
         "\"\\u009b1m\""}, /* moves some terminals */
        {"caf\xc3\xa9 \xf0\x9f\x90\x95", "\"caf\xc3\xa9 \xf0\x9f\x90\x95\""},
        {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cut_writer writer;
        cut_writer_init(&writer, NULL);
        cut_json_text(&writer, cases[i].text, strlen(cases[i].text));
        check_written(&writer, cases[i].json);
    }
}

static void test_text_with_its_size(void)
{
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_json_begin_array(&writer);
    cut_json_text(&writer, "a\0b", 3);
    cut_json_text(&writer, "\xc3\xa9", 1);
    cut_json_text(&writer, NULL, 0);
    cut_json_end_array(&writer);
    check_written(&writer,
                  "[\"a\xef\xbf\xbd"
                  "b\",\"\xef\xbf\xbd\",\"\"]");
}

static void test_other_bytes(void)
{
    static const uint8_t expected[] = {'a',
                                       'b',
                                       0x12,
                                       0x34,
                                       0x12,
                                       0x78,
                                       0x56,
                                       0x34,
                                       0x12,
                                       8,
                                       7,
                                       6,
                                       5,
                                       4,
                                       3,
                                       2,
                                       1};
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_write(&writer, "ab", 2);
    cut_write(&writer, NULL, 0);
    cut_write_unsigned(&writer, 0x12, 1);
    cut_write_unsigned(&writer, 0x1234, 2);
    cut_write_unsigned(&writer, 0x12345678, 4);
    cut_write_unsigned(&writer, UINT64_C(0x0102030405060708), 8);
    CHECK_EQ(writer.error, CUT_OK);
    if (CHECK_EQ(writer.size, sizeof expected))
        CHECK(memcmp(writer.data, expected, sizeof expected) == 0);
    cut_writer_fini(&writer);
}

static void test_numbers_that_do_not_fit(void)
{
    static const struct {
        uint64_t value;
        unsigned size;
    } wrong[] = {
        {256, 1}, {65536, 2}, {UINT64_C(1) << 32, 4}, {0, 3}, {0, 0}, {0, 16}};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut_writer writer;
        cut_writer_init(&writer, NULL);
        cut_write_unsigned(&writer, wrong[i].value, wrong[i].size);
        CHECK_EQ(writer.error, CUT_INVALID);
        CHECK_EQ(writer.size, 0);
        cut_writer_fini(&writer);
    }
}

static void write_value_without_key(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_integer(writer, 1);
}

static void write_array_without_key(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_begin_array(writer);
}

static void write_text_without_key(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_text(writer, "a", 1);
}

static void write_key_in_array(struct cut_writer *writer)
{
    cut_json_begin_array(writer);
    cut_json_key(writer, "a");
}

static void write_key_at_the_top(struct cut_writer *writer)
{
    cut_json_field(writer, "a", 1);
}

static void write_two_keys(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_key(writer, "a");
    cut_json_key(writer, "b");
}

static void write_key_that_is_none(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_key(writer, NULL);
}

static void write_key_without_value(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_key(writer, "a");
    cut_json_end_object(writer);
}

static void write_end_without_beginning(struct cut_writer *writer)
{
    cut_json_end_object(writer);
}

static void write_end_of_the_other(struct cut_writer *writer)
{
    cut_json_begin_array(writer);
    cut_json_end_object(writer);
}

static void write_end_of_the_one(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_end_array(writer);
}

static void write_two_values(struct cut_writer *writer)
{
    cut_json_integer(writer, 1);
    cut_json_integer(writer, 2);
}

static void write_two_objects(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_end_object(writer);
    cut_json_begin_object(writer);
}

static void write_too_deep(struct cut_writer *writer)
{
    for (unsigned i = 0; i <= CUT_JSON_DEPTH_MAX; i++)
        cut_json_begin_array(writer);
}

static void write_no_text(struct cut_writer *writer)
{
    cut_json_text(writer, NULL, 1);
}

static void write_no_field(struct cut_writer *writer)
{
    cut_json_begin_object(writer);
    cut_json_field_text(writer, "a", NULL);
}

static void write_no_bytes(struct cut_writer *writer)
{
    cut_write(writer, NULL, 1);
}

/* What is wrong stays wrong, whatever comes behind it. */
static void test_what_is_not_json_is_refused(void)
{
    static void (*const wrong[])(struct cut_writer *) = {
        write_value_without_key,
        write_array_without_key,
        write_text_without_key,
        write_key_in_array,
        write_key_at_the_top,
        write_two_keys,
        write_key_that_is_none,
        write_key_without_value,
        write_end_without_beginning,
        write_end_of_the_other,
        write_end_of_the_one,
        write_two_values,
        write_two_objects,
        write_too_deep,
        write_no_text,
        write_no_field,
        write_no_bytes,
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct cut_writer writer;
        cut_writer_init(&writer, NULL);
        wrong[i](&writer);
        size_t size = writer.size;
        if (!CHECK_EQ(writer.error, CUT_INVALID))
            printf("# case %zu\n", i);
        write_much(&writer);
        cut_write(&writer, "a", 1);
        cut_write_unsigned(&writer, 1, 1);
        CHECK_EQ(writer.error, CUT_INVALID);
        CHECK_EQ(writer.size, size);
        cut_writer_clear(&writer);
        write_much(&writer);
        check_written(&writer, much);
    }
}

/* Objects and arrays in turn, as deep as they may lie. */
static void test_depth(void)
{
    struct cut_writer writer;
    char expected[CUT_JSON_DEPTH_MAX * 6 + 1];
    size_t size = 0;

    cut_writer_init(&writer, NULL);
    for (unsigned i = 0; i < CUT_JSON_DEPTH_MAX / 2; i++) {
        cut_json_begin_object(&writer);
        cut_json_key(&writer, "a");
        cut_json_begin_array(&writer);
        memcpy(expected + size, "{\"a\":[", 6);
        size += 6;
    }
    for (unsigned i = 0; i < CUT_JSON_DEPTH_MAX / 2; i++) {
        cut_json_end_array(&writer);
        cut_json_end_object(&writer);
        memcpy(expected + size, "]}", 2);
        size += 2;
    }
    expected[size] = '\0';
    check_written(&writer, expected);
}

/* Documents with something between them. */
static void test_json_lines(void)
{
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_write(&writer, "#", 1);
    cut_json_integer(&writer, 1);
    cut_write(&writer, "\n", 1);
    cut_json_begin_array(&writer);
    cut_json_end_array(&writer);
    cut_write(&writer, "\n", 1);
    cut_json_text(&writer, "a", 1);
    check_written(&writer, "#1\n[]\n\"a\"");
}

static void test_cleared_writer_keeps_its_memory(void)
{
    struct failing_allocator failing;
    struct cut_writer writer;

    failing_init(&failing, FAIL_NEVER, 0);
    cut_writer_init(&writer, &failing.allocator);
    write_much(&writer);
    uint64_t requests = failing.requests;
    cut_writer_clear(&writer);
    CHECK_EQ(writer.size, 0);
    write_much(&writer);
    CHECK_EQ(failing.requests, requests);
    check_written(&writer, much);
    CHECK_EQ(writer.size, 0);
    CHECK_EQ(failing.blocks, 0);
}

/* --- the reader ---------------------------------------------------------- */

static struct cut_json *read_text(const char *text)
{
    struct cut_json *document = UNTOUCHED;

    if (cut_json_read(text, strlen(text), &document) == CUT_OK)
        return document;
    CHECK(document == UNTOUCHED);
    return NULL;
}

static void test_what_is_written_is_read(void)
{
    struct cut_json *document = read_text(much);
    const struct cut_json *list = cut_json_get(document, "list");
    const struct cut_json *inner = cut_json_at(list, 2);
    const char *text = NULL;
    int64_t integer = 0;
    bool truth = false;

    CHECK(document != NULL);
    CHECK_EQ(cut_json_count(cut_json_get(document, "empty")), 0);
    CHECK_EQ(cut_json_count(list), 4);
    CHECK(cut_json_as_integer(cut_json_at(list, 0), &integer));
    CHECK_EQ(integer, 1);
    CHECK(cut_json_as_bool(cut_json_at(inner, 1), &truth) && truth);
    CHECK(cut_json_as_text(cut_json_at(list, 3), &text));
    CHECK_STR(text, "x");
    CHECK(cut_json_get_integer(document, "n", &integer));
    CHECK_EQ(integer, -7);
    CHECK(cut_json_get_bool(document, "b", &truth) && !truth);
    CHECK(cut_json_as_text(cut_json_get(document, "t"), &text));
    CHECK_STR(text, "a \"b\"");
    cut_json_destroy(document);
    cut_json_destroy(NULL);
}

/* Nothing, or something else, is asked for. */
static void test_what_is_not_there(void)
{
    struct cut_json *document = read_text("{\"a\":[1.5,2,null,\"3\"]}");
    const struct cut_json *list = cut_json_get(document, "a");
    const char *text = UNTOUCHED;
    int64_t integer = 99;
    bool truth = true;

    CHECK(cut_json_get(document, "b") == NULL);
    CHECK(cut_json_get(list, "a") == NULL);
    CHECK(cut_json_get(NULL, "a") == NULL);
    CHECK(cut_json_at(list, 4) == NULL);
    CHECK(cut_json_at(document, 0) == NULL);
    CHECK(cut_json_at(NULL, 0) == NULL);
    CHECK_EQ(cut_json_count(document), 0);
    CHECK_EQ(cut_json_count(NULL), 0);
    for (size_t i = 0; i <= 4; i++) {
        const struct cut_json *value = cut_json_at(list, i);
        CHECK(i == 1 || !cut_json_as_integer(value, &integer));
        CHECK(!cut_json_as_bool(value, &truth));
        CHECK(i == 3 || !cut_json_as_text(value, &text));
    }
    CHECK(!cut_json_get_integer(document, "a", &integer));
    CHECK(!cut_json_get_bool(document, "b", &truth));
    CHECK(!cut_json_get_bool(NULL, "b", &truth));
    CHECK_EQ(integer, 99);
    CHECK(truth);
    CHECK(text == UNTOUCHED);
    cut_json_destroy(document);
}

static void test_bounds_of_integers(void)
{
    struct cut_json *document =
        read_text("[9223372036854775807,-9223372036854775808,-0,1e2,1.0]");
    int64_t integer = 99;

    CHECK(cut_json_as_integer(cut_json_at(document, 0), &integer));
    CHECK_EQ(integer, INT64_MAX);
    CHECK(cut_json_as_integer(cut_json_at(document, 1), &integer));
    CHECK_EQ(integer, INT64_MIN);
    CHECK(cut_json_as_integer(cut_json_at(document, 2), &integer));
    CHECK_EQ(integer, 0);
    CHECK(!cut_json_as_integer(cut_json_at(document, 3), &integer));
    CHECK(!cut_json_as_integer(cut_json_at(document, 4), &integer));
    cut_json_destroy(document);
}

static void test_a_value_alone_is_a_document(void)
{
    static const char *const texts[] = {"1", "\"a\"", "null", " true\n", "[]"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct cut_json *document = read_text(texts[i]);
        CHECK(document != NULL);
        cut_json_destroy(document);
    }
}

static void test_what_is_not_json_is_not_read(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "1 2",
        "[1] x",
        "01",
        "+1",
        "nul",
        "9223372036854775808",
        "-9223372036854775809",
        "1e999",
        "{\"a\":1,\"a\":2}",
        "\"\xff\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\n\"",
        "// 1\n1",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!CHECK(read_text(texts[i]) == NULL))
            printf("# %s\n", texts[i]);
    struct cut_json *document = UNTOUCHED;
    CHECK_EQ(cut_json_read(NULL, 0, &document), CUT_INVALID);
    CHECK(document == UNTOUCHED);
}

/* As deep as a hostile document may be: refused, and no stack overflows. */
static void test_reading_what_is_deep(void)
{
    size_t size = 1 << 20;
    char *text = malloc(size);

    if (text == NULL)
        abort();
    memset(text, '[', size);
    struct cut_json *document = NULL;
    CHECK_EQ(cut_json_read(text, size, &document), CUT_INVALID);
    free(text);
}

/* --- no memory ----------------------------------------------------------- */

static enum cut_error run_writer(struct failing_allocator *failing)
{
    struct cut_writer writer;

    cut_writer_init(&writer, &failing->allocator);
    for (unsigned i = 0; i < 40; i++) {
        write_much(&writer);
        cut_write(&writer, "\n", 1);
    }
    size_t size = writer.size;
    enum cut_error error = writer.error;
    if (error != CUT_OK) {
        write_much(&writer);
        CHECK_EQ(writer.size, size);
        CHECK_EQ(writer.error, error);
    } else {
        CHECK_EQ(size, 40 * sizeof much);
    }
    cut_writer_fini(&writer);
    return error;
}

/* More than there can be: nothing is read, and nothing is written. */
static void test_writing_too_much(void)
{
    struct cut_writer writer;

    cut_writer_init(&writer, NULL);
    cut_write(&writer, "a", 1);
    cut_write(&writer, "b", SIZE_MAX);
    CHECK_EQ(writer.error, CUT_NOMEM);
    CHECK_EQ(writer.size, 1);
    cut_writer_fini(&writer);
}

static void test_every_allocation_of_the_writer_fails(void)
{
    fail_all(run_writer, 5);
}

/* Jansson allocates for the whole program: what it calls is put back. */
static struct failing_allocator *failing_jansson;

static void *jansson_malloc(size_t size)
{
    size_t *block = failing_resize(failing_jansson, NULL, 0, size + 16);

    if (block == NULL)
        return NULL;
    *block = size + 16;
    return block + 2;
}

static void jansson_free(void *pointer)
{
    size_t *block = pointer;

    if (block != NULL)
        failing_resize(failing_jansson, block - 2, block[-2], 0);
}

/*
 * It does not always say that memory was out, so that cut_json_read cannot;
 * but it says that something was, and leaks nothing.
 */
static enum cut_error run_reader(struct failing_allocator *failing)
{
    struct cut_json *document = UNTOUCHED;
    json_malloc_t old_malloc;
    json_free_t old_free;

    json_get_alloc_funcs(&old_malloc, &old_free);
    failing_jansson = failing;
    json_set_alloc_funcs(jansson_malloc, jansson_free);
    enum cut_error error = cut_json_read(much, strlen(much), &document);
    if (error == CUT_OK)
        cut_json_destroy(document);
    else
        CHECK(document == UNTOUCHED);
    json_set_alloc_funcs(old_malloc, old_free);
    if (failing->at == 1)
        CHECK_EQ(error, CUT_NOMEM);
    return error == CUT_INVALID ? CUT_NOMEM : error;
}

static void test_every_allocation_of_the_reader_fails(void)
{
    fail_all(run_reader, 10);
}

int main(void)
{
    RUN(test_commas_and_colons);
    RUN(test_integers);
    RUN(test_texts);
    RUN(test_text_with_its_size);
    RUN(test_other_bytes);
    RUN(test_numbers_that_do_not_fit);
    RUN(test_what_is_not_json_is_refused);
    RUN(test_depth);
    RUN(test_json_lines);
    RUN(test_cleared_writer_keeps_its_memory);
    RUN(test_what_is_written_is_read);
    RUN(test_what_is_not_there);
    RUN(test_bounds_of_integers);
    RUN(test_a_value_alone_is_a_document);
    RUN(test_what_is_not_json_is_not_read);
    RUN(test_reading_what_is_deep);
    RUN(test_writing_too_much);
    RUN(test_every_allocation_of_the_writer_fails);
    RUN(test_every_allocation_of_the_reader_fails);
    return check_end();
}
