/*
 * The checksum of what is written to files and sockets.
 */
#ifndef CUT_BASE_CRC32C_H
#define CUT_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Return the CRC-32C of bytes.
 *
 *   crc   0, or the checksum of what stands before them.
 *
 * Threads: any.
 * Source:  G. Castagnoli et al., IEEE Trans. Comm. 41(6), 1993; RFC 3720,
 *          appendix B.4, whose examples it is tested with.
 */
uint32_t cut_crc32c(uint32_t crc, const void *data, size_t size);

/* The same without the processor's help: what is used where there is none. */
uint32_t cut_crc32c_portable(uint32_t crc, const void *data, size_t size);

#endif
