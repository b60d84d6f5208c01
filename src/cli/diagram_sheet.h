/*
 * What the functions that draw a diagram share: the sheet that they draw on,
 * and the signs that they put there. diagram_draw.c draws all but the cuts,
 * and calls diagram_cuts.c for these, when the lines are there that they go
 * around.
 */
#ifndef CLI_DIAGRAM_SHEET_H
#define CLI_DIAGRAM_SHEET_H

#include "diagram_layout.h"

/* Rows above the first event and below the last: names, tokens. */
enum { DIAGRAM_HEAD_ROWS = 2, DIAGRAM_FOOT_ROWS = 2 };

enum diagram_symbol {
    DIAGRAM_SYMBOL_CAPTURE,
    DIAGRAM_SYMBOL_RECORDED,
    DIAGRAM_SYMBOL_COMPLETE,
    DIAGRAM_SYMBOL_CLOSES,
    DIAGRAM_SYMBOL_RIGHT,
    DIAGRAM_SYMBOL_LEFT,
    DIAGRAM_SYMBOL_MARKER_RIGHT,
    DIAGRAM_SYMBOL_MARKER_LEFT,
    DIAGRAM_SYMBOL_TO,
    DIAGRAM_SYMBOL_GAP,
    DIAGRAM_SYMBOL_LOST,
};

/* What is drawn, and on what. */
struct diagram_sheet {
    const struct cut_diagram *diagram;
    struct cut_canvas *canvas;
    uint32_t bottom; /* the last row of events */
};

/* Return the row of the canvas: they count from the names above. */
static inline uint32_t diagram_canvas_row(uint32_t row)
{
    return row + DIAGRAM_HEAD_ROWS;
}

/* Put a sign over what is drawn in a cell. */
void diagram_put_symbol(const struct diagram_sheet *sheet,
                        uint32_t row,
                        uint32_t x,
                        enum diagram_symbol name,
                        unsigned ink);

/* Put the number of a snapshot over what is drawn. */
void diagram_put_number(const struct diagram_sheet *sheet,
                        uint32_t row,
                        uint32_t x,
                        uint64_t number,
                        unsigned ink);

/* Draw all cuts, around the lines that are there. */
void diagram_draw_cuts(const struct diagram_sheet *sheet);

#endif
