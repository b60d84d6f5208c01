/*
 * The input is what a caller wrote to a control socket: lines. Each is refused
 * with one line of ASCII, or is a request that has what its command allows.
 */
#include "fuzz.h"
#include "net/control_request.h"

static void check_refusal(const struct cut_control_request *request)
{
    size_t size = strnlen(request->wrong, sizeof request->wrong);

    FUZZ_CHECK(size > 0 && size < sizeof request->wrong);
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(isprint((unsigned char)request->wrong[i]) != 0);
}

static void check_request(const struct cut_control_request *request)
{
    FUZZ_CHECK(request->wrong[0] == '\0');
    FUZZ_CHECK(request->id == NULL || json_is_string(request->id) ||
               json_is_integer(request->id));
    FUZZ_CHECK(request->initiator == NULL ||
               request->command == CUT_CONTROL_SNAP);
    FUZZ_CHECK(!json_is_integer(request->initiator) ||
               json_integer_value(request->initiator) >= 0);
    FUZZ_CHECK(!request->has_snapshot || request->command == CUT_CONTROL_STATS);
}

static void check_line(const char *line, size_t size)
{
    /* Memory of exactly that size, so that a sanitizer sees who reads beyond.
     */
    char *copy = malloc(size > 0 ? size : 1);
    struct cut_control_request request;

    FUZZ_CHECK(copy != NULL);
    if (size > 0)
        memcpy(copy, line, size);
    enum cut_error error = cut_control_request_read(copy, size, &request);
    FUZZ_CHECK(error == CUT_OK || error == CUT_INVALID);
    if (error == CUT_OK)
        check_request(&request);
    else
        check_refusal(&request);
    cut_control_request_fini(&request);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    const char *end = at + size;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        check_line(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return 0;
}
