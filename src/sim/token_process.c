/*
 * The token process of the COS 418 simulator: a program like any other, whose
 * script is outside input. All that is known of tokens is in this file.
 */
#include "sim/snap.h"
#include "sim/system.h"

#include <inttypes.h>
#include <string.h>

struct tokens {
    uint64_t held;
};

/* The input: to hold more, or to send some. */
struct order {
    uint32_t channel; /* outgoing; CUT_NONE: none, they are its own */
    uint32_t unused;
    uint64_t count;
};

static void
input(void *state, struct cut_context *context, const void *data, size_t size)
{
    struct tokens *tokens = state;
    struct order order;

    if (size != sizeof order) {
        cut_fail(context, "was given what is no order");
        return;
    }
    memcpy(&order, data, sizeof order);
    if (order.channel == CUT_NONE) {
        tokens->held += order.count;
        return;
    }
    /* An order that had to wait may find less than when it was given. */
    if (tokens->held < order.count) {
        cut_fail(context,
                 "has too few tokens (expected at most the %" PRIu64
                 " that it holds)",
                 tokens->held);
        return;
    }
    tokens->held -= order.count;
    cut_send(context, order.channel, 0, &order.count, sizeof order.count);
}

static void receive(void *state,
                    struct cut_context *context,
                    const struct cut_message *message)
{
    struct tokens *tokens = state;
    uint64_t count;

    (void)context;
    memcpy(&count, message->data, sizeof count);
    tokens->held += count;
}

static void facts(const void *state, struct cut_facts *out)
{
    const struct tokens *tokens = state;

    cut_facts_quantity(out, "tokens", (int64_t)tokens->held);
}

static void message_facts(const struct cut_message *message,
                          struct cut_facts *out)
{
    uint64_t count;

    memcpy(&count, message->data, sizeof count);
    cut_facts_quantity(out, "tokens", (int64_t)count);
}

static void show_state(const void *data, size_t size, struct cut_writer *out)
{
    struct tokens tokens;

    CUT_ASSERT(size == sizeof tokens);
    memcpy(&tokens, data, sizeof tokens);
    cut_json_begin_object(out);
    cut_json_field(out, "tokens", (int64_t)tokens.held);
    cut_json_end_object(out);
}

static void show_message(const struct cut_message *message,
                         struct cut_writer *out)
{
    uint64_t count;

    memcpy(&count, message->data, sizeof count);
    cut_json_integer(out, (int64_t)count);
}

static const char *const message_types[] = {"token", NULL};

const struct cut_process cut_tokens = {
    .name = "tokens",
    .summary = "the token process of the COS 418 simulator",
    .message_types = message_types,
    .state_size = sizeof(struct tokens),
    .receive = receive,
    .input = input,
    .facts = facts,
    .message_facts = message_facts,
    .show_state = show_state,
    .show_message = show_message,
};

const struct cut_process *cut_token_process(void)
{
    return &cut_tokens;
}

static struct tokens *tokens_of(const struct cut_sim *sim, uint32_t process)
{
    CUT_ASSERT(sim->process == &cut_tokens);
    CUT_ASSERT(process < sim->process_count);
    return cut_sim_state(sim, process);
}

/* What the topology says that they hold is their first input. */
enum cut_error cut_tokens_give(struct cut_sim *sim)
{
    enum cut_error error = CUT_OK;

    for (uint32_t p = 0; p < sim->process_count && error == CUT_OK; p++) {
        struct order order = {
            .channel = CUT_NONE,
            .count = cut_topology_tokens(sim->topology, p),
        };
        struct cut_happening what = {
            .kind = CUT_HAPPENING_INPUT,
            .data = &order,
            .size = sizeof order,
        };
        if (order.count > 0)
            cut_program_call(
                sim->process, tokens_of(sim, p), &sim->context, &what);
        error = sim->context.error;
    }
    return error;
}

uint64_t cut_sim_tokens(const struct cut_sim *sim, uint32_t process)
{
    return tokens_of(sim, process)->held;
}

enum cut_error
cut_sim_send(struct cut_sim *sim, uint32_t channel, uint64_t tokens)
{
    const struct cut_topology *topology = sim->topology;

    if (channel >= topology->channel_count)
        return CUT_INVALID;
    if (sim->is_ticking)
        cut_flight_prefetch_lane(&sim->flight, channel);
    uint32_t source = cut_topology_source(topology, channel);
    cut_sim_prefetch_engine(sim, source);
    if (tokens_of(sim, source)->held < tokens)
        return CUT_STATE;
    /* From here on nothing can fail, so a refusal has changed nothing. */
    enum cut_error error = cut_packets_reserve(&sim->packets, 1);
    if (error == CUT_OK && sim->is_ticking)
        error = cut_flight_reserve(&sim->flight, 1);
    if (error != CUT_OK)
        return error;
    struct order order = {
        .channel = channel - cut_topology_outgoing(topology, source),
        .count = tokens,
    };
    return cut_sim_input(sim, source, &order, sizeof order);
}

/* Taking snapshots out, as the files of COS 418 have them */

static struct cut_snapshot_message *
copy_messages(const struct cut_sim *sim,
              uint64_t number,
              uint32_t process,
              struct cut_snapshot_message *out)
{
    struct cut_sim_recorded recorded;
    uint32_t cursor = CUT_NONE;

    while (cut_sim_next_recorded(sim, number, process, &cursor, &recorded)) {
        out->source = recorded.source;
        out->destination = recorded.destination;
        memcpy(&out->tokens, recorded.message.data, sizeof out->tokens);
        out++;
    }
    return out;
}

enum cut_error cut_sim_collect(struct cut_sim *sim,
                               uint64_t number,
                               const struct cut_allocator *allocator,
                               struct cut_snapshot **out)
{
    struct cut_snapshot_message *messages;
    uint64_t *tokens;

    CUT_ASSERT(sim->process == &cut_tokens);
    if (!cut_sim_is_complete(sim, number) ||
        sim->record.takes[number].parts == NULL)
        return CUT_STATE;
    const struct cut_take *take = &sim->record.takes[number];
    struct cut_snapshot *snapshot = cut_snapshot_create(
        sim->topology, take->wanted_count, allocator, &tokens, &messages);
    if (snapshot == NULL)
        return CUT_NOMEM;
    snapshot->number = number;
    snapshot->initiator = take->initiator;
    snapshot->begun = take->begun;
    snapshot->complete = take->ended;
    for (uint32_t p = 0; p < sim->process_count; p++) {
        memcpy(&tokens[p], cut_part_state(&take->parts[p]), sizeof tokens[p]);
        messages = copy_messages(sim, number, p, messages);
    }
    cut_record_forget(&sim->record, number);
    *out = snapshot;
    return CUT_OK;
}
