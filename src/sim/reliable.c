#include "sim/reliable.h"

#include "proto/link.h"
#include "sim/carry.h"

#define WINDOW 16

/*
 * The first time-out: a few times what a frame and its acknowledgement
 * usually take. A short one costs frames, a long one time.
 */
#define TIMEOUT_DELAYS 6
#define TIMEOUT_LEAST (UINT64_C(1) * CUT_MICROSECOND)
#define TIMEOUT_GROWTH 64

/* One link. */
struct link {
    struct cut_link_sender sender;
    struct cut_link_receiver receiver;
    struct cut_queue queue; /* beyond the window */
    uint32_t unacknowledged[WINDOW];
    uint32_t kept[WINDOW];
    uint64_t deadline; /* that is on the agenda; CUT_LINK_NEVER: none */
};

struct cut_links {
    struct link *links;
    uint64_t count;
};

static cut_time usual_delay(struct cut_sim *sim)
{
    /* The middle of the distribution, and not a number drawn. */
    return cut_delay_draw(&sim->events.network.delay, UINT64_C(1) << 63);
}

enum cut_error cut_reliable_create(struct cut_sim *sim)
{
    uint64_t count = cut_graph_channel_count(sim->topology);
    struct cut_link_config config = {
        .timeout_min = TIMEOUT_LEAST + TIMEOUT_DELAYS * usual_delay(sim),
        .window = WINDOW,
    };
    struct cut_links *links =
        cut_allocate_zeroed(sim->allocator, 1, sizeof *links);

    if (links == NULL)
        return CUT_NOMEM;
    sim->events.links = links;
    if (sim->events.merges != NULL)
        count *= 2;
    links->count = count;
    links->links =
        cut_allocate_zeroed(sim->allocator, count + 1, sizeof *links->links);
    if (links->links == NULL)
        return CUT_NOMEM;
    config.timeout_max = TIMEOUT_GROWTH * config.timeout_min;
    for (uint64_t i = 0; i < count; i++) {
        cut_link_sender_init(&links->links[i].sender, &config);
        cut_link_receiver_init(&links->links[i].receiver, &config);
        links->links[i].queue = CUT_QUEUE_EMPTY;
        links->links[i].deadline = CUT_LINK_NEVER;
    }
    return CUT_OK;
}

void cut_reliable_destroy(struct cut_sim *sim)
{
    struct cut_links *links = sim->events.links;

    if (links == NULL)
        return;
    cut_release(
        sim->allocator, links->links, links->count + 1, sizeof *links->links);
    cut_release(sim->allocator, links, 1, sizeof *links);
}

/* The link of a packet; of an acknowledgement: that of what it acknowledges. */
static uint32_t link_of(const struct cut_sim *sim,
                        const struct cut_packet *packet)
{
    bool is_back = packet->kind == CUT_PACKET_ACKNOWLEDGEMENT;
    uint64_t channel = cut_carry_channel(
        sim, is_back ? packet->destination : packet->source, packet->outgoing);

    if (sim->events.merges == NULL)
        return (uint32_t)channel;
    bool is_marker_link =
        is_back ? packet->type != 0 : packet->kind == CUT_PACKET_MARKER;
    return (uint32_t)(2 * channel + is_marker_link);
}

static enum cut_error set_deadline(struct cut_sim *sim, uint32_t index)
{
    struct link *link = &sim->events.links->links[index];
    uint64_t deadline = cut_link_sender_deadline(&link->sender);

    if (deadline == CUT_LINK_NEVER || deadline >= link->deadline)
        return CUT_OK;
    link->deadline = deadline;
    sim->events.aside++;
    return cut_agenda_add(&sim->events.agenda,
                          deadline > sim->now ? deadline : sim->now,
                          CUT_AGENDA_RESEND,
                          index,
                          0);
}

/* A frame goes out with one reference; the link keeps one until it is
 * acknowledged. */
static enum cut_error submit(struct cut_sim *sim, uint32_t at, uint32_t index)
{
    struct link *link = &sim->events.links->links[at];
    struct cut_packet *packet = cut_packet_at(&sim->packets, index);

    packet->sequence = cut_link_sender_submit(&link->sender, sim->now);
    packet->references++;
    link->unacknowledged[packet->sequence % WINDOW] = index;
    sim->stats.link_bytes += CUT_LINK_HEADER_SIZE;
    return cut_carry_raw(sim, index);
}

enum cut_error cut_reliable_send(struct cut_sim *sim, uint32_t index)
{
    uint32_t at = link_of(sim, cut_packet_at(&sim->packets, index));
    struct link *link = &sim->events.links->links[at];
    enum cut_error error;

    if (!cut_link_sender_has_room(&link->sender)) {
        cut_queue_append(&sim->packets, &link->queue, index);
        return CUT_OK;
    }
    error = submit(sim, at, index);
    return error == CUT_OK ? set_deadline(sim, at) : error;
}

static enum cut_error acknowledge(struct cut_sim *sim,
                                  const struct cut_packet *packet)
{
    const struct link *link = &sim->events.links->links[link_of(sim, packet)];
    uint64_t next = cut_link_receiver_acknowledgement(&link->receiver);
    uint32_t source = packet->source;
    uint32_t destination = packet->destination;
    uint32_t outgoing = packet->outgoing;
    bool is_marker = packet->kind == CUT_PACKET_MARKER;
    uint32_t index;
    enum cut_error error =
        cut_packet_make(&sim->packets, &next, sizeof next, &index);

    if (error != CUT_OK)
        return error;
    struct cut_packet *back = cut_packet_at(&sim->packets, index);
    back->kind = CUT_PACKET_ACKNOWLEDGEMENT;
    back->type = is_marker;
    back->source = destination;
    back->destination = source;
    back->outgoing = outgoing;
    sim->stats.link_frames++;
    sim->stats.link_bytes += CUT_LINK_HEADER_SIZE;
    return cut_carry_raw(sim, index);
}

/* Forget what has arrived, and send what waited for room. */
static enum cut_error take_acknowledgement(struct cut_sim *sim,
                                           const struct cut_packet *packet)
{
    uint32_t at = link_of(sim, packet);
    struct link *link = &sim->events.links->links[at];
    uint64_t oldest = link->sender.oldest;
    uint32_t count = cut_link_sender_acknowledged(
        &link->sender, packet->data.word, sim->now);
    enum cut_error error = CUT_OK;

    for (uint32_t i = 0; i < count; i++)
        cut_packet_drop(&sim->packets,
                        link->unacknowledged[(oldest + i) % WINDOW]);
    while (error == CUT_OK && !cut_queue_is_empty(&link->queue) &&
           cut_link_sender_has_room(&link->sender))
        error = submit(sim, at, cut_queue_take(&sim->packets, &link->queue));
    return error == CUT_OK ? set_deadline(sim, at) : error;
}

/* Hand on the frame that is next, and those that were early for it. */
static enum cut_error
hand_on(struct cut_sim *sim, struct link *link, uint32_t index)
{
    enum cut_error error = cut_carry_in_order(sim, index);
    uint64_t sequence;

    while (error == CUT_OK &&
           cut_link_receiver_next(&link->receiver, &sequence))
        error = cut_carry_in_order(sim, link->kept[sequence % WINDOW]);
    return error;
}

static enum cut_error take_frame(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    struct link *link = &sim->events.links->links[link_of(sim, packet)];
    uint64_t sequence = packet->sequence;
    enum cut_link_fate fate =
        cut_link_receiver_arrived(&link->receiver, sequence);
    enum cut_error error = CUT_OK;

    if (fate == CUT_LINK_KEEP)
        link->kept[sequence % WINDOW] = index;
    /* The packet may be gone when it has been handed on. */
    struct cut_packet copy = *packet;
    if (fate == CUT_LINK_DROP)
        cut_packet_drop(&sim->packets, index);
    if (fate == CUT_LINK_DELIVER)
        error = hand_on(sim, link, index);
    return error == CUT_OK ? acknowledge(sim, &copy) : error;
}

enum cut_error cut_reliable_arrived(struct cut_sim *sim, uint32_t index)
{
    const struct cut_packet *packet = cut_packet_at(&sim->packets, index);
    enum cut_error error;

    if (packet->kind != CUT_PACKET_ACKNOWLEDGEMENT)
        return take_frame(sim, index);
    error = take_acknowledgement(sim, packet);
    cut_packet_drop(&sim->packets, index);
    return error;
}

enum cut_error cut_reliable_resend(struct cut_sim *sim, uint32_t at)
{
    struct link *link = &sim->events.links->links[at];
    struct cut_link_resend again =
        cut_link_sender_timeout(&link->sender, sim->now);
    enum cut_error error = CUT_OK;

    link->deadline = CUT_LINK_NEVER;
    for (uint32_t i = 0; i < again.count && error == CUT_OK; i++) {
        uint32_t index = link->unacknowledged[(again.first + i) % WINDOW];
        cut_packet_at(&sim->packets, index)->references++;
        sim->stats.link_frames++;
        sim->stats.link_bytes +=
            CUT_LINK_HEADER_SIZE + cut_packet_at(&sim->packets, index)->size;
        error = cut_carry_raw(sim, index);
    }
    return error == CUT_OK ? set_deadline(sim, at) : error;
}

static bool is_message(const struct cut_sim *sim, uint32_t index)
{
    return cut_packet_at(&sim->packets, index)->kind == CUT_PACKET_MESSAGE;
}

static bool has_message(const struct cut_sim *sim, const struct link *link)
{
    for (uint64_t n = link->sender.oldest; n != link->sender.next; n++)
        if (is_message(sim, link->unacknowledged[n % WINDOW]))
            return true;
    for (uint32_t i = link->queue.head; i != CUT_NONE;
         i = cut_packet_at(&sim->packets, i)->next)
        if (is_message(sim, i))
            return true;
    return false;
}

bool cut_reliable_has_messages(const struct cut_sim *sim)
{
    for (uint64_t i = 0; i < sim->events.links->count; i++)
        if (has_message(sim, &sim->events.links->links[i]))
            return true;
    return false;
}
