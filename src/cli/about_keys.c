/* Describes `cutline keys`. */
#include "about.h"

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

const struct cut_command cut_about_keys = {
    .path = "cutline keys",
    .summary = "make keys for a run over several hosts",
    .description = keys_description,
    .options = keys_options,
    .operands = {"DIR", CUT_VALUE_DIRECTORY, NULL, 1, 1},
    .examples = keys_examples,
    .exits = keys_exits,
};
