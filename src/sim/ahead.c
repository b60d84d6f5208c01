/*
 * Looking ahead: what an arrival will touch is fetched before it is due. In a
 * large system each of its steps would otherwise wait for memory: the packet,
 * the engine, the state, the channel on which the answer goes out.
 */
#include "sim/system.h"

/* Whatever is smaller than this stays in the caches by itself. */
#define PROCESSES_MIN 4096

/*
 * What is known of where it arrives; then, when that is here, which channels
 * may carry the answer: if they are few, these lines have all of them.
 *
 * One function, since the compiler leaves out a call of one that does nothing
 * but fetch.
 */
static void
fetch(const void *context, const struct cut_agenda_entry *entry, bool is_next)
{
    const struct cut_sim *sim = context;
    const struct cut_topology *topology = sim->topology;
    uint32_t process = cut_agenda_detail_of(entry);

    if (cut_agenda_kind_of(entry) != CUT_AGENDA_ARRIVE ||
        process >= sim->process_count)
        return;
    if (!is_next) {
        __builtin_prefetch(
            cut_packet_at(&sim->packets, cut_agenda_target_of(entry)), 1);
        cut_sim_prefetch_engine(sim, process);
        __builtin_prefetch(cut_sim_state(sim, process), 1);
        __builtin_prefetch(&sim->randoms[process], 1);
        __builtin_prefetch(&sim->events.held[process]);
    }
    if (topology->is_complete)
        return;
    if (!is_next) {
        __builtin_prefetch(&topology->outgoing[process]);
        __builtin_prefetch(&topology->incoming_count[process]);
        return;
    }
    uint32_t first = topology->outgoing[process];
    uint32_t end = topology->outgoing[process + 1];
    __builtin_prefetch(&topology->channels[first]);
    __builtin_prefetch(&topology->channels[end]);
    if (sim->events.lanes.last != NULL) {
        __builtin_prefetch(&sim->events.lanes.last[first], 1);
        __builtin_prefetch(&sim->events.lanes.last[end], 1);
    }
}

void cut_ahead_init(struct cut_sim *sim)
{
    if (sim->process_count < PROCESSES_MIN)
        return;
    sim->events.agenda.soon = fetch;
    sim->events.agenda.soon_context = sim;
}
