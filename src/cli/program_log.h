/*
 * The log of a PROGRAM's run, for people: a line for each thing that a process
 * did, with what came of it. Made for reading, grep and diff.
 *
 *     12.345000  p1  receives ping#7 {"round":3} from p0, sends pong#8 to p0
 */
#ifndef CLI_PROGRAM_LOG_H
#define CLI_PROGRAM_LOG_H

#include "terminal.h"
#include "troupe.h"

#include <cutline/sim.h>

struct cut_program_log {
    FILE *file;
    const struct cut_cast *cast;
    struct cut_terminal terminal;
    uint32_t name_width;
    bool is_open;    /* the line of what .process does at .now */
    bool is_sending; /* markers: their destinations are being listed */
    uint64_t now;
    uint32_t process;
};

/* Begin a log. What is given is borrowed. */
void cut_program_log_begin(struct cut_program_log *log,
                           FILE *file,
                           const struct cut_cast *cast,
                           const struct cut_terminal *terminal);

/* Write an event, and the value that it was read from. */
void cut_program_log_event(struct cut_program_log *log,
                           const struct cut_sim_event *event,
                           const json_t *value);

/* Write what is left to write. */
void cut_program_log_end(struct cut_program_log *log);

#endif
