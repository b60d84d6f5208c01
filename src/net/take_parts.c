/*
 * The parts of a take, as they come from the workers.
 */
#include "base/memory.h"
#include "net/gather.h"

#include <string.h>

/* A part of more bytes is not taken. */
#define PART_MAX (UINT64_C(1) << 36)

static bool append(struct cut_take_part *part, const uint8_t *data, size_t size)
{
    uint8_t *all = cut_grow(cut_allocator_standard(),
                            part->data,
                            &part->capacity,
                            part->size + size + 1,
                            sizeof *all);

    if (all == NULL)
        return false;
    part->data = all;
    memcpy(all + part->size, data, size);
    part->size += size;
    return true;
}

/* Return whether there was memory for it. */
static bool add_facts(struct cut_take *take,
                      struct cut_part_block block,
                      enum cut_totals_place place)
{
    struct cut_facts *facts = take->supervisor->facts;

    cut_facts_clear(facts);
    enum cut_error error = cut_facts_decode(facts, block.data, block.size);
    if (error == CUT_OK)
        cut_totals_add(&take->totals, facts, place);
    return error != CUT_NOMEM;
}

/* Add up what a part says; return whether there was memory for it. */
static bool account(struct cut_take *take, struct cut_take_part *part)
{
    struct cut_part_view view = part->view;
    struct cut_part_message_view message;

    take->state_bytes += view.state.size;
    if (view.pause_ns > take->pause_ns_max)
        take->pause_ns_max = view.pause_ns;
    bool is_done = add_facts(take, view.facts, CUT_TOTALS_PROCESSES);
    while (is_done && cut_part_next_message(&view, &message)) {
        take->message_count++;
        part->message_bytes += message.data.size;
        is_done = add_facts(take, message.facts, CUT_TOTALS_CHANNELS);
    }
    take->message_bytes += part->message_bytes;
    return is_done;
}

void cut_gather_part(struct cut_member *member,
                     struct cut_snapshot_id snapshot,
                     bool is_last,
                     const uint8_t *data,
                     size_t size)
{
    struct cut_supervisor *supervisor = member->supervisor;
    struct cut_take *take = cut_take_find(supervisor, snapshot);

    /* One that was given up: its parts may still come. */
    if (take == NULL || take->is_given_up ||
        !take->parts[member->process].is_wanted ||
        take->parts[member->process].is_whole)
        return;
    struct cut_take_part *part = &take->parts[member->process];
    if (part->size + size > PART_MAX || !append(part, data, size)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    if (!is_last)
        return;
    if (cut_part_read(part->data, part->size, &part->view) != CUT_OK) {
        cut_supervisor_end(
            supervisor,
            2,
            "%s sent a part that makes no sense",
            cut_supervisor_process_name(supervisor, member->process));
        return;
    }
    part->is_whole = true;
    part->arrived = cut_supervisor_now(supervisor);
    if (!account(take, part)) {
        cut_supervisor_end(supervisor, 2, "%s", cut_error_sentence(CUT_NOMEM));
        return;
    }
    if (--take->missing == 0)
        cut_take_finish(take);
}
