/* The `cutline` command: read its own options, find the command, run it. */
#include "commands.h"
#include "help.h"

#include <cutline/sim.h>
#include <cutline/version.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int (*const run_functions[CUT_COMMAND_COUNT])(
    const struct cut_arguments *arguments) = {
#define RUN_FUNCTION(name, word) [CUT_COMMAND_##name] = cut_command_##word,
    CUT_COMMANDS(RUN_FUNCTION)
#undef RUN_FUNCTION
};

static int call(const struct cut_command *command,
                const struct cut_arguments *arguments)
{
    int id = 0;

    while (cut_commands[id] != command)
        id++;
    return run_functions[id](arguments);
}

static int run(const struct cut_command *command, int argc, char *const argv[])
{
    struct cut_arguments *arguments;
    int status = CUT_EXIT_SUCCESS;

    if (cut_arguments_parse(command, argc, argv, stderr, &arguments) != CUT_OK)
        return CUT_EXIT_ERROR;
    if (cut_arguments_flag(arguments, CUT_OPTION_HELP))
        cut_help_write(command, stdout);
    else
        status = call(command, arguments);
    cut_arguments_destroy(arguments);
    return status;
}

/* Run the command that the operands of `cutline` name. */
static int dispatch(const struct cut_arguments *arguments)
{
    size_t count = cut_arguments_operand_count(arguments);
    if (count == 0) {
        fprintf(stderr, "Usage: ");
        cut_help_write_synopsis(&cut_program, stderr);
        fprintf(stderr, " (try 'cutline --help')\n");
        return CUT_EXIT_ERROR;
    }

    char *const *operands = cut_arguments_operands(arguments);
    const struct cut_command *command =
        cut_command_find(operands[0], &cut_program, stderr);
    return command ? run(command, (int)count, operands) : CUT_EXIT_ERROR;
}

static int start(int argc, char *const argv[])
{
    struct cut_arguments *arguments;
    int status = CUT_EXIT_SUCCESS;

    if (cut_arguments_parse(&cut_program, argc, argv, stderr, &arguments) !=
        CUT_OK)
        return CUT_EXIT_ERROR;
    if (cut_arguments_flag(arguments, CUT_OPTION_HELP))
        cut_help_write(&cut_program, stdout);
    else if (cut_arguments_flag(arguments, CUT_OPTION_VERSION))
        printf("cutline %s\n", cut_version());
    else
        status = dispatch(arguments);
    cut_arguments_destroy(arguments);
    return status;
}

/*
 * A file that is opened must not get the number of a standard stream that is
 * closed: what is printed would go there. What stands in cannot be written to,
 * so that a closed standard output is still an error.
 */
static void guard_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", O_RDONLY);
}

/* Without a PROGRAM the command is one itself: that of the token process. */
static bool is_program(int argc)
{
    return argc == 1 && getenv("CUTLINE_CONTROL") != NULL;
}

int main(int argc, char *argv[])
{
    if (is_program(argc))
        return cut_main(argc, argv, cut_token_process());
    guard_standard_streams();
    setlocale(LC_CTYPE, "");
    int status = start(argc, argv);

    /* A full disk must not look like success; one complaint is enough. */
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    if (!is_written && status != CUT_EXIT_ERROR) {
        cut_complain(stderr,
                     &cut_program,
                     "cannot write to standard output: %s",
                     strerror(errno));
        return CUT_EXIT_ERROR;
    }
    return status;
}
