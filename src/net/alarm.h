/*
 * An alarm: what is to be called at a time, or again and again. It is a
 * descriptor and not a timer of libuv's, as those count milliseconds, and a
 * loop that waits for its next timer has the kernel set one at each wait: that
 * is a tenth of what a message takes to come.
 */
#ifndef CUT_NET_ALARM_H
#define CUT_NET_ALARM_H

#include <cutline/error.h>

#include <stdint.h>
#include <uv.h>

struct cut_alarm {
    uv_poll_t poll;
    int descriptor; /* -1: there is none */
    uint64_t at;    /* when it is to ring; 0: not at all */
    uint64_t every; /* 0: once */
    void (*ring)(void *owner);
    void *owner;
};

/*
 * Make an alarm, which does not ring before it is set.
 *
 *   alarm   the caller's memory, until it is closed and the loop has closed
 *           its handles.
 *
 * Errors:  CUT_IO (errno): there is none.
 */
CUT_MUST_USE enum cut_error cut_alarm_open(struct cut_alarm *alarm,
                                           uv_loop_t *loop,
                                           void (*ring)(void *owner),
                                           void *owner);

/*
 * Have it ring at a time, in nanoseconds of CLOCK_MONOTONIC, and then at this
 * interval: 0 is not at all, and once. What it was set to before is forgotten.
 * To set it to the time that it is set to already costs nothing.
 *
 * Errors:  CUT_IO (errno): it does not ring.
 */
CUT_MUST_USE enum cut_error
cut_alarm_set(struct cut_alarm *alarm, uint64_t at, uint64_t every);

/* Have it not ring any more. Where there is none, this is ignored. */
void cut_alarm_close(struct cut_alarm *alarm);

#endif
