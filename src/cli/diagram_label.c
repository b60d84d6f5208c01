/* What stands beside the lines: amounts, types and numbers of messages. */
#include "diagram_layout.h"

#include <inttypes.h>
#include <string.h>

void diagram_amount(uint64_t amount, char out[DIAGRAM_LABEL_SIZE])
{
    static const char units[] = "kMGTPE";
    if (amount < 10000) {
        snprintf(out, DIAGRAM_LABEL_SIZE, "%" PRIu64, amount);
        return;
    }
    size_t unit = 0;
    for (amount /= 1000; amount >= 1000; amount /= 1000)
        unit++;
    snprintf(out, DIAGRAM_LABEL_SIZE, "%" PRIu64 "%c", amount, units[unit]);
}

/* Return how many bytes at the front of a text, of at most size, take at most
 * so many cells. */
static size_t fitting(const char *text, uint32_t cells, size_t size_max)
{
    char part[DIAGRAM_LABEL_SIZE];
    size_t size = 0;
    for (;;) {
        size_t next = size;
        if (text[next] == '\0')
            return size;
        do
            next++;
        while (((unsigned char)text[next] & 0xc0U) == 0x80);
        if (next >= size_max)
            return size;
        snprintf(part, sizeof part, "%.*s", (int)next, text);
        if (cut_text_width(part) > cells)
            return size;
        size = next;
    }
}

/* Write as much of a type's name as fits, and what follows it whole. */
static void label_type(const struct cut_diagram *diagram,
                       const struct diagram_item *item,
                       const char *number,
                       char out[DIAGRAM_LABEL_SIZE])
{
    char room[CUT_CAST_NAME_SIZE];
    const char *type =
        cut_cast_type(&diagram->cast, (uint32_t)item->value, room);
    const char *more = diagram->terminal.unicode ? "\u2026" : "~";
    uint32_t cells = diagram->pitch - diagram->lane_count - 2;
    uint32_t own = cut_text_width(number);
    /* Of a type that has no room beside the number, nothing is left. */
    uint32_t left = cells > own + 1 ? cells - own : own == 0 ? cells : 0;
    size_t size_max = DIAGRAM_LABEL_SIZE - strlen(number) - strlen(more);
    size_t size = left > 0 ? fitting(type, left, size_max) : 0;
    bool is_whole = left == 0 || type[size] == '\0';
    if (!is_whole)
        size = fitting(type, left - 1, size_max);
    snprintf(out,
             DIAGRAM_LABEL_SIZE,
             "%.*s%s%s",
             (int)size,
             type,
             is_whole ? "" : more,
             number);
}

void diagram_label(const struct cut_diagram *diagram,
                   const struct diagram_item *item,
                   char out[DIAGRAM_LABEL_SIZE])
{
    char number[DIAGRAM_LABEL_SIZE] = "";
    bool is_subject = diagram->has_subject && item->id == diagram->subject;
    if (diagram->cast.topology != NULL) {
        diagram_amount(item->value, out);
        return;
    }
    if (is_subject || diagram->has_numbers)
        snprintf(number, sizeof number, "#%" PRIu64, item->id);
    if (is_subject)
        snprintf(out, DIAGRAM_LABEL_SIZE, "%s", number);
    else
        label_type(diagram, item, number, out);
}
