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
        "cutline sim -t examples/ten-servers.top -e "
        "examples/ten-servers.events",
        "Simulate a system and print its snapshots.",
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
    "Runs the script of an .events file on the system of a .top file, as the "
    "COS 418 simulator does: processes send each other tokens along first-in "
    "first-out channels with random delays, and snapshots are taken meanwhile "
    "by the algorithm of Chandy and Lamport.",
    "When the script has ended, time goes on until every snapshot is complete. "
    "Each is then printed as a .snap file, in the order of their numbers: the "
    "tokens of every process, and the messages that were in the channels. That "
    "no token was lost or gained is checked for each.",
    "The same seed makes the same run, byte for byte, on every machine.",
    NULL,
};

static const char *const when[] = {"auto", "always", "never", NULL};

static const struct cut_option sim_options[] = {
    {
        .id = CUT_OPTION_TOPOLOGY,
        .letter = 't',
        .name = "topology",
        .argument = "FILE",
        .kind = CUT_VALUE_FILE,
        .required = true,
        .help = "the processes, their tokens and their channels: a .top file",
    },
    {
        .id = CUT_OPTION_EVENTS,
        .letter = 'e',
        .name = "events",
        .argument = "FILE",
        .kind = CUT_VALUE_FILE,
        .required = true,
        .help = "what happens: an .events file",
    },
    {
        .id = CUT_OPTION_SEED,
        .name = "seed",
        .argument = "N",
        .kind = CUT_VALUE_INTEGER,
        .help = "seed of the delays",
        .default_text = "8053172852482175524",
    },
    {
        .id = CUT_OPTION_OUT,
        .letter = 'o',
        .name = "out",
        .argument = "DIR",
        .kind = CUT_VALUE_DIRECTORY,
        .help = "write DIR/0.snap, DIR/1.snap, ... instead of standard output",
    },
    {
        .id = CUT_OPTION_EXPECT,
        .name = "expect",
        .argument = "SNAP",
        .kind = CUT_VALUE_FILE,
        .repeatable = true,
        .help = "compare this .snap file with the snapshot of its number, and "
                "show the difference",
    },
    {
        .id = CUT_OPTION_LOG,
        .name = "log",
        .help = "print, for each tick, what every process did and what is in "
                "flight",
    },
    {
        .id = CUT_OPTION_DIAGRAM,
        .name = "diagram",
        .help = "draw the run as a space-time diagram: processes are columns, "
                "with the messages, the markers and the cut of each snapshot",
    },
    {
        .id = CUT_OPTION_PROCESSES,
        .name = "processes",
        .argument = "NAMES",
        .kind = CUT_VALUE_TEXT,
        .help = "the columns of --diagram, separated by commas",
        .default_text = "as many as fit",
    },
    {
        .id = CUT_OPTION_COLOR,
        .name = "color",
        .argument = "WHEN",
        .kind = CUT_VALUE_CHOICE,
        .choices = when,
        .help = "auto, always or never; auto means on a terminal, unless "
                "NO_COLOR is set",
        .default_text = "auto",
    },
    {
        .id = CUT_OPTION_ASCII,
        .name = "ascii",
        .help = "draw without line-drawing characters, even where the locale "
                "has them",
    },
    {
        .id = CUT_OPTION_JSON,
        .name = "json",
        .help = "print snapshots and totals as JSON",
    },
    {
        .id = CUT_OPTION_QUIET,
        .letter = 'q',
        .name = "quiet",
        .help = "print no snapshots; with --expect, only the comparison",
    },
    OPTION_HELP,
    {.name = NULL},
};

static const struct cut_example sim_examples[] = {
    {
        "cutline sim -t examples/ten-servers.top -e "
        "examples/ten-servers.events",
        "Run the script and print its snapshots.",
    },
    {
        "cutline sim -t my.top -e my.events --diagram",
        "Draw the run, and where its snapshot cuts it.",
    },
    {
        "cutline sim -t my.top -e my.events -q --expect 0.snap --expect 1.snap",
        "Check two snapshots against files.",
    },
    {
        "cutline sim -t my.top -e my.events --seed 7 -o snapshots",
        "Run with other delays, and write each snapshot to a file.",
    },
    {.line = NULL},
};

static const struct cut_exit_note sim_exits[] = {
    {"0", "success"},
    {"1", "a snapshot is not the expected one, or tokens were lost or gained"},
    {"2",
     "a usage error, a malformed file, or a file cannot be read or written"},
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
            .summary = "simulate a token-passing system and its snapshots",
            .description = sim_description,
            .options = sim_options,
            .examples = sim_examples,
            .exits = sim_exits,
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
