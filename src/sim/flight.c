#include "sim/flight.h"

#include "base/trap.h"

enum cut_error cut_flight_init(struct cut_flight *flight,
                               uint32_t channel_count,
                               const struct cut_allocator *allocator)
{
    *flight = (struct cut_flight){
        .allocator = allocator,
        .free = CUT_NONE,
        .lane_count = channel_count,
    };
    for (unsigned i = 0; i < CUT_WHEEL_SIZE; i++)
        flight->wheel[i] = CUT_NONE;
    flight->lanes =
        cut_allocate(allocator, channel_count, sizeof(*flight->lanes));
    if (flight->lanes == NULL)
        return CUT_NOMEM;
    for (uint32_t c = 0; c < channel_count; c++)
        flight->lanes[c] = (struct cut_lane){CUT_NONE, CUT_NONE, CUT_NONE};
    return cut_bitset_init(&flight->ready, channel_count, allocator);
}

void cut_flight_fini(struct cut_flight *flight)
{
    cut_release(flight->allocator,
                flight->nodes,
                flight->node_capacity,
                sizeof *flight->nodes);
    cut_release(flight->allocator,
                flight->lanes,
                flight->lane_count,
                sizeof *flight->lanes);
    cut_bitset_fini(&flight->ready, flight->allocator);
}

/* The free list is not counted: only the untouched end of the array is. */
enum cut_error cut_flight_reserve(struct cut_flight *flight, size_t count)
{
    if (count == 1 && flight->free != CUT_NONE)
        return CUT_OK;
    if (flight->node_count + count >= CUT_NONE)
        return CUT_NOMEM;
    struct cut_node *nodes = cut_grow(flight->allocator,
                                      flight->nodes,
                                      &flight->node_capacity,
                                      flight->node_count + count,
                                      sizeof *nodes);
    if (nodes == NULL)
        return CUT_NOMEM;
    flight->nodes = nodes;
    return CUT_OK;
}

static uint32_t take_node(struct cut_flight *flight)
{
    uint32_t node = flight->free;

    if (node != CUT_NONE) {
        flight->free = flight->nodes[node].next;
        return node;
    }
    CUT_ASSERT(flight->node_count < flight->node_capacity);
    return (uint32_t)flight->node_count++;
}

static void
wait_until(struct cut_flight *flight, uint32_t channel, uint64_t due)
{
    uint32_t *slot = &flight->wheel[due % CUT_WHEEL_SIZE];

    flight->lanes[channel].next = *slot;
    *slot = channel;
}

void cut_flight_push(struct cut_flight *flight,
                     uint32_t channel,
                     struct cut_sim_message message)
{
    struct cut_lane *lane = &flight->lanes[channel];
    uint32_t node = take_node(flight);

    flight->nodes[node] = (struct cut_node){
        .due = message.due,
        .value = message.value,
        .next = CUT_NONE,
        .is_marker = message.is_marker,
    };
    if (lane->head == CUT_NONE) {
        lane->head = node;
        wait_until(flight, channel, message.due);
    } else {
        flight->nodes[lane->tail].next = node;
    }
    lane->tail = node;
}

static void make_unready(struct cut_flight *flight, uint32_t channel)
{
    cut_bitset_remove(&flight->ready, channel);
    flight->ready_count--;
}

struct cut_sim_message
cut_flight_pop(struct cut_flight *flight, uint32_t channel, uint64_t now)
{
    struct cut_lane *lane = &flight->lanes[channel];
    uint32_t head = lane->head;
    struct cut_node *node = &flight->nodes[head];
    struct cut_sim_message message = {
        .is_marker = node->is_marker != 0,
        .value = node->value,
        .due = node->due,
    };

    lane->head = node->next;
    node->next = flight->free;
    flight->free = head;
    if (lane->head == CUT_NONE) {
        make_unready(flight, channel);
    } else if (flight->nodes[lane->head].due > now) {
        make_unready(flight, channel);
        wait_until(flight, channel, flight->nodes[lane->head].due);
    }
    return message;
}

void cut_flight_advance(struct cut_flight *flight, uint64_t now)
{
    uint32_t *slot = &flight->wheel[now % CUT_WHEEL_SIZE];

    while (*slot != CUT_NONE) {
        uint32_t channel = *slot;
        *slot = flight->lanes[channel].next;
        cut_bitset_add(&flight->ready, channel);
        flight->ready_count++;
    }
}

uint64_t cut_flight_next_due(const struct cut_flight *flight, uint64_t now)
{
    if (flight->ready_count > 0)
        return now + 1;
    for (uint64_t due = now + 1; due <= now + CUT_DELAY_MAX; due++)
        if (flight->wheel[due % CUT_WHEEL_SIZE] != CUT_NONE)
            return due;
    return UINT64_MAX;
}
