/*
 * The agenda: what is to happen, by time, and at one time in the order in
 * which it was put down.
 *
 * Times are read as digits of 6 bits, and there is a wheel for each digit,
 * with a slot for each of its values. What is to come lies in the wheel of the
 * highest digit in which its time differs from `base`, a time that has come; so
 * the next is in the lowest wheel that is not empty, in the first slot there.
 * When the time of a slot comes, its entries go into the wheels below, or, few
 * as they mostly are, sorted into the front, from which they are taken.
 *
 * So an entry moves a few times, however many there are, and through memory in
 * order. A heap of a million waits for memory at each of its levels.
 */
#ifndef CUT_SIM_AGENDA_H
#define CUT_SIM_AGENDA_H

#include "base/memory.h"

#include <stdbool.h>

enum cut_agenda_kind {
    CUT_AGENDA_ARRIVE,   /* .target: packet, .detail: where, as a hint */
    CUT_AGENDA_TIMER,    /* .target: timer's node, .detail: generation */
    CUT_AGENDA_WAKE,     /* .target: process, of its engine */
    CUT_AGENDA_DRAIN,    /* .target: process, which is free again */
    CUT_AGENDA_SNAPSHOT, /* .target: plan */
    CUT_AGENDA_CHANGE,   /* .target: process, .detail: enum cut_sim_change */
    CUT_AGENDA_RESEND,   /* .target: link */
    CUT_AGENDA_DEADLINE, /* .target: snapshot */
};

#define CUT_AGENDA_KIND_BITS 3

/* What goes beyond this of a detail is left out. */
#define CUT_AGENDA_DETAIL_MAX (UINT32_MAX >> CUT_AGENDA_KIND_BITS)

/*
 * Two words, which are never written in parts: what is read as one word just
 * after it was written as two has to wait.
 */
struct cut_agenda_entry {
    uint64_t time;
    uint64_t what; /* from above: target, detail, kind */
};

#define CUT_AGENDA_CHUNK_SIZE 31

struct cut_agenda_chunk {
    uint32_t next; /* in its slot, or of the free ones */
    uint32_t count;
    struct cut_agenda_entry entries[CUT_AGENDA_CHUNK_SIZE];
};

/* In the order of putting down. All chunks but the last are full. */
struct cut_agenda_slot {
    uint32_t head; /* chunk; where the slot is not empty */
    uint32_t tail;
};

#define CUT_AGENDA_DIGIT_BITS 6
#define CUT_AGENDA_DIGITS 64
#define CUT_AGENDA_WHEELS 11
#define CUT_AGENDA_FRONT_SIZE 64

struct cut_agenda {
    const struct cut_allocator *allocator;
    size_t count;
    size_t room; /* so many need no further chunk, wherever they lie */

    /* What comes next, sorted: all that is before front_end. */
    uint32_t front_first;
    uint32_t front_last; /* and one */
    uint64_t front_end;
    struct cut_agenda_entry front[CUT_AGENDA_FRONT_SIZE];

    uint64_t base;
    uint64_t wheels;                   /* bit w: not empty */
    uint64_t slots[CUT_AGENDA_WHEELS]; /* bit s: not empty */
    struct cut_agenda_slot slot[CUT_AGENDA_WHEELS][CUT_AGENDA_DIGITS];

    struct cut_agenda_chunk *chunks;
    size_t chunk_capacity;
    uint32_t chunk_used; /* that were ever in use */
    uint32_t chunk_free; /* the first that is not now; or none */

    /* Told what comes soon, and again when it comes next; NULL: nobody. */
    void (*soon)(const void *context,
                 const struct cut_agenda_entry *entry,
                 bool is_next);
    const void *soon_context;
};

void cut_agenda_init(struct cut_agenda *agenda,
                     const struct cut_allocator *allocator);
void cut_agenda_fini(struct cut_agenda *agenda);

/* Put something down. CUT_NOMEM: it was not. */
CUT_MUST_USE enum cut_error cut_agenda_add(struct cut_agenda *agenda,
                                           uint64_t time,
                                           enum cut_agenda_kind kind,
                                           uint32_t target,
                                           uint32_t detail);

/* Return the time of the first; UINT64_MAX: there is none. */
uint64_t cut_agenda_next_time(const struct cut_agenda *agenda);

/* Fill the front, which is empty, if anything is to happen until then. */
bool cut_agenda_refill(struct cut_agenda *agenda, uint64_t until);

/*
 * Return whether anything is to happen until then. If so, it is to be taken
 * before anything is put down; if not, nothing is put down for before then.
 */
static inline bool cut_agenda_reaches(struct cut_agenda *agenda, uint64_t until)
{
    if (agenda->front_first == agenda->front_last)
        return cut_agenda_refill(agenda, until);
    return agenda->front[agenda->front_first].time <= until;
}

/* Take the first out, after cut_agenda_reaches. */
static inline struct cut_agenda_entry cut_agenda_take(struct cut_agenda *agenda)
{
    agenda->count--;
    return agenda->front[agenda->front_first++];
}

static inline enum cut_agenda_kind
cut_agenda_kind_of(const struct cut_agenda_entry *entry)
{
    return (enum cut_agenda_kind)(entry->what &
                                  ((1u << CUT_AGENDA_KIND_BITS) - 1));
}

static inline uint32_t
cut_agenda_detail_of(const struct cut_agenda_entry *entry)
{
    return (uint32_t)entry->what >> CUT_AGENDA_KIND_BITS;
}

static inline uint32_t
cut_agenda_target_of(const struct cut_agenda_entry *entry)
{
    return (uint32_t)(entry->what >> 32);
}

#endif
