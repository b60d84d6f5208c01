#include "net/frame.h"

#include "base/crc32c.h"
#include "base/trap.h"

#include <endian.h>
#include <string.h>

/* Where the fields of a header are. */
enum {
    AT_SIZE = 0,
    AT_KIND = 4,
    AT_INCARNATION = 8,
    AT_CHECKSUM = 12,
    AT_SEQUENCE = 16,
    AT_ACKNOWLEDGED = 24,
};

static void put32(uint8_t *out, uint32_t value)
{
    value = htole32(value);
    memcpy(out, &value, sizeof value);
}

static void put64(uint8_t *out, uint64_t value)
{
    value = htole64(value);
    memcpy(out, &value, sizeof value);
}

static uint32_t get32(const uint8_t *in)
{
    uint32_t value;

    memcpy(&value, in, sizeof value);
    return le32toh(value);
}

static uint64_t get64(const uint8_t *in)
{
    uint64_t value;

    memcpy(&value, in, sizeof value);
    return le64toh(value);
}

/* Compute the checksum of a frame, whatever its field for that says. */
static uint32_t checksum(const uint8_t *frame, size_t size)
{
    uint8_t header[CUT_FRAME_HEADER_SIZE];

    memcpy(header, frame, sizeof header);
    put32(header + AT_CHECKSUM, 0);
    return cut_crc32c(cut_crc32c(0, header, sizeof header),
                      frame + sizeof header,
                      size - sizeof header);
}

size_t cut_frame_seal(uint8_t *buffer, const struct cut_frame *frame)
{
    size_t size = CUT_FRAME_HEADER_SIZE + (size_t)frame->body_size;

    CUT_ASSERT(frame->body_size <= CUT_FRAME_BODY_MAX);
    memset(buffer, 0, CUT_FRAME_HEADER_SIZE);
    put32(buffer + AT_SIZE, frame->body_size);
    buffer[AT_KIND] = frame->kind;
    put32(buffer + AT_INCARNATION, frame->incarnation);
    put64(buffer + AT_SEQUENCE, frame->sequence);
    put64(buffer + AT_ACKNOWLEDGED, frame->acknowledged);
    put32(buffer + AT_CHECKSUM, checksum(buffer, size));
    return size;
}

/*
 * Judge a header by itself, so that a peer that speaks something else is known
 * at once, and never has us wait for gigabytes.
 */
static const char *nonsense(const uint8_t *header)
{
    if (get32(header + AT_SIZE) > CUT_FRAME_BODY_MAX)
        return "a frame that is too long";
    if (header[AT_KIND] == 0 || header[AT_KIND] > CUT_FRAME_CONTROL_LAST)
        return "a frame of no kind";
    if (header[5] != 0 || header[6] != 0 || header[7] != 0)
        return "a frame whose reserved bytes are not zero";
    return NULL;
}

enum cut_frame_status cut_frame_open(const uint8_t *data,
                                     size_t size,
                                     struct cut_frame *out,
                                     struct cut_frame_opening *opening)
{
    *opening = (struct cut_frame_opening){.size = CUT_FRAME_HEADER_SIZE};
    if (size < CUT_FRAME_HEADER_SIZE)
        return CUT_FRAME_MORE;
    opening->reason = nonsense(data);
    if (opening->reason != NULL) {
        opening->size = 0;
        return CUT_FRAME_NONSENSE;
    }
    opening->size += get32(data + AT_SIZE);
    if (size < opening->size)
        return CUT_FRAME_MORE;
    if (get32(data + AT_CHECKSUM) != checksum(data, opening->size)) {
        opening->reason = "a frame whose checksum is wrong";
        return CUT_FRAME_GARBLED;
    }
    *out = (struct cut_frame){
        .kind = data[AT_KIND],
        .incarnation = get32(data + AT_INCARNATION),
        .body_size = get32(data + AT_SIZE),
        .sequence = get64(data + AT_SEQUENCE),
        .acknowledged = get64(data + AT_ACKNOWLEDGED),
        .body = data + CUT_FRAME_HEADER_SIZE,
    };
    return CUT_FRAME_WHOLE;
}

void cut_credit_encode(struct cut_credit credit, uint8_t out[CUT_CREDIT_SIZE])
{
    put64(out, credit.messages);
    put64(out + 8, credit.bytes);
}

struct cut_credit cut_credit_decode(const uint8_t in[CUT_CREDIT_SIZE])
{
    return (struct cut_credit){.messages = get64(in), .bytes = get64(in + 8)};
}
