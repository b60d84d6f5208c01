/*
 * The workload of event_rate.c in SimGrid (S4U): actors that pass tokens on,
 * each with a mailbox of its own, on one host, with the constant network
 * model. Prints one line of JSON; bench/README.md says what its fields mean.
 *
 * What makes it slower without changing the work is left out: tracing, logging,
 * guard pages, stacks larger than an actor here needs. Mailboxes have a
 * permanent receiver, so that a message travels when it is sent, and not when
 * it is asked for.
 */
#include <simgrid/s4u.hpp>
#include <xbt/log.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <unistd.h>
#include <vector>

namespace s4u = simgrid::s4u;

namespace
{

constexpr uint32_t degree = 4;

struct Bench {
    uint64_t actor_count = 0;
    uint64_t in_flight = 0;
    uint64_t deliveries = 0;
    uint64_t random = 1;
    uint64_t count = 0; // of deliveries so far
    double begin_s = 0;
    double create_s = 0;
    double resident = 0;
    std::vector<uint32_t> peers; // degree of each actor
    std::vector<s4u::Mailbox *> mailboxes;
};

double cpu_s()
{
    timespec time = {};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_nsec) * 1e-9;
}

// The second number of statm: pages in memory.
double resident_bytes()
{
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == nullptr)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return static_cast<double>(resident) *
           static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Source: S. Vigna's splitmix64, public domain.
uint64_t draw_below(Bench &bench, uint64_t bound)
{
    uint64_t z = bench.random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((z ^ z >> 31) >> 32) * bound >> 32;
}

// As many channels as random:N:4 has: along a ring, and three that are drawn.
void draw_peers(Bench &bench)
{
    bench.peers.resize(bench.actor_count * degree);
    for (uint64_t i = 0; i < bench.actor_count; i++) {
        uint32_t *peers = &bench.peers[i * degree];
        peers[0] = static_cast<uint32_t>((i + 1) % bench.actor_count);
        for (uint32_t k = 1; k < degree; k++)
            peers[k] =
                static_cast<uint32_t>(draw_below(bench, bench.actor_count));
    }
}

void pass_on(Bench &bench, uint64_t self, uint64_t *token)
{
    uint32_t peer = bench.peers[self * degree + draw_below(bench, degree)];

    bench.mailboxes[peer]->put_init(token, sizeof *token)->detach();
}

[[noreturn]] void finish(const Bench &bench)
{
    double run_s = cpu_s() - bench.begin_s;

    printf("{\"processes\": %" PRIu64, bench.actor_count);
    printf(", \"in_flight\": %" PRIu64, bench.in_flight);
    printf(", \"deliveries\": %" PRIu64, bench.deliveries);
    printf(", \"sim_s\": %.6f", bench.create_s);
    printf(", \"sim_resident\": %.0f", bench.resident);
    printf(", \"run_s\": %.6f}\n", run_s);
    fflush(stdout);
    _exit(EXIT_SUCCESS); // to end a million actors takes longer than to run
}

// The first tokens, one for each in flight, are measured by nobody.
void count_delivery(Bench &bench)
{
    uint64_t warm_up = bench.in_flight + 1000;

    bench.count++;
    if (bench.count == warm_up)
        bench.begin_s = cpu_s();
    if (bench.count == warm_up + bench.deliveries)
        finish(bench);
}

void act(Bench &bench, uint64_t self)
{
    static uint64_t token;
    s4u::Mailbox *mailbox = bench.mailboxes[self];
    uint64_t first = bench.in_flight * self / bench.actor_count;
    uint64_t end = bench.in_flight * (self + 1) / bench.actor_count;

    mailbox->set_receiver(s4u::Actor::self());
    for (; first < end; first++)
        pass_on(bench, self, &token);
    for (;;) {
        auto *received = mailbox->get<uint64_t>();
        count_delivery(bench);
        pass_on(bench, self, received);
    }
}

void create(Bench &bench)
{
    double begin_s = cpu_s();
    double resident = resident_bytes();
    auto *zone = s4u::create_full_zone("zone");
    auto *host = zone->create_host("host", 1e9);

    zone->seal();
    for (uint64_t i = 0; i < bench.actor_count; i++)
        bench.mailboxes.push_back(s4u::Mailbox::by_name(std::to_string(i)));
    for (uint64_t i = 0; i < bench.actor_count; i++)
        s4u::Actor::create("actor", host, [&bench, i] { act(bench, i); });
    bench.create_s = cpu_s() - begin_s;
    bench.resident = resident_bytes() - resident;
}

uint64_t number_of(const char *text)
{
    char *end = nullptr;
    unsigned long long number = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || number == 0 || number > UINT32_MAX) {
        fputs("usage: peer_simgrid ACTORS IN-FLIGHT DELIVERIES\n", stderr);
        exit(2);
    }
    return number;
}

} // namespace

int main(int argc, char **argv)
{
    xbt_log_control_set("root.thres:critical");
    s4u::Engine engine(&argc, argv);
    Bench bench;

    if (argc != 4)
        number_of("");
    bench.actor_count = number_of(argv[1]);
    bench.in_flight = number_of(argv[2]);
    bench.deliveries = number_of(argv[3]);
    s4u::Engine::set_config("network/model:Constant");
    s4u::Engine::set_config("contexts/stack-size:16");
    s4u::Engine::set_config("contexts/guard-size:0");
    draw_peers(bench);
    create(bench);
    engine.run();
    return EXIT_FAILURE; // it ends in finish()
}
