/* SPDX-License-Identifier: MIT */
/* ACPI and SMBIOS tables in the firmware's pages, and the list that leads to them. */
#include <string.h>

#include "world.h"

#define SMBIOS_AT 0x3000u
#define TABLES_AT 0x800u /* behind the system table */

void tables_sum(uint8_t *bytes, size_t size_bytes, size_t at)
{
    uint8_t sum = 0;

    bytes[at] = 0;
    for (size_t i = 0; i < size_bytes; i++)
        sum = (uint8_t)(sum + bytes[i]);
    bytes[at] = (uint8_t)-sum;
}

static void put32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, 4);
}

static void put64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, 8);
}

/* RSDP, an XSDT with one entry, an FADT that names a PM timer. ACPI 6.5, 5.2. */
static void make_acpi(uint8_t *rsdp)
{
    uint64_t base = FIRMWARE_PADDR + FIRMWARE_ACPI_AT;
    uint8_t *xsdt = rsdp + 0x40, *fadt = rsdp + 0x100;

    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = 2;
    put32(rsdp + 20, 36);
    put64(rsdp + 24, base + 0x40);
    tables_sum(rsdp, 20, 8);
    tables_sum(rsdp, 36, 32);
    memcpy(xsdt, "XSDT", 4);
    put32(xsdt + 4, 44);
    put64(xsdt + 36, base + 0x100);
    tables_sum(xsdt, 44, 9);
    memcpy(fadt, "FACP", 4);
    put32(fadt + 4, 116);
    put32(fadt + 76, PM_TIMER_PORT);
    fadt[91] = 4;
    tables_sum(fadt, 116, 9);
}

/* A 64-bit entry point and 64 bytes of table. SMBIOS 3.6, 5.2.2. */
static void make_smbios(uint8_t *entry)
{
    memcpy(entry, "_SM3_", 5);
    entry[6] = 24;
    entry[7] = 3;
    put32(entry + 12, 64);
    put64(entry + 16, FIRMWARE_PADDR + SMBIOS_AT + 0x100);
    tables_sum(entry, 24, 5);
}

void tables_make(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID acpi = ACPI_20_TABLE_GUID;
    static const EFI_GUID smbios = UEFI_SMBIOS3_GUID;
    static const EFI_GUID unknown = {1, 2, 3, {4}};
    EFI_CONFIGURATION_TABLE *tables = (EFI_CONFIGURATION_TABLE *)(void *)((uint8_t *)system + TABLES_AT);
    UINTN count = 0;

    make_acpi((uint8_t *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT));
    make_smbios((uint8_t *)(FIRMWARE_PADDR + SMBIOS_AT));
    if (world.scenario->acpi)
        tables[count++] = (EFI_CONFIGURATION_TABLE){acpi, (void *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT)};
    if (world.scenario->smbios)
        tables[count++] = (EFI_CONFIGURATION_TABLE){smbios, (void *)(FIRMWARE_PADDR + SMBIOS_AT)};
    tables[count++] = (EFI_CONFIGURATION_TABLE){unknown, (void *)(FIRMWARE_PADDR + FIRMWARE_BOOT_AT + 0x800)};
    system->NumberOfTableEntries = count;
    system->ConfigurationTable = tables;
}
