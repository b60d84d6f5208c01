/*
 * The number of reachable states of Chandy-Lamport on a clique, against known
 * numbers: N processes, FIFO channels, T identical tokens, process 0 initiates
 * once at any time, one token is sent at any time. A state is the tokens, the
 * channels, the recorded state (of a process: its tokens, and how many it has
 * recorded of its channels) and the markers seen. Three independent tools agree
 * on: N=3 T=1: 1,725; N=3 T=2: 30,213; N=4 T=1: 305,266.
 */
#include "check.h"
#include "seen.h"
#include "world.h"

struct search {
    struct world *world;
    struct seen seen;
    bool has_found_wrong;
};

static void visit(struct search *search)
{
    struct world *world = search->world;

    if (search->has_found_wrong ||
        !seen_add(&search->seen, world_hash_anonymous(world)))
        return;
    search->has_found_wrong = !world_is_right(world);
    struct world saved = *world;
    if (world->snapshots_requested == 0) {
        world_request(world, 0, 0);
        visit(search);
        *world = saved;
    }
    for (unsigned c = 0; c < world->channel_count; c++) {
        if (world->processes[world->channels[c].source].tokens > 0) {
            world_send(world, c);
            visit(search);
            *world = saved;
        }
        if (world_can_deliver(world, c)) {
            world_deliver(world, c);
            visit(search);
            *world = saved;
        }
    }
}

static struct world the_world; /* engines do not move */

static size_t
count_states(unsigned processes, const char *channels, uint8_t tokens)
{
    struct search search = {.world = &the_world};

    world_init(
        &the_world, "chandy-lamport", false, processes, channels, WORLD_SOUND);
    the_world.processes[0].tokens = tokens;
    seen_init(&search.seen);
    visit(&search);
    CHECK(!search.has_found_wrong);
    size_t count = search.seen.count;
    seen_fini(&search.seen);
    return count;
}

static void test_three_processes_one_token(void)
{
    CHECK_EQ(count_states(3, "01 02 10 12 20 21", 1), 1725);
}

static void test_three_processes_two_tokens(void)
{
    CHECK_EQ(count_states(3, "01 02 10 12 20 21", 2), 30213);
}

static void test_four_processes_one_token(void)
{
    CHECK_EQ(count_states(4, "01 02 03 10 12 13 20 21 23 30 31 32", 1), 305266);
}

int main(void)
{
    RUN(test_three_processes_one_token);
    RUN(test_three_processes_two_tokens);
    RUN(test_four_processes_one_token);
    return check_end();
}
