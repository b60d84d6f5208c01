/* Describes `cutline sim`. */
#include "about.h"

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
        .choices = cut_choices_algorithm,
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

const struct cut_command cut_about_sim = {
    .path = "cutline sim",
    .summary = "simulate a distributed system and its snapshots",
    .description = sim_description,
    .options = sim_options,
    .operands = {"[PROGRAM [ARGUMENT]...]",
                 CUT_VALUE_FILE,
                 .count_max = SIZE_MAX},
    .examples = sim_examples,
    .exits = sim_exits,
};
