/*
 * The coordinator: who is a member, and which snapshots are under way.
 *
 * One for a system. It numbers snapshots and views, starts no more snapshots
 * at once, and no faster, than it is told, collects the parts, and gives a
 * snapshot up when it cannot finish. It is a state machine like an engine: you
 * tell it what happened and perform what it answers, in order, before the next
 * step:
 *
 *     struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX];
 *     size_t count;
 *
 *     error = cut_coordinator_step(c, &event, actions, &count);
 *
 * and when its deadline has come, tell it the time.
 *
 * What it promises:
 *   - Each START is followed by one COMPLETE or one ABORT of its number, and
 *     never by both. A number is never used again.
 *   - COMPLETE comes when each member of the snapshot's view has said PART. A
 *     part is to be said when it is durable: then COMPLETE is the moment to
 *     commit, and what comes later, a loss included, does not undo it.
 *   - A part that comes late, twice, from one who is no member, or of another
 *     view or incarnation is counted and changes nothing.
 *   - A change of membership gives up all open snapshots, since each belongs
 *     to one view, and says so: ABORT, then VIEW. A request that waited and
 *     whose process is gone is dropped, and that is said too.
 *
 * What you owe it: that no process meets a snapshot before it has heard of the
 * view. Where VIEW and ABORT travel to the processes, either a process keeps
 * frames of a later view until it has heard of it, or you hold back START's
 * REQUEST until all have answered.
 *
 * Why a step gives so few actions, however many snapshots are open: ABORT is
 * of a list, which is threaded through the snapshots themselves, DROP of all
 * requests of a process; and a step starts one snapshot. If more could start,
 * the deadline is not in the future, and the next step starts the next one.
 *
 * Threads: a coordinator belongs to one thread at a time.
 */
#ifndef CUT_PROTO_COORDINATOR_H
#define CUT_PROTO_COORDINATOR_H

#include <cutline/engine.h>
#include <cutline/process.h>

/* In place of a process: there is none. */
#define CUT_COORDINATOR_NOBODY UINT32_MAX

/* What no deadline is. */
#define CUT_COORDINATOR_NEVER UINT64_MAX

struct cut_coordinator_config {
    uint32_t process_count; /* the most processes, up to 2^31 */
    uint32_t member_count;  /* the first so many are members at first */
    uint32_t incarnation;   /* of all its snapshots */
    uint32_t view;          /* the first */
    uint64_t number;        /* the first */
    /* How many snapshots may be open at once: 1 to 2^20; 1 for an algorithm
     * that is not concurrent. */
    uint32_t in_progress_max;
    uint32_t queue_max; /* how many requests may wait, up to 2^20 */
    cut_time pause_min; /* from one start to the next */
    cut_time timeout;   /* of a snapshot, from its start; 0: none */
};

/* What happened. */
enum cut_coordinator_event_kind {
    /* A snapshot is wanted, with member .process as its initiator. */
    CUT_COORDINATOR_EVENT_REQUEST,
    /* The part of .process in .snapshot is complete, and durable. */
    CUT_COORDINATOR_EVENT_PART,
    /* The engine of .process gave .snapshot up. */
    CUT_COORDINATOR_EVENT_DISCARDED,
    /* .process becomes a member; or leaves in good order; or is lost. */
    CUT_COORDINATOR_EVENT_JOIN,
    CUT_COORDINATOR_EVENT_LEAVE,
    CUT_COORDINATOR_EVENT_LOST,
    /* It is .now: the deadline has come, or any other time. */
    CUT_COORDINATOR_EVENT_TIME,
};

struct cut_coordinator_event {
    enum cut_coordinator_event_kind kind;
    uint32_t process;                /* all but TIME */
    struct cut_snapshot_id snapshot; /* PART, DISCARDED */
    cut_time now;                    /* all; it never goes back */
};

/* What to do. */
enum cut_coordinator_action_kind {
    /* Say REQUEST of .snapshot to the engine of .process. */
    CUT_COORDINATOR_ACTION_START,
    /* .snapshot is whole: commit it. */
    CUT_COORDINATOR_ACTION_COMPLETE,
    /* Say ABORT of each of .snapshots to all engines, and forget its parts. */
    CUT_COORDINATOR_ACTION_ABORT,
    /* .count requests of .process, which waited, will not be met. */
    CUT_COORDINATOR_ACTION_DROP,
    /* Say VIEW of .snapshot.view to all engines, and CLOSE and OPEN of their
     * channels with .process. The members are to be asked for. */
    CUT_COORDINATOR_ACTION_VIEW,
};

/* Why a snapshot is given up. */
enum cut_coordinator_reason {
    CUT_COORDINATOR_JOINED,    /* .process joined */
    CUT_COORDINATOR_LEFT,      /* .process left */
    CUT_COORDINATOR_LOST,      /* .process was lost */
    CUT_COORDINATOR_DISCARDED, /* the engine of .process gave it up */
    CUT_COORDINATOR_TIMED_OUT, /* .process: nobody; see ..._next_missing */
};

struct cut_coordinator_action {
    enum cut_coordinator_action_kind kind;
    enum cut_coordinator_reason reason; /* ABORT */
    uint32_t process;                   /* ABORT: the cause, or nobody */
    uint32_t count;                     /* DROP */
    struct cut_snapshot_id snapshot;    /* START, COMPLETE, VIEW */
    /* ABORT: at least one, oldest first; borrowed until the next step that is
     * not refused. */
    const struct cut_recording *snapshots;
};

/* No step gives more actions than this. */
#define CUT_COORDINATOR_ACTIONS_MAX 3

struct cut_coordinator;

/*
 * Make a coordinator.
 *
 *   config     borrowed for the call.
 *   allocator  borrowed until it is destroyed; NULL: the standard one.
 *
 * Errors:  CUT_INVALID the configuration is outside its ranges; CUT_NOMEM.
 * Memory:  all at once: for each snapshot that may be open 48 bytes and one
 *          bit a process, one bit a process, and 4 bytes a request that may
 *          wait. A step allocates nothing.
 */
CUT_MUST_USE enum cut_error
cut_coordinator_create(const struct cut_coordinator_config *config,
                       const struct cut_allocator *allocator,
                       struct cut_coordinator **out);

/* Destroy a coordinator; NULL is ignored. */
void cut_coordinator_destroy(struct cut_coordinator *coordinator);

/*
 * Tell the coordinator what happened, and learn what to do.
 *
 *   event    borrowed for the call.
 *   actions  the caller's, at least CUT_COORDINATOR_ACTIONS_MAX of them;
 *            written on success, to be performed in order.
 *   count    how many were written.
 *
 * By event, what the actions can be:
 *
 *   REQUEST            [START]
 *   PART               [COMPLETE] [START]
 *   DISCARDED, TIME    [ABORT] or [START]
 *   JOIN, LEAVE, LOST  [ABORT] [DROP] VIEW, or [DROP] VIEW [START]
 *
 * Waiting requests are met in the order in which they came. A step that gives
 * snapshots up starts none.
 *
 * Errors, each before any change:
 *   CUT_INVALID  a process that is not there; an unknown kind; time that goes
 *                back.
 *   CUT_STATE    a request of one who is no member; JOIN of a member; LEAVE or
 *                LOST of one who is none.
 *   CUT_LIMIT    a request, where no more may wait (it is counted); numbers or
 *                views are used up.
 * Time:    a look at each open snapshot; one bit a process for a start.
 */
CUT_MUST_USE enum cut_error cut_coordinator_step(
    struct cut_coordinator *coordinator,
    const struct cut_coordinator_event *event,
    struct cut_coordinator_action actions[CUT_COORDINATOR_ACTIONS_MAX],
    size_t *count);

/*
 * Return when TIME is to be said: when a snapshot times out, or when a waiting
 * request may start. It may be in the past: then at once.
 * CUT_COORDINATOR_NEVER: no need.
 */
cut_time cut_coordinator_deadline(const struct cut_coordinator *coordinator);

bool cut_coordinator_is_member(const struct cut_coordinator *coordinator,
                               uint32_t process);
uint32_t
cut_coordinator_member_count(const struct cut_coordinator *coordinator);
uint32_t cut_coordinator_view(const struct cut_coordinator *coordinator);

/* Return how many snapshots are open, or how many requests wait. */
uint32_t cut_coordinator_open_count(const struct cut_coordinator *coordinator);
uint32_t
cut_coordinator_waiting_count(const struct cut_coordinator *coordinator);

/*
 * Return the first process from `from` on whose part of a snapshot is missing:
 * of one that is open, or that the last step gave up. Nobody: none is, or the
 * snapshot is no such one.
 */
uint32_t cut_coordinator_next_missing(const struct cut_coordinator *coordinator,
                                      struct cut_snapshot_id snapshot,
                                      uint32_t from);

/* What has been, since creation. */
struct cut_coordinator_counts {
    uint64_t started;
    uint64_t completed;
    uint64_t aborted;
    uint64_t refused; /* requests, where no more may wait */
    uint64_t dropped; /* requests of processes that went */
    uint64_t ignored; /* parts and discards that came late, or twice, ... */
};

struct cut_coordinator_counts
cut_coordinator_counts(const struct cut_coordinator *coordinator);

#endif
