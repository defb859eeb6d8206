/* SPDX-License-Identifier: MIT */
/* Bad page tables on demand: edits the live ones, through the direct map. See plant.h. */
#include "console.h"
#include "plant.h"

#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)

/* Between the direct map and the hand-off window, in a slot of the root of its own. */
#define UNUSED_ADDRESS UINT64_C(0xfffffe0000000000)

/* kernel.lds.S */
extern char kernel_image[];

/* Four pages for tables, where the loader's pool has none left. */
static uint8_t spare_tables[4 * PAGE_BYTES] __attribute__((aligned(4096)));

/* Sets a bit in the leaf that maps `address`, and with `all_levels` in the tables above it. */
static void set_bit(const struct kernel *kernel, uint64_t address, uint64_t bit, bool all_levels)
{
    uint64_t table = kernel->paging.root.value;

    for (unsigned level = kernel->paging.levels; level > 0; level--) {
        volatile uint64_t *entries = kernel_direct(kernel, table);
        volatile uint64_t *entry = &entries[address >> (12 + 9 * (level - 1)) & 511];
        bool is_leaf = level == 1 || (*entry & PAGING_LARGE) != 0;
        if (is_leaf || all_levels)
            *entry |= bit;
        if (is_leaf)
            return;
        table = *entry & ENTRY_ADDRESS;
    }
}

static uint64_t physical_of(const struct kernel *kernel, const void *pointer)
{
    uint64_t address = (uint64_t)(uintptr_t)pointer;
    struct paging_leaf leaf = {.from = {0}};

    if (paging_find(&kernel->paging, vaddr(address), &leaf) != PAGING_OK)
        console_fault("E-PLANT-05 plant: %#lx is not mapped\n", address);
    return leaf.from.value + (address - leaf.to.value);
}

/* A page of the kernel's text becomes writable. */
void plant_wx(struct kernel *kernel)
{
    set_bit(kernel, (uint64_t)(uintptr_t)kernel_image, PAGING_WRITE, false);
}

/* A page of the kernel's data opens to user mode. */
void plant_user(struct kernel *kernel)
{
    set_bit(kernel, (uint64_t)(uintptr_t)spare_tables, PAGING_USER, true);
}

/* The kernel's text becomes writable under its direct-map address. */
void plant_alias(struct kernel *kernel)
{
    set_bit(kernel, (uint64_t)(uintptr_t)kernel_direct(kernel, physical_of(kernel, kernel_image)),
            PAGING_WRITE, false);
}

/* Maps one page with tables from the loader's pool or from ours. */
static void map_as(const struct kernel *kernel, uint64_t address, uint64_t to, unsigned rights, bool own_tables)
{
    struct paging paging = kernel->paging;

    if (own_tables || paging.pool_page_count - paging.pool_used_count < paging.levels) {
        paging.pool = paddr(physical_of(kernel, spare_tables));
        paging.pool_page_count = sizeof spare_tables / PAGE_BYTES;
        paging.pool_used_count = 0;
    }
    if (paging_map(&paging, vaddr(address), paddr(to), PAGE_BYTES, rights, PAGING_WRITE_BACK) != PAGING_OK)
        console_fault("E-PLANT-06 plant: %#lx cannot be mapped\n", address);
}

/* A page of the kernel's own, read-only and harmless. */
static void map_page(const struct kernel *kernel, uint64_t address, bool own_tables)
{
    map_as(kernel, address, physical_of(kernel, kernel_image), 0, own_tables);
}

void plant_null(struct kernel *kernel)
{
    map_page(kernel, 0, false);
}

/* Tables that lie outside the loader's pool. */
void plant_outside(struct kernel *kernel)
{
    map_page(kernel, UNUSED_ADDRESS, true);
}

/* A page of runtime data is written under another address than the direct map's: as if by somebody else. */
void plant_alias_write(struct kernel *kernel)
{
    for (size_t i = 0; i < kernel->map.count; i++) {
        const struct memmap_region *region = &kernel->map.regions[i];
        if (region->kind != MEMMAP_RUNTIME_DATA || memmap_region_page_count(region) < 2)
            continue;
        map_as(kernel, UNUSED_ADDRESS, byte_of_pfn(region->first_pfn + 1), PAGING_RIGHT_WRITE, true);
        *(volatile uint8_t *)UNUSED_ADDRESS ^= 1;
        console_say("plant: wrote to page 0x%lx\n", byte_of_pfn(region->first_pfn + 1));
        return;
    }
    console_fault("E-PLANT-07 plant: no runtime data\n");
}

/* An entry of the root with a reserved bit (7), for addresses that nobody uses. */
void plant_bad(struct kernel *kernel)
{
    volatile uint64_t *root = kernel_direct(kernel, kernel->paging.root.value);

    root[UNUSED_ADDRESS >> 39 & 511] =
        physical_of(kernel, spare_tables) | PAGING_PRESENT | PAGING_LARGE;
}
