/*
 * What a worker consists of, for its files.
 */
#ifndef CUT_NET_WORKER_STATE_H
#define CUT_NET_WORKER_STATE_H

#include "model/context.h"
#include "net/alarm.h"
#include "net/conn.h"
#include "net/peer.h"
#include "net/talk.h"
#include "net/worker.h"

#include <cutline/json.h>

/* Bytes that wait for the supervisor before a program that prints does. */
#define CUT_UNHEARD_MAX (UINT32_C(1) << 22)

/* Where to be woken, what no time is. */
#define CUT_NEVER UINT64_MAX

/* A message that arrived and waits for the program. */
struct cut_arrival {
    struct cut_arrival *next;
    struct cut_peer *peer;
    uint64_t stamp;
    uint32_t size;
    uint8_t type;
    _Alignas(8) uint8_t data[];
};

/* Those that wait, of all channels, in the order in which they arrived. */
struct cut_inbox {
    struct cut_arrival *first;
    struct cut_arrival **end;
    uint64_t count;
    uint64_t bytes;
};

/* Why the program gets no event: any of these. */
enum cut_worker_hold {
    CUT_HOLD_FULL = 1,     /* a channel is at its capacity */
    CUT_HOLD_STOPPED = 2,  /* by a snapshot */
    CUT_HOLD_LEFT = 4,     /* it left */
    CUT_HOLD_BEFORE = 8,   /* it has not started */
    CUT_HOLD_UNHEARD = 16, /* the supervisor does not take what it prints */
};

struct cut_part;
struct cut_tracing;

struct cut_worker {
    const struct cut_worker_config *config;
    const struct cut_algorithm_traits *traits;
    uv_loop_t loop;
    struct cut_alarm due;    /* the program's timers, and the engine's */
    struct cut_alarm redial; /* a neighbour is to be called */
    struct cut_alarm ticker; /* what is looked at now and then */
    uv_prepare_t before; /* all that was done is sent before the loop waits */
    uv_idle_t again;     /* there is more to do: the loop does not wait */
    struct cut_conn *supervisor;
    uv_poll_t input;       /* of one on another host */
    unsigned silent_ticks; /* since something came from the supervisor */
    struct cut_read_buffer *buffer;
    struct cut_tls_context *tls;

    void *state;
    struct cut_context context;
    uint64_t random;
    uint64_t started_ns; /* monotonic: where time 0 is */
    cut_time now;        /* of the run, as last looked at */
    uint64_t armed;      /* bit t: timer t is */
    cut_time timers[CUT_TIMERS_MAX];
    unsigned hold;       /* enum cut_worker_hold */
    bool is_start_due;   /* it was told to start */
    bool is_alarm_stale; /* the next timer, or the engine's, is another one */

    struct cut_pool *pool;
    uint32_t pool_slots;
    struct cut_engine *engine;
    uint64_t wake_at; /* of the engine, by its clock; CUT_NEVER: not */
    struct cut_part *parts;
    struct cut_writer writer; /* for what is saved */
    struct cut_facts *facts;  /* for one process or message at a time */
    uint64_t step_cpu_ns;     /* when a step for snapshots began; 0: none is */
    uint64_t engine_now;      /* its clock, as last looked at */

    struct cut_tracing *tracing; /* NULL: there is no trace */

    struct cut_peer *peers; /* by process, rising */
    uint32_t peer_count;
    uint32_t linked_count;
    uint32_t full_count;        /* channels at their capacity */
    struct cut_peer **outgoing; /* by channel */
    struct cut_peer *unflushed; /* a list */
    struct cut_inbox inbox;
    struct cut_listener *listener;
    bool is_stopping; /* told to, or failed */
    int status;       /* of the exit */

    uint64_t clock_ns; /* monotonic, as last looked at */
    uint64_t
        slice_end_ns; /* the sockets are to be looked at then; 0: not set */
    unsigned tick_count;
    uint64_t wave; /* the last that it was asked in */
    uint32_t view;
    unsigned until_look; /* events until the clock is looked at */
    uint32_t look_every; /* events, and one more */
    struct cut_talk_status figures;
    struct {
        uint64_t sent;
        uint64_t delivered;
        bool is_idle;
        bool is_told;
    } rest; /* as last told, or seen */
};

/* worker.c */

/* Return the monotonic clock; and the real one, which hosts share. */
uint64_t cut_worker_clock(void);
uint64_t cut_worker_real_clock(void);
/* Return the CPU time of this thread. */
uint64_t cut_worker_cpu(void);
/* Look at the clock. */
void cut_worker_look(struct cut_worker *worker);
/* Something cannot be gone on with: end, and say why. */
void cut_worker_fail(struct cut_worker *worker,
                     int status,
                     const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
/* For want of memory. */
void cut_worker_fail_memory(struct cut_worker *worker);
/* End the loop. */
void cut_worker_end(struct cut_worker *worker);
/* Let the loop come round without waiting. */
void cut_worker_again(struct cut_worker *worker);
/* The program starts when nothing else holds it. */
void cut_worker_start(struct cut_worker *worker);
/* Set or clear a reason for the program to get no event. */
void cut_worker_hold(struct cut_worker *worker, unsigned hold);
void cut_worker_release(struct cut_worker *worker, unsigned hold);
/* Return whether the program may have another event now; if so, it has it. */
bool cut_worker_may_go_on(struct cut_worker *worker);
/* A neighbour is to be called at a time of the monotonic clock. */
void cut_worker_redial(struct cut_worker *worker, uint64_t at_ns);
/* Send what is to be sent. */
void cut_worker_flush(struct cut_worker *worker);
/* There is a first connection with one more neighbour. */
void cut_worker_linked(struct cut_worker *worker);

/* worker_report.c: words to the supervisor. */

void cut_report(struct cut_worker *worker,
                uint8_t kind,
                const void *body,
                size_t size);
void cut_report_text(struct cut_worker *worker, uint8_t kind, const char *text);
void cut_report_log(struct cut_worker *worker,
                    enum cut_log_level level,
                    const char *format,
                    ...) __attribute__((format(printf, 3, 4)));
/* One is there, and can be called. */
void cut_report_ready(struct cut_worker *worker, const char *address);
void cut_report_status(struct cut_worker *worker, uint8_t kind);
void cut_report_counts(struct cut_worker *worker, uint64_t wave);
/* Now and then: how much was sent and delivered, if all stands still. */
void cut_report_rest(struct cut_worker *worker);
/* There is no supervisor any more: end. */
void cut_report_lost(struct cut_worker *worker);
extern const struct cut_conn_callbacks cut_report_callbacks;

/* act.c: events at the engine, and the actions that it answers with. */

enum cut_error cut_act_send(struct cut_worker *worker,
                            uint32_t channel,
                            uint8_t type,
                            const void *data,
                            uint32_t size);
/* A message, of a record or an arrival, is to be delivered. */
void cut_act_message(struct cut_worker *worker,
                     struct cut_peer *peer,
                     const struct cut_record *record);
bool cut_act_marker(struct cut_worker *worker,
                    struct cut_peer *peer,
                    const struct cut_record_marker *marker);
void cut_act_control(struct cut_worker *worker,
                     uint32_t from,
                     const struct cut_control *control);
void cut_act_request(struct cut_worker *worker,
                     struct cut_snapshot_id snapshot);
void cut_act_abort(struct cut_worker *worker, struct cut_snapshot_id snapshot);
/* A process left, a neighbour or not (NULL); a view begins. */
void cut_act_left(struct cut_worker *worker,
                  struct cut_peer *peer,
                  uint32_t process,
                  uint32_t view);
/* Look at the engine's clock: before each event of the program. */
void cut_act_time(struct cut_worker *worker);

/* inbox.c */

void cut_inbox_init(struct cut_inbox *inbox);
void cut_inbox_fini(struct cut_inbox *inbox);
CUT_MUST_USE enum cut_error cut_inbox_append(struct cut_inbox *inbox,
                                             struct cut_peer *peer,
                                             const struct cut_record *record);
/* Take the oldest; the caller releases it. NULL: there is none. */
struct cut_arrival *cut_inbox_take(struct cut_inbox *inbox);
void cut_arrival_release(struct cut_arrival *arrival);

/* program.c: the program's functions, and what they can do. */

void cut_program_bind(struct cut_worker *worker);
CUT_MUST_USE enum cut_error cut_program_create(struct cut_worker *worker);
void cut_program_start(struct cut_worker *worker);
/* An event begins. */
void cut_program_begin(struct cut_worker *worker);
/* That of a message, which has begun. */
void cut_program_receive(struct cut_worker *worker,
                         const struct cut_message *message);
/* Have timers go off that are due. */
void cut_program_timers(struct cut_worker *worker);
/* Return when the next one is due, in the run's time. */
cut_time cut_program_next_timer(const struct cut_worker *worker);
/* Deliver what waits, as long as this slice of time lasts. */
void cut_program_pump(struct cut_worker *worker);

/* part.c: what a snapshot gets from this process. */

CUT_MUST_USE enum cut_error cut_part_capture(struct cut_worker *worker,
                                             struct cut_snapshot_id snapshot);
/* A message that belongs to a channel's state. */
struct cut_part_message {
    uint32_t channel;
    bool is_by_sender;
    uint8_t type;
    uint32_t size;
    uint64_t position;
    const void *data;
};
CUT_MUST_USE enum cut_error
cut_part_record(struct cut_worker *worker,
                struct cut_snapshot_id snapshot,
                const struct cut_part_message *message);
void cut_part_complete(struct cut_worker *worker,
                       struct cut_snapshot_id snapshot);
/* So much CPU time was spent on it. */
void cut_part_spent(struct cut_worker *worker,
                    struct cut_snapshot_id snapshot,
                    uint64_t cpu_ns);
/* Forget a part; returns whether there was one. */
bool cut_part_discard(struct cut_worker *worker,
                      struct cut_snapshot_id snapshot);
void cut_parts_fini(struct cut_worker *worker);

#endif
