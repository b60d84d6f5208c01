/*
 * The parts of the snapshots that are open here: the state as it was captured,
 * and the messages that belong to the channels' states, each kept once however
 * many snapshots want it.
 */
#include "net/part.h"

#include "base/memory.h"
#include "base/trap.h"
#include "net/tracing.h"

#include <string.h>

/* A message, kept. */
struct kept {
    uint32_t reference_count;
    uint32_t peer;
    uint32_t size;
    uint32_t channel;
    uint8_t type;
    bool is_by_sender;
    uint64_t position;
    _Alignas(8) uint8_t data[];
};

struct cut_part {
    struct cut_part *next;
    struct cut_snapshot_id snapshot;
    uint64_t captured_ns; /* monotonic */
    uint64_t pause_ns;
    uint64_t cpu_ns;
    uint64_t random;
    cut_time remaining[CUT_TIMERS_MAX];
    uint64_t armed;
    uint8_t *state;
    size_t state_size;
    uint8_t *facts;
    size_t facts_size;
    struct kept **messages;
    size_t message_count;
    size_t message_capacity;
};

static bool is_same(struct cut_snapshot_id a, struct cut_snapshot_id b)
{
    return a.number == b.number && a.view == b.view &&
           a.incarnation == b.incarnation;
}

static struct cut_part **find(struct cut_worker *worker,
                              struct cut_snapshot_id snapshot)
{
    struct cut_part **link = &worker->parts;

    while (*link != NULL && !is_same((*link)->snapshot, snapshot))
        link = &(*link)->next;
    return link;
}

static size_t size_of_kept(uint32_t size)
{
    return sizeof(struct kept) + size;
}

static void drop(struct kept *kept)
{
    if (--kept->reference_count == 0)
        cut_release(
            cut_allocator_standard(), kept, 1, size_of_kept(kept->size));
}

static void destroy(struct cut_part *part)
{
    for (size_t i = 0; i < part->message_count; i++)
        drop(part->messages[i]);
    cut_release(cut_allocator_standard(),
                part->messages,
                part->message_capacity,
                sizeof(struct kept *));
    cut_release(cut_allocator_standard(), part->state, part->state_size, 1);
    cut_release(cut_allocator_standard(), part->facts, part->facts_size, 1);
    cut_release(cut_allocator_standard(), part, 1, sizeof *part);
}

bool cut_part_discard(struct cut_worker *worker,
                      struct cut_snapshot_id snapshot)
{
    struct cut_part **link = find(worker, snapshot);
    struct cut_part *part = *link;

    if (part == NULL)
        return false;
    *link = part->next;
    destroy(part);
    return true;
}

void cut_parts_fini(struct cut_worker *worker)
{
    while (worker->parts != NULL)
        (void)cut_part_discard(worker, worker->parts->snapshot);
}

/* --- the state ----------------------------------------------------------- */

/* Write the state as the program saves it. */
static enum cut_error save(struct cut_worker *worker)
{
    const struct cut_process *process = worker->config->process;
    struct cut_writer *writer = &worker->writer;

    cut_writer_clear(writer);
    if (process->save != NULL)
        process->save(worker->state, writer);
    else
        cut_write(writer, worker->state, process->state_size);
    return writer->error;
}

static uint8_t *copy(const void *data, size_t size)
{
    uint8_t *to = cut_allocate(cut_allocator_standard(), size, 1);

    if (to != NULL && size > 0)
        memcpy(to, data, size);
    return to;
}

static enum cut_error keep_state(struct cut_worker *worker,
                                 struct cut_part *part)
{
    enum cut_error error = save(worker);

    if (error == CUT_INVALID)
        cut_worker_fail(worker, 1, "saves what is not JSON");
    if (error != CUT_OK)
        return error == CUT_NOMEM ? CUT_NOMEM : CUT_OK;
    part->state_size = worker->writer.size;
    part->state = copy(worker->writer.data, part->state_size);
    return part->state != NULL || part->state_size == 0 ? CUT_OK : CUT_NOMEM;
}

/* Encode facts that a program stated. */
static enum cut_error
encode_facts(const struct cut_facts *facts, uint8_t **out, size_t *size)
{
    *size = cut_facts_encode(facts, NULL, 0);
    *out = cut_allocate(cut_allocator_standard(), *size, 1);
    if (*out == NULL && *size > 0) {
        *size = 0;
        return CUT_NOMEM;
    }
    (void)cut_facts_encode(facts, *out, *size);
    return cut_facts_error(facts);
}

static enum cut_error keep_facts(struct cut_worker *worker,
                                 struct cut_part *part)
{
    const struct cut_process *process = worker->config->process;

    if (process->facts == NULL)
        return CUT_OK;
    cut_facts_clear(worker->facts);
    process->facts(worker->state, worker->facts);
    enum cut_error error =
        encode_facts(worker->facts, &part->facts, &part->facts_size);
    if (error != CUT_INVALID)
        return error;
    cut_worker_fail(worker, 1, "states a fact that is none");
    return CUT_OK;
}

/* The context: random numbers, and timers by what is left of them. */
static void keep_context(const struct cut_worker *worker, struct cut_part *part)
{
    part->random = worker->random;
    part->armed = worker->armed;
    for (uint32_t t = 0; t < CUT_TIMERS_MAX; t++)
        part->remaining[t] = worker->timers[t] > worker->now
                                 ? worker->timers[t] - worker->now
                                 : 0;
}

enum cut_error cut_part_capture(struct cut_worker *worker,
                                struct cut_snapshot_id snapshot)
{
    uint64_t began = cut_worker_clock();
    struct cut_part *part =
        cut_allocate_zeroed(cut_allocator_standard(), 1, sizeof *part);

    if (part == NULL)
        return CUT_NOMEM;
    cut_tracing_snapshot(worker, CUT_SEGMENT_CAPTURE, snapshot);
    part->snapshot = snapshot;
    part->captured_ns = began;
    part->next = worker->parts;
    worker->parts = part;
    keep_context(worker, part);
    enum cut_error error = keep_state(worker, part);
    if (error == CUT_OK)
        error = keep_facts(worker, part);
    part->pause_ns = cut_worker_clock() - began;
    if (part->pause_ns > worker->figures.pause_ns_max)
        worker->figures.pause_ns_max = part->pause_ns;
    return error;
}

/* --- messages ------------------------------------------------------------ */

static struct kept *keep(const struct cut_worker *worker,
                         const struct cut_part_message *message)
{
    const struct cut_worker_config *config = worker->config;
    const uint32_t *peers =
        message->is_by_sender ? config->outgoing : config->incoming;
    struct kept *kept =
        cut_allocate(cut_allocator_standard(), 1, size_of_kept(message->size));

    if (kept == NULL)
        return NULL;
    *kept = (struct kept){
        .reference_count = 0,
        .peer = peers[message->channel],
        .size = message->size,
        .channel = message->channel,
        .type = message->type,
        .is_by_sender = message->is_by_sender,
        .position = message->position,
    };
    if (message->size > 0)
        memcpy(kept->data, message->data, message->size);
    return kept;
}

/* Return the message, if the newest that another snapshot kept is it. */
static struct kept *kept_by_other(const struct cut_worker *worker,
                                  uint32_t peer,
                                  const struct cut_part_message *message)
{
    for (const struct cut_part *part = worker->parts; part != NULL;
         part = part->next) {
        if (part->message_count == 0)
            continue;
        struct kept *last = part->messages[part->message_count - 1];
        if (last->peer == peer && last->position == message->position &&
            last->is_by_sender == message->is_by_sender)
            return last;
    }
    return NULL;
}

enum cut_error cut_part_record(struct cut_worker *worker,
                               struct cut_snapshot_id snapshot,
                               const struct cut_part_message *message)
{
    const struct cut_worker_config *config = worker->config;
    uint32_t peer =
        (message->is_by_sender ? config->outgoing
                               : config->incoming)[message->channel];
    struct cut_part *part = *find(worker, snapshot);

    CUT_ASSERT(part != NULL);
    cut_tracing_message(worker, CUT_SEGMENT_RECORD, message, snapshot);
    struct kept **messages = cut_grow(cut_allocator_standard(),
                                      part->messages,
                                      &part->message_capacity,
                                      part->message_count + 1,
                                      sizeof(struct kept *));
    if (messages == NULL)
        return CUT_NOMEM;
    part->messages = messages;
    struct kept *kept = kept_by_other(worker, peer, message);
    if (kept == NULL)
        kept = keep(worker, message);
    if (kept == NULL)
        return CUT_NOMEM;
    kept->reference_count++;
    messages[part->message_count++] = kept;
    return CUT_OK;
}

/* --- as bytes ------------------------------------------------------------ */

static void write_block(struct cut_writer *out, const void *data, size_t size)
{
    cut_write_unsigned(out, size, 8);
    cut_write(out, data, size);
}

/* What a program shows: JSON, or nothing if it is not. */
static void write_shown(struct cut_writer *out, const struct cut_writer *shown)
{
    bool is_json = shown->error == CUT_OK && shown->depth == 0;

    if (shown->error == CUT_NOMEM)
        out->error = CUT_NOMEM;
    write_block(out, shown->data, is_json ? shown->size : 0);
}

static void write_state(const struct cut_worker *worker,
                        const struct cut_part *part,
                        struct cut_writer *out)
{
    const struct cut_process *process = worker->config->process;
    struct cut_writer shown;

    cut_write_unsigned(out, process->version, 4);
    write_block(out, part->state, part->state_size);
    cut_writer_init(&shown, NULL);
    if (process->show_state != NULL)
        process->show_state(part->state, part->state_size, &shown);
    else if (process->save != NULL)
        cut_write(&shown, part->state, part->state_size);
    write_shown(out, &shown);
    cut_writer_fini(&shown);
    write_block(out, part->facts, part->facts_size);
}

static void write_context(const struct cut_part *part, struct cut_writer *out)
{
    cut_write_unsigned(out, part->random, 8);
    cut_write_unsigned(out, (unsigned)__builtin_popcountll(part->armed), 1);
    for (uint64_t left = part->armed; left != 0; left &= left - 1) {
        uint32_t timer = (uint32_t)__builtin_ctzll(left);
        cut_write_unsigned(out, timer, 1);
        cut_write_unsigned(out, part->remaining[timer], 8);
    }
}

static void write_message_facts(const struct cut_worker *worker,
                                const struct cut_message *message,
                                struct cut_writer *out)
{
    const struct cut_process *process = worker->config->process;
    uint8_t *facts = NULL;
    size_t size = 0;

    if (process->message_facts != NULL) {
        cut_facts_clear(worker->facts);
        process->message_facts(message, worker->facts);
        if (encode_facts(worker->facts, &facts, &size) == CUT_NOMEM)
            out->error = CUT_NOMEM;
    }
    write_block(out, facts, size);
    cut_release(cut_allocator_standard(), facts, size, 1);
}

static void write_message(const struct cut_worker *worker,
                          const struct kept *kept,
                          struct cut_writer *out)
{
    const struct cut_process *process = worker->config->process;
    struct cut_message message = {
        .channel = kept->channel,
        .type = kept->type,
        .size = kept->size,
        .data = kept->data,
    };
    struct cut_writer shown;

    cut_write_unsigned(out, kept->peer, 4);
    cut_write_unsigned(out, kept->is_by_sender, 1);
    cut_write_unsigned(out, kept->type, 1);
    cut_write_unsigned(out, kept->position, 8);
    write_block(out, kept->data, kept->size);
    cut_writer_init(&shown, NULL);
    if (process->show_message != NULL)
        process->show_message(&message, &shown);
    write_shown(out, &shown);
    cut_writer_fini(&shown);
    write_message_facts(worker, &message, out);
}

/* Return the time of the run. What was captured before the program was told to
 * start, for a neighbour that had been, was at time 0. */
static cut_time time_of(const struct cut_worker *worker, uint64_t clock_ns)
{
    return clock_ns > worker->started_ns ? clock_ns - worker->started_ns : 0;
}

/* Return what the step that is under way has spent; of a message's, nothing. */
static uint64_t spent_now(const struct cut_worker *worker)
{
    return worker->step_cpu_ns != 0 ? cut_worker_cpu() - worker->step_cpu_ns
                                    : 0;
}

static void write_part(const struct cut_worker *worker,
                       const struct cut_part *part,
                       struct cut_writer *out)
{
    cut_write_unsigned(out, time_of(worker, part->captured_ns), 8);
    cut_write_unsigned(out, time_of(worker, cut_worker_clock()), 8);
    cut_write_unsigned(out, part->pause_ns, 8);
    cut_write_unsigned(out, part->cpu_ns + spent_now(worker), 8);
    write_state(worker, part, out);
    write_context(part, out);
    cut_write_unsigned(out, part->message_count, 8);
    for (size_t i = 0; i < part->message_count; i++)
        write_message(worker, part->messages[i], out);
}

/* In pieces, so that no frame is too large and others come between. */
static void tell(struct cut_worker *worker,
                 struct cut_snapshot_id snapshot,
                 const uint8_t *data,
                 size_t size)
{
    struct cut_writer piece;
    size_t offset = 0;

    cut_writer_init(&piece, NULL);
    do {
        uint8_t id[CUT_MARKER_SIZE];
        size_t step = size - offset < CUT_TALK_PART_MAX ? size - offset
                                                        : CUT_TALK_PART_MAX;
        cut_writer_clear(&piece);
        cut_marker_encode(snapshot, id);
        cut_write(&piece, id, sizeof id);
        cut_write_unsigned(&piece, offset + step == size, 1);
        cut_write(&piece, data + offset, step);
        if (piece.error != CUT_OK)
            cut_worker_fail_memory(worker);
        else
            cut_report(worker, CUT_TALK_PART, piece.data, piece.size);
        offset += step;
    } while (offset < size && !worker->is_stopping);
    cut_writer_fini(&piece);
}

void cut_part_complete(struct cut_worker *worker,
                       struct cut_snapshot_id snapshot)
{
    const struct cut_part *part = *find(worker, snapshot);
    struct cut_writer out;

    CUT_ASSERT(part != NULL);
    cut_tracing_snapshot(worker, CUT_SEGMENT_COMPLETE, snapshot);
    cut_writer_init(&out, NULL);
    write_part(worker, part, &out);
    if (out.error != CUT_OK)
        cut_worker_fail_memory(worker);
    else
        tell(worker, snapshot, out.data, out.size);
    cut_writer_fini(&out);
    (void)cut_part_discard(worker, snapshot);
    worker->figures.snapshots++;
}

void cut_part_spent(struct cut_worker *worker,
                    struct cut_snapshot_id snapshot,
                    uint64_t cpu_ns)
{
    struct cut_part *part = *find(worker, snapshot);

    if (part != NULL)
        part->cpu_ns += cpu_ns;
}
