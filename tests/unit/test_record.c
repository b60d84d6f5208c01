/*
 * Records in the body of a DATA frame: their bytes, one rule of the decoder a
 * test, and random bodies there and back.
 */
#include "check.h"
#include "net/frame_record.h"

#include <stdlib.h>

static enum cut_record_status
only_record(const uint8_t *body, size_t size, struct cut_record *record)
{
    size_t offset = 0;

    return cut_record_next(body, size, &offset, record);
}

static void test_layout_of_a_message(void)
{
    static const uint8_t expected[] = {
        5,
        0,
        0,
        0,
        1,
        9,
        0,
        0,
        'h',
        'e',
        'l',
        'l',
        'o',
        0,
        0,
        0,
    };
    struct cut_record record = {
        .kind = CUT_RECORD_MESSAGE,
        .type = 9,
        .size = 5,
        .stamp = 77, /* does not travel */
        .data = (const uint8_t *)"hello",
    };
    uint8_t body[sizeof expected];

    memset(body, 0xff, sizeof body);
    CHECK_EQ(cut_record_space(5, false), sizeof expected);
    CHECK_EQ(cut_record_write(body, &record), sizeof expected);
    CHECK(memcmp(body, expected, sizeof expected) == 0);
}

static void test_layout_of_a_stamped_message(void)
{
    static const uint8_t expected[] = {
        1, 0, 0, 0, 1,   255, 1, 0, 1, 2, 3, 4,
        5, 6, 7, 8, 'x', 0,   0, 0, 0, 0, 0, 0,
    };
    struct cut_record record = {
        .kind = CUT_RECORD_MESSAGE,
        .type = 255,
        .has_stamp = true,
        .size = 1,
        .stamp = 0x0807060504030201,
        .data = (const uint8_t *)"x",
    };
    uint8_t body[sizeof expected];

    memset(body, 0xff, sizeof body);
    CHECK_EQ(cut_record_write(body, &record), sizeof expected);
    CHECK(memcmp(body, expected, sizeof expected) == 0);
}

static void test_empty_messages(void)
{
    struct cut_record record = {.kind = CUT_RECORD_MESSAGE, .has_stamp = true};
    uint8_t body[24];
    size_t size = 0;

    size += cut_record_write(body, &record);
    record.has_stamp = false;
    size += cut_record_write(body + size, &record);
    CHECK_EQ(size, sizeof body);
    size_t offset = 0;
    CHECK_EQ(cut_record_next(body, size, &offset, &record), CUT_RECORD_FOUND);
    CHECK(record.has_stamp && record.size == 0);
    CHECK_EQ(offset, 16);
    CHECK_EQ(cut_record_next(body, size, &offset, &record), CUT_RECORD_FOUND);
    CHECK(!record.has_stamp && record.size == 0);
    CHECK_EQ(cut_record_next(body, size, &offset, &record), CUT_RECORD_END);
    CHECK_EQ(cut_record_next(body, size, &offset, &record), CUT_RECORD_END);
    CHECK_EQ(cut_record_next(NULL, 0, &(size_t){0}, &record), CUT_RECORD_END);
}

static size_t write_marker(uint8_t *body)
{
    struct cut_record_marker marker = {
        .snapshot = {.incarnation = 3, .view = 2, .number = 1},
        .sent = UINT64_C(1) << 40,
    };
    uint8_t data[CUT_RECORD_MARKER_SIZE];

    cut_record_marker_encode(&marker, data);
    return cut_record_write(body,
                            &(struct cut_record){
                                .kind = CUT_RECORD_MARKER,
                                .size = sizeof data,
                                .data = data,
                            });
}

static void test_marker(void)
{
    uint8_t body[32];
    struct cut_record record = {.kind = 0};

    CHECK_EQ(write_marker(body), sizeof body);
    CHECK_EQ(body[8], 3);
    CHECK_EQ(body[12], 2);
    CHECK_EQ(body[16], 1);
    CHECK_EQ(body[29], 1);
    if (!CHECK_EQ(only_record(body, sizeof body, &record), CUT_RECORD_FOUND))
        return;
    CHECK_EQ(record.kind, CUT_RECORD_MARKER);
    struct cut_record_marker marker = cut_record_marker_decode(record.data);
    CHECK_EQ(marker.snapshot.incarnation, 3);
    CHECK_EQ(marker.snapshot.view, 2);
    CHECK_EQ(marker.snapshot.number, 1);
    CHECK_EQ(marker.sent, UINT64_C(1) << 40);
}

/* A byte of a sound record is changed: it is none. */
static void
check_refused(const uint8_t *sound, size_t size, size_t at, unsigned value)
{
    uint8_t body[64];
    struct cut_record record = {.kind = 0xee};
    size_t offset = 0;

    memcpy(body, sound, size);
    CHECK_EQ(only_record(body, size, &record), CUT_RECORD_FOUND);
    record.kind = 0xee;
    body[at] = (uint8_t)value;
    CHECK_EQ(cut_record_next(body, size, &offset, &record),
             CUT_RECORD_NONSENSE);
    CHECK_EQ(record.kind, 0xee);
    CHECK_EQ(offset, 0);
}

static void test_nonsense(void)
{
    static const uint8_t message[16] = {
        5, 0, 0, 0, 1, 9, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    uint8_t marker[32];

    check_refused(message, sizeof message, 0, 9);    /* longer than the body */
    check_refused(message, sizeof message, 3, 0xff); /* longer than any */
    check_refused(message, sizeof message, 0, 4);    /* 'o' in the padding */
    check_refused(message, sizeof message, 15, 1);   /* padding */
    check_refused(message, sizeof message, 4, 0);    /* no kind */
    check_refused(message, sizeof message, 4, 3);
    check_refused(message, sizeof message, 6, 2); /* no such flag */
    check_refused(message, sizeof message, 6, 3);
    check_refused(message, sizeof message, 6, 1); /* a stamp, and no room */
    check_refused(message, sizeof message, 7, 1); /* reserved */
    CHECK_EQ(write_marker(marker), sizeof marker);
    check_refused(marker, sizeof marker, 0, 16); /* of another size */
    check_refused(marker, sizeof marker, 5, 1);  /* a type */
}

static void test_size_that_wraps(void)
{
    uint8_t body[16] = {0xf8, 0xff, 0xff, 0xff, 1, 0, 1, 0};
    struct cut_record record;

    for (unsigned low = 0xf0; low <= 0xff; low++) {
        body[0] = (uint8_t)low;
        CHECK_EQ(only_record(body, sizeof body, &record), CUT_RECORD_NONSENSE);
    }
}

/* One byte more than a message may have, though the body has them. */
static void test_size_limit(void)
{
    size_t room = cut_record_space(CUT_MESSAGE_SIZE_MAX + 1, false);
    uint8_t *body = calloc(1, room);
    struct cut_record record = {.kind = CUT_RECORD_MESSAGE,
                                .size = CUT_MESSAGE_SIZE_MAX};
    uint8_t *data = calloc(1, CUT_MESSAGE_SIZE_MAX);

    if (!CHECK(body != NULL && data != NULL))
        return;
    record.data = data;
    size_t size = cut_record_write(body, &record);
    CHECK_EQ(only_record(body, size, &record), CUT_RECORD_FOUND);
    CHECK_EQ(record.size, CUT_MESSAGE_SIZE_MAX);
    body[0] = 1;
    CHECK_EQ(only_record(body, room, &record), CUT_RECORD_NONSENSE);
    free(data);
    free(body);
}

#define RECORDS_MAX 20
#define DATA_MAX 40

struct body {
    struct cut_record records[RECORDS_MAX];
    uint8_t data[RECORDS_MAX][DATA_MAX];
    size_t ends[RECORDS_MAX];
    unsigned count;
    uint8_t *bytes; /* exactly as many */
    size_t size;
};

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 33;
}

static void draw_record(struct body *body, unsigned i, uint64_t *state)
{
    struct cut_record *record = &body->records[i];

    for (unsigned j = 0; j < DATA_MAX; j++)
        body->data[i][j] = (uint8_t)draw(state);
    record->kind =
        draw(state) % 4 == 0 ? CUT_RECORD_MARKER : CUT_RECORD_MESSAGE;
    record->has_stamp = draw(state) % 2 == 0;
    record->stamp = record->has_stamp ? draw(state) : 0;
    record->data = body->data[i];
    record->size = CUT_RECORD_MARKER_SIZE;
    record->type = 0;
    if (record->kind == CUT_RECORD_MESSAGE) {
        record->size = (uint32_t)(draw(state) % (DATA_MAX + 1));
        record->type = (uint8_t)draw(state);
    }
    body->size += cut_record_space(record->size, record->has_stamp);
    body->ends[i] = body->size;
}

static void draw_body(struct body *body, uint64_t *state)
{
    size_t written = 0;

    *body = (struct body){.count = 1 + (unsigned)(draw(state) % RECORDS_MAX)};
    for (unsigned i = 0; i < body->count; i++)
        draw_record(body, i, state);
    body->bytes = malloc(body->size);
    if (body->bytes == NULL)
        abort();
    memset(body->bytes, 0xff, body->size);
    for (unsigned i = 0; i < body->count; i++)
        written += cut_record_write(body->bytes + written, &body->records[i]);
    CHECK_EQ(written, body->size);
}

static void check_same(const struct cut_record *left,
                       const struct cut_record *right)
{
    CHECK_EQ(left->kind, right->kind);
    CHECK_EQ(left->type, right->type);
    CHECK_EQ(left->has_stamp, right->has_stamp);
    CHECK_EQ(left->stamp, right->stamp);
    if (CHECK_EQ(left->size, right->size))
        CHECK(memcmp(left->data, right->data, left->size) == 0);
}

/* What is cut off is a whole number of records, or refused. */
static void check_cut_off(const struct body *body, size_t size)
{
    struct cut_record record;
    size_t offset = 0;
    enum cut_record_status status;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    unsigned whole = 0;
    unsigned found = 0;

    if (bytes == NULL)
        abort();
    memcpy(bytes, body->bytes, size);
    while (whole < body->count && body->ends[whole] <= size)
        whole++;
    while ((status = cut_record_next(bytes, size, &offset, &record)) ==
           CUT_RECORD_FOUND)
        check_same(&record, &body->records[found++]);
    CHECK_EQ(found, whole);
    bool is_end = size == 0 || (whole > 0 && body->ends[whole - 1] == size);
    CHECK_EQ(status, is_end ? CUT_RECORD_END : CUT_RECORD_NONSENSE);
    free(bytes);
}

static void test_random_bodies(void)
{
    uint64_t state = 1;

    for (unsigned i = 0; i < 300 && !check_state.test_failed; i++) {
        struct body body;
        draw_body(&body, &state);
        for (size_t size = 0; size <= body.size; size++)
            check_cut_off(&body, size);
        free(body.bytes);
    }
}

int main(void)
{
    RUN(test_layout_of_a_message);
    RUN(test_layout_of_a_stamped_message);
    RUN(test_empty_messages);
    RUN(test_marker);
    RUN(test_nonsense);
    RUN(test_size_that_wraps);
    RUN(test_size_limit);
    RUN(test_random_bodies);
    return check_end();
}
