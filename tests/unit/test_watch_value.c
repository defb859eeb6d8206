/* SPDX-License-Identifier: MIT */
/* Typed conditions against the C compiler's own. */
#include "test_watch.h"
#include "test_watch_judged.h"

/* ---- values: every pair of interesting ones, judged by plain C ---------------------------------------------- */

#define SPECIALS 14
static const uint64_t specials[SPECIALS] = {
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fffffff, 0x80000000, UINT64_MAX,
    UINT64_C(0x8000000000000000), UINT64_C(0x7fffffffffffffff), 0xfffffffe};
static const uint64_t floats[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7f800001,
                                  0xffc00000, 0x00000001, 0x80000001, 0x7f7fffff, 0xff7fffff, 0x40490fdb, 0x7fffffff};
static const uint64_t doubles[] = {0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
                                   0x7ff0000000000000, 0xfff0000000000000, 0x7ff0000000000001,
                                   0xfff8000000000000, 1, 0x8000000000000001, 0x7fefffffffffffff,
                                   0xffefffffffffffff, 0x400921fb54442d18, 0x7fffffffffffffff};

Test(watch_match, agrees_with_plain_c_on_every_pair_of_special_values)
{
    for (enum watch_type type = 0; type < WATCH_TYPE_COUNT; type++) {
        const uint64_t *values = type == WATCH_F32 ? floats : type == WATCH_F64 ? doubles : specials;
        for (unsigned i = 0; i < SPECIALS * SPECIALS * SPECIALS; i++) {
            uint64_t old_bits = values[i % SPECIALS], new_bits = values[i / SPECIALS % SPECIALS];
            struct watch_predicate p = {type, 0, values[i / SPECIALS / SPECIALS], values[i % 5 * 2]};
            for (p.test = 0; p.test < WATCH_TEST_COUNT; p.test++) {
                if (!watch_predicate_is_good(&p))
                    continue;
                cr_assert_eq(watch_match(&p, (const uint8_t *)&old_bits, (const uint8_t *)&new_bits, 1, 1),
                             judged(type, p.test, old_bits, new_bits, p.operand, p.operand_last),
                             "type %u test %u old %llx new %llx operand %llx last %llx", type, p.test,
                             (unsigned long long)old_bits, (unsigned long long)new_bits,
                             (unsigned long long)p.operand, (unsigned long long)p.operand_last);
            }
        }
    }
}

Test(watch_match, judges_many_values_at_every_stride)
{
    static uint8_t old_bytes[64 * 8 + 8], new_bytes[64 * 8 + 8];
    uint64_t random = 5;

    for (unsigned i = 0; i < 3000; i++) {
        struct watch_predicate p = {random_next(&random) % WATCH_TYPE_COUNT,
                                    random_next(&random) % WATCH_TEST_COUNT,
                                    random_next(&random) % 3, 2 + random_next(&random) % 3};
        unsigned count = i % 3 == 0 ? 64 : (unsigned)(random_next(&random) % 65);
        unsigned stride = i % 2 == 0 ? watch_type_bytes(p.type) : 1u << random_next(&random) % 4;
        uint64_t expected = 0;
        if (!watch_predicate_is_good(&p))
            continue;
        for (size_t at = 0; at < sizeof old_bytes; at++) {
            old_bytes[at] = (uint8_t)(random_next(&random) % 5 == 0);
            new_bytes[at] = (uint8_t)(random_next(&random) % 5 == 0);
        }
        for (unsigned at = 0; at < count; at++)
            expected |= (uint64_t)judged(p.type, p.test, watch_load(p.type, old_bytes + at * stride),
                                         watch_load(p.type, new_bytes + at * stride), p.operand, p.operand_last)
                        << at;
        cr_assert_eq(watch_match(&p, old_bytes, new_bytes, count, stride), expected, "turn %u", i);
    }
}

Test(watch_predicate_is_good, refuses_what_there_is_not)
{
    struct watch_predicate p = {WATCH_F32, WATCH_CHANGED_BY, 0, 0};

    cr_assert_not(watch_predicate_is_good(&p));
    p.type = WATCH_F64;
    cr_assert_not(watch_predicate_is_good(&p));
    p.type = WATCH_I64;
    cr_assert(watch_predicate_is_good(&p));
    p.test = (enum watch_test)WATCH_TEST_COUNT;
    cr_assert_not(watch_predicate_is_good(&p));
    p = (struct watch_predicate){.type = (enum watch_type)WATCH_TYPE_COUNT};
    cr_assert_not(watch_predicate_is_good(&p));
}
