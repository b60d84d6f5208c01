/*
 * Every allocation of some work fails once, and with it all later ones.
 *
 * A subject does some work with an allocator and stops at the first error. It
 * is run with the first request for memory failing, the second, and so on,
 * until no request is left to fail: each time it must say CUT_NOMEM, and
 * give back all that it has, each block with the size that it has.
 */
#ifndef TESTS_FAULT_FAIL_EACH_H
#define TESTS_FAULT_FAIL_EACH_H

#include "check.h"
#include "fault/failing_allocator.h"

/* Far more than any subject asks for; so that a loop here comes to an end. */
#define REQUESTS_MAX 10000

/* What an output is set to before a call, to see that it is not written. */
#define UNTOUCHED ((void *)(uintptr_t)0x5a5a5a50)

/* Run a subject in one mode; return how many failures it went through. */
static inline uint64_t
fail_each(enum cut_error (*run)(struct failing_allocator *failing),
          enum failing_mode mode)
{
    for (uint64_t at = 1; at < REQUESTS_MAX; at++) {
        struct failing_allocator failing;
        failing_init(&failing, mode, at);
        enum cut_error error = run(&failing);
        CHECK_EQ(failing.mistakes, 0);
        CHECK_EQ(failing.blocks, 0);
        if (failing.failures == 0) {
            CHECK_EQ(error, CUT_OK);
            return at - 1;
        }
        CHECK_EQ(error, CUT_NOMEM);
        if (check_state.test_failed) {
            printf("# when request %" PRIu64 " fails\n", at);
            return at;
        }
    }
    CHECK(false);
    return 0;
}

/* least: how many places the subject must have in which memory can lack. */
static inline void
fail_all(enum cut_error (*run)(struct failing_allocator *failing),
         uint64_t least)
{
    uint64_t once = fail_each(run, FAIL_ONCE);

    CHECK(once >= least);
    CHECK_EQ(fail_each(run, FAIL_FROM_ON), once);
}

#endif
