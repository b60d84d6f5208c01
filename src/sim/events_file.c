/*
 * Reading `.events` files: a line is an order.
 */
#include "sim/names.h"
#include "sim/orders.h"
#include "sim/reach.h"

#define TICKS_MAX (UINT64_C(1) << 62)
#define SNAPSHOTS_MAX (UINT32_C(1) << 26)

struct events_reader {
    struct cut_reader *reader;
    struct cut_script *script;
    bool *can_initiate; /* by process; NULL until a snapshot asks */
};

static enum cut_error append(struct events_reader *events,
                             struct cut_order order)
{
    struct cut_script *script = events->script;
    struct cut_order *orders = cut_grow(script->allocator,
                                        script->orders,
                                        &script->order_capacity,
                                        script->order_count + 1,
                                        sizeof *orders);

    if (orders == NULL)
        return cut_reader_no_memory(events->reader);
    script->orders = orders;
    order.line = events->reader->line_number;
    orders[script->order_count++] = order;
    return CUT_OK;
}

static enum cut_error read_server(struct events_reader *events,
                                  struct cut_line *line,
                                  const char *expected,
                                  struct cut_field *field,
                                  uint32_t *process)
{
    char quoted[CUT_QUOTE_SIZE];

    if (!cut_line_field(line, field))
        return cut_reader_fault(events->reader,
                                CUT_INVALID,
                                field->column,
                                "a server is missing (expected %s)",
                                expected);
    *process =
        cut_topology_find(events->script->topology, field->text, field->size);
    if (*process == CUT_NONE)
        return cut_reader_fault(events->reader,
                                CUT_INVALID,
                                field->column,
                                "unknown server %s (expected one of the "
                                "topology)",
                                cut_field_quote(*field, quoted));
    return CUT_OK;
}

static enum cut_error read_channel(struct events_reader *events,
                                   struct cut_line *line,
                                   uint32_t *channel)
{
    static const char expected[] = "send SRC DST TOKENS";
    const struct cut_topology *topology = events->script->topology;
    char quoted[2][CUT_QUOTE_SIZE];
    struct cut_field ends[2];
    uint32_t source = CUT_NONE;
    uint32_t destination = CUT_NONE;

    enum cut_error error =
        read_server(events, line, expected, &ends[0], &source);
    if (error == CUT_OK)
        error = read_server(events, line, expected, &ends[1], &destination);
    if (error != CUT_OK)
        return error;
    *channel = cut_topology_channel(topology, source, destination);
    if (*channel == CUT_NONE)
        return cut_reader_fault(events->reader,
                                CUT_INVALID,
                                ends[1].column,
                                "no link from %s to %s (expected one of the "
                                "topology)",
                                cut_field_quote(ends[0], quoted[0]),
                                cut_field_quote(ends[1], quoted[1]));
    return CUT_OK;
}

static enum cut_error read_send(struct events_reader *events,
                                struct cut_line *line)
{
    struct cut_order order = {.kind = CUT_ORDER_SEND};
    struct cut_field tokens;
    enum cut_error error = read_channel(events, line, &order.target);

    if (error != CUT_OK)
        return error;
    cut_line_field(line, &tokens);
    order.column = tokens.column & 0x3fffffff;
    error = cut_reader_number(events->reader,
                              tokens,
                              "number of tokens",
                              0,
                              (uint64_t)CUT_TOKENS_MAX,
                              &order.amount);
    if (error == CUT_OK)
        error =
            cut_reader_end_of_line(events->reader, line, "send SRC DST TOKENS");
    return error == CUT_OK ? append(events, order) : error;
}

static enum cut_error find_initiators(struct events_reader *events)
{
    const struct cut_topology *topology = events->script->topology;

    if (events->can_initiate != NULL)
        return CUT_OK;
    events->can_initiate = cut_allocate(events->script->allocator,
                                        cut_topology_process_count(topology),
                                        sizeof *events->can_initiate);
    if (events->can_initiate == NULL ||
        cut_topology_initiators(topology, events->can_initiate) != CUT_OK)
        return cut_reader_no_memory(events->reader);
    return CUT_OK;
}

/* A snapshot that can never complete is refused before the run. */
static enum cut_error check_initiator(struct events_reader *events,
                                      struct cut_field field,
                                      uint32_t initiator)
{
    const struct cut_topology *topology = events->script->topology;
    char quoted[2][CUT_QUOTE_SIZE];
    uint32_t unreachable;
    enum cut_error error = find_initiators(events);

    if (error != CUT_OK || events->can_initiate[initiator])
        return error;
    error = cut_topology_unreachable(topology, initiator, &unreachable);
    if (error != CUT_OK)
        return cut_reader_no_memory(events->reader);
    return cut_reader_fault(
        events->reader,
        CUT_INVALID,
        field.column,
        "the snapshot can never complete: no path from %s "
        "to %s (expected links that lead to every server)",
        cut_field_quote(field, quoted[0]),
        cut_topology_quote(topology, unreachable, quoted[1]));
}

static enum cut_error read_snapshot(struct events_reader *events,
                                    struct cut_line *line)
{
    struct cut_order order = {.kind = CUT_ORDER_SNAPSHOT};
    struct cut_field field;
    enum cut_error error =
        read_server(events, line, "snapshot ID", &field, &order.target);

    if (error == CUT_OK)
        error = cut_reader_end_of_line(events->reader, line, "snapshot ID");
    if (error == CUT_OK)
        error = check_initiator(events, field, order.target);
    if (error != CUT_OK)
        return error;
    if (events->script->snapshot_count == SNAPSHOTS_MAX)
        return cut_reader_fault(events->reader,
                                CUT_LIMIT,
                                1,
                                "too many snapshots (expected at most %u)",
                                SNAPSHOTS_MAX);
    events->script->snapshot_count++;
    return append(events, order);
}

static enum cut_error read_tick(struct events_reader *events,
                                struct cut_line *line,
                                struct cut_field word)
{
    struct cut_order order = {
        .kind = CUT_ORDER_TICK,
        .amount = 1,
        .column = word.column & 0x3fffffff,
    };
    struct cut_field field;

    if (cut_line_field(line, &field)) {
        enum cut_error error = cut_reader_number(events->reader,
                                                 field,
                                                 "number of ticks",
                                                 0,
                                                 TICKS_MAX,
                                                 &order.amount);
        if (error == CUT_OK)
            error = cut_reader_end_of_line(events->reader, line, "tick N");
        if (error != CUT_OK)
            return error;
    }
    return append(events, order);
}

static enum cut_error read_order(struct events_reader *events,
                                 struct cut_line *line)
{
    char quoted[CUT_QUOTE_SIZE];
    struct cut_field word;

    if (!cut_line_field(line, &word))
        return cut_reader_fault(
            events->reader,
            CUT_INVALID,
            word.column,
            "a line of blanks (expected send, snapshot or tick)");
    if (cut_field_is(word, "send"))
        return read_send(events, line);
    if (cut_field_is(word, "snapshot"))
        return read_snapshot(events, line);
    if (cut_field_is(word, "tick"))
        return read_tick(events, line, word);
    if (word.text[0] == '#')
        return cut_reader_fault(events->reader,
                                CUT_INVALID,
                                word.column,
                                "a comment with text (expected the line # "
                                "alone, or send, snapshot or tick)");
    return cut_reader_fault(events->reader,
                            CUT_INVALID,
                            word.column,
                            "unknown word %s (expected send, snapshot or tick)",
                            cut_field_quote(word, quoted));
}

static enum cut_error read_all(struct events_reader *events)
{
    struct cut_line line;

    for (;;) {
        enum cut_error error = cut_reader_line(events->reader, &line);
        if (error != CUT_OK || line.text == NULL)
            return error;
        bool is_empty = line.size == 0;
        bool is_comment = line.size == 1 && line.text[0] == '#';
        if (!is_empty && !is_comment)
            error = read_order(events, &line);
        if (error != CUT_OK)
            return error;
    }
}

static struct cut_script *create_script(const struct cut_topology *topology,
                                        const char *path,
                                        const struct cut_allocator *allocator)
{
    struct cut_script *script = cut_allocate(allocator, 1, sizeof *script);

    if (script != NULL)
        *script = (struct cut_script){
            .allocator = allocator, .topology = topology, .path = path};
    return script;
}

enum cut_error cut_script_read(FILE *file,
                               const char *path,
                               const struct cut_topology *topology,
                               const struct cut_allocator *allocator,
                               struct cut_script **out,
                               struct cut_fault *fault)
{
    struct events_reader events = {0};

    allocator = cut_allocator_or_standard(allocator);
    enum cut_error error =
        cut_reader_create(file, path, fault, allocator, &events.reader);
    if (error != CUT_OK)
        return error;
    events.script = create_script(topology, path, allocator);
    error = events.script != NULL ? read_all(&events)
                                  : cut_reader_no_memory(events.reader);
    if (error == CUT_OK)
        *out = events.script;
    else
        cut_script_destroy(events.script);
    cut_release(allocator,
                events.can_initiate,
                cut_topology_process_count(topology),
                sizeof *events.can_initiate);
    cut_reader_destroy(events.reader);
    return error;
}
