/*
 * What a supervisor and its workers say to each other: kinds of frames, over a
 * connection of their own. Numbers are little end first.
 *
 * A snapshot's id is 16 bytes, as cut_marker_encode writes it; a text is all
 * that is left of the body, in UTF-8, without a NUL.
 */
#ifndef CUT_NET_TALK_H
#define CUT_NET_TALK_H

#include "net/bytes.h"
#include "net/frame.h"

#include <cutline/engine.h>

/* From the supervisor. */
enum cut_talk_order {
    /* Connect with your neighbours: of each, process (4), size (2) of its
     * address, address. */
    CUT_TALK_PEERS = CUT_FRAME_CONTROL_FIRST,
    /* All are linked: let the program start. The time 0 (8), in ns of
     * CLOCK_REALTIME. */
    CUT_TALK_START,
    /* Initiate a snapshot; give one up, which is answered with ABORTED: its id.
     */
    CUT_TALK_REQUEST,
    CUT_TALK_ABORT,
    /* A control frame of an engine: process that it comes from (4), frame. */
    CUT_TALK_FROM,
    /* Say how much you have sent and delivered: wave (8), view (4). */
    CUT_TALK_ASK,
    /* A process left: which (4), and the view that begins (4). */
    CUT_TALK_LEFT,
    /* End in good order. */
    CUT_TALK_STOP,
    /* Are you there? Answered with STATUS. */
    CUT_TALK_PROBE,
    /* Be a process of the run: the request "work", of JSON. To one that runs on
     * another host; others are asked before frames are spoken. */
    CUT_TALK_WORK,
};

/* From a worker. */
enum cut_talk_report {
    /* The state is made, and there is a place to connect to: size (2) of its
     * address, address, and facts of the state, as cut_facts_encode writes. */
    CUT_TALK_READY = CUT_FRAME_CONTROL_FIRST + 24,
    /* There is a connection with each neighbour. */
    CUT_TALK_LINKED,
    /* Some of a part, id, whether this is all (1), bytes: net/part.h. */
    CUT_TALK_PART,
    /* The engine gave a snapshot up: its id. */
    CUT_TALK_DISCARDED,
    /* A control frame of an engine: process that it goes to (4), frame. */
    CUT_TALK_TO,
    /* View (4), wave (8), sent (8), delivered (8), is idle (1). */
    CUT_TALK_COUNTS,
    /* The program asks for a snapshot. */
    CUT_TALK_WANTS_SNAPSHOT,
    /* The program leaves. */
    CUT_TALK_LEAVES,
    /* The view has begun here (4). */
    CUT_TALK_VIEWED,
    /* What the program says: a text. */
    CUT_TALK_PRINT,
    /* It has failed, and ends: a text. */
    CUT_TALK_FAILED,
    /* Something for the log: level (1), a text. */
    CUT_TALK_LOG,
    /* Figures: struct cut_talk_status, number by number, 8 bytes each. */
    CUT_TALK_STATUS,
    /* The last word of one that was told to stop: figures as well. */
    CUT_TALK_STOPPED,
    /* A snapshot is given up, as was told: its id. */
    CUT_TALK_ABORTED,
    /* The first word of one that runs on another host: who it is, of JSON. */
    CUT_TALK_GREETING,
};

/* The most bytes of a part in one frame. */
#define CUT_TALK_PART_MAX (UINT32_C(1) << 20)

/* The figures of a worker, ever: X(name). */
#define CUT_TALK_FIGURES(X)                                                    \
    X(events)                                                                  \
    X(messages_sent)                                                           \
    X(messages_delivered)                                                      \
    X(message_bytes_sent)                                                      \
    X(messages_queued)                                                         \
    X(messages_waiting)                                                        \
    X(markers_sent)                                                            \
    X(controls_sent)                                                           \
    X(bytes_written)                                                           \
    X(bytes_read)                                                              \
    X(reconnects)                                                              \
    X(frames_resent)                                                           \
    X(frames_duplicate)                                                        \
    X(refused)                                                                 \
    X(snapshots)                                                               \
    X(snapshot_cpu_ns)                                                         \
    X(pause_ns_max)

struct cut_talk_status {
#define CUT_TALK_FIGURE_FIELD(name) uint64_t name;
    CUT_TALK_FIGURES(CUT_TALK_FIGURE_FIELD)
#undef CUT_TALK_FIGURE_FIELD
};

#define CUT_TALK_STATUS_SIZE sizeof(struct cut_talk_status)

/* How much somebody wants to know. */
enum cut_log_level {
    CUT_LOG_ERROR,
    CUT_LOG_WARN,
    CUT_LOG_INFO,
    CUT_LOG_DEBUG,
};

/* Write figures as bytes, and read them. */
void cut_talk_status_encode(const struct cut_talk_status *status,
                            uint8_t out[CUT_TALK_STATUS_SIZE]);
struct cut_talk_status
cut_talk_status_decode(const uint8_t in[CUT_TALK_STATUS_SIZE]);

/* Take an id out of a body. */
struct cut_snapshot_id cut_talk_take_id(struct cut_bytes *bytes);

#endif
