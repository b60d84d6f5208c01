#include "sim/shape.h"

#include "base/fault.h"
#include "base/reader.h"

#include <cutline/topology.h>
#include <string.h>

#define N_MAX "1073741824" /* CUT_PROCESS_COUNT_MAX */

/* One of a shape's numbers. */
struct parameter {
    const char *of; /* what it counts: "too few ..." */
    uint32_t min;
    uint32_t max;
};

static const struct row {
    const char *word;
    const char *form; /* what is expected, with the range of each number */
    char separator;   /* before the second number; 0: there is none */
    struct parameter parameters[2];
} rows[] = {
    [CUT_SHAPE_RING] = {.word = "ring",
                        .form = "ring:N with N from 2 to " N_MAX,
                        .parameters = {{"processes", 2, 1 << 30}}},
    [CUT_SHAPE_LINE] = {.word = "line",
                        .form = "line:N with N from 1 to " N_MAX,
                        .parameters = {{"processes", 1, 1 << 30}}},
    [CUT_SHAPE_STAR] = {.word = "star",
                        .form = "star:N with N from 1 to " N_MAX,
                        .parameters = {{"processes", 1, 1 << 30}}},
    [CUT_SHAPE_GRID] = {.word = "grid",
                        .form = "grid:AxB with A and B from 1 to " N_MAX,
                        .separator = 'x',
                        .parameters = {{"rows", 1, 1 << 30},
                                       {"columns", 1, 1 << 30}}},
    [CUT_SHAPE_TORUS] = {.word = "torus",
                         .form = "torus:AxB with A and B from 1 to " N_MAX,
                         .separator = 'x',
                         .parameters = {{"rows", 1, 1 << 30},
                                        {"columns", 1, 1 << 30}}},
    [CUT_SHAPE_HYPERCUBE] = {.word = "hypercube",
                             .form = "hypercube:D with D from 0 to 26",
                             .parameters = {{"dimensions", 0, 26}}},
    [CUT_SHAPE_TREE] = {.word = "tree",
                        .form = "tree:N:K with N and K from 1 to " N_MAX,
                        .separator = ':',
                        .parameters = {{"processes", 1, 1 << 30},
                                       {"children a process", 1, 1 << 30}}},
    [CUT_SHAPE_COMPLETE] = {.word = "complete",
                            .form = "complete:N with N from 1 to " N_MAX,
                            .parameters = {{"processes", 1, 1 << 30}}},
    [CUT_SHAPE_RANDOM] = {.word = "random",
                          .form = "random:N:DEGREE with N from 2 to " N_MAX
                                  " and DEGREE from 1 to N - 1",
                          .separator = ':',
                          .parameters = {{"processes", 2, 1 << 30},
                                         {"channels a process", 1, 1 << 30}}},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const char *quote(const char *text, char out[CUT_QUOTE_SIZE])
{
    struct cut_field field = {.text = text, .size = strlen(text)};

    return cut_field_quote(field, out);
}

/* Say what is wrong with a shape of a known kind. */
static enum cut_error refuse(const char *text,
                             const struct row *row,
                             const char *wrong,
                             const char *of,
                             struct cut_fault *fault)
{
    char quoted[CUT_QUOTE_SIZE];

    return cut_fault_fill(fault,
                          CUT_INVALID,
                          "%s %s%s (expected %s)",
                          quote(text, quoted),
                          wrong,
                          of,
                          row->form);
}

static const struct row *row_of(const char *text)
{
    size_t size = strcspn(text, ":");

    for (const struct row *row = rows; row < rows + ROW_COUNT; row++)
        if (strlen(row->word) == size && memcmp(row->word, text, size) == 0)
            return row;
    return NULL;
}

/* Take a number that is small enough to be multiplied; past `max` it stands
 * for all larger ones. Returns false: there is no digit. */
static bool take_number(const char **at, uint32_t max, uint32_t *out)
{
    const char *begin = *at;
    uint64_t number = 0;

    for (; **at >= '0' && **at <= '9'; ++*at)
        if (number <= max)
            number = number * 10 + (unsigned)(**at - '0');
    *out = number <= max ? (uint32_t)number : max + 1;
    return *at > begin;
}

static bool take(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    ++*at;
    return true;
}

static enum cut_error check_range(const char *text,
                                  const struct row *row,
                                  unsigned which,
                                  uint32_t number,
                                  struct cut_fault *fault)
{
    const struct parameter *parameter = &row->parameters[which];

    if (number < parameter->min)
        return refuse(text, row, "has too few ", parameter->of, fault);
    if (number > parameter->max)
        return refuse(text, row, "has too many ", parameter->of, fault);
    return CUT_OK;
}

static enum cut_error parse_numbers(const char *text,
                                    const struct row *row,
                                    struct cut_shape *shape,
                                    struct cut_fault *fault)
{
    const char *at = text + strlen(row->word);
    bool is_form =
        take(&at, ':') && take_number(&at, row->parameters[0].max, &shape->a);

    shape->b = 1;
    if (is_form && row->separator != '\0')
        is_form = take(&at, row->separator) &&
                  take_number(&at, row->parameters[1].max, &shape->b);
    if (!is_form || *at != '\0')
        return refuse(text, row, "is malformed", "", fault);
    enum cut_error error = check_range(text, row, 0, shape->a, fault);
    if (error == CUT_OK && row->separator != '\0')
        error = check_range(text, row, 1, shape->b, fault);
    if (error == CUT_OK && shape->kind == CUT_SHAPE_RANDOM &&
        shape->b >= shape->a)
        return refuse(text, row, "has too many ", row->parameters[1].of, fault);
    return error;
}

/* The neighbours along one dimension of a torus. */
static uint64_t neighbour_count(uint32_t size)
{
    return size < 3 ? size - 1 : 2;
}

static uint64_t count_processes(const struct cut_shape *shape)
{
    switch (shape->kind) {
    case CUT_SHAPE_GRID:
    case CUT_SHAPE_TORUS:
        return (uint64_t)shape->a * shape->b;
    case CUT_SHAPE_HYPERCUBE:
        return UINT64_C(1) << shape->a;
    case CUT_SHAPE_RING:
    case CUT_SHAPE_LINE:
    case CUT_SHAPE_STAR:
    case CUT_SHAPE_TREE:
    case CUT_SHAPE_COMPLETE:
    case CUT_SHAPE_RANDOM:
        break;
    }
    return shape->a;
}

static uint64_t count_channels(const struct cut_shape *shape)
{
    uint64_t a = shape->a;
    uint64_t b = shape->b;

    switch (shape->kind) {
    case CUT_SHAPE_RING:
        return a;
    case CUT_SHAPE_LINE:
    case CUT_SHAPE_STAR:
    case CUT_SHAPE_TREE:
        return 2 * (a - 1);
    case CUT_SHAPE_GRID:
        return 2 * (a * (b - 1) + b * (a - 1));
    case CUT_SHAPE_TORUS:
        return a * b * (neighbour_count(shape->a) + neighbour_count(shape->b));
    case CUT_SHAPE_HYPERCUBE:
        return a << a;
    case CUT_SHAPE_RANDOM:
        return a * b;
    case CUT_SHAPE_COMPLETE:
        break;
    }
    return 0; /* none that takes memory */
}

static enum cut_error
set_counts(const char *text, struct cut_shape *shape, struct cut_fault *fault)
{
    char quoted[CUT_QUOTE_SIZE];
    uint64_t processes = count_processes(shape);
    uint64_t channels = count_channels(shape);

    if (processes > CUT_PROCESS_COUNT_MAX)
        return cut_fault_fill(fault,
                              CUT_LIMIT,
                              "%s has too many processes (expected at most %u)",
                              quote(text, quoted),
                              (unsigned)CUT_PROCESS_COUNT_MAX);
    if (channels > CUT_CHANNEL_COUNT_MAX)
        return cut_fault_fill(fault,
                              CUT_LIMIT,
                              "%s has too many channels (expected at most %u)",
                              quote(text, quoted),
                              (unsigned)CUT_CHANNEL_COUNT_MAX);
    shape->process_count = (uint32_t)processes;
    shape->channel_count = channels;
    return CUT_OK;
}

enum cut_error cut_shape_parse(const char *text,
                               struct cut_shape *out,
                               struct cut_fault *fault)
{
    const struct row *row = row_of(text);
    char quoted[CUT_QUOTE_SIZE];

    if (row == NULL)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "unknown shape %s (expected ring:N, line:N, "
                              "star:N, grid:AxB, torus:AxB, hypercube:D, "
                              "tree:N:K, complete:N or random:N:DEGREE)",
                              quote(text, quoted));
    struct cut_shape shape = {.kind = (enum cut_shape_kind)(row - rows)};
    enum cut_error error = parse_numbers(text, row, &shape, fault);
    if (error == CUT_OK)
        error = set_counts(text, &shape, fault);
    if (error == CUT_OK)
        *out = shape;
    return error;
}
