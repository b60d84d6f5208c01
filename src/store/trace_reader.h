/*
 * Reads a trace segment (store/segment.h).
 *
 * A process that was killed leaves a tail that is not whole. All before it is
 * good: the reader stops there and says where. What is wrong elsewhere is an
 * error.
 *
 * Threads: a reader belongs to one thread at a time.
 */
#ifndef CUT_STORE_TRACE_READER_H
#define CUT_STORE_TRACE_READER_H

#include "store/segment.h"

#include <cutline/allocator.h>

struct cut_trace_reader;

/*
 * Read the head of a segment from bytes.
 *
 *   data   borrowed until the reader is destroyed.
 *
 * Errors:  CUT_INVALID it is no segment, or its head is not whole or not right;
 *          fault->what says at which byte. CUT_NOMEM.
 * Memory:  what the head says, at most twice its size.
 */
CUT_MUST_USE enum cut_error
cut_trace_reader_create(const uint8_t *data,
                        size_t size,
                        const struct cut_allocator *allocator,
                        struct cut_trace_reader **out,
                        struct cut_fault *fault);

/*
 * Read a file whole, and its head.
 *
 *   path   borrowed for the call, but for the fault, whose .path it is.
 *
 * Errors:  CUT_IO; and as above.
 * Memory:  the size of the file.
 */
CUT_MUST_USE enum cut_error
cut_trace_reader_open(const char *path,
                      const struct cut_allocator *allocator,
                      struct cut_trace_reader **out,
                      struct cut_fault *fault);

/* Destroy a reader; NULL is ignored. */
void cut_trace_reader_destroy(struct cut_trace_reader *reader);

/* Return the head, which lives as long as the reader. */
const struct cut_segment_head *
cut_trace_reader_head(const struct cut_trace_reader *reader);

/*
 * Read the next record.
 *
 *   record    its facts live as long as the reader.
 *   has_more  false: there is none, and record was not written.
 *
 * Errors:  CUT_INVALID a checksum or a field is wrong, or what happened cannot
 *          have happened in this order; fault->what says at which byte. Every
 *          further call says the same.
 */
CUT_MUST_USE enum cut_error
cut_trace_reader_next(struct cut_trace_reader *reader,
                      struct cut_segment_record *record,
                      bool *has_more,
                      struct cut_fault *fault);

/* Go back to the first record. */
void cut_trace_reader_rewind(struct cut_trace_reader *reader);

/* Return the offset of the record that is read next: at the end, how many bytes
 * are good. */
uint64_t cut_trace_reader_offset(const struct cut_trace_reader *reader);

/*
 * Return, when there is no more, how the segment ends: with END; or early, the
 * process having been killed, or being still at it.
 */
enum cut_segment_ending {
    CUT_SEGMENT_ENDED,     /* in order */
    CUT_SEGMENT_UNENDED,   /* after a whole record, without END */
    CUT_SEGMENT_TRUNCATED, /* in the middle of a record, at the offset */
};
enum cut_segment_ending
cut_trace_reader_ending(const struct cut_trace_reader *reader);

#endif
