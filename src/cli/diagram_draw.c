/* Draws what diagram_events.c has laid out. */
#include "diagram_sheet.h"

#include <inttypes.h>
#include <string.h>

static uint32_t symbol(const struct cut_terminal *terminal,
                       enum diagram_symbol name)
{
    /* None is an emoji or of ambiguous width in common fonts. */
    static const struct {
        uint16_t unicode;
        char ascii;
    } symbols[] = {
        [DIAGRAM_SYMBOL_CAPTURE] = {0x25c6, '*'},      /* black diamond */
        [DIAGRAM_SYMBOL_RECORDED] = {0x25c7, '*'},     /* white diamond */
        [DIAGRAM_SYMBOL_COMPLETE] = {0x25a0, '#'},     /* black square */
        [DIAGRAM_SYMBOL_CLOSES] = {0x2503, ']'},       /* heavy vertical */
        [DIAGRAM_SYMBOL_RIGHT] = {0x25ba, '>'},        /* black pointer */
        [DIAGRAM_SYMBOL_LEFT] = {0x25c4, '<'},         /* black pointer */
        [DIAGRAM_SYMBOL_MARKER_RIGHT] = {0x25b7, '>'}, /* white triangle */
        [DIAGRAM_SYMBOL_MARKER_LEFT] = {0x25c1, '<'},  /* white triangle */
        [DIAGRAM_SYMBOL_TO] = {0x2192, '>'},           /* arrow */
        [DIAGRAM_SYMBOL_GAP] = {0x22ee, ':'},          /* vertical ellipsis */
        [DIAGRAM_SYMBOL_LOST] = {0x00d7, 'x'},         /* multiplication sign */
    };
    return terminal->unicode ? symbols[name].unicode
                             : (unsigned char)symbols[name].ascii;
}

void diagram_put_symbol(const struct diagram_sheet *sheet,
                        uint32_t row,
                        uint32_t x,
                        enum diagram_symbol name,
                        unsigned ink)
{
    cut_canvas_put(
        sheet->canvas, row, x, symbol(&sheet->diagram->terminal, name), ink);
}

void diagram_put_number(const struct diagram_sheet *sheet,
                        uint32_t row,
                        uint32_t x,
                        uint64_t number,
                        unsigned ink)
{
    char text[DIAGRAM_LABEL_SIZE];
    snprintf(text, sizeof text, "%" PRIu64, number);
    cut_canvas_text(sheet->canvas, row, x, sizeof text, text, ink);
}

/* Put text centred on a cell, within a column's width. */
static void put_centred(const struct diagram_sheet *sheet,
                        uint32_t row,
                        uint32_t x,
                        const char *text,
                        unsigned ink)
{
    uint32_t room = sheet->diagram->pitch - 1;
    uint32_t width = cut_text_width(text);
    if (width > room)
        width = room;
    cut_canvas_text(sheet->canvas, row, x - width / 2, room, text, ink);
}

/* Return how much of a text beside a lifeline fits, before the next one. */
static uint32_t
room_beside(const struct diagram_sheet *sheet, uint32_t column, uint32_t offset)
{
    uint32_t x = diagram_x(sheet->diagram, column);
    uint32_t end = x + sheet->diagram->pitch;
    if (end > sheet->diagram->width)
        end = sheet->diagram->width;
    return x + offset < end ? end - x - offset : 0;
}

/* As long as a process is a member. */
static void draw_lifeline(const struct diagram_sheet *sheet, uint32_t column)
{
    const struct diagram_life *life = &sheet->diagram->lives[column];
    uint32_t top =
        life->joined == DIAGRAM_NO_ROW ? 1 : diagram_canvas_row(life->joined);
    uint32_t bottom = life->left == DIAGRAM_NO_ROW
                          ? sheet->bottom + 1
                          : diagram_canvas_row(life->left);
    cut_canvas_down(sheet->canvas,
                    diagram_x(sheet->diagram, column),
                    top,
                    bottom,
                    CUT_STROKE_SOLID,
                    CUT_INK_FAINT);
}

static void draw_frame(const struct diagram_sheet *sheet)
{
    const struct cut_diagram *diagram = sheet->diagram;
    char amount[DIAGRAM_LABEL_SIZE] = "";
    char room[CUT_CAST_NAME_SIZE];
    uint32_t foot = sheet->bottom + 1;
    bool has_tokens = diagram->cast.topology != NULL;
    const char *unit = has_tokens ? "tokens" : "ms";
    cut_canvas_text(sheet->canvas, 1, 0, 7, unit, CUT_INK_FAINT);
    cut_canvas_text(sheet->canvas, foot, 0, 7, unit, CUT_INK_FAINT);
    for (uint32_t i = 0; i < diagram->column_count; i++) {
        uint32_t process = diagram->columns[i];
        uint32_t x = diagram_x(diagram, i);
        const char *name = cut_cast_name(&diagram->cast, process, room);
        put_centred(sheet, 0, x, name, CUT_INK_BOLD);
        if (has_tokens)
            diagram_amount(diagram_tokens(diagram, process), amount);
        put_centred(sheet, 1, x, amount, CUT_INK_FAINT);
        draw_lifeline(sheet, i);
        if (has_tokens)
            diagram_amount(diagram->holds[i], amount);
        put_centred(sheet, foot, x, amount, CUT_INK_FAINT);
        put_centred(sheet, foot + 1, x, name, CUT_INK_BOLD);
    }
}

static void draw_gutter(const struct diagram_sheet *sheet)
{
    const struct cut_diagram *diagram = sheet->diagram;
    const struct diagram_tick *ticks = diagram->ticks.elements;
    for (size_t i = 0; i < diagram->ticks.count; i++) {
        uint32_t row = diagram_canvas_row(ticks[i].row);
        char room[CUT_CAST_TIME_SIZE];
        const char *now = cut_cast_time(&diagram->cast, ticks[i].now, room);
        uint32_t width = diagram->gutter - 2;
        uint32_t size = (uint32_t)strlen(now);
        /* Of very long runs the last digits tell the ticks apart. */
        const char *tail = now + (size > width ? size - width : 0);
        cut_canvas_text(sheet->canvas,
                        row,
                        size < width ? width - size : 0,
                        width,
                        tail,
                        CUT_INK_FAINT);
        if (ticks[i].gap)
            diagram_put_symbol(
                sheet, row, 0, DIAGRAM_SYMBOL_GAP, CUT_INK_FAINT);
    }
}

/*
 * Messages and markers
 */

/* Return how many cells of the gap before a receiver a sender's lane takes. */
static uint32_t corner_width(const struct cut_diagram *diagram,
                             const struct diagram_item *item)
{
    bool rightward = item->from < item->to;
    uint32_t distance =
        rightward ? item->to - item->from : item->from - item->to;
    uint32_t x = diagram_x(diagram, item->from);
    if (item->lane == DIAGRAM_NO_LANE || distance > 1)
        return 0;
    return rightward ? item->lane - x : x - item->lane;
}

/*
 * Put the label of an arrow in the middle of the gap before its receiver. A
 * label that is too long covers the corner at the sender's end of the gap.
 */
static void put_label(const struct diagram_sheet *sheet,
                      const struct diagram_item *item,
                      const char *text,
                      unsigned ink)
{
    const struct cut_diagram *diagram = sheet->diagram;
    uint32_t to = diagram_x(diagram, item->to);
    uint32_t gap = diagram->pitch - 1;
    uint32_t width = cut_text_width(text);
    if (width > gap - 1)
        width = gap - 1;
    uint32_t room = gap - 1 - corner_width(diagram, item);
    uint32_t after = room > width ? (room - width + 1) / 2 : 0;
    uint32_t before = room > width ? (room - width) / 2 : 0;
    uint32_t x =
        item->from < item->to ? to - 1 - after - width : to + 2 + before;
    cut_canvas_text(
        sheet->canvas, diagram_canvas_row(item->row), x, width, text, ink);
}

/* A text, and the snapshots that recorded it: 3, or 3 and a sign and 0. */
static void format_recorded(const struct diagram_item *item,
                            const struct cut_diagram *diagram,
                            const char *text,
                            char out[64])
{
    const char *sign = diagram->terminal.unicode ? "\u25c7" : "*";
    size_t size = (size_t)snprintf(out, 64, "%s", text);
    for (unsigned i = 0; i < item->recorded_count; i++) {
        const char *between = i == 0 ? sign : ",";
        if (i == DIAGRAM_RECORDED_MAX) {
            snprintf(out + size, 64 - size, "+");
            return;
        }
        size += (size_t)snprintf(
            out + size, 64 - size, "%s%" PRIu64, between, item->recorded[i]);
        if (size >= 64)
            return;
    }
}

static void format_message(const struct diagram_item *item,
                           const struct cut_diagram *diagram,
                           char out[64])
{
    char label[DIAGRAM_LABEL_SIZE];
    diagram_label(diagram, item, label);
    format_recorded(item, diagram, label, out);
}

/* What left a process that is not shown, or left before what is drawn, has only
 * its end, with the process's name. */
static void draw_from_hidden(const struct diagram_sheet *sheet,
                             const struct diagram_item *item,
                             const char *label,
                             unsigned ink)
{
    const struct cut_diagram *diagram = sheet->diagram;
    char room[CUT_CAST_NAME_SIZE];
    const char *name = cut_cast_name(&diagram->cast, item->peer, room);
    char text[CUT_CAST_NAME_SIZE + 300];
    snprintf(text, sizeof text, "%s%s", item->is_copy ? "copy " : "", name);
    bool is_marker = item->kind == DIAGRAM_MARKER;
    uint32_t row = diagram_canvas_row(item->row);
    uint32_t x = diagram_x(diagram, item->to);
    uint32_t width = cut_text_width(label) + 1;
    diagram_put_symbol(sheet,
                       row,
                       x + 1,
                       is_marker ? DIAGRAM_SYMBOL_MARKER_LEFT
                                 : DIAGRAM_SYMBOL_LEFT,
                       ink);
    cut_canvas_text(
        sheet->canvas, row, x + 2, room_beside(sheet, item->to, 2), label, ink);
    cut_canvas_text(sheet->canvas,
                    row,
                    x + 2 + width,
                    room_beside(sheet, item->to, 2 + width),
                    text,
                    CUT_INK_FAINT);
}

/* Put the sign of a recorded message where a cut of that colour crosses. */
static void put_crossing(const struct diagram_sheet *sheet,
                         uint32_t row,
                         uint32_t x,
                         uint64_t snapshot)
{
    unsigned color = cut_ink_of_snapshot(snapshot);
    struct cut_canvas_lines lines = cut_canvas_lines(sheet->canvas, row, x);
    bool crosses =
        (lines.across == CUT_STROKE_DOTTED && lines.down > CUT_STROKE_DOTTED) ||
        (lines.down == CUT_STROKE_DOTTED && lines.across > CUT_STROKE_DOTTED);
    if (crosses && lines.dots_color == color)
        diagram_put_symbol(
            sheet, row, x, DIAGRAM_SYMBOL_RECORDED, color | CUT_INK_BOLD);
}

/* Go down a lane, and mark where what waits in it was recorded. */
static void draw_lane_crossings(const struct diagram_sheet *sheet,
                                uint32_t lane,
                                uint32_t top,
                                uint32_t bottom,
                                uint64_t snapshot)
{
    for (uint32_t row = top; row < bottom; row++)
        put_crossing(sheet, row, lane, snapshot);
}

/* Go along a message's way, and mark where it was recorded. */
static void draw_crossings(const struct diagram_sheet *sheet,
                           const struct diagram_item *item,
                           uint64_t snapshot)
{
    uint32_t from = diagram_x(sheet->diagram, item->from);
    uint32_t to = diagram_x(sheet->diagram, item->to);
    uint32_t row = diagram_canvas_row(item->row);
    if (item->lane != DIAGRAM_NO_LANE) {
        from = item->lane;
        draw_lane_crossings(
            sheet, from, diagram_canvas_row(item->row_sent), row, snapshot);
    }
    for (uint32_t x = from < to ? from : to; x <= (from < to ? to : from); x++)
        put_crossing(sheet, row, x, snapshot);
}

static void draw_arrow(const struct diagram_sheet *sheet,
                       const struct diagram_item *item)
{
    bool rightward = item->from < item->to;
    uint32_t start = diagram_x(sheet->diagram, item->from);
    uint32_t to = diagram_x(sheet->diagram, item->to);
    uint32_t row = diagram_canvas_row(item->row);
    if (item->lane != DIAGRAM_NO_LANE) {
        start = item->lane;
        cut_canvas_down(sheet->canvas,
                        start,
                        diagram_canvas_row(item->row_sent),
                        row,
                        CUT_STROKE_DASHED,
                        CUT_INK_PLAIN);
    }
    cut_canvas_across(sheet->canvas,
                      row,
                      start,
                      rightward ? to - 1 : to + 1,
                      CUT_STROKE_SOLID,
                      CUT_INK_PLAIN);
}

static void draw_message(const struct diagram_sheet *sheet,
                         const struct diagram_item *item)
{
    bool rightward = item->from < item->to;
    uint32_t to = diagram_x(sheet->diagram, item->to);
    char label[64];
    format_message(item, sheet->diagram, label);
    if (item->from == CUT_NONE || item->is_loose) {
        draw_from_hidden(sheet, item, label, CUT_INK_BOLD);
        return;
    }
    for (unsigned i = 0; i < item->recorded_count && i < DIAGRAM_RECORDED_MAX;
         i++)
        draw_crossings(sheet, item, item->recorded[i]);
    put_label(sheet, item, label, CUT_INK_BOLD);
    diagram_put_symbol(sheet,
                       diagram_canvas_row(item->row),
                       rightward ? to - 1 : to + 1,
                       rightward ? DIAGRAM_SYMBOL_RIGHT : DIAGRAM_SYMBOL_LEFT,
                       CUT_INK_PLAIN);
}

static void draw_marker_line(const struct diagram_sheet *sheet,
                             const struct diagram_item *item)
{
    uint32_t to = diagram_x(sheet->diagram, item->to);
    cut_canvas_across(sheet->canvas,
                      diagram_canvas_row(item->row),
                      diagram_x(sheet->diagram, item->from),
                      item->from < item->to ? to - 1 : to + 1,
                      CUT_STROKE_DASHED,
                      cut_ink_of_snapshot(item->snapshot));
}

static void draw_marker(const struct diagram_sheet *sheet,
                        const struct diagram_item *item)
{
    unsigned ink = cut_ink_of_snapshot(item->snapshot);
    uint32_t row = diagram_canvas_row(item->row);
    uint32_t to = diagram_x(sheet->diagram, item->to);
    bool rightward = item->from < item->to;
    char label[DIAGRAM_LABEL_SIZE];
    snprintf(label, sizeof label, "%" PRIu64, item->snapshot);
    if (item->from == CUT_NONE) {
        draw_from_hidden(sheet, item, label, ink);
    } else {
        diagram_put_symbol(sheet,
                           row,
                           rightward ? to - 1 : to + 1,
                           rightward ? DIAGRAM_SYMBOL_MARKER_RIGHT
                                     : DIAGRAM_SYMBOL_MARKER_LEFT,
                           ink);
        put_label(sheet, item, label, ink | CUT_INK_BOLD);
    }
    if (item->completes)
        diagram_put_symbol(
            sheet, row, to, DIAGRAM_SYMBOL_COMPLETE, ink | CUT_INK_BOLD);
    else if (item->closes)
        diagram_put_symbol(
            sheet, row, to, DIAGRAM_SYMBOL_CLOSES, ink | CUT_INK_BOLD);
}

/* From the lifeline to the end of the label, which is put over it. */
static void draw_send_line(const struct diagram_sheet *sheet,
                           const struct diagram_item *item)
{
    uint32_t x = diagram_x(sheet->diagram, item->from);
    char label[DIAGRAM_LABEL_SIZE];
    diagram_label(sheet->diagram, item, label);
    uint32_t width = cut_text_width(label);
    uint32_t end = x + width;
    if (item->lane != DIAGRAM_NO_LANE)
        end = item->lane > x ? item->lane + width - 1 : item->lane - width + 1;
    cut_canvas_across(sheet->canvas,
                      diagram_canvas_row(item->row),
                      x,
                      end,
                      CUT_STROKE_SOLID,
                      CUT_INK_PLAIN);
}

static void draw_send(const struct diagram_sheet *sheet,
                      const struct diagram_item *item)
{
    uint32_t x = diagram_x(sheet->diagram, item->from);
    char label[DIAGRAM_LABEL_SIZE];
    diagram_label(sheet->diagram, item, label);
    uint32_t width = cut_text_width(label);
    cut_canvas_text(sheet->canvas,
                    diagram_canvas_row(item->row),
                    item->lane > x ? item->lane : item->lane - width + 1,
                    width,
                    label,
                    CUT_INK_BOLD);
}

/* Where there is no line to follow, say to whom. */
static void draw_send_to(const struct diagram_sheet *sheet,
                         const struct diagram_item *item)
{
    const struct cut_diagram *diagram = sheet->diagram;
    uint32_t row = diagram_canvas_row(item->row);
    uint32_t x = diagram_x(diagram, item->from);
    char label[DIAGRAM_LABEL_SIZE];
    char room[CUT_CAST_NAME_SIZE];
    char tail[64];
    const char *peer = cut_cast_name(&diagram->cast, item->peer, room);
    diagram_label(diagram, item, label);
    uint32_t width = cut_text_width(label);
    cut_canvas_text(sheet->canvas, row, x + 1, width, label, CUT_INK_BOLD);
    diagram_put_symbol(
        sheet, row, x + 1 + width, DIAGRAM_SYMBOL_TO, CUT_INK_PLAIN);
    cut_canvas_text(sheet->canvas,
                    row,
                    x + 2 + width,
                    room_beside(sheet, item->from, 2 + width),
                    peer,
                    CUT_INK_PLAIN);
    width += 2 + cut_text_width(peer);
    format_recorded(item, diagram, "", tail);
    cut_canvas_text(sheet->canvas,
                    row,
                    x + width,
                    room_beside(sheet, item->from, width),
                    tail,
                    CUT_INK_BOLD);
    width += cut_text_width(tail);
    if (item->is_lost && room_beside(sheet, item->from, width) > 0)
        diagram_put_symbol(
            sheet, row, x + width, DIAGRAM_SYMBOL_LOST, CUT_INK_BOLD);
}

static void draw_point(const struct diagram_sheet *sheet,
                       const struct diagram_item *item)
{
    unsigned ink = cut_ink_of_snapshot(item->snapshot) | CUT_INK_BOLD;
    uint32_t row = diagram_canvas_row(item->row);
    uint32_t x = diagram_x(sheet->diagram, item->to);
    diagram_put_symbol(sheet,
                       row,
                       x,
                       item->kind == DIAGRAM_PART ? DIAGRAM_SYMBOL_COMPLETE
                                                  : DIAGRAM_SYMBOL_CAPTURE,
                       ink);
    diagram_put_number(sheet, row, x + 1, item->snapshot, ink);
}

static void draw_word(const struct diagram_sheet *sheet,
                      const struct diagram_item *item)
{
    cut_canvas_text(sheet->canvas,
                    diagram_canvas_row(item->row),
                    diagram_x(sheet->diagram, item->to) + 1,
                    room_beside(sheet, item->to, 1),
                    item->word,
                    CUT_INK_BOLD);
}

static void draw_lost(const struct diagram_sheet *sheet,
                      const struct diagram_item *item)
{
    uint32_t top = diagram_canvas_row(item->row_sent);
    uint32_t row = diagram_canvas_row(item->row);
    unsigned count = item->recorded_count;
    for (unsigned i = 0; i < count && i < DIAGRAM_RECORDED_MAX; i++)
        draw_lane_crossings(sheet, item->lane, top, row, item->recorded[i]);
    diagram_put_symbol(
        sheet, row, item->lane, DIAGRAM_SYMBOL_LOST, CUT_INK_BOLD);
}

static void draw_lost_line(const struct diagram_sheet *sheet,
                           const struct diagram_item *item)
{
    cut_canvas_down(sheet->canvas,
                    item->lane,
                    diagram_canvas_row(item->row_sent),
                    diagram_canvas_row(item->row),
                    CUT_STROKE_DASHED,
                    CUT_INK_PLAIN);
}

/* The lines first: cuts find their way between them, text goes over them. */
static void draw_lines(const struct diagram_sheet *sheet)
{
    const struct diagram_item *items = sheet->diagram->items.elements;
    for (size_t i = 0; i < sheet->diagram->items.count; i++) {
        if (items[i].kind == DIAGRAM_SEND || items[i].kind == DIAGRAM_SEND_TO)
            draw_send_line(sheet, &items[i]);
        if (items[i].kind == DIAGRAM_ARROW && items[i].from != CUT_NONE &&
            !items[i].is_loose)
            draw_arrow(sheet, &items[i]);
        if (items[i].kind == DIAGRAM_MARKER && items[i].from != CUT_NONE)
            draw_marker_line(sheet, &items[i]);
        if (items[i].kind == DIAGRAM_LOST)
            draw_lost_line(sheet, &items[i]);
    }
}

static void draw_item(const struct diagram_sheet *sheet,
                      const struct diagram_item *item)
{
    switch (item->kind) {
    case DIAGRAM_SEND:
        draw_send(sheet, item);
        break;
    case DIAGRAM_SEND_TO:
        draw_send_to(sheet, item);
        break;
    case DIAGRAM_ARROW:
        draw_message(sheet, item);
        break;
    case DIAGRAM_MARKER:
        draw_marker(sheet, item);
        break;
    case DIAGRAM_CAPTURE:
    case DIAGRAM_PART:
        draw_point(sheet, item);
        break;
    case DIAGRAM_WORD:
        draw_word(sheet, item);
        break;
    case DIAGRAM_LOST:
        draw_lost(sheet, item);
        break;
    }
}

/* Do something for each message that is in transit at the end. */
static void
for_each_unfinished(const struct diagram_sheet *sheet,
                    void (*act)(const struct diagram_sheet *sheet,
                                const struct diagram_flight *flight))
{
    const struct cut_diagram *diagram = sheet->diagram;
    const struct diagram_flight *flights = diagram->flights.elements;
    uint32_t count = diagram->column_count * diagram->column_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = diagram->queues[i].first;
        for (; k != CUT_NONE; k = flights[k].next)
            act(sheet, &flights[k]);
    }
}

/* It runs out of the picture. */
static void draw_unfinished(const struct diagram_sheet *sheet,
                            const struct diagram_flight *flight)
{
    if (flight->lane != DIAGRAM_NO_LANE)
        cut_canvas_down(sheet->canvas,
                        flight->lane,
                        diagram_canvas_row(flight->row),
                        sheet->bottom,
                        CUT_STROKE_DASHED,
                        CUT_INK_PLAIN);
}

/* What has been recorded of it has its sign all the same: on its lane, or where
 * it was sent. */
static void mark_unfinished(const struct diagram_sheet *sheet,
                            const struct diagram_flight *flight)
{
    const struct diagram_item *items = sheet->diagram->items.elements;
    struct diagram_item sending = items[flight->item];
    unsigned count = flight->recorded_count;
    if (count == 0)
        return;
    if (flight->lane == DIAGRAM_NO_LANE) {
        sending.recorded_count = flight->recorded_count;
        memcpy(sending.recorded, flight->recorded, sizeof sending.recorded);
        draw_send_to(sheet, &sending);
    }
    for (unsigned i = 0; i < count && i < DIAGRAM_RECORDED_MAX &&
                         flight->lane != DIAGRAM_NO_LANE;
         i++)
        draw_lane_crossings(sheet,
                            flight->lane,
                            diagram_canvas_row(flight->row),
                            sheet->bottom,
                            flight->recorded[i]);
}

static void draw(const struct diagram_sheet *sheet)
{
    const struct cut_diagram *diagram = sheet->diagram;
    const struct diagram_item *items = diagram->items.elements;
    draw_frame(sheet);
    draw_gutter(sheet);
    for_each_unfinished(sheet, draw_unfinished);
    draw_lines(sheet);
    diagram_draw_cuts(sheet);
    for (size_t i = 0; i < diagram->items.count; i++)
        draw_item(sheet, &items[i]);
    for_each_unfinished(sheet, mark_unfinished);
}

enum cut_error cut_diagram_write_picture(struct cut_diagram *diagram,
                                         FILE *file)
{
    diagram_flush(diagram);
    if (diagram->error != CUT_OK)
        return diagram->error;
    struct diagram_sheet sheet = {
        .diagram = diagram,
        .bottom = DIAGRAM_HEAD_ROWS + diagram->row_count,
    };
    enum cut_error error =
        cut_canvas_create(diagram->width,
                          sheet.bottom + 1 + DIAGRAM_FOOT_ROWS,
                          &diagram->terminal,
                          diagram->allocator,
                          &sheet.canvas);
    if (error != CUT_OK)
        return error;
    draw(&sheet);
    cut_canvas_write(sheet.canvas, file);
    cut_canvas_destroy(sheet.canvas);
    return CUT_OK;
}

enum cut_error cut_diagram_write(struct cut_diagram *diagram, FILE *file)
{
    diagram_flush(diagram);
    if (diagram->error != CUT_OK)
        return diagram->error;
    struct cut_canvas *notes = NULL;
    enum cut_error error = diagram_notes_create(diagram, &notes);
    if (error != CUT_OK)
        return error;
    error = cut_diagram_write_picture(diagram, file);
    if (error == CUT_OK)
        cut_canvas_write(notes, file);
    cut_canvas_destroy(notes);
    return error;
}
