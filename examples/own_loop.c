/*
 * Snapshots in a program with a loop of its own: three processes (threads,
 * here), joined by pipes, pass tokens around, and one of them begins a snapshot
 * in the middle of it. Nobody stops, and each captures its state at a time of
 * its own; yet the sum of all parts is what the system began with.
 */
#include <cutline/engine.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROCESSES = 3, PEERS = PROCESSES - 1, TOKENS = 100, ROUNDS = 1000 };

/* What travels in a pipe: small enough to be written at once. */
struct frame {
    uint32_t tokens; /* 0: it is a marker */
    uint8_t marker[CUT_MARKER_SIZE];
};

struct process {
    int in[PEERS], out[PEERS];   /* channels, as file descriptors */
    uint32_t tokens;             /* my state */
    uint32_t captured, recorded; /* my part of the snapshot */
    bool is_initiator, is_complete;
    struct cut_pool *pool;
    struct cut_engine *engine;
};

#define must(holds) ((holds) ? (void)0 : abort())

/* Tell the engine what happens, and do what it says, in its order. */
static void
step(struct process *me, struct cut_event event, const struct frame *frame)
{
    struct cut_action actions[CUT_ACTIONS_MAX];
    struct frame marker = {0};
    size_t count;

    must(cut_engine_step(me->engine, &event, actions, &count) == CUT_OK);
    for (size_t i = 0; i < count; i++)
        switch (actions[i].kind) {
        case CUT_ACTION_CAPTURE:
            me->captured = me->tokens;
            break;
        case CUT_ACTION_TRANSMIT:
            cut_marker_encode(actions[i].snapshot, marker.marker);
            for (int c = 0; c < PEERS; c++)
                must(write(me->out[c], &marker, sizeof marker) ==
                     sizeof marker);
            break;
        case CUT_ACTION_SEND:
            must(write(me->out[event.channel], frame, sizeof *frame) ==
                 sizeof *frame);
            me->tokens -= frame->tokens;
            break;
        case CUT_ACTION_RECORD: /* for the one snapshot that there is */
            me->recorded += frame->tokens;
            break;
        case CUT_ACTION_DELIVER:
            me->tokens += frame->tokens;
            break;
        case CUT_ACTION_COMPLETE:
            me->is_complete = true;
            break;
        case CUT_ACTION_DISCARD:        /* nobody gives a snapshot up */
        case CUT_ACTION_RECORD_WAITING: /* no marker overtakes a message */
        case CUT_ACTION_CONTROL:        /* these are other algorithms' */
        case CUT_ACTION_STOP:
        case CUT_ACTION_RESUME:
        case CUT_ACTION_WAKE:
            break;
        }
}

static void receive(struct process *me, uint32_t channel)
{
    struct cut_event event = {.kind = CUT_EVENT_MESSAGE, .channel = channel};
    struct frame frame;

    must(read(me->in[channel], &frame, sizeof frame) == sizeof frame);
    if (frame.tokens == 0) {
        event.kind = CUT_EVENT_MARKER;
        event.snapshot = cut_marker_decode(frame.marker);
    }
    step(me, event, &frame);
}

static void receive_all(struct process *me, int timeout_ms)
{
    struct pollfd fds[PEERS];

    for (int c = 0; c < PEERS; c++)
        fds[c] = (struct pollfd){.fd = me->in[c], .events = POLLIN};
    must(poll(fds, PEERS, timeout_ms) >= 0);
    for (uint32_t c = 0; c < PEERS; c++)
        if (fds[c].revents != 0)
            receive(me, c);
}

static void *run(void *process)
{
    struct process *me = process;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct cut_event send = {.kind = CUT_EVENT_SEND,
                                 .channel = round % PEERS};
        if (me->is_initiator && round == ROUNDS / 2)
            step(me, (struct cut_event){.kind = CUT_EVENT_REQUEST}, NULL);
        if (me->tokens > 0)
            step(me, send, &(struct frame){.tokens = 1});
        receive_all(me, 0);
    }
    while (!me->is_complete)
        receive_all(me, -1);
    return NULL;
}

int main(void)
{
    struct process all[PROCESSES] = {{.is_initiator = true}};
    pthread_t threads[PROCESSES];
    struct cut_engine_config config = {.algorithm =
                                           cut_algorithm_find("chandy-lamport"),
                                       .incoming_count = PEERS,
                                       .outgoing_count = PEERS,
                                       .window = 64};
    uint32_t sum = 0;
    int ends[2];

    for (int i = 0; i < PROCESSES; i++)
        for (int c = 0; c < PEERS; c++) {
            must(pipe(ends) == 0);
            all[i].out[c] = ends[1];
            all[(i + 1 + c) % PROCESSES].in[c] = ends[0];
        }
    for (int i = 0; i < PROCESSES; i++) {
        all[i].tokens = TOKENS;
        must(cut_pool_create(1, PEERS, NULL, &all[i].pool) == CUT_OK);
        config.pool = all[i].pool;
        must(cut_engine_create(&config, NULL, &all[i].engine) == CUT_OK);
        must(pthread_create(&threads[i], NULL, run, &all[i]) == 0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        must(pthread_join(threads[i], NULL) == 0);
        printf("%d: %u held, %u coming\n", i, all[i].captured, all[i].recorded);
        sum += all[i].captured + all[i].recorded;
        cut_engine_destroy(all[i].engine);
        cut_pool_destroy(all[i].pool);
    }
    printf("together %u of %d tokens\n", sum, PROCESSES * TOKENS);
    return sum == PROCESSES * TOKENS ? 0 : 1;
}
