/* SPDX-License-Identifier: MIT */
/*
 * Division of 64-bit numbers without a division instruction for them: on 32-bit machines
 * compilers call a function of their own library for `/` and `%` (gcc: __udivdi3), which a
 * kernel need not have. A constant power of two needs none of this: it becomes a shift.
 */
#ifndef GROMA_BASE_DIVIDE_H
#define GROMA_BASE_DIVIDE_H

#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/*
 * Returns dividend / divisor, *ret_rest = dividend % divisor; divisor must not be 0. By shift
 * and subtract, one bit of the quotient a round: for what is done once, not in a loop.
 */
static inline uint64_t divide_u64_by_u32(uint64_t dividend, uint32_t divisor, uint32_t *ret_rest)
{
    uint64_t quotient = 0;
    uint64_t rest = 0; /* below the divisor, so twice it and 1 fits */

    for (unsigned round = 0; round < 64; round++) {
        rest = rest * 2 + dividend / (UINT64_C(1) << 63);
        dividend *= 2;
        quotient *= 2;
        if (rest >= divisor) {
            rest -= divisor;
            quotient++;
        }
    }
    *ret_rest = (uint32_t)rest;
    return quotient;
}

C_DECLARATIONS_END

#endif
