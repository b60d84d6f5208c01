/*
 * The snapshot engine: consistent global snapshots for a program that moves
 * its own messages.
 *
 * The engine is a state machine without input, output, clock, thread or
 * allocation. Each process of your system has one. You tell it what happened
 * and it answers with what to do:
 *
 *     struct cut_action actions[CUT_ACTIONS_MAX];
 *     size_t count;
 *
 *     error = cut_engine_step(engine, &event, actions, &count);
 *     for (size_t i = 0; i < count; i++)
 *         perform(&actions[i]);
 *
 * What you owe it:
 *   - Channels are directed, reliable and FIFO, and a marker travels in the
 *     channel, between the messages. A TCP connection, a pipe or a queue is
 *     two channels or one. That is what "chandy-lamport" asks for; of other
 *     algorithms cut_algorithm_traits() says what they need, and what they do
 *     without.
 *   - A process numbers its incoming channels 0, 1, ... and its outgoing
 *     channels 0, 1, ..., each in any order that never changes.
 *   - Tell it of every message that the program sends and of every message
 *     and marker that arrives, one step each, in the order in which they come
 *     out of the channel.
 *   - Perform the actions of a step in their order, all of them, before the
 *     next step of the same engine. THE ORDER IS THE CORRECTNESS ARGUMENT: a
 *     capture takes effect before anything that stands behind it.
 *
 * What it owes you: the states captured and the messages recorded under one
 * snapshot id make up a consistent global state. No message in it was
 * received and never sent; none is lost. The program is not stopped for it.
 *
 * To begin with, at each process:
 *
 *     struct cut_pool *pool;
 *     struct cut_engine *engine;
 *
 *     error = cut_pool_create(4, incoming_count, NULL, &pool);
 *     struct cut_engine_config config = {
 *         .algorithm = cut_algorithm_find("chandy-lamport"),
 *         .pool = pool,
 *         .incoming_count = incoming_count,
 *         .outgoing_count = outgoing_count,
 *         .window = 64,
 *     };
 *     error = cut_engine_create(&config, NULL, &engine);
 *
 * A snapshot begins with an event, at one process or at several:
 *
 *     struct cut_event event = {
 *         .kind = CUT_EVENT_REQUEST,
 *         .snapshot = {.number = 0},
 *     };
 *
 * and is over when every process has had its COMPLETE. Who notices that, and
 * who says CUT_EVENT_ABORT to all when it takes too long, is yours.
 *
 * A whole receiving loop, with write_frame(), deliver() and so on being yours:
 *
 *     struct cut_event event = {.channel = channel};
 *     if (frame_is_marker) {
 *         event.kind = CUT_EVENT_MARKER;
 *         event.snapshot = cut_marker_decode(frame);
 *     } else {
 *         event.kind = CUT_EVENT_MESSAGE;
 *     }
 *     error = cut_engine_step(engine, &event, actions, &count);
 *     ...
 *     switch (actions[i].kind) {
 *     case CUT_ACTION_CAPTURE:   keep a copy of my state under .snapshot;
 *     case CUT_ACTION_TRANSMIT:  write a marker with .snapshot to each of my
 *                                outgoing channels;
 *     case CUT_ACTION_SEND:      write the program's message to .channel;
 *     case CUT_ACTION_RECORD:    keep a copy of the message that just arrived
 *                                on .channel, for each of .recordings;
 *     case CUT_ACTION_DELIVER:   hand the message that just arrived to the
 *                                program;
 *     case CUT_ACTION_COMPLETE:  my part of .snapshot is whole: store it;
 *     case CUT_ACTION_DISCARD:   .snapshot was given up: forget my part;
 *     }
 *
 * examples/own_loop.c is that loop with processes and pipes.
 *
 * Threads: the engines of one pool, and the pool, belong to one thread at a
 * time. Engines of different pools share nothing.
 *
 * Source: K. M. Chandy, L. Lamport, "Distributed Snapshots: Determining Global
 * States of Distributed Systems", ACM TOCS 3(1), 1985.
 */
#ifndef CUTLINE_ENGINE_H
#define CUTLINE_ENGINE_H

#include <cutline/allocator.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The name of a snapshot. Its initiators agree on it; markers carry it.
 *
 * The numbers of one (incarnation, view) should rise, but need not be used in
 * order and may be left out. UINT64_MAX is not a number.
 */
struct cut_snapshot_id {
    uint32_t incarnation; /* rises with each restart of the whole system */
    uint32_t view;        /* rises with each change of membership */
    uint64_t number;
};

/* An algorithm that the engine can follow. */
struct cut_algorithm;

/*
 * What an algorithm is, and what it asks of its executor.
 */
struct cut_algorithm_traits {
    const char *name;    /* "chandy-lamport" */
    const char *summary; /* half a sentence, for people */
    const char *source;  /* who described it, where */
    /* Wrong, or without end, where a channel changes the order of messages. */
    bool needs_fifo;
    /* Wrong where clocks differ by more than is said; events need .now. */
    bool needs_clock;
    /* Markers travel in the channel, among its messages. Where not, TRANSMIT
     * sends them as control frames, to the channel's receiver. */
    bool markers_in_channel;
    /* Markers carry a count: cut_engine_sent(), and .sent of the event. */
    bool markers_count;
    /* SEND gives a .stamp, to be carried by the message. */
    bool stamps;
    /* Control frames travel between any two engines. */
    bool controls;
    /* The program stands still between STOP and RESUME. */
    bool stops;
    /* Any number of snapshots may be open at once. Where not, numbers rise, and
     * the next snapshot may be requested when every process has completed the
     * last, or was told of its abort. */
    bool is_concurrent;
    /* Several processes may initiate the same snapshot. */
    bool several_initiators;
    /* Channels may be closed and opened, and views change. */
    bool follows_views;
    /* What it records is a consistent global state when its needs are met. */
    bool is_right;
    /* Bytes that a stamp takes on a message. */
    uint32_t stamp_size;
};

/*
 * Return the algorithm of that name, NULL where there is none. Known:
 *
 *   "chandy-lamport"  TOCS 3(1), 1985. FIFO channels; every process reachable
 *                     from the initiators; one marker a channel; any number
 *                     of snapshots at once.
 *   "lai-yang"        IPL 25, 1987. Any order; an epoch on every message, and
 *                     for each channel a frame with how many were sent.
 *   "mattern"         Mattern 1989, 1993. Any order; an epoch on every
 *                     message; a token goes round until no message is
 *                     missing.
 *   "tree"            After Garg, Garg, Sabharwal, ICS 2006, TPDS 2010. Any
 *                     order; an epoch on every message; what is still
 *                     missing is counted by a binary tree.
 *   "flush"           Stop, flush, record, resume. FIFO channels.
 *   "clock"           The state at a time X. Clocks within a bound.
 *   "naive"           Each records when it is asked; channels are taken as
 *                     empty. Wrong, and here to be seen so.
 *
 * Threads: any; the result is constant.
 */
CUT_PUBLIC const struct cut_algorithm *cut_algorithm_find(const char *name);

/* Return the algorithm of that index, in this order; NULL past the last. */
CUT_PUBLIC const struct cut_algorithm *cut_algorithm_at(size_t index);

/* Return what an algorithm is and asks for. Threads: any. */
CUT_PUBLIC const struct cut_algorithm_traits *
cut_algorithm_traits(const struct cut_algorithm *algorithm);

/* What happened. */
enum cut_event_kind {
    /*
     * A snapshot named .snapshot is wanted, and this process is to initiate
     * it. Ignored where a marker, a message or an earlier request was faster.
     */
    CUT_EVENT_REQUEST,
    /* The program sends a message on outgoing channel .channel. */
    CUT_EVENT_SEND,
    /* A message of the program, with .stamp, is to be delivered from incoming
     * channel .channel. */
    CUT_EVENT_MESSAGE,
    /*
     * A marker of .snapshot arrived on incoming channel .channel; it carries
     * .sent. It has overtaken .waiting messages of that channel which have
     * arrived and are not delivered yet.
     */
    CUT_EVENT_MARKER,
    /* The control frame .control arrived from process .peer. */
    CUT_EVENT_CONTROL,
    /* The time is .now: the answer to WAKE, or any other time. What asked to
     * be woken has this before any other event of that time or later. */
    CUT_EVENT_TIME,
    /*
     * .snapshot was given up. Its markers, past and to come, are ignored from
     * now on, whether or not it was open here.
     */
    CUT_EVENT_ABORT,
    /*
     * Incoming channel .channel is closed: its sender left. No marker is
     * awaited on it by snapshots to come; those that are open and await one
     * are for the executor to abort first. A message that still comes is
     * delivered, and recorded by none.
     */
    CUT_EVENT_CLOSE,
    /* Incoming channel .channel is open (again). All are at first. It counts
     * for snapshots to come. */
    CUT_EVENT_OPEN,
    /*
     * From now on snapshots belong to view .snapshot.view, which has numbers of
     * its own: none of them has been seen. Those that are open here are for the
     * executor to abort first.
     */
    CUT_EVENT_VIEW,
};

/* What engines tell each other outside the program's channels. */
struct cut_control {
    struct cut_snapshot_id snapshot;
    uint32_t kind;     /* the algorithm's own */
    uint32_t round;    /* the algorithm's own */
    uint64_t value[2]; /* the algorithm's own */
};

struct cut_event {
    enum cut_event_kind kind;
    uint32_t channel;                /* SEND, MESSAGE, MARKER, CLOSE, OPEN */
    uint32_t peer;                   /* CONTROL: the process it came from */
    uint32_t waiting;                /* MARKER: messages it has overtaken */
    struct cut_snapshot_id snapshot; /* REQUEST, MARKER, ABORT, VIEW */
    uint64_t now;   /* the local clock, in ns, where the algorithm needs one:
                       not for MARKER and ABORT; up to 2^62 */
    uint64_t stamp; /* MESSAGE: as its SEND said */
    uint64_t sent;  /* MARKER: as cut_engine_sent() said at its TRANSMIT */
    const struct cut_control *control; /* CONTROL; borrowed for the call */
};

/* One snapshot that is open at a process, in a list of such. */
struct cut_recording {
    struct cut_snapshot_id snapshot;
    const struct cut_recording *next; /* NULL ends the list */
};

/* To all other processes. */
#define CUT_EVERYONE UINT32_MAX

/* What to do. */
enum cut_action_kind {
    /* Capture the local state, as it is at this place in the order. */
    CUT_ACTION_CAPTURE,
    /*
     * Send a marker of .snapshot on every outgoing channel. Where messages
     * wait at this end of a channel and the marker overtakes them, they belong
     * to the channel's state in .snapshot, behind what its receiver records:
     * record them now, as this process's piece.
     */
    CUT_ACTION_TRANSMIT,
    /* Send .control to process .peer, or to CUT_EVERYONE else. */
    CUT_ACTION_CONTROL,
    /* Send the program's message on .channel, with .stamp. */
    CUT_ACTION_SEND,
    /* The message in hand belongs to the state of .channel in .recordings. */
    CUT_ACTION_RECORD,
    /* So do, in .snapshot, the .waiting messages of .channel that the marker
     * in hand has overtaken. */
    CUT_ACTION_RECORD_WAITING,
    /* Deliver the message in hand to the program. Always the last action. */
    CUT_ACTION_DELIVER,
    /* This process's part of .snapshot is complete. */
    CUT_ACTION_COMPLETE,
    /* .snapshot, open here, was aborted, or the algorithm cannot go on with
     * it: drop what was kept, if anything was captured yet, and in the second
     * case abort it everywhere. */
    CUT_ACTION_DISCARD,
    /* Give the program no event until RESUME; what arrives waits. */
    CUT_ACTION_STOP,
    CUT_ACTION_RESUME,
    /* Say CUT_EVENT_TIME when the local clock has reached .time. It takes the
     * place of an earlier one. */
    CUT_ACTION_WAKE,
};

struct cut_action {
    enum cut_action_kind kind;
    uint32_t channel;                /* SEND, RECORD, ..._WAITING, DELIVER */
    struct cut_snapshot_id snapshot; /* CAPTURE, TRANSMIT, ..._WAITING,
                                        COMPLETE, DISCARD, STOP, RESUME */
    /* RECORD: at least one, oldest first; borrowed until the next step of an
     * engine of this pool. */
    const struct cut_recording *recordings;
    uint64_t stamp;             /* SEND */
    uint64_t time;              /* WAKE: ns of the local clock */
    uint32_t waiting;           /* ..._WAITING: the event's */
    uint32_t peer;              /* CONTROL */
    struct cut_control control; /* CONTROL */
};

/* No step gives more actions than this. */
#define CUT_ACTIONS_MAX 8

/*
 * The memory of open snapshots: one slot for each snapshot that is open at one
 * process. Engines share a pool, or each has its own.
 */
struct cut_pool;

/*
 * Make a pool.
 *
 *   slot_count    slots, 0 to 2^31; what all its engines together may have
 *                 open at once.
 *   incoming_max  the most incoming channels an engine of this pool may have.
 *   allocator     borrowed until the pool is destroyed; NULL: the standard one.
 *
 * Errors:  CUT_INVALID a size is out of range; CUT_NOMEM.
 * Memory:  slot_count times (64 bytes, and one bit a channel in steps of 8
 *          bytes), in one block that is not touched before it is needed, and
 *          8 to 16 bytes a slot for an index.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_pool_create(uint32_t slot_count,
                uint32_t incoming_max,
                const struct cut_allocator *allocator,
                struct cut_pool **out);

/*
 * Add slots to a pool: the one way to grow after a step was refused with
 * CUT_LIMIT, after which the same step can be tried again.
 *
 * Errors:  CUT_INVALID more than 2^31 slots in all, CUT_NOMEM; the pool is as
 *          it was.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error cut_pool_extend(struct cut_pool *pool,
                                                       uint32_t slot_count);

/* Return how many slots are free. */
CUT_PUBLIC uint32_t cut_pool_free_count(const struct cut_pool *pool);

/* Destroy a pool; NULL is ignored. Its engines must be gone. */
CUT_PUBLIC void cut_pool_destroy(struct cut_pool *pool);

/* One process's engine. */
struct cut_engine;

struct cut_engine_config {
    const struct cut_algorithm *algorithm; /* borrowed for ever */
    struct cut_pool *pool;                 /* borrowed while the engine lives */
    uint32_t incoming_count;               /* channels; at most the pool's */
    uint32_t outgoing_count;               /* channels */
    uint32_t incarnation;                  /* of the snapshots it takes part */
    uint32_t view;                         /* in; older ones are ignored */
    /*
     * How many snapshot numbers the engine remembers, up to the highest it has
     * seen: a power of two, 64 to 2^26; one bit each. A number below these is
     * refused, and so is one that would leave an open snapshot below them.
     * There is no limit above: a number far above the highest moves the window
     * there, and lower ones are refused from then on. So let only peers write
     * markers that you trust with it.
     */
    uint32_t window;
    /* For algorithms with control frames: who this is, among how many. */
    uint32_t process;
    uint32_t process_count;
    /* For "clock": how far ahead X lies, longer than any control frame takes
     * and two clocks can differ; and, if not 0, how long the program then
     * stands still, at least the largest difference between two clocks.
     * Nanoseconds, up to 2^62. */
    uint64_t clock_lead;
    uint64_t clock_bound;
};

/*
 * Return the bytes that an engine of this configuration takes: 72, one for
 * every 8 numbers of its window, and what the algorithm counts: nothing for
 * "chandy-lamport", whatever its channels; 8 to 128 bytes for "naive", "flush",
 * "mattern" and "tree"; for "lai-yang" and "clock" 24 for every incoming
 * channel, 8 for every outgoing one, and up to 96.
 */
CUT_PUBLIC size_t cut_engine_size(const struct cut_engine_config *config);

/*
 * Make an engine in the caller's memory.
 *
 *   memory   cut_engine_size() bytes, aligned to 8; the engine is this memory
 *            and is not copied or moved until cut_engine_fini.
 *   config   borrowed for the call.
 *
 * Errors:  CUT_INVALID the configuration is outside its ranges, or the pool
 *          is for fewer channels; nothing was made.
 * Memory:  none.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_engine_init(void *memory,
                const struct cut_engine_config *config,
                struct cut_engine **out);

/* End an engine in the caller's memory; its slots go back to the pool. */
CUT_PUBLIC void cut_engine_fini(struct cut_engine *engine);

/*
 * Make an engine on the heap.
 *
 *   config     borrowed for the call.
 *   allocator  borrowed until the engine is destroyed; NULL: the standard one.
 *
 * Errors:  CUT_INVALID as cut_engine_init; CUT_NOMEM.
 * Memory:  cut_engine_size() bytes and 16, at once; a step allocates nothing.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_engine_create(const struct cut_engine_config *config,
                  const struct cut_allocator *allocator,
                  struct cut_engine **out);

/*
 * Destroy an engine made by cut_engine_create; NULL is ignored. Its slots go
 * back to the pool.
 */
CUT_PUBLIC void cut_engine_destroy(struct cut_engine *engine);

/*
 * Tell the engine what happened, and learn what to do.
 *
 *   event    borrowed for the call.
 *   actions  the caller's, at least CUT_ACTIONS_MAX of them; written on
 *            success, to be performed in order.
 *   count    how many were written: 0 to CUT_ACTIONS_MAX.
 *
 * By event, what the actions can be (each part in brackets or not there):
 *
 *   REQUEST, MARKER   [CAPTURE, [TRANSMIT]] [RECORD_WAITING] [COMPLETE]
 *   SEND              SEND
 *   MESSAGE           [CAPTURE, [TRANSMIT]] [RECORD] [COMPLETE] DELIVER
 *   CONTROL, TIME     [CAPTURE, [TRANSMIT]] [COMPLETE]
 *   ABORT             [DISCARD]
 *   CLOSE, OPEN, VIEW
 *
 * and, by algorithm, CONTROL, STOP, RESUME and WAKE among them. Fields of an
 * action that its kind does not name are not written.
 *
 * A request, marker or control frame of a snapshot that is complete or aborted
 * here, or of an older incarnation or view, is no error: no action, and one
 * more in cut_engine_ignored_count().
 *
 * Errors, each before any change (the engine and its pool are as they were):
 *   CUT_INVALID    a send on a channel that is not there; an unknown kind; a
 *                  time above 2^62; what needs an algorithm that follows views;
 *                  a lower view.
 *   CUT_STATE      a request while another snapshot is open here, where they
 *                  are not concurrent: try again when it is over everywhere; a
 *                  message sent or delivered while the program is to stand
 *                  still, or before TIME where that is due; a channel closed
 *                  that is awaited, or a view changed, with snapshots open.
 *   CUT_PROTOCOL   a message or marker on a channel that is not there, or a
 *                  marker on one that is closed; a second marker of an open
 *                  snapshot on one channel; a number below the window, or
 *                  UINT64_MAX; a later incarnation or view than the engine's;
 *                  a control frame that its sender has no reason to send, or
 *                  from no other process of these; where snapshots are not
 *                  concurrent, anything that tells of another one while one is
 *                  open here, or of one below those that were seen.
 *   CUT_LIMIT      the pool has no slot left; the window cannot move past a
 *                  snapshot that is still open here. As long as channels are
 *                  closed an engine takes one slot more.
 * Memory:  none.
 * Time:    a request, marker or abort: the same however many snapshots are
 *          open, and one bit for each incoming channel when one is opened,
 *          three words where markers count; a message: a look at each snapshot
 *          that is open here.
 * Source:  1985, section 3.
 */
CUT_PUBLIC CUT_MUST_USE enum cut_error
cut_engine_step(struct cut_engine *engine,
                const struct cut_event *event,
                struct cut_action actions[CUT_ACTIONS_MAX],
                size_t *count);

/*
 * Return how many messages were sent on an outgoing channel, ever, before the
 * snapshot that is being transmitted: what its marker has to carry, where
 * traits say that markers count. To be asked while TRANSMIT is performed. 0
 * where markers do not count, and for a channel that is not there.
 */
CUT_PUBLIC uint64_t cut_engine_sent(const struct cut_engine *engine,
                                    uint32_t channel);

/*
 * Return how many snapshots are open here: begun and not complete. That is,
 * captured; with "clock" from the first word of it on.
 */
CUT_PUBLIC uint32_t cut_engine_open_count(const struct cut_engine *engine);

/*
 * Return whether a snapshot is open here and its state of an incoming channel
 * is not complete: whether messages on it are being recorded. Who is late, when
 * a snapshot does not finish: the channel's marker has not yet come, or where
 * markers count, not all that it counted. With "mattern" and "tree" all
 * channels are complete at once, at the end.
 */
CUT_PUBLIC bool cut_engine_awaits_marker(const struct cut_engine *engine,
                                         struct cut_snapshot_id snapshot,
                                         uint32_t channel);

/* Return how many requests, markers and control frames were ignored, modulo
 * 2^32. */
CUT_PUBLIC uint32_t cut_engine_ignored_count(const struct cut_engine *engine);

/*
 * Return a digest of an engine's state: of two engines of one configuration,
 * equal states have equal digests, different states almost surely different
 * ones. What is free in the pool is not in it. The same on every machine. For
 * tests and for search through states.
 */
CUT_PUBLIC uint64_t cut_engine_digest(const struct cut_engine *engine);

/* Bytes of an encoded marker. */
#define CUT_MARKER_SIZE 16

/*
 * Write a marker as bytes: incarnation, view (4 each), number (8), little
 * end first, for channels that carry bytes. How a frame is known to be a
 * marker, and its length, are the channel's own.
 */
CUT_PUBLIC void cut_marker_encode(struct cut_snapshot_id snapshot,
                                  uint8_t out[CUT_MARKER_SIZE]);

/* Read a marker from bytes; every 16 bytes are one. */
CUT_PUBLIC struct cut_snapshot_id
cut_marker_decode(const uint8_t in[CUT_MARKER_SIZE]);

/* Bytes of an encoded control frame. */
#define CUT_CONTROL_SIZE 40

/*
 * Write a control frame as bytes: the snapshot as a marker, kind and round (4
 * each), the values (8 each), little end first.
 */
CUT_PUBLIC void cut_control_encode(const struct cut_control *control,
                                   uint8_t out[CUT_CONTROL_SIZE]);

/* Read a control frame from bytes; every 40 bytes are one. */
CUT_PUBLIC struct cut_control
cut_control_decode(const uint8_t in[CUT_CONTROL_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
