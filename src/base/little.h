/*
 * Numbers as bytes, little end first.
 */
#ifndef CUT_BASE_LITTLE_H
#define CUT_BASE_LITTLE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Each returns what follows. */
static inline uint8_t *cut_put_u32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static inline uint8_t *cut_put_u64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static inline uint32_t cut_get_u32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static inline uint64_t cut_get_u64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

#endif
