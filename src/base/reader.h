/*
 * Reading files of lines and fields: what the text formats share. A
 * line is split at white space; a fault knows its line and column.
 */
#ifndef CUT_BASE_READER_H
#define CUT_BASE_READER_H

#include <cutline/allocator.h>
#include <stdbool.h>
#include <stdio.h>

/* The longest line, in bytes. A longer one is an error, and is not stored. */
#define CUT_LINE_SIZE_MAX 65535

struct cut_reader {
    const struct cut_allocator *allocator;
    FILE *file;
    const char *path;
    struct cut_fault *fault; /* where faults go */
    uint64_t line_number;
    size_t begin; /* of what is not yet read, in the buffer */
    size_t end;
    bool at_end;             /* of the file */
    struct cut_fault unseen; /* what fault points to if nobody wants it */
    char buffer[CUT_LINE_SIZE_MAX + 1];
};

/* A part of the reader's line; valid until the next line is read. */
struct cut_field {
    const char *text;
    size_t size;
    size_t column; /* from 1 */
};

/* A line without its end; fields are taken from `at` on. */
struct cut_line {
    const char *text;
    size_t size;
    size_t at;
};

/*
 * Make a reader.
 *
 *   file       borrowed.
 *   path       borrowed, by the faults as well.
 *   fault      borrowed; NULL: nobody wants to know.
 *   allocator  borrowed.
 *
 * Errors: CUT_NOMEM; the fault is filled.
 */
CUT_MUST_USE enum cut_error
cut_reader_create(FILE *file,
                  const char *path,
                  struct cut_fault *fault,
                  const struct cut_allocator *allocator,
                  struct cut_reader **out);

void cut_reader_destroy(struct cut_reader *reader);

/*
 * Read the next line. At the end of the file text is NULL.
 *
 * Errors: CUT_INVALID the line is too long; CUT_IO. The fault is filled.
 */
CUT_MUST_USE enum cut_error cut_reader_line(struct cut_reader *reader,
                                            struct cut_line *out);

/*
 * Take the next field of a line. At its end: one of size 0, whose column is
 * where it was expected; returns false.
 */
bool cut_line_field(struct cut_line *line, struct cut_field *out);

/* Return whether a field is this word. */
bool cut_field_is(struct cut_field field, const char *word);

/*
 * Read a field as a decimal number, min to max.
 *
 *   what   the number's name for the fault: "number of tokens".
 *
 * Errors: CUT_INVALID no such number, or no field; the fault is filled.
 */
CUT_MUST_USE enum cut_error cut_reader_number(struct cut_reader *reader,
                                              struct cut_field field,
                                              const char *what,
                                              uint64_t min,
                                              uint64_t max,
                                              uint64_t *out);

/*
 * Take the field after the last one: there must be none.
 *
 *   expected  what the line holds: "ID TOKENS".
 *
 * Errors: CUT_INVALID there is one; the fault is filled.
 */
CUT_MUST_USE enum cut_error cut_reader_end_of_line(struct cut_reader *reader,
                                                   struct cut_line *line,
                                                   const char *expected);

/*
 * Fill the fault with what is wrong at a column of the present line (0: with
 * the line as a whole). Returns code.
 */
__attribute__((format(printf, 4, 5))) enum cut_error
cut_reader_fault(struct cut_reader *reader,
                 enum cut_error code,
                 size_t column,
                 const char *format,
                 ...);

/* Fill the fault with "out of memory". Returns CUT_NOMEM. */
enum cut_error cut_reader_no_memory(struct cut_reader *reader);

/* Bytes of a quoted field, with its end. */
#define CUT_QUOTE_SIZE 64

/*
 * Write a field for people, in quotes: what cannot be printed escaped, a long
 * one cut. Returns out.
 */
const char *cut_field_quote(struct cut_field field, char out[CUT_QUOTE_SIZE]);

#endif
