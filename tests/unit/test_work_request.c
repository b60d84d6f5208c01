/*
 * The request "work": each member that is missing or wrong is refused by its
 * name, and nothing is begun.
 */
#include "check.h"
#include "main/work.h"
#include "net/handshake.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct cut_process program = {.name = "p", .state_size = 8};

static const char request[] =
    "{\"command\":\"work\",\"process\":1,\"names\":[\"a\",\"b\",\"c\"],"
    "\"outgoing\":[0,2],\"incoming\":[2],\"arguments\":[\"x\"],"
    "\"algorithm\":\"flush\",\"clock_lead\":0,\"clock_bound\":0,\"seed\":-5,"
    "\"capacity\":1,\"capacity_bytes\":1,\"silence\":1000000000,"
    "\"listen\":\"tcp:127.0.0.1\",\"incarnation\":0}";

static json_t *make(void)
{
    json_t *object = json_loads(request, 0, NULL);
    char digits[2 * CUT_SECRET_SIZE + 1];

    if (object == NULL)
        exit(1);
    memset(digits, 'a', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    json_object_set_new(object, "secret", json_string(digits));
    digits[2 * CUT_RUN_ID_SIZE] = '\0';
    json_object_set_new(object, "run", json_string(digits));
    return object;
}

/* Perform it, for a supervisor that is gone; returns what was refused. */
static const char *perform(json_t *object, int *status)
{
    static char option[64];
    char *text = NULL;
    size_t size = 0;
    struct cut_answers answers = {.file = open_memstream(&text, &size)};
    int pair[2];

    if (answers.file == NULL ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        exit(1);
    close(pair[1]);
    *status = cut_work_perform(&answers, &program, object, pair[0]);
    close(pair[0]);
    fclose(answers.file);
    json_t *answer = json_loads(text, 0, NULL);
    const char *found = json_string_value(
        json_object_get(json_object_get(answer, "error"), "option"));
    snprintf(option, sizeof option, "%s", found != NULL ? found : "");
    CHECK_EQ(size > 0, found != NULL);
    json_decref(answer);
    free(text);
    json_decref(object);
    return option;
}

static void test_right(void)
{
    int status;

    /* It begins, and finds its supervisor gone. */
    CHECK_STR(perform(make(), &status), "");
    CHECK_EQ(status, 2);
}

static void test_missing(void)
{
    static const char *const members[] = {
        "process",
        "names",
        "outgoing",
        "incoming",
        "arguments",
        "algorithm",
        "seed",
        "capacity",
        "clock_lead",
        "clock_bound",
        "silence",
        "capacity_bytes",
        "listen",
        "incarnation",
        "secret",
        "run",
    };

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        json_t *object = make();
        int status;
        json_object_del(object, members[i]);
        CHECK_STR(perform(object, &status), members[i]);
        CHECK_EQ(status, 2);
    }
}

static void test_wrong(void)
{
    static const char *const cases[][2] = {
        {"process", "3"},
        {"process", "-1"},
        {"process", "4294967297"},
        {"process", "\"1\""},
        {"process", "1.0"},
        {"names", "[\"a\",1]"},
        {"names", "{}"},
        {"outgoing", "[2,0]"},
        {"outgoing", "[0,0]"},
        {"outgoing", "[1]"},
        {"outgoing", "[3]"},
        {"outgoing", "[-1]"},
        {"incoming", "[\"0\"]"},
        {"incoming", "[0.0]"},
        {"incoming", "null"},
        {"arguments", "[null]"},
        {"algorithm", "\"bully\""},
        {"algorithm", "7"},
        {"clock_lead", "-1"},
        {"clock_bound", "1.5"},
        {"seed", "\"1\""},
        {"capacity", "0"},
        {"capacity_bytes", "0"},
        {"silence", "0"},
        {"incarnation", "4294967296"},
        {"listen", "1"},
        {"tls", "true"},
        {"trace", "[]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *object = make();
        int status;
        json_object_set_new(object,
                            cases[i][0],
                            json_loads(cases[i][1], JSON_DECODE_ANY, NULL));
        if (!CHECK_STR(perform(object, &status), cases[i][0]))
            printf("# %s\n", cases[i][1]);
        CHECK_EQ(status, 2);
    }
}

/* Two digits a byte, and no others: not a sign, a space or a prefix. */
static void test_digits(void)
{
    static const char *const bad[] = {"0x", " 1", "-1", "+1", "g0", "0g", "AA"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (unsigned at = 0; at < 2; at++) {
            json_t *object = make();
            char digits[2 * CUT_RUN_ID_SIZE + 1];
            int status;
            memset(digits, '0', sizeof digits - 1);
            digits[sizeof digits - 1] = '\0';
            memcpy(digits + (at == 0 ? 0 : sizeof digits - 3), bad[i], 2);
            json_object_set_new(object, "run", json_string(digits));
            CHECK_STR(perform(object, &status), "run");
        }
    json_t *object = make();
    int status;
    json_object_set_new(object, "secret", json_string("aa"));
    CHECK_STR(perform(object, &status), "secret");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    RUN(test_right);
    RUN(test_missing);
    RUN(test_wrong);
    RUN(test_digits);
    return check_end();
}
