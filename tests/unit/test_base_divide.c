/* SPDX-License-Identifier: MIT */
/* common/base/divide.h and the bit scan without builtins, against the machine's own instructions. */
#include <criterion/criterion.h>

#include "base/bits.h"
#include "base/divide.h"
#include "model/random.h"

static void expect_division(uint64_t dividend, uint32_t divisor)
{
    uint32_t rest = 0x5a5a5a5a;
    uint64_t quotient = divide_u64_by_u32(dividend, divisor, &rest);

    cr_assert(quotient == dividend / divisor && rest == dividend % divisor, "%#lx / %#x is %#lx rest %#x",
              dividend, divisor, quotient, rest);
}

Test(divide_u64_by_u32, holds_at_the_edges)
{
    static const uint64_t dividends[] = {0, 1, 39, 40, 41, 4095, 4096, UINT32_MAX, UINT64_C(1) << 32,
                                         INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
    static const uint32_t divisors[] = {1, 2, 3, 20, 24, 40, 48, 4096, 0x7fffffff, 0x80000000, 0x80000001,
                                        UINT32_MAX - 1, UINT32_MAX};

    for (size_t i = 0; i < sizeof dividends / sizeof dividends[0]; i++)
        for (size_t k = 0; k < sizeof divisors / sizeof divisors[0]; k++)
            expect_division(dividends[i], divisors[k]);
}

/* Every length of both numbers: a random word cut to so many bits. */
Test(divide_u64_by_u32, agrees_with_the_machine)
{
    uint64_t state = 0;

    for (unsigned dividend_bits = 1; dividend_bits <= 64; dividend_bits++)
        for (unsigned divisor_bits = 1; divisor_bits <= 32; divisor_bits++)
            for (unsigned round = 0; round < 20; round++)
                expect_division(random_next(&state) >> (64 - dividend_bits),
                                (uint32_t)(random_next(&state) >> (64 - divisor_bits)) | 1u << (divisor_bits - 1));
}


Test(bit_highest_by_halves, sees_no_lower_bit)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t word = UINT64_C(1) << bit;
        cr_assert_eq(bit_highest_by_halves(word), bit);
        cr_assert_eq(bit_highest_by_halves(word | (word - 1)), bit);
        for (unsigned lower = 0; lower < bit; lower++)
            cr_assert_eq(bit_highest_by_halves(word | UINT64_C(1) << lower), bit);
    }
}
