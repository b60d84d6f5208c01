/*
 * What the fuzz targets share. A target is the one function that libFuzzer
 * calls; replay.c calls it as well. What does not hold stops the program.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <cutline/topology.h>

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_check(bool holds, const char *file, int line, const char *text)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, text);
    abort();
}

#define FUZZ_CHECK(condition)                                                  \
    fuzz_check((condition), __FILE__, __LINE__, #condition)

/* Open bytes for reading as a file. */
static inline FILE *fuzz_open(const void *data, size_t size)
{
    /* fmemopen promises to write nothing to what is open for reading. */
    void *bytes = (void *)(uintptr_t)data;
    FILE *file =
        size > 0 ? fmemopen(bytes, size, "r") : fopen("/dev/null", "r");

    FUZZ_CHECK(file != NULL);
    return file;
}

/*
 * A malformed file's fault is one printable line, "what is wrong (expected
 * ...)", with the place, and whole.
 */
static inline void fuzz_check_fault(enum cut_error error,
                                    const struct cut_fault *fault,
                                    const char *path)
{
    size_t size = strnlen(fault->what, sizeof fault->what);

    FUZZ_CHECK(error == CUT_INVALID || error == CUT_LIMIT);
    FUZZ_CHECK(fault->code == error);
    FUZZ_CHECK(fault->system_error == 0);
    FUZZ_CHECK(fault->path == path);
    FUZZ_CHECK(fault->line > 0 && fault->column > 0);
    FUZZ_CHECK(size > 0 && size < sizeof fault->what - 1);
    FUZZ_CHECK(strstr(fault->what, "(expected ") != NULL);
    FUZZ_CHECK(fault->what[size - 1] == ')');
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(iscntrl((unsigned char)fault->what[i]) == 0);
}

/* Read a topology that is well-formed. */
static inline struct cut_topology *fuzz_topology(const char *text)
{
    FILE *file = fuzz_open(text, strlen(text));
    struct cut_topology *topology = NULL;
    enum cut_error error =
        cut_topology_read(file, "fixed.top", NULL, &topology, NULL);

    FUZZ_CHECK(error == CUT_OK);
    fclose(file);
    return topology;
}

#endif
