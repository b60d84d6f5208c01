/*
 * How far a long run is: one line on a terminal, rewritten in place, and
 * nothing anywhere else.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <cutline/sim.h>

struct cut_progress {
    FILE *file;      /* NULL: nobody looks on */
    uint64_t due_ns; /* when to write the next line */
    bool is_shown;
};

/* Return a progress line for a stream, which is off if that is no terminal. */
struct cut_progress cut_progress_for(FILE *file);

/* Return whether it is time for another line: nobody wants to read many. */
bool cut_progress_is_due(const struct cut_progress *progress);

/* Write a line in the place of the last one. */
void cut_progress_write(struct cut_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say how far a run is, if it has taken long enough since the last time. */
void cut_progress_show(struct cut_progress *progress,
                       const struct cut_sim *sim);

/* Remove the line. */
void cut_progress_clear(struct cut_progress *progress);

#endif
