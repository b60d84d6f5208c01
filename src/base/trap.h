/*
 * Assertions that stay on in release builds: a silently wrong snapshot is
 * worse than a stop. They need no C library.
 */
#ifndef CUT_BASE_TRAP_H
#define CUT_BASE_TRAP_H

#define CUT_ASSERT(condition)                                                  \
    do {                                                                       \
        if (__builtin_expect(!(condition), 0))                                 \
            __builtin_trap();                                                  \
    } while (0)

#endif
