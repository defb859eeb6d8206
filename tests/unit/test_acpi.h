/* SPDX-License-Identifier: MIT */
/*
 * What the tests of common/acpi share: a small machine's tables, built by hand.
 *
 *   BASE + 000  RSDP          + 040  XSDT ▶ FACP, APIC, 0, MCFG    + 0a0  RSDT ▶ FACP, APIC
 *        + 0e0  FACP ▶ DSDT, FACS (both widths alike)              + 200  DSDT   + 240  FACS
 *        + 280  APIC          + 2c0  MCFG          + 300  end
 */
#ifndef GROMA_TESTS_UNIT_TEST_ACPI_H
#define GROMA_TESTS_UNIT_TEST_ACPI_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "acpi/acpi.h"

#define BASE UINT64_C(0x7fe00000)

enum {
    RSDP_AT = 0x000,
    XSDT_AT = 0x040,
    RSDT_AT = 0x0a0,
    FACP_AT = 0x0e0,
    DSDT_AT = 0x200,
    FACS_AT = 0x240,
    APIC_AT = 0x280,
    MCFG_AT = 0x2c0,
    IMAGE_BYTES = 0x2fc,
};

static inline void set32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static inline void set64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Makes `size` bytes add up to 0 through the byte at checksum_at. */
static inline void seal(uint8_t *bytes, size_t size, size_t checksum_at)
{
    uint8_t sum = 0;

    bytes[checksum_at] = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[checksum_at] = (uint8_t)(0 - sum);
}

static inline void put_table(uint8_t *table, const char *signature, uint32_t length)
{
    memcpy(table, signature, 4);
    set32(table + 4, length);
    memcpy(table + 10, "GROMA TESTS   ", 14);
}

static inline void seal_table(uint8_t *table)
{
    seal(table, table[4] + 256u * table[5], 9);
}

static inline void put_rsdp(uint8_t *rsdp)
{
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "GROMA ", 6);
    rsdp[15] = 2;
    set32(rsdp + 16, BASE + RSDT_AT);
    set32(rsdp + 20, 36);
    set64(rsdp + 24, BASE + XSDT_AT);
    seal(rsdp, 20, 8);
    seal(rsdp, 36, 32);
}

static inline void put_fadt(uint8_t *fadt)
{
    put_table(fadt, "FACP", 276);
    set32(fadt + 36, BASE + FACS_AT);
    set32(fadt + 40, BASE + DSDT_AT);
    set32(fadt + 76, 0x608);          /* PM_TMR_BLK */
    fadt[91] = 4;                     /* PM_TMR_LEN */
    set32(fadt + 112, 1u << 8);       /* TMR_VAL_EXT */
    set64(fadt + 132, BASE + FACS_AT);
    set64(fadt + 140, BASE + DSDT_AT);
    fadt[208] = 1;                    /* X_PM_TMR_BLK: system I/O, 32 bits */
    fadt[209] = 32;
    fadt[211] = 3;
    set64(fadt + 212, 0x408);
    seal_table(fadt);
}

static inline void put_image(uint8_t image[IMAGE_BYTES])
{
    memset(image, 0, IMAGE_BYTES);
    put_rsdp(image + RSDP_AT);
    put_table(image + XSDT_AT, "XSDT", 36 + 4 * 8);
    set64(image + XSDT_AT + 36, BASE + FACP_AT);
    set64(image + XSDT_AT + 44, BASE + APIC_AT);
    set64(image + XSDT_AT + 60, BASE + MCFG_AT);
    seal_table(image + XSDT_AT);
    put_table(image + RSDT_AT, "RSDT", 36 + 2 * 4);
    set32(image + RSDT_AT + 36, BASE + FACP_AT);
    set32(image + RSDT_AT + 40, BASE + APIC_AT);
    seal_table(image + RSDT_AT);
    put_fadt(image + FACP_AT);
    put_table(image + DSDT_AT, "DSDT", 40);
    seal_table(image + DSDT_AT);
    put_table(image + FACS_AT, "FACS", 64);
    put_table(image + APIC_AT, "APIC", 44);
    seal_table(image + APIC_AT);
    put_table(image + MCFG_AT, "MCFG", 60);
    seal_table(image + MCFG_AT);
}

/* `size_bytes` at BASE, read from these bytes; the extent is the caller's to keep. */
static inline struct acpi_memory memory_of(const uint8_t *bytes, uint64_t size_bytes,
                                           struct acpi_extent *extent)
{
    *extent = (struct acpi_extent){BASE, BASE + size_bytes};
    return (struct acpi_memory){(uint64_t)(uintptr_t)bytes - BASE, extent, 1};
}

#endif
