#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void cut_table_init(struct cut_table *table, const char *const *titles)
{
    *table = (struct cut_table){.column_count = 0};
    while (titles[table->column_count] != NULL &&
           table->column_count < CUT_TABLE_COLUMNS_MAX) {
        table->titles[table->column_count] = titles[table->column_count];
        table->column_count++;
    }
}

void cut_table_fini(struct cut_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
}

static char *append(struct cut_table *table, const char *text)
{
    if (table->cell_count == table->capacity) {
        size_t capacity = table->capacity > 0 ? 2 * table->capacity : 64;
        char **cells = realloc(table->cells, capacity * sizeof *cells);
        if (cells == NULL)
            return NULL;
        table->cells = cells;
        table->capacity = capacity;
    }
    return table->cells[table->cell_count++] = strdup(text);
}

void cut_table_add(struct cut_table *table, const char *format, ...)
{
    char text[CUT_TABLE_CELL_SIZE];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (append(table, text) == NULL)
        table->has_failed = true;
}

static bool is_left(const struct cut_table *table, size_t column)
{
    return table->titles[column][0] == '<';
}

static const char *title_of(const struct cut_table *table, size_t column)
{
    return table->titles[column] + is_left(table, column);
}

/* Characters, not bytes: names may be UTF-8. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void write_cell(const struct cut_table *table,
                       size_t column,
                       const char *text,
                       size_t width,
                       FILE *file)
{
    int padding = (int)(width - width_of(text));
    bool is_last = column + 1 == table->column_count;

    if (column > 0)
        fputs("  ", file);
    if (is_left(table, column))
        fprintf(file, "%s%*s", text, is_last ? 0 : padding, "");
    else
        fprintf(file, "%*s%s", padding, "", text);
    if (is_last)
        fputc('\n', file);
}

enum cut_error cut_table_write(const struct cut_table *table, FILE *file)
{
    size_t columns = table->column_count;
    size_t widths[CUT_TABLE_COLUMNS_MAX];

    if (table->has_failed)
        return CUT_NOMEM;
    if (columns == 0)
        return CUT_OK;
    for (size_t i = 0; i < columns; i++)
        widths[i] = width_of(title_of(table, i));
    for (size_t i = 0; i < table->cell_count; i++)
        if (width_of(table->cells[i]) > widths[i % columns])
            widths[i % columns] = width_of(table->cells[i]);
    for (size_t i = 0; i < columns; i++)
        write_cell(table, i, title_of(table, i), widths[i], file);
    for (size_t i = 0; i < table->cell_count; i++)
        write_cell(
            table, i % columns, table->cells[i], widths[i % columns], file);
    return CUT_OK;
}
