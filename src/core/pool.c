/*
 * Slots of open snapshots: blocks of equal slots, handed out from a list of
 * returned ones first, then from the part of a block that was never touched.
 */
#include "core/state.h"

#define SLOT_COUNT_MAX (UINT32_C(1) << 31)

struct block {
    struct block *next;
    uint32_t slot_count;
    uint32_t used; /* how many have ever been handed out */
    unsigned char slots[];
};

struct cut_pool {
    const struct cut_allocator *allocator;
    struct cut_slot *returned;
    struct block *first;
    struct block *fresh; /* the first that may have untouched slots */
    size_t slot_size;
    uint32_t slot_count;
    uint32_t taken;
    uint32_t incoming_max;
};

static size_t block_size(const struct cut_pool *pool, uint32_t slot_count)
{
    return sizeof(struct block) + slot_count * pool->slot_size;
}

enum cut_error cut_pool_create(uint32_t slot_count,
                               uint32_t incoming_max,
                               const struct cut_allocator *allocator,
                               struct cut_pool **out)
{
    allocator = cut_allocator_or_standard(allocator);
    if (slot_count > SLOT_COUNT_MAX)
        return CUT_INVALID;
    struct cut_pool *pool = cut_allocate(allocator, 1, sizeof *pool);
    if (pool == NULL)
        return CUT_NOMEM;
    *pool = (struct cut_pool){
        .allocator = allocator,
        .slot_size = sizeof(struct cut_slot) +
                     ((size_t)incoming_max + 63) / 64 * sizeof(uint64_t),
        .incoming_max = incoming_max,
    };
    if (cut_pool_extend(pool, slot_count) != CUT_OK) {
        cut_pool_destroy(pool);
        return CUT_NOMEM;
    }
    *out = pool;
    return CUT_OK;
}

static void append_block(struct cut_pool *pool, struct block *block)
{
    struct block **end = &pool->first;

    while (*end != NULL)
        end = &(*end)->next;
    *end = block;
    if (pool->fresh == NULL)
        pool->fresh = block;
}

enum cut_error cut_pool_extend(struct cut_pool *pool, uint32_t slot_count)
{
    if (slot_count > SLOT_COUNT_MAX - pool->slot_count)
        return CUT_INVALID;
    if (slot_count == 0)
        return CUT_OK;
    struct block *block =
        cut_allocate(pool->allocator, 1, block_size(pool, slot_count));
    if (block == NULL)
        return CUT_NOMEM;
    *block = (struct block){.slot_count = slot_count};
    append_block(pool, block);
    pool->slot_count += slot_count;
    return CUT_OK;
}

uint32_t cut_pool_free_count(const struct cut_pool *pool)
{
    return pool->slot_count - pool->taken;
}

uint32_t cut_pool_incoming_max(const struct cut_pool *pool)
{
    return pool->incoming_max;
}

void cut_pool_destroy(struct cut_pool *pool)
{
    if (pool == NULL)
        return;
    CUT_ASSERT(pool->taken == 0);
    while (pool->first != NULL) {
        struct block *block = pool->first;
        pool->first = block->next;
        cut_release(
            pool->allocator, block, 1, block_size(pool, block->slot_count));
    }
    cut_release(pool->allocator, pool, 1, sizeof *pool);
}

static struct cut_slot *take_fresh(struct cut_pool *pool)
{
    while (pool->fresh->used == pool->fresh->slot_count)
        pool->fresh = pool->fresh->next;
    struct block *block = pool->fresh;
    void *slot = block->slots + block->used++ * pool->slot_size;
    return slot;
}

/* Take a slot; there is a free one. */
struct cut_slot *cut_pool_take(struct cut_pool *pool)
{
    struct cut_slot *slot = pool->returned;

    CUT_ASSERT(pool->taken < pool->slot_count);
    pool->taken++;
    if (slot == NULL)
        return take_fresh(pool);
    pool->returned = slot->next;
    return slot;
}

void cut_pool_give(struct cut_pool *pool, struct cut_slot *slot)
{
    slot->next = pool->returned;
    pool->returned = slot;
    pool->taken--;
}
