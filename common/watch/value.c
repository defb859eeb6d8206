/* SPDX-License-Identifier: MIT */
/*
 * Conditions on typed values; see value.h.
 *
 * Every condition on the new value alone is a range of keys: unsigned integers that order as the
 * values do. Then 64 values are 64 subtractions and comparisons, whatever type and test.
 *
 *   unsigned   the bits                     signed   the bits with the sign turned over
 *   float      the bits with the sign turned over; all bits turned where it was set
 *              NaN ... -inf ... -0.0 | 0.0 ... +inf ... NaN
 */
#include "watch/value.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/bytes.h"

enum kind { KIND_UNSIGNED, KIND_SIGNED, KIND_FLOAT };

/* A predicate made ready: keys in [low, low + span] match, or those outside. */
struct range {
    uint64_t low;
    uint64_t span;
    uint64_t numbers_low; /* outside of [numbers_low, numbers_low + numbers_span]: NaN */
    uint64_t numbers_span;
    bool is_none;
};

static enum kind kind_of(enum watch_type type)
{
    return type < WATCH_I8 ? KIND_UNSIGNED : type < WATCH_F32 ? KIND_SIGNED : KIND_FLOAT;
}

unsigned watch_type_bytes(enum watch_type type)
{
    if (type >= WATCH_F32)
        return type == WATCH_F32 ? 4 : 8;
    return 1u << (unsigned)type % 4;
}

static uint64_t type_mask(enum watch_type type)
{
    return bit_mask_low(8 * watch_type_bytes(type));
}

static uint64_t sign_bit(enum watch_type type)
{
    return UINT64_C(1) << (8 * watch_type_bytes(type) - 1);
}

bool watch_predicate_is_good(const struct watch_predicate *predicate)
{
    if ((unsigned)predicate->type >= WATCH_TYPE_COUNT || (unsigned)predicate->test >= WATCH_TEST_COUNT)
        return false;
    return predicate->test != WATCH_CHANGED_BY || kind_of(predicate->type) != KIND_FLOAT;
}

bool watch_predicate_needs_old(const struct watch_predicate *predicate)
{
    return predicate->test >= WATCH_CHANGED;
}

static inline uint64_t load(unsigned width, const uint8_t *bytes)
{
    switch (width) {
    case 1:
        return *bytes;
    case 2:
        return load_le16(bytes);
    case 4:
        return load_le32(bytes);
    default:
        return load_le64(bytes);
    }
}

uint64_t watch_load(enum watch_type type, const uint8_t *bytes)
{
    return load(watch_type_bytes(type), bytes);
}

/* ---- keys ----------------------------------------------------------------------------------------------- */

static inline uint64_t key_of(enum kind kind, uint64_t sign, uint64_t bits)
{
    if (kind == KIND_UNSIGNED)
        return bits;
    if (kind == KIND_FLOAT && (bits & sign) != 0)
        return ~bits & (sign | (sign - 1));
    return bits ^ sign;
}

/* The bits of infinity. */
static uint64_t infinity(enum watch_type type)
{
    return type == WATCH_F32 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
}

/* The keys of all numbers: for floats, all but the NaNs. */
static void numbers_of(enum watch_type type, struct range *range)
{
    uint64_t sign = sign_bit(type);

    range->numbers_low = 0;
    range->numbers_span = type_mask(type);
    if (kind_of(type) == KIND_FLOAT) {
        range->numbers_low = key_of(KIND_FLOAT, sign, infinity(type) | sign);
        range->numbers_span = key_of(KIND_FLOAT, sign, infinity(type)) - range->numbers_low;
    }
}

/* The least and the greatest key of what equals the operand: two for the zeros of floats. */
static void keys_of(enum watch_type type, uint64_t operand, uint64_t *ret_least,
                    uint64_t *ret_greatest)
{
    uint64_t sign = sign_bit(type), bits = operand & type_mask(type);

    *ret_least = *ret_greatest = key_of(kind_of(type), sign, bits);
    if (kind_of(type) == KIND_FLOAT && (bits & ~sign) == 0) {
        *ret_least = sign - 1;
        *ret_greatest = sign;
    }
}

static void set_range(struct range *range, uint64_t low, uint64_t high)
{
    range->low = low;
    range->span = high - low;
    range->is_none = high < low;
}

static bool is_number(const struct range *range, uint64_t key)
{
    return key - range->numbers_low <= range->numbers_span;
}

/* The range of keys that the first tests mean; a NaN as operand matches nothing. */
static struct range make_range(const struct watch_predicate *predicate)
{
    struct range range = {0};
    uint64_t least, greatest, last_least, last, lowest, highest;

    numbers_of(predicate->type, &range);
    lowest = range.numbers_low;
    highest = lowest + range.numbers_span;
    keys_of(predicate->type, predicate->operand, &least, &greatest);
    keys_of(predicate->type, predicate->operand_last, &last_least, &last);
    switch (predicate->test) {
    case WATCH_LESS:
        set_range(&range, lowest, least - 1);
        range.is_none = least <= lowest;
        break;
    case WATCH_GREATER:
        set_range(&range, greatest + 1, highest);
        range.is_none = greatest >= highest;
        break;
    case WATCH_BETWEEN:
        set_range(&range, least, last);
        range.is_none |= !is_number(&range, last);
        break;
    default: /* equal and not equal */
        set_range(&range, least, greatest);
        break;
    }
    range.is_none |= !is_number(&range, least);
    return range;
}

/* ---- matching ------------------------------------------------------------------------------------------------ */

/* Everything but the bytes is constant where this is called, so that a loop is left for each type. */
static inline uint64_t match_range(enum kind kind, unsigned width, const struct range *range,
                                   const uint8_t *bytes, unsigned count, unsigned stride)
{
    uint64_t sign = UINT64_C(1) << (8 * width - 1), matches = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t key = key_of(kind, sign, load(width, bytes + (size_t)i * stride));
        matches |= (uint64_t)(key - range->low <= range->span) << i;
    }
    return matches;
}

static inline uint64_t match_width(enum kind kind, unsigned width, const struct range *range,
                                   const uint8_t *bytes, unsigned count, unsigned stride)
{
    if (count == 64 && stride == width)
        return match_range(kind, width, range, bytes, 64, width);
    return match_range(kind, width, range, bytes, count, stride);
}

/* Which of 64 bytes are this one: eight at a time, without a loop over them. */
static uint64_t match_bytes(const uint8_t *bytes, uint8_t value)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f), filled = value * UINT64_C(0x0101010101010101);
    uint64_t matches = 0;

    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = load_le64(bytes + 8 * i) ^ filled;
        /* A byte's top bit: is it 0? Then the top bits as one byte. */
        uint64_t tops = ~((((word & low) + low) | word) | low);
        matches |= ((tops >> 7) * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
    }
    return matches;
}

static uint64_t match_new(enum watch_type type, const struct range *range, const uint8_t *bytes,
                          unsigned count, unsigned stride)
{
    if (count == 64 && stride == 1 && watch_type_bytes(type) == 1 && range->span == 0)
        return match_bytes(bytes, (uint8_t)(range->low ^ (type == WATCH_I8 ? 0x80 : 0)));
    switch (type) {
    case WATCH_U8:
        return match_width(KIND_UNSIGNED, 1, range, bytes, count, stride);
    case WATCH_U16:
        return match_width(KIND_UNSIGNED, 2, range, bytes, count, stride);
    case WATCH_U32:
        return match_width(KIND_UNSIGNED, 4, range, bytes, count, stride);
    case WATCH_U64:
        return match_width(KIND_UNSIGNED, 8, range, bytes, count, stride);
    case WATCH_I8:
        return match_width(KIND_SIGNED, 1, range, bytes, count, stride);
    case WATCH_I16:
        return match_width(KIND_SIGNED, 2, range, bytes, count, stride);
    case WATCH_I32:
        return match_width(KIND_SIGNED, 4, range, bytes, count, stride);
    case WATCH_I64:
        return match_width(KIND_SIGNED, 8, range, bytes, count, stride);
    case WATCH_F32:
        return match_width(KIND_FLOAT, 4, range, bytes, count, stride);
    default:
        return match_width(KIND_FLOAT, 8, range, bytes, count, stride);
    }
}

static bool match_old(const struct watch_predicate *predicate, const struct range *range,
                      uint64_t old_bits, uint64_t new_bits)
{
    enum kind kind = kind_of(predicate->type);
    uint64_t sign = sign_bit(predicate->type), old_least, old_greatest, new_least, new_greatest;

    switch (predicate->test) {
    case WATCH_CHANGED:
        return old_bits != new_bits;
    case WATCH_UNCHANGED:
        return old_bits == new_bits;
    case WATCH_CHANGED_BY:
        return ((new_bits - old_bits - predicate->operand) & type_mask(predicate->type)) == 0;
    default:
        break;
    }
    if (!is_number(range, key_of(kind, sign, old_bits)) ||
        !is_number(range, key_of(kind, sign, new_bits)))
        return false;
    keys_of(predicate->type, old_bits, &old_least, &old_greatest);
    keys_of(predicate->type, new_bits, &new_least, &new_greatest);
    return predicate->test == WATCH_INCREASED ? new_least > old_greatest : new_greatest < old_least;
}

uint64_t watch_match(const struct watch_predicate *predicate, const uint8_t *old_bytes,
                     const uint8_t *new_bytes, unsigned count, unsigned stride_bytes)
{
    struct range range;
    uint64_t matches = 0;

    if (predicate->test == WATCH_ANY)
        return bit_mask_low(count);
    range = make_range(predicate);
    if (predicate->test <= WATCH_BETWEEN) {
        if (!range.is_none)
            matches = match_new(predicate->type, &range, new_bytes, count, stride_bytes);
        return predicate->test == WATCH_NOT_EQUAL ? ~matches & bit_mask_low(count) : matches;
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t old_bits = watch_load(predicate->type, old_bytes + (size_t)i * stride_bytes);
        uint64_t new_bits = watch_load(predicate->type, new_bytes + (size_t)i * stride_bytes);
        matches |= (uint64_t)match_old(predicate, &range, old_bits, new_bits) << i;
    }
    return matches;
}
