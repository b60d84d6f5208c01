/*
 * The options of `cutline run` that say on which hosts processes are.
 */
#ifndef CUT_CLI_RUN_HOSTS_H
#define CUT_CLI_RUN_HOSTS_H

#include "option.h"

#include <cutline/supervisor.h>

/* What they consist of, as long as the run lives. */
struct cut_run_hosts {
    struct cut_hosts *hosts;
    char **program; /* argv, its path absolute */
    char *path;
    char *tls;
    char *trace;
};

/*
 * Read --hosts, --launcher and --listen into the configuration. With hosts,
 * paths in it become absolute: another host knows nothing of where one is here.
 *
 *   out  zero at first; released with cut_run_hosts_release() also on failure.
 *
 * Errors: CUT_INVALID, CUT_IO, CUT_NOMEM: that has been said.
 */
CUT_MUST_USE enum cut_error
cut_run_hosts_read(const struct cut_arguments *arguments,
                   struct cut_run_hosts *out,
                   struct cut_supervisor_config *config);

void cut_run_hosts_release(struct cut_run_hosts *hosts);

#endif
