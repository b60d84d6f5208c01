#include "main/request.h"

#include <inttypes.h>

/* The system where nothing is said. */
#define PROCESSES_DEFAULT 3

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

/* Make the topology that a text describes; of `count` processes, 0: any. */
static enum cut_error make(struct cut_request *request,
                           const char *text,
                           uint32_t count,
                           struct cut_refusal *refusal)
{
    struct cut_fault fault = {0};
    enum cut_error error = cut_topology_open(text,
                                             count,
                                             request->seed,
                                             NULL,
                                             &request->is_generated,
                                             &request->topology,
                                             &fault);

    return error == CUT_OK ? CUT_OK : refuse_fault(&fault, refusal);
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
