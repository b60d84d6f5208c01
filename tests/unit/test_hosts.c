/*
 * Hosts files: what a line may say, who is where, and what is refused, with
 * line and column.
 */
#include "check.h"

#include <cutline/hosts.h>

#include <stdlib.h>

static const char path[] = "my.hosts";

static enum cut_error
read_text(const char *text, struct cut_hosts **out, struct cut_fault *fault)
{
    void *bytes = (void *)(uintptr_t)text;
    FILE *file = *text != '\0' ? fmemopen(bytes, strlen(text), "r")
                               : fopen("/dev/null", "r");

    if (file == NULL)
        abort();
    enum cut_error error = cut_hosts_read(file, path, NULL, out, fault);
    fclose(file);
    return error;
}

/* Check on which host each process is: names, one a process. */
static void check_hosts(const char *text, const char *const *expected)
{
    struct cut_hosts *hosts = NULL;

    if (!CHECK_EQ(read_text(text, &hosts, NULL), CUT_OK))
        return;
    for (uint32_t p = 0; expected[p] != NULL; p++)
        CHECK_STR(cut_hosts_at(hosts, p), expected[p]);
    cut_hosts_destroy(hosts);
}

static void test_slots_are_filled_in_order_and_then_in_turn(void)
{
    check_hosts(
        "a slots=2\nb:3\nc\n",
        (const char *const[]){
            "a", "a", "b", "b", "b", "c", "a", "b", "c", "a", "b", NULL});
}

static void test_slots_are_counted(void)
{
    struct cut_hosts *hosts = NULL;

    CHECK_EQ(read_text("a slots=65536\nb:65536\nc", &hosts, NULL), CUT_OK);
    CHECK_EQ(cut_hosts_slot_count(hosts), 131073);
    CHECK_STR(cut_hosts_at(hosts, 65535), "a");
    CHECK_STR(cut_hosts_at(hosts, 65536), "b");
    CHECK_STR(cut_hosts_at(hosts, 131071), "b");
    CHECK_STR(cut_hosts_at(hosts, 131072), "c");
    CHECK_STR(cut_hosts_at(hosts, 131073), "a");
    CHECK_EQ((UINT32_MAX - 131073) % 3, 0);
    CHECK_STR(cut_hosts_at(hosts, UINT32_MAX), "a");
    cut_hosts_destroy(hosts);
}

static void test_comments_and_blanks_are_skipped(void)
{
    check_hosts("# all of them\n\n  \t\n   a\tslots=1  # the first\r\n"
                "b # slots=7\n#c\nd",
                (const char *const[]){"a", "b", "d", "a", NULL});
}

static void test_addresses(void)
{
    check_hosts("10.0.0.7:1\n2001:db8::7\n[2001:db8::8]:2\n[::1]\n"
                "fe80::1%eth0 slots=1\nme@oslo:1\n::\n",
                (const char *const[]){"10.0.0.7",
                                      "2001:db8::7",
                                      "2001:db8::8",
                                      "2001:db8::8",
                                      "::1",
                                      "fe80::1%eth0",
                                      "me@oslo",
                                      "::",
                                      NULL});
}

static void test_local_is_one_name(void)
{
    CHECK(cut_host_is_local("localhost"));
    CHECK(!cut_host_is_local("localhost2"));
    CHECK(!cut_host_is_local("127.0.0.1"));
}

static void test_a_host_may_stand_twice(void)
{
    check_hosts("a\nb\na slots=2\n",
                (const char *const[]){"a", "b", "a", "a", "a", "b", NULL});
}

static void check_refused(const char *text,
                          uint64_t line,
                          uint64_t column,
                          const char *what)
{
    struct cut_hosts *hosts = NULL;
    struct cut_fault fault = {.code = CUT_OK};

    CHECK_EQ(read_text(text, &hosts, &fault), CUT_INVALID);
    CHECK(hosts == NULL);
    CHECK_EQ(fault.code, CUT_INVALID);
    CHECK(fault.path == path);
    CHECK_EQ(fault.line, line);
    CHECK_EQ(fault.column, column);
    if (!CHECK(strstr(fault.what, what) != NULL))
        printf("# %s: %s\n", text, fault.what);
}

static void test_files_without_hosts_are_refused(void)
{
    check_refused("", 1, 1, "names no host");
    check_refused("# none\n\n", 3, 1, "names no host");
}

static void test_names_are_judged(void)
{
    check_refused("a\n  -oProxyCommand=x\n", 2, 3, "begins with '-'");
    check_refused("a;b\n", 1, 1, "\"a;b\" is no name of a host");
    check_refused("a$b:2\n", 1, 1, "\"a$b\" is no name of a host");
    check_refused("\xc3\xb8slo\n", 1, 1, "is no name of a host");
    check_refused("[::1\n", 1, 1, "has no ']'");
    check_refused("[::1]x\n", 1, 1, "goes on after ']'");
    check_refused("[]:2\n", 1, 2, "is empty");
    check_refused(":2\n", 1, 1, "is empty");
}

static void test_long_names_are_refused(void)
{
    char text[CUT_HOST_SIZE_MAX + 2];
    struct cut_hosts *hosts = NULL;

    memset(text, 'x', sizeof text);
    text[CUT_HOST_SIZE_MAX + 1] = '\0';
    check_refused(text, 1, 1, "is too long");
    text[CUT_HOST_SIZE_MAX] = '\0';
    CHECK_EQ(read_text(text, &hosts, NULL), CUT_OK);
    CHECK_STR(cut_hosts_at(hosts, 0), text);
    cut_hosts_destroy(hosts);
}

static void test_slots_are_judged(void)
{
    check_refused("a slots=0\n", 1, 9, "is too small");
    check_refused("a slots=65537\n", 1, 9, "is too large");
    check_refused("a slots=\n", 1, 9, "is missing");
    check_refused("a slots=x\n", 1, 9, "is not a number");
    check_refused("a:\n", 1, 3, "is missing");
    check_refused("a:0x2\n", 1, 3, "is not a number");
    check_refused("[::1]:99999999999999999999\n", 1, 7, "is too large");
    check_refused("a slot=2\n", 1, 3, "\"slot=2\" does not belong here");
    check_refused("a:2 slots=2\n", 1, 5, "does not belong here");
    check_refused("a slots=2 b\n", 1, 11, "one field too many: \"b\"");
}

static void test_a_host_too_many_is_refused(void)
{
    size_t size = 2 * ((size_t)CUT_HOST_COUNT_MAX + 1);
    char *text = malloc(size + 1);

    if (text == NULL)
        abort();
    for (size_t i = 0; i < size; i += 2)
        memcpy(text + i, "a\n", 2);
    text[size] = '\0';
    check_refused(text, CUT_HOST_COUNT_MAX + 1, 1, "one host too many");
    free(text);
}

int main(void)
{
    RUN(test_slots_are_filled_in_order_and_then_in_turn);
    RUN(test_slots_are_counted);
    RUN(test_comments_and_blanks_are_skipped);
    RUN(test_addresses);
    RUN(test_local_is_one_name);
    RUN(test_a_host_may_stand_twice);
    RUN(test_files_without_hosts_are_refused);
    RUN(test_names_are_judged);
    RUN(test_long_names_are_refused);
    RUN(test_slots_are_judged);
    RUN(test_a_host_too_many_is_refused);
    return check_end();
}
