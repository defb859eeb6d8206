/* SPDX-License-Identifier: MIT */
/* Texts of Windows' terminal programs: UTF-16 with its mark, or UTF-8 with one; see input.h. */
#include <string.h>

#include "input.h"

static uint16_t unit_at(const uint8_t *at, bool is_big_endian)
{
    return (uint16_t)(is_big_endian ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

/* In place: every form's words are ASCII, and whatever else stands in a log needs no more than its place. */
void plain_text(struct file_bytes *file)
{
    bool is_little, is_big;
    size_t written = 0;

    if (file->size >= 3 && memcmp(file->bytes, "\xef\xbb\xbf", 3) == 0) {
        file->bytes += 3;
        file->size -= 3;
        return;
    }
    is_little = file->size >= 2 && file->bytes[0] == 0xff && file->bytes[1] == 0xfe;
    is_big = file->size >= 2 && file->bytes[0] == 0xfe && file->bytes[1] == 0xff;
    if (!is_little && !is_big)
        return;
    for (size_t i = 2; i + 1 < file->size; i += 2) {
        uint16_t unit = unit_at(file->bytes + i, is_big);
        file->bytes[written++] = unit != 0 && unit < 0x80 ? (uint8_t)unit : '?';
    }
    file->size = written;
    file->bytes[written] = '\0';
}
