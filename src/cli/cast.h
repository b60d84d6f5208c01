/*
 * Who takes part in a run, as those who draw and write it need to know.
 */
#ifndef CLI_CAST_H
#define CLI_CAST_H

#include <cutline/topology.h>

struct cut_cast {
    /* Of token processes, whose time is ticks; NULL: of a program's processes,
     * whose time is nanoseconds. */
    const struct cut_topology *topology;
    uint32_t process_count;
    /* Without a topology: names, NULL where they are p0, p1, ...; and those of
     * the types of messages. Borrowed. */
    const char *const *names;
    const char *const *types;
    size_t type_count;
};

/* Bytes of a name that is made up, with its end. */
#define CUT_CAST_NAME_SIZE 16

/* Return the cast of a topology. */
struct cut_cast cut_cast_of(const struct cut_topology *topology);

/* Return a process's name; one that is made up is written into room. */
const char *cut_cast_name(const struct cut_cast *cast,
                          uint32_t process,
                          char room[CUT_CAST_NAME_SIZE]);

/* Return the process of that name, or else of that index; CUT_NONE. */
uint32_t
cut_cast_find(const struct cut_cast *cast, const char *text, size_t size);

/* Return the name of a type of messages; one without is written into room. */
const char *cut_cast_type(const struct cut_cast *cast,
                          uint32_t type,
                          char room[CUT_CAST_NAME_SIZE]);

/* Bytes of a point in time as text, with its end. */
#define CUT_CAST_TIME_SIZE 32

/*
 * Write a point in time into room, and return it: "12" ticks; or, to the
 * microsecond, "12.345" ms.
 */
const char *cut_cast_time(const struct cut_cast *cast,
                          uint64_t now,
                          char room[CUT_CAST_TIME_SIZE]);

#endif
