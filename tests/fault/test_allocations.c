/*
 * Every allocation of the library fails once, and with it all later ones: each
 * time the caller must be told of it, its outputs untouched, no block leaked
 * and each released with the size that it has; and what the headers promise of
 * the state afterwards must hold.
 *
 * A subject does some work with an allocator and stops at the first error. It
 * is run with the first request for memory failing, the second, and so on,
 * until no request is left to fail.
 */
#include "check.h"
#include "fail_each.h"

#include <cutline/engine.h>
#include <cutline/hosts.h>
#include <cutline/script.h>

/* A fault that says that memory is out, in the file as a whole. */
static void check_fault(const struct cut_fault *fault, const char *path)
{
    CHECK_EQ(fault->code, CUT_NOMEM);
    CHECK_EQ(fault->system_error, 0);
    CHECK(fault->path == path);
    CHECK_EQ(fault->line, 0);
    CHECK_STR(fault->what, "out of memory");
}

static FILE *open_text(const char *text)
{
    void *bytes = (void *)(uintptr_t)text;
    FILE *file = fmemopen(bytes, strlen(text), "r");

    if (file == NULL)
        abort();
    return file;
}

/* Engine and pool */

static enum cut_error run_pool(struct failing_allocator *failing)
{
    struct cut_pool *pool = UNTOUCHED;
    enum cut_error error = cut_pool_create(3, 70, &failing->allocator, &pool);

    if (error != CUT_OK) {
        CHECK(pool == UNTOUCHED);
        return error;
    }
    for (uint32_t i = 1; i <= 3 && error == CUT_OK; i++) {
        uint32_t free_count = cut_pool_free_count(pool);
        error = cut_pool_extend(pool, i);
        CHECK_EQ(cut_pool_free_count(pool),
                 error == CUT_OK ? free_count + i : free_count);
    }
    cut_pool_destroy(pool);
    return error;
}

static void test_pool(void)
{
    fail_all(run_pool, 5);
}

static enum cut_error run_engine(struct failing_allocator *failing)
{
    struct cut_pool *pool = NULL;
    struct cut_engine *engine = UNTOUCHED;
    enum cut_error error = cut_pool_create(2, 2, NULL, &pool);

    CHECK_EQ(error, CUT_OK);
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = pool,
        .incoming_count = 2,
        .outgoing_count = 2,
        .window = 64,
    };
    error = cut_engine_create(&config, &failing->allocator, &engine);
    if (error == CUT_OK) {
        uint64_t requests = failing->requests;
        struct cut_event event = {.kind = CUT_EVENT_REQUEST};
        struct cut_action actions[CUT_ACTIONS_MAX];
        size_t count;
        CHECK_EQ(cut_engine_step(engine, &event, actions, &count), CUT_OK);
        CHECK_EQ(failing->requests, requests); /* a step allocates nothing */
        cut_engine_destroy(engine);
    } else {
        CHECK(engine == UNTOUCHED);
    }
    CHECK_EQ(cut_pool_free_count(pool), 2);
    cut_pool_destroy(pool);
    return error;
}

static void test_engine(void)
{
    fail_all(run_engine, 1);
}

/* Extending a pool that lacks slots, after which the step is tried again. */
static void test_pool_extended_after_refusal(void)
{
    struct failing_allocator failing;
    struct cut_pool *pool = NULL;
    struct cut_engine *engine = NULL;
    struct cut_event event = {.kind = CUT_EVENT_REQUEST};
    struct cut_action actions[CUT_ACTIONS_MAX];
    size_t count = 77;

    failing_init(&failing, FAIL_NEVER, 0);
    CHECK_EQ(cut_pool_create(0, 2, &failing.allocator, &pool), CUT_OK);
    struct cut_engine_config config = {
        .algorithm = cut_algorithm_find("chandy-lamport"),
        .pool = pool,
        .incoming_count = 2,
        .outgoing_count = 1,
        .window = 64,
    };
    CHECK_EQ(cut_engine_create(&config, &failing.allocator, &engine), CUT_OK);
    uint64_t digest = cut_engine_digest(engine);
    CHECK_EQ(cut_engine_step(engine, &event, actions, &count), CUT_LIMIT);
    failing.mode = FAIL_FROM_ON;
    CHECK_EQ(cut_pool_extend(pool, 1), CUT_NOMEM);
    CHECK_EQ(cut_pool_free_count(pool), 0);
    CHECK_EQ(cut_engine_step(engine, &event, actions, &count), CUT_LIMIT);
    CHECK_EQ(cut_engine_digest(engine), digest);
    CHECK_EQ(count, 77);
    failing.mode = FAIL_NEVER;
    CHECK_EQ(cut_pool_extend(pool, 1), CUT_OK);
    CHECK_EQ(cut_engine_step(engine, &event, actions, &count), CUT_OK);
    CHECK_EQ(count, 2);
    cut_engine_destroy(engine);
    cut_pool_destroy(pool);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
}

/* Topologies */

/* Add what is not yet there; a second try after a failure goes on. */
static enum cut_error build(struct cut_topology *topology, uint32_t count)
{
    char name[16];

    for (uint32_t p = 0; p < count; p++) {
        int size = snprintf(name, sizeof name, "p%" PRIu32, p);
        enum cut_error error =
            cut_topology_add_process(topology, name, (size_t)size, p);
        if (error != CUT_OK && error != CUT_STATE)
            return error;
    }
    for (uint32_t p = 0; p < count; p++) {
        enum cut_error error =
            cut_topology_add_channel(topology, p, (p + 1) % count);
        if (error != CUT_OK)
            return error;
    }
    return CUT_OK;
}

static enum cut_error run_build(struct failing_allocator *failing)
{
    struct cut_topology *topology = UNTOUCHED;
    uint32_t unreachable = 77;
    enum cut_error error = cut_topology_create(&failing->allocator, &topology);

    if (error != CUT_OK) {
        CHECK(topology == UNTOUCHED);
        return error;
    }
    error = build(topology, 200);
    if (error == CUT_OK)
        error = cut_topology_seal(topology);
    if (error == CUT_OK) {
        error = cut_topology_unreachable(topology, 3, &unreachable);
        CHECK_EQ(unreachable, error == CUT_OK ? CUT_NONE : 77);
    }
    cut_topology_destroy(topology);
    return error;
}

static void test_topology_build(void)
{
    fail_all(run_build, 20);
}

/* "Nothing was added": what failed can be done again, and all is there. */
static void build_again(uint64_t at, bool *has_failed)
{
    struct failing_allocator failing;
    struct cut_topology *topology = NULL;

    failing_init(&failing, FAIL_NEVER, 0);
    CHECK_EQ(cut_topology_create(&failing.allocator, &topology), CUT_OK);
    failing.mode = FAIL_ONCE;
    failing.at = failing.requests + at;
    enum cut_error error = build(topology, 200);
    *has_failed = error != CUT_OK;
    if (*has_failed) {
        CHECK_EQ(error, CUT_NOMEM);
        CHECK_EQ(build(topology, 200), CUT_OK);
    }
    failing.mode = FAIL_NEVER;
    CHECK_EQ(cut_topology_seal(topology), CUT_OK);
    CHECK_EQ(cut_topology_process_count(topology), 200);
    CHECK_EQ(cut_topology_channel_count(topology), 200);
    CHECK_EQ(cut_topology_tokens_total(topology), 199 * 200 / 2);
    uint32_t p7 = cut_topology_find(topology, "p7", 2);
    uint32_t p8 = cut_topology_find(topology, "p8", 2);
    CHECK_EQ(cut_topology_tokens(topology, p7), 7);
    CHECK(cut_topology_channel(topology, p7, p8) != CUT_NONE);
    cut_topology_destroy(topology);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
}

static void test_topology_goes_on_after_failure(void)
{
    uint64_t failures = 0;
    bool has_failed = true;

    for (uint64_t at = 1; has_failed && at < REQUESTS_MAX; at++) {
        build_again(at, &has_failed);
        failures += has_failed;
    }
    CHECK(!has_failed);
    CHECK(failures >= 10);
}

static const char top_path[] = "some.top";
static const char top_text[] = "# one whom nobody reaches\n5\nd 0\na 9\nb 1\n"
                               "c 0\nz 5\na b\nb a\nb c\nc d\nd a\na c\n"
                               "d b\nz a\nz b\n";

static enum cut_error run_top_file(struct failing_allocator *failing)
{
    struct cut_topology *topology = UNTOUCHED;
    struct cut_fault fault = {0};
    FILE *file = open_text(top_text);
    enum cut_error error = cut_topology_read(
        file, top_path, &failing->allocator, &topology, &fault);

    fclose(file);
    if (error == CUT_OK) {
        cut_topology_destroy(topology);
        return error;
    }
    CHECK(topology == UNTOUCHED);
    check_fault(&fault, top_path);
    return error;
}

static void test_top_file(void)
{
    fail_all(run_top_file, 12);
}

/* Nobody has to want to know the reason. */
static enum cut_error run_top_file_silently(struct failing_allocator *failing)
{
    struct cut_topology *topology = UNTOUCHED;
    FILE *file = open_text(top_text);
    enum cut_error error =
        cut_topology_read(file, top_path, &failing->allocator, &topology, NULL);

    fclose(file);
    if (error == CUT_OK)
        cut_topology_destroy(topology);
    else
        CHECK(topology == UNTOUCHED);
    return error;
}

static void test_top_file_without_fault(void)
{
    fail_all(run_top_file_silently, 12);
}

/* Hosts */

static const char hosts_path[] = "some.hosts";

static enum cut_error run_hosts_file(struct failing_allocator *failing)
{
    struct cut_hosts *hosts = UNTOUCHED;
    struct cut_fault fault = {0};
    FILE *file = open_text("a\nb:2\nc slots=3\nd\ne\nf\ng\nh\ni\nj\n");
    enum cut_error error =
        cut_hosts_read(file, hosts_path, &failing->allocator, &hosts, &fault);

    fclose(file);
    if (error == CUT_OK) {
        CHECK_EQ(cut_hosts_slot_count(hosts), 13);
        cut_hosts_destroy(hosts);
        return error;
    }
    CHECK(hosts == UNTOUCHED);
    check_fault(&fault, hosts_path);
    return error;
}

static void test_hosts_file(void)
{
    fail_all(run_hosts_file, 3);
}

/* Scripts and snapshots */

/* Read a topology whose own memory does not fail, unless it is told to. */
static struct cut_topology *read_topology(const char *text,
                                          struct failing_allocator *failing)
{
    struct cut_topology *topology = NULL;
    FILE *file = open_text(text);

    CHECK_EQ(
        cut_topology_read(file, top_path, &failing->allocator, &topology, NULL),
        CUT_OK);
    fclose(file);
    return topology;
}

static const char ring_text[] =
    "4\na 50\nb 30\nc 20\nd 9\na b\nb c\nc d\nd a\nb a\nc a\n";

/* Long enough that the list of orders grows. */
static const char events_text[] =
    "send a b 3\nsnapshot a\ntick\nsend b c 9\nsend b a 1\nsnapshot c\n"
    "tick 2\nsend c d 7\nsend c a 1\nsend a b 1\nsend a b 1\nsend a b 1\n"
    "snapshot b\ntick\nsend d a 2\nsend d a 2\nsnapshot d\nsnapshot a\n"
    "tick 3\nsend b c 1\nsend b c 1\nsend b c 1\nsnapshot b\n";

static const char events_path[] = "some.events";

static enum cut_error read_script(const struct cut_topology *topology,
                                  struct failing_allocator *failing,
                                  struct cut_script **out)
{
    struct cut_script *script = UNTOUCHED;
    struct cut_fault fault = {0};
    FILE *file = open_text(events_text);
    enum cut_error error = cut_script_read(
        file, events_path, topology, &failing->allocator, &script, &fault);

    fclose(file);
    if (error == CUT_OK) {
        *out = script;
    } else {
        CHECK(script == UNTOUCHED);
        check_fault(&fault, events_path);
    }
    return error;
}

/*
 * The topology's allocator is used for its questions (which processes can
 * initiate), so it fails as well, once the topology is there.
 */
static enum cut_error run_events_file(struct failing_allocator *failing)
{
    struct failing_allocator own;
    struct cut_script *script = NULL;

    failing_init(&own, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(ring_text, &own);
    own.mode = failing->mode;
    own.at = own.requests + failing->at;
    /* Either of the two allocators is enough for a failure. */
    enum cut_error error = read_script(topology, failing, &script);
    if (error == CUT_OK)
        cut_script_destroy(script);
    failing->failures += own.failures;
    failing->mistakes += own.mistakes;
    cut_topology_destroy(topology);
    CHECK_EQ(own.blocks, 0);
    return error;
}

static void test_events_file(void)
{
    fail_all(run_events_file, 4);
}

static const char snap_path[] = "some.snap";
static const char snap_text[] =
    "3\na 1\nb 2\nc 3\nd 4\na b token(1)\na b token(2)\na b token(3)\n"
    "a b token(4)\na b token(5)\na b token(6)\na b token(7)\na b token(8)\n"
    "a b token(9)\na b token(1)\na b token(2)\na b token(3)\na b token(4)\n"
    "a b token(5)\na b token(6)\na b token(7)\na b token(8)\na b token(9)\n";

static enum cut_error run_snap_file(struct failing_allocator *failing)
{
    struct failing_allocator own;
    struct cut_snapshot *snapshot = UNTOUCHED;
    struct cut_fault fault = {0};

    failing_init(&own, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(ring_text, &own);
    FILE *file = open_text(snap_text);
    enum cut_error error = cut_snapshot_read(
        file, snap_path, topology, &failing->allocator, &snapshot, &fault);
    fclose(file);
    if (error == CUT_OK) {
        cut_snapshot_destroy(snapshot);
    } else {
        CHECK(snapshot == UNTOUCHED);
        check_fault(&fault, snap_path);
    }
    cut_topology_destroy(topology);
    return error;
}

static void test_snap_file(void)
{
    fail_all(run_snap_file, 8);
}

/* The simulator */

static enum cut_error create_sim(const struct cut_topology *topology,
                                 uint32_t snapshots_max,
                                 struct failing_allocator *failing,
                                 struct cut_sim **out)
{
    struct cut_sim_config config = {
        .topology = topology,
        .seed = CUT_SIM_SEED,
        .snapshots_max = snapshots_max,
        .allocator = &failing->allocator,
    };
    struct cut_sim *sim = UNTOUCHED;
    enum cut_error error = cut_sim_create(&config, &sim);

    if (error == CUT_OK)
        *out = sim;
    else
        CHECK(sim == UNTOUCHED);
    return error;
}

static enum cut_error
collect_all(struct cut_sim *sim, struct failing_allocator *failing, FILE *file)
{
    uint64_t count = cut_sim_stats(sim).snapshots_complete;

    for (uint64_t i = 0; i < count; i++) {
        struct cut_snapshot *snapshot = UNTOUCHED;
        enum cut_error error =
            cut_sim_collect(sim, i, &failing->allocator, &snapshot);
        if (error != CUT_OK) {
            CHECK(snapshot == UNTOUCHED);
            return error;
        }
        CHECK_EQ(cut_snapshot_write(snapshot, file), CUT_OK);
        cut_snapshot_destroy(snapshot);
    }
    return CUT_OK;
}

/* Run the script, its snapshots go to a file. */
static enum cut_error run_all(const struct cut_topology *topology,
                              struct failing_allocator *failing,
                              FILE *file)
{
    struct cut_script *script = NULL;
    struct cut_sim *sim = NULL;
    struct cut_fault fault = {0};
    enum cut_error error = read_script(topology, failing, &script);

    if (error != CUT_OK)
        return error;
    error =
        create_sim(topology, cut_script_snapshot_count(script), failing, &sim);
    if (error == CUT_OK) {
        error = cut_script_run(script, sim, &fault);
        if (error == CUT_NOMEM) {
            CHECK_EQ(fault.code, CUT_NOMEM);
            CHECK(fault.path == events_path);
            CHECK_STR(fault.what, "out of memory");
        }
    }
    if (error == CUT_OK)
        error = collect_all(sim, failing, file);
    cut_sim_destroy(sim);
    cut_script_destroy(script);
    return error;
}

/* The topology stays out of it: its failures are tested above. */
static enum cut_error run_whole(struct failing_allocator *failing)
{
    struct failing_allocator own;

    failing_init(&own, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(ring_text, &own);
    FILE *file = fopen("/dev/null", "we");
    enum cut_error error = run_all(topology, failing, file);
    fclose(file);
    cut_topology_destroy(topology);
    CHECK_EQ(own.mistakes, 0);
    CHECK_EQ(own.blocks, 0);
    return error;
}

static void test_whole_run(void)
{
    fail_all(run_whole, 20);
}

/* All that is told of a run, in one number. */
struct trace {
    uint64_t digest;
    uint64_t count;
};

static void add_to_trace(struct trace *trace, uint64_t word)
{
    trace->digest = (trace->digest ^ word) * UINT64_C(0x100000001b3);
    trace->digest ^= trace->digest >> 29;
}

static void observe(void *context, const struct cut_sim_event *event)
{
    struct trace *trace = context;

    trace->count++;
    add_to_trace(trace, (uint64_t)event->kind);
    add_to_trace(trace, event->now);
    add_to_trace(trace, event->process);
    add_to_trace(trace, event->channel);
    add_to_trace(trace, event->message.value);
    add_to_trace(trace, event->message.due);
    add_to_trace(trace, event->tokens);
}

static const char pair_text[] = "2\na 20000\nb 5\na b\nb a\n";

/*
 * Try to send while memory is out, and what cannot be sent at all: the system
 * must be as it was. Return whether memory was needed.
 */
static bool refuse_sends(struct cut_sim *sim, struct failing_allocator *failing)
{
    uint64_t sent = cut_sim_stats(sim).messages_sent;
    uint64_t tokens = cut_sim_tokens(sim, 0);
    uint64_t failures = failing->failures;

    CHECK_EQ(cut_sim_send(sim, 0, tokens + 1), CUT_STATE);
    CHECK_EQ(cut_sim_send(sim, 2, 1), CUT_INVALID);
    failing->mode = FAIL_FROM_ON;
    failing->at = 0;
    enum cut_error error = cut_sim_send(sim, 0, 1);
    failing->mode = FAIL_NEVER;
    bool has_failed = failing->failures > failures;
    CHECK_EQ(error, has_failed ? CUT_NOMEM : CUT_OK);
    CHECK_EQ(cut_sim_stats(sim).messages_sent, sent + !has_failed);
    CHECK_EQ(cut_sim_tokens(sim, 0), tokens - !has_failed);
    return has_failed;
}

/* Send and tick; disturbed: memory is out, at first, whenever it is needed. */
static uint64_t send_many(bool is_disturbed, struct trace *trace)
{
    struct failing_allocator failing;
    struct cut_sim *sim = NULL;
    uint64_t failures = 0;

    failing_init(&failing, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(pair_text, &failing);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = 7,
        .observer = {observe, trace},
        .allocator = &failing.allocator,
    };
    CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK);
    for (int i = 0; i < 10000; i++) {
        bool is_sent = is_disturbed && !refuse_sends(sim, &failing);
        failures += is_disturbed && !is_sent;
        if (!is_sent)
            CHECK_EQ(cut_sim_send(sim, 0, 1), CUT_OK);
        if (i % 1000 == 0)
            CHECK_EQ(cut_sim_tick(sim, 1), CUT_OK);
    }
    CHECK_EQ(cut_sim_tick(sim, 20000), CUT_OK);
    CHECK_EQ(cut_sim_tokens(sim, 1), 10005);
    cut_sim_destroy(sim);
    cut_topology_destroy(topology);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
    return failures;
}

/* Nothing was sent, and no random number was drawn: the run is the same. */
static void test_refused_send_changes_nothing(void)
{
    struct trace plain = {0};
    struct trace disturbed = {0};

    CHECK_EQ(send_many(false, &plain), 0);
    CHECK(send_many(true, &disturbed) >= 2);
    CHECK_EQ(plain.count, 20000);
    CHECK_EQ(disturbed.count, plain.count);
    CHECK_EQ(disturbed.digest, plain.digest);
}

/* Begin a snapshot with the request `at` from here failing; return whether
 * there was one. */
static bool fail_snapshot(uint64_t at, enum failing_mode mode)
{
    struct failing_allocator failing;
    struct cut_sim *sim = NULL;
    uint64_t number = 77;

    failing_init(&failing, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(ring_text, &failing);
    CHECK_EQ(create_sim(topology, 2, &failing, &sim), CUT_OK);
    failing.mode = mode;
    failing.at = failing.requests + at;
    enum cut_error error = cut_sim_snapshot(sim, 0, &number);
    bool has_failed = failing.failures > 0;
    CHECK_EQ(error, has_failed ? CUT_NOMEM : CUT_OK);
    CHECK_EQ(number, has_failed ? 77 : 0);
    CHECK(!cut_sim_is_complete(sim, 0));
    cut_sim_destroy(sim);
    cut_topology_destroy(topology);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
    return has_failed;
}

static void test_failed_snapshot_can_be_destroyed(void)
{
    uint64_t at = 1;

    while (fail_snapshot(at, FAIL_ONCE) && at < REQUESTS_MAX)
        at++;
    CHECK(at > 3); /* the list, the parts, a slot, what is in flight */
    for (at = 1; fail_snapshot(at, FAIL_FROM_ON) && at < REQUESTS_MAX;)
        at++;
    CHECK(at > 3 && at < REQUESTS_MAX);
}

/* A snapshot that could not be collected can be, later. */
static void test_collect_again(void)
{
    struct failing_allocator failing;
    struct cut_sim *sim = NULL;
    uint64_t number = 77;
    uint64_t failures = 0;
    enum cut_error error = CUT_NOMEM;

    failing_init(&failing, FAIL_NEVER, 0);
    struct cut_topology *topology = read_topology(ring_text, &failing);
    CHECK_EQ(create_sim(topology, 1, &failing, &sim), CUT_OK);
    CHECK_EQ(cut_sim_send(sim, 0, 50), CUT_OK);
    CHECK_EQ(cut_sim_snapshot(sim, 1, &number), CUT_OK);
    CHECK_EQ(cut_sim_tick(sim, 50), CUT_OK);
    for (uint64_t at = 1; error == CUT_NOMEM && at < REQUESTS_MAX; at++) {
        struct cut_snapshot *snapshot = UNTOUCHED;
        failing.mode = FAIL_ONCE;
        failing.at = failing.requests + at;
        error = cut_sim_collect(sim, number, &failing.allocator, &snapshot);
        if (error == CUT_OK) {
            uint64_t in_processes;
            uint64_t in_channels;
            cut_snapshot_total(snapshot, &in_processes, &in_channels);
            CHECK_EQ(in_processes, 109 - 50);
            CHECK_EQ(in_channels, 50);
            cut_snapshot_destroy(snapshot);
        } else {
            CHECK(snapshot == UNTOUCHED);
            failures++;
        }
    }
    CHECK_EQ(error, CUT_OK);
    CHECK(failures >= 2);
    cut_sim_destroy(sim);
    cut_topology_destroy(topology);
    CHECK_EQ(failing.blocks, 0);
    CHECK_EQ(failing.mistakes, 0);
}

int main(void)
{
    RUN(test_pool);
    RUN(test_engine);
    RUN(test_pool_extended_after_refusal);
    RUN(test_topology_build);
    RUN(test_topology_goes_on_after_failure);
    RUN(test_top_file);
    RUN(test_top_file_without_fault);
    RUN(test_hosts_file);
    RUN(test_events_file);
    RUN(test_snap_file);
    RUN(test_whole_run);
    RUN(test_refused_send_changes_nothing);
    RUN(test_failed_snapshot_can_be_destroyed);
    RUN(test_collect_again);
    return check_end();
}
