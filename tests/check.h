/*
 * The unit-test library: a test is a function, a check is an expression, the
 * report is TAP (one "ok" or "not ok" a test), which Meson reads.
 *
 *     static void test_addition(void)
 *     {
 *         CHECK_EQ(1 + 1, 2);
 *     }
 *
 *     int main(void)
 *     {
 *         RUN(test_addition);
 *         return check_end();
 *     }
 *
 * A failed check says where and goes on; its test is "not ok".
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct {
    unsigned count;
    unsigned failed;
    bool test_failed;
} check_state;

static inline bool
check_that(bool holds, const char *file, int line, const char *text)
{
    if (!holds) {
        check_state.test_failed = true;
        printf("# %s:%d: %s does not hold\n", file, line, text);
    }
    return holds;
}

static inline bool check_equal(uint64_t left,
                               uint64_t right,
                               const char *file,
                               int line,
                               const char *text)
{
    if (left != right) {
        check_state.test_failed = true;
        printf("# %s:%d: %s: %" PRIu64 " is not %" PRIu64 "\n",
               file,
               line,
               text,
               left,
               right);
    }
    return left == right;
}

static inline bool
check_text(const char *left, const char *right, const char *file, int line)
{
    bool same = left != NULL && strcmp(left, right) == 0;
    if (!same) {
        check_state.test_failed = true;
        printf("# %s:%d: \"%s\" is not \"%s\"\n",
               file,
               line,
               left != NULL ? left : "(null)",
               right);
    }
    return same;
}

/* Each returns whether the check held, so that a test can stop early. */
#define CHECK(condition) check_that((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(left, right)                                                  \
    check_equal((uint64_t)(left),                                              \
                (uint64_t)(right),                                             \
                __FILE__,                                                      \
                __LINE__,                                                      \
                #left " == " #right)
#define CHECK_STR(left, right) check_text((left), (right), __FILE__, __LINE__)

static inline void check_run(const char *name, void (*test)(void))
{
    check_state.count++;
    check_state.test_failed = false;
    test();
    if (check_state.test_failed)
        check_state.failed++;
    printf("%s %u - %s\n",
           check_state.test_failed ? "not ok" : "ok",
           check_state.count,
           name);
    fflush(stdout);
}

#define RUN(test) check_run(#test, test)

/* Print the plan; return the exit status of the test program. */
static inline int check_end(void)
{
    printf("1..%u\n", check_state.count);
    return check_state.failed == 0 ? 0 : 1;
}

#endif
