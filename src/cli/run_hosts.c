#include "run_hosts.h"

#include "commands.h"
#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum cut_error refuse(const struct cut_arguments *arguments,
                             enum cut_error error,
                             const char *what)
{
    cut_complain(stderr, cut_arguments_command(arguments), "%s", what);
    return error;
}

static enum cut_error read_file(const struct cut_arguments *arguments,
                                const char *path,
                                struct cut_hosts **out)
{
    struct cut_input input;
    enum cut_error error =
        cut_input_open(&input, cut_arguments_command(arguments), path);

    if (error != CUT_OK)
        return error;
    error = cut_hosts_read(input.file, path, NULL, out, &input.fault);
    cut_input_close(&input, error);
    return error;
}

/* Return a path from the root, to be released with free(): links stay as they
 * are, they may lead elsewhere on another host. NULL: no memory, or nobody
 * knows where we are. */
static char *absolute(const char *path)
{
    char *here = path[0] != '/' ? getcwd(NULL, 0) : NULL;
    char *out = NULL;

    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (path[0] == '/')
        return strdup(path);
    if (here != NULL && asprintf(&out, "%s/%s", here, path) < 0)
        out = NULL;
    free(here);
    return out;
}

static enum cut_error make_absolute(const struct cut_arguments *arguments,
                                    const char **path,
                                    char **out)
{
    if (*path == NULL)
        return CUT_OK;
    *out = absolute(*path);
    if (*out == NULL)
        return refuse(arguments, CUT_IO, strerror(errno));
    *path = *out;
    return CUT_OK;
}

/* The program's words are the arguments', but for the first. */
static enum cut_error set_program(const struct cut_arguments *arguments,
                                  struct cut_run_hosts *hosts,
                                  struct cut_supervisor_config *config)
{
    size_t count = cut_arguments_operand_count(arguments);

    hosts->path = absolute(config->program[0]);
    hosts->program = calloc(count + 1, sizeof *hosts->program);
    if (hosts->path == NULL || hosts->program == NULL)
        return refuse(arguments, CUT_IO, strerror(errno));
    memcpy(hosts->program, config->program, count * sizeof *hosts->program);
    hosts->program[0] = hosts->path;
    config->program = hosts->program;
    return CUT_OK;
}

enum cut_error cut_run_hosts_read(const struct cut_arguments *arguments,
                                  struct cut_run_hosts *out,
                                  struct cut_supervisor_config *config)
{
    const char *path = cut_arguments_text(arguments, CUT_OPTION_HOSTS);

    config->address = cut_arguments_text(arguments, CUT_OPTION_LISTEN);
    config->launcher = cut_arguments_text(arguments, CUT_OPTION_LAUNCHER);
    if (path == NULL && config->launcher != NULL)
        return refuse(arguments,
                      CUT_INVALID,
                      "--launcher without --hosts: there is nothing to launch "
                      "(expected both)");
    if (path == NULL)
        return CUT_OK;
    enum cut_error error = read_file(arguments, path, &out->hosts);
    if (error == CUT_OK)
        error = set_program(arguments, out, config);
    if (error == CUT_OK)
        error = make_absolute(arguments, &config->tls, &out->tls);
    if (error == CUT_OK)
        error = make_absolute(arguments, &config->trace, &out->trace);
    config->hosts = out->hosts;
    return error;
}

void cut_run_hosts_release(struct cut_run_hosts *hosts)
{
    cut_hosts_destroy(hosts->hosts);
    free(hosts->program);
    free(hosts->path);
    free(hosts->tls);
    free(hosts->trace);
}
