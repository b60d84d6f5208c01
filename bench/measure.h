/*
 * CPU time and memory of what has happened between two moments.
 */
#ifndef CUT_BENCH_MEASURE_H
#define CUT_BENCH_MEASURE_H

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* What a moment looks like: the difference of two is what a phase cost. */
struct moment {
    double cpu_s;
    double allocated; /* bytes */
    double resident;  /* bytes */
};

static inline double cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* The second number of statm: pages in memory. */
static inline double resident_bytes(void)
{
    char line[256] = "";
    char *resident = line;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) != NULL)
        (void)strtoul(line, &resident, 10);
    fclose(file);
    return (double)strtoul(resident, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

static inline struct moment moment_now(void)
{
    struct mallinfo2 heap = mallinfo2();

    return (struct moment){
        .cpu_s = cpu_s(),
        .allocated = (double)heap.uordblks + (double)heap.hblkhd,
        .resident = resident_bytes(),
    };
}

static inline struct moment since(struct moment begin)
{
    struct moment end = moment_now();

    return (struct moment){
        .cpu_s = end.cpu_s - begin.cpu_s,
        .allocated = end.allocated - begin.allocated,
        .resident = end.resident - begin.resident,
    };
}

static inline long peak_resident(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * 1024;
}

/* As three fields of a line of JSON. */
static inline void print_phase(const char *name, struct moment cost)
{
    printf(", \"%s_s\": %.6f", name, cost.cpu_s);
    printf(", \"%s_allocated\": %.0f", name, cost.allocated);
    printf(", \"%s_resident\": %.0f", name, cost.resident);
}

#endif
