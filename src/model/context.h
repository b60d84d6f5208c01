/*
 * What a context consists of, for the executors: each has operations of its
 * own under the functions that a program calls.
 */
#ifndef CUT_MODEL_CONTEXT_H
#define CUT_MODEL_CONTEXT_H

#include <cutline/process.h>

/*
 * What an executor does. Arguments have been checked: channels, processes and
 * timers exist, sizes are within bounds, the time fits, text is one line of
 * UTF-8. An operation that fails calls cut_context_fail.
 */
struct cut_context_operations {
    const char *(*name)(const struct cut_context *context, uint32_t process);
    uint32_t (*outgoing_peer)(const struct cut_context *context,
                              uint32_t channel);
    uint32_t (*incoming_peer)(const struct cut_context *context,
                              uint32_t channel);
    uint32_t (*channel_to)(const struct cut_context *context, uint32_t process);
    void (*send)(struct cut_context *context,
                 uint32_t channel,
                 uint32_t type,
                 const void *data,
                 size_t size);
    void (*timer_set)(struct cut_context *context,
                      uint32_t timer,
                      cut_time after);
    void (*timer_cancel)(struct cut_context *context, uint32_t timer);
    void (*print)(struct cut_context *context, const char *text);
};

/* Bytes of what failed and of a line that is printed, with their NUL. */
#define CUT_FAILURE_SIZE 192
#define CUT_PRINT_SIZE 1001

/*
 * One is enough for an executor of one thread: it is filled in before each
 * event, and read after it. No executor makes one that is const: a mistake in
 * asking is noted in it too.
 */
struct cut_context {
    const struct cut_context_operations *operations;
    void *executor;
    char *const *arguments;
    uint64_t *random; /* the state of the process's generator */
    cut_time now;
    uint32_t argument_count;
    uint32_t process_count;
    uint32_t self;
    uint32_t outgoing_count;
    uint32_t incoming_count;
    bool is_creating;    /* in `create`: nothing can be sent */
    bool wants_snapshot; /* set by cut_request_snapshot */
    bool wants_leave;    /* set by cut_leave */
    /* The first thing that went wrong: CUT_INVALID a mistake of the program,
     * CUT_STATE cut_fail, or what an operation says. */
    enum cut_error error;
    char failure[CUT_FAILURE_SIZE]; /* the same, for people */
};

/*
 * Note what went wrong, unless something has before. The text is made one line
 * of UTF-8, and cut to size.
 */
void cut_context_fail(struct cut_context *context,
                      enum cut_error error,
                      const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

/*
 * The generator of a process's random numbers: the state is 8 bytes, made of
 * the run's seed and the process.
 */
uint64_t cut_random_seed(int64_t seed, uint32_t process);
uint64_t cut_random_next(uint64_t *state);

/* Return a number below a bound that is not 0, without bias. */
uint64_t cut_random_next_below(uint64_t *state, uint64_t bound);

#endif
