/*
 * Stepping one engine by hand, with its actions as text: "CAPTURE(3)
 * TRANSMIT(3)". A refused step gives the error's name, and has to have changed
 * nothing.
 *
 *     CAPTURE(3)             of snapshot 3
 *     SEND[1] SEND[1]@4      on channel 1; with stamp 4
 *     RECORD[1](4,2)         of channel 1, in snapshots 4 and 2
 *     RECORD_WAITING[1](4)x5 five messages
 *     CONTROL[2](4:1.0,7,9)  to process 2; kind 1, round 0, values 7 and 9
 *     CONTROL[*](4:1.0,7,9)  to everyone
 *     WAKE@1000              at that time
 */
#ifndef TESTS_STEPPER_H
#define TESTS_STEPPER_H

#include "check.h"

#include <cutline/engine.h>

struct stepper {
    struct cut_pool *pool;
    struct cut_engine *engine;
    char text[512]; /* of the last step's actions */
};

/* Make an engine of "chandy-lamport" with a pool of its own. */
void stepper_init(struct stepper *stepper,
                  uint32_t incoming_count,
                  uint32_t outgoing_count,
                  uint32_t slot_count);

/*
 * Make an engine of another algorithm: incarnation 2, view 5, window 64 and one
 * slot; the rest is as the configuration says.
 */
void stepper_init_for(struct stepper *stepper,
                      const char *algorithm,
                      struct cut_engine_config config);
void stepper_fini(struct stepper *stepper);

/* Take a step; return its actions, or the error, as text. */
const char *step_event(struct stepper *stepper, struct cut_event event);

const char *step_request(struct stepper *stepper, uint64_t number);
const char *
step_marker(struct stepper *stepper, uint32_t channel, uint64_t number);
const char *step_message(struct stepper *stepper, uint32_t channel);
const char *step_send(struct stepper *stepper, uint32_t channel);
const char *step_abort(struct stepper *stepper, uint64_t number);

/* The same with what counts and stamps and clocks need. */
const char *
step_request_at(struct stepper *stepper, uint64_t number, uint64_t now);
const char *step_marker_with(struct stepper *stepper,
                             uint32_t channel,
                             uint64_t number,
                             uint64_t sent);
const char *
step_stamped(struct stepper *stepper, uint32_t channel, uint64_t stamp);
const char *step_time(struct stepper *stepper, uint64_t now);

/* A control frame from a process. */
const char *step_control(struct stepper *stepper,
                         uint32_t peer,
                         struct cut_control control);

/* The frame of a snapshot, by its number. */
struct cut_control control_of(uint64_t number,
                              uint32_t kind,
                              uint32_t round,
                              uint64_t first,
                              uint64_t second);

#endif
