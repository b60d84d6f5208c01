/*
 * The main() of a program: what it does when `cutline` runs it, and what it
 * says when a person does.
 */
#include "main/remote.h"
#include "main/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number of the descriptor on which `cutline` gives its requests; "-": it
 * is on another host, and where to call stands on standard input. */
#define CONTROL_VARIABLE "CUTLINE_CONTROL"

enum { STATUS_SUCCESS = 0, STATUS_ERROR = 2 };

/* Return the descriptor that a text names, -1 where it names none. */
static int descriptor_of(const char *text)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    long number = strtol(text, &end, 10);
    return errno == 0 && *end == '\0' && number <= INT32_MAX ? (int)number : -1;
}

static int serve(const char *text, const struct cut_process *process)
{
    int descriptor = descriptor_of(text);
    int status;

    if (strcmp(text, "-") == 0) {
        unsetenv(CONTROL_VARIABLE);
        return cut_remote_run(process);
    }
    if (descriptor >= 0) {
        /* Whatever the program starts is not spoken to. */
        unsetenv(CONTROL_VARIABLE);
        if (cut_server_run(descriptor, process, &status))
            return status;
    }
    fprintf(stderr,
            "%s: the control connection %s=%s does not work (it is for "
            "`cutline`; unset it to run %s by hand)\n",
            process->name,
            CONTROL_VARIABLE,
            text,
            process->name);
    return STATUS_ERROR;
}

/* Write how a command runs the program. */
static void
show_command(const char *command, const char *path, const char *arguments)
{
    printf("    cutline %s %s%s%s%s\n",
           command,
           strchr(path, '/') != NULL ? "" : "./",
           path,
           arguments != NULL ? " " : "",
           arguments != NULL ? arguments : "");
}

static int introduce(const char *path, const struct cut_process *process)
{
    printf("%s%s%s\n\n"
           "A program of Cutline: a process of a distributed system, of which "
           "`cutline`\nruns as many as are wanted.\n\n",
           process->name,
           process->summary != NULL ? ": " : "",
           process->summary != NULL ? process->summary : "");
    show_command("sim", path, process->arguments);
    show_command("compare", path, process->arguments);
    show_command("run", path, process->arguments);
    printf("\n`cutline help sim` lists the options; they come before the "
           "program.\n");
    return fflush(stdout) == 0 ? STATUS_SUCCESS : STATUS_ERROR;
}

int cut_main(int argc, char **argv, const struct cut_process *process)
{
    const char *control = getenv(CONTROL_VARIABLE);
    const char *path = argc > 0 ? argv[0] : process->name;

    if (control != NULL)
        return serve(control, process);
    if (argc <= 1 || (argc == 2 && strcmp(argv[1], "--help") == 0))
        return introduce(path, process);
    fprintf(stderr,
            "%s: is run by `cutline sim %s%s ...`, not by itself (try '%s "
            "--help')\n",
            process->name,
            strchr(path, '/') != NULL ? "" : "./",
            path,
            path);
    return STATUS_ERROR;
}
