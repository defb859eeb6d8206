/* SPDX-License-Identifier: MIT */
/*
 * Paths to UCS-2, beside a decoder that is written the other way round: it encodes every answer again,
 * and what it gets must be the input. The input: the buffer's capacity in units, then the path.
 */
#include "config/config.h"
#include "config/utf8.h"
#include "fuzz.h"

/* UTF-8 of one code point by its definition (Unicode 15, table 3-6); returns its length. */
static size_t encode(uint32_t point, char *to)
{
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = length; i-- > 1; point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3f));
    to[0] = (char)(leads[length] | point);
    return length;
}

/* The code point at units[*at]; lone surrogates do not come from well-formed text. */
static uint32_t next_point(const uint16_t *units, size_t count, size_t *at)
{
    uint32_t first = units[(*at)++];

    CHECK(first < 0xdc00 || first > 0xdfff);
    if (first < 0xd800 || first > 0xdfff)
        return first;
    CHECK(*at < count && units[*at] >= 0xdc00 && units[*at] <= 0xdfff);
    return 0x10000 + ((first - 0xd800) << 10 | (units[(*at)++] - 0xdc00u));
}

static void check_units(const char *path, const uint16_t *units, size_t count)
{
    size_t done = 0;

    for (size_t at = 0; at < count;) {
        char bytes[4];
        uint32_t point = next_point(units, count, &at);
        size_t length = encode(point, bytes);
        if (point == '\\' && path[done] == '/')
            bytes[0] = '/';
        CHECK(point != 0 && memcmp(path + done, bytes, length) == 0);
        done += length;
    }
    CHECK(path[done] == '\0' && units[count] == 0);
}

/* Is all of it well-formed? And how many units does it take? By the same encoder. */
static bool is_well_formed(const char *path, size_t size, size_t *ret_units)
{
    *ret_units = 0;
    for (size_t i = 0; i < size;) {
        char bytes[4];
        uint32_t point = 0x5a5a5a5a;
        char *exact = copy_of(path + i, size - i);
        size_t length = config_utf8_decode(exact, size - i, &point);
        free(exact);
        if (length == 0) {
            CHECK(point == 0x5a5a5a5a);
            return false;
        }
        CHECK(encode(point, bytes) == length && memcmp(bytes, path + i, length) == 0);
        CHECK(point < 0xd800 || (point > 0xdfff && point < 0x110000));
        *ret_units += point > 0xffff ? 2 : 1;
        i += length;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    size_t capacity = (size_t)take(&input, 1), length, units, count = 0x5a5a;
    uint16_t *buffer = exactly(capacity * 2);
    char *path = exactly(input.left + 1);
    enum config_status status;

    memcpy(path, input.at, input.left);
    path[input.left] = '\0';
    length = strlen(path);
    status = config_path_to_ucs2(path, buffer, capacity, &count);
    if (!is_well_formed(path, length, &units)) {
        CHECK(status == CONFIG_BAD_UTF8);
    } else {
        CHECK(status == (units < capacity ? CONFIG_OK : CONFIG_NO_ROOM));
    }
    if (status == CONFIG_OK) {
        CHECK(count == units);
        check_units(path, buffer, count);
    } else {
        CHECK(count == 0x5a5a);
        for (size_t i = 0; i < capacity; i++)
            CHECK(buffer[i] == 0x5a5a);
    }
    free(buffer);
    free(path);
    return 0;
}
