/*
 * Keeping a take whose parts are all there: it is written in another thread,
 * durably; that it is, is what "part" means to the coordinator, whose COMPLETE
 * is the moment to give the file its name.
 */
#include "model/json_value.h"
#include "net/gather.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void say_parts(struct cut_take *take)
{
    struct cut_supervisor *supervisor = take->supervisor;
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_PART,
        .snapshot = take->snapshot,
        .now = cut_supervisor_now(supervisor),
    };

    uint32_t count = supervisor->process_count;

    /* The take is gone when the last one has been said. */
    for (event.process = 0; event.process < count; event.process++)
        if (cut_coordinator_is_member(supervisor->coordinator, event.process))
            cut_gather_step(supervisor, &event);
}

static void work_is_over(struct cut_take *take)
{
    take->is_in_thread = false;
    take->supervisor->jobs--;
}

static void write_in_thread(uv_work_t *work)
{
    cut_take_write(work->data);
}

/* The coordinator is told that it came to nothing: no number is open for ever.
 * Its discard is answered by an abort, which concludes. */
static void discard(struct cut_take *take)
{
    struct cut_coordinator_event event = {
        .kind = CUT_COORDINATOR_EVENT_DISCARDED,
        .process = take->initiator,
        .snapshot = take->snapshot,
        .now = cut_supervisor_now(take->supervisor),
    };

    cut_gather_step(take->supervisor, &event);
}

static void written(uv_work_t *work, int status)
{
    struct cut_take *take = work->data;
    struct cut_supervisor *supervisor = take->supervisor;

    (void)status;
    work_is_over(take);
    if (take->is_given_up) {
        remove(take->part_path);
        cut_take_forget(take);
    } else if (take->failure != 0) {
        discard(take);
    } else {
        say_parts(take);
    }
    cut_supervisor_check_over(supervisor);
}

static void commit_in_thread(uv_work_t *work)
{
    cut_take_commit(work->data);
}

static void committed(uv_work_t *work, int status)
{
    struct cut_take *take = work->data;
    struct cut_supervisor *supervisor = take->supervisor;
    char reason[512];

    (void)status;
    work_is_over(take);
    if (take->failure != 0)
        snprintf(reason,
                 sizeof reason,
                 "cannot write %s: %s",
                 take->failed_at,
                 strerror(take->failure));
    cut_take_conclude(take, take->failure != 0 ? reason : NULL);
    cut_take_forget(take);
    cut_supervisor_check_over(supervisor);
}

static void
in_thread(struct cut_take *take, uv_work_cb work, uv_after_work_cb after)
{
    take->work.data = take;
    take->is_in_thread = true;
    take->supervisor->jobs++;
    if (uv_queue_work(&take->supervisor->loop, &take->work, work, after) != 0) {
        work(&take->work);
        after(&take->work, 0);
    }
}

void cut_take_keep(struct cut_take *take)
{
    if (take->supervisor->config.out != NULL) {
        in_thread(take, commit_in_thread, committed);
        return;
    }
    cut_take_conclude(take, NULL);
    cut_take_forget(take);
}

/* Make the text of the file, and its names. */
static bool prepare_file(struct cut_take *take)
{
    const char *out = take->supervisor->config.out;
    json_t *json = cut_take_json(take);

    if (json != NULL) {
        cut_value_set(&json, "id", cut_value_count(take->id));
        take->text = cut_value_print(json, JSON_INDENT(1));
        json_decref(json);
    }
    if (asprintf(&take->path, "%s/%" PRIu64 ".json", out, take->id) < 0)
        take->path = NULL;
    if (asprintf(&take->part_path, "%s/.%" PRIu64 ".json.part", out, take->id) <
        0)
        take->part_path = NULL;
    return take->text != NULL && take->path != NULL && take->part_path != NULL;
}

/* All parts are there. */
void cut_take_finish(struct cut_take *take)
{
    struct cut_supervisor *supervisor = take->supervisor;

    take->ended = cut_supervisor_now(supervisor);
    if (supervisor->config.out == NULL) {
        say_parts(take);
        return;
    }
    if (!prepare_file(take)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    in_thread(take, write_in_thread, written);
}
