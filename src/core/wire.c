/*
 * Markers and control frames as bytes, little end first.
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

void cut_control_encode(const struct cut_control *control,
                        uint8_t out[CUT_CONTROL_SIZE])
{
    cut_marker_encode(control->snapshot, out);
    put(out + 16, control->kind, 4);
    put(out + 20, control->round, 4);
    put(out + 24, control->value[0], 8);
    put(out + 32, control->value[1], 8);
}

struct cut_control cut_control_decode(const uint8_t in[CUT_CONTROL_SIZE])
{
    return (struct cut_control){
        .snapshot = cut_marker_decode(in),
        .kind = (uint32_t)get(in + 16, 4),
        .round = (uint32_t)get(in + 20, 4),
        .value = {get(in + 24, 8), get(in + 32, 8)},
    };
}
