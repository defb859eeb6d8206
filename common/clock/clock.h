/* SPDX-License-Identifier: MIT */
/*
 * Time: calendar to seconds, and the frequency of the time stamp counter.
 */
#ifndef GROMA_CLOCK_CLOCK_H
#define GROMA_CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

/* As EFI_TIME has it: UEFI 2.10, 8.3. */
struct clock_calendar {
    uint16_t year;  /* 1900-9999 */
    uint8_t month;  /* 1-12 */
    uint8_t day;    /* 1-31 */
    uint8_t hour, minute, second;
    int16_t zone_minutes; /* local time = UTC - this; CLOCK_ZONE_UNKNOWN: taken as UTC */
};

#define CLOCK_ZONE_UNKNOWN 2047

/* Seconds since 1970-01-01 00:00 UTC; false where a field is impossible or the time lies before. */
MUST_USE bool clock_unix_seconds(const struct clock_calendar *calendar, uint64_t *ret_seconds);

/*
 * TSC frequency by CPUID leaf 15h (EAX denominator, EBX numerator, ECX crystal Hz); 0 where a
 * part is missing. SDM vol. 2A, CPUID.
 */
uint64_t clock_tsc_hz_leaf_15(uint32_t eax, uint32_t ebx, uint32_t ecx);

/* By leaf 16h: EAX 15..0 is the base frequency in MHz; 0 where missing. */
uint64_t clock_tsc_hz_leaf_16(uint32_t eax);

/* The ACPI PM timer counts at this rate (ACPI 6.5, 4.8.3.3). */
#define CLOCK_PM_TIMER_HZ 3579545u

/*
 * By two readings of TSC and PM timer (24 or 32 bits wide). *ret_error_ppm is the bound from
 * one tick of doubt. False where fewer than 100 ticks passed, or the timer stood still or went
 * more than half around (then the interval is not known).
 */
MUST_USE bool clock_tsc_hz_pm_timer(uint64_t tsc_before, uint64_t tsc_after, uint32_t timer_before,
                                    uint32_t timer_after, unsigned timer_bits, uint64_t *ret_hz,
                                    uint32_t *ret_error_ppm);

C_DECLARATIONS_END

#endif
