/*
 * Reading numbers and texts out of bytes that a peer has sent: what is not
 * there is remembered, and a reader looks once, at the end.
 */
#ifndef CUT_NET_BYTES_H
#define CUT_NET_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cut_bytes {
    const uint8_t *at;
    size_t left;
    bool is_short; /* something was to be read that was not there */
};

/* Take so many bytes; NULL where there are fewer. */
static inline const uint8_t *cut_bytes_take(struct cut_bytes *bytes,
                                            uint64_t size)
{
    const uint8_t *at = bytes->at;

    if (bytes->is_short || size > bytes->left) {
        bytes->is_short = true;
        return NULL;
    }
    bytes->at += size;
    bytes->left -= size;
    return at;
}

/* Take a number of 1 to 8 bytes, little end first; 0 where there is none. */
static inline uint64_t cut_bytes_number(struct cut_bytes *bytes, unsigned size)
{
    const uint8_t *at = cut_bytes_take(bytes, size);
    uint64_t number = 0;

    for (unsigned i = size; at != NULL && i > 0; i--)
        number = number << 8 | at[i - 1];
    return number;
}

/* Return whether all was there, and nothing is left. */
static inline bool cut_bytes_is_whole(const struct cut_bytes *bytes)
{
    return !bytes->is_short && bytes->left == 0;
}

#endif
