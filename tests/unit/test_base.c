/* SPDX-License-Identifier: MIT */
/* common/base: checked arithmetic, rounding, bits, bytes, CRC-32C and the memory functions. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/address.h"
#include "base/bits.h"
#include "base/bytes.h"
#include "base/checked.h"
#include "base/crc32c.h"

/* common/base/mem.c under names of its own (see the Makefile). */
void *groma_memcpy(void *restrict to, const void *restrict from, size_t size_bytes);
void *groma_memmove(void *to, const void *from, size_t size_bytes);
void *groma_memset(void *to, int byte, size_t size_bytes);
int groma_memcmp(const void *a, const void *b, size_t size_bytes);

Test(checked_add_u64, refuses_exactly_what_wraps)
{
    uint64_t sum = 7;

    cr_assert(checked_add_u64(UINT64_MAX - 1, 1, &sum));
    cr_assert_eq(sum, UINT64_MAX);
    sum = 7;
    cr_assert_not(checked_add_u64(UINT64_MAX, 1, &sum));
    cr_assert_eq(sum, 7, "untouched on failure");
}

Test(checked_sub_u64, refuses_exactly_what_wraps)
{
    uint64_t difference = 7;

    cr_assert(checked_sub_u64(5, 5, &difference));
    cr_assert_eq(difference, 0);
    difference = 7;
    cr_assert_not(checked_sub_u64(4, 5, &difference));
    cr_assert_eq(difference, 7);
}

Test(checked_mul_u64, refuses_exactly_what_wraps)
{
    uint64_t product = 7;

    cr_assert(checked_mul_u64(UINT64_C(1) << 32, UINT32_MAX, &product));
    cr_assert_eq(product, UINT64_C(0xffffffff00000000));
    cr_assert(checked_mul_u64(UINT64_MAX, 0, &product));
    cr_assert_eq(product, 0);
    product = 7;
    cr_assert_not(checked_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &product));
    cr_assert_eq(product, 7);
}

Test(checked_round_up_u64, rounds_up_or_refuses)
{
    uint64_t value = 7;

    cr_assert(checked_round_up_u64(4097, 4096, &value));
    cr_assert_eq(value, 8192);
    cr_assert(checked_round_up_u64(4096, 4096, &value));
    cr_assert_eq(value, 4096);
    value = 7;
    cr_assert_not(checked_round_up_u64(UINT64_MAX - 4094, 4096, &value));
    cr_assert_eq(value, 7);
}

Test(range_is_inside, holds_at_the_edges)
{
    cr_assert(range_is_inside(0, 10, 10));
    cr_assert(range_is_inside(10, 0, 10));
    cr_assert_not(range_is_inside(10, 1, 10));
    cr_assert_not(range_is_inside(11, 0, 10));
    cr_assert_not(range_is_inside(5, UINT64_MAX, 10));
}

Test(address_is_canonical, knows_both_halves_and_both_depths)
{
    cr_assert(address_is_canonical(UINT64_C(0x00007fffffffffff), 48));
    cr_assert_not(address_is_canonical(UINT64_C(0x0000800000000000), 48));
    cr_assert_not(address_is_canonical(UINT64_C(0xffff7fffffffffff), 48));
    cr_assert(address_is_canonical(UINT64_C(0xffff800000000000), 48));
    cr_assert(address_is_canonical(UINT64_C(0x0000800000000000), 57));
    cr_assert_not(address_is_canonical(UINT64_C(0x0100000000000000), 57));
}

Test(bit_scans, agree_with_a_loop_for_every_single_bit)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t word = UINT64_C(1) << bit;
        cr_assert_eq(bit_lowest(word), bit);
        cr_assert_eq(bit_highest(word), bit);
        cr_assert_eq(bit_lowest(~(word - 1)), bit);
        cr_assert_eq(bit_highest(word | (word - 1)), bit);
        cr_assert_eq(bit_count(word - 1), bit);
        cr_assert_eq(bit_mask_low(bit), word - 1);
    }
    cr_assert_eq(bit_count(UINT64_MAX), 64);
    cr_assert_eq(bit_mask_low(64), UINT64_MAX);
}

Test(load_le, reads_what_store_le_wrote_at_any_alignment)
{
    uint8_t bytes[16];

    for (unsigned at = 0; at < 8; at++) {
        memset(bytes, 0xee, sizeof bytes);
        store_le64(bytes + at, UINT64_C(0x0102030405060708));
        cr_assert_eq(bytes[at], 0x08);
        cr_assert_eq(bytes[at + 7], 0x01);
        cr_assert_eq(load_le64(bytes + at), UINT64_C(0x0102030405060708));
        cr_assert_eq(load_le32(bytes + at), 0x05060708);
        cr_assert_eq(load_le16(bytes + at), 0x0708);
    }
}

Test(crc32c, equals_the_values_of_rfc_3720)
{
    uint8_t zeros[32] = {0};
    uint8_t rising[32];

    for (unsigned i = 0; i < 32; i++)
        rising[i] = (uint8_t)i;
    cr_assert_eq(crc32c(0, "123456789", 9), 0xe3069283);
    cr_assert_eq(crc32c(0, zeros, 32), 0x8a9136aa);
    cr_assert_eq(crc32c(0, rising, 32), 0x46dd794e);
    cr_assert_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283, "in pieces");
}

/* Every offset, alignment and length in a small arena, against the C library's. */
Test(memory_functions, equal_the_c_librarys_on_every_small_range)
{
    uint8_t ours[96], theirs[96];

    for (size_t to = 0; to < 40; to++) {
        for (size_t from = 0; from < 40; from++) {
            for (size_t size = 0; size < 50; size += 1 + size / 20) {
                for (size_t i = 0; i < sizeof ours; i++)
                    ours[i] = theirs[i] = (uint8_t)(i * 7 + 1);
                cr_assert_eq(groma_memmove(ours + to, ours + from, size), ours + to);
                memmove(theirs + to, theirs + from, size);
                cr_assert_eq(memcmp(ours, theirs, sizeof ours), 0, "memmove %zu %zu %zu", to, from,
                             size);
            }
        }
    }
}

Test(memory_functions, copy_set_and_compare)
{
    uint8_t a[80], b[80];

    for (size_t size = 0; size < 72; size++) {
        memset(a, 0xaa, sizeof a);
        for (size_t i = 0; i < sizeof b; i++)
            b[i] = (uint8_t)i;
        cr_assert_eq(groma_memcpy(a + 3, b, size), a + 3);
        cr_assert_eq(memcmp(a + 3, b, size), 0);
        cr_assert_eq(a[2], 0xaa);
        cr_assert_eq(a[3 + size], 0xaa);
        cr_assert_eq(groma_memcmp(a + 3, b, size), 0);
        groma_memset(a + 3, 0x155, size);
        for (size_t i = 0; i < size; i++)
            cr_assert_eq(a[3 + i], 0x55);
        cr_assert_eq(a[3 + size], 0xaa);
    }
    for (int byte = 0; byte < 256; byte++) {
        groma_memset(a, byte, 8); /* one word: what the proof of memset takes as given */
        for (size_t i = 0; i < 8; i++)
            cr_assert_eq(a[i], byte);
    }
    cr_assert_lt(groma_memcmp("ab\x01", "ab\x80", 3), 0, "bytes are unsigned");
    cr_assert_gt(groma_memcmp("b", "a", 1), 0);
}
