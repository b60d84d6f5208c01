#include "store/segment_codec.h"

#include "base/crc32c.h"
#include "base/little.h"
#include "base/trap.h"

#include <inttypes.h>

#define FLAG_BY_SENDER 1

static const char *const kind_names[] = {
    [CUT_SEGMENT_START] = "START",
    [CUT_SEGMENT_RECEIVE] = "RECEIVE",
    [CUT_SEGMENT_TIMER] = "TIMER",
    [CUT_SEGMENT_INPUT] = "INPUT",
    [CUT_SEGMENT_SEND] = "SEND",
    [CUT_SEGMENT_CAPTURE] = "CAPTURE",
    [CUT_SEGMENT_RECORD] = "RECORD",
    [CUT_SEGMENT_COMPLETE] = "COMPLETE",
    [CUT_SEGMENT_ABORT] = "ABORT",
    [CUT_SEGMENT_JOIN] = "JOIN",
    [CUT_SEGMENT_LEAVE] = "LEAVE",
    [CUT_SEGMENT_STOP] = "STOP",
    [CUT_SEGMENT_RESUME] = "RESUME",
    [CUT_SEGMENT_FACTS] = "FACTS",
    [CUT_SEGMENT_END] = "END",
};

char *cut_segment_name(uint32_t process,
                       uint32_t incarnation,
                       char out[CUT_SEGMENT_NAME_SIZE])
{
    snprintf(out,
             CUT_SEGMENT_NAME_SIZE,
             "p%" PRIu32 ".%" PRIu32 ".trace",
             process,
             incarnation);
    return out;
}

const char *cut_segment_kind_name(unsigned kind)
{
    return kind < sizeof kind_names / sizeof kind_names[0] ? kind_names[kind]
                                                           : NULL;
}

static bool has_channel(unsigned kind)
{
    return cut_segment_has_message(kind) || kind == CUT_SEGMENT_JOIN ||
           kind == CUT_SEGMENT_LEAVE;
}

static uint8_t *put_message(uint8_t *at,
                            const struct cut_segment_record *record)
{
    at = cut_put_u64(at, record->position);
    at = cut_put_u32(at, record->type);
    return cut_put_u32(at, record->size);
}

static uint8_t *put_snapshot(uint8_t *at, struct cut_snapshot_id snapshot)
{
    at = cut_put_u32(at, snapshot.incarnation);
    at = cut_put_u32(at, snapshot.view);
    return cut_put_u64(at, snapshot.number);
}

size_t cut_segment_record_encode(const struct cut_segment_record *record,
                                 uint8_t *out)
{
    unsigned kind = record->kind;
    size_t facts_size = cut_segment_has_facts(kind) ? record->facts_size : 0;
    size_t size = cut_segment_fixed_size(kind) + facts_size;
    uint8_t *at = out + 4;

    CUT_ASSERT(facts_size <= CUT_SEGMENT_FACTS_SIZE_MAX);
    at = cut_put_u32(at, (uint32_t)size);
    *at++ = (uint8_t)kind;
    *at++ =
        kind == CUT_SEGMENT_RECORD && record->by_sender ? FLAG_BY_SENDER : 0;
    *at++ = 0;
    *at++ = 0;
    at = cut_put_u32(at, has_channel(kind) ? record->channel : 0);
    at = cut_put_u64(at, record->sequence);
    at = cut_put_u64(at, record->now);
    if (cut_segment_has_message(kind))
        at = put_message(at, record);
    if (cut_segment_has_snapshot(kind))
        at = put_snapshot(at, record->snapshot);
    if (facts_size > 0)
        memcpy(at, record->facts, facts_size);
    cut_put_u32(out, cut_crc32c(0, out + 4, size - 4));
    return size;
}

/* --- reading ------------------------------------------------------------- */

/* Return whether records of a kind can have this size; of what is no kind, a
 * later version may know. */
static bool is_size_of(unsigned kind, size_t size)
{
    if (size < CUT_SEGMENT_RECORD_SIZE_MIN ||
        size > CUT_SEGMENT_RECORD_SIZE_MAX)
        return false;
    if (cut_segment_kind_name(kind) == NULL)
        return true;
    size_t fixed = cut_segment_fixed_size(kind);
    return cut_segment_has_facts(kind) ? size >= fixed : size == fixed;
}

static const uint8_t *get_message(const uint8_t *at,
                                  struct cut_segment_record *record)
{
    record->position = cut_get_u64(at);
    record->type = cut_get_u32(at + 8);
    record->size = cut_get_u32(at + 12);
    return at + 16;
}

static const uint8_t *get_snapshot(const uint8_t *at,
                                   struct cut_segment_record *record)
{
    record->snapshot = (struct cut_snapshot_id){
        .incarnation = cut_get_u32(at),
        .view = cut_get_u32(at + 4),
        .number = cut_get_u64(at + 8),
    };
    return at + 16;
}

static enum cut_segment_shape
decode_fields(const uint8_t *data, size_t size, struct cut_segment_record *out)
{
    unsigned kind = data[8];
    unsigned flags = data[9];
    const uint8_t *at = data + CUT_SEGMENT_RECORD_SIZE_MIN;

    if (cut_segment_kind_name(kind) == NULL)
        return CUT_SEGMENT_UNKNOWN;
    struct cut_segment_record record = {
        .kind = (enum cut_segment_kind)kind,
        .by_sender = flags != 0,
        .channel = cut_get_u32(data + 12),
        .sequence = cut_get_u64(data + 16),
        .now = cut_get_u64(data + 24),
    };
    if (flags > (kind == CUT_SEGMENT_RECORD ? FLAG_BY_SENDER : 0) ||
        data[10] != 0 || data[11] != 0 ||
        (!has_channel(kind) && record.channel != 0))
        return CUT_SEGMENT_STRAY;
    if (cut_segment_has_message(kind))
        at = get_message(at, &record);
    if (cut_segment_has_snapshot(kind))
        at = get_snapshot(at, &record);
    if (cut_segment_has_facts(kind) && at < data + size) {
        record.facts_size = (uint32_t)(data + size - at);
        record.facts = at;
    }
    *out = record;
    return CUT_SEGMENT_WHOLE;
}

enum cut_segment_shape cut_segment_record_decode(const uint8_t *data,
                                                 size_t data_size,
                                                 struct cut_segment_record *out,
                                                 size_t *size)
{
    if (data_size < 9)
        return CUT_SEGMENT_TORN;
    size_t whole = cut_get_u32(data + 4);
    if (!is_size_of(data[8], whole))
        return CUT_SEGMENT_SHAPELESS;
    if (whole > data_size)
        return CUT_SEGMENT_TORN;
    *size = whole;
    if (cut_crc32c(0, data + 4, whole - 4) != cut_get_u32(data))
        return CUT_SEGMENT_DAMAGED;
    return decode_fields(data, whole, out);
}
