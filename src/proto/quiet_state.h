/*
 * What a detector consists of. Sums and counts over the members are kept as
 * reports come, so that no step looks at all of them.
 */
#ifndef CUT_PROTO_QUIET_STATE_H
#define CUT_PROTO_QUIET_STATE_H

#include "proto/quiet.h"

/* What is known of a process; all zero but is_member at the start of a view. */
struct cut_quiet_process {
    uint64_t sent;
    uint64_t delivered;
    uint64_t answered; /* the last wave that it answered */
    bool is_member;
    bool is_idle;
};

struct cut_quiet {
    const struct cut_allocator *allocator;
    struct cut_quiet_process *processes;
    uint32_t process_count;
    uint32_t view;
    uint64_t wave; /* the last that was begun */
    uint64_t sent; /* sums: modulo 2^64, as are those of the processes */
    uint64_t delivered;
    uint32_t member_count;
    uint32_t idle_count;
    uint32_t missing; /* answers in this wave; 0: none is under way */
    bool is_new;      /* something was learnt since the wave began */
    uint64_t changes;
    uint64_t ignored;
};

#endif
