/* SPDX-License-Identifier: MIT */
/* Bad RAM by address and mask, as GRUB and memtest86+ write it: which ranges a line means. */
#include <stdio.h>

#include "base/address.h"
#include "unit/test_config.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static void means(const char *value, const struct config_range *ranges, size_t count)
{
    char text[200];

    snprintf(text, sizeof text, "badram = %s\n", value);
    accepts(text);
    cr_assert_eq(config.bad_range_count, count, "%s: %zu ranges", value, config.bad_range_count);
    for (size_t i = 0; i < CONFIG_MAX_BAD_RANGES; i++) {
        struct config_range want = i < count ? ranges[i] : (struct config_range){0, 0};
        cr_assert(config.bad_ranges[i].first == want.first && config.bad_ranges[i].end == want.end,
                  "%s: range %zu is 0x%lx-0x%lx", value, i, config.bad_ranges[i].first, config.bad_ranges[i].end);
    }
}

/*    address  7ddf0000     mask ones | zeros
 *             |------------------------|xxxx|    one range */
Test(config_badram, a_mask_of_ones_above_zeros_is_one_range)
{
    static const struct config_range large[] = {{0x7ddf0000, 0x7ddf4000}}, page[] = {{0x1234000, 0x1235000}},
                                     half[] = {{UINT64_C(1) << 63, UINT64_MAX}}, top[] = {{UINT64_MAX - 4095, UINT64_MAX}},
                                     high[] = {{UINT64_C(0x123400000), UINT64_C(0x123500000)}},
                                     all_low[] = {{0, UINT64_C(1) << 32}};

    means("0x7ddf0000,0xffffc000", large, 1);
    means("0x7ddf1234,0xffffc000", large, 1);
    means("0x1234567,0xfffffffc", page, 1); /* four bytes: their page */
    means("0x1234567,0xffffffff", page, 1);
    means("0x1234567,0xffffffffffffffff", page, 1);
    means("0x123456789,0xfffffffffff00000", high, 1);
    means("0x8000000000000000,0x8000000000000000", half, 1);
    means("0xffffffffffffffff,0xffffffffffffffff", top, 1);
    means("0x1,0xffffffff00000000", all_low, 1);
}

Test(config_badram, a_mask_with_holes_is_several_ranges_in_ascending_order)
{
    static const struct config_range two[] = {{0x40000000, 0x40004000}, {0x41000000, 0x41004000}};
    /* the example of GRUB's manual: 0x01234567,0xfefefefe: bits 16 and 24 are free */
    static const struct config_range manual[] = {{0x224000, 0x225000}, {0x234000, 0x235000},
                                                 {0x1224000, 0x1225000}, {0x1234000, 0x1235000}};

    means("0x40000000,0xfeffc000", two, 2);
    means("0x41000000,0xfeffc000", two, 2);
    means("0x01234567,0xfefefefe", manual, 4);
}

Test(config_badram, several_patterns_may_stand_in_a_line_and_ranges_in_others)
{
    static const struct config_range ranges[] = {{0x1000, 0x2000}, {0x40000000, 0x40004000}, {0x41000000, 0x41004000},
                                                 {0x8000, 0x9000}};

    means("0x1000,0xfffff000,0x40000000,0xfeffc000,0x8000,0xfffff000", ranges, 4);
    accepts("badram = 0x5000-0x5001\nbadram = 0x40000000,0xfeffc000\nbadram = 0x7000-0x8000");
    cr_assert_eq(config.bad_range_count, 4);
    cr_assert_eq(config.bad_ranges[2].first, 0x41000000);
    cr_assert_eq(config.bad_ranges[3].first, 0x7000);
}

/* Each page below 16 MiB, by the definition, against what the ranges say. */
Test(config_badram, agrees_with_the_definition_page_by_page)
{
    static const uint32_t masks[] = {0xfff01000, 0xff00f000, 0xffe5b000, 0xfffff000, 0xff800000, 0xffa5a000, 0xff7ff000};

    for (size_t m = 0; m < COUNT(masks); m++) {
        char text[64];
        uint32_t address = 0x00a5b000;
        snprintf(text, sizeof text, "badram = 0x%x,0x%x", address, masks[m]);
        enum config_status status = parse(text);
        if (status == CONFIG_TOO_MANY)
            continue;
        cr_assert_eq(status, CONFIG_OK);
        for (uint32_t page = 0; page < 0x1000000; page += PAGE_BYTES) {
            bool bad = false;
            for (size_t i = 0; i < config.bad_range_count; i++)
                bad |= page >= config.bad_ranges[i].first && page < config.bad_ranges[i].end;
            cr_assert_eq(bad, (page & masks[m]) == (address & masks[m]), "mask %x, page %x", masks[m], page);
        }
    }
}

Test(config_badram, more_ranges_than_fit_are_an_error)
{
    accepts("badram = 0x0,0xfc0ff000"); /* six free bits: 64 ranges */
    cr_assert_eq(config.bad_range_count, 64);
    cr_assert_eq(config.bad_ranges[63].first, 0x3f00000);
    refuses("badram = 0x0,0xf80ff000", CONFIG_TOO_MANY, 1, "badram");
    refuses("badram = 0x0,0xfc0ff000,0x0,0xfffff000", CONFIG_TOO_MANY, 1, "badram");
    refuses("badram = 0x0,0xfc0ff000\nbadram = 0x0-0x1", CONFIG_TOO_MANY, 2, "badram");
    refuses("badram = 0x0-0x1\nbadram = 0x0,0xfc0ff000", CONFIG_TOO_MANY, 2, "badram");
    refuses("badram = 0x1000,0x8000000000001000", CONFIG_TOO_MANY, 1, "badram");
}

Test(config_badram, a_pattern_that_is_none_is_an_error)
{
    static const char *const bad[] = {"0x1000,", "0x1000,0xfffff000,", "0x1000,0xfffff000,0x2000", "0x1000,fffff000",
                                      "0x1000, 0xfffff000", "0x1000,0xfffff000 x", "0x1000,0xfffff000;", "0x1000;0xfffff000",
                                      "0x1000-0x2000,0x3000-0x4000", "0x1000,0xfffff000,0x1000-0x2000", "0x1000,0xfffff000x",
                                      "0x1000-0x2000 reason", ",0x1000"};
    char text[100];

    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof text, "badram = %s\n", bad[i]);
        refuses(text, CONFIG_BAD_RANGE, 1, "badram");
    }
    refuses("badram = 0x123456789,0x0", CONFIG_BAD_RANGE, 1, "badram"); /* everything would be bad */
    refuses("badram = 0x1000,0x0", CONFIG_BAD_RANGE, 1, "badram");
    refuses("badram = 0x1000,0xfff", CONFIG_BAD_RANGE, 1, "badram");
    refuses("badram = 0x1000,0x10000000000000000", CONFIG_NUMBER_OUT_OF_RANGE, 1, "badram");
    refuses("reserve = 0x1000,0xfffff000", CONFIG_BAD_RANGE, 1, "reserve");
}
