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

/*@ logic integer pow2(integer n) = n <= 0 ? 1 : 2 * pow2(n - 1);
    lemma pow2_at: \forall integer n; 0 <= n < 64 ==> pow2(n + 1) == 2 * pow2(n);
    lemma pow2_positive: \forall integer n; pow2(n) >= 1;
    lemma pow2_grows: \forall integer m, n; 0 <= m <= n ==> pow2(m) <= pow2(n);
    lemma pow2_16: pow2(16) == 0x10000;
    lemma pow2_32: pow2(32) == 0x100000000;
    lemma pow2_48: pow2(48) == 0x1000000000000;
    lemma pow2_63: pow2(63) == 0x8000000000000000;
    lemma pow2_64: pow2(64) == 0x10000000000000000; */

/*
 * Returns dividend / divisor, *ret_rest = dividend % divisor; divisor must not be 0. By shift
 * and subtract, one bit of the quotient a round: for what is done once, not in a loop.
 */
/*@ requires divisor > 0 && \valid(ret_rest);
    assigns *ret_rest;
    ensures dividend == \result * divisor + *ret_rest && *ret_rest < divisor; */
static inline uint64_t divide_u64_by_u32(uint64_t dividend, uint32_t divisor, uint32_t *ret_rest)
{
    uint64_t quotient = 0;
    uint64_t rest = 0; /* below the divisor, so twice it and 1 fits */
    unsigned round = 0;

    /*@ loop invariant 0 <= round <= 64 && rest < divisor;
        loop invariant \at(dividend, Pre) * pow2(round) ==
            (quotient * divisor + rest) * 0x10000000000000000 + dividend;
        loop invariant quotient < pow2(round);
        loop assigns round, rest, dividend, quotient;
        loop variant 64 - round; */
    while (round < 64) {
        uint64_t top_bit = dividend / (UINT64_C(1) << 63);
        //@ ghost begin: ;
        //@ assert pow2(round + 1) == 2 * pow2(round) && quotient < 0x8000000000000000;
        rest = rest * 2 + top_bit;
        dividend = dividend % (UINT64_C(1) << 63) * 2;
        quotient *= 2;
        /*@ assert rest * 0x10000000000000000 + dividend ==
            2 * (\at(rest, begin) * 0x10000000000000000 + \at(dividend, begin)); */
        //@ assert quotient == 2 * \at(quotient, begin);
        //@ assert quotient * divisor == 2 * (\at(quotient, begin) * divisor);
        //@ ghost doubled: ;
        if (rest >= divisor) {
            rest -= divisor;
            quotient++;
            /*@ assert quotient == \at(quotient, doubled) + 1 && rest ==
                \at(rest, doubled) - divisor; */
            //@ assert quotient * divisor == \at(quotient, doubled) * divisor + divisor;
        }
        //@ assert rest < divisor;
        /*@ assert quotient * divisor + rest ==
            \at(quotient, doubled) * divisor + \at(rest, doubled); */
        /*@ assert quotient * divisor + rest ==
            2 * (\at(quotient, begin) * divisor) + \at(rest, doubled); */
        //@ assert \at(dividend, Pre) * pow2(round + 1) == 2 * (\at(dividend, Pre) * pow2(round));
        /*@ assert \at(dividend, Pre) * pow2(round + 1) ==
            2 * (\at(quotient, begin) * divisor) * 0x10000000000000000 +
            2 * (\at(rest, begin) * 0x10000000000000000 + \at(dividend, begin)); */
        /*@ assert \at(dividend, Pre) * pow2(round + 1) ==
            (quotient * divisor + rest) * 0x10000000000000000 + dividend; */
        //@ ghost stepped: ;
        round++;
        //@ assert round == \at(round, stepped) + 1 && pow2(round) == pow2(\at(round, stepped) + 1);
        /*@ assert \at(dividend, Pre) * pow2(round) ==
            (quotient * divisor + rest) * 0x10000000000000000 + dividend; */
    }
    //@ assert pow2(64) == 0x10000000000000000;
    /*@ assert \at(dividend, Pre) * 0x10000000000000000 ==
        (quotient * divisor + rest) * 0x10000000000000000 + dividend; */
    //@ assert \at(dividend, Pre) == quotient * divisor + rest;
    *ret_rest = (uint32_t)rest;
    return quotient;
}

C_DECLARATIONS_END

#endif
