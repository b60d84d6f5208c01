/*
 * The command line that starts a process on another host.
 */
#ifndef CUT_NET_LAUNCHER_H
#define CUT_NET_LAUNCHER_H

#include <cutline/error.h>
#include <cutline/json.h>

#include <stdbool.h>

/* Where a launcher says nothing of it. */
#define CUT_LAUNCHER_DEFAULT "ssh"

struct cut_launcher {
    char **argv;             /* ended by NULL */
    size_t count;            /* of its words */
    struct cut_writer words; /* one after the other, each with its NUL */
};

/*
 * Make the line: the launcher's words, in which "{host}" stands for the host
 * (if it stands in none, the host is one more word); then `env
 * CUTLINE_CONTROL=- PROGRAM`. What a run keeps secret is not on it: everybody
 * on a host sees command lines.
 *
 * Errors:  CUT_INVALID the launcher has no word; CUT_NOMEM. There is nothing
 *          to release then.
 */
CUT_MUST_USE enum cut_error cut_launcher_init(struct cut_launcher *launcher,
                                              const char *command,
                                              const char *host,
                                              const char *program);

void cut_launcher_fini(struct cut_launcher *launcher);

/* Return whether a path is one word to any shell: ssh gives its command to
 * one. */
bool cut_launcher_takes(const char *program);

#endif
