/*
 * Between the two halves of the diagram: what diagram_events.c has laid out,
 * and diagram_draw.c draws.
 *
 *     gutter   |<- pitch ->|<- pitch ->|
 *          3   │  1 2    . │  2 1      │      1, 2  lanes: where messages in
 *              │  ╎ ╎      │           │            transit wait
 *              column 0    column 1
 *
 * A message leaves its sender's lifeline for a lane beside it, runs down the
 * lane while it is in transit, and across to its receiver when it is
 * delivered: an unbroken line, which therefore crosses each cut that it is
 * recorded for.
 */
#ifndef CLI_DIAGRAM_LAYOUT_H
#define CLI_DIAGRAM_LAYOUT_H

#include "canvas.h"
#include "diagram.h"

enum {
    DIAGRAM_GUTTER = 8,     /* cells left of the first column's; of ticks */
    DIAGRAM_GUTTER_NS = 12, /* and of times in milliseconds, with decimals */
    DIAGRAM_WIDTH_MIN = 20, /* in less, nothing can be drawn */
    DIAGRAM_PITCH_MIN = 7,  /* cells of a column */
    DIAGRAM_PITCH_MAX = 16, /* wider does not read better */
    DIAGRAM_LANES_MAX = 3,  /* on each side of a lifeline */
    DIAGRAM_LABEL_SIZE = 24,
    DIAGRAM_RECORDED_MAX = 4,   /* snapshots named at a recorded message */
    DIAGRAM_SNAPSHOT_MAX = 4096 /* a run with more is too long to draw */
};

#define DIAGRAM_NO_LANE UINT32_MAX
#define DIAGRAM_NO_ROW UINT32_MAX

enum diagram_kind {
    DIAGRAM_SEND,    /* .value leaves .from for .lane */
    DIAGRAM_SEND_TO, /* .value leaves .from; there is no line: .peer; what
                      * became of it, if it does not arrive */
    DIAGRAM_ARROW,   /* .value from .from, or .peer, to .to */
    DIAGRAM_MARKER,  /* of .snapshot from .from, or .peer, to .to */
    DIAGRAM_CAPTURE, /* at .to */
    DIAGRAM_PART,    /* is complete, at .to, and no arrow shows it */
    DIAGRAM_WORD,    /* .word of what happened, at .to */
    DIAGRAM_LOST,    /* what came from .from is lost on its way to .to */
};

struct diagram_item {
    enum diagram_kind kind;
    uint32_t row;
    uint32_t row_sent; /* ARROW with a lane, LOST */
    uint32_t lane;     /* its cell in the row; or DIAGRAM_NO_LANE */
    uint32_t from;     /* column; CUT_NONE: it is not shown */
    uint32_t to;       /* column; CUT_NONE: it is not shown */
    uint32_t peer;     /* the process that is not shown */
    bool closes;       /* MARKER: ends a channel's recording */
    bool completes;    /* MARKER: and with it the part is complete */
    bool is_loose;     /* ARROW: its sending is not drawn, only its end is */
    bool is_copy;      /* ARROW: it has arrived before */
    bool is_lost;      /* SEND_TO */
    uint8_t recorded_count;
    uint64_t value;
    uint64_t id;       /* SEND, SEND_TO, ARROW, LOST */
    uint64_t snapshot; /* MARKER, CAPTURE, PART */
    const char *word;  /* WORD; a constant */
    uint64_t recorded[DIAGRAM_RECORDED_MAX];
};

/* The first row of a tick in which something happens. */
struct diagram_tick {
    uint64_t now;
    uint32_t row;
    bool gap; /* there are ticks before it in which nothing does */
};

/* What is known of a snapshot; the sums are over all processes. */
struct diagram_snapshot {
    bool complete;
    bool aborted;
    uint32_t initiator; /* process; CUT_NONE: not begun */
    uint64_t begun;
    uint64_t completed; /* or aborted */
    uint64_t tokens;
    uint64_t recorded;
    uint64_t recorded_count;
};

/* A message in transit between two columns. */
struct diagram_flight {
    uint32_t next;
    uint32_t row;
    uint32_t lane;
    uint8_t recorded_count; /* as of an item: before it was delivered */
    size_t item;            /* its sending: an index */
    uint64_t id;
    uint64_t recorded[DIAGRAM_RECORDED_MAX];
};

/* The rows of a column in which its process is a member. */
struct diagram_life {
    uint32_t joined; /* DIAGRAM_NO_ROW: it was one from the start */
    uint32_t left;   /* or has crashed; DIAGRAM_NO_ROW: it is one to the end */
};

/* The messages in transit on a channel, oldest first. */
struct diagram_queue {
    uint32_t first;
    uint32_t last;
};

/* An array that grows; elements keep their order. */
struct diagram_array {
    void *elements;
    size_t count;
    size_t capacity;
};

struct cut_diagram {
    struct cut_cast cast;
    struct cut_terminal terminal;
    const struct cut_allocator *allocator;
    enum cut_error error;

    uint32_t column_count;
    uint32_t hidden_count; /* processes that were wanted and do not fit */
    uint32_t gutter;       /* cells left of the first column's */
    uint32_t pitch;
    uint32_t lane_count;
    uint32_t width;
    uint32_t *columns;            /* processes */
    uint64_t *holds;              /* tokens, by column */
    struct diagram_life *lives;   /* by column */
    uint32_t *free_rows;          /* by cell */
    struct diagram_queue *queues; /* by pair of columns */

    bool has_subject;
    bool has_numbers; /* all messages are labelled with them */
    bool has_copies;  /* something has arrived twice */
    uint64_t subject; /* the message that the picture is about */

    uint32_t row_count;
    bool is_full; /* the rows are used up */
    uint64_t full_at;
    bool has_pending;
    struct diagram_item pending; /* a delivery; more may be said of it */

    struct diagram_array items;     /* struct diagram_item */
    struct diagram_array ticks;     /* struct diagram_tick */
    struct diagram_array flights;   /* struct diagram_flight */
    struct diagram_array snapshots; /* struct diagram_snapshot, by number */
    struct diagram_array captures;  /* rows, by number and column */
    uint32_t flight_free;           /* list through .next */
};

/* Return the cell of a column's lifeline. */
static inline uint32_t diagram_x(const struct cut_diagram *diagram,
                                 uint32_t column)
{
    return diagram->gutter + diagram->pitch / 2 + diagram->pitch * column;
}

/*
 * Return how far right of a lifeline a snapshot's cut changes rows: in the
 * middle between the lanes, and beside the cuts of the snapshots next to it.
 */
static inline uint32_t diagram_riser(const struct cut_diagram *diagram,
                                     uint64_t snapshot)
{
    uint32_t inner = 2 + diagram->lane_count;
    uint32_t outer = diagram->pitch - 1 - diagram->lane_count;
    uint32_t span = outer > inner + 3 ? outer - inner : 3;
    return inner + (uint32_t)(snapshot % span);
}

/*
 * Write an amount in few characters: from 10,000 on in thousands, and so on,
 * rounded down.
 */
void diagram_amount(uint64_t amount, char out[DIAGRAM_LABEL_SIZE]);

/*
 * Write what a message is labelled with: tokens, or its type, so short that
 * beside a lane it does not reach the next lifeline; or its number, if it is
 * the one that the picture is about, or both where all have numbers and there
 * is room.
 */
void diagram_label(const struct cut_diagram *diagram,
                   const struct diagram_item *item,
                   char out[DIAGRAM_LABEL_SIZE]);

/*
 * Return room, zeroed, for one more element at the end of an array; NULL, and
 * .error, where there is none.
 */
void *diagram_append(struct cut_diagram *diagram,
                     struct diagram_array *array,
                     size_t size);

/* Return a lane beside from in which nothing waits, or DIAGRAM_NO_LANE. */
uint32_t
diagram_find_lane(struct cut_diagram *diagram, uint32_t from, uint32_t to);

/* Put a message at the end of its channel; its sending is the next item. */
void diagram_push_flight(struct cut_diagram *diagram,
                         const struct diagram_item *item);

/*
 * Take a message out of its channel: the first one of that number, since in
 * channels that reorder any can be. Return false where there is none: its
 * sending was not drawn, or it comes a second time.
 */
bool diagram_pop_flight(struct cut_diagram *diagram,
                        uint32_t from,
                        uint32_t to,
                        uint64_t id,
                        struct diagram_flight *out);

/* Return a message that is in transit between two columns, or NULL. */
struct diagram_flight *diagram_find_flight(struct cut_diagram *diagram,
                                           uint32_t from,
                                           uint32_t to,
                                           uint64_t id);

/* Return the tokens that a process holds at the start. */
uint64_t diagram_tokens(const struct cut_diagram *diagram, uint32_t process);

/* Lay out the last delivery, of which no more will be said. */
void diagram_flush(struct cut_diagram *diagram);

/*
 * Make the sheet of what stands below the diagram: the caller's.
 *
 * Errors:  CUT_NOMEM.
 */
CUT_MUST_USE enum cut_error
diagram_notes_create(const struct cut_diagram *diagram,
                     struct cut_canvas **out);

#endif
