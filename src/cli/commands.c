/*
 * The table of commands. All text in it is for people; what the parser and the
 * makers of documents rely on beyond the types is checked by
 * tests/unit/test_option.c.
 */
#include "commands.h"

#include "about.h"
#include "nearest.h"

#include <string.h>

const struct cut_command *const cut_commands[CUT_COMMAND_COUNT] = {
#define ABOUT(name, word) [CUT_COMMAND_##name] = &cut_about_##word,
    CUT_COMMANDS(ABOUT)
#undef ABOUT
};

const struct cut_command *cut_command_find(const char *word,
                                           const struct cut_command *asking,
                                           FILE *errors)
{
    struct cut_nearest nearest = {.word = word};

    for (int i = 0; i < CUT_COMMAND_COUNT; i++) {
        const char *known = cut_command_word(cut_commands[i]);
        if (strcmp(known, word) == 0)
            return cut_commands[i];
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
