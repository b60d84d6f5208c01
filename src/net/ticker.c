#include "net/ticker.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void ready(uv_poll_t *poll, int status, int events)
{
    struct cut_ticker *ticker = poll->data;
    uint64_t count;

    (void)status;
    (void)events;
    /* Ticks that were missed are one. */
    if (read(ticker->descriptor, &count, sizeof count) == sizeof count)
        ticker->tick(ticker->owner);
}

static int make_timer(uint32_t every_ms)
{
    struct timespec every = {
        .tv_sec = every_ms / 1000,
        .tv_nsec = (long)(every_ms % 1000) * 1000 * 1000,
    };
    struct itimerspec times = {.it_interval = every, .it_value = every};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (timer >= 0 && timerfd_settime(timer, 0, &times, NULL) != 0) {
        int reason = errno;
        close(timer);
        errno = reason;
        return -1;
    }
    return timer;
}

enum cut_error cut_ticker_start(struct cut_ticker *ticker,
                                uv_loop_t *loop,
                                uint32_t every_ms,
                                void (*tick)(void *owner),
                                void *owner)
{
    ticker->tick = tick;
    ticker->owner = owner;
    ticker->descriptor = make_timer(every_ms);
    if (ticker->descriptor < 0)
        return CUT_IO;
    int status = uv_poll_init(loop, &ticker->poll, ticker->descriptor);
    if (status != 0) {
        close(ticker->descriptor);
        ticker->descriptor = -1;
        errno = -status;
        return CUT_IO;
    }
    ticker->poll.data = ticker;
    uv_poll_start(&ticker->poll, UV_READABLE, ready);
    return CUT_OK;
}

void cut_ticker_stop(struct cut_ticker *ticker)
{
    if (ticker->descriptor < 0)
        return;
    uv_close((uv_handle_t *)&ticker->poll, NULL);
    close(ticker->descriptor);
    ticker->descriptor = -1;
}
