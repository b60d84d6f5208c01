/*
 * What a supervisor consists of, for its files.
 */
#ifndef CUT_NET_SUPERVISOR_STATE_H
#define CUT_NET_SUPERVISOR_STATE_H

#include "facts/totals.h"
#include "net/address.h"
#include "net/conn.h"
#include "net/rendezvous.h"
#include "net/talk.h"
#include "proto/coordinator.h"
#include "proto/quiet.h"

#include <cutline/supervisor.h>
#include <sys/types.h>

#include "net/handshake.h"

/* Where a process of the run is in its life. */
enum cut_member_state {
    CUT_MEMBER_NONE,    /* not started */
    CUT_MEMBER_STARTED, /* on another host: it has not said who it is yet */
    CUT_MEMBER_CREATED, /* it runs, and was told what to do */
    CUT_MEMBER_READY,   /* it can be called */
    CUT_MEMBER_LINKED,  /* with all its neighbours */
    CUT_MEMBER_RUNNING,
    CUT_MEMBER_STOPPED, /* in good order */
    CUT_MEMBER_GONE,
};

/* Lines that a process writes. */
struct cut_output {
    struct cut_member *member;
    uv_poll_t poll;
    int descriptor; /* -1: closed */
    bool is_error;
    char *line;
    size_t size;
    size_t capacity;
};

struct cut_member {
    struct cut_supervisor *supervisor;
    uint32_t process;
    enum cut_member_state state;
    const char *host; /* another one; NULL: this one */
    pid_t pid;        /* 0: none; or it has been waited for. Of one on another
                         host: that of its launcher */
    int control; /* descriptor, before it is a connection; -1: none. Of one on
                    another host: its standard input, as long as it lives */
    struct cut_conn *conn;
    struct cut_output outputs[2];
    char *address;
    struct cut_talk_status figures;
    uint32_t aborts_due; /* orders to give up that it has not answered */
    uint64_t heard_ns;
    unsigned silent_ticks; /* of the clock, since something was heard */
    bool is_lost; /* on another host: whatever became of it, it is lost to us */
    bool has_left;   /* it is no member any more */
    uint32_t view;   /* that it has said has begun */
    bool is_late;    /* nothing has been heard for a while, and that was said */
    bool has_failed; /* of itself, not because it was told to end */
    bool is_killed;  /* by us */
    int exit_status; /* as a shell has it; once it is gone */
    char failure[512];
    char loss[96];       /* why the connection with it broke */
    char complaint[200]; /* on another host: its last line to standard error,
                            before it was READY: why it could not be */
};

struct cut_control_server;
struct cut_figures;
struct cut_metrics;
struct cut_take;
struct cut_waiter;

/* A request that waits, and who waits for it; NULL: nobody. */
struct cut_queued_request {
    struct cut_queued_request *next;
    uint32_t process;
    struct cut_waiter *waiter;
};

struct cut_supervisor {
    struct cut_supervisor_config config;
    uv_loop_t loop;
    uv_signal_t child;
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_timer_t clock;    /* figures, time-outs, who is late */
    uv_timer_t deadline; /* of the coordinator */
    uv_timer_t every;    /* periodic snapshots */
    uv_timer_t until;
    uv_timer_t grace; /* for those who are to end */
    struct cut_read_buffer *buffer;
    struct cut_member *members;
    uint32_t process_count;
    uint32_t ready_count;
    uint32_t linked_count;
    uint32_t alive_count; /* OS processes */
    uint32_t open_outputs;
    uint8_t secret[CUT_SECRET_SIZE];
    uint8_t run[CUT_RUN_ID_SIZE];
    char name[64];
    char directory[108]; /* of sockets; "": none */
    struct cut_rendezvous
        *rendezvous;              /* for other hosts; NULL: there are none */
    char place[CUT_ADDRESS_SIZE]; /* where processes of this host listen */
    bool is_started;
    bool is_ending;
    bool is_quiet;       /* nothing more can happen */
    bool is_last_begun;  /* the snapshot of that */
    bool awaits_outputs; /* all processes are gone, and not their outputs */
    bool is_loop_made;
    uint64_t created_ns; /* monotonic */
    uint64_t started_ns; /* monotonic: time 0 */
    uint64_t started_real_ns;
    int status;
    char why[600]; /* the run is over */

    struct cut_coordinator *coordinator;
    struct cut_quiet *quiet;
    struct cut_take *takes;              /* under way */
    struct cut_queued_request *requests; /* in the coordinator's order */
    struct cut_queued_request **requests_end;
    uint64_t takes_complete; /* and those that are over */
    uint64_t takes_aborted;
    int out;          /* the directory of snapshots, claimed; -1: none is */
    uint64_t next_id; /* of a snapshot, where they are kept */
    uint32_t next_initiator;
    uint32_t aborts_due; /* of all members */
    uint64_t pause_ns_last;
    struct cut_totals start; /* quantities in the initial states */
    struct cut_facts *facts; /* for one process or message at a time */
    uint32_t jobs;           /* in other threads */
    uint64_t delivered_last; /* when the status was said */
    uint64_t status_ns_last;
    uint64_t delivered_rate; /* messages a second, when it was said */
    struct cut_figures *snapshot_figures;
    struct cut_control_server *control_server;
    struct cut_metrics *metrics;
    char program[64]; /* as it calls itself */
};

/* supervisor.c */

uint64_t cut_supervisor_clock(void);
/* Return the time of the run. */
cut_time cut_supervisor_now(const struct cut_supervisor *supervisor);
void cut_supervisor_tell(struct cut_supervisor *supervisor,
                         struct cut_supervisor_event event);
void cut_supervisor_log(struct cut_supervisor *supervisor,
                        enum cut_supervisor_level level,
                        uint32_t process,
                        const char *format,
                        ...) __attribute__((format(printf, 4, 5)));
/* End the run, in good order; the first reason counts. */
void cut_supervisor_end(struct cut_supervisor *supervisor,
                        int status,
                        const char *format,
                        ...) __attribute__((format(printf, 3, 4)));
/* Something of ours came to its end: perhaps all has. */
void cut_supervisor_check_over(struct cut_supervisor *supervisor);
/* Return how it goes. */
struct cut_supervisor_status
cut_supervisor_figures(const struct cut_supervisor *supervisor);
const char *cut_supervisor_process_name(const struct cut_supervisor *supervisor,
                                        uint32_t process);

/* The program has started. */
void cut_supervisor_begin(struct cut_supervisor *supervisor);
/* What the detector of quiet wants. */
void cut_supervisor_quiet(struct cut_supervisor *supervisor,
                          const struct cut_quiet_action *action);
/* A snapshot is over: perhaps that was what the end waited for. */
void cut_supervisor_check_quiet(struct cut_supervisor *supervisor);
/* Something came from a process. */
void cut_supervisor_heard(struct cut_member *member);
/* A process has closed its connection: it is about to end, or is made to. */
void cut_supervisor_reap_soon(struct cut_supervisor *supervisor);

/* launch.c: starting processes. */

CUT_MUST_USE enum cut_error cut_launch_all(struct cut_supervisor *supervisor,
                                           struct cut_fault *fault);
void cut_launch_remove_directory(struct cut_supervisor *supervisor);
/* The run is ending: who is on another host and has not called yet need not. */
void cut_launch_call_off(struct cut_supervisor *supervisor);
/* A process on another host has called, and shown who it is. Takes the
 * connection. */
void cut_launch_joined(struct cut_member *member, struct cut_conn *conn);
/* It says what it is: it is told what to do. */
void cut_launch_greeted(struct cut_member *member,
                        const uint8_t *greeting,
                        size_t size);

/* member.c: what workers say, and are told. */

extern const struct cut_conn_callbacks cut_member_callbacks;
void cut_member_order(struct cut_member *member,
                      uint8_t kind,
                      const void *body,
                      size_t size);
void cut_member_order_all(struct cut_supervisor *supervisor,
                          uint8_t kind,
                          const void *body,
                          size_t size);
/* Nothing more is said: those who have stopped may go. */
void cut_member_release_all(struct cut_supervisor *supervisor);
/* It is on another host, and nobody knows what has become of it: it counts as
 * failed. */
void cut_member_lost(struct cut_member *member, const char *why);
/* Its OS process is no more: its status, as waitpid gives it. */
void cut_member_died(struct cut_member *member, int status);
void cut_member_fini(struct cut_member *member);

/* output.c: the lines that processes write. */

CUT_MUST_USE enum cut_error cut_output_open(struct cut_output *output,
                                            struct cut_member *member,
                                            int descriptor,
                                            bool is_error);
void cut_output_close(struct cut_output *output);
/* Tell now what it has written and nobody has read. */
void cut_output_read(struct cut_output *output);

/* gather.c: snapshots, from the request to the commit. */

CUT_MUST_USE enum cut_error cut_gather_init(struct cut_supervisor *supervisor,
                                            struct cut_fault *fault);
void cut_gather_fini(struct cut_supervisor *supervisor);

/* How a snapshot that somebody waits for ended. */
struct cut_gather_result {
    const struct cut_supervisor_snapshot *snapshot; /* NULL: none was begun */
    const char *why;                                /* there was none */
};

/*
 * Whoever waits for a snapshot: linked in until it is over, or taken out.
 */
struct cut_waiter {
    struct cut_waiter *next;
    void (*done)(struct cut_waiter *waiter,
                 const struct cut_gather_result *result);
};

/*
 * Have a snapshot begun, now or when one may be.
 *
 *   initiator  a process; CUT_NONE: any.
 *   waiter     told when it is over; NULL: nobody.
 *
 * Errors:  CUT_STATE the run has not begun, or is ending, or the process is no
 *          member; CUT_LIMIT too many wait.
 */
CUT_MUST_USE enum cut_error
cut_gather_request(struct cut_supervisor *supervisor,
                   uint32_t initiator,
                   struct cut_waiter *waiter);
/* Return whose turn it is to begin one. */
uint32_t cut_gather_next_initiator(struct cut_supervisor *supervisor);
/* The same, for nobody who waits: what is refused is noted in the log; and one
 * of a process that waits already is met with that. */
void cut_gather_ask(struct cut_supervisor *supervisor, uint32_t initiator);
/* Whoever waited is gone. */
void cut_gather_forget_waiter(struct cut_supervisor *supervisor,
                              struct cut_waiter *waiter);
void cut_gather_part(struct cut_member *member,
                     struct cut_snapshot_id snapshot,
                     bool is_last,
                     const uint8_t *data,
                     size_t size);
/* A process leaves. */
void cut_gather_left(struct cut_member *member);
/* A process has entered a view. */
void cut_gather_viewed(struct cut_member *member, uint32_t view);
void cut_gather_discarded(struct cut_member *member,
                          struct cut_snapshot_id snapshot);
/* A member has given up what it was told to; or it is gone, and never will. */
void cut_gather_aborted(struct cut_member *member);
void cut_gather_gone(struct cut_member *member);
void cut_gather_set_deadline(struct cut_supervisor *supervisor);
/* The run ends: what is under way is given up. */
void cut_gather_end(struct cut_supervisor *supervisor);
bool cut_gather_is_idle(const struct cut_supervisor *supervisor);

#endif
