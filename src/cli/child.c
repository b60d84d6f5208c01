#include "child.h"

#include "commands.h"
#include "json_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of the protocol: docs/formats/control.md. */
#define PROTOCOL 1

/* A program of Cutline says at once that it is one. */
#define GREETING_MS 5000

struct cut_child {
    const struct cut_command *command;
    const char *path;
    pid_t pid; /* -1: it has ended, and that is known */
    int descriptor;
    FILE *answers; /* reads from the descriptor */
    char *line;
    size_t capacity;
    json_t *answer;
    bool has_greeted;
    char fate[256];
};

static enum cut_error complain(const struct cut_child *child, const char *what)
{
    cut_complain(stderr, child->command, "%s %s", child->path, what);
    return CUT_IO;
}

static enum cut_error out_of_memory(const struct cut_child *child)
{
    cut_complain(stderr, child->command, "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

/* Starting */

/* Whether a path is something that can be run. Only paths are: no PATH. */
static enum cut_error check_path(const struct cut_command *command,
                                 const char *path)
{
    struct stat status;
    const char *reason = NULL;

    if (strchr(path, '/') == NULL) {
        bool is_here = stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
                       access(path, X_OK) == 0;
        cut_complain(stderr,
                     command,
                     is_here ? "%s: no path to a program (did you mean './%s'?)"
                             : "%s: no path to a program (expected such as "
                               "./%s)",
                     path,
                     path);
        return CUT_INVALID;
    }
    if (access(path, X_OK) != 0 || stat(path, &status) != 0)
        reason = strerror(errno);
    else if (!S_ISREG(status.st_mode))
        reason = "it is not a file";
    if (reason == NULL)
        return CUT_OK;
    cut_complain(stderr, command, "%s: cannot run it: %s", path, reason);
    return CUT_INVALID;
}

/*
 * In the new process. What the program prints is no answer: it goes to
 * standard error. When the command dies, so does the program.
 */
static void become(char *const *argv, int control, int report, pid_t parent)
{
    char number[16];
    int nothing = open("/dev/null", O_RDONLY);

    snprintf(number, sizeof number, "%d", control);
    bool is_ready = nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
                    dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
                    fcntl(control, F_SETFD, 0) == 0 &&
                    setenv("CUTLINE_CONTROL", number, 1) == 0 &&
                    prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (nothing > STDERR_FILENO)
        close(nothing);
    if (is_ready && getppid() == parent)
        execv(argv[0], argv);
    int reason = errno;
    ssize_t ignored = write(report, &reason, sizeof reason);
    (void)ignored;
    _exit(127);
}

/* Return why a program could not be executed, 0 where it is. */
static int await_execution(int report)
{
    int reason = 0;
    ssize_t size;

    do
        size = read(report, &reason, sizeof reason);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof reason ? reason : 0;
}

static int launch(struct cut_child *child, char *const *argv)
{
    int ends[2];
    int report[2];
    pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    if (pipe2(report, O_CLOEXEC) != 0) {
        int reason = errno;
        close(ends[0]);
        close(ends[1]);
        return reason;
    }
    child->pid = fork();
    if (child->pid == 0)
        become(argv, ends[1], report[1], parent);
    int reason = child->pid < 0 ? errno : 0;
    close(ends[1]);
    close(report[1]);
    if (reason == 0)
        reason = await_execution(report[0]);
    close(report[0]);
    child->descriptor = ends[0];
    return reason;
}

enum cut_error cut_child_start(const struct cut_command *command,
                               char *const *argv,
                               struct cut_child **out)
{
    struct cut_answer hello;
    enum cut_error error = check_path(command, argv[0]);

    if (error != CUT_OK)
        return error;
    cut_json_memory_or_end();
    struct cut_child *child = calloc(1, sizeof *child);
    if (child == NULL) {
        cut_complain(stderr, command, "%s", cut_error_sentence(CUT_NOMEM));
        return CUT_NOMEM;
    }
    *child = (struct cut_child){
        .command = command,
        .path = argv[0],
        .pid = -1,
        .descriptor = -1,
    };
    int reason = launch(child, argv);
    if (reason == 0) {
        child->answers = fdopen(child->descriptor, "r");
        reason = child->answers == NULL ? errno : 0;
    }
    if (reason != 0) {
        cut_complain(stderr,
                     command,
                     "%s: cannot run it: %s",
                     argv[0],
                     strerror(reason));
        cut_child_stop(child);
        return CUT_IO;
    }
    error = cut_child_next(child, &hello);
    if (error != CUT_OK) {
        cut_child_stop(child);
        return error == CUT_IO ? CUT_INVALID : error;
    }
    *out = child;
    return CUT_OK;
}

/* Ending */

/* Learn how a program ended. One that has closed the connection is about to;
 * one that does not, is made to. */
static int reap(struct cut_child *child)
{
    int status = 0;

    for (int i = 0; i < 100; i++) {
        if (waitpid(child->pid, &status, WNOHANG) != 0) {
            child->pid = -1;
            return status;
        }
        poll(NULL, 0, 10);
    }
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    child->pid = -1;
    return status;
}

/* Of one that speaks no more, or not as a program of Cutline does. */
static enum cut_error learn_fate(struct cut_child *child)
{
    int status = child->pid > 0 ? reap(child) : 0;

    if (!child->has_greeted)
        return complain(child,
                        "is no program of Cutline (expected one whose main is "
                        "cut_main)");
    if (child->fate[0] != '\0')
        return CUT_STATE;
    if (WIFSIGNALED(status))
        snprintf(child->fate,
                 sizeof child->fate,
                 "died by signal %d (%s)",
                 WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(child->fate,
                 sizeof child->fate,
                 "ended with status %d before the run did",
                 WEXITSTATUS(status));
    return CUT_STATE;
}

const char *cut_child_fate(const struct cut_child *child)
{
    return child->fate;
}

void cut_child_complain(const struct cut_child *child)
{
    (void)complain(child, child->fate);
}

void cut_child_stop(struct cut_child *child)
{
    if (child == NULL)
        return;
    /* It ends when nobody asks any more; in the middle of a run, it has to. */
    if (child->answers != NULL)
        fclose(child->answers);
    else if (child->descriptor >= 0)
        close(child->descriptor);
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    json_decref(child->answer);
    free(child->line);
    free(child);
}

/* Asking */

enum cut_error cut_child_ask(struct cut_child *child, json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);

    json_decref(request);
    if (text == NULL)
        return out_of_memory(child);
    size_t size = strlen(text);
    text[size++] = '\n'; /* instead of its end */
    for (size_t sent = 0; sent < size;) {
        ssize_t some =
            send(child->descriptor, text + sent, size - sent, MSG_NOSIGNAL);
        if (some > 0) {
            sent += (size_t)some;
        } else if (errno != EINTR) {
            free(text);
            return learn_fate(child);
        }
    }
    free(text);
    return CUT_OK;
}

/* Wait until something can be read, but not for ever for the first word. */
static bool await_answer(const struct cut_child *child)
{
    struct pollfd poller = {.fd = child->descriptor, .events = POLLIN};
    int count = 1;

    if (child->has_greeted)
        return true;
    do
        count = poll(&poller, 1, GREETING_MS);
    while (count < 0 && errno == EINTR);
    return count > 0;
}

/* The first word is who speaks, and what version of the protocol. */
static enum cut_error check_greeting(struct cut_child *child,
                                     const struct cut_answer *answer)
{
    json_int_t protocol =
        json_integer_value(json_object_get(answer->value, "protocol"));

    if (strcmp(answer->name, "cutline") != 0)
        return learn_fate(child);
    child->has_greeted = true;
    if (protocol == PROTOCOL)
        return CUT_OK;
    return complain(child,
                    "was made for another version of cutline (build it anew)");
}

enum cut_error cut_child_next(struct cut_child *child, struct cut_answer *out)
{
    json_error_t error;

    json_decref(child->answer);
    child->answer = NULL;
    ssize_t size = await_answer(child)
                       ? getline(&child->line, &child->capacity, child->answers)
                       : -1;
    if (size <= 0 || child->line[size - 1] != '\n')
        return learn_fate(child);
    child->answer =
        json_loadb(child->line, (size_t)size, JSON_DECODE_ANY, &error);
    /* What is wrong with a text has a code, all else is want of memory. */
    if (child->answer == NULL &&
        (json_error_code(&error) == json_error_unknown ||
         json_error_code(&error) == json_error_out_of_memory))
        return out_of_memory(child);
    void *member = json_object_iter(child->answer);
    if (member == NULL)
        return complain(child, "does not answer as it should");
    *out = (struct cut_answer){
        .name = json_object_iter_key(member),
        .value = json_object_iter_value(member),
    };
    return child->has_greeted ? CUT_OK : check_greeting(child, out);
}
