/*
 * Slots of open snapshots: blocks of equal slots, handed out from a list of
 * returned ones first, then from the part of a block that was never touched.
 *
 * An index finds the slot of a snapshot at an engine: a hash table with a
 * bucket for each slot or more, so that a step does not take longer where
 * many snapshots are open.
 */
#include "base/hash.h"
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
    struct block **end;  /* where the next block goes */
    struct cut_slot **buckets;
    size_t bucket_count; /* a power of two, or 0 */
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
    pool->end = &pool->first;
    if (cut_pool_extend(pool, slot_count) != CUT_OK) {
        cut_pool_destroy(pool);
        return CUT_NOMEM;
    }
    *out = pool;
    return CUT_OK;
}

static void append_block(struct cut_pool *pool, struct block *block)
{
    *pool->end = block;
    pool->end = &block->next;
    if (pool->fresh == NULL)
        pool->fresh = block;
}

/*
 * Which bucket: by address, since engines have no other name; what depends on
 * it is only how long a search takes.
 */
static struct cut_slot **bucket_of(const struct cut_pool *pool,
                                   const struct cut_engine *engine,
                                   uint64_t number)
{
    uint64_t hash = cut_hash_mix((uintptr_t)engine, number);

    return &pool->buckets[hash & (pool->bucket_count - 1)];
}

static void add_to_index(struct cut_pool *pool, struct cut_slot *slot)
{
    struct cut_slot **bucket =
        bucket_of(pool, slot->engine, slot->recording.snapshot.number);

    slot->next_in_bucket = *bucket;
    *bucket = slot;
}

/* Make the index large enough for so many slots. */
static enum cut_error grow_index(struct cut_pool *pool, uint32_t slot_count)
{
    size_t old_count = pool->bucket_count;
    size_t count = old_count > 0 ? old_count : 1;
    struct cut_slot **old = pool->buckets;

    while (count < slot_count)
        count *= 2;
    if (count == old_count)
        return CUT_OK;
    struct cut_slot **buckets =
        cut_allocate_zeroed(pool->allocator, count, sizeof(struct cut_slot *));
    if (buckets == NULL)
        return CUT_NOMEM;
    pool->buckets = buckets;
    pool->bucket_count = count;
    for (size_t i = 0; i < old_count; i++)
        while (old[i] != NULL) {
            struct cut_slot *slot = old[i];
            old[i] = slot->next_in_bucket;
            add_to_index(pool, slot);
        }
    cut_release(pool->allocator, old, old_count, sizeof(struct cut_slot *));
    return CUT_OK;
}

enum cut_error cut_pool_extend(struct cut_pool *pool, uint32_t slot_count)
{
    if (slot_count > SLOT_COUNT_MAX - pool->slot_count)
        return CUT_INVALID;
    if (slot_count == 0)
        return CUT_OK;
    enum cut_error error = grow_index(pool, pool->slot_count + slot_count);
    if (error != CUT_OK)
        return error;
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
    cut_release(pool->allocator,
                pool->buckets,
                pool->bucket_count,
                sizeof(struct cut_slot *));
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

/* Take a slot for a snapshot at an engine; there is a free one. */
struct cut_slot *cut_pool_take(struct cut_pool *pool,
                               const struct cut_engine *engine,
                               struct cut_snapshot_id snapshot)
{
    struct cut_slot *slot = pool->returned;

    CUT_ASSERT(pool->taken < pool->slot_count);
    pool->taken++;
    if (slot != NULL)
        pool->returned = slot->next;
    else
        slot = take_fresh(pool);
    slot->recording.snapshot = snapshot;
    slot->engine = engine;
    add_to_index(pool, slot);
    return slot;
}

void cut_pool_give(struct cut_pool *pool, struct cut_slot *slot)
{
    struct cut_slot **link =
        bucket_of(pool, slot->engine, slot->recording.snapshot.number);

    while (*link != slot)
        link = &(*link)->next_in_bucket;
    *link = slot->next_in_bucket;
    slot->next = pool->returned;
    pool->returned = slot;
    pool->taken--;
}

/* Return the slot of an open snapshot at an engine, NULL: it is not open. */
struct cut_slot *cut_pool_find(const struct cut_pool *pool,
                               const struct cut_engine *engine,
                               uint64_t number)
{
    if (pool->taken == 0)
        return NULL;
    struct cut_slot *slot = *bucket_of(pool, engine, number);
    while (slot != NULL && (slot->engine != engine ||
                            slot->recording.snapshot.number != number))
        slot = slot->next_in_bucket;
    return slot;
}
