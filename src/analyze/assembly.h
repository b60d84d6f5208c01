/*
 * Segments that are being put in one order: what the two readings of them
 * share.
 */
#ifndef CUT_ANALYZE_ASSEMBLY_H
#define CUT_ANALYZE_ASSEMBLY_H

#include "analyze/trace_run.h"

struct cut_assembly_channel {
    uint64_t first;    /* of its messages, among those of all channels */
    uint64_t total;    /* sent, as its sender's segment says */
    uint64_t sent;     /* of them, as far as the merge has come */
    uint64_t received; /* the position that may be received next at the least;
                          of a FIFO channel */
};

enum cut_cursor_state {
    CUT_CURSOR_READY,   /* in the heap; its next record may stand next */
    CUT_CURSOR_WAITING, /* for a message of .waits_for */
    CUT_CURSOR_OVER,    /* there is no more */
};

struct cut_cursor {
    enum cut_cursor_state state;
    uint32_t waits_for; /* a channel */
    uint64_t offset;    /* of the next record */
    struct cut_segment_record next;
    enum cut_segment_ending ending;
    uint64_t good; /* bytes of its segment */
};

/* A message that its sender is not known to have sent, of a segment that ends
 * early. */
struct cut_lost_message {
    uint32_t link;
    uint32_t type;
    uint32_t size;
    uint64_t position;
    uint64_t number; /* once it has been put in order */
};

struct cut_assembly {
    struct cut_trace_run *run;
    const struct cut_segments *segments;
    const struct cut_allocator *allocator;
    struct cut_fault *fault;
    struct cut_assembly_channel *links;
    struct cut_cursor *cursors;
    uint32_t *heap; /* processes that are READY, the earliest first */
    uint32_t heap_count;
    uint64_t *numbers; /* of messages, by channel and position */
    uint64_t message_count;
    struct cut_lost_message *lost; /* by channel and position */
    size_t lost_count;
    size_t lost_capacity;
    uint64_t last_snapshot; /* that was looked up: mostly the next one too */
};

/*
 * Read all segments to their ends: check what one of them can contradict, count
 * what is sent, collect the names of snapshots, and find the lost messages.
 *
 * Errors: CUT_INVALID, CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_assembly_survey(struct cut_assembly *assembly);

/* Say that memory is out: CUT_NOMEM. */
enum cut_error cut_assembly_out_of_memory(const struct cut_assembly *assembly);

/* Return the number among all of the channel that a record is about. */
uint32_t cut_assembly_link(const struct cut_assembly *assembly,
                           uint32_t process,
                           const struct cut_segment_record *record);

/* Read a segment's next record, or say where it is wrong. */
CUT_MUST_USE enum cut_error
cut_assembly_next(const struct cut_assembly *assembly,
                  uint32_t process,
                  struct cut_segment_record *record,
                  bool *has_more);

/* Return whether a record is about a message that has to be sent first. */
bool cut_assembly_needs_message(const struct cut_segment_record *record);

/* Return whether the segment of a process ends early. */
bool cut_assembly_is_early(const struct cut_assembly *assembly,
                           uint32_t process);

/*
 * Return whether the message of a record is lost: none of what its sender is
 * known to have sent, and the sender's segment ends early. What a process says
 * that it sent itself is never lost.
 */
bool cut_assembly_is_lost(const struct cut_assembly *assembly,
                          uint32_t process,
                          const struct cut_segment_record *record);

/* Return the index of the first lost message of a channel from a position on.
 */
size_t cut_assembly_lost_from(const struct cut_assembly *assembly,
                              uint32_t link,
                              uint64_t position);

/* Compare names of snapshots, for qsort and bsearch. */
int cut_assembly_compare_snapshots(const void *left, const void *right);

#endif
