/*
 * The beginning and end of a detector, and what one may ask it.
 */
#include "base/memory.h"
#include "proto/quiet_state.h"

#define PROCESS_COUNT_MAX (UINT32_C(1) << 31)

enum cut_error cut_quiet_create(const struct cut_quiet_config *config,
                                const struct cut_allocator *allocator,
                                struct cut_quiet **out)
{
    allocator = cut_allocator_or_standard(allocator);
    if (config->process_count < 1 ||
        config->process_count > PROCESS_COUNT_MAX ||
        config->member_count > config->process_count)
        return CUT_INVALID;
    struct cut_quiet *quiet = cut_allocate(allocator, 1, sizeof *quiet);
    if (quiet == NULL)
        return CUT_NOMEM;
    *quiet = (struct cut_quiet){
        .allocator = allocator,
        .process_count = config->process_count,
        .member_count = config->member_count,
        .view = config->view,
    };
    quiet->processes = cut_allocate_zeroed(
        allocator, config->process_count, sizeof *quiet->processes);
    if (quiet->processes == NULL) {
        cut_quiet_destroy(quiet);
        return CUT_NOMEM;
    }
    for (uint32_t p = 0; p < config->member_count; p++)
        quiet->processes[p].is_member = true;
    *out = quiet;
    return CUT_OK;
}

void cut_quiet_destroy(struct cut_quiet *quiet)
{
    if (quiet == NULL)
        return;
    cut_release(quiet->allocator,
                quiet->processes,
                quiet->process_count,
                sizeof *quiet->processes);
    cut_release(quiet->allocator, quiet, 1, sizeof *quiet);
}

uint64_t cut_quiet_wave(const struct cut_quiet *quiet)
{
    return quiet->missing > 0 ? quiet->wave : 0;
}

bool cut_quiet_awaits(const struct cut_quiet *quiet, uint32_t process)
{
    return quiet->missing > 0 && process < quiet->process_count &&
           quiet->processes[process].is_member &&
           quiet->processes[process].answered < quiet->wave;
}

struct cut_quiet_counts cut_quiet_counts(const struct cut_quiet *quiet)
{
    return (struct cut_quiet_counts){
        .waves = quiet->wave,
        .changes = quiet->changes,
        .ignored = quiet->ignored,
        .sent = quiet->sent,
        .delivered = quiet->delivered,
        .members = quiet->member_count,
        .idle = quiet->idle_count,
    };
}
