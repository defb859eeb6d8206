/* SPDX-License-Identifier: MIT */
/* The watch over the exit: which pages are hashed; each write there is seen, and nothing else. */
#include <string.h>
#include <sys/mman.h>

#include "boot_check.h"
#include "bootinfo/watched.h"
#include "cases.h"
#include "scenarios.h"

#define FIRMWARE_PFN (FIRMWARE_PADDR / PAGE_BYTES)
#define SYSTEM_PFN   FIRMWARE_PFN       /* the firmware writes there itself, at the exit */
#define BOOT_PFN     (FIRMWARE_PFN + 4) /* and there */
#define CODE_PFN     (FIRMWARE_PFN + 5)
#define NVS_PFN      (FIRMWARE_PFN + 0x10)
#define WATCHABLE    0x20u              /* all up to the reserved pages */
#define EXIT_FETCH   2u                 /* maps given before: to memory_open and watch_choose */

/* What changed between the two hashes, as a set: bit i is page FIRMWARE_PFN + i. */
static uint64_t changed_pages(void)
{
    const struct bootinfo *info = boot_info();
    struct watched_walk walk;
    struct bootinfo_watch_range run;
    uint64_t set = 0;

    watched_walk_begin(&walk, info, watched_of_loader(info, WATCHED_BEFORE),
                       watched_of_loader(info, WATCHED_AFTER));
    while (watched_walk_next(&walk, &run)) {
        for (uint64_t pfn = run.first_pfn; pfn < run.end_pfn; pfn++)
            set |= UINT64_C(1) << (pfn - FIRMWARE_PFN);
    }
    return set;
}

static uint64_t page_bit(uint64_t pfn)
{
    return UINT64_C(1) << (pfn - FIRMWARE_PFN);
}

/* What every exit of this firmware changes. */
static uint64_t own_writes(void)
{
    return page_bit(SYSTEM_PFN) | page_bit(BOOT_PFN);
}

static void write_byte(uint64_t pfn, unsigned at)
{
    memory_lock(byte_of_pfn(pfn), PAGE_BYTES, PROT_READ | PROT_WRITE);
    ((uint8_t *)byte_of_pfn(pfn))[at]++;
    memory_lock(byte_of_pfn(pfn), PAGE_BYTES, PROT_READ);
}

/* ---- writes ---------------------------------------------------------------------------------------- */

static void writes_always(unsigned fetch)
{
    (void)fetch;
    write_byte(CODE_PFN + 3, 4095);
    write_byte(NVS_PFN, 0);
}

/* With the first of the exit's maps, not with the last. */
static void writes_early(unsigned fetch)
{
    if (fetch == EXIT_FETCH)
        write_byte(NVS_PFN + 1, 77);
}

static void becomes_reserved(unsigned fetch)
{
    if (fetch >= EXIT_FETCH)
        memory_take(NVS_PFN + 2, NVS_PFN + 3, EfiACPIMemoryNVS, EfiReservedMemoryType);
}

static void hides_pages(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    memory_lock(byte_of_pfn(FIRMWARE_PFN + 0x20), 0x10 * PAGE_BYTES, PROT_NONE);
}

/* A firmware that keeps nothing for itself and has no tables. */
static void keeps_nothing(EFI_SYSTEM_TABLE *system)
{
    static const uint32_t kept[] = {EfiRuntimeServicesData, EfiRuntimeServicesCode, EfiACPIReclaimMemory,
                                    EfiACPIMemoryNVS};

    system->NumberOfTableEntries = 0;
    for (uint64_t pfn = FIRMWARE_PFN; pfn < FIRMWARE_PFN + WATCHABLE; pfn++) {
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
            memory_take(pfn, pfn + 1, kept[i], EfiReservedMemoryType);
    }
}

static void write_cases(void)
{
    struct scenario machine = scenario_plain("watch-writes");

    machine.config = "timeout = 0\nwatch = yes\n";
    if (expect("watch-quiet", &machine, NULL, "boots")) {
        expect_that("watch-all-pages", boot_info()->watch_pages.count == WATCHABLE &&
                                           boot_info()->watch_left_pages == 0);
        expect_that("watch-own-writes", changed_pages() == own_writes());
    }
    machine.keeps_services = true;
    if (expect("watch-still", &machine, NULL, "boots"))
        expect_that("watch-no-writes", changed_pages() == 0);
    machine.alter = writes_always;
    if (expect("watch-writes", &machine, NULL, "boots"))
        expect_that("watch-exact", changed_pages() == (page_bit(CODE_PFN + 3) | page_bit(NVS_PFN)));
    machine.alter = writes_early;
    if (expect("watch-early-write", &machine, NULL, "boots"))
        expect_that("watch-early-seen", changed_pages() == page_bit(NVS_PFN + 1));
    machine.exit_refusals = 1;
    if (expect("watch-second-round", &machine, NULL, "boots"))
        expect_that("watch-last-counts", changed_pages() == 0);
}

/* ---- what is not watched, and what fails ----------------------------------------------------------------- */

static void place_cases(void)
{
    struct scenario machine = scenario_plain("watch-places");

    machine.config = "timeout = 0\nwatch = yes\nverbose = no\n";
    machine.alter = becomes_reserved;
    if (expect("watch-page-lost", &machine, NULL, "boots"))
        expect_that("watch-page-left-out", boot_info()->watch_pages.count == WATCHABLE - 1 &&
                                               boot_info()->watch_left_pages == 0);
    machine.alter = NULL;
    machine.bend = hides_pages; /* reserved memory: whoever reads it crashes */
    expect("watch-not-reserved", &machine, NULL, "boots");
    machine.bend = keeps_nothing;
    if (expect("watch-nothing-kept", &machine, NULL, "boots"))
        expect_that("watch-nothing-to-watch", boot_info()->watch_pages.count == 0 &&
                                                  boot_info()->watch_left_pages == 0 &&
                                                  strstr(world.conout, "W-WATCH-01 ") == NULL);
    machine.bend = NULL;
    if (expect("watch-no-map", &machine, "GetMemoryMap#3=DeviceError", "boots"))
        expect_that("watch-no-map-left", boot_info()->watch_pages.count == 0 &&
                                             boot_info()->watch_left_pages == WATCHABLE);
    expect_that("watch-no-map-told", strstr(world.conout, "W-WATCH-01 ") != NULL);
}

void watch_cases(void)
{
    write_cases();
    place_cases();
}
