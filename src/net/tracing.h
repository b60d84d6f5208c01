/*
 * The trace of a worker (store/segment.h): what happens at its process, written
 * down when it happens and before the engine is told of it, so that whoever
 * judges need not believe the engine. Without a trace all of this does nothing.
 */
#ifndef CUT_NET_TRACING_H
#define CUT_NET_TRACING_H

#include "net/worker_state.h"
#include "store/trace_writer.h"

/* Begin the segment, in the directory of the configuration, before the program
 * starts: a neighbour that has started may begin a snapshot. On failure the
 * worker has failed. */
void cut_tracing_open(struct cut_worker *worker);

/* End it: the process did nothing else. */
void cut_tracing_close(struct cut_worker *worker);

/* Hand over what was written down: before what was sent leaves the process. */
void cut_tracing_flush(struct cut_worker *worker);

/* An event begins: START, TIMER, INPUT. */
void cut_tracing_event(struct cut_worker *worker, enum cut_segment_kind kind);

/* A message: RECEIVE, SEND, RECORD; .snapshot of a RECORD. */
void cut_tracing_message(struct cut_worker *worker,
                         enum cut_segment_kind kind,
                         const struct cut_part_message *message,
                         struct cut_snapshot_id snapshot);

/* Something about a snapshot: CAPTURE, COMPLETE, ABORT, STOP, RESUME. */
void cut_tracing_snapshot(struct cut_worker *worker,
                          enum cut_segment_kind kind,
                          struct cut_snapshot_id snapshot);

/* A process is no member from the view of a snapshot on. */
void cut_tracing_left(struct cut_worker *worker,
                      uint32_t process,
                      struct cut_snapshot_id view);

/* An event is over: the process's facts, if they are others now. */
void cut_tracing_facts(struct cut_worker *worker);

#endif
