#include "sim/packet.h"

#include "base/trap.h"

#include <string.h>

#define BLOCK_SIZE (1u << CUT_PACKET_BLOCK_SHIFT)
#define PACKET_SIZE sizeof(struct cut_packet)
/* And what aligning them may take. */
#define BLOCK_BYTES (BLOCK_SIZE * PACKET_SIZE + PACKET_SIZE)

_Static_assert(PACKET_SIZE == 64, "a packet is one line of the cache");

void cut_packets_init(struct cut_packets *packets,
                      const struct cut_allocator *allocator)
{
    *packets = (struct cut_packets){
        .allocator = allocator,
        .free = CUT_NONE,
    };
}

static bool has_memory(const struct cut_packet *packet)
{
    return packet->references > 0 && packet->size > CUT_PACKET_INLINE;
}

void cut_packets_fini(struct cut_packets *packets)
{
    for (uint32_t i = 0; i < packets->used; i++) {
        struct cut_packet *packet = cut_packet_at(packets, i);
        if (has_memory(packet))
            cut_release(
                packets->allocator, packet->data.memory, packet->size, 1);
    }
    for (size_t i = 0; i < packets->block_count; i++)
        cut_release(
            packets->allocator, packets->blocks[i].memory, BLOCK_BYTES, 1);
    cut_release(packets->allocator,
                packets->blocks,
                packets->block_capacity,
                sizeof *packets->blocks);
}

static enum cut_error add_block(struct cut_packets *packets)
{
    struct cut_packet_block *blocks = cut_grow(packets->allocator,
                                               packets->blocks,
                                               &packets->block_capacity,
                                               packets->block_count + 1,
                                               sizeof *blocks);

    if (blocks == NULL)
        return CUT_NOMEM;
    packets->blocks = blocks;
    void *memory = cut_allocate(packets->allocator, BLOCK_BYTES, 1);
    if (memory == NULL)
        return CUT_NOMEM;
    uintptr_t aligned = ((uintptr_t)memory + PACKET_SIZE - 1) / PACKET_SIZE;
    blocks[packets->block_count] = (struct cut_packet_block){
        .memory = memory,
        .packets = (void *)(aligned * PACKET_SIZE),
    };
    packets->block_count++;
    return CUT_OK;
}

enum cut_error cut_packets_grow(struct cut_packets *packets, uint32_t count)
{
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && packets->free_count < count) {
        size_t room = packets->block_count * BLOCK_SIZE;
        if (packets->free_count + room - packets->used >= count)
            break;
        if (room > UINT32_MAX - BLOCK_SIZE)
            return CUT_LIMIT;
        error = add_block(packets);
    }
    return error;
}

static uint32_t take_free(struct cut_packets *packets)
{
    if (packets->free == CUT_NONE)
        return packets->used++;
    uint32_t index = packets->free;
    packets->free = cut_packet_at(packets, index)->next;
    packets->free_count--;
    if (packets->free != CUT_NONE) /* the next one, before it is asked for */
        __builtin_prefetch(cut_packet_at(packets, packets->free), 1);
    return index;
}

enum cut_error cut_packet_make(struct cut_packets *packets,
                               const void *data,
                               size_t size,
                               uint32_t *out)
{
    enum cut_error error = cut_packets_reserve(packets, 1);
    uint8_t *memory = NULL;

    if (error != CUT_OK)
        return error;
    if (size > CUT_PACKET_INLINE) {
        memory = cut_allocate(packets->allocator, size, 1);
        if (memory == NULL)
            return CUT_NOMEM;
    }
    uint32_t index = take_free(packets);
    struct cut_packet *packet = cut_packet_at(packets, index);
    *packet = (struct cut_packet){
        .size = (uint32_t)size,
        .references = 1,
        .next = CUT_NONE,
    };
    if (memory != NULL)
        packet->data.memory = memory;
    if (size > 0)
        memcpy(memory != NULL ? memory : (uint8_t *)&packet->data.word,
               data,
               size);
    *out = index;
    return CUT_OK;
}

void cut_packet_drop(struct cut_packets *packets, uint32_t index)
{
    struct cut_packet *packet = cut_packet_at(packets, index);

    CUT_ASSERT(packet->references > 0);
    if (packet->references > 1) {
        packet->references--;
        return;
    }
    if (has_memory(packet))
        cut_release(packets->allocator, packet->data.memory, packet->size, 1);
    packet->references = 0;
    packet->next = packets->free;
    packets->free = index;
    packets->free_count++;
}

void cut_queue_append(struct cut_packets *packets,
                      struct cut_queue *queue,
                      uint32_t index)
{
    cut_packet_at(packets, index)->next = CUT_NONE;
    if (queue->head == CUT_NONE)
        queue->head = index;
    else
        cut_packet_at(packets, queue->tail)->next = index;
    queue->tail = index;
}

uint32_t cut_queue_take(struct cut_packets *packets, struct cut_queue *queue)
{
    uint32_t index = queue->head;

    queue->head = cut_packet_at(packets, index)->next;
    return index;
}
