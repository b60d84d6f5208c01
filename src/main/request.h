/*
 * What is asked of a program: a run, and how it is to be. Here is where the
 * values of the options are checked, as a person typed them.
 */
#ifndef CUT_MAIN_REQUEST_H
#define CUT_MAIN_REQUEST_H

#include <cutline/sim.h>
#include <jansson.h>

/* The most snapshots that options may ask for. */
#define CUT_REQUEST_SNAPSHOTS_MAX 4096

/* TIME:PROCESS. */
struct cut_moment {
    cut_time time;
    uint32_t process;
    enum cut_sim_change change; /* of a change of membership */
};

struct cut_moments {
    struct cut_moment *all;
    size_t count;
};

struct cut_request {
    struct cut_topology *topology;
    bool is_generated; /* its processes are named p0, p1, ... */
    const struct cut_algorithm *algorithm;
    struct cut_sim_network network;
    int64_t seed;
    cut_time until;
    uint64_t events_max;
    cut_time snapshot_every; /* 0: not */
    cut_time clock_bound;
    cut_time clock_lead;
    cut_time snapshot_timeout;
    struct cut_moments snapshots;
    struct cut_moments changes;
    char *script;     /* path of an .events file; NULL: none */
    char **arguments; /* of the program */
    uint32_t argument_count;
    bool checks_save;
    bool judges;
    bool reports; /* how far it is */
    bool observes;
    cut_time observe_from;
    cut_time observe_until;
    /* Of each snapshot, so many processes and channels are told. */
    uint32_t shown_max;
};

/* Why a request is refused. */
struct cut_refusal {
    char option[32]; /* empty: none is to blame */
    char what[512];  /* one line: what is wrong (expected ...) */
};

/*
 * Read a request.
 *
 *   out      to be released with cut_request_fini, also after a failure.
 *
 * Errors:  CUT_INVALID, CUT_NOMEM: the refusal says what is wrong.
 */
CUT_MUST_USE enum cut_error cut_request_read(json_t *object,
                                             struct cut_request *out,
                                             struct cut_refusal *refusal);

/* Release what a request holds. */
void cut_request_fini(struct cut_request *request);

/* Write why a request is refused; return CUT_INVALID. */
enum cut_error cut_refuse(struct cut_refusal *refusal,
                          const char *option,
                          const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* Refuse for want of memory. */
enum cut_error cut_refuse_memory(struct cut_refusal *refusal);

/*
 * request_system.c: read "processes" and "topology", of which either may be
 * NULL, into request->topology.
 */
CUT_MUST_USE enum cut_error cut_request_system(struct cut_request *request,
                                               const json_t *processes,
                                               const json_t *topology,
                                               struct cut_refusal *refusal);

/*
 * request_values.c: values as they are typed. They refuse in the name of an
 * option.
 */

/* "5", "20us": a number of ticks of 1 ms, or with a unit. */
CUT_MUST_USE enum cut_error cut_request_time(const json_t *value,
                                             const char *option,
                                             cut_time *out,
                                             struct cut_refusal *refusal);

/* "0.1", "10%": of 10^9, exactly. */
CUT_MUST_USE enum cut_error cut_request_chance(const json_t *value,
                                               const char *option,
                                               uint32_t *out,
                                               struct cut_refusal *refusal);

/* A whole number. */
CUT_MUST_USE enum cut_error cut_request_number(const json_t *value,
                                               const char *option,
                                               int64_t least,
                                               int64_t most,
                                               int64_t *out,
                                               struct cut_refusal *refusal);

/* true or false. */
CUT_MUST_USE enum cut_error cut_request_flag(const json_t *value,
                                             const char *option,
                                             bool *out,
                                             struct cut_refusal *refusal);

/* One of some words, ended by NULL: its place among them. */
CUT_MUST_USE enum cut_error cut_request_word(const json_t *value,
                                             const char *option,
                                             const char *const *words,
                                             unsigned *out,
                                             struct cut_refusal *refusal);

/* An array of "TIME:PROCESS", which is appended to the moments. */
CUT_MUST_USE enum cut_error
cut_request_moments(const json_t *value,
                    const char *option,
                    const struct cut_topology *topology,
                    enum cut_sim_change change,
                    struct cut_moments *out,
                    struct cut_refusal *refusal);

#endif
