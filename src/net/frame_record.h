/*
 * Records: what the body of a DATA frame consists of. Each begins at a
 * multiple of 8 bytes, little end first:
 *
 *      0  u32  bytes of the data
 *      4  u8   kind: MESSAGE 1, MARKER 2
 *      5  u8   type, of a message; zero of a marker
 *      6  u8   flags: bit 0, a stamp follows; the others zero
 *      7       a byte of zero
 *     [8  u64  stamp]
 *      then    data, and zeros up to the next multiple of 8
 *
 * The data of a marker is the marker as cut_marker_encode writes it, and a u64:
 * how many messages the sender had sent on the channel before it.
 *
 * A link carries millions of small messages a second, so what is done once for
 * each of them is here, inline.
 */
#ifndef CUT_NET_FRAME_RECORD_H
#define CUT_NET_FRAME_RECORD_H

#include <cutline/engine.h>
#include <cutline/process.h>

#include <endian.h>
#include <string.h>

#define CUT_RECORD_HEADER_SIZE 8
#define CUT_RECORD_ALIGNMENT 8
#define CUT_RECORD_STAMP_SIZE 8

/* The most bytes that a record takes. */
#define CUT_RECORD_SIZE_MAX                                                    \
    (CUT_RECORD_HEADER_SIZE + CUT_RECORD_STAMP_SIZE +                          \
     (size_t)CUT_MESSAGE_SIZE_MAX)

enum cut_record_kind {
    CUT_RECORD_MESSAGE = 1,
    CUT_RECORD_MARKER = 2,
};

#define CUT_RECORD_FLAG_STAMP 1

/* Bytes of the data of a MARKER. */
#define CUT_RECORD_MARKER_SIZE 24

/* A record, as it is written and read. */
struct cut_record {
    uint8_t kind;   /* enum cut_record_kind */
    uint8_t type;   /* MESSAGE */
    bool has_stamp; /* `stamp` travels; read: it is zero otherwise */
    uint32_t size;  /* of data; MESSAGE: at most CUT_MESSAGE_SIZE_MAX */
    uint64_t stamp;
    const uint8_t *data; /* read: in the body, at a multiple of 8 from it */
};

/* What cut_record_next found. */
enum cut_record_status {
    CUT_RECORD_FOUND,
    CUT_RECORD_END,      /* the body ends here, as it should */
    CUT_RECORD_NONSENSE, /* no record: CUT_PROTOCOL */
};

/* Return the bytes that a record with that much data takes in a body. */
static inline size_t cut_record_space(uint32_t size, bool has_stamp)
{
    size_t whole = CUT_RECORD_HEADER_SIZE +
                   (has_stamp ? (size_t)CUT_RECORD_STAMP_SIZE : 0) + size;

    return (whole + (CUT_RECORD_ALIGNMENT - 1)) &
           ~(size_t)(CUT_RECORD_ALIGNMENT - 1);
}

static inline void cut_record_put_word(uint8_t *out, uint64_t word)
{
    word = htole64(word);
    memcpy(out, &word, sizeof word);
}

static inline uint64_t cut_record_get_word(const uint8_t *in)
{
    uint64_t word;

    memcpy(&word, in, sizeof word);
    return le64toh(word);
}

/*
 * Append a record.
 *
 *   out      cut_record_space() bytes, at a multiple of 8 from the body's
 *            beginning.
 *   record   its data is copied; NULL if there is none.
 *   returns  the bytes written.
 */
static inline size_t cut_record_write(uint8_t *out,
                                      const struct cut_record *record)
{
    size_t space = cut_record_space(record->size, record->has_stamp);
    uint64_t header = (uint64_t)record->size | (uint64_t)record->kind << 32 |
                      (uint64_t)record->type << 40 |
                      (uint64_t)record->has_stamp << 48;
    uint8_t *data = out + CUT_RECORD_HEADER_SIZE;

    /* The last word first: what of it is not data remains zero. */
    cut_record_put_word(out + space - sizeof header, 0);
    cut_record_put_word(out, header);
    if (record->has_stamp) {
        cut_record_put_word(data, record->stamp);
        data += CUT_RECORD_STAMP_SIZE;
    }
    if (record->size > 0)
        memcpy(data, record->data, record->size);
    return space;
}

/* Return whether a header word and its padding are as they are written. */
static inline bool cut_record_is_sound(uint64_t header,
                                       const uint8_t *last_word)
{
    uint32_t size = (uint32_t)header;
    uint8_t kind = (uint8_t)(header >> 32);
    uint8_t type = (uint8_t)(header >> 40);
    unsigned used = size % CUT_RECORD_ALIGNMENT;

    if (used > 0 && cut_record_get_word(last_word) >> (8 * used) != 0)
        return false;
    if (kind == CUT_RECORD_MARKER)
        return size == CUT_RECORD_MARKER_SIZE && type == 0;
    return kind == CUT_RECORD_MESSAGE && size <= CUT_MESSAGE_SIZE_MAX;
}

/*
 * Read the next record of a body.
 *
 *   body    of size bytes; nothing beyond is read.
 *   offset  where the record begins, 0 at first; after FOUND, where the next
 *           one does.
 *   out     written when FOUND; its data is in the body.
 */
static inline enum cut_record_status cut_record_next(const uint8_t *body,
                                                     size_t size,
                                                     size_t *offset,
                                                     struct cut_record *out)
{
    size_t left = size - *offset;
    const uint8_t *at = body + *offset;

    if (left == 0)
        return CUT_RECORD_END;
    if (left < CUT_RECORD_HEADER_SIZE)
        return CUT_RECORD_NONSENSE;
    uint64_t header = cut_record_get_word(at);
    bool has_stamp = header >> 48 == CUT_RECORD_FLAG_STAMP;
    size_t space = cut_record_space((uint32_t)header, has_stamp);
    if (header >> 49 != 0 || space > left ||
        !cut_record_is_sound(header, at + space - sizeof header))
        return CUT_RECORD_NONSENSE;
    out->kind = (uint8_t)(header >> 32);
    out->type = (uint8_t)(header >> 40);
    out->has_stamp = has_stamp;
    out->size = (uint32_t)header;
    at += CUT_RECORD_HEADER_SIZE;
    out->stamp = has_stamp ? cut_record_get_word(at) : 0;
    out->data = has_stamp ? at + CUT_RECORD_STAMP_SIZE : at;
    *offset += space;
    return CUT_RECORD_FOUND;
}

/* A marker on a link. */
struct cut_record_marker {
    struct cut_snapshot_id snapshot;
    uint64_t sent; /* messages that its sender had sent on the channel */
};

/* Write the data of a MARKER. */
void cut_record_marker_encode(const struct cut_record_marker *marker,
                              uint8_t out[CUT_RECORD_MARKER_SIZE]);

/* Read the data of a MARKER; every 24 bytes are one. */
struct cut_record_marker
cut_record_marker_decode(const uint8_t in[CUT_RECORD_MARKER_SIZE]);

#endif
