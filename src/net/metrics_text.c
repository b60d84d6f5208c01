/*
 * Source: OpenMetrics 1.0.0, "Text format": a family is its TYPE, UNIT and
 * HELP, then its samples, and stands once; the name of a family ends in its
 * unit; counters end in _total; the text ends in # EOF.
 */
#include "net/metrics_text.h"

#include "net/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* In which a number is told; it is kept as an integer. */
enum unit {
    UNIT_NONE,
    UNIT_BYTES,
    UNIT_SECONDS, /* kept in nanoseconds */
};

struct family {
    const char *name; /* after "cutline_" */
    const char *type;
    enum unit unit;
    const char *help;
};

/* --- parts of the text --------------------------------------------------- */

static void write_head(FILE *file, const struct family *family)
{
    static const char *const units[] = {"", "bytes", "seconds"};

    fprintf(file, "# TYPE cutline_%s %s\n", family->name, family->type);
    if (family->unit != UNIT_NONE)
        fprintf(
            file, "# UNIT cutline_%s %s\n", family->name, units[family->unit]);
    fprintf(file, "# HELP cutline_%s %s\n", family->name, family->help);
}

static void write_value(FILE *file, enum unit unit, uint64_t value)
{
    if (unit == UNIT_SECONDS)
        fprintf(file,
                " %" PRIu64 ".%09" PRIu64 "\n",
                value / CUT_SECOND,
                value % CUT_SECOND);
    else
        fprintf(file, " %" PRIu64 "\n", value);
}

static void write_label(FILE *file, const char *name, const char *value)
{
    fprintf(file, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            fputs("\\n", file);
            continue;
        }
        if (*value == '"' || *value == '\\')
            fputc('\\', file);
        fputc(*value, file);
    }
    fputc('"', file);
}

/* A family of one sample without labels. */
static void
write_single(FILE *file, const struct family *family, uint64_t value)
{
    bool is_counter = family->type[0] == 'c';

    write_head(file, family);
    fprintf(file, "cutline_%s%s", family->name, is_counter ? "_total" : "");
    write_value(file, family->unit, value);
}

/* --- the run ------------------------------------------------------------- */

static void write_run(FILE *file, const struct cut_supervisor *supervisor)
{
    static const struct family family = {
        "run", "info", UNIT_NONE, "What runs."};

    write_head(file, &family);
    fputs("cutline_run_info{", file);
    write_label(file, "name", supervisor->name);
    fputc(',', file);
    write_label(file, "program", supervisor->program);
    fputc(',', file);
    write_label(file,
                "algorithm",
                cut_algorithm_traits(supervisor->config.algorithm)->name);
    fputs("} 1\n", file);
}

static void write_gauges(FILE *file, const struct cut_supervisor *supervisor)
{
    static const struct family families[] = {
        {"start_time_seconds",
         "gauge",
         UNIT_SECONDS,
         "When the run began, since 1970."},
        {"uptime_seconds", "gauge", UNIT_SECONDS, "Since the run began."},
        {"processes", "gauge", UNIT_NONE, "Processes of the run."},
        {"processes_running", "gauge", UNIT_NONE, "Those that are alive."},
        {"snapshots_in_progress", "gauge", UNIT_NONE, "Snapshots under way."},
        {"snapshots_waiting",
         "gauge",
         UNIT_NONE,
         "Requests for snapshots that wait for their turn."},
    };
    struct cut_figures_counters counters = cut_figures_counters(supervisor);
    uint64_t values[] = {
        supervisor->started_real_ns,
        cut_supervisor_now(supervisor),
        supervisor->process_count,
        supervisor->alive_count,
        counters.in_progress,
        counters.waiting,
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        write_single(file, &families[i], values[i]);
}

/* --- snapshots ----------------------------------------------------------- */

static void write_counters(FILE *file, const struct cut_supervisor *supervisor)
{
    static const struct family families[] = {
        {"snapshots_triggered", "counter", UNIT_NONE, "Snapshots begun."},
        {"snapshots_completed",
         "counter",
         UNIT_NONE,
         "Snapshots complete, and durable where they are kept."},
        {"snapshots_failed", "counter", UNIT_NONE, "Snapshots given up."},
        {"snapshots_restored",
         "counter",
         UNIT_NONE,
         "Times the run was begun from a snapshot."},
    };
    struct cut_figures_counters counters = cut_figures_counters(supervisor);
    uint64_t values[] = {
        counters.triggered,
        counters.completed,
        counters.failed,
        counters.restored,
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        write_single(file, &families[i], values[i]);
}

static const struct family summaries[] = {
    [CUT_FIGURES_duration] =
        {"snapshot_duration_seconds",
         "summary",
         UNIT_SECONDS,
         "From the start of a snapshot until it is durable."},
    [CUT_FIGURES_state_bytes] = {"snapshot_state_bytes",
                                 "summary",
                                 UNIT_BYTES,
                                 "States of the processes in a snapshot."},
    [CUT_FIGURES_messages] = {"snapshot_messages",
                              "summary",
                              UNIT_NONE,
                              "Messages in channels, in a snapshot."},
    [CUT_FIGURES_bytes] = {"snapshot_message_bytes",
                           "summary",
                           UNIT_BYTES,
                           "Bytes of messages in channels, in a snapshot."},
    [CUT_FIGURES_pause] =
        {"snapshot_pause_seconds",
         "summary",
         UNIT_SECONDS,
         "For how long a process stood still for a snapshot."},
    [CUT_FIGURES_saving] =
        {"snapshot_saving_seconds",
         "summary",
         UNIT_SECONDS,
         "From the capture of a state until the part of its process has "
         "arrived."},
    [CUT_FIGURES_recording] =
        {"snapshot_recording_seconds",
         "summary",
         UNIT_SECONDS,
         "From the capture of a state until the channels of its process are "
         "recorded."},
    [CUT_FIGURES_delay] =
        {"snapshot_start_delay_seconds",
         "summary",
         UNIT_SECONDS,
         "From the start of a snapshot until a process captures its state."},
    [CUT_FIGURES_cpu] =
        {"snapshot_cpu_seconds",
         "summary",
         UNIT_SECONDS,
         "Time of the CPU that a process spends on a snapshot."},
};

static void write_summary(FILE *file,
                          const struct family *family,
                          const struct cut_histogram *summary)
{
    static const struct {
        const char *name;
        uint32_t parts;
    } quantiles[] = {
        {"0.5", CUT_HISTOGRAM_P50},
        {"0.9", CUT_HISTOGRAM_P90},
        {"0.99", CUT_HISTOGRAM_P99},
        {"0.999", CUT_HISTOGRAM_P99_9},
        {"1", CUT_HISTOGRAM_WHOLE},
    };

    write_head(file, family);
    for (size_t i = 0;
         i < sizeof quantiles / sizeof quantiles[0] && summary->count > 0;
         i++) {
        fprintf(file,
                "cutline_%s{quantile=\"%s\"}",
                family->name,
                quantiles[i].name);
        write_value(file,
                    family->unit,
                    cut_histogram_percentile(summary, quantiles[i].parts));
    }
    fprintf(file,
            "cutline_%s_count %" PRIu64 "\ncutline_%s_sum",
            family->name,
            summary->count,
            family->name);
    write_value(file, family->unit, summary->sum.low);
}

static void write_summaries(FILE *file, const struct cut_supervisor *supervisor)
{
    for (int i = 0; i < CUT_FIGURES_SUMMARY_COUNT; i++)
        write_summary(file,
                      &summaries[i],
                      cut_figures_summary(supervisor->snapshot_figures,
                                          (enum cut_figures_summary)i));
}

/* --- processes ----------------------------------------------------------- */

/* Figures of each process, and where they stand. */
static const struct {
    struct family family;
    size_t offset;
} of_processes[] = {
#define FIGURE(name) offsetof(struct cut_talk_status, name)
    {{"process_events", "counter", UNIT_NONE, "Events of the program."},
     FIGURE(events)},
    {{"process_messages_sent", "counter", UNIT_NONE, "Messages sent."},
     FIGURE(messages_sent)},
    {{"process_messages_delivered", "counter", UNIT_NONE, "Messages received."},
     FIGURE(messages_delivered)},
    {{"process_messages_sent_bytes", "counter", UNIT_BYTES, "Their bytes."},
     FIGURE(message_bytes_sent)},
    {{"process_messages_queued",
      "gauge",
      UNIT_NONE,
      "Messages that wait for credit to be sent."},
     FIGURE(messages_queued)},
    {{"process_messages_waiting",
      "gauge",
      UNIT_NONE,
      "Messages that have come and wait to be received."},
     FIGURE(messages_waiting)},
    {{"process_markers_sent", "counter", UNIT_NONE, "Markers sent."},
     FIGURE(markers_sent)},
    {{"process_written_bytes",
      "counter",
      UNIT_BYTES,
      "Bytes written to connections."},
     FIGURE(bytes_written)},
    {{"process_read_bytes",
      "counter",
      UNIT_BYTES,
      "Bytes read from connections."},
     FIGURE(bytes_read)},
    {{"process_reconnects",
      "counter",
      UNIT_NONE,
      "Connections that were made again."},
     FIGURE(reconnects)},
    {{"process_frames_resent", "counter", UNIT_NONE, "Frames sent again."},
     FIGURE(frames_resent)},
    {{"process_callers_refused",
      "counter",
      UNIT_NONE,
      "Callers that were no peer of the run."},
     FIGURE(refused)},
    {{"process_snapshot_cpu_seconds",
      "counter",
      UNIT_SECONDS,
      "Time of the CPU spent on snapshots."},
     FIGURE(snapshot_cpu_ns)},
    {{"process_pause_max_seconds",
      "gauge",
      UNIT_SECONDS,
      "The longest pause for a snapshot."},
     FIGURE(pause_ns_max)},
#undef FIGURE
};

static uint64_t figure_at(const struct cut_talk_status *figures, size_t offset)
{
    return *(const uint64_t *)((const char *)figures + offset);
}

static void write_processes(FILE *file, const struct cut_supervisor *supervisor)
{
    for (size_t i = 0; i < sizeof of_processes / sizeof of_processes[0]; i++) {
        const struct family *family = &of_processes[i].family;
        bool is_counter = family->type[0] == 'c';
        write_head(file, family);
        for (uint32_t p = 0; p < supervisor->process_count; p++) {
            const struct cut_member *member = &supervisor->members[p];
            fprintf(file,
                    "cutline_%s%s{",
                    family->name,
                    is_counter ? "_total" : "");
            write_label(
                file, "process", cut_supervisor_process_name(supervisor, p));
            fputc('}', file);
            write_value(file,
                        family->unit,
                        figure_at(&member->figures, of_processes[i].offset));
        }
    }
}

char *cut_metrics_text(const struct cut_supervisor *supervisor, size_t *size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, size);

    if (file == NULL)
        return NULL;
    write_run(file, supervisor);
    write_gauges(file, supervisor);
    write_counters(file, supervisor);
    write_summaries(file, supervisor);
    write_processes(file, supervisor);
    fputs("# EOF\n", file);
    bool is_whole = ferror(file) == 0;
    if (fclose(file) == 0 && is_whole)
        return text;
    free(text);
    return NULL;
}
