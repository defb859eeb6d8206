/* SPDX-License-Identifier: MIT */
/* See boot_check.h. Nothing here asks the loader's own state: CR3's value, the tables, the block. */
#include "boot_check.h"

#include <string.h>

#include "base/bytes.h"
#include "handoff/handoff.h"
#include "paging/paging.h"
#include "watch/watch.h"
#include "world.h"

#define MOST_IMAGE_BYTES (64u * 1024)
#define MOST_BLOCK_BYTES (64 * MIB)
#define MOST_REGIONS     2000u

static const struct bootinfo *info;
static struct paging paging;

const struct bootinfo *boot_info(void)
{
    return info;
}

static bool is_mapped(uint64_t address, struct paging_leaf *ret_leaf)
{
    return paging_find(&paging, vaddr(address), ret_leaf) == PAGING_OK;
}

/* Where the tables lead for this address; 0 where nowhere. */
static uint64_t physical(uint64_t address)
{
    struct paging_leaf leaf;

    return is_mapped(address, &leaf) ? leaf.from.value + (address - leaf.to.value) : 0;
}

static const char *open_tables(void)
{
    const struct scenario *scenario = world.scenario;
    uint64_t root = switch_data.arguments.page_root;

    paging = (struct paging){
        .root = paddr(root), .levels = 4, .has_giant_pages = scenario->giant_pages,
        .physical_bits = scenario->physical_bits != 0 ? scenario->physical_bits : 39, .pool = paddr(root)};
    if (!memory_owned(pfn_of_byte(root), 1))
        return "CR3 leads outside the loader's pages";
    info = (const struct bootinfo *)physical(switch_data.arguments.boot_info_vaddr);
    if (info == NULL || !memory_owned(pfn_of_byte((uint64_t)info), 1))
        return "boot info is not mapped, or not in the loader's pages";
    if (bootinfo_check(info, MOST_BLOCK_BYTES, NULL) != BOOTINFO_OK)
        return "bootinfo_check refuses the block";
    paging.pool = paddr(info->page_pool_paddr);
    paging.pool_page_count = info->page_pool_count;
    paging.pool_used_count = info->page_pool_used;
    if (info->page_root_paddr != root || paging_check(&paging) != PAGING_OK)
        return "boot info's page tables are not those of CR3";
    if (!memory_owned(pfn_of_byte(info->page_pool_paddr), info->page_pool_count))
        return "the page tables' pool is not the loader's";
    return NULL;
}

static const char *check_tables(void)
{
    struct paging_audit audit;

    paging_audit(&paging, &audit);
    if (audit.writable_executable_count != 0)
        return "a page is writable and executable";
    if (audit.user_count != 0 || audit.bad_entry_count != 0 || audit.tables_outside != 0)
        return "a page for users, a bad entry, or a table outside the pool";
    if (audit.low_half_count != 2 || audit.null_mapped)
        return "the low half shows more or less than the switch's two pages";
    if (audit.tables_seen != info->page_pool_used)
        return "tables are taken from the pool and not used";
    return NULL;
}

static const char *check_stack(void)
{
    const uint8_t *bytes = (const uint8_t *)info->stack.paddr;
    uint64_t top = info->stack.vaddr + info->stack.size_bytes;
    struct paging_leaf leaf;

    if (switch_data.arguments.stack_top != top)
        return "the stack's top is not that of boot info";
    if (is_mapped(info->stack.vaddr - 1, &leaf) || is_mapped(top, &leaf))
        return "a stack without a guard page";
    for (uint64_t at = 0; at < info->stack.size_bytes; at += PAGE_BYTES) {
        if (!is_mapped(info->stack.vaddr + at, &leaf) || leaf.rights != PAGING_RIGHT_WRITE ||
            physical(info->stack.vaddr + at) != info->stack.paddr + at)
            return "the stack is not mapped";
    }
    for (uint64_t at = 0; at < info->stack.size_bytes; at++) {
        if (bytes[at] != 0)
            return "old bytes on the stack";
    }
    return NULL;
}

/* ---- the kernel ------------------------------------------------------------------------------------ */

struct expected {
    uint8_t bytes[MOST_IMAGE_BYTES];
    uint64_t base; /* vaddr of bytes[0] */
    uint64_t bias; /* of a position-independent kernel */
};

static uint64_t field(const uint8_t *bytes, uint64_t at, unsigned size_bytes)
{
    return size_bytes == 8 ? load_le64(bytes + at) : size_bytes == 4 ? load_le32(bytes + at) : load_le16(bytes + at);
}

/* The header of segment `index`; files are only looked at when the loader has accepted them. */
static const uint8_t *segment_header(const uint8_t *file, unsigned index)
{
    return file + field(file, 32, 8) + index * 56;
}

static bool expect_segment(struct expected *expected, const uint8_t *file, const uint8_t *header)
{
    uint64_t at = field(header, 16, 8) + expected->bias - expected->base;
    uint64_t file_bytes = field(header, 32, 8);

    if (at >= MOST_IMAGE_BYTES || field(header, 40, 8) > MOST_IMAGE_BYTES - at)
        return false;
    memcpy(expected->bytes + at, file + field(header, 8, 8), file_bytes);
    return true;
}

/* DT_RELA, DT_RELASZ; only R_X86_64_RELATIVE. Every place lies in a segment, or the loader refuses. */
static void expect_relocations(struct expected *expected, const uint8_t *header)
{
    uint64_t dynamic = field(header, 16, 8), end = dynamic + field(header, 40, 8), rela = 0, size = 0;

    for (uint64_t at = dynamic; at + 16 <= end && field(expected->bytes, at, 8) != 0; at += 16) {
        uint64_t tag = field(expected->bytes, at, 8), value = field(expected->bytes, at + 8, 8);
        rela = tag == 7 ? value : rela;
        size = tag == 8 ? value : size;
    }
    for (uint64_t at = rela; at < rela + size; at += 24) {
        uint64_t value = field(expected->bytes, at + 16, 8) + expected->bias;
        if (field(expected->bytes, at + 8, 8) == 8)
            memcpy(expected->bytes + field(expected->bytes, at, 8), &value, 8);
    }
}

/*
 * The kernel as its file says it must stand in memory. False where it is larger than the tests' own:
 * then its bytes are not compared.
 */
static bool expect_kernel(struct expected *expected, const uint8_t *file)
{
    bool is_pie = field(file, 16, 2) == 3;
    unsigned count = (unsigned)field(file, 56, 2);

    memset(expected, 0, sizeof *expected);
    expected->base = LAYOUT_KERNEL;
    expected->bias = is_pie ? LAYOUT_KERNEL : 0;
    for (unsigned i = 0; i < count; i++) {
        if (field(segment_header(file, i), 0, 4) == 1 && !expect_segment(expected, file, segment_header(file, i)))
            return false;
    }
    for (unsigned i = 0; i < count && is_pie; i++) {
        if (field(segment_header(file, i), 0, 4) == 2)
            expect_relocations(expected, segment_header(file, i));
    }
    return true;
}

static const char *check_segment(const struct expected *expected, const uint8_t *header)
{
    uint64_t begin = field(header, 16, 8) + expected->bias, end = begin + field(header, 40, 8);

    for (uint64_t at = round_down_u64(begin, PAGE_BYTES); at < end; at += PAGE_BYTES) {
        const void *page = (const void *)physical(at);
        if (page == NULL || !memory_owned(pfn_of_byte((uint64_t)page), 1))
            return "a page of the kernel is not mapped, or not the loader's";
        if (memcmp(page, expected->bytes + (at - expected->base), PAGE_BYTES) != 0)
            return "the kernel's bytes are not the file's";
    }
    return NULL;
}

/* Every page that a segment of memory has, through the page tables. */
static const char *check_kernel(void)
{
    static struct expected expected;
    const uint8_t *file = world.scenario->kernel->bytes;
    const char *fault = NULL;

    if (!expect_kernel(&expected, file))
        return NULL;
    if (switch_data.arguments.kernel_entry != field(file, 24, 8) + expected.bias)
        return "the entry is not the file's";
    for (unsigned i = 0; i < field(file, 56, 2) && fault == NULL; i++) {
        if (field(segment_header(file, i), 0, 4) == 1)
            fault = check_segment(&expected, segment_header(file, i));
    }
    return fault;
}

static const char *check_modules(void)
{
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        const struct file *file = files_find(bootinfo_chars(info, &module->path));
        if (file == NULL || module->size_bytes > file->size_bytes)
            return "a module that is no file, or longer than it";
        if (module->size_bytes > 0 && memcmp((const void *)module->paddr, file->bytes, module->size_bytes) != 0)
            return "a module's bytes are not the file's";
    }
    return NULL;
}

/* ---- memory ------------------------------------------------------------------------------------------- */

/* The first byte from `at` on that no raw descriptor calls free. */
static uint64_t end_of_raw(uint64_t at)
{
    const struct scenario *scenario = world.scenario;

    for (size_t i = 0; scenario->raw_is_usable && i < scenario->raw_count; i++) {
        const struct raw_entry *raw = &scenario->raw[i];
        uint64_t end = raw->start + raw->page_count * PAGE_BYTES;
        if (raw->type == EfiConventionalMemory && at >= raw->start && at < end)
            return end_of_raw(end);
    }
    return at;
}

/* Does the firmware call this memory free? */
static bool firmware_says_free(const struct memmap_region *region)
{
    return region->first_pfn > 0 && (memory_is_listed_free(region->first_pfn, region->end_pfn) ||
                                     end_of_raw(byte_of_pfn(region->first_pfn)) >= byte_of_pfn(region->end_pfn));
}

static const char *check_map(void)
{
    uint32_t step = 1 + info->regions.count / MOST_REGIONS; /* a sample of a very large map */

    for (uint32_t i = 0; i < info->regions.count; i += step) {
        const struct memmap_region *region = bootinfo_entry(info, &info->regions, i);
        if (region->kind == MEMMAP_USABLE && !firmware_says_free(region))
            return "the map calls memory usable that the firmware does not";
    }
    if (info->raw_map.stride_bytes != world.stride_shown || info->raw_map.count != world.entries_shown)
        return "the raw map is not the one that the firmware showed last";
    for (uint32_t i = 0; i < info->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        if ((claim->flags & MEMMAP_CLAIM_LOADED) != 0 &&
            !memory_owned(claim->first_pfn, claim->end_pfn - claim->first_pfn))
            return "a claim on memory that the loader does not own";
    }
    return NULL;
}

/* Watched only where it was asked for, and as memory is at the jump: nothing writes there behind the exit. */
static const char *check_watch(void)
{
    const char *config = world.scenario->config;
    uint32_t index = 0;

    if (bootinfo_watches(info) && world.scenario->config_bytes == 0 && /* else it is made up, and has no NUL */
        (config == NULL || strstr(config, "watch = yes") == NULL))
        return "watches though nobody asked";
    for (uint32_t i = 0; i < info->watch_ranges.count; i++) {
        const struct bootinfo_watch_range *range = bootinfo_entry(info, &info->watch_ranges, i);
        for (uint64_t pfn = range->first_pfn; pfn < range->end_pfn; pfn++) {
            const struct bootinfo_watch_page *page = bootinfo_entry(info, &info->watch_pages, index++);
            if (page->after != watch_hash((const void *)byte_of_pfn(pfn), PAGE_BYTES))
                return "a watched page's hash is not the page's";
        }
    }
    return NULL;
}

static const char *found;

static void look(void)
{
    static const char *(*const checks[])(void) = {open_tables, check_tables, check_stack,
                                                  check_kernel, check_modules, check_map,
                                                  check_watch};

    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && found == NULL; i++)
        found = checks[i]();
}

const char *boot_fault(void)
{
    found = world.exited ? NULL : "jumps before it has left boot services";
    if (!world_guard(look))
        found = "tables or boot info lead to memory that is nobody's";
    return found;
}
