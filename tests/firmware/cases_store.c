/* SPDX-License-Identifier: MIT */
/*
 * What the loader remembers (store.c): firmware's tables fill its first piece ever more, and the second one is
 * not to be had. Whatever finds no room then says so, or is done without.
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "config/config.h"
#include "judge.h"
#include "scenarios.h"
#include "unit/elf_builder.h"

#define LIST_AT      (FIRMWARE_PADDR + FIRMWARE_BOOT_AT + 0xa00)
#define XSDT_AT      (FIRMWARE_PADDR + FIRMWARE_ACPI_AT + 0x400)
#define MOST_TABLES  150u
#define CONFIG_BYTES 8192u
#define SEGMENTS     40u /* more than the list of allocations has room for at first */

static unsigned table_count;

/* Tables of no known kind in reclaimable memory: each is claimed by a name. */
static void unknown_tables(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID unknown = {9, 9, 9, {9}};
    EFI_CONFIGURATION_TABLE *list = (EFI_CONFIGURATION_TABLE *)LIST_AT;

    for (unsigned i = 0; i < table_count; i++)
        list[i] = (EFI_CONFIGURATION_TABLE){unknown, (uint8_t *)list + i};
    system->ConfigurationTable = list;
    system->NumberOfTableEntries = table_count;
}

/* An XSDT of MOST_TABLES entries, each of which the kernel sees: their list must grow. */
static void acpi_tables(EFI_SYSTEM_TABLE *system)
{
    uint8_t *rsdp = (uint8_t *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT), *xsdt = (uint8_t *)XSDT_AT;
    uint64_t at = XSDT_AT, fadt = FIRMWARE_PADDR + FIRMWARE_ACPI_AT + 0x100;
    uint32_t size = 36 + 8 * MOST_TABLES;

    (void)system;
    memset(xsdt, 0, size);
    memcpy(xsdt, "XSDT", 4);
    memcpy(xsdt + 4, &size, 4);
    for (unsigned i = 0; i < MOST_TABLES; i++)
        memcpy(xsdt + 36 + 8 * i, &fadt, 8);
    tables_sum(xsdt, size, 9);
    memcpy(rsdp + 24, &at, 8);
    tables_sum(rsdp, 36, 32);
}

/* As many ranges as there may be, with long reasons. */
static void write_config(char *config)
{
    char *to = config + sprintf(config, "timeout = 0\nverbose = no\nmodule = /initrd\n");
    uint64_t paddr = 0x5000000;

    for (unsigned i = 0; i < CONFIG_MAX_RANGES; i++, paddr += 0x4000)
        to += sprintf(to, "reserve = 0x%lx-0x%lx %063u\n", paddr, paddr + 0x1000, i);
    for (unsigned i = 0; i < CONFIG_MAX_BAD_RANGES; i++, paddr += 0x4000)
        to += sprintf(to, "badram = 0x%lx-0x%lx\n", paddr, paddr + 0x1000);
}

/* A kernel with holes, so that each segment is an allocation. */
static const struct file *sparse_kernel(void)
{
    static struct elf_file kernel;
    static struct part parts[SEGMENTS];
    static struct file file = {.path = "\\kernel.elf", .bytes = kernel.bytes};

    for (uint32_t i = 0; i < SEGMENTS; i++)
        parts[i] = (struct part){T_LOAD, i == 0 ? F_R | F_X : F_R | F_W, 0x1000, EXEC_BASE + 0x100000 * i,
                                 i == 0 ? 0x20 : 0, 0x20, 0x1000};
    build_parts(&kernel, false, EXEC_BASE + 8, parts, SEGMENTS, 0x2000);
    file.size_bytes = kernel.size;
    return &file;
}

static bool says(const char *words)
{
    return strstr(world.conout, words) != NULL;
}

void store_cases(void)
{
    static const struct file modules[] = {{"\\initrd", "a small module's bytes", 22}, {.path = NULL}};
    static char config[CONFIG_BYTES];
    struct scenario machine = scenario_plain("store");
    unsigned no_kernel = 0, no_module = 0;

    write_config(config);
    machine.config = config;
    machine.modules = modules;
    machine.kernel = sparse_kernel();
    machine.bend = unknown_tables;
    for (table_count = 0; table_count <= MOST_TABLES; table_count++) {
        /* The fourth is for the kernel's headers, unless the tables need the second piece. */
        expect("store-ever-fuller", &machine, "AllocatePool#5=OutOfResources", "boots or refuses");
        no_kernel += says("E-MEM-05 remember a kernel segment");
        no_module += says("E-MEM-05 remember \\initrd");
    }
    expect_that("store-full-told", no_kernel > 0 && no_module > 0);
    machine.acpi = true;
    machine.bend = acpi_tables;
    if (expect("store-without-tables", &machine, "AllocatePool#4=OutOfResources", "boots"))
        expect_that("store-without-tables-told", says("W-TAB-01 "));
}
