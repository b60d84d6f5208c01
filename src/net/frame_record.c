#include "net/frame_record.h"

void cut_record_marker_encode(const struct cut_record_marker *marker,
                              uint8_t out[CUT_RECORD_MARKER_SIZE])
{
    cut_marker_encode(marker->snapshot, out);
    cut_record_put_word(out + CUT_MARKER_SIZE, marker->sent);
}

struct cut_record_marker
cut_record_marker_decode(const uint8_t in[CUT_RECORD_MARKER_SIZE])
{
    return (struct cut_record_marker){
        .snapshot = cut_marker_decode(in),
        .sent = cut_record_get_word(in + CUT_MARKER_SIZE),
    };
}
