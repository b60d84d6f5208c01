#include "expect.h"

#include "commands.h"
#include "input.h"

#include <inttypes.h>
#include <stdlib.h>

struct expectation {
    const char *path;
    struct cut_snapshot *snapshot;
    bool is_checked;
};

struct cut_expectations {
    const struct cut_command *command;
    size_t count;
    struct expectation all[];
};

static struct expectation *find(struct cut_expectations *expectations,
                                uint64_t number)
{
    for (size_t i = 0; i < expectations->count; i++)
        if (expectations->all[i].snapshot->number == number)
            return &expectations->all[i];
    return NULL;
}

/* Read the next file. It is counted, and so destroyed, once it is read. */
static enum cut_error add(struct cut_expectations *expectations,
                          const struct cut_topology *topology,
                          const char *path)
{
    struct cut_input input;
    struct cut_snapshot *snapshot;

    enum cut_error error = cut_input_open(&input, expectations->command, path);
    if (error != CUT_OK)
        return error;
    error = cut_snapshot_read(
        input.file, path, topology, NULL, &snapshot, &input.fault);
    cut_input_close(&input, error);
    if (error != CUT_OK)
        return error;
    const struct expectation *twin = find(expectations, snapshot->number);
    if (twin != NULL) {
        cut_complain(stderr,
                     expectations->command,
                     "%s: snapshot %" PRIu64 " is expected already (by %s; "
                     "expected each once)",
                     path,
                     snapshot->number,
                     twin->path);
        cut_snapshot_destroy(snapshot);
        return CUT_INVALID;
    }
    expectations->all[expectations->count++] =
        (struct expectation){.path = path, .snapshot = snapshot};
    return CUT_OK;
}

enum cut_error cut_expectations_read(const struct cut_arguments *arguments,
                                     const struct cut_topology *topology,
                                     struct cut_expectations **out)
{
    size_t count = cut_arguments_count(arguments, CUT_OPTION_EXPECT);
    struct cut_expectations *expectations =
        calloc(1, sizeof *expectations + count * sizeof(struct expectation));
    enum cut_error error = CUT_OK;

    if (expectations == NULL) {
        cut_complain(stderr, cut_arguments_command(arguments), "out of memory");
        return CUT_NOMEM;
    }
    expectations->command = cut_arguments_command(arguments);
    for (size_t i = 0; i < count && error == CUT_OK; i++)
        error = add(expectations,
                    topology,
                    cut_arguments_nth(arguments, CUT_OPTION_EXPECT, i));
    if (error == CUT_OK)
        *out = expectations;
    else
        cut_expectations_destroy(expectations);
    return error;
}

void cut_expectations_destroy(struct cut_expectations *expectations)
{
    if (expectations == NULL)
        return;
    for (size_t i = 0; i < expectations->count; i++)
        cut_snapshot_destroy(expectations->all[i].snapshot);
    free(expectations);
}

bool cut_expectations_check(struct cut_expectations *expectations,
                            const struct cut_snapshot *snapshot,
                            FILE *errors,
                            const char **path)
{
    struct expectation *expectation = find(expectations, snapshot->number);

    *path = expectation != NULL ? expectation->path : NULL;
    if (expectation == NULL)
        return true;
    expectation->is_checked = true;
    if (cut_snapshot_equal(expectation->snapshot, snapshot))
        return true;
    cut_complain(errors,
                 expectations->command,
                 "snapshot %" PRIu64 " differs from %s (- expected, "
                 "+ recorded):",
                 snapshot->number,
                 expectation->path);
    /* Standard error is all there is to tell a failure to. */
    enum cut_error ignored =
        cut_snapshot_write_difference(expectation->snapshot, snapshot, errors);
    (void)ignored;
    return false;
}

bool cut_expectations_finish(const struct cut_expectations *expectations,
                             uint64_t snapshot_count,
                             FILE *errors)
{
    bool are_all_checked = true;

    for (size_t i = 0; i < expectations->count; i++) {
        const struct expectation *expectation = &expectations->all[i];
        if (expectation->is_checked)
            continue;
        are_all_checked = false;
        cut_complain(errors,
                     expectations->command,
                     "%s: there is no snapshot %" PRIu64 " (expected below "
                     "%" PRIu64 ", the snapshots of this run)",
                     expectation->path,
                     expectation->snapshot->number,
                     snapshot_count);
    }
    uint64_t compared = 0;
    for (size_t i = 0; i < expectations->count; i++)
        compared += expectations->all[i].is_checked;
    if (are_all_checked && compared > 0 && compared < snapshot_count)
        cut_complain(errors,
                     expectations->command,
                     "note: %" PRIu64 " of %" PRIu64
                     " snapshots were compared (the others have no --expect)",
                     compared,
                     snapshot_count);
    return are_all_checked;
}
