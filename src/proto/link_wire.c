/*
 * The headers of a link as bytes, little end first.
 */
#include "proto/link.h"

void cut_link_header_encode(uint64_t number, uint8_t out[CUT_LINK_HEADER_SIZE])
{
    for (unsigned i = 0; i < CUT_LINK_HEADER_SIZE; i++)
        out[i] = (uint8_t)(number >> (8 * i));
}

uint64_t cut_link_header_decode(const uint8_t in[CUT_LINK_HEADER_SIZE])
{
    uint64_t number = 0;

    for (unsigned i = 0; i < CUT_LINK_HEADER_SIZE; i++)
        number |= (uint64_t)in[i] << (8 * i);
    return number;
}
