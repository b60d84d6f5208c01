/*
 * The handshake: who is taken, each way of being refused, and that nothing
 * which was changed on the way is ever taken.
 */
#include "check.h"
#include "net/handshake.h"

#define PROCESSES 4

static const uint8_t secret[CUT_SECRET_SIZE] =
    "the secret of this run, 32 bytes";
static const uint8_t run[CUT_RUN_ID_SIZE] = "a run of a test";
static const uint8_t nonce_c[CUT_NONCE_SIZE] =
    "drawn by the connecting side....";
static const uint8_t nonce_a[CUT_NONCE_SIZE] =
    "drawn by the accepting side.....";

static const struct cut_handshake_config config_c = {
    .secret = secret,
    .run = run,
    .nonce = nonce_c,
    .process_count = PROCESSES,
    .incarnation = 5,
    .self = 1,
};
static const struct cut_handshake_config config_a = {
    .secret = secret,
    .run = run,
    .nonce = nonce_a,
    .process_count = PROCESSES,
    .incarnation = 5,
    .self = 2,
};

/* Bytes that a side sent. */
struct wire {
    uint8_t bytes[CUT_HANDSHAKE_FRAME_SIZE_MAX];
    size_t size;
};

static struct wire sent_by(const struct cut_handshake *side)
{
    struct wire wire = {.size = side->out_size};

    memcpy(wire.bytes, side->out, side->out_size);
    return wire;
}

static struct cut_frame opened(const struct wire *wire)
{
    struct cut_frame frame = {0};
    struct cut_frame_opening opening;

    CHECK_EQ(cut_frame_open(wire->bytes, wire->size, &frame, &opening),
             CUT_FRAME_WHOLE);
    CHECK_EQ(opening.size, wire->size);
    return frame;
}

static void feed(struct cut_handshake *side, const struct wire *wire)
{
    struct cut_frame frame = opened(wire);

    cut_handshake_feed(side, &frame);
}

/* Change a frame's body, and make its checksum right again. */
static void reseal(struct wire *wire, void (*change)(struct cut_frame *frame))
{
    struct cut_frame frame = opened(wire);

    if (change != NULL)
        change(&frame);
    wire->size = cut_frame_seal(wire->bytes, &frame);
}

/* A conversation, as far as it came; what each side sent is kept. */
struct talk {
    struct cut_handshake c;
    struct cut_handshake a;
    struct wire hello;
    struct wire challenge;
    struct wire proof;
    struct wire welcome;
};

/* Both sides until one of them does not go on. */
static void hold(struct talk *talk,
                 const struct cut_handshake_config *connecting,
                 const struct cut_handshake_config *accepting,
                 uint32_t to)
{
    *talk = (struct talk){.hello = {.size = 0}};
    cut_handshake_connect(&talk->c, connecting, to, 70);
    cut_handshake_accept(&talk->a, accepting);
    talk->hello = sent_by(&talk->c);
    feed(&talk->a, &talk->hello);
    talk->challenge = sent_by(&talk->a);
    feed(&talk->c, &talk->challenge);
    talk->proof = sent_by(&talk->c);
    if (talk->a.state != CUT_HANDSHAKE_WAITING)
        return;
    feed(&talk->a, &talk->proof);
    if (talk->a.state != CUT_HANDSHAKE_PROVEN)
        return;
    cut_handshake_welcome(&talk->a, 80);
    talk->welcome = sent_by(&talk->a);
    feed(&talk->c, &talk->welcome);
}

static void check_failed(const struct cut_handshake *side, const char *reason)
{
    CHECK_EQ(side->state, CUT_HANDSHAKE_FAILED);
    CHECK_EQ(side->error, CUT_PROTOCOL);
    CHECK_STR(side->reason, reason);
}

/* A side failed, and tells its peer this. */
static void check_refuses(const struct cut_handshake *side,
                          const char *to_peer,
                          const char *to_log)
{
    struct wire wire = sent_by(side);
    struct cut_frame frame = opened(&wire);
    char text[CUT_REFUSE_SIZE_MAX + 1] = "";

    check_failed(side, to_log);
    if (!CHECK_EQ(frame.kind, CUT_FRAME_REFUSE))
        return;
    CHECK_EQ(frame.sequence, 0);
    CHECK_EQ(frame.acknowledged, 0);
    memcpy(text, frame.body, frame.body_size);
    CHECK_STR(text, to_peer);
}

static void check_done(const struct talk *talk, uint32_t from, uint32_t to)
{
    CHECK_EQ(talk->c.state, CUT_HANDSHAKE_DONE);
    CHECK_EQ(talk->c.out_size, 0);
    CHECK_EQ(talk->c.peer, to);
    CHECK_EQ(talk->c.peer_acknowledged, 80);
    CHECK_EQ(talk->a.state, CUT_HANDSHAKE_DONE);
    CHECK_EQ(talk->a.peer, from);
    CHECK_EQ(talk->a.peer_acknowledged, 70);
}

static void test_both_know_the_secret(void)
{
    struct talk talk;

    hold(&talk, &config_c, &config_a, 2);
    check_done(&talk, 1, 2);
}

static void test_the_supervisor_takes_part(void)
{
    struct talk talk;
    struct cut_handshake_config supervisor = config_a;

    supervisor.self = CUT_NET_SUPERVISOR;
    hold(&talk, &config_c, &supervisor, CUT_NET_SUPERVISOR);
    check_done(&talk, 1, CUT_NET_SUPERVISOR);
    supervisor = config_c;
    supervisor.self = CUT_NET_SUPERVISOR;
    hold(&talk, &supervisor, &config_a, 2);
    check_done(&talk, CUT_NET_SUPERVISOR, 2);
}

/* The bytes, so that two builds of a version understand each other. HMACs were
 * computed with Python's hmac. */
static void test_bytes(void)
{
    static const uint8_t accept_begins[] = {
        0x00, 0x88, 0x4b, 0xf9, 0xb1, 0x96, 0x30, 0x36};
    static const uint8_t connect_begins[] = {
        0x8b, 0xd7, 0xa3, 0x25, 0xc8, 0xa3, 0xbc, 0x97};
    static const uint8_t welcome_begins[] = {
        0x5e, 0x61, 0xe8, 0x99, 0x88, 0xac, 0x9e, 0xdc};
    struct talk talk;

    hold(&talk, &config_c, &config_a, 2);
    struct cut_frame hello = opened(&talk.hello);
    CHECK_EQ(hello.kind, CUT_FRAME_HELLO);
    CHECK_EQ(hello.incarnation, 5);
    CHECK_EQ(hello.body_size, 68);
    CHECK(memcmp(hello.body, "CUTL\1\0\0\0a run of a test\0", 24) == 0);
    CHECK(memcmp(hello.body + 24, "\5\0\0\0\1\0\0\0\2\0\0\0", 12) == 0);
    CHECK(memcmp(hello.body + 36, nonce_c, CUT_NONCE_SIZE) == 0);
    struct cut_frame challenge = opened(&talk.challenge);
    CHECK_EQ(challenge.kind, CUT_FRAME_CHALLENGE);
    CHECK_EQ(challenge.body_size, 64);
    CHECK(memcmp(challenge.body, nonce_a, CUT_NONCE_SIZE) == 0);
    CHECK(memcmp(challenge.body + 32, accept_begins, 8) == 0);
    struct cut_frame proof = opened(&talk.proof);
    CHECK_EQ(proof.kind, CUT_FRAME_PROOF);
    CHECK_EQ(proof.acknowledged, 70);
    CHECK_EQ(proof.body_size, 32);
    CHECK(memcmp(proof.body, connect_begins, 8) == 0);
    struct cut_frame welcome = opened(&talk.welcome);
    CHECK_EQ(welcome.kind, CUT_FRAME_WELCOME);
    CHECK_EQ(welcome.acknowledged, 80);
    CHECK_EQ(welcome.body_size, 32);
    CHECK(memcmp(welcome.body, welcome_begins, 8) == 0);
}

/* --- each field wrong in turn --------------------------------------------- */

/* The accepting side refuses; both logs say why. */
static void check_hello_refused(const struct cut_handshake_config *connecting,
                                uint32_t to,
                                const char *why)
{
    struct talk talk;
    char heard[256];

    hold(&talk, connecting, &config_a, to);
    check_refuses(&talk.a, why, why);
    if (to == CUT_NET_SUPERVISOR)
        snprintf(heard, sizeof heard, "refused by the supervisor: %s", why);
    else
        snprintf(heard, sizeof heard, "refused by process %u: %s", to, why);
    check_failed(&talk.c, heard);
    CHECK_EQ(talk.c.out_size, 0);
}

static void test_another_run(void)
{
    struct cut_handshake_config config = config_c;

    config.run = (const uint8_t *)"another run....";
    config.incarnation = 9; /* the run is what is told */
    check_hello_refused(&config,
                        2,
                        "another run: 616e6f746865722072756e2e2e2e2e00 "
                        "(expected 612072756e206f662061207465737400)");
}

static void test_another_incarnation(void)
{
    struct cut_handshake_config config = config_c;

    config.incarnation = 4;
    check_hello_refused(&config, 2, "another incarnation: 4 (expected 5)");
}

static void test_somebody_else_is_meant(void)
{
    check_hello_refused(&config_c,
                        3,
                        "a connection to process 3 came to process 2 "
                        "(expected process 2)");
    check_hello_refused(&config_c,
                        CUT_NET_SUPERVISOR,
                        "a connection to the supervisor came to process 2 "
                        "(expected process 2)");
}

static void test_no_such_process(void)
{
    struct cut_handshake_config config = config_c;

    config.self = PROCESSES;
    check_hello_refused(
        &config, 2, "there is no process 4 (expected an index below 4)");
    config.self = UINT32_MAX - 1;
    check_hello_refused(
        &config,
        2,
        "there is no process 4294967294 (expected an index below 4)");
    config.self = 2;
    check_hello_refused(
        &config, 2, "process 2 called itself (expected another)");
}

static void wrong_magic(struct cut_frame *frame)
{
    ((uint8_t *)(uintptr_t)frame->body)[0] = 'c';
}

static void wrong_version(struct cut_frame *frame)
{
    ((uint8_t *)(uintptr_t)frame->body)[4] = 2;
}

static void wrong_incarnation(struct cut_frame *frame)
{
    frame->incarnation = 6;
}

static void short_body(struct cut_frame *frame)
{
    frame->body_size--;
}

static void with_sequence(struct cut_frame *frame)
{
    frame->sequence = 1;
}

static void with_position(struct cut_frame *frame)
{
    frame->acknowledged++;
}

static void another_kind(struct cut_frame *frame)
{
    frame->kind = CUT_FRAME_DATA;
}

/* Which frame of a good conversation is changed. */
enum place { HELLO, CHALLENGE, PROOF, WELCOME };

/* A good conversation up to a frame, which is changed; return who got it. */
static struct cut_handshake *change_at(struct talk *talk,
                                       enum place place,
                                       void (*change)(struct cut_frame *frame))
{
    struct cut_handshake *receiver = NULL;
    struct wire *wires[] = {
        &talk->hello, &talk->challenge, &talk->proof, &talk->welcome};

    hold(talk, &config_c, &config_a, 2);
    cut_handshake_connect(&talk->c, &config_c, 2, 70);
    cut_handshake_accept(&talk->a, &config_a);
    for (unsigned i = 0; i <= (unsigned)place; i++) {
        if (i == (unsigned)place)
            reseal(wires[i], change);
        receiver = i % 2 == 0 ? &talk->a : &talk->c;
        feed(receiver, wires[i]);
    }
    return receiver;
}

static void check_changed(enum place place,
                          void (*change)(struct cut_frame *frame),
                          const char *to_peer,
                          const char *to_log)
{
    struct talk talk;

    check_refuses(change_at(&talk, place, change), to_peer, to_log);
}

static void test_hello_is_judged(void)
{
    const char *why = "wrong magic (expected a process of Cutline)";
    check_changed(HELLO, wrong_magic, why, why);
    why = "wrong protocol version: 2 (expected 1)";
    check_changed(HELLO, wrong_version, why, why);
    why = "another incarnation: 6 (expected 5)";
    check_changed(HELLO, wrong_incarnation, why, why);
    why = "HELLO of 67 bytes (expected 68)";
    check_changed(HELLO, short_body, why, why);
    why = "HELLO with a number (expected none)";
    check_changed(HELLO, with_sequence, why, why);
    check_changed(HELLO, with_position, why, why);
    why = "a frame of kind 6 in the handshake (expected HELLO)";
    check_changed(HELLO, another_kind, why, why);
}

static void test_challenge_is_judged(void)
{
    check_changed(CHALLENGE,
                  wrong_incarnation,
                  "another incarnation: 6 (expected 5)",
                  "another incarnation: 6 (expected 5), from process 2");
    check_changed(CHALLENGE,
                  short_body,
                  "CHALLENGE of 63 bytes (expected 64)",
                  "CHALLENGE of 63 bytes (expected 64), from process 2");
    check_changed(CHALLENGE,
                  with_position,
                  "CHALLENGE with a number (expected none)",
                  "CHALLENGE with a number (expected none), from process 2");
    check_changed(CHALLENGE,
                  another_kind,
                  "a frame of kind 6 in the handshake (expected CHALLENGE)",
                  "a frame of kind 6 in the handshake (expected CHALLENGE), "
                  "from process 2");
}

#define WRONG_SECRET "wrong secret"
#define WRONG_TO_A                                                             \
    WRONG_SECRET " (expected one that knows the secret of this run)"
#define WRONG_TO_C                                                             \
    WRONG_SECRET                                                               \
    ", from process 2 (expected one that knows the secret of this run)"

static void test_proof_is_judged(void)
{
    const char *why = "another incarnation: 6 (expected 5)";
    check_changed(PROOF, wrong_incarnation, why, why);
    why = "PROOF of 31 bytes (expected 32)";
    check_changed(PROOF, short_body, why, why);
    why = "PROOF with a number (expected none)";
    check_changed(PROOF, with_sequence, why, why);
    why = "a frame of kind 6 in the handshake (expected PROOF)";
    check_changed(PROOF, another_kind, why, why);
    /* A position that was changed on the way. */
    check_changed(PROOF, with_position, WRONG_SECRET, WRONG_TO_A);
}

static void test_welcome_is_judged(void)
{
    check_changed(WELCOME,
                  short_body,
                  "WELCOME of 31 bytes (expected 32)",
                  "WELCOME of 31 bytes (expected 32), from process 2");
    check_changed(WELCOME,
                  another_kind,
                  "a frame of kind 6 in the handshake (expected WELCOME)",
                  "a frame of kind 6 in the handshake (expected WELCOME), "
                  "from process 2");
    check_changed(WELCOME, with_position, WRONG_SECRET, WRONG_TO_C);
}

/* --- the secret ----------------------------------------------------------- */

/* It is the accepting side that proves itself first. */
static void test_accepting_side_without_the_secret(void)
{
    struct talk talk;
    struct cut_handshake_config config = config_a;

    config.secret = (const uint8_t *)"the secret of this run, 32 byteS";
    hold(&talk, &config_c, &config, 2);
    check_refuses(&talk.c, WRONG_SECRET, WRONG_TO_C);
    check_failed(&talk.a, "refused by the peer: wrong secret");
}

/* A side that goes on though the other one proved nothing. */
static void test_connecting_side_without_the_secret(void)
{
    static const uint8_t other[CUT_SECRET_SIZE] = {0};
    struct talk talk;
    struct talk lie;
    struct cut_handshake_config liar_c = config_c;
    struct cut_handshake_config liar_a = config_a;

    liar_c.secret = other;
    liar_a.secret = other;
    hold(&lie, &liar_c, &liar_a, 2);
    CHECK_EQ(lie.a.state, CUT_HANDSHAKE_DONE);
    cut_handshake_accept(&talk.a, &config_a);
    feed(&talk.a, &lie.hello);
    feed(&talk.a, &lie.proof);
    check_refuses(&talk.a, WRONG_SECRET, WRONG_TO_A);
}

/* --- who replays, reorders, or sends back --------------------------------- */

static void test_replay_to_the_accepting_side(void)
{
    struct talk old;
    struct talk talk;
    struct cut_handshake_config later = config_a;

    hold(&old, &config_c, &config_a, 2);
    later.nonce = (const uint8_t *)"drawn for another conversation..";
    cut_handshake_accept(&talk.a, &later);
    feed(&talk.a, &old.hello);
    CHECK_EQ(talk.a.state, CUT_HANDSHAKE_WAITING);
    feed(&talk.a, &old.proof);
    check_refuses(&talk.a, WRONG_SECRET, WRONG_TO_A);
}

static void test_replay_to_the_connecting_side(void)
{
    struct talk old;
    struct talk talk;
    struct cut_handshake_config later = config_c;

    hold(&old, &config_c, &config_a, 2);
    later.nonce = (const uint8_t *)"drawn for another conversation..";
    cut_handshake_connect(&talk.c, &later, 2, 70);
    feed(&talk.c, &old.challenge);
    check_refuses(&talk.c, WRONG_SECRET, WRONG_TO_C);
}

/* An answer that was made for another peer. */
static void test_proof_for_another_peer(void)
{
    struct talk other;
    struct talk talk;
    struct cut_handshake_config third = config_c;

    third.self = 3;
    hold(&other, &third, &config_a, 2);
    cut_handshake_accept(&talk.a, &config_a);
    hold(&talk, &config_c, &config_a, 2);
    struct wire hello = talk.hello;
    cut_handshake_accept(&talk.a, &config_a);
    feed(&talk.a, &hello);
    feed(&talk.a, &other.proof);
    check_refuses(&talk.a, WRONG_SECRET, WRONG_TO_A);
}

static void to_proof(struct cut_frame *frame)
{
    frame->kind = CUT_FRAME_PROOF;
    frame->body_size = CUT_PROOF_SIZE;
    memmove((uint8_t *)(uintptr_t)frame->body,
            frame->body + CUT_NONCE_SIZE,
            CUT_PROOF_SIZE);
}

/* What the accepting side says of itself is no proof of its peer's. */
static void test_own_words_sent_back(void)
{
    struct talk talk;

    hold(&talk, &config_c, &config_a, 2);
    struct wire hello = talk.hello;
    cut_handshake_accept(&talk.a, &config_a);
    feed(&talk.a, &hello);
    struct wire echo = sent_by(&talk.a);
    reseal(&echo, to_proof);
    feed(&talk.a, &echo);
    check_refuses(&talk.a, WRONG_SECRET, WRONG_TO_A);
}

/* Each side, in each state, takes one kind of frame and no other. */
static void test_out_of_order(void)
{
    struct talk good;

    hold(&good, &config_c, &config_a, 2);
    const struct wire *wires[] = {
        &good.hello, &good.challenge, &good.proof, &good.welcome};
    for (unsigned expected = 0; expected < 4; expected++) {
        for (unsigned given = 0; given < 4; given++) {
            struct talk talk;
            struct cut_handshake *side = expected % 2 == 0 ? &talk.a : &talk.c;
            cut_handshake_connect(&talk.c, &config_c, 2, 70);
            cut_handshake_accept(&talk.a, &config_a);
            for (unsigned i = expected % 2; i < expected; i += 2)
                feed(side, wires[i]);
            feed(side, wires[given]);
            CHECK_EQ(side->state == CUT_HANDSHAKE_FAILED, given != expected);
        }
    }
}

/* --- refusals ------------------------------------------------------------- */

static void test_refusing_who_has_proved_itself(void)
{
    struct talk talk;

    hold(&talk, &config_c, &config_a, 2);
    struct talk again;
    cut_handshake_accept(&again.a, &config_a);
    feed(&again.a, &talk.hello);
    feed(&again.a, &talk.proof);
    CHECK_EQ(again.a.state, CUT_HANDSHAKE_PROVEN);
    cut_handshake_refuse(&again.a, "there is a link already");
    check_refuses(
        &again.a, "there is a link already", "there is a link already");
}

/* A peer's line cannot do anything to a log, and is cut where it is long. */
static void test_a_line_of_a_peer_is_harmless(void)
{
    static const char line[] = "a\033[31m\nb\xff\xc3\xa4 c";
    struct cut_handshake c;
    char body[1000];
    struct cut_frame frame = {
        .kind = CUT_FRAME_REFUSE,
        .body = (const uint8_t *)line,
        .body_size = sizeof line, /* and a NUL */
    };

    cut_handshake_connect(&c, &config_c, 2, 0);
    cut_handshake_feed(&c, &frame);
    check_failed(&c, "refused by process 2: a?[31m?b?\xc3\xa4 c?");
    CHECK_EQ(c.out_size, 0);
    memset(body, 'x', sizeof body);
    frame.body = (const uint8_t *)body;
    frame.body_size = sizeof body;
    cut_handshake_connect(&c, &config_c, 2, 0);
    cut_handshake_feed(&c, &frame);
    CHECK_EQ(strlen(c.reason),
             strlen("refused by process 2: ") + CUT_REFUSE_SIZE_MAX);
}

/* One's own line that is too long is cut as well. */
static void test_a_long_refusal_is_cut(void)
{
    struct cut_handshake a;
    char why[1000];

    memset(why, 'y', sizeof why - 1);
    why[sizeof why - 1] = '\0';
    cut_handshake_accept(&a, &config_a);
    cut_handshake_refuse(&a, why);
    CHECK_EQ(a.out_size, CUT_FRAME_HEADER_SIZE + CUT_REFUSE_SIZE_MAX);
}

/* --- any byte, any bit ---------------------------------------------------- */

/* Hold a conversation in which one frame is replaced. */
static void
hold_with(struct talk *talk, enum place place, const struct wire *changed)
{
    cut_handshake_connect(&talk->c, &config_c, 2, 70);
    cut_handshake_accept(&talk->a, &config_a);
    for (unsigned i = HELLO; i <= WELCOME; i++) {
        struct cut_handshake *from = i % 2 == 0 ? &talk->c : &talk->a;
        struct cut_handshake *to = i % 2 == 0 ? &talk->a : &talk->c;
        struct wire wire = i == (unsigned)place ? *changed : sent_by(from);
        if (to->state != CUT_HANDSHAKE_WAITING || wire.size == 0)
            return;
        feed(to, &wire);
        if (to->state == CUT_HANDSHAKE_PROVEN)
            cut_handshake_welcome(to, 80);
    }
}

static uint64_t number_at(const uint8_t *bytes, unsigned size)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

/* Change a bit, and make the checksum right again; false: what comes out is no
 * frame. */
static bool change_bit(struct wire *wire, size_t bit)
{
    uint8_t *bytes = wire->bytes;
    struct cut_frame_opening opening;

    bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    struct cut_frame frame = {
        .kind = bytes[4],
        .incarnation = (uint32_t)number_at(bytes + 8, 4),
        .sequence = number_at(bytes + 16, 8),
        .acknowledged = number_at(bytes + 24, 8),
        .body_size = (uint32_t)(wire->size - CUT_FRAME_HEADER_SIZE),
    };
    cut_frame_seal(bytes, &frame);
    return cut_frame_open(bytes, wire->size, &frame, &opening) ==
           CUT_FRAME_WHOLE;
}

/*
 * Neither side takes the other one when one bit on the way was changed; of a
 * WELCOME, the side that hears it.
 */
static void check_garbled(enum place place, size_t bit)
{
    struct talk talk;
    struct wire *wires[] = {
        &talk.hello, &talk.challenge, &talk.proof, &talk.welcome};

    hold(&talk, &config_c, &config_a, 2);
    if (!change_bit(wires[place], bit))
        return;
    hold_with(&talk, place, wires[place]);
    CHECK(talk.c.state != CUT_HANDSHAKE_DONE);
    CHECK_EQ(talk.a.state == CUT_HANDSHAKE_DONE, place == WELCOME);
    if (check_state.test_failed)
        printf("# frame %u, bit %zu\n", (unsigned)place, bit);
}

static void test_each_changed_bit_is_refused(void)
{
    struct talk talk;

    hold(&talk, &config_c, &config_a, 2);
    hold_with(&talk, HELLO, &(struct wire){.size = 0});
    CHECK_EQ(talk.a.state, CUT_HANDSHAKE_WAITING);
    const struct wire hello = talk.hello;
    hold_with(&talk, HELLO, &hello);
    check_done(&talk, 1, 2);
    const size_t sizes[] = {talk.hello.size,
                            talk.challenge.size,
                            talk.proof.size,
                            talk.welcome.size};
    for (unsigned place = HELLO; place <= WELCOME; place++) {
        for (size_t bit = 32; bit < 8 * sizes[place]; bit++) {
            bool is_derived = (bit >= 40 && bit < 64) || /* reserved: zero */
                              (bit >= 96 && bit < 128);  /* the checksum */
            if (!is_derived && !check_state.test_failed)
                check_garbled((enum place)place, bit);
        }
    }
}

int main(void)
{
    RUN(test_both_know_the_secret);
    RUN(test_the_supervisor_takes_part);
    RUN(test_bytes);
    RUN(test_another_run);
    RUN(test_another_incarnation);
    RUN(test_somebody_else_is_meant);
    RUN(test_no_such_process);
    RUN(test_hello_is_judged);
    RUN(test_challenge_is_judged);
    RUN(test_proof_is_judged);
    RUN(test_welcome_is_judged);
    RUN(test_accepting_side_without_the_secret);
    RUN(test_connecting_side_without_the_secret);
    RUN(test_replay_to_the_accepting_side);
    RUN(test_replay_to_the_connecting_side);
    RUN(test_proof_for_another_peer);
    RUN(test_own_words_sent_back);
    RUN(test_out_of_order);
    RUN(test_refusing_who_has_proved_itself);
    RUN(test_a_line_of_a_peer_is_harmless);
    RUN(test_a_long_refusal_is_cut);
    RUN(test_each_changed_bit_is_refused);
    return check_end();
}
