/* SPDX-License-Identifier: MIT */
/*
 * The functions of common/base/bits.h, whose contracts the proofs take on trust for the most part
 * (tests/prove/README.md): each against a loop or a sum that says the contract again.
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "base/bits.h"

/* Called for the words of the tests below: up to three set bits, their complements, and noise. */
static void each_word(void (*check)(uint64_t word))
{
    uint64_t noise = 1;

    for (unsigned i = 0; i < 64; i++) {
        for (unsigned j = i; j < 64; j++) {
            for (unsigned k = j; k < 64; k++) {
                uint64_t word = UINT64_C(1) << i | UINT64_C(1) << j | UINT64_C(1) << k;
                check(word);
                check(~word);
                check(word - 1);
            }
        }
    }
    for (unsigned round = 0; round < 100000; round++) {
        noise = noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        check(noise);
    }
}

static void check_scans_and_count(uint64_t word)
{
    unsigned count = 0, lowest = 64, highest = 64;

    for (unsigned bit = 0; bit < 64; bit++) {
        if (((word >> bit) & 1) == 0)
            continue;
        count++;
        highest = bit;
        if (lowest == 64)
            lowest = bit;
    }
    if (bit_count(word) != count || bit_at_most_one(word) != (count <= 1))
        cr_assert(false, "count of 0x%" PRIx64, word);
    if (word == 0)
        return;
    if (bit_lowest(word) != lowest || bit_highest(word) != highest ||
        bit_highest_by_halves(word) != highest)
        cr_assert(false, "scan of 0x%" PRIx64, word);
    if (bit_without_lowest(word) >= word ||
        bit_without_lowest(word) + (UINT64_C(1) << lowest) != word)
        cr_assert(false, "0x%" PRIx64 " without its lowest bit", word);
}

Test(bit_scans, agree_with_a_loop)
{
    check_scans_and_count(0);
    each_word(check_scans_and_count);
}

Test(bit_mask_low, sums_the_lowest_bits_for_every_count)
{
    uint64_t sum = 0;

    for (unsigned count = 0; count < 64; count++) {
        cr_assert_eq(bit_mask_low(count), sum, "count %u", count);
        sum += UINT64_C(1) << count;
    }
    cr_assert_eq(bit_mask_low(64), UINT64_MAX);
    cr_assert_eq(bit_mask_low(UINT32_MAX), UINT64_MAX, "more than there are");
}

static void check_round_down(uint64_t value)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t unit = UINT64_C(1) << bit;
        uint64_t rounded = bit_round_down(value, unit);
        if (rounded > value || value - rounded >= unit || rounded % unit != 0)
            cr_assert(false, "0x%" PRIx64 " to 2^%u", value, bit);
    }
}

Test(bit_round_down, reaches_the_multiple_below_for_every_unit)
{
    each_word(check_round_down);
    for (uint64_t value = 0; value < 10000; value++)
        check_round_down(value);
}

Test(join, sums_the_halves)
{
    for (uint32_t both = 0; both < 0x10000; both++)
        cr_assert_eq(join_u16((uint8_t)(both % 256), (uint8_t)(both / 256)), both);
    /* Every half beside 256 others. */
    for (uint64_t half = 0; half < 0x10000; half++) {
        for (uint64_t other = 0; other < 0x10000; other += 257) {
            if (join_u32((uint16_t)half, (uint16_t)other) != half + other * 0x10000 ||
                join_u32((uint16_t)other, (uint16_t)half) != other + half * 0x10000)
                cr_assert(false, "halves 0x%" PRIx64 " and 0x%" PRIx64, half, other);
        }
    }
}

static void check_join_u64(uint64_t word)
{
    uint64_t low = word % 0x100000000, high = word / 0x100000000;

    if (join_u64((uint32_t)low, (uint32_t)high) != low + high * 0x100000000)
        cr_assert(false, "halves of 0x%" PRIx64, word);
}

Test(join, sums_the_halves_of_64_bits)
{
    each_word(check_join_u64);
}

static void check_at_most_one(uint64_t word)
{
    unsigned count = 0;

    for (unsigned bit = 0; bit < 64; bit++)
        count += (word >> bit) & 1;
    cr_assert_eq(bit_at_most_one(word), count <= 1, "0x%" PRIx64, word);
}

Test(bit_at_most_one, is_what_counting_says)
{
    each_word(check_at_most_one);
    check_at_most_one(0);
}

Test(bit_round_down, is_the_value_less_its_rest)
{
    static const uint64_t values[] = {0, 1, 2, 4095, 4096, 4097, UINT64_C(0x123456789abcdef0), UINT64_MAX};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t unit = UINT64_C(1) << bit;
            cr_assert_eq(bit_round_down(values[i], unit), values[i] - values[i] % unit);
        }
    }
}
