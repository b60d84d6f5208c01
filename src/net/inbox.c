#include "base/memory.h"
#include "net/worker_state.h"

#include <string.h>

void cut_inbox_init(struct cut_inbox *inbox)
{
    *inbox = (struct cut_inbox){.first = NULL};
    inbox->end = &inbox->first;
}

static size_t size_of(uint32_t size)
{
    return sizeof(struct cut_arrival) + size;
}

void cut_arrival_release(struct cut_arrival *arrival)
{
    cut_release(cut_allocator_standard(), arrival, 1, size_of(arrival->size));
}

void cut_inbox_fini(struct cut_inbox *inbox)
{
    struct cut_arrival *arrival;

    while ((arrival = cut_inbox_take(inbox)) != NULL)
        cut_arrival_release(arrival);
}

enum cut_error cut_inbox_append(struct cut_inbox *inbox,
                                struct cut_peer *peer,
                                const struct cut_record *record)
{
    struct cut_arrival *arrival =
        cut_allocate(cut_allocator_standard(), 1, size_of(record->size));

    if (arrival == NULL)
        return CUT_NOMEM;
    arrival->next = NULL;
    arrival->peer = peer;
    arrival->stamp = record->stamp;
    arrival->size = record->size;
    arrival->type = record->type;
    if (record->size > 0)
        memcpy(arrival->data, record->data, record->size);
    *inbox->end = arrival;
    inbox->end = &arrival->next;
    inbox->count++;
    inbox->bytes += record->size;
    peer->waiting_count++;
    return CUT_OK;
}

struct cut_arrival *cut_inbox_take(struct cut_inbox *inbox)
{
    struct cut_arrival *arrival = inbox->first;

    if (arrival == NULL)
        return NULL;
    inbox->first = arrival->next;
    if (arrival->next == NULL)
        inbox->end = &inbox->first;
    inbox->count--;
    inbox->bytes -= arrival->size;
    arrival->peer->waiting_count--;
    return arrival;
}
