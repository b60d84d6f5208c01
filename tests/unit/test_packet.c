/*
 * What channels by events stand on: lanes, packets and their queues.
 */
#include "check.h"
#include "fault/failing_allocator.h"
#include "sim/lanes.h"
#include "sim/packet.h"

#include <stdlib.h>

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (*random >> 20) % below;
}

/* Lanes: in an array or in a table, each channel has its own time. */
static void test_lanes(void)
{
    static uint64_t last[5000];
    struct cut_lanes array;
    struct cut_lanes table;
    uint64_t random = 1;
    uint64_t now = 0;

    CHECK_EQ(cut_lanes_init(&array, 5000, cut_allocator_standard()), CUT_OK);
    CHECK_EQ(
        cut_lanes_init(&table, UINT64_C(1) << 40, cut_allocator_standard()),
        CUT_OK);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t lane = draw(&random, 5000);
        uint64_t far = lane * (UINT64_C(1) << 27);
        uint64_t *in_array = cut_lanes_at(&array, lane, now);
        uint64_t *in_table = cut_lanes_at(&table, far, now);
        if (in_table == NULL)
            break;
        CHECK_EQ(*in_array, last[lane]);
        /* A time that has passed may be forgotten. */
        CHECK(*in_table == last[lane] || (*in_table == 0 && last[lane] <= now));
        last[lane] = now + draw(&random, 1000);
        *in_array = last[lane];
        *in_table = last[lane];
        now += draw(&random, 3);
    }
    CHECK(now > 100000);
    CHECK(table.table_size <= 16384);
    cut_lanes_fini(&array);
    cut_lanes_fini(&table);
}

/* Packets */

static void test_packets(void)
{
    struct failing_allocator failing;
    struct cut_packets packets;
    uint8_t data[64];
    uint32_t indices[10000];
    uint64_t random = 1;

    failing_init(&failing, FAIL_NEVER, 0);
    cut_packets_init(&packets, &failing.allocator);
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i + 1);
    for (uint32_t i = 0; i < 10000; i++)
        CHECK_EQ(cut_packet_make(&packets, data, i % 64, &indices[i]), CUT_OK);
    for (uint32_t i = 0; i < 10000; i++) {
        struct cut_packet *packet = cut_packet_at(&packets, indices[i]);
        CHECK_EQ(packet->size, i % 64);
        CHECK_EQ(packet->references, 1);
        CHECK(memcmp(cut_packet_data(packet), data, packet->size) == 0);
        CHECK_EQ((uintptr_t)cut_packet_data(packet) % 8, 0);
        packet->references += i % 2;
    }
    for (unsigned round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 10000; i++)
            if (round == 0 || i % 2 == 1)
                cut_packet_drop(&packets, indices[i]);
    /* All are free, and are used again before there are more of them. */
    size_t blocks = packets.block_count;
    CHECK_EQ(cut_packets_reserve(&packets, 10000), CUT_OK);
    for (uint32_t i = 0; i < 10000; i++)
        CHECK_EQ(
            cut_packet_make(&packets, data, draw(&random, 20), &indices[i]),
            CUT_OK);
    CHECK_EQ(packets.block_count, blocks);
    cut_packets_fini(&packets); /* those that are in use as well */
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
}

static void test_queues(void)
{
    struct cut_packets packets;
    struct cut_queue queue = CUT_QUEUE_EMPTY;
    uint32_t indices[3];

    cut_packets_init(&packets, cut_allocator_standard());
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(cut_packet_make(&packets, NULL, 0, &indices[i]), CUT_OK);
    for (unsigned round = 0; round < 3; round++) {
        CHECK(cut_queue_is_empty(&queue));
        for (unsigned i = 0; i < 3; i++)
            cut_queue_append(&packets, &queue, indices[(i + round) % 3]);
        for (unsigned i = 0; i < 3; i++) {
            CHECK(!cut_queue_is_empty(&queue));
            CHECK_EQ(cut_queue_take(&packets, &queue),
                     indices[(i + round) % 3]);
        }
    }
    CHECK(cut_queue_is_empty(&queue));
    cut_packets_fini(&packets);
}

int main(void)
{
    RUN(test_lanes);
    RUN(test_packets);
    RUN(test_queues);
    return check_end();
}
