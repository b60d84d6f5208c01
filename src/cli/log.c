#include "log.h"

#include "canvas.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOG_NAME_WIDTH = 12,   /* longer names push what follows to the right */
    LOG_HOLDS_COLUMN = 56, /* where "holds" stands, if there is room */
    LOG_INDENT = 6,        /* of a line that continues another one */
    LOG_WORDS_SIZE = 1024, /* holds three names */
    /* More than so many in transit are counted, not listed: nobody reads them.
     */
    LOG_LISTED_MAX = 200,
};

/* A message in transit. */
struct log_flight {
    uint64_t value;
    uint64_t due;
    uint32_t next; /* behind it in its channel, or in the list of free ones */
    bool is_marker;
};

struct log_channel {
    uint32_t first; /* flight; CUT_NONE: the channel is empty */
    uint32_t last;
    uint32_t position; /* in the list of busy channels */
};

struct log_snapshot {
    uint64_t begun;
    uint64_t tokens;
    uint64_t recorded;
    uint64_t recorded_count;
    uint32_t initiator;
};

/* What a process is doing: one line. */
struct log_act {
    bool is_open;
    bool is_marker;    /* a marker came */
    bool is_answered;  /* and it was said what it brought about */
    bool is_recording; /* snapshots that record a message are being listed */
    bool is_sending;   /* destinations of markers are being listed */
    bool has_holds;
    uint32_t process;
    uint64_t snapshot;
    uint64_t holds;
};

struct log_array {
    void *elements;
    size_t count;
    size_t capacity;
};

struct cut_log {
    FILE *file;
    const struct cut_topology *topology;
    struct cut_terminal terminal;
    const struct cut_allocator *allocator;
    enum cut_error error;
    int name_width;
    bool has_tick;
    uint64_t now;
    uint32_t x;   /* where the line has got to */
    uint32_t pad; /* spaces before what comes next in the line */
    struct log_act act;
    struct log_channel *channels;
    struct log_array busy;      /* uint32_t: channels that are not empty */
    struct log_array flights;   /* struct log_flight */
    struct log_array snapshots; /* struct log_snapshot, by number */
    size_t flight_count;        /* that are not free */
    uint32_t flight_free;
    uint64_t completed; /* plus one: a snapshot to be told of; 0: none */
};

/* Return room for one more element at the end of an array, or NULL. */
static void *append(struct cut_log *log, struct log_array *array, size_t size)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity == 0 ? 64 : array->capacity * 2;
        void *elements = log->allocator->resize(log->allocator->context,
                                                array->elements,
                                                array->capacity * size,
                                                capacity * size);
        if (elements == NULL) {
            log->error = CUT_NOMEM;
            return NULL;
        }
        array->elements = elements;
        array->capacity = capacity;
    }
    void *element = (char *)array->elements + array->count++ * size;
    memset(element, 0, size);
    return element;
}

static void release(struct cut_log *log, void *memory, size_t size)
{
    if (memory != NULL)
        log->allocator->resize(log->allocator->context, memory, size, 0);
}

static size_t channels_size(const struct cut_log *log)
{
    /* At least one, so that there is something to allocate. */
    size_t count = cut_topology_channel_count(log->topology);
    return (count + 1) * sizeof(struct log_channel);
}

void cut_log_destroy(struct cut_log *log)
{
    if (log == NULL)
        return;
    release(log, log->channels, channels_size(log));
    release(log, log->busy.elements, log->busy.capacity * sizeof(uint32_t));
    release(log,
            log->flights.elements,
            log->flights.capacity * sizeof(struct log_flight));
    release(log,
            log->snapshots.elements,
            log->snapshots.capacity * sizeof(struct log_snapshot));
    release(log, log, sizeof *log);
}

/* Return the width of the longest name that is not too long. */
static int find_name_width(const struct cut_topology *topology)
{
    uint32_t width = 1;
    uint32_t count = cut_topology_process_count(topology);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t own = cut_text_width(cut_topology_name(topology, i));
        if (own > width && own <= LOG_NAME_WIDTH)
            width = own;
    }
    return (int)width;
}

enum cut_error cut_log_create(FILE *file,
                              const struct cut_topology *topology,
                              const struct cut_terminal *terminal,
                              const struct cut_allocator *allocator,
                              struct cut_log **out)
{
    if (allocator == NULL)
        allocator = cut_allocator_standard();
    struct cut_log *log =
        allocator->resize(allocator->context, NULL, 0, sizeof *log);
    if (log == NULL)
        return CUT_NOMEM;
    *log = (struct cut_log){
        .file = file,
        .topology = topology,
        .terminal = *terminal,
        .allocator = allocator,
        .name_width = find_name_width(topology),
        .flight_free = CUT_NONE,
    };
    size_t size = channels_size(log);
    log->channels = allocator->resize(allocator->context, NULL, 0, size);
    if (log->channels == NULL) {
        cut_log_destroy(log);
        return CUT_NOMEM;
    }
    memset(log->channels, 0xff, size); /* CUT_NONE throughout */
    *out = log;
    return CUT_OK;
}

/*
 * Lines
 */

static void end_line(struct cut_log *log)
{
    if (log->x > 0)
        fputc('\n', log->file);
    log->x = 0;
}

/*
 * Write words that stay together. On a terminal a full line is continued in the
 * next; elsewhere a line stays whole, for grep and diff.
 */
static void __attribute__((format(printf, 3, 4)))
say(struct cut_log *log, unsigned ink, const char *format, ...)
{
    char words[LOG_WORDS_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    const char *text = words;
    uint32_t width = cut_text_width(text);
    if (log->terminal.is_terminal && log->x > LOG_INDENT &&
        log->x + log->pad + width > log->terminal.width) {
        if (*text == ',')
            fputc(*text++, log->file);
        end_line(log);
        text += *text == ' ';
        log->pad = LOG_INDENT;
    }
    fprintf(log->file, "%*s", (int)log->pad, "");
    log->x += log->pad;
    log->pad = 0;
    if (ink != CUT_INK_PLAIN)
        cut_ink_write(&log->terminal, ink, log->file);
    fputs(text, log->file);
    if (ink != CUT_INK_PLAIN)
        cut_ink_write(&log->terminal, CUT_INK_PLAIN, log->file);
    log->x += width;
}

static const char *name_of(const struct cut_log *log, uint32_t process)
{
    return cut_topology_name(log->topology, process);
}

static const char *source_of(const struct cut_log *log, uint32_t channel)
{
    return name_of(log, cut_topology_source(log->topology, channel));
}

static const char *destination_of(const struct cut_log *log, uint32_t channel)
{
    return name_of(log, cut_topology_destination(log->topology, channel));
}

/*
 * What is in transit
 */

static struct log_flight *flight_at(struct cut_log *log, uint32_t i)
{
    return (struct log_flight *)log->flights.elements + i;
}

/* Return a flight to be filled in, CUT_NONE when out of memory. */
static uint32_t take_flight(struct cut_log *log)
{
    uint32_t i = log->flight_free;
    if (i != CUT_NONE) {
        log->flight_free = flight_at(log, i)->next;
        return i;
    }
    i = (uint32_t)log->flights.count;
    return append(log, &log->flights, sizeof(struct log_flight)) != NULL
               ? i
               : CUT_NONE;
}

static void push_flight(struct cut_log *log, const struct cut_sim_event *event)
{
    struct log_channel *channel = &log->channels[event->channel];
    uint32_t i = take_flight(log);
    if (i == CUT_NONE)
        return;
    log->flight_count++;
    *flight_at(log, i) = (struct log_flight){
        .value = event->message.value,
        .due = event->message.due,
        .next = CUT_NONE,
        .is_marker = event->message.is_marker,
    };
    if (channel->first != CUT_NONE) {
        flight_at(log, channel->last)->next = i;
    } else {
        channel->first = i;
        channel->position = (uint32_t)log->busy.count;
        uint32_t *busy = append(log, &log->busy, sizeof(uint32_t));
        if (busy == NULL)
            return;
        *busy = event->channel;
    }
    channel->last = i;
}

static void pop_flight(struct cut_log *log, uint32_t index)
{
    struct log_channel *channel = &log->channels[index];
    uint32_t i = channel->first;
    if (i == CUT_NONE)
        return;
    log->flight_count--;
    channel->first = flight_at(log, i)->next;
    flight_at(log, i)->next = log->flight_free;
    log->flight_free = i;
    if (channel->first != CUT_NONE)
        return;
    uint32_t *busy = log->busy.elements;
    uint32_t moved = busy[--log->busy.count];
    busy[channel->position] = moved;
    log->channels[moved].position = channel->position;
}

static int compare_channels(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (*left > *right) - (*left < *right);
}

static void write_channel(struct cut_log *log, uint32_t channel, bool is_last)
{
    const char *source = source_of(log, channel);
    const char *arrow = "->";
    const char *destination = destination_of(log, channel);
    const char *space = " ";
    uint32_t i = log->channels[channel].first;
    while (i != CUT_NONE) {
        const struct log_flight *flight = flight_at(log, i);
        i = flight->next;
        say(log,
            flight->is_marker ? cut_ink_of_snapshot(flight->value)
                              : CUT_INK_PLAIN,
            " %s%s%s%s%s(%" PRIu64 ")@%" PRIu64 "%s",
            source,
            arrow,
            destination,
            space,
            flight->is_marker ? "marker" : "token",
            flight->value,
            flight->due,
            i == CUT_NONE && !is_last ? ";" : "");
        /* The channel's name stands before the first, in one line with it. */
        source = arrow = destination = space = "";
    }
}

static void write_in_flight(struct cut_log *log)
{
    uint32_t *busy = log->busy.elements;
    size_t count = log->busy.count;
    say(log, CUT_INK_FAINT, "  in flight:");
    if (count == 0) {
        say(log, CUT_INK_FAINT, " nothing");
    } else if (log->flight_count > LOG_LISTED_MAX) {
        say(log,
            CUT_INK_FAINT,
            " %zu messages and markers in %zu channels",
            log->flight_count,
            count);
    } else {
        qsort(busy, count, sizeof busy[0], compare_channels);
        for (size_t i = 0; i < count; i++) {
            log->channels[busy[i]].position = (uint32_t)i;
            write_channel(log, busy[i], i + 1 == count);
        }
    }
    end_line(log);
}

/*
 * Acts
 */

static void say_complete(struct cut_log *log, uint64_t number)
{
    const struct log_snapshot *snapshot =
        (struct log_snapshot *)log->snapshots.elements + number;
    say(log,
        cut_ink_of_snapshot(number) | CUT_INK_BOLD,
        "  snapshot %" PRIu64 " complete at %" PRIu64 ": begun at %" PRIu64
        " by %s,",
        number,
        log->now,
        snapshot->begun,
        name_of(log, snapshot->initiator));
    say(log,
        cut_ink_of_snapshot(number),
        " %" PRIu64 " in processes + %" PRIu64 " in %" PRIu64 " %s = %" PRIu64
        " %s",
        snapshot->tokens,
        snapshot->recorded,
        snapshot->recorded_count,
        snapshot->recorded_count == 1 ? "message" : "messages",
        snapshot->tokens + snapshot->recorded,
        snapshot->tokens + snapshot->recorded == 1 ? "token" : "tokens");
    end_line(log);
}

/* A marker that brings about nothing else ends its channel's recording. */
static void answer_marker(struct cut_log *log)
{
    if (log->act.is_marker && !log->act.is_answered)
        say(log, CUT_INK_PLAIN, ", channel state complete");
    log->act.is_answered = true;
}

static void close_act(struct cut_log *log)
{
    if (!log->act.is_open)
        return;
    answer_marker(log);
    if (log->act.has_holds) {
        if (log->x < LOG_HOLDS_COLUMN)
            log->pad = LOG_HOLDS_COLUMN - log->x;
        say(log, CUT_INK_FAINT, "  holds %" PRIu64, log->act.holds);
    }
    end_line(log);
    log->act.is_open = false;
    if (log->completed > 0)
        say_complete(log, log->completed - 1);
    log->completed = 0;
}

/* Begin the line of what a process does. */
static void open_act(struct cut_log *log, uint32_t process)
{
    close_act(log);
    log->act = (struct log_act){.is_open = true, .process = process};
    const char *name = name_of(log, process);
    int pad = log->name_width - (int)cut_text_width(name);
    say(log, CUT_INK_BOLD, "  %s", name);
    log->pad = pad > 0 ? (uint32_t)pad + 1 : 1;
}

static void close_tick(struct cut_log *log)
{
    close_act(log);
    if (log->has_tick && log->error == CUT_OK)
        write_in_flight(log);
}

static void open_tick(struct cut_log *log, uint64_t now)
{
    if (log->has_tick && log->now == now)
        return;
    close_tick(log);
    uint64_t first = log->now + 1;
    if (log->has_tick && first + 1 == now)
        say(log, CUT_INK_FAINT, "tick %" PRIu64 ": nothing due", first);
    else if (log->has_tick && first < now)
        say(log,
            CUT_INK_FAINT,
            "ticks %" PRIu64 "-%" PRIu64 ": nothing due",
            first,
            now - 1);
    end_line(log);
    log->has_tick = true;
    log->now = now;
    say(log, CUT_INK_BOLD, "tick %" PRIu64, now);
    end_line(log);
}

/*
 * Events
 */

/* Return what is known of a snapshot, NULL when out of memory. */
static struct log_snapshot *snapshot_of(struct cut_log *log, uint64_t number)
{
    while (log->snapshots.count <= number) {
        struct log_snapshot *added =
            append(log, &log->snapshots, sizeof(struct log_snapshot));
        if (added == NULL)
            return NULL;
        added->initiator = CUT_NONE;
    }
    return (struct log_snapshot *)log->snapshots.elements + number;
}

static void observe_send(struct cut_log *log, const struct cut_sim_event *event)
{
    const struct cut_sim_message *message = &event->message;
    const char *name = destination_of(log, event->channel);
    if (!message->is_marker) {
        open_act(log, event->process);
        say(log,
            CUT_INK_PLAIN,
            " sends token(%" PRIu64 ") to %s, due %" PRIu64,
            message->value,
            name,
            message->due);
        log->act.has_holds = true;
        log->act.holds = event->tokens;
    } else if (!log->act.is_sending) {
        log->act.is_sending = true;
        say(log,
            cut_ink_of_snapshot(message->value),
            ", sends marker %" PRIu64 " to %s",
            message->value,
            name);
    } else {
        say(log, cut_ink_of_snapshot(message->value), " %s", name);
    }
    push_flight(log, event);
}

static void observe_delivery(struct cut_log *log,
                             const struct cut_sim_event *event)
{
    const struct cut_sim_message *message = &event->message;
    uint32_t process = cut_topology_destination(log->topology, event->channel);
    pop_flight(log, event->channel);
    open_act(log, process);
    log->act.is_marker = message->is_marker;
    log->act.snapshot = message->value;
    if (message->is_marker) {
        say(log,
            cut_ink_of_snapshot(message->value),
            " receives marker %" PRIu64 " from %s",
            message->value,
            source_of(log, event->channel));
        return;
    }
    say(log,
        CUT_INK_PLAIN,
        " receives token(%" PRIu64 ") from %s",
        message->value,
        source_of(log, event->channel));
    log->act.has_holds = true;
    log->act.holds = event->tokens + message->value;
}

static void observe_capture(struct cut_log *log,
                            const struct cut_sim_event *event)
{
    struct log_snapshot *snapshot = snapshot_of(log, event->snapshot);
    if (snapshot == NULL)
        return;
    unsigned ink = cut_ink_of_snapshot(event->snapshot) | CUT_INK_BOLD;
    if (snapshot->initiator == CUT_NONE) {
        snapshot->initiator = event->process;
        snapshot->begun = event->now;
        open_act(log, event->process);
        say(log, ink, " begins snapshot %" PRIu64, event->snapshot);
    }
    snapshot->tokens += event->tokens;
    log->act.is_answered = true;
    say(log, ink, ", captures %" PRIu64, event->tokens);
}

static void observe_record(struct cut_log *log,
                           const struct cut_sim_event *event)
{
    struct log_snapshot *snapshot = snapshot_of(log, event->snapshot);
    if (snapshot == NULL)
        return;
    snapshot->recorded += event->message.value;
    snapshot->recorded_count++;
    say(log,
        cut_ink_of_snapshot(event->snapshot),
        "%s%" PRIu64,
        log->act.is_recording ? " " : ", recorded for ",
        event->snapshot);
    log->act.is_recording = true;
}

static void observe_part(struct cut_log *log, const struct cut_sim_event *event)
{
    answer_marker(log);
    say(log,
        cut_ink_of_snapshot(event->snapshot),
        ", completes its part of %" PRIu64,
        event->snapshot);
}

void cut_log_observe(void *context, const struct cut_sim_event *event)
{
    struct cut_log *log = context;
    if (log->error != CUT_OK)
        return;
    open_tick(log, event->now);
    switch (event->kind) {
    case CUT_SIM_SEND:
        observe_send(log, event);
        break;
    case CUT_SIM_DELIVER:
        observe_delivery(log, event);
        break;
    case CUT_SIM_CAPTURE:
        observe_capture(log, event);
        break;
    case CUT_SIM_RECORD:
        observe_record(log, event);
        break;
    case CUT_SIM_PART:
        observe_part(log, event);
        break;
    case CUT_SIM_COMPLETE:
        log->completed = event->snapshot + 1;
        break;
    /* Not by the schedule of ticks. */
    case CUT_SIM_START:
    case CUT_SIM_TIMER:
    case CUT_SIM_INPUT:
    case CUT_SIM_PRINT:
    case CUT_SIM_LOSE:
    case CUT_SIM_STOP:
    case CUT_SIM_RESUME:
    case CUT_SIM_ABORT:
    case CUT_SIM_JOIN:
    case CUT_SIM_LEAVE:
    case CUT_SIM_CRASH:
        break;
    }
}

enum cut_error cut_log_finish(struct cut_log *log)
{
    close_tick(log);
    return log->error;
}
