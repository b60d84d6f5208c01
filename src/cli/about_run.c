/* Describes `cutline run`. */
#include "about.h"

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
        .choices = cut_choices_algorithm,
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

const struct cut_command cut_about_run = {
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
};
