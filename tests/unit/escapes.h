/*
 * Colour in what is tested: taking it out.
 */
#ifndef TESTS_ESCAPES_H
#define TESTS_ESCAPES_H

#include <string.h>

/* Remove the SGR escape sequences of a text, in place. */
static inline void strip_escapes(char *text)
{
    char *out = text;

    for (const char *in = text; *in != '\0'; in++) {
        if (*in == '\033')
            in += strcspn(in, "m");
        else
            *out++ = *in;
    }
    *out = '\0';
}

#endif
