/*
 * Figures of the snapshots of a run: of the last ones, of each process in
 * them; and summaries over all.
 *
 * Times are those of the run, in nanoseconds. What a process captured, it
 * measured by its own clock: between hosts, a duration that would be less than
 * nothing is nothing.
 */
#ifndef CUT_NET_FIGURES_H
#define CUT_NET_FIGURES_H

#include "base/histogram.h"
#include "net/take.h"

/* So many of the last snapshots are kept, each with its processes. */
#define CUT_FIGURES_KEPT 100

/* The most bytes of the reason of a failure; more are left out. */
#define CUT_FIGURES_REASON_SIZE 256

/* What has a summary: X(name), of each complete snapshot, or each part of
 * one. */
#define CUT_FIGURES_SUMMARIES(X)                                               \
    X(duration)    /* of a snapshot: begun until durable, ns */                \
    X(state_bytes) /* of a snapshot */                                         \
    X(messages)    /* of a snapshot: recorded in channels */                   \
    X(bytes)       /* of a snapshot: of those messages */                      \
    X(pause)       /* of a part: the process stood still, ns */                \
    X(saving)      /* of a part: captured until it had arrived, ns */          \
    X(recording)   /* of a part: captured until its channels were, ns */       \
    X(delay)       /* of a part: begun until captured, ns */                   \
    X(cpu)         /* of a part: time of the CPU in its steps, ns */

enum cut_figures_summary {
#define CUT_FIGURES_ENUMERATOR(name) CUT_FIGURES_##name,
    CUT_FIGURES_SUMMARIES(CUT_FIGURES_ENUMERATOR)
#undef CUT_FIGURES_ENUMERATOR
        CUT_FIGURES_SUMMARY_COUNT
};

/* The part of a process. */
struct cut_figures_part {
    bool is_wanted; /* the process is a member of the snapshot's view */
    bool is_whole;  /* it came; otherwise all is zero */
    cut_time arrived;
    uint64_t pause_ns;     /* synchronous */
    uint64_t saving_ns;    /* asynchronous */
    uint64_t recording_ns; /* of channels */
    uint64_t delay_ns;     /* before it began */
    uint64_t cpu_ns;
    uint64_t state_bytes;
    uint64_t message_count;
    uint64_t message_bytes;
};

enum cut_figures_status {
    CUT_FIGURES_OPEN,
    CUT_FIGURES_COMPLETE,
    CUT_FIGURES_FAILED,
};

/* A snapshot. */
struct cut_figures_snapshot {
    enum cut_figures_status status;
    uint64_t id;
    uint64_t number; /* in the run */
    uint32_t view;
    uint32_t initiator;
    uint32_t wanted_count; /* parts that there are to be */
    uint32_t part_count;   /* that came */
    cut_time begun;
    cut_time arrived; /* the last part that came; 0: none did */
    cut_time durable; /* 0: it is not, or is not kept */
    cut_time ended;   /* 0: it is open */
    uint64_t state_bytes;
    uint64_t message_count;
    uint64_t message_bytes;
    uint64_t pause_ns_max;
    char reason[CUT_FIGURES_REASON_SIZE]; /* of the failure; "": none */
    struct cut_figures_part *parts;       /* by process */
};

/* What became of snapshots: X(name). */
#define CUT_FIGURES_COUNTERS(X)                                                \
    X(triggered)                                                               \
    X(in_progress)                                                             \
    X(completed)                                                               \
    X(failed)                                                                  \
    X(restored)                                                                \
    X(waiting) /* requests that wait for their turn */

struct cut_figures_counters {
#define CUT_FIGURES_COUNTER_FIELD(name) uint64_t name;
    CUT_FIGURES_COUNTERS(CUT_FIGURES_COUNTER_FIELD)
#undef CUT_FIGURES_COUNTER_FIELD
};

struct cut_figures;

/*
 * Make figures of a run in which there is no snapshot yet. Memory: half a
 * megabyte, and for each process 8 kB, which are touched as they are used.
 *
 * Errors:  CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error cut_figures_create(uint32_t process_count,
                                               struct cut_figures **out);
void cut_figures_destroy(struct cut_figures *figures);

/* A snapshot is over, as it is told. */
void cut_figures_add(struct cut_figures *figures,
                     const struct cut_take *take,
                     const struct cut_supervisor_snapshot *snapshot);

/* Return how many are kept, and one of them: 0 is the oldest. It is borrowed
 * until another one is added. */
size_t cut_figures_count(const struct cut_figures *figures);
const struct cut_figures_snapshot *
cut_figures_at(const struct cut_figures *figures, size_t index);

/* Return the last one of an id; NULL: it is not kept. */
const struct cut_figures_snapshot *
cut_figures_find(const struct cut_figures *figures, uint64_t id);

/* Return a summary, and its name. */
const struct cut_histogram *
cut_figures_summary(const struct cut_figures *figures,
                    enum cut_figures_summary summary);
const char *cut_figures_summary_name(enum cut_figures_summary summary);

/* Count the snapshots of a run. */
struct cut_figures_counters
cut_figures_counters(const struct cut_supervisor *supervisor);

/* Read off what there is of a snapshot that is under way. The parts are the
 * caller's: one for each process; NULL: they are not wanted. */
struct cut_figures_snapshot cut_figures_of_take(const struct cut_take *take,
                                                struct cut_figures_part *parts);

#endif
