/* Draws the cuts of snapshots, from column to column. */
#include "diagram_sheet.h"

/* A cut bears its snapshot's number again after so many rows. */
enum { NUMBER_ROWS = 8 };

/* What it costs the look of a cut to go through a cell. */
static unsigned cell_cost(const struct diagram_sheet *sheet,
                          uint32_t row,
                          uint32_t x,
                          bool is_across)
{
    struct cut_canvas_lines lines = cut_canvas_lines(sheet->canvas, row, x);
    enum cut_stroke along = is_across ? lines.across : lines.down;
    enum cut_stroke crossed = is_across ? lines.down : lines.across;
    unsigned cost = 0;
    /* Lanes are dashed and go down, messages are solid and go across. */
    enum cut_stroke message = is_across ? CUT_STROKE_SOLID : CUT_STROKE_DASHED;
    if (along == message)
        cost += 60;
    else if (along != CUT_STROKE_NONE)
        cost += along == CUT_STROKE_DOTTED ? 2 : 8;
    if (crossed == (is_across ? CUT_STROKE_DASHED : CUT_STROKE_SOLID))
        cost += 50;
    return cost;
}

/* The way of a cut between the lifelines of two neighbours. */
struct step {
    uint32_t x;
    uint32_t row;
    uint32_t x_next;
    uint32_t row_next;
};

static unsigned step_cost(const struct diagram_sheet *sheet,
                          const struct step *step,
                          uint32_t turn)
{
    unsigned cost = 0;
    for (uint32_t x = step->x + 1; x < turn; x++)
        cost += cell_cost(sheet, step->row, x, true);
    for (uint32_t x = turn + 1; x < step->x_next; x++)
        cost += cell_cost(sheet, step->row_next, x, true);
    uint32_t top = step->row < step->row_next ? step->row : step->row_next;
    uint32_t bottom = step->row + step->row_next - top;
    for (uint32_t row = top; row <= bottom; row++)
        cost += cell_cost(sheet, row, turn, false);
    return cost;
}

/*
 * Find where a cut turns between two lifelines: where it crosses the fewest
 * messages. It must cross those that are recorded, once. What else it crosses,
 * it crosses twice, which looks as if a message went back in time; so it goes
 * around these.
 */
static uint32_t find_turn(const struct diagram_sheet *sheet,
                          const struct step *step,
                          uint64_t snapshot)
{
    uint32_t best = step->x + diagram_riser(sheet->diagram, snapshot);
    unsigned cost_best = step_cost(sheet, step, best);
    uint32_t middle = best;
    for (uint32_t x = step->x + 1; x < step->x_next; x++) {
        uint32_t off = x < middle ? middle - x : x - middle;
        unsigned cost = step_cost(sheet, step, x) + 2 * off;
        if (cost < cost_best) {
            best = x;
            cost_best = cost;
        }
    }
    return best;
}

/* Return whether a number would stand by itself: no line, no other number. */
static bool
is_lonely(const struct diagram_sheet *sheet, uint32_t row, uint32_t x)
{
    for (uint32_t i = x - 1; i <= x + 1; i++) {
        if (cut_canvas_lines(sheet->canvas, row, i).across != CUT_STROKE_NONE)
            return false;
    }
    return true;
}

/* Number a long stretch of a cut, where no other line is. */
static void put_numbers(const struct diagram_sheet *sheet,
                        uint64_t snapshot,
                        const struct step *step,
                        uint32_t x)
{
    uint32_t top = step->row < step->row_next ? step->row : step->row_next;
    uint32_t bottom = step->row + step->row_next - top;
    uint32_t since = NUMBER_ROWS / 2;
    for (uint32_t row = top + 1; row + 2 < bottom; row++) {
        if (++since < NUMBER_ROWS || !is_lonely(sheet, row, x))
            continue;
        diagram_put_number(
            sheet, row, x, snapshot, cut_ink_of_snapshot(snapshot));
        since = 0;
    }
}

/* Join the captures of two columns that are neighbours. */
static void draw_step(const struct diagram_sheet *sheet,
                      uint64_t snapshot,
                      const struct step *step)
{
    unsigned ink = cut_ink_of_snapshot(snapshot);
    uint32_t turn = find_turn(sheet, step, snapshot);
    struct cut_canvas *canvas = sheet->canvas;
    cut_canvas_across(
        canvas, step->row, step->x + 1, turn, CUT_STROKE_DOTTED, ink);
    cut_canvas_across(
        canvas, step->row_next, turn, step->x_next - 1, CUT_STROKE_DOTTED, ink);
    cut_canvas_down(
        canvas, turn, step->row, step->row_next, CUT_STROKE_DOTTED, ink);
    put_numbers(sheet, snapshot, step, turn);
}

static void draw_cut(const struct diagram_sheet *sheet,
                     uint64_t snapshot,
                     const uint32_t *rows)
{
    const struct cut_diagram *diagram = sheet->diagram;
    unsigned ink = cut_ink_of_snapshot(snapshot);
    uint32_t last = diagram->column_count - 1;
    uint32_t x = diagram_x(diagram, 0);
    uint32_t half = diagram->pitch / 2;
    if (rows[0] != DIAGRAM_NO_ROW)
        cut_canvas_across(sheet->canvas,
                          diagram_canvas_row(rows[0]),
                          x - half,
                          x - 1,
                          CUT_STROKE_DOTTED,
                          ink);
    x = diagram_x(diagram, last);
    if (rows[last] != DIAGRAM_NO_ROW)
        cut_canvas_across(sheet->canvas,
                          diagram_canvas_row(rows[last]),
                          x + 1,
                          x + half,
                          CUT_STROKE_DOTTED,
                          ink);
    for (uint32_t i = 0; i < last; i++) {
        struct step step = {
            .x = diagram_x(diagram, i),
            .row = diagram_canvas_row(rows[i]),
            .x_next = diagram_x(diagram, i + 1),
            .row_next = diagram_canvas_row(rows[i + 1]),
        };
        if (rows[i] != DIAGRAM_NO_ROW && rows[i + 1] != DIAGRAM_NO_ROW)
            draw_step(sheet, snapshot, &step);
    }
}

void diagram_draw_cuts(const struct diagram_sheet *sheet)
{
    const struct cut_diagram *diagram = sheet->diagram;
    const uint32_t *rows = diagram->captures.elements;
    for (size_t i = 0; i < diagram->captures.count; i++)
        draw_cut(sheet, i, rows + i * diagram->column_count);
}
