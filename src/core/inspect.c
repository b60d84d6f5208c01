/*
 * What can be asked of an engine.
 */
#include "base/hash.h"
#include "core/state.h"

uint64_t cut_engine_sent(const struct cut_engine *engine, uint32_t channel)
{
    if (engine->algorithm->sent == NULL || channel >= engine->outgoing_count)
        return 0;
    return engine->algorithm->sent(engine, channel);
}

uint32_t cut_engine_open_count(const struct cut_engine *engine)
{
    uint32_t count = 0;

    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next)
        count++;
    return count;
}

bool cut_engine_awaits_marker(const struct cut_engine *engine,
                              struct cut_snapshot_id snapshot,
                              uint32_t channel)
{
    if (channel >= engine->incoming_count || snapshot.number == UINT64_MAX ||
        snapshot.incarnation != engine->incarnation ||
        snapshot.view != engine->view)
        return false;
    const struct cut_slot *slot =
        cut_pool_find(engine->pool, engine, snapshot.number);
    return slot != NULL && cut_slot_awaits(slot, channel);
}

uint32_t cut_engine_ignored_count(const struct cut_engine *engine)
{
    return engine->ignored;
}

/* The window and the algorithm's memory lie behind each other. */
static size_t words_behind(const struct cut_engine *engine)
{
    struct cut_memory_size memory = cut_memory_size_of(
        engine->algorithm, engine->incoming_count, engine->outgoing_count);

    return engine->window / 64 + (memory.kept + memory.open) / sizeof(uint64_t);
}

static uint64_t add_slot(const struct cut_engine *engine,
                         const struct cut_slot *slot,
                         uint64_t digest)
{
    size_t words = ((size_t)engine->incoming_count + 63) / 64;

    digest = cut_hash_mix(digest, slot->recording.snapshot.number);
    for (size_t i = 0; i < words; i++)
        digest = cut_hash_mix(digest, slot->awaited[i]);
    return digest;
}

uint64_t cut_engine_digest(const struct cut_engine *engine)
{
    size_t behind = words_behind(engine);
    uint64_t digest = cut_hash_mix(0, engine->incarnation);

    digest = cut_hash_mix(digest, engine->view);
    digest = cut_hash_mix(digest, engine->end);
    for (size_t i = 0; i < behind; i++)
        digest = cut_hash_mix(digest, engine->seen[i]);
    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next)
        digest = add_slot(engine, s, digest);
    if (engine->closed != NULL)
        digest = add_slot(engine, engine->closed, digest);
    return digest;
}
