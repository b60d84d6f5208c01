#include "program_text.h"

#include "canvas.h"
#include "verdict_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Longer names push what follows to the right. */
#define NAME_WIDTH_MAX 12

/* Of bytes that mean nothing to a reader, so many digits are shown. */
#define HEX_SHOWN 64

static const char *time_text(const struct cut_program_text *text,
                             const json_t *object,
                             const char *key,
                             char room[CUT_CAST_TIME_SIZE])
{
    return cut_cast_time(text->cast, cut_answer_number(object, key), room);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void write_json(const json_t *value, FILE *file)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    fputs(text != NULL ? text : "?", file);
    free(text);
}

/* Write what a state or message consists of: JSON, or some of its bytes. */
static void write_content(const json_t *object, const char *key, FILE *file)
{
    const json_t *value = json_object_get(object, key);
    const char *hex = cut_answer_text(object, "hex");
    size_t size = strlen(hex);

    if (value != NULL) {
        write_json(value, file);
        return;
    }
    fprintf(file, "0x%.*s", HEX_SHOWN, hex);
    if (size > HEX_SHOWN)
        fprintf(file, "... (%zu bytes)", size / 2);
}

void cut_program_text_data(const json_t *message, FILE *file)
{
    if (json_object_get(message, "data") == NULL &&
        json_object_get(message, "hex") == NULL)
        return;
    fputc(' ', file);
    write_content(message, "data", file);
}

/* What is in an array and what was left out. */
static void write_rest(struct cut_program_text *text,
                       uint64_t count,
                       size_t shown,
                       const char *what)
{
    if (count > shown)
        fprintf(text->file,
                "  and %" PRIu64 " more %s (--all prints them)\n",
                count - shown,
                what);
}

/* Processes */

static uint32_t name_width(const struct cut_program_text *text,
                           const json_t *array,
                           const char *key)
{
    uint32_t width = 1;
    size_t i;
    const json_t *object;

    json_array_foreach(array, i, object)
    {
        char room[CUT_CAST_NAME_SIZE];
        uint32_t own = cut_text_width(
            cut_cast_name(text->cast, cut_answer_process(object, key), room));
        if (own > width && own <= NAME_WIDTH_MAX)
            width = own;
    }
    return width;
}

/* Write a process's name and fill up its column. */
static void write_name(struct cut_program_text *text,
                       const json_t *object,
                       const char *key,
                       uint32_t width)
{
    char room[CUT_CAST_NAME_SIZE];
    const char *name =
        cut_cast_name(text->cast, cut_answer_process(object, key), room);
    uint32_t own = cut_text_width(name);

    fprintf(
        text->file, "%s%*s", name, own < width ? (int)(width - own) : 0, "");
}

static void write_processes(struct cut_program_text *text,
                            const json_t *snapshot)
{
    const json_t *array = json_object_get(snapshot, "processes");
    uint32_t width = name_width(text, array, "process");
    size_t i;
    const json_t *process;

    json_array_foreach(array, i, process)
    {
        fputs("  ", text->file);
        write_name(text, process, "process", width);
        fputs("  ", text->file);
        write_content(process, "state", text->file);
        fputc('\n', text->file);
    }
    write_rest(text,
               cut_answer_number(snapshot, "process_count"),
               json_array_size(array),
               "processes");
}

/* Channels */

static void write_message(struct cut_program_text *text, const json_t *message)
{
    char room[CUT_CAST_NAME_SIZE];
    uint32_t type = cut_answer_process(message, "type");

    fputs(cut_cast_type(text->cast, type, room), text->file);
    cut_program_text_data(message, text->file);
    if (json_is_true(json_object_get(message, "is_by_sender")))
        fputs(" (overtaken)", text->file);
}

static void write_channel(struct cut_program_text *text,
                          const json_t *channel,
                          uint32_t from_width,
                          uint32_t to_width)
{
    const json_t *messages = json_object_get(channel, "messages");
    size_t count = json_array_size(messages);

    fputs("  ", text->file);
    write_name(text, channel, "from", from_width);
    fputs(" -> ", text->file);
    write_name(text, channel, "to", to_width);
    for (size_t i = 0; i < count; i++) {
        if (i == CUT_PROGRAM_SHOWN && !text->is_all) {
            fprintf(text->file, ", and %zu more", count - i);
            break;
        }
        fputs(i > 0 ? ", " : "  ", text->file);
        write_message(text, json_array_get(messages, i));
    }
    fputc('\n', text->file);
}

static void write_channels(struct cut_program_text *text,
                           const json_t *snapshot)
{
    const json_t *array = json_object_get(snapshot, "channels");
    uint32_t from_width = name_width(text, array, "from");
    uint32_t to_width = name_width(text, array, "to");
    size_t i;
    const json_t *channel;

    if (json_array_size(array) == 0)
        fputs("  no messages in channels\n", text->file);
    json_array_foreach(array, i, channel)
    {
        write_channel(text, channel, from_width, to_width);
    }
    write_rest(text,
               cut_answer_number(snapshot, "channel_count"),
               json_array_size(array),
               "channels with messages");
}

/* Sums */

static void write_total(struct cut_program_text *text, const json_t *total)
{
    json_int_t processes =
        json_integer_value(json_object_get(total, "in_processes"));
    json_int_t channels =
        json_integer_value(json_object_get(total, "in_channels"));
    json_int_t start = json_integer_value(json_object_get(total, "at_start"));
    int64_t sum = (int64_t)((uint64_t)processes + (uint64_t)channels);

    fprintf(text->file,
            "  %s: %" PRId64 " in processes + %" PRId64
            " in channels = %" PRId64,
            cut_answer_text(total, "quantity"),
            (int64_t)processes,
            (int64_t)channels,
            sum);
    if (sum == start)
        fputs(", as at the start\n", text->file);
    else
        fprintf(text->file, " (at the start: %" PRId64 ")\n", (int64_t)start);
}

/* A snapshot */

static void write_missing(struct cut_program_text *text, const json_t *snapshot)
{
    const json_t *array = json_object_get(snapshot, "missing_processes");
    uint64_t missing = cut_answer_number(snapshot, "missing");
    size_t count = json_array_size(array);

    fprintf(text->file,
            "  %" PRIu64 " part%s missing:",
            missing,
            missing == 1 ? " is" : "s are");
    for (size_t i = 0; i < count; i++) {
        char room[CUT_CAST_NAME_SIZE];
        json_int_t process = json_integer_value(json_array_get(array, i));
        fprintf(text->file,
                " %s",
                cut_cast_name(text->cast, (uint32_t)process, room));
    }
    fputs(missing > count ? " ...\n" : "\n", text->file);
}

/* Why a snapshot is open at the end of the run. */
static const char *reason_text(const char *reason)
{
    if (strcmp(reason, "quiet") == 0)
        return "nothing more can happen";
    if (strcmp(reason, "time") == 0)
        return "the time is over";
    if (strcmp(reason, "events") == 0)
        return "so many events have happened";
    return "the run failed";
}

static void write_header(struct cut_program_text *text, const json_t *snapshot)
{
    const char *status = cut_answer_text(snapshot, "status");
    char name[CUT_CAST_NAME_SIZE];
    char begun[CUT_CAST_TIME_SIZE];
    char ended[CUT_CAST_TIME_SIZE];

    if (text->has_above)
        fputc('\n', text->file);
    text->has_above = true;
    fprintf(text->file,
            "snapshot %" PRIu64 ": begun by %s at %s ms, ",
            cut_answer_number(snapshot, "number"),
            cut_cast_name(
                text->cast, cut_answer_process(snapshot, "initiator"), name),
            time_text(text, snapshot, "begun", begun));
    time_text(text, snapshot, "ended", ended);
    if (strcmp(status, "complete") == 0)
        fprintf(text->file, "complete at %s ms\n", ended);
    else if (strcmp(status, "aborted") == 0)
        fprintf(text->file,
                "aborted at %s ms: %s\n",
                ended,
                cut_answer_text(snapshot, "reason"));
    else
        fprintf(text->file,
                "not complete: %s\n",
                reason_text(cut_answer_text(snapshot, "reason")));
}

void cut_program_text_snapshot(struct cut_program_text *text,
                               const json_t *snapshot)
{
    const char *status = cut_answer_text(snapshot, "status");
    const json_t *verdict = json_object_get(snapshot, "verdict");
    char words[CUT_VERDICT_SIZE];
    size_t i;
    const json_t *total;

    write_header(text, snapshot);
    if (strcmp(status, "open") == 0)
        write_missing(text, snapshot);
    if (strcmp(status, "complete") != 0)
        return;
    write_processes(text, snapshot);
    write_channels(text, snapshot);
    json_array_foreach(json_object_get(snapshot, "totals"), i, total)
    {
        write_total(text, total);
    }
    if (verdict != NULL)
        fprintf(
            text->file, "  %s\n", cut_verdict_text(verdict, text->cast, words));
}

/* The run */

/* Say of snapshots that were asked for that there are none. */
static void write_unmet(struct cut_program_text *text, const json_t *stats)
{
    uint64_t dropped = cut_answer_number(stats, "requests_dropped");
    uint64_t waiting = cut_answer_number(stats, "requests_waiting");

    if (dropped > 0)
        fprintf(text->file,
                "%" PRIu64 " snapshot%s not begun: the initiator was no "
                "member, or there were too many\n",
                dropped,
                plural(dropped));
    if (waiting > 0)
        fprintf(text->file,
                "%" PRIu64 " snapshot%s not begun: the run was over first\n",
                waiting,
                plural(waiting));
}

/* Write a count, where there is anything to count. */
static void write_count(struct cut_program_text *text,
                        const json_t *stats,
                        const char *key,
                        const char *what)
{
    uint64_t count = cut_answer_number(stats, key);

    if (count > 0)
        fprintf(text->file, ", %" PRIu64 " %s", count, what);
}

void cut_program_text_end(struct cut_program_text *text, const json_t *end)
{
    const json_t *stats = json_object_get(end, "stats");
    uint64_t control = cut_answer_number(stats, "markers_sent") +
                       cut_answer_number(stats, "control_sent");
    uint64_t bytes = cut_answer_number(stats, "control_bytes") +
                     cut_answer_number(stats, "stamp_bytes");
    uint64_t sent = cut_answer_number(stats, "messages_sent");
    char time[CUT_CAST_TIME_SIZE];

    if (text->has_above)
        fputc('\n', text->file);
    text->has_above = true;
    fprintf(text->file,
            "run: %s ms, %" PRIu64 " message%s sent",
            time_text(text, end, "now", time),
            sent,
            plural(sent));
    write_count(text, stats, "messages_delivered", "received");
    write_count(text, stats, "messages_lost", "lost");
    write_count(text, stats, "messages_duplicated", "carried twice");
    fprintf(text->file,
            "; for snapshots %" PRIu64 " control message%s, %" PRIu64
            " byte%s; %s\n",
            control,
            plural(control),
            bytes,
            plural(bytes),
            reason_text(cut_answer_text(end, "why")));
    write_unmet(text, stats);
}
