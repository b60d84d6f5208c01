#include "core/counts.h"

#include <string.h>

struct cut_counts
cut_counts_at(struct cut_engine *engine, size_t kept_words, size_t open_words)
{
    uint64_t *words = cut_engine_memory(engine);
    struct cut_counts counts = {.sent = words + kept_words};

    counts.received = counts.sent + engine->outgoing_count;
    counts.old = counts.received + engine->incoming_count + open_words;
    counts.promised = counts.old + engine->incoming_count;
    return counts;
}

struct cut_memory_size cut_counts_size(uint32_t incoming_count,
                                       uint32_t outgoing_count,
                                       size_t kept_words,
                                       size_t open_words)
{
    size_t incoming = incoming_count;

    return (struct cut_memory_size){
        .kept = (kept_words + outgoing_count + incoming) * sizeof(uint64_t),
        .open = (open_words + 2 * incoming) * sizeof(uint64_t),
    };
}

void cut_counts_begin(const struct cut_counts *counts, uint32_t incoming_count)
{
    memcpy(
        counts->old, counts->received, incoming_count * sizeof counts->old[0]);
}

bool cut_counts_are_whole(const struct cut_counts *counts, uint32_t channel)
{
    return counts->promised[channel] != 0 &&
           counts->old[channel] >= counts->promised[channel] - 1;
}
