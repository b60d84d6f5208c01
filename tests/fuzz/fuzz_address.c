/*
 * The input is an address of numbers, as a person or a frame writes it: names
 * of hosts are not looked up here. What is taken, written and read again, is
 * the same place.
 */
#include "fuzz.h"
#include "net/address.h"

/* No name is made of these, so nothing is asked of any server. */
static bool is_numeric(const char *text)
{
    const char *host = strchr(text, ':');

    return strncmp(text, "tcp:", 4) != 0 || host == NULL ||
           strspn(host, "0123456789abcdef.:[]") == strlen(host);
}

/* "abc.de" is a name: what has a letter must have a colon. */
static bool may_be_name(const char *text)
{
    return strncmp(text, "tcp:", 4) == 0 &&
           strpbrk(text + 4, "abcdef") != NULL && strchr(text + 4, '[') == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_address address;
    struct cut_address again;
    struct cut_fault fault = {.what = ""};
    char written[CUT_ADDRESS_SIZE];
    char *text = malloc(size + 1);

    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (is_numeric(text) && !may_be_name(text)) {
        enum cut_error error = cut_address_read(text, &address, &fault);
        if (error != CUT_OK) {
            FUZZ_CHECK(error == CUT_INVALID && fault.code == error);
            FUZZ_CHECK(strstr(fault.what, "expected") != NULL ||
                       strlen(fault.what) == sizeof fault.what - 1);
        } else {
            cut_address_write(&address, written);
            FUZZ_CHECK(cut_address_read(written, &again, &fault) == CUT_OK);
            FUZZ_CHECK(again.size == address.size);
            FUZZ_CHECK(memcmp(&again.storage, &address.storage, again.size) ==
                       0);
        }
    }
    free(text);
    return 0;
}
