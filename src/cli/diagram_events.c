/* Takes in events and lays them out. */
#include "diagram_layout.h"

#include <string.h>

/* Return the column of a process, CUT_NONE where it is not shown. */
static uint32_t column_of(const struct cut_diagram *diagram, uint32_t process)
{
    for (uint32_t i = 0; i < diagram->column_count; i++) {
        if (diagram->columns[i] == process)
            return i;
    }
    return CUT_NONE;
}

/*
 * Rows
 */

/* Begin a tick's rows below all that was before. */
static void begin_tick(struct cut_diagram *diagram, uint64_t now)
{
    struct diagram_tick *ticks = diagram->ticks.elements;
    size_t count = diagram->ticks.count;
    if (count > 0 && ticks[count - 1].now == now)
        return;
    bool gap = count > 0 ? ticks[count - 1].now + 1 < now : now > 0;
    bool is_ticks = diagram->cast.topology != NULL;
    struct diagram_tick *tick =
        diagram_append(diagram, &diagram->ticks, sizeof(struct diagram_tick));
    if (tick == NULL)
        return;
    tick->now = now;
    tick->row = diagram->row_count;
    tick->gap = gap && is_ticks;
    for (uint32_t x = 0; x < diagram->width; x++)
        diagram->free_rows[x] = diagram->row_count;
}

/* Take the first row that is free in all these cells from now on. */
static uint32_t take_row(struct cut_diagram *diagram, uint32_t a, uint32_t b)
{
    uint32_t left = a < b ? a : b;
    uint32_t right = a < b ? b : a;
    if (right >= diagram->width)
        right = diagram->width - 1;
    uint32_t row = 0;
    for (uint32_t x = left; x <= right; x++) {
        if (diagram->free_rows[x] > row)
            row = diagram->free_rows[x];
    }
    for (uint32_t x = left; x <= right; x++)
        diagram->free_rows[x] = row + 1;
    if (row >= diagram->row_count)
        diagram->row_count = row + 1;
    return row;
}

static void add_item(struct cut_diagram *diagram,
                     const struct diagram_item *item)
{
    struct diagram_item *added =
        diagram_append(diagram, &diagram->items, sizeof(struct diagram_item));
    if (added != NULL)
        *added = *item;
}

/* The cells of text beside a lifeline are those up to its neighbour's. */
static uint32_t text_end(const struct cut_diagram *diagram, uint32_t column)
{
    return diagram_x(diagram, column) + diagram->pitch - 1;
}

static void place_arrow(struct cut_diagram *diagram, struct diagram_item *item)
{
    uint32_t to = diagram_x(diagram, item->to);
    if (item->from == CUT_NONE || item->is_loose)
        item->row = take_row(diagram, to, text_end(diagram, item->to));
    else
        item->row = take_row(diagram, diagram_x(diagram, item->from), to);
}

/* A delivery is laid out when all is known of it. */
void diagram_flush(struct cut_diagram *diagram)
{
    if (!diagram->has_pending)
        return;
    diagram->has_pending = false;
    place_arrow(diagram, &diagram->pending);
    add_item(diagram, &diagram->pending);
}

/*
 * Events
 */

static uint32_t label_width(const struct cut_diagram *diagram,
                            const struct diagram_item *item)
{
    char label[DIAGRAM_LABEL_SIZE];
    diagram_label(diagram, item, label);
    return cut_text_width(label);
}

/* Return the sender and the receiver of an event's message. */
static uint32_t sender_of(const struct cut_diagram *diagram,
                          const struct cut_sim_event *event)
{
    const struct cut_topology *topology = diagram->cast.topology;
    if (topology != NULL)
        return cut_topology_source(topology, event->channel);
    return event->kind == CUT_SIM_DELIVER ? event->peer : event->process;
}

static uint32_t receiver_of(const struct cut_diagram *diagram,
                            const struct cut_sim_event *event)
{
    const struct cut_topology *topology = diagram->cast.topology;
    if (topology != NULL)
        return cut_topology_destination(topology, event->channel);
    return event->kind == CUT_SIM_DELIVER ? event->process : event->peer;
}

/* The label is written where the lane begins, away from the lifeline. */
static void place_send(struct cut_diagram *diagram, struct diagram_item *item)
{
    uint32_t x = diagram_x(diagram, item->from);
    uint32_t extra = label_width(diagram, item) - 1;
    if (item->lane == DIAGRAM_NO_LANE)
        item->row = take_row(diagram, x, text_end(diagram, item->from));
    else if (item->lane > x)
        item->row = take_row(diagram, x, item->lane + extra);
    else
        item->row = take_row(diagram, item->lane - extra, x);
}

static void observe_send(struct cut_diagram *diagram,
                         const struct cut_sim_event *event)
{
    uint32_t peer = receiver_of(diagram, event);
    struct diagram_item item = {
        .kind = DIAGRAM_SEND_TO,
        .lane = DIAGRAM_NO_LANE,
        .from = column_of(diagram, sender_of(diagram, event)),
        .to = column_of(diagram, peer),
        .peer = peer,
        .id = event->message.id,
        .value = event->message.value,
    };
    if (event->message.is_marker || item.from == CUT_NONE)
        return;
    diagram->holds[item.from] = event->tokens;
    if (item.to != CUT_NONE)
        item.lane = diagram_find_lane(diagram, item.from, item.to);
    if (item.lane != DIAGRAM_NO_LANE)
        item.kind = DIAGRAM_SEND;
    place_send(diagram, &item);
    if (item.to != CUT_NONE)
        diagram_push_flight(diagram, &item);
    add_item(diagram, &item);
}

/* Return whether a message that arrives has done so before, or was lost. */
static bool has_come(const struct cut_diagram *diagram,
                     const struct diagram_item *arrow)
{
    const struct diagram_item *items = diagram->items.elements;
    for (size_t i = diagram->items.count; i > 0; i--) {
        const struct diagram_item *item = &items[i - 1];
        bool is_end = item->kind == DIAGRAM_ARROW || item->kind == DIAGRAM_LOST;
        if (is_end && item->id == arrow->id && item->from == arrow->from &&
            item->to == arrow->to)
            return true;
    }
    return false;
}

/* Find where what arrives has been since it was sent. */
static void follow(struct cut_diagram *diagram, struct diagram_item *arrow)
{
    struct diagram_flight flight;
    if (!diagram_pop_flight(
            diagram, arrow->from, arrow->to, arrow->id, &flight)) {
        arrow->is_loose = true;
        arrow->is_copy = has_come(diagram, arrow);
        diagram->has_copies = diagram->has_copies || arrow->is_copy;
        return;
    }
    arrow->lane = flight.lane;
    arrow->row_sent = flight.row;
    arrow->recorded_count = flight.recorded_count;
    memcpy(arrow->recorded, flight.recorded, sizeof arrow->recorded);
}

static void observe_delivery(struct cut_diagram *diagram,
                             const struct cut_sim_event *event)
{
    uint32_t peer = sender_of(diagram, event);
    uint32_t to = column_of(diagram, receiver_of(diagram, event));
    if (to == CUT_NONE)
        return;
    const struct cut_sim_message *message = &event->message;
    struct diagram_item *item = &diagram->pending;
    *item = (struct diagram_item){
        .kind = message->is_marker ? DIAGRAM_MARKER : DIAGRAM_ARROW,
        .lane = DIAGRAM_NO_LANE,
        .from = column_of(diagram, peer),
        .to = to,
        .peer = peer,
        .closes = true, /* unless a capture follows */
        .value = message->value,
        .id = message->id,
        .snapshot = message->is_marker ? message->value : 0,
    };
    diagram->has_pending = true;
    if (message->is_marker)
        return;
    diagram->holds[to] = event->tokens + message->value;
    if (item->from != CUT_NONE)
        follow(diagram, item);
}

/* The snapshots come in no particular order, and are kept in theirs. */
static void note_recorded(uint64_t *recorded, uint8_t *count, uint64_t snapshot)
{
    unsigned i = *count;
    /* One more than there is room for says that there are others. */
    if (i <= DIAGRAM_RECORDED_MAX)
        (*count)++;
    if (i >= DIAGRAM_RECORDED_MAX)
        return;
    for (; i > 0 && recorded[i - 1] > snapshot; i--)
        recorded[i] = recorded[i - 1];
    recorded[i] = snapshot;
}

/* What is recorded has just been delivered, or waits at either end. */
static void observe_record(struct cut_diagram *diagram,
                           const struct cut_sim_event *event)
{
    struct diagram_item *item = &diagram->pending;
    uint64_t id = event->message.id;
    if (diagram->has_pending && item->kind == DIAGRAM_ARROW && item->id == id) {
        note_recorded(item->recorded, &item->recorded_count, event->snapshot);
        return;
    }
    uint32_t own = column_of(diagram, event->process);
    uint32_t other = column_of(diagram, event->peer);
    if (own == CUT_NONE || other == CUT_NONE)
        return;
    struct diagram_flight *flight =
        diagram_find_flight(diagram, other, own, id);
    if (flight == NULL)
        flight = diagram_find_flight(diagram, own, other, id);
    if (flight != NULL)
        note_recorded(
            flight->recorded, &flight->recorded_count, event->snapshot);
}

static void note_capture(struct cut_diagram *diagram,
                         uint64_t snapshot,
                         uint32_t column,
                         uint32_t row)
{
    size_t size = diagram->column_count * sizeof(uint32_t);
    while (diagram->captures.count <= snapshot) {
        uint32_t *rows = diagram_append(diagram, &diagram->captures, size);
        if (rows == NULL)
            return;
        for (uint32_t i = 0; i < diagram->column_count; i++)
            rows[i] = DIAGRAM_NO_ROW;
    }
    uint32_t *rows = diagram->captures.elements;
    rows[snapshot * diagram->column_count + column] = row;
}

/*
 * A capture takes the row to where its cut leaves the row, on both sides, so
 * that no arrow hides the cut.
 */
static void observe_capture(struct cut_diagram *diagram,
                            const struct cut_sim_event *event)
{
    struct diagram_item *pending = &diagram->pending;
    if (pending->kind == DIAGRAM_MARKER && pending->snapshot == event->snapshot)
        pending->closes = false;
    diagram_flush(diagram);
    uint32_t column = column_of(diagram, event->process);
    if (column == CUT_NONE)
        return;
    uint32_t x = diagram_x(diagram, column);
    uint32_t riser = diagram_riser(diagram, event->snapshot);
    uint32_t left =
        column > 0 ? x - diagram->pitch + riser : x - diagram->pitch / 2;
    struct diagram_item item = {
        .kind = DIAGRAM_CAPTURE,
        .row = take_row(diagram, left, x + riser),
        .to = column,
        .snapshot = event->snapshot,
    };
    add_item(diagram, &item);
    note_capture(diagram, event->snapshot, column, item.row);
}

static void observe_part(struct cut_diagram *diagram,
                         const struct cut_sim_event *event)
{
    struct diagram_item *pending = &diagram->pending;
    if (diagram->has_pending && pending->kind == DIAGRAM_MARKER &&
        pending->snapshot == event->snapshot) {
        pending->completes = true;
        return;
    }
    uint32_t column = column_of(diagram, event->process);
    if (column == CUT_NONE)
        return;
    uint32_t x = diagram_x(diagram, column);
    struct diagram_item item = {
        .kind = DIAGRAM_PART,
        .row = take_row(diagram, x, x + 1),
        .to = column,
        .snapshot = event->snapshot,
    };
    add_item(diagram, &item);
}

/* Keep, of a message that does not arrive, which snapshots have it. */
static void note_unfinished(struct diagram_item *item,
                            const struct diagram_flight *flight)
{
    item->recorded_count = flight->recorded_count;
    memcpy(item->recorded, flight->recorded, sizeof item->recorded);
}

/* A message that is lost gets as far as one row. */
static void observe_loss(struct cut_diagram *diagram,
                         const struct cut_sim_event *event)
{
    uint32_t from = column_of(diagram, sender_of(diagram, event));
    uint32_t to = column_of(diagram, receiver_of(diagram, event));
    if (event->message.is_marker || from == CUT_NONE || to == CUT_NONE)
        return;
    struct diagram_flight flight;
    if (!diagram_pop_flight(diagram, from, to, event->message.id, &flight))
        return;
    if (flight.lane == DIAGRAM_NO_LANE) {
        struct diagram_item *sending = diagram->items.elements;
        sending += flight.item;
        sending->is_lost = true;
        note_unfinished(sending, &flight);
        return;
    }
    struct diagram_item item = {
        .kind = DIAGRAM_LOST,
        .row = take_row(diagram, flight.lane, flight.lane),
        .row_sent = flight.row,
        .lane = flight.lane,
        .from = from,
        .to = to,
        .id = event->message.id,
    };
    note_unfinished(&item, &flight);
    add_item(diagram, &item);
}

/* What happens to a process is said beside its lifeline. */
static void observe_word(struct cut_diagram *diagram,
                         const struct cut_sim_event *event,
                         const char *word)
{
    uint32_t column = column_of(diagram, event->process);
    uint32_t x = diagram_x(diagram, column);
    struct diagram_item item = {
        .kind = DIAGRAM_WORD,
        .row = take_row(diagram, x, text_end(diagram, column)),
        .to = column,
        .word = word,
    };
    add_item(diagram, &item);
    if (event->kind == CUT_SIM_JOIN)
        diagram->lives[column].joined = item.row;
    if (event->kind == CUT_SIM_LEAVE || event->kind == CUT_SIM_CRASH)
        diagram->lives[column].left = item.row;
}

/* Lay out an event of a shown process. */
static void lay_out(struct cut_diagram *diagram,
                    const struct cut_sim_event *event)
{
    switch (event->kind) {
    case CUT_SIM_SEND:
        observe_send(diagram, event);
        break;
    case CUT_SIM_DELIVER:
        observe_delivery(diagram, event);
        break;
    case CUT_SIM_CAPTURE:
        observe_capture(diagram, event);
        break;
    case CUT_SIM_RECORD:
        observe_record(diagram, event);
        break;
    case CUT_SIM_PART:
        observe_part(diagram, event);
        break;
    case CUT_SIM_LOSE:
        observe_loss(diagram, event);
        break;
    case CUT_SIM_STOP:
        observe_word(diagram, event, "stops");
        break;
    case CUT_SIM_RESUME:
        observe_word(diagram, event, "goes on");
        break;
    case CUT_SIM_JOIN:
        observe_word(diagram, event, "joins");
        break;
    case CUT_SIM_LEAVE:
        observe_word(diagram, event, "leaves");
        break;
    case CUT_SIM_CRASH:
        observe_word(diagram, event, "crashes");
        break;
    case CUT_SIM_COMPLETE:
    case CUT_SIM_START:
    case CUT_SIM_TIMER:
    case CUT_SIM_INPUT:
    case CUT_SIM_PRINT:
    case CUT_SIM_ABORT:
        break;
    }
}

/* Return what is known of a snapshot, NULL where it is not kept. */
static struct diagram_snapshot *snapshot_of(struct cut_diagram *diagram,
                                            uint64_t number)
{
    if (number >= DIAGRAM_SNAPSHOT_MAX)
        return NULL;
    while (diagram->snapshots.count <= number) {
        struct diagram_snapshot *added = diagram_append(
            diagram, &diagram->snapshots, sizeof(struct diagram_snapshot));
        if (added == NULL)
            return NULL;
        added->initiator = CUT_NONE;
    }
    return (struct diagram_snapshot *)diagram->snapshots.elements + number;
}

/* Keep the sums, also of processes that are not shown. */
static void add_up(struct cut_diagram *diagram,
                   const struct cut_sim_event *event)
{
    if (event->kind != CUT_SIM_CAPTURE && event->kind != CUT_SIM_RECORD &&
        event->kind != CUT_SIM_COMPLETE && event->kind != CUT_SIM_ABORT)
        return;
    struct diagram_snapshot *snapshot = snapshot_of(diagram, event->snapshot);
    if (snapshot == NULL)
        return;
    if (event->kind == CUT_SIM_CAPTURE) {
        if (snapshot->initiator == CUT_NONE) {
            snapshot->initiator = event->process;
            snapshot->begun = event->now;
        }
        snapshot->tokens += event->tokens;
    } else if (event->kind == CUT_SIM_RECORD) {
        snapshot->recorded += event->message.value;
        snapshot->recorded_count++;
    } else {
        snapshot->complete = event->kind == CUT_SIM_COMPLETE;
        snapshot->aborted = event->kind == CUT_SIM_ABORT;
        snapshot->completed = event->now;
    }
}

/* Return whether an event is drawn in a row of its own or changes one. */
static bool is_shown(const struct cut_diagram *diagram,
                     const struct cut_sim_event *event)
{
    switch (event->kind) {
    case CUT_SIM_SEND:
    case CUT_SIM_LOSE:
        return !event->message.is_marker &&
               column_of(diagram, event->process) != CUT_NONE;
    case CUT_SIM_DELIVER:
    case CUT_SIM_CAPTURE:
    case CUT_SIM_RECORD:
    case CUT_SIM_PART:
    case CUT_SIM_STOP:
    case CUT_SIM_RESUME:
    case CUT_SIM_JOIN:
    case CUT_SIM_LEAVE:
    case CUT_SIM_CRASH:
        return column_of(diagram, event->process) != CUT_NONE;
    case CUT_SIM_COMPLETE:
    case CUT_SIM_START:
    case CUT_SIM_TIMER:
    case CUT_SIM_INPUT:
    case CUT_SIM_PRINT:
    case CUT_SIM_ABORT:
        return false;
    }
    return false;
}

void cut_diagram_observe(void *context, const struct cut_sim_event *event)
{
    struct cut_diagram *diagram = context;
    if (diagram->error != CUT_OK)
        return;
    add_up(diagram, event);
    if (diagram->is_full || diagram->error != CUT_OK ||
        !is_shown(diagram, event))
        return;
    bool follows = event->kind == CUT_SIM_RECORD ||
                   event->kind == CUT_SIM_PART ||
                   event->kind == CUT_SIM_CAPTURE;
    const struct diagram_item *pending = &diagram->pending;
    if (diagram->has_pending &&
        (!follows || diagram->columns[pending->to] != event->process))
        diagram_flush(diagram);
    if (diagram->row_count >= CUT_DIAGRAM_ROWS_MAX ||
        (event->kind == CUT_SIM_CAPTURE &&
         event->snapshot >= DIAGRAM_SNAPSHOT_MAX)) {
        diagram_flush(diagram);
        diagram->is_full = true;
        diagram->full_at = event->now;
        return;
    }
    begin_tick(diagram, event->now);
    lay_out(diagram, event);
}
