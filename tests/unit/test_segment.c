/*
 * Trace segments: the checksum, what the writer writes and the reader reads,
 * and what the reader refuses. tests/integration/trace_judge.py has segments
 * that are written by another hand.
 */
#include "check.h"

#include "base/crc32c.h"
#include "store/segment_codec.h"
#include "store/trace_reader.h"
#include "store/trace_writer.h"

#include <stdlib.h>
#include <unistd.h>

/* --- the checksum -------------------------------------------------------- */

static void test_checksum_vectors(void)
{
    uint8_t zeros[32] = {0};
    uint8_t ones[32];
    uint8_t rising[32];

    memset(ones, 0xff, sizeof ones);
    for (size_t i = 0; i < sizeof rising; i++)
        rising[i] = (uint8_t)i;
    /* RFC 3720, appendix B.4. */
    CHECK_EQ(cut_crc32c(0, zeros, 32), 0x8a9136aa);
    CHECK_EQ(cut_crc32c(0, ones, 32), 0x62a8ab43);
    CHECK_EQ(cut_crc32c(0, rising, 32), 0x46dd794e);
    CHECK_EQ(cut_crc32c(0, "123456789", 9), 0xe3069283);
    CHECK_EQ(cut_crc32c(0, NULL, 0), 0);
}

/* Both ways to compute it agree on all sizes and alignments, and in pieces. */
static void test_checksum_ways(void)
{
    uint8_t bytes[300];
    uint32_t state = 1;

    for (size_t i = 0; i < sizeof bytes; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
    for (size_t begin = 0; begin < 9; begin++)
        for (size_t size = 0; size + begin <= sizeof bytes; size++) {
            uint32_t whole = cut_crc32c(0, bytes + begin, size);
            uint32_t half = cut_crc32c(0, bytes + begin, size / 3);
            CHECK_EQ(cut_crc32c_portable(0, bytes + begin, size), whole);
            CHECK_EQ(
                cut_crc32c(half, bytes + begin + size / 3, size - size / 3),
                whole);
        }
}

/* --- files --------------------------------------------------------------- */

static const char *const types[] = {"coin", "token"};
static const struct cut_segment_channel outgoing[] = {{1, true}, {2, false}};
static const struct cut_segment_channel incoming[] = {{2, false}};

static const struct cut_segment_head head = {
    .run_id = "0123456789abcde",
    .started_at = 1700000000000000000,
    .process = 0,
    .process_count = 3,
    .incarnation = 4,
    .type_count = 2,
    .outgoing_count = 2,
    .incoming_count = 1,
    .name = "größe/0",
    .algorithm = "lai-yang",
    .types = types,
    .outgoing = outgoing,
    .incoming = incoming,
};

static char folder[] = "/tmp/test_segment.XXXXXX";
static char path[64];

static struct cut_trace_writer *open_writer(void)
{
    struct cut_trace_writer *writer = NULL;
    struct cut_fault fault = {0};

    unlink(path);
    if (!CHECK_EQ(cut_trace_writer_open(path, &head, NULL, &writer, &fault),
                  CUT_OK))
        abort();
    return writer;
}

static struct cut_trace_reader *open_reader(void)
{
    struct cut_trace_reader *reader = NULL;
    struct cut_fault fault = {0};

    if (!CHECK_EQ(cut_trace_reader_open(path, NULL, &reader, &fault), CUT_OK))
        abort();
    return reader;
}

static void check_head(const struct cut_segment_head *read)
{
    CHECK(memcmp(read->run_id, head.run_id, sizeof head.run_id) == 0);
    CHECK_EQ(read->started_at, head.started_at);
    CHECK_EQ(read->process, 0);
    CHECK_EQ(read->process_count, 3);
    CHECK_EQ(read->incarnation, 4);
    CHECK_STR(read->name, head.name);
    CHECK_STR(read->algorithm, head.algorithm);
    CHECK_EQ(read->type_count, 2);
    CHECK_STR(read->types[0], "coin");
    CHECK_STR(read->types[1], "token");
    CHECK_EQ(read->outgoing_count, 2);
    CHECK_EQ(read->outgoing[0].peer, 1);
    CHECK(read->outgoing[0].is_fifo);
    CHECK_EQ(read->outgoing[1].peer, 2);
    CHECK(!read->outgoing[1].is_fifo);
    CHECK_EQ(read->incoming_count, 1);
    CHECK_EQ(read->incoming[0].peer, 2);
}

static void check_record(const struct cut_segment_record *read,
                         const struct cut_segment_record *wrote)
{
    CHECK_EQ(read->kind, wrote->kind);
    CHECK_EQ(read->by_sender, wrote->by_sender);
    CHECK_EQ(read->channel, wrote->channel);
    CHECK_EQ(read->type, wrote->type);
    CHECK_EQ(read->size, wrote->size);
    CHECK_EQ(read->sequence, wrote->sequence);
    CHECK_EQ(read->position, wrote->position);
    CHECK_EQ(read->now, wrote->now);
    CHECK_EQ(read->snapshot.incarnation, wrote->snapshot.incarnation);
    CHECK_EQ(read->snapshot.view, wrote->snapshot.view);
    CHECK_EQ(read->snapshot.number, wrote->snapshot.number);
    if (CHECK_EQ(read->facts_size, wrote->facts_size) && read->facts_size > 0)
        CHECK(memcmp(read->facts, wrote->facts, read->facts_size) == 0);
}

static const uint8_t facts[] = {1, 2, 3, 4, 5};

/* One record of each kind but END, which the writer writes itself. */
static const struct cut_segment_record each[] = {
    {.kind = CUT_SEGMENT_JOIN, .channel = 2, .now = 1, .snapshot = {4, 1, 0}},
    {.kind = CUT_SEGMENT_START, .sequence = 1, .now = UINT64_MAX},
    {.kind = CUT_SEGMENT_SEND,
     .channel = 1,
     .type = UINT32_MAX,
     .size = UINT32_MAX,
     .facts_size = sizeof facts,
     .sequence = 1,
     .position = UINT64_MAX - 1,
     .facts = facts},
    {.kind = CUT_SEGMENT_SEND, .sequence = 1, .now = 5},
    {.kind = CUT_SEGMENT_FACTS,
     .facts_size = sizeof facts,
     .sequence = 1,
     .facts = facts},
    {.kind = CUT_SEGMENT_CAPTURE,
     .sequence = 1,
     .snapshot = {UINT32_MAX, UINT32_MAX, UINT64_MAX}},
    {.kind = CUT_SEGMENT_RECORD,
     .by_sender = true,
     .channel = 1,
     .type = 1,
     .size = 2,
     .sequence = 1,
     .position = 3,
     .snapshot = {4, 0, 9}},
    {.kind = CUT_SEGMENT_RECORD, .sequence = 1, .snapshot = {4, 0, 9}},
    {.kind = CUT_SEGMENT_RECEIVE, .type = 1, .size = 7, .sequence = 2},
    {.kind = CUT_SEGMENT_COMPLETE, .sequence = 2, .snapshot = {4, 0, 9}},
    {.kind = CUT_SEGMENT_STOP, .sequence = 2, .snapshot = {4, 0, 9}},
    {.kind = CUT_SEGMENT_RESUME, .sequence = 2, .snapshot = {4, 0, 9}},
    {.kind = CUT_SEGMENT_TIMER, .sequence = 3},
    {.kind = CUT_SEGMENT_INPUT, .sequence = 4},
    {.kind = CUT_SEGMENT_ABORT, .sequence = 4, .snapshot = {4, 0, 10}},
    {.kind = CUT_SEGMENT_LEAVE, .sequence = 4, .snapshot = {4, 2, 0}},
};
#define EACH_COUNT (sizeof each / sizeof each[0])

static void check_each(struct cut_trace_reader *reader)
{
    struct cut_segment_record record;
    bool has_more = false;

    for (size_t i = 0; i < EACH_COUNT; i++) {
        CHECK_EQ(cut_trace_reader_next(reader, &record, &has_more, NULL),
                 CUT_OK);
        if (!CHECK(has_more))
            return;
        check_record(&record, &each[i]);
    }
}

static void test_each_kind(void)
{
    struct cut_trace_writer *writer = open_writer();
    struct cut_segment_record record;
    const struct cut_segment_record end = {
        .kind = CUT_SEGMENT_END, .sequence = 4, .now = 77};
    bool has_more = false;

    for (size_t i = 0; i < EACH_COUNT; i++)
        cut_trace_writer_add(writer, &each[i]);
    CHECK_EQ(cut_trace_writer_close(writer, 77, NULL), CUT_OK);
    struct cut_trace_reader *reader = open_reader();
    check_head(cut_trace_reader_head(reader));
    for (unsigned round = 0; round < 2; round++) {
        check_each(reader);
        CHECK_EQ(cut_trace_reader_next(reader, &record, &has_more, NULL),
                 CUT_OK);
        CHECK(has_more);
        check_record(&record, &end);
        CHECK_EQ(cut_trace_reader_next(reader, &record, &has_more, NULL),
                 CUT_OK);
        CHECK(!has_more);
        CHECK_EQ(cut_trace_reader_ending(reader), CUT_SEGMENT_ENDED);
        cut_trace_reader_rewind(reader);
    }
    cut_trace_reader_destroy(reader);
}

/* What has been flushed is there without END, and what was not is lost. */
static void test_killed(void)
{
    struct cut_trace_writer *writer = open_writer();
    struct cut_segment_record record;
    bool has_more = true;

    for (size_t i = 0; i < EACH_COUNT; i++)
        cut_trace_writer_add(writer, &each[i]);
    CHECK_EQ(cut_trace_writer_flush(writer, NULL), CUT_OK);
    cut_trace_writer_add(writer, &each[EACH_COUNT - 1]);
    cut_trace_writer_abandon(writer);
    struct cut_trace_reader *reader = open_reader();
    check_each(reader);
    CHECK_EQ(cut_trace_reader_next(reader, &record, &has_more, NULL), CUT_OK);
    CHECK(!has_more);
    CHECK_EQ(cut_trace_reader_ending(reader), CUT_SEGMENT_UNENDED);
    cut_trace_reader_destroy(reader);
}

/* More than the buffer holds, with records as large as may be among them. */
static void test_much(void)
{
    static uint8_t much[CUT_SEGMENT_FACTS_SIZE_MAX];
    struct cut_trace_writer *writer = open_writer();
    struct cut_segment_record record = {.kind = CUT_SEGMENT_START};
    uint64_t count = 0;
    bool has_more = true;

    memset(much, 0x5a, sizeof much);
    for (uint64_t i = 1; i <= 5000; i++) {
        record = (struct cut_segment_record){
            .kind = CUT_SEGMENT_TIMER, .sequence = i, .now = i};
        cut_trace_writer_add(writer, &record);
        record.kind = CUT_SEGMENT_SEND;
        record.position = i;
        record.facts = much;
        record.facts_size = i % 1000 == 0 ? sizeof much : (uint32_t)i % 50;
        cut_trace_writer_add(writer, &record);
    }
    CHECK_EQ(cut_trace_writer_close(writer, 0, NULL), CUT_OK);
    struct cut_trace_reader *reader = open_reader();
    while (cut_trace_reader_next(reader, &record, &has_more, NULL) == CUT_OK &&
           has_more) {
        count++;
        CHECK_EQ(record.sequence, (count + 1) / 2 - (count > 10000));
    }
    CHECK_EQ(count, 10001);
    CHECK_EQ(cut_trace_reader_ending(reader), CUT_SEGMENT_ENDED);
    cut_trace_reader_destroy(reader);
}

/* The file of an earlier run stays as it was. */
static void test_not_over(void)
{
    struct cut_trace_writer *writer = open_writer();
    struct cut_trace_writer *second = writer;
    struct cut_fault fault = {0};

    CHECK_EQ(cut_trace_writer_close(writer, 0, NULL), CUT_OK);
    CHECK_EQ(cut_trace_writer_open(path, &head, NULL, &second, &fault), CUT_IO);
    CHECK(second == writer);
    CHECK(fault.path == path);
    CHECK_STR(fault.what, "cannot write: File exists");
    CHECK_EQ(access(path, F_OK), 0);
}

static void refuse(struct cut_segment_head wrong, const char *what)
{
    struct cut_trace_writer *writer = NULL;
    struct cut_fault fault = {0};

    unlink(path);
    CHECK_EQ(cut_trace_writer_open(path, &wrong, NULL, &writer, &fault),
             CUT_INVALID);
    CHECK_STR(fault.what, what);
    CHECK(writer == NULL);
    CHECK(access(path, F_OK) != 0);
}

static void test_wrong_heads(void)
{
    static char long_name[CUT_SEGMENT_TEXT_SIZE_MAX + 2];
    static const char *const bad_types[] = {"coin", "a\nb"};
    static const struct cut_segment_channel far[] = {{3, true}};
    const char *no_text = "a name in the head is no text (expected at most "
                          "4096 bytes of UTF-8 that can be seen)";
    const char *no_peer = "a channel in the head has no process at its other "
                          "end (expected an index below 3)";
    struct cut_segment_head wrong = head;

    memset(long_name, 'x', sizeof long_name - 1);
    wrong.process = 3;
    refuse(wrong, "process 3 of 3 (expected a smaller index)");
    wrong = head;
    wrong.name = long_name;
    refuse(wrong, no_text);
    wrong.name = "\xff";
    refuse(wrong, no_text);
    wrong = head;
    wrong.algorithm = "\t";
    refuse(wrong, no_text);
    wrong = head;
    wrong.types = bad_types;
    refuse(wrong, no_text);
    wrong = head;
    wrong.outgoing = far;
    wrong.outgoing_count = 1;
    refuse(wrong, no_peer);
    wrong = head;
    wrong.incoming = far;
    refuse(wrong, no_peer);
}

static void test_large_head(void)
{
    struct cut_segment_head wrong = head;
    struct cut_segment_channel *many;

    wrong.outgoing_count = CUT_SEGMENT_HEAD_SIZE_MAX / 8;
    many = calloc(wrong.outgoing_count, sizeof *many);
    if (many == NULL)
        abort();
    wrong.outgoing = many;
    refuse(wrong, "the head is too large (expected at most 67108864 bytes)");
    free(many);
}

/* --- what is read -------------------------------------------------------- */

static void test_names(void)
{
    char name[CUT_SEGMENT_NAME_SIZE];

    CHECK_STR(cut_segment_name(0, 0, name), "p0.0.trace");
    CHECK_STR(cut_segment_name(UINT32_MAX, UINT32_MAX, name),
              "p4294967295.4294967295.trace");
    CHECK_STR(cut_segment_kind_name(CUT_SEGMENT_END), "END");
    CHECK(cut_segment_kind_name(0) == NULL);
    CHECK(cut_segment_kind_name(16) == NULL);
}

/* A segment in memory, and what its reader says of one more record. */
static void check_next(const struct cut_segment_record *record,
                       const char *what)
{
    uint8_t bytes[4096];
    struct cut_trace_reader *reader = NULL;
    struct cut_fault fault = {0};
    struct cut_segment_record read;
    bool has_more = true;
    size_t size = cut_segment_head_size(&head);

    cut_segment_head_encode(&head, bytes);
    for (size_t i = 0; i < 2; i++)
        size += cut_segment_record_encode(&each[i], bytes + size);
    uint64_t offset = size;
    size += cut_segment_record_encode(record, bytes + size);
    if (!CHECK_EQ(cut_trace_reader_create(bytes, size, NULL, &reader, &fault),
                  CUT_OK))
        return;
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(cut_trace_reader_next(reader, &read, &has_more, &fault),
                 CUT_OK);
    char expected[256];
    snprintf(expected, sizeof expected, "byte %" PRIu64 ": %s", offset, what);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(cut_trace_reader_next(reader, &read, &has_more, &fault),
                 CUT_INVALID);
        CHECK_STR(fault.what, expected);
        CHECK_EQ(cut_trace_reader_offset(reader), offset);
    }
    cut_trace_reader_destroy(reader);
}

static void test_wrong_records(void)
{
    struct cut_segment_record record = {.kind = CUT_SEGMENT_TIMER,
                                        .sequence = 3};

    check_next(&record,
               "the event has a wrong number (expected the one after that of "
               "the event before it)");
    record.sequence = 1;
    check_next(&record,
               "the event has a wrong number (expected the one after that of "
               "the event before it)");
    record.kind = CUT_SEGMENT_FACTS;
    record.sequence = 2;
    check_next(&record,
               "the record has a wrong number (expected that of the event "
               "before it)");
    record.kind = CUT_SEGMENT_START;
    check_next(&record,
               "the process starts again (expected START as its first event)");
    record = (struct cut_segment_record){
        .kind = CUT_SEGMENT_RECEIVE, .channel = 1, .sequence = 2};
    check_next(&record,
               "there is no such channel (expected one of the head's)");
    record.channel = 0;
    record.position = UINT64_MAX;
    check_next(&record,
               "no message has that position (expected a smaller one)");
    record = (struct cut_segment_record){
        .kind = CUT_SEGMENT_RECORD, .channel = 1, .sequence = 1};
    check_next(&record,
               "there is no such channel (expected one of the head's)");
    record.by_sender = true;
    record.channel = 2;
    check_next(&record,
               "there is no such channel (expected one of the head's)");
    record = (struct cut_segment_record){
        .kind = CUT_SEGMENT_LEAVE, .channel = 3, .sequence = 1};
    check_next(&record,
               "there is no such process (expected one of the head's)");
}

/* A capture ends the event: what is sent behind it is in no event. What is sent
 * again before the first event is in none either, and may be. */
static void test_between_events(void)
{
    uint8_t bytes[4096];
    struct cut_trace_reader *reader = NULL;
    struct cut_fault fault = {0};
    struct cut_segment_record read;
    bool has_more = true;
    size_t size = cut_segment_head_size(&head);
    struct cut_segment_record record = {.kind = CUT_SEGMENT_SEND};

    cut_segment_head_encode(&head, bytes);
    size += cut_segment_record_encode(&record, bytes + size);
    record =
        (struct cut_segment_record){.kind = CUT_SEGMENT_START, .sequence = 1};
    size += cut_segment_record_encode(&record, bytes + size);
    record.kind = CUT_SEGMENT_CAPTURE;
    size += cut_segment_record_encode(&record, bytes + size);
    record.kind = CUT_SEGMENT_SEND;
    record.position = 1;
    size += cut_segment_record_encode(&record, bytes + size);
    CHECK_EQ(cut_trace_reader_create(bytes, size, NULL, &reader, &fault),
             CUT_OK);
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(cut_trace_reader_next(reader, &read, &has_more, &fault),
                 CUT_OK);
        CHECK(has_more);
    }
    CHECK_EQ(cut_trace_reader_next(reader, &read, &has_more, &fault),
             CUT_INVALID);
    CHECK(strstr(fault.what,
                 "a message is sent between events (expected it before the "
                 "capture)") != NULL);
    cut_trace_reader_destroy(reader);
}

/* Return how many records of a segment are read before its end or a fault. */
static unsigned count_good(const uint8_t *bytes, size_t size)
{
    struct cut_trace_reader *reader = NULL;
    struct cut_segment_record read;
    bool has_more = true;
    unsigned count = 0;

    if (!CHECK_EQ(cut_trace_reader_create(bytes, size, NULL, &reader, NULL),
                  CUT_OK))
        return 0;
    while (cut_trace_reader_next(reader, &read, &has_more, NULL) == CUT_OK &&
           has_more)
        count++;
    cut_trace_reader_destroy(reader);
    return count;
}

/* A wrong bit anywhere in a record: what is before it is read, and no more. */
static void test_damage(void)
{
    uint8_t bytes[4096];
    size_t begin[EACH_COUNT + 1];
    size_t size = cut_segment_head_size(&head);

    cut_segment_head_encode(&head, bytes);
    for (size_t i = 0; i < EACH_COUNT; i++) {
        begin[i] = size;
        size += cut_segment_record_encode(&each[i], bytes + size);
    }
    begin[EACH_COUNT] = size;
    CHECK_EQ(count_good(bytes, size), EACH_COUNT);
    for (unsigned i = 0; i < EACH_COUNT; i++)
        for (size_t bit = 8 * begin[i]; bit < 8 * begin[i + 1]; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK_EQ(count_good(bytes, size), i);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
}

static void test_not_there(void)
{
    struct cut_trace_reader *reader = NULL;
    struct cut_fault fault = {0};

    unlink(path);
    CHECK_EQ(cut_trace_reader_open(path, NULL, &reader, &fault), CUT_IO);
    CHECK(fault.path == path);
    CHECK_STR(fault.what, "cannot open: No such file or directory");
    CHECK_EQ(cut_trace_reader_open(folder, NULL, &reader, &fault), CUT_INVALID);
    CHECK_STR(fault.what, "not a file (expected a trace segment)");
    CHECK(reader == NULL);
    cut_trace_reader_destroy(NULL);
    cut_trace_writer_abandon(NULL);
    CHECK_EQ(cut_trace_writer_close(NULL, 0, NULL), CUT_OK);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/p0.4.trace", folder);
    RUN(test_checksum_vectors);
    RUN(test_checksum_ways);
    RUN(test_each_kind);
    RUN(test_killed);
    RUN(test_much);
    RUN(test_not_over);
    RUN(test_wrong_heads);
    RUN(test_large_head);
    RUN(test_names);
    RUN(test_wrong_records);
    RUN(test_between_events);
    RUN(test_damage);
    RUN(test_not_there);
    unlink(path);
    rmdir(folder);
    return check_end();
}
