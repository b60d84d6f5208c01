/*
 * A part: what one process contributes to a snapshot, as bytes, from a worker
 * to its supervisor. Numbers are little end first; sizes are 8 bytes.
 *
 *     captured, completed      (8, 8)  times of the run, ns
 *     pause                    (8)  ns in which the state was captured
 *     cpu                      (8)  ns of CPU in steps for this snapshot
 *     version                  (4)  of the state
 *     state                    size, bytes: as `save` wrote it
 *     shown                    size, JSON: as `show_state` wrote it; or none
 *     facts                    size, bytes: as cut_facts_encode writes them
 *     random                   (8)  the state of the random numbers
 *     timers                   count (1), of each: timer (1), remaining (8) ns
 *     messages                 count (8), of each:
 *         peer (4), is_by_sender (1), type (1), position (8),
 *         data size, bytes; shown size, JSON; facts size, bytes
 *
 * A message is one of the channel from the peer, or, if it was recorded by its
 * sender, to the peer.
 */
#ifndef CUT_NET_PART_H
#define CUT_NET_PART_H

#include "net/bytes.h"

#include <cutline/process.h>

struct cut_part_block {
    const uint8_t *data;
    uint64_t size;
};

/* A part that has been read; borrowed from its bytes. */
struct cut_part_view {
    cut_time captured;
    cut_time completed;
    uint64_t pause_ns;
    uint64_t cpu_ns;
    uint32_t version;
    struct cut_part_block state;
    struct cut_part_block shown;
    struct cut_part_block facts;
    uint64_t random;
    struct cut_part_block timers; /* 9 bytes each */
    uint64_t message_count;
    struct cut_bytes messages; /* cut_part_next_message takes them */
};

struct cut_part_message_view {
    uint32_t peer;
    bool is_by_sender;
    uint8_t type;
    uint64_t position;
    struct cut_part_block data;
    struct cut_part_block shown;
    struct cut_part_block facts;
};

/* Read a part. Errors: CUT_PROTOCOL these bytes are none. */
CUT_MUST_USE enum cut_error
cut_part_read(const uint8_t *data, size_t size, struct cut_part_view *out);

/* Take the next message; false: there is none any more. A part that has been
 * read has as many as it says. */
bool cut_part_next_message(struct cut_part_view *part,
                           struct cut_part_message_view *out);

#endif
