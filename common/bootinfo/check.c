/* SPDX-License-Identifier: MIT */
/*
 * Accepting or refusing a boot info block; see bootinfo.h.
 *
 * Order matters: place, magic, version and size first, then the CRC, and only then content.
 * Every check below the CRC still assumes nothing: a sealed block may come from a bad loader.
 */
#include "base/crc32c.h"
#include "base/mem.h"
#include "bootinfo/bootinfo.h"

static const char status_texts[][72] = {
    "boot info is fine",
    "boot info lies at no usable address",
    "boot info has no magic number",
    "boot info has another major version",
    "boot info states sizes that do not fit",
    "boot info is damaged: its CRC-32C differs",
    "an array of boot info leaves the block",
    "a string of boot info leaves the block or does not end",
    "the memory map is not in normal form",
    "the memory map does not account for every byte",
    "a claim is malformed, or a page of it is usable",
    "a kernel segment is malformed or unclaimed",
    "the direct map's extents are malformed",
    "an object of the loader lies in memory not claimed for it",
    "boot info does not fit its buffer",
    "what the loader watched is malformed",
};
_Static_assert(sizeof status_texts / sizeof status_texts[0] == BOOTINFO_BAD_WATCH + 1,
               "a text for each status");

const char *bootinfo_status_text(enum bootinfo_status status)
{
    return (unsigned)status <= BOOTINFO_BAD_WATCH ? status_texts[status] : "unknown boot info status";
}

/* The block under test and where its first fault goes. */
struct checker {
    const struct bootinfo *info;
    struct memmap map; /* view of the regions: never written through */
    struct bootinfo_fault fault;
};

static enum bootinfo_status blame(struct checker *checker, enum bootinfo_status status,
                                  const char *object, uint32_t index)
{
    checker->fault = (struct bootinfo_fault){.object = object, .index = index};
    return status;
}

/* ---- frame: place, sizes, CRC ------------------------------------------------------------- */

static enum bootinfo_status check_header(struct checker *checker, const void *bytes,
                                         uint64_t size_bytes)
{
    const struct bootinfo *info = bytes;

    if (bytes == NULL || (uintptr_t)bytes % 8 != 0 || size_bytes < BOOTINFO_LEAST_HEADER_BYTES)
        return blame(checker, BOOTINFO_BAD_PLACE, "header", 0);
    checker->info = info;
    if (info->magic != BOOTINFO_MAGIC)
        return blame(checker, BOOTINFO_BAD_MAGIC, "header", 0);
    if (info->major != BOOTINFO_MAJOR)
        return blame(checker, BOOTINFO_BAD_VERSION, "header", 0);
    if (info->header_bytes < BOOTINFO_LEAST_HEADER_BYTES || info->header_bytes % 8 != 0 ||
        info->size_bytes < info->header_bytes || info->size_bytes > size_bytes)
        return blame(checker, BOOTINFO_BAD_SIZE, "header", 0);
    return BOOTINFO_OK;
}

/* The CRC as if its own field were 0, without writing to the block. */
static uint32_t block_crc(const struct bootinfo *info)
{
    static const uint8_t zeros[sizeof info->crc32c];
    size_t before = offsetof(struct bootinfo, crc32c);
    size_t behind = before + sizeof info->crc32c;
    uint32_t crc = crc32c(0, info, before);

    crc = crc32c(crc, zeros, sizeof zeros);
    return crc32c(crc, (const uint8_t *)info + behind, info->size_bytes - behind);
}

/* An array inside the block behind the header, with entries at least as large as we know them. */
static bool array_is_inside(const struct bootinfo *info, const struct bootinfo_array *array,
                            uint32_t least_stride)
{
    uint64_t size_bytes = (uint64_t)array->count * array->stride_bytes;

    if (array->count == 0)
        return true;
    return array->stride_bytes >= least_stride && array->stride_bytes % 8 == 0 &&
           array->offset % 8 == 0 && array->offset >= info->header_bytes &&
           range_is_inside(array->offset, size_bytes, info->size_bytes);
}

static enum bootinfo_status check_arrays(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    const struct {
        const struct bootinfo_array *array;
        uint32_t least_stride;
        const char *name;
    } arrays[] = {
        {&info->regions, sizeof(struct memmap_region), "regions"},
        {&info->claims, sizeof(struct memmap_claim), "claims"},
        {&info->raw_map, MEMMAP_UEFI_DESCRIPTOR_BYTES, "raw map"},
        {&info->report, sizeof(struct memmap_report), "report"},
        {&info->segments, sizeof(struct bootinfo_segment), "segments"},
        {&info->modules, sizeof(struct bootinfo_module), "modules"},
        {&info->extents, sizeof(struct bootinfo_extent), "extents"},
        {&info->stamps, sizeof(struct bootinfo_stamp), "stamps"},
    };

    for (uint32_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        if (!array_is_inside(info, arrays[i].array, arrays[i].least_stride))
            return blame(checker, BOOTINFO_BAD_ARRAY, arrays[i].name, 0);
    }
    if (bootinfo_has_fields(info, offsetof(struct bootinfo, watch_ranges)) &&
        !array_is_inside(info, &info->drift, sizeof(struct bootinfo_drift)))
        return blame(checker, BOOTINFO_BAD_ARRAY, "drift", 0);
    if (bootinfo_has_fields(info, sizeof *info) &&
        !array_is_inside(info, &info->watch_ranges, sizeof(struct bootinfo_watch_range)))
        return blame(checker, BOOTINFO_BAD_ARRAY, "watch ranges", 0);
    if (bootinfo_has_fields(info, sizeof *info) &&
        !array_is_inside(info, &info->watch_pages, sizeof(struct bootinfo_watch_page)))
        return blame(checker, BOOTINFO_BAD_ARRAY, "watch pages", 0);
    if (info->report.count != 1)
        return blame(checker, BOOTINFO_BAD_ARRAY, "report", info->report.count);
    /* Regions are used as one array of this version's size: see bootinfo.h on strides. */
    if (info->regions.count > 0 && info->regions.stride_bytes != sizeof(struct memmap_region))
        return blame(checker, BOOTINFO_BAD_ARRAY, "regions", 0);
    return BOOTINFO_OK;
}

static bool string_is_inside(const struct bootinfo *info, const struct bootinfo_string *string)
{
    const char *chars;

    if (string->offset == 0)
        return string->length_bytes == 0;
    if (string->offset < info->header_bytes ||
        !range_is_inside(string->offset, (uint64_t)string->length_bytes + 1, info->size_bytes))
        return false;
    chars = bootinfo_at(info, string->offset);
    for (uint32_t i = 0; i < string->length_bytes; i++) {
        if (chars[i] == '\0')
            return false;
    }
    return chars[string->length_bytes] == '\0';
}

static enum bootinfo_status check_strings(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    const struct {
        const struct bootinfo_string *string;
        const char *name;
    } strings[] = {
        {&info->cmdline, "cmdline"},
        {&info->kernel_path, "kernel path"},
        {&info->firmware_vendor, "firmware vendor"},
        {&info->loader_name, "loader name"},
        {&info->loader_version, "loader version"},
    };

    for (uint32_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        if (!string_is_inside(info, strings[i].string))
            return blame(checker, BOOTINFO_BAD_STRING, strings[i].name, 0);
    }
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        if (!string_is_inside(info, &module->path) || !string_is_inside(info, &module->cmdline))
            return blame(checker, BOOTINFO_BAD_STRING, "modules", i);
    }
    return BOOTINFO_OK;
}

/* ---- content: the map, and everything of ours in it --------------------------------------- */

static enum bootinfo_status check_map(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    const struct memmap_report *report = bootinfo_entry(info, &info->report, 0);
    uint64_t totals[MEMMAP_KIND_COUNT];
    uint64_t pages = 0;
    struct memmap_fault fault = {0};

    if (memmap_check(&checker->map, info->physical_bits, &fault) != MEMMAP_OK)
        return blame(checker, BOOTINFO_BAD_MAP, "regions", (uint32_t)fault.index);
    memmap_totals(&checker->map, totals);
    for (uint32_t kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (totals[kind] != report->region_pages[kind])
            return blame(checker, BOOTINFO_BAD_ACCOUNT, memmap_kind_name((enum memmap_kind)kind), 0);
        pages += totals[kind];
    }
    if (report->output.pages != pages || report->output.bytes != 0 ||
        report->region_count != info->regions.count ||
        report->claim_count != info->claims.count || report->entry_count != info->raw_map.count ||
        !memmap_report_balances(report))
        return blame(checker, BOOTINFO_BAD_ACCOUNT, "report", 0);
    return BOOTINFO_OK;
}

/* Is every page of [first_pfn, end_pfn) of a kind in the set? */
static bool range_has_kinds(const struct checker *checker, uint64_t first_pfn, uint64_t end_pfn,
                            uint32_t kinds)
{
    size_t index;

    while (first_pfn < end_pfn) {
        if (memmap_find(&checker->map, first_pfn, &index) != MEMMAP_OK)
            return false;
        if ((kinds >> checker->map.regions[index].kind & 1) == 0)
            return false;
        first_pfn = checker->map.regions[index].end_pfn;
    }
    return true;
}

/* One past the block's last NUL: a name that begins before it ends inside the block. */
static uint32_t end_of_names(const struct bootinfo *info)
{
    const uint8_t *bytes = (const uint8_t *)info;
    uint32_t end = info->size_bytes;

    while (end > info->header_bytes && bytes[end - 1] != 0)
        end--;
    return end;
}

static enum bootinfo_status check_claims(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    uint32_t names_end = end_of_names(info);

    for (uint32_t i = 0; i < info->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        uint32_t kinds = ~memmap_kind_bit(MEMMAP_USABLE);
        if (claim->first_pfn >= claim->end_pfn || claim->end_pfn > PFN_END ||
            claim->kind >= MEMMAP_KIND_COUNT)
            return blame(checker, BOOTINFO_BAD_CLAIM, "claims", i);
        if (claim->name != 0 && (claim->name < info->header_bytes || claim->name >= names_end))
            return blame(checker, BOOTINFO_BAD_CLAIM, "claims", i);
        if ((claim->flags & MEMMAP_CLAIM_LOADED) != 0)
            kinds = memmap_kind_bit((enum memmap_kind)claim->kind);
        if (!range_has_kinds(checker, claim->first_pfn, claim->end_pfn, kinds))
            return blame(checker, BOOTINFO_BAD_CLAIM, "claims", i);
    }
    return BOOTINFO_OK;
}

static bool bytes_are_claimed(const struct checker *checker, uint64_t paddr, uint64_t size_bytes,
                              enum memmap_kind kind)
{
    uint64_t end;

    if (size_bytes == 0 || !is_page_aligned(paddr) || !checked_add_u64(paddr, size_bytes, &end))
        return false;
    return range_has_kinds(checker, pfn_of_byte(paddr), pages_for_bytes(end), memmap_kind_bit(kind));
}

static enum bootinfo_status check_segments(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    uint64_t last_end = 0;

    for (uint32_t i = 0; i < info->segments.count; i++) {
        const struct bootinfo_segment *segment = bootinfo_entry(info, &info->segments, i);
        uint64_t bytes = 0, end = 0;
        if (!checked_mul_u64(segment->page_count, PAGE_BYTES, &bytes) ||
            !checked_add_u64(segment->vaddr, bytes, &end) || !is_page_aligned(segment->vaddr) ||
            segment->vaddr < last_end ||
            (segment->rights & (BOOTINFO_RIGHT_WRITE | BOOTINFO_RIGHT_EXECUTE)) ==
                (BOOTINFO_RIGHT_WRITE | BOOTINFO_RIGHT_EXECUTE) ||
            !bytes_are_claimed(checker, segment->paddr, bytes, MEMMAP_KERNEL))
            return blame(checker, BOOTINFO_BAD_SEGMENT, "segments", i);
        last_end = end;
    }
    return BOOTINFO_OK;
}

static enum bootinfo_status check_extents(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    uint64_t last_end = 0;
    uint64_t width_pfn = UINT64_C(1) << (info->physical_bits - 12);

    for (uint32_t i = 0; i < info->extents.count; i++) {
        const struct bootinfo_extent *extent = bootinfo_entry(info, &info->extents, i);
        if (extent->first_pfn < last_end || extent->first_pfn >= extent->end_pfn ||
            extent->end_pfn > width_pfn)
            return blame(checker, BOOTINFO_BAD_EXTENT, "extents", i);
        last_end = extent->end_pfn;
    }
    return BOOTINFO_OK;
}

static enum bootinfo_status check_objects(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    uint64_t pool_bytes = info->page_pool_count * PAGE_BYTES;

    if (!bytes_are_claimed(checker, info->block_paddr, info->size_bytes, MEMMAP_BOOT_INFO))
        return blame(checker, BOOTINFO_BAD_OBJECT, "boot info", 0);
    if (!bytes_are_claimed(checker, info->stack.paddr, info->stack.size_bytes, MEMMAP_STACK))
        return blame(checker, BOOTINFO_BAD_OBJECT, "stack", 0);
    if (!bytes_are_claimed(checker, info->handoff_paddr, info->handoff_bytes, MEMMAP_HANDOFF))
        return blame(checker, BOOTINFO_BAD_OBJECT, "handoff", 0);
    if (!bytes_are_claimed(checker, info->page_pool_paddr, pool_bytes, MEMMAP_PAGE_TABLES) ||
        info->page_pool_used > info->page_pool_count ||
        !is_page_aligned(info->page_root_paddr) || info->page_root_paddr < info->page_pool_paddr ||
        info->page_root_paddr - info->page_pool_paddr >= pool_bytes)
        return blame(checker, BOOTINFO_BAD_OBJECT, "page tables", 0);
    if (info->trampoline_paddr != 0 &&
        !bytes_are_claimed(checker, info->trampoline_paddr, PAGE_BYTES, MEMMAP_AP_TRAMPOLINE))
        return blame(checker, BOOTINFO_BAD_OBJECT, "trampoline", 0);
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        if (module->size_bytes != 0 &&
            !bytes_are_claimed(checker, module->paddr, module->size_bytes, MEMMAP_MODULE))
            return blame(checker, BOOTINFO_BAD_OBJECT, "modules", i);
    }
    return BOOTINFO_OK;
}

/* Pages of the map that may be watched. */
static uint64_t count_watchable(const struct memmap *map)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < map->count; i++) {
        if (bootinfo_is_watchable(&map->regions[i]))
            pages += memmap_region_page_count(&map->regions[i]);
    }
    return pages;
}

/* Every watchable page has its hashes, or is counted as left out. */
static enum bootinfo_status check_watch(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    uint64_t last_end = 0, pages = 0;
    size_t index = 0;

    if (!bootinfo_has_fields(info, sizeof *info))
        return BOOTINFO_OK;
    for (uint32_t i = 0; i < info->watch_ranges.count; i++) {
        const struct bootinfo_watch_range *range = bootinfo_entry(info, &info->watch_ranges, i);
        if (range->first_pfn < last_end || range->first_pfn >= range->end_pfn ||
            memmap_find(&checker->map, range->first_pfn, &index) != MEMMAP_OK ||
            range->end_pfn > checker->map.regions[index].end_pfn ||
            !bootinfo_is_watchable(&checker->map.regions[index]))
            return blame(checker, BOOTINFO_BAD_WATCH, "watch ranges", i);
        pages += range->end_pfn - range->first_pfn;
        last_end = range->end_pfn;
    }
    if (pages != info->watch_pages.count ||
        (bootinfo_watches(info) &&
         info->watch_left_pages != count_watchable(&checker->map) - pages))
        return blame(checker, BOOTINFO_BAD_WATCH, "watch pages", 0);
    return BOOTINFO_OK;
}

static enum bootinfo_status check_block(struct checker *checker)
{
    const struct bootinfo *info = checker->info;
    enum bootinfo_status status;

    if (block_crc(info) != info->crc32c)
        return blame(checker, BOOTINFO_BAD_CRC, "block", 0);
    if ((status = check_arrays(checker)) != BOOTINFO_OK)
        return status;
    if ((status = check_strings(checker)) != BOOTINFO_OK)
        return status;
    /* The cast away from const is undone by never writing: memmap has one map type. */
    checker->map.regions = (struct memmap_region *)(uintptr_t)bootinfo_at(info, info->regions.offset);
    checker->map.count = info->regions.count;
    checker->map.capacity = info->regions.count;
    if ((status = check_map(checker)) != BOOTINFO_OK)
        return status;
    if ((status = check_claims(checker)) != BOOTINFO_OK)
        return status;
    if ((status = check_segments(checker)) != BOOTINFO_OK)
        return status;
    if ((status = check_extents(checker)) != BOOTINFO_OK)
        return status;
    if ((status = check_objects(checker)) != BOOTINFO_OK)
        return status;
    return check_watch(checker);
}

enum bootinfo_status bootinfo_check(const void *bytes, uint64_t size_bytes,
                                    struct bootinfo_fault *ret_fault)
{
    struct checker checker = {.info = NULL};
    enum bootinfo_status status = check_header(&checker, bytes, size_bytes);

    if (status == BOOTINFO_OK)
        status = check_block(&checker);
    if (status != BOOTINFO_OK && ret_fault != NULL)
        *ret_fault = checker.fault;
    return status;
}
