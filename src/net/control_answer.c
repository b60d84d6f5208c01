/*
 * What is answered over a control socket: docs/formats/control-socket.md.
 */
#include "base/memory.h"
#include "model/json_value.h"
#include "net/control_request.h"
#include "net/control_server.h"
#include "net/figures_json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A caller that waits for a snapshot. */
struct cut_control_waiting {
    struct cut_waiter waiter;
    struct cut_control_waiting *next;
    struct cut_control_caller *caller;
    json_t *id; /* of the request; NULL: none */
};

/* --- answers ------------------------------------------------------------- */

/* Return {"id":..., KEY: VALUE}. Values are taken. */
static json_t *answer(json_t *id, const char *key, json_t *value)
{
    json_t *object = json_object();

    if (id != NULL)
        cut_value_set(&object, "id", json_incref(id));
    cut_value_set(&object, key, value);
    return object;
}

static void send_error(struct cut_control_caller *caller,
                       json_t *id,
                       const char *format,
                       ...) __attribute__((format(printf, 3, 4)));

static void send_error(struct cut_control_caller *caller,
                       json_t *id,
                       const char *format,
                       ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    cut_control_caller_send(caller, answer(id, "error", json_string(text)));
}

/* --- info ---------------------------------------------------------------- */

/* An argument that is not UTF-8 is said as it can be. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("(not UTF-8)");
}

static json_t *argv_json(const struct cut_supervisor *supervisor)
{
    json_t *array = json_array();

    for (char *const *at = supervisor->config.program; *at != NULL; at++)
        cut_value_append(&array, text_of(*at));
    return array;
}

static const char *state_of(const struct cut_supervisor *supervisor)
{
    if (supervisor->is_ending)
        return "ending";
    return supervisor->is_started ? "running" : "starting";
}

static void set_counts(json_t **object, const struct cut_supervisor *supervisor)
{
    struct cut_supervisor_status status = cut_supervisor_figures(supervisor);

    cut_value_set(
        object, "messages_sent", cut_value_count(status.messages_sent));
    cut_value_set(object,
                  "messages_delivered",
                  cut_value_count(status.messages_delivered));
    cut_value_set(object,
                  "messages_per_second",
                  cut_value_count(supervisor->delivered_rate));
    cut_value_set(object, "reconnects", cut_value_count(status.reconnects));
    cut_value_set(object, "snapshots", cut_figures_counters_json(supervisor));
}

static json_t *info_json(const struct cut_supervisor *supervisor)
{
    const struct cut_supervisor_config *config = &supervisor->config;
    json_t *object = json_object();

    cut_value_set(&object, "name", json_string(supervisor->name));
    cut_value_set(&object, "program", text_of(supervisor->program));
    cut_value_set(&object, "command", argv_json(supervisor));
    cut_value_set(&object, "pid", json_integer((json_int_t)getpid()));
    cut_value_set(&object, "state", json_string(state_of(supervisor)));
    cut_value_set(
        &object, "processes", cut_value_count(supervisor->process_count));
    cut_value_set(
        &object, "processes_running", cut_value_count(supervisor->alive_count));
    if (config->topology_text != NULL)
        cut_value_set(&object, "topology", text_of(config->topology_text));
    cut_value_set(&object,
                  "algorithm",
                  json_string(cut_algorithm_traits(config->algorithm)->name));
    cut_value_set(
        &object, "started", cut_value_count(supervisor->started_real_ns));
    cut_value_set(
        &object, "uptime", cut_value_count(cut_supervisor_now(supervisor)));
    set_counts(&object, supervisor);
    return object;
}

/* --- stats --------------------------------------------------------------- */

static void answer_stats(struct cut_control_caller *caller,
                         const struct cut_control_request *request)
{
    const struct cut_supervisor *supervisor =
        cut_control_caller_supervisor(caller);
    json_t *object = json_object();
    enum cut_error error = CUT_OK;
    json_t *one = NULL;

    if (request->has_snapshot) {
        one = cut_figures_find_json(supervisor, request->snapshot, &error);
        if (one == NULL && error == CUT_OK) {
            json_decref(object);
            send_error(caller,
                       request->id,
                       "no snapshot %" PRIu64 " among the last %d",
                       request->snapshot,
                       CUT_FIGURES_KEPT);
            return;
        }
    }
    cut_value_set(&object, "name", json_string(supervisor->name));
    cut_value_set(
        &object, "started", cut_value_count(supervisor->started_real_ns));
    cut_value_set(
        &object, "uptime", cut_value_count(cut_supervisor_now(supervisor)));
    if (request->has_snapshot) {
        cut_value_set(&object, "snapshot", one);
    } else {
        cut_value_set(
            &object, "snapshots", cut_figures_counters_json(supervisor));
        cut_value_set(
            &object, "summaries", cut_figures_summaries_json(supervisor));
        cut_value_set(&object, "recent", cut_figures_recent_json(supervisor));
    }
    cut_control_caller_send(caller, answer(request->id, "stats", object));
}

/* --- snap ---------------------------------------------------------------- */

static json_t *totals_json(const struct cut_supervisor_snapshot *snapshot)
{
    json_t *array = json_array();

    for (size_t i = 0; i < snapshot->total_count; i++) {
        const struct cut_supervisor_total *total = &snapshot->totals[i];
        json_t *object = json_object();
        cut_value_set(&object, "quantity", json_string(total->name));
        cut_value_set(
            &object, "in_processes", json_integer(total->in_processes));
        cut_value_set(&object, "in_channels", json_integer(total->in_channels));
        cut_value_set(&object, "at_start", json_integer(total->at_start));
        cut_value_append(&array, object);
    }
    return array;
}

/* The caller may stand elsewhere: the path is one that holds everywhere. */
static json_t *path_json(const char *path)
{
    char here[PATH_MAX];
    char *whole = NULL;

    if (path[0] == '/' || getcwd(here, sizeof here) == NULL ||
        asprintf(&whole, "%s/%s", here, path) < 0)
        return text_of(path);
    json_t *value = text_of(whole);
    free(whole);
    return value;
}

/* All figures of a snapshot that has just been added to them. */
static json_t *snap_json(const struct cut_supervisor *supervisor,
                         const struct cut_supervisor_snapshot *snapshot)
{
    const struct cut_figures_snapshot *figures =
        cut_figures_find(supervisor->snapshot_figures, snapshot->id);
    json_t *object = NULL;

    if (figures != NULL)
        object = cut_figures_snapshot_json(supervisor, figures, true);
    if (snapshot->path != NULL)
        cut_value_set(&object, "path", path_json(snapshot->path));
    cut_value_set(&object, "totals", totals_json(snapshot));
    return object;
}

static void unlink_waiting(struct cut_control_waiting *waiting)
{
    struct cut_control_waiting **link =
        cut_control_caller_waiting(waiting->caller);

    while (*link != waiting)
        link = &(*link)->next;
    *link = waiting->next;
}

static void release_waiting(struct cut_control_waiting *waiting)
{
    json_decref(waiting->id);
    cut_release(cut_allocator_standard(), waiting, 1, sizeof *waiting);
}

static void snapshot_is_over(struct cut_waiter *waiter,
                             const struct cut_gather_result *result)
{
    struct cut_control_waiting *waiting = (struct cut_control_waiting *)waiter;
    struct cut_control_caller *caller = waiting->caller;
    const struct cut_supervisor *supervisor =
        cut_control_caller_supervisor(caller);

    unlink_waiting(waiting);
    if (result->snapshot == NULL)
        send_error(caller, waiting->id, "%s", result->why);
    else
        cut_control_caller_send(
            caller,
            answer(
                waiting->id, "snap", snap_json(supervisor, result->snapshot)));
    release_waiting(waiting);
    cut_control_caller_waited(caller);
}

/* Find who is to begin: by name; or by index, as a number or as a text. */
static bool find_initiator(const struct cut_supervisor *supervisor,
                           const json_t *wanted,
                           uint32_t *out)
{
    const char *name = json_string_value(wanted);
    uint64_t index = (uint64_t)json_integer_value(wanted);
    char *end = NULL;

    *out = CUT_NONE;
    if (wanted == NULL)
        return true;
    if (name != NULL) {
        *out =
            cut_topology_find(supervisor->config.topology, name, strlen(name));
        if (*out != CUT_NONE)
            return true;
        if (name[0] < '0' || name[0] > '9')
            return false;
        index = strtoull(name, &end, 10);
        if (*end != '\0')
            return false;
    }
    *out = (uint32_t)index;
    return index < supervisor->process_count;
}

static void
refuse_snap(struct cut_control_caller *caller, json_t *id, enum cut_error error)
{
    const struct cut_supervisor *supervisor =
        cut_control_caller_supervisor(caller);

    if (error == CUT_STATE)
        send_error(caller,
                   id,
                   "%s",
                   supervisor->is_ending     ? "the run is ending"
                   : !supervisor->is_started ? "the run has not begun yet"
                                             : "that process has left");
    else
        send_error(caller,
                   id,
                   "%s",
                   error == CUT_LIMIT ? "too many snapshots wait for their turn"
                                      : cut_error_sentence(error));
}

/* The waiter may be called, and be gone, before the request returns: that it
 * succeeded is all that is known then. */
static void
begin(struct cut_control_caller *caller, json_t *id, uint32_t initiator)
{
    struct cut_control_waiting **list = cut_control_caller_waiting(caller);
    struct cut_control_waiting *waiting =
        cut_allocate(cut_allocator_standard(), 1, sizeof *waiting);
    enum cut_error error = CUT_NOMEM;

    if (waiting != NULL) {
        *waiting = (struct cut_control_waiting){
            .waiter.done = snapshot_is_over,
            .next = *list,
            .caller = caller,
            .id = json_incref(id),
        };
        *list = waiting;
        error = cut_gather_request(
            cut_control_caller_supervisor(caller), initiator, &waiting->waiter);
    }
    if (error == CUT_OK)
        return;
    if (waiting != NULL) {
        unlink_waiting(waiting);
        release_waiting(waiting);
    }
    refuse_snap(caller, id, error);
    cut_control_caller_waited(caller);
}

static void answer_snap(struct cut_control_caller *caller,
                        const struct cut_control_request *request)
{
    uint32_t initiator;

    if (!find_initiator(cut_control_caller_supervisor(caller),
                        request->initiator,
                        &initiator))
        send_error(caller,
                   request->id,
                   "no such initiator (expected the name of a process, or an "
                   "index below %" PRIu32 ")",
                   cut_control_caller_supervisor(caller)->process_count);
    else if (!cut_control_caller_wait(caller))
        send_error(
            caller, request->id, "too many snapshots wait for their turn");
    else
        begin(caller, request->id, initiator);
}

void cut_control_answer_forget(struct cut_control_caller *caller)
{
    struct cut_control_waiting **list = cut_control_caller_waiting(caller);

    while (*list != NULL) {
        struct cut_control_waiting *waiting = *list;
        *list = waiting->next;
        cut_gather_forget_waiter(cut_control_caller_supervisor(caller),
                                 &waiting->waiter);
        release_waiting(waiting);
    }
}

/* --- all ----------------------------------------------------------------- */

static void answer_stop(struct cut_control_caller *caller,
                        const struct cut_control_request *request)
{
    cut_control_caller_send(caller, answer(request->id, "stop", json_object()));
    cut_supervisor_end(cut_control_caller_supervisor(caller),
                       0,
                       "stopped over its control socket");
}

static void do_request(struct cut_control_caller *caller,
                       const struct cut_control_request *request)
{
    switch (request->command) {
    case CUT_CONTROL_INFO:
        cut_control_caller_send(
            caller,
            answer(request->id,
                   "info",
                   info_json(cut_control_caller_supervisor(caller))));
        break;
    case CUT_CONTROL_SNAP:
        answer_snap(caller, request);
        break;
    case CUT_CONTROL_STATS:
        answer_stats(caller, request);
        break;
    case CUT_CONTROL_STOP:
        answer_stop(caller, request);
        break;
    }
}

void cut_control_answer_line(struct cut_control_caller *caller,
                             const char *line,
                             size_t size)
{
    struct cut_control_request request;
    enum cut_error error = cut_control_request_read(line, size, &request);

    if (error == CUT_OK)
        do_request(caller, &request);
    else
        send_error(caller,
                   request.id,
                   "%s",
                   error == CUT_INVALID ? request.wrong
                                        : cut_error_sentence(error));
    cut_control_request_fini(&request);
}
