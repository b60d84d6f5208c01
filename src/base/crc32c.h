/*
 * CRC-32C, Castagnoli's: what finds bytes that were changed by accident. It
 * keeps no adversary out.
 */
#ifndef CUT_BASE_CRC32C_H
#define CUT_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Return the checksum of bytes that follow others.
 *
 *   crc  the checksum of those before; 0: there are none.
 *
 * Source: RFC 3720, appendix B.4 (its examples are the tests).
 */
uint32_t cut_crc32c(uint32_t crc, const void *data, size_t size);

#endif
