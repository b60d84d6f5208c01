/*
 * The input is an `.events` file for two systems: one in which every process
 * reaches all others, and one with a process that none reaches. A script that
 * is taken is run. Each of its snapshots conserves the tokens and survives
 * being written and read again, and so does the system when it has ended.
 *
 * Ticks cost nothing where nothing is in flight, so no bound is needed.
 */
#include "fuzz.h"

#include <cutline/script.h>

static const char path[] = "input.events";

#define TOKENS 100

static const char *const topologies[] = {
    "3\nA 50\nB 30\nC 20\nA B\nB A\nB C\nC A\n",
    "4\nA 40\nB 30\nC 20\nD 10\nA B\nB A\nB C\nC A\nD A\nD C\n",
};

static void check_round_trip(const struct cut_snapshot *snapshot)
{
    char *text = NULL;
    size_t size = 0;
    struct cut_snapshot *again = NULL;
    FILE *file = open_memstream(&text, &size);

    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(cut_snapshot_write(snapshot, file) == CUT_OK);
    fclose(file);
    file = fuzz_open(text, size);
    enum cut_error error = cut_snapshot_read(
        file, "own.snap", snapshot->topology, NULL, &again, NULL);
    fclose(file);
    FUZZ_CHECK(error == CUT_OK);
    FUZZ_CHECK(cut_snapshot_equal(snapshot, again));
    cut_snapshot_destroy(again);
    free(text);
}

static void check_snapshots(struct cut_sim *sim, uint64_t count)
{
    FUZZ_CHECK(cut_sim_stats(sim).snapshots_complete == count);
    for (uint64_t i = 0; i < count; i++) {
        struct cut_snapshot *snapshot = NULL;
        uint64_t in_processes;
        uint64_t in_channels;
        FUZZ_CHECK(cut_sim_collect(sim, i, NULL, &snapshot) == CUT_OK);
        cut_snapshot_total(snapshot, &in_processes, &in_channels);
        FUZZ_CHECK(snapshot->number == i);
        FUZZ_CHECK(in_processes + in_channels == TOKENS);
        check_round_trip(snapshot);
        cut_snapshot_destroy(snapshot);
    }
}

static void check_total(const struct cut_sim *sim,
                        const struct cut_topology *topology)
{
    uint64_t total = 0;

    for (uint32_t p = 0; p < cut_topology_process_count(topology); p++)
        total += cut_sim_tokens(sim, p);
    for (uint32_t c = 0; c < cut_topology_channel_count(topology); c++) {
        struct cut_sim_message message;
        uint32_t cursor = CUT_NONE;
        while (cut_sim_next_in_flight(sim, c, &cursor, &message))
            if (!message.is_marker)
                total += message.value;
    }
    FUZZ_CHECK(total == TOKENS);
}

static void run(const struct cut_script *script,
                const struct cut_topology *topology)
{
    uint32_t count = cut_script_snapshot_count(script);
    struct cut_sim_config config = {
        .topology = topology,
        .seed = CUT_SIM_SEED,
        .snapshots_max = count,
    };
    struct cut_sim *sim = NULL;
    struct cut_fault fault = {0};

    FUZZ_CHECK(cut_sim_create(&config, &sim) == CUT_OK);
    enum cut_error error = cut_script_run(script, sim, &fault);
    if (error == CUT_OK)
        check_snapshots(sim, count);
    else if (fault.line > 0)
        fuzz_check_fault(error, &fault, path);
    else
        FUZZ_CHECK(error == CUT_LIMIT); /* time is up after the last line */
    check_total(sim, topology);
    cut_sim_destroy(sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof topologies / sizeof *topologies; i++) {
        struct cut_topology *topology = fuzz_topology(topologies[i]);
        struct cut_script *script = NULL;
        struct cut_fault fault = {0};
        FILE *file = fuzz_open(data, size);
        enum cut_error error =
            cut_script_read(file, path, topology, NULL, &script, &fault);
        fclose(file);
        if (error == CUT_OK)
            run(script, topology);
        else
            fuzz_check_fault(error, &fault, path);
        FUZZ_CHECK((error == CUT_OK) == (script != NULL));
        cut_script_destroy(script);
        cut_topology_destroy(topology);
    }
    return 0;
}
