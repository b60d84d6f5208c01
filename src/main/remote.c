#include "main/remote.h"

#include "main/server.h"
#include "main/work.h"
#include "net/invitation.h"
#include "net/join.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_ERROR = 2 };

/* That the run is over is nothing to complain about. */
static int complain(const struct cut_process *process,
                    enum cut_error error,
                    const char *what)
{
    if (error != CUT_STATE)
        fprintf(stderr, "%s: %s\n", process->name, what);
    return STATUS_ERROR;
}

/* Read a line and nothing behind it; return its size, 0: there is none. */
static size_t read_line(char line[CUT_INVITATION_SIZE_MAX])
{
    size_t size = 0;

    while (size < CUT_INVITATION_SIZE_MAX) {
        ssize_t got = read(STDIN_FILENO, line + size, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (line[size++] == '\n')
            return size;
    }
    return 0;
}

static enum cut_error read_invitation(struct cut_invitation *out,
                                      struct cut_fault *fault)
{
    char line[CUT_INVITATION_SIZE_MAX];
    size_t size = read_line(line);

    if (size > 0)
        return cut_invitation_read(line, size, out, fault);
    *fault = (struct cut_fault){.code = CUT_PROTOCOL};
    snprintf(fault->what,
             sizeof fault->what,
             "standard input ended before an invitation to a run stood there "
             "(it is given by `cutline run`)");
    return CUT_PROTOCOL;
}

/* Take standard input out of the program's reach; returns a descriptor of it,
 * -1: there is none left. */
static int take_input(void)
{
    int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing >= 0) {
        (void)dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    return input;
}

static int work(const struct cut_process *process, struct cut_join *join)
{
    char *greeting = cut_server_greeting(process);
    char *request = NULL;
    size_t size = 0;
    struct cut_fault fault = {.what = "out of memory"};
    enum cut_error error = CUT_NOMEM;

    if (greeting != NULL)
        error = cut_join_ask(join, greeting, &request, &size, &fault);
    free(greeting);
    if (error != CUT_OK) {
        cut_join_close(join);
        return complain(process, error, fault.what);
    }
    int status = cut_work_join(process, request, size, join);
    free(request);
    return status;
}

int cut_remote_run(const struct cut_process *process)
{
    struct cut_invitation invitation;
    struct cut_join join;
    struct cut_fault fault;
    char what[sizeof fault.what + CUT_ADDRESS_SIZE + 64];

    signal(SIGPIPE, SIG_IGN);
    enum cut_error error = read_invitation(&invitation, &fault);
    if (error != CUT_OK)
        return complain(process, error, fault.what);
    int input = take_input();
    error = cut_join_call(&invitation, input, &join, &fault);
    if (error == CUT_OK)
        return work(process, &join);
    snprintf(what,
             sizeof what,
             "cannot join the run at %s: %s%s%s",
             invitation.supervisor,
             fault.path != NULL ? fault.path : "",
             fault.path != NULL ? ": " : "",
             fault.what);
    return complain(process, error, what);
}
