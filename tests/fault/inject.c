/*
 * A library to be preloaded into a program: makes the k-th call of a function
 * of the C library fail.
 *
 *     CUT_FAIL=FUNCTION:K:ERRNO     the K-th call, from 1
 *     CUT_FAIL=FUNCTION:K+:ERRNO    the K-th and all later ones
 *     CUT_FAIL_FD=N                 a byte goes there for each call that failed
 *     CUT_FAIL_IN=worker            only in processes of a run: those with a
 *                                   CUTLINE_CONTROL; "supervisor": in others
 *     CUT_FAIL_ONCE=PATH            only in the process that comes first, which
 *                                   makes this file
 *     CUT_FAIL_COUNTS=PATH          how many calls there were is appended to
 *                                   this file, a line a process
 *
 * ERRNO is a number; FUNCTION one of the table below. With 0, a write or read
 * is a short one. Calls are counted from the program's start on; what the C
 * library calls inside itself is not seen, but for memory. A call that fails
 * here has the effect that a failing one may have: fclose, fflush and close
 * have done their work, the others have not. Calls that can never fail so, by
 * the kind of their file, are not counted. A recv counts as a read, a send as a
 * writev. What the program starts runs as always, unless there is a
 * CUT_FAIL_IN.
 */

/* The names are to be the plain ones: fopen is not to become fopen64. */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* What glibc's own allocation is called where malloc is somebody else's. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static struct {
    char function[16]; /* empty: none is to fail */
    unsigned long at;
    unsigned long calls;
    bool from_on;
    bool is_ours; /* it is failed in this process */
    bool is_claimed;
    int error;
    int descriptor;     /* where failures are reported; -1: nowhere */
    const char *once;   /* NULL: in every process */
    const char *counts; /* NULL: not wanted */
} plan;

static bool is_here(void)
{
    const char *where = getenv("CUT_FAIL_IN");
    bool is_worker = getenv("CUTLINE_CONTROL") != NULL;

    return where == NULL || is_worker == (strcmp(where, "worker") == 0);
}

/* Read the plan. Whatever the loader did before is not counted. */
__attribute__((constructor)) static void read_plan(void)
{
    const char *text = getenv("CUT_FAIL");
    const char *descriptor = getenv("CUT_FAIL_FD");
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    char *end;

    plan.is_ours = is_here();
    plan.once = getenv("CUT_FAIL_ONCE");
    plan.counts = getenv("CUT_FAIL_COUNTS");
    plan.descriptor =
        descriptor != NULL ? (int)strtol(descriptor, NULL, 10) : -1;
    if (colon == NULL || (size_t)(colon - text) >= sizeof plan.function)
        return;
    plan.at = strtoul(colon + 1, &end, 10);
    plan.from_on = *end == '+';
    end += plan.from_on;
    plan.error = *end == ':' ? (int)strtol(end + 1, NULL, 10) : EIO;
    memcpy(plan.function, text, (size_t)(colon - text));
    if (getenv("CUT_FAIL_IN") == NULL)
        unsetenv("LD_PRELOAD");
}

/* Say how many calls there were. */
__attribute__((destructor)) static void report_count(void)
{
    char line[24];

    if (plan.counts == NULL || !plan.is_ours)
        return;
    int descriptor = (int)syscall(
        SYS_openat, AT_FDCWD, plan.counts, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int size = snprintf(line, sizeof line, "%lu\n", plan.calls);
    syscall(SYS_write, descriptor, line, (size_t)size);
    syscall(SYS_close, descriptor);
}

/* Whether no other process has failed before. */
static bool claim(void)
{
    if (plan.once == NULL || plan.is_claimed)
        return true;
    plan.is_claimed = syscall(SYS_openat,
                              AT_FDCWD,
                              plan.once,
                              O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                              0600) >= 0;
    plan.is_ours = plan.is_claimed;
    return plan.is_claimed;
}

/* Count a call; return whether it is to fail, with errno set. */
static bool must_fail(const char *function)
{
    if (!plan.is_ours || strcmp(function, plan.function) != 0)
        return false;
    unsigned long calls = __atomic_add_fetch(&plan.calls, 1, __ATOMIC_SEQ_CST);
    if ((plan.from_on ? calls < plan.at : calls != plan.at) || !claim())
        return false;
    if (plan.descriptor >= 0 && syscall(SYS_write, plan.descriptor, "!", 1) < 0)
        _exit(99);
    errno = plan.error;
    return true;
}

/* Whether an error can be one of this file's kind. */
static bool can_fail(int descriptor)
{
    struct stat status;
    int flags = fcntl(descriptor, F_GETFL);
    bool is_known = flags >= 0 && fstat(descriptor, &status) == 0;

    switch (plan.error) {
    case ECONNRESET:
    case EPIPE:
        return is_known && S_ISSOCK(status.st_mode);
    case EAGAIN:
        return is_known && (flags & O_NONBLOCK) != 0 &&
               !S_ISREG(status.st_mode);
    case 0: /* what libuv tells itself is small, and whole */
        return is_known &&
               (S_ISSOCK(status.st_mode) || S_ISREG(status.st_mode));
    case EIO:
    case ENOSPC:
        return is_known && S_ISREG(status.st_mode);
    default:
        return true;
    }
}

static bool must_fail_at(const char *function, int descriptor)
{
    return plan.is_ours && strcmp(function, plan.function) == 0 &&
           can_fail(descriptor) && must_fail(function);
}

/* Find the real function, and put its address where `out` points to. */
static void find(const char *function, void *out, size_t size)
{
    void *address = dlsym(RTLD_NEXT, function);

    if (address == NULL)
        _exit(98);
    memcpy(out, &address, size);
}

EXPORT void *malloc(size_t size)
{
    return must_fail("malloc") ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return must_fail("calloc") ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *pointer, size_t size)
{
    return must_fail("realloc") ? NULL : __libc_realloc(pointer, size);
}

EXPORT FILE *fopen(const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *);

    find("fopen", &real, sizeof real);
    return must_fail("fopen") ? NULL : real(path, mode);
}

EXPORT FILE *fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

EXPORT int fclose(FILE *file)
{
    int (*real)(FILE *);

    find("fclose", &real, sizeof real);
    int result = real(file);
    return must_fail("fclose") ? EOF : result;
}

EXPORT int fflush(FILE *file)
{
    int (*real)(FILE *);

    find("fflush", &real, sizeof real);
    int result = real(file);
    return must_fail("fflush") ? EOF : result;
}

/* The flag that ferror reads: there is no function that sets it. */
EXPORT size_t fread(void *out, size_t size, size_t count, FILE *file)
{
    size_t (*real)(void *, size_t, size_t, FILE *);

    find("fread", &real, sizeof real);
    if (!must_fail("fread"))
        return real(out, size, count, file);
    file->_flags |= _IO_ERR_SEEN;
    return 0;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t);

    find("mkdir", &real, sizeof real);
    return must_fail("mkdir") ? -1 : real(path, mode);
}

EXPORT int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);

    find("rename", &real, sizeof real);
    return must_fail("rename") ? -1 : real(from, to);
}

EXPORT int link(const char *from, const char *to)
{
    int (*real)(const char *, const char *);

    find("link", &real, sizeof real);
    return must_fail("link") ? -1 : real(from, to);
}

EXPORT int unlink(const char *path)
{
    int (*real)(const char *);

    find("unlink", &real, sizeof real);
    return must_fail("unlink") ? -1 : real(path);
}

/* --- what runs of real processes call ------------------------------------ */

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return must_fail("aligned_alloc") ? NULL : __libc_memalign(alignment, size);
}

EXPORT ssize_t read(int descriptor, void *out, size_t size)
{
    ssize_t (*real)(int, void *, size_t);

    find("read", &real, sizeof real);
    if (!must_fail_at("read", descriptor))
        return real(descriptor, out, size);
    return plan.error == 0 ? real(descriptor, out, size > 0) : -1;
}

EXPORT ssize_t recv(int descriptor, void *out, size_t size, int flags)
{
    ssize_t (*real)(int, void *, size_t, int);

    find("recv", &real, sizeof real);
    if (!must_fail_at("read", descriptor))
        return real(descriptor, out, size, flags);
    return plan.error == 0 ? real(descriptor, out, size > 0, flags) : -1;
}

EXPORT ssize_t write(int descriptor, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);

    find("write", &real, sizeof real);
    if (!must_fail_at("write", descriptor))
        return real(descriptor, data, size);
    return plan.error == 0 ? real(descriptor, data, size - size / 2) : -1;
}

EXPORT ssize_t writev(int descriptor, const struct iovec *pieces, int count)
{
    ssize_t (*real)(int, const struct iovec *, int);
    ssize_t (*real_write)(int, const void *, size_t);

    find("writev", &real, sizeof real);
    find("write", &real_write, sizeof real_write);
    if (!must_fail_at("writev", descriptor))
        return real(descriptor, pieces, count);
    if (plan.error != 0)
        return -1;
    return real_write(descriptor,
                      pieces[0].iov_base,
                      pieces[0].iov_len - pieces[0].iov_len / 2);
}

EXPORT ssize_t send(int descriptor, const void *data, size_t size, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int);

    find("send", &real, sizeof real);
    if (!must_fail_at("writev", descriptor))
        return real(descriptor, data, size, flags);
    if (plan.error != 0)
        return -1;
    return real(descriptor, data, size - size / 2, flags);
}

EXPORT int close(int descriptor)
{
    int (*real)(int);

    find("close", &real, sizeof real);
    int result = real(descriptor);
    return must_fail("close") ? -1 : result;
}

EXPORT int fsync(int descriptor)
{
    int (*real)(int);

    find("fsync", &real, sizeof real);
    return must_fail("fsync") ? -1 : real(descriptor);
}

EXPORT int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...);
    va_list list;

    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    find("open", &real, sizeof real);
    return must_fail("open") ? -1 : real(path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
    va_list list;

    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open(path, flags | O_LARGEFILE, mode);
}

EXPORT int socket(int domain, int type, int protocol)
{
    int (*real)(int, int, int);

    find("socket", &real, sizeof real);
    return must_fail("socket") ? -1 : real(domain, type, protocol);
}

EXPORT int socketpair(int domain, int type, int protocol, int out[2])
{
    int (*real)(int, int, int, int[2]);

    find("socketpair", &real, sizeof real);
    return must_fail("socketpair") ? -1 : real(domain, type, protocol, out);
}

EXPORT int bind(int descriptor, const struct sockaddr *address, socklen_t size)
{
    int (*real)(int, const struct sockaddr *, socklen_t);

    find("bind", &real, sizeof real);
    return must_fail("bind") ? -1 : real(descriptor, address, size);
}

EXPORT int listen(int descriptor, int backlog)
{
    int (*real)(int, int);

    find("listen", &real, sizeof real);
    return must_fail("listen") ? -1 : real(descriptor, backlog);
}

EXPORT int
connect(int descriptor, const struct sockaddr *address, socklen_t size)
{
    int (*real)(int, const struct sockaddr *, socklen_t);

    find("connect", &real, sizeof real);
    return must_fail("connect") ? -1 : real(descriptor, address, size);
}

EXPORT int
accept4(int descriptor, struct sockaddr *address, socklen_t *size, int flags)
{
    int (*real)(int, struct sockaddr *, socklen_t *, int);

    find("accept4", &real, sizeof real);
    return must_fail("accept4") ? -1 : real(descriptor, address, size, flags);
}

EXPORT int pipe2(int out[2], int flags)
{
    int (*real)(int[2], int);

    find("pipe2", &real, sizeof real);
    return must_fail("pipe2") ? -1 : real(out, flags);
}

EXPORT pid_t fork(void)
{
    pid_t (*real)(void);

    find("fork", &real, sizeof real);
    return must_fail("fork") ? -1 : real();
}

/* libuv asks whether a file can be polled, with -1 in the place of data: that
 * is what can be refused. What it does then must not fail: it aborts. */
EXPORT int
epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event)
{
    int (*real)(int, int, int, struct epoll_event *);

    find("epoll_ctl", &real, sizeof real);
    bool is_question = operation == EPOLL_CTL_ADD && event->data.fd == -1;
    if (is_question && must_fail("epoll_ctl"))
        return -1;
    return real(set, operation, descriptor, event);
}

EXPORT int
epoll_wait(int set, struct epoll_event *events, int count, int timeout)
{
    int (*real)(int, struct epoll_event *, int, int);

    find("epoll_wait", &real, sizeof real);
    return must_fail("epoll_wait") ? -1 : real(set, events, count, timeout);
}

EXPORT ssize_t getrandom(void *out, size_t size, unsigned flags)
{
    ssize_t (*real)(void *, size_t, unsigned);

    find("getrandom", &real, sizeof real);
    return must_fail("getrandom") ? -1 : real(out, size, flags);
}

EXPORT int timerfd_create(clockid_t clock, int flags)
{
    int (*real)(clockid_t, int);

    find("timerfd_create", &real, sizeof real);
    return must_fail("timerfd_create") ? -1 : real(clock, flags);
}

EXPORT int timerfd_settime(int timer,
                           int flags,
                           const struct itimerspec *times,
                           struct itimerspec *before)
{
    int (*real)(int, int, const struct itimerspec *, struct itimerspec *);

    find("timerfd_settime", &real, sizeof real);
    return must_fail("timerfd_settime") ? -1
                                        : real(timer, flags, times, before);
}
