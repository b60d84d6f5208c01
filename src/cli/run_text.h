/*
 * What is said of a run of real processes, for people or as lines of JSON.
 */
#ifndef CLI_RUN_TEXT_H
#define CLI_RUN_TEXT_H

#include "option.h"
#include "progress.h"
#include "terminal.h"

#include <cutline/supervisor.h>

struct cut_run_text {
    const struct cut_command *command;
    const struct cut_topology *topology;
    struct cut_terminal terminal;
    struct cut_progress progress; /* the status line */
    enum cut_supervisor_level level;
    bool is_json;
    bool is_started; /* the program has started */
    bool is_quiet;   /* nothing of snapshots and of the end */
    struct cut_supervisor_snapshot last;
};

/* Say what happened: the function of a struct cut_supervisor_config, with a
 * struct cut_run_text. */
void cut_run_text_listen(void *listener,
                         const struct cut_supervisor_event *event);

#endif
