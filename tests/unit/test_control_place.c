/*
 * Where control sockets are: names, the directory, and who may remove what.
 */
#include "check.h"
#include "net/control_place.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where XDG_RUNTIME_DIR points to in these tests. */
static char root[] = "/tmp/cutXXXXXX";
static char inner[64];

static void test_names(void)
{
    static const char *const good[] = {"a", "Z", "0", "_", "a.b", "a-b_c.9"};
    static const char *const bad[] = {
        "", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "\xc3\xa4", "a\x7f"};
    char longest[CUT_CONTROL_NAME_MAX + 2];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(cut_control_name_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!cut_control_name_is_valid(bad[i]));
    memset(longest, 'x', sizeof longest);
    longest[CUT_CONTROL_NAME_MAX] = '\0';
    CHECK(cut_control_name_is_valid(longest));
    longest[CUT_CONTROL_NAME_MAX] = 'x';
    longest[CUT_CONTROL_NAME_MAX + 1] = '\0';
    CHECK(!cut_control_name_is_valid(longest));
}

static void test_nothing_there(void)
{
    char path[CUT_CONTROL_PATH_SIZE] = "as it was";
    struct cut_fault fault = {0};
    int descriptor = -7;

    CHECK_EQ(cut_control_directory(path, &fault), CUT_STATE);
    CHECK_STR(fault.what, "no run is up");
    CHECK_STR(path, "as it was");
    CHECK_EQ(cut_control_connect("a", &descriptor, &fault), CUT_STATE);
    CHECK_STR(fault.what, "no run 'a' is up");
    CHECK_EQ(cut_control_connect("a", &descriptor, NULL), CUT_STATE);
    CHECK_EQ(cut_control_connect("a/", &descriptor, &fault), CUT_INVALID);
    CHECK_EQ(descriptor, -7);
    CHECK(access(inner, F_OK) != 0);
}

static mode_t mode_of(const char *path)
{
    struct stat status = {0};

    CHECK_EQ(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static void test_listen(void)
{
    char path[CUT_CONTROL_PATH_SIZE];
    char again[CUT_CONTROL_PATH_SIZE] = "as it was";
    char found[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    int listening = -1;
    int calling = -1;
    int other = -7;
    mode_t mask = umask(0);

    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    umask(mask);
    CHECK_EQ(mode_of(inner), S_IRWXU);
    CHECK_EQ(mode_of(path), S_IRUSR | S_IWUSR);
    CHECK_EQ(cut_control_directory(found, &fault), CUT_OK);
    CHECK_STR(found, inner);
    CHECK_EQ(cut_control_listen("a", again, &other, &fault), CUT_STATE);
    CHECK_STR(fault.what, "a run 'a' is up already");
    CHECK_STR(again, "as it was");
    CHECK_EQ(other, -7);
    CHECK_EQ(cut_control_connect("a", &calling, &fault), CUT_OK);
    CHECK((fcntl(calling, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(calling, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(listening, F_GETFD) & FD_CLOEXEC) != 0);
    close(calling);
    cut_control_remove(path);
    CHECK(access(path, F_OK) != 0);
    close(listening);
}

/* A supervisor that was killed leaves its socket. */
static void test_stale(void)
{
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    int listening = -1;
    int calling = -1;

    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    close(listening);
    CHECK_EQ(access(path, F_OK), 0);
    CHECK_EQ(cut_control_connect("a", &calling, &fault), CUT_STATE);
    CHECK(access(path, F_OK) != 0);
    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    close(listening);
    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    CHECK_EQ(cut_control_connect("a", &calling, &fault), CUT_OK);
    close(calling);
    cut_control_remove(path);
    close(listening);
}

/* While somebody else has the lock, nothing is taken for stale; and nobody
 * waits for him for ever. */
static void test_lock(void)
{
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    int listening = -1;
    int calling = -1;
    int holder = open(inner, O_RDONLY | O_DIRECTORY);

    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    close(listening);
    CHECK_EQ(flock(holder, LOCK_EX), 0);
    CHECK_EQ(cut_control_connect("a", &calling, &fault), CUT_STATE);
    CHECK_EQ(access(path, F_OK), 0);
    CHECK_EQ(cut_control_listen("b", path, &listening, &fault), CUT_IO);
    CHECK(strstr(fault.what, "cannot lock ") == fault.what);
    close(holder);
    CHECK_EQ(cut_control_connect("a", &calling, &fault), CUT_STATE);
    CHECK(rmdir(inner) == 0);
}

static void test_full(void)
{
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    int callers[512];
    size_t count = 0;
    int listening = -1;
    enum cut_error error = CUT_OK;

    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_OK);
    while (error == CUT_OK && count < sizeof callers / sizeof callers[0]) {
        error = cut_control_connect("a", &callers[count], &fault);
        count += error == CUT_OK;
    }
    CHECK_EQ(error, CUT_LIMIT);
    CHECK_EQ(access(path, F_OK), 0);
    CHECK_EQ(cut_control_listen("a", path, &listening, &fault), CUT_STATE);
    while (count > 0)
        close(callers[--count]);
    cut_control_remove(path);
    close(listening);
}

/* What is there instead of the directory, and is refused. */
static void check_refused(enum cut_error wanted, const char *says)
{
    char path[CUT_CONTROL_PATH_SIZE];
    struct cut_fault fault = {0};
    int descriptor = -7;

    CHECK_EQ(cut_control_listen("a", path, &descriptor, &fault), wanted);
    CHECK(strstr(fault.what, says) != NULL);
    CHECK_EQ(cut_control_directory(path, &fault), wanted);
    CHECK(strstr(fault.what, says) != NULL);
    CHECK_EQ(cut_control_connect("a", &descriptor, &fault), wanted);
    CHECK_EQ(descriptor, -7);
}

static void test_refused(void)
{
    CHECK_EQ(chmod(inner, 0701), 0);
    check_refused(CUT_IO, "is open to others (expected mode 0700, it has 0701");
    CHECK_EQ(rmdir(inner), 0);
    CHECK_EQ(symlink("/tmp", inner), 0);
    check_refused(CUT_IO, "is no directory");
    CHECK_EQ(unlink(inner), 0);
    int file = open(inner, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    close(file);
    check_refused(CUT_IO, "is no directory");
    CHECK_EQ(unlink(inner), 0);
}

int main(void)
{
    if (mkdtemp(root) == NULL)
        return 1;
    setenv("XDG_RUNTIME_DIR", root, 1);
    snprintf(inner, sizeof inner, "%s/cutline", root);
    RUN(test_names);
    RUN(test_nothing_there);
    RUN(test_listen);
    RUN(test_stale);
    RUN(test_lock);
    RUN(test_full);
    RUN(test_refused);
    rmdir(root);
    return check_end();
}
