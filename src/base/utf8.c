#include "base/utf8.h"

#include <stdbool.h>

/* What the first byte says of the length; 0: it is no first byte. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if ((first & 0xe0) == 0xc0)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return (first & 0xf8) == 0xf0 ? 4 : 0;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Blanks, characters that are not seen, and those that turn the text round. */
static bool is_invisible(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x20, 0x20},
        {0xa0, 0xa0},
        {0xad, 0xad},
        {0x61c, 0x61c},
        {0x1680, 0x1680},
        {0x180e, 0x180e},
        {0x2000, 0x200f},
        {0x2028, 0x202f},
        {0x205f, 0x206f},
        {0x3000, 0x3000},
        {0xfeff, 0xfeff},
        {0xfff9, 0xfffb},
        {0xe0000, 0xe007f},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

size_t cut_utf8_read(const char *text, size_t size, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *bytes = (const unsigned char *)text;

    if (size == 0)
        return 0;
    size_t length = length_of(bytes[0]);
    if (length == 0 || length > size)
        return 0;
    uint32_t read = bytes[0] & mask[length];
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        read = read << 6 | (bytes[i] & 0x3f);
    }
    bool is_surrogate = read >= 0xd800 && read <= 0xdfff;
    if (read < least[length] || read > 0x10ffff || is_surrogate)
        return 0;
    *code = read;
    return length;
}

size_t cut_utf8_size(const char *text, size_t size)
{
    uint32_t code = 0;
    size_t length = cut_utf8_read(text, size, &code);

    return is_control(code) || is_invisible(code) ? 0 : length;
}
