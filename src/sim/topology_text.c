/*
 * Topologies as people name them: a file, a shape, or a shape whose size is
 * said elsewhere.
 */
#include "base/fault.h"

#include <cutline/topology.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Shapes: the first four go by a number of processes alone. */
static const char *const shapes[] = {
    "ring",
    "line",
    "complete",
    "star",
    "grid",
    "torus",
    "hypercube",
    "tree",
    "random",
};

/* Return which shape a text begins with; their number where with none. */
static size_t shape_of(const char *text)
{
    size_t size = strcspn(text, ":");
    size_t i = 0;

    while (i < sizeof shapes / sizeof shapes[0] &&
           (strlen(shapes[i]) != size || memcmp(shapes[i], text, size) != 0))
        i++;
    return i;
}

static enum cut_error read_file(const char *path,
                                const struct cut_allocator *allocator,
                                struct cut_topology **out,
                                struct cut_fault *fault)
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "cannot open '%s': %s (expected a .top file, or "
                              "a shape such as ring:5)",
                              path,
                              strerror(errno));
    enum cut_error error = cut_topology_read(file, path, allocator, out, fault);
    fclose(file);
    return error;
}

enum cut_error cut_topology_open(const char *text,
                                 uint32_t process_count,
                                 int64_t seed,
                                 const struct cut_allocator *allocator,
                                 bool *is_generated,
                                 struct cut_topology **out,
                                 struct cut_fault *fault)
{
    char shape[64];
    size_t kind = shape_of(text);

    *is_generated = kind < sizeof shapes / sizeof shapes[0];
    if (!*is_generated)
        return read_file(text, allocator, out, fault);
    if (strchr(text, ':') != NULL)
        return cut_topology_generate(text, seed, allocator, out, fault);
    if (kind > 3 || process_count == 0)
        return cut_fault_fill(fault,
                              CUT_INVALID,
                              "'%s' without its size (expected such as %s)",
                              text,
                              kind == 4   ? "grid:3x4"
                              : kind == 5 ? "torus:3x4"
                              : kind == 6 ? "hypercube:3"
                              : kind == 7 ? "tree:7:2"
                              : kind == 8 ? "random:10:3"
                                          : "ring:5, or with --processes");
    snprintf(shape, sizeof shape, "%s:%" PRIu32, text, process_count);
    return cut_topology_generate(shape, seed, allocator, out, fault);
}
