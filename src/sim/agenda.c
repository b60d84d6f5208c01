#include "sim/agenda.h"

#include "base/trap.h"

#include <string.h>

#define CHUNK_SIZE CUT_AGENDA_CHUNK_SIZE
#define FRONT_SIZE CUT_AGENDA_FRONT_SIZE
#define DIGIT_BITS CUT_AGENDA_DIGIT_BITS
#define DIGIT_MASK UINT64_C(0x3f)
#define SLOT_COUNT ((size_t)CUT_AGENDA_WHEELS * CUT_AGENDA_DIGITS)
#define NO_CHUNK UINT32_MAX

/*
 * What is in so many chunks comes soon: late enough to be fetched until then,
 * early enough not to be gone again from the second-level cache.
 */
#define SOON_CHUNKS 16

void cut_agenda_init(struct cut_agenda *agenda,
                     const struct cut_allocator *allocator)
{
    *agenda = (struct cut_agenda){
        .allocator = allocator,
        .chunk_free = NO_CHUNK,
    };
}

void cut_agenda_fini(struct cut_agenda *agenda)
{
    cut_release(agenda->allocator,
                agenda->chunks,
                agenda->chunk_capacity,
                sizeof *agenda->chunks);
}

/* Chunks */

/*
 * Each slot has one chunk at most that is not full, or none; and two are on the
 * way between slots. So this many are always enough, and moving entries cannot
 * fail.
 */
static size_t chunks_for(size_t count)
{
    size_t slots = count < SLOT_COUNT ? count : SLOT_COUNT;

    return count / CHUNK_SIZE + slots + 2;
}

static enum cut_error make_room(struct cut_agenda *agenda)
{
    size_t count = agenda->count + CHUNK_SIZE;
    struct cut_agenda_chunk *chunks = cut_grow(agenda->allocator,
                                               agenda->chunks,
                                               &agenda->chunk_capacity,
                                               chunks_for(count),
                                               sizeof *chunks);

    if (chunks == NULL)
        return CUT_NOMEM;
    agenda->chunks = chunks;
    while (chunks_for(count + CHUNK_SIZE) <= agenda->chunk_capacity)
        count += CHUNK_SIZE;
    agenda->room = count;
    return CUT_OK;
}

static uint32_t take_chunk(struct cut_agenda *agenda)
{
    uint32_t chunk = agenda->chunk_free;

    if (chunk == NO_CHUNK)
        chunk = agenda->chunk_used++;
    else
        agenda->chunk_free = agenda->chunks[chunk].next;
    agenda->chunks[chunk].next = NO_CHUNK;
    agenda->chunks[chunk].count = 0;
    return chunk;
}

static void give_chunk(struct cut_agenda *agenda, uint32_t chunk)
{
    agenda->chunks[chunk].next = agenda->chunk_free;
    agenda->chunk_free = chunk;
}

/* Slots */

static bool
is_in_use(const struct cut_agenda *agenda, unsigned wheel, unsigned s)
{
    return (agenda->slots[wheel] >> s & 1) != 0;
}

static void put(struct cut_agenda *agenda, uint64_t time, uint64_t what)
{
    uint64_t differs = (time ^ agenda->base) | 1;
    unsigned wheel = (63u - (unsigned)__builtin_clzll(differs)) / DIGIT_BITS;
    unsigned digit = (time >> (wheel * DIGIT_BITS)) % CUT_AGENDA_DIGITS;
    struct cut_agenda_slot *slot = &agenda->slot[wheel][digit];

    if (!is_in_use(agenda, wheel, digit)) {
        agenda->wheels |= UINT64_C(1) << wheel;
        agenda->slots[wheel] |= UINT64_C(1) << digit;
        slot->head = take_chunk(agenda);
        slot->tail = slot->head;
    } else if (agenda->chunks[slot->tail].count == CHUNK_SIZE) {
        uint32_t chunk = take_chunk(agenda);
        agenda->chunks[slot->tail].next = chunk;
        slot->tail = chunk;
    }
    struct cut_agenda_chunk *tail = &agenda->chunks[slot->tail];
    struct cut_agenda_entry *entry = &tail->entries[tail->count++];
    entry->time = time;
    entry->what = what;
}

/* Where a slot is, and the times that belong there: all that have the digits
 * of `base` above its own. */
struct place {
    unsigned wheel;
    unsigned digit;
    uint64_t begin;
    uint64_t last;
};

/* The first slot that is in use; there is one. */
static struct place first_place(const struct cut_agenda *agenda)
{
    unsigned wheel = (unsigned)__builtin_ctzll(agenda->wheels);
    unsigned digit = (unsigned)__builtin_ctzll(agenda->slots[wheel]);
    unsigned shift = wheel * DIGIT_BITS;
    uint64_t rest = (UINT64_C(1) << shift) - 1;
    uint64_t same = agenda->base & ~(rest | (DIGIT_MASK << shift));
    uint64_t begin = same | (uint64_t)digit << shift;

    return (struct place){wheel, digit, begin, begin | rest};
}

static void
empty_slot(struct cut_agenda *agenda, unsigned wheel, unsigned digit)
{
    agenda->slots[wheel] &= ~(UINT64_C(1) << digit);
    if (agenda->slots[wheel] == 0)
        agenda->wheels &= ~(UINT64_C(1) << wheel);
}

static uint64_t least_time(const struct cut_agenda *agenda, struct place place)
{
    uint32_t i = agenda->slot[place.wheel][place.digit].head;
    uint64_t least = UINT64_MAX;

    for (; i != NO_CHUNK; i = agenda->chunks[i].next)
        for (uint32_t k = 0; k < agenda->chunks[i].count; k++)
            if (agenda->chunks[i].entries[k].time < least)
                least = agenda->chunks[i].entries[k].time;
    return least;
}

/* The front */

/* Behind all that are not later; most come in order, or almost. */
static void insert(struct cut_agenda *agenda, uint64_t time, uint64_t what)
{
    struct cut_agenda_entry *front = agenda->front;
    uint32_t at = agenda->front_last++;

    for (; at > agenda->front_first && front[at - 1].time > time; at--) {
        front[at].time = front[at - 1].time;
        front[at].what = front[at - 1].what;
    }
    front[at].time = time;
    front[at].what = what;
}

/*
 * The front is full at its end: make room at its beginning, or where too much
 * has come for so long a time, put all of it into the wheels again, from where
 * it comes in smaller pieces.
 */
static void make_front_room(struct cut_agenda *agenda)
{
    uint32_t first = agenda->front_first;
    uint32_t count = agenda->front_last - first;

    agenda->front_first = 0;
    agenda->front_last = count;
    if (count <= CUT_AGENDA_FRONT_SIZE / 2) {
        memmove(agenda->front,
                agenda->front + first,
                count * sizeof agenda->front[0]);
        return;
    }
    agenda->front_last = 0;
    agenda->front_end = 0;
    for (uint32_t i = first; i < first + count; i++)
        put(agenda, agenda->front[i].time, agenda->front[i].what);
}

enum cut_error cut_agenda_add(struct cut_agenda *agenda,
                              uint64_t time,
                              enum cut_agenda_kind kind,
                              uint32_t target,
                              uint32_t detail)
{
    uint64_t what = (uint64_t)target << 32 |
                    (uint32_t)(detail << CUT_AGENDA_KIND_BITS) | (uint32_t)kind;

    CUT_ASSERT(time >= agenda->base);
    if (agenda->count == agenda->room && make_room(agenda) != CUT_OK)
        return CUT_NOMEM;
    agenda->count++;
    if (time < agenda->front_end && agenda->front_last == FRONT_SIZE)
        make_front_room(agenda);
    if (time < agenda->front_end)
        insert(agenda, time, what);
    else
        put(agenda, time, what);
    return CUT_OK;
}

/* A slot's time has come */

/* The first chunk of a slot goes to the front, which is empty. */
static void chunk_to_front(struct cut_agenda *agenda, struct place place)
{
    struct cut_agenda_slot *slot = &agenda->slot[place.wheel][place.digit];
    uint32_t head = slot->head;
    const struct cut_agenda_chunk *chunk = &agenda->chunks[head];

    agenda->front_first = 0;
    agenda->front_last = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        if (agenda->soon != NULL)
            agenda->soon(agenda->soon_context, &chunk->entries[i], true);
        insert(agenda, chunk->entries[i].time, chunk->entries[i].what);
    }
    slot->head = chunk->next;
    /* What else there is of the slot, and what is still added to it, is later:
     * it stands in the slot. */
    agenda->front_end = chunk->next == NO_CHUNK ? place.last + 1 : place.begin;
    if (chunk->next == NO_CHUNK)
        empty_slot(agenda, place.wheel, place.digit);
    give_chunk(agenda, head);
}

/* Is all in these chunks to come soon? */
static bool is_soon(const struct cut_agenda *agenda, uint32_t chunk)
{
    for (unsigned i = 0; i < SOON_CHUNKS; i++) {
        if (chunk == NO_CHUNK)
            return true;
        chunk = agenda->chunks[chunk].next;
    }
    return false;
}

static void to_wheels_below(struct cut_agenda *agenda, struct place place)
{
    uint32_t next = agenda->slot[place.wheel][place.digit].head;
    bool is_told = agenda->soon != NULL && is_soon(agenda, next);

    empty_slot(agenda, place.wheel, place.digit);
    while (next != NO_CHUNK) {
        uint32_t chunk = next;
        const struct cut_agenda_entry *entries = agenda->chunks[chunk].entries;
        uint32_t count = agenda->chunks[chunk].count;
        next = agenda->chunks[chunk].next;
        for (uint32_t i = 0; i < count; i++) {
            if (is_told)
                agenda->soon(agenda->soon_context, &entries[i], false);
            put(agenda, entries[i].time, entries[i].what);
        }
        give_chunk(agenda, chunk);
    }
}

bool cut_agenda_refill(struct cut_agenda *agenda, uint64_t until)
{
    while (agenda->wheels != 0) {
        struct place place = first_place(agenda);
        const struct cut_agenda_slot *slot =
            &agenda->slot[place.wheel][place.digit];
        if (place.begin > until ||
            (place.last > until && least_time(agenda, place) > until))
            return false;
        agenda->base = place.begin;
        if (place.wheel == 0 || slot->head == slot->tail) {
            chunk_to_front(agenda, place);
            return true;
        }
        to_wheels_below(agenda, place);
    }
    return false;
}

uint64_t cut_agenda_next_time(const struct cut_agenda *agenda)
{
    if (agenda->front_first < agenda->front_last)
        return agenda->front[agenda->front_first].time;
    return agenda->wheels == 0 ? UINT64_MAX
                               : least_time(agenda, first_place(agenda));
}
