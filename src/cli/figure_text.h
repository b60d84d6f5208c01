/*
 * Durations, sizes and moments for people, in a few characters.
 */
#ifndef CLI_FIGURE_TEXT_H
#define CLI_FIGURE_TEXT_H

#include <cutline/process.h>

/* Room for one of them. */
struct cut_figure {
    char text[40];
};

/* "87 us", "2.10 ms", "1.52 s", "3 min 20 s", "2 h 05 min", "4 d 3 h" */
struct cut_figure cut_figure_duration(cut_time time_ns);

/* "812 B", "4.0 KiB" */
struct cut_figure cut_figure_size(uint64_t bytes);

/* A moment since 1970 as the clock on the wall shows it: "14:03:27.512"; with
 * the day, but without fractions, where it is not of today. */
struct cut_figure cut_figure_moment(cut_time since_1970_ns);

#endif
