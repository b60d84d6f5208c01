/*
 * Snapshots being recorded: what each process captured, and which messages
 * each snapshot has of each channel. A message is kept once, however many
 * snapshots want it.
 */
#ifndef CUT_SIM_RECORD_H
#define CUT_SIM_RECORD_H

#include "base/memory.h"

#include <cutline/snapshot.h>

/* One process's part of one snapshot. */
struct cut_part {
    uint64_t tokens;
    uint32_t first; /* wanted messages, in order of arrival; CUT_NONE: none */
    uint32_t last;
};

struct cut_take {
    struct cut_part *parts; /* by process; NULL when it has been collected */
    uint64_t begun;         /* times */
    uint64_t complete;
    uint64_t wanted_count;
    uint32_t initiator;
    uint32_t missing; /* processes whose part is not complete */
};

/* A recorded message. */
struct cut_logged {
    uint64_t tokens;
    uint32_t channel;
};

/* A part wants a message. */
struct cut_wanted {
    uint32_t logged;
    uint32_t next; /* in the part; CUT_NONE: the last */
};

struct cut_record {
    const struct cut_allocator *allocator;
    const struct cut_topology *topology;
    struct cut_take *takes; /* by snapshot number */
    size_t take_count;
    size_t take_capacity;
    size_t kept_count; /* takes that are not collected */
    struct cut_logged *log;
    size_t log_count;
    size_t log_capacity;
    struct cut_wanted *wanted;
    size_t wanted_count;
    size_t wanted_capacity;
};

void cut_record_init(struct cut_record *record,
                     const struct cut_topology *topology,
                     const struct cut_allocator *allocator);
void cut_record_fini(struct cut_record *record);

/* Begin the next snapshot. CUT_NOMEM: it was not begun. */
CUT_MUST_USE enum cut_error
cut_record_begin(struct cut_record *record, uint32_t initiator, uint64_t now);

void cut_record_capture(struct cut_record *record,
                        uint64_t number,
                        uint32_t process,
                        uint64_t tokens);

/* Keep a message, once. CUT_NOMEM: it was not kept. */
CUT_MUST_USE enum cut_error
cut_record_keep(struct cut_record *record, uint32_t channel, uint64_t tokens);

/* A snapshot wants the message kept last. CUT_NOMEM: it has not got it. */
CUT_MUST_USE enum cut_error
cut_record_want(struct cut_record *record, uint64_t number, uint32_t process);

/* A part is complete. Return whether the snapshot is. */
bool cut_record_part(struct cut_record *record, uint64_t number, uint64_t now);

/* Take a complete snapshot out. Errors as cut_sim_collect. */
CUT_MUST_USE enum cut_error
cut_record_collect(struct cut_record *record,
                   uint64_t number,
                   const struct cut_allocator *allocator,
                   struct cut_snapshot **out);

#endif
