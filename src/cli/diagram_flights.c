/* Messages in transit between two columns, and the lanes in which they wait. */
#include "diagram_layout.h"

static struct diagram_queue *
queue_of(struct cut_diagram *diagram, uint32_t from, uint32_t to)
{
    return &diagram->queues[from * diagram->column_count + to];
}

static struct diagram_flight *flight_at(struct cut_diagram *diagram, uint32_t i)
{
    return (struct diagram_flight *)diagram->flights.elements + i;
}

/* Return whether a message in transit waits in a lane. */
static bool lane_is_used(struct cut_diagram *diagram, uint32_t x)
{
    uint32_t from = (x - diagram->gutter) / diagram->pitch;
    for (uint32_t to = 0; to < diagram->column_count; to++) {
        uint32_t i = queue_of(diagram, from, to)->first;
        for (; i != CUT_NONE; i = flight_at(diagram, i)->next) {
            if (flight_at(diagram, i)->lane == x)
                return true;
        }
    }
    return false;
}

uint32_t
diagram_find_lane(struct cut_diagram *diagram, uint32_t from, uint32_t to)
{
    uint32_t x = diagram_x(diagram, from);
    for (uint32_t i = 0; i < diagram->lane_count; i++) {
        uint32_t lane = to > from ? x + 2 + i : x - 2 - i;
        if (!lane_is_used(diagram, lane))
            return lane;
    }
    return DIAGRAM_NO_LANE;
}

void diagram_push_flight(struct cut_diagram *diagram,
                         const struct diagram_item *item)
{
    uint32_t i = diagram->flight_free;
    if (i != CUT_NONE) {
        diagram->flight_free = flight_at(diagram, i)->next;
    } else {
        i = (uint32_t)diagram->flights.count;
        if (diagram_append(diagram,
                           &diagram->flights,
                           sizeof(struct diagram_flight)) == NULL)
            return;
    }
    *flight_at(diagram, i) = (struct diagram_flight){
        .next = CUT_NONE,
        .row = item->row,
        .lane = item->lane,
        .item = diagram->items.count,
        .id = item->id,
    };
    struct diagram_queue *queue = queue_of(diagram, item->from, item->to);
    if (queue->first == CUT_NONE)
        queue->first = i;
    else
        flight_at(diagram, queue->last)->next = i;
    queue->last = i;
}

bool diagram_pop_flight(struct cut_diagram *diagram,
                        uint32_t from,
                        uint32_t to,
                        uint64_t id,
                        struct diagram_flight *out)
{
    struct diagram_queue *queue = queue_of(diagram, from, to);
    uint32_t before = CUT_NONE;
    uint32_t i = queue->first;
    while (i != CUT_NONE && flight_at(diagram, i)->id != id) {
        before = i;
        i = flight_at(diagram, i)->next;
    }
    if (i == CUT_NONE)
        return false;
    *out = *flight_at(diagram, i);
    if (before == CUT_NONE)
        queue->first = out->next;
    else
        flight_at(diagram, before)->next = out->next;
    if (queue->last == i)
        queue->last = before;
    flight_at(diagram, i)->next = diagram->flight_free;
    diagram->flight_free = i;
    return true;
}

struct diagram_flight *diagram_find_flight(struct cut_diagram *diagram,
                                           uint32_t from,
                                           uint32_t to,
                                           uint64_t id)
{
    uint32_t i = queue_of(diagram, from, to)->first;
    while (i != CUT_NONE && flight_at(diagram, i)->id != id)
        i = flight_at(diagram, i)->next;
    return i != CUT_NONE ? flight_at(diagram, i) : NULL;
}
