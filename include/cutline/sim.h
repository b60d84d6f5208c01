/*
 * The simulator: a system of processes in virtual time, the channels between
 * them as they really are, and snapshots of it by any of the algorithms.
 *
 * A system runs by one of two schedules. Both are deterministic: the same seed
 * makes the same run, byte for byte, on every machine. And in both cost
 * follows the work: a stretch of time in which nothing is due costs nothing,
 * and so does an idle process or channel.
 *
 * Events (config.network given). Time is in nanoseconds. Each message has a
 * delay of its own; channels may be bounded, lose, duplicate or reorder; any
 * program runs, under any algorithm.
 *
 *     cut_sim_create(&config, &sim);
 *     cut_sim_snapshot_at(sim, 5 * CUT_MILLISECOND, 0);
 *     cut_sim_run(sim, CUT_SECOND, UINT64_MAX, &end);
 *     cut_sim_snapshot_info(sim, 0, &info);
 *     cut_sim_part(sim, 0, process, &part);
 *
 * Ticks (config.network NULL), as in the COS 418 simulator. Time is a count of
 * ticks, 0 at first. A message, or a marker, gets a time from which on it may
 * be delivered when it is sent: now + 1 + r, with r drawn uniformly from 0..4.
 * In a tick every process, in the order of names, as a sender, gives the first
 * of its channels whose first message is due; that is delivered.
 *
 *     cut_sim_create(&config, &sim);
 *     cut_sim_send(sim, channel, 3);
 *     cut_sim_snapshot(sim, initiator, &number);
 *     while (!cut_sim_is_complete(sim, number))
 *         cut_sim_tick(sim, 1);
 *     cut_sim_collect(sim, number, NULL, &snapshot);
 *
 * Threads: a simulator belongs to one thread at a time; different ones share
 * nothing but topologies.
 */
#ifndef CUTLINE_SIM_H
#define CUTLINE_SIM_H

#include <cutline/delay.h>
#include <cutline/engine.h>
#include <cutline/judge.h>
#include <cutline/process.h>
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
    uint8_t type;     /* of a message of the program */
    uint32_t size;    /* of the data */
    const void *data; /* borrowed: within observe(), or until time passes */
    uint64_t id;      /* 0, 1, ... in the order of sending; of a message */
    uint64_t value;   /* a marker: the snapshot's number; a message of 8 bytes:
                         these as a number, little end first; else 0 */
    uint64_t due;     /* the time from which on it may be delivered */
};

/* What an observer is told, at the moment it happens. */
enum cut_sim_event_kind {
    CUT_SIM_SEND,     /* .message was put into .channel */
    CUT_SIM_DELIVER,  /* .message left .channel and is handed on */
    CUT_SIM_CAPTURE,  /* .process captured its state for .snapshot */
    CUT_SIM_RECORD,   /* .message is recorded for .snapshot */
    CUT_SIM_PART,     /* .process's part of .snapshot is complete */
    CUT_SIM_COMPLETE, /* all parts of .snapshot are */
    /* By the schedule of events only: */
    CUT_SIM_START,  /* .process starts */
    CUT_SIM_TIMER,  /* a timer of .process goes off */
    CUT_SIM_INPUT,  /* .process is given outside input */
    CUT_SIM_PRINT,  /* .process says .text */
    CUT_SIM_LOSE,   /* .message is lost on its way */
    CUT_SIM_STOP,   /* .process stands still, for .snapshot */
    CUT_SIM_RESUME, /* and goes on */
    CUT_SIM_ABORT,  /* .snapshot was given up, for the reason .text */
    CUT_SIM_JOIN,   /* .process is a member from now on */
    CUT_SIM_LEAVE,  /* .process left */
    CUT_SIM_CRASH,  /* .process crashed */
};

struct cut_sim_event {
    enum cut_sim_event_kind kind;
    uint64_t now;                   /* ticks, or ns */
    uint32_t process;               /* who acts; COMPLETE, ABORT: CUT_NONE */
    uint32_t channel;               /* SEND, DELIVER, RECORD, LOSE; else
                                       CUT_NONE, as in complete topologies of
                                       more than 2^31 channels */
    uint32_t peer;                  /* the other end of the channel */
    struct cut_sim_message message; /* SEND, DELIVER, RECORD, LOSE */
    uint64_t snapshot;              /* CAPTURE to COMPLETE, STOP to ABORT */
    uint64_t tokens;  /* of the token process, CAPTURE, PART: in .process's
                         captured state; SEND: what .process holds after it;
                         DELIVER: before it */
    const char *text; /* PRINT, ABORT; borrowed for the call */
};

/*
 * Somebody who is told of each event, and of nothing else. The events of a
 * delivery come in this order: DELIVER, then what the process does about it;
 * what it captures before it takes the message comes before DELIVER.
 */
struct cut_sim_observer {
    void (*observe)(void *context, const struct cut_sim_event *event);
    void *context;
};

/*
 * Somebody who wants to know, by events, how far a run is. Called after so many
 * things that happen, whether the program notices them or not, at any moment
 * between two of them; may look at the system, and not change it.
 */
struct cut_sim_pulse {
    void (*beat)(void *context);
    void *context;
};

/* Things that happen from one beat to the next: few, since one in which a
 * process of a large complete system captures sends thousands of markers. */
#define CUT_SIM_PULSE 128

/* How markers get along with the messages of a bounded channel. */
enum cut_sim_markers {
    /* They take no room, and overtake what is queued at either end. */
    CUT_SIM_MARKERS_OVERTAKE,
    /* They take room like messages, and wait their turn. */
    CUT_SIM_MARKERS_QUEUE,
    /* They travel on a link of their own, and carry the position for which
     * they stand. */
    CUT_SIM_MARKERS_SEPARATE,
};

/* Chances are given as how many of 10^9. */
#define CUT_SIM_ALWAYS UINT32_C(1000000000)

/* What the channels are like. All zero: in order, nothing lost, no bound. */
struct cut_sim_network {
    struct cut_delay delay; /* of all that travels, control frames too */
    uint32_t loss;          /* of 10^9 messages and markers, lost */
    uint32_t duplicate;     /* of 10^9 messages and markers, carried twice */
    bool reorders;          /* each has its delay, whatever was sent before */
    bool is_reliable;       /* a link layer makes of it what neither loses, nor
                               duplicates, nor reorders */
    enum cut_sim_markers markers;
    uint32_t capacity; /* messages a channel holds; 0: no bound. A process with
                          a full channel has no event until there is room. */
    cut_time skew;     /* the largest difference between two local clocks */
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

    const struct cut_process *process; /* borrowed; NULL: the token process of
                                          COS 418 */
    char *const *arguments;            /* of the program; borrowed */
    uint32_t argument_count;
    const struct cut_algorithm *algorithm; /* NULL: "chandy-lamport" */
    const struct cut_sim_network *network; /* copied; NULL: ticks */
    /* By the schedule of events only: */
    cut_time clock_lead;       /* of "clock"; 0: 20 ms */
    cut_time clock_bound;      /* of "clock"; see <cutline/engine.h> */
    cut_time snapshot_timeout; /* a snapshot that takes longer is aborted;
                                  0: none is */
    struct cut_trace *trace;   /* to be judged by; borrowed; NULL: none */
    struct cut_fault *fault;   /* what is wrong, if cut_sim_create fails;
                                  borrowed for the call; NULL: not wanted */
    bool checks_save; /* at each event, that a process made again from what
                         `save` wrote does the same */
    struct cut_sim_pulse pulse; /* .beat NULL: none */
};

struct cut_sim;

/*
 * Make a system at time 0.
 *
 * Errors:  CUT_INVALID more than 2^26 snapshots, a time above CUT_TIME_MAX, a
 *          chance above CUT_SIM_ALWAYS, or what does not go together;
 *          CUT_LIMIT the topology is too large for this network; CUT_NOMEM;
 *          CUT_STATE the program refused to be created.
 * Memory:  about 150 bytes and its state a process, 8 to 12 a channel; while
 *          it runs, 48 bytes a message in flight, 32 a process and uncollected
 *          snapshot, and 80 and one bit a channel for each process and open
 *          snapshot.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_create(const struct cut_sim_config *config, struct cut_sim **out);

/* Destroy a system; NULL is ignored. */
CUT_PUBLIC void cut_sim_destroy(struct cut_sim *sim);

/*
 * Return what went wrong with a run, in one sentence; an empty one where
 * nothing did. It lives as long as the system.
 */
CUT_PUBLIC const char *cut_sim_failure(const struct cut_sim *sim);

/*
 * Give a process outside input: now, or, where it has to wait for room or
 * stands still, when it has events again. By the schedule of events this begins
 * the run: all start first.
 *
 *   data   copied where it waits.
 *
 * Errors:  CUT_INVALID no such process; CUT_STATE it is no member: nothing was
 *          done; or the program failed (cut_sim_failure); CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_input(struct cut_sim *sim,
                                                     uint32_t process,
                                                     const void *data,
                                                     size_t size);

/* In place of a number: the snapshot has not begun. */
#define CUT_SIM_WAITS UINT64_MAX

/*
 * Begin a snapshot at a process, now.
 *
 *   number  of the snapshot: 0, 1, 2, ...; CUT_SIM_WAITS where the algorithm
 *           takes one at a time and another one is open: it begins when that
 *           is over.
 *
 * Errors:  CUT_INVALID no such process; CUT_LIMIT snapshots_max have been
 *          begun; CUT_STATE it is no member: nothing was begun. CUT_NOMEM: the
 *          system can only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_snapshot(struct cut_sim *sim, uint32_t process, uint64_t *number);

/* The schedule of events */

/*
 * Have a snapshot begun at a process at a time, or from a time on again and
 * again (every > 0), as long as there is anything else to come. One that
 * would be one too many is left out.
 *
 * Errors:  CUT_INVALID no such process, a time that is past; CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_snapshot_at(struct cut_sim *sim,
                                                           cut_time time,
                                                           cut_time every,
                                                           uint32_t process);

/* What becomes of a process's membership. */
enum cut_sim_change {
    CUT_SIM_CHANGE_JOIN, /* it starts then; before it is not there */
    CUT_SIM_CHANGE_LEAVE,
    CUT_SIM_CHANGE_CRASH,
};

/*
 * Have a process join, leave or crash at a time. Needs an algorithm that
 * follows views.
 *
 * Errors:  CUT_INVALID no such process, a time that is past, an algorithm that
 *          does not follow views; CUT_STATE a JOIN after the run or a snapshot
 *          has begun, or a second one of a process. CUT_NOMEM: the system can
 *          only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_change_at(struct cut_sim *sim,
                  cut_time time,
                  uint32_t process,
                  enum cut_sim_change change);

/* Return whether a process is a member now: of the snapshots that are open,
 * too, since they belong to the present view. */
CUT_PUBLIC bool cut_sim_is_member(const struct cut_sim *sim, uint32_t process);

/* Why a run ended. */
enum cut_sim_end {
    CUT_SIM_END_QUIET,  /* nothing is left to happen */
    CUT_SIM_END_TIME,   /* the time is over */
    CUT_SIM_END_EVENTS, /* so many events have happened */
};

/*
 * Let events happen until a time, or until so many have.
 *
 *   until       of what lies beyond CUT_TIME_MAX nothing happens.
 *   events_max  starts, deliveries, timers and inputs; all that are members at
 *               time 0 start at once, however many.
 *
 * Errors:  CUT_STATE the program failed, or a check did not hold
 *          (cut_sim_failure); CUT_NOMEM. The system can only be looked at and
 *          destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_run(struct cut_sim *sim,
                                                   cut_time until,
                                                   uint64_t events_max,
                                                   enum cut_sim_end *end);

enum cut_sim_status {
    CUT_SIM_STATUS_OPEN,
    CUT_SIM_STATUS_COMPLETE,
    CUT_SIM_STATUS_ABORTED,
};

/* What is known of a snapshot. */
struct cut_sim_snapshot_info {
    enum cut_sim_status status;
    uint32_t initiator;
    uint32_t view;
    uint32_t missing; /* processes whose part is not complete */
    uint64_t begun;   /* time */
    uint64_t ended;   /* time: complete or aborted */
    uint64_t messages_recorded;
    uint64_t bytes_recorded;
    const char *reason; /* ABORTED; it lives as long as the system */
};

/* Return whether there is a snapshot of that number, and what is known. */
CUT_PUBLIC bool cut_sim_snapshot_info(const struct cut_sim *sim,
                                      uint64_t number,
                                      struct cut_sim_snapshot_info *out);

/* What one process captured. */
struct cut_sim_part {
    bool is_captured; /* where not, all below is zero */
    bool is_complete;
    uint64_t captured; /* time */
    const void *state; /* as `save` wrote it; borrowed, until it is collected */
    size_t size;
};

/* Return what a process captured for a snapshot that is not collected. */
CUT_PUBLIC struct cut_sim_part
cut_sim_part(const struct cut_sim *sim, uint64_t number, uint32_t process);

/* A recorded message. */
struct cut_sim_recorded {
    uint32_t source;            /* process */
    uint32_t destination;       /* process */
    bool is_by_sender;          /* it was overtaken at the sender's end */
    struct cut_message message; /* .channel: at its destination */
    uint64_t id;
};

/*
 * Walk through what a process recorded for a snapshot: of its incoming
 * channels in the order of arrival, then of its outgoing ones in the order of
 * sending.
 *
 *   cursor  CUT_NONE before the first call; changed by each.
 *   returns whether there was one more, in out.
 */
CUT_PUBLIC bool cut_sim_next_recorded(const struct cut_sim *sim,
                                      uint64_t number,
                                      uint32_t process,
                                      uint32_t *cursor,
                                      struct cut_sim_recorded *out);

/* Have a process say what the detectors should know, or a state that it once
 * saved. Errors: CUT_NOMEM; CUT_INVALID it cannot load that. */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_facts(const struct cut_sim *sim,
                                                     uint32_t process,
                                                     struct cut_facts *out);
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_part_facts(const struct cut_sim *sim,
                   uint64_t number,
                   uint32_t process,
                   struct cut_facts *out);

/* Write a process's present state as `save` does. Errors: with the writer. */
CUT_PUBLIC void cut_sim_save(const struct cut_sim *sim,
                             uint32_t process,
                             struct cut_writer *out);

/* The schedule of ticks, and the token process of COS 418 */

/*
 * Return the token process of the COS 418 simulator. It holds tokens, those
 * that the topology says at first; what it sends is outside input
 * (cut_sim_send, or a script: <cutline/script.h>).
 */
CUT_PUBLIC const struct cut_process *cut_token_process(void);

/*
 * Send tokens along a channel; the sender's go down at once.
 *
 * Errors:  CUT_INVALID no such channel; CUT_STATE the sender holds fewer;
 *          CUT_NOMEM. Nothing was sent, and no random number was drawn.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_sim_send(struct cut_sim *sim, uint32_t channel, uint64_t tokens);

/* Return the tokens that a process holds now. */
CUT_PUBLIC uint64_t cut_sim_tokens(const struct cut_sim *sim, uint32_t process);

/*
 * Let time pass. A stretch in which nothing is due takes no longer than one
 * tick. By the schedule of events a tick is a millisecond.
 *
 * Errors:  CUT_LIMIT time would pass 2^62: nothing was done; CUT_NOMEM: the
 *          system can only be destroyed.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_sim_tick(struct cut_sim *sim,
                                                    uint64_t ticks);

/* Return the topology that the system was made of. */
CUT_PUBLIC const struct cut_topology *
cut_sim_topology(const struct cut_sim *sim);

/* Return the time, in ticks or ns. */
CUT_PUBLIC uint64_t cut_sim_now(const struct cut_sim *sim);

/*
 * Walk through what is in a channel, in the order in which it was sent; by the
 * schedule of ticks.
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
    /* By the schedule of events only: */
    uint64_t events; /* starts, deliveries, timers, inputs */
    uint64_t messages_lost;
    uint64_t messages_duplicated;
    uint64_t message_bytes;     /* of the program's data, sent */
    uint64_t stamp_bytes;       /* added to them */
    uint64_t control_sent;      /* control frames; markers are counted above */
    uint64_t control_bytes;     /* of markers and control frames */
    uint64_t control_sent_most; /* by one process, markers included */
    uint64_t bytes_recorded;    /* of recorded messages */
    uint64_t state_bytes;       /* of captured states */
    uint64_t link_frames;       /* sent again, and acknowledgements */
    uint64_t link_bytes;        /* of these, and of what the link layer adds */
    uint64_t snapshots_aborted;
    uint64_t markers_refused;  /* and control frames that made no sense where
                                  they arrived */
    uint64_t requests_waiting; /* snapshots that have not begun */
    uint64_t requests_dropped; /* snapshots that were never begun, since
                                  their initiator went */
    uint64_t stopped;          /* ns that processes stood still for a
                                  snapshot, added up */
};

/* Return the counts so far. */
CUT_PUBLIC struct cut_sim_stats cut_sim_stats(const struct cut_sim *sim);

/* Return whether a snapshot has been begun and all its parts are complete. */
CUT_PUBLIC bool cut_sim_is_complete(const struct cut_sim *sim, uint64_t number);

/*
 * Take a complete snapshot of a token system out of the simulator. It can be
 * taken once. The
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
