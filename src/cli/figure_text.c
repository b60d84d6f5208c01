#include "figure_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static struct cut_figure
two(uint64_t whole, const char *unit, uint64_t rest, const char *unit_of_rest)
{
    struct cut_figure figure;

    (void)snprintf(figure.text,
                   sizeof figure.text,
                   "%" PRIu64 " %s %" PRIu64 " %s",
                   whole,
                   unit,
                   rest,
                   unit_of_rest);
    return figure;
}

static struct cut_figure
decimal(uint64_t value, uint64_t unit, int digits, const char *name)
{
    struct cut_figure figure;

    (void)snprintf(figure.text,
                   sizeof figure.text,
                   "%.*f %s",
                   digits,
                   (double)value / (double)unit,
                   name);
    return figure;
}

struct cut_figure cut_figure_duration(cut_time time_ns)
{
    uint64_t seconds = time_ns / CUT_SECOND;

    if (time_ns < CUT_MILLISECOND)
        return decimal(time_ns, 1000, 0, "us");
    if (time_ns < CUT_SECOND)
        return decimal(time_ns, CUT_MILLISECOND, 2, "ms");
    if (seconds < 120)
        return decimal(time_ns, CUT_SECOND, 2, "s");
    if (seconds < 7200)
        return two(seconds / 60, "min", seconds % 60, "s");
    if (seconds < 172800)
        return two(seconds / 3600, "h", seconds / 60 % 60, "min");
    return two(seconds / 86400, "d", seconds / 3600 % 24, "h");
}

struct cut_figure cut_figure_size(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    uint64_t unit = 1;
    size_t i = 0;

    while (bytes / unit >= 1024 && i + 1 < sizeof units / sizeof units[0]) {
        unit *= 1024;
        i++;
    }
    return decimal(bytes, unit, i > 0 ? 1 : 0, units[i]);
}

struct cut_figure cut_figure_moment(cut_time since_1970_ns)
{
    struct cut_figure figure;
    time_t moment = (time_t)(since_1970_ns / CUT_SECOND);
    time_t present = time(NULL);
    struct tm then = {0};
    struct tm today = {0};

    localtime_r(&moment, &then);
    localtime_r(&present, &today);
    if (then.tm_yday == today.tm_yday && then.tm_year == today.tm_year)
        (void)snprintf(figure.text,
                       sizeof figure.text,
                       "%02d:%02d:%02d.%03u",
                       then.tm_hour,
                       then.tm_min,
                       then.tm_sec,
                       (unsigned)(since_1970_ns / CUT_MILLISECOND % 1000));
    else
        (void)strftime(
            figure.text, sizeof figure.text, "%Y-%m-%d %H:%M:%S", &then);
    return figure;
}
