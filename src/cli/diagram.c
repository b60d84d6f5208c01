/* Makes a diagram, and decides which columns it has. */
#include "diagram_layout.h"

#include <inttypes.h>
#include <string.h>

void *diagram_append(struct cut_diagram *diagram,
                     struct diagram_array *array,
                     size_t size)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity == 0 ? 64 : array->capacity * 2;
        const struct cut_allocator *allocator = diagram->allocator;
        void *elements = allocator->resize(allocator->context,
                                           array->elements,
                                           array->capacity * size,
                                           capacity * size);
        if (elements == NULL) {
            diagram->error = CUT_NOMEM;
            return NULL;
        }
        array->elements = elements;
        array->capacity = capacity;
    }
    void *element = (char *)array->elements + array->count++ * size;
    memset(element, 0, size);
    return element;
}

static void
release(struct cut_diagram *diagram, void *memory, size_t count, size_t size)
{
    const struct cut_allocator *allocator = diagram->allocator;
    if (memory != NULL)
        allocator->resize(allocator->context, memory, count * size, 0);
}

static void *allocate(struct cut_diagram *diagram, size_t count, size_t size)
{
    const struct cut_allocator *allocator = diagram->allocator;
    return allocator->resize(allocator->context, NULL, 0, count * size);
}

static void
release_array(struct cut_diagram *diagram, struct diagram_array *a, size_t size)
{
    release(diagram, a->elements, a->capacity, size);
}

void cut_diagram_destroy(struct cut_diagram *diagram)
{
    if (diagram == NULL)
        return;
    size_t count = diagram->column_count;
    release(diagram, diagram->columns, count, sizeof(uint32_t));
    release(diagram, diagram->holds, count, sizeof(uint64_t));
    release(diagram, diagram->lives, count, sizeof(struct diagram_life));
    release(diagram, diagram->free_rows, diagram->width, sizeof(uint32_t));
    release(
        diagram, diagram->queues, count * count, sizeof(struct diagram_queue));
    release_array(diagram, &diagram->items, sizeof(struct diagram_item));
    release_array(diagram, &diagram->ticks, sizeof(struct diagram_tick));
    release_array(diagram, &diagram->flights, sizeof(struct diagram_flight));
    release_array(
        diagram, &diagram->snapshots, sizeof(struct diagram_snapshot));
    release_array(diagram, &diagram->captures, count * sizeof(uint32_t));
    release(diagram, diagram, 1, sizeof *diagram);
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Decide how many columns fit, and how wide they are. */
static void measure(struct cut_diagram *diagram, uint32_t wanted)
{
    uint32_t width = diagram->terminal.width;
    uint32_t room = width - diagram->gutter;
    uint32_t count = room / DIAGRAM_PITCH_MIN;
    if (count > wanted)
        count = wanted;
    if (count == 0)
        count = 1;
    diagram->pitch = clamp(room / count, DIAGRAM_PITCH_MIN, DIAGRAM_PITCH_MAX);
    diagram->lane_count = diagram->pitch >= 12  ? DIAGRAM_LANES_MAX
                          : diagram->pitch >= 9 ? 2
                                                : 1;
    diagram->column_count = count;
    diagram->hidden_count = wanted - count;
    /* Beside the last lifeline there is text, as beside the others. */
    diagram->width =
        clamp(diagram->gutter + diagram->pitch * (count + 1), 1, width);
}

static bool allocate_all(struct cut_diagram *diagram)
{
    size_t count = diagram->column_count;
    diagram->columns = allocate(diagram, count, sizeof(uint32_t));
    diagram->holds = allocate(diagram, count, sizeof(uint64_t));
    diagram->lives = allocate(diagram, count, sizeof(struct diagram_life));
    diagram->free_rows = allocate(diagram, diagram->width, sizeof(uint32_t));
    diagram->queues =
        allocate(diagram, count * count, sizeof(struct diagram_queue));
    return diagram->columns != NULL && diagram->holds != NULL &&
           diagram->lives != NULL && diagram->free_rows != NULL &&
           diagram->queues != NULL;
}

uint64_t diagram_tokens(const struct cut_diagram *diagram, uint32_t process)
{
    const struct cut_topology *topology = diagram->cast.topology;
    return topology != NULL ? cut_topology_tokens(topology, process) : 0;
}

static void fill(struct cut_diagram *diagram, const uint32_t *columns)
{
    uint32_t count = diagram->column_count;
    for (uint32_t i = 0; i < count; i++) {
        diagram->columns[i] = columns != NULL ? columns[i] : i;
        diagram->holds[i] = diagram_tokens(diagram, diagram->columns[i]);
        diagram->lives[i] =
            (struct diagram_life){DIAGRAM_NO_ROW, DIAGRAM_NO_ROW};
    }
    for (uint32_t i = 0; i < count * count; i++)
        diagram->queues[i] = (struct diagram_queue){CUT_NONE, CUT_NONE};
    memset(diagram->free_rows, 0, sizeof(uint32_t) * diagram->width);
}

static bool
columns_valid(uint32_t processes, const uint32_t *columns, size_t count)
{
    if (columns == NULL)
        return true;
    if (count == 0 || count > processes)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (columns[i] >= processes)
            return false;
        /* Those that fit are few. */
        for (size_t j = 0; j < i && j < CUT_TERMINAL_WIDTH_MAX; j++) {
            if (columns[j] == columns[i])
                return false;
        }
    }
    return true;
}

enum cut_error cut_diagram_create(const struct cut_cast *cast,
                                  const uint32_t *columns,
                                  size_t column_count,
                                  const struct cut_terminal *terminal,
                                  const struct cut_allocator *allocator,
                                  struct cut_diagram **out)
{
    if (!columns_valid(cast->process_count, columns, column_count))
        return CUT_INVALID;
    if (allocator == NULL)
        allocator = cut_allocator_standard();
    struct cut_diagram *diagram =
        allocator->resize(allocator->context, NULL, 0, sizeof *diagram);
    if (diagram == NULL)
        return CUT_NOMEM;
    *diagram = (struct cut_diagram){
        .cast = *cast,
        .terminal = *terminal,
        .allocator = allocator,
        .flight_free = CUT_NONE,
        .gutter = cast->topology != NULL ? DIAGRAM_GUTTER : DIAGRAM_GUTTER_NS,
    };
    if (diagram->terminal.width < DIAGRAM_WIDTH_MIN)
        diagram->terminal.width = DIAGRAM_WIDTH_MIN;
    measure(diagram,
            columns != NULL ? (uint32_t)column_count : cast->process_count);
    if (!allocate_all(diagram)) {
        cut_diagram_destroy(diagram);
        return CUT_NOMEM;
    }
    fill(diagram, columns);
    *out = diagram;
    return CUT_OK;
}

void cut_diagram_set_subject(struct cut_diagram *diagram, uint64_t message)
{
    diagram->has_subject = true;
    diagram->subject = message;
}

void cut_diagram_number_messages(struct cut_diagram *diagram)
{
    diagram->has_numbers = true;
}
