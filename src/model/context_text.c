/*
 * What a program says: lines, and what is wrong.
 */
#include "base/utf8.h"
#include "model/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Without what was cut in two where the text was cut off. */
static size_t without_last_character(const char *text, size_t size)
{
    while (size > 0 && ((unsigned char)text[size - 1] & 0xc0) == 0x80)
        size--;
    return size > 0 && (unsigned char)text[size - 1] >= 0xc0 ? size - 1 : size;
}

/* Blanks other than the blank, in ASCII or where people type them. */
static bool is_blank(uint32_t code)
{
    return (code >= '\t' && code <= '\r') || code == ' ' || code == 0xa0 ||
           code == 0x3000;
}

/*
 * Copy text so that it is one line, does nothing to a terminal and breaks no
 * encoding: blanks become ' ', what is not UTF-8 or cannot be seen becomes
 * U+FFFD. What has no room is left out.
 */
static void
copy_clean(char *out, size_t out_size, const char *text, size_t size)
{
    size_t used = 0;

    while (size > 0) {
        uint32_t code = 0;
        size_t step = cut_utf8_read(text, size, &code);
        const char *piece = text;
        size_t piece_size = cut_utf8_size(text, size);
        if (step != 0 && is_blank(code)) {
            piece = " ";
            piece_size = 1;
        } else if (piece_size == 0) {
            piece = replacement;
            piece_size = sizeof replacement - 1;
        }
        if (piece_size >= out_size - used)
            break;
        memcpy(out + used, piece, piece_size);
        used += piece_size;
        step = step > 0 ? step : 1;
        text += step;
        size -= step;
    }
    out[used] = '\0';
}

/* Format into out, clean and cut to size. Returns whether that was possible. */
static bool __attribute__((format(printf, 3, 0)))
format_clean(char *out, size_t size, const char *format, va_list arguments)
{
    char raw[CUT_PRINT_SIZE];
    int length = vsnprintf(raw, sizeof raw, format, arguments);

    if (length < 0)
        return false;
    size_t raw_size = (size_t)length;
    if (raw_size >= sizeof raw)
        raw_size = without_last_character(raw, sizeof raw - 1);
    else if (raw_size > 0 && raw[raw_size - 1] == '\n')
        raw_size--; /* the end of the line, to the hands of a C programmer */
    copy_clean(out, size, raw, raw_size);
    return true;
}

static void __attribute__((format(printf, 3, 0)))
fail(struct cut_context *context,
     enum cut_error error,
     const char *format,
     va_list arguments)
{
    if (context->error != CUT_OK)
        return;
    context->error = error;
    if (!format_clean(
            context->failure, sizeof context->failure, format, arguments))
        context->failure[0] = '\0';
    if (context->failure[0] == '\0')
        memcpy(context->failure,
               "fails without saying why",
               sizeof "fails without saying why");
}

void cut_context_fail(struct cut_context *context,
                      enum cut_error error,
                      const char *format,
                      ...)
{
    va_list arguments;

    va_start(arguments, format);
    fail(context, error, format, arguments);
    va_end(arguments);
}

void cut_fail(struct cut_context *context, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fail(context, CUT_STATE, format, arguments);
    va_end(arguments);
}

void cut_print(struct cut_context *context, const char *format, ...)
{
    char line[CUT_PRINT_SIZE];
    va_list arguments;

    if (context->error != CUT_OK)
        return;
    va_start(arguments, format);
    bool is_formatted = format_clean(line, sizeof line, format, arguments);
    va_end(arguments);
    if (is_formatted)
        context->operations->print(context, line);
    else
        cut_context_fail(context,
                         CUT_INVALID,
                         "prints what cannot be formatted (expected UTF-8)");
}
