/*
 * Snapshots being recorded: what each process captured, and which messages
 * each snapshot has of each channel. A message is kept once, however many
 * snapshots want it: they refer to its packet.
 */
#ifndef CUT_SIM_RECORD_H
#define CUT_SIM_RECORD_H

#include "sim/packet.h"

/* Recorded messages of one part; places among the wanted ones. */
struct cut_wanted_list {
    uint32_t first; /* CUT_NONE: none */
    uint32_t last;
};

/* One process's part of one snapshot. */
struct cut_part {
    union {
        uint64_t word;   /* up to 8 bytes of state */
        uint8_t *memory; /* more */
    } state;
    uint64_t captured; /* time */
    uint32_t size;     /* of the state */
    bool is_captured;
    bool is_complete;
    struct cut_wanted_list received; /* in order of arrival */
    struct cut_wanted_list sent;     /* overtaken at this end, in their order */
};

struct cut_take {
    struct cut_part *parts; /* by process; NULL: not begun, or given away */
    const char *reason;     /* ABORTED; a constant */
    uint64_t begun;         /* times */
    uint64_t ended;
    uint64_t wanted_count;
    uint64_t wanted_size; /* bytes of data */
    uint32_t initiator;
    uint32_t missing; /* processes whose part is not complete */
    uint32_t view;
    enum cut_sim_status status;
};

/* A part wants a packet. */
struct cut_wanted {
    uint32_t packet;
    uint32_t next; /* in its list; or in that of the free ones */
};

struct cut_record {
    const struct cut_allocator *allocator;
    struct cut_packets *packets;
    uint32_t process_count;
    struct cut_take *takes; /* by snapshot number */
    size_t take_count;
    size_t take_capacity;
    struct cut_wanted *wanted;
    size_t wanted_count; /* that were ever in use */
    size_t wanted_capacity;
    uint32_t wanted_free; /* the first that is not now; or CUT_NONE */
};

void cut_record_init(struct cut_record *record,
                     uint32_t process_count,
                     struct cut_packets *packets,
                     const struct cut_allocator *allocator);
void cut_record_fini(struct cut_record *record);

/* Begin the next snapshot, in which `missing` processes take part. CUT_NOMEM:
 * it is not begun. */
CUT_MUST_USE enum cut_error cut_record_begin(struct cut_record *record,
                                             uint32_t initiator,
                                             uint32_t missing,
                                             uint32_t view,
                                             uint64_t now);

/* A process captures this state. CUT_NOMEM: it did not. */
CUT_MUST_USE enum cut_error cut_record_capture(struct cut_record *record,
                                               uint64_t number,
                                               uint32_t process,
                                               const void *state,
                                               size_t size,
                                               uint64_t now);

/*
 * A process wants a packet: one that it received, or one that waits to leave
 * it. CUT_NOMEM: it has not got it.
 */
CUT_MUST_USE enum cut_error cut_record_want(struct cut_record *record,
                                            uint64_t number,
                                            uint32_t process,
                                            uint32_t packet,
                                            bool is_by_sender);

/* A process's part is complete. Return whether it was the last. */
bool cut_record_part(struct cut_record *record,
                     uint64_t number,
                     uint32_t process);

/* A snapshot is given up; what was recorded goes. */
void cut_record_abort(struct cut_record *record,
                      uint64_t number,
                      const char *reason,
                      uint64_t now);

/* Give back what a snapshot holds; what is known of it stays. */
void cut_record_forget(struct cut_record *record, uint64_t number);

static inline const void *cut_part_state(const struct cut_part *part)
{
    return part->size <= sizeof part->state.word
               ? (const void *)&part->state.word
               : part->state.memory;
}

#endif
