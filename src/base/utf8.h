/*
 * UTF-8: what can be printed, and what is not text.
 */
#ifndef CUT_BASE_UTF8_H
#define CUT_BASE_UTF8_H

#include <stddef.h>

/*
 * Return the bytes of the character at text, 1 to 4; 0 where there is no
 * well-formed one, or one that nobody can see: a blank, a control or a format
 * character.
 *
 * Source: RFC 3629, section 4.
 */
size_t cut_utf8_size(const char *text, size_t size);

#endif
