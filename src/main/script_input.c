#include "main/run.h"

#include <errno.h>
#include <string.h>

static enum cut_error refuse_fault(const struct cut_fault *fault,
                                   struct cut_refusal *refusal)
{
    char text[sizeof refusal->what];

    if (fault->code == CUT_NOMEM)
        return cut_refuse_memory(refusal);
    cut_fault_format(fault, text, sizeof text);
    return cut_refuse(refusal, "", "%s", text);
}

enum cut_error cut_run_read_script(struct cut_run *run,
                                   struct cut_refusal *refusal)
{
    const char *path = run->request.script;
    struct cut_fault fault = {0};
    enum cut_error error;

    if (path == NULL)
        return CUT_OK;
    if (run->process != cut_token_process())
        return cut_refuse(refusal,
                          "events",
                          "a script is for the token process (expected no "
                          "PROGRAM)");
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cut_refuse(
            refusal, "events", "cannot open '%s': %s", path, strerror(errno));
    error = cut_script_read(
        file, path, run->request.topology, NULL, &run->script, &fault);
    fclose(file);
    return error == CUT_OK ? CUT_OK : refuse_fault(&fault, refusal);
}

/* The lines alone: what follows them is as in any other run. */
enum cut_error cut_run_play_script(const struct cut_run *run,
                                   struct cut_sim *sim,
                                   struct cut_refusal *refusal)
{
    struct cut_script_position position = {0};
    struct cut_fault fault = {0};

    if (run->script == NULL)
        return CUT_OK;
    enum cut_error error =
        cut_script_run_some(run->script,
                            sim,
                            &position,
                            cut_script_line_count(run->script),
                            &fault);
    return error == CUT_OK ? CUT_OK : refuse_fault(&fault, refusal);
}
