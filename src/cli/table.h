/*
 * A table of text for people: columns as wide as what is in them.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <cutline/error.h>
#include <stdbool.h>
#include <stdio.h>

/* The most columns, and the most bytes of a cell with its end. */
#define CUT_TABLE_COLUMNS_MAX 16
#define CUT_TABLE_CELL_SIZE 320

struct cut_table {
    size_t column_count;
    const char *titles[CUT_TABLE_COLUMNS_MAX]; /* one that begins with '<' is of
                                                  a column that stands left */
    char **cells;                              /* row by row */
    size_t cell_count;
    size_t capacity;
    bool has_failed; /* there is no memory: it is written empty */
};

/* Begin a table; titles are ended by NULL. */
void cut_table_init(struct cut_table *table, const char *const *titles);
void cut_table_fini(struct cut_table *table);

/* Add the next cell, row by row; what is longer than a cell is cut. */
void cut_table_add(struct cut_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Write it. Errors: CUT_NOMEM, and nothing is written. */
CUT_MUST_USE enum cut_error cut_table_write(const struct cut_table *table,
                                            FILE *file);

#endif
