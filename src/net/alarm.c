#include "net/alarm.h"

#include <cutline/process.h>

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void ready(uv_poll_t *poll, int status, int events)
{
    struct cut_alarm *alarm = poll->data;
    uint64_t count;

    (void)status;
    (void)events;
    /* Times that were missed are one. */
    if (read(alarm->descriptor, &count, sizeof count) != sizeof count)
        return;
    if (alarm->every == 0)
        alarm->at = 0;
    alarm->ring(alarm->owner);
}

enum cut_error cut_alarm_open(struct cut_alarm *alarm,
                              uv_loop_t *loop,
                              void (*ring)(void *owner),
                              void *owner)
{
    alarm->at = 0;
    alarm->every = 0;
    alarm->ring = ring;
    alarm->owner = owner;
    alarm->descriptor =
        timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (alarm->descriptor < 0)
        return CUT_IO;
    int status = uv_poll_init(loop, &alarm->poll, alarm->descriptor);
    if (status != 0) {
        close(alarm->descriptor);
        alarm->descriptor = -1;
        errno = -status;
        return CUT_IO;
    }
    alarm->poll.data = alarm;
    uv_poll_start(&alarm->poll, UV_READABLE, ready);
    return CUT_OK;
}

static struct timespec timespec_of(uint64_t time)
{
    return (struct timespec){
        .tv_sec = (time_t)(time / CUT_SECOND),
        .tv_nsec = (long)(time % CUT_SECOND),
    };
}

enum cut_error
cut_alarm_set(struct cut_alarm *alarm, uint64_t at, uint64_t every)
{
    struct itimerspec times = {
        .it_value = timespec_of(at),
        .it_interval = timespec_of(every),
    };

    if (at == alarm->at && every == alarm->every)
        return CUT_OK;
    if (timerfd_settime(alarm->descriptor, TFD_TIMER_ABSTIME, &times, NULL) !=
        0)
        return CUT_IO;
    alarm->at = at;
    alarm->every = every;
    return CUT_OK;
}

void cut_alarm_close(struct cut_alarm *alarm)
{
    if (alarm->descriptor < 0)
        return;
    uv_close((uv_handle_t *)&alarm->poll, NULL);
    close(alarm->descriptor);
    alarm->descriptor = -1;
}
