/* SPDX-License-Identifier: MIT */
/* Conditions on typed values as plain C has them: the judge of test_watch_value.c and test_watch_scan.c. */
#ifndef GROMA_TEST_WATCH_JUDGED_H
#define GROMA_TEST_WATCH_JUDGED_H

#include <string.h>

#include "watch/value.h"

#define JUDGE(type, old_bits, new_bits, operand, last)                        \
    do {                                                                      \
        type o, n, a, b;                                                      \
        memcpy(&o, &old_bits, sizeof o);                                      \
        memcpy(&n, &new_bits, sizeof n);                                      \
        memcpy(&a, &operand, sizeof a);                                       \
        memcpy(&b, &last, sizeof b);                                          \
        switch (test) {                                                       \
        case WATCH_EQUAL: return n == a;                                      \
        case WATCH_NOT_EQUAL: return n != a;                                  \
        case WATCH_LESS: return n < a;                                        \
        case WATCH_GREATER: return n > a;                                     \
        case WATCH_BETWEEN: return n >= a && n <= b;                          \
        case WATCH_CHANGED: return memcmp(&n, &o, sizeof n) != 0;             \
        case WATCH_UNCHANGED: return memcmp(&n, &o, sizeof n) == 0;           \
        case WATCH_INCREASED: return n > o;                                   \
        case WATCH_DECREASED: return n < o;                                   \
        case WATCH_CHANGED_BY: return (type)(n - o) == a;                     \
        default: return true;                                                 \
        }                                                                     \
    } while (0)

static inline bool judged(enum watch_type type, enum watch_test test, uint64_t old_bits, uint64_t new_bits,
                   uint64_t operand, uint64_t last)
{
    switch (type) {
    case WATCH_U8: JUDGE(uint8_t, old_bits, new_bits, operand, last);
    case WATCH_U16: JUDGE(uint16_t, old_bits, new_bits, operand, last);
    case WATCH_U32: JUDGE(uint32_t, old_bits, new_bits, operand, last);
    case WATCH_U64: JUDGE(uint64_t, old_bits, new_bits, operand, last);
    case WATCH_I8: JUDGE(int8_t, old_bits, new_bits, operand, last);
    case WATCH_I16: JUDGE(int16_t, old_bits, new_bits, operand, last);
    case WATCH_I32: {
        if (test == WATCH_CHANGED_BY) /* without the compiler's overflow */
            return (uint32_t)(new_bits - old_bits) == (uint32_t)operand;
        JUDGE(int32_t, old_bits, new_bits, operand, last);
    }
    case WATCH_I64: {
        if (test == WATCH_CHANGED_BY)
            return new_bits - old_bits == operand;
        JUDGE(int64_t, old_bits, new_bits, operand, last);
    }
    case WATCH_F32: JUDGE(float, old_bits, new_bits, operand, last);
    default: JUDGE(double, old_bits, new_bits, operand, last);
    }
}

#endif
