/*
 * Workers as threads of a test, which is their supervisor: it says what it
 * likes, when it likes, and hears all that they say.
 */
#ifndef TESTS_UNIT_WORKER_RIG_H
#define TESTS_UNIT_WORKER_RIG_H

#include "net/handshake.h"
#include "net/part.h"
#include "net/talk.h"
#include "net/worker.h"

#include <cutline/process.h>

#include <pthread.h>

#define RIG_WORKERS_MAX 4
#define RIG_PARTS_MAX 64

struct rig_part {
    struct cut_snapshot_id snapshot;
    uint8_t *data;
    size_t size;
    bool is_whole;
};

struct rig_worker {
    struct rig *rig;
    unsigned index;
    struct cut_worker_config config;
    char listen[128];
    pthread_t thread;
    int descriptor; /* -1: closed */
    int inner;      /* the worker's */
    int status;
    uint8_t *in; /* what came and is no whole frame yet */
    size_t in_size;
    size_t in_capacity;
    char address[256];
    bool is_linked;
    bool is_stopped;
    char failed[512]; /* "": it has not */
    unsigned aborted; /* answers to ABORT */
    unsigned discarded;
    unsigned printed;
    unsigned frames; /* of any kind */
    uint64_t wave;   /* of the last counts */
    uint64_t sent;
    uint64_t delivered;
    bool is_idle;
    struct cut_talk_status figures;
    struct rig_part parts[RIG_PARTS_MAX];
    unsigned part_count;
};

struct rig {
    unsigned count;
    char folder[32];
    uint8_t secret[CUT_SECRET_SIZE];
    uint8_t run[CUT_RUN_ID_SIZE];
    struct rig_worker workers[RIG_WORKERS_MAX];
};

/* What all workers of a rig are. */
struct rig_config {
    const struct cut_process *process;
    const char *algorithm;
    unsigned count; /* of a complete topology */
    uint64_t capacity;
    uint64_t capacity_bytes;
    cut_time clock_lead;
    cut_time clock_bound;
    cut_time silence;
    bool uses_tcp;
};

/* Start them, and wait until all are ready; not told of each other yet. */
void rig_open(struct rig *rig, const struct rig_config *config);
/* Link them all, and start their programs; false: it cannot be done. */
bool rig_begin(struct rig *rig);
bool rig_link(struct rig *rig);
void rig_start(struct rig *rig, unsigned worker);
void rig_order(struct rig *rig,
               unsigned worker,
               uint8_t kind,
               const void *body,
               size_t size);
/* An order whose body is the id of a snapshot. */
void rig_order_id(struct rig *rig,
                  unsigned worker,
                  uint8_t kind,
                  uint64_t number);
/* Ask one to say its counts. */
void rig_ask(struct rig *rig, unsigned worker, uint64_t wave);
/* Hear what they say until it is so, or time is up: then a check fails. */
bool rig_await(struct rig *rig,
               bool (*is_so)(const struct rig *, uint64_t),
               uint64_t what);
/* Hear what they say for so long. */
void rig_hear(struct rig *rig, unsigned ms);
/* Break every connection between the workers; returns how many ends. */
unsigned rig_cut_connections(struct rig *rig);
/* Return the part of a snapshot; NULL: it is not whole. */
const struct rig_part *
rig_part(const struct rig *rig, unsigned worker, uint64_t number);
/* Stop all in good order, and check that they end so. */
void rig_stop(struct rig *rig);
/* Close all connections and wait for the ends. */
void rig_close(struct rig *rig);

/* What is waited for. */
bool rig_all_linked(const struct rig *rig, uint64_t unused);
bool rig_all_have_part(const struct rig *rig, uint64_t number);
bool rig_any_failed(const struct rig *rig, uint64_t unused);
bool rig_has_failed(const struct rig *rig);

#endif
