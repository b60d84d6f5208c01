/*
 * What a coordinator consists of, for its files.
 */
#ifndef CUT_PROTO_COORDINATOR_STATE_H
#define CUT_PROTO_COORDINATOR_STATE_H

#include "proto/coordinator.h"

/* An open snapshot; or one that the last step gave up; or none. */
struct cut_coordinator_slot {
    struct cut_recording recording;    /* first: what ABORT lists */
    struct cut_coordinator_slot *next; /* of its list: open, aborted or free */
    cut_time started;
    uint32_t missing_count;
    uint64_t missing[]; /* bit p: the part of process p has not come */
};

struct cut_coordinator {
    const struct cut_allocator *allocator;
    struct cut_coordinator_config config;
    struct cut_coordinator_slot *open;      /* the oldest; NULL: none */
    struct cut_coordinator_slot **open_end; /* where the next one goes */
    struct cut_coordinator_slot *aborted;   /* by the last step, oldest first */
    struct cut_coordinator_slot **aborted_end;
    struct cut_coordinator_slot *free;
    unsigned char *slots; /* in_progress_max of slot_size bytes */
    size_t slot_size;
    uint64_t *members;    /* bit p: process p is one */
    size_t word_count;    /* of members, and of a slot's missing */
    uint32_t *queue;      /* a ring of queue_max processes */
    uint32_t queue_first; /* index of the one that has waited longest */
    uint32_t queue_count;
    uint32_t open_count;
    uint32_t member_count;
    uint32_t view;
    uint64_t number;    /* of the next snapshot */
    cut_time now;       /* of the last step */
    cut_time start_min; /* when the next snapshot may start */
    struct cut_coordinator_counts counts;
};

static inline bool cut_coordinator_has_bit(const uint64_t *words, uint32_t bit)
{
    return (words[bit / 64] >> (bit % 64) & 1) != 0;
}

/* Return what follows by so much; at the end of time there is a time still,
 * as never is something else. */
static inline cut_time cut_coordinator_later(cut_time now, cut_time by)
{
    cut_time last = CUT_COORDINATOR_NEVER - 1;

    return now < last && by < last - now ? now + by : last;
}

/* Return a snapshot of this name in a list, NULL: it is not there. */
struct cut_coordinator_slot *
cut_coordinator_find(struct cut_coordinator_slot *list,
                     struct cut_snapshot_id snapshot);

#endif
