/*
 * A clock that ticks. It is a descriptor and not a timer of libuv's, as a loop
 * that waits for its next timer has the kernel set an alarm at each wait: that
 * is a tenth of what a message takes to come.
 */
#ifndef CUT_NET_TICKER_H
#define CUT_NET_TICKER_H

#include <cutline/error.h>

#include <uv.h>

struct cut_ticker {
    uv_poll_t poll;
    int descriptor; /* -1: it does not tick */
    void (*tick)(void *owner);
    void *owner;
};

/*
 * Have `tick` called again and again.
 *
 *   ticker   the caller's memory, until it is stopped and the loop has closed
 *            its handles.
 *
 * Errors:  CUT_IO (errno): it does not tick.
 */
CUT_MUST_USE enum cut_error cut_ticker_start(struct cut_ticker *ticker,
                                             uv_loop_t *loop,
                                             uint32_t every_ms,
                                             void (*tick)(void *owner),
                                             void *owner);

/* Have it not called any more. One that does not tick is ignored. */
void cut_ticker_stop(struct cut_ticker *ticker);

#endif
