/*
 * What a simulated system consists of, and what the files of the simulator do
 * for each other.
 *
 *   sim.c        made, asked, destroyed
 *   happen.c     an event at a process: engine, then actions
 *   callback.c   the program's functions, and what they may do
 *   tick.c       the schedule of ticks
 *   events.c     the schedule of events: what is due, by the agenda
 *   ahead.c      what comes soon is fetched
 *   carry.c      channels, by the schedule of events; bounded.c, separate.c,
 *                reliable.c: what they can be
 *   timers.c     timers
 *   takes.c      snapshots: begun, complete, aborted
 *   coordinate.c the coordinator, by the schedule of events
 *   token_process.c  the token process of COS 418
 */
#ifndef CUT_SIM_SYSTEM_H
#define CUT_SIM_SYSTEM_H

#include "base/trap.h"
#include "model/context.h"
#include "proto/coordinator.h"
#include "sim/agenda.h"
#include "sim/flight.h"
#include "sim/gorand.h"
#include "sim/graph.h"
#include "sim/lanes.h"
#include "sim/record.h"

/* Slots have room for 64 channels, 128, 256, ...: one pool for each size. */
#define CUT_POOL_COUNT 26

#define CUT_TIME_MAX (UINT64_C(1) << 62)

/* Why a process is given no event of the program. */
enum cut_holding {
    CUT_HELD_FULL = 1,     /* one of its channels is full: events wait */
    CUT_HELD_STOPPED = 2,  /* for a snapshot: events wait */
    CUT_HELD_ABSENT = 4,   /* not yet a member: what arrives is lost */
    CUT_HELD_GONE = 8,     /* left or crashed: what arrives is lost */
    CUT_HELD_CRASHED = 16, /* and what it sent, if it has not arrived */
};

/* A snapshot that is to be begun. */
struct cut_plan {
    uint64_t every; /* 0: once */
    uint32_t process;
};

/* An armed timer. */
struct cut_armed {
    uint64_t due;
    uint32_t process;
    uint32_t timer;
    uint32_t next;       /* of the process; or in the list of free ones */
    uint32_t generation; /* a new one each time it is disarmed */
};

struct cut_bounded; /* carry.c: the queues of bounded channels */
struct cut_links;   /* reliable.c: the link layer */
struct cut_merges;  /* separate.c: markers on links of their own */

/* The schedule of events. */
struct cut_events {
    struct cut_sim_network network;
    struct cut_agenda agenda;
    uint64_t random; /* of delays, losses and duplicates */
    struct cut_lanes lanes;
    unsigned char *held;       /* by process: enum cut_holding */
    struct cut_queue *waiting; /* by process; NULL: none ever waits */
    uint64_t *stopped_since;   /* by process; likewise */
    uint64_t *wake_at;         /* by process: when its engine is to be woken;
                                  NULL: it never asks */
    uint32_t *control_sent;    /* by process */
    uint32_t *timers;          /* by process: first armed one, or CUT_NONE */
    struct cut_armed *armed;
    size_t armed_count;
    size_t armed_capacity;
    uint32_t armed_free;
    struct cut_plan *plans;
    size_t plan_count;
    size_t plan_capacity;
    size_t aside; /* entries of the agenda that are there for snapshots, or the
                     link layer: the program has nothing to come by them */
    struct cut_bounded *bounded;
    struct cut_links *links;
    struct cut_merges *merges;
    struct cut_coordinator *coordinator;
    struct cut_coordinator_event *told; /* what it is to be told */
    size_t told_count;
    size_t told_capacity;
    size_t planned;    /* snapshots, once, whose time has not come */
    uint64_t at_once;  /* things that have happened at this time */
    uint64_t deadline; /* the earliest that is on the agenda */
    uint32_t changing; /* the process whose membership changes */
    bool is_started;
};

struct cut_sim {
    const struct cut_allocator *allocator;
    const struct cut_topology *topology;
    const struct cut_process *process;
    const struct cut_algorithm *algorithm;
    const struct cut_algorithm_traits *traits;
    struct cut_trace *trace;
    struct cut_sim_observer observer;
    struct cut_sim_pulse pulse;
    uint64_t beat_in; /* after so many things */
    struct cut_sim_stats stats;
    uint64_t now;
    uint32_t process_count;
    uint32_t snapshots_max;
    uint32_t view;
    uint32_t member_count;
    uint64_t timeout;
    unsigned char *states; /* by process */
    size_t state_stride;
    uint64_t *randoms;      /* by process */
    uint64_t *skews;        /* by process; NULL: clocks agree */
    unsigned char *engines; /* by process */
    size_t engine_stride;
    struct cut_pool *pools[CUT_POOL_COUNT];
    uint32_t pool_slots[CUT_POOL_COUNT];
    struct cut_packets packets;
    struct cut_record record;
    struct cut_writer writer;  /* for states */
    struct cut_facts *facts;   /* for observers; NULL: there is none */
    enum cut_error tell_error; /* CUT_NOMEM: an observer was told too little */
    struct cut_context context;
    struct cut_check_save *check_save;
    size_t created_count; /* processes */
    bool is_ticking;
    struct cut_flight flight; /* of ticks */
    struct cut_gorand gorand; /* of ticks */
    struct cut_events events; /* of events */
    char failure[256];
};

#define CUT_NO_SNAPSHOT UINT64_MAX

/* An event at a process, and what is in hand. */
struct cut_occasion {
    uint32_t process;
    uint32_t channel;  /* incoming, or outgoing */
    uint32_t packet;   /* CUT_NONE: none */
    uint64_t snapshot; /* whose marker it is */
    uint32_t waiting;  /* messages that the marker has overtaken */
    bool is_announced; /* the observer knows that it is delivered */
};

/* sim.c */

static inline struct cut_engine *cut_sim_engine(const struct cut_sim *sim,
                                                uint32_t process)
{
    return (void *)(sim->engines + process * sim->engine_stride);
}

/* Have the processor fetch it: two lines of the cache. */
static inline void cut_sim_prefetch_engine(const struct cut_sim *sim,
                                           uint32_t process)
{
    const unsigned char *engine = sim->engines + process * sim->engine_stride;

    __builtin_prefetch(engine, 1);
    __builtin_prefetch(engine + 64, 1);
}

static inline void *cut_sim_state(const struct cut_sim *sim, uint32_t process)
{
    return sim->states + process * sim->state_stride;
}

/* The clock of a process. */
static inline uint64_t cut_sim_clock(const struct cut_sim *sim,
                                     uint32_t process)
{
    return sim->skews == NULL ? sim->now : sim->now + sim->skews[process];
}

/* The least k with room for so many channels in 64 * 2^k bits. */
static inline unsigned cut_sim_pool_index(uint32_t incoming_count)
{
    unsigned k = 0;

    while (incoming_count > UINT64_C(64) << k)
        k++;
    return k;
}

/* An event is made for an observer only: on the way of each message, making
 * it costs more than sending does. */
static inline bool cut_sim_is_watched(const struct cut_sim *sim)
{
    return sim->observer.observe != NULL;
}

/* Tell the observer; the time is filled in. */
void cut_sim_tell(struct cut_sim *sim, struct cut_sim_event event);

/* Tell of a packet, and of a process or snapshot. */
void cut_sim_tell_packet(struct cut_sim *sim,
                         enum cut_sim_event_kind kind,
                         uint32_t process,
                         uint32_t index,
                         uint64_t due,
                         uint64_t snapshot);
void cut_sim_tell_process(struct cut_sim *sim,
                          enum cut_sim_event_kind kind,
                          uint32_t process,
                          uint64_t snapshot,
                          const char *text);

/* Write into the trace, if there is one. */
CUT_MUST_USE enum cut_error cut_sim_trace(struct cut_sim *sim,
                                          enum cut_trace_kind kind,
                                          uint32_t process,
                                          uint32_t peer,
                                          uint64_t message,
                                          uint64_t snapshot);

static inline enum cut_error cut_sim_note(struct cut_sim *sim,
                                          enum cut_trace_kind kind,
                                          uint32_t process,
                                          uint32_t peer,
                                          uint64_t message,
                                          uint64_t snapshot)
{
    if (sim->trace == NULL)
        return CUT_OK;
    return cut_sim_trace(sim, kind, process, peer, message, snapshot);
}

/* The token process, and what it has at the start. */
extern const struct cut_process cut_tokens;
CUT_MUST_USE enum cut_error cut_tokens_give(struct cut_sim *sim);

/* Keep what went wrong, if it is the first. Returns the error. */
enum cut_error
cut_sim_fail(struct cut_sim *sim, enum cut_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Return the first quantity of a process's facts, for observers. */
uint64_t cut_sim_quantity(struct cut_sim *sim, uint32_t process);
uint64_t
cut_sim_part_quantity(struct cut_sim *sim, uint64_t number, uint32_t process);

/* happen.c */

/*
 * Tell an engine what happens and perform its actions.
 *
 * Errors: CUT_NOMEM, CUT_STATE (the program failed): the system can only be
 *         looked at and destroyed.
 */
CUT_MUST_USE enum cut_error cut_sim_happen(struct cut_sim *sim,
                                           struct cut_occasion *occasion,
                                           const struct cut_event *event);

/* The program of a process sends: make the message and tell the engine. */
CUT_MUST_USE enum cut_error cut_sim_emit(struct cut_sim *sim,
                                         uint32_t process,
                                         uint32_t channel,
                                         uint32_t type,
                                         const void *data,
                                         size_t size);

/* Hand a packet that has arrived to the engine of its destination. */
CUT_MUST_USE enum cut_error
cut_sim_receive(struct cut_sim *sim, uint32_t packet, uint32_t waiting);

/* A packet that waits at a process, at either end of its channel, is recorded
 * for a snapshot. */
CUT_MUST_USE enum cut_error cut_sim_record_queued(struct cut_sim *sim,
                                                  uint32_t process,
                                                  uint32_t packet,
                                                  uint64_t number);

/* callback.c */

/* An event of the program. */
enum cut_happening_kind {
    CUT_HAPPENING_START,
    CUT_HAPPENING_MESSAGE,
    CUT_HAPPENING_TIMER,
    CUT_HAPPENING_INPUT,
};

struct cut_happening {
    enum cut_happening_kind kind;
    uint32_t timer;
    struct cut_message message;
    const void *data; /* INPUT */
    size_t size;
};

/* Call the function of a program for an event, if it has one. */
void cut_program_call(const struct cut_process *process,
                      void *state,
                      struct cut_context *context,
                      const struct cut_happening *what);

CUT_MUST_USE enum cut_error cut_sim_call_create(struct cut_sim *sim,
                                                uint32_t process);
CUT_MUST_USE enum cut_error cut_sim_call_start(struct cut_sim *sim,
                                               uint32_t process);
CUT_MUST_USE enum cut_error cut_sim_call_receive(struct cut_sim *sim,
                                                 uint32_t packet);
CUT_MUST_USE enum cut_error
cut_sim_call_timer(struct cut_sim *sim, uint32_t process, uint32_t timer);
CUT_MUST_USE enum cut_error cut_sim_call_input(struct cut_sim *sim,
                                               uint32_t process,
                                               const void *data,
                                               size_t size);

/* Write a process's state into sim->writer. */
CUT_MUST_USE enum cut_error cut_sim_write_state(struct cut_sim *sim,
                                                uint32_t process);

/* The context of an event at a process. */
void cut_sim_set_context(struct cut_sim *sim,
                         struct cut_context *context,
                         uint32_t process);

struct cut_message cut_sim_message_of(const struct cut_packet *packet);

/* tick.c */

CUT_MUST_USE enum cut_error cut_tick_init(struct cut_sim *sim, int64_t seed);
void cut_tick_fini(struct cut_sim *sim);

/* Put a packet, or a marker (packet CUT_NONE), into a channel. There is room:
 * cut_flight_reserve came before. */
void cut_tick_carry(struct cut_sim *sim,
                    uint32_t process,
                    uint32_t channel,
                    uint32_t packet,
                    uint64_t snapshot);

/* events.c */

CUT_MUST_USE enum cut_error
cut_events_init(struct cut_sim *sim, const struct cut_sim_config *config);
void cut_events_fini(struct cut_sim *sim);

/* Let ticks of a millisecond pass: a script's. */
CUT_MUST_USE enum cut_error cut_events_tick(struct cut_sim *sim,
                                            uint64_t ticks);

/* Let a process have events of the program again, or not. */
CUT_MUST_USE enum cut_error
cut_events_hold(struct cut_sim *sim, uint32_t process, enum cut_holding why);
CUT_MUST_USE enum cut_error
cut_events_release(struct cut_sim *sim, uint32_t process, enum cut_holding why);

/* A packet is at its destination, in order: it is received, or waits. */
CUT_MUST_USE enum cut_error cut_events_accept(struct cut_sim *sim,
                                              uint32_t packet);

/* Start a process, or have it wait. */
CUT_MUST_USE enum cut_error cut_events_start(struct cut_sim *sim,
                                             uint32_t process);

/* Give a process outside input, or have it wait. CUT_STATE: no member. */
CUT_MUST_USE enum cut_error cut_events_input(struct cut_sim *sim,
                                             uint32_t process,
                                             const void *data,
                                             size_t size);

/* A process is gone: what waits at its door is lost. */
CUT_MUST_USE enum cut_error cut_events_forget(struct cut_sim *sim,
                                              uint32_t process);

static inline bool cut_events_is_member(const struct cut_sim *sim,
                                        uint32_t process)
{
    return (sim->events.held[process] & (CUT_HELD_ABSENT | CUT_HELD_GONE)) == 0;
}

static inline bool cut_events_is_held(const struct cut_sim *sim,
                                      uint32_t process)
{
    return sim->events.held[process] != 0;
}

/* ahead.c: tell the agenda to have what comes soon fetched. */

void cut_ahead_init(struct cut_sim *sim);

/* carry.c */

CUT_MUST_USE enum cut_error cut_carry_init(struct cut_sim *sim);
void cut_carry_fini(struct cut_sim *sim);

/* Put a message, a marker in the channel, or a frame between engines on its
 * way. The packet is theirs. */
CUT_MUST_USE enum cut_error cut_carry_message(struct cut_sim *sim,
                                              uint32_t packet);
CUT_MUST_USE enum cut_error cut_carry_marker(struct cut_sim *sim,
                                             uint32_t packet);
CUT_MUST_USE enum cut_error cut_carry_frame(struct cut_sim *sim,
                                            uint32_t packet);

/* A packet comes off the link. */
CUT_MUST_USE enum cut_error cut_carry_arrived(struct cut_sim *sim,
                                              uint32_t packet);

/* A packet has left its channel: there is room, if it took any. */
CUT_MUST_USE enum cut_error cut_carry_left(struct cut_sim *sim,
                                           const struct cut_packet *packet);

/* timers.c */

void cut_timers_fini(struct cut_sim *sim);
CUT_MUST_USE enum cut_error cut_timers_set(struct cut_sim *sim,
                                           uint32_t process,
                                           uint32_t timer,
                                           cut_time after);
void cut_timers_cancel(struct cut_sim *sim, uint32_t process, uint32_t timer);
/* Whether the timer of an entry of the agenda is still armed. */
bool cut_timers_is_armed(const struct cut_sim *sim,
                         uint32_t node,
                         uint32_t generation);
void cut_timers_forget(struct cut_sim *sim, uint32_t process);

/* takes.c */

/* Begin a snapshot at a process. */
CUT_MUST_USE enum cut_error
cut_takes_begin(struct cut_sim *sim, uint32_t initiator, uint64_t *number);
/* A process's part is complete; or all are. */
CUT_MUST_USE enum cut_error
cut_takes_part(struct cut_sim *sim, uint64_t number, uint32_t process);
void cut_takes_complete(struct cut_sim *sim, uint64_t number);
/* Give a snapshot up, everywhere. */
CUT_MUST_USE enum cut_error
cut_takes_abort(struct cut_sim *sim, uint64_t number, const char *reason);

/* coordinate.c: what is asked of the coordinator in the course of an event it
 * is told when the event is over. */

CUT_MUST_USE enum cut_error cut_coordinate_init(struct cut_sim *sim);
void cut_coordinate_fini(struct cut_sim *sim);
CUT_MUST_USE enum cut_error
cut_coordinate_request(struct cut_sim *sim, uint32_t process, uint64_t *number);
CUT_MUST_USE enum cut_error
cut_coordinate_part(struct cut_sim *sim, uint64_t number, uint32_t process);
CUT_MUST_USE enum cut_error
cut_coordinate_discard(struct cut_sim *sim, uint64_t number, uint32_t process);
CUT_MUST_USE enum cut_error cut_coordinate_settle(struct cut_sim *sim);
CUT_MUST_USE enum cut_error cut_coordinate_time(struct cut_sim *sim);
/* Return how many requests wait. */
uint32_t cut_coordinate_waiting(const struct cut_sim *sim);
/* A process joins, leaves or crashes, now. */
CUT_MUST_USE enum cut_error cut_coordinate_change(struct cut_sim *sim,
                                                  uint32_t process,
                                                  enum cut_sim_change change);

#endif
