#include "main/request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TICK CUT_MILLISECOND

/* How a run is where nothing is said: docs/formats/control.md. */
#define UNTIL_DEFAULT (1000 * TICK)
#define SNAPSHOT_TIME_DEFAULT (10 * TICK)
#define DELAY_DEFAULT "uniform:1-5"

/* What a reader of a member is given. */
struct reading {
    struct cut_request *request;
    struct cut_refusal *refusal;
    const char *name; /* of the member */
    const json_t *value;
    const json_t *object; /* the whole request */
};

static enum cut_error skip(const struct reading *reading)
{
    (void)reading;
    return CUT_OK;
}

static enum cut_error read_seed(const struct reading *r)
{
    return cut_request_number(
        r->value, r->name, INT64_MIN, INT64_MAX, &r->request->seed, r->refusal);
}

static enum cut_error read_until(const struct reading *r)
{
    return cut_request_time(r->value, r->name, &r->request->until, r->refusal);
}

/* The token process comes to rest by itself when its script is over. */
static enum cut_error read_script(const struct reading *r)
{
    const char *path = json_string_value(r->value);

    if (path == NULL)
        return cut_refuse(
            r->refusal, r->name, "expected the path of an .events file");
    r->request->script = strdup(path);
    if (r->request->script == NULL)
        return cut_refuse_memory(r->refusal);
    if (json_object_get(r->object, "until") == NULL)
        r->request->until = CUT_TIME_MAX;
    return CUT_OK;
}

static enum cut_error read_events_max(const struct reading *r)
{
    int64_t number = 0;
    enum cut_error error = cut_request_number(
        r->value, r->name, 1, INT64_MAX, &number, r->refusal);

    if (error != CUT_OK)
        return error;
    r->request->events_max = (uint64_t)number;
    /* Said alone, it is what ends the run. */
    if (json_object_get(r->object, "until") == NULL)
        r->request->until = CUT_TIME_MAX;
    return CUT_OK;
}

static enum cut_error read_algorithm(const struct reading *r)
{
    const char *names[17] = {NULL};
    unsigned which = 0;

    for (size_t i = 0; i < 16 && cut_algorithm_at(i) != NULL; i++)
        names[i] = cut_algorithm_traits(cut_algorithm_at(i))->name;
    enum cut_error error =
        cut_request_word(r->value, r->name, names, &which, r->refusal);
    if (error == CUT_OK)
        r->request->algorithm = cut_algorithm_at(which);
    return error;
}

static enum cut_error read_delay(const struct reading *r)
{
    const char *text = json_string_value(r->value);
    struct cut_fault fault = {0};

    if (text == NULL)
        return cut_refuse(r->refusal, r->name, "not a text (expected a delay)");
    if (cut_delay_parse(text, &r->request->network.delay, &fault) == CUT_OK)
        return CUT_OK;
    return cut_refuse(r->refusal, r->name, "%s", fault.what);
}

static enum cut_error read_loss(const struct reading *r)
{
    return cut_request_chance(
        r->value, r->name, &r->request->network.loss, r->refusal);
}

static enum cut_error read_duplicate(const struct reading *r)
{
    return cut_request_chance(
        r->value, r->name, &r->request->network.duplicate, r->refusal);
}

static enum cut_error read_reorder(const struct reading *r)
{
    return cut_request_flag(
        r->value, r->name, &r->request->network.reorders, r->refusal);
}

static enum cut_error read_link(const struct reading *r)
{
    static const char *const words[] = {"raw", "reliable", NULL};
    unsigned which = 0;
    enum cut_error error =
        cut_request_word(r->value, r->name, words, &which, r->refusal);

    r->request->network.is_reliable = which == 1;
    return error;
}

static enum cut_error read_capacity(const struct reading *r)
{
    int64_t number = 0;
    enum cut_error error = cut_request_number(
        r->value, r->name, 1, UINT32_MAX, &number, r->refusal);

    r->request->network.capacity = (uint32_t)number;
    return error;
}

static enum cut_error read_markers(const struct reading *r)
{
    static const char *const words[] = {
        [CUT_SIM_MARKERS_OVERTAKE] = "overtake",
        [CUT_SIM_MARKERS_QUEUE] = "queue",
        [CUT_SIM_MARKERS_SEPARATE] = "separate",
        NULL,
    };
    unsigned which = 0;
    enum cut_error error =
        cut_request_word(r->value, r->name, words, &which, r->refusal);

    r->request->network.markers = (enum cut_sim_markers)which;
    return error;
}

static enum cut_error read_skew(const struct reading *r)
{
    return cut_request_time(
        r->value, r->name, &r->request->network.skew, r->refusal);
}

static enum cut_error read_clock_bound(const struct reading *r)
{
    return cut_request_time(
        r->value, r->name, &r->request->clock_bound, r->refusal);
}

static enum cut_error read_clock_lead(const struct reading *r)
{
    enum cut_error error = cut_request_time(
        r->value, r->name, &r->request->clock_lead, r->refusal);

    if (error == CUT_OK && r->request->clock_lead == 0)
        return cut_refuse(r->refusal, r->name, "0 (expected a longer time)");
    return error;
}

static enum cut_error read_timeout(const struct reading *r)
{
    enum cut_error error = cut_request_time(
        r->value, r->name, &r->request->snapshot_timeout, r->refusal);

    if (error == CUT_OK && r->request->snapshot_timeout == 0)
        return cut_refuse(r->refusal, r->name, "is 0 (expected more)");
    return error;
}

static enum cut_error read_every(const struct reading *r)
{
    struct cut_request *request = r->request;
    enum cut_error error = cut_request_time(
        r->value, r->name, &request->snapshot_every, r->refusal);

    if (error != CUT_OK)
        return error;
    if (request->snapshot_every == 0)
        return cut_refuse(r->refusal, r->name, "is 0 (expected more)");
    if (request->until != CUT_TIME_MAX &&
        request->until / request->snapshot_every > CUT_REQUEST_SNAPSHOTS_MAX)
        return cut_refuse(r->refusal,
                          r->name,
                          "makes %" PRIu64
                          " snapshots until the end (expected at most %d)",
                          request->until / request->snapshot_every,
                          CUT_REQUEST_SNAPSHOTS_MAX);
    return CUT_OK;
}

static enum cut_error read_snapshots(const struct reading *r)
{
    if (json_array_size(r->value) > CUT_REQUEST_SNAPSHOTS_MAX)
        return cut_refuse(r->refusal,
                          r->name,
                          "too many (expected at most %d)",
                          CUT_REQUEST_SNAPSHOTS_MAX);
    return cut_request_moments(r->value,
                               r->name,
                               r->request->topology,
                               CUT_SIM_CHANGE_JOIN,
                               &r->request->snapshots,
                               r->refusal);
}

static enum cut_error read_changes(const struct reading *r,
                                   enum cut_sim_change change)
{
    return cut_request_moments(r->value,
                               r->name,
                               r->request->topology,
                               change,
                               &r->request->changes,
                               r->refusal);
}

static enum cut_error read_join(const struct reading *r)
{
    return read_changes(r, CUT_SIM_CHANGE_JOIN);
}

static enum cut_error read_leave(const struct reading *r)
{
    return read_changes(r, CUT_SIM_CHANGE_LEAVE);
}

static enum cut_error read_crash(const struct reading *r)
{
    return read_changes(r, CUT_SIM_CHANGE_CRASH);
}

static enum cut_error read_check_save(const struct reading *r)
{
    return cut_request_flag(
        r->value, r->name, &r->request->checks_save, r->refusal);
}

static enum cut_error read_judge(const struct reading *r)
{
    return cut_request_flag(r->value, r->name, &r->request->judges, r->refusal);
}

static enum cut_error read_progress(const struct reading *r)
{
    return cut_request_flag(
        r->value, r->name, &r->request->reports, r->refusal);
}

static enum cut_error read_observe(const struct reading *r)
{
    return cut_request_flag(
        r->value, r->name, &r->request->observes, r->refusal);
}

static enum cut_error read_observe_from(const struct reading *r)
{
    int64_t number = 0;
    enum cut_error error = cut_request_number(
        r->value, r->name, 0, INT64_MAX, &number, r->refusal);

    r->request->observe_from = (cut_time)number;
    return error;
}

static enum cut_error read_observe_until(const struct reading *r)
{
    int64_t number = INT64_MAX;
    enum cut_error error = cut_request_number(
        r->value, r->name, 0, INT64_MAX, &number, r->refusal);

    r->request->observe_until = (cut_time)number;
    return error;
}

/* true: all; a number: at most so many. */
static enum cut_error read_shown(const struct reading *r)
{
    int64_t number = 0;

    if (json_is_boolean(r->value)) {
        r->request->shown_max = json_is_true(r->value) ? UINT32_MAX : 0;
        return CUT_OK;
    }
    enum cut_error error = cut_request_number(
        r->value, r->name, 0, UINT32_MAX, &number, r->refusal);
    r->request->shown_max = (uint32_t)number;
    return error;
}

static enum cut_error read_arguments(const struct reading *r)
{
    size_t count = json_array_size(r->value);
    struct cut_request *request = r->request;

    if (!json_is_array(r->value) || count > INT32_MAX)
        return cut_refuse(r->refusal, r->name, "not an array (expected texts)");
    request->arguments = calloc(count + 1, sizeof *request->arguments);
    if (request->arguments == NULL)
        return cut_refuse_memory(r->refusal);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(r->value, i));
        if (text == NULL)
            return cut_refuse(
                r->refusal, r->name, "not a text (expected texts)");
        request->arguments[i] = strdup(text);
        if (request->arguments[i] == NULL)
            return cut_refuse_memory(r->refusal);
        request->argument_count++;
    }
    return CUT_OK;
}

/*
 * In the order in which they are read: what is needed to read others comes
 * before them.
 */
static const struct member {
    const char *name;
    enum cut_error (*read)(const struct reading *reading);
} members[] = {
    {"command", skip},
    {"seed", read_seed},
    {"processes", skip}, /* with "topology" */
    {"topology", skip},
    {"until", read_until},
    {"events", read_script},
    {"events-max", read_events_max},
    {"algorithm", read_algorithm},
    {"delay", read_delay},
    {"loss", read_loss},
    {"duplicate", read_duplicate},
    {"reorder", read_reorder},
    {"link", read_link},
    {"capacity", read_capacity},
    {"marker-links", read_markers},
    {"skew", read_skew},
    {"clock-bound", read_clock_bound},
    {"clock-lead", read_clock_lead},
    {"snapshot-timeout", read_timeout},
    {"snapshot-every", read_every},
    {"snapshot-at", read_snapshots},
    {"join", read_join},
    {"leave", read_leave},
    {"crash", read_crash},
    {"check-save", read_check_save},
    {"judge", read_judge},
    {"progress", read_progress},
    {"observe", read_observe},
    {"observe-from", read_observe_from},
    {"observe-until", read_observe_until},
    {"snapshots", read_shown},
    {"arguments", read_arguments},
};

#define MEMBER_COUNT (sizeof members / sizeof members[0])

static enum cut_error check_names(json_t *object, struct cut_refusal *refusal)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        size_t i = 0;
        while (i < MEMBER_COUNT && strcmp(members[i].name, name) != 0)
            i++;
        if (i == MEMBER_COUNT)
            return cut_refuse(
                refusal, name, "unknown (see docs/formats/control.md)");
    }
    return CUT_OK;
}

static enum cut_error set_defaults(struct cut_request *request,
                                   struct cut_refusal *refusal)
{
    struct cut_fault fault = {0};

    *request = (struct cut_request){
        .algorithm = cut_algorithm_at(0),
        .seed = CUT_SIM_SEED,
        .until = UNTIL_DEFAULT,
        .events_max = UINT64_MAX,
        .observe_until = INT64_MAX,
    };
    if (cut_delay_parse(DELAY_DEFAULT, &request->network.delay, &fault) !=
        CUT_OK)
        return cut_refuse(refusal, "delay", "%s", fault.what);
    return CUT_OK;
}

/* A run is watched for its snapshots: without a word, there is one. A script
 * has its own. */
static enum cut_error add_default_snapshot(struct cut_request *request,
                                           struct cut_refusal *refusal)
{
    if (request->snapshot_every > 0 || request->snapshots.count > 0 ||
        request->script != NULL)
        return CUT_OK;
    free(request->snapshots.all);
    request->snapshots.all = calloc(1, sizeof *request->snapshots.all);
    if (request->snapshots.all == NULL)
        return cut_refuse_memory(refusal);
    request->snapshots.all[0].time = SNAPSHOT_TIME_DEFAULT;
    request->snapshots.count = 1;
    return CUT_OK;
}

enum cut_error cut_request_read(json_t *object,
                                struct cut_request *out,
                                struct cut_refusal *refusal)
{
    enum cut_error error = set_defaults(out, refusal);

    if (error == CUT_OK)
        error = check_names(object, refusal);
    for (size_t i = 0; i < MEMBER_COUNT && error == CUT_OK; i++) {
        struct reading reading = {
            .request = out,
            .refusal = refusal,
            .name = members[i].name,
            .value = json_object_get(object, members[i].name),
            .object = object,
        };
        if (strcmp(reading.name, "topology") == 0)
            error = cut_request_system(out,
                                       json_object_get(object, "processes"),
                                       reading.value,
                                       refusal);
        else if (reading.value != NULL)
            error = members[i].read(&reading);
    }
    return error == CUT_OK ? add_default_snapshot(out, refusal) : error;
}

void cut_request_fini(struct cut_request *request)
{
    for (uint32_t i = 0; i < request->argument_count; i++)
        free(request->arguments[i]);
    free(request->arguments);
    free(request->script);
    free(request->snapshots.all);
    free(request->changes.all);
    cut_topology_destroy(request->topology);
    *request = (struct cut_request){0};
}
