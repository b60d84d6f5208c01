/*
 * Writes a trace segment (store/segment.h), for the process whose it is.
 *
 *     struct cut_trace_writer *writer;
 *
 *     error = cut_trace_writer_open(path, &head, allocator, &writer, &fault);
 *     ...
 *     cut_trace_writer_add(writer, &record);        as things happen
 *     ...
 *     if (cut_trace_writer_flush(writer, &fault) != CUT_OK)
 *         say it, once; the process goes on.
 *     ...
 *     error = cut_trace_writer_close(writer, &fault);
 *
 * What has been flushed survives the process, however it ends. A record that
 * was added and not flushed is lost with a process that is killed: flush before
 * what was sent leaves the process, or live with a trace that ends early.
 *
 * Threads: a writer belongs to one thread at a time.
 */
#ifndef CUT_STORE_TRACE_WRITER_H
#define CUT_STORE_TRACE_WRITER_H

#include "store/segment.h"

#include <cutline/allocator.h>

struct cut_trace_writer;

/*
 * Make the file, which may not be there yet, and write its head.
 *
 *   path   borrowed until the writer is closed; cut_segment_name() is its last
 *          part.
 *   head   borrowed for the call.
 *
 * Errors:  CUT_INVALID the head contradicts itself or its bounds; CUT_IO;
 *          CUT_NOMEM. There is no file then, unless it was there before.
 * Memory:  64 KiB and a bit; the head's size for the call.
 */
CUT_MUST_USE enum cut_error
cut_trace_writer_open(const char *path,
                      const struct cut_segment_head *head,
                      const struct cut_allocator *allocator,
                      struct cut_trace_writer **out,
                      struct cut_fault *fault);

/*
 * Write down what happened. Its numbers are the caller's affair: what reads the
 * segment checks them.
 *
 * The buffer is written when it is full. What goes wrong then is remembered for
 * the next flush or close, and nothing more is written, so that what is in the
 * file stays a prefix of what happened. Asserts that the facts are at most
 * CUT_SEGMENT_FACTS_SIZE_MAX bytes.
 *
 * Memory: nothing.
 */
void cut_trace_writer_add(struct cut_trace_writer *writer,
                          const struct cut_segment_record *record);

/*
 * Hand all records to the operating system.
 *
 * Errors:  CUT_IO: a write has failed, now or before; said once, CUT_OK from
 *          then on. Nothing more is written.
 */
CUT_MUST_USE enum cut_error
cut_trace_writer_flush(struct cut_trace_writer *writer,
                       struct cut_fault *fault);

/*
 * Write that the process ended in order (END, with the number of the event
 * before it), flush, and close the file. The writer is gone, whatever is
 * returned; NULL is ignored.
 *
 * Errors:  CUT_IO, unless it was said before.
 */
CUT_MUST_USE enum cut_error
cut_trace_writer_close(struct cut_trace_writer *writer,
                       uint64_t now,
                       struct cut_fault *fault);

/*
 * Let go of the file as it is, with what has been flushed: for the child of a
 * fork, and for a process that gives up. NULL is ignored.
 */
void cut_trace_writer_abandon(struct cut_trace_writer *writer);

#endif
