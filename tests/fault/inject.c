/*
 * A library to be preloaded into a program: makes the k-th call of a function
 * of the C library fail.
 *
 *     CUT_FAIL=FUNCTION:K:ERRNO     the K-th call, from 1
 *     CUT_FAIL=FUNCTION:K+:ERRNO    the K-th and all later ones
 *     CUT_FAIL_FD=N                 a byte goes there for each call that failed
 *
 * ERRNO is a number; FUNCTION one of the table below. Calls are counted from
 * the program's start on; what the C library calls inside itself is not seen,
 * but for memory. A call that fails here has the effect that a failing one
 * may have: fclose and fflush have done their work, the others have not. What
 * the program starts runs as always.
 */

/* The names are to be the plain ones: fopen is not to become fopen64. */
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* What glibc's own allocation is called where malloc is somebody else's. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);

static struct {
    char function[16]; /* empty: none is to fail */
    unsigned long at;
    unsigned long calls;
    bool from_on;
    int error;
    int descriptor; /* where failures are reported; -1: nowhere */
} plan;

/* Read the plan. Whatever the loader did before is not counted. */
__attribute__((constructor)) static void read_plan(void)
{
    const char *text = getenv("CUT_FAIL");
    const char *descriptor = getenv("CUT_FAIL_FD");
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    char *end;

    plan.descriptor =
        descriptor != NULL ? (int)strtol(descriptor, NULL, 10) : -1;
    if (colon == NULL || (size_t)(colon - text) >= sizeof plan.function)
        return;
    plan.at = strtoul(colon + 1, &end, 10);
    plan.from_on = *end == '+';
    end += plan.from_on;
    plan.error = *end == ':' ? (int)strtol(end + 1, NULL, 10) : EIO;
    memcpy(plan.function, text, (size_t)(colon - text));
    unsetenv("LD_PRELOAD");
}

/* Count a call; return whether it is to fail, with errno set. */
static bool must_fail(const char *function)
{
    if (strcmp(function, plan.function) != 0)
        return false;
    plan.calls++;
    if (plan.from_on ? plan.calls < plan.at : plan.calls != plan.at)
        return false;
    if (plan.descriptor >= 0 && write(plan.descriptor, "!", 1) < 0)
        _exit(99);
    errno = plan.error;
    return true;
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
