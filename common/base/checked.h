/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic that says when it would wrap.
 *
 * Each function tests before it computes (no compiler builtin), so that a
 * prover can see through it. On failure it returns false and *ret is untouched.
 */
#ifndef GROMA_BASE_CHECKED_H
#define GROMA_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/* *ret_sum = a + b, or false where that exceeds 2^64 - 1. */
/*@ requires \valid(ret_sum);
    assigns *ret_sum;
    ensures \result <==> a + b <= UINT64_MAX;
    ensures *ret_sum == (\result ? a + b : \old(*ret_sum)); */
MUST_USE static inline bool checked_add_u64(uint64_t a, uint64_t b, uint64_t *ret_sum)
{
    if (a > UINT64_MAX - b)
        return false;
    *ret_sum = a + b;
    return true;
}

/* *ret_difference = a - b, or false where b > a. */
/*@ requires \valid(ret_difference);
    assigns *ret_difference;
    ensures \result <==> b <= a;
    ensures *ret_difference == (\result ? a - b : \old(*ret_difference)); */
MUST_USE static inline bool checked_sub_u64(uint64_t a, uint64_t b, uint64_t *ret_difference)
{
    if (b > a)
        return false;
    *ret_difference = a - b;
    return true;
}

/* *ret_product = a * b, or false where that exceeds 2^64 - 1. */
/*@ requires \valid(ret_product);
    assigns *ret_product;
    ensures \result <==> a * b <= UINT64_MAX;
    ensures *ret_product == (\result ? a * b : \old(*ret_product)); */
MUST_USE static inline bool checked_mul_u64(uint64_t a, uint64_t b, uint64_t *ret_product)
{
    if (b != 0 && a > UINT64_MAX / b)
        return false;
    *ret_product = a * b;
    return true;
}

/* *ret_value = the smallest multiple of `unit` that is >= value; unit must not be 0. */
/*@ requires \valid(ret_value) && unit > 0;
    assigns *ret_value;
    ensures \result ==> value <= *ret_value < value + unit && *ret_value % unit == 0;
    ensures !\result ==> \forall integer v; v >= value && v % unit == 0 ==> v > UINT64_MAX;
    ensures !\result ==> *ret_value == \old(*ret_value); */
MUST_USE static inline bool checked_round_up_u64(uint64_t value, uint64_t unit, uint64_t *ret_value)
{
    uint64_t rest = value % unit;

    if (rest == 0) {
        *ret_value = value;
        return true;
    }
    return checked_add_u64(value, unit - rest, ret_value);
}

/*
 * Is [offset, offset + length) inside [0, size)? An empty range is inside
 * where its offset is at most size. Never wraps.
 */
/*@ assigns \nothing;
    ensures \result <==> offset + length <= size; */
MUST_USE static inline bool range_is_inside(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

C_DECLARATIONS_END

#endif
