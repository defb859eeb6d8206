/* SPDX-License-Identifier: MIT */
/* Strict UTF-8; see utf8.h. */
#include "config/utf8.h"

/* How many bytes a sequence has by its first byte; 0 for one that begins none. */
static size_t sequence_bytes(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2) /* a continuation, or C0 and C1: always overlong */
        return 0;
    if (lead < 0xe0)
        return 2;
    if (lead < 0xf0)
        return 3;
    return lead < 0xf5 ? 4 : 0;
}

size_t config_utf8_decode(const char *bytes, size_t size, uint32_t *ret_point)
{
    /* By length: the bits that the lead byte adds, and the least value not overlong. */
    static const uint8_t lead_masks[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};

    size_t count = size == 0 ? 0 : sequence_bytes((uint8_t)bytes[0]);
    if (count == 0 || count > size)
        return 0;
    uint32_t point = (uint8_t)bytes[0] & lead_masks[count];
    for (size_t i = 1; i < count; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        if ((byte & 0xc0u) != 0x80u)
            return 0;
        point = point << 6 | (byte & 0x3fu);
    }
    if (point < least[count] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    *ret_point = point;
    return count;
}
