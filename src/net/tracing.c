#include "net/tracing.h"

#include "base/fault.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The facts of the process as they were last written down. */
struct cut_tracing {
    struct cut_trace_writer *writer;
    uint8_t *facts;
    size_t facts_size;
    size_t facts_capacity;
    uint8_t *stated; /* takes their place, when they differ */
    size_t stated_capacity;
    uint8_t *message_facts;
    size_t message_facts_capacity;
    bool has_failed; /* that was said */
};

/* --- its life ------------------------------------------------------------ */

static struct cut_segment_channel *channels_of(const uint32_t *peers,
                                               uint32_t count)
{
    struct cut_segment_channel *channels =
        calloc(count + (size_t)1, sizeof *channels);

    for (uint32_t i = 0; channels != NULL && i < count; i++)
        channels[i] = (struct cut_segment_channel){
            .peer = peers[i],
            .is_fifo = true,
        };
    return channels;
}

static uint32_t count_types(const struct cut_process *process)
{
    uint32_t count = 0;

    while (process->message_types != NULL &&
           process->message_types[count] != NULL &&
           count < CUT_MESSAGE_TYPES_MAX)
        count++;
    return count;
}

static enum cut_error open_writer(struct cut_worker *worker,
                                  const char *path,
                                  struct cut_fault *fault)
{
    const struct cut_worker_config *config = worker->config;
    struct cut_segment_channel *outgoing =
        channels_of(config->outgoing, config->outgoing_count);
    struct cut_segment_channel *incoming =
        channels_of(config->incoming, config->incoming_count);
    struct cut_segment_head head = {
        .started_at = cut_worker_real_clock(),
        .process = config->self,
        .process_count = config->process_count,
        .incarnation = config->incarnation,
        .type_count = count_types(config->process),
        .outgoing_count = config->outgoing_count,
        .incoming_count = config->incoming_count,
        .name = config->names[config->self],
        .algorithm = worker->traits->name,
        .types = config->process->message_types,
        .outgoing = outgoing,
        .incoming = incoming,
    };
    enum cut_error error = CUT_NOMEM;

    memcpy(head.run_id, config->run, sizeof head.run_id);
    if (outgoing != NULL && incoming != NULL)
        error = cut_trace_writer_open(path,
                                      &head,
                                      cut_allocator_standard(),
                                      &worker->tracing->writer,
                                      fault);
    free(outgoing);
    free(incoming);
    return error;
}

static const char *say_reason(const struct cut_fault *fault,
                              enum cut_error error)
{
    if (fault->system_error != 0)
        return strerror(fault->system_error);
    return fault->what[0] != '\0' ? fault->what : cut_error_sentence(error);
}

void cut_tracing_open(struct cut_worker *worker)
{
    const char *directory = worker->config->trace;
    char name[CUT_SEGMENT_NAME_SIZE];
    char path[4096];
    struct cut_fault fault = {.what = ""};

    if (directory == NULL)
        return;
    worker->tracing = cut_allocate_zeroed(
        cut_allocator_standard(), 1, sizeof *worker->tracing);
    if (worker->tracing == NULL) {
        cut_worker_fail_memory(worker);
        return;
    }
    /* On another host nobody else has made it. */
    (void)mkdir(directory, S_IRWXU);
    cut_segment_name(worker->config->self, worker->config->incarnation, name);
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    enum cut_error error =
        size < (int)sizeof path
            ? open_writer(worker, path, &fault)
            : cut_fault_fill(&fault, CUT_INVALID, "the path is too long");
    if (error != CUT_OK)
        cut_worker_fail(worker,
                        2,
                        "cannot make its trace: %s (%s)",
                        say_reason(&fault, error),
                        path);
}

/* A run goes on without its trace. */
static void say_failure(struct cut_worker *worker,
                        const struct cut_fault *fault)
{
    if (worker->tracing->has_failed)
        return;
    worker->tracing->has_failed = true;
    cut_report_log(worker,
                   CUT_LOG_ERROR,
                   "its trace ends here, as it cannot be written: %s",
                   fault->what);
}

void cut_tracing_flush(struct cut_worker *worker)
{
    struct cut_fault fault = {.what = ""};

    if (worker->tracing == NULL || worker->tracing->writer == NULL)
        return;
    if (cut_trace_writer_flush(worker->tracing->writer, &fault) != CUT_OK)
        say_failure(worker, &fault);
}

void cut_tracing_close(struct cut_worker *worker)
{
    struct cut_tracing *tracing = worker->tracing;
    struct cut_fault fault = {.what = ""};

    if (tracing == NULL)
        return;
    if (cut_trace_writer_close(tracing->writer, worker->now, &fault) != CUT_OK)
        say_failure(worker, &fault);
    cut_release(
        cut_allocator_standard(), tracing->facts, tracing->facts_capacity, 1);
    cut_release(
        cut_allocator_standard(), tracing->stated, tracing->stated_capacity, 1);
    cut_release(cut_allocator_standard(),
                tracing->message_facts,
                tracing->message_facts_capacity,
                1);
    cut_release(cut_allocator_standard(), tracing, 1, sizeof *tracing);
    worker->tracing = NULL;
}

/* --- what happened ------------------------------------------------------- */

static void add(struct cut_worker *worker, struct cut_segment_record record)
{
    record.sequence = worker->figures.events;
    /* What is captured before the program has started is so at time 0. */
    record.now = (worker->hold & CUT_HOLD_BEFORE) == 0 ? worker->now : 0;
    cut_trace_writer_add(worker->tracing->writer, &record);
}

static bool is_on(const struct cut_worker *worker)
{
    return worker->tracing != NULL && worker->tracing->writer != NULL;
}

void cut_tracing_event(struct cut_worker *worker, enum cut_segment_kind kind)
{
    if (is_on(worker))
        add(worker, (struct cut_segment_record){.kind = kind});
}

void cut_tracing_snapshot(struct cut_worker *worker,
                          enum cut_segment_kind kind,
                          struct cut_snapshot_id snapshot)
{
    if (is_on(worker))
        add(worker,
            (struct cut_segment_record){.kind = kind, .snapshot = snapshot});
}

void cut_tracing_left(struct cut_worker *worker,
                      uint32_t process,
                      struct cut_snapshot_id view)
{
    if (is_on(worker))
        add(worker,
            (struct cut_segment_record){
                .kind = CUT_SEGMENT_LEAVE,
                .channel = process,
                .snapshot = view,
            });
}

/* Encode what was stated, into memory that grows; return its size. */
static uint32_t encode(struct cut_worker *worker, uint8_t **out, size_t *room)
{
    size_t size = cut_facts_encode(worker->facts, NULL, 0);

    if (size > CUT_SEGMENT_FACTS_SIZE_MAX)
        return 0; /* more than a record holds: the trace goes without them */
    if (size > *room) {
        uint8_t *grown =
            cut_grow(cut_allocator_standard(), *out, room, size, 1);
        if (grown == NULL) {
            cut_worker_fail_memory(worker);
            return 0;
        }
        *out = grown;
    }
    (void)cut_facts_encode(worker->facts, *out, size);
    return (uint32_t)size;
}

static uint32_t state_message(struct cut_worker *worker,
                              const struct cut_part_message *message)
{
    const struct cut_process *process = worker->config->process;
    struct cut_message of = {
        .type = message->type,
        .size = message->size,
        .data = message->data,
    };

    if (process->message_facts == NULL)
        return 0;
    cut_facts_clear(worker->facts);
    process->message_facts(&of, worker->facts);
    return encode(worker,
                  &worker->tracing->message_facts,
                  &worker->tracing->message_facts_capacity);
}

void cut_tracing_message(struct cut_worker *worker,
                         enum cut_segment_kind kind,
                         const struct cut_part_message *message,
                         struct cut_snapshot_id snapshot)
{
    if (!is_on(worker))
        return;
    struct cut_segment_record record = {
        .kind = kind,
        .by_sender = message->is_by_sender,
        .channel = message->channel,
        .type = message->type,
        .size = message->size,
        .position = message->position,
        .snapshot = snapshot,
    };
    if (kind == CUT_SEGMENT_SEND) {
        record.by_sender = false;
        record.facts_size = state_message(worker, message);
        record.facts = worker->tracing->message_facts;
    }
    add(worker, record);
}

static void swap_facts(struct cut_tracing *tracing)
{
    uint8_t *facts = tracing->facts;
    size_t capacity = tracing->facts_capacity;

    tracing->facts = tracing->stated;
    tracing->facts_capacity = tracing->stated_capacity;
    tracing->stated = facts;
    tracing->stated_capacity = capacity;
}

void cut_tracing_facts(struct cut_worker *worker)
{
    const struct cut_process *process = worker->config->process;
    struct cut_tracing *tracing = worker->tracing;

    if (!is_on(worker) || process->facts == NULL)
        return;
    cut_facts_clear(worker->facts);
    process->facts(worker->state, worker->facts);
    uint32_t size = encode(worker, &tracing->stated, &tracing->stated_capacity);
    if (size == tracing->facts_size &&
        (size == 0 || memcmp(tracing->stated, tracing->facts, size) == 0))
        return;
    swap_facts(tracing);
    tracing->facts_size = size;
    add(worker,
        (struct cut_segment_record){
            .kind = CUT_SEGMENT_FACTS,
            .facts = tracing->facts,
            .facts_size = size,
        });
}
