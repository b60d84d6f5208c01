/*
 * Reading `.top` files: a count, that many processes, then channels.
 */
#include "base/reader.h"
#include "sim/names.h"

struct top_reader {
    struct cut_reader *reader;
    struct cut_topology *topology;
    uint64_t process_count; /* as the file says */
};

/* Read the next line that is neither empty nor a comment. */
static enum cut_error next_line(struct cut_reader *reader,
                                struct cut_line *line)
{
    enum cut_error error;

    do
        error = cut_reader_line(reader, line);
    while (error == CUT_OK && line->text != NULL &&
           (line->size == 0 || line->text[0] == '#'));
    return error;
}

static enum cut_error read_count(struct top_reader *top)
{
    struct cut_line line;
    struct cut_field field;
    enum cut_error error = next_line(top->reader, &line);

    if (error != CUT_OK)
        return error;
    if (line.text == NULL)
        return cut_reader_fault(
            top->reader,
            CUT_INVALID,
            1,
            "the file ends here (expected the number of servers)");
    cut_line_field(&line, &field);
    error = cut_reader_number(top->reader,
                              field,
                              "number of servers",
                              1,
                              CUT_PROCESS_COUNT_MAX,
                              &top->process_count);
    if (error == CUT_OK)
        error = cut_reader_end_of_line(
            top->reader, &line, "the number of servers alone");
    return error;
}

/* Say why a process could not be added. */
static enum cut_error refuse_process(struct top_reader *top,
                                     enum cut_error error,
                                     struct cut_field name,
                                     struct cut_field tokens)
{
    char quoted[CUT_QUOTE_SIZE];

    switch (error) {
    case CUT_INVALID:
        return cut_reader_fault(top->reader,
                                error,
                                name.column,
                                "%s is not a name (expected 1 to %d bytes of "
                                "UTF-8 without control characters)",
                                cut_field_quote(name, quoted),
                                CUT_NAME_SIZE_MAX);
    case CUT_STATE:
        return cut_reader_fault(top->reader,
                                CUT_INVALID,
                                name.column,
                                "server %s is there already (expected each "
                                "once)",
                                cut_field_quote(name, quoted));
    case CUT_LIMIT:
        return cut_reader_fault(top->reader,
                                CUT_INVALID,
                                tokens.column,
                                "too many tokens (expected at most 2^63 - 1 "
                                "in the whole system)");
    case CUT_OK:
    case CUT_PROTOCOL:
    case CUT_NOMEM:
    case CUT_IO:
        break;
    }
    return cut_reader_no_memory(top->reader);
}

static enum cut_error read_process(struct top_reader *top,
                                   struct cut_line *line)
{
    struct cut_field name;
    struct cut_field tokens;
    uint64_t number;

    if (!cut_line_field(line, &name))
        return cut_reader_fault(top->reader,
                                CUT_INVALID,
                                name.column,
                                "a line of blanks (expected ID TOKENS)");
    cut_line_field(line, &tokens);
    enum cut_error error = cut_reader_number(top->reader,
                                             tokens,
                                             "number of tokens",
                                             0,
                                             (uint64_t)CUT_TOKENS_MAX,
                                             &number);
    if (error == CUT_OK)
        error = cut_reader_end_of_line(top->reader, line, "ID TOKENS");
    if (error != CUT_OK)
        return error;
    error =
        cut_topology_add_process(top->topology, name.text, name.size, number);
    if (error != CUT_OK)
        return refuse_process(top, error, name, tokens);
    return CUT_OK;
}

static enum cut_error read_processes(struct top_reader *top)
{
    struct cut_line line;

    for (uint64_t i = 0; i < top->process_count; i++) {
        enum cut_error error = next_line(top->reader, &line);
        if (error != CUT_OK)
            return error;
        if (line.text == NULL)
            return cut_reader_fault(top->reader,
                                    CUT_INVALID,
                                    1,
                                    "the file ends after %llu of %llu "
                                    "servers (expected all)",
                                    (unsigned long long)i,
                                    (unsigned long long)top->process_count);
        error = read_process(top, &line);
        if (error != CUT_OK)
            return error;
    }
    return CUT_OK;
}

/* Read one end of a channel. */
static enum cut_error
read_end(struct top_reader *top, struct cut_line *line, uint32_t *process)
{
    char quoted[CUT_QUOTE_SIZE];
    struct cut_field field;

    if (!cut_line_field(line, &field))
        return cut_reader_fault(top->reader,
                                CUT_INVALID,
                                field.column,
                                "a server is missing (expected SRC DST)");
    *process = cut_topology_find(top->topology, field.text, field.size);
    if (*process == CUT_NONE)
        return cut_reader_fault(top->reader,
                                CUT_INVALID,
                                field.column,
                                "unknown server %s (expected one of the %llu "
                                "above)",
                                cut_field_quote(field, quoted),
                                (unsigned long long)top->process_count);
    return CUT_OK;
}

static enum cut_error read_channel(struct top_reader *top,
                                   struct cut_line *line)
{
    uint32_t source = CUT_NONE;
    uint32_t destination = CUT_NONE;
    enum cut_error error = read_end(top, line, &source);

    if (error == CUT_OK)
        error = read_end(top, line, &destination);
    if (error == CUT_OK)
        error = cut_reader_end_of_line(top->reader, line, "SRC DST");
    if (error != CUT_OK)
        return error;
    error = cut_topology_add_channel(top->topology, source, destination);
    if (error == CUT_LIMIT)
        return cut_reader_fault(top->reader,
                                error,
                                1,
                                "too many links (expected at most %lu)",
                                (unsigned long)CUT_CHANNEL_COUNT_MAX);
    return error == CUT_OK ? CUT_OK : cut_reader_no_memory(top->reader);
}

static enum cut_error read_channels(struct top_reader *top)
{
    struct cut_line line;

    for (;;) {
        enum cut_error error = next_line(top->reader, &line);
        if (error != CUT_OK || line.text == NULL)
            return error;
        error = read_channel(top, &line);
        if (error != CUT_OK)
            return error;
    }
}

static enum cut_error read_all(struct top_reader *top)
{
    enum cut_error error = read_count(top);

    if (error == CUT_OK)
        error = read_processes(top);
    if (error == CUT_OK)
        error = read_channels(top);
    if (error == CUT_OK && cut_topology_seal(top->topology) != CUT_OK)
        error = cut_reader_no_memory(top->reader);
    return error;
}

enum cut_error cut_topology_read(FILE *file,
                                 const char *path,
                                 const struct cut_allocator *allocator,
                                 struct cut_topology **out,
                                 struct cut_fault *fault)
{
    struct top_reader top = {0};

    allocator = cut_allocator_or_standard(allocator);
    enum cut_error error =
        cut_reader_create(file, path, fault, allocator, &top.reader);
    if (error != CUT_OK)
        return error;
    error = cut_topology_create(allocator, &top.topology);
    if (error != CUT_OK)
        cut_reader_no_memory(top.reader);
    else
        error = read_all(&top);
    if (error == CUT_OK)
        *out = top.topology;
    else
        cut_topology_destroy(top.topology);
    cut_reader_destroy(top.reader);
    return error;
}
