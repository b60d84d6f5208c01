#include "main/work.h"

#include "main/request.h"
#include "main/run.h"
#include "net/worker.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_ERROR = 2 };

/* What is asked for, with the memory that it takes. Texts are the request's. */
struct work {
    struct cut_worker_config config;
    const char **names;
    uint32_t *outgoing;
    uint32_t *incoming;
    char **arguments;
    uint8_t secret[CUT_SECRET_SIZE];
    uint8_t run[CUT_RUN_ID_SIZE];
    const char *wrong; /* a member; NULL: none */
};

/* The first member that is wrong is named: what follows may follow from it. */
static void refuse(struct work *work, const char *member)
{
    if (work->wrong == NULL)
        work->wrong = member;
}

/* --- members ------------------------------------------------------------- */

static int64_t number(struct work *work,
                      const json_t *object,
                      const char *key,
                      int64_t least,
                      int64_t most)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most) {
        refuse(work, key);
        return least;
    }
    return json_integer_value(value);
}

/* A count or a time. */
static uint64_t
amount(struct work *work, const json_t *object, const char *key, int64_t least)
{
    return (uint64_t)number(work, object, key, least, INT64_MAX);
}

static uint32_t
index_of(struct work *work, const json_t *object, const char *key)
{
    return (uint32_t)number(work, object, key, 0, UINT32_MAX);
}

static const char *
text(struct work *work, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    if (value == NULL)
        refuse(work, key);
    return value;
}

/* One that may be missing, but is a text if it is there. */
static const char *
optional_text(struct work *work, const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL ? text(work, object, key)
                                                : NULL;
}

static void bytes(struct work *work,
                  const json_t *object,
                  const char *key,
                  uint8_t *out,
                  size_t size)
{
    if (!cut_value_bytes(json_object_get(object, key), out, size))
        refuse(work, key);
}

/* Return the size of an array, and room for so many elements and one more. */
static uint32_t array(struct work *work,
                      const json_t *object,
                      const char *key,
                      size_t size,
                      void *out)
{
    const json_t *value = json_object_get(object, key);
    void *all = calloc(json_array_size(value) + 1, size);

    if (!json_is_array(value) || all == NULL)
        refuse(work, key);
    memcpy(out, &all, sizeof all);
    /* cppcheck-suppress memleak */
    return all != NULL ? (uint32_t)json_array_size(value) : 0;
}

static uint32_t texts(struct work *work,
                      const json_t *object,
                      const char *key,
                      const char ***out)
{
    uint32_t count = array(work, object, key, sizeof **out, out);
    const json_t *value = json_object_get(object, key);

    for (uint32_t i = 0; i < count; i++) {
        (*out)[i] = json_string_value(json_array_get(value, i));
        if ((*out)[i] == NULL)
            refuse(work, key);
    }
    return count;
}

/* Processes, rising, below the number of them. */
static uint32_t processes(struct work *work,
                          const json_t *object,
                          const char *key,
                          uint32_t **out)
{
    uint32_t count = array(work, object, key, sizeof **out, out);
    const json_t *value = json_object_get(object, key);
    json_int_t last = -1;

    for (uint32_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(value, i);
        json_int_t process = json_integer_value(element);
        if (!json_is_integer(element) || process <= last ||
            process >= work->config.process_count ||
            process == work->config.self)
            refuse(work, key);
        (*out)[i] = (uint32_t)process;
        last = process;
    }
    return count;
}

static void read_system(struct work *work, const json_t *object)
{
    struct cut_worker_config *config = &work->config;

    config->process_count = texts(work, object, "names", &work->names);
    config->names = work->names;
    config->self = index_of(work, object, "process");
    if (config->self >= config->process_count)
        refuse(work, "process");
    config->outgoing_count =
        processes(work, object, "outgoing", &work->outgoing);
    config->incoming_count =
        processes(work, object, "incoming", &work->incoming);
    config->outgoing = work->outgoing;
    config->incoming = work->incoming;
}

static void read_request(struct work *work, const json_t *object)
{
    struct cut_worker_config *config = &work->config;
    const char **arguments = NULL;
    const char *algorithm = text(work, object, "algorithm");

    read_system(work, object);
    config->argument_count = texts(work, object, "arguments", &arguments);
    work->arguments = (char **)(uintptr_t)arguments;
    config->arguments = work->arguments;
    config->algorithm =
        algorithm != NULL ? cut_algorithm_find(algorithm) : NULL;
    if (config->algorithm == NULL)
        refuse(work, "algorithm");
    config->clock_lead = amount(work, object, "clock_lead", 0);
    config->clock_bound = amount(work, object, "clock_bound", 0);
    config->seed = number(work, object, "seed", INT64_MIN, INT64_MAX);
    config->capacity = amount(work, object, "capacity", 1);
    config->capacity_bytes = amount(work, object, "capacity_bytes", 1);
    config->silence = amount(work, object, "silence", 1);
    config->incarnation = index_of(work, object, "incarnation");
    if (config->listen == NULL)
        config->listen = text(work, object, "listen");
    config->tls = optional_text(work, object, "tls");
    config->trace = optional_text(work, object, "trace");
    bytes(work, object, "secret", work->secret, sizeof work->secret);
    bytes(work, object, "run", work->run, sizeof work->run);
    config->secret = work->secret;
    config->run = work->run;
}

static void release(struct work *work)
{
    free(work->names);
    free(work->outgoing);
    free(work->incoming);
    free(work->arguments);
}

int cut_work_perform(struct cut_answers *answers,
                     const struct cut_process *process,
                     json_t *object,
                     int descriptor)
{
    struct work work = {.config = {.process = process}};
    struct cut_refusal refusal = {.what = ""};
    int status = STATUS_ERROR;

    read_request(&work, object);
    /* The connection goes to the worker; the streams here keep theirs. */
    int own = work.wrong == NULL ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1;
    if (own >= 0) {
        status = cut_worker_run(&work.config, own);
    } else {
        (void)cut_refuse(&refusal,
                         work.wrong != NULL ? work.wrong : "",
                         "the request \"work\" makes no sense (expected that "
                         "of a cutline of the same version)");
        cut_tell_refusal(answers, &refusal);
    }
    release(&work);
    return status;
}

int cut_work_join(const struct cut_process *process,
                  const char *request,
                  size_t size,
                  struct cut_join *join)
{
    char place[CUT_ADDRESS_SIZE];
    struct work work = {
        .config = {.process = process,
                   .listen = place,
                   .is_remote = true,
                   .input = join->input,
                   .supervisor_tls = join->tls},
    };
    enum cut_error error = CUT_OK;
    json_t *object = cut_value_parse(request, size, &error);
    int status = STATUS_ERROR;

    if (cut_join_place(join, place) != CUT_OK)
        work.wrong = "listen";
    read_request(&work, object);
    if (work.wrong == NULL) {
        status = cut_worker_run(&work.config, join->descriptor);
    } else {
        fprintf(stderr,
                "%s: \"%s\" of the request \"work\" makes no sense (expected "
                "that of a cutline of the same version)\n",
                process->name,
                work.wrong);
        cut_join_close(join);
    }
    release(&work);
    json_decref(object);
    return status;
}
