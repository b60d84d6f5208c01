/*
 * The input is a hosts file. One that is taken gives each process a host whose
 * name can stand on a command line, and which has its slots in order.
 */
#include "fuzz.h"

#include <cutline/hosts.h>

static const char path[] = "input.hosts";

/* No shell reads anything in it, and no command takes it as an option. */
static void check_name(const char *name)
{
    size_t size = strlen(name);

    FUZZ_CHECK(size > 0 && size <= CUT_HOST_SIZE_MAX);
    FUZZ_CHECK(name[0] != '-');
    for (size_t i = 0; i < size; i++)
        FUZZ_CHECK(isalnum((unsigned char)name[i]) != 0 ||
                   strchr("._-@%:", name[i]) != NULL);
}

/* Past all slots the lines come in turn, as often as there are hosts. */
static void check_hosts(const struct cut_hosts *hosts)
{
    uint64_t slots = cut_hosts_slot_count(hosts);
    uint32_t end = slots < 5000 ? (uint32_t)slots : 5000;

    FUZZ_CHECK(slots > 0);
    for (uint32_t p = 0; p < end; p++)
        check_name(cut_hosts_at(hosts, p));
    if (slots < UINT32_MAX) {
        check_name(cut_hosts_at(hosts, UINT32_MAX));
        FUZZ_CHECK(cut_hosts_at(hosts, (uint32_t)slots) ==
                   cut_hosts_at(hosts, 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_hosts *hosts = NULL;
    struct cut_fault fault = {0};
    FILE *file = fuzz_open(data, size);
    enum cut_error error = cut_hosts_read(file, path, NULL, &hosts, &fault);

    fclose(file);
    if (error == CUT_OK) {
        check_hosts(hosts);
    } else {
        FUZZ_CHECK(hosts == NULL);
        fuzz_check_fault(error, &fault, path);
    }
    cut_hosts_destroy(hosts);
    return 0;
}
