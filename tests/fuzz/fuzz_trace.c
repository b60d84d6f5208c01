/*
 * The input is a byte, and a trace segment. Where the byte is odd, checksums
 * are put right first, so that what is behind them is reached. What is taken
 * and written again is the same bytes; what is refused is refused with one line
 * that says where; nothing is read beyond the end.
 */
#include "fuzz.h"

#include "base/crc32c.h"
#include "base/little.h"
#include "store/segment_codec.h"
#include "store/trace_reader.h"

static void put_checksum_right(uint8_t *at, const uint8_t *from, size_t size)
{
    cut_put_u32(at, cut_crc32c(0, from, size));
}

/* Go by the sizes as far as they lead. */
static void repair(uint8_t *data, size_t size)
{
    size_t at = size >= 16 ? cut_get_u32(data + 12) : 0;

    if (at < 16 || at > size)
        return;
    put_checksum_right(data + at - 4, data, at - 4);
    while (size - at >= 9) {
        size_t record = cut_get_u32(data + at + 4);
        if (record < CUT_SEGMENT_RECORD_SIZE_MIN || record > size - at)
            return;
        put_checksum_right(data + at, data + at + 4, record - 4);
        at += record;
    }
}

static void check_refusal(const struct cut_fault *fault)
{
    size_t size = strnlen(fault->what, sizeof fault->what);

    FUZZ_CHECK(fault->code == CUT_INVALID);
    FUZZ_CHECK(size > 0 && size < sizeof fault->what - 1);
    FUZZ_CHECK(strstr(fault->what, "(expected ") != NULL);
    FUZZ_CHECK(fault->what[size - 1] == ')');
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(iscntrl((unsigned char)fault->what[i]) == 0);
}

static void check_head(const struct cut_segment_head *head,
                       const uint8_t *data,
                       size_t size)
{
    size_t head_size = cut_segment_head_size(head);

    FUZZ_CHECK(cut_segment_head_is_right(head, NULL));
    FUZZ_CHECK(head_size <= size);
    uint8_t *again = malloc(head_size);
    FUZZ_CHECK(again != NULL);
    cut_segment_head_encode(head, again);
    FUZZ_CHECK(memcmp(again, data, head_size) == 0);
    free(again);
}

/* Read all records; each is what its bytes are. */
static void
check_records(struct cut_trace_reader *reader, const uint8_t *data, size_t size)
{
    static uint8_t again[CUT_SEGMENT_RECORD_SIZE_MAX];
    struct cut_segment_record record = {.kind = CUT_SEGMENT_START};
    struct cut_fault fault = {0};
    enum cut_error error = CUT_OK;
    bool has_more = true;

    while (error == CUT_OK && has_more) {
        uint64_t offset = cut_trace_reader_offset(reader);
        error = cut_trace_reader_next(reader, &record, &has_more, &fault);
        if (error == CUT_OK && has_more) {
            size_t written = cut_segment_record_encode(&record, again);
            FUZZ_CHECK(cut_trace_reader_offset(reader) == offset + written);
            FUZZ_CHECK(memcmp(again, data + offset, written) == 0);
        }
    }
    if (error != CUT_OK) {
        check_refusal(&fault);
        FUZZ_CHECK(strncmp(fault.what, "byte ", 5) == 0);
        FUZZ_CHECK(cut_trace_reader_next(reader, &record, &has_more, &fault) ==
                   error);
    } else if (cut_trace_reader_ending(reader) != CUT_SEGMENT_TRUNCATED) {
        FUZZ_CHECK(cut_trace_reader_offset(reader) == size);
        FUZZ_CHECK((record.kind == CUT_SEGMENT_END) ==
                   (cut_trace_reader_ending(reader) == CUT_SEGMENT_ENDED));
    } else {
        FUZZ_CHECK(cut_trace_reader_offset(reader) < size);
    }
}

static void check_segment(const uint8_t *data, size_t size)
{
    struct cut_trace_reader *reader = NULL;
    struct cut_fault fault = {0};
    enum cut_error error =
        cut_trace_reader_create(data, size, NULL, &reader, &fault);

    if (error != CUT_OK) {
        FUZZ_CHECK(reader == NULL && error == CUT_INVALID);
        check_refusal(&fault);
        return;
    }
    check_head(cut_trace_reader_head(reader), data, size);
    check_records(reader, data, size);
    cut_trace_reader_destroy(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* A block of just that size: a sanitizer sees a read past its end. */
    uint8_t *copy = malloc(size > 1 ? size - 1 : 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    if ((data[0] & 1) != 0)
        repair(copy, size - 1);
    check_segment(copy, size - 1);
    free(copy);
    return 0;
}
