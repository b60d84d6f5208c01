/*
 * The judge: whether what was recorded is a global state that the run was, or
 * could have been, in; and if not, the message that proves it.
 *
 * An executor keeps a trace: what each process did, in its order, written down
 * when it happens and independently of the engine. The judge reads traces and
 * nothing else, and goes by one definition:
 *
 *   A cut gives each process a point in its history: its capture. The state of
 *   a channel in a cut is the messages sent before the sender's point and not
 *   delivered before the receiver's point, in send order on FIFO channels. The
 *   cut is consistent when no message is delivered before the receiver's point
 *   that was sent after the sender's.
 *
 * Threads: a trace belongs to one thread at a time.
 *
 * Source: K. M. Chandy, L. Lamport, ACM TOCS 3(1), 1985, section 2.
 */
#ifndef CUTLINE_JUDGE_H
#define CUTLINE_JUDGE_H

#include <cutline/allocator.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum cut_trace_kind {
    CUT_TRACE_SEND,     /* .process sent .message to .peer */
    CUT_TRACE_DELIVER,  /* .process was given .message, from .peer */
    CUT_TRACE_CAPTURE,  /* .process captured its state for .snapshot */
    CUT_TRACE_RECORD,   /* .process recorded .message, sent by it or to it, as
                           being in a channel, for .snapshot */
    CUT_TRACE_COMPLETE, /* .process's part of .snapshot is complete */
    CUT_TRACE_ABORT,    /* .snapshot was given up */
    CUT_TRACE_JOIN,     /* .process is a member from now on */
    CUT_TRACE_LEAVE,    /* .process is none any more; all are at first */
};

/*
 * What happened. Messages are numbered 0, 1, ... in the order of sending, which
 * is that of their SENDs in the trace; a DELIVER stands behind its SEND.
 */
struct cut_trace_record {
    uint8_t kind; /* enum cut_trace_kind */
    uint32_t process;
    uint32_t peer;     /* SEND, DELIVER: the other end; RECORD: the sender */
    uint64_t message;  /* SEND, DELIVER, RECORD */
    uint64_t snapshot; /* CAPTURE, RECORD, COMPLETE, ABORT */
    uint64_t now;
};

struct cut_trace;

/* Make an empty trace. Errors: CUT_NOMEM. */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_trace_create(uint32_t process_count,
                 const struct cut_allocator *allocator,
                 struct cut_trace **out);

/* Destroy a trace; NULL is ignored. */
CUT_PUBLIC void cut_trace_destroy(struct cut_trace *trace);

/* Write down what happened. Errors: CUT_NOMEM: it was not written down. */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_trace_add(struct cut_trace *trace, const struct cut_trace_record *record);

/* Return how many records there are, and one of them by its index. */
CUT_PUBLIC uint64_t cut_trace_count(const struct cut_trace *trace);
CUT_PUBLIC struct cut_trace_record cut_trace_at(const struct cut_trace *trace,
                                                uint64_t index);

/*
 * What the judge says of a snapshot. Of several, ABORTED and INCOMPLETE come
 * first, since there is nothing to be judged, and then ORPHAN to ORDER as they
 * stand here.
 *
 * A message that is delivered more than once, by a channel that duplicates, is
 * delivered the first time. One that is lost is in its channel for ever: it
 * crosses every cut after it was sent. What a process records after its part is
 * complete is not in it.
 *
 * A snapshot is of those who are members at its first capture, and of the
 * channels between them. What others capture is nobody's. A message that was
 * sent before one of its ends became a member is in its channel if it is
 * delivered some time; if not, it was sent to nobody.
 */
enum cut_verdict_kind {
    CUT_VERDICT_CONSISTENT,
    /* .message is received in the recorded state and was never sent. */
    CUT_VERDICT_ORPHAN,
    /* .message crosses the cut and is not recorded. */
    CUT_VERDICT_MISSING,
    /* .message is recorded and does not cross the cut, or is recorded twice. */
    CUT_VERDICT_EXTRA,
    /* .message is recorded before one that was sent before it by the same
     * process to the same process. */
    CUT_VERDICT_ORDER,
    /* A process has not captured, or its part is not complete: nothing can be
     * said. .process is the first such. */
    CUT_VERDICT_INCOMPLETE,
    /* It was given up. */
    CUT_VERDICT_ABORTED,
};

struct cut_verdict {
    enum cut_verdict_kind kind;
    /* ORPHAN to ORDER: the first message that proves it, in the order of
     * sending, and its ends; otherwise UINT64_MAX, UINT32_MAX. */
    uint64_t message;
    uint32_t sender;
    uint32_t receiver;
    uint32_t process; /* INCOMPLETE; otherwise UINT32_MAX */
    /* Records of the trace, by index; UINT64_MAX: there is none. */
    uint64_t sent_at;
    uint64_t delivered_at; /* for the first time */
    uint64_t sender_capture_at;
    uint64_t receiver_capture_at;
    /* 0 where nothing can be said. */
    uint64_t recorded_count; /* how often a message was recorded */
    uint64_t crossing_count; /* messages that cross the cut */
};

/*
 * Judge a snapshot.
 *
 *   is_fifo  whether the order of recorded messages matters: they are to be in
 *            the order of sending, what the receiver recorded of a channel
 *            first, what its sender recorded behind it.
 *
 * Errors:  CUT_NOMEM; CUT_INVALID the trace contradicts itself: a message is
 *          delivered or recorded that was not sent, or by a process that is not
 *          at its end; a process captures or completes twice, or captures
 *          what is complete; numbers are out of order or out of bounds.
 * Memory:  for the call, 24 bytes a message and 32 a process; where the order
 *          matters, 24 more a process and 16 a message recorded.
 * Time:    linear in the trace.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_judge(const struct cut_trace *trace,
          uint64_t snapshot,
          bool is_fifo,
          const struct cut_allocator *allocator,
          struct cut_verdict *out);

#ifdef __cplusplus
}
#endif

#endif
