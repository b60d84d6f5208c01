#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#define FIRST_AFTER_NS UINT64_C(1000000000)
#define EVERY_NS UINT64_C(100000000)

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

struct cut_progress cut_progress_for(FILE *file)
{
    struct cut_progress progress = {0};

    if (isatty(fileno(file)) == 1) {
        progress.file = file;
        progress.due_ns = now_ns() + FIRST_AFTER_NS;
    }
    return progress;
}

bool cut_progress_is_due(const struct cut_progress *progress)
{
    return progress->file != NULL && now_ns() >= progress->due_ns;
}

void cut_progress_write(struct cut_progress *progress, const char *format, ...)
{
    va_list arguments;

    fputs("\r\033[K", progress->file);
    va_start(arguments, format);
    vfprintf(progress->file, format, arguments);
    va_end(arguments);
    fflush(progress->file);
    progress->is_shown = true;
    progress->due_ns = now_ns() + EVERY_NS;
}

void cut_progress_show(struct cut_progress *progress, const struct cut_sim *sim)
{
    if (!cut_progress_is_due(progress))
        return;
    struct cut_sim_stats stats = cut_sim_stats(sim);
    cut_progress_write(progress,
                       "tick %" PRIu64 ": %" PRIu64 " messages and %" PRIu64
                       " markers delivered, %" PRIu64 " of %" PRIu64
                       " snapshots complete",
                       cut_sim_now(sim),
                       stats.messages_delivered,
                       stats.markers_delivered,
                       stats.snapshots_complete,
                       stats.snapshots_begun);
}

void cut_progress_clear(struct cut_progress *progress)
{
    if (!progress->is_shown)
        return;
    fputs("\r\033[K", progress->file);
    fflush(progress->file);
    progress->is_shown = false;
}
