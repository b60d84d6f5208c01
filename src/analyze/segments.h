/*
 * The segments of one incarnation of a run, as they lie in a directory: read,
 * and found to be of one run.
 */
#ifndef CUT_ANALYZE_SEGMENTS_H
#define CUT_ANALYZE_SEGMENTS_H

#include "store/trace_reader.h"

struct cut_segment {
    struct cut_trace_reader *reader;
    const struct cut_segment_head *head;
    uint32_t first_outgoing; /* the process's first channel, of all */
    uint32_t *incoming;      /* each of its channels among all */
};

/* A channel, by its number among all: those of a sender follow each other. */
struct cut_segment_link {
    uint32_t sender;
    uint32_t receiver;
    bool is_fifo;
};

struct cut_segments {
    const struct cut_allocator *allocator;
    const char *directory;
    uint32_t incarnation;
    bool is_last;                 /* no later incarnation is there */
    uint32_t count;               /* of processes */
    uint32_t link_count;          /* of channels */
    struct cut_segment *segments; /* by process */
    struct cut_segment_link *links;
};

/*
 * Read the segments of the first incarnation from incarnation_min on.
 *
 *   directory  borrowed for as long as the segments are used.
 *   out        to be released with cut_segments_fini, whatever is returned.
 *
 * Errors: as cut_trace_run_read (<cutline/trace.h>).
 */
CUT_MUST_USE enum cut_error
cut_segments_read(const char *directory,
                  uint32_t incarnation_min,
                  const struct cut_allocator *allocator,
                  struct cut_segments *out,
                  struct cut_fault *fault);

/* Release segments, read or half read. */
void cut_segments_fini(struct cut_segments *segments);

/* Say what is wrong with the segment of a process: CUT_INVALID. */
__attribute__((format(printf, 4, 5))) enum cut_error
cut_segments_refuse(const struct cut_segments *segments,
                    uint32_t process,
                    struct cut_fault *fault,
                    const char *format,
                    ...);

/* Say where: put the name of a process's segment before what a fault says, and
 * return the fault's code. */
enum cut_error cut_segments_place(const struct cut_segments *segments,
                                  uint32_t process,
                                  enum cut_error error,
                                  struct cut_fault *fault);

#endif
