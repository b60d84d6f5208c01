#include "main/request.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The system where nothing is said. */
#define PROCESSES_DEFAULT 3

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

/* A fault in a file names the place itself. */
static enum cut_error refuse_fault(const struct cut_fault *fault,
                                   struct cut_refusal *refusal)
{
    char text[sizeof refusal->what];

    if (fault->code == CUT_NOMEM)
        return cut_refuse_memory(refusal);
    cut_fault_format(fault, text, sizeof text);
    return cut_refuse(
        refusal, fault->path != NULL ? "" : "topology", "%s", text);
}

static enum cut_error generate(struct cut_request *request,
                               const char *text,
                               struct cut_refusal *refusal)
{
    struct cut_fault fault = {0};
    enum cut_error error = cut_topology_generate(
        text, request->seed, NULL, &request->topology, &fault);

    request->is_generated = true;
    return error == CUT_OK ? CUT_OK : refuse_fault(&fault, refusal);
}

static enum cut_error read_file(struct cut_request *request,
                                const char *path,
                                struct cut_refusal *refusal)
{
    struct cut_fault fault = {0};
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return cut_refuse(refusal,
                          "topology",
                          "cannot open '%s': %s (expected a .top file, or a "
                          "shape such as ring:5)",
                          path,
                          strerror(errno));
    enum cut_error error =
        cut_topology_read(file, path, NULL, &request->topology, &fault);
    fclose(file);
    return error == CUT_OK ? CUT_OK : refuse_fault(&fault, refusal);
}

/* Make the topology that a text describes; of `count` processes, 0: any. */
static enum cut_error make(struct cut_request *request,
                           const char *text,
                           uint32_t count,
                           struct cut_refusal *refusal)
{
    char shape[64];
    size_t kind = shape_of(text);

    if (kind == sizeof shapes / sizeof shapes[0])
        return read_file(request, text, refusal);
    if (strchr(text, ':') != NULL)
        return generate(request, text, refusal);
    if (kind > 3 || count == 0)
        return cut_refuse(refusal,
                          "topology",
                          "'%s' without its size (expected such as %s)",
                          text,
                          kind == 4   ? "grid:3x4"
                          : kind == 5 ? "torus:3x4"
                          : kind == 6 ? "hypercube:3"
                          : kind == 7 ? "tree:7:2"
                          : kind == 8 ? "random:10:3"
                                      : "ring:5, or with --processes");
    snprintf(shape, sizeof shape, "%s:%" PRIu32, text, count);
    return generate(request, shape, refusal);
}

enum cut_error cut_request_system(struct cut_request *request,
                                  const json_t *processes,
                                  const json_t *topology,
                                  struct cut_refusal *refusal)
{
    const char *text = topology != NULL ? json_string_value(topology) : NULL;
    int64_t count = 0;
    enum cut_error error = CUT_OK;

    if (topology != NULL && text == NULL)
        return cut_refuse(
            refusal, "topology", "not a text (expected a file or a shape)");
    if (processes != NULL)
        error = cut_request_number(
            processes, "processes", 1, CUT_PROCESS_COUNT_MAX, &count, refusal);
    else if (text == NULL)
        count = PROCESSES_DEFAULT;
    if (error == CUT_OK)
        error = make(request,
                     text != NULL ? text : "complete",
                     (uint32_t)count,
                     refusal);
    if (error != CUT_OK || count == 0)
        return error;
    uint32_t made = cut_topology_process_count(request->topology);
    if (made == count)
        return CUT_OK;
    return cut_refuse(refusal,
                      "processes",
                      "%" PRId64 " are not the %" PRIu32
                      " of --topology %s (expected one of them, or the same)",
                      count,
                      made,
                      text);
}
