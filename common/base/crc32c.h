/* SPDX-License-Identifier: MIT */
/*
 * CRC-32C (Castagnoli), as in RFC 3720 section 12.1 and appendix B.4:
 * reflected polynomial 0x82f63b78, initial value and final inversion all ones.
 * crc32c of "123456789" is 0xe3069283.
 */
#ifndef GROMA_BASE_CRC32C_H
#define GROMA_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/* The CRC of the bytes so far (`crc`, 0 at the start) followed by these. O(size). */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size_bytes);

C_DECLARATIONS_END

#endif
