/*
 * The simulator: a system of token-passing processes in virtual time, with
 * the delays of the COS 418 simulator, and Chandy-Lamport snapshots of it.
 *
 * Time is a count of ticks, 0 at first. A message, or a marker, gets a time
 * from which on it may be delivered when it is sent: now + 1 + r, with r drawn
 * uniformly from 0..4. In a tick every process, in the order of names, as a
 * sender, gives the first of its channels whose first message is due; that is
 * delivered. The same seed makes the same run, byte for byte, on every
 * machine.
 *
 *     cut_sim_create(&config, &sim);
 *     cut_sim_send(sim, channel, 3);
 *     cut_sim_snapshot(sim, initiator, &number);
 *     while (!cut_sim_is_complete(sim, number))
 *         cut_sim_tick(sim, 1);
 *     cut_sim_collect(sim, number, NULL, &snapshot);
 *
 * Cost follows the work: a tick in which nothing is due costs nothing, and so
 * does an idle process or channel.
 *
 * Threads: a simulator belongs to one thread at a time; different ones share
 * nothing but topologies.
 */
#ifndef CUTLINE_SIM_H
#define CUTLINE_SIM_H

#include <cutline/snapshot.h>
#include <cutline/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The seed of the COS 418 simulator's own tests. */
#define CUT_SIM_SEED INT64_C(8053172852482175524)

/* What a channel carries. */
struct cut_sim_message {
    bool is_marker;
    uint64_t value; /* tokens; of a marker: the snapshot's number */
    uint64_t due;   /* the time from which on it may be delivered */
};

/* What an observer is told, at the moment it happens. */
enum cut_sim_event_kind {
    CUT_SIM_SEND,     /* .message was put into .channel */
    CUT_SIM_DELIVER,  /* .message left .channel and is handed on */
    CUT_SIM_CAPTURE,  /* .process captured .tokens for .snapshot */
    CUT_SIM_RECORD,   /* .message is recorded for .snapshot */
    CUT_SIM_PART,     /* .process's part of .snapshot is complete */
    CUT_SIM_COMPLETE, /* all parts of .snapshot are */
};

struct cut_sim_event {
    enum cut_sim_event_kind kind;
    uint64_t now;
    uint32_t process;               /* who acts; COMPLETE: CUT_NONE */
    uint32_t channel;               /* SEND, DELIVER, RECORD; else CUT_NONE */
    struct cut_sim_message message; /* SEND, DELIVER, RECORD */
    uint64_t snapshot;              /* CAPTURE, RECORD, PART, COMPLETE */
    uint64_t tokens; /* CAPTURE, PART: in .process's captured state; SEND: what
                        .process holds after it; DELIVER: before it */
};

/*
 * Somebody who is told of each event, and of nothing else. The events of a
 * delivery come in this order: DELIVER, then what the process does about it.
 */
struct cut_sim_observer {
    void (*observe)(void *context, const struct cut_sim_event *event);
    void *context;
};

struct cut_sim_config {
    const struct cut_topology *topology; /* sealed; borrowed */
    int64_t seed;                        /* e.g. CUT_SIM_SEED */
    /*
     * The most snapshots of the run; 0 stands for 64. Each process keeps one
     * bit for each.
     */
    uint32_t snapshots_max;
    struct cut_sim_observer observer;      /* .observe NULL: none */
    const struct cut_allocator *allocator; /* borrowed; NULL: the standard */
};

struct cut_sim;

/*
 * Make a system at time 0.
 *
 * Errors:  CUT_INVALID more than 2^26 snapshots; CUT_NOMEM.
 * Memory:  80 bytes a process and 12 a channel; while it runs, 17 to 72
 *          bytes a message in flight (and up to as much again, not yet used),
 * 16 a process and uncollected snapshot, and 80 and one bit a channel for each
 * process and open snapshot.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_create(const struct cut_sim_config *config, struct cut_sim **out);

/* Destroy a system; NULL is ignored. */
CUT_PUBLIC void cut_sim_destroy(struct cut_sim *sim);

/*
 * Send tokens along a channel; the sender's go down at once.
 *
 * Errors:  CUT_INVALID no such channel; CUT_STATE the sender holds fewer;
 *          CUT_NOMEM. Nothing was sent, and no random number was drawn.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_send(struct cut_sim *sim, uint32_t channel, uint64_t tokens);

/*
 * Begin a snapshot at a process.
 *
 *   number  of the snapshot: 0, 1, 2, ...
 *
 * Errors:  CUT_INVALID no such process; CUT_LIMIT snapshots_max have been
 *          begun: nothing was begun. CUT_NOMEM: the system can only be
 *          destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_snapshot(struct cut_sim *sim, uint32_t process, uint64_t *number);

/*
 * Let time pass. A stretch in which nothing is due takes no longer than one
 * tick.
 *
 * Errors:  CUT_LIMIT time would pass 2^62: nothing was done; CUT_NOMEM: the
 *          system can only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_tick(struct cut_sim *sim,
                                                    uint64_t ticks);

/* Return the topology that the system was made of. */
CUT_PUBLIC const struct cut_topology *
cut_sim_topology(const struct cut_sim *sim);

/* Return the time. */
CUT_PUBLIC uint64_t cut_sim_now(const struct cut_sim *sim);

/* Return the tokens that a process holds now. */
CUT_PUBLIC uint64_t cut_sim_tokens(const struct cut_sim *sim, uint32_t process);

/*
 * Walk through what is in a channel, in the order in which it was sent.
 *
 *   cursor  CUT_NONE before the first call; changed by each.
 *   returns whether there was one more, in out.
 */
CUT_PUBLIC bool cut_sim_next_in_flight(const struct cut_sim *sim,
                                       uint32_t channel,
                                       uint32_t *cursor,
                                       struct cut_sim_message *out);

/*
 * Return the time of the next delivery, UINT64_MAX if nothing is in flight.
 */
CUT_PUBLIC uint64_t cut_sim_next_due(const struct cut_sim *sim);

/* Counts of a run so far. */
struct cut_sim_stats {
    uint64_t messages_sent;
    uint64_t messages_delivered;
    uint64_t markers_sent;
    uint64_t markers_delivered;
    uint64_t messages_recorded; /* each once, however many snapshots want it */
    uint64_t snapshots_begun;
    uint64_t snapshots_complete;
};

/* Return the counts so far. */
CUT_PUBLIC struct cut_sim_stats cut_sim_stats(const struct cut_sim *sim);

/* Return whether a snapshot has been begun and all its parts are complete. */
CUT_PUBLIC bool cut_sim_is_complete(const struct cut_sim *sim, uint64_t number);

/*
 * Take a complete snapshot out of the simulator. It can be taken once. The
 * messages that are recorded for it go with it when no other snapshot is left
 * in the simulator, begun or complete: they are shared.
 *
 *   allocator  for the snapshot; NULL: the standard one.
 *   out        the caller's, to be destroyed with cut_snapshot_destroy; it
 *              borrows the topology, and does not need the simulator.
 *
 * Errors:  CUT_STATE not begun, not complete, or taken; CUT_NOMEM: it can be
 *          tried again.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_collect(struct cut_sim *sim,
                uint64_t number,
                const struct cut_allocator *allocator,
                struct cut_snapshot **out);

#ifdef __cplusplus
}
#endif

#endif
