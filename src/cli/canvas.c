#include "canvas.h"

#include <string.h>

enum {
    ARM_UP = 1,
    ARM_DOWN = 2,
    ARM_LEFT = 4,
    ARM_RIGHT = 8,
    ARMS_DOWN = ARM_UP | ARM_DOWN,
    ARMS_ACROSS = ARM_LEFT | ARM_RIGHT,
};

/* In the cell after a character that is two cells wide. */
#define COVERED UINT32_MAX

struct cell {
    uint32_t character; /* over the lines; 0: none */
    uint8_t arms;
    uint8_t across; /* enum cut_stroke */
    uint8_t down;   /* enum cut_stroke */
    uint8_t ink;
    uint8_t dots; /* the ink of the dotted line that was drawn last */
};

struct cut_canvas {
    uint32_t width;
    uint32_t height;
    struct cut_terminal terminal;
    const struct cut_allocator *allocator;
    struct cell cells[];
};

static size_t canvas_size(uint32_t width, uint32_t height)
{
    return sizeof(struct cut_canvas) +
           sizeof(struct cell) * (size_t)width * height;
}

enum cut_error cut_canvas_create(uint32_t width,
                                 uint32_t height,
                                 const struct cut_terminal *terminal,
                                 const struct cut_allocator *allocator,
                                 struct cut_canvas **out)
{
    if (allocator == NULL)
        allocator = cut_allocator_standard();
    size_t size = canvas_size(width, height);
    struct cut_canvas *canvas =
        allocator->resize(allocator->context, NULL, 0, size);
    if (canvas == NULL)
        return CUT_NOMEM;
    memset(canvas, 0, size);
    canvas->width = width;
    canvas->height = height;
    canvas->terminal = *terminal;
    canvas->allocator = allocator;
    *out = canvas;
    return CUT_OK;
}

void cut_canvas_destroy(struct cut_canvas *canvas)
{
    if (canvas == NULL)
        return;
    const struct cut_allocator *allocator = canvas->allocator;
    allocator->resize(allocator->context,
                      canvas,
                      canvas_size(canvas->width, canvas->height),
                      0);
}

/* Return a cell, NULL outside the sheet. */
static struct cell *cell_at(struct cut_canvas *canvas, uint32_t row, uint32_t x)
{
    if (row >= canvas->height || x >= canvas->width)
        return NULL;
    return &canvas->cells[(size_t)row * canvas->width + x];
}

/* What goes beneath another line leaves the cell in that one's ink. */
static void set_ink(struct cell *cell,
                    enum cut_stroke stroke,
                    unsigned ink,
                    bool is_beneath)
{
    if (!is_beneath)
        cell->ink = (uint8_t)ink;
    if (stroke == CUT_STROKE_DOTTED)
        cell->dots = (uint8_t)ink;
}

void cut_canvas_across(struct cut_canvas *canvas,
                       uint32_t row,
                       uint32_t from,
                       uint32_t to,
                       enum cut_stroke stroke,
                       unsigned ink)
{
    uint32_t left = from < to ? from : to;
    uint32_t right = from < to ? to : from;
    for (uint32_t x = left; x <= right; x++) {
        struct cell *cell = cell_at(canvas, row, x);
        if (cell == NULL)
            return;
        unsigned arms =
            (x > left ? ARM_LEFT : 0U) | (x < right ? ARM_RIGHT : 0U);
        bool is_beneath = arms == ARMS_ACROSS && stroke != CUT_STROKE_SOLID &&
                          cell->down != CUT_STROKE_NONE;
        cell->arms = (uint8_t)(cell->arms | arms);
        cell->across = (uint8_t)stroke;
        set_ink(cell, stroke, ink, is_beneath);
    }
}

void cut_canvas_down(struct cut_canvas *canvas,
                     uint32_t x,
                     uint32_t from,
                     uint32_t to,
                     enum cut_stroke stroke,
                     unsigned ink)
{
    uint32_t top = from < to ? from : to;
    uint32_t bottom = from < to ? to : from;
    for (uint32_t row = top; row <= bottom; row++) {
        struct cell *cell = cell_at(canvas, row, x);
        if (cell == NULL)
            return;
        unsigned arms =
            (row > top ? ARM_UP : 0U) | (row < bottom ? ARM_DOWN : 0U);
        bool is_beneath =
            stroke == CUT_STROKE_DOTTED && cell->across == CUT_STROKE_SOLID;
        cell->arms = (uint8_t)(cell->arms | arms);
        cell->down = (uint8_t)stroke;
        set_ink(cell, stroke, ink, is_beneath);
    }
}

void cut_canvas_put(struct cut_canvas *canvas,
                    uint32_t row,
                    uint32_t x,
                    uint32_t character,
                    unsigned ink)
{
    struct cell *cell = cell_at(canvas, row, x);
    if (cell == NULL)
        return;
    cell->character = character;
    cell->ink = (uint8_t)ink;
}

/*
 * Take one code point off the front of valid UTF-8; what is not valid counts
 * byte by byte.
 */
static uint32_t next_code_point(const char **text)
{
    unsigned char first = (unsigned char)*(*text)++;
    unsigned more = first >= 0xf0   ? 3U
                    : first >= 0xe0 ? 2U
                    : first >= 0xc0 ? 1U
                                    : 0U;
    uint32_t point = more == 0 ? first : first & (0x3fU >> more);
    for (; more > 0; more--) {
        unsigned char next = (unsigned char)**text;
        if ((next & 0xc0U) != 0x80)
            break;
        point = point << 6 | (next & 0x3fU);
        (*text)++;
    }
    return point;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(uint32_t point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    }
    return false;
}

/*
 * The C library's wcwidth knows more, but depends on the locale, and a sheet
 * must come out the same everywhere: the blocks that matter in names.
 */
static unsigned point_width(uint32_t point)
{
    static const struct range marks[] = {
        {0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
    static const struct range wide[] = {{0x1100, 0x115f},
                                        {0x2e80, 0xa4cf},
                                        {0xac00, 0xd7a3},
                                        {0xf900, 0xfaff},
                                        {0xfe30, 0xfe6f},
                                        {0xff00, 0xff60},
                                        {0xffe0, 0xffe6},
                                        {0x1f300, 0x1faff},
                                        {0x20000, 0x3fffd}};
    if (is_in(point, marks, sizeof marks / sizeof marks[0]))
        return 0;
    return is_in(point, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

uint32_t cut_text_width(const char *text)
{
    uint32_t width = 0;
    while (*text != '\0')
        width += point_width(next_code_point(&text));
    return width;
}

void cut_canvas_text(struct cut_canvas *canvas,
                     uint32_t row,
                     uint32_t x,
                     uint32_t room,
                     const char *text,
                     unsigned ink)
{
    bool fits = cut_text_width(text) <= room;
    while (*text != '\0' && room > 0) {
        uint32_t point = next_code_point(&text);
        uint32_t width = point_width(point);
        if (!fits && width >= room) {
            point = canvas->terminal.unicode ? 0x2026 : '~';
            width = 1;
            room = 1;
        } else if (!canvas->terminal.unicode && point > '~') {
            point = '?';
            width = width > 0 ? 1 : 0;
        }
        if (width == 0)
            continue;
        cut_canvas_put(canvas, row, x, point, ink);
        if (width == 2)
            cut_canvas_put(canvas, row, x + 1, COVERED, ink);
        x += width;
        room -= width;
    }
}

struct cut_canvas_lines
cut_canvas_lines(const struct cut_canvas *canvas, uint32_t row, uint32_t x)
{
    struct cut_canvas_lines lines = {CUT_STROKE_NONE, CUT_STROKE_NONE, 0};
    if (row >= canvas->height || x >= canvas->width)
        return lines;
    const struct cell *cell = &canvas->cells[(size_t)row * canvas->width + x];
    lines.across = (enum cut_stroke)cell->across;
    lines.down = (enum cut_stroke)cell->down;
    lines.dots_color = cell->dots & CUT_INK_COLOR_MASK;
    return lines;
}

/* A line's character in Unicode and in ASCII. */
struct pen {
    uint16_t unicode;
    char ascii;
};

static struct pen straight_pen(bool across, unsigned stroke)
{
    static const struct pen down[] = {
        {' ', ' '}, {0x250a, ':'}, {0x254e, '!'}, {0x2502, '|'}};
    static const struct pen level[] = {
        {' ', ' '}, {0x00b7, '.'}, {0x254c, '~'}, {0x2500, '-'}};
    return across ? level[stroke] : down[stroke];
}

/* Corners, tees and crossings by their arms. */
static struct pen joint_pen(unsigned arms)
{
    static const struct pen pens[16] = {
        [ARM_UP | ARM_LEFT] = {0x256f, '\''},
        [ARM_UP | ARM_RIGHT] = {0x2570, '`'},
        [ARM_DOWN | ARM_LEFT] = {0x256e, '.'},
        [ARM_DOWN | ARM_RIGHT] = {0x256d, '.'},
        [ARMS_DOWN | ARM_LEFT] = {0x2524, '+'},
        [ARMS_DOWN | ARM_RIGHT] = {0x251c, '+'},
        [ARMS_ACROSS | ARM_UP] = {0x2534, '+'},
        [ARMS_ACROSS | ARM_DOWN] = {0x252c, '+'},
        [ARMS_DOWN | ARMS_ACROSS] = {0x253c, '+'},
    };
    return pens[arms];
}

/*
 * Of two lines that cross, one may go beneath the other: a dotted line beneath
 * a solid one, and what goes across dashed beneath all that goes down. The
 * corners of dotted lines are dots.
 */
static struct pen cell_pen(const struct cell *cell)
{
    bool is_crossing = cell->arms == (ARMS_DOWN | ARMS_ACROSS);
    if ((cell->arms & ARMS_ACROSS) == 0)
        return straight_pen(false, cell->down);
    if ((cell->arms & ARMS_DOWN) == 0)
        return straight_pen(true, cell->across);
    if (cell->across == CUT_STROKE_DOTTED && cell->down == CUT_STROKE_DOTTED)
        return straight_pen(true, CUT_STROKE_DOTTED);
    if (cell->down == CUT_STROKE_DOTTED && cell->across == CUT_STROKE_SOLID)
        return straight_pen(true, CUT_STROKE_SOLID);
    if (cell->across == CUT_STROKE_DOTTED ||
        (cell->across == CUT_STROKE_DASHED && is_crossing))
        return straight_pen(false, cell->down);
    return joint_pen(cell->arms);
}

void cut_character_write(uint32_t character, FILE *file)
{
    char text[4];
    size_t size = 0;
    if (character < 0x80) {
        text[size++] = (char)character;
    } else if (character < 0x800) {
        text[size++] = (char)(0xc0U | character >> 6);
    } else if (character < 0x10000) {
        text[size++] = (char)(0xe0U | character >> 12);
        text[size++] = (char)(0x80U | (character >> 6 & 0x3fU));
    } else {
        text[size++] = (char)(0xf0U | character >> 18);
        text[size++] = (char)(0x80U | (character >> 12 & 0x3fU));
        text[size++] = (char)(0x80U | (character >> 6 & 0x3fU));
    }
    if (character >= 0x80)
        text[size++] = (char)(0x80U | (character & 0x3fU));
    fwrite(text, 1, size, file);
}

void cut_ink_write(const struct cut_terminal *terminal,
                   unsigned ink,
                   FILE *file)
{
    static const unsigned colors[] = {39, 36, 35, 33, 32, 34, 31, 39};
    if (!terminal->color)
        return;
    fputs("\033[0", file);
    if (ink & CUT_INK_BOLD)
        fputs(";1", file);
    if (ink & CUT_INK_FAINT)
        fputs(";2", file);
    if (ink & CUT_INK_COLOR_MASK)
        fprintf(file, ";%u", colors[ink & CUT_INK_COLOR_MASK]);
    fputc('m', file);
}

static bool is_empty(const struct cell *cell)
{
    return (cell->character == 0 || cell->character == ' ') && cell->arms == 0;
}

static void
write_row(const struct cut_canvas *canvas, const struct cell *cells, FILE *file)
{
    uint32_t end = canvas->width;
    while (end > 0 && is_empty(&cells[end - 1]))
        end--;
    unsigned ink = CUT_INK_PLAIN;
    for (uint32_t x = 0; x < end; x++) {
        const struct cell *cell = &cells[x];
        struct pen pen = cell_pen(cell);
        uint32_t line =
            canvas->terminal.unicode ? pen.unicode : (unsigned char)pen.ascii;
        if (cell->character == COVERED)
            continue;
        if (cell->ink != ink && !is_empty(cell)) {
            ink = cell->ink;
            cut_ink_write(&canvas->terminal, ink, file);
        }
        cut_character_write(cell->character != 0 ? cell->character : line,
                            file);
    }
    if (ink != CUT_INK_PLAIN)
        cut_ink_write(&canvas->terminal, CUT_INK_PLAIN, file);
    fputc('\n', file);
}

void cut_canvas_write(const struct cut_canvas *canvas, FILE *file)
{
    for (uint32_t row = 0; row < canvas->height; row++)
        write_row(canvas, &canvas->cells[(size_t)row * canvas->width], file);
}
