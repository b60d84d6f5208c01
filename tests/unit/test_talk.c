/*
 * What supervisor and workers say, as bytes; and the inbox of a worker.
 */
#include "check.h"
#include "net/talk.h"
#include "net/worker_state.h"

#include <stdlib.h>

static void test_numbers(void)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0xff};
    struct cut_bytes bytes = {.at = data, .left = sizeof data};

    CHECK_EQ(cut_bytes_number(&bytes, 1), 1);
    CHECK_EQ(cut_bytes_number(&bytes, 2), 0x0302);
    CHECK_EQ(cut_bytes_number(&bytes, 4), 0x07060504);
    CHECK(!cut_bytes_is_whole(&bytes));
    /* What is not there is not, and nor is anything from then on. */
    CHECK_EQ(cut_bytes_number(&bytes, 4), 0);
    CHECK(bytes.is_short);
    CHECK_EQ(cut_bytes_number(&bytes, 1), 0);
    CHECK(cut_bytes_take(&bytes, 0) == NULL);
    CHECK(!cut_bytes_is_whole(&bytes));
    bytes = (struct cut_bytes){.at = data, .left = sizeof data};
    CHECK(cut_bytes_take(&bytes, UINT64_MAX) == NULL);
    bytes = (struct cut_bytes){.at = data, .left = sizeof data};
    CHECK(cut_bytes_take(&bytes, 10) == data);
    CHECK(cut_bytes_is_whole(&bytes));
}

static void test_figures(void)
{
    struct cut_talk_status status;
    struct cut_talk_status again;
    uint8_t bytes[CUT_TALK_STATUS_SIZE];
    uint64_t next = UINT64_C(0x8877665544332211);

#define SET(name) status.name = next++;
    CUT_TALK_FIGURES(SET)
#undef SET
    cut_talk_status_encode(&status, bytes);
    CHECK_EQ(bytes[0], 0x11);
    CHECK_EQ(bytes[7], 0x88);
    CHECK_EQ(bytes[8], 0x12);
    again = cut_talk_status_decode(bytes);
#define COMPARE(name) CHECK_EQ(again.name, status.name);
    CUT_TALK_FIGURES(COMPARE)
#undef COMPARE
}

static void test_ids(void)
{
    struct cut_snapshot_id id = {.incarnation = 1, .view = 2, .number = 3};
    uint8_t data[CUT_MARKER_SIZE];
    struct cut_bytes bytes = {.at = data, .left = sizeof data};

    cut_marker_encode(id, data);
    struct cut_snapshot_id again = cut_talk_take_id(&bytes);
    CHECK(cut_bytes_is_whole(&bytes));
    CHECK_EQ(again.incarnation, 1);
    CHECK_EQ(again.view, 2);
    CHECK_EQ(again.number, 3);
    bytes = (struct cut_bytes){.at = data, .left = sizeof data - 1};
    CHECK_EQ(cut_talk_take_id(&bytes).number, 0);
    CHECK(bytes.is_short);
}

/* In the order of arrival, of all channels; who has how many is known. */
static void test_inbox(void)
{
    struct cut_peer *peers = calloc(2, sizeof *peers);
    struct cut_inbox inbox;
    struct cut_arrival *arrival;

    if (peers == NULL)
        exit(1);
    cut_inbox_init(&inbox);
    CHECK(cut_inbox_take(&inbox) == NULL);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 9; i++) {
            uint8_t data[9];
            memset(data, (int)i, sizeof data);
            struct cut_record record = {
                .type = (uint8_t)i, .size = i, .stamp = 100 + i, .data = data};
            CHECK_EQ(cut_inbox_append(&inbox, &peers[i % 2], &record), CUT_OK);
        }
        CHECK_EQ(inbox.count, 9);
        CHECK_EQ(inbox.bytes, 36);
        CHECK_EQ(peers[0].waiting_count, 5);
        CHECK_EQ(peers[1].waiting_count, 4);
        for (uint32_t i = 0; i < 9; i++) {
            arrival = cut_inbox_take(&inbox);
            if (!CHECK(arrival != NULL))
                exit(1);
            CHECK(arrival->peer == &peers[i % 2]);
            CHECK_EQ(arrival->type, i);
            CHECK_EQ(arrival->size, i);
            CHECK_EQ(arrival->stamp, 100 + i);
            CHECK_EQ((uintptr_t)arrival->data % 8, 0);
            CHECK(i == 0 ||
                  (arrival->data[0] == i && arrival->data[i - 1] == i));
            cut_arrival_release(arrival);
        }
        CHECK_EQ(inbox.count + inbox.bytes, 0);
        CHECK_EQ(peers[0].waiting_count + peers[1].waiting_count, 0);
    }
    CHECK_EQ(
        cut_inbox_append(&inbox, &peers[0], &(struct cut_record){.size = 0}),
        CUT_OK);
    cut_inbox_fini(&inbox);
    CHECK_EQ(inbox.count, 0);
    free(peers);
}

int main(void)
{
    RUN(test_numbers);
    RUN(test_figures);
    RUN(test_ids);
    RUN(test_inbox);
    return check_end();
}
