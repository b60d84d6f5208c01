/*
 * UTF-8: what can be printed, and what is not text.
 */
#ifndef CUT_BASE_UTF8_H
#define CUT_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Return the bytes of the well-formed character at text, 1 to 4, and its code;
 * 0 where there is none, and code is as it was.
 *
 * Source: RFC 3629, section 4.
 */
size_t cut_utf8_read(const char *text, size_t size, uint32_t *code);

/*
 * Return the bytes of the character at text, 1 to 4; 0 where there is no
 * well-formed one, or one that nobody can see: a blank, a control or a format
 * character.
 */
size_t cut_utf8_size(const char *text, size_t size);

#endif
