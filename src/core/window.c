/*
 * The window: for the last W snapshot numbers up to the highest seen, whether
 * this engine has seen them. It moves up with the highest; what falls out
 * below is refused from then on, so nothing that is open may fall out.
 */
#include "core/state.h"

#include <string.h>

static uint64_t *word_of(struct cut_engine *engine, uint64_t number)
{
    return &engine->seen[number % engine->window / 64];
}

static bool is_seen(const struct cut_engine *engine, uint64_t number)
{
    uint64_t word = engine->seen[number % engine->window / 64];

    return (word >> (number % 64) & 1) != 0;
}

enum cut_standing cut_window_standing(const struct cut_engine *engine,
                                      uint64_t number)
{
    if (number >= engine->end)
        return CUT_STANDING_UNSEEN;
    if (engine->end - number > engine->window)
        return CUT_STANDING_BELOW;
    return is_seen(engine, number) ? CUT_STANDING_SEEN : CUT_STANDING_UNSEEN;
}

/* Return whether no open snapshot would fall below the window. */
bool cut_window_can_enter(const struct cut_engine *engine, uint64_t number)
{
    if (number < engine->end || number < engine->window)
        return true;
    for (const struct cut_slot *s = engine->open; s != NULL; s = s->next)
        if (number - s->recording.snapshot.number >= engine->window)
            return false;
    return true;
}

/* Forget what the numbers from end to number - 1 share their bits with. */
static void skip_to(struct cut_engine *engine, uint64_t number)
{
    if (number - engine->end >= engine->window) {
        memset(engine->seen, 0, engine->window / 8);
        return;
    }
    for (uint64_t n = engine->end; n < number; n++)
        *word_of(engine, n) &= ~(UINT64_C(1) << (n % 64));
}

void cut_window_enter(struct cut_engine *engine, uint64_t number)
{
    if (number >= engine->end) {
        skip_to(engine, number);
        engine->end = number + 1;
    }
    *word_of(engine, number) |= UINT64_C(1) << (number % 64);
}

/* Begin again, as a new engine does: numbers of another view are others. */
void cut_window_forget(struct cut_engine *engine)
{
    memset(engine->seen, 0, engine->window / 8);
    engine->end = 0;
}
