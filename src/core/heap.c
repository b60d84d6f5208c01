/*
 * Engines on the heap: an engine in memory that remembers where it came from.
 */
#include "core/state.h"

struct heap_engine {
    const struct cut_allocator *allocator;
    size_t size;
    uint64_t engine[];
};

enum cut_error cut_engine_create(const struct cut_engine_config *config,
                                 const struct cut_allocator *allocator,
                                 struct cut_engine **out)
{
    if (!cut_engine_config_is_valid(config))
        return CUT_INVALID;
    allocator = cut_allocator_or_standard(allocator);
    size_t size = sizeof(struct heap_engine) + cut_engine_size(config);
    struct heap_engine *heap = cut_allocate(allocator, 1, size);
    if (heap == NULL)
        return CUT_NOMEM;
    heap->allocator = allocator;
    heap->size = size;
    return cut_engine_init(heap->engine, config, out);
}

void cut_engine_destroy(struct cut_engine *engine)
{
    if (engine == NULL)
        return;
    cut_engine_fini(engine);
    struct heap_engine *heap =
        (void *)((char *)engine - offsetof(struct heap_engine, engine));
    cut_release(heap->allocator, heap, 1, heap->size);
}
