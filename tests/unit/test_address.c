/*
 * Addresses as people and frames write them, and sockets at them.
 */
#include "check.h"
#include "net/address.h"

#include <cutline/error.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_address.XXXXXX";

static void test_read_and_written(void)
{
    static const char *const pairs[][2] = {
        {"unix:/tmp/x", "unix:/tmp/x"},
        {"unix:relative", "unix:relative"},
        {"tcp:127.0.0.1:4000", "tcp:127.0.0.1:4000"},
        {"tcp:127.0.0.1", "tcp:127.0.0.1:0"},
        {"tcp:127.0.0.1:0", "tcp:127.0.0.1:0"},
        {"tcp:127.0.0.1:65535", "tcp:127.0.0.1:65535"},
        {"tcp:[::1]:80", "tcp:[::1]:80"},
        {"tcp:[::1]", "tcp:[::1]:0"},
        {"tcp:::1", "tcp:[::1]:0"},
    };
    struct cut_address address;
    struct cut_fault fault;
    char text[CUT_ADDRESS_SIZE];

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        CHECK_EQ(cut_address_read(pairs[i][0], &address, &fault), CUT_OK);
        cut_address_write(&address, text);
        CHECK_STR(text, pairs[i][1]);
    }
}

static void test_refused(void)
{
    static const char *const cases[][2] = {
        {"", "expected unix:PATH or tcp:ADDRESS:PORT"},
        {"127.0.0.1:80", "expected unix:PATH or tcp:ADDRESS:PORT"},
        {"unix:", "the path \"\" is empty"},
        {"tcp:", "it names no host"},
        {"tcp::80", "it names no host"},
        {"tcp:[]:80", "it names no host"},
        {"tcp:[::1", "it names no host"},
        {"tcp:[::1]80", "it names no host"},
        {"tcp:127.0.0.1:", "its port is none from 0 to 65535"},
        {"tcp:127.0.0.1:65536", "its port is none from 0 to 65535"},
        {"tcp:127.0.0.1:99999999999", "its port is none from 0 to 65535"},
        {"tcp:127.0.0.1:-1", "its port is none from 0 to 65535"},
        {"tcp:127.0.0.1: 80", "its port is none from 0 to 65535"},
        {"tcp:127.0.0.1:80x", "its port is none from 0 to 65535"},
        {"tcp:[::1]:x", "its port is none from 0 to 65535"},
        {"tcp:300.0.0.1.2:80", "is no address: "},
    };
    char text[400] = "unix:";
    struct cut_address address;
    struct cut_fault fault;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_EQ(cut_address_read(cases[i][0], &address, &fault), CUT_INVALID);
        if (!CHECK(strstr(fault.what, cases[i][1]) != NULL))
            printf("# %s: %s\n", cases[i][0], fault.what);
    }
    memset(text + 5, 'p', 107);
    CHECK_EQ(cut_address_read(text, &address, &fault), CUT_OK);
    text[5 + 107] = 'p';
    CHECK_EQ(cut_address_read(text, &address, &fault), CUT_INVALID);
    CHECK(strstr(fault.what, "too long (expected at most 107 bytes)") != NULL);
    memcpy(text, "tcp:", 4);
    memset(text + 4, 'h', 300);
    CHECK_EQ(cut_address_read(text, &address, &fault), CUT_INVALID);
    CHECK(strstr(fault.what, "\"hhh") != NULL);
}

/* Connect, and see that it is there; returns errno, 0: connected. */
static int call(const struct cut_address *address)
{
    int descriptor;

    if (cut_address_connect(address, &descriptor) != CUT_OK)
        return errno;
    CHECK((fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    close(descriptor);
    return 0;
}

static void test_listen_and_call(void)
{
    struct cut_address address;
    struct cut_address bound = {.size = sizeof bound.storage};
    struct cut_fault fault;
    int listener = -1;

    CHECK_EQ(cut_address_read("tcp:127.0.0.1", &address, &fault), CUT_OK);
    CHECK_EQ(cut_address_listen(&address, &listener), CUT_OK);
    CHECK((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_EQ(
        getsockname(listener, (struct sockaddr *)&bound.storage, &bound.size),
        0);
    CHECK_EQ(call(&bound), 0);
    int second = -1;
    CHECK_EQ(cut_address_listen(&bound, &second), CUT_IO);
    CHECK_EQ(errno, EADDRINUSE);
    CHECK_EQ(second, -1);
    close(listener);
}

/* What no longer listens is replaced; what does, or is no socket, stays. */
static void test_path_is_taken(void)
{
    char text[CUT_ADDRESS_SIZE];
    struct cut_address address;
    struct cut_fault fault;
    struct stat status;
    int first = -1;
    int second = -1;

    snprintf(text, sizeof text, "unix:%s/socket", folder);
    CHECK_EQ(cut_address_read(text, &address, &fault), CUT_OK);
    CHECK_EQ(call(&address), ENOENT);
    CHECK_EQ(cut_address_listen(&address, &first), CUT_OK);
    CHECK_EQ(call(&address), 0);
    CHECK_EQ(cut_address_listen(&address, &second), CUT_IO);
    CHECK_EQ(errno, EADDRINUSE);
    CHECK_EQ(call(&address), 0);
    close(first);
    CHECK_EQ(call(&address), ECONNREFUSED);
    CHECK_EQ(cut_address_listen(&address, &first), CUT_OK);
    CHECK_EQ(call(&address), 0);
    close(first);
    unlink(text + 5);
    close(open(text + 5, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR));
    CHECK_EQ(cut_address_listen(&address, &first), CUT_IO);
    CHECK(stat(text + 5, &status) == 0 && S_ISREG(status.st_mode));
    unlink(text + 5);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    RUN(test_read_and_written);
    RUN(test_refused);
    RUN(test_listen_and_call);
    RUN(test_path_is_taken);
    rmdir(folder);
    return check_end();
}
