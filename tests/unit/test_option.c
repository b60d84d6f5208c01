/*
 * The parser of command lines, and what it relies on in the table of commands.
 * Links src/cli/{option,nearest,commands,help}.c.
 */
#include "check.h"
#include "commands.h"
#include "help.h"

#include <cutline/sim.h>

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

enum { ALPHA, BETA, COUNT, FAST, FILES, HELP, LEVEL, SIZE };

static const char *const levels[] = {"low", "high", NULL};

static const struct cut_option options[] = {
    {
        .id = FILES,
        .letter = 'f',
        .name = "file",
        .argument = "FILE",
        .kind = CUT_VALUE_FILE,
        .required = true,
        .repeatable = true,
    },
    {
        .id = COUNT,
        .letter = 'c',
        .name = "count",
        .argument = "N",
        .kind = CUT_VALUE_INTEGER,
    },
    {
        .id = SIZE,
        .name = "size",
        .argument = "BYTES",
        .kind = CUT_VALUE_UNSIGNED,
    },
    {
        .id = LEVEL,
        .name = "level",
        .argument = "LEVEL",
        .kind = CUT_VALUE_CHOICE,
        .choices = levels,
    },
    {.id = FAST, .letter = 'q', .name = "fast"},
    {.id = ALPHA, .letter = 'a', .name = "topology"},
    {.id = BETA, .letter = 'b', .name = "topological", .repeatable = true},
    {.id = HELP, .letter = 'h', .name = "help", .conclusive = true},
    {.name = NULL},
};

/* No operands, any number, and one of two. */
static const struct cut_command plain = {.path = "tool", .options = options};
static const struct cut_command runner = {
    .path = "tool run",
    .options = options + 1,
    .operands = {"PROGRAM [ARG]...", CUT_VALUE_FILE, NULL, 1, SIZE_MAX},
};
static const struct cut_command chooser = {
    .path = "tool choose",
    .options = options + 1,
    .operands = {"LEVEL", CUT_VALUE_CHOICE, levels, 0, 1},
};

/* The command line of the last parse; spaces separate. */
static char line[1024];
static char *words[64];
static char said[8192];

/* Parse; what was written is in said. NULL: refused. */
static struct cut_arguments *parse(const struct cut_command *command,
                                   const char *text)
{
    struct cut_arguments *arguments = NULL;
    int count = 0;

    snprintf(line, sizeof line, *text == '\0' ? "tool" : "tool %s", text);
    for (char *word = line; word; count++) {
        words[count] = word;
        word = strchr(word, ' ');
        if (word)
            *word++ = '\0';
    }
    words[count] = NULL;

    memset(said, 0, sizeof said);
    FILE *errors = fmemopen(said, sizeof said, "w");
    enum cut_error error =
        cut_arguments_parse(command, count, words, errors, &arguments);
    fclose(errors);
    CHECK((error == CUT_OK) == (arguments != NULL));
    CHECK(error == CUT_OK || error == CUT_INVALID);
    return arguments;
}

/* Return the one line that refuses a command line; "" where it is taken. */
static const char *refusal(const struct cut_command *command, const char *text)
{
    struct cut_arguments *arguments = parse(command, text);
    char *end = strchr(said, '\n');

    CHECK((arguments == NULL) == (end != NULL));
    CHECK(!end || end[1] == '\0');
    if (end)
        *end = '\0';
    cut_arguments_destroy(arguments);
    return said;
}

static void test_values(void)
{
    struct cut_arguments *a =
        parse(&plain, "-f one --count=-5 --size 7 --file two -qbb --level low");

    CHECK_STR(said, "");
    CHECK(cut_arguments_command(a) == &plain);
    CHECK_EQ(cut_arguments_count(a, FILES), 2);
    CHECK_STR(cut_arguments_text(a, FILES), "one");
    CHECK_STR(cut_arguments_nth(a, FILES, 0), "one");
    CHECK_STR(cut_arguments_nth(a, FILES, 1), "two");
    CHECK(cut_arguments_nth(a, FILES, 2) == NULL);
    CHECK_EQ(cut_arguments_integer(a, COUNT, 1), -5);
    CHECK_EQ(cut_arguments_unsigned(a, SIZE, 1), 7);
    CHECK_STR(cut_arguments_text(a, LEVEL), "low");
    CHECK(cut_arguments_flag(a, FAST));
    CHECK_EQ(cut_arguments_count(a, BETA), 2);
    CHECK_EQ(cut_arguments_operand_count(a), 0);
    CHECK(cut_arguments_operand(a, 0) == NULL);
    cut_arguments_destroy(a);
    cut_arguments_destroy(NULL);
}

static void test_absent_values(void)
{
    struct cut_arguments *a = parse(&plain, "-f=x");

    CHECK_STR(cut_arguments_text(a, FILES), "=x");
    CHECK(cut_arguments_text(a, LEVEL) == NULL);
    CHECK(!cut_arguments_flag(a, FAST));
    CHECK_EQ(cut_arguments_count(a, BETA), 0);
    CHECK_EQ(cut_arguments_integer(a, COUNT, -3), -3);
    CHECK_EQ(cut_arguments_unsigned(a, SIZE, 3), 3);
    cut_arguments_destroy(a);
}

static void test_arguments_that_look_like_options(void)
{
    struct cut_arguments *a = parse(&plain, "-f -- --file --fast -c -1");

    CHECK_STR(cut_arguments_nth(a, FILES, 0), "--");
    CHECK_STR(cut_arguments_nth(a, FILES, 1), "--fast");
    CHECK(!cut_arguments_flag(a, FAST));
    CHECK_EQ(cut_arguments_integer(a, COUNT, 0), -1);
    cut_arguments_destroy(a);
}

static void test_abbreviations(void)
{
    struct cut_arguments *a = parse(&plain, "--fi=x --fa --topology --co 1");

    CHECK_STR(cut_arguments_text(a, FILES), "x");
    CHECK(cut_arguments_flag(a, FAST));
    CHECK(cut_arguments_flag(a, ALPHA));
    CHECK(!cut_arguments_flag(a, BETA));
    CHECK_EQ(cut_arguments_integer(a, COUNT, 0), 1);
    cut_arguments_destroy(a);

    CHECK_STR(refusal(&plain, "--topolog"),
              "tool: option '--topolog' is ambiguous (expected one of "
              "--topology, --topological)");
    CHECK_STR(refusal(&plain, "--f=1"),
              "tool: option '--f' is ambiguous (expected one of --file, "
              "--fast)");
}

static void test_unknown_options(void)
{
    CHECK_STR(refusal(&plain, "--topolgy"),
              "tool: unknown option '--topolgy' (did you mean '--topology'?)");
    CHECK_STR(refusal(&runner, "--szie=7"),
              "tool run: unknown option '--szie' (did you mean '--size'?)");
    CHECK_STR(refusal(&plain, "--helpp"),
              "tool: unknown option '--helpp' (did you mean '--help'?)");
    CHECK_STR(refusal(&plain, "--elephant"),
              "tool: unknown option '--elephant' (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-x"),
              "tool: unknown option '-x' (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-qx"),
              "tool: unknown option '-x' (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-q?"),
              "tool: unknown option '-?' (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-:"),
              "tool: unknown option '-:' (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-\xc3\xa9"),
              "tool: unknown option '-?' (try 'tool --help')");
}

static void test_one_line_whatever_was_typed(void)
{
    char text[700];

    CHECK_STR(refusal(&plain, "--a\nb\x1b[2J"),
              "tool: unknown option '--a?b?[2J' (try 'tool --help')");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "--", 2);
    CHECK(strstr(refusal(&plain, text), "tool: unknown option '--xxx"));
    memcpy(text, "-c", 2);
    CHECK(strstr(refusal(&plain, text), "tool: option '--count': bad N 'xxx"));
}

static void test_arguments_missing_and_unwanted(void)
{
    CHECK_STR(refusal(&plain, "--count"),
              "tool: option '--count' has no argument (expected N)");
    CHECK_STR(refusal(&plain, "-qf"),
              "tool: option '--file' has no argument (expected FILE)");
    CHECK_STR(refusal(&plain, "--fast=1"),
              "tool: option '--fast' has an argument (expected none)");
    CHECK_STR(refusal(&plain, "--count= -f x"),
              "tool: option '--count': bad N '' (expected an integer, "
              "-9223372036854775808 to 9223372036854775807)");
}

static void test_required_and_repeated(void)
{
    CHECK_STR(refusal(&plain, "-q"),
              "tool: missing --file (try 'tool --help')");
    CHECK_STR(refusal(&plain, ""), "tool: missing --file (try 'tool --help')");
    CHECK_STR(refusal(&plain, "-f x -q --fast"),
              "tool: option '--fast' is given twice (expected once)");
    CHECK_STR(refusal(&plain, "-f x -c 1 --count 1"),
              "tool: option '--count' is given twice (expected once)");
    CHECK_STR(refusal(&plain, "-f x -f x"), "");
}

static void test_conclusive_option(void)
{
    struct cut_arguments *a = parse(&plain, "-q --help --bogus");

    CHECK(cut_arguments_flag(a, HELP));
    CHECK(cut_arguments_flag(a, FAST));
    cut_arguments_destroy(a);
    CHECK_STR(refusal(&plain, "--bogus --help"),
              "tool: unknown option '--bogus' (try 'tool --help')");
}

#define EXPECTED_INTEGER                                                       \
    "' (expected an integer, -9223372036854775808 to 9223372036854775807)"
#define EXPECTED_UNSIGNED "' (expected an integer, 0 to 18446744073709551615)"

static void test_integer_ranges(void)
{
    static const char *const bad[] = {
        "9223372036854775808",
        "-9223372036854775809",
        "12x",
        "x",
        "+5",
        "\t5",
        "-",
        "--5",
        "0x10",
        "1e3",
        "5\t",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "-f x -c%s", bad[i]);
        CHECK(strstr(refusal(&plain, text), EXPECTED_INTEGER));
    }

    struct cut_arguments *a = parse(&plain, "-fx -c-9223372036854775808");
    CHECK_EQ(cut_arguments_integer(a, COUNT, 0), INT64_MIN);
    cut_arguments_destroy(a);
    a = parse(&plain, "-fx --count 9223372036854775807");
    CHECK_EQ(cut_arguments_integer(a, COUNT, 0), INT64_MAX);
    cut_arguments_destroy(a);
}

static void test_unsigned_ranges(void)
{
    CHECK_STR(refusal(&plain, "-fx --size -1"),
              "tool: option '--size': bad BYTES '-1" EXPECTED_UNSIGNED);
    CHECK_STR(refusal(&plain, "-fx --size 18446744073709551616"),
              "tool: option '--size': bad BYTES "
              "'18446744073709551616" EXPECTED_UNSIGNED);

    struct cut_arguments *a = parse(&plain, "-fx --size 18446744073709551615");
    CHECK_EQ(cut_arguments_unsigned(a, SIZE, 0), UINT64_MAX);
    cut_arguments_destroy(a);
}

static void test_choices(void)
{
    CHECK_STR(refusal(&plain, "-fx --level lo"),
              "tool: option '--level': bad LEVEL 'lo' (expected low, high)");
    CHECK_STR(refusal(&chooser, "mid"),
              "tool choose: bad operand 'mid' (expected low, high)");
    CHECK_STR(refusal(&chooser, "high"), "");
    CHECK_STR(refusal(&chooser, ""), "");
}

static void test_operands(void)
{
    struct cut_arguments *a = parse(&runner, "-q prog -c --fast x");
    CHECK(cut_arguments_flag(a, FAST));
    CHECK_EQ(cut_arguments_operand_count(a), 4);
    CHECK_STR(cut_arguments_operand(a, 0), "prog");
    CHECK_STR(cut_arguments_operand(a, 3), "x");
    CHECK(cut_arguments_operand(a, 4) == NULL);
    CHECK(cut_arguments_operands(a) == words + 2);
    CHECK(cut_arguments_operands(a)[4] == NULL);
    cut_arguments_destroy(a);

    a = parse(&runner, "-- --fast --");
    CHECK(!cut_arguments_flag(a, FAST));
    CHECK_EQ(cut_arguments_operand_count(a), 2);
    CHECK_STR(cut_arguments_operand(a, 0), "--fast");
    CHECK_STR(cut_arguments_operand(a, 1), "--");
    cut_arguments_destroy(a);
}

static void test_operands_refused(void)
{
    CHECK_STR(refusal(&plain, "-f x y z"),
              "tool: unexpected operand 'y' (expected none)");
    CHECK_STR(refusal(&plain, "-f x -"),
              "tool: unexpected operand '-' (expected none)");
    CHECK_STR(refusal(&chooser, "low high"),
              "tool choose: unexpected operand 'high' (expected LEVEL)");
    CHECK_STR(refusal(&runner, "-q --"),
              "tool run: missing operand (expected PROGRAM [ARG]...)");
    CHECK_STR(refusal(&plain, "-f x --"), "");
}

static void test_commands_are_found(void)
{
    static const char *const wrong[][2] = {
        {"smi", "cutline: unknown command 'smi' (did you mean 'sim'?)\n"},
        {"complet",
         "cutline: unknown command 'complet' (did you mean 'completion'?)\n"},
        {"", "cutline: unknown command '' (try 'cutline --help')\n"},
        {"elephant",
         "cutline: unknown command 'elephant' (try 'cutline --help')\n"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(said, 0, sizeof said);
        FILE *errors = fmemopen(said, sizeof said, "w");
        CHECK(!cut_command_find(wrong[i][0], &cut_program, errors));
        fclose(errors);
        CHECK_STR(said, wrong[i][1]);
    }
    CHECK(cut_command_find("sim", &cut_program, stderr) ==
          cut_commands[CUT_COMMAND_SIM]);
}

static void test_sim_command_line(void)
{
    const struct cut_command *sim = cut_commands[CUT_COMMAND_SIM];
    const struct cut_option *seed = sim->options;

    CHECK_STR(refusal(sim, "--topolgy x"),
              "cutline sim: unknown option '--topolgy' "
              "(did you mean '--topology'?)");
    /* What is missing depends on what is there: sim_command.c says it. */
    CHECK_STR(refusal(sim, ""), "");
    while (seed->id != CUT_OPTION_SEED)
        seed++;
    CHECK_EQ(strtoll(seed->default_text, NULL, 10), CUT_SIM_SEED);
}

static void test_what_follows_the_program_is_its_own(void)
{
    const struct cut_command *sim = cut_commands[CUT_COMMAND_SIM];
    struct cut_arguments *a =
        parse(sim, "--loss 1% --snapshot-at 1:a ./bank --loss --help -q");

    CHECK_EQ(cut_arguments_count(a, CUT_OPTION_LOSS), 1);
    CHECK(!cut_arguments_flag(a, CUT_OPTION_HELP));
    CHECK(!cut_arguments_flag(a, CUT_OPTION_QUIET));
    CHECK_EQ(cut_arguments_operand_count(a), 4);
    CHECK_STR(cut_arguments_operand(a, 1), "--loss");
    cut_arguments_destroy(a);
}

/* The table may not link the library: the names are written there again. */
static void test_algorithms_are_those_of_the_library(void)
{
    const struct cut_option *option = cut_commands[CUT_COMMAND_SIM]->options;
    size_t count = 0;

    while (option->id != CUT_OPTION_ALGORITHM)
        option++;
    for (; option->choices[count]; count++) {
        const struct cut_algorithm *algorithm = cut_algorithm_at(count);
        if (CHECK(algorithm))
            CHECK_STR(option->choices[count],
                      cut_algorithm_traits(algorithm)->name);
    }
    CHECK(cut_algorithm_at(count) == NULL);
    CHECK_STR(option->default_text, option->choices[0]);
}

/* Return whether a text can stand in every document made from the table. */
static bool is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((*c < ' ' && *c != '\n') || *c > '~')
            return false;
    return *text != '\0';
}

static void check_option_description(const struct cut_option *options_of,
                                     const struct cut_option *option)
{
    for (const struct cut_option *o = options_of; o < option; o++) {
        CHECK(o->id != option->id);
        CHECK(strcmp(o->name, option->name) != 0);
        CHECK(o->letter == 0 || o->letter != option->letter);
    }
    CHECK(is_plain(option->name) && is_plain(option->help));
    CHECK(option->letter == 0 || isalnum((unsigned char)option->letter));
    CHECK(!isupper((unsigned char)option->help[0]));
    CHECK((option->argument == NULL) == (option->kind == CUT_VALUE_NONE));
    CHECK((option->choices != NULL) == (option->kind == CUT_VALUE_CHOICE));
    CHECK(!option->required || option->argument);
}

static void check_command_description(const struct cut_command *command)
{
    size_t count = 0;
    for (; command->options[count].name; count++)
        check_option_description(command->options, &command->options[count]);
    CHECK(count > 0 && count <= CUT_OPTIONS_MAX);

    CHECK(is_plain(command->summary));
    CHECK(is_plain(command->description[0]));
    CHECK(is_plain(command->examples[0].line));
    CHECK(is_plain(command->exits[0].meaning));

    const struct cut_operands *operands = &command->operands;
    CHECK((operands->synopsis == NULL) == (operands->count_max == 0));
    CHECK(operands->count_min <= operands->count_max);
    CHECK((operands->choices != NULL) == (operands->kind == CUT_VALUE_CHOICE));
}

static void test_table_is_sound(void)
{
    static const char *const known[] = {
#define WORD(name, word) #word,
        CUT_COMMANDS(WORD)
#undef WORD
    };
    check_command_description(&cut_program);
    for (int i = 0; i < CUT_COMMAND_COUNT; i++) {
        CHECK_STR(cut_command_word(cut_commands[i]), known[i]);
        check_command_description(cut_commands[i]);
    }
}

static void check_help(const struct cut_command *command)
{
    char row[512];
    FILE *file = tmpfile();
    if (!CHECK(file))
        return;

    cut_help_write(command, file);
    rewind(file);
    while (fgets(row, sizeof row, file)) {
        size_t size = strcspn(row, "\n");
        CHECK(row[size] == '\n' && size < 80);
        CHECK(size == 0 || row[size - 1] != ' ');
    }
    fclose(file);
}

static void test_help_fits_80_columns(void)
{
    check_help(&cut_program);
    for (int i = 0; i < CUT_COMMAND_COUNT; i++)
        check_help(cut_commands[i]);
}

int main(void)
{
    RUN(test_values);
    RUN(test_absent_values);
    RUN(test_arguments_that_look_like_options);
    RUN(test_abbreviations);
    RUN(test_unknown_options);
    RUN(test_one_line_whatever_was_typed);
    RUN(test_arguments_missing_and_unwanted);
    RUN(test_required_and_repeated);
    RUN(test_conclusive_option);
    RUN(test_integer_ranges);
    RUN(test_unsigned_ranges);
    RUN(test_choices);
    RUN(test_operands);
    RUN(test_operands_refused);
    RUN(test_commands_are_found);
    RUN(test_sim_command_line);
    RUN(test_what_follows_the_program_is_its_own);
    RUN(test_algorithms_are_those_of_the_library);
    RUN(test_table_is_sound);
    RUN(test_help_fits_80_columns);
    return check_end();
}
