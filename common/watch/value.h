/* SPDX-License-Identifier: MIT */
/*
 * Typed values in memory and conditions on them: integers of 8 to 64 bits, floats of 32 and 64.
 *
 * No floating-point arithmetic: a float's bits are mapped to integers of the same order, so that
 * equal, less and greater are as IEEE 754 has them (zeros are equal, NaN matches nothing that
 * orders). The one that needs a subtraction, CHANGED_BY, is refused for floats. Little-endian.
 */
#ifndef GROMA_WATCH_VALUE_H
#define GROMA_WATCH_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

enum watch_type {
    WATCH_U8,
    WATCH_U16,
    WATCH_U32,
    WATCH_U64,
    WATCH_I8,
    WATCH_I16,
    WATCH_I32,
    WATCH_I64,
    WATCH_F32,
    WATCH_F64,
};
#define WATCH_TYPE_COUNT 10u

/* The first six look at the new value alone, the others compare it with the old. */
enum watch_test {
    WATCH_ANY,
    WATCH_EQUAL,     /* == operand */
    WATCH_NOT_EQUAL, /* a NaN is not equal to anything */
    WATCH_LESS,      /* < operand */
    WATCH_GREATER,   /* > operand */
    WATCH_BETWEEN,   /* operand <= it <= operand_last */
    WATCH_CHANGED,   /* its bits */
    WATCH_UNCHANGED,
    WATCH_INCREASED,
    WATCH_DECREASED,
    WATCH_CHANGED_BY, /* new - old == operand, modulo 2^bits */
};
#define WATCH_TEST_COUNT 11u

struct watch_predicate {
    enum watch_type type;
    enum watch_test test;
    uint64_t operand;      /* the value's bits, zero- or sign-extended */
    uint64_t operand_last; /* BETWEEN's other bound */
};

/* Bytes of a value: 1, 2, 4 or 8. */
unsigned watch_type_bytes(enum watch_type type);

/* Is there such a condition? CHANGED_BY of floats and numbers beyond the enums are none. */
bool watch_predicate_is_good(const struct watch_predicate *predicate);

/* Does it look at the old value? */
bool watch_predicate_needs_old(const struct watch_predicate *predicate);

/*
 * For each of `count` (up to 64) values, `stride_bytes` apart, whether it matches: bit i stands for
 * the value at i * stride_bytes. old_bytes may be NULL where the predicate does not need them; the
 * predicate must be good. O(count).
 */
uint64_t watch_match(const struct watch_predicate *predicate, const uint8_t *old_bytes,
                     const uint8_t *new_bytes, unsigned count, unsigned stride_bytes);

/* The value's bits at these bytes, zero-extended. */
uint64_t watch_load(enum watch_type type, const uint8_t *bytes);

C_DECLARATIONS_END

#endif
