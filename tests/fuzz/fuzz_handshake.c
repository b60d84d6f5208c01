/*
 * The input is a conversation: a byte says what a frame is made of, then its
 * fields and body follow. It is told to an accepting side, or to a connecting
 * one, by somebody who does not know the secret, but may repeat what was said
 * in another conversation: no side ever takes him.
 */
#include "fuzz.h"
#include "net/handshake.h"

#define PROCESSES 4
#define BODY_MAX 255

static const uint8_t secret[CUT_SECRET_SIZE] = {1};
static const uint8_t run[CUT_RUN_ID_SIZE] = {2};
static const uint8_t nonce[CUT_NONCE_SIZE] = {3};
static const uint8_t old_nonce_c[CUT_NONCE_SIZE] = {4};
static const uint8_t old_nonce_a[CUT_NONCE_SIZE] = {5};

static struct cut_handshake_config config_of(uint32_t self,
                                             const uint8_t *drawn)
{
    return (struct cut_handshake_config){
        .secret = secret,
        .run = run,
        .nonce = drawn,
        .process_count = PROCESSES,
        .incarnation = 5,
        .self = self,
    };
}

/* The frames of a conversation that somebody has listened to. */
struct old {
    uint8_t bytes[4][CUT_HANDSHAKE_FRAME_SIZE_MAX];
    struct cut_frame frames[4];
};

static void keep(struct old *old, unsigned at, const struct cut_handshake *side)
{
    struct cut_frame_opening opening;

    memcpy(old->bytes[at], side->out, side->out_size);
    FUZZ_CHECK(cut_frame_open(old->bytes[at],
                              side->out_size,
                              &old->frames[at],
                              &opening) == CUT_FRAME_WHOLE);
}

static void listen(struct old *old)
{
    struct cut_handshake_config config_c = config_of(1, old_nonce_c);
    struct cut_handshake_config config_a = config_of(2, old_nonce_a);
    struct cut_handshake c;
    struct cut_handshake a;

    cut_handshake_connect(&c, &config_c, 2, 7);
    cut_handshake_accept(&a, &config_a);
    keep(old, 0, &c);
    cut_handshake_feed(&a, &old->frames[0]);
    keep(old, 1, &a);
    cut_handshake_feed(&c, &old->frames[1]);
    keep(old, 2, &c);
    cut_handshake_feed(&a, &old->frames[2]);
    FUZZ_CHECK(a.state == CUT_HANDSHAKE_PROVEN);
    cut_handshake_welcome(&a, 8);
    keep(old, 3, &a);
    cut_handshake_feed(&c, &old->frames[3]);
    FUZZ_CHECK(c.state == CUT_HANDSHAKE_DONE);
}

/* A line is one, and text. */
static void check_line(const char *line, size_t size)
{
    FUZZ_CHECK(size > 0);
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(iscntrl((unsigned char)line[i]) == 0);
}

static void check_side(const struct cut_handshake *side)
{
    struct cut_frame frame;
    struct cut_frame_opening opening;

    FUZZ_CHECK(side->state == CUT_HANDSHAKE_WAITING ||
               side->state == CUT_HANDSHAKE_FAILED);
    if (side->out_size > 0) {
        FUZZ_CHECK(
            cut_frame_open(side->out, side->out_size, &frame, &opening) ==
            CUT_FRAME_WHOLE);
        FUZZ_CHECK((frame.kind == CUT_FRAME_REFUSE) ==
                   (side->state == CUT_HANDSHAKE_FAILED));
        if (frame.kind == CUT_FRAME_REFUSE)
            check_line((const char *)frame.body, frame.body_size);
    }
    if (side->state != CUT_HANDSHAKE_FAILED)
        return;
    FUZZ_CHECK(side->error == CUT_PROTOCOL);
    check_line(side->reason, strnlen(side->reason, sizeof side->reason));
}

/* Make a frame of the input: one that was said before, with a byte of its body
 * changed or not, or one of its own. Returns the bytes used. */
static size_t make_frame(struct old *old,
                         const uint8_t *data,
                         size_t size,
                         struct cut_frame *out)
{
    unsigned which = data[0] % 8;

    if (which < 4) {
        *out = old->frames[which];
        if (size >= 3 && (data[0] & 0x80) != 0) {
            old->bytes[which][CUT_FRAME_HEADER_SIZE +
                              data[1] % out->body_size] ^= data[2];
            return 3;
        }
        return 1;
    }
    if (size < 5)
        return size;
    *out = (struct cut_frame){
        .kind = data[1],
        .incarnation = data[2],
        .acknowledged = data[3],
        .body = data + 5,
        .body_size = data[4],
    };
    if (out->body_size > size - 5)
        out->body_size = (uint32_t)(size - 5);
    return 5 + out->body_size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_handshake_config config;
    struct cut_handshake side;
    struct old old;

    if (size == 0)
        return 0;
    listen(&old);
    config = config_of(data[0] % 2 == 0 ? 2 : 1, nonce);
    if (data[0] % 2 == 0)
        cut_handshake_accept(&side, &config);
    else
        cut_handshake_connect(&side, &config, 2, 0);
    data++;
    size--;
    while (size > 0 && side.state == CUT_HANDSHAKE_WAITING) {
        struct cut_frame frame = {.kind = CUT_FRAME_REFUSE};
        size_t used = make_frame(&old, data, size, &frame);
        cut_handshake_feed(&side, &frame);
        check_side(&side);
        data += used;
        size -= used;
    }
    return 0;
}
