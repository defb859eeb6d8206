/* SPDX-License-Identifier: MIT */
/* Aids for real machines: checkpoints and their variable, bad RAM, reservations, maps, no DMA. */
#include <stdio.h>
#include <string.h>

#include "boot_check.h"
#include "cases.h"
#include "checkpoint/checkpoint.h"
#include "config/config.h"
#include "scenarios.h"

#define VARIABLE "GromaCheckpoint"

static unsigned times_said(const char *words)
{
    unsigned count = 0;

    for (const char *at = strstr(world.conout, words); at != NULL; at = strstr(at + 1, words))
        count++;
    return count;
}

/* ---- checkpoints ------------------------------------------------------------------------------------ */

static struct checkpoint_before variable_says(void)
{
    size_t size_bytes = 0;
    const uint8_t *bytes = variables_find(VARIABLE, &size_bytes);

    return checkpoint_read(bytes, size_bytes);
}

static void checkpoint_boots(void)
{
    struct scenario machine = scenario_plain("checkpoints"), broken;

    machine.config = "timeout = 0\nverbose = no\ncheckpoint = yes\n";
    if (expect("aid-checkpoint-first", &machine, NULL, "boots"))
        expect_that("aid-checkpoint-written", world.variable_writes == 4 && world.post_code == CHECKPOINT_SWITCH &&
                                                  variable_says().state == CHECKPOINT_COMPLETE && world.conout_bytes == 0);
    machine.keeps_variables = true;
    if (expect("aid-checkpoint-again", &machine, NULL, "boots"))
        expect_that("aid-checkpoint-off-after-success",
                    world.variable_writes == 0 && world.faults.made[QUERY_VARIABLES] == 0);
    machine.keeps_variables = false;
    broken = machine;
    if (expect("aid-checkpoint-ends-early", &broken, "Open#2=NotFound", "E-FILE-02"))
        expect_that("aid-checkpoint-says-where", variable_says().state == CHECKPOINT_STOPPED &&
                                                     variable_says().code == CHECKPOINT_FIND_TABLES &&
                                                     variable_says().missed == CHECKPOINT_READ_MODULES);
    machine.keeps_variables = true;
    if (expect("aid-checkpoint-after-that", &machine, NULL, "boots")) {
        expect_that("aid-checkpoint-shown",
                    times_said("checkpoint: the boot before came to step 0x30 find-tables and not to step 0x40 read-modules") == 1 &&
                        times_said("groma: checkpoint state=stopped last=find-tables missed=read-modules\r") == 1);
        expect_that("aid-checkpoint-quiet-again", times_said("groma: step") == 0);
    }
    machine.config = "timeout = 0\nverbose = no\ncheckpoint = forget\n";
    if (expect("aid-checkpoint-forget", &machine, NULL, "boots"))
        expect_that("aid-checkpoint-forgotten", variable_says().state == CHECKPOINT_NEW && world.variable_writes == 1);
}

static void checkpoint_troubles(void)
{
    struct scenario machine = scenario_plain("checkpoint-troubles");

    machine.config = "timeout = 0\ncheckpoint = yes\n";
    machine.store_full = true;
    if (expect("aid-checkpoint-store-full", &machine, NULL, "boots"))
        expect_that("aid-checkpoint-store-full-told", world.variable_writes == 0 && times_said("W-STEP-02 ") == 1 &&
                                                          world.faults.made[QUERY_VARIABLES] == 1);
    machine.store_full = false;
    if (expect("aid-checkpoint-no-write", &machine, "SetVariable#2=DeviceError", "boots"))
        expect_that("aid-checkpoint-no-write-told", world.variable_writes == 2 && times_said("W-STEP-02 ") == 1);
    if (expect("aid-checkpoint-no-read", &machine, "GetVariable#2=DeviceError", "boots"))
        expect_that("aid-checkpoint-no-read-told", world.variable_writes == 0 && times_said("W-STEP-01 ") == 1);
    if (expect("aid-checkpoint-noise", &machine, "GetVariable#2=Garbage", "boots"))
        expect_that("aid-checkpoint-noise-told", world.variable_writes == 4 && times_said("state=unreadable") == 1);
    machine.config = "timeout = 0\n";
    if (expect("aid-steps", &machine, NULL, "boots"))
        expect_that("aid-steps-said", times_said("groma: step code=0x38 name=read-kernel\r") == 1 &&
                                          world.faults.made[QUERY_VARIABLES] == 0 && world.variable_writes == 0 &&
                                          strstr(world.serial, "groma: step code=0x80 name=switch\r") != NULL);
    machine.cr4 = UINT64_C(1) << 12;
    if (expect("aid-post-code", &machine, NULL, "E-CPU-01"))
        expect_that("aid-post-code-shown", world.post_code == CHECKPOINT_INSPECT_MACHINE);
}

/* ---- bad RAM and reservations ------------------------------------------------------------------------- */

/* Where the loader put what it claims, as one range. */
static struct config_range placement(void)
{
    struct config_range range = {UINT64_MAX, 0};

    for (size_t i = 0; i < world.allocation_count; i++) {
        uint64_t first = byte_of_pfn(world.allocations[i].first_pfn);
        uint64_t end = first + byte_of_pfn(world.allocations[i].page_count);
        if (world.allocations[i].pool_paddr != 0 || first < MIB)
            continue;
        range.first = first < range.first ? first : range.first;
        range.end = end > range.end ? end : range.end;
    }
    return range;
}

static bool touches(const struct config_range *range)
{
    for (size_t i = 0; i < world.allocation_count; i++) {
        uint64_t first = byte_of_pfn(world.allocations[i].first_pfn);
        uint64_t end = first + byte_of_pfn(world.allocations[i].page_count);
        if (world.allocations[i].pool_paddr == 0 && first < range->end && end > range->first)
            return true;
    }
    return false;
}

/* The whole range is one region of this kind, by a claim of this name. */
static bool is_told(const struct config_range *range, enum memmap_kind kind, const char *name)
{
    const struct bootinfo *info = boot_info();

    for (uint32_t i = 0; i < info->regions.count; i++) {
        const struct memmap_region *region = bootinfo_entry(info, &info->regions, i);
        const struct memmap_claim *claim;
        if (byte_of_pfn(region->first_pfn) != range->first || byte_of_pfn(region->end_pfn) != range->end)
            continue;
        if (region->kind != kind || (region->origin & MEMMAP_ORIGIN_CLAIM) == 0)
            return false;
        claim = bootinfo_entry(info, &info->claims, region->origin & ~MEMMAP_ORIGIN_CLAIM);
        return claim->name != 0 && strcmp(bootinfo_at(info, claim->name), name) == 0;
    }
    return false;
}

/* What the default placement uses is taken away by a line of groma.conf: everything lies elsewhere. */
static void taken_away(const char *name, const char *line, enum memmap_kind kind, const char *claim)
{
    static char config[200];
    struct scenario machine = scenario_plain("taken-away");
    struct config_range range;
    char told[80];

    if (!expect(name, &machine, NULL, "boots"))
        return;
    range = placement();
    snprintf(config, sizeof config, line, (unsigned long)range.first, (unsigned long)range.end);
    machine.config = config;
    snprintf(told, sizeof told, "%s-moved", name);
    if (expect(told, &machine, NULL, "boots")) {
        snprintf(told, sizeof told, "%s-avoided-and-told", name);
        expect_that(told, !touches(&range) && is_told(&range, kind, claim) && times_said("W-") == 0);
    }
}

static void occupied_cases(void)
{
    struct scenario machine = scenario_plain("occupied");

    machine.config = "timeout = 0\nverbose = no\nbadram = 0x1000000-0x2000000\n";
    if (expect("aid-badram-image", &machine, NULL, "boots"))
        expect_that("aid-badram-image-named", times_said("W-MEM-07 ") == 1 &&
                                                  times_said("0x1000000-0x2000000 (badram), where the loader's image lies: ") == 1);
    machine.config = "timeout = 0\nverbose = no\nreserve = 0x900000-0x900001 a hole\n";
    if (expect("aid-reserve-firmware", &machine, NULL, "boots"))
        expect_that("aid-reserve-firmware-named", times_said("W-MEM-07 ") == 1 &&
                                                      times_said("0x900000-0x901000 (a hole), where BootServicesData lies: ") == 1);
    machine.config = "timeout = 0\nverbose = no\nbadram = 0x5000000-0x5001000\nreserve = 0x200000-0x300000\n";
    if (expect("aid-badram-free", &machine, NULL, "boots"))
        expect_that("aid-badram-free-silent", world.conout_bytes == 0 &&
                                                  is_told(&(struct config_range){0x200000, 0x300000}, MEMMAP_RESERVED, "reserve"));
    machine.config = "timeout = 0\nverbose = no\nbadram = 0x0-0x8000000\n";
    expect("aid-badram-everything", &machine, NULL, "E-MEM-03");
    machine.config = "timeout = 0\nverbose = no\nbadram = 0x4000000-0x8000000\n";
    if (expect("aid-badram-upper-half", &machine, NULL, "boots"))
        expect_that("aid-badram-lower-half-used", !touches(&(struct config_range){0x4000000, 0x8000000}));
    if (expect("aid-badram-no-room-below", &machine, "AllocatePages#2=NotFound", "boots"))
        expect_that("aid-badram-no-room-named", times_said("W-MEM-07 ") == 1);
}

static void range_cases(void)
{
    taken_away("aid-badram", "timeout = 0\nverbose = no\nbadram = 0x%lx-0x%lx\n", MEMMAP_BAD, "badram");
    taken_away("aid-reserve", "timeout = 0\nverbose = no\nreserve = 0x%lx-0x%lx the BIOS writes here\n", MEMMAP_RESERVED,
               "the BIOS writes here");
    occupied_cases();
}

/* ---- maps, DMA ------------------------------------------------------------------------------------------- */

static void show_cases(void)
{
    struct scenario machine = scenario_plain("maps");

    machine.config = "timeout = 0\nverbose = maps\n";
    if (expect("aid-maps", &machine, NULL, "boots")) {
        expect_that("aid-maps-before", times_said("efi: mem00: type=7, attr=0xf, range=[0x0000000000000000-") == 1 &&
                                           times_said("efi: mem19: ") == 1 && times_said("efi: mem20: ") == 0);
        expect_that("aid-maps-after", strstr(world.serial, "memory map at the exit, as the firmware gives it:") != NULL &&
                                          strstr(world.serial, " regions\r\n") != NULL &&
                                          strstr(world.serial, "  page-tables\r\n") != NULL);
    }
    machine.config = "timeout = 0\n";
    if (expect("aid-maps-not-asked", &machine, NULL, "boots"))
        expect_that("aid-maps-not-shown", strstr(world.conout, "efi: mem") == NULL && strstr(world.serial, "efi: mem") == NULL);
}

static void dma_cases(void)
{
    static const struct pci_device devices[] = {{0x0604, 0, 0x107}, {0x0108, 1, 7}, {0x0300, 1, 7}, {0x0380, 1, 7},
                                                {0x0604, 0, 0x103}, {0x0106, 0, 7}, {0, 0, 0}};
    struct scenario machine = scenario_plain("dma");

    machine.config = "timeout = 0\nverbose = no\ndma = off\n";
    machine.pci = devices;
    if (expect("aid-dma-off", &machine, NULL, "boots")) {
        expect_that("aid-dma-off-told", (boot_info()->security_flags & BOOTINFO_DMA_OFF) != 0 && world.conout_bytes == 0);
        expect_that("aid-dma-off-bridges", world.pci_commands[0] == 0x103 && world.pci_commands[4] == 0x103 &&
                                               world.pci_commands[5] == 7 && world.faults.made[PCI_WRITE] == 1);
        expect_that("aid-dma-off-drivers", world.pci_disconnected == 1u << 1);
    }
    if (expect("aid-dma-write-fails", &machine, "PciWrite#1=DeviceError", "boots"))
        expect_that("aid-dma-write-fails-told",
                    (boot_info()->security_flags & BOOTINFO_DMA_OFF) == 0 && times_said("W-DMA-01 ") == 1);
    if (expect("aid-dma-read-fails", &machine, "PciRead#6+=Unsupported", "boots"))
        expect_that("aid-dma-read-fails-told",
                    (boot_info()->security_flags & BOOTINFO_DMA_OFF) == 0 && times_said("W-DMA-01 ") == 1);
    if (expect("aid-dma-driver-stays", &machine, "DisconnectController#1=DeviceError", "boots"))
        expect_that("aid-dma-driver-stays-off", world.pci_commands[0] == 0x103);
    machine.pci = NULL;
    if (expect("aid-dma-no-pci", &machine, NULL, "boots"))
        expect_that("aid-dma-no-pci-told",
                    (boot_info()->security_flags & BOOTINFO_DMA_OFF) == 0 && times_said("W-DMA-01 ") == 1);
    machine.config = "timeout = 0\nverbose = no\n";
    machine.pci = devices;
    if (expect("aid-dma-on", &machine, NULL, "boots"))
        expect_that("aid-dma-on-untouched", (boot_info()->security_flags & BOOTINFO_DMA_OFF) == 0 &&
                                                world.faults.made[LOCATE_HANDLE_BUFFER] == 0 && world.pci_commands[0] == 0x107);
}

/* ---- what groma.conf's faults look like ------------------------------------------------------------------ */

static void config_cases(void)
{
    struct scenario machine = scenario_plain("config");

    machine.config = "timeout = 0\nverbose = no\nmodulse = /initrd\nverbose = no\nverbose\n";
    if (expect("102-unknown-key", &machine, NULL, "boots"))
        expect_that("102-unknown-key-told",
                    times_said("\nW-CONF-50 groma.conf line 3: unknown key, ignored (modulse)\r") == 1 &&
                        times_said("\nW-CONF-51 groma.conf line 4: ") == 1 && times_said("\nW-CONF-52 groma.conf line 5: ") == 1);
    machine.config = "timeout = 0\nbadram = 0x1000,0xfff\n";
    if (expect("103-no-mask", &machine, NULL, "E-CONF-11"))
        expect_that("103-no-mask-told", times_said("\nE-CONF-11 groma.conf line 2: ") == 1 && times_said("E-CONF-20 ") == 1);
    if (expect("101-too-large", &machine, "GetInfo#1=Huge", "E-CONF-01"))
        expect_that("101-too-large-unread", world.faults.made[READ_FILE] == 0);
    machine.config = NULL;
    machine.no_conin = true;
    expect("100-no-config", &machine, NULL, "boots");
}

void aid_cases(void)
{
    config_cases();
    checkpoint_boots();
    checkpoint_troubles();
    range_cases();
    show_cases();
    dma_cases();
}
