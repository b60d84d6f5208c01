/*
 * The space-time diagram and the sheet of characters under it.
 * Links src/cli/{canvas,cast,diagram,diagram_*,terminal}.c.
 */
#include "canvas.h"
#include "check.h"
#include "diagram.h"
#include "escapes.h"
#include "fault/failing_allocator.h"

#include <cutline/sim.h>

#include <stdlib.h>

static const struct cut_terminal plain = {.unicode = true, .width = 100};

/* Build a system of that many processes, with channels from each to each. */
static struct cut_topology *make_clique(const char *const *names,
                                        uint32_t count)
{
    struct cut_topology *topology = NULL;
    enum cut_error error = cut_topology_create(NULL, &topology);
    for (uint32_t i = 0; error == CUT_OK && i < count; i++)
        error =
            cut_topology_add_process(topology, names[i], strlen(names[i]), 100);
    for (uint32_t i = 0; error == CUT_OK && i < count * count; i++)
        error = cut_topology_add_channel(topology, i / count, i % count);
    if (error == CUT_OK)
        error = cut_topology_seal(topology);
    if (!CHECK_EQ(error, CUT_OK))
        exit(1);
    return topology;
}

static struct cut_topology *make_numbered(uint32_t count)
{
    char texts[40][16];
    const char *names[40];
    for (uint32_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "p%02u", (unsigned)i);
        names[i] = texts[i];
    }
    return make_clique(names, count);
}

static struct cut_diagram *make(const struct cut_topology *topology,
                                const struct cut_terminal *terminal)
{
    struct cut_diagram *diagram = NULL;
    struct cut_cast cast = cut_cast_of(topology);
    if (!CHECK_EQ(cut_diagram_create(&cast, NULL, 0, terminal, NULL, &diagram),
                  CUT_OK))
        exit(1);
    return diagram;
}

/* Return what a diagram writes: the caller's, to be freed. */
static char *text_of(struct cut_diagram *diagram)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        exit(1);
    CHECK_EQ(cut_diagram_write(diagram, file), CUT_OK);
    fclose(file);
    return text;
}

/* Run a system in which all send, and snapshots are taken one after another. */
static void run_busy(const struct cut_topology *topology,
                     uint32_t snapshots,
                     struct cut_diagram *diagram)
{
    struct cut_sim *sim = NULL;
    struct cut_sim_config config = {
        .topology = topology,
        .seed = 7,
        .snapshots_max = snapshots,
        .observer = {cut_diagram_observe, diagram},
    };
    if (!CHECK_EQ(cut_sim_create(&config, &sim), CUT_OK))
        return;
    uint32_t channels = cut_topology_channel_count(topology);
    uint32_t processes = cut_topology_process_count(topology);
    uint64_t number = 0;
    for (uint32_t i = 0; i < snapshots; i++) {
        if (channels > 0)
            CHECK_EQ(cut_sim_send(sim, i * 5 % channels, 1), CUT_OK);
        CHECK_EQ(cut_sim_snapshot(sim, i % processes, &number), CUT_OK);
        if (channels > 0)
            CHECK_EQ(cut_sim_send(sim, i * 3 % channels, 2), CUT_OK);
        CHECK_EQ(cut_sim_tick(sim, 1 + i % 3), CUT_OK);
    }
    while (snapshots > 0 && !cut_sim_is_complete(sim, number)) {
        if (!CHECK_EQ(cut_sim_tick(sim, 1), CUT_OK))
            break;
    }
    CHECK_EQ(cut_sim_tick(sim, 60), CUT_OK);
    cut_sim_destroy(sim);
}

/* Return the most cells that a line of a text takes. */
static uint32_t widest(const char *text)
{
    char line[4096];
    uint32_t width = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)size, text);
        uint32_t own = cut_text_width(line);
        width = own > width ? own : width;
        text += size + (text[size] == '\n');
    }
    return width;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = strstr(text, part); at != NULL;
         at = strstr(at + 1, part))
        count++;
    return count;
}

static struct cut_sim_event send_event(const struct cut_topology *topology,
                                       uint32_t from,
                                       uint32_t to,
                                       uint64_t now,
                                       uint64_t tokens)
{
    return (struct cut_sim_event){
        .kind = CUT_SIM_SEND,
        .now = now,
        .process = from,
        .channel = cut_topology_channel(topology, from, to),
        .message = {.value = tokens, .due = now + 1},
        .tokens = 100 - tokens,
    };
}

static void observe(struct cut_diagram *diagram,
                    struct cut_sim_event event,
                    enum cut_sim_event_kind kind,
                    uint32_t process,
                    uint64_t now)
{
    event.kind = kind;
    event.process = process;
    event.now = now;
    cut_diagram_observe(diagram, &event);
}

/* Two servers; the snapshot finds 3 tokens on their way from B to A. */
static void observe_two(struct cut_diagram *diagram,
                        const struct cut_topology *topology)
{
    struct cut_sim_event token = send_event(topology, 1, 0, 0, 3);
    struct cut_sim_event there = {
        .channel = cut_topology_channel(topology, 0, 1),
        .message = {.is_marker = true},
    };
    struct cut_sim_event back = {
        .channel = cut_topology_channel(topology, 1, 0),
        .message = {.is_marker = true},
    };
    struct cut_sim_event state = {.channel = CUT_NONE, .tokens = 100};
    observe(diagram, token, CUT_SIM_SEND, 1, 0);
    observe(diagram, state, CUT_SIM_CAPTURE, 0, 1);
    observe(diagram, there, CUT_SIM_SEND, 0, 1);
    token.tokens = 100;
    observe(diagram, token, CUT_SIM_DELIVER, 0, 2);
    observe(diagram, token, CUT_SIM_RECORD, 0, 2);
    observe(diagram, there, CUT_SIM_DELIVER, 1, 5);
    state.tokens = 97;
    observe(diagram, state, CUT_SIM_CAPTURE, 1, 5);
    observe(diagram, back, CUT_SIM_SEND, 1, 5);
    observe(diagram, state, CUT_SIM_PART, 1, 5);
    observe(diagram, back, CUT_SIM_DELIVER, 0, 6);
    observe(diagram, state, CUT_SIM_PART, 0, 6);
    observe(diagram, state, CUT_SIM_COMPLETE, CUT_NONE, 6);
}

static const char *const two_names[] = {"A", "B"};

static void test_two_servers_are_drawn_like_this(void)
{
    struct cut_topology *topology = make_clique(two_names, 2);
    struct cut_diagram *diagram = make(topology, &plain);
    observe_two(diagram, topology);
    char *text = text_of(diagram);
    CHECK_STR(text,
              "                A               B\n"
              "tokens         100             100\n"
              "     0          │             3─┤\n"
              "     1  ········◆0····        ╎ │\n"
              "     2          │◄───◇3◇0─────╯ │\n"
              "⋮    5          ├╌╌╌╌┊╌0╌╌╌╌╌╌╌▷│\n"
              "                │    ···········◆0·······\n"
              "                │               ■0\n"
              "     6          ■◁╌╌╌╌╌╌0╌╌╌╌╌╌╌┤\n"
              "                │               │\n"
              "tokens         103             97\n"
              "                A               B\n"
              "\n"
              "snapshot 0: begun at 1 by A, complete at 6   197 in processes + "
              "3 in 1 message = 200 tokens\n"
              "├─5 ╎ ╰─5─► 5 tokens leave, are in transit, arrive   ╌0╌▷ a "
              "marker of snapshot 0 arrives\n"
              "▷┃ and ends its channel's recording   ▷■ and with it the "
              "process's part\n"
              "◆0 a capture for 0; markers leave   ··┊·· a cut: the snapshot "
              "is what lies above it\n"
              "5◇0 the cut of 0 crosses it: recorded\n");
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_two_servers_are_drawn_in_ascii(void)
{
    static const struct cut_terminal ascii = {.width = 40};
    struct cut_topology *topology = make_clique(two_names, 2);
    struct cut_diagram *diagram = make(topology, &ascii);
    observe_two(diagram, topology);
    char *text = text_of(diagram);
    CHECK_STR(text,
              "                A               B\n"
              "tokens         100             100\n"
              "     0          |             3-+\n"
              "     1  ........*0....        ! |\n"
              "     2          |<---*3*0-----' |\n"
              ":    5          +~~~~:~0~~~~~~~>|\n"
              "                |    ...........*0......\n"
              "                |               #0\n"
              "     6          #<~~~~~~0~~~~~~~+\n"
              "                |               |\n"
              "tokens         103             97\n"
              "                A               B\n"
              "\n"
              "snapshot 0: begun at 1 by A, complete at\n"
              "6   197 in processes + 3 in 1 message =\n"
              "200 tokens\n"
              "+-5 ! `-5-> 5 tokens leave, are in\n"
              "transit, arrive\n"
              "~0~> a marker of snapshot 0 arrives\n"
              ">] and ends its channel's recording\n"
              ">#  and with it the process's part\n"
              "*0 a capture for 0; markers leave\n"
              "..:.. a cut: the snapshot is what lies\n"
              "above it\n"
              "5*0 the cut of 0 crosses it: recorded\n");
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void check_fits(uint32_t processes, struct cut_terminal terminal)
{
    struct cut_topology *topology = make_numbered(processes);
    struct cut_diagram *diagram = make(topology, &terminal);
    run_busy(topology, 6, diagram);
    char *text = text_of(diagram);
    CHECK(widest(text) <= terminal.width);
    CHECK(strchr(text, '\033') == NULL);
    for (const char *at = text; !terminal.unicode && *at != '\0'; at++)
        CHECK((*at >= ' ' && *at <= '~') || *at == '\n');
    CHECK((strstr(text, "--columns") != NULL) ==
          (processes > (terminal.width - 8) / 7));
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_lines_are_no_wider_than_the_terminal(void)
{
    for (uint32_t processes = 1; processes <= 31; processes += 5) {
        for (unsigned width = 20; width <= 100; width += 16) {
            check_fits(processes, (struct cut_terminal){.width = width});
            check_fits(processes,
                       (struct cut_terminal){.width = width, .unicode = true});
        }
    }
}

static void test_each_capture_and_part_is_drawn(void)
{
    struct cut_topology *topology = make_numbered(8);
    struct cut_diagram *diagram = make(topology, &plain);
    run_busy(topology, 5, diagram);
    char *text = text_of(diagram);
    for (int i = 0; i < 5; i++) {
        char capture[16];
        snprintf(capture, sizeof capture, "\u25c6%d", i);
        /* One more is in the legend of snapshot 0. */
        CHECK_EQ(count_of(text, capture), i == 0 ? 9 : 8);
    }
    CHECK_EQ(count_of(text, "\u25a0"), 8 * 5 + 1);
    CHECK_EQ(count_of(text, "= 800 tokens"), 5);
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_colour_only_when_asked(void)
{
    struct cut_terminal colored = plain;
    colored.color = true;
    struct cut_topology *topology = make_numbered(4);
    struct cut_diagram *diagram = make(topology, &colored);
    struct cut_diagram *other = make(topology, &plain);
    run_busy(topology, 3, diagram);
    run_busy(topology, 3, other);
    char *text = text_of(diagram);
    char *bare = text_of(other);
    CHECK(strstr(text, "\033[0;1;36m") != NULL);
    /* Without its escape sequences it is the same picture. */
    strip_escapes(text);
    CHECK_STR(text, bare);
    free(text);
    free(bare);
    cut_diagram_destroy(diagram);
    cut_diagram_destroy(other);
    cut_topology_destroy(topology);
}

static void test_chosen_columns(void)
{
    struct cut_topology *topology = make_numbered(5);
    static const uint32_t columns[] = {3, 1};
    static const uint32_t twice[] = {3, 3};
    static const uint32_t unknown[] = {5};
    struct cut_cast cast = cut_cast_of(topology);
    struct cut_diagram *diagram = NULL;
    CHECK_EQ(cut_diagram_create(&cast, twice, 2, &plain, NULL, &diagram),
             CUT_INVALID);
    CHECK_EQ(cut_diagram_create(&cast, unknown, 1, &plain, NULL, &diagram),
             CUT_INVALID);
    CHECK_EQ(cut_diagram_create(&cast, columns, 0, &plain, NULL, &diagram),
             CUT_INVALID);
    CHECK(diagram == NULL);
    if (!CHECK_EQ(cut_diagram_create(&cast, columns, 2, &plain, NULL, &diagram),
                  CUT_OK))
        return;
    struct cut_sim_event event = send_event(topology, 1, 2, 0, 4);
    observe(diagram, event, CUT_SIM_SEND, 1, 0);
    event = send_event(topology, 0, 3, 0, 5);
    observe(diagram, event, CUT_SIM_SEND, 0, 0);
    observe(diagram, event, CUT_SIM_DELIVER, 3, 1);
    char *text = text_of(diagram);
    CHECK(strstr(text, "               p03             p01\n") == text);
    CHECK(strstr(text, "4\u2192p02") != NULL);
    CHECK(strstr(text, "\u25c45 p00") != NULL);
    CHECK(strstr(text, "do not fit") == NULL);
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_names_are_cut_by_width(void)
{
    static const char *const names[] = {"na\u00efvet\u00e9-\u00fcber-alles",
                                        "\u6771\u4eac\u5927\u962a\u795e"};
    static const struct cut_terminal narrow = {.unicode = true, .width = 24};
    struct cut_topology *topology = make_clique(names, 2);
    struct cut_diagram *diagram = make(topology, &narrow);
    char *text = text_of(diagram);
    CHECK(strstr(text, "na\u00efvet\u2026") != NULL);
    CHECK(strstr(text, "\u6771\u4eac\u5927\u2026") != NULL);
    CHECK(widest(text) <= narrow.width);
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_a_long_run_is_cut_off(void)
{
    struct cut_topology *topology = make_numbered(3);
    struct cut_diagram *diagram = make(topology, &plain);
    for (uint64_t now = 0; now < 100000; now++) {
        struct cut_sim_event event = send_event(topology, 0, 1, now, 1);
        observe(diagram, event, CUT_SIM_SEND, 0, now);
        observe(diagram, event, CUT_SIM_DELIVER, 1, now);
    }
    char *text = text_of(diagram);
    CHECK(strstr(text, "too long to draw: it ends at tick 1000,") != NULL);
    CHECK(count_of(text, "\n") < CUT_DIAGRAM_ROWS_MAX + 20);
    CHECK_EQ(count_of(text, "\u25ba"), 1000 + 1);
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_more_in_transit_than_lanes(void)
{
    struct cut_topology *topology = make_numbered(10);
    struct cut_diagram *diagram = make(topology, &plain);
    struct cut_sim_event event = send_event(topology, 0, 1, 0, 1);
    for (int i = 0; i < 4; i++)
        observe(diagram, event, CUT_SIM_SEND, 0, 0);
    for (int i = 0; i < 3; i++)
        observe(diagram, event, CUT_SIM_DELIVER, 1, 1);
    char *text = text_of(diagram);
    CHECK_EQ(count_of(text, "1\u2192p01"), 2);
    /* Of three arrows one has no lane, and leaves from the lifeline. */
    CHECK_EQ(count_of(text, "\u25ba\u2502"), 3);
    CHECK_EQ(count_of(text, "\u2570"), 2 + 1);
    free(text);
    cut_diagram_destroy(diagram);
    cut_topology_destroy(topology);
}

static void test_each_allocation_may_fail(void)
{
    struct cut_topology *topology = make_numbered(5);
    FILE *file = tmpfile();
    struct cut_cast cast = cut_cast_of(topology);
    enum cut_error error = CUT_NOMEM;
    unsigned count = 0;
    for (; file != NULL && error != CUT_OK && count < 100; count++) {
        struct failing_allocator failing;
        failing_init(&failing, FAIL_FROM_ON, count + 1);
        struct cut_diagram *diagram = NULL;
        error = cut_diagram_create(
            &cast, NULL, 0, &plain, &failing.allocator, &diagram);
        if (error == CUT_OK) {
            run_busy(topology, 5, diagram);
            error = cut_diagram_write(diagram, file);
        }
        CHECK(error == CUT_OK || error == CUT_NOMEM);
        CHECK(error == CUT_OK || ftell(file) == 0);
        cut_diagram_destroy(diagram);
        CHECK_EQ(failing.blocks, 0);
        CHECK_EQ(failing.mistakes, 0);
    }
    CHECK_EQ(error, CUT_OK);
    CHECK(count > 10);
    if (file != NULL)
        fclose(file);
    cut_topology_destroy(topology);
}

/* A program's processes: time is in ns, and messages have types. */
static const char *const program_names[] = {"A", "B"};
static const char *const program_types[] = {"ping", "a very long one"};
static const struct cut_cast program_cast = {
    .process_count = 2,
    .names = program_names,
    .types = program_types,
    .type_count = 2,
};

/* From A to B or back, at a time in microseconds. */
static void happen(struct cut_diagram *diagram,
                   enum cut_sim_event_kind kind,
                   uint64_t us,
                   uint32_t process,
                   uint64_t id,
                   uint8_t type)
{
    struct cut_sim_event event = {
        .kind = kind,
        .now = us * 1000,
        .process = process,
        .channel = CUT_NONE,
        .peer = 1 - process,
        .message = {.id = id, .type = type, .value = type},
    };
    cut_diagram_observe(diagram, &event);
}

static struct cut_diagram *make_program(void)
{
    struct cut_diagram *diagram = NULL;
    if (!CHECK_EQ(
            cut_diagram_create(&program_cast, NULL, 0, &plain, NULL, &diagram),
            CUT_OK))
        exit(1);
    return diagram;
}

/* Return the picture alone: the caller's, to be freed. */
static char *picture_of(struct cut_diagram *diagram)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        exit(1);
    CHECK_EQ(cut_diagram_write_picture(diagram, file), CUT_OK);
    fclose(file);
    return text;
}

static void test_messages_of_a_program_overtake_and_are_lost(void)
{
    struct cut_diagram *diagram = make_program();
    happen(diagram, CUT_SIM_START, 0, 0, 0, 0);
    happen(diagram, CUT_SIM_SEND, 1000, 0, 0, 0);
    happen(diagram, CUT_SIM_SEND, 1000, 0, 1, 1);
    happen(diagram, CUT_SIM_CAPTURE, 1500, 1, 0, 0);
    happen(diagram, CUT_SIM_DELIVER, 2001, 1, 1, 1);
    happen(diagram, CUT_SIM_TIMER, 2500, 1, 0, 0);
    happen(diagram, CUT_SIM_SEND, 3000, 1, 2, 0);
    happen(diagram, CUT_SIM_LOSE, 3000, 1, 2, 0);
    happen(diagram, CUT_SIM_RECORD, 3500, 1, 0, 0);
    happen(diagram, CUT_SIM_DELIVER, 12345, 1, 0, 0);
    happen(diagram, CUT_SIM_CRASH, 20000, 1, 0, 0);
    char *text = picture_of(diagram);
    CHECK_STR(text,
              "                    A               B\n"
              "ms                  │               │\n"
              "     1.000          ├─ping          │\n"
              "                    ├─┼a very lon…  │\n"
              "     1.500          │ ╎╎            ◆0·······\n"
              "     2.001          │ ╎╰a very lon…►│\n"
              "     3.000          │ ╎        ping─┤\n"
              "                    │ ╎           × │\n"
              "    12.345          │ ╰───ping◇0───►│\n"
              "    20.000          │               │crashes\n"
              "                    │\n"
              "ms                  │\n"
              "                    A               B\n");
    free(text);
    cut_diagram_destroy(diagram);
}

/* A copy did not leave twice; what left before the picture is not drawn. */
static void test_copies_only_arrive(void)
{
    struct cut_diagram *diagram = make_program();
    happen(diagram, CUT_SIM_SEND, 1000, 0, 3, 0);
    happen(diagram, CUT_SIM_DELIVER, 2000, 1, 3, 0);
    happen(diagram, CUT_SIM_DELIVER, 3000, 1, 3, 0);
    happen(diagram, CUT_SIM_RECORD, 3000, 1, 3, 0);
    happen(diagram, CUT_SIM_DELIVER, 4000, 0, 2, 0);
    char *text = picture_of(diagram);
    CHECK_STR(text,
              "                    A               B\n"
              "ms                  │               │\n"
              "     1.000          ├─ping          │\n"
              "     2.000          │ ╰────ping────►│\n"
              "     3.000          │               │◄ping◇0 copy A\n"
              "     4.000          │◄ping B        │\n"
              "                    │               │\n"
              "ms                  │               │\n"
              "                    A               B\n");
    free(text);
    text = text_of(diagram);
    CHECK_EQ(count_of(text, "a message of p arrives again"), 1);
    free(text);
    cut_diagram_destroy(diagram);
}

/* What is lost, or on its way at the end, bears the sign of what recorded it:
 * on its lane, or beside its sending. */
static void test_what_does_not_arrive_is_marked(void)
{
    struct cut_diagram *diagram = make_program();
    for (uint64_t id = 0; id < 5; id++)
        happen(diagram, CUT_SIM_SEND, 1000, 0, id, 0);
    happen(diagram, CUT_SIM_CAPTURE, 2000, 0, 0, 0);
    for (uint64_t id = 1; id < 5; id++)
        happen(diagram, CUT_SIM_RECORD, 2000, 0, id, 0);
    happen(diagram, CUT_SIM_CAPTURE, 3000, 1, 0, 0);
    happen(diagram, CUT_SIM_LEAVE, 4000, 1, 0, 0);
    happen(diagram, CUT_SIM_LOSE, 4000, 0, 2, 0);
    happen(diagram, CUT_SIM_LOSE, 4000, 0, 4, 0);
    char *text = picture_of(diagram);
    CHECK_STR(text,
              "                    A               B\n"
              "ms                  │               │\n"
              "     1.000          ├─ping          │\n"
              "                    ├─┼ping         │\n"
              "                    ├─┼┼ping        │\n"
              "                    ├ping→B◇0       │\n"
              "                    ├ping→B◇0×      │\n"
              "     2.000  ········◆0╎◇◇·          │\n"
              "     3.000          │ ╎╎╎···········◆0·······\n"
              "     4.000          │ ╎╎×           │leaves\n"
              "                    │ ╎╎\n"
              "ms                  │\n"
              "                    A               B\n");
    free(text);
    cut_diagram_destroy(diagram);
}

static void test_who_joins_has_no_line_before(void)
{
    struct cut_diagram *diagram = make_program();
    happen(diagram, CUT_SIM_SEND, 1000, 0, 0, 0);
    happen(diagram, CUT_SIM_LOSE, 1000, 0, 0, 0);
    happen(diagram, CUT_SIM_JOIN, 2000, 1, 0, 0);
    happen(diagram, CUT_SIM_SEND, 3000, 1, 1, 0);
    char *text = picture_of(diagram);
    CHECK_STR(text,
              "                    A               B\n"
              "ms                  │\n"
              "     1.000          ├─ping\n"
              "                    │ ×\n"
              "     2.000          │               │joins\n"
              "     3.000          │          ping─┤\n"
              "                    │             ╎ │\n"
              "ms                  │               │\n"
              "                    A               B\n");
    free(text);
    cut_diagram_destroy(diagram);
}

/* Return the picture of a message with its number, in a given width. */
static char *numbered(uint32_t width, uint64_t id, uint8_t type)
{
    const struct cut_terminal terminal = {.unicode = true, .width = width};
    struct cut_diagram *diagram = NULL;
    if (!CHECK_EQ(cut_diagram_create(
                      &program_cast, NULL, 0, &terminal, NULL, &diagram),
                  CUT_OK))
        exit(1);
    cut_diagram_number_messages(diagram);
    happen(diagram, CUT_SIM_SEND, 1000, 0, id, type);
    happen(diagram, CUT_SIM_DELIVER, 2000, 1, id, type);
    char *text = picture_of(diagram);
    CHECK(widest(text) <= width);
    cut_diagram_destroy(diagram);
    return text;
}

/* The number is there whole, whatever becomes of the type. */
static void test_numbers_of_messages(void)
{
    static const struct {
        uint32_t width;
        uint64_t id;
        uint8_t type;
        const char *label;
    } cases[] = {
        {100, 7, 0, "─ping#7"},
        {100, 7, 1, "─a very l…#7"},
        {100, 123456, 0, "─ping#123456"},
        {100, 1234567890, 0, "─#1234567890"},
        {100, UINT64_MAX, 1, "#18446744073709551615"},
        {29, 7, 0, "─pi…#7"},
        {29, 77, 0, "─p…#77"},
        {29, 777, 0, "─#777"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = numbered(cases[i].width, cases[i].id, cases[i].type);
        if (!CHECK(count_of(text, cases[i].label) >= 1))
            printf("# %s\n%s", cases[i].label, text);
        free(text);
    }
}

static void test_the_subject_of_a_picture(void)
{
    struct cut_diagram *diagram = make_program();
    cut_diagram_set_subject(diagram, 7);
    happen(diagram, CUT_SIM_SEND, 1, 1, 6, 0);
    happen(diagram, CUT_SIM_SEND, 2, 1, 7, 0);
    happen(diagram, CUT_SIM_DELIVER, 3, 0, 7, 0);
    char *text = picture_of(diagram);
    CHECK_EQ(count_of(text, "#7"), 2);
    CHECK_EQ(count_of(text, "ping"), 1);
    free(text);
    cut_diagram_destroy(diagram);
}

static void test_notes_of_a_program(void)
{
    struct cut_diagram *diagram = make_program();
    happen(diagram, CUT_SIM_CAPTURE, 1500, 1, 0, 0);
    happen(diagram, CUT_SIM_ABORT, 2500, CUT_NONE, 0, 0);
    char *text = text_of(diagram);
    CHECK(strstr(text, "snapshot 0: begun at 1.500 ms by B, aborted at 2.500"));
    CHECK(strstr(text, "a message leaves, is in transit, arrives"));
    CHECK(!strstr(text, "token"));
    free(text);
    cut_diagram_destroy(diagram);
}

static void test_names_of_a_cast(void)
{
    static const struct cut_cast many = {.process_count = 1000};
    char room[CUT_CAST_NAME_SIZE];
    CHECK_STR(cut_cast_name(&many, 12, room), "p12");
    CHECK_STR(cut_cast_type(&many, 3, room), "type 3");
    CHECK_EQ(cut_cast_find(&many, "p12", 3), 12);
    CHECK_EQ(cut_cast_find(&many, "12,", 2), 12);
    CHECK_EQ(cut_cast_find(&many, "p1000", 5), CUT_NONE);
    CHECK_EQ(cut_cast_find(&many, "p", 1), CUT_NONE);
    CHECK_EQ(cut_cast_find(&many, "", 0), CUT_NONE);
    CHECK_EQ(cut_cast_find(&program_cast, "B", 1), 1);
    CHECK_EQ(cut_cast_find(&program_cast, "1", 1), 1);
    CHECK_EQ(cut_cast_find(&program_cast, "p1", 2), CUT_NONE);
}

static void test_terminal(void)
{
    FILE *file = tmpfile();
    if (!CHECK(file != NULL))
        return;
    unsetenv("NO_COLOR");
    struct cut_terminal found = cut_terminal_detect(file, CUT_COLOR_AUTO, true);
    CHECK(!found.color && !found.unicode);
    CHECK_EQ(found.width, CUT_TERMINAL_WIDTH_MAX);
    setenv("NO_COLOR", "1", 1);
    CHECK(cut_terminal_detect(file, CUT_COLOR_ALWAYS, false).color);
    CHECK(!cut_terminal_detect(file, CUT_COLOR_NEVER, false).color);
    fclose(file);
}

int main(void)
{
    RUN(test_two_servers_are_drawn_like_this);
    RUN(test_two_servers_are_drawn_in_ascii);
    RUN(test_lines_are_no_wider_than_the_terminal);
    RUN(test_each_capture_and_part_is_drawn);
    RUN(test_colour_only_when_asked);
    RUN(test_chosen_columns);
    RUN(test_names_are_cut_by_width);
    RUN(test_a_long_run_is_cut_off);
    RUN(test_more_in_transit_than_lanes);
    RUN(test_each_allocation_may_fail);
    RUN(test_messages_of_a_program_overtake_and_are_lost);
    RUN(test_copies_only_arrive);
    RUN(test_what_does_not_arrive_is_marked);
    RUN(test_who_joins_has_no_line_before);
    RUN(test_numbers_of_messages);
    RUN(test_the_subject_of_a_picture);
    RUN(test_notes_of_a_program);
    RUN(test_names_of_a_cast);
    RUN(test_terminal);
    return check_end();
}
