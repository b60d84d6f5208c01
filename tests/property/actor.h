/*
 * A small program that does what chance says, for runs that are judged: it
 * sends messages of many sizes, several at once, sets and cancels timers, asks
 * for snapshots, leaves. And it counts what it does and what is done to it, so
 * that whoever watches can count along and knows what a captured state must be.
 */
#ifndef TESTS_ACTOR_H
#define TESTS_ACTOR_H

#include <cutline/process.h>

/* The largest message that it sends, in bytes. */
#define ACTOR_DATA_MAX 40

/* What has happened at one. */
struct actor_counts {
    uint64_t events;
    uint64_t sent;
    uint64_t received;
    uint64_t digest; /* of all of it, in its order */
};

/* Count along. */
void actor_count_event(struct actor_counts *counts);
void actor_count_message(struct actor_counts *counts,
                         bool is_sent,
                         uint32_t type,
                         const void *data,
                         size_t size);

/*
 * The arguments: how many messages it may send in all, how many at once at
 * most, how long it waits at most (ns), and of 256 events how many ask for a
 * snapshot, and in how many it leaves.
 */
#define ACTOR_ARGUMENTS 5

/* What an input of two bytes says; any other one says: act. */
enum actor_verb {
    ACTOR_SEND, /* on that channel */
    ACTOR_SEND_TO_ALL,
    ACTOR_SET,    /* that timer, after so many microseconds */
    ACTOR_CANCEL, /* that timer */
    ACTOR_ASK,    /* for a snapshot */
    ACTOR_PRINT,
};

struct actor_order {
    uint8_t verb;
    uint8_t object;
};

/* The same program, saved as it lies in memory, or by functions of its own. */
extern const struct cut_process actor_plain;
extern const struct cut_process actor_saved;

/* Read what one of the two saved. Return whether it is that. */
bool actor_read(const struct cut_process *process,
                const void *data,
                size_t size,
                struct actor_counts *out);

#endif
