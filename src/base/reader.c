#include "base/reader.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const char no_memory[] = "out of memory";

enum cut_error cut_reader_create(FILE *file,
                                 const char *path,
                                 struct cut_fault *fault,
                                 const struct cut_allocator *allocator,
                                 struct cut_reader **out)
{
    struct cut_reader *reader = cut_allocate(allocator, 1, sizeof *reader);

    if (reader == NULL) {
        if (fault != NULL) {
            *fault = (struct cut_fault){.code = CUT_NOMEM, .path = path};
            memcpy(fault->what, no_memory, sizeof no_memory);
        }
        return CUT_NOMEM;
    }
    reader->allocator = allocator;
    reader->file = file;
    reader->path = path;
    reader->fault = fault != NULL ? fault : &reader->unseen;
    reader->line_number = 0;
    reader->begin = 0;
    reader->end = 0;
    reader->at_end = false;
    *out = reader;
    return CUT_OK;
}

void cut_reader_destroy(struct cut_reader *reader)
{
    cut_release(reader->allocator, reader, 1, sizeof *reader);
}

enum cut_error cut_reader_no_memory(struct cut_reader *reader)
{
    reader->line_number = 0;
    return cut_reader_fault(reader, CUT_NOMEM, 0, "%s", no_memory);
}

enum cut_error cut_reader_fault(struct cut_reader *reader,
                                enum cut_error code,
                                size_t column,
                                const char *format,
                                ...)
{
    va_list arguments;

    *reader->fault = (struct cut_fault){
        .code = code,
        .path = reader->path,
        .line = reader->line_number,
        .column = column,
    };
    va_start(arguments, format);
    vsnprintf(
        reader->fault->what, sizeof reader->fault->what, format, arguments);
    va_end(arguments);
    return code;
}

/* Move what is not yet read to the buffer's start and fill the rest. */
static enum cut_error refill(struct cut_reader *reader)
{
    size_t kept = reader->end - reader->begin;

    memmove(reader->buffer, reader->buffer + reader->begin, kept);
    reader->begin = 0;
    reader->end = kept;
    errno = 0;
    size_t count = fread(
        reader->buffer + kept, 1, sizeof reader->buffer - kept, reader->file);
    if (ferror(reader->file)) {
        int system_error = errno;
        reader->line_number = 0;
        cut_reader_fault(
            reader, CUT_IO, 0, "cannot read: %s", strerror(system_error));
        reader->fault->system_error = system_error;
        return CUT_IO;
    }
    reader->end += count;
    reader->at_end = reader->end < sizeof reader->buffer;
    return CUT_OK;
}

/* Hand out the bytes up to stop as a line; next is where the one after begins.
 */
static void take_line(struct cut_reader *reader,
                      size_t stop,
                      size_t next,
                      struct cut_line *out)
{
    if (stop > reader->begin && reader->buffer[stop - 1] == '\r')
        stop--;
    out->text = reader->buffer + reader->begin;
    out->size = stop - reader->begin;
    out->at = 0;
    reader->begin = next;
}

static const char *find_newline(const struct cut_reader *reader, size_t from)
{
    return memchr(reader->buffer + from, '\n', reader->end - from);
}

enum cut_error cut_reader_line(struct cut_reader *reader, struct cut_line *out)
{
    const char *newline = find_newline(reader, reader->begin);

    reader->line_number++;
    if (newline == NULL && !reader->at_end) {
        enum cut_error error = refill(reader);
        if (error != CUT_OK)
            return error;
        newline = find_newline(reader, 0);
    }
    if (newline != NULL) {
        size_t stop = (size_t)(newline - reader->buffer);
        take_line(reader, stop, stop + 1, out);
    } else if (!reader->at_end) {
        return cut_reader_fault(reader,
                                CUT_INVALID,
                                CUT_LINE_SIZE_MAX + 1,
                                "the line is too long (expected at most %d "
                                "bytes)",
                                CUT_LINE_SIZE_MAX);
    } else if (reader->begin < reader->end) {
        take_line(reader, reader->end, reader->end, out);
    } else {
        out->text = NULL;
    }
    return CUT_OK;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool cut_line_field(struct cut_line *line, struct cut_field *out)
{
    size_t begin = line->at;

    while (begin < line->size && is_space(line->text[begin]))
        begin++;
    size_t end = begin;
    while (end < line->size && !is_space(line->text[end]))
        end++;
    line->at = end;
    *out = (struct cut_field){
        .text = line->text + begin,
        .size = end - begin,
        .column = begin + 1,
    };
    return end > begin;
}

bool cut_field_is(struct cut_field field, const char *word)
{
    return strlen(word) == field.size &&
           memcmp(field.text, word, field.size) == 0;
}

/* Add a digit; false: the number would pass max. */
static bool add_digit(uint64_t *number, unsigned digit, uint64_t max)
{
    return !__builtin_mul_overflow(*number, 10, number) &&
           !__builtin_add_overflow(*number, digit, number) && *number <= max;
}

enum cut_error cut_reader_number(struct cut_reader *reader,
                                 struct cut_field field,
                                 const char *what,
                                 uint64_t min,
                                 uint64_t max,
                                 uint64_t *out)
{
    char quoted[CUT_QUOTE_SIZE];
    uint64_t number = 0;
    const char *wrong = field.size == 0 ? "is missing" : NULL;

    for (size_t i = 0; i < field.size && wrong == NULL; i++)
        if (field.text[i] < '0' || field.text[i] > '9')
            wrong = "is not a number";
    for (size_t i = 0; i < field.size && wrong == NULL; i++)
        if (!add_digit(&number, (unsigned)(field.text[i] - '0'), max))
            wrong = "is too large";
    if (wrong == NULL && number < min)
        wrong = "is too small";
    if (wrong != NULL && field.size > 1 && field.text[0] == '-')
        wrong = "is negative or not a number";
    if (wrong == NULL) {
        *out = number;
        return CUT_OK;
    }
    if (field.size == 0)
        quoted[0] = '\0';
    else
        cut_field_quote(field, quoted);
    return cut_reader_fault(reader,
                            CUT_INVALID,
                            field.column,
                            "the %s %s%s%s (expected %" PRIu64 " to %" PRIu64
                            ")",
                            what,
                            wrong,
                            field.size > 0 ? ": " : "",
                            quoted,
                            min,
                            max);
}

enum cut_error cut_reader_end_of_line(struct cut_reader *reader,
                                      struct cut_line *line,
                                      const char *expected)
{
    char quoted[CUT_QUOTE_SIZE];
    struct cut_field field;

    if (!cut_line_field(line, &field))
        return CUT_OK;
    return cut_reader_fault(reader,
                            CUT_INVALID,
                            field.column,
                            "one field too many: %s (expected %s)",
                            cut_field_quote(field, quoted),
                            expected);
}

const char *cut_field_quote(struct cut_field field, char out[CUT_QUOTE_SIZE])
{
    static const char cut_short[] = "...";
    size_t used = 1;
    size_t at = 0;

    out[0] = '"';
    while (at < field.size &&
           used + sizeof "\\xff" + sizeof cut_short <= CUT_QUOTE_SIZE) {
        size_t size = cut_utf8_size(field.text + at, field.size - at);
        if (size > 0) {
            memcpy(out + used, field.text + at, size);
            used += size;
            at += size;
        } else {
            unsigned char byte = (unsigned char)field.text[at++];
            used +=
                (size_t)snprintf(out + used, sizeof "\\xff", "\\x%02x", byte);
        }
    }
    snprintf(out + used,
             CUT_QUOTE_SIZE - used,
             "%s\"",
             at < field.size ? cut_short : "");
    return out;
}
