/*
 * Runs of real processes: a distributed program (<cutline/process.h>) in as
 * many OS processes as it has processes, linked over sockets, with snapshots
 * taken while it runs.
 *
 *     struct cut_supervisor_config config = {.program = argv, ...};
 *     error = cut_supervisor_create(&config, &fault, &supervisor);
 *     error = cut_supervisor_run(supervisor, &status);
 *     cut_supervisor_destroy(supervisor);
 *
 * Whoever listens is told what happens, as it does.
 *
 * Threads: a supervisor belongs to one thread. While it runs, SIGCHLD, SIGINT
 * and SIGTERM of the OS process are its own; it is to have no other children.
 * SIGPIPE is ignored, and the limit of open descriptors is raised as far as it
 * may be, for a full mesh needs many.
 */
#ifndef CUTLINE_SUPERVISOR_H
#define CUTLINE_SUPERVISOR_H

#include <cutline/engine.h>
#include <cutline/hosts.h>
#include <cutline/process.h>
#include <cutline/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How much of what happens is said. */
enum cut_supervisor_level {
    CUT_SUPERVISOR_ERROR,
    CUT_SUPERVISOR_WARN,
    CUT_SUPERVISOR_INFO,
    CUT_SUPERVISOR_DEBUG,
};

/* What happened. */
enum cut_supervisor_event_kind {
    /* All processes are linked, and the program starts. */
    CUT_SUPERVISOR_STARTED,
    /* .process wrote the line .text to its standard output, or error. */
    CUT_SUPERVISOR_OUTPUT,
    /* .process said .text, by cut_print. */
    CUT_SUPERVISOR_PRINT,
    /* .level: .text, for the log; .process may be CUT_NONE. */
    CUT_SUPERVISOR_LOG,
    /* .snapshot is complete and durable, or was given up. */
    CUT_SUPERVISOR_SNAPSHOT,
    /* How it goes: now and then. */
    CUT_SUPERVISOR_STATUS,
    /* The run is over: .text says why, in one line. */
    CUT_SUPERVISOR_ENDED,
};

/* A quantity that the program states, over a snapshot. */
struct cut_supervisor_total {
    const char *name;
    int64_t at_start; /* before anything happened */
    int64_t in_processes;
    int64_t in_channels;
    const int64_t *by_process; /* of each process of the run: in_processes */
};

/* A snapshot. Texts and arrays are borrowed for the call. */
struct cut_supervisor_snapshot {
    uint64_t id; /* of the file or store; its number in the run if there is
                    none */
    uint64_t number;
    uint32_t view;
    uint32_t initiator;
    bool is_complete;   /* otherwise: it was given up */
    const char *reason; /* why it was; NULL */
    const char *path;   /* of its file; NULL: it is not kept */
    cut_time begun;
    cut_time ended;   /* the last part was complete */
    cut_time durable; /* 0: it is not kept */
    uint32_t process_count;
    uint32_t part_count; /* parts that came */
    uint64_t state_bytes;
    uint64_t message_count;
    uint64_t message_bytes;
    uint64_t pause_ns_max; /* the longest capture of a process */
    const struct cut_supervisor_total *totals;
    size_t total_count;
};

/* How it goes. */
struct cut_supervisor_status {
    uint64_t messages_sent;
    uint64_t messages_delivered;
    uint64_t messages_per_second; /* delivered, lately; ENDED: on average */
    uint64_t snapshots_complete;
    uint64_t snapshots_aborted;
    uint64_t snapshots_open;
    uint64_t pause_ns_last; /* the longest of the last snapshot */
    uint64_t reconnects;
    uint32_t processes_running;
};

struct cut_supervisor_event {
    enum cut_supervisor_event_kind kind;
    enum cut_supervisor_level level;                /* LOG */
    uint32_t process;                               /* OUTPUT, PRINT, LOG */
    bool is_error_output;                           /* OUTPUT */
    cut_time now;                                   /* since the start */
    const char *text;                               /* borrowed for the call */
    size_t size;                                    /* of the text, in bytes */
    const struct cut_supervisor_snapshot *snapshot; /* SNAPSHOT */
    const struct cut_supervisor_status *status;     /* STATUS, ENDED */
    int exit_status; /* ENDED: what cut_supervisor_run returns */
};

/* A run that is to be. All is borrowed while the supervisor lives. */
struct cut_supervisor_config {
    char *const *program; /* argv, ended by NULL; argv[0] is a path */
    const struct cut_topology *topology; /* sealed */
    const struct cut_algorithm *algorithm;
    int64_t seed;
    /* What the topology is called, for who asks; NULL: nothing. */
    const char *topology_text;
    const char *name;   /* of the run, as cut_control_name_is_valid wants it;
                           NULL: made of the program and the pid */
    cut_time every;     /* between snapshots; 0: none but those asked for */
    cut_time pause_min; /* from one start of a snapshot to the next */
    cut_time timeout;   /* of a snapshot; 0: none */
    cut_time until;     /* when the run ends; 0: not of itself */
    uint32_t in_progress_max; /* snapshots; 1 or more */
    uint64_t capacity;        /* messages of a channel, 1 or more */
    uint64_t capacity_bytes;  /* and bytes, before one message more */
    cut_time silence;         /* a connection on which nothing comes is dead */
    cut_time clock_lead;      /* of the algorithm "clock" */
    cut_time clock_bound;
    const char *out;   /* a directory for snapshots; NULL: they are not kept */
    const char *trace; /* a directory for trace segments; NULL: none */
    const char *tls;   /* a directory of keys; NULL: in the clear */
    /* Where processes run; NULL: all on this host. To start one on another, the
     * launcher's command is executed (split at blanks, "{host}" replaced), and
     * the program's path has to be absolute, and the same there; so has that
     * of the keys. */
    const struct cut_hosts *hosts;
    const char *launcher; /* NULL: ssh */
    /* "ADDRESS" or "ADDRESS:PORT" of this host, where others call, and where
     * processes of this host listen. NULL: of the way to the first other host,
     * or the loopback interface's. */
    const char *address;
    const char *metrics; /* a port on the loopback interface, or a file; NULL:
                            no metrics */
    bool uses_tcp;       /* on one host too */
    bool takes_last;     /* one more snapshot, when nothing more can happen */
    bool stays;          /* at rest, where nothing can happen any more */
    void (*listen)(void *listener, const struct cut_supervisor_event *event);
    /*
     * Return where the process `from` is to call the process `to`, which
     * listens at `address` ("unix:PATH", "tcp:ADDRESS:PORT"): for relays, and
     * hosts whose addresses are translated on the way. Called for each pair,
     * before the run begins; what is returned is borrowed until the next call.
     * NULL: where it listens.
     */
    const char *(*reroute)(void *listener,
                           uint32_t from,
                           uint32_t to,
                           const char *address);
    void *listener; /* of both */
};

struct cut_supervisor;

/*
 * Start the processes of a run: each has said that it is a program of Cutline.
 * Of those on other hosts the launchers have been started; they call later.
 *
 *   fault  written on failure: one line.
 *
 * Errors:  CUT_INVALID the configuration, or the program; CUT_STATE a run of
 *          that name is up; CUT_IO; CUT_NOMEM.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_supervisor_create(const struct cut_supervisor_config *config,
                      struct cut_fault *fault,
                      struct cut_supervisor **out);

/*
 * Run to the end: until nothing can happen any more, the time is over, a
 * process fails, or somebody interrupts. The processes are gone then.
 *
 *   returns  the exit status for the run: 0; that of the process with the
 *            lowest index that failed, 128 and the signal for one that was
 *            killed; 130 after an interrupt, 143 after SIGTERM; 2 for an error
 *            of the supervisor's own.
 */
CUT_PUBLIC CUT_MUST_USE int
cut_supervisor_run(struct cut_supervisor *supervisor);

/* End all processes that are left, and forget the run. NULL is ignored. */
CUT_PUBLIC void cut_supervisor_destroy(struct cut_supervisor *supervisor);

#ifdef __cplusplus
}
#endif

#endif
