/*
 * The input is a `.top` file. One that is taken makes a topology whose parts
 * agree with each other, and which survives being written and read again.
 */
#include "fuzz.h"

static const char path[] = "input.top";

static struct cut_topology *read_topology(const void *data, size_t size)
{
    struct cut_topology *topology = NULL;
    struct cut_fault fault = {0};
    FILE *file = fuzz_open(data, size);
    enum cut_error error =
        cut_topology_read(file, path, NULL, &topology, &fault);

    fclose(file);
    if (error == CUT_OK)
        return topology;
    FUZZ_CHECK(topology == NULL);
    fuzz_check_fault(error, &fault, path);
    return NULL;
}

static void check_processes(const struct cut_topology *topology)
{
    uint32_t count = cut_topology_process_count(topology);
    uint64_t total = 0;

    FUZZ_CHECK(count > 0);
    for (uint32_t p = 0; p < count; p++) {
        const char *name = cut_topology_name(topology, p);
        uint64_t tokens = cut_topology_tokens(topology, p);
        FUZZ_CHECK(strlen(name) > 0 && strlen(name) <= CUT_NAME_SIZE_MAX);
        FUZZ_CHECK(p == 0 ||
                   strcmp(cut_topology_name(topology, p - 1), name) < 0);
        FUZZ_CHECK(cut_topology_find(topology, name, strlen(name)) == p);
        FUZZ_CHECK(tokens <= (uint64_t)CUT_TOKENS_MAX - total);
        total += tokens;
    }
    FUZZ_CHECK(cut_topology_tokens_total(topology) == total);
}

static void check_channels(const struct cut_topology *topology)
{
    uint32_t count = cut_topology_process_count(topology);
    uint32_t incoming = 0;

    for (uint32_t p = 0; p < count; p++) {
        uint32_t end = cut_topology_outgoing(topology, p + 1);
        for (uint32_t c = cut_topology_outgoing(topology, p); c < end; c++) {
            uint32_t to = cut_topology_destination(topology, c);
            FUZZ_CHECK(cut_topology_source(topology, c) == p);
            FUZZ_CHECK(to < count && to != p);
            FUZZ_CHECK(cut_topology_channel(topology, p, to) == c);
            FUZZ_CHECK(c == cut_topology_outgoing(topology, p) ||
                       cut_topology_destination(topology, c - 1) < to);
        }
        FUZZ_CHECK(cut_topology_channel(topology, p, p) == CUT_NONE);
        incoming += cut_topology_incoming_count(topology, p);
    }
    FUZZ_CHECK(incoming == cut_topology_channel_count(topology));
}

static void write_topology(const struct cut_topology *topology, FILE *file)
{
    uint32_t count = cut_topology_process_count(topology);

    fprintf(file, "%lu\n", (unsigned long)count);
    for (uint32_t p = 0; p < count; p++)
        fprintf(file,
                "%s %llu\n",
                cut_topology_name(topology, p),
                (unsigned long long)cut_topology_tokens(topology, p));
    for (uint32_t c = 0; c < cut_topology_channel_count(topology); c++)
        fprintf(
            file,
            "%s %s\n",
            cut_topology_name(topology, cut_topology_source(topology, c)),
            cut_topology_name(topology, cut_topology_destination(topology, c)));
}

static void check_same(const struct cut_topology *a,
                       const struct cut_topology *b)
{
    uint32_t processes = cut_topology_process_count(a);
    uint32_t channels = cut_topology_channel_count(a);

    FUZZ_CHECK(cut_topology_process_count(b) == processes);
    FUZZ_CHECK(cut_topology_channel_count(b) == channels);
    for (uint32_t p = 0; p < processes; p++) {
        FUZZ_CHECK(strcmp(cut_topology_name(a, p), cut_topology_name(b, p)) ==
                   0);
        FUZZ_CHECK(cut_topology_tokens(a, p) == cut_topology_tokens(b, p));
    }
    for (uint32_t c = 0; c < channels; c++) {
        FUZZ_CHECK(cut_topology_source(a, c) == cut_topology_source(b, c));
        FUZZ_CHECK(cut_topology_destination(a, c) ==
                   cut_topology_destination(b, c));
    }
}

/* Whether a line begins with '#': a process so named cannot be read back. */
static bool is_comment(const struct cut_topology *topology)
{
    for (uint32_t p = 0; p < cut_topology_process_count(topology); p++)
        if (cut_topology_name(topology, p)[0] == '#')
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_topology *topology = read_topology(data, size);
    char *text = NULL;
    size_t text_size = 0;

    if (topology == NULL)
        return 0;
    check_processes(topology);
    check_channels(topology);
    if (!is_comment(topology)) {
        FILE *file = open_memstream(&text, &text_size);
        FUZZ_CHECK(file != NULL);
        write_topology(topology, file);
        fclose(file);
        struct cut_topology *again = read_topology(text, text_size);
        FUZZ_CHECK(again != NULL);
        check_same(topology, again);
        cut_topology_destroy(again);
        free(text);
    }
    cut_topology_destroy(topology);
    return 0;
}
