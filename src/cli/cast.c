#include "cast.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cut_cast cut_cast_of(const struct cut_topology *topology)
{
    return (struct cut_cast){
        .topology = topology,
        .process_count = cut_topology_process_count(topology),
    };
}

const char *cut_cast_name(const struct cut_cast *cast,
                          uint32_t process,
                          char room[CUT_CAST_NAME_SIZE])
{
    if (cast->topology != NULL)
        return cut_topology_name(cast->topology, process);
    if (cast->names != NULL && process < cast->process_count)
        return cast->names[process];
    snprintf(room, CUT_CAST_NAME_SIZE, "p%" PRIu32, process);
    return room;
}

static uint32_t
find_name(const struct cut_cast *cast, const char *text, size_t size)
{
    if (cast->topology != NULL)
        return cut_topology_find(cast->topology, text, size);
    for (uint32_t i = 0; cast->names != NULL && i < cast->process_count; i++)
        if (strlen(cast->names[i]) == size &&
            memcmp(cast->names[i], text, size) == 0)
            return i;
    return CUT_NONE;
}

uint32_t
cut_cast_find(const struct cut_cast *cast, const char *text, size_t size)
{
    uint32_t process = find_name(cast, text, size);
    bool is_made_up = cast->topology == NULL && cast->names == NULL;
    const char *digits = text + (is_made_up && size > 1 && *text == 'p');
    char *end;

    if (process != CUT_NONE || size == 0 || *digits < '0' || *digits > '9')
        return process;
    unsigned long index = strtoul(digits, &end, 10);
    if (end != text + size || index >= cast->process_count)
        return CUT_NONE;
    return (uint32_t)index;
}

const char *cut_cast_type(const struct cut_cast *cast,
                          uint32_t type,
                          char room[CUT_CAST_NAME_SIZE])
{
    if (type < cast->type_count)
        return cast->types[type];
    snprintf(room, CUT_CAST_NAME_SIZE, "type %" PRIu32, type);
    return room;
}

const char *cut_cast_time(const struct cut_cast *cast,
                          uint64_t now,
                          char room[CUT_CAST_TIME_SIZE])
{
    if (cast->topology != NULL)
        snprintf(room, CUT_CAST_TIME_SIZE, "%" PRIu64, now);
    else
        snprintf(room,
                 CUT_CAST_TIME_SIZE,
                 "%" PRIu64 ".%03" PRIu64,
                 now / 1000000,
                 now / 1000 % 1000);
    return room;
}
