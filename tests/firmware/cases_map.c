/* SPDX-License-Identifier: MIT */
/* Odd memory maps, cases 35-59, and maps from standard input. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_check.h"
#include "cases.h"
#include "scenarios.h"

#define GIB_PFN      (GIB / PAGE_BYTES)
#define RUNTIME_BIT  (UINT64_C(1) << 63)
#define FIRMWARE_PFN (FIRMWARE_PADDR / PAGE_BYTES)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct entry table[MOST_ENTRIES];

static bool with_raw(const char *name, const struct raw_entry *raw, size_t count, const char *expected)
{
    struct scenario machine = scenario_plain("raw");

    machine.raw = raw;
    machine.raw_count = count;
    machine.raw_is_usable = true;
    machine.config = "timeout = 0\n"; /* says what was mended */
    return expect(name, &machine, NULL, expected);
}

/* Pages of one kind in the map that the kernel gets. */
static uint64_t pages_of(enum memmap_kind kind)
{
    uint64_t pages = 0;

    for (uint32_t i = 0; i < boot_info()->regions.count; i++) {
        const struct memmap_region *region = bootinfo_entry(boot_info(), &boot_info()->regions, i);
        pages += region->kind == kind ? region->end_pfn - region->first_pfn : 0;
    }
    return pages;
}

static enum memmap_kind kind_at(uint64_t pfn)
{
    for (uint32_t i = 0; i < boot_info()->regions.count; i++) {
        const struct memmap_region *region = bootinfo_entry(boot_info(), &boot_info()->regions, i);
        if (pfn >= region->first_pfn && pfn < region->end_pfn)
            return (enum memmap_kind)region->kind;
    }
    return MEMMAP_KIND_COUNT;
}

/* What does not depend on where the loader has put its own things. */
static uint64_t firmware_pages(void)
{
    uint64_t all = 0;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        all += pages_of((enum memmap_kind)kind);
    return all + (pages_of(MEMMAP_BOOT_RECLAIMABLE) << 20) + (pages_of(MEMMAP_RESERVED) << 40) +
           (pages_of(MEMMAP_RUNTIME_DATA) << 52);
}

static void stride_cases(void)
{
    static const uint32_t strides[] = {40, 48, 56, 64, 4096};
    struct scenario machine = scenario_plain("strides");
    uint64_t first = 0;
    char name[32];

    for (size_t i = 0; i < COUNT(strides); i++) {
        machine.stride_bytes = strides[i];
        snprintf(name, sizeof name, "35-stride-%u", strides[i]);
        if (!expect(name, &machine, NULL, "boots"))
            continue;
        first = i == 0 ? firmware_pages() : first;
        snprintf(name, sizeof name, "35-same-map-%u", strides[i]);
        expect_that(name, firmware_pages() == first);
    }
    machine.stride_bytes = 0;
    expect("36-stride-16", &machine, "GetMemoryMap#1+=Stride16", "E-MEM-01");
    expect("36-stride-44", &machine, "GetMemoryMap#1+=Stride44", "E-MEM-02");
    machine.version = 2;
    expect("37-version-2", &machine, NULL, "boots");
}

static void order_cases(void)
{
    struct scenario machine = scenario_plain("order");
    const struct entry *plain = machine.map;

    for (size_t i = 0; i < machine.map_count; i++)
        table[i] = plain[machine.map_count - 1 - i];
    machine.map = table;
    expect("38-downwards", &machine, NULL, "boots");
    for (size_t i = 0; i < machine.map_count; i++)
        table[i] = plain[i * 7 % machine.map_count];
    expect("38-shuffled", &machine, NULL, "boots");
    machine.map_count *= 2;
    for (size_t i = 0; i < machine.map_count; i++)
        table[i] = plain[i / 2];
    expect("40-everything-twice", &machine, NULL, "boots");
}

static void overlap_cases(void)
{
    static const struct raw_entry empty[] = {{EfiConventionalMemory, 0x4100000, 0, WB}, {EfiReservedMemoryType, 0, 0, WB}};
    static const struct raw_entry inside[] = {{EfiReservedMemoryType, 0x5000000, 16, WB}};
    static const struct raw_entry across[] = {{EfiACPIMemoryNVS, 0x6ff0000, 32, WB}};
    static const struct raw_entry same[] = {{EfiConventionalMemory, 0x140000000, 64, WB},
                                            {EfiConventionalMemory, 0x140010000, 64, WB}};
    static const struct raw_entry device[] = {{EfiMemoryMappedIO, 0x4400000, 256, 1}};
    static const struct raw_entry wraps[] = {{EfiConventionalMemory, UINT64_C(0xfffffffffffff000), 2, WB},
                                             {EfiReservedMemoryType, 0x200000000, UINT64_C(1) << 52, WB},
                                             {EfiConventionalMemory, 0x200000000, UINT64_MAX, WB}};
    static const struct raw_entry crooked[] = {{EfiConventionalMemory, 0x140000800, 4, WB},
                                               {EfiReservedMemoryType, 0x5000800, 1, WB}};
    static const struct raw_entry far[] = {{EfiConventionalMemory, UINT64_C(1) << 45, 1024, WB}};

    with_raw("39-no-pages", empty, COUNT(empty), "boots");
    if (with_raw("43-reserved-inside", inside, COUNT(inside), "boots"))
        expect_that("43-reserved-kept", kind_at(0x5000) == MEMMAP_RESERVED && kind_at(0x4fff) == MEMMAP_USABLE);
    if (with_raw("42-across", across, COUNT(across), "boots"))
        expect_that("42-stricter-wins", kind_at(0x6ff0) == MEMMAP_ACPI_NVS);
    if (with_raw("41-same-kind", same, COUNT(same), "boots"))
        expect_that("41-joined", kind_at(0x140000) == MEMMAP_USABLE && kind_at(0x14004f) == MEMMAP_USABLE);
    if (with_raw("54-device-over-ram", device, COUNT(device), "boots"))
        expect_that("54-device-wins", kind_at(0x4400) == MEMMAP_MMIO);
    with_raw("44-wraps", wraps, COUNT(wraps), "boots");
    if (with_raw("45-crooked", crooked, COUNT(crooked), "boots"))
        expect_that("45-rounded", kind_at(0x140000) != MEMMAP_USABLE && kind_at(0x140001) == MEMMAP_USABLE &&
                                      kind_at(0x5000) == MEMMAP_RESERVED && kind_at(0x5001) == MEMMAP_RESERVED);
    if (with_raw("46-beyond-width", far, COUNT(far), "boots"))
        expect_that("46-clipped", kind_at(UINT64_C(1) << 33) == MEMMAP_KIND_COUNT);
}

static void type_cases(void)
{
    static const struct raw_entry types[] = {
        {14, 0x140000000, 16, WB},         {15, 0x140010000, 16, WB},         {16, 0x140020000, 16, WB},
        {0x70000001, 0x140030000, 16, WB}, {0x80000005, 0x140040000, 16, WB}, {UINT32_MAX, 0x140050000, 16, WB}};
    static const struct raw_entry attributes[] = {
        {EfiConventionalMemory, 0x140000000, 16, WB | UINT64_C(1) << 18}, /* SP */
        {EfiConventionalMemory, 0x140010000, 16, WB | RUNTIME_BIT},
        {EfiConventionalMemory, 0x140020000, 16, 1}}; /* UC alone */

    if (with_raw("49-odd-types", types, COUNT(types), "boots"))
        expect_that("49-odd-kinds",
                    kind_at(0x140000) == MEMMAP_PERSISTENT && kind_at(0x140010) == MEMMAP_UNACCEPTED &&
                        kind_at(0x140020) == MEMMAP_RESERVED && kind_at(0x140030) == MEMMAP_RESERVED &&
                        kind_at(0x140040) == MEMMAP_RESERVED && kind_at(0x140050) == MEMMAP_RESERVED);
    if (with_raw("50-odd-attributes", attributes, COUNT(attributes), "boots"))
        expect_that("50-not-usable", kind_at(0x140000) == MEMMAP_SOFT_RESERVED && kind_at(0x140010) != MEMMAP_USABLE &&
                                         kind_at(0x140020) != MEMMAP_USABLE);
}

/* The small map with further entries behind it. */
static struct scenario larger(const struct entry *more, size_t count)
{
    struct scenario machine = scenario_plain("larger");

    memcpy(table, machine.map, machine.map_count * sizeof table[0]);
    if (count > 0)
        memcpy(table + machine.map_count, more, count * sizeof table[0]);
    machine.map = table;
    machine.map_count += count;
    return machine;
}

/* `count` entries in all: pages of RAM and firmware by turns from 5 GiB on; RAM for the large buffers. */
static struct scenario fragmented(size_t count)
{
    static const struct entry ram = {EfiConventionalMemory, 0x24000, 0x7f000, WB};
    struct scenario machine = larger(&ram, 1);

    for (size_t i = machine.map_count; i < count; i++)
        table[i] = (struct entry){i % 2 == 0 ? EfiConventionalMemory : EfiACPIMemoryNVS, 5 * GIB_PFN + i,
                                  5 * GIB_PFN + i + 1, WB};
    machine.map_count = count;
    return machine;
}

static void size_cases(void)
{
    static const size_t counts[] = {312, 1024, 4096, 16384, 65536};
    char name[40];

    for (size_t i = 0; i < COUNT(counts); i++) {
        struct scenario machine = fragmented(counts[i]);
        snprintf(name, sizeof name, "47-entries-%zu", counts[i]);
        expect(name, &machine, NULL, "boots");
    }
}

/* A module that only fits above 4 GiB, and a driver that cannot read it to there. */
static void low_read_cases(struct scenario machine)
{
    static uint8_t bytes[5 * MIB / 2];
    static const struct file modules[] = {{"\\big", bytes, sizeof bytes}, {.path = NULL}};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 4096);
    for (size_t i = 0; i < machine.map_count; i++) {
        if (table[i].type == EfiConventionalMemory && table[i].first_pfn == 0x4000)
            table[i].end_pfn = 0x4000 + 620; /* less than the module, enough for the rest and a chunk */
    }
    machine.config = "timeout = 0\nmodule = /big\n";
    machine.modules = modules;
    expect("68-module-above-4-gib", &machine, NULL, "boots");
    machine.low_reads = true;
    if (expect("68-reads-only-below-4-gib", &machine, NULL, "boots"))
        expect_that("68-by-way-of-a-low-chunk", world.faults.made[SET_POSITION] >= 3);
    expect("68-position-cannot-be-set", &machine, "SetPosition#2=DeviceError", "E-FILE-05");
    expect("68-read-fails-below-too", &machine, "Read#9+=DeviceError", "E-FILE-05");
    expect("68-no-low-chunk", &machine, "AllocatePages#4+=OutOfResources", "E-FILE-05");
}

static void shape_cases(void)
{
    static const struct entry islands[] = {{EfiConventionalMemory, UINT64_C(1) << 28, (UINT64_C(1) << 28) + 0x40000, WB},
                                           {EfiConventionalMemory, UINT64_C(1) << 33, (UINT64_C(1) << 33) + 1, WB}};
    static const struct entry above[] = {{EfiConventionalMemory, GIB_PFN * 4, GIB_PFN * 6, WB}};
    static const struct entry few = {EfiConventionalMemory, 0x4000, 0x4003, WB};
    static const struct entry some = {EfiConventionalMemory, 0x4000, 0x4100, WB};
    struct scenario machine = larger(islands, COUNT(islands));

    machine.physical_bits = 46;
    expect("53-islands", &machine, NULL, "boots");
    machine = larger(above, COUNT(above));
    expect("53-ram-above-4-gib", &machine, NULL, "boots");
    for (size_t i = 0; i < machine.map_count; i++) { /* all of it above 4 GiB but what the firmware itself needs */
        if (table[i].type == EfiConventionalMemory && table[i].first_pfn == 0x4000)
            table[i].end_pfn = 0x4080;
        else if (table[i].type == EfiConventionalMemory && table[i].first_pfn < GIB_PFN * 4)
            table[i].type = EfiBootServicesData;
    }
    if (!SANITIZED) /* the sanitizer has these addresses for itself */
        expect("10-pages-above-4-gib", &machine, NULL, "boots");
    if (!SANITIZED)
        low_read_cases(machine);
    machine = scenario_plain("few");
    machine.map = &few;
    machine.map_count = 1;
    expect("52-three-pages", &machine, NULL, "E-MEM-06");
    machine.map_count = 0;
    expect("52-no-memory", &machine, NULL, "E-MEM-06");
    machine.map = &some;
    machine.map_count = 1;
    expect("52-one-mib", &machine, NULL, "E-MEM-03");
}

/* ---- the map changes before the exit ---------------------------------------------------------------- */

static void services_end(unsigned fetch)
{
    (void)fetch;
    memory_take(0x4000 - 0x100, 0x4000, EfiBootServicesData, EfiConventionalMemory);
}

static void becomes_reserved(unsigned fetch)
{
    (void)fetch;
    memory_take(0x4000, 0x4100, EfiConventionalMemory, EfiReservedMemoryType);
}

static void our_page_reserved(unsigned fetch)
{
    const struct allocation_made *made = &world.allocations[world.allocation_count - 1];

    (void)fetch;
    memory_take(made->first_pfn, made->first_pfn + 1, made->type, EfiReservedMemoryType);
}

/* What was one region falls to pieces, each with tables of its own: more than the pool was made for. */
static void falls_to_pieces(unsigned fetch)
{
    (void)fetch;
    for (uint64_t first = 5 * GIB_PFN; first < 5 * GIB_PFN + 600 * 513; first += 1026)
        memory_take(first, first + 513, EfiBootServicesCode, EfiACPIMemoryNVS);
}

static void pool_case(void)
{
    struct scenario machine = larger(NULL, 0);

    for (uint64_t i = 0; i < 600; i++)
        table[machine.map_count++] =
            (struct entry){i % 2 == 0 ? EfiBootServicesCode : EfiBootServicesData, 5 * GIB_PFN + i * 513,
                           5 * GIB_PFN + (i + 1) * 513, WB};
    expect("111-one-region", &machine, NULL, "boots");
    machine.alter = falls_to_pieces;
    expect("111-pool-too-small", &machine, NULL, "E-MAP-04");
}

static void change_cases(void)
{
    struct scenario machine = scenario_plain("changes");

    pool_case();

    machine.alter = services_end;
    if (expect("58-services-become-free", &machine, NULL, "boots"))
        expect_that("58-free-told", kind_at(0x3f80) == MEMMAP_USABLE);
    machine.alter = becomes_reserved;
    if (expect("58-free-becomes-reserved", &machine, NULL, "boots"))
        expect_that("58-reserved-told", kind_at(0x4080) == MEMMAP_RESERVED);
    machine.alter = our_page_reserved;
    expect("58-ours-becomes-reserved", &machine, NULL, "E-MAP-03");
}

void map_cases(void)
{
    stride_cases();
    order_cases();
    overlap_cases();
    type_cases();
    size_cases();
    shape_cases();
    change_cases();
}

/* ---- maps from standard input ------------------------------------------------------------------------- */

/* What of a foreign machine this one needs for itself: its image, its firmware, its program. */
static size_t carve(size_t count)
{
    extern uint8_t ImageBase[], image_end[];
    uint64_t image = (uint64_t)ImageBase / PAGE_BYTES, end = (uint64_t)image_end / PAGE_BYTES;

    world.entries = memory_borrow_list(table, count);
    memory_take(0x1000, image, EfiConventionalMemory, EfiBootServicesCode);
    memory_take(image, end, EfiConventionalMemory, EfiLoaderCode);
    memory_take(end, 0x4000, EfiConventionalMemory, EfiBootServicesData);
    memory_take(FIRMWARE_PFN, FIRMWARE_PFN + FIRMWARE_BYTES / PAGE_BYTES, EfiConventionalMemory, EfiRuntimeServicesData);
    memcpy(table, world.entries, world.entry_count * sizeof table[0]);
    return world.entry_count;
}

static void run_map(const char *name, unsigned bits, size_t count)
{
    struct scenario machine = scenario_plain("map");

    machine.map = table;
    machine.map_count = carve(count);
    machine.physical_bits = bits;
    machine.giant_pages = true;
    expect(name, &machine, NULL, "boots");
}

unsigned map_stream(void)
{
    char line[160], name[120] = "";
    unsigned bits = 52, maps = 0;
    size_t count = 0;

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct entry *entry = &table[count];
        if (sscanf(line, "map %119s %u", name, &bits) == 2) {
            count = 0;
        } else if (strcmp(line, "end\n") == 0) {
            run_map(name, bits, count);
            maps++;
        } else if (count >= MOST_ENTRIES - 16 ||
                   sscanf(line, "%" SCNx32 " %" SCNx64 " %" SCNx64 " %" SCNx64, &entry->type, &entry->first_pfn,
                          &entry->end_pfn, &entry->attributes) != 4) {
            fprintf(stderr, "loader_cases: cannot read %s", line);
            exit(2);
        } else {
            count++;
        }
    }
    return maps;
}
