/*
 * The coordinator's beginning and end, and what one may ask it.
 */
#include "base/memory.h"
#include "proto/coordinator_state.h"

#define PROCESS_COUNT_MAX (UINT32_C(1) << 31)
#define IN_PROGRESS_MAX (UINT32_C(1) << 20)
#define QUEUE_MAX (UINT32_C(1) << 20)

static bool is_valid(const struct cut_coordinator_config *config)
{
    return config->process_count >= 1 &&
           config->process_count <= PROCESS_COUNT_MAX &&
           config->member_count <= config->process_count &&
           config->in_progress_max >= 1 &&
           config->in_progress_max <= IN_PROGRESS_MAX &&
           config->queue_max <= QUEUE_MAX;
}

static enum cut_error allocate(struct cut_coordinator *c)
{
    c->members =
        cut_allocate_zeroed(c->allocator, c->word_count, sizeof *c->members);
    c->queue =
        cut_allocate(c->allocator, c->config.queue_max, sizeof *c->queue);
    c->slots =
        cut_allocate(c->allocator, c->config.in_progress_max, c->slot_size);
    if (c->members == NULL || c->queue == NULL || c->slots == NULL)
        return CUT_NOMEM;
    return CUT_OK;
}

static void make_slots(struct cut_coordinator *c)
{
    for (size_t i = c->config.in_progress_max; i-- > 0;) {
        void *memory = c->slots + i * c->slot_size;
        struct cut_coordinator_slot *slot = memory;
        slot->next = c->free;
        c->free = slot;
    }
}

enum cut_error
cut_coordinator_create(const struct cut_coordinator_config *config,
                       const struct cut_allocator *allocator,
                       struct cut_coordinator **out)
{
    allocator = cut_allocator_or_standard(allocator);
    if (!is_valid(config))
        return CUT_INVALID;
    struct cut_coordinator *c = cut_allocate(allocator, 1, sizeof *c);
    if (c == NULL)
        return CUT_NOMEM;
    size_t word_count = ((size_t)config->process_count + 63) / 64;
    *c = (struct cut_coordinator){
        .allocator = allocator,
        .config = *config,
        .open_end = &c->open,
        .aborted_end = &c->aborted,
        .slot_size =
            sizeof(struct cut_coordinator_slot) + word_count * sizeof(uint64_t),
        .word_count = word_count,
        .member_count = config->member_count,
        .view = config->view,
        .number = config->number,
    };
    if (allocate(c) != CUT_OK) {
        cut_coordinator_destroy(c);
        return CUT_NOMEM;
    }
    make_slots(c);
    for (uint32_t p = 0; p < config->member_count; p++)
        c->members[p / 64] |= UINT64_C(1) << (p % 64);
    *out = c;
    return CUT_OK;
}

void cut_coordinator_destroy(struct cut_coordinator *c)
{
    if (c == NULL)
        return;
    cut_release(
        c->allocator, c->slots, c->config.in_progress_max, c->slot_size);
    cut_release(c->allocator, c->queue, c->config.queue_max, sizeof *c->queue);
    cut_release(c->allocator, c->members, c->word_count, sizeof *c->members);
    cut_release(c->allocator, c, 1, sizeof *c);
}

cut_time cut_coordinator_deadline(const struct cut_coordinator *c)
{
    cut_time deadline = CUT_COORDINATOR_NEVER;

    if (c->open != NULL && c->config.timeout > 0)
        deadline = cut_coordinator_later(c->open->started, c->config.timeout);
    if (c->queue_count > 0 && c->open_count < c->config.in_progress_max &&
        c->start_min < deadline)
        deadline = c->start_min;
    return deadline;
}

bool cut_coordinator_is_member(const struct cut_coordinator *c,
                               uint32_t process)
{
    return process < c->config.process_count &&
           cut_coordinator_has_bit(c->members, process);
}

uint32_t cut_coordinator_member_count(const struct cut_coordinator *c)
{
    return c->member_count;
}

uint32_t cut_coordinator_view(const struct cut_coordinator *c)
{
    return c->view;
}

uint32_t cut_coordinator_open_count(const struct cut_coordinator *c)
{
    return c->open_count;
}

uint32_t cut_coordinator_waiting_count(const struct cut_coordinator *c)
{
    return c->queue_count;
}

uint32_t cut_coordinator_next_missing(const struct cut_coordinator *c,
                                      struct cut_snapshot_id snapshot,
                                      uint32_t from)
{
    const struct cut_coordinator_slot *slot =
        cut_coordinator_find(c->open, snapshot);

    if (slot == NULL)
        slot = cut_coordinator_find(c->aborted, snapshot);
    if (slot == NULL || from >= c->config.process_count)
        return CUT_COORDINATOR_NOBODY;
    uint64_t word = slot->missing[from / 64] & (UINT64_MAX << (from % 64));
    for (size_t i = from / 64;; word = slot->missing[i]) {
        if (word != 0)
            return (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
        if (++i == c->word_count)
            return CUT_COORDINATOR_NOBODY;
    }
}

struct cut_coordinator_counts
cut_coordinator_counts(const struct cut_coordinator *c)
{
    return c->counts;
}
