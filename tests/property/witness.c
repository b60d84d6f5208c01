#include "witness.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX

struct message {
    uint32_t source;
    uint32_t destination;
    uint32_t type;
    uint32_t size;
    uint64_t sent_at;      /* positions: how many events were seen before */
    uint64_t delivered_at; /* for the first time; NEVER */
    bool is_lost;
    unsigned recorded; /* for the snapshot that is judged */
    uint8_t data[ACTOR_DATA_MAX];
};

struct process {
    struct actor_counts counts; /* as far as has been seen */
    uint64_t joined_at;
    bool is_member;
    bool has_crashed;
    bool stands_still;
};

struct part {
    bool takes_part;
    uint64_t captured; /* time */
    uint64_t joined_at;
    uint64_t captured_at; /* NEVER */
    uint64_t complete_at; /* NEVER */
    struct actor_counts counts;
};

struct snapshot {
    bool has_begun;
    bool is_complete;
    bool is_aborted;
    struct part parts[WITNESS_PROCESSES];
};

/* A message was recorded. */
struct record {
    uint64_t snapshot;
    uint64_t message;
    uint32_t process;
};

struct witness {
    struct witness_terms terms;
    uint32_t process_count;
    uint64_t position;
    uint64_t now;
    struct process processes[WITNESS_PROCESSES];
    struct snapshot snapshots[WITNESS_SNAPSHOTS];
    /* What is in each channel, or waits to get into it. */
    uint32_t inside[WITNESS_PROCESSES][WITNESS_PROCESSES];
    uint64_t last[WITNESS_PROCESSES][WITNESS_PROCESSES]; /* delivered, and 1 */
    bool has_channel[WITNESS_PROCESSES][WITNESS_PROCESSES];
    struct message *messages;
    size_t message_count;
    size_t message_capacity;
    struct record *records;
    size_t record_count;
    size_t record_capacity;
    uint64_t *found; /* the messages of the snapshot that is judged */
    size_t found_count;
    size_t found_capacity;
    uint64_t events;
    uint64_t deliveries;
    uint64_t losses; /* of copies too */
    uint64_t completions;
    uint64_t aborts;
    uint64_t time_outs;
    char complaint[256];
};

static void *
grow(void *array, size_t *capacity, size_t count, size_t element_size)
{
    if (count <= *capacity)
        return array;
    *capacity = count < 64 ? 64 : 2 * count;
    array = realloc(array, *capacity * element_size);
    if (array == NULL)
        abort();
    return array;
}

__attribute__((format(printf, 2, 3))) static void
complain(struct witness *w, const char *format, ...)
{
    va_list arguments;

    if (w->complaint[0] != '\0')
        return;
    int size = snprintf(
        w->complaint, sizeof w->complaint, "at %" PRIu64 " ns: ", w->now);
    va_start(arguments, format);
    vsnprintf(w->complaint + size,
              sizeof w->complaint - (size_t)size,
              format,
              arguments);
    va_end(arguments);
}

/* Life */

struct witness *witness_create(void)
{
    struct witness *w = calloc(1, sizeof *w);

    if (w == NULL)
        abort();
    return w;
}

void witness_destroy(struct witness *w)
{
    free(w->messages);
    free(w->records);
    free(w->found);
    free(w);
}

static void learn_channels(struct witness *w)
{
    const struct cut_topology *topology = w->terms.topology;

    for (uint32_t a = 0; a < w->process_count; a++)
        for (uint32_t b = 0; b < w->process_count; b++)
            w->has_channel[a][b] =
                a != b && cut_topology_channel(topology, a, b) != CUT_NONE;
}

static void begin_snapshots(struct witness *w)
{
    for (unsigned s = 0; s < WITNESS_SNAPSHOTS; s++) {
        struct snapshot *snapshot = &w->snapshots[s];
        snapshot->has_begun = false;
        snapshot->is_complete = false;
        snapshot->is_aborted = false;
        for (unsigned p = 0; p < WITNESS_PROCESSES; p++)
            snapshot->parts[p] =
                (struct part){.captured_at = NEVER, .complete_at = NEVER};
    }
}

void witness_begin(struct witness *w, const struct witness_terms *terms)
{
    w->terms = *terms;
    w->process_count = cut_topology_process_count(terms->topology);
    if (w->process_count > WITNESS_PROCESSES)
        abort();
    for (unsigned p = 0; p < WITNESS_PROCESSES; p++)
        w->processes[p] = (struct process){.is_member = true};
    memset(w->inside, 0, sizeof w->inside);
    memset(w->last, 0, sizeof w->last);
    begin_snapshots(w);
    learn_channels(w);
    w->position = 0;
    w->now = 0;
    w->message_count = 0;
    w->record_count = 0;
    w->events = 0;
    w->deliveries = 0;
    w->losses = 0;
    w->completions = 0;
    w->aborts = 0;
    w->time_outs = 0;
    w->complaint[0] = '\0';
}

void witness_is_absent(struct witness *w, uint32_t process)
{
    w->processes[process].is_member = false;
}

const char *witness_complaint(const struct witness *w)
{
    return w->complaint[0] != '\0' ? w->complaint : NULL;
}

/* Seeing */

/* A process has an event: it is there, may move, and has room. */
static void begin_event(struct witness *w, uint32_t p)
{
    const struct process *process = &w->processes[p];

    w->events++;
    if (!process->is_member)
        complain(w, "p%u is no member and has an event", p);
    if (process->stands_still)
        complain(w, "p%u stands still and has an event", p);
    for (uint32_t q = 0; w->terms.capacity > 0 && q < w->process_count; q++)
        if (w->inside[p][q] >= w->terms.capacity)
            complain(w,
                     "p%u has an event and %u in its channel to p%u",
                     p,
                     w->inside[p][q],
                     q);
    actor_count_event(&w->processes[p].counts);
}

static void take_room(struct witness *w,
                      const struct cut_sim_event *event,
                      uint32_t source,
                      uint32_t destination,
                      bool is_in)
{
    if (event->message.is_marker && !w->terms.markers_take_room)
        return;
    if (is_in)
        w->inside[source][destination]++;
    else
        w->inside[source][destination]--;
}

static void see_send(struct witness *w, const struct cut_sim_event *event)
{
    uint32_t p = event->process;
    uint32_t q = event->peer;

    if (q >= w->process_count || !w->has_channel[p][q])
        complain(w, "p%u sends to p%u, without a channel", p, q);
    take_room(w, event, p, q, true);
    if (event->message.is_marker)
        return;
    if (event->message.id != w->message_count)
        complain(w,
                 "message %" PRIu64 " is sent, expected %zu",
                 event->message.id,
                 w->message_count);
    if (event->message.size > ACTOR_DATA_MAX)
        abort();
    w->messages = grow(w->messages,
                       &w->message_capacity,
                       w->message_count + 1,
                       sizeof *w->messages);
    struct message *message = &w->messages[w->message_count++];
    *message = (struct message){
        .source = p,
        .destination = q,
        .type = event->message.type,
        .size = event->message.size,
        .sent_at = w->position,
        .delivered_at = NEVER,
    };
    if (message->size > 0)
        memcpy(message->data, event->message.data, message->size);
    actor_count_message(&w->processes[p].counts,
                        true,
                        message->type,
                        message->data,
                        message->size);
}

/* The bytes that come are those that were sent. */
static bool is_same(const struct message *message,
                    uint32_t type,
                    size_t size,
                    const void *data)
{
    return message->type == type && message->size == size &&
           (size == 0 || memcmp(message->data, data, size) == 0);
}

static void check_delivery(struct witness *w,
                           const struct message *message,
                           const struct cut_sim_event *event)
{
    uint64_t id = event->message.id;
    uint64_t *last = &w->last[message->source][message->destination];

    if (message->destination != event->process ||
        message->source != event->peer)
        complain(w, "message %" PRIu64 " is delivered elsewhere", id);
    if (!is_same(message,
                 event->message.type,
                 event->message.size,
                 event->message.data))
        complain(w, "message %" PRIu64 " has changed on its way", id);
    if (message->is_lost && w->terms.is_exact)
        complain(w, "message %" PRIu64 " was lost, and is delivered", id);
    if (message->delivered_at != NEVER && w->terms.is_exact)
        complain(w, "message %" PRIu64 " is delivered twice", id);
    if (w->terms.is_fifo && id + 1 < *last)
        complain(w, "message %" PRIu64 " is delivered after a later one", id);
    *last = id + 1;
}

static void see_deliver(struct witness *w, const struct cut_sim_event *event)
{
    uint64_t id = event->message.id;

    take_room(w, event, event->peer, event->process, false);
    if (event->message.is_marker)
        return;
    w->deliveries++;
    if (id >= w->message_count) {
        complain(w, "message %" PRIu64 " is delivered, and not sent", id);
        return;
    }
    struct message *message = &w->messages[id];
    check_delivery(w, message, event);
    if (message->delivered_at == NEVER)
        message->delivered_at = w->position;
    begin_event(w, event->process);
    actor_count_message(&w->processes[event->process].counts,
                        false,
                        message->type,
                        message->data,
                        message->size);
}

static void see_lose(struct witness *w, const struct cut_sim_event *event)
{
    uint32_t destination = event->peer;

    take_room(w, event, event->process, destination, false);
    if (event->message.is_marker)
        return;
    w->losses++;
    if (event->message.id < w->message_count)
        w->messages[event->message.id].is_lost = true;
    else
        complain(w, "a message is lost that was not sent");
    if (w->terms.is_exact && w->processes[destination].is_member &&
        !w->processes[event->process].has_crashed)
        complain(w, "message %" PRIu64 " is lost", event->message.id);
}

static struct snapshot *snapshot_of(struct witness *w, uint64_t number)
{
    if (number < WITNESS_SNAPSHOTS)
        return &w->snapshots[number];
    complain(w, "there is a snapshot %" PRIu64, number);
    return &w->snapshots[0];
}

static void begin_snapshot(const struct witness *w, struct snapshot *snapshot)
{
    for (uint32_t p = 0; p < w->process_count; p++) {
        snapshot->parts[p].takes_part = w->processes[p].is_member;
        snapshot->parts[p].joined_at = w->processes[p].joined_at;
    }
    snapshot->has_begun = true;
}

static void see_capture(struct witness *w, const struct cut_sim_event *event)
{
    struct snapshot *snapshot = snapshot_of(w, event->snapshot);
    struct part *part = &snapshot->parts[event->process];

    if (!snapshot->has_begun)
        begin_snapshot(w, snapshot);
    if (!part->takes_part)
        complain(w, "p%u captures, and is no member", event->process);
    if (part->captured_at != NEVER)
        complain(w, "p%u captures twice", event->process);
    if (snapshot->is_complete || snapshot->is_aborted)
        complain(w, "p%u captures for what is over", event->process);
    part->captured_at = w->position;
    part->captured = event->now;
    part->counts = w->processes[event->process].counts;
    if (event->tokens != part->counts.events)
        complain(w, "p%u captures, and its facts differ", event->process);
}

static void see_part(struct witness *w, const struct cut_sim_event *event)
{
    struct snapshot *snapshot = snapshot_of(w, event->snapshot);
    struct part *part = &snapshot->parts[event->process];

    if (part->captured_at == NEVER || part->complete_at != NEVER ||
        snapshot->is_complete || snapshot->is_aborted)
        complain(w, "a part of p%u is complete too much", event->process);
    part->complete_at = w->position;
    if (event->tokens != part->counts.events)
        complain(w, "facts of a part of p%u differ", event->process);
}

static void see_complete(struct witness *w, const struct cut_sim_event *event)
{
    struct snapshot *snapshot = snapshot_of(w, event->snapshot);

    w->completions++;
    if (snapshot->is_complete || snapshot->is_aborted)
        complain(w, "a snapshot is complete twice, or was aborted");
    for (uint32_t p = 0; p < w->process_count; p++)
        if (snapshot->parts[p].takes_part &&
            snapshot->parts[p].complete_at == NEVER)
            complain(w, "a snapshot is complete without p%u", p);
    snapshot->is_complete = true;
}

static void see_abort(struct witness *w, const struct cut_sim_event *event)
{
    struct snapshot *snapshot = snapshot_of(w, event->snapshot);

    w->aborts++;
    if (snapshot->is_complete || snapshot->is_aborted)
        complain(w, "a snapshot is aborted twice, or was complete");
    if (event->text == NULL || event->text[0] == '\0')
        complain(w, "a snapshot is aborted without a reason");
    else
        w->time_outs += strcmp(event->text, "it took too long") == 0;
    snapshot->is_aborted = true;
}

static void see_record(struct witness *w, const struct cut_sim_event *event)
{
    const struct snapshot *snapshot = snapshot_of(w, event->snapshot);

    if (snapshot->parts[event->process].captured_at == NEVER ||
        snapshot->parts[event->process].complete_at != NEVER ||
        snapshot->is_aborted)
        complain(w, "p%u records what it cannot", event->process);
    w->records = grow(w->records,
                      &w->record_capacity,
                      w->record_count + 1,
                      sizeof *w->records);
    w->records[w->record_count++] = (struct record){
        .snapshot = event->snapshot,
        .message = event->message.id,
        .process = event->process,
    };
}

static void see_still(struct witness *w, uint32_t process, bool stops)
{
    if (w->processes[process].stands_still == stops)
        complain(w, "p%u stops or resumes twice", process);
    w->processes[process].stands_still = stops;
}

static void see_member(struct witness *w, uint32_t process, bool joins)
{
    struct process *p = &w->processes[process];

    if (p->is_member == joins)
        complain(w, "p%u joins or leaves twice", process);
    p->is_member = joins;
    if (joins)
        p->joined_at = w->position;
}

void witness_see(void *context, const struct cut_sim_event *event)
{
    struct witness *w = context;

    if (event->now < w->now)
        complain(w, "time goes back to %" PRIu64, event->now);
    w->now = event->now;
    switch (event->kind) {
    case CUT_SIM_SEND:
        see_send(w, event);
        break;
    case CUT_SIM_DELIVER:
        see_deliver(w, event);
        break;
    case CUT_SIM_CAPTURE:
        see_capture(w, event);
        break;
    case CUT_SIM_RECORD:
        see_record(w, event);
        break;
    case CUT_SIM_PART:
        see_part(w, event);
        break;
    case CUT_SIM_COMPLETE:
        see_complete(w, event);
        break;
    case CUT_SIM_START:
    case CUT_SIM_TIMER:
    case CUT_SIM_INPUT:
        begin_event(w, event->process);
        break;
    case CUT_SIM_LOSE:
        see_lose(w, event);
        break;
    case CUT_SIM_STOP:
    case CUT_SIM_RESUME:
        see_still(w, event->process, event->kind == CUT_SIM_STOP);
        break;
    case CUT_SIM_ABORT:
        see_abort(w, event);
        break;
    case CUT_SIM_JOIN:
    case CUT_SIM_LEAVE:
    case CUT_SIM_CRASH:
        see_member(w, event->process, event->kind == CUT_SIM_JOIN);
        w->processes[event->process].has_crashed |=
            event->kind == CUT_SIM_CRASH;
        break;
    case CUT_SIM_PRINT:
        break;
    }
    w->position++;
}

/* Judging */

/* A message of the snapshot: of two who take part, and not sent to nobody. */
static bool is_of(const struct snapshot *snapshot,
                  const struct message *message)
{
    const struct part *source = &snapshot->parts[message->source];
    const struct part *destination = &snapshot->parts[message->destination];

    return source->takes_part && destination->takes_part &&
           (message->delivered_at != NEVER ||
            (message->sent_at >= source->joined_at &&
             message->sent_at >= destination->joined_at));
}

static bool is_sent_in(const struct snapshot *snapshot, const struct message *m)
{
    return m->sent_at < snapshot->parts[m->source].captured_at;
}

static bool is_delivered_in(const struct snapshot *snapshot,
                            const struct message *m)
{
    return m->delivered_at != NEVER &&
           m->delivered_at < snapshot->parts[m->destination].captured_at;
}

static void judge_message(const struct witness *w,
                          const struct snapshot *snapshot,
                          uint64_t id,
                          uint64_t worst[3],
                          struct cut_verdict *out)
{
    const struct message *m = &w->messages[id];
    bool is_inside = is_of(snapshot, m);
    bool is_sent = is_sent_in(snapshot, m);
    bool is_delivered = is_delivered_in(snapshot, m);
    bool crosses = is_inside && is_sent && !is_delivered;

    out->crossing_count += crosses;
    if (is_inside && !is_sent && is_delivered && worst[0] == NEVER)
        worst[0] = id;
    if (crosses && m->recorded == 0 && worst[1] == NEVER)
        worst[1] = id;
    if (m->recorded > (crosses ? 1 : 0) && worst[2] == NEVER)
        worst[2] = id;
}

/* The first message that is found before one of its channel that was sent
 * before it; found: what receivers recorded, and behind it the senders'. */
static uint64_t find_disorder(const struct witness *w)
{
    uint64_t first = NEVER;

    for (size_t i = 0; i < w->found_count; i++)
        for (size_t j = i + 1; j < w->found_count; j++) {
            const struct message *a = &w->messages[w->found[i]];
            const struct message *b = &w->messages[w->found[j]];
            if (a->source == b->source && a->destination == b->destination &&
                w->found[i] >= w->found[j] && w->found[i] < first)
                first = w->found[i];
        }
    return first;
}

static void judge_messages(const struct witness *w,
                           const struct snapshot *snapshot,
                           struct cut_verdict *out)
{
    static const enum cut_verdict_kind kinds[] = {
        CUT_VERDICT_ORPHAN, CUT_VERDICT_MISSING, CUT_VERDICT_EXTRA};
    uint64_t worst[3] = {NEVER, NEVER, NEVER};

    out->recorded_count = w->found_count;
    for (uint64_t id = 0; id < w->message_count; id++)
        judge_message(w, snapshot, id, worst, out);
    for (unsigned i = 0; i < 3 && out->kind == CUT_VERDICT_CONSISTENT; i++)
        if (worst[i] != NEVER) {
            out->kind = kinds[i];
            out->message = worst[i];
        }
    uint64_t disorder = w->terms.is_fifo ? find_disorder(w) : NEVER;
    if (out->kind == CUT_VERDICT_CONSISTENT && disorder != NEVER) {
        out->kind = CUT_VERDICT_ORDER;
        out->message = disorder;
    }
}

/* What a process says that it recorded is what it was seen to record. */
static void check_recorded(struct witness *w,
                           uint64_t number,
                           uint32_t process,
                           const struct cut_sim_recorded *recorded,
                           size_t *cursor)
{
    uint64_t id = recorded->id;

    while (*cursor < w->record_count) {
        const struct record *record = &w->records[*cursor];
        if (record->snapshot == number && record->process == process &&
            (w->messages[record->message].source == process) ==
                recorded->is_by_sender)
            break;
        ++*cursor;
    }
    if (*cursor == w->record_count || w->records[*cursor].message != id) {
        complain(w, "p%u has recorded what it was not seen to", process);
        return;
    }
    ++*cursor;
    const struct message *message = &w->messages[id];
    if (message->source != recorded->source ||
        message->destination != recorded->destination ||
        !is_same(message,
                 recorded->message.type,
                 recorded->message.size,
                 recorded->message.data))
        complain(
            w, "p%u has recorded a message that was sent otherwise", process);
    if ((recorded->is_by_sender ? message->source : message->destination) !=
        process)
        complain(w, "p%u has recorded a message of others", process);
}

/* Gather what receivers recorded, or what senders did. */
static size_t gather(struct witness *w,
                     const struct cut_sim *sim,
                     uint64_t number,
                     bool is_by_sender,
                     struct cut_sim_snapshot_info *sums)
{
    for (uint32_t p = 0; p < w->process_count; p++) {
        struct cut_sim_recorded recorded;
        uint32_t at = CUT_NONE;
        size_t cursor = 0;
        while (cut_sim_next_recorded(sim, number, p, &at, &recorded)) {
            if (recorded.is_by_sender != is_by_sender)
                continue;
            check_recorded(w, number, p, &recorded, &cursor);
            w->found = grow(w->found,
                            &w->found_capacity,
                            w->found_count + 1,
                            sizeof *w->found);
            w->found[w->found_count++] = recorded.id;
            w->messages[recorded.id].recorded++;
            sums->messages_recorded++;
            sums->bytes_recorded += recorded.message.size;
        }
    }
    return w->found_count;
}

static void check_part(struct witness *w,
                       const struct cut_sim *sim,
                       uint64_t number,
                       uint32_t process)
{
    const struct part *seen = &w->snapshots[number].parts[process];
    struct cut_sim_part part = cut_sim_part(sim, number, process);
    struct actor_counts counts = {0};

    if (part.is_captured != (seen->captured_at != NEVER) ||
        part.is_complete != (seen->complete_at != NEVER)) {
        complain(w, "p%u has a part that it was not seen to have", process);
        return;
    }
    if (!part.is_captured)
        return;
    if (part.captured != seen->captured)
        complain(w, "p%u has captured at another time", process);
    if (!actor_read(w->terms.process, part.state, part.size, &counts) ||
        memcmp(&counts, &seen->counts, sizeof counts) != 0)
        complain(w,
                 "p%u has captured %" PRIu64 " events, %" PRIu64
                 " sent, %" PRIu64 " received; it had %" PRIu64 ", %" PRIu64
                 ", %" PRIu64,
                 process,
                 counts.events,
                 counts.sent,
                 counts.received,
                 seen->counts.events,
                 seen->counts.sent,
                 seen->counts.received);
}

/* Look into what is not aborted: states, messages, sums. */
static void examine(struct witness *w,
                    const struct cut_sim *sim,
                    uint64_t number,
                    const struct cut_sim_snapshot_info *info)
{
    struct cut_sim_snapshot_info sums = {.messages_recorded = 0};
    size_t seen = 0;

    for (uint32_t p = 0; p < w->process_count; p++)
        check_part(w, sim, number, p);
    for (uint64_t id = 0; id < w->message_count; id++)
        w->messages[id].recorded = 0;
    w->found_count = 0;
    gather(w, sim, number, false, &sums);
    gather(w, sim, number, true, &sums);
    for (size_t i = 0; i < w->record_count; i++)
        seen += w->records[i].snapshot == number;
    if (seen != w->found_count ||
        sums.messages_recorded != info->messages_recorded ||
        sums.bytes_recorded != info->bytes_recorded)
        complain(w,
                 "snapshot %" PRIu64 " has %zu messages, %zu were seen, "
                 "%" PRIu64 " said",
                 number,
                 w->found_count,
                 seen,
                 info->messages_recorded);
}

static void check_info(struct witness *w,
                       uint64_t number,
                       const struct cut_sim_snapshot_info *info)
{
    const struct snapshot *seen = &w->snapshots[number];

    if ((info->status == CUT_SIM_STATUS_COMPLETE) != seen->is_complete ||
        (info->status == CUT_SIM_STATUS_ABORTED) != seen->is_aborted)
        complain(w, "the status of snapshot %" PRIu64 " was not seen", number);
    if ((info->status == CUT_SIM_STATUS_ABORTED) != (info->reason != NULL))
        complain(w, "snapshot %" PRIu64 " has a reason, or none", number);
    if (info->status == CUT_SIM_STATUS_COMPLETE && info->missing != 0)
        complain(w, "snapshot %" PRIu64 " is complete but for parts", number);
    if (info->status != CUT_SIM_STATUS_OPEN && info->ended < info->begun)
        complain(w, "snapshot %" PRIu64 " ends before it begins", number);
}

/* Nothing of what is aborted is left. */
static void check_nothing_left(struct witness *w,
                               const struct cut_sim *sim,
                               uint64_t number)
{
    struct cut_sim_recorded recorded;
    uint32_t cursor = CUT_NONE;

    for (uint32_t p = 0; p < w->process_count; p++) {
        cursor = CUT_NONE;
        if (cut_sim_part(sim, number, p).is_captured ||
            cut_sim_next_recorded(sim, number, p, &cursor, &recorded))
            complain(w,
                     "snapshot %" PRIu64 " is aborted, and p%u has some",
                     number,
                     p);
    }
}

void witness_judge(struct witness *w,
                   const struct cut_sim *sim,
                   uint64_t number,
                   struct cut_verdict *out)
{
    struct snapshot *snapshot = snapshot_of(w, number);
    struct cut_sim_snapshot_info info;

    *out = (struct cut_verdict){
        .kind = CUT_VERDICT_CONSISTENT,
        .message = NEVER,
        .process = CUT_NONE,
    };
    if (!cut_sim_snapshot_info(sim, number, &info)) {
        complain(w, "snapshot %" PRIu64 " is not there", number);
        return;
    }
    check_info(w, number, &info);
    if (snapshot->is_aborted) {
        check_nothing_left(w, sim, number);
        out->kind = CUT_VERDICT_ABORTED;
        return;
    }
    examine(w, sim, number, &info);
    for (uint32_t p = w->process_count; p-- > 0;) {
        const struct part *part = &snapshot->parts[p];
        bool takes_part =
            snapshot->has_begun ? part->takes_part : w->processes[p].is_member;
        if (takes_part && part->complete_at == NEVER) {
            out->kind = CUT_VERDICT_INCOMPLETE;
            out->process = p;
        }
    }
    if (out->kind == CUT_VERDICT_CONSISTENT)
        judge_messages(w, snapshot, out);
}

/* The end */

void witness_check_stats(struct witness *w, const struct cut_sim_stats *stats)
{
    if (stats->events != w->events)
        complain(w,
                 "%" PRIu64 " events were seen, %" PRIu64 " counted",
                 w->events,
                 stats->events);
    if (stats->messages_sent != w->message_count ||
        stats->messages_delivered != w->deliveries ||
        stats->messages_lost != w->losses)
        complain(w, "messages were counted that were not seen");
    if (stats->snapshots_complete != w->completions ||
        stats->snapshots_aborted != w->aborts)
        complain(w, "snapshots were counted that were not seen");
}

uint64_t witness_timed_out_count(const struct witness *w)
{
    return w->time_outs;
}

uint64_t witness_underway_count(const struct witness *w)
{
    uint64_t count = 0;

    for (size_t i = 0; i < w->message_count; i++)
        count +=
            w->messages[i].delivered_at == NEVER && !w->messages[i].is_lost;
    return count;
}

bool witness_somebody_stands_still(const struct witness *w)
{
    for (uint32_t p = 0; p < w->process_count; p++)
        if (w->processes[p].is_member && w->processes[p].stands_still)
            return true;
    return false;
}
