/*
 * The table has a row for each byte, and is linear: the row of a byte is the
 * sum of those of its bits. So it is made of eight numbers, and these of one
 * another.
 */
#include "base/crc32c.h"

#include <stdbool.h>
#include <string.h>

#define STEP(crc) ((crc) >> 1 ^ (((crc)&1U) != 0 ? 0x82f63b78U : 0U))

enum {
    BIT_7 = 0x82f63b78U, /* Castagnoli's polynomial, low bit first */
    BIT_6 = STEP((unsigned)BIT_7),
    BIT_5 = STEP((unsigned)BIT_6),
    BIT_4 = STEP((unsigned)BIT_5),
    BIT_3 = STEP((unsigned)BIT_4),
    BIT_2 = STEP((unsigned)BIT_3),
    BIT_1 = STEP((unsigned)BIT_2),
    BIT_0 = STEP((unsigned)BIT_1),
};

#define BIT(byte, number)                                                      \
    (((byte) >> (number)&1U) != 0 ? (uint32_t)BIT_##number : 0U)
#define ROW(byte)                                                              \
    (BIT(byte, 0) ^ BIT(byte, 1) ^ BIT(byte, 2) ^ BIT(byte, 3) ^               \
     BIT(byte, 4) ^ BIT(byte, 5) ^ BIT(byte, 6) ^ BIT(byte, 7))
#define ROWS_4(b) ROW(b), ROW((b) + 1U), ROW((b) + 2U), ROW((b) + 3U)
#define ROWS_16(b)                                                             \
    ROWS_4(b), ROWS_4((b) + 4U), ROWS_4((b) + 8U), ROWS_4((b) + 12U)
#define ROWS_64(b)                                                             \
    ROWS_16(b), ROWS_16((b) + 16U), ROWS_16((b) + 32U), ROWS_16((b) + 48U)

static const uint32_t table[256] = {
    ROWS_64(0U),
    ROWS_64(64U),
    ROWS_64(128U),
    ROWS_64(192U),
};

static uint32_t by_table(uint32_t crc, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ table[(uint8_t)crc ^ data[i]];
    return crc;
}

#if defined(__x86_64__)
/* The processor's own instruction takes eight bytes at once. */
__attribute__((target("sse4.2"))) static uint32_t
by_processor(uint32_t crc, const uint8_t *data, size_t size)
{
    uint64_t wide = crc;
    uint64_t word;

    for (; size >= sizeof word; size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
        data += sizeof word;
    }
    return by_table((uint32_t)wide, data, size);
}

static bool processor_can(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}
#else
static uint32_t by_processor(uint32_t crc, const uint8_t *data, size_t size)
{
    return by_table(crc, data, size);
}

static bool processor_can(void)
{
    return false;
}
#endif

uint32_t cut_crc32c(uint32_t crc, const void *data, size_t size)
{
    crc = ~crc;
    crc = processor_can() ? by_processor(crc, data, size)
                          : by_table(crc, data, size);
    return ~crc;
}
