/*
 * The table. All text in it is for people; what the parser and the makers of
 * documents rely on beyond the types is checked by tests/unit/test_option.c.
 */
#include "commands.h"

#include "nearest.h"

#include <string.h>

#define OPTION_HELP                                                            \
    {                                                                          \
        .id = CUT_OPTION_HELP, .letter = 'h', .name = "help",                  \
        .conclusive = true, .help = "print this help",                         \
    }

static const char *const when[] = {"auto", "always", "never", NULL};
static const char *const links[] = {"raw", "reliable", NULL};
static const char *const marker_links[] = {"overtake",
                                           "queue",
                                           "separate",
                                           NULL};
static const char *const algorithms[] = {
    "chandy-lamport",
    "lai-yang",
    "mattern",
    "tree",
    "flush",
    "clock",
    "naive",
    NULL,
};

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
            .choices = links,                                                  \
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
            .choices = marker_links,                                           \
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
        .kind = CUT_VALUE_CHOICE, .choices = when,                             \
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

static const struct cut_exit_note exits_of_printing[] = {
    {"0", "success"},
    {"2", "a usage error, or standard output cannot be written"},
    {.status = NULL},
};

/* cutline */

static const char *const program_description[] = {
    "Cutline records the state of every process of a distributed program, and "
    "of every channel between them, without stopping the program: a consistent "
    "global state, also called a cut, after Chandy and Lamport (ACM TOCS 3(1), "
    "1985).",
    "Each command has a help and a manual page of its own.",
    NULL,
};

static const struct cut_option program_options[] = {
    OPTION_HELP,
    {
        .id = CUT_OPTION_VERSION,
        .name = "version",
        .conclusive = true,
        .help = "print the version",
    },
    {.name = NULL},
};

static const struct cut_example program_examples[] = {
    {
        "cutline sim --processes 4 ./bank",
        "Run a program and print a snapshot of it.",
    },
    {
        "cutline sim -t examples/ten-servers.top -e "
        "examples/ten-servers.events",
        "Run a script of COS 418 and print its snapshots.",
    },
    {"cutline help sim", "Print the help of a command."},
    {.line = NULL},
};

static const struct cut_exit_note program_exits[] = {
    {"0", "success"},
    {"1", "what was to be checked does not hold"},
    {"2",
     "a usage error, malformed input, or a file cannot be read or written"},
    {.status = NULL},
};

const struct cut_command cut_program = {
    .path = "cutline",
    .summary = "take consistent pictures of running distributed programs",
    .description = program_description,
    .options = program_options,
    .operands = {"COMMAND [ARGUMENT]...",
                 CUT_VALUE_COMMAND,
                 .count_max = SIZE_MAX},
    .examples = program_examples,
    .exits = program_exits,
};

/* cutline sim */

static const char *const sim_description[] = {
    "Runs PROGRAM, whose main is cut_main, as the processes of a system in "
    "virtual time, takes snapshots of it meanwhile, and prints each: the state "
    "of every process, and the messages that were in the channels. What "
    "follows PROGRAM is the program's own.",
    "With --events, runs that script on the system of a .top file instead, as "
    "the COS 418 simulator does: processes send each other tokens along "
    "first-in first-out channels with random delays. When the script has "
    "ended, time goes on until every snapshot is complete. Each is then "
    "printed as a .snap file. That no token was lost or gained is checked.",
    "With --events and any option that the COS 418 simulator has no "
    "counterpart for (an algorithm, a delay, --judge, ...), and without "
    "PROGRAM and --events, its process is run like any other PROGRAM; a tick "
    "of the script is a millisecond.",
    "The same seed makes the same run, byte for byte, on every machine.",
    NULL,
};

static const struct cut_option sim_options[] = {
    OPTION_TOPOLOGY,
    OPTION_PROCESSES,
    OPTION_EVENTS,
    OPTION_SEED,
    OPTIONS_OF_RUNS,
    {
        .id = CUT_OPTION_ALGORITHM,
        .name = "algorithm",
        .argument = "NAME",
        .kind = CUT_VALUE_CHOICE,
        .choices = algorithms,
        .help = "how snapshots are taken: chandy-lamport, lai-yang, mattern, "
                "tree, flush, clock or naive; 'cutline compare' tells them "
                "apart",
        .default_text = "chandy-lamport",
    },
    OPTIONS_OF_NETWORKS,
    {
        .id = CUT_OPTION_CHECK_SAVE,
        .name = "check-save",
        .help = "at each event, check that a process made again from its saved "
                "state does the same",
    },
    {
        .id = CUT_OPTION_JUDGE,
        .name = "judge",
        .help = "keep a trace, and say of each snapshot whether it is "
                "consistent; if not, which message proves it",
    },
    {
        .id = CUT_OPTION_OUT,
        .letter = 'o',
        .name = "out",
        .argument = "DIR",
        .kind = CUT_VALUE_DIRECTORY,
        .help = "write DIR/0.snap, DIR/1.snap, ... instead of standard output "
                "(of a script)",
    },
    {
        .id = CUT_OPTION_EXPECT,
        .name = "expect",
        .argument = "SNAP",
        .kind = CUT_VALUE_FILE,
        .repeatable = true,
        .help = "compare this .snap file with the snapshot of its number, and "
                "show the difference (of a script)",
    },
    {
        .id = CUT_OPTION_LOG,
        .name = "log",
        .help = "print what every process did",
    },
    {
        .id = CUT_OPTION_DIAGRAM,
        .name = "diagram",
        .help = "draw the run as a space-time diagram: processes are columns, "
                "with the messages, the markers and the cut of each snapshot",
    },
    {
        .id = CUT_OPTION_COLUMNS,
        .name = "columns",
        .argument = "NAMES",
        .kind = CUT_VALUE_TEXT,
        .help = "the columns of --diagram, separated by commas",
        .default_text = "as many as fit",
    },
    OPTION_COLOR,
    OPTION_ASCII,
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print snapshots and totals as JSON",
    },
    {
        .id = CUT_OPTION_ALL,
        .name = "all",
        .help = "print all states and messages, not only the first 20",
    },
    {
        .id = CUT_OPTION_QUIET,
        .letter = 'q',
        .name = "quiet",
        .help = "print no snapshots, only what is wrong or missing",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example sim_examples[] = {
    {
        "cutline sim --processes 4 ./bank",
        "Run four processes of a program, and print a snapshot of them.",
    },
    {
        "cutline sim --topology ring:5 --algorithm naive --judge ./bank",
        "Take it in another way, and see whether it is consistent.",
    },
    {
        "cutline sim --snapshot-every 100 --loss 1% --link reliable ./bank",
        "Take one every 100 ticks, over channels that lose messages.",
    },
    {
        "cutline sim --until 20 --diagram ./bank",
        "Draw the first 20 ticks.",
    },
    {
        "cutline sim -t examples/ten-servers.top -e "
        "examples/ten-servers.events",
        "Run a script and print its snapshots.",
    },
    {
        "cutline sim -t my.top -e my.events -q --expect 0.snap --expect 1.snap",
        "Check two snapshots of a script against files.",
    },
    {
        "cutline sim -t my.top -e my.events --seed 7 -o snapshots",
        "Run it with other delays, and write each snapshot to a file.",
    },
    {.line = NULL},
};

static const struct cut_exit_note sim_exits[] = {
    {"0", "success"},
    {"1",
     "a snapshot is not the expected one, not consistent, or can never be "
     "complete (one that was aborted, or that was still open when the run was "
     "over, is no failure, since either was asked for: it is told in its "
     "place, and with --quiet in a note on standard error); with --judge, "
     "there is none that is complete; tokens were lost or gained; the program "
     "failed, or a check did not hold"},
    {"2",
     "a usage error, a malformed file, a file that cannot be read or written, "
     "or a program that cannot be run, or dies"},
    {.status = NULL},
};

/* cutline compare */

static const char *const compare_description[] = {
    "Runs PROGRAM, or with --events a script of the COS 418 simulator, under "
    "every algorithm, each time with the same seeds, and "
    "prints one table: how often what was recorded is a consistent global "
    "state, and what it cost: control messages (markers and others) and their "
    "bytes, bytes added to messages, messages recorded and their bytes, the "
    "time from the start of a snapshot to its end, and the time that processes "
    "stood still; costs are averages over runs, times over snapshots.",
    "Of an algorithm that is wrong, the first message that proves it is told "
    "and drawn. One that needs what the network does not give, such as order "
    "in a channel, runs nevertheless, to be seen wrong.",
    "When the program itself fails or dies in a run, that run is counted as "
    "failed and not measured; below the table is said how, for each algorithm "
    "the first time, with the seed.",
    NULL,
};

static const struct cut_option compare_options[] = {
    {
        .id = CUT_OPTION_RUNS,
        .name = "runs",
        .argument = "N",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "runs of each algorithm, with seeds that follow each other",
        .default_text = "20",
    },
    {
        .id = CUT_OPTION_ALGORITHMS,
        .name = "algorithms",
        .argument = "NAMES",
        .kind = CUT_VALUE_TEXT,
        .help = "those to compare, separated by commas",
        .default_text = "all",
    },
    OPTION_TOPOLOGY,
    OPTION_EVENTS,
    OPTION_PROCESSES,
    OPTION_SEED,
    OPTIONS_OF_RUNS,
    OPTIONS_OF_NETWORKS,
    OPTION_COLOR,
    OPTION_ASCII,
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the table as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example compare_examples[] = {
    {"cutline compare ./bank", "Compare all algorithms."},
    {
        "cutline compare --reorder --algorithms chandy-lamport,lai-yang ./bank",
        "Compare two where messages overtake each other.",
    },
    {
        "cutline compare --runs 100 --topology random:50:4 --json ./bank",
        "Compare on more runs of a larger system, for a program to read.",
    },
    {.line = NULL},
};

static const struct cut_exit_note compare_exits[] = {
    {"0", "success, whatever the table says of the algorithms"},
    {"1", "the program failed or died in some run"},
    {"2", "a usage error, a malformed file, or a program that cannot be run"},
    {.status = NULL},
};

/* cutline run */

static const char *const levels[] = {"error", "warn", "info", "debug", NULL};

static const char *const run_description[] = {
    "Runs PROGRAM as real processes, as many as are wanted, linked over "
    "sockets, and takes snapshots of them while they run: the state of every "
    "process and of every channel, at one consistent moment, without stopping "
    "the program.",
    "PROGRAM is any whose main() is cut_main, as for 'cutline sim'. What the "
    "processes print stands behind their names. The run is over when nothing "
    "more can happen: every process waits for a message, and none is on its "
    "way; or when a process fails, or at an interrupt (Ctrl-C; a second one "
    "kills what is left).",
    "TIME is a number of milliseconds, or has a unit: 500ms, 2s, 100us.",
    NULL,
};

static const struct cut_option run_options[] = {
    OPTION_PROCESSES,
    OPTION_TOPOLOGY,
    {
        .id = CUT_OPTION_EVERY,
        .letter = 'e',
        .name = "every",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "take a snapshot again and again, the processes beginning in "
                "turn",
    },
    {
        .id = CUT_OPTION_OUT,
        .letter = 'o',
        .name = "out",
        .argument = "DIR",
        .kind = CUT_VALUE_DIRECTORY,
        .help = "keep snapshots, as DIR/1.json, DIR/2.json, ...",
    },
    {
        .id = CUT_OPTION_ALGORITHM,
        .name = "algorithm",
        .argument = "NAME",
        .kind = CUT_VALUE_CHOICE,
        .choices = algorithms,
        .help = "how snapshots are taken: chandy-lamport, lai-yang, mattern, "
                "tree, flush, clock or naive; 'cutline compare' tells them "
                "apart",
        .default_text = "chandy-lamport",
    },
    {
        .id = CUT_OPTION_UNTIL,
        .name = "until",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "end the run then",
    },
    {
        .id = CUT_OPTION_TRACE,
        .name = "trace",
        .argument = "DIR",
        .kind = CUT_VALUE_DIRECTORY,
        .help = "have each process write down what it does, in DIR; 'cutline "
                "judge' reads it",
    },
    {
        .id = CUT_OPTION_JUDGE,
        .name = "judge",
        .help = "judge the snapshots by that trace when the run is over",
    },
    {
        .id = CUT_OPTION_LAST,
        .name = "last",
        .help = "take one more snapshot when nothing more can happen",
    },
    {
        .id = CUT_OPTION_STAY,
        .name = "stay",
        .help = "stay when nothing more can happen, to be looked at",
    },
    {
        .id = CUT_OPTION_NAME,
        .name = "name",
        .argument = "NAME",
        .kind = CUT_VALUE_TEXT,
        .help = "what the run is called: letters, digits, '_', '-', '.'",
        .default_text = "the program's name and a number",
    },
    OPTION_SEED,
    {
        .id = CUT_OPTION_TCP,
        .name = "tcp",
        .help = "link over TCP on the loopback interface, not over Unix "
                "sockets",
    },
    {
        .id = CUT_OPTION_TLS,
        .name = "tls",
        .argument = "DIR",
        .kind = CUT_VALUE_DIRECTORY,
        .help = "encrypt what processes say to each other, with the keys in "
                "DIR; 'cutline keys' makes some",
    },
    {
        .id = CUT_OPTION_HOSTS,
        .name = "hosts",
        .argument = "FILE",
        .kind = CUT_VALUE_FILE,
        .help = "run processes on the hosts in FILE: lines HOST, HOST slots=N "
                "or HOST:N; unless --processes is said, one in each slot",
    },
    {
        .id = CUT_OPTION_LAUNCHER,
        .name = "launcher",
        .argument = "COMMAND",
        .kind = CUT_VALUE_TEXT,
        .help = "what starts a process on another host: words, in which "
                "{host} is the host, or else the host is one more word",
        .default_text = "ssh",
    },
    {
        .id = CUT_OPTION_LISTEN,
        .name = "listen",
        .argument = "ADDRESS",
        .kind = CUT_VALUE_TEXT,
        .help = "listen at ADDRESS of this host, or ADDRESS:PORT, where other "
                "hosts call; implies --tcp",
        .default_text = "the address from which the first other host is "
                        "reached",
    },
    {
        .id = CUT_OPTION_CAPACITY,
        .name = "capacity",
        .argument = "N",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "messages that a channel holds; a process that has filled one "
                "waits",
        .default_text = "8192",
    },
    {
        .id = CUT_OPTION_IN_PROGRESS,
        .name = "in-progress",
        .argument = "N",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "snapshots at once; others wait their turn",
        .default_text = "4",
    },
    {
        .id = CUT_OPTION_PAUSE,
        .name = "pause",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "from the start of a snapshot to that of the next, at least",
        .default_text = "10ms",
    },
    {
        .id = CUT_OPTION_TIMEOUT,
        .name = "timeout",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "abort a snapshot that takes longer, and say who is late",
        .default_text = "none",
    },
    {
        .id = CUT_OPTION_SILENCE,
        .name = "silence",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "take a connection on which nothing comes for so long, 200ms "
                "or more, as broken, and make it again",
        .default_text = "10s",
    },
    {
        .id = CUT_OPTION_CLOCK_LEAD,
        .name = "clock-lead",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "of the algorithm 'clock': how far ahead the time of a "
                "snapshot lies",
        .default_text = "20ms",
    },
    {
        .id = CUT_OPTION_CLOCK_BOUND,
        .name = "clock-bound",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "of the algorithm 'clock': how long the program then stands "
                "still",
        .default_text = "0",
    },
    {
        .id = CUT_OPTION_METRICS,
        .name = "metrics",
        .argument = "PORT|FILE",
        .kind = CUT_VALUE_FILE,
        .help = "serve figures in the OpenMetrics format at "
                "http://127.0.0.1:PORT/metrics (0: any free port), or write "
                "them into a file each second",
    },
    {
        .id = CUT_OPTION_LOG_LEVEL,
        .name = "log-level",
        .argument = "LEVEL",
        .kind = CUT_VALUE_CHOICE,
        .choices = levels,
        .help = "how much is said of the run itself, on standard error: error, "
                "warn, info or debug",
        .default_text = "info",
    },
    OPTION_COLOR,
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print what happens as lines of JSON",
    },
    {
        .id = CUT_OPTION_QUIET,
        .letter = 'q',
        .name = "quiet",
        .help = "print what the program prints, and nothing of snapshots",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example run_examples[] = {
    {
        "cutline run -n 5 --every 500ms ./bank",
        "Run five processes, and take two snapshots a second.",
    },
    {
        "cutline run --topology ring:8 --every 1s --out snapshots ./ring",
        "Link them in a ring, and keep the snapshots as files.",
    },
    {
        "cutline run -n 3 --tcp --algorithm lai-yang --every 100ms ./bank",
        "Link them over TCP, and take snapshots in another way.",
    },
    {
        "cutline run --name bank --metrics 9100 ./bank",
        "Give it a name for 'cutline snap', and serve metrics.",
    },
    {
        "cutline run --hosts hosts --tls /etc/cutline/keys --every 1s ./bank",
        "Run them on several hosts, started by ssh.",
    },
    {
        "cutline run --until 10s --json ./bank",
        "Run for ten seconds, and print what happens for another program.",
    },
    {.line = NULL},
};

static const struct cut_exit_note run_exits[] = {
    {"0", "nothing more could happen, or the time was over"},
    {"1",
     "the program failed, of itself (cut_fail), or made a mistake; with "
     "--judge also: a snapshot is not consistent, or none could be judged"},
    {"2", "a usage error, or the run could not be made or gone on with"},
    {"N",
     "a process ended with status N: of several, the first by its index; 128 "
     "and the number of the signal, if it was killed; on another host, its "
     "launcher did, and ssh passes on what the process said"},
    {"130", "interrupted"},
    {"143", "terminated"},
    {.status = NULL},
};

/* cutline snap */

static const char *const snap_description[] = {
    "Takes a snapshot of a program that 'cutline run' runs, now, and waits "
    "until it is complete; where the run keeps snapshots (--out), until it is "
    "on the disk for good. Prints its id on a line of its own, then its "
    "figures, then the quantities that the program states.",
    "Several may ask at once, of the same run too. What 'cutline run "
    "--in-progress' does not allow at once waits for its turn.",
    NULL,
};

static const struct cut_option snap_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_INITIATOR,
        .letter = 'i',
        .name = "initiator",
        .argument = "P",
        .kind = CUT_VALUE_TEXT,
        .help = "the process that begins it, by its name or index",
        .default_text = "one after the other in turn",
    },
    {
        .id = CUT_OPTION_TIMEOUT,
        .name = "timeout",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "wait no longer; the snapshot is not aborted by that",
        .default_text = "60s",
    },
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print all figures as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example snap_examples[] = {
    {"cutline snap", "Take a snapshot of the only run that is up."},
    {
        "cutline snap --run bank --initiator p2",
        "Take one of the run 'bank', begun by the process p2.",
    },
    {
        "id=$(cutline snap | head -n 1)",
        "Keep its id for later.",
    },
    {.line = NULL},
};

static const struct cut_exit_note snap_exits[] = {
    {"0", "the snapshot is complete"},
    {"1", "it was aborted, or could not be begun"},
    {"2",
     "a usage error, there is no such run, or it has not answered in time"},
    {.status = NULL},
};

/* cutline ps, cutline stats, cutline stop */

static const char *const ps_description[] = {
    "Lists the runs of this user that are up, on this host: name, process id "
    "of 'cutline run', program, processes, since when, messages received a "
    "second, and snapshots: complete, in progress, failed.",
    NULL,
};

static const struct cut_option ps_options[] = {
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the list as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example ps_examples[] = {
    {"cutline ps", "See what runs."},
    {
        "cutline ps --json | jq -r '.[].name'",
        "Print the names of what runs.",
    },
    {.line = NULL},
};

static const struct cut_exit_note ps_exits[] = {
    {"0", "success; also when nothing runs"},
    {"2", "a usage error, or what runs cannot be found out"},
    {.status = NULL},
};

static const char *const stats_description[] = {
    "Prints figures of the snapshots of a run that is up: how many there "
    "were; summaries over all that are complete; the last ten of them.",
    "With --snapshot, those of one of the last hundred, and of each process "
    "in it: how long after the start of the snapshot its state was captured "
    "(delay), for how long it stood still for that (pause), after how long "
    "its part had arrived (saving) and its channels were recorded "
    "(recording), the time of the CPU, and sizes.",
    NULL,
};

static const struct cut_option stats_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_SNAPSHOT,
        .letter = 's',
        .name = "snapshot",
        .argument = "ID",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "print the figures of this one, by process",
    },
    {
        .id = CUT_OPTION_ALL,
        .name = "all",
        .help = "print the last hundred snapshots, not only ten",
    },
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print the figures as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example stats_examples[] = {
    {"cutline stats", "See how snapshots of the only run do."},
    {
        "cutline stats --run bank --snapshot 12",
        "See which process took how long for one of them.",
    },
    {.line = NULL},
};

static const struct cut_exit_note stats_exits[] = {
    {"0", "success"},
    {"2",
     "a usage error, there is no such run or snapshot, or no answer in time"},
    {.status = NULL},
};

static const char *const stop_description[] = {
    "Ends a run that is up, in good order, as an interrupt (Ctrl-C) does, and "
    "waits until it is gone. Its exit status is 0 then.",
    NULL,
};

static const struct cut_option stop_options[] = {
    OPTION_RUN,
    {
        .id = CUT_OPTION_TIMEOUT,
        .name = "timeout",
        .argument = "TIME",
        .kind = CUT_VALUE_TEXT,
        .help = "wait no longer",
        .default_text = "30s",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example stop_examples[] = {
    {"cutline stop --run bank", "End the run 'bank'."},
    {.line = NULL},
};

static const struct cut_exit_note stop_exits[] = {
    {"0", "the run is over"},
    {"2", "a usage error, there is no such run, or it has not ended in time"},
    {.status = NULL},
};

/* cutline judge */

static const char *const judge_description[] = {
    "Reads the trace of a run of real processes, the files p0.0.trace, "
    "p1.0.trace and so on that each process wrote itself, and says of each of "
    "its snapshots whether it is a consistent global state; if not, which "
    "message proves it. Who judges knows what was sent, delivered, captured "
    "and "
    "recorded, and nothing of how snapshots are taken.",
    "The trace of a process that was killed ends early. A snapshot of which "
    "its "
    "part was not complete by then is not judged, which is said; all others "
    "are.",
    "DIR is a directory with these files, or one with a directory trace that "
    "has them.",
    NULL,
};

static const struct cut_option judge_options[] = {
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print what is found as JSON",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example judge_examples[] = {
    {
        "cutline judge my-run",
        "Judge the snapshots of a run that was traced into my-run.",
    },
    {.line = NULL},
};

static const struct cut_exit_note judge_exits[] = {
    {"0",
     "every snapshot that could be judged is consistent, and there is one"},
    {"1", "a snapshot is not consistent, or none could be judged"},
    {"2",
     "a usage error; there is no trace, it cannot be read, a file of it is "
     "missing or damaged, or it contradicts itself"},
    {.status = NULL},
};

/* cutline new */

static const char *const new_description[] = {
    "Writes a program to begin with, in a folder of its own: NAME/NAME.c and "
    "NAME/Makefile. It compiles and runs as it is, with the library that "
    "pkg-config finds. Change it piece by piece.",
    "A NAME is a lower-case letter, then lower-case letters, digits, '_' or "
    "'-', at most 64. Nothing is overwritten.",
    NULL,
};

static const struct cut_example new_examples[] = {
    {
        "cutline new counter && cd counter && make && cutline sim ./counter",
        "Write a program, build it and run it.",
    },
    {.line = NULL},
};

static const struct cut_exit_note new_exits[] = {
    {"0", "success"},
    {"2",
     "a usage error, NAME is there already, or it cannot be written; "
     "then nothing has been"},
    {.status = NULL},
};

/* cutline keys */

static const char *const keys_description[] = {
    "Writes keys with which the processes of a run know each other, and nobody "
    "else, over TLS: DIR/ca.pem (an authority of its own), DIR/cert.pem (a "
    "certificate that it signed) and DIR/key.pem (the private key of that, "
    "which its owner alone can read). Copy DIR to each host of the run: who "
    "has it, takes part.",
    "They are throwaway keys. The authority's own key is not kept, so no "
    "second "
    "certificate can be made: when these expire, or somebody has seen key.pem, "
    "make others, and copy those.",
    "DIR is made if it is not there. Nothing is overwritten.",
    NULL,
};

static const struct cut_option keys_options[] = {
    {
        .id = CUT_OPTION_DAYS,
        .name = "days",
        .argument = "N",
        .kind = CUT_VALUE_UNSIGNED,
        .help = "how long they are valid, from now on: 1 to 3650",
        .default_text = "30",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example keys_examples[] = {
    {"cutline keys keys", "Make keys for a month, in the folder keys."},
    {"cutline keys --days 1 keys && scp -rp keys other-host:",
     "Make keys for a day, and copy them to another host."},
    {.line = NULL},
};

static const struct cut_exit_note keys_exits[] = {
    {"0", "success"},
    {"2",
     "a usage error, DIR has keys already, or it cannot be written; "
     "then nothing has been"},
    {.status = NULL},
};

/* cutline help, cutline completion */

static const char *const help_description[] = {
    "Prints what --help prints: of COMMAND, or of cutline itself.",
    NULL,
};

static const struct cut_example help_examples[] = {
    {"cutline help sim", "Print the help of cutline sim."},
    {.line = NULL},
};

static const char *const completion_description[] = {
    "Prints a script with which bash or zsh completes the commands, options "
    "and arguments of cutline. An installed cutline has both in place already; "
    "this is for one that is not.",
    NULL,
};

static const struct cut_example completion_examples[] = {
    {
        "source <(cutline completion bash)",
        "Complete in this bash; in ~/.bashrc, in every one.",
    },
    {"source <(cutline completion zsh)", "The same in zsh, after compinit."},
    {.line = NULL},
};

static const char *const shells[] = {"bash", "zsh", NULL};

static const struct cut_option help_option[] = {OPTION_HELP, {.name = NULL}};

const struct cut_command cut_commands[CUT_COMMAND_COUNT] = {
    [CUT_COMMAND_SIM] =
        {
            .path = "cutline sim",
            .summary = "simulate a distributed system and its snapshots",
            .description = sim_description,
            .options = sim_options,
            .operands = {"[PROGRAM [ARGUMENT]...]",
                         CUT_VALUE_FILE,
                         .count_max = SIZE_MAX},
            .examples = sim_examples,
            .exits = sim_exits,
        },
    [CUT_COMMAND_COMPARE] =
        {
            .path = "cutline compare",
            .summary = "compare the algorithms on the same runs",
            .description = compare_description,
            .options = compare_options,
            .operands = {"[PROGRAM [ARGUMENT]...]",
                         CUT_VALUE_FILE,
                         .count_max = SIZE_MAX},
            .examples = compare_examples,
            .exits = compare_exits,
        },
    [CUT_COMMAND_RUN] =
        {
            .path = "cutline run",
            .summary = "run real processes, and take snapshots of them",
            .description = run_description,
            .options = run_options,
            .operands = {"PROGRAM [ARGUMENT]...",
                         CUT_VALUE_FILE,
                         .count_min = 1,
                         .count_max = SIZE_MAX},
            .examples = run_examples,
            .exits = run_exits,
        },
    [CUT_COMMAND_SNAP] =
        {
            .path = "cutline snap",
            .summary = "take a snapshot of a run now",
            .description = snap_description,
            .options = snap_options,
            .examples = snap_examples,
            .exits = snap_exits,
        },
    [CUT_COMMAND_PS] =
        {
            .path = "cutline ps",
            .summary = "list what runs",
            .description = ps_description,
            .options = ps_options,
            .examples = ps_examples,
            .exits = ps_exits,
        },
    [CUT_COMMAND_STATS] =
        {
            .path = "cutline stats",
            .summary = "print figures of the snapshots of a run",
            .description = stats_description,
            .options = stats_options,
            .examples = stats_examples,
            .exits = stats_exits,
        },
    [CUT_COMMAND_STOP] =
        {
            .path = "cutline stop",
            .summary = "end a run",
            .description = stop_description,
            .options = stop_options,
            .examples = stop_examples,
            .exits = stop_exits,
        },
    [CUT_COMMAND_JUDGE] =
        {
            .path = "cutline judge",
            .summary = "judge the snapshots of a run by its trace",
            .description = judge_description,
            .options = judge_options,
            .operands = {"DIR", CUT_VALUE_DIRECTORY, NULL, 1, 1},
            .examples = judge_examples,
            .exits = judge_exits,
        },
    [CUT_COMMAND_NEW] =
        {
            .path = "cutline new",
            .summary = "write a program that compiles, to begin with",
            .description = new_description,
            .options = help_option,
            .operands = {"NAME", CUT_VALUE_TEXT, NULL, 1, 1},
            .examples = new_examples,
            .exits = new_exits,
        },
    [CUT_COMMAND_KEYS] =
        {
            .path = "cutline keys",
            .summary = "make keys for a run over several hosts",
            .description = keys_description,
            .options = keys_options,
            .operands = {"DIR", CUT_VALUE_DIRECTORY, NULL, 1, 1},
            .examples = keys_examples,
            .exits = keys_exits,
        },
    [CUT_COMMAND_HELP] =
        {
            .path = "cutline help",
            .summary = "print the help of a command",
            .description = help_description,
            .options = help_option,
            .operands = {"[COMMAND]", CUT_VALUE_COMMAND, .count_max = 1},
            .examples = help_examples,
            .exits = exits_of_printing,
        },
    [CUT_COMMAND_COMPLETION] =
        {
            .path = "cutline completion",
            .summary = "print a script that completes command lines",
            .description = completion_description,
            .options = help_option,
            .operands = {"bash|zsh", CUT_VALUE_CHOICE, shells, 1, 1},
            .examples = completion_examples,
            .exits = exits_of_printing,
        },
};

const struct cut_command *cut_command_find(const char *word,
                                           const struct cut_command *asking,
                                           FILE *errors)
{
    struct cut_nearest nearest = {.word = word};

    for (int i = 0; i < CUT_COMMAND_COUNT; i++) {
        const char *known = cut_command_word(&cut_commands[i]);
        if (strcmp(known, word) == 0)
            return &cut_commands[i];
        cut_nearest_offer(&nearest, known);
    }
    cut_complain(errors,
                 asking,
                 nearest.best ? "unknown command '%s' (did you mean '%s'?)"
                              : "unknown command '%s' (try '%s --help')",
                 word,
                 nearest.best ? nearest.best : cut_program.path);
    return NULL;
}
