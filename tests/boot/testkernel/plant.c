/* SPDX-License-Identifier: MIT */
/* Which plant when, and those that spoil what the kernel was told; see plant.h. */
#include "plant.h"

#include "console.h"
#include "options.h"
#include "text/text.h"

/* ---- boot info ---------------------------------------------------------------------------- */

/* The block is mapped read only; the direct map shows it writable. */
static void *writable(const struct bootinfo *info, const void *part)
{
    uint64_t offset = (uint64_t)(uintptr_t)part - info->block_vaddr;

    return (void *)(uintptr_t)(info->direct_map_vaddr + info->block_paddr + offset);
}

void plant_in_block(const void *boot_info)
{
    const struct bootinfo *info = boot_info;
    const char *cmdline;

    if (bootinfo_check(boot_info, 64 * MIB, NULL) != BOOTINFO_OK)
        return;
    cmdline = bootinfo_chars(info, &info->cmdline);
    if (options_have(cmdline, "plant=flip"))
        *(volatile uint8_t *)writable(info, bootinfo_at(info, info->regions.offset)) ^= 0x10;
    if (options_have(cmdline, "plant=size"))
        ((volatile struct bootinfo *)writable(info, info))->size_bytes = 32 * MIB;
}

/* The report's accounting, behind the back of the CRC that was checked before. */
static void plant_balance(struct kernel *kernel)
{
    const struct bootinfo *info = kernel->info;
    volatile struct memmap_report *report =
        writable(info, bootinfo_entry(info, &info->report, 0));

    report->grown.bytes += 7;
}

/* ---- what the kernel holds ---------------------------------------------------------------- */

static void plant_entry(struct kernel *kernel)
{
    static struct entry_state state;

    state = *kernel->entry;
    state.registers[ENTRY_R12] = 0x1212;
    kernel->entry = &state;
}

/* One region of the handed-over map gets another kind, equal totals or not. */
static void plant_map(struct kernel *kernel)
{
    volatile struct memmap_region *regions =
        writable(kernel->info, bootinfo_at(kernel->info, kernel->info->regions.offset));

    regions[1].attributes ^= MEMMAP_MORE_RELIABLE;
}

static struct memmap_region *region_of(struct kernel *kernel, uint64_t pfn)
{
    size_t index = 0;

    if (memmap_find(&kernel->map, pfn, &index) != MEMMAP_OK)
        console_fault("E-PLANT-01 plant: page %#lx is in no region\n", pfn);
    return &kernel->map.regions[index];
}

/* No usable memory is left, in the map and among the tables: none for the bookkeeping. */
static void plant_nomem(struct kernel *kernel)
{
    pool_handle_t handle;

    for (size_t size_bytes = MIB; size_bytes >= 512; size_bytes /= 2) {
        while (pool_alloc_still(&kernel->early, size_bytes, &handle) == POOL_OK)
            continue;
    }
    for (size_t i = 0; i < kernel->map.count; i++) {
        if (kernel->map.regions[i].kind == MEMMAP_USABLE)
            kernel->map.regions[i].kind = MEMMAP_RESERVED;
    }
}

/* The memory of boot info becomes usable, and the allocator believes it. */
static void plant_claim(struct kernel *kernel)
{
    static _Alignas(64) uint8_t memory[4096]; /* the allocator expects no more memory */
    struct memmap_region *region = region_of(kernel, pfn_of_byte(kernel->info->block_paddr));

    region->kind = MEMMAP_USABLE;
    if (frames_add(&kernel->frames, region->first_pfn, region->end_pfn, 0, memory,
                   sizeof memory) != FRAMES_OK)
        console_fault("E-PLANT-02 plant: the allocator refuses the frames\n");
}

static uint64_t take_one(struct kernel *kernel)
{
    const struct frames_request one = {0};
    uint64_t pfn = 0;

    if (frames_alloc(&kernel->frames, NULL, &one, &pfn) != FRAMES_OK)
        console_fault("E-PLANT-03 plant: no frame\n");
    return pfn;
}

static void give_back(struct kernel *kernel, uint64_t pfn)
{
    (void)!frames_free(&kernel->frames, NULL, pfn, 1);
}

/* A frame that the allocator has is no longer usable in the map. */
static void plant_stray(struct kernel *kernel)
{
    uint64_t pfn = take_one(kernel);
    uint64_t kept_pages;

    give_back(kernel, pfn);
    if (memmap_reserve(&kernel->map, pfn, pfn + 1, MEMMAP_RESERVED, 0, &kept_pages) != MEMMAP_OK)
        console_fault("E-PLANT-04 plant: the map refuses the page\n");
}

static void plant_lose(struct kernel *kernel)
{
    take_one(kernel);
}

/* A frame given back twice. */
static void plant_refuse(struct kernel *kernel)
{
    uint64_t pfn = take_one(kernel);

    give_back(kernel, pfn);
    give_back(kernel, pfn);
}

/* Memory that the allocator has comes again, as if it were to be reclaimed. */
static void plant_reclaim(struct kernel *kernel)
{
    uint64_t pfn = take_one(kernel);

    give_back(kernel, pfn);
    region_of(kernel, pfn)->kind = MEMMAP_BOOT_RECLAIMABLE;
}

/* The header in front of the first table, a long one: a byte, and the length up to a multiple of 64. */
static void plant_table(struct kernel *kernel)
{
    ((volatile uint8_t *)kernel->map.regions)[-65] ^= 0x80;
}

/* A page in the middle of runtime data is written, under its address in the direct map. */
static uint8_t *runtime_page(struct kernel *kernel)
{
    for (size_t i = 0; i < kernel->map.count; i++) {
        const struct memmap_region *region = &kernel->map.regions[i];
        if (region->kind == MEMMAP_RUNTIME_DATA && memmap_region_page_count(region) > 1)
            return kernel_direct(kernel, byte_of_pfn(region->first_pfn + 1));
    }
    console_fault("E-PLANT-07 plant: no runtime data\n");
    return NULL;
}

static void plant_write(struct kernel *kernel)
{
    volatile uint8_t *page = runtime_page(kernel);

    if (page != NULL) {
        page[4095] ^= 1;
        console_say("plant: wrote to page 0x%lx\n",
                    (uint64_t)(uintptr_t)page - kernel->info->direct_map_vaddr);
    }
}

/* ---- which -------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum plant_stage stage;
    void (*act)(struct kernel *kernel);
} plants[] = {
    {"plant=entry", PLANT_BEFORE_ENTRY_CHECK, plant_entry},
    {"plant=stack", PLANT_BEFORE_ENTRY_CHECK, plant_stack},
    {"plant=fault", PLANT_BEFORE_ENTRY_CHECK, plant_fault},
    {"plant=exec", PLANT_BEFORE_ENTRY_CHECK, plant_exec},
    {"plant=execmap", PLANT_BEFORE_ENTRY_CHECK, plant_execmap},
    {"plant=nullread", PLANT_BEFORE_ENTRY_CHECK, plant_nullread},
    {"plant=double", PLANT_BEFORE_ENTRY_CHECK, plant_double},
    {"plant=wx", PLANT_BEFORE_AUDIT, plant_wx},
    {"plant=user", PLANT_BEFORE_AUDIT, plant_user},
    {"plant=null", PLANT_BEFORE_AUDIT, plant_null},
    {"plant=alias", PLANT_BEFORE_AUDIT, plant_alias},
    {"plant=outside", PLANT_BEFORE_AUDIT, plant_outside},
    {"plant=bad", PLANT_BEFORE_AUDIT, plant_bad},
    {"plant=map", PLANT_BEFORE_MAP, plant_map},
    {"plant=balance", PLANT_BEFORE_MAP, plant_balance},
    {"plant=nomem", PLANT_BEFORE_FRAMES, plant_nomem},
    {"plant=claim", PLANT_BEFORE_EXERCISE, plant_claim},
    {"plant=stray", PLANT_BEFORE_EXERCISE, plant_stray},
    {"plant=lose", PLANT_BEFORE_EXERCISE, plant_lose},
    {"plant=refuse", PLANT_BEFORE_EXERCISE, plant_refuse},
    {"plant=reclaim", PLANT_BEFORE_RECLAIM, plant_reclaim},
    {"plant=table", PLANT_BEFORE_RECLAIM, plant_table},
    {"plant=write", PLANT_BEFORE_RECLAIM, plant_write},
    {"plant=alias-write", PLANT_BEFORE_RECLAIM, plant_alias_write},
    {"plant=dirty", PLANT_BEFORE_RECLAIM, plant_dirty},
};

void plant(struct kernel *kernel, enum plant_stage stage)
{
    const char *cmdline = bootinfo_chars(kernel->info, &kernel->info->cmdline);

    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
        if (plants[i].stage == stage && options_have(cmdline, plants[i].word))
            plants[i].act(kernel);
    }
}
