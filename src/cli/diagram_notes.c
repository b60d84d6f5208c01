/* What stands below the diagram: how to read it, what became of snapshots. */
#include "diagram_layout.h"

#include <inttypes.h>
#include <string.h>

/* The most snapshots that are summed up. */
enum { SUMMARY_MAX = 16 };

enum { NOTE_SIZE = 512 };

/* Notes are set one after the other, in lines as wide as the terminal. */
struct notes {
    const struct cut_diagram *diagram;
    struct cut_canvas *canvas; /* NULL: only count the rows */
    uint32_t row;
    uint32_t x;
};

static void end_line(struct notes *notes)
{
    if (notes->x > 0)
        notes->row++;
    notes->x = 0;
}

/* Put text that stays in one line, and leave that much space after it. */
static void
put_piece(struct notes *notes, const char *text, uint32_t space, unsigned ink)
{
    uint32_t width = notes->diagram->terminal.width;
    uint32_t needed = cut_text_width(text);
    if (notes->x > 0 && notes->x + needed > width)
        end_line(notes);
    if (notes->canvas != NULL)
        cut_canvas_text(
            notes->canvas, notes->row, notes->x, width - notes->x, text, ink);
    notes->x += needed + space;
}

/* Put a note; if it is wider than a line, word by word. */
static void put_note(struct notes *notes, const char *text, unsigned ink)
{
    if (cut_text_width(text) <= notes->diagram->terminal.width) {
        put_piece(notes, text, 3, ink);
        return;
    }
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        char word[NOTE_SIZE];
        snprintf(word, sizeof word, "%.*s", (int)size, text);
        put_piece(notes, word, 1, ink);
        text += size;
        text += *text == ' ';
    }
    notes->x += 2;
}

static void put_legend(struct notes *notes)
{
    static const char *const tokens[] = {
        "├─5 ╎ ╰─5─► 5 tokens leave, are in transit, arrive",
        "+-5 ! `-5-> 5 tokens leave, are in transit, arrive"};
    static const char *const messages[] = {
        "├─a ╎ ╰─a─► a message leaves, is in transit, arrives",
        "+-a ! `-a-> a message leaves, is in transit, arrives"};
    static const char *const phrases[][2] = {
        {"╌0╌▷ a marker of snapshot 0 arrives",
         "~0~> a marker of snapshot 0 arrives"},
        {"▷┃ and ends its channel's recording",
         ">] and ends its channel's recording"},
        {"▷■ and with it the process's part",
         ">#  and with it the process's part"},
        {"◆0 a capture for 0; markers leave",
         "*0 a capture for 0; markers leave"},
        {"··┊·· a cut: the snapshot is what lies above it",
         "..:.. a cut: the snapshot is what lies above it"},
        {"5◇0 the cut of 0 crosses it: recorded",
         "5*0 the cut of 0 crosses it: recorded"},
    };
    bool unicode = notes->diagram->terminal.unicode;
    bool has_tokens = notes->diagram->cast.topology != NULL;
    const char *const *first = has_tokens ? tokens : messages;
    put_note(notes, first[unicode ? 0 : 1], CUT_INK_FAINT);
    if (notes->diagram->has_numbers && !has_tokens)
        put_note(notes, "a#7 the message of number 7", CUT_INK_FAINT);
    if (notes->diagram->has_copies)
        put_note(notes,
                 unicode ? "◄a copy p a message of p arrives again"
                         : "<a copy p a message of p arrives again",
                 CUT_INK_FAINT);
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        put_note(notes, phrases[i][unicode ? 0 : 1], CUT_INK_FAINT);
    end_line(notes);
}

static void put_sums(struct notes *notes,
                     uint64_t number,
                     const struct diagram_snapshot *snapshot)
{
    const char *messages =
        snapshot->recorded_count == 1 ? "message" : "messages";
    char text[NOTE_SIZE];
    if (notes->diagram->cast.topology != NULL)
        snprintf(text,
                 sizeof text,
                 "%" PRIu64 " in processes + %" PRIu64 " in %" PRIu64
                 " %s = %" PRIu64 " tokens",
                 snapshot->tokens,
                 snapshot->recorded,
                 snapshot->recorded_count,
                 messages,
                 snapshot->tokens + snapshot->recorded);
    else
        snprintf(text,
                 sizeof text,
                 "%" PRIu64 " %s recorded",
                 snapshot->recorded_count,
                 messages);
    put_note(notes, text, cut_ink_of_snapshot(number));
}

static void put_snapshot(struct notes *notes,
                         uint64_t number,
                         const struct diagram_snapshot *snapshot)
{
    const struct cut_cast *cast = &notes->diagram->cast;
    char name[CUT_CAST_NAME_SIZE];
    char time[CUT_CAST_TIME_SIZE];
    char text[NOTE_SIZE];
    char end[48] = "not complete";
    const char *unit = cast->topology != NULL ? "" : " ms";
    if (snapshot->complete || snapshot->aborted)
        snprintf(end,
                 sizeof end,
                 "%s at %s%s",
                 snapshot->complete ? "complete" : "aborted",
                 cut_cast_time(cast, snapshot->completed, time),
                 unit);
    snprintf(text,
             sizeof text,
             "snapshot %" PRIu64 ": begun at %s%s by %s, %s",
             number,
             cut_cast_time(cast, snapshot->begun, time),
             unit,
             cut_cast_name(cast, snapshot->initiator, name),
             end);
    put_note(notes, text, cut_ink_of_snapshot(number));
    if (snapshot->complete)
        put_sums(notes, number, snapshot);
    end_line(notes);
}

static void put_snapshots(struct notes *notes)
{
    const struct cut_diagram *diagram = notes->diagram;
    const struct diagram_snapshot *snapshots = diagram->snapshots.elements;
    size_t count = diagram->snapshots.count;
    for (size_t i = 0; i < count && i < SUMMARY_MAX; i++) {
        if (snapshots[i].initiator != CUT_NONE)
            put_snapshot(notes, i, &snapshots[i]);
    }
    if (count > SUMMARY_MAX) {
        char text[NOTE_SIZE];
        snprintf(
            text, sizeof text, "and %zu more snapshots", count - SUMMARY_MAX);
        put_note(notes, text, CUT_INK_PLAIN);
        end_line(notes);
    }
}

static void put_omissions(struct notes *notes)
{
    const struct cut_diagram *diagram = notes->diagram;
    char text[NOTE_SIZE];
    if (diagram->is_full) {
        char time[CUT_CAST_TIME_SIZE];
        bool is_ticks = diagram->cast.topology != NULL;
        snprintf(text,
                 sizeof text,
                 "too long to draw: it ends at %s%s%s, after %d rows; --log "
                 "goes on",
                 is_ticks ? "tick " : "",
                 cut_cast_time(&diagram->cast, diagram->full_at, time),
                 is_ticks ? "" : " ms",
                 CUT_DIAGRAM_ROWS_MAX);
        put_note(notes, text, CUT_INK_BOLD);
        end_line(notes);
    }
    if (diagram->hidden_count > 0) {
        snprintf(text,
                 sizeof text,
                 "%" PRIu32 " of %" PRIu32
                 " processes do not fit; --columns chooses",
                 diagram->hidden_count,
                 diagram->hidden_count + diagram->column_count);
        put_note(notes, text, CUT_INK_BOLD);
        end_line(notes);
    }
}

static void put_all(struct notes *notes)
{
    notes->row = 1;
    put_omissions(notes);
    put_snapshots(notes);
    put_legend(notes);
}

enum cut_error diagram_notes_create(const struct cut_diagram *diagram,
                                    struct cut_canvas **out)
{
    struct notes notes = {.diagram = diagram};
    put_all(&notes);
    struct cut_canvas *canvas = NULL;
    enum cut_error error = cut_canvas_create(diagram->terminal.width,
                                             notes.row,
                                             &diagram->terminal,
                                             diagram->allocator,
                                             &canvas);
    if (error != CUT_OK)
        return error;
    notes = (struct notes){.diagram = diagram, .canvas = canvas};
    put_all(&notes);
    *out = canvas;
    return CUT_OK;
}
