/*
 * The input is a part of a snapshot, as a worker sends it. What is taken,
 * written again, is the same bytes; and it can be told as JSON, with whatever
 * is in it.
 */
#include "fuzz.h"
#include "net/take.h"

#include <cutline/facts.h>

struct out {
    const uint8_t *expected;
    size_t size;
    size_t at;
};

static void put(struct out *out, const void *data, size_t size)
{
    FUZZ_CHECK(size <= out->size - out->at);
    FUZZ_CHECK(size == 0 || memcmp(out->expected + out->at, data, size) == 0);
    out->at += size;
}

static void put_number(struct out *out, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put(out, bytes, size);
}

static void put_block(struct out *out, struct cut_part_block block)
{
    put_number(out, block.size, 8);
    put(out, block.data, block.size);
}

static void write_again(struct cut_part_view part, struct out *out)
{
    struct cut_part_message_view message;
    uint64_t count = part.message_count;

    put_number(out, part.captured, 8);
    put_number(out, part.completed, 8);
    put_number(out, part.pause_ns, 8);
    put_number(out, part.cpu_ns, 8);
    put_number(out, part.version, 4);
    put_block(out, part.state);
    put_block(out, part.shown);
    put_block(out, part.facts);
    put_number(out, part.random, 8);
    put_number(out, part.timers.size / 9, 1);
    put(out, part.timers.data, part.timers.size);
    put_number(out, count, 8);
    while (cut_part_next_message(&part, &message)) {
        count--;
        put_number(out, message.peer, 4);
        put_number(out, message.is_by_sender, 1);
        put_number(out, message.type, 1);
        put_number(out, message.position, 8);
        put_block(out, message.data);
        put_block(out, message.shown);
        put_block(out, message.facts);
    }
    FUZZ_CHECK(count == 0);
    FUZZ_CHECK(out->at == out->size);
}

/* A snapshot of one process. */
static void tell(const struct cut_part_view *part)
{
    struct cut_supervisor supervisor = {
        .config = {.algorithm = cut_algorithm_at(0)},
        .process_count = 1,
        .name = "fuzz",
        .program = "fuzz",
    };
    struct cut_take *take =
        calloc(1, sizeof *take + sizeof(struct cut_take_part));
    struct cut_topology *topology = NULL;

    FUZZ_CHECK(take != NULL);
    FUZZ_CHECK(cut_facts_create(NULL, &supervisor.facts) == CUT_OK);
    FUZZ_CHECK(cut_topology_generate("complete:1", 0, NULL, &topology, NULL) ==
               CUT_OK);
    supervisor.config.topology = topology;
    take->supervisor = &supervisor;
    take->parts[0].view = *part;
    take->message_count = part->message_count;
    json_t *json = cut_take_json(take);
    FUZZ_CHECK(json != NULL);
    char *text = json_dumps(json, 0);
    FUZZ_CHECK(text != NULL);
    free(text);
    json_decref(json);
    cut_topology_destroy(topology);
    cut_facts_destroy(supervisor.facts);
    free(take);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cut_part_view part = {.version = 77};
    enum cut_error error = cut_part_read(data, size, &part);

    if (error != CUT_OK) {
        FUZZ_CHECK(error == CUT_PROTOCOL);
        FUZZ_CHECK(part.version == 77 && part.message_count == 0);
        return 0;
    }
    write_again(part, &(struct out){.expected = data, .size = size});
    tell(&part);
    return 0;
}
