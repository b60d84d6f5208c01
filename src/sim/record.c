#include "sim/record.h"

#include <string.h>

static const struct cut_wanted_list no_wanted = {CUT_NONE, CUT_NONE};

void cut_record_init(struct cut_record *record,
                     uint32_t process_count,
                     struct cut_packets *packets,
                     const struct cut_allocator *allocator)
{
    *record = (struct cut_record){
        .allocator = allocator,
        .packets = packets,
        .process_count = process_count,
        .wanted_free = CUT_NONE,
    };
}

static void drop_wanted(struct cut_record *record, struct cut_wanted_list *list)
{
    if (list->first == CUT_NONE)
        return;
    for (uint32_t i = list->first; i != CUT_NONE; i = record->wanted[i].next)
        cut_packet_drop(record->packets, record->wanted[i].packet);
    record->wanted[list->last].next = record->wanted_free;
    record->wanted_free = list->first;
    *list = no_wanted;
}

static void drop_part(struct cut_record *record, struct cut_part *part)
{
    drop_wanted(record, &part->received);
    drop_wanted(record, &part->sent);
    if (part->size > sizeof part->state.word)
        cut_release(record->allocator, part->state.memory, part->size, 1);
}

void cut_record_forget(struct cut_record *record, uint64_t number)
{
    struct cut_take *take = &record->takes[number];

    if (take->parts == NULL)
        return;
    for (uint32_t p = 0; p < record->process_count; p++)
        if (take->parts[p].is_captured)
            drop_part(record, &take->parts[p]);
    cut_release(record->allocator,
                take->parts,
                record->process_count,
                sizeof *take->parts);
    take->parts = NULL;
}

void cut_record_fini(struct cut_record *record)
{
    const struct cut_allocator *allocator = record->allocator;

    for (size_t i = 0; i < record->take_count; i++)
        cut_record_forget(record, i);
    cut_release(
        allocator, record->takes, record->take_capacity, sizeof *record->takes);
    cut_release(allocator,
                record->wanted,
                record->wanted_capacity,
                sizeof *record->wanted);
}

enum cut_error cut_record_begin(struct cut_record *record,
                                uint32_t initiator,
                                uint32_t missing,
                                uint32_t view,
                                uint64_t now)
{
    struct cut_take *takes = cut_grow(record->allocator,
                                      record->takes,
                                      &record->take_capacity,
                                      record->take_count + 1,
                                      sizeof *takes);

    if (takes == NULL)
        return CUT_NOMEM;
    record->takes = takes;
    struct cut_part *parts = cut_allocate_zeroed(
        record->allocator, record->process_count, sizeof *parts);
    if (parts == NULL)
        return CUT_NOMEM;
    takes[record->take_count++] = (struct cut_take){
        .parts = parts,
        .begun = now,
        .initiator = initiator,
        .missing = missing,
        .view = view,
        .status = CUT_SIM_STATUS_OPEN,
    };
    return CUT_OK;
}

enum cut_error cut_record_capture(struct cut_record *record,
                                  uint64_t number,
                                  uint32_t process,
                                  const void *state,
                                  size_t size,
                                  uint64_t now)
{
    struct cut_part *part = &record->takes[number].parts[process];
    uint8_t *memory = (uint8_t *)&part->state.word;

    if (size > sizeof part->state.word) {
        memory = cut_allocate(record->allocator, size, 1);
        if (memory == NULL)
            return CUT_NOMEM;
        part->state.memory = memory;
    }
    if (size > 0)
        memcpy(memory, state, size);
    part->size = (uint32_t)size;
    part->captured = now;
    part->is_captured = true;
    part->received = no_wanted;
    part->sent = no_wanted;
    return CUT_OK;
}

static enum cut_error take_wanted(struct cut_record *record, uint32_t *out)
{
    if (record->wanted_free != CUT_NONE) {
        *out = record->wanted_free;
        record->wanted_free = record->wanted[*out].next;
        return CUT_OK;
    }
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
    *out = (uint32_t)record->wanted_count++;
    return CUT_OK;
}

enum cut_error cut_record_want(struct cut_record *record,
                               uint64_t number,
                               uint32_t process,
                               uint32_t packet,
                               bool is_by_sender)
{
    struct cut_take *take = &record->takes[number];
    struct cut_part *part = &take->parts[process];
    struct cut_wanted_list *list = is_by_sender ? &part->sent : &part->received;
    uint32_t index;
    enum cut_error error = take_wanted(record, &index);

    if (error != CUT_OK)
        return error;
    record->wanted[index] = (struct cut_wanted){packet, CUT_NONE};
    if (list->first == CUT_NONE)
        list->first = index;
    else
        record->wanted[list->last].next = index;
    list->last = index;
    struct cut_packet *wanted = cut_packet_at(record->packets, packet);
    wanted->references++;
    take->wanted_count++;
    take->wanted_size += wanted->size;
    return CUT_OK;
}

bool cut_record_part(struct cut_record *record,
                     uint64_t number,
                     uint32_t process)
{
    struct cut_take *take = &record->takes[number];

    take->parts[process].is_complete = true;
    take->missing--;
    return take->missing == 0;
}

void cut_record_abort(struct cut_record *record,
                      uint64_t number,
                      const char *reason,
                      uint64_t now)
{
    struct cut_take *take = &record->takes[number];

    cut_record_forget(record, number);
    take->status = CUT_SIM_STATUS_ABORTED;
    take->reason = reason;
    take->ended = now;
}
