#include "net/talk.h"

#include <endian.h>
#include <string.h>

/* The figures are numbers of 8 bytes and nothing else. */
_Static_assert(CUT_TALK_STATUS_SIZE % 8 == 0, "a figure is 8 bytes");

void cut_talk_status_encode(const struct cut_talk_status *status,
                            uint8_t out[CUT_TALK_STATUS_SIZE])
{
    const uint64_t numbers[] = {
#define FIGURE(name) htole64(status->name),
        CUT_TALK_FIGURES(FIGURE)
#undef FIGURE
    };

    memcpy(out, numbers, sizeof numbers);
}

struct cut_talk_status
cut_talk_status_decode(const uint8_t in[CUT_TALK_STATUS_SIZE])
{
    struct cut_talk_status status;
    struct cut_bytes bytes = {.at = in, .left = CUT_TALK_STATUS_SIZE};

#define FIGURE(name) status.name = cut_bytes_number(&bytes, 8);
    CUT_TALK_FIGURES(FIGURE)
#undef FIGURE
    return status;
}

struct cut_snapshot_id cut_talk_take_id(struct cut_bytes *bytes)
{
    const uint8_t *at = cut_bytes_take(bytes, CUT_MARKER_SIZE);

    return at != NULL ? cut_marker_decode(at) : (struct cut_snapshot_id){0};
}
