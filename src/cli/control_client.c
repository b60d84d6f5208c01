#include "control_client.h"

#include "commands.h"
#include "json_memory.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SUFFIX ".sock"

/* An answer is no longer than that; a run of the most processes has less. */
#define ANSWER_MAX ((size_t)64 << 20)

struct cut_control_client {
    const struct cut_command *command;
    char run[CUT_CONTROL_NAME_MAX + 1];
    int descriptor;
    char *line; /* what came */
    size_t size;
    size_t capacity;
};

static void say(const struct cut_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Without a command, whoever asks says it in another way. */
static void say(const struct cut_command *command, const char *format, ...)
{
    char text[1024];
    va_list values;

    if (command == NULL)
        return;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    cut_complain(stderr, command, "%s", text);
}

static enum cut_error out_of_memory(const struct cut_command *command)
{
    say(command, "%s", cut_error_sentence(CUT_NOMEM));
    return CUT_NOMEM;
}

static enum cut_error complain(const struct cut_command *command,
                               const struct cut_fault *fault)
{
    say(command, "%s", fault->what);
    return fault->code;
}

/* --- which runs ---------------------------------------------------------- */

/* Return whether a file is the socket of a run that is up; and its name. One
 * that is too busy to be called is up. */
static bool is_run(const char *file, char name[CUT_CONTROL_NAME_MAX + 1])
{
    size_t size = strlen(file);
    int descriptor;

    if (size < sizeof SUFFIX ||
        size - (sizeof SUFFIX - 1) > CUT_CONTROL_NAME_MAX)
        return false;
    size -= sizeof SUFFIX - 1;
    if (strcmp(file + size, SUFFIX) != 0)
        return false;
    memcpy(name, file, size);
    name[size] = '\0';
    if (!cut_control_name_is_valid(name))
        return false;
    enum cut_error error = cut_control_connect(name, &descriptor, NULL);
    if (error == CUT_OK)
        close(descriptor);
    return error == CUT_OK || error == CUT_LIMIT;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static enum cut_error add_run(struct cut_runs *runs, const char *name)
{
    void *names = realloc(runs->names, (runs->count + 1) * sizeof *runs->names);

    if (names == NULL)
        return CUT_NOMEM;
    runs->names = names;
    memcpy(runs->names[runs->count++], name, strlen(name) + 1);
    return CUT_OK;
}

static enum cut_error read_runs(DIR *directory, struct cut_runs *out)
{
    char name[CUT_CONTROL_NAME_MAX + 1];
    const struct dirent *entry;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK && (entry = readdir(directory)) != NULL)
        if (is_run(entry->d_name, name))
            error = add_run(out, name);
    return error;
}

enum cut_error cut_runs_find(const struct cut_command *command,
                             struct cut_runs *out)
{
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    enum cut_error error = cut_control_directory(path, &fault);

    *out = (struct cut_runs){.count = 0};
    if (error == CUT_STATE)
        return CUT_OK;
    if (error != CUT_OK)
        return complain(command, &fault);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        say(command, "cannot read %s: %s", path, strerror(errno));
        return CUT_IO;
    }
    error = read_runs(directory, out);
    closedir(directory);
    if (error != CUT_OK) {
        cut_runs_fini(out);
        return out_of_memory(command);
    }
    if (out->count > 1)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    return CUT_OK;
}

void cut_runs_fini(struct cut_runs *runs)
{
    free(runs->names);
    *runs = (struct cut_runs){.count = 0};
}

/* Several are up: name them, as far as a line goes. */
static void complain_of_several(const struct cut_command *command,
                                const struct cut_runs *runs)
{
    char names[512];
    size_t length = 0;
    size_t i;

    for (i = 0; i < runs->count; i++) {
        const char *name = runs->names[i];
        if (length + strlen(name) + 8 > sizeof names)
            break;
        length += (size_t)snprintf(names + length,
                                   sizeof names - length,
                                   "%s%s",
                                   i > 0 ? ", " : "",
                                   name);
    }
    say(command,
        "several runs are up (expected --run with one of %s%s)",
        names,
        i < runs->count ? ", ..." : "");
}

static enum cut_error find_only_run(const struct cut_command *command,
                                    char out[CUT_CONTROL_NAME_MAX + 1])
{
    struct cut_runs runs;
    enum cut_error error = cut_runs_find(command, &runs);

    if (error != CUT_OK)
        return error;
    if (runs.count == 0) {
        say(command, "no run is up (see 'cutline run')");
        error = CUT_STATE;
    } else if (runs.count > 1) {
        complain_of_several(command, &runs);
        error = CUT_INVALID;
    } else {
        memcpy(out, runs.names[0], sizeof runs.names[0]);
    }
    cut_runs_fini(&runs);
    return error;
}

/* --- calling ------------------------------------------------------------- */

enum cut_error cut_control_client_open(const struct cut_command *command,
                                       const char *run,
                                       struct cut_control_client **out)
{
    char only[CUT_CONTROL_NAME_MAX + 1];
    struct cut_fault fault = {0};
    enum cut_error error = CUT_OK;

    cut_json_memory_or_end();
    if (run == NULL) {
        error = find_only_run(command, only);
        run = only;
    }
    if (error != CUT_OK)
        return error;
    struct cut_control_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return out_of_memory(command);
    client->command = command;
    error = cut_control_connect(run, &client->descriptor, &fault);
    if (error != CUT_OK) {
        free(client);
        return complain(command, &fault);
    }
    (void)snprintf(client->run, sizeof client->run, "%s", run);
    *out = client;
    return CUT_OK;
}

void cut_control_client_close(struct cut_control_client *client)
{
    if (client == NULL)
        return;
    close(client->descriptor);
    free(client->line);
    free(client);
}

const char *cut_control_client_run(const struct cut_control_client *client)
{
    return client->run;
}

/* --- time ---------------------------------------------------------------- */

static cut_time now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (cut_time)time.tv_sec * CUT_SECOND + (cut_time)time.tv_nsec;
}

static enum cut_error complain_gone(const struct cut_control_client *client)
{
    say(client->command, "the run '%s' ended before it answered", client->run);
    return CUT_IO;
}

/* Wait until the socket is ready, or it is too late. */
static enum cut_error
await(const struct cut_control_client *client, short events, cut_time end)
{
    struct pollfd ready = {.fd = client->descriptor, .events = events};

    for (;;) {
        cut_time time = now();
        cut_time left = end > time ? end - time : 0;
        uint64_t left_ms = (left + CUT_MILLISECOND - 1) / CUT_MILLISECOND;
        int count = poll(&ready, 1, left_ms < 60000 ? (int)left_ms : 60000);
        if (count > 0)
            return CUT_OK;
        if (count < 0 && errno != EINTR)
            return complain_gone(client);
        if (count == 0 && left == 0)
            break;
    }
    say(client->command, "the run '%s' has not answered in time", client->run);
    return CUT_LIMIT;
}

/* --- asking -------------------------------------------------------------- */

static enum cut_error send_text(const struct cut_control_client *client,
                                const char *text,
                                size_t size,
                                cut_time end)
{
    enum cut_error error = CUT_OK;

    while (size > 0 && error == CUT_OK) {
        ssize_t sent = send(client->descriptor, text, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            text += sent;
            size -= (size_t)sent;
        } else if (errno == EAGAIN) {
            error = await(client, POLLOUT, end);
        } else if (errno != EINTR) {
            break; /* it has hung up, and may have said why */
        }
    }
    return error;
}

static enum cut_error make_room(struct cut_control_client *client)
{
    size_t capacity = client->capacity > 0 ? 2 * client->capacity : 4096;
    char *line;

    if (client->size < client->capacity)
        return CUT_OK;
    line = capacity <= ANSWER_MAX ? realloc(client->line, capacity) : NULL;
    if (line == NULL)
        return out_of_memory(client->command);
    client->line = line;
    client->capacity = capacity;
    return CUT_OK;
}

/* Read what there is. Errors: CUT_IO it is gone. */
static enum cut_error read_more(struct cut_control_client *client, cut_time end)
{
    enum cut_error error = make_room(client);

    if (error == CUT_OK)
        error = await(client, POLLIN, end);
    if (error != CUT_OK)
        return error;
    ssize_t size = read(client->descriptor,
                        client->line + client->size,
                        client->capacity - client->size);
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return CUT_OK;
    if (size <= 0)
        return complain_gone(client);
    client->size += (size_t)size;
    return CUT_OK;
}

/* A client asks one thing at a time: what comes is one line. */
static enum cut_error read_line(struct cut_control_client *client, cut_time end)
{
    enum cut_error error = CUT_OK;

    client->size = 0;
    do
        error = read_more(client, end);
    while (error == CUT_OK && client->line[client->size - 1] != '\n');
    return error;
}

static enum cut_error judge_answer(const struct cut_control_client *client,
                                   const char *key,
                                   json_t **out)
{
    json_error_t reason = {0};
    json_t *answer =
        json_loadb(client->line, client->size, JSON_DECODE_ANY, &reason);
    const char *refusal = json_string_value(json_object_get(answer, "error"));
    enum cut_error error = CUT_OK;

    /* What is wrong with a text has a code, all else is want of memory. */
    if (answer == NULL &&
        (json_error_code(&reason) == json_error_unknown ||
         json_error_code(&reason) == json_error_out_of_memory))
        return out_of_memory(client->command);
    *out = json_incref(json_object_get(answer, key));
    if (refusal != NULL) {
        say(client->command, "the run '%s': %s", client->run, refusal);
        error = CUT_STATE;
    } else if (!json_is_object(*out)) {
        say(client->command,
            "the run '%s' answers what is no answer (is it of another "
            "version?)",
            client->run);
        error = CUT_PROTOCOL;
    }
    json_decref(answer);
    if (error != CUT_OK)
        json_decref(*out);
    return error;
}

enum cut_error cut_control_client_ask(struct cut_control_client *client,
                                      json_t *request,
                                      const char *key,
                                      cut_time timeout,
                                      json_t **out)
{
    char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    cut_time end = now() + timeout;

    json_decref(request);
    if (text == NULL)
        return out_of_memory(client->command);
    size_t size = strlen(text);
    text[size] = '\n'; /* where its end was */
    enum cut_error error = send_text(client, text, size + 1, end);
    free(text);
    if (error == CUT_OK)
        error = read_line(client, end);
    return error == CUT_OK ? judge_answer(client, key, out) : error;
}

int cut_control_print_json(const struct cut_command *command,
                           const json_t *value)
{
    if (json_dumpf(value, stdout, JSON_COMPACT) != 0 && !ferror(stdout)) {
        (void)out_of_memory(command);
        return CUT_EXIT_ERROR;
    }
    putchar('\n');
    return CUT_EXIT_SUCCESS;
}

enum cut_error cut_control_client_await_end(struct cut_control_client *client,
                                            cut_time timeout)
{
    cut_time end = now() + timeout;
    char byte;
    enum cut_error error = CUT_OK;

    while (error == CUT_OK) {
        ssize_t size = read(client->descriptor, &byte, 1);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
            return CUT_OK;
        error = await(client, POLLIN, end);
    }
    return error;
}
