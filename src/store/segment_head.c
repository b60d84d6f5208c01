/*
 * The head of a segment. Its texts end with a zero byte in the file, so that
 * who has read it points to them.
 */
#include "store/segment_codec.h"

#include "base/crc32c.h"
#include "base/fault.h"
#include "base/little.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <inttypes.h>

#define FIXED_SIZE 68  /* up to the first text */
#define CHANNEL_SIZE 8 /* of one channel */
#define FLAG_FIFO 1

/* --- what a head may be -------------------------------------------------- */

/* It is shown to people: nothing in it may be hidden, or change a terminal. */
static bool is_text(const char *text)
{
    size_t size = strnlen(text, CUT_SEGMENT_TEXT_SIZE_MAX + 1);
    size_t step;

    if (size > CUT_SEGMENT_TEXT_SIZE_MAX)
        return false;
    for (size_t at = 0; at < size; at += step) {
        step = text[at] == ' ' ? 1 : cut_utf8_size(text + at, size - at);
        if (step == 0)
            return false;
    }
    return true;
}

static bool are_peers(const struct cut_segment_channel *channels,
                      uint32_t count,
                      uint32_t process_count)
{
    for (uint32_t i = 0; i < count; i++)
        if (channels[i].peer >= process_count)
            return false;
    return true;
}

static bool are_texts(const struct cut_segment_head *head)
{
    if (!is_text(head->name) || !is_text(head->algorithm))
        return false;
    for (uint32_t i = 0; i < head->type_count; i++)
        if (!is_text(head->types[i]))
            return false;
    return true;
}

bool cut_segment_head_is_right(const struct cut_segment_head *head,
                               struct cut_fault *fault)
{
    if (head->process >= head->process_count)
        cut_fault_fill(fault,
                       CUT_INVALID,
                       "process %" PRIu32 " of %" PRIu32
                       " (expected a smaller index)",
                       head->process,
                       head->process_count);
    else if (!are_texts(head))
        cut_fault_fill(fault,
                       CUT_INVALID,
                       "a name in the head is no text (expected at most %d "
                       "bytes of UTF-8 that can be seen)",
                       CUT_SEGMENT_TEXT_SIZE_MAX);
    else if (!are_peers(
                 head->outgoing, head->outgoing_count, head->process_count) ||
             !are_peers(
                 head->incoming, head->incoming_count, head->process_count))
        cut_fault_fill(fault,
                       CUT_INVALID,
                       "a channel in the head has no process at its other end "
                       "(expected an index below %" PRIu32 ")",
                       head->process_count);
    else if (cut_segment_head_size(head) > CUT_SEGMENT_HEAD_SIZE_MAX)
        cut_fault_fill(fault,
                       CUT_INVALID,
                       "the head is too large (expected at most %u bytes)",
                       CUT_SEGMENT_HEAD_SIZE_MAX);
    else
        return true;
    return false;
}

/* --- writing ------------------------------------------------------------- */

static size_t text_size(const char *text)
{
    return 4 + strlen(text) + 1;
}

size_t cut_segment_head_size(const struct cut_segment_head *head)
{
    size_t size =
        FIXED_SIZE + text_size(head->name) + text_size(head->algorithm) + 4 +
        CHANNEL_SIZE *
            ((size_t)head->outgoing_count + (size_t)head->incoming_count);

    for (uint32_t i = 0; i < head->type_count; i++)
        size += text_size(head->types[i]);
    return size;
}

static uint8_t *put_text(uint8_t *at, const char *text)
{
    size_t size = strlen(text) + 1;

    at = cut_put_u32(at, (uint32_t)size - 1);
    memcpy(at, text, size);
    return at + size;
}

static uint8_t *put_channels(uint8_t *at,
                             const struct cut_segment_channel *channels,
                             uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        at = cut_put_u32(at, channels[i].peer);
        at = cut_put_u32(at, channels[i].is_fifo ? FLAG_FIFO : 0);
    }
    return at;
}

void cut_segment_head_encode(const struct cut_segment_head *head, uint8_t *out)
{
    size_t size = cut_segment_head_size(head);
    uint8_t *at = out;

    for (size_t i = 0; i < CUT_SEGMENT_MAGIC_SIZE; i++)
        *at++ = (uint8_t)CUT_SEGMENT_MAGIC[i];
    at = cut_put_u32(at, CUT_SEGMENT_VERSION);
    at = cut_put_u32(at, (uint32_t)size);
    memcpy(at, head->run_id, CUT_SEGMENT_RUN_ID_SIZE);
    at = cut_put_u64(at + CUT_SEGMENT_RUN_ID_SIZE, head->started_at);
    at = cut_put_u32(at, head->process);
    at = cut_put_u32(at, head->process_count);
    at = cut_put_u32(at, head->incarnation);
    at = cut_put_u32(at, 0);
    at = cut_put_u32(at, head->type_count);
    at = cut_put_u32(at, head->outgoing_count);
    at = cut_put_u32(at, head->incoming_count);
    at = put_text(at, head->name);
    at = put_text(at, head->algorithm);
    for (uint32_t i = 0; i < head->type_count; i++)
        at = put_text(at, head->types[i]);
    at = put_channels(at, head->outgoing, head->outgoing_count);
    at = put_channels(at, head->incoming, head->incoming_count);
    cut_put_u32(at, cut_crc32c(0, out, size - 4));
}

/* --- reading ------------------------------------------------------------- */

/* What is left of a head's bytes, without the checksum. */
struct input {
    const uint8_t *at;
    size_t size;
};

/* Return the next text; NULL: it does not end in the head, or has a zero byte
 * within. */
static const char *get_text(struct input *in)
{
    if (in->size < 5)
        return NULL;
    size_t size = cut_get_u32(in->at);
    const char *text = (const char *)in->at + 4;
    if (size > in->size - 5 || text[size] != '\0' || strlen(text) != size)
        return NULL;
    in->at += size + 5;
    in->size -= size + 5;
    return text;
}

static void get_fixed(const uint8_t *data, struct cut_segment_head *out)
{
    memcpy(out->run_id, data + 16, CUT_SEGMENT_RUN_ID_SIZE);
    out->started_at = cut_get_u64(data + 32);
    out->process = cut_get_u32(data + 40);
    out->process_count = cut_get_u32(data + 44);
    out->incarnation = cut_get_u32(data + 48);
    out->type_count = cut_get_u32(data + 56);
    out->outgoing_count = cut_get_u32(data + 60);
    out->incoming_count = cut_get_u32(data + 64);
}

static bool get_channels(struct input *in,
                         struct cut_segment_channel *channels,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t flags = cut_get_u32(in->at + 4);
        if (flags > FLAG_FIFO)
            return false;
        channels[i] = (struct cut_segment_channel){
            .peer = cut_get_u32(in->at),
            .is_fifo = flags != 0,
        };
        in->at += CHANNEL_SIZE;
        in->size -= CHANNEL_SIZE;
    }
    return true;
}

/* What a head holds in arrays of its own; the head has them as constants. */
struct arrays {
    const char **types;
    struct cut_segment_channel *outgoing;
    struct cut_segment_channel *incoming;
};

static bool read_arrays(struct input *in,
                        const struct arrays *arrays,
                        const struct cut_segment_head *head)
{
    for (uint32_t i = 0; i < head->type_count; i++) {
        arrays->types[i] = get_text(in);
        if (arrays->types[i] == NULL)
            return false;
    }
    return in->size == CHANNEL_SIZE * ((size_t)head->outgoing_count +
                                       (size_t)head->incoming_count) &&
           get_channels(in, arrays->outgoing, head->outgoing_count) &&
           get_channels(in, arrays->incoming, head->incoming_count);
}

void cut_segment_head_release(struct cut_segment_head *head,
                              const struct cut_allocator *allocator)
{
    /* They were made here, and are constant to all others. */
    cut_release(allocator,
                (void *)(uintptr_t)head->types,
                head->type_count,
                sizeof *head->types);
    cut_release(allocator,
                (void *)(uintptr_t)head->outgoing,
                head->outgoing_count,
                sizeof *head->outgoing);
    cut_release(allocator,
                (void *)(uintptr_t)head->incoming,
                head->incoming_count,
                sizeof *head->incoming);
    head->types = NULL;
    head->outgoing = NULL;
    head->incoming = NULL;
}

static enum cut_error make_arrays(const struct cut_allocator *allocator,
                                  struct cut_segment_head *head,
                                  struct arrays *arrays)
{
    arrays->types =
        cut_allocate(allocator, head->type_count, sizeof *arrays->types);
    arrays->outgoing =
        cut_allocate(allocator, head->outgoing_count, sizeof *arrays->outgoing);
    arrays->incoming =
        cut_allocate(allocator, head->incoming_count, sizeof *arrays->incoming);
    head->types = arrays->types;
    head->outgoing = arrays->outgoing;
    head->incoming = arrays->incoming;
    if (arrays->types != NULL && arrays->outgoing != NULL &&
        arrays->incoming != NULL)
        return CUT_OK;
    cut_segment_head_release(head, allocator);
    return CUT_NOMEM;
}

/* Each type takes five bytes at least, each channel eight: so much memory the
 * counts of a head may ask for, and no more. */
static bool are_counts_right(const struct cut_segment_head *head, size_t size)
{
    return 5 * (uint64_t)head->type_count +
               CHANNEL_SIZE *
                   ((uint64_t)head->outgoing_count + head->incoming_count) <=
           size;
}

static enum cut_error contradict(struct cut_fault *fault)
{
    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "the head contradicts itself (expected the texts "
                          "and channels that it counts)");
}

static enum cut_error decode_whole(const uint8_t *data,
                                   size_t size,
                                   const struct cut_allocator *allocator,
                                   struct cut_segment_head *out,
                                   struct cut_fault *fault)
{
    struct input in = {data + FIXED_SIZE, size - FIXED_SIZE - 4};
    struct arrays arrays;

    get_fixed(data, out);
    out->name = get_text(&in);
    out->algorithm = out->name != NULL ? get_text(&in) : NULL;
    if (out->algorithm == NULL || !are_counts_right(out, in.size) ||
        cut_get_u32(data + 52) != 0)
        return contradict(fault);
    enum cut_error error = make_arrays(allocator, out, &arrays);
    if (error != CUT_OK)
        return cut_fault_fill(fault, error, "%s", cut_error_sentence(error));
    if (!read_arrays(&in, &arrays, out))
        error = contradict(fault);
    else if (!cut_segment_head_is_right(out, fault))
        error = CUT_INVALID;
    if (error != CUT_OK)
        cut_segment_head_release(out, allocator);
    return error;
}

enum cut_error cut_segment_head_decode(const uint8_t *data,
                                       size_t data_size,
                                       const struct cut_allocator *allocator,
                                       struct cut_segment_head *out,
                                       size_t *size,
                                       struct cut_fault *fault)
{
    struct cut_segment_head head = {0};

    if (data_size < CUT_SEGMENT_MAGIC_SIZE ||
        memcmp(data, CUT_SEGMENT_MAGIC, CUT_SEGMENT_MAGIC_SIZE) != 0)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "byte 0: not a trace segment (expected it to "
                              "begin with \"" CUT_SEGMENT_MAGIC "\")");
    if (data_size >= 12 && cut_get_u32(data + 8) != CUT_SEGMENT_VERSION)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "byte 8: version %" PRIu32
                              " of the format (expected %d)",
                              cut_get_u32(data + 8),
                              CUT_SEGMENT_VERSION);
    size_t whole = data_size >= 16 ? cut_get_u32(data + 12) : 0;
    if (data_size < 16 || whole > data_size)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "byte %zu: the file ends in its head (expected "
                              "all of it)",
                              data_size);
    if (whole < FIXED_SIZE + 4 || whole > CUT_SEGMENT_HEAD_SIZE_MAX ||
        cut_crc32c(0, data, whole - 4) != cut_get_u32(data + whole - 4))
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "byte 0: the head is damaged (expected a "
                              "checksum that agrees with it)");
    enum cut_error error = decode_whole(data, whole, allocator, &head, fault);
    if (error != CUT_OK)
        return error;
    *out = head;
    *size = whole;
    return CUT_OK;
}
