#include "compare.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 12, CELL_SIZE = 32 };

static const char *const heads[COLUMNS][2] = {
    {"", "algorithm"},
    {"", "consistent"},
    {"not", "complete"},
    {"", "aborted"},
    {"", "failed"},
    {"control", "messages"},
    {"control", "bytes"},
    {"bytes", "added"},
    {"messages", "recorded"},
    {"bytes", "recorded"},
    {"ms to", "complete"},
    {"ms stood", "still"},
};

/* The columns that say what is rare: they are there when it happened. */
enum { COLUMN_INCOMPLETE = 2, COLUMN_ABORTED = 3, COLUMN_FAILED = 4 };

/* Write how much it is for one of so many, rounded to the nearest; "-" where
 * there is nothing to say. */
static void write_average(uint64_t sum, uint64_t count, char cell[CELL_SIZE])
{
    if (count == 0)
        snprintf(cell, CELL_SIZE, "-");
    else
        snprintf(cell,
                 CELL_SIZE,
                 "%" PRIu64,
                 sum / count + (sum % count >= count - sum % count));
}

/* The same of nanoseconds, in ms. */
static void write_average_ms(uint64_t sum, uint64_t count, char cell[CELL_SIZE])
{
    uint64_t us = count > 0 ? sum / count / 1000 : 0;

    if (count == 0)
        snprintf(cell, CELL_SIZE, "-");
    else if (us == 0)
        snprintf(cell, CELL_SIZE, "0");
    else
        snprintf(
            cell, CELL_SIZE, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
}

/* Of the runs that failed nothing is known: they are neither. */
static void write_ratio(uint64_t count, uint64_t of, char cell[CELL_SIZE])
{
    if (of == 0)
        snprintf(cell, CELL_SIZE, "-");
    else
        snprintf(cell, CELL_SIZE, "%" PRIu64 " of %" PRIu64, count, of);
}

static void write_cells(const struct cut_row *row,
                        char cells[COLUMNS][CELL_SIZE])
{
    const struct cut_costs *costs = &row->costs;
    uint64_t measured = row->runs - row->failed;

    memset(cells, 0, (size_t)COLUMNS * CELL_SIZE);
    snprintf(cells[0], CELL_SIZE, "%s", row->name);
    if (row->refusal[0] != '\0')
        return;
    write_ratio(row->consistent, measured, cells[1]);
    snprintf(cells[COLUMN_INCOMPLETE], CELL_SIZE, "%" PRIu64, row->incomplete);
    snprintf(cells[COLUMN_ABORTED], CELL_SIZE, "%" PRIu64, row->aborted);
    snprintf(cells[COLUMN_FAILED], CELL_SIZE, "%" PRIu64, row->failed);
    write_average(costs->control_messages, measured, cells[5]);
    write_average(costs->control_bytes, measured, cells[6]);
    write_average(costs->stamp_bytes, measured, cells[7]);
    write_average(costs->messages_recorded, measured, cells[8]);
    write_average(costs->bytes_recorded, measured, cells[9]);
    write_average_ms(row->duration, row->snapshots, cells[10]);
    write_average_ms(costs->stopped, measured, cells[11]);
}

static void write_line(const char *const texts[COLUMNS],
                       const int widths[COLUMNS],
                       FILE *file)
{
    fprintf(file, "%-*s", widths[0], texts[0]);
    for (int i = 1; i < COLUMNS; i++)
        if (widths[i] > 0)
            fprintf(file, "  %*s", widths[i], texts[i]);
    fputc('\n', file);
}

static void widen(int widths[COLUMNS], int column, const char *text)
{
    int size = (int)strlen(text);

    if (size > widths[column])
        widths[column] = size;
}

static void find_widths(const struct cut_comparison *comparison,
                        int widths[COLUMNS])
{
    char cells[COLUMNS][CELL_SIZE];
    uint64_t incomplete = 0;
    uint64_t aborted = 0;
    uint64_t failed = 0;

    for (int k = 0; k < COLUMNS; k++) {
        widths[k] = 0;
        widen(widths, k, heads[k][0]);
        widen(widths, k, heads[k][1]);
    }
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct cut_row *row = &comparison->rows[i];
        write_cells(row, cells);
        for (int k = 0; k < COLUMNS; k++)
            widen(widths, k, cells[k]);
        incomplete += row->incomplete;
        aborted += row->aborted;
        failed += row->failed;
    }
    if (incomplete == 0)
        widths[COLUMN_INCOMPLETE] = 0;
    if (aborted == 0)
        widths[COLUMN_ABORTED] = 0;
    if (failed == 0)
        widths[COLUMN_FAILED] = 0;
}

/* Say of each algorithm under which the program failed how it did first. */
static void write_failures(const struct cut_comparison *comparison, FILE *file)
{
    bool has_above = false;

    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct cut_row *row = &comparison->rows[i];
        if (row->failed == 0)
            continue;
        fprintf(file,
                "%s%s, seed %" PRId64 ": the program failed: %s\n",
                has_above ? "" : "\n",
                row->name,
                row->failure_seed,
                row->failure);
        has_above = true;
    }
}

void cut_compare_table(const struct cut_comparison *comparison, FILE *file)
{
    const char *texts[COLUMNS];
    char cells[COLUMNS][CELL_SIZE];
    int widths[COLUMNS];

    find_widths(comparison, widths);
    for (int line = 0; line < 2; line++) {
        for (int k = 0; k < COLUMNS; k++)
            texts[k] = heads[k][line];
        write_line(texts, widths, file);
    }
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct cut_row *row = &comparison->rows[i];
        write_cells(row, cells);
        for (int k = 0; k < COLUMNS; k++)
            texts[k] = cells[k];
        if (row->refusal[0] != '\0')
            fprintf(file, "%-*s  %s\n", widths[0], row->name, row->refusal);
        else
            write_line(texts, widths, file);
    }
    write_failures(comparison, file);
}
