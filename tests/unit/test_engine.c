/*
 * The engine's contract beyond the paper: what is refused, what is ignored,
 * limits, memory, encoding.
 */
#include "stepper.h"

#include <stddef.h>
#include <stdlib.h>

static void test_unknown_channels_are_refused(void)
{
    struct stepper s;

    stepper_init(&s, 2, 3, 1);
    CHECK_STR(step_marker(&s, 2, 0), "CUT_PROTOCOL");
    CHECK_STR(step_message(&s, 2), "CUT_PROTOCOL");
    CHECK_STR(step_send(&s, 3), "CUT_INVALID");
    CHECK_STR(step_send(&s, 2), "SEND[2]");
    stepper_fini(&s);
}

static void test_unknown_event_is_refused(void)
{
    struct stepper s;

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_event(&s, (struct cut_event){.kind = 99}), "CUT_INVALID");
    stepper_fini(&s);
}

static void test_second_marker_is_refused(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 1);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_marker(&s, 0, 0), "CUT_PROTOCOL");
    CHECK_STR(step_marker(&s, 1, 0), "COMPLETE(0)");
    stepper_fini(&s);
}

static void test_closed_snapshot_is_ignored_and_counted(void)
{
    struct stepper s;

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    CHECK_STR(step_marker(&s, 0, 0), "");
    CHECK_STR(step_request(&s, 0), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 2);
    stepper_fini(&s);
}

static void test_abort_of_an_open_snapshot(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 1);
    CHECK_STR(step_marker(&s, 0, 3), "CAPTURE(3) TRANSMIT(3)");
    CHECK_STR(step_abort(&s, 3), "DISCARD(3)");
    CHECK_EQ(cut_pool_free_count(s.pool), 1);
    CHECK_STR(step_message(&s, 1), "DELIVER[1]");
    CHECK_STR(step_marker(&s, 1, 3), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 1);
    CHECK_STR(step_abort(&s, 3), "");
    stepper_fini(&s);
}

/* What closes leaves the others, and those to come, in their order. */
static void test_one_snapshot_after_another(void)
{
    struct stepper s;

    stepper_init(&s, 2, 0, 3);
    for (uint64_t n = 0; n < 9; n += 3) {
        CHECK(strncmp(step_marker(&s, 0, n), "CAPTURE", 7) == 0);
        CHECK(strncmp(step_marker(&s, 0, n + 1), "CAPTURE", 7) == 0);
        CHECK(strncmp(step_marker(&s, 1, n + 1), "COMPLETE", 8) == 0);
        CHECK(strncmp(step_marker(&s, 0, n + 2), "CAPTURE", 7) == 0);
        CHECK(strncmp(step_message(&s, 1), "RECORD[1](", 10) == 0);
        CHECK(strchr(s.text, ',') != NULL); /* for two of them */
        CHECK(strncmp(step_marker(&s, 1, n), "COMPLETE", 8) == 0);
        CHECK(strncmp(step_message(&s, 1), "RECORD[1](", 10) == 0);
        CHECK(strncmp(step_abort(&s, n + 2), "DISCARD", 7) == 0);
        CHECK_STR(step_message(&s, 1), "DELIVER[1]");
        CHECK_EQ(cut_engine_open_count(s.engine), 0);
    }
    stepper_fini(&s);
}

static void test_abort_before_the_first_marker(void)
{
    struct stepper s;

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_abort(&s, 3), "");
    CHECK_STR(step_marker(&s, 0, 3), "");
    CHECK_STR(step_request(&s, 3), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 2);
    CHECK_EQ(cut_engine_open_count(s.engine), 0);
    stepper_fini(&s);
}

static void test_numbers_may_come_out_of_order(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 3);
    CHECK_STR(step_marker(&s, 0, 40), "CAPTURE(40) TRANSMIT(40)");
    CHECK_STR(step_marker(&s, 0, 7), "CAPTURE(7) TRANSMIT(7)");
    CHECK_STR(step_marker(&s, 1, 7), "COMPLETE(7)");
    CHECK_STR(step_marker(&s, 1, 7), "");
    CHECK_STR(step_marker(&s, 1, 40), "COMPLETE(40)");
    stepper_fini(&s);
}

static void test_number_below_the_window_is_refused(void)
{
    struct stepper s;

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_marker(&s, 0, 100),
              "CAPTURE(100) TRANSMIT(100) "
              "COMPLETE(100)");
    CHECK_STR(step_marker(&s, 0, 36), "CUT_PROTOCOL");
    CHECK_STR(step_request(&s, 36), "CUT_PROTOCOL");
    CHECK_STR(step_abort(&s, 36), "CUT_PROTOCOL");
    CHECK_STR(step_marker(&s, 0, 37), "CAPTURE(37) TRANSMIT(37) COMPLETE(37)");
    CHECK_STR(step_marker(&s, 0, 100), "");
    stepper_fini(&s);
}

/* What a number's bit says is forgotten when the window moves past it. */
static void test_window_moves(void)
{
    struct stepper s;

    stepper_init(&s, 1, 0, 1);
    for (uint64_t n = 0; n < 1000; n += 1 + n % 3)
        CHECK(strncmp(step_marker(&s, 0, n), "CAPTURE", 7) == 0);
    CHECK_STR(step_marker(&s, 0, 2000), "CAPTURE(2000) COMPLETE(2000)");
    for (uint64_t n = 1937; n < 2000; n++)
        CHECK(strncmp(step_marker(&s, 0, n), "CAPTURE", 7) == 0);
    CHECK_STR(step_marker(&s, 0, 1936), "CUT_PROTOCOL");
    stepper_fini(&s);
}

/* The bits of numbers that are passed over say nothing of older ones. */
static void test_window_forgets_what_it_passes_over(void)
{
    struct stepper s;

    stepper_init(&s, 1, 0, 1);
    for (uint64_t n = 0; n < 64; n++)
        CHECK(strncmp(step_marker(&s, 0, n), "CAPTURE", 7) == 0);
    CHECK_STR(step_marker(&s, 0, 67), "CAPTURE(67) COMPLETE(67)");
    for (uint64_t n = 64; n < 67; n++)
        CHECK(strncmp(step_marker(&s, 0, n), "CAPTURE", 7) == 0);
    CHECK_STR(step_marker(&s, 0, 63), "");
    CHECK_STR(step_marker(&s, 0, 3), "CUT_PROTOCOL");
    stepper_fini(&s);
}

static void test_window_does_not_leave_an_open_snapshot_behind(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 2);
    CHECK_STR(step_marker(&s, 0, 5), "CAPTURE(5) TRANSMIT(5)");
    CHECK_STR(step_marker(&s, 0, 69), "CUT_LIMIT");
    CHECK_STR(step_request(&s, 69), "CUT_LIMIT");
    CHECK_STR(step_abort(&s, 69), "CUT_LIMIT");
    CHECK_STR(step_marker(&s, 0, 68), "CAPTURE(68) TRANSMIT(68)");
    CHECK_STR(step_marker(&s, 1, 5), "COMPLETE(5)");
    CHECK_STR(step_marker(&s, 0, 69), "CAPTURE(69) TRANSMIT(69)");
    stepper_fini(&s);
}

static void test_last_number_is_refused(void)
{
    struct stepper s;

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_marker(&s, 0, UINT64_MAX), "CUT_PROTOCOL");
    CHECK(strncmp(step_marker(&s, 0, UINT64_MAX - 1), "CAPTURE", 7) == 0);
    stepper_fini(&s);
}

static void test_exhausted_pool(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 1);
    CHECK_STR(step_request(&s, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_marker(&s, 0, 1), "CUT_LIMIT");
    CHECK_STR(step_request(&s, 1), "CUT_LIMIT");
    CHECK_EQ(cut_pool_extend(s.pool, 2), CUT_OK);
    CHECK_STR(step_marker(&s, 0, 1), "CAPTURE(1) TRANSMIT(1)");
    CHECK_STR(step_marker(&s, 1, 1), "COMPLETE(1)");
    CHECK_EQ(cut_pool_free_count(s.pool), 2);
    stepper_fini(&s);
}

static void test_earlier_incarnations_and_views_are_ignored(void)
{
    struct stepper s;
    struct cut_event event = {.kind = CUT_EVENT_MARKER, .snapshot = {1, 9, 0}};

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_event(&s, event), "");
    event.snapshot = (struct cut_snapshot_id){2, 4, 0};
    CHECK_STR(step_event(&s, event), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 2);
    event.snapshot = (struct cut_snapshot_id){2, 6, 0};
    CHECK_STR(step_event(&s, event), "CUT_PROTOCOL");
    event.snapshot = (struct cut_snapshot_id){3, 0, 0};
    CHECK_STR(step_event(&s, event), "CUT_PROTOCOL");
    stepper_fini(&s);
}

/* Bits in words: counts of channels around their edges. */
static void test_many_channels(void)
{
    static const uint32_t counts[] = {63, 64, 65, 127, 128, 129, 1000};

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct stepper s;
        struct cut_snapshot_id id = {2, 5, 0};
        stepper_init(&s, counts[i], 1, 1);
        CHECK_STR(step_request(&s, 0), "CAPTURE(0) TRANSMIT(0)");
        for (uint32_t c = counts[i]; c-- > 0;) {
            CHECK(cut_engine_awaits_marker(s.engine, id, c));
            CHECK_STR(step_marker(&s, c, 0), c > 0 ? "" : "COMPLETE(0)");
            CHECK(!cut_engine_awaits_marker(s.engine, id, c));
        }
        CHECK(!cut_engine_awaits_marker(s.engine, id, counts[i]));
        stepper_fini(&s);
    }
}

static enum cut_error try_config(struct cut_engine_config config)
{
    struct cut_engine *engine = NULL;
    enum cut_error error = cut_engine_create(&config, NULL, &engine);

    CHECK((engine == NULL) == (error != CUT_OK));
    cut_engine_destroy(engine);
    if (error == CUT_INVALID) { /* nor in memory of the caller's */
        max_align_t memory[64];
        CHECK_EQ(cut_engine_init(memory, &config, &engine), CUT_INVALID);
    }
    return error;
}

static void test_configurations(void)
{
    struct cut_pool *pool = NULL;
    CHECK_EQ(cut_pool_create(1, 3, NULL, &pool), CUT_OK);
    struct cut_engine_config good = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = pool,
        .incoming_count = 3,
        .window = 64,
    };
    struct cut_engine_config config = good;

    CHECK_EQ(try_config(good), CUT_OK);
    config.incoming_count = 4;
    CHECK_EQ(try_config(config), CUT_INVALID);
    config = good;
    config.algorithm = cut_algorithm_find("no such");
    CHECK_EQ(try_config(config), CUT_INVALID);
    config = good;
    config.pool = NULL;
    CHECK_EQ(try_config(config), CUT_INVALID);
    static const uint32_t windows[] = {0, 1, 32, 63, 65, 96, 1u << 27};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        config = good;
        config.window = windows[i];
        CHECK_EQ(try_config(config), CUT_INVALID);
    }
    cut_pool_destroy(pool);
}

static void test_pool_limits(void)
{
    struct cut_pool *pool = NULL;

    CHECK_EQ(cut_pool_create((UINT32_C(1) << 31) + 1, 1, NULL, &pool),
             CUT_INVALID);
    CHECK(pool == NULL);
    CHECK_EQ(cut_pool_create(1, 1, NULL, &pool), CUT_OK);
    CHECK_EQ(cut_pool_extend(pool, UINT32_C(1) << 31), CUT_INVALID);
    CHECK_EQ(cut_pool_free_count(pool), 1);
    cut_pool_destroy(pool);
    cut_pool_destroy(NULL);
}

/* Engines that share a pool get on with each other, and give all back. */
static void test_shared_pool(void)
{
    struct cut_pool *pool = NULL;
    struct cut_engine *engines[8];
    struct cut_action actions[CUT_ACTIONS_MAX];
    struct cut_event event = {.kind = CUT_EVENT_REQUEST};
    size_t count;

    CHECK_EQ(cut_pool_create(12, 100, NULL, &pool), CUT_OK);
    for (uint32_t i = 0; i < 8; i++) {
        struct cut_engine_config config = {
            .algorithm = cut_algorithm_find("chandy-lamport"),
            .pool = pool,
            .incoming_count = 1 + 9 * i,
            .outgoing_count = 1,
            .window = 128,
        };
        CHECK_EQ(cut_engine_create(&config, NULL, &engines[i]), CUT_OK);
    }
    for (uint32_t i = 0; i < 12; i++) {
        event.snapshot.number = i;
        CHECK_EQ(cut_engine_step(engines[i % 8], &event, actions, &count),
                 CUT_OK);
    }
    CHECK_EQ(cut_pool_free_count(pool), 0);
    for (uint32_t i = 0; i < 8; i++)
        cut_engine_destroy(engines[i]);
    CHECK_EQ(cut_pool_free_count(pool), 12);
    cut_pool_destroy(pool);
}

/* The same snapshots are open at all of them; each has its own part of each. */
static void test_shared_pool_keeps_engines_apart(void)
{
    enum { ENGINES = 32, SNAPSHOTS = 32 };
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .incoming_count = 2,
        .window = 64,
    };
    struct cut_engine *engines[ENGINES];
    struct cut_action actions[CUT_ACTIONS_MAX];
    struct cut_event event = {.kind = CUT_EVENT_MARKER};
    size_t count;

    CHECK_EQ(cut_pool_create(ENGINES * SNAPSHOTS, 2, NULL, &config.pool),
             CUT_OK);
    for (unsigned i = 0; i < ENGINES; i++)
        CHECK_EQ(cut_engine_create(&config, NULL, &engines[i]), CUT_OK);
    for (event.channel = 0; event.channel < 2; event.channel++)
        for (unsigned k = 0; k < ENGINES * SNAPSHOTS; k++) {
            unsigned i = k % ENGINES;
            /* Closed in another order than opened. */
            event.snapshot.number =
                (k / ENGINES * (event.channel == 0 ? 5 : 11)) % SNAPSHOTS;
            CHECK_EQ(cut_engine_step(engines[i], &event, actions, &count),
                     CUT_OK);
            CHECK_EQ(count, 1);
            CHECK_EQ(actions[0].kind,
                     event.channel == 0 ? CUT_ACTION_CAPTURE
                                        : CUT_ACTION_COMPLETE);
            CHECK_EQ(cut_engine_open_count(engines[i]),
                     event.channel == 0 ? k / ENGINES + 1
                                        : SNAPSHOTS - 1 - k / ENGINES);
        }
    for (unsigned i = 0; i < ENGINES; i++)
        cut_engine_destroy(engines[i]);
    cut_pool_destroy(config.pool);
}

static void test_digest_tells_states_apart(void)
{
    struct stepper a;
    struct stepper b;

    stepper_init(&a, 2, 1, 2);
    stepper_init(&b, 2, 1, 2);
    CHECK_EQ(cut_engine_digest(a.engine), cut_engine_digest(b.engine));
    step_marker(&a, 0, 0);
    CHECK(cut_engine_digest(a.engine) != cut_engine_digest(b.engine));
    step_marker(&b, 1, 0);
    CHECK(cut_engine_digest(a.engine) != cut_engine_digest(b.engine));
    step_marker(&a, 1, 0);
    step_marker(&b, 0, 0);
    CHECK_EQ(cut_engine_digest(a.engine), cut_engine_digest(b.engine));
    stepper_fini(&a);
    stepper_fini(&b);
}

static uint64_t digest_of(uint32_t incarnation, uint32_t view)
{
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .incarnation = incarnation,
        .view = view,
        .window = 64,
    };
    struct cut_engine *engine = NULL;

    CHECK_EQ(cut_pool_create(0, 0, NULL, &config.pool), CUT_OK);
    CHECK_EQ(cut_engine_create(&config, NULL, &engine), CUT_OK);
    uint64_t digest = cut_engine_digest(engine);
    cut_engine_destroy(engine);
    cut_pool_destroy(config.pool);
    return digest;
}

static void test_digest_tells_places_apart(void)
{
    CHECK(digest_of(1, 2) != digest_of(2, 1));
    CHECK(digest_of(0, 1) != digest_of(1, 0));
    CHECK_EQ(digest_of(3, 3), digest_of(3, 3));
}

/* Many are open at once, and are found, closed and aborted in any order. */
static void test_many_open_snapshots(void)
{
    enum { MANY = 61 }; /* a prime: steps of 7 and 11 reach all */
    struct stepper s;
    char text[32];

    stepper_init(&s, 2, 0, MANY);
    for (uint64_t i = 0; i < MANY; i++)
        CHECK(strncmp(step_marker(&s, 0, i * 7 % MANY), "CAPTURE", 7) == 0);
    CHECK_EQ(cut_engine_open_count(s.engine), MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t n = i * 11 % MANY;
        bool is_aborted = i % 3 == 0;
        snprintf(text,
                 sizeof text,
                 "%s(%u)",
                 is_aborted ? "DISCARD" : "COMPLETE",
                 (unsigned)n);
        CHECK_STR(is_aborted ? step_abort(&s, n) : step_marker(&s, 1, n), text);
        CHECK_EQ(cut_engine_open_count(s.engine), MANY - 1 - i);
        CHECK_EQ(cut_pool_free_count(s.pool), i + 1);
    }
    stepper_fini(&s);
}

static void test_marker_bytes(void)
{
    static const uint8_t expected[CUT_MARKER_SIZE] = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct cut_snapshot_id id = {
        .incarnation = 0x04030201,
        .view = 0x08070605,
        .number = UINT64_C(0x100f0e0d0c0b0a09),
    };
    uint8_t bytes[CUT_MARKER_SIZE];

    cut_marker_encode(id, bytes);
    CHECK(memcmp(bytes, expected, sizeof bytes) == 0);
    struct cut_snapshot_id back = cut_marker_decode(bytes);
    CHECK_EQ(back.incarnation, id.incarnation);
    CHECK_EQ(back.view, id.view);
    CHECK_EQ(back.number, id.number);
}

static void test_control_bytes(void)
{
    struct cut_control control = {
        .snapshot = {.incarnation = 0x04030201,
                     .view = 0x08070605,
                     .number = UINT64_C(0x100f0e0d0c0b0a09)},
        .kind = 0x14131211,
        .round = 0x18171615,
        .value = {UINT64_C(0x201f1e1d1c1b1a19), UINT64_C(0x2827262524232221)},
    };
    uint8_t bytes[CUT_CONTROL_SIZE];

    cut_control_encode(&control, bytes);
    for (unsigned i = 0; i < sizeof bytes; i++)
        CHECK_EQ(bytes[i], i + 1);
    struct cut_control back = cut_control_decode(bytes);
    CHECK_EQ(back.snapshot.number, control.snapshot.number);
    CHECK_EQ(back.kind, control.kind);
    CHECK_EQ(back.round, control.round);
    CHECK_EQ(back.value[0], control.value[0]);
    CHECK_EQ(back.value[1], control.value[1]);
}

static void test_algorithms_are_found_by_name(void)
{
    CHECK(cut_algorithm_find("chandy-lamport") != NULL);
    CHECK(cut_algorithm_find("chandy-lampor") == NULL);
    CHECK(cut_algorithm_find("chandy-lamport2") == NULL);
    CHECK(cut_algorithm_find("") == NULL);
}

/* In the order in which the header names them, each once. */
static void test_algorithms_are_listed(void)
{
    static const char *const names[] = {
        "chandy-lamport",
        "lai-yang",
        "mattern",
        "tree",
        "flush",
        "clock",
        "naive",
    };
    size_t count = sizeof names / sizeof *names;

    for (size_t i = 0; i < count; i++) {
        const struct cut_algorithm *algorithm = cut_algorithm_at(i);
        if (!CHECK(algorithm != NULL))
            return;
        const struct cut_algorithm_traits *traits =
            cut_algorithm_traits(algorithm);
        CHECK_STR(traits->name, names[i]);
        CHECK(cut_algorithm_find(names[i]) == algorithm);
        CHECK(traits->summary != NULL && traits->source != NULL);
        CHECK_EQ(traits->stamps, traits->stamp_size > 0);
        CHECK(!traits->markers_in_channel || traits->needs_fifo);
        CHECK_EQ(traits->is_right, strcmp(names[i], "naive") != 0);
    }
    CHECK(cut_algorithm_at(count) == NULL);
    CHECK(cut_algorithm_at(SIZE_MAX) == NULL);
}

/* A million idle engines have to fit; channels cost nothing. */
static void test_sizes(void)
{
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .incoming_count = 2,
        .outgoing_count = 2,
        .window = 64,
    };

    CHECK_EQ(cut_engine_size(&config), 80);
    config.incoming_count = 1000000;
    CHECK_EQ(cut_engine_size(&config), 80);
    config.window = 1024;
    CHECK_EQ(cut_engine_size(&config), 200);
    config.algorithm = cut_algorithm_find("lai-yang");
    config.incoming_count = 3;
    config.outgoing_count = 5;
    CHECK_EQ(cut_engine_size(&config), 200 + 8 + 3 * 24 + 5 * 8);
}

/* Who has control frames has to be one of those that there are. */
static void test_places(void)
{
    struct cut_engine_config config = {.window = 64};
    const struct cut_algorithm *algorithm;

    CHECK_EQ(cut_pool_create(1, 0, NULL, &config.pool), CUT_OK);
    for (size_t i = 0; (algorithm = cut_algorithm_at(i)) != NULL; i++) {
        bool controls = cut_algorithm_traits(algorithm)->controls;
        config.algorithm = algorithm;
        config.process = 3;
        config.process_count = 3;
        CHECK_EQ(try_config(config), controls ? CUT_INVALID : CUT_OK);
        config.process_count = 4;
        CHECK_EQ(try_config(config), CUT_OK);
    }
    config.clock_lead = (UINT64_C(1) << 62) + 1;
    CHECK_EQ(try_config(config), CUT_INVALID);
    config.clock_lead = 0;
    config.clock_bound = (UINT64_C(1) << 62) + 1;
    CHECK_EQ(try_config(config), CUT_INVALID);
    cut_pool_destroy(config.pool);
}

static const char *
step_channel(struct stepper *s, enum cut_event_kind kind, uint32_t channel)
{
    return step_event(s, (struct cut_event){.kind = kind, .channel = channel});
}

/* Snapshots to come await nothing from a sender that left. */
static void test_closed_channels_are_not_awaited(void)
{
    struct stepper s;

    stepper_init(&s, 3, 1, 2);
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 1), "");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 1), "");
    CHECK_STR(step_marker(&s, 1, 0), "CUT_PROTOCOL");
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_message(&s, 1), "DELIVER[1]");
    CHECK_STR(step_marker(&s, 1, 0), "CUT_PROTOCOL");
    CHECK_STR(step_marker(&s, 2, 0), "COMPLETE(0)");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 0), "");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 2), "");
    CHECK_STR(step_request(&s, 1), "CAPTURE(1) TRANSMIT(1) COMPLETE(1)");
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 1), "");
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 1), "");
    CHECK_STR(step_request(&s, 2), "CAPTURE(2) TRANSMIT(2)");
    CHECK_STR(step_message(&s, 1), "RECORD[1](2) DELIVER[1]");
    CHECK_STR(step_marker(&s, 1, 2), "COMPLETE(2)");
    stepper_fini(&s);
}

/* What an open snapshot awaits cannot be closed; what it does not, can. */
static void test_awaited_channels_cannot_be_closed(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 2);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 1), "CUT_STATE");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 0), "");
    CHECK_STR(step_abort(&s, 0), "DISCARD(0)");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 1), "");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 2), "CUT_INVALID");
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 2), "CUT_INVALID");
    stepper_fini(&s);
}

/* As long as channels are closed they take a slot, and give it back. */
static void test_closed_channels_take_a_slot(void)
{
    struct stepper s;
    struct cut_snapshot_id none = {2, 5, UINT64_MAX};

    stepper_init(&s, 70, 1, 1);
    uint64_t digest = cut_engine_digest(s.engine);
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 69), "");
    CHECK(cut_engine_digest(s.engine) != digest);
    CHECK_EQ(cut_pool_free_count(s.pool), 0);
    CHECK(!cut_engine_awaits_marker(s.engine, none, 69));
    CHECK_STR(step_request(&s, 0), "CUT_LIMIT");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 3), "");
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 69), "");
    CHECK_EQ(cut_pool_free_count(s.pool), 0);
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 3), "");
    CHECK_EQ(cut_pool_free_count(s.pool), 1);
    CHECK_EQ(cut_engine_digest(s.engine), digest);
    CHECK_STR(step_request(&s, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 3), "");
    step_abort(&s, 0);
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 3), "");
    stepper_fini(&s); /* and then, too */
}

static void test_no_slot_for_closed_channels(void)
{
    struct stepper s;

    stepper_init(&s, 2, 1, 1);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 0), "CUT_LIMIT");
    CHECK_EQ(cut_pool_extend(s.pool, 1), CUT_OK);
    CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 0), "");
    stepper_fini(&s);
}

/* Another view has numbers of its own; the last one's markers are ignored. */
static void test_views_change(void)
{
    struct stepper s;
    struct cut_event view = {.kind = CUT_EVENT_VIEW, .snapshot = {2, 6, 0}};
    struct cut_event marker = {.kind = CUT_EVENT_MARKER, .snapshot = {2, 6, 0}};

    stepper_init(&s, 1, 1, 1);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    CHECK_STR(step_marker(&s, 0, 99), "CAPTURE(99) TRANSMIT(99) COMPLETE(99)");
    CHECK_STR(step_event(&s, view), "");
    CHECK_STR(step_marker(&s, 0, 100), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 1);
    CHECK_STR(step_event(&s, marker), "CAPTURE(0) TRANSMIT(0) COMPLETE(0)");
    CHECK_STR(step_event(&s, marker), "");
    CHECK_STR(step_event(&s, view), ""); /* the same one: nothing is new */
    CHECK_STR(step_event(&s, marker), "");
    view.snapshot.view = 5;
    CHECK_STR(step_event(&s, view), "CUT_INVALID");
    stepper_fini(&s);
}

static void test_views_do_not_change_within_a_snapshot(void)
{
    struct stepper s;
    struct cut_event view = {.kind = CUT_EVENT_VIEW, .snapshot = {2, 6, 0}};

    stepper_init(&s, 2, 1, 1);
    CHECK_STR(step_marker(&s, 0, 0), "CAPTURE(0) TRANSMIT(0)");
    CHECK_STR(step_event(&s, view), "CUT_STATE");
    CHECK_STR(step_abort(&s, 0), "DISCARD(0)");
    CHECK_STR(step_event(&s, view), "");
    stepper_fini(&s);
}

/* What an algorithm does not know is not an error of the core's. */
static void test_what_an_algorithm_has_not(void)
{
    const struct cut_algorithm *algorithm;

    for (size_t i = 0; (algorithm = cut_algorithm_at(i)) != NULL; i++) {
        const struct cut_algorithm_traits *traits =
            cut_algorithm_traits(algorithm);
        struct cut_engine_config config = {.incoming_count = 1,
                                           .outgoing_count = 1,
                                           .process = 0,
                                           .process_count = 2};
        struct stepper s;
        stepper_init_for(&s, traits->name, config);
        if (!traits->follows_views) {
            CHECK_STR(step_channel(&s, CUT_EVENT_CLOSE, 0), "CUT_INVALID");
            CHECK_STR(step_channel(&s, CUT_EVENT_OPEN, 0), "CUT_INVALID");
            CHECK_STR(step_event(&s,
                                 (struct cut_event){.kind = CUT_EVENT_VIEW,
                                                    .snapshot = {2, 9, 0}}),
                      "CUT_INVALID");
        }
        CHECK_STR(step_time(&s, 0), "");
        CHECK_STR(step_event(&s, (struct cut_event){.kind = CUT_EVENT_CONTROL}),
                  "CUT_INVALID");
        CHECK_STR(step_control(&s, 1, control_of(0, 99, 0, 0, 0)),
                  "CUT_PROTOCOL");
        if (!traits->markers_in_channel && !traits->markers_count)
            CHECK_STR(step_marker(&s, 0, 0), "CUT_PROTOCOL");
        if (!traits->markers_count)
            CHECK_EQ(cut_engine_sent(s.engine, 0), 0);
        stepper_fini(&s);
    }
}

/* Control frames are ignored, or refused, as markers are. */
static void test_control_frames_of_others(void)
{
    struct stepper s;
    struct cut_control control = control_of(0, 1, 0, 0, 0);

    stepper_init_for(
        &s, "naive", (struct cut_engine_config){.process_count = 2});
    CHECK_STR(step_control(&s, 0, control), "CUT_PROTOCOL"); /* from itself */
    CHECK_STR(step_control(&s, 2, control), "CUT_PROTOCOL"); /* from nobody */
    control.snapshot.view = 4;
    CHECK_STR(step_control(&s, 1, control), "");
    control.snapshot.view = 6;
    CHECK_STR(step_control(&s, 1, control), "CUT_PROTOCOL");
    control.snapshot = (struct cut_snapshot_id){2, 5, UINT64_MAX};
    CHECK_STR(step_control(&s, 1, control), "CUT_PROTOCOL");
    CHECK_STR(step_abort(&s, 3), "");
    CHECK_STR(step_control(&s, 1, control_of(3, 1, 0, 0, 0)), "");
    CHECK_EQ(cut_engine_ignored_count(s.engine), 2);
    stepper_fini(&s);
}

/* "naive": each captures when it hears of it, and that is all. */
static void test_naive(void)
{
    struct stepper s;

    stepper_init_for(&s,
                     "naive",
                     (struct cut_engine_config){.incoming_count = 1,
                                                .outgoing_count = 1,
                                                .process_count = 2});
    CHECK_STR(step_request(&s, 0),
              "CAPTURE(0) CONTROL[*](0:1.0,0,0) COMPLETE(0)");
    CHECK_STR(step_control(&s, 1, control_of(1, 1, 0, 0, 0)),
              "CAPTURE(1) COMPLETE(1)");
    CHECK_STR(step_control(&s, 1, control_of(1, 1, 0, 0, 0)), "");
    CHECK_STR(step_message(&s, 0), "DELIVER[0]");
    CHECK_STR(step_send(&s, 0), "SEND[0]");
    CHECK_STR(step_abort(&s, 1), "");
    stepper_fini(&s);
    stepper_init_for(
        &s, "naive", (struct cut_engine_config){.process_count = 1});
    CHECK_STR(step_request(&s, 0), "CAPTURE(0) COMPLETE(0)");
    stepper_fini(&s);
}

int main(void)
{
    RUN(test_unknown_channels_are_refused);
    RUN(test_unknown_event_is_refused);
    RUN(test_second_marker_is_refused);
    RUN(test_closed_snapshot_is_ignored_and_counted);
    RUN(test_abort_of_an_open_snapshot);
    RUN(test_one_snapshot_after_another);
    RUN(test_abort_before_the_first_marker);
    RUN(test_numbers_may_come_out_of_order);
    RUN(test_number_below_the_window_is_refused);
    RUN(test_window_moves);
    RUN(test_window_forgets_what_it_passes_over);
    RUN(test_window_does_not_leave_an_open_snapshot_behind);
    RUN(test_last_number_is_refused);
    RUN(test_exhausted_pool);
    RUN(test_earlier_incarnations_and_views_are_ignored);
    RUN(test_many_channels);
    RUN(test_configurations);
    RUN(test_pool_limits);
    RUN(test_shared_pool);
    RUN(test_shared_pool_keeps_engines_apart);
    RUN(test_digest_tells_states_apart);
    RUN(test_digest_tells_places_apart);
    RUN(test_many_open_snapshots);
    RUN(test_marker_bytes);
    RUN(test_control_bytes);
    RUN(test_algorithms_are_found_by_name);
    RUN(test_algorithms_are_listed);
    RUN(test_sizes);
    RUN(test_places);
    RUN(test_closed_channels_are_not_awaited);
    RUN(test_awaited_channels_cannot_be_closed);
    RUN(test_closed_channels_take_a_slot);
    RUN(test_no_slot_for_closed_channels);
    RUN(test_views_change);
    RUN(test_views_do_not_change_within_a_snapshot);
    RUN(test_what_an_algorithm_has_not);
    RUN(test_control_frames_of_others);
    RUN(test_naive);
    return check_end();
}
