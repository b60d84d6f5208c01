/*
 * Quiet: has a system of real processes come to rest, so that nothing can
 * happen in it any more?
 *
 * One for a system, with whoever supervises it. A process counts the messages
 * that its program has sent and has been delivered, ever, and reports: when it
 * becomes idle, and when it is asked. The detector is a state machine like the
 * coordinator: you tell it what came and perform what it answers, in order,
 * before the next step.
 *
 * The method is Mattern's of four counters: two waves of questions, the second
 * begun when the first has ended; if both find all idle, and the same sums, and
 * as much delivered as sent, the system was at rest between them. The first
 * wave is free here: it is what the processes said of their own accord. So a
 * wave is begun when all are known to be idle with as much delivered as sent;
 * if each answers what was known of it, that is it.
 *
 * Proof. Say t is the moment in which the wave begins. What was known of a
 * process it had said before t, and what it answers it says after t. Counts
 * never fall, and both are the same, so they were the same at t: at t as much
 * was delivered as sent, and no message was under way. An idle process does
 * nothing until a message is delivered to it, which would be counted, so at t
 * all were idle. Without the wave neither holds: a process that said it was
 * idle may have been woken by a message that two later reports make up for.
 *
 * What it promises:
 *   - QUIET only when at rest; and if the system is at rest, QUIET when all
 *     that was reported has come and at most two waves are over.
 *   - One wave at a time; each is begun after a report that said something
 *     new. Where nothing happens nothing is asked; there is no deadline.
 *
 * What you owe it:
 *   - `sent` is counted as the program sends, `delivered` as it is handed the
 *     message, in one with all that it does then. What is on links, in queues
 *     or waits for credit is sent and not delivered.
 *   - Idle: no timer is armed, no input can come from outside, the program is
 *     not in an event. An idle process is idle until a message is delivered.
 *   - A process reports when it becomes idle, whenever its counts or the view
 *     are others than in its last report. Reports of a process come in the
 *     order in which they were made, and none is lost. (Repeat the last one
 *     over a new connection, and ASK of those cut_quiet_awaits names.)
 *   - Views are those of the coordinator. Counts are of the channels between
 *     the members of the view that a report names, since these began: who
 *     leaves takes the counts of its channels with it, at both ends, so that
 *     what was under way to it is not missed for ever.
 *
 * Threads: a detector belongs to one thread at a time.
 * Source:  Mattern 1987, "Algorithms for distributed termination detection",
 *          Distributed Computing 2 (the four counter method).
 */
#ifndef CUT_PROTO_QUIET_H
#define CUT_PROTO_QUIET_H

#include <cutline/allocator.h>

#include <stdbool.h>

struct cut_quiet_config {
    uint32_t process_count; /* the most processes, up to 2^31 */
    uint32_t member_count;  /* the first so many are members at first */
    uint32_t view;          /* the first */
};

/* What happened. */
enum cut_quiet_event_kind {
    /* .process said, in .view: .sent, .delivered, .is_idle. */
    CUT_QUIET_EVENT_REPORT,
    /* .process became a member; or is none any more, for whatever reason:
     * .view, which is a later one, has begun. */
    CUT_QUIET_EVENT_JOINED,
    CUT_QUIET_EVENT_LEFT,
};

struct cut_quiet_event {
    enum cut_quiet_event_kind kind;
    uint32_t process;
    uint32_t view;
    bool is_idle;       /* REPORT */
    uint64_t wave;      /* REPORT: the last it was asked in; 0: never asked */
    uint64_t sent;      /* REPORT */
    uint64_t delivered; /* REPORT */
};

/* What to do. */
enum cut_quiet_action_kind {
    /* Ask all members of .view to report, in .wave: with this number. */
    CUT_QUIET_ACTION_ASK,
    /* The members of .view have come to rest. */
    CUT_QUIET_ACTION_QUIET,
};

struct cut_quiet_action {
    enum cut_quiet_action_kind kind;
    uint32_t view;
    uint64_t wave; /* from 1; never used again */
};

/* No step gives more actions than this. */
#define CUT_QUIET_ACTIONS_MAX 1

struct cut_quiet;

/*
 * Make a detector.
 *
 *   config     borrowed for the call.
 *   allocator  borrowed until it is destroyed; NULL: the standard one.
 *
 * Errors:  CUT_INVALID the configuration is outside its ranges; CUT_NOMEM.
 * Memory:  all at once: 32 bytes a process. A step allocates nothing.
 */
CUT_MUST_USE enum cut_error
cut_quiet_create(const struct cut_quiet_config *config,
                 const struct cut_allocator *allocator,
                 struct cut_quiet **out);

/* Destroy a detector; NULL is ignored. */
void cut_quiet_destroy(struct cut_quiet *quiet);

/*
 * Tell the detector what happened, and learn what to do.
 *
 *   event    borrowed for the call.
 *   actions  the caller's, at least CUT_QUIET_ACTIONS_MAX of them; written on
 *            success, to be performed in order.
 *   count    how many were written: REPORT [ASK] or [QUIET]; others none.
 *
 * A report of an older view, or of a process that is no member, is counted and
 * changes nothing. A system without members is never QUIET.
 *
 * Errors, each before any change:
 *   CUT_INVALID   a process that is not there; an unknown kind; a view that
 *                 does not rise.
 *   CUT_STATE     JOINED of a member; LEFT of one who is none.
 *   CUT_PROTOCOL  a report of a view or wave that has not begun; counts that
 *                 fall; a process that was idle and is not, though nothing was
 *                 delivered to it.
 * Time:    O(1) for a report; a look at each process for a view.
 */
CUT_MUST_USE enum cut_error
cut_quiet_step(struct cut_quiet *quiet,
               const struct cut_quiet_event *event,
               struct cut_quiet_action actions[CUT_QUIET_ACTIONS_MAX],
               size_t *count);

/* Return the wave that is under way; 0: none. */
uint64_t cut_quiet_wave(const struct cut_quiet *quiet);

/* Return whether the answer of a process is missing in the present wave. */
bool cut_quiet_awaits(const struct cut_quiet *quiet, uint32_t process);

/* What has been, since creation, and what is known: for a run that does not
 * come to rest. */
struct cut_quiet_counts {
    uint64_t waves;     /* begun */
    uint64_t changes;   /* reports that said something new */
    uint64_t ignored;   /* reports of older views and of those who left */
    uint64_t sent;      /* by all members, as last reported */
    uint64_t delivered; /* likewise */
    uint32_t members;
    uint32_t idle; /* members that are known to be */
};

struct cut_quiet_counts cut_quiet_counts(const struct cut_quiet *quiet);

#endif
