/*
 * A worker: one process of a distributed program, in an OS process of its own.
 *
 * It is linked with its neighbours over sockets, and with the supervisor of
 * the run, which tells it what to do. It executes the program's functions and
 * the actions of its snapshot engine, as the simulator does.
 *
 * One worker a thread; it has no variables outside itself.
 */
#ifndef CUT_NET_WORKER_H
#define CUT_NET_WORKER_H

#include "net/handshake.h"
#include "net/tls.h"

#include <cutline/engine.h>
#include <cutline/process.h>

/* Who one is, and how the run is to be. All is borrowed until the end. */
struct cut_worker_config {
    const struct cut_process *process;
    char *const *arguments; /* of the program */
    uint32_t argument_count;
    uint32_t self;
    uint32_t process_count;
    const char *const *names; /* of all processes */
    const uint32_t *outgoing; /* by channel: its receiver; rising */
    uint32_t outgoing_count;
    const uint32_t *incoming; /* by channel: its sender; rising */
    uint32_t incoming_count;
    const struct cut_algorithm *algorithm;
    cut_time clock_lead;
    cut_time clock_bound;
    int64_t seed;
    uint64_t capacity;       /* messages of a channel, 1 or more */
    uint64_t capacity_bytes; /* and bytes, before one message more */
    const uint8_t *secret;   /* CUT_SECRET_SIZE bytes */
    const uint8_t *run;      /* CUT_RUN_ID_SIZE bytes */
    uint32_t incarnation;
    /* Where to listen: "unix:PATH", or "tcp:ADDRESS", whose port is chosen. */
    const char *listen;
    cut_time silence;    /* a connection on which nothing comes is dead */
    const char *tls;     /* a directory of keys; NULL: in the clear */
    const char *trace;   /* a directory for trace segments; NULL: none */
    cut_time linked_max; /* how long the first connections may take */
    /* On another host than the supervisor: standard input, at whose end there
     * is none any more, and the TLS of the connection with it, or NULL. */
    bool is_remote;
    int input;
    struct cut_tls *supervisor_tls; /* the worker's */
};

/*
 * Be a worker until the end.
 *
 *   descriptor  connected with the supervisor; closed.
 *   returns     the exit status: 0 told to stop, or alone; 1 the program
 *               failed; 2 all else. The supervisor has been told why.
 */
CUT_MUST_USE int cut_worker_run(const struct cut_worker_config *config,
                                int descriptor);

#endif
