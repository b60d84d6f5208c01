/*
 * The names of processes: which are allowed, where they are kept, and finding
 * one.
 */
#include "sim/names.h"

#include "base/hash.h"

#include <string.h>

/* Bytes of the UTF-8 sequence at text, 0: there is none. (RFC 3629) */
static size_t sequence_size(const unsigned char *text, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80             ? 1
                    : (text[0] & 0xe0) == 0xc0 ? 2
                    : (text[0] & 0xf0) == 0xe0 ? 3
                    : (text[0] & 0xf8) == 0xf0 ? 4
                                               : 0;

    if (length <= 1)
        return length;
    if (length > size)
        return 0;
    uint32_t code = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    bool is_control = code >= 0x80 && code < 0xa0;
    if (code < least[length] || code > 0x10ffff || is_surrogate || is_control)
        return 0;
    return length;
}

bool cut_name_is_valid(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;

    if (size == 0 || size > CUT_NAME_SIZE_MAX)
        return false;
    for (size_t i = 0; i < size;) {
        size_t length = sequence_size(bytes + i, size - i);
        if (length == 0 || bytes[i] <= ' ' || bytes[i] == 0x7f)
            return false;
        i += length;
    }
    return true;
}

static uint64_t hash_of(const char *text, size_t size)
{
    uint64_t hash = size;
    uint64_t word;

    for (; size >= sizeof word; text += sizeof word, size -= sizeof word) {
        memcpy(&word, text, sizeof word);
        hash = cut_hash_mix(hash, word);
    }
    word = 0;
    memcpy(&word, text, size);
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

uint32_t cut_topology_find(const struct cut_topology *topology,
                           const char *name,
                           size_t name_size)
{
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

const char *cut_topology_quote(const struct cut_topology *topology,
                               uint32_t process,
                               char out[CUT_QUOTE_SIZE])
{
    const struct cut_name *name =
        cut_topology_name_at(topology, topology->name_at[process]);
    struct cut_field field = {.text = name->text, .size = name->size};

    return cut_field_quote(field, out);
}
