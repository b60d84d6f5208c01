#include "sim/separate.h"

#include "proto/merge.h"
#include "sim/carry.h"

/* One channel. */
struct merge {
    struct cut_merge_sender sender;
    struct cut_merge_receiver receiver;
    struct cut_queue held;     /* messages that wait for a marker */
    struct cut_queue unclosed; /* markers that wait for messages */
};

struct cut_merges {
    struct merge *channels;
    uint64_t channel_count;
};

enum cut_error cut_separate_create(struct cut_sim *sim)
{
    /* In a packet, the place of one is that of the other. */
    CUT_ASSERT(!sim->traits->stamps && !sim->traits->markers_count);
    uint64_t count = cut_graph_channel_count(sim->topology);
    struct cut_merges *merges =
        cut_allocate_zeroed(sim->allocator, 1, sizeof *merges);

    if (merges == NULL)
        return CUT_NOMEM;
    sim->events.merges = merges;
    merges->channel_count = count;
    merges->channels = cut_allocate_zeroed(
        sim->allocator, count + 1, sizeof *merges->channels);
    if (merges->channels == NULL)
        return CUT_NOMEM;
    for (uint64_t i = 0; i < count; i++) {
        merges->channels[i].held = CUT_QUEUE_EMPTY;
        merges->channels[i].unclosed = CUT_QUEUE_EMPTY;
    }
    return CUT_OK;
}

void cut_separate_destroy(struct cut_sim *sim)
{
    struct cut_merges *merges = sim->events.merges;

    if (merges == NULL)
        return;
    cut_release(sim->allocator,
                merges->channels,
                merges->channel_count + 1,
                sizeof *merges->channels);
    cut_release(sim->allocator, merges, 1, sizeof *merges);
}

static struct merge *channel_of(const struct cut_sim *sim,
                                const struct cut_packet *packet)
{
    uint64_t channel = cut_carry_channel(sim, packet->source, packet->outgoing);

    return &sim->events.merges->channels[channel];
}

void cut_separate_depart(struct cut_sim *sim, uint32_t index)
{
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    struct merge *merge = channel_of(sim, packet);

    packet->before = packet->kind == CUT_PACKET_MARKER
                         ? cut_merge_marker_sent(&merge->sender)
                         : cut_merge_message_sent(&merge->sender);
}

/* One more initiator of a snapshot, if the algorithm can have several. */
static bool may_announce(const struct cut_sim *sim,
                         const struct cut_packet *marker)
{
    return sim->traits->is_concurrent &&
           cut_events_is_member(sim, marker->destination) &&
           cut_events_is_member(sim, marker->source);
}

/* The marker's snapshot is asked for here: captured at once, if it is not. */
static enum cut_error announce(struct cut_sim *sim,
                               const struct cut_packet *marker)
{
    struct cut_occasion occasion = {
        .process = marker->destination,
        .channel = marker->incoming,
        .packet = CUT_NONE,
    };
    struct cut_event event = {
        .kind = CUT_EVENT_REQUEST,
        .snapshot = {.view = sim->record.takes[marker->id].view,
                     .number = marker->id},
        .now = cut_sim_clock(sim, marker->destination),
    };

    return cut_sim_happen(sim, &occasion, &event);
}

/*
 * What a closing marker has overtaken must be at the process's door by then,
 * and nothing that was sent after it. So a marker closes, if it can, before
 * what it held is let in; and a message that comes is let in before the marker
 * closes that waited for it: it is the last one before that marker, since the
 * marker would have closed before otherwise.
 */
static enum cut_error close_markers(struct cut_sim *sim, struct merge *merge)
{
    enum cut_error error = CUT_OK;
    uint32_t waiting;

    while (error == CUT_OK && !cut_queue_is_empty(&merge->unclosed)) {
        uint32_t first = merge->unclosed.head;
        uint64_t before = cut_packet_at(&sim->packets, first)->before;
        if (!cut_merge_close(&merge->receiver, before, &waiting))
            break;
        cut_queue_take(&sim->packets, &merge->unclosed);
        error = cut_events_accept(sim, first);
    }
    return error;
}

static enum cut_error release_held(struct cut_sim *sim, struct merge *merge)
{
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && !cut_queue_is_empty(&merge->held)) {
        uint32_t first = merge->held.head;
        uint64_t before = cut_packet_at(&sim->packets, first)->before;
        if (!cut_merge_may_deliver(&merge->receiver, before))
            break;
        cut_queue_take(&sim->packets, &merge->held);
        cut_merge_delivered(&merge->receiver);
        error = cut_events_accept(sim, first);
    }
    return error;
}

enum cut_error cut_separate_arrived(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    struct merge *merge = channel_of(sim, packet);
    bool is_marker = packet->kind == CUT_PACKET_MARKER;
    enum cut_error error =
        is_marker ? cut_merge_marker_arrived(&merge->receiver, packet->before)
                  : cut_merge_message_arrived(&merge->receiver, packet->before);

    CUT_ASSERT(error == CUT_OK); /* the links are reliable and FIFO */
    cut_queue_append(
        &sim->packets, is_marker ? &merge->unclosed : &merge->held, index);
    if (is_marker && may_announce(sim, packet))
        error = announce(sim, packet);
    if (error == CUT_OK && !is_marker)
        error = release_held(sim, merge);
    if (error == CUT_OK)
        error = close_markers(sim, merge);
    return error == CUT_OK ? release_held(sim, merge) : error;
}
