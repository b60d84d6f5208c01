#include "sim/record.h"

#include "sim/graph.h"
#include "sim/snap.h"

void cut_record_init(struct cut_record *record,
                     const struct cut_topology *topology,
                     const struct cut_allocator *allocator)
{
    *record = (struct cut_record){
        .allocator = allocator,
        .topology = topology,
    };
}

static void release_parts(struct cut_record *record, struct cut_take *take)
{
    cut_release(record->allocator,
                take->parts,
                record->topology->process_count,
                sizeof *take->parts);
    take->parts = NULL;
}

void cut_record_fini(struct cut_record *record)
{
    const struct cut_allocator *allocator = record->allocator;

    for (size_t i = 0; i < record->take_count; i++)
        release_parts(record, &record->takes[i]);
    cut_release(
        allocator, record->takes, record->take_capacity, sizeof *record->takes);
    cut_release(
        allocator, record->log, record->log_capacity, sizeof *record->log);
    cut_release(allocator,
                record->wanted,
                record->wanted_capacity,
                sizeof *record->wanted);
}

enum cut_error
cut_record_begin(struct cut_record *record, uint32_t initiator, uint64_t now)
{
    uint32_t process_count = record->topology->process_count;
    struct cut_take *takes = cut_grow(record->allocator,
                                      record->takes,
                                      &record->take_capacity,
                                      record->take_count + 1,
                                      sizeof *takes);

    if (takes == NULL)
        return CUT_NOMEM;
    record->takes = takes;
    struct cut_part *parts =
        cut_allocate(record->allocator, process_count, sizeof *parts);
    if (parts == NULL)
        return CUT_NOMEM;
    takes[record->take_count++] = (struct cut_take){
        .parts = parts,
        .begun = now,
        .initiator = initiator,
        .missing = process_count,
    };
    record->kept_count++;
    return CUT_OK;
}

void cut_record_capture(struct cut_record *record,
                        uint64_t number,
                        uint32_t process,
                        uint64_t tokens)
{
    record->takes[number].parts[process] = (struct cut_part){
        .tokens = tokens,
        .first = CUT_NONE,
        .last = CUT_NONE,
    };
}

enum cut_error
cut_record_keep(struct cut_record *record, uint32_t channel, uint64_t tokens)
{
    if (record->log_count == CUT_NONE)
        return CUT_NOMEM;
    struct cut_logged *log = cut_grow(record->allocator,
                                      record->log,
                                      &record->log_capacity,
                                      record->log_count + 1,
                                      sizeof *log);
    if (log == NULL)
        return CUT_NOMEM;
    record->log = log;
    log[record->log_count++] = (struct cut_logged){tokens, channel};
    return CUT_OK;
}

enum cut_error
cut_record_want(struct cut_record *record, uint64_t number, uint32_t process)
{
    struct cut_take *take = &record->takes[number];
    struct cut_part *part = &take->parts[process];

    if (record->wanted_count == CUT_NONE)
        return CUT_NOMEM;
    struct cut_wanted *wanted = cut_grow(record->allocator,
                                         record->wanted,
                                         &record->wanted_capacity,
                                         record->wanted_count + 1,
                                         sizeof *wanted);
    if (wanted == NULL)
        return CUT_NOMEM;
    record->wanted = wanted;
    uint32_t index = (uint32_t)record->wanted_count++;
    wanted[index] =
        (struct cut_wanted){(uint32_t)(record->log_count - 1), CUT_NONE};
    if (part->first == CUT_NONE)
        part->first = index;
    else
        wanted[part->last].next = index;
    part->last = index;
    take->wanted_count++;
    return CUT_OK;
}

bool cut_record_part(struct cut_record *record, uint64_t number, uint64_t now)
{
    struct cut_take *take = &record->takes[number];

    take->missing--;
    take->complete = now;
    return take->missing == 0;
}

/* Copy the messages that a part wants; return where the next ones go. */
static struct cut_snapshot_message *
copy_messages(const struct cut_record *record,
              const struct cut_part *part,
              struct cut_snapshot_message *out)
{
    const struct cut_topology *topology = record->topology;

    for (uint32_t i = part->first; i != CUT_NONE; i = record->wanted[i].next) {
        const struct cut_logged *logged =
            &record->log[record->wanted[i].logged];
        *out++ = (struct cut_snapshot_message){
            .source = topology->channels[logged->channel].source,
            .destination = topology->channels[logged->channel].destination,
            .tokens = logged->tokens,
        };
    }
    return out;
}

/* The log is shared; it can go when no snapshot is left that wants of it. */
static void forget(struct cut_record *record, struct cut_take *take)
{
    release_parts(record, take);
    if (--record->kept_count > 0)
        return;
    record->log_count = 0;
    record->wanted_count = 0;
}

enum cut_error cut_record_collect(struct cut_record *record,
                                  uint64_t number,
                                  const struct cut_allocator *allocator,
                                  struct cut_snapshot **out)
{
    struct cut_snapshot_message *messages;
    uint64_t *tokens;

    if (number >= record->take_count)
        return CUT_STATE;
    struct cut_take *take = &record->takes[number];
    if (take->parts == NULL || take->missing > 0)
        return CUT_STATE;
    struct cut_snapshot *snapshot = cut_snapshot_create(
        record->topology, take->wanted_count, allocator, &tokens, &messages);
    if (snapshot == NULL)
        return CUT_NOMEM;
    snapshot->number = number;
    snapshot->initiator = take->initiator;
    snapshot->begun = take->begun;
    snapshot->complete = take->complete;
    for (uint32_t p = 0; p < record->topology->process_count; p++) {
        tokens[p] = take->parts[p].tokens;
        messages = copy_messages(record, &take->parts[p], messages);
    }
    forget(record, take);
    *out = snapshot;
    return CUT_OK;
}
