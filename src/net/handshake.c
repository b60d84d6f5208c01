/*
 * What a side says of itself to one that has proved nothing (version, run,
 * incarnation, index) is no secret: it stands in each HELLO. What it says of a
 * proof is "wrong secret", whatever was wrong.
 */
#include "net/handshake.h"

#include "base/trap.h"
#include "base/utf8.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where the fields of a HELLO are. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_RUN = 8,
    AT_INCARNATION = 24,
    AT_FROM = 28,
    AT_TO = 32,
    AT_NONCE = 36,
};

static const uint8_t magic[4] = {'C', 'U', 'T', 'L'};

#define LABEL_SIZE_MAX 8

/* "supervisor", "process 4294967295" */
#define PEER_TEXT_SIZE 24

/* A run's id in hexadecimal. */
#define RUN_TEXT_SIZE (2 * CUT_RUN_ID_SIZE + 1)

static void put32(uint8_t *out, uint32_t value)
{
    value = htole32(value);
    memcpy(out, &value, sizeof value);
}

static uint32_t get32(const uint8_t *in)
{
    uint32_t value;

    memcpy(&value, in, sizeof value);
    return le32toh(value);
}

static void peer_text(uint32_t index, char out[PEER_TEXT_SIZE])
{
    if (index == CUT_NET_SUPERVISOR)
        snprintf(out, PEER_TEXT_SIZE, "the supervisor");
    else
        snprintf(out, PEER_TEXT_SIZE, "process %u", index);
}

static void run_text(const uint8_t *run, char out[RUN_TEXT_SIZE])
{
    for (size_t i = 0; i < CUT_RUN_ID_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", run[i]);
}

/* --- frames that are sent ------------------------------------------------- */

/* Seal what stands in `out` behind the place of the header. */
static void
send_frame(struct cut_handshake *handshake, uint8_t kind, size_t body_size)
{
    struct cut_frame frame = {
        .kind = kind,
        .incarnation = handshake->config->incarnation,
        .body_size = (uint32_t)body_size,
    };

    if (kind == CUT_FRAME_PROOF || kind == CUT_FRAME_WELCOME)
        frame.acknowledged = handshake->acknowledged;
    handshake->out_size = cut_frame_seal(handshake->out, &frame);
}

static uint8_t *body_of(struct cut_handshake *handshake)
{
    return handshake->out + CUT_FRAME_HEADER_SIZE;
}

/*
 * Copy what of a line can be seen, and blanks between. What comes from a peer
 * is to be one line in a log and no more; returns the bytes written, without
 * the NUL.
 */
static size_t
copy_line(char *out, size_t out_size, const char *text, size_t size)
{
    size_t written = 0;

    for (size_t i = 0; i < size;) {
        size_t step = cut_utf8_size(text + i, size - i);
        if (written + (step > 0 ? step : 1) >= out_size)
            break;
        if (step > 0)
            memcpy(out + written, text + i, step);
        else
            out[written] = text[i] == ' ' ? ' ' : '?';
        written += step > 0 ? step : 1;
        i += step > 0 ? step : 1;
    }
    out[written] = '\0';
    return written;
}

static void fail(struct cut_handshake *handshake, enum cut_error error)
{
    handshake->state = CUT_HANDSHAKE_FAILED;
    handshake->error = error;
}

void cut_handshake_refuse(struct cut_handshake *handshake, const char *why)
{
    char line[CUT_REFUSE_SIZE_MAX + 1];

    CUT_ASSERT(handshake->state == CUT_HANDSHAKE_WAITING ||
               handshake->state == CUT_HANDSHAKE_PROVEN);
    size_t size = copy_line(line, sizeof line, why, strlen(why));
    memcpy(body_of(handshake), line, size);
    snprintf(handshake->reason, sizeof handshake->reason, "%s", line);
    send_frame(handshake, CUT_FRAME_REFUSE, size);
    fail(handshake, CUT_PROTOCOL);
}

/* Refuse, with what only one's own log is told. Returns false. */
__attribute__((format(printf, 3, 4))) static bool
refuse(struct cut_handshake *handshake,
       const char *for_log,
       const char *format,
       ...)
{
    char why[CUT_REFUSE_SIZE_MAX];
    char peer[PEER_TEXT_SIZE] = "";
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    cut_handshake_refuse(handshake, why);
    if (handshake->is_connecting)
        peer_text(handshake->peer, peer);
    snprintf(handshake->reason,
             sizeof handshake->reason,
             "%s%s%s%s",
             why,
             *peer != '\0' ? ", from " : "",
             peer,
             for_log);
    return false;
}

/* --- proofs --------------------------------------------------------------- */

/*
 * Compute HMAC-SHA256(secret, label, HELLO, nonce, rest); false: there was no
 * memory, and the handshake has failed.
 */
static bool compute(struct cut_handshake *handshake,
                    const char *label,
                    const uint64_t *acknowledged,
                    uint8_t out[CUT_PROOF_SIZE])
{
    uint8_t text[LABEL_SIZE_MAX + CUT_HELLO_SIZE + CUT_NONCE_SIZE + 8];
    size_t size = 0;
    size_t written = 0;
    uint64_t number = acknowledged != NULL ? htole64(*acknowledged) : 0;

    for (; label[size] != '\0'; size++)
        text[size] = (uint8_t)label[size];
    memcpy(text + size, handshake->hello, CUT_HELLO_SIZE);
    size += CUT_HELLO_SIZE;
    memcpy(text + size, handshake->nonce, CUT_NONCE_SIZE);
    size += CUT_NONCE_SIZE;
    if (acknowledged != NULL) {
        memcpy(text + size, &number, sizeof number);
        size += sizeof number;
    }
    const unsigned char *mac = EVP_Q_mac(NULL,
                                         "HMAC",
                                         NULL,
                                         "SHA256",
                                         NULL,
                                         handshake->config->secret,
                                         CUT_SECRET_SIZE,
                                         text,
                                         size,
                                         out,
                                         CUT_PROOF_SIZE,
                                         &written);
    ERR_clear_error();
    if (mac != NULL && written == CUT_PROOF_SIZE)
        return true;
    snprintf(handshake->reason, sizeof handshake->reason, "out of memory");
    fail(handshake, CUT_NOMEM);
    return false;
}

/* Return whether the peer knows the secret; false: the handshake has failed. */
static bool proves(struct cut_handshake *handshake,
                   const char *label,
                   const uint64_t *acknowledged,
                   const uint8_t proof[CUT_PROOF_SIZE])
{
    uint8_t expected[CUT_PROOF_SIZE];

    if (!compute(handshake, label, acknowledged, expected))
        return false;
    if (CRYPTO_memcmp(expected, proof, CUT_PROOF_SIZE) == 0)
        return true;
    return refuse(handshake,
                  " (expected one that knows the secret of this run)",
                  "wrong secret");
}

/* --- the connecting side -------------------------------------------------- */

void cut_handshake_connect(struct cut_handshake *handshake,
                           const struct cut_handshake_config *config,
                           uint32_t peer,
                           uint64_t acknowledged)
{
    *handshake = (struct cut_handshake){
        .state = CUT_HANDSHAKE_WAITING,
        .peer = peer,
        .config = config,
        .is_connecting = true,
        .expected = CUT_FRAME_CHALLENGE,
        .acknowledged = acknowledged,
    };
    uint8_t *hello = handshake->hello;
    memcpy(hello + AT_MAGIC, magic, sizeof magic);
    put32(hello + AT_VERSION, CUT_NET_VERSION);
    memcpy(hello + AT_RUN, config->run, CUT_RUN_ID_SIZE);
    put32(hello + AT_INCARNATION, config->incarnation);
    put32(hello + AT_FROM, config->self);
    put32(hello + AT_TO, peer);
    memcpy(hello + AT_NONCE, config->nonce, CUT_NONCE_SIZE);
    memcpy(body_of(handshake), hello, CUT_HELLO_SIZE);
    send_frame(handshake, CUT_FRAME_HELLO, CUT_HELLO_SIZE);
}

static void take_challenge(struct cut_handshake *handshake,
                           const struct cut_frame *frame)
{
    memcpy(handshake->nonce, frame->body, CUT_NONCE_SIZE);
    if (!proves(handshake, "accept", NULL, frame->body + CUT_NONCE_SIZE))
        return;
    if (!compute(
            handshake, "connect", &handshake->acknowledged, body_of(handshake)))
        return;
    send_frame(handshake, CUT_FRAME_PROOF, CUT_PROOF_SIZE);
    handshake->expected = CUT_FRAME_WELCOME;
}

static void take_welcome(struct cut_handshake *handshake,
                         const struct cut_frame *frame)
{
    if (!proves(handshake, "welcome", &frame->acknowledged, frame->body))
        return;
    handshake->peer_acknowledged = frame->acknowledged;
    handshake->state = CUT_HANDSHAKE_DONE;
}

/* --- the accepting side --------------------------------------------------- */

void cut_handshake_accept(struct cut_handshake *handshake,
                          const struct cut_handshake_config *config)
{
    *handshake = (struct cut_handshake){
        .state = CUT_HANDSHAKE_WAITING,
        .config = config,
        .expected = CUT_FRAME_HELLO,
    };
}

static bool judge_incarnation(struct cut_handshake *handshake,
                              uint32_t incarnation)
{
    uint32_t own = handshake->config->incarnation;

    if (incarnation == own)
        return true;
    return refuse(handshake,
                  "",
                  "another incarnation: %u (expected %u)",
                  incarnation,
                  own);
}

static bool judge_run(struct cut_handshake *handshake, const uint8_t *hello)
{
    const struct cut_handshake_config *config = handshake->config;
    char said[RUN_TEXT_SIZE];
    char wanted[RUN_TEXT_SIZE];

    if (memcmp(hello + AT_MAGIC, magic, sizeof magic) != 0)
        return refuse(
            handshake, "", "wrong magic (expected a process of Cutline)");
    if (get32(hello + AT_VERSION) != CUT_NET_VERSION)
        return refuse(handshake,
                      "",
                      "wrong protocol version: %u (expected %d)",
                      get32(hello + AT_VERSION),
                      CUT_NET_VERSION);
    if (memcmp(hello + AT_RUN, config->run, CUT_RUN_ID_SIZE) != 0) {
        run_text(hello + AT_RUN, said);
        run_text(config->run, wanted);
        return refuse(
            handshake, "", "another run: %s (expected %s)", said, wanted);
    }
    return judge_incarnation(handshake, get32(hello + AT_INCARNATION));
}

static bool judge_peers(struct cut_handshake *handshake, const uint8_t *hello)
{
    const struct cut_handshake_config *config = handshake->config;
    uint32_t from = get32(hello + AT_FROM);
    char said[PEER_TEXT_SIZE];
    char self[PEER_TEXT_SIZE];

    peer_text(config->self, self);
    if (get32(hello + AT_TO) != config->self) {
        peer_text(get32(hello + AT_TO), said);
        return refuse(handshake,
                      "",
                      "a connection to %s came to %s (expected %s)",
                      said,
                      self,
                      self);
    }
    peer_text(from, said);
    if (from == config->self)
        return refuse(
            handshake, "", "%s called itself (expected another)", said);
    if (from != CUT_NET_SUPERVISOR && from >= config->process_count)
        return refuse(handshake,
                      "",
                      "there is no %s (expected an index below %u)",
                      said,
                      config->process_count);
    return true;
}

static void take_hello(struct cut_handshake *handshake,
                       const struct cut_frame *frame)
{
    uint8_t *body = body_of(handshake);

    if (!judge_run(handshake, frame->body) ||
        !judge_incarnation(handshake, frame->incarnation) ||
        !judge_peers(handshake, frame->body))
        return;
    memcpy(handshake->hello, frame->body, CUT_HELLO_SIZE);
    memcpy(handshake->nonce, handshake->config->nonce, CUT_NONCE_SIZE);
    memcpy(body, handshake->nonce, CUT_NONCE_SIZE);
    if (!compute(handshake, "accept", NULL, body + CUT_NONCE_SIZE))
        return;
    send_frame(handshake, CUT_FRAME_CHALLENGE, CUT_CHALLENGE_SIZE);
    handshake->expected = CUT_FRAME_PROOF;
}

static void take_proof(struct cut_handshake *handshake,
                       const struct cut_frame *frame)
{
    if (!proves(handshake, "connect", &frame->acknowledged, frame->body))
        return;
    handshake->peer = get32(handshake->hello + AT_FROM);
    handshake->peer_acknowledged = frame->acknowledged;
    handshake->state = CUT_HANDSHAKE_PROVEN;
}

void cut_handshake_welcome(struct cut_handshake *handshake,
                           uint64_t acknowledged)
{
    CUT_ASSERT(handshake->state == CUT_HANDSHAKE_PROVEN);
    handshake->acknowledged = acknowledged;
    handshake->out_size = 0;
    if (!compute(handshake, "welcome", &acknowledged, body_of(handshake)))
        return;
    send_frame(handshake, CUT_FRAME_WELCOME, CUT_PROOF_SIZE);
    handshake->state = CUT_HANDSHAKE_DONE;
}

/* --- both ----------------------------------------------------------------- */

/* What a side waits for; indexed by kind. */
static const struct {
    const char *name;
    uint32_t body_size;
    bool tells_position; /* by its acknowledged field, zero otherwise */
    void (*take)(struct cut_handshake *, const struct cut_frame *);
} rules[] = {
    [CUT_FRAME_HELLO] = {"HELLO", CUT_HELLO_SIZE, false, take_hello},
    [CUT_FRAME_CHALLENGE] = {"CHALLENGE",
                             CUT_CHALLENGE_SIZE,
                             false,
                             take_challenge},
    [CUT_FRAME_PROOF] = {"PROOF", CUT_PROOF_SIZE, true, take_proof},
    [CUT_FRAME_WELCOME] = {"WELCOME", CUT_PROOF_SIZE, true, take_welcome},
};

/* The peer gave up: there is nothing to answer. */
static void take_refuse(struct cut_handshake *handshake,
                        const struct cut_frame *frame)
{
    char line[CUT_REFUSE_SIZE_MAX + 1];
    char peer[PEER_TEXT_SIZE] = "the peer";

    copy_line(line, sizeof line, (const char *)frame->body, frame->body_size);
    if (handshake->is_connecting)
        peer_text(handshake->peer, peer);
    snprintf(handshake->reason,
             sizeof handshake->reason,
             "refused by %s: %s",
             peer,
             line);
    fail(handshake, CUT_PROTOCOL);
}

/* Return whether a frame is the one that is waited for, by its form. */
static bool is_expected(struct cut_handshake *handshake,
                        const struct cut_frame *frame)
{
    uint8_t kind = handshake->expected;
    const char *name = rules[kind].name;

    if (frame->kind != kind)
        return refuse(handshake,
                      "",
                      "a frame of kind %u in the handshake (expected %s)",
                      frame->kind,
                      name);
    if (frame->body_size != rules[kind].body_size)
        return refuse(handshake,
                      "",
                      "%s of %u bytes (expected %u)",
                      name,
                      frame->body_size,
                      rules[kind].body_size);
    if (kind != CUT_FRAME_HELLO &&
        !judge_incarnation(handshake, frame->incarnation))
        return false;
    if (frame->sequence != 0 ||
        (frame->acknowledged != 0 && !rules[kind].tells_position))
        return refuse(handshake, "", "%s with a number (expected none)", name);
    return true;
}

void cut_handshake_feed(struct cut_handshake *handshake,
                        const struct cut_frame *frame)
{
    CUT_ASSERT(handshake->state == CUT_HANDSHAKE_WAITING);
    handshake->out_size = 0;
    if (frame->kind == CUT_FRAME_REFUSE)
        take_refuse(handshake, frame);
    else if (is_expected(handshake, frame))
        rules[handshake->expected].take(handshake, frame);
}
