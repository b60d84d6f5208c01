/*
 * A sheet of character cells: lines that join and cross, text over them.
 *
 * Each cell remembers which of its four arms are drawn and how, and finds the
 * box-drawing character when the sheet is written; so lines may be drawn in
 * any order. Where there is no Unicode, the same sheet is written in ASCII.
 * What is outside the sheet is not drawn.
 */
#ifndef CLI_CANVAS_H
#define CLI_CANVAS_H

#include "terminal.h"

#include <cutline/allocator.h>

/* How a line is drawn; where two lines meet in one direction, the last. */
enum cut_stroke {
    CUT_STROKE_NONE,
    CUT_STROKE_DOTTED,
    CUT_STROKE_DASHED,
    CUT_STROKE_SOLID,
};

/* Colours: 0 the terminal's own, then CUT_INK_COLORS others; and flags. */
#define CUT_INK_PLAIN 0U
#define CUT_INK_COLORS 6U
#define CUT_INK_COLOR_MASK 7U
#define CUT_INK_BOLD 8U
#define CUT_INK_FAINT 16U

/* Return the colour of a snapshot, the same wherever it is told of. */
static inline unsigned cut_ink_of_snapshot(uint64_t number)
{
    return 1U + (unsigned)(number % CUT_INK_COLORS);
}

struct cut_canvas;

/*
 * Make an empty sheet.
 *
 * Errors:  CUT_NOMEM.
 * Memory:  12 bytes a cell.
 */
CUT_MUST_USE enum cut_error
cut_canvas_create(uint32_t width,
                  uint32_t height,
                  const struct cut_terminal *terminal,
                  const struct cut_allocator *allocator,
                  struct cut_canvas **out);

/* Destroy a sheet; NULL is ignored. */
void cut_canvas_destroy(struct cut_canvas *canvas);

/* Draw from the middle of one cell to the middle of another in its row. */
void cut_canvas_across(struct cut_canvas *canvas,
                       uint32_t row,
                       uint32_t from,
                       uint32_t to,
                       enum cut_stroke stroke,
                       unsigned ink);

/* Draw from the middle of one cell to the middle of another in its column. */
void cut_canvas_down(struct cut_canvas *canvas,
                     uint32_t x,
                     uint32_t from,
                     uint32_t to,
                     enum cut_stroke stroke,
                     unsigned ink);

/* Put a character over what is drawn in a cell. */
void cut_canvas_put(struct cut_canvas *canvas,
                    uint32_t row,
                    uint32_t x,
                    uint32_t character,
                    unsigned ink);

/* Put UTF-8 text over what is drawn, in at most `room` cells. */
void cut_canvas_text(struct cut_canvas *canvas,
                     uint32_t row,
                     uint32_t x,
                     uint32_t room,
                     const char *text,
                     unsigned ink);

/* The lines in a cell, and the colour of the last dotted one. */
struct cut_canvas_lines {
    enum cut_stroke across;
    enum cut_stroke down;
    unsigned dots_color;
};

/* Return the lines in a cell; outside the sheet there are none. */
struct cut_canvas_lines
cut_canvas_lines(const struct cut_canvas *canvas, uint32_t row, uint32_t x);

/* Return how many cells a UTF-8 text takes. */
uint32_t cut_text_width(const char *text);

/* Write the sheet, without spaces at the ends of lines. */
void cut_canvas_write(const struct cut_canvas *canvas, FILE *file);

/* Write what switches to an ink, nothing on a terminal without colour. */
void cut_ink_write(const struct cut_terminal *terminal,
                   unsigned ink,
                   FILE *file);

/* Write one character as UTF-8. */
void cut_character_write(uint32_t character, FILE *file);

#endif
