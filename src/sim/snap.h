/*
 * Making snapshots.
 */
#ifndef CUT_SIM_SNAP_H
#define CUT_SIM_SNAP_H

#include "base/memory.h"

#include <cutline/snapshot.h>

/*
 * Make a snapshot, to be filled by the caller.
 *
 *   allocator   NULL: the standard one.
 *   tokens      of each process, not initialised.
 *   messages    message_count of them, not initialised.
 *   returns     it, or NULL: out of memory.
 */
struct cut_snapshot *
cut_snapshot_create(const struct cut_topology *topology,
                    uint64_t message_count,
                    const struct cut_allocator *allocator,
                    uint64_t **tokens,
                    struct cut_snapshot_message **messages);

#endif
