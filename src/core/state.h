/*
 * What an engine and its pool consist of, for the files of this folder.
 */
#ifndef CUT_CORE_STATE_H
#define CUT_CORE_STATE_H

#include "base/memory.h"
#include "base/trap.h"

#include <cutline/engine.h>

/* A snapshot that is open at one process. */
struct cut_slot {
    struct cut_recording recording;  /* first: what RECORD actions point to */
    const struct cut_engine *engine; /* where it is open */
    struct cut_slot *next;           /* open there, oldest first; or free */
    struct cut_slot **link;          /* what points to this slot there */
    struct cut_slot *next_in_bucket; /* of the pool's index */
    uint32_t missing;                /* how many bits of awaited are set */
    uint64_t awaited[];              /* bit c: channel c is still recorded */
};

/*
 * An engine is one piece of memory: this, then the window, then the memory of
 * the algorithm.
 *
 * Which channels are closed is a set as large as a slot has one, and few
 * engines ever have any: so it lies in a slot of the pool, from the first
 * channel that is closed until none is.
 */
struct cut_engine {
    const struct cut_algorithm *algorithm;
    struct cut_pool *pool;
    struct cut_slot *open;      /* the oldest; NULL: none */
    struct cut_slot **open_end; /* where the next one goes */
    struct cut_slot *closed;    /* "awaited": closed; NULL: no channel is */
    uint64_t end; /* the highest number seen, and one; 0: none seen */
    uint32_t incoming_count;
    uint32_t outgoing_count;
    uint32_t incarnation;
    uint32_t view;
    uint32_t window;
    uint32_t ignored;
    uint64_t seen[]; /* bit number % window: seen, if within the window */
};

/* The actions of one step, being written. */
struct cut_action_list {
    struct cut_action *actions;
    size_t count;
};

/* Bytes of an algorithm's memory, multiples of 8; zero when it is made. */
struct cut_memory_size {
    size_t kept; /* comes first, and lasts as long as the engine */
    size_t open; /* follows: the open snapshot's; zero when there is none */
};

/* Who an engine is: the first thing in memory where there are controls. */
struct cut_place {
    uint32_t process;
    uint32_t process_count;
};

/*
 * An algorithm: its rules. Checks come first and change nothing; rules are
 * called when all has been checked, and cannot fail. Each leaves to the
 * engine's core what all algorithms share: which snapshots are open, their
 * slots, and the last action, to send or deliver the message in hand.
 *
 * NULL, where a comment says what that means, is no function.
 */
struct cut_algorithm {
    struct cut_algorithm_traits traits;

    /* What it remembers. NULL: nothing. */
    struct cut_memory_size (*memory_size)(uint32_t incoming_count,
                                          uint32_t outgoing_count);

    /* Fill the memory of a new engine, which is zero. NULL: so it stays. */
    void (*begin)(struct cut_engine *engine,
                  const struct cut_engine_config *config);

    /* Is a request all right? NULL: yes. */
    enum cut_error (*check_request)(const struct cut_engine *engine,
                                    const struct cut_event *event);

    /* Is a marker? slot: of its snapshot, NULL: it is new. NULL: yes. */
    enum cut_error (*check_marker)(struct cut_engine *engine,
                                   const struct cut_slot *slot,
                                   const struct cut_event *event);

    /* Is a control frame? Likewise. Never NULL where there are controls. */
    enum cut_error (*check_control)(struct cut_engine *engine,
                                    const struct cut_slot *slot,
                                    const struct cut_event *event);

    /* May the program send, or be given, this message now? NULL: yes. */
    enum cut_error (*check_message)(struct cut_engine *engine,
                                    const struct cut_event *event);

    /* Is a time all right? NULL: time means nothing. */
    enum cut_error (*check_time)(struct cut_engine *engine,
                                 const struct cut_event *event);

    /* Does a message tell of a snapshot that is new here? NULL: none does. */
    bool (*opens_by_message)(const struct cut_engine *engine,
                             const struct cut_event *event,
                             struct cut_snapshot_id *out);

    /* This process initiates: slot is new. Return whether that was all. */
    bool (*initiate)(struct cut_engine *engine,
                     struct cut_slot *slot,
                     const struct cut_event *event,
                     struct cut_action_list *out);

    /* A marker came, the first of its snapshot here or not. Likewise. NULL:
     * there are no markers. */
    bool (*receive_marker)(struct cut_engine *engine,
                           struct cut_slot *slot,
                           const struct cut_event *event,
                           bool is_first,
                           struct cut_action_list *out);

    /* A control frame came. Likewise. */
    bool (*receive_control)(struct cut_engine *engine,
                            struct cut_slot *slot,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out);

    /* A message of the program is on its way out: return its stamp. NULL: it
     * has none. */
    uint64_t (*send_message)(struct cut_engine *engine,
                             const struct cut_event *event);

    /* A message of the program came, which opened a snapshot or not. Return
     * whether it was all of what is open, the oldest. */
    bool (*receive_message)(struct cut_engine *engine,
                            const struct cut_event *event,
                            bool is_first,
                            struct cut_action_list *out);

    /* It is .now. Likewise. */
    bool (*tell_time)(struct cut_engine *engine,
                      const struct cut_event *event,
                      struct cut_action_list *out);

    /* What is open was given up, and is about to be closed. NULL: nothing is
     * to be done for that. */
    void (*give_up)(struct cut_engine *engine,
                    struct cut_slot *slot,
                    struct cut_action_list *out);

    /* What markers carry. NULL: nothing. */
    uint64_t (*sent)(const struct cut_engine *engine, uint32_t channel);
};

extern const struct cut_algorithm cut_chandy_lamport;
extern const struct cut_algorithm cut_lai_yang;
extern const struct cut_algorithm cut_mattern;
extern const struct cut_algorithm cut_tree;
extern const struct cut_algorithm cut_flush;
extern const struct cut_algorithm cut_clock;
extern const struct cut_algorithm cut_naive;

/* The algorithm's memory. */
static inline void *cut_engine_memory(struct cut_engine *engine)
{
    return engine->seen + engine->window / 64;
}

/* The same, to read it. */
static inline const void *
cut_engine_memory_read(const struct cut_engine *engine)
{
    return engine->seen + engine->window / 64;
}

static inline struct cut_memory_size
cut_memory_size_of(const struct cut_algorithm *algorithm,
                   uint32_t incoming_count,
                   uint32_t outgoing_count)
{
    if (algorithm->memory_size == NULL)
        return (struct cut_memory_size){0, 0};
    return algorithm->memory_size(incoming_count, outgoing_count);
}

/* Engine (engine.c) */
bool cut_engine_config_is_valid(const struct cut_engine_config *config);

/* Pool (pool.c) */
struct cut_slot *cut_pool_take(struct cut_pool *pool,
                               const struct cut_engine *engine,
                               struct cut_snapshot_id snapshot);
void cut_pool_give(struct cut_pool *pool, struct cut_slot *slot);
struct cut_slot *cut_pool_find(const struct cut_pool *pool,
                               const struct cut_engine *engine,
                               uint64_t number);
uint32_t cut_pool_incoming_max(const struct cut_pool *pool);

/* Slot (slot.c): a set of channels, those that are still recorded. */
void cut_slot_await_all(struct cut_slot *slot, uint32_t incoming_count);
void cut_slot_await_none(struct cut_slot *slot, uint32_t incoming_count);
void cut_slot_take_out(struct cut_slot *slot,
                       const struct cut_slot *others,
                       uint32_t incoming_count);
bool cut_slot_awaits(const struct cut_slot *slot, uint32_t channel);
void cut_slot_await(struct cut_slot *slot, uint32_t channel);
void cut_slot_marker_came(struct cut_slot *slot, uint32_t channel);

/* Window (window.c): which numbers the engine has seen. */
enum cut_standing {
    CUT_STANDING_BELOW,  /* too old to know */
    CUT_STANDING_SEEN,   /* open, or closed */
    CUT_STANDING_UNSEEN, /* in the window, or above it */
};
enum cut_standing cut_window_standing(const struct cut_engine *engine,
                                      uint64_t number);
bool cut_window_can_enter(const struct cut_engine *engine, uint64_t number);
void cut_window_enter(struct cut_engine *engine, uint64_t number);
void cut_window_forget(struct cut_engine *engine);

#endif
