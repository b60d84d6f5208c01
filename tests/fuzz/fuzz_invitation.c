/*
 * The input is the line with which a process on another host is told where to
 * call. One that is taken is, written and read again, the same.
 */
#include "fuzz.h"
#include "net/invitation.h"

static void check_same(const struct cut_invitation *left,
                       const struct cut_invitation *right)
{
    FUZZ_CHECK(memcmp(left->secret, right->secret, CUT_SECRET_SIZE) == 0);
    FUZZ_CHECK(memcmp(left->run, right->run, CUT_RUN_ID_SIZE) == 0);
    FUZZ_CHECK(left->process == right->process);
    FUZZ_CHECK(left->process_count == right->process_count);
    FUZZ_CHECK(left->incarnation == right->incarnation);
    FUZZ_CHECK(strcmp(left->supervisor, right->supervisor) == 0);
    FUZZ_CHECK(strcmp(left->tls, right->tls) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_invitation invitation;
    struct cut_invitation again;
    struct cut_fault fault = {.what = ""};
    enum cut_error error =
        cut_invitation_read((const char *)data, size, &invitation, &fault);

    if (error != CUT_OK) {
        FUZZ_CHECK(error == CUT_PROTOCOL && fault.code == error);
        FUZZ_CHECK(strstr(fault.what, "(expected ") != NULL);
        return 0;
    }
    FUZZ_CHECK(invitation.process < invitation.process_count);
    char *line = cut_invitation_write(&invitation);
    FUZZ_CHECK(line != NULL);
    FUZZ_CHECK(cut_invitation_read(line, strlen(line), &again, &fault) ==
               CUT_OK);
    check_same(&again, &invitation);
    free(line);
    return 0;
}
