/*
 * What processes say of themselves: now, and of a state that was captured.
 */
#include "sim/system.h"

#include <string.h>

enum cut_error cut_sim_facts(const struct cut_sim *sim,
                             uint32_t process,
                             struct cut_facts *out)
{
    CUT_ASSERT(process < sim->process_count);
    if (sim->process->facts != NULL)
        sim->process->facts(cut_sim_state(sim, process), out);
    return cut_facts_error(out);
}

/* Create a process in a place of its own: it sees the world as the one of that
 * index does, and what it draws is drawn by no other. */
static enum cut_error
create(const struct cut_sim *sim, uint32_t process, void *state)
{
    struct cut_context context = sim->context;
    uint64_t random = 0;

    if (sim->process->create == NULL)
        return CUT_OK;
    cut_sim_set_context((struct cut_sim *)(uintptr_t)sim, &context, process);
    context.random = &random;
    context.is_creating = true;
    context.error = CUT_OK;
    return sim->process->create(state, &context);
}

/* Make a state again from what was saved of it. */
static enum cut_error load(const struct cut_sim *sim,
                           uint32_t process,
                           const struct cut_part *part,
                           void *state)
{
    const void *saved = cut_part_state(part);
    enum cut_error error;

    if (sim->process->save == NULL) {
        memcpy(state, saved, part->size);
        return CUT_OK;
    }
    if (sim->process->load == NULL)
        return CUT_INVALID;
    error = create(sim, process, state);
    return error == CUT_OK ? sim->process->load(state, saved, part->size)
                           : error;
}

enum cut_error cut_sim_part_facts(const struct cut_sim *sim,
                                  uint64_t number,
                                  uint32_t process,
                                  struct cut_facts *out)
{
    const struct cut_take *take;
    enum cut_error error;
    void *state;

    CUT_ASSERT(process < sim->process_count);
    if (sim->process->facts == NULL || number >= sim->record.take_count)
        return CUT_OK;
    take = &sim->record.takes[number];
    if (take->parts == NULL || !take->parts[process].is_captured)
        return CUT_OK;
    state = cut_allocate_zeroed(sim->allocator, 1, sim->state_stride + 8);
    if (state == NULL)
        return CUT_NOMEM;
    error = load(sim, process, &take->parts[process], state);
    if (error == CUT_OK) {
        sim->process->facts(state, out);
        error = cut_facts_error(out);
    }
    if (sim->process->destroy != NULL && sim->process->save != NULL)
        sim->process->destroy(state);
    cut_release(sim->allocator, state, 1, sim->state_stride + 8);
    return error;
}

/*
 * For observers, who cannot be told that there is no memory for it: that ends
 * the run (cut_sim_happen).
 */
static uint64_t first_quantity(struct cut_sim *sim, enum cut_error error)
{
    if (error == CUT_NOMEM)
        sim->tell_error = error;
    for (size_t i = 0; i < cut_facts_count(sim->facts); i++) {
        struct cut_fact fact = cut_facts_at(sim->facts, i);
        if (fact.kind == CUT_FACT_QUANTITY)
            return (uint64_t)fact.count;
    }
    return 0;
}

uint64_t cut_sim_quantity(struct cut_sim *sim, uint32_t process)
{
    if (sim->process->facts == NULL)
        return 0;
    cut_facts_clear(sim->facts);
    return first_quantity(sim, cut_sim_facts(sim, process, sim->facts));
}

uint64_t
cut_sim_part_quantity(struct cut_sim *sim, uint64_t number, uint32_t process)
{
    if (sim->process->facts == NULL)
        return 0;
    cut_facts_clear(sim->facts);
    return first_quantity(sim,
                          cut_sim_part_facts(sim, number, process, sim->facts));
}
