/*
 * Stepping one engine by hand, with its actions as text: "CAPTURE(3)
 * TRANSMIT(3)". A refused step gives the error's name, and has to have changed
 * nothing.
 */
#ifndef TESTS_STEPPER_H
#define TESTS_STEPPER_H

#include "check.h"

#include <cutline/engine.h>

struct stepper {
    struct cut_pool *pool;
    struct cut_engine *engine;
    char text[256]; /* of the last step's actions */
};

/* Make an engine with a pool of its own. */
void stepper_init(struct stepper *stepper,
                  uint32_t incoming_count,
                  uint32_t outgoing_count,
                  uint32_t slot_count);
void stepper_fini(struct stepper *stepper);

/* Take a step; return its actions, or the error, as text. */
const char *step_event(struct stepper *stepper, struct cut_event event);

const char *step_request(struct stepper *stepper, uint64_t number);
const char *
step_marker(struct stepper *stepper, uint32_t channel, uint64_t number);
const char *step_message(struct stepper *stepper, uint32_t channel);
const char *step_send(struct stepper *stepper, uint32_t channel);
const char *step_abort(struct stepper *stepper, uint64_t number);

#endif
