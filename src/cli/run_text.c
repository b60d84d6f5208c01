#include "run_text.h"

#include "run_json.h"

#include <cutline/delay.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Colours that processes have in turn: none that is hard to read. */
static const char *const colors[] = {
    "\033[36m",
    "\033[33m",
    "\033[32m",
    "\033[35m",
    "\033[34m",
    "\033[96m",
    "\033[93m",
    "\033[92m",
    "\033[95m",
    "\033[94m",
};

#define COLOR_COUNT (sizeof colors / sizeof colors[0])

/* Of so many processes it is said what each has. */
#define SHARES_MAX 8

/* Digits of a share in a field, and the most that it holds. */
#define FIELD_WIDTH 7
#define FIELD_MAX 999999

static const char *name_of(const struct cut_run_text *text, uint32_t process)
{
    return cut_topology_name(text->topology, process);
}

/* Names stand in a column. */
static int width_of(const struct cut_run_text *text)
{
    uint32_t count = cut_topology_process_count(text->topology);
    size_t width = 0;

    for (uint32_t p = 0; p < count; p++) {
        size_t size = strlen(name_of(text, p));
        if (size > width && size <= 20)
            width = size;
    }
    return (int)width;
}

static bool has_color(const struct cut_run_text *text)
{
    return text->terminal.color;
}

/* A line of a process, after its name. */
static void write_line(struct cut_run_text *text,
                       const struct cut_supervisor_event *event,
                       FILE *file)
{
    const char *color = colors[event->process % COLOR_COUNT];

    fprintf(file,
            "%s%*s |%s ",
            has_color(text) ? color : "",
            -width_of(text),
            name_of(text, event->process),
            has_color(text) ? "\033[0m" : "");
    fwrite(event->text, 1, event->size, file);
    fputc('\n', file);
}

static void write_log(struct cut_run_text *text,
                      const struct cut_supervisor_event *event)
{
    bool has_process = event->process != CUT_NONE;

    if (event->level > text->level)
        return;
    cut_complain(stderr,
                 text->command,
                 "%s%s%.*s",
                 has_process ? name_of(text, event->process) : "",
                 has_process ? ": " : "",
                 (int)event->size,
                 event->text);
}

/* --- snapshots ----------------------------------------------------------- */

static double milliseconds(uint64_t time)
{
    return (double)time / (double)CUT_MILLISECOND;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* What each process has, where they are few; otherwise their sum. */
static void write_shares(const struct cut_run_text *text,
                         const struct cut_supervisor_total *total)
{
    uint32_t count = cut_topology_process_count(text->topology);

    if (count > SHARES_MAX) {
        printf("%" PRId64 " in processes", total->in_processes);
        return;
    }
    for (uint32_t p = 0; p < count; p++)
        printf("%s%" PRId64, p > 0 ? " + " : "", total->by_process[p]);
    fputs(" in processes", stdout);
}

static int64_t sum_of(const struct cut_supervisor_total *total)
{
    return (int64_t)((uint64_t)total->in_processes +
                     (uint64_t)total->in_channels);
}

static void write_total(const struct cut_run_text *text,
                        const struct cut_supervisor_total *total)
{
    int64_t sum = sum_of(total);

    printf("; %s: ", total->name);
    write_shares(text, total);
    printf(" + %" PRId64 " in channels = %" PRId64, total->in_channels, sum);
    if (sum == total->at_start)
        fputs(", as at the start", stdout);
    else
        printf(" (at the start: %" PRId64 ")", total->at_start);
}

/* Whether each process's share can stand in a field of its own. */
static bool is_drawn(const struct cut_run_text *text,
                     const struct cut_supervisor_total *total)
{
    uint32_t count = cut_topology_process_count(text->topology);

    if (!text->terminal.is_terminal || !has_color(text) || count > SHARES_MAX)
        return false;
    for (uint32_t p = 0; p < count; p++)
        if (total->by_process[p] < -FIELD_MAX ||
            total->by_process[p] > FIELD_MAX)
            return false;
    return true;
}

/* What each process has, in a field of its colour; then what is on its way. */
static void draw_total(const struct cut_run_text *text,
                       const struct cut_supervisor_total *total)
{
    uint32_t count = cut_topology_process_count(text->topology);
    bool is_as_before = sum_of(total) == total->at_start;

    for (uint32_t p = 0; p < count; p++)
        printf("%s\033[7m%*" PRId64 " \033[0m",
               colors[p % COLOR_COUNT],
               FIELD_WIDTH,
               total->by_process[p]);
    printf(" %+" PRId64 " in channels = %" PRId64 " %s %s\033[0m",
           total->in_channels,
           sum_of(total),
           total->name,
           is_as_before ? "\033[32mas at the start" : "\033[31mnot as before");
}

static void write_aborted(const struct cut_run_text *text,
                          const struct cut_supervisor_snapshot *snapshot)
{
    printf("%ssnapshot %" PRIu64 "%s: %s at %.3f s, aborted: %s\n",
           has_color(text) ? "\033[1m" : "",
           snapshot->id,
           has_color(text) ? "\033[0m" : "",
           name_of(text, snapshot->initiator),
           milliseconds(snapshot->begun) / 1000,
           snapshot->reason);
}

static void write_complete(const struct cut_run_text *text,
                           const struct cut_supervisor_snapshot *snapshot)
{
    printf("%ssnapshot %" PRIu64 "%s: %s at %.3f s, complete in %.1f ms, "
           "%" PRIu64 " message%s in channels",
           has_color(text) ? "\033[1m" : "",
           snapshot->id,
           has_color(text) ? "\033[0m" : "",
           name_of(text, snapshot->initiator),
           milliseconds(snapshot->begun) / 1000,
           milliseconds(snapshot->ended - snapshot->begun),
           snapshot->message_count,
           plural(snapshot->message_count));
    for (size_t i = 0; i < snapshot->total_count; i++)
        write_total(text, &snapshot->totals[i]);
    fputc('\n', stdout);
}

static void write_snapshot(const struct cut_run_text *text,
                           const struct cut_supervisor_snapshot *snapshot)
{
    if (text->is_quiet)
        return;
    if (!snapshot->is_complete) {
        write_aborted(text, snapshot);
        return;
    }
    if (snapshot->total_count != 1 || !is_drawn(text, snapshot->totals)) {
        write_complete(text, snapshot);
        return;
    }
    printf("\033[1m%4" PRIu64 "\033[0m %7.3f s %6.2f ms ",
           snapshot->id,
           milliseconds(snapshot->begun) / 1000,
           milliseconds(snapshot->ended - snapshot->begun));
    draw_total(text, snapshot->totals);
    fputc('\n', stdout);
}

/* --- how it goes --------------------------------------------------------- */

static void write_status(struct cut_run_text *text,
                         const struct cut_supervisor_event *event)
{
    const struct cut_supervisor_status *status = event->status;
    uint64_t in_flight =
        status->messages_sent > status->messages_delivered
            ? status->messages_sent - status->messages_delivered
            : 0;

    char pause[48] = "";

    if (text->progress.file == NULL)
        return;
    if (status->snapshots_complete > 0)
        snprintf(pause,
                 sizeof pause,
                 ", last pause %.3f ms",
                 milliseconds(status->pause_ns_last));
    cut_progress_write(&text->progress,
                       "%.1f s: %" PRIu64 " message%s/s, %" PRIu64
                       " in flight, %" PRIu64 " snapshot%s complete%s",
                       milliseconds(event->now) / 1000,
                       status->messages_per_second,
                       plural(status->messages_per_second),
                       in_flight,
                       status->snapshots_complete,
                       plural(status->snapshots_complete),
                       pause);
}

static void write_end(struct cut_run_text *text,
                      const struct cut_supervisor_event *event)
{
    const struct cut_supervisor_status *status = event->status;

    if (text->is_quiet)
        return;
    printf("run: %.3f s, %" PRIu64 " message%s sent, %" PRIu64
           " received; %" PRIu64 " snapshot%s complete",
           milliseconds(event->now) / 1000,
           status->messages_sent,
           plural(status->messages_sent),
           status->messages_delivered,
           status->snapshots_complete,
           plural(status->snapshots_complete));
    if (status->snapshots_aborted > 0)
        printf(", %" PRIu64 " aborted", status->snapshots_aborted);
    printf("; %.*s\n", (int)event->size, event->text);
}

/* A run that failed says so where complaints go. One that cannot say anything
 * any more is ended. */
static void finish(struct cut_run_text *text,
                   const struct cut_supervisor_event *event,
                   bool is_made)
{
    bool is_told = is_made && ferror(stdout) == 0;

    if (event->kind == CUT_SUPERVISOR_ENDED && event->exit_status != 0 &&
        text->failure == 0)
        cut_complain(
            stderr, text->command, "%.*s", (int)event->size, event->text);
    if (is_told || text->failure != 0)
        return;
    text->failure = is_made ? errno : ENOMEM;
    if (text->failure == 0)
        text->failure = EIO;
    (void)raise(SIGTERM);
}

void cut_run_text_listen(void *listener,
                         const struct cut_supervisor_event *event)
{
    struct cut_run_text *text = listener;

    text->is_started |= event->kind == CUT_SUPERVISOR_STARTED;
    if (text->is_json) {
        errno = 0;
        bool is_made = cut_run_json_write(stdout, event);
        finish(text, event, is_made);
        return;
    }
    /* The terminal has written ^C for the key that ended it. */
    text->progress.is_shown |=
        event->kind == CUT_SUPERVISOR_ENDED && text->progress.file != NULL;
    if (event->kind != CUT_SUPERVISOR_STATUS)
        cut_progress_clear(&text->progress);
    switch (event->kind) {
    case CUT_SUPERVISOR_STARTED:
        break;
    case CUT_SUPERVISOR_OUTPUT:
        write_line(text, event, event->is_error_output ? stderr : stdout);
        break;
    case CUT_SUPERVISOR_PRINT:
        write_line(text, event, stdout);
        break;
    case CUT_SUPERVISOR_LOG:
        write_log(text, event);
        break;
    case CUT_SUPERVISOR_SNAPSHOT:
        write_snapshot(text, event->snapshot);
        break;
    case CUT_SUPERVISOR_STATUS:
        write_status(text, event);
        break;
    case CUT_SUPERVISOR_ENDED:
        write_end(text, event);
        break;
    }
    fflush(stdout);
    finish(text, event, true);
}
