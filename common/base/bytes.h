/* SPDX-License-Identifier: MIT */
/*
 * Little-endian integers at any alignment, out of and into byte buffers.
 * No struct is ever cast over bytes that came from outside: they are read with
 * these; compilers fold each into one load or store.
 */
#ifndef GROMA_BASE_BYTES_H
#define GROMA_BASE_BYTES_H

#include <stdint.h>

#include "base/bits.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

/*@ logic integer le16{L}(uint8_t *b) = b[0] + b[1] * 0x100;
    logic integer le32{L}(uint8_t *b) = le16(b) + le16(b + 2) * 0x10000;
    logic integer le64{L}(uint8_t *b) = le32(b) + le32(b + 4) * 0x100000000; */

/*@ requires \valid_read(bytes + (0 .. 1));
    assigns \nothing;
    ensures \result == le16(bytes); */
static inline uint16_t load_le16(const uint8_t *bytes)
{
    return join_u16(bytes[0], bytes[1]);
}

/*@ requires \valid_read(bytes + (0 .. 3));
    assigns \nothing;
    ensures \result == le32(bytes); */
static inline uint32_t load_le32(const uint8_t *bytes)
{
    return join_u32(load_le16(bytes), load_le16(bytes + 2));
}

/*@ requires \valid_read(bytes + (0 .. 7));
    assigns \nothing;
    ensures \result == le64(bytes); */
static inline uint64_t load_le64(const uint8_t *bytes)
{
    return join_u64(load_le32(bytes), load_le32(bytes + 4));
}

/*@ requires \valid(bytes + (0 .. 1));
    assigns bytes[0 .. 1];
    ensures le16(bytes) == value; */
static inline void store_le16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value % 0x100);
    bytes[1] = (uint8_t)(value / 0x100);
}

/*@ requires \valid(bytes + (0 .. 3));
    assigns bytes[0 .. 3];
    ensures le32(bytes) == value; */
static inline void store_le32(uint8_t *bytes, uint32_t value)
{
    store_le16(bytes, (uint16_t)(value % 0x10000));
    store_le16(bytes + 2, (uint16_t)(value / 0x10000));
}

/*@ requires \valid(bytes + (0 .. 7));
    assigns bytes[0 .. 7];
    ensures le64(bytes) == value; */
static inline void store_le64(uint8_t *bytes, uint64_t value)
{
    store_le32(bytes, (uint32_t)(value % 0x100000000));
    store_le32(bytes + 4, (uint32_t)(value / 0x100000000));
}

C_DECLARATIONS_END

#endif
