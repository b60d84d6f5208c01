/*
 * Reading `.snap` files: a number, the tokens of every server, messages.
 */
#include "sim/names.h"
#include "sim/snap.h"

#include <string.h>

struct snap_reader {
    struct cut_reader *reader;
    const struct cut_allocator *allocator;
    const struct cut_topology *topology;
    uint64_t number;
    uint64_t *tokens;                      /* by process */
    bool *has_tokens;                      /* by process */
    struct cut_snapshot_message *messages; /* in the order of the file */
    size_t message_count;
    size_t message_capacity;
};

static enum cut_error next_line(struct snap_reader *snap, struct cut_line *line)
{
    enum cut_error error;

    do
        error = cut_reader_line(snap->reader, line);
    while (error == CUT_OK && line->text != NULL && line->size == 0);
    return error;
}

static enum cut_error read_number(struct snap_reader *snap)
{
    struct cut_line line;
    struct cut_field field;
    enum cut_error error = next_line(snap, &line);

    if (error != CUT_OK)
        return error;
    if (line.text == NULL)
        return cut_reader_fault(snap->reader,
                                CUT_INVALID,
                                1,
                                "the file ends here (expected the snapshot's "
                                "id)");
    cut_line_field(&line, &field);
    error = cut_reader_number(
        snap->reader, field, "snapshot's id", 0, UINT64_MAX - 1, &snap->number);
    if (error == CUT_OK)
        error = cut_reader_end_of_line(
            snap->reader, &line, "the snapshot's id alone");
    return error;
}

static enum cut_error
find_server(struct snap_reader *snap, struct cut_field field, uint32_t *process)
{
    char quoted[CUT_QUOTE_SIZE];

    *process = cut_topology_find(snap->topology, field.text, field.size);
    if (*process != CUT_NONE)
        return CUT_OK;
    return cut_reader_fault(snap->reader,
                            CUT_INVALID,
                            field.column,
                            "unknown server %s (expected one of the topology)",
                            cut_field_quote(field, quoted));
}

static enum cut_error read_tokens(struct snap_reader *snap,
                                  struct cut_field name,
                                  struct cut_field tokens)
{
    char quoted[CUT_QUOTE_SIZE];
    uint32_t process;
    enum cut_error error = find_server(snap, name, &process);

    if (error != CUT_OK)
        return error;
    if (snap->has_tokens[process])
        return cut_reader_fault(snap->reader,
                                CUT_INVALID,
                                name.column,
                                "server %s is there already (expected each "
                                "once)",
                                cut_field_quote(name, quoted));
    snap->has_tokens[process] = true;
    return cut_reader_number(snap->reader,
                             tokens,
                             "number of tokens",
                             0,
                             (uint64_t)CUT_TOKENS_MAX,
                             &snap->tokens[process]);
}

/* Take the number out of "token(N)". */
static enum cut_error read_token_word(struct snap_reader *snap,
                                      struct cut_field word,
                                      uint64_t *tokens)
{
    static const char prefix[] = "token(";
    size_t prefix_size = sizeof prefix - 1;
    char quoted[CUT_QUOTE_SIZE];

    if (word.size <= prefix_size + 1 ||
        memcmp(word.text, prefix, prefix_size) != 0 ||
        word.text[word.size - 1] != ')')
        return cut_reader_fault(snap->reader,
                                CUT_INVALID,
                                word.column,
                                "%s is no message (expected token(N))",
                                cut_field_quote(word, quoted));
    struct cut_field number = {
        .text = word.text + prefix_size,
        .size = word.size - prefix_size - 1,
        .column = word.column + prefix_size,
    };
    return cut_reader_number(snap->reader,
                             number,
                             "number of tokens",
                             0,
                             (uint64_t)CUT_TOKENS_MAX,
                             tokens);
}

static enum cut_error append(struct snap_reader *snap,
                             struct cut_snapshot_message message)
{
    struct cut_snapshot_message *messages = cut_grow(snap->allocator,
                                                     snap->messages,
                                                     &snap->message_capacity,
                                                     snap->message_count + 1,
                                                     sizeof *messages);

    if (messages == NULL)
        return cut_reader_no_memory(snap->reader);
    snap->messages = messages;
    messages[snap->message_count++] = message;
    return CUT_OK;
}

static enum cut_error read_message(struct snap_reader *snap,
                                   const struct cut_field fields[3])
{
    char quoted[2][CUT_QUOTE_SIZE];
    struct cut_snapshot_message message;
    enum cut_error error = find_server(snap, fields[0], &message.source);

    if (error == CUT_OK)
        error = find_server(snap, fields[1], &message.destination);
    if (error == CUT_OK)
        error = read_token_word(snap, fields[2], &message.tokens);
    if (error != CUT_OK)
        return error;
    if (cut_topology_channel(
            snap->topology, message.source, message.destination) == CUT_NONE)
        return cut_reader_fault(snap->reader,
                                CUT_INVALID,
                                fields[1].column,
                                "no link from %s to %s (expected one of the "
                                "topology)",
                                cut_field_quote(fields[0], quoted[0]),
                                cut_field_quote(fields[1], quoted[1]));
    return append(snap, message);
}

static enum cut_error read_line(struct snap_reader *snap, struct cut_line *line)
{
    static const char expected[] = "ID TOKENS, or SRC DST token(N)";
    struct cut_field fields[3];

    if (!cut_line_field(line, &fields[0]) || !cut_line_field(line, &fields[1]))
        return cut_reader_fault(snap->reader,
                                CUT_INVALID,
                                line->at + 1,
                                "a field is missing (expected %s)",
                                expected);
    if (!cut_line_field(line, &fields[2]))
        return read_tokens(snap, fields[0], fields[1]);
    enum cut_error error = cut_reader_end_of_line(snap->reader, line, expected);
    return error == CUT_OK ? read_message(snap, fields) : error;
}

static enum cut_error check_all_there(struct snap_reader *snap)
{
    char quoted[CUT_QUOTE_SIZE];

    for (uint32_t p = 0; p < snap->topology->process_count; p++)
        if (!snap->has_tokens[p])
            return cut_reader_fault(
                snap->reader,
                CUT_INVALID,
                1,
                "the file ends without the tokens of "
                "%s (expected every server's)",
                cut_topology_quote(snap->topology, p, quoted));
    return CUT_OK;
}

static enum cut_error read_all(struct snap_reader *snap)
{
    struct cut_line line;
    enum cut_error error = read_number(snap);

    while (error == CUT_OK) {
        error = next_line(snap, &line);
        if (error == CUT_OK && line.text == NULL)
            return check_all_there(snap);
        if (error == CUT_OK)
            error = read_line(snap, &line);
    }
    return error;
}

/* Bring the messages into the order of their destinations, keeping ties. */
static void group(const struct snap_reader *snap,
                  uint64_t *places,
                  struct cut_snapshot_message *out)
{
    uint32_t count = snap->topology->process_count;
    uint64_t at = 0;

    memset(places, 0, count * sizeof *places);
    for (size_t i = 0; i < snap->message_count; i++)
        places[snap->messages[i].destination]++;
    for (uint32_t p = 0; p < count; p++) {
        uint64_t size = places[p];
        places[p] = at;
        at += size;
    }
    for (size_t i = 0; i < snap->message_count; i++)
        out[places[snap->messages[i].destination]++] = snap->messages[i];
}

static enum cut_error finish(struct snap_reader *snap,
                             struct cut_snapshot **out)
{
    struct cut_snapshot_message *messages;
    uint64_t *tokens;
    struct cut_snapshot *snapshot = cut_snapshot_create(snap->topology,
                                                        snap->message_count,
                                                        snap->allocator,
                                                        &tokens,
                                                        &messages);

    if (snapshot == NULL)
        return cut_reader_no_memory(snap->reader);
    snapshot->number = snap->number;
    group(snap, tokens, messages); /* tokens serve as its places first */
    memcpy(
        tokens, snap->tokens, snap->topology->process_count * sizeof *tokens);
    *out = snapshot;
    return CUT_OK;
}

enum cut_error cut_snapshot_read(FILE *file,
                                 const char *path,
                                 const struct cut_topology *topology,
                                 const struct cut_allocator *allocator,
                                 struct cut_snapshot **out,
                                 struct cut_fault *fault)
{
    size_t count = topology->process_count;
    struct snap_reader snap = {.topology = topology};

    allocator = cut_allocator_or_standard(allocator);
    snap.allocator = allocator;
    enum cut_error error =
        cut_reader_create(file, path, fault, allocator, &snap.reader);
    if (error != CUT_OK)
        return error;
    snap.tokens = cut_allocate(allocator, count, sizeof *snap.tokens);
    snap.has_tokens =
        cut_allocate_zeroed(allocator, count, sizeof *snap.has_tokens);
    if (snap.tokens == NULL || snap.has_tokens == NULL) {
        cut_reader_no_memory(snap.reader);
        error = CUT_NOMEM;
    } else {
        error = read_all(&snap);
        if (error == CUT_OK)
            error = finish(&snap, out);
    }
    cut_release(allocator, snap.tokens, count, sizeof *snap.tokens);
    cut_release(allocator, snap.has_tokens, count, sizeof *snap.has_tokens);
    cut_release(
        allocator, snap.messages, snap.message_capacity, sizeof *snap.messages);
    cut_reader_destroy(snap.reader);
    return error;
}
