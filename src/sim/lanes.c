#include "sim/lanes.h"

#include "base/hash.h"

/* Beyond so many channels their times are kept in a table: 128 MB. */
#define ARRAY_MAX (UINT64_C(1) << 24)
#define TABLE_MIN 1024

enum cut_error cut_lanes_init(struct cut_lanes *lanes,
                              uint64_t channel_count,
                              const struct cut_allocator *allocator)
{
    *lanes = (struct cut_lanes){
        .allocator = allocator,
        .channel_count = channel_count,
    };
    if (channel_count > ARRAY_MAX)
        return CUT_OK;
    lanes->last = cut_allocate_zeroed(
        allocator, (size_t)channel_count + 1, sizeof *lanes->last);
    return lanes->last != NULL ? CUT_OK : CUT_NOMEM;
}

void cut_lanes_fini(struct cut_lanes *lanes)
{
    cut_release(lanes->allocator,
                lanes->last,
                (size_t)lanes->channel_count + 1,
                sizeof *lanes->last);
    cut_release(lanes->allocator,
                lanes->table,
                lanes->table_size,
                sizeof *lanes->table);
}

/* The entry of a key, or the free one where it goes. */
static struct cut_lane_entry *
find(struct cut_lane_entry *table, size_t size, uint64_t key)
{
    size_t at = (size_t)cut_hash_mix(0, key) & (size - 1);

    while (table[at].key != 0 && table[at].key != key)
        at = (at + 1) & (size - 1);
    return &table[at];
}

/* Make room: what has passed goes, and the table grows if that is not enough
 * to leave it half empty. */
static enum cut_error rebuild(struct cut_lanes *lanes, uint64_t now)
{
    size_t live = 0;
    size_t size = TABLE_MIN;

    for (size_t i = 0; i < lanes->table_size; i++)
        live += lanes->table[i].key != 0 && lanes->table[i].last > now;
    while (size < 4 * (live + 1))
        size *= 2;
    struct cut_lane_entry *table =
        cut_allocate_zeroed(lanes->allocator, size, sizeof *table);
    if (table == NULL)
        return CUT_NOMEM;
    for (size_t i = 0; i < lanes->table_size; i++)
        if (lanes->table[i].key != 0 && lanes->table[i].last > now)
            *find(table, size, lanes->table[i].key) = lanes->table[i];
    cut_release(lanes->allocator,
                lanes->table,
                lanes->table_size,
                sizeof *lanes->table);
    lanes->table = table;
    lanes->table_size = size;
    lanes->used = live;
    return CUT_OK;
}

uint64_t *cut_lanes_at(struct cut_lanes *lanes, uint64_t channel, uint64_t now)
{
    if (lanes->last != NULL)
        return &lanes->last[channel];
    if (2 * (lanes->used + 1) > lanes->table_size &&
        rebuild(lanes, now) != CUT_OK)
        return NULL;
    struct cut_lane_entry *entry =
        find(lanes->table, lanes->table_size, channel + 1);
    if (entry->key == 0) {
        entry->key = channel + 1;
        lanes->used++;
    }
    return &entry->last;
}
