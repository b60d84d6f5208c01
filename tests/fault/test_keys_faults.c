/*
 * Each system call with which keys are written fails in turn: the caller is
 * told, and nothing is left behind. The functions are defined here, so that the
 * library calls these.
 */
#include "check.h"

#include <cutline/keys.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { NO_CALL, MKDIR, OPEN, OPENAT, WRITE, FSYNC, CLOSE };

static struct {
    enum call call;
    unsigned at; /* from 1 */
    unsigned count;
    int error;      /* 0: a write takes one byte only, from `at` on */
    int last_error; /* what was given */
} plan;

static bool is_due(enum call call)
{
    if (call != plan.call || ++plan.count < plan.at)
        return false;
    if (plan.error == 0)
        return true;
    if (plan.count > plan.at)
        return false;
    errno = plan.error;
    return true;
}

int mkdir(const char *path, mode_t mode)
{
    if (is_due(MKDIR))
        return -1;
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int open(const char *path, int flags, ...)
{
    if (is_due(OPEN))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (is_due(OPENAT))
        return -1;
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

ssize_t write(int fd, const void *data, size_t size)
{
    bool due = is_due(WRITE);

    if (due && plan.error != 0)
        return -1;
    return syscall(SYS_write, fd, data, due ? 1 : size);
}

int fsync(int fd)
{
    if (is_due(FSYNC))
        return -1;
    return (int)syscall(SYS_fsync, fd);
}

/* One that fails has closed all the same. */
int close(int fd)
{
    int result = (int)syscall(SYS_close, fd);

    return is_due(CLOSE) ? -1 : result;
}

static char folder[] = "/tmp/test_keys_faults.XXXXXX";
static char keys[sizeof folder + 8];

static bool is_there(const char *file)
{
    char path[sizeof keys + 16];

    snprintf(path, sizeof path, "%s/%s", keys, file);
    return access(path, F_OK) == 0;
}

static void scrap(void)
{
    static const char *const files[] = {"ca.pem", "cert.pem", "key.pem", ""};
    char path[sizeof keys + 16];

    for (unsigned i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", keys, files[i]);
        remove(path);
    }
}

static enum cut_error run(struct cut_fault *fault)
{
    *fault = (struct cut_fault){.code = CUT_OK};
    plan.count = 0;
    enum cut_error error = cut_keys_create(keys, 30, fault);
    plan.call = NO_CALL;
    return error;
}

static void check_whole(void)
{
    CHECK(is_there("ca.pem") && is_there("cert.pem") && is_there("key.pem"));
    scrap();
}

/* A call fails, with the directory being new or there before. */
static void check_fails(enum call call, unsigned at, const char *what)
{
    char expected[128];

    snprintf(expected, sizeof expected, "%s: %s", what, strerror(ENOSPC));
    for (unsigned is_new = 0; is_new < 2; is_new++) {
        struct cut_fault fault;
        if (is_new == 0)
            CHECK_EQ(mkdir(keys, 0700), 0);
        plan.call = call;
        plan.at = at;
        plan.error = ENOSPC;
        CHECK_EQ(run(&fault), CUT_IO);
        CHECK_EQ(fault.code, CUT_IO);
        CHECK_EQ(fault.system_error, ENOSPC);
        CHECK(fault.path == keys);
        CHECK_STR(fault.what, expected);
        CHECK(!is_there("ca.pem") && !is_there("cert.pem") &&
              !is_there("key.pem"));
        CHECK_EQ(access(keys, F_OK) == 0, is_new == 0);
        scrap();
    }
}

static void test_directory(void)
{
    check_fails(MKDIR, 1, "cannot make the directory");
    check_fails(OPEN, 1, "cannot open the directory");
}

static void test_files(void)
{
    static const char *const what[] = {
        "cannot write ca.pem", "cannot write cert.pem", "cannot write key.pem"};

    for (unsigned i = 0; i < 3; i++) {
        check_fails(OPENAT, 1 + i, what[i]);
        check_fails(WRITE, 1 + i, what[i]);
        check_fails(FSYNC, 1 + i, what[i]);
        check_fails(CLOSE, 1 + i, what[i]);
    }
}

/* The fourth of each is not the keys': nothing fails. */
static void test_there_are_no_more(void)
{
    static const enum call calls[] = {OPENAT, WRITE, FSYNC};
    struct cut_fault fault;

    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        plan.call = calls[i];
        plan.at = 4;
        plan.error = ENOSPC;
        CHECK_EQ(run(&fault), CUT_OK);
        CHECK_EQ(plan.count, 3);
        check_whole();
    }
}

static void test_short_and_interrupted_writes(void)
{
    struct cut_fault fault;

    plan.call = WRITE;
    plan.at = 1;
    plan.error = 0;
    CHECK_EQ(run(&fault), CUT_OK);
    CHECK(plan.count > 1000);
    check_whole();
    plan.call = WRITE;
    plan.at = 2;
    plan.error = EINTR;
    CHECK_EQ(run(&fault), CUT_OK);
    CHECK_EQ(plan.count, 4);
    check_whole();
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(keys, sizeof keys, "%s/keys", folder);
    RUN(test_directory);
    RUN(test_files);
    RUN(test_there_are_no_more);
    RUN(test_short_and_interrupted_writes);
    rmdir(folder);
    return check_end();
}
