/* SPDX-License-Identifier: MIT */
/*
 * Ranges of memory in groma.conf: 0xFIRST-0xEND, and for badram also addresses with masks, as
 * GRUB's `badram` and memtest86+ write them. See values.h.
 */
#include "base/address.h"
#include "config/values.h"

/* The value of a hex digit, or 16. */
static unsigned hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return (unsigned)(byte - '0');
    if (byte >= 'a' && byte <= 'f')
        return (unsigned)(byte - 'a') + 10;
    if (byte >= 'A' && byte <= 'F')
        return (unsigned)(byte - 'A') + 10;
    return 16;
}

/* A number `0x...` at the head of *rest, which then begins behind it. */
static enum config_status take_address(struct span *rest, uint64_t *ret_address)
{
    uint64_t address = 0;
    bool wraps = false;
    size_t i = 2;

    if (rest->size < 3 || rest->bytes[0] != '0' || rest->bytes[1] != 'x')
        return CONFIG_BAD_RANGE;
    for (; i < rest->size && hex_digit(rest->bytes[i]) < 16; i++) {
        wraps = wraps || address >> 60 != 0;
        address = address << 4 | hex_digit(rest->bytes[i]);
    }
    if (i == 2)
        return CONFIG_BAD_RANGE;
    (void)span_take(rest, i);
    *ret_address = address;
    return wraps ? CONFIG_NUMBER_OUT_OF_RANGE : CONFIG_OK;
}

enum config_status config_read_range(struct span value, struct config_range *ret_range,
                                     struct span *ret_rest)
{
    struct config_range range;
    enum config_status status = take_address(&value, &range.first);

    if (status != CONFIG_OK)
        return status;
    if (value.size == 0 || value.bytes[0] != '-')
        return CONFIG_BAD_RANGE;
    (void)span_take(&value, 1);
    status = take_address(&value, &range.end);
    if (status != CONFIG_OK)
        return status;
    if (value.size > 0 && !is_blank(value.bytes[0]))
        return CONFIG_BAD_RANGE;
    if (range.first >= range.end)
        return CONFIG_EMPTY_RANGE;
    *ret_range = range;
    *ret_rest = config_span_trim(value);
    return CONFIG_OK;
}

/* ---- patterns ---- */

/*
 * The byte at A is bad where A and the address agree in every bit of the mask; whole pages are.
 *
 *   0x40000000,0xfeffc000   bits 25.. fixed, 24 free, 14..23 fixed, below free:
 *                           0x40000000-0x40004000 and 0x41000000-0x41004000
 */
struct pattern {
    uint64_t address;
    uint64_t mask; /* of whole pages; not 0 */
};

/* `0xADDRESS,0xMASK` at the head of *rest. Both within 32 bits mean addresses below 4 GiB. */
static enum config_status take_pattern(struct span *rest, struct pattern *ret_pattern)
{
    struct pattern pattern;
    enum config_status status = take_address(rest, &pattern.address);

    if (status != CONFIG_OK)
        return status;
    if (rest->size == 0 || rest->bytes[0] != ',')
        return CONFIG_BAD_RANGE;
    (void)span_take(rest, 1);
    status = take_address(rest, &pattern.mask);
    if (status != CONFIG_OK)
        return status;
    if (pattern.mask < PAGE_BYTES) /* every page would be bad */
        return CONFIG_BAD_RANGE;
    if ((pattern.address | pattern.mask) >> 32 == 0)
        pattern.mask |= UINT64_MAX << 32;
    pattern.mask &= ~(uint64_t)(PAGE_BYTES - 1);
    pattern.address &= pattern.mask;
    *ret_pattern = pattern;
    return CONFIG_OK;
}

/* The ranges of a pattern, into to[] where it is not NULL; how many, or above `most`. */
static size_t expand_pattern(const struct pattern *pattern, size_t most, struct config_range *to)
{
    uint64_t size = pattern->mask & -pattern->mask; /* below it all is free */
    uint64_t open = ~pattern->mask & ~(size - 1);   /* further free bits: each doubles the ranges */
    uint64_t chosen = 0;
    size_t count = 0;

    do {
        uint64_t first = pattern->address | chosen;
        if (count < most && to != NULL)
            to[count] = (struct config_range){first, first + (size - 1) + (first + size != 0)};
        chosen = (chosen - open) & open; /* the next subset of the open bits */
    } while (++count <= most && chosen != 0);
    return count;
}

enum config_status config_read_bad_ranges(struct span value, size_t most, struct config_range *to,
                                          size_t *ret_count)
{
    struct config_range range;
    struct pattern pattern;
    size_t count = 0;
    enum config_status status = config_read_range(value, &range, &value);

    if (status == CONFIG_OK) {
        if (to != NULL)
            to[0] = range;
        *ret_count = 1;
        return value.size > 0 ? CONFIG_BAD_RANGE : CONFIG_OK;
    }
    if (status != CONFIG_BAD_RANGE)
        return status;
    for (;;) {
        status = take_pattern(&value, &pattern);
        if (status != CONFIG_OK)
            return status;
        count += expand_pattern(&pattern, most - count, to == NULL ? NULL : to + count);
        if (count > most)
            return CONFIG_TOO_MANY;
        if (value.size == 0)
            break;
        if (span_take(&value, 1).bytes[0] != ',')
            return CONFIG_BAD_RANGE;
    }
    *ret_count = count;
    return CONFIG_OK;
}
