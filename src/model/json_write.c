/*
 * The writer: bytes that grow, and JSON that is well-formed or refused.
 */
#include <cutline/json.h>

#include "base/memory.h"
#include "base/utf8.h"

#include <string.h>

void cut_writer_init(struct cut_writer *writer,
                     const struct cut_allocator *allocator)
{
    *writer = (struct cut_writer){
        .allocator = cut_allocator_or_standard(allocator),
    };
}

void cut_writer_fini(struct cut_writer *writer)
{
    cut_release(writer->allocator, writer->data, writer->capacity, 1);
    cut_writer_init(writer, writer->allocator);
}

void cut_writer_clear(struct cut_writer *writer)
{
    *writer = (struct cut_writer){
        .allocator = writer->allocator,
        .data = writer->data,
        .capacity = writer->capacity,
    };
}

/* Remember what is wrong, if it is the first. */
static void refuse(struct cut_writer *writer, enum cut_error error)
{
    if (writer->error == CUT_OK)
        writer->error = error;
}

static bool make_room(struct cut_writer *writer, size_t more)
{
    size_t needed;

    if (writer->error != CUT_OK)
        return false;
    if (__builtin_add_overflow(writer->size, more, &needed)) {
        refuse(writer, CUT_NOMEM);
        return false;
    }
    if (needed <= writer->capacity)
        return true;
    uint8_t *grown =
        cut_grow(writer->allocator, writer->data, &writer->capacity, needed, 1);
    if (grown == NULL) {
        refuse(writer, CUT_NOMEM);
        return false;
    }
    writer->data = grown;
    return true;
}

static void append(struct cut_writer *writer, const void *data, size_t size)
{
    if (size == 0 || !make_room(writer, size))
        return;
    memcpy(writer->data + writer->size, data, size);
    writer->size += size;
}

static void append_byte(struct cut_writer *writer, char byte)
{
    append(writer, &byte, 1);
}

void cut_write(struct cut_writer *writer, const void *data, size_t size)
{
    if (data == NULL && size > 0)
        refuse(writer, CUT_INVALID);
    append(writer, data, size);
    if (size > 0)
        writer->has_value = false;
}

void cut_write_unsigned(struct cut_writer *writer,
                        uint64_t value,
                        unsigned size)
{
    uint8_t bytes[8];

    if (size != 1 && size != 2 && size != 4 && size != 8) {
        refuse(writer, CUT_INVALID);
        return;
    }
    if (size < 8 && value >> (8 * size) != 0)
        refuse(writer, CUT_INVALID);
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    cut_write(writer, bytes, size);
}

/* --- JSON ---------------------------------------------------------------- */

/* The bit of the innermost open object or array. */
static uint32_t innermost(const struct cut_writer *writer)
{
    return UINT32_C(1) << (writer->depth - 1);
}

static bool is_in_object(const struct cut_writer *writer)
{
    return writer->depth > 0 && (writer->is_object & innermost(writer)) != 0;
}

/* Write the comma between elements of the innermost object or array. */
static void separate(struct cut_writer *writer)
{
    if ((writer->has_some & innermost(writer)) != 0)
        append_byte(writer, ',');
    writer->has_some |= innermost(writer);
}

/* Begin a value. Returns whether one may stand here. */
static bool begin_value(struct cut_writer *writer)
{
    bool may_stand = true;

    if (writer->depth == 0)
        may_stand = !writer->has_value;
    else if (is_in_object(writer))
        may_stand = writer->has_key;
    if (!may_stand)
        refuse(writer, CUT_INVALID);
    if (writer->error != CUT_OK)
        return false;
    if (writer->depth > 0 && !writer->has_key)
        separate(writer);
    writer->has_key = false;
    return true;
}

static void end_value(struct cut_writer *writer)
{
    if (writer->depth == 0)
        writer->has_value = true;
}

static void append_value(struct cut_writer *writer, const char *text)
{
    if (!begin_value(writer))
        return;
    append(writer, text, strlen(text));
    end_value(writer);
}

static void begin(struct cut_writer *writer, bool is_object)
{
    if (writer->depth == CUT_JSON_DEPTH_MAX)
        refuse(writer, CUT_INVALID);
    if (!begin_value(writer))
        return;
    writer->depth++;
    writer->has_some &= ~innermost(writer);
    if (is_object)
        writer->is_object |= innermost(writer);
    else
        writer->is_object &= ~innermost(writer);
    append_byte(writer, is_object ? '{' : '[');
}

static void end(struct cut_writer *writer, bool is_object)
{
    if (writer->depth == 0 || is_in_object(writer) != is_object ||
        writer->has_key)
        refuse(writer, CUT_INVALID);
    if (writer->error != CUT_OK)
        return;
    append_byte(writer, is_object ? '}' : ']');
    writer->depth--;
    end_value(writer);
}

void cut_json_begin_object(struct cut_writer *writer)
{
    begin(writer, true);
}

void cut_json_end_object(struct cut_writer *writer)
{
    end(writer, true);
}

void cut_json_begin_array(struct cut_writer *writer)
{
    begin(writer, false);
}

void cut_json_end_array(struct cut_writer *writer)
{
    end(writer, false);
}

/* The letter behind the backslash; 0: it has none. */
static char escape_of(uint32_t code)
{
    static const char letters[] = "\b\f\n\r\t\"\\";
    static const char escapes[] = "bfnrt\"\\";
    const char *found =
        code > 0 && code < 0x80 ? strchr(letters, (int)code) : NULL;

    if (found == NULL)
        return '\0';
    return escapes[found - letters];
}

/* Write a character that cannot stand for itself: what JSON forbids, what
 * moves a terminal, and what is none. */
static void
append_special(struct cut_writer *writer, size_t size, uint32_t code)
{
    static const char hexadecimal[] = "0123456789abcdef";
    char text[] = "\\u0000";

    if (size == 0 || code == 0) {
        append(writer, "\xef\xbf\xbd", 3);
        return;
    }
    if (escape_of(code) != '\0') {
        text[1] = escape_of(code);
        append(writer, text, 2);
        return;
    }
    text[4] = hexadecimal[code >> 4];
    text[5] = hexadecimal[code & 0xf];
    append(writer, text, 6);
}

static bool is_special(size_t size, uint32_t code)
{
    return size == 0 || code < 0x20 || code == '"' || code == '\\' ||
           (code >= 0x7f && code < 0xa0);
}

/* Whatever stands for itself is appended in one piece. */
static void
append_string(struct cut_writer *writer, const char *text, size_t size)
{
    size_t plain = 0; /* where what is not yet appended begins */
    size_t step;

    append_byte(writer, '"');
    for (size_t at = 0; at < size; at += step) {
        uint32_t code = 0;
        size_t character = cut_utf8_read(text + at, size - at, &code);
        step = character > 0 ? character : 1;
        if (!is_special(character, code))
            continue;
        append(writer, text + plain, at - plain);
        append_special(writer, character, code);
        plain = at + step;
    }
    if (size > plain)
        append(writer, text + plain, size - plain);
    append_byte(writer, '"');
}

void cut_json_key(struct cut_writer *writer, const char *key)
{
    if (!is_in_object(writer) || writer->has_key || key == NULL)
        refuse(writer, CUT_INVALID);
    if (writer->error != CUT_OK)
        return;
    separate(writer);
    append_string(writer, key, strlen(key));
    append_byte(writer, ':');
    writer->has_key = true;
}

void cut_json_integer(struct cut_writer *writer, int64_t value)
{
    char text[sizeof "-9223372036854775808"];
    char *first = text + sizeof text - 1;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    *first = '\0';
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--first = '-';
    append_value(writer, first);
}

void cut_json_bool(struct cut_writer *writer, bool value)
{
    append_value(writer, value ? "true" : "false");
}

void cut_json_null(struct cut_writer *writer)
{
    append_value(writer, "null");
}

void cut_json_text(struct cut_writer *writer, const char *text, size_t size)
{
    if (text == NULL && size > 0)
        refuse(writer, CUT_INVALID);
    if (!begin_value(writer))
        return;
    append_string(writer, text, size);
    end_value(writer);
}

void cut_json_field(struct cut_writer *writer, const char *key, int64_t value)
{
    cut_json_key(writer, key);
    cut_json_integer(writer, value);
}

void cut_json_field_bool(struct cut_writer *writer, const char *key, bool value)
{
    cut_json_key(writer, key);
    cut_json_bool(writer, value);
}

void cut_json_field_text(struct cut_writer *writer,
                         const char *key,
                         const char *text)
{
    cut_json_key(writer, key);
    if (text == NULL)
        refuse(writer, CUT_INVALID);
    else
        cut_json_text(writer, text, strlen(text));
}
