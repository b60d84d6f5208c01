/*
 * The engine: what all algorithms share. A step checks all, then changes: what
 * can be refused is refused before the algorithm's rules are called, and those
 * cannot fail.
 */
#include "base/hash.h"
#include "core/state.h"

#include <string.h>

#define WINDOW_MIN 64u
#define WINDOW_MAX (1u << 26)

/* strcmp is not among the few functions that this layer may call. */
static bool is_same_text(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

const struct cut_algorithm *cut_algorithm_find(const char *name)
{
    static const struct cut_algorithm *const algorithms[] = {
        &cut_chandy_lamport,
        NULL,
    };
    const struct cut_algorithm *const *at = algorithms;

    while (*at != NULL && !is_same_text((*at)->name, name))
        at++;
    return *at;
}

bool cut_engine_config_is_valid(const struct cut_engine_config *config)
{
    return config->algorithm != NULL && config->pool != NULL &&
           config->incoming_count <= cut_pool_incoming_max(config->pool) &&
           config->window >= WINDOW_MIN && config->window <= WINDOW_MAX &&
           (config->window & (config->window - 1)) == 0;
}

size_t cut_engine_size(const struct cut_engine_config *config)
{
    return sizeof(struct cut_engine) + config->window / 8;
}

enum cut_error cut_engine_init(void *memory,
                               const struct cut_engine_config *config,
                               struct cut_engine **out)
{
    struct cut_engine *engine = memory;

    if (!cut_engine_config_is_valid(config))
        return CUT_INVALID;
    *engine = (struct cut_engine){
        .algorithm = config->algorithm,
        .pool = config->pool,
        .open_end = &engine->open,
        .incoming_count = config->incoming_count,
        .outgoing_count = config->outgoing_count,
        .incarnation = config->incarnation,
        .view = config->view,
        .window = config->window,
    };
    memset(engine->seen, 0, config->window / 8);
    *out = engine;
    return CUT_OK;
}

/* Put a slot behind the others that are open here. */
static void append_slot(struct cut_engine *engine, struct cut_slot *slot)
{
    slot->next = NULL;
    slot->link = engine->open_end;
    *slot->link = slot;
    engine->open_end = &slot->next;
}

static void close_slot(struct cut_engine *engine, struct cut_slot *slot)
{
    *slot->link = slot->next;
    if (slot->next != NULL)
        slot->next->link = slot->link;
    else
        engine->open_end = slot->link;
    cut_pool_give(engine->pool, slot);
}

void cut_engine_fini(struct cut_engine *engine)
{
    while (engine->open != NULL)
        close_slot(engine, engine->open);
}

/* The oldest is asked for most, and found without the pool's index. */
static struct cut_slot *find_open(const struct cut_engine *engine,
                                  uint64_t number)
{
    struct cut_slot *oldest = engine->open;

    if (oldest == NULL || oldest->recording.snapshot.number == number)
        return oldest;
    return cut_pool_find(engine->pool, engine, number);
}

/* What a snapshot is to an engine. */
enum relation {
    REFUSED, /* CUT_PROTOCOL */
    IGNORED, /* closed here, or of an earlier incarnation or view */
    OPEN,
    NEW,
};

static enum relation relation_of(const struct cut_engine *engine,
                                 struct cut_snapshot_id snapshot,
                                 struct cut_slot **slot)
{
    if (snapshot.incarnation != engine->incarnation)
        return snapshot.incarnation < engine->incarnation ? IGNORED : REFUSED;
    if (snapshot.view != engine->view)
        return snapshot.view < engine->view ? IGNORED : REFUSED;
    if (snapshot.number == UINT64_MAX)
        return REFUSED;
    switch (cut_window_standing(engine, snapshot.number)) {
    case CUT_STANDING_BELOW:
        return REFUSED;
    case CUT_STANDING_UNSEEN:
        return NEW;
    case CUT_STANDING_SEEN:
        break;
    }
    *slot = find_open(engine, snapshot.number);
    return *slot != NULL ? OPEN : IGNORED;
}

/* Open a snapshot, if the limits allow it; else nothing changes. */
static enum cut_error open_slot(struct cut_engine *engine,
                                struct cut_snapshot_id snapshot,
                                struct cut_slot **out)
{
    if (cut_pool_free_count(engine->pool) == 0 ||
        !cut_window_can_enter(engine, snapshot.number))
        return CUT_LIMIT;
    struct cut_slot *slot = cut_pool_take(engine->pool, engine, snapshot);
    append_slot(engine, slot);
    cut_window_enter(engine, snapshot.number);
    *out = slot;
    return CUT_OK;
}

static enum cut_error step_request(struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_action_list *out)
{
    struct cut_slot *slot = NULL;
    enum relation relation = relation_of(engine, event->snapshot, &slot);

    if (relation == REFUSED)
        return CUT_PROTOCOL;
    if (relation != NEW) {
        engine->ignored++;
        return CUT_OK;
    }
    enum cut_error error = open_slot(engine, event->snapshot, &slot);
    if (error != CUT_OK)
        return error;
    if (engine->algorithm->initiate(engine, slot, out))
        close_slot(engine, slot);
    return CUT_OK;
}

static enum cut_error step_marker(struct cut_engine *engine,
                                  const struct cut_event *event,
                                  struct cut_action_list *out)
{
    struct cut_slot *slot = NULL;

    if (event->channel >= engine->incoming_count)
        return CUT_PROTOCOL;
    enum relation relation = relation_of(engine, event->snapshot, &slot);
    if (relation == REFUSED)
        return CUT_PROTOCOL;
    if (relation == IGNORED) {
        engine->ignored++;
        return CUT_OK;
    }
    if (relation == OPEN && !cut_slot_awaits(slot, event->channel))
        return CUT_PROTOCOL;
    if (relation == NEW) {
        enum cut_error error = open_slot(engine, event->snapshot, &slot);
        if (error != CUT_OK)
            return error;
    }
    if (engine->algorithm->receive_marker(
            engine, slot, event->channel, relation == NEW, out))
        close_slot(engine, slot);
    return CUT_OK;
}

static enum cut_error step_send(struct cut_engine *engine,
                                const struct cut_event *event,
                                struct cut_action_list *out)
{
    if (event->channel >= engine->outgoing_count)
        return CUT_INVALID;
    engine->algorithm->send_message(engine, event->channel, out);
    return CUT_OK;
}

static enum cut_error step_message(struct cut_engine *engine,
                                   const struct cut_event *event,
                                   struct cut_action_list *out)
{
    if (event->channel >= engine->incoming_count)
        return CUT_PROTOCOL;
    engine->algorithm->receive_message(engine, event->channel, out);
    return CUT_OK;
}

/* An aborted snapshot counts as seen, so that its markers are ignored. */
static enum cut_error step_abort(struct cut_engine *engine,
                                 const struct cut_event *event,
                                 struct cut_action_list *out)
{
    struct cut_slot *slot = NULL;

    switch (relation_of(engine, event->snapshot, &slot)) {
    case REFUSED:
        return CUT_PROTOCOL;
    case IGNORED:
        return CUT_OK;
    case NEW:
        if (!cut_window_can_enter(engine, event->snapshot.number))
            return CUT_LIMIT;
        cut_window_enter(engine, event->snapshot.number);
        return CUT_OK;
    case OPEN:
        break;
    }
    *cut_action_next(out) = (struct cut_action){.kind = CUT_ACTION_DISCARD,
                                                .snapshot = event->snapshot};
    close_slot(engine, slot);
    return CUT_OK;
}

static enum cut_error step(struct cut_engine *engine,
                           const struct cut_event *event,
                           struct cut_action_list *out)
{
    switch (event->kind) {
    case CUT_EVENT_REQUEST:
        return step_request(engine, event, out);
    case CUT_EVENT_SEND:
        return step_send(engine, event, out);
    case CUT_EVENT_MESSAGE:
        return step_message(engine, event, out);
    case CUT_EVENT_MARKER:
        return step_marker(engine, event, out);
    case CUT_EVENT_ABORT:
        return step_abort(engine, event, out);
    }
    return CUT_INVALID;
}

enum cut_error cut_engine_step(struct cut_engine *engine,
                               const struct cut_event *event,
                               struct cut_action actions[CUT_ACTIONS_MAX],
                               size_t *count)
{
    struct cut_action_list out = {.actions = actions};
    enum cut_error error = step(engine, event, &out);

    if (error == CUT_OK)
        *count = out.count;
    return error;
}

uint32_t cut_engine_open_count(const struct cut_engine *engine)
{
    uint32_t count = 0;

    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next)
        count++;
    return count;
}

bool cut_engine_awaits_marker(const struct cut_engine *engine,
                              struct cut_snapshot_id snapshot,
                              uint32_t channel)
{
    struct cut_slot *slot = NULL;

    return channel < engine->incoming_count &&
           relation_of(engine, snapshot, &slot) == OPEN &&
           cut_slot_awaits(slot, channel);
}

uint32_t cut_engine_ignored_count(const struct cut_engine *engine)
{
    return engine->ignored;
}

uint64_t cut_engine_digest(const struct cut_engine *engine)
{
    size_t awaited_size = ((size_t)engine->incoming_count + 63) / 64;
    uint64_t digest = cut_hash_mix(0, engine->incarnation);

    digest = cut_hash_mix(digest, engine->view);
    digest = cut_hash_mix(digest, engine->end);
    for (size_t i = 0; i < engine->window / 64; i++)
        digest = cut_hash_mix(digest, engine->seen[i]);
    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next) {
        digest = cut_hash_mix(digest, s->recording.snapshot.number);
        for (size_t i = 0; i < awaited_size; i++)
            digest = cut_hash_mix(digest, s->awaited[i]);
    }
    return digest;
}
