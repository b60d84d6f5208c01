/*
 * A small system of real engines whose every next step is somebody else's
 * choice: the ground for exploring all interleavings.
 *
 * Everything, the engines and their pool included, lies in one struct without
 * pointers to outside, so that a world is saved and brought back by copying it
 * (to the same place). Channels, positions and cuts are kept by the world
 * itself, so that it can judge the engines by the one definition:
 *
 *   The state of a channel in a cut is the messages sent at or before the
 *   sender's point and not delivered at the receiver's point. The cut is
 *   consistent when no message is delivered before the receiver's point that
 *   was sent after the sender's.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <cutline/engine.h>

#define WORLD_PROCESSES 4
#define WORLD_CHANNELS (WORLD_PROCESSES * (WORLD_PROCESSES - 1))
#define WORLD_SNAPSHOTS 3
#define WORLD_QUEUE 24
#define WORLD_ARENA 4096
#define WORLD_ENGINE 256
#define WORLD_FRAMES 12

/* Assumptions that a world can break on purpose. */
enum world_fault {
    WORLD_SOUND,
    WORLD_REORDERS,       /* a message may overtake a marker */
    WORLD_LOSES_A_MARKER, /* the last channel's never arrive */
    WORLD_LOSES_MESSAGES, /* a message that is delivered while others wait */
    WORLD_IGNORES_RECORD, /* the executor does not keep messages */
    WORLD_CAPTURES_LATE,  /* the capture is of the state after the step */
};

struct world_item {
    bool is_marker;
    uint32_t value; /* the snapshot, or the message's position from 1 on */
    uint64_t stamp; /* a message's */
};

/* On its way between two engines, outside the channels. */
struct world_frame {
    uint8_t source;
    uint8_t destination;
    bool is_marker;
    uint8_t channel;            /* a marker's, at its destination */
    uint64_t sent;              /* a marker's */
    struct cut_control control; /* or of a marker the snapshot */
};

struct world_channel {
    uint8_t source;
    uint8_t destination;
    uint8_t outgoing;   /* its number at its source */
    uint8_t incoming;   /* its number at its destination */
    uint8_t count;      /* items in the queue */
    uint32_t sent;      /* messages, so the last one's position */
    uint32_t delivered; /* bit p: the one with position p */
    struct world_item queue[WORLD_QUEUE];
};

/* What one snapshot has of one channel. */
struct world_cut {
    uint32_t sent;                  /* at the source's capture */
    uint32_t delivered;             /* at the destination's, bits likewise */
    uint32_t count;                 /* recorded */
    uint32_t recorded[WORLD_QUEUE]; /* positions */
};

struct world_process {
    uint8_t tokens;
    uint8_t events; /* of the program: what a capture is a point between */
    uint8_t captured_tokens[WORLD_SNAPSHOTS];
    bool is_captured[WORLD_SNAPSHOTS];
    bool is_complete[WORLD_SNAPSHOTS];
    bool is_aborted[WORLD_SNAPSHOTS];
};

struct world {
    const struct cut_algorithm *algorithm;
    bool is_unordered; /* any of a channel's items may come next */
    enum world_fault fault;
    uint8_t process_count;
    uint8_t channel_count;
    uint8_t snapshots_requested;
    bool has_failed; /* an engine did what no engine may do */
    struct world_process processes[WORLD_PROCESSES];
    struct world_channel channels[WORLD_CHANNELS];
    struct world_cut cuts[WORLD_SNAPSHOTS][WORLD_CHANNELS];
    uint8_t frame_count;
    uint8_t frames_delivered;
    struct world_frame frames[WORLD_FRAMES];
    struct cut_engine *engines[WORLD_PROCESSES];
    struct cut_pool *pool;
    size_t arena_used;
    _Alignas(16) unsigned char arena[WORLD_ARENA];
    _Alignas(16) unsigned char engine_memory[WORLD_PROCESSES][WORLD_ENGINE];
};

/*
 * Make a world of processes and directed channels, written as pairs of digits:
 * "01 10 12" is 0 -> 1, 1 -> 0, 1 -> 2. A world stays where it is made.
 *
 *   algorithm     what its engines follow.
 *   is_unordered  whether channels change the order of messages.
 */
void world_init(struct world *world,
                const char *algorithm,
                bool is_unordered,
                unsigned process_count,
                const char *channels,
                enum world_fault fault);

/* Take a step. Each is possible whenever its function can_... says so. */
void world_send(struct world *world, unsigned channel);
bool world_can_deliver(const struct world *world, unsigned channel);
void world_deliver(struct world *world, unsigned channel);
void world_deliver_item(struct world *world, unsigned channel, unsigned at);
void world_deliver_frame(struct world *world, unsigned frame);
void world_request(struct world *world, unsigned process, unsigned snapshot);
void world_abort(struct world *world, unsigned process, unsigned snapshot);

/*
 * Return whether everything that is recorded so far is right: the cut so far
 * is consistent, and each channel whose both ends have captured has recorded,
 * in order if it has one, no message that is not in the definition's state, and
 * all of them once the receiver's part is complete. And no engine has failed.
 */
bool world_is_right(const struct world *world);

/* Return whether every part of a snapshot is complete, or aborted. */
bool world_is_complete(const struct world *world, unsigned snapshot);

/* Return a hash of all that decides what can happen and what is judged. */
uint64_t world_hash(const struct world *world);

/*
 * Write what the counts of reachable states in the literature are about:
 * tokens, channels, recorded states, markers seen. Tokens are identical, so
 * positions are left out, and what a process has recorded of its channels is
 * the number of them.
 *
 *   returns  the hash of it.
 */
uint64_t world_hash_anonymous(const struct world *world);

#endif
