/*
 * The names of processes: which are allowed, where they are kept, and finding
 * one.
 */
#include "sim/names.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>

bool cut_name_is_valid(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t length = cut_utf8_size(text + at, size - at);
        if (length == 0)
            break;
        at += length;
    }
    return size > 0 && size <= CUT_NAME_SIZE_MAX && at == size;
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = size;
    uint64_t word;

    for (; size >= sizeof word; text += sizeof word, size -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = cut_hash_mix(hash, word);
    }
    /* In a register: bytes that were just stored cannot be read as a word. */
    word = 0;
    while (size > 0)
        word = word << 8 | (unsigned char)text[--size];
    return cut_hash_mix(hash, word);
}

/* The table's entry of a name, or the free one where it would go. */
static uint32_t *
entry_of(const struct cut_topology *topology, const char *text, size_t size)
{
    size_t mask = topology->table_count - 1;
    size_t i = (size_t)hash_of(text, size) & mask;

    while (topology->table[i] != 0) {
        const struct cut_name *name =
            cut_topology_name_at(topology, topology->table[i] - 1);
        if (name->size == size && memcmp(name->text, text, size) == 0)
            break;
        i = (i + 1) & mask;
    }
    return &topology->table[i];
}

/* Find "p" and a number, as it is written in `numbered`. */
static uint32_t find_numbered(const struct cut_topology *topology,
                              const char *name,
                              size_t size)
{
    uint64_t number = 0;

    if (size < 2 || size >= CUT_NUMBERED_SIZE || name[0] != 'p' ||
        (name[1] == '0' && size > 2))
        return CUT_NONE;
    for (size_t i = 1; i < size; i++) {
        if (name[i] < '0' || name[i] > '9')
            return CUT_NONE;
        number = number * 10 + (unsigned)(name[i] - '0');
    }
    return number < topology->process_count ? (uint32_t)number : CUT_NONE;
}

uint32_t cut_topology_find(const struct cut_topology *topology,
                           const char *name,
                           size_t name_size)
{
    if (topology->numbered != NULL)
        return find_numbered(topology, name, name_size);
    if (topology->table_count == 0)
        return CUT_NONE;
    uint32_t entry = *entry_of(topology, name, name_size);
    if (entry == 0)
        return CUT_NONE;
    return cut_topology_name_at(topology, entry - 1)->process;
}

/* Keep the table at most three quarters full. */
static enum cut_error grow_table(struct cut_topology *topology)
{
    size_t old_count = topology->table_count;
    uint32_t *old = topology->table;

    if ((topology->process_count + 1) * UINT64_C(4) <= old_count * UINT64_C(3))
        return CUT_OK;
    size_t count = old_count > 0 ? old_count * 2 : 64;
    uint32_t *table =
        cut_allocate_zeroed(topology->allocator, count, sizeof *table);
    if (table == NULL)
        return CUT_NOMEM;
    topology->table = table;
    topology->table_count = count;
    for (uint32_t p = 0; p < topology->process_count; p++) {
        uint32_t place = topology->name_at[p];
        const struct cut_name *name = cut_topology_name_at(topology, place);
        *entry_of(topology, name->text, name->size) = place + 1;
    }
    cut_release(topology->allocator, old, old_count, sizeof *old);
    return CUT_OK;
}

static enum cut_error reserve(struct cut_topology *topology, size_t words)
{
    uint32_t *arena = cut_grow(topology->allocator,
                               topology->arena,
                               &topology->arena_capacity,
                               topology->arena_count + words,
                               sizeof *arena);
    if (arena == NULL)
        return CUT_NOMEM;
    topology->arena = arena;
    uint32_t *name_at = cut_grow(topology->allocator,
                                 topology->name_at,
                                 &topology->name_at_capacity,
                                 (size_t)topology->process_count + 1,
                                 sizeof *name_at);
    if (name_at == NULL)
        return CUT_NOMEM;
    topology->name_at = name_at;
    return grow_table(topology);
}

enum cut_error cut_topology_add_name(struct cut_topology *topology,
                                     const char *text,
                                     size_t size)
{
    size_t bytes = offsetof(struct cut_name, text) + size + 1;
    size_t words = (bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t);

    if (topology->arena_count + words >= UINT32_MAX)
        return CUT_LIMIT;
    enum cut_error error = reserve(topology, words);
    if (error != CUT_OK)
        return error;
    uint32_t place = (uint32_t)topology->arena_count;
    struct cut_name *name = cut_topology_name_at(topology, place);
    name->process = topology->process_count;
    name->size = (unsigned char)size;
    memcpy(name->text, text, size);
    name->text[size] = '\0';
    *entry_of(topology, text, size) = place + 1;
    topology->name_at[topology->process_count] = place;
    topology->arena_count += words;
    return CUT_OK;
}

/* Names are made by counting up the digits of the one before. */
static void count_up(char name[CUT_NUMBERED_SIZE], size_t *size)
{
    size_t at = *size;

    while (--at > 0 && name[at] == '9')
        name[at] = '0';
    if (at > 0) {
        name[at]++;
    } else {
        name[1] = '1';
        name[(*size)++] = '0';
    }
}

enum cut_error cut_topology_number(struct cut_topology *topology,
                                   uint32_t process_count)
{
    const struct cut_allocator *allocator = topology->allocator;
    char name[CUT_NUMBERED_SIZE] = "p0";
    size_t size = 2;

    topology->process_count = process_count;
    topology->numbered =
        cut_allocate(allocator, process_count, sizeof *topology->numbered);
    topology->tokens = cut_allocate_zeroed(allocator, process_count, 8);
    topology->tokens_capacity = process_count;
    if (topology->numbered == NULL || topology->tokens == NULL)
        return CUT_NOMEM;
    for (uint32_t p = 0; p < process_count; p++) {
        memcpy(topology->numbered[p], name, sizeof name);
        count_up(name, &size);
    }
    return CUT_OK;
}

const char *cut_topology_quote(const struct cut_topology *topology,
                               uint32_t process,
                               char out[CUT_QUOTE_SIZE])
{
    const char *name = cut_topology_name(topology, process);
    struct cut_field field = {.text = name, .size = strlen(name)};

    return cut_field_quote(field, out);
}
