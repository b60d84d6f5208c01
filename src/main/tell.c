#include "main/run.h"

/* Systems of more processes are told without their names, if these are as
 * everybody knows. */
#define NAMES_MAX 10000

void cut_tell_refusal(struct cut_answers *answers,
                      const struct cut_refusal *refusal)
{
    json_t *object = json_object();

    if (refusal->option[0] != '\0')
        cut_value_set(&object, "option", json_string(refusal->option));
    /* What a person typed may have been cut in the middle of a character. */
    json_t *what = json_string(refusal->what);
    if (what == NULL)
        what = json_string("the value is not UTF-8");
    cut_value_set(&object, "what", what);
    cut_answer(answers, "error", object);
}

static json_t *tell_algorithm(const struct cut_algorithm *algorithm)
{
    const struct cut_algorithm_traits *traits = cut_algorithm_traits(algorithm);
    json_t *object = json_object();

    cut_value_set(&object, "name", json_string(traits->name));
    cut_value_set(&object, "summary", json_string(traits->summary));
    cut_value_set(&object, "source", json_string(traits->source));
    cut_value_set(&object, "needs_fifo", json_boolean(traits->needs_fifo));
    cut_value_set(&object, "needs_clock", json_boolean(traits->needs_clock));
    cut_value_set(&object,
                  "markers_in_channel",
                  json_boolean(traits->markers_in_channel));
    cut_value_set(&object, "stamps", json_boolean(traits->stamps));
    cut_value_set(
        &object, "stamp_size", json_integer((json_int_t)traits->stamp_size));
    cut_value_set(&object, "controls", json_boolean(traits->controls));
    cut_value_set(&object, "stops", json_boolean(traits->stops));
    cut_value_set(
        &object, "is_concurrent", json_boolean(traits->is_concurrent));
    cut_value_set(
        &object, "follows_views", json_boolean(traits->follows_views));
    cut_value_set(&object, "is_right", json_boolean(traits->is_right));
    return object;
}

static json_t *tell_names(const struct cut_topology *topology)
{
    uint32_t count = cut_topology_process_count(topology);
    json_t *array = json_array();

    for (uint32_t i = 0; i < count; i++)
        cut_value_append(&array, json_string(cut_topology_name(topology, i)));
    return array;
}

static json_t *tell_types(const struct cut_process *process)
{
    json_t *array = json_array();

    for (size_t i = 0;
         process->message_types != NULL && i < CUT_MESSAGE_TYPES_MAX &&
         process->message_types[i] != NULL;
         i++)
        cut_value_append(&array, json_string(process->message_types[i]));
    return array;
}

void cut_tell_system(struct cut_run *run)
{
    const struct cut_request *request = &run->request;
    const struct cut_topology *topology = request->topology;
    uint64_t count = cut_topology_process_count(topology);
    bool is_complete = cut_topology_is_complete(topology);
    json_t *object = json_object();

    cut_value_set(&object, "program", json_string(run->process->name));
    if (run->process->summary != NULL)
        cut_value_set(&object, "summary", json_string(run->process->summary));
    cut_value_set(&object,
                  "state_version",
                  json_integer((json_int_t)run->process->version));
    cut_value_set(&object, "message_types", tell_types(run->process));
    cut_value_set(&object, "processes", cut_value_count(count));
    cut_value_set(&object,
                  "channels",
                  cut_value_count(is_complete
                                      ? count * (count - 1)
                                      : cut_topology_channel_count(topology)));
    if (!request->is_generated || count <= NAMES_MAX)
        cut_value_set(&object, "names", tell_names(topology));
    cut_value_set(&object, "seed", json_integer(request->seed));
    cut_value_set(&object, "algorithm", tell_algorithm(request->algorithm));
    cut_answer(run->answers, "system", object);
}

void cut_tell_progress(struct cut_run *run)
{
    struct cut_sim_stats stats = cut_sim_stats(run->sim);
    json_t *object = json_object();

    cut_value_set(&object, "now", cut_value_count(cut_sim_now(run->sim)));
    cut_value_set(&object, "events", cut_value_count(stats.events));
    cut_value_set(&object,
                  "messages_delivered",
                  cut_value_count(stats.messages_delivered));
    cut_value_set(
        &object, "markers_delivered", cut_value_count(stats.markers_delivered));
    cut_value_set(&object,
                  "snapshots_complete",
                  cut_value_count(stats.snapshots_complete));
    cut_answer(run->answers, "progress", object);
}

static json_t *tell_stats(const struct cut_sim_stats *s)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"events", s->events},
        {"messages_sent", s->messages_sent},
        {"messages_delivered", s->messages_delivered},
        {"messages_lost", s->messages_lost},
        {"messages_duplicated", s->messages_duplicated},
        {"message_bytes", s->message_bytes},
        {"stamp_bytes", s->stamp_bytes},
        {"markers_sent", s->markers_sent},
        {"markers_delivered", s->markers_delivered},
        {"markers_refused", s->markers_refused},
        {"control_sent", s->control_sent},
        {"control_bytes", s->control_bytes},
        {"control_sent_most", s->control_sent_most},
        {"messages_recorded", s->messages_recorded},
        {"bytes_recorded", s->bytes_recorded},
        {"state_bytes", s->state_bytes},
        {"link_frames", s->link_frames},
        {"link_bytes", s->link_bytes},
        {"snapshots_begun", s->snapshots_begun},
        {"snapshots_complete", s->snapshots_complete},
        {"snapshots_aborted", s->snapshots_aborted},
        {"requests_waiting", s->requests_waiting},
        {"requests_dropped", s->requests_dropped},
        {"stopped", s->stopped},
    };
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        cut_value_set(
            &object, counts[i].name, cut_value_count(counts[i].count));
    return object;
}

void cut_tell_end(struct cut_run *run, const char *why)
{
    struct cut_sim_stats stats = cut_sim_stats(run->sim);
    const char *failure = cut_sim_failure(run->sim);
    json_t *object = json_object();

    cut_value_set(&object, "why", json_string(why));
    cut_value_set(&object, "now", cut_value_count(cut_sim_now(run->sim)));
    cut_value_set(&object, "stats", tell_stats(&stats));
    if (failure[0] != '\0')
        cut_value_set(&object, "failure", json_string(failure));
    cut_answer(run->answers, "end", object);
}
