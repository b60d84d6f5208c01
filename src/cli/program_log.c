#include "program_log.h"

#include "canvas.h"
#include "program_text.h"

#include <inttypes.h>
#include <stdarg.h>

/* Longer names push what follows to the right. */
#define NAME_WIDTH_MAX 12

/* Names are looked at for their width, of so many processes. */
#define NAMES_MAX 10000

void cut_program_log_begin(struct cut_program_log *log,
                           FILE *file,
                           const struct cut_cast *cast,
                           const struct cut_terminal *terminal)
{
    *log = (struct cut_program_log){
        .file = file,
        .cast = cast,
        .terminal = *terminal,
        .name_width = 1,
    };
    for (uint32_t i = 0; i < cast->process_count && i < NAMES_MAX; i++) {
        char room[CUT_CAST_NAME_SIZE];
        uint32_t own = cut_text_width(cut_cast_name(cast, i, room));
        if (own > log->name_width && own <= NAME_WIDTH_MAX)
            log->name_width = own;
    }
}

static void __attribute__((format(printf, 3, 4)))
say(struct cut_program_log *log, unsigned ink, const char *format, ...)
{
    va_list arguments;

    if (ink != CUT_INK_PLAIN)
        cut_ink_write(&log->terminal, ink, log->file);
    va_start(arguments, format);
    vfprintf(log->file, format, arguments);
    va_end(arguments);
    if (ink != CUT_INK_PLAIN)
        cut_ink_write(&log->terminal, CUT_INK_PLAIN, log->file);
}

void cut_program_log_end(struct cut_program_log *log)
{
    if (log->is_open)
        fputc('\n', log->file);
    log->is_open = false;
}

static void begin_line(struct cut_program_log *log, uint64_t now)
{
    cut_program_log_end(log);
    say(log,
        CUT_INK_FAINT,
        "%6" PRIu64 ".%06" PRIu64,
        now / 1000000,
        now % 1000000);
    log->is_open = true;
    log->is_sending = false;
    log->now = now;
    log->process = CUT_NONE;
}

/*
 * Begin what a process does: on a new line, or behind what it has done at the
 * same time, if that led to it.
 */
static void begin_act(struct cut_program_log *log,
                      const struct cut_sim_event *event,
                      bool is_consequence)
{
    char room[CUT_CAST_NAME_SIZE];

    if (is_consequence && log->is_open && log->process == event->process &&
        log->now == event->now) {
        fputs(", ", log->file);
        return;
    }
    begin_line(log, event->now);
    const char *name = cut_cast_name(log->cast, event->process, room);
    uint32_t width = cut_text_width(name);
    say(log, CUT_INK_BOLD, "  %s", name);
    fprintf(log->file,
            "%*s",
            width < log->name_width ? (int)(log->name_width - width) + 2 : 2,
            "");
    log->process = event->process;
}

static const char *peer_of(const struct cut_program_log *log,
                           const struct cut_sim_event *event,
                           char room[CUT_CAST_NAME_SIZE])
{
    return cut_cast_name(log->cast, event->peer, room);
}

/* Write "ping#7 {...}": by its number a message is found where it is received,
 * recorded or lost, and it is what a verdict names it by. */
static void write_message(struct cut_program_log *log,
                          const struct cut_sim_event *event,
                          const json_t *value)
{
    char room[CUT_CAST_NAME_SIZE];

    fprintf(log->file,
            "%s#%" PRIu64,
            cut_cast_type(log->cast, event->message.type, room),
            event->message.id);
    cut_program_text_data(value, log->file);
}

static void log_send(struct cut_program_log *log,
                     const struct cut_sim_event *event,
                     const json_t *value)
{
    char room[CUT_CAST_NAME_SIZE];
    const char *peer = peer_of(log, event, room);
    bool goes_on = log->is_sending && log->is_open && event->message.is_marker;

    if (goes_on && log->process == event->process && log->now == event->now) {
        say(log, cut_ink_of_snapshot(event->message.value), " %s", peer);
        return;
    }
    begin_act(log, event, true);
    log->is_sending = event->message.is_marker;
    if (event->message.is_marker) {
        say(log,
            cut_ink_of_snapshot(event->message.value),
            "sends marker %" PRIu64 " to %s",
            event->message.value,
            peer);
        return;
    }
    fputs("sends ", log->file);
    write_message(log, event, value);
    fprintf(log->file, " to %s", peer);
}

static void log_delivery(struct cut_program_log *log,
                         const struct cut_sim_event *event,
                         const json_t *value)
{
    char room[CUT_CAST_NAME_SIZE];
    const char *peer = peer_of(log, event, room);

    begin_act(log, event, false);
    if (event->message.is_marker) {
        say(log,
            cut_ink_of_snapshot(event->message.value),
            "receives marker %" PRIu64 " from %s",
            event->message.value,
            peer);
        return;
    }
    fputs("receives ", log->file);
    write_message(log, event, value);
    fprintf(log->file, " from %s", peer);
}

static void log_record(struct cut_program_log *log,
                       const struct cut_sim_event *event,
                       const json_t *value)
{
    unsigned ink = cut_ink_of_snapshot(event->snapshot);

    begin_act(log, event, true);
    cut_ink_write(&log->terminal, ink, log->file);
    fputs("records ", log->file);
    write_message(log, event, value);
    fprintf(log->file, " for %" PRIu64, event->snapshot);
    cut_ink_write(&log->terminal, CUT_INK_PLAIN, log->file);
}

/* What a process does for a snapshot. */
static void log_snapshot(struct cut_program_log *log,
                         const struct cut_sim_event *event,
                         const char *what)
{
    begin_act(log, event, true);
    say(log,
        cut_ink_of_snapshot(event->snapshot),
        "%s %" PRIu64,
        what,
        event->snapshot);
}

/* What a snapshot comes to. */
static void log_end_of_snapshot(struct cut_program_log *log,
                                const struct cut_sim_event *event,
                                const char *what)
{
    const char *reason = event->kind == CUT_SIM_ABORT ? event->text : "";

    begin_line(log, event->now);
    say(log,
        cut_ink_of_snapshot(event->snapshot) | CUT_INK_BOLD,
        "  snapshot %" PRIu64 " %s%s%s",
        event->snapshot,
        what,
        reason[0] != '\0' ? ": " : "",
        reason);
}

static void log_word(struct cut_program_log *log,
                     const struct cut_sim_event *event,
                     const char *word)
{
    begin_act(log, event, event->kind == CUT_SIM_LEAVE);
    fputs(word, log->file);
}

static void log_loss(struct cut_program_log *log,
                     const struct cut_sim_event *event,
                     const json_t *value)
{
    char from[CUT_CAST_NAME_SIZE];
    char to[CUT_CAST_NAME_SIZE];

    begin_line(log, event->now);
    fputs("  ", log->file);
    if (event->message.is_marker)
        fprintf(log->file, "marker %" PRIu64, event->message.value);
    else
        write_message(log, event, value);
    fprintf(log->file,
            " from %s to %s is lost",
            cut_cast_name(log->cast, event->process, from),
            peer_of(log, event, to));
}

void cut_program_log_event(struct cut_program_log *log,
                           const struct cut_sim_event *event,
                           const json_t *value)
{
    switch (event->kind) {
    case CUT_SIM_SEND:
        log_send(log, event, value);
        break;
    case CUT_SIM_DELIVER:
        log_delivery(log, event, value);
        break;
    case CUT_SIM_CAPTURE:
        log_snapshot(log, event, "captures its state for");
        break;
    case CUT_SIM_RECORD:
        log_record(log, event, value);
        break;
    case CUT_SIM_PART:
        log_snapshot(log, event, "completes its part of");
        break;
    case CUT_SIM_STOP:
        log_snapshot(log, event, "stands still for");
        break;
    case CUT_SIM_RESUME:
        log_snapshot(log, event, "goes on after");
        break;
    case CUT_SIM_COMPLETE:
        log_end_of_snapshot(log, event, "is complete");
        break;
    case CUT_SIM_ABORT:
        log_end_of_snapshot(log, event, "is aborted");
        break;
    case CUT_SIM_START:
        log_word(log, event, "starts");
        break;
    case CUT_SIM_TIMER:
        log_word(log, event, "timer");
        break;
    case CUT_SIM_INPUT:
        log_word(log, event, "input");
        break;
    case CUT_SIM_PRINT:
        begin_act(log, event, true);
        fprintf(log->file, "says: %s", event->text);
        break;
    case CUT_SIM_LOSE:
        log_loss(log, event, value);
        break;
    case CUT_SIM_JOIN:
        log_word(log, event, "joins");
        break;
    case CUT_SIM_LEAVE:
        log_word(log, event, "leaves");
        break;
    case CUT_SIM_CRASH:
        log_word(log, event, "crashes");
        break;
    }
}
