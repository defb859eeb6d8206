/* SPDX-License-Identifier: MIT */
/* Calendar and TSC arithmetic against dates and figures worked out elsewhere. */
#include <criterion/criterion.h>

#include "clock/clock.h"

#define UNKNOWN CLOCK_ZONE_UNKNOWN

Test(clock_unix_seconds, gives_the_known_seconds_of_known_dates)
{
    static const struct {
        struct clock_calendar calendar;
        uint64_t seconds;
    } rows[] = {
        {{1970, 1, 1, 0, 0, 0, UNKNOWN}, 0},
        {{1970, 1, 1, 0, 0, 1, 0}, 1},
        {{1970, 12, 31, 23, 59, 59, 0}, 31535999},
        {{1972, 2, 29, 0, 0, 0, 0}, 68169600},
        {{1999, 12, 31, 23, 59, 59, 0}, 946684799},
        {{2000, 2, 29, 12, 0, 0, 0}, 951825600},
        {{2000, 3, 1, 0, 0, 0, UNKNOWN}, 951868800},
        {{2026, 11, 21, 0, 0, 0, 0}, 1795219200},
        {{2026, 11, 21, 13, 37, 59, UNKNOWN}, 1795268279},
        {{2038, 1, 19, 3, 14, 8, 0}, UINT64_C(1) << 31},
        {{2100, 2, 28, 23, 59, 59, 0}, 4107542399},
        {{2100, 3, 1, 0, 0, 0, 0}, 4107542400}, /* 2100 has no 29 February */
        {{2106, 2, 7, 6, 28, 15, 0}, UINT32_MAX},
        {{2106, 2, 7, 6, 28, 16, 0}, UINT64_C(1) << 32},
        {{2400, 2, 29, 0, 0, 0, 0}, 13574563200},
        {{9999, 12, 31, 23, 59, 59, 0}, 253402300799},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t seconds = 77;
        cr_assert(clock_unix_seconds(&rows[i].calendar, &seconds), "row %zu", i);
        cr_assert_eq(seconds, rows[i].seconds, "row %zu: %lu", i, seconds);
    }
}

/* UEFI 2.10, 8.3: local time = UTC - zone. */
Test(clock_unix_seconds, adds_the_zone_to_reach_utc)
{
    static const struct {
        struct clock_calendar calendar;
        uint64_t seconds;
    } rows[] = {
        {{2026, 11, 21, 1, 0, 0, -60}, 1795219200},     /* Berlin in winter */
        {{2026, 11, 20, 19, 0, 0, 300}, 1795219200},    /* New York in winter */
        {{2026, 11, 21, 5, 45, 0, -345}, 1795219200},   /* Nepal */
        {{2026, 11, 22, 0, 0, 0, -1440}, 1795219200},
        {{2026, 11, 20, 0, 0, 0, 1440}, 1795219200},
        {{1970, 1, 1, 0, 0, 0, 1440}, 86400},
        {{1970, 1, 2, 0, 0, 0, -1440}, 0},
        {{1969, 12, 31, 23, 30, 0, 60}, 1800},          /* local 1969, UTC 1970 */
        {{1969, 12, 31, 0, 0, 0, 1440}, 0},
        {{9999, 12, 31, 23, 59, 59, 1440}, 253402387199},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t seconds = 77;
        cr_assert(clock_unix_seconds(&rows[i].calendar, &seconds), "row %zu", i);
        cr_assert_eq(seconds, rows[i].seconds, "row %zu: %lu", i, seconds);
    }
}

Test(clock_unix_seconds, refuses_impossible_fields_and_times_before_1970_without_change)
{
    static const struct clock_calendar rows[] = {
        {2026, 0, 1, 0, 0, 0, 0},       {2026, 13, 1, 0, 0, 0, 0},   {2026, 255, 1, 0, 0, 0, 0},
        {2026, 1, 0, 0, 0, 0, 0},       {2026, 1, 32, 0, 0, 0, 0},   {2026, 4, 31, 0, 0, 0, 0},
        {2026, 2, 29, 0, 0, 0, 0},      {2000, 2, 30, 0, 0, 0, 0},   {2100, 2, 29, 0, 0, 0, 0},
        {1900, 2, 29, 0, 0, 0, 0},      {2026, 1, 1, 24, 0, 0, 0},   {2026, 1, 1, 0, 60, 0, 0},
        {2026, 1, 1, 0, 0, 60, 0},      {2026, 1, 1, 0, 0, 0, 1441}, {2026, 1, 1, 0, 0, 0, -1441},
        {2026, 1, 1, 0, 0, 0, 2046},    {2026, 1, 1, 0, 0, 0, 2048}, {2026, 1, 1, 0, 0, 0, -2047},
        {10000, 1, 1, 0, 0, 0, 0},      {65535, 1, 1, 0, 0, 0, 0},   {0, 1, 1, 0, 0, 0, 0},
        {1969, 12, 31, 23, 59, 59, 0},  {1900, 1, 1, 0, 0, 0, 0},    {1899, 12, 31, 0, 0, 0, 0},
        {1970, 1, 1, 0, 0, 0, -1},      {1969, 12, 31, 23, 59, 59, UNKNOWN},
        {1969, 12, 30, 23, 59, 59, 1440},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t seconds = 77;
        cr_assert_not(clock_unix_seconds(&rows[i], &seconds), "row %zu: %lu", i, seconds);
        cr_assert_eq(seconds, 77, "row %zu", i);
    }
}

/* Every day of 8030 years, counted up from 1970-01-01 (a calendar that counts, not computes). */
Test(clock_unix_seconds, goes_up_by_a_day_from_1970_to_9999)
{
    struct clock_calendar day = {.year = 1970, .month = 1, .day = 1, .zone_minutes = 0};
    uint64_t expected = 0, seconds;

    while (day.year <= 9999) {
        bool leap = day.year % 400 == 0 || (day.year % 4 == 0 && day.year % 100 != 0);
        unsigned days = day.month == 2 ? (leap ? 29 : 28)
                        : day.month == 4 || day.month == 6 || day.month == 9 || day.month == 11 ? 30
                                                                                               : 31;
        if (!clock_unix_seconds(&day, &seconds) || seconds != expected)
            cr_assert_fail("%u-%u-%u: %lu, not %lu", day.year, day.month, day.day, seconds, expected);
        expected += 86400;
        if (++day.day > days) {
            day.day = 1;
            cr_assert_not(clock_unix_seconds(&(struct clock_calendar){.year = day.year,
                                                                       .month = day.month,
                                                                       .day = (uint8_t)(days + 1)},
                                             &seconds));
            if (++day.month > 12) {
                day.month = 1;
                day.year++;
            }
        }
    }
    cr_assert_eq(expected, 253402300800);
}

/* ---- CPUID ----------------------------------------------------------------------------- */

Test(clock_tsc_hz_leaf_15, multiplies_the_crystal_by_the_ratio)
{
    cr_assert_eq(clock_tsc_hz_leaf_15(2, 250, 24000000), 3000000000);
    cr_assert_eq(clock_tsc_hz_leaf_15(2, 216, 24000000), 2592000000);
    cr_assert_eq(clock_tsc_hz_leaf_15(3, 265, 19200000), 1696000000);
    cr_assert_eq(clock_tsc_hz_leaf_15(1, 1, 1), 1);
    cr_assert_eq(clock_tsc_hz_leaf_15(3, 2, 1), 0);
    /* products above 32 and up to 64 bits */
    cr_assert_eq(clock_tsc_hz_leaf_15(1, UINT32_MAX, UINT32_MAX), UINT64_C(0xfffffffe00000001));
    cr_assert_eq(clock_tsc_hz_leaf_15(UINT32_MAX, UINT32_MAX, UINT32_MAX), UINT32_MAX);
}

Test(clock_tsc_hz_leaf_15, is_0_where_a_part_is_missing)
{
    cr_assert_eq(clock_tsc_hz_leaf_15(0, 250, 24000000), 0);
    cr_assert_eq(clock_tsc_hz_leaf_15(2, 0, 24000000), 0);
    cr_assert_eq(clock_tsc_hz_leaf_15(2, 250, 0), 0);
    cr_assert_eq(clock_tsc_hz_leaf_15(0, 0, 0), 0);
}

Test(clock_tsc_hz_leaf_16, reads_16_bits_of_mhz)
{
    cr_assert_eq(clock_tsc_hz_leaf_16(3000), 3000000000);
    cr_assert_eq(clock_tsc_hz_leaf_16(0xffff), 65535000000);
    cr_assert_eq(clock_tsc_hz_leaf_16(0xabcd0001), 1000000, "31..16 are reserved");
    cr_assert_eq(clock_tsc_hz_leaf_16(0), 0);
    cr_assert_eq(clock_tsc_hz_leaf_16(0xffff0000), 0);
}

/* ---- the PM timer ---------------------------------------------------------------------- */

struct reading {
    uint64_t tsc_before, tsc_after;
    uint32_t timer_before, timer_after;
    unsigned bits;
};

static bool measure(const struct reading *reading, uint64_t *ret_hz, uint32_t *ret_error_ppm)
{
    return clock_tsc_hz_pm_timer(reading->tsc_before, reading->tsc_after, reading->timer_before,
                                 reading->timer_after, reading->bits, ret_hz, ret_error_ppm);
}

Test(clock_tsc_hz_pm_timer, divides_cycles_by_ticks_also_where_the_timer_wraps)
{
    static const struct {
        struct reading reading;
        uint64_t hz;
        uint32_t error_ppm;
    } rows[] = {
        /* a second: 3579545 ticks, 3 GHz */
        {{1000, 3000001000, 5, 3579550, 24}, 3000000000, 1},
        {{1000, 3000001000, 5, 3579550, 32}, 3000000000, 1},
        /* 512 ticks of 1000 cycles each */
        {{0, 512000, 0x100, 0x300, 24}, 3579545000, 1954},
        {{0, 512000, 0xffff00, 0x100, 24}, 3579545000, 1954},
        {{0, 512000, 0xffffff00, 0x100, 32}, 3579545000, 1954},
        /* 24 bits: what a chipset leaves above them does not matter */
        {{0, 512000, 0xab000100, 0xcd000300, 24}, 3579545000, 1954},
        /* the fewest ticks, and the most */
        {{0, 100000, 0, 100, 24}, 3579545000, 10001},
        {{0, 0x7fffff, 0, 0x7fffff, 24}, 3579545, 1},
        {{0, 0x7fffff, 0x800001, 0, 24}, 3579545, 1},
        {{0, 0x7fffffff, 1, 0x80000000, 32}, 3579545, 1},
        /* more than 24 bits can tell */
        {{0, 0x2000000, 0, 0x1000000, 32}, 2 * 3579545, 1},
        /* the most cycles that 64 bits carry */
        {{0, UINT64_C(5153376776576), 0, 1000000, 24}, UINT64_C(18446744073708), 2},
        {{UINT64_MAX - 100000, UINT64_MAX, 0, 100, 24}, 3579545000, 10001},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t hz = 77;
        uint32_t error_ppm = 77;
        cr_assert(measure(&rows[i].reading, &hz, &error_ppm), "row %zu", i);
        cr_assert_eq(hz, rows[i].hz, "row %zu: %lu", i, hz);
        cr_assert_eq(error_ppm, rows[i].error_ppm, "row %zu: %u", i, error_ppm);
    }
}

Test(clock_tsc_hz_pm_timer, refuses_intervals_that_say_nothing_without_change)
{
    static const struct reading rows[] = {
        {0, 100000, 0, 99, 24},                          /* too few ticks */
        {0, 100000, 7, 7, 24},                           /* it stood still */
        {0, 100000, 0x12345678, 0x12345678, 32},
        {0, 100000, 100, 0, 24},                         /* backwards: almost all around */
        {0, 100000, 0, 0x800000, 24},                    /* half around */
        {0, 100000, 0, 0x800001, 24},
        {0, 100000, 0, 0xffffff, 24},
        {0, 100000, 0, 0x80000000, 32},
        {0, 100000, 0, 0xffffffff, 32},
        {0, 100000, 0, 0x1000000, 24},                   /* once around, to 24 bits */
        {100000, 100000, 0, 1000, 24},                   /* no cycles */
        {100001, 100000, 0, 1000, 24},                   /* the TSC went back */
        {UINT64_MAX, 0, 0, 1000, 24},
        {0, UINT64_C(5153376776577), 0, 1000000, 24},    /* the product leaves 64 bits */
        {0, UINT64_MAX, 0, 1000000, 24},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t hz = 77;
        uint32_t error_ppm = 77;
        cr_assert_not(measure(&rows[i], &hz, &error_ppm), "row %zu: %lu", i, hz);
        cr_assert_eq(hz, 77);
        cr_assert_eq(error_ppm, 77);
    }
}

/* One tick more or less must lie within the stated bound. */
Test(clock_tsc_hz_pm_timer, states_a_bound_that_one_tick_does_not_leave)
{
    for (uint32_t ticks = 100; ticks < 400000; ticks = ticks * 3 / 2) {
        struct reading reading = {0, ticks * UINT64_C(838), 0, ticks, 24};
        uint64_t hz, fewer;
        uint32_t error_ppm, unused;
        cr_assert(measure(&reading, &hz, &error_ppm));
        reading.timer_after++;
        cr_assert(measure(&reading, &fewer, &unused));
        cr_assert_leq((hz - fewer) * 1000000 / hz, error_ppm, "%u ticks", ticks);
    }
}
