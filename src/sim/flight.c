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
        flight->wheel[i].head = CUT_NONE;
    flight->lanes =
        cut_allocate(allocator, channel_count, sizeof(*flight->lanes));
    if (flight->lanes == NULL)
        return CUT_NOMEM;
    for (uint32_t c = 0; c < channel_count; c++)
        flight->lanes[c].head = CUT_NONE;
    return cut_bitset_init(&flight->ready, channel_count, allocator);
}

static uint32_t block_size(unsigned block)
{
    return UINT32_C(1) << (CUT_BLOCK_SHIFT + block);
}

/* Chunks and their links, and what aligning the chunks may take. */
static size_t block_bytes(unsigned block)
{
    size_t chunk = sizeof(union cut_chunk);

    return block_size(block) * (chunk + sizeof(uint32_t)) + chunk;
}

void cut_flight_fini(struct cut_flight *flight)
{
    for (unsigned i = 0; i < flight->block_count; i++)
        cut_release(
            flight->allocator, flight->blocks[i].memory, 1, block_bytes(i));
    cut_release(flight->allocator,
                flight->lanes,
                flight->lane_count,
                sizeof *flight->lanes);
    cut_bitset_fini(&flight->ready, flight->allocator);
}

static enum cut_error add_block(struct cut_flight *flight)
{
    unsigned i = flight->block_count;

    if (i == CUT_BLOCK_COUNT)
        return CUT_NOMEM;
    void *memory = cut_allocate(flight->allocator, 1, block_bytes(i));
    if (memory == NULL)
        return CUT_NOMEM;
    uintptr_t line = sizeof(union cut_chunk);
    uintptr_t aligned = ((uintptr_t)memory + line - 1) / line * line;
    union cut_chunk *chunks = (void *)aligned;
    flight->blocks[i] = (struct cut_block){
        .memory = memory,
        .chunks = chunks,
        .next = (void *)(chunks + block_size(i)),
    };
    flight->block_count++;
    flight->chunk_count += block_size(i);
    return CUT_OK;
}

enum cut_error cut_flight_grow(struct cut_flight *flight, size_t chunks)
{
    while (flight->chunk_count < chunks) {
        enum cut_error error = add_block(flight);
        if (error != CUT_OK)
            return error;
    }
    return CUT_OK;
}

/* Where a chunk is: its highest bit says the block, the rest the place. */
struct place {
    unsigned block;
    uint32_t index;
};

static inline struct place place_of(uint32_t chunk)
{
    uint32_t shifted = chunk + (UINT32_C(1) << CUT_BLOCK_SHIFT);
    unsigned highest = 31u - (unsigned)__builtin_clz(shifted);

    return (struct place){
        highest - CUT_BLOCK_SHIFT,
        shifted - (UINT32_C(1) << highest),
    };
}

static inline union cut_chunk *chunk_at(const struct cut_flight *flight,
                                        uint32_t chunk)
{
    struct place place = place_of(chunk);

    return &flight->blocks[place.block].chunks[place.index];
}

static inline uint32_t *next_of(const struct cut_flight *flight, uint32_t chunk)
{
    struct place place = place_of(chunk);

    return &flight->blocks[place.block].next[place.index];
}

static uint32_t take_chunk(struct cut_flight *flight)
{
    uint32_t chunk = flight->free;

    if (chunk == CUT_NONE) {
        CUT_ASSERT(flight->used < flight->chunk_count);
        return flight->used++;
    }
    flight->free = *next_of(flight, chunk);
    flight->free_count--;
    if (flight->free != CUT_NONE) { /* the one after this, before it is asked */
        __builtin_prefetch(next_of(flight, flight->free));
        __builtin_prefetch(chunk_at(flight, flight->free), 1);
    }
    return chunk;
}

static void give_chunk(struct cut_flight *flight, uint32_t chunk)
{
    *next_of(flight, chunk) = flight->free;
    flight->free = chunk;
    flight->free_count++;
}

static struct cut_entry *
entry_at(const struct cut_flight *flight, uint32_t chunk, unsigned entry)
{
    return &chunk_at(flight, chunk)->entries[entry];
}

static void read_entry(const struct cut_entry *entry,
                       struct cut_sim_message *out)
{
    out->is_marker = (entry->due_and_kind & 1) != 0;
    out->value = entry->value;
    out->due = entry->due_and_kind >> 1;
}

static void
wait_until(struct cut_flight *flight, uint32_t channel, uint64_t due)
{
    struct cut_wheel_slot *slot = &flight->wheel[due % CUT_WHEEL_SIZE];

    if (slot->head == CUT_NONE || slot->count == CUT_CHUNK_WAITING) {
        uint32_t chunk = take_chunk(flight);
        *next_of(flight, chunk) = slot->head;
        slot->head = chunk;
        slot->count = 0;
    }
    chunk_at(flight, slot->head)->waiting[slot->count++] = channel;
}

/* Make room for one more entry at the end of a channel. */
static void extend_lane(struct cut_flight *flight, struct cut_lane *lane)
{
    uint32_t chunk = take_chunk(flight);

    if (lane->head == CUT_NONE) {
        lane->head = chunk;
        lane->first = 0;
    } else {
        *next_of(flight, lane->tail) = chunk;
    }
    lane->tail = chunk;
    lane->end = 0;
}

void cut_flight_push(struct cut_flight *flight,
                     uint32_t channel,
                     const struct cut_sim_message *message)
{
    struct cut_lane *lane = &flight->lanes[channel];

    if (lane->head == CUT_NONE)
        wait_until(flight, channel, message->due);
    if (lane->head == CUT_NONE || lane->end == CUT_CHUNK_SIZE)
        extend_lane(flight, lane);
    *entry_at(flight, lane->tail, lane->end++) = (struct cut_entry){
        .due_and_kind = message->due << 1 | message->is_marker,
        .value = message->value,
    };
}

/* The first entry of a channel is taken: go on to the next one. */
static void advance_lane(struct cut_flight *flight, struct cut_lane *lane)
{
    uint32_t head = lane->head;

    lane->first++;
    if (head == lane->tail && lane->first == lane->end) {
        lane->head = CUT_NONE;
    } else if (lane->first == CUT_CHUNK_SIZE) {
        lane->head = *next_of(flight, head);
        lane->first = 0;
    } else {
        /* Soon the next chunk is looked at; by then it will be here. */
        if (lane->first == CUT_CHUNK_SIZE - 1 && head != lane->tail)
            __builtin_prefetch(chunk_at(flight, *next_of(flight, head)), 1);
        return;
    }
    give_chunk(flight, head);
}

static void make_unready(struct cut_flight *flight, uint32_t channel)
{
    cut_bitset_remove(&flight->ready, channel);
    flight->ready_count--;
}

void cut_flight_pop(struct cut_flight *flight,
                    uint32_t channel,
                    uint64_t now,
                    struct cut_sim_message *out)
{
    struct cut_lane *lane = &flight->lanes[channel];

    read_entry(entry_at(flight, lane->head, lane->first), out);
    advance_lane(flight, lane);
    if (lane->head == CUT_NONE) {
        make_unready(flight, channel);
        return;
    }
    uint64_t due = entry_at(flight, lane->head, lane->first)->due_and_kind >> 1;
    if (due > now) {
        make_unready(flight, channel);
        wait_until(flight, channel, due);
    }
}

void cut_flight_prefetch_message(const struct cut_flight *flight,
                                 uint32_t channel)
{
    uint32_t head = flight->lanes[channel].head;

    __builtin_prefetch(chunk_at(flight, head), 1);
    __builtin_prefetch(next_of(flight, head), 1);
}

uint64_t cut_flight_first_value(const struct cut_flight *flight,
                                uint32_t channel)
{
    const struct cut_lane *lane = &flight->lanes[channel];
    const struct cut_entry *entry = entry_at(flight, lane->head, lane->first);

    return (entry->due_and_kind & 1) != 0 ? UINT64_MAX : entry->value;
}

bool cut_flight_next(const struct cut_flight *flight,
                     uint32_t channel,
                     uint32_t *cursor,
                     struct cut_sim_message *out)
{
    const struct cut_lane *lane = &flight->lanes[channel];
    uint32_t chunk = lane->head;
    unsigned entry = lane->first;

    if (chunk == CUT_NONE)
        return false;
    if (*cursor != CUT_NONE) {
        chunk = *cursor / CUT_CHUNK_SIZE;
        entry = *cursor % CUT_CHUNK_SIZE + 1;
        if (chunk == lane->tail && entry == lane->end)
            return false;
        if (entry == CUT_CHUNK_SIZE) {
            chunk = *next_of(flight, chunk);
            entry = 0;
        }
    }
    *cursor = chunk * CUT_CHUNK_SIZE + entry;
    read_entry(entry_at(flight, chunk, entry), out);
    return true;
}

void cut_flight_advance(struct cut_flight *flight, uint64_t now)
{
    struct cut_wheel_slot *slot = &flight->wheel[now % CUT_WHEEL_SIZE];

    while (slot->head != CUT_NONE) {
        uint32_t chunk = slot->head;
        const uint32_t *waiting = chunk_at(flight, chunk)->waiting;
        for (uint32_t i = 0; i < slot->count; i++)
            cut_bitset_add(&flight->ready, waiting[i]);
        flight->ready_count += slot->count;
        slot->head = *next_of(flight, chunk);
        slot->count = CUT_CHUNK_WAITING;
        give_chunk(flight, chunk);
    }
}

uint64_t cut_flight_next_due(const struct cut_flight *flight, uint64_t now)
{
    if (flight->ready_count > 0)
        return now + 1;
    for (uint64_t due = now + 1; due <= now + CUT_DELAY_MAX; due++)
        if (flight->wheel[due % CUT_WHEEL_SIZE].head != CUT_NONE)
            return due;
    return UINT64_MAX;
}
