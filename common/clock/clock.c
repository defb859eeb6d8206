/* SPDX-License-Identifier: MIT */
/* Calendar and TSC arithmetic; see clock.h. */
#include "clock/clock.h"

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t days_in_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (uint32_t)(month == 2 && is_leap(year));
}

static bool calendar_is_possible(const struct clock_calendar *calendar)
{
    return calendar->year >= 1900 && calendar->year <= 9999 && calendar->month >= 1 &&
           calendar->month <= 12 && calendar->day >= 1 &&
           calendar->day <= days_in_month(calendar->year, calendar->month) &&
           calendar->hour <= 23 && calendar->minute <= 59 && calendar->second <= 59 &&
           ((calendar->zone_minutes >= -1440 && calendar->zone_minutes <= 1440) ||
            calendar->zone_minutes == CLOCK_ZONE_UNKNOWN);
}

/* Days from 1970-01-01 to the first of this year; negative before. */
static int64_t days_before_year(uint32_t year)
{
    uint32_t before = year - 1;
    int64_t leaps = before / 4 - before / 100 + before / 400;
    int64_t leaps_1970 = 1969 / 4 - 1969 / 100 + 1969 / 400;

    return ((int64_t)year - 1970) * 365 + leaps - leaps_1970;
}

bool clock_unix_seconds(const struct clock_calendar *calendar, uint64_t *ret_seconds)
{
    int64_t days;
    int64_t seconds;

    if (!calendar_is_possible(calendar))
        return false;
    days = days_before_year(calendar->year) + calendar->day - 1;
    for (uint32_t month = 1; month < calendar->month; month++)
        days += days_in_month(calendar->year, month);
    seconds = days * 86400 + calendar->hour * 3600 + calendar->minute * 60 + calendar->second;
    if (calendar->zone_minutes != CLOCK_ZONE_UNKNOWN)
        seconds += (int64_t)calendar->zone_minutes * 60;
    if (seconds < 0)
        return false;
    *ret_seconds = (uint64_t)seconds;
    return true;
}

uint64_t clock_tsc_hz_leaf_15(uint32_t eax, uint32_t ebx, uint32_t ecx)
{
    if (eax == 0 || ebx == 0 || ecx == 0)
        return 0;
    return (uint64_t)ecx * ebx / eax;
}

uint64_t clock_tsc_hz_leaf_16(uint32_t eax)
{
    return (uint64_t)(eax & 0xffffu) * 1000000;
}

bool clock_tsc_hz_pm_timer(uint64_t tsc_before, uint64_t tsc_after, uint32_t timer_before,
                           uint32_t timer_after, unsigned timer_bits, uint64_t *ret_hz,
                           uint32_t *ret_error_ppm)
{
    uint32_t mask = timer_bits >= 32 ? UINT32_MAX : (UINT32_C(1) << timer_bits) - 1;
    uint32_t ticks = (timer_after - timer_before) & mask;
    uint64_t cycles, scaled;

    if (tsc_after <= tsc_before || ticks < 100 || ticks > mask / 2)
        return false;
    cycles = tsc_after - tsc_before;
    if (!checked_mul_u64(cycles, CLOCK_PM_TIMER_HZ, &scaled))
        return false;
    *ret_hz = scaled / ticks;
    *ret_error_ppm = 1000000u / ticks + 1;
    return true;
}
