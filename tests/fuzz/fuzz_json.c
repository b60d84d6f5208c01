/*
 * The input is used twice. As a document it is read or refused, and no value
 * is of two kinds. As a program's calls of the writer: what the writer took
 * is JSON that can be read, unless a key is twice in an object; and what it
 * refused stays refused.
 */
#include "fuzz.h"

#include <cutline/json.h>

#define TEXT_SIZE_MAX 15

/* Go over all that can be reached by index, and by one key. */
static void check_value(const struct cut_json *value, unsigned depth)
{
    int64_t integer = 0;
    bool truth = false;
    const char *text = NULL;
    size_t count = cut_json_count(value);
    unsigned kinds = 0;

    kinds += cut_json_as_integer(value, &integer);
    kinds += cut_json_as_bool(value, &truth);
    kinds += cut_json_as_text(value, &text);
    kinds += count > 0;
    kinds += cut_json_get(value, "a") != NULL;
    FUZZ_CHECK(kinds <= 1);
    FUZZ_CHECK(cut_json_at(value, count) == NULL);
    if (depth == 0)
        return;
    for (size_t i = 0; i < count; i++)
        check_value(cut_json_at(value, i), depth - 1);
    if (cut_json_get(value, "a") != NULL)
        check_value(cut_json_get(value, "a"), depth - 1);
}

static enum cut_error check_document(const void *data, size_t size)
{
    struct cut_json *document = NULL;
    enum cut_error error = cut_json_read(data, size, &document);

    FUZZ_CHECK(error == CUT_OK || error == CUT_INVALID);
    FUZZ_CHECK((document != NULL) == (error == CUT_OK));
    if (document != NULL)
        check_value(document, 20);
    cut_json_destroy(document);
    return error;
}

/* Whether what a byte asks for needs bytes of its own. */
static bool takes_text(uint8_t call)
{
    return call % 8 >= 6;
}

/* Make one call of the writer. Each key is another one. */
static void call_writer(struct cut_writer *writer,
                        uint8_t call,
                        const char *text,
                        size_t size,
                        unsigned *key_count)
{
    char key[24];

    switch (call % 8) {
    case 0:
        cut_json_begin_object(writer);
        break;
    case 1:
        cut_json_end_object(writer);
        break;
    case 2:
        cut_json_begin_array(writer);
        break;
    case 3:
        cut_json_end_array(writer);
        break;
    case 4:
        cut_json_integer(writer, (int64_t)call * INT64_C(0x10203040506070));
        break;
    case 5:
        cut_json_bool(writer, call > 127);
        break;
    case 6:
        cut_json_text(writer, text, size);
        break;
    default:
        /* What is not UTF-8 in it may make two keys one. */
        snprintf(key, sizeof key, "%u%.*s", (*key_count)++, (int)size, text);
        cut_json_key(writer, key);
    }
}

static void check_writer(const uint8_t *data, size_t size)
{
    struct cut_writer writer;
    unsigned key_count = 0;

    cut_writer_init(&writer, NULL);
    while (size > 0) {
        uint8_t call = *data++;
        size--;
        size_t text_size =
            takes_text(call) ? call / 8 % (TEXT_SIZE_MAX + 1) : 0;
        if (text_size > size)
            text_size = size;
        size_t written = writer.size;
        bool was_wrong = writer.error != CUT_OK;
        call_writer(&writer, call, (const char *)data, text_size, &key_count);
        FUZZ_CHECK(writer.error == CUT_OK || writer.error == CUT_INVALID);
        FUZZ_CHECK(writer.depth <= CUT_JSON_DEPTH_MAX);
        FUZZ_CHECK(!was_wrong || writer.size == written);
        FUZZ_CHECK(!was_wrong || writer.error == CUT_INVALID);
        data += text_size;
        size -= text_size;
    }
    if (writer.error == CUT_OK && writer.depth == 0 && writer.size > 0)
        FUZZ_CHECK(check_document(writer.data, writer.size) == CUT_OK);
    cut_writer_fini(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)check_document(data, size);
    check_writer(data, size);
    return 0;
}
