#include "store/trace_writer.h"

#include "base/fault.h"
#include "base/memory.h"
#include "base/trap.h"
#include "store/segment_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE CUT_SEGMENT_RECORD_SIZE_MAX

struct cut_trace_writer {
    const struct cut_allocator *allocator;
    const char *path;
    int descriptor;
    bool has_failed;   /* nothing more is written */
    bool is_said;      /* the caller knows */
    int system_error;  /* why */
    uint64_t sequence; /* of the last record */
    size_t used;
    uint8_t buffer[BUFFER_SIZE];
};

static enum cut_error fill_fault(struct cut_fault *fault,
                                 const char *path,
                                 const char *what,
                                 int system_error)
{
    cut_fault_fill(
        fault, CUT_IO, "cannot %s: %s", what, strerrordesc_np(system_error));
    if (fault != NULL) {
        fault->path = path;
        fault->system_error = system_error;
    }
    return CUT_IO;
}

/* Write all of some bytes; return 0, or errno. A signal interrupts nothing. */
static int write_all(int descriptor, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static void write_out(struct cut_trace_writer *writer)
{
    if (!writer->has_failed && writer->used > 0) {
        writer->system_error =
            write_all(writer->descriptor, writer->buffer, writer->used);
        writer->has_failed = writer->system_error != 0;
    }
    writer->used = 0;
}

/* The head goes to the file at once: whoever looks at it then knows what it
 * is. */
static int write_head(struct cut_trace_writer *writer,
                      const struct cut_segment_head *head,
                      uint8_t *bytes,
                      size_t size)
{
    cut_segment_head_encode(head, bytes);
    writer->descriptor =
        open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (writer->descriptor < 0)
        return errno;
    int system_error = write_all(writer->descriptor, bytes, size);
    if (system_error != 0) {
        close(writer->descriptor);
        unlink(writer->path);
    }
    return system_error;
}

enum cut_error cut_trace_writer_open(const char *path,
                                     const struct cut_segment_head *head,
                                     const struct cut_allocator *allocator,
                                     struct cut_trace_writer **out,
                                     struct cut_fault *fault)
{
    if (!cut_segment_head_is_right(head, fault))
        return CUT_INVALID;
    allocator = cut_allocator_or_standard(allocator);
    size_t size = cut_segment_head_size(head);
    uint8_t *bytes = cut_allocate(allocator, size, 1);
    struct cut_trace_writer *writer =
        cut_allocate(allocator, 1, sizeof *writer);
    enum cut_error error = CUT_OK;

    if (bytes == NULL || writer == NULL) {
        error = cut_fault_fill(
            fault, CUT_NOMEM, "%s", cut_error_sentence(CUT_NOMEM));
    } else {
        writer->allocator = allocator;
        writer->path = path;
        writer->has_failed = false;
        writer->is_said = false;
        writer->system_error = 0;
        writer->sequence = 0;
        writer->used = 0;
        int system_error = write_head(writer, head, bytes, size);
        if (system_error != 0)
            error = fill_fault(fault, path, "write", system_error);
    }
    cut_release(allocator, bytes, size, 1);
    if (error == CUT_OK)
        *out = writer;
    else
        cut_release(allocator, writer, 1, sizeof *writer);
    return error;
}

void cut_trace_writer_add(struct cut_trace_writer *writer,
                          const struct cut_segment_record *record)
{
    size_t size = cut_segment_fixed_size(record->kind) + record->facts_size;

    CUT_ASSERT(record->facts_size <= CUT_SEGMENT_FACTS_SIZE_MAX);
    if (size > BUFFER_SIZE - writer->used)
        write_out(writer);
    if (writer->has_failed)
        return;
    writer->used +=
        cut_segment_record_encode(record, writer->buffer + writer->used);
    writer->sequence = record->sequence;
}

/* Say what has failed, once. */
static enum cut_error say(struct cut_trace_writer *writer,
                          struct cut_fault *fault)
{
    if (!writer->has_failed || writer->is_said)
        return CUT_OK;
    writer->is_said = true;
    return fill_fault(fault, writer->path, "write", writer->system_error);
}

enum cut_error cut_trace_writer_flush(struct cut_trace_writer *writer,
                                      struct cut_fault *fault)
{
    write_out(writer);
    return say(writer, fault);
}

/* Close the file, and return what close said. An interrupted one has closed. */
static int finish(struct cut_trace_writer *writer)
{
    int result = close(writer->descriptor);

    return result < 0 && errno != EINTR ? errno : 0;
}

enum cut_error cut_trace_writer_close(struct cut_trace_writer *writer,
                                      uint64_t now,
                                      struct cut_fault *fault)
{
    if (writer == NULL)
        return CUT_OK;
    const struct cut_segment_record end = {
        .kind = CUT_SEGMENT_END,
        .sequence = writer->sequence,
        .now = now,
    };
    cut_trace_writer_add(writer, &end);
    enum cut_error error = cut_trace_writer_flush(writer, fault);
    int system_error = finish(writer);
    if (system_error != 0 && !writer->has_failed)
        error = fill_fault(fault, writer->path, "close", system_error);
    cut_release(writer->allocator, writer, 1, sizeof *writer);
    return error;
}

void cut_trace_writer_abandon(struct cut_trace_writer *writer)
{
    if (writer == NULL)
        return;
    close(writer->descriptor);
    cut_release(writer->allocator, writer, 1, sizeof *writer);
}
