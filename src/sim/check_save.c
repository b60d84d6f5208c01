#include "sim/check_save.h"

#include "base/hash.h"

#include <string.h>

struct cut_check_save {
    void *twin;               /* a state */
    uint64_t random;          /* of the twin */
    uint64_t effects;         /* of the process, hashed */
    uint64_t twin_effects;    /* of the twin */
    struct cut_writer writer; /* the twin's */
    struct cut_context context;
};

enum cut_error cut_check_create(struct cut_sim *sim)
{
    struct cut_check_save *check =
        cut_allocate_zeroed(sim->allocator, 1, sizeof *check);

    if (check == NULL)
        return CUT_NOMEM;
    sim->check_save = check;
    cut_writer_init(&check->writer, sim->allocator);
    check->twin = cut_allocate_zeroed(sim->allocator, 1, sim->state_stride + 8);
    return check->twin != NULL ? CUT_OK : CUT_NOMEM;
}

void cut_check_destroy(struct cut_sim *sim)
{
    struct cut_check_save *check = sim->check_save;

    if (check == NULL)
        return;
    cut_writer_fini(&check->writer);
    cut_release(sim->allocator, check->twin, 1, sim->state_stride + 8);
    cut_release(sim->allocator, check, 1, sizeof *check);
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    hash = cut_hash_mix(hash, size);
    for (size_t i = 0; bytes != NULL && i < size; i++)
        hash = cut_hash_mix(hash, bytes[i]);
    return hash;
}

static void add_effect(uint64_t *effects,
                       uint32_t what,
                       uint32_t where,
                       const void *data,
                       size_t size)
{
    uint64_t both = (uint64_t)what << 32 | where;

    *effects = hash_bytes(cut_hash_mix(*effects, both), data, size);
}

void cut_check_effect(struct cut_sim *sim,
                      uint32_t what,
                      uint32_t where,
                      const void *data,
                      size_t size)
{
    add_effect(&sim->check_save->effects, what, where, data, size);
}

/* What a twin can do: it sees the world and does nothing in it. */

static struct cut_check_save *check_of(struct cut_context *context)
{
    const struct cut_sim *sim = context->executor;

    return sim->check_save;
}

static void twin_send(struct cut_context *context,
                      uint32_t channel,
                      uint32_t type,
                      const void *data,
                      size_t size)
{
    add_effect(&check_of(context)->twin_effects, type, channel, data, size);
}

static void
twin_timer_set(struct cut_context *context, uint32_t timer, cut_time after)
{
    add_effect(&check_of(context)->twin_effects,
               CUT_EFFECT_TIMER,
               timer,
               &after,
               sizeof after);
}

static void twin_timer_cancel(struct cut_context *context, uint32_t timer)
{
    add_effect(
        &check_of(context)->twin_effects, CUT_EFFECT_TIMER, timer, NULL, 0);
}

static void twin_print(struct cut_context *context, const char *text)
{
    (void)context;
    (void)text;
}

/* The twin's context is the process's, with other hands and its own dice. */
static void set_twin_context(struct cut_sim *sim,
                             uint32_t process,
                             struct cut_context_operations *operations)
{
    struct cut_check_save *check = sim->check_save;

    check->context.arguments = sim->context.arguments;
    check->context.argument_count = sim->context.argument_count;
    cut_sim_set_context(sim, &check->context, process);
    *operations = *check->context.operations;
    operations->send = twin_send;
    operations->timer_set = twin_timer_set;
    operations->timer_cancel = twin_timer_cancel;
    operations->print = twin_print;
    check->context.operations = operations;
    check->context.random = &check->random;
    check->context.error = CUT_OK;
}

static enum cut_error
complain(struct cut_sim *sim, uint32_t process, const char *what)
{
    return cut_sim_fail(sim,
                        CUT_STATE,
                        "%s %s",
                        cut_topology_name(sim->topology, process),
                        what);
}

/* A state that lies in memory as it is holds nothing outside itself. */
static void destroy_twin(struct cut_sim *sim)
{
    if (sim->process->destroy != NULL && sim->process->save != NULL)
        sim->process->destroy(sim->check_save->twin);
}

static enum cut_error load_twin(struct cut_sim *sim, uint32_t process)
{
    struct cut_check_save *check = sim->check_save;
    struct cut_context_operations operations;
    enum cut_error error = CUT_OK;

    if (sim->process->load == NULL)
        return complain(sim, process, "saves its state and has no load");
    memset(check->twin, 0, sim->state_stride);
    if (sim->process->create != NULL) {
        set_twin_context(sim, process, &operations);
        check->context.is_creating = true;
        error = sim->process->create(check->twin, &check->context);
        check->context.is_creating = false;
    }
    if (error == CUT_OK)
        error =
            sim->process->load(check->twin, sim->writer.data, sim->writer.size);
    if (error == CUT_OK || error == CUT_NOMEM)
        return error;
    return complain(sim, process, "cannot load what it saved");
}

/* What both save; sim->writer has what the process does. */
static enum cut_error compare_states(struct cut_sim *sim, uint32_t process)
{
    struct cut_check_save *check = sim->check_save;

    cut_writer_clear(&check->writer);
    sim->process->save(check->twin, &check->writer);
    if (check->writer.error != CUT_OK)
        return check->writer.error;
    if (check->writer.size == sim->writer.size &&
        (sim->writer.size == 0 ||
         memcmp(check->writer.data, sim->writer.data, sim->writer.size) == 0))
        return CUT_OK;
    return complain(sim,
                    process,
                    "saves something else than one made again from what it "
                    "saved (expected the same: save all of the state)");
}

enum cut_error cut_check_begin(struct cut_sim *sim, uint32_t process)
{
    struct cut_check_save *check = sim->check_save;
    enum cut_error error = CUT_OK;

    check->random = sim->randoms[process];
    check->effects = 0;
    check->twin_effects = 0;
    if (sim->process->save == NULL) {
        memcpy(
            check->twin, cut_sim_state(sim, process), sim->process->state_size);
        return CUT_OK;
    }
    error = cut_sim_write_state(sim, process);
    if (error == CUT_OK)
        error = load_twin(sim, process);
    check->random = sim->randoms[process];
    if (error == CUT_OK)
        error = compare_states(sim, process);
    if (error != CUT_OK)
        destroy_twin(sim);
    return error;
}

static enum cut_error compare(struct cut_sim *sim, uint32_t process)
{
    const struct cut_check_save *check = sim->check_save;

    if (check->effects != check->twin_effects)
        return complain(sim,
                        process,
                        "does other things than one made again from what it "
                        "saved (expected the same: save all of the state)");
    if (sim->process->save == NULL)
        return CUT_OK;
    enum cut_error error = cut_sim_write_state(sim, process);
    return error == CUT_OK ? compare_states(sim, process) : error;
}

enum cut_error cut_check_end(struct cut_sim *sim,
                             uint32_t process,
                             const struct cut_happening *what,
                             enum cut_error error)
{
    struct cut_check_save *check = sim->check_save;
    struct cut_context_operations operations;

    if (error == CUT_OK) {
        set_twin_context(sim, process, &operations);
        cut_program_call(sim->process, check->twin, &check->context, what);
        check->context.wants_snapshot = false;
        check->context.wants_leave = false;
        error = compare(sim, process);
    }
    destroy_twin(sim);
    return error;
}
