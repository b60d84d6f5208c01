/*
 * A program that is not ours: what smoke.sh builds against an installed
 * Cutline. Three processes in a ring pass tokens; a snapshot is taken on the
 * way, and must hold all of them. Prints the version of the library.
 */
#include <cutline/sim.h>
#include <cutline/version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 3
#define TOKENS_EACH 10

static void demand(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "consumer: %s\n", what);
    exit(1);
}

static void succeed(enum cut_error error, const char *what)
{
    if (error == CUT_OK)
        return;
    fprintf(stderr, "consumer: %s: %s\n", what, cut_error_sentence(error));
    exit(1);
}

static struct cut_topology *make_ring(void)
{
    static const char *const names[COUNT] = {"north", "east", "south"};
    struct cut_topology *ring;

    succeed(cut_topology_create(NULL, &ring), "create");
    for (unsigned i = 0; i < COUNT; i++)
        succeed(cut_topology_add_process(
                    ring, names[i], strlen(names[i]), TOKENS_EACH),
                names[i]);
    for (unsigned i = 0; i < COUNT; i++)
        succeed(cut_topology_add_channel(ring, i, (i + 1) % COUNT), names[i]);
    succeed(cut_topology_seal(ring), "seal");
    return ring;
}

static void check_snapshot(const struct cut_snapshot *snapshot)
{
    uint64_t in_processes;
    uint64_t in_channels;

    cut_snapshot_total(snapshot, &in_processes, &in_channels);
    demand(in_processes + in_channels == COUNT * TOKENS_EACH,
           "the snapshot does not conserve tokens");
    demand(in_channels == 4, "the message in the channel is not recorded");
    demand(snapshot->message_count == 1, "there is not one message");
    demand(snapshot->messages[0].tokens == 4, "it is another message");
}

int main(void)
{
    struct cut_topology *ring = make_ring();
    struct cut_sim_config config = {.topology = ring, .seed = CUT_SIM_SEED};
    struct cut_snapshot *snapshot;
    struct cut_sim *sim;
    uint64_t number;

    demand(cut_topology_process_count(ring) == COUNT, "no three processes");
    succeed(cut_sim_create(&config, &sim), "simulator");
    uint32_t south = cut_topology_find(ring, "south", strlen("south"));
    uint32_t north = cut_topology_find(ring, "north", strlen("north"));
    uint32_t channel = cut_topology_channel(ring, south, north);
    demand(channel != CUT_NONE, "the ring is open");

    /* The message is sent before its sender's capture, and not received yet
     * at the initiator's: the cut crosses it. */
    succeed(cut_sim_send(sim, channel, 4), "send");
    succeed(cut_sim_snapshot(sim, north, &number), "snapshot");
    while (!cut_sim_is_complete(sim, number))
        succeed(cut_sim_tick(sim, 1), "tick");
    succeed(cut_sim_collect(sim, number, NULL, &snapshot), "collect");
    check_snapshot(snapshot);
    cut_snapshot_destroy(snapshot);
    cut_sim_destroy(sim);
    cut_topology_destroy(ring);
    printf("%s\n", cut_version());
    return 0;
}
