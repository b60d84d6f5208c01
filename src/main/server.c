#include "main/server.h"

#include "main/run.h"
#include "main/work.h"

#include <cutline/version.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the protocol: docs/formats/control.md. */
#define PROTOCOL 1

#define STATUS_NO_MEMORY 2

/*
 * jansson, where it has no memory for a piece of a text, may leave the piece
 * out and go on, or past the text's end: what is then run, or told of it, is
 * something else. So there is memory, or the connection is over.
 */
static void *allocate_or_end(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory != NULL)
        return memory;
    fprintf(stderr,
            "%s: %s\n",
            program_invocation_short_name,
            cut_error_sentence(CUT_NOMEM));
    _exit(STATUS_NO_MEMORY);
}

/* Who is here: nothing else that a command could have started says so. */
static json_t *hello_of(const struct cut_process *process)
{
    json_t *hello = json_object();

    cut_value_set(&hello, "protocol", json_integer(PROTOCOL));
    cut_value_set(&hello, "version", json_string(CUT_VERSION));
    cut_value_set(&hello, "program", json_string(process->name));
    return hello;
}

char *cut_server_greeting(const struct cut_process *process)
{
    json_t *greeting = json_object();

    cut_value_set(&greeting, "cutline", hello_of(process));
    char *text = greeting != NULL ? json_dumps(greeting, JSON_COMPACT) : NULL;
    json_decref(greeting);
    return text;
}

static void refuse(struct cut_answers *answers, const char *what)
{
    struct cut_refusal refusal = {0};

    (void)cut_refuse(&refusal, "", "%s", what);
    cut_tell_refusal(answers, &refusal);
}

/* A side of the connection. */
struct side {
    struct cut_answers answers;
    const struct cut_process *process;
    int descriptor;
    int status;     /* of the exit */
    bool is_worked; /* what is said from then on is no request */
};

static void answer_line(struct side *side, const char *line, size_t size)
{
    struct cut_answers *answers = &side->answers;
    json_error_t error;
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    const char *command = json_string_value(json_object_get(object, "command"));

    if (command == NULL)
        refuse(answers, "not a request (expected an object with \"command\")");
    else if (strcmp(command, "run") == 0)
        cut_run_perform(answers, side->process, object);
    else if (strcmp(command, "work") == 0) {
        side->status =
            cut_work_perform(answers, side->process, object, side->descriptor);
        side->is_worked = true;
    } else
        refuse(answers, "unknown command (expected \"run\" or \"work\")");
    json_decref(object);
}

static void serve(struct side *side, FILE *requests)
{
    struct cut_answers *answers = &side->answers;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;

    cut_answer(answers, "cutline", hello_of(side->process));
    while (answers->error == CUT_OK && !side->is_worked &&
           (size = getline(&line, &capacity, requests)) > 0)
        answer_line(side, line, (size_t)size);
    free(line);
    /* It takes no memory to say that there is none. */
    if (answers->error == CUT_NOMEM) {
        fprintf(answers->file,
                "{\"error\":{\"what\":\"%s\"}}\n",
                cut_error_sentence(CUT_NOMEM));
        fflush(answers->file);
    }
}

bool cut_server_run(int descriptor,
                    const struct cut_process *process,
                    int *status)
{
    int other = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    FILE *requests = fdopen(descriptor, "r");
    struct side side = {
        .answers = {.file = other >= 0 ? fdopen(other, "w") : NULL},
        .process = process,
        .descriptor = descriptor,
    };
    bool is_open = requests != NULL && side.answers.file != NULL &&
                   fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;

    /* Whoever has gone away is found by the write that fails. */
    signal(SIGPIPE, SIG_IGN);
    json_set_alloc_funcs(allocate_or_end, free);
    if (is_open)
        serve(&side, requests);
    *status = side.status;
    if (side.answers.file != NULL)
        fclose(side.answers.file);
    if (requests != NULL)
        fclose(requests);
    return is_open;
}
