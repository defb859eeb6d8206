/* SPDX-License-Identifier: MIT */
/*
 * The kernel's address space as far as it can be built before the exit: hand-off block, stack,
 * boot info, framebuffer, kernel image and the switch page. The direct map follows the exit map
 * and is built after it (finish.c), into a pool that is large enough for whatever it says.
 */
#include "base/mem.h"
#include "handoff/handoff.h"
#include "handoff/layout.h"
#include "loader.h"
#include "x86/exception.h"

#define SPARE_TABLES      32u  /* left in the pool for the kernel's first mappings */
#define SLACK_TABLES      256u /* 64 entries more in the exit map: two bounds, two tables each */
#define PATH_STRING_BYTES 264u /* a string in boot info, NUL and rounding included */
#define LATER_CLAIMS      8u   /* made after boot info was sized, with short names */
#define LATER_NAME_BYTES  64u

static const char no_mapping[] = "E-MAP-01|map|report this: the address space has no room";

/* Whole pages of our own, zeroed and claimed. */
static EFI_STATUS take_pages(struct loader *loader, uint64_t page_count, enum memmap_kind kind,
                             const char *name, uint64_t *ret_paddr)
{
    struct placement want = {.page_count = page_count, .what = name};
    EFI_STATUS status = memory_place(loader, &want, ret_paddr);

    if (EFI_ERROR(status))
        return status;
    memset((void *)*ret_paddr, 0, page_count * PAGE_BYTES);
    return memory_claim(loader, *ret_paddr, page_count * PAGE_BYTES, kind, true, name);
}

/* Bytes of the copied parts, in whole pages. */
static uint64_t code_bytes(void)
{
    return pages_for_bytes((uint64_t)(handoff_text_end - handoff_text)) * PAGE_BYTES;
}

static uint64_t rodata_bytes(void)
{
    return pages_for_bytes((uint64_t)(handoff_rodata_end - handoff_rodata)) * PAGE_BYTES;
}

/* Virtual address of IST stack `index` (0-based): a guard page lies below each. */
static uint64_t ist_stack_vaddr(unsigned index)
{
    return handoff_vaddr(&handoff_tables) + 2 * PAGE_BYTES +
           index * (HANDOFF_IST_STACK_PAGES + 1) * PAGE_BYTES;
}

/* GDT, IDT, TSS and parameters of the block at their final addresses. */
static void fill_tables(struct loader *loader, struct handoff_tables *tables)
{
    uint64_t vaddr = handoff_vaddr(&handoff_tables);
    uint64_t tops[X86_IST_COUNT];

    for (unsigned i = 0; i < X86_IST_COUNT; i++)
        tops[i] = ist_stack_vaddr(i) + HANDOFF_IST_STACK_PAGES * PAGE_BYTES;
    x86_fill_gdt(tables->gdt, vaddr + offsetof(struct handoff_tables, tss));
    x86_fill_tss(&tables->tss, tops);
    for (unsigned i = 0; i < X86_VECTORS; i++)
        x86_fill_gate(&tables->idt[i],
                      handoff_vaddr(exception_stubs) + i * EXCEPTION_STUB_BYTES,
                      x86_ist_of_vector(i));
    tables->gdtr.limit = sizeof tables->gdt - 1;
    tables->gdtr.base = vaddr + offsetof(struct handoff_tables, gdt);
    tables->idtr.limit = sizeof tables->idt - 1;
    tables->idtr.base = vaddr + offsetof(struct handoff_tables, idt);
    tables->parameters = (struct handoff_parameters){
        .framebuffer_vaddr = loader->framebuffer.vaddr,
        .framebuffer_bytes = loader->framebuffer.size_bytes,
        .width = loader->framebuffer.width,
        .height = loader->framebuffer.height,
        .stride_pixels = loader->framebuffer.stride_pixels,
        .format = loader->framebuffer.format,
        .uart_present = loader->console.uart.present,
        .uart_port = loader->console.uart.port,
    };
}

static EFI_STATUS place_handoff(struct loader *loader)
{
    uint64_t tables_at = code_bytes() + rodata_bytes();
    uint8_t *block;
    EFI_STATUS status;

    loader->handoff_bytes =
        tables_at + PAGE_BYTES + X86_IST_COUNT * HANDOFF_IST_STACK_PAGES * PAGE_BYTES;
    status = take_pages(loader, loader->handoff_bytes / PAGE_BYTES, MEMMAP_HANDOFF, "hand-off block",
                        &loader->handoff_paddr);
    if (EFI_ERROR(status))
        return status;
    block = (uint8_t *)loader->handoff_paddr;
    memcpy(block, handoff_text, (size_t)(handoff_text_end - handoff_text));
    memcpy(block + code_bytes(), handoff_rodata, (size_t)(handoff_rodata_end - handoff_rodata));
    fill_tables(loader, (struct handoff_tables *)(void *)(block + tables_at));
    return EFI_SUCCESS;
}

/* How large boot info can get: everything at its bound. */
static uint64_t block_bound(struct loader *loader)
{
    const struct memory *memory = &loader->memory;
    uint64_t claims = loader->claim_count + LATER_CLAIMS;
    uint64_t regions = memmap_max_regions(memory->entry_capacity, (uint32_t)claims);

    loader->extent_capacity =
        direct_map_max_extents(regions, loader->segment_count, loader->tables.count);
    return sizeof(struct bootinfo) + regions * sizeof(struct memmap_region) +
           claims * (sizeof(struct memmap_claim) + 8) + loader->claim_names_bytes + LATER_CLAIMS * LATER_NAME_BYTES +
           memory->raw_capacity_bytes + sizeof(struct memmap_report) +
           loader->segment_count * sizeof(struct bootinfo_segment) +
           loader->extent_capacity * sizeof(struct bootinfo_extent) +
           loader->modules.count * (sizeof(struct bootinfo_module) + 2 * PATH_STRING_BYTES) +
           sizeof loader->config->cmdline + 4 * PATH_STRING_BYTES + sizeof loader->stamps + sizeof loader->drift +
           watch_block_bytes(loader, regions) + 256;
}

static EFI_STATUS place_objects(struct loader *loader)
{
    struct placement low = {
        .page_count = 1, .end_pfn = 0x100, .optional = true, .what = "AP trampoline"};
    struct placement work = {.what = "the direct map's extents"};
    uint64_t extents = 0;
    EFI_STATUS status = place_handoff(loader);

    if (EFI_ERROR(status))
        return status;
    loader->stack.size_bytes = LAYOUT_STACK_BYTES;
    loader->stack.vaddr = LAYOUT_STACK + PAGE_BYTES;
    status = take_pages(loader, LAYOUT_STACK_BYTES / PAGE_BYTES, MEMMAP_STACK, "kernel stack",
                        &loader->stack.paddr);
    if (EFI_ERROR(status))
        return status;
    if (!EFI_ERROR(memory_place(loader, &low, &loader->trampoline_paddr)))
        status = memory_claim(loader, loader->trampoline_paddr, PAGE_BYTES, MEMMAP_AP_TRAMPOLINE,
                              true, "AP trampoline");
    if (!EFI_ERROR(status) && loader->framebuffer.paddr != 0)
        status = memory_claim(loader, loader->framebuffer.paddr, loader->framebuffer.size_bytes,
                              MEMMAP_FRAMEBUFFER, false, "framebuffer");
    if (EFI_ERROR(status))
        return status;
    watch_place(loader);
    loader->block_bytes = pages_for_bytes(block_bound(loader)) * PAGE_BYTES;
    status = take_pages(loader, loader->block_bytes / PAGE_BYTES, MEMMAP_BOOT_INFO, "boot info",
                        &loader->block_paddr);
    if (EFI_ERROR(status))
        return status;
    work.page_count = pages_for_bytes(loader->extent_capacity * sizeof(struct bootinfo_extent));
    status = memory_place(loader, &work, &extents);
    loader->extents = (struct bootinfo_extent *)extents;
    return status;
}

/* The pool: what is mapped now, what the direct map may need, and a spare for the kernel. */
static EFI_STATUS place_pool(struct loader *loader)
{
    struct paging sizing = {.levels = 4, .has_giant_pages = loader->cpu.has_giant_pages,
                            .physical_bits = loader->cpu.physical_bits};
    uint64_t pages = direct_map_tables_bound(&sizing, &loader->memory.map, loader->segment_count,
                                             loader->tables.count);
    uint64_t pool = 0;
    EFI_STATUS status;

    pages += 1 + SPARE_TABLES + SLACK_TABLES;
    for (uint32_t i = 0; i < loader->segment_count; i++)
        pages += paging_tables_bound(&sizing, vaddr(loader->segments[i].vaddr),
                                     paddr(loader->segments[i].paddr),
                                     loader->segments[i].page_count * PAGE_BYTES);
    if (loader->framebuffer.paddr != 0)
        pages += paging_tables_bound(&sizing, vaddr(loader->framebuffer.vaddr),
                                     paddr(loader->framebuffer.paddr),
                                     pages_for_bytes(loader->framebuffer.size_bytes) * PAGE_BYTES);
    pages += 8 * 3; /* hand-off block, stacks, boot info, switch page: a path each */
    status = memory_place(loader, &(struct placement){.page_count = pages, .what = "page tables"},
                          &pool);
    if (EFI_ERROR(status))
        return status;
    status = memory_claim(loader, pool, pages * PAGE_BYTES, MEMMAP_PAGE_TABLES, true, "page tables");
    if (EFI_ERROR(status))
        return status;
    if (paging_init(&loader->paging, 4, loader->cpu.has_giant_pages, loader->cpu.physical_bits, 0,
                    paddr(pool), pages) != PAGING_OK)
        return fail(loader, no_mapping, EFI_OUT_OF_RESOURCES, "page tables");
    return EFI_SUCCESS;
}

static EFI_STATUS map(struct loader *loader, uint64_t to, uint64_t from, uint64_t bytes,
                      unsigned rights, enum paging_cache cache, const char *what)
{
    enum paging_status status = PAGING_OUT_OF_RANGE;

    if (rights != (PAGING_RIGHT_WRITE | PAGING_RIGHT_EXECUTE))
        status = paging_map(&loader->paging, vaddr(to), paddr(from),
                            pages_for_bytes(bytes) * PAGE_BYTES, rights, cache);
    if (status == PAGING_OK)
        return EFI_SUCCESS;
    return fail(loader, no_mapping, EFI_OUT_OF_RESOURCES, "%s at 0x%lx (%s)", what, to,
                paging_status_name(status));
}

static EFI_STATUS map_handoff(struct loader *loader)
{
    uint64_t from = loader->handoff_paddr;
    uint64_t stacks = from + code_bytes() + rodata_bytes() + PAGE_BYTES;
    EFI_STATUS status = map(loader, handoff_vaddr(handoff_text), from, code_bytes(),
                            PAGING_RIGHT_EXECUTE, PAGING_WRITE_BACK, "hand-off code");

    if (!EFI_ERROR(status))
        status = map(loader, handoff_vaddr(handoff_rodata), from + code_bytes(), rodata_bytes(), 0,
                     PAGING_WRITE_BACK, "hand-off data");
    if (!EFI_ERROR(status))
        status = map(loader, handoff_vaddr(&handoff_tables), stacks - PAGE_BYTES, PAGE_BYTES, 0,
                     PAGING_WRITE_BACK, "hand-off tables");
    for (unsigned i = 0; i < X86_IST_COUNT && !EFI_ERROR(status); i++)
        status = map(loader, ist_stack_vaddr(i),
                     stacks + i * HANDOFF_IST_STACK_PAGES * PAGE_BYTES,
                     HANDOFF_IST_STACK_PAGES * PAGE_BYTES, PAGING_RIGHT_WRITE, PAGING_WRITE_BACK,
                     "hand-off stack");
    return status;
}

static EFI_STATUS map_kernel(struct loader *loader)
{
    EFI_STATUS status = EFI_SUCCESS;

    for (uint32_t i = 0; i < loader->segment_count && !EFI_ERROR(status); i++) {
        const struct bootinfo_segment *segment = &loader->segments[i];
        unsigned rights = 0;
        if ((segment->rights & BOOTINFO_RIGHT_EXECUTE) != 0)
            rights |= PAGING_RIGHT_EXECUTE;
        if ((segment->rights & BOOTINFO_RIGHT_WRITE) != 0)
            rights |= PAGING_RIGHT_WRITE;
        status = map(loader, segment->vaddr, segment->paddr, segment->page_count * PAGE_BYTES,
                     rights, PAGING_WRITE_BACK, "kernel segment");
    }
    return status;
}

/* The page of code and the page of data that both address spaces show alike. */
static EFI_STATUS map_switch(struct loader *loader)
{
    uint64_t code = (uint64_t)switch_page;
    uint64_t data = (uint64_t)&switch_data;
    EFI_STATUS status = map(loader, code, code, PAGE_BYTES, PAGING_RIGHT_EXECUTE, PAGING_WRITE_BACK,
                            "switch code");

    if (EFI_ERROR(status))
        return status;
    return map(loader, data, data, PAGE_BYTES, PAGING_RIGHT_WRITE, PAGING_WRITE_BACK, "switch data");
}

EFI_STATUS space_build(struct loader *loader)
{
    EFI_STATUS status;

    checkpoint(loader, CHECKPOINT_BUILD_SPACE);
    status = place_objects(loader);
    if (!EFI_ERROR(status))
        status = place_pool(loader);
    if (!EFI_ERROR(status))
        status = map_handoff(loader);
    if (!EFI_ERROR(status))
        status = map_kernel(loader);
    if (!EFI_ERROR(status))
        status = map(loader, loader->stack.vaddr, loader->stack.paddr, loader->stack.size_bytes,
                     PAGING_RIGHT_WRITE, PAGING_WRITE_BACK, "stack");
    if (!EFI_ERROR(status))
        status = map(loader, LAYOUT_BOOT_INFO, loader->block_paddr, loader->block_bytes, 0,
                     PAGING_WRITE_BACK, "boot info");
    if (!EFI_ERROR(status) && loader->framebuffer.paddr != 0)
        status = map(loader, loader->framebuffer.vaddr, loader->framebuffer.paddr,
                     loader->framebuffer.size_bytes, PAGING_RIGHT_WRITE, PAGING_WRITE_COMBINING,
                     "framebuffer");
    if (!EFI_ERROR(status))
        status = map_switch(loader);
    return status;
}
