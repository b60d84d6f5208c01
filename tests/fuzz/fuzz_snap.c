/*
 * The input is a `.snap` file. One that is taken is brought into canonical
 * form: written and read again it is the same, and written once more it is
 * the same bytes.
 */
#include "fuzz.h"

#include <cutline/snapshot.h>

static const char path[] = "input.snap";

static struct cut_snapshot *read_snapshot(const struct cut_topology *topology,
                                          const void *data,
                                          size_t size)
{
    struct cut_snapshot *snapshot = NULL;
    struct cut_fault fault = {0};
    FILE *file = fuzz_open(data, size);
    enum cut_error error =
        cut_snapshot_read(file, path, topology, NULL, &snapshot, &fault);

    fclose(file);
    if (error == CUT_OK)
        return snapshot;
    FUZZ_CHECK(snapshot == NULL);
    fuzz_check_fault(error, &fault, path);
    return NULL;
}

/* Return the file of a snapshot: the caller's, to be freed. */
static char *write_snapshot(const struct cut_snapshot *snapshot, size_t *size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, size);

    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(cut_snapshot_write(snapshot, file) == CUT_OK);
    fclose(file);
    return text;
}

static void check_order(const struct cut_snapshot *snapshot)
{
    const struct cut_snapshot_message *messages = snapshot->messages;

    for (uint64_t i = 0; i < snapshot->message_count; i++) {
        FUZZ_CHECK(i == 0 ||
                   messages[i - 1].destination <= messages[i].destination);
        FUZZ_CHECK(cut_topology_channel(snapshot->topology,
                                        messages[i].source,
                                        messages[i].destination) != CUT_NONE);
    }
}

/* Between equal ones there is no difference to be told. */
static void check_no_difference(const struct cut_snapshot *a,
                                const struct cut_snapshot *b)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(cut_snapshot_equal(a, b));
    FUZZ_CHECK(cut_snapshot_write_difference(a, b, file) == CUT_OK);
    fclose(file);
    FUZZ_CHECK(size == 0);
    free(text);
}

static void check_snapshot(const struct cut_snapshot *snapshot)
{
    size_t first_size = 0;
    size_t second_size = 0;
    char *first = write_snapshot(snapshot, &first_size);
    struct cut_snapshot *again =
        read_snapshot(snapshot->topology, first, first_size);

    FUZZ_CHECK(again != NULL);
    check_order(snapshot);
    check_no_difference(snapshot, again);
    char *second = write_snapshot(again, &second_size);
    FUZZ_CHECK(first_size == second_size);
    FUZZ_CHECK(memcmp(first, second, first_size) == 0);
    cut_snapshot_destroy(again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_topology *topology =
        fuzz_topology("3\nA 50\nB 30\nC 20\nA B\nB A\nB C\nC A\n");
    struct cut_snapshot *snapshot = read_snapshot(topology, data, size);

    if (snapshot != NULL)
        check_snapshot(snapshot);
    cut_snapshot_destroy(snapshot);
    cut_topology_destroy(topology);
    return 0;
}
