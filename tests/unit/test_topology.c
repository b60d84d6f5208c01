/*
 * Topologies: building, order, questions, reachability.
 */
#include "check.h"
#include "sim/graph.h"

#include <stdlib.h>

static void
add(struct cut_topology *topology, const char *name, uint64_t tokens)
{
    CHECK_EQ(cut_topology_add_process(topology, name, strlen(name), tokens),
             CUT_OK);
}

static struct cut_topology *begin(const char *names)
{
    struct cut_topology *topology = NULL;

    CHECK_EQ(cut_topology_create(NULL, &topology), CUT_OK);
    for (const char *at = names; *at != '\0'; at++) {
        char name[2] = {*at, '\0'};
        add(topology, name, (uint64_t)(unsigned char)*at);
    }
    return topology;
}

static void
connect(struct cut_topology *topology, uint32_t source, uint32_t destination)
{
    CHECK_EQ(cut_topology_add_channel(topology, source, destination), CUT_OK);
}

static void test_processes_are_in_byte_order(void)
{
    static const char *const names[] = {"N10",
                                        "N2",
                                        "N1",
                                        "\xc3\xa9",
                                        "a",
                                        "Z",
                                        "longer-than-eight-b",
                                        "longer-than-eight-a",
                                        "longer-t"};
    static const char *const sorted[] = {"N1",
                                         "N10",
                                         "N2",
                                         "Z",
                                         "a",
                                         "longer-t",
                                         "longer-than-eight-a",
                                         "longer-than-eight-b",
                                         "\xc3\xa9"};
    struct cut_topology *t = NULL;

    CHECK_EQ(cut_topology_create(NULL, &t), CUT_OK);
    for (uint32_t i = 0; i < 9; i++)
        add(t, names[i], i);
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    CHECK_EQ(cut_topology_process_count(t), 9);
    CHECK_EQ(cut_topology_tokens_total(t), 36);
    for (uint32_t i = 0; i < 9; i++) {
        CHECK_STR(cut_topology_name(t, i), sorted[i]);
        CHECK_EQ(cut_topology_find(t, sorted[i], strlen(sorted[i])), i);
        CHECK_STR(names[cut_topology_tokens(t, i)], sorted[i]);
    }
    CHECK_EQ(cut_topology_find(t, "N", 1), CUT_NONE);
    cut_topology_destroy(t);
}

static void test_channels_are_in_order_and_once(void)
{
    struct cut_topology *t = begin("cba"); /* added as 0 1 2, sorted 2 1 0 */

    connect(t, 0, 1);
    connect(t, 2, 1);
    connect(t, 0, 2);
    connect(t, 0, 1);
    connect(t, 1, 1);
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    CHECK_EQ(cut_topology_channel_count(t), 3);
    CHECK_EQ(cut_topology_channel(t, 0, 1), 0); /* a -> b */
    CHECK_EQ(cut_topology_channel(t, 2, 0), 1); /* c -> a */
    CHECK_EQ(cut_topology_channel(t, 2, 1), 2); /* c -> b */
    CHECK_EQ(cut_topology_channel(t, 1, 1), CUT_NONE);
    CHECK_EQ(cut_topology_channel(t, 1, 0), CUT_NONE);
    CHECK_EQ(cut_topology_source(t, 2), 2);
    CHECK_EQ(cut_topology_destination(t, 2), 1);
    CHECK_EQ(cut_topology_outgoing(t, 0), 0);
    CHECK_EQ(cut_topology_outgoing(t, 1), 1);
    CHECK_EQ(cut_topology_outgoing(t, 2), 1);
    CHECK_EQ(cut_topology_outgoing(t, 3), 3);
    CHECK_EQ(cut_topology_incoming_count(t, 1), 2);
    CHECK_EQ(cut_graph_incoming_peer(t, 0, 0), 2);
    CHECK_EQ(cut_graph_incoming_peer(t, 1, 0), 0);
    CHECK_EQ(cut_graph_incoming_peer(t, 1, 1), 2);
    CHECK(!cut_topology_is_complete(t));
    cut_topology_destroy(t);
}

static void test_what_cannot_be_added(void)
{
    struct cut_topology *t = begin("ab");
    char long_name[CUT_NAME_SIZE_MAX + 1];

    memset(long_name, 'x', sizeof long_name);
    CHECK_EQ(cut_topology_add_process(t, "a", 1, 0), CUT_STATE);
    CHECK_EQ(cut_topology_add_process(t, "", 0, 0), CUT_INVALID);
    CHECK_EQ(cut_topology_add_process(t, "x y", 3, 0), CUT_INVALID);
    CHECK_EQ(cut_topology_add_process(t, "x\0y", 3, 0), CUT_INVALID);
    CHECK_EQ(cut_topology_add_process(t, "\x7f", 1, 0), CUT_INVALID);
    CHECK_EQ(cut_topology_add_process(t, long_name, sizeof long_name, 0),
             CUT_INVALID);
    CHECK_EQ(cut_topology_add_process(t, long_name, CUT_NAME_SIZE_MAX, 0),
             CUT_OK);
    CHECK_EQ(cut_topology_add_process(t, "c", 1, CUT_TOKENS_MAX), CUT_LIMIT);
    CHECK_EQ(cut_topology_add_channel(t, 0, 3), CUT_INVALID);
    CHECK_EQ(cut_topology_add_channel(t, 3, 0), CUT_INVALID);
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    CHECK_EQ(cut_topology_seal(t), CUT_STATE);
    CHECK_EQ(cut_topology_add_process(t, "d", 1, 0), CUT_STATE);
    CHECK_EQ(cut_topology_add_channel(t, 0, 1), CUT_STATE);
    cut_topology_destroy(t);
}

/* RFC 3629: what is UTF-8 and what is not. */
static void test_names_are_utf_8(void)
{
    static const char *const good[] = {
        "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x95", "\xef\xbf\xbd"};
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc3",             /* cut short */
        "\xc0\xaf",         /* longer than needed */
        "\xe0\x80\xaf",     /* likewise */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xff",             /* no such byte */
        "\xc2\x85",         /* a control character */
        "a\xe2\x82",        /* cut short */
    };
    struct cut_topology *t = begin("a");

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        add(t, good[i], 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ(cut_topology_add_process(t, bad[i], strlen(bad[i]), 0),
                 CUT_INVALID);
    cut_topology_destroy(t);
}

static void test_empty_topology_cannot_be_sealed(void)
{
    struct cut_topology *t = begin("");

    CHECK_EQ(cut_topology_find(t, "a", 1), CUT_NONE);
    CHECK_EQ(cut_topology_seal(t), CUT_STATE);
    cut_topology_destroy(t);
    cut_topology_destroy(NULL);
}

static uint32_t unreachable(const struct cut_topology *t, uint32_t from)
{
    uint32_t process = 0;

    CHECK_EQ(cut_topology_unreachable(t, from, &process), CUT_OK);
    return process;
}

/* a -> b <-> c -> d, and e -> a: only e reaches all. */
static void test_who_is_reached(void)
{
    struct cut_topology *t = begin("abcde");

    connect(t, 0, 1);
    connect(t, 1, 2);
    connect(t, 2, 1);
    connect(t, 2, 3);
    connect(t, 4, 0);
    CHECK_EQ(cut_topology_seal(t), CUT_OK);
    CHECK_EQ(unreachable(t, 4), CUT_NONE);
    CHECK_EQ(unreachable(t, 0), 4);
    CHECK_EQ(unreachable(t, 1), 0);
    CHECK_EQ(unreachable(t, 3), 0);
    cut_topology_destroy(t);
}

int main(void)
{
    RUN(test_processes_are_in_byte_order);
    RUN(test_channels_are_in_order_and_once);
    RUN(test_what_cannot_be_added);
    RUN(test_names_are_utf_8);
    RUN(test_empty_topology_cannot_be_sealed);
    RUN(test_who_is_reached);
    return check_end();
}
