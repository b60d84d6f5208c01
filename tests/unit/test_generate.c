/*
 * Generated topologies: each shape against its definition, tried on each two
 * processes; and complete ones without channels in memory against complete
 * ones that were built.
 */
#include "check.h"
#include "fault/fail_each.h"
#include "sim/graph.h"

#include <stdlib.h>

static struct cut_topology *generate(const char *shape, int64_t seed)
{
    struct cut_topology *topology = NULL;
    struct cut_fault fault = {0};

    if (cut_topology_generate(shape, seed, NULL, &topology, &fault) != CUT_OK) {
        printf("# %s: %s\n", shape, fault.what);
        abort();
    }
    return topology;
}

/* What is asked about channels by number in the whole system. */
static void check_numbers(const struct cut_topology *t)
{
    uint32_t count = cut_topology_process_count(t);
    uint32_t channel = 0;

    for (uint32_t p = 0; p < count; p++) {
        CHECK_EQ(cut_topology_outgoing(t, p), channel);
        for (uint32_t q = 0; q < count; q++) {
            uint32_t found = cut_topology_channel(t, p, q);
            if (found == CUT_NONE)
                continue;
            CHECK_EQ(found, channel);
            CHECK_EQ(cut_topology_source(t, channel), p);
            CHECK_EQ(cut_topology_destination(t, channel), q);
            channel++;
        }
        CHECK_EQ(cut_topology_channel(t, p, count), CUT_NONE);
    }
    CHECK_EQ(cut_topology_outgoing(t, count), channel);
    CHECK_EQ(cut_topology_channel_count(t), channel);
    CHECK_EQ(cut_graph_channel_count(t), channel);
}

/* What is asked about channels by process, of one process. */
static void check_process(const struct cut_topology *t, uint32_t self)
{
    uint32_t count = cut_topology_process_count(t);
    uint32_t outgoing = 0;
    uint32_t incoming = 0;

    for (uint32_t p = 0; p < count; p++) {
        if (cut_topology_channel(t, self, p) == CUT_NONE) {
            CHECK_EQ(cut_graph_outgoing_to(t, self, p), CUT_NONE);
        } else {
            CHECK_EQ(cut_graph_outgoing_to(t, self, p), outgoing);
            CHECK_EQ(cut_graph_outgoing_peer(t, self, outgoing), p);
            outgoing++;
        }
        if (cut_topology_channel(t, p, self) != CUT_NONE) {
            uint32_t k = cut_graph_outgoing_to(t, p, self);
            CHECK_EQ(cut_graph_incoming_index(t, p, k), incoming);
            CHECK_EQ(cut_graph_incoming_peer(t, self, incoming), p);
            incoming++;
        }
    }
    CHECK_EQ(cut_graph_outgoing_to(t, self, count), CUT_NONE);
    CHECK_EQ(cut_graph_outgoing_count(t, self), outgoing);
    CHECK_EQ(cut_graph_incoming_count(t, self), incoming);
    CHECK_EQ(cut_topology_incoming_count(t, self), incoming);
}

static void check_channels(const struct cut_topology *t)
{
    check_numbers(t);
    for (uint32_t p = 0; p < cut_topology_process_count(t); p++)
        check_process(t, p);
}

static void check_names(const struct cut_topology *t)
{
    for (uint32_t p = 0; p < cut_topology_process_count(t); p++) {
        char name[16];
        int size = snprintf(name, sizeof name, "p%u", p);
        CHECK_STR(cut_topology_name(t, p), name);
        CHECK_EQ(cut_topology_find(t, name, (size_t)size), p);
        CHECK_EQ(cut_topology_tokens(t, p), 0);
    }
    CHECK_EQ(cut_topology_tokens_total(t), 0);
}

static void check_all_reach_all(const struct cut_topology *t)
{
    for (uint32_t p = 0; p < cut_topology_process_count(t); p++) {
        uint32_t unreachable = 0;
        CHECK_EQ(cut_topology_unreachable(t, p, &unreachable), CUT_OK);
        CHECK_EQ(unreachable, CUT_NONE);
    }
}

/* The definitions */

struct size {
    uint32_t count;
    uint32_t a;
    uint32_t b;
};

typedef bool is_channel(struct size size, uint32_t p, uint32_t q);

static uint32_t distance(uint32_t p, uint32_t q)
{
    return p < q ? q - p : p - q;
}

/* Along a ring of that size. */
static uint32_t ring_distance(uint32_t size, uint32_t p, uint32_t q)
{
    uint32_t one_way = distance(p, q);

    return one_way < size - one_way ? one_way : size - one_way;
}

static bool in_ring(struct size size, uint32_t p, uint32_t q)
{
    return (p + 1) % size.count == q;
}

static bool in_line(struct size size, uint32_t p, uint32_t q)
{
    (void)size;
    return distance(p, q) == 1;
}

static bool in_star(struct size size, uint32_t p, uint32_t q)
{
    (void)size;
    return (p == 0) != (q == 0);
}

static bool in_grid(struct size size, uint32_t p, uint32_t q)
{
    return distance(p / size.b, q / size.b) +
               distance(p % size.b, q % size.b) ==
           1;
}

static bool in_torus(struct size size, uint32_t p, uint32_t q)
{
    return ring_distance(size.a, p / size.b, q / size.b) +
               ring_distance(size.b, p % size.b, q % size.b) ==
           1;
}

static bool in_hypercube(struct size size, uint32_t p, uint32_t q)
{
    (void)size;
    return __builtin_popcount(p ^ q) == 1;
}

/* Count the children out, as each is given to the first that has room. */
static bool in_tree(struct size size, uint32_t p, uint32_t q)
{
    uint32_t parent = 0;
    uint32_t children = 0;

    for (uint32_t child = 1; child < size.count; child++) {
        if (children == size.b) {
            parent++;
            children = 0;
        }
        children++;
        if ((p == parent && q == child) || (p == child && q == parent))
            return true;
    }
    return false;
}

static bool in_complete(struct size size, uint32_t p, uint32_t q)
{
    (void)size;
    return p != q;
}

static void
check_shape(const char *shape, struct size size, is_channel *is_there)
{
    struct cut_topology *t = generate(shape, 0);

    CHECK_EQ(cut_topology_process_count(t), size.count);
    CHECK_EQ(cut_topology_is_complete(t), is_there == in_complete);
    for (uint32_t p = 0; p < size.count; p++)
        for (uint32_t q = 0; q < size.count; q++)
            CHECK_EQ(cut_topology_channel(t, p, q) != CUT_NONE,
                     is_there(size, p, q));
    check_channels(t);
    check_names(t);
    check_all_reach_all(t);
    cut_topology_destroy(t);
    if (check_state.test_failed)
        printf("# of %s\n", shape);
}

/* Shapes of one number, from `first` to 20. */
static void check_sizes(const char *word, uint32_t first, is_channel *is_there)
{
    for (uint32_t n = first; n <= 20; n++) {
        char shape[32];
        snprintf(shape, sizeof shape, "%s:%u", word, n);
        check_shape(shape, (struct size){n, n, 1}, is_there);
    }
}

static void test_ring(void)
{
    check_sizes("ring", 2, in_ring);
}

static void test_line(void)
{
    check_sizes("line", 1, in_line);
}

static void test_star(void)
{
    check_sizes("star", 1, in_star);
}

static void test_complete(void)
{
    check_sizes("complete", 1, in_complete);
}

static void test_grid_and_torus(void)
{
    for (uint32_t a = 1; a <= 5; a++)
        for (uint32_t b = 1; b <= 5; b++) {
            struct size size = {a * b, a, b};
            char shape[32];
            snprintf(shape, sizeof shape, "grid:%ux%u", a, b);
            check_shape(shape, size, in_grid);
            snprintf(shape, sizeof shape, "torus:%ux%u", a, b);
            check_shape(shape, size, in_torus);
        }
}

static void test_hypercube(void)
{
    for (uint32_t d = 0; d <= 6; d++) {
        char shape[32];
        snprintf(shape, sizeof shape, "hypercube:%u", d);
        check_shape(shape, (struct size){1U << d, d, 1}, in_hypercube);
    }
}

static void test_tree(void)
{
    check_shape("tree:7:1073741824", (struct size){7, 7, 1U << 30}, in_tree);
    for (uint32_t n = 1; n <= 15; n++)
        for (uint32_t k = 1; k <= 5; k++) {
            char shape[32];
            snprintf(shape, sizeof shape, "tree:%u:%u", n, k);
            check_shape(shape, (struct size){n, n, k}, in_tree);
        }
}

/* Random topologies */

static void test_random(void)
{
    for (uint32_t n = 2; n <= 12; n++)
        for (uint32_t degree = 1; degree < n; degree++) {
            char shape[32];
            snprintf(shape, sizeof shape, "random:%u:%u", n, degree);
            struct cut_topology *t = generate(shape, 7);
            for (uint32_t p = 0; p < n; p++) {
                CHECK_EQ(cut_graph_outgoing_count(t, p), degree);
                CHECK_EQ(cut_topology_channel(t, p, p), CUT_NONE);
            }
            CHECK(!cut_topology_is_complete(t));
            check_channels(t);
            check_names(t);
            check_all_reach_all(t);
            cut_topology_destroy(t);
        }
}

static uint64_t digest(const struct cut_topology *t)
{
    uint64_t sum = 0;

    for (uint32_t c = 0; c < cut_topology_channel_count(t); c++)
        sum = (sum ^ cut_topology_destination(t, c)) * UINT64_C(0x100000001b3);
    return sum;
}

static uint64_t digest_of(const char *shape, int64_t seed)
{
    struct cut_topology *t = generate(shape, seed);
    uint64_t sum = digest(t);

    cut_topology_destroy(t);
    return sum;
}

static void test_seed_decides(void)
{
    CHECK_EQ(digest_of("random:100:5", 1), digest_of("random:100:5", 1));
    CHECK(digest_of("random:100:5", 1) != digest_of("random:100:5", 2));
    CHECK(digest_of("random:100:5", 1) != digest_of("random:100:5", -1));
    /* On this machine, and on every other one. */
    CHECK_EQ(digest_of("random:100:5", 1), UINT64_C(13308997128236473449));
    CHECK_EQ(digest_of("torus:9x9", 1), digest_of("torus:9x9", 2));
}

/* No channel is more likely than another one. */
static void test_random_is_fair(void)
{
    enum { N = 5, RUNS = 6000 };
    uint32_t seen[N][N] = {0};

    for (int64_t seed = 0; seed < RUNS; seed++) {
        struct cut_topology *t = generate("random:5:2", seed);
        for (uint32_t p = 0; p < N; p++)
            for (uint32_t q = 0; q < N; q++)
                seen[p][q] += cut_topology_channel(t, p, q) != CUT_NONE;
        cut_topology_destroy(t);
    }
    /* Each of four with a chance of a half: 3000, and 39 up or down. */
    for (uint32_t p = 0; p < N; p++)
        for (uint32_t q = 0; q < N; q++)
            CHECK(p == q || distance(seen[p][q], RUNS / 2) < 6 * 39);
}

/* No ring is more likely than another one. */
static void test_random_rings_are_fair(void)
{
    enum { RUNS = 6000 };
    uint32_t seen[4][4] = {0};

    for (int64_t seed = 0; seed < RUNS; seed++) {
        struct cut_topology *t = generate("random:4:1", seed);
        uint32_t second = cut_graph_outgoing_peer(t, 0, 0);
        uint32_t third = cut_graph_outgoing_peer(t, second, 0);
        seen[second][third]++;
        cut_topology_destroy(t);
    }
    /* Each of six with 1000, and 29 up or down. */
    for (uint32_t p = 1; p < 4; p++)
        for (uint32_t q = 1; q < 4; q++)
            CHECK(p == q || distance(seen[p][q], RUNS / 6) < 6 * 29);
}

/* Complete ones */

/* Built like any other, of processes whose names are in byte order. */
static struct cut_topology *build_complete(uint32_t count)
{
    struct cut_topology *t = NULL;

    CHECK_EQ(cut_topology_create(NULL, &t), CUT_OK);
    for (uint32_t p = 0; p < count; p++) {
        char name[16];
        int size = snprintf(name, sizeof name, "p%03u", p);
        CHECK_EQ(cut_topology_add_process(t, name, (size_t)size, 0), CUT_OK);
    }
    for (uint32_t p = 0; p < count; p++)
        for (uint32_t q = 0; q < count; q++)
            CHECK_EQ(cut_topology_add_channel(t, p, q), CUT_OK);
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    return t;
}

static void compare_process(const struct cut_topology *a,
                            const struct cut_topology *b,
                            uint32_t p)
{
    uint32_t count = cut_topology_process_count(a);
    uint32_t degree = cut_graph_outgoing_count(a, p);

    CHECK_EQ(degree, cut_graph_outgoing_count(b, p));
    CHECK_EQ(cut_topology_outgoing(a, p), cut_topology_outgoing(b, p));
    CHECK_EQ(cut_graph_incoming_count(a, p), cut_graph_incoming_count(b, p));
    CHECK_EQ(cut_topology_incoming_count(a, p),
             cut_topology_incoming_count(b, p));
    for (uint32_t k = 0; k < degree; k++) {
        CHECK_EQ(cut_graph_outgoing_peer(a, p, k),
                 cut_graph_outgoing_peer(b, p, k));
        CHECK_EQ(cut_graph_incoming_peer(a, p, k),
                 cut_graph_incoming_peer(b, p, k));
        CHECK_EQ(cut_graph_incoming_index(a, p, k),
                 cut_graph_incoming_index(b, p, k));
    }
    for (uint32_t q = 0; q <= count; q++) {
        CHECK_EQ(cut_graph_outgoing_to(a, p, q),
                 cut_graph_outgoing_to(b, p, q));
        CHECK_EQ(cut_topology_channel(a, p, q), cut_topology_channel(b, p, q));
    }
}

static void test_complete_is_as_built(void)
{
    for (uint32_t n = 1; n <= 40; n++) {
        char shape[32];
        snprintf(shape, sizeof shape, "complete:%u", n);
        struct cut_topology *a = generate(shape, 0);
        struct cut_topology *b = build_complete(n);
        CHECK(cut_topology_is_complete(a) && !cut_topology_is_complete(b));
        CHECK_EQ(cut_topology_channel_count(a), cut_topology_channel_count(b));
        CHECK_EQ(cut_topology_outgoing(a, n), cut_topology_outgoing(b, n));
        for (uint32_t p = 0; p < n; p++)
            compare_process(a, b, p);
        for (uint32_t c = 0; c < cut_topology_channel_count(b); c++) {
            CHECK_EQ(cut_topology_source(a, c), cut_topology_source(b, c));
            CHECK_EQ(cut_topology_destination(a, c),
                     cut_topology_destination(b, c));
        }
        check_channels(b);
        cut_topology_destroy(a);
        cut_topology_destroy(b);
    }
}

/* The largest that has a number for each channel, and the next larger one. */
static void test_where_numbers_end(void)
{
    struct cut_topology *t = generate("complete:46341", 0);

    CHECK_EQ(cut_topology_channel_count(t), 2147441940);
    CHECK_EQ(cut_topology_channel(t, 46340, 46339), 2147441939);
    CHECK_EQ(cut_topology_source(t, 2147441939), 46340);
    CHECK_EQ(cut_topology_destination(t, 2147441939), 46339);
    CHECK_EQ(cut_topology_outgoing(t, 46341), 2147441940);
    cut_topology_destroy(t);
    t = generate("complete:46342", 0);
    CHECK_EQ(cut_topology_channel_count(t), CUT_NONE);
    CHECK_EQ(cut_graph_channel_count(t), UINT64_C(46342) * 46341);
    CHECK_EQ(cut_topology_incoming_count(t, 0), 46341);
    check_all_reach_all(t);
    cut_topology_destroy(t);
}

/* Without the memory for its names. */
static void test_largest_complete(void)
{
    const uint32_t n = CUT_PROCESS_COUNT_MAX;
    const struct cut_topology t = {
        .is_sealed = true,
        .is_complete = true,
        .process_count = n,
        .channel_count = CUT_NONE,
    };

    CHECK_EQ(cut_graph_channel_count(&t), (uint64_t)n * (n - 1));
    CHECK_EQ(cut_graph_outgoing_count(&t, n - 1), n - 1);
    CHECK_EQ(cut_graph_incoming_count(&t, 0), n - 1);
    CHECK_EQ(cut_graph_outgoing_peer(&t, 5, n - 2), n - 1);
    CHECK_EQ(cut_graph_outgoing_peer(&t, n - 1, n - 2), n - 2);
    CHECK_EQ(cut_graph_outgoing_to(&t, 5, n - 1), n - 2);
    CHECK_EQ(cut_graph_outgoing_to(&t, n - 1, n - 1), CUT_NONE);
    CHECK_EQ(cut_graph_outgoing_to(&t, 0, n), CUT_NONE);
    CHECK_EQ(cut_graph_incoming_index(&t, n - 1, 3), n - 2);
    CHECK_EQ(cut_graph_incoming_index(&t, 0, n - 2), 0);
    CHECK_EQ(cut_graph_incoming_peer(&t, 0, n - 2), n - 1);
    CHECK_EQ(cut_graph_incoming_peer(&t, n - 1, n - 2), n - 2);
}

static uint32_t find(const struct cut_topology *t, const char *name)
{
    return cut_topology_find(t, name, strlen(name));
}

static void test_names_that_are_not_there(void)
{
    struct cut_topology *t = generate("ring:101", 0);

    CHECK_EQ(find(t, "p0"), 0);
    CHECK_EQ(find(t, "p9"), 9);
    CHECK_EQ(find(t, "p10"), 10);
    CHECK_EQ(find(t, "p100"), 100);
    CHECK_EQ(cut_topology_find(t, "p1000", 3), 10);
    CHECK_EQ(find(t, "p101"), CUT_NONE);
    CHECK_EQ(find(t, "p4294967296"), CUT_NONE);
    CHECK_EQ(find(t, "p18446744073709551616"), CUT_NONE);
    CHECK_EQ(find(t, ""), CUT_NONE);
    CHECK_EQ(find(t, "p"), CUT_NONE);
    CHECK_EQ(find(t, "P1"), CUT_NONE);
    CHECK_EQ(find(t, "1"), CUT_NONE);
    CHECK_EQ(find(t, "p00"), CUT_NONE);
    CHECK_EQ(find(t, "p01"), CUT_NONE);
    CHECK_EQ(find(t, "p-1"), CUT_NONE);
    CHECK_EQ(find(t, "p1 "), CUT_NONE);
    CHECK_EQ(find(t, "p1:"), CUT_NONE);
    CHECK_EQ(find(t, "p/"), CUT_NONE);
    cut_topology_destroy(t);
}

static void test_large(void)
{
    struct cut_topology *t = generate("ring:1000001", 0);

    CHECK_STR(cut_topology_name(t, 1000000), "p1000000");
    CHECK_STR(cut_topology_name(t, 999999), "p999999");
    CHECK_EQ(find(t, "p1000000"), 1000000);
    CHECK_EQ(cut_topology_destination(t, 1000000), 0);
    CHECK_EQ(cut_topology_add_process(t, "x", 1, 0), CUT_STATE);
    CHECK_EQ(cut_topology_add_channel(t, 0, 5), CUT_STATE);
    CHECK_EQ(cut_topology_seal(t), CUT_STATE);
    cut_topology_destroy(t);
}

/* What is no shape */

#define N_MAX "1073741824"

static void
check_refused(const char *shape, enum cut_error error, const char *what)
{
    struct cut_topology *topology = UNTOUCHED;
    struct cut_fault fault = {.line = 77};

    CHECK_EQ(cut_topology_generate(shape, 0, NULL, &topology, &fault), error);
    CHECK(topology == UNTOUCHED);
    CHECK_EQ(fault.code, error);
    CHECK(fault.path == NULL && fault.line == 0);
    CHECK_STR(fault.what, what);
    CHECK_EQ(cut_topology_generate(shape, 0, NULL, &topology, NULL), error);
    CHECK(topology == UNTOUCHED);
}

static void test_unknown_shapes(void)
{
    static const char *const unknown[] = {
        "rong:5", "", ":5", "rin:5", "rings:5", "Ring:5", "5"};

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        char what[256];
        snprintf(what,
                 sizeof what,
                 "unknown shape \"%s\" (expected ring:N, line:N, star:N, "
                 "grid:AxB, torus:AxB, hypercube:D, tree:N:K, complete:N or "
                 "random:N:DEGREE)",
                 unknown[i]);
        check_refused(unknown[i], CUT_INVALID, what);
    }
}

static void test_malformed_shapes(void)
{
    static const char *const rings[] = {
        "ring", "ring:", "ring:x", "ring:5x", "ring:5:2", "ring:-5", "ring:+5"};

    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
        char what[256];
        snprintf(what,
                 sizeof what,
                 "\"%s\" is malformed (expected ring:N with N from 2 to " N_MAX
                 ")",
                 rings[i]);
        check_refused(rings[i], CUT_INVALID, what);
    }
    check_refused("grid:5",
                  CUT_INVALID,
                  "\"grid:5\" is malformed (expected grid:AxB with A and B "
                  "from 1 to " N_MAX ")");
    check_refused("torus:5x",
                  CUT_INVALID,
                  "\"torus:5x\" is malformed (expected torus:AxB with A and B "
                  "from 1 to " N_MAX ")");
    check_refused("tree:5x3",
                  CUT_INVALID,
                  "\"tree:5x3\" is malformed (expected tree:N:K with N and K "
                  "from 1 to " N_MAX ")");
    check_refused("random:5",
                  CUT_INVALID,
                  "\"random:5\" is malformed (expected random:N:DEGREE with N "
                  "from 2 to " N_MAX " and DEGREE from 1 to N - 1)");
}

static void test_sizes_out_of_range(void)
{
    check_refused("ring:1",
                  CUT_INVALID,
                  "\"ring:1\" has too few processes (expected ring:N with N "
                  "from 2 to " N_MAX ")");
    check_refused("line:0",
                  CUT_INVALID,
                  "\"line:0\" has too few processes (expected line:N with N "
                  "from 1 to " N_MAX ")");
    check_refused("complete:1073741825",
                  CUT_INVALID,
                  "\"complete:1073741825\" has too many processes (expected "
                  "complete:N with N from 1 to " N_MAX ")");
    check_refused("star:99999999999999999999999999999",
                  CUT_INVALID,
                  "\"star:99999999999999999999999999999\" has too many "
                  "processes (expected star:N with N from 1 to " N_MAX ")");
    check_refused("torus:0x4",
                  CUT_INVALID,
                  "\"torus:0x4\" has too few rows (expected torus:AxB with A "
                  "and B from 1 to " N_MAX ")");
    check_refused("grid:4x0",
                  CUT_INVALID,
                  "\"grid:4x0\" has too few columns (expected grid:AxB with A "
                  "and B from 1 to " N_MAX ")");
    check_refused("hypercube:27",
                  CUT_INVALID,
                  "\"hypercube:27\" has too many dimensions (expected "
                  "hypercube:D with D from 0 to 26)");
    check_refused("tree:5:0",
                  CUT_INVALID,
                  "\"tree:5:0\" has too few children a process (expected "
                  "tree:N:K with N and K from 1 to " N_MAX ")");
    check_refused("random:5:5",
                  CUT_INVALID,
                  "\"random:5:5\" has too many channels a process (expected "
                  "random:N:DEGREE with N from 2 to " N_MAX
                  " and DEGREE from 1 to N - 1)");
    check_refused("random:5:0",
                  CUT_INVALID,
                  "\"random:5:0\" has too few channels a process (expected "
                  "random:N:DEGREE with N from 2 to " N_MAX
                  " and DEGREE from 1 to N - 1)");
}

static void test_beyond_the_limits(void)
{
    check_refused("grid:32769x32768",
                  CUT_LIMIT,
                  "\"grid:32769x32768\" has too many processes (expected at "
                  "most " N_MAX ")");
    check_refused("torus:1073741824x1073741824",
                  CUT_LIMIT,
                  "\"torus:1073741824x1073741824\" has too many processes "
                  "(expected at most " N_MAX ")");
    check_refused("grid:32768x32768",
                  CUT_LIMIT,
                  "\"grid:32768x32768\" has too many channels (expected at "
                  "most 2147483648)");
    check_refused("random:1000000:2148",
                  CUT_LIMIT,
                  "\"random:1000000:2148\" has too many channels (expected at "
                  "most 2147483648)");
}

/* Memory */

static const char *shape_to_fail;

static enum cut_error run_generate(struct failing_allocator *failing)
{
    struct cut_topology *topology = UNTOUCHED;
    struct cut_fault fault = {0};
    uint32_t unreachable = 77;
    enum cut_error error = cut_topology_generate(
        shape_to_fail, 3, &failing->allocator, &topology, &fault);

    if (error != CUT_OK) {
        CHECK(topology == UNTOUCHED);
        CHECK_EQ(fault.code, CUT_NOMEM);
        CHECK_STR(fault.what, "out of memory");
        return error;
    }
    error = cut_topology_unreachable(topology, 0, &unreachable);
    CHECK_EQ(unreachable, error == CUT_OK ? CUT_NONE : 77);
    cut_topology_destroy(topology);
    return error;
}

static void test_without_memory(void)
{
    static const char *const shapes[] = {
        "ring:9", "star:1", "torus:3x3", "hypercube:3", "tree:9:2"};

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        shape_to_fail = shapes[i];
        fail_all(run_generate, 10);
    }
    shape_to_fail = "random:9:3";
    fail_all(run_generate, 12);
    shape_to_fail = "complete:9";
    fail_all(run_generate, 3);
}

int main(void)
{
    RUN(test_ring);
    RUN(test_line);
    RUN(test_star);
    RUN(test_complete);
    RUN(test_grid_and_torus);
    RUN(test_hypercube);
    RUN(test_tree);
    RUN(test_random);
    RUN(test_seed_decides);
    RUN(test_random_is_fair);
    RUN(test_random_rings_are_fair);
    RUN(test_complete_is_as_built);
    RUN(test_where_numbers_end);
    RUN(test_largest_complete);
    RUN(test_names_that_are_not_there);
    RUN(test_large);
    RUN(test_unknown_shapes);
    RUN(test_malformed_shapes);
    RUN(test_sizes_out_of_range);
    RUN(test_beyond_the_limits);
    RUN(test_without_memory);
    return check_end();
}
