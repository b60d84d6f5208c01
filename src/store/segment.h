/*
 * A trace segment: what one process did in one incarnation of a run, as it
 * wrote it down itself. docs/formats/trace.md says what the bytes are.
 *
 * Whoever executes a process writes a record when something happens, before
 * the engine is told of it and whatever the engine says then: the snapshots of
 * a run are judged by its segments.
 */
#ifndef CUT_STORE_SEGMENT_H
#define CUT_STORE_SEGMENT_H

#include <cutline/engine.h>
#include <cutline/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CUT_SEGMENT_RUN_ID_SIZE 16

/* Bounds, of both writer and reader. */
#define CUT_SEGMENT_TEXT_SIZE_MAX 4096 /* a name, in bytes */
#define CUT_SEGMENT_HEAD_SIZE_MAX (64u << 20)
#define CUT_SEGMENT_RECORD_SIZE_MAX 65536
#define CUT_SEGMENT_FACTS_SIZE_MAX (CUT_SEGMENT_RECORD_SIZE_MAX - 48)

/* A channel, seen from one of its ends. Two processes have at most one channel
 * in each direction. */
struct cut_segment_channel {
    uint32_t peer; /* the process at the other end */
    bool is_fifo;  /* messages come out in the order of sending, each once */
};

/* What a segment says of itself; texts and arrays are borrowed. */
struct cut_segment_head {
    uint8_t run_id[CUT_SEGMENT_RUN_ID_SIZE]; /* the same in all of a run */
    uint64_t started_at; /* CLOCK_REALTIME, ns, of the run's time 0 */
    uint32_t process;
    uint32_t process_count;
    uint32_t incarnation;
    uint32_t type_count;
    uint32_t outgoing_count;
    uint32_t incoming_count;
    const char *name;         /* of the process; UTF-8 */
    const char *algorithm;    /* "chandy-lamport" */
    const char *const *types; /* names of message types; NULL with none */
    const struct cut_segment_channel *outgoing; /* peer: the receiver */
    const struct cut_segment_channel *incoming; /* peer: the sender */
};

/* Numbers are those of the file. */
enum cut_segment_kind {
    /* These begin an event. */
    CUT_SEGMENT_START = 1,
    CUT_SEGMENT_RECEIVE = 2, /* .channel, .position, .type, .size */
    CUT_SEGMENT_TIMER = 3,
    CUT_SEGMENT_INPUT = 4,
    /* This is within the event before it: .channel, .position, .type, .size,
     * .facts of the message. */
    CUT_SEGMENT_SEND = 5,
    /* These stand between events. */
    CUT_SEGMENT_CAPTURE = 6,  /* .snapshot */
    CUT_SEGMENT_RECORD = 7,   /* .snapshot, .channel, .position, .type, .size,
                                 .by_sender */
    CUT_SEGMENT_COMPLETE = 8, /* .snapshot: the part of this process */
    CUT_SEGMENT_ABORT = 9,    /* .snapshot was given up */
    CUT_SEGMENT_JOIN = 10,    /* process .channel is a member from .snapshot's
                                 incarnation and view on, and was none before */
    CUT_SEGMENT_LEAVE = 11,   /* it is none from that view on */
    CUT_SEGMENT_STOP = 12,    /* .snapshot: the program stands still for it */
    CUT_SEGMENT_RESUME = 13,  /* .snapshot */
    CUT_SEGMENT_FACTS = 14,   /* .facts of the process are these from now on */
    /* The process ended in order: it did nothing else. cut_trace_writer_close
     * writes it. */
    CUT_SEGMENT_END = 15,
};

/*
 * What happened. Fields that the kind does not name are not written, and are
 * read as 0.
 */
struct cut_segment_record {
    enum cut_segment_kind kind;
    /* Whether a RECORD is of what the process sent itself, .channel being an
     * outgoing one: its own marker has overtaken it. */
    bool by_sender;
    /* SEND, RECORD by the sender: an outgoing channel; RECEIVE, RECORD: an
     * incoming one. */
    uint32_t channel;
    uint32_t type;       /* of the message */
    uint32_t size;       /* of the message, in bytes */
    uint32_t facts_size; /* in bytes */
    /* Which event of the process, 1, 2, ...; what stands after it and is no
     * event has its number, and 0 before the first one. */
    uint64_t sequence;
    uint64_t position; /* of the message in its channel, 0, 1, ... */
    uint64_t now;      /* ns since the run's time 0 */
    struct cut_snapshot_id snapshot;
    const uint8_t *facts; /* cut_facts_encode(); borrowed */
};

/* Bytes of a segment's file name, with its end. */
#define CUT_SEGMENT_NAME_SIZE 40

/* Write "pINDEX.INCARNATION.trace" into out, and return it. */
char *cut_segment_name(uint32_t process,
                       uint32_t incarnation,
                       char out[CUT_SEGMENT_NAME_SIZE]);

/* Return the name of a kind ("RECEIVE"), NULL for what is none. */
const char *cut_segment_kind_name(unsigned kind);

/* Return what a kind consists of. */
static inline bool cut_segment_has_message(unsigned kind)
{
    return kind == CUT_SEGMENT_RECEIVE || kind == CUT_SEGMENT_SEND ||
           kind == CUT_SEGMENT_RECORD;
}

static inline bool cut_segment_has_snapshot(unsigned kind)
{
    return kind >= CUT_SEGMENT_CAPTURE && kind <= CUT_SEGMENT_RESUME;
}

static inline bool cut_segment_has_facts(unsigned kind)
{
    return kind == CUT_SEGMENT_SEND || kind == CUT_SEGMENT_FACTS;
}

static inline bool cut_segment_begins_event(unsigned kind)
{
    return kind >= CUT_SEGMENT_START && kind <= CUT_SEGMENT_INPUT;
}

#endif
