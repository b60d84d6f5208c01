/*
 * Markers as bytes, little end first.
 */
#include <cutline/engine.h>

static void put(uint8_t *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *in, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

void cut_marker_encode(struct cut_snapshot_id snapshot,
                       uint8_t out[CUT_MARKER_SIZE])
{
    put(out, snapshot.incarnation, 4);
    put(out + 4, snapshot.view, 4);
    put(out + 8, snapshot.number, 8);
}

struct cut_snapshot_id cut_marker_decode(const uint8_t in[CUT_MARKER_SIZE])
{
    return (struct cut_snapshot_id){
        .incarnation = (uint32_t)get(in, 4),
        .view = (uint32_t)get(in + 4, 4),
        .number = get(in + 8, 8),
    };
}
