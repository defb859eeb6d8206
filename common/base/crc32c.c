/* SPDX-License-Identifier: MIT */
/*
 * CRC-32C by a table of 16 words, two look-ups a byte: enough for one block of some tens of KiB
 * a boot, and a KiB smaller in the loader than a look-up a byte. No CPU feature is assumed.
 */
#include "base/crc32c.h"

/* Entry i: what the four bits i leave behind, without the two inversions. */
static const uint32_t crc32c_table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
    0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

/*@ requires \valid_read((uint8_t *)bytes + (0 .. size_bytes - 1));
    assigns \nothing; */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size_bytes)
{
    const uint8_t *in = bytes;

    crc = ~crc;
    /*@ loop invariant 0 <= i <= size_bytes;
        loop assigns i, crc;
        loop variant size_bytes - i; */
    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= in[i];
        crc = crc32c_table[crc % 16] ^ (crc / 16);
        crc = crc32c_table[crc % 16] ^ (crc / 16);
    }
    return ~crc;
}
