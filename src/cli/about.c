/* What the descriptions of commands share. */
#include "about.h"

const char *const cut_choices_algorithm[] = {
    "chandy-lamport",
    "lai-yang",
    "mattern",
    "tree",
    "flush",
    "clock",
    "naive",
    NULL,
};

const char *const cut_choices_link[] = {"raw", "reliable", NULL};

const char *const cut_choices_marker_links[] = {"overtake",
                                                "queue",
                                                "separate",
                                                NULL};

const char *const cut_choices_when[] = {"auto", "always", "never", NULL};

const struct cut_exit_note cut_exits_of_printing[] = {
    {"0", "success"},
    {"2", "a usage error, or standard output cannot be written"},
    {.status = NULL},
};

const struct cut_option cut_help_option[] = {OPTION_HELP, {.name = NULL}};
