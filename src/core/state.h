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
    uint64_t awaited[];              /* bit c: no marker yet on channel c */
};

struct cut_engine {
    const struct cut_algorithm *algorithm;
    struct cut_pool *pool;
    struct cut_slot *open;      /* the oldest; NULL: none */
    struct cut_slot **open_end; /* where the next one goes */
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

/*
 * An algorithm: its rules. They are called when all has been checked, and
 * cannot fail. Each leaves to the engine's core what all algorithms share:
 * which snapshots are open, and their slots.
 */
struct cut_algorithm {
    const char *name;

    /* This process initiates: slot is new. Return whether that was all. */
    bool (*initiate)(const struct cut_engine *engine,
                     struct cut_slot *slot,
                     struct cut_action_list *out);

    /* A marker came, the first of its snapshot or not. Likewise. */
    bool (*receive_marker)(const struct cut_engine *engine,
                           struct cut_slot *slot,
                           uint32_t channel,
                           bool is_first,
                           struct cut_action_list *out);

    /* A message of the program is on its way out. */
    void (*send_message)(const struct cut_engine *engine,
                         uint32_t channel,
                         struct cut_action_list *out);

    /* A message of the program came. */
    void (*receive_message)(const struct cut_engine *engine,
                            uint32_t channel,
                            struct cut_action_list *out);
};

extern const struct cut_algorithm cut_chandy_lamport;

/* The next action, to be written in place: a copy costs more than a step. */
static inline struct cut_action *cut_action_next(struct cut_action_list *out)
{
    CUT_ASSERT(out->count < CUT_ACTIONS_MAX);
    return &out->actions[out->count++];
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

/* Slot (slot.c) */
void cut_slot_await_all(struct cut_slot *slot, uint32_t incoming_count);
bool cut_slot_awaits(const struct cut_slot *slot, uint32_t channel);
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

#endif
