/*
 * What the descriptions of commands share: options that several have, written
 * once so that they mean and say the same everywhere.
 */
#ifndef CLI_ABOUT_H
#define CLI_ABOUT_H

#include "commands.h"

/* One description of each command. */
#define CUT_ABOUT(name, word) extern const struct cut_command cut_about_##word;
CUT_COMMANDS(CUT_ABOUT)
#undef CUT_ABOUT

extern const char *const cut_choices_algorithm[];
extern const char *const cut_choices_link[];
extern const char *const cut_choices_marker_links[];
extern const char *const cut_choices_when[];

/* Of commands that only print. */
extern const struct cut_exit_note cut_exits_of_printing[];

/* All options of a command that has no others. */
extern const struct cut_option cut_help_option[];

#define OPTION_HELP                                                            \
    {                                                                          \
        .id = CUT_OPTION_HELP, .letter = 'h', .name = "help",                  \
        .conclusive = true, .help = "print this help",                         \
    }

#define OPTION_SEED                                                            \
    {                                                                          \
        .id = CUT_OPTION_SEED, .name = "seed", .argument = "N",                \
        .kind = CUT_VALUE_INTEGER, .help = "seed of all that is drawn",        \
        .default_text = "8053172852482175524",                                 \
    }

#define OPTION_TOPOLOGY                                                        \
    {                                                                          \
        .id = CUT_OPTION_TOPOLOGY, .letter = 't', .name = "topology",          \
        .argument = "T", .kind = CUT_VALUE_FILE,                               \
        .help = "a .top file; or the shape of a PROGRAM's system: ring:N, "    \
                "line:N, complete:N, star:N, grid:AxB, torus:AxB, "            \
                "hypercube:D, tree:N:K (K children each), random:N:DEGREE",    \
        .default_text = "complete",                                            \
    }

#define OPTION_PROCESSES                                                       \
    {                                                                          \
        .id = CUT_OPTION_PROCESSES, .letter = 'n', .name = "processes",        \
        .argument = "N", .kind = CUT_VALUE_UNSIGNED,                           \
        .help = "processes of a PROGRAM",                                      \
        .default_text = "3, or those of --topology",                           \
    }

#define OPTION_RUN                                                             \
    {                                                                          \
        .id = CUT_OPTION_RUN, .letter = 'r', .name = "run",                    \
        .argument = "NAME", .kind = CUT_VALUE_TEXT, .help = "of which run",    \
        .default_text = "the only one that is up",                             \
    }

/* How a PROGRAM runs, and its snapshots. */
#define OPTION_EVENTS                                                          \
    {                                                                          \
        .id = CUT_OPTION_EVENTS, .letter = 'e', .name = "events",              \
        .argument = "FILE", .kind = CUT_VALUE_FILE,                            \
        .help = "run this script, an .events file, instead of a PROGRAM",      \
    }

#define OPTIONS_OF_RUNS                                                        \
    {                                                                          \
        .id = CUT_OPTION_UNTIL,                                                \
        .name = "until",                                                       \
        .argument = "TIME",                                                    \
        .kind = CUT_VALUE_TEXT,                                                \
        .help =                                                                \
            "when the run ends: ticks of 1 ms, or with one of ns, us, ms, s",  \
        .default_text = "1000",                                                \
    },                                                                         \
        {                                                                      \
            .id = CUT_OPTION_EVENTS_MAX,                                       \
            .name = "events-max",                                              \
            .argument = "N",                                                   \
            .kind = CUT_VALUE_UNSIGNED,                                        \
            .help = "end the run after so many starts, receipts, timers and "  \
                    "inputs",                                                  \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_SNAPSHOT_AT,                                      \
            .name = "snapshot-at",                                             \
            .argument = "TIME:PROCESS",                                        \
            .kind = CUT_VALUE_TEXT,                                            \
            .repeatable = true,                                                \
            .help = "begin a snapshot then, at this process",                  \
            .default_text = "10:0",                                            \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_SNAPSHOT_EVERY,                                   \
            .name = "snapshot-every",                                          \
            .argument = "TIME",                                                \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "begin a snapshot at the first process again and again",   \
        },                                                                     \
    {                                                                          \
        .id = CUT_OPTION_SNAPSHOT_TIMEOUT, .name = "snapshot-timeout",         \
        .argument = "TIME", .kind = CUT_VALUE_TEXT,                            \
        .help = "abort a snapshot that takes longer",                          \
    }

/* What its channels and clocks are like, and who comes and goes. */
#define OPTIONS_OF_NETWORKS                                                    \
    {                                                                          \
        .id = CUT_OPTION_DELAY,                                                \
        .name = "delay",                                                       \
        .argument = "D",                                                       \
        .kind = CUT_VALUE_TEXT,                                                \
        .help = "how long messages take: constant:T, uniform:A-B, "            \
                "exponential:MEAN, pareto:MIN:ALPHA",                          \
        .default_text = "uniform:1-5",                                         \
    },                                                                         \
        {                                                                      \
            .id = CUT_OPTION_LOSS,                                             \
            .name = "loss",                                                    \
            .argument = "P",                                                   \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "chance that a message is lost, such as 0.1 or 10%",       \
            .default_text = "0",                                               \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_DUPLICATE,                                        \
            .name = "duplicate",                                               \
            .argument = "P",                                                   \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "chance that a message comes twice",                       \
            .default_text = "0",                                               \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_REORDER,                                          \
            .name = "reorder",                                                 \
            .help = "let messages of a channel overtake each other",           \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_LINK,                                             \
            .name = "link",                                                    \
            .argument = "KIND",                                                \
            .kind = CUT_VALUE_CHOICE,                                          \
            .choices = cut_choices_link,                                       \
            .help = "reliable: a link layer repairs what the channels lose, "  \
                    "repeat and reorder",                                      \
            .default_text = "raw",                                             \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_CAPACITY,                                         \
            .name = "capacity",                                                \
            .argument = "N",                                                   \
            .kind = CUT_VALUE_UNSIGNED,                                        \
            .help = "messages that a channel holds: who has a full one "       \
                    "stands still",                                            \
            .default_text = "no bound",                                        \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_MARKER_LINKS,                                     \
            .name = "marker-links",                                            \
            .argument = "KIND",                                                \
            .kind = CUT_VALUE_CHOICE,                                          \
            .choices = cut_choices_marker_links,                               \
            .help = "where channels are bounded, markers overtake what is "    \
                    "queued, or queue; or they travel on links of their own",  \
            .default_text = "overtake",                                        \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_SKEW,                                             \
            .name = "skew",                                                    \
            .argument = "TIME",                                                \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "largest difference between two clocks",                   \
            .default_text = "0",                                               \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_CLOCK_BOUND,                                      \
            .name = "clock-bound",                                             \
            .argument = "TIME",                                                \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "difference between clocks that the algorithm 'clock' "    \
                    "allows for",                                              \
            .default_text = "0",                                               \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_CLOCK_LEAD,                                       \
            .name = "clock-lead",                                              \
            .argument = "TIME",                                                \
            .kind = CUT_VALUE_TEXT,                                            \
            .help = "how far ahead 'clock' sets the time of a snapshot",       \
            .default_text = "20",                                              \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_JOIN,                                             \
            .name = "join",                                                    \
            .argument = "TIME:PROCESS",                                        \
            .kind = CUT_VALUE_TEXT,                                            \
            .repeatable = true,                                                \
            .help = "let a process begin only then",                           \
        },                                                                     \
        {                                                                      \
            .id = CUT_OPTION_LEAVE,                                            \
            .name = "leave",                                                   \
            .argument = "TIME:PROCESS",                                        \
            .kind = CUT_VALUE_TEXT,                                            \
            .repeatable = true,                                                \
            .help = "let a process leave",                                     \
        },                                                                     \
    {                                                                          \
        .id = CUT_OPTION_CRASH, .name = "crash", .argument = "TIME:PROCESS",   \
        .kind = CUT_VALUE_TEXT, .repeatable = true,                            \
        .help = "let a process crash",                                         \
    }

#define OPTION_COLOR                                                           \
    {                                                                          \
        .id = CUT_OPTION_COLOR, .name = "color", .argument = "WHEN",           \
        .kind = CUT_VALUE_CHOICE, .choices = cut_choices_when,                 \
        .help = "auto, always or never; auto means on a terminal, unless "     \
                "NO_COLOR is set",                                             \
        .default_text = "auto",                                                \
    }

#define OPTION_ASCII                                                           \
    {                                                                          \
        .id = CUT_OPTION_ASCII, .name = "ascii",                               \
        .help = "draw without line-drawing characters, even where the locale " \
                "has them",                                                    \
    }

#endif
