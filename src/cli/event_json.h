/*
 * Events as a PROGRAM tells them.
 */
#ifndef CLI_EVENT_JSON_H
#define CLI_EVENT_JSON_H

#include <cutline/sim.h>
#include <jansson.h>

/*
 * Read the value of an answer "event". Return whether it is one.
 *
 *   out   what it borrows, of the value; a message's .value is its type, which
 *         is what it is labelled with.
 */
bool cut_event_read(const json_t *value, struct cut_sim_event *out);

#endif
