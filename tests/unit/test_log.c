/*
 * The log of a run. Links src/cli/{canvas,log,terminal}.c.
 */
#include "canvas.h"
#include "check.h"
#include "escapes.h"
#include "fault/failing_allocator.h"
#include "log.h"

#include <cutline/script.h>

#include <stdlib.h>

static const struct cut_terminal plain = {.is_terminal = true,
                                          .unicode = true,
                                          .width = 100};

/* A ring of three, both ways, and one more that hears of nobody. */
static const char top[] = "4\n"
                          "N1 10\nN2 20\nN3 30\nlonely 1\n"
                          "N1 N2\nN2 N1\nN2 N3\nN3 N2\nN3 N1\nN1 N3\n"
                          "lonely N1\n";

static const char events[] = "send N1 N2 4\n"
                             "tick\n"
                             "snapshot lonely\n"
                             "send N2 N3 5\n"
                             "tick 2\n"
                             "send lonely N1 1\n"
                             "snapshot lonely\n"
                             "send N3 N1 12\n"
                             "tick\n";

static FILE *open_text(const char *text)
{
    FILE *file = tmpfile();
    if (file == NULL || fputs(text, file) < 0)
        exit(1);
    rewind(file);
    return file;
}

static struct cut_topology *read_topology(const char *text)
{
    struct cut_topology *topology = NULL;
    FILE *file = open_text(text);
    if (!CHECK_EQ(cut_topology_read(file, "top", NULL, &topology, NULL),
                  CUT_OK))
        exit(1);
    fclose(file);
    return topology;
}

static void run_script(const struct cut_topology *topology,
                       const char *text,
                       struct cut_log *log)
{
    struct cut_script *script = NULL;
    struct cut_sim *sim = NULL;
    FILE *file = open_text(text);
    CHECK_EQ(cut_script_read(file, "events", topology, NULL, &script, NULL),
             CUT_OK);
    fclose(file);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = CUT_SIM_SEED,
        .observer = {cut_log_observe, log},
    };
    CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK);
    CHECK_EQ(cut_script_run(script, sim, NULL), CUT_OK);
    cut_sim_destroy(sim);
    cut_script_destroy(script);
}

/* Return the log of a run: the caller's, to be freed. */
static char *log_of(const char *topology_text,
                    const char *events_text,
                    const struct cut_terminal *terminal)
{
    struct cut_topology *topology = read_topology(topology_text);
    struct cut_log *log = NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL ||
        !CHECK_EQ(cut_log_create(file, topology, terminal, NULL, &log), CUT_OK))
        exit(1);
    run_script(topology, events_text, log);
    CHECK_EQ(cut_log_finish(log), CUT_OK);
    cut_log_destroy(log);
    fclose(file);
    cut_topology_destroy(topology);
    return text;
}

static const char expected_log[] =
    "tick 0\n"
    "  N1      sends token(4) to N2, due 4                     holds 6\n"
    "  in flight: N1->N2 token(4)@4\n"
    "tick 1\n"
    "  lonely  begins snapshot 0, captures 1, sends marker 0 to N1, "
    "completes its part of 0\n"
    "  N2      sends token(5) to N3, due 5                     holds 15\n"
    "  in flight: N1->N2 token(4)@4; N2->N3 token(5)@5; lonely->N1 "
    "marker(0)@4\n"
    "tick 2: nothing due\n"
    "tick 3\n"
    "  lonely  sends token(1) to N1, due 6                     holds 0\n"
    "  lonely  begins snapshot 1, captures 0, sends marker 1 to N1, "
    "completes its part of 1\n"
    "  N3      sends token(12) to N1, due 5                    holds 18\n"
    "  in flight: N1->N2 token(4)@4; N2->N3 token(5)@5; N3->N1 "
    "token(12)@5; lonely->N1 marker(0)@4\n"
    "      token(1)@6 marker(1)@4\n"
    "tick 4\n"
    "  N2      receives token(4) from N1                       holds 19\n"
    "  N1      receives marker 0 from lonely, captures 6, sends marker 0 "
    "to N2 N3\n"
    "  in flight: N1->N2 marker(0)@7; N1->N3 marker(0)@6; N2->N3 "
    "token(5)@5; N3->N1 token(12)@5;\n"
    "      lonely->N1 token(1)@6 marker(1)@4\n"
    "tick 5\n"
    "  N3      receives token(5) from N2                       holds 23\n"
    "  N1      receives token(12) from N3, recorded for 0      holds 18\n"
    "  in flight: N1->N2 marker(0)@7; N1->N3 marker(0)@6; lonely->N1 "
    "token(1)@6 marker(1)@4\n"
    "tick 6\n"
    "  N3      receives marker 0 from N1, captures 23, sends marker 0 to "
    "N1 N2\n"
    "  N1      receives token(1) from lonely                   holds 19\n"
    "  in flight: N1->N2 marker(0)@7; N3->N1 marker(0)@7; N3->N2 "
    "marker(0)@8; lonely->N1 marker(1)@4\n"
    "tick 7\n"
    "  N2      receives marker 0 from N1, captures 19, sends marker 0 to "
    "N1 N3\n"
    "  N1      receives marker 0 from N3, channel state complete\n"
    "  N1      receives marker 1 from lonely, captures 19, sends marker 1 "
    "to N2 N3\n"
    "  in flight: N1->N2 marker(1)@10; N1->N3 marker(1)@10; N2->N1 "
    "marker(0)@12; N2->N3 marker(0)@12;\n"
    "      N3->N2 marker(0)@8\n"
    "tick 8\n"
    "  N2      receives marker 0 from N3, channel state complete, "
    "completes its part of 0\n"
    "  in flight: N1->N2 marker(1)@10; N1->N3 marker(1)@10; N2->N1 "
    "marker(0)@12; N2->N3 marker(0)@12\n"
    "tick 9: nothing due\n"
    "tick 10\n"
    "  N2      receives marker 1 from N1, captures 19, sends marker 1 to "
    "N1 N3\n"
    "  in flight: N1->N3 marker(1)@10; N2->N1 marker(0)@12 marker(1)@11; "
    "N2->N3 marker(0)@12 marker(1)@14\n"
    "tick 11\n"
    "  N3      receives marker 1 from N1, captures 23, sends marker 1 to "
    "N1 N2\n"
    "  in flight: N2->N1 marker(0)@12 marker(1)@11; N2->N3 marker(0)@12 "
    "marker(1)@14;\n"
    "      N3->N1 marker(1)@16; N3->N2 marker(1)@14\n"
    "tick 12\n"
    "  N1      receives marker 0 from N2, channel state complete, "
    "completes its part of 0\n"
    "  in flight: N2->N1 marker(1)@11; N2->N3 marker(0)@12 marker(1)@14; "
    "N3->N1 marker(1)@16;\n"
    "      N3->N2 marker(1)@14\n"
    "tick 13\n"
    "  N1      receives marker 1 from N2, channel state complete\n"
    "  in flight: N2->N3 marker(0)@12 marker(1)@14; N3->N1 marker(1)@16; "
    "N3->N2 marker(1)@14\n"
    "tick 14\n"
    "  N3      receives marker 0 from N2, channel state complete, "
    "completes its part of 0\n"
    "  snapshot 0 complete at 14: begun at 1 by lonely, 49 in processes + "
    "12 in 1 message = 61 tokens\n"
    "  N2      receives marker 1 from N3, channel state complete, "
    "completes its part of 1\n"
    "  in flight: N2->N3 marker(1)@14; N3->N1 marker(1)@16\n"
    "tick 15\n"
    "  N3      receives marker 1 from N2, channel state complete, "
    "completes its part of 1\n"
    "  in flight: N3->N1 marker(1)@16\n"
    "tick 16\n"
    "  N1      receives marker 1 from N3, channel state complete, "
    "completes its part of 1\n"
    "  snapshot 1 complete at 16: begun at 3 by lonely, 61 in processes + "
    "0 in 0 messages = 61 tokens\n"
    "  in flight: nothing\n";

static void test_a_run_is_logged_like_this(void)
{
    char *text = log_of(top, events, &plain);
    CHECK_STR(text, expected_log);
    free(text);
}

static void test_colour_only_when_asked(void)
{
    struct cut_terminal colored = plain;
    colored.color = true;
    char *text = log_of(top, events, &colored);
    char *bare = log_of(top, events, &plain);
    CHECK(strchr(bare, '\033') == NULL);
    CHECK(strstr(text, "\033[0;1mtick 0\033[0m\n") != NULL);
    strip_escapes(text);
    CHECK_STR(text, bare);
    free(text);
    free(bare);
}

/* A clique of that many, in which the first begins a snapshot. */
static char *clique_text(unsigned count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        exit(1);
    fprintf(file, "%u\n", count);
    for (unsigned i = 0; i < count; i++)
        fprintf(file, "server-%02u 5\n", i);
    for (unsigned i = 0; i < count * count; i++)
        fprintf(file, "server-%02u server-%02u\n", i / count, i % count);
    fclose(file);
    return text;
}

/* 40 processes have hundreds of markers in transit: they are counted. */
static void test_what_nobody_would_read_is_counted(void)
{
    char *topology = clique_text(40);
    char *text = log_of(topology, "snapshot server-03\n", &plain);

    CHECK(strstr(text, "markers in ") != NULL);
    CHECK(strstr(text, "in flight: server-03->server-00 marker(0)@") != NULL);
    CHECK(strstr(text, "in flight: nothing\n") != NULL);
    free(text);
    free(topology);
}

static void test_long_lines_are_continued(void)
{
    char *topology = clique_text(20);
    for (unsigned width = 40; width <= 100; width += 30) {
        struct cut_terminal terminal = {.is_terminal = true, .width = width};
        char *text = log_of(topology, "snapshot server-03\n", &terminal);
        for (const char *at = text; *at != '\0';) {
            size_t size = strcspn(at, "\n");
            /* One sentence that is not taken apart is longer than 40. */
            CHECK(size <= (width < 70 ? 70 : width));
            at += size + (at[size] == '\n');
        }
        CHECK(strstr(text, "\n      ") != NULL);
        CHECK(strstr(text, " \n") == NULL);
        free(text);
    }
    free(topology);
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = strstr(text, part); at != NULL;
         at = strstr(at + 1, part))
        count++;
    return count;
}

/* At the end, what the log lists is what the simulator holds. */
static void test_in_flight_is_what_the_simulator_holds(void)
{
    char *topology_text = clique_text(6);
    struct cut_topology *topology = read_topology(topology_text);
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    struct cut_log *log = NULL;
    struct cut_sim *sim = NULL;
    uint64_t number = 0;
    if (file == NULL)
        exit(1);
    CHECK_EQ(cut_log_create(file, topology, &plain, NULL, &log), CUT_OK);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = 3,
        .observer = {cut_log_observe, log},
    };
    CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK);
    CHECK_EQ(cut_sim_snapshot(sim, 2, &number), CUT_OK);
    CHECK_EQ(cut_sim_send(sim, 7, 2), CUT_OK);
    CHECK_EQ(cut_sim_tick(sim, 4), CUT_OK);
    CHECK_EQ(cut_sim_send(sim, 7, 1), CUT_OK);
    CHECK_EQ(cut_log_finish(log), CUT_OK);
    fclose(file);
    const char *last = text;
    for (const char *at = text; (at = strstr(at, "in flight:")) != NULL; at++)
        last = at;
    unsigned held = 0;
    for (uint32_t i = 0; i < cut_topology_channel_count(topology); i++) {
        uint32_t cursor = CUT_NONE;
        struct cut_sim_message message;
        for (; cut_sim_next_in_flight(sim, i, &cursor, &message); held++) {
            char item[64];
            snprintf(item,
                     sizeof item,
                     "%s(%" PRIu64 ")@%" PRIu64,
                     message.is_marker ? "marker" : "token",
                     message.value,
                     message.due);
            CHECK(strstr(last, item) != NULL);
        }
    }
    CHECK(held > 5);
    CHECK_EQ(count_of(last, "@"), held);
    cut_log_destroy(log);
    cut_sim_destroy(sim);
    cut_topology_destroy(topology);
    free(text);
    free(topology_text);
}

static void test_each_allocation_may_fail(void)
{
    struct cut_topology *topology = read_topology(top);
    FILE *file = tmpfile();
    enum cut_error error = CUT_NOMEM;
    unsigned count = 0;
    for (; file != NULL && error != CUT_OK && count < 100; count++) {
        struct failing_allocator failing;
        failing_init(&failing, FAIL_FROM_ON, count + 1);
        struct cut_log *log = NULL;
        error =
            cut_log_create(file, topology, &plain, &failing.allocator, &log);
        if (error == CUT_OK) {
            run_script(topology, events, log);
            error = cut_log_finish(log);
        }
        CHECK(error == CUT_OK || error == CUT_NOMEM);
        cut_log_destroy(log);
        CHECK_EQ(failing.blocks, 0);
        CHECK_EQ(failing.mistakes, 0);
    }
    CHECK_EQ(error, CUT_OK);
    CHECK(count > 4);
    if (file != NULL)
        fclose(file);
    cut_topology_destroy(topology);
}

int main(void)
{
    RUN(test_a_run_is_logged_like_this);
    RUN(test_colour_only_when_asked);
    RUN(test_what_nobody_would_read_is_counted);
    RUN(test_long_lines_are_continued);
    RUN(test_in_flight_is_what_the_simulator_holds);
    RUN(test_each_allocation_may_fail);
    return check_end();
}
