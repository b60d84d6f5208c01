/*
 * Trace segments when the system or memory fails: every call that opens, reads,
 * writes, closes or lists fails in turn, does less than was asked, or is
 * interrupted; every allocation fails in turn. The linker puts the functions
 * here in place of the C library's (--wrap).
 */
#include "check.h"
#include "fail_each.h"

#include "analyze/segments.h"
#include "store/trace_reader.h"
#include "store/trace_writer.h"

#include <cutline/trace.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- calls that fail ----------------------------------------------------- */

static struct {
    const char *function; /* NULL: none fails */
    unsigned at;          /* from 1 */
    unsigned calls;
    int error;
    bool is_stingy; /* reads and writes do a few bytes, or are interrupted */
    unsigned turns;
} plan;

static void plan_failure(const char *function, unsigned at, int error)
{
    plan.function = function;
    plan.at = at;
    plan.calls = 0;
    plan.error = error;
    plan.is_stingy = false;
}

static bool must_fail(const char *function)
{
    if (plan.function == NULL || strcmp(plan.function, function) != 0 ||
        ++plan.calls != plan.at)
        return false;
    errno = plan.error;
    return true;
}

/* Return how much of a size is done: 0: it is interrupted. */
static size_t allowance(size_t size)
{
    if (!plan.is_stingy)
        return size;
    plan.turns++;
    errno = EINTR;
    return plan.turns % 3 == 0     ? 0
           : plan.turns % 7 < size ? plan.turns % 7
                                   : size;
}

/* Declared as the linker names them; with large files, as they are then. */
#define WRAP(result, name, ...)                                                \
    result __real_##name(__VA_ARGS__);                                         \
    result __wrap_##name(__VA_ARGS__);                                         \
    result __wrap_##name(__VA_ARGS__)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return must_fail("open") ? -1 : __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
    va_list arguments;

    va_start(arguments, flags);
    int mode = va_arg(arguments, int);
    va_end(arguments);
    return must_fail("open") ? -1 : __real_open64(path, flags, mode);
}

WRAP(ssize_t, write, int descriptor, const void *bytes, size_t size)
{
    size_t allowed = allowance(size);

    if (must_fail("write") || allowed == 0)
        return -1;
    return __real_write(descriptor, bytes, allowed);
}

WRAP(ssize_t, read, int descriptor, void *bytes, size_t size)
{
    size_t allowed = allowance(size);

    if (must_fail("read") || allowed == 0)
        return -1;
    return __real_read(descriptor, bytes, allowed);
}

/* The descriptor is closed, whatever is said. */
WRAP(int, close, int descriptor)
{
    int result = __real_close(descriptor);

    return must_fail("close") ? -1 : result;
}

WRAP(int, fstat, int descriptor, struct stat *status)
{
    return must_fail("fstat") ? -1 : __real_fstat(descriptor, status);
}

WRAP(int, fstat64, int descriptor, struct stat *status)
{
    return must_fail("fstat") ? -1 : __real_fstat64(descriptor, status);
}

WRAP(DIR *, opendir, const char *path)
{
    return must_fail("opendir") ? NULL : __real_opendir(path);
}

WRAP(struct dirent *, readdir, DIR *directory)
{
    return must_fail("readdir") ? NULL : __real_readdir(directory);
}

WRAP(struct dirent *, readdir64, DIR *directory)
{
    return must_fail("readdir") ? NULL : __real_readdir64(directory);
}

/* --- files --------------------------------------------------------------- */

static char folder[] = "/tmp/test_trace_faults.XXXXXX";
static char path[2][64];

static const char *const types[] = {"coin"};

static enum cut_error open_writer(uint32_t process,
                                  const struct cut_allocator *allocator,
                                  struct cut_trace_writer **out,
                                  struct cut_fault *fault)
{
    const struct cut_segment_channel channel = {1 - process, true};
    const struct cut_segment_head head = {
        .process = process,
        .process_count = 2,
        .type_count = 1,
        .outgoing_count = 1,
        .incoming_count = 1,
        .name = "p",
        .algorithm = "here",
        .types = types,
        .outgoing = &channel,
        .incoming = &channel,
    };

    unlink(path[process]);
    return cut_trace_writer_open(path[process], &head, allocator, out, fault);
}

static void add(struct cut_trace_writer *writer,
                enum cut_segment_kind kind,
                uint64_t sequence)
{
    const struct cut_segment_record record = {
        .kind = kind, .sequence = sequence, .snapshot = {0, 0, 7}};

    cut_trace_writer_add(writer, &record);
}

/* p0 sends to p1 what p1 records and receives; and a snapshot is taken. */
static void write_run(void)
{
    struct cut_trace_writer *writer = NULL;

    for (uint32_t p = 0; p < 2; p++) {
        if (open_writer(p, NULL, &writer, NULL) != CUT_OK)
            abort();
        add(writer, CUT_SEGMENT_START, 1);
        if (p == 0)
            add(writer, CUT_SEGMENT_SEND, 1);
        add(writer, CUT_SEGMENT_CAPTURE, 1);
        if (p == 1)
            add(writer, CUT_SEGMENT_RECORD, 1);
        add(writer, CUT_SEGMENT_COMPLETE, 1);
        if (p == 1)
            add(writer, CUT_SEGMENT_RECEIVE, 2);
        if (cut_trace_writer_close(writer, 0, NULL) != CUT_OK)
            abort();
    }
}

static void remove_run(void)
{
    unlink(path[0]);
    unlink(path[1]);
}

/* Return how many records a segment has. */
static uint64_t count_records(const char *file, enum cut_segment_ending *ending)
{
    struct cut_trace_reader *reader = NULL;
    struct cut_segment_record record;
    bool has_more = true;
    uint64_t count = 0;

    if (!CHECK_EQ(cut_trace_reader_open(file, NULL, &reader, NULL), CUT_OK))
        return 0;
    while (cut_trace_reader_next(reader, &record, &has_more, NULL) == CUT_OK &&
           has_more)
        count++;
    *ending = cut_trace_reader_ending(reader);
    cut_trace_reader_destroy(reader);
    return count;
}

/* --- writing ------------------------------------------------------------- */

static void check_fault(const struct cut_fault *fault, const char *what)
{
    CHECK_EQ(fault->code, CUT_IO);
    CHECK_EQ(fault->system_error, plan.error);
    CHECK(fault->path == path[0]);
    CHECK_STR(fault->what, what);
}

/* Neither a writer nor a file is there. */
static void test_open_fails(void)
{
    static const char *const functions[] = {"open", "write"};

    for (size_t i = 0; i < 2; i++) {
        struct cut_trace_writer *writer = UNTOUCHED;
        struct cut_fault fault = {0};
        plan_failure(functions[i], 1, ENOSPC);
        CHECK_EQ(open_writer(0, NULL, &writer, &fault), CUT_IO);
        check_fault(&fault, "cannot write: No space left on device");
        CHECK(writer == UNTOUCHED);
        CHECK(access(path[0], F_OK) != 0);
        CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
        cut_trace_writer_abandon(writer);
    }
}

/*
 * Any write fails: it is said once, by the next flush or by the end, and what
 * is in the file is what was written before.
 */
static void test_write_fails(void)
{
    for (unsigned at = 2; at < 6; at++) {
        struct cut_trace_writer *writer = NULL;
        struct cut_fault fault = {0};
        enum cut_segment_ending ending = CUT_SEGMENT_ENDED;
        plan_failure("write", at, EIO);
        CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
        for (unsigned i = 1; i <= 6; i++) {
            add(writer, CUT_SEGMENT_TIMER, i);
            bool fails = i + 1 == at;
            CHECK_EQ(cut_trace_writer_flush(writer, &fault),
                     fails ? CUT_IO : CUT_OK);
            if (fails)
                check_fault(&fault, "cannot write: Input/output error");
        }
        CHECK_EQ(cut_trace_writer_close(writer, 0, &fault), CUT_OK);
        plan_failure(NULL, 0, 0);
        CHECK_EQ(count_records(path[0], &ending), at - 2);
        CHECK_EQ(ending, CUT_SEGMENT_UNENDED);
    }
}

/* A full buffer that cannot be written: nobody is told until they ask. */
static void test_add_fails(void)
{
    struct cut_trace_writer *writer = NULL;
    struct cut_fault fault = {0};
    enum cut_segment_ending ending = CUT_SEGMENT_ENDED;

    plan_failure("write", 2, ENOSPC);
    CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
    for (unsigned i = 1; i <= 10000; i++)
        add(writer, CUT_SEGMENT_TIMER, i);
    CHECK_EQ(plan.calls, 2);
    CHECK_EQ(cut_trace_writer_close(writer, 0, &fault), CUT_IO);
    check_fault(&fault, "cannot write: No space left on device");
    plan_failure(NULL, 0, 0);
    CHECK_EQ(count_records(path[0], &ending), 0);
}

static void test_close_fails(void)
{
    struct cut_trace_writer *writer = NULL;
    struct cut_fault fault = {0};

    plan_failure("close", 1, EDQUOT);
    CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
    CHECK_EQ(cut_trace_writer_close(writer, 0, &fault), CUT_IO);
    check_fault(&fault, "cannot close: Disk quota exceeded");
    plan_failure("close", 1, EINTR);
    CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
    CHECK_EQ(cut_trace_writer_close(writer, 0, &fault), CUT_OK);
}

/* Writes that do less, and signals, change nothing; nor do they for reads. */
static void test_stingy(void)
{
    struct cut_trace_writer *writer = NULL;
    enum cut_segment_ending ending = CUT_SEGMENT_UNENDED;

    plan_failure(NULL, 0, 0);
    plan.is_stingy = true;
    CHECK_EQ(open_writer(0, NULL, &writer, NULL), CUT_OK);
    for (unsigned i = 1; i <= 3000; i++)
        add(writer, CUT_SEGMENT_TIMER, i);
    CHECK_EQ(cut_trace_writer_close(writer, 0, NULL), CUT_OK);
    CHECK(plan.turns > 10000);
    plan.turns = 0;
    CHECK_EQ(count_records(path[0], &ending), 3001);
    CHECK_EQ(ending, CUT_SEGMENT_ENDED);
    CHECK(plan.turns > 10000);
    plan.is_stingy = false;
}

/* --- reading ------------------------------------------------------------- */

static void test_reading_fails(void)
{
    static const struct {
        const char *function;
        const char *what; /* NULL: it is done without */
    } cases[] = {
        {"opendir", "cannot open: Input/output error"},
        {"readdir", "cannot read: Input/output error"},
        {"open", "p0.0.trace: cannot open: Input/output error"},
        {"fstat", "p0.0.trace: cannot read: Input/output error"},
        {"read", "p0.0.trace: cannot read: Input/output error"},
        {"close", NULL},
    };

    write_run();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_first = true;
        for (unsigned at = 1;; at++, is_first = false) {
            struct cut_trace_run *run = UNTOUCHED;
            struct cut_fault fault = {0};
            plan_failure(cases[i].function, at, EIO);
            enum cut_error error =
                cut_trace_run_read(folder, 0, NULL, &run, &fault);
            if (plan.calls < at || cases[i].what == NULL) {
                CHECK_EQ(error, CUT_OK);
                cut_trace_run_destroy(run);
                break;
            }
            CHECK_EQ(error, CUT_IO);
            CHECK(run == UNTOUCHED);
            CHECK(fault.path == folder);
            CHECK_EQ(fault.system_error, EIO);
            CHECK_EQ(fault.code, CUT_IO);
            if (is_first)
                CHECK_STR(fault.what, cases[i].what);
        }
        CHECK(cases[i].what == NULL || !is_first);
    }
    plan_failure(NULL, 0, 0);
}

/* --- memory -------------------------------------------------------------- */

static enum cut_error run_writer(struct failing_allocator *failing)
{
    struct cut_trace_writer *writer = UNTOUCHED;
    struct cut_fault fault = {0};
    enum cut_error error = open_writer(0, &failing->allocator, &writer, &fault);

    if (error != CUT_OK) {
        CHECK(writer == UNTOUCHED);
        CHECK_EQ(fault.code, CUT_NOMEM);
        CHECK(access(path[0], F_OK) != 0);
        return error;
    }
    return cut_trace_writer_close(writer, 0, NULL);
}

static void test_writer_memory(void)
{
    fail_all(run_writer, 2);
}

static enum cut_error run_reading(struct failing_allocator *failing)
{
    struct cut_trace_run *run = UNTOUCHED;
    struct cut_fault fault = {0};
    struct cut_verdict verdict = {.crossing_count = 99};
    enum cut_error error =
        cut_trace_run_read(folder, 0, &failing->allocator, &run, &fault);

    if (error != CUT_OK) {
        CHECK(run == UNTOUCHED);
        CHECK_EQ(fault.code, CUT_NOMEM);
        CHECK(strstr(fault.what, "out of memory") != NULL);
        return error;
    }
    error = cut_trace_run_judge(run, 0, &failing->allocator, &verdict);
    if (error == CUT_OK) {
        CHECK_EQ(verdict.kind, CUT_VERDICT_CONSISTENT);
        CHECK_EQ(verdict.crossing_count, 1);
    } else {
        CHECK_EQ(verdict.crossing_count, 99);
    }
    cut_trace_run_destroy(run);
    return error;
}

static void test_reading_memory(void)
{
    write_run();
    fail_all(run_reading, 25);
}

/* What is known from a receiver alone, and who joins and leaves, is memory as
 * well. */
static void test_reading_lost(void)
{
    struct cut_trace_writer *writer = NULL;

    write_run();
    if (open_writer(0, NULL, &writer, NULL) != CUT_OK)
        abort();
    add(writer, CUT_SEGMENT_START, 1);
    add(writer, CUT_SEGMENT_SEND, 1);
    add(writer, CUT_SEGMENT_CAPTURE, 1);
    add(writer, CUT_SEGMENT_COMPLETE, 1);
    add(writer, CUT_SEGMENT_LEAVE, 1);
    CHECK_EQ(cut_trace_writer_flush(writer, NULL), CUT_OK);
    cut_trace_writer_abandon(writer);
    if (open_writer(1, NULL, &writer, NULL) != CUT_OK)
        abort();
    struct cut_segment_record record = {.kind = CUT_SEGMENT_RECEIVE};
    add(writer, CUT_SEGMENT_CAPTURE, 0);
    add(writer, CUT_SEGMENT_COMPLETE, 0);
    for (uint64_t i = 0; i < 3; i++) {
        record.position = i;
        record.sequence = i + 1;
        cut_trace_writer_add(writer, &record);
    }
    CHECK_EQ(cut_trace_writer_close(writer, 0, NULL), CUT_OK);

    struct failing_allocator failing;
    struct cut_trace_run *run = NULL;
    uint64_t at = 1;
    for (; at < REQUESTS_MAX; at++) {
        failing_init(&failing, FAIL_ONCE, at);
        enum cut_error error =
            cut_trace_run_read(folder, 0, &failing.allocator, &run, NULL);
        if (error == CUT_OK)
            break;
        CHECK_EQ(error, CUT_NOMEM);
        CHECK_EQ(failing.blocks, 0);
        CHECK_EQ(failing.mistakes, 0);
    }
    CHECK(at > 25);
    CHECK_EQ(cut_trace_run_info(run)->message_count, 3);
    CHECK_EQ(cut_trace_run_message(run, 2).position, 2);
    CHECK(cut_trace_run_end(run, 0).is_early);
    cut_trace_run_destroy(run);
    CHECK_EQ(failing.blocks, 0);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    for (unsigned p = 0; p < 2; p++)
        snprintf(path[p], sizeof path[p], "%s/p%u.0.trace", folder, p);
    RUN(test_open_fails);
    RUN(test_write_fails);
    RUN(test_add_fails);
    RUN(test_close_fails);
    RUN(test_stingy);
    RUN(test_reading_fails);
    RUN(test_writer_memory);
    RUN(test_reading_memory);
    RUN(test_reading_lost);
    remove_run();
    rmdir(folder);
    return check_end();
}
