#include "store/trace_reader.h"

#include "base/fault.h"
#include "base/memory.h"
#include "store/segment_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What has been read of a segment, as far as the next record depends on it. */
struct place {
    size_t offset;
    uint64_t sequence;
    bool is_in_event; /* a SEND may stand here */
    bool has_ended;
};

struct cut_trace_reader {
    const struct cut_allocator *allocator;
    const uint8_t *data; /* all of the segment */
    size_t size;
    uint8_t *owned; /* the data, where the reader has read it; NULL */
    size_t owned_size;
    size_t head_size;
    struct place place;
    bool is_torn; /* what stands at the offset */
    struct cut_segment_head head;
};

/* --- making it ----------------------------------------------------------- */

enum cut_error cut_trace_reader_create(const uint8_t *data,
                                       size_t size,
                                       const struct cut_allocator *allocator,
                                       struct cut_trace_reader **out,
                                       struct cut_fault *fault)
{
    allocator = cut_allocator_or_standard(allocator);
    struct cut_trace_reader *reader =
        cut_allocate_zeroed(allocator, 1, sizeof *reader);
    if (reader == NULL) {
        cut_fault_fill(fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
        return CUT_NOMEM;
    }
    reader->allocator = allocator;
    reader->data = data;
    reader->size = size;
    enum cut_error error = cut_segment_head_decode(
        data, size, allocator, &reader->head, &reader->head_size, fault);
    if (error != CUT_OK) {
        cut_release(allocator, reader, 1, sizeof *reader);
        return error;
    }
    cut_trace_reader_rewind(reader);
    *out = reader;
    return CUT_OK;
}

static enum cut_error fail_read(struct cut_fault *fault, const char *what)
{
    int system_error = errno;

    cut_fault_fill(
        fault, CUT_IO, "cannot %s: %s", what, strerrordesc_np(system_error));
    if (fault != NULL)
        fault->system_error = system_error;
    return CUT_IO;
}

/*
 * Read as many bytes as there are, up to size: a file that is being written
 * grows, and what is behind its end as it was is not read.
 */
static enum cut_error
read_all(int descriptor, uint8_t *bytes, size_t *size, struct cut_fault *fault)
{
    size_t used = 0;

    while (used < *size) {
        ssize_t count = read(descriptor, bytes + used, *size - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_read(fault, "read");
        if (count == 0)
            break;
        used += (size_t)count;
    }
    *size = used;
    return CUT_OK;
}

static enum cut_error read_open(int descriptor,
                                const struct cut_allocator *allocator,
                                struct cut_trace_reader **out,
                                struct cut_fault *fault)
{
    struct stat status;
    struct cut_trace_reader *reader = NULL;

    if (fstat(descriptor, &status) != 0)
        return fail_read(fault, "read");
    if (!S_ISREG(status.st_mode))
        return cut_fault_fill(
            fault, CUT_INVALID, "not a file (expected a trace segment)");
    size_t owned_size = (size_t)status.st_size;
    size_t size = owned_size;
    uint8_t *owned = cut_allocate(allocator, owned_size, 1);
    if (owned == NULL)
        return cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    enum cut_error error = read_all(descriptor, owned, &size, fault);
    if (error == CUT_OK)
        error = cut_trace_reader_create(owned, size, allocator, &reader, fault);
    if (error != CUT_OK) {
        cut_release(allocator, owned, owned_size, 1);
        return error;
    }
    reader->owned = owned;
    reader->owned_size = owned_size;
    *out = reader;
    return CUT_OK;
}

enum cut_error cut_trace_reader_open(const char *path,
                                     const struct cut_allocator *allocator,
                                     struct cut_trace_reader **out,
                                     struct cut_fault *fault)
{
    enum cut_error error;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    allocator = cut_allocator_or_standard(allocator);
    if (descriptor < 0) {
        error = fail_read(fault, "open");
    } else {
        error = read_open(descriptor, allocator, out, fault);
        /* Nothing was written: there is nothing that closing could lose. */
        close(descriptor);
    }
    if (error != CUT_OK && fault != NULL)
        fault->path = path;
    return error;
}

void cut_trace_reader_destroy(struct cut_trace_reader *reader)
{
    if (reader == NULL)
        return;
    cut_segment_head_release(&reader->head, reader->allocator);
    cut_release(reader->allocator, reader->owned, reader->owned_size, 1);
    cut_release(reader->allocator, reader, 1, sizeof *reader);
}

const struct cut_segment_head *
cut_trace_reader_head(const struct cut_trace_reader *reader)
{
    return &reader->head;
}

void cut_trace_reader_rewind(struct cut_trace_reader *reader)
{
    reader->place = (struct place){.offset = reader->head_size};
    reader->is_torn = false;
}

/* --- records ------------------------------------------------------------- */

static enum cut_error refuse(const struct cut_trace_reader *reader,
                             struct cut_fault *fault,
                             const char *what)
{
    return cut_fault_fill(
        fault, CUT_INVALID, "byte %zu: %s", reader->place.offset, what);
}

/* Say what bytes that are no record lack. What is damaged and has nothing
 * behind it may be what a killed process was about to write. */
static enum cut_error refuse_shape(struct cut_trace_reader *reader,
                                   enum cut_segment_shape shape,
                                   size_t size,
                                   struct cut_fault *fault)
{
    switch (shape) {
    case CUT_SEGMENT_DAMAGED:
        if (size < reader->size - reader->place.offset)
            return refuse(reader,
                          fault,
                          "the record is damaged (expected a checksum that "
                          "agrees with it)");
        break;
    case CUT_SEGMENT_SHAPELESS:
        return refuse(reader,
                      fault,
                      "the size of the record is wrong (expected one that a "
                      "record of its kind can have)");
    case CUT_SEGMENT_UNKNOWN:
        return refuse(
            reader, fault, "a record of an unknown kind (expected 1 to 15)");
    case CUT_SEGMENT_STRAY:
        return refuse(reader,
                      fault,
                      "a field that the kind of the record does not have is "
                      "not 0 (expected 0)");
    case CUT_SEGMENT_WHOLE:
    case CUT_SEGMENT_TORN:
        break;
    }
    reader->is_torn = true;
    return CUT_OK;
}

/* Return what is wrong with the numbers of a record; NULL: nothing. */
static const char *wrong_number(const struct cut_trace_reader *reader,
                                const struct cut_segment_record *record)
{
    const struct cut_segment_head *head = &reader->head;
    bool is_outgoing = record->kind == CUT_SEGMENT_SEND || record->by_sender;

    if (cut_segment_has_message(record->kind) &&
        record->channel >=
            (is_outgoing ? head->outgoing_count : head->incoming_count))
        return "there is no such channel (expected one of the head's)";
    if (!cut_segment_has_message(record->kind) &&
        record->channel >= head->process_count)
        return "there is no such process (expected one of the head's)";
    if (record->position == UINT64_MAX)
        return "no message has that position (expected a smaller one)";
    return NULL;
}

/* Return what is wrong with the place of a record; NULL: nothing. */
static const char *wrong_place(const struct place *place,
                               const struct cut_segment_record *record)
{
    bool is_event = cut_segment_begins_event(record->kind);

    if (place->has_ended)
        return "a record after the end of the process (expected none)";
    if (record->sequence != place->sequence + is_event)
        return is_event ? "the event has a wrong number (expected the one "
                          "after that of the event before it)"
                        : "the record has a wrong number (expected that of the "
                          "event before it)";
    if (record->kind == CUT_SEGMENT_START && record->sequence != 1)
        return "the process starts again (expected START as its first event)";
    /* Before the first event there may be what is sent again. */
    if (record->kind == CUT_SEGMENT_SEND && !place->is_in_event &&
        record->sequence != 0)
        return "a message is sent between events (expected it before the "
               "capture)";
    return NULL;
}

static void advance(struct place *place,
                    const struct cut_segment_record *record,
                    size_t size)
{
    place->offset += size;
    place->sequence = record->sequence;
    if (cut_segment_begins_event(record->kind))
        place->is_in_event = true;
    else if (record->kind == CUT_SEGMENT_CAPTURE)
        place->is_in_event = false;
    place->has_ended = record->kind == CUT_SEGMENT_END;
}

enum cut_error cut_trace_reader_next(struct cut_trace_reader *reader,
                                     struct cut_segment_record *record,
                                     bool *has_more,
                                     struct cut_fault *fault)
{
    struct cut_segment_record read;
    size_t left = reader->size - reader->place.offset;
    size_t size = 0;

    if (left == 0) {
        *has_more = false;
        return CUT_OK;
    }
    enum cut_segment_shape shape = cut_segment_record_decode(
        reader->data + reader->place.offset, left, &read, &size);
    if (shape != CUT_SEGMENT_WHOLE) {
        enum cut_error error = refuse_shape(reader, shape, size, fault);
        if (error == CUT_OK)
            *has_more = false;
        return error;
    }
    const char *wrong = wrong_number(reader, &read);
    if (wrong == NULL)
        wrong = wrong_place(&reader->place, &read);
    if (wrong != NULL)
        return refuse(reader, fault, wrong);
    advance(&reader->place, &read, size);
    *record = read;
    *has_more = true;
    return CUT_OK;
}

uint64_t cut_trace_reader_offset(const struct cut_trace_reader *reader)
{
    return reader->place.offset;
}

enum cut_segment_ending
cut_trace_reader_ending(const struct cut_trace_reader *reader)
{
    if (reader->is_torn)
        return CUT_SEGMENT_TRUNCATED;
    return reader->place.has_ended ? CUT_SEGMENT_ENDED : CUT_SEGMENT_UNENDED;
}
