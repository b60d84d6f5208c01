/*
 * The input is what came over a connection, in pieces. A frame that is taken is
 * written again with the same bytes; what is not whole says how much is needed,
 * and no more; records of a DATA frame are written again as well.
 */
#include "fuzz.h"
#include "net/frame.h"
#include "net/frame_record.h"

/* Memory of exactly that size, so that a sanitizer sees who reads beyond. */
static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);

    FUZZ_CHECK(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void check_marker(const struct cut_record *record)
{
    struct cut_record_marker marker;
    uint8_t again[CUT_RECORD_MARKER_SIZE];

    FUZZ_CHECK(record->size == CUT_RECORD_MARKER_SIZE && record->type == 0);
    marker = cut_record_marker_decode(record->data);
    cut_record_marker_encode(&marker, again);
    FUZZ_CHECK(memcmp(again, record->data, sizeof again) == 0);
}

/* Writing is the inverse of reading: there is one form of each record. */
static void check_records(const uint8_t *body, size_t size)
{
    uint8_t *again = copy_of(body, size);
    struct cut_record record;
    enum cut_record_status status;
    size_t offset = 0;
    size_t written = 0;

    while ((status = cut_record_next(body, size, &offset, &record)) ==
           CUT_RECORD_FOUND) {
        FUZZ_CHECK(offset <= size && offset % CUT_RECORD_ALIGNMENT == 0);
        FUZZ_CHECK(record.data >= body &&
                   record.data + record.size <= body + offset);
        if (record.kind == CUT_RECORD_MARKER)
            check_marker(&record);
        memset(again + written, 0xa5, offset - written);
        written += cut_record_write(again + written, &record);
        FUZZ_CHECK(written == offset);
    }
    FUZZ_CHECK((status == CUT_RECORD_END) == (offset == size));
    FUZZ_CHECK(size == 0 || memcmp(again, body, size) == 0);
    free(again);
}

static void
check_whole(const uint8_t *data, const struct cut_frame *frame, size_t size)
{
    uint8_t *again = copy_of(data, size);

    FUZZ_CHECK(frame->body == data + CUT_FRAME_HEADER_SIZE);
    FUZZ_CHECK(size == CUT_FRAME_HEADER_SIZE + (size_t)frame->body_size);
    memset(again, 0xa5, CUT_FRAME_HEADER_SIZE);
    FUZZ_CHECK(cut_frame_seal(again, frame) == size);
    FUZZ_CHECK(memcmp(again, data, size) == 0);
    free(again);
}

/* Read one frame; returns the bytes that it took, 0: no more can be read. */
static size_t check_frame(const uint8_t *data, size_t size)
{
    struct cut_frame frame;
    struct cut_frame_opening opening;
    enum cut_frame_status status = cut_frame_open(data, size, &frame, &opening);

    switch (status) {
    case CUT_FRAME_WHOLE:
        FUZZ_CHECK(opening.reason == NULL);
        check_whole(data, &frame, opening.size);
        check_records(frame.body, frame.body_size);
        return opening.size;
    case CUT_FRAME_MORE:
        FUZZ_CHECK(opening.reason == NULL && opening.size > size);
        FUZZ_CHECK(opening.size <= CUT_FRAME_HEADER_SIZE + CUT_FRAME_BODY_MAX);
        return 0;
    case CUT_FRAME_GARBLED:
        FUZZ_CHECK(opening.reason != NULL && opening.size <= size);
        /* So that the search goes on behind what a sum would stop. */
        check_records(data + CUT_FRAME_HEADER_SIZE,
                      opening.size - CUT_FRAME_HEADER_SIZE);
        return opening.size;
    case CUT_FRAME_NONSENSE:
        FUZZ_CHECK(opening.reason != NULL && opening.size == 0);
        return 0;
    }
    FUZZ_CHECK(false);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t taken;

    do {
        uint8_t *copy = copy_of(data, size);
        taken = check_frame(copy, size);
        free(copy);
        data += taken;
        size -= taken;
    } while (taken > 0);
    return 0;
}
