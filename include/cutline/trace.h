/*
 * Traces of real runs: from the segments that its processes wrote to what the
 * judge reads.
 *
 * In a traced run each process writes down what it does, when it does it, into
 * a file of its own. From a directory of these segments comes one order of all
 * that happened, in which every message is sent before it is delivered and each
 * process does what it did in its order; time stamps, which are of clocks that
 * differ, only choose among the orders that there are. Then the snapshots of
 * the run are judged, by the definition (<cutline/judge.h>).
 *
 * A process that was killed leaves a segment that ends early. What it sent
 * after that and others received is put behind all that is known of it, where
 * it belongs. A snapshot can be judged when the part of each of its members was
 * complete before its segment ends, and then what is said of it is certain.
 *
 * The format of the files: docs/formats/trace.md.
 *
 * Threads: a run belongs to one thread at a time.
 *
 * Source: L. Lamport, CACM 21(7), 1978: happened before, and its extension to
 * a total order.
 */
#ifndef CUTLINE_TRACE_H
#define CUTLINE_TRACE_H

#include <cutline/engine.h>
#include <cutline/judge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The trace of one incarnation of a run. */
struct cut_trace_run;

/*
 * Read the segments of one incarnation.
 *
 *   directory        with files p<INDEX>.<INCARNATION>.trace; others are
 *                    ignored. Borrowed for the call, but for the fault, whose
 *                    .path it is.
 *   incarnation_min  of those that are there, the first from here on is read.
 *
 * Errors:  CUT_IO; CUT_NOMEM;
 *          CUT_INVALID there are none, a segment is missing or is damaged, or
 *          they contradict each other: fault->what says which, where and how.
 * Memory:  the size of the segments, for the call; then at most 60 bytes a
 *          record and 24 a message.
 * Time:    linear in the records, times the logarithm of processes.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_trace_run_read(const char *directory,
                   uint32_t incarnation_min,
                   const struct cut_allocator *allocator,
                   struct cut_trace_run **out,
                   struct cut_fault *fault);

/* Destroy a run; NULL is ignored. */
CUT_PUBLIC void cut_trace_run_destroy(struct cut_trace_run *run);

/* What a run was, as all its segments say. */
struct cut_trace_run_info {
    uint8_t id[16];
    uint64_t started_at; /* CLOCK_REALTIME, ns: earliest of the segments */
    uint32_t incarnation;
    bool is_last; /* there is no later incarnation in the directory */
    bool is_fifo; /* every channel is */
    uint32_t process_count;
    uint32_t type_count;
    const char *algorithm;
    const char *const *names; /* of processes */
    const char *const *types; /* of messages */
    uint64_t message_count;
    uint64_t snapshot_count;
};

/* Return what a run was; it lives as long as the run. */
CUT_PUBLIC const struct cut_trace_run_info *
cut_trace_run_info(const struct cut_trace_run *run);

/* Return what happened, for the judge, which knows a snapshot by its index
 * here. It lives as long as the run. */
CUT_PUBLIC const struct cut_trace *
cut_trace_run_trace(const struct cut_trace_run *run);

struct cut_trace_message {
    uint32_t sender;
    uint32_t receiver;
    uint64_t position; /* in the channel between them, from 0 */
    uint32_t type;
    uint32_t size; /* in bytes */
};

/* Return what a message is, by its number: the judge's. What was sent after the
 * end of a trace that ends early has the time of that end. */
CUT_PUBLIC struct cut_trace_message
cut_trace_run_message(const struct cut_trace_run *run, uint64_t message);

/* Return the name of a snapshot; they are in the order of their names. */
CUT_PUBLIC struct cut_snapshot_id
cut_trace_run_snapshot(const struct cut_trace_run *run, uint64_t snapshot);

/* How the trace of a process ends. */
struct cut_trace_end {
    bool is_early;     /* it was killed, or runs yet: what it did next is not
                          known */
    bool is_torn;      /* early, in the middle of a record */
    uint64_t size;     /* of its segment, in bytes, as far as it is good */
    uint64_t last_now; /* when the last that is known of it happened */
};

/* Return how the trace of a process ends, its index below the count. */
CUT_PUBLIC struct cut_trace_end
cut_trace_run_end(const struct cut_trace_run *run, uint32_t process);

/*
 * Judge a snapshot, its members being those of its view: as cut_judge, which
 * knows of views only what was when.
 *
 * INCOMPLETE, when the trace of .process ends early, says nothing against the
 * snapshot: what is missing may be behind that end.
 *
 * Errors:  as cut_judge.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_trace_run_judge(const struct cut_trace_run *run,
                    uint64_t snapshot,
                    const struct cut_allocator *allocator,
                    struct cut_verdict *out);

#ifdef __cplusplus
}
#endif

#endif
