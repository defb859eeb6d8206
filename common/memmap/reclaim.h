/* SPDX-License-Identifier: MIT */
/*
 * Which memory may be freed now, and what the rest still waits for. A table, no state: the
 * kernel says what has come true, this says what follows. It changes no map: a kernel frees
 * the ranges that are safe and then calls memmap_release or memmap_release_all.
 *
 *   waits for            own     runtime   boot info   ACPI
 *                        tables  decided   done        parsed
 *   boot-reclaimable       x        x                           UEFI 2.10, 7.2 and 8.4
 *   loader-reclaimable     x                   x                a loader's GDT may lie there
 *   acpi-reclaimable                                      x     ACPI 6.5, 15.4
 *   page-tables, stack     x
 *   handoff                x
 *   boot-info                                  x
 *   everything else        never by a stage; usable is free already
 *
 * What configuration tables point at is claimed as `firmware-table` and always survives.
 */
#ifndef GROMA_MEMMAP_RECLAIM_H
#define GROMA_MEMMAP_RECLAIM_H

#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

/*
 * What has come true, as a set of bits.
 * OWN_TABLES: CR3 and every table it reaches, GDT, IDT, TSS and all stacks in use are the
 *   kernel's own; nothing that firmware or the loader made is still in use by a CPU.
 * RUNTIME_DECIDED: SetVirtualAddressMap has returned, or the kernel will never call runtime
 *   services (some firmware runs boot services code inside SetVirtualAddressMap).
 * BOOT_INFO_DONE: boot info, the raw map and the strings in it have been used up or copied.
 * ACPI_PARSED: no table in ACPI reclaim memory will be read again.
 */
#define MEMMAP_OWN_TABLES      1u
#define MEMMAP_RUNTIME_DECIDED 2u
#define MEMMAP_BOOT_INFO_DONE  4u
#define MEMMAP_ACPI_PARSED     8u

#define MEMMAP_CONDITION_COUNT 4u

/* "own-tables", "runtime-decided", ... for bit 0, 1, ...; "unknown" beyond. */
const char *memmap_condition_name(unsigned bit);

enum memmap_reclaim {
    MEMMAP_RECLAIM_FREE,  /* usable: nothing to reclaim */
    MEMMAP_RECLAIM_SAFE,  /* may be freed now */
    MEMMAP_RECLAIM_WAITS, /* some condition is missing */
    MEMMAP_RECLAIM_NEVER, /* no stage frees it; page 0 is such whatever its kind */
};

/* "free", "safe", "waits", "never"; "unknown" beyond. */
const char *memmap_reclaim_name(enum memmap_reclaim reclaim);

/*
 * May memory of this kind be freed where `conditions` are true? *ret_missing gets the missing
 * ones, 0 unless it waits. Unknown kinds are never freed, unknown conditions count for nothing.
 */
enum memmap_reclaim memmap_reclaim_kind(enum memmap_kind kind, uint32_t conditions,
                                        uint32_t *ret_missing);

/* A run of pages of one fate. */
struct memmap_reclaim_range {
    uint64_t first_pfn;
    uint64_t end_pfn;
    enum memmap_kind kind;
    enum memmap_reclaim reclaim;
    uint32_t missing; /* conditions; 0 unless it waits */
};

/* A cursor; nothing in it is for the caller. */
struct memmap_reclaim_walk {
    const struct memmap *map;
    size_t index;
    uint64_t pfn; /* everything below is done */
    uint32_t conditions;
};

/* Begins a walk over a map in normal form, which must stay as it is while it goes on. O(1). */
void memmap_reclaim_begin(struct memmap_reclaim_walk *walk, const struct memmap *map,
                          uint32_t conditions);

/*
 * The next range, in order of addresses; together they are the whole map: one for each region,
 * and page 0 by itself where its region has a better fate. False, *ret_range untouched, behind
 * the last one. O(1).
 */
MUST_USE bool memmap_reclaim_next(struct memmap_reclaim_walk *walk,
                                  struct memmap_reclaim_range *ret_range);

C_DECLARATIONS_END

#endif
