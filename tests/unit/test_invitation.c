/*
 * How a process on another host is started: the command line, and the line that
 * it reads.
 */
#include "check.h"
#include "net/invitation.h"
#include "net/launcher.h"

#include <stdlib.h>

/* --- the line ------------------------------------------------------------- */

static struct cut_invitation example(void)
{
    struct cut_invitation invitation = {
        .process = 3,
        .process_count = 5,
        .incarnation = UINT32_MAX,
        .supervisor = "tcp:[2001:db8::7]:4711",
        .tls = "/etc/cutline/keys",
    };

    for (size_t i = 0; i < CUT_SECRET_SIZE; i++)
        invitation.secret[i] = (uint8_t)(7 * i + 250);
    for (size_t i = 0; i < CUT_RUN_ID_SIZE; i++)
        invitation.run[i] = (uint8_t)(0x0f + 0x10 * i);
    return invitation;
}

static void check_same(const struct cut_invitation *left,
                       const struct cut_invitation *right)
{
    CHECK(memcmp(left->secret, right->secret, CUT_SECRET_SIZE) == 0);
    CHECK(memcmp(left->run, right->run, CUT_RUN_ID_SIZE) == 0);
    CHECK_EQ(left->process, right->process);
    CHECK_EQ(left->process_count, right->process_count);
    CHECK_EQ(left->incarnation, right->incarnation);
    CHECK_STR(left->supervisor, right->supervisor);
    CHECK_STR(left->tls, right->tls);
}

static void check_again(const struct cut_invitation *invitation)
{
    char *line = cut_invitation_write(invitation);
    struct cut_invitation again;
    struct cut_fault fault;

    if (!CHECK(line != NULL))
        return;
    size_t size = strlen(line);
    CHECK(size < CUT_INVITATION_SIZE_MAX);
    CHECK(strchr(line, '\n') == line + size - 1);
    CHECK_EQ(cut_invitation_read(line, size, &again, &fault), CUT_OK);
    check_same(&again, invitation);
    CHECK_EQ(cut_invitation_read(line, size - 1, &again, &fault), CUT_OK);
    check_same(&again, invitation);
    free(line);
}

static void test_what_was_written_is_read(void)
{
    struct cut_invitation invitation = example();

    check_again(&invitation);
    invitation.tls[0] = '\0';
    check_again(&invitation);
}

static void test_a_path_that_is_no_text_is_not_written(void)
{
    struct cut_invitation invitation = example();

    memcpy(invitation.tls, "/\xff", 3);
    CHECK(cut_invitation_write(&invitation) == NULL);
}

/* Each member, wrong and missing: it is named. */
#define SECRET                                                                 \
    "\"000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\""
#define RUN_ID "\"000102030405060708090a0b0c0d0e0f\""

static void check_refused(const char *line, const char *what)
{
    struct cut_invitation out = {.process = 77};
    struct cut_fault fault = {.what = ""};

    CHECK_EQ(cut_invitation_read(line, strlen(line), &out, &fault),
             CUT_PROTOCOL);
    CHECK_EQ(fault.code, CUT_PROTOCOL);
    CHECK_EQ(out.process, 77);
    if (!CHECK(strstr(fault.what, what) != NULL))
        printf("# %s: %s\n", line, fault.what);
}

static void check_member(const char *member, const char *value)
{
    static const char *const members[][2] = {
        {"protocol", "1"},
        {"supervisor", "\"tcp:10.0.0.1:4000\""},
        {"secret", SECRET},
        {"run", RUN_ID},
        {"process", "1"},
        {"processes", "2"},
        {"incarnation", "0"},
        {"tls", "\"/keys\""},
    };
    char line[1024] = "{";
    char what[64];

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        bool is_it = member != NULL && strcmp(members[i][0], member) == 0;
        const char *text = is_it ? value : members[i][1];
        size_t size = strlen(line);
        if (text != NULL)
            snprintf(line + size,
                     sizeof line - size,
                     "%s\"%s\":%s",
                     size > 1 ? "," : "",
                     members[i][0],
                     text);
    }
    size_t size = strlen(line);
    snprintf(line + size, sizeof line - size, "}");
    if (member == NULL) {
        struct cut_invitation out;
        struct cut_fault fault;
        CHECK_EQ(cut_invitation_read(line, strlen(line), &out, &fault), CUT_OK);
        return;
    }
    snprintf(what, sizeof what, "\"%s\" of the invitation", member);
    check_refused(line, what);
}

static void test_members_are_judged(void)
{
    static const char *const all[] = {"protocol",
                                      "supervisor",
                                      "secret",
                                      "run",
                                      "process",
                                      "processes",
                                      "incarnation"};

    check_member(NULL, NULL);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        check_member(all[i], NULL);
        check_member(all[i], "null");
        check_member(all[i], "[]");
    }
    check_member("protocol", "2");
    check_member("process", "2");
    check_member("process", "-1");
    check_member("process", "1.0");
    check_member("processes", "4294967296");
    check_member("incarnation", "4294967296");
    check_member("run", SECRET);
    check_member("secret", RUN_ID);
    check_member("run", "\"000102030405060708090a0b0c0d0e0F\"");
    check_member("run", "\"000102030405060708090a0b0c0d0e g\"");
    check_member("tls", "5");
}

static void test_texts_have_their_size(void)
{
    char text[CUT_ADDRESS_SIZE + 8];

    memset(text, 'x', sizeof text);
    text[0] = '"';
    text[CUT_ADDRESS_SIZE + 1] = '"';
    text[CUT_ADDRESS_SIZE + 2] = '\0';
    check_member("supervisor", text);
}

static void test_what_is_no_object_is_refused(void)
{
    static const char *const lines[] = {
        "", "\n", "{", "[]", "5", "\"x\"", "GET / HTTP/1.0", "{}x"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        check_refused(lines[i], "no invitation to a run");
    check_refused("{}", "of the invitation");
}

/* --- the command line ----------------------------------------------------- */

static void check_launcher(const char *command, const char *const *expected)
{
    struct cut_launcher launcher;
    size_t count = 0;

    if (!CHECK_EQ(
            cut_launcher_init(&launcher, command, "oslo", "/usr/bin/bank"),
            CUT_OK))
        return;
    for (; expected[count] != NULL; count++)
        if (CHECK(count < launcher.count))
            CHECK_STR(launcher.argv[count], expected[count]);
    CHECK_EQ(launcher.count, count);
    CHECK(launcher.argv[launcher.count] == NULL);
    cut_launcher_fini(&launcher);
}

#define REST "env", "CUTLINE_CONTROL=-", "/usr/bin/bank", NULL

static void test_the_host_is_one_more_word(void)
{
    check_launcher("ssh", (const char *const[]){"ssh", "oslo", REST});
    check_launcher("\t ssh  -p 22 ",
                   (const char *const[]){"ssh", "-p", "22", "oslo", REST});
}

static void test_the_host_stands_where_it_is_wanted(void)
{
    check_launcher("ip netns exec {host}",
                   (const char *const[]){"ip", "netns", "exec", "oslo", REST});
    check_launcher("x {host}:{host} --to=me@{host}. {hos {",
                   (const char *const[]){
                       "x", "oslo:oslo", "--to=me@oslo.", "{hos", "{", REST});
}

static void test_a_launcher_has_a_word(void)
{
    struct cut_launcher launcher;

    CHECK_EQ(cut_launcher_init(&launcher, "", "oslo", "/bin/x"), CUT_INVALID);
    CHECK_EQ(cut_launcher_init(&launcher, " \t", "oslo", "/bin/x"),
             CUT_INVALID);
}

static void test_programs_are_one_word_to_a_shell(void)
{
    static const char *const bad[] = {"bank",
                                      "./bank",
                                      "",
                                      "/a b",
                                      "/a;b",
                                      "/a$b",
                                      "/a'b",
                                      "/a~",
                                      "/a\nb",
                                      "/\xc3\xb8"};

    CHECK(cut_launcher_takes("/usr/local/bin/Bank_2.0+x,@%=:-"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!cut_launcher_takes(bad[i]));
}

int main(void)
{
    RUN(test_what_was_written_is_read);
    RUN(test_a_path_that_is_no_text_is_not_written);
    RUN(test_members_are_judged);
    RUN(test_texts_have_their_size);
    RUN(test_what_is_no_object_is_refused);
    RUN(test_the_host_is_one_more_word);
    RUN(test_the_host_stands_where_it_is_wanted);
    RUN(test_a_launcher_has_a_word);
    RUN(test_programs_are_one_word_to_a_shell);
    return check_end();
}
