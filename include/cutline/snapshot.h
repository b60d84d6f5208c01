/*
 * Recorded global states of token systems: what a snapshot holds, the `.snap`
 * files of the COS 418 simulator, and the difference between two.
 *
 * Threads: a snapshot may be read by any number of threads.
 */
#ifndef CUTLINE_SNAPSHOT_H
#define CUTLINE_SNAPSHOT_H

#include <cutline/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A recorded message: one that the cut crosses. */
struct cut_snapshot_message {
    uint32_t source;      /* process */
    uint32_t destination; /* process */
    uint64_t tokens;
};

/*
 * A global state. Plain data; read it, and do not change it.
 */
struct cut_snapshot {
    uint64_t number;
    uint32_t initiator; /* process; CUT_NONE in one that was read */
    uint64_t begun;     /* time of the initiator's capture; read: 0 */
    uint64_t complete;  /* time when the last part was complete; read: 0 */
    const struct cut_topology *topology; /* borrowed */
    const uint64_t *tokens;              /* of each process */
    uint64_t message_count;
    /* By destination, and for each in the order in which they arrived. */
    const struct cut_snapshot_message *messages;
    const struct cut_allocator *allocator; /* what it was made with */
};

/* Destroy a snapshot; NULL is ignored. */
CUT_PUBLIC void cut_snapshot_destroy(struct cut_snapshot *snapshot);

/*
 * Add up a snapshot's tokens.
 *
 *   in_processes, in_channels   the sums, modulo 2^64.
 */
CUT_PUBLIC void cut_snapshot_total(const struct cut_snapshot *snapshot,
                                   uint64_t *in_processes,
                                   uint64_t *in_channels);

/*
 * Write a snapshot as a `.snap` file (docs/formats/snap.md), in its canonical
 * form.
 *
 *   file     open for writing; not flushed.
 *
 * Errors:  CUT_IO; a part may have been written.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_snapshot_write(const struct cut_snapshot *snapshot, FILE *file);

/*
 * Read a `.snap` file.
 *
 *   file      open for reading; read to its end, not closed.
 *   path      its name for messages; borrowed until the fault is done with.
 *   topology  names are looked up in it; borrowed by the snapshot.
 *   out       brought into canonical form: messages to one destination keep
 *             their order, which is that of their arrival.
 *   fault     written on failure; NULL if not wanted.
 *
 * Errors:  CUT_INVALID malformed, or a process or channel is not in the
 *          topology; CUT_IO; CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_snapshot_read(FILE *file,
                  const char *path,
                  const struct cut_topology *topology,
                  const struct cut_allocator *allocator,
                  struct cut_snapshot **out,
                  struct cut_fault *fault);

/*
 * Return whether two snapshots of one topology are the same: number, tokens,
 * messages and their order.
 */
CUT_PUBLIC bool cut_snapshot_equal(const struct cut_snapshot *a,
                                   const struct cut_snapshot *b);

/*
 * Write the difference between two snapshots of one topology for people:
 * a line with "-" for what is only in the expected one, one with "+" for what
 * is only in the other, at most 20 of them and how many more there are.
 * Nothing when they are equal.
 *
 * Errors:  CUT_IO.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_snapshot_write_difference(const struct cut_snapshot *expected,
                              const struct cut_snapshot *recorded,
                              FILE *file);

#ifdef __cplusplus
}
#endif

#endif
