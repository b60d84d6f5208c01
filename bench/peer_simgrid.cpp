/*
 * The peer of event_rate: tokens that actors pass on to random mailboxes, by
 * SimGrid (S4U), with the network model that costs it least: a constant delay.
 *
 *     peer_simgrid ACTORS IN_FLIGHT DELIVERIES
 *
 * Prints a line of JSON. An actor that has nothing to do waits in its mailbox,
 * as SimGrid's users write it.
 */
#include <simgrid/s4u.hpp>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

namespace {

std::vector<sg4::Mailbox*> mailboxes;
std::uint64_t left;
std::uint64_t state = 1;

std::uint64_t draw()
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return state >> 33;
}

double seconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

void pass_on(std::uint64_t* token)
{
    mailboxes[draw() % mailboxes.size()]->put_init(token, 8)->detach();
}

void actor(std::size_t self, bool has_token)
{
    if (has_token)
        pass_on(new std::uint64_t(self));
    while (left > 0) {
        auto* token = mailboxes[self]->get<std::uint64_t>();
        if (left > 0)
            left--;
        pass_on(token);
    }
    sg4::Actor::kill_all();
}

} // namespace

int main(int argc, char** argv)
{
    sg4::Engine engine(&argc, argv);
    if (argc != 4) {
        std::fprintf(stderr, "Usage: %s ACTORS IN_FLIGHT DELIVERIES\n", argv[0]);
        return 2;
    }
    std::size_t count = std::strtoull(argv[1], nullptr, 10);
    std::size_t in_flight = std::strtoull(argv[2], nullptr, 10);
    std::uint64_t deliveries = std::strtoull(argv[3], nullptr, 10);
    auto* zone = sg4::create_full_zone("all");
    auto* host = zone->create_host("host", "1Gf");
    zone->seal();
    double begun = seconds();
    left = deliveries;
    for (std::size_t i = 0; i < count; i++)
        mailboxes.push_back(sg4::Mailbox::by_name(std::to_string(i)));
    for (std::size_t i = 0; i < count; i++)
        sg4::Actor::create("a", host, actor, i, i < in_flight);
    double created = seconds();
    engine.run();
    double ended = seconds();
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"actors\": %zu, \"in_flight\": %zu, \"deliveries\": %llu, "
                "\"create_s\": %.6f, \"run_s\": %.6f, \"resident\": %ld}\n",
                count,
                in_flight,
                static_cast<unsigned long long>(deliveries),
                created - begun,
                ended - created,
                usage.ru_maxrss * 1024);
    return 0;
}
