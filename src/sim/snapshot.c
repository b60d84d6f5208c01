/*
 * Snapshots: making, adding up, writing, comparing.
 */
#include "sim/snap.h"

#include <inttypes.h>
#include <string.h>

struct cut_snapshot *cut_snapshot_create(const struct cut_topology *topology,
                                         uint64_t message_count,
                                         const struct cut_allocator *allocator,
                                         uint64_t **tokens,
                                         struct cut_snapshot_message **messages)
{
    uint32_t process_count = cut_topology_process_count(topology);

    allocator = cut_allocator_or_standard(allocator);
    struct cut_snapshot *snapshot =
        cut_allocate(allocator, 1, sizeof *snapshot);
    if (snapshot == NULL)
        return NULL;
    *tokens = cut_allocate(allocator, process_count, sizeof **tokens);
    *messages = cut_allocate(allocator, message_count, sizeof **messages);
    *snapshot = (struct cut_snapshot){
        .initiator = CUT_NONE,
        .topology = topology,
        .tokens = *tokens,
        .message_count = message_count,
        .messages = *messages,
        .allocator = allocator,
    };
    if (*tokens != NULL && *messages != NULL)
        return snapshot;
    cut_snapshot_destroy(snapshot);
    return NULL;
}

/* Release an array that its readers may not change, but its owner may. */
static void release_const(const struct cut_allocator *allocator,
                          const void *array,
                          size_t count,
                          size_t size)
{
    union {
        const void *borrowed;
        void *owned;
    } pointer = {.borrowed = array};

    cut_release(allocator, pointer.owned, count, size);
}

void cut_snapshot_destroy(struct cut_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    release_const(snapshot->allocator,
                  snapshot->tokens,
                  cut_topology_process_count(snapshot->topology),
                  sizeof *snapshot->tokens);
    release_const(snapshot->allocator,
                  snapshot->messages,
                  snapshot->message_count,
                  sizeof *snapshot->messages);
    cut_release(snapshot->allocator, snapshot, 1, sizeof *snapshot);
}

void cut_snapshot_total(const struct cut_snapshot *snapshot,
                        uint64_t *in_processes,
                        uint64_t *in_channels)
{
    uint32_t count = cut_topology_process_count(snapshot->topology);

    *in_processes = 0;
    *in_channels = 0;
    for (uint32_t p = 0; p < count; p++)
        *in_processes += snapshot->tokens[p];
    for (uint64_t i = 0; i < snapshot->message_count; i++)
        *in_channels += snapshot->messages[i].tokens;
}

static void write_message(const struct cut_snapshot *snapshot,
                          const struct cut_snapshot_message *message,
                          FILE *file)
{
    fprintf(file,
            "%s %s token(%" PRIu64 ")\n",
            cut_topology_name(snapshot->topology, message->source),
            cut_topology_name(snapshot->topology, message->destination),
            message->tokens);
}

enum cut_error cut_snapshot_write(const struct cut_snapshot *snapshot,
                                  FILE *file)
{
    uint32_t count = cut_topology_process_count(snapshot->topology);

    fprintf(file, "%" PRIu64 "\n", snapshot->number);
    for (uint32_t p = 0; p < count; p++)
        fprintf(file,
                "%s %" PRIu64 "\n",
                cut_topology_name(snapshot->topology, p),
                snapshot->tokens[p]);
    for (uint64_t i = 0; i < snapshot->message_count; i++)
        write_message(snapshot, &snapshot->messages[i], file);
    return ferror(file) ? CUT_IO : CUT_OK;
}

static bool is_same_message(const struct cut_snapshot_message *a,
                            const struct cut_snapshot_message *b)
{
    return a->source == b->source && a->destination == b->destination &&
           a->tokens == b->tokens;
}

bool cut_snapshot_equal(const struct cut_snapshot *a,
                        const struct cut_snapshot *b)
{
    uint32_t count = cut_topology_process_count(a->topology);

    if (a->number != b->number || a->message_count != b->message_count ||
        memcmp(a->tokens, b->tokens, count * sizeof *a->tokens) != 0)
        return false;
    for (uint64_t i = 0; i < a->message_count; i++)
        if (!is_same_message(&a->messages[i], &b->messages[i]))
            return false;
    return true;
}

#define DIFFERENCES_MAX 20

/* The lines of a difference: the first are written, all are counted. */
struct difference {
    const struct cut_snapshot *expected;
    const struct cut_snapshot *recorded;
    FILE *file;
    uint64_t count;
};

static bool is_wanted(struct difference *d)
{
    return d->count++ < DIFFERENCES_MAX;
}

static void
compare_number(struct difference *d, const char *name, uint64_t e, uint64_t r)
{
    if (e == r)
        return;
    if (is_wanted(d))
        fprintf(d->file, "-%s%" PRIu64 "\n", name, e);
    if (is_wanted(d))
        fprintf(d->file, "+%s%" PRIu64 "\n", name, r);
}

static void compare_tokens(struct difference *d)
{
    const struct cut_topology *topology = d->expected->topology;
    uint32_t count = cut_topology_process_count(topology);
    char name[CUT_NAME_SIZE_MAX + 2];

    for (uint32_t p = 0; p < count; p++) {
        snprintf(name, sizeof name, "%s ", cut_topology_name(topology, p));
        compare_number(d, name, d->expected->tokens[p], d->recorded->tokens[p]);
    }
}

/* Messages [begin, end) of a snapshot: those to one destination. */
struct stretch {
    const struct cut_snapshot *snapshot;
    uint64_t begin;
    uint64_t end;
};

/* Take the stretch of a destination, which begins where the last one ended. */
static void next_stretch(struct stretch *stretch, uint32_t destination)
{
    const struct cut_snapshot *snapshot = stretch->snapshot;

    stretch->begin = stretch->end;
    while (stretch->end < snapshot->message_count &&
           snapshot->messages[stretch->end].destination == destination)
        stretch->end++;
}

static void
list_stretch(struct difference *d, const struct stretch *stretch, char sign)
{
    for (uint64_t i = stretch->begin; i < stretch->end; i++)
        if (is_wanted(d)) {
            fputc(sign, d->file);
            write_message(
                stretch->snapshot, &stretch->snapshot->messages[i], d->file);
        }
}

/* What both begin and end with is left out. */
static void trim(struct stretch *a, struct stretch *b)
{
    const struct cut_snapshot_message *left = a->snapshot->messages;
    const struct cut_snapshot_message *right = b->snapshot->messages;

    while (a->begin < a->end && b->begin < b->end &&
           is_same_message(&left[a->begin], &right[b->begin])) {
        a->begin++;
        b->begin++;
    }
    while (a->begin < a->end && b->begin < b->end &&
           is_same_message(&left[a->end - 1], &right[b->end - 1])) {
        a->end--;
        b->end--;
    }
}

static void compare_messages(struct difference *d)
{
    uint32_t count = cut_topology_process_count(d->expected->topology);
    struct stretch expected = {.snapshot = d->expected};
    struct stretch recorded = {.snapshot = d->recorded};

    for (uint32_t p = 0; p < count; p++) {
        next_stretch(&expected, p);
        next_stretch(&recorded, p);
        struct stretch less = expected;
        struct stretch more = recorded;
        trim(&less, &more);
        list_stretch(d, &less, '-');
        list_stretch(d, &more, '+');
    }
}

enum cut_error
cut_snapshot_write_difference(const struct cut_snapshot *expected,
                              const struct cut_snapshot *recorded,
                              FILE *file)
{
    struct difference d = {expected, recorded, file, 0};

    compare_number(&d, "", expected->number, recorded->number);
    compare_tokens(&d);
    compare_messages(&d);
    if (d.count > DIFFERENCES_MAX)
        fprintf(
            file, "and %" PRIu64 " more lines\n", d.count - DIFFERENCES_MAX);
    return ferror(file) ? CUT_IO : CUT_OK;
}
