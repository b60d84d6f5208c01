/*
 * The process model: a distributed program, written once, that the simulator,
 * the explorer and real processes run alike.
 *
 * A program is a table of functions. Its instances, the processes of a system,
 * have a state each and react to events, one at a time: they start, receive a
 * message, a timer goes off, input comes from outside. What a process does in
 * an event is atomic: a snapshot is taken between events, never inside one.
 *
 *     static void receive(void *state,
 *                         struct cut_context *context,
 *                         const struct cut_message *message)
 *     {
 *         struct counter *counter = state;
 *
 *         counter->seen++;
 *         cut_send(context, 0, PING, NULL, 0);
 *     }
 *
 *     static const struct cut_process counter = {
 *         .name = "counter",
 *         .state_size = sizeof(struct counter),
 *         .receive = receive,
 *         .save = save,
 *         .load = load,
 *     };
 *
 *     int main(int argc, char **argv)
 *     {
 *         return cut_main(argc, argv, &counter);
 *     }
 *
 * `cutline new NAME` writes such a program; `cutline sim ./NAME` runs it.
 *
 * The rules:
 *   - Time, randomness and outside input come through the context and from
 *     nowhere else, so that a run can be repeated.
 *   - All that a process is lies in its state and in its context (armed timers,
 *     its random numbers). No static variables that change: a million
 *     processes share one OS process.
 *   - `save` writes all of the state. `cutline sim --check-save` finds what was
 *     forgotten.
 *
 * Threads: the functions of a program are called by one thread at a time.
 */
#ifndef CUTLINE_PROCESS_H
#define CUTLINE_PROCESS_H

#include <cutline/facts.h>
#include <cutline/json.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Virtual or real time, in nanoseconds, from 0. */
typedef uint64_t cut_time;

#define CUT_MICROSECOND UINT64_C(1000)
#define CUT_MILLISECOND UINT64_C(1000000)
#define CUT_SECOND UINT64_C(1000000000)

/* The largest message, in bytes. */
#define CUT_MESSAGE_SIZE_MAX (UINT32_C(1) << 24)
/* The most types of messages, and the most timers of a process. */
#define CUT_MESSAGE_TYPES_MAX 256
#define CUT_TIMERS_MAX 64

/* A message of the program, as it is received. */
struct cut_message {
    uint32_t channel; /* incoming channel of the receiver: 0, 1, ... */
    uint32_t type;    /* 0 to 255: an index into the program's names */
    size_t size;      /* of the data, in bytes */
    const void *data; /* aligned to 8; borrowed until the event is over */
};

/* What a process can see of the world, and do in it. */
struct cut_context;

/* A program. Functions may be NULL where nothing is to be done. */
struct cut_process {
    const char *name;      /* one word */
    const char *summary;   /* one line, for people */
    const char *arguments; /* what it takes, e.g. "[TRANSFERS]"; or NULL */

    /* Names of the types of messages: 0, 1, ...; ended by NULL, or NULL. */
    const char *const *message_types;

    /* Of what `save` writes; `load` is not called with another one. */
    uint32_t version;

    /* Bytes of a process's state, aligned to 8. They are zero at first. */
    size_t state_size;

    /*
     * Make the state, from the arguments (cut_argument). A failure ends the
     * run before it has begun; say why with cut_fail.
     */
    CUT_MUST_USE enum cut_error (*create)(void *state,
                                          struct cut_context *context);

    /* Give back what the state holds outside itself. */
    void (*destroy)(void *state);

    /* The events. */
    void (*start)(void *state, struct cut_context *context);
    void (*receive)(void *state,
                    struct cut_context *context,
                    const struct cut_message *message);
    void (*timer)(void *state, struct cut_context *context, uint32_t timer);
    void (*input)(void *state,
                  struct cut_context *context,
                  const void *data,
                  size_t size);

    /* Write the state: JSON if people are to read it. NULL: as it lies in
     * memory, if it has no pointers. */
    void (*save)(const void *state, struct cut_writer *out);

    /*
     * Make the state again from what `save` wrote; of a state that has been
     * created, or loaded. With `save` NULL: NULL.
     *
     * Errors: CUT_INVALID it is not what `save` writes.
     */
    CUT_MUST_USE enum cut_error (*load)(void *state,
                                        const void *data,
                                        size_t size);

    /* What the detectors should know. */
    void (*facts)(const void *state, struct cut_facts *out);
    void (*message_facts)(const struct cut_message *message,
                          struct cut_facts *out);

    /* Write what `save` wrote as one JSON value, for people. NULL: it is JSON
     * as it is; or, if `save` is NULL too, it is shown as hexadecimal. */
    void (*show_state)(const void *data, size_t size, struct cut_writer *out);

    /* Write a message's data as one JSON value. NULL: as hexadecimal. */
    void (*show_message)(const struct cut_message *message,
                         struct cut_writer *out);
};

/*
 * Be a program: the whole of its main(). Run by `cutline`, it does what it is
 * told; run by hand, it says what it is and how to run it.
 *
 *   returns the exit status.
 */
CUT_PUBLIC int
cut_main(int argc, char **argv, const struct cut_process *process);

/*
 * All below: within an event, or `create`. A mistake (no such channel, a
 * message that is too large) ends the run with one line that says what, where
 * and when; until the event returns, nothing more is sent, set, cancelled,
 * printed or asked for.
 */

/* Who this is: its index, 0 to cut_process_count() - 1, and its name. */
CUT_PUBLIC uint32_t cut_self(const struct cut_context *context);
CUT_PUBLIC uint32_t cut_process_count(const struct cut_context *context);
CUT_PUBLIC const char *cut_name(const struct cut_context *context,
                                uint32_t process);

/* The program's arguments; NULL past the last. */
CUT_PUBLIC uint32_t cut_argument_count(const struct cut_context *context);
CUT_PUBLIC const char *cut_argument(const struct cut_context *context,
                                    uint32_t index);

/*
 * Return an argument as a number within bounds, or `otherwise` where it is not
 * given. What is no such number, in decimal digits, ends the run: cut_fail.
 */
CUT_PUBLIC int64_t cut_argument_integer(struct cut_context *context,
                                        uint32_t index,
                                        int64_t least,
                                        int64_t most,
                                        int64_t otherwise);

/* Channels: their number, who is at the other end, and the way back. */
CUT_PUBLIC uint32_t cut_outgoing_count(const struct cut_context *context);
CUT_PUBLIC uint32_t cut_outgoing_peer(const struct cut_context *context,
                                      uint32_t channel);
CUT_PUBLIC uint32_t cut_incoming_count(const struct cut_context *context);
CUT_PUBLIC uint32_t cut_incoming_peer(const struct cut_context *context,
                                      uint32_t channel);
/* The outgoing channel to a process; UINT32_MAX where there is none. */
CUT_PUBLIC uint32_t cut_channel_to(const struct cut_context *context,
                                   uint32_t process);

/*
 * Send a message on an outgoing channel; it never waits. Not in `create`.
 *
 *   data   copied.
 */
CUT_PUBLIC void cut_send(struct cut_context *context,
                         uint32_t channel,
                         uint32_t type,
                         const void *data,
                         size_t size);

/* Send one message on each of these channels, in their order (NULL: on all
 * outgoing ones; the count is ignored), or, if one does not exist, on none. */
CUT_PUBLIC void cut_multicast(struct cut_context *context,
                              const uint32_t *channels,
                              uint32_t channel_count,
                              uint32_t type,
                              const void *data,
                              size_t size);

/* Return the local time. */
CUT_PUBLIC cut_time cut_now(const struct cut_context *context);

/* Have `timer` called with this number, 0 to CUT_TIMERS_MAX - 1, after a while.
 * A timer that is armed already is set anew. Not in `create`. */
CUT_PUBLIC void
cut_timer_set(struct cut_context *context, uint32_t timer, cut_time after);

/* Have it not called; a timer that is not armed is ignored. */
CUT_PUBLIC void cut_timer_cancel(struct cut_context *context, uint32_t timer);

/* Return 64 random bits, or a number below a bound that is not 0. */
CUT_PUBLIC uint64_t cut_random(struct cut_context *context);
CUT_PUBLIC uint64_t cut_random_below(struct cut_context *context,
                                     uint64_t bound);

/* Ask for a snapshot that this process initiates when the event is over. Not in
 * `create`. */
CUT_PUBLIC void cut_request_snapshot(struct cut_context *context);

/*
 * Say something to whoever watches: one line of UTF-8, of at most 1000 bytes. A
 * newline at its end is left out; what cannot stand in a line becomes a blank
 * or U+FFFD.
 */
CUT_PUBLIC void cut_print(struct cut_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Say that something is wrong, in a line of at most 191 bytes, and end the run.
 * The first call counts. */
CUT_PUBLIC void cut_fail(struct cut_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Leave: this process has no further events. What it sent still arrives. Not in
 * `create`. */
CUT_PUBLIC void cut_leave(struct cut_context *context);

#ifdef __cplusplus
}
#endif

#endif
