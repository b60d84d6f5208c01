/*
 * Topologies that are generated: the neighbours of each process, by arithmetic
 * or drawn, written to where sealing wants them.
 */
#include "base/fault.h"
#include "model/context.h"
#include "sim/names.h"
#include "sim/shape.h"

/* Write where a process's channels go, in any order; return the end. */
typedef uint32_t *
neighbours_of(const struct cut_shape *shape, uint32_t process, uint32_t *out);

static uint32_t *
ring(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    *out++ = process + 1 < shape->a ? process + 1 : 0;
    return out;
}

static uint32_t *
line(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    if (process > 0)
        *out++ = process - 1;
    if (process + 1 < shape->a)
        *out++ = process + 1;
    return out;
}

static uint32_t *
star(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    if (process > 0)
        *out++ = 0;
    else
        for (uint32_t p = 1; p < shape->a; p++)
            *out++ = p;
    return out;
}

static uint32_t *
grid(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    uint32_t columns = shape->b;
    uint32_t row = process / columns;
    uint32_t column = process % columns;

    if (row > 0)
        *out++ = process - columns;
    if (column > 0)
        *out++ = process - 1;
    if (column + 1 < columns)
        *out++ = process + 1;
    if (row + 1 < shape->a)
        *out++ = process + columns;
    return out;
}

/* A dimension of two has one neighbour, not two, and one of one has none. */
static uint32_t *
torus(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    uint32_t rows = shape->a;
    uint32_t columns = shape->b;
    uint32_t row = process / columns;
    uint32_t column = process % columns;
    uint32_t first = process - column;

    if (rows > 1)
        *out++ = (row > 0 ? row - 1 : rows - 1) * columns + column;
    if (columns > 1)
        *out++ = first + (column > 0 ? column - 1 : columns - 1);
    if (columns > 2)
        *out++ = first + (column + 1 < columns ? column + 1 : 0);
    if (rows > 2)
        *out++ = (row + 1 < rows ? row + 1 : 0) * columns + column;
    return out;
}

/* In rising order: the highest bit cleared first, the highest one set last. */
static uint32_t *
hypercube(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    for (uint32_t bit = shape->process_count >> 1; bit > 0; bit >>= 1)
        if ((process & bit) != 0)
            *out++ = process ^ bit;
    for (uint32_t bit = 1; bit < shape->process_count; bit <<= 1)
        if ((process & bit) == 0)
            *out++ = process ^ bit;
    return out;
}

/* As in a heap: the children of p are K * p + 1 to K * p + K. */
static uint32_t *
tree(const struct cut_shape *shape, uint32_t process, uint32_t *out)
{
    uint64_t first = (uint64_t)shape->b * process + 1;

    if (process > 0)
        *out++ = (process - 1) / shape->b;
    for (uint64_t p = first; p < first + shape->b && p < shape->a; p++)
        *out++ = (uint32_t)p;
    return out;
}

static neighbours_of *const neighbours[] = {
    [CUT_SHAPE_RING] = ring,
    [CUT_SHAPE_LINE] = line,
    [CUT_SHAPE_STAR] = star,
    [CUT_SHAPE_GRID] = grid,
    [CUT_SHAPE_TORUS] = torus,
    [CUT_SHAPE_HYPERCUBE] = hypercube,
    [CUT_SHAPE_TREE] = tree,
};

static size_t
fill(const struct cut_shape *shape, uint32_t *outgoing, uint32_t *destination)
{
    uint32_t *end = destination;

    for (uint32_t p = 0; p < shape->process_count; p++) {
        outgoing[p] = (uint32_t)(end - destination);
        end = neighbours[shape->kind](shape, p, end);
    }
    outgoing[shape->process_count] = (uint32_t)(end - destination);
    return (size_t)(end - destination);
}

/*
 * Draw a ring through all processes: next[p] is the one after p. Source:
 * Sattolo 1986.
 */
static void draw_ring(uint64_t *random, uint32_t count, uint32_t *next)
{
    for (uint32_t p = 0; p < count; p++)
        next[p] = p;
    for (uint32_t p = count - 1; p > 0; p--) {
        uint32_t other = (uint32_t)cut_random_next_below(random, p);
        uint32_t kept = next[p];
        next[p] = next[other];
        next[other] = kept;
    }
}

/* The process with a number among all but two. */
static uint32_t other_than(uint32_t a, uint32_t b, uint32_t number)
{
    number += number >= (a < b ? a : b);
    number += number >= (a < b ? b : a);
    return number;
}

/*
 * Draw DEGREE - 1 processes that are neither `process` nor `next`, each set of
 * them as likely. Source: Floyd 1987 (Bentley, Programming Pearls, CACM 30(9)).
 *
 *   drawn_for  by process: for whom it was drawn last; changed.
 */
static uint32_t *draw_others(uint64_t *random,
                             const struct cut_shape *shape,
                             uint32_t process,
                             uint32_t next,
                             uint32_t *drawn_for,
                             uint32_t *out)
{
    uint32_t others = shape->process_count - 2;

    for (uint32_t i = others - (shape->b - 1); i < others; i++) {
        uint32_t number = (uint32_t)cut_random_next_below(random, i + 1);
        uint32_t other = other_than(process, next, number);
        if (drawn_for[other] == process)
            other = other_than(process, next, i);
        drawn_for[other] = process;
        *out++ = other;
    }
    return out;
}

/* Fill a random topology; `next` and `drawn_for` have room for each process. */
static void fill_random(const struct cut_shape *shape,
                        int64_t seed,
                        uint32_t *next,
                        uint32_t *drawn_for,
                        struct cut_topology *topology,
                        uint32_t *destination)
{
    /* Not the numbers of a process of the run, nor those of its network. */
    uint64_t random = cut_random_seed(seed, CUT_NONE - 1);
    uint32_t *end = destination;

    draw_ring(&random, shape->process_count, next);
    for (uint32_t p = 0; p < shape->process_count; p++)
        drawn_for[p] = CUT_NONE;
    for (uint32_t p = 0; p < shape->process_count; p++) {
        topology->outgoing[p] = (uint32_t)(end - destination);
        *end++ = next[p];
        end = draw_others(&random, shape, p, next[p], drawn_for, end);
    }
    topology->outgoing[shape->process_count] = (uint32_t)(end - destination);
}

static enum cut_error make_random(const struct cut_shape *shape,
                                  int64_t seed,
                                  struct cut_topology *topology,
                                  uint32_t *destination)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = shape->process_count;
    uint32_t *next = cut_allocate(allocator, count, sizeof *next);
    uint32_t *drawn_for = cut_allocate(allocator, count, sizeof *drawn_for);
    enum cut_error error = CUT_NOMEM;

    if (next != NULL && drawn_for != NULL) {
        fill_random(shape, seed, next, drawn_for, topology, destination);
        error = CUT_OK;
    }
    cut_release(allocator, next, count, sizeof *next);
    cut_release(allocator, drawn_for, count, sizeof *drawn_for);
    return error;
}

static enum cut_error make_channels(const struct cut_shape *shape,
                                    int64_t seed,
                                    struct cut_topology *topology)
{
    const struct cut_allocator *allocator = topology->allocator;
    size_t count = shape->process_count;
    size_t capacity = shape->channel_count;
    enum cut_error error = CUT_OK;

    topology->outgoing = cut_allocate(allocator, count + 1, 4);
    uint32_t *destination = cut_allocate(allocator, capacity, 4);
    if (topology->outgoing == NULL || destination == NULL)
        error = CUT_NOMEM;
    else if (shape->kind == CUT_SHAPE_RANDOM)
        error = make_random(shape, seed, topology, destination);
    else
        CUT_ASSERT(fill(shape, topology->outgoing, destination) == capacity);
    if (error == CUT_OK)
        return cut_topology_set_channels(topology, destination, capacity);
    cut_release(allocator, destination, capacity, 4);
    return error;
}

static void make_complete(struct cut_topology *topology)
{
    topology->is_complete = true;
    uint64_t count = cut_graph_channel_count(topology);
    topology->channel_count =
        count <= CUT_CHANNEL_COUNT_MAX ? (uint32_t)count : CUT_NONE;
}

enum cut_error cut_topology_generate(const char *text,
                                     int64_t seed,
                                     const struct cut_allocator *allocator,
                                     struct cut_topology **out,
                                     struct cut_fault *fault)
{
    struct cut_topology *topology = NULL;
    struct cut_shape shape;
    enum cut_error error = cut_shape_parse(text, &shape, fault);

    if (error != CUT_OK)
        return error;
    error = cut_topology_create(allocator, &topology);
    if (error == CUT_OK)
        error = cut_topology_number(topology, shape.process_count);
    if (error == CUT_OK && shape.kind == CUT_SHAPE_COMPLETE)
        make_complete(topology);
    else if (error == CUT_OK)
        error = make_channels(&shape, seed, topology);
    if (error != CUT_OK) {
        cut_topology_destroy(topology);
        return cut_fault_fill(fault, error, "out of memory");
    }
    topology->is_sealed = true;
    *out = topology;
    return CUT_OK;
}
