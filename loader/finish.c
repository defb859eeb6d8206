/* SPDX-License-Identifier: MIT */
/*
 * After the exit: the last map is normalized with our claims, checked, shown in the direct
 * map, sealed into boot info, and the kernel entered. No firmware call, no allocation: all
 * memory was set aside before. What goes wrong here is one line on serial and screen, and halt.
 */
#include "base/mem.h"
#include "cpu.h"
#include "handoff/handoff.h"
#include "handoff/layout.h"
#include "loader.h"

#define MSR_EFER      0xc0000080u
#define EFER_NXE      (UINT64_C(1) << 11)
#define MSR_PAT       0x277u
#define PAT_5_SHIFT   40u
#define PAT_WC        UINT64_C(1)
#define PIC_1_MASK    0x21u
#define PIC_2_MASK    0xa1u
#define CR4_PAE       (UINT64_C(1) << 5)
#define CR4_MCE       (UINT64_C(1) << 6)
#define CR4_PGE       (UINT64_C(1) << 7)
#define CR4_OSFXSR    (UINT64_C(1) << 9)
#define CR4_OSXMMEXCPT (UINT64_C(1) << 10)
#define CR4_UMIP      (UINT64_C(1) << 11)
#define CR4_SMEP      (UINT64_C(1) << 20)
#define CR4_SMAP      (UINT64_C(1) << 21)

static const char bad_exit_map[] =
    "E-MAP-02|verify the exit map|"
    "the firmware's map contradicts itself: capture and report it";
static const char claim_fault[] =
    "E-MAP-03|verify our own memory in the exit map|"
    "the firmware gave memory away that it had given to us: report it";
static const char no_direct_map[] =
    "E-MAP-04|build the direct map|"
    "the exit map grew too much: report it";
static const char no_seal[] = "E-BI-14|seal|the exit map grew too much: report it";

/* Names the claim and what stands against it. */
static _Noreturn void report_claim(struct loader *loader, enum memmap_status status)
{
    const struct memmap_report *report = loader->memory.report;
    uint32_t origin = report->fault_origin;

    fail_and_halt(loader, claim_fault, EFI_COMPROMISED_DATA, "(%s: %s at page 0x%lx, %s %u)",
                  memmap_status_name(status), store_chars(loader, loader->claim_names[report->fault_claim]),
                  report->fault_pfn, (origin & MEMMAP_ORIGIN_CLAIM) != 0 ? "claim" : "entry",
                  origin & ~MEMMAP_ORIGIN_CLAIM);
}

static void verify_map(struct loader *loader)
{
    struct memmap_fault fault = {0};
    enum memmap_status status = memory_normalize(loader);

    if (status == MEMMAP_CLAIM_MISSES || status == MEMMAP_CLAIM_LOST)
        report_claim(loader, status);
    if (status != MEMMAP_OK)
        fail_and_halt(loader, bad_exit_map, EFI_COMPROMISED_DATA, "(%s)", memmap_status_name(status));
    if (memmap_check(&loader->memory.map, loader->cpu.physical_bits, &fault) != MEMMAP_OK)
        fail_and_halt(loader, bad_exit_map, EFI_COMPROMISED_DATA, "(%s, region %zu)", fault.reason,
                      fault.index);
}

static void build_direct_map(struct loader *loader, struct direct_map_result *result)
{
    struct direct_map_input input = {
        .map = &loader->memory.map,
        .segments = loader->segments,
        .segment_count = loader->segment_count,
        .tables = loader->tables.items,
        .table_count = loader->tables.count,
    };
    enum paging_status status;

    result->extents = loader->extents;
    result->capacity = loader->extent_capacity;
    status = direct_map_build(&loader->paging, &input, result);
    if (status != PAGING_OK)
        fail_and_halt(loader, no_direct_map, EFI_OUT_OF_RESOURCES, "(%s, %lu of %lu table pages)",
                      paging_status_name(status), loader->paging.pool_used_count,
                      loader->paging.pool_page_count);
}

/* ---- boot info ------------------------------------------------------------------------------ */

static void add_string(struct bootinfo_builder *builder, struct bootinfo_string *string,
                       const char *chars)
{
    bootinfo_add_string(builder, string, chars, chars_length(chars));
}

static void add_map(struct loader *loader, struct bootinfo_builder *builder)
{
    const struct memory *memory = &loader->memory;
    struct bootinfo *info = builder->info;
    struct memmap_claim *claims;

    bootinfo_add_array(builder, &info->regions, memory->map.regions, (uint32_t)memory->map.count,
                       sizeof(struct memmap_region));
    bootinfo_add_array(builder, &info->raw_map, memory->raw,
                       (uint32_t)(memory->raw_bytes / memory->stride_bytes),
                       (uint32_t)memory->stride_bytes);
    bootinfo_add_array(builder, &info->report, memory->report, 1, sizeof *memory->report);
    claims = bootinfo_add_array(builder, &info->claims, loader->claims, loader->claim_count,
                                sizeof(struct memmap_claim));
    for (uint32_t i = 0; claims != NULL && i < loader->claim_count; i++) {
        struct bootinfo_string name;
        add_string(builder, &name, store_chars(loader, loader->claim_names[i]));
        claims[i].name = name.offset;
    }
    info->raw_map_version = memory->version;
    info->physical_bits = loader->cpu.physical_bits;
}

static void add_program(struct loader *loader, struct bootinfo_builder *builder)
{
    struct bootinfo *info = builder->info;
    struct bootinfo_module *modules = loader->modules.items;

    bootinfo_add_array(builder, &info->segments, loader->segments, loader->segment_count,
                       sizeof(struct bootinfo_segment));
    for (uint32_t i = 0; i < loader->modules.count; i++) {
        add_string(builder, &modules[i].path, loader->config->modules[i].path);
        add_string(builder, &modules[i].cmdline, loader->config->modules[i].cmdline);
    }
    bootinfo_add_array(builder, &info->modules, modules, loader->modules.count,
                       sizeof(struct bootinfo_module));
    add_string(builder, &info->cmdline, loader->config->cmdline);
    add_string(builder, &info->kernel_path, loader->config->kernel);
    add_string(builder, &info->loader_name, LOADER_NAME);
    add_string(builder, &info->loader_version, LOADER_VERSION);
    info->loader_image_paddr = loader->image_base;
    info->loader_image_bytes = loader->image_bytes;
}

static void add_places(struct loader *loader, struct bootinfo_builder *builder,
                       const struct direct_map_result *direct_map)
{
    struct bootinfo *info = builder->info;

    info->page_root_paddr = loader->paging.root.value;
    info->page_pool_paddr = loader->paging.pool.value;
    info->page_pool_count = (uint32_t)loader->paging.pool_page_count;
    info->page_pool_used = (uint32_t)loader->paging.pool_used_count;
    info->page_levels = loader->paging.levels;
    info->direct_map_vaddr = LAYOUT_DIRECT_MAP;
    bootinfo_add_array(builder, &info->extents, direct_map->extents, (uint32_t)direct_map->count,
                       sizeof(struct bootinfo_extent));
    info->unmapped_pages = direct_map->unmapped_pages;
    info->block_paddr = loader->block_paddr;
    info->block_vaddr = LAYOUT_BOOT_INFO;
    info->stack = loader->stack;
    info->handoff_vaddr = handoff_vaddr(handoff_text);
    info->handoff_paddr = loader->handoff_paddr;
    info->handoff_bytes = loader->handoff_bytes;
    info->trampoline_paddr = loader->trampoline_paddr;
    info->framebuffer = loader->framebuffer;
}

static void add_firmware(struct loader *loader, struct bootinfo_builder *builder)
{
    struct bootinfo *info = builder->info;
    char vendor[64];

    info->rsdp_paddr = loader->rsdp_paddr;
    info->smbios_paddr = loader->smbios_paddr;
    info->smbios3_paddr = loader->smbios3_paddr;
    info->system_table_paddr = (uint64_t)loader->system;
    info->runtime_flags = BOOTINFO_RUNTIME_SERVICES;
    info->uefi_revision = loader->system->Hdr.Revision;
    info->firmware_revision = loader->system->FirmwareRevision;
    bootinfo_add_string(builder, &info->firmware_vendor, vendor,
                        vendor_chars(loader, vendor, sizeof vendor - 1));
    info->unix_seconds = loader->unix_seconds;
    info->tsc_hz = loader->tsc_hz;
    info->tsc_source = loader->tsc_source;
    info->tsc_error_ppm = loader->tsc_error_ppm;
    memcpy(info->seed, loader->seed, sizeof info->seed);
    info->seed_source = loader->seed_source;
    info->security_flags = loader->security_flags;
    memcpy(info->volume_guid, loader->volume_guid, sizeof info->volume_guid);
    if (loader->drift.state != 0)
        bootinfo_add_array(builder, &info->drift, &loader->drift, 1, sizeof loader->drift);
    if (loader->config->watch)
        watched_add(&loader->watched, &loader->memory.map, builder);
}

static void seal_boot_info(struct loader *loader, const struct direct_map_result *direct_map)
{
    struct bootinfo_builder builder;
    enum bootinfo_status status =
        bootinfo_begin(&builder, (void *)loader->block_paddr, loader->block_bytes);

    if (status == BOOTINFO_OK) {
        add_map(loader, &builder);
        add_program(loader, &builder);
        add_places(loader, &builder, direct_map);
        add_firmware(loader, &builder);
        stamp(loader, BOOTINFO_PHASE_SEALED);
        bootinfo_add_array(&builder, &builder.info->stamps, loader->stamps, loader->stamp_count,
                           sizeof(struct bootinfo_stamp));
        status = bootinfo_seal(&builder);
    }
    if (status != BOOTINFO_OK)
        fail_and_halt(loader, no_seal, EFI_OUT_OF_RESOURCES, "boot info (status %u)", (unsigned)status);
}

/* ---- the switch --------------------------------------------------------------------------------- */

static uint64_t kernel_cr4(const struct cpu *cpu)
{
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    cr4 |= cpu->has_smep ? CR4_SMEP : 0;
    cr4 |= cpu->has_smap ? CR4_SMAP : 0;
    cr4 |= cpu->has_umip ? CR4_UMIP : 0;
    return cr4;
}

/* Descriptor tables for the few instructions in between, reachable in both address spaces. */
static void fill_switch_tables(const struct loader *loader)
{
    uint64_t top = (uint64_t)(switch_data.stack + sizeof switch_data.stack) & ~UINT64_C(15);
    uint64_t tops[X86_IST_COUNT] = {top, top, top};

    x86_fill_gdt(switch_data.gdt, (uint64_t)&switch_data.tss);
    x86_fill_tss(&switch_data.tss, tops);
    for (unsigned i = 0; i < X86_VECTORS; i++)
        x86_fill_gate(&switch_data.idt[i], (uint64_t)switch_fault, X86_IST_NMI);
    switch_data.gdtr.limit = sizeof switch_data.gdt - 1;
    switch_data.gdtr.base = (uint64_t)switch_data.gdt;
    switch_data.idtr.limit = sizeof switch_data.idt - 1;
    switch_data.idtr.base = (uint64_t)switch_data.idt;
    switch_data.uart_port = loader->console.uart.present ? loader->console.uart.port : 0;
}

static void fill_switch_arguments(const struct loader *loader)
{
    uint64_t root_entry = (uint64_t)switch_page >> 39;

    switch_data.arguments = (struct switch_arguments){
        .boot_info_vaddr = LAYOUT_BOOT_INFO,
        .kernel_entry = loader->plan.entry,
        .stack_top = loader->stack.vaddr + loader->stack.size_bytes,
        .cr4 = kernel_cr4(&loader->cpu),
        .root_entry_vaddr = LAYOUT_DIRECT_MAP + loader->paging.root.value + 8 * root_entry,
        .page_root = loader->paging.root.value,
        .enter_vaddr = handoff_vaddr(handoff_enter),
    };
}

static void set_cpu_modes(void)
{
    cpu_out8(PIC_1_MASK, 0xff);
    cpu_out8(PIC_2_MASK, 0xff);
    cpu_write_msr(MSR_EFER, cpu_read_msr(MSR_EFER) | EFER_NXE);
    cpu_write_msr(MSR_PAT, (cpu_read_msr(MSR_PAT) & ~(UINT64_C(0xff) << PAT_5_SHIFT)) |
                               PAT_WC << PAT_5_SHIFT);
}

_Noreturn void finish(struct loader *loader)
{
    struct direct_map_result direct_map;

    stamp(loader, BOOTINFO_PHASE_EXIT);
    show_exit_entries(loader);
    checkpoint(loader, CHECKPOINT_VERIFY_MAP);
    verify_map(loader);
    show_exit_map(loader);
    checkpoint(loader, CHECKPOINT_MAP_MEMORY);
    build_direct_map(loader, &direct_map);
    stamp(loader, BOOTINFO_PHASE_MAP);
    checkpoint(loader, CHECKPOINT_SEAL);
    seal_boot_info(loader, &direct_map);
    fill_switch_tables(loader);
    fill_switch_arguments(loader);
    checkpoint(loader, CHECKPOINT_SWITCH);
    set_cpu_modes();
    switch_address_space();
}
