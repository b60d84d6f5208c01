/*
 * Snapshots: begun, complete, given up; and what is known of them. By the
 * schedule of ticks all is direct; by that of events the coordinator says when
 * (coordinate.c).
 */
#include "sim/system.h"

static enum cut_error
tell_engine(struct cut_sim *sim, uint32_t process, uint64_t number, bool begins)
{
    struct cut_occasion occasion = {
        .process = process,
        .channel = CUT_NONE,
        .packet = CUT_NONE,
    };
    struct cut_event event = {
        .kind = begins ? CUT_EVENT_REQUEST : CUT_EVENT_ABORT,
        .snapshot = {.view = sim->record.takes[number].view, .number = number},
        .now = cut_sim_clock(sim, process),
    };

    return cut_sim_happen(sim, &occasion, &event);
}

enum cut_error
cut_takes_begin(struct cut_sim *sim, uint32_t initiator, uint64_t *number)
{
    enum cut_error error = cut_record_begin(
        &sim->record, initiator, sim->member_count, sim->view, sim->now);

    if (error != CUT_OK)
        return error;
    uint64_t next = sim->stats.snapshots_begun++;
    error = tell_engine(sim, initiator, next, true);
    if (error == CUT_OK)
        *number = next;
    return error;
}

enum cut_error
cut_sim_snapshot(struct cut_sim *sim, uint32_t process, uint64_t *number)
{
    if (process >= sim->process_count)
        return CUT_INVALID;
    if (!sim->is_ticking)
        return cut_coordinate_request(sim, process, number);
    if (sim->stats.snapshots_begun == sim->snapshots_max)
        return CUT_LIMIT;
    return cut_takes_begin(sim, process, number);
}

static void tell_part(struct cut_sim *sim, uint64_t number, uint32_t process)
{
    if (!cut_sim_is_watched(sim))
        return;
    cut_sim_tell(sim,
                 (struct cut_sim_event){
                     .kind = CUT_SIM_PART,
                     .process = process,
                     .channel = CUT_NONE,
                     .peer = CUT_NONE,
                     .snapshot = number,
                     .tokens = cut_sim_part_quantity(sim, number, process),
                 });
}

void cut_takes_complete(struct cut_sim *sim, uint64_t number)
{
    sim->record.takes[number].status = CUT_SIM_STATUS_COMPLETE;
    sim->record.takes[number].ended = sim->now;
    sim->stats.snapshots_complete++;
    cut_sim_tell_process(sim, CUT_SIM_COMPLETE, CUT_NONE, number, NULL);
}

enum cut_error
cut_takes_part(struct cut_sim *sim, uint64_t number, uint32_t process)
{
    bool is_last = cut_record_part(&sim->record, number, process);

    tell_part(sim, number, process);
    if (!sim->is_ticking)
        return cut_coordinate_part(sim, number, process);
    if (is_last)
        cut_takes_complete(sim, number);
    return CUT_OK;
}

enum cut_error
cut_takes_abort(struct cut_sim *sim, uint64_t number, const char *reason)
{
    enum cut_error error = cut_sim_note(sim, CUT_TRACE_ABORT, 0, 0, 0, number);

    cut_record_abort(&sim->record, number, reason, sim->now);
    /* Who has just left has it open as well. */
    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++)
        error = tell_engine(sim, p, number, false);
    sim->stats.snapshots_aborted++;
    cut_sim_tell_process(sim, CUT_SIM_ABORT, CUT_NONE, number, reason);
    return error;
}

/* Questions */

bool cut_sim_is_complete(const struct cut_sim *sim, uint64_t number)
{
    return number < sim->record.take_count &&
           sim->record.takes[number].status == CUT_SIM_STATUS_COMPLETE;
}

bool cut_sim_snapshot_info(const struct cut_sim *sim,
                           uint64_t number,
                           struct cut_sim_snapshot_info *out)
{
    if (number >= sim->record.take_count)
        return false;
    const struct cut_take *take = &sim->record.takes[number];
    *out = (struct cut_sim_snapshot_info){
        .status = take->status,
        .initiator = take->initiator,
        .view = take->view,
        .missing = take->missing,
        .begun = take->begun,
        .ended = take->ended,
        .messages_recorded = take->wanted_count,
        .bytes_recorded = take->wanted_size,
        .reason = take->reason,
    };
    return true;
}

static const struct cut_part *
part_of(const struct cut_sim *sim, uint64_t number, uint32_t process)
{
    CUT_ASSERT(process < sim->process_count);
    if (number >= sim->record.take_count ||
        sim->record.takes[number].parts == NULL)
        return NULL;
    const struct cut_part *part = &sim->record.takes[number].parts[process];
    return part->is_captured ? part : NULL;
}

struct cut_sim_part
cut_sim_part(const struct cut_sim *sim, uint64_t number, uint32_t process)
{
    const struct cut_part *part = part_of(sim, number, process);

    if (part == NULL)
        return (struct cut_sim_part){0};
    return (struct cut_sim_part){
        .is_captured = true,
        .is_complete = part->is_complete,
        .captured = part->captured,
        .state = cut_part_state(part),
        .size = part->size,
    };
}

/* The place after this one: what was received first, then what was sent. */
static uint32_t next_wanted(const struct cut_sim *sim,
                            const struct cut_part *part,
                            uint32_t cursor)
{
    uint32_t next;

    if (cursor == CUT_NONE)
        return part->received.first != CUT_NONE ? part->received.first
                                                : part->sent.first;
    next = sim->record.wanted[cursor].next;
    if (next == CUT_NONE && cursor == part->received.last)
        return part->sent.first;
    return next;
}

bool cut_sim_next_recorded(const struct cut_sim *sim,
                           uint64_t number,
                           uint32_t process,
                           uint32_t *cursor,
                           struct cut_sim_recorded *out)
{
    const struct cut_part *part = part_of(sim, number, process);

    if (part == NULL)
        return false;
    uint32_t at = next_wanted(sim, part, *cursor);
    if (at == CUT_NONE)
        return false;
    const struct cut_packet *packet =
        cut_packet_at(&sim->packets, sim->record.wanted[at].packet);
    *cursor = at;
    *out = (struct cut_sim_recorded){
        .source = packet->source,
        .destination = packet->destination,
        .is_by_sender = packet->source == process,
        .message = cut_sim_message_of(packet),
        .id = packet->id,
    };
    return true;
}
