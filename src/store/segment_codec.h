/*
 * Heads and records of segments as bytes: docs/formats/trace.md.
 */
#ifndef CUT_STORE_SEGMENT_CODEC_H
#define CUT_STORE_SEGMENT_CODEC_H

#include "store/segment.h"

#include <cutline/allocator.h>

#define CUT_SEGMENT_MAGIC "cuttrace"
#define CUT_SEGMENT_MAGIC_SIZE (sizeof CUT_SEGMENT_MAGIC - 1)
#define CUT_SEGMENT_VERSION 1

/* Bytes of a record with nothing but what all have. */
#define CUT_SEGMENT_RECORD_SIZE_MIN 32

/* Return whether a head is within the bounds; if not, fill the fault with
 * CUT_INVALID. */
bool cut_segment_head_is_right(const struct cut_segment_head *head,
                               struct cut_fault *fault);

/* Return the bytes of a head that is right, and write them. */
size_t cut_segment_head_size(const struct cut_segment_head *head);
void cut_segment_head_encode(const struct cut_segment_head *head, uint8_t *out);

/*
 * Read a head.
 *
 *   out   its texts are the data's, its arrays are made.
 *   size  of the head, in bytes.
 *
 * Errors: CUT_INVALID, CUT_NOMEM; there is nothing to be released then.
 */
CUT_MUST_USE enum cut_error
cut_segment_head_decode(const uint8_t *data,
                        size_t data_size,
                        const struct cut_allocator *allocator,
                        struct cut_segment_head *out,
                        size_t *size,
                        struct cut_fault *fault);

/* Release the arrays of a head that was read. */
void cut_segment_head_release(struct cut_segment_head *head,
                              const struct cut_allocator *allocator);

/* Return the bytes of a record of a kind without its facts. */
static inline size_t cut_segment_fixed_size(unsigned kind)
{
    return CUT_SEGMENT_RECORD_SIZE_MIN +
           (cut_segment_has_message(kind) ? 16u : 0) +
           (cut_segment_has_snapshot(kind) ? 16u : 0);
}

/* Write a record; return its size, at most CUT_SEGMENT_RECORD_SIZE_MAX. */
size_t cut_segment_record_encode(const struct cut_segment_record *record,
                                 uint8_t *out);

/* How the bytes at the end of what is there look. */
enum cut_segment_shape {
    CUT_SEGMENT_WHOLE,
    CUT_SEGMENT_TORN,      /* the beginning of a record, and no more */
    CUT_SEGMENT_DAMAGED,   /* the checksum is wrong */
    CUT_SEGMENT_SHAPELESS, /* the size is one that no record of the kind has */
    CUT_SEGMENT_UNKNOWN,   /* the kind is none */
    CUT_SEGMENT_STRAY,     /* what has to be 0 is not */
};

/*
 * Read the record at the beginning of bytes; out and size are written when it
 * is WHOLE, size when it is DAMAGED.
 */
enum cut_segment_shape cut_segment_record_decode(const uint8_t *data,
                                                 size_t data_size,
                                                 struct cut_segment_record *out,
                                                 size_t *size);

#endif
