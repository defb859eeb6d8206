/* SPDX-License-Identifier: MIT */
/* Inside common/acpi only: what every firmware structure's check needs. */
#ifndef GROMA_ACPI_BYTES_H
#define GROMA_ACPI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Do all bytes add up to 0 (mod 256)? The checksum of ACPI and SMBIOS alike. */
static inline bool sums_to_zero(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

/* Do the bytes begin with this text (its NUL not included)? */
static inline bool begins_with(const uint8_t *bytes, const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (bytes[i] != (uint8_t)text[i])
            return false;
    }
    return true;
}

#endif
