/*
 * A snapshot that is being taken, as the supervisor has it.
 */
#ifndef CUT_NET_TAKE_H
#define CUT_NET_TAKE_H

#include "net/part.h"
#include "net/supervisor_state.h"

#include <jansson.h>

/* The part of one process: its bytes, as they come. */
struct cut_take_part {
    bool is_wanted; /* its process is a member of the snapshot's view */
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool is_whole;
    cut_time arrived;
    struct cut_part_view view; /* of the data, when it is whole */
    uint64_t message_bytes;    /* of the messages in it */
};

struct cut_take {
    struct cut_take *next;
    struct cut_supervisor *supervisor;
    struct cut_snapshot_id snapshot;
    uint64_t id; /* of its file */
    uint32_t initiator;
    uint32_t part_count; /* that are wanted */
    uint32_t missing;
    cut_time begun;
    cut_time ended;
    struct cut_waiter *waiters;
    struct cut_totals totals;
    uint64_t state_bytes;
    uint64_t message_count;
    uint64_t message_bytes;
    uint64_t pause_ns_max;
    bool is_held; /* until all have entered its view, or given up the one before
                     it */
    bool is_given_up;
    bool is_in_thread; /* its file is being written, or named */
    uv_work_t work;
    char *text; /* of the file */
    char *path;
    char *part_path; /* its name before it is complete */
    int failure;     /* errno; 0: none */
    const char *failed_at;
    struct cut_take_part parts[];
};

/* snapshot_json.c: Return a snapshot as JSON; NULL: there is no memory. */
json_t *cut_take_json(const struct cut_take *take);

/* snapshot_file.c: in another thread. */

/* Write the file under its first name, durably. */
void cut_take_write(struct cut_take *take);
/* Give it its name, durably. */
void cut_take_commit(struct cut_take *take);
/* Claim a directory, which is made if it is not there, for this run alone:
 * until the descriptor is closed. Errors: CUT_IO: the fault says why. */
CUT_MUST_USE enum cut_error
cut_take_claim(const char *directory, int *descriptor, struct cut_fault *fault);
/* Return the first id that is not used in a directory. Errors: CUT_IO: the
 * fault says why. */
CUT_MUST_USE enum cut_error
cut_take_first_id(const char *directory, uint64_t *id, struct cut_fault *fault);

#endif
