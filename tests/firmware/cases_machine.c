/* SPDX-License-Identifier: MIT */
/* CPUs, firmware tables and where they lie, and files: cases 28, 61-70, 112-113. */
#include <stdio.h>
#include <string.h>

#include "boot_check.h"
#include "cases.h"
#include "config/config.h"
#include "scenarios.h"
#include "unit/elf_builder.h"

#define LAST_LEAF {.leaf = UINT32_MAX}

/* ---- CPUs ---------------------------------------------------------------------------------------- */

void cpu_cases(void)
{
    static const struct cpuid_leaf no_nx[] = {{.leaf = 0x80000001}, LAST_LEAF};
    static const struct cpuid_leaf guest[] = {{.leaf = 0x80000000, .eax = 0x8000001f}, {.leaf = 0x8000001f, .eax = 2},
                                              {.leaf = 1, .ecx = 1u << 31}, LAST_LEAF};
    static const struct cpuid_leaf hypervisor[] = {{.leaf = 1, .ecx = 1u << 31}, {.leaf = 0x40000000, .eax = 0x40000010},
                                                   {.leaf = 0x40000010, .eax = 2500000}, LAST_LEAF};
    static const struct cpuid_leaf leaf_16[] = {{.leaf = 0x15}, {.leaf = 0x16, .eax = 3000}, LAST_LEAF};
    static const struct cpuid_leaf narrow[] = {{.leaf = 0x80000008, .eax = 20}, LAST_LEAF};
    static const struct cpuid_leaf rdrand[] = {{.leaf = 7}, LAST_LEAF};
    struct scenario plain = scenario_plain("cpu"), machine = plain;

    machine.cr4 = UINT64_C(1) << 12;
    expect("113-five-levels", &machine, NULL, "E-CPU-01");
    machine = plain;
    machine.leaves = no_nx;
    expect("112-no-nx", &machine, NULL, "E-CPU-02");
    machine.leaves = guest;
    machine.sev_status = 1;
    expect("cpu-encrypted-memory", &machine, NULL, "E-CPU-03");
    machine.sev_status = 0;
    expect("cpu-encryption-off", &machine, NULL, "boots");
    machine.knows_tsc = false;
    machine.leaves = hypervisor;
    if (expect("119-hypervisor-clock", &machine, NULL, "boots"))
        expect_that("119-hypervisor-clock-told", boot_info()->tsc_hz == UINT64_C(2500000000));
    machine = plain;
    machine.leaves = leaf_16;
    if (expect("119-leaf-16-clock", &machine, NULL, "boots"))
        expect_that("119-leaf-16-clock-told", boot_info()->tsc_hz == UINT64_C(3000000000));
    machine.knows_tsc = false;
    machine.leaves = narrow;
    machine.physical_bits = 36; /* what the loader must fall back to */
    if (expect("46-impossible-width", &machine, NULL, "boots"))
        expect_that("46-fallback-width-told", boot_info()->physical_bits == 36 && boot_info()->tsc_hz == 0);
    machine = plain;
    machine.leaves = rdrand;
    if (expect("29-rdrand", &machine, NULL, "boots"))
        expect_that("29-rdrand-told", boot_info()->seed_source == BOOTINFO_SEED_RDRAND);
    machine.leaves = NULL;
    machine.random_instructions_fail = true;
    if (expect("29-instructions-fail", &machine, NULL, "boots"))
        expect_that("29-weak-seed-told", boot_info()->seed_source == BOOTINFO_SEED_TSC);
}

/* ---- tables -------------------------------------------------------------------------------------------- */

static uint8_t *rsdp(void)
{
    return (uint8_t *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT);
}

static void acpi_1(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID acpi = ACPI_TABLE_GUID;

    system->ConfigurationTable[0].VendorGuid = acpi;
    rsdp()[15] = 0; /* its root is the RSDT: there is none */
    tables_sum(rsdp(), 20, 8);
}

/* The XSDT lists a BGRT too, whose picture lies in reclaimable memory. */
static void with_logo(EFI_SYSTEM_TABLE *system)
{
    uint8_t *xsdt = rsdp() + 0x40, *bgrt = rsdp() + 0x200, *picture = rsdp() + 0x2000 + 0x900;
    uint64_t address = FIRMWARE_PADDR + FIRMWARE_ACPI_AT + 0x200, image = (uint64_t)picture;
    uint32_t size = 300;

    (void)system;
    memset(bgrt, 0, 56);
    memcpy(bgrt, "BGRT", 4);
    bgrt[4] = 56;
    memcpy(bgrt + 40, &image, 8);
    tables_sum(bgrt, 56, 9);
    memcpy(picture, "BM", 2);
    memcpy(picture + 2, &size, 4);
    xsdt[4] = 52;
    memcpy(xsdt + 44, &address, 8);
    tables_sum(xsdt, 52, 9);
}

static void logo_of_nobody(EFI_SYSTEM_TABLE *system)
{
    with_logo(system);
    memset(rsdp() + 0x200 + 40, 0x70, 8);
    tables_sum(rsdp() + 0x200, 56, 9);
}

/* Tables of known form in reclaimable memory, one with a length that cannot be; one of nobody. */
static void further_tables(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID esrt = UEFI_ESRT_GUID, attributes = UEFI_MEMORY_ATTRIBUTES_GUID, smbios = SMBIOS_TABLE_GUID;
    uint8_t *at = rsdp() + 0x2000 + 0xa00;
    EFI_CONFIGURATION_TABLE *tables = system->ConfigurationTable;

    memset(at, 0, 64);
    at[0] = 200; /* 200 entries of 40 bytes */
    memset(at + 32, 0xff, 16);
    tables[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){esrt, at};
    tables[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){attributes, at + 32};
    tables[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){smbios, at};
    tables[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){esrt, (void *)UINT64_C(0x7700000000000)};
    tables[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){esrt, NULL};
}

/* More tables in reclaimable memory than the loader has room for. */
static void too_many_tables(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID unknown = {9, 9, 9, {9}};
    EFI_CONFIGURATION_TABLE *tables = (EFI_CONFIGURATION_TABLE *)(void *)(rsdp() + 0x2000 + 0xa00);

    for (unsigned i = 0; i < 400; i++)
        tables[i] = (EFI_CONFIGURATION_TABLE){unknown, (uint8_t *)tables + i};
    system->ConfigurationTable = tables;
    system->NumberOfTableEntries = 400;
}

void table_place_cases(void)
{
    struct scenario machine = scenario_plain("table-places");

    machine.acpi = machine.smbios = true;
    machine.bend = acpi_1;
    expect("28-acpi-1", &machine, NULL, "boots");
    machine.bend = with_logo;
    expect("28-logo", &machine, NULL, "boots");
    machine.bend = logo_of_nobody;
    expect("28-logo-of-nobody", &machine, NULL, "boots");
    machine.bend = further_tables;
    expect("28-further-tables", &machine, NULL, "boots");
    expect_that("28-all-tables-kept", strstr(world.conout, "W-TAB-01") == NULL);
    machine.bend = too_many_tables;
    expect("28-too-many-tables", &machine, NULL, "boots");
    expect_that("28-too-many-tables-told", strstr(world.conout, "W-TAB-01") != NULL);
}

/* ---- files ------------------------------------------------------------------------------------------- */

static void kernel_cases(void)
{
    static const struct file empty = {"\\kernel.elf", "", 0}, text = {"\\kernel.elf", "#!/bin/sh\nexit 1\n", 17};
    static struct elf_file sparse;
    const struct part parts[] = {{T_LOAD, F_R | F_X, 0, EXEC_BASE, 0x1000, 0x1000, 0x1000},
                                 {T_LOAD, F_R | F_W, 0x1000, EXEC_BASE + 16 * MIB, 0x800, 3 * MIB, 0x1000}};
    const struct part tiny[] = {{T_LOAD, F_R, 0, EXEC_BASE, 0x20, 0x20, 0x1000},
                                {T_LOAD, F_R | F_X, 0x1000, EXEC_BASE + 0x1000, 0x800, 0x900, 0x1000}};
    struct scenario plain = scenario_plain("kernels"), machine = plain;
    struct file file = {"\\kernel.elf", sparse.bytes, 0};

    machine.kernel = &empty;
    expect("61-empty-kernel", &machine, NULL, "E-FILE-08");
    machine.kernel = &text;
    world_run(&machine, NULL);
    expect_that("98-text-kernel", world.outcome == RETURNED && strstr(world.conout, "E-ELF-") != NULL);
    build_parts(&sparse, false, EXEC_BASE + 0x800, parts, 2, 0x1800);
    file.size_bytes = sparse.size;
    machine.kernel = &file;
    expect("97-sparse-kernel", &machine, NULL, "boots");
    expect("97-sparse-kernel-no-room", &machine, "AllocatePages#4+=OutOfResources", "E-MEM-03");
    build_parts(&sparse, false, EXEC_BASE + 0x1100, tiny, 2, 0x1800);
    file.size_bytes = sparse.size;
    expect("97-segment-within-the-headers", &machine, NULL, "boots");
    expect("61-kernel-is-directory", &plain, "GetInfo#2=Directory", "E-FILE-04");
    expect("62-huge-kernel", &plain, "GetInfo#2=Huge", "boots"); /* read only as far as its headers say */
    expect("63-no-size", &plain, "GetInfo#2=BufferTooSmall", "E-FILE-03");
    expect("63-half-an-answer", &plain, "GetInfo#2=ShortInfo", "E-FILE-03");
    expect("64-short-reads", &plain, "Read#1+=Short", "boots");
    expect("64-truncated", &plain, "Read#3=End", "E-FILE-06");
    expect("65-device-error", &plain, "Read#3=DeviceError", "E-FILE-05");
    expect("67-too-many-bytes", &plain, "Read#3=TooMany", "E-FILE-07");
    if (expect("69-kernel-read-once", &plain, NULL, "boots")) /* so a file that changes cannot matter */
        expect_that("69-no-second-look", world.faults.made[OPEN_FILE] == 2 && world.faults.made[SET_POSITION] == 0);
    expect("70-close-fails", &plain, "Close#1+=DeviceError", "boots");
}

/* A module whose path is as long as one may be: its claim has the whole of it. */
static void long_name_case(void)
{
    static char path[CONFIG_MAX_PATH_BYTES + 1], config[CONFIG_MAX_PATH_BYTES + 40];
    static const struct file modules[] = {{path, "abc", 3}, {.path = NULL}};
    struct scenario machine = scenario_plain("long-name");
    bool is_told = false;

    memset(path, 'm', sizeof path - 1);
    path[0] = '\\';
    snprintf(config, sizeof config, "timeout = 0\nmodule = %s\n", path);
    machine.config = config;
    machine.modules = modules;
    if (!expect("66-long-name", &machine, NULL, "boots"))
        return;
    for (uint32_t i = 0; i < boot_info()->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(boot_info(), &boot_info()->claims, i);
        is_told |= claim->kind == MEMMAP_MODULE && claim->name != 0 &&
                   strcmp(bootinfo_at(boot_info(), claim->name), path) == 0;
    }
    expect_that("66-long-name-whole", is_told);
}

static void volume_cases(void)
{
    static const uint8_t endless_path[] = {4, 3, 2, 0, 0x7f, 0xff, 4, 0}, no_partition[] = {0x7f, 0xff, 4, 0};
    static uint8_t module[9 * MIB];
    static const struct file modules[] = {{"\\big", module, sizeof module}, {.path = NULL}};
    const struct file small[] = {{"\\big", "abc", 3}, {.path = NULL}};
    struct scenario plain = scenario_plain("volumes"), machine = plain;

    machine.config = "timeout = 0\nkernel = /missing\n";
    expect("61-no-kernel", &machine, NULL, "E-FILE-02");
    machine.config = "timeout = 0\nkernel = /../kernel.elf\n";
    expect("61-path-escapes", &machine, NULL, "E-CONF-10");
    machine.config = "timeout = 0\nmodule = /big\n";
    machine.modules = small;
    expect("62-huge-module", &machine, "GetInfo#3=Huge", "E-FILE-09");
    expect("63-larger-module", &machine, "GetInfo#3=Larger", "E-FILE-06");
    machine.modules = modules;
    expect("66-nine-chunks-with-progress", &machine, NULL, "boots");
    expect_that("66-nine-reads", world.faults.made[READ_FILE] >= 9);
    machine = plain;
    machine.device_path = endless_path;
    expect("2-crooked-device-path", &machine, NULL, "boots");
    machine.device_path = no_partition;
    expect("2-no-partition", &machine, NULL, "boots");
    machine.config = "timeout = 0\nreserve = 0xffff000000000000-0xffffffffffff0000 far\n"
                     "reserve = 0x7fffff0000-0x8000100000 at the width\n";
    expect("46-reserve-beyond-width", &machine, NULL, "boots");
}

void file_cases(void)
{
    kernel_cases();
    volume_cases();
    long_name_case();
}
