/*
 * Frames: their bytes, one rule of the decoder a test, and that no changed bit
 * goes unnoticed.
 */
#include "base/crc32c.h"
#include "check.h"
#include "net/frame.h"

#include <stdlib.h>

/* A frame with this body, in memory of exactly its size, so that a sanitizer
 * sees who reads beyond. To be released. */
static uint8_t *
sealed(const struct cut_frame *frame, const void *body, size_t *size)
{
    uint8_t *bytes = malloc(CUT_FRAME_HEADER_SIZE + (size_t)frame->body_size);

    if (bytes == NULL)
        abort();
    if (frame->body_size > 0)
        memcpy(bytes + CUT_FRAME_HEADER_SIZE, body, frame->body_size);
    *size = cut_frame_seal(bytes, frame);
    return bytes;
}

static const struct cut_frame example = {
    .kind = CUT_FRAME_DATA,
    .incarnation = 0x04030201,
    .body_size = 5,
    .sequence = 0x0807060504030201,
    .acknowledged = 0x1817161514131211,
};

/* RFC 3720, appendix B.4. */
static void test_checksum_is_castagnolis(void)
{
    static const uint8_t read_command[48] = {
        0x01,
        0xc0,
        [16] = 0x14,
        [22] = 0x04,
        [27] = 0x14,
        [31] = 0x18,
        [32] = 0x28,
        [40] = 0x02,
    };
    uint8_t bytes[32];

    memset(bytes, 0, sizeof bytes);
    CHECK_EQ(cut_crc32c(0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    CHECK_EQ(cut_crc32c(0, bytes, sizeof bytes), 0x62a8ab43);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    CHECK_EQ(cut_crc32c(0, bytes, sizeof bytes), 0x46dd794e);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(31 - i);
    CHECK_EQ(cut_crc32c(0, bytes, sizeof bytes), 0x113fdb5c);
    CHECK_EQ(cut_crc32c(0, read_command, sizeof read_command), 0xd9963a56);
    CHECK_EQ(cut_crc32c(0, bytes, 0), 0);
}

static void test_checksum_can_be_continued(void)
{
    static const char text[] = "one text in two parts, of all sizes";
    uint32_t whole = cut_crc32c(0, text, sizeof text);

    for (size_t i = 0; i <= sizeof text; i++)
        CHECK_EQ(cut_crc32c(cut_crc32c(0, text, i), text + i, sizeof text - i),
                 whole);
}

/* The checksum was computed bit by bit, in Python. */
static void test_layout(void)
{
    static const uint8_t expected[] = {
        5,    0,    0,    0,    6,    0,    0,   0,   1,   2,   3,   4,    0xc3,
        0xd5, 0x16, 0xcc, 1,    2,    3,    4,   5,   6,   7,   8,   0x11, 0x12,
        0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 'h', 'e', 'l', 'l', 'o',
    };
    size_t size;
    uint8_t *bytes = sealed(&example, "hello", &size);

    CHECK_EQ(size, sizeof expected);
    for (size_t i = 0; i < sizeof expected; i++)
        CHECK_EQ(bytes[i], expected[i]);
    free(bytes);
}

static void check_survives(const struct cut_frame *frame, const void *body)
{
    size_t size;
    struct cut_frame read;
    struct cut_frame_opening opening;
    uint8_t *bytes = sealed(frame, body, &size);

    if (CHECK_EQ(cut_frame_open(bytes, size, &read, &opening),
                 CUT_FRAME_WHOLE)) {
        CHECK_EQ(opening.size, size);
        CHECK(opening.reason == NULL);
        CHECK_EQ(read.kind, frame->kind);
        CHECK_EQ(read.incarnation, frame->incarnation);
        CHECK_EQ(read.sequence, frame->sequence);
        CHECK_EQ(read.acknowledged, frame->acknowledged);
        CHECK_EQ(read.body_size, frame->body_size);
        CHECK(read.body == bytes + CUT_FRAME_HEADER_SIZE);
        CHECK(frame->body_size == 0 ||
              memcmp(read.body, body, frame->body_size) == 0);
    }
    free(bytes);
}

static void test_all_kinds_survive(void)
{
    for (unsigned kind = 1; kind <= CUT_FRAME_CONTROL_LAST; kind++) {
        struct cut_frame frame = {
            .kind = (uint8_t)kind,
            .incarnation = UINT32_MAX,
            .sequence = UINT64_MAX,
            .acknowledged = UINT64_MAX,
            .body_size = kind % 3,
        };
        check_survives(&frame, "ab");
    }
}

static void test_largest_body_survives(void)
{
    struct cut_frame frame = {
        .kind = CUT_FRAME_DATA,
        .body_size = CUT_FRAME_BODY_MAX,
    };
    uint8_t *body = calloc(1, CUT_FRAME_BODY_MAX);

    if (CHECK(body != NULL))
        check_survives(&frame, body);
    free(body);
}

/* The beginning of a frame says how much is needed, and no more is read. */
static void test_beginnings_want_more(void)
{
    size_t size;
    uint8_t *bytes = sealed(&example, "hello", &size);

    for (size_t i = 0; i < size; i++) {
        uint8_t *beginning = malloc(i > 0 ? i : 1);
        struct cut_frame frame = {.kind = 0xee};
        struct cut_frame_opening opening;
        if (beginning == NULL)
            abort();
        memcpy(beginning, bytes, i);
        CHECK_EQ(cut_frame_open(beginning, i, &frame, &opening),
                 CUT_FRAME_MORE);
        CHECK_EQ(opening.size,
                 i < CUT_FRAME_HEADER_SIZE ? CUT_FRAME_HEADER_SIZE : size);
        CHECK(opening.reason == NULL);
        CHECK_EQ(frame.kind, 0xee);
        free(beginning);
    }
    free(bytes);
}

static void test_what_follows_a_frame_is_left_alone(void)
{
    size_t size;
    struct cut_frame frame;
    struct cut_frame_opening opening;
    uint8_t *bytes = sealed(&example, "hello", &size);
    uint8_t two[64];

    memset(two, 0xff, sizeof two);
    memcpy(two, bytes, size);
    CHECK_EQ(cut_frame_open(two, sizeof two, &frame, &opening),
             CUT_FRAME_WHOLE);
    CHECK_EQ(opening.size, size);
    free(bytes);
}

/* A checksum of 32 bits finds each single bit: a frame is garbled, or does not
 * look like one, or looks longer. */
static void test_each_changed_bit_is_found(void)
{
    size_t size;
    uint8_t *bytes = sealed(&example, "hello", &size);
    unsigned garbled = 0;

    for (size_t i = 0; i < 8 * size; i++) {
        struct cut_frame frame = {.kind = 0xee};
        struct cut_frame_opening opening;
        bytes[i / 8] ^= (uint8_t)(1U << (i % 8));
        enum cut_frame_status status =
            cut_frame_open(bytes, size, &frame, &opening);
        CHECK(status != CUT_FRAME_WHOLE);
        CHECK(status != CUT_FRAME_MORE || i < 32);
        CHECK((status == CUT_FRAME_MORE) == (opening.reason == NULL));
        CHECK_EQ(frame.kind, 0xee);
        garbled += status == CUT_FRAME_GARBLED;
        bytes[i / 8] ^= (uint8_t)(1U << (i % 8));
    }
    CHECK(garbled > 8 * size / 2);
    free(bytes);
}

static void check_nonsense(unsigned at, unsigned value, const char *reason)
{
    size_t size;
    uint8_t *bytes = sealed(&example, "hello", &size);
    struct cut_frame frame;
    struct cut_frame_opening opening;

    bytes[at] = (uint8_t)value;
    /* The header is enough to know. */
    CHECK_EQ(cut_frame_open(bytes, CUT_FRAME_HEADER_SIZE, &frame, &opening),
             CUT_FRAME_NONSENSE);
    CHECK_EQ(opening.size, 0);
    CHECK_STR(opening.reason, reason);
    free(bytes);
}

static void test_nonsense_is_known_by_its_header(void)
{
    check_nonsense(3, 2, "a frame that is too long");
    check_nonsense(3, 0xff, "a frame that is too long");
    check_nonsense(4, 0, "a frame of no kind");
    check_nonsense(4, 64, "a frame of no kind");
    check_nonsense(4, 255, "a frame of no kind");
    for (unsigned at = 5; at < 8; at++)
        check_nonsense(at, 1, "a frame whose reserved bytes are not zero");
}

static void test_one_byte_too_long(void)
{
    uint8_t bytes[CUT_FRAME_HEADER_SIZE] = {
        1,
        0,
        2,
        1,
        CUT_FRAME_DATA,
    };
    struct cut_frame frame;
    struct cut_frame_opening opening;

    CHECK_EQ(cut_frame_open(bytes, sizeof bytes, &frame, &opening),
             CUT_FRAME_NONSENSE);
    bytes[0] = 0;
    CHECK_EQ(cut_frame_open(bytes, sizeof bytes, &frame, &opening),
             CUT_FRAME_MORE);
    CHECK_EQ(opening.size, (size_t)CUT_FRAME_HEADER_SIZE + CUT_FRAME_BODY_MAX);
}

static void test_credit(void)
{
    struct cut_credit credit = {0x0807060504030201, 0x1817161514131211};
    uint8_t bytes[CUT_CREDIT_SIZE];

    cut_credit_encode(credit, bytes);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(bytes[i], i + 1);
        CHECK_EQ(bytes[8 + i], 0x11 + i);
    }
    CHECK_EQ(cut_credit_decode(bytes).messages, credit.messages);
    CHECK_EQ(cut_credit_decode(bytes).bytes, credit.bytes);
}

int main(void)
{
    RUN(test_checksum_is_castagnolis);
    RUN(test_checksum_can_be_continued);
    RUN(test_layout);
    RUN(test_all_kinds_survive);
    RUN(test_largest_body_survives);
    RUN(test_beginnings_want_more);
    RUN(test_what_follows_a_frame_is_left_alone);
    RUN(test_each_changed_bit_is_found);
    RUN(test_nonsense_is_known_by_its_header);
    RUN(test_one_byte_too_long);
    RUN(test_credit);
    return check_end();
}
