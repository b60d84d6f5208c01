/*
 * The commands of cutline, and the one table that describes them.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "option.h"

/*
 * Every command: enumerator, word. Its description is the element
 * CUT_COMMAND_<enumerator> of cut_commands, its function cut_command_<word>.
 */
#define CUT_COMMANDS(X)                                                        \
    X(SIM, sim)                                                                \
    X(COMPARE, compare)                                                        \
    X(RUN, run)                                                                \
    X(SNAP, snap)                                                              \
    X(PS, ps)                                                                  \
    X(STATS, stats)                                                            \
    X(STOP, stop)                                                              \
    X(JUDGE, judge)                                                            \
    X(NEW, new)                                                                \
    X(KEYS, keys)                                                              \
    X(HELP, help)                                                              \
    X(COMPLETION, completion)

enum cut_command_id {
#define CUT_COMMAND_ENUMERATOR(name, word) CUT_COMMAND_##name,
    CUT_COMMANDS(CUT_COMMAND_ENUMERATOR)
#undef CUT_COMMAND_ENUMERATOR
        CUT_COMMAND_COUNT
};

/* The options of all commands: one meaning, one id. */
enum cut_option_id {
    CUT_OPTION_ALGORITHM,
    CUT_OPTION_ALGORITHMS,
    CUT_OPTION_ALL,
    CUT_OPTION_ASCII,
    CUT_OPTION_CAPACITY,
    CUT_OPTION_CHECK_SAVE,
    CUT_OPTION_CLOCK_BOUND,
    CUT_OPTION_CLOCK_LEAD,
    CUT_OPTION_COLOR,
    CUT_OPTION_COLUMNS,
    CUT_OPTION_CRASH,
    CUT_OPTION_DAYS,
    CUT_OPTION_DELAY,
    CUT_OPTION_DIAGRAM,
    CUT_OPTION_DUPLICATE,
    CUT_OPTION_EVENTS,
    CUT_OPTION_EVENTS_MAX,
    CUT_OPTION_EVERY,
    CUT_OPTION_EXPECT,
    CUT_OPTION_HELP,
    CUT_OPTION_HOSTS,
    CUT_OPTION_INITIATOR,
    CUT_OPTION_IN_PROGRESS,
    CUT_OPTION_JOIN,
    CUT_OPTION_JSON,
    CUT_OPTION_JUDGE,
    CUT_OPTION_LAST,
    CUT_OPTION_LAUNCHER,
    CUT_OPTION_LEAVE,
    CUT_OPTION_LINK,
    CUT_OPTION_LISTEN,
    CUT_OPTION_LOG,
    CUT_OPTION_LOG_LEVEL,
    CUT_OPTION_LOSS,
    CUT_OPTION_MARKER_LINKS,
    CUT_OPTION_METRICS,
    CUT_OPTION_NAME,
    CUT_OPTION_OUT,
    CUT_OPTION_PAUSE,
    CUT_OPTION_PROCESSES,
    CUT_OPTION_QUIET,
    CUT_OPTION_REORDER,
    CUT_OPTION_RUN,
    CUT_OPTION_RUNS,
    CUT_OPTION_SEED,
    CUT_OPTION_SILENCE,
    CUT_OPTION_SKEW,
    CUT_OPTION_SNAPSHOT,
    CUT_OPTION_SNAPSHOT_AT,
    CUT_OPTION_SNAPSHOT_EVERY,
    CUT_OPTION_SNAPSHOT_TIMEOUT,
    CUT_OPTION_STAY,
    CUT_OPTION_TCP,
    CUT_OPTION_TIMEOUT,
    CUT_OPTION_TLS,
    CUT_OPTION_TOPOLOGY,
    CUT_OPTION_TRACE,
    CUT_OPTION_UNTIL,
    CUT_OPTION_VERSION,
};

/* Exit statuses of every command. */
enum cut_exit {
    CUT_EXIT_SUCCESS = 0,
    CUT_EXIT_FAILURE = 1, /* what was to be checked does not hold */
    CUT_EXIT_ERROR = 2,   /* usage, malformed input, input and output */
};

/* `cutline` itself, and its commands by enum cut_command_id. */
extern const struct cut_command cut_program;
extern const struct cut_command *const cut_commands[CUT_COMMAND_COUNT];

/*
 * Return the command of that word. Where there is none: complain to errors in
 * the name of the asking command, and return NULL.
 */
const struct cut_command *cut_command_find(const char *word,
                                           const struct cut_command *asking,
                                           FILE *errors);

/* Run a command; return the exit status. */
int cut_command_sim(const struct cut_arguments *arguments);
int cut_command_compare(const struct cut_arguments *arguments);
int cut_command_run(const struct cut_arguments *arguments);
int cut_command_snap(const struct cut_arguments *arguments);
int cut_command_ps(const struct cut_arguments *arguments);
int cut_command_stats(const struct cut_arguments *arguments);
int cut_command_stop(const struct cut_arguments *arguments);
int cut_command_judge(const struct cut_arguments *arguments);
int cut_command_new(const struct cut_arguments *arguments);
int cut_command_keys(const struct cut_arguments *arguments);
int cut_command_help(const struct cut_arguments *arguments);
int cut_command_completion(const struct cut_arguments *arguments);

#endif
